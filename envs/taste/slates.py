"""Slates of five things, drawn without regard to anybody's taste, and what each of the five is worth on the slate's own scale.

The five differ in every trait. So nothing sets one of them apart for somebody who does not know the taste: values of a trait may
each be liked as well as any other, and whoever picks by what is rare, frequent, first or odd picks by chance.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from clgym.envs.taste.taste import Moment, Taste, Vocabulary
from clgym.envs.taste.words import FIRST_NAMES, LAST_NAMES, MOMENT, SIZES, TRAITS, Thing, moment_of, traits_of
from clgym.seeding import Draw

SIZE = 5


class Scale(NamedTuple):
    """Worth and reward of each candidate, and which is (first among) the best."""

    worth: tuple[int, ...]
    rewards: tuple[float, ...]
    best: int


@dataclass(frozen=True)
class Slate:
    """Five things of one kind and the moment; ``other`` is the taste of somebody whom the prompt describes."""

    things: tuple[Thing, ...]
    moment: Moment = ()
    other: Taste | None = None
    book: bool = False


def scaled(worth: Sequence[int]) -> Scale:
    """Rewards from points: 1 for the best, 0 up to the mean, between them the square of the share of the way.

    >>> scaled([10, 7, 2, 1, 0]).rewards
    (1.0, 0.25, 0.0, 0.0, 0.0)
    """
    best, mean = max(worth), sum(worth) / len(worth)
    rewards = tuple(1.0 if points == best else max(0.0, (points - mean) / (best - mean)) ** 2 for points in worth)
    return Scale(tuple(worth), rewards, worth.index(best))


def draw_vocabulary(draw: Draw, level: int) -> Vocabulary:
    """The values that occur in a world, those of each trait in the order of how often they are met."""
    return {trait: tuple(draw.sample(TRAITS[trait], SIZES[level][1])) for trait in traits_of(level)}


def draw_moment(draw: Draw, level: int) -> Moment:
    """An answer to each question of the moment, at levels that have one."""
    return tuple(draw.choice(MOMENT[question]) for question in moment_of(level))


def draw_things(draw: Draw, vocabulary: Vocabulary, level: int) -> tuple[Thing, ...]:
    """Five things that differ in every trait, with names of their own; values are met with a frequency like 1/rank."""
    columns = [_distinct(draw, values) for values in vocabulary.values()]
    if level == 0:
        return tuple(Thing(" and ".join(values), values) for values in zip(*columns))
    names = zip(draw.sample(FIRST_NAMES, SIZE), draw.sample(LAST_NAMES, SIZE))
    return tuple(Thing(" ".join(name), values) for name, values in zip(names, zip(*columns)))


def _distinct(draw: Draw, values: Sequence[str]) -> list[str]:
    """Five different values in a drawn order, the k-th of all in proportion to 1/k; of six or fewer each as often as the others."""
    if len(values) <= 6:
        return draw.sample(values, SIZE)
    limits, last, found = _limits(len(values)), len(values) - 1, list[int]()
    while len(found) < SIZE:
        place = bisect(limits, draw.uniform(), 0, last)
        if place not in found:
            found.append(place)
    draw.shuffle(found)
    return [values[place] for place in found]


@cache
def _limits(count: int) -> tuple[float, ...]:
    """Shares of the first rank, of the first two, and so on: 1 at the end."""
    sums = tuple(accumulate(1 / rank for rank in range(1, count + 1)))
    return tuple(share / sums[-1] for share in sums)


def draw_slate(draw: Draw, vocabulary: Vocabulary, level: int, book: bool = False) -> Slate:
    """A slate for the world's person."""
    return Slate(draw_things(draw, vocabulary, level), draw_moment(draw, level), None, book)


def held_out(vocabulary: Vocabulary) -> Mapping[str, str]:
    """Level 0: the pairs of words that ``eval`` asks about and ``learn`` never shows, as first word -> second word."""
    return dict(zip(vocabulary["character"], vocabulary["manner"]))


def draw_pairs(draw: Draw, vocabulary: Vocabulary, pool: str) -> Slate:
    """A slate of level 0: in ``learn`` without any pair that is held out, in ``eval`` with one or more."""
    kept = held_out(vocabulary)
    while True:
        slate = draw_slate(draw, vocabulary, 0, pool == "transfer/books")
        new = any(kept[first] == second for first, second in (thing.values for thing in slate.things))
        if new == (pool != "learn") or slate.book:
            return slate


class Wish(NamedTuple):
    """Somebody else's taste: the one trait that counts, and its values from best to worst."""

    trait: str
    order: tuple[str, ...]


def draw_guarded(draw: Draw, vocabulary: Vocabulary, level: int) -> tuple[Wish, Slate]:
    """Somebody else, who goes by one trait and ranks those values of it that are on the slate."""
    slate = draw_slate(draw, vocabulary, level)
    trait = draw.choice(traits_of(level))
    order = draw.shuffled(thing.values[traits_of(level).index(trait)] for thing in slate.things)
    points: dict[tuple[str, ...], int] = {(value,): 0 for values in vocabulary.values() for value in values}
    points |= {(value,): 2 * (SIZE - rank) for rank, value in enumerate(order)}
    return Wish(trait, tuple(order)), Slate(slate.things, slate.moment, Taste(points))
