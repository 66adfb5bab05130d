"""Which rules a program shows: for each kind of the catalogue, whether a plain program is written otherwise where it holds."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.inference import Types, collect, is_sequence, type_of
from clgym.envs.dialect.parser import is_guard
from clgym.envs.dialect.tasks.base import fill
from clgym.envs.dialect.tasks.chains import COLLECTORS, LIBRARY, NOTED, Template
from clgym.envs.dialect.tasks.steps import steps
from clgym.envs.dialect.translate import assigned_names, default_values, from_back, inside_text, own_names
from clgym.envs.dialect.typescript import parse_typescript

_CAMEL = re.compile(r"[a-z]+[A-Z]")


def touched(tree: n.Program, types: Types) -> frozenset[str]:
    """The kinds of rule that the plain program ``tree`` shows. ``types`` are those of its variables."""
    found = {"terminator"}
    names = own_names(tree)
    found |= {"snake"} if any(_CAMEL.match(name) for name in names) else set()
    found |= {"long_names"} if any(len(name) < 3 for name in names) else set()
    found |= {"immutable"} if assigned_names(tree) else set()
    defaults = default_values(tree)
    for node in n.walk(tree):
        found.update(_PLAIN.get(type(node), ()))
        for kind, test in _TESTS.get(type(node), ()):
            if kind not in found and test(node):
                found.add(kind)
        if isinstance(node, n.Index):
            found |= _index(node, types)
        elif isinstance(node, n.Call) and isinstance(node.callee, n.Name) and node.callee.id in defaults:
            found |= {"arity"} if len(node.arguments) < len(defaults[node.callee.id]) else set()
        for test_ in _conditions(node):
            type_ = type_of(test_, types)
            found |= {"truthy_zero"} if type_ != "boolean" else set()
            found |= {"empty_false"} if type_ not in ("boolean", "number", "string") else set()
    return frozenset(found)


#: Kind of rule -> the kinds that show where it holds, because what it forbids is then written in another way.
INSTEAD: dict[str, tuple[str, ...]] = {
    "no_compound": ("plus", "minus", "times", "assign"),
    "no_increment": ("plus", "minus", "no_compound", "assign"),
    "no_arrow": ("function", "return", "blocks", "postfix"),
    "count": ("while", "until", "let", "assign", "plus", "minus", "no_compound", "immutable", "branch", "blocks"),
    "until": ("greater", "unequal", "equals", "logic"),
    "unless": ("equals", "unequal", "logic"),
    "truthy_zero": ("unequal", "equals", "quotes", "unless"),
    "empty_false": ("unequal", "equals", "pipeline"),
    "join": ("plus", "quotes", "pipeline"),
    "sort": ("arrow", "no_arrow", "choice", "greater", "minus", "function", "return", "long_names", "postfix"),
    "from_end": ("minus",),
    "one_based": ("plus", "minus"),
    "arity": ("nothing",),
    "deep_equals": ("pipeline",),
}


def may_show(shown: frozenset[str]) -> frozenset[str]:
    """The kinds that a program may show which shows these, by other rules too."""
    return shown.union(*(INSTEAD.get(kind, ()) for kind in shown))


def _index(node: n.Index, types: Types) -> set[str]:
    owner = type_of(node.value, types)
    counts = is_sequence(owner) or (owner == "any" and type_of(node.key, types) == "number")
    return ({"one_based"} if counts else set()) | ({"from_end"} if from_back(node) else set())


def _conditions(node: Any) -> list[n.Expr]:
    """The expressions that a node asks whether they are true."""
    if isinstance(node, (n.If, n.While, n.Cond)):
        return [_bare(node.test)]
    if isinstance(node, n.For):
        return [] if node.test is None else [_bare(node.test)]
    if isinstance(node, n.Binary) and node.op in ("&&", "||"):
        return [_bare(node.left)] + ([_bare(node.right)] if node.op == "&&" else [])
    return [_bare(node)] if isinstance(node, n.Unary) and node.op == "!" else []


def _bare(test: n.Expr) -> n.Expr:
    while isinstance(test, n.Unary) and test.op == "!":
        test = test.value
    return n.Const("true") if isinstance(test, n.Binary) and test.op in ("&&", "||") else test


def _op(*ops: str) -> Callable[[Any], bool]:
    return lambda node: node.op in ops


def _deep(node: n.Binary) -> bool:
    return node.op in ("===", "!==") and inside_text(node.left) is not None and inside_text(node.right) is not None


def _floors(node: n.Call) -> bool:
    inner = node.arguments[0] if node.callee == n.Member(n.Name("Math"), "floor") else None
    return isinstance(inner, n.Binary) and inner.op == "/"


def _piped(node: n.Call) -> bool:
    plain = isinstance(node.callee, n.Name) or n.is_print(node.callee)
    return plain and not node.new and len(node.arguments) == 1 and isinstance(node.arguments[0], n.Call)


#: What every node of a type shows.
_PLAIN: dict[type, tuple[str, ...]] = {
    n.Return: ("return",),
    n.If: ("branch", "blocks"),
    n.While: ("while", "until"),
    n.For: ("for", "count"),
    n.ForOf: ("for",),
    n.Try: ("errors",),
    n.Throw: ("errors",),
    n.Jump: ("jumps",),
    n.Block: ("blocks",),
    n.Cond: ("choice",),
    n.Str: ("quotes",),
    n.Template: ("quotes",),
    n.Array: ("lists",),
    n.Index: ("index",),
    n.Update: ("no_increment",),
}
#: What some of them show.
_TESTS: dict[type, tuple[tuple[str, Callable[[Any], bool]], ...]] = {
    n.Member: (("print", n.is_print), ("member", lambda node: True)),
    n.Declare: (
        ("let", lambda node: node.word == "let"),
        ("const", lambda node: node.word == "const"),
        ("assign", lambda node: node.value is not None),
    ),
    n.Define: (("comment", lambda node: bool(node.note)), ("note", lambda node: not node.note), ("kinds", lambda node: True)),
    n.Func: (("function", lambda node: not node.arrow), ("arrow", lambda node: node.arrow), ("no_arrow", lambda node: node.arrow)),
    n.Param: (("assign", lambda node: node.default is not None),),
    n.Const: (
        ("truths", lambda node: node.name in ("true", "false")),
        ("nothing", lambda node: node.name in ("null", "undefined")),
    ),
    n.Num: (("digits", lambda node: node.text.split(".")[0].isdigit() and len(node.text.split(".")[0]) > 3),),
    n.Object: (("pairs", lambda node: any(not (isinstance(v, n.Name) and v.id == k) for k, v in node.pairs)),),
    n.Binary: (
        ("plus", _op("+")),
        ("minus", _op("-")),
        ("times", _op("*")),
        ("equals", _op("===")),
        ("unequal", _op("!==")),
        ("greater", _op(">", "<")),
        ("logic", _op("&&", "||")),
        ("deep_equals", _deep),
        ("floor_division", _op("/")),
    ),
    n.Unary: (("minus", _op("-")), ("plus", _op("+")), ("logic", _op("!"))),
    n.Assign: (("assign", _op("=")), ("no_compound", lambda node: node.op != "=")),
    n.Call: (
        ("pipeline", _piped),
        ("join", lambda node: n.is_print(node.callee) and len(node.arguments) > 1),
        ("sort", lambda node: isinstance(node.callee, n.Member) and node.callee.name == "sort" and not node.arguments),
    ),
}
#: Kinds that a branch shows.
_TESTS[n.If] = (
    ("unless", lambda node: isinstance(node.test, n.Unary) and node.test.op == "!"),
    ("postfix", lambda node: node.other is None and is_guard(node.then)),
)


@functools.cache
def part_features(part: str) -> frozenset[str]:
    """What one part of a template shows: a step, a place where the library is used, or a collector."""
    if part in LIBRARY:
        return frozenset({"const", "assign"})
    collectors = {collector.name: collector for collector in COLLECTORS}
    if part in collectors:
        body = collectors[part].source.replace("{r}", "number").replace("{g}", "inner")
        return _of(f"function outer(groups) {{ {body} }}", {"groups": "any[][]", "group": "any[]"})
    step = steps()[part]
    constants = {key: choices[0] for key, choices in step.constants.items()}
    kind = {"numbers": "number[]", "words": "string[]", "number": "number"}[step.takes]
    return _of(fill(step.source, {"x": "given", "y": "made"}, constants), {"given": kind})


def _of(source: str, signatures: Types) -> frozenset[str]:
    tree = parse_typescript(source)
    return touched(tree, collect(tree, signatures))


#: What the function around the steps shows always.
ALWAYS = frozenset({"function", "return", "blocks", "terminator", "kinds"})


def shares(level: int, hand: Sequence[Template]) -> dict[str, float]:
    """Kind -> the share of the tasks of these templates that show it."""
    counts = Counter[str]()
    for template in hand:
        shown = ALWAYS.union(*map(part_features, template))
        shown |= {"long_names"} if len(template) > 3 else set()
        counts.update(shown)
    seen = {kind: count / len(hand) for kind, count in counts.items()}
    extra = [("comment", NOTED), ("note", 1 - NOTED)]
    if level == 3:
        each = Counter(kind for collector in COLLECTORS for kind in part_features(collector.name))
        extra += [(kind, count / len(COLLECTORS)) for kind, count in each.items()]
    for kind, share in extra:
        seen[kind] = 1 - (1 - seen.get(kind, 0.0)) * (1 - share)
    return seen
