"""Means over worlds and how far they can be trusted.

Why the intervals are made this way, and how often they cover: docs/decisions/025-numbers.md; `python -m clgym.statistics` prints the grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clgym.seeding import seed_of

#: The bounds of a quantity that has none.
UNBOUNDED = (-math.inf, math.inf)

#: What differs by less is the same: means and ratios are sums of floats.
_ROUNDING = 1e-12

#: An interval wider than this share of what is possible decides nothing.
DECIDES = 0.5

#: The most worlds that are asked for.
_MANY = 10_000

#: The numbers of one query set of one run, those of all its sets (which weigh alike), and those of all runs in one world.
Stratum = Sequence[float]
Run = Sequence[Stratum]
Runs = Sequence[Run]


class Interval(NamedTuple):
    """An estimate, its interval, its standard error, and what they were taken over."""

    estimate: float
    low: float
    high: float
    error: float
    groups: int = 0
    """Worlds."""
    iqm: float = math.nan
    """The interquartile mean over worlds, beside their mean, which is the estimate."""
    units: int = 0
    """What the interval is over: worlds, or the runs (seeds) of one world, or the queries of one run."""
    unit: str = "worlds"
    needed: int = 0
    """Where the interval leaves more than half of what is possible open: so many units would decide it; else 0."""

    def overlaps(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high

    @property
    def open(self) -> bool:
        """Whether it says too little to be called an interval."""
        return self.needed > 0


def iqm(values: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Interquartile mean: the mean of what is left after floor(n/4) values are cut at either end.

    Source: Agarwal et al. 2021, "Deep RL at the Edge of the Statistical Precipice", section 4.3; the cut is that of
    ``scipy.stats.trim_mean(values, 0.25)``, so with fewer than four values it is the mean.
    """
    ordered = np.sort(np.asarray(values, dtype=float), axis=axis)
    size = ordered.shape[axis]
    cut = size // 4
    middle: NDArray[np.float64] = np.take(ordered, range(cut, size - cut), axis=axis).mean(axis=axis)
    return middle


def mean_of_means(strata: Sequence[Sequence[float]]) -> float:
    """The mean over strata of their means: each weighs alike, however many numbers it has. At least one number in each."""
    return math.fsum(math.fsum(stratum) / len(stratum) for stratum in strata) / len(strata)


def mean_over(groups: Sequence[Sequence[float]], *, bounds: tuple[float, float] = UNBOUNDED, confidence: float = 0.95) -> Interval:
    """:func:`mean_over_worlds` of worlds with one run each, whose numbers are all of a kind."""
    return mean_over_worlds([[[group]] for group in groups], bounds=bounds, confidence=confidence)


def mean_over_worlds(
    worlds: Sequence[Runs],
    *,
    bounds: tuple[float, float] = UNBOUNDED,
    confidence: float = 0.95,
    items: Sequence[Sequence[Sequence[Sequence[Hashable]]]] | None = None,
) -> Interval:
    """The mean over worlds of the mean over their runs (seeds) of :func:`mean_of_means`, with its interval. Nothing may be empty.

    Pairing happens before: the difference of one query at two θ is one number here. ``items`` has the shape of ``worlds`` and says what was
    asked; what several worlds asked counts as one draw (see :func:`_shared_variance`). ``bounds`` are those of the quantity itself.

    The units are the worlds; where there is one, its runs; where that is one too, its queries. With n units, the interval is the wider one
    of two: Student's t with n - 1 degrees of freedom over the units' means, and the sampling error of the queries alone, below which
    units are close by luck. Then no end lies inside what n units can show at all (:func:`unseen`): the low end at most where n units
    that all reach the upper bound would have it, the high end at least where n units at the lower bound would have it.
    Source: Student's t over clusters' means, Cameron & Miller 2015, "A Practitioner's Guide to Cluster-Robust Inference",
    J. Human Resources 50(2); for binary worlds the second rule is the bound of Clopper & Pearson 1934, Biometrika 26(4).
    Raises ``ValueError`` where there is no world, or nothing in one.
    """
    if not worlds or not all(runs and all(run and all(map(len, run)) for run in runs) for runs in worlds):
        raise ValueError("a mean over worlds needs at least one world and at least one number in each")
    runs = [[mean_of_means(run) for run in world] for world in worlds]
    means = np.array([math.fsum(world) / len(world) for world in runs])
    sampling = _Sampling.of(worlds)
    unit, units = _units(worlds, runs, means)
    error, freedom = sampling.error, sampling.freedom
    reach = student_quantile(0.5 + confidence / 2, freedom) * error
    count = sampling.numbers
    if units is not None:
        shared, distinct = _shared_variance(worlds, items, float(means.mean())) if items is not None else (0.0, 0)
        between = math.sqrt(_variance_of_mean(units.tolist()) + shared)
        count, error = min(len(units), distinct or len(units)), max(error, between)
        reach = max(reach, student_quantile(0.5 + confidence / 2, max(1, count - 1)) * between)
    estimate = float(means.mean())
    low, high = within(estimate, reach, count, confidence, bounds)
    return Interval(
        estimate, low, high, error, len(worlds), float(iqm(means)), count, unit, _needed(high - low, error, count, bounds)
    )


def _units(
    worlds: Sequence[Runs], runs: Sequence[Sequence[float]], means: NDArray[np.float64]
) -> tuple[str, NDArray[np.float64] | None]:
    """What the interval is over, and its means; none where it is the queries of one run."""
    if len(worlds) > 1:
        return "worlds", means
    return ("runs", np.array(runs[0])) if len(runs[0]) > 1 else ("queries", None)


class _Sampling(NamedTuple):
    """What drawing other queries in the same runs would change: a standard error, its degrees of freedom, and how many numbers there are."""

    error: float
    freedom: int
    numbers: int

    @classmethod
    def of(cls, worlds: Sequence[Runs]) -> _Sampling:
        variance, freedom, numbers = 0.0, 0, 0
        for runs in worlds:
            for run in runs:
                weight = len(worlds) * len(runs) * len(run)
                variance += sum(_variance_of_mean(stratum) for stratum in run) / weight**2
                freedom += sum(len(stratum) - 1 for stratum in run)
                # A stratum counts as if it had no more numbers than the smallest one of its run.
                numbers += len(run) * min(map(len, run))
        return cls(math.sqrt(variance), max(1, freedom), numbers)


def _variance_of_mean(values: Sequence[float]) -> float:
    """s²/n; 0 where nothing differs, or there is one value."""
    count = len(values)
    if count < 2 or max(values) - min(values) <= _ROUNDING:
        return 0.0
    mean = math.fsum(values) / count  # of few numbers: an array would take longer to make
    return math.fsum([(value - mean) ** 2 for value in values]) / (count - 1) / count


def _shared_variance(
    worlds: Sequence[Runs], items: Sequence[Sequence[Sequence[Sequence[Hashable]]]], mean: float
) -> tuple[float, int]:
    """What worlds that ask the same items add to the variance of their mean, and how many items there are; (0, 0) where none is shared.

    The two-way clustered variance, V_worlds + V_items - V_both, of which this is the last two terms.
    Source: Cameron, Gelbach & Miller 2011, "Robust Inference With Multiway Clustering", J. Business & Economic Statistics 29(2), eq. 2.11.
    """
    asked_in = [{key for run in named for keys in run for key in keys} for named in items]
    if sum(map(len, asked_in)) == len(set().union(*asked_in)):
        return 0.0, 0
    by_item: dict[Hashable, dict[int, float]] = {}
    for number, (runs, asked) in enumerate(zip(worlds, items)):
        for run, named in zip(runs, asked):
            for stratum, keys in zip(run, named):
                weight = 1 / (len(worlds) * len(runs) * len(run) * len(stratum))
                for value, key in zip(stratum, keys):
                    parts = by_item.setdefault(key, {})
                    parts[number] = parts.get(number, 0.0) + weight * (value - mean)
    count = len(by_item)
    if count < 2:
        return 0.0, 0
    together = math.fsum(
        math.fsum(parts.values()) ** 2 - math.fsum(part**2 for part in parts.values()) for parts in by_item.values()
    )
    return max(0.0, together) * count / (count - 1), count


def unseen(count: int, confidence: float = 0.95) -> float:
    """The largest share of units that may do something else although none of ``count`` did: 1 - α^(1/n), α half of what may be missed.

    With zeros, the "rule of three" (Hanley & Lippman-Hand 1983, JAMA 249): 0.84 of worlds after 2, 0.71 after 3, 0.46 after 6, 0.31 after 10.
    """
    return float(1 - ((1 - confidence) / 2) ** (1 / count))


def within(estimate: float, reach: float, count: int, confidence: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """``estimate`` ± ``reach`` inside the bounds, with no end inside what ``count`` units can show; without bounds, as it is.

    Where ``reach`` is 0, what was not seen may lie at either bound: [1 - b, 1] of ones, [0, b] of zeros, both b wide.
    """
    low, high = estimate - reach, estimate + reach
    if all(map(math.isfinite, bounds)):
        share, width = unseen(count, confidence), bounds[1] - bounds[0]
        low, high = min(low, bounds[0] + (1 - share) * width), max(high, bounds[1] - (1 - share) * width)
        if reach == 0.0:  # nothing differs: all that was not seen may lie at either bound
            low, high = (min(low, estimate - share * (estimate - bounds[0])), max(high, estimate + share * (bounds[1] - estimate)))
    # Rounding of a mean may leave the bounds by one bit; the estimate stays inside its interval.
    return float(min(max(low, bounds[0]), estimate)), float(max(min(high, bounds[1]), estimate))


def _needed(width: float, error: float, count: int, bounds: tuple[float, float]) -> int:
    """How many units would leave at most half of what is possible open, at the spread that was seen; 0 where these do."""
    possible = bounds[1] - bounds[0]
    if not math.isfinite(possible) or width <= DECIDES * possible + _ROUNDING:
        return 0
    spread = error * math.sqrt(count)
    for more in range(count + 1, _MANY):
        reach = student_quantile(0.975, more - 1) * spread / math.sqrt(more)
        if max(2 * reach, unseen(more) * possible) <= DECIDES * possible:
            return more
    return _MANY


def bootstrap_of_sums(
    groups: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Interval:
    """A number that is made of sums over groups (a kappa, a correlation), with the bootstrap-t interval of resampled groups.

    ``groups`` has the sums of each group along its first axis; ``statistic`` makes the number of the sums over all of them, whatever axes
    stand before (NaN where there is none; such resamples are left out). That no end lies inside what so many groups can show is a
    convention here, for a ratio is no mean over groups.
    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", section 12.2 (standard interval with Student's t).
    Raises ``ValueError`` with fewer than two groups, and where the number of all groups is NaN.
    """
    count = len(groups)
    estimate = float(statistic(groups.sum(0))) if count > 1 else math.nan
    if math.isnan(estimate):
        raise ValueError("a bootstrap of sums needs at least two groups, and a number of all of them together")
    generator = np.random.default_rng(int.from_bytes(seed_of("bootstrap", seed).entropy, "big"))
    times = generator.multinomial(count, np.full(count, 1 / count), size=resamples)
    resampled = statistic(np.tensordot(times, groups, axes=1))
    spread = np.nanstd(resampled) if np.nanmax(resampled) - np.nanmin(resampled) > _ROUNDING else 0.0
    error = float(spread) * math.sqrt(count / (count - 1))
    reach = student_quantile(0.5 + confidence / 2, count - 1) * error
    low, high = within(estimate, reach, count, confidence, bounds)
    return Interval(estimate, low, high, error, count, units=count, unit="groups", needed=_needed(high - low, error, count, bounds))


@cache
def student_quantile(probability: float, freedom: int) -> float:
    """The quantile of Student's t with a whole number of degrees of freedom; for ``probability`` >= 0.5.

    The distribution function is the finite sum of Abramowitz & Stegun 1964, 26.7.3 and 26.7.4, inverted by bisection.
    Written out because scipy is a large dependency for one number; a test holds it to scipy's.
    """
    if not 0.5 <= probability < 1 or freedom < 1:
        raise ValueError(
            f"a quantile of t takes a probability in [0.5, 1) and at least one degree of freedom, not {probability}, {freedom}"
        )
    if freedom > 1000:  # the normal with the first term of Cornish and Fisher: right to six digits from here on
        z = NormalDist().inv_cdf(probability)
        return z + (z**3 + z) / (4 * freedom)
    low, high = 0.0, 1.0
    while _student_inside(high, freedom) < 2 * probability - 1:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_inside(middle, freedom) < 2 * probability - 1 else (low, middle)
    return (low + high) / 2


def _student_inside(t: float, freedom: int) -> float:
    """P(-t < T < t)."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(1 + odd, freedom, 2):  # odd: cos θ + 2/3 cos³ θ + ...; even: 1 + 1/2 cos² θ + 3/8 cos⁴ θ + ...
        total += term
        term *= cosine**2 * k / (k + 1)
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
