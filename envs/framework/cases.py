"""The hidden cases of a task: tables and parameters that tell a right program from those that are nearly right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from clgym.envs.framework.domains import AMOUNT, ARCHIVED, DOMAIN, LABEL, NUMBER, Rows, Tables, rows_of
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import Condition, Plan, child_of, evaluate, matching, related
from clgym.seeding import Draw

#: How many rows a table has, and a parent's.
ROWS, PARENTS = 8, 4
#: How many sets of tables and parameters a query is tried on, and among how many they are looked for.
SETS, _TRIES = 3, 40
#: Kinds of queries that give something of its own where no row fits.
EMPTY = ("first", "last", "get", "sum", "max", "min")


class Set(NamedTuple):
    """Tables and the caller's parameters."""

    tables: Tables
    given: Mapping[str, Any]


def drawn_sets(plan: Plan, draw: Draw, archived: bool, fits: Callable[[Set], bool] = lambda drawn: True) -> list[Set]:
    """Sets that fit, of which each tells the query from some that are nearly the same: all of these are told, where 40 tries allow it."""
    near = list(neighbours(plan))
    chosen: list[Set] = []
    results: list[Any] = []
    for attempt in range(_TRIES):
        drawn = _drawn(plan, draw, archived)
        if not fits(drawn):
            continue
        right = evaluate(plan, *drawn)
        left = [other for other in near if evaluate(other, *drawn) == right]
        fresh = right not in results or attempt >= 12
        if fresh and (len(left) < len(near) or (len(chosen) < SETS and attempt >= 4)):
            chosen.append(drawn)
            results.append(right)
            near = left
        if len(chosen) >= SETS and (not near or len(chosen) == SETS + 3):
            break
    while not chosen:
        drawn = _drawn(plan, draw, archived)
        chosen += [drawn] if fits(drawn) else []
    return [*chosen, _emptied(plan, _drawn(plan, draw, archived))] if plan.kind in EMPTY else chosen


def _emptied(plan: Plan, drawn: Set) -> Set:
    """The tables without the rows that a query is about."""
    gone = matching(plan, *drawn)
    rows = [row for row in drawn.tables[plan.model] if row not in gone]
    tables = dict(drawn.tables) | {plan.model: [row | {NUMBER: place} for place, row in enumerate(rows, 1)]}
    if not plan.domain.parent:  # what pointed to a row points to where that is now
        child = child_of(plan.model)
        places = {row[NUMBER] - 1: place for place, row in enumerate(rows)}
        tables[child.model] = [row | {child.link: places.get(row[child.link])} for row in tables[child.model]]
    return Set(tables, drawn.given)


def neighbours(plan: Plan) -> Iterator[Plan]:
    """Queries that differ from one in a single thing."""
    for place, c in enumerate(plan.conditions):
        rest = plan.conditions[:place], plan.conditions[place + 1 :]
        yield plan._replace(conditions=rest[0] + rest[1])
        changed = [c._replace(keep=not c.keep)] if c.lookup != "isnull" else [c._replace(value=not c.value)]
        changed += [c._replace(lookup=other) for other in _NEAR.get(c.lookup, ())]
        yield from (plan._replace(conditions=(*rest[0], other, *rest[1])) for other in changed)
    if len(plan.conditions) > 1:
        yield plan._replace(either=not plan.either)
    for place, (column, down) in enumerate(plan.order):
        yield plan._replace(order=plan.order[:place] + plan.order[place + 1 :])
        yield plan._replace(order=(*plan.order[:place], (column, not down), *plan.order[place + 1 :]))
    if plan.order:
        yield plan._replace(order=plan.order[::-1])
    if plan.limit:
        yield from (plan._replace(limit=plan.limit + step) for step in (-1, 1))
    if plan.archived and plan.kind not in ("create", "ensure"):
        yield plan._replace(archived="live" if plan.archived == "all" else "all")


_NEAR: Mapping[str, Sequence[str]] = {
    "gt": ("gte", "lt"), "gte": ("gt", "lte"), "lt": ("lte", "gt"), "lte": ("lt", "gte"),
    "contains": ("icontains", "startswith"), "icontains": ("contains",), "startswith": ("contains", "endswith"),
    "endswith": ("contains", "startswith"),
}  # fmt: skip


def _drawn(plan: Plan, draw: Draw, archived: bool) -> Set:
    parent, domain = related(plan)
    tables = {
        parent.model: rows_of(
            parent, draw, PARENTS if parent.model != plan.model else ROWS, archived and parent.model == plan.model
        ),
        domain.model: rows_of(
            domain, draw, ROWS, archived and domain.model == plan.model, PARENTS if parent.model != plan.model else ROWS
        ),
    }
    for c in plan.conditions:
        if not c.given and c.lookup != "isnull" and draw.chance(0.75):
            _plant(c, plan, tables, draw)
    return Set(tables, _parameters(plan, tables[plan.model], draw))


def _plant(c: Condition, plan: Plan, tables: Mapping[str, Rows], draw: Draw) -> None:
    """Have the constant of a condition occur: bounds among the numbers, words among the texts."""
    model = plan.model if len(c.path) == 1 else plan.domain.parent
    column, rows = c.path[-1], tables[model]
    kind = DOMAIN[model].kind(column)
    if kind == LABEL:
        return  # letters occur by themselves
    values = c.value if isinstance(c.value, tuple) else (c.value,)
    for row in draw.sample(rows, len(values) if kind == AMOUNT else max(1, len(rows) // 2)):
        value = draw.choice(values)
        if kind != AMOUNT or value not in [other[column] for other in rows]:
            row[column] = value


def _parameters(plan: Plan, rows: Rows, draw: Draw) -> dict[str, Any]:
    """Something for each parameter, such that rows differ in it."""
    given: dict[str, Any] = {}
    for c in plan.conditions:
        if not c.given:
            continue
        have = sorted({row[c.path[0]] for row in rows})
        if c.lookup == "in":
            given[c.given] = draw.sample(have, min(2, len(have)))
        elif c.lookup in ("contains", "icontains"):
            given[c.given] = (
                draw.choice(draw.choice(have)[1:]) if c.lookup == "contains" else draw.choice(draw.choice(have)[1:]).upper()
            )
        elif c.lookup in ("startswith", "endswith"):
            given[c.given] = draw.choice(have)[0 if c.lookup == "startswith" else -1]
        else:
            given[c.given] = draw.choice(have) if plan.kind != "get" or draw.chance(0.7) else "Nobody"
    if plan.kind in ("create", "ensure"):
        for column in plan.column.split():
            number = column in plan.domain.numbers
            known = draw.choice(rows)[column]
            given[column] = draw.integer(61, 90) if number else known if plan.kind == "ensure" and draw.chance(0.5) else "Orin"
    return given


def tables_for(house: House, tables: Tables) -> list[list[Any]]:
    """Tables as the harness fills them: parents first, columns by the house's names."""
    filled = []
    for model, rows in tables.items():
        columns = house.schema.own(model).columns
        named = [{house.column(model, column): row[column] for column in columns} | {ARCHIVED: row[ARCHIVED]} for row in rows]
        filled.append([model, named])
    return filled


def stored(model: str, rows: Rows, house: House) -> list[list[Any]]:
    """A table as the harness reads it."""
    domain = house.schema.own(model)
    columns = sorted(domain.columns, key=lambda column: house.column(model, column))

    def cell(row: Mapping[str, Any], column: str) -> Any:
        value = row[column]
        return value + 1 if column == domain.link and value is not None else value

    return [[row[NUMBER], row[ARCHIVED], *(cell(row, column) for column in columns)] for row in rows]
