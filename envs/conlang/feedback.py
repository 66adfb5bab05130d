"""What a patient teacher says to an answer: verdict, diagnosis, correction.

A diagnosis quotes the agent's own words, says which are right, what the others mean where they mean something, what is
missing and whether the order is wrong. It never says a word of the right answer that the agent did not write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clgym.core import Feedback
from clgym.envs.conlang.compare import Comparison, Slot, credit
from clgym.envs.conlang.render import Reading
from clgym.text.answers import in_quotes
from clgym.text.phrases import Phrasing

#: From this score on, an answer is called partly right.
_MUCH = 0.3

_RIGHT = ("Right.", "Yes, exactly.", "Correct, well said.", "That is how one says it.")
_PARTLY = ("Partly right.", "Not quite.", "Close, but not right yet.")
_WRONG = ("That is not right.", "No, that is not it.", "Wrong, I am afraid.")
_CORRECTION = ("It should be: {right}", "The right answer is: {right}", "One says: {right}")

_BLANK = ("You said nothing.", "There is no answer to look at.", "I was given an empty answer.")
_GOOD = ("{given} is right for {meant}.", "{given} does mean {meant}.", "You have {meant} right with {given}.")
_OTHER = (
    "{given} means {other}, and {meant} was asked for.",
    "But {given} is the word for {other}, not for {meant}.",
    "You wrote {given}, which is {other}; what is missing is {meant}.",
)
_FOREIGN = (
    "{given} is not a word of {language}; the word for {meant} is missing.",
    "Nobody who speaks {language} knows {given}; {meant} is called something else.",
    "{given} means nothing in {language}, so {meant} is not said.",
)
_ENGLISH = (
    "{given} is still English; the {language} word for {meant} is missing.",
    "You left {given} in English; {language} has its own word for {meant}.",
    "{given} is English, not {language}: {meant} still has to be translated.",
)
_SPELLING = (
    "{given} is nearly the word for {meant}, but it is not spelt so.",
    "For {meant} you wrote {given}: almost, look at its letters again.",
    "{given} has a wrong letter or two if {meant} is meant.",
)
_ECHO = (
    "{given} is what I gave you in English; say it in {language}.",
    "You repeat the English: {given}. It is {language} that is asked for.",
    "{given} is English, not {language}.",
)
_MISSING = ("A word for {meant} is missing.", "Nothing in it says {meant}.", "You left out {meant}.")
_ORDER = (
    "The words are right, but {language} puts them in another order than {given}.",
    "Every word is right; only their order in {given} is not that of {language}.",
    "Right words, wrong order: {given} is not how {language} arranges them.",
)
_EXTRA = (
    "{given} does not belong there.",
    "There is a word too many: {given}.",
    "Leave out {given}; it says nothing that was asked for.",
)
_FORM = (
    "{given} is the right word for {meant}, but it must stand {needed}, not {has}.",
    "For {meant} you wrote {given}, which is {has}; here it has to be {needed}.",
    "{given} does say {meant}, only in a wrong form: {has} instead of {needed}.",
)
_LIKE = (
    "{given} is nearly right for {meant}: the form wanted here is {needed}.",
    "You are close, but {given} is not how {meant} stands {needed}.",
    "{given} comes close to {meant}, yet it is not right for a word {needed}.",
)
_LENGTH = (
    "That is {count} words; {wanted} are enough. Give the translation alone.",
    "You wrote {count} words where {wanted} are wanted: only the translation, please.",
    "{wanted} words would do, and you wrote {count}; answer with the translation and nothing else.",
)


_NUMBER = (
    "{given} is {value}, and the result is {side}.",
    "You say {given}, that is {value}, but the result is {side}.",
    "{given} stands for {value}; the right result is {side}.",
)
_NO_NUMBER = (
    "{given} is not a number word of {language}.",
    "I cannot read {given} as a number in {language}.",
    "In {language} {given} is no number.",
)
_COUPLET = ("A couplet that would do: {right}", "For example: {right}", "One could write: {right}")
_LONG = (
    "Your answer has {count:,} characters; I do not read that much for so short a task.",
    "{count:,} characters are far too many. Give only what was asked for.",
    "I stopped reading: {count:,} characters, where one line would do.",
)


def praise(phrasing: Phrasing) -> Feedback:
    """What is said to a right answer: there is nothing to correct."""
    return Feedback(phrasing.say(_RIGHT))


def blank(phrasing: Phrasing, right: str) -> Feedback:
    """What is said to an answer without a word."""
    return Feedback(phrasing.say(_WRONG), phrasing.say(_BLANK), phrasing.say(_CORRECTION, right=right))


def too_long(phrasing: Phrasing, right: str, count: int) -> Feedback:
    """What is said to an answer of so many characters that it is not read."""
    return Feedback(phrasing.say(_WRONG), phrasing.say(_LONG, count=count), phrasing.say(_CORRECTION, right=right))


def criticism(phrasing: Phrasing, score: float, diagnosis: str, right: str) -> Feedback:
    """Verdict, diagnosis and correction of a wrong answer."""
    verdict = phrasing.say(_PARTLY if score >= _MUCH else _WRONG)
    return Feedback(verdict, diagnosis, phrasing.say(_COUPLET if "\n" in right else _CORRECTION, right=right))


class Lesson(NamedTuple):
    """What a diagnosis may draw on: the language's name and words, the words of the prompt's phrase."""

    language: str
    readings: Mapping[str, Sequence[Reading]]
    source_words: frozenset[str]


def of_rendering(phrasing: Phrasing, comparison: Comparison, lesson: Lesson) -> str:
    """What is wrong with an answer in the drawn language."""
    words, wanted = comparison.words, len(comparison.order)
    if len(words) > 2 * wanted + 1:
        return phrasing.say(_LENGTH, count=len(words), wanted=wanted)
    if comparison.score == 0 and lesson.source_words.issuperset(words):
        return phrasing.say(_ECHO, given=in_quotes(" ".join(words)), language=lesson.language)
    stray, bad = list(words), []
    sentences: list[str] = []
    for place, (slot, given) in enumerate(zip(comparison.order, comparison.given)):
        if given is not None:
            stray.remove(given)
        if given not in slot.forms:
            bad.append((place, slot, given))
        elif len(sentences) < 2:
            sentences.append(phrasing.say(_GOOD, given=in_quotes(given), meant=in_quotes(slot.gloss)))
    if not bad and not stray:
        return phrasing.say(_ORDER, given=in_quotes(" ".join(words)), language=lesson.language)
    for place, slot, given in bad[:3]:
        sentences.append(_fault(phrasing, slot, given or _take(stray, words, place), lesson))
    if stray and not bad:
        sentences.append(phrasing.say(_EXTRA, given=in_quotes(stray[0])))
    return " ".join(sentences)


def _take(stray: list[str], words: Sequence[str], place: int) -> str | None:
    """The free word of the answer that stands in that place, or else the first free one."""
    if not stray:
        return None
    word = words[place] if place < len(words) and words[place] in stray else stray[0]
    stray.remove(word)
    return word


def _fault(phrasing: Phrasing, slot: Slot, word: str | None, lesson: Lesson) -> str:
    """One word that is wrong or missing."""
    meant = in_quotes(slot.gloss)
    if word is None:
        return phrasing.say(_MISSING, meant=meant)
    given, known = in_quotes(word), lesson.readings.get(word)
    if known:
        for reading in known:
            if reading.gloss == slot.gloss:
                return _wrong_form(phrasing, slot, reading, given)
        return phrasing.say(_OTHER, given=given, other=in_quotes(known[0].gloss), meant=meant)
    if word in lesson.source_words:
        return phrasing.say(_ENGLISH, given=given, meant=meant, language=lesson.language)
    for form in slot.forms:
        if credit(word, form):
            needed = ", ".join(value for _, value in slot.features)
            return phrasing.say(_LIKE if needed else _SPELLING, given=given, meant=meant, needed=needed)
    return phrasing.say(_FOREIGN, given=given, meant=meant, language=lesson.language)


def _wrong_form(phrasing: Phrasing, slot: Slot, reading: Reading, given: str) -> str:
    """The right word in a wrong form: the features in which the two differ."""
    wanted, had = dict(slot.features), dict(reading.features)
    axes = [axis for axis in wanted if wanted[axis] != had.get(axis)]
    needed = ", ".join(wanted[axis] for axis in axes)
    has = ", ".join(had[axis] for axis in axes if axis in had)
    if not needed or not has:
        return phrasing.say(_EXTRA, given=given)
    return phrasing.say(_FORM, given=given, meant=in_quotes(slot.gloss), needed=needed, has=has)


def of_number(phrasing: Phrasing, given: str, value: int | None, wanted: int, language: str) -> str:
    """What is wrong with the result of a sum; ``value`` is None where the answer is no number."""
    if value is None:
        return phrasing.say(_NO_NUMBER, given=in_quotes(given), language=language)
    return phrasing.say(_NUMBER, given=in_quotes(given), value=value, side="larger" if wanted > value else "smaller")
