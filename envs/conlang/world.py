"""One drawn language as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Query
from clgym.envs.bilingual.english import number_word
from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN
from clgym.envs.conlang import judge
from clgym.envs.conlang.drift import drifted
from clgym.envs.conlang.grammar import Language, draw_language, rules_of
from clgym.envs.conlang.render import Reading, readings
from clgym.envs.conlang.rulebook import rulebook
from clgym.envs.conlang.tasks import Payload, Tasks
from clgym.envs.conlang.vocabulary import Vocabulary, draw_vocabulary
from clgym.seeding import Draw, Seed

#: What the best agent without knowledge of the world earns, measured over worlds, with a margin. Sums have few answers.
_FLOOR, _SUMS_FLOOR = 0.12, 0.25


@dataclass(frozen=True)
class ConlangWorld(LazyWorld):
    """One drawn language at one level. Queries and tables are made when they are first asked for."""

    seed: Seed
    level: int
    words: Vocabulary
    language: Language

    family = "CL-Conlang-v0"
    parts = ("words", "parsed", "metre", "rhyme", "subject")

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.language.name

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return self._tasks.pools

    @functools.cached_property
    def _tasks(self) -> Tasks:
        return Tasks(self.seed, self.level, self.words, self.language)

    @functools.cached_property
    def readings(self) -> Mapping[str, Sequence[Reading]]:
        """Every word form of the language with what it may be."""
        return readings(self.language)

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(self.language, self.readings, query.payload, answer)

    def solve(self, query: Query) -> str:
        return str(query.payload.right)

    def rules(self) -> frozenset[str]:
        return frozenset(f"{name}: {value}" for name, value in rules_of(self.language))

    def form(self, query: Query) -> str:
        return "text" if query.pool == "transfer/poetry" else "words"

    def rulebook(self) -> str:
        return rulebook(self.language)

    def drifted(self, seed: Seed) -> ConlangWorld:
        return replace(self, language=drifted(self.language, self.words, seed))

    def floor(self, pool: str) -> float:
        return _SUMS_FLOOR if pool == "transfer/sums" else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Payload = query.payload
        words = self.vocabulary(payload.target)
        lines = payload.right.split("\n")
        return "\n".join(" ".join(draw.choice(words) for _ in line.split()) for line in lines)

    def habit(self, query: Query) -> str:
        """What the prompt shows, unchanged: the English (or the drawn or German words) where a translation was asked for."""
        return str(query.payload.source)

    def vocabulary(self, target: str) -> Sequence[str]:
        """The words that answers of a kind (:attr:`Payload.target`) are made of."""
        return self._vocabularies["drawn" if target == "couplet" else target]

    @functools.cached_property
    def _vocabularies(self) -> Mapping[str, Sequence[str]]:
        return {
            "English": [*self.words.all, *map(number_word, self.language.digits)],
            "German": ["der", "die", "das", *(form for concept in self.words.all for form in _citation(concept))],
            "number": list(self.language.digits.values()),
            "drawn": list(self.readings),
        }


def _citation(concept: str) -> list[str]:
    """The German form in a dictionary."""
    forms = GERMAN[concept][0]
    name = {"noun": "nominative", "verb": "present", "adjective": "stem", "adposition": "word"}[CONCEPTS[concept].part]
    return forms[name].split("/")[:1]


def draw_world(seed: Seed, level: int) -> ConlangWorld:
    """Draw the vocabulary and the language of one world."""
    words = draw_vocabulary(seed.draw("vocabulary"), level)
    return ConlangWorld(seed, level, words, draw_language(seed, words, level))
