"""How often an interval holds the truth, simulated: `python -m clgym.statistics` prints the grid.

Worlds are drawn from shapes that benchmarks meet and means over few worlds do badly on: worlds all alike near a bound, a few that fail where the
others are right, two kinds, everything between. Each world answers 24 queries, right or wrong. What is to be held is the mean over all worlds
that could be drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clgym.statistics.intervals import Interval, mean_over

WORLDS = (2, 3, 5, 10)
QUERIES = 24

#: A generator and a number of worlds to the chance of a right answer in each.
Draws = Callable[[np.random.Generator, int], NDArray[np.float64]]


class Shape(NamedTuple):
    """How worlds differ, and the mean of all that could be drawn."""

    draw: Draws
    truth: float


def _alike(chance: float) -> Shape:
    return Shape(lambda generator, count: np.full(count, chance), chance)


def _two_kinds(share: float, these: float, others: float) -> Shape:
    """A share of the worlds has one chance, the others another."""
    return Shape(
        lambda generator, count: np.where(generator.random(count) < share, these, others), share * these + (1 - share) * others
    )


def _beta(a: float, b: float) -> Shape:
    return Shape(lambda generator, count: generator.beta(a, b, count), a / (a + b))


SHAPES: Mapping[str, Shape] = {
    "alike, p = 0.01": _alike(0.01),
    "alike, p = 0.98": _alike(0.98),
    "alike, p = 0.5": _alike(0.5),
    "Beta(8, 2)": _beta(8, 2),
    "U-shaped, Beta(0.5, 0.5)": _beta(0.5, 0.5),
    "half at 0, half at 0.9": _two_kinds(0.5, 0.0, 0.9),
    "15 % fail (0.3), others 1": _two_kinds(0.15, 0.3, 1.0),
    "15 % fail (0.3), others 0.98": _two_kinds(0.15, 0.3, 0.98),
    "20 % at 0.5, others 0": _two_kinds(0.2, 0.5, 0.0),
    "5 % fail (0), others 0.95": _two_kinds(0.05, 0.0, 0.95),
}


class Coverage(NamedTuple):
    """Shares of experiments: the interval holds the truth, and it is too wide to be called one."""

    held: float
    open: float
    width: float
    """Mean width of the interval."""


def simulate(shape: Shape, worlds: int, experiments: int, *, seed: int = 0, queries: int = QUERIES) -> Coverage:
    """So many experiments of ``worlds`` worlds each."""
    generator = np.random.default_rng([seed, worlds])
    intervals = [_experiment(shape, worlds, queries, generator) for _ in range(experiments)]
    return Coverage(
        sum(found.low - 1e-12 <= shape.truth <= found.high + 1e-12 for found in intervals) / experiments,
        sum(found.open for found in intervals) / experiments,
        float(np.mean([found.high - found.low for found in intervals])),
    )


def _experiment(shape: Shape, worlds: int, queries: int, generator: np.random.Generator) -> Interval:
    chances = shape.draw(generator, worlds)
    answers = generator.random((worlds, queries)) < chances[:, None]
    return mean_over(answers.astype(float).tolist(), bounds=(0.0, 1.0))


def grid(experiments: int) -> str:
    """The grid as text: percent of intervals that hold the truth, and of those that decide nothing and are shown as undefined."""
    lines = [f"{'truth':32}" + "".join(f"{f'{worlds} worlds':>22}" for worlds in WORLDS)]
    for name, shape in SHAPES.items():
        cells = (simulate(shape, worlds, experiments) for worlds in WORLDS)
        lines.append(f"{name:32}" + "".join(f"{f'{100 * c.held:.1f} ({100 * c.open:.0f} undefined)':>22}" for c in cells))
    return "\n".join(lines)
