"""What a patient teacher says to an answer: verdict, diagnosis, correction.

A diagnosis quotes the agent's own words, says which are right, what the others mean where they mean something, what is
missing and whether the order is wrong. It never says a word of the right answer that the agent did not write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clgym.core import Feedback
from clgym.envs.conlang.compare import Comparison, Slot, credit

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
_LENGTH = (
    "That is {count} words; {wanted} are enough. Give the translation alone.",
    "You wrote {count} words where {wanted} are wanted: only the translation, please.",
    "{wanted} words would do, and you wrote {count}; answer with the translation and nothing else.",
)


class Phrasing:
    """Chooses among phrasings: the same choice for the same number."""

    __slots__ = ("_number",)

    def __init__(self, number: int):
        self._number = number

    def say(self, bank: Sequence[str], **words: object) -> str:
        """One phrasing of the bank, filled in."""
        self._number, choice = divmod(self._number * 48_271 % 2_147_483_647, len(bank))
        text = bank[choice]
        return text.format(**words) if words else text


def quoted(text: str) -> str:
    """The text in double quotes, cut to a length that a person would still quote."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}..."'


def praise(phrasing: Phrasing, right: str) -> Feedback:
    """What is said to a right answer."""
    return Feedback(phrasing.say(_RIGHT), "", phrasing.say(_CORRECTION, right=right))


def blank(phrasing: Phrasing, right: str) -> Feedback:
    """What is said to an answer without a word."""
    return Feedback(phrasing.say(_WRONG), phrasing.say(_BLANK), phrasing.say(_CORRECTION, right=right))


def criticism(phrasing: Phrasing, found: Comparison, right: str, language: str, meanings: Mapping[str, str], english: str) -> Feedback:
    """What is said to a wrong rendering in the drawn language.

    ``meanings`` glosses the words of the language; ``english`` is the phrase that was to be translated.
    """
    verdict = phrasing.say(_PARTLY if found.score > 0 else _WRONG)
    return Feedback(verdict, _diagnosis(phrasing, found, language, meanings, english), phrasing.say(_CORRECTION, right=right))


def _diagnosis(phrasing: Phrasing, found: Comparison, language: str, meanings: Mapping[str, str], english: str) -> str:
    if len(found.words) > 2 * len(found.order) + 1:
        return phrasing.say(_LENGTH, count=len(found.words), wanted=len(found.order))
    if found.score == 0 and set(found.words) <= set(english.casefold().split()):
        return phrasing.say(_ECHO, given=quoted(" ".join(found.words)), language=language)
    good = [(slot, given) for slot, given in zip(found.order, found.given) if given in slot.forms]
    bad = [(slot, given) for slot, given in zip(found.order, found.given) if given not in slot.forms]
    stray = list(found.words)
    for given in found.given:
        if given is not None:
            stray.remove(given)
    if not bad and not stray:
        return phrasing.say(_ORDER, given=quoted(" ".join(found.words)), language=language)
    said = [phrasing.say(_GOOD, given=quoted(str(given)), meant=quoted(slot.gloss)) for slot, given in good[:2]]
    for slot, given in bad[:2]:
        word = given or (stray.pop(0) if stray else None)
        said.append(_fault(phrasing, slot, word, language, meanings, english))
    if stray and not bad:
        said.append(phrasing.say(_EXTRA, given=quoted(stray[0])))
    return " ".join(said)


def _fault(phrasing: Phrasing, slot: Slot, word: str | None, language: str, meanings: Mapping[str, str], english: str) -> str:
    """One word that is wrong or missing."""
    meant = quoted(slot.gloss)
    if word is None:
        return phrasing.say(_MISSING, meant=meant)
    given = quoted(word)
    if word in meanings:
        return phrasing.say(_OTHER, given=given, other=quoted(meanings[word]), meant=meant)
    if word in english.casefold().split():
        return phrasing.say(_ENGLISH, given=given, meant=meant, language=language)
    bank = _SPELLING if any(credit(word, form) > 0 for form in slot.forms) else _FOREIGN
    return phrasing.say(bank, given=given, meant=meant, language=language)
