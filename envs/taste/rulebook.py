"""The hidden taste in plain English, and its single rules."""

from __future__ import annotations

from collections.abc import Iterator

from clgym.envs.taste.kinds import Kind
from clgym.envs.taste.person import Bonus, Fact, Slope, Taste, Turn, clause


def rulebook(name: str, kind: Kind, level: int, taste: Taste) -> str:
    """Enough for a perfect pick."""
    if level == 0:
        first, second = (", ".join(taste.points[trait]) for trait in ("character", "manner"))
        return (f"{name} goes by the first word of the {kind.plural}. From best to worst: {first}.\n"
                f"Where several on offer share the best first word, the second word decides. From best to worst: {second}.\n"
                "Books are picked by the same words.")
    head = (f"{name} picks the {kind.noun} with the most points. Its points are added up as follows; what is not listed counts nothing. "
            "Books get the same points for the same words.")
    return "\n".join([head, *sorted_rules(kind, taste)])


def sorted_rules(kind: Kind, taste: Taste) -> list[str]:
    """All rules of a taste above level 0, one line each, in a fixed order."""
    return [*_tables(kind, taste), *map(slope_told, taste.slopes), *(_bonus(kind, bonus) for bonus in taste.bonuses),
            *_charm(kind, taste), *(_turn(turn) for turn in taste.turns)]


def single_rules(kind: Kind, level: int, taste: Taste) -> Iterator[str]:
    """The rules one by one, for comparing worlds: a value's points (at level 0 its rank), a condition, a threshold."""
    for trait, table in taste.points.items():
        for value, points in table.items():
            yield f"{trait} {value}: {points}"
    if level:
        yield from [*map(slope_told, taste.slopes), *(_bonus(kind, bonus) for bonus in taste.bonuses), *_charm(kind, taste),
                    *(_turn(turn) for turn in taste.turns)]


def _tables(kind: Kind, taste: Taste) -> Iterator[str]:
    for trait, table in taste.points.items():
        ranked = sorted(table.items(), key=lambda pair: -pair[1])
        yield f"- {trait.capitalize()}: " + ", ".join(f"{value} {points:+d}" for value, points in ranked) + "."


def slope_told(slope: Slope) -> str:
    """A number's points in a line."""
    every = {"price": "pound", "age": "year", "stars": "star"}[slope.trait]
    step = every if slope.step == 1 else f"full {slope.step} {every}s"
    if slope.trait == "price":
        return f"- Every pound of the price: {slope.points:+d}."
    return f"- Every {step} of age up to {slope.cap} years: {slope.points:+d}; every {step} beyond that: {-slope.points:+d}."


def _bonus(kind: Kind, bonus: Bonus) -> str:
    exception = f", unless it is chosen {_when(bonus.unless)}" if bonus.unless else ""
    return f"- If {clause(bonus.facts, kind)}: {bonus.points:+d}{exception}."


def _charm(kind: Kind, taste: Taste) -> Iterator[str]:
    if taste.charm:
        listed = "; ".join(fact.said(kind) for fact in taste.charm.facts)
        points = ", ".join(f"{count} of them {points:+d}" for count, points in enumerate(taste.charm.points) if count)
        yield f"- By how many of these hold ({listed}): {points}."


def _turn(turn: Turn) -> str:
    what = {-1: "change their sign (plus is minus and minus is plus)", 0: "do not count", 2: "count double"}[turn.factor]
    exception = f", unless {_when(turn.unless)}" if turn.unless else ""
    return f"- When choosing {_when(turn.when)}, the points listed for {turn.trait} {what}{exception}."


def _when(fact: Fact) -> str:
    from clgym.envs.taste.kinds import OCCASIONS
    return OCCASIONS[fact.trait].format(fact.value)
