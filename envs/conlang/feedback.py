"""What a patient teacher says to an answer in the drawn language: verdict, diagnosis, correction.

A diagnosis quotes the agent's own words. It says which are right and what the others mean; of a form or an order that is wrong it says which,
and the rule of the language behind it (the sentences of ``catalogue.py``); of a word that is lacking it gives another sentence with it, and
what that is in English. It never holds the whole right answer. ``reading.py`` reads all of it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from clgym.core import Feedback
from clgym.envs.bilingual.meaning import Meaning
from clgym.envs.conlang.alignment import Match
from clgym.envs.conlang.analysis import Reading
from clgym.envs.conlang.catalogue import BY_NAME, PARTICLES
from clgym.envs.conlang.compare import Slot
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.phonology import VOWELS
from clgym.envs.conlang.render import Pair, gloss_of
from clgym.text.answers import in_quotes
from clgym.text.phrases import Phrasing

#: From this score on, an answer is called partly right.
_MUCH = 0.3
#: Of so many words that are lacking another sentence is given; so many forms are spoken of.
_EXAMPLES, _FORMS = 2, 2

_RIGHT = ("Right.", "Yes, exactly.", "Correct, well said.", "That is how one says it.")
_PARTLY = ("Partly right.", "Not quite.", "Close, but not right yet.")
_WRONG = ("That is not right.", "No, that is not it.", "Wrong, I am afraid.")
CORRECTION = ("It should be: {right}", "The right answer is: {right}", "One says: {right}")
COUPLET = ("A couplet that would do: {right}", "For example: {right}", "One could write: {right}")

_BLANK = ("You said nothing.", "There is no answer to look at.", "I was given an empty answer.")
GOOD = ("{given} is right for {meant}.", "{given} does mean {meant}.", "You have {meant} right with {given}.")
OTHER = (
    "{given} means {other}, and that was not asked for.",
    "But {given} is the word for {other}.",
    "You wrote {given}, which is {other}.",
)
_FOREIGN = (
    "{given} is not a word of {language}.",
    "Nobody who speaks {language} knows {given}.",
    "{given} means nothing in {language}.",
)
_PROMPTED = ("{given} is still {prompted}.", "You left {given} in {prompted}.", "{given} is {prompted}, not {language}.")
_ECHO = (
    "{given} is what I gave you, in {prompted}; say it in {language}.",
    "You repeat the {prompted}: {given}. It is {language} that is asked for.",
    "{given} is still {prompted}, and {language} was asked for.",
)
_SPELLING = (
    "{given} is nearly a form of the word for {meant}, but it is not spelt so.",
    "For {meant} you wrote {given}: almost, look at its letters again.",
    "{given} has a wrong letter or two if {meant} is meant.",
)
LACKING = (
    "A word for {meant} is lacking. Elsewhere: {text} means {said}",
    "Nothing in it says {meant}. Compare {text}, which means {said}",
    "You left out {meant}. Here it is in other words: {text} means {said}",
)
#: Where the agent wrote the word, and only a rule is told.
FORM = (
    "{given} is a word for {meant}, but in a wrong form: {rule}.",
    "{given} does say {meant}, only that {rule}.",
    "For {meant} you wrote {given}; mind that {rule}.",
)
SURPLUS = (
    "{given} says {meant} in a form that does not fit here: {rule}, and that is not the case here.",
    "For {meant} you wrote {given}, which says too much: {rule}, and nothing like that is meant here.",
    "{given} is a word for {meant} with something too much: {rule}, but not here.",
)
SMALL = ("A small word is missing: {rule}.", "You left out a small word; {rule}.", "Something small is missing, for {rule}.")
SMALL_NUMBER = ("As to the number: {rule}.", "Think of how one counts: {rule}.", "A number is said like this: {rule}.")
ORDER = (
    "{first} and {second} stand the wrong way round: {rule}.",
    "The order of {first} and {second} is wrong, as {rule}.",
    "Change the places of {first} and {second}: {rule}.",
)
_MIXED = (
    "The words are right, but {language} puts them in another order.",
    "Every word is right; only their order is not that of {language}.",
    "Right words, wrong order for {language}.",
)
_EXTRA = (
    "{given} does not belong there as well.",
    "There is a word too many: {given}.",
    "Leave out {given}; it says nothing more that was asked for.",
)
NEEDLESS = ("{given} is not needed: {rule}.", "Leave out {given}, for {rule}.", "There is no word for {given} here: {rule}.")
_LENGTH = (
    "That is {count} words; {wanted} are enough. Give the translation alone.",
    "You wrote {count} words where {wanted} are wanted: only the translation, please.",
    "{wanted} words would do, and you wrote {count}; answer with the translation and nothing else.",
)
NUMBER = (
    "{given} is {value}, and the result is {side}.",
    "You say {given}, that is {value}, but the result is {side}.",
    "{given} stands for {value}; the right result is {side}.",
)
_NO_NUMBER = (
    "{given} is not a number word of {language}.",
    "I cannot read {given} as a number in {language}.",
    "In {language} {given} is no number.",
)
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
    return Feedback(phrasing.say(_WRONG), phrasing.say(_BLANK), phrasing.say(CORRECTION, right=right))


def too_long(phrasing: Phrasing, right: str, count: int) -> Feedback:
    """What is said to an answer of so many characters that it is not read."""
    return Feedback(phrasing.say(_WRONG), phrasing.say(_LONG, count=count), phrasing.say(CORRECTION, right=right))


def criticism(phrasing: Phrasing, score: float, diagnosis: str, right: str) -> Feedback:
    """Verdict, diagnosis and correction of a wrong answer."""
    verdict = phrasing.say(_PARTLY if score >= _MUCH else _WRONG)
    return Feedback(verdict, diagnosis, phrasing.say(COUPLET if "\n" in right else CORRECTION, right=right))


class Example(NamedTuple):
    """Another sentence of the language and its English."""

    text: str
    said: str


class Lesson(NamedTuple):
    """What a diagnosis may draw on. ``example`` gives a sentence with a lexeme; ``source`` has the words of the prompt's phrase, which is in
    the language ``prompted``."""

    language: Language
    meaning: Meaning | None
    source: str
    prompted: str
    example: Callable[[Slot], Example]
    readings: Callable[[str], Sequence[Reading]]


def of_rendering(phrasing: Phrasing, match: Match, pairs: Sequence[Pair], lesson: Lesson) -> str:
    """What is wrong with an answer in the drawn language."""
    words, name = match.words, lesson.language.name
    if len(words) > 2 * len(match.slots) + 3:
        return phrasing.say(_LENGTH, count=len(words), wanted=len(match.slots))
    source = lesson.source.casefold().split()
    if not match.exact and set(source) >= set(words):
        echoed = phrasing.say(_ECHO, given=in_quotes(" ".join(words)), language=name, prompted=lesson.prompted)
        return " ".join([echoed, *_lacking(phrasing, match, lesson)])
    remarks = [*_praised(phrasing, match), *_lacking(phrasing, match, lesson), *_forms(phrasing, match, lesson)]
    remarks += [*_strays(phrasing, match, lesson, source), *_order(phrasing, match, pairs)]
    return " ".join(remarks) or phrasing.say(_MIXED, language=name)


def _praised(phrasing: Phrasing, match: Match) -> Iterator[str]:
    """Up to two words that are right."""
    for slot, place in match.exact[:2]:
        yield phrasing.say(GOOD, given=in_quotes(match.words[place]), meant=in_quotes(slot.gloss))


def _lacking(phrasing: Phrasing, match: Match, lesson: Lesson) -> Iterator[str]:
    """Words that are missing: other sentences with them. A missing small word is told with its rule."""
    lexemes = dict.fromkeys(slot for slot in match.missing if not slot.lexeme.startswith("%"))
    for slot in list(lexemes)[:_EXAMPLES]:
        text, said = lesson.example(slot)
        remark = phrasing.say(LACKING, meant=in_quotes(gloss_of(slot.lexeme)), text=in_quotes(text), said=in_quotes(said))
        yield remark if said.endswith((".", "?")) else remark + "."
    if any(slot.lexeme.startswith("#") for slot in match.missing) and sum(slot.lexeme.startswith("#") for slot in match.slots) > 1:
        name = phrasing.choice(("base", "larger"))
        yield phrasing.say(SMALL_NUMBER, rule=BY_NAME[name].says[lesson.language.rules[name]])
    small = next((slot for slot in match.missing if slot.lexeme.startswith("%")), None)
    if small is not None:
        key = small.lexeme[1:]
        yield phrasing.say(SMALL, rule=PARTICLES[key].format(lesson.language.particles[key]))


def _forms(phrasing: Phrasing, match: Match, lesson: Lesson) -> Iterator[str]:
    """Right words in wrong forms: the rule that was not kept."""
    for slot, place, keys in match.misformed[:_FORMS]:
        bank, rule = _form_rule(phrasing, lesson.language, slot, match.words[place], keys)
        given, meant = in_quotes(match.words[place]), in_quotes(gloss_of(slot.lexeme))
        yield phrasing.say(bank, given=given, meant=meant, rule=rule) if rule else phrasing.say(_SPELLING, given=given, meant=meant)


def _form_rule(
    phrasing: Phrasing, language: Language, slot: Slot, word: str, keys: tuple[str, ...] | None
) -> tuple[Sequence[str], str]:
    """Which rule the form of a word breaks: a feature that it lacks, one that it has too much, or a process of sounds ("" if unclear)."""
    if keys is None:
        return FORM, _sound_rule(phrasing, language, slot, word)
    lacking = [key for key in slot.keys if key not in keys and key in language.affixes]
    surplus = [key for key in keys if key not in slot.keys and key in language.affixes]
    key = phrasing.choice(lacking or surplus) if lacking or surplus else ""
    general = _rule_behind(language, slot, key)
    if general and (not lacking or phrasing.chance(0.5)):
        return FORM, general
    if key:
        return (FORM if lacking else SURPLUS), language.says(key)
    if {*slot.keys} ^ {*keys}:  # a feature that shows in nothing but the first consonant
        return FORM, BY_NAME["mutates"].says[language.rules["mutates"]]
    return FORM, _sound_rule(phrasing, language, slot, word)


def _rule_behind(language: Language, slot: Slot, key: str) -> str:
    """The rule that asks for a feature in this place, or forbids it; "" where what the feature means says enough."""
    name = {"plural": "counted", "case": slot.why, "owner": slot.why}.get(key, key.partition("/")[0])
    return BY_NAME[name].says[language.rules[name]] if name in ("counted", "marking", "ground", "concord", "agreement") else ""


def _sound_rule(phrasing: Phrasing, language: Language, slot: Slot, word: str) -> str:
    """A process of sounds without which the word would be right as it stands, or else one of its affixes."""
    sounds, rules = language.sounds, language.rules
    for elision, harmony, mutates in product(
        ("none", "stem", "affix"), dict.fromkeys(("", sounds.harmony)), dict.fromkeys(("", rules.get("mutates", "")))
    ):
        other = replace(language, sounds=replace(sounds, elision=elision, harmony=harmony), rules={**rules, "mutates": mutates})
        if word in other.inflected(slot.lexeme, slot.keys):
            off = ["elision"] if elision != sounds.elision else []
            off += ["harmony"] if harmony != sounds.harmony else []
            off += ["mutation", "mutates"] if mutates != rules.get("mutates", "") else []
            name = phrasing.choice(off)
            return BY_NAME[name].says[rules[name]]
    # Most likely the one is wrong whose consonant is not there.
    keys = [key for key in slot.keys if key in language.affixes]
    absent = [key for key in keys if language.affixes[key].text.strip(VOWELS) not in word]
    return language.says(phrasing.choice(absent or keys)) if keys else ""


def _strays(phrasing: Phrasing, match: Match, lesson: Lesson, source: Sequence[str]) -> Iterator[str]:
    """One word that has no place in the right answer."""
    for place in match.strays[:1]:
        word = match.words[place]
        given, readings = in_quotes(word), lesson.readings(word)
        twice = any(reading.lexeme == slot.lexeme for reading in readings for slot in match.slots)
        if word == "not" and lesson.language.rules.get("negation") == "affix":
            yield phrasing.say(NEEDLESS, given=given, rule=BY_NAME["negation"].says["affix"])
        elif twice:
            yield phrasing.say(_EXTRA, given=given)
        elif readings:
            yield phrasing.say(OTHER, given=given, other=in_quotes(gloss_of(readings[0].lexeme)))
        elif word in source or lesson.prompted == "English" and word in WORDS:
            yield phrasing.say(_PROMPTED, given=given, prompted=lesson.prompted, language=lesson.language.name)
        else:
            yield phrasing.say(_FOREIGN, given=given, language=lesson.language.name)


def _order(phrasing: Phrasing, match: Match, pairs: Sequence[Pair]) -> Iterator[str]:
    """The first two words that stand the wrong way round, and why."""
    for pair in match.reversed(pairs):
        first, second = (in_quotes(match.words[place]) for place in sorted((match.place(pair.earlier), match.place(pair.later))))
        yield phrasing.say(ORDER, first=first, second=second, rule=BY_NAME[pair.rule].says[match.rules[pair.rule]])
        return


def of_number(phrasing: Phrasing, given: str, value: int | None, wanted: int, language: str) -> str:
    """What is wrong with the result of a sum; ``value`` is None where the answer is no number."""
    if value is None:
        return phrasing.say(_NO_NUMBER, given=in_quotes(given), language=language)
    return phrasing.say(NUMBER, given=in_quotes(given), value=value, side="larger" if wanted > value else "smaller")
