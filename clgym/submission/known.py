"""What a header claims of versions, agent and model, held against what is known here. Nothing of a stranger is imported."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from typing import Any, NamedTuple

from clgym import registry
from clgym._version import __version__
from clgym.errors import ClgymError
from clgym.protocol.provenance import PACKAGES
from clgym.protocol.sources import combined, sources
from clgym.records import Trial, TrialRecords
from clgym.registry import builtin
from clgym.registry.rows import AgentRow

#: What no trial can have run without.
_ALWAYS = ("python", "clgym", "gymnasium", "numpy")
_VERSION = re.compile(r"\d+(\.\d+)*([a-z.+-]*[0-9a-z.]*)*")


class Requirement(NamedTuple):
    """What clgym asks of a package: the least version, the first that it does not take, and the extra that needs it; empty where none is said."""

    package: str
    low: tuple[int, ...]
    below: tuple[int, ...]
    extra: str


def strangers(records: TrialRecords) -> list[str]:
    """Everything that a header says and that cannot be, in words."""
    header, trial = records.header, records.trial
    return [*_versions(header.get("versions"), trial), *_agent(header.get("agent"), trial), *_model(header.get("model"), trial)]


def own_row(trial: Trial) -> AgentRow | None:
    """The row of a trial's agent, where it comes with clgym."""
    return next((row for row in builtin.AGENTS if row.id == trial.agent), None)


def _versions(said: Any, trial: Trial) -> Iterator[str]:
    if not isinstance(said, Mapping):
        yield "versions are not there"
        return
    row = own_row(trial)
    needed = [*_ALWAYS, *(_of_extra(row.extra) if row is not None and row.extra else ())]
    if missing := [name for name in needed if name not in said]:
        yield f"versions has no {', '.join(missing)}, and nothing of this kind runs without"
    for name, version in said.items():
        if name not in ("python", "clgym", *PACKAGES):
            yield f"versions has {str(name)[:60]!r}, which no trial names"
        elif wrong := _unlikely(name, str(version)):
            yield f"{name} {str(version)[:40]} is no version that is known here: {wrong}"


def _unlikely(name: str, version: str) -> str:
    """Why a version cannot be; "" where it can. One major version more than what is installed here may be out."""
    numbers = _numbers(version)
    if not numbers or not _VERSION.fullmatch(version):
        return "it is no version"
    if name == "clgym":
        return "" if version == __version__ else f"this is {__version__}"
    if name == "python":
        return "" if (3, 10) <= numbers[:2] <= (3, _numbers(platform.python_version())[1] + 3) else "clgym runs on 3.10 and later"
    low, below = _bounds(name)
    if low and numbers < low:
        return f"clgym needs at least {'.'.join(map(str, low))}"
    if below and numbers >= below:
        return f"clgym needs less than {'.'.join(map(str, below))}"
    with suppress(metadata.PackageNotFoundError):
        here = metadata.version(name)
        if numbers[0] > _numbers(here)[0] + 1:
            return f"{here} is installed here"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d{1,6}(\.\d{1,6})*", version)
    return tuple(map(int, match[0].split("."))) if match else ()


def _requirements() -> Iterator[Requirement]:
    for line in metadata.requires("clgym") or ():
        asked, _, condition = line.partition(";")
        name = re.match(r"[\w.-]+", asked)
        low, below, extra = (
            re.search(pattern, text)
            for pattern, text in ((r">=([\d.]+)", asked), (r"<([\d.]+)", asked), (r"extra == ['\"]([\w-]+)", condition))
        )
        if name:
            yield Requirement(
                name[0].lower(), _numbers(low[1] if low else ""), _numbers(below[1] if below else ""), extra[1] if extra else ""
            )


def _bounds(package: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The least version that clgym takes, and the one that it does not take any more; ``()`` where there is no such bound."""
    found = [one for one in _requirements() if one.package == package]
    return min((one.low for one in found if one.low), default=()), max((one.below for one in found if one.below), default=())


def _of_extra(extra: str) -> list[str]:
    """The packages of an extra that headers name."""
    return [one.package for one in _requirements() if one.extra == extra and one.package in PACKAGES]


def _agent(origin: Any, trial: Trial) -> Iterator[str]:
    row = own_row(trial)
    if not isinstance(origin, Mapping) or not origin.get("class"):
        yield f"nothing says who {trial.label} is: trial.json has no agent"
    elif row is None:
        if registry.scheme_of("agent", trial.agent) in ("http:", "https:"):
            return
        if str(origin["class"]).startswith("clgym.baselines.") or not origin.get("sha256"):
            yield f"{trial.label} is no agent of clgym, and its source has no hash"
    elif origin["class"] != row.entry_point or not _is_here(origin, row):
        yield f"{trial.label} is not the agent of that name that is here: its class or its source differs"


def _is_here(origin: Mapping[str, Any], row: AgentRow) -> bool:
    """Whether an agent of clgym has the source that is here. It is read, and not imported: that may take torch."""
    said = origin.get("sources") or {}
    modules = [name for name in said if "/" not in name]
    if row.entry_point.partition(":")[0] not in modules or not all(name.startswith("clgym.") for name in modules):
        return False
    here = sources(modules, lambda name: False)
    return set(here) == set(said) and combined(here) == origin.get("sha256")


def _model(identity: Any, trial: Trial) -> Iterator[str]:
    """A model is known by the hash of its weights, or by its commit on the hub; what lies behind an endpoint is not known at all."""
    row = own_row(trial)
    if row is not None and row.model and not trial.model:
        yield f"{trial.label} drives a model, and none is named"
    if not trial.model:
        return
    try:
        model = registry.model(trial.model)
        here = dict(registry.model_identity(trial.model)) if model.identity else {}
    except (ClgymError, OSError):
        yield f"{trial.model[:80]} is no model that is known here"
        return
    said = identity if isinstance(identity, Mapping) else {}
    if model.identity and not {"weights", "commit"} & set(said):
        yield f"nothing says which weights {trial.model[:80]} had"
    differ = [name for name in here if name in said and said[name] != here[name]]
    if differ:
        yield f"{trial.model[:80]} had other {' and '.join(differ)} than the model of that name that is here"


def endpoint(trial: Trial) -> bool:
    """Whether a trial's model is behind an endpoint, where the same θ may answer differently."""
    try:
        return bool(trial.model) and not registry.model(trial.model).weights
    except ClgymError:
        return False
