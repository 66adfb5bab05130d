"""What Python adds to an error about a name: "Did you mean: 'filter'?", the same on every version of Python.

The distance and its limits are those of CPython's own ``traceback`` module (3.12).
"""

from __future__ import annotations

from typing import Any

_MOST_NAMES, _LONGEST, _MOVE, _CASE = 750, 40, 2, 1


def suggestion(thrown: BaseException) -> str:
    """The nearest name that there is, as the end of an error's last line; "" where none is near, or the error is about no name."""
    wrong = getattr(thrown, "name", None)
    if not isinstance(thrown, (AttributeError, NameError)) or not isinstance(wrong, str):
        return ""
    try:
        names = _names(thrown)
    except BaseException:  # whatever a program's own __dir__ raises
        return ""
    near = nearest(wrong, [name for name in names if isinstance(name, str)])
    return f". Did you mean: '{near}'?" if near else ""


def _names(thrown: BaseException) -> list[Any]:
    """The names that were at hand where it was thrown."""
    if isinstance(thrown, AttributeError):
        return sorted(dir(thrown.obj))
    trace = thrown.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return []
    frame = trace.tb_frame
    return [*frame.f_locals, *frame.f_globals, *frame.f_builtins]


def nearest(wrong: str, names: list[str]) -> str:
    """The name that is nearest to a wrong one; "" where none is near enough. Private names are near to private ones alone."""
    if len(names) > _MOST_NAMES or len(wrong) > _LONGEST:
        return ""
    best, least = "", 10**9
    for name in names:
        if name == wrong or len(name) > _LONGEST or (name.startswith("_") and not wrong.startswith("_")):
            continue
        limit = min((len(name) + len(wrong) + 3) * _MOVE // 6, least - 1)
        distance = _distance(wrong, name)
        if distance <= limit:
            best, least = name, distance
    return best


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance, where another case is half a change."""
    row = [_MOVE * place for place in range(len(other) + 1)]
    for number, letter in enumerate(one, 1):
        above, row = row, [_MOVE * number]
        for place, another in enumerate(other, 1):
            cost = 0 if letter == another else _CASE if letter.lower() == another.lower() else _MOVE
            row.append(min(above[place - 1] + cost, above[place] + _MOVE, row[-1] + _MOVE))
    return row[-1]
