"""R[i, j], transfer, savings and recovery worked out by hand, and planted agents that the numbers must expose."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import gymnasium as gym
import pytest
import toys

from clgym import registry
from clgym.agent import Answer, Cost, Experience
from clgym.baselines.scripted import Oracle, first_prompt
from clgym.core import play
from clgym.envs.stream import roster as lists
from clgym.envs.stream.learner import Reader, StreamLearner
from clgym.envs.stream.world import RETURNS, STAGE, TASKS
from clgym.errors import InvalidSetting
from clgym.learning import Learner
from clgym.metrics import Censored, Return, Stage, Undefined, measure
from clgym.metrics.recovery import measure_recovery
from clgym.metrics.sequences import Plan, measure_sequences
from clgym.metrics.summary import summarize
from clgym.protocol import Trial, checkpoint_steps, run_trial
from clgym.records import AnswerRecord, StepRecord
from clgym.registry import load_family, make_world
from clgym.report import write_report
from clgym.seeding import seed_of
from clgym.sweep.display import sequence_line

#: What was drawn when this version was made.
FROZEN = ["Playbook Taste HouseStyle", "Taste Slang Playbook", "Service Dialect Sparring", "Sparring Conlang Taste"]
STREAMS = ("CL-Stream-v0", "CL-Stream-Interleaved-v0", "CL-Stream-Compositional-v0", "CL-Stream-Unrelated-v0")


@pytest.fixture()
def related(monkeypatch):
    """A family with siblings and a learner in place of those that related tasks are drawn from."""
    row = registry.FamilyRow("Signs-v0", "toys:SignFamily", "signs of a map", levels=range(1))
    reading = ModuleType("toys.reading")
    reading.understand = understand
    monkeypatch.setitem(sys.modules, "toys.reading", reading)
    monkeypatch.setattr(toys.SignFamily, "levels", range(4))
    registry.register(row)
    for module in ("clgym.envs.stream", "clgym.envs.stream.roster"):
        monkeypatch.setattr(f"{module}.related", lambda level: [toys.SignFamily()])
    yield
    registry.unregister(row)
    registry._shared_world.cache_clear()


def understand(prompt: str) -> str:
    if not (prompt.startswith("In ") and prompt.endswith(" mean?")):
        raise ValueError(prompt)
    return prompt


def asked(phase: str, step: int, **rewards: list[float]) -> list[AnswerRecord]:
    return [
        AnswerRecord(phase, step, "eval", "w", f"eval/{task}{number}", "?", "!", reward, "wrong", "", Cost(), task=task)
        for task, earned in rewards.items()
        for number, reward in enumerate(earned)
    ]


def plan(*stages: tuple[str, int], **floors: float) -> Plan:
    return Plan(floors, stages)


def test_three_tasks_in_a_row_as_lopez_paz_and_chaudhry_define_it():
    # R:            a    b    c
    #   before    0.0  0.2  0.1
    #   after a   0.9  0.4  0.1
    #   after b   0.5  0.8  0.3
    #   after c   0.6  0.5  1.0
    found = measure_sequences(
        plan(("a", 2), ("b", 2), ("c", 2), a=0.0, b=0.2, c=0.5),
        [
            *asked("before", 0, a=[0.0, 0.0], b=[0.4, 0.0], c=[0.1]),
            *asked("checkpoint", 2, a=[0.8, 1.0], b=[0.4], c=[0.1]),
            *asked("checkpoint", 4, a=[0.5], b=[0.8], c=[0.3]),
            *asked("after", 6, a=[0.6], b=[0.5], c=[1.0]),
        ],
    )
    assert found.tasks == ("a", "b", "c")
    assert found.stages == (Stage("a", 0, 2, 2), Stage("b", 2, 4, 2), Stage("c", 4, 6, 2))
    expected = ((0.0, 0.2, 0.1), (0.9, 0.4, 0.1), (0.5, 0.8, 0.3), (0.6, 0.5, 1.0))
    assert all(row == pytest.approx(known) for row, known in zip(found.reward.rows, expected, strict=True))
    assert found.counts == ((2, 2, 1), (2, 1, 1), (1, 1, 1), (1, 1, 1)) and found.without_stage == ()
    assert found.reward.accuracy == pytest.approx((0.6 + 0.5 + 1.0) / 3)
    assert found.reward.backward_transfer == pytest.approx(((0.6 - 0.9) + (0.5 - 0.8)) / 2)
    assert found.reward.zero_shot_transfer == pytest.approx(((0.4 - 0.2) + (0.3 - 0.1)) / 2)
    assert found.reward.forgetting == pytest.approx(((0.9 - 0.6) + (0.8 - 0.5)) / 2)
    # Above the floors 0, 0.2 and 0.5: R[T] = 0.6, 0.375, 1; b was 0.75 after its stage; 0.25 and -0.4 stood before b's and c's.
    assert found.above_floor.rows[-1] == pytest.approx((0.6, 0.375, 1.0))
    assert found.above_floor.accuracy == pytest.approx((0.6 + 0.375 + 1.0) / 3)
    assert found.above_floor.backward_transfer == pytest.approx(((0.6 - 0.9) + (0.375 - 0.75)) / 2)
    assert found.above_floor.zero_shot_transfer == pytest.approx(((0.25 - 0.0) + (-0.4 - -0.8)) / 2)


def test_a_task_that_comes_back_is_measured_from_its_first_stage_and_forgetting_from_its_best():
    # R: before a 0 b 0; after a: 0.6, 0; after b: 0.2, 0.5; after a again: 1.0, 0.1; after b again: 0.7, 0.9
    found = measure_sequences(
        plan(("a", 1), ("b", 1), ("a", 1), ("b", 1), a=0.0, b=0.0),
        [
            *asked("before", 0, a=[0.0], b=[0.0]),
            *asked("checkpoint", 1, a=[0.6], b=[0.0]),
            *asked("checkpoint", 2, a=[0.2], b=[0.5]),
            *asked("checkpoint", 3, a=[1.0], b=[0.1]),
            *asked("after", 4, a=[0.7], b=[0.9]),
        ],
    )
    assert found.reward.backward_transfer == pytest.approx(0.7 - 0.6)
    assert found.reward.forgetting == pytest.approx(1.0 - 0.7)
    assert found.reward.zero_shot_transfer == pytest.approx(0.0)


def test_a_task_that_the_stream_never_came_to_is_a_column_and_counts_in_the_accuracy():
    """Its numbers stand beside the others; what is measured from a stage leaves it out, and says so."""
    found = measure_sequences(
        plan(("a", 1), ("b", 1), a=0.0, b=0.0, c=0.2, d=0.0),
        [
            *asked("before", 0, a=[0.0], b=[0.0], c=[0.2], d=[0.0]),
            *asked("checkpoint", 1, a=[1.0], b=[0.0], c=[0.2]),
            *asked("after", 2, a=[0.5], b=[1.0], c=[0.0], d=[0.1]),
        ],
    )
    assert found.tasks == ("a", "b", "c", "d") and found.without_stage == ("c", "d")
    assert found.reward.rows[1][3] == Undefined("no query of d was graded then")
    assert [row[3] for row in found.counts] == [1, 0, 1]
    assert found.reward.accuracy == pytest.approx((0.5 + 1.0 + 0.0 + 0.1) / 4)
    assert found.above_floor.rows[-1][2] == pytest.approx((0.0 - 0.2) / 0.8)
    assert found.reward.backward_transfer == -0.5 and found.reward.zero_shot_transfer == 0.0


def test_one_task_or_a_stage_without_answers_is_undefined_with_the_reason():
    assert isinstance(measure_sequences(None, asked("before", 0, a=[0.0])), Undefined)
    found = measure_sequences(
        plan(("a", 1), ("b", 1), a=0.0, b=0.0), [*asked("before", 0, a=[0.0], b=[0.0]), *asked("after", 2, a=[1.0], b=[1.0])]
    )
    assert found.reward.accuracy == 1.0
    assert isinstance(found.reward.backward_transfer, Undefined) and "no query of a" in found.reward.backward_transfer.reason


def test_interleaved_tasks_have_an_accuracy_and_nothing_that_a_stage_of_their_own_would_say():
    found = measure_sequences(
        plan(("", 4), ("", 4), a=0.0, b=0.0),
        [*asked("before", 0, a=[0.0], b=[0.0]), *asked("checkpoint", 4, a=[0.5], b=[0.5]), *asked("after", 8, a=[0.9], b=[0.7])],
    )
    assert found.reward.accuracy == pytest.approx(0.8) and found.without_stage == ()
    numbers = (found.reward.backward_transfer, found.reward.forgetting, found.forward_transfer, found.savings)
    assert all(isinstance(number, Undefined) for number in numbers)


TWICE = [
    # a: 0 before, 0.4 after 8 env steps, 0.8 after 16 (0.8 at the end of its stage of 40), and b comes.
    *asked("before", 0, a=[0.0], b=[0.2]),
    *asked("stage", 8, a=[0.4]),
    *asked("stage", 16, a=[0.8]),
    *asked("checkpoint", 40, a=[0.8], b=[0.4]),
    *asked("stage", 56, b=[0.6]),
    # a has fallen to 0.3; after 8 env steps it has 0.72, nine tenths of 0.8, again: 8 env steps where it took 16.
    *asked("checkpoint", 80, a=[0.3], b=[0.6]),
    *asked("stage", 88, a=[0.72]),
    *asked("checkpoint", 120, a=[0.9], b=[0.6]),
    *asked("after", 160, a=[0.9], b=[0.5]),
    # Alone: b climbs from 0.2 to 0.6 in 40 env steps, and on to 0.7.
    *asked("reference", 40, b=[0.6]),
    *asked("reference", 80, b=[0.7]),
]


def test_forward_transfer_is_the_area_between_curves_and_savings_are_env_steps_not_needed_again():
    found = measure_sequences(plan(("a", 40), ("b", 40), ("a", 40), ("b", 40), a=0.0, b=0.2), TWICE)
    # b in its first stage: 0.4 at 0, 0.6 at 16 and at 40: (16 * 0.5 + 24 * 0.6) / 40 = 0.56. Alone over 40: 0.4. (0.56 - 0.4) / 0.6.
    assert found.transfers["b"] == pytest.approx((0.56 - 0.4) / 0.6)
    assert found.reference["b"] == 0.7
    assert isinstance(found.transfers["a"], Undefined) and "--reference" in found.transfers["a"].reason
    again, second = found.returns
    assert again == Return("a", 3, pytest.approx(0.5), 8.0, 16.0, 0.5)
    # b had 0.6 and has 0.6 when it comes back: nothing to regain. At first 0.54 took 16 env steps.
    assert second == Return("b", 4, 0.0, 0.0, 16.0, 1.0)
    assert found.loss == pytest.approx(0.25) and found.savings == pytest.approx(0.75)


def test_what_is_not_regained_is_censored_and_has_no_savings():
    kept = [a for a in TWICE if (a.phase, a.step, a.task) not in {("stage", 88, "a"), ("checkpoint", 120, "a")}]
    found = measure_sequences(
        plan(("a", 40), ("b", 40), ("a", 40), ("b", 40), a=0.0, b=0.2), [*kept, *asked("checkpoint", 120, a=[0.6])]
    )
    again = found.returns[0]
    assert again.steps == Censored(40) and isinstance(again.savings, Undefined)
    assert found.savings == 1.0  # that of the other return


def test_the_area_of_a_shorter_reference_is_compared_over_its_length():
    # The stage had 40 env steps, the reference 20: over 20, ours is 0 to 0.5 linearly (0.25), theirs 0 to 1 (0.5).
    found = measure_sequences(
        plan(("a", 40), ("b", 40), a=0.0, b=0.0),
        [
            *asked("before", 0, a=[0.0], b=[0.0]),
            *asked("checkpoint", 40, a=[1.0], b=[0.0]),
            *asked("after", 80, a=[1.0], b=[1.0]),
            *asked("reference", 20, a=[1.0]),
        ],
    )
    assert found.transfers["a"] == pytest.approx((0.25 - 0.5) / 0.5)


class Forgetter(Oracle):
    """Right on the task that it saw last, silent on all others."""

    task = ""

    def learn(self, experiences):
        world, query = self.find(experiences[-1].prompt)
        self.task = world.task(query)
        return Cost()

    def act(self, conversations):
        return [Answer(self._solve(c)) if self._knows(c) else Answer("") for c in conversations]

    def _knows(self, conversation) -> bool:
        world, query = self.find(first_prompt(conversation))
        return world.family not in STREAMS or world.task(query) == self.task

    def digest(self):
        return self.task


BARE = {"guard_size": 0, "transfer_size": 0, "probe_size": 0, "control_size": 0}


def test_a_planted_forgetter_shows_in_the_matrix(tmp_path):
    world = make_world("CL-Stream-v0")
    trial = Trial(env="CL-Stream-v0", agent="oracle", eval_size=24, attempts=1, reference=True, **BARE)
    records = run_trial(trial, tmp_path / "trial", make=lambda: Forgetter(Forgetter.Config()))
    found = measure(records).sequences
    assert [stage.task for stage in found.stages] == [found.tasks[task] for task in world.visits[:5]]
    assert all(stage.end - stage.begun == 40 for stage in found.stages)
    assert found.counts == ((8, 8, 8),) * 6  # as many of each task, in every row
    for row, stage in zip(found.reward.rows[1:], found.stages, strict=True):
        assert [round(score, 6) > 0.5 for score in row] == [task == stage.task for task in found.tasks]
    assert found.reward.backward_transfer < -0.9 and found.reward.forgetting > 0.9
    assert found.reward.accuracy == pytest.approx(1 / 3, abs=0.1)
    assert found.loss > 0.9  # all is lost while a task is away, and back after the first round
    assert all(each.steps == 8.0 and each.first_steps == 8.0 and each.savings == 0.0 for each in found.returns)
    assert found.forward_transfer == pytest.approx(0.0)  # alone it learns as fast
    page = write_report([tmp_path], tmp_path / "report.html").read_text()
    assert page.count('class="number h10 taught"') == 2 * len(found.stages)  # as reward and above the floor
    assert "backward transfer above floor −1" in page and "learned alone" in page and "lost while away" in page
    (row,) = summarize([records])
    assert "savings at returns 0.00" in sequence_line(row) and "had no stage" not in sequence_line(row)


def test_a_trial_that_is_too_short_says_which_tasks_it_never_came_to(tmp_path):
    trial = Trial(env="CL-Stream-v0", agent="oracle", steps=40, eval_size=9, **BARE)
    records = run_trial(trial, tmp_path / "trial")
    found = measure(records).sequences
    assert len(found.tasks) == 3 and found.without_stage == found.tasks[1:] and found.reward.accuracy == 1.0
    assert isinstance(found.reward.backward_transfer, Undefined)
    page = write_report([tmp_path], tmp_path / "report.html").read_text()
    assert f"2 of 3 tasks had no stage: {', '.join(found.without_stage)}." in page
    (row,) = summarize([records])
    assert "2 of 3 tasks had no stage" in sequence_line(row)


@pytest.mark.parametrize("env", ["CL-Stream-v0", "CL-Stream-Unrelated-v0"])
@pytest.mark.parametrize("level", range(4))
def test_the_usual_length_comes_to_every_task_and_returns(env, level):
    steps = Trial(env, "random", level=level).steps
    assert steps == (200, 576, 1344, 3200)[level] == (TASKS[level] + RETURNS) * STAGE[level]
    world = make_world(env, level=level, split="validation")
    tasks = [stage.task for stage in world.stages()]
    reached = tasks[: steps // STAGE[level]]
    assert reached[: TASKS[level]] == list(world.tasks()) and set(reached[TASKS[level] :]) <= set(reached[: TASKS[level]])
    assert all(one != other for one, other in zip(tasks, tasks[1:]))
    assert all(stage.steps == STAGE[level] for stage in world.stages())


def test_a_length_that_is_given_stays():
    assert Trial("CL-Stream-v0", "random", level=3, steps=7).steps == 7
    assert Trial("CL-Taste-v0", "random").steps == 200
    with pytest.raises(InvalidSetting):
        Trial("CL-Stream-v0", "random", level="0")


def test_an_env_walks_stages_by_env_steps_and_never_past_their_end():
    """A fight takes eight env steps: a stage of 40 has five of them, and 40 of what takes one."""
    number = next(n for n in range(60) if "Sparring" in (w := make_world("CL-Stream-v0", world=n)).name and w.visits[0] == 0)
    env = gym.make("CL-Stream-v0", world=number, feedback="none").unwrapped
    env.reset(seed=1)
    tasks = []
    while len(tasks) < 200:
        tasks.append(env.world.task(env.query))
        _, _, terminated, truncated, _ = env.step("-")
        if terminated or truncated:
            env.reset()
    labels = env.world.labels
    assert [tasks[place] for place in range(0, 200, 40)] == [labels[task] for task in env.world.visits[:5]]
    assert all(len(set(tasks[place : place + 40])) == 1 for place in range(0, 200, 40))


@pytest.mark.parametrize("env", STREAMS)
def test_eval_has_as_many_queries_of_each_task(env, related):
    for level in (0, 3):
        world = make_world(env, level=level)
        for pool, size in (("eval", 64), ("guard", 16), ("eval", 1), ("eval", 10_000)):
            if pool not in world.pools:
                continue
            chosen = world.sample(pool, size, seed_of("some").draw())
            counts = dict.fromkeys(world.tasks(), 0)
            for index in chosen:
                counts[world.task(world.query(pool, index))] += 1
            expected = min(max(1, size // len(counts)), world.pools[pool] // len(counts))
            assert set(counts.values()) == {expected} and len(set(chosen)) == len(chosen)


def test_the_order_of_the_stages_is_the_same_whatever_the_seed_and_queries_are_shuffled_inside():
    world = make_world("CL-Stream-v0")
    one, other = (world.order("learn", seed_of(name).draw()) for name in ("one", "other"))
    assert one != other and sorted(one) == list(range(world.pools["learn"]))
    tasks = [[world.task(world.query("learn", index)) for index in order[:200]] for order in (one, other)]
    assert tasks[0] == tasks[1] and len(set(tasks[0])) == 3


def test_interleaved_has_the_tasks_of_the_blocks_and_as_many_env_steps_for_each():
    number = next(n for n in range(60) if "Sparring" in make_world("CL-Stream-v0", world=n).name)
    blocks, world = (make_world(env, world=number) for env in STREAMS[:2])
    assert world.families == blocks.families
    assert [w.query("eval", 5).prompt for w in (blocks, world)] == [blocks.query("eval", 5).prompt] * 2
    spent = dict.fromkeys(world.tasks(), 0)
    order = world.order("learn", seed_of("one").draw())
    for index in order[:240]:
        query = world.query("learn", index)
        spent[world.task(query)] += world.turns(query)
    assert min(spent.values()) > 0.7 * max(spent.values())
    assert {stage.task for stage in world.stages()} == {""}
    assert len({world.task(world.query("learn", index)) for index in order[:24]}) == 3


def test_prompts_announce_the_task_at_levels_0_and_1_alone():
    for level in range(4):
        world = make_world("CL-Stream-v0", level=level)
        prompt = world.query("learn", 0).prompt
        assert prompt.startswith(f"Task 1 of {len(world.labels)}.\n") == (level < 2)


def test_an_episode_of_any_member_returns_1_to_the_oracle_and_its_score_is_what_it_returned():
    seen = set()
    for number in range(40):
        world = make_world("CL-Stream-v0", level=number % 4, world=number)
        for task, family in enumerate(world.families):
            if family in seen:
                continue
            seen.add(family)
            query = world.query("eval", task)
            best = play(world, query, lambda episode, observation: episode.solve())
            assert sum(turn.grade.reward for turn in best.turns) == pytest.approx(1.0) and best.score == pytest.approx(1.0)
            half = play(world, query, lambda episode, observation: episode.solve() if len(observation) % 2 else "-")
            assert sum(turn.grade.reward for turn in half.turns) == pytest.approx(half.score)
    assert seen == set(lists.MEMBERS[lists.VERSION])


def test_a_lie_earns_what_the_truth_would_earn_in_a_fight():
    number = next(n for n in range(60) if "Sparring" in make_world("CL-Stream-v0", world=n).name)
    world = make_world("CL-Stream-v0", world=number)
    query = world.query("eval", world.families.index("CL-Sparring-v0"))
    wrong = world.grade(query, "-")
    lie = world.mislead(query, "-", wrong, world.solve(query), seed_of("lie").draw())
    right = world.grade(query, world.solve(query))
    assert (lie.grade.outcome, lie.grade.reward) == ("correct", right.reward) == ("correct", 0.125)
    assert lie.grade.text("score") == right.text("score") == "Score: 1.00 of 1."


def test_what_is_said_of_an_exchange_is_true_of_that_exchange():
    """The text of a member is what it says outside of a stream, whatever share of the episode's return the exchange earns."""
    for number in range(12):
        level = number % 4
        env = gym.make("CL-Stream-v0", level=level, world=number, feedback="correction")
        world = env.unwrapped.world
        env.reset(seed=0)
        for task in range(len(world.families)):
            _, info = env.reset(options={"pool": "eval", "index": task})
            member, query = world._asked(world.query("eval", task))
            episode, done, answer = member.episode(query), False, ""
            while not done:
                answer = "-" if answer else episode.solve()
                turn = episode.step(answer)
                _, reward, done, _, info = env.step(answer)
                assert info["feedback"] == turn.grade.text("correction")


def test_a_perfect_exchange_reads_as_one():
    for level in range(4):
        number = next(n for n in range(60) if "Sparring" in make_world("CL-Stream-v0", level=level, world=n).name)
        world = make_world("CL-Stream-v0", level=level, world=number)
        query = world.query("eval", world.families.index("CL-Sparring-v0"))
        best = play(world, query, lambda episode, observation: episode.solve())
        full = [turn.grade for turn in best.turns if turn.grade.parts["payoff"] == 1.0]
        assert full and {grade.text("score") for grade in full} == {"Score: 1.00 of 1."}
        worst = play(world, query, lambda episode, observation: "-")
        assert {turn.grade.text("score") for turn in worst.turns} == {"Score: 0.00 of 1."}


# Recovery after a drift ------------------------------------------------------------------------------------------------


def evals(step: int, rewards: list[float], drifts: int = 0, phase: str = "checkpoint") -> list[AnswerRecord]:
    """What a frozen copy earned on eval in the world after so many drifts."""
    world = DRIFTING.world_id + (f"+{drifts}" if drifts else "")
    return [
        AnswerRecord(phase, step, "eval", world, f"eval/{number}", "?", "!", reward, "wrong", "", Cost())
        for number, reward in enumerate(rewards)
    ]


def stream(*rewards: float | None, drifts: int = 0, after: int = 0) -> list[StepRecord]:
    """One env step a query, from env step ``after`` + 1 on."""
    world = DRIFTING.world_id + (f"+{drifts}" if drifts else "")
    return [
        StepRecord("learn", step, step, world, f"learn/{step}", 0, "?", "!", reward, "wrong", "", True, Cost())
        for step, reward in enumerate(rewards, after + 1)
    ]


DRIFTING = Trial("E", "a", steps=100, drift_at=(40,))


def test_recovery_is_counted_from_the_drift_to_the_first_copy_that_has_nine_tenths_again():
    # θ_0 0.0; before the drift at 40 the last copy (step 32) had 0.8. After it: 0.2 at 40, 0.6 at 56, 0.72 = 0.9 * 0.8 at 72.
    (found,) = measure_recovery(
        DRIFTING,
        [
            *evals(0, [0.0], phase="before"),
            *evals(16, [0.4]),
            *evals(32, [1.0, 0.6]),
            *evals(0, [0.0], 1, phase="before"),
            *evals(40, [0.2], 1),
            *evals(56, [0.6], 1),
            *evals(72, [0.72], 1),
            *evals(100, [0.9], 1, phase="after"),
            *evals(100, [0.0], 1, phase="placebo"),
        ],
        [],
    )
    assert (found.drift_at, found.before, found.steps) == (40, 0.8, 32.0)
    assert found.fall == pytest.approx(-0.6)
    assert found.online_before == Undefined("fewer than 16 queries were answered before this drift")


def test_a_second_drift_ends_the_time_to_recover_from_the_first():
    trial = Trial("E", "a", steps=100, drift_at=(70, 40, 100, 300))  # the last two never show
    first, second = measure_recovery(
        trial,
        [
            *evals(0, [0.0], phase="before"),
            *evals(0, [0.0], 1, phase="before"),
            *evals(0, [0.1], 2, phase="before"),
            *evals(32, [0.8]),
            *evals(48, [0.5], 1),
            *evals(64, [0.6], 1),
            *evals(80, [0.6], 2),
            *evals(100, [0.6], 2, phase="after"),
        ],
        [],
    )
    assert (first.drift_at, first.steps) == (40, Censored(24))  # 0.72 was not reached by step 64
    assert (second.drift_at, second.before, second.fall, second.steps) == (70, 0.6, 0.0, 10.0)


def test_recovery_in_the_stream_takes_sixteen_queries_in_a_row():
    # Before: 24 wrong, then 16 of which 12 are right: 0.75, and 0.675 is enough. After: 4 wrong, then right: the first 16 in a
    # row with at least 0.675 * 16 = 10.8, so 11 right ones, end with the 11th right one where 5 wrong fit: 4 wrong + 12 right.
    before = [*stream(*[0.0] * 24, *[1.0, 1.0, 1.0, 0.0] * 4)]
    after = stream(*[0.0] * 4, *[1.0] * 30, drifts=1, after=40)
    answers = [*evals(0, [0.25], phase="before"), *evals(0, [0.0], 1, phase="before")]
    (found,) = measure_recovery(DRIFTING, answers, [*before, *after])
    assert (found.online_before, found.online_steps) == (0.75, 16.0)
    # With 10 wrong ones first, the window must hold 11 right ones: query 21 after the drift.
    (found,) = measure_recovery(DRIFTING, answers, [*before, *stream(*[0.0] * 10, *[1.0] * 30, drifts=1, after=40)])
    assert found.online_steps == 21.0
    (found,) = measure_recovery(DRIFTING, answers, [*before, *stream(*[0.0] * 60, drifts=1, after=40)])
    assert found.online_steps == Censored(60)
    assert isinstance(found.steps, Undefined) and "--checkpoints" in found.steps.reason


def test_what_was_not_learned_or_not_asked_is_not_recovered():
    assert measure_recovery(Trial("E", "a", drift_at=(200,)), [], []) == Undefined("the rules did not change")
    # It earns after the drift what it earned before and what it had earned at the start: it never learned.
    flat = [*evals(0, [0.25], phase="before"), *evals(32, [0.25]), *evals(48, [0.25], 1)]
    (found,) = measure_recovery(DRIFTING, flat, [*stream(*[0.25] * 40), *stream(*[0.25] * 40, drifts=1, after=40)])
    for number in (found.steps, found.online_steps):
        assert isinstance(number, Undefined) and "nothing had been learned" in number.reason
    (found,) = measure_recovery(DRIFTING, [*evals(0, [0.0], phase="before"), *evals(32, [0.5])], stream(*[0.5] * 40))
    assert isinstance(found.steps, Undefined) and "between this drift and the next" in found.steps.reason
    assert isinstance(found.online_steps, Undefined) and "fewer than 16" in found.online_steps.reason


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ({"steps": 200, "drift_at": (100,)}, [8, 16, 32, 64, 96, 100, 108, 116, 132, 164]),
        ({"steps": 60, "drift_at": (30, 10, 60)}, [8, 12, 20, 28, 32, 40, 48]),
        ({"steps": 60, "drift_at": (30,), "checkpoints": (16,)}, [16]),
    ],
)
def test_eval_is_asked_right_before_and_after_a_drift_unless_told_otherwise(settings, steps):
    # Batches of 4: the last round before 10 ends at 8, the first after it at 12; the last one before 30 ends at 28.
    assert checkpoint_steps(Trial("E", "a", **settings)) == steps


class Relearner(Oracle):
    """Right under the rules of which it was taught 24 corrections, silent under others."""

    def __init__(self, config):
        self.heard: dict[str, int] = {}
        self.rules = ""
        super().__init__(config)

    def reveal(self, worlds):
        super().reveal(worlds)
        self.rules = worlds[0].rulebook() if worlds else ""

    def learn(self, experiences):
        self.heard[self.rules] = self.heard.get(self.rules, 0) + len(experiences)
        return Cost()

    def act(self, conversations):
        return [Answer(self._solve(c) if self.heard.get(self.rules, 0) >= 24 else "") for c in conversations]

    def digest(self):
        return json.dumps(self.heard)


def test_a_planted_learner_recovers_after_as_many_steps_as_it_was_planted_to(tmp_path):
    trial = Trial(
        "CL-Taste-v0",
        "oracle",
        steps=128,
        drift_at=(64,),
        checkpoints=(32, 60, 64, 72, 80, 88, 96, 112),
        eval_size=8,
        guard_size=0,
        transfer_size=0,
        probe_size=0,
        control_size=0,
    )
    records = run_trial(trial, tmp_path / "trial", make=lambda: Relearner(Relearner.Config()))
    (found,) = measure(records).recovery
    # At env step 64 the new rules are asked of a copy that knows only the old ones; 24 corrections are heard at 88.
    assert (found.drift_at, found.before, found.steps) == (64, 1.0, 24.0)
    # From env step 89 on it is right; 15 of 16 queries in a row are at least 0.9 of all, so the first window ends at 103 or so.
    assert found.online_before == 1.0 and 24 + 15 <= found.online_steps <= 24 + 16
    page = write_report([tmp_path], tmp_path / "report.html").read_text()
    assert "After the rules changed" in page and "drift at 64: env steps to 90 % of before" in page and "1 of 1 reached" in page


# Members ---------------------------------------------------------------------------------------------------------------


def test_the_members_of_a_version_are_frozen():
    """Whatever families come: numbers about these streams stay comparable. A member that draws other worlds makes another version."""
    assert {load_family(env).version for env in STREAMS} == {lists.VERSION}
    drawn = {name: load_family(name).version for name in lists.MEMBERS[lists.VERSION]}
    assert drawn == lists.MEMBERS[lists.VERSION], (
        "a member draws other worlds now: roster.py needs a new version with a list of its own"
    )
    assert set(lists.RELATED[lists.VERSION]) <= set(drawn)


def test_a_new_family_redraws_no_stream(related):
    drawn = [make_world("CL-Stream-v0", split="validation", world=index).families for index in range(4)]
    assert [" ".join(name.removeprefix("CL-").removesuffix("-v0") for name in families) for families in drawn] == FROZEN


def test_a_member_without_the_level_is_left_out():
    assert [family.name for family in lists.members(3)] == list(lists.MEMBERS[lists.VERSION]) and lists.members(4) == []


# Related tasks, and the ideal learner --------------------------------------------------------------------------------------


def test_later_tasks_reuse_rules_of_the_first_one_and_those_of_the_control_do_not(related):
    """Four words: a sibling keeps about half of the meanings (.55 in all), and a stranger agrees by chance (.25)."""
    shared = {env: [] for env in STREAMS[2:]}
    for number in range(12):
        worlds = {env: make_world(env, level=1, world=number) for env in shared}
        one, other = worlds.values()
        assert one.member(0) == other.member(0) and one.visits == other.visits
        for env, world in worlds.items():
            assert len({world.member(task).name for task in range(4)}) == 4
            first = world.member(0).meanings
            shared[env] += [ours == theirs for task in (1, 2, 3) for ours, theirs in zip(first, world.member(task).meanings)]
    reused, control = (sum(same) / len(same) for same in shared.values())
    assert 0.45 < reused < 0.65 and 0.18 < control < 0.32


def test_a_member_without_siblings_cannot_be_related():
    """Said by the family, in words, and not by a stream of unrelated tasks that is called compositional."""
    world = make_world("CL-Stream-Compositional-v0")
    if type(world.member(0)).sibling is type(world).sibling:
        with pytest.raises(InvalidSetting, match="draws no siblings"):
            world.member(1)


def test_the_learner_of_a_stream_asks_the_member_that_understands(related):
    env = gym.make("CL-Stream-Compositional-v0", level=1, feedback="correction").unwrapped
    learner = load_family("CL-Stream-Compositional-v0").learner(1)
    prompt, info = env.reset(seed=0)
    for _ in range(384):
        conversation = ({"role": "user", "content": prompt},)
        answer = learner.act([conversation])[0].text
        _, reward, *_, info = env.step(answer)
        learner.learn([Experience(conversation, answer, reward, info["feedback"], True, "", "", correction=info["correction"])])
        prompt, _ = env.reset()
    with learner.evaluating():
        queries = [env.world.query("eval", index) for index in range(0, env.world.pools["eval"], 3)]
        answers = [a.text for a in learner.act([({"role": "user", "content": query.prompt},) for query in queries])]
    assert prompt.startswith("Task ")
    assert sum(env.world.grade(query, answer).reward for query, answer in zip(queries, answers)) == len(queries)
    assert learner.act([({"role": "user", "content": "Who are you?"},)])[0].text == ""


def test_there_is_no_learner_of_a_stream_where_a_member_brings_none(related, monkeypatch):
    assert load_family("CL-Stream-Compositional-v0").learner(0) is not None
    monkeypatch.setattr(toys.SignFamily, "learner", lambda self, level, **settings: None)
    assert load_family("CL-Stream-Compositional-v0").learner(0) is None


def test_drifts_are_told_to_each_member_in_env_steps_of_its_own():
    """After the announced env step of the stream a member knows how many of its own were before it, and has seen them all."""
    told = {"a": [], "b": []}

    def fresh(name):
        def made(drifts):
            told[name].append(tuple(drifts))
            return Echo()

        return Reader(lambda prompt: prompt.startswith(name), made)

    learner = StreamLearner({name: fresh(name) for name in told}, drifts=(3, 5))
    for prompt in ("a1", "a2", "b1", "a3", "b2", "b3"):
        learner.learn([Experience(({"role": "user", "content": f"Task 1 of 2.\n{prompt}"},), "?", 1.0, "", True, "", "")])
    assert told == {"a": [(), (2,), (2, 3)], "b": [(), (1,), (1, 2)]}
    assert learner.act([({"role": "user", "content": "b?"},)])[0].text == "b1 b2 b3"


class Echo(Learner):
    """Says all prompts that it has seen."""

    def see(self, seen):
        pass

    def reply(self, conversation, options):
        return " ".join(seen.prompt for seen in self.seen)
