"""The queries of one world: a pure function of (pool, index), each with what its grader needs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from clgym.core import Query
from clgym.envs.bilingual import english, german
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import ANIMATE, Meaning, NounPhrase
from clgym.envs.conlang import poetry, prompts
from clgym.envs.conlang.compare import Slot, words_of
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.poetry import CoupletBrief
from clgym.envs.conlang.render import Orders, canonical, render
from clgym.envs.conlang.sentences import HELD_OUT, SIDE, Core, Sentences, grid_meaning
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Seed
from clgym.text.english import capital

#: Queries of the drawn pools above level 0.
_SIZES = {"learn": 2400, "eval": 320, "transfer/reverse": 320, "transfer/german": 320, "guard": 320}
_OPERATIONS = (("plus", int.__add__), ("minus", int.__sub__), ("times", int.__mul__))


class Payload(NamedTuple):
    """What the grader needs: the language to answer in, the canonical answer, what the prompt shows, and the rest by kind.

    ``target`` is "drawn", "English", "German", "number" or "couplet". ``orders`` are the accepted renderings of the drawn
    language and of English; German ones are made from ``meaning`` when an answer is there. ``source_words`` are the words of
    ``source``, as answers are read.
    """

    target: str
    right: str
    source: str
    orders: Orders = ()
    meaning: Meaning | None = None
    brief: CoupletBrief | None = None
    number: int = 0
    source_words: frozenset[str] = frozenset()


class Tasks:
    """Builds the queries of one world."""

    def __init__(self, seed: Seed, level: int, words: Vocabulary, language: Language):
        self._seed, self._level, self._words, self._language = seed, level, words, language
        self._sentences = Sentences(seed, level, words, language)
        self._drawn: dict[str, list[Core]] = {}
        self.pools = self._pools()

    def query(self, pool: str, index: int) -> Query:
        """One query; the index is known to be good."""
        if pool == "transfer/sums":
            return self._sum(index)
        if pool == "transfer/poetry":
            return self._couplet(index)
        meaning, phrasing = self._meaning(pool, index)
        bank: Sequence[str]
        if pool == "guard":
            bank, language, payload = prompts.TRANSLATE, "German", self._into_german(meaning, english.render(meaning, CONCEPTS))
        elif pool == "transfer/reverse":
            bank, language, payload = prompts.REVERSE, self._language.name, self._into_english(meaning)
        elif pool == "transfer/german" and index % 2 == 0:
            source = canonical(render(self._language, meaning)[0])
            bank, language, payload = prompts.TO_GERMAN, self._language.name, self._into_german(meaning, source)
        elif pool == "transfer/german":
            bank, language = prompts.FROM_GERMAN, self._language.name
            payload = self._into_drawn(meaning, german.render(meaning)[0])
        else:
            bank, language = prompts.TRANSLATE, self._language.name
            payload = self._into_drawn(meaning, english.render(meaning, CONCEPTS))
        bank = prompts.bank_at(bank, self._level)
        return Query(pool, index, bank[phrasing % len(bank)].format(language=language, said=payload.source), payload)

    def _pools(self) -> dict[str, int]:
        sizes = dict(_SIZES)
        if self._level == 0:
            held_out = SIDE * HELD_OUT
            sizes = dict.fromkeys(sizes, held_out)
            sizes["learn"] = SIDE * (SIDE - HELD_OUT) * len(prompts.bank_at(prompts.TRANSLATE, 0))
        sizes["transfer/sums"] = len(self._sums) * len(prompts.bank_at(prompts.SUMS, self._level))
        sizes["transfer/poetry"] = len(self._subjects) * len(prompts.bank_at(prompts.COUPLET, self._level))
        return sizes

    # Translation

    def _meaning(self, pool: str, index: int) -> tuple[Meaning, int]:
        """The meaning of a query and the number of its phrasing."""
        if self._level == 0:
            phrasing, place = divmod(index, SIDE * (SIDE - HELD_OUT)) if pool == "learn" else (index // 2, index)
            return grid_meaning(self._words, pool, place), phrasing
        draw = self._seed.draw("meaning", pool, index)
        return self._sentences.meaning(self._cores(pool)[index], draw), draw.integer(0, 999)

    def _cores(self, pool: str) -> list[Core]:
        """The cores of a pool, drawn when its first query is asked."""
        if pool not in self._drawn:
            self._drawn[pool] = self._sentences.cores(pool, self.pools[pool])
        return self._drawn[pool]

    def _into_drawn(self, meaning: Meaning, source: str) -> Payload:
        orders = render(self._language, meaning)
        return Payload("drawn", canonical(orders[0]), source, orders, meaning, source_words=frozenset(words_of(source)))

    def _into_english(self, meaning: Meaning) -> Payload:
        renderings = english.renderings(meaning, CONCEPTS)
        orders = tuple(english_slots(text) for text in renderings)
        source = canonical(render(self._language, meaning)[0])
        return Payload("English", renderings[0], source, orders, meaning, source_words=frozenset(words_of(source)))

    @staticmethod
    def _into_german(meaning: Meaning, source: str) -> Payload:
        return Payload("German", german.render(meaning)[0], source, (), meaning, source_words=frozenset(words_of(source)))

    # Sums

    @functools.cached_property
    def _sums(self) -> tuple[tuple[str, int], ...]:
        """Every sum whose numbers and result the world has learned words for, as shown and as a number."""
        low, high = 2, self._language.largest
        operations = _OPERATIONS if self._level >= 2 else _OPERATIONS[:2]
        sums = []
        for first in range(low, high + 1):
            for second in range(low, high + 1):
                for name, operation in operations:
                    if low <= operation(first, second) <= high:
                        sums.append((f"{self._spell(first)} {name} {self._spell(second)}", operation(first, second)))
        return tuple(self._seed.draw("sums").shuffled(sums))

    def _spell(self, number: int) -> str:
        return " ".join(self._language.number_words(number))

    def _sum(self, index: int) -> Query:
        phrasing, place = divmod(index, len(self._sums))
        calculation, result = self._sums[place]
        orders = (tuple(Slot((word,)) for word in self._language.number_words(result)),)
        prompt = prompts.SUMS[phrasing].format(language=self._language.name, said=calculation)
        return Query("transfer/sums", index, prompt, Payload("number", self._spell(result), calculation, orders, number=result))

    # Poetry

    @functools.cached_property
    def _subjects(self) -> tuple[str, ...]:
        """Nouns that a couplet can be about."""
        if self._level == 0:
            if not self._language.adjective_first:
                return self._words.nouns
            ends = [self._language.roots[noun][0][-1] for noun in self._words.nouns]
            return tuple(noun for noun, end in zip(self._words.nouns, ends) if ends.count(end) > 1)
        takes = {kind for verb in self._words.verbs for kind in CONCEPTS[verb].takes}
        return tuple(noun for noun in self._words.nouns if CONCEPTS[noun].kind in (*ANIMATE, *takes))

    def _couplet(self, index: int) -> Query:
        phrasing, place = divmod(index, len(self._subjects))
        brief, lines = self._solved_brief(self._subjects[place], index)
        subject = english.render(NounPhrase(brief.subject), CONCEPTS)
        prompt = prompts.COUPLET[phrasing].format(
            language=self._language.name, said=subject, line=prompts.LINES[self._level], syllables=brief.syllables
        )
        return Query("transfer/poetry", index, capital(prompt), Payload("couplet", "\n".join(lines), brief.subject, brief=brief))

    def _solved_brief(self, subject: str, index: int) -> tuple[CoupletBrief, tuple[str, str]]:
        """A metre in which some couplet on the subject exists, and that couplet."""
        draw = self._seed.draw("couplet", index)
        vowels = self._language.phonology.vowels
        candidates: list[tuple[Meaning, str]] = []
        while True:
            about = subject if len(candidates) % 2 == 0 else draw.choice(self._subjects)
            meaning = self._sentences.simple(about, draw)
            line = canonical(render(self._language, meaning)[0])
            candidates.append((meaning, line))
            brief = CoupletBrief(subject, poetry.count_syllables(line, vowels))
            lines = poetry.find_couplet(candidates, brief, vowels)
            if lines is not None:
                return brief, lines


def english_slots(text: str) -> tuple[Slot, ...]:
    """An English rendering as the slots that answers are compared with: no articles, small words weigh little."""
    return tuple(Slot((word,), word, 0.3 if word in english.SMALL_WORDS else 1.0) for word in english.plain(words_of(text)))
