"""Gymnasium wrappers for counting, metering, probing and shaping: ``from clgym.wrappers import CountSteps``.

One module each; the registry has the list, and a module is imported when its wrapper is used.
"""

from __future__ import annotations

from typing import Any

from clgym import registry
from clgym.errors import UnknownName

__all__ = [row.id for row in registry.wrappers()]


def __getattr__(name: str) -> Any:
    """Raises ``AttributeError`` with the choices, ``MissingExtra`` where a wrapper's packages are not installed."""
    try:
        row = registry.wrapper(name)
    except UnknownName as cause:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {cause}") from None
    return registry.load(row)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
