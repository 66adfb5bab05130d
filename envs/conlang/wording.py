"""What English answers are compared with: synonyms beside each word, in the form in which the word stands."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from clgym.envs.bilingual import english
from clgym.envs.bilingual.inflection import gerund, past, plural
from clgym.envs.bilingual.meaning import Concept
from clgym.envs.conlang.compare import Slot, words_of
from clgym.envs.conlang.lexicon import WORDS


def english_slots(text: str, twins: Mapping[str, str]) -> tuple[Slot, ...]:
    """An English rendering as slots: no articles, small words weigh little; what says the same is as right, and so are ``twins``, the other
    noun of each that shares its word in the drawn language with another."""
    slots = []
    for word in joined(english.plain(words_of(text))):
        forms = [word, *_same().get(word, ())]
        for lemma, form, ending in _analysed(word):
            if lemma in twins:
                twin = WORDS[twins[lemma]]
                other = (twin.plural if form == "plural" else twin.id) + ending
                forms += [other, *_same().get(other, ())]
        slots.append(Slot(tuple(dict.fromkeys(forms)), word, 0.3 if word in english.SMALL_WORDS else 1.0))
    return tuple(slots)


def joined(words: list[str]) -> list[str]:
    """Words of which a verb and its preposition are one: "look_for"."""
    made: list[str] = []
    for word in words:
        if made and f"{made[-1]}_{word}" in _phrases():
            made[-1] += f"_{word}"
        else:
            made.append(word)
    return made


def inflected(concept: Concept, synonym: str) -> Iterator[tuple[str, str]]:
    """Each form of a concept beside that of a synonym of it: "sees", "perceives"."""
    lemma, *irregular = synonym.split(":")
    verb, _, rest = lemma.partition("_")
    rest = f"_{rest}" if rest else ""
    yield concept.id, lemma
    if concept.part == "noun":
        for ending in ("", "'s", "'"):
            yield concept.plural + ending, plural(lemma) + ending
            yield concept.id + ending, lemma + ending
    elif concept.part == "verb":
        before = irregular[0] if irregular else past(verb)
        pairs = ((concept.third, plural(verb)), (concept.past, before), (concept.gerund, gerund(verb)))
        yield from ((form, other + rest) for form, other in pairs if form)


@functools.cache
def _same() -> Mapping[str, tuple[str, ...]]:
    """Every form that has synonyms, case folded."""
    made: dict[str, list[str]] = {}
    for concept in WORDS.values():
        for synonym in concept.synonyms:
            for form, other in inflected(concept, synonym):
                made.setdefault(form.casefold(), []).append(other)
    return {form: tuple(dict.fromkeys(others)) for form, others in made.items()}


@functools.cache
def _phrases() -> frozenset[str]:
    return frozenset(other for others in _same().values() for other in others if "_" in other)


@functools.cache
def _nouns() -> Mapping[str, tuple[str, str]]:
    made: dict[str, tuple[str, str]] = {}
    for concept in WORDS.values():
        if concept.part == "noun":
            made |= {concept.id: (concept.id, ""), concept.plural: (concept.id, "plural")}
    return made


def _analysed(word: str) -> Iterator[tuple[str, str, str]]:
    """The noun that a form is of, "plural" where it is one, and the ending of an owner."""
    for ending in ("", "'s", "'"):
        bare = word.removesuffix(ending)
        if (bare != word or not ending) and bare in _nouns():
            yield (*_nouns()[bare], ending)
