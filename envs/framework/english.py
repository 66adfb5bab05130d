"""Queries in plain English. The inverse is :mod:`clgym.envs.framework.reading`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clgym.envs.framework.domains import GROUP, LABEL
from clgym.envs.framework.plans import Condition, Plan, child_of
from clgym.text.english import article

#: What a test says of its column, by lookup: where the row is kept, and where it is left out.
TESTS: Mapping[str, tuple[str, str]] = {
    "": ("is {}", "is not {}"),
    "gt": ("is more than {}", "is not more than {}"),
    "gte": ("is at least {}", "is not at least {}"),
    "lt": ("is less than {}", "is not less than {}"),
    "lte": ("is at most {}", "is not at most {}"),
    "range": ("is from {} to {} (both count)", "is not from {} to {} (both count)"),
    "contains": ("contains {}", "does not contain {}"),
    "icontains": ("contains {} (in capitals or not)", "does not contain {} (in capitals or not)"),
    "startswith": ("starts with {}", "does not start with {}"),
    "endswith": ("ends with {}", "does not end with {}"),
    "in": ("is one of {}", "is none of {}"),
}
ARCHIVES = {"": "", "all": " (archived ones included)", "live": " (archived ones left out)"}
UNSORTED = "in the order in which they were added"
TOTALS = {"sum": "sum", "max": "highest", "min": "lowest"}
NOTHING = ', or "none" if there is none'


def a(noun: str) -> str:
    """A noun with its article: "a book", "an album"."""
    return f"{article(noun)} {noun}"


def quoted_text(value: object) -> str:
    """A constant as Python source; texts in double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _value(c: Condition) -> list[str]:
    if c.given:
        return [f"`{c.given}`"]
    if c.lookup == "range":
        return [str(value) for value in c.value]
    if c.lookup == "in":
        return [" and ".join(map(quoted_text, c.value))]
    return [quoted_text(c.value)]


def test_in_english(c: Condition) -> str:
    """One test: "whose price is more than 20"."""
    if c.lookup == "isnull":
        return f"that have {f'no {c.path[0]}' if c.value else a(c.path[0])}"
    return f"whose {chr(39).join((c.path[0], 's ' + c.path[1])) if len(c.path) == 2 else c.path[0]} {TESTS[c.lookup][not c.keep].format(*_value(c))}"


def rows_in_english(plan: Plan) -> str:
    """Which rows: "books whose author is `author` and whose price is more than 20"."""
    tests = (" or " if plan.either else " and ").join(map(test_in_english, plan.conditions))
    return f"{plan.domain.nouns}{' ' if tests else ''}{tests}{ARCHIVES[plan.archived]}"


def order_in_english(plan: Plan) -> str:
    """In which order: "sorted by year from high to low, then by title from A to Z"."""
    if not plan.order:
        return UNSORTED
    return "sorted by " + ", then by ".join(f"{column} {_direction(plan, column, down)}" for column, down in plan.order)


def _direction(plan: Plan, column: str, down: bool) -> str:
    if plan.domain.kind(column) in (LABEL, GROUP):
        return "from Z to A" if down else "from A to Z"
    return "from high to low" if down else "from low to high"


def action_in_english(plan: Plan) -> str:
    """What a query changes: "sets the price of the books ... to 5"; "" where it only asks."""
    made: Mapping[str, Callable[[], str]] = {
        "update": lambda: f"sets the {plan.column} of all {rows_in_english(plan)} to {plan.value}",
        "raise": lambda: f"adds {plan.value} to the {plan.column} of all {rows_in_english(plan)}",
        "delete": lambda: f"deletes all {rows_in_english(plan)}",
        "create": lambda: f"adds {a(plan.domain.noun)} whose {' is `{}` and whose '.join(plan.column.split()).format(plan.column.split()[0])} is `{plan.column.split()[1]}`",
        "ensure": lambda: f"adds {a(plan.domain.noun)} whose {plan.column} is `{plan.column}`, unless there is one, archived or not,",
    }  # fmt: skip
    return made[plan.kind]() if plan.kind in made else ""


def result_in_english(plan: Plan) -> str:
    """What comes out."""
    rows, noun = rows_in_english(plan), plan.domain.noun
    some = f", only the first {plan.limit} of them" if plan.limit else ""
    said: dict[str, Any] = {
        "count": lambda: f"the number of {rows}",
        "exists": lambda: f"True if there are any {rows}, else False",
        "sum": lambda: f"the sum of the {plan.column} of all {rows}, or 0 if there are none",
        "first": lambda: f"the {plan.column} of the first of all {rows}, {order_in_english(plan)}",
        "last": lambda: f"the {plan.column} of the last of all {rows}, {order_in_english(plan)}",
        "get": lambda: f"the {plan.column} of the one {noun} {test_in_english(plan.conditions[0])}{ARCHIVES[plan.archived]}",
        "column": lambda: f"a list with the {plan.column} of each of all {rows}, {order_in_english(plan)}{some}",
        "values": lambda: (
            f"a list of dicts, as the framework gives them, with the {' and the '.join(plan.column.split())} of each of all {rows}, "
            f"{order_in_english(plan)}{some}"
        ),
        "distinct": lambda: f"a list that has each {plan.column} of all {rows} once, in rising order",
        "tally": lambda: f"a dict from the {plan.column} of each of all {rows} to the number of its {child_of(plan.model).nouns}",
        "update": lambda: "how many rows that were",
        "delete": lambda: f"how many {plan.domain.nouns} are left",
        "create": lambda: "its running number",
        "ensure": lambda: "the running number of the one with it",
    }
    for kind in ("max", "min"):
        said[kind] = lambda: f"the {TOTALS[plan.kind]} {plan.column} of all {rows}, or None if there are none"
    said["raise"] = said["update"]
    return str(said[plan.kind]())
