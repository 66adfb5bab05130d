"""A dialect's syntax tree to JavaScript that counts its steps, and the way back from its lines to the source.

What plain JavaScript can't say (indexes from 1, deep equality, other truths) goes through small helpers, of which
only those that a program needs are put behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.check import check, made_names
from clgym.envs.dialect.expressions import POWER
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.library import Entry, used
from clgym.envs.dialect.parser import parse

#: Operators whose result is a truth value, whatever the operands.
_EQUALITIES = frozenset({"===", "!==", "==", "!="})
_TRUTHS = _EQUALITIES | {"<", "<=", ">", ">=", "in", "instanceof"}
_HELPER = re.compile(r"^function (__\w+)\(.*?^}\n", re.MULTILINE | re.DOTALL)
#: Chains such as a + b + c nest too; the deepest reference has 17 levels, and what follows the parser recurses.
MAX_NESTING = 120
_MARK = re.compile("\x01(\\d+)\x02")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
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
        """Each begins with a mark of its place, for those inside an expression too."""
        self.needed: set[str] = set()
        self.library: Sequence[Entry] = ()
        self.kinds: list[str] = []
        self.moves_index = not grammar.semantics.isdisjoint({"one_based", "from_end"})
        self.other_truth = not grammar.semantics.isdisjoint({"truthy_zero", "empty_false"})

    def compile(self, tree: n.Program) -> Compiled:
        own = made_names(tree)
        calls = " ".join(node.id for node in n.walk(tree) if isinstance(node, n.Name) and node.id not in own)
        self.library = used(self.g.library, calls)
        for statement in tree.body:
            self.statement(statement)
        lines, offsets, at = [], [], 0
        for line in "\n".join(self.lines).split("\n"):
            marked = _MARK.match(line)
            if marked:
                at = int(marked[1])
            lines.append(line[marked.end() :] if marked else line)
            offsets.append(at)
        return Compiled("\n".join(lines + self.helpers()), tuple(offsets))

    def helpers(self) -> list[str]:
        """The source of the helpers that the program needs, and of those that they need."""
        known, pending, needed = _helpers(), list(self.needed), set(self.needed)
        while pending:
            for other in set(_PRIVATE_NAME.findall(known[pending.pop()])) & set(known) - needed:
                needed.add(other)
                pending.append(other)
        text = "".join(source for name, source in known.items() if name in needed)
        text += "".join(entry.javascript(entry.name) + "\n" for entry in self.library)
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
        self.lines.append(f"\x01{at}\x02{text}")

    def statement(self, node: n.Stmt) -> None:
        getattr(self, "_" + type(node).__name__.lower())(node)

    def inside(self, node: n.Stmt, head: str = "") -> None:
        """The statements of a body, after its braces were opened."""
        if head:
            self.line(head, node.at)
        for statement in node.body if isinstance(node, n.Block) else [node]:
            self.statement(statement)

    def _declare(self, node: n.Declare) -> None:
        self.line(f"{node.word} {self.declarator(node)};", node.at)

    def declarator(self, node: n.Declare) -> str:
        value = "" if node.value is None else f" = {self.expr(node.value)}"
        return self.target(node) + value

    def _several(self, node: n.Several) -> None:
        self.line(f"{node.items[0].word} {', '.join(map(self.declarator, node.items))};", node.at)

    def target(self, node: n.Declare | n.Param | n.ForOf | n.Try) -> str:
        """The name or the pattern that something is given to."""
        return node.name if node.pattern is None else self.pattern(node.pattern)

    def pattern(self, node: Any) -> str:
        if isinstance(node, n.Assign):
            return f"{self.pattern(node.target)} = {self.expr(node.value)}"
        if isinstance(node, n.Spread):
            return "..." + self.pattern(node.value)
        if isinstance(node, n.Array):
            return f"[{', '.join(map(self.pattern, node.items))}]"
        if isinstance(node, n.Object):
            return "{" + ", ".join(f"{self.key(key)}{self.pattern(value)}" for key, value in node.pairs) + "}"
        if isinstance(node, n.Index) and self.moves_index:
            return f"{self.need('__slot')}({self.expr(node.value)}, {self.expr(node.key)}).v"
        return self.expr(node)

    def key(self, key: Any) -> str:
        """An entry's key and what stands behind it; nothing for what is spread."""
        return "" if key == "" else f"[{json.dumps(key) if isinstance(key, str) else self.expr(key)}]: "

    def _empty(self, node: n.Empty) -> None:
        self.line(";", node.at)

    def _define(self, node: n.Define) -> None:
        self.line(self.function(node.function), node.function.at)

    def function(self, node: n.Func, head: str | None = None) -> str:
        """A function from its word, or from what stands in its place, to its closing brace."""
        if head is None:
            head = f"{'async ' if node.asynchronous else ''}function{'*' if node.generator else ''} {node.name}"
        kind = "" if node.generator or node.asynchronous else node.kind
        outer, self.lines = self.lines, []
        self.kinds.append(kind)
        self.inside(node.body)  # type: ignore[arg-type]
        self.kinds.pop()
        inner, self.lines = self.lines, outer
        if kind not in ("", "any", "nothing"):
            inner.append(f"\x01{node.at}\x02return {self.need('__kind')}({json.dumps(kind)}, undefined);")
        return "\n".join([f"{head}({self.params(node)}) {{ __step();", *inner, f"\x01{node.at}\x02}}"])

    def _defineclass(self, node: n.DefineClass) -> None:
        self.line(self.class_text(node.value), node.at)

    def class_text(self, node: n.Class) -> str:
        parent = "" if node.parent is None else f" extends {self.expr(node.parent)}"
        return "\n".join([f"class {node.name}{parent} {{", *map(self.member, node.members), f"\x01{node.at}\x02}}"])

    def member(self, node: n.ClassMember) -> str:
        static = "static " if node.static else ""
        if node.key is None:
            outer, self.lines = self.lines, []
            self.inside(node.value)
            inner, self.lines = self.lines, outer
            return "\n".join([f"\x01{node.at}\x02static {{ __step();", *inner, "}"])
        if isinstance(node.value, n.Method):
            return f"\x01{node.at}\x02{static}{self.method(node.key, node.value)}"
        value = "" if node.value is None else f" = {self.expr(node.value)}"
        return f"\x01{node.at}\x02{static}{self.member_key(node.key)}{value};"

    def method(self, key: Any, node: n.Method) -> str:
        head = "" if node.kind == "method" else node.kind + " "
        head += ("async " if node.function.asynchronous else "") + ("*" if node.function.generator else "")
        return self.function(node.function, head + self.member_key(key))

    def member_key(self, key: Any) -> str:
        if isinstance(key, str):
            return key if key.lstrip("#").isidentifier() else f"[{json.dumps(key)}]"
        return f"[{self.expr(key)}]"

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
        self.line("do { __step();" if node.after else f"while ({self.test(node.test)}) {{ __step();", node.at)
        self.inside(node.body)
        self.line(f"}} while ({self.test(node.test)});" if node.after else "}", node.at)

    def _for(self, node: n.For) -> None:
        first = ""
        if isinstance(node.first, n.Run):
            first = self.expr(node.first.value)
        elif isinstance(node.first, (n.Declare, n.Several)):
            items = node.first.items if isinstance(node.first, n.Several) else [node.first]
            first = f"{items[0].word} {', '.join(map(self.declarator, items))}"
        test = "" if node.test is None else self.test(node.test)
        update = "" if node.update is None else self.expr(node.update)
        self.line(f"for ({first}; {test}; {update}) {{ __step();", node.at)
        self.inside(node.body)
        self.line("}", node.at)

    def _forof(self, node: n.ForOf) -> None:
        head = f"{node.word} {self.target(node)} {'in' if node.keys else 'of'} {self.expr(node.items)}"
        self.line(f"for {'await ' if node.waits else ''}({head}) {{ __step();", node.at)
        self.inside(node.body)
        self.line("}", node.at)

    def _label(self, node: n.Label) -> None:
        self.line(f"{node.name}:", node.at)
        self.statement(node.body)

    def _switch(self, node: n.Switch) -> None:
        self.line(f"switch ({self.expr(node.value)}) {{", node.at)
        for case in node.cases:
            self.line("default:" if case.test is None else f"case {self.expr(case.test)}:", case.at)
            for statement in case.body:
                self.statement(statement)
        self.line("}", node.at)

    def _return(self, node: n.Return) -> None:
        kind = self.kinds[-1] if self.kinds else ""
        value = "" if node.value is None else self.expr(node.value)
        if kind not in ("", "any"):
            value = f"{self.need('__kind')}({json.dumps(kind)}, {value or 'undefined'})"
        self.line(f"return {value};", node.at)

    def _jump(self, node: n.Jump) -> None:
        self.line(f"{node.word} {node.label};", node.at)

    def _throw(self, node: n.Throw) -> None:
        self.line(f"throw {self.expr(node.value)};", node.at)

    def _try(self, node: n.Try) -> None:
        self.line("try {", node.at)
        self.inside(node.body)
        if node.handler is not None:
            name = self.target(node)
            self.line(f"}} catch {f'({name}) ' if name else ''}{{ __step();", node.handler.at)
            self.inside(node.handler)
        if node.final is not None:
            self.line("} finally { __step();", node.final.at)
            self.inside(node.final)
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
        hole = "," if node.items and isinstance(node.items[-1], n.Hole) else ""
        return f"[{', '.join(map(self.expr, node.items))}{hole}]"

    def _hole(self, node: n.Hole) -> str:
        return ""

    def _template(self, node: n.Template) -> str:
        text = _CONTROL.sub(_escaped, node.raws[0])
        for value, raw in zip(node.values, node.raws[1:]):
            text += f"${{{self.expr(value)}}}" + _CONTROL.sub(_escaped, raw)
        return f"{'' if node.tag is None else self.expr(node.tag)}`{text}`"

    def _regex(self, node: n.Regex) -> str:
        return _CONTROL.sub(_escaped, node.text)

    def _object(self, node: n.Object) -> str:
        return "({" + ", ".join(self.entry(key, value) for key, value in node.pairs) + "})"

    def entry(self, key: Any, value: Any) -> str:
        return self.method(key, value) if isinstance(value, n.Method) else self.key(key) + self.expr(value)

    def params(self, node: n.Func) -> str:
        return ", ".join(map(self.param, node.params))

    def param(self, node: n.Param) -> str:
        default = "" if node.default is None else f" = {self.expr(node.default)}"
        return ("..." if node.rest else "") + self.target(node) + default

    def _func(self, node: n.Func) -> str:
        if not node.arrow:
            return f"({self.function(node)})"
        head = "async " if node.asynchronous else ""
        if isinstance(node.body, n.Block):
            body = self.function(n.Func("", [], node.body, at=node.at), "").removeprefix("() ")
            return f"({head}({self.params(node)}) => {body})"
        return f"({head}({self.params(node)}) => (__step(), {self.expr(node.body)}))"

    def _class(self, node: n.Class) -> str:
        return f"({self.class_text(node)})"

    def _sequence(self, node: n.Sequence) -> str:
        return f"({', '.join(map(self.expr, node.items))})"

    def _yield(self, node: n.Yield) -> str:
        return f"(yield{'*' if node.each else ''} {'' if node.value is None else self.expr(node.value)})"

    def _call(self, node: n.Call) -> str:
        arguments = ", ".join(map(self.expr, node.arguments))
        if node.new:
            callee = self.expr(node.callee)
            return f"(new {callee if isinstance(node.callee, n.Name) else f'({callee})'}({arguments}))"
        if "join" in self.g.semantics and len(node.arguments) != 1 and n.is_print(node.callee):
            return f"{self.need('__print')}({arguments})"
        if "sort" in self.g.semantics and not node.arguments and isinstance(node.callee, n.Member) and node.callee.name == "sort":
            return f"{self.need('__sort')}({self.expr(node.callee.value)})"
        return f"{self.expr(node.callee)}{'?.' if node.optional else ''}({arguments})"

    def _member(self, node: n.Member) -> str:
        value = self.expr(node.value)
        value = f"({value})" if isinstance(node.value, n.Num) else value
        return f"{value}{'?.' if node.optional else '.'}{node.name}"

    def _index(self, node: n.Index) -> str:
        owner, key = self.expr(node.value), self.expr(node.key)
        dot = "?." if node.optional else ""
        if not self.moves_index or isinstance(node.key, n.Str):
            return f"{owner}{dot}[{key}]"
        if isinstance(node.value, n.Name) and node.value.id not in ("super", "this"):  # inline, so that an error has its line
            return f"{owner}{dot}[{self.need('__at')}({owner}, {key})]"
        return f"{self.need('__pick' if in_chain(node) else '__get')}({owner}, {key})"

    def _unary(self, node: n.Unary) -> str:
        if node.op == "!":
            return f"(!{self.test(node.value)})"
        if node.op == "delete" and isinstance(node.value, n.Index) and self.moves_index:
            owner = self.expr(node.value.value)
            return f"(delete {owner}[{self.need('__at')}({owner}, {self.expr(node.value.key)})])"
        return f"({node.op} {self.expr(node.value)})"

    def _binary(self, node: n.Binary) -> str:
        op = node.op
        if op in ("&&", "||"):
            return self.logic(node)
        left, right = self.expr(node.left), self.expr(node.right)
        if op in _EQUALITIES and "deep_equals" in self.g.semantics and not (is_plain(node.left) or is_plain(node.right)):
            return f"({'!' if op[0] == '!' else ''}{self.need('__same')}({left}, {right}, 0))"
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
        if isinstance(node.target, (n.Array, n.Object)):
            return f"({self.pattern(node.target)} = {value})"
        if node.op in ("&&=", "||=") and self.other_truth:
            target = self.pattern(node.target)
            return f"({self.need('__truth')}({target}) ? {f'({target} = {value}) : {target}' if node.op == '&&=' else f'{target} : ({target} = {value})'})"
        floors = node.op == "/=" and "floor_division" in self.g.semantics
        if isinstance(node.target, n.Index) and self.moves_index and not (isinstance(node.target.value, n.Name) and node.op == "="):
            owner, key = self.expr(node.target.value), self.expr(node.target.key)
            changed = value if node.op == "=" else f"Math.floor(__v / {value})" if floors else f"__v {node.op[:-1]} ({value})"
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


def _escaped(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"


def in_chain(node: n.Expr) -> bool:
    """Whether a value may be left out because something before it in the same chain is missing."""
    while isinstance(node, (n.Member, n.Index, n.Call)):
        if node.optional:
            return True
        node = node.callee if isinstance(node, n.Call) else node.value
    return False


def is_plain(node: n.Expr) -> bool:
    """A literal that is compared by value anyway."""
    return isinstance(node, (n.Num, n.Str, n.Const))
