"""Code as a framework wants it: conditions in its style, names of its own, one operation per line."""

from __future__ import annotations

from collections.abc import Iterable

from clgym.envs.framework.catalogue import CONVERTERS, DESCENDING, STATUSES
from clgym.envs.framework.house import House


def quoted_text(value: object) -> str:
    """A constant as Python source; texts in double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def arguments(house: House, pairs: Iterable[tuple[str, str]]) -> str:
    """Conditions or new values, (name, source of the value) each, as the arguments of a call."""
    style = house["style"]
    if style == "keywords":
        return ", ".join(f"{name}={value}" for name, value in pairs)
    if style == "table":
        return "{" + ", ".join(f'"{name}": {value}' for name, value in pairs) + "}"
    form = {"pairs": '"{0}", {1}', "flipped": '{1}, "{0}"', "tuples": '("{0}", {1})'}[style]
    return ", ".join(form.format(name, value) for name, value in pairs)


def key(house: House, column: str, lookup: str) -> str:
    """A column with its lookup: ``price_over``. Without a lookup, the column."""
    return f"{column}{house['sep']}{house[lookup]}" if lookup else column


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
