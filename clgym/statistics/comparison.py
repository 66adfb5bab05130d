"""Agents beside one another: who beats whom how often, and the volume that a frontier covers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clgym.seeding import seed_of
from clgym.statistics.intervals import Interval, mean_over, student_quantile


class Point(NamedTuple):
    """Where an agent stands: gain and retention (more is better), serving cost (less is better)."""

    gain: float
    retention: float
    cost: float


def probability_of_improvement(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> Interval:
    """How likely a run of ours beats one of theirs in the same world; a tie is half a win.

    ``ours[w]`` and ``theirs[w]`` are the scores of all runs (seeds) in world w, any number each. For each world the share of pairs of
    runs that ours wins (the Mann-Whitney statistic), then the mean over worlds, with the interval of worlds.
    Source: Agarwal et al. 2021, section 4.3, "probability of improvement"; a world is one of their tasks.
    """
    if len(ours) != len(theirs) or not ours or not all(map(len, ours)) or not all(map(len, theirs)):
        raise ValueError("a comparison needs the same worlds on both sides, at least one, with at least one run in each")
    shares = [float((np.sign(np.subtract.outer(a, b)) / 2 + 0.5).mean()) for a, b in zip(ours, theirs)]
    return mean_over([[share] for share in shares], bounds=(0.0, 1.0))


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


def volume_interval(worlds: Sequence[Sequence[Point]], reference: Point, *, resamples: int = 1000, seed: int = 0) -> Interval:
    """The hypervolume of agents whose points are means over worlds, with a bootstrap-t interval of resampled worlds.

    ``worlds`` holds, for each world, one point of each agent, always in the same order. With one world nothing can be resampled: the
    interval is all that is possible, from 0 to the volume of an oracle that costs nothing.
    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", section 12.2 (standard interval with Student's t).
    """
    table = np.array(worlds, dtype=float)  # worlds × agents × axes
    count, most = len(table), hypervolume([Point(1.0, 0.0, 0.0)], reference)

    def volume(means: NDArray[np.float64]) -> float:
        return hypervolume([Point(*row) for row in means.tolist()], reference)

    estimate = volume(table.mean(axis=0))
    if count < 2:
        return Interval(estimate, 0.0, max(most, estimate), 0.0, count, estimate, count)
    generator = np.random.default_rng(int.from_bytes(seed_of("volume", seed).entropy, "big"))
    drawn = generator.integers(0, count, size=(resamples, count))
    error = float(np.std([volume(table[row].mean(axis=0)) for row in drawn])) * math.sqrt(count / (count - 1))
    reach = student_quantile(0.975, count - 1) * error
    return Interval(estimate, max(0.0, estimate - reach), estimate + reach, error, count, estimate, count)


def _area(rectangles: Sequence[tuple[float, float]]) -> float:
    """The area covered by rectangles that share the corner (0, 0)."""
    area, covered = 0.0, 0.0
    for width, height in sorted(rectangles, reverse=True):
        if height > covered:
            area += width * (height - covered)
            covered = height
    return area
