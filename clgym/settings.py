"""Settings: a value held against its type, and those of an agent: the fields of its ``Config``, given as text or JSON by a
command line, a suite or a record.

A ``Config`` is a frozen dataclass whose fields have defaults. A field that is such a dataclass itself is a group of settings;
they are addressed with a dot: ``guard.kind``. A string literal below a field is its help:

    @dataclass(frozen=True)
    class Config:
        rank: int = 16
        \"\"\"r of the adapter\"\"\"
        guard: GuardConfig = GuardConfig()
"""

from __future__ import annotations

import ast
import inspect
import json
import math
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from clgym.errors import ClgymError, InvalidSetting, UnknownName


class Setting(NamedTuple):
    """One setting: its dotted name, its type as written, its default (``dataclasses.MISSING`` where there is none), its help."""

    name: str
    type: str
    default: Any
    help: str


def config_of(agent_class: Any, settings: Mapping[str, Any], name: str = "") -> Any:
    """The ``Config`` of an agent class with ``settings`` in place of its defaults: dotted names, values as JSON gives them.

    A list becomes a tuple where the field is one. A group of settings may also be given whole, as an instance of its class.
    ``name`` is what messages call the agent.

    Raises ``UnknownName`` for a name that no field has; ``InvalidSetting`` for a value that its field's type does not allow, and
    for whatever ``Config`` itself refuses.

    >>> from clgym.agent import Agent
    >>> config_of(Agent, {})
    AgentConfig()
    """
    label = name or agent_class.__name__
    return built(_config_class(agent_class, label), settings, label)


def built(config_class: Any, settings: Mapping[str, Any], label: str) -> Any:
    """As :func:`config_of`, of the ``Config`` itself; ``label`` is what messages call the agent."""
    unknown = next((given for given in settings if given not in _names(config_class)), None)
    if unknown is not None:
        raise UnknownName(f"setting of agent {label}", unknown, [s.name for s in _settings(config_class, "")])
    try:
        return _build(config_class, settings, label)
    except (TypeError, ValueError) as cause:
        if isinstance(cause, ClgymError):
            raise
        raise InvalidSetting(f"agent {label}: {cause}.") from cause


def checked(name: str, value: Any, annotation: Any, *, low: float | None = None, high: float | None = None) -> Any:
    """The value of a setting, as its type has it: a list becomes a tuple where the type is one, a number of numpy's a plain one.

    ``low`` and ``high`` are the bounds of a number, or of every number in a list. Raises ``InvalidSetting``.

    >>> checked("budget", 3, int | None, low=1), checked("drift_at", [100, 150], tuple[int, ...])
    (3, (100, 150))
    """
    value = _plain(value)
    if not _fits(value, annotation):
        raise InvalidSetting(f"{name} should be {_expected(annotation)}, and {_shown(value)} was given.")
    for number in value if isinstance(value, (tuple, list)) else [value]:
        beyond = isinstance(number, (int, float)) and ((low is not None and number < low) or (high is not None and number > high))
        if beyond:
            bounds = f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"from {low:g} to {high:g}"
            raise InvalidSetting(f"{name} should be {bounds}, and {number!r} was given.")
    return float(value) if annotation is float else _as_tuple(value, annotation)


def from_text(text: str) -> Any:
    """A value as a command line has it: JSON where it can be, else text.

    >>> from_text("0.5"), from_text("true"), from_text("all")
    (0.5, True, 'all')
    """
    try:
        return json.loads(text)
    except ValueError:
        return text


def settings_of(agent_class: Any) -> list[Setting]:
    """Every setting of an agent class in the order of its fields, groups field by field.

    Help is read from the source: "" where a field has none, or where there is no source.
    """
    return list(_settings(_config_class(agent_class, agent_class.__name__), ""))


def _config_class(agent_class: Any, label: str) -> Any:
    config_class = getattr(agent_class, "Config", None)
    if not (isinstance(config_class, type) and is_dataclass(config_class)):
        raise InvalidSetting(
            f"agent {label}: {agent_class.__name__}.Config should be a class decorated with @dataclass(frozen=True), whose fields "
            f"are the agent's settings; it is {config_class!r}."
        )
    return config_class


def _fields(config_class: Any) -> list[Field[Any]]:
    return [field for field in fields(config_class) if field.init]


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _group(annotation: Any) -> bool:
    """Whether a field of this type holds settings of its own."""
    return isinstance(annotation, type) and is_dataclass(annotation)


def types_of(config_class: Any) -> dict[str, Any]:
    """The type of each field; ``Any`` where an annotation names what cannot be found at run time."""
    try:
        return get_type_hints(config_class)
    except (NameError, AttributeError, TypeError):
        return {field.name: Any for field in fields(config_class)}


def _names(config_class: Any) -> Iterator[str]:
    """Every name that may be given, groups as a whole included."""
    for field in _fields(config_class):
        yield field.name
        annotation = types_of(config_class)[field.name]
        if _group(annotation):
            yield from (f"{field.name}.{inner}" for inner in _names(annotation))


# -- building ---------------------------------------------------------------------------------------------------------


def _build(config_class: Any, settings: Mapping[str, Any], label: str, path: str = "", start: Any = MISSING) -> Any:
    """``start``, or else the defaults, with settings whose names are relative to ``path``."""
    values = {}
    for field in _fields(config_class):
        annotation, dotted = types_of(config_class)[field.name], path + field.name
        inner = {key.removeprefix(f"{field.name}."): v for key, v in settings.items() if key.startswith(f"{field.name}.")}
        if field.name in settings:
            values[field.name] = _checked(settings[field.name], annotation, label, dotted)
        if inner:
            whole = values.get(field.name, _default(field) if start is MISSING else getattr(start, field.name))
            values[field.name] = _build(annotation, inner, label, f"{dotted}.", whole)
    return config_class(**values) if start is MISSING else replace(start, **values)


def _checked(value: Any, annotation: Any, label: str, dotted: str) -> Any:
    """The value, as a tuple where its field is one. Raises ``InvalidSetting``."""
    if _group(annotation) and not isinstance(value, annotation):
        raise InvalidSetting(
            f"agent {label}: {dotted} is a group of settings, and {_shown(value)} was given: set them one by one, as in "
            f"{dotted}.{_fields(annotation)[0].name}=..."
        )
    return checked(f"agent {label}: {dotted}", value, annotation)


def _plain(value: Any) -> Any:
    """numpy's numbers as Python's, lists of them too; anything else as it is."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(_plain, value)) if type(value) in (tuple, list) else value
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def _fits(value: Any, annotation: Any) -> bool:
    """Whether a value is of a type. A type that is none of JSON's (a path, a class of the agent's) is left to the ``Config``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in arguments)
    if origin in (tuple, list) or annotation in (tuple, list):
        if not isinstance(value, (tuple, list)):
            return False
        if origin is tuple and arguments[-1:] != (...,):
            return len(value) == len(arguments) and all(map(_fits, value, arguments))
        return not arguments or all(_fits(item, arguments[0]) for item in value)
    if annotation is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if annotation in (str, bool, type(None)):
        return isinstance(value, annotation)
    return True


def _as_tuple(value: Any, annotation: Any) -> Any:
    """A list as a tuple, where that is what the field holds."""
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    wanted = next((o for o in options if (get_origin(o) or o) is tuple and _fits(value, o)), None)
    if wanted is None or not isinstance(value, list):
        return value
    inner = get_args(wanted)
    each = inner if inner and inner[-1] is not ... else (inner[0] if inner else Any,) * len(value)
    return tuple(map(_as_tuple, value, each))


_IN_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", type(None): "null (None)"}


def _expected(annotation: Any) -> str:
    """A type in words, and as written."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if origin in (Union, types.UnionType):
        return " or ".join(_expected(argument) for argument in arguments)
    if origin in (tuple, list) or annotation in (tuple, list):
        return f"a list ({_written(annotation)})"
    words = _IN_WORDS.get(annotation)
    return f"{words} ({annotation.__name__})" if words and annotation is not type(None) else words or _written(annotation)


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"


def _written(annotation: Any) -> str:
    """A type as its author wrote it."""
    if isinstance(annotation, type) and not get_args(annotation):
        return "None" if annotation is type(None) else annotation.__name__
    return str(annotation).replace("typing.", "")


# -- listing ----------------------------------------------------------------------------------------------------------


def _settings(config_class: Any, path: str, defaults: Any = MISSING) -> Iterator[Setting]:
    helps = helps_of(config_class)
    for field in _fields(config_class):
        annotation, name = types_of(config_class)[field.name], path + field.name
        default = _default(field) if defaults is MISSING else getattr(defaults, field.name)
        if _group(annotation):
            yield from _settings(annotation, f"{name}.", default)
        else:
            yield Setting(name, _written(annotation), default, helps.get(field.name, ""))


def helps_of(config_class: Any) -> dict[str, str]:
    """The string literal below each field, inherited ones where a class says nothing new."""
    found: dict[str, str] = {}
    for base in reversed(config_class.__mro__):
        if is_dataclass(base):
            found.update(_own_helps(base))
    return found


def _own_helps(config_class: Any) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(config_class)))
    except (OSError, TypeError, SyntaxError):  # made in a shell, or shipped without its source
        return {}
    body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
    return {
        field.target.id: " ".join(below.value.value.split())
        for field, below in zip(body, body[1:])
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
