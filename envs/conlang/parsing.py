"""From a line of the language back to its meaning: what a couplet's lines are checked with.

A line is read by analysis and synthesis: the readings of its words suggest meanings, and a line is of the language if
one of them is rendered as that line. The fragment is that of couplets: phrases of a noun and a modifier at level 0, above it
sentences with adjectives, number words, tense, negation, questions and a place; no owners and no relative clauses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from clgym.envs.conlang.compare import accepts, words_of
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import CONCEPTS
from clgym.envs.conlang.meaning import TENSES, Clause, Meaning, NounPhrase, Place
from clgym.envs.conlang.render import Reading, render

#: Longer lines and lines with more candidate meanings than this are given up on: none of the fragment has as many.
_MAX_WORDS = 14
_MAX_CANDIDATES = 3000


def parse(language: Language, words_known: Mapping[str, Sequence[Reading]], line: str) -> Meaning | None:
    """The meaning of a line, or None where the language has none. Never raises."""
    words = words_of(line)
    if not 1 < len(words) <= _MAX_WORDS or any(word not in words_known for word in words):
        return None
    readings = [_distinct(words_known[word]) for word in words]
    for meaning in itertools.islice(_candidates(language, readings, words), _MAX_CANDIDATES):
        if any(accepts(words, order) for order in render(language, meaning)):
            return meaning
    return None


def _distinct(readings: Sequence[Reading]) -> list[Reading]:
    """One reading for each concept: the candidates try every feature anyway."""
    return list({(reading.gloss, reading.part): reading for reading in readings}.values())


def _candidates(language: Language, readings: Sequence[Sequence[Reading]], words: Sequence[str]) -> Iterator[Meaning]:
    for choice in itertools.product(*readings):
        by_part: dict[str, list[str]] = {}
        for reading in choice:
            by_part.setdefault(reading.part, []).append(reading.gloss)
        counts = _counts(language, [word for word, reading in zip(words, choice) if reading.part == "number"])
        if language.level == 0:
            yield from _phrases(by_part, counts)
        else:
            yield from _clauses(language, by_part, counts)


def _counts(language: Language, number_words: list[str]) -> list[int]:
    """The numbers, at most two, that the number words of a line can spell; [] where there are none or too many."""
    if not number_words:
        return []
    spelled = {tuple(language.number_words(number)): number for number in range(2, language.largest + 1)}
    for cut in range(len(number_words)):
        parts = [tuple(part) for part in (number_words[:cut], number_words[cut:]) if part]
        if all(part in spelled for part in parts):
            return [spelled[part] for part in parts]
    return []


def _phrases(by_part: Mapping[str, list[str]], counts: list[int]) -> Iterator[NounPhrase]:
    for noun in by_part.get("noun", []):
        for adjective in by_part.get("adjective", []):
            yield NounPhrase(noun, (adjective,))
        for count in counts:
            yield NounPhrase(noun, number="plural", count=count)


def _clauses(language: Language, by_part: Mapping[str, list[str]], counts: list[int]) -> Iterator[Clause]:
    """Every way of giving the nouns their parts, the modifiers their nouns and the sentence its tense."""
    nouns, verbs = by_part.get("noun", []), by_part.get("verb", [])
    links = by_part.get("adposition", [])
    if len(verbs) != 1 or not 1 <= len(nouns) <= 3 or len(links) > 1 or len(nouns) - len(links) not in (1, 2):
        return
    if (len(nouns) - len(links) == 2) != bool(CONCEPTS[verbs[0]].takes):
        return
    for roles in itertools.permutations(nouns):
        for phrases in _dressed(language, roles, by_part.get("adjective", []), counts):
            ground = phrases.pop() if links else None
            clause = Clause(phrases[0], verbs[0], phrases[1] if len(phrases) > 1 else None,
                            place=Place(links[0], ground) if ground is not None else None)
            yield from _moods(language, clause)


def _dressed(language: Language, nouns: Sequence[str], adjectives: list[str], counts: list[int]) -> Iterator[list[NounPhrase]]:
    """The nouns with every assignment of adjectives, counts and numbers."""
    numbers = ("singular", "plural") if language.plural is not None else ("singular",)
    for adjective_of in itertools.permutations(range(len(nouns)), len(adjectives)):
        for count_of in itertools.permutations(range(len(nouns)), len(counts)):
            for number in itertools.product(numbers, repeat=len(nouns)):
                phrases = [NounPhrase(noun, number=one) for noun, one in zip(nouns, number)]
                for adjective, place in zip(adjectives, adjective_of):
                    phrases[place] = replace(phrases[place], adjectives=(adjective,))
                for count, place in zip(counts, count_of):
                    phrases[place] = replace(phrases[place], count=count, number="plural")
                yield phrases


def _moods(language: Language, clause: Clause) -> Iterator[Clause]:
    tenses = TENSES if language.tenses else ("present",)
    negations = (False, True) if language.negation is not None else (False,)
    questions = (False, True) if language.question is not None else (False,)
    for tense, negated, question in itertools.product(tenses, negations, questions):
        yield replace(clause, tense=tense, negated=negated, question=question)
