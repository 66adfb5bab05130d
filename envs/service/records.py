"""The records that a service keeps: drawn when a kind is first asked for, with canonical values (see ``words``)."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clgym.core import PickleFieldsOnly
from clgym.envs.service.rules import Schema
from clgym.envs.service.words import CUSTOMER, NAME, OWNER, STATUS, draw_value, person
from clgym.seeding import Draw, Seed

#: Numbers of records: at level 0 every one of two digits, else so many of three; of customers, fewer.
_TWO_DIGITS = range(11, 100)
_COUNT, _CUSTOMERS = 40, 12


@dataclass(frozen=True)
class Records(PickleFieldsOnly, Mapping[str, Mapping[int, Mapping[str, Any]]]):
    """kind -> number -> field -> canonical value."""

    seed: Seed
    level: int
    schema: Schema

    def __getitem__(self, kind: str) -> Mapping[int, Mapping[str, Any]]:
        found = self._drawn.get(kind)
        if found is None:
            found = self._drawn[kind] = self._draw(kind)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.schema)

    def __len__(self) -> int:
        return len(self.schema)

    @functools.cached_property
    def _drawn(self) -> dict[str, Mapping[int, Mapping[str, Any]]]:
        """What was asked for so far."""
        return {}

    def _draw(self, kind: str) -> Mapping[int, Mapping[str, Any]]:
        draw, resource = self.seed.draw("records", kind), self.schema[kind]
        numbers = _TWO_DIGITS if self.level == 0 else sorted(draw.sample(range(101, 900), _COUNT))
        if kind == CUSTOMER:
            numbers = sorted(draw.sample(_TWO_DIGITS, _CUSTOMERS))
        names: set[str] = set()
        owners = tuple(self[CUSTOMER]) if OWNER in resource.fields else ()
        return {number: {field: self._value(kind, field, draw, owners, names) for field in resource.fields} for number in numbers}

    def _value(self, kind: str, field: str, draw: Draw, owners: tuple[int, ...], names: set[str]) -> Any:
        if field == STATUS:
            return draw.choice(self.schema[kind].states)
        if field == OWNER:
            return draw.choice(owners)
        if field == NAME:
            name = person(draw)
            while name in names:
                name = person(draw)
            names.add(name)
            return name
        return draw_value(field, draw)
