"""A number, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clgym.statistics import Interval


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
#: A number over worlds with its interval, or why there is none.
Estimate = Interval | Undefined


def mean(values: Sequence[float], otherwise: str) -> Number:
    """The mean, or why there is none."""
    return math.fsum(values) / len(values) if values else Undefined(otherwise)


def decimals(value: float, digits: int = 2) -> str:
    """A number as text; no negative zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def signed_decimals(value: float, digits: int = 2) -> str:
    """A difference as text: always with its sign, but for zero."""
    text = decimals(value, digits)
    return f"+{text}" if float(text) > 0 else text
