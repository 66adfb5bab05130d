"""What the queries of one world say: words drawn like 1/rank, and what ``learn`` never says is what ``eval`` asks for.

Held out are forms of words ("dog" in the plural, "see" in the past) and pairs of constructions that never meet in one sentence (a question
with a coordination). ``learn`` has none of them, every sentence elsewhere has at least one; each word and each construction is learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, zip_longest
from typing import NamedTuple
from zlib import crc32

from clgym.envs.bilingual.meaning import ANIMATE, PRONOUNS, TENSES, Clause, Meaning, NounPhrase, Place, Relative
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Draw, Seed

#: Level 0 crosses nouns with adjectives and number words; of each noun every third combination is held out.
_HELD = 3
#: One form of a word in so many is held out, and so many pairs of constructions.
_FORMS, _PAIRS = 7, 4
#: How many adjectives, number words, owners, places and clauses a sentence of a level may carry.
_EXTRAS = (1, 2, 3, 4)
#: What a place may be, by what is said of it.
GROUNDS = {
    "in": ("place",),
    "on": ("thing",),
    "under": ("plant", "thing"),
    "behind": ("place", "plant", "thing"),
    "near": ("place", "plant", "nature", "thing"),
    "with": ANIMATE,
}
#: Constructions of which pairs are held out; those of a level are the ones that it has.
_CONSTRUCTIONS = ("and", "pronoun", "number", "question", "tense", "negation", "place", "owner", "relative", "progressive")
_PER_LEVEL = (0, 4, 8, 10)


class Wanted(NamedTuple):
    """What the sentences of a pool are made for: the held-out side or not, words that German has or any."""

    held_out: bool
    german: bool = False


class Sentences:
    """Draws the meanings of one world."""

    def __init__(self, seed: Seed, level: int, words: Vocabulary):
        self._level, self._words = level, words
        self._salt = crc32(seed.child("held out").entropy)
        pairs = list(combinations(_CONSTRUCTIONS[: _PER_LEVEL[level]], 2))
        self._apart = frozenset(seed.draw("apart").sample(pairs, min(_PAIRS, len(pairs) // 2)))

    def meaning(self, wanted: Wanted, draw: Draw) -> Meaning:
        """A meaning of the wanted side."""
        while True:
            meaning = self._phrase_alone(draw, wanted) if draw.chance(0.1) else self._clause(draw, wanted)
            if self.is_held_out(meaning) == wanted.held_out:
                return meaning

    def is_held_out(self, meaning: Meaning) -> bool:
        """Whether ``learn`` never says it."""
        if self._level == 0:
            raise ValueError("level 0 holds out cells of its grid")
        if any(self._kept_back(word, form) for word, form in forms_of(meaning)):
            return True
        found = constructions_of(meaning)
        return any(first in found and second in found for first, second in self._apart)

    def _kept_back(self, word: str, form: str) -> bool:
        return bool(form) and crc32(f"{word}/{form}".encode(), self._salt) % _FORMS == 0

    def line(self, subject: str, draw: Draw) -> Clause:
        """A sentence for a line of verse about somebody or something: no owners, no numbers and no relative clauses; rarer words as well."""
        kind, acting = WORDS[subject].kind, NounPhrase(subject)
        if kind not in ANIMATE or draw.chance(0.5):
            actor = self._words.deck("nouns", ANIMATE).any(draw)
            acting = (
                NounPhrase("he") if actor == subject or "he" in self._words.pronouns and draw.chance(0.2) else NounPhrase(actor)
            )
            verb, target = self._words.deck("verbs", (kind,)).any(draw), subject
        else:
            verb = self._words.deck("verbs").any(draw)
            takes = WORDS[verb].takes
            target = self._words.deck("nouns", takes).any(draw) if takes else ""
        clause = Clause(self._dressed(acting, draw), verb, self._dressed(NounPhrase(target), draw) if target else None)
        if target == acting.noun:
            return self.line(subject, draw)
        if self._level >= 2:
            clause = replace(clause, tense=draw.choice(TENSES))
            if draw.chance(0.3):
                adposition = draw.choice(self._words.adpositions)
                clause = replace(
                    clause, place=Place(adposition, NounPhrase(self._words.deck("nouns", GROUNDS[adposition]).any(draw)))
                )
        return replace(clause, question=draw.chance(0.2))

    def _dressed(self, phrase: NounPhrase, draw: Draw) -> NounPhrase:
        """The phrase, sometimes with an adjective."""
        deck = self._words.deck("adjectives", (WORDS[phrase.noun].kind,))
        with_adjective = phrase.noun not in PRONOUNS and deck.items and draw.chance(0.4)
        return replace(phrase, adjectives=(deck.any(draw),)) if with_adjective else phrase

    def _phrase_alone(self, draw: Draw, wanted: Wanted) -> NounPhrase:
        while True:
            phrase = self._phrase(draw, self._words.deck("nouns", (), wanted.german).pick(draw), _Budget(self._level + 1), wanted)
            if phrase.adjectives or phrase.count:
                return phrase

    def _clause(self, draw: Draw, wanted: Wanted) -> Clause:
        clause, budget = self._core(draw, wanted), _Budget(_EXTRAS[self._level])
        subject = self._participant(draw, clause.subject.noun, budget, wanted, acting=True)
        target = clause.object
        if target is not None:
            target = self._participant(draw, target.noun, budget, wanted, acting=False)
        clause = replace(clause, subject=subject, object=target)
        if self._level >= 2:
            clause = self._shaded(draw, clause, budget, wanted)
        if not clause.asks and draw.chance(0.15):
            clause = replace(clause, question=True)
        return clause

    def _shaded(self, draw: Draw, clause: Clause, budget: _Budget, wanted: Wanted) -> Clause:
        """The clause with tense, aspect, negation, and perhaps a place or a question for somebody."""
        clause = replace(clause, tense=draw.choice(TENSES), negated=draw.chance(0.25))
        if not wanted.german and WORDS[clause.verb].gerund and draw.chance(0.25):
            clause = replace(clause, aspect="progressive")
        relatives = clause.subject.relative or clause.object is not None and clause.object.relative
        if not relatives and draw.chance(0.25) and budget.spend():
            adposition = draw.choice(self._words.adpositions)
            ground = self._words.deck("nouns", GROUNDS[adposition], wanted.german).pick(draw)
            clause = replace(clause, place=Place(adposition, self._phrase(draw, ground, _Budget(0), wanted)))
        if draw.chance(0.1):
            if clause.object is None or draw.chance(0.5):
                return replace(clause, subject=NounPhrase("who"))
            takes = WORDS[clause.verb].takes
            person, thing = bool(set(takes) & set(ANIMATE)), bool(set(takes) - set(ANIMATE))
            return replace(clause, object=NounPhrase("who" if person and (not thing or draw.chance(0.5)) else "what"))
        return clause

    def _core(self, draw: Draw, wanted: Wanted, subject: str = "") -> Clause:
        """Subject, verb and object."""
        verb = self._words.deck("verbs", (), wanted.german).pick(draw)
        subject = subject or self._words.deck("nouns", ANIMATE, wanted.german).pick(draw)
        takes, target = WORDS[verb].takes, subject
        while takes and target == subject:
            target = self._words.deck("nouns", takes, wanted.german).pick(draw)
        return Clause(NounPhrase(subject), verb, NounPhrase(target) if takes else None)

    def _participant(self, draw: Draw, noun: str, budget: _Budget, wanted: Wanted, acting: bool) -> NounPhrase:
        """Who or what takes part: a pronoun, two joined by "and", or a noun with what belongs to it."""
        pronouns = [name for name in self._words.pronouns if name in PRONOUNS and name not in ("who", "what")]
        if wanted.german:  # "sie" as an object may be her or them
            pronouns = [name for name in pronouns if name in ("he", "it", *(("she", "they") if acting else ()))]
        if acting or WORDS[noun].kind in ANIMATE:
            pronouns = [name for name in pronouns if name != "it"]
        elif "it" in pronouns:
            pronouns = ["it"]
        else:
            pronouns = []
        if pronouns and draw.chance(0.15):
            name = draw.choice(pronouns)
            return NounPhrase(name, number="plural" if name in ("they", "we") else "singular")
        if draw.chance(0.1) and budget.spend():
            one = replace(self._phrase(draw, noun, budget, wanted), possessor=None, relative=None, count=0)
            other = self._words.deck("nouns", (WORDS[noun].kind,), wanted.german).pick(draw)
            if other != noun:
                one = replace(one, number="singular") if self._level == 1 else one
                return replace(one, also=NounPhrase(other))
        return self._phrase(draw, noun, budget, wanted)

    def _adjective(self, draw: Draw, noun: str, wanted: Wanted) -> tuple[str, ...]:
        deck = self._words.deck("adjectives", (WORDS[noun].kind,), wanted.german)
        return (deck.pick(draw),) if deck.items else ()

    def _phrase(self, draw: Draw, noun: str, budget: _Budget, wanted: Wanted) -> NounPhrase:
        adjectives = self._adjective(draw, noun, wanted) if draw.chance(0.4) and budget.spend() else ()
        number, count = "singular", 0
        possessor = relative = None
        if draw.chance(0.2) and budget.spend():
            number, count = "plural", draw.integer(2, self._words.largest)
        elif self._level >= 2 and draw.chance(0.35):
            number = "plural"
        if self._level >= 3 and WORDS[noun].kind in ANIMATE and draw.chance(0.25) and budget.spend():
            core = self._core(draw, wanted, noun)
            if core.object is not None:
                relative = Relative(core.verb, core.object, draw.choice(TENSES))
        elif self._level >= 2 and draw.chance(0.15) and budget.spend():
            owner = self._words.deck("nouns", ANIMATE, wanted.german).pick(draw)
            possessor = NounPhrase(owner) if owner != noun else None
        return NounPhrase(noun, adjectives, number, True, possessor, relative, count)


class _Budget:
    """How many extras a sentence may still carry."""

    __slots__ = ("_left",)

    def __init__(self, left: int):
        self._left = left

    def spend(self) -> bool:
        """Take one extra where there is one left."""
        self._left -= 1
        return self._left >= 0


def forms_of(meaning: Meaning) -> Iterator[tuple[str, str]]:
    """Each noun and verb of a meaning with what it is said in beyond the plain form: a part in the sentence, a number, a tense."""
    if isinstance(meaning, NounPhrase):
        yield from _nouns(meaning, "")
        return
    yield from _nouns(meaning.subject, "")
    if meaning.object is not None:
        yield from _nouns(meaning.object, "object")
    if meaning.place is not None:
        yield from _nouns(meaning.place.ground, "")
    yield meaning.verb, meaning.tense.replace("present", "")
    yield meaning.verb, "negated" if meaning.negated else "asked" if meaning.question else meaning.aspect.replace("plain", "")


def _nouns(phrase: NounPhrase, role: str) -> Iterator[tuple[str, str]]:
    if phrase.noun not in PRONOUNS:
        yield phrase.noun, "counted" if phrase.count else phrase.number.replace("singular", "")
        yield phrase.noun, role
    if phrase.possessor is not None:
        yield from _nouns(phrase.possessor, "owner")
    if phrase.relative is not None:
        yield phrase.relative.verb, phrase.relative.tense.replace("present", "")
        yield from _nouns(phrase.relative.object, "object")
    if phrase.also is not None:
        yield from _nouns(phrase.also, role)


def constructions_of(meaning: Meaning) -> set[str]:
    """Which constructions a meaning has."""
    clause = meaning if isinstance(meaning, Clause) else Clause(meaning, "")
    parts = [part for part in (clause.subject, clause.object) if part is not None]
    found = {
        "and": any(part.also for part in parts),
        "pronoun": any(part.noun in PRONOUNS for part in parts),
        "number": any(part.count for part in parts),
        "owner": any(part.possessor for part in parts),
        "relative": any(part.relative for part in parts),
        "question": clause.question or bool(clause.asks),
        "tense": clause.tense != "present",
        "negation": clause.negated,
        "progressive": clause.aspect != "plain",
        "place": clause.place is not None,
    }
    return {name for name, there in found.items() if there}


def grid_cells(words: Vocabulary, held_out: bool) -> list[NounPhrase]:
    """The combinations of a level-0 world on one side, each as often as its noun and modifier are met: like 1/rank, at most ten times."""
    cells = []
    for row, noun in enumerate(words.nouns):
        for column, (adjective, count) in enumerate(_modifiers(words)):
            if ((row + column) % _HELD == 0) == held_out:
                cell = NounPhrase(noun, number="plural", count=count) if count else NounPhrase(noun, (adjective,))
                times = round(40 / ((row + 1) * (column + 1)) ** 0.5)
                cells += [cell] * max(1, min(10, times))
    return cells


def _modifiers(words: Vocabulary) -> list[tuple[str, int]]:
    """Adjectives and number words from two up in turn, so that both are frequent and rare."""
    pairs = zip_longest(words.adjectives, range(2, words.largest + 1))
    return [
        (adjective or "", number or 0)
        for pair in pairs
        for adjective, number in ((pair[0], 0), ("", pair[1]))
        if adjective or number
    ]
