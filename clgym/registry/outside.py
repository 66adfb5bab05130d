"""How what comes from outside is found and imported: entry points of installed packages, ``module:Name`` and ``path/to/file.py:Name``."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import re
import sys
import sysconfig
import traceback
from collections.abc import Collection
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, TypeVar

from gymnasium.envs.registration import ENV_ID_RE

from clgym.errors import ClgymError, InvalidSetting, MissingExtra, NotLoadable, UnknownName
from clgym.registry.rows import FamilyRow, Row

R = TypeVar("R", bound=Row)

#: Modules that are loaded from a file have names that begin so.
FILE_PREFIX = "clgym_file_"

#: ``package.module:Name`` or ``path/to/file.py:Name``.
NAMED = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*|[^\n]+\.py):(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")

#: An id: what is no address. One that ends in a colon is a scheme, of agents or of models.
_ID = re.compile(r"[\w-][\w.-]*:?")

GROUPS = ("clgym.families", "clgym.agents", "clgym.models")


class _Installed(NamedTuple):
    """Entry points by group and id, and the packages whose list of them cannot be read."""

    points: dict[str, dict[str, tuple[metadata.EntryPoint, ...]]]
    unreadable: tuple[tuple[str, NotLoadable], ...]


def installed(group: str) -> dict[str, tuple[metadata.EntryPoint, ...]]:
    """The entry points of a group by name: what installed packages bring. Several of one name are several claims to it."""
    return _installed(tuple(sys.path)).points[group]


def unreadable() -> tuple[tuple[str, NotLoadable], ...]:
    """Packages whose entry points cannot be read, with the error."""
    return _installed(tuple(sys.path)).unreadable


@functools.lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> _Installed:
    """One look at what is installed along ``sys.path``; where a package is there twice, the first one counts, as for imports."""
    points: dict[str, dict[str, tuple[metadata.EntryPoint, ...]]] = {group: {} for group in GROUPS}
    seen, broken = set(), []
    for distribution in metadata.distributions(path=list(path)):
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if not any(group in text for group in GROUPS):
                continue  # before its name, which takes reading its metadata
            name = str(distribution.metadata["Name"])
            if name in seen:
                continue
            seen.add(name)
            for point in distribution.entry_points:
                if point.group in GROUPS:
                    points[point.group][point.name] = (*points[point.group].get(point.name, ()), point)
        except Exception as cause:  # metadata of strangers: one bad file must not cost the others
            where = getattr(distribution, "_path", "a package")
            broken.append((str(where), NotLoadable(f"the entry points of {where} cannot be read: {message_of(cause)}.")))
    return _Installed(points, tuple(broken))


def package_of(point: metadata.EntryPoint) -> str:
    """The distribution that brings an entry point, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"


@functools.cache
def distribution_of(module: str) -> tuple[str | None, str | None]:
    """Name and version of the installed distribution that a top-level module is of; ``None`` for what was not installed."""
    for group in GROUPS:
        for points in installed(group).values():
            for point in points:
                if point.dist is not None and address_of(point).partition(":")[0].partition(".")[0] == module:
                    return point.dist.name, point.dist.version
    names = metadata.packages_distributions().get(module) if module != "clgym" else ["clgym"]
    try:
        return (names[0], metadata.version(names[0])) if names else (None, None)
    except metadata.PackageNotFoundError:
        return None, None


def address_of(point: metadata.EntryPoint) -> str:
    """What an entry point points to, without the extras that some name behind it."""
    return point.value.partition("[")[0].strip()


def check_id(row: Row) -> None:
    """Raise ``InvalidSetting`` where something could not be told apart from an address or a setting, or gymnasium takes no such id."""
    if isinstance(row, FamilyRow):
        if not (isinstance(row.id, str) and takes_id(row.id)):
            raise InvalidSetting(f"{row.id!r} ({row.package}) is no id for an environment: expected one like CL-Codenames-v0.")
    elif not (isinstance(row.id, str) and _ID.fullmatch(row.id)):
        raise InvalidSetting(f"{row.id!r} ({row.package}) is no id: expected letters, digits, '-', '.' and '_', as in my-agent.")
    if not NAMED.fullmatch(row.entry_point):
        raise InvalidSetting(f"the entry point of {row.id} ({row.package}) is module:Name, not {row.entry_point!r}.")


def import_named(spec: str, package: str = "") -> Any:
    """What ``module:Name`` or ``file.py:Name`` names.

    Raises ``NotLoadable`` (the module does not import, with the package and the line) or ``UnknownName`` (nothing of that name in it).
    """
    module_name, _, name = spec.rpartition(":")
    try:
        place = import_file(Path(module_name)) if module_name.endswith(".py") else _import_module(module_name)
    except (MissingExtra, KeyboardInterrupt):
        raise
    except BaseException as cause:  # whatever a module does when it is imported, sys.exit() included
        raise NotLoadable(f"{spec}{brought_by(package)} cannot be imported: {message_of(cause)}{line_of(cause)}.") from cause
    for part in name.split("."):
        if not hasattr(place, part):
            public = [attribute for attribute in vars(place) if not attribute.startswith("_")]
            raise UnknownName(f"name in {module_name}{brought_by(package)}", name, public)
        place = getattr(place, part)
    return place


def _import_module(name: str) -> Any:
    """A module, also one in the current folder, which is not on the path of an installed program."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as cause:
        top, here = name.partition(".")[0], Path.cwd()
        there = (here / f"{top}.py").is_file() or (here / top).is_dir()
        if cause.name != top or not there or str(here) in sys.path:
            raise
        sys.path.append(str(here))
        return importlib.import_module(name)


def file_of(spec: str) -> Path | None:
    """The file of ``path/to/file.py:Name``; ``None`` for anything else."""
    module = spec.rpartition(":")[0]
    return Path(module).expanduser() if module.endswith(".py") and NAMED.fullmatch(spec) else None


def importable(module: str) -> bool:
    """Whether there is a top-level module of that name, here or installed."""
    return module.isidentifier() and (
        importlib.util.find_spec(module) is not None or (Path.cwd() / f"{module}.py").is_file() or (Path.cwd() / module).is_dir()
    )


def fault_of(kind: type[ClgymError], what: str, cause: Exception, within: Collection[str] = ()) -> ClgymError:
    """The error of code that raised: whose it is, what it did, what it said, and the line; ``within`` as in :func:`line_of`."""
    frame = _frame_of(cause, within)
    module = module_of_frame(frame) if frame else ""
    package = " ".join(filter(None, distribution_of(module.partition(".")[0]))) if module else ""
    return kind(f"{what}{brought_by(package)} raised {message_of(cause)}{line_of(cause, within)}.")


def brought_by(package: str) -> str:
    """`` (brought by codenames 0.1.0)``, for errors."""
    return f" (brought by {package})" if package else ""


def import_file(path: Path) -> Any:
    """The module in a file, imported once. What lies beside it can be imported by it. Raises ``NotLoadable`` where there is none."""
    full = path.expanduser().resolve()
    if not full.is_file():
        raise NotLoadable(
            f"there is no file {path} in {Path.cwd()}: a file is given as path/to/file.py:Name, from the current folder"
        )
    name = f"{FILE_PREFIX}{hashlib.sha256(str(full).encode()).hexdigest()[:8]}_{re.sub(r'[^0-9a-zA-Z_]', '_', full.stem)}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, full)
    assert spec is not None and spec.loader is not None, full
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses and pickles look their module up
    if str(full.parent) not in sys.path:
        sys.path.append(str(full.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def message_of(cause: BaseException) -> str:
    """``ValueError: what it says``."""
    if isinstance(cause, NotLoadable):
        return str(cause).rstrip(".")
    return f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__


def line_of(cause: BaseException, within: Collection[str] = ()) -> str:
    """``, at file.py line 3``: the last line in somebody's own code, that is neither Python's nor of clgym's registry.

    ``within`` names top-level modules; where some lines are of one of them, the last of those.
    """
    if isinstance(cause, SyntaxError) and cause.filename:
        return f", at {cause.filename} line {cause.lineno}"
    lines = _lines_of(cause, within)
    return f", at {lines[-1][0].f_code.co_filename} line {lines[-1][1]}" if lines else ""


def _frame_of(cause: BaseException, within: Collection[str]) -> FrameType | None:
    lines = _lines_of(cause, within)
    return lines[-1][0] if lines else None


def _lines_of(cause: BaseException, within: Collection[str]) -> list[tuple[FrameType, int]]:
    lines = list(traceback.walk_tb(cause.__traceback__))
    own = [line for line in lines if module_of_frame(line[0]).partition(".")[0] in within]
    return own or [
        line
        for line in lines
        if not _is_of_python(line[0].f_code.co_filename) and not module_of_frame(line[0]).startswith("clgym.registry")
    ]


def module_of_frame(frame: FrameType) -> str:
    """The dotted name of the module whose code runs in a frame."""
    return str(frame.f_globals.get("__name__", ""))


def _is_of_python(filename: str) -> bool:
    """Whether a file is of the standard library (what is installed lies in a folder of it)."""
    return filename.startswith(("<frozen", sysconfig.get_path("stdlib"))) and "-packages" not in filename


def load_point(row: Row) -> Any:
    """Import what a row points to. Raises ``MissingExtra`` where clgym's own packages for it are not installed, else as :func:`import_named`."""
    if row.package != "clgym":
        return import_named(row.entry_point, row.package)
    module, _, attribute = row.entry_point.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as cause:
        if row.extra and not (cause.name or "").startswith("clgym"):
            raise MissingExtra(row.id, row.extra, cause) from cause
        raise


def credited(row: R) -> R:
    """A row that a program registers, with the module it comes from in the place of the package."""
    module = row.entry_point.partition(":")[0]
    return row if module.startswith("clgym.") else replace(row, package=module)


def takes_id(id: str) -> bool:
    """Whether gymnasium takes it for the id of an env."""
    return ENV_ID_RE.fullmatch(id) is not None and ":" not in id


def gym_id(name: str) -> str:
    """An id for ``module:Name``, as gymnasium writes ids."""
    return re.sub(r"[^\w-]", "-", name.rpartition(":")[2])
