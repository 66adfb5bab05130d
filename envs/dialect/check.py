"""What a dialect's compiler refuses although it can be read: broken conventions, constants assigned, wrong arity."""

from __future__ import annotations

import re
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import SourceError

_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
KIND_WORDS = frozenset({"number", "text", "truth", "list", "record", "nothing", "any"})

#: name -> whether it can be assigned
Scope = dict[str, bool]


def check(grammar: Grammar, tree: n.Program) -> None:
    """Raise :class:`SourceError` at the first place that breaks a rule."""
    Checker(grammar, tree).scope(tree.body, [])


class Checker:
    """Walks one program with its scopes."""

    def __init__(self, grammar: Grammar, tree: n.Program):
        self.g = grammar
        self.fixed = "immutable" in grammar.semantics
        self.arity: dict[str, int] = {}
        if "arity" in grammar.semantics:
            functions = [node.function for node in n.walk(tree) if isinstance(node, n.Define)]
            self.arity = {f.name: len(f.params) for f in functions if not any(p.rest for p in f.params)}

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
            self.name(node.name, node.at)
            if node.value is not None:
                self.node(node.value, scopes)
            scopes[-1][node.name] = node.word == "let" and node.mutable
        elif isinstance(node, n.Define):
            self.definition(node)
            self.function(node.function, scopes)
        elif isinstance(node, n.Func):
            self.function(node, scopes)
        elif isinstance(node, n.Block):
            self.scope(node.body, scopes)
        elif isinstance(node, n.For) and node.counted:
            self.counted(node, scopes)
        elif isinstance(node, n.For):
            self.scope([part for part in (node.first, node.test, node.update, node.body) if part is not None], scopes)
        elif isinstance(node, n.ForOf):
            self.name(node.name, node.at)
            self.node(node.items, scopes)
            self.scope([node.body], scopes, {node.name: node.word == "let" and not self.fixed})
        elif isinstance(node, n.Try):
            self.node(node.body, scopes)
            if node.name:
                self.name(node.name, node.at)
            self.scope([node.handler], scopes, {node.name: True})
        else:
            self.expression(node, scopes)

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
                raise SourceError("arity", node.at, text=node.callee.id, given=str(len(node.arguments)))
        elif isinstance(node, n.Name) and node.id.startswith("__"):
            raise SourceError("outside", node.at, text=node.id)
        for child in n.children(node):
            self.node(child, scopes)

    def assignment(self, node: n.Assign | n.Update, scopes: list[Scope]) -> None:
        if isinstance(node, n.Assign) and node.op != "=" and "no_compound" in self.g.conventions:
            raise SourceError("no compound", node.at, text=node.op)
        if isinstance(node.target, n.Name):
            for scope in reversed(scopes):
                if node.target.id in scope:
                    if not scope[node.target.id]:
                        raise SourceError("constant", node.target.at, text=node.target.id)
                    return

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
        for param in node.params:
            self.name(param.name, param.at)
        params = {param.name: not self.fixed for param in node.params}
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
