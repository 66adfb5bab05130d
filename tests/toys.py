"""Small families with siblings and ideal learners, sound and otherwise: what the certificate and the broad world are tested with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clgym.agent import Agent, Conversation
from clgym.core import Family, Feedback, Grade, Query, World
from clgym.learning import Learner, Seen
from clgym.seeding import Draw, Seed

SIGNS = tuple("abcdefghijklmnop")
WORDS = ("north", "south", "east", "west")


@dataclass(frozen=True)
class Signs(World):
    """Each of 16 signs means one of four words; ``eval`` asks for all of them, and so does ``learn``."""

    name: str
    meanings: tuple[str, ...]
    level: int = 0
    family: str = "Signs-v0"
    leaks: bool = False
    """The prompt says what it should not: the right word stands where a stranger's name should."""

    @property
    def pools(self):
        return {"learn": 160, "eval": 48}

    def query(self, pool: str, index: int) -> Query:
        self.check_index(pool, index)
        sign = (index * 7 + 3 * (pool == "eval")) % len(SIGNS)
        said = f" ({self.meanings[sign]})" if self.leaks else ""
        return Query(pool, index, f"In {self.name}, {pool} {index}{said}: what does {SIGNS[sign]} mean?", sign)

    def grade(self, query: Query, answer: str) -> Grade:
        right = self.solve(query)
        if answer.strip() == right:
            return Grade(1.0, "correct", Feedback("Yes."))
        axis = "along" if right in ("north", "south") else "across"
        return Grade(0.0, "wrong", Feedback("No.", f"It lies {axis} the map.", f"It means {right}."))

    def solve(self, query: Query) -> str:
        return self.meanings[query.payload]

    def rulebook(self) -> str:
        return "\n".join(f"{sign} means {word}" for sign, word in zip(SIGNS, self.meanings))

    def drifted(self, seed: Seed) -> World:
        draw = seed.draw()
        changed = set(draw.sample(range(len(SIGNS)), 8))
        other = {word: WORDS[(WORDS.index(word) + 1) % 4] for word in WORDS}
        return replace(self, meanings=tuple(other[word] if place in changed else word for place, word in enumerate(self.meanings)))

    def sibling(self, seed: Seed) -> World:
        draw = seed.draw()
        own = tuple(draw.choice(WORDS) if draw.chance(0.6) else word for word in self.meanings)
        return replace(self, name=_name(draw), meanings=own)

    def deciders(self, query: Query) -> frozenset[str]:
        return frozenset((SIGNS[query.payload],))

    def floor(self, pool: str) -> float:
        return 0.35

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return draw.choice(WORDS)


def _name(draw: Draw) -> str:
    return "".join(draw.choice("bdklmnrst") + draw.choice("aeiou") for _ in range(4)).capitalize()


class SignLearner(Learner):
    """For each world and sign the words that are still possible."""

    def __init__(self, *, seed: int = 0):
        super().__init__(seed=seed)
        self._possible: dict[str, set[str]] = {}

    @staticmethod
    def _key(prompt: str) -> str:
        return prompt[3 : prompt.index(",")] + " " + prompt.split()[-2]

    def see(self, seen: Seen) -> None:
        key = self._key(seen.prompt)
        possible = self._possible.get(key, set(WORDS))
        if seen.correction:
            possible = {seen.correction}
        elif seen.reward == 1.0:
            possible = {seen.answer}
        elif seen.reward == 0.0:
            possible = possible - {seen.answer}
            if "lies" in seen.feedback:
                possible = possible & set(WORDS[:2] if "along" in seen.feedback else WORDS[2:])
        self._possible[key] = possible or set(WORDS)

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        prompt = conversation[-1]["content"]
        if "(" in prompt:
            return prompt[prompt.index("(") + 1 : prompt.index(")")]
        return self.draw(prompt).choice(sorted(self._possible.get(self._key(prompt), WORDS)))


class SignFamily(Family):
    name, version, levels = "Signs-v0", 1, range(1)
    leaks = False

    def world(self, seed: Seed, level: int) -> World:
        self.check_level(level)
        draw = seed.draw("signs")
        return Signs(_name(draw), tuple(draw.choice(WORDS) for _ in SIGNS), leaks=self.leaks)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> Agent | None:
        return SignLearner(seed=seed)


class LeakyFamily(SignFamily):
    """Its prompts tell the answer."""

    name, leaks = "Leaky-v0", True


class BrokenLearner(SignLearner):
    def see(self, seen: Seen) -> None:
        raise ZeroDivisionError("a sign of zero")


class BrokenFamily(SignFamily):
    """Its learner raises."""

    name = "Broken-v0"

    def learner(self, level: int, **settings) -> Agent | None:  # type: ignore[override]
        return BrokenLearner()


class PeekingLearner(SignLearner):
    """Reads the id of a query, which no agent may learn from."""

    def learn(self, experiences):
        for experience in experiences:
            self._possible[experience.query] = set()
        return super().learn(experiences)

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        return str(sorted(self._possible))


class PeekingFamily(SignFamily):
    name = "Peeking-v0"

    def learner(self, level: int, **settings) -> Agent | None:  # type: ignore[override]
        return PeekingLearner()


class NamelessFamily(SignFamily):
    """Its siblings' prompts do not say whose they are."""

    name = "Nameless-v0"

    def world(self, seed: Seed, level: int) -> World:
        drawn = super().world(seed, level)
        return Nameless(drawn.name, drawn.meanings)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Nameless(Signs):
    def query(self, pool: str, index: int) -> Query:
        query = super().query(pool, index)
        return replace(query, prompt=query.prompt.replace(self.name, "the map"))
