"""From a right answer back to the house that it was written for: the inverse of the writers.

The writers give their lines in order and read a house by its slots and columns alone. Here they write for a house whose words are blanks, and
whose conventions are tried one after another as soon as a line needs one: each line is compared with the answer's before the next is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from clgym.envs.framework.catalogue import SLOT

#: Slots whose words are filled in from the answer's text; all others are conventions, of which one of a few has to be tried.
WORDS = frozenset(name for name, slot in SLOT.items() if slot.group == "words" and name != "sep")
_BLANK = re.compile(r"«([^»]+)»")
_MOST = 4000


class Written(NamedTuple):
    """What an answer tells of its house: the choices by slot that fit it, and names of columns."""

    slots: dict[str, tuple[str, ...]]
    columns: dict[tuple[str, str], str]


class _Needed(Exception):
    """A line needs a convention that is not settled yet."""

    def __init__(self, slot: str):
        self.slot = slot


class _Blank:
    """A house whose words are blanks, with some conventions settled."""

    def __init__(self, settled: Mapping[str, str]):
        self._settled = settled
        self.read: set[str] = set()

    def __getitem__(self, slot: str) -> str:
        if slot in WORDS:
            return f"«{slot}»"
        if slot not in self._settled:
            raise _Needed(slot)
        self.read.add(slot)
        return self._settled[slot]

    def column(self, model: str, column: str) -> str:
        return f"«{model}.{column}»"


Writer = Callable[[_Blank], Iterable[str]]


def unwrite(lines: Sequence[str], writer: Writer, likely: Callable[[str], Sequence[str]]) -> Written | None:
    """What the lines of a right answer tell; ``None`` where no house writes them. ``likely`` lists a convention's choices, the likeliest first."""
    settled = _search(lines, writer, likely, {}, [_MOST])
    if settled is None:
        return None
    house, filled = _written(lines, writer, settled) or (None, {})
    assert house is not None
    slots: dict[str, tuple[str, ...]] = {slot: (settled[slot],) for slot in house.read}
    for slot in house.read:  # what fits as well, with all else as it is
        slots[slot] += tuple(
            choice for choice in likely(slot) if choice != settled[slot] and _also(lines, writer, settled | {slot: choice})
        )
    columns = {(model, column): name for blank, name in filled.items() for model, dot, column in [blank.partition(".")] if dot}
    return Written(slots | {blank: (word,) for blank, word in filled.items() if "." not in blank}, columns)


def _also(lines: Sequence[str], writer: Writer, settled: dict[str, str]) -> bool:
    try:
        return _written(lines, writer, settled) is not None
    except _Needed:
        return False


def _written(lines: Sequence[str], writer: Writer, settled: Mapping[str, str]) -> tuple[_Blank, dict[str, str]] | None:
    """The house that was read and its blanks, filled in; ``None`` where it writes other lines. Raises ``_Needed``."""
    house, filled = _Blank(settled), dict[str, str]()
    place = 0
    for line in writer(house):
        if place == len(lines) or not _fits(line, lines[place], filled):
            return None
        place += 1
    return (house, filled) if place == len(lines) else None


def _search(
    lines: Sequence[str], writer: Writer, likely: Callable[[str], Sequence[str]], settled: dict[str, str], budget: list[int]
) -> dict[str, str] | None:
    """Conventions with which a house writes these lines."""
    budget[0] -= 1
    if budget[0] < 0:
        return None
    try:
        return settled if _written(lines, writer, settled) else None
    except _Needed as need:
        slot = need.slot
    for choice in likely(slot):
        found = _search(lines, writer, likely, settled | {slot: choice}, budget)
        if found is not None:
            return found
    return None


def _fits(line: str, other: str, filled: dict[str, str]) -> bool:
    """Whether a line with blanks is another one; what stands in the blanks is noted, and has to be the same everywhere."""
    if "«" not in line:
        return line == other
    match = _pattern(line).fullmatch(other)
    if match is None:
        return False
    for number, blank in enumerate(_BLANK.findall(line), 1):
        if filled.setdefault(blank, match[number]) != match[number]:
            return False
    return True


_patterns: dict[str, re.Pattern[str]] = {}


def _pattern(line: str) -> re.Pattern[str]:
    pattern = _patterns.get(line)
    if pattern is None:
        if len(_patterns) > 20_000:
            _patterns.clear()
        parts = _BLANK.split(line)
        text = "".join(
            (r"([a-z]+)" if "." in part else rf"({'|'.join(_choices(part))})") if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
        pattern = _patterns[line] = re.compile(text)
    return pattern


def _choices(slot: str) -> Iterator[str]:
    yield from (SLOT[slot].django, *SLOT[slot].choices)
