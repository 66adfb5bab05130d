"""Intervals, ranks, the smallest gain that a setup can see, and what dominates what.

Nothing here knows of records: groups of numbers in, numbers out. Resampling is seeded, so a report built twice
from the same records is the same report.
"""

from clgym.statistics.comparison import Point, RankInterval, dominators, hypervolume, probability_of_improvement, rank_intervals
from clgym.statistics.intervals import (
    UNBOUNDED,
    Interval,
    bootstrap_of_sums,
    hierarchical_bootstrap,
    iqm,
    mean_of_means,
    stratified_bootstrap,
    student_quantile,
    without_spread,
)
from clgym.statistics.planning import QUERIES, Design, Spread, designs, minimum_detectable, spread_of

__all__ = [
    "QUERIES",
    "UNBOUNDED",
    "Design",
    "Interval",
    "Point",
    "RankInterval",
    "Spread",
    "bootstrap_of_sums",
    "designs",
    "dominators",
    "hierarchical_bootstrap",
    "hypervolume",
    "iqm",
    "mean_of_means",
    "minimum_detectable",
    "probability_of_improvement",
    "rank_intervals",
    "spread_of",
    "stratified_bootstrap",
    "student_quantile",
    "without_spread",
]
