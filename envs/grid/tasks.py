"""Queries: what goes in, what is done to it, and what comes out. Prompts are drawn without a look at what operations do."""

from __future__ import annotations

import functools
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from operator import eq
from typing import NamedTuple

from clgym.core import PickleFieldsOnly, Query
from clgym.envs.grid import prompts
from clgym.envs.grid.catalogue import COLOURS, Cells, Grid, draw_move
from clgym.envs.grid.machine import PROFILES, Operation, Step, ranks, run
from clgym.envs.grid.names import machine_name
from clgym.envs.grid.signs import LETTERS, WORDS, Signs, other_signs, written
from clgym.seeding import Draw, Seed
from clgym.text.english import listed

#: Queries of a pool; how many there are to learn from depends on the level.
_LEARN, _EVAL, _FEW = (1_360, 2_400, 2_400, 10_000), 320, 240
#: One in so many pairs of successive operations is held out.
_PAIRS = 4
#: Operations that a query of the guard composes.
_GUARDED = 2


class Slip(NamedTuple):
    """A mistake that explains an answer: "omitted", "case" (as if it had seen another colour) or "order", and at which step."""

    what: str
    place: int


@dataclass(frozen=True)
class Payload(PickleFieldsOnly):
    """What the grader needs: the machine, the signs, what goes in and what is done to it."""

    machine: str
    signs: Signs
    grid: Grid
    operations: tuple[Operation, ...]

    @functools.cached_property
    def steps(self) -> list[Step]:
        """What happens, step by step."""
        return run(self.operations, self.grid)

    @functools.cached_property
    def right(self) -> Grid:
        """What comes out."""
        return self.steps[-1].made

    @functools.cached_property
    def text(self) -> str:
        """What comes out, written."""
        return written(self.right, self.signs)

    @functools.cached_property
    def base(self) -> float:
        """The share of cells that an ignorant answer gets right."""
        return ignorant_share(self.grid, self.right)

    @functools.cached_property
    def slips(self) -> Mapping[Grid, Slip]:
        """What would come out of one mistake -> that mistake."""
        made: dict[Grid, Slip] = {}
        for place in range(len(self.operations) - 1, -1, -1):
            here, rest = self.operations[place], self.operations[place + 1 :]
            if rest and rest[0] != here:
                made[_result((rest[0], here, *rest[1:]), self.steps[place].grid)] = Slip("order", place)
            for move in here.moves:
                if move != self.steps[place].move:
                    made[_result(rest, move.apply(self.steps[place].grid))] = Slip("case", place)
            if len(self.operations) > 1:
                made[_result(rest, self.steps[place].grid)] = Slip("omitted", place)
        made.pop(self.right, None)
        return made


def ignorant_share(before: Grid, right: Grid) -> float:
    """The share of cells that are right without any knowledge: as what went in, or by chance."""
    return max(sum(map(eq, before.cells, right.cells)) / len(right.cells), 1 / len(COLOURS))


def _result(operations: tuple[Operation, ...], grid: Grid) -> Grid:
    return run(operations, grid)[-1].made if operations else grid


class Tasks:
    """Makes the queries of one machine."""

    def __init__(self, seed: Seed, level: int, name: str, operations: tuple[Operation, ...]):
        self._seed, self._level, self._name, self._operations = seed, level, name, operations
        self._profile = PROFILES[level]
        self._signs: Signs = LETTERS if level else WORDS
        self.pools = {"learn": _LEARN[level], "eval": _EVAL, "transfer/symbols": _FEW, "transfer/size": _FEW, "guard": _FEW}

    def query(self, pool: str, index: int) -> Query:
        """One query; the index is known to be good."""
        draw = self._seed.draw("query", pool, index)
        grid = self._grid(pool, index, draw)
        if pool == "guard":
            return self._guard(index, draw, grid)
        operations = self._composed(draw, held_out=pool == "eval")
        if pool == "transfer/symbols":
            signs = other_signs(draw, self._signs)
            payload = Payload(self._name, signs, grid, operations)
            legend = listed([f"{new} stands for {old}" for new, old in zip(signs, self._signs)])
            prompt = draw.choice(prompts.SYMBOLS).format(legend=legend, **self._fields(payload))
        else:
            payload = Payload(self._name, self._signs, grid, operations)
            prompt = draw.choice(prompts.PASS).format(**self._fields(payload))
        return Query(pool, index, prompt, payload)

    def _composed(self, draw: Draw, *, held_out: bool) -> tuple[Operation, ...]:
        """Operations one after another. ``eval`` has two successive ones that nobody was shown in this order, ``learn`` has none."""
        lengths, known = self._profile.lengths, len(self._operations)
        if known == 1:
            return self._operations
        while True:
            count = draw.weighted(range(1, len(lengths) + 1), lengths)
            chosen = [bisect(ranks(known), draw.uniform()) for _ in range(count)]
            if any(map(self._is_held_out, chosen, chosen[1:])) == held_out:
                return tuple(self._operations[number] for number in chosen)

    def _is_held_out(self, one: int, other: int) -> bool:
        """Whether nobody is shown these two operations in this order."""
        return one != other and (self._partners[one] + other) % _PAIRS == 0

    @functools.cached_property
    def _partners(self) -> list[int]:
        """Which quarter of the operations is held out behind each: of four that are met about as often, each has another one."""
        draw = self._seed.draw("pairs")
        return [partner for _ in range(0, len(self._operations), _PAIRS) for partner in draw.shuffled(range(_PAIRS))]

    def _guard(self, index: int, draw: Draw, grid: Grid) -> Query:
        """Operations of these names on another machine, where they do what the prompt says."""
        other = machine_name(draw, avoid=self._name)
        own = draw.sample(self._operations, min(_GUARDED, len(self._operations)))
        while True:
            operations = tuple(Operation(each.name, (draw_move(draw, self._profile.kinds),)) for each in own)
            payload = Payload(other, self._signs, grid, operations)
            if payload.right != grid:
                break
        rule = f"On the {other} {listed([each.text() for each in operations])}."
        prompt = prompts.GUARD[index % len(prompts.GUARD)].format(other=other, rule=rule, **self._fields(payload))
        return Query("guard", index, prompt, payload)

    def _fields(self, payload: Payload) -> dict[str, str]:
        """What every prompt says."""
        text = written(payload.grid, payload.signs)
        return {
            "name": self._name,
            "steps": prompts.as_steps([operation.name for operation in payload.operations]),
            "what": "grid" if self._level else "row",
            "grid": f"\n{text}" if self._level else f" {text}",
        }

    def _grid(self, pool: str, index: int, draw: Draw) -> Grid:
        """What goes in."""
        if self._level == 0:
            row = self._order[1][index] if pool == "transfer/size" else self._order[0][index + (pool != "eval") * _EVAL]
            return Grid(len(row), row)
        height, width = draw.choice(self._profile.larger if pool == "transfer/size" else self._profile.sizes)
        return Grid(width, tuple([draw.integer(0, len(COLOURS) - 1) for _ in range(height * width)]))

    @functools.cached_property
    def _order(self) -> tuple[list[Cells], list[Cells]]:
        """The rows of level 0, those of ``eval`` first, and longer ones."""
        draw = self._seed.draw("rows")
        return draw.sample(_rows(self._profile.sizes), _EVAL + _LEARN[0]), draw.sample(_rows(self._profile.larger), _FEW)


@functools.cache
def _rows(sizes: tuple[tuple[int, int], ...]) -> tuple[Cells, ...]:
    """Every row of level 0: of two colours, so that one shows little of what becomes of each."""
    made = [
        tuple(pair[place] for place in places)
        for _, width in sizes
        for pair in combinations(range(len(COLOURS)), 2)
        for places in product((0, 1), repeat=width)
        if len(set(places)) == 2
    ]
    return tuple(made)
