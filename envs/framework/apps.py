"""The oracle's programs: the files of an app, written for a house line by line."""

from __future__ import annotations

from collections.abc import Iterator

from clgym.envs.framework.domains import DOMAIN
from clgym.envs.framework.house import House
from clgym.envs.framework.prompts import addresses
from clgym.envs.framework.specs import CHECKS, QUERIES, ROUTES, VIEWS, Second, Spec, check_name
from clgym.envs.framework.writing import arguments, function_lines, parameter, reply, route, row_or_nothing, varying, view_head

_NONE = '"none"'


def program(house: House, spec: Spec) -> Iterator[str]:
    """A right answer, line by line. The house's settings are switched already."""
    plan = spec.plan
    if not spec.view:
        yield f"def {spec.name}({', '.join(plan.parameters)}):"
        yield from _inside(function_lines(house, plan, lambda value: f"return {value}", f"return {_NONE}"))
        return
    yield f"# {QUERIES}"
    yield f"def {spec.name}({', '.join(plan.parameters)}):"
    yield from _inside(function_lines(house, plan, lambda value: f"return {value}", "return None"))
    if spec.second and spec.second.kind != "open":
        yield from ("", "", f"# {CHECKS}", *_checks(house, spec.second))
    yield from ("", "", f"# {VIEWS}", f"from .queries import {spec.name}", "", "")
    yield view_head(house, spec.view)
    yield from _inside(_view(house, spec))
    if spec.second is None:
        return
    yield from ("", "")
    yield from _second(house, spec.second)
    yield from ("", "", f"# {ROUTES}", f"from .views import {spec.view}, {spec.second.view}", "", "")
    yield from _routes(house, spec, spec.second)


def _inside(lines: Iterator[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _view(house: House, spec: Spec) -> Iterator[str]:
    """The body of the view that hands on what the function gives."""
    plan = spec.plan
    given = [f"int({parameter(house, name)})" if plan.numeric(name) else parameter(house, name) for name in plan.parameters]
    yield f"result = {spec.name}({', '.join(given)})"
    if spec.missing:
        yield from ("if result is None:", f"    return {reply(house, _NONE, 404)}")
    yield f"return {reply(house, 'result')}"


def _checks(house: House, second: Second) -> Iterator[str]:
    """The checks and their registration; where both refuse, the column's is the one that is told."""
    messages = [(second.column, f"value < {second.least}", f"{second.column} too small")]
    label = DOMAIN[second.model].label
    if second.letter:
        messages.append((label, f'not value.startswith("{second.letter}")', f"{label} unfit"))
    for column, test, message in messages:
        refusal = {
            "raise": f'raise {house["ValidationError"]}("{message}")',
            "text": f'return "{message}"',
            "pair": f'return True, "{message}"',
        }[house["told"]]
        fine = {"raise": [], "text": ["    return None"], "pair": ['    return False, ""']}[house["told"]]
        yield from (f"def {check_name(column)}(value):", f"    if {test}:", f"        {refusal}", *fine, "", "")
    columns = [column for column, _, _ in messages]
    if len(columns) > 1 and house["checks"] == "last":
        columns.reverse()
    for column in columns:
        yield f'{house["validator"]}({second.model}, "{house.column(second.model, column)}", {check_name(column)})'


def _second(house: House, second: Second) -> Iterator[str]:
    """The second view."""
    model, label = second.model, DOMAIN[second.model].label
    every = f"{model}.{house['objects']}" + (f".{house['hidden']}()" if house["hidden"] != "shown" else "")
    none = f"return {reply(house, _NONE, 404)}"
    refused = (f"except {house['ValidationError']} as refusal:", f"    return {reply(house, 'str(refusal)', 400)}")
    if second.kind == "open":
        yield view_head(house, second.view, "label")
        call = f"{every}.{house['get']}({arguments(house, [(house.column(model, label), 'label')])})"
        yield from _inside(row_or_nothing(call, model, house, "one", none))
        cells = ", ".join(f"row.{house.column(model, column)}" for column in second.column.split())
        yield f"    return {reply(house, f'[{cells}]')}"
    elif second.kind == "add":
        yield view_head(house, second.view)
        pairs = [(label, parameter(house, label)), (second.column, f"int({parameter(house, second.column)})")]
        new = arguments(house, [(house.column(model, column), value) for column, value in pairs])
        yield from _inside(iter(("try:", f"    row = {model}.{house['objects']}.{house['create']}({new})", *refused)))
        yield f"    return {reply(house, 'row.' + house['id'], 201)}"
    else:
        yield view_head(house, second.view, "number")
        call = f"{every}.{house['get']}({arguments(house, [(house['id'], 'number')])})"
        yield from _inside(row_or_nothing(call, model, house, "one", none))
        yield f"    row.{house.column(model, second.column)} = int({parameter(house, 'value')})"
        yield from _inside(iter(("try:", f"    row.{house['save']}()", *refused)))
        yield f"    return {reply(house, 'row.' + house.column(model, label))}"


def _routes(house: House, spec: Spec, second: Second) -> Iterator[str]:
    """The list of routes, the one that must win where it does."""
    first, other = addresses(spec, second)
    if second.kind == "open":
        other = other.replace("NAME", varying(house, "str", "label"))
    elif second.kind == "change":
        other = other.replace("NUMBER", varying(house, "int", "number"))
    entries = [route(house, first, spec.view), route(house, other, second.view)]
    if second.kind == "open" and house["wins"] == "last":
        entries.reverse()
    yield from ("routes = [", *(f"    {entry}," for entry in entries), "]")
