"""What a name stands for: a family, a probe, an agent or a wrapper."""

from __future__ import annotations

import inspect

import gymnasium as gym

from clgym import registry
from clgym.agent import Agent
from clgym.core import Family
from clgym.errors import UnknownName, WrongKind
from clgym.registry import AgentRow, FamilyRow, Row
from clgym.registry.outside import NAMED

KINDS = ("family", "probe", "agent", "wrapper")


def kind_of(name: str) -> str:
    """One of :data:`KINDS`. What ``module:Name`` names is imported and looked at.

    Raises ``UnknownName`` for an id that no row has, what importing raises, and ``WrongKind`` for what is none of these.
    """
    if any(name.startswith(row.id) for row in registry.agents() if row.id.endswith(":")):
        return "agent"
    if NAMED.fullmatch(name):
        return _of_target(name, registry.load_entry(name))
    for find in (registry.family, registry.agent, registry.wrapper):
        try:
            return _of_row(find(name))
        except UnknownName:
            continue
    every = [row.id for rows in (registry.families(), registry.agents(), registry.wrappers()) for row in rows]
    raise UnknownName("family, agent or wrapper", name, every, also="module:Name or path/to/file.py:Name")


def _of_row(row: Row) -> str:
    if isinstance(row, FamilyRow):
        return "probe" if "probe" in row.tags else "family"
    return "agent" if isinstance(row, AgentRow) else "wrapper"


def _of_target(name: str, target: object) -> str:
    if isinstance(target, Row):
        return _of_row(target)
    if inspect.isclass(target) and issubclass(target, Family):
        return "probe" if "probe" in getattr(target, "tags", ()) else "family"
    if inspect.isclass(target) and issubclass(target, gym.Wrapper):
        return "wrapper"
    if inspect.isclass(target) and issubclass(target, Agent) or callable(target) or hasattr(target, "act"):
        return "agent"
    raise WrongKind(
        f"{name} is a {type(target).__name__}: expected a subclass of clgym.Family, of clgym.Agent or of gymnasium.Wrapper, or what "
        "acts as an agent."
    )
