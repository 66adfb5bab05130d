"""What a query of the higher levels asks of a table: drawn, said in English, worked out by hand, and written for a house."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from clgym.envs.framework.domains import Domain
from clgym.envs.framework.house import House
from clgym.envs.framework.writing import arguments, key, quoted_text, sorted_column
from clgym.seeding import Draw


class Condition(NamedTuple):
    """Rows to keep or to leave out. The value is a constant, or the parameter's name where ``given``."""

    keep: bool
    column: str
    lookup: str
    value: Any
    given: bool


class Plan(NamedTuple):
    """A query. ``result`` is "column", "count", "exists", "sum", "first" or "last"; ``archived`` is "", "all" or "live"."""

    domain: Domain
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int
    result: str
    column: str
    archived: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what the caller gives, in order."""
        return tuple(condition.value for condition in self.conditions if condition.given)

    def numeric(self, parameter: str) -> bool:
        """Whether a parameter is a number."""
        return any(c.given and c.value == parameter and c.lookup in ("gt", "lt") for c in self.conditions)


ORDERED = ("column", "first", "last")
_NAMES = {"gt": "least", "lt": "most", "contains": "part", "startswith": "letter", "in": "choices"}
_IS = {
    "": "is {}",
    "gt": "is more than {}",
    "lt": "is less than {}",
    "contains": "contains {}",
    "startswith": "starts with {}",
    "in": "is one of {}",
}
_IS_NOT = {
    "": "is not {}",
    "gt": "is not more than {}",
    "lt": "is not less than {}",
    "contains": "does not contain {}",
    "startswith": "does not start with {}",
    "in": "is none of {}",
}
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "": lambda have, want: have == want,
    "gt": lambda have, want: have > want,
    "lt": lambda have, want: have < want,
    "contains": lambda have, want: want in have,
    "startswith": lambda have, want: have.startswith(want),
    "in": lambda have, want: have in want,
}


def draw_plan(domain: Domain, draw: Draw, house: House, results: Sequence[str], lists: bool = True) -> Plan:
    """A query with one or two conditions, of which the first takes a parameter. Without ``lists`` that is never a list."""
    columns = draw.sample(domain.columns, 2)
    conditions = [_condition(domain, columns[0], True, draw, lists)]
    if draw.chance(0.6):
        conditions.append(_condition(domain, columns[1], False, draw, lists))
    result = draw.choice(results)
    order = _order(domain, draw) if result in ORDERED and draw.chance(0.75) else ()
    limit = draw.integer(2, 3) if result == "column" and draw.chance(0.4) else 0
    column = {"sum": domain.amount, "column": _listed(domain, conditions, draw)}.get(result, domain.label)
    archived = draw.choice(("all", "live")) if house["hidden"] != "shown" else ""
    return Plan(domain, tuple(conditions), order, limit, result, column, archived)


def fixed_plan(domain: Domain, draw: Draw) -> Plan:
    """A query without parameters, of two conditions, in a stated order."""
    conditions = tuple(_condition(domain, column, False, draw, False) for column in draw.sample(domain.columns, 2))
    result = draw.choice(("column", "column", "count", "exists"))
    order = _order(domain, draw) if result == "column" else ()
    limit = draw.integer(2, 5) if result == "column" and draw.chance(0.4) else 0
    return Plan(domain, conditions, order, limit, result, _listed(domain, conditions, draw))


def _listed(domain: Domain, conditions: Sequence[Condition], draw: Draw) -> str:
    """The column to list: not one whose value a condition gives already."""
    column = draw.choice((domain.label, domain.group))
    return domain.label if any(c.column == column and c.keep and not c.lookup for c in conditions) else column


def _order(domain: Domain, draw: Draw) -> tuple[tuple[str, bool], ...]:
    return draw.choice(
        (
            ((domain.amount, draw.chance(0.7)),),
            ((domain.label, draw.chance(0.5)),),
            ((domain.bucket, draw.chance(0.5)), (domain.label, False)),
            ((domain.bucket, draw.chance(0.5)), (domain.amount, True)),
        )
    )


def _condition(domain: Domain, column: str, given: bool, draw: Draw, lists: bool) -> Condition:
    keep = draw.chance(0.65)
    if column in (domain.amount, domain.bucket):
        lookup = draw.choice(("gt", "lt"))
        constant: Any = draw.integer(15, 40) if column == domain.amount else draw.integer(12, 28)
    elif column == domain.group:
        lookup = draw.choice(("", "in")) if given and lists else ""
        constant = draw.choice(domain.groups)
    else:
        lookup = draw.choice(("contains", "startswith"))
        constant = draw.choice("aeo") if lookup == "contains" else draw.choice(domain.labels)[0]
    name = _NAMES.get(lookup, column)
    return Condition(keep, column, lookup, name if given else constant, given)


# In English


def rows_in_english(plan: Plan, marked: Callable[[str], str]) -> str:
    """Which rows: "the books whose author is `author` and whose price is more than 20"."""
    clauses = " and ".join(
        f"whose {c.column} {(_IS if c.keep else _IS_NOT)[c.lookup].format(marked(c.value) if c.given else quoted_text(c.value))}"
        for c in plan.conditions
    )
    archived = {"": "", "all": " (archived ones included)", "live": " (archived ones left out)"}[plan.archived]
    return f"the {plan.domain.nouns} {clauses}{archived}"


def order_in_english(plan: Plan) -> str:
    """In which order: "sorted by year from high to low, then by title"."""
    if not plan.order:
        return "in the order in which they were added"
    return "sorted by " + ", then by ".join(f"{column}{_direction(plan.domain, column, down)}" for column, down in plan.order)


def _direction(domain: Domain, column: str, down: bool) -> str:
    text = column in (domain.label, domain.group)
    return {
        (True, True): " from Z to A",
        (True, False): " from A to Z",
        (False, True): " from high to low",
        (False, False): " from low to high",
    }[text, down]


def result_in_english(plan: Plan, marked: Callable[[str], str]) -> str:
    """What comes out, for a plan that finds something."""
    rows = rows_in_english(plan, marked)
    if plan.result == "count":
        return f"the number of {rows.removeprefix('the ')}"
    if plan.result == "exists":
        return f"True if there are any {rows.removeprefix('the ')}, else False"
    if plan.result == "sum":
        return f"the sum of the {plan.column} of {rows}, or 0 if there are none"
    if plan.result in ("first", "last"):
        return f"the {plan.column} of the {plan.result} of {rows}, {order_in_english(plan)}"
    some = f", only the first {plan.limit} of them" if plan.limit else ""
    return f"a list with the {plan.column} of each of {rows}, {order_in_english(plan)}{some}"


# Worked out by hand, whatever a framework does


def evaluate(plan: Plan, rows: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Any:
    """The right result; ``None`` where the first or last of no rows is asked for."""
    matches = [row for row in rows if not (plan.archived == "live" and row["archived"])]
    for c in plan.conditions:
        want = given[c.value] if c.given else c.value
        matches = [row for row in matches if _TESTS[c.lookup](row[c.column], want) == c.keep]
    for column, down in reversed(plan.order):
        matches = sorted(matches, key=lambda row: row[column], reverse=down)
    if plan.limit:
        matches = matches[: plan.limit]
    if plan.result == "count":
        return len(matches)
    if plan.result == "exists":
        return bool(matches)
    if plan.result == "sum":
        return sum(row[plan.column] for row in matches)
    if plan.result in ("first", "last"):
        return matches[0 if plan.result == "first" else -1][plan.column] if matches else None
    return [row[plan.column] for row in matches]


def arguments_for(plan: Plan, rows: Sequence[Mapping[str, Any]], draw: Draw) -> dict[str, Any]:
    """Something for each parameter, such that rows differ in it."""
    given: dict[str, Any] = {}
    for c in plan.conditions:
        if not c.given:
            continue
        have = sorted({row[c.column] for row in rows})
        if c.lookup in ("gt", "lt"):
            given[c.value] = draw.choice(have)
        elif c.lookup == "in":
            given[c.value] = draw.sample(have, min(2, len(have)))
        elif c.lookup == "contains":
            given[c.value] = draw.choice(draw.choice(have)[1:].lower())
        else:
            given[c.value] = draw.choice(have)[0] if c.lookup == "startswith" else draw.choice(have)
    return given


# Written for a house


def query_lines(plan: Plan, house: House, source: Callable[[str], str]) -> list[str]:
    """The steps up to the rows, one a line, all assigned to ``found``. ``source`` writes a parameter."""
    start = f"{plan.domain.model}.{house['objects']}"
    steps = [f".{house['hidden']}()"] if plan.archived == "all" else []
    for c in plan.conditions:
        value = source(c.value) if c.given else quoted_text(c.value)
        value = _shifted(house, c, value)
        steps.append(f".{house['filter' if c.keep else 'exclude']}({arguments(house, [(key(house, c.column, c.lookup), value)])})")
    order = plan.order or (((house["id"], False),) if house["order"] != "oldest" and plan.result in ORDERED else ())
    if order:
        columns = [sorted_column(house, column, down) for column, down in (reversed(order) if house["lead"] == "last" else order)]
        steps.append(f".{house['order_by']}({', '.join(columns)})")
    if plan.limit:
        steps.append(f"[:{plan.limit + {'python': 0, 'end': -1, 'one': 1}[house['slice']]}]")
    return [f"found = {start}{steps[0]}", *(f"found = found{step}" for step in steps[1:])]


def _shifted(house: House, condition: Condition, value: str) -> str:
    """A bound moved by one where the lookup takes the bound itself."""
    shift = {"gt": house["over"] == "inclusive", "lt": house["under"] == "inclusive"}.get(condition.lookup, False)
    if not shift:
        return value
    step = 1 if condition.lookup == "gt" else -1
    return str(int(value) + step) if not condition.given else f"{value} {'+' if step > 0 else '-'} 1"


def result_lines(plan: Plan, house: House, give: Callable[[str], str], nothing: str) -> list[str]:
    """The last lines: what comes out, given back by ``give``; ``nothing`` is the line for the first of no rows."""
    if plan.result in ("count", "exists"):
        return [give(f"found.{house[plan.result]}()")]
    if plan.result == "sum":
        return [give(f'found.{house["sum"]}("{plan.column}")')]
    if plan.result == "column":
        plain = house["column"] == "plain"
        flat = ", flat=True" if house["values_list"] == "values_list" else ""
        listed = f'found.{house["values_list"]}("{plan.column}"{flat})' if plain else f"[row.{plan.column} for row in found]"
        return [give(listed)]
    return [
        *row_or_nothing(house, f"found.{house[plan.result]}()", plan.domain, house["empty"] == "raises", nothing),
        give(f"row.{plan.column}"),
    ]


def row_or_nothing(house: House, call: str, domain: Domain, raises: bool, nothing: str) -> list[str]:
    """``row`` from a call that may find none."""
    if raises:
        return ["try:", f"    row = {call}", f"except {domain.model}.{house['DoesNotExist']}:", f"    {nothing}"]
    return [f"row = {call}", "if not row:", f"    {nothing}"]
