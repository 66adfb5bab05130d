"""One-line statements for level 0: how they are made, and how close two of them are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.names import STRINGS, VARIABLES
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.seeding import Draw, Seed

#: Operators of level 0 and the kind of rule that respells each.
OPERATOR_KINDS = {"+": "plus", "-": "minus", "*": "times", "===": "equals", ">": "greater"}
NUMBERS = tuple(range(2, 31))


def level0_kinds(draw: Draw) -> list[str]:
    """The four kinds of a level-0 world: together they leave no statement with fewer than two."""
    last = draw.choice((*OPERATOR_KINDS.values(), "quotes", "truths"))
    return ["print", "terminator", draw.choice(("let", "assign")), last]


class Line(NamedTuple):
    """One statement in a few words: its shape, operator, first name and second operand."""

    shape: str
    op: str
    first: str
    second: str

    @property
    def tree(self) -> n.Stmt:
        """Its syntax tree."""
        first = n.Name(self.first)
        if self.shape == "print value":
            return _print(n.Binary(self.op, first, n.Num(self.second)))
        if self.shape == "print two":
            return _print(n.Binary(self.op, first, n.Name(self.second)))
        if self.shape == "let value":
            other, _, number = self.second.partition(" ")
            return n.Declare("let", self.first, n.Binary(self.op, n.Name(other), n.Num(number)))
        if self.shape == "let number":
            return n.Declare("let", self.first, n.Num(self.second))
        if self.shape == "let text":
            return n.Declare("let", self.first, n.Str(self.second))
        if self.shape == "print text":
            return _print(n.Str(self.second), first)
        if self.shape == "let truth":
            return n.Declare("let", self.first, n.Const(self.second))
        if self.shape == "print truth":
            return _print(first, n.Const(self.second))
        assert self.shape == "test truth", self.shape
        other, _, truth = self.second.partition(" ")
        return n.Declare("let", self.first, n.Binary("===", n.Name(other), n.Const(truth)))


def _print(*values: n.Expr) -> n.Stmt:
    return n.Run(n.Call(n.PRINT, list(values)))


def _line(shape: str, op: str, draw: Draw) -> Line:
    """A random statement of one shape."""
    first, other = draw.sample(VARIABLES, 2)
    number, truth = str(draw.choice(NUMBERS)), draw.choice(("true", "false"))
    second = {
        "print value": number,
        "print two": other,
        "let value": f"{other} {number}",
        "let number": number,
        "let text": draw.choice(STRINGS),
        "print text": draw.choice(STRINGS),
        "let truth": truth,
        "print truth": truth,
        "test truth": f"{other} {truth}",
    }[shape]
    return Line(shape, op, first, second)


def shapes(rules: Sequence[Rule], draw: Draw) -> list[tuple[str, str]]:
    """(shape, operator) pairs of a world: half of them are about its fourth rule."""
    kinds = {rule.kind for rule in rules}
    own = [op for op, kind in OPERATOR_KINDS.items() if kind in kinds]
    other = draw.sample([op for op in OPERATOR_KINDS if op not in own], 3)
    if own:
        focus = [("print value", own[0]), ("print two", own[0]), ("let value", own[0])]
    elif "quotes" in kinds:
        focus = [("print text", ""), ("let text", ""), ("print text", "")]
    else:
        focus = [("let truth", ""), ("print truth", ""), ("test truth", "")]
    rest = [("print value", other[0]), ("print two", other[1]), ("let value", other[2]), ("let number", "")]
    return focus + rest


def lines(rules: Sequence[Rule], seed: Seed, count: int) -> list[Line]:
    """``count`` different statements, the shapes taking turns."""
    statements: dict[Line, None] = {}
    draw, turns = seed.draw("lines"), shapes(rules, seed.draw("shapes"))
    while len(statements) < count:
        for shape, op in turns:
            statements.setdefault(_line(shape, op, draw))
    return list(statements)[:count]


def readings(rules: Sequence[Rule], seed: Seed, count: int) -> list[tuple[n.Stmt, str]]:
    """``count`` printing statements without variables, and what each prints."""
    kinds = {rule.kind for rule in rules}
    own = [op for op, kind in OPERATOR_KINDS.items() if kind in kinds and op in "+-*"]
    draw = seed.draw("readings")
    pairs: dict[str, tuple[n.Stmt, str]] = {}
    while len(pairs) < count:
        statement, printed = _reading(draw, draw.choice(own if own and draw.chance(0.6) else ["+", "-", "*"]))
        pairs.setdefault(repr(statement), (statement, printed))
    return list(pairs.values())


def _reading(draw: Draw, op: str) -> tuple[n.Stmt, str]:
    if draw.chance(0.25):
        first, second = draw.sample(STRINGS, 2)
        return _print(n.Str(first), n.Str(second)), f"{first} {second}"
    a, b = sorted((draw.integer(2, 30), draw.integer(2, 12)), reverse=True)
    value = {"+": a + b, "-": a - b, "*": a * b}[op]
    return _print(n.Binary(op, n.Num(str(a)), n.Num(str(b)))), str(value)


def applies(rule: Rule, statement: n.Stmt) -> bool:
    """Whether a rule of level 0 has anything to say about a statement."""
    nodes = list(n.walk(statement))
    if rule.kind == "terminator":
        return True
    if rule.kind == "print":
        return any(n.is_print(node) for node in nodes)
    if rule.kind in ("let", "assign"):
        return isinstance(statement, n.Declare)
    if rule.kind == "quotes":
        return any(isinstance(node, n.Str) for node in nodes)
    if rule.kind == "truths":
        return any(isinstance(node, n.Const) for node in nodes)
    return any(isinstance(node, n.Binary) and OPERATOR_KINDS.get(node.op) == rule.kind for node in nodes)


def halfway(name: str, rules: Sequence[Rule]) -> list[tuple[tuple[Rule, ...], Grammar]]:
    """Every set of the rules with its grammar, the largest first: what half-learned dialects look like."""
    return [(subset, grammar_of(name, subset)) for size in range(len(rules), -1, -1) for subset in combinations(rules, size)]


def labels(tree: n.Program) -> list[str]:
    """The content of a program as a flat list: names, values, operators, kinds of statement."""
    return [label for statement in tree.body for label in _labels(statement)]


def _labels(node: object) -> Iterator[str]:
    if n.is_print(node):
        yield "console.log"
        return
    if isinstance(node, n.Name):
        yield node.id
    elif isinstance(node, n.Num):
        yield node.text
    elif isinstance(node, n.Str):
        yield f'"{node.value}"'
    elif isinstance(node, n.Const):
        yield node.name
    elif isinstance(node, (n.Binary, n.Unary)):
        yield node.op
    elif isinstance(node, n.Declare):
        yield from ("declare", node.name)
    elif not isinstance(node, (n.Run, n.Call)):
        yield type(node).__name__
    for child in n.children(node):
        yield from _labels(child)


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """2 · longest common subsequence / total length: 1 for equal lists, 0 for nothing in common."""
    if not one or not other:
        return 0.0
    row = [0] * (len(other) + 1)
    for label in one:
        diagonal = 0
        for place, against in enumerate(other, 1):
            diagonal, row[place] = row[place], diagonal + 1 if label == against else max(row[place], row[place - 1])
    return 2 * row[-1] / (len(one) + len(other))


def read_line(grammar: Grammar, text: str) -> n.Program:
    """One statement. Raises :class:`SourceError`, also where there are none or several."""
    tree = parse(grammar, text)
    if len(tree.body) != 1:
        raise SourceError("several", getattr(tree.body[1], "at", 0) if tree.body else 0)
    return tree
