"""What a good compiler adds to a complaint: the word that was meant, what the library has, and where habits of JavaScript mislead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from rapidfuzz import fuzz, process

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.check import GLOBALS, KIND_WORDS
from clgym.envs.dialect.grammar import Grammar
from clgym.envs.dialect.lexer import SourceError, group_digits, tokens
from clgym.envs.dialect.library import Entry, by_name, catalogue
from clgym.envs.dialect.translate import snake

#: A function of the library is named where what was written is so much like what it does, of 100.
_ALIKE = 70
#: Statement rules that take the place of a word.
_SUGAR = {"while": "until", "for": "count"}


def meant(grammar: Grammar, source: str, error: SourceError) -> str:
    """The word or sign of the dialect that belongs there; ``""`` where none is near."""
    text = error.details.get("text", "")
    if error.kind == "retired word":
        return _word(grammar, text)
    if error.kind in ("retired mark", "character", "unclosed"):
        return _mark(grammar, text)
    if error.kind == "unexpected":
        return _instead(grammar, text, error.details)
    if error.kind == "terminator":
        return grammar.terminator
    if error.kind in ("needs unless", "needs postfix", "needs pipe", "no for"):
        return error.details.get("word") or error.details.get("pipe", "")
    if error.kind == "digits":
        return group_digits(text.replace(grammar.digit_mark, "").partition(".")[0], grammar.digit_mark)
    if error.kind == "name style":
        return snake(text)
    if error.kind == "no kind":
        return grammar.mark("kind")
    if error.kind == "constant" and "immutable" in grammar.semantics:
        return grammar.word("mutable")
    if error.kind == "bad kind":
        return next(iter(get_close_matches(text, sorted(KIND_WORDS), 1, 0.0)), "")
    return _name(grammar, source, text) if error.kind == "unknown name" else ""


def _instead(grammar: Grammar, text: str, details: Mapping[str, str]) -> str:
    """What was expected in the place of a sign, where that is one sign."""
    wanted = details.get("wanted", "")
    if not wanted and text == "[":
        wanted = grammar.array[0] if details.get("where") == "a value" else grammar.index_open
    return "" if wanted == text else wanted


def _word(grammar: Grammar, text: str) -> str:
    if text == "console":
        return grammar.word("print")
    sugar = _SUGAR.get(text, "")
    return grammar.word(sugar) if sugar in grammar.sugar else grammar.word(text)


def _mark(grammar: Grammar, text: str) -> str:
    """How a sign of JavaScript is written here."""
    strict = {"==": "===", "!=": "!=="}.get(text, text)
    for plain, here in (
        ("//", grammar.comment),
        ("{", grammar.blocks[0]),
        ("}", grammar.blocks[1]),
        ("[", grammar.array[0]),
        ("]", grammar.array[1]),
        (":", grammar.pair_mark),
        (";", grammar.terminator),
        ('"', grammar.quote),
        ("'", grammar.quote),
        ("`", grammar.quote),
        (strict, grammar.mark(strict)),
    ):
        if text == plain and here not in ("", plain):
            return here
    return grammar.mark(strict) if strict != text else ""


def _name(grammar: Grammar, source: str, text: str) -> str:
    """The nearest name: of the program, of JavaScript, or of the library by what it does."""
    entry = documented(grammar, text)
    if entry is not None:
        return entry.signature
    words = {token.text for token in tokens(grammar, source) if token.kind == "name"} - {text}
    known = sorted((words | set(GLOBALS) | set(by_name(grammar.library)) | set(grammar.keyword_of)) - {text})
    return next(iter(get_close_matches(text, known, 1, 0.75)), "")


def documented(grammar: Grammar, text: str) -> Entry | None:
    """The function of the library whose description comes nearest to a name that somebody made up, where one is near."""
    if not grammar.library:
        return None
    exact = next((entry for entry in grammar.library if entry.concept == text), None)
    if exact is not None:
        return exact
    keys = [entry.concept for entry in grammar.library]
    best = process.extractOne(text, keys, scorer=fuzz.token_sort_ratio, processor=_spaced, score_cutoff=_ALIKE)
    return None if best is None else grammar.library[best[2]]


def _spaced(name: str) -> str:
    return snake(name).replace("_", " ")


def described(entry: Entry) -> str:
    """What a function of the library gives."""
    return catalogue()[entry.concept].english.format(x="list", k="count")


def habits(grammar: Grammar, tree: n.Program) -> Iterator[tuple[str, int]]:
    """(kind of rule, offset): where a program does what means something else in JavaScript."""
    for node in n.walk(tree):
        for kind, test in _HABITS:
            if kind in grammar.semantics | grammar.sugar and test(node):
                yield kind, _place(node)


def _place(node: Any) -> int:
    """Where a node is, or the first thing in it that has a place."""
    return next((part.at for part in n.walk(node) if getattr(part, "at", 0)), 0)


def _condition(node: Any) -> Any:
    test = node.test if isinstance(node, (n.If, n.While, n.Cond, n.For)) else None
    if isinstance(node, n.Binary) and node.op in ("&&", "||"):
        test = node.left
    if isinstance(node, n.Unary) and node.op == "!":
        test = node.value
    return (
        None
        if isinstance(test, (n.Const, n.Unary)) or (isinstance(test, n.Binary) and test.op not in ("+", "-", "*", "%"))
        else test
    )


_HABITS = (
    ("count", lambda node: isinstance(node, n.For) and node.counted),
    ("one_based", lambda node: isinstance(node, n.Index) and not isinstance(node.key, n.Str)),
    ("floor_division", lambda node: isinstance(node, (n.Binary, n.Assign)) and node.op in ("/", "/=")),
    ("truthy_zero", lambda node: _condition(node) is not None),
    ("empty_false", lambda node: _condition(node) is not None),
    ("join", lambda node: isinstance(node, n.Call) and n.is_print(node.callee) and len(node.arguments) > 1),
    (
        "sort",
        lambda node: (
            isinstance(node, n.Call) and isinstance(node.callee, n.Member) and node.callee.name == "sort" and not node.arguments
        ),
    ),
)
