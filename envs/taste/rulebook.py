"""The hidden taste in plain English, and its single rules."""

from __future__ import annotations

from collections.abc import Iterator

from clgym.envs.taste.kinds import OCCASIONS, Kind
from clgym.envs.taste.person import Bonus, Fact, Slope, Taste, Turn
from clgym.text.english import capital


def rulebook(name: str, kind: Kind, level: int, taste: Taste) -> str:
    """Enough for a perfect pick."""
    if level == 0:
        first, second = (", ".join(taste.points[trait]) for trait in ("character", "manner"))
        return (
            f"{name} goes by the first word of the {kind.plural}. From best to worst: {first}.\n"
            f"Where several on offer share the best first word, the second word decides. From best to worst: {second}.\n"
            "Books are picked by the same words."
        )
    head = (
        f"{name} picks the {kind.noun} with the most points. Its points are added up as follows; what is not listed counts nothing. "
        "Books get the same points for the same words."
    )
    return "\n".join([head, *_tables(taste), *_knots(name, kind, taste)])


def single_rules(kind: Kind, level: int, taste: Taste) -> Iterator[str]:
    """The rules one by one, for comparing worlds: a value's points (at level 0 its rank), a condition, a threshold."""
    for trait, table in taste.points.items():
        for value, points in table.items():
            yield f"{trait} {value}: {points}"
    if level:
        yield from _knots("one", kind, taste)


def _knots(name: str, kind: Kind, taste: Taste) -> list[str]:
    """Every rule that is more than the points of a value, one line each."""
    return [
        *map(_slope, taste.slopes),
        *(_bonus(name, kind, bonus) for bonus in taste.bonuses),
        *_charm(kind, taste),
        *(_turn(name, turn) for turn in taste.turns),
    ]


def _tables(taste: Taste) -> Iterator[str]:
    for trait, table in taste.points.items():
        ranked = sorted(table.items(), key=lambda pair: -pair[1])
        yield f"- {trait.capitalize()}: " + ", ".join(f"{value} {points:+d}" for value, points in ranked) + "."


def _slope(slope: Slope) -> str:
    every = {"price": "pound", "age": "year", "stars": "star"}[slope.trait]
    step = every if slope.step == 1 else f"full {slope.step} {every}s"
    if slope.trait == "price":
        return f"- Every pound of the price: {slope.points:+d}."
    return f"- Every {step} of age up to {slope.cap} years: {slope.points:+d}; every {step} beyond that: {-slope.points:+d}."


def _bonus(name: str, kind: Kind, bonus: Bonus) -> str:
    listed = " and ".join(fact.clause(kind) for fact in bonus.facts if fact.trait not in OCCASIONS)
    when = "".join(f"{_occasion(name, fact)}, " for fact in bonus.facts if fact.trait in OCCASIONS)
    exception = f", unless {_occasion(name, bonus.unless)}" if bonus.unless else ""
    return f"- {capital(f'{when}if {listed}')}: {bonus.points:+d}{exception}."


def _charm(kind: Kind, taste: Taste) -> Iterator[str]:
    if taste.charm:
        listed = "; ".join(fact.clause(kind) for fact in taste.charm.facts)
        points = ", ".join(f"{count} of them {points:+d}" for count, points in enumerate(taste.charm.points) if count)
        yield f"- By how many of these hold ({listed}): {points}."


def _turn(name: str, turn: Turn) -> str:
    what = {-1: "change their sign (plus is minus and minus is plus)", 0: "do not count", 2: "count double"}[turn.factor]
    exception = f", unless {_occasion(name, turn.unless)}" if turn.unless else ""
    return f"- {capital(_occasion(name, turn.when))}, the points listed for {turn.trait} {what}{exception}."


def _occasion(name: str, fact: Fact) -> str:
    """A moment as the rulebook says it: "on a rainy day", "when Renda is tired"."""
    return OCCASIONS[fact.trait].format(fact.value).replace("when ", f"when {name} is ")
