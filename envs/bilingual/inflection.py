"""How English words change, as far as a rule says it: tables hold the exceptions."""

from __future__ import annotations

_SIBILANT = ("s", "x", "z", "ch", "sh")
_VOWELS = "aeiou"
#: Verbs of two syllables that are stressed on the second, so that the last consonant doubles: forgetting.
_DOUBLING = frozenset("forget begin permit admit regret commit prefer refer occur compel control propel repel equip".split())


def plural(noun: str) -> str:
    """The plural of a regular noun, also the third person of a verb.

    >>> plural("box"), plural("city"), plural("day"), plural("dog")
    ('boxes', 'cities', 'days', 'dogs')
    """
    if noun.endswith(_SIBILANT):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + "s"


def past(verb: str) -> str:
    """The past of a regular verb.

    >>> past("carry"), past("hug"), past("bake"), past("visit")
    ('carried', 'hugged', 'baked', 'visited')
    """
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return _doubled(verb) + "ed"


def gerund(verb: str) -> str:
    """The form in -ing.

    >>> gerund("run"), gerund("make"), gerund("see"), gerund("lie"), gerund("forget"), gerund("wait"), gerund("draw")
    ('running', 'making', 'seeing', 'lying', 'forgetting', 'waiting', 'drawing')
    """
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return _doubled(verb) + "ing"


def _doubled(verb: str) -> str:
    """The verb before an ending that begins with a vowel: the consonant after a short stressed vowel is written twice."""
    short = len(verb) > 2 and verb[-1] not in _VOWELS + "wxy" and verb[-2] in _VOWELS and verb[-3:-2] not in tuple(_VOWELS)
    if verb[-3:-2] == "u" and verb[-4:-3] == "q":
        short = verb[-1] not in _VOWELS + "wxy"
    syllables = sum(letter in _VOWELS and verb[place - 1 : place] not in tuple(_VOWELS) for place, letter in enumerate(verb))
    return verb + verb[-1] if short and (syllables == 1 or verb in _DOUBLING) else verb
