"""Env steps per second on one core through `gym.make`, resets included. Goal: 30,000 for CL-Conlang-v0 at level 0."""

from __future__ import annotations

import time

import gymnasium as gym

from clgym.registry import load_family

NAME = "CL-Conlang-v0"
SECONDS = 2.0


def steps_per_second(name: str, level: int) -> float:
    """One query is one episode: a reset and a step with an ignorant, well-formed answer prepared beforehand."""
    env = gym.make(name, level=level)
    world = env.unwrapped.world
    env.reset(seed=0)
    answer = world.habit(world.query(env.unwrapped.pool, 0))
    done, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < SECONDS:
        for _ in range(50):
            env.step(answer)
            env.reset()
        done += 50
    return done / elapsed


def main() -> None:
    for level in load_family(NAME).levels:
        print(f"{NAME} level {level}: {steps_per_second(NAME, level):,.0f} env steps/s")


if __name__ == "__main__":
    main()
