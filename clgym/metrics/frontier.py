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
from clgym.statistics import Interval, Point, mean_over_worlds, volume_interval

if TYPE_CHECKING:
    from clgym.metrics.summary import Run, Summary

#: How often an agent may be called dominated that is as good as its rivals.
ERROR = 0.05

BETTER, SAME, OPEN = "better", "same", "not told apart"


def dominators(row: Summary, rows: Sequence[Summary]) -> tuple[str, ...]:
    """The rows that dominate this one, by name."""
    rivals = [other for other in rows if other is not row and other.task == row.task and other.base == row.base]
    return tuple(rival.name for rival in rivals if dominates(rival, row, rivals=len(rivals)))


def dominates(rival: Summary, row: Summary, *, rivals: int = 1) -> bool:
    """Whether the rival is better or the same on every axis, and better on one, each interval held to 1 - 0.05 / ``rivals``."""
    found = []
    for axis in (cost_beside, gain_beside, retention_beside):
        found.append(axis(row, rival, 1 - ERROR / rivals))
        if found[-1] not in (BETTER, SAME):
            return False
    return BETTER in found


def gain_beside(row: Summary, rival: Summary, confidence: float = 0.95) -> str:
    """What the rival's θ_N earns on eval beside the row's: better, same, worse or not told apart; "" where it is undefined."""
    return _told(GAIN, row, rival, confidence)


def retention_beside(row: Summary, rival: Summary, confidence: float = 0.95) -> str:
    """The same of what both earn on the probes where θ_0 of both stands above the floor."""
    return _told(RETENTION, row, rival, confidence)


class RankInterval(NamedTuple):
    """The best and the worst rank of gain that the paired differences allow; 1 is the top."""

    best: int
    worst: int


def gain_ranks(rows: Sequence[Summary]) -> dict[str, RankInterval]:
    """By name, for rows of one task that have a gain: only agents whose paired difference excludes 0 are told apart, whatever they stand on."""
    placed = sorted(
        (row for row in rows if isinstance(row.gain, Interval)),
        key=lambda row: row.gain.estimate if isinstance(row.gain, Interval) else 0.0,
    )
    told: dict[str, list[str]] = {row.name: [] for row in placed}
    for place, row in enumerate(placed):
        for rival in placed[place + 1 :]:
            found = gain_beside(row, rival)
            told[row.name].append(found)
            told[rival.name].append({BETTER: "worse", "worse": BETTER}.get(found, found))
    return {name: RankInterval(1 + found.count(BETTER), len(placed) - found.count("worse")) for name, found in told.items()}


def _beside(number: PairedNumber, ours: QueryPairs, theirs: QueryPairs) -> QueryPairs:
    """What both were asked that the number is made of: our θ_N as ``before``, the rival's as ``after``."""
    at_floor = ours.at_floor | theirs.at_floor
    names = ["eval"] if number is GAIN else [name for name in probes(ours.sets) if name not in at_floor]
    return QueryPairs({name: _matched(ours.sets.get(name, ()), theirs.sets.get(name, ())) for name in names}, at_floor=at_floor)


def _matched(ours: Iterable[Pair], theirs: Iterable[Pair]) -> list[Pair]:
    ends = {(pair.world, pair.query): pair.after for pair in ours}
    return [Pair(p.world, p.query, ends[p.world, p.query], p.after) for p in theirs if (p.world, p.query) in ends]


def _told(number: PairedNumber, row: Summary, rival: Summary, confidence: float) -> str:
    worlds: dict[int, list[QueryPairs]] = {}
    for run in [] if row.refused or rival.refused else sorted(set(row.runs) & set(rival.runs)):
        worlds.setdefault(run[0], []).append(_beside(number, row.runs[run], rival.runs[run]))
    asked = [pair for world in worlds.values() for run in world for pairs in run.sets.values() for pair in pairs]
    if asked and all(pair.difference == 0.0 for pair in asked):
        return SAME
    return _side(number.over(worlds.values(), confidence)) if len(worlds) > 1 else OPEN  # one world tells nobody apart


def _side(difference: Estimate) -> str:
    if isinstance(difference, Undefined):
        return ""
    if difference.low > 0:
        return BETTER
    return "worse" if difference.high < 0 else OPEN


def cost_beside(row: Summary, rival: Summary, confidence: float = 0.95) -> str:
    """The rival's serving cost, by the logarithm of the ratio of what an answer of each costs in the same run."""
    ours, theirs = serving_costs(row), serving_costs(rival)
    both = sorted(run for run in ours if run in theirs and ours[run].unit == theirs[run].unit)
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
