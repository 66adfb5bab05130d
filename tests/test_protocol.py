"""One trial, on a toy language whose hidden rule is a suffix: what is measured, what is taught, and what is proven."""

from __future__ import annotations

import json
import math
import sys
import types
from dataclasses import dataclass

import gymnasium
import pytest

from clgym import registry
from clgym.agent import Agent, Answer, Cost
from clgym.core import Episode, Family, Feedback, Grade, Query, SingleTurn, Turn, World, failed
from clgym.errors import RecordsError
from clgym.metrics import measure
from clgym.protocol import ThetaChanged, Trial, TrialObserver, checkpoint_steps, run_trial
from clgym.records import AnswerRecord, BlockRecord, LearnRecord, LikelihoodRecord, StepRecord
from clgym.seeding import Draw, Seed

SUFFIXES = ("ka", "lo", "mi", "nu", "pe", "ri", "so", "tu")


@dataclass(frozen=True)
class ToyWorld(World):
    """``learn`` and ``eval`` want word + suffix; ``guard`` wants the word as it is; level 1 asks in two turns."""

    suffix: str
    family: str = "CL-Toy-v0"
    level: int = 0
    name: str = "Toy"
    pools = {"learn": 200, "eval": 100, "transfer/loud": 30, "guard": 30}

    def query(self, pool, index):
        self.check_index(pool, index)
        return Query(pool, index, f"{pool} word{index}")

    def solve(self, query):
        word = query.prompt.split()[1]
        right = word if query.pool == "guard" else word + self.suffix
        return right.upper() if query.pool == "transfer/loud" else right

    def grade(self, query, answer):
        if answer == "crash":
            return failed("the sandbox died")
        right = self.solve(query)
        if answer == right:
            return Grade(1.0, "correct", Feedback("Right."))
        return Grade(0.0, "wrong", Feedback("Wrong.", "The ending is off.", f"Say {right}."))

    def rulebook(self):
        return f"Add {self.suffix}."

    def drifted(self, seed: Seed):
        return ToyWorld(next(s for s in seed.draw().shuffled(SUFFIXES) if s != self.suffix), level=self.level)

    def floor(self, pool):
        return 0.0

    def sample_answer(self, query: Query, draw: Draw):
        return query.prompt.split()[1] + draw.choice(SUFFIXES)

    def episode(self, query):
        return TwoTurns(self, query) if self.level == 1 else SingleTurn(self, query)


class TwoTurns(Episode):
    """Asks for a greeting first."""

    def __init__(self, world, query):
        self.world, self.query, self.turn = world, query, 0

    def step(self, answer):
        self.turn += 1
        if self.turn == 1:
            return Turn("Now the word.", Grade(0.0, "partial", Feedback("Hello.")), False)
        return Turn(self.query.prompt, self.world.grade(self.query, answer), True)

    def solve(self):
        return "hi" if self.turn == 0 else self.world.solve(self.query)


class Toy(Family):
    name, version, levels = "CL-Toy-v0", 1, range(2)

    def world(self, seed, level):
        return ToyWorld(seed.draw().choice(SUFFIXES), level=level)


class ToyProbe(Family):
    name, version, levels = "Probe-Toy-v0", 1, range(1)

    def world(self, seed, level):
        return ToyWorld("", family=self.name)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """The toy family and its probe, registered for the length of one test."""
    module = types.ModuleType("clgym_toy_family")
    module.Toy, module.ToyProbe = Toy, ToyProbe
    monkeypatch.setitem(sys.modules, module.__name__, module)
    rows = (
        registry.FamilyRow("CL-Toy-v0", "clgym_toy_family:Toy", "toy", levels=range(2), probes=("Probe-Toy-v0",)),
        registry.FamilyRow("Probe-Toy-v0", "clgym_toy_family:ToyProbe", "toy probe", levels=range(1)),
    )
    for row in rows:
        registry.register(row)
    yield
    for row in rows:
        registry.unregister(row)


class Learner(Agent):
    """Learns the suffix from corrections, and then puts it everywhere, on probes and guards too."""

    def __init__(self):
        self.suffix, self.seen, self.learned = "", [], []

    def act(self, conversations):
        self.seen += [list(c) for c in conversations]
        return [Answer(self.say(c[0]["content"]), Cost(prompt_tokens=10, completion_tokens=2, flops=100.0)) for c in conversations]

    def say(self, prompt):
        return prompt.split()[1] + self.suffix

    def learn(self, experiences):
        self.learned += experiences
        for e in experiences:
            if e.correction:
                self.suffix = e.correction.removeprefix(e.prompt.split()[1])
        return Cost(flops=50.0, seconds=0.5)

    def save(self, folder):
        (folder / "suffix.json").write_text(json.dumps(self.suffix))


class Constant(Agent):
    """Never learns."""

    def __init__(self, text: str = "no"):
        self.text, self.asked = text, 0

    def act(self, conversations):
        self.asked += len(conversations)
        return [Answer(self.text) for _ in conversations]


def toy_trial(**settings) -> Trial:
    return Trial(
        **{
            "env": "CL-Toy-v0",
            "agent": "learner",
            "steps": 40,
            "eval_size": 20,
            "transfer_size": 5,
            "guard_size": 5,
            "probe_size": 5,
            "control_size": 10,
            **settings,
        }
    )


def answers(records, phase, set="eval"):
    return [a for a in records.of(AnswerRecord) if a.phase == phase and a.set == set]


def test_a_learner_is_measured_on_all_axes(tmp_path):
    records = run_trial(toy_trial(), tmp_path / "t", make=Learner)
    numbers = measure(records)
    assert (numbers.gain.r_0, numbers.gain.r_N, numbers.gain.gain, numbers.gain.gain_sum) == (0.0, 1.0, 1.0, 20.0)
    # The first round of 4 is answered before anything was taught; 10 control queries are spread over 40, the first among them.
    assert numbers.gain.online_gain == pytest.approx(0.9)
    assert numbers.gain.recall == 1.0
    assert numbers.sample_efficiency.steps_to_80 == 8.0
    assert numbers.retention.deltas == {"guard": -1.0, "probe/Probe-Toy-v0": -1.0}
    assert numbers.transfer["transfer/loud"].gain == 0.0
    assert numbers.efficiency.flops.ratio == 1.0
    assert numbers.efficiency.learn_flops_per_step == pytest.approx(50.0 * 10 / 40)
    assert records.result["metrics"]["gain"]["gain"] == 1.0 and records.result["theta_proven_unchanged"] is True


@pytest.mark.parametrize("steps, batch", [(40, 4), (10, 4), (3, 8), (7, 1)])
def test_env_steps_are_what_was_asked_for(tmp_path, steps, batch):
    records = run_trial(toy_trial(steps=steps, batch=batch), tmp_path / "t", make=Learner)
    assert [s.step for s in records.of(StepRecord)] == list(range(1, steps + 1))
    assert [r.experiences for r in records.of(LearnRecord)] == [batch] * (steps // batch) + [steps % batch] * bool(
        steps % batch
    ) + [0]


def test_the_stream_is_the_order_of_the_env(tmp_path):
    records = run_trial(toy_trial(seed=3, steps=12), tmp_path / "t", make=Learner)
    env = gymnasium.make("CL-Toy-v0")
    expected = [env.reset(seed=3)[1]["query"]] + [env.reset()[1]["query"] for _ in range(11)]
    assert [s.query for s in records.of(StepRecord)] == expected


def test_everything_is_asked_again_query_by_query_and_of_every_agent(tmp_path):
    ours = run_trial(toy_trial(), tmp_path / "a", make=Learner)
    theirs = run_trial(toy_trial(agent="other"), tmp_path / "b", make=Constant)
    other_seed = run_trial(toy_trial(seed=1), tmp_path / "c", make=Learner)
    for set_name in ("eval", "guard", "transfer/loud", "probe/Probe-Toy-v0"):
        asked = [a.query for a in answers(ours, "before", set_name)]
        assert len(set(asked)) == len(asked) > 0
        assert (
            asked == [a.query for a in answers(ours, "after", set_name)] == [a.query for a in answers(theirs, "before", set_name)]
        )
    assert [a.query for a in answers(ours, "before")] != [a.query for a in answers(other_seed, "before")]


def test_evaluation_teaches_nothing_and_says_nothing(tmp_path):
    agent = Learner()
    records = run_trial(toy_trial(), tmp_path / "t", make=lambda: agent)
    assert {e.pool for e in agent.learned} == {"learn"} and len(agent.learned) == 40
    assert all(len(conversation) == 1 for conversation in agent.seen)
    assert {b.digest for b in records.of(BlockRecord)} != {""}


class Leaky(Learner):
    """Changes while it is only being asked."""

    def act(self, conversations):
        self.suffix += "x"
        return super().act(conversations)


def test_an_agent_that_changes_while_it_is_evaluated_is_refused(tmp_path):
    with pytest.raises(ThetaChanged, match="evaluating"):
        run_trial(toy_trial(), tmp_path / "t", make=Leaky)
    assert not (tmp_path / "t" / "result.json").exists()


class Unsaved(Learner):
    """Learns, but gives nobody a way to look at θ."""

    save = Agent.save


def test_an_agent_that_cannot_be_saved_is_measured_but_not_proven(tmp_path):
    records = run_trial(toy_trial(), tmp_path / "t", make=Unsaved)
    assert measure(records).gain.gain == 1.0 and records.result["theta_proven_unchanged"] is False


def test_an_agent_that_never_learns_is_asked_once(tmp_path):
    agent = Constant()
    records = run_trial(toy_trial(), tmp_path / "t", make=lambda: agent)
    assert agent.asked == 10 + 20 + 15 + 40  # control, eval, the other sets, the stream
    assert [p.mean for p in measure(records).sample_efficiency.curve] == [0.0] * 5
    assert [b.reused for b in records.of(BlockRecord)] == [False, False, True, True, True, True]


def test_a_second_attempt_sees_the_first_and_its_feedback(tmp_path):
    agent = Learner()
    agent.attempts = 2
    records = run_trial(toy_trial(steps=8, batch=2, feedback="correction"), tmp_path / "t", make=lambda: agent)
    steps = records.of(StepRecord)
    assert [(s.episode, s.attempt, s.reward) for s in steps[:4]] == [(0, 0, 0.0), (1, 0, 0.0), (0, 1, 1.0), (1, 1, 1.0)]
    retry = next(c for c in agent.seen if len(c) == 3)
    assert [m["role"] for m in retry] == ["user", "assistant", "user"]
    right = retry[0]["content"].split()[1] + agent.suffix
    assert retry[2]["content"] == f"Score: 0.00 of 1. Wrong. The ending is off. Say {right}.\n\nTry again: {retry[0]['content']}"
    assert measure(records).gain.uptake == 1.0


def test_turns_of_one_query_are_one_conversation(tmp_path):
    agent = Learner()
    records = run_trial(toy_trial(level=1, steps=8, feedback="diagnosis"), tmp_path / "t", make=lambda: agent)
    assert [s.done for s in records.of(StepRecord)] == [False] * 4 + [True] * 4
    assert {m[2]["content"] for m in agent.seen if len(m) == 3} == {"Now the word.", "Score: 0.00 of 1. Hello.\n\nNow the word."}
    assert all(a.turns == 2 for a in answers(records, "before"))


class Rambler(Learner):
    """Answers with more than anybody reads, or with what no encoding can carry."""

    def say(self, prompt):
        return "\ud800" if int(prompt.split("word")[1]) % 2 else "x" * 1_000_000


def test_no_answer_is_too_strange_to_be_measured(tmp_path):
    records = run_trial(toy_trial(steps=4, eval_size=4, batch=1), tmp_path / "t", make=Rambler)
    assert {a.outcome for a in records.of(AnswerRecord)} | {s.outcome for s in records.of(StepRecord)} == {"malformed"}
    assert {len(a.answer) for a in records.of(AnswerRecord)} == {1, 1_000_000}


class Crasher(Learner):
    """Breaks the grader on every query whose number ends in 7."""

    def say(self, prompt):
        return "crash" if prompt.endswith("7") else super().say(prompt)


def test_failed_grades_are_null_counted_and_never_learned_from(tmp_path):
    agent = Crasher()
    records = run_trial(toy_trial(), tmp_path / "t", make=lambda: agent)
    broken = [r for r in (*records.of(AnswerRecord), *records.of(StepRecord)) if r.outcome == "failed"]
    assert broken and all(r.reward is None and r.prompt.endswith("7") for r in broken)
    numbers = measure(records)
    assert numbers.failed_grades == len(broken)
    assert numbers.gain.queries == 20 - sum(r.prompt.endswith("7") for r in answers(records, "after")) < 20
    assert (numbers.gain.r_0, numbers.gain.r_N) == (0.0, 1.0)
    assert not any(math.isnan(e.reward) for e in agent.learned)


def test_after_drift_both_ends_are_measured_in_the_world_as_it_then_is(tmp_path):
    records = run_trial(toy_trial(drift_at=(20,), checkpoints=(16, 32)), tmp_path / "t", make=Learner)
    assert {a.world for a in answers(records, "after")} == {"CL-Toy-v0/level0/train/0+1"}
    assert measure(records).gain.gain == 1.0 and measure(records).gain.queries == 20
    assert [(p.step, p.mean) for p in measure(records).sample_efficiency.curve] == [(0, 0.0), (16, 1.0), (32, 1.0), (40, 1.0)]
    assert [s.world.endswith("+1") for s in records.of(StepRecord)] == [False] * 20 + [True] * 20


def test_what_a_sister_world_teaches_is_not_knowledge_of_this_one(tmp_path):
    records = run_trial(toy_trial(placebo=True, world=1), tmp_path / "t", make=Learner)
    gain = measure(records).gain
    assert {s.world for s in records.of(StepRecord) if s.arm == "placebo"} == {"CL-Toy-v0/level0/train/1001"}
    assert (gain.gain, gain.placebo_gain, gain.knowledge_gain) == (1.0, 0.0, 1.0)
    assert measure(records).env_steps == 40


class Scorer(Learner):
    """Has log-likelihoods: minus the length of the suffix that it would add wrongly."""

    def log_likelihood(self, pairs):
        return [-float(len(self.suffix)) for _ in pairs]


def test_log_likelihood_of_reference_answers_shows_drift(tmp_path):
    records = run_trial(toy_trial(), tmp_path / "t", make=Scorer)
    assert measure(records).retention.log_likelihood == {"guard": -2.0, "probe/Probe-Toy-v0": -2.0}
    assert {r.reference for r in records.of(LikelihoodRecord) if r.set == "guard"} == {
        a.prompt.split()[1] for a in answers(records, "before", "guard")
    }


class Listener(TrialObserver):
    def __init__(self):
        self.total, self.done, self.notes = 0, 0, []

    def start(self, total):
        self.total = total

    def advance(self, answers, stage):
        self.done += answers

    def note(self, text):
        self.notes.append(text)


@pytest.mark.parametrize("settings", [{}, {"placebo": True}, {"drift_at": (20,)}, {"steps": 0}, {"agent": "constant"}])
def test_progress_ends_where_the_plan_said(tmp_path, settings):
    listener = Listener()
    run_trial(toy_trial(**settings), tmp_path / "t", make=Constant if "agent" in settings else Learner, observer=listener)
    assert listener.done == listener.total > 0


def test_a_finished_trial_is_kept_and_other_settings_are_refused_by_name(tmp_path):
    folder = tmp_path / "t"
    first = run_trial(toy_trial(), folder, make=Learner)

    def refuse():
        raise AssertionError("a finished trial needs no agent")

    assert run_trial(toy_trial(), folder, make=refuse) == first
    with pytest.raises(RecordsError, match=r"other settings: seed 0 \(there\) and 9 \(asked for\)"):
        run_trial(toy_trial(seed=9), folder, make=Learner)


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({"steps": 200}, [8, 16, 32, 64, 128]),
        ({"steps": 8}, []),
        ({"steps": 60, "batch": 12}, [12, 24, 36]),
        ({"steps": 100, "checkpoints": (0, 10, 50, 100, 300)}, [12, 52]),
    ],
)
def test_checkpoints_fall_on_whole_rounds(settings, expected):
    assert checkpoint_steps(toy_trial(**settings)) == expected


def test_scripted_agents_are_shown_the_world_before_its_drift_for_what_was_taught_then(tmp_path, monkeypatch):
    monkeypatch.undo()  # the real registry
    trial = Trial(
        "CL-Taste-v0", "random", steps=24, drift_at=(12,), eval_size=4, transfer_size=0, guard_size=2, probe_size=0, control_size=6
    )
    records = run_trial(trial, tmp_path / "t")
    taught = [a for a in records.of(AnswerRecord) if a.phase == "after" and a.set == "learn"]
    assert taught and all("+" not in a.world for a in taught)
    assert isinstance(measure(records).gain.recall, float)
