"""Known answers, worked out by hand, for every number of a trial and of a summary."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from clgym.agent import Cost
from clgym.metrics import Censored, Undefined, feedback_tokens, measure, pairs, studies, summarize, to_json
from clgym.records import AnswerRecord, LearnRecord, LikelihoodRecord, StepRecord, Trial, TrialRecords


def asked(phase, set, rewards, *, step=0, cost=Cost(), world="w"):
    """One answer for each reward, to queries set/0, set/1, ..."""
    return [
        AnswerRecord(
            phase, step, set, world, f"{set}/{number}", "?", "!", reward, "failed" if reward is None else "wrong", "", cost
        )
        for number, reward in enumerate(rewards)
    ]


def stepped(episode, attempt, reward, *, step=1, query=None, feedback="", cost=Cost()):
    return StepRecord(
        "learn", step, episode, "w", query or f"learn/{episode}", attempt, "?", "!", reward, "wrong", feedback, True, cost
    )


def trial_of(*records, **settings) -> TrialRecords:
    return TrialRecords(Path("t"), Trial(**{"env": "E", "agent": "a", "steps": 100, **settings}), {}, tuple(records), None)


def numbers(*records):
    return measure(trial_of(*records))


def test_gain_shows_both_terms_and_is_paired():
    # Queries 0, 1, 2, 3: before 0, .5, 1, (failed); after 1, .5, (failed), 1. Only 0 and 1 count.
    gain = numbers(*asked("before", "eval", [0.0, 0.5, 1.0, None]), *asked("after", "eval", [1.0, 0.5, None, 1.0], step=100)).gain
    assert (gain.r_0, gain.r_N, gain.gain, gain.gain_sum, gain.queries) == (0.25, 0.75, 0.5, 1.0, 2)
    assert gain.normalized_gain == pytest.approx(0.5 / 0.75)


def test_a_failed_grade_is_counted_and_is_not_a_zero():
    assert numbers(*asked("before", "eval", [None, 1.0]), *asked("after", "eval", [1.0, 1.0])).failed_grades == 1
    assert numbers(*asked("before", "eval", [None, 1.0]), *asked("after", "eval", [1.0, 1.0])).gain.gain == 0.0


def test_nothing_is_left_to_gain_at_the_oracle():
    gain = numbers(*asked("before", "eval", [1.0]), *asked("after", "eval", [1.0])).gain
    assert gain.gain == 0.0
    assert isinstance(gain.normalized_gain, Undefined) and "oracle" in gain.normalized_gain.reason


def test_what_was_not_measured_is_undefined_with_a_reason_never_zero():
    empty = to_json(numbers())
    for axis, names in {
        "gain": ("r_0", "r_N", "gain", "normalized_gain", "gain_sum", "uptake", "recall", "online_gain", "knowledge_gain"),
        "sample_efficiency": ("area", "steps_to_50", "gain_per_100_steps", "gain_per_1000_feedback_tokens"),
        "retention": ("mean", "worst"),
        "efficiency": ("learn_flops_per_step", "act_seconds_per_step"),
    }.items():
        for name in names:
            assert list(empty[axis][name]) == ["undefined"] and empty[axis][name]["undefined"]
    json.dumps(empty, allow_nan=False)


def test_uptake_is_the_change_from_one_attempt_to_the_next():
    # Episode 0: 0 -> .5 -> 1 (changes .5, .5). Episode 1: 1 at once (no change to count). Episode 2: .4 -> .2 (change -.2).
    steps = [stepped(0, 0, 0.0), stepped(0, 1, 0.5), stepped(0, 2, 1.0), stepped(1, 0, 1.0), stepped(2, 0, 0.4), stepped(2, 1, 0.2)]
    assert numbers(*steps).gain.uptake == pytest.approx(0.8 / 3)


def test_uptake_skips_attempts_that_could_not_be_graded():
    assert (
        numbers(stepped(0, 0, 0.0), stepped(0, 1, None), stepped(0, 2, 1.0), stepped(1, 0, 0.0), stepped(1, 1, 0.25)).gain.uptake
        == 0.25
    )


def test_online_gain_pairs_first_attempts_with_the_control():
    # Control: .2, .2, .2 on learn/0..2. Learning: first attempts .2, .6 and 1.0 (no control); second attempts do not count.
    control = asked("control", "learn", [0.2, 0.2, 0.2])
    steps = [stepped(0, 0, 0.2), stepped(1, 0, 0.6), stepped(1, 1, 1.0), stepped(9, 0, 1.0)]
    assert numbers(*control, *steps).gain.online_gain == pytest.approx((0.0 + 0.4) / 2)


def test_recall_and_knowledge_gain():
    records = [
        *asked("control", "learn", [0.0, 0.5]),
        *asked("after", "learn", [1.0, 0.5]),
        *asked("before", "eval", [0.0, 0.0]),
        *asked("after", "eval", [1.0, 0.5]),
        *asked("placebo", "eval", [0.5, 0.0]),
    ]
    gain = numbers(*records).gain
    assert (gain.recall, gain.gain, gain.placebo_gain, gain.knowledge_gain) == (0.5, 0.75, 0.25, 0.5)


def curve_of(*means, feedback="four words of feedback"):
    (first, *_), (last_step, last) = means, means[-1]
    records = asked("before", "eval", [first[1]] * 2) + asked("after", "eval", [last] * 2, step=last_step)
    for step, mean in means[1:-1]:
        records += asked("checkpoint", "eval", [mean] * 2, step=step)
    return measure(trial_of(*records, *(stepped(n, 0, 0.0, step=n + 1, feedback=feedback) for n in range(last_step))))


def test_area_under_the_normalized_learning_curve():
    # r_0 = .2; normalized heights 0, .5, 1 at steps 0, 10, 40: (10 * .25 + 30 * .75) / 40 = .625.
    efficiency = curve_of((0, 0.2), (10, 0.6), (40, 1.0)).sample_efficiency
    assert [(p.step, p.mean) for p in efficiency.curve] == [(0, 0.2), (10, 0.6), (40, 1.0)]
    assert [p.normalized for p in efficiency.curve] == pytest.approx([0.0, 0.5, 1.0])
    assert efficiency.area == pytest.approx(0.625)
    assert (efficiency.steps_to_50, efficiency.steps_to_80) == (10.0, 40.0)


def test_thresholds_that_are_not_reached_are_censored():
    efficiency = curve_of((0, 0.1), (8, 0.3), (20, 0.55)).sample_efficiency
    assert (efficiency.steps_to_50, efficiency.steps_to_80) == (20.0, Censored(20))
    assert to_json(efficiency)["steps_to_80"] == {"censored_at": 20}


def test_gain_per_experience():
    # G = .5 over 20 env steps with 4 words of feedback each: 2.5 per 100 steps, .5 / 80 * 1000 = 6.25 per 1,000 tokens.
    efficiency = curve_of((0, 0.0), (20, 0.5)).sample_efficiency
    assert (efficiency.gain_per_100_steps, efficiency.env_steps, efficiency.feedback_tokens) == (2.5, 20, 80)
    assert efficiency.gain_per_1000_feedback_tokens == pytest.approx(6.25)
    assert isinstance(curve_of((0, 0.0), (20, 0.5), feedback="").sample_efficiency.gain_per_1000_feedback_tokens, Undefined)


def test_retention_is_over_probes_and_guard_stands_apart():
    likelihood = [
        LikelihoodRecord(phase, 0, name, "w", f"{name}/{n}", "ref", less + nats)
        for phase, values in {"before": (-1.0, -2.0), "after": (-2.0, -5.0)}.items()
        for name, less in (("guard", 0.0), ("probe/P", 0.0))
        for n, nats in enumerate(values)
    ]
    retention = numbers(
        *asked("before", "guard", [1.0, 0.5]),
        *asked("after", "guard", [0.5, 0.0]),
        *asked("before", "probe/P", [0.2, 0.2]),
        *asked("after", "probe/P", [0.4, 0.4]),
        *asked("before", "probe/P/level1", [1.0] * 8),
        *asked("after", "probe/P/level1", [0.5] * 8),
        *asked("before", "probe/Q", [0.0, 0.0]),
        *asked("after", "probe/Q", [0.0, 1.0]),
        *asked("before", "transfer/x", [1.0]),
        *asked("after", "transfer/x", [0.0]),
        *likelihood,
    ).retention
    unknown = retention.deltas.pop("probe/Q")  # θ_0 earns nothing there: what it gains is no retention
    assert isinstance(unknown, Undefined) and "at its floor" in unknown.reason
    assert retention.deltas == {"guard": -0.5, "probe/P": pytest.approx(0.2), "probe/P/level1": -0.5}
    assert (retention.before["guard"], retention.after["guard"], retention.overgeneralization) == (0.75, 0.25, 0.5)
    assert retention.mean == pytest.approx(-0.15)  # (.2 - .5) / 2
    assert (retention.worst, retention.worst_set) == (-0.5, "probe/P/level1")
    assert retention.log_likelihood == {"guard": -2.0, "probe/P": -2.0}  # (-1 and -3) / 2
    assert retention.drift == -2.0


def floored(*records, floors, **settings):
    found = trial_of(*records, **settings)
    return replace(found, header={**found.header, "floors": floors})


@pytest.mark.parametrize(
    ("right", "asked_for", "floor", "lost"),
    [
        (0, 8, 0.0, True),
        (1, 8, 0.0, False),
        # P(X >= 1) of 16 at .05 is .56, P(X >= 2) .19, P(X >= 3) .043.
        (1, 16, 0.05, True),
        (2, 16, 0.05, True),
        (3, 16, 0.05, False),
        # Grammar's floor is .6: 13 of 16 happen to one who knows nothing (.065), 14 hardly (.018).
        (13, 16, 0.6, True),
        (14, 16, 0.6, False),
    ],
)
def test_a_probe_is_at_its_floor_where_luck_explains_what_it_earns(right, asked_for, floor, lost):
    rewards = [1.0] * right + [0.0] * (asked_for - right)
    found = measure(
        floored(*asked("before", "probe/P", rewards), *asked("after", "probe/P", [0.0] * asked_for), floors={"probe/P": floor})
    ).retention
    assert isinstance(found.mean, Undefined) is lost and isinstance(found.deltas["probe/P"], Undefined) is lost


def test_a_form_learner_gains_and_stands_at_the_floor():
    """From nothing to the floor of .4: gain .4, above the floor 0; from there to .7: half of what there is to know."""
    before, form, knows = [0.0] * 10, [1.0] * 4 + [0.0] * 6, [1.0] * 7 + [0.0] * 3
    for after, gain, above in ((form, 0.4, 0.0), (knows, 0.7, 0.5), (before, 0.0, -2 / 3)):
        found = measure(floored(*asked("before", "eval", before), *asked("after", "eval", after), floors={"eval": 0.4})).gain
        assert (found.gain, found.floor, found.above_floor) == (gain, 0.4, pytest.approx(above))
    (row,) = summarize(
        floored(
            *asked("before", "eval", before, world=f"w{world}"),
            *asked("after", "eval", form, world=f"w{world}"),
            floors={"eval": 0.4},
            world=world,
        )
        for world in range(6)
    )
    assert row.gain.estimate == pytest.approx(0.4) and row.gain.low > 0 and row.above_floor.low <= 0.0 <= row.above_floor.high
    old = measure(trial_of(*asked("before", "eval", before), *asked("after", "eval", form))).gain
    assert isinstance(old.above_floor, Undefined) and "older clgym" in old.above_floor.reason


def test_transfer_has_a_row_for_each_pool():
    table = numbers(
        *asked("before", "transfer/x", [0.0, 0.5]), *asked("after", "transfer/x", [1.0, 0.5]), *asked("before", "transfer/y", [0.0])
    ).transfer
    assert table["transfer/x"][:3] == (0.25, 0.75, 0.5)
    assert isinstance(table["transfer/y"].gain, Undefined)


def test_serving_and_learning_costs_stand_apart():
    before, after = Cost(10, 0, 2, 100.0, 1.0), Cost(50, 0, 4, 150.0, 3.0)
    longest = Cost(70, 0, 4, 150.0, 3.0)
    records = [
        *asked("before", "eval", [0.0, 0.0], cost=before),
        *asked("after", "eval", [0.0], cost=after),
        *asked("after", "eval", [0.0, 0.0], cost=longest)[1:],
        stepped(0, 0, 0.0, cost=Cost(seconds=0.5)),
        stepped(1, 0, 0.0, step=2, cost=Cost(seconds=1.5)),
        LearnRecord("learn", 2, 2, Cost(prompt_tokens=30, flops=900.0, seconds=4.0)),
    ]
    efficiency = numbers(*records).efficiency
    assert efficiency.flops == (100.0, 150.0, 1.5)
    assert efficiency.tokens == (12.0, (54 + 74) / 2, pytest.approx(64 / 12))
    assert efficiency.seconds == (1.0, 3.0, 3.0)
    assert efficiency.peak_context == (12, 74, pytest.approx(74 / 12))
    assert (efficiency.learn_flops_per_step, efficiency.learn_tokens_per_step, efficiency.learn_seconds_per_step) == (
        450.0,
        15.0,
        2.0,
    )
    assert efficiency.act_seconds_per_step == 1.0
    assert efficiency.serving == efficiency.flops and efficiency.read == (10.0, 60.0, 6.0)


def test_a_kept_cache_hides_a_context_from_the_flops_and_from_nothing_else():
    """A model of one layer, d = 8, 100 weights; 10 tokens read before, then 1,000 of which 990 are cached."""
    from clgym.flops import FlopsShape, generate

    shape = FlopsShape(layers=1, attention=8, matrices=100, head=50)
    records = [
        *asked("before", "eval", [0.0], cost=Cost(10, 0, 2, generate(shape, 10, 2))),
        *asked("after", "eval", [0.0], cost=Cost(1000, 990, 2, generate(shape, 10, 2, cached=990))),
    ]
    found = trial_of(*records)
    header = {"flops_shape": {"layers": 1, "attention": 8, "matrices": 100, "head": 50}}
    efficiency = measure(replace(found, header=header)).efficiency
    assert efficiency.uncached_flops.after == pytest.approx(generate(shape, 1000, 2))
    assert efficiency.uncached_flops.before == efficiency.flops.before == pytest.approx(generate(shape, 10, 2))
    assert efficiency.read.ratio == 100.0 and efficiency.serving.ratio > 10 * efficiency.flops.ratio
    # Records that hold no shape cannot tell what the cache saved: tokens say it.
    assert isinstance(measure(found).efficiency.uncached_flops.ratio, Undefined)
    assert measure(found).efficiency.serving.ratio == pytest.approx(1002 / 12)


def test_costs_are_compared_on_the_same_queries():
    """Before the drift θ_0 was asked twice: a question of the old world and one of the new. Only the new one is asked again."""
    records = [
        *asked("before", "eval", [0.0], cost=Cost(flops=50.0), world="w"),
        *asked("before", "eval", [0.0], cost=Cost(flops=100.0), world="w+1"),
        *asked("after", "eval", [0.0], cost=Cost(flops=100.0), world="w+1"),
    ]
    assert numbers(*records).efficiency.flops == (100.0, 100.0, 1.0)


def test_a_cost_that_nobody_counted_is_undefined_and_no_learning_costs_nothing():
    some = [*asked("before", "eval", [0.0], cost=Cost(10)), *asked("after", "eval", [0.0], cost=Cost(20)), stepped(0, 0, 0.0)]
    efficiency = numbers(*some, LearnRecord("learn", 1, 1, Cost(seconds=1.0))).efficiency
    assert isinstance(efficiency.flops.ratio, Undefined) and efficiency.serving.ratio == 2.0
    assert isinstance(efficiency.learn_flops_per_step, Undefined)
    assert numbers(*some).efficiency.learn_flops_per_step == 0.0


def test_the_placebo_arm_counts_neither_as_steps_nor_as_cost():
    placebo = StepRecord("placebo", 1, 0, "sister", "learn/0", 0, "?", "!", 1.0, "correct", "word", True, Cost(seconds=9.0))
    measured = numbers(stepped(0, 0, 0.0, cost=Cost(seconds=1.0)), placebo, LearnRecord("placebo", 1, 1, Cost(flops=5.0)))
    assert (measured.env_steps, measured.sample_efficiency.feedback_tokens) == (1, 0)
    assert (measured.efficiency.act_seconds_per_step, measured.efficiency.learn_flops_per_step) == (1.0, 0.0)


def test_pairs_match_by_world_and_query():
    answers = [
        *asked("before", "eval", [0.1], world="w"),
        *asked("before", "eval", [0.2], world="w+1"),
        *asked("after", "eval", [0.9], world="w+1"),
    ]
    assert pairs(answers, "eval") == [("w+1", "eval/0", 0.2, 0.9)]


def cell(agent, world, before, after, *, retention=0.0, flops=(1.0, 1.0), seed=0):
    return trial_of(
        *asked("before", "eval", before, cost=Cost(flops=flops[0])),
        *asked("after", "eval", after, cost=Cost(flops=flops[1])),
        *asked("before", "probe/P", [0.5, 1.0]),
        *asked("after", "probe/P", [0.5 + retention, 1.0 + retention]),
        agent=agent,
        world=world,
        seed=seed,
    )


def test_a_summary_has_a_row_for_each_agent_and_names_who_dominates_it():
    rows = summarize(
        [
            cell("good", 0, [0.0, 0.0], [1.0, 0.5]),
            cell("good", 1, [0.0, 0.0], [0.5, 0.0]),
            cell("bad", 0, [0.0, 0.0], [0.0, 0.5], retention=-0.5, flops=(1.0, 2.0)),
            cell("bad", 1, [0.0, 0.0], [0.0, 0.0]),
            cell("cheap", 0, [0.0, 0.0], [0.0, 0.0], flops=(1.0, 0.5)),
        ]
    )
    good, bad, cheap = rows
    assert [(row.agent, row.worlds, row.trials) for row in rows] == [("good", (0, 1), 2), ("bad", (0, 1), 2), ("cheap", (0,), 1)]
    assert (good.r_0.estimate, good.r_N.estimate, good.gain.estimate) == (0.0, 0.5, 0.5)  # worlds .75 and .25
    assert (bad.retention.estimate, bad.worst_set, bad.serving_ratio.estimate) == (-0.25, "probe/P", 1.5)
    # Two worlds of two queries tell nobody apart, whatever the points say.
    assert good.dominated_by == bad.dominated_by == cheap.dominated_by == ()
    # Two worlds leave one degree of freedom: t is 12.7062 at 97.5 % and 1.3764 at 80 %.
    assert good.minimum_detectable_gain == pytest.approx((12.7062 + 1.3764) * good.gain.error, rel=1e-4)
    assert isinstance(cheap.minimum_detectable_gain, Undefined)


def test_agents_are_compared_on_the_same_task_only():
    other_level = cell("good", 0, [0.0], [1.0])
    row = TrialRecords(other_level.folder, Trial("E", "bad", steps=100, level=1), {}, cell("bad", 0, [0.0], [0.5]).records, None)
    assert [r.dominated_by for r in summarize([other_level, row])] == [(), ()]


def test_settings_are_in_the_name_only_where_an_agent_was_run_with_several():
    def named(agent, **settings):
        records = cell(agent, 0, [0.0], [1.0])
        return replace(records, trial=replace(records.trial, settings=settings))

    rows = summarize([named("a", window=8), named("b", window=8), named("b", window=9)])
    assert [row.agent for row in rows] == ["a", "b:window=8", "b:window=9"]


def test_seeds_of_a_world_are_pooled():
    (row,) = summarize([cell("a", 0, [0.0], [1.0]), cell("a", 0, [0.0], [0.0], seed=1), cell("a", 1, [0.0], [0.0])])
    assert row.gain.estimate == 0.25 and row.worlds == (0, 1) and row.trials == 3


def with_placebo(world, before, after, placebo, **header):
    records = trial_of(
        *asked("before", "eval", before), *asked("after", "eval", after), *asked("placebo", "eval", placebo), world=world
    )
    return replace(records, header=header)


def test_knowledge_gain_of_a_summary_is_paired_by_query():
    # World 0: after - placebo is (.5, 1) -> .75; world 1: (0, .5) -> .25. IQM of two: .5; gain .75, placebo .25.
    (row,) = summarize([with_placebo(0, [0.0, 0.0], [1.0, 1.0], [0.5, 0.0]), with_placebo(1, [0.0, 0.0], [0.5, 0.5], [0.5, 0.0])])
    assert (row.gain.estimate, row.placebo_gain.estimate, row.knowledge_gain.estimate) == (0.75, 0.25, 0.5)


def test_without_a_placebo_arm_knowledge_gain_is_undefined_and_a_partial_one_is_named():
    (row,) = summarize([cell("a", 0, [0.0], [1.0])])
    assert row.knowledge_gain == Undefined("the placebo arm did not run")
    half = [
        with_placebo(0, [0.0], [1.0], [0.5]),
        trial_of(*asked("before", "eval", [0.0]), *asked("after", "eval", [1.0]), world=1),
    ]
    (row,) = summarize(half)
    assert row.knowledge_gain.groups == 1 and any("1 of 2 trials" in note for note in row.notes)


def test_worlds_of_different_generators_or_salts_make_no_mean():
    def made(world, generator, split="validation", commitment=None):
        found = with_placebo(world, [0.0], [1.0], [0.0], generators={"E": generator}, commitment=commitment)
        return replace(found, trial=replace(found.trial, split=split))

    (row,) = summarize([made(0, 1), made(1, 2)])
    assert isinstance(row.gain, Undefined) and "(1, 2)" in row.gain.reason and isinstance(row.knowledge_gain, Undefined)
    (row,) = summarize([made(0, 1, "test", "aa"), made(1, 1, "test", "bb")])
    assert isinstance(row.gain, Undefined) and "2 private salts" in row.gain.reason


def test_mixed_and_missing_versions_are_named_beside_the_numbers():
    trials = [with_placebo(world, [0.0], [0.5], [0.0], versions={"clgym": f"0.{world}"}) for world in (1, 2)]
    (row,) = summarize([*trials, with_placebo(3, [0.0], [0.5], [0.0])])
    assert row.gain.estimate == 0.5
    assert any("clgym 0.1 and 0.2" in note for note in row.notes) and any("1 of 3 trials" in note for note in row.notes)


def test_no_spread_is_said_and_gives_no_detectable_gain():
    (row,) = summarize([cell("a", world, [0.0], [0.0]) for world in range(3)])
    assert row.gain.error == 0.0 and "all differences are the same" in row.minimum_detectable_gain.reason


def test_overgeneralization_is_what_guard_loses_and_needs_something_to_lose():
    # guard: 1, 1, .5 before; 0, 1, .5 after: a third of a point is lost on the average.
    lost = numbers(*asked("before", "guard", [1.0, 1.0, 0.5]), *asked("after", "guard", [0.0, 1.0, 0.5])).retention
    assert lost.overgeneralization == pytest.approx(1 / 3) and lost.deltas["guard"] == pytest.approx(-1 / 3)
    nothing = numbers(*asked("before", "guard", [0.0, 0.0]), *asked("after", "guard", [0.0, 1.0])).retention
    assert isinstance(nothing.overgeneralization, Undefined) and "nothing to lose" in nothing.overgeneralization.reason
    unasked = numbers(*asked("before", "eval", [1.0]), *asked("after", "eval", [1.0])).retention.overgeneralization
    assert unasked == Undefined("guard was not asked before and after")


def test_overgeneralization_over_worlds_leaves_out_those_that_had_nothing_to_lose():
    def guarded(world, before, after):
        return trial_of(*asked("before", "guard", before), *asked("after", "guard", after), world=world)

    (row,) = summarize([guarded(0, [1.0, 1.0], [0.5, 0.5]), guarded(1, [1.0], [0.75]), guarded(2, [0.0], [1.0])])
    assert (row.overgeneralization.estimate, row.overgeneralization.groups) == (0.375, 2)
    (row,) = summarize([guarded(0, [0.0], [0.0])])
    assert isinstance(row.overgeneralization, Undefined) and "nothing to lose" in row.overgeneralization.reason


def test_trials_under_different_conditions_stand_in_no_mean():
    def under(gain, **condition):
        records = cell("a", 0, [0.0], [gain])
        return replace(records, trial=replace(records.trial, **condition))

    rows = summarize([under(0.25, feedback="score"), under(0.75, feedback="diagnosis")])
    assert [(row.agent, row.gain.estimate) for row in rows] == [("a (score)", 0.25), ("a (diagnosis)", 0.75)]
    rows = summarize([under(0.25), under(0.5, noise=0.1), under(0.5, noise=0.1, drift_at=(8, 9), attempts=2, batch=8)])
    assert [row.agent for row in rows] == [
        "a (noise 0, no drift, attempts its own, batch 4)",
        "a (noise 0.1, no drift, attempts its own, batch 4)",
        "a (noise 0.1, drift at 8, 9, attempts 2, batch 8)",
    ]


# Studies --------------------------------------------------------------------------------------------------------------


def arm(value, after, *, factor="feedback", world=0, seed=0, before=(0.0, 0.0), placebo=(), feedback="", steps=10, **settings):
    """One trial of a study: rewards before and after on eval/0, eval/1, ... and ``feedback`` on each of its env steps."""
    return trial_of(
        *asked("before", "eval", before),
        *asked("after", "eval", after),
        *asked("placebo", "eval", placebo),
        *(stepped(number, 0, 0.0, step=number + 1, feedback=feedback) for number in range(steps)),
        **{factor: value, "world": world, "seed": seed, **settings},
    )


def test_a_study_of_feedback_worked_out_by_hand():
    # Ten env steps each; "Score: 0." is 4 tokens ("Score", ":", "0", "."), "Score: 0. Wrong." is 6.
    trials = [
        arm("diagnosis", [1.0, 0.0], feedback="Score: 0. Wrong."),
        arm("none", [0.0, 0.0]),
        arm("score", [0.5, 0.0], feedback="Score: 0."),
        arm("diagnosis", [1.0, 1.0], world=1, feedback="Score: 0. Wrong."),
        arm("none", [0.0, 0.5], world=1),
        arm("score", [0.0, 0.5], world=1, feedback="Score: 0."),
    ]
    (found,) = studies(trials, "feedback")
    none, score, diagnosis = found.conditions
    assert [c.title for c in found.conditions] == ["none", "score", "diagnosis"]
    assert (found.worlds, found.seeds, found.queries, found.env_steps) == ((0, 1), (0,), 4, 100)
    # Means of worlds 0 and 1: none 0 and .25, score .25 and .25, diagnosis .5 and 1.
    assert [c.gain.estimate for c in found.conditions] == [0.125, 0.25, 0.75]
    assert [(c.env_steps, c.feedback_tokens) for c in found.conditions] == [(20, 0), (20, 80), (20, 120)]
    # Each trial has 10 env steps: gain * 100 / 10. Tokens of one trial: 40 and 60.
    assert [c.gain_per_100_steps.estimate for c in found.conditions] == pytest.approx([1.25, 2.5, 7.5])
    assert none.gain_per_1000_feedback_tokens == Undefined("no feedback was given")
    assert score.gain_per_1000_feedback_tokens.estimate == pytest.approx(0.25 / 40 * 1000)
    assert diagnosis.gain_per_1000_feedback_tokens.estimate == pytest.approx(0.75 / 60 * 1000)
    assert all(c.knowledge_gain == Undefined("the placebo arm did not run") for c in found.conditions)
    # Query by query: score - none (.5, 0) and (0, 0), so .25 and 0; diagnosis - score (.5, 0) and (1, .5), so .25 and .75.
    assert [(c.title, c.gain.estimate) for c in found.contrasts] == [
        ("score − none", 0.125),
        ("diagnosis − score", 0.5),
        ("diagnosis − none", 0.625),
    ]
    # Two worlds, .25 and .75: the standard error of their mean is .25, its interval ± 12.7062 of that, cut where it must lie: score
    # has .25, so no more than .25 can be lost and .75 won.
    assert found.contrasts[1].gain.error == pytest.approx(0.25, rel=0.05) and found.contrasts[1].gain[1:3] == (-0.25, 0.75)
    assert found.contrasts[1].detectable == pytest.approx((12.7062 + 1.3764) * found.contrasts[1].gain.error, rel=1e-4)
    assert isinstance(found.slope, Undefined)


def test_pairing_takes_the_spread_of_queries_out_of_a_difference():
    # One world, eight queries of very different gain, each .1 higher under diagnosis (but for the last: .2).
    gains = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    higher = [gain + 0.1 for gain in gains[:-1]] + [0.9]
    (found,) = studies([arm("score", gains, before=[0.0] * 8), arm("diagnosis", higher, before=[0.0] * 8)], "feedback")
    (contrast,) = found.contrasts
    assert contrast.gain.estimate == pytest.approx(0.1125) and contrast.gain.low > 0.05
    assert found.conditions[0].gain.overlaps(found.conditions[1].gain)
    assert any("this world alone" in note for note in found.notes)


def test_a_study_is_made_of_what_ran_and_was_graded_under_every_value():
    trials = [
        arm("none", [0.0, None]),
        arm("score", [1.0, 1.0]),
        arm("none", [0.0, 0.0], world=1),
        arm("score", [0.0, 0.0], world=1, seed=5),
        arm("none", [0.0, 0.0], world=2),
        arm("score", [0.5, 0.5], world=2),
    ]
    (found,) = studies(trials, "feedback")
    assert found.worlds == (0, 2) and found.queries == 3 and found.contrasts[0].gain.estimate == 0.75
    assert "world 1, seed 0 is left out: it was not finished under feedback score." in found.notes
    assert "world 1, seed 5 is left out: it was not finished under feedback none." in found.notes
    assert "1 queries are left out: they could not be graded under every value." in found.notes
    (again,) = studies([*trials[:2], trials[0]], "feedback")
    assert "1 trials are in these runs more than once; the last one of each is taken." in again.notes
    (alone,) = studies([arm("none", [0.0, 0.0]), arm("score", [1.0, 1.0], world=1)], "feedback")
    assert alone.contrasts[0].gain == Undefined("no world was run under every value")


def test_only_what_differs_in_the_factor_alone_is_compared():
    assert studies([arm("none", [0.0, 0.0]), arm("score", [1.0, 1.0], steps=10, noise=0.5)], "feedback") == []
    assert studies([arm("none", [0.0, 0.0])], "feedback") == []
    several = [arm(level, [1.0, 1.0], agent=agent) for agent in "ab" for level in ("none", "score")]
    assert [found.agent for found in studies(several, "feedback")] == ["a", "b"]


def test_knowledge_gain_of_a_study_is_paired_with_its_own_placebo():
    trials = [arm("none", [0.5, 0.5], placebo=[0.5, 0.0]), arm("correction", [1.0, 1.0], placebo=[0.5, 0.5])]
    (found,) = studies(trials, "feedback")
    assert [c.knowledge_gain.estimate for c in found.conditions] == [0.25, 0.5]
    assert found.contrasts[0].knowledge_gain.estimate == 0.25 and found.contrasts[0].gain.estimate == 0.5


def test_the_slope_over_noise_worked_out_by_hand():
    # x = 0, .1, .5 (mean .2; squares .04 + .01 + .09 = .14). World 0 gains 1, .5, 0: (-.2 - .05 + 0) / .14 = -1.7857;
    # world 1 gains .5 throughout: 0. Mean -.8929.
    gains = {0.0: (1.0, 0.5), 0.1: (0.5, 0.5), 0.5: (0.0, 0.5)}
    trials = [
        arm(noise, [gain, gain], factor="noise", world=world) for noise, both in gains.items() for world, gain in enumerate(both)
    ]
    (found,) = studies(trials, "noise")
    assert [c.title for c in found.conditions] == ["0", "0.1", "0.5"] and found.factor == "noise"
    assert found.slope.estimate == pytest.approx(-0.25 / 0.14 / 2) and found.slope.groups == 2
    assert [c.title for c in found.contrasts] == ["0.1 − 0", "0.5 − 0.1", "0.5 − 0"]
    assert found.contrasts[-1].gain.estimate == -0.5


def test_trials_of_different_generators_make_no_study():
    trials = [
        replace(arm(level, [1.0, 1.0]), header={"generators": {"E": version}}) for version, level in enumerate(("none", "score"), 1)
    ]
    (found,) = studies(trials, "feedback")
    for estimate in (found.conditions[0].gain, found.contrasts[0].gain, found.conditions[0].gain_per_100_steps):
        assert isinstance(estimate, Undefined) and "several versions of the generator" in estimate.reason


def test_a_feedback_token_is_a_word_a_number_or_a_mark():
    assert [feedback_tokens(text) for text in ("", "Say velo mira.", "Score: 0.25 of 1.", "größer,  \n x_1!")] == [0, 4, 8, 4]
