"""One drawn language as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Misled, Query
from clgym.envs.bilingual.english import number_word
from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN
from clgym.envs.conlang import judge, mixing, poetry
from clgym.envs.conlang.analysis import Analyser
from clgym.envs.conlang.examples import Examples
from clgym.envs.conlang.grammar import Language, draw_language, rules_of
from clgym.envs.conlang.judge import Bench
from clgym.envs.conlang.rulebook import rulebook
from clgym.envs.conlang.tasks import Payload, Tasks
from clgym.envs.conlang.vocabulary import Vocabulary, draw_vocabulary
from clgym.seeding import Draw, Seed

#: What the best agent without knowledge of the world earns, measured over worlds, with a margin. Sums have few answers.
_FLOOR, _SUMS_FLOOR, _VERSE_FLOOR = 0.12, 0.25, 0.2


@dataclass(frozen=True)
class ConlangWorld(LazyWorld):
    """One drawn language at one level. Queries and tables are made when they are first asked for."""

    seed: Seed
    level: int
    words: Vocabulary
    language: Language

    family = "CL-Conlang-v0"
    parts = ("lexicon", "morphology", "order", *poetry.PARTS)

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
    def bench(self) -> Bench:
        """What answers are graded with."""
        return Bench(self.language, Analyser(self.language), Examples(self.language, self.words))

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(self.bench, query.payload, answer)

    def solve(self, query: Query) -> str:
        return str(query.payload.right)

    def rules(self) -> frozenset[str]:
        return frozenset(f"{name}: {value}" for name, value in rules_of(self.language))

    def form(self, query: Query) -> str:
        return "text" if query.pool == "transfer/poetry" else "words"

    def rulebook(self) -> str:
        return rulebook(self.language)

    def deciders(self, query: Query) -> frozenset[str]:
        """The words, affixes and rules of order in the right answer (of what is read, where that is in the language). None in the guard."""
        payload: Payload = query.payload
        order, pairs = payload.rendering
        lexemes = {slot.lexeme for slot in order}
        affixes = {key for slot in order for key in slot.keys if key in self.language.affixes}
        return frozenset(lexemes | affixes | {f"the place of {pair.rule}" for pair in pairs})

    def drifted(self, seed: Seed) -> ConlangWorld:
        return replace(self, language=mixing.drifted(self.language, self.words, seed))

    def sibling(self, seed: Seed) -> ConlangWorld:
        """Another language for the same things, which are met as often: about half of its words, affixes and rules are these."""
        return replace(self, seed=seed.child("queries"), language=mixing.sibling(self.language, self.words, seed))

    def floor(self, pool: str) -> float:
        return {"transfer/sums": _SUMS_FLOOR, "transfer/poetry": _VERSE_FLOOR}.get(pool, _FLOOR)

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Payload = query.payload
        words = self.vocabulary(payload.target)
        lines = payload.right.split("\n")
        return "\n".join(" ".join(draw.choice(words) for _ in line.split()) for line in lines)

    def habit(self, query: Query) -> str:
        """What the prompt shows, unchanged: the English (or the drawn or German words) where a translation was asked for."""
        return str(query.payload.source)

    def vocabulary(self, target: str) -> Sequence[str]:
        """The words that answers of a kind (:attr:`Payload.target`) are made of, uninflected."""
        return self._vocabularies["drawn" if target == "couplet" else target]

    @functools.cached_property
    def _vocabularies(self) -> Mapping[str, Sequence[str]]:
        german = [form for concept in self.words.all if concept in CONCEPTS for form in _citation(concept)]
        return {
            "English": [*self.words.all, *map(number_word, self.language.digits)],
            "German": ["der", "die", "das", *german],
            "number": list(self.language.digits.values()),
            "drawn": [stems[0] for stems in self.language.roots.values()] + list(self.language.digits.values()),
        }

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """Praise of a wrong answer; else what a teacher says who asked for something else than was asked."""
        if grade.outcome != "correct":
            return super().mislead(query, answer, grade, right, draw)
        payload: Payload = query.payload
        for _ in range(16):
            other: Payload = self.query(query.pool, draw.integer(0, self.pools[query.pool] - 1)).payload
            if other.target == payload.target and self.grade(query, other.right).outcome != "correct":
                mistaken = judge.grade(self.bench, other._replace(source=payload.source), answer)
                if mistaken.outcome != "correct":
                    return Misled(mistaken, other.right)
        return super().mislead(query, answer, grade, right, draw)


def _citation(concept: str) -> list[str]:
    """The German form in a dictionary."""
    forms = GERMAN[concept][0]
    name = {"noun": "nominative", "verb": "present", "adjective": "stem", "adposition": "word"}[CONCEPTS[concept].part]
    return forms[name].split("/")[:1]


def draw_world(seed: Seed, level: int) -> ConlangWorld:
    """Draw the vocabulary and the language of one world."""
    words = draw_vocabulary(seed.draw("vocabulary"), level)
    return ConlangWorld(seed, level, words, draw_language(seed, words, level))
