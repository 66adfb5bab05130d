"""Slates of five candidates, and the scale on which a pick is rewarded.

The scale of a slate has its zero at the mean worth of the five and its one at the best; what is worth less than the mean
earns nothing. A slate is used only where the best is ahead of the second by a margin and where the five rewards together
are at most :data:`TOGETHER`: so a pick by chance, and by anything that knows nothing of the taste, earns at most a fifth
of that in expectation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.envs.taste.kinds import FIRST_NAMES, LAST_NAMES, MOMENT, NUMBERS, SHOWN, TRAITS, Kind, Thing
from clgym.envs.taste.person import Moment, Taste
from clgym.seeding import Draw

SIZE = 5
#: The most that the five rewards of a slate sum to, by level: 1 for the best and little for the others.
TOGETHER = (1.75, 1.35, 1.35, 1.35)
#: By how many points the best is ahead.
MARGIN = (4, 2, 2, 2)
#: At levels 2 and 3, the share of slates in which the points of single traits alone would mislead.
MISLEADING = 0.7
#: Level 0: how often the best has the first, second, ... word of the order, so that no favourite decides everything.
_BEST_RANKS = (0.34, 0.32, 0.22, 0.12)
_TRIES = 400


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


def scale(taste: Taste, things: Sequence[Thing], moment: Moment) -> Scale:
    """What each candidate is worth and earns."""
    return scaled([taste.worth(thing.traits, moment) for thing in things])


def scaled(worth: Sequence[int]) -> Scale:
    """Rewards from points: 1 for the best, 0 up to the mean, straight between.

    >>> scaled([10, 6, 2, 2, 0]).rewards
    (1.0, 0.33..., 0.0, 0.0, 0.0)
    """
    best, mean = max(worth), sum(worth) / len(worth)
    rewards = tuple(1.0 if points == best else max(0.0, (points - mean) / (best - mean)) for points in worth)
    return Scale(tuple(worth), rewards, worth.index(best))


def is_fair(found: Scale, level: int) -> bool:
    """Whether a slate may be used: one clear best, and little for a pick by chance."""
    ahead = sorted(found.worth)
    return ahead[-1] - ahead[-2] >= MARGIN[level] and sum(found.rewards) <= TOGETHER[level]


def draw_moment(draw: Draw, level: int) -> Moment:
    """Weather, time, company and mood at level 3; nothing below it."""
    return tuple(draw.choice(values) for values in MOMENT.values()) if level == 3 else ()


def draw_things(draw: Draw, kind: Kind, level: int) -> tuple[Thing, ...]:
    """Five things with names of their own and traits by chance."""
    firsts, lasts = draw.sample(FIRST_NAMES, SIZE), draw.sample(LAST_NAMES, SIZE)
    choices: list[Sequence[str | int]] = [NUMBERS[trait] if trait in NUMBERS else kind.values(trait) for trait in TRAITS[: SHOWN[level]]]
    return tuple(
        Thing(f"{first} {last}", tuple(draw.choice(values) for values in choices)) for first, last in zip(firsts, lasts)
    )


def draw_pairs(draw: Draw, taste: Taste) -> tuple[Thing, ...]:
    """Level 0: five different pairs of words, the best with a first word of a drawn rank."""
    firsts, seconds = [*taste.points["character"]], [*taste.points["manner"]]
    rank = draw.weighted(range(len(_BEST_RANKS)), _BEST_RANKS)
    lower = [(first, second) for first in firsts[rank + 1:] for second in seconds]
    best = draw.choice(seconds)
    rivals = [(firsts[rank], second) for second in seconds[seconds.index(best) + 1:]]
    several = draw.sample(rivals, 1) if rivals and draw.chance(0.4) else []
    chosen = [(firsts[rank], best), *several, *draw.sample(lower, SIZE - 1 - len(several))]
    return tuple(Thing(pair_name(pair), pair) for pair in draw.shuffled(chosen))


def pair_name(traits: tuple[str, ...]) -> str:
    """What a thing of level 0 is called."""
    return " and ".join(traits)


def draw_slate(draw: Draw, kind: Kind, level: int, taste: Taste, book: bool = False) -> Slate:
    """A fair slate for the world's person."""
    misleading = level >= 2 and draw.chance(MISLEADING)
    slate = None
    for attempt in range(_TRIES):
        things = draw_pairs(draw, taste) if level == 0 else draw_things(draw, kind, level)
        moment = draw_moment(draw, level)
        found = scale(taste, things, moment)
        if not is_fair(found, level):
            continue
        slate = Slate(things, moment, None, book)
        if not misleading or attempt > _TRIES // 2 or _misleads(taste, things, found.best):
            return slate
    assert slate is not None, "no fair slate in many tries"
    return slate


def _misleads(taste: Taste, things: Sequence[Thing], best: int) -> bool:
    single = [taste.plain_worth(thing.traits) for thing in things]
    return single[best] < max(single)
