"""Kinds of thing that lists are asked for. Nobody can list all animals: what a list may hold is judged by what it certainly is not."""

from __future__ import annotations

import re
from functools import cache

#: Some members of each kind: what the oracle lists, and what certainly belongs to no other kind.
GROUPS = {
    "fruits": (
        "apple banana cherry grape lemon mango orange peach pear plum kiwi melon strawberry blueberry raspberry pineapple "
        "apricot fig lime papaya coconut watermelon grapefruit pomegranate"
    ),
    "animals": (
        "dog cat horse cow pig sheep goat lion tiger bear wolf fox rabbit mouse rat elephant giraffe zebra monkey camel "
        "deer duck chicken goose eagle owl snake frog turtle fish shark whale dolphin bird hamster kangaroo panda penguin donkey"
    ),
    "colours": "red blue green yellow orange purple pink brown black white grey gray violet gold silver turquoise beige indigo",
    "countries": (
        "france germany italy spain portugal poland sweden norway denmark finland greece turkey egypt kenya nigeria india "
        "china japan brazil chile peru mexico canada australia austria belgium ireland iceland hungary"
    ),
    "days of the week": "monday tuesday wednesday thursday friday saturday sunday",
    "months": "january february march april may june july august september october november december",
    "vegetables": (
        "carrot potato onion tomato cabbage lettuce spinach broccoli pepper cucumber pea bean celery corn pumpkin garlic "
        "cauliflower beetroot radish leek"
    ),
    "drinks": "water milk tea coffee juice wine beer lemonade cocoa soda cola",
}
#: Those that can be listed to the end: here, and only here, what is not in the list is wrong.
CLOSED = ("days of the week", "months")
#: Those whose members are written with a capital letter.
PROPER = ("countries", "days of the week", "months")
#: What belongs to two kinds, though it is listed under one: duck and chicken are no fruit, but a tomato may be called one.
_BOTH = {
    "fruits": "tomato pumpkin cucumber pepper olive avocado",
    "vegetables": "bean pea corn lime",
    "colours": "lime peach plum cherry apricot mango olive lemon wine coffee coral salmon raspberry pumpkin",
    "animals": "kiwi",
    "countries": "turkey",
    "drinks": "lime",
}
#: Things that are of no kind above: what somebody writes who lists anything at all.
_OTHER = frozenset(
    "table chair lamp door window house car tree river garden bridge teacher doctor mountain letter forest kitchen village station "
    "market castle farmer baker sailor painter ladder basket bottle blanket candle mirror hammer book pen phone computer paper "
    "shoe hat shirt coat key clock road street city town school church boat ship train bus plane stone sand sun moon star sky "
    "rain snow wind fire hand foot head eye nose ear love hope time day week month year word name thing place man woman child "
    "friend sentence text list line item answer reply question number letter "
    "small quiet happy heavy clever bright narrow lazy strange gentle proud simple young brave run walk eat sleep write".split()
)
#: Words of a sentence: no name of a thing has one in it.
_FUNCTION = frozenset(
    "one two three four five six first second third yes no none nothing something anything many some any more other another else only "
    "the a an and or but to in on with for is are was were has have not it this that these those here there what which i me you he she we they "
    "my your our his her give list name write make put say tell please like".split()
)
_PHRASE = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+){0,3}\.?")
_LONGEST = 30


def belongs(name: str, group: str) -> bool:
    """Whether ``name`` may stand in a list of a group: a member, or a phrase of which nobody knows that it is something else.

    >>> belongs("argentina", "countries"), belongs("apple", "countries"), belongs("noday", "days of the week")
    (True, False, False)
    """
    found = _singular(re.sub(r"^(?:an?|the) ", "", name.casefold()))
    members = _members(group)
    if found in members or group in CLOSED:
        return found in members
    if not _PHRASE.fullmatch(found) or len(found) > _LONGEST:
        return False
    tokens = {_singular(word) for word in found.split()}
    return found not in _strangers(group) and not tokens & (_FUNCTION | {_singular(group)}) and not tokens <= _OTHER


@cache
def _strangers(group: str) -> frozenset[str]:
    """What is certainly none of a group."""
    return _OTHER.union(*(_members(other) for other in GROUPS if other != group))


@cache
def _members(group: str) -> frozenset[str]:
    return frozenset((*GROUPS[group].split(), *_BOTH.get(group, "").split()))


def _singular(name: str) -> str:
    """``cherries`` -> ``cherry``, ``foxes`` -> ``fox``, ``dogs`` -> ``dog``; wolves and mice as they are asked for most."""
    irregular = {
        "mice": "mouse",
        "geese": "goose",
        "wolves": "wolf",
        "tomatoes": "tomato",
        "potatoes": "potato",
        "mangoes": "mango",
    }
    if name in irregular:
        return irregular[name]
    for ending, singular in (("ies", "y"), ("xes", "x"), ("ches", "ch"), ("s", "")):
        if name.endswith(ending) and len(name) > len(ending) + 2 and not name.endswith("ss"):
            return name.removesuffix(ending) + singular
    return name
