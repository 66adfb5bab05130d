"""TypeScript, read with its types skipped; what they say of a line is compared with its value."""

from __future__ import annotations

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.inference import type_of
from clgym.envs.dialect.lexer import SourceError, tokens
from clgym.envs.dialect.parser import Parser


class TypeScriptParser(Parser):
    """Skips ``: type`` after names, parameters and parameter lists; keeps the last one."""

    type_ = ""
    """The last type that was skipped."""

    def annotation(self) -> None:
        if not self.take_op(":"):
            return
        start = self.place
        self.skip_type()
        self.type_ = " ".join(token.text for token in self.tokens[start : self.place])

    def skip_type(self) -> None:
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


_PLAIN = frozenset({"number", "string", "boolean"})


def read_typescript(text: str) -> n.Program:
    """One statement of TypeScript (or plain JavaScript). Raises :class:`SourceError`."""
    parser = TypeScriptParser(JAVASCRIPT, tokens(JAVASCRIPT, text))
    statement = parser.statement()
    if parser.token.kind != "eof":
        raise SourceError("several", parser.token.at)
    if isinstance(statement, n.Declare) and parser.type_:
        found = type_of(statement.value, {}) if statement.value is not None else "any"
        if parser.type_ in _PLAIN and found in _PLAIN and parser.type_ != found:
            raise SourceError("bad type", statement.at, text=parser.type_)
    return n.Program([statement])


def parse_typescript(text: str) -> n.Program:
    """The tree of a program without its types. Raises :class:`SourceError`."""
    return TypeScriptParser(JAVASCRIPT, tokens(JAVASCRIPT, text)).program()
