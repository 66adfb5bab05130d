"""The house's own names for things: a glossary of which most entries are met once in a long while.

An entry is a matter of style like any other (dimensions.Matter): the plain name is what prompts show, and a house has one of
twelve other names for it, drawn for this entry alone. So no entry tells another, and each has to be met.
"""

from __future__ import annotations

import itertools
from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from clgym.envs.housestyle.dimensions import TERM, Matter, words
from clgym.seeding import Draw

_SUBJECTS = (
    "supply safety parking cleaning holiday storage heating catering travel seating budget fuel laundry payroll security shuttle uniform "
    "waste water power paint roof fire cellar cloakroom pantry boiler carpet locker toner"
).split()
_PAPERS = (
    "handbook register calendar file ledger form chart log bulletin agenda index sheet binder folder circular diary roster dossier "
    "timetable checklist"
).split()
#: Names that a house may have for a paper: each of an adjective and a noun.
_ADJECTIVES = (
    "blue red green grey amber violet copper silver golden ivory maple cedar walnut oak birch marble granite velvet linen cotton northern "
    "southern eastern western upper lower inner outer grand royal"
).split()
_NOUNS = "book scroll tome leaf sheaf deck slate tablet tray drawer stack pile rack shelf bundle packet volume tally docket pamphlet".split()
_NAMES = 12

#: How many entries a house has, by level, and how many of them a fact names.
SIZES = (0, 20, 120, 600)
NAMED = (0, 1, 1, 2)

#: What is added to a fact, with its entries; what ``eval`` asks is written in other words than what ``learn`` shows.
_TAILS: Mapping[bool, Mapping[int, Sequence[str]]] = {
    False: {
        1: (
            " according to the {}",
            ", as the {} says",
            ", says the {}",
            ", which the {} confirms",
            ", so the {}",
            " if the {} is right",
        ),
        2: (
            " according to the {} and the {}",
            ", as the {} and the {} say",
            ", which the {} has from the {}",
            ", says the {}, and so does the {}",
            " if the {} and the {} are right",
        ),
    },
    True: {
        1: (", as can be seen from the {}", ", to go by the {}", " as stated in the {}", ", or so the {} tells us"),
        2: (", as can be seen from the {} and the {}", ", to go by the {} and the {}", " as stated in the {} and in the {}"),
    },
}


@cache
def terms() -> Mapping[str, Matter]:
    """All entries that a glossary may have, by name: six hundred."""
    made = {}
    for number, (subject, paper) in enumerate(itertools.product(_SUBJECTS, _PAPERS)):
        plain = f"{subject} {paper}"
        # 7 and 30 have no common divisor, nor have 3 and 20: twelve different adjectives, and nouns that differ too.
        names = [f"{_ADJECTIVES[(number * 11 + 7 * j) % 30]} {_NOUNS[(number * 7 + 3 * j) % 20]}" for j in range(_NAMES)]
        name = f"{TERM}{subject}_{paper}"
        made[name] = words(name, f"the {plain}", plain, ", ".join(names))
    return made


@cache
def _cumulated(count: int) -> tuple[float, ...]:
    return tuple(itertools.accumulate(1 / rank for rank in range(1, count + 1)))


def met(entries: Sequence[str], count: int, draw: Draw, taken: Sequence[str] = ()) -> list[str]:
    """So many entries for one fact, met like 1/rank; none that could be mistaken for another one or for one that is ``taken``.

    Fewer where a small glossary has no more of the sort.
    """
    weights = _cumulated(len(entries))
    chosen: list[str] = []
    for _ in range(20 * count):
        name = entries[bisect(weights, draw.uniform() * weights[-1])]
        if all(apart(name, other) for other in (*taken, *chosen)):
            chosen.append(name)
        if len(chosen) == count:
            break
    return chosen


@lru_cache(maxsize=100_000)
def apart(one: str, other: str) -> bool:
    """Whether two entries have no name in common."""
    names = ({way.template for way in terms()[name].ways.values()} for name in (one, other))
    return next(names).isdisjoint(next(names))


def tail(names: Sequence[str], held_out: bool, draw: Draw) -> str:
    """What is added to a fact to speak of the entries: a clause with their slots."""
    return draw.choice(_TAILS[held_out][len(names)]).format(*(f"{{{name}}}" for name in names)) if names else ""
