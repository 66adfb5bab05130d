"""What a dialect's compiler refuses although it can be read: broken conventions, constants assigned, wrong arity."""

from __future__ import annotations

import re
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.library import by_name

_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
KIND_WORDS = frozenset({"number", "text", "truth", "list", "record", "nothing", "any"})

#: What JavaScript itself brings, and names that a function or class has without declaring them.
GLOBALS = frozenset(
    """
    Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float32Array Float64Array Infinity
    Int16Array Int32Array Int8Array Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp
    Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet console
    decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt queueMicrotask
    structuredClone unescape AggregateError WeakRef FinalizationRegistry eval Function performance setTimeout clearTimeout Atomics
    SharedArrayBuffer Intl require process fetch arguments this super new
    """.split()
)

#: name -> whether it can be assigned
Scope = dict[str, bool]


def check(grammar: Grammar, tree: n.Program) -> None:
    """Raise :class:`SourceError` at the first place that breaks a rule."""
    Checker(grammar, tree).scope(tree.body, [])
    check_names(grammar, tree)


def check_names(grammar: Grammar, tree: n.Program) -> None:
    """Refuse the first name that nothing declares, neither the program nor JavaScript nor the dialect's library."""
    known = set(GLOBALS) | made_names(tree) | set(by_name(grammar.library))
    asked = {id(node.value) for node in n.walk(tree) if isinstance(node, n.Unary) and node.op == "typeof"}
    for node in n.walk(tree):
        if isinstance(node, n.Name) and node.id not in known and id(node) not in asked:
            raise SourceError("unknown name", node.at, text=node.id)


def made_names(tree: n.Program) -> set[str]:
    """All names that a program makes, wherever they hold."""
    names: set[str] = set()
    for node in n.walk(tree):
        if isinstance(node, (n.Declare, n.ForOf, n.Param, n.Try)) and not (isinstance(node, n.ForOf) and not node.word):
            names |= {name.id for name in n.named(node)}
        elif isinstance(node, (n.Func, n.Class)) and node.name:
            names.add(node.name)
    return names


class Checker:
    """Walks one program with its scopes."""

    def __init__(self, grammar: Grammar, tree: n.Program):
        self.g = grammar
        self.fixed = "immutable" in grammar.semantics
        self.arity: dict[str, int] = {}
        if "arity" in grammar.semantics:
            functions = [node.function for node in n.walk(tree) if isinstance(node, n.Define)]
            self.arity = {f.name: len(f.params) for f in functions if not any(p.rest or p.default for p in f.params)}

    def scope(self, body: list[Any], outer: list[Scope], inner: Scope | None = None) -> None:
        """The statements of one block. Functions are known in all of it, variables from their declaration on."""
        own: Scope = dict(inner or {})
        scopes = [*outer, own]
        for statement in body:
            if isinstance(statement, n.Define):
                own[statement.function.name] = False
        for statement in body:
            self.node(statement, scopes)

    def node(self, node: Any, scopes: list[Scope]) -> None:
        if isinstance(node, n.Declare):
            self.names(node, scopes, node.word != "const" and node.mutable)
            if node.value is not None:
                self.node(node.value, scopes)
        elif isinstance(node, n.Define):
            self.definition(node)
            self.function(node.function, scopes)
        elif isinstance(node, n.Func):
            self.function(node, scopes)
        elif isinstance(node, n.Block):
            self.scope(node.body, scopes)
        elif isinstance(node, n.Switch):
            self.node(node.value, scopes)
            self.scope([part for case in node.cases for part in (*n.children(case),)], scopes)
        elif isinstance(node, n.For) and node.counted:
            self.counted(node, scopes)
        elif isinstance(node, n.For):
            self.scope([part for part in (node.first, node.test, node.update, node.body) if part is not None], scopes)
        elif isinstance(node, n.ForOf):
            self.node(node.items, scopes)
            inner = [*scopes, Scope()]
            if node.word:
                self.names(node, inner, node.word != "const" and not self.fixed)
            self.scope([node.body], inner)
        elif isinstance(node, n.Try):
            self.handler(node, scopes)
        else:
            self.expression(node, scopes)

    def names(self, node: n.Declare | n.Param | n.ForOf | n.Try, scopes: list[Scope], mutable: bool) -> None:
        """Names that are made here, in the innermost scope, and what stands inside their pattern."""
        for name in n.named(node):
            self.name(name.id, name.at)
            scopes[-1][name.id] = mutable
        if node.pattern is not None:
            for default in (part.value for part in n.walk(node.pattern) if isinstance(part, n.Assign)):
                self.node(default, scopes)

    def handler(self, node: n.Try, scopes: list[Scope]) -> None:
        self.node(node.body, scopes)
        if node.handler is not None:
            inner = [*scopes, Scope()]
            self.names(node, inner, True)
            self.scope([node.handler], inner)
        if node.final is not None:
            self.node(node.final, scopes)

    def counted(self, node: n.For, scopes: list[Scope]) -> None:
        """A loop that counts: its step is the language's own business."""
        assert isinstance(node.first, n.Declare) and isinstance(node.test, n.Binary)
        self.name(node.first.name, node.first.at)
        for part in (node.first.value, node.test.right):
            self.node(part, scopes)
        self.scope([node.body], scopes, {node.first.name: not self.fixed})

    def expression(self, node: Any, scopes: list[Scope]) -> None:
        if isinstance(node, (n.Assign, n.Update)):
            self.assignment(node, scopes)
        elif isinstance(node, n.Call) and isinstance(node.callee, n.Name):
            wanted = self.arity.get(node.callee.id)
            spread = any(isinstance(argument, n.Spread) for argument in node.arguments)
            if wanted is not None and wanted != len(node.arguments) and not spread:
                raise SourceError("arity", node.at, text=node.callee.id, given=str(len(node.arguments)), takes=str(wanted))
        elif isinstance(node, n.Name) and node.id.startswith("__"):
            raise SourceError("outside", node.at, text=node.id)
        for child in n.children(node):
            self.node(child, scopes)

    def assignment(self, node: n.Assign | n.Update, scopes: list[Scope]) -> None:
        if isinstance(node, n.Assign) and node.op != "=" and "no_compound" in self.g.conventions:
            raise SourceError("no compound", node.at, text=node.op)
        for name in n.bound(node.target):
            held = next((scope[name.id] for scope in reversed(scopes) if name.id in scope), True)
            if not held:
                raise SourceError("constant", name.at, text=name.id)

    def definition(self, node: n.Define) -> None:
        function = node.function
        self.name(function.name, function.at)
        if "note" in self.g.conventions and not node.note:
            raise SourceError("no note", function.at, text=function.name)
        if "kinds" in self.g.conventions and function.kind not in KIND_WORDS:
            kind = "bad kind" if function.kind else "no kind"
            raise SourceError(kind, function.at, text=function.kind or function.name)

    def function(self, node: n.Func, scopes: list[Scope]) -> None:
        if node.arrow and "no_arrow" in self.g.conventions:
            raise SourceError("no arrow", node.at, text=self.g.mark("=>"))
        params: Scope = {}
        for param in node.params:
            self.names(param, [*scopes, params], not self.fixed)
            if param.default is not None:
                self.node(param.default, [*scopes, params])
        if isinstance(node.body, n.Block):
            self.scope(node.body.body, scopes, params)
        else:
            self.node(node.body, [*scopes, params])

    def name(self, name: str, at: int) -> None:
        if name.startswith("__"):
            raise SourceError("outside", at, text=name)
        if "snake" in self.g.conventions and not _SNAKE.fullmatch(name):
            raise SourceError("name style", at, text=name)
        if "long_names" in self.g.conventions and len(name) < 3:
            raise SourceError("short name", at, text=name)
