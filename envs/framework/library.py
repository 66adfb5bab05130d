"""A framework written out: the source of a small real Python library, generated for the conventions of one house.

What a convention changes is a line of that source, not a switch in it: tracebacks show code as somebody would have written it.
"""

from __future__ import annotations

import functools
import json
from string import Template

from clgym.envs.framework.catalogue import CONVERTERS, DESCENDING, STATUSES
from clgym.envs.framework.domains import DOMAINS
from clgym.envs.framework.house import House, choices_of

_ROWS = Template('''"""Row sets: queries over the tables of an app."""


class QueryError(Exception):
    """A query that cannot be read."""


class Several(Exception):
    """More than one row fits."""


COMPARE = {
    "": lambda have, want: have == want,
    "$gt": lambda have, want: have $more want,
    "$lt": lambda have, want: have $less want,
    "$contains": lambda have, want: want in have,
    "$startswith": lambda have, want: have.startswith(want),
    "$in_": lambda have, want: have in want,
}


class RowSet:
    def __init__(self, model, rows, order=()):
        self.model, self._rows, self._order = model, list(rows), order

    def $filter(self, $parameters):
        tests = self._tests($inner)
        return RowSet(self.model, [row for row in self._rows if $join(test(row) for test in tests)], self._order)

    def $exclude(self, $parameters):
        tests = self._tests($inner)
        return RowSet(self.model, [row for row in self._rows if not $join(test(row) for test in tests)], self._order)

    def $get(self, $parameters):
        tests = self._tests($inner)
        found = [row for row in self._rows if $join(test(row) for test in tests)]
        if not found:
            $none_found
        if len(found) > 1:
            raise Several(f"{len(found)} rows of {self.model.__name__} fit")
        return found[0]

    def $order_by(self, *columns):
        for column in columns:
            self._direction(column)
        return RowSet(self.model, self._rows, columns)

    def $create(self, $parameters):
        values = dict(self._pairs($inner))
        for name in values:
            self._known(name)
        row = self.model(**values)
        row.$save()
        return row

    def $values_list(self, name$flat):
        self._known(name)
        return $listed

    def $first(self):
        rows = self._sorted()
        if not rows:
            $nothing
        return rows[0]

    def $last(self):
        rows = self._sorted()
        if not rows:
            $nothing
        return rows[-1]

    def $count(self):
        return len(self._rows)

    def $exists(self):
        return bool(self._rows)

    def $sum(self, name):
        self._known(name)
        return sum(getattr(row, name) for row in self._rows)

    def $everything(self):
        return RowSet(self.model, self.model._stored, self._order)

    def __iter__(self):
        return iter(self._sorted())

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, place):
        if not isinstance(place, slice):
            return self._sorted()[place]
        begin, end = place.start, place.stop
        $cut
        return RowSet(self.model, self._sorted()[begin:end], None)

    def _sorted(self):
        if self._order is None:
            return list(self._rows)
        if not self._order:
            return $unsorted
        rows = list(self._rows)
        for column in $sorting:
            name, down = self._direction(column)
            rows.sort(key=lambda row: getattr(row, name), reverse=down)
        return rows

    def _direction(self, column):
        down = isinstance(column, str) and column.startswith("$before") and column.endswith("$behind")
        name = column.removeprefix("$before").removesuffix("$behind") if down else column
        self._known(name)
        return name, down

    def _known(self, name):
        if name not in self.model.columns and name != "$id":
            raise QueryError(f"{self.model.__name__} has no column {name!r}")

    def _pairs(self, conditions):
        $pairs

    def _tests(self, conditions):
        tests = []
        for key, want in self._pairs(conditions):
            name, _, kind = key.partition("$sep") if isinstance(key, str) else (key, "", "")
            self._known(name)
            if kind not in COMPARE:
                raise QueryError(f"{kind!r} is no comparison")
            tests.append(lambda row, name=name, kind=kind, want=want: COMPARE[kind](getattr(row, name), want))
        return tests
''')

_MODELS = Template('''"""Models: classes whose rows are kept in memory."""

from $package.rows import RowSet


class $ValidationError(Exception):
    """A value that a check refuses."""


class Manager:
    def __get__(self, row, model):
        return RowSet(model, $visible)


class Model:
    $objects = Manager()
    columns = ()

    def __init_subclass__(cls):
        cls._stored, cls._checks = [], []
        names = {"__module__": cls.__module__, "__qualname__": f"{cls.__name__}.$DoesNotExist"}
        cls.$DoesNotExist = type("$DoesNotExist", (Exception,), names)

    def __init__(self, **values):
        self.$id, self.archived = None, False
        for name in self.columns:
            setattr(self, name, values.get(name))

    def $save(self):
        for name, function in $checks_order:
            $checked
        if self.$id is None:
            type(self)._stored.append(self)
            self.$id = len(type(self)._stored)


def $validator(model, column, function):
    model._checks.append((column, function))
''')

_WEB = Template('''"""Requests, responses and routes."""

import re


class $HttpResponse:
    def __init__(self, $reply_parameters):
        $reply_body

$reply_method
class Params(dict):
$param_method

class Request:
    def __init__(self, params):
        self.$GET = Params(params)


class Route:
    def __init__(self, pattern, view):
        self.pattern, self.view = pattern, view
        kinds = {"int": "[0-9]+", "str": "[^/]+"}
        parts = []
        self.kinds = {}
        at = 0
        for part in re.finditer(r"""$converter""", pattern):
            parts.append(re.escape(pattern[at:part.start()]))
            parts.append(f"(?P<{part['name']}>{kinds[part['kind']]})")
            self.kinds[part["name"]] = {"int": int, "str": str}[part["kind"]]
            at = part.end()
        self.expression = re.compile("".join(parts) + re.escape(pattern[at:]))

    def match(self, address):
        found = self.expression.fullmatch(address)
        return found and [self.kinds[name](text) for name, text in found.groupdict().items()]


def $path($route_parameters):
    return Route(pattern, view)


def dispatch(routes, address, params):
    for route in $routes_order:
        varied = route.match(address)
        if varied is not None:
            return route.view($view_arguments)
    return $HttpResponse($not_found)
''')

#: Not part of the framework: it fills the tables and turns what comes back into plain values. No frame of it is shown.
_CHECK = Template('''
from $package.models import Model
from $package.rows import RowSet
from $package.web import $HttpResponse, Request, dispatch
import app.models


def fill(tables):
    for name, rows in tables.items():
        model = getattr(app.models, name)
        model._stored.clear()
        for values in rows:
            archived = values.pop("archived")
            row = model(**values)
            row.archived = archived
            model._stored.append(row)
            row.$id = len(model._stored)


def plain(value):
    if isinstance(value, $HttpResponse):
        return [value.status, plain(value.body)]
    if isinstance(value, RowSet):
        raise TypeError("a RowSet came back where plain values were asked for")
    if isinstance(value, Model):
        raise TypeError(f"a row of {type(value).__name__} came back where plain values were asked for")
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def found(name):
    import app.views
    if not hasattr(app.views, name):
        raise NameError(f"app/views.py defines no {name}")
    return getattr(app.views, name)


def call(tables, name, arguments):
    fill(tables)
    return plain(found(name)(*arguments))


def ask(tables, name, params):
    fill(tables)
    return plain(found(name)(Request(params)))


def every(cases):
    """All cases in one process: what each gives, or that it stopped."""
    results = []
    for function, arguments in cases:
        try:
            results.append([True, globals()[function](*arguments)])
        except Exception:
            results.append([False, None])
    return results


def visit(tables, steps):
    fill(tables)
    routes = found("routes")
    return [plain(dispatch(routes, address, params)) for address, params in steps]
''')


def _style(house: House) -> dict[str, str]:
    """How conditions are taken and read."""
    style = house["style"]
    if style == "keywords":
        return {"parameters": "**conditions", "inner": "conditions", "pairs": "return conditions.items()"}
    if style == "table":
        return {
            "parameters": "conditions",
            "inner": "conditions",
            "pairs": """if not isinstance(conditions, dict):
            raise QueryError(f"conditions are one dict, not {conditions!r}")
        return conditions.items()""",
        }
    if style == "tuples":
        return {
            "parameters": "*conditions",
            "inner": "conditions",
            "pairs": """for pair in conditions:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise QueryError(f"a condition is a tuple of two, not {pair!r}")
        return conditions""",
        }
    names, values = ("::2", "1::2") if style == "pairs" else ("1::2", "::2")
    return {
        "parameters": "*conditions",
        "inner": "conditions",
        "pairs": f"""if len(conditions) % 2:
            raise QueryError(f"conditions come in twos, and here are {{len(conditions)}}")
        return zip(conditions[{names}], conditions[{values}])""",
    }


def _meaning(house: House) -> dict[str, str]:
    """The lines that the semantic conventions change."""
    missing = f'raise self.model.{house["DoesNotExist"]}(f"no row of {{self.model.__name__}} fits")'
    return {
        "more": ">=" if house["over"] == "inclusive" else ">",
        "less": "<=" if house["under"] == "inclusive" else "<",
        "join": "any" if house["join"] == "or" else "all",
        "none_found": {"raises": missing, "none": "return None", "blank": "return {}"}[house["one"]],
        "nothing": {"raises": missing, "none": "return None", "blank": "return {}"}[house["empty"]],
        "cut": {
            "python": "begin, end = begin or 0, end",
            "end": "end = None if end is None else end + 1",
            "one": "begin, end = (begin or 1) - 1, None if end is None else end - 1",
        }[house["slice"]],
        "unsorted": {
            "oldest": "list(self._rows)",
            "newest": "self._rows[::-1]",
            "title": "sorted(self._rows, key=lambda row: getattr(row, self.model.columns[0]))",
        }[house["order"]],
        "sorting": "self._order" if house["lead"] == "last" else "reversed(self._order)",
        "visible": "model._stored" if house["hidden"] == "shown" else "[row for row in model._stored if not row.archived]",
        "everything": "_everything" if house["hidden"] == "shown" else house["hidden"],
        "checks_order": "reversed(self._checks)" if house["checks"] == "last" else "self._checks",
        "routes_order": "reversed(routes)" if house["wins"] == "last" else "routes",
    }


def _values(house: House) -> dict[str, str]:
    """How one column is listed; Django wants flat=True."""
    each = "getattr(row, name) for row in self._sorted()"
    listed = {"plain": f"[{each}]", "distinct": f"list(dict.fromkeys({each}))", "sorted": f"sorted({each})"}[house["column"]]
    own = house["values_list"] != "values_list"
    pairs = "[(getattr(row, name),) for row in self._sorted()]"
    return {"listed": listed if own else f"{listed} if flat else {pairs}", "flat": "" if own else ", flat=False"}


_REPLIES = {
    "status": ("body, status={ok}", "self.status, self.body = status, body"),
    "first": ("status, body", "self.status, self.body = status, body"),
    "code": ("body, code={ok}", "self.status, self.body = code, body"),
    "state": ("body, state={ok}", "self.status, self.body = state, body"),
    "mark": ("body", "self.status, self.body = {ok}, body"),
    "pair": ("pair", "self.status, self.body = pair"),
}
_MARK = "    def mark(self, status):\n        self.status = status\n        return self\n\n"
_PARAMS = {
    "item": '    """The query string, read with params[name]."""\n',
    "call": "    __getitem__ = get = None\n\n    def __call__(self, name):\n        return dict.__getitem__(self, name)\n",
    "attribute": (
        "    __getitem__ = get = None\n\n    def __getattr__(self, name):\n        return dict.__getitem__(self, name)\n"
    ),
}


def _web(house: House) -> dict[str, str]:
    """Requests, responses and routes."""
    status = STATUSES[house["statuses"]]
    parameters, body = _REPLIES[house["reply"]]
    missing = {
        "first": f"{status[404]}, None",
        "pair": f"({status[404]}, None)",
        "mark": "None).mark(" + status[404],
        "status": f"None, status={status[404]}",
    }.get(house["reply"], f"None, {house['reply']}={status[404]}")
    return {
        "reply_parameters": parameters.format(ok=status[200]),
        "reply_body": body.format(ok=status[200]),
        "reply_method": _MARK if house["reply"] == "mark" else "",
        "param_method": _PARAMS[house["param"]],
        "not_found": missing,
        "converter": CONVERTERS[house["converter"]][1],
        "route_parameters": "view, pattern" if house["route"] == "view" else "pattern, view",
        "view_arguments": "*varied, Request(params)" if house["view"] == "last" else "Request(params), *varied",
        "checked": {
            "raise": "function(getattr(self, name))",
            "text": (
                "said = function(getattr(self, name))\n            if said is not None:\n                raise "
                f"{house['ValidationError']}(said)"
            ),
            "pair": (
                "bad, said = function(getattr(self, name))\n            if bad:\n                raise "
                f"{house['ValidationError']}(said)"
            ),
        }[house["told"]],
    }


@functools.lru_cache(maxsize=64)
def modules(house: House) -> tuple[tuple[str, str], ...]:
    """The library, the app's models and the harness, as the sandbox wants them. Settings must be switched already."""
    before, behind = DESCENDING[house["desc"]]
    words = {
        **choices_of(house),
        "package": house.package,
        "before": before,
        "behind": behind,
        "in_": house["in"],
        **_style(house),
        **_meaning(house),
        **_values(house),
        **_web(house),
    }
    public = (
        f"from {house.package}.models import Model, {house['ValidationError']}, {house['validator']}\n"
        f"from {house.package}.web import {house['HttpResponse']}, {house['path']}\n"
    )
    tables = "\n\n".join(
        f"class {d.model}(Model):\n    columns = {json.dumps(d.columns).replace('[', '(').replace(']', ')')}\n" for d in DOMAINS
    )
    folder = house.package
    return (
        (f"{folder}/rows.py", _ROWS.substitute(words)),
        (f"{folder}/models.py", _MODELS.substitute(words)),
        (f"{folder}/web.py", _WEB.substitute(words)),
        (f"{folder}/__init__.py", public),
        ("app/models.py", f"from {folder} import *\n\n\n{tables}"),
        ("<app/check.py>", _CHECK.substitute(words)),
    )
