"""A trial once more with the recorded answers in the agent's place: what was asked and what it earned must come out again.

The schedule is the one that the trial ran (:mod:`clgym.protocol.schedule`), worlds, envs and graders are real, and only the agent is
missing. Each record that comes out is held against the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace

from clgym.agent import Answer, Conversation, Cost
from clgym.errors import RecordsError
from clgym.integrations.retelling import Retelling, walked_outside
from clgym.protocol.examination import EvalEpisode, Question
from clgym.protocol.kl_exchanges import NEUTRAL
from clgym.protocol.runner import usable_experiences
from clgym.protocol.schedule import Ask, Event, Learn, declared_attempts, events_of
from clgym.protocol.stream import Round, Stream
from clgym.records import (
    TRIAL_FILE,
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


def replay(recorded: TrialRecords) -> list[str]:
    """Every difference between what a finished trial says and what its settings and answers give, in words; none: all is so.

    Raises ``RecordsError`` where the header makes no sense, and what making the worlds raises.
    """
    learns = bool(recorded.of(LearnRecord))
    events = events_of(recorded.trial, attempts=recorded_attempts(recorded), learns=learns)
    script = _Script(recorded.records)
    outside = Retelling(recorded) if walked_outside(recorded.header) else None
    try:
        _Replayer(script, learns, recorded.trial.feedback, outside).run(events)
        script.end()
    except _OutOfStep as stop:
        script.differences.append(f"{stop}; nothing after it could be compared")
    except (AssertionError, IndexError, KeyError) as broken:
        script.differences.append(f"record {script.place}: the trial cannot be walked any further ({broken!r})")
    return script.shortened()


def recorded_attempts(recorded: TrialRecords) -> int:
    """Tries per query, as the header has them; one of an older clgym leaves them to the settings and the agent's row.

    Raises ``RecordsError`` where it is no number, or not that of the settings.
    """
    if "attempts" not in recorded.header:
        return declared_attempts(recorded.trial)
    attempts, wanted = recorded.header["attempts"], recorded.trial.attempts
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        raise RecordsError(f"attempts in {TRIAL_FILE} are a whole number from 1 up, not {attempts!r}.")
    if wanted not in (None, attempts):
        raise RecordsError(f"attempts in {TRIAL_FILE} are {attempts}, and {wanted} in its settings.")
    return attempts


class _Script:
    """The records of a trial, walked from first to last: the part of a :class:`~clgym.protocol.ledger.Ledger` that a trial needs."""

    def __init__(self, records: Sequence[Record]):
        self._left = iter(records)
        self._near: list[Record] = []
        self.place = 0
        self.differences: list[str] = []

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

    def peek(self) -> Record | None:
        """The next one, which stays; none at the end."""
        return next(iter(self.ahead(1)), None)

    def compare(self, recorded: Record, replayed: Record) -> None:
        """Note each field that differs. Raises ``_OutOfStep`` where it is another record altogether."""
        replayed = timeless(replayed)
        if recorded == replayed:
            return
        for name in _PLACE:
            if getattr(recorded, name, None) != getattr(replayed, name, None):
                raise _OutOfStep(f"record {self.place} is {name_of(recorded)}; {name_of(replayed)} should come here")
        for name, value in replayed.__dict__.items():
            if recorded.__dict__[name] != value:
                self.note(f"{name_of(recorded)}: {name} is {_short(recorded.__dict__[name])}, replayed {_short(value)}")

    def note(self, text: str) -> None:
        self.differences.append(f"record {self.place}, {text}")

    def end(self) -> None:
        """Nothing may be left."""
        left = len(self._near) + sum(1 for _ in self._left)
        if left:
            self.differences.append(f"{left} records follow after the last one that the trial has")

    def shortened(self) -> list[str]:
        """The differences, cut where they are many."""
        more = len(self.differences) - MOST
        return self.differences if more <= 0 else [*self.differences[:MOST], f"and {more} more differences"]


class _Replayer:
    """Follows a schedule with the answers, and what was learned, of a script."""

    def __init__(self, script: _Script, learns: bool, feedback: str, outside: Retelling | None = None):
        self._script, self._learns, self._feedback, self._outside = script, learns, feedback, outside
        self._taught: set[tuple[str, str]] = set()
        self._graded: dict[tuple[str, str, str, tuple[Answer, ...]], AnswerRecord] = {}
        self._digests: dict[tuple[str, int], str] = {}

    def run(self, events: Iterable[Event]) -> None:
        for event in events:
            if not isinstance(event, Learn):
                if event.questions or not self._outside:
                    self._ask(event)
            elif self._outside:
                self._retell(event, self._outside)
            else:
                self._learn(event)

    def _retell(self, learn: Learn, outside: Retelling) -> None:
        """A learn stream that another loop walked: each env step is graded again in its own episode, wherever it comes."""
        step = 0
        while (ahead := self._script.peek()) is not None and getattr(ahead, "phase", "checkpoint") == "checkpoint":
            if isinstance(ahead, StepRecord):
                recorded, step = self._script.take("an env step"), step + 1
                self._script.compare(recorded, replace(outside.step(ahead)[2], step=step, arm="learn"))
            elif isinstance(ahead, LearnRecord):
                self._script.take("what was learned")
            else:
                self._ask(learn.checkpoint(step))
        if step != learn.steps:
            self._script.note(f"there are {step} env steps, the settings have {learn.steps}")

    def _learn(self, learn: Learn) -> None:
        """Give the envs the recorded answers; what comes out must be what was written."""
        last: Round | None = None
        with closing(Stream(learn.trial, learn.attempts, width=learn.width, arm=learn.arm, task=learn.task)) as stream:
            for taken in stream.rounds(self._answers):
                for step in taken.records:
                    self._script.write(step)
                    self._taught.add((step.world, step.query))
                if usable := usable_experiences(taken):
                    self._lesson(learn.arm, taken.step, len(usable))
                for ask in learn.due(last, taken):
                    self._ask(ask)
                last = taken
        self._lesson(learn.arm, learn.steps, 0)

    def _answers(self, conversations: Sequence[Conversation]) -> list[Answer]:
        return [step.given for step in self._script.next_steps(len(conversations))]

    def _lesson(self, arm: str, step: int, experiences: int) -> None:
        """That the agent learned; what that cost, only it could say."""
        if self._learns:
            recorded = self._script.take(f"what was learned at env step {step}")
            cost = recorded.cost if isinstance(recorded, LearnRecord) else Cost()
            self._script.compare(recorded, LearnRecord(arm, step, experiences, cost))

    def _ask(self, ask: Ask) -> None:
        """Grade the recorded answers of one block again."""
        questions = ask.questions_after(self._taught)
        for question in questions:
            self._answer(question, ask)
        self._likelihoods(ask)
        self._divergence(ask)
        block = self._script.take(f"the end of block {ask.phase!r} at env step {ask.step}")
        if not isinstance(block, BlockRecord):
            raise _OutOfStep(
                f"record {self._script.place} is {name_of(block)}, but {ask.phase} at env step {ask.step} should end here"
            )
        self._script.compare(block, replace(block, phase=ask.phase, step=ask.step, answers=len(questions)))
        self._check_digest(block, ask.arm)

    def _answer(self, question: Question, ask: Ask) -> None:
        recorded = self._script.take(f"the answer to {question.world_id} {question.query.id}")
        if not isinstance(recorded, AnswerRecord):
            raise _OutOfStep(
                f"record {self._script.place} is {name_of(recorded)}; {ask.phase} at env step {ask.step} should have the answer to "
                f"{question.world_id} {question.query.id}"
            )
        turns = recorded.answers
        key = (question.set, question.world_id, question.query.id, turns)
        if key not in self._graded:
            self._graded[key] = self._grade(question, turns)
        self._script.compare(recorded, replace(self._graded[key], phase=ask.phase, step=ask.step, cost=recorded.cost))

    def _grade(self, question: Question, turns: Sequence[Answer]) -> AnswerRecord:
        episode = EvalEpisode(question, question.world.episode(question.query), [])
        for number, answer in enumerate(turns):
            if episode.done:
                self._script.note(f"{question.query.id} has {len(turns)} turns, but is over after {number}")
                break
            episode.take(answer)
        if not episode.done:
            self._script.note(f"{question.query.id} has {len(turns)} turns, but is not over after them")
        return episode.record("", 0, self._feedback)

    def _likelihoods(self, ask: Ask) -> None:
        """The references must be the oracle's answers; how likely they were, only the model could say. Few agents have any."""
        if not isinstance(self._script.peek(), LikelihoodRecord):
            return
        for question in ask.references:
            recorded = self._script.take("a log-likelihood")
            nats = recorded.nats if isinstance(recorded, LikelihoodRecord) else 0.0
            reference = question.world.solve(question.query)
            replayed = LikelihoodRecord(ask.phase, ask.step, question.set, question.world_id, question.query.id, reference, nats)
            self._script.compare(recorded, replayed)

    def _divergence(self, ask: Ask) -> None:
        """How far θ moved, only the model could say."""
        recorded = self._script.peek()
        if ask.divergence and isinstance(recorded, DivergenceRecord):
            self._script.write(DivergenceRecord("after", ask.step, len(NEUTRAL), recorded.nats))

    def _check_digest(self, block: BlockRecord, arm: str) -> None:
        """Blocks between which nothing was learned were answered by one θ; an agent that never learns has only one."""
        moment = (arm, block.step) if self._learns else ("learn", 0)
        first = self._digests.setdefault(moment, block.digest)
        if block.digest != first and (self._learns or arm == "learn"):
            self._script.note(
                f"{name_of(block)}: the hash of θ is {block.digest[:12]}, but {first[:12]} where nothing was learned since"
            )


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
