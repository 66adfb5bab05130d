"""One agent under several conditions, from the plan to the page: ``clgym ablate feedback`` and ``clgym ablate noise``.

    trials = varied(base, "feedback", ["score", "diagnosis"])
    ...                                        # run them: clgym.sweep.run_sweep
    finished = read_runs(["runs/study"])
    write(studies(finished, "feedback"), finished, Path("runs/study"))

The trials are ordinary ones, so they run on every engine, go on after a stop, and verify. The numbers are made by
:mod:`clgym.metrics.studies` from their records alone; ``clgym verify`` makes them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clgym.core import FEEDBACKS
from clgym.errors import InvalidSetting, RecordsError, UnknownName
from clgym.metrics import Study, studies, to_json
from clgym.metrics.sample_efficiency import TOKEN
from clgym.metrics.studies import FACTORS
from clgym.protocol.schedule import answer_count, declared_attempts, events_of
from clgym.records import RESULT_FILE, Trial, TrialRecords
from clgym.report.studies import WORDS, Part, StudyTable, part
from clgym.report.text import Cell
from clgym.storage import SCHEMA, read_json, write_json
from clgym.sweep.plan import trial_folder


def varied(trials: Iterable[Trial], factor: str, values: Sequence[Any]) -> list[Trial]:
    """Each trial under each value, values innermost: the first comparison is there as early as possible.

    Raises ``UnknownName`` and ``InvalidSetting`` where the values make no study.
    """
    for value in values:
        if factor == "feedback" and value not in FEEDBACKS:
            raise UnknownName("feedback level", value, FEEDBACKS)
    if len(set(values)) < 2:
        raise InvalidSetting(
            f"a study compares at least two values of {factor}, and these are {', '.join(map(str, values)) or 'none'}."
        )
    ordered = sorted(set(values), key=FACTORS[factor].order)
    made = [replace(trial, **{factor: value}) for trial in trials for value in ordered]
    if factor == "noise" and any(trial.feedback == "none" for trial in made):
        raise InvalidSetting("feedback is none, so there is nothing that noise could make wrong: choose a higher level.")
    return made


@dataclass(frozen=True)
class Estimate:
    """What a study takes: of all its trials, and of those that are not finished yet."""

    trials: int
    finished: int
    env_steps: int
    """Of the trials that are left, the placebo arm's included."""
    answers: int
    """Of the trials that are left: every answer of every evaluation and env step."""

    def __str__(self) -> str:
        finished = f", {self.finished} of them finished" if self.finished else ""
        if self.finished == self.trials:
            return f"{self.trials} trials, all of them finished: nothing is run."
        return f"{self.trials} trials{finished}: about {self.answers:,} answers to give, {self.env_steps:,} of them env steps of learning."


def estimate(trials: Sequence[Trial], out: Path | None) -> Estimate:
    """Count answers without asking for any; trials that are finished in ``out`` take none. Raises what making the envs raises."""
    left = [trial for trial in trials if out is None or not (trial_folder(out, trial) / RESULT_FILE).exists()]
    counted: dict[str, int] = {}
    answers = 0
    for trial in left:
        # Worlds of one level ask for as many answers; so does every value of a factor.
        key = json.dumps({**trial.to_json(), "world": 0, "seed": 0, "feedback": "", "noise": 0.0}, sort_keys=True)
        if key not in counted:
            counted[key] = answer_count(events_of(trial, attempts=declared_attempts(trial)))
        answers += counted[key]
    return Estimate(len(trials), len(trials) - len(left), sum(trial.steps * (1 + trial.placebo) for trial in left), answers)


def found_in(trials: Sequence[TrialRecords], factor: str) -> list[Study]:
    """The studies that these trials make. Raises ``RecordsError`` where they make none."""
    ablations = studies(trials, factor)
    if not ablations:
        raise RecordsError(f"no two of the {len(trials)} finished trials differ in {factor} alone: there is nothing to compare.")
    return ablations


def write(ablations: Sequence[Study], trials: Sequence[TrialRecords], folder: Path) -> tuple[Path, Path]:
    """Write the studies of one factor as Markdown and as JSON, with the trials that they were made of; returns both paths."""
    factor = ablations[0].factor
    text, data = folder / f"ablation-{factor}.md", folder / f"ablation-{factor}.json"
    text.write_text(markdown(ablations), encoding="utf-8")
    write_json(data, as_json(ablations, trials, folder))
    return text, data


def as_json(ablations: Sequence[Study], trials: Sequence[TrialRecords], folder: Path) -> dict[str, Any]:
    """The studies as plain data, the trials behind them by their place below ``folder``, and how feedback tokens were counted."""
    places = sorted(records.folder.resolve().relative_to(folder.resolve()).as_posix() for records in trials)
    return {"schema": SCHEMA, "feedback_token": TOKEN.pattern, "trials": places, "studies": to_json(tuple(ablations))}


def recomputed(folder: Path, trials: Sequence[TrialRecords]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each study that :func:`write` left in a folder: its name, what it says, and what its trials say now.

    Raises ``RecordsError`` where a file is damaged or one of its trials is not among ``trials``.
    """
    readable = {records.folder.resolve(): records for records in trials}
    for factor in FACTORS:
        path = folder / f"ablation-{factor}.json"
        if path.exists():
            written = read_json(path)
            places = written.get("trials")
            if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
                raise RecordsError(f"{path.name} does not say of which trials it was made.")
            missing = [place for place in places if (folder / place).resolve() not in readable]
            if missing:
                raise RecordsError(f"{path.name} was made of {missing[0]}, which cannot be read.")
            chosen = [readable[(folder / place).resolve()] for place in places]
            yield path.name, written, as_json(studies(chosen, factor), chosen, folder)


def markdown(ablations: Sequence[Study]) -> str:
    """All numbers of the studies of one factor, as a page."""
    words = WORDS[ablations[0].factor]
    parts = [f"# {words.title}", words.about, _READING]
    for study in ablations:
        parts += _section(part(study))
    return "\n\n".join(parts) + "\n"


_READING = f"""Intervals are 95 %: means over worlds of differences that are paired by query. *Detectable from* is the smallest true
gain (or difference) that this many worlds and queries find in four cases of five. A difference is taken query by query and world by world first, so
from four worlds on it need not be the difference of the means above it. *Knowledge gain* is gain less what as many steps in a sister
world bring, where the placebo arm ran. A *feedback token* is a word, a number or a punctuation mark of the feedback (`{TOKEN.pattern}`),
whatever the model's tokenizer. A number that cannot be computed is undefined, with the reason."""


def _section(section: Part) -> list[str]:
    lines = [f"## {section.title}", *map(_table, section.tables)]
    return [*lines, "\n".join(f"* {note}" for note in section.notes)] if section.notes else lines


def _table(table: StudyTable) -> str:
    head = f"| {' | '.join(table.header)} |\n|---|" + "---:|" * (len(table.header) - 1)
    return "\n".join([head, *(f"| {' | '.join([title, *map(cell_text, cells)])} |" for title, cells in table.rows)])


def cell_text(cell: Cell) -> str:
    """A cell in one line of text."""
    return f"{cell.main} {cell.note}".strip()
