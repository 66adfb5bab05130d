"""Reading TypeScript of the subset: JavaScript whose names may carry types, which are skipped."""

from __future__ import annotations

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import JAVASCRIPT
from clgym.envs.dialect.lexer import SourceError, tokens
from clgym.envs.dialect.parser import Parser


class TypeScriptParser(Parser):
    """Skips ``: type`` after names, parameters and parameter lists."""

    def annotation(self) -> None:
        if not self.take_op(":"):
            return
        depth = 0
        while self.token.kind != "eof":
            value = self.token.value
            if self.token.kind == "op":
                if depth == 0 and value in ("=", ",", ")", ";", "{", "=>"):
                    return
                depth += (value in ("(", "[", "<")) - (value in (")", "]", ">"))
            self.advance()

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
