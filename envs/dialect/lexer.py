"""Source text to tokens, for any dialect."""

from __future__ import annotations

from typing import NamedTuple

from clgym.envs.dialect.grammar import KEYWORDS, OPERATORS, Grammar

_KEYWORDS, _OPERATORS = frozenset(KEYWORDS), frozenset(OPERATORS)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b"}


class SourceError(Exception):
    """What a compiler complains about: a kind of mistake, where it is, and the words it quotes."""

    def __init__(self, kind: str, at: int, **details: str):
        super().__init__(kind, at, details)
        self.kind, self.at, self.details = kind, at, details


class Token(NamedTuple):
    """``kind`` is num, str, name, word, op or eof; ``value`` is canonical, ``text`` as written."""

    kind: str
    value: str
    text: str
    at: int
    line_before: bool
    """Whether a line break stands before it."""
    note: str
    """The comment before it."""


def tokens(grammar: Grammar, source: str) -> list[Token]:
    """All tokens and a final ``eof``. Raises :class:`SourceError`."""
    tokens: list[Token] = []
    add, symbol_of, keyword_of = tokens.append, symbols(grammar), grammar.keyword_of
    line, note = False, ""
    for match in grammar.scanner.finditer(source):
        kind, text, at = match.lastgroup, match.group(), match.start()
        if kind == "space":
            if text.startswith(grammar.comment):
                note = text[len(grammar.comment) :].strip()
            else:
                line = line or "\n" in text
            continue
        if kind == "name":
            token = _named(grammar, text, at, line, note, symbol_of, keyword_of)
        elif kind == "op":
            token = Token("op", _symbol(grammar, text, at, symbol_of), text, at, line, note)
        elif kind == "num":
            token = Token("num", _number(grammar, text, at), text, at, line, note)
        elif kind == "str":
            token = Token("str", unescape(text[1:-1]), text, at, line, note)
        elif kind == "open":
            raise SourceError("unclosed", at, text=text)
        else:
            raise SourceError("character", at, text=text)
        add(token)
        line, note = False, ""
    add(Token("eof", "", "", len(source), line, note))
    return tokens


def symbols(grammar: Grammar) -> dict[str, str]:
    """Spelling -> what it is called in the parser."""
    table = dict(grammar.operator_of)
    for spelled, plain, value in (
        (grammar.blocks[0], "{", "begin"),
        (grammar.blocks[1], "}", "end"),
        (grammar.index_open, "[", "index"),
        (grammar.array[0], "[", "array"),
        (grammar.array[1], "]", "array end"),
        (grammar.pair_mark, ":", "pair"),
    ):
        if spelled != plain:
            table[spelled] = value
    table.setdefault(grammar.pair_mark, "pair")
    if grammar.terminator:
        table.setdefault(grammar.terminator, ";")
        if grammar.terminator != ";":
            table.pop(";", None)
    return table


def _named(
    grammar: Grammar, text: str, at: int, line: bool, note: str, symbol_of: dict[str, str], keyword_of: dict[str, str]
) -> Token:
    if text in keyword_of:
        return Token("word", keyword_of[text], text, at, line, note)
    if text in symbol_of:
        return Token("op", symbol_of[text], text, at, line, note)
    if text in _KEYWORDS or (text == "console" and "print" in grammar.words):
        raise SourceError("retired word", at, text=text)
    return Token("name", text, text, at, line, note)


def _symbol(grammar: Grammar, text: str, at: int, symbol_of: dict[str, str]) -> str:
    value = symbol_of.get(text)
    if value is None:
        raise SourceError("retired mark" if text in _OPERATORS else "character", at, text=text)
    return value


def _number(grammar: Grammar, text: str, at: int) -> str:
    whole, _, fraction = text.partition(".")
    digits = whole.replace(grammar.digit_mark or "_", "")
    if grammar.digit_mark and whole != group_digits(digits, grammar.digit_mark):
        raise SourceError("digits", at, text=text)
    if not digits or len(text) > 40:
        raise SourceError("number", at, text=text[:40])
    return canonical_number(digits + ("." + fraction if fraction else ""))


def canonical_number(text: str) -> str:
    """The shortest decimal spelling: ``007.50`` is ``7.5``."""
    whole, _, fraction = text.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def group_digits(digits: str, mark: str) -> str:
    """``1234567`` as ``1'234'567``."""
    head = len(digits) % 3
    groups = ([digits[:head]] if head else []) + [digits[i : i + 3] for i in range(head, len(digits), 3)]
    return mark.join(groups)


def unescape(text: str) -> str:
    """The value of the inside of a string literal."""
    if "\\" not in text:
        return text
    out, i = [], 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            i += 1
            out.append(_ESCAPES.get(text[i], text[i]))
        else:
            out.append(char)
        i += 1
    return "".join(out)
