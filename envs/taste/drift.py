"""Another taste in the same words: after a change of heart, and that of a sibling."""

from __future__ import annotations

from statistics import fmean

from clgym.envs.taste.slates import draw_things, scaled
from clgym.envs.taste.taste import Taste, Vocabulary, draw_taste, pair_points, value_points
from clgym.seeding import Draw

#: How likely an opinion and a turn are new after a drift, and are a sibling's own.
DRIFTING, OWN = 0.5, 0.5
#: What stale answers may earn after a drift at level 0, where a handful of words decides, on so many slates.
_STALE, _SLATES = (0.42, 0.58), 48


def drifted_taste(draw: Draw, vocabulary: Vocabulary, level: int, taste: Taste) -> Taste:
    """The taste after a change of heart: stale answers earn about half."""
    if level:
        return _mixed(draw, vocabulary, level, taste, DRIFTING)
    while True:
        changed = _reordered(draw, vocabulary, taste)
        if _STALE[0] <= _earned(draw, vocabulary, taste, changed) <= _STALE[1]:
            return changed


def sibling_taste(draw: Draw, vocabulary: Vocabulary, level: int, taste: Taste) -> Taste:
    """Somebody else's: about half of it is the same."""
    return _mixed(draw, vocabulary, level, taste, OWN) if level else _reordered(draw, vocabulary, taste)


def _mixed(draw: Draw, vocabulary: Vocabulary, level: int, taste: Taste, share: float) -> Taste:
    """That ``share`` of the opinions and turns are drawn anew; the same traits are linked."""
    newer = dict(value_points(draw, vocabulary, level)) | dict(pair_points(draw, vocabulary, taste.links))
    points = {term: newer[term] if draw.chance(share) else old for term, old in taste.points.items()}
    turns = tuple(
        new if draw.chance(share) else old for old, new in zip(taste.turns, draw_taste(draw, vocabulary, level).turns)
    )  # fmt: skip
    return Taste(points, taste.links, turns)


def _reordered(draw: Draw, vocabulary: Vocabulary, taste: Taste) -> Taste:
    """Level 0: half of the words of each trait change places among each other, none of them stays."""
    points = dict(taste.points)
    for values in vocabulary.values():
        moving = draw.sample(values, len(values) // 2)
        points |= {(value,): taste.points[other,] for value, other in zip(moving, [*moving[1:], moving[0]])}
    return Taste(points)


def _earned(draw: Draw, vocabulary: Vocabulary, old: Taste, new: Taste) -> float:
    """What the best picks of the ``old`` taste earn from the ``new`` one."""
    rewards = []
    for _ in range(_SLATES):
        things = [thing.values for thing in draw_things(draw, vocabulary, 0)]
        stale = scaled([old.worth(values) for values in things]).best
        rewards.append(scaled([new.worth(values) for values in things]).rewards[stale])
    return fmean(rewards)
