"""Operations that move cells about or change the size of the grid."""

from __future__ import annotations

from clgym.envs.grid.catalogue import PLACE, SIZE, Grid, operation


@operation(PLACE, "mirrors the grid, so that left and right change places")
def mirror(grid: Grid) -> Grid:
    return tuple(row[::-1] for row in grid)


@operation(PLACE, "turns the grid upside down, so that the last row comes first and the first row last")
def flip(grid: Grid) -> Grid:
    return grid[::-1]


@operation(PLACE, "rotates the grid by a quarter turn clockwise")
def rotate_right(grid: Grid) -> Grid:
    return tuple(zip(*grid[::-1]))


@operation(PLACE, "rotates the grid by a quarter turn anticlockwise")
def rotate_left(grid: Grid) -> Grid:
    return tuple(zip(*grid))[::-1]


@operation(PLACE, "rotates the grid by a half turn")
def half_turn(grid: Grid) -> Grid:
    return tuple(row[::-1] for row in grid[::-1])


@operation(PLACE, "writes the rows as columns, so that the first row becomes the first column")
def transpose(grid: Grid) -> Grid:
    return tuple(zip(*grid))


@operation(
    PLACE,
    "writes the rows as columns from right to left and from the bottom up, so that the first row, "
    "read backwards, becomes the last column",
)
def transpose_other(grid: Grid) -> Grid:
    return half_turn(transpose(grid))


@operation(PLACE, "moves every cell {1} {0}, and what falls off one edge comes in again at the opposite edge", "side", "count")
def shift(grid: Grid, side: str, count: int) -> Grid:
    if side in ("left", "right"):
        cut = count % len(grid[0]) if side == "left" else -count % len(grid[0])
        return tuple(row[cut:] + row[:cut] for row in grid)
    cut = count % len(grid) if side == "up" else -count % len(grid)
    return grid[cut:] + grid[:cut]


@operation(
    PLACE, "moves every cell of each row one place to the {0}, and what falls off one end comes in again at the other", "level side"
)
def roll(grid: Grid, side: str) -> Grid:
    return shift(grid, side, 1)


@operation(PLACE, "swaps the cells of each row in pairs: the first with the second, the third with the fourth and so on")
def swap_pairs(grid: Grid) -> Grid:
    return tuple(tuple(row[place ^ 1] if place ^ 1 < len(row) else row[place] for place in range(len(row))) for row in grid)


@operation(PLACE, "swaps the first and the last cell of each row")
def swap_ends(grid: Grid) -> Grid:
    return tuple((row[-1], *row[1:-1], row[0]) if len(row) > 1 else row for row in grid)


@operation(
    PLACE,
    "writes the cells of each row in another order: first those from the odd places (first, third and so on), "
    "then those from the even places",
)
def deal(grid: Grid) -> Grid:
    return tuple(row[::2] + row[1::2] for row in grid)


@operation(PLACE, "swaps the two cells in the middle of each row (where one cell is the middle, those on both sides of it)")
def swap_middle(grid: Grid) -> Grid:
    def swapped(row: tuple[int, ...]) -> tuple[int, ...]:
        left, right = (len(row) - 2) // 2, (len(row) + 1) // 2
        return (*row[:left], row[right], *row[left + 1 : right], row[left], *row[right + 1 :]) if len(row) > 1 else row

    return tuple(map(swapped, grid))


@operation(PLACE, "swaps the left half and the right half of each row (a middle cell stays)")
def swap_halves(grid: Grid) -> Grid:
    def swapped(row: tuple[int, ...]) -> tuple[int, ...]:
        half = len(row) // 2
        return row[len(row) - half :] + row[half : len(row) - half] + row[:half]

    return tuple(map(swapped, grid))


@operation(PLACE, "mirrors the left half and the right half of each row, each in itself (a middle cell stays)")
def mirror_halves(grid: Grid) -> Grid:
    def turned(row: tuple[int, ...]) -> tuple[int, ...]:
        half = len(row) // 2
        right = len(row) - half
        return row[:half][::-1] + row[half:right] + row[right:][::-1]

    return tuple(map(turned, grid))


@operation(PLACE, "swaps the first and the last row")
def swap_outer_rows(grid: Grid) -> Grid:
    return (grid[-1], *grid[1:-1], grid[0]) if len(grid) > 1 else grid


@operation(PLACE, "reverses every second row, starting with row 2")
def snake(grid: Grid) -> Grid:
    return tuple(row[::-1] if place % 2 else row for place, row in enumerate(grid))


@operation(
    PLACE,
    "moves row 2 by one place to the {0}, row 3 by two, row 4 by three and so on, and what falls off one end "
    "of a row comes in again at its other end",
    "level side",
)
def stagger(grid: Grid, side: str) -> Grid:
    return tuple(shift((row,), side, place)[0] for place, row in enumerate(grid))


@operation(PLACE, "turns the outer ring of cells by one place clockwise")
def turn_ring(grid: Grid) -> Grid:
    height, width = len(grid), len(grid[0])
    if height < 2 or width < 2:
        return grid
    ring = [(0, column) for column in range(width)] + [(row, width - 1) for row in range(1, height)]
    ring += [(height - 1, column) for column in range(width - 2, -1, -1)] + [(row, 0) for row in range(height - 2, 0, -1)]
    cells = [list(row) for row in grid]
    for place, (row, column) in enumerate(ring):
        source, source_column = ring[place - 1]
        cells[row][column] = grid[source][source_column]
    return tuple(map(tuple, cells))


def _packed(line: tuple[int, ...], *, forward: bool) -> tuple[int, ...]:
    full = tuple(cell for cell in line if cell)
    empty = (0,) * (len(line) - len(full))
    return empty + full if forward else full + empty


@operation(PLACE, "slides every coloured cell {0} as far as it goes, past empty cells only", "side")
def gravity(grid: Grid, side: str) -> Grid:
    if side in ("left", "right"):
        return tuple(_packed(row, forward=side == "right") for row in grid)
    return tuple(zip(*(_packed(column, forward=side == "down") for column in zip(*grid))))


@operation(PLACE, "sorts the rows by the number of their coloured cells, fewest first (rows with equally many keep their order)")
def sort_rows(grid: Grid) -> Grid:
    return tuple(sorted(grid, key=_coloured))


@operation(
    PLACE, "sorts the columns by the number of their coloured cells, most first (columns with equally many keep their order)"
)
def sort_columns(grid: Grid) -> Grid:
    return tuple(zip(*sorted(zip(*grid), key=lambda column: -_coloured(column))))


def _coloured(line: tuple[int, ...]) -> int:
    return len(line) - line.count(0)


@operation(
    PLACE, "lifts the row with the most {0} cells to the top (the uppermost such row where several have equally many)", "colour"
)
def lift_row(grid: Grid, colour: int) -> Grid:
    best = max(range(len(grid)), key=lambda place: (grid[place].count(colour), -place))
    return (grid[best], *grid[:best], *grid[best + 1 :])


@operation(SIZE, "adds a frame of {0} cells around the grid, one cell thick", "colour")
def frame(grid: Grid, colour: int) -> Grid:
    edge = ((colour,) * (len(grid[0]) + 2),)
    return edge + tuple((colour, *row, colour) for row in grid) + edge


@operation(SIZE, "cuts off empty rows and columns at the edges until every edge has a coloured cell")
def crop(grid: Grid) -> Grid:
    rows = [place for place, row in enumerate(grid) if any(row)]
    columns = [place for place, column in enumerate(zip(*grid)) if any(column)]
    if not rows:
        return grid
    return tuple(row[columns[0] : columns[-1] + 1] for row in grid[rows[0] : rows[-1] + 1])


@operation(SIZE, "takes away the {0} column of the grid (unless it has only one)", "level side")
def cut_column(grid: Grid, side: str) -> Grid:
    if len(grid[0]) == 1:
        return grid
    return tuple(row[1:] if side == "left" else row[:-1] for row in grid)


@operation(SIZE, "repeats the first row below the last one")
def repeat_row(grid: Grid) -> Grid:
    return (*grid, grid[0])


@operation(SIZE, "adds a column on the right: the first column, read from the bottom up")
def echo_column(grid: Grid) -> Grid:
    return tuple((*row, other[0]) for row, other in zip(grid, grid[::-1]))


@operation(
    SIZE,
    "adds a row at the bottom: from the left as many {1} cells as the grid has {0} cells (at most a full row), then empty cells",
    "colour",
    "colour",
)
def tally(grid: Grid, counted: int, colour: int) -> Grid:
    width = len(grid[0])
    count = min(width, sum(row.count(counted) for row in grid))
    return (*grid, (colour,) * count + (0,) * (width - count))
