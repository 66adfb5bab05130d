"""The broad world: several siblings of one world, interleaved in one stream.

    env = gym.make("CL-Playbook-v0", breadth=16)

A sibling has about half of its parent's rules and particulars, and its own for the rest (:meth:`clgym.World.sibling`): what is shared
transfers, what is not interferes. Every prompt names the sibling that it is from. The r-th of them has a share of each pool that falls like 1/r (Zipf
1949), in learning and in examination alike. One class for all families.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from clgym.core import Episode, Grade, Misled, PickleFieldsOnly, Query, World
from clgym.errors import FamilyError
from clgym.seeding import Draw, Seed

#: The most siblings of one world.
MAX_BREADTH = 256

#: So often a sibling is drawn again whose name another one has already.
_TRIES = 64


class Shared(NamedTuple):
    """The payload of a query of a broad world: the place of the sibling that asks it, 0 the parent, and what it asks."""

    rank: int
    query: Query


@dataclass(frozen=True)
class BroadWorld(PickleFieldsOnly, World):
    """``breadth`` siblings as one world. A sibling is drawn when it is first asked; ``pools`` are those of the parent times the sum of 1/r.

    Raises as :meth:`clgym.World.sibling`.
    """

    parent: World
    seed: Seed = field(repr=False)
    breadth: int
    drifts: tuple[Seed, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        self.member(min(1, self.breadth - 1))  # a family without siblings says so at once

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.parent.name

    @property
    def family(self) -> str:  # type: ignore[override]
        return self.parent.family

    @property
    def level(self) -> int:  # type: ignore[override]
        return self.parent.level

    @property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.parent.parts

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return {pool: sum(self._shares(pool)) for pool in self.parent.pools}

    @functools.cached_property
    def _members(self) -> list[World]:
        """Those that are drawn so far, before any drift."""
        return [self.parent]

    @functools.cached_property
    def _drifted(self) -> dict[int, World]:
        return {}

    def member(self, rank: int) -> World:
        """The sibling of a rank, 0 the parent, as it is after every drift. Raises ``FamilyError`` where the family has too few names."""
        while len(self._members) <= rank:
            self._members.append(self._next_sibling())
        if not self.drifts:
            return self._members[rank]
        if rank not in self._drifted:
            world = self._members[rank]
            for drift in self.drifts:
                world = world.drifted(drift.child("sibling", rank))
            self._drifted[rank] = world
        return self._drifted[rank]

    def _next_sibling(self) -> World:
        names, rank = {member.name for member in self._members}, len(self._members)
        for number in range(_TRIES):
            drawn = self.parent.sibling(self.seed.child("sibling", rank, number))
            if drawn.name not in names:
                return drawn
        raise FamilyError(f"{self.family}: of {_TRIES} siblings of {self.parent.name} none has a name that {rank} others lack.")

    def members(self) -> list[World]:
        """All of them."""
        return [self.member(rank) for rank in range(self.breadth)]

    def _shares(self, pool: str) -> list[int]:
        """How many queries of a pool each sibling asks."""
        size = self.parent.pools[pool]
        return [max(1, size // (rank + 1)) for rank in range(self.breadth)]

    @functools.cached_property
    def _places(self) -> dict[str, list[tuple[int, int]]]:
        """For each pool that was asked, the rank and the sibling's own index behind each index: shuffled, so that an index tells neither."""
        return {}

    def query(self, pool: str, index: int) -> Query:
        self.check_index(pool, index)
        if pool not in self._places:
            self._places[pool] = self.seed.draw("places", pool).shuffled(
                (rank, place) for rank, share in enumerate(self._shares(pool)) for place in range(share)
            )
        rank, place = self._places[pool][index]
        asked = self.member(rank).query(pool, place)
        return replace(asked, index=index, payload=Shared(rank, asked))

    def _of(self, query: Query) -> tuple[World, Query]:
        shared: Shared = query.payload
        return self.member(shared.rank), shared.query

    def grade(self, query: Query, answer: str) -> Grade:
        world, asked = self._of(query)
        return world.grade(asked, answer)

    def solve(self, query: Query) -> str:
        world, asked = self._of(query)
        return world.solve(asked)

    def episode(self, query: Query) -> Episode:
        world, asked = self._of(query)
        return world.episode(asked)

    def turns(self, query: Query) -> int:
        world, asked = self._of(query)
        return world.turns(asked)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        world, asked = self._of(query)
        return world.mislead(asked, answer, grade, right, draw)

    def sample_answer(self, query: Query, draw: Draw) -> str:
        world, asked = self._of(query)
        return world.sample_answer(asked, draw)

    def habit(self, query: Query) -> str:
        world, asked = self._of(query)
        return world.habit(asked)

    def form(self, query: Query) -> str:
        world, asked = self._of(query)
        return world.form(asked)

    def deciders(self, query: Query) -> frozenset[str]:
        """Each sibling's own: who knows what siblings share may be sooner."""
        world, asked = self._of(query)
        return frozenset(f"{world.name}: {name}" for name in world.deciders(asked))

    def rulebook(self) -> str:
        """Every sibling's, under its name."""
        return "\n\n".join(f"# {member.name}\n\n{member.rulebook()}" for member in self.members())

    def rules(self) -> frozenset[str]:
        return frozenset(f"{rank}: {rule}" for rank, member in enumerate(self.members()) for rule in member.rules())

    def floor(self, pool: str) -> float:
        """The mean over queries."""
        shares = self._shares(pool)
        return sum(share * member.floor(pool) for share, member in zip(shares, self.members())) / sum(shares)

    def drifted(self, seed: Seed) -> World:
        """Every sibling drifts, each in its own way."""
        return replace(self, drifts=(*self.drifts, seed))

    def sibling(self, seed: Seed) -> World:
        """A sibling of the parent, as it was before any drift."""
        return self.parent.sibling(seed)


def broadened(world: World, seed: Seed, breadth: int) -> World:
    """The broad world of ``world``, or ``world`` itself at breadth 1."""
    return world if breadth == 1 else BroadWorld(world, seed.child("breadth"), breadth)
