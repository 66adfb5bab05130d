"""TypeScript of the subset: read with its types skipped, written with the types that a task states."""

from __future__ import annotations

from collections.abc import Mapping

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.lexer import SourceError, tokens
from clgym.envs.dialect.parser import Parser
from clgym.envs.dialect.printer import Printer


class TypeScriptParser(Parser):
    """Skips ``: type`` after names, parameters and parameter lists."""

    def annotation(self) -> None:
        if not self.take_op(":"):
            return
        depth = 0
        if self.is_op("{"):
            self.skip_braces()
        while self.token.kind != "eof":
            value = self.token.value
            if self.token.kind == "op":
                if depth == 0 and value in ("=", ",", ")", ";", "{", "=>"):
                    return
                depth += (value in ("(", "[", "<")) - (value in (")", "]", ">"))
            self.advance()

    def skip_braces(self) -> None:
        """The type of an object, from its opening brace to the closing one."""
        depth = 0
        while self.token.kind != "eof":
            depth += self.is_op("{") - self.is_op("}")
            self.advance()
            if depth == 0:
                return

    def kind(self) -> str:
        self.annotation()
        return ""


def read_typescript(text: str) -> n.Program:
    """One statement of TypeScript (or plain JavaScript). Raises :class:`SourceError`."""
    parser = TypeScriptParser(JAVASCRIPT, tokens(JAVASCRIPT, text))
    statement = parser.statement()
    if parser.token.kind != "eof":
        raise SourceError("several", parser.token.at)
    return n.Program([statement])


def parse_typescript(text: str) -> n.Program:
    """The tree of a program without its types. Raises :class:`SourceError`."""
    return TypeScriptParser(JAVASCRIPT, tokens(JAVASCRIPT, text)).program()


class TypeScriptPrinter(Printer):
    """Writes plain JavaScript with the types of the functions it is told about."""

    def __init__(self, signatures: Mapping[str, str]):
        super().__init__(JAVASCRIPT)
        self.signatures = signatures

    def function(self, node: n.Func, depth: int, head: str | None = None) -> str:
        if node.name + "()" not in self.signatures:
            return super().function(node, depth, head)
        assert isinstance(node.body, n.Block)
        params = ", ".join(f"{param.name}: {self.signatures[f'{node.name}({param.name})']}" for param in node.params)
        return f"function {node.name}({params}): {self.signatures[node.name + '()']} {self.body(node.body, depth)}"


def show_typescript(tree: n.Program, signatures: Mapping[str, str]) -> str:
    """The program in TypeScript. ``signatures``: ``f()`` -> result type, ``f(x)`` -> type of parameter x."""
    printer = TypeScriptPrinter(signatures)
    return "\n".join(printer.statement(statement, 0) for statement in tree.body)
