"""Looking around and trying out: what a program may do to find the framework's words, and what that costs.

Whoever prints ``dir`` and ``help`` looks around: the program runs, what it prints is shown, and the env step is spent. A program that
answers a task writes the words that there are; one that catches the errors of wrong ones, or names several, knows none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clgym.envs.framework.catalogue import SLOTS
from clgym.envs.framework.house import House

#: What tells a program the framework's words, or looks one up that it does not write.
_LOOKING = frozenset(
    "dir help vars type getattr setattr hasattr globals locals __import__ mro attrgetter methodcaller COMPARE fill stored dispatch".split()
)
#: Exceptions of wrong words: a program may raise them, not catch them.
_OF_WRONG_WORDS = frozenset(
    "AttributeError TypeError NameError KeyError LookupError QueryError FieldError Exception BaseException".split()
)
#: Parts of packages that are no app's business.
_INSIDES = frozenset(("rows", "web", "check", "sys"))
#: So many words of other frameworks in a program that works are guesses.
GUESSES = 2
_OF_PYTHON = frozenset(name for kind in (str, list, dict, set, tuple, int) for name in dir(kind))
_OFFERED = frozenset(choice for slot in SLOTS if slot.group == "words" for choice in (slot.django, *slot.choices))


def linted(tree: ast.Module) -> tuple[int, str] | None:
    """The first word of a program that looks around or tries words out, with its line."""
    harmless = {id(node) for node in _raised_or_inherited(tree)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            return line, "except:"
        for name, private in _names(node):
            if name in _LOOKING or name.startswith(private) or (name in _OF_WRONG_WORDS and id(node) not in harmless):
                return line, name
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            inside = next((name for name in _modules(node) if name.rpartition(".")[2] in _INSIDES), None)
            if inside:
                return line, inside
    return None


def _names(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names in a node, each with the beginning that none of its kind may have."""
    if isinstance(node, ast.Name):
        yield node.id, "__"
    elif isinstance(node, ast.Attribute):
        yield node.attr, "_"
    elif isinstance(node, ast.MatchClass):
        yield from ((name, "_") for name in node.kwd_attrs)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name != "__init__":
        yield node.name, "__"
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((name, "__") for name in _modules(node))


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    """What an import brings: modules by their full names, and what comes out of them."""
    names = [alias.name for alias in node.names]
    return names if isinstance(node, ast.Import) else [node.module or "", *names]


def _raised_or_inherited(tree: ast.Module) -> Iterator[ast.expr | None]:
    """The exceptions that a program raises or builds its own on. Wherever else one stands, it is there to be caught."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            yield node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        elif isinstance(node, ast.ClassDef):
            yield from node.bases


def guessed(house: House, trees: list[ast.Module], wanted: frozenset[str]) -> list[str]:
    """Words of other frameworks that a program tries, in alphabetical order: not this house's, nor Python's, nor what a right
    answer has (``wanted``), nor what the program itself defines."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}
    used |= {name for node in nodes if isinstance(node, ast.MatchClass) for name in node.kwd_attrs}
    own = {house[slot.name] for slot in SLOTS if slot.group == "words"}
    defined = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return sorted(used & _OFFERED - own - defined - wanted - _OF_PYTHON)
