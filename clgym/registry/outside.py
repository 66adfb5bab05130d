"""What comes from outside: rows of installed packages (entry points), and ``module:Name`` or ``path/to/file.py:Name`` wherever an id is taken.

An entry point or a name leads to a class (or to what :func:`clgym.as_agent` takes), or to a finished row. A row that is not given is
made of the class: ``summary`` is the first line of its docstring, and ``probes``, ``tags``, ``extra`` and ``small`` are class attributes
where it has them.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from gymnasium.envs.registration import ENV_ID_RE

from clgym.agent import Agent
from clgym.core import Family
from clgym.errors import ClgymError, MissingExtra, NotLoadable, UnknownName, WrongKind
from clgym.registry.rows import AgentRow, FamilyRow, ModelRow, Row

R = TypeVar("R", bound=Row)

#: Modules that are loaded from a file have names that begin so.
FILE_PREFIX = "clgym_file_"

#: ``package.module:Name`` or ``path/to/file.py:Name``.
NAMED = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*|[^:\n]+\.py):(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")


@functools.cache
def installed(group: str) -> dict[str, tuple[metadata.EntryPoint, ...]]:
    """The entry points of a group by name: what installed packages bring. Several of one name are several claims to it."""
    claims: dict[str, dict[str, metadata.EntryPoint]] = {}
    for point in metadata.entry_points(group=group):
        claims.setdefault(point.name, {}).setdefault(f"{package_of(point)} {point.value}", point)
    return {name: tuple(points.values()) for name, points in claims.items()}


def package_of(point: metadata.EntryPoint) -> str:
    """The distribution that brings an entry point, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"


def import_named(spec: str, package: str = "") -> Any:
    """What ``module:Name`` or ``file.py:Name`` names.

    Raises ``NotLoadable`` (the module does not import, with the package and the line) or ``UnknownName`` (nothing of that name in it).
    """
    module_name, _, name = spec.rpartition(":")
    brought = f" (brought by {package})" if package else ""
    try:
        module: Any = import_file(Path(module_name)) if module_name.endswith(".py") else importlib.import_module(module_name)
    except (ClgymError, KeyboardInterrupt):
        raise
    except BaseException as cause:  # whatever a module does when it is imported, sys.exit() included
        raise NotLoadable(f"{spec}{brought} cannot be imported: {_said_by(cause)}{_where(cause)}.") from cause
    place = module
    for part in name.split("."):
        if not hasattr(place, part):
            public = [attribute for attribute in vars(place) if not attribute.startswith("_")]
            raise UnknownName(f"name in {module_name}{brought}", name, public)
        place = getattr(place, part)
    return place


def import_file(path: Path) -> Any:
    """The module in a file, imported once. What lies beside it can be imported by it. Raises ``NotLoadable`` where there is none."""
    if not path.is_file():
        raise NotLoadable(f"there is no file {path}: a file is given as path/to/file.py:Name, from the current folder.")
    full = path.resolve()
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


def _said_by(cause: BaseException) -> str:
    return f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__


def _where(cause: BaseException) -> str:
    """``, at file.py line 3``: the last line that is not the import system's own."""
    if isinstance(cause, SyntaxError) and cause.filename:
        return f", at {cause.filename} line {cause.lineno}"
    frames = [frame for frame in traceback.extract_tb(cause.__traceback__) if "importlib" not in frame.filename]
    own = [frame for frame in frames if Path(frame.filename) != Path(__file__)]
    return f", at {own[-1].filename} line {own[-1].lineno}" if own else ""


def row_at(kind: str, spec: str, name: str, package: str) -> Row:
    """The row that ``spec`` leads to, under the id ``name``. Imports it; raises as :func:`import_named`, and ``WrongKind``."""
    target = import_named(spec, package)
    expected = ROWS[kind]
    if isinstance(target, Row):
        if not isinstance(target, expected):
            raise WrongKind(
                f"{spec} is a {type(target).__name__}, but {name} is taken for {_article(kind)}: expected a {expected.__name__}."
            )
        return replace(target, id=name, package=package)
    return MAKERS[kind](name, spec, target, package)


def _family_row(name: str, spec: str, family: Any, package: str) -> FamilyRow:
    if not (inspect.isclass(family) and issubclass(family, Family)):
        raise WrongKind(
            f"{spec} is {_described(family)}, not a task family. Expected a subclass of clgym.Family:\n"
            "    class Codenames(clgym.Family):\n"
            '        name, version, levels = "CL-Codenames-v0", 1, range(2)\n'
            "        def world(self, seed, level): ..."
        )
    if inspect.isabstract(family):
        missing = ", ".join(sorted(family.__abstractmethods__))
        raise WrongKind(f"{spec} is a task family without {missing}: a subclass of clgym.Family has to define it.")
    for attribute in ("name", "version", "levels"):
        if not hasattr(family, attribute):
            raise WrongKind(f'{spec} has no {attribute}: a family has name = "CL-Codenames-v0", version = 1 and levels = range(2).')
    return FamilyRow(
        name,
        spec,
        _summary(family),
        getattr(family, "extra", ""),
        package=package,
        levels=family.levels,
        probes=tuple(getattr(family, "probes", ())),
        tags=tuple(getattr(family, "tags", ())),
    )


def _agent_row(name: str, spec: str, agent: Any, package: str) -> AgentRow:
    driven = False
    if inspect.isclass(agent) and issubclass(agent, Agent):
        if inspect.isabstract(agent):
            missing = ", ".join(sorted(agent.__abstractmethods__))
            raise WrongKind(f"{spec} is an agent without {missing}: a subclass of clgym.Agent has to define it.")
        driven = "model" in inspect.signature(agent).parameters
    elif not (callable(agent) or hasattr(agent, "act")):
        raise WrongKind(
            f"{spec} is {_described(agent)}, not an agent. Expected a subclass of clgym.Agent, a function from a prompt (or from chat "
            "messages) to an answer, or an object with act(conversations) -> list of clgym.Answer."
        )
    return AgentRow(
        name,
        spec,
        _summary(agent),
        getattr(agent, "extra", ""),
        package=package,
        model=driven,
        tags=tuple(getattr(agent, "tags", ())),
        small=dict(getattr(agent, "small", {})),
    )


def _model_row(name: str, spec: str, loader: Any, package: str) -> ModelRow:
    if not callable(loader):
        raise WrongKind(
            f"{spec} is {_described(loader)}, not a loader: expected a function (name, *, device, dtype) -> a language model."
        )
    return ModelRow(name, spec, _summary(loader), getattr(loader, "extra", ""), package=package)


#: Kinds of which rows come from outside, with their class and how a row is made of what an entry point leads to.
ROWS: dict[str, type[Row]] = {"environment": FamilyRow, "agent": AgentRow, "model": ModelRow}
MAKERS = {"environment": _family_row, "agent": _agent_row, "model": _model_row}


def _summary(target: Any) -> str:
    """``summary``, or the first line of the docstring."""
    text = getattr(target, "summary", "") or inspect.getdoc(target) or ""
    return str(text).strip().partition("\n")[0]


def _described(target: Any) -> str:
    if inspect.isclass(target):
        return f"the class {target.__name__}"
    return f"a {type(target).__name__}"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


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
