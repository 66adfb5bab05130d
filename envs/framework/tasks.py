"""A task above level 0: what its prompt says, a right program, and the hidden cases that an answer is run on."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.framework.apps import program
from clgym.envs.framework.cases import ROWS, Set, drawn_sets, stored, tables_for
from clgym.envs.framework.catalogue import STATUSES
from clgym.envs.framework.domains import ARCHIVED, DOMAIN, NUMBER, Rows, rows_of
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import evaluate, related
from clgym.envs.framework.specs import Second, Spec
from clgym.seeding import Seed


class Case(NamedTuple):
    """One run: the harness's function, its arguments, the right result, and how feedback names the run."""

    function: str
    arguments: tuple[Any, ...]
    expected: Any
    call: str


@dataclass(frozen=True)
class Task(PickleFieldsOnly):
    """What a query of the higher levels asks of one house."""

    house: House
    spec: Spec
    prompt: str
    seed: Seed

    @functools.cached_property
    def here(self) -> House:
        """The house with its settings as the app has them."""
        return self.house.switched(name for name, value in self.spec.on if value)

    @functools.cached_property
    def solution(self) -> str:
        return "\n".join(self.written_for(self.here))

    def written_for(self, house: House) -> Iterator[str]:
        """A program that would be right in another house, line by line."""
        return program(house, self.spec)

    @functools.cached_property
    def cases(self) -> tuple[Case, ...]:
        """Worked out when an answer has to be run."""
        draw = self.seed.draw("cases")
        sets = drawn_sets(self.spec.plan, draw, archived=bool(self.spec.view))
        return tuple(self._case(drawn, number) for number, drawn in enumerate(sets))

    def _case(self, drawn: Set, number: int) -> Case:
        spec, here = self.spec, self.here
        plan = spec.plan
        models = [domain.model for domain in related(plan) if domain.model in drawn.tables and self._has(domain.model)]
        tables = tables_for(here, {model: drawn.tables[model] for model in models})
        value, rows = evaluate(plan, *drawn, name=lambda column: here.column(plan.model, column))
        if spec.second:
            return self._visit(drawn, number, models, tables, (value, rows))
        changed = [stored(model, rows, here) if rows is not None and model == plan.model else None for model in models]
        given = [drawn.given[name] for name in plan.parameters]
        if spec.view:
            params = {name: str(value) for name, value in zip(plan.parameters, given)}
            expected = [self._replied(value), changed]
            return Case("ask", (tables, models, "app.views", spec.view, params), expected, f"{spec.view}({_query(params)})")
        value = "none" if value is None and spec.missing else value
        call = f"{spec.name}({', '.join(map(repr, given))})"
        return Case("call", (tables, models, "app.views", spec.name, given), [value, changed], call)

    def _has(self, model: str) -> bool:
        return any(domain.model == model for domain in self.house.schema.domains)

    def _status(self, status: int) -> Any:
        """A status as the house writes it."""
        text = STATUSES[self.here["statuses"]][status]
        return text.strip('"') if text.startswith('"') else int(text)

    def _replied(self, value: Any) -> list[Any]:
        """The status and the body of a reply to a query."""
        return [self._status(404), "none"] if value is None and self.spec.missing else [self._status(200), value]

    def _visit(self, drawn: Set, number: int, models: list[str], tables: list[list[Any]], first: tuple[Any, Rows | None]) -> Case:
        """The first view, then the second one, which is about another model."""
        spec, second = self.spec, self.spec.second
        assert second is not None
        params = {name: str(drawn.given[name]) for name in spec.plan.parameters}
        value, rows = first
        others = rows_of(DOMAIN[second.model], self.seed.draw("rows", number), ROWS, archived=True)
        address, asked, reply, after = self._second(second, others, number)
        steps: list[tuple[str, dict[str, str]]] = [(f"{spec.place}/all", params), (address, asked)]
        changed = [stored(model, rows, self.here) if rows is not None and model == spec.plan.model else None for model in models]
        changed.append(None if after is None else stored(second.model, after, self.here))
        call = "visiting " + ", ".join(address + _query(asked) for address, asked in steps)
        arguments = (
            [*tables, *tables_for(self.here, {second.model: others})],
            [*models, second.model],
            "app.routes",
            "routes",
            steps,
        )
        return Case("visit", arguments, [[self._replied(value), reply], changed], call)

    def _second(self, second: Second, rows: Rows, number: int) -> tuple[str, dict[str, str], list[Any], Rows | None]:
        """The address and query string of a visit to the second view, its reply, and the rows afterwards where they changed."""
        draw, place, label = self.seed.draw("second", number), self.spec.place, DOMAIN[second.model].label
        row = draw.choice(rows) if rows and number != 1 else None
        if second.kind == "open":
            if row is None:
                return f"{place}/Nobody", {}, [self._status(404), "none"], None
            return f"{place}/{row[label]}", {}, [self._status(200), [row[column] for column in second.column.split()]], None
        if second.kind == "add":
            return self._add(second, rows, number)
        value = draw.integer(61, 90) if number != 2 else draw.integer(1, second.least - 1)
        key = row[NUMBER] if row else 99
        asked = {"value": str(value)}
        if row is None:
            return f"{place}/change/{key}", asked, [self._status(404), "none"], None
        if value < second.least:
            return f"{place}/change/{key}", asked, [self._status(400), f"{second.column} too small"], None
        after = [{**other, second.column: value} if other is row else other for other in rows]
        return f"{place}/change/{key}", asked, [self._status(200), row[label]], after

    def _add(self, second: Second, rows: Rows, number: int) -> tuple[str, dict[str, str], list[Any], Rows | None]:
        draw, domain = self.seed.draw("second", number), DOMAIN[second.model]
        small, unfit = (number + draw.integer(0, 1)) % 3 == 1, number % 3 == 2 or number == 1
        value = draw.integer(1, second.least - 1) if small else draw.integer(second.least, 70)
        name = ("X" if unfit else second.letter) + "orin"
        asked = {domain.label: name, second.column: str(value)}
        if small or unfit:
            message = f"{second.column} too small" if small else f"{domain.label} unfit"
            return f"{self.spec.place}/new", asked, [self._status(400), message], None
        place = max((row[NUMBER] for row in rows), default=0) + 1
        new: dict[str, Any] = dict.fromkeys(domain.columns) | {
            domain.label: name,
            second.column: value,
            ARCHIVED: False,
            NUMBER: place,
        }
        return f"{self.spec.place}/new", asked, [self._status(201), place], [*rows, new]


def _query(params: dict[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in params.items()) if params else ""
