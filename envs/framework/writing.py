"""Code as a framework wants it: conditions in its style, names of its own, one operation per line.

The writers read a house by ``house[slot]`` and ``house.column`` alone, and give their lines in order: whoever knows a house only in part can
follow them as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clgym.envs.framework.catalogue import CONVERTERS, DESCENDING, STATUSES
from clgym.envs.framework.domains import DOMAIN
from clgym.envs.framework.english import quoted_text
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import AGGREGATES, ORDERED, Condition, Plan, child_of


def arguments(house: House, pairs: Iterable[tuple[str, str]]) -> str:
    """Conditions or new values, (name, source of the value) each, as the arguments of a call."""
    style = house["style"]
    if style == "keywords":
        return ", ".join(f"{name}={value}" for name, value in pairs)
    if style == "table":
        return "{" + ", ".join(f'"{name}": {value}' for name, value in pairs) + "}"
    form = {"pairs": '"{0}", {1}', "flipped": '{1}, "{0}"', "tuples": '("{0}", {1})'}[style]
    return ", ".join(form.format(name, value) for name, value in pairs)


def named(house: House, model: str, path: tuple[str, ...]) -> str:
    """A column, or a link and a column of its parent, by the house's names."""
    names = [house.column(model, path[0])]
    if len(path) == 2:
        names.append(house.column(DOMAIN[model].parent, path[1]))
    return house["sep"].join(names)


def key(house: House, model: str, c: Condition) -> str:
    """A column with its lookup: ``price_over``. Without a lookup, the column."""
    name = named(house, model, c.path)
    return f"{name}{house['sep']}{house[c.lookup]}" if c.lookup else name


def sorted_column(house: House, column: str, descending: bool) -> str:
    """A column to sort by, as source."""
    before, behind = DESCENDING[house["desc"]] if descending else ("", "")
    return f'"{before}{column}{behind}"'


def parameter(house: House, name: str) -> str:
    """A parameter of a request, as source."""
    form = {"item": '["{}"]', "call": '("{}")', "attribute": ".{}"}[house["param"]]
    return f"request.{house['GET']}{form.format(name)}"


def reply(house: House, body: str, status: int = 200) -> str:
    """A response, as source. The status 200 is left out where it may be."""
    name, mark = house["HttpResponse"], STATUSES[house["statuses"]][status]
    form = house["reply"]
    if form == "first":
        return f"{name}({mark}, {body})"
    if form == "pair":
        return f"{name}(({mark}, {body}))"
    if status == 200:
        return f"{name}({body})"
    return f"{name}({body}).mark({mark})" if form == "mark" else f"{name}({body}, {form}={mark})"


def varying(house: House, kind: str, name: str) -> str:
    """A part of a route that varies."""
    return CONVERTERS[house["converter"]][0].format(kind=kind, name=name)


def route(house: House, pattern: str, view: str) -> str:
    """One route, as source."""
    given = (view, f'"{pattern}"') if house["route"] == "view" else (f'"{pattern}"', view)
    return f"{house['path']}({', '.join(given)})"


def view_head(house: House, name: str, varied: str = "") -> str:
    """The first line of a view."""
    given = [varied, "request"] if house["view"] == "last" else ["request", varied]
    return f"def {name}({', '.join(filter(None, given))}):"


# Queries

#: Writes a parameter of the caller.
Source = Callable[[str], str]


def _pair(house: House, plan: Plan, c: Condition, source: Source) -> tuple[str, str]:
    """One condition, as a name and the source of a value."""
    if c.given:
        value = source(c.given)
    else:
        value = repr(list(c.value)).replace("'", '"') if isinstance(c.value, tuple) else quoted_text(c.value)
    shift = {"gt": "over", "lt": "under"}.get(c.lookup)
    if shift and house[shift] == "inclusive":  # the lookup takes the bound itself
        step = 1 if c.lookup == "gt" else -1
        value = f"{value} {'+' if step > 0 else '-'} 1" if c.given else str(int(value) + step)
    return key(house, plan.model, c), value


def rows(house: House, plan: Plan) -> str:
    """The rows that a query begins with: with archived ones or without."""
    every, hides = f"{plan.model}.{house['objects']}", house["hidden"] != "shown"
    if plan.archived == "live" and not hides:
        return f"{every}.{house['filter']}({arguments(house, [('archived', 'False')])})"
    return f"{every}.{house['hidden']}()" if plan.archived == "all" and hides else every


def _steps(house: House, plan: Plan, source: Source) -> Iterator[str]:
    """The calls that choose and sort the rows."""
    if plan.either:
        tests = [
            f"{'' if c.keep else '~'}{house['Q']}({arguments(house, [_pair(house, plan, c, source)])})" for c in plan.conditions
        ]
        yield f".{house['filter']}({' | '.join(tests)})"
    else:
        keeps = [[_pair(house, plan, c, source)] for c in plan.conditions if c.keep]
        if len(keeps) > 1 and house["join"] == "and":
            keeps = [[pair for pairs in keeps for pair in pairs]]
        yield from (f".{house['filter']}({arguments(house, pairs)})" for pairs in keeps)
        drops = [_pair(house, plan, c, source) for c in plan.conditions if not c.keep]
        yield from (f".{house['exclude']}({arguments(house, [pair])})" for pair in drops)
    order = [sorted_column(house, house.column(plan.model, column), down) for column, down in plan.order]
    if not order and plan.kind in ORDERED and house["order"] != "oldest":
        order = [f'"{house["id"]}"']
    if order:
        yield f".{house['order_by']}({', '.join(order[::-1] if len(order) > 1 and house['lead'] == 'last' else order)})"
    if plan.limit:
        yield f"[:{plan.limit + {'python': 0, 'end': -1, 'one': 1}[house['slice']]}]"


def query_lines(house: House, plan: Plan, source: Source = str) -> Iterator[str]:
    """The steps up to the rows, one a line, all assigned to ``found``."""
    begun = False
    for step in _steps(house, plan, source):
        yield f"found = {'found' if begun else rows(house, plan)}{step}"
        begun = True
    if not begun:
        yield f"found = {rows(house, plan)}"


def function_lines(house: House, plan: Plan, give: Callable[[str], str], nothing: str, source: Source = str) -> Iterator[str]:
    """The body of a function that answers a query. ``give`` writes what it gives back, ``nothing`` is its line where there is no row."""
    column = house.column(plan.model, plan.column) if plan.column in plan.domain.columns else ""
    if plan.kind in ("create", "ensure"):
        yield from _added(house, plan, give, source)
        return
    if plan.kind == "get":
        call = f"{rows(house, plan)}.{house['get']}({arguments(house, [_pair(house, plan, plan.conditions[0], source)])})"
        yield from row_or_nothing(call, plan.model, house, "one", nothing)
        yield give(f"row.{column}")
        return
    yield from query_lines(house, plan, source)
    if plan.kind in ("first", "last"):
        yield from row_or_nothing(f"found.{house[plan.kind]}()", plan.model, house, "empty", nothing)
        yield give(f"row.{column}")
    elif plan.kind == "delete":
        yield f"found.{house['delete']}()"
        yield give(f"{rows(house, plan)}.{house['count']}()")
    elif plan.kind == "tally":
        number = f'{house["Count"]}("{child_of(plan.model).noun}")'
        yield f"found = found.{house['annotate']}({arguments(house, [('number', number)])})"
        yield give(f"{{row.{column}: row.number for row in found}}")
    else:
        yield give(_result(house, plan, column))


def _result(house: House, plan: Plan, column: str) -> str:
    """What one expression makes of the rows that were found."""
    if plan.kind in ("count", "exists"):
        return f"found.{house[plan.kind]}()"
    if plan.kind in AGGREGATES:
        total = arguments(house, [("total", f'{house[AGGREGATES[plan.kind]]}("{column}")')])
        return f'found.{house["aggregate"]}({total})["total"]' + (" or 0" if plan.kind == "sum" else "")
    if plan.kind in ("update", "raise"):
        old = f'{house["F"]}("{column}") + ' if plan.kind == "raise" else ""
        return f"found.{house['update']}({arguments(house, [(column, f'{old}{plan.value}')])})"
    if plan.kind == "values":
        names = ", ".join(f'"{house.column(plan.model, each)}"' for each in plan.column.split())
        return f"found.{house['values']}({names})"
    if plan.kind == "column" and house["column"] != "plain":
        return f"[row.{column} for row in found]"
    listed = f'{house["values_list"]}("{column}"{", flat=True" if house["values_list"] == "values_list" else ""})'
    return f'found.{house["order_by"]}("{column}").{listed}.{house["distinct"]}()' if plan.kind == "distinct" else f"found.{listed}"


def _added(house: House, plan: Plan, give: Callable[[str], str], source: Source) -> Iterator[str]:
    """A new row, or the one that is there."""
    new = arguments(house, [(house.column(plan.model, column), source(column)) for column in plan.column.split()])
    if plan.kind == "create":
        yield f"row = {plan.model}.{house['objects']}.{house['create']}({new})"
    else:
        yield f"row, new = {rows(house, plan)}.{house['get_or_create']}({new})"
    yield give(f"row.{house['id']}")


def row_or_nothing(call: str, model: str, house: House, slot: str, nothing: str) -> Iterator[str]:
    """``row`` from a call that may find none; the convention in ``slot`` says what comes then."""
    absent = house[slot]
    if absent == "raises":
        yield from ("try:", f"    row = {call}", f"except {model}.{house['DoesNotExist']}:", f"    {nothing}")
    else:
        yield from (f"row = {call}", "if row is None:" if absent == "none" else "if not row:", f"    {nothing}")
