"""How long prompts and answers are, measured with the model's own tokenizer on a sample of queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from clgym.agent import Conversation, Message
from clgym.core import MAX_TURNS, Query, World
from clgym.model import text_size
from clgym.protocol.examination import sample_questions
from clgym.protocol.stream import Stream
from clgym.records import Trial
from clgym.seeding import seed_of

#: Queries that are looked at in each world: held-out ones and those of the learn stream.
HELD_OUT, STREAMED = 12, 8

#: How much longer than the longest right answer of the sample an answer may be, in tokens: a share, and some.
STRETCH, EXTRA, WHOLE = 1.25, 4, 8


class Turn(NamedTuple):
    """One turn as the agent is asked it, and its answer."""

    conversation: Conversation
    answer: str


@dataclass(frozen=True)
class Sizes:
    """Tokens of one family at one level; means and maxima over the sampled queries of all worlds."""

    turns: float
    """Mean turns a query."""
    prompt: float
    """Mean prompt of a turn, system message included."""
    longest: int
    """The longest prompt of a turn, without the answers in it."""
    most_answers: int
    """Answers in it, and the one that it asks for."""
    answer: float
    """Mean right answer."""
    longest_answer: int
    exchange: float
    """Mean question with its right answer, as ICL keeps it."""
    largest_exchange: int
    rulebook: int
    """The longest rulebook."""
    system: int

    @property
    def answer_limit(self) -> int:
        """``max_new_tokens`` that cuts no right answer off."""
        wanted = int(STRETCH * self.longest_answer) + EXTRA
        return -(-wanted // WHOLE) * WHOLE

    def with_answers(self, limit: int) -> int:
        """Tokens of the longest query with answers of ``limit`` tokens."""
        return self.longest + self.most_answers * limit


def measure_sizes(agent: Any, worlds: Sequence[World], trial: Trial) -> Sizes:
    """Measure with an agent that drives the model (its system message, its chat format, what it shows of a conversation).

    ``trial`` says how queries are drawn. Those of several turns are played twice, right and at random: the longer one counts.
    """
    ruler = _Ruler(agent)
    prompts, answers, exchanges, lengths = [], [], [], []
    longest, most = 0, 0
    for world in worlds:
        for query in _queries(world, trial):
            right = list(_play(world, query, guess=False))
            guess = list(_play(world, query, guess=True)) if len(right) > 1 else right
            longer = max(right, guess, key=len)
            lengths.append(len(longer))
            answers += [ruler.text(turn.answer) + 1 for turn in right]
            exchanges += [ruler.exchange(turn) for turn in right]
            for turn in longer:
                size, spoken = ruler.prompt(turn)
                prompts.append(size)
                longest, most = max(longest, size - spoken), max(most, _answers_in(agent, turn) + 1)
    return Sizes(
        turns=_mean(lengths),
        prompt=_mean(prompts),
        longest=longest,
        most_answers=most,
        answer=_mean(answers),
        longest_answer=max(answers),
        exchange=_mean(exchanges),
        largest_exchange=max(exchanges),
        rulebook=max(ruler.text(world.rulebook()) for world in worlds),
        system=ruler.system,
    )


class _Ruler:
    """Lengths in tokens, as the agent would ask its model."""

    def __init__(self, agent: Any):
        self._agent, self._model = agent, agent.serving
        self._context: list[Message] = agent.context()
        self.system = self._model.size(self._context)

    def text(self, text: str) -> int:
        return text_size(self._model, text)

    def prompt(self, turn: Turn) -> tuple[int, int]:
        """The whole prompt, and those of its tokens that the model said itself."""
        conversation = self._agent.view(turn.conversation)
        spoken = sum(self.text(message["content"]) for message in conversation if message["role"] == "assistant")
        return self._model.size([*self._context, *conversation]), spoken

    def exchange(self, turn: Turn) -> int:
        messages = [*self._context, turn.conversation[-1], Message(role="assistant", content=turn.answer)]
        return self._model.size(messages) - self.system


def _queries(world: World, trial: Trial) -> list[Query]:
    """The eval queries that are asked, and the first ones of the stream."""
    held_out = [question.query for question in sample_questions(world, "", "eval", HELD_OUT, trial.seed, set="eval")]
    pool, order = Stream.pool(world), Stream.walk(world, trial, attempts=1).order
    return [*held_out, *(world.query(pool, index) for index in order[:STREAMED])]


def _play(world: World, query: Query, *, guess: bool) -> Iterator[Turn]:
    """A query from its first turn to its end, with the feedback between turns that a learner sees."""
    episode, draw = world.episode(query), seed_of("calibration", query.id).draw()
    conversation = [Message(role="user", content=query.prompt)]
    for _ in range(MAX_TURNS):
        answer = world.sample_answer(query, draw) if guess else episode.solve()
        yield Turn(tuple(conversation), answer)
        observation, grade, done = episode.step(answer)
        if done or grade.outcome == "failed":
            return
        feedback = "\n\n".join(part for part in (grade.text("correction"), observation) if part)
        conversation += [Message(role="assistant", content=answer), Message(role="user", content=feedback)]


def _answers_in(agent: Any, turn: Turn) -> int:
    return sum(message["role"] == "assistant" for message in agent.view(turn.conversation))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
