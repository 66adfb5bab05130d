"""What is asked for: a clause in English, the operations that a knower needs, the last of which is the goal."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from clgym.envs.service.conventions import Conventions
from clgym.envs.service.records import (
    AMOUNT,
    CLEARABLE,
    DATE,
    NAME,
    OWNER,
    STATUS,
    STATUSES,
    TITLES,
    Records,
    draw_value,
    fields_at,
)
from clgym.envs.service.spelling import PAGE, Op
from clgym.seeding import Draw
from clgym.text.english import article

_MONTHS = "January February March April May June July August September October November December".split()
_ORDINALS = ("first", "second", "third", "fourth")


class Goal(NamedTuple):
    """``task`` names the kind of goal, ``about`` tells goals apart, ``steps`` lead to it, ``name`` is the customer named."""

    task: str
    clause: str
    steps: tuple[Op, ...]
    about: str
    name: str = ""

    @property
    def op(self) -> Op:
        """What must have been done."""
        return self.steps[-1]


@dataclass(frozen=True)
class Bench:
    """What goals are drawn from, one after another; whatever they have in common is worked out once."""

    level: int
    records: Records
    conventions: Conventions
    draw: Draw

    @functools.cached_property
    def numbers(self) -> Mapping[str, Sequence[int]]:
        """The numbers of the records of each kind."""
        return {kind: tuple(records) for kind, records in self.records.items()}

    @functools.cached_property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """For each kind, how many records have a status."""
        return {kind: Counter(record[STATUS] for record in records.values()) for kind, records in self.records.items()}

    @functools.cached_property
    def kinds(self) -> Mapping[str, Sequence[str]]:
        """The kinds that have a field, customers left out."""
        by_field: dict[str, list[str]] = {}
        for kind in self.records:
            for field in fields_at(self.level, kind) if kind != "customer" else ():
                by_field.setdefault(field, []).append(kind)
        return by_field


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
        "mark the {most} {kind} of the customer {name} as {status}",
        "set the status of the {most} {kind} of the customer {name} to {status}",
        "change the status of the customer {name}'s {most} {kind} to {status}",
    ),
}
#: How often each kind of goal is asked at each level.
TASKS: Mapping[int, Sequence[str]] = {
    0: ("read", "list", "remove"),
    1: ("read", "list", "remove", "status", "update", "update", "create", "create"),
    2: ("page", "remove", "status", "update", "create", "of", "for", "named"),
    3: ("clear", "sorted", "status", "update", "of", "for", "named", "top", "top"),
}


def draw_goal(bench: Bench, task: str) -> Goal:
    """A goal of one kind."""
    goal: Goal | None = None
    while goal is None:
        goal = _MAKERS[task](bench)
    return goal


def value_in_english(held: str, value: Any) -> str:
    """A canonical value in English."""
    if held == "money":
        return f"{value // 100}.{value % 100:02d} euros"
    if held == "date":
        year, month, day = value.split("-")
        return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"
    return f'"{value}"' if value in TITLES else str(value)


def _goal(bench: Bench, task: str, steps: Sequence[Op], about: object, **slots: Any) -> Goal:
    kind = steps[-1].kind
    slots |= {"kind": kind, "a_kind": f"{article(kind)} {kind}", "item": f"{kind} {steps[-1].number}"}
    return Goal(
        task, bench.draw.choice(CLAUSES[task]).format(**slots), tuple(steps), f"{task}/{kind}/{about}", slots.get("name", "")
    )


def _kind(bench: Bench, needed: str = STATUS) -> str:
    """A kind of record, customers left out, that has a field; all have a status."""
    return bench.draw.choice(bench.kinds[needed])


def _item(bench: Bench) -> tuple[str, int]:
    kind = _kind(bench)
    return kind, bench.draw.choice(bench.numbers[kind])


def _read(bench: Bench) -> Goal:
    kind, number = _item(bench)
    return _goal(bench, "read", [Op("read", kind, number)], number)


def _list(bench: Bench) -> Goal:
    kind, status = _kind(bench), bench.draw.choice(STATUSES)
    return _goal(bench, "list", [Op("list", kind, status=status)], status, status=status)


def _page(bench: Bench) -> Goal | None:
    kind, status = _kind(bench), bench.draw.choice(STATUSES)
    pages = -(-bench.counts[kind][status] // PAGE)
    if pages < 2:
        return None
    page = bench.draw.integer(2, min(pages, 3))
    ops = [Op("list", kind, status=status, page=n) for n in range(1, page + 1)]
    direct = bench.conventions["paging"] in ("page", "offset")
    return _goal(bench, "page", ops[-1:] if direct else ops, f"{status}/{page}", status=status, n=page, nth=_ORDINALS[page - 1])


def _remove(bench: Bench) -> Goal:
    kind, number = _item(bench)
    return _goal(bench, "remove", [Op("remove", kind, number)], number)


def _change(bench: Bench, kind: str, number: int, field: str, value: Any) -> list[Op]:
    """The steps of an update: where a revision is asked for, it must be read first."""
    op = Op("update", kind, number, ((field, value),))
    return [op] if bench.conventions["match"] == "none" else [Op("read", kind, number), op]


def _status(bench: Bench) -> Goal | None:
    kind, number = _item(bench)
    status = bench.draw.choice(STATUSES)
    if status == bench.records[kind][number][STATUS]:
        return None
    return _goal(bench, "status", _change(bench, kind, number, STATUS, status), f"{number}/{status}", status=status)


def _field(bench: Bench, kind: str) -> tuple[str, Any, str]:
    """A field other than status and owner, a value for it, and that value in English."""
    field, held = bench.draw.choice(_settable(bench.level, kind))
    value = draw_value(field, held, bench.draw)
    return field, value, value_in_english(held, value)


@functools.cache
def _settable(level: int, kind: str) -> Sequence[tuple[str, str]]:
    """The fields of a kind that are neither status nor owner nor name, and what they hold."""
    return tuple((field, held) for field, held in fields_at(level, kind).items() if field not in (STATUS, OWNER, NAME))


def _update(bench: Bench) -> Goal:
    kind, number = _item(bench)
    field, value, text = _field(bench, kind)
    steps = _change(bench, kind, number, field, value)
    return _goal(bench, "update", steps, f"{number}/{field}", field=field, value=text)


def _values(bench: Bench, kind: str) -> tuple[dict[str, Any], str]:
    """Two fields of a new record, and what they are in English."""
    first, second = (_field(bench, kind) for _ in range(2))
    if first[0] == second[0]:
        return {first[0]: first[1]}, f"the {first[0]} {first[2]}"
    return {first[0]: first[1], second[0]: second[1]}, f"the {first[0]} {first[2]} and the {second[0]} {second[2]}"


def _ordered(kind: str, values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((field, values[field]) for field in fields_at(2, kind) if field in values)


def _create(bench: Bench) -> Goal:
    if bench.level >= 2:
        return _for(bench)
    kind = _kind(bench)
    values, text = _values(bench, kind)
    return _goal(bench, "create", [Op("create", kind, changes=_ordered(kind, values))], text, values=text)


def _lookup(bench: Bench) -> tuple[int, str, list[Op]]:
    """A customer's number and name, and the lists in which whoever knows only the name finds the number."""
    customers = bench.numbers["customer"]
    place = bench.draw.integer(0, len(customers) - 1)
    number, name = customers[place], bench.records["customer"][customers[place]][NAME]
    if bench.conventions["search"] != "none":
        return number, name, [Op("list", "customer", search=name)]
    return number, name, [Op("list", "customer", page=page) for page in range(1, place // PAGE + 2)]


def _of(bench: Bench) -> Goal:
    number, name, finding = _lookup(bench)
    kind = _kind(bench)
    return _goal(bench, "of", [*finding, Op("list", kind, owner=number)], name, name=name)


def _for(bench: Bench) -> Goal:
    number, name, finding = _lookup(bench)
    kind = _kind(bench)
    values, text = _values(bench, kind)
    op = Op("create", kind, changes=_ordered(kind, {**values, OWNER: number}))
    return _goal(bench, "for", [*finding, op], f"{name}/{text}", name=name, values=text)


def _named(bench: Bench) -> Goal:
    number, name, finding = _lookup(bench)
    field, value, text = _field(bench, "customer")
    steps = [*finding, *_change(bench, "customer", number, field, value)]
    return _goal(bench, "named", steps, f"{name}/{field}/{text}", name=name, field=field, value=text)


def _clear(bench: Bench) -> Goal:
    kind, number = _item(bench)
    field = bench.draw.choice([field for field in fields_at(bench.level, kind) if field in CLEARABLE])
    return _goal(bench, "clear", _change(bench, kind, number, field, None), f"{number}/{field}", field=field)


def _most(field: str) -> str:
    return "largest" if field == AMOUNT else "latest"


def _sorted(bench: Bench) -> Goal:
    field = bench.draw.choice((AMOUNT, DATE))
    kind = _kind(bench, field)
    return _goal(bench, "sorted", [Op("list", kind, sort=field)], field, field=field, most=_most(field))


def _top(bench: Bench) -> Goal | None:
    """The record of a customer's with the highest amount gets another status."""
    number, name, finding = _lookup(bench)
    kind, status = _kind(bench, AMOUNT), bench.draw.choice(STATUSES)
    owned = sorted((record[AMOUNT], n, record[STATUS]) for n, record in bench.records[kind].items() if record[OWNER] == number)
    if not owned or owned[-1][2] == status or (len(owned) > 1 and owned[-2][0] == owned[-1][0]):
        return None
    steps = [*finding, Op("list", kind, owner=number, sort=AMOUNT), *_change(bench, kind, owned[-1][1], STATUS, status)]
    return _goal(bench, "top", steps, f"{name}/{status}", name=name, status=status, most=_most(AMOUNT))


_MAKERS: Mapping[str, Callable[[Bench], Goal | None]] = {
    "read": _read,
    "list": _list,
    "page": _page,
    "remove": _remove,
    "status": _status,
    "update": _update,
    "create": _create,
    "of": _of,
    "for": _for,
    "named": _named,
    "clear": _clear,
    "sorted": _sorted,
    "top": _top,
}
