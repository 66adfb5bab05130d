"""CL-Grid-v0: a machine of named operations on grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clgym.core import Family
from clgym.envs.grid.world import GridWorld, draw_world
from clgym.seeding import Seed

if TYPE_CHECKING:
    from clgym.envs.grid.learner import GridLearner


class Grid(Family):
    """A machine whose named operations change grids, learned from a colleague who knows it.

    Description
        Every world is one machine. A prompt names the machine, one to four of its operations in the order in which they are done
        ("zug, then mip twice") and a grid; the agent writes the grid that comes out. What an operation does is shown nowhere but in
        the colleague's remarks, and is the same at every size of a grid.

    Hidden rules
        Each operation is drawn from a catalogue of 722 moves in 16 kinds: turning, rolling and pushing lines, reading them from
        behind, swapping and copying them, moving the edge round, collecting colours at an end, cycles and exchanges of colours,
        painting lines, marks or whatever stands beside a colour, folding, moves of those lines that hold a colour. It has a usual move and
        exceptions: it goes by the colour of one place (or by the commonest colour) of the grid that it gets, and for some colours
        it does something else. So what an operation does may hang on the one before it. Operations are met with a frequency
        like 1/rank.

    Observation
        A sentence, then the grid: one line for each row, blanks between the cells. Level 0 writes colours as words in a single row,
        other levels as their first letters (R, B, G, Y, P, O).

    Answer
        The grid that comes out and nothing else, as large as the one that went in. Case, commas, a final full stop and what wraps the
        whole answer (a code fence, quotes, bold) do not matter.

    Reward
        1 for the right grid. Otherwise, where the size is right, half of the share of right cells beyond what an ignorant answer
        gets: the input unchanged, or one cell in six by chance. The part ``cells`` is the reward.

    Feedback
        Where an answer is what would come out of one slip, that slip: an operation forgotten, done as in another of its cases, or done
        too late. Then the first wrong row with its wrong cells, and how many cells are right in all. Then a remark on one operation,
        mostly the one that is met least often: what it goes by, what it saw there, and in part what it does ("pushes the whole grid
        left", but not how far). What a wrong cell should be comes with ``correction`` only.

    Levels
        0: one operation on rows of three to six cells in two of six colours; it exchanges all colours and moves cells (2,120
        possibilities), and has no exceptions. 1: 8 operations with 4 exceptions each, one to three in a query, grids of 3 or 4 rows and
        columns. 2: 40 operations with 3 exceptions each, up to four in a query, up to 5 by 5. 3: 150 operations with 2
        exceptions each, up to four in a query, up to 5 by 5. 1,360, 2,400, 2,400 and 10,000 ``learn`` queries, 320 ``eval`` queries.

    Pools
        ``learn``; ``eval``: other grids, and at least two successive operations that ``learn`` never shows in this order (at level 0:
        rows that were not shown). ``transfer/symbols``: other signs stand for the same colours, as the prompt says.
        ``transfer/size``: larger grids. ``guard``: another machine that has operations of the same names, and what they do
        there is told in the prompt; half of the prompts do not say that the learned machine is not meant.

    Probes
        Probe-ARC-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank answers, the prompt, the input, grids of one colour, random grids and the best constant that a hill
        climber with the grader in hand finds stay below 0.1, which is the floor.

    Origin
        Written for clgym. A neighbour of ARC (Chollet 2019, "On the Measure of Intelligence"), with feedback in place of
        examples, and of SCAN (Lake and Baroni 2018), which holds out compositions.
    """

    name = "CL-Grid-v0"
    version = 1
    levels = range(4)

    def world(self, seed: Seed, level: int) -> GridWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> GridLearner:
        from clgym.envs.grid.learner import GridLearner

        self.check_level(level)
        return GridLearner(level, drifts=drifts, seed=seed)
