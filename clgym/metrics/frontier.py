"""Who is better than whom on gain, retention and serving cost: said only where paired intervals say so.

Two agents are compared on the worlds and seeds that both were given, query by query, and only where they stand on the same weights: a ratio to
one's own θ_0, and what one had to forget, mean nothing beside those of another base. On each axis the rival is better (the interval of the
paired difference lies on its side of 0), the same (no answer, and no cost, differs anywhere), or not told apart. It dominates where it is better
or the same on every axis, and better on one. Intervals are held to 1 - 0.05 / rivals, so that of agents that are the same at most
one in twenty is called dominated, however many they are (`python -m clgym.statistics` simulates it).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from clgym.metrics.numbers import Estimate, Undefined
from clgym.metrics.paired import GAIN, RETENTION, Pair, PairedNumber, QueryPairs, probes
from clgym.statistics import Point, mean_over_worlds, volume_interval

if TYPE_CHECKING:
    from clgym.metrics.summary import Run, Summary

#: How often an agent may be called dominated that is as good as its rivals.
ERROR = 0.05

BETTER, SAME, OPEN = "better", "same", "not told apart"


class Standing(NamedTuple):
    """A rival beside an agent, on each axis: better, same, worse or not told apart; "" where it is undefined."""

    gain: str
    retention: str
    cost: str

    @property
    def dominates(self) -> bool:
        return set(self) <= {BETTER, SAME} and BETTER in self


def dominators(row: Summary, rows: Sequence[Summary]) -> tuple[str, ...]:
    """The rows that dominate this one, by name."""
    rivals = [other for other in rows if other is not row and other.task == row.task and other.base == row.base]
    return tuple(rival.name for rival in rivals if standing(row, rival, rivals=len(rivals)).dominates)


def standing(row: Summary, rival: Summary, *, rivals: int = 1) -> Standing:
    """The rival beside the agent, each interval held to 1 - 0.05 / ``rivals``."""
    confidence = 1 - ERROR / rivals
    shared = sorted(set(row.runs) & set(rival.runs))
    if row.refused or rival.refused or not shared:
        return Standing("", "", "")
    worlds = _worlds(shared, [_beside(row.runs[run], rival.runs[run]) for run in shared])
    return Standing(
        _told(GAIN, worlds, confidence), _told(RETENTION, worlds, confidence), _cheaper(row, rival, frozenset(shared), confidence)
    )


def _beside(ours: QueryPairs, theirs: QueryPairs) -> QueryPairs:
    """What both were asked: our θ_N as ``before``, the rival's as ``after``."""
    sets = {name: _matched(ours.sets[name], theirs.sets[name]) for name in ours.sets if name in theirs.sets}
    return QueryPairs(sets, at_floor=ours.at_floor | theirs.at_floor)


def _matched(ours: Iterable[Pair], theirs: Iterable[Pair]) -> list[Pair]:
    ends = {(pair.world, pair.query): pair.after for pair in ours}
    return [Pair(p.world, p.query, ends[p.world, p.query], p.after) for p in theirs if (p.world, p.query) in ends]


def _worlds(shared: Sequence[Run], runs: Sequence[QueryPairs]) -> list[list[QueryPairs]]:
    worlds: dict[int, list[QueryPairs]] = {}
    for (world, _), queries in zip(shared, runs):
        worlds.setdefault(world, []).append(queries)
    return [queries for _, queries in sorted(worlds.items())]


def _told(number: PairedNumber, worlds: Sequence[Sequence[QueryPairs]], confidence: float) -> str:
    asked = [pair for world in worlds for run in world for name in _sets(number, run) for pair in run.sets.get(name, ())]
    if asked and all(pair.difference == 0.0 for pair in asked):
        return SAME
    return _side(number.over(worlds, confidence))


def _sets(number: PairedNumber, run: QueryPairs) -> list[str]:
    return ["eval"] if number is GAIN else [name for name in probes(run.sets) if name not in run.at_floor]


def _side(difference: Estimate) -> str:
    if isinstance(difference, Undefined):
        return ""
    if difference.low > 0:
        return BETTER
    return "worse" if difference.high < 0 else OPEN


def _cheaper(row: Summary, rival: Summary, shared: frozenset[Run], confidence: float) -> str:
    """The rival's serving cost, by the logarithm of the ratio of what an answer of each costs in the same run."""
    ours, theirs = serving_costs(row), serving_costs(rival)
    both = sorted(run for run in shared if run in ours and run in theirs and ours[run].unit == theirs[run].unit)
    if not both:
        return ""
    saved: dict[int, list[list[list[float]]]] = {}
    for run in both:
        saved.setdefault(run[0], []).append([[math.log(ours[run].cost / theirs[run].cost)]])
    if all(value == 0.0 for world in saved.values() for run in world for (value,) in run):
        return SAME
    return _side(mean_over_worlds(list(saved.values()), confidence=confidence)) if len(saved) > 1 else OPEN


class ServingCost(NamedTuple):
    """What an answer of θ_N costs, absolute."""

    cost: float
    unit: str


def serving_costs(row: Summary) -> dict[Run, ServingCost]:
    """By run; those in which it is not known are left out."""
    found = {}
    for run, (_, metrics) in zip(row.order, row.measured):
        flops, tokens = metrics.efficiency.uncached_flops.after, metrics.efficiency.tokens.after
        if isinstance(flops, float) and flops > 0:
            found[run] = ServingCost(flops, "FLOP")
        elif isinstance(tokens, float) and tokens > 0:
            found[run] = ServingCost(tokens, "tokens")
    return found


def frontier_volume(rows: Sequence[Summary], reference: Point) -> Estimate:
    """The hypervolume of agents on one base with its interval over the worlds in which all of them have all three numbers."""
    placed = [row for row in rows if isinstance(row.point, Point)]
    if not placed:
        return Undefined("no agent has all three numbers")
    tables = [_points_by_world(row) for row in placed]
    worlds = sorted(set.intersection(*(set(table) for table in tables)))
    if not worlds:
        return Undefined("there is no world in which all of them have all three numbers")
    points = [[table[world] for table in tables] for world in worlds]
    return volume_interval(points, reference)


def _points_by_world(row: Summary) -> dict[int, Point]:
    """World -> gain, retention and cost ratio, each the mean over the world's runs that have it."""
    values: dict[int, list[list[float]]] = {}
    for (world, _), queries, (_, metrics) in zip(row.order, (row.runs[run] for run in row.order), row.measured):
        numbers = (GAIN.of(queries), RETENTION.of(queries), metrics.efficiency.serving.ratio)
        for place, number in enumerate(numbers):
            if not isinstance(number, Undefined):
                values.setdefault(world, [[], [], []])[place].append(number)
    return {world: Point(*(math.fsum(some) / len(some) for some in three)) for world, three in values.items() if all(three)}
