"""Grades: from an answer and what was asked to a reward and the teacher's words. Pure functions that never raise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import process

from clgym.core import Feedback, Grade
from clgym.envs.bilingual import english, german
from clgym.envs.conlang import feedback, poetry, translation
from clgym.envs.conlang.alignment import Match
from clgym.envs.conlang.analysis import Analyser
from clgym.envs.conlang.compare import Slot, accepts, compare, words_of
from clgym.envs.conlang.examples import Examples
from clgym.envs.conlang.feedback import Lesson
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.tasks import Payload
from clgym.envs.conlang.wording import joined
from clgym.text.phrases import Phrasing

#: Longer answers are not read: no right one has a tenth of it.
MAX_CHARS = 2000
_MAX_WORDS = 60
#: A wrong number earns at most this share of what a wrong sentence with as many right words does.
_NUMBER_SHARE = 0.35
#: So many German renderings are compared with a wrong answer, beside the canonical one: the nearest.
_NEAR = 12
_QUOTED = re.compile(r'"([^"]+)"')


class Bench(NamedTuple):
    """What grading needs of a world: its language, its words, and sentences with them."""

    language: Language
    analyser: Analyser
    examples: Examples


def grade(bench: Bench, payload: Payload, answer: str) -> Grade:
    """Grade any string as an answer to what was asked."""
    phrasing = Phrasing(bench.language.name, payload.source, answer)
    if len(answer) > MAX_CHARS:
        return Grade(0.0, "malformed", feedback.too_long(phrasing, payload.right, len(answer)))
    if payload.target == "couplet":
        return _couplet(bench, payload, answer, phrasing)
    words = words_of(answer)
    if payload.target == "English":
        words = joined(english.plain(list(_spelled(words, english.number_word))))
    if not words:
        return Grade(0.0, "malformed", feedback.blank(phrasing, payload.right))
    graded = _GRADERS[payload.target](bench, payload, words[:_MAX_WORDS], phrasing)
    return graded if graded.reward == 1.0 else requoted(graded, answer)


def _spelled(words: Sequence[str], number_word: Callable[[int], str]) -> Iterator[str]:
    """The words with numbers in words."""
    for word in words:
        yield from number_word(int(word)).split() if len(word) < 3 and word.isascii() and word.isdigit() else (word,)


def requoted(graded: Grade, answer: str) -> Grade:
    """The grade with the agent's words quoted as they were written: answers are compared case folded."""
    if answer.islower():
        return graded
    written = {word.casefold(): word for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", answer)}

    def restored(found: re.Match[str]) -> str:
        return '"' + " ".join(written.get(word, word) for word in found[1].split()) + '"'

    verdict, diagnosis, correction = graded.feedback
    return Grade(graded.reward, graded.outcome, Feedback(verdict, _QUOTED.sub(restored, diagnosis), correction), graded.parts)


def _right(phrasing: Phrasing) -> Grade:
    return Grade(1.0, "correct", feedback.praise(phrasing), dict.fromkeys(("lexicon", "morphology", "order"), 1.0))


def _wrong(score: float, diagnosis: str, payload: Payload, phrasing: Phrasing, parts: Mapping[str, float]) -> Grade:
    comments = feedback.criticism(phrasing, score, diagnosis, payload.right)
    return Grade(score, "partial" if score > 0 else "wrong", comments, parts)


def _lesson(bench: Bench, payload: Payload) -> Lesson:
    def example(slot: Slot) -> feedback.Example:
        return bench.examples.of(slot.lexeme, payload.right)

    return Lesson(bench.language, payload.meaning, payload.source, payload.prompted, example, bench.analyser.readings)


def _drawn(bench: Bench, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    order, pairs = payload.rendering
    if accepts(words, order):
        return _right(phrasing)
    score = compare(words, [order]).score
    match = Match(words, order, bench.analyser.readings, bench.language.rules)
    diagnosis = feedback.of_rendering(phrasing, match, pairs, _lesson(bench, payload))
    return _wrong(score, diagnosis, payload, phrasing, match.parts(pairs))


def _english(bench: Bench, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    if any(accepts(words, order) for order in payload.orders):
        return _right(phrasing)
    return _mistranslated(bench, payload, words, payload.orders, phrasing)


def _german(bench: Bench, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    assert payload.meaning is not None
    words = list(_spelled(words, german.number_word))
    answer = " ".join(words)
    accepted = [" ".join(words_of(text)) for text in german.render(payload.meaning, answer)]
    if answer in accepted:
        return _right(phrasing)
    near = dict.fromkeys([*accepted[:1], *(text for text, _, _ in process.extract(answer, accepted, limit=_NEAR))])
    small = translation.SMALL["German"]
    orders = [tuple(Slot((word,), word, 0.15 if word in small else 1.0) for word in text.split()) for text in near]
    return _mistranslated(bench, payload, words, orders, phrasing)


def _mistranslated(
    bench: Bench, payload: Payload, words: Sequence[str], orders: Sequence[tuple[Slot, ...]], phrasing: Phrasing
) -> Grade:
    comparison = compare(words, orders)
    diagnosis = translation.of_translation(bench.language, payload, comparison, orders, phrasing, bench.analyser.readings)
    parts = translation.parts(payload, comparison)
    return _wrong(comparison.score, diagnosis, payload, phrasing, parts)


def _number(bench: Bench, payload: Payload, words: list[str], phrasing: Phrasing) -> Grade:
    order = payload.rendering.order
    if accepts(words, order):
        return _right(phrasing)
    language = bench.language
    score = _NUMBER_SHARE * compare(words, [order]).score
    value = language.number_values.get(tuple(words))
    diagnosis = feedback.of_number(phrasing, " ".join(words), value, payload.number, language.name)
    parts = Match(words, order, bench.analyser.readings, language.rules).parts(())
    return _wrong(score, diagnosis, payload, phrasing, parts)


_GRADERS: Mapping[str, Callable[[Bench, Payload, list[str], Phrasing], Grade]] = {
    "drawn": _drawn,
    "English": _english,
    "German": _german,
    "number": _number,
}


def _couplet(bench: Bench, payload: Payload, answer: str, phrasing: Phrasing) -> Grade:
    assert payload.brief is not None
    language, subject = bench.language, payload.brief.subject

    def read(text: str) -> poetry.Line:
        meanings = list(parse(language, bench.analyser, text))
        # Where a line can be read in two ways, the one that speaks of the subject was meant.
        meanings.sort(key=lambda meaning: subject not in poetry.concepts_of(meaning))
        return poetry.parsed_line(language, text, meanings)

    marked = poetry.grade_couplet(answer, payload.brief, language, read)
    if marked.reward == 1.0:
        return Grade(1.0, "correct", feedback.praise(phrasing), marked.parts)
    comments = feedback.criticism(phrasing, marked.reward, marked.diagnosis, payload.right)
    outcome = "partial" if marked.reward > 0 else "wrong" if answer.strip() else "malformed"
    return Grade(marked.reward, outcome, comments, marked.parts)
