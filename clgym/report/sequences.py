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
    sequences = trials[0].sequences
    if not isinstance(sequences, Sequences):
        return None
    titles = ["before", *(f"after {place}: {stage.task}" for place, stage in enumerate(sequences.stages, 1))]
    taught = [-1, *(sequences.tasks.index(stage.task) for stage in sequences.stages)]
    rows = tuple(
        HeatRow(title, tuple((number(value), _shade(value)) for value in row), column)
        for title, row, column in zip(titles, sequences.matrix, taught, strict=True)
    )
    numbers = (
        ("accuracy", number(sequences.accuracy)),
        ("backward transfer", number(sequences.backward_transfer, difference=True)),
        ("forward transfer", number(sequences.forward_transfer, difference=True)),
        ("forgetting", number(sequences.forgetting)),
    )
    return HeatMap(agent, world, sequences.tasks, rows, numbers)


def _shade(value: float | Undefined) -> int:
    """0 to 10."""
    return 0 if isinstance(value, Undefined) else max(0, min(10, round(10 * value)))
