"""One drawn framework: its name, its choice in every slot of the catalogue, and what it calls the columns of its models."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from clgym.core import PickleFieldsOnly
from clgym.envs.framework.catalogue import SETTINGS, SLOT, SLOTS, SWITCHED, Setting, Slot
from clgym.envs.framework.domains import PAIRS, Domain
from clgym.envs.framework.plans import EVERYTHING, Schema
from clgym.seeding import Draw
from clgym.text.names import invented

_FIRST = "Tol Bri Ven Mas Zel Dra Fen Gar Hul Jun Lop Nim Pex Ras Sib Tav Wex Yor Cal Dov Bol Kes Lum Ost".split()
_LAST = "va do mi ra ko ta lo ni zu sa fe gu".split()
#: What the names of columns are made of.
OPENERS = "ba de fi go lu ma ne pi ro su ta ve wi zo ka".split()
CLOSERS = "bal den fir gom lut mas nek pil ros sun tav vel wix zor kap".split()

#: How many semantic conventions a level has, beside those that settings switch.
_SEMANTICS = {0: 0, 1: 0, 2: 5, 3: 9}
#: How many pairs of models a level has, and how many columns each, beside the link.
SIZES = {0: (4, 3), 1: (6, 5), 2: (14, 5), 3: (35, 6)}
#: Query words that level 0 always has, and those of which it has two.
LEVEL0_ALWAYS, LEVEL0_SOME = ("objects", "filter", "exclude"), ("get", "order_by", "values_list", "create")


@dataclass(frozen=True)
class House(PickleFieldsOnly):
    """A framework. ``drawn`` holds its choices that are not Django's, ``settings`` what the app's settings switch on, ``columns`` the names of
    columns: (model, what it is about in English, name)."""

    name: str
    drawn: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...] = ()
    schema: Schema = EVERYTHING
    columns: tuple[tuple[str, str, str], ...] = ()

    @functools.cached_property
    def _choices(self) -> Mapping[str, str]:
        return {entry.name: entry.django for entry in SLOTS} | dict(self.drawn)

    @functools.cached_property
    def _names(self) -> Mapping[tuple[str, str], str]:
        return {(model, column): name for model, column, name in self.columns}

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.name, self.drawn, self.settings, self.columns))

    def __hash__(self) -> int:
        return self._hash

    def __getitem__(self, slot: str) -> str:
        """The choice in a slot: a word, or the label of a convention."""
        return self._choices[slot]

    def column(self, model: str, column: str) -> str:
        """What a column is called."""
        return self._names.get((model, column), column)

    @property
    def package(self) -> str:
        """The name that the framework is imported by."""
        return self.name.lower()

    @functools.cached_property
    def _switched(self) -> dict[frozenset[str], House]:
        return {}

    def switched(self, on: Iterable[str]) -> House:
        """The framework as it is with some of its settings on: no settings are left."""
        names = frozenset(on)
        if names not in self._switched:
            chosen = dict(self.drawn) | {s.slot: s.choice for s in self.settings if s.name in names}
            self._switched[names] = replace(self, drawn=tuple(sorted(chosen.items())), settings=())
        return self._switched[names]

    def without(self, slot: str) -> House:
        """The framework with Django's choice in one slot."""
        return replace(self, drawn=tuple(pair for pair in self.drawn if pair[0] != slot))

    def rules(self) -> frozenset[str]:
        """Every drawn choice, by slot, and every column's name."""
        held = {f"{slot}={choice}" for slot, choice in self.drawn if choice != SLOT[slot].django}
        held |= {f"{model}.{column}={name}" for model, column, name in self.columns}
        return frozenset(held | {f"setting {s.name}: {s.slot}={s.choice}" for s in self.settings})

    def sentences(self) -> list[str]:
        """The rules in plain English."""
        chosen = dict(self.drawn)
        sentences = [slot.sentence(chosen[slot.name]) for slot in SLOTS if slot.name in chosen]
        sentences += [
            f"With {s.name} = True in app/settings.py: {SLOT[s.slot].sentence(s.choice)} With {s.name} = False it is as in Django."
            for s in self.settings
        ]
        sentences += [self._columns_of(domain) for domain in self.schema.domains if self.columns]
        return [line.replace("{GET}", self["GET"]).replace("{{", "{").replace("}}", "}") for line in sentences]

    def _columns_of(self, domain: Domain) -> str:
        named = ", ".join(f"{self.column(domain.model, column)} is the {column}" for column in domain.columns)
        return f"The columns of {domain.model}: {named}."


#: Django itself, where the guard is at home.
DJANGO = House("Django", ())


def draw_house(draw: Draw, level: int) -> House:
    """Draw a framework for a level."""
    name = invented(draw, _FIRST, _LAST)
    chosen = {slot.name: draw.choice(slot.choices) for slot in _slots(draw, level)}
    if chosen.get("one") and chosen.get("empty") != "raises":
        chosen.pop("DoesNotExist")  # nothing raises it
    settings: list[Setting] = []
    if level == 3:
        free = draw.shuffled(slot for slot in SWITCHED if slot not in chosen)
        for title, slot in zip(draw.sample(SETTINGS, 2), free):
            settings.append(Setting(title, slot, draw.choice(SLOT[slot].choices)))
    schema = _draw_schema(draw, level)
    return House(name, tuple(sorted(chosen.items())), tuple(settings), schema, _draw_columns(schema, draw))


def _draw_schema(draw: Draw, level: int) -> Schema:
    pairs, columns = SIZES[level]
    some = [domain.cut(columns, level > 1) for pair in draw.sample(PAIRS, pairs) for domain in pair]
    domains = tuple(draw.shuffled(some))
    ranks = iter(draw.shuffled(range(1, 1 + sum(len(domain.columns) for domain in domains))))
    return Schema(domains, tuple(tuple(next(ranks) for _ in domain.columns) for domain in domains))


def _draw_columns(schema: Schema, draw: Draw) -> tuple[tuple[str, str, str], ...]:
    """A name for each column of each model; those of one model differ."""
    return tuple(
        (domain.model, column, name)
        for domain in schema.domains
        for column, name in zip(domain.columns, _names(draw, len(domain.columns)))
    )


def _names(draw: Draw, count: int, taken: Iterable[str] = ()) -> list[str]:
    names, barred = list[str](), set(taken)
    while len(names) < count:
        name = draw.choice(OPENERS) + draw.choice(CLOSERS)
        if name not in barred:
            names.append(name)
            barred.add(name)
    return names


def _slots(draw: Draw, level: int) -> list[Slot]:
    """The slots that a world of a level draws."""
    if level == 0:
        return [SLOT[name] for name in (*LEVEL0_ALWAYS, *sorted(draw.sample(LEVEL0_SOME, 2)), "style")]
    semantic = [slot for slot in SLOTS if slot.group == "semantics" and slot.level <= level]
    # Level 3 leaves two of those that settings can switch to the settings.
    drawn = draw.sample(semantic, min(_SEMANTICS[level], len(semantic)))
    if level == 3:
        spare = [slot.name for slot in semantic if slot.name in SWITCHED and slot not in drawn]
        for slot in [slot for slot in drawn if slot.name in SWITCHED][: max(0, 2 - len(spare))]:
            drawn.remove(slot)
    named = {slot.name for slot in drawn}
    return [slot for slot in SLOTS if slot.level <= level and (slot.group != "semantics" or slot.name in named)]


#: The share of conventions and of column names that a drift draws again, by level: stale answers then earn about half.
DRIFT = {0: (0.3, 0.3), 1: (0.08, 0.15), 2: (0.05, 0.14), 3: (0.05, 0.11)}
#: Conventions that nearly every program shows: above level 0 no drift changes them, or nothing old would be right.
_EVERYWHERE = frozenset(
    "objects filter exclude style sep HttpResponse reply statuses GET param path route view values_list hidden".split()
)


def drift_house(house: House, level: int, draw: Draw) -> House:
    """Some of the conventions and of the names of columns redrawn."""
    rules, columns = DRIFT[level]
    return _redrawn(house, draw, rules, columns, frozenset() if level == 0 else _EVERYWHERE)


def sibling_house(house: House, draw: Draw) -> House:
    """A framework of another name that shares about half of the conventions and of the names of columns."""
    return replace(_redrawn(house, draw, 0.5, 0.5), name=invented(draw, _FIRST, _LAST, real=(house.name,)))


def _redrawn(house: House, draw: Draw, rules: float, columns: float, kept: frozenset[str] = frozenset()) -> House:
    """A share of the conventions and of the names of columns drawn again, each to something else."""
    chosen = dict(house.drawn)
    several = [name for name in chosen if len(SLOT[name].choices) > 1 and name not in kept]
    for name in draw.sample(several, max(1, round(rules * len(several)))):
        chosen[name] = draw.choice([choice for choice in SLOT[name].choices if choice != chosen[name]])
    again = set(draw.sample(range(len(house.columns)), round(columns * len(house.columns))))
    taken = {model: [name for other, _, name in house.columns if other == model] for model, _, _ in house.columns}
    names = tuple(
        (model, column, _names(draw, 1, taken[model])[0] if place in again else name)
        for place, (model, column, name) in enumerate(house.columns)
    )
    if len({(model, name) for model, _, name in names}) < len(names):
        return _redrawn(house, draw, rules, columns, kept)
    return replace(house, drawn=tuple(sorted(chosen.items())), columns=names)


def alternatives(house: House, slot: str) -> list[str]:
    """Words of the catalogue that this framework does not use in a slot: neither its own nor Django's."""
    return [choice for choice in SLOT[slot].choices if choice != house[slot]]
