"""What the apps of the tasks are about: models in pairs of a child and its parent, their columns, and rows drawn for them.

A model has a ``label`` (distinct texts), two columns of texts that repeat, an ``amount`` (distinct numbers) and one or two columns of numbers
that repeat. A child also points to a parent, where that is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from clgym.seeding import Draw

LABEL, GROUP, AMOUNT, BUCKET, LINK = "label", "group", "amount", "bucket", "link"
#: What the columns of a model hold, in the order in which the catalogue names them.
KINDS = (LABEL, GROUP, GROUP, AMOUNT, BUCKET, BUCKET)


class Domain(NamedTuple):
    """A model. ``columns`` are what its columns are about, in English; ``kinds`` what each holds; ``parent`` is the model it points to, or ""."""

    model: str
    nouns: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    parent: str = ""

    @property
    def noun(self) -> str:
        """One of them."""
        return self.model.lower()

    @property
    def label(self) -> str:
        return self.columns[0]

    @property
    def link(self) -> str:
        """The column that points to the parent; "" where there is none."""
        return self.columns[-1] if self.parent else ""

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(column for column, kind in zip(self.columns, self.kinds) if kind in (LABEL, GROUP))

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(column for column, kind in zip(self.columns, self.kinds) if kind in (AMOUNT, BUCKET))

    def kind(self, column: str) -> str:
        """What a column holds."""
        return self.kinds[self.columns.index(column)]

    def cut(self, count: int, linked: bool) -> Domain:
        """The model with its first ``count`` columns, and its link where ``linked``."""
        parent = self.parent if linked else ""
        link = ((self.columns[-1],), (LINK,)) if parent else ((), ())
        return self._replace(columns=self.columns[:count] + link[0], kinds=self.kinds[:count] + link[1], parent=parent)


#: Child: label, two groups, amount, two buckets > the same of its parent.
_PAIRS = """
Book: title author genre price pages edition > Publisher: name city country staff age rank
Song: title singer style length year tempo > Album: name studio label cost discs grade
Film: title director language minutes year stars > Cinema: name town owner seats screens floors
Car: plate brand colour mileage doors age > Garage: name street chief rent lifts bays
Dog: name breed coat weight age legs > Kennel: title village keeper fee runs beds
Ship: name port flag length decks crew > Harbor: title coast pilot depth docks cranes
Plant: name family soil height leaves price > Garden: title gardener district area paths benches
Player: name team position score age goals > Club: title coach arena budget cups points
Flight: code pilot airline distance gate stops > Airport: name region manager altitude runways halls
Room: number view wing price beds windows > Hotel: name chain resort rate stars lifts
Course: title teacher subject hours credits term > School: name principal quarter pupils classes grades
Meal: name cook diet calories portions price > Restaurant: title chef cuisine tables seats rooms
Ticket: code holder event price row seat > Stadium: name sponsor suburb capacity stands exits
Letter: subject sender stamp weight pages copies > Office: name clerk building salary desks phones
Machine: serial maker material power wheels gears > Factory: title boss industry output halls shifts
Patient: name doctor ward temperature visits age > Hospital: title director province cost beds wards
Painting: title painter medium value width height > Museum: name curator square fee rooms guards
Horse: name rider colour speed races age > Stable: title trainer meadow hay boxes gates
Wine: name grower grape price vintage bottles > Cellar: title owner valley cold racks barrels
Bridge: name builder river span lanes piers > County: title governor capital people towns roads
Robot: code designer purpose battery arms sensors > Lab: name scientist campus grant benches fridges
Phone: model seller system price cameras memory > Shop: name cashier mall turnover tills shelves
Train: code driver line speed coaches doors > Station: name warden borough traffic tracks kiosks
Coin: mark mint metal value edge diameter > Collection: title collector theme worth trays folders
Cheese: name dairy milk weight months fat > Market: title trader quarter sales stalls days
Star: name constellation spectrum magnitude planets radius > Catalog: title astronomer telescope entries pages editions
Tool: name maker handle price teeth size > Workshop: title craftsman trade noise lathes drills
Poem: title poet form words stanzas lines > Journal: name editor topic readers issues columns
Lamp: name designer shade brightness bulbs watts > Theatre: title producer alley gain rows boxes
Tree: tag forester species height rings branches > Forest: name ranger climate acres trails huts
Match: code referee league crowd goals cards > Season: title winner sport income rounds teams
Violin: name carver wood price age strings > Orchestra: title conductor hall subsidy concerts members
Tunnel: name digger rock depth lanes lights > Mountain: title explorer massif altitude peaks camps
Cake: name baker filling sugar layers candles > Bakery: title miller avenue flour ovens counters
Parcel: code courier country weight stamps days > Depot: name driver sector load vans ramps
""".strip().splitlines()

_IRREGULAR = {"County": "counties", "Factory": "factories", "Cinema": "cinemas", "Match": "matches", "Bakery": "bakeries"}


def _read(text: str, parent: str) -> Domain:
    model, _, words = text.partition(":")
    columns = tuple(words.split())
    model = model.strip()
    nouns = _IRREGULAR.get(model, model.lower() + "s")
    return Domain(model, nouns, columns + ((parent.lower(),) if parent else ()), KINDS + ((LINK,) if parent else ()), parent)


def _pair(line: str) -> tuple[Domain, Domain]:
    child, parent = line.split(">")
    name = parent.partition(":")[0].strip()
    return _read(child, name), _read(parent, "")


PAIRS: tuple[tuple[Domain, Domain], ...] = tuple(map(_pair, _PAIRS))
DOMAINS: tuple[Domain, ...] = tuple(domain for pair in PAIRS for domain in pair)
DOMAIN: Mapping[str, Domain] = {domain.model: domain for domain in DOMAINS}

LABELS = (
    "Dunes Winter Echoes Lanterns Orchard Rivers Salt Tides Embers Falcon Comet Ranger Breeze Titan Meteor Aurora Neptune Osprey Siren Triton "
    "Basil Clover Fennel Jasmine Lotus Myrtle Nettle Sorrel Thistle Yarrow Velvet Gravel Cinders Halo Mosaic Exile"
).split()
GROUPS = "Kim Lee Ada Max Eva Tom Ida Ben Oslo Kiel Genoa Cadiz Porto Malta Riga Dover Mint Lily Palm Rose".split()

#: The rows of a model, each a dict from column (in English) to value; a link holds the place of a parent's row, or None, and NUMBER the
#: running number, from 1 on.
Rows = list[dict[str, Any]]
Tables = Mapping[str, Rows]
ARCHIVED, NUMBER = "archived", "#"


def rows_of(domain: Domain, draw: Draw, count: int, archived: bool, parents: int = 0) -> Rows:
    """Rows in the order in which they were added; some archived where that matters. ``parents`` is how many rows the parent has."""
    hidden = set(draw.sample(range(count), 2)) if archived else set()
    columns = {column: _values(kind, draw, count, parents) for column, kind in zip(domain.columns, domain.kinds)}
    return [
        {column: values[i] for column, values in columns.items()} | {ARCHIVED: i in hidden, NUMBER: i + 1} for i in range(count)
    ]


def _values(kind: str, draw: Draw, count: int, parents: int) -> Sequence[Any]:
    """The values of one column."""
    if kind == LABEL:
        return draw.sample(LABELS, count)
    if kind == AMOUNT:
        return draw.sample(range(2, 60), count)
    if kind == LINK:
        return [draw.choice((*range(parents), None)) for _ in range(count)]
    some = draw.sample(GROUPS, 3) if kind == GROUP else draw.sample(range(3, 40), 3)
    return [draw.choice(some) for _ in range(count)]
