"""R[i, j] and recovery after a drift worked out by hand, and planted agents that the numbers must expose."""

from __future__ import annotations

import json

import pytest

from clgym.agent import Answer, Cost
from clgym.baselines.scripted import Oracle, first_prompt
from clgym.envs.stream import MEMBERS, member_names
from clgym.metrics import Censored, Stage, Undefined, measure
from clgym.metrics.recovery import measure_recovery
from clgym.metrics.sequences import measure_sequences
from clgym.protocol import Trial, checkpoint_steps, run_trial
from clgym.records import AnswerRecord, StepRecord
from clgym.registry import load_family, make_world
from clgym.report import write_report
from clgym.seeding import seed_of


def steps(*tasks: str) -> list[StepRecord]:
    return [
        StepRecord("learn", number, number, "w", f"learn/{number}", 0, "?", "!", 0.0, "wrong", "", True, Cost(), task=task)
        for number, task in enumerate(tasks, 1)
    ]


def asked(phase: str, step: int, **rewards: list[float]) -> list[AnswerRecord]:
    return [
        AnswerRecord(phase, step, "eval", "w", f"eval/{task}{number}", "?", "!", reward, "wrong", "", Cost(), task=task)
        for task, earned in rewards.items()
        for number, reward in enumerate(earned)
    ]


def test_three_tasks_in_a_row_as_lopez_paz_and_chaudhry_define_it():
    # R:            a    b    c
    #   before    0.0  0.2  0.1
    #   after a   0.9  0.4  0.1
    #   after b   0.5  0.8  0.3
    #   after c   0.6  0.5  1.0
    found = measure_sequences(
        [
            *asked("before", 0, a=[0.0, 0.0], b=[0.4, 0.0], c=[0.1]),
            *asked("checkpoint", 2, a=[0.8, 1.0], b=[0.4], c=[0.1]),
            *asked("checkpoint", 4, a=[0.5], b=[0.8], c=[0.3]),
            *asked("after", 6, a=[0.6], b=[0.5], c=[1.0]),
        ],
        steps("a", "a", "b", "b", "c", "c"),
    )
    assert found.tasks == ("a", "b", "c") and found.stages == (Stage("a", 2), Stage("b", 4), Stage("c", 6))
    expected = ((0.0, 0.2, 0.1), (0.9, 0.4, 0.1), (0.5, 0.8, 0.3), (0.6, 0.5, 1.0))
    assert all(row == pytest.approx(known) for row, known in zip(found.matrix, expected, strict=True))
    assert found.accuracy == pytest.approx((0.6 + 0.5 + 1.0) / 3)
    assert found.backward_transfer == pytest.approx(((0.6 - 0.9) + (0.5 - 0.8)) / 2)
    assert found.forward_transfer == pytest.approx(((0.4 - 0.2) + (0.3 - 0.1)) / 2)
    assert found.forgetting == pytest.approx(((0.9 - 0.6) + (0.8 - 0.5)) / 2)


def test_a_task_that_comes_back_is_measured_from_its_first_stage_and_forgetting_from_its_best():
    # R: before a 0 b 0; after a: 0.6, 0; after b: 0.2, 0.5; after a again: 1.0, 0.1; after b again: 0.7, 0.9
    found = measure_sequences(
        [
            *asked("before", 0, a=[0.0], b=[0.0]),
            *asked("checkpoint", 1, a=[0.6], b=[0.0]),
            *asked("checkpoint", 2, a=[0.2], b=[0.5]),
            *asked("checkpoint", 3, a=[1.0], b=[0.1]),
            *asked("after", 4, a=[0.7], b=[0.9]),
        ],
        steps("a", "b", "a", "b"),
    )
    assert found.backward_transfer == pytest.approx(0.7 - 0.6)
    assert found.forgetting == pytest.approx(1.0 - 0.7)
    assert found.forward_transfer == pytest.approx(0.0)


def test_one_task_or_a_stage_without_answers_is_undefined_with_the_reason():
    assert isinstance(measure_sequences(asked("before", 0, a=[0.0]), steps("a", "a")), Undefined)
    found = measure_sequences([*asked("before", 0, a=[0.0], b=[0.0]), *asked("after", 2, a=[1.0], b=[1.0])], steps("a", "b"))
    assert found.accuracy == 1.0
    assert isinstance(found.backward_transfer, Undefined) and "no query of a" in found.backward_transfer.reason


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
        return world.family != "CL-Stream-v0" or world.task(query) == self.task

    def digest(self):
        return self.task


def test_a_planted_forgetter_shows_in_the_matrix(tmp_path):
    world = make_world("CL-Stream-v0")
    ends = world.stage_ends()[:4]
    trial = Trial(
        env="CL-Stream-v0",
        agent="oracle",
        steps=ends[-1] * 8,
        eval_size=24,
        guard_size=0,
        transfer_size=0,
        probe_size=0,
        control_size=0,
        attempts=1,
    )
    records = run_trial(trial, tmp_path / "trial", make=lambda: Forgetter(Forgetter.Config()))
    found = measure_sequences(records.of(AnswerRecord), records.of(StepRecord))
    names = [stage.task for stage in found.stages]
    assert len(found.tasks) == 3 and names[:3] == list(found.tasks)
    for row, stage in zip(found.matrix[1:], found.stages, strict=True):
        assert [round(score, 6) > 0.5 for score in row] == [task == stage.task for task in found.tasks]
    assert found.backward_transfer < -0.9 and found.forgetting > 0.9 and found.accuracy == pytest.approx(1 / 3, abs=0.1)
    write_report([tmp_path], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert page.count('class="number h10 taught"') == len(found.stages) and "backward transfer −1.00" in page


def test_the_order_of_the_stages_is_the_same_whatever_the_seed_and_queries_are_shuffled_inside():
    world = make_world("CL-Stream-v0")
    one, other = (world.order("learn", seed_of(name).draw()) for name in ("one", "other"))
    assert one != other and sorted(one) == list(range(world.pools["learn"]))
    tasks = [[world.task(world.query("learn", index)) for index in order[:200]] for order in (one, other)]
    assert tasks[0] == tasks[1] and len(set(tasks[0])) == 3
    assert all(a != b for a, b in zip(world.visits, world.visits[1:]))


def test_prompts_announce_the_task_at_levels_0_and_1_alone():
    for level in range(4):
        world = make_world("CL-Stream-v0", level=level)
        prompt = world.query("learn", 0).prompt
        assert prompt.startswith(f"Task 1 of {len(world.tasks)}.\n") == (level < 2)


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


def test_the_members_of_a_version_are_frozen():
    """Whatever families come: numbers about these sequences stay comparable. What follows was drawn when the list was made."""
    drawn = [make_world("CL-Stream-v0", split="validation", world=index).families for index in range(6)]
    short = [" ".join(name.removeprefix("CL-").removesuffix("-v0") for name in families) for families in drawn]
    assert short == [
        "Conlang Sparring Slang",
        "Grid Taste Framework",
        "HouseStyle Grid Framework",
        "Grid Dialect Framework",
        "Service Framework Taste",
        "Taste Playbook Dialect",
    ]
    versions = {name: load_family(name).version for name in MEMBERS[3291594760]}
    assert versions == {
        "CL-Dialect-v0": 2,
        "CL-Conlang-v0": 1,
        "CL-HouseStyle-v0": 1,
        "CL-Slang-v0": 1,
        "CL-Sparring-v0": 0,
        "CL-Playbook-v0": 1,
        "CL-Service-v0": 0,
        "CL-Framework-v0": 1,
        "CL-Taste-v0": 0,
        "CL-Grid-v0": 1,
    }, "a member draws other worlds now: the sequence needs a new version with a list of its own"


def test_a_member_without_the_level_is_left_out():
    assert member_names(3) == list(MEMBERS[load_family("CL-Stream-v0").version]) and member_names(4) == []
