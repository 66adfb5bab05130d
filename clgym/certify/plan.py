"""What is measured: one :class:`Job` for every family, level, breadth, kind of learner and world."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from clgym import registry

#: What a learner is given, in the order of the certificate's columns. ``blind`` is the rung ``none``: prompts alone.
RUNGS = ("blind", "score", "diagnosis", "gold", "correction")
#: Env steps at most, by level, and further ones for a broad world (times the sum of 1/r would be too dear at the top).
STEPS = (400, 1_600, 6_000, 12_000)
QUICK_STEPS = (150, 500, 900, 1_200)
#: Where ``eval`` is asked: dense at the start, then six times in each doubling.
DENSE = (0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30)
#: After so many exchanges the generic learner is asked.
COPIED = 300
#: Worlds whose prompts the policy is trained on that knows none of the world it is asked about.
OTHER_WORLDS = 200


@dataclass(frozen=True)
class Settings:
    """What ``clgym certify`` is told."""

    envs: tuple[str, ...]
    levels: tuple[int, ...] = ()
    """All that a family has where none are given."""
    breadths: tuple[int, ...] = (1,)
    worlds: tuple[int, ...] = tuple(range(8))
    queries: int = 320
    quick: bool = False
    split: str = "validation"
    seconds: float = 600.0
    """A curve that takes longer is cut there, and says so."""


@dataclass(frozen=True)
class Job:
    """One curve, or one number: ``kind`` is a rung of the ideal learner, or one of the other measures of :mod:`clgym.certify.run`."""

    env: str
    level: int
    breadth: int
    kind: str
    world: int
    steps: int
    queries: int
    split: str
    seconds: float
    seed: int = 0

    @property
    def place(self) -> tuple[str, int, int]:
        """Its row of the certificate."""
        return self.env, self.level, self.breadth

    def file_name(self, sources: str) -> str:
        """Another one for other settings, and for other code of the family (``sources``, a hash)."""
        told = hashlib.sha256(json.dumps([asdict(self), sources], sort_keys=True).encode()).hexdigest()[:12]
        return (
            f"{self.env.replace('/', '_').replace(':', '_')}-level{self.level}x{self.breadth}-{self.kind}-{self.world}-{told}.json"
        )


def plan(settings: Settings) -> list[Job]:
    """Every job, cheap ones first within a row."""
    return [job for env in settings.envs for job in _of_family(env, settings)]


def _of_family(env: str, settings: Settings) -> Iterator[Job]:
    family = registry.load_family(env)
    steps_of = QUICK_STEPS if settings.quick else STEPS
    for level in settings.levels or tuple(family.levels):
        family.check_level(level)
        for breadth in settings.breadths:
            steps = steps_of[min(level, len(steps_of) - 1)]
            if breadth > 1:
                steps = min(2 * steps, 24_000)

            def job(kind: str, world: int, steps: int = steps, seed: int = 0, level: int = level, breadth: int = breadth) -> Job:
                return Job(env, level, breadth, kind, world, steps, settings.queries, settings.split, settings.seconds, seed)

            for world in settings.worlds:
                yield job("coverage", world)
                yield job("copier", world, COPIED)
                for kind in ("attacker", "strangers", "climber") if breadth == 1 else ():
                    yield job(kind, world, COPIED)
                for kind in RUNGS:
                    yield job(kind, world)
                for kind in ("noise", "drift") if not settings.quick else ():
                    yield job(kind, world)
            if not settings.quick:
                yield from (job("correction", settings.worlds[0], seed=seed) for seed in (1, 2))


def checkpoints(steps: int) -> list[int]:
    """Env steps at which ``eval`` is asked."""
    marks, step = [mark for mark in DENSE if mark <= steps], float(DENSE[-1])
    while step < steps:
        step *= 2 ** (1 / 6) if step < 500 else 2 ** (1 / 4)
        marks.append(min(steps, round(step)))
    return sorted({*marks, steps})
