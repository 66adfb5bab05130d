"""``clgym plan``: how many worlds and queries it takes to see a gain, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from clgym.errors import InvalidSetting
from clgym.metrics import pairs
from clgym.metrics.summary import cells_of, refusal
from clgym.records import AnswerRecord, StepRecord, TrialRecords, read_runs
from clgym.statistics import Spread, designs, spread_of


class Pilot(NamedTuple):
    """What a plan stands on: a spread, and how long one trial's learn stream is."""

    source: str
    spread: Spread
    steps: int


def show(gain: float, pilots: Sequence[Pilot]) -> None:
    """Print one table for each pilot. Raises ``InvalidSetting`` where ``gain`` is no gain."""
    if not 0 < gain <= 1:
        raise InvalidSetting(f"a gain to plan for lies above 0 and up to 1, not {gain}.")
    for pilot in pilots:
        Console(emoji=False).print(_table(gain, pilot))


def stated(between: float | None, within: float | None, steps: int) -> Pilot:
    """A plan from stated standard deviations. Raises ``InvalidSetting`` where one is missing or impossible."""
    if between is None or within is None:
        raise InvalidSetting("say either RUNS (pilot trials) or both --sd-between and --sd-within.")
    if not (0 <= between <= 1 and 0 <= within <= 1 and between + within > 0):
        raise InvalidSetting(f"standard deviations of gains lie in 0 to 1 and are not both 0; these are {between} and {within}.")
    return Pilot("as stated", Spread(between, within), steps)


def from_runs(runs: Sequence[Path]) -> list[Pilot]:
    """A plan for each agent on each task. Raises ``RecordsError``, and ``InvalidSetting`` where no pilot has a spread."""
    tried = [_pilot(cell) for cell in cells_of(read_runs(runs))]
    found, reasons = [p for p in tried if isinstance(p, Pilot)], [p for p in tried if isinstance(p, str)]
    if not found:
        raise InvalidSetting(f"no plan can be made from these runs: {'; '.join(reasons)}.")
    for reason in reasons:
        Console(emoji=False, stderr=True).print(f"left out: {reason}", markup=False)
    return found


def _pilot(cell: Sequence[TrialRecords]) -> Pilot | str:
    trial = cell[0].trial
    name = f"{trial.label} on {trial.env}, level {trial.level}"
    refused = refusal(cell)
    if refused:
        return f"{name}: {refused}"
    worlds: dict[int, list[float]] = {}
    for records in cell:
        differences = [pair.difference for pair in pairs(records.of(AnswerRecord), "eval")]
        if differences:
            worlds.setdefault(records.trial.world, []).extend(differences)
    try:
        spread = spread_of(list(worlds.values()))
    except ValueError as cause:
        return f"{name}: {cause}"
    if spread == (0.0, 0.0):
        return f"{name}: all differences are the same, so its spread is unknown"
    steps = sum(step.arm == "learn" for records in cell for step in records.of(StepRecord))
    return Pilot(f"{name}, {len(worlds)} worlds", spread, round(steps / len(cell)))


def _table(gain: float, pilot: Pilot) -> Table:
    table = Table(
        title=f"{pilot.source}: spread {pilot.spread.between:.3f} between worlds, {pilot.spread.within:.3f} between queries",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in ("queries", "worlds", "detects", "env steps", "eval answers"):
        table.add_column(name, justify="right")
    for design in designs(gain, pilot.spread):
        answers = 2 * design.worlds * design.queries
        steps = f"{design.worlds * pilot.steps:,}" if pilot.steps else "-"
        table.add_row(str(design.queries), str(design.worlds), f"{design.detectable:.3f}", steps, f"{answers:,}")
    few = "" if table.row_count else " No setup of up to 1,000 worlds finds it."
    table.caption = (
        f"Finds a gain of {gain:g} with probability 0.8 at 5 %, two-sided, one seed; before and after, without checkpoints.{few}"
    )
    table.caption_justify = "left"
    return table
