"""The world that agents are checked in: one letter, one rule, graded in no time."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.agent import Agent, Conversation, Experience, Message, MultipleChoice
from clgym.core import Family, Feedback, Grade, Query, World, malformed
from clgym.learning import Learner, Seen
from clgym.seeding import Draw, Seed

LETTERS = "abcdefgh"


class Letters(World):
    """``say a`` wants ``A``. Half of the letters are learned from, the others are asked about."""

    name, family, level = "Letters", "Letters-v0", 0
    pools = {"learn": 4, "eval": 4}

    def query(self, pool: str, index: int) -> Query:
        self.check_index(pool, index)
        letter = LETTERS[index + 4 * (pool == "eval")]
        return Query(pool, index, f"say {letter}", letter)

    def grade(self, query: Query, answer: str) -> Grade:
        right = answer == self.solve(query)
        return Grade(float(right), "correct", Feedback("Right.")) if right else malformed("No.", self.solve(query))

    def solve(self, query: Query) -> str:
        return str(query.payload).upper()

    def rulebook(self) -> str:
        return "Shout."

    def drifted(self, seed: Seed) -> World:
        return self

    def floor(self, pool: str) -> float:
        return 0.2

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return draw.choice(LETTERS.upper())


class ListedLetters(Letters):
    """As :class:`Letters`, with the four answers of a pool listed."""

    name, family = "ListedLetters", "ListedLetters-v0"

    def query(self, pool: str, index: int) -> Query:
        query = super().query(pool, index)
        options = tuple((LETTERS[4:] if pool == "eval" else LETTERS[:4]).upper())
        return Query(pool, index, f"{query.prompt}: {', '.join(options)}", query.payload, options)


class LetterLearner(Learner):
    """Knows that there is one answer to a prompt, and repeats what it was told."""

    def __init__(self, *, seed: int = 0):
        super().__init__(seed=seed)
        self._right: dict[str, str] = {}

    def see(self, seen: Seen) -> None:
        if seen.correction:
            self._right[seen.prompt] = seen.correction

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        return self._right.get(conversation[-1]["content"]) or self.draw(conversation[-1]["content"]).choice(LETTERS.upper())


class LetterFamily(Family):
    """The family of :class:`Letters`: what an agent is prepared for that wants to know."""

    name, version, levels = "Letters-v0", 1, range(1)

    def world(self, seed: Seed, level: int) -> World:
        self.check_level(level)
        return Letters()

    def learner(self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0) -> Agent:
        return LetterLearner(seed=seed)


def conversation(world: World, pool: str, index: int) -> Conversation:
    """A query as ``act`` gets it."""
    query = world.query(pool, index)
    messages = [Message(role="user", content=query.prompt)]
    return MultipleChoice(messages, query.options) if query.options else tuple(messages)


def experience(world: World, index: int, answer: str = "no", attempt: int = 0, done: bool = True) -> Experience:
    """One env step on a query of ``learn``, at the feedback level ``correction``; a second try has the first in its conversation."""
    query, messages = world.query("learn", index), [*conversation(world, "learn", index)]
    if attempt:
        messages.append(Message(role="assistant", content="no"))
        messages.append(Message(role="user", content=f"No.\n\nTry again: {query.prompt}"))
    grade = world.grade(query, answer)
    feedback = grade.text("correction")
    return Experience(
        MultipleChoice(messages, query.options) if query.options else tuple(messages),
        answer,
        grade.reward,
        feedback,
        done,
        grade.outcome,
        query.id,
        attempt,
        world.solve(query),
        options=query.options,
    )


def stream(worlds: Sequence[World], rounds: int) -> list[list[Experience]]:
    """Batches of one experience, of each world in turn: each query is answered wrong, then right."""
    batches = []
    for number in range(rounds):
        world, index = worlds[number % len(worlds)], number % 4
        batches.append([experience(world, index, done=False)])
        batches.append([experience(world, index, world.solve(world.query("learn", index)), attempt=1)])
    return batches
