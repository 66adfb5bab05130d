"""R[i, j] worked out by hand, and a planted forgetter on CL-Stream-v0 that the matrix must expose."""

from __future__ import annotations

import pytest

from clgym.agent import Answer, Cost
from clgym.baselines.scripted import Oracle, first_prompt
from clgym.metrics import Stage, Undefined
from clgym.metrics.sequences import measure_sequences
from clgym.protocol import Trial, run_trial
from clgym.records import AnswerRecord, StepRecord
from clgym.registry import make_world
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
    trial = Trial(env="CL-Stream-v0", agent="oracle", steps=ends[-1] * 8, eval_size=24, guard_size=0, transfer_size=0, probe_size=0,
                  control_size=0, attempts=1)
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


