"""Rows of what comes from outside.

An entry point or a name leads to a class (or to what :func:`clgym.as_agent` takes), or to a finished row. A row that is not given is
made of the class: ``summary`` is the first line of its docstring, and ``probes``, ``tags``, ``extra`` and ``small`` are class attributes
where it has them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from clgym.agent import Agent
from clgym.core import Family
from clgym.errors import ClgymError, NotLoadable, WrongKind
from clgym.registry.outside import brought_by, import_named, message_of
from clgym.registry.rows import AgentRow, FamilyRow, ModelRow, Row

_strangers_stay_out: ContextVar[bool] = ContextVar("strangers_stay_out", default=False)


@contextmanager
def without_strangers() -> Iterator[None]:
    """Inside, no agent and no model from outside is imported: importing runs its code, in a process that holds a salt or others' results."""
    before = _strangers_stay_out.set(True)
    try:
        yield
    finally:
        _strangers_stay_out.reset(before)


def row_at(kind: str, spec: str, name: str, package: str) -> Row:
    """The row that ``spec`` leads to, under the id ``name``. Imports it; raises as :func:`import_named`, ``WrongKind``, and ``NotLoadable``
    where strangers stay out."""
    if kind in ("agent", "model") and _strangers_stay_out.get():
        raise NotLoadable(f"{name} is {_article(kind)} from outside, whose code is not run here.")
    target = import_named(spec, package)
    expected = ROWS[kind]
    if isinstance(target, Row):
        if not isinstance(target, expected):
            raise WrongKind(
                f"{spec}{brought_by(package)} is a {type(target).__name__}, but {name} is taken for {_article(kind)}: expected a "
                f"{expected.__name__}."
            )
        return replace(target, id=name, package=package)
    try:
        return MAKERS[kind](name, spec, target, package)
    except ClgymError:
        raise
    except Exception as cause:  # class attributes of strangers can be anything
        raise WrongKind(
            f"{spec}{brought_by(package)} cannot be made {_article(kind)} of: {message_of(cause)}{_place_of(target)}."
        ) from cause


def _family_row(name: str, spec: str, family: Any, package: str) -> FamilyRow:
    refuse = _refusal(spec, package, family)
    if not (inspect.isclass(family) and issubclass(family, Family)):
        raise refuse(
            f"is {_described(family)}, not a task family",
            "Expected a subclass of clgym.Family:\n"
            "    class Codenames(clgym.Family):\n"
            '        name, version, levels = "CL-Codenames-v0", 1, range(2)\n'
            "        def world(self, seed, level): ...",
        )
    if inspect.isabstract(family):
        missing = ", ".join(sorted(family.__abstractmethods__))
        raise refuse(f"is a task family without {missing}", "A subclass of clgym.Family has to define it.")
    for attribute in ("name", "version", "levels"):
        if not hasattr(family, attribute):
            raise refuse(f"has no {attribute}", 'A family has name = "CL-Codenames-v0", version = 1 and levels = range(2).')
    if not (isinstance(family.levels, range) and len(family.levels)):
        raise refuse(f"has levels = {family.levels!r}", "Expected a range that is not empty: levels = range(2) for levels 0 and 1.")
    return FamilyRow(
        name,
        spec,
        _summary(family),
        getattr(family, "extra", ""),
        package=package,
        levels=family.levels,
        probes=_words(family, "probes", refuse),
        tags=_words(family, "tags", refuse),
    )


def _agent_row(name: str, spec: str, agent: Any, package: str) -> AgentRow:
    refuse = _refusal(spec, package, agent)
    driven = False
    if inspect.isclass(agent) and issubclass(agent, Agent):
        if inspect.isabstract(agent):
            missing = ", ".join(sorted(agent.__abstractmethods__))
            raise refuse(f"is an agent without {missing}", "A subclass of clgym.Agent has to define it.")
        driven = "model" in inspect.signature(agent).parameters
    elif isinstance(agent, Family) or (inspect.isclass(agent) and issubclass(agent, Family)):
        raise refuse("is a task family, not an agent", "Say it with --env.")
    elif not (callable(agent) or hasattr(agent, "act")):
        raise refuse(
            f"is {_described(agent)}, not an agent",
            "Expected a subclass of clgym.Agent, a function from a prompt (or from chat messages) to an answer, or an object with "
            "act(conversations) -> list of clgym.Answer.",
        )
    return AgentRow(
        name,
        spec,
        _summary(agent),
        getattr(agent, "extra", ""),
        package=package,
        model=driven,
        tags=_words(agent, "tags", refuse),
        small=dict(getattr(agent, "small", {})),
    )


def _model_row(name: str, spec: str, loader: Any, package: str) -> ModelRow:
    if not callable(loader) or (inspect.isclass(loader) and issubclass(loader, (Agent, Family))):
        raise _refusal(spec, package, loader)(
            f"is {_described(loader)}, not a loader", "Expected a function (name, *, device, dtype) -> a language model."
        )
    return ModelRow(
        name, spec, _summary(loader), getattr(loader, "extra", ""), package=package, weights=bool(getattr(loader, "weights", True))
    )


def _refusal(spec: str, package: str, target: Any) -> Callable[[str, str], WrongKind]:
    """Makes the error of ``target``: what it is, where it stands, and what was expected."""
    return lambda fault, expected: WrongKind(f"{spec}{brought_by(package)} {fault}{_place_of(target)}. {expected}")


def _place_of(target: Any) -> str:
    """``, at file.py line 3``: where a class or a function is defined."""
    try:
        return f", at {inspect.getsourcefile(target)} line {inspect.getsourcelines(target)[1]}"
    except (OSError, TypeError):
        return ""


def _words(target: Any, attribute: str, refuse: Callable[[str, str], WrongKind]) -> tuple[str, ...]:
    """A class attribute that lists ids or tags."""
    value = getattr(target, attribute, ())
    if isinstance(value, str) or not all(isinstance(word, str) for word in value):
        raise refuse(f"has {attribute} = {value!r}", f'Expected a tuple of texts: {attribute} = ("{value}",).')
    return tuple(value)


#: Kinds of which rows come from outside, with their class, and how a row is made of what an entry point leads to.
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
