"""What is to be done: goals as a prompt tells them, drawn from a service's data, and the operations that lead to them."""

from __future__ import annotations

import functools
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from clgym.envs.service.records import Records
from clgym.envs.service.rules import Rules, Schema, shares_of
from clgym.envs.service.spelling import PAGE, Op, gate
from clgym.envs.service.words import CUSTOMER, NAME, OWNER, STATUS, TITLES, clearable, draw_value, held
from clgym.seeding import Draw
from clgym.text.english import article

MONTHS = "January February March April May June July August September October November December".split()
ORDINALS = ("first", "second", "third", "fourth")


class Goal(NamedTuple):
    """What a prompt asks for: nothing in it depends on the rules of the service.

    ``number`` is a record's, ``changes`` are canonical fields, ``name`` is the customer named, ``sort`` the field to sort by.
    """

    task: str
    kind: str
    number: int = 0
    changes: tuple[tuple[str, Any], ...] = ()
    status: str = ""
    name: str = ""
    sort: str = ""
    page: int = 1


def plan(goal: Goal, rules: Rules, *, customer: int = 0, number: int = 0, state: str = "") -> tuple[Op, ...]:
    """The operations that lead to a goal, one request each.

    ``customer`` is the number of the customer named, ``number`` that of the record to be changed, ``state`` its status.
    """
    kind, task, number = goal.kind, goal.task, goal.number or number
    if task == "read" or task == "remove":
        return (Op(task, kind, number),)
    if task == "list" or task == "sorted":
        return (Op("list", kind, status=goal.status, sort=goal.sort),)
    if task == "page":
        first = 1 if rules["paging"] == "cursor" else goal.page
        return tuple(Op("list", kind, status=goal.status, page=page) for page in range(first, goal.page + 1))
    if task == "create":
        return (Op("create", kind, changes=goal.changes),)
    finding = (Op("list", CUSTOMER, search=goal.name),) if goal.name else ()
    if task == "of":
        return (*finding, Op("list", kind, owner=customer))
    if task == "for":
        return (*finding, Op("create", kind, changes=((OWNER, customer), *goal.changes)))
    if task == "top":
        finding = (*finding, Op("list", kind, owner=customer, sort=goal.sort))
    return (*finding, *_writes(Op("update", kind, customer if task == "named" else number, goal.changes), rules, state))


def _writes(op: Op, rules: Rules, state: str) -> tuple[Op, ...]:
    """The steps of an update: where a revision is asked for it must be read first, and some statuses are only reached from another."""
    reading = () if rules["match"] == "none" else (op._replace(verb="read", changes=()),)
    origin = gate(rules, op)
    before = (op._replace(changes=((STATUS, origin),)),) if origin and state != origin else ()
    return (*reading, *before, op)


@dataclass(frozen=True)
class Bench:
    """What goals are drawn from, one after another; whatever they have in common is worked out once."""

    level: int
    records: Records
    draw: Draw

    @property
    def schema(self) -> Schema:
        """The kinds of record."""
        return self.records.schema

    @functools.cached_property
    def ranks(self) -> Mapping[str, int]:
        """The place of each kind among them, the commonest 0."""
        return {kind: rank for rank, kind in enumerate(self.schema)}

    @functools.cached_property
    def _shares(self) -> tuple[list[str], list[float]]:
        shares = shares_of(self.schema)
        return list(shares), list(accumulate(shares.values()))

    def kind(self) -> str:
        """A kind of record, customers left out: like 1/rank."""
        kinds, cumulative = self._shares
        return kinds[min(bisect(cumulative, self.draw.uniform()), len(kinds) - 1)]

    def numbers(self, kind: str) -> Sequence[int]:
        """The numbers of the records of a kind."""
        return _numbers(self.records[kind])

    @functools.cached_property
    def _counts(self) -> dict[str, Mapping[str, int]]:
        return {}

    def count(self, kind: str, status: str) -> int:
        """How many records of a kind have a status."""
        if kind not in self._counts:
            self._counts[kind] = Counter(record[STATUS] for record in self.records[kind].values())
        return self._counts[kind][status]


def _numbers(records: Mapping[int, Any]) -> Sequence[int]:
    return tuple(records)


CLAUSES: Mapping[str, Sequence[str]] = {
    "read": ("fetch {item}", "get {item}", "read {item}"),
    "list": ("list the {status} {kind}s", "get the {status} {kind}s", "show the {status} {kind}s"),
    "remove": ("delete {item}", "remove {item}", "erase {item}"),
    "page": (
        "list the {nth} page of the {status} {kind}s",
        "get page {n} of the {status} {kind}s",
        "show the {nth} of the pages of {status} {kind}s",
    ),
    "status": ("mark {item} as {status}", "set the status of {item} to {status}", "change the status of {item} to {status}"),
    "update": (
        "set the {field} of {item} to {value}",
        "change the {field} of {item} to {value}",
        "make {value} the {field} of {item}",
    ),
    "create": ("create {a_kind} with {values}", "add {a_kind} with {values}", "enter a new {kind} with {values}"),
    "clear": ("empty the {field} of {item}", "clear the {field} of {item}", "blank out the {field} of {item}"),
    "sorted": (
        "list the {kind}s by {field} with the {most} first",
        "get the {kind}s sorted by {field} with the {most} first",
        "show the {kind}s from the {most} {field} down",
    ),
    "of": (
        "list the {kind}s of the customer {name}",
        "get all {kind}s that belong to the customer {name}",
        "show the {kind}s of the customer {name}",
    ),
    "for": (
        "create {a_kind} for the customer {name} with {values}",
        "add {a_kind} with {values} for the customer {name}",
        "enter a new {kind} for the customer {name} with {values}",
    ),
    "named": (
        "set the {field} of the customer {name} to {value}",
        "change the {field} of the customer {name} to {value}",
        "make {value} the {field} of the customer {name}",
    ),
    "top": (
        "mark the {kind} with the {most} {field} of the customer {name} as {status}",
        "set the status of the customer {name}'s {kind} with the {most} {field} to {status}",
        "change the status of the {kind} with the {most} {field} of the customer {name} to {status}",
    ),
}
#: How often each kind of goal is asked at each level, in every pool.
TASKS: Mapping[int, Sequence[str]] = {
    0: ("read", "list", "remove"),
    1: ("read", "list", "remove", "status", "update", "update", "create", "create"),
    2: ("read", "list", "page", "remove", "status", "status", "update", "update", "of", "for", "for", "named"),
    3: (
        *("page", "remove", "clear", "sorted", "of", "named", "status", "status"),
        *("update", "update", "update", "update", "for", "for", "for", "top", "top"),
    ),
}


def clause(goal: Goal, draw: Draw) -> str:
    """A goal in English, as a part of a sentence."""
    kind, changes = goal.kind, goal.changes
    field = goal.sort or (changes[0][0] if changes else "")
    return draw.choice(CLAUSES[goal.task]).format(
        kind=kind,
        a_kind=f"{article(kind)} {kind}",
        item=f"{kind} {goal.number}",
        status=goal.status,
        field=field,
        value=value_in_english(*changes[0]) if changes else "",
        values=" and ".join(f"the {field} {value_in_english(field, value)}" for field, value in changes),
        name=goal.name,
        n=goal.page,
        nth=ORDINALS[goal.page - 1],
        most=most(field) if goal.sort else "",
    )


def most(field: str) -> str:
    """What the first of a list is that is sorted from the largest down."""
    return "latest" if held(field) == "date" else "largest"


def value_in_english(field: str, value: Any) -> str:
    """A canonical value in English."""
    holds = held(field)
    if value is None:
        return ""
    if holds == "money":
        return f"{value // 100}.{value % 100:02d} euros"
    if holds == "date":
        year, month, day = value.split("-")
        return f"{int(day)} {MONTHS[int(month) - 1]} {year}"
    return f'"{value}"' if value in TITLES else str(value)


class Drawn(NamedTuple):
    """A goal, what it is about (``learn`` and ``eval`` share none of these), and the numbers that a knower has to find out."""

    goal: Goal
    about: str
    customer: int = 0
    number: int = 0
    state: str = ""


def draw_goal(bench: Bench, task: str) -> Drawn:
    """A goal of one kind."""
    drawn: Drawn | None = None
    while drawn is None:
        drawn = _MAKERS[task](bench, task)
    return drawn


def _item(bench: Bench, task: str) -> Drawn:
    kind = bench.kind()
    number = bench.draw.choice(bench.numbers(kind))
    return Drawn(Goal(task, kind, number), f"{task}/{kind}/{number}")


def _list(bench: Bench, task: str) -> Drawn | None:
    kind = bench.kind()
    states = bench.schema[kind].states
    place = bench.draw.integer(0, len(states) - 1)
    pages = -(-bench.count(kind, states[place]) // PAGE)
    if task == "page" and pages < 2:
        return None
    page = bench.draw.integer(2, min(pages, 3)) if task == "page" else 1
    return Drawn(Goal(task, kind, status=states[place], page=page), f"#{bench.ranks[kind] + place + page}")


def _sorted(bench: Bench, task: str) -> Drawn:
    kind = bench.kind()
    fields = [field for field in bench.schema[kind].fields if held(field) in ("money", "date")]
    field = bench.draw.choice(fields)
    return Drawn(Goal(task, kind, sort=field), f"#{bench.ranks[kind] + fields.index(field)}")


def _status(bench: Bench, task: str) -> Drawn | None:
    kind = bench.kind()
    number = bench.draw.choice(bench.numbers(kind))
    status, state = bench.draw.choice(bench.schema[kind].states), bench.records[kind][number][STATUS]
    if status == state:
        return None
    return Drawn(Goal(task, kind, number, ((STATUS, status),), status), f"{task}/{kind}/{state}/{status}", state=state)


def _field(bench: Bench, kind: str) -> tuple[str, Any]:
    """A field other than status, owner and name, and a value for it."""
    field = bench.draw.choice([field for field in bench.schema[kind].fields if field not in (STATUS, OWNER, NAME)])
    return field, draw_value(field, bench.draw)


def _update(bench: Bench, task: str) -> Drawn:
    kind = bench.kind()
    number = bench.draw.choice(bench.numbers(kind))
    field, value = _field(bench, kind)
    return Drawn(Goal(task, kind, number, ((field, value),)), _change(task, kind, field, value))


def _change(task: str, kind: str, field: str, value: Any) -> str:
    """What a change is about: an enumeration's value counts, others' do not."""
    return f"{task}/{kind}/{field}/{value if held(field) == 'enum' else ''}"


def _create(bench: Bench, task: str) -> Drawn:
    kind = bench.kind()
    values = dict(_field(bench, kind) for _ in range(2))
    changes = tuple((field, values[field]) for field in bench.schema[kind].fields if field in values)
    customer, name = _customer(bench) if task == "for" else (0, "")
    return Drawn(Goal(task, kind, changes=changes, name=name), f"{task}/{kind}/{'/'.join(values)}", customer)


def _customer(bench: Bench) -> tuple[int, str]:
    """A customer's number and name."""
    number = bench.draw.choice(bench.numbers(CUSTOMER))
    return number, bench.records[CUSTOMER][number][NAME]


def _of(bench: Bench, task: str) -> Drawn:
    customer, name = _customer(bench)
    kind = bench.kind()
    return Drawn(Goal(task, kind, name=name), f"{task}/{kind}/{name}", customer)


def _named(bench: Bench, task: str) -> Drawn:
    customer, name = _customer(bench)
    field, value = _field(bench, CUSTOMER)
    return Drawn(Goal(task, CUSTOMER, 0, ((field, value),), name=name), f"{_change(task, name, field, value)}", customer)


def _clear(bench: Bench, task: str) -> Drawn:
    kind = bench.kind()
    number = bench.draw.choice(bench.numbers(kind))
    field = bench.draw.choice([field for field in bench.schema[kind].fields if clearable(field)])
    return Drawn(Goal(task, kind, number, ((field, None),)), f"{task}/{kind}/{field}/{number % 8}")


def _top(bench: Bench, task: str) -> Drawn | None:
    """The record of a customer's that is largest in something gets another status."""
    customer, name = _customer(bench)
    kind = bench.kind()
    resource = bench.schema[kind]
    field = next(field for field in resource.fields if held(field) == "money")
    status = bench.draw.choice(resource.states)
    owned = sorted((record[field], n, record[STATUS]) for n, record in bench.records[kind].items() if record[OWNER] == customer)
    if not owned or owned[-1][2] == status or (len(owned) > 1 and owned[-2][0] == owned[-1][0]):
        return None
    goal = Goal(task, kind, 0, ((STATUS, status),), status, name, field)
    return Drawn(goal, f"{task}/{kind}/{name}/{status}", customer, owned[-1][1], owned[-1][2])


_MAKERS: Mapping[str, Callable[[Bench, str], Drawn | None]] = {
    "read": _item,
    "remove": _item,
    "list": _list,
    "page": _list,
    "status": _status,
    "update": _update,
    "create": _create,
    "of": _of,
    "for": _create,
    "named": _named,
    "clear": _clear,
    "sorted": _sorted,
    "top": _top,
}
