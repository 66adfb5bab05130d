"""From German back to what it says: the inverse of ``bilingual/german.py`` for the canonical sentences that prompts show."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from clgym.envs.bilingual import german
from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN
from clgym.envs.bilingual.meaning import Clause, Meaning, NounPhrase, Place, Relative

_ARTICLES = frozenset("der die das den dem des".split())
_PRONOUNS = {
    "er": (NounPhrase("he"),),
    "ihn": (NounPhrase("he"),),
    "sie": (NounPhrase("she"), NounPhrase("they", number="plural")),
    "es": (NounPhrase("it"),),
    "wer": (NounPhrase("who"),),
    "wen": (NounPhrase("who"),),
    "was": (NounPhrase("what"),),
}
_TOKEN = re.compile(r"\w+|,")


def read_german(text: str) -> Meaning:
    """What a phrase or sentence says. Raises ``ValueError`` where it is none that the family writes."""
    reader = _Reader(
        [word.casefold() for word in _TOKEN.findall(text.replace("Im ", "in dem ").replace(" im ", " in dem "))], text.endswith("?")
    )
    for meaning in reader.meanings():
        if german.render(meaning)[0] == text:
            return meaning
    raise ValueError(f"no German of CL-Conlang: {text!r}")


@functools.cache
def _nouns() -> Mapping[str, tuple[NounPhrase, ...]]:
    made: dict[str, set[NounPhrase]] = {}
    for concept, (forms, *_) in GERMAN.items():
        if "gender" in forms:
            for name, number in (
                ("nominative", "singular"),
                ("oblique", "singular"),
                ("genitive", "singular"),
                ("plural", "plural"),
                ("dative_plural", "plural"),
            ):
                made.setdefault(forms[name].split("/")[0].casefold(), set()).add(NounPhrase(concept, number=number))
    return {form: tuple(sorted(found, key=lambda phrase: phrase.number, reverse=True)) for form, found in made.items()}


@functools.cache
def _adjectives() -> Mapping[str, str]:
    stems = {forms[0]["stem"]: concept for concept, forms in GERMAN.items() if "stem" in forms[0]}
    return {(stem + ending).casefold(): concept for stem, concept in stems.items() for ending in ("e", "en")}


@functools.cache
def _verbs() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Verb forms with concept and tense ("future" for infinitives); words for animals alone included."""
    made: dict[str, set[tuple[str, str]]] = {}
    names = (
        ("present", "present"),
        ("present_plural", "present"),
        ("preterite", "past"),
        ("preterite_plural", "past"),
        ("infinitive", "future"),
    )
    for concept, words in GERMAN.items():
        for forms in [words[0], *(other for other in words if other.get("only"))] if CONCEPTS[concept].part == "verb" else ():
            for name, tense in names:
                made.setdefault(forms[name].split("/")[0].casefold(), set()).add((concept, tense))
    return {form: tuple(sorted(found)) for form, found in made.items()}


@functools.cache
def _prepositions() -> Mapping[str, str]:
    return {forms[0]["word"]: concept for concept, forms in GERMAN.items() if CONCEPTS[concept].part == "adposition"}


@functools.cache
def _numbers() -> Mapping[str, int]:
    return {german.number_word(number).casefold(): number for number in range(2, 100)}


class _Reader:
    """Reads one text; each method gives what may begin at a place, with the place behind it."""

    def __init__(self, words: Sequence[str], question: bool):
        self._words, self._question = words, question

    def _at(self, place: int) -> str:
        return self._words[place] if place < len(self._words) else ""

    def meanings(self) -> Iterator[Meaning]:
        end = len(self._words)
        yield from (phrase for phrase, last in self._phrases(0) if last == end)
        yield from (clause for clause, last in self._clauses() if last == end)

    def _phrases(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        for phrase, end in self._singles(place):
            yield phrase, end
            if self._at(end) == "und":
                yield from ((replace(phrase, also=other), last) for other, last in self._singles(end + 1))

    def _singles(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        yield from ((phrase, place + 1) for phrase in _PRONOUNS.get(self._at(place), ()))
        if self._at(place) not in _ARTICLES:
            return
        start = place + 1
        count = _numbers().get(self._at(start), 0)
        start += bool(count)
        adjectives: tuple[str, ...] = ()
        while True:  # "jungen" may be an adjective or a noun
            yield from self._named(start, adjectives, count)
            if self._at(start) not in _adjectives():
                return
            adjectives, start = (*adjectives, _adjectives()[self._at(start)]), start + 1

    def _named(self, place: int, adjectives: tuple[str, ...], count: int) -> Iterator[tuple[NounPhrase, int]]:
        """A noun with what follows it."""
        for noun in _nouns().get(self._at(place), ()):
            phrase = replace(noun, adjectives=adjectives, count=count)
            yield phrase, place + 1
            if self._at(place + 1) in _ARTICLES:
                yield from ((replace(phrase, possessor=owner), end) for owner, end in self._singles(place + 1))
            if self._at(place + 1) == ",":
                yield from ((replace(phrase, relative=relative), end) for relative, end in self._relatives(place + 3))

    def _relatives(self, place: int) -> Iterator[tuple[Relative, int]]:
        for target, end in self._phrases(place):
            for concept, tense in _verbs().get(self._at(end), ()):
                behind = end + 1 + (tense == "future" and self._at(end + 1) in ("wird", "werden"))
                yield Relative(concept, target, tense), behind + (self._at(behind) == ",")

    def _places(self, place: int) -> Iterator[tuple[Place, int]]:
        link = _prepositions().get(self._at(place))
        if link is not None:
            yield from ((Place(link, ground), end) for ground, end in self._phrases(place + 1))

    def _clauses(self) -> Iterator[tuple[Clause, int]]:
        """The finite verb is second, or first where a question asks for yes or no."""
        polar = self._question and self._at(0) not in ("wer", "wen", "was")
        for first, end in [(None, 0)] if polar else self._phrases(0):
            for concept, tense in [
                *_verbs().get(self._at(end), ()),
                *([("", "future")] if self._at(end) in ("wird", "werden") else []),
            ]:
                for subject, target, behind in self._participants(first, end + 1):
                    if subject.noun == "what":  # it is asked for objects only
                        continue
                    yield from self._ends(Clause(subject, concept, target, tense, question=polar), behind)

    def _participants(self, first: NounPhrase | None, place: int) -> Iterator[tuple[NounPhrase, NounPhrase | None, int]]:
        """Subject and object, of which the first may stand in front."""
        if first is not None:
            yield first, None, place
            for other, end in self._phrases(place):
                yield first, other, end
                yield other, first, end
            return
        for subject, end in self._phrases(place):
            yield subject, None, end
            for target, last in self._phrases(end):
                yield subject, target, last
                yield target, subject, last

    def _ends(self, clause: Clause, place: int) -> Iterator[tuple[Clause, int]]:
        """Negation, place, and the verb where it stands last."""
        if self._at(place) == "nicht":
            clause, place = replace(clause, negated=True), place + 1
        for where, end in [(None, place), *self._places(place)]:
            ends = (
                [(clause.verb, end)]
                if clause.verb
                else [(concept, end + 1) for concept, tense in _verbs().get(self._at(end), ()) if tense == "future"]
            )
            for concept, last in ends:
                yield replace(clause, verb=concept, place=where), last
