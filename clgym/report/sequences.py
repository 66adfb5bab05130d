"""R[i, j] as a heat map: rows are stages of the stream, columns tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clgym.metrics import Sequences, TrialMetrics, Undefined
from clgym.report.text import Cell, number


@dataclass(frozen=True)
class HeatRow:
    """After one stage (or before learning): a cell and its shade for each task; ``taught`` is the column of the stage's task."""

    title: str
    cells: tuple[tuple[Cell, int], ...]
    taught: int


@dataclass(frozen=True)
class HeatMap:
    """One agent's first trial, and its summary numbers."""

    agent: str
    world: int
    tasks: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    numbers: tuple[tuple[str, Cell], ...]


def heat_map(agent: str, world: int, trials: Sequence[TrialMetrics]) -> HeatMap | None:
    """The heat map of an agent's first trial; ``None`` where its stream had one task."""
    found = trials[0].sequences
    if not isinstance(found, Sequences):
        return None
    titles = ["before", *(f"after {place}: {stage.task}" for place, stage in enumerate(found.stages, 1))]
    taught = [-1, *(found.tasks.index(stage.task) for stage in found.stages)]
    rows = tuple(
        HeatRow(title, tuple((number(value), _shade(value)) for value in row), column)
        for title, row, column in zip(titles, found.matrix, taught, strict=True)
    )
    numbers = (
        ("accuracy", number(found.accuracy)),
        ("backward transfer", number(found.backward_transfer, difference=True)),
        ("forward transfer", number(found.forward_transfer, difference=True)),
        ("forgetting", number(found.forgetting)),
    )
    return HeatMap(agent, world, found.tasks, rows, numbers)


def _shade(value: float | Undefined) -> int:
    """0 to 10."""
    return 0 if isinstance(value, Undefined) else max(0, min(10, round(10 * value)))
