"""CL-Grid-v0: a hidden grid transformation."""

from __future__ import annotations

from clgym.core import Family
from clgym.envs.grid.world import GridWorld, draw_world
from clgym.seeding import Seed


class Grid(Family):
    """A machine that does the same hidden thing to every grid, learned from a colleague who knows it.

    Description
        Every world is one machine: a drawn composition of grid transformations. The agent is given a grid, no example, and
        writes the grid that comes out; a colleague at the machine says what was right and what was not.

    Hidden rules
        Steps drawn from a catalogue of 51 operations: changes of colours, mirrors, rotations, shifts, sorting, gravity, frames,
        crops, rules about neighbours, patterns, masks, flood fills, objects. From level 2 steps may depend on a condition about
        the grid that went in; at level 3 they have alternatives, and an exception may leave a step out.

    Observation
        A sentence that names the machine, then the grid: one line for each row, blanks between the cells. Level 0 writes
        colours as words, other levels as capital letters with "-" for an empty cell.

    Answer
        The grid that comes out and nothing else. Case, commas, a final full stop and what wraps the whole answer (a code
        fence, quotes, bold) do not matter.

    Reward
        1 for the right grid. Otherwise, where the size is right, 0.7 times the share of right cells beyond what an ignorant
        answer gets: the better of the input unchanged and a grid of one colour. The part ``cells`` is the reward.

    Feedback
        The first wrong row in the agent's words, its wrong places, how many cells are right in all; whether the colours or the
        places are wrong, and of what kind a step is that was left out. What a wrong cell should be comes with ``correction``
        only.

    Levels
        0: a row of four cells in five colours; a change of colours (one cycle through all five) and one move of cells. 540
        rows: 440 learned in nine phrasings (3,960 ``learn`` queries), 100 held out.
        1: grids of 4 or 5 rows and columns, four colours and empty cells; a change of colours and two moves.
        2: up to 6 by 6, five colours; a change of colours, three steps that also paint or change the size, one condition.
        3: up to 7 by 7, six colours; a change of colours, four steps of which one looks at objects, two conditions with
        alternatives, one exception.
        Levels 1 to 3 have 2,400 ``learn`` and 320 ``eval`` queries.

    Pools
        ``learn`` and ``eval``: other inputs, the same rule. ``transfer/symbols``: other signs stand for the same colours, as
        the prompt says. ``transfer/size``: longer rows, larger grids. ``guard``: another machine, whose rule the prompt tells
        in plain English; what the learned machine does is wrong there.

    Probes
        Probe-ARC-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank answers, the prompt and the input repeated and random grids earn at most 0.04; the best
        constant that a hill climber with the grader in hand found earned 0.08 at level 0 and 0.06 above it. The floor is 0.1.
        At level 0 SmolLM2-135M-Instruct earned 0.00 before and 0.90 and 0.98 after 160 env steps of lora-sft on two train
        worlds.

    Origin
        Written for clgym. A neighbour of ARC (Chollet 2019, "On the Measure of Intelligence"), with feedback in place of
        examples.
    """

    name = "CL-Grid-v0"
    version = 0
    levels = range(4)

    def world(self, seed: Seed, level: int) -> GridWorld:
        self.check_level(level)
        return draw_world(seed, level)
