"""From a line of the language back to what it says.

The rules of order say in which places of a phrase or sentence what may stand, so a line is read from left to right; every reading is then said
again, and a line says what gives the line back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from clgym.envs.bilingual.meaning import ANIMATE, ASKING, Clause, Meaning, NounPhrase, Place, Relative
from clgym.envs.conlang.analysis import Analyser, Reading
from clgym.envs.conlang.compare import accepts, words_of
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.render import render

#: A longer line, or one that can be read in more ways, is given up on: none of the language comes near.
_MAX_WORDS, _MAX_READINGS = 30, 400
_MANY = ("they", "we")

Found = Mapping[str, Any]


def parse(language: Language, analyser: Analyser, line: str) -> Iterator[Meaning]:
    """Every meaning that is said with these words, the simplest first. Never raises."""
    words = words_of(line)
    if not 1 <= len(words) <= _MAX_WORDS:
        return
    tokens = [analyser.readings(word) for word in words]
    if not all(tokens):
        return
    seen = set[Meaning]()
    for meaning in islice(_Reader(language, tokens, words).meanings(), _MAX_READINGS):
        if meaning not in seen:
            seen.add(meaning)
            if accepts(words, render(language, meaning).order):
                yield meaning


class _Reader:
    """Reads one line; each method gives what may begin at a place, with the place behind it."""

    def __init__(self, language: Language, tokens: Sequence[Sequence[Reading]], words: Sequence[str]):
        self._language, self._rules, self._tokens, self._words = language, language.rules, tokens, words

    def meanings(self) -> Iterator[Meaning]:
        yield from (phrase for phrase, end in self._phrases(0) if end == len(self._tokens))
        if self._language.level:
            for found, end in self._sequence(self._sentence(), 0, {}):
                if end == len(self._tokens):
                    yield from self._clauses(found)

    def _sequence(self, steps: Sequence[str], place: int, found: Found) -> Iterator[tuple[Found, int]]:
        """Every way of finding these steps one after another; all but nouns and verbs may be left out."""
        if not steps:
            yield found, place
            return
        name = steps[0]
        if name not in found:
            for value, end in getattr(self, f"_{name}s")(place):
                yield from self._sequence(steps[1:], end, {**found, name: value})
        if name not in ("noun", "verb", "that", "link", "ground"):
            yield from self._sequence(steps[1:], place, found)

    def _sides(self, names: Sequence[str], middle: list[str]) -> list[str]:
        """The steps of a phrase from its middle outwards."""
        for name in names:
            if name in self._rules:
                middle = [name, *middle] if self._rules[name] == "before" else [*middle, name]
        return middle

    def _sentence(self) -> list[str]:
        rules = self._rules
        acting = ["verb"]
        if rules.get("negation") in ("before", "after"):
            acting = ["negation", "verb"] if rules["negation"] == "before" else ["verb", "negation"]
        acting += ["question"] if rules["question"] == "after" else []
        parts = {"S": ["subject"], "V": acting, "O": ["object"]}
        steps = self._sides(["place"], [step for part in rules["order"] for step in parts[part]])
        steps += ["negation"] if rules.get("negation") == "end" else []
        if rules["question"] != "after":
            steps = ["question", *steps] if rules["question"] == "start" else [*steps, "question"]
        return ["asked", *steps] if rules.get("asking") == "front" else steps

    # Words

    def _of(self, place: int, *parts: str) -> Iterator[tuple[Reading, int]]:
        for reading in self._tokens[place] if place < len(self._tokens) else ():
            if reading.lexeme[0] not in "#%" and WORDS[reading.concept].part in parts:
                yield reading, place + 1

    def _small(self, place: int, key: str) -> Iterator[tuple[str, int]]:
        if place < len(self._tokens) and Reading(f"%{key}") in self._tokens[place]:
            yield key, place + 1

    def _nouns(self, place: int) -> Iterator[tuple[Reading, int]]:
        yield from self._of(place, "noun", "pronoun")

    def _verbs(self, place: int) -> Iterator[tuple[Reading, int]]:
        yield from self._of(place, "verb")

    def _links(self, place: int) -> Iterator[tuple[Reading, int]]:
        yield from self._of(place, "adposition")

    def _adjectives(self, place: int) -> Iterator[tuple[Reading, int]]:
        yield from self._of(place, "adjective")

    def _negations(self, place: int) -> Iterator[tuple[str, int]]:
        yield from self._small(place, "negation")

    def _questions(self, place: int) -> Iterator[tuple[str, int]]:
        yield from self._small(place, "question")

    def _thats(self, place: int) -> Iterator[tuple[str, int]]:
        yield from self._small(place, "that")

    def _numbers(self, place: int) -> Iterator[tuple[int, int]]:
        for length in (3, 2, 1):
            value = self._language.number_values.get(tuple(self._words[place : place + length]))
            if value is not None and value > 1:
                yield value, place + length

    # Phrases

    def _phrases(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        joint = self._rules.get("and")
        for phrase, end in self._singles(place):
            yield phrase, end
            if joint == "between":
                for _, behind in self._small(end, "and"):
                    yield from ((replace(phrase, also=other), last) for other, last in self._singles(behind))
            elif joint == "last":
                for other, behind in self._singles(end):
                    yield from ((replace(phrase, also=other), last) for _, last in self._small(behind, "and"))

    def _singles(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        for found, end in self._sequence(self._sides(["adjective", "number", "owner", "relative"], ["noun"]), place, {}):
            yield self._noun_phrase(found), end

    def _noun_phrase(self, found: Found) -> NounPhrase:
        noun, count = found["noun"], found.get("number", 0)
        many = count or "plural" in noun.keys or noun.concept in _MANY
        return NounPhrase(
            noun.concept,
            (found["adjective"].concept,) if "adjective" in found else (),
            "plural" if many else "singular",
            possessor=found.get("owner"),
            relative=found.get("relative"),
            count=count,
        )

    def _owners(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        for reading, end in self._of(place, "noun"):
            if "owner" in reading.keys:
                yield self._noun_phrase({"noun": reading}), end

    def _relatives(self, place: int) -> Iterator[tuple[Relative, int]]:
        order = self._rules["order"]
        inner = ["verb", "object"] if order.index("V") < order.index("O") else ["object", "verb"]
        for found, end in self._sequence(["that", *inner], place, {}):
            if "object" in found:
                yield Relative(found["verb"].concept, found["object"], _tense(found["verb"])), end

    def _subjects(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        yield from self._phrases(place)

    def _objects(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        yield from self._phrases(place)

    def _grounds(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        yield from self._phrases(place)

    def _askeds(self, place: int) -> Iterator[tuple[NounPhrase, int]]:
        yield from ((NounPhrase(reading.concept), end) for reading, end in self._of(place, "pronoun") if reading.concept in ASKING)

    def _places(self, place: int) -> Iterator[tuple[Place, int]]:
        steps = ["link", "ground"] if self._rules["adposition"] == "before" else ["ground", "link"]
        for found, end in self._sequence(steps, place, {}):
            yield Place(found["link"].concept, found["ground"]), end

    def _clauses(self, found: Found) -> Iterator[Clause]:
        """The sentences that these pieces may be: who asks in front may ask for the subject or the object."""
        verb, subject, target = found["verb"], found.get("subject"), found.get("object")
        takes = bool(WORDS[verb.concept].takes)
        ways = [(subject, target)]
        if "asked" in found:
            ways = [(found["asked"], target), (subject, found["asked"])]
        for acting, affected in ways:
            if acting is not None and takes == (affected is not None) and WORDS[acting.noun].kind in ANIMATE:
                yield Clause(
                    acting,
                    verb.concept,
                    affected,
                    tense=_tense(verb),
                    negated="negation" in found or "negation" in verb.keys,
                    question="question" in found,
                    place=found.get("place"),
                    aspect="progressive" if "progressive" in verb.keys else "plain",
                )


def _tense(verb: Reading) -> str:
    return next((tense for tense in ("past", "future") if tense in verb.keys), "present")
