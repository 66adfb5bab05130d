"""Agents that are no subclass of :class:`clgym.Agent`: functions, objects with ``act``, programs and servers.

:func:`as_agent` takes what Python can hold. Programs (``exec:./agent --flag``) and servers (``http://host:port/agent``) are reached by
name; what is spoken with them stands in :mod:`clgym.outside.wire`.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from clgym.agent import Agent, described
from clgym.errors import WrongKind
from clgym.outside.python import FUNCTION_SHAPE, OBJECT_SHAPE, FunctionAgent, ObjectAgent

__all__ = ["as_agent", "fresh", "unwrapped"]


def as_agent(x: Any, *, name: str = "", seed: int = 0) -> Agent:
    """An agent made of ``x``; one that is an agent already comes back as it is.

    * A function (or anything callable, async too) from ``prompt: str`` or ``messages: list[dict]`` to a ``str`` or an :class:`Answer`. Which
      of the two it reads is said by the annotation of its first parameter, else by its name (``messages``, ``conversation``, ``history``
      and ``chat`` are messages). A prompt is the text of the query; in a later turn or try, the whole conversation as one text. Async
      functions answer a batch concurrently, also where an event loop is running.
    * An object with ``act(conversations) -> list`` of ``str`` or :class:`Answer`, and what it has of ``learn``, ``flush``, ``save`` and
      ``load``, ``evaluating``, ``describe``, ``attempts`` and ``frozen``, which is set while it is evaluated. Async methods are awaited.
    * A class of either, which is made here: without arguments, or with ``seed`` where it takes one.

    ``name`` is what errors call it. Raises ``WrongKind``, with the right shape, for anything else.
    """
    if isinstance(x, Agent):
        return x
    name = name or _name_of(x)
    if _is_made(x):
        return as_agent(_instance(x, name, seed), name=name)
    if callable(getattr(x, "act", None)):
        return ObjectAgent(x, name)
    if callable(x) and not inspect.isclass(x):
        return FunctionAgent(x, name)
    raise WrongKind(f"{name} is {described(x)}, not an agent. {FUNCTION_SHAPE}\n{OBJECT_SHAPE}")


def fresh(x: Any, name: str) -> Any:
    """``x``, where every trial that names it gets an agent of its own. Raises ``WrongKind`` for one object that learns: trials would share it."""
    if (
        not inspect.isclass(x)
        and not _is_made(x)
        and any(callable(getattr(x, method, None)) for method in ("learn", "flush", "load"))
    ):
        raise WrongKind(
            f"{name} is one {type(x).__name__} that learns, and would carry what it learned in one trial into the next. "
            "Name its class, or functools.partial(Class, ...), so that each trial makes its own."
        )
    return x


def unwrapped(x: Any) -> Any:
    """What a ``functools.partial`` calls; anything else as it is."""
    return x.func if isinstance(x, functools.partial) else x


def _is_made(x: Any) -> bool:
    """Whether ``x`` is a class of agents, or a ``functools.partial`` of one."""
    made = unwrapped(x)
    return inspect.isclass(made) and (hasattr(made, "act") or any("__call__" in vars(base) for base in made.__mro__))


def _instance(x: Any, name: str, seed: int) -> Any:
    made = unwrapped(x)
    if inspect.isabstract(made):
        raise WrongKind(f"{name} is an agent without {', '.join(sorted(made.__abstractmethods__))}, which it has to define.")
    signature = inspect.signature(x)
    given = {"seed": seed} if "seed" in signature.parameters else {}
    try:
        signature.bind(**given)
    except TypeError as cause:
        raise WrongKind(
            f"{name} cannot be made: {cause}. clgym makes it without arguments, or with seed where it takes one: give the others "
            "defaults, or give as_agent an instance."
        ) from cause
    return x(**given)


def _name_of(x: Any) -> str:
    named = unwrapped(x)
    return str(getattr(named, "__qualname__", None) or type(named).__qualname__)
