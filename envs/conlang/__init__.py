"""CL-Conlang-v0: a small artificial language, then German, then poetry."""

from __future__ import annotations

from clgym.core import Family
from clgym.envs.conlang.world import ConlangWorld, draw_world
from clgym.seeding import Seed


class Conlang(Family):
    """A drawn language that no model has seen before."""

    name = "CL-Conlang-v0"
    version = 0
    levels = range(1)

    def world(self, seed: Seed, level: int) -> ConlangWorld:
        self.check_level(level)
        return draw_world(seed, level)
