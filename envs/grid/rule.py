"""The hidden rule of a machine: steps, conditions, exceptions; how it is drawn, applied and said in English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from clgym.envs.grid import paints, places  # noqa: F401 - they fill the catalogue
from clgym.envs.grid.catalogue import CATALOGUE, COLOUR, PLACE, SIZE, Grid, Move, draw_move
from clgym.envs.grid.conditions import Condition, draw_condition
from clgym.seeding import Draw

#: What moves cells at level 0: no two do the same to rows of four, so that longer rows hold no surprise.
_ROW_MOVES = ("mirror", "roll", "swap_pairs", "swap_ends", "swap_middle", "swap_halves")


class Profile(NamedTuple):
    """What the rules of a level are drawn from. ``steps`` counts those beside the change of colours."""

    colours: int
    steps: int
    heights: tuple[int, int]
    widths: tuple[int, int]
    larger: tuple[int, int]
    objects: int = 0
    paints: bool = False
    conditions: int = 0
    alternatives: bool = False
    exceptions: int = 0


PROFILES = (
    Profile(5, 1, (1, 1), (4, 4), (6, 6)),
    Profile(4, 2, (4, 5), (4, 5), (6, 7)),
    Profile(5, 3, (4, 6), (4, 6), (7, 8), paints=True, conditions=1),
    Profile(6, 4, (5, 7), (5, 7), (8, 9), objects=1, paints=True, conditions=2, alternatives=True, exceptions=1),
)


@dataclass(frozen=True)
class Step:
    """A move, perhaps only under a condition, perhaps with another move where the condition fails."""

    move: Move
    when: Condition | None = None
    otherwise: Move | None = None

    def chosen(self, grid: Grid) -> Move | None:
        """The move that is made for the grid that went in."""
        return self.move if self.when is None or self.when.holds(grid) else self.otherwise

    def text(self, colours: Sequence[str]) -> str:
        """What the machine does in this step, as a clause."""
        if self.when is None:
            return f"it {self.move.text(colours)}"
        text = f"if, in the grid that went in, {self.when.text(colours)}, it {self.move.text(colours)}"
        return f"{text}; if not, it {self.otherwise.text(colours)}" if self.otherwise else f"{text}; if not, nothing happens"


@dataclass(frozen=True)
class Exemption:
    """An exception: where its condition holds, one step (counted from 0) is left out."""

    when: Condition
    skipped: int

    def text(self, colours: Sequence[str]) -> str:
        """The exception in words."""
        return f"if, in the grid that went in, {self.when.text(colours)}, step {self.skipped + 1} is left out, whatever it says"


@dataclass(frozen=True)
class Rule:
    """All that a machine does to a grid."""

    steps: tuple[Step, ...]
    exemptions: tuple[Exemption, ...] = ()

    def moves(self, grid: Grid) -> list[Move]:
        """The moves made for this grid, in order."""
        skipped = {exemption.skipped for exemption in self.exemptions if exemption.when.holds(grid)}
        chosen = [step.chosen(grid) for place, step in enumerate(self.steps) if place not in skipped]
        return [move for move in chosen if move is not None]

    def apply(self, grid: Grid) -> Grid:
        """What comes out."""
        return run(self.moves(grid), grid)

    def clauses(self, colours: Sequence[str]) -> list[str]:
        """Steps and exceptions as English clauses, in order."""
        return [*(step.text(colours) for step in self.steps), *(exemption.text(colours) for exemption in self.exemptions)]

    def facts(self, colours: Sequence[str]) -> frozenset[str]:
        """The drawn rules one by one: a change of colours counts once for each colour."""
        facts = [exemption.text(colours) for exemption in self.exemptions]
        for step in self.steps:
            if step.move.operation == "permute":
                facts += [f"{colours[old]} becomes {colours[new]}" for old, new in enumerate(step.move.arguments[0]) if old]
            else:
                facts.append(step.text(colours))
        return frozenset(facts)


def run(moves: Sequence[Move], grid: Grid) -> Grid:
    """The grid after these moves."""
    for move in moves:
        grid = move.apply(grid)
    return grid


def of_row(text: str) -> str:
    """What is said of a grid, said of a single row."""
    return text.replace("the grid", "the row").replace("each row", "the row")


def describe(rule: Rule, colours: Sequence[str]) -> str:
    """A rule without exceptions in one sentence, as a prompt tells it; "it" is the machine."""
    first, *rest = rule.clauses(colours)
    return "; ".join([f"first {first}", *(f"then {clause}" for clause in rest)]) if rest else first


def draw_rule(draw: Draw, level: int) -> Rule:
    """A rule as that level has them; whether it is a good one is for the caller to try."""
    profile = PROFILES[level]
    change = Step(draw_move(draw, "permute", profile.colours))
    steps = [Step(draw_move(draw, name, profile.colours)) for name in _names(draw, level)]
    steps = _conditional(draw, profile, steps)
    steps.insert(draw.integer(0, len(steps)), change)
    exemptions = []
    for _ in range(profile.exceptions):
        exemptions.append(Exemption(draw_condition(draw, profile.colours), draw.integer(0, len(steps) - 1)))
    return Rule(tuple(steps), tuple(exemptions))


def _names(draw: Draw, level: int) -> list[str]:
    """Which operations a rule has, beside the change of colours, in order."""
    profile = PROFILES[level]
    if level == 0:
        return [draw.choice(_ROW_MOVES)]
    moving = _named(PLACE)
    if not profile.paints:
        return draw.sample([name for name in moving if "colour" not in CATALOGUE[name].slots], profile.steps)
    chosen = draw.sample([name for name in CATALOGUE if CATALOGUE[name].objects], profile.objects)
    painting = [name for name in _named(COLOUR) if not CATALOGUE[name].objects and name != "permute"]
    chosen += draw.sample(painting, 1)
    sizing = draw.sample(_named(SIZE), 1) if draw.chance(0.5) else []
    chosen += sizing + draw.sample(moving, profile.steps - len(chosen) - len(sizing))
    return draw.shuffled(chosen)


def _named(kind: str) -> list[str]:
    """The operations of a kind that whole grids have."""
    return [name for name, operation in CATALOGUE.items() if operation.kind == kind and name != "roll"]


def _conditional(draw: Draw, profile: Profile, steps: list[Step]) -> list[Step]:
    """The steps with some of them under conditions."""
    for place in draw.sample(range(len(steps)), profile.conditions):
        step = replace(steps[place], when=draw_condition(draw, profile.colours))
        if profile.alternatives:
            others = [name for name in _named(PLACE) if name != step.move.operation]
            step = replace(step, otherwise=draw_move(draw, draw.choice(others), profile.colours))
        steps[place] = step
    return steps
