"""Asking a frozen θ: no feedback, no env steps, the same questions every time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from clgym.agent import Agent, Answer, Cost, Message, answers_of, with_options
from clgym.core import MAX_TURNS, Episode, Grade, Query, World
from clgym.env import grade_answer
from clgym.errors import NeedsWeights
from clgym.protocol.kl_exchanges import NEUTRAL
from clgym.records import AnswerRecord, DivergenceRecord, LikelihoodRecord, reward_or_none
from clgym.seeding import seed_of

#: Conversations handed to ``agent.act`` at once.
BATCH = 32


class Question(NamedTuple):
    """One query of one version of a world, and the set that it is counted in."""

    set: str
    world: World
    world_id: str
    query: Query


def sample_questions(world: World, world_id: str, pool: str, size: int, seed: int, *, set: str) -> list[Question]:
    """``size`` queries of a pool as :meth:`~clgym.World.sample` chooses them, the same ones for every agent."""
    chosen = world.sample(pool, size, seed_of("sample", pool, seed).draw())
    return [Question(set, world, world_id, world.query(pool, index)) for index in chosen]


@dataclass
class EvalEpisode:
    """A question being answered. The episode says what its turns are worth together; outcome and feedback are the last turn's."""

    question: Question
    episode: Episode
    conversation: list[Message]
    answers: list[Answer] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    grade: Grade | None = None
    done: bool = False

    def take(self, answer: Answer) -> None:
        turn = grade_answer(self.question.query, self.episode, answer.action)
        self.answers.append(answer)
        self.rewards.append(turn.grade.reward)
        self.grade, self.done = turn.grade, turn.done or turn.grade.outcome == "failed" or len(self.answers) >= MAX_TURNS
        self.conversation += [Message(role="assistant", content=answer.text), Message(role="user", content=turn.observation)]

    def record(self, phase: str, step: int, feedback: str) -> AnswerRecord:
        assert self.grade is not None
        set_name, world, world_id, query = self.question
        texts = tuple(answer.text for answer in self.answers)
        stops, thoughts = (tuple(values) for values in zip(*((answer.stop, answer.thoughts) for answer in self.answers)))
        return AnswerRecord(
            phase=phase,
            step=step,
            set=set_name,
            world=world_id,
            query=query.id,
            prompt=query.prompt,
            answer="\n".join(texts),
            reward=reward_or_none(self.episode.score(self.rewards)),
            outcome=self.grade.outcome,
            feedback=self.grade.text(feedback),
            cost=sum((answer.cost for answer in self.answers), Cost()),
            turns=len(texts),
            said=texts if len(texts) > 1 else (),
            task=world.task(query),
            stops=stops if any(stop != "end" for stop in stops) else (),
            thoughts=thoughts if any(thoughts) else (),
        )


def examine(
    agent: Agent,
    questions: Sequence[Question],
    phase: str,
    step: int,
    feedback: str,
    advance: Callable[[int], None],
    primer: Sequence[Message] = (),
) -> list[AnswerRecord]:
    """Answer every question with the agent as it is, behind the ``primer``. Call inside ``agent.evaluating()``.

    Chunks hold questions of one set, so that agents can batch prompts of one kind.
    """
    records: list[AnswerRecord] = []
    for chunk in _chunks(questions):
        episodes = [EvalEpisode(q, q.world.episode(q.query), [Message(role="user", content=q.query.prompt)]) for q in chunk]
        while unfinished := [episode for episode in episodes if not episode.done]:
            began = time.perf_counter()
            conversations = [
                with_options((*primer, *episode.conversation), episode.question.query.options) for episode in unfinished
            ]
            answers = with_wall_time(answers_of(agent, conversations), began)
            for episode, answer in zip(unfinished, answers):
                episode.take(answer)
        records += [episode.record(phase, step, feedback) for episode in episodes]
        advance(len(episodes))
    return records


def likelihoods(
    agent: Agent, questions: Sequence[Question], phase: str, step: int, primer: Sequence[Message] = ()
) -> list[LikelihoodRecord]:
    """Log-probability of the oracle's answers, except to ``transfer/*``; none where the agent has none, or the world has no oracle."""
    if type(agent).log_likelihood is Agent.log_likelihood:
        return []
    records: list[LikelihoodRecord] = []
    for chunk in _chunks([q for q in questions if q.world.oracle and not q.set.startswith("transfer/")]):
        references = [q.world.solve(q.query) for q in chunk]
        pairs = [((*primer, Message(role="user", content=q.query.prompt)), reference) for q, reference in zip(chunk, references)]
        try:
            values = agent.log_likelihood(pairs)
        except NeedsWeights:
            return []
        if values is None:
            return []
        records += [
            LikelihoodRecord(phase, step, q.set, q.world_id, q.query.id, reference, float(nats))
            for q, reference, nats in zip(chunk, references, values)
        ]
    return records


def divergence(agent: Agent, step: int) -> list[DivergenceRecord]:
    """How far θ_N has moved on everyday chat that no family asks about; none where the agent cannot tell."""
    pairs = [((Message(role="user", content=prompt),), reply) for prompt, reply in NEUTRAL]
    try:
        nats = agent.divergence(pairs)
    except NeedsWeights:
        return []
    return [] if nats is None else [DivergenceRecord("after", step, len(pairs), float(nats))]


def with_wall_time(answers: Sequence[Answer], began: float) -> list[Answer]:
    """Answers whose cost names no seconds get an equal share of the time since ``began``."""
    share = (time.perf_counter() - began) / max(1, len(answers))
    return [a if a.cost.seconds else replace(a, cost=replace(a.cost, seconds=share)) for a in answers]


def _chunks(questions: Sequence[Question]) -> list[list[Question]]:
    chunks: list[list[Question]] = []
    for question in questions:
        if not chunks or len(chunks[-1]) == BATCH or chunks[-1][0].set != question.set:
            chunks.append([])
        chunks[-1].append(question)
    return chunks
