"""What a piece of code is made of: its modules and those that they import, found by reading them, and the hash of each.

    sources(["clgym.envs.taste"], lambda name: name.startswith("clgym.envs"))
    {"clgym.envs": "5c0d…", "clgym.envs.taste": "91ab…", "clgym.envs.taste.kinds": …}

Nothing is imported. A package's data files count as soon as one of its modules that are reached looks for files beside itself, and
the whole package counts where one of them imports by names that are made at run time: nothing that could matter is missed.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import NamedTuple

from clgym.registry.outside import FILE_PREFIX

#: A module with one of these in it reads files of its package, or imports what its text does not name.
_READS_FILES = ("__file__", "resources", "get_data")
_IMPORTS_BY_NAME = ("import_module(", "__import__(", "runpy", "pkgutil")


class _Place(NamedTuple):
    """Where a module is read. ``folder`` is that of a package, ``None`` for a plain module."""

    file: Path
    folder: Path | None


def sources(starts: Iterable[str], follow: Callable[[str], bool]) -> dict[str, str]:
    """SHA-256 of each module that is reached from ``starts`` by imports that ``follow`` allows, by dotted name, and of data files.

    Names are the same wherever the code lies. A module without a file (built in, typed into an interpreter) is left out.
    """
    waiting, reached = list(starts), {}
    while waiting:
        name = waiting.pop()
        if name in reached or (place := place_of(name)) is None:
            continue
        reached[name] = place
        waiting += [other for other in _read(name, place, _stamp(place.file)).imports if other not in reached and follow(other)]
    hashes = {public_name(name): _sha256(place.file) for name, place in reached.items()}
    for name, place in reached.items():
        package = _package_of(name, place)
        if package and (folder := place_of(package)) and folder.folder and _read(name, place, _stamp(place.file)).reads_files:
            hashes |= {f"{package}/{file.name}": _sha256(file) for file in _data(folder.folder)}
    return hashes


def imports_of(name: str) -> tuple[str, ...]:
    """The modules that a module imports, by their dotted names; none where it has no source."""
    place = place_of(name)
    return _read(name, place, _stamp(place.file)).imports if place else ()


def combined(hashes: dict[str, str]) -> str:
    """One SHA-256 over names and hashes."""
    return hashlib.sha256("".join(f"{name}\0{hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()


def public_name(module: str) -> str:
    """A module's name as records have it: that of a file is its own, wherever it lies."""
    if module.startswith(FILE_PREFIX):
        return module.removeprefix(FILE_PREFIX).partition("_")[2] + ".py"
    return "__main__" if module == "__mp_main__" else module


def siblings(module: str) -> Callable[[str], bool]:
    """Whether a name is of the same package as ``module``; for a plain module, whether it lies in the same folder."""
    top = module.partition(".")[0]
    place = place_of(top)
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folder = place.file.parent if place and not place.folder and str(place.file.parent) not in installed else None

    def same(name: str) -> bool:
        first = name.partition(".")[0]
        if first == top:
            return True
        other = place_of(first) if folder else None
        return other is not None and folder in (other.file.parent, other.file.parent.parent if other.folder else None)

    return same


def place_of(name: str) -> _Place | None:
    """Where a module lies; ``None`` where there is none, or none with a source."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if module is not None and file:
        path = Path(file)
        return _Place(path, path.parent if hasattr(module, "__path__") else None) if path.suffix == ".py" else None
    spec = _spec_of(name)
    if spec is None or not spec.has_location or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return _Place(Path(spec.origin), Path(spec.origin).parent if spec.submodule_search_locations is not None else None)


def _spec_of(name: str) -> ModuleSpec | None:
    parent = name.rpartition(".")[0]
    try:
        if not parent or parent in sys.modules:
            return importlib.util.find_spec(name)
        above = place_of(parent)
        return PathFinder.find_spec(name, [str(above.folder)]) if above and above.folder else None
    except (ImportError, ValueError, AttributeError):
        return None


def _stamp(file: Path) -> tuple[int, int]:
    """Another one when the file has changed, also while this process runs."""
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size


class _Text(NamedTuple):
    """What the text of a module says."""

    imports: tuple[str, ...]
    reads_files: bool


@functools.lru_cache(maxsize=4096)
def _read(name: str, place: _Place, stamp: tuple[int, int]) -> _Text:
    """Every module that a module imports, now or later, with the packages above it, which are run first."""
    package, text = _package_of(name, place), place.file.read_text(encoding="utf-8", errors="replace")
    found = dict.fromkeys(_above(name))
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return _Text((), False)
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = _targets(node, package)
        else:
            continue
        found |= dict.fromkeys(above for target in targets for above in (*_above(target), target))
    if package and any(word in text for word in _IMPORTS_BY_NAME) and (folder := place_of(package)) and folder.folder:
        found |= dict.fromkeys(f"{package}.{file.stem}" for file in folder.folder.glob("*.py") if file.stem != "__init__")
    return _Text(tuple(found), any(word in text for word in _READS_FILES))


def _targets(node: ast.ImportFrom, package: str) -> list[str]:
    """The modules of ``from base import name``: each name that is a module, and the base."""
    above = package.split(".")
    base = ".".join(above[: len(above) - node.level + 1]) if node.level else ""
    base = ".".join(part for part in (base, node.module) if part)
    return [base, *(f"{base}.{alias.name}" for alias in node.names if place_of(f"{base}.{alias.name}"))]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements, inner ones too, but those that only a type checker sees."""
    for block in ("body", "handlers", "orelse", "finalbody", "cases"):
        if block == "body" and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        inner = getattr(node, block, ())
        for statement in inner if isinstance(inner, list) else ():
            yield statement
            yield from _statements(statement)


def _above(name: str) -> list[str]:
    """The packages that a module lies in, outermost first."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _package_of(name: str, place: _Place) -> str:
    return name if place.folder else name.rpartition(".")[0]


def _data(folder: Path) -> list[Path]:
    """Files of a package that are no code; what tools leave there begins with a dot."""
    return sorted(
        path for path in folder.iterdir() if path.is_file() and path.name[0] != "." and path.suffix not in (".py", ".pyc")
    )


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
