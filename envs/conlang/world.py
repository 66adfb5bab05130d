"""One drawn language as a world of queries."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from clgym.core import Grade, Query, World
from clgym.envs.conlang import english, feedback, german
from clgym.envs.conlang.compare import MAX_WORDS, Slot, accepts, compare, words_of
from clgym.envs.conlang.language import Language, draw_language
from clgym.envs.conlang.lexicon import CONCEPTS
from clgym.envs.conlang.meaning import NounPhrase
from clgym.envs.conlang.vocabulary import draw_vocabulary
from clgym.seeding import Draw, Seed

_PROMPTS = ("Translate into {language}: {english}", "Say it in {language}: {english}", "Put into {language}: {english}")
_COUNTS = (2, 3, 4, 5, 6, 7)
_SIDE = 14
_HELD_OUT = 5


class Asked(NamedTuple):
    """What the grader needs to know of a query: the accepted orders, the canonical answer, the phrase in English."""

    orders: tuple[tuple[Slot, ...], ...]
    right: str
    english: str
    language: str = ""


@dataclass(frozen=True)
class ConlangWorld(World):
    """One drawn language at one level."""

    seed: Seed
    level: int
    language: Language
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    _cache: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    family = "CL-Conlang-v0"

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.language.name

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return {"learn": _SIDE * (_SIDE - _HELD_OUT) * len(_PROMPTS), "eval": _SIDE * _HELD_OUT, "guard": _SIDE * _HELD_OUT}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    def query(self, pool: str, index: int) -> Query:
        key = (pool, index)
        found: Query | None = self._cache.get(key)
        if found is None:
            self.check_index(pool, index)
            found = self._cache[key] = self._query(pool, index)
        return found

    def _query(self, pool: str, index: int) -> Query:
        width = _SIDE - _HELD_OUT if pool == "learn" else _HELD_OUT
        phrasing, pair = divmod(index, _SIDE * width)
        row, column = divmod(pair, width)
        column = (row + column + (_HELD_OUT if pool == "learn" else 0)) % _SIDE
        meaning = self._phrase(self.nouns[row], column)
        said = english.render(meaning, CONCEPTS)
        orders = tuple(tuple(order) for order in self.language.phrase(meaning))
        if pool != "learn":
            phrasing = index % len(_PROMPTS)
        if pool == "guard":
            accepted = german.render(meaning)
            orders = tuple(tuple(Slot((w,), w, 0.1 if w == "die" or w == "der" or w == "das" else 1.0) for w in text.casefold().split()) for text in accepted)
            return Query(pool, index, _PROMPTS[phrasing].format(language="German", english=said), Asked(orders, accepted[0], said, "German"))
        prompt = _PROMPTS[phrasing].format(language=self.name, english=said)
        return Query(pool, index, prompt, Asked(orders, " ".join(slot.forms[0] for slot in orders[0]), said))

    def _phrase(self, noun: str, column: int) -> NounPhrase:
        if column < len(self.adjectives):
            return NounPhrase(noun, (self.adjectives[column],))
        return NounPhrase(noun, number="plural", count=_COUNTS[column - len(self.adjectives)])

    @property
    def _meanings(self) -> Mapping[str, str]:
        """Every word of the language with its gloss."""
        found: dict[str, str] | None = self._cache.get("meanings")
        if found is None:
            found = {root: concept for concept, root in self.language.roots.items()}
            found.update((word, english.number_word(number)) for number, word in self.language.numerals.items())
            self._cache["meanings"] = found
        return found

    def grade(self, query: Query, answer: str) -> Grade:
        asked: Asked = query.payload
        words = words_of(answer)
        phrasing = feedback.Phrasing(zlib.crc32(f"{self.name}/{query.pool}/{query.index}/{answer}".encode("utf-8", "surrogatepass")))
        if not words:
            return Grade(0.0, "malformed", feedback.blank(phrasing, asked.right), {"words": 0.0})
        if any(accepts(words, order) for order in asked.orders):
            return Grade(1.0, "correct", feedback.praise(phrasing, asked.right), {"words": 1.0})
        found = compare(words[:MAX_WORDS], asked.orders)
        said = feedback.criticism(phrasing, found, asked.right, asked.language or self.name, self._meanings, asked.english)
        return Grade(found.score, "partial" if found.score else "wrong", said, {"words": found.score})

    def solve(self, query: Query) -> str:
        return str(query.payload.right)

    def rulebook(self) -> str:
        order = "The adjective or number word stands before the noun." if self.language.adjective_first else (
            "The adjective or number word stands after the noun.")
        words = "\n".join(f"{gloss} = {word}" for word, gloss in self._meanings.items())
        return f"{self.name} has no articles and nouns do not change. {order}\n\nWords of {self.name}:\n{words}\n"

    def drifted(self, seed: Seed) -> World:
        other = draw_language(seed, tuple(self.language.roots), _COUNTS)
        changed = set(seed.draw("changed").sample(self.language.roots, len(self.language.roots) // 3))
        roots = {concept: other.roots[concept] if concept in changed else root for concept, root in self.language.roots.items()}
        return replace(self, language=replace(self.language, roots=roots, adjective_first=not self.language.adjective_first))

    def floor(self, pool: str) -> float:
        return 0.12

    def sample_answer(self, query: Query, draw: Draw) -> str:
        words = list(self._meanings)
        return " ".join(draw.choice(words) for _ in query.payload.orders[0])

    def habit(self, query: Query) -> str:
        return str(query.payload.english)


def draw_world(seed: Seed, level: int) -> ConlangWorld:
    """Draw the vocabulary and the language of one world."""
    chosen = draw_vocabulary(seed.draw("vocabulary"), 0)
    return ConlangWorld(seed, level, draw_language(seed, chosen.all, _COUNTS), chosen.nouns, chosen.adjectives)
