"""The catalogue of rules: what a language may be like. World-drawing, the rulebook, the teacher and the ideal learner all read it.

A :class:`Rule` has values of which a world has one; an affix or a small word is said by :func:`shape`. Every statement about a language is one
of these sentences, filled in, so that a learner can read them back (``reading.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from clgym.envs.bilingual.english import number_word
from clgym.envs.conlang.phonology import HARMONIES, MUTATIONS, VOWELS, Affix
from clgym.text.english import listed

ORDERS = ("SOV", "SVO", "VSO", "VOS", "OVS", "OSV")
_ROLE = {"S": "the subject", "V": "the verb", "O": "the object"}


class Rule(NamedTuple):
    """A choice that every language of a level has made: values with what is said of each, from which level on, with which weights."""

    name: str
    level: int
    says: Mapping[str, str]
    weights: tuple[float, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """What may be drawn."""
        return tuple(self.says)


def _side(name: str, level: int, text: str, weights: tuple[float, ...] = ()) -> Rule:
    """A rule of two sides."""
    return Rule(name, level, {side: text.format(side) for side in ("before", "after")}, weights)


def _order(order: str) -> str:
    first, second, third = (_ROLE[part] for part in order)
    return f"in a sentence {first} comes first, then {second}, then {third}"


def _base(base: int) -> str:
    return f"numbers count in {number_word(base)}s: a larger number says how often {number_word(base)} goes into it (unless once), {number_word(base)} and the rest"


def _harmony(group: str) -> str:
    other = [vowel for vowel in VOWELS if vowel not in group]
    return (
        f"the vowel of an ending or a prefix goes with the nearest vowel of the word it joins: {listed(list(group))} are one group, "
        f"{listed(other)} the other, and a vowel of the wrong group becomes the one at its place in the right group"
    )


def _mutation(kind: str) -> str:
    changes = [f"{one} becomes {other}" for one, other in MUTATIONS[kind].items()]
    return f"where a first consonant changes, {', '.join(changes)}"


RULES: tuple[Rule, ...] = (
    _side("adjective", 0, "an adjective stands {} its noun"),
    _side("number", 0, "a number word stands {} the noun and its adjective"),
    Rule("order", 1, {order: _order(order) for order in ORDERS}),
    Rule(
        "marking",
        1,
        {
            "object": "what something is done to has the case ending, and whoever acts has none",
            "actor": "whoever does something to somebody or something has the case ending; what it is done to has none, nor has a subject without object",
            "living": "what something is done to has the case ending if it is a person or an animal, and only then",
        },
    ),
    Rule(
        "concord",
        1,
        {
            "yes": "an adjective repeats the case ending of its noun",
            "no": "adjectives have no case ending, whatever their noun has",
        },
    ),
    Rule(
        "and",
        1,
        {
            "between": 'the word for "and" stands between the two that it joins',
            "last": 'the word for "and" stands behind the second of the two',
        },
    ),
    Rule("base", 1, {str(base): _base(base) for base in (5, 6, 7, 8, 9, 12)}),
    Rule(
        "larger",
        1,
        {
            "first": "the larger part of a number is said first and the rest last",
            "last": "the rest of a number is said first and the larger part last, all its words the other way round",
        },
        (3, 2),
    ),
    Rule(
        "question",
        1,
        {
            "start": "the question word stands at the very start of the sentence",
            "end": "the question word stands at the very end of the sentence",
            "after": "the question word stands right after the verb",
        },
    ),
    Rule(
        "elision",
        1,
        {
            "stem": "where two vowels would meet, the vowel of the stem is dropped",
            "affix": "where two vowels would meet, the vowel of the ending is dropped",
            "none": "where two vowels meet, both stay",
        },
    ),
    Rule(
        "counted",
        2,
        {
            "plural": "after a number word the noun is in the plural",
            "singular": "after a number word the noun stays in the singular",
        },
    ),
    _side("owner", 2, "an owner stands {} what is owned"),
    Rule(
        "adposition",
        2,
        {
            "before": 'words like "under" stand before their noun phrase',
            "after": 'words like "under" stand after their noun phrase',
        },
    ),
    _side("place", 2, "the place stands {} subject, verb and object"),
    Rule(
        "ground",
        2,
        {
            "plain": 'the noun that goes with a word like "under" has no case ending',
            "case": 'the noun that goes with a word like "under" has the case ending',
            "owner": 'the noun that goes with a word like "under" has the owner ending',
        },
    ),
    Rule(
        "negation",
        2,
        {
            "before": 'the word for "not" stands right before the verb',
            "after": 'the word for "not" stands right after the verb',
            "end": 'the word for "not" stands at the end of the sentence',
            "affix": '"not" is no word of its own: it is said on the verb',
        },
        (1, 1, 1, 2),
    ),
    Rule(
        "asking",
        2,
        {
            "front": 'the word for "who" or "what" stands at the very start of the sentence',
            "place": 'the word for "who" or "what" stands where the answer would stand',
        },
    ),
    Rule(
        "agreement",
        2,
        {
            "number": "the verb shows whether its subject is one or more",
            "class": "the verb shows the class of its subject",
            "object": "the verb shows the class of its object, or of its subject where it has no object",
        },
    ),
    Rule("mutation", 2, {kind: _mutation(kind) for kind in MUTATIONS}),
    Rule(
        "mutates",
        2,
        {
            "past": "the first consonant of a verb changes in the past",
            "case": "the first consonant of a noun changes where it has the case ending",
            "plural": "the first consonant of a noun changes in the plural",
            "negation": "the first consonant of a verb changes where it is negated",
        },
    ),
    _side("relative", 3, "a relative clause stands {} the whole phrase that it belongs to", (2, 3)),
    Rule("harmony", 3, {group: _harmony(group) for group in HARMONIES}),
)

BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}


def rules_at(level: int) -> list[Rule]:
    """The rules that a language of a level has."""
    return [rule for rule in RULES if rule.level <= level]


#: What an affix says: "{}" is what it does to a word. Those of classes name the class.
AFFIXES: Mapping[str, str] = {
    "case": "a noun with the case ending {}",
    "owner": "an owner {}",
    "plural": "the plural of a noun {}",
    "past": "the past of a verb {}",
    "future": "the future of a verb {}",
    "progressive": 'a verb {} where English has "is doing" or "was doing"',
    "negation": "a verb that is negated {}",
    "agreement/plural": "a verb {} where its subject is more than one",
    "derive/agent": "the word for who does something {} (hunt, hunter)",
    "derive/opposite": "the opposite of a quality {} (happy, unhappy)",
    "derive/young": "the young of an animal {} (dog, puppy)",
}
#: The same for the classes of nouns.
OF_CLASS = {"class": "an adjective {} where its noun is one of {kinds}", "agreement": "a verb {} where {whose} is one of {kinds}"}

#: Small words by what is said of them.
PARTICLES: Mapping[str, str] = {
    "and": 'the word for "and" is "{}"',
    "question": 'the question word is "{}"',
    "negation": 'the word for "not" is "{}"',
    "that": 'a relative clause begins with "{}"',
}

KIND_NAMES = {
    "person": "persons",
    "animal": "animals",
    "plant": "plants",
    "food": "foods",
    "thing": "things",
    "place": "places",
    "nature": "the landscape",
    "abstract": "ideas",
}


def shape(affix: Affix) -> str:
    """What an affix does to a word.

    >>> shape(Affix("ka", "suffix")), shape(Affix("", "copy"))
    ('ends in -ka', 'repeats its first syllable in front')
    """
    if affix.side == "copy":
        return "repeats its first syllable in front"
    return f"begins with {affix.text}-" if affix.side == "prefix" else f"ends in -{affix.text}"


def statement(key: str, affix: Affix, kinds: str = "", whose: str = "") -> str:
    """What the grammar says of an affix: ``kinds`` are the nouns of its class, ``whose`` that of "its subject" or "its object"."""
    if key in AFFIXES:
        return AFFIXES[key].format(shape(affix))
    return OF_CLASS[key.partition("/")[0]].format(shape(affix), kinds=kinds, whose=whose)
