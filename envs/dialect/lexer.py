"""Source text to tokens, for any dialect."""

from __future__ import annotations

import re
from typing import NamedTuple

from clgym.envs.dialect.grammar import OPERATORS, Grammar

_OPERATORS = frozenset(OPERATORS)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "v": "\v", "\n": ""}


class SourceError(Exception):
    """What a compiler complains about: a kind of mistake, where it is, and the words it quotes."""

    def __init__(self, kind: str, at: int, **details: str):
        super().__init__(kind, at, details)
        self.kind, self.at, self.details = kind, at, details


class Template(NamedTuple):
    """The inside of a template literal: what stands around the filled-in expressions, and the tokens of each of these."""

    raws: tuple[str, ...]
    """As JavaScript writes them between backquotes."""
    inner: tuple[list[Token], ...]


class Token(NamedTuple):
    """``kind`` is num, str, template, regex, name, word, op or eof; ``value`` is canonical, ``text`` as written."""

    kind: str
    value: str
    text: str
    at: int
    line_before: bool
    """Whether a line break stands before it."""
    note: str
    """The comment before it."""
    template: Template | None = None


def tokens(grammar: Grammar, source: str) -> list[Token]:
    """All tokens and a final ``eof``. Raises :class:`SourceError`."""
    return Lexer(grammar, source).run(0, "")[0]


class Lexer:
    """One source text on its way to tokens."""

    def __init__(self, grammar: Grammar, source: str):
        self.g, self.source = grammar, source
        self.symbol_of, self.keyword_of = symbols(grammar), grammar.keyword_of
        self.depth = 0

    def run(self, place: int, closing: str) -> tuple[list[Token], int]:
        """The tokens from ``place`` to the end, or to the ``closing`` brace of a template's expression; and where that is."""
        found: list[Token] = []
        line, note, braces, match_at = False, "", 0, self.g.scanner.match
        while match := match_at(self.source, place):
            kind, text, at, place = match.lastgroup, match.group(), match.start(), match.end()
            if kind == "space":
                line = line or "\n" in text
                note = self.comment(text) or note
                continue
            if kind == "op" and text.startswith("/") and not _ends_value(found):
                token = self.regex(at, line, note)
            elif kind == "open" and text == self.g.template:
                token = self.template(at, line, note)
            else:
                if closing and kind == "op":
                    braces += (text == "{") - (text == "}")
                    if braces < 0:
                        break
                token = self.token(kind or "", text, at, line, note)
            found.append(token)
            place = max(place, at + len(token.text))
            line, note = False, ""
        else:
            at = len(self.source)
            if closing:
                raise SourceError("unclosed", at, text="${")
        found.append(Token("eof", "", "", at, line, note))
        return found, at

    def comment(self, text: str) -> str:
        """What a comment says; ``""`` for white space."""
        if text.startswith(self.g.comment):
            return text[len(self.g.comment) :].strip()
        return text[2:-2].strip() if text.startswith("/*") else ""

    def token(self, kind: str, text: str, at: int, line: bool, note: str) -> Token:
        if kind == "name":
            return self.named(text, at, line, note)
        if kind == "op":
            return Token("op", self.symbol(text, at), text, at, line, note)
        if kind == "num":
            return Token("num", _number(self.g, text, at), text, at, line, note)
        if kind == "str":
            return Token("str", unescape(text[1:-1]), text, at, line, note)
        raise SourceError("unclosed" if kind == "open" else "character", at, text=text)

    def regex(self, at: int, line: bool, note: str) -> Token:
        """A regular expression, which begins at ``at``."""
        if self.source.startswith("//", at):
            raise SourceError("retired mark", at, text="//")
        match = _REGEX.match(self.source, at)
        if match is None:
            raise SourceError("unclosed", at, text="/")
        return Token("regex", match.group(), match.group(), at, line, note)

    def template(self, at: int, line: bool, note: str) -> Token:
        """A template literal, which begins at ``at``; one without expressions, between quotes of the dialect's own, is a string."""
        quote, place, raws, inner = self.g.template, at + 1, [""], []
        self.depth += 1
        if self.depth > MAX_TEMPLATES:
            raise SourceError("deep", at)
        while not self.source.startswith(quote, place):
            if place >= len(self.source):
                raise SourceError("unclosed", at, text=quote)
            if self.source.startswith("${", place):
                expression, place = self.run(place + 2, "}")
                inner.append(expression)
                raws.append("")
                place += 1
                continue
            width = 2 if self.source[place] == "\\" else 1
            raws[-1] += _raw(self.source[place : place + width], quote)
            place += width
        self.depth -= 1
        text = self.source[at : place + 1]
        if self.g.quote and not inner:
            return Token("str", unescape(text[1:-1]), text, at, line, note, Template(tuple(raws), ()))
        return Token("template", "", text, at, line, note, Template(tuple(raws), tuple(inner)))

    def named(self, text: str, at: int, line: bool, note: str) -> Token:
        if text in self.keyword_of:
            return Token("word", self.keyword_of[text], text, at, line, note)
        if text in self.symbol_of:
            return Token("op", self.symbol_of[text], text, at, line, note)
        return Token("name", text, text, at, line, note)

    def symbol(self, text: str, at: int) -> str:
        value = self.symbol_of.get(text)
        if value is None:
            raise SourceError("retired mark" if text in _OPERATORS else "character", at, text=text)
        return value


_REGEX = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
#: Templates inside templates.
MAX_TEMPLATES = 20
#: Words behind which a value has ended, so that a slash divides.
_VALUES = frozenset({"this", "super", "true", "false", "null", "undefined"})


def _ends_value(found: list[Token]) -> bool:
    """Whether the last token ends a value: a slash behind it divides, otherwise it begins a regular expression."""
    if not found:
        return False
    last = found[-1]
    if last.kind == "word":
        return last.value in _VALUES
    return last.kind != "op" or last.value in (")", "]", "}", "end", "array end", "++", "--")


def _raw(piece: str, quote: str) -> str:
    """A piece of a template between ``quote`` as it stands between backquotes."""
    if quote == "`":
        return piece
    return {"`": "\\`", "\\" + quote: quote}.get(piece, piece)


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
    table.setdefault(":", "colon")  # behind labels and cases, whatever choices and records are written with
    if grammar.terminator:
        table.setdefault(grammar.terminator, ";")
        if grammar.terminator != ";":
            table.pop(";", None)
    return table


_DECIMAL = re.compile(r"[\d_']*(\.\d*)?")


def _number(grammar: Grammar, text: str, at: int) -> str:
    if len(text) > 40:
        raise SourceError("number", at, text=text[:40])
    if not _DECIMAL.fullmatch(text, 0, len(text)):
        return text.replace("_", "").lower() if text[1:2] in "xXoObB" else text.lower().replace(grammar.digit_mark or "_", "")
    whole, _, fraction = text.partition(".")
    digits = whole.replace(grammar.digit_mark or "_", "")
    if grammar.digit_mark and whole != group_digits(digits, grammar.digit_mark):
        raise SourceError("digits", at, text=text)
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
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    code, other = match[1] or match[2] or match[3], match[4]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return _ESCAPES.get(other, other)
