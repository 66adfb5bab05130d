"""Grades: from an answer and what was asked to a reward and the teacher's words. Pure functions that never raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import process

from clgym.core import Feedback, Grade
from clgym.envs.bilingual import german
from clgym.envs.bilingual.english import plain
from clgym.envs.conlang import feedback, poetry, translation
from clgym.envs.conlang.compare import Slot, accepts, compare, words_of
from clgym.envs.conlang.feedback import Lesson
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.render import Reading
from clgym.envs.conlang.tasks import Payload
from clgym.text.phrases import Phrasing

#: Longer answers are not read: no right one has a tenth of it.
MAX_CHARS = 2000
_MAX_WORDS = 60
#: A wrong number earns at most this share of what a wrong sentence with as many right words does.
_NUMBER_SHARE = 0.35


class _World(NamedTuple):
    """What grading needs of a world: its language and the word forms of that."""

    language: Language
    readings: Mapping[str, Sequence[Reading]]


def grade(language: Language, readings: Mapping[str, Sequence[Reading]], payload: Payload, answer: str) -> Grade:
    """Grade any string as an answer to what was asked. ``readings`` are the language's word forms."""
    phrasing = Phrasing(language.name, payload.source, answer)
    if len(answer) > MAX_CHARS:
        return _graded(0.0, "malformed", feedback.too_long(phrasing, payload.right, len(answer)))
    world = _World(language, readings)
    if payload.target == "couplet":
        return _couplet(world, payload, answer, phrasing)
    words = words_of(answer)
    if payload.target == "English":
        words = plain(words)
    if not words:
        return _graded(0.0, "malformed", feedback.blank(phrasing, payload.right))
    return _GRADERS[payload.target](world, payload, words[:_MAX_WORDS], phrasing)


def _graded(reward: float, outcome: str, comments: Feedback) -> Grade:
    return Grade(reward, outcome, comments, {"words": reward})


def _right(phrasing: Phrasing) -> Grade:
    return _graded(1.0, "correct", feedback.praise(phrasing))


def _wrong(score: float, diagnosis: str, payload: Payload, phrasing: Phrasing) -> Grade:
    return _graded(score, "partial" if score > 0 else "wrong", feedback.criticism(phrasing, score, diagnosis, payload.right))


def _drawn(world: _World, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    for order in payload.orders:
        if accepts(words, order):
            return _right(phrasing)
    comparison = compare(words, payload.orders)
    lesson = Lesson(world.language.name, world.readings, payload.source_words)
    return _wrong(comparison.score, feedback.of_rendering(phrasing, comparison, lesson), payload, phrasing)


def _english(world: _World, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    if any(accepts(words, order) for order in payload.orders):
        return _right(phrasing)
    return _mistranslated(world, payload, words, payload.orders, phrasing)


def _german(world: _World, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    assert payload.meaning is not None
    answer = " ".join(words)
    accepted = [" ".join(words_of(text)) for text in german.render(payload.meaning, answer)]
    if answer in accepted:
        return _right(phrasing)
    near = [text for text, _, _ in process.extract(answer, accepted, limit=4)] or accepted[:1]
    small = translation.SMALL["German"]
    orders = [[Slot((word,), word, 0.15 if word in small else 1.0) for word in text.split()] for text in near]
    return _mistranslated(world, payload, words, orders, phrasing)


def _mistranslated(
    world: _World, payload: Payload, words: Sequence[str], orders: Sequence[Sequence[Slot]], phrasing: Phrasing
) -> Grade:
    comparison = compare(words, orders)
    lesson = Lesson(world.language.name, world.readings, payload.source_words)
    diagnosis = translation.of_translation(world.language, payload, comparison, orders, phrasing, lesson)
    return _wrong(comparison.score, diagnosis, payload, phrasing)


def _number(world: _World, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    if accepts(words, payload.orders[0]):
        return _right(phrasing)
    language = world.language
    score = _NUMBER_SHARE * compare(words, payload.orders).score
    numbers = range(min(language.digits), language.largest + 1)
    value = next((number for number in numbers if language.number_words(number) == words), None)
    return _wrong(score, feedback.of_number(phrasing, " ".join(words), value, payload.number, language.name), payload, phrasing)


_GRADERS: Mapping[str, Callable[[_World, Payload, list[str], Phrasing], Grade]] = {
    "drawn": _drawn,
    "English": _english,
    "German": _german,
    "number": _number,
}


def _couplet(world: _World, payload: Payload, answer: str, phrasing: Phrasing) -> Grade:
    assert payload.brief is not None
    marked = poetry.grade_couplet(
        answer, payload.brief, world.language.phonology.vowels, lambda line: parse(world.language, world.readings, line)
    )
    if marked.reward == 1.0:
        return Grade(1.0, "correct", feedback.praise(phrasing), marked.parts)
    comments = feedback.criticism(phrasing, marked.reward, marked.diagnosis, payload.right)
    outcome = "partial" if marked.reward > 0 else "wrong" if answer.strip() else "malformed"
    return Grade(marked.reward, outcome, comments, marked.parts)
