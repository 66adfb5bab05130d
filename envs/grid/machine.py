"""A machine: named operations, what each goes by and does, and how a drift or a sibling changes them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, product
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.grid.catalogue import COLOURS, GRID_KINDS, LOOKS, ROW_KINDS, Grid, Move, draw_move, moves_of
from clgym.seeding import Draw


class Profile(NamedTuple):
    """How large things are at one level."""

    operations: int
    exceptions: int
    """colours for which each operation does something else"""
    lengths: tuple[float, ...]
    """how often a query composes one, two, ... operations"""
    sizes: tuple[tuple[int, int], ...]
    """heights and widths of grids"""
    larger: tuple[tuple[int, int], ...]
    """the same in ``transfer/size``"""
    kinds: tuple[str, ...]


def _square(low: int, high: int) -> tuple[tuple[int, int], ...]:
    sizes = range(low, high + 1)
    return tuple(product(sizes, sizes))


#: By level.
PROFILES = (
    Profile(1, 0, (1.0,), ((1, 3), (1, 4), (1, 5), (1, 6)), ((1, 7),), ROW_KINDS),
    Profile(8, 4, (0.15, 0.5, 0.35), _square(3, 4), _square(5, 6), GRID_KINDS),
    Profile(40, 3, (0.15, 0.4, 0.3, 0.15), _square(3, 5), _square(6, 7), GRID_KINDS),
    Profile(150, 2, (0.15, 0.35, 0.3, 0.2), _square(3, 5), _square(6, 7), GRID_KINDS),
)


@dataclass(frozen=True)
class Operation(PickleFieldsOnly):
    """A named operation: the first of ``moves`` as a rule, another where what it looks at is one of the ``exceptions``.

    ``exceptions`` has a colour for each further move. ``look`` is a key of ``LOOKS``, or "" where there are no exceptions.
    """

    name: str
    moves: tuple[Move, ...]
    look: str = ""
    exceptions: tuple[int, ...] = ()
    rank: int = 0
    """how many operations of its machine are met more often"""

    def colour(self, grid: Grid) -> int:
        """The colour of what it looks at; -1 where it looks at nothing."""
        return LOOKS[self.look](grid.cells, grid.width) if self.look else -1

    def move(self, colour: int) -> Move:
        """What it does where it sees that colour."""
        return self.moves[self.exceptions.index(colour) + 1] if colour in self.exceptions else self.moves[0]

    def particular(self, colour: int) -> str:
        """What has to be known for that colour: "zug", or "zug, red" where red is an exception."""
        return f"{self.name}, {COLOURS[colour]}" if colour in self.exceptions else self.name

    def text(self) -> str:
        """The operation in plain English."""
        text = f"{self.name} {self.moves[0].text}"
        if not self.look:
            return text
        others = "; ".join(f"if that is {COLOURS[colour]}, it {move.text}" for colour, move in zip(self.exceptions, self.moves[1:]))
        return f"{text}. It goes by {self.look}: {others}"


class Step(NamedTuple):
    """One operation at work: what it got and what it saw there (a colour, or -1), the move it made, and what came out."""

    operation: Operation
    grid: Grid
    colour: int
    move: Move
    made: Grid

    @property
    def rarity(self) -> float:
        """How seldom this is met, up to a factor: the operation, and an exception of it where it is one."""
        among = len(COLOURS) if self.colour in self.operation.exceptions else 1
        return (self.operation.rank + 1) * among


def run(operations: Sequence[Operation], grid: Grid) -> list[Step]:
    """What is done to a grid, step by step."""
    steps = []
    for operation in operations:
        colour = operation.colour(grid)
        move = operation.move(colour)
        made = move.apply(grid)
        steps.append(Step(operation, grid, colour, move, made))
        grid = made
    return steps


def draw_operation(draw: Draw, name: str, rank: int, level: int) -> Operation:
    """An operation of a level; its moves all differ."""
    profile = PROFILES[level]
    moves: dict[Move, None] = {}
    while len(moves) <= profile.exceptions:
        moves[draw_move(draw, profile.kinds)] = None
    if not profile.exceptions:
        return Operation(name, tuple(moves), rank=rank)
    exceptions = tuple(sorted(draw.sample(range(len(COLOURS)), profile.exceptions)))
    return Operation(name, tuple(moves), draw.choice(tuple(LOOKS)), exceptions, rank)


def altered(draw: Draw, operation: Operation, place: int, level: int) -> Operation:
    """The operation with the move of one place drawn anew; at level 0 two colours exchange what they turn into."""
    if level == 0:
        return replace(operation, moves=(_recoloured(draw, operation.moves[0]),))
    move = operation.moves[place]
    while move in operation.moves:
        move = draw_move(draw, PROFILES[level].kinds)
    return replace(operation, moves=(*operation.moves[:place], move, *operation.moves[place + 1 :]))


def _recoloured(draw: Draw, move: Move) -> Move:
    """The move of a row where two colours have exchanged what they turn into."""
    recolouring, order = move.arguments
    others = [
        other
        for other in moves_of(move.kind)
        if other.arguments[1] == order and sum(map(int.__ne__, other.arguments[0].new, recolouring.new)) == 2
    ]
    return draw.choice(others)


def related(draw: Draw, operation: Operation) -> Operation:
    """Half of the only operation of a level-0 machine: the same change of colours or the same order of cells, the other drawn anew."""
    (move,), kept = operation.moves, draw.integer(0, 1)
    others = [
        other
        for other in moves_of(move.kind)
        if other.arguments[kept] == move.arguments[kept] and other.arguments[1 - kept] != move.arguments[1 - kept]
    ]
    return replace(operation, moves=(draw.choice(others),))


@functools.cache
def ranks(count: int) -> tuple[float, ...]:
    """Cumulated probabilities of operations that are met like 1/rank."""
    total = sum(1 / rank for rank in range(1, count + 1))
    return tuple(accumulate(1 / rank / total for rank in range(1, count + 1)))
