"""What a prompt asks and what a colleague said, read back from the text: the inverse of ``prompts.py`` and ``feedback.py``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import NamedTuple

from clgym.envs.grid import feedback, prompts
from clgym.envs.grid.catalogue import CATALOGUE, COLOURS, Grid, Move, moves_of
from clgym.envs.grid.signs import LETTERS, WORDS, Signs, Unreadable, read

_STEP = r"[a-z]+(?: twice| three times| four times)?"
_FIELDS = {
    "name": r"[A-Z]\w+ \w+",
    "other": r"[A-Z]\w+ \w+",
    "machine": r"[A-Z]\w+ \w+",
    "steps": rf"{_STEP}(?:, then {_STEP})*",
    "what": "grid|row",
    "grid": r"\s[^.:;]+",
    "legend": r"[^.;]+",
    "rule": r".+\.",
    "operation": "[a-z]{3}",
    "look": r"[a-z ]+(?: \([a-z, ]+\))?",
    "colour": "|".join(COLOURS),
    "hint": r"[a-z ,]+",
    "wrong": r"cells? [\d, and]+\d|cell \d",
    "right": r"[^.:]+",
}


@functools.cache
def pattern(template: str) -> re.Pattern[str]:
    """The texts that a template gives, its fields as groups."""
    made, seen = "", set[str]()
    for text, name, _, _ in Formatter().parse(template):
        made += re.escape(text)
        if name:
            made += f"(?P={name})" if name in seen else f"(?P<{name}>{_FIELDS.get(name, '[0-9]+')})"
            seen.add(name)
    return re.compile(made)


@dataclass(frozen=True)
class Asked:
    """What a prompt asks: the world that it names, which operations in a row, of what, in which signs.

    ``moves`` has what the prompt itself says of operations, where these are another machine's.
    """

    machine: str
    operations: tuple[str, ...]
    grid: Grid
    signs: Signs
    moves: Mapping[str, Move] = field(default_factory=dict)


def understand(prompt: str) -> Asked:
    """What a prompt of this family asks. Raises ``ValueError`` for any other text."""
    for template in (*prompts.PASS, *prompts.SYMBOLS, *prompts.GUARD):
        found = pattern(template).fullmatch(prompt)
        if found:
            groups = found.groupdict()
            operations, text = prompts.as_names(groups["steps"]), groups["grid"].strip()
            native = WORDS if len(text.split()[0]) > 1 else LETTERS
            signs = _signs(groups["legend"], native) if "legend" in groups else native
            moves = _moves(groups["rule"], list(dict.fromkeys(operations))) if "rule" in groups else {}
            return Asked(groups["name"], operations, read(text, signs), signs, moves)
    raise ValueError(f"no prompt of CL-Grid: {prompt!r}")


def _signs(legend: str, native: Signs) -> Signs:
    pairs = dict(entry.split(" stands for ")[::-1] for entry in re.split(", | and ", legend))
    native = native if native[0] in pairs else LETTERS
    return tuple(pairs[sign] for sign in native)


def _moves(rule: str, operations: list[str]) -> Mapping[str, Move]:
    pieces = " and ".join(rf"({name} .+)" for name in operations)
    found = re.fullmatch(rf"On the \w+ \w+ {pieces}\.", rule)
    if not found:
        raise ValueError(f"no rule of CL-Grid: {rule!r}")
    return {name: by_text()[text.removeprefix(f"{name} ")] for name, text in zip(operations, found.groups())}


@functools.cache
def by_text() -> Mapping[str, Move]:
    """Every move by what is said of it."""
    return {move.text: move for name in CATALOGUE for move in moves_of(name)}


@functools.cache
def by_hint() -> Mapping[str, tuple[Move, ...]]:
    """The moves of which each hint is true."""
    made: dict[str, list[Move]] = {}
    for name in CATALOGUE:
        for move in moves_of(name):
            for hint in move.hints:
                made.setdefault(hint, []).append(move)
    return {hint: tuple(moves) for hint, moves in made.items()}


class Told(NamedTuple):
    """What is said of one operation: which colour it saw, where it looked ("" where it looks at nothing), and part of what it does."""

    operation: str
    look: str
    colour: int
    hint: str


@dataclass(frozen=True)
class Remark:
    """A feedback text: each field is empty where nothing was said of it."""

    correct: bool = False
    row: int | None = None
    """the first wrong row, 0 the first"""
    wrong: tuple[int, ...] = ()
    """which of its cells are wrong, 0 the first"""
    count: int | None = None
    """right cells in all"""
    slip: tuple[str, str] | None = None
    """what went wrong ("omitted", "case", "order") with which operation"""
    told: tuple[Told, ...] = ()
    right: str = ""
    """the right answer"""


def read_feedback(text: str) -> Remark:
    """What a colleague said. Fields of which nothing is said keep their defaults."""
    cells = _first(feedback.ROWS, text) or _first(feedback.CELLS, text)
    slips = ((what, _first(bank, text)) for what, bank in feedback.SLIPS.items())
    slip = next(((what, found["operation"]) for what, found in slips if found), None)
    shown = _first(feedback.SHOWN, text)
    return Remark(
        correct=_first(feedback.RIGHT, text) is not None,
        row=int(cells.get("number", 1)) - 1 if cells else None,
        wrong=tuple(int(number) - 1 for number in re.findall(r"\d+", cells["wrong"])) if cells else (),
        count=int(cells["count"]) if cells and "count" in cells else None,
        slip=slip,
        told=tuple(told for told in _told(text) if told.hint in by_hint()),
        right=shown["right"].strip() if shown else "",
    )


def _told(text: str) -> Iterator[Told]:
    for template in feedback.CASES:
        for found in pattern(template).finditer(text):
            yield Told(found["operation"], found["look"], COLOURS.index(found["colour"]), found["hint"])
    for template in feedback.PLAIN:
        for found in pattern(template).finditer(text):
            yield Told(found["operation"], "", -1, found["hint"])


def _first(bank: Iterable[str], text: str) -> dict[str, str] | None:
    """The fields of the first template of a bank that is in a text."""
    for template in bank:
        found = pattern(template).search(text)
        if found:
            return found.groupdict()
    return None


def read_answer(answer: str, asked: Asked) -> Grid | None:
    """The grid that an answer is, or ``None``."""
    try:
        return read(answer, asked.signs)
    except Unreadable:
        return None
