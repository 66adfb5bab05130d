"""What a query asks of the tables: drawn, said in English, worked out by hand."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from clgym.envs.framework.domains import (
    AMOUNT,
    ARCHIVED,
    BUCKET,
    DOMAIN,
    DOMAINS,
    GROUP,
    GROUPS,
    LABEL,
    LABELS,
    NUMBER,
    PAIRS,
    Domain,
    Rows,
    Tables,
)
from clgym.seeding import Draw


class Condition(NamedTuple):
    """Rows to keep or to leave out. ``path`` is a column, or a link and a column of the parent. ``given`` names the caller's parameter, or is ""."""

    path: tuple[str, ...]
    keep: bool
    lookup: str
    value: Any
    given: str = ""


class Plan(NamedTuple):
    """A query. ``column`` is what its kind is about (two for "values"), ``value`` what an update writes; ``archived`` is "", "all" or "live"."""

    model: str
    kind: str
    column: str = ""
    conditions: tuple[Condition, ...] = ()
    either: bool = False
    order: tuple[tuple[str, bool], ...] = ()
    limit: int = 0
    value: Any = None
    archived: str = ""

    @property
    def domain(self) -> Domain:
        return DOMAIN[self.model]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what the caller gives, in order."""
        new = tuple(self.column.split()) if self.kind in ("create", "ensure") else ()
        return tuple(condition.given for condition in self.conditions if condition.given) + new

    def numeric(self, parameter: str) -> bool:
        """Whether a parameter is a number."""
        return parameter in self.domain.numbers or any(c.given == parameter and c.lookup in _BOUNDS for c in self.conditions)

    @property
    def template(self) -> tuple[object, ...]:
        """What is the same in all queries of one form; those about a single row have one for each column."""
        if self.kind in ALONE:
            return self.kind, self.model, self.column
        tests = sorted((c.lookup, c.keep, len(c.path), bool(c.given)) for c in self.conditions)
        return self.kind, tuple(tests), self.either, len(self.order), any(down for _, down in self.order), self.limit > 0


class Schema(NamedTuple):
    """The models of an app. All their columns together have a rank each, from 1 on: the r-th is asked about like 1/r (Zipf 1949)."""

    domains: tuple[Domain, ...]
    ranks: tuple[tuple[int, ...], ...]

    def domain(self, draw: Draw, fits: Callable[[Domain], object] = lambda domain: True) -> Domain:
        """A model that fits, as likely as all of its columns together."""
        fitting = [(domain, sum(1 / rank for rank in ranks)) for domain, ranks in zip(self.domains, self.ranks) if fits(domain)]
        return draw.weighted([domain for domain, _ in fitting], [weight for _, weight in fitting])

    def column(self, domain: Domain, draw: Draw, columns: Sequence[str]) -> str:
        """One of the columns of a model, by rank."""
        own, ranks = next(pair for pair in zip(self.domains, self.ranks) if pair[0].model == domain.model)
        fitting = [(column, 1 / rank) for column, rank in zip(own.columns, ranks) if column in columns]
        return draw.weighted([column for column, _ in fitting], [weight for _, weight in fitting])

    def own(self, model: str) -> Domain:
        """The model as this app has it."""
        return next(domain for domain in self.domains if domain.model == model)


#: All models with all their columns.
EVERYTHING = Schema(DOMAINS, tuple((1,) * len(domain.columns) for domain in DOMAINS))

_BOUNDS = ("gt", "gte", "lt", "lte")
#: Kinds of queries from each level on.
KINDS: Mapping[str, int] = {
    "column": 1, "count": 1, "exists": 1, "sum": 1, "max": 1, "first": 1, "last": 1, "get": 1, "create": 1,
    "distinct": 2, "values": 2, "min": 2, "tally": 2, "update": 2, "raise": 2,
    "delete": 3, "ensure": 3,
}  # fmt: skip
ORDERED, ALONE = ("column", "values", "first", "last"), ("get", "create", "ensure")
CHANGING = ("create", "ensure", "update", "raise", "delete")
#: The aggregates, by kind.
AGGREGATES = {"sum": "Sum", "max": "Max", "min": "Min"}
#: Lookups of each kind of column, with the level from which on they are asked for.
_LOOKUPS: Mapping[str, tuple[tuple[str, int], ...]] = {
    LABEL: (("contains", 1), ("startswith", 1), ("icontains", 2), ("endswith", 2)),
    GROUP: (("", 1), ("in", 1)),
    AMOUNT: (("gt", 1), ("lt", 1), ("gte", 1), ("lte", 1), ("range", 2)),
    BUCKET: (("gt", 1), ("lt", 1), ("gte", 1), ("lte", 1), ("range", 2)),
}
_NAMES = {"gt": "least", "lt": "most", "gte": "low", "lte": "high", "contains": "part", "icontains": "part", "startswith": "letter", "endswith": "ending", "in": "choices"}  # fmt: skip
#: How many tests a query has, by level.
_TESTED: Mapping[int, tuple[int, ...]] = {1: (2, 2, 3), 2: (2, 3, 3), 3: (3, 3, 4)}
#: Of the templates, ``eval`` has those whose checksum is a multiple of this.
_HELD_OUT = 4


def held_out(plan: Plan) -> bool:
    """Whether a query's template is kept for ``eval``."""
    return zlib.crc32(repr(plan.template).encode()) % _HELD_OUT == 0


# Drawn


def draw_plan(schema: Schema, draw: Draw, level: int, kind: str, *, held: bool, given: str = "any") -> Plan:
    """A query of a kind whose template is held out, or is not. ``given``: whether one condition takes a parameter: "any", "plain"
    (one that is no list) or "none".

    >>> from clgym.seeding import seed_of
    >>> draw_plan(EVERYTHING, seed_of(1).draw(), 1, "count", held=False).kind
    'count'
    """
    while True:
        plan = _draw_plan(schema, draw, level, kind, given)
        if level > 1:
            plan = plan._replace(archived="all" if kind in CHANGING else draw.choice(("all", "live")))
        if held_out(plan) == held:
            return plan


def _draw_plan(schema: Schema, draw: Draw, level: int, kind: str, given: str) -> Plan:
    lists = given == "any"
    if kind == "tally":
        domain = schema.domain(draw, lambda domain: _child(schema, domain))
        return Plan(domain.model, kind, domain.label, (_condition(schema, domain, draw, level, set(), "", lists),))
    domain = schema.domain(draw)
    if kind in ALONE:
        return _alone(schema, domain, draw, kind)
    used: set[str] = set()
    count = draw.choice(_TESTED[level])
    taking = count if given == "none" else draw.integer(0, count if lists else count - 1)  # the one that takes a parameter
    tests = tuple(_condition(schema, domain, draw, level, used, "?" if n == taking else "", lists) for n in range(count))
    column, value = _subject(schema, domain, draw, kind, used)
    order = _order(schema, domain, draw) if kind in ORDERED and draw.chance(0.65) else ()
    limit = draw.integer(2, 3) if kind in ("column", "values") and draw.chance(0.6) else 0
    return Plan(domain.model, kind, column, tests, level > 1 and count > 1 and draw.chance(0.3), order, limit, value)


def _child(schema: Schema, domain: Domain) -> Domain | None:
    """The model whose rows point to this one."""
    return next((child for child in schema.domains if child.parent == domain.model), None)


def child_of(model: str) -> Domain:
    """The model whose rows point to a parent's."""
    return next(child for child, parent in PAIRS if parent.model == model)


def related(plan: Plan) -> tuple[Domain, ...]:
    """The models whose tables a query may look at: the parents first."""
    domain = plan.domain
    if domain.parent:
        return DOMAIN[domain.parent], domain
    return domain, child_of(plan.model)


def _alone(schema: Schema, domain: Domain, draw: Draw, kind: str) -> Plan:
    """Kinds that are about one row, named by its label."""
    if kind == "get":
        others = [column for column in domain.columns if column not in (domain.label, domain.link)]
        test = Condition((domain.label,), True, "", domain.label, domain.label)
        return Plan(domain.model, kind, schema.column(domain, draw, others), (test,))
    if kind == "ensure":
        return Plan(domain.model, kind, domain.label)
    return Plan(domain.model, kind, f"{domain.label} {schema.column(domain, draw, domain.numbers)}")


def _subject(schema: Schema, domain: Domain, draw: Draw, kind: str, used: set[str]) -> tuple[str, Any]:
    """The column that a kind is about, and what it writes: not one whose value a condition gives already."""
    free = [column for column in domain.columns if column not in used and column != domain.link] or list(domain.texts)
    numbers = [column for column in domain.numbers if column in free] or list(domain.numbers)
    if kind in ("count", "exists", "delete"):
        return "", None
    if kind in AGGREGATES:
        return schema.column(domain, draw, numbers), None
    if kind in ("update", "raise"):
        return schema.column(domain, draw, numbers), draw.integer(1, 9)
    if kind == "values":
        first = schema.column(domain, draw, free)
        return (
            f"{first} {schema.column(domain, draw, [c for c in (*free, *domain.columns) if c not in (first, domain.link)])}",
            None,
        )
    if kind == "distinct":
        return schema.column(domain, draw, [c for c in domain.columns if domain.kind(c) in (GROUP, BUCKET)]), None
    return schema.column(domain, draw, free), None


def _order(schema: Schema, domain: Domain, draw: Draw) -> tuple[tuple[str, bool], ...]:
    """Columns to sort by; the last one tells all rows apart."""
    last = (draw.choice((domain.label, next(c for c in domain.columns if domain.kind(c) == AMOUNT))), draw.chance(0.5))
    repeating = [c for c in domain.columns if domain.kind(c) in (GROUP, BUCKET)]
    return ((schema.column(domain, draw, repeating), draw.chance(0.5)), last) if draw.chance(0.5) else (last,)


def _condition(schema: Schema, domain: Domain, draw: Draw, level: int, used: set[str], given: str, lists: bool) -> Condition:
    """A test of a column that no other one tests. ``given`` asks for a parameter."""
    if level > 1 and domain.parent and not given and domain.link not in used and draw.chance(0.4):
        used.add(domain.link)
        if draw.chance(0.35):
            return Condition((domain.link,), True, "isnull", draw.chance(0.5))
        parent = schema.own(domain.parent)
        test = _condition(schema, parent, draw, level, set(), "", lists)
        return test._replace(path=(domain.link, *test.path))
    column = schema.column(domain, draw, [c for c in domain.columns if c not in used and c != domain.link])
    used.add(column)
    kind = domain.kind(column)
    lookup = draw.choice([name for name, since in _LOOKUPS[kind] if since <= level and not (given and name == "range")])
    if given and lookup == "in" and not lists:
        lookup = ""
    name = given and _NAMES.get(lookup, column)
    return Condition((column,), draw.chance(0.65), lookup, name or _constant(kind, lookup, draw), name)


def _constant(kind: str, lookup: str, draw: Draw) -> Any:
    if kind in (AMOUNT, BUCKET):
        low = draw.integer(8, 30)
        return (low, low + draw.integer(4, 20)) if lookup == "range" else low
    if kind == GROUP:
        return tuple(draw.sample(GROUPS, 2)) if lookup == "in" else draw.choice(GROUPS)
    word = draw.choice(LABELS)
    return {"contains": draw.choice("aeors"), "icontains": draw.choice("AEORS"), "startswith": word[0], "endswith": word[-1]}[
        lookup
    ]


# Worked out by hand, whatever a framework does

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "": lambda have, want: have == want,
    "gt": lambda have, want: have > want,
    "gte": lambda have, want: have >= want,
    "lt": lambda have, want: have < want,
    "lte": lambda have, want: have <= want,
    "range": lambda have, want: want[0] <= have <= want[1],
    "contains": lambda have, want: want in have,
    "icontains": lambda have, want: want.lower() in have.lower(),
    "startswith": lambda have, want: have.startswith(want),
    "endswith": lambda have, want: have.endswith(want),
    "in": lambda have, want: have in want,
}
_TOTALS: Mapping[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "max": lambda values: max(values, default=None),
    "min": lambda values: min(values, default=None),
}


def matching(plan: Plan, tables: Tables, given: Mapping[str, Any]) -> Rows:
    """The rows that a query is about, in its order, before any limit."""
    tests = [_holds(plan, condition, tables, given) for condition in plan.conditions]
    join = any if plan.either else all
    rows = [
        row
        for row in tables[plan.model]
        if not (plan.archived == "live" and row[ARCHIVED]) and (not tests or join(test(row) for test in tests))
    ]
    for column, down in reversed(plan.order):
        rows = sorted(rows, key=lambda row: (row[column] is not None, row[column]), reverse=down)
    return rows


def _holds(plan: Plan, c: Condition, tables: Tables, given: Mapping[str, Any]) -> Callable[[dict[str, Any]], bool]:
    want = given[c.given] if c.given else c.value

    def holds(row: dict[str, Any]) -> bool:
        have = row[c.path[0]]
        if c.lookup == "isnull":
            return (have is None) == want
        if len(c.path) == 2 and have is not None:
            have = tables[plan.domain.parent][have][c.path[1]]
        return (have is not None and _TESTS[c.lookup](have, want)) == c.keep

    return holds


def evaluate(plan: Plan, tables: Tables, given: Mapping[str, Any], name: Callable[[str], str] = str) -> tuple[Any, Rows | None]:
    """The right result and, where the query changes them, the model's rows afterwards. ``name`` is what a column is called in dicts.

    The result is ``None`` where one row is asked for and none fits.
    """
    if plan.kind in ("create", "ensure"):
        return _added(plan, tables, given)
    rows = matching(plan, tables, given)
    if plan.kind in ("update", "raise", "delete"):
        return _changed(plan, tables, rows)
    rows = rows[: plan.limit or None]
    values = [row[plan.column] for row in rows] if plan.column in plan.domain.columns else []
    if plan.kind == "count":
        return len(rows), None
    if plan.kind == "exists":
        return bool(rows), None
    if plan.kind in _TOTALS:
        return _TOTALS[plan.kind](values), None
    if plan.kind in ("first", "last", "get"):
        return (values[-1 if plan.kind == "last" else 0] if rows else None), None
    if plan.kind == "distinct":
        return sorted(set(values)), None
    if plan.kind == "values":
        return [{name(column): row[column] for column in plan.column.split()} for row in rows], None
    if plan.kind == "tally":
        child = child_of(plan.model)
        places = [row[child.link] for row in tables[child.model]]
        return {row[plan.column]: places.count(tables[plan.model].index(row)) for row in rows}, None
    return values, None


def _added(plan: Plan, tables: Tables, given: Mapping[str, Any]) -> tuple[Any, Rows | None]:
    rows = tables[plan.model]
    new = {column: given.get(column) for column in plan.domain.columns} | {ARCHIVED: False, NUMBER: len(rows) + 1}
    place = next((n for n, row in enumerate(rows) if row[plan.domain.label] == new[plan.domain.label]), None)
    if plan.kind == "ensure" and place is not None:
        return place + 1, None
    return len(rows) + 1, [*rows, new]


def _changed(plan: Plan, tables: Tables, rows: Rows) -> tuple[Any, Rows | None]:
    everything = tables[plan.model]
    if plan.kind == "delete":
        left = [row for row in everything if row not in rows]
        return len(left), left if rows else None
    new = [
        {**row, plan.column: plan.value + (row[plan.column] if plan.kind == "raise" else 0)} if row in rows else row
        for row in everything
    ]
    return len(rows), new if new != everything else None
