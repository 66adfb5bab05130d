"""What is wrong with an answer in English or German: which word, and what about it.

A diagnosis compares the answer with the accepted rendering that is nearest to it, word by word. It names things by the words
that the prompt showed and quotes the agent's own, so it never says a right word that the agent did not write.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

from clgym.envs.bilingual import german
from clgym.envs.bilingual.english import SMALL_WORDS, number_word
from clgym.envs.bilingual.lexicon import CONCEPTS, GERMAN
from clgym.envs.bilingual.meaning import PRONOUNS, Meaning, NounPhrase, concepts_of
from clgym.envs.conlang.analysis import Reading
from clgym.envs.conlang.compare import Comparison, Slot, compare, words_of
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.tasks import Payload
from clgym.envs.conlang.wording import inflected
from clgym.text.answers import in_quotes
from clgym.text.phrases import Phrasing

_HELPERS = frozenset("wird werden hat haben ist sind will did do does".split())
_NEGATIONS = frozenset("nicht kein keine keinen keinem keiner keines not".split())
#: Words that say little on their own: they weigh little, and nobody wonders where they come from.
SMALL = {
    "English": SMALL_WORDS,
    "German": frozenset(
        "der die das den dem des ein eine einen einem einer eines nicht kein keine keinen keinem keiner wird werden hat haben "
        "ist sind war waren von im in auf unter hinter mit nahe".split()
    ),
}
_PREPOSITIONS = {"in": ("im",), "near": ("bei", "beim", "nähe")}

_TONGUE = (
    "{given} is {language}, and {target} was asked for.",
    "You slip into {language} with {given}; this one is to be in {target}.",
    "{given} belongs to {language}. Answer in {target} here.",
)
_ECHO = (
    "{given} is what I gave you; say it in {target}.",
    "You repeat what was to be translated: {given}. It is {target} that is asked for.",
    "{given} still has to be put into {target}.",
)
_UNSAID = (
    "Nothing you wrote says what {shown} means.",
    "{shown} is not rendered by any word of yours.",
    "The sense of {shown} is missing from your answer.",
)
_ALIEN = (
    "{given} is not in what was to be translated.",
    "I do not know where {given} comes from; it does not belong.",
    "{given} says something that was not there.",
)
_OTHER = (
    "{given} means {other}, and that is not in what was to be translated.",
    "You wrote {given}, which is {other}; that was not there.",
    "Nothing there says {other}, which is what {given} means.",
)
_TWICE = (
    "There is a word too many: {given}.",
    "{given} does not belong there as well.",
    "Leave out one word: {given} is too much.",
)
_SPELLING = (
    "{given} is nearly a word for {shown}, but it is not spelt so.",
    "{given} has a wrong letter or two if it is to say {shown}.",
    "For {shown} you wrote {given}: almost, look at its letters again.",
)
_FORM = (
    "{given} is a word for {shown}, but its {aspect} is wrong here.",
    "You have a word for {shown}; look at the {aspect} of {given}.",
    "{given} does say {shown}, only with a wrong {aspect}.",
)
_ARTICLE = (
    "{given} does not go with {noun} here: its {aspect} is wrong.",
    "Before {noun} you wrote {given}; mind the {aspect} of that article.",
    "The article {given} has the wrong {aspect} for {noun} here.",
)
_NO_ARTICLE = (
    "An article is missing before {noun}.",
    "{noun} needs an article of its own.",
    "You left out the article that goes with {noun}.",
)
_NO_SUCH_ARTICLE = (
    "{given} is not an article; {noun} needs one.",
    "German has no article {given}, which is what you put where {noun} needs one.",
    "There is no article {given} in German: {noun} needs another.",
)
_RELATIVE = (
    "Look at the word that begins the relative clause: it is missing or does not go with its noun.",
    "The relative clause does not begin as it should: its pronoun goes with the noun before it.",
    "Something is wrong with the relative pronoun: it takes gender and number from the noun before it.",
)
_NO_NEGATION = (
    "It says the opposite: the negation is missing.",
    "You left out the word that denies it.",
    "What was asked for is negated; your answer is not.",
)
_NO_HELPER = (
    "The helping verb is missing.",
    "A helping verb must show the tense, the question or the negation, and there is none.",
    "You left out the helping verb.",
)
_HELPER = (
    "{given} is not the helping verb that fits here: mind tense and number.",
    "Look at the helping verb {given}: another tense or number is needed.",
    "The helping verb {given} has the wrong tense or number here.",
)
_ORDER = (
    "Every word is right; only their order in {given} is not that of {target}.",
    "Right words, wrong order: {given} is not how {target} arranges them.",
    "The words are right, but {target} puts them in another order than {given}.",
)
_GRAMMAR = (
    "The words for everything are there, but the small words or their order are not all right in {given}.",
    "You chose the right words; look again at small words and order in {given}.",
    "All content is there, yet {given} is not how one says it: check small words and order.",
)


def parts(payload: Payload, comparison: Comparison) -> dict[str, float]:
    """Shares in [0, 1]: ``lexicon`` of what the meaning mentions, ``morphology`` of the words that are right as they stand of those that are
    there, ``order`` of right words that are in the right order."""
    cues = list(_cues(payload))
    words = set(comparison.words)
    there = [cue for cue in cues if cue.forms & words]
    expected = _canonical(comparison.order)
    exact = sum((Counter(comparison.words) & Counter(expected)).values())
    blocks = SequenceMatcher(None, expected, list(comparison.words), autojunk=False).get_matching_blocks()
    return {
        "lexicon": len(there) / max(1, len(cues)),
        "morphology": exact / max(1, len(expected)),
        "order": sum(block.size for block in blocks) / exact if exact else 0.0,
    }


class Cue(NamedTuple):
    """One thing that a translation must say: how the prompt said it, its concept ("" for a number), words that can say it."""

    source: str
    concept: str
    forms: frozenset[str]


class _Lookup(NamedTuple):
    """What the faults of one answer are told with."""

    target: str
    cues: Sequence[Cue]

    def cue_of(self, word: str) -> Cue | None:
        """What a word of a rendering says."""
        return next((cue for cue in self.cues if word in cue.forms), None)


def of_translation(
    language: Language,
    payload: Payload,
    comparison: Comparison,
    orders: Sequence[Sequence[Slot]],
    phrasing: Phrasing,
    readings: Callable[[str], Sequence[Reading]],
) -> str:
    """The diagnosis of a wrong answer; ``comparison`` is the best comparison over ``orders``."""
    source_words = set(words_of(payload.source))
    words, target = comparison.words, payload.target
    lookup = _Lookup(target, tuple(_cues(payload)))
    known = SMALL[target].union(*(cue.forms for cue in lookup.cues))
    whole = in_quotes(" ".join(words))
    drawn = [word for word in words if word not in known and readings(word)]
    if drawn:
        return phrasing.say(_TONGUE, given=in_quotes(drawn[0]), language=language.name, target=target)
    if source_words.issuperset(words) and not known.issuperset(words):
        return phrasing.say(_ECHO, given=whole, target=target)
    comparison = _nearest(comparison, orders)
    faults = list(islice(_faults(phrasing, comparison, lookup), 3))
    if faults:
        return " ".join(faults)
    same = sorted(words) == sorted(_canonical(comparison.order))
    return phrasing.say(_ORDER if same else _GRAMMAR, given=whole, target=target)


def _nearest(comparison: Comparison, orders: Sequence[Sequence[Slot]]) -> Comparison:
    """The comparison that is easiest to learn from: with the rendering that has most of the answer's words as they are.

    Every word of the answer stands where it is right, in the right order if it can, though the grade may have found
    that another word resembles a heavier one.
    """
    words = list(comparison.words)
    order = max(orders, key=lambda order: 2 * sum((Counter(words) & Counter(_canonical(order))).values()) - len(order))
    expected, free = _canonical(order), list(words)
    given: list[str | None] = [None] * len(order)
    for block in SequenceMatcher(None, expected, words, autojunk=False).get_matching_blocks():
        for place in range(block.a, block.a + block.size):
            given[place] = expected[place]
            free.remove(expected[place])
    nearest = comparison if order is comparison.order else compare(words, [order])
    for chosen in (expected, nearest.given):
        for place, word in enumerate(chosen):
            if given[place] is None and word in free:
                free.remove(word)
                given[place] = word
    return Comparison(comparison.score, order, given, comparison.words)


def _canonical(order: Sequence[Slot]) -> list[str]:
    return [slot.forms[0] for slot in order]


def _faults(phrasing: Phrasing, comparison: Comparison, lookup: _Lookup) -> Iterator[str]:
    """What is wrong, content before small words before words too many."""
    stray = list(comparison.words)
    for word in comparison.given:
        if word is not None:
            stray.remove(word)
    small: list[int] = []
    unsaid: set[str] = set()
    for place, (slot, given) in enumerate(zip(comparison.order, comparison.given)):
        cue = lookup.cue_of(slot.forms[0])
        if given == slot.forms[0]:
            continue
        if cue is None:
            small.append(place)
            continue
        if given is not None and given not in cue.forms and _is_other(given, lookup):
            stray.append(given)
            given = None
        word = given or next((word for word in stray if word in cue.forms), None)
        if word is None:
            if cue.source not in unsaid:
                yield phrasing.say(_UNSAID, shown=in_quotes(cue.source))
            unsaid.add(cue.source)
            continue
        if given is None:
            stray.remove(word)
        if word == slot.forms[0]:
            continue
        if word in cue.forms:
            aspect = _aspect(cue.concept, slot.forms[0], word, lookup.target)
            yield phrasing.say(_FORM, given=in_quotes(word), shown=in_quotes(cue.source), aspect=aspect)
        else:
            yield phrasing.say(_SPELLING, given=in_quotes(word), shown=in_quotes(cue.source))
    for place in small:
        yield from _small_fault(phrasing, comparison, place, stray, lookup)
    for word in stray:
        other = means(word, lookup.target)
        if other and lookup.cue_of(word) is None:
            yield phrasing.say(_OTHER, given=in_quotes(word), other=in_quotes(other))
        else:
            known = lookup.cue_of(word) is not None or word in SMALL[lookup.target]
            yield phrasing.say(_TWICE if known else _ALIEN, given=in_quotes(word))


def _is_other(word: str, lookup: _Lookup) -> bool:
    """Whether a word that resembles the right one is a word of its own."""
    return lookup.cue_of(word) is not None or word in SMALL[lookup.target] or bool(means(word, lookup.target))


def _small_fault(phrasing: Phrasing, comparison: Comparison, place: int, stray: list[str], lookup: _Lookup) -> Iterator[str]:
    """An article, a negation or a helping verb that is wrong or missing; takes the wrong one from the stray words."""
    expected, given = comparison.order[place].forms[0], comparison.given[place]
    if expected in german.ARTICLES and _begins_relative(comparison, place):
        yield phrasing.say(_RELATIVE)
        _taken(stray, german.ARTICLES)
    elif expected in german.ARTICLES:
        name, form, concept = _noun_after(comparison, place, lookup)
        word, noun = given or _taken(stray, german.ARTICLES), in_quotes(name)
        if word is None:
            yield phrasing.say(_NO_ARTICLE, noun=noun)
        elif word in german.ARTICLES:
            aspect = german.article_fault(concept, form, expected, word)
            yield phrasing.say(_ARTICLE, given=in_quotes(word), noun=noun, aspect=aspect)
        else:
            yield phrasing.say(_NO_SUCH_ARTICLE, given=in_quotes(word), noun=noun)
    elif expected in _NEGATIONS:
        if _NEGATIONS.isdisjoint(comparison.words):
            yield phrasing.say(_NO_NEGATION)
    elif expected in _HELPERS:
        word = given or _taken(stray, _HELPERS)
        yield phrasing.say(_HELPER, given=in_quotes(word)) if word else phrasing.say(_NO_HELPER)


def _taken(stray: list[str], kind: frozenset[str]) -> str | None:
    word = next((word for word in stray if word in kind), None)
    if word is not None:
        stray.remove(word)
    return word


def _begins_relative(comparison: Comparison, place: int) -> bool:
    """Whether an article form is a relative pronoun: that of the object follows at once, or no noun does."""
    return place + 1 == len(comparison.order) or comparison.order[place + 1].forms[0] in german.ARTICLES


def _noun_after(comparison: Comparison, place: int, lookup: _Lookup) -> tuple[str, str, str]:
    """The noun that an article goes with: what to call it (the agent's own word or what the prompt shows), form, concept."""
    for slot, given in islice(zip(comparison.order, comparison.given), place + 1, None):
        cue = lookup.cue_of(slot.forms[0])
        if cue is not None and cue.concept and WORDS[cue.concept].part == "noun":
            return given if given is not None and given in cue.forms else cue.source, slot.forms[0], cue.concept
    raise AssertionError(f"no noun follows slot {place} of {comparison.order}")


def _aspect(concept: str, expected: str, word: str, target: str) -> str:
    """What is wrong with the form of a right word."""
    part = WORDS[concept].part if concept else ""
    if part == "noun":
        one, many = _by_number(concept, target)
        if (word in many) != (expected in many) or (word in one) != (expected in one):
            return "number (one or many)"
        return "case" if target == "German" else "ending (whose is it?)"
    if part == "verb":
        past = _past_forms(concept, target)
        return "tense" if (word in past) != (expected in past) else "form (who does it, and when?)"
    return "ending" if part == "adjective" else "form"


@functools.cache
def _by_number(concept: str, target: str) -> tuple[frozenset[str], frozenset[str]]:
    """The singular and the plural forms of a noun."""
    if target == "English":
        entry = WORDS[concept]
        return frozenset((entry.id, entry.id + "'s")), frozenset((entry.plural, entry.plural + "'", entry.plural + "'s"))
    return _forms(concept, "nominative", "oblique", "genitive"), _forms(concept, "plural", "dative_plural")


@functools.cache
def _past_forms(concept: str, target: str) -> frozenset[str]:
    if target == "English":
        return frozenset((WORDS[concept].past, WORDS[concept].participle))
    return _forms(concept, "preterite", "preterite_plural", "participle")


def _forms(concept: str, *names: str) -> frozenset[str]:
    """The German forms of those names, of all words for the concept, case folded."""
    return frozenset(form.casefold() for word in GERMAN[concept] for name in names for form in word[name].split("/"))


def _cues(payload: Payload) -> Iterator[Cue]:
    """Everything that the meaning mentions: concepts and numbers."""
    assert payload.meaning is not None
    in_source = (
        {slot.gloss: slot.forms[0] for slot in payload.rendering.order} if payload.prompted not in ("English", "German") else {}
    )
    forms = english_forms if payload.target == "English" else german_forms
    for concept in dict.fromkeys(concepts_of(payload.meaning)):
        yield Cue(in_source.get(concept, concept), concept, forms(concept))
    for number in _counts_of(payload.meaning):
        spelled = number_word(number) if payload.target == "English" else german.number_word(number)
        said = [slot.forms[0] for slot in payload.rendering.order if slot.gloss.endswith(f"{number_word(number)})")]
        text = " ".join(said) or in_source.get(number_word(number), number_word(number))
        both = {"beiden"} if number == 2 and payload.target == "German" else set()
        yield Cue(text, "", frozenset(words_of(spelled.replace("-", " "))) | both)


def _counts_of(meaning: Meaning) -> Iterator[int]:
    """The number words of a meaning."""
    if isinstance(meaning, NounPhrase):
        parts: list[NounPhrase | None] = [meaning.possessor, meaning.relative.object if meaning.relative else None, meaning.also]
        if meaning.count:
            yield meaning.count
    else:
        parts = [meaning.subject, meaning.object, meaning.place.ground if meaning.place else None]
    for part in parts:
        if part is not None:
            yield from _counts_of(part)


@functools.cache
def english_forms(concept: str) -> frozenset[str]:
    """Every English form of a concept."""
    entry = WORDS[concept]
    if concept in PRONOUNS:
        return frozenset((concept.casefold(), PRONOUNS[concept]))
    forms = {entry.id, entry.plural, entry.third, entry.past, entry.participle, entry.gerund}
    forms.update(other for synonym in entry.synonyms for _, other in inflected(entry, synonym))
    return frozenset(form + ending for form in forms if form for ending in ("", "'s", "'"))


@functools.cache
def german_forms(concept: str) -> frozenset[str]:
    """Every German form of a concept and of its synonyms, case folded."""
    forms: set[str] = set(_PREPOSITIONS.get(concept, ()))
    if concept in PRONOUNS:
        return german.pronoun_forms(concept)
    for word in GERMAN[concept]:
        if "stem" in word:
            forms.update(word["stem"] + ending for ending in ("e", "en", "er", "es", "em"))
            forms.add(word["predicate"])
        else:
            named = (value for name, value in word.items() if name not in ("gender", "auxiliary", "only", "particle", "governs"))
            forms.update(form for value in named for form in value.split("/"))
    return frozenset(form.casefold() for form in forms)


def means(word: str, target: str) -> str:
    """The English for a German word of the lexicon, "" for any other word."""
    return _german_words().get(word, "") if target == "German" else ""


@functools.cache
def _german_words() -> Mapping[str, str]:
    return {form: concept for concept in CONCEPTS for form in german_forms(concept)}
