"""A number, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Undefined:
    """A number that these records cannot give, and why."""

    reason: str

    def __str__(self) -> str:
        return f"undefined: {self.reason}"


@dataclass(frozen=True)
class Censored:
    """A threshold that was not reached within ``limit`` env steps."""

    limit: int

    def __str__(self) -> str:
        return f"> {self.limit}"


Number = float | Undefined
Threshold = float | Censored | Undefined
