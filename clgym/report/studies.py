"""Studies as tables and figures: what more feedback buys, what wrong feedback costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.metrics import Study, Undefined, studies
from clgym.metrics.studies import FACTORS
from clgym.records import TrialRecords
from clgym.report import charts
from clgym.report.text import Cell, interval, number, plain, ranges, signed
from clgym.statistics import Interval


class Words(NamedTuple):
    """How a factor is spoken of."""

    title: str
    about: str
    caption: str
    axis: str


WORDS = {
    "feedback": Words(
        "What more feedback buys",
        "The same agent under each level of feedback: the same worlds, seeds, streams and held-out queries. Each level includes the ones before it. "
        "The reward as a number reaches the learner at every level, “none” included; the ladder is what is said beside it.",
        "Gain by feedback level.",
        "feedback",
    ),
    "noise": Words(
        "What wrong feedback costs",
        "The same agent with a growing share of env steps whose feedback is wrong (the reward never is): the same worlds, seeds, streams and "
        "held-out queries.",
        "Gain by share of wrong feedback.",
        "share of env steps whose feedback is wrong",
    ),
}


@dataclass(frozen=True)
class StudyTable:
    """A header, and a title and cells for each row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Part:
    """One study in tables and sentences."""

    title: str
    tables: tuple[StudyTable, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """All studies of one factor: the figure, then each in numbers."""

    title: str
    about: str
    caption: str
    svg: str
    parts: tuple[Part, ...]


def figures(trials: Iterable[TrialRecords]) -> Iterator[Figure]:
    """A figure for each factor that was varied."""
    trials = list(trials)
    for factor, words in WORDS.items():
        same_factor = studies(trials, factor)
        if same_factor:
            yield Figure(words.title, words.about, words.caption, draw(same_factor), tuple(map(part, same_factor)))


def draw(same_factor: Sequence[Study]) -> str:
    """Gain under each value, an agent a series."""
    words = WORDS[same_factor[0].factor]
    values = sorted({c.value for study in same_factor for c in study.conditions}, key=FACTORS[same_factor[0].factor].order)
    places = (
        [float(value) for value in values] if same_factor[0].factor == "noise" else [float(place) for place in range(len(values))]
    )
    ticks = [(at, FACTORS[same_factor[0].factor].show(value)) for at, value in zip(places, values)]
    where = dict(zip(values, places))
    series = [
        charts.Series(
            study.name,
            number % charts.PALETTE,
            tuple((where[c.value], c.gain) for c in study.conditions if isinstance(c.gain, Interval)),
        )
        for number, study in enumerate(same_factor)
    ]
    return charts.gain_by_condition(series, ticks, words.axis)


def part(study: Study) -> Part:
    """One study as tables and notes."""
    return Part(title_of(study), (_conditions(study), _contrasts(study)), tuple(_sentences(study)))


def title_of(study: Study) -> str:
    """Agent, task and extent in one line."""
    worlds = f"world{'s' * (len(study.worlds) != 1)} {ranges(study.worlds)}" if study.worlds else "no world"
    seeds = f"seed{'s' * (len(study.seeds) != 1)} {ranges(study.seeds)}" if study.seeds else "no seed"
    return (
        f"{study.name} on {study.env}, level {study.level}, {study.split}: {worlds}, {seeds}, {study.env_steps:,} env steps a trial, "
        f"{study.queries:,} queries"
    )


def _conditions(study: Study) -> StudyTable:
    header = (
        study.factor,
        "gain",
        "detectable from",
        "knowledge gain",
        "gain per 100 env steps",
        "gain per 1,000 feedback tokens",
        "feedback tokens per env step",
        "env steps",
    )
    rows = tuple(
        (
            c.title,
            (
                interval(c.gain, difference=True),
                number(c.detectable),
                interval(c.knowledge_gain, difference=True),
                interval(c.gain_per_100_steps, difference=True, digits=3),
                interval(c.gain_per_1000_feedback_tokens, difference=True, digits=3),
                number(c.feedback_tokens / c.env_steps if c.env_steps else Undefined("there was no env step"), digits=1),
                Cell(f"{c.env_steps:,}"),
            ),
        )
        for c in study.conditions
    )
    return StudyTable(header, rows)


def _contrasts(study: Study) -> StudyTable:
    rows = [
        (c.title, (interval(c.gain, difference=True), number(c.detectable), interval(c.knowledge_gain, difference=True)))
        for c in study.contrasts
    ]
    if study.factor == "noise":
        unknown = Cell("")
        rows.append(("slope, per 1 of noise", (interval(study.slope, difference=True), unknown, unknown)))
    return StudyTable(("paired difference", "gain", "detectable from", "knowledge gain"), tuple(rows))


def _sentences(study: Study) -> Iterator[str]:
    """What is so, and what stands beside it."""
    for contrast in study.contrasts:
        gain = contrast.gain
        if isinstance(gain, Undefined):
            continue
        if gain.low <= 0.0 <= gain.high:
            from_ = (
                f"; a difference from {plain(contrast.detectable)} on would show" if isinstance(contrast.detectable, float) else ""
            )
            yield f"{contrast.title}: not told apart ({signed(gain.estimate)} [{signed(gain.low)}, {signed(gain.high)}]{from_})."
        else:
            yield (
                f"{contrast.title}: {'more' if gain.low > 0 else 'less'} gain "
                f"({signed(gain.estimate)} [{signed(gain.low)}, {signed(gain.high)}])."
            )
    yield from study.notes
