"""What each agent's context bought and cost, as its length grew: two figures and a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.metrics import Estimate, Number, Undefined
from clgym.metrics.context import ContextPoint, context_points, moves
from clgym.metrics.paired import R_N, Pair, QueryPairs, over_worlds
from clgym.metrics.sample_efficiency import curve_pairs
from clgym.records import AnswerRecord, TrialRecords
from clgym.report import charts
from clgym.report.text import Cell, interval, quantity
from clgym.statistics import Interval


class AgentTrials(NamedTuple):
    """An agent on one task: its name and colour in the report, and its trials."""

    name: str
    colour: int
    trials: Sequence[TrialRecords]


@dataclass(frozen=True)
class ContextRow:
    """One agent at one env step: as numbers for the figures, and as cells."""

    name: str
    colour: int
    step: int
    size: Estimate
    rewarded: Estimate
    gigaflops: Estimate
    context: Cell
    reward: Cell
    flops: Cell
    computed: Cell
    seconds: Cell


@dataclass(frozen=True)
class ContextView:
    """Reward and FLOPs of an answer over tokens of context. Agents whose context stays as it is show where they ended."""

    reward_plot: str
    cost_plot: str
    """"" where no FLOPs are counted."""
    rows: tuple[ContextRow, ...]


def context_view(agents: Sequence[AgentTrials], floor: float | None = None) -> ContextView | None:
    """The view; ``None`` where no agent's context moved, or tokens were not counted."""
    asked_at = [_shared(agent.trials) for agent in agents]
    moving = [_moves(steps) for steps in asked_at]
    if not any(moving):
        return None
    rewards, costs, rows = [], [], []
    for agent, steps, moved in zip(agents, asked_at, moving):
        for step in sorted(steps) if moved else sorted(steps)[-1:]:
            rows.append(_row(agent, step, steps[step]))
        mine = [row for row in rows if row.name == agent.name]
        rewards.append(charts.Series(agent.name, agent.colour, _line(mine, lambda row: row.rewarded)))
        costs.append(charts.Series(agent.name, agent.colour, _line(mine, lambda row: row.gigaflops)))
    return ContextView(
        reward_plot=charts.reward_over_context([one for one in rewards if one.points], floor),
        cost_plot=charts.cost_over_context(some) if (some := [one for one in costs if one.points]) else "",
        rows=tuple(rows),
    )


class TrialAtStep(NamedTuple):
    """One trial at one env step: its mean numbers, and every graded query."""

    world: int
    point: ContextPoint
    graded: Sequence[Pair]


def _shared(trials: Sequence[TrialRecords]) -> dict[int, list[TrialAtStep]]:
    """env step -> what each trial says of it, for env steps that all trials were asked at."""
    steps: dict[int, list[TrialAtStep]] = {}
    for records in trials:
        answers = records.of(AnswerRecord)
        curve = curve_pairs(answers)
        for point in context_points(answers):
            steps.setdefault(point.step, []).append(TrialAtStep(records.trial.world, point, curve.get(point.step, ())))
    return {step: points for step, points in steps.items() if len(points) == len(trials)}


def _moves(steps: dict[int, list[TrialAtStep]]) -> bool:
    """Whether the context of any trial moved."""
    return any(moves([at_step.point for at_step in trial]) for trial in zip(*steps.values()))


def _mean(points: Sequence[TrialAtStep], of: Callable[[ContextPoint], Number]) -> Estimate:
    """A trial's number over worlds, or why there is none."""
    worlds: dict[int, list[float]] = {}
    missing = "no trial gives it"
    for world, point, _ in points:
        value = of(point)
        if isinstance(value, Undefined):
            missing = value.reason
        else:
            worlds.setdefault(world, []).append(value)
    return over_worlds(worlds, missing, (0.0, math.inf))


def _row(agent: AgentTrials, step: int, points: Sequence[TrialAtStep]) -> ContextRow:
    worlds: dict[int, list[QueryPairs]] = {}
    for world, _, graded in points:
        worlds.setdefault(world, []).append(QueryPairs({"eval": graded}))

    def cell(estimate: Estimate, unit: str) -> Cell:
        return quantity(estimate if isinstance(estimate, Undefined) else estimate.estimate, unit)

    rewarded = R_N.over(found for _, found in sorted(worlds.items()))
    size, flops = _mean(points, lambda point: point.context), _mean(points, lambda point: point.flops)
    return ContextRow(
        name=agent.name,
        colour=agent.colour,
        step=step,
        size=size,
        rewarded=rewarded,
        gigaflops=_scaled(flops, 1e-9),
        context=cell(size, ""),
        reward=interval(rewarded),
        flops=cell(flops, "FLOP"),
        computed=cell(_mean(points, lambda point: point.computed), ""),
        seconds=cell(_mean(points, lambda point: point.seconds), "s"),
    )


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    if isinstance(estimate, Undefined):
        return estimate
    return estimate._replace(**{name: factor * getattr(estimate, name) for name in ("estimate", "low", "high", "error", "iqm")})


def _line(rows: Sequence[ContextRow], of: Callable[[ContextRow], Estimate]) -> tuple[tuple[float, Interval], ...]:
    """(tokens, value) of the rows that have both."""
    line = []
    for row in rows:
        value = of(row)
        if isinstance(row.size, Interval) and isinstance(value, Interval):
            line.append((row.size.estimate, value))
    return tuple(line)
