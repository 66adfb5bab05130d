"""A framework written out: the source of a small real Python library, generated for the conventions of one house.

What a convention changes is a line of that source, not a switch in it: tracebacks show code as somebody would have written it. In the
texts beside this module ``x_NAME`` is the house's word for what Django calls NAME, and ``%NAME%`` a line that conventions change.
"""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

from clgym.envs.framework import writing
from clgym.envs.framework.catalogue import CONVERTERS, DESCENDING, SLOT, STATUSES
from clgym.envs.framework.house import House

_FOLDER = Path(__file__).parent
_WORD, _MARK = re.compile(r"\bx_(\w+)"), re.compile(r"%([A-Z_]+)%")


@functools.cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def _filled(name: str, house: House, lines: dict[str, str]) -> str:
    """A text with the house's words and lines; lines of several keep the place's indentation."""
    text = _MARK.sub(lambda mark: lines[mark[1]], _text(name))
    words = {"hidden": "_shown"} if house["hidden"] == "shown" else {}
    return _WORD.sub(lambda word: words.get(word[1]) or (house[word[1]] if word[1] in SLOT else word[1]), text)


_KEYWORDS = """for part in conditions:
        raise TypeError(f"conditions are keyword arguments, and {part!r} has no name")
    return list((named or {}).items())"""
_UNNAMED = """for name in named or ():
        raise TypeError(f"conditions are not keyword arguments here, but {name}=... was given")
    """
_STYLES = {
    "keywords": _KEYWORDS,
    "table": _UNNAMED
    + """if len(conditions) != 1 and conditions or not all(isinstance(part, dict) for part in conditions):
        raise QueryError(f"conditions are one dict, not {', '.join(map(repr, conditions))}")
    return [pair for part in conditions for pair in part.items()]""",
    "tuples": _UNNAMED
    + """for pair in conditions:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise QueryError(f"a condition is a tuple of two, not {pair!r}")
    return list(conditions)""",
    "pairs": _UNNAMED
    + """if len(conditions) % 2:
        raise QueryError(f"conditions come in twos, name and value, and here are {len(conditions)}")
    return list(zip(conditions[::2], conditions[1::2]))""",
    "flipped": _UNNAMED
    + """if len(conditions) % 2:
        raise QueryError(f"conditions come in twos, value and name, and here are {len(conditions)}")
    return list(zip(conditions[1::2], conditions[::2]))""",
}


def _rows(house: House) -> dict[str, str]:
    """How conditions are taken and read, and what queries mean."""
    missing = f'raise self.model.{house["DoesNotExist"]}(f"no row of {{self.model.__name__}} fits")'
    nothing = {"raises": missing, "none": "return None", "blank": "return {}"}
    before, behind = DESCENDING[house["desc"]]
    own = house["values_list"] != "values_list"
    example = writing.arguments(house, [("COLUMN", "value")])
    return {
        "PAIRS": _STYLES[house["style"]],
        "CONDITIONS": f"{house['Q']}({example})",
        "EXAMPLE": example,
        "COMPARED": writing.arguments(house, [(f"COLUMN{house['sep']}{house['gt']}", "value")]),
        "NUMBER": writing.arguments(house, [("name", f'{house["Count"]}("COLUMN")')]),
        "MORE": ">=" if house["over"] == "inclusive" else ">",
        "LESS": "<=" if house["under"] == "inclusive" else "<",
        "JOIN": "any" if house["join"] == "or" else "all",
        "NONE_FOUND": nothing[house["one"]],
        "NOTHING": nothing[house["empty"]],
        "FIRST_DOC": {"raises": "; where there is none, an exception", "none": "", "blank": "; where there is none, an empty dict"}[house["empty"]],
        "MARKED": f"{before}COLUMN{behind}",
        "BEFORE": before,
        "BEHIND": behind,
        "SEP": house["sep"],
        "FLAT": "" if own else ", flat=False",
        "FLAT_CALL": "" if own else ", flat=True",
        "IS_FLAT": "len(names) == 1" if own else "flat",
        "LISTED": {"plain": "cells", "distinct": "list(dict.fromkeys(cells))", "sorted": "sorted(cells)"}[house["column"]],
        "LISTED_DOC": {"plain": "", "distinct": ", each once", "sorted": ", from low to high"}[house["column"]],
        "VISIBLE_ROWS": "self.model._stored",
        "CUT": {
            "python": "begin, end = begin or 0, end",
            "end": "end = None if end is None else end + 1",
            "one": "begin, end = (begin or 1) - 1, None if end is None else end - 1",
        }[house["slice"]],
        "UNSORTED": {
            "oldest": "list(self._rows)",
            "newest": "self._rows[::-1]",
            "title": "sorted(self._rows, key=lambda row: getattr(row, self.model._first))",
        }[house["order"]],
        "SORTING": "self._order" if house["lead"] == "last" else "reversed(self._order)",
    }  # fmt: skip


#: What app code has of a framework beside its models.
_PUBLIC = ("F", "Q", "Count", "Sum", "Max", "Min", "ValidationError", "validator", "HttpResponse", "path", "Request")


def _models(house: House) -> dict[str, str]:
    """How tables are seen, and how checks are run."""
    return {
        "PACKAGE": house.package,
        "PUBLIC": repr(sorted(house[slot] if slot in SLOT else slot for slot in _PUBLIC)),
        "VISIBLE": "model._stored" if house["hidden"] == "shown" else "[row for row in model._stored if not row.archived]",
        "CHECKS_ORDER": "reversed(self._checks)" if house["checks"] == "last" else "self._checks",
        "CHECKED": {
            "raise": "function(getattr(self, name))",
            "text": f"""message = function(getattr(self, name))
            if message is not None:
                raise {house["ValidationError"]}(message)""",
            "pair": f"""bad, message = function(getattr(self, name))
            if bad:
                raise {house["ValidationError"]}(message)""",
        }[house["told"]],
        "CHECK_DOC": {
            "raise": f"It raises {house['ValidationError']}(message) where it refuses a value.",
            "text": "It returns its message where it refuses a value, and None where the value is fine.",
            "pair": "It returns (True, message) where it refuses a value, and (False, anything) where the value is fine.",
        }[house["told"]]
        + f" The check that was registered {house['checks']} runs first.",
    }


_REPLIES = {
    "status": ("body, status={ok}", "self.status, self.body = status, body"),
    "first": ("status, body", "self.status, self.body = status, body"),
    "code": ("body, code={ok}", "self.status, self.body = code, body"),
    "state": ("body, state={ok}", "self.status, self.body = state, body"),
    "mark": ("body", "self.status, self.body = {ok}, body"),
    "pair": ("pair", "self.status, self.body = pair"),
}
_METHOD = "    def mark(self, status):\n        self.status = status\n        return self\n\n"
_CALLED = "    __getitem__ = get = None\n\n    def __call__(self, name):\n        return dict.__getitem__(self, name)\n"
_PARAMS = {"item": "", "call": _CALLED, "attribute": _CALLED.replace("__call__", "__getattr__")}


def _web(house: House) -> dict[str, str]:
    """Requests, responses and routes."""
    status = STATUSES[house["statuses"]]
    parameters, body = _REPLIES[house["reply"]]
    return {
        "REPLY_PARAMETERS": parameters.format(ok=status[200]),
        "REPLY_DOC": writing.reply(house, "body", 404).partition("(")[2].removesuffix(")"),
        "REPLY_BODY": body.format(ok=status[200]),
        "REPLY_METHOD": _METHOD if house["reply"] == "mark" else "",
        "PARAM_METHOD": _PARAMS[house["param"]],
        "PARAM_DOC": {"item": '["NAME"]', "call": '("NAME")', "attribute": ".NAME"}[house["param"]],
        "NOT_FOUND": writing.reply(house, "None", 404).partition("(")[2].removesuffix(")"),
        "CONVERTER": CONVERTERS[house["converter"]][1],
        "VARYING": writing.varying(house, "int", "NAME"),
        "ROUTE_PARAMETERS": "view, pattern" if house["route"] == "view" else "pattern, view",
        "VIEW_TAKES": "varied, request" if house["view"] == "last" else "request, varied",
        "WINS": house["wins"],
        "ROUTES_ORDER": "reversed(routes)" if house["wins"] == "last" else "routes",
        "VIEW_ARGUMENTS": "*varied, Request(params)" if house["view"] == "last" else "Request(params), *varied",
    }


def _app_models(house: House) -> str:
    """The models of the app, and all of the framework that app code has."""
    folder = house.package
    tables = []
    for domain in house.schema.domains:
        columns = tuple(sorted(house.column(domain.model, column) for column in domain.columns))
        links = {house.column(domain.model, domain.link): domain.parent} if domain.link else {}
        first = house.column(domain.model, domain.label) if house["order"] == "title" else ""
        tables.append(
            f"class {domain.model}(Model):\n    columns = {columns!r}\n"
            + (f"    _links = {links!r}\n" if links else "")
            + (f"    _first = {first!r}\n" if first else "")
        )
    return f"from {folder} import *\n\n\n" + "\n\n".join(tables)


@functools.lru_cache(maxsize=64)
def modules(house: House) -> tuple[tuple[str, str], ...]:
    """The library, the app's models and the harness, as the sandbox wants them. Settings must be switched already."""
    folder = house.package
    numbers = ", ".join(house[name] for name in ("F", "Q", "Count", "Sum", "Max", "Min"))
    public = (
        f"from {folder}.rows import Avg, Value, {numbers}\n"
        f"from {folder}.models import Model, help, {house['ValidationError']}, {house['validator']}\n"
        f"from {folder}.web import Request, {house['HttpResponse']}, {house['path']}\n"
    )
    around = {"PACKAGE": folder}
    return (
        (f"{folder}/rows.py", _filled("rows", house, _rows(house))),
        (f"{folder}/models.py", _filled("models", house, _models(house))),
        (f"{folder}/web.py", _filled("web", house, _web(house))),
        (f"{folder}/__init__.py", public),
        ("app/models.py", _app_models(house)),
        ("<app/check.py>", _filled("check", house, around)),
    )


@functools.lru_cache(maxsize=64)
def row_names(house: House) -> tuple[str, ...]:
    """What can be asked of a row set: the names that ``dir`` gives, in order."""
    tree = ast.parse(_filled("rows", house, _rows(house)))
    (rows,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "RowSet")
    names = {node.name for node in rows.body if isinstance(node, ast.FunctionDef)}
    names |= {
        target.id for node in rows.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)
    }
    return tuple(sorted(name for name in names if not name.startswith("_")))
