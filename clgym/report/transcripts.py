"""Which exchanges a page shows: early and late, right and wrong, before and after; real ones, chosen by rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clgym.records import AnswerRecord, StepRecord, TrialRecords
from clgym.report.text import plain, visible

#: Exchanges shown of one trial for each moment (early, late, ...) and each way it went (right, wrong).
EACH = 2


@dataclass(frozen=True)
class Exchange:
    """One prompt, the answer, what it earned and what was (or would have been) said about it."""

    agent: str
    moment: str
    """early or late in the learn stream; before or after on a held-out query."""
    set: str
    outcome: str
    where: str
    reward: str
    prompt: str
    answer: str
    feedback: str


def choose(agent: str, trial: TrialRecords) -> list[Exchange]:
    """A handful of exchanges of one trial: the stream's first and last right and wrong answers, then held-out queries."""
    steps = trial.of(StepRecord)
    places = [place for place, step in enumerate(steps) if step.arm == "learn"]
    half = len(places) // 2
    chosen = [_of_step(agent, "early", step) for step in _both_ways(steps[place] for place in places[:half])]
    chosen += [_of_step(agent, "late", step) for step in _both_ways(steps[place] for place in reversed(places[half:]))]
    return chosen + _held_out(agent, trial)


def _held_out(agent: str, trial: TrialRecords) -> list[Exchange]:
    """The same question at θ_0 and at θ_N: where the answer got better or worse first, from every set."""
    answers = trial.of(AnswerRecord)
    first = {(a.set, a.world, a.query): a for a in answers if a.phase == "before"}
    chosen: list[Exchange] = []
    for name in dict.fromkeys(a.set for a in answers if a.phase == "after"):
        after_learning = (a for a in answers if a.phase == "after" and a.set == name)
        both = [(first[key], a) for a in after_learning if (key := (a.set, a.world, a.query)) in first]
        both.sort(key=lambda pair: -abs((pair[1].reward or 0.0) - (pair[0].reward or 0.0)))
        for before, after in both[: EACH if name == "eval" else 1]:
            chosen += [_of_answer(agent, "before", before), _of_answer(agent, "after", after)]
    return chosen


def _both_ways(steps: Iterable[StepRecord]) -> list[StepRecord]:
    """The first right and the first wrong ones, in the order of the stream; looks no further than it must."""
    by_correctness: dict[bool, list[StepRecord]] = {True: [], False: []}
    for step in steps:
        some = by_correctness[step.outcome == "correct"]
        if len(some) < EACH:
            some.append(step)
        elif all(len(ones) == EACH for ones in by_correctness.values()):
            break
    return sorted([*by_correctness[True], *by_correctness[False]], key=lambda step: step.step)


def _of_step(agent: str, moment: str, step: StepRecord) -> Exchange:
    where = f"world {_world(step.world)}, env step {step.step}" + (f", attempt {step.attempt + 1}" if step.attempt else "")
    return _exchange(agent, moment, "learn", where, step)


def _of_answer(agent: str, moment: str, answer: AnswerRecord) -> Exchange:
    theta = "θ₀" if moment == "before" else f"θ after {answer.step} env steps"
    return _exchange(agent, moment, answer.set, f"world {_world(answer.world)}, {theta}", answer)


def _exchange(agent: str, moment: str, set: str, where: str, record: StepRecord | AnswerRecord) -> Exchange:
    reward = "no reward: the grader failed" if record.reward is None else plain(record.reward)
    texts = (visible(text) for text in (record.prompt, record.answer, record.feedback))
    return Exchange(agent, moment, set, record.outcome, where, reward, *texts)


def _world(world_id: str) -> str:
    return world_id.rsplit("/", 1)[-1]


def distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in order of appearance."""
    return list(dict.fromkeys(values))
