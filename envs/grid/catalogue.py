"""The catalogue: everything that an operation can do to a grid in one go, how that is said in English, and what is hinted of it.

A :class:`Kind` has slots that a draw fills; a :class:`Move` is a kind with its slots filled. No move changes the size of a grid, and each
is defined in the same way at every size. Worlds are drawn from it, feedback is written from it, and the ideal learner searches it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product
from operator import itemgetter
from typing import Any, NamedTuple

from clgym.seeding import Draw

#: A cell is the place of its colour in this list.
COLOURS = ("red", "blue", "green", "yellow", "purple", "orange")
Cells = tuple[int, ...]
#: What a move does to the cells of a grid, row by row, once the size is known.
Plan = Callable[[Cells], Cells]
Argument = Any


class Grid(NamedTuple):
    """Cells in reading order, and how many a row has."""

    width: int
    cells: Cells

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.cells) // self.width

    def rows(self) -> list[Cells]:
        """The cells, row by row."""
        return [self.cells[start : start + self.width] for start in range(0, len(self.cells), self.width)]


@dataclass(frozen=True)
class Kind:
    """One kind of move. ``text`` says all of it, each of ``hints`` a part; ``{0}`` is the first argument, ``{axis}`` row or column."""

    name: str
    text: str
    hints: tuple[str, ...]
    members: tuple[tuple[Argument, ...], ...]
    plan: Callable[..., Plan]


@dataclass(frozen=True)
class Move:
    """A kind with its slots filled."""

    kind: str
    arguments: tuple[Argument, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.arguments))

    def __getstate__(self) -> tuple[str, tuple[Argument, ...]]:
        return self.kind, self.arguments  # hashes of strings differ from process to process

    def __setstate__(self, state: tuple[str, tuple[Argument, ...]]) -> None:
        self.__dict__.update(kind=state[0], arguments=state[1])

    def apply(self, grid: Grid) -> Grid:
        """The grid after this move."""
        width, cells = grid
        plan = self._plans.get((width, len(cells)))
        if plan is None:
            plan = CATALOGUE[self.kind].plan(len(cells) // width, width, *self.arguments)
            self._plans[width, len(cells)] = plan
        return Grid(width, plan(cells))

    @functools.cached_property
    def _plans(self) -> dict[tuple[int, int], Plan]:
        """What it does to cells, by the width and the number of them."""
        return {}

    @functools.cached_property
    def text(self) -> str:
        """What the move does, as it follows the name of an operation."""
        return CATALOGUE[self.kind].text.format(*map(_say, self.arguments), axis=_axis(self.arguments))

    @functools.cached_property
    def hints(self) -> tuple[str, ...]:
        """Parts of :attr:`text`: what a colleague lets slip. Other moves share each of them."""
        words, axis = [_say(argument) for argument in self.arguments], _axis(self.arguments)
        return tuple(
            hint.format(*words, axis=axis, entry=" and ".join(entries))
            for hint in CATALOGUE[self.kind].hints
            for entries in (combinations(_entries(self.arguments[0]), 1 + (self.kind == "recast")) if "{entry}" in hint else ((),))
        )


# -- what fills the slots ---------------------------------------------------------------------------------------------

SIDES = ("left", "right", "up", "down")
_ACROSS = {"left": "row", "right": "row", "up": "column", "down": "column"}
#: Ends of a line: whether of a row or of a column, and whether it is the last.
_ENDS = {"left": ("row", False), "right": ("row", True), "upper": ("column", False), "lower": ("column", True)}
_FIRST_OR_LAST = {"first": lambda count: (0,), "second": lambda count: (1,), "last": lambda count: (count - 1,)}
_EVERY_SECOND = {"odd": lambda count: range(0, count, 2), "even": lambda count: range(1, count, 2)}


class Lines(NamedTuple):
    """Some rows or some columns: ``which`` is first, second, last, odd or even."""

    which: str
    axis: str

    def __str__(self) -> str:
        if self.which in _FIRST_OR_LAST:
            return f"the {self.which} {self.axis}"
        return f"every second {self.axis}, beginning with the {'first' if self.which == 'odd' else 'second'},"

    def places(self, height: int, width: int) -> list[range]:
        """The places of the cells of each of these lines."""
        lines = lines_of(self.axis, height, width)
        return [lines[number] for number in {**_FIRST_OR_LAST, **_EVERY_SECOND}[self.which](len(lines))]


class Pair(NamedTuple):
    """Two colours, in no order: either will do."""

    one: int
    other: int

    def __str__(self) -> str:
        return f"{COLOURS[self.one]} or {COLOURS[self.other]}"


class Colour(NamedTuple):
    """One colour."""

    number: int

    def __str__(self) -> str:
        return COLOURS[self.number]


class Recolouring(NamedTuple):
    """What each colour turns into."""

    new: tuple[int, ...]

    def __str__(self) -> str:
        return ", ".join(_entries(self))


def _entries(recolouring: Recolouring) -> tuple[str, ...]:
    return tuple(f"{COLOURS[old]} into {COLOURS[new]}" for old, new in enumerate(recolouring.new))


def lines_of(axis: str, height: int, width: int) -> list[range]:
    """The places of the cells of every row, or of every column."""
    if axis == "row":
        return [range(start, start + width) for start in range(0, height * width, width)]
    return [range(start, height * width, width) for start in range(width)]


_PLACES = {1: "one place", 2: "two places"}


def _say(argument: Argument) -> str:
    return _PLACES[argument] if isinstance(argument, int) else str(argument)


def _axis(arguments: Sequence[Argument]) -> str:
    """Whether a move is about rows or about columns, where it says so."""
    for argument in arguments:
        if isinstance(argument, Lines):
            return argument.axis
        if argument in ("row", "column"):
            return str(argument)
        if argument in _ENDS:
            return _ENDS[argument][0]
    return ""


_LINES = tuple(Lines(which, axis) for axis in ("row", "column") for which in (*_FIRST_OR_LAST, *_EVERY_SECOND))
_PAIRS = tuple(Pair(*pair) for pair in combinations(range(len(COLOURS)), 2))
_COLOURS = tuple(map(Colour, range(len(COLOURS))))


def _cycles() -> tuple[Recolouring, ...]:
    """Every way in which all colours change and none comes back before all have had their turn."""
    made = []
    for rest in permutations(range(1, len(COLOURS))):
        order = (0, *rest)
        following = dict(zip(order, (*rest, 0)))
        made.append(Recolouring(tuple(following[colour] for colour in range(len(COLOURS)))))
    return tuple(made)


def _derangements() -> tuple[Recolouring, ...]:
    """Every way in which each colour turns into another one, no two into the same."""
    return tuple(
        Recolouring(new) for new in permutations(range(len(COLOURS))) if all(old != colour for old, colour in enumerate(new))
    )


def _trades() -> tuple[Recolouring, ...]:
    """Every way in which the colours change places two by two."""
    return tuple(
        Recolouring(new)
        for new in permutations(range(len(COLOURS)))
        if all(new[other] == colour != other for colour, other in enumerate(new))
    )


# -- the kinds --------------------------------------------------------------------------------------------------------

CATALOGUE: dict[str, Kind] = {}


def kind(text: str, *hints: str, members: Iterable[tuple[Argument, ...]]) -> Callable[[Callable[..., Plan]], Callable[..., Plan]]:
    """Add the decorated planner to the catalogue under its name."""

    def add(planner: Callable[..., Plan]) -> Callable[..., Plan]:
        CATALOGUE[planner.__name__] = Kind(planner.__name__, text, hints, tuple(members), planner)
        return planner

    return add


def _taken(sources: Sequence[int]) -> Plan:
    """Every cell comes from another place."""
    return itemgetter(*sources)


def _moved(height: int, width: int, changed: Mapping[int, int]) -> Plan:
    """Some cells come from other places (``changed``: place -> where from), the rest stay."""
    return _taken([changed.get(place, place) for place in range(height * width)])


def _recoloured(new: Sequence[int]) -> Plan:
    return lambda cells: tuple([new[cell] for cell in cells])


def _painted(places: Iterable[int], colour: int) -> Plan:
    chosen = tuple(places)

    def paint(cells: Cells) -> Cells:
        made = list(cells)
        for place in chosen:
            made[place] = colour
        return tuple(made)

    return paint


_TURNS = ("left and right change places", "top and bottom change places", "it stands on its head")


@kind("turns the whole grid so that {0}", "turns the grid about as a whole", members=product(_TURNS))
def turn(height: int, width: int, how: str) -> Plan:
    rows = [list(row) for row in lines_of("row", height, width)]
    rows = rows if how == _TURNS[0] else rows[::-1]
    return _taken([place for row in rows for place in (row if how == _TURNS[1] else row[::-1])])


@kind(
    "pushes the whole grid {1} {0}, and what falls off comes in at the other side",
    "pushes the whole grid along by {1}",
    "pushes the whole grid {0}",
    members=product(SIDES, (1, 2)),
)
def roll(height: int, width: int, side: str, count: int) -> Plan:
    changed: dict[int, int] = {}
    for line in lines_of(_ACROSS[side], height, width):
        changed.update(_pushed(line, side, count))
    return _moved(height, width, changed)


def _pushed(line: Sequence[int], side: str, count: int = 1) -> dict[int, int]:
    """Where the cells of a line come from when it is pushed along."""
    back = count if side in ("left", "up") else -count
    return {place: line[(number + back) % len(line)] for number, place in enumerate(line)}


@kind(
    "pushes {0} one place {1}, and what falls off comes in at the other end",
    "pushes along {0} and leaves the rest as it is",
    "pushes cells {1}, but not those of the whole grid",
    members=((lines, side) for lines in _LINES for side in SIDES if _ACROSS[side] == lines.axis),
)
def push(height: int, width: int, lines: Lines, side: str) -> Plan:
    changed: dict[int, int] = {}
    for line in lines.places(height, width):
        changed.update(_pushed(line, side))
    return _moved(height, width, changed)


@kind("reads {0} from behind", "reads a {axis} or more from behind, but not every one", members=product(_LINES))
def reverse(height: int, width: int, lines: Lines) -> Plan:
    return _moved(height, width, {place: source for line in lines.places(height, width) for place, source in zip(line, line[::-1])})


_COUPLES = {
    "the first and the last": (0, -1),
    "the first and the second": (0, 1),
    "the second and the last": (1, -1),
    "the last two": (-2, -1),
}


@kind("swaps {0} {1}s", "swaps two {axis}s", members=product(_COUPLES, ("row", "column")))
def swap(height: int, width: int, couple: str, axis: str) -> Plan:
    lines = lines_of(axis, height, width)
    one, other = (lines[number] for number in _COUPLES[couple])
    return _moved(height, width, {**dict(zip(one, other)), **dict(zip(other, one))})


@kind(
    "moves the cells of the outer edge {1} round, {0}",
    "moves the cells of the outer edge round in a ring",
    members=product(("clockwise", "anticlockwise"), (1, 2)),
)
def ring(height: int, width: int, way: str, count: int) -> Plan:
    edge = [(0, column) for column in range(width)] + [(row, width - 1) for row in range(1, height)]
    edge += [(height - 1, column) for column in range(width - 2, -1, -1)] + [(row, 0) for row in range(height - 2, 0, -1)]
    places = [row * width + column for row, column in edge]
    return _moved(height, width, _pushed(places, "right" if way == "clockwise" else "left", count))


@kind(
    "brings the cells of every {axis} that are {0} to its {1} end, all of them in their old order",
    "collects cells of two colours at the {1} end",
    "collects the cells that are {0} at one end",
    members=product(_PAIRS, _ENDS),
)
def gather(height: int, width: int, pair: Pair, end: str) -> Plan:
    axis, forward = _ENDS[end]
    lines = lines_of(axis, height, width)

    one, other = pair

    def gathered(cells: Cells) -> Cells:
        made = list(cells)
        for line in lines:
            held = [cells[place] for place in line]
            chosen = [cell for cell in held if cell == one or cell == other]
            rest = [cell for cell in held if cell != one and cell != other]
            for place, cell in zip(line, rest + chosen if forward else chosen + rest):
                made[place] = cell
        return tuple(made)

    return gathered


@kind("turns every colour into another: {0}", "changes all colours, {entry} for one", members=((new,) for new in _cycles()))
def cycle(height: int, width: int, recolouring: Recolouring) -> Plan:
    return _recoloured(recolouring.new)


@kind(
    "lets the colours change places two by two: {0}",
    "lets colours change places two by two, {entry} for one",
    members=((new,) for new in _trades()),
)
def trade(height: int, width: int, recolouring: Recolouring) -> Plan:
    return _recoloured(recolouring.new)


@kind(
    "turns every cell that is {0} into {1}",
    "turns cells of two colours into {1}",
    "gives one new colour to the cells that are {0}",
    members=((pair, colour) for pair in _PAIRS for colour in _COLOURS if colour.number not in pair),
)
def absorb(height: int, width: int, pair: Pair, colour: Colour) -> Plan:
    return _recoloured([colour.number if old in pair else old for old in range(len(COLOURS))])


@kind(
    "paints {0} {1}",
    "paints a {axis} or more {1}, whatever stood there",
    "paints {0} in one colour",
    members=product(_LINES, _COLOURS),
)
def paint(height: int, width: int, lines: Lines, colour: Colour) -> Plan:
    return _painted((place for line in lines.places(height, width) for place in line), colour.number)


_MARKS = ("the four corners", "the diagonal that begins top left")


@kind("paints {0} {1}", "paints a few fixed cells {1}", "paints {0}", members=product(_MARKS, _COLOURS))
def mark(height: int, width: int, where: str, colour: Colour) -> Plan:
    if where == _MARKS[0]:
        return _painted((0, width - 1, (height - 1) * width, height * width - 1), colour.number)
    return _painted((number * width + number for number in range(min(height, width))), colour.number)


_NEAR = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
_BESIDE = {"to the left": "left", "to the right": "right", "above": "up", "below": "down"}


@kind(
    "paints {2} every cell that has a {0} cell next to it, {1}",
    "paints cells {2} that have certain neighbours {1}",
    "paints cells that have a {0} cell on a certain side",
    members=((pair, where, colour) for pair in _PAIRS for where in _BESIDE for colour in _COLOURS if colour.number not in pair),
)
def beside(height: int, width: int, pair: Pair, where: str, colour: Colour) -> Plan:
    down, right = _NEAR[_BESIDE[where]]
    links = [
        (row * width + column, (row + down) * width + column + right)
        for row, column in product(range(height), range(width))
        if 0 <= row + down < height and 0 <= column + right < width
    ]
    one, other = pair

    def after(cells: Cells) -> Cells:
        made = list(cells)
        for place, near in links:
            if cells[near] == one or cells[near] == other:
                made[place] = colour.number
        return tuple(made)

    return after


_COPIES = {
    f"the {source} {axis} onto the {target}": (axis, numbers)
    for axis in ("row", "column")
    for source, target, numbers in (
        ("first", "last", (0, -1)),
        ("last", "first", (-1, 0)),
        ("second", "first", (1, 0)),
        ("first", "second", (0, 1)),
    )
}


@kind("copies {0}", "copies one line of cells onto another", members=product(_COPIES))
def copy(height: int, width: int, which: str) -> Plan:
    axis, (source, target) = _COPIES[which]
    lines = lines_of(axis, height, width)
    return _moved(height, width, dict(zip(lines[target], lines[source])))


@kind("copies the {0} half onto the other, as in a mirror", "makes one half a mirror image of the other", members=product(_ENDS))
def fold(height: int, width: int, end: str) -> Plan:
    axis, last = _ENDS[end]
    changed: dict[int, int] = {}
    for line in lines_of(axis, height, width):
        kept = line[::-1] if last else line
        changed.update((kept[-1 - number], kept[number]) for number in range(len(line) // 2))
    return _moved(height, width, changed)


_WAYS = {"reads from behind": None, "rolls one place forward": ("right", "down"), "rolls one place back": ("left", "up")}


@kind(
    "{2} every {1} that holds {0}",
    "{2} every {axis} that holds certain colours",
    "does something to every {axis} that holds {0}",
    members=product(_PAIRS, ("row", "column"), _WAYS),
)
def choosy(height: int, width: int, pair: Pair, axis: str, way: str) -> Plan:
    sides = _WAYS[way]
    lines = []
    for line in lines_of(axis, height, width):
        changed = _pushed(line, sides[axis == "column"]) if sides else dict(zip(line, line[::-1]))
        lines.append((tuple(line), tuple(changed.items())))
    one, other = pair

    def after(cells: Cells) -> Cells:
        made = list(cells)
        for line, changed in lines:
            held = [cells[place] for place in line]
            if one in held or other in held:
                for place, source in changed:
                    made[place] = cells[source]
        return tuple(made)

    return after


_ORDERS: dict[str, Callable[[list[int]], list[int]]] = {
    "reads the row from behind": lambda row: row[::-1],
    "moves the first cell to the end": lambda row: row[1:] + row[:1],
    "moves the last cell to the front": lambda row: row[-1:] + row[:-1],
    "moves the first two cells to the end": lambda row: row[2:] + row[:2],
    "moves the last two cells to the front": lambda row: row[-2:] + row[:-2],
    "swaps the first and the last cell": lambda row: [row[-1], *row[1:-1], row[0]],
    "swaps the first two cells": lambda row: [row[1], row[0], *row[2:]],
    "swaps the last two cells": lambda row: [*row[:-2], row[-1], row[-2]],
}


@kind("turns every colour into another ({0}) and {1}", "turns {entry}", "{1}", members=product(_derangements(), _ORDERS))
def recast(height: int, width: int, recolouring: Recolouring, order: str) -> Plan:
    """What is done at level 0, to a single row."""
    sources, new = _ORDERS[order](list(range(width))), recolouring.new
    return lambda cells: tuple([new[cells[source]] for source in sources])


#: The kinds that are drawn on rows (level 0) and on grids.
ROW_KINDS = ("recast",)
GRID_KINDS = tuple(name for name in CATALOGUE if name not in ROW_KINDS)


@functools.cache
def moves_of(name: str) -> tuple[Move, ...]:
    """Every move of a kind."""
    return tuple(Move(name, arguments) for arguments in CATALOGUE[name].members)


def draw_move(draw: Draw, kinds: Sequence[str]) -> Move:
    """A move: first its kind, then one of that kind, all equally likely."""
    return draw.choice(moves_of(draw.choice(kinds)))


# -- what an operation may go by --------------------------------------------------------------------------------------


def _commonest(cells: Cells, width: int) -> int:
    return max(set(cells), key=lambda cell: (cells.count(cell), -cells.index(cell)))


#: What an operation looks at to know which of its moves to make: from cells and width to a colour.
LOOKS: dict[str, Callable[[Cells, int], int]] = {
    "the top left corner": lambda cells, width: cells[0],
    "the top right corner": lambda cells, width: cells[width - 1],
    "the bottom left corner": lambda cells, width: cells[-width],
    "the bottom right corner": lambda cells, width: cells[-1],
    "the second cell of the first row": lambda cells, width: cells[1],
    "the commonest colour (of equals, the one that comes first)": _commonest,
}
