"""Bundles that verify, on one page: every axis with its interval, and the frontier. There is no single score.

It is made of what the report is made of (:mod:`clgym.report`), so the numbers here are the numbers there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from clgym.errors import ClgymError, InvalidSetting, MissingExtra, MissingSalt
from clgym.records import RECORDS_FILE, AnswerRecord, Trial, TrialRecords, find_trials, read_trial
from clgym.records.settings import ANSWERER
from clgym.records.standing import RE_RUN
from clgym.registry.making import without_strangers
from clgym.seeding import holding
from clgym.storage import read_json, sha256_of
from clgym.submission.bundle import METADATA_FILE, Bundle, is_archive, opened
from clgym.submission.declaration import DECLARATION_FILE, read_declaration, undeclared
from clgym.submission.examiner import SECONDS, Examiner
from clgym.submission.known import own_row
from clgym.submission.limits import copied


@dataclass(frozen=True)
class Entry:
    """A bundle on the page, as its manifest describes it."""

    name: str
    file: str
    agents: str
    date: str
    contact: str
    sha256: str
    trials: int
    standing: str
    """re-run, self-reported, or how many of its trials are which."""
    attempts: int | None
    """How often its agents were run on the suite, as it says; ``None`` where it does not say."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """A bundle that verifies: its place on the page, and its trials under its name."""

    entry: Entry
    trials: tuple[TrialRecords, ...]


def write_leaderboard(
    folder: Path,
    output: Path,
    *,
    suite: Sequence[Trial],
    salt: bytes | None = None,
    revealed: Path | None = None,
    seconds: float = SECONDS,
    heard: Callable[[str], None] = lambda line: None,
) -> tuple[int, dict[Path, tuple[str, ...]]]:
    """Write the page; returns how many bundles are on it, and why others are not.

    Every bundle is verified again, each time, in a process of its own and for ``seconds`` at most. ``suite`` says what is compared; with
    ``salt`` its worlds are private ones. ``revealed`` is what ``clgym salt reveal`` wrote: the declarations that came before it.
    ``heard`` is told each bundle as it begins. Raises ``InvalidSetting`` where the folder holds no bundle or there is no suite, ``MissingExtra``
    where jinja2 is not installed.
    """
    if not suite:
        raise InvalidSetting(
            "a leaderboard is of one suite: say which with --suite, for bundles are compared on the same cells only."
        )
    paths = bundles_in(folder)
    asked = [replace(trial, split="test") for trial in suite] if salt is not None else list(suite)
    refused: dict[Path, tuple[str, ...]] = {}
    shown: list[Submission] = []
    declared = _declared(revealed)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(holding(salt) if salt is not None else nullcontext())
        stack.enter_context(without_strangers())
        examiner = stack.enter_context(Examiner(asked, [folder], salt, seconds))
        for number, path in enumerate(paths):
            heard(path.name)
            taken = [one.entry.name for one in shown]
            found = _admitted(path, scratch / str(number), examiner, stack, taken, declared)
            if isinstance(found, Submission):
                shown.append(found)
            else:
                refused[path] = found
        page = render(_compared(shown), refused)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    return len(shown), refused


def _admitted(
    path: Path, place: Path, examiner: Examiner, stack: ExitStack, taken: Sequence[str], declared: Mapping[str, str]
) -> Submission | tuple[str, ...]:
    """A bundle as it goes on the page, or why it does not."""
    try:
        copy = _still(path, place)
        verdict = examiner.examine(copy)
        if isinstance(verdict, str):
            return (verdict,)
        if not verdict.verified:
            return verdict.differences
        bundle = stack.enter_context(opened(copy))
        own = [read_trial(folder) for folder in find_trials([bundle.folder])]
        wrong = [*_late(bundle, own, verdict.standing, declared), *_shown_worlds(own)]
        if wrong:
            return tuple(wrong)
        name = _free(str(bundle.metadata.get("name") or path.name), taken)
        signed = tuple(_signed(records, name) for records in own)
        _tasks(signed)  # what cannot be drawn is refused alone
        return Submission(_entry(bundle, path, name, own, verdict.standing), signed)
    except (MissingSalt, MissingExtra):
        raise
    except (ClgymError, OSError) as error:
        return (str(error),)
    except Exception as error:  # whatever a stranger's numbers do to a page is their fault
        return (f"it cannot be shown: {type(error).__name__}: {str(error)[:300]}",)


def _shown_worlds(trials: Sequence[TrialRecords]) -> list[str]:
    """Agents that were shown the worlds, and are none of clgym's that are there to be."""
    wrong = {
        records.trial.label: None
        for records in trials
        if records.header.get("revealed") and not ((row := own_row(records.trial)) and {"scripted", "privileged"} & set(row.tags))
    }
    return [f"{label} was shown the worlds that it was asked about" for label in wrong]


def _declared(revealed: Path | None) -> dict[str, str]:
    """SHA-256 of every declaration that came before the salt was revealed, by name. Raises ``InvalidSetting``."""
    found = read_json(revealed).get("declared", {}) if revealed is not None else {}
    if not isinstance(found, dict):
        raise InvalidSetting(f"{revealed} lists no declarations. `clgym salt reveal --declared DIR` does.")
    return found


def _late(bundle: Bundle, trials: Sequence[TrialRecords], standing: str, declared: Mapping[str, str]) -> list[str]:
    """Why a self-reported bundle of private worlds may have been made with these worlds in sight; nothing for any other."""
    private = any(records.trial.split == "test" for records in trials)
    if not private or standing == RE_RUN:
        return []
    file = bundle.folder / DECLARATION_FILE
    if not file.exists() or sha256_of(file) not in declared:
        return [
            "it is self-reported, and its settings were not declared before the salt was revealed: it may have been made for these worlds"
        ]
    return undeclared(read_declaration(file), trials)


def bundles_in(folder: Path) -> list[Path]:
    """Folders with a manifest, and archives, that lie in a folder. Raises ``InvalidSetting`` where there is none."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    bundles = [path for path in inside if is_archive(path) or (path / METADATA_FILE).is_file()]
    if not bundles:
        raise InvalidSetting(f"{folder} holds no bundle: no folder with a {METADATA_FILE}, no .tar.gz. `clgym submit` makes one.")
    return bundles


def _still(path: Path, place: Path) -> Path:
    """A copy that nobody changes between its verification and its place on the page."""
    place.mkdir()
    if path.is_dir():
        copied(path, place)
        return place
    return Path(shutil.copy(path, place / path.name))


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that no other bundle has."""
    number = 1 + sum(other == name or other.startswith(f"{name} #") for other in taken)
    return name if number == 1 else f"{name} #{number}"


def _entry(bundle: Bundle, path: Path, name: str, own: Sequence[TrialRecords], standing: str) -> Entry:
    data = bundle.metadata
    return Entry(
        name=name,
        file=path.name,
        agents=", ".join(data["agents"]),
        date=data["date"],
        contact=data.get("contact", ""),
        sha256=bundle.sha256,
        trials=len(own),
        standing=standing,
        attempts=data.get("attempts"),
        notes=tuple(theta_0_notes(own)),
    )


def _signed(records: TrialRecords, name: str) -> TrialRecords:
    """The trial under the name of its bundle: the same agent in two bundles is two rows."""
    trial = records.trial
    model = f"{trial.model}; {name}" if trial.model else name
    return replace(records, trial=replace(trial, model=model))


def theta_0_notes(trials: Sequence[TrialRecords]) -> list[str]:
    """Where agents were not, before they learned, what their model is: held against the frozen arm of the same weights."""
    arms = {_arm_of(records): records for records in trials if records.trial.agent == "frozen"}
    notes: dict[str, list[tuple[float, float]]] = {}
    missing: dict[str, None] = {}
    for records in trials:
        if not records.trial.model or records.trial.agent == "frozen":
            continue
        arm = arms.get(_arm_of(records))
        if arm is None:
            missing[records.trial.label] = None
            continue
        own, frozen = (_earned_before(one) for one in (records, arm))
        if own is not None and frozen is not None:
            notes.setdefault(records.trial.label, []).append((own, frozen))
    found = [f"{label}: no frozen arm of its model is here, so what it was before it learned is its own word" for label in missing]
    for label, pairs in notes.items():
        own, frozen = (sum(values) / len(pairs) for values in zip(*pairs))
        if any(abs(one - other) > _SAME for one, other in pairs):
            found.append(f"{label}: before it learned it earned {own:.2f} of eval, and the frozen arm of its model {frozen:.2f}")
    return found


#: A difference of rewards that is none.
_SAME = 1e-9


def _arm_of(records: TrialRecords) -> tuple[str, str]:
    """Whose arm it is: the weights, and the cell."""
    trial = records.trial
    bare = {name: value for name, value in trial.to_json().items() if name not in ANSWERER}
    return str(sorted((records.header.get("model") or {}).items()) or trial.model), str(sorted(bare.items()))


def _earned_before(records: TrialRecords) -> float | None:
    rewards = [r.reward for r in records.of(AnswerRecord) if r.phase == "before" and r.set == "eval" and r.reward is not None]
    return sum(rewards) / len(rewards) if rewards else None


def _compared(shown: Sequence[Submission]) -> list[Submission]:
    """With a note where two bundles have the same records: one is a copy of the other, or both ran the same thing."""
    found: dict[str, list[str]] = {}
    for one in shown:
        for records in one.trials:
            found.setdefault(sha256_of(records.folder / RECORDS_FILE), []).append(one.entry.name)
    same = {name: sorted(set(names) - {name}) for names in found.values() for name in names}
    return [
        replace(
            one,
            entry=replace(
                one.entry,
                notes=(*one.entry.notes, f"some of its records are, byte for byte, those of {', '.join(same[one.entry.name])}"),
            ),
        )
        if same.get(one.entry.name)
        else one
        for one in shown
    ]


def _tasks(trials: Sequence[TrialRecords]) -> list[tuple[Any, str]]:
    """Each task as the report shows it, and why its agents are not ranked: "" where they are, for all have the same cells."""
    from clgym.report.gather import gather

    groups: dict[tuple[str, int, int, str, int], list[TrialRecords]] = {}
    for records in trials:
        trial = records.trial
        groups.setdefault((trial.env, trial.level, trial.breadth, trial.split, trial.steps), []).append(records)
    found = []
    for members in groups.values():
        cells: dict[tuple[str, str], set[str]] = {}
        for records in members:
            bare = {name: value for name, value in records.trial.to_json().items() if name not in ANSWERER}
            cells.setdefault((records.trial.label, records.trial.model), set()).add(str(sorted(bare.items())))
        same = len({frozenset(own) for own in cells.values()}) == 1
        why = "" if same else "Not ranked: these agents did not all run in the same worlds, with the same seeds and sizes."
        found += [(view, why) for view in gather(members)]
    return found


def render(shown: Sequence[Submission], refused: Mapping[Path, Sequence[str]]) -> str:
    """The page as text."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ModuleNotFoundError as cause:
        raise MissingExtra("the leaderboard", "submission", cause) from cause
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("clgym.submission").joinpath("leaderboard.html.jinja").read_text(encoding="utf-8"))
    style = files("clgym.report").joinpath("page.css").read_text(encoding="utf-8")
    entries = [one.entry for one in shown]
    return template.render(
        entries=entries,
        tasks=_tasks([records for one in shown for records in one.trials]),
        entry_of=lambda row: _entry_of(row, entries),
        refused=[(path.name, len(lines), lines[0][:_LONGEST_REASON]) for path, lines in refused.items()],
        style=style,
    )


#: Characters of a reason on the page.
_LONGEST_REASON = 600


def _entry_of(row: str, entries: Sequence[Entry]) -> Entry | None:
    """The bundle that a row is of: its name stands at the end of the row's."""
    if len(entries) == 1:
        return entries[0]
    ends = [entry for entry in entries if row.endswith((f"({entry.name})", f"; {entry.name})"))]
    return max(ends, key=lambda entry: len(entry.name), default=None)
