"""A drawn language: its sounds, its roots and its rules, and how it renders a meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clgym.envs.conlang.compare import Slot
from clgym.envs.conlang.english import number_word
from clgym.envs.conlang.meaning import NounPhrase
from clgym.envs.conlang.phonology import Phonology, WordMaker, draw_phonology
from clgym.seeding import Seed


@dataclass(frozen=True)
class Language:
    """All rules of one language. ``roots`` maps concept ids, and ``numerals`` numbers, to words."""

    name: str
    phonology: Phonology
    roots: Mapping[str, str]
    numerals: Mapping[int, str]
    adjective_first: bool

    def phrase(self, meaning: NounPhrase) -> list[list[Slot]]:
        """The accepted renderings of a noun phrase, canonical first."""
        modifiers = [Slot((self.roots[adjective],), adjective) for adjective in meaning.adjectives]
        if meaning.count:
            modifiers.insert(0, Slot((self.numerals[meaning.count],), number_word(meaning.count)))
        head = [Slot((self.roots[meaning.noun],), meaning.noun)]
        return [modifiers + head if self.adjective_first else head + modifiers]


def draw_language(seed: Seed, concepts: Sequence[str], numbers: Sequence[int]) -> Language:
    """Draw a language with a root for each of these concepts and numbers."""
    phonology = draw_phonology(seed.draw("phonology"))
    maker = WordMaker(phonology, seed.draw("roots"))
    name = (maker.root() + seed.draw("name").choice(("n", "l", "r", "s"))).capitalize()
    roots = {concept: maker.root() for concept in concepts}
    numerals = {number: maker.root() for number in numbers}
    return Language(name, phonology, roots, numerals, seed.draw("adjective").chance(0.5))
