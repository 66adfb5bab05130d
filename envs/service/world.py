"""One drawn service as a world of queries."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from clgym.core import Episode, Grade, LazySequence, LazyWorld, Misled, MultiTurnWorld, Query
from clgym.envs.service.conventions import KINDS, Conventions, draw_conventions, draw_name, plain, redrawn
from clgym.envs.service.episode import Course, RequestEpisode
from clgym.envs.service.goals import TASKS, Bench, Goal, draw_goal
from clgym.envs.service.program import ProgramEpisode, program_for
from clgym.envs.service.prompts import prompt_of
from clgym.envs.service.records import DATE, STATUSES, Records, draw_records
from clgym.envs.service.routing import Api
from clgym.envs.service.spelling import Access, Spelling
from clgym.seeding import Draw, Seed

PYTHON, GUARD = "transfer/python", "guard"
_SIZES = {"learn": 2400, "eval": 400, PYTHON: 320, GUARD: 320}
#: Goals are held out by what they are about: one in so many.
_HELD_OUT = 4
_SIZES_0 = {"learn": 2000, "eval": 300, PYTHON: 200, GUARD: 200}
#: After so many draws that gave nothing new, another kind of goal has its turn.
_PATIENCE = 100
#: So many other services are documented in the prompts of a world's guard pool.
_OTHERS = 8
#: What the best agent without knowledge of the world earns, with a margin (see the family's docstring).
_FLOORS = (0.12, 0.05, 0.05, 0.05)


class Payload(NamedTuple):
    """What a query carries: the goal, and which of the guard's services it is about (-1: the world's own)."""

    goal: Goal
    other: int = -1


@dataclass(frozen=True)
class ServiceWorld(LazyWorld, MultiTurnWorld):
    """One service at one level. Data, routes and queries are made when they are first asked for."""

    seed: Seed
    level: int
    conventions: Conventions
    access: Access

    family = "CL-Service-v0"
    parts = ("reached", "progress", "wasted")

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.conventions.service

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return _SIZES if self.level else _SIZES_0

    @functools.cached_property
    def records(self) -> Records:
        """The data that every episode begins with."""
        return draw_records(self.seed.child("data"), self.level)

    def api(self, other: int = -1) -> Api:
        """The world's own service, or one of those that the guard documents."""
        api = self._apis.get(other)
        if api is None:
            conventions = self.conventions
            if other >= 0:
                seed = self.seed.child("other", other)
                names = (draw_name(seed.draw("name", attempt)) for attempt in range(99))
                name = next(name for name in names if name != self.name)
                conventions = draw_conventions(seed, self.level, name)
            api = self._apis[other] = Api(Spelling(conventions), self.records)
        return api

    @functools.cached_property
    def _apis(self) -> dict[int, Api]:
        """The services that were asked for so far."""
        return {}

    # Queries

    def make_query(self, pool: str, index: int) -> Query:
        return self._drawn[pool][index]

    @functools.cached_property
    def _drawn(self) -> Mapping[str, LazySequence[Query]]:
        return {pool: LazySequence(functools.partial(self._draws, pool)) for pool in self.pools}

    def _draws(self, pool: str) -> Iterator[Query]:
        """The queries of a pool, no prompt twice. Kinds of goal take turns; one that gives nothing new is passed over."""
        taken: set[str] = set()
        draw, tasks = self.seed.draw("queries", pool), TASKS[self.level]
        benches = {other: self._bench(other, draw) for other in (range(_OTHERS) if pool == GUARD else (-1,))}
        misses = 0
        while len(taken) < self.pools[pool]:
            index = len(taken)
            other = index // len(tasks) % _OTHERS if pool == GUARD else -1
            bench = benches[other]
            goal = draw_goal(bench, tasks[(index + misses // _PATIENCE) % len(tasks)])
            prompt = prompt_of(pool, goal, bench.conventions, self.access, draw)
            if prompt in taken or self._held_out(goal) != (pool != "learn"):
                misses += 1
                continue
            taken.add(prompt)
            misses = 0
            yield Query(pool, index, prompt, Payload(goal, other))

    def _bench(self, other: int, draw: Draw) -> Bench:
        return Bench(self.level, self.records, self.api(other).spelling.conventions, draw)

    def _held_out(self, goal: Goal) -> bool:
        """Whether ``learn`` never asks for this. Lists are few, so theirs are spread over kinds, statuses and fields."""
        op = goal.op
        if goal.task in ("list", "page"):
            place = KINDS.index(op.kind) + STATUSES.index(op.status)
        elif goal.task == "sorted":
            place = KINDS.index(op.kind) + (op.sort == DATE)
        else:
            place = zlib.crc32(f"{self.name}/{goal.about}".encode())
        return place % _HELD_OUT == 0

    # Answers

    def episode(self, query: Query) -> Episode:
        payload: Payload = query.payload
        kind = ProgramEpisode if query.pool == PYTHON else RequestEpisode
        return kind(self.api(payload.other), self.access, payload.goal, (self.name, query.id))

    def turns(self, query: Query) -> int:
        payload: Payload = query.payload
        if query.pool == PYTHON:
            return 1
        return Course(self.api(payload.other), self.access, payload.goal).budget

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """A request earns nothing before the goal is reached, so what is mistaken is whether it led on."""
        lie = super().mislead(query, answer, grade, right, draw)
        led_on = grade.outcome not in ("correct", "partial")
        return lie._replace(grade=replace(lie.grade, reward=0.0, outcome="partial" if led_on else "wrong"))

    def sample_answer(self, query: Query, draw: Draw) -> str:
        """A request (or program) for another goal in the conventions of another service."""
        seed = self.seed.child("ignorant", draw.integer(0, 15))
        spelling = Spelling(draw_conventions(seed, self.level))
        goal = draw_goal(Bench(self.level, self.records, spelling.conventions, draw), draw.choice(TASKS[self.level]))
        if query.pool == PYTHON:
            return program_for(spelling, self.access, goal)
        return spelling.draft(goal.op, self.access, revision="1").text

    def habit(self, query: Query) -> str:
        """The request (or program) that plain REST would send."""
        goal: Goal = query.payload.goal
        spelling = Spelling(plain(self.name, self.level))
        if query.pool == PYTHON:
            return program_for(spelling, self.access, goal)
        return spelling.draft(goal.steps[0], self.access).text

    # Rules

    def form(self, query: Query) -> str:
        return "code"

    def rulebook(self) -> str:
        return "\n".join([f"How the service {self.name} wants its requests:", *(text for _, text in self.conventions.described())])

    def rules(self) -> frozenset[str]:
        """Every drawn convention as its key and option."""
        return frozenset(f"{key}: {self.conventions[key]}" for key, _ in self.conventions.described())

    def drifted(self, seed: Seed) -> ServiceWorld:
        return replace(self, conventions=redrawn(self.conventions, seed))

    def floor(self, pool: str) -> float:
        return _FLOORS[self.level]


def draw_world(seed: Seed, level: int) -> ServiceWorld:
    """Draw the conventions of one world, and the key and tenant that its prompts give."""
    draw = seed.draw("access")
    key = "k" + "".join(draw.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(4))
    access = Access(key, draw.choice(("north", "south", "east", "west", "alpha", "delta")))
    return ServiceWorld(seed, level, draw_conventions(seed, level), access)
