"""What has to be known of a house to write an answer: the choices and the columns that the oracle's writer reads."""

from __future__ import annotations

from collections.abc import Iterable

from clgym.envs.framework import level0
from clgym.envs.framework.apps import program
from clgym.envs.framework.catalogue import SLOT
from clgym.envs.framework.house import House
from clgym.envs.framework.specs import Spec


class Watched:
    """A house that keeps what is read of it."""

    def __init__(self, house: House):
        self._house = house
        self.slots: dict[str, str] = {}
        self.columns: dict[tuple[str, str], str] = {}

    def __getitem__(self, slot: str) -> str:
        self.slots[slot] = self._house[slot]
        return self._house[slot]

    def column(self, model: str, column: str) -> str:
        name = self.columns[model, column] = self._house.column(model, column)
        return name

    def deciders(self) -> frozenset[str]:
        """Names of what was read and is not Django's."""
        words = {f"{slot}={choice}" for slot, choice in self.slots.items() if choice != SLOT[slot].django}
        return frozenset(words | {f"{model}.{column}={name}" for (model, column), name in self.columns.items()})


def switched(house: House, on: Iterable[tuple[str, bool]]) -> House:
    """A house with the settings that an app says are True."""
    return house.switched(name for name, value in on if value)


def deciders_of_task(house: House, spec: Spec) -> frozenset[str]:
    """What decides a program."""
    watched = Watched(switched(house, spec.on))
    for _ in program(watched, spec):  # type: ignore[arg-type]
        pass
    return watched.deciders()


def deciders_of_line(house: House, op: level0.Op) -> frozenset[str]:
    """What decides a line of level 0."""
    watched = Watched(house)
    level0.write(watched, op)  # type: ignore[arg-type]
    return watched.deciders()
