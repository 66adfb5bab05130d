"""What the registry knows of a family, an agent, a model, ...: one row each, with a string entry point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """An id and what it stands for. Entry points are strings (``module:Name``), so that nothing is imported before it is used."""

    id: str
    entry_point: str
    summary: str = ""
    extra: str = ""
    """The extra of clgym whose packages it needs."""
    package: str = field(default="clgym", kw_only=True)
    """Who brought it: a distribution and its version, or ``clgym``."""


@dataclass(frozen=True)
class FamilyRow(Row):
    """A task family or a probe. Its entry point is a subclass of :class:`clgym.Family`."""

    levels: range | None = field(default=None, kw_only=True)
    """``None``: nobody has asked the family yet."""
    probes: tuple[str, ...] = field(default=(), kw_only=True)
    """Ids asked before and after learning."""
    tags: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class AgentRow(Row):
    """An agent. Its entry point is a subclass of :class:`clgym.Agent`, or anything that :func:`clgym.as_agent` takes."""

    model: bool = field(default=False, kw_only=True)
    """Whether it drives a language model (and so takes ``--model``)."""
    tags: tuple[str, ...] = field(default=(), kw_only=True)
    config: str = field(default="", kw_only=True)
    """``module:Name`` of its ``Config``, where importing the agent takes seconds: settings are checked before it is loaded."""
    small: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    """Settings with which the contract's tests take seconds."""


@dataclass(frozen=True)
class ModelRow(Row):
    """A language model, or (ending in ``:``) a scheme of names that reaches many.

    Its entry point is a function ``(name, *, device, dtype) -> TextModel``.
    """

    extra: str = "models"
    cache: str = field(default="", kw_only=True)
    """Says what is there of a fetched one."""
    check: str = field(default="", kw_only=True)
    """Raises the typed error of a name that cannot be loaded, and takes no time: what is said before a sweep begins."""
    identity: str = field(default="", kw_only=True)
    """Says what tells it from another model of the same name: a function ``name -> {"weights": sha256, ...}`` that needs no network."""
    weights: bool = field(default=True, kw_only=True)
    """Whether agents may train it and ask for log-probabilities."""


@dataclass(frozen=True)
class WrapperRow(Row):
    """A gymnasium wrapper."""


@dataclass(frozen=True)
class EngineRow(Row):
    """Where the trials of a sweep run: a function of the sweep, the number of workers and the engine's settings."""


@dataclass(frozen=True)
class TrackerRow(Row):
    """Where the curves of trials are shown: a class as :mod:`clgym.sweep.tracking` describes it."""
