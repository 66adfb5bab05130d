"""Syntax tree to source text in any dialect. Meaning is :mod:`clgym.envs.dialect.translate`'s business."""

from __future__ import annotations

import re
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.expressions import PIPE, POWER, UNARY
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import group_digits
from clgym.envs.dialect.parser import is_guard

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_NEGATED = {"===": "!==", "!==": "===", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
#: Binding powers around those of the binary operators.
SEQUENCE_POWER, ASSIGN_POWER, COND_POWER, ATOM = -4, -2, 0, 14


def show(grammar: Grammar, tree: n.Program | n.Stmt) -> str:
    """The source text of a program or statement, without a final line break."""
    printer = Printer(grammar)
    statements = tree.body if isinstance(tree, n.Program) else [tree]
    return "\n".join(printer.statement(statement, 0) for statement in statements)


def negate(test: n.Expr) -> n.Expr:
    """The opposite of a condition, without piling up negations."""
    if isinstance(test, n.Unary) and test.op == "!":
        return test.value
    if isinstance(test, n.Binary) and test.op in _NEGATED:
        return n.Binary(_NEGATED[test.op], test.left, test.right)
    return n.Unary("!", test)


class Printer:
    """Writes one dialect."""

    def __init__(self, grammar: Grammar):
        self.g = grammar
        self.stop = grammar.terminator or ";"
        star = grammar.mark("*")
        self.star = f" {star}" if star.isalpha() else star
        """Behind the words of generators."""
        self.wordy = grammar.blocks[0][0].isalpha()

    # -- statements

    def statement(self, node: n.Stmt, depth: int) -> str:
        text: str = getattr(self, "_" + type(node).__name__.lower())(node, depth)
        return "  " * depth + text

    def body(self, node: n.Stmt, depth: int) -> str:
        statements = node.body if isinstance(node, n.Block) else [node]
        opening, closing = self.g.blocks
        if not statements:
            return f"{opening} {closing}"
        inside = "\n".join(self.statement(statement, depth + 1) for statement in statements)
        return f"{opening}\n{inside}\n{'  ' * depth}{closing}"

    def _block(self, node: n.Block, depth: int) -> str:
        return self.body(node, depth)

    def _declare(self, node: n.Declare, depth: int) -> str:
        return self.declaration(node, depth) + self.stop

    def declaration(self, node: n.Declare | n.Several, depth: int) -> str:
        items = node.items if isinstance(node, n.Several) else [node]
        word = items[0].word
        if word != "const" and items[0].mutable and "immutable" in self.g.semantics:
            word = "mutable"
        return f"{self.g.word(word)} {', '.join(self.declarator(item, depth) for item in items)}"

    def declarator(self, node: n.Declare, depth: int) -> str:
        head = self.target(node, depth)
        return head if node.value is None else f"{head} {self.g.mark('=')} {self.expr(node.value, ASSIGN_POWER - 1, depth)}"

    def target(self, node: n.Declare | n.Param | n.ForOf | n.Try, depth: int) -> str:
        return node.name if node.pattern is None else self.expr(node.pattern, ASSIGN_POWER - 1, depth)

    _several = _declare

    def _empty(self, node: n.Empty, depth: int) -> str:
        return self.stop

    def _define(self, node: n.Define, depth: int) -> str:
        head = f"{self.g.comment} {node.note}\n{'  ' * depth}" if node.note else ""
        return head + self.function(node.function, depth)

    def params(self, node: n.Func, depth: int) -> str:
        return ", ".join(self.param(param, depth) for param in node.params)

    def param(self, node: n.Param, depth: int) -> str:
        default = "" if node.default is None else f" {self.g.mark('=')} {self.expr(node.default, ASSIGN_POWER - 1, depth)}"
        return ("..." if node.rest else "") + self.target(node, depth) + default

    def function(self, node: n.Func, depth: int, head: str | None = None) -> str:
        """A function; ``head`` is what stands in the place of its word and name."""
        assert isinstance(node.body, n.Block)
        if head is None:
            star = self.star if node.generator else ""
            head = f"{'async ' if node.asynchronous else ''}{self.g.word('function')}{star} {node.name}"
        kind = f" {self.g.mark('kind')} {node.kind}" if node.kind else ""
        return f"{head}({self.params(node, depth)}){kind} {self.body(node.body, depth)}"

    def _defineclass(self, node: n.DefineClass, depth: int) -> str:
        return self.class_text(node.value, depth)

    def class_text(self, node: n.Class, depth: int) -> str:
        parent = "" if node.parent is None else f" extends {self.expr(node.parent, ATOM - 1, depth)}"
        opening, closing = self.g.blocks
        inside = "".join(f"\n{'  ' * (depth + 1)}{self.member(member, depth + 1)}" for member in node.members)
        return f"class {node.name}{parent} {opening}{inside}\n{'  ' * depth}{closing}"

    def member(self, node: n.ClassMember, depth: int) -> str:
        static = "static " if node.static else ""
        if node.key is None:
            return static + self.body(node.value, depth)
        if isinstance(node.value, n.Method):
            return static + self.method(node.key, node.value, depth)
        value = "" if node.value is None else f" {self.g.mark('=')} {self.expr(node.value, ASSIGN_POWER - 1, depth)}"
        return f"{static}{self.key(node.key, depth)}{value}{self.stop}"

    def method(self, key: Any, node: n.Method, depth: int) -> str:
        head = "" if node.kind == "method" else node.kind + " "
        head += ("async " if node.function.asynchronous else "") + (self.star.lstrip() + " " if node.function.generator else "")
        return self.function(node.function, depth, head + self.key(key, depth))

    def key(self, key: Any, depth: int) -> str:
        if not isinstance(key, str):
            return f"{self.g.array[0]}{self.expr(key, ASSIGN_POWER - 1, depth)}{self.g.array[1]}"
        plain = _IDENTIFIER.fullmatch(key.lstrip("#")) and key not in self.g.keyword_of and key not in self.g.operator_of
        return key if plain else self.string(key)

    def _run(self, node: n.Run, depth: int) -> str:
        text = self.expr(node.value, SEQUENCE_POWER - 1, depth)
        braced = text.startswith(("{", "class", self.g.word("function"), "async " + self.g.word("function")))
        return (f"({text})" if braced else text) + self.stop

    def _if(self, node: n.If, depth: int) -> str:
        if "postfix" in self.g.sugar and node.other is None and is_guard(node.then):
            jump = node.then.body[0] if isinstance(node.then, n.Block) else node.then
            bare = self.statement(jump, 0)[: -len(self.stop)]
            return f"{bare} {self.g.word('when')} {self.expr(node.test, ASSIGN_POWER, depth)}{self.stop}"
        word, test = "if", node.test
        if "unless" in self.g.sugar and isinstance(test, n.Unary) and test.op == "!":
            word, test = "unless", test.value
        text = f"{self.g.word(word)} ({self.expr(test, ASSIGN_POWER, depth)}) {self.body(node.then, depth)}"
        if node.other is None:
            return text
        chained = isinstance(node.other, n.If) and not self.becomes_postfix(node.other)
        other = self.statement(node.other, depth).lstrip() if chained else self.body(node.other, depth)
        return f"{text} {self.g.word('else')} {other}"

    def becomes_postfix(self, node: n.If) -> bool:
        return "postfix" in self.g.sugar and node.other is None and is_guard(node.then)

    def _while(self, node: n.While, depth: int) -> str:
        word, test = ("until", negate(node.test)) if "until" in self.g.sugar else ("while", node.test)
        head = f"{self.g.word(word)} ({self.expr(test, SEQUENCE_POWER - 1, depth)})"
        if node.after:
            return f"do {self.body(node.body, depth)} {head}{self.stop}"
        return f"{head} {self.body(node.body, depth)}"

    def _for(self, node: n.For, depth: int) -> str:
        if "count" in self.g.sugar:
            return self.count(node, depth)
        parts = [
            "" if node.first is None else self.statement(node.first, 0)[: -len(self.stop)],
            "" if node.test is None else self.expr(node.test, SEQUENCE_POWER - 1, depth),
            "" if node.update is None else self.expr(node.update, SEQUENCE_POWER - 1, depth),
        ]
        return f"{self.g.word('for')} ({f'{self.stop} '.join(parts)}) {self.body(node.body, depth)}"

    def count(self, node: n.For, depth: int) -> str:
        assert isinstance(node.first, n.Declare) and node.first.value is not None and isinstance(node.test, n.Binary)
        first, last = (self.expr(x, ASSIGN_POWER, depth) for x in (node.first.value, node.test.right))
        words = self.g.word
        return f"{words('count')} {node.first.name} {words('from')} {first} {words('to')} {last} {self.body(node.body, depth)}"

    def _forof(self, node: n.ForOf, depth: int) -> str:
        word = self.g.word(node.word) + " " if node.word else ""
        between = "in" if node.keys else self.g.word("of")
        head = f"{word}{self.target(node, depth)} {between} {self.expr(node.items, ASSIGN_POWER - 1, depth)}"
        return f"{self.g.word('for')} {'await ' if node.waits else ''}({head}) {self.body(node.body, depth)}"

    def _return(self, node: n.Return, depth: int) -> str:
        value = "" if node.value is None else " " + self.expr(node.value, SEQUENCE_POWER - 1, depth)
        return self.g.word("return") + value + self.stop

    def _jump(self, node: n.Jump, depth: int) -> str:
        return self.g.word(node.word) + (" " + node.label if node.label else "") + self.stop

    def _label(self, node: n.Label, depth: int) -> str:
        return f"{node.name}: {self.statement(node.body, depth).lstrip()}"

    def _switch(self, node: n.Switch, depth: int) -> str:
        opening, closing = self.g.blocks
        lines = [f"switch ({self.expr(node.value, SEQUENCE_POWER - 1, depth)}) {opening}"]
        for case in node.cases:
            test = "default" if case.test is None else f"case {self.expr(case.test, SEQUENCE_POWER - 1, depth)}"
            lines.append(f"{'  ' * (depth + 1)}{test}:")
            lines += [self.statement(statement, depth + 2) for statement in case.body]
        return "\n".join([*lines, f"{'  ' * depth}{closing}"])

    def _throw(self, node: n.Throw, depth: int) -> str:
        return f"{self.g.word('throw')} {self.expr(node.value, ASSIGN_POWER, depth)}{self.stop}"

    def _try(self, node: n.Try, depth: int) -> str:
        text = f"{self.g.word('try')} {self.body(node.body, depth)}"
        if node.handler is not None:
            name = self.target(node, depth)
            text += f" {self.g.word('catch')}{f' ({name})' if name else ''} {self.body(node.handler, depth)}"
        return text if node.final is None else f"{text} finally {self.body(node.final, depth)}"

    # -- expressions

    def expr(self, node: n.Expr, around: int, depth: int) -> str:
        """The text of an expression inside one that binds with power ``around``."""
        text, power = self.powered(node, depth)
        return f"({text})" if power <= around else text

    def powered(self, node: n.Expr, depth: int) -> tuple[str, int]:
        """The text of an expression and how tightly it binds."""
        if isinstance(node, n.Binary):
            power = POWER[node.op]
            right = self.expr(node.right, power - 1 if node.op == "**" else power, depth)
            left = self.expr(node.left, power if node.op == "**" else power - 1, depth)
            return f"{left} {self.g.mark(node.op)} {right}", power
        if isinstance(node, n.Unary):
            mark = self.g.word(node.op) if node.op.isalpha() else self.g.mark(node.op)
            space = " " if mark[-1].isalpha() or (isinstance(node.value, (n.Unary, n.Update)) and node.op in "+-") else ""
            return mark + space + self.expr(node.value, UNARY - 1, depth), UNARY
        if isinstance(node, n.Update):
            inner = self.expr(node.target, ATOM - 1, depth)
            return (node.op + inner if node.prefix else inner + node.op), UNARY
        if isinstance(node, n.Assign):
            return (
                f"{self.expr(node.target, ATOM - 1, depth)} {self.g.mark(node.op)} {self.expr(node.value, ASSIGN_POWER - 1, depth)}",
                ASSIGN_POWER,
            )
        if isinstance(node, n.Cond):
            parts = (
                self.expr(node.test, COND_POWER, depth),
                self.expr(node.then, ASSIGN_POWER, depth),
                self.expr(node.other, -1, depth),
            )
            return f"{parts[0]} {self.g.mark('?')} {parts[1]} {self.g.mark(':')} {parts[2]}", COND_POWER
        if isinstance(node, n.Func):
            return self.arrow(node, depth) if node.arrow else (self.function(node, depth), ASSIGN_POWER)
        if isinstance(node, n.Sequence):
            return ", ".join(self.expr(item, ASSIGN_POWER - 1, depth) for item in node.items), SEQUENCE_POWER
        if isinstance(node, n.Yield):
            value = "" if node.value is None else " " + self.expr(node.value, ASSIGN_POWER - 1, depth)
            return f"yield{self.star if node.each else ''}{value}", ASSIGN_POWER
        if isinstance(node, n.Call):
            return self.call(node, depth)
        return self.atom(node, depth), ATOM

    def arrow(self, node: n.Func, depth: int) -> tuple[str, int]:
        params = self.params(node, depth)
        if isinstance(node.body, n.Block):
            body = self.body(node.body, depth)
        else:
            body = self.expr(node.body, ASSIGN_POWER - 1, depth)
            body = f"({body})" if body.startswith(("{", self.g.blocks[0])) else body
        return f"{'async ' if node.asynchronous else ''}({params}) {self.g.mark('=>')} {body}", ASSIGN_POWER

    def call(self, node: n.Call, depth: int) -> tuple[str, int]:
        if self.is_piped(node):
            value = self.expr(node.arguments[0], -1, depth)
            return f"{value} {self.g.mark(PIPE)} {self.expr(node.callee, ATOM - 1, depth)}", -1
        arguments = ", ".join(self.expr(x, ASSIGN_POWER - 1, depth) for x in node.arguments)
        new = self.g.word("new") + " " if node.new else ""
        callee = self.expr(node.callee, ATOM - 1, depth)
        if node.new and not isinstance(node.callee, (n.Name, n.Member)):
            callee = f"({callee})"
        return f"{new}{callee}{'?.' if node.optional else ''}({arguments})", ATOM

    def is_piped(self, node: n.Call) -> bool:
        if "pipeline" not in self.g.sugar or node.new or len(node.arguments) != 1:
            return False
        inner = node.arguments[0]
        plain = isinstance(node.callee, n.Name) or n.is_print(node.callee)
        return plain and isinstance(inner, n.Call) and not inner.new

    def atom(self, node: n.Expr, depth: int) -> str:
        if isinstance(node, n.Num):
            return self.number(node.text)
        if isinstance(node, n.Str):
            return self.string(node.value)
        if isinstance(node, n.Const):
            return self.g.word(node.name)
        if isinstance(node, n.Name):
            return node.id
        if isinstance(node, n.Array):
            hole = "," if node.items and isinstance(node.items[-1], n.Hole) else ""
            return f"{self.g.array[0]}{', '.join(self.expr(x, ASSIGN_POWER - 1, depth) for x in node.items)}{hole}{self.g.array[1]}"
        if isinstance(node, n.Hole):
            return ""
        if isinstance(node, n.Template):
            return self.template(node, depth)
        if isinstance(node, n.Regex):
            return node.text
        if isinstance(node, n.Class):
            return self.class_text(node, depth)
        if isinstance(node, n.Object):
            return self.record(node, depth)
        if isinstance(node, n.Spread):
            return "..." + self.expr(node.value, ASSIGN_POWER, depth)
        if isinstance(node, n.Member):
            if n.is_print(node) and "print" in self.g.words:
                return self.g.words["print"]
            value = self.expr(node.value, ATOM - 1, depth)
            value = f"({value})" if isinstance(node.value, n.Num) else value
            return f"{value}{'?.' if node.optional else self.g.mark('.')}{node.name}"
        assert isinstance(node, n.Index), node
        dot = "?." if node.optional else ""
        return f"{self.expr(node.value, ATOM - 1, depth)}{dot}{self.g.index_open}{self.expr(node.key, ASSIGN_POWER, depth)}]"

    def record(self, node: n.Object, depth: int) -> str:
        mark = self.g.pair_mark if self.g.pair_mark == ":" else f" {self.g.pair_mark}"
        pairs = []
        for key, value in node.pairs:
            if key == "":
                pairs.append(self.expr(value, ASSIGN_POWER - 1, depth))
            elif isinstance(value, n.Method):
                pairs.append(self.method(key, value, depth))
            elif isinstance(value, n.Assign) and value.target == n.Name(key):
                pairs.append(self.expr(value, ASSIGN_POWER - 1, depth))
            elif isinstance(value, n.Name) and value.id == key:
                pairs.append(key)
            else:
                pairs.append(f"{self.key(key, depth)}{mark} {self.expr(value, ASSIGN_POWER - 1, depth)}")
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"

    def template(self, node: n.Template, depth: int) -> str:
        quote = self.g.template
        text = _quoted(node.raws[0], quote)
        for value, raw in zip(node.values, node.raws[1:]):
            text += f"${{{self.expr(value, SEQUENCE_POWER - 1, depth)}}}{_quoted(raw, quote)}"
        return f"{'' if node.tag is None else self.expr(node.tag, ATOM - 1, depth)}{quote}{text}{quote}"

    def number(self, text: str) -> str:
        if not self.g.digit_mark or not text[-1].isdigit() or not text.replace(".", "", 1).isdigit():
            return text
        whole, dot, fraction = text.partition(".")
        return group_digits(whole, self.g.digit_mark) + dot + fraction

    def string(self, value: str) -> str:
        quote = self.g.quote or '"'
        escaped = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
        if self.g.quote:
            escaped = escaped.replace("${", "\\${")
        return quote + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + quote


def _quoted(raw: str, quote: str) -> str:
    """A piece of a template as it stands between the dialect's own quotes."""
    return raw if quote == "`" else raw.replace("\\`", "`").replace(quote, "\\" + quote)
