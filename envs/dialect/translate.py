"""Plain JavaScript carried over into a dialect: the same behaviour under the dialect's semantics and conventions.

The result is a tree for :class:`~clgym.envs.dialect.printer.Printer`. ``x[0]`` becomes ``x[1]`` where indexes count
from 1, ``a / b`` the exact division where ``/`` rounds, a reassigned variable a changing one, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import RESERVED, Grammar
from clgym.envs.dialect.inference import Types, collect, is_sequence, kind_of, type_of
from clgym.envs.dialect.library import by_concept
from clgym.envs.dialect.printer import negate

_PARTS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")


def snake(name: str) -> str:
    """``runningTotals`` as ``running_totals``."""
    return "_".join(part.lower() for part in _PARTS.findall(name)) or name


def translate(
    grammar: Grammar, tree: n.Program, signatures: Mapping[str, str] = {}, *, keep: frozenset[str] = frozenset()
) -> n.Program:
    """The tree of the same program in the dialect.

    ``signatures`` gives TypeScript types of parameters (``name``) and of what functions return (``name()``);
    the names in ``keep`` are not respelled.
    """
    work = Translator(grammar, collect(tree, signatures), tree)
    return rename(grammar, n.Program(work.statements(tree.body)), keep)


class Translator:
    """One program on its way into one dialect."""

    def __init__(self, grammar: Grammar, types: Types, tree: n.Program):
        self.g, self.types = grammar, types
        self.assigned = assigned_names(tree)
        self.defaults = default_values(tree)
        self.declared = [name.id for node in n.walk(tree) if isinstance(node, n.Declare) for name in n.named(node)]

    # -- statements

    def statements(self, body: list[n.Stmt]) -> list[n.Stmt]:
        return [changed for statement in body for changed in self.statement(statement)]

    def block(self, node: n.Stmt) -> n.Block:
        return n.Block(self.statements(node.body if isinstance(node, n.Block) else [node]))

    def statement(self, node: n.Stmt) -> list[n.Stmt]:
        """What one statement becomes: mostly one."""
        if isinstance(node, n.Define):
            return [self.definition(node)]
        if isinstance(node, n.Declare):
            return [self.declaration(node)]
        if isinstance(node, n.Several):
            return [replace(node, items=[self.declaration(item) for item in node.items])]
        if isinstance(node, n.Switch):
            cases = [n.Case(case.test and self.expr(case.test), self.statements(case.body)) for case in node.cases]
            return [n.Switch(self.expr(node.value), cases)]
        if isinstance(node, n.Label):
            *before, loop = self.statement(node.body)
            return [*before, n.Label(node.name, loop)]
        if isinstance(node, n.Run):
            return [n.Run(self.expr(node.value, used=False))]
        if isinstance(node, n.Block):
            return [self.block(node)]
        if isinstance(node, n.If):
            other = None if node.other is None else self.alternative(node.other)
            return [n.If(self.test(node.test), self.block(node.then), other)]
        if isinstance(node, n.While):
            return [replace(node, test=self.test(node.test), body=self.block(node.body))]
        if isinstance(node, n.For):
            return self.loop(node)
        if isinstance(node, n.ForOf):
            pattern = node.pattern and self.expr(node.pattern)
            return [replace(node, items=self.expr(node.items), body=self.block(node.body), pattern=pattern)]
        if isinstance(node, n.Try):
            handler, final = (part and self.block(part) for part in (node.handler, node.final))
            return [replace(node, body=self.block(node.body), handler=handler, final=final)]
        return [n.rebuild(node, self.expr)]

    def declaration(self, node: n.Declare) -> n.Declare:
        mutable = "immutable" not in self.g.semantics or any(name.id in self.assigned for name in n.named(node))
        value, pattern = (part and self.expr(part) for part in (node.value, node.pattern))
        return replace(node, value=value, pattern=pattern, mutable=mutable)

    def alternative(self, node: n.Stmt) -> n.Stmt:
        changed = self.statement(node)
        return changed[0] if len(changed) == 1 else n.Block(changed)

    def definition(self, node: n.Define) -> n.Define:
        function = self.function(node.function)
        result = self.types.get(function.name + "()", "any")
        kind = kind_of(result) if "kinds" in self.g.conventions else ""
        note = node.note or (snake(function.name).replace("_", " ") if "note" in self.g.conventions else "")
        return n.Define(replace(function, kind=kind), note)

    def function(self, node: n.Func) -> n.Func:
        if not isinstance(node.body, n.Block):
            if "no_arrow" not in self.g.conventions:
                return replace(node, params=[n.rebuild(param, self.expr) for param in node.params], body=self.expr(node.body))
            body = n.Block([n.Return(self.expr(node.body))])
        else:
            body = self.block(node.body)
        params = [n.rebuild(param, self.expr) for param in node.params]
        if "immutable" in self.g.semantics:
            params, body = self.own_parameters(params, body)
        return replace(node, params=params, body=body, arrow=node.arrow and "no_arrow" not in self.g.conventions)

    def own_parameters(self, params: list[n.Param], body: n.Block) -> tuple[list[n.Param], n.Block]:
        """Parameters that the body assigns to come in under another name and are copied."""
        copies: list[n.Stmt] = []
        for place, param in enumerate(params):
            if param.name in assigned_names(body):
                given = "first" + param.name.capitalize()
                params[place] = replace(param, name=given)
                copies.append(n.Declare("let", param.name, n.Name(given), True))
        return params, n.Block(copies + body.body)

    def loop(self, node: n.For) -> list[n.Stmt]:
        first = [] if node.first is None else self.statement(node.first)
        if "count" not in self.g.sugar:
            update = None if node.update is None else self.expr(node.update, used=False)
            return [
                n.For(
                    first[0] if first else None, None if node.test is None else self.test(node.test), update, self.block(node.body)
                )
            ]
        counted = self.counted(node)
        if counted is not None:
            return [counted]
        update_statement: list[n.Stmt] = [] if node.update is None else [n.Run(self.expr(node.update, used=False))]
        body = before_continue(self.block(node.body), update_statement)
        test = n.Const("true") if node.test is None else self.test(node.test)
        whole = [*first, n.While(test, n.Block(body.body + update_statement))]
        unique = not isinstance(node.first, n.Declare) or self.declared.count(node.first.name) == 1
        return whole if unique else [n.Block(whole)]

    def counted(self, node: n.For) -> n.For | None:
        """The loop as one that counts up by 1, where it is one."""
        first, test, update = node.first, node.test, node.update
        if not (isinstance(first, n.Declare) and first.value is not None and isinstance(test, n.Binary) and test.op in ("<", "<=")):
            return None
        counter = n.Name(first.name)
        if test.left != counter or not is_step(update, counter) or first.name in assigned_names(node.body):
            return None
        closed = "count_closed" in self.g.sugar
        last = self.expr(test.right)
        if closed and test.op == "<":
            last = shifted(last, -1)
        if not closed and test.op == "<=":
            last = shifted(last, 1)
        changed = replace(first, value=self.expr(first.value))
        return n.For(changed, n.Binary("<=" if closed else "<", counter, last), node.update, self.block(node.body))

    # -- expressions

    def test(self, node: n.Expr) -> n.Expr:
        """A condition that means under the dialect's idea of truth what it meant under JavaScript's."""
        if isinstance(node, n.Unary) and node.op == "!":
            inner = self.test(node.value)
            return negate(inner) if isinstance(inner, n.Binary) and not isinstance(node.value, n.Binary) else n.Unary("!", inner)
        if isinstance(node, n.Binary) and node.op in ("&&", "||"):
            return n.Binary(node.op, self.test(node.left), self.test(node.right))
        changed, type_ = self.expr(node), type_of(node, self.types)
        plain = "truthy_zero" not in self.g.semantics and type_ in ("number", "string")
        if self.g.semantics.isdisjoint({"truthy_zero", "empty_false"}) or type_ == "boolean" or plain:
            return changed
        if type_ in ("number", "string"):
            return n.Binary("!==", changed, n.Num("0") if type_ == "number" else n.Str(""))
        return n.Call(n.Name("Boolean"), [changed])

    def expr(self, node: Any, used: bool = True) -> Any:
        """One expression; ``used`` says whether its value matters."""
        if isinstance(node, n.Func):
            return self.function(node)
        if isinstance(node, n.Block):
            return self.block(node)
        if isinstance(node, n.Update):
            return self.update(node, used)
        if isinstance(node, n.Assign):
            return self.assign(node)
        if isinstance(node, n.Index):
            return replace(node, value=self.expr(node.value), key=self.key(node))
        if isinstance(node, n.Cond):
            return n.Cond(self.test(node.test), self.expr(node.then), self.expr(node.other))
        if isinstance(node, n.Unary) and node.op == "!":
            return self.test(node)
        if isinstance(node, n.Binary):
            return self.binary(node)
        if isinstance(node, n.Call):
            return self.call(node)
        return n.rebuild(node, self.expr)

    def update(self, node: n.Update, used: bool) -> n.Expr:
        target = self.expr(node.target)
        if "no_increment" not in self.g.conventions:
            return replace(node, target=target)
        step = self.assign(n.Assign(node.op[0] + "=", node.target, n.Num("1")))
        if not used or node.prefix:
            return step
        return n.Binary("-" if node.op == "++" else "+", step, n.Num("1"))

    def assign(self, node: n.Assign) -> n.Assign:
        rounding = node.op == "/=" and "floor_division" in self.g.semantics
        if node.op != "=" and (rounding or "no_compound" in self.g.conventions):
            return self.assign(n.Assign("=", node.target, n.Binary(node.op[:-1], node.target, node.value)))
        return n.Assign(node.op, self.expr(node.target), self.expr(node.value))

    def key(self, node: n.Index) -> n.Expr:
        key = self.expr(node.key)
        back = from_back(node)
        if back and "from_end" in self.g.semantics:
            return n.Unary("-", back)
        if "one_based" not in self.g.semantics:
            return key  # type: ignore[no-any-return]
        owner = type_of(node.value, self.types)
        return shifted(key, 1) if is_sequence(owner) or (owner == "any" and type_of(node.key, self.types) == "number") else key

    def binary(self, node: n.Binary) -> n.Expr:
        other_truth = not self.g.semantics.isdisjoint({"truthy_zero", "empty_false"})
        if node.op in ("&&", "||") and other_truth and type_of(node.left, self.types) != "boolean":
            test, left, right = self.test(node.left), self.expr(node.left), self.expr(node.right)
            return n.Cond(test, right, left) if node.op == "&&" else n.Cond(test, left, right)
        if node.op in ("===", "!==") and "deep_equals" in self.g.semantics:
            left, right = (inside_text(side) for side in (node.left, node.right))
            if left is not None and right is not None:
                return n.Binary(node.op, self.expr(left), self.expr(right))
        op = "over" if node.op == "/" and "floor_division" in self.g.semantics else node.op
        return n.Binary(op, self.expr(node.left), self.expr(node.right))

    def call(self, node: n.Call) -> n.Expr:
        floors = node.callee == n.Member(n.Name("Math"), "floor") and len(node.arguments) == 1
        inner = node.arguments[0] if floors else None
        if "floor_division" in self.g.semantics and isinstance(inner, n.Binary) and inner.op == "/":
            return n.Binary("/", self.expr(inner.left), self.expr(inner.right))
        arguments = [self.expr(argument) for argument in node.arguments]
        if isinstance(node.callee, n.Name):
            entry = by_concept(self.g.library).get(node.callee.id)
            if entry is not None:
                return n.Call(n.Name(entry.name), arguments[::-1] if entry.number_first else arguments)
            if "arity" in self.g.semantics:
                arguments += self.defaults.get(node.callee.id, [])[len(arguments) :]
        if "join" in self.g.semantics and n.is_print(node.callee) and len(arguments) > 1:
            return n.Call(self.expr(node.callee), [spaced(arguments)])
        if "sort" in self.g.semantics and isinstance(node.callee, n.Member) and node.callee.name == "sort" and not arguments:
            arguments = [self.function(sorter())]
        return replace(node, callee=self.expr(node.callee), arguments=arguments)


def from_back(node: n.Index) -> n.Expr | None:
    """``k`` of ``xs[xs.length - k]``."""
    key = node.key
    whole = isinstance(key, n.Binary) and key.op == "-" and key.left == n.Member(node.value, "length")
    return key.right if isinstance(key, n.Binary) and whole and isinstance(key.right, n.Num) else None


def inside_text(node: n.Expr) -> n.Expr | None:
    """``x`` of ``JSON.stringify(x)``: how JavaScript compares by what is inside."""
    plain = isinstance(node, n.Call) and node.callee == n.Member(n.Name("JSON"), "stringify") and len(node.arguments) == 1
    return node.arguments[0] if isinstance(node, n.Call) and plain else None


def default_values(tree: n.Program) -> dict[str, list[n.Expr]]:
    """Function -> the values that its parameters have where a call leaves them out; ``undefined`` where they have none."""
    functions = [node.function for node in n.walk(tree) if isinstance(node, n.Define)]
    return {f.name: [p.default or n.Const("undefined") for p in f.params] for f in functions if any(p.default for p in f.params)}


def sorter() -> n.Func:
    """JavaScript's own order as a function: by text, from small to large."""
    a, b = n.Name("a"), n.Name("b")
    first, second = (n.Call(n.Name("String"), [x]) for x in (a, b))
    backwards = n.Cond(n.Binary(">", first, second), n.Num("1"), n.Num("0"))
    order = n.Cond(n.Binary("<", first, second), n.Unary("-", n.Num("1")), backwards)
    return n.Func("", [n.Param("a"), n.Param("b")], order, True)


def spaced(values: list[n.Expr]) -> n.Expr:
    """Several printed values as one text with blanks between."""
    texts = [value if isinstance(value, n.Str) else n.Call(n.Name("String"), [value]) for value in values]
    whole: n.Expr = texts[0]
    for text in texts[1:]:
        whole = n.Binary("+", n.Binary("+", whole, n.Str(" ")), text)
    return whole


def shifted(node: n.Expr, by: int) -> n.Expr:
    """``node + by``, folded where ``node`` is a number or already a sum with one."""
    if isinstance(node, n.Num) and "." not in node.text:
        return _number(int(node.text) + by)
    if isinstance(node, n.Binary) and node.op in "+-" and isinstance(node.right, n.Num) and "." not in node.right.text:
        total = (int(node.right.text) if node.op == "+" else -int(node.right.text)) + by
        return node.left if total == 0 else n.Binary("+" if total > 0 else "-", node.left, n.Num(str(abs(total))))
    return n.Binary("+" if by > 0 else "-", node, n.Num(str(abs(by))))


def _number(value: int) -> n.Expr:
    return n.Num(str(value)) if value >= 0 else n.Unary("-", n.Num(str(-value)))


def is_step(update: n.Expr | None, counter: n.Name) -> bool:
    """Whether a loop's update counts up by 1."""
    if isinstance(update, n.Update):
        return update.op == "++" and update.target == counter
    return isinstance(update, n.Assign) and update == n.Assign("+=", counter, n.Num("1"))


def assigned_names(tree: Any) -> set[str]:
    """Names that are assigned somewhere after their declaration."""
    return {name.id for node in n.walk(tree) if isinstance(node, (n.Assign, n.Update)) for name in n.bound(node.target)}


def before_continue(node: Any, update: list[n.Stmt]) -> Any:
    """A loop body in which every ``continue`` of this loop does the loop's update first."""
    if isinstance(node, n.Jump) and node.word == "continue":
        return n.Block([*update, node])
    if isinstance(node, (n.For, n.ForOf, n.While, n.Func)) or not isinstance(node, (n.Block, n.If, n.Try)):
        return node
    return n.rebuild(node, lambda child: before_continue(child, update))


def rename(grammar: Grammar, tree: n.Program, keep: frozenset[str]) -> n.Program:
    """Respell what the program names where words of the dialect or its conventions ask for it."""
    own = dict.fromkeys(own_names(tree))
    free = [name for name in own if name not in keep]
    taken, table = set(keep) | set(own), {}
    for name in free:
        spelled = fit(grammar, name)
        while spelled != name and spelled in taken:
            spelled += "2"
        table[name] = spelled
        taken.add(spelled)
    return _respelled(tree, table)  # type: ignore[no-any-return]


def own_names(tree: Any) -> list[str]:
    """The names that a program makes, in order."""
    names = []
    for node in n.walk(tree):
        if isinstance(node, (n.Declare, n.ForOf, n.Param, n.Try)):
            names += [name.id for name in n.named(node)]
        elif isinstance(node, (n.Func, n.Class)) and node.name:
            names.append(node.name)
    return names


def fit(grammar: Grammar, name: str) -> str:
    """A name as the dialect allows it."""
    if not name.strip("_$"):
        name = "unused"
    if "snake" in grammar.conventions:
        name = snake(name)
    if "long_names" in grammar.conventions and len(name) < 3:
        name = {1: name * 3, 2: name + name[-1]}[len(name)]
    while name in grammar.keyword_of or name in grammar.operator_of or name in grammar.blocks or name in RESERVED:
        name += "_value"
    return name


def _respelled(node: Any, table: Mapping[str, str]) -> Any:
    changed = n.rebuild(node, lambda child: _respelled(child, table))
    if isinstance(changed, n.Name):
        return replace(changed, id=table.get(changed.id, changed.id))
    if isinstance(changed, (n.Declare, n.ForOf, n.Param, n.Try, n.Func, n.Class)):
        return replace(changed, name=table.get(changed.name, changed.name))
    return changed
