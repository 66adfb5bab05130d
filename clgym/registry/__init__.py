"""Every family, probe, agent, model, wrapper, engine and tracker there is: an id, and what it stands for.

An id is found among the rows that come with clgym (:mod:`clgym.registry.builtin`), those of installed packages (entry points of the
groups ``clgym.families``, ``clgym.agents`` and ``clgym.models``) and those that a program adds with :func:`register`. Wherever an id of a
family, an agent or a model is taken, ``module:Name`` and ``path/to/file.py:Name`` are taken too.

A package that cannot be loaded is an error of its own rows: the others are unharmed.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar, cast

import gymnasium
from gymnasium.envs.registration import EnvSpec

from clgym.agent import Agent
from clgym.breadth import MAX_BREADTH, broadened
from clgym.core import Family, World
from clgym.errors import AgentError, ClgymError, DuplicateName, FamilyError, InvalidSetting, UnknownName, WrongKind
from clgym.outside import as_agent, fresh, unwrapped
from clgym.registry import builtin, making, outside
from clgym.registry.rows import AgentRow, EngineRow, FamilyRow, ModelRow, Row, TrackerRow, WrapperRow
from clgym.seeding import Seed
from clgym.settings import built, checked, config_of

__all__ = [
    "DEFAULT_MODEL",
    "AgentRow",
    "EngineRow",
    "FamilyRow",
    "ModelRow",
    "Row",
    "TrackerRow",
    "WrapperRow",
    "agent",
    "agents",
    "announce",
    "broken",
    "draw_world",
    "shared_world",
    "engine",
    "engines",
    "families",
    "family",
    "gym_spec",
    "load",
    "load_entry",
    "load_family",
    "load_model",
    "make_agent",
    "make_world",
    "model",
    "models",
    "register",
    "registered",
    "scheme_of",
    "tracker",
    "trackers",
    "unregister",
    "wrapper",
    "wrappers",
]

DEFAULT_MODEL = "smollm2-135m"

#: So many worlds of a process are shared: those of one trial (placebo, probes) and a few more.
SHARED_WORLDS = 16
#: Env steps of a trial where neither its settings nor its family say how many.
USUAL_STEPS = 200

R = TypeVar("R", bound=Row)


class _Kind(NamedTuple):
    """One kind of row: what it is called in errors, what comes with clgym, and the entry-point group of what does not."""

    name: str
    row: type[Row]
    builtin: Sequence[Row]
    group: str = ""


_KINDS = {
    kind.name: kind
    for kind in (
        _Kind("environment", FamilyRow, builtin.FAMILIES, "clgym.families"),
        _Kind("agent", AgentRow, (*builtin.AGENTS, *builtin.AGENT_SCHEMES), "clgym.agents"),
        _Kind("model", ModelRow, builtin.MODELS, "clgym.models"),
        _Kind("wrapper", WrapperRow, builtin.WRAPPERS),
        _Kind("engine", EngineRow, builtin.ENGINES),
        _Kind("tracker", TrackerRow, builtin.TRACKERS),
    )
}

#: What this program added, by kind and id.
_registered: dict[tuple[str, str], Row] = {}


class Fault(NamedTuple):
    """A row that an installed package should bring and does not. ``kind`` is "environment", "agent" or "model"."""

    kind: str
    id: str
    package: str
    error: ClgymError


def register(row: Row) -> None:
    """Add a row for this program and its workers. Adding it again, changed or not, puts it in the place of the first.

    Raises ``DuplicateName`` where the id stands for something else already, ``InvalidSetting`` for what is no row, no id or no entry
    point.
    """
    kind = next((kind for kind in _KINDS.values() if type(row) is kind.row), None)
    if kind is None:
        raise InvalidSetting(
            f"a row is one of {', '.join(kind.row.__name__ for kind in _KINDS.values())}, not {type(row).__name__}."
        )
    outside.check_id(row)
    row = outside.credited(row)
    others = [other for other in _ids(kind).get(row.id, []) if other.entry_point != row.entry_point]
    if others:
        raise DuplicateName(kind.name, row.id, [_claim(other) for other in (*others, row)])
    if isinstance(row, FamilyRow):
        _register_env(row.id)
    _registered[kind.name, row.id] = row


def unregister(row: Row) -> None:
    """Take back what :func:`register` added."""
    for kind in _KINDS.values():
        if type(row) is kind.row:
            _registered.pop((kind.name, row.id), None)
            if kind.row is FamilyRow and row.id not in _ids(kind):
                gymnasium.registry.pop(row.id, None)


def registered() -> list[Row]:
    """What this program added: workers in other processes need it too."""
    return list(_registered.values())


def families() -> tuple[FamilyRow, ...]:
    """Every task family and probe, those of installed packages last."""
    return cast("tuple[FamilyRow, ...]", _all("environment"))


def agents() -> tuple[AgentRow, ...]:
    """Every agent."""
    return cast("tuple[AgentRow, ...]", _all("agent"))


def models() -> tuple[ModelRow, ...]:
    """Every language model and scheme."""
    return cast("tuple[ModelRow, ...]", _all("model"))


def wrappers() -> tuple[WrapperRow, ...]:
    """Every gymnasium wrapper."""
    return cast("tuple[WrapperRow, ...]", _all("wrapper"))


def engines() -> tuple[EngineRow, ...]:
    """Every engine of sweeps."""
    return cast("tuple[EngineRow, ...]", _all("engine"))


def trackers() -> tuple[TrackerRow, ...]:
    """Every tracker."""
    return cast("tuple[TrackerRow, ...]", _all("tracker"))


def broken() -> list[Fault]:
    """The rows of installed packages that cannot be had, each with the error that looking it up or loading it raises."""
    faults = [Fault("package", "", package, error) for package, error in outside.unreadable()]
    for kind in _KINDS.values():
        for id, points in outside.installed(kind.group).items() if kind.group else ():
            try:
                load(find(kind.name, id))
            except ClgymError as error:
                faults.append(Fault(kind.name, id, ", ".join(map(outside.package_of, points)), error))
    return faults


def family(name: str) -> FamilyRow:
    """The row of a family or a probe. Raises as :func:`find`."""
    return cast(FamilyRow, find("environment", name))


def agent(name: str) -> AgentRow:
    """The row of an agent. Raises as :func:`find`."""
    return cast(AgentRow, find("agent", name))


def model(spec: str) -> ModelRow:
    """The row of a language model: of an id, or of the scheme that a name begins with. Raises as :func:`find`."""
    return cast(ModelRow, find("model", spec))


def wrapper(name: str) -> WrapperRow:
    """The row of a wrapper. Raises ``UnknownName``."""
    return cast(WrapperRow, find("wrapper", name))


def engine(name: str) -> EngineRow:
    """The row of an engine. Raises ``UnknownName``."""
    return cast(EngineRow, find("engine", name))


def tracker(name: str) -> TrackerRow:
    """The row of a tracker. Raises ``UnknownName``."""
    return cast(TrackerRow, find("tracker", name))


def find(kind: str, name: str) -> Row:
    """The row of an id, of a scheme (``path:DIR`` is of ``path:``), or of ``module:Name``, which is imported.

    Raises ``UnknownName`` with the choices and the nearest match, ``DuplicateName`` where two packages claim the id, ``InvalidSetting``
    for an id with something else than settings behind it, and what importing raises: ``NotLoadable`` or ``WrongKind``.
    """
    table, name = _KINDS[kind], str(name)
    ids = _ids(table)
    scheme = scheme_of(kind, name)
    claims = ids.get(scheme or name, [])
    if len(claims) > 1:
        raise DuplicateName(kind, scheme or name, [_claim(row) for row in claims])
    if claims:
        return _made(table, claims[0])
    known, colon, rest = name.partition(":")
    if colon and known in ids and not (table.group and outside.importable(known)):
        raise InvalidSetting(
            f"{kind} {name!r}: settings are written NAME:key=value,key=value, and {rest!r} is not key=value."
            if kind != "environment"
            else f"{name!r}: an environment takes no settings behind its id; say --level and the like."
        )
    if table.group and outside.NAMED.fullmatch(name):
        own = next((row for row in table.builtin if row.entry_point == name), None)
        return replace(own, id=name) if own else making.row_at(kind, name, name, "")
    hint = "module:Name or path/to/file.py:Name" if table.group else ""
    raise UnknownName(kind, name, ids, also=hint)


def scheme_of(kind: str, name: str) -> str:
    """The id of the scheme that a name is of: ``"path:"`` for ``path:DIR``, or ``""``."""
    head = name.partition(":")[0] + ":"
    return head if name != head and head in _ids(_KINDS[kind]) else ""


def address(row: Row, spec: str) -> str:
    """What the loader of a row takes: the name behind a scheme, or the id itself."""
    return spec[len(row.id) :] if row.id.endswith(":") else spec


def load(row: Row) -> Any:
    """Import what a row points to. Raises ``MissingExtra`` where its packages are not installed, or as :func:`find`."""
    return outside.load_point(row)


def load_entry(entry_point: str) -> Any:
    """What ``module:attribute`` names."""
    return outside.import_named(entry_point)


def load_family(name: str) -> Family:
    """The family of an id or ``module:Name``. Raises as :func:`find`, and ``WrongKind`` where it cannot be made."""
    row = family(name)
    made = load(row)
    try:
        loaded: Family = made()
    except ClgymError:
        raise
    except Exception as cause:
        raise WrongKind(
            f"{name}{outside.brought_by(row.package)} cannot be made without arguments, as families are: "
            f"{outside.message_of(cause)}{outside.line_of(cause)}."
        ) from cause
    return loaded


def usual_steps(name: str, level: int) -> int:
    """Env steps of a trial where nobody says how many. A family that is not there has the usual ones: what is wrong shows when it is used."""
    try:
        steps = load_family(name).steps
    except ClgymError:
        steps = ()
    return steps[level] if isinstance(level, int) and 0 <= level < len(steps) else USUAL_STEPS


def make_world(name: str, *, level: int = 0, split: str = "train", world: int = 0, breadth: int = 1) -> World:
    """Draw a world as ``gym.make`` does, without an env around it. Raises as :func:`find`, and ``FamilyError``."""
    drawn_by = load_family(name)
    drawn_by.check_level(level)
    return shared_world(drawn_by, drawn_by.seed(level, split, world), level, breadth)


def shared_world(drawn_by: Family, seed: Seed, level: int, breadth: int = 1) -> World:
    """As :func:`draw_world`, once for all who ask for the same: worlds are immutable, and keep the queries that they were asked for."""
    return _shared_world(type(drawn_by), seed, level, checked("breadth", breadth, int, low=1, high=MAX_BREADTH))


@functools.lru_cache(maxsize=SHARED_WORLDS)
def _shared_world(drawn_by: type[Family], seed: Seed, level: int, breadth: int) -> World:
    return broadened(draw_world(drawn_by(), seed, level), seed, breadth)


def draw_world(drawn_by: Family, seed: Seed, level: int) -> World:
    """``family.world(seed, level)``. Raises ``FamilyError`` where the family's code raises, or draws what is no world."""
    try:
        drawn = drawn_by.world(seed, level)
    except ClgymError:
        raise
    except Exception as cause:
        top = type(drawn_by).__module__.partition(".")[0]
        raise outside.fault_of(FamilyError, f"{drawn_by.name}: drawing a world of level {level}", cause, [top]) from cause
    if not isinstance(drawn, World):
        raise FamilyError(f"{drawn_by.name}: world() gave a {type(drawn).__name__}, where a clgym.World was expected.")
    return drawn


def load_model(spec: str, *, device: str = "auto", dtype: str = "auto") -> Any:
    """The language model that ``--model spec`` names: an id, a scheme and a name (``path:DIR``), or ``module:Name`` of a loader.

    Raises as :func:`find`, ``MissingExtra`` or ``ModelUnavailable``.
    """
    row = model(spec)
    return load(row)(address(row, spec), device=device, dtype=dtype)


def model_identity(spec: str) -> Mapping[str, str]:
    """What tells the model that ``spec`` names now from another one of that name (:attr:`ModelRow.identity`): hashes of its files, or a
    commit. ``{}`` where nobody knows, or nothing is there; no network is asked. Raises as :func:`find`.
    """
    row = model(spec)
    if not row.identity:
        return {}
    found: Mapping[str, str] = load_entry(row.identity)(address(row, spec))
    return found


def check_settings(row: AgentRow, settings: Mapping[str, Any]) -> None:
    """Refuse settings before the agent is imported, where its row says where its ``Config`` is. Raises as :func:`config_of`."""
    if row.config:
        built(load_entry(row.config), settings, row.id)


def make_agent(name: str, *, model: Any = None, seed: int = 0, **settings: Any) -> Agent:
    """Build an agent. ``model`` is a loaded language model or its spec; ``settings`` are fields of its ``Config``.

    Raises as :func:`find`; ``UnknownName`` (setting), ``InvalidSetting``, ``MissingExtra``, ``WrongKind``.
    """
    row = agent(name)
    check_settings(row, settings)
    made = load(row)
    if not (inspect.isclass(made) and issubclass(made, Agent)):
        if settings:
            raise UnknownName(f"setting of agent {name}", next(iter(settings)), [])
        if row.id.endswith(":"):
            return as_agent(made(address(row, name), seed=seed), name=name)
        with _making(name, made):
            return as_agent(fresh(made, name), name=name, seed=seed)
    config = config_of(made, settings, name)
    offered = {"config": config, "seed": seed}
    if row.model:
        offered["model"] = load_model(model or DEFAULT_MODEL) if model is None or isinstance(model, str) else model
    return _build(made, name, offered)


def _build(agent_class: type[Agent], name: str, offered: Mapping[str, Any]) -> Agent:
    """An agent, given of config, seed and model what its constructor takes."""
    signature = inspect.signature(agent_class)
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
    given = {key: value for key, value in offered.items() if open_ended or key in signature.parameters}
    try:
        signature.bind(**given)
    except TypeError as cause:
        raise WrongKind(
            f"{name} cannot be made: {cause}. clgym makes an agent with config, seed and, where the constructor has it, model:\n"
            "    def __init__(self, config=None, *, seed=0): ..."
        ) from cause
    with _making(name, agent_class):
        return agent_class(**given)


@contextmanager
def _making(name: str, made: Any) -> Iterator[None]:
    """What an outside agent's code raises inside becomes ``AgentError``, with package and line."""
    try:
        yield
    except ClgymError:
        raise
    except Exception as cause:
        made = unwrapped(made)
        top = str(getattr(made, "__module__", type(made).__module__)).partition(".")[0]
        if top == "clgym":
            raise
        raise outside.fault_of(AgentError, f"agent {name}: making it", cause, [top]) from cause


def register_envs() -> None:
    """Make every family known to gymnasium, those of installed packages by name alone; importing clgym does it."""
    for row in builtin.FAMILIES:
        _register_env(row.id)
    for id in outside.installed("clgym.families"):
        if id not in gymnasium.registry and outside.takes_id(id):
            with suppress(InvalidSetting):  # looking the family up raises it, with its package
                _register_env(id)


def announce(family: type[Family]) -> None:
    """Make a family of another module known to gymnasium by its class's name, so that ``gym.make("module:Name")`` works.

    A name that gymnasium does not take, or that stands for an env of somebody else, is left alone: ``gym_spec`` reaches it.
    """
    id, module, name = family.__name__, family.__module__, family.__qualname__
    if "<locals>" in name or module.startswith(outside.FILE_PREFIX) or not outside.takes_id(id):
        return
    spec, there = f"{module}:{name}", gymnasium.registry.get(id)
    if there and not str(there.entry_point).startswith("clgym."):
        return
    others = there.kwargs.get("specs", [there.kwargs.get("family")]) if there else []
    if any(other not in (spec, id) for other in others):
        gymnasium.registry.pop(id)
        gymnasium.register(id=id, entry_point="clgym.registry:ambiguous", kwargs={"specs": sorted({*others, spec})})
    elif not others:
        with suppress(InvalidSetting):
            _register_env(id, spec)


def ambiguous(specs: Sequence[str], **settings: Any) -> Any:
    """Stands in gymnasium's registry for a class name that several modules have. Raises ``DuplicateName``."""
    raise DuplicateName("environment", specs[0].rpartition(":")[2], specs)


def gym_spec(name: str) -> EnvSpec:
    """What ``gym.make`` takes for an id, and for ``path/to/file.py:Name`` too, which has none. Raises as :func:`find`."""
    family(name)
    return EnvSpec(outside.gym_id(name), **_env_of(name))


def _register_env(id: str, family: str = "") -> None:
    """Raises ``InvalidSetting`` where gymnasium has another env under this id, or a version of it that forbids this one."""
    there = gymnasium.registry.get(id)
    if there and not str(there.entry_point).startswith("clgym."):
        raise InvalidSetting(f"gymnasium has an env {id!r} already ({there.entry_point}): choose another id.")
    gymnasium.registry.pop(id, None)
    try:
        gymnasium.register(id=id, **_env_of(family or id))
    except gymnasium.error.Error as cause:
        raise InvalidSetting(f"gymnasium does not take the id {id!r}: {cause}") from cause


def _env_of(family: str) -> dict[str, Any]:
    return {
        "entry_point": "clgym.env:ContinualEnv",
        "vector_entry_point": "clgym.vector:ContinualVectorEnv",
        "kwargs": {"family": family},
        "disable_env_checker": True,
    }


def _ids(kind: _Kind) -> dict[str, list[Row]]:
    """Every claim to every id of a kind. Rows of entry points hold no more than their package and where they point to."""
    claims: dict[str, list[Row]] = {row.id: [row] for row in kind.builtin}
    for id, points in outside.installed(kind.group).items() if kind.group else ():
        for point in points:
            claims.setdefault(id, []).append(kind.row(id, outside.address_of(point), package=outside.package_of(point)))
    for (name, id), row in _registered.items():
        if name == kind.name:
            claims[id] = [*(other for other in claims.get(id, []) if other.entry_point != row.entry_point), row]
    return claims


def _made(kind: _Kind, row: Row) -> Row:
    """The row, made of what it points to where an entry point says no more than that."""
    if row.package == "clgym" or (kind.name, row.id) in _registered:
        return row
    outside.check_id(row)
    return making.row_at(kind.name, row.entry_point, row.id, row.package)


def _all(kind: str) -> tuple[Row, ...]:
    rows = []
    for id in _ids(_KINDS[kind]):
        try:
            rows.append(find(kind, id))
        except ClgymError:
            continue  # broken() has it
    return tuple(rows)


def _claim(row: Row) -> str:
    return f"{row.package} ({row.entry_point})"
