"""One machine as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Query
from clgym.envs.grid import judge
from clgym.envs.grid.catalogue import Grid, draw_move
from clgym.envs.grid.names import machine_name
from clgym.envs.grid.rule import PROFILES, Rule, draw_rule, of_row
from clgym.envs.grid.signs import Signs, draw_signs, written
from clgym.envs.grid.tasks import Payload, Tasks, base_share, draw_grid
from clgym.seeding import Draw, Seed
from clgym.text.english import capital

#: What the best agent without knowledge of the machine earns, measured over worlds, with a margin.
_FLOOR = 0.1
#: How many inputs a drawn rule is tried on, and how many rules are tried.
_SAMPLE, _RULES = 14, 400


@dataclass(frozen=True)
class GridWorld(LazyWorld):
    """One machine at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    name: str
    signs: Signs
    rule: Rule

    family = "CL-Grid-v0"
    parts = ("cells",)

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return self._tasks.pools

    @functools.cached_property
    def _tasks(self) -> Tasks:
        return Tasks(self.seed, self.level, self.name, self.signs, self.rule)

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(query.payload, answer)

    def solve(self, query: Query) -> str:
        return str(query.payload.text)

    def form(self, query: Query) -> str:
        return "text"

    def rulebook(self) -> str:
        clauses = [capital(clause) + "." for clause in self.rule.clauses(self.signs)]
        steps = len(self.rule.steps)
        lines = [f"This is what the {self.name} does to a grid, step by step; each step takes what the one before it gave."]
        lines += [f"Step {place + 1}. {clause}" for place, clause in enumerate(clauses[:steps])]
        lines += [f"Exception. {clause}" for clause in clauses[steps:]]
        if self.level == 0:
            return of_row("\n".join(lines).replace("a grid", "a row"))
        lines.append(
            f"{self.signs[0]} is an empty cell, every other sign a coloured one. Neighbours are the cells above, "
            "below, left and right; an object is a set of connected neighbours of one colour."
        )
        return "\n".join(lines)

    def rules(self) -> frozenset[str]:
        return self.rule.facts(self.signs)

    def drifted(self, seed: Seed) -> GridWorld:
        """The machine with another change of colours and, on grids, one other step in place of an old one."""
        draw = seed.draw("drift")
        for _ in range(_RULES):
            rule = _altered(draw, self.rule, self.level)
            if rule != self.rule and is_good(rule, self.level, draw):
                break
        return replace(self, rule=rule)

    def floor(self, pool: str) -> float:
        return _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Payload = query.payload
        cells = range(1 if self.level == 0 else 0, len(payload.signs))
        return written(tuple(tuple(draw.choice(cells) for _ in row) for row in payload.right), payload.signs)

    def habit(self, query: Query) -> str:
        """The input, unchanged."""
        return written(query.payload.grid, query.payload.signs)


def _altered(draw: Draw, rule: Rule, level: int) -> Rule:
    """The rule with its change of colours and, on grids, one more step drawn anew."""
    steps = list(rule.steps)
    colours = PROFILES[level].colours
    change = next(place for place, step in enumerate(steps) if step.move.operation == "permute")
    steps[change] = replace(steps[change], move=draw_move(draw, "permute", colours))
    if level:
        place = draw.choice([place for place in range(len(steps)) if place != change])
        newer = draw.choice([step for step in draw_rule(draw, level).steps if step.move.operation != "permute"])
        steps[place] = replace(steps[place], move=newer.move)
    return replace(rule, steps=tuple(steps))


def is_good(rule: Rule, level: int, draw: Draw) -> bool:
    """Whether a rule is worth learning: its outputs differ and are not easily guessed, and every part of it matters."""
    if level == 0:
        return True
    grids = [draw_grid(draw, level, draw.integer(0, 9999)) for _ in range(_SAMPLE)]
    outputs = [rule.apply(grid) for grid in grids]
    easy = sum(base_share(grid, right) > 0.6 for grid, right in zip(grids, outputs))
    if easy > _SAMPLE // 4 or len(set(outputs)) < _SAMPLE:
        return False
    needed = _SAMPLE // 5
    return all(_changes(part, grids, outputs) >= needed for part in _without_one(rule)) and _both_ways(rule, grids, needed)


def _without_one(rule: Rule) -> list[Rule]:
    """The rule with each of its steps made idle in turn, and without each exception."""
    smaller = [replace(rule, exemptions=tuple(other for other in rule.exemptions if other is not one)) for one in rule.exemptions]
    for place in range(len(rule.steps)):
        steps = rule.steps[:place] + rule.steps[place + 1 :]
        exemptions = [one for one in rule.exemptions if one.skipped != place]
        smaller.append(Rule(steps, tuple(replace(one, skipped=one.skipped - (one.skipped > place)) for one in exemptions)))
    return smaller


def _changes(other: Rule, grids: list[Grid], outputs: list[Grid]) -> int:
    """On how many inputs another rule gives something else."""
    return sum(other.apply(grid) != right for grid, right in zip(grids, outputs))


def _both_ways(rule: Rule, grids: list[Grid], needed: int) -> bool:
    """Whether every condition holds often enough and fails often enough."""
    conditions = [step.when for step in rule.steps if step.when] + [one.when for one in rule.exemptions]
    held = [sum(condition.holds(grid) for grid in grids) for condition in conditions]
    return all(needed <= count <= len(grids) - needed for count in held)


def draw_world(seed: Seed, level: int) -> GridWorld:
    """Draw the machine of one world: name, signs and a rule that is worth learning."""
    draw = seed.draw("machine")
    name, signs = machine_name(draw), draw_signs(draw, PROFILES[level].colours, words=level == 0)
    for _ in range(_RULES):
        rule = draw_rule(draw, level)
        if is_good(rule, level, draw):
            break
    return GridWorld(seed, level, name, signs, rule)
