"""What a step may depend on: yes-or-no questions about the grid that went in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clgym.envs.grid.catalogue import Grid
from clgym.seeding import Draw


@dataclass(frozen=True)
class ConditionKind:
    """A kind of condition: its English, how many colours it names, and its test."""

    text: str
    colours: int
    holds: Callable[..., bool]


def _count(grid: Grid, colour: int) -> int:
    return sum(row.count(colour) for row in grid)


QUESTIONS: dict[str, ConditionKind] = {
    "corner": ConditionKind(
        "one of the four corners is {0}", 1, lambda grid, one: one in (grid[0][0], grid[0][-1], grid[-1][0], grid[-1][-1])
    ),
    "more": ConditionKind(
        "there are more {0} cells than {1} cells", 2, lambda grid, one, other: _count(grid, one) > _count(grid, other)
    ),
    "even": ConditionKind("the number of {0} cells is even (none counts as even)", 1, lambda grid, one: _count(grid, one) % 2 == 0),
    "first row": ConditionKind("the first row has at least one {0} cell", 1, lambda grid, one: one in grid[0]),
    "last row": ConditionKind("the last row has at least one {0} cell", 1, lambda grid, one: one in grid[-1]),
    "first column": ConditionKind(
        "the first column has at least one {0} cell", 1, lambda grid, one: any(row[0] == one for row in grid)
    ),
    "tall": ConditionKind("there are more rows than columns", 0, lambda grid: len(grid) > len(grid[0])),
    "side by side": ConditionKind(
        "two {0} cells stand next to each other in a row somewhere",
        1,
        lambda grid, one: any((one, one) in zip(row, row[1:]) for row in grid),
    ),
}


@dataclass(frozen=True)
class Condition:
    """A question with its colours filled in, asked about the grid that went in."""

    question: str
    colours: tuple[int, ...]

    def holds(self, grid: Grid) -> bool:
        """The answer for that grid."""
        return QUESTIONS[self.question].holds(grid, *self.colours)

    def text(self, colours: Sequence[str]) -> str:
        """The condition as it follows "if, in the grid that went in,"."""
        return QUESTIONS[self.question].text.format(*(colours[colour] for colour in self.colours))


def draw_condition(draw: Draw, colours: int) -> Condition:
    """A condition for a world of so many colours."""
    question = draw.choice(list(QUESTIONS))
    return Condition(question, tuple(draw.sample(range(1, colours + 1), QUESTIONS[question].colours)))
