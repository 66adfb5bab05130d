"""Somebody else, whose taste the prompt tells in full: what was learned of the world's person picks wrong there."""

from __future__ import annotations

from typing import NamedTuple

from clgym.envs.taste.draws import FIRST_POINTS
from clgym.envs.taste.kinds import NUMBERS, OTHERS, Kind
from clgym.envs.taste.person import Slope, Taste
from clgym.envs.taste.slates import SIZE, Slate, draw_traits, is_fair, named, pair, scaled
from clgym.seeding import Draw

#: What the world's person would pick earns at most this on the other's scale.
_LEARNED = 0.5
_NUMBERS = ("price", "age")
_ENDS = {
    ("price", -1): "the cheapest one",
    ("price", 1): "the most expensive one",
    ("age", -1): "the newest one",
    ("age", 1): "the oldest one",
}


class Other(NamedTuple):
    """Another person: a name, the taste, and the taste in words."""

    name: str
    taste: Taste
    wish: str


def draw_other(draw: Draw, kind: Kind, level: int) -> Other:
    """Somebody with a simple taste: an order of words at level 0, one wish and one number above it."""
    name = draw.choice(OTHERS)
    if level == 0:
        order = draw.shuffled(kind.characters)
        points = {"character": dict(zip(order, FIRST_POINTS)), "manner": dict.fromkeys(kind.manners, 0)}
        return Other(name, Taste(points), ", ".join(order))
    trait = draw.choice(("character", "manner", "place", "maker"))
    number, sign = draw.choice(_NUMBERS[:level]), draw.choice((-1, 1))
    return _wish(draw, kind, name, trait, number, sign)


def _wish(draw: Draw, kind: Kind, name: str, trait: str, number: str, sign: int) -> Other:
    """A lexicographic taste: a value (or two, or one to avoid) first, then a number."""
    loved, second = draw.sample(kind.values(trait), 2)
    step = len(NUMBERS[number]) * NUMBERS[number].step
    slope = Slope(number, sign, 1, max(NUMBERS[number]))
    first, then = _property(kind, trait, loved), _ENDS[number, sign]
    avoid, two = draw.chance(0.3), draw.chance(0.4)
    points = dict.fromkeys(kind.values(trait), 0)
    if avoid:
        points[loved] = -step
        wish = draw.choice(
            (
                f"{name} takes nothing that is {first} if it can be avoided, and otherwise always {then}.",
                f"Anything that is {first} is out for {name} as long as there is something else; of what remains, it is {then}.",
                f"{name} cannot stand what is {first}; among the others {name} always takes {then}.",
            )
        )
    elif two:
        points[loved], points[second] = 2 * step, step
        other = _property(kind, trait, second)
        wish = draw.choice(
            (
                f"{name} wants one that is {first}; failing that, one that is {other}; where several are left, {then}.",
                f"What is {first} comes first for {name}, what is {other} second, everything else last; between equals it is {then}.",
                f"{name} looks for one that is {first}, or if there is none, for one that is {other}, and of several takes {then}.",
            )
        )
    else:
        points[loved] = step
        wish = draw.choice(
            (
                f"{name} wants one that is {first}; where there are several, or none, {then} wins.",
                f"For {name} it should be {first}. If that leaves more than one, or none at all, it is {then}.",
                f"First of all {name} asks that it be {first}; after that, {then} is chosen.",
            )
        )
    return Other(name, Taste({trait: points}, (slope,)), wish)


def _property(kind: Kind, trait: str, value: str) -> str:
    return kind.phrase(trait, value).removeprefix("it is ")


def draw_guarded(draw: Draw, kind: Kind, level: int, taste: Taste) -> tuple[Other, Slate]:
    """Another person and a slate on which the world's person would pick wrong."""
    while True:
        other = draw_other(draw, kind, level)
        for _ in range(20):
            words = _distinct(draw, kind)
            traits = [draw_traits(draw, kind, level) for _ in range(SIZE)] if level else words
            worth = [other.taste.worth(own) for own in traits]
            learned = [taste.worth(own) for own in traits]
            if is_fair(worth, level) and scaled(worth).rewards[learned.index(max(learned))] < _LEARNED:
                things = named(draw, traits) if level else tuple(pair(*both) for both in words)
                return other, Slate(things, (), other.taste)


def _distinct(draw: Draw, kind: Kind) -> list[tuple[str, str]]:
    """Five pairs of words with five first words."""
    return [(first, draw.choice(kind.manners)) for first in draw.sample(kind.characters, SIZE)]
