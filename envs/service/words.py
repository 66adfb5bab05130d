"""The English of the family: kinds of record, their possible fields and values, and the words that services may have for them.

Values here are canonical: an amount is whole cents, a date is "2026-03-15", a status is one of STATUSES, an owner is a customer's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clgym.seeding import Draw
from clgym.text.english import cells

#: Kinds of record; the plural of each is an s longer.
KINDS = cells(
    """order, invoice, ticket, booking, parcel, refund, voucher, contract, lease, permit, licence, claim, quote, receipt, shipment,
    pallet, crate, locker, badge, visit, tour, course, exam, lesson, room, table, menu, recipe, coupon, gift, loan, card, account,
    grant, award, donation, pledge, campaign, event, concert, season, trip, flight, cruise, route, truck, trailer, van, boat,
    tractor, tool, machine, sensor, meter, pump, window, door, lamp, cable, domain, image, video, album, song, poster, book, article,
    report, survey, vote, petition, letter, notice, alarm, incident, defect, repair, inspection, audit, scan, prescription, vaccine,
    patient, doctor, roster, project, milestone, sprint, release, garden, tree, seed, harvest, herd, horse, kennel, mill, silo, tank,
    barrel, bottle, crop, vineyard, carpet, sofa, mattress, blanket, jacket, helmet, bicycle, scooter, tent, canoe, violin, piano,
    guitar, lawyer, hearing, trial, verdict, guest, intern, mentor, seminar, grade,
    painting, statue, exhibit, meal, snack, cake"""
)
#: Whose records others belong to, from level 2 on.
CUSTOMER = "customer"

#: States, no two with the same first letter.
STATUSES = cells("open, closed, new, late, urgent, pending, approved, rejected, shipped, blocked, drafted, failed, held, tested")
STATUS, OWNER, NAME = "status", "customer id", "full name"


class Word(NamedTuple):
    """A field: what it holds ("status", "owner", "name", "money", "date", "text", "count" or "enum"), other words for it, an enumeration's values."""

    held: str
    words: tuple[str, ...]
    values: tuple[str, ...] = ()


def _words(held: str, lines: str) -> dict[str, Word]:
    """Lines of "field: other words | values"."""
    found = {}
    for line in lines.strip().splitlines():
        name, _, rest = line.strip().partition(": ")
        others, _, values = rest.partition(" | ")
        found[name] = Word(held, cells(others), cells(values))
    return found


FIELDS: Mapping[str, Word] = {
    **_words("status", "status: state, phase, stage, step"),
    **_words("owner", "customer id: client ref, buyer id, holder id, account ref"),
    **_words("name", "full name: whole name, person, display name, called"),
    **_words(
        "money",
        """total amount: sum due, gross sum, full price, grand total
        unit price: piece price, single cost, list price, item rate
        late fee: penalty, delay charge, overdue fee, lateness cost
        down payment: advance, first part, prepaid sum, money down
        service charge: handling fee, serving cost, extra fee, staff cost
        insured value: cover, cover sum, policy sum, insured for""",
    ),
    **_words(
        "date",
        """due date: deadline, pay until, last day, due on
        start date: begins, first day, from day, opens on
        end date: ends, until day, closes on, final day
        review date: check day, next look, reviewed on, audit day
        delivery date: arrives, arrival day, brought on, drop day
        renewal date: renews, renewed on, next term, extends on""",
    ),
    **_words(
        "count",
        """guest count: heads, party size, visitors, seats
        hour count: hours, work time, time spent, effort
        item count: pieces, quantity, how many, units
        sheet count: sheets, leaves, thickness, volume
        spare count: reserve, backups, in stock, extras""",
    ),
    **_words(
        "text",
        """ship city: destination, sent to, target town, goes to
        bill city: billed in, billing town, invoice town, payer town
        pickup city: origin, collected in, pickup town, comes from
        home city: residence, home town, lives in, based in
        short title: subject, headline, caption, topic
        side note: comment, annotation, memo, remark""",
    ),
    **_words(
        "enum",
        """risk level: hazard, danger, risk band, threat | low, medium, high
        size class: size, format, extent, bulk | small, large, huge
        payment method: paid by, tender, pay mode, paying way | cash, cheque, credit
        main colour: colour, paint, tint, shade | red, green, blue
        contact way: channel, reached by, contact mode, medium | phone, letter, radio
        freight mode: carrier, moved by, transport, haulage | road, rail, air
        meal plan: diet, board, food, catering | vegan, fish, meat
        spoken language: tongue, speech, spoken, talks in | French, Dutch, Polish
        service day: weekday, day off, duty day, service slot | Monday, Tuesday, Friday
        floor type: floor, ground, flooring, surface | wood, stone, tile
        plan tier: tier, package, bundle, rate plan | basic, plus, gold
        noise class: noise, loudness, sound level, acoustics | quiet, normal, loud
        climate zone: climate, zone, weather, air type | cold, mild, hot
        engine type: engine, drive, motor, power | diesel, electric, hybrid""",
    ),
}
CITIES = ("Graz", "Lyon", "Turin", "Porto", "Ghent", "Malmo", "Bergen", "Krakow", "Leeds", "Cadiz", "Aarhus", "Utrecht")
TITLES = ("broken lid", "late start", "lost key", "wrong size", "no sound", "blue screen", "torn bag", "missing part")
_FIRST = cells("Mara, Ivo, Lena, Otis, Nora, Emil, Tilda, Hugo, Greta, Axel, Carla, Bruno, Edda, Felix, Ida, Paul")
_LAST = cells("Lind, Novak, Berg, Costa, Hahn, Moor, Silva, Roth, Vance, Weiss, Young, Zeller, Adler, Boyd, Crane, Dunn")
#: How a value of an enumeration may be written.
CODES = ("a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8", "k9")
#: What a service may set as the most of a field, in cents and in pieces.
LIMITS: Mapping[str, tuple[int, ...]] = {"money": (15_000, 25_000, 35_000), "count": (2, 3, 4)}
#: Words that services use in paths after the address of a record.
TAILS = frozenset(cells("new, add, edit, fields, status, mark, remove, void, trash, id"))


def _code_names() -> tuple[str, ...]:
    """Short invented words: what a service may call a kind of record in its paths."""
    made = (
        a + b + c for a in "bdfgklmnprstvz" for b in "aeiou" for c in ("lm", "nd", "rk", "st", "x", "ro", "la", "mi", "ne", "vo")
    )
    return tuple(word for word in made if word not in TAILS and word not in KINDS and word not in STATUSES)


CODE_NAMES = _code_names()


def held(field: str) -> str:
    """What a field holds."""
    return FIELDS[field].held


def clearable(field: str) -> bool:
    """Whether an update may empty a field."""
    return held(field) in ("text", "date")


def person(draw: Draw) -> str:
    """A full name."""
    return f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"


def draw_value(field: str, draw: Draw) -> Any:
    """A canonical value for a field that holds neither a status, an owner nor a name."""
    kind = held(field)
    if kind == "money":
        return draw.integer(10, 900) * 100 + draw.choice((0, 25, 50, 75))
    if kind == "date":
        return f"2026-{draw.integer(1, 12):02d}-{draw.integer(1, 28):02d}"
    if kind == "count":
        return draw.integer(1, 9)
    return draw.choice(FIELDS[field].values or (CITIES if field.endswith("city") else TITLES))
