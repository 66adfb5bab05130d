"""The hidden taste in plain English, and its single rules."""

from __future__ import annotations

from collections.abc import Iterator

from clgym.envs.taste.feedback import clause
from clgym.envs.taste.taste import Taste, Turn
from clgym.envs.taste.words import MOMENT, TRAIT_NAMES, Kind, occasion, trait_of
from clgym.text.english import capital


def rulebook(name: str, kind: Kind, level: int, taste: Taste) -> str:
    """Enough for a perfect pick."""
    head = (
        f"{name} picks the {kind.noun} with the most points. Its points are added up as follows; what is not listed counts nothing. "
        "Books get the same points for the same words."
    )
    once = ["Points that two of the following concern change their sign once."] if len(taste.turns) > 1 else []
    return "\n".join([head, *_values(taste), *_links(kind, taste), *once, *(_turn(name, turn) for turn in taste.turns)])


def single_rules(taste: Taste) -> Iterator[str]:
    """The rules one by one, for comparing worlds: the points of a term, a turn."""
    for term, points in taste.points.items():
        yield f"{' + '.join(term)}: {points:+d}"
    yield from (" / ".join(turn) for turn in taste.turns)


def _values(taste: Taste) -> Iterator[str]:
    """The values of each trait, one line a trait."""
    singles = [(term[0], points) for term, points in taste.points.items() if len(term) == 1]
    for trait in dict.fromkeys(trait_of()[value] for value, _ in singles):
        ranked = sorted((pair for pair in singles if trait_of()[pair[0]] == trait), key=lambda pair: -pair[1])
        yield f"- {capital(TRAIT_NAMES[trait])}: {_counted(ranked)}."


def _links(kind: Kind, taste: Taste) -> Iterator[str]:
    """What counts on top when it comes together, one line for each first value."""
    for link in taste.links:
        rows: dict[str, list[tuple[str, int]]] = {}
        for term, points in taste.points.items():
            if tuple(trait_of()[value] for value in term) == link:
                rows.setdefault(term[0], []).append((term[1], points))
        for value, others in rows.items():
            place = "On top, at a moment that is the following," if link[1] in MOMENT else "On top, together with the following,"
            yield f"- {place} if {clause(kind, (value,))}: {_counted(others)}."


def _counted(pairs: list[tuple[str, int]]) -> str:
    return ", ".join(f"{value} {points:+d}" for value, points in pairs)


def _turn(name: str, turn: Turn) -> str:
    when = occasion(turn.question, turn.value).replace("I am", f"{name} is")
    return f"- {capital(when)}, all points listed for {TRAIT_NAMES[turn.trait]}, alone or together, change their sign."
