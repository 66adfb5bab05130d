"""Grading: an answer is read as what was asked for, or it is malformed. Nothing is searched for in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from clgym.core import Feedback, Grade
from clgym.envs.slang import feedback
from clgym.envs.slang.bank import phrases, senses
from clgym.envs.slang.slang import AFFIX_MEANINGS, Slang
from clgym.envs.slang.tasks import Payload, Slot
from clgym.envs.slang.words import blurred
from clgym.text.answers import plain, undress
from clgym.text.phrases import Phrasing

#: A longer answer is not read.
LONGEST = 400
#: What an answer that is not right earns at most, what a slip of one letter and what the right words in the wrong order earn.
PARTIAL, SLIP, SWAPPED = 0.6, 0.5, 0.4
#: Names that a prompt gives to what it asks for.
_FIELDS = ("number", "word", "words", "meaning")
_WORD = re.compile(r"[\w'-]+")
_ARTICLES = frozenset(("a", "an", "the", "to"))
_GERMAN_SMALL = frozenset(("zu", "sich", "das", "der", "die"))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def grade(slang: Slang, payload: Payload, answer: str) -> Grade:
    """Grade an answer to a query of this slang."""
    phrasing = Phrasing(payload.form, answer)
    if len(answer) > LONGEST + 100:
        return _malformed(feedback.too_long(phrasing, len(answer)), phrasing, payload)
    text = plain(answer, _FIELDS)
    if not text:
        return _malformed(feedback.blank(phrasing), phrasing, payload)
    if payload.kind in ("odd", "fault", "booster", "head", "guard"):
        return _choice(slang, payload, text, phrasing)
    if payload.kind == "word":
        return _word(slang, payload, text, phrasing)
    if payload.kind == "german":
        return _german(slang, payload, " ".join(undress(answer, _FIELDS).split()), phrasing)
    return _pattern(slang, payload, text, phrasing)


def _right(phrasing: Phrasing) -> Grade:
    return Grade(1.0, "correct", Feedback(feedback.praise(phrasing)), {"right": 1.0})


def _malformed(diagnosis: str, phrasing: Phrasing, payload: Payload) -> Grade:
    return Grade(
        0.0, "malformed", Feedback(feedback.unread(phrasing), diagnosis, feedback.correction(phrasing, payload)), {"right": 0.0}
    )


def _wrong(reward: float, diagnosis: str, phrasing: Phrasing, payload: Payload) -> Grade:
    verdict = feedback.verdict(phrasing, reward)
    outcome = "partial" if reward else "wrong"
    return Grade(reward, outcome, Feedback(verdict, diagnosis, feedback.correction(phrasing, payload)), {"right": reward})


def _choice(slang: Slang, payload: Payload, text: str, phrasing: Phrasing) -> Grade:
    if payload.kind == "odd":
        text = text.removeprefix("use ").removeprefix("number ")
    if text not in payload.options:
        return _malformed(feedback.no_option(phrasing, text, payload), phrasing, payload)
    if text == payload.right:
        return _right(phrasing)
    return _wrong(0.0, feedback.of_choice(phrasing, slang, payload, text), phrasing, payload)


def _word(slang: Slang, payload: Payload, text: str, phrasing: Phrasing) -> Grade:
    if len(text.split()) > 1:
        return _malformed(feedback.many_words(phrasing, text, "one word"), phrasing, payload)
    if text == payload.right:
        return _right(phrasing)
    slip = text not in slang.by_form and len(text) > 3 and not blurred(text).isdisjoint(blurred(payload.right))
    return _wrong(SLIP if slip else 0.0, feedback.of_word(phrasing, slang, payload, text, slip), phrasing, payload)


def _german(slang: Slang, payload: Payload, text: str, phrasing: Phrasing) -> Grade:
    given, noun = _spelled(text), " " in payload.right
    if len(given.split()) > 2:
        return _malformed(feedback.many_words(phrasing, text, "one word and its article"), phrasing, payload)
    if not noun:
        given = _bare(given)
    accepted = _accepted(payload.accepted)
    if given in accepted:
        return _right(phrasing)
    named = noun and _bare(given) in {_bare(each) for each in accepted}
    return _wrong(SLIP if named else 0.0, feedback.of_german(phrasing, slang, payload, text, named), phrasing, payload)


@lru_cache(maxsize=1024)
def _accepted(accepted: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_spelled, accepted))


def _spelled(text: str) -> str:
    """German as it is compared: umlauts may be written out, case does not count."""
    return text.casefold().translate(_UMLAUTS)


def _bare(text: str) -> str:
    """A German word without its article, without "zu" or "sich"."""
    first, _, rest = text.partition(" ")
    return rest if rest and first in _GERMAN_SMALL else text


def tokens(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return _WORD.findall(text.casefold().replace("’", "'"))


def _pattern(slang: Slang, payload: Payload, text: str, phrasing: Phrasing) -> Grade:
    """A reading in ordinary words against its pattern of fixed words and slots."""
    pattern = payload.pattern
    given = _merged(tokens(_without_lead(text, payload.lead)), len(pattern))
    if payload.kind != "paraphrase" and len(given) == len(pattern) + 1 and given[0] in _ARTICLES:
        given = given[1:]
    if len(given) != len(pattern):
        return _malformed(feedback.shape(phrasing, text, payload, len(given)), phrasing, payload)
    slots = [(slot, word) for slot, word in zip(pattern, given) if isinstance(slot, Slot)]
    moved = next((word for slot, word in zip(pattern, given) if isinstance(slot, str) and slot != word), None)
    if moved is not None:
        return _wrong(0.0, feedback.moved(phrasing, moved), phrasing, payload)
    missed = [(slot, word) for slot, word in slots if not fits(slang, slot, word)]
    swapped = len(slots) == 2 == len(pattern) and missed and _swapped(slang, slots)
    if not missed or (swapped and payload.kind == "derived" and slots[1][0].sense in AFFIX_MEANINGS["v"]):
        return _right(phrasing)
    reward = PARTIAL * sum(slot.weight for slot, word in slots if fits(slang, slot, word))
    if swapped and payload.kind == "compound":
        return _wrong(SWAPPED, feedback.swapped(phrasing, text), phrasing, payload)
    return _wrong(round(reward, 4), feedback.of_pattern(phrasing, slang, payload, missed), phrasing, payload)


def fits(slang: Slang, slot: Slot, word: str) -> bool:
    """Whether an English word says what the slang in a slot says: any that comes as near to it as to another sense of this slang."""
    return word in slot.right or (slot.sense in senses() and slang.means(word, slot.sense))


def _without_lead(text: str, lead: str) -> str:
    """A sentence without the bracket that says where it is said, which may be copied and may be left out."""
    return text[len(lead) :] if lead and text.startswith(lead.casefold()) else text


def _merged(given: list[str], count: int) -> list[str]:
    """The words of a reading with expressions of several words as one, as long as there are more than ``count``."""
    place = 0
    while place < len(given) > count:
        for size in (4, 3, 2):
            if tuple(given[place : place + size]) in phrases():
                given = [*given[:place], " ".join(given[place : place + size]), *given[place + size :]]
                break
        place += 1
    return given


def _swapped(slang: Slang, slots: Sequence[tuple[Slot, str]]) -> bool:
    (first, one), (second, other) = slots
    return fits(slang, second, one) and fits(slang, first, other)
