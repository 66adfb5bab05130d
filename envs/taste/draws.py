"""Drawing a taste, and changing it: what is liked, what goes together, and when the points change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clgym.envs.taste.kinds import COLOURS, FAMES, MAKERS, MOMENT, PLACES, Kind
from clgym.envs.taste.person import Bonus, Charm, Fact, Slope, Taste, Turn
from clgym.seeding import Draw

#: Level 0: points by rank of the first word, and of the second, which only decides between equals of the first.
FIRST_POINTS = (50, 30, 10, -10, -30, -50)
SECOND_POINTS = (8, 3, -3, -8)
#: The most that a trait earns, shared out among the traits by chance.
_WEIGHTS = {1: (8, 6, 4, 3), 2: (7, 6, 5, 3, 2), 3: (7, 6, 5, 4, 3)}
_TRAITS = {1: ("character", "manner", "place", "maker"), 2: ("character", "manner", "place", "maker", "colour", "fame")}
_TRAITS[3] = _TRAITS[2]


def draw_taste(draw: Draw, kind: Kind, level: int) -> Taste:
    """One person's taste."""
    if level == 0:
        first, second = draw.shuffled(kind.characters), draw.shuffled(kind.manners)
        return Taste({"character": dict(zip(first, FIRST_POINTS)), "manner": dict(zip(second, SECOND_POINTS))})
    traits = draw.shuffled(_TRAITS[level])
    points = {trait: _table(draw, kind.values(trait), weight) for trait, weight in zip(traits, _WEIGHTS[level])}
    if level == 1:
        return Taste(points, (Slope("price", draw.choice((-1, 1)), 1, 12),))
    return _knotted(draw, kind, level, points)


def _table(draw: Draw, values: tuple[str, ...], weight: int) -> dict[str, int]:
    """Points from ``-weight`` to ``weight``, evenly spread over the values in a drawn order."""
    step = 2 * weight / (len(values) - 1)
    spread = [round(weight - step * rank) for rank in range(len(values))]
    return dict(zip(draw.shuffled(values), spread))


def _knotted(draw: Draw, kind: Kind, level: int, points: dict[str, dict[str, int]]) -> Taste:
    """A taste of level 2 or 3: conditions, thresholds, satiation, and at level 3 the moment."""
    slope = Slope("age", draw.choice((-1, 1)), 2, draw.choice((10, 12, 14, 16, 18)))
    limit = Fact("price", "above", draw.integer(6, 9))
    bonuses = [Bonus(draw.choice((-6, 6)), (limit,)), *_conditions(draw, kind, points), *_pairs(draw, kind)]
    taste = Taste(points, (slope,), tuple(bonuses), charm=_charm(draw))
    if level == 2:
        return taste
    stars = Bonus(draw.choice((-5, 5)), (Fact("stars", "above", draw.choice((2, 3))),))
    moment = _of_the_moment(draw, kind)
    return replace(taste, bonuses=(*taste.bonuses, stars, *moment), turns=_turns(draw, tuple(points)))


def _wide(draw: Draw, kind: Kind) -> tuple[Fact, Fact]:
    """A fact that holds of about half of all things, and its opposite."""
    trait, limit = draw.choice((("price", draw.integer(5, 8)), ("age", 2 * draw.integer(5, 9))))
    facts = Fact(trait, "up to", limit), Fact(trait, "above", limit)
    return facts if draw.chance(0.5) else facts[::-1]


def _conditions(draw: Draw, kind: Kind, points: dict[str, dict[str, int]]) -> list[Bonus]:
    """Two values are liked only under a condition, and disliked otherwise; they have no points of their own."""
    bonuses = []
    for trait in draw.sample(["character", "place"], 2):
        value = Fact(trait, "is", draw.choice(kind.values(trait)))
        if trait in points:
            points[trait][str(value.value)] = 0
        liked, otherwise = _wide(draw, kind)
        bonuses += [Bonus(8, (value, liked)), Bonus(-8, (value, otherwise))]
    return bonuses


def _pairs(draw: Draw, kind: Kind) -> list[Bonus]:
    """Two traits that go together, and two that clash."""
    makers, manners = draw.sample(MAKERS, 2), draw.sample(kind.manners, 2)
    clash, match = draw.sample(
        [
            (Fact("maker", "is", makers[0]), _wide(draw, kind)[0]),
            (Fact("manner", "is", manners[0]), _wide(draw, kind)[0]),
            (Fact("fame", "is", draw.choice(FAMES)), Fact("manner", "is", manners[1])),
            (Fact("colour", "is", draw.choice(COLOURS)), _wide(draw, kind)[0]),
        ],
        2,
    )
    return [Bonus(-7, clash), Bonus(7, match)]


def _charm(draw: Draw) -> Charm:
    """Four small charms: one or two please, more are too much."""
    lists = (("place", PLACES), ("maker", MAKERS), ("colour", COLOURS), ("fame", FAMES))
    facts = tuple(Fact(trait, "is", draw.choice(values)) for trait, values in lists)
    return Charm(facts, draw.choice(((0, 5, -5, -5, -5), (0, 3, 7, -7, -7), (0, -3, 6, -6, -6))))


def _occasion(draw: Draw, question: str) -> Fact:
    return Fact(question, "is", draw.choice(MOMENT[question]))


def _turns(draw: Draw, traits: tuple[str, ...]) -> tuple[Turn, ...]:
    """Three traits that count differently at some moments, each but for an exception."""
    questions = draw.shuffled(MOMENT)
    return tuple(
        Turn(trait, factor, _occasion(draw, question), _occasion(draw, other))
        for trait, factor, question, other in zip(
            draw.sample(traits[:4], 3), (-1, -1, 2), questions, [*questions[1:], questions[0]]
        )
    )


def _of_the_moment(draw: Draw, kind: Kind) -> list[Bonus]:
    """Four wishes that somebody has at some moments only, each but for an exception."""
    questions = draw.shuffled(MOMENT)
    wide = [*(Fact("manner", "is", value) for value in draw.sample(kind.manners, 2)), *_wide(draw, kind), Fact("stars", "above", 3)]
    return [
        Bonus(points, (wish, _occasion(draw, question)), _occasion(draw, other))
        for points, wish, question, other in zip((9, -9, 8, -8), draw.shuffled(wide), questions, [*questions[2:], *questions[:2]])
    ]


def drifted_taste(draw: Draw, kind: Kind, level: int, taste: Taste) -> Taste:
    """The taste after a change of heart: half of the rules are new, the others stand."""
    if level == 0:
        return _reordered(draw, taste)
    newer = draw_taste(draw, kind, level)
    changing = draw.sample(taste.points, (len(taste.points) + 1) // 2)
    points = {trait: _rotated(table) if trait in changing else table for trait, table in taste.points.items()}
    half = len(taste.bonuses) // 2
    return replace(taste, points=points, bonuses=(*taste.bonuses[:half], *newer.bonuses[half:]), turns=newer.turns)


def _reordered(draw: Draw, taste: Taste) -> Taste:
    """Level 0: the two best and the two worst first words change places; a new order of the second words."""
    best, second, third, fourth, fifth, worst = taste.points["character"]
    order = (fifth, worst, third, fourth, best, second)
    manners = [*taste.points["manner"]]
    turn = draw.integer(1, len(manners) - 1)
    return Taste({"character": dict(zip(order, FIRST_POINTS)), "manner": dict(zip(manners[turn:] + manners[:turn], SECOND_POINTS))})


def _rotated(table: Mapping[str, int]) -> dict[str, int]:
    """Every value gets the points of another."""
    values = [*table]
    half = len(values) // 2
    return {value: table[other] for value, other in zip(values, values[half:] + values[:half])}
