"""A trial once more with the recorded answers in the agent's place: what was asked and what it earned must come out again.

The trial runs as :mod:`clgym.protocol.trial` runs it, worlds, envs and graders are real, and only the agent is missing. Each
record that comes out is held against the one that was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clgym.agent import Agent, Answer, Conversation, Cost, Experience
from clgym.core import World
from clgym.protocol.examination import EvalEpisode, Question
from clgym.protocol.kl_exchanges import NEUTRAL
from clgym.protocol.observers import TrialObserver
from clgym.protocol.trial import Arm
from clgym.records import (
    AnswerRecord,
    BlockRecord,
    DivergenceRecord,
    LearnRecord,
    LikelihoodRecord,
    Record,
    StepRecord,
    TrialRecords,
    timeless,
)

#: Fields that say which record it is. Where they differ, the rest of the trial is another one.
_PLACE = ("kind", "arm", "phase", "step", "set", "episode", "world", "query", "attempt")

#: More differences of one trial than that are only counted.
MOST = 20


class _OutOfStep(Exception):
    """What comes next cannot be compared."""


class AbsentAgent(Agent):
    """Stands where the agent of a recorded trial stood; it is never asked."""

    def __init__(self, attempts: int):
        self.attempts = attempts

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        raise _OutOfStep("records end where an answer is needed")


class AbsentLearner(AbsentAgent):
    """The same for an agent that learned."""

    def learn(self, experiences: object) -> Cost:
        raise _OutOfStep("a record of learning is missing")


def replay(recorded: TrialRecords) -> list[str]:
    """Every difference between what a finished trial says and what its settings and answers give, in words; none: all is so."""
    script = _Script(recorded.records)
    arm = _Replay(recorded, script)
    try:
        arm.run()
        if recorded.trial.placebo:
            arm.run_placebo(arm.agent)
        script.end()
    except _OutOfStep as stop:
        script.found.append(f"{stop}; nothing after it could be compared")
    except (AssertionError, IndexError, KeyError) as broken:
        script.found.append(f"record {script.place}: the trial cannot be walked any further ({broken!r})")
    return script.differences()


class _Script:
    """The records of a trial, walked from first to last: the part of a :class:`~clgym.protocol.ledger.Ledger` that a trial needs."""

    def __init__(self, records: Sequence[Record]):
        self._left = iter(records)
        self._near: list[Record] = []
        self.place = 0
        self.found: list[str] = []

    def ahead(self, count: int) -> list[Record]:
        """The next ones; they stay."""
        while len(self._near) < count:
            record = next(self._left, None)
            if record is None:
                break
            self._near.append(timeless(record))
        return self._near[:count]

    def take(self, expected: str) -> Record:
        """The next one."""
        if not self.ahead(1):
            raise _OutOfStep(f"the records end after {self.place}, where {expected} should come")
        self.place += 1
        return self._near.pop(0)

    def next_steps(self, count: int) -> list[StepRecord]:
        """The next env steps, all of which are needed."""
        near = self.ahead(count)
        steps = [record for record in near if isinstance(record, StepRecord)]
        if len(steps) < count:
            raise _OutOfStep(f"after record {self.place} there are {len(steps)} env steps where {count} should come")
        return steps

    def write(self, record: Record) -> None:
        """Hold what comes out against what was written."""
        self.compare(self.take(name_of(record)), record)

    def recall(self, kind: type[Record]) -> Record | None:
        """Take the next one if it is of this kind."""
        near = self.ahead(1)
        return self.take(kind.__name__) if near and isinstance(near[0], kind) else None

    def sync(self) -> None:
        """Nothing is written."""

    def compare(self, there: Record, right: Record) -> None:
        """Note each field that differs. Raises ``_OutOfStep`` where it is another record altogether."""
        right = timeless(right)
        if there == right:
            return
        for name in _PLACE:
            if getattr(there, name, None) != getattr(right, name, None):
                raise _OutOfStep(f"record {self.place} is {name_of(there)}; {name_of(right)} should come here")
        for name, value in right.__dict__.items():
            if there.__dict__[name] != value:
                self.note(f"{name_of(there)}: {name} is {_short(there.__dict__[name])}, replayed {_short(value)}")

    def note(self, text: str) -> None:
        self.found.append(f"record {self.place}, {text}")

    def end(self) -> None:
        """Nothing may be left."""
        left = len(self._near) + sum(1 for _ in self._left)
        if left:
            self.found.append(f"{left} records follow after the last one that the trial has")

    def differences(self) -> list[str]:
        """What was found, cut where it is much."""
        more = len(self.found) - MOST
        return self.found if more <= 0 else [*self.found[:MOST], f"and {more} more differences"]


class _Replay(Arm):
    """A trial that takes its answers, and what its agent learned, from a script."""

    def __init__(self, recorded: TrialRecords, script: _Script):
        learned = bool(recorded.of(LearnRecord))
        agent = (AbsentLearner if learned else AbsentAgent)(attempts_of(recorded))
        super().__init__(recorded.trial, agent, script, TrialObserver(), None)  # type: ignore[arg-type]
        self.script, self.learned = script, learned
        self._graded: dict[tuple[str, str, str, tuple[str, ...]], AnswerRecord] = {}
        self._digests: dict[tuple[str, int], str] = {}

    def _reveal(self, agent: Agent, world: World) -> None:
        """Nobody is there."""

    def _make_safe(self, agent: Agent, arm: str) -> None:
        """Nothing is to be saved."""

    def _wake(self, agent: Agent, arm: str) -> None:
        """Nobody sleeps."""

    def _act(self, agent: Agent, arm: str, conversations: Sequence[Conversation]) -> list[Answer]:
        return [Answer(record.answer, record.cost) for record in self.script.next_steps(len(conversations))]

    def _lesson(self, agent: Agent, arm: str, step: int, usable: Sequence[Experience]) -> LearnRecord | None:
        if not self.learned:
            return None
        there = self.script.take(f"what was learned at env step {step}")
        cost = there.cost if isinstance(there, LearnRecord) else Cost()
        right = LearnRecord(arm, step, len(usable), cost)
        self.script.compare(there, right)
        return right

    def _block(self, agent: Agent, phase: str, step: int, questions: Sequence[Question], *, compare: bool = False) -> None:
        for question in questions:
            self._answer(question, phase, step)
        if compare and any(isinstance(record, LikelihoodRecord) for record in self.script.ahead(1)):
            self._likelihoods_again(phase, step)
        if phase == "after":
            self._divergence_again(step)
        block = self.script.take(f"the end of block {phase!r} at env step {step}")
        if not isinstance(block, BlockRecord):
            raise _OutOfStep(f"record {self.script.place} is {name_of(block)}, but {phase} at env step {step} should end here")
        self.script.compare(block, replace(block, phase=phase, step=step, answers=len(questions)))
        self._check_digest(block)

    def _answer(self, question: Question, phase: str, step: int) -> None:
        """Grade a recorded answer again."""
        there = self.script.take(f"the answer to {question.world_id} {question.query.id}")
        if not isinstance(there, AnswerRecord):
            raise _OutOfStep(
                f"record {self.script.place} is {name_of(there)}; {phase} at env step {step} should have the answer to "
                f"{question.world_id} {question.query.id}"
            )
        said = there.said or (there.answer,)
        key = (question.set, question.world_id, question.query.id, said)
        if key not in self._graded:
            self._graded[key] = self._grade(question, said)
        self.script.compare(there, replace(self._graded[key], phase=phase, step=step, cost=there.cost))

    def _grade(self, question: Question, said: Sequence[str]) -> AnswerRecord:
        sitting = EvalEpisode(question, question.world.episode(question.query), [])
        for answer in said:
            if sitting.done:
                self.script.note(f"{question.query.id} has {len(said)} turns, but is over after {len(sitting.said)}")
                break
            sitting.take(Answer(answer))
        if not sitting.done:
            self.script.note(f"{question.query.id} has {len(said)} turns, but is not over after them")
        return sitting.record("", 0, self.trial.feedback)

    def _likelihoods_again(self, phase: str, step: int) -> None:
        """The references must be the oracle's answers; how likely they were, only the model could say."""
        for question in self.exam.others:
            if question.set.startswith("transfer/"):
                continue
            there = self.script.take("a log-likelihood")
            nats = there.nats if isinstance(there, LikelihoodRecord) else 0.0
            reference = question.world.solve(question.query)
            right = LikelihoodRecord(phase, step, question.set, question.world_id, question.query.id, reference, nats)
            self.script.compare(there, right)

    def _divergence_again(self, step: int) -> None:
        there = self.script.recall(DivergenceRecord)
        if isinstance(there, DivergenceRecord):
            self.script.compare(there, DivergenceRecord("after", step, len(NEUTRAL), there.nats))

    def _check_digest(self, block: BlockRecord) -> None:
        """Blocks between which nothing was learned were answered by one θ; an agent that never learns has only one."""
        arm = "placebo" if block.phase == "placebo" else "learn"
        moment = (arm, block.step) if self.learned else ("learn", 0)
        first = self._digests.setdefault(moment, block.digest)
        if block.digest != first and (self.learned or arm == "learn"):
            self.script.note(
                f"{name_of(block)}: the hash of θ is {block.digest[:12]}, but {first[:12]} where nothing was learned since"
            )


def attempts_of(recorded: TrialRecords) -> int:
    """Tries per query: what the settings say, or else the least number that the records allow."""
    if recorded.trial.attempts is not None:
        return recorded.trial.attempts
    tries = 1 + max((step.attempt for step in recorded.of(StepRecord)), default=0)
    trial = recorded.trial
    asked = sum(answer.phase == "control" for answer in recorded.of(AnswerRecord))
    reach = min([trial.steps, *trial.drift_at])
    # An agent that is right at its first try never shows how often it would have tried; how much the control is asked does.
    while asked < min(trial.control_size, reach // tries) and tries < reach:
        tries += 1
    return tries


def name_of(record: Record) -> str:
    """A record as a reader finds it: ``answer (before, env step 0, eval, world, query)``."""
    places = [getattr(record, name) for name in ("arm", "phase") if hasattr(record, name)]
    if hasattr(record, "step"):
        places.append(f"env step {record.step}")
    places += [getattr(record, name) for name in ("set", "world", "query") if hasattr(record, name)]
    return f"{record.kind} ({', '.join(map(str, places))})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
