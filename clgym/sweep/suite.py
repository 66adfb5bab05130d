"""A sweep in a file.

    name: small
    out: runs/small
    workers: 2
    engine: local
    defaults: {split: validation, steps: 200, worlds: 0-4}
    trials:
      - env: [CL-Conlang-v0, CL-Taste-v0]
        agent: [frozen, icl, "lora-sft:rank=8"]
        model: smollm2-135m

Each entry of ``trials`` is one ``clgym run``, and read by the same function; ``defaults`` are what entries do not say. Names are those of
``clgym run``'s options: of the fields of :class:`clgym.records.Trial`. The placebo arm runs unless ``placebo: false``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from clgym.errors import InvalidSetting, UnknownName
from clgym.records import Trial
from clgym.records.settings import is_list, options, usual
from clgym.registry import DEFAULT_MODEL
from clgym.settings import checked
from clgym.sweep.plan import parse_numbers, parse_spec, plan, trial_folder

_TOP = ("name", "about", "out", "workers", "engine", "defaults", "trials")
_ENTRY = tuple(options())

#: What a suite takes where it does not say it: what of a gain is knowledge of the world is what suites are for.
_USUAL = {"placebo": True}


@dataclass(frozen=True)
class Suite:
    """Trials and where they go."""

    name: str
    about: str
    out: Path
    workers: int
    engine: str
    trials: list[Trial]


def suites() -> dict[str, Path]:
    """Suites that come with clgym, by name."""
    folder = Path(str(resources.files("clgym") / "suites"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_suite(text: str) -> Suite:
    """The suite in a file, or one that comes with clgym. Raises ``InvalidSetting`` or ``UnknownName``."""
    path = Path(text)
    if not path.is_file():
        if path.suffix in (".yaml", ".yml") or text not in suites():
            raise UnknownName("suite (a file, or one of ours)", text, suites())
        path = suites()[text]
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as cause:
        raise InvalidSetting(f"{path} cannot be read as YAML: {cause}") from cause
    return suite_of(data, path)


def suite_of(data: Any, path: Path) -> Suite:
    """The suite that a file says."""
    top = _mapping(data, f"{path}: a suite", _TOP)
    name = str(top.get("name", path.stem))
    entries = top.get("trials")
    if not isinstance(entries, list) or not entries:
        raise InvalidSetting(f"{path}: trials must be a list with an entry for each group of trials.")
    defaults = _mapping(top.get("defaults") or {}, f"{path}: defaults", _ENTRY)
    trials: list[Trial] = []
    for number, entry in enumerate(entries, start=1):
        where = f"{path}: entry {number} of trials"
        entry = {**_USUAL, **defaults, **_mapping(entry, where, _ENTRY)}
        try:
            trials += trials_of(entry)
        except InvalidSetting as cause:
            raise InvalidSetting(f"{where}: {cause}") from cause
    workers = checked(f"{path}: workers", top.get("workers", 1), int, low=1)
    out = Path(str(top.get("out", Path("runs") / name)))
    return Suite(name, str(top.get("about", "")), out, workers, str(top.get("engine", "local")), _once(trials))


def trials_of(entry: Mapping[str, Any]) -> list[Trial]:
    """The trials of one entry of a suite, or of one command line: settings by the names of their options.

    A list may be written ``0-4,7``, and one alone may stand for a list. What is not said is as usual. Raises ``InvalidSetting``, and
    ``UnknownName`` for an agent.
    """
    settings = {name: usual(setting) for name, setting in options().items()} | {"model": DEFAULT_MODEL} | dict(entry)
    for name in ("env", "agent"):
        if not entry.get(name):
            raise InvalidSetting(f"it names no {name}: an id, module:Name or path/to/file.py:Name.")
    for name, setting in options().items():
        if is_list(setting) and settings[name] is not None:
            settings[name] = tuple(_numbers(settings[name]))
    envs, agents, worlds, seeds = (settings.pop(name) for name in ("env", "agent", "worlds", "seeds"))
    settings["model"] = str(settings["model"])
    return plan([str(env) for env in _list(envs)], [parse_spec(str(agent)) for agent in _list(agents)], worlds, seeds, **settings)


def _once(trials: list[Trial]) -> list[Trial]:
    """Each trial once, the first world of all entries first: a first comparison is there as early as possible."""
    found: dict[Path, Trial] = {}
    for trial in trials:
        found.setdefault(trial_folder(Path(), trial), trial)
    return sorted(found.values(), key=lambda trial: trial.world)


def _mapping(value: Any, what: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidSetting(f"{what} is a mapping of names to values, not {type(value).__name__}.")
    for name in value:
        if name not in known:
            raise UnknownName(f"setting in {what}", name, known)
    return dict(value)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _numbers(value: Any) -> list[int]:
    """``3``, ``"0-4,7"`` or ``[0, 1]``."""
    return parse_numbers(",".join(map(str, _list(value))))
