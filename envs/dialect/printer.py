"""Syntax tree to source text in any dialect. Meaning is :mod:`clgym.envs.dialect.translate`'s business."""

from __future__ import annotations

import re

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.expressions import PIPE, POWER, UNARY
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import group_digits
from clgym.envs.dialect.parser import is_guard

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_NEGATED = {"===": "!==", "!==": "===", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
#: Binding powers around those of the binary operators.
ASSIGN_POWER, COND_POWER, ATOM = -2, 0, 9


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

    def declaration(self, node: n.Declare, depth: int) -> str:
        word = node.word
        if word == "let" and node.mutable and "immutable" in self.g.semantics:
            word = "mutable"
        head = f"{self.g.word(word)} {node.name}"
        return head if node.value is None else f"{head} {self.g.mark('=')} {self.expr(node.value, ASSIGN_POWER, depth)}"

    def _define(self, node: n.Define, depth: int) -> str:
        head = f"{self.g.comment} {node.note}\n{'  ' * depth}" if node.note else ""
        return head + self.function(node.function, depth)

    def function(self, node: n.Func, depth: int) -> str:
        assert isinstance(node.body, n.Block)
        params = ", ".join(("..." if p.rest else "") + p.name for p in node.params)
        name = f" {node.name}" if node.name else " " if not node.name else ""
        kind = f" {self.g.mark('kind')} {node.kind}" if node.kind else ""
        return f"{self.g.word('function')}{name}({params}){kind} {self.body(node.body, depth)}"

    def _run(self, node: n.Run, depth: int) -> str:
        return self.expr(node.value, ASSIGN_POWER - 1, depth) + self.stop

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
        return f"{self.g.word(word)} ({self.expr(test, ASSIGN_POWER, depth)}) {self.body(node.body, depth)}"

    def _for(self, node: n.For, depth: int) -> str:
        if "count" in self.g.sugar:
            return self.count(node, depth)
        parts = [
            "" if node.first is None else self.statement(node.first, 0)[: -len(self.stop)],
            "" if node.test is None else self.expr(node.test, ASSIGN_POWER, depth),
            "" if node.update is None else self.expr(node.update, ASSIGN_POWER - 1, depth),
        ]
        return f"{self.g.word('for')} ({f'{self.stop} '.join(parts)}) {self.body(node.body, depth)}"

    def count(self, node: n.For, depth: int) -> str:
        assert isinstance(node.first, n.Declare) and node.first.value is not None and isinstance(node.test, n.Binary)
        first, last = (self.expr(x, ASSIGN_POWER, depth) for x in (node.first.value, node.test.right))
        words = self.g.word
        return f"{words('count')} {node.first.name} {words('from')} {first} {words('to')} {last} {self.body(node.body, depth)}"

    def _forof(self, node: n.ForOf, depth: int) -> str:
        head = f"{self.g.word(node.word)} {node.name} {self.g.word('of')} {self.expr(node.items, ASSIGN_POWER, depth)}"
        return f"{self.g.word('for')} ({head}) {self.body(node.body, depth)}"

    def _return(self, node: n.Return, depth: int) -> str:
        value = "" if node.value is None else " " + self.expr(node.value, ASSIGN_POWER, depth)
        return self.g.word("return") + value + self.stop

    def _jump(self, node: n.Jump, depth: int) -> str:
        return self.g.word(node.word) + self.stop

    def _throw(self, node: n.Throw, depth: int) -> str:
        return f"{self.g.word('throw')} {self.expr(node.value, ASSIGN_POWER, depth)}{self.stop}"

    def _try(self, node: n.Try, depth: int) -> str:
        name = f" ({node.name})" if node.name else ""
        catch = f"{self.g.word('catch')}{name} {self.body(node.handler, depth)}"
        return f"{self.g.word('try')} {self.body(node.body, depth)} {catch}"

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
            mark = self.g.word("typeof") if node.op == "typeof" else self.g.mark(node.op)
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
        if isinstance(node, n.Call):
            return self.call(node, depth)
        return self.atom(node, depth), ATOM

    def arrow(self, node: n.Func, depth: int) -> tuple[str, int]:
        params = ", ".join(("..." if p.rest else "") + p.name for p in node.params)
        if isinstance(node.body, n.Block):
            body = self.body(node.body, depth)
        else:
            body = self.expr(node.body, ASSIGN_POWER, depth)
            body = f"({body})" if body.startswith(("{", self.g.blocks[0])) else body
        return f"({params}) {self.g.mark('=>')} {body}", ASSIGN_POWER

    def call(self, node: n.Call, depth: int) -> tuple[str, int]:
        if self.is_piped(node):
            value = self.expr(node.arguments[0], -1, depth)
            return f"{value} {self.g.mark(PIPE)} {self.expr(node.callee, ATOM - 1, depth)}", -1
        arguments = ", ".join(self.expr(x, ASSIGN_POWER - 1, depth) for x in node.arguments)
        new = self.g.word("new") + " " if node.new else ""
        return f"{new}{self.expr(node.callee, ATOM - 1, depth)}({arguments})", ATOM

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
            return f"{self.g.array[0]}{', '.join(self.expr(x, ASSIGN_POWER - 1, depth) for x in node.items)}{self.g.array[1]}"
        if isinstance(node, n.Object):
            return self.record(node, depth)
        if isinstance(node, n.Spread):
            return "..." + self.expr(node.value, ASSIGN_POWER, depth)
        if isinstance(node, n.Member):
            if n.is_print(node) and "print" in self.g.words:
                return self.g.words["print"]
            value = self.expr(node.value, ATOM - 1, depth)
            value = f"({value})" if isinstance(node.value, n.Num) else value
            return f"{value}{self.g.mark('.')}{node.name}"
        assert isinstance(node, n.Index), node
        return f"{self.expr(node.value, ATOM - 1, depth)}{self.g.index_open}{self.expr(node.key, ASSIGN_POWER, depth)}]"

    def record(self, node: n.Object, depth: int) -> str:
        mark = self.g.pair_mark if self.g.pair_mark == ":" else f" {self.g.pair_mark}"
        pairs = []
        for key, value in node.pairs:
            plain = _IDENTIFIER.fullmatch(key) and key not in self.g.keyword_of and key not in self.g.operator_of
            pairs.append(f"{key if plain else self.string(key)}{mark} {self.expr(value, ASSIGN_POWER - 1, depth)}")
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"

    def number(self, text: str) -> str:
        if not self.g.digit_mark:
            return text
        whole, dot, fraction = text.partition(".")
        return group_digits(whole, self.g.digit_mark) + dot + fraction

    def string(self, value: str) -> str:
        quote = self.g.quote or '"'
        escaped = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
        return quote + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + quote
