"""Intervals that cover, ranks that admit doubt, and volumes worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clgym.statistics import (
    Interval,
    Point,
    dominators,
    hierarchical_bootstrap,
    hypervolume,
    iqm,
    minimum_detectable,
    rank_intervals,
)


@pytest.mark.parametrize(
    "values, expected",
    [
        ([1.0], 1.0),
        ([0.0, 1.0, 5.0], 2.0),
        ([0.0, 1.0, 2.0, 100.0], 1.5),
        ([9, 1, 2, 3, 4, 5, 6, -50], 3.5),
        ([0, 1, 2, 3, 50], 2.0),
    ],
)
def test_the_interquartile_mean_cuts_a_quarter_at_either_end(values, expected):
    assert iqm(values) == pytest.approx(expected)


def test_the_interquartile_mean_is_that_of_scipy():
    values = np.random.default_rng(0).normal(size=(50, 11))
    assert iqm(values) == pytest.approx(stats.trim_mean(values, 0.25, axis=1))


def test_the_estimate_is_the_iqm_of_the_worlds_means():
    assert hierarchical_bootstrap([[0.0, 1.0], [1.0, 1.0, 1.0, 1.0]]).estimate == 0.75


def test_no_spread_gives_no_width():
    assert hierarchical_bootstrap([[0.5, 0.5], [0.5]]) == pytest.approx((0.5, 0.5, 0.5, 0.0))


def test_the_same_records_give_the_same_interval():
    groups = [[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
    assert hierarchical_bootstrap(groups) == hierarchical_bootstrap(groups) != hierarchical_bootstrap(groups, seed=1)


def test_one_world_of_coin_flips_has_the_binomial_error():
    # 100 queries, half of them right: standard error sqrt(.25 / 100) = .05, interval about .5 +- .098.
    interval = hierarchical_bootstrap([[0.0, 1.0] * 50], resamples=4000)
    assert interval.error == pytest.approx(0.05, rel=0.05)
    assert (interval.low, interval.high) == pytest.approx((0.402, 0.598), abs=0.011)


def test_worlds_are_resampled_as_well_as_queries():
    # Two worlds without spread inside, at 0 and 1: the mean of two worlds is 0, .5 or 1 with 1/4, 1/2, 1/4: sd sqrt(1/8).
    interval = hierarchical_bootstrap([[0.0] * 30, [1.0] * 30], resamples=4000)
    assert interval.error == pytest.approx(0.125**0.5, rel=0.05)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_worlds_of_different_sizes_count_alike():
    interval = hierarchical_bootstrap([[1.0], [0.0] * 99], resamples=400)
    assert interval.estimate == 0.5 and (interval.low, interval.high) == (0.0, 1.0)


def test_intervals_cover_the_truth_as_often_as_they_say():
    """100 experiments with 12 worlds each; a 90 % interval should miss about 10 times (percentile intervals: a little more)."""
    generator = np.random.default_rng(5)
    missed = 0
    for number in range(100):
        worlds = generator.normal(0.3, 0.1, size=12)
        interval = hierarchical_bootstrap(
            [list(generator.normal(mean, 0.3, size=16)) for mean in worlds], resamples=300, confidence=0.9, seed=number
        )
        missed += not interval.low <= 0.3 <= interval.high
    assert 0 <= missed <= 20


@pytest.mark.parametrize("groups", [[], [[]], [[1.0], []]])
def test_an_empty_world_is_refused(groups):
    with pytest.raises(ValueError, match="at least one"):
        hierarchical_bootstrap(groups)


def test_the_minimum_detectable_gain():
    # (1.959964 + .841621) * .1
    assert minimum_detectable(0.1) == pytest.approx(0.2801585, abs=1e-6)
    assert minimum_detectable(0.1, power=0.5) == pytest.approx(0.1959964, abs=1e-6)


def span(low, high):
    return Interval((low + high) / 2, low, high, 0.0)


def test_no_rank_is_told_apart_where_intervals_overlap():
    ranks = rank_intervals({"top": span(0.8, 0.9), "b": span(0.4, 0.6), "c": span(0.5, 0.7), "last": span(0.0, 0.1)})
    assert ranks == {"top": (1, 1), "b": (2, 3), "c": (2, 3), "last": (4, 4)}


def test_the_frontier_and_who_dominates_whom():
    points = {
        "icl": Point(0.2, 0.0, 4.0),
        "lora": Point(0.3, -0.1, 1.0),
        "worse": Point(0.2, -0.2, 1.0),
        "same": Point(0.3, -0.1, 1.0),
    }
    assert dominators(points) == {"icl": (), "lora": (), "worse": ("lora", "same"), "same": ()}


REFERENCE = Point(0.0, -1.0, 4.0)


@pytest.mark.parametrize(
    "points, volume",
    [
        ([], 0.0),
        ([Point(0.5, 0.0, 2.0)], 0.5 * 1.0 * 2.0),
        ([Point(0.5, 0.0, 2.0), Point(0.4, -0.5, 3.0)], 1.0),  # dominated: adds nothing
        ([Point(0.5, 0.0, 4.0), Point(-0.1, 0.0, 1.0), Point(0.5, -1.0, 1.0)], 0.0),  # no better than the reference somewhere
        # .5 x 1 x 2 and .8 x .5 x 1 meet in .5 x .5 x 1: 1 + .4 - .25.
        ([Point(0.5, 0.0, 2.0), Point(0.8, -0.5, 3.0)], 1.15),
        # .5 x 1 x 2 and .2 x .5 x 3 meet in .2 x .5 x 2: 1 + .3 - .2.
        ([Point(0.5, 0.0, 2.0), Point(0.2, -0.5, 1.0)], 1.1),
    ],
)
def test_the_hypervolume(points, volume):
    assert hypervolume(points, REFERENCE) == pytest.approx(volume)
    assert hypervolume(points[::-1], REFERENCE) == pytest.approx(volume)


def test_the_hypervolume_is_that_of_counting_dice():
    generator = np.random.default_rng(1)
    points = [Point(*row) for row in generator.uniform((0, -1, 0), (1, 0, 4), size=(7, 3))]
    dice = generator.uniform((0, -1, 0), (1, 0, 4), size=(40_000, 3))
    inside = np.zeros(len(dice), dtype=bool)
    for gain, retention, cost in points:
        inside |= (dice[:, 0] <= gain) & (dice[:, 1] <= retention) & (dice[:, 2] >= cost)
    assert hypervolume(points, REFERENCE) == pytest.approx(inside.mean() * 4.0, rel=0.03)
