"""Answers of several files: taken apart at the comments that name them, in whatever order they come."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Mapping

from clgym.envs.framework.specs import VIEWS
from clgym.text.answers import code

_HEADER = re.compile(r"[ \t]*(?:#+|\*\*|`)*[ \t]*(?:[Ff]ile:?[ \t]*)?(?:\*\*|`)*(?:\./)?(app/[a-z_]+\.py)(?:\*\*|`|:)*[ \t]*")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)[\w+#.-]*[ \t]*")
#: Files that an app has already: an answer brings none of its own.
KEPT = ("app/models.py", "app/settings.py", "app/check.py")


def files_of(answer: str, several: bool) -> dict[str, str] | str:
    """File -> source; where the answer cannot be taken apart, the first line that belongs to no file. One file is app/views.py."""
    text = code(answer)
    if not several:
        lines = text.split("\n")
        return {VIEWS: "\n".join(lines[1:] if _HEADER.fullmatch(lines[0]) else lines)}
    files: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        header = _HEADER.fullmatch(line)
        if header:
            name = header[1]
            files.setdefault(name, [])
        elif _FENCE.fullmatch(line):
            continue
        elif name:
            files[name].append(line)
        elif line.strip():
            return line.strip()
    return {name: "\n".join(lines).strip("\n") for name, lines in files.items()}


@functools.lru_cache(maxsize=512)
def tree_of(source: str) -> ast.Module | SyntaxError:
    """A program's tree, or what is wrong with it. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as odd:
        return odd
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return SyntaxError("too deeply nested or not readable")


def defined(tree: ast.Module) -> set[str]:
    """The names that a file defines or imports."""
    names = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def missing(trees: Mapping[str, ast.Module], entries: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    """The first (file, name) that an answer must define and does not."""
    return next(((file, name) for file, name in entries if file not in trees or name not in defined(trees[file])), None)
