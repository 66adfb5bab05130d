"""CL-Dialect-v0: a new dialect of JavaScript, compiled and run."""

from __future__ import annotations

from clgym.core import Family, World
from clgym.envs.dialect.level0 import line_world
from clgym.envs.dialect.names import dialect_name
from clgym.envs.dialect.programs import program_world
from clgym.seeding import Seed


class Dialect(Family):
    """A language that is JavaScript but for a drawn set of rules."""

    name = "CL-Dialect-v0"
    version = 1
    levels = range(4)

    def world(self, seed: Seed, level: int) -> World:
        self.check_level(level)
        name = dialect_name(seed.draw("name"))
        return program_world(name, seed, level) if level else line_world(name, seed)


__all__ = ["Dialect"]
