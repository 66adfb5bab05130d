"""The roster: clients, suppliers and offices that cases mention, each with an arrangement of its own that no prompt states.

An arrangement is one of four classes: a client is on certain terms, a supplier is in a group, an office belongs to a region. Classes are facts of
a case as its attributes are, at the places behind them, so that clauses can ask for them; a prompt shows the name alone.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from clgym.seeding import Draw
from clgym.text.english import capital

#: The place of the first class in the facts of a case: behind five attributes and three quantities.
FIRST = 8
#: Classes of each kind that one company has.
CLASSES = 4


class Kind(NamedTuple):
    """A kind of particular. Names are made of ``parts``; ``sentences`` mention one as "{x}"; ``says`` is its class as a clause."""

    key: str
    parts: tuple[tuple[str, ...], ...]
    sentences: Mapping[str, tuple[str, ...]]
    says: str
    classes: tuple[str, ...]


_HEADS = (
    "Ab Arn Bax Bir Brad Cald Car Chal Crow Dan Dray Ead El Fair Far Gad Gil Hart Hax Ing Kem Kir Lang Led Mal Mer Ned "
    "Nor Oak Pel Pen Rad Rin Sax Sel Stan Thor Tre Ux Wad Wes Yax"
).split()
_MIDDLES = tuple("a e i o u er il on ar en".split())

KINDS = (
    Kind(
        "client",
        (tuple(_HEADS), _MIDDLES, tuple("son man well by ley croft mund sby".split())),
        {
            "en": (
                "The client is {x}.",
                "It concerns the client {x}.",
                "This is for the client {x}.",
                "The file is kept under the client {x}.",
                "As a client we have {x} here.",
            ),
            "de": ("Der Kunde ist {x}.", "Es geht um den Kunden {x}.", "Die Akte läuft unter dem Kunden {x}."),
        },
        "the client is on {} terms",
        tuple("Alder Aspen Beech Birch Cedar Elm Hazel Larch Maple Poplar Rowan Willow".split()),
    ),
    Kind(
        "supplier",
        (tuple(_HEADS), _MIDDLES, tuple("tex ware tron plex fab lux gear mex".split())),
        {
            "en": (
                "The supplier is {x}.",
                "It came from the supplier {x}.",
                "Behind it stands the supplier {x}.",
                "The supplier in this case is {x}.",
                "We have it through the supplier {x}.",
            ),
            "de": ("Der Lieferant ist {x}.", "Es stammt vom Lieferanten {x}.", "Dahinter steht der Lieferant {x}."),
        },
        "the supplier is in the {} group",
        tuple("amber azure coral crimson indigo ivory jade ochre olive pearl scarlet teal".split()),
    ),
    Kind(
        "office",
        (tuple(_HEADS), _MIDDLES, tuple("ton ford wick ham port mouth stead gate".split())),
        {
            "en": (
                "The office in charge is {x}.",
                "It lies with the {x} office.",
                "The office at {x} has sent it.",
                "It was taken down at the {x} office.",
                "The office that handles it is {x}.",
            ),
            "de": (
                "Zuständig ist die Niederlassung {x}.",
                "Es liegt bei der Niederlassung {x}.",
                "Die Niederlassung {x} hat es geschickt.",
            ),
        },
        "the office belongs to the {} region",
        tuple("Brook Cliff Dale Fell Heath Lake Marsh Moor Ridge Shore Vale Weald".split()),
    ),
)
CLIENT, SUPPLIER, OFFICE = range(FIRST, FIRST + len(KINDS))

#: Whose class decides a part of the answer beside the action, where a company has a roster.
BY_CLASS = {"owner": OFFICE, "deadline": SUPPLIER}


def class_says(place: int, value: int) -> str:
    """A class as a clause of a sentence: "the client is on Alder terms"."""
    kind = KINDS[place - FIRST]
    return kind.says.format(kind.classes[value])


class Mention(NamedTuple):
    """The client, supplier and office of one case: their names and classes, ("", -1) for none, and the client's rank."""

    names: tuple[str, ...] = ("",) * len(KINDS)
    classes: tuple[int, ...] = (-1,) * len(KINDS)
    client: int = 0


NOBODY = Mention()


class Entries(NamedTuple):
    """The particulars of one kind, the most frequent first: names, and for each its class, a place in ``Kind.classes``."""

    names: tuple[str, ...]
    classes: tuple[int, ...]


class Roster(NamedTuple):
    """A company's particulars: :data:`KINDS` in order, no entries for a kind that its cases do not mention."""

    kinds: tuple[Entries, ...] = (Entries((), ()),) * len(KINDS)

    def pick(self, draw: Draw) -> Mention:
        """One of each kind by its rank, which is met like 1/rank (Zipf 1949)."""
        ranks = [_zipf(len(entries.names), draw) for entries in self.kinds]
        met = [(entries.names[rank], entries.classes[rank]) if rank >= 0 else ("", -1) for entries, rank in zip(self.kinds, ranks)]
        names, classes = zip(*met)
        return Mention(names, classes, max(0, ranks[0]))

    def values(self, place: int) -> list[int]:
        """The classes that occur at a place of the facts."""
        return sorted(set(self.kinds[place - FIRST].classes))


@cache
def _cumulated(count: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


def _zipf(count: int, draw: Draw) -> int:
    if not count:
        return -1
    weights = _cumulated(count)
    return min(bisect(weights, draw.uniform(0, weights[-1])), count - 1)


def draw_roster(draw: Draw, sizes: Sequence[int]) -> Roster:
    """A roster of so many particulars of each kind. Among four neighbours in rank each class occurs once."""
    made = []
    for kind, size in zip(KINDS, sizes):
        values = draw.sample(range(len(kind.classes)), CLASSES)
        names: dict[str, None] = {}
        while len(names) < size:
            names["".join(map(draw.choice, kind.parts))] = None
        made.append(Entries(tuple(names), _dealt(draw, values, size)))
    return Roster(tuple(made))


def _dealt(draw: Draw, values: Sequence[int], size: int) -> tuple[int, ...]:
    dealt: list[int] = []
    while len(dealt) < size:
        dealt += draw.shuffled(values)
    return tuple(dealt[:size])


def sibling_roster(roster: Roster, draw: Draw) -> Roster:
    """The same names; half of them have another class, which is this company's own arrangement with them."""
    made = []
    for entries in roster.kinds:
        values, count = sorted(set(entries.classes)), len(entries.names)
        own = set(draw.sample(range(count), count // 2))
        classes = (
            draw.choice([value for value in values if value != old]) if rank in own else old
            for rank, old in enumerate(entries.classes)
        )
        made.append(Entries(entries.names, tuple(classes)))
    return Roster(tuple(made))


def roster_lines(roster: Roster) -> list[str]:
    """The arrangements in plain English, one line for each class."""
    lines = []
    for kind, entries in zip(KINDS, roster.kinds):
        for value in sorted(set(entries.classes)):
            names = (name for name, own in zip(entries.names, entries.classes) if own == value)
            lines.append(f"{capital(kind.says.format(kind.classes[value]))}: {', '.join(names)}.")
    return lines


def roster_rules(roster: Roster) -> Iterator[str]:
    """Each arrangement as a string that is equal in two rosters where the arrangement is."""
    for kind, entries in zip(KINDS, roster.kinds):
        for name, value in zip(entries.names, entries.classes):
            yield f"{name}: {kind.says.format(kind.classes[value])}"
