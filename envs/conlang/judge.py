"""Grades: from an answer and what was asked to a reward and the teacher's words. Pure functions that never raise."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from rapidfuzz import process

from clgym.core import Feedback, Grade
from clgym.envs.conlang import feedback, german, poetry
from clgym.envs.conlang.compare import Slot, accepts, compare, words_of
from clgym.envs.conlang.english import number_word, plain
from clgym.envs.conlang.feedback import Lesson, Phrasing
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import CONCEPTS, GERMAN
from clgym.envs.conlang.meaning import Meaning, concepts_of
from clgym.envs.conlang.parsing import parse
from clgym.envs.conlang.render import Reading, render
from clgym.envs.conlang.tasks import Asked

#: Longer answers are not read: no right one has a tenth of it.
MAX_CHARS = 2000
_MAX_WORDS = 60
#: A wrong number earns at most this share of what a wrong sentence with as many right words does.
_NUMBER_SHARE = 0.35

_GERMAN_SMALL = frozenset(
    "der die das den dem des ein eine einen einem einer eines nicht kein keine keinen keinem keiner wird werden hat haben "
    "ist sind war waren von im in auf unter hinter mit nahe".split()
)


def grade(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, answer: str) -> Grade:
    """Grade any string as an answer to what was asked. ``readings`` are the language's word forms."""
    # A checksum picks the phrasing: feedback is a function of world, query and answer, and costs no generator.
    number = zlib.crc32(f"{language.name}/{asked.shown}/{answer[:MAX_CHARS]}".encode("utf-8", "surrogatepass"))
    phrasing = Phrasing(number)
    if len(answer) > MAX_CHARS:
        return _graded(0.0, "malformed", feedback.too_long(phrasing, asked.right, len(answer)))
    if asked.target == "couplet":
        return _couplet(language, readings, asked, answer, phrasing)
    words = words_of(answer)
    if asked.target == "English":
        words = plain(words)
    if not words:
        return _graded(0.0, "malformed", feedback.blank(phrasing, asked.right))
    return _GRADERS[asked.target](language, readings, asked, words[:_MAX_WORDS], phrasing)


def _graded(reward: float, outcome: str, said: Feedback) -> Grade:
    return Grade(reward, outcome, said, {"words": reward})


def _right(asked: Asked, phrasing: Phrasing) -> Grade:
    return _graded(1.0, "correct", feedback.praise(phrasing, asked.right))


def _wrong(score: float, diagnosis: str, asked: Asked, phrasing: Phrasing) -> Grade:
    return _graded(score, "partial" if score > 0 else "wrong", feedback.criticism(phrasing, score, diagnosis, asked.right))


def _drawn(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    for order in asked.orders:
        if accepts(words, order):
            return _right(asked, phrasing)
    found = compare(words, asked.orders)
    lesson = Lesson(language.name, readings, asked.shown_words)
    return _wrong(found.score, feedback.of_rendering(phrasing, found, lesson), asked, phrasing)


def _english(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    if any(accepts(words, order) for order in asked.orders):
        return _right(asked, phrasing)
    score = compare(words, asked.orders).score
    return _wrong(score, _translation(language, readings, asked, words, phrasing, english_forms), asked, phrasing)


def _german(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    assert asked.meaning is not None
    said = " ".join(words)
    accepted = [" ".join(words_of(text)) for text in german.render(asked.meaning, said)]
    if said in accepted:
        return _right(asked, phrasing)
    near = [text for text, _, _ in process.extract(said, accepted, limit=4)] or accepted[:1]
    orders = [tuple(Slot((word,), word, 0.15 if word in _GERMAN_SMALL else 1.0) for word in text.split()) for text in near]
    score = compare(words, orders).score
    return _wrong(score, _translation(language, readings, asked, words, phrasing, german_forms), asked, phrasing)


def _number(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, words: list[str], phrasing: Phrasing) -> Grade:
    if accepts(words, asked.orders[0]):
        return _right(asked, phrasing)
    score = _NUMBER_SHARE * compare(words, asked.orders).score
    numbers = range(2 if language.level == 0 else 1, language.largest + 1)
    value = next((number for number in numbers if language.number_words(number) == words), None)
    return _wrong(score, feedback.of_number(phrasing, " ".join(words), value, asked.number, language.name), asked, phrasing)


_GRADERS: Mapping[str, Callable[..., Grade]] = {"drawn": _drawn, "English": _english, "German": _german, "number": _number}


def _couplet(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, answer: str, phrasing: Phrasing) -> Grade:
    assert asked.brief is not None
    marked = poetry.grade_couplet(answer, asked.brief, language.phonology.vowels, lambda line: parse(language, readings, line))
    if marked.reward == 1.0:
        return Grade(1.0, "correct", feedback.praise(phrasing, asked.right), marked.parts)
    said = feedback.criticism(phrasing, marked.reward, marked.diagnosis, asked.right)
    outcome = "partial" if marked.reward > 0 else "wrong" if answer.strip() else "malformed"
    return Grade(marked.reward, outcome, said, marked.parts)


# What a translation leaves unsaid


def _translation(language: Language, readings: Mapping[str, Sequence[Reading]], asked: Asked, words: Sequence[str],
                 phrasing: Phrasing, forms: Callable[[str], frozenset[str]]) -> str:
    """What is wrong with an answer in English or German, told by the words that the prompt showed."""
    assert asked.meaning is not None
    cues = dict(_cues(language, asked))
    unsaid = [shown for concept, shown in cues.items() if forms(concept).isdisjoint(words)]
    known = frozenset().union(*(forms(concept) for concept in cues))
    aliens = [word for word in words if word not in known and word not in _GERMAN_SMALL and len(word) > 3]
    return feedback.of_translation(phrasing, words, unsaid, aliens, Lesson(language.name, readings, asked.shown_words, asked.target))


def _cues(language: Language, asked: Asked) -> Iterator[tuple[str, str]]:
    """Each concept of the meaning with the word that stood for it in the prompt."""
    meaning = asked.meaning
    concepts = [concept for concept in dict.fromkeys(concepts_of(meaning)) if concept in CONCEPTS]
    if asked.shown == drawn_text(language, meaning):
        shown = {slot.gloss: slot.forms[0] for slot in render(language, meaning)[0]}
        yield from ((concept, shown.get(concept, concept)) for concept in concepts)
    else:
        yield from ((concept, concept) for concept in concepts)


def drawn_text(language: Language, meaning: Meaning | None) -> str:
    """The canonical rendering in the drawn language."""
    return " ".join(slot.forms[0] for slot in render(language, meaning)[0]) if meaning is not None else ""


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
            forms.update(form for name, value in word.items() if name not in ("gender", "auxiliary", "only") for form in value.split("/"))
    return frozenset(form.casefold() for form in forms)
