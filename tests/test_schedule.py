"""The schedule of a trial is data: it reads as a table, and a trial does what stands in it, no more and no less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest

import clgym  # noqa: F401
from clgym.agent import Agent, Answer, Cost
from clgym.protocol import Ask, Learn, Trial, TrialObserver, events_of, run_trial, table
from clgym.protocol.schedule import answer_count, attempts_of, declared_attempts, floors_of
from clgym.records import AnswerRecord, BlockRecord, StepRecord, read_trial
from clgym.registry import make_world
from clgym.submission import verify

SMALL = {"steps": 40, "eval_size": 6, "transfer_size": 3, "guard_size": 3, "probe_size": 2, "control_size": 5}


def trial_of(env: str = "CL-Conlang-v0", **settings) -> Trial:
    return Trial(**{"env": env, "agent": "silent", **SMALL, **settings})


class Silent(Agent):
    """Never learns, and is always wrong."""

    def act(self, conversations):
        return [Answer("-") for _ in conversations]


class Learner(Silent):
    """Learns nothing, whenever it should."""

    def __init__(self) -> None:
        self.lessons = 0

    def learn(self, experiences):
        self.lessons += 1
        return Cost()

    def save(self, folder):
        (folder / "lessons.txt").write_text(str(self.lessons))


class Total(TrialObserver):
    """What a progress bar is told."""

    def __init__(self) -> None:
        self.total, self.done = 0, 0

    def start(self, total):
        self.total = total

    def advance(self, answers, stage):
        self.done += answers


class At(NamedTuple):
    step: int
    stages: int = 0


def test_a_reader_finds_the_protocol_of_a_trial_in_ten_lines():
    assert (
        table(events_of(Trial("CL-Taste-v0", "random", steps=100), attempts=1))
        == """\
env steps  event          answers  of
        0  ask control         64  learn 64
        0  ask before         128  eval 64, guard 16, transfer/books 16, probe/Probe-Facts-v0 16, probe/Probe-Facts-v0/level1 16
    1-100  learn              100  CL-Taste-v0/level0/train/0 in batches of 4, tries per query: 1
        8  ask checkpoint      64  eval 64
       16  ask checkpoint      64  eval 64
       32  ask checkpoint      64  eval 64
       64  ask checkpoint      64  eval 64
      100  ask after          192  eval 64, guard 16, transfer/books 16, probe/Probe-Facts-v0 16, probe/Probe-Facts-v0/level1 16, learn 64"""
    )


def test_drifts_and_the_placebo_stand_in_the_schedule():
    trial = trial_of("CL-Taste-v0", world=2, drift_at=(20, 40), placebo=True)  # a drift at the last env step never shows
    assert (
        table(events_of(trial, attempts=2))
        == """\
env steps  event          answers  of
        0  ask control          5  learn 5
        0  ask before           6  eval 6
        0  ask before          16  eval+1 6, guard+1 3, transfer/books+1 3, probe/Probe-Facts-v0 2, probe/Probe-Facts-v0/level1 2
     1-40  learn               40  CL-Taste-v0/level0/train/2 in batches of 4, tries per query: 2; drifts after 20
        8  ask checkpoint       6  eval 6
       16  ask checkpoint       6  eval 6
       20  ask checkpoint       6  eval+1 6
       28  ask checkpoint       6  eval+1 6
       36  ask checkpoint       6  eval+1 6
       40  ask after           16  eval+1 6, guard+1 3, transfer/books+1 3, probe/Probe-Facts-v0 2, probe/Probe-Facts-v0/level1 2
       40  ask after            5  learn 5
     1-40  learn placebo       40  CL-Taste-v0/level0/train/1002 in batches of 4, tries per query: 2; drifts after 20
       40  ask placebo          6  eval+1 6"""
    )


def test_the_stage_ends_of_a_sequence_stand_in_the_schedule():
    tasks = list(make_world("CL-Stream-v0").tasks())
    lines = table(events_of(trial_of("CL-Stream-v0", steps=96), attempts=1)).splitlines()
    assert lines[4:] == [
        "        8  ask stage            2  eval 2",
        "       16  ask stage            2  eval 2",
        "       32  ask stage            2  eval 2",
        f"       40  ask checkpoint       6  eval 6, as stage 1 ends: {tasks[0]}",
        "       48  ask stage            2  eval 2",
        "       56  ask stage            2  eval 2",
        "       72  ask stage            2  eval 2",
        f"       80  ask checkpoint       6  eval 6, as stage 2 ends: {tasks[1]}",
        "       88  ask stage            2  eval 2",  # the third stage has 16 of its 40 env steps, and ends with the trial
        "       96  ask after           22  eval 6, guard 3, probe/Probe-Facts-v0 2, probe/Probe-Facts-v0/level1 2, "
        "probe/Probe-Grammar-v0 2, probe/Probe-Grammar-v0/level1 2, learn 5",
    ]


def test_a_task_alone_has_as_many_env_steps_as_the_stream_gives_it_and_is_asked_as_there():
    events = events_of(trial_of("CL-Stream-v0", steps=136, reference=True), attempts=1)
    tasks = list(make_world("CL-Stream-v0").tasks())
    first = make_world("CL-Stream-v0").visits[3]  # comes back for 16 env steps
    arms = {event.arm: event.steps for event in events if isinstance(event, Learn) and event.arm != "learn"}
    assert arms == {f"reference {task}": 40 + 16 * (place == first) for place, task in enumerate(tasks)}
    asks = [event for event in events if isinstance(event, Ask) and event.arm != "learn"]
    assert [{q.world.task(q.query) for q in ask.questions} for ask in asks] == [{task} for task in tasks]
    assert not [
        event for event in events_of(trial_of(reference=True), attempts=1) if event.arm != "learn"
    ]  # one task is no sequence


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        (None, At(4), []),
        (None, At(8), [8]),
        (At(8), At(12), []),
        (At(4), At(32), [8, 24]),  # a wide round, of an agent that never learns
        (At(36), At(39, 1), [39]),  # the first stage ends early: another fight would not have fitted
        (At(20), At(40, 1), [24, 40]),
        (At(76, 1), At(80, 2), [80]),
        (At(92, 2), At(96, 3), []),  # there everything is asked anyway
    ],
)
def test_checkpoints_come_due_once_each(last, now, expected):
    events = events_of(trial_of("CL-Stream-v0", steps=96, checkpoints=(8, 24)), attempts=1)
    (learn,) = (event for event in events if isinstance(event, Learn))
    assert [ask.step for ask in learn.due(last, now)] == expected


EXACT = {
    "plain": {},
    "batch": {"batch": 7},
    "drifts": {"drift_at": (9, 21), "batch": 3},
    "late drift": {"drift_at": (40, 90)},
    "placebo": {"placebo": True, "drift_at": (15,)},
    "attempts": {"attempts": 3},
    "checkpoints": {"checkpoints": (1, 10, 39, 40, 80)},
    "no checkpoints": {"checkpoints": ()},
    "no control": {"control_size": 0},
    "no control, drift": {"control_size": 0, "drift_at": (20,)},
    "large control": {"control_size": 1000},
    "nothing held out": {"transfer_size": 0, "guard_size": 0, "probe_size": 0},
    "no env steps": {"steps": 0, "placebo": True},
    "fewer steps than a batch": {"steps": 3},
    "several turns, as many controls as are sure to come up": {"env": "CL-Sparring-v0", "control_size": 30},
    "sequence": {"env": "CL-Stream-v0", "steps": 100},
    "sequence, checkpoints": {"env": "CL-Stream-v0", "steps": 70, "checkpoints": (8, 33)},
    "sequence, drift": {"env": "CL-Stream-v0", "steps": 70, "drift_at": (40,), "placebo": True},
    "sequence, tries": {"env": "CL-Stream-v0", "steps": 100, "attempts": 2},
    "interleaved": {"env": "CL-Stream-Interleaved-v0", "steps": 100},
}


@pytest.mark.parametrize("make", [pytest.param(Silent, marks=pytest.mark.slow), Learner])
@pytest.mark.parametrize("settings", EXACT.values(), ids=EXACT)
def test_a_trial_asks_what_stands_in_its_schedule(tmp_path, settings, make):
    trial, observer = trial_of(**settings), Total()
    records = run_trial(trial, tmp_path, make=make, observer=observer)
    events = events_of(trial, attempts=attempts_of(trial, 1))
    given = len(records.of(AnswerRecord)) + len(records.of(StepRecord))
    assert given == answer_count(events) == observer.total == observer.done
    blocks = [(block.phase, block.answers) for block in records.of(BlockRecord) if block.phase not in ("checkpoint", "stage")]
    assert blocks == [(event.phase, event.answers) for event in events if isinstance(event, Ask)]
    assert verify(tmp_path).verified


@pytest.mark.parametrize("make", [Silent, pytest.param(Learner, marks=pytest.mark.slow)])
def test_a_stage_ends_where_another_query_would_not_fit(tmp_path, make):
    """Tries and turns of what is begun stay within the stage, however many queries are under way at once."""
    world = next(number for number in range(40) if "Sparring" in make_world("CL-Stream-v0", world=number).name)
    trial = trial_of(env="CL-Stream-v0", world=world, steps=120, attempts=3, batch=3)
    records = run_trial(trial, tmp_path, make=make)
    tasks = [record.task for record in sorted(records.of(StepRecord), key=lambda record: record.step)]
    assert len(tasks) == 120 and all(tasks.count(task) <= 40 + 3 * 8 for task in tasks)
    for number, task in enumerate(dict.fromkeys(tasks)):
        last = max(step for step, each in enumerate(tasks, 1) if each == task)
        assert 40 * (number + 1) - 3 * 8 < last <= 40 * (number + 1)
    assert verify(tmp_path).verified


@pytest.mark.parametrize("make", [pytest.param(Silent, marks=pytest.mark.slow), Learner])
def test_a_trial_with_a_reference_asks_what_stands_in_its_schedule(tmp_path, make):
    trial, observer = trial_of("CL-Stream-v0", steps=136, reference=True), Total()
    records = run_trial(trial, tmp_path, make=make, observer=observer)
    given = len(records.of(AnswerRecord)) + len(records.of(StepRecord))
    assert given == answer_count(events_of(trial, attempts=1)) == observer.total == observer.done
    for arm in {record.arm for record in records.of(StepRecord)} - {"learn"}:
        learned = [record.query for record in records.of(StepRecord) if record.arm == arm]
        stream = [record.query for record in records.of(StepRecord) if f"reference {record.task}" == arm and record.arm == "learn"]
        assert learned == stream
    assert verify(tmp_path).verified


def test_everybody_is_asked_the_same_whether_it_learns_or_not():
    asks = [[e for e in events_of(trial_of(), attempts=1, learns=learns) if isinstance(e, Ask)] for learns in (True, False)]
    assert [[q.query.id for q in ask.questions] for ask in asks[0]] == [[q.query.id for q in ask.questions] for ask in asks[1]]


def test_tries_are_those_of_the_trial_or_else_those_that_the_agent_wants(tmp_path):
    assert attempts_of(trial_of(agent="random", attempts=2), 5) == declared_attempts(trial_of(agent="random", attempts=2)) == 2
    assert (
        attempts_of(trial_of(agent="random"), 5) == 5
        and attempts_of(trial_of(agent="random"), 0) == declared_attempts(trial_of(agent="random")) == 1
    )
    run_trial(trial_of(agent="random", attempts=2, steps=4), tmp_path, make=Silent)
    assert read_trial(tmp_path).header["attempts"] == 2


class Patient(Silent):
    """Wants three tries."""

    attempts = 3


class Settable(Silent):
    """Wants as many as its settings say."""

    @dataclass(frozen=True)
    class Config:
        attempts: int = 2


def once(prompt: str) -> str:
    """An agent that is a function."""
    return prompt


@pytest.mark.parametrize(
    ("agent", "settings", "attempts"), [("Patient", {}, 3), ("Settable", {}, 2), ("Settable", {"attempts": 6}, 6), ("once", {}, 1)]
)
def test_tries_are_known_before_an_agent_is_made(agent, settings, attempts):
    assert declared_attempts(Trial("CL-Conlang-v0", f"{__name__}:{agent}", settings=settings)) == attempts


def test_probes_are_asked_at_both_levels_with_items_of_the_trials_world_and_seed():
    def items(world, seed):
        trial = trial_of("CL-Taste-v0", world=world, seed=seed, probe_size=8)
        before = next(event for event in events_of(trial, attempts=1) if getattr(event, "phase", "") == "before")
        probes = [question for question in before.questions if question.set.startswith("probe/")]
        assert {question.set for question in probes} == {"probe/Probe-Facts-v0", "probe/Probe-Facts-v0/level1"}
        return {question.query.prompt for question in probes}, {question.world_id for question in probes}

    (first, ids), (other_world, other_ids), (other_seed, _) = items(0, 0), items(1, 0), items(0, 1)
    assert items(0, 0)[0] == first and len(first) == 16
    assert len(first & other_world) < 8 and len(first & other_seed) < 8 and not ids & other_ids
    assert ids == {"Probe-Facts-v0/level0/train/0", "Probe-Facts-v0/level1/train/0"}


def test_every_set_that_is_asked_has_a_floor():
    trial = trial_of("CL-Taste-v0", world=2, drift_at=(20,))
    asked = {q.set for event in events_of(trial, attempts=1) if getattr(event, "phase", "") == "before" for q in event.questions}
    floors = floors_of(trial)
    assert set(floors) == asked and all(0.0 <= floor < 1.0 for floor in floors.values())
