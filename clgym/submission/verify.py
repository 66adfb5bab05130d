"""Is a trial what it says? Its records are replayed, its numbers made again, its header held against the code that is here.

What this proves: these answers, given in this order to these questions, earn these rewards and make these numbers. Who gave the
answers, only a repeat of the run can show.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clgym import ablate, metrics, registry
from clgym.agent import Cost
from clgym.errors import ClgymError, MissingExtra, MissingSalt, NotLoadable, RecordsError
from clgym.protocol.provenance import CANARY, changed_sources, commits, header_of, origin_of
from clgym.records import RESULT_FILE, BlockRecord, Trial, TrialRecords, find_trials, read_trial
from clgym.records.settings import ANSWERER
from clgym.registry.outside import file_of
from clgym.submission.bundle import METADATA_FILE, TRIALS_FOLDER, Bundle, hashes, holes, is_archive, opened, plan_of
from clgym.submission.replay import replay

#: What must be the same here as where the trial ran.
_HELD = ("generators", "grader_sha256", "commitment", "sequence")


@dataclass(frozen=True)
class Verification:
    """What was looked at and what differs, one line each; ``sha256`` names a bundle."""

    path: Path
    trials: int
    differences: tuple[str, ...]
    sha256: str = ""
    outside: tuple[str, ...] = ()
    """Families that do not come with clgym: ``codenames 0.1.0 (codenames:Codenames)``."""

    @property
    def verified(self) -> bool:
        return not self.differences


def verify(
    path: Path, *, suite: Sequence[Trial] = (), heard: Callable[[str], None] = lambda line: None, untrusted: Sequence[Path] = ()
) -> Verification:
    """Check a bundle (folder or archive), or every trial below a folder of runs.

    ``suite`` are trials whose settings a bundle must have, no more and no less, whatever its agents. ``heard`` is told each trial
    as it begins. A family that is a file of the bundle itself, or below ``untrusted``, is not run. Raises ``RecordsError`` where there is nothing to check, ``MissingSalt``, ``MissingExtra`` and ``NotLoadable`` (a
    family of a package that is not installed) where this machine cannot replay it.
    """
    if path.is_dir() and not (path / METADATA_FILE).exists():
        folders = find_trials([path])
        trials, found = _each(folders, path, heard)
        problems = (*found, *_against(suite, trials), *_ablations(path, trials))
        return Verification(path, len(folders), problems, outside=_from_outside(trials))
    if not path.is_dir() and path.exists() and not is_archive(path):
        raise RecordsError(f"{path} is neither a folder nor a .tar.gz.")
    with opened(path) as bundle:
        lines = _manifest(bundle)
        folders = find_trials([bundle.folder])
        trials, found = _each(folders, bundle.folder, heard, (path, bundle.folder, *untrusted))
        lines += [*found, *_described(bundle.metadata, trials), *_against(suite, trials)]
        return Verification(path, len(folders), tuple(lines), bundle.sha256, _from_outside(trials))


def _manifest(bundle: Bundle) -> list[str]:
    """Files that are not what the manifest says."""
    listed, there = bundle.metadata.get("files"), hashes(bundle.folder)
    if not isinstance(listed, dict):
        return [f"{METADATA_FILE} lists no files"]
    wrong = [f"{name} is listed in {METADATA_FILE} and is not there" for name in sorted(listed.keys() - there.keys())]
    wrong += [f"{name} is not listed in {METADATA_FILE}" for name in sorted(there.keys() - listed.keys())]
    wrong += [
        f"{name} is not the file that was submitted: its SHA-256 is {there[name][:16]}, {METADATA_FILE} has {str(listed[name])[:16]}"
        for name in sorted(listed.keys() & there.keys())
        if listed[name] != there[name]
    ]
    if bundle.metadata.get("canary") != CANARY:
        wrong.append(f"{METADATA_FILE} does not have the canary {CANARY!r}")
    return wrong


def _described(metadata: Mapping[str, Any], trials: Sequence[TrialRecords]) -> list[str]:
    """Where the manifest and the trials tell different stories: dropped trials, other graders, other salts."""
    try:
        wrong = holes(trials, metadata["planned"])
        if metadata["planned"] != plan_of(trials) and not wrong:
            wrong = [f"planned in {METADATA_FILE} is not what the trials are"]
    except (KeyError, TypeError) as cause:
        return [f"{METADATA_FILE} does not say what was planned ({cause!r})"]
    for records in trials:
        env, header = records.trial.env, records.header
        for name, key in (("graders", "grader_sha256"), ("commitments", "commitment")):
            told = (metadata.get(name) or {}).get(env)
            if told != header.get(key):
                wrong.append(f"{_title(records.trial)}: {key} is {header.get(key)}, {METADATA_FILE} has {told}")
    return wrong


def _against(suite: Sequence[Trial], trials: Sequence[TrialRecords]) -> list[str]:
    """Where the settings of trials are not those of a suite.

    An agent that the suite names has the trials that it names for it. Any other has them all, with whatever settings of its own.
    """
    if not suite:
        return []

    def settings(trial: Trial) -> str:
        return json.dumps({name: value for name, value in trial.to_json().items() if name not in ANSWERER}, sort_keys=True)

    asked = {settings(trial): trial for trial in suite}
    named: dict[str, set[str]] = {}
    for trial in suite:
        named.setdefault(trial.label, set()).add(settings(trial))
    agents: dict[tuple[str, str], set[str]] = {}
    wrong = []
    for records in trials:
        who = records.trial.label if records.trial.label in named else records.trial.agent
        agents.setdefault((who, records.trial.model), set()).add(settings(records.trial))
        if settings(records.trial) not in asked:
            wrong.append(f"{_title(records.trial)}: the suite has no trial with these settings")
    for (agent, _), done in agents.items():
        wanted = named.get(agent, asked.keys())
        wrong += [
            f"{_title(asked[key])}: {agent} has no such trial, the suite has" for key in asked if key in wanted and key not in done
        ]
    return wrong


def _each(
    folders: Sequence[Path], root: Path, heard: Callable[[str], None], untrusted: Sequence[Path] = ()
) -> tuple[list[TrialRecords], list[str]]:
    """Verify one trial after another; those that could be read, and what differs."""
    trials, found = [], []
    for folder in folders:
        name = folder.relative_to(root).as_posix().removeprefix(f"{TRIALS_FOLDER}/")
        heard(name)
        if not (folder / RESULT_FILE).exists():
            found.append(f"{name}: not finished, for it has no {RESULT_FILE}")
            continue
        try:
            records = read_trial(folder, clock=False)
            read_trial(folder)  # times are checked too
        except RecordsError as error:
            found.append(f"{name}: damaged: {str(error).replace(str(root) + '/', '')}")
            continue
        file = file_of(records.trial.env)
        if file is not None and any(file.resolve().is_relative_to(folder.resolve()) for folder in untrusted):
            found.append(f"{name}: its family, {records.trial.env}, came with the bundle, and such code is not run")
            continue
        trials.append(records)
        found += [f"{name}: {line}" for line in verify_trial(records)]
    return trials, found


def verify_trial(records: TrialRecords) -> list[str]:
    """Every difference of one finished trial, read without its clock."""
    _check_families(records)
    try:
        found = [*_header(records), *replay(records)]
    except (MissingSalt, MissingExtra):
        raise
    except ClgymError as error:
        return [f"cannot be replayed: {error}"]
    return [*found, *_costs(records), *_result(records)]


def _check_families(records: TrialRecords) -> None:
    """Raise ``NotLoadable``, with what to install, where a family that came from outside cannot be had here."""
    for name, origin in (records.header.get("families") or {}).items():
        try:
            registry.load_family(name)
        except ClgymError as cause:
            package, point = origin.get("distribution"), origin.get("entry_point")
            todo = (
                f"Put that file where it was, seen from the current folder ({point})."
                if package == "file"
                else f"pip install '{package}=={origin.get('version')}' brings it."
                if package
                else f"Make {point} importable."
            )
            raise NotLoadable(f"{_title(records.trial)} needs {name}, which does not come with clgym. {todo} ({cause})") from cause


def _from_outside(trials: Sequence[TrialRecords]) -> tuple[str, ...]:
    """The families from outside that graded here."""
    names = dict.fromkeys(name for records in trials for name in records.header.get("families") or {})
    origins = [origin_of(registry.family(name)) for name in names]
    return tuple(
        " ".join(str(origin[key]) for key in ("distribution", "version") if origin[key]) + f" ({origin['entry_point']})"
        for origin in origins
    )


def _header(records: TrialRecords) -> list[str]:
    """Where the header does not name the code that is here."""
    here = header_of(records.trial)
    wrong = [
        f"{name} is {_short(records.header.get(name))} where it ran, {_short(here[name])} here"
        for name in _HELD
        if records.header.get(name) != here[name]
    ]
    if wrong:
        ran = (records.header.get("versions") or {}).get("clgym")
        modules = changed_sources(records.header.get("graders"), here["graders"]) if records.header.get("graders") else ""
        which = f"; what differs: {modules}" if modules else ""
        wrong[-1] += f" (it ran with clgym {ran}, this is {here['versions']['clgym']}{which}){commits(records.header)}"
    if records.header.get("canary") != CANARY:
        wrong.append("trial.json does not have the canary")
    return wrong


def _costs(records: TrialRecords) -> list[str]:
    """Costs are what the agent says they are; they cannot be below 0."""
    wrong = []
    for place, record in enumerate(records.records, start=1):
        cost = getattr(record, "cost", None)
        if isinstance(cost, Cost) and not all(isinstance(v, (int, float)) and v >= 0 for v in cost.__dict__.values()):
            wrong.append(f"record {place}: a cost is below 0: {cost}")
    return wrong[:5]


def _result(records: TrialRecords) -> list[str]:
    """Make every number of ``result.json`` again from the raw records."""
    result = records.result or {}
    try:
        made = metrics.to_json(metrics.measure(records))
    except (ClgymError, ArithmeticError, KeyError, ValueError, TypeError) as cause:
        return [f"{RESULT_FILE} cannot be made again from these records ({cause!r})"]
    right = {
        "records": len(records.records),
        "theta_proven_unchanged": all(block.digest for block in records.of(BlockRecord)),
        "metrics": json.loads(json.dumps(made)),
    }
    found = {name: value for name, value in result.items() if name != "schema"}
    return [f"{RESULT_FILE}: {line}" for line in _differences(found, right, "")]


def _ablations(folder: Path, trials: Sequence[TrialRecords]) -> list[str]:
    """Make every number of the studies in a folder (``clgym ablate``) again from the trials that they were made of."""
    try:
        return [
            f"{name}: {line}"
            for name, there, right in ablate.recomputed(folder, trials)
            for line in _differences(there, json.loads(json.dumps(right)), "")
        ]
    except RecordsError as error:
        return [str(error)]


def _differences(there: Any, right: Any, path: str) -> list[str]:
    """``metrics.gain.gain is 0.5, recomputed 0.25`` for every value that is not the same."""
    if isinstance(there, dict) and isinstance(right, dict):
        names = [*right, *(name for name in there if name not in right)]
        return [
            line
            for name in names
            for line in _differences(there.get(name, "nothing"), right.get(name, "nothing"), f"{path}.{name}".lstrip("."))
        ]
    if isinstance(there, list) and isinstance(right, list) and len(there) == len(right):
        return [line for place, pair in enumerate(zip(there, right)) for line in _differences(*pair, f"{path}[{place}]")]
    if isinstance(there, float) and isinstance(right, float) and math.isclose(there, right, rel_tol=1e-9, abs_tol=1e-12):
        return []  # sums may end in another last digit on another machine
    return [] if there == right else [f"{path} is {_short(there)}, recomputed {_short(right)}"]


def _title(trial: Trial) -> str:
    return f"{trial.label} on {trial.world_id}, seed {trial.seed}, {trial.steps} steps"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 80 else text[:77] + "..."
