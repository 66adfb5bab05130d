"""What kind of value an expression has, as a TypeScript type: enough to carry plain JavaScript over into a dialect.

``any`` where it can't be told. Variables are assumed to keep one type and one meaning within a program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clgym.envs.dialect import nodes as n

_STRING = frozenset(
    {
        "join",
        "toUpperCase",
        "toLowerCase",
        "charAt",
        "trim",
        "trimStart",
        "trimEnd",
        "repeat",
        "padStart",
        "padEnd",
        "replace",
        "replaceAll",
        "substring",
        "toFixed",
        "toString",
    }
)
_NUMBER = frozenset({"indexOf", "lastIndexOf", "findIndex", "charCodeAt", "push", "unshift", "codePointAt", "localeCompare"})
_TRUTH = frozenset(
    {
        "includes",
        "startsWith",
        "endsWith",
        "some",
        "every",
        "hasOwnProperty",
        "has",
        "hasOwn",
        "isArray",
        "isInteger",
        "isNaN",
        "test",
    }
)
_SAME = frozenset({"slice", "concat", "filter", "sort", "reverse", "fill", "splice", "at0"})
_ITEM = frozenset({"pop", "shift", "find", "at"})
_FUNCTIONS = {"Number": "number", "parseInt": "number", "parseFloat": "number", "String": "string", "Boolean": "boolean"}
#: Kinds of the house convention, by TypeScript type.
_KINDS = {"number": "number", "string": "text", "boolean": "truth", "void": "nothing", "any": "any", "object": "record"}

Types = dict[str, str]


def kind_of(type_: str) -> str:
    """The house's word for a type: ``number[]`` is a list, ``number | null`` any."""
    if "|" in type_:
        return "any"
    if type_.endswith("[]"):
        return "list"
    return _KINDS.get(type_, "record" if type_.startswith(("{", "Record")) else "any")


def element(type_: str) -> str:
    """The type of what is inside a list, string or table of that type."""
    if type_.endswith("[]"):
        inner = type_[:-2]
        return inner[1:-1] if inner.startswith("(") else inner
    record = re.fullmatch(r"Record<\s*string\s*,\s*(.*)>", type_)
    return record.group(1) if record else "string" if type_ == "string" else "any"


def is_sequence(type_: str) -> bool:
    """Whether numeric indexes into that type count positions."""
    return type_.endswith("[]") or type_ == "string"


def collect(tree: n.Program, signatures: Mapping[str, str] = {}) -> Types:
    """The types of all variables of a program; functions are listed as ``name()``. ``signatures`` comes first."""
    types: Types = dict(signatures)
    for _ in range(2):  # a second pass sees types of variables declared further down
        for node in n.walk(tree):
            if isinstance(node, n.Declare) and node.value is not None:
                _note(types, node.name, type_of(node.value, types))
            elif isinstance(node, n.ForOf):
                _note(types, node.name, element(type_of(node.items, types)))
            elif isinstance(node, n.Call):
                _callback(node, types)
    return types


def _note(types: Types, name: str, type_: str) -> None:
    if type_ != "any" or name not in types:
        known = types.get(name, "any")
        vague = type_ == "any" or (type_ == "any[]" and known.endswith("[]"))
        vaguer = known == "any" or (known == "any[]" and type_.endswith("[]"))
        types[name] = type_ if vaguer else known if vague or known == type_ else "any"


def _callback(node: n.Call, types: Types) -> None:
    """The parameters of a function that is handed to a list's method."""
    if not isinstance(node.callee, n.Member):
        return
    filled = node.callee.value.id if node.callee.name == "push" and isinstance(node.callee.value, n.Name) and node.arguments else ""
    if types.get(filled) == "any[]":
        inner = type_of(node.arguments[0], types)
        types[filled] = f"({inner})[]" if "|" in inner else f"{inner}[]"
    for function in node.arguments:
        if isinstance(function, n.Func):
            item = element(type_of(node.callee.value, types))
            given = (
                ["any", item, "number"]
                if node.callee.name == "reduce"
                else [item, item if node.callee.name == "sort" else "number"]
            )
            if node.callee.name == "reduce" and len(node.arguments) > 1:
                given[0] = type_of(node.arguments[1], types)
            for param, type_ in zip(function.params, given):
                _note(types, param.name, type_)


def type_of(node: Any, types: Types) -> str:
    """The type of an expression."""
    if isinstance(node, n.Num):
        return "number"
    if isinstance(node, (n.Str, n.Template)):
        return "string"
    if isinstance(node, n.Const):
        return "boolean" if node.name in ("true", "false") else "any"
    if isinstance(node, n.Name):
        return types.get(node.id, "any")
    if isinstance(node, n.Array):
        item_types = {type_of(item.value if isinstance(item, n.Spread) else item, types) for item in node.items}
        if len(item_types) != 1:
            return "any[]"
        only = item_types.pop()
        return only if isinstance(node.items[0], n.Spread) and only.endswith("[]") else f"{only}[]"
    if isinstance(node, n.Object):
        return "object"
    if isinstance(node, (n.Binary, n.Unary, n.Cond)):
        return _operation(node, types)
    if isinstance(node, n.Assign):
        return type_of(node.value, types)
    if isinstance(node, n.Member):
        return "number" if node.name == "length" else _field(type_of(node.value, types), node.name)
    if isinstance(node, n.Index):
        return element(type_of(node.value, types))
    return _call(node, types) if isinstance(node, n.Call) else "number" if isinstance(node, n.Update) else "any"


def _operation(node: n.Binary | n.Unary | n.Cond, types: Types) -> str:
    if isinstance(node, n.Cond):
        then, other = type_of(node.then, types), type_of(node.other, types)
        return then if then == other else "any"
    if isinstance(node, n.Unary):
        return {"!": "boolean", "typeof": "string"}.get(node.op, "number")
    if node.op in ("===", "!==", "<", "<=", ">", ">="):
        return "boolean"
    left, right = type_of(node.left, types), type_of(node.right, types)
    if node.op in ("&&", "||"):
        return left if left == right else "any"
    if node.op == "+":
        return "string" if "string" in (left, right) else "number" if left == right == "number" else "any"
    return "number"


def _field(type_: str, name: str) -> str:
    match = re.search(rf"\b{re.escape(name)}\??\s*:\s*([^;,{{}}]+)", type_)
    return match.group(1).strip() if match else "any"


def _call(node: n.Call, types: Types) -> str:
    callee = node.callee
    if isinstance(callee, n.Name):
        return _FUNCTIONS.get(callee.id) or types.get(callee.id + "()", "any")
    if not isinstance(callee, n.Member):
        return "any"
    owner = callee.value.id if isinstance(callee.value, n.Name) else ""
    if owner == "Math":
        return "number"
    if owner == "Object":
        return {"keys": "string[]", "values": "any[]", "entries": "any[][]", "hasOwn": "boolean"}.get(callee.name, "any")
    if owner == "Array":
        return {"from": "any[]", "isArray": "boolean"}.get(callee.name, "any[]")
    if callee.name in _STRING:
        return "string"
    if callee.name in _NUMBER:
        return "number"
    if callee.name in _TRUTH:
        return "boolean"
    receiver = type_of(callee.value, types)
    if callee.name in _SAME:
        return receiver if is_sequence(receiver) else "any"
    if callee.name in _ITEM:
        return element(receiver)
    if callee.name == "split":
        return "string[]"
    if (
        callee.name == "map"
        and node.arguments
        and isinstance(node.arguments[0], n.Func)
        and not isinstance(node.arguments[0].body, n.Block)
    ):
        return type_of(node.arguments[0].body, types) + "[]"
    if callee.name == "reduce" and len(node.arguments) > 1:
        return type_of(node.arguments[1], types)
    return "any[]" if callee.name in ("map", "flat", "flatMap") else "any"
