"""Is a trial what it says? Its records are replayed, its numbers made again, its header held against the code that is here.

What this proves: these answers, given in this order to these questions, earn these rewards and make these numbers. Who gave the
answers, only a repeat of the run can show.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clgym import ablate, metrics, registry
from clgym.agent import Cost
from clgym.errors import ClgymError, InvalidSetting, MissingExtra, MissingSalt, NotLoadable, RecordsError, UnknownName
from clgym.protocol.provenance import CANARY, changed_sources, commits, header_of, origin_of
from clgym.records import RESULT_FILE, TIMES_FILE, TRIAL_FILE, BlockRecord, Trial, TrialRecords, find_trials, read_times, read_trial
from clgym.records.settings import ANSWERER
from clgym.records.standing import RE_RUN, SELF_REPORTED, standing_of
from clgym.registry.making import without_strangers
from clgym.registry.outside import file_of
from clgym.storage import read_json
from clgym.submission.bundle import METADATA_FILE, TRIALS_FOLDER, Bundle, hashes, holes, is_archive, opened, plan_of
from clgym.submission.declaration import DECLARATION_FILE
from clgym.submission.known import strangers
from clgym.submission.limits import check_json
from clgym.submission.plausible import impossible
from clgym.submission.replay import replay

#: What must be the same here as where the trial ran.
_HELD = ("generators", "grader_sha256", "commitment", "sequence")
#: The same where the header has it: records of an older clgym do not.
_HELD_SINCE = ("floors",)


@dataclass(frozen=True)
class Verification:
    """What was looked at and what differs, one line each; ``sha256`` names a bundle."""

    path: Path
    trials: int
    differences: tuple[str, ...]
    sha256: str = ""
    outside: tuple[str, ...] = ()
    """Families that do not come with clgym: ``codenames 0.1.0 (codenames:Codenames)``."""
    re_run: int = 0
    """Trials that an evaluator ran, by seals that fit the salt of this machine. All others are self-reported."""

    @property
    def standing(self) -> str:
        """``re-run``, ``self-reported``, or how many are which."""
        if self.re_run in (0, self.trials):
            return RE_RUN if self.re_run else SELF_REPORTED
        return f"{self.re_run} trials {RE_RUN}, {self.trials - self.re_run} {SELF_REPORTED}"

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
    with without_strangers():
        if path.is_dir() and not (path / METADATA_FILE).exists():
            folders = find_trials([path])
            trials, found = _each(folders, path, heard)
            return _verdict(path, trials, len(folders), [*found, *_against(suite, trials), *_ablations(path, trials)])
        if not path.is_dir() and path.exists() and not is_archive(path):
            raise RecordsError(f"{path} is neither a folder nor a .tar.gz.")
        with opened(path) as bundle:
            lines = _manifest(bundle)
            folders = find_trials([bundle.folder])
            trials, found = _each(folders, bundle.folder, heard, (path, bundle.folder, *untrusted), suite)
            lines += [*found, *_described(bundle.metadata, trials), *_against(suite, trials)]
            return _verdict(path, trials, len(folders), lines, bundle.sha256)


def _verdict(path: Path, trials: Sequence[TrialRecords], folders: int, lines: Sequence[str], sha256: str = "") -> Verification:
    re_run = sum(standing_of(records.folder).kind == RE_RUN for records in trials)
    return Verification(path, folders, tuple(dict.fromkeys(lines)), sha256, _from_outside(trials), re_run)


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
    if metadata.get("declaration") != metadata["files"].get(DECLARATION_FILE):
        wrong.append(f"declaration in {METADATA_FILE} is not that of {DECLARATION_FILE}")
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

    asked = {_cell_settings(trial): trial for trial in suite}
    named: dict[str, set[str]] = {}
    for trial in suite:
        named.setdefault(trial.label, set()).add(_cell_settings(trial))
    done: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    wrong = []
    for records in trials:
        trial, cell = records.trial, _cell_settings(records.trial)
        who = trial.label if trial.label in named else trial.agent
        done.setdefault((who, trial.model), {}).setdefault(trial.label, Counter())[cell] += 1
        if cell not in asked:
            wrong.append(f"{_title(trial)}: the suite has no trial with these settings")
    for (agent, _), labels in done.items():
        wanted = [cell for cell in asked if cell in named.get(agent, asked)]
        for task in dict.fromkeys(_task(asked[cell]) for cell in wanted):
            cells = [cell for cell in wanted if _task(asked[cell]) == task]
            there = {label: counts for label, counts in labels.items() if any(counts[cell] for cell in cells)} or {agent: Counter()}
            wrong += [line for label, counts in there.items() for line in _once_each(label, counts, cells, asked)]
    return wrong


def _task(trial: Trial) -> tuple[object, ...]:
    """What an agent may choose its settings for: one for all worlds and seeds of it."""
    return trial.env, trial.level, trial.breadth, trial.feedback, trial.steps


def _once_each(label: str, counts: Counter[str], cells: Sequence[str], asked: Mapping[str, Trial]) -> Iterator[str]:
    for cell in cells:
        if not counts[cell]:
            yield f"{_title(asked[cell])}: {label} has no such trial, the suite has"
        elif counts[cell] > 1:
            yield f"{_title(asked[cell])}: {label} has {counts[cell]} trials of this cell, and one counts"


def _cell_settings(trial: Trial) -> str:
    """Everything of a trial but who answers."""
    return json.dumps({name: value for name, value in trial.to_json().items() if name not in ANSWERER}, sort_keys=True)


def _each(
    folders: Sequence[Path], root: Path, heard: Callable[[str], None], untrusted: Sequence[Path] = (), suite: Sequence[Trial] = ()
) -> tuple[list[TrialRecords], list[str]]:
    """Verify one trial after another; those that could be read, and what differs. What is not of the suite is not replayed."""
    trials, found = [], []
    asked = {_cell_settings(trial) for trial in suite}
    for folder in folders:
        name = folder.relative_to(root).as_posix().removeprefix(f"{TRIALS_FOLDER}/")
        heard(name)
        if not (folder / RESULT_FILE).exists():
            found.append(f"{name}: not finished, for it has no {RESULT_FILE}")
            continue
        try:
            check_form(folder)
            records = read_trial(folder, clock=False)
            read_trial(folder)  # times are checked too
        except (RecordsError, InvalidSetting, UnknownName) as error:
            found.append(f"{name}: damaged: {str(error).replace(str(root) + '/', '')}")
            continue
        file = file_of(records.trial.env)
        if file is not None and any(file.resolve().is_relative_to(folder.resolve()) for folder in untrusted):
            found.append(f"{name}: its family, {records.trial.env}, came with the bundle, and such code is not run")
            continue
        trials.append(records)
        if not asked or _cell_settings(records.trial) in asked:
            found += [f"{name}: {line}" for line in verify_trial(records)]
    return trials, found


def check_form(folder: Path) -> None:
    """Every file of a trial has its form; those of the first schema, which no bundle has, are read as they are.

    Raises ``RecordsError``, and ``MissingExtra`` where pydantic is not installed.
    """
    try:
        from clgym.submission import forms
    except ModuleNotFoundError as cause:
        raise MissingExtra("verifying trials", "submission", cause) from cause
    check_json(folder / TRIAL_FILE)
    if read_json(folder / TRIAL_FILE)["schema"] > 1:
        forms.check_trial(folder)


def verify_trial(records: TrialRecords) -> list[str]:
    """Every difference of one finished trial, read without its clock."""
    _check_families(records)
    try:
        found = [*_header(records), *replay(records)]
    except (MissingSalt, MissingExtra):
        raise
    except ClgymError as error:
        return [f"cannot be replayed: {error}"]
    standing = standing_of(records.folder)
    doubts = [f"it claims to be {RE_RUN}, and {standing.doubt}"] if standing.doubt else []
    return [*found, *doubts, *strangers(records), *impossible(records), *_costs(records), *_timed(records), *_result(records)]


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
        for name in (*_HELD, *(name for name in _HELD_SINCE if name in records.header))
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


def _timed(records: TrialRecords) -> list[str]:
    """Times of records that are not there: whatever else such a file carries."""
    beyond = [line for line in read_times(records.folder) if line > len(records.records)] if records.header["schema"] > 1 else []
    return [f"{TIMES_FILE} times {len(beyond)} records that are not there"] if beyond else []


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
