"""The queries of one machine: a pure function of (pool, index), each with what its grader needs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Query
from clgym.envs.grid import prompts
from clgym.envs.grid.catalogue import Grid, Move, draw_move
from clgym.envs.grid.names import machine_name
from clgym.envs.grid.rule import PROFILES, Rule, Step, describe, of_row, run
from clgym.envs.grid.signs import Signs, other_signs, written
from clgym.seeding import Draw, Seed
from clgym.text.english import listed

#: Pools above level 0. Their order numbers the inputs, so that no two queries have the same.
_SIZES = {"learn": 2400, "eval": 320, "transfer/symbols": 320, "transfer/size": 320, "guard": 320}
_PRIME = 7919
_CODED = 6
#: Inputs whose output a constant or the input itself matches in a larger share of the cells are drawn again.
_EASY = 0.6
_TRIES = 24
#: Level 0: rows held out for ``eval``, and rows in the smaller pools.
_HELD_OUT, _FEW = 100, 240


@dataclass(frozen=True)
class Payload:
    """What the grader needs: signs, what went in, the moves that are made, what comes out (also as text) and ``base``, the
    share of its cells that an ignorant answer gets."""

    machine: str
    signs: Signs
    grid: Grid
    moves: tuple[Move, ...]
    right: Grid
    text: str
    base: float

    @functools.cached_property
    def incomplete(self) -> Mapping[Grid, str]:
        """What would come out if one move were left out -> what that move changes."""
        outputs, grid = {}, self.grid
        for place, move in enumerate(self.moves):
            outputs[run(self.moves[place + 1 :], grid)] = move.kind
            grid = move.apply(grid)
        return outputs


def base_share(grid: Grid, right: Grid) -> float:
    """The share of right cells in the better of two ignorant answers: what went in, and a grid of one colour."""
    cells = [cell for row in right for cell in row]
    best = max(cells.count(cell) for cell in set(cells))
    if len(grid) == len(right) and len(grid[0]) == len(right[0]):
        best = max(best, sum(one == other for row, there in zip(grid, right) for one, other in zip(row, there)))
    return best / len(cells)


def draw_grid(draw: Draw, level: int, code: int, *, larger: bool = False) -> Grid:
    """A random grid of a level; its first cells write the code, so that different codes give different grids."""
    profile = PROFILES[level]
    height = draw.integer(*(profile.larger if larger else profile.heights))
    width = draw.integer(*(profile.larger if larger else profile.widths))
    colours = range(1, profile.colours + 1)
    cells = [draw.choice(colours) if draw.chance(0.6) else 0 for _ in range(height * width)]
    for _ in range(3 if profile.objects else 0):
        _block(draw, cells, width, draw.choice(colours))
    for place in range(_CODED):
        code, cells[place] = divmod(code, profile.colours + 1)
    return tuple(tuple(cells[start : start + width]) for start in range(0, height * width, width))


def _block(draw: Draw, cells: list[int], width: int, colour: int) -> None:
    """Draw a rectangle of one colour, up to 3 by 3, among the cells."""
    height = len(cells) // width
    top, left = draw.integer(0, height - 2), draw.integer(0, width - 2)
    for row in range(top, min(height, top + draw.integer(1, 3))):
        for column in range(left, min(width, left + draw.integer(2, 3))):
            cells[row * width + column] = colour


class Tasks:
    """Builds the queries of one machine."""

    def __init__(self, seed: Seed, level: int, name: str, signs: Signs, rule: Rule):
        self._seed, self._level, self._name, self._signs, self._rule = seed, level, name, signs, rule
        self.pools = dict(_SIZES)
        if level == 0:
            learned = (len(self._rows) - _HELD_OUT) * len(prompts.PASS)
            self.pools = {**dict.fromkeys(_SIZES, _FEW), "learn": learned, "eval": _HELD_OUT}

    def query(self, pool: str, index: int) -> Query:
        """One query; the index is known to be good."""
        draw = self._seed.draw("query", pool, index)
        if pool == "guard":
            return self._guard(index, draw)
        if pool == "transfer/symbols":
            return self._symbols(index, draw)
        payload = self._payload(pool, index, draw, self._rule, self._signs)
        phrasing = index // (len(self._rows) - _HELD_OUT) if self._level == 0 and pool == "learn" else draw.integer(0, 99)
        bank = prompts.PASS
        return Query(pool, index, bank[phrasing % len(bank)].format(name=self._name, **self._fields(payload)), payload)

    def _symbols(self, index: int, draw: Draw) -> Query:
        signs = other_signs(draw, self._signs)
        payload = self._payload("transfer/symbols", index, draw, self._rule, signs)
        meanings = [f"{new} stands for {old}" for new, old in list(zip(signs, self._signs))[1:]]
        legend = listed(meanings if self._level == 0 else [*meanings, f"{signs[0]} is an empty cell"])
        prompt = draw.choice(prompts.SYMBOLS).format(name=self._name, legend=legend, **self._fields(payload))
        return Query("transfer/symbols", index, prompt, payload)

    def _guard(self, index: int, draw: Draw) -> Query:
        other = machine_name(draw, avoid=self._name)
        for _ in range(_TRIES):
            rule = other_rule(draw, self._level)
            payload = self._payload("guard", index, draw, rule, self._signs)
            payload = replace(payload, machine=other)
            if payload.right != self._rule.apply(payload.grid) and payload.base <= _EASY:
                break
        sentence = describe(rule, self._signs)
        rule_text = prompts.RULE.format(other=other, rule=sentence if self._level else of_row(sentence))
        rule_text += prompts.EMPTY.format(empty=self._signs[0]) if self._level else ""
        prompt = draw.choice(prompts.GUARD).format(name=self._name, other=other, rule=rule_text, **self._fields(payload))
        return Query("guard", index, prompt, payload)

    def _fields(self, payload: Payload) -> dict[str, str]:
        """What goes in, as the prompts' fields."""
        text = written(payload.grid, payload.signs)
        return {"what": "row", "grid": f" {text}"} if self._level == 0 else {"what": "grid", "grid": f"\n{text}"}

    def _payload(self, pool: str, index: int, draw: Draw, rule: Rule, signs: Signs) -> Payload:
        """What a query asks: the first drawn input whose output is not too easily guessed."""
        best: Payload | None = None
        for _ in range(_TRIES):
            grid = self._input(pool, index, draw)
            moves = tuple(rule.moves(grid))
            right = run(moves, grid)
            payload = Payload(self._name, signs, grid, moves, right, written(right, signs), base_share(grid, right))
            if best is None or payload.base < best.base:
                best = payload
            if best.base <= _EASY or self._level == 0:
                break
        assert best is not None
        return best

    def _input(self, pool: str, index: int, draw: Draw) -> Grid:
        if self._level:
            number = index + sum(list(_SIZES.values())[: list(_SIZES).index(pool)])
            code = number * _PRIME % (PROFILES[self._level].colours + 1) ** _CODED
            return draw_grid(draw, self._level, code, larger=pool == "transfer/size")
        if pool == "transfer/size":
            return (self._long_rows[index],)
        if pool == "eval":
            return (self._rows[index],)
        return (self._rows[_HELD_OUT + index % (len(self._rows) - _HELD_OUT)],)

    @functools.cached_property
    def _rows(self) -> list[tuple[int, ...]]:
        """Every row of level 0 in which no colour stands more than twice, in an order drawn once for the world."""
        colours, (width, _) = PROFILES[0].colours, PROFILES[0].widths
        rows: list[tuple[int, ...]] = [()]
        for _ in range(width):
            rows = [(*row, colour) for row in rows for colour in range(1, colours + 1)]
        return self._seed.draw("rows").shuffled(row for row in rows if max(map(row.count, row)) <= 2)

    @functools.cached_property
    def _long_rows(self) -> list[tuple[int, ...]]:
        """The longer rows of level 0, no two alike."""
        profile, draw = PROFILES[0], self._seed.draw("long rows")
        rows: dict[tuple[int, ...], None] = {}
        while len(rows) < _FEW:
            row = tuple(draw.integer(1, profile.colours) for _ in range(profile.larger[0]))
            if max(map(row.count, row)) <= 2:
                rows[row] = None
        return list(rows)


#: What another machine does, told in plain words: easy to read, whatever the level.
_PLAIN = (
    "mirror",
    "swap_colours",
    "absorb",
    "flip",
    "half_turn",
    "transpose",
    "frame",
    "fill_empty",
    "repeat_row",
    "shift",
    "cut_column",
    "erase",
    "corners",
    "gravity",
    "rotate_right",
    "swap_outer_rows",
)
_PLAIN_ROW = ("swap_colours", "swap_ends", "absorb", "mirror", "swap_pairs", "roll")


def other_rule(draw: Draw, level: int) -> Rule:
    """Another machine's rule: one step, or two from level 2."""
    names = draw.sample(_PLAIN if level else _PLAIN_ROW, 2 if level >= 2 else 1)
    return Rule(tuple(Step(draw_move(draw, name, PROFILES[level].colours)) for name in names))
