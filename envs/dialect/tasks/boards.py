"""Tasks of several functions, helpers first: rows, grids and tables."""

from __future__ import annotations

from clgym.envs.dialect.tasks.base import Function, Task, phrasings
from clgym.envs.dialect.tasks.inputs import NAMES, amounts
from clgym.seeding import Draw

BOARDS = (
    Task(
        "cell_generations",
        (
            Function.of(
                "g",
                "nextRow stepRow nextGeneration",
                "cells: number[]",
                "number[]",
                lambda draw, c: ([draw.integer(0, 1) for _ in range(draw.integer(1, 8))],),
                lambda c: [([],), ([1],), ([0, 0, 0],), ([1, 1],)],
            ),
            Function.of(
                "f",
                "liveCells runCells countAlive",
                "cells: number[], rounds: number",
                "number",
                lambda draw, c: ([int(draw.chance(0.7)) for _ in range(draw.integer(4, 10))], draw.integer(1, 2)),
                lambda c: [([], 3), ([1, 1, 1], 0), ([0, 1, 0], 1), ([1, 1, 1, 1], 2)],
            ),
        ),
        phrasings("""
Cells are in a row, each 0 or 1; beyond the ends there are only zeros. Write {g}(cells): a new row in which a cell is 1 exactly
when the sum of its two neighbours in the old row is {rule}. Write {f}(cells, rounds): apply {g} that many times and return
{points} times the number of ones. Don't modify cells.

{g}(cells) returns the next generation of a row of zeros and ones. A cell becomes 1 if exactly {rule} of its left and right
neighbours are 1, otherwise 0 (its own value doesn't matter; a missing neighbour counts as 0). {f}(cells, rounds) lets the
given number of generations pass, possibly none, and returns {points} for each cell that is 1 then. The argument must stay the
same.

I need a helper {g}(cells) that computes one step of a cellular automaton and a function {f}(cells, rounds) that repeats this
step and returns the number of ones in the last row multiplied by {points}. In a step all cells change at the same time: to 1
where the neighbours (left and right, 0 outside the row) add up to {rule}, to 0 elsewhere. The list passed in isn't changed.
"""),
        """
function {g}(cells) {
  const result = [];
  for (let i = 0; i < cells.length; i += 1) {
    const left = i > 0 ? cells[i - 1] : 0;
    const right = i < cells.length - 1 ? cells[i + 1] : 0;
    result.push(left + right === {rule} ? 1 : 0);
  }
  return result;
}

function {f}(cells, rounds) {
  let current = cells;
  for (let i = 0; i < rounds; i += 1) {
    current = {g}(current);
  }
  return current.reduce((sum, cell) => sum + cell, 0) * {points};
}
""",
        {"rule": (1, 2), "points": (2, 3, 4, 5, 10)},
        keeps=True,
    ),
    Task(
        "print_table",
        (
            Function.of(
                "g",
                "formatLine makeLine tableLine",
                "label: string, amount: number",
                "string",
                lambda draw, c: (draw.choice(NAMES), draw.integer(-9, 200)),
                lambda c: [("", 0), ("x" * c["width"], 5), ("y" * (c["width"] + 3), -1)],
            ),
            Function.of(
                "f",
                "printTable showTable listAmounts",
                "amounts: Record<string, number>",
                "number",
                lambda draw, c: (amounts(draw, NAMES, -3, 20, 1, 4),),
                lambda c: [({},), ({"Ada": 0},), ({"Ben": -2, "Ada": 2},)],
            ),
        ),
        phrasings("""
Write {g}(label, amount), which returns the label cut to at most {width} characters, filled up with {fill} on the right to
exactly {width} characters, then a space and the amount. Write {f}(amounts) for an object of numbers: it prints one such line
for each key, in alphabetical order of the keys, and returns how many amounts are below 0.

{g}(label, amount) makes a line of a table: the label in a column of exactly {width} characters (longer ones lose their end,
shorter ones get {fill} behind), one space, the number. {f}(amounts) prints these lines for all entries of an object, sorted by
key from A to Z, and returns the number of negative entries.

The function {f}(amounts) prints an object from names to numbers as a table, sorted by name, one line per name, and returns how
many of the numbers are negative. Each line comes from {g}(label, amount): {width} characters for the label, padded on the
right with {fill} or cut off, followed by a space and the amount.
"""),
        """
function {g}(label, amount) {
  let column = label.slice(0, {width});
  while (column.length < {width}) {
    column += {fill};
  }
  return column + " " + String(amount);
}

function {f}(amounts) {
  let negative = 0;
  const labels = Object.keys(amounts).sort((a, b) => a < b ? -1 : 1);
  for (const label of labels) {
    console.log({g}(label, amounts[label]));
    if (amounts[label] < 0) {
      negative += 1;
    }
  }
  return negative;
}
""",
        {"width": (3, 4, 5, 6), "fill": (".", "_", "-", "=")},
        prints=True,
    ),
    Task(
        "best_row",
        (
            Function.of(
                "g",
                "rowTotal rowValue sumRow",
                "row: (number | null)[]",
                "number",
                lambda draw, c: (_sparse_row(draw),),
                lambda c: [([],), ([0],), ([None],), ([None, 0, None],)],
            ),
            Function.of(
                "f",
                "bestRow strongestRow topRow",
                "grid: (number | null)[][]",
                "number[]",
                lambda draw, c: ([_sparse_row(draw) for _ in range(draw.integer(2, 5))],),
                lambda c: [([],), ([[]],), ([[0], [None]],), ([[None, None], [c["blank"] * 2]],)],
            ),
        ),
        phrasings("""
A grid is a list of rows, and a row a list of numbers and nulls. Write {g}(row), the sum of the numbers in a row where every
null counts as {blank} (and 0 as 0), and {f}(grid), which returns [position, total] of the row with the highest total, the
first one on a tie. The top row has position 0. For an empty grid return [-1, {missing}].

{g}(row) adds up a row; entries that are null are worth {blank}, other entries are numbers and are worth what they are, zeros
included. {f}(grid) finds the row for which this is greatest and returns a list of its position, counted from 0, and its sum.
Earlier rows win ties; a grid without rows gives [-1, {missing}].

Write {f}(grid), which returns where the largest row sum is (counting rows from 0) and how large it is, as a list of two
numbers. It uses {g}(row), which returns the sum of one row with {blank} in place of each null. When sums are equal, the row
that comes first counts. No rows: [-1, {missing}]. An empty row has the sum 0.
"""),
        """
function {g}(row) {
  let total = 0;
  for (const entry of row) {
    total += entry === null ? {blank} : entry;
  }
  return total;
}

function {f}(grid) {
  if (grid.length === 0) {
    return [-1, {missing}];
  }
  let best = 0;
  for (let i = 1; i < grid.length; i += 1) {
    if ({g}(grid[i]) > {g}(grid[best])) {
      best = i;
    }
  }
  return [best, {g}(grid[best])];
}
""",
        {"blank": (1, 2, 3, 5), "missing": (0, -1, 99)},
    ),
    Task(
        "hot_cells",
        (
            Function.of(
                "g",
                "sumAround neighbourSum aroundCell",
                "grid: number[][], row: number, column: number",
                "number",
                lambda draw, c: _cell(draw),
                lambda c: [([[5]], 0, 0), ([[1, 2], [3, 4]], 0, 0), ([[1, 2], [3, 4]], 1, 1)],
            ),
            Function.of(
                "f",
                "hotCells findHot countHot",
                "grid: number[][]",
                "number[][]",
                lambda draw, c: (_grid(draw),),
                lambda c: [([],), ([[9]],), ([[0, 9], [9, 0]],), ([[9, 9, 9]],)],
            ),
        ),
        phrasings("""
A grid is a list of equally long rows of numbers; rows and columns are counted from 0. Write {g}(grid, row, column), the sum of
the cells directly above, below, left and right of a cell, as far as they exist, and {f}(grid), which returns the cells whose
own value plus {weight} times this sum is more than {heat}, as a list of [row, column], row by row from top to bottom and from
left to right in each row.

{g}(grid, row, column) adds up the up to four direct neighbours (not the diagonal ones, and not the cell itself) of the cell in
the given row and column, where the first row and the first column are number 0. {f}(grid) lists all cells that are hot, as
pairs [row, column] in reading order: hot means that the cell's number plus {weight} times the sum of its neighbours exceeds
{heat}.

Find hot cells in a rectangular table of numbers. The function {g}(grid, row, column) returns the sum of the values to the
left, to the right, above and below a position (positions outside count nothing); numbering of rows and columns begins with 0.
The function {f}(grid) returns [row, column] for each cell where the cell itself + {weight} times that sum is greater than
{heat}, line by line. An empty grid has none.
"""),
        """
function {g}(grid, row, column) {
  let sum = 0;
  if (row > 0) {
    sum += grid[row - 1][column];
  }
  if (row < grid.length - 1) {
    sum += grid[row + 1][column];
  }
  if (column > 0) {
    sum += grid[row][column - 1];
  }
  if (column < grid[row].length - 1) {
    sum += grid[row][column + 1];
  }
  return sum;
}

function {f}(grid) {
  const hot = [];
  for (let row = 0; row < grid.length; row += 1) {
    for (let column = 0; column < grid[row].length; column += 1) {
      if (grid[row][column] + {weight} * {g}(grid, row, column) > {heat}) {
        hot.push([row, column]);
      }
    }
  }
  return hot;
}
""",
        {"weight": (2, 3, 4), "heat": (28, 32, 36, 40)},
    ),
)


def _sparse_row(draw: Draw) -> list[int | None]:
    return [draw.choice((None, draw.integer(0, 9))) for _ in range(draw.integer(1, 5))]


def _grid(draw: Draw) -> list[list[int]]:
    width = draw.integer(2, 4)
    return [[draw.integer(1, 9) for _ in range(width)] for _ in range(draw.integer(2, 4))]


def _cell(draw: Draw) -> tuple[list[list[int]], int, int]:
    grid = _grid(draw)
    return grid, draw.integer(0, len(grid) - 1), draw.integer(0, len(grid[0]) - 1)
