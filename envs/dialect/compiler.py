"""A dialect's syntax tree to JavaScript that counts its steps, and the way back from its lines to the source.

What plain JavaScript can't say (indexes from 1, deep equality, other truths) goes through small helpers, of which
only those that a program needs are put behind it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.check import check
from clgym.envs.dialect.expressions import POWER
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.parser import parse

#: Operators whose result is a truth value, whatever the operands.
_TRUTHS = frozenset({"===", "!==", "<", "<=", ">", ">="})
_HELPER = re.compile(r"^function (__\w+)\(.*?^}\n", re.MULTILINE | re.DOTALL)
#: Chains such as a + b + c nest too; the deepest reference has 17 levels, and what follows the parser recurses.
MAX_NESTING = 120
_PRIVATE_NAME = re.compile(r"__\w+")


@lru_cache(maxsize=1)
def _helpers() -> dict[str, str]:
    """Name -> source of the helpers in prelude.js."""
    text = Path(__file__).with_name("prelude.js").read_text(encoding="utf-8")
    return {match[1]: match[0] for match in _HELPER.finditer(text)}


@dataclass(frozen=True)
class Compiled:
    """JavaScript and, for each of its lines, the offset in the dialect's source."""

    javascript: str
    offsets: tuple[int, ...]

    def offset(self, line: int) -> int | None:
        """Where line ``line`` (from 1) of the JavaScript comes from; ``None`` for the helpers' lines."""
        return self.offsets[line - 1] if 1 <= line <= len(self.offsets) else None


def compile_source(grammar: Grammar, source: str) -> tuple[n.Program, Compiled]:
    """Parse, check and compile a program. Raises :class:`~clgym.envs.dialect.lexer.SourceError`."""
    try:
        tree = parse(grammar, source)
    except RecursionError:  # how deep the caller's stack is must not show
        raise SourceError("deep", 0) from None
    if n.deeper_than(tree, MAX_NESTING):
        raise SourceError("deep", 0)
    check(grammar, tree)
    return tree, Compiler(grammar).compile(tree)


class Compiler:
    """Writes one program."""

    def __init__(self, grammar: Grammar):
        self.g = grammar
        self.lines: list[str] = []
        self.offsets: list[int] = []
        self.needed: set[str] = set()
        self.kinds: list[str] = []
        self.moves_index = not grammar.semantics.isdisjoint({"one_based", "from_end"})
        self.other_truth = not grammar.semantics.isdisjoint({"truthy_zero", "empty_false"})

    def compile(self, tree: n.Program) -> Compiled:
        for statement in tree.body:
            self.statement(statement)
        return Compiled("\n".join(self.lines + self.helpers()), tuple(self.offsets))

    def helpers(self) -> list[str]:
        """The source of the helpers that the program needs, and of those that they need."""
        known, pending, needed = _helpers(), list(self.needed), set(self.needed)
        while pending:
            for other in set(_PRIVATE_NAME.findall(known[pending.pop()])) & set(known) - needed:
                needed.add(other)
                pending.append(other)
        text = "".join(source for name, source in known.items() if name in needed)
        for key, value in (("$SHIFT$", self.shift()), ("$TRUTH$", self.truth()), ("$JOINER$", json.dumps(self.g.joiner))):
            text = text.replace(key, value)
        return [text] if text else []

    def shift(self) -> str:
        """Where index ``k`` of ``o`` lies in JavaScript."""
        forward = "k - 1" if "one_based" in self.g.semantics else "k"
        return f"k < 0 ? o.length + k : {forward}" if "from_end" in self.g.semantics else forward

    def truth(self) -> str:
        if "truthy_zero" in self.g.semantics:
            return "typeof v === 'number' || typeof v === 'string' || !!v"
        return "typeof v === 'object' && v ? Object.keys(v).length > 0 : !!v"

    def need(self, helper: str) -> str:
        self.needed.add(helper)
        return helper

    # -- statements

    def line(self, text: str, at: int) -> None:
        self.lines.append(text)
        self.offsets.append(at)

    def statement(self, node: n.Stmt) -> None:
        getattr(self, "_" + type(node).__name__.lower())(node)

    def inside(self, node: n.Stmt, head: str = "") -> None:
        """The statements of a body, after its braces were opened."""
        if head:
            self.line(head, node.at)
        for statement in node.body if isinstance(node, n.Block) else [node]:
            self.statement(statement)

    def _declare(self, node: n.Declare) -> None:
        value = "" if node.value is None else f" = {self.expr(node.value)}"
        self.line(f"{node.word} {node.name}{value};", node.at)

    def _define(self, node: n.Define) -> None:
        function = node.function
        self.line(f"function {function.name}({self.params(function)}) {{ __step();", function.at)
        self.kinds.append(function.kind)
        self.inside(function.body)  # type: ignore[arg-type]
        self.kinds.pop()
        if function.kind not in ("", "any", "nothing"):
            self.line(f"return {self.need('__kind')}({json.dumps(function.kind)}, undefined);", function.at)
        self.line("}", function.at)

    def _run(self, node: n.Run) -> None:
        self.line(f"({self.expr(node.value)});", node.at)

    def _block(self, node: n.Block) -> None:
        self.line("{", node.at)
        self.inside(node)
        self.line("}", node.at)

    def _if(self, node: n.If) -> None:
        self.line(f"if ({self.test(node.test)}) {{", node.at)
        self.inside(node.then)
        if node.other is not None:
            self.line("} else {", node.at)
            self.inside(node.other)
        self.line("}", node.at)

    def _while(self, node: n.While) -> None:
        self.line(f"while ({self.test(node.test)}) {{ __step();", node.at)
        self.inside(node.body)
        self.line("}", node.at)

    def _for(self, node: n.For) -> None:
        first = ""
        if isinstance(node.first, n.Declare):
            first = f"{node.first.word} {node.first.name}" + (
                "" if node.first.value is None else f" = {self.expr(node.first.value)}"
            )
        elif isinstance(node.first, n.Run):
            first = self.expr(node.first.value)
        test = "" if node.test is None else self.test(node.test)
        update = "" if node.update is None else self.expr(node.update)
        self.line(f"for ({first}; {test}; {update}) {{ __step();", node.at)
        self.inside(node.body)
        self.line("}", node.at)

    def _forof(self, node: n.ForOf) -> None:
        self.line(f"for ({node.word} {node.name} of {self.expr(node.items)}) {{ __step();", node.at)
        self.inside(node.body)
        self.line("}", node.at)

    def _return(self, node: n.Return) -> None:
        kind = self.kinds[-1] if self.kinds else ""
        value = "" if node.value is None else self.expr(node.value)
        if kind not in ("", "any"):
            value = f"{self.need('__kind')}({json.dumps(kind)}, {value or 'undefined'})"
        self.line(f"return {value};", node.at)

    def _jump(self, node: n.Jump) -> None:
        self.line(f"{node.word};", node.at)

    def _throw(self, node: n.Throw) -> None:
        self.line(f"throw {self.expr(node.value)};", node.at)

    def _try(self, node: n.Try) -> None:
        self.line("try {", node.at)
        self.inside(node.body)
        self.line(f"}} catch {f'({node.name}) ' if node.name else ''}{{ __step();", node.at)
        self.inside(node.handler)
        self.line("}", node.at)

    # -- expressions (every compound one in its own parentheses: the reader is an engine)

    def test(self, node: n.Expr) -> str:
        """A condition, by the dialect's idea of truth."""
        text = self.expr(node)
        return text if not self.other_truth or self.is_truth(node) else f"{self.need('__truth')}({text})"

    def is_truth(self, node: n.Expr) -> bool:
        """Whether an expression can only be true or false."""
        if isinstance(node, n.Binary):
            return node.op in _TRUTHS or (node.op in ("&&", "||") and self.is_truth(node.left) and self.is_truth(node.right))
        return (isinstance(node, n.Unary) and node.op == "!") or (isinstance(node, n.Const) and node.name in ("true", "false"))

    def expr(self, node: Any) -> str:
        text: str = getattr(self, "_" + type(node).__name__.lower())(node)
        return text

    def _num(self, node: n.Num) -> str:
        return node.text

    def _str(self, node: n.Str) -> str:
        return json.dumps(node.value)

    def _const(self, node: n.Const) -> str:
        return node.name

    def _name(self, node: n.Name) -> str:
        return node.id

    def _spread(self, node: n.Spread) -> str:
        return f"...{self.expr(node.value)}"

    def _array(self, node: n.Array) -> str:
        return f"[{', '.join(map(self.expr, node.items))}]"

    def _object(self, node: n.Object) -> str:
        return "({" + ", ".join(f"[{json.dumps(key)}]: {self.expr(value)}" for key, value in node.pairs) + "})"

    def params(self, node: n.Func) -> str:
        return ", ".join(("..." if param.rest else "") + param.name for param in node.params)

    def _func(self, node: n.Func) -> str:
        head = f"({self.params(node)}) => " if node.arrow else f"function {node.name}({self.params(node)}) "
        if not isinstance(node.body, n.Block):
            return f"({head}(__step(), {self.expr(node.body)}))"
        lines, offsets = self.lines, self.offsets
        self.lines, self.offsets = [], []
        self.kinds.append(node.kind)
        self.inside(node.body)
        self.kinds.pop()
        inner = " ".join(self.lines)
        self.lines, self.offsets = lines, offsets
        return f"({head}{{ __step(); {inner} }})"

    def _call(self, node: n.Call) -> str:
        arguments = ", ".join(map(self.expr, node.arguments))
        if node.new:
            return f"(new {self.expr(node.callee)}({arguments}))"
        if "join" in self.g.semantics and len(node.arguments) != 1 and n.is_print(node.callee):
            return f"{self.need('__print')}({arguments})"
        if "sort" in self.g.semantics and not node.arguments and isinstance(node.callee, n.Member) and node.callee.name == "sort":
            return f"{self.need('__sort')}({self.expr(node.callee.value)})"
        return f"{self.expr(node.callee)}({arguments})"

    def _member(self, node: n.Member) -> str:
        value = self.expr(node.value)
        return f"({value}).{node.name}" if isinstance(node.value, n.Num) else f"{value}.{node.name}"

    def _index(self, node: n.Index) -> str:
        owner, key = self.expr(node.value), self.expr(node.key)
        if not self.moves_index or isinstance(node.key, n.Str):
            return f"{owner}[{key}]"
        if isinstance(node.value, n.Name):  # inline, so that an error has its line
            return f"{owner}[{self.need('__at')}({owner}, {key})]"
        return f"{self.need('__get')}({owner}, {key})"

    def _unary(self, node: n.Unary) -> str:
        if node.op == "!":
            return f"(!{self.test(node.value)})"
        return f"({node.op} {self.expr(node.value)})"

    def _binary(self, node: n.Binary) -> str:
        op = node.op
        if op in ("&&", "||"):
            return self.logic(node)
        left, right = self.expr(node.left), self.expr(node.right)
        if op in ("===", "!==") and "deep_equals" in self.g.semantics and not (is_plain(node.left) or is_plain(node.right)):
            return f"({'!' if op == '!==' else ''}{self.need('__same')}({left}, {right}, 0))"
        if op == "/" and "floor_division" in self.g.semantics:
            return f"Math.floor({left} / {right})"
        assert op in POWER, op
        return f"({left} {'/' if op == 'over' else op} {right})"

    def logic(self, node: n.Binary) -> str:
        left, right = self.expr(node.left), self.expr(node.right)
        if not self.other_truth or self.is_truth(node.left):
            return f"({left} {node.op} {right})"
        helper = self.need("__and" if node.op == "&&" else "__or")
        return f"{helper}({left}, () => {right})"

    def _cond(self, node: n.Cond) -> str:
        return f"({self.test(node.test)} ? {self.expr(node.then)} : {self.expr(node.other)})"

    def _assign(self, node: n.Assign) -> str:
        value = self.expr(node.value)
        floors = node.op == "/=" and "floor_division" in self.g.semantics
        if isinstance(node.target, n.Index) and self.moves_index and not (isinstance(node.target.value, n.Name) and node.op == "="):
            owner, key = self.expr(node.target.value), self.expr(node.target.key)
            changed = value if node.op == "=" else f"Math.floor(__v / {value})" if floors else f"__v {node.op[:-1]} {value}"
            return f"{self.need('__set')}({owner}, {key}, (__v) => ({changed}))"
        target = self.expr(node.target)
        if floors:
            return f"({target} = Math.floor({target} / {value}))"
        return f"({target} {node.op} {value})"

    def _update(self, node: n.Update) -> str:
        if isinstance(node.target, n.Index) and self.moves_index:
            step = self._assign(n.Assign(node.op[0] + "=", node.target, n.Num("1"), node.at))
            return step if node.prefix else f"({step} {'-' if node.op == '++' else '+'} 1)"
        target = self.expr(node.target)
        return f"({node.op}{target})" if node.prefix else f"({target}{node.op})"


def is_plain(node: n.Expr) -> bool:
    """A literal that is compared by value anyway."""
    return isinstance(node, (n.Num, n.Str, n.Const))
