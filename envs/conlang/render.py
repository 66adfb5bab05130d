"""How a drawn language says a meaning, and which of its words can mean what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clgym.envs.bilingual.english import number_word
from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import TENSES, Clause, Meaning, NounPhrase, Place, Relative
from clgym.envs.conlang.compare import Slot
from clgym.envs.conlang.grammar import Affix, Language, Particle

Features = tuple[tuple[str, str], ...]

#: Every legal order of a rendering, the canonical one first.
Orders = tuple[tuple[Slot, ...], ...]

#: Grammatical words weigh less than words with a meaning of their own.
_SMALL = 0.5
_NUMBER = {"singular": "in the singular", "plural": "in the plural"}
CASES = {"plain": "in the plain form", "object": "in the object form", "owner": "in the owner form"}
_TENSE = {tense: f"in the {tense}" for tense in TENSES}


class Reading(NamedTuple):
    """What a word of the language may be: a concept (or the gloss of a small word), its part of speech, its features."""

    gloss: str
    part: str
    features: Features = ()


def render(language: Language, meaning: Meaning) -> Orders:
    """Every legal order, the canonical one first; synonyms are in the slots."""
    if isinstance(meaning, NounPhrase):
        return (tuple(noun_phrase(language, meaning, "plain")),)
    return tuple(tuple(order) for order in _clause(language, meaning))


def canonical(order: tuple[Slot, ...]) -> str:
    """The rendering with the first form of every word."""
    return " ".join(slot.forms[0] for slot in order)


# Words


def noun(language: Language, concept: str, number: str, case: str) -> Slot:
    """One noun in one form."""
    stems = language.stems(concept)
    features: Features = ()
    if language.plural is not None:
        features += (("number", _NUMBER[number]),)
        if number == "plural":
            stems = tuple(language.attach(language.plural, stem) for stem in stems)
            if (concept, "plural") in language.irregular:
                stems = (language.irregular[concept, "plural"],)
    if language.cases:
        features += (("case", CASES[case]),)
    return Slot(_with_case(language, stems, case), concept, 1.0, features)


def adjective(language: Language, concept: str, noun_class: int, case: str) -> Slot:
    """One adjective as it goes with a noun of that class in that case."""
    stems = language.stems(concept)
    features: Features = ()
    if language.class_affixes:
        affix = language.class_affixes[noun_class]
        stems = tuple(language.attach(affix, stem) for stem in stems)
        features += (("class", f"in the form for {language.class_name(noun_class)}"),)
    if language.cases and language.concord:
        stems = _with_case(language, stems, case)
        features += (("case", CASES[case]),)
    return Slot(stems, concept, 1.0, features)


def verb(language: Language, concept: str, tense: str, number: str, noun_class: int, negated: bool) -> Slot:
    """One verb with a subject of that number and class."""
    stems = language.stems(concept)
    features: Features = ()
    if language.tenses:
        features += (("tense", _TENSE[tense]),)
        if tense in language.tenses:
            stems = tuple(language.attach(language.tenses[tense], stem) for stem in stems)
        if (concept, tense) in language.irregular:
            stems = (language.irregular[concept, tense],)
    if language.agreement:
        key = number if language.agreement == "number" else str(noun_class)
        what = f"a {number} subject" if language.agreement == "number" else f"a subject among {language.class_name(noun_class)}"
        features += (("agreement", f"as it goes with {what}"),)
        if key in language.agreement_affixes:
            stems = tuple(language.attach(language.agreement_affixes[key], stem) for stem in stems)
    if isinstance(language.negation, Affix):
        features += (("polarity", "negated" if negated else "without negation"),)
        if negated:
            stems = tuple(language.attach(language.negation, stem) for stem in stems)
    return Slot(stems, concept, 1.0, features)


def _with_case(language: Language, stems: tuple[str, ...], case: str) -> tuple[str, ...]:
    affix = language.cases.get(case)
    return stems if affix is None else tuple(language.attach(affix, stem) for stem in stems)


# Phrases and sentences


def noun_phrase(language: Language, meaning: NounPhrase, case: str) -> list[Slot]:
    """A noun phrase in one case."""
    number = "singular" if meaning.count and not language.plural_after_number else meaning.number
    kind = language.class_of(meaning.noun)
    words = [noun(language, meaning.noun, number, case)]
    adjectives = [adjective(language, concept, kind, case) for concept in meaning.adjectives]
    words = _beside(language.adjective_first, adjectives, words)
    words = _beside(language.number_first, numeral(language, meaning.count), words)
    if meaning.possessor is not None:
        words = _beside(language.possessor_first, noun_phrase(language, meaning.possessor, "owner"), words)
    if meaning.relative is not None:
        words = _beside(language.relative_first, _relative(language, meaning, meaning.relative), words)
    return words


def numeral(language: Language, number: int) -> list[Slot]:
    """The words of a number; none for 0."""
    if not number:
        return []
    words = language.number_words(number)
    if len(words) == 1:
        return [Slot((words[0],), number_word(number))]
    values = {word: value for value, word in language.digits.items()}
    return [Slot((word,), f"{number_word(values[word])} (of {number_word(number)})") for word in words]


def _beside(first: bool, addition: list[Slot], words: list[Slot]) -> list[Slot]:
    return addition + words if first else words + addition


def _relative(language: Language, head: NounPhrase, relative: Relative) -> list[Slot]:
    acting = verb(language, relative.verb, relative.tense, head.number, language.class_of(head.noun), False)
    affected = noun_phrase(language, relative.object, "object")
    verb_first = language.order.index("V") < language.order.index("O")
    return [Slot((language.relativizer,), "that", _SMALL), *_beside(verb_first, [acting], affected)]


def _place(language: Language, place: Place) -> list[Slot]:
    link = [Slot(language.stems(place.adposition), place.adposition)]
    return _beside(not language.postpositions, link, noun_phrase(language, place.ground, language.place_case))


def _clause(language: Language, clause: Clause) -> Iterator[list[Slot]]:
    subject = clause.subject
    acting = [verb(language, clause.verb, clause.tense, subject.number, language.class_of(subject.noun), clause.negated)]
    start: list[Slot] = []
    end: list[Slot] = []
    particles = [(language.negation, "not", clause.negated), (language.question, "?", clause.question)]
    for particle, gloss, present in particles:
        if present and isinstance(particle, Particle):
            slot = [Slot((particle.word,), gloss, _SMALL)]
            if particle.place in ("before", "after"):
                acting = _beside(particle.place == "before", slot, acting)
            else:
                start, end = (slot + start, end) if particle.place == "start" else (start, end + slot)
    parts = {
        "S": noun_phrase(language, subject, "plain"),
        "V": acting,
        "O": noun_phrase(language, clause.object, "object") if clause.object is not None else [],
    }
    core = [slot for part in language.order for slot in parts[part]]
    if clause.place is None:
        yield [*start, *core, *end]
        return
    place = _place(language, clause.place)
    yield [*start, *_beside(language.place_first, place, core), *end]
    if language.place_free:
        yield [*start, *_beside(not language.place_first, place, core), *end]


# Which words there are


def readings(language: Language) -> dict[str, list[Reading]]:
    """Every word form of the language with what it may be."""
    by_form: dict[str, list[Reading]] = {}
    for slot, part in _all_words(language):
        for form in slot.forms:
            by_form.setdefault(form, []).append(Reading(slot.gloss, part, slot.features))
    return by_form


def _all_words(language: Language) -> Iterator[tuple[Slot, str]]:
    classes = range(max(1, len(language.class_affixes)))
    cases = ("plain", *language.cases)
    for concept in speakable(language):
        part = CONCEPTS[concept].part
        if part == "noun":
            for number in ("singular", "plural")[: 1 + (language.plural is not None)]:
                yield from ((noun(language, concept, number, case), part) for case in cases)
        elif part == "adjective":
            for kind in classes:
                for case in cases if language.concord else ("plain",):
                    yield adjective(language, concept, kind, case), part
        elif part == "verb":
            yield from ((slot, part) for slot in _verb_forms(language, concept))
        else:
            yield Slot(language.stems(concept), concept), part
    for value, word in language.digits.items():
        yield Slot((word,), number_word(value)), "number"
    for particle, gloss in ((language.negation, "not"), (language.question, "?")):
        if isinstance(particle, Particle):
            yield Slot((particle.word,), gloss), "particle"
    if language.relativizer:
        yield Slot((language.relativizer,), "that"), "particle"


def _verb_forms(language: Language, concept: str) -> Iterator[Slot]:
    numbers = ("singular", "plural") if language.agreement == "number" else ("singular",)
    classes = range(len(language.class_affixes)) if language.agreement == "class" else (0,)
    polarities = (False, True) if isinstance(language.negation, Affix) else (False,)
    for tense in ("present", *language.tenses):
        for number in numbers:
            for kind in classes:
                for negated in polarities:
                    yield verb(language, concept, tense, number, kind, negated)


def speakable(language: Language) -> Iterator[str]:
    """Every concept that the language has a word for, derived ones included."""
    for concept in CONCEPTS.values():
        base = concept.derived[1] if concept.derived else concept.id
        if base in language.roots and (concept.derived is None or language.derivations):
            yield concept.id
