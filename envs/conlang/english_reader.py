"""From English back to what it says: the inverse of ``bilingual/english.py`` as prompts and examples have it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from clgym.envs.bilingual import english
from clgym.envs.bilingual.meaning import ASKING, PRONOUNS, Clause, Meaning, NounPhrase, Place, Relative
from clgym.envs.conlang.lexicon import WORDS

_HELPERS = frozenset("will do does did is are am was were".split())
_MANY = ("they", "we")


class _Verb(NamedTuple):
    """A verb with its tense and aspect, and whether it is denied."""

    concept: str
    tense: str
    aspect: str
    negated: bool


@functools.cache
def _nouns() -> Mapping[str, NounPhrase]:
    made = {}
    for concept in WORDS.values():
        if concept.part == "noun":
            made[concept.id], made[concept.plural] = NounPhrase(concept.id), NounPhrase(concept.id, number="plural")
    return made


@functools.cache
def _verbs() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Every verb form with the concepts and names of forms that it may be of."""
    made: dict[str, list[tuple[str, str]]] = {}
    for concept in WORDS.values():
        if concept.part == "verb":
            for name, form in (("base", concept.id), ("third", concept.third), ("past", concept.past), ("gerund", concept.gerund)):
                if form:
                    made.setdefault(form, []).append((concept.id, name))
    return {form: tuple(found) for form, found in made.items()}


@functools.cache
def _number_values() -> Mapping[str, int]:
    return {english.number_word(number): number for number in range(2, 100)}


@functools.cache
def _objective() -> Mapping[str, str]:
    """Pronouns by each of their forms."""
    return {form: name for name, other in PRONOUNS.items() for form in (name, other)}


def read_english(text: str) -> Meaning:
    """What a phrase or sentence says. Raises ``ValueError`` where it is none that the family writes."""
    words = text.rstrip(".?").split()
    if words and words[0] != "I":
        words[0] = words[0][:1].lower() + words[0][1:]
    reader = _Reader(words)
    for meaning in reader.meanings():
        if english.render(meaning, WORDS) == text:
            return meaning
    raise ValueError(f"no English of CL-Conlang: {text!r}")


class _Reader:
    """Reads one text; each method gives what may begin at a place, with the place behind it."""

    def __init__(self, words: Sequence[str]):
        self._words = words

    def _at(self, place: int) -> str:
        return self._words[place] if place < len(self._words) else ""

    def meanings(self) -> Iterator[Meaning]:
        end = len(self._words)
        yield from (phrase for phrase, last in self._phrases(0) if last == end)
        yield from (clause for clause, last in self._clauses() if last == end)

    def _phrases(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        for phrase, end in self._singles(place):
            yield phrase, end
            if self._at(end) == "and":
                for other, last in self._singles(end + 1):
                    yield _joined(phrase, other), last

    def _singles(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        name = _objective().get(self._at(place))
        if name is not None:
            yield NounPhrase(name, number="plural" if name in _MANY else "singular"), place + 1
        if self._at(place) != "the":
            return
        owner, start = None, place + 1
        for ending in ("'s", "'"):
            owned = _nouns().get(self._at(start).removesuffix(ending))
            if self._at(start).endswith(ending) and owned is not None:
                owner, start = owned, start + 1
                break
        count = _number_values().get(self._at(start), 0)
        start += bool(count)
        adjectives = []
        while self._at(start) in WORDS and WORDS[self._at(start)].part == "adjective":
            adjectives.append(self._at(start))
            start += 1
        noun = _nouns().get(self._at(start))
        if noun is not None:
            phrase = NounPhrase(noun.noun, tuple(adjectives), noun.number, possessor=owner, count=count)
            yield phrase, start + 1
            for relative, end in self._relatives(start + 1):
                yield NounPhrase(noun.noun, tuple(adjectives), noun.number, possessor=owner, relative=relative, count=count), end

    def _relatives(self, place: int) -> Iterator[tuple[Relative, int]]:
        if self._at(place) == "that":
            for verb, end in self._verbs(place + 1):
                for target, last in self._phrases(end):
                    yield Relative(verb.concept, target, verb.tense), last

    def _places(self, place: int) -> Iterator[tuple[Place, int]]:
        word = self._at(place)
        if word in WORDS and WORDS[word].part == "adposition":
            yield from ((Place(word, ground), end) for ground, end in self._phrases(place + 1))

    def _verbs(self, place: int, helper: str = "", negated: bool = False) -> Iterator[tuple[_Verb, int]]:
        """A verb with its helping verb, which may have been read already."""
        if not helper and self._at(place) in _HELPERS:
            helper, place = self._at(place), place + 1
        if self._at(place) == "not":
            negated, place = True, place + 1
        progressive = helper == "will" and self._at(place) == "be"
        place += progressive
        for concept, form in _verbs().get(self._at(place), ()):
            aspect = "progressive" if form == "gerund" else "plain"
            if helper == "will":
                tense = "future"
            else:
                tense = "past" if helper in ("did", "was", "were") or not helper and form == "past" else "present"
            yield _Verb(concept, tense, aspect, negated), place + 1

    def _clauses(self) -> Iterator[tuple[Clause, int]]:
        first = self._at(0)
        if first in _HELPERS:
            for subject, end in self._phrases(1):
                yield from self._predicates(subject, end, None, question=True, helper=first)
        elif first in ASKING and self._at(1) in _HELPERS:
            for subject, end in self._phrases(2):
                yield from self._predicates(subject, end, None, helper=self._at(1), target=NounPhrase(first))
        for place, start in [(None, 0), *self._places(0)]:
            for subject, end in self._phrases(start):
                yield from self._predicates(subject, end, place)

    def _predicates(
        self,
        subject: NounPhrase,
        end: int,
        place: Place | None,
        question: bool = False,
        helper: str = "",
        target: NounPhrase | None = None,
    ) -> Iterator[tuple[Clause, int]]:
        """Every way in which a sentence with a subject may go on."""
        for verb, behind in self._verbs(end, helper):
            for affected, last in [(target, behind), *(self._phrases(behind) if target is None else ())]:
                for where, stop in [(place, last), *(self._places(last) if place is None else ())]:
                    clause = Clause(subject, verb.concept, affected, verb.tense, verb.negated, question, where, verb.aspect)
                    yield clause, stop


def _joined(one: NounPhrase, other: NounPhrase) -> NounPhrase:
    return NounPhrase(
        one.noun, one.adjectives, one.number, possessor=one.possessor, relative=one.relative, count=one.count, also=other
    )
