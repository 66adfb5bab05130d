"""The catalogue of transformations: what a machine can do to a grid in one step, and how that is said in English.

A grid is a tuple of rows of whole numbers: 0 is an empty cell, 1 and up are colours. An :class:`Operation` has slots that
a world fills by draw (colours, a side, a number of places); a :class:`Move` is an operation with its slots filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clgym.seeding import Draw
from clgym.text.english import listed

Grid = tuple[tuple[int, ...], ...]

SIDES = ("up", "down", "left", "right")
_COUNTS = {1: "one place", 2: "two places"}

#: What a step changes, for feedback: which colours stand there, where cells stand, or how large the grid is.
COLOUR, PLACE, SIZE = "colour", "place", "size"


@dataclass(frozen=True)
class Operation:
    """One kind of step. ``slots`` are "colour" (distinct ones), "side", "level side" (left or right) and "count"."""

    name: str
    kind: str
    text: str
    slots: tuple[str, ...]
    apply: Callable[..., Grid]
    objects: bool = False


CATALOGUE: dict[str, Operation] = {}


@dataclass(frozen=True)
class Move:
    """An operation with its slots filled; picklable, as it names the operation."""

    operation: str
    arguments: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        """What the move changes: colour, place or size."""
        return CATALOGUE[self.operation].kind

    def apply(self, grid: Grid) -> Grid:
        """The grid after this move."""
        return CATALOGUE[self.operation].apply(grid, *self.arguments)

    def text(self, colours: Sequence[str]) -> str:
        """What the machine does, as it follows the word "it"; ``colours`` are the names, the empty cell's first."""
        operation = CATALOGUE[self.operation]
        phrases = [_say(slot, value, colours) for slot, value in zip(operation.slots, self.arguments)]
        return operation.text.format(*phrases)


def _say(slot: str, value: Any, colours: Sequence[str]) -> str:
    if slot == "colour":
        return colours[value]
    if slot == "colours":
        return listed([f"{colours[old]} into {colours[new]}" for old, new in enumerate(value) if old])
    return _COUNTS[value] if slot == "count" else str(value)


def operation(kind: str, text: str, *slots: str, objects: bool = False) -> Callable[[Callable[..., Grid]], Callable[..., Grid]]:
    """Add the decorated function to the catalogue under its name."""

    def add(function: Callable[..., Grid]) -> Callable[..., Grid]:
        CATALOGUE[function.__name__] = Operation(function.__name__, kind, text, slots, function, objects)
        return function

    return add


def draw_move(draw: Draw, name: str, colours: int) -> Move:
    """The operation of that name with slots drawn for a world of so many colours."""
    slots = CATALOGUE[name].slots
    if slots == ("colours",):
        return Move(name, (_one_cycle(draw, colours),))
    fresh = iter(draw.sample(range(1, colours + 1), slots.count("colour")))
    makers: Mapping[str, Callable[[], Any]] = {
        "colour": lambda: next(fresh),
        "side": lambda: draw.choice(SIDES),
        "level side": lambda: draw.choice(("left", "right")),
        "count": lambda: draw.choice((1, 2)),
    }
    return Move(name, tuple(makers[slot]() for slot in slots))


def _one_cycle(draw: Draw, colours: int) -> tuple[int, ...]:
    """A permutation in which no colour stays and no two merely swap: one cycle through all, the empty cell (0) apart."""
    order = draw.shuffled(range(1, colours + 1))
    following = dict(zip(order, order[1:] + order[:1]))
    return (0, *(following[colour] for colour in range(1, colours + 1)))
