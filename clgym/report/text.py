"""Numbers and answers as a person reads them: signs, intervals, reasons, and hostile text made visible."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from clgym.metrics import Censored, Estimate, Threshold, Undefined
from clgym.metrics.numbers import decimals, signed_decimals
from clgym.statistics import Interval

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"

#: Longer prompts, answers and feedback are cut; the page says by how much.
LONGEST = 2_000


class Cell(NamedTuple):
    """One cell of a table: the number, what stands small beside it, and whether there is a number at all."""

    main: str
    note: str = ""
    undefined: bool = False


def undefined(reason: str) -> Cell:
    """What stands in place of a number that cannot be computed."""
    return Cell("undefined:", reason, True)


def plain(value: float, digits: int = 2) -> str:
    """A number with a real minus sign; no negative zero."""
    return decimals(value, digits).replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """A difference: always with its sign, but for zero."""
    return signed_decimals(value, digits).replace("-", MINUS)


def interval(estimate: Estimate, *, difference: bool = False, digits: int = 2) -> Cell:
    """``+0.42  [+0.31, +0.55]``, or why there is none."""
    if isinstance(estimate, Undefined):
        return undefined(estimate.reason)
    show = partial(signed if difference else plain, digits=digits)
    if estimate.low == estimate.high:  # no spread, in a quantity without bounds
        return Cell(show(estimate.estimate), "no spread: no interval")
    return Cell(show(estimate.estimate), reach(estimate, show))


#: What an interval speaks of, by its units.
_ALONE = {"worlds": "", "runs": ", this world alone", "queries": ", this run alone"}


def reach(estimate: Interval, show: Callable[[float], str]) -> str:
    """``[+0.31, +0.55]``; where that leaves more than half of what is possible open, that it does and what would decide it."""
    ends, alone = f"[{show(estimate.low)}, {show(estimate.high)}]", _ALONE.get(estimate.unit, "")
    return f"undefined: {ends} is open{alone}; {estimate.needed:,} {estimate.unit} decide" if estimate.open else f"{ends}{alone}"


def number(value: float | Undefined | Censored, *, difference: bool = False, digits: int = 2) -> Cell:
    """One number without an interval."""
    if isinstance(value, Undefined):
        return undefined(value.reason)
    if isinstance(value, Censored):
        return Cell(f"> {value.limit}", "not reached")
    return Cell(signed(value, digits) if difference else plain(value, digits))


def threshold(values: Sequence[Threshold]) -> Cell:
    """Median env steps over trials, and how many got there. Trials that have no such number are counted beside it."""
    missing = [value for value in values if isinstance(value, Undefined)]
    reached = sorted(value for value in values if isinstance(value, float))
    limits = [value.limit for value in values if isinstance(value, Censored)]
    if not reached and not limits:
        return undefined(missing[0].reason if missing else "no trial gives it")
    ordered = [*reached, *([float("inf")] * len(limits))]
    middle = ordered[(len(ordered) - 1) // 2]
    note = f"{len(reached)} of {len(ordered)} reached" + (f", {len(missing)} undefined" if missing else "")
    return Cell(f"> {max(limits):,}" if middle == float("inf") else f"{middle:,.0f}", note)


def ratio(value: float | Undefined) -> Cell:
    """How many times as much."""
    if isinstance(value, Undefined):
        return undefined(value.reason)
    return Cell(times(value))


def times(value: float) -> str:
    """``×1.25``, ``×130``."""
    return f"{TIMES}{plain(value)}" if value < 10 else f"{TIMES}{value:,.0f}"


def quantity(value: float | Undefined, unit: str) -> Cell:
    """``3.2 GFLOP``, ``1,234`` tokens, ``0.15 s``."""
    if isinstance(value, Undefined):
        return undefined(value.reason)
    if unit == "FLOP":
        for factor, prefix in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
            if value >= factor:
                return Cell(f"{value / factor:.3g} {prefix}{unit}")
    return Cell(f"{value:,.0f} {unit}".strip() if value >= 100 else f"{value:.2g} {unit}".strip())


def ranges(numbers: tuple[int, ...]) -> str:
    """``0 to 4, 7`` for (0, 1, 2, 3, 4, 7)."""
    parts: list[list[int]] = []
    for value in sorted(set(numbers)):
        if parts and value == parts[-1][-1] + 1:
            parts[-1].append(value)
        else:
            parts.append([value])
    return ", ".join(f"{part[0]} to {part[-1]}" if len(part) > 2 else ", ".join(map(str, part)) for part in parts)


def visible(text: str) -> str:
    """Any string as one that a page can carry: control, bidi and lone surrogate characters are spelled out, long ones cut."""
    printable = "".join(char if _is_printable(char) else f"⟨U+{ord(char):04X}⟩" for char in text[:LONGEST])
    left = len(text) - LONGEST
    return f"{printable} … ({left:,} more characters)" if left > 0 else printable


def _is_printable(char: str) -> bool:
    # Cf holds the bidi marks, Cs the lone surrogates; the zero-width joiner (U+200D) is what holds emoji together.
    return char in "\n\t\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co")
