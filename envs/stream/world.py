"""One drawn stream: its tasks, its stages, and the queries of its members."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from clgym import registry
from clgym.core import Episode, Grade, LazyWorld, Misled, MultiTurnWorld, Query, SingleTurn, Stage, Turn, World
from clgym.errors import FamilyError
from clgym.seeding import Draw, Seed

#: Tasks of a stream and env steps of one of its stages, by level.
TASKS = (3, 4, 5, 6)
STAGE = (40, 96, 192, 400)
#: Returns that a trial of the default length comes to, behind the first stages of all tasks.
RETURNS = 2
#: Env steps of a ``learn`` pool, at most; level 0 has what its smallest member allows.
LEARN = (2_400, 2_400, 2_400, 10_000)
EVAL = 360
#: So often a world is drawn again whose name another task has already.
_TRIES = 64
#: Levels that say in every prompt which task of the stream it belongs to.
ANNOUNCED = (0, 1)


class Member(NamedTuple):
    """A task of the stream, and the member's own query."""

    task: int
    query: Query


class Place(NamedTuple):
    """A query of the ``learn`` pool: the task, and which of its queries."""

    task: int
    place: int


class ScaledTurns(Episode):
    """A member's episode whose rewards add up to its score: each is worth ``share`` of what the member says.

    A turn of a fight of eight exchanges earns an eighth, so that an episode of any member returns at most 1.
    """

    def __init__(self, inner: Episode, share: float):
        self._inner, self._share = inner, share

    def step(self, answer: str) -> Turn:
        turn = self._inner.step(answer)
        return turn._replace(grade=scaled(turn.grade, self._share))

    def solve(self) -> str:
        return self._inner.solve()

    def score(self, rewards: Sequence[float]) -> float:
        return self._inner.score([reward / self._share for reward in rewards])


def scaled(grade: Grade, share: float) -> Grade:
    """A grade whose reward counts for ``share``, and whose words stay those of the exchange; the reward of a failure stays NaN."""
    return grade if share == 1.0 else replace(grade, reward=grade.reward * share, share=grade.share * share)


@dataclass(frozen=True)
class StreamWorld(LazyWorld):
    """One drawn stream. Member worlds are drawn when they are first asked."""

    seed: Seed
    level: int
    family: str
    families: tuple[str, ...]
    """The family of each task."""
    visits: tuple[int, ...]
    """The task of each stage; none where the tasks are interleaved."""
    siblings: bool = False
    """Whether later tasks are siblings of the first one."""
    drifts: tuple[Seed, ...] = ()

    @property
    def name(self) -> str:  # type: ignore[override]
        """Prompts name the member worlds; the stream goes by what it is made of."""
        return " and ".join(name.partition(" ")[2] for name in self.labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """The tasks as :meth:`task` calls them, in the order of their first stages."""
        return tuple(f"{task} {name.removeprefix('CL-').removesuffix('-v0')}" for task, name in enumerate(self.families, 1))

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        asked = [pool for pool in ("eval", "guard") if all(pool in world.pools for world in self._worlds)]
        return {"learn": len(self._learn), **{pool: self._share(pool) for pool in asked}}

    @functools.cached_property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of all members."""
        return tuple(dict.fromkeys(part for world in self._worlds for part in world.parts))

    def _share(self, pool: str) -> int:
        """Queries of a pool to which each member gives as many."""
        count = len(self.families)
        return min(EVAL // count, *(world.pools[pool] for world in self._worlds)) * count

    # -- members ------------------------------------------------------------------------------------------------------

    def tasks(self) -> dict[str, World]:
        return dict(zip(self.labels, self._worlds))

    @functools.cached_property
    def _worlds(self) -> tuple[World, ...]:
        return tuple(map(self.member, range(len(self.families))))

    def member(self, task: int) -> World:
        """The world of one task."""
        world = self._members.get(task)
        if world is None:
            world = self._undrifted(task)
            for seed in self.drifts:
                world = world.drifted(seed.child(task))
            self._members[task] = world
        return world

    def _undrifted(self, task: int) -> World:
        """The world of a task as it was drawn; once more where an earlier one has its name: a prompt tells by it who asks."""
        if task not in self._drawn:
            taken = {self._undrifted(earlier).name for earlier in range(task) if self.families[earlier] == self.families[task]}
            drawn = (self._draw(task, number) for number in range(_TRIES))
            world = next((world for world in drawn if world.name not in taken), None)
            if world is None:
                raise FamilyError(f"{self.families[task]}: of {_TRIES} worlds of one stream none has a name that the others lack.")
            self._drawn[task] = world
        return self._drawn[task]

    def _draw(self, task: int, number: int) -> World:
        seed = self.seed.child("member", task, *([number] if number else []))
        if task and self.siblings:
            return self._undrifted(0).sibling(seed)
        return registry.load_family(self.families[task]).world(seed, self.level)

    @functools.cached_property
    def _drawn(self) -> dict[int, World]:
        """The member worlds that were asked so far, before any drift."""
        return {}

    @functools.cached_property
    def _members(self) -> dict[int, World]:
        """The same as they are now."""
        return {}

    def _asked(self, query: Query) -> tuple[World, Query]:
        payload: Member = query.payload
        return self.member(payload.task), payload.query

    # -- the order ----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _learn(self) -> list[Place]:
        """What stands in each place of the ``learn`` pool: whole stages, as many as no member would have to repeat a query for."""
        length, seen = STAGE[self.level], [0] * len(self.families)
        places: list[Place] = []
        for number, tasks in enumerate(self._tasks_by_stage()):
            counts = [seen[task] + tasks.count(task) for task in range(len(seen))]
            if (number + 1) * length > LEARN[self.level] or any(
                count > world.pools["learn"] for count, world in zip(counts, self._worlds)
            ):
                break
            for task in tasks:
                places.append(Place(task, seen[task]))
                seen[task] += 1
        return places

    def _tasks_by_stage(self) -> Iterator[list[int]]:
        """The task of each place, stage by stage."""
        length = STAGE[self.level]
        if self.visits:
            yield from ([task] * length for task in self.visits)
            return
        draw = self.seed.draw("interleaved")
        left: list[int] = []
        turns = [world.turns(world.query("learn", 0)) for world in self._worlds]
        # A query that takes several env steps comes up more seldom: each task has as many env steps.
        bag = [task for task, most in enumerate(turns) for _ in range(max(1, round(max(turns) / most)))]
        while True:
            while len(left) < length:
                left += draw.shuffled(bag)
            yield left[:length]
            left = left[length:]

    def order(self, pool: str, draw: Draw) -> list[int]:
        """Stage after stage, each shuffled."""
        if pool != "learn":
            return super().order(pool, draw)
        size, length = self.pools[pool], STAGE[self.level]
        return [index for start in range(0, size, length) for index in draw.shuffled(range(start, start + length))]

    def stages(self) -> Sequence[Stage]:
        length = STAGE[self.level]
        count = self.pools["learn"] // length
        return [Stage(self.labels[self.visits[number]] if self.visits else "", length) for number in range(count)]

    def sample(self, pool: str, size: int, draw: Draw) -> list[int]:
        """As many of each task, task after task; at least one."""
        count = len(self.families)
        if pool == "learn":
            return super().sample(pool, size, draw)
        each, of = max(1, size // count), self.pools[pool] // count
        return [place * count + task for task in range(count) for place in draw.sample(range(of), min(each, of))]

    def task(self, query: Query) -> str:
        payload: Member = query.payload
        return self.labels[payload.task]

    # -- queries ------------------------------------------------------------------------------------------------------

    def make_query(self, pool: str, index: int) -> Query:
        task, place = self._learn[index] if pool == "learn" else Place(index % len(self.families), index // len(self.families))
        world = self.member(task)
        query = world.query(pool, place % world.pools[pool])
        return Query(pool, index, self.announcement(task) + query.prompt, Member(task, query), query.options)

    def announcement(self, task: int) -> str:
        """What stands in front of the prompts of a task."""
        return f"Task {task + 1} of {len(self.families)}.\n" if self.level in ANNOUNCED else ""

    def grade(self, query: Query, answer: str) -> Grade:
        world, asked = self._asked(query)
        return scaled(world.grade(asked, answer), self._worth(query))

    def solve(self, query: Query) -> str:
        world, asked = self._asked(query)
        return world.solve(asked)

    def episode(self, query: Query) -> Episode:
        world, asked = self._asked(query)
        if not isinstance(world, MultiTurnWorld):
            return SingleTurn(self, query)
        share = self._worth(query)
        return world.episode(asked) if share == 1.0 else ScaledTurns(world.episode(asked), share)

    def _worth(self, query: Query) -> float:
        """What a full reward of one turn adds to the score of its episode."""
        world, asked = self._asked(query)
        return world.episode(asked).score([1.0]) if isinstance(world, MultiTurnWorld) else 1.0

    def turns(self, query: Query) -> int:
        world, asked = self._asked(query)
        return world.turns(asked)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        (world, asked), share = self._asked(query), self._worth(query)
        lie = world.mislead(asked, answer, scaled(grade, 1 / share), right, draw)
        return lie._replace(grade=scaled(lie.grade, share))

    def deciders(self, query: Query) -> frozenset[str]:
        """Each task's own: who knows what related tasks share may be sooner."""
        world, asked = self._asked(query)
        return frozenset(f"{self.task(query)}: {name}" for name in world.deciders(asked))

    def rules(self) -> frozenset[str]:
        return frozenset(f"{name}: {rule}" for name, world in zip(self.families, self._worlds) for rule in world.rules())

    def form(self, query: Query) -> str:
        world, asked = self._asked(query)
        return world.form(asked)

    def rulebook(self) -> str:
        length = STAGE[self.level]
        order = ", ".join(self.labels[task].partition(" ")[2] for task in self.visits[:12])
        how = f"come one after another, {length} env steps at a time: {order}, and so on." if self.visits else "are interleaved."
        parts = [f"Task {label.replace(' ', ': ', 1)}.\n{world.rulebook()}" for label, world in self.tasks().items()]
        return "\n\n".join([f"{len(self.families)} tasks {how}", *parts])

    def drifted(self, seed: Seed) -> StreamWorld:
        return replace(self, drifts=(*self.drifts, seed))

    def floor(self, pool: str) -> float:
        return max(world.floor(pool) for world in self._worlds)

    def sample_answer(self, query: Query, draw: Draw) -> str:
        world, asked = self._asked(query)
        return world.sample_answer(asked, draw)

    def habit(self, query: Query) -> str:
        world, asked = self._asked(query)
        return world.habit(asked)
