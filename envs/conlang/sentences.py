"""What the queries of one world say: meanings drawn so that ``eval`` holds out combinations and never a root.

The core of a sentence is (subject, verb, object), that of a phrase (noun, adjective). The positions of a core's words in
their lists, added up modulo five, decide whether it is held out, so every root stands in held-out and in learned cores
alike. The rest of a meaning (adjectives, numbers, tense, ...) is drawn per query.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import ANIMATE, TENSES, Clause, Meaning, NounPhrase, Place, Relative
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.vocabulary import Vocabulary, suits
from clgym.seeding import Draw, Seed

#: Level 0 crosses 14 nouns with 14 modifiers; each noun and each modifier is held out with five of the others.
SIDE, HELD_OUT = 14, 5
_FOLDS = 5
#: How many adjectives, number words, places and clauses a sentence of a level may carry.
_EXTRAS = (1, 2, 3, 4)


class Core(NamedTuple):
    """Subject, verb, object of a sentence; a phrase has a noun and an adjective and no verb."""

    subject: str
    verb: str = ""
    object: str = ""
    adjective: str = ""


class Sentences:
    """Draws the meanings of one world."""

    def __init__(self, seed: Seed, level: int, words: Vocabulary, language: Language):
        self._seed, self._level, self._words, self._language = seed, level, words, language
        lists = (words.nouns, words.adjectives, words.verbs)
        self._place = {concept: place for ids in lists for place, concept in enumerate(ids)}
        self._places_of = tuple(noun for noun in words.nouns if CONCEPTS[noun].kind not in ("person", "abstract"))

    def cores(self, pool: str, count: int) -> list[Core]:
        """Distinct cores of one pool: learned ones for "learn", held-out ones for every other pool."""
        draw = self._seed.draw("cores", pool)
        seen: dict[Core, None] = {}
        nouns, actors, verbs = (_deck(draw, ids) for ids in (self._words.nouns, self._words.animate, self._words.verbs))
        while len(seen) < count:
            core = self._phrase_core(draw, nouns()) if draw.chance(0.2) else self._clause_core(draw, actors(), verbs())
            if self.is_held_out(core) == (pool != "learn"):
                seen.setdefault(core)
        return list(seen)

    def is_held_out(self, core: Core) -> bool:
        """Whether the combination is kept from the learning stream."""
        return sum(self._place[concept] for concept in core if concept) % _FOLDS == 0

    def meaning(self, core: Core, draw: Draw) -> Meaning:
        """A core with everything that its level adds, drawn."""
        if not core.verb:
            number, count = self._number(draw, 0.5)
            return NounPhrase(core.subject, (core.adjective,) if core.adjective else (), number, count=count)
        budget = _Budget(_EXTRAS[self._level])
        subject = self._phrase(draw, core.subject, budget)
        target = self._phrase(draw, core.object, budget) if core.object else None
        clause = Clause(subject, core.verb, target)
        if self._level >= 2:
            place = None
            if draw.chance(0.3) and budget.spend():
                ground = draw.choice(self._places_of)
                place = Place(draw.choice(self._words.adpositions), self._phrase(draw, ground, _Budget(0)))
            clause = replace(clause, tense=draw.choice(TENSES), negated=draw.chance(0.3), place=place)
        return replace(clause, question=draw.chance(0.3)) if self._level >= 3 else clause

    def simple(self, subject: str, draw: Draw) -> Meaning:
        """A meaning for one line of a couplet about the subject: no owners and no relative clauses."""
        if self._level == 0:
            return grid_phrase(self._words, subject, draw.integer(0, SIDE - 1))
        acts = CONCEPTS[subject].kind in ANIMATE
        core = self._clause_core(draw, subject if acts else draw.choice(self._words.animate), draw.choice(self._words.verbs))
        if not acts:
            fitting = [verb for verb in self._words.verbs if CONCEPTS[subject].kind in CONCEPTS[verb].takes]
            core = Core(core.subject, draw.choice(fitting), subject)
        adjective = self._adjective(draw, core.object) if core.object and draw.chance(0.5) else ()
        acting = NounPhrase(core.subject, self._adjective(draw, core.subject) if draw.chance(0.5) else ())
        tense = draw.choice(TENSES) if self._level >= 2 else "present"
        return Clause(acting, core.verb, NounPhrase(core.object, adjective) if core.object else None, tense)

    def _clause_core(self, draw: Draw, subject: str, verb: str) -> Core:
        kinds = CONCEPTS[verb].takes
        if not kinds:
            return Core(subject, verb)
        while True:
            target = draw.choice(self._words.nouns)
            if target != subject and CONCEPTS[target].kind in kinds:
                return Core(subject, verb, target)

    def _phrase_core(self, draw: Draw, noun: str) -> Core:
        adjective = self._adjective(draw, noun)
        return Core(noun, adjective=adjective[0] if adjective else "")

    def _adjective(self, draw: Draw, noun: str) -> tuple[str, ...]:
        fitting = [adjective for adjective in self._words.adjectives if suits(adjective, noun)]
        return (draw.choice(fitting),) if fitting else ()

    def _phrase(self, draw: Draw, noun: str, budget: _Budget) -> NounPhrase:
        adjectives = self._adjective(draw, noun) if draw.chance(0.45) and budget.spend() else ()
        number, count = "singular", 0
        possessor = relative = None
        if draw.chance(0.3) and (self._level >= 2 or budget.spend()):
            number, count = self._number(draw, 0.4)
        if self._level >= 3 and CONCEPTS[noun].kind in ANIMATE and draw.chance(0.35) and budget.spend():
            core = self._clause_core(draw, noun, draw.choice(self._words.verbs))
            if core.object:
                relative = Relative(core.verb, NounPhrase(core.object), draw.choice(TENSES))
        elif self._level >= 2 and draw.chance(0.15) and budget.spend():
            possessor = NounPhrase(draw.choice([actor for actor in self._words.animate if actor != noun]))
        return NounPhrase(noun, adjectives, number, True, possessor, relative, count)

    def _number(self, draw: Draw, counted: float) -> tuple[str, int]:
        """Number and count of a noun phrase: level 1 has no plural but with number words."""
        if self._level == 1 or draw.chance(counted):
            return "plural", draw.integer(2, self._language.largest)
        return draw.choice(("singular", "plural")), 0


class _Budget:
    """How many extras a sentence may still carry."""

    __slots__ = ("_left",)

    def __init__(self, left: int):
        self._left = left

    def spend(self) -> bool:
        """Take one extra where there is one left."""
        self._left -= 1
        return self._left >= 0


def _deck(draw: Draw, items: tuple[str, ...]) -> Callable[[], str]:
    """Deals the items one by one and shuffles again when all are dealt, so that none is rare."""
    left: list[str] = []

    def deal() -> str:
        if not left:
            left.extend(draw.shuffled(items))
        return left.pop()

    return deal


def grid_phrase(words: Vocabulary, noun: str, column: int) -> NounPhrase:
    """A level-0 phrase: the noun with an adjective or with a number word from two up."""
    if column < len(words.adjectives):
        return NounPhrase(noun, (words.adjectives[column],))
    return NounPhrase(noun, number="plural", count=column - len(words.adjectives) + 2)


def grid_meaning(words: Vocabulary, pool: str, index: int) -> NounPhrase:
    """Combination ``index`` of a level-0 world: 126 are learned, 70 held out."""
    width = SIDE - HELD_OUT if pool == "learn" else HELD_OUT
    row, column = divmod(index, width)
    return grid_phrase(words, words.nouns[row], (row + column + (HELD_OUT if pool == "learn" else 0)) % SIDE)
