"""R[i, j] as heat maps: rows are stages of the stream, columns tasks; and the returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clgym.metrics import SEQUENCE_NUMBERS, Return, Sequences, Stage, TrialMetrics, Undefined
from clgym.metrics.sequences import Matrix
from clgym.report.text import Cell, number


@dataclass(frozen=True)
class HeatRow:
    """After one stage (or before learning): a cell and its shade for each task; ``taught`` is the column of the stage's task."""

    title: str
    cells: tuple[tuple[Cell, int], ...]
    taught: int


@dataclass(frozen=True)
class HeatMap:
    """One agent's first trial: R as reward and above each task's floor, its returns, and its summary numbers."""

    agent: str
    world: int
    tasks: tuple[str, ...]
    units: tuple[tuple[str, tuple[HeatRow, ...]], ...]
    reference: tuple[Cell, ...]
    """What each task earns that was learned alone."""
    returns: tuple[tuple[str, tuple[Cell, ...]], ...]
    numbers: tuple[tuple[str, Cell], ...]
    missing: tuple[str, ...]
    """What is missing, a sentence each."""


def heat_map(agent: str, world: int, trials: Sequence[TrialMetrics]) -> HeatMap | None:
    """The heat map of an agent's first trial; ``None`` where its stream had one task."""
    found = trials[0].sequences
    if not isinstance(found, Sequences):
        return None
    alone = tuple(number(found.reference[task]) for task in found.tasks)
    return HeatMap(
        agent,
        world,
        found.tasks,
        units=(("reward", _rows(found, found.reward)), ("above floor", _rows(found, found.above_floor))),
        reference=() if all(cell.undefined for cell in alone) else alone,
        returns=tuple(_return(each) for each in found.returns),
        numbers=tuple((one.title, number(one.of(found), difference=one.difference)) for one in SEQUENCE_NUMBERS),
        missing=tuple(_missing(found)),
    )


def _rows(found: Sequences, matrix: Matrix) -> tuple[HeatRow, ...]:
    titles = ["before", *(_title(place, stage) for place, stage in enumerate(found.stages, 1))]
    taught = [-1, *(found.tasks.index(stage.task) if stage.task else -1 for stage in found.stages)]
    return tuple(
        HeatRow(title, tuple((number(value), _shade(value)) for value in row), column)
        for title, row, column in zip(titles, matrix.rows, taught, strict=True)
    )


def _title(place: int, stage: Stage) -> str:
    """``after 2: 2 Slang (40 env steps)``."""
    return f"after {place}: {stage.task or 'all tasks'} ({stage.end - stage.begun} env steps)"


def _return(each: Return) -> tuple[str, tuple[Cell, ...]]:
    cells = (
        number(each.loss, difference=True),
        number(each.steps, digits=0),
        number(each.first_steps, digits=0),
        number(each.savings),
    )
    return f"{each.task}, stage {each.stage}", cells


def _missing(found: Sequences) -> list[str]:
    sentences = []
    if found.without_stage:
        sentences.append(f"{len(found.without_stage)} of {len(found.tasks)} tasks had no stage: {', '.join(found.without_stage)}.")
    most = max((count for row in found.counts for count in row), default=0)
    fewer = sum(count < most for row in found.counts for count in row)
    if fewer:
        sentences.append(f"{fewer} of {len(found.counts) * len(found.tasks)} cells have fewer graded answers than {most}.")
    return sentences


def _shade(value: float | Undefined) -> int:
    """0 to 10."""
    return 0 if isinstance(value, Undefined) else max(0, min(10, round(10 * value)))
