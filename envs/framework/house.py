"""One drawn framework: its name and its choice in every slot of the catalogue."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from clgym.core import PickleFieldsOnly
from clgym.envs.framework.catalogue import SETTINGS, SLOT, SLOTS, SWITCHED, Setting, Slot
from clgym.seeding import Draw
from clgym.text.names import invented

_FIRST = "Tol Bri Ven Mas Zel Dra Fen Gar Hul Jun Lop Nim Pex Ras Sib Tav Wex Yor Cal Dov Bol Kes Lum Ost".split()
_LAST = "va do mi ra ko ta lo ni zu sa fe gu".split()

#: How many semantic conventions a level has, beside those that settings switch.
_SEMANTICS = {0: 0, 1: 0, 2: 5, 3: 9}
#: Query words that level 0 always has, and those of which it has two.
LEVEL0_ALWAYS, LEVEL0_SOME = ("objects", "filter", "exclude"), ("get", "order_by", "values_list", "create")


@dataclass(frozen=True)
class House(PickleFieldsOnly):
    """A framework. ``drawn`` holds its choices that are not Django's; ``settings`` what the app's settings switch on."""

    name: str
    drawn: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...] = ()

    @functools.cached_property
    def _choices(self) -> Mapping[str, str]:
        return {entry.name: entry.django for entry in SLOTS} | dict(self.drawn)

    def __getitem__(self, slot: str) -> str:
        """The choice in a slot: a word, or the label of a convention."""
        return self._choices[slot]

    @property
    def package(self) -> str:
        """The name that the framework is imported by."""
        return self.name.lower()

    def switched(self, on: Iterable[str]) -> House:
        """The framework as it is with some of its settings on: no settings are left."""
        names = frozenset(on)
        chosen = dict(self.drawn) | {s.slot: s.choice for s in self.settings if s.name in names}
        return _plain(self.name, tuple(sorted(chosen.items())))

    def rules(self) -> frozenset[str]:
        """Every drawn choice, by slot."""
        held = {f"{slot}={choice}" for slot, choice in self.drawn if choice != SLOT[slot].django}
        return frozenset(held | {f"setting {s.name}: {s.slot}={s.choice}" for s in self.settings})

    def sentences(self) -> list[str]:
        """The rules in plain English."""
        chosen = dict(self.drawn)
        sentences = [slot.sentence(chosen[slot.name]) for slot in SLOTS if slot.name in chosen]
        sentences += [
            f"With {s.name} = True in app/settings.py: {SLOT[s.slot].sentence(s.choice)} With {s.name} = False it is as in Django."
            for s in self.settings
        ]
        return [line.replace("{GET}", self["GET"]).replace("{{", "{").replace("}}", "}") for line in sentences]


@functools.lru_cache(maxsize=256)
def _plain(name: str, drawn: tuple[tuple[str, str], ...]) -> House:
    return House(name, drawn)


#: Django itself, where the guard is at home.
DJANGO = House("Django", ())


def draw_house(draw: Draw, level: int) -> House:
    """Draw a framework for a level."""
    name = invented(draw, _FIRST, _LAST)
    chosen = {slot.name: draw.choice(slot.choices) for slot in _slots(draw, level)}
    settings: list[Setting] = []
    if level == 3:
        free = draw.shuffled(slot for slot in SWITCHED if slot not in chosen)
        for title, slot in zip(draw.sample(SETTINGS, 2), free):
            settings.append(Setting(title, slot, draw.choice(SLOT[slot].choices)))
    return House(name, tuple(sorted(chosen.items())), tuple(settings))


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


def drift_house(house: House, draw: Draw) -> House:
    """About a third of the drawn conventions redrawn, the manager or the filter among them."""
    chosen = dict(house.drawn)
    first = draw.choice(("objects", "filter"))
    several = [name for name in chosen if name != first and len(SLOT[name].choices) > 1]
    for name in (first, *draw.sample(several, max(1, len(chosen) // 3))):
        chosen[name] = draw.choice([choice for choice in SLOT[name].choices if choice != chosen[name]])
    return replace(house, drawn=tuple(sorted(chosen.items())))


def alternatives(house: House, slot: str) -> list[str]:
    """Words of the catalogue that this framework does not use in a slot: neither its own nor Django's."""
    return [choice for choice in SLOT[slot].choices if choice != house[slot]]


def choices_of(house: House) -> Mapping[str, str]:
    """Slot -> choice, for every slot of the catalogue."""
    return {slot.name: house[slot.name] for slot in SLOTS}
