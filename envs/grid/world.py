"""One machine as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Misled, Query
from clgym.envs.grid import feedback, judge
from clgym.envs.grid.catalogue import COLOURS, Grid, draw_move
from clgym.envs.grid.machine import PROFILES, Operation, altered, draw_operation, related, run
from clgym.envs.grid.names import machine_name, operation_names
from clgym.envs.grid.signs import Unreadable, read, written
from clgym.envs.grid.tasks import Payload, Tasks
from clgym.seeding import Draw, Seed
from clgym.text.english import capital

#: What the best agent without knowledge of the machine earns, measured over worlds, with a margin.
_FLOOR, _FLOOR_OF_ROWS = 0.1, 0.15
#: A drift makes this share of a sample of eval queries decided by something that changed.
_DRIFT, _TOO_MUCH, _SAMPLE = 0.5, 0.6, 80


@dataclass(frozen=True)
class GridWorld(LazyWorld):
    """One machine at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    name: str
    operations: tuple[Operation, ...]

    family = "CL-Grid-v0"
    parts = ("cells",)

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return self._tasks.pools

    @functools.cached_property
    def _tasks(self) -> Tasks:
        return Tasks(self.seed, self.level, self.name, self.operations)

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(query.payload, answer)

    def solve(self, query: Query) -> str:
        return str(query.payload.text)

    def form(self, query: Query) -> str:
        return "text"

    def rulebook(self) -> str:
        what = "grid" if self.level else "row"
        lines = [f"This is what the operations of the {self.name} do to a {what}; each takes what the one before it gave."]
        return "\n".join([*lines, *(f"{capital(operation.text())}." for operation in self.operations)])

    def rules(self) -> frozenset[str]:
        if self.level == 0:
            return frozenset(map(str, self.operations[0].moves[0].arguments))
        return frozenset(operation.text().removeprefix(operation.name) for operation in self.operations)

    def deciders(self, query: Query) -> frozenset[str]:
        """The operations that are composed, and of each the exception that applies. Nothing in the guard."""
        if query.pool == "guard":
            return frozenset()
        return frozenset(step.operation.particular(step.colour) for step in query.payload.steps)

    def drifted(self, seed: Seed) -> GridWorld:
        """The machine with so many moves drawn anew that about half of its eval queries hang on one of them."""
        draw = seed.draw("drift")
        touched: dict[tuple[int, int], set[int]] = {}
        for number in range(_SAMPLE):
            for step in self.query("eval", number).payload.steps:
                place = step.operation.moves.index(step.move)
                touched.setdefault((step.operation.rank, place), set()).add(number)
        operations, hit = list(self.operations), set[int]()
        every = [(operation.rank, place) for operation in self.operations for place in range(len(operation.moves))]
        for rank, place in draw.shuffled(every):
            more = hit | touched.get((rank, place), set())
            if self.level and len(more) > _TOO_MUCH * _SAMPLE:
                continue
            operations[rank], hit = altered(draw, operations[rank], place, self.level), more
            if len(hit) >= _DRIFT * _SAMPLE:
                break
        return replace(self, operations=tuple(operations))

    def sibling(self, seed: Seed) -> GridWorld:
        """A machine with the same names of operations; of each two that are met about as often, one does what it does here."""
        draw = seed.draw("sibling")
        name = machine_name(draw, avoid=self.name)
        if self.level == 0:
            return GridWorld(seed, 0, name, (related(draw, self.operations[0]),))
        shared = {draw.integer(pair, pair + 1) for pair in range(0, len(self.operations), 2)}
        operations = (
            operation if rank in shared else draw_operation(draw, operation.name, rank, self.level)
            for rank, operation in enumerate(self.operations)
        )
        return GridWorld(seed, self.level, name, tuple(operations))

    def floor(self, pool: str) -> float:
        return _FLOOR if self.level else _FLOOR_OF_ROWS

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Payload = query.payload
        cells = tuple(draw.integer(0, len(COLOURS) - 1) for _ in payload.grid.cells)
        return written(Grid(payload.grid.width, cells), payload.signs)

    def habit(self, query: Query) -> str:
        """The input, unchanged."""
        return written(query.payload.grid, query.payload.signs)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """Praise of a wrong grid; else what is said by somebody who takes one of the operations for another."""
        payload: Payload = query.payload
        phrasing = feedback.Words(payload.machine, right, answer)
        mistaken = self._mistaken(payload, draw)
        try:
            given = read(answer, payload.signs)
        except Unreadable as fault:
            return Misled(replace(grade, feedback=feedback.unreadable(phrasing, mistaken, fault, answer)), mistaken.text)
        if grade.outcome != "correct":
            shown = written(given, payload.signs)
            return Misled(Grade(1.0, "correct", feedback.praise(phrasing), {"cells": 1.0}), shown)
        return Misled(judge.graded_wrong(phrasing, mistaken, given), mistaken.text)

    def _mistaken(self, payload: Payload, draw: Draw) -> Payload:
        """What was asked, by somebody who thinks that one of the operations does something else here."""
        kinds = PROFILES[self.level].kinds
        while True:
            number = draw.integer(0, len(payload.operations) - 1)
            confused = payload.operations[number]
            other = replace(confused, moves=(draw_move(draw, kinds), *confused.moves[1:]), exceptions=())
            operations = tuple(other if operation is confused else operation for operation in payload.operations)
            if run(operations, payload.grid)[-1].made != payload.right:
                return replace(payload, operations=operations)


def draw_world(seed: Seed, level: int) -> GridWorld:
    """Draw the machine of one world: its name, and what its operations are called and do."""
    draw = seed.draw("machine")
    name = machine_name(draw)
    names = operation_names(draw, PROFILES[level].operations)
    return GridWorld(seed, level, name, tuple(draw_operation(draw, each, rank, level) for rank, each in enumerate(names)))
