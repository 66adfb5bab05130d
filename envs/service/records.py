"""What a service keeps: kinds of record, their fields, and the drawn data of one world. Values here are canonical.

Canonical: an amount is whole cents, a date is "2026-03-15", a status is one of STATUSES, the owner is a customer's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clgym.envs.service.conventions import KINDS
from clgym.seeding import Draw, Seed

STATUSES = ("open", "closed", "new", "late", "urgent", "pending")
STATUS, OWNER, AMOUNT, DATE, NAME = "status", "customer id", "total amount", "due date", "full name"

#: Field -> what kind of value it holds: "status", "owner", "money", "date", "text" or "count".
FIELDS: Mapping[str, Mapping[str, str]] = {
    "order": {STATUS: "status", OWNER: "owner", AMOUNT: "money", DATE: "date", "ship city": "text"},
    "invoice": {STATUS: "status", OWNER: "owner", AMOUNT: "money", DATE: "date", "bill city": "text"},
    "ticket": {STATUS: "status", OWNER: "owner", DATE: "date", "short title": "text", "hour count": "count"},
    "booking": {STATUS: "status", OWNER: "owner", AMOUNT: "money", DATE: "date", "guest count": "count"},
    "customer": {STATUS: "status", NAME: "text", "home city": "text", "visit count": "count"},
}
#: What an update may empty.
CLEARABLE = ("ship city", "bill city", "short title", "home city", DATE)

CITIES = ("Graz", "Lyon", "Turin", "Porto", "Ghent", "Malmo", "Bergen", "Krakow", "Leeds", "Cadiz", "Aarhus", "Utrecht")
TITLES = ("broken lamp", "late parcel", "lost key", "wrong size", "no sound", "blue screen", "torn bag", "missing part")
_FIRST = (
    "Mara",
    "Ivo",
    "Lena",
    "Otis",
    "Nora",
    "Emil",
    "Tilda",
    "Hugo",
    "Greta",
    "Axel",
    "Carla",
    "Bruno",
    "Edda",
    "Felix",
    "Ida",
    "Paul",
)
_LAST = (
    "Lind",
    "Novak",
    "Berg",
    "Costa",
    "Hahn",
    "Moor",
    "Silva",
    "Roth",
    "Vance",
    "Weiss",
    "Young",
    "Zeller",
    "Adler",
    "Boyd",
    "Crane",
    "Dunn",
)

#: kind -> number -> canonical fields
Records = Mapping[str, Mapping[int, Mapping[str, Any]]]

#: Level 0 has every two-digit number; other levels have so many records of each kind, customers fewer.
_TWO_DIGITS = range(11, 100)
_COUNT, _CUSTOMERS = 40, 9


def kinds_at(level: int) -> tuple[str, ...]:
    """The kinds of record that a level speaks of."""
    return KINDS if level >= 2 else KINDS[:4]


def fields_at(level: int, kind: str) -> Mapping[str, str]:
    """The fields of a kind at a level: the status alone at level 0, owners from level 2 on."""
    if level == 0:
        return {STATUS: "status"}
    return FIELDS[kind] if level >= 2 else {field: held for field, held in FIELDS[kind].items() if held != "owner"}


def draw_records(seed: Seed, level: int) -> Records:
    """The data that a service begins with."""
    draw = seed.draw("records")
    if level == 0:
        return {kind: {number: {STATUS: draw.choice(STATUSES)} for number in _TWO_DIGITS} for kind in kinds_at(0)}
    names = [f"{first} {last}" for first in draw.sample(_FIRST, 8) for last in draw.sample(_LAST, 3)]
    customers = sorted(draw.sample(range(11, 100), _CUSTOMERS))
    records: dict[str, dict[int, Mapping[str, Any]]] = {}
    for kind in kinds_at(level):
        numbers = customers if kind == "customer" else sorted(draw.sample(range(101, 900), _COUNT))
        records[kind] = {number: _record(fields_at(level, kind), draw, customers, names) for number in numbers}
    return records


def _record(fields: Mapping[str, str], draw: Draw, customers: list[int], names: list[str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for field, held in fields.items():
        if field == NAME:
            record[field] = names.pop(draw.integer(0, len(names) - 1))
        else:
            record[field] = draw.choice(customers) if held == "owner" else draw_value(field, held, draw)
    return record


def draw_value(field: str, held: str, draw: Draw) -> Any:
    """A canonical value for a field."""
    if held == "status":
        return draw.choice(STATUSES)
    if held == "money":
        return draw.integer(10, 900) * 100 + draw.choice((0, 25, 50, 75))
    if held == "date":
        return f"2026-{draw.integer(1, 12):02d}-{draw.integer(1, 28):02d}"
    if held == "count":
        return draw.integer(1, 9)
    return draw.choice(TITLES if field == "short title" else CITIES)
