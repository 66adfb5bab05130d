"""The kinds of records that a trial writes. See docs/decisions/002-records.md for every field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

from clgym.agent import Answer, Cost

#: Prefix of the set names of probes: ``probe/Probe-German-v0``.
PROBE_PREFIX = "probe/"
TRANSFER_PREFIX = "transfer/"


@dataclass(frozen=True)
class AnswerRecord:
    """One evaluation answer of a frozen θ. ``(world, query)`` pairs it with the same question at another θ."""

    kind: ClassVar[str] = "answer"
    phase: str
    """before, checkpoint, after, control (θ_0 on the learn stream), placebo; in a sequence of tasks also stage (the task of a stage, while
    it goes on) and reference (a task learned alone)."""
    step: int
    """Env steps that made this θ."""
    set: str
    """eval, guard, learn, ``transfer/NAME`` or ``probe/ID``."""
    world: str
    query: str
    prompt: str
    answer: str
    reward: float | None
    """``None`` where the grader failed: excluded everywhere, and counted."""
    outcome: str
    feedback: str
    """What would have been said to a learner; the evaluated agent never saw it."""
    cost: Cost
    turns: int = 1
    said: tuple[str, ...] = ()
    """The answers one by one where there were several turns; ``answer`` has them as lines."""
    task: str = ""
    """In a sequence of tasks, the one that the query belongs to."""
    stops: tuple[str, ...] = ()
    """How the answer of each turn ended (:data:`clgym.agent.STOPS`); () where all did by themselves."""
    thoughts: tuple[str, ...] = ()
    """What was thought before the answer of each turn; () where nothing was."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What the agent gave, turn by turn, without what it cost."""
        texts = self.said or (self.answer,)
        stops, thoughts = self.stops or ("end",) * len(texts), self.thoughts or ("",) * len(texts)
        return tuple(Answer(text, thoughts=thought, stop=stop) for text, stop, thought in zip(texts, stops, thoughts))


@dataclass(frozen=True)
class StepRecord:
    """One env step of learning."""

    kind: ClassVar[str] = "step"
    arm: str
    """learn, placebo for the sister world, or ``reference TASK`` for one task of a sequence alone."""
    step: int
    """1 for the first env step of the arm."""
    episode: int
    """Place of the query in the stream, from 0; its attempts and turns share it."""
    world: str
    query: str
    attempt: int
    prompt: str
    answer: str
    reward: float | None
    outcome: str
    feedback: str
    done: bool
    cost: Cost
    score: float | None = None
    """On the last step of an attempt: what all its turns earned together. ``None`` on others, or where the grader failed."""
    task: str = ""
    """In a sequence of tasks, the one that the query belongs to."""
    stop: str = "end"
    """How the answer ended: one of :data:`clgym.agent.STOPS`."""
    thoughts: str = ""
    """What was thought before it."""

    @property
    def given(self) -> Answer:
        """What the agent gave, and what that cost."""
        return Answer(self.answer, self.cost, thoughts=self.thoughts, stop=self.stop)


@dataclass(frozen=True)
class LearnRecord:
    """One call of ``agent.learn`` (or the final ``agent.flush``: ``experiences`` is 0)."""

    kind: ClassVar[str] = "learn"
    arm: str
    step: int
    experiences: int
    cost: Cost


@dataclass(frozen=True)
class BlockRecord:
    """One evaluation block, with the proof that it left θ as it was."""

    kind: ClassVar[str] = "block"
    phase: str
    step: int
    answers: int
    digest: str
    """Hash of θ, the same before and after the block; "" where the agent learns but cannot be saved."""
    reused: bool
    """True where the agent never learns, so that the answers of the block before are its answers."""
    seconds: float
    describe: Mapping[str, Any]
    """What θ is made of: ``agent.describe()``."""


@dataclass(frozen=True)
class LikelihoodRecord:
    """Log-probability (nats, summed over tokens) of the oracle's answer under a frozen θ."""

    kind: ClassVar[str] = "likelihood"
    phase: str
    step: int
    set: str
    world: str
    query: str
    reference: str
    nats: float


@dataclass(frozen=True)
class DivergenceRecord:
    """KL(θ_N ‖ θ_0) in nats per token, a mean over the tokens of so many neutral exchanges."""

    kind: ClassVar[str] = "divergence"
    phase: str
    step: int
    exchanges: int
    nats: float


#: Fields that a line leaves out where nothing is to be said, and what they are then.
LEFT_OUT = {"stop": ("end",), "stops": ((),), "thoughts": ("", ())}

Record = AnswerRecord | StepRecord | LearnRecord | BlockRecord | LikelihoodRecord | DivergenceRecord
KINDS = {kind.kind: kind for kind in (AnswerRecord, StepRecord, LearnRecord, BlockRecord, LikelihoodRecord, DivergenceRecord)}
R = TypeVar("R", AnswerRecord, StepRecord, LearnRecord, BlockRecord, LikelihoodRecord, DivergenceRecord)


def seconds_of(record: Record) -> float:
    """The wall time that a record carries."""
    if isinstance(record, BlockRecord):
        return record.seconds
    return record.cost.seconds if isinstance(record, (AnswerRecord, StepRecord, LearnRecord)) else 0.0


def timed(record: Record, seconds: float) -> Record:
    """The record with this wall time; one that carries none as it is."""
    if isinstance(record, BlockRecord):
        return replace(record, seconds=seconds)
    if isinstance(record, (AnswerRecord, StepRecord, LearnRecord)):
        return replace(record, cost=replace(record.cost, seconds=seconds))
    return record


def timeless(record: Record) -> Record:
    """The record without its wall time."""
    return timed(record, 0.0)


def reward_or_none(reward: float) -> float | None:
    """A failed grade's NaN as null."""
    return None if math.isnan(reward) else float(reward)
