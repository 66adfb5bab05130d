"""Plain JavaScript made countable: ``__step()`` put in wherever a program can repeat itself.

It works on the concrete syntax tree of tree-sitter, so that nothing is re-printed: the source text gets insertions,
lines stay, and columns can be told back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter
import tree_sitter_javascript

_DIRECTIVE = re.compile(rb"""("[^"]*"|'[^']*')\s*;""")
_RESERVED, _STEP = b"__step", "__step();"
_NAMES = {"identifier", "property_identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
_HEADED = {
    "while_statement",
    "do_statement",
    "for_statement",
    "for_in_statement",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
    "arrow_function",
    "class_static_block",
    "catch_clause",
    "finally_clause",
}


class SourceError(Exception):
    """The program cannot be read. ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int, column: int):
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True)
class Counted:
    """A program with its steps counted, and where text was put in: (character offset in the result, length)."""

    text: str
    inserted: tuple[tuple[int, int], ...] = ()

    def original(self, line: int, column: int) -> int:
        """The column, in the program as given, of a place in ``text``; both count from 1."""
        lines = self.text.split("\n")
        if not 0 < line <= len(lines):
            return column
        start = sum(len(text) + 1 for text in lines[: line - 1])
        place = start + column - 1
        return max(1, column - sum(min(length, place - at) for at, length in self.inserted if start <= at < place))


@lru_cache(maxsize=1)
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))


def count_steps(source: str) -> Counted:
    """JavaScript with ``__step();`` at the head of every loop, function, catch and finally. Lines stay where they are.

    Raises ``SourceError`` where the program uses the reserved name or ``with``, or cannot be read.
    """
    data = source.encode("utf-8")
    root = _parser().parse(data).root_node
    if root.has_error:
        raise unreadable(root)
    opened: list[tuple[int, str]] = []
    closed: list[tuple[int, str]] = []
    for node in walk(root):
        if node.type in _NAMES and _is_reserved(node.text or b""):
            raise SourceError("the name __step is reserved", *place_of(node))
        if node.type == "with_statement":  # within it, a property could take the counter's name
            raise SourceError("with is not available here", *place_of(node))
        if node.type in _HEADED:
            _head(node.child_by_field_name("body"), opened, closed)
    return _insert(data, opened, closed)


def walk(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """All nodes, parents first, without recursion: programs may be nested deeper than Python's stack."""
    cursor, deeper = root.walk(), True
    while True:
        if deeper and cursor.node is not None:
            yield cursor.node
        if deeper and cursor.goto_first_child():
            continue
        if cursor.goto_next_sibling():
            deeper = True
        elif cursor.goto_parent():
            deeper = False
        else:
            return


def place_of(node: tree_sitter.Node) -> tuple[int, int]:
    """Line and column from 1."""
    return node.start_point[0] + 1, node.start_point[1] + 1


def unreadable(root: tree_sitter.Node) -> SourceError:
    """The first place where the parser stumbled."""
    for node in walk(root):
        if node.is_missing:
            return SourceError(f"{node.type!r} is missing", *place_of(node))
        if node.type == "ERROR":
            text = " ".join((node.text or b"").decode("utf-8", "replace").split())
            return SourceError(f"unexpected {text[:40]!r}" if text else "unexpected end", *place_of(node))
    return SourceError("the program cannot be read", 1, 1)


def _is_reserved(name: bytes) -> bool:
    return name == _RESERVED or b"\\" in name  # an escape could spell the reserved name


def _head(body: tree_sitter.Node | None, opened: list[tuple[int, str]], closed: list[tuple[int, str]]) -> None:
    """Note down what makes ``body`` begin with a step."""
    if body is None:
        return
    if body.type == "statement_block":
        opened.append((_after_directives(body), _STEP))
    elif body.type.endswith("_statement") or body.type.endswith("_declaration"):
        opened.append((body.start_byte, "{" + _STEP))
        closed.append((body.end_byte, "}"))
    else:
        opened.append((body.start_byte, "(__step(),"))
        closed.append((body.end_byte, ")"))


def _after_directives(block: tree_sitter.Node) -> int:
    """Where a block's first statement may stand: behind its ``{`` and its ``"use strict"``."""
    end = block.start_byte + 1
    for statement in block.named_children:
        if not _DIRECTIVE.fullmatch(statement.text or b""):
            break
        end = statement.end_byte
    return end


def _insert(data: bytes, opened: list[tuple[int, str]], closed: list[tuple[int, str]]) -> Counted:
    """Put the noted texts in: at one place, closings before openings, the innermost closing first."""
    notes = [(at, 0, -order, text) for order, (at, text) in enumerate(closed)]
    notes += [(at, 1, order, text) for order, (at, text) in enumerate(opened)]
    parts, inserted, last, length = [], [], 0, 0
    for at, _, _, text in sorted(notes):
        piece = data[last:at].decode("utf-8")
        inserted.append((length + len(piece), len(text)))
        parts += [piece, text]
        length += len(piece) + len(text)
        last = at
    return Counted("".join(parts) + data[last:].decode("utf-8"), tuple(inserted))
