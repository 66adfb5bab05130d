"""Grades: from an answer and what was asked to a reward and the teacher's words. Pure functions that never raise."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import process

from clgym.core import Feedback, Grade
from clgym.envs.conlang import feedback, german, poetry
from clgym.envs.conlang.compare import Slot, accepts, compare, words_of
from clgym.envs.conlang.english import SMALL_WORDS, number_word, plain
from clgym.envs.conlang.feedback import Lesson, Phrasing
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import CONCEPTS, GERMAN
from clgym.envs.conlang.meaning import Meaning, NounPhrase, concepts_of
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.render import Reading, canonical, render
from clgym.envs.conlang.tasks import Asked

#: Longer answers are not read: no right one has a tenth of it.
MAX_CHARS = 2000
_MAX_WORDS = 60
#: A wrong number earns at most this share of what a wrong sentence with as many right words does.
_NUMBER_SHARE = 0.35

#: Words that say little on their own: they weigh little, and nobody wonders where they come from.
_SMALL = {
    "English": SMALL_WORDS,
    "German": frozenset(
        "der die das den dem des ein eine einen einem einer eines nicht kein keine keinen keinem keiner wird werden hat haben "
        "ist sind war waren von im in auf unter hinter mit nahe".split()
    ),
}


class _World(NamedTuple):
    """What grading needs of a world: its language and the word forms of that."""

    language: Language
    readings: Mapping[str, Sequence[Reading]]


def grade(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, answer: str) -> Grade:
    """Grade any string as an answer to what was asked. ``readings`` are the language's word forms."""
    # A checksum picks the phrasing: feedback is a function of world, query and answer, and costs no generator.
    number = zlib.crc32(f"{language.name}/{asked.shown}/{answer[:MAX_CHARS]}".encode("utf-8", "surrogatepass"))
    phrasing = Phrasing(number)
    if len(answer) > MAX_CHARS:
        return _graded(0.0, "malformed", feedback.too_long(phrasing, asked.right, len(answer)))
    world = _World(language, readings)
    if asked.target == "couplet":
        return _couplet(world, asked, answer, phrasing)
    words = words_of(answer)
    if asked.target == "English":
        words = plain(words)
    if not words:
        return _graded(0.0, "malformed", feedback.blank(phrasing, asked.right))
    return _GRADERS[asked.target](world, asked, words[:_MAX_WORDS], phrasing)


def _graded(reward: float, outcome: str, said: Feedback) -> Grade:
    return Grade(reward, outcome, said, {"words": reward})


def _right(phrasing: Phrasing) -> Grade:
    return _graded(1.0, "correct", feedback.praise(phrasing))


def _wrong(score: float, diagnosis: str, asked: Asked, phrasing: Phrasing) -> Grade:
    return _graded(score, "partial" if score > 0 else "wrong", feedback.criticism(phrasing, score, diagnosis, asked.right))


def _drawn(world: _World, asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    for order in asked.orders:
        if accepts(words, order):
            return _right(phrasing)
    found = compare(words, asked.orders)
    lesson = Lesson(world.language.name, world.readings, asked.shown_words)
    return _wrong(found.score, feedback.of_rendering(phrasing, found, lesson), asked, phrasing)


def _english(world: _World, asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    if any(accepts(words, order) for order in asked.orders):
        return _right(phrasing)
    score = compare(words, asked.orders).score
    return _wrong(score, _translation(world, asked, words, phrasing), asked, phrasing)


def _german(world: _World, asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    assert asked.meaning is not None
    said = " ".join(words)
    accepted = [" ".join(words_of(text)) for text in german.render(asked.meaning, said)]
    if said in accepted:
        return _right(phrasing)
    near = [text for text, _, _ in process.extract(said, accepted, limit=4)] or accepted[:1]
    small = _SMALL["German"]
    orders = [[Slot((word,), word, 0.15 if word in small else 1.0) for word in text.split()] for text in near]
    score = compare(words, orders).score
    return _wrong(score, _translation(world, asked, words, phrasing), asked, phrasing)


def _number(world: _World, asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    if accepts(words, asked.orders[0]):
        return _right(phrasing)
    language = world.language
    score = _NUMBER_SHARE * compare(words, asked.orders).score
    numbers = range(min(language.digits), language.largest + 1)
    value = next((number for number in numbers if language.number_words(number) == words), None)
    return _wrong(score, feedback.of_number(phrasing, " ".join(words), value, asked.number, language.name), asked, phrasing)


_GRADERS: Mapping[str, Callable[[_World, Asked, list[str], Phrasing], Grade]] = {
    "drawn": _drawn, "English": _english, "German": _german, "number": _number}


def _couplet(world: _World, asked: Asked, answer: str, phrasing: Phrasing) -> Grade:
    assert asked.brief is not None
    marked = poetry.grade_couplet(
        answer, asked.brief, world.language.phonology.vowels, lambda line: parse(world.language, world.readings, line))
    if marked.reward == 1.0:
        return Grade(1.0, "correct", feedback.praise(phrasing), marked.parts)
    said = feedback.criticism(phrasing, marked.reward, marked.diagnosis, asked.right)
    outcome = "partial" if marked.reward > 0 else "wrong" if answer.strip() else "malformed"
    return Grade(marked.reward, outcome, said, marked.parts)


# What a translation leaves unsaid


class _Cue(NamedTuple):
    """One thing that a translation must say: how the prompt said it, and the words that can say it."""

    shown: str
    forms: frozenset[str]


def _translation(world: _World, asked: Asked, words: Sequence[str], phrasing: Phrasing) -> str:
    """What is wrong with an answer in English or German, told by the words that the prompt showed."""
    cues = list(_cues(world.language, asked))
    unsaid = [cue.shown for cue in cues if cue.forms.isdisjoint(words)]
    known = _SMALL[asked.target].union(*(cue.forms for cue in cues))
    aliens = [word for word in words if word not in known]
    lesson = Lesson(world.language.name, world.readings, asked.shown_words, asked.target)
    return feedback.of_translation(phrasing, words, unsaid, aliens, lesson)


def _cues(language: Language, asked: Asked) -> Iterator[_Cue]:
    """Everything that the meaning mentions: concepts and numbers."""
    assert asked.meaning is not None
    order = render(language, asked.meaning)[0]
    shown = {slot.gloss: slot.forms[0] for slot in order} if asked.shown == canonical(order) else {}
    forms = english_forms if asked.target == "English" else german_forms
    for concept in dict.fromkeys(concepts_of(asked.meaning)):
        yield _Cue(shown.get(concept, concept), forms(concept))
    for number in _counts_of(asked.meaning):
        spelled = number_word(number) if asked.target == "English" else german.number_word(number)
        text = " ".join(language.number_words(number)) if shown else number_word(number)
        yield _Cue(text, frozenset(words_of(spelled.replace("-", " "))))


def _counts_of(meaning: Meaning) -> Iterator[int]:
    """The number words of a meaning."""
    if isinstance(meaning, NounPhrase):
        parts: list[NounPhrase | None] = [meaning.possessor, meaning.relative.object if meaning.relative else None]
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
    entry = CONCEPTS[concept]
    forms = (entry.id, entry.plural, entry.third, entry.past, entry.participle)
    return frozenset(form + ending for form in forms if form for ending in ("", "'s", "'"))


@functools.cache
def german_forms(concept: str) -> frozenset[str]:
    """Every German form of a concept and of its synonyms, case folded."""
    forms: set[str] = set()
    for word in GERMAN[concept]:
        if "stem" in word:
            forms.update(word["stem"] + ending for ending in ("e", "en", "er", "es", "em"))
        else:
            named = (value for name, value in word.items() if name not in ("gender", "auxiliary", "only"))
            forms.update(form for value in named for form in value.split("/"))
    return frozenset(form.casefold() for form in forms)
