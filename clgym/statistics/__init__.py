"""Intervals, the smallest gain that a setup can see, and the volume of a frontier.

Nothing here knows of records: groups of numbers in, numbers out, the same ones each time.
"""

from clgym.statistics.comparison import Point, hypervolume, probability_of_improvement, volume_interval
from clgym.statistics.intervals import (
    UNBOUNDED,
    Interval,
    bootstrap_of_sums,
    iqm,
    mean_of_means,
    mean_over,
    mean_over_worlds,
    student_quantile,
    unseen,
)
from clgym.statistics.planning import QUERIES, Design, Spread, designs, minimum_detectable, spread_of

__all__ = [
    "QUERIES",
    "UNBOUNDED",
    "Design",
    "Interval",
    "Point",
    "Spread",
    "bootstrap_of_sums",
    "designs",
    "hypervolume",
    "iqm",
    "mean_of_means",
    "mean_over",
    "mean_over_worlds",
    "minimum_detectable",
    "probability_of_improvement",
    "spread_of",
    "student_quantile",
    "unseen",
    "volume_interval",
]
