"""Slates of five candidates, and the scale on which a pick is rewarded.

The scale of a slate has its zero at the mean worth of the five and its one at the best; what is worth less than the mean
earns nothing. A slate is used only where the best is ahead of the second by a margin and where the five rewards together
are at most :data:`TOGETHER`: so a pick by chance, and by anything that knows nothing of the taste, earns at most a fifth
of that in expectation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from zlib import crc32

from clgym.envs.taste.kinds import FIRST_NAMES, LAST_NAMES, MOMENT, NUMBERS, SHOWN, TRAITS, Kind, Thing
from clgym.envs.taste.person import Moment, Taste
from clgym.seeding import Draw

SIZE = 5
#: The most that the five rewards of a slate sum to, by level: 1 for the best and little for the others.
TOGETHER = (1.75, 1.35, 1.35, 1.35)
#: By how many points the best is ahead.
MARGIN = (4, 2, 2, 2)
#: What a slate is to mislead, by level, as shares: nobody, who adds up single traits, who forgets the moment.
_MISLED = ((1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.3, 0.7, 0.0), (0.2, 0.3, 0.5))
#: Level 0: how often the best has the first, second, ... word of the order, so that no favourite decides everything.
_BEST_RANKS = (0.34, 0.32, 0.22, 0.12)
#: How often another candidate has the best one's first word, so that the second word decides.
_SAME_FIRST = 0.4
#: One set of five in so many is held out from ``learn``.
_HELD_OUT = 5
#: Levels 1 to 3: a slate is chosen from so many things, or else others are drawn, so many times; at level 3 so many moments are tried first.
_DRAWN, _ROUNDS, _MOMENTS = 8, 400, 6


class Scale(NamedTuple):
    """Worth and reward of each candidate, and which is (first among) the best."""

    worth: tuple[int, ...]
    rewards: tuple[float, ...]
    best: int


@dataclass(frozen=True)
class Slate:
    """Five things of one kind, the moment, and whose taste decides: ``other`` is somebody whom the prompt describes."""

    things: tuple[Thing, ...]
    moment: Moment = ()
    other: Taste | None = None
    book: bool = False


def scaled(worth: Sequence[int]) -> Scale:
    """Rewards from points: 1 for the best, 0 up to the mean, straight between.

    >>> scaled([10, 6, 2, 2, 0]).rewards
    (1.0, 0.33..., 0.0, 0.0, 0.0)
    """
    best, mean = max(worth), sum(worth) / len(worth)
    rewards = tuple(1.0 if points == best else max(0.0, (points - mean) / (best - mean)) for points in worth)
    return Scale(tuple(worth), rewards, worth.index(best))


def is_fair(worth: Sequence[int], level: int) -> bool:
    """Whether a slate may be used: one clear best, and little for a pick by chance."""
    best, mean = max(worth), sum(worth) / len(worth)
    above = [points for points in worth if points > mean]
    together = sum(above) - mean * len(above)
    return together <= TOGETHER[level] * (best - mean) and sum(points > best - MARGIN[level] for points in worth) == 1


def draw_moment(draw: Draw, level: int) -> Moment:
    """Weather, time, company and mood at level 3; nothing below it."""
    return tuple(draw.choice(values) for values in MOMENT.values()) if level == 3 else ()


def draw_traits(draw: Draw, kind: Kind, level: int) -> tuple[str | int, ...]:
    """One thing's traits, by chance."""
    return tuple([draw.choice(values) for values in _choices(kind, level)])


@cache
def _choices(kind: Kind, level: int) -> tuple[Sequence[str | int], ...]:
    return tuple(NUMBERS[trait] if trait in NUMBERS else kind.values(trait) for trait in TRAITS[: SHOWN[level]])


def named(draw: Draw, traits: Sequence[tuple[str | int, ...]]) -> tuple[Thing, ...]:
    """Things with names of their own, which say nothing of their traits."""
    names = zip(draw.sample(FIRST_NAMES, SIZE), draw.sample(LAST_NAMES, SIZE))
    return tuple(Thing(f"{first} {last}", own) for (first, last), own in zip(names, traits))


def draw_slate(draw: Draw, kind: Kind, level: int, taste: Taste, book: bool = False) -> Slate:
    """A fair slate for the world's person, at levels 1 to 3: five out of some things that were drawn together."""
    misled = draw.weighted((None, Taste.plain_worth, Taste.worth), _MISLED[level])
    choices = _choices(kind, level)
    for attempt in range(_ROUNDS):
        drawn = [tuple([draw.choice(values) for values in choices]) for _ in range(_DRAWN)]
        seen = [misled(taste, traits) for traits in drawn] if misled and attempt < _ROUNDS // 2 else None
        for _ in range(_MOMENTS if level == 3 else 1):
            moment = draw_moment(draw, level)
            chosen = _choose(draw, [taste.worth(traits, moment) for traits in drawn], seen, level)
            if chosen:
                return Slate(named(draw, [drawn[place] for place in chosen]), moment, None, book)
    raise RuntimeError(f"no fair slate of {kind.plural} in {_ROUNDS} rounds of {_DRAWN}")


def _choose(draw: Draw, worth: Sequence[int], seen: Sequence[int] | None, level: int) -> list[int]:
    """The places of five that make a fair slate, in a drawn order, or none. In the eyes of ``seen`` another one is to be the best."""
    order = draw.shuffled(range(len(worth)))
    for best in order:
        limit = worth[best] - MARGIN[level]
        below = [place for place in order if worth[place] <= limit]
        if seen and len(below) >= SIZE - 1:
            lures = [place for place in below if seen[place] > seen[best]][:1]
            below = [*lures, *(place for place in below if place not in lures)] if lures else []
        chosen = [best, *below[: SIZE - 1]]
        if len(chosen) == SIZE and is_fair([worth[place] for place in chosen], level):
            return draw.shuffled(chosen)
    return []


class Pairs:
    """The slates of level 0 in one pool: pairs of words, no set of five twice, made as far as they are asked for."""

    def __init__(self, draw: Draw, taste: Taste, pool: str):
        self._draw, self._pool = draw, pool
        self._firsts, self._seconds = ([*taste.points[trait].items()] for trait in ("character", "manner"))
        self._slates: list[Slate] = []
        self._seen: set[tuple[str, ...]] = set()

    def __getitem__(self, index: int) -> Slate:
        while len(self._slates) <= index:
            things = self._things()
            key = tuple(sorted(thing.name for thing in things))
            # Books have sets of their own pool only, so that they may repeat those of ``learn``.
            held_out = crc32(";".join(key).encode()) % _HELD_OUT == 0
            if key not in self._seen and (self._pool == "transfer/books" or held_out == (self._pool == "eval")):
                self._seen.add(key)
                self._slates.append(Slate(things, (), None, self._pool == "transfer/books"))
        return self._slates[index]

    def _things(self) -> tuple[Thing, ...]:
        """Five different pairs of words, the best with a first word of a drawn rank; fair."""
        draw, firsts, seconds = self._draw, self._firsts, self._seconds
        while True:
            rank, best = draw.weighted(range(len(_BEST_RANKS)), _BEST_RANKS), draw.integer(0, len(seconds) - 1)
            pairs = [(rank, best)]
            if best + 1 < len(seconds) and draw.chance(_SAME_FIRST):
                pairs.append((rank, draw.integer(best + 1, len(seconds) - 1)))
            lower = range((rank + 1) * len(seconds), len(firsts) * len(seconds))
            pairs += [divmod(place, len(seconds)) for place in draw.sample(lower, SIZE - len(pairs))]
            if is_fair([firsts[first][1] + seconds[second][1] for first, second in pairs], 0):
                return tuple([pair(firsts[first][0], seconds[second][0]) for first, second in draw.shuffled(pairs)])


def pair(first: str, second: str) -> Thing:
    """A thing of level 0."""
    return Thing(f"{first} and {second}", (first, second))
