"""How large an experiment has to be: the smallest gain that a setup can see, and the setup that sees a given gain."""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from clgym.statistics.intervals import student_quantile

#: Worlds and queries that a plan considers.
_WORLDS = range(2, 1001)
QUERIES = (8, 16, 32, 64, 128, 256)


class Spread(NamedTuple):
    """Standard deviations of paired differences: of the worlds' true gains, and of queries within a world."""

    between: float
    within: float

    def error(self, worlds: int, queries: int) -> float:
        """Standard error of the gain over so many worlds with so many queries each (Raudenbush 1997, Psychological Methods 2(2), 173-185)."""
        return math.sqrt((self.between**2 + self.within**2 / queries) / worlds)


class Design(NamedTuple):
    """A setup, and the smallest gain that it detects."""

    worlds: int
    queries: int
    detectable: float


def minimum_detectable(error: float, *, freedom: int | None = None, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest true gain that a two-sided test at ``alpha`` finds with probability ``power``.

    (t_{1-alpha/2} + t_power) times the standard error, t with ``freedom`` degrees of freedom (worlds - 1): with 4, 3.72 at the
    defaults; 2.80 where ``freedom`` is ``None``, for an error that is known.
    Source: Bloom 1995, "Minimum Detectable Effects", Evaluation Review 19(5).
    """
    freedom = 10**9 if freedom is None else freedom
    return (student_quantile(1 - alpha / 2, freedom) + student_quantile(power, freedom)) * error


def spread_of(groups: Sequence[Sequence[float]]) -> Spread:
    """The variance components of pilot runs: one-way random effects, by the method of moments.

    ``groups`` holds the paired differences of each world's queries. The pooled variance within worlds; the variance of the
    worlds' means less what queries add to it, and 0 where that is negative.
    Raises ``ValueError`` with fewer than two worlds or without a world of two queries.
    Source: Searle, Casella & McCulloch 1992, "Variance Components", chapter 3 (here the means of worlds of unequal sizes weigh alike).
    """
    if len(groups) < 2 or max(map(len, groups)) < 2:
        raise ValueError("a spread takes at least two worlds, and at least two queries in one of them")
    sizes = np.array([len(group) for group in groups])
    squares = sum(float(np.var(group)) * len(group) for group in groups)
    within = squares / float((sizes - 1).sum())
    between = float(np.var([np.mean(group) for group in groups], ddof=1)) - within * float((1 / sizes).mean())
    return Spread(math.sqrt(max(0.0, between)), math.sqrt(within))


def designs(
    gain: float, spread: Spread, *, queries: Iterable[int] = QUERIES, alpha: float = 0.05, power: float = 0.8
) -> list[Design]:
    """For each number of queries the fewest worlds that detect ``gain``; none for those that need more than 1,000."""

    def detectable(count: int, worlds: int) -> float:
        return minimum_detectable(spread.error(worlds, count), freedom=worlds - 1, alpha=alpha, power=power)

    fewest = []
    for count in queries:
        # It falls with the number of worlds, so the first that is small enough is found by halving.
        smallest = functools.partial(detectable, count)
        place = bisect.bisect_left(_WORLDS, True, key=lambda worlds: smallest(worlds) <= gain)
        if place < len(_WORLDS):
            fewest.append(Design(_WORLDS[place], count, smallest(_WORLDS[place])))
    return fewest
