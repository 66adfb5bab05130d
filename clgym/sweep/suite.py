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

Each entry of ``trials`` is one ``clgym run``; ``defaults`` are what entries do not say. Names are those of ``clgym run``'s options,
and of the fields of :class:`clgym.records.Trial`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from clgym.errors import InvalidSetting, UnknownName
from clgym.records import Trial
from clgym.registry import DEFAULT_MODEL
from clgym.sweep.plan import parse_numbers, parse_spec, plan, trial_folder

_TOP = ("name", "about", "out", "workers", "engine", "defaults", "trials")
#: What a trial's field is not called in a suite, and what is there instead.
_NOT = ("agent", "settings", "world", "seed")
_LISTS = ("env", "agent", "worlds", "seeds")
ENTRY = (*_LISTS, *(f.name for f in fields(Trial) if f.name not in (*_NOT, "env")))


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
    defaults = _mapping(top.get("defaults") or {}, f"{path}: defaults", ENTRY)
    trials: list[Trial] = []
    for number, entry in enumerate(entries, start=1):
        where = f"{path}: entry {number} of trials"
        trials += _entry({**defaults, **_mapping(entry, where, ENTRY)}, where)
    workers = top.get("workers", 1)
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InvalidSetting(f"{path}: workers must be a whole number and at least 1, not {workers!r}.")
    out = Path(str(top.get("out", Path("runs") / name)))
    return Suite(name, str(top.get("about", "")), out, workers, str(top.get("engine", "local")), _once(trials))


def _entry(entry: dict[str, Any], where: str) -> list[Trial]:
    for name in ("env", "agent"):
        if not entry.get(name):
            raise InvalidSetting(f"{where} names no {name}: an id, module:Name or path/to/file.py:Name.")
    agents = [parse_spec(str(agent)) for agent in _list(entry.pop("agent"))]
    envs = [str(env) for env in _list(entry.pop("env"))]
    worlds, seeds = (_numbers(entry.pop(name, 0)) for name in ("worlds", "seeds"))
    model = str(entry.pop("model", DEFAULT_MODEL))
    entry.setdefault("split", "validation")  # as ``clgym run``
    for name in ("drift_at", "checkpoints"):
        if entry.get(name) is not None:
            entry[name] = tuple(_numbers(entry[name]))
    try:
        return plan(envs, agents, worlds, seeds, model=model, **entry)
    except TypeError as cause:
        raise InvalidSetting(f"{where}: {cause}.") from cause


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
    return value if isinstance(value, list) else [value]


def _numbers(value: Any) -> list[int]:
    """``3``, ``"0-4,7"`` or ``[0, 1]``."""
    return parse_numbers(",".join(map(str, _list(value))))
