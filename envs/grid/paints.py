"""Operations that change the colours of cells, some of them by whole objects.

The neighbours of a cell are the cells above, below, left and right of it. An object is a set of connected neighbours of
one colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from clgym.envs.grid.catalogue import COLOUR, PLACE, Grid, operation

Cell = tuple[int, int]


def _painted(grid: Grid, colour_at: Callable[[int, int, int], int]) -> Grid:
    """The grid with every cell put through ``colour_at(row, column, cell)``."""
    return tuple([tuple([colour_at(row, column, cell) for column, cell in enumerate(line)]) for row, line in enumerate(grid)])


def _neighbours(grid: Grid, row: int, column: int) -> Iterator[int]:
    if row:
        yield grid[row - 1][column]
    if row + 1 < len(grid):
        yield grid[row + 1][column]
    if column:
        yield grid[row][column - 1]
    if column + 1 < len(grid[0]):
        yield grid[row][column + 1]


def objects(grid: Grid) -> list[list[Cell]]:
    """The objects in reading order of their first cells; each begins with that cell."""
    seen: set[Cell] = set()
    regions = []
    for row, line in enumerate(grid):
        for column, colour in enumerate(line):
            if colour and (row, column) not in seen:
                regions.append(_region(grid, (row, column), seen))
    return regions


def _region(grid: Grid, start: Cell, seen: set[Cell]) -> list[Cell]:
    """The cells connected with ``start`` that have its colour; they are added to ``seen``."""
    colour, region = grid[start[0]][start[1]], [start]
    height, width = len(grid), len(grid[0])
    seen.add(start)
    for row, column in region:
        for near_row, near_column in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= near_row < height and 0 <= near_column < width and grid[near_row][near_column] == colour:
                near = (near_row, near_column)
                if near not in seen:
                    seen.add(near)
                    region.append(near)
    return region


def _with(grid: Grid, cells: set[Cell], colour: int) -> Grid:
    return _painted(grid, lambda row, column, cell: colour if (row, column) in cells else cell)


@operation(COLOUR, "changes colours: {0}", "colours")
def permute(grid: Grid, new: tuple[int, ...]) -> Grid:
    return tuple([tuple([new[cell] for cell in row]) for row in grid])


@operation(COLOUR, "swaps {0} and {1}: {0} cells become {1} and {1} cells become {0}", "colour", "colour")
def swap_colours(grid: Grid, one: int, other: int) -> Grid:
    return _painted(grid, lambda _row, _column, cell: other if cell == one else one if cell == other else cell)


@operation(COLOUR, "paints every {0} cell {1}", "colour", "colour")
def absorb(grid: Grid, old: int, new: int) -> Grid:
    return _painted(grid, lambda _row, _column, cell: new if cell == old else cell)


@operation(COLOUR, "empties every {0} cell", "colour")
def erase(grid: Grid, colour: int) -> Grid:
    return _painted(grid, lambda _row, _column, cell: 0 if cell == colour else cell)


@operation(COLOUR, "paints every empty cell {0}", "colour")
def fill_empty(grid: Grid, colour: int) -> Grid:
    return _painted(grid, lambda _row, _column, cell: cell or colour)


@operation(COLOUR, "paints {0} every coloured cell that has three or four coloured neighbours", "colour")
def crowd(grid: Grid, colour: int) -> Grid:
    def after(row: int, column: int, cell: int) -> int:
        return colour if cell and sum(map(bool, _neighbours(grid, row, column))) >= 3 else cell

    return _painted(grid, after)


@operation(
    COLOUR, "paints {1} every cell, coloured or empty, that is not {0} itself and has {0} as a neighbour", "colour", "colour"
)
def halo(grid: Grid, centre: int, colour: int) -> Grid:
    def after(row: int, column: int, cell: int) -> int:
        return colour if cell != centre and centre in _neighbours(grid, row, column) else cell

    return _painted(grid, after)


@operation(COLOUR, "paints {0} every empty cell that has at least two coloured neighbours", "colour")
def bridge(grid: Grid, colour: int) -> Grid:
    def after(row: int, column: int, cell: int) -> int:
        return colour if not cell and sum(map(bool, _neighbours(grid, row, column))) >= 2 else cell

    return _painted(grid, after)


@operation(
    COLOUR,
    "paints {0} every cell with the colour that most cells have (where two are equally common, "
    "the one that comes first, reading row by row)",
    "colour",
)
def majority(grid: Grid, colour: int) -> Grid:
    counts = Counter(cell for row in grid for cell in row if cell)
    common = counts.most_common(1)[0][0] if counts else -1
    return _painted(grid, lambda _row, _column, cell: colour if cell == common else cell)


@operation(COLOUR, "swaps {0} and {1} in every second row, starting with row 2", "colour", "colour")
def stripe(grid: Grid, one: int, other: int) -> Grid:
    return tuple(swap_colours((row,), one, other)[0] if place % 2 else row for place, row in enumerate(grid))


@operation(
    COLOUR,
    "changes every second cell, as on the squares of one colour of a chessboard, the top left corner included: "
    "there empty cells become {0} and {0} cells become empty",
    "colour",
)
def mask(grid: Grid, colour: int) -> Grid:
    def after(row: int, column: int, cell: int) -> int:
        return cell if (row + column) % 2 or cell not in (0, colour) else colour - cell

    return _painted(grid, after)


@operation(COLOUR, "paints the cells of the diagonal that starts top left {0}", "colour")
def diagonal(grid: Grid, colour: int) -> Grid:
    return _painted(grid, lambda row, column, cell: colour if row == column else cell)


@operation(COLOUR, "paints the four corners {0}", "colour")
def corners(grid: Grid, colour: int) -> Grid:
    rows, columns = (0, len(grid) - 1), (0, len(grid[0]) - 1)
    return _painted(grid, lambda row, column, cell: colour if row in rows and column in columns else cell)


@operation(
    COLOUR,
    "draws from every {0} cell to the right a line of {1} cells through empty cells, up to the next coloured cell or the edge",
    "colour",
    "colour",
)
def rays(grid: Grid, source: int, colour: int) -> Grid:
    def after(row: tuple[int, ...]) -> tuple[int, ...]:
        drawn, drawing = [], False
        for cell in row:
            drawing = cell == source or (drawing and not cell)
            drawn.append(colour if drawing and not cell else cell)
        return tuple(drawn)

    return tuple(map(after, grid))


@operation(
    COLOUR,
    "replaces, reading each row from the left, every {0} cell directly followed by {1}, together with "
    "that {1} cell, by two {2} cells",
    "colour",
    "colour",
    "colour",
)
def pattern(grid: Grid, first: int, second: int, new: int) -> Grid:
    def after(row: tuple[int, ...]) -> tuple[int, ...]:
        cells = list(row)
        for place in range(len(cells) - 1):
            if cells[place] == first and cells[place + 1] == second:
                cells[place] = cells[place + 1] = new
        return tuple(cells)

    return tuple(map(after, grid))


@operation(PLACE, "copies the left half of each row, mirrored, onto its right half (a middle cell stays)")
def symmetry(grid: Grid) -> Grid:
    half = len(grid[0]) // 2
    return tuple(row[: len(row) - half] + row[:half][::-1] for row in grid)


@operation(COLOUR, "floods with {0} all empty cells that are connected with an empty cell at the edge", "colour", objects=True)
def flood(grid: Grid, colour: int) -> Grid:
    height, width = len(grid), len(grid[0])
    seen: set[Cell] = set()
    for row in range(height):
        for column in range(width):
            edge = row in (0, height - 1) or column in (0, width - 1)
            if edge and not grid[row][column] and (row, column) not in seen:
                _region(grid, (row, column), seen)
    return _with(grid, seen, colour)


@operation(
    COLOUR,
    "paints the largest object {0} (of equally large ones, the one that comes first, reading row by row)",
    "colour",
    objects=True,
)
def largest(grid: Grid, colour: int) -> Grid:
    biggest: list[Cell] = max(objects(grid), key=len, default=[])
    return _with(grid, set(biggest), colour)


@operation(COLOUR, "empties every object of one cell", objects=True)
def dust(grid: Grid) -> Grid:
    return _with(grid, {region[0] for region in objects(grid) if len(region) == 1}, 0)


@operation(COLOUR, "paints objects of three or more cells {0}", "colour", objects=True)
def big_objects(grid: Grid, colour: int) -> Grid:
    return _with(grid, {cell for region in objects(grid) if len(region) >= 3 for cell in region}, colour)


@operation(COLOUR, "paints objects that touch the edge {0}", "colour", objects=True)
def edge_objects(grid: Grid, colour: int) -> Grid:
    height, width = len(grid), len(grid[0])

    def touches(cells: list[Cell]) -> bool:
        return any(row in (0, height - 1) or column in (0, width - 1) for row, column in cells)

    return _with(grid, {cell for region in objects(grid) if touches(region) for cell in region}, colour)


@operation(COLOUR, "paints the first cell of every object, reading row by row, {0}", "colour", objects=True)
def first_cells(grid: Grid, colour: int) -> Grid:
    return _with(grid, {region[0] for region in objects(grid)}, colour)
