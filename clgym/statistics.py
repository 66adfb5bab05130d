"""Intervals, ranks, the smallest gain that a setup can see, and what dominates what.

Nothing here knows of records: groups of numbers in, numbers out. Resampling is seeded, so a report built twice
from the same records is the same report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clgym.seeding import seed_of

#: Resamples drawn at once: bounds the memory of a bootstrap to a few tens of MB.
_CHUNK = 200


class Interval(NamedTuple):
    """An estimate, its percentile interval and its standard error (of the resamples)."""

    estimate: float
    low: float
    high: float
    error: float

    def overlaps(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high


class Point(NamedTuple):
    """Where an agent stands: gain and retention (more is better), serving cost (less is better)."""

    gain: float
    retention: float
    cost: float

    def dominates(self, other: Point) -> bool:
        """At least as good everywhere and better somewhere."""
        better = (self.gain - other.gain, self.retention - other.retention, other.cost - self.cost)
        return min(better) >= 0 and max(better) > 0


class RankInterval(NamedTuple):
    """The best and the worst rank that an agent's interval allows; 1 is the top."""

    best: int
    worst: int


def iqm(values: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Interquartile mean: the mean of what is left after floor(n/4) values are cut at either end.

    Source: Agarwal et al. 2021, "Deep RL at the Edge of the Statistical Precipice", section 4.3; the cut is that of
    ``scipy.stats.trim_mean(values, 0.25)``, so with fewer than four values it is the mean.
    """
    ordered = np.sort(np.asarray(values, dtype=float), axis=axis)
    size = ordered.shape[axis]
    cut = size // 4
    kept: NDArray[np.float64] = np.take(ordered, range(cut, size - cut), axis=axis).mean(axis=axis)
    return kept


def hierarchical_bootstrap(
    groups: Sequence[Sequence[float]], *, resamples: int = 2000, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """IQM over groups of the mean within each, with a percentile interval: worlds are resampled, then queries in each.

    ``groups`` holds, for each world, the paired differences (or rewards) of its queries; empty groups are not allowed.
    Pairing happens before: the difference of one query at two θ is one number here.
    Source: Davison & Hinkley 1997, "Bootstrap Methods and their Application", section 3.8 (two-stage resampling).
    """
    if not groups or not all(len(group) for group in groups):
        raise ValueError("a bootstrap needs at least one group and at least one number in each")
    sizes = np.array([len(group) for group in groups])
    table = np.zeros((len(groups), sizes.max()))
    for row, group in zip(table, groups):
        row[: len(group)] = group
    generator = np.random.default_rng(int.from_bytes(seed_of("bootstrap", seed).entropy, "big"))
    estimates = np.concatenate(
        [_resample(table, sizes, min(_CHUNK, resamples - start), generator) for start in range(0, resamples, _CHUNK)]
    )
    tail = (1 - confidence) / 2
    low, high = np.quantile(estimates, [tail, 1 - tail])
    estimate = iqm([sum(group) / len(group) for group in groups])
    return Interval(float(estimate), float(low), float(high), float(estimates.std(ddof=1)) if resamples > 1 else 0.0)


def _resample(
    table: NDArray[np.float64], sizes: NDArray[np.int64], count: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """``count`` bootstrap estimates. Shapes: worlds (count, W), queries (count, W, Q)."""
    worlds = generator.integers(0, len(table), size=(count, len(table)))
    lengths = sizes[worlds][..., None]
    places = (generator.random((count, len(table), table.shape[1])) * lengths).astype(np.int64)
    values = table[worlds[..., None], places]
    counted = np.arange(table.shape[1]) < lengths
    return iqm((values * counted).sum(axis=-1) / lengths[..., 0])


def minimum_detectable(error: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest true gain that a two-sided test at ``alpha`` finds with probability ``power``.

    (z_{1-alpha/2} + z_power) times the standard error, 2.80 at the defaults: Bloom 1995, "Minimum Detectable Effects",
    Evaluation Review 19(5).
    """
    normal = NormalDist()
    return (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) * error


def rank_intervals(scores: Mapping[str, Interval]) -> dict[str, RankInterval]:
    """The ranks that are possible when only intervals that do not overlap are told apart."""
    return {
        name: RankInterval(
            1 + sum(other.low > own.high for other in scores.values()),
            len(scores) - sum(other.high < own.low for other in scores.values()),
        )
        for name, own in scores.items()
    }


def dominators(points: Mapping[str, Point]) -> dict[str, tuple[str, ...]]:
    """For each agent the names of those that dominate it; on the Pareto frontier there are none."""
    return {name: tuple(other for other, rival in points.items() if rival.dominates(point)) for name, point in points.items()}


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """The volume between ``reference`` (the worst point that counts) and the frontier.

    Points that do not beat the reference in all three coordinates add nothing. Exact, by slicing along the cost
    (Zitzler & Thiele 1998, "Multiobjective Optimization Using Evolutionary Algorithms", the size of the space covered).
    """
    boxes = sorted((reference.cost - p.cost, p.gain - reference.gain, p.retention - reference.retention) for p in points)
    boxes = [box for box in boxes if min(box) > 0]
    volume, floor = 0.0, 0.0
    for place, (height, _, _) in enumerate(boxes):
        volume += (height - floor) * _area([(gain, retention) for _, gain, retention in boxes[place:]])
        floor = height
    return volume


def _area(rectangles: Sequence[tuple[float, float]]) -> float:
    """The area covered by rectangles that share the corner (0, 0)."""
    area, covered = 0.0, 0.0
    for width, height in sorted(rectangles, reverse=True):
        if height > covered:
            area += width * (height - covered)
            covered = height
    return area
