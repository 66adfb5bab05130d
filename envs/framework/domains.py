"""What the apps of the tasks are about: models with two text columns and two numbers, and rows drawn for them."""

from __future__ import annotations

from typing import Any, NamedTuple

from clgym.seeding import Draw


class Domain(NamedTuple):
    """A model. ``label`` holds distinct texts, ``group`` few that repeat; ``amount`` distinct numbers,
    ``bucket`` few that repeat."""

    model: str
    label: str
    group: str
    amount: str
    bucket: str
    labels: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def noun(self) -> str:
        """One of them."""
        return self.model.lower()

    @property
    def nouns(self) -> str:
        """Several of them."""
        return self.noun + "s"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that an app declares."""
        return self.label, self.group, self.amount, self.bucket


def _domain(model: str, columns: str, labels: str, groups: str) -> Domain:
    label, group, amount, bucket = columns.split()
    return Domain(model, label, group, amount, bucket, tuple(labels.split()), tuple(groups.split()))


_PEOPLE = "Kim Lee Ada Max Eva Tom Ida Ben"
DOMAINS: tuple[Domain, ...] = (
    _domain("Book", "title author price year", "Dunes Harbor Winter Echoes Lanterns Orchard Rivers Salt Tides Embers", _PEOPLE),
    _domain("Song", "title singer length year", "Daylight Sparrow Thunder Velvet Mirrors Gravel Shore Cinders Halo Drift", _PEOPLE),
    _domain(
        "Film",
        "title director length year",
        "Signal Vertigo Harvest Outpost Nightfall Carousel Border Ransom Mosaic Exile",
        _PEOPLE,
    ),
    _domain(
        "Car",
        "plate brand price age",
        "Falcon Comet Ranger Pioneer Breeze Titan Meteor Dart Sonic Nomad",
        "Ford Fiat Opel Seat Audi Saab Lada Kia",
    ),
    _domain(
        "Dog",
        "name breed weight age",
        "Rex Bella Milo Luna Oscar Ruby Buddy Coco Rocky Daisy",
        "Boxer Husky Poodle Beagle Collie Pug Setter Corgi",
    ),
    _domain(
        "Ship",
        "name port length age",
        "Aurora Neptune Albatross Osprey Mariner Siren Triton Vega Borealis Corsair",
        "Oslo Kiel Genoa Cadiz Porto Malta Riga Dover",
    ),
    _domain(
        "Plant",
        "name family height price",
        "Basil Clover Fennel Jasmine Lotus Myrtle Nettle Sorrel Thistle Yarrow",
        "Rose Mint Lily Palm Daisy Heath Orchid Grass",
    ),
    _domain(
        "Player",
        "name team score age",
        "Abbot Brandt Castro Dubois Ericson Ferrari Gomez Hansen Ivanov Jonas",
        "Reds Blues Hawks Bears Lions Stars Kings Sharks",
    ),
)


def rows_of(domain: Domain, draw: Draw, count: int, archived: bool) -> list[dict[str, Any]]:
    """Rows as dicts, in the order in which they were added; some archived where that matters."""
    labels = draw.sample(domain.labels, count)
    groups = draw.sample(domain.groups, 3)
    amounts = draw.sample(range(2, 60), count)
    buckets = draw.sample(range(3, 40), 3)
    hidden = set(draw.sample(range(count), 2)) if archived else set()
    return [
        {
            domain.label: labels[i],
            domain.group: draw.choice(groups),
            domain.amount: amounts[i],
            domain.bucket: draw.choice(buckets),
            "archived": i in hidden,
        }
        for i in range(count)
    ]
