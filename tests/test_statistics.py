"""Intervals that cover, and volumes worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clgym.statistics import (
    UNBOUNDED,
    Point,
    Spread,
    bootstrap_of_sums,
    designs,
    hypervolume,
    iqm,
    mean_of_means,
    mean_over,
    mean_over_worlds,
    minimum_detectable,
    probability_of_improvement,
    spread_of,
    student_quantile,
    unseen,
    volume_interval,
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
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).normal(size=(50, 11))
    assert iqm(values) == pytest.approx(stats.trim_mean(values, 0.25, axis=1))


def test_the_estimate_is_the_mean_of_the_worlds_means_and_the_interquartile_mean_stands_beside_it():
    assert mean_over([[0.0, 1.0], [1.0, 1.0, 1.0, 1.0]]).estimate == 0.75
    # One world in four fails: the mean shows it, the interquartile mean does not.
    interval = mean_over([[1.0]] * 3 + [[0.2]])
    assert (interval.estimate, interval.iqm) == (0.8, 1.0)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 63, 500, 1001, 10**6])
@pytest.mark.parametrize("probability", [0.5, 0.8, 0.95, 0.975, 0.9995])
def test_the_quantile_of_t_is_that_of_scipy(probability, freedom):
    stats = pytest.importorskip("scipy.stats")
    assert student_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("probability", [0.5, 0.8, 0.95, 0.975, 0.9995])
def test_the_quantile_of_t_with_one_and_two_degrees_of_freedom(probability):
    """Closed forms: with one degree it is Cauchy's, tan(π(p - 1/2)); with two (2p - 1) / √(2p(1 - p))."""
    assert student_quantile(probability, 1) == pytest.approx(math.tan(math.pi * (probability - 0.5)))
    assert student_quantile(probability, 2) == pytest.approx((2 * probability - 1) / math.sqrt(2 * probability * (1 - probability)))


def test_a_quantity_without_bounds_and_spread_has_no_interval():
    assert mean_over([[0.5, 0.5], [0.5]])[:5] == pytest.approx((0.5, 0.5, 0.5, 0.0, 2))
    assert mean_over([[0.5, 0.5], [0.5]], bounds=(-math.inf, 1.0))[1:3] == (0.5, 0.5)


@pytest.mark.parametrize(
    ("groups", "bounds", "low", "high"),
    [
        # b = 1 - .025^(1/n), n worlds: .70760 of 3, .84189 of 2, .30850 of 10. How many queries they have does not count.
        ([[0.0] * 32] * 3, (0.0, 1.0), 0.0, 0.70760),
        ([[1.0] * 24] * 10, (0.0, 1.0), 0.69150, 1.0),
        ([[0.5, 0.5], [0.5]], (0.0, 1.0), 0.07906, 0.92094),
        ([[0.0] * 32] * 3, (-1.0, 1.0), -0.70760, 0.70760),
        # One world, one run: n queries. 1 - .025^(1/32) = .10888.
        ([[0.0] * 32], (0.0, 1.0), 0.0, 0.10888),
    ],
)
def test_equal_numbers_get_the_exact_bound_of_so_many_worlds(groups, bounds, low, high):
    interval = mean_over(groups, bounds=bounds)
    assert interval.error == 0.0 and (interval.low, interval.high) == pytest.approx((low, high), abs=1e-5)


def test_the_bound_of_clopper_and_pearson():
    """3 of 3: [.2924, 1] (their table); 10 zeros at 90 %: 1 - .05^(1/10) = .25887."""
    assert mean_over([[1.0]] * 3, bounds=(0.0, 1.0)).low == pytest.approx(0.29240, abs=1e-5)
    assert mean_over([[0.0] * 10], bounds=(0.0, 1.0), confidence=0.9).high == pytest.approx(0.25887, abs=1e-5)
    assert unseen(6) == pytest.approx(0.45926, abs=1e-5)


@pytest.mark.parametrize("worlds", [2, 3, 5, 10])
@pytest.mark.parametrize("order", ["one world after another", "round the worlds", "anywhere"])
def test_one_success_more_never_narrows_to_below_what_none_leaves_open(worlds, order):
    """From nothing to everything, success by success: [0, .05] of 72 zeros never becomes [0, .007] because one of them is a success."""
    size, places = 24, np.arange(worlds * 24)
    if order == "round the worlds":
        places = places % worlds * size + places // worlds
    if order == "anywhere":
        places = np.random.default_rng(worlds).permutation(places)
    answers = np.zeros(worlds * size)
    ends = [mean_over(answers.reshape(worlds, size).tolist(), bounds=(0.0, 1.0))]
    for place in places:
        answers[place] = 1.0
        ends.append(mean_over(answers.reshape(worlds, size).tolist(), bounds=(0.0, 1.0)))
    assert min(end.high for end in ends) == pytest.approx(ends[0].high) and ends[0].high == pytest.approx(unseen(worlds))
    assert max(end.low for end in ends) == pytest.approx(ends[-1].low) and ends[-1].low == pytest.approx(1 - unseen(worlds))
    assert all(0.0 <= end.low <= end.estimate <= end.high <= 1.0 for end in ends)
    # Up to here spread grows with every success, and the end with it.
    rising = [end.high for end in ends[: size // 4]]
    assert rising == sorted(rising) or order == "anywhere"


def test_a_number_just_beside_a_bound_is_no_surer_than_the_bound():
    """72 zeros gave [0, .050], and one answer of 72 that earned .1 gave [0, .007]."""
    zeros = mean_over([[0.0] * 24] * 3, bounds=(0.0, 1.0))
    beside = mean_over([[0.0] * 24] * 2 + [[0.0] * 23 + [0.1]], bounds=(0.0, 1.0))
    assert beside.high >= zeros.high > 0.7


def test_an_interval_that_leaves_more_than_half_open_says_how_many_worlds_would_decide():
    assert mean_over([[1.0] * 24] * 3, bounds=(0.0, 1.0)).needed == 6
    assert mean_over([[1.0] * 24] * 6, bounds=(0.0, 1.0)).needed == 0
    # s = .57735 between worlds, t s / sqrt(n) <= .25: n = 23 (2.0739 * .57735 / 4.7958 = .2497), not 22 (2.0796 * .57735 / 4.6904 = .2560).
    wide = mean_over([[0.0], [0.0], [1.0], [1.0]], bounds=(0.0, 1.0))
    assert wide.error * 2 == pytest.approx(0.57735) and wide.open and wide.needed == 23


def test_seeds_of_one_world_are_runs_and_no_queries():
    """Two runs of 16 queries: one all right, one half. Over runs: .75 with s = .35355, and 2 runs show nearly nothing."""
    one = mean_over_worlds([[[[1.0] * 16], [[1.0, 0.0] * 8]]], bounds=(0.0, 1.0))
    assert (one.estimate, one.groups, one.units, one.unit) == (0.75, 1, 2, "runs") and (one.low, one.high) == (0.0, 1.0)
    # In several worlds they are part of the world's mean.
    two = mean_over_worlds([[[[1.0]], [[0.0]]], [[[1.0]]]])
    assert (two.estimate, two.units, two.unit) == (0.75, 2, "worlds")


def test_strata_weigh_alike_whatever_their_sizes():
    assert mean_of_means([[1.0] * 64, [0.0] * 16]) == 0.5
    assert mean_over_worlds([[[[1.0] * 64, [0.0] * 16]], [[[1.0, 0.0]]]]).estimate == 0.5
    # One run: 100 coin flips, whose mean has the error .0503, beside a stratum that never moves: half of it.
    interval = mean_over_worlds([[[[0.0, 1.0] * 50, [0.5] * 10]]])
    assert interval.estimate == 0.5 and interval.error == pytest.approx(0.050252 / 2, abs=1e-6)
    # What lies between strata is no spread: both are constant. n = 2 * 16: b = .10888 of the way to either bound.
    still = mean_over_worlds([[[[-1.0] * 64, [0.0] * 16]]], bounds=(-1.0, 1.0))
    assert still[:4] == pytest.approx((-0.5, -0.55444, -0.33668, 0.0), abs=1e-5)


def test_worlds_that_ask_the_same_items_are_not_independent():
    """Items at 0 or 1, the same in each of 10 worlds: no spread between worlds, and the error of 8 draws: s/sqrt(8) = .18898."""
    world, items = [[[0.0, 1.0] * 4]], [[list(range(8))]]
    apart = mean_over_worlds([world] * 10, bounds=(0.0, 1.0), items=[[[[(w, n) for n in range(8)]]] for w in range(10)])
    shared = mean_over_worlds([world] * 10, bounds=(0.0, 1.0), items=[items] * 10)
    # Of the variance of 8 items, that of each cell (a tenth) is left out once: s²/8 * 9/10.
    assert shared.error == pytest.approx(0.18898 * math.sqrt(0.9), abs=1e-4) and shared.units == 8
    assert apart.error == pytest.approx(0.18898 / math.sqrt(10), abs=1e-4) and apart.units == 10


def ratio(sums):
    return sums[..., 0] / sums[..., 1]


def test_a_ratio_of_sums_has_the_error_of_its_groups():
    # As many ones as zeros, 100 groups of one: the ratio is the mean of coin flips, error .0503, t with 99 degrees 1.984.
    flips = np.column_stack([[0.0, 1.0] * 50, np.ones(100)])
    interval = bootstrap_of_sums(flips, ratio, resamples=10_000)
    assert interval.estimate == 0.5 and interval.error == pytest.approx(0.0503, rel=0.03)
    assert (interval.low, interval.high) == pytest.approx((0.4003, 0.5997), abs=0.004) and interval.groups == 100
    # Ten groups alike: 1 - .025^(1/10) = .30850 of the mass, all of it at -1.
    same = bootstrap_of_sums(np.ones((10, 2)), ratio, bounds=(-1.0, 1.0))
    assert same[:4] == pytest.approx((1.0, 1 - 2 * 0.30850, 1.0, 0.0), abs=1e-5)
    assert bootstrap_of_sums(np.ones((10, 2)), ratio, bounds=UNBOUNDED)[1:3] == (1.0, 1.0)


@pytest.mark.parametrize("groups", [np.ones((1, 2)), np.zeros((0, 2)), np.full((4, 2), math.nan)])
def test_sums_of_one_group_or_of_no_number_are_refused(groups):
    with pytest.raises(ValueError, match="at least two groups"):
        bootstrap_of_sums(groups, ratio)


def test_one_world_of_coin_flips_has_the_binomial_error():
    # 100 queries, half of them right: standard error sqrt(.25 / 99) = .05025, t with 99 degrees 1.98422: .5 +- .09971.
    interval = mean_over([[0.0, 1.0] * 50])
    assert interval.error == pytest.approx(0.050252, abs=1e-6)
    assert (interval.low, interval.high) == pytest.approx((0.40029, 0.59971), abs=1e-5)
    assert (interval.groups, interval.unit) == (1, "queries")


def test_two_worlds_have_one_degree_of_freedom():
    # Two worlds without spread inside, at .4 and .6: standard error .1, t with one degree of freedom 12.7062: .5 +- 1.27062.
    interval = mean_over([[0.4] * 30, [0.6] * 30])
    assert interval.error == pytest.approx(0.1) and interval.high - interval.low == pytest.approx(2 * 1.27062, abs=1e-4)


def test_worlds_that_are_close_by_luck_have_the_error_of_their_queries():
    # Each mean of 50 coin flips has the error sqrt(.25 / 49) = .07143; the mean of two worlds that over sqrt(2): .05051, t with 98 degrees 1.98447.
    for second in ([1.0, 0.0] * 25, [1.0, 0.0] * 25 + [0.5]):
        interval = mean_over([[0.0, 1.0] * 25, second])
        assert interval.error == pytest.approx(0.05051, rel=0.02) and interval.high == pytest.approx(0.60024, abs=0.002)


def test_an_interval_stays_where_the_number_can_be():
    interval = mean_over([[0.4] * 30, [0.9] * 30], bounds=(-1.0, 1.0))
    assert (interval.low, interval.high) == (-1.0, 1.0)


def test_worlds_of_different_sizes_count_alike():
    assert mean_over([[1.0], [0.0] * 99]).estimate == 0.5


@pytest.mark.parametrize("groups", [[], [[]], [[1.0], []]])
def test_an_empty_world_is_refused(groups):
    with pytest.raises(ValueError, match="at least one"):
        mean_over(groups)


def test_the_minimum_detectable_gain():
    """Bloom 1995, Evaluation Review 19(5): the multiplier is the sum of two quantiles of t; here from printed tables of t."""
    # (1.959964 + .841621) * .1
    assert minimum_detectable(0.1) == pytest.approx(0.2801585, abs=1e-6)
    assert minimum_detectable(0.1, power=0.5) == pytest.approx(0.1959964, abs=1e-6)
    # t tables, 4 degrees of freedom: 2.7764 at 97.5 %, .9410 at 80 %; 10 degrees: 2.2281 and .8791.
    assert minimum_detectable(0.1, freedom=4) == pytest.approx(0.37174, abs=1e-5)
    assert minimum_detectable(1.0, freedom=10) == pytest.approx(3.1072, abs=1e-4)


def test_the_spread_of_pilot_runs():
    # Worlds (0, 2), (2, 4), (4, 6): variance within 2, of the means (1, 3, 5) 4; between 4 - 2 / 2 = 3.
    assert spread_of([[0.0, 2.0], [2.0, 4.0], [4.0, 6.0]]) == pytest.approx((3**0.5, 2**0.5))
    # The means do not differ, so what is between cannot be told from 0.
    assert spread_of([[0.0, 2.0], [2.0, 0.0]]) == pytest.approx((0.0, 2**0.5))


@pytest.mark.parametrize("groups", [[[0.0, 1.0]], [[0.0], [1.0]]])
def test_a_spread_takes_two_worlds_and_two_queries(groups):
    with pytest.raises(ValueError, match="at least two"):
        spread_of(groups)


def test_a_design_is_the_smallest_that_detects_the_gain():
    # .1 between, .4 within, 16 queries: error sqrt((.01 + .01) / W). W = 18: .03333 * (2.1098 + .8633) = .0991;
    # W = 17: .03430 * (2.1199 + .8647) = .1024.
    (design,) = designs(0.1, Spread(0.1, 0.4), queries=[16])
    assert design[:2] == (18, 16) and design.detectable == pytest.approx(0.0991, abs=1e-4)
    assert designs(0.001, Spread(0.5, 0.5)) == []


def test_a_design_has_the_power_that_it_claims():
    """The interval that reports show excludes 0 in about 80 % of 600 experiments of the planned size."""
    generator = np.random.default_rng(3)
    (design,) = designs(0.1, Spread(0.1, 0.4), queries=[32])
    found = 0
    for _ in range(600):
        worlds = generator.normal(0.1, 0.1, size=design.worlds)
        groups = generator.normal(worlds[:, None], 0.4, size=(design.worlds, 32))
        found += mean_over(list(groups)).low > 0
    assert 0.75 <= found / 600 <= 0.88


def test_the_probability_of_improvement():
    """Agarwal et al. 2021, section 4.3: worlds are tasks, seeds are runs, a tie is half."""
    # World 0: (.5, .5) over (.4, .5): wins 1, tie half -> .75. World 1: .2 under .3 -> 0. Mean .375.
    interval = probability_of_improvement([[0.5, 0.5], [0.2]], [[0.4, 0.5], [0.3]])
    assert interval.estimate == pytest.approx(0.375) and interval.groups == 2
    assert 0.0 <= interval.low <= interval.estimate <= interval.high <= 1.0
    assert probability_of_improvement([[1.0]] * 5, [[0.0]] * 5).estimate == 1.0
    better = probability_of_improvement([[0.5]] * 4, [[0.4]] * 3 + [[0.5]])
    assert better.estimate == pytest.approx(0.875)
    with pytest.raises(ValueError, match="same worlds"):
        probability_of_improvement([[1.0]], [])


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


def test_the_hypervolume_has_an_interval_over_worlds():
    def world(gain):
        return [Point(gain, 0.0, 2.0)]

    # One agent: the volume is gain * 1 * 2, so its error is twice that of the mean gain: s = .1, four worlds, 2 * .1 / 2 = .1; t with 3: 3.1824.
    four = volume_interval([world(0.5 + shift) for shift in (-0.05, 0.05, -0.122474, 0.122474)], REFERENCE)
    spread = 2 * np.std([0.45, 0.55, 0.377526, 0.622474], ddof=1) / 2
    assert four.estimate == pytest.approx(1.0) and four.error == pytest.approx(spread, rel=0.05)
    assert four.high - four.estimate == pytest.approx(3.1824 * four.error, rel=1e-4) and four.low > 0
    one = volume_interval([world(0.5)], REFERENCE)
    assert (one.low, one.high) == (0.0, 4.0)
