"""CL-Stream-v0: worlds of several families, one after another, for one θ."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym import registry
from clgym.core import Episode, Family, Grade, LazyWorld, Misled, MultiTurnWorld, Query, SingleTurn, World
from clgym.seeding import Draw, Seed

#: Tasks in a sequence and queries in one of its stages, by level.
TASKS = (3, 4, 5, 6)
STAGE = (32, 48, 64, 64)
#: Queries of a ``learn`` pool, at the least; level 0 has what its smallest member allows.
LEARN, EVAL = 2_400, 360
#: Levels that say in every prompt which task of the sequence it belongs to.
ANNOUNCED = (0, 1)
#: Who can be a member, by version. A new family joins nothing by itself: a list never changes, a new one gets the next number,
#: and so does the same list when the version of a member goes up. The first number is the checksum that versions once were.
MEMBERS: dict[int, tuple[str, ...]] = {
    3291594760: (
        "CL-Dialect-v0",
        "CL-Conlang-v0",
        "CL-HouseStyle-v0",
        "CL-Slang-v0",
        "CL-Sparring-v0",
        "CL-Playbook-v0",
        "CL-Service-v0",
        "CL-Framework-v0",
        "CL-Taste-v0",
        "CL-Grid-v0",
    )
}


class TaskSequence(Family):
    """Several tasks one after another, with returns: what does learning the next one do to those before?

    Description
        A world is a sequence: three to six worlds of different families, and the order in which they come. One θ has to
        learn them all. A task comes for a stretch of queries (a stage), then another one, and earlier ones come back.

    Hidden rules
        Those of the member worlds. Members are drawn from a list of families that is frozen for each version, each family at most
        once, at this level; the order of the stages is drawn too: first every task once, then returns, never the same task
        twice in a row.

    Observation
        The prompt of the member world, which names that world. Levels 0 and 1 announce the task: "Task 2 of 3." stands in
        front. Levels 2 and 3 do not.

    Answer
        What the member's prompt asks for. Members may take several turns (tool use, sparring).

    Reward
        The member's own.

    Feedback
        The member's own.

    Levels
        0: three tasks in stages of 32 queries. 1: four tasks, 48 queries. 2: five tasks, 64 queries, boundaries not announced.
        3: six tasks, 64 queries, boundaries not announced. Members have the level of the sequence.

    Pools
        ``learn``: the sequence. Its order is part of the task: a seed shuffles the queries inside a stage, never the stages.
        ``eval`` and ``guard``: those of all members, in turn. A trial asks ``eval`` before learning and at the end of every
        stage, which gives R[i, j]: the score on task j after stage i, and from it accuracy, backward and forward
        transfer and forgetting (``clgym.metrics.sequences``).

    Probes
        Probe-Facts-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. The floor of a pool is the highest one among its members.

    Origin
        Written for clgym. R[i, j]: Lopez-Paz and Ranzato (2017), "Gradient Episodic Memory for Continual Learning"; tasks that
        come back: Stojanov et al. (2019), "Incremental Object Learning from Contiguous Views".
    """

    name = "CL-Stream-v0"
    version = max(MEMBERS)
    levels = range(4)

    def world(self, seed: Seed, level: int) -> StreamWorld:
        self.check_level(level)
        draw = seed.draw("sequence")
        names = member_names(level)
        families = tuple(draw.sample(names, min(TASKS[level], len(names))))
        return StreamWorld(seed, level, families, tuple(_order_of_tasks(len(families), draw)))


class Member(NamedTuple):
    """A task of the sequence, and the member's own query."""

    task: int
    query: Query


def member_names(level: int) -> list[str]:
    """The families that a sequence of this level is drawn from: the members that have the level."""
    return [name for name in MEMBERS[TaskSequence.version] if level in registry.load_family(name).levels]


def _order_of_tasks(count: int, draw: Draw) -> list[int]:
    """One entry for each stage: every task once, then returns; long enough for any level."""
    order = list(range(count))
    while len(order) < 100:
        order.append(draw.choice([task for task in range(count) if task != order[-1]]))
    return order


@dataclass(frozen=True)
class StreamWorld(LazyWorld):
    """One drawn sequence. Member worlds are drawn when they are first asked."""

    seed: Seed
    level: int
    families: tuple[str, ...]
    visits: tuple[int, ...]
    """The task of each stage."""
    drifts: tuple[Seed, ...] = ()

    family = TaskSequence.name

    @property
    def name(self) -> str:  # type: ignore[override]
        """Prompts name the member worlds; the sequence goes by what it is made of."""
        return " and ".join(self.tasks)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks by name, in the order of their first stages."""
        return tuple(f"{name.removeprefix('CL-').removesuffix('-v0')}" for name in self.families)

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return {"learn": self._stages() * STAGE[self.level], "eval": self._share("eval"), "guard": self._share("guard")}

    @functools.cached_property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of all members."""
        return tuple(dict.fromkeys(part for task in range(len(self.families)) for part in self.member(task).parts))

    def _stages(self) -> int:
        """How many stages the ``learn`` pool has: as many as no member would have to repeat a query for."""
        if self.level:
            return -(-LEARN // STAGE[self.level])
        seen = dict.fromkeys(range(len(self.families)), 0)
        for number, task in enumerate(self.visits):
            seen[task] += STAGE[0]
            if seen[task] > self.member(task).pools["learn"] or number * STAGE[0] >= LEARN:
                return number
        return len(self.visits)

    def _share(self, pool: str) -> int:
        """Queries of a pool to which each member gives as many."""
        count = len(self.families)
        return min(EVAL // count, *(self.member(task).pools[pool] for task in range(count))) * count

    def member(self, task: int) -> World:
        """The world of one task."""
        world = self._members.get(task)
        if world is None:
            world = registry.load_family(self.families[task]).world(self.seed.child("member", task), self.level)
            for seed in self.drifts:
                world = world.drifted(seed.child(task))
            self._members[task] = world
        return world

    @functools.cached_property
    def _members(self) -> dict[int, World]:
        """The member worlds that were asked so far."""
        return {}

    def make_query(self, pool: str, index: int) -> Query:
        task, place = self._place(pool, index)
        world = self.member(task)
        query = world.query(pool, place % world.pools[pool])
        announcement = f"Task {task + 1} of {len(self.families)}.\n" if self.level in ANNOUNCED else ""
        return Query(pool, index, announcement + query.prompt, Member(task, query), query.options)

    def _place(self, pool: str, index: int) -> tuple[int, int]:
        """The task, and which of its queries."""
        if pool != "learn":
            return index % len(self.families), index // len(self.families)
        stage, within = divmod(index, STAGE[self.level])
        task = self.visits[stage]
        return task, self.visits[:stage].count(task) * STAGE[self.level] + within

    def order(self, pool: str, draw: Draw) -> list[int]:
        """Stage after stage, each shuffled."""
        if pool != "learn":
            return super().order(pool, draw)
        size, length = self.pools[pool], STAGE[self.level]
        return [index for start in range(0, size, length) for index in draw.shuffled(range(start, start + length))]

    def stage_ends(self) -> Sequence[int]:
        return range(STAGE[self.level], self.pools["learn"] + 1, STAGE[self.level])

    def task(self, query: Query) -> str:
        payload: Member = query.payload
        return f"{payload.task + 1} {self.tasks[payload.task]}"

    def grade(self, query: Query, answer: str) -> Grade:
        payload: Member = query.payload
        return self.member(payload.task).grade(payload.query, answer)

    def solve(self, query: Query) -> str:
        payload: Member = query.payload
        return self.member(payload.task).solve(payload.query)

    def episode(self, query: Query) -> Episode:
        payload: Member = query.payload
        world = self.member(payload.task)
        return world.episode(payload.query) if isinstance(world, MultiTurnWorld) else SingleTurn(self, query)

    def turns(self, query: Query) -> int:
        payload: Member = query.payload
        return self.member(payload.task).turns(payload.query)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        payload: Member = query.payload
        return self.member(payload.task).mislead(payload.query, answer, grade, right, draw)

    def rules(self) -> frozenset[str]:
        return frozenset(f"{name}: {rule}" for task, name in enumerate(self.families) for rule in self.member(task).rules())

    def form(self, query: Query) -> str:
        return self.member(query.payload.task).form(query.payload.query)

    def rulebook(self) -> str:
        order = ", ".join(self.tasks[task] for task in self.visits[:12])
        parts = [f"{len(self.families)} tasks come one after another, {STAGE[self.level]} queries at a time: {order}, and so on."]
        parts += [f"Task {task + 1}: {name}.\n{self.member(task).rulebook()}" for task, name in enumerate(self.tasks)]
        return "\n\n".join(parts)

    def drifted(self, seed: Seed) -> StreamWorld:
        return StreamWorld(self.seed, self.level, self.families, self.visits, (*self.drifts, seed))

    def floor(self, pool: str) -> float:
        return max(self.member(task).floor(pool) for task in range(len(self.families)))

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Member = query.payload
        return self.member(payload.task).sample_answer(payload.query, draw)

    def habit(self, query: Query) -> str:
        payload: Member = query.payload
        return self.member(payload.task).habit(payload.query)
