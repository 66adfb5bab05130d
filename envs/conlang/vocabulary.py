"""Which concepts and numbers a world of one level speaks about, and how often: the r-th of them like 1/r (Zipf 1949)."""

from __future__ import annotations

import functools
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import ANIMATE, ASKING
from clgym.envs.conlang.lexicon import PERSONAL, WORDS
from clgym.seeding import Draw


class Size(NamedTuple):
    """How much a level speaks about: nouns, adjectives, verbs, pronouns; the largest number; pairs that share a word."""

    nouns: int
    adjectives: int
    verbs: int
    pronouns: int
    largest: int
    merged: int = 0


#: With number words and small words these are 24, 150, 800 and 3,000 roots.
SIZES = (Size(11, 7, 0, 0, 7), Size(70, 28, 36, 4, 12), Size(425, 155, 165, 7, 24, 10), Size(1800, 500, 550, 7, 35, 40))
_LEVEL_0_KINDS = ("animal", "thing")
#: Words that German and English share here are met sooner, as the common words of a language are.
_COMMON = 0.5
#: So many of a part of speech are what verse is made of.
_FREQUENT = 120


class Zipf:
    """Picks items with a frequency of 1/rank, the first item the first rank."""

    def __init__(self, items: Sequence[str]):
        self.items = tuple(items)
        self._sums = list(accumulate(1.0 / (rank + 1) for rank in range(len(items))))

    def pick(self, draw: Draw) -> str:
        """One item."""
        return self.items[bisect(self._sums, draw.uniform(0.0, self._sums[-1]))]

    def any(self, draw: Draw) -> str:
        """One of the more frequent items, each as likely."""
        return self.items[draw.integer(0, min(_FREQUENT, len(self.items)) - 1)]


@dataclass(frozen=True)
class Vocabulary(PickleFieldsOnly):
    """Concept ids by part of speech, the most frequent first; numbers run from 2 to ``largest``. ``merged`` are pairs of nouns for which the
    language has one word."""

    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]
    adpositions: tuple[str, ...]
    pronouns: tuple[str, ...]
    largest: int
    merged: tuple[tuple[str, str], ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every concept id."""
        return self.nouns + self.adjectives + self.verbs + self.adpositions + self.pronouns

    @functools.cached_property
    def _decks(self) -> dict[tuple[str, tuple[str, ...], bool], Zipf]:
        return {}

    def deck(self, part: str, kinds: tuple[str, ...] = (), german: bool = False) -> Zipf:
        """Words of a part: nouns of these kinds, adjectives that suit one of them, verbs that take one of them as object (any without
        ``kinds``); with ``german`` only those that the bilingual lexicon has."""
        key = (part, kinds, german)
        if key not in self._decks:
            ids = [concept for concept in getattr(self, part) if not german or concept in CONCEPTS]
            if kinds:
                ids = [concept for concept in ids if WORDS[concept].kind in kinds or set(WORDS[concept].takes) & set(kinds)]
            self._decks[key] = Zipf(ids)
        return self._decks[key]


def draw_vocabulary(draw: Draw, level: int) -> Vocabulary:
    """Draw the concepts of one world."""
    size = SIZES[level]
    by_part = {
        part: [c.id for c in WORDS.values() if c.part == part and c.derived is None] for part in ("noun", "adjective", "verb")
    }
    if level == 0:
        by_part["noun"] = [noun for noun in by_part["noun"] if noun in CONCEPTS and WORDS[noun].kind in _LEVEL_0_KINDS]
        fitting = [name for name in by_part["adjective"] if name in CONCEPTS and set(WORDS[name].takes) >= set(_LEVEL_0_KINDS)]
        by_part["adjective"] = fitting
    if level == 1:
        by_part = {part: [concept for concept in ids if concept in CONCEPTS] for part, ids in by_part.items()}
    nouns, adjectives, verbs = (_ranked(draw, by_part[part])[:count] for part, count in zip(by_part, size))
    adpositions = tuple(c.id for c in WORDS.values() if c.part == "adposition") if level >= 2 else ()
    merged = _merged(draw, nouns, size.merged)
    if level >= 3:
        bases = {*nouns, *adjectives, *verbs}
        derived = [c for c in WORDS.values() if c.derived is not None and c.derived[1] in bases]
        nouns = _among(draw, nouns, [c.id for c in derived if c.part == "noun"])
        adjectives = _among(draw, adjectives, [c.id for c in derived if c.part == "adjective"])
    pronouns = (*PERSONAL[: size.pronouns], *(ASKING if level >= 2 else ()))
    return Vocabulary(tuple(nouns), tuple(adjectives), tuple(verbs), adpositions, pronouns, size.largest, merged)


def _ranked(draw: Draw, ids: Sequence[str]) -> list[str]:
    """The concepts in the order of their frequency."""
    return sorted(ids, key=lambda concept: draw.uniform() * (_COMMON if concept in CONCEPTS else 1.0))


def _merged(draw: Draw, nouns: Sequence[str], count: int) -> tuple[tuple[str, str], ...]:
    """Pairs of nouns of one kind, both neither rare nor the commonest."""
    pairs: list[tuple[str, str]] = []
    free = draw.shuffled(nouns[4 : 4 + 8 * count])
    while len(pairs) < count and free:
        first = free.pop()
        second = next((noun for noun in free if WORDS[noun].kind == WORDS[first].kind), None)
        if second is not None:
            free.remove(second)
            pairs.append((first, second))
    return tuple(pairs)


def _among(draw: Draw, ids: Sequence[str], more: Sequence[str]) -> list[str]:
    """The concepts with more of them among the first quarter."""
    mixed = list(ids)
    for concept in more:
        mixed.insert(draw.integer(0, len(ids) // 4), concept)
    return mixed


def suits(adjective: str, noun: str) -> bool:
    """Whether the adjective makes sense of the noun."""
    return WORDS[noun].kind in WORDS[adjective].takes


def acts(concept: str) -> bool:
    """Whether it can be what does something."""
    return WORDS[concept].kind in ANIMATE
