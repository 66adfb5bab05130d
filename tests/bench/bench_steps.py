"""Env steps per second on one core through `gym.make`, resets included, and how long it takes to draw a world.

Goals: 30,000 env steps/s for the families that only compare text, 10,000 turns/s for those of several turns; 50 ms for a
world of level 3. Families that run programs (Dialect and Framework above level 0) are as fast as their sandbox.
"""

from __future__ import annotations

import sys
import time

import gymnasium as gym

from clgym.core import World
from clgym.registry import load_family, make_world
from clgym.registry.builtin import FAMILIES

SECONDS = 1.5
WORLDS = 6


def steps_per_second(name: str, level: int) -> float:
    """One query after another, each with an ignorant, well-formed answer prepared beforehand.

    Worlds keep the queries that they were asked for, so every query is asked once before the clock starts; the first time costs
    more (``microseconds_per_query``).
    """
    env = gym.make(name, level=level)
    world: World = env.unwrapped.world
    pool = env.unwrapped.pool
    for index in range(world.pools[pool]):
        world.query(pool, index)
    env.reset(seed=0)
    answer = world.habit(world.query(pool, 0))
    steps, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < SECONDS:
        for _ in range(50):
            _, _, terminated, truncated, _ = env.step(answer)
            if terminated or truncated:
                env.reset()
        steps += 50
    return steps / elapsed


def milliseconds_per_world(name: str, level: int) -> float:
    """``gym.make`` and the first reset, which asks a query from anywhere in the pool; the module imported beforehand."""
    gym.make(name, level=level).reset(seed=0)
    start = time.perf_counter()
    for index in range(1, WORLDS + 1):
        gym.make(name, level=level, world=index).reset(seed=index)
    return 1000 * (time.perf_counter() - start) / WORLDS


def microseconds_per_query(name: str, level: int) -> float:
    """Making a query for the first time."""
    world = make_world(name, level=level, world=WORLDS + 1)  # one that nothing was asked of yet: worlds are shared
    world.query("learn", 0)
    count = min(400, world.pools["learn"] - 1)
    start = time.perf_counter()
    for index in range(1, count + 1):
        world.query("learn", index)
    return 1e6 * (time.perf_counter() - start) / count


def main(names: list[str]) -> None:
    for name in names or [row.id for row in FAMILIES if "probe" not in row.tags]:
        for level in load_family(name).levels:
            steps, build = steps_per_second(name, level), milliseconds_per_world(name, level)
            fresh = microseconds_per_query(name, level)
            print(
                f"{name} level {level}: {steps:>9,.0f} env steps/s, {fresh:6.0f} us for a new query, {build:6.1f} ms for a world",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
