"""How one dialect is spelled: the settings that the lexer, the parser, the printer and the compiler read.

Rules (:mod:`clgym.envs.dialect.rules`) turn the settings of plain JavaScript into those of a dialect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from clgym.envs.dialect.library import Entry

KEYWORDS = (
    "let",
    "const",
    "function",
    "return",
    "if",
    "else",
    "while",
    "for",
    "of",
    "true",
    "false",
    "null",
    "undefined",
    "try",
    "catch",
    "throw",
    "break",
    "continue",
    "new",
    "typeof",
)
#: Keywords that no rule respells.
FIXED_WORDS = (
    "await",
    "case",
    "class",
    "default",
    "delete",
    "do",
    "extends",
    "finally",
    "in",
    "instanceof",
    "super",
    "switch",
    "this",
    "var",
    "void",
    "yield",
)
OPERATORS = (
    ">>>=",
    "**=",
    "<<=",
    ">>=",
    ">>>",
    "&&=",
    "||=",
    "??=",
    "?.",
    "??",
    "<<",
    ">>",
    "&=",
    "|=",
    "^=",
    "&",
    "|",
    "^",
    "~",
    "===",
    "!==",
    "==",
    "!=",
    "<=",
    ">=",
    "&&",
    "||",
    "=>",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "++",
    "--",
    "**",
    "...",
    "+",
    "-",
    "*",
    "/",
    "%",
    "<",
    ">",
    "!",
    "=",
    "?",
    ":",
    ".",
    ",",
    ";",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
)
#: Words of JavaScript that no program may use: modules, ``with`` and what is left for the future.
OUTSIDE = frozenset({"import", "export", "with", "enum", "debugger"})
#: Words that are no names.
RESERVED = frozenset(KEYWORDS) | frozenset(FIXED_WORDS) | OUTSIDE


@dataclass(frozen=True)
class Grammar:
    """The settings of one dialect; the defaults are plain JavaScript."""

    name: str = "JavaScript"
    words: Mapping[str, str] = field(default_factory=dict)
    """Keyword -> its spelling here, where it differs; ``print`` stands for ``console.log``."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Operator -> its spelling here, where it differs."""
    terminator: str = ""
    """What every statement ends with; ``""`` is JavaScript's optional semicolon."""
    blocks: tuple[str, str] = ("{", "}")
    quote: str = ""
    """The only string quote; ``""`` allows both of JavaScript's."""
    comment: str = "//"
    digit_mark: str = ""
    """What must separate the thousands of a number; ``""`` is JavaScript's optional ``_``."""
    index_open: str = "["
    """How an index begins (``xs[i]`` may be ``xs@[i]``)."""
    array: tuple[str, str] = ("[", "]")
    pair_mark: str = ":"
    """Between key and value in an object literal."""
    joiner: str = " "
    """What printing puts between several values."""
    sugar: frozenset[str] = frozenset()
    """Statement rules in force: ``unless``, ``until``, ``count``, ``postfix``, ``pipeline``."""
    semantics: frozenset[str] = frozenset()
    """Meanings that differ: ``one_based``, ``floor_division``, ``truthy_zero``, ..."""
    conventions: frozenset[str] = frozenset()
    """What the house demands: ``snake_names``, ``kinds``, ``no_increment``, ..."""

    library: tuple[Entry, ...] = ()
    """The dialect's own library."""

    def word(self, canonical: str) -> str:
        """The spelling of a keyword."""
        return self.words.get(canonical, canonical)

    def mark(self, canonical: str) -> str:
        """The spelling of an operator."""
        return self.marks.get(canonical, canonical)

    @cached_property
    def keyword_of(self) -> dict[str, str]:
        """Spelling -> keyword. A respelled keyword's old spelling is an ordinary name."""
        spelled = {self.word(key): key for key in (*KEYWORDS, *FIXED_WORDS)}
        if "print" in self.words:
            spelled[self.words["print"]] = "print"
        spelled.update({self.words[key]: key for key in self.words if key not in KEYWORDS})
        return spelled

    @cached_property
    def operator_of(self) -> dict[str, str]:
        """Spelling (symbol or word) -> operator."""
        table = {self.mark(key): key for key in (*OPERATORS, *(key for key in self.marks if key not in OPERATORS))}
        for loose, strict in (("==", "==="), ("!=", "!==")):
            if table.get(loose) == loose and strict in self.marks:
                del table[loose]
        return table

    @property
    def template(self) -> str:
        """The quote between which ``${...}`` is filled in."""
        return self.quote or "`"

    @cached_property
    def scanner(self) -> re.Pattern[str]:
        """One pattern for all tokens; its group names are the kinds of token."""
        symbols = {*self.operator_of, *self.blocks, *self.array, self.index_open, self.pair_mark, *OPERATORS}
        symbols |= {self.terminator} if self.terminator else set()
        ordered = sorted((s for s in symbols if not s[0].isalpha()), key=lambda s: (-len(s), s))
        quotes = [self.quote] if self.quote else ['"', "'", "`"]
        strings = "|".join(rf"{re.escape(q)}(?:[^{re.escape(q)}\\\n]|\\.)*{re.escape(q)}" for q in quotes if q != self.template)
        digits = rf"\d[\d{re.escape(self.digit_mark or '_')}]*"
        number = rf"0[xXoObB][\da-fA-F_]+n?|(?:{digits}(?:\.\d+|\.(?![\w$:]|\.\.))?|\.\d+)(?:[eE][+-]?\d+)?n?"
        return re.compile(
            rf"(?P<space>\s+|{re.escape(self.comment)}[^\n]*|/\*.*?\*/)|(?P<num>{number})"
            + (rf"|(?P<str>{strings})" if strings else "")
            + rf"|(?P<name>\#?(?:[^\W\d]|\$)[\w$]*)|(?P<op>{'|'.join(_pattern(s) for s in ordered)})"
            rf"|(?P<open>{'|'.join(map(re.escape, quotes))})|(?P<bad>.)",
            re.DOTALL,
        )


def _pattern(symbol: str) -> str:
    """The regular expression of a symbol: ``x ?.5 : 1`` is a choice and no chain."""
    return re.escape(symbol) + (r"(?!\d)" if symbol == "?." else "")


JAVASCRIPT = Grammar()
