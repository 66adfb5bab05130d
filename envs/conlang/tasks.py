"""The queries of one world: a pure function of (pool, index), each with what its grader needs."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from clgym.core import Query
from clgym.envs.bilingual import english, german
from clgym.envs.bilingual.meaning import ANIMATE, Meaning, NounPhrase
from clgym.envs.conlang import poetry, prompts
from clgym.envs.conlang.compare import Slot
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.poetry import CoupletBrief
from clgym.envs.conlang.render import Rendering, render
from clgym.envs.conlang.sentences import Sentences, Wanted, grid_cells
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.envs.conlang.wording import english_slots
from clgym.errors import FamilyError
from clgym.seeding import Seed
from clgym.text.english import capital

#: Queries of the drawn pools above level 0; ``learn`` by level.
_SIZES = {"learn": 0, "eval": 320, "transfer/reverse": 320, "transfer/german": 320, "guard": 320}
_LEARN = (0, 4000, 6000, 20_000)
_OPERATIONS = (("plus", int.__add__), ("minus", int.__sub__), ("times", int.__mul__))
#: Nouns that couplets are about: what is often met.
_SUBJECTS = 24
#: Of eleven nouns, four at most are the only ones with their last vowel.
_SUBJECTS_AT_0 = 7


class Payload(NamedTuple):
    """What the grader needs: the language to answer in, the canonical answer, what the prompt shows, and the rest by kind.

    ``target`` is "drawn", "English", "German", "number" or "couplet". ``rendering`` is that of the drawn language, ``orders`` the English
    ones that are accepted; German ones are made from ``meaning`` when an answer is there. ``prompted`` is the language of ``source``.
    """

    target: str
    right: str
    source: str
    prompted: str = "English"
    meaning: Meaning | None = None
    rendering: Rendering = Rendering(())
    orders: tuple[tuple[Slot, ...], ...] = ()
    brief: CoupletBrief | None = None
    number: int = 0


class Tasks:
    """Builds the queries of one world."""

    def __init__(self, seed: Seed, level: int, words: Vocabulary, language: Language):
        self._seed, self._level, self._words, self._language = seed, level, words, language
        self.sentences = Sentences(seed, level, words)
        self.pools = self._pools()

    def query(self, pool: str, index: int) -> Query:
        """One query; the index is known to be good."""
        if pool == "transfer/sums":
            return self._sum(index)
        if pool == "transfer/poetry":
            return self._couplet(index)
        meaning, phrasing = self._meaning(pool, index)
        name = self._language.name
        bank: Sequence[str] = prompts.TRANSLATE
        if pool == "guard":
            name, payload = "German", self._into_german(meaning)
        elif pool == "transfer/reverse":
            bank, payload = prompts.REVERSE, self._into_english(meaning)
        elif pool == "transfer/german" and index % 2 == 0:
            bank, payload = prompts.TO_GERMAN, self._from_drawn_into_german(meaning)
        elif pool == "transfer/german":
            bank, payload = prompts.FROM_GERMAN, self._into_drawn(meaning, german.render(meaning)[0], "German")
        else:
            payload = self._into_drawn(meaning, english.render(meaning, WORDS), "English")
        bank = prompts.bank_at(bank, self._level)
        return Query(pool, index, bank[phrasing % len(bank)].format(language=name, said=payload.source), payload)

    def _pools(self) -> dict[str, int]:
        sizes = _SIZES | {"learn": _LEARN[self._level]}
        if self._level == 0:
            sizes = {pool: len(self._cells[pool == "learn"]) for pool in sizes}
        sizes["transfer/sums"] = len(self._sums) * len(prompts.bank_at(prompts.SUMS, self._level))
        sizes["transfer/poetry"] = len(self._subjects) * len(prompts.bank_at(prompts.COUPLET, self._level))
        return sizes

    # Translation

    @functools.cached_property
    def _cells(self) -> Mapping[bool, Sequence[tuple[NounPhrase, int]]]:
        """The meanings of level 0, each with its phrasing: for ``learn`` and for the other pools."""
        made = {}
        for learned in (True, False):
            times: dict[NounPhrase, int] = {}
            numbered = []
            for cell in grid_cells(self._words, not learned):
                numbered.append((cell, times.get(cell, 0)))
                times[cell] = times.get(cell, 0) + 1
            kept = [(cell, number) for cell, number in numbered if number < len(prompts.bank_at(prompts.TRANSLATE, 0))]
            made[learned] = self._seed.draw("cells", learned).shuffled(kept)
        return made

    def _meaning(self, pool: str, index: int) -> tuple[Meaning, int]:
        """The meaning of a query and the number of its phrasing."""
        if self._level == 0:
            return self._cells[pool == "learn"][index]
        draw = self._seed.draw("meaning", pool, index)
        wanted = Wanted(pool != "learn", pool in ("transfer/german", "guard"))
        return self.sentences.meaning(wanted, draw), draw.integer(0, 999)

    def _into_drawn(self, meaning: Meaning, source: str, prompted: str) -> Payload:
        rendering = render(self._language, meaning)
        return Payload("drawn", rendering.text, source, prompted, meaning, rendering)

    def _into_english(self, meaning: Meaning) -> Payload:
        renderings, rendering = english.renderings(meaning, WORDS), render(self._language, meaning)
        orders = tuple(english_slots(text, self._twins) for text in renderings)
        return Payload("English", renderings[0], rendering.text, self._language.name, meaning, rendering, orders)

    @functools.cached_property
    def _twins(self) -> Mapping[str, str]:
        """For each noun that shares its word with another, the other."""
        return {one: other for pair in self._words.merged for one, other in (pair, pair[::-1])}

    def _into_german(self, meaning: Meaning) -> Payload:
        return Payload("German", german.render(meaning)[0], english.render(meaning, WORDS), "English", meaning)

    def _from_drawn_into_german(self, meaning: Meaning) -> Payload:
        rendering = render(self._language, meaning)
        return Payload("German", german.render(meaning)[0], rendering.text, self._language.name, meaning, rendering)

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
        values = {word: value for value, word in self._language.digits.items()}
        slots = tuple(Slot((word,), word, 1.0, f"#{values[word]}") for word in self._language.number_words(result))
        prompt = prompts.SUMS[phrasing].format(language=self._language.name, said=calculation)
        rendering = Rendering(slots)
        payload = Payload("number", rendering.text, calculation, self._language.name, rendering=rendering, number=result)
        return Query("transfer/sums", index, capital(prompt), payload)

    # Poetry

    @functools.cached_property
    def _subjects(self) -> tuple[str, ...]:
        """Nouns that couplets are about: frequent ones, above level 0 persons and animals, of which two lines are always found."""
        if self._level:
            return self._words.deck("nouns", ANIMATE).items[:_SUBJECTS]
        nouns = self._words.nouns
        fitting = [noun for noun in nouns if poetry.find_couplet(self._language, self._lines(noun, 0), noun, False)]
        return tuple(fitting[:_SUBJECTS_AT_0])

    def _lines(self, subject: str, index: int) -> Iterator[Meaning]:
        draw = self._seed.draw("couplet", subject, index)
        if self._level == 0:
            cells = grid_cells(self._words, True) + grid_cells(self._words, False)
            yield from sorted(dict.fromkeys(cells), key=lambda cell: (cell.noun != subject, draw.uniform()))
            return
        while True:
            yield self.sentences.line(subject, draw)

    def _solved(self, place: int, index: int) -> tuple[str, tuple[str, str]]:
        """A subject and a couplet on it: the subject of that place, or where few words fit it in a line another that is as frequent."""
        nouns = self._words.deck("nouns", ANIMATE).items if self._level else self._subjects
        for subject in [self._subjects[place], *nouns[(place * 5) % len(nouns) :], *nouns]:
            lines = poetry.find_couplet(self._language, self._lines(subject, index), subject, self._level > 0)
            if lines is not None:
                return subject, lines
        raise FamilyError(f"CL-Conlang-v0: no couplet can be made in {self._language.name}; report the world.")

    def _couplet(self, index: int) -> Query:
        phrasing, place = divmod(index, len(self._subjects))
        strict = self._level > 0
        subject, lines = self._solved(place, index)
        brief = CoupletBrief(subject, poetry.syllables(lines[0]), strict)
        prompt = prompts.COUPLET[phrasing].format(
            language=self._language.name,
            said=english.render(NounPhrase(subject), WORDS),
            line=prompts.LINES[self._level],
            syllables=brief.syllables,
            metre=prompts.metre(self._language.stress_last, self._language.gaps) if strict else "",
        )
        return Query("transfer/poetry", index, capital(prompt), Payload("couplet", "\n".join(lines), subject, brief=brief))
