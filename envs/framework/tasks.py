"""The tasks of levels 1 and 2: a function on a table, a view; each with its cases and the oracle's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from clgym.envs.framework.catalogue import STATUSES
from clgym.envs.framework.domains import Domain, rows_of
from clgym.envs.framework.house import House
from clgym.envs.framework.plans import (
    Condition,
    Plan,
    arguments_for,
    draw_plan,
    evaluate,
    query_lines,
    result_in_english,
    result_lines,
    row_or_nothing,
)
from clgym.envs.framework.prompts import FUNCTION, VIEW, Label
from clgym.envs.framework.writing import arguments, parameter, reply
from clgym.seeding import Draw

#: How many rows a table has.
ROWS = 8


class Case(NamedTuple):
    """One run: the harness's function, its arguments, the right result, and how feedback names the run."""

    function: str
    arguments: tuple[Any, ...]
    expected: Any
    call: str


class Task(NamedTuple):
    """What a query of the higher levels asks. ``names`` are what the answer must define; ``on`` the settings that are True."""

    prompt: str
    solution: str
    cases: tuple[Case, ...]
    names: tuple[str, ...]
    on: tuple[str, ...] = ()


def imported(domain: Domain, house: House, what: str) -> str:
    return f"The model {domain.model} ({', '.join(domain.columns)}) and all of {house.name} are imported{what}."


def marked(name: str) -> str:
    return f"`{name}`"


def tables_of(domain: Domain, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {domain.model: rows}


def drawn_sets(plan: Plan, house: House, draw: Draw, count: int = 4) -> list[tuple[list[dict[str, Any]], dict[str, Any]]]:
    """Tables and parameters whose right results differ, and are not all empty."""
    sets: list[tuple[list[dict[str, Any]], dict[str, Any]]] = []
    seen: list[Any] = []
    for attempt in range(40):
        rows = drawn_rows(plan.domain, house, draw, plan.conditions)
        given = arguments_for(plan, rows, draw)
        value = evaluate(plan, rows, given)
        fresh = value not in seen or (plan.result == "exists" and seen.count(value) < count // 2)
        if (
            (fresh and value not in (None, [], 0))
            or attempt > 30
            or (plan.result == "exists" and fresh)
            or (attempt > 12 and fresh)
        ):
            sets.append((rows, given))
            seen.append(value)
        if len(sets) == count:
            break
    return sets


def drawn_rows(domain: Domain, house: House, draw: Draw, conditions: tuple[Condition, ...] = ()) -> list[dict[str, Any]]:
    """A table in which the constants of conditions occur: the bound of "more than" too, where lookups differ about it."""
    rows = rows_of(domain, draw, ROWS, house["hidden"] != "shown")
    for condition in conditions:
        if condition.given or condition.lookup in ("contains", "startswith"):
            continue
        for row in draw.sample(rows, 1 if condition.column == domain.amount else 3):
            if condition.column != domain.amount or condition.value not in [other[domain.amount] for other in rows]:
                row[condition.column] = condition.value
    return rows


# Level 1


def function_task(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """One function on a table."""
    plan = draw_plan(domain, draw, house, ("column", "column", "column", "count", "exists", "sum", "first", "last"))
    name = label.name(domain.nouns)
    head = f"def {name}({', '.join(plan.parameters)})"
    spec = result_in_english(plan, marked)
    if plan.result in ("first", "last"):
        spec += ', or "none" if there is none'
    prompt = FUNCTION[label.phrasing].format(
        house=house.name, head=f"`{head}`", spec=spec, given=imported(domain, house, " already")
    )
    nothing = 'return "none"'
    lines = query_lines(plan, house, str) + result_lines(plan, house, lambda value: f"return {value}", nothing)
    cases = []
    for rows, given in drawn_sets(plan, house, draw):
        values = [given[parameter_name] for parameter_name in plan.parameters]
        expected = evaluate(plan, rows, given)
        call = f"{name}({', '.join(map(repr, values))})"
        cases.append(Case("call", (tables_of(domain, rows), name, values), "none" if expected is None else expected, call))
    return Task(prompt, "\n    ".join([head + ":", *lines]), tuple(cases), (name,))


# Level 2


def view_task(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """One view: parameters from the request, a reply with its status."""
    if draw.chance(0.25):
        return _detail_view(house, domain, label, draw)
    plan = draw_plan(domain, draw, house, ("column", "column", "count", "sum", "first", "last"), lists=False)
    name = label.name(domain.nouns)
    spec = f"It answers with status 200 and this body: {result_in_english(plan, marked)}."
    if plan.result in ("first", "last"):
        spec += ' If there is none, it answers with status 404 and the body "none".'
    spec += f" {query_string(plan)}"
    prompt = VIEW[label.phrasing].format(
        house=house.name, head=f"`def {name}(request)`", spec=spec, given=imported(domain, house, " already")
    )
    cases = [
        Case(
            "ask",
            (tables_of(domain, rows), name, {k: str(v) for k, v in given.items()}),
            answered(house, evaluate(plan, rows, given)),
            f"{name}({query_text(given)})",
        )
        for rows, given in drawn_sets(plan, house, draw)
    ]
    return Task(prompt, "\n    ".join([f"def {name}(request):", *view_body(plan, house)]), tuple(cases), (name,))


def query_string(plan: Plan) -> str:
    """What the query string holds."""
    kinds = ", ".join(f"`{name}` (a {'number' if plan.numeric(name) else 'text'})" for name in plan.parameters)
    return f"The query string of the request has {kinds}."


def query_text(given: dict[str, Any]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in given.items())


def answered(house: House, value: Any) -> list[Any]:
    """The status and the body of a reply, as the harness gives them."""
    return [status_of(house, 404), "none"] if value is None else [status_of(house, 200), value]


def status_of(house: House, status: int) -> Any:
    """A status as the house writes it."""
    text = STATUSES[house["statuses"]][status]
    return text.strip('"') if text.startswith('"') else int(text)


def _reader(plan: Plan, house: House) -> Callable[[str], str]:
    return lambda name: f"int({parameter(house, name)})" if plan.numeric(name) else parameter(house, name)


def view_body(plan: Plan, house: House) -> list[str]:
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    return query_lines(plan, house, _reader(plan, house)) + result_lines(
        plan, house, lambda value: f"return {reply(house, value)}", none
    )


def _detail_view(house: House, domain: Domain, label: Label, draw: Draw) -> Task:
    """The one row with a label, or nothing."""
    name, answer_column = label.name(domain.noun), draw.choice((domain.group, domain.amount, domain.bucket))
    archived = draw.choice(("all", "live")) if house["hidden"] != "shown" else ""
    included = {"": "", "all": ", archived or not,", "live": ", if it is not archived,"}[archived]
    spec = (
        f"It answers with status 200 and, as body, the {answer_column} of the {domain.noun} whose {domain.label} is "
        f"`{domain.label}`{included}"
        f' or with status 404 and the body "none" if there is no such {domain.noun}. The query string of the request has '
        f"`{domain.label}` (a text)."
    )
    prompt = VIEW[label.phrasing].format(
        house=house.name, head=f"`def {name}(request)`", spec=spec, given=imported(domain, house, " already")
    )
    start = f"{domain.model}.{house['objects']}" + (f".{house['hidden']}()" if archived == "all" else "")
    call = f"{start}.{house['get']}({arguments(house, [(domain.label, parameter(house, domain.label))])})"
    none = f"return {reply(house, chr(34) + 'none' + chr(34), 404)}"
    lines = row_or_nothing(house, call, domain, house["one"] == "raises", none) + [f"return {reply(house, f'row.{answer_column}')}"]
    cases = []
    for number in range(4):
        rows = drawn_rows(domain, house, draw)
        there = [row for row in rows if not (archived == "live" and row["archived"])]
        absent = draw.choice([label for label in domain.labels if label not in [row[domain.label] for row in there]])
        wanted = absent if number == 2 else draw.choice(there)[domain.label]
        expected = next((row[answer_column] for row in there if row[domain.label] == wanted), None)
        cases.append(
            Case(
                "ask",
                (tables_of(domain, rows), name, {domain.label: wanted}),
                answered(house, expected),
                f"{name}(?{domain.label}={wanted})",
            )
        )
    return Task(prompt, "\n    ".join([f"def {name}(request):", *lines]), tuple(cases), (name,))
