"""From a line of the language back to its meaning: what a couplet's lines are checked with.

A line is read by analysis and synthesis: the readings of its words suggest meanings, and a line is of the language if
one of them is rendered as that line. The fragment is that of couplets: phrases of a noun and a modifier at level 0, above it
sentences with adjectives, number words, tense, negation, questions and a place; no owners and no relative clauses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import TENSES, Clause, Meaning, NounPhrase, Place
from clgym.envs.conlang.compare import accepts, words_of
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.render import CASES, Reading, render

#: A line that is longer, or that can be read in more ways, is given up on: none of the fragment comes near.
_MAX_WORDS = 14
_MAX_CHOICES = 200
_MAX_CANDIDATES = 500
_TENSES = {f"in the {tense}": tense for tense in TENSES}


def parse(language: Language, known: Mapping[str, Sequence[Reading]], line: str) -> Meaning | None:
    """The meaning of a line, or None where the language has none. ``known`` are its word forms. Never raises."""
    words = words_of(line)
    if not 1 < len(words) <= _MAX_WORDS or any(word not in known for word in words):
        return None
    readings = [list(dict.fromkeys(known[word])) for word in words]
    for meaning in itertools.islice(_candidates(language, readings, words), _MAX_CANDIDATES):
        if any(accepts(words, order) for order in render(language, meaning)):
            return meaning
    return None


def _candidates(language: Language, readings: Sequence[Sequence[Reading]], words: Sequence[str]) -> Iterator[Meaning]:
    for choice in itertools.islice(itertools.product(*readings), _MAX_CHOICES):
        by_part: dict[str, list[Reading]] = {}
        for reading in choice:
            by_part.setdefault(reading.part, []).append(reading)
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


def _phrases(by_part: Mapping[str, list[Reading]], counts: list[int]) -> Iterator[NounPhrase]:
    for noun in by_part.get("noun", []):
        for adjective in by_part.get("adjective", []):
            yield NounPhrase(noun.gloss, (adjective.gloss,))
        for count in counts:
            yield NounPhrase(noun.gloss, number="plural", count=count)


def _clauses(language: Language, by_part: Mapping[str, list[Reading]], counts: list[int]) -> Iterator[Clause]:
    """Every way of giving the nouns their parts and the modifiers their nouns."""
    nouns, verbs, links = (by_part.get(part, []) for part in ("noun", "verb", "adposition"))
    if len(verbs) != 1 or len(links) > 1 or len(nouns) != 1 + bool(CONCEPTS[verbs[0].gloss].takes) + len(links):
        return
    cases = ["plain", "object"][: len(nouns) - len(links)] + [language.place_case] * len(links)
    features = dict(verbs[0].features)
    particles = {particle.gloss for particle in by_part.get("particle", [])}
    for roles in itertools.permutations(nouns):
        if any(dict(noun.features).get("case", CASES[case]) != CASES[case] for noun, case in zip(roles, cases)):
            continue
        for phrases in _dressed(roles, by_part.get("adjective", []), counts):
            ground = phrases.pop() if links else None
            yield Clause(
                phrases[0],
                verbs[0].gloss,
                phrases[1] if len(phrases) > 1 else None,
                tense=_TENSES[features.get("tense", "in the present")],
                negated="not" in particles or features.get("polarity") == "negated",
                question="?" in particles,
                place=Place(links[0].gloss, ground) if ground is not None else None,
            )


def _dressed(nouns: Sequence[Reading], adjectives: list[Reading], counts: list[int]) -> Iterator[list[NounPhrase]]:
    """The nouns with every assignment of adjectives and counts."""
    plural = ("number", "in the plural")
    plain = [NounPhrase(noun.gloss, number="plural" if plural in noun.features else "singular") for noun in nouns]
    for adjective_of in itertools.permutations(range(len(nouns)), len(adjectives)):
        for count_of in itertools.permutations(range(len(nouns)), len(counts)):
            phrases = list(plain)
            for adjective, place in zip(adjectives, adjective_of):
                phrases[place] = replace(phrases[place], adjectives=(adjective.gloss,))
            for count, place in zip(counts, count_of):
                phrases[place] = replace(phrases[place], count=count, number="plural")
            yield phrases
