"""Reading prompts and remarks back: the inverse of :mod:`clgym.envs.taste.prompts` and :mod:`clgym.envs.taste.feedback`.

Nothing here knows a world. That each text comes back as what it was made of is held by tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from clgym.envs.taste.feedback import DISLIKE, LIKING
from clgym.envs.taste.taste import STRENGTHS, Moment, Reason, Term, Turn
from clgym.envs.taste.words import MOMENT, POSITION, TRAIT_NAMES, Thing, person_in, trait_of, values_in

#: Level 0 asks on one line: words of the one thing, words of the next.
_PAIR = re.compile(r"[a-z]+ and [a-z]+(?=[;.?]|$)")


@dataclass(frozen=True)
class Asked:
    """What a prompt asks: whose taste counts (an ``order`` of values, best first, where it is somebody else's), of what, and when."""

    person: str
    things: tuple[Thing, ...]
    moment: Moment = ()
    order: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def understand(prompt: str) -> Asked:
    """What a prompt asks. Raises ``ValueError`` where it is none of this family's."""
    lines = prompt.split("\n")
    cards = [line[2:].partition(": ") for line in lines if line.startswith("- ")]
    things = tuple(Thing(name, _sorted(values_in(text))) for name, _, text in cards)
    if not cards:
        things = tuple(Thing(name, tuple(name.split(" and "))) for name in _PAIR.findall(prompt) if len(values_in(name)) == 2)
    if len(things) < 2:
        raise ValueError(f"no things to pick from in {prompt!r}")
    head = values_in(lines[0] if cards else prompt.partition(things[0].name)[0])
    moment = _sorted([value for value in head if trait_of()[value] in MOMENT])
    order = tuple(value for value in head if trait_of()[value] not in MOMENT)
    return Asked(person_in(prompt), things, moment, order)


def opinions(remark: str) -> list[Reason]:
    """The opinions that a remark tells, each with the points that it has for this thing at this moment."""
    found = []
    openings = list(_openings().finditer(remark))
    for opening, following in zip(openings, [*openings[1:], None]):
        told = remark[opening.end() : following.start() if following else len(remark)].partition(".")[0]
        clause, _, aside = told.partition("(")
        term: Term = _sorted(values_in(clause))
        if not term:
            continue  # somebody's own words, quoted
        found.append(Reason(_points_of()[opening[0].lower()], term, _turn(aside)))
    return found


def _turn(aside: str) -> Turn | None:
    """What is said of a turn: "its place is turned round when I am tired"."""
    if not aside:
        return None
    (value,) = values_in(aside)
    trait = next(trait for trait, name in TRAIT_NAMES.items() if f"its {name} " in aside)
    return Turn(trait, trait_of()[value], value)


@cache
def _points_of() -> dict[str, int]:
    """Opening -> the points of what it opens."""
    return {
        opening.lower(): sign * points
        for sign, bank in ((1, LIKING), (-1, DISLIKE))
        for points, openings in zip(STRENGTHS, bank)
        for opening in openings
    }


@cache
def _openings() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_points_of(), key=len, reverse=True)), re.IGNORECASE)


def _sorted(values: list[str]) -> tuple[str, ...]:
    """Values in the order of their traits."""
    return tuple(sorted(values, key=_place))


def _place(value: str) -> int:
    return POSITION[trait_of()[value]]
