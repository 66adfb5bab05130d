"""Envs and queries travel between processes at any time: Ray, joblib and spawned workers pickle them."""

from __future__ import annotations

import pickle

import gymnasium as gym
import pytest

from clgym.registry import make_world
from clgym.registry.builtin import FAMILIES
from clgym.seeding import seed_of

CELLS = [pytest.param(row.id, level, id=f"{row.id}-level{level}") for row in FAMILIES for level in row.levels]


@pytest.mark.parametrize(("name", "level"), CELLS)
def test_an_env_that_was_reset_can_be_pickled(name, level):
    env = gym.make(name, level=level).unwrapped
    _, info = env.reset(seed=3)
    twin = pickle.loads(pickle.dumps(env))
    right = env.world.solve(env.world.query(info["pool"], env.unwrapped.query.index))
    assert twin.step(right)[:4] == env.step(right)[:4]
    assert twin.reset()[0] == env.reset()[0], "the twin walks the same order"


@pytest.mark.parametrize(("name", "level"), CELLS)
def test_a_query_of_any_pool_can_be_pickled(name, level):
    world = make_world(name, level=level)
    for pool, size in world.pools.items():
        for index in seed_of("pickled", pool).draw().sample(range(size), 2):
            query = world.query(pool, index)
            world.grade(query, "no"), world.solve(query)
            twin = pickle.loads(pickle.dumps(query))
            assert twin == query
            assert world.grade(twin, world.solve(twin)) == world.grade(query, world.solve(query))
