"""Means over worlds and how far they can be trusted.

Why the intervals are made this way, and how often they cover: docs/decisions/006-statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clgym.seeding import seed_of

#: Numbers drawn at once: bounds the memory of a bootstrap to a few tens of MB.
_CHUNK = 1_000_000

#: The bounds of a quantity that has none.
UNBOUNDED = (-math.inf, math.inf)

#: What differs by less is the same: means and ratios are sums of floats.
_ROUNDING = 1e-12

#: From so many groups on, the interquartile mean leaves any out.
TRIMMED = 4


class Interval(NamedTuple):
    """An estimate, its interval, its standard error, and over how many groups (worlds) it was taken."""

    estimate: float
    low: float
    high: float
    error: float
    groups: int = 0

    def overlaps(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high


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


def hierarchical_bootstrap(
    groups: Sequence[Sequence[float]],
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Interval:
    """:func:`stratified_bootstrap` of groups that have one stratum each: the numbers of a world are all of a kind."""
    return stratified_bootstrap([[group] for group in groups], resamples=resamples, confidence=confidence, seed=seed, bounds=bounds)


def stratified_bootstrap(
    groups: Sequence[Sequence[Sequence[float]]],
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Interval:
    """IQM over groups of :func:`mean_of_means`, with a bootstrap-t interval: whole worlds are resampled, queries below them.

    ``groups`` holds, for each world, its strata (query sets that weigh alike), and each of those the paired differences (or rewards) of
    its queries; nothing may be empty. Pairing happens before: the difference of one query at two θ is one number here. ``bounds`` are
    those of the quantity itself (a gain lies in [-1, 1]): no interval reaches beyond.

    The standard error is that of resampled worlds, each with its queries. Where there is one world, or all have the same mean, it is that of
    queries resampled within their strata instead. The interval is estimate ± t times that, t with one degree of freedom less than there are
    worlds (or queries of the one world). Where nothing differs the error is 0, and the interval that of :func:`without_spread`.
    Source: Davison & Hinkley 1997, "Bootstrap Methods and their Application", section 3.8 (for nested data their second strategy, groups
    kept whole, mimics the variation; resampling at both levels counts that of queries twice); Efron & Tibshirani 1993, "An
    Introduction to the Bootstrap", section 12.2 (standard interval with Student's t).
    Raises ``ValueError`` where there is no group, or nothing in one.
    """
    if not groups or not all(len(strata) and all(map(len, strata)) for strata in groups):
        raise ValueError("a bootstrap needs at least one group and at least one number in each")
    generator = np.random.default_rng(int.from_bytes(seed_of("bootstrap", seed).entropy, "big"))
    means = np.array([mean_of_means(strata) for strata in groups])
    error, freedom = _error_over_groups(means, resamples, generator), len(groups) - 1
    if error == 0.0:
        error = _error_within_groups(groups, resamples, generator)
        freedom = freedom or max(1, sum(map(len, groups[0])) - len(groups[0]))
    # A stratum counts as if it had no more numbers than the smallest one of its world.
    numbers = sum(len(strata) * min(map(len, strata)) for strata in groups)
    return _interval(float(iqm(means)), error, freedom, numbers, len(groups), confidence, bounds)


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
    stand before (NaN where there is none; such resamples are left out). Where no resample differs, :func:`without_spread` takes the
    number for a mean over groups, which for a ratio is a convention.
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
    return _interval(estimate, error, count - 1, count, count, confidence, bounds)


def _interval(
    estimate: float, error: float, freedom: int, numbers: int, groups: int, confidence: float, bounds: tuple[float, float]
) -> Interval:
    if error == 0.0:
        low, high = without_spread(estimate, numbers, confidence, bounds)
    else:
        reach = student_quantile(0.5 + confidence / 2, freedom) * error
        low, high = max(estimate - reach, bounds[0]), min(estimate + reach, bounds[1])
    # Rounding of a mean may leave the bounds by one bit; the estimate stays inside its interval.
    return Interval(estimate, min(low, estimate), max(high, estimate), error, groups)


def without_spread(estimate: float, numbers: int, confidence: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """The interval around ``numbers`` equal numbers: no spread can be estimated, but what was not seen is rare.

    With the given confidence the rest of the distribution has at most b = 1 - ((1 - confidence)/2)^(1/n) of the mass, and the interval
    has it all at either bound: with zeros, the "rule of three" (Hanley & Lippman-Hand 1983, JAMA 249). It speaks of these worlds.
    A quantity without bounds gets no interval: both ends are the estimate.
    """
    if not all(map(math.isfinite, bounds)):
        return estimate, estimate
    unseen = 1 - ((1 - confidence) / 2) ** (1 / numbers)
    low, high = ((1 - unseen) * estimate + unseen * bound for bound in bounds)
    return low, high


def bootstrap_iqm(values: NDArray[np.float64], resamples: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """The IQM of each of ``resamples`` samples of ``values``, drawn with replacement."""
    step = max(1, _CHUNK // len(values))
    sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
    return np.concatenate([iqm(values[generator.integers(0, len(values), size=(size, len(values)))]) for size in sizes])


def _error_over_groups(means: NDArray[np.float64], resamples: int, generator: np.random.Generator) -> float:
    """Standard error of the IQM from resampled groups; 0 where all have the same mean (or there is one)."""
    if np.ptp(means) <= _ROUNDING:
        return 0.0
    # The variance of a resampled mean is (n - 1)/n of what it should be; that of a trimmed mean is not too small.
    shortfall = len(means) / (len(means) - 1) if len(means) < TRIMMED else 1.0
    return float(bootstrap_iqm(means, resamples, generator).std()) * math.sqrt(shortfall)


def _error_within_groups(groups: Sequence[Sequence[Sequence[float]]], resamples: int, generator: np.random.Generator) -> float:
    """Standard error of the IQM from queries resampled within their strata, the groups being as they are; 0 where nothing differs."""
    if all(np.ptp(stratum) <= _ROUNDING for strata in groups for stratum in strata):
        return 0.0
    columns = [
        np.mean([_resampled_means(np.asarray(stratum, dtype=float), resamples, generator) for stratum in strata], axis=0)
        for strata in groups
    ]
    return float(iqm(np.column_stack(columns)).std())


def _resampled_means(values: NDArray[np.float64], resamples: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Means of resamples, set apart as far as those of new samples would be."""
    if len(values) < 2 or np.ptp(values) == 0.0:
        return np.full(resamples, values.mean())
    step = max(1, _CHUNK // len(values))
    sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
    drawn = [values[generator.integers(0, len(values), size=(size, len(values)))].mean(axis=1) for size in sizes]
    spread: NDArray[np.float64] = (np.concatenate(drawn) - values.mean()) * math.sqrt(len(values) / (len(values) - 1))
    return values.mean() + spread


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
