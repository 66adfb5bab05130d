"""Breadth: several siblings in one stream."""

from __future__ import annotations

import pickle
from collections import Counter

import gymnasium as gym
import pytest
from toys import Signs

import clgym
from clgym.breadth import MAX_BREADTH, BroadWorld
from clgym.core import play
from clgym.errors import InvalidSetting
from clgym.protocol import run_trial
from clgym.records import Trial
from clgym.registry import gym_spec
from clgym.seeding import seed_of

FAMILY = "toys:SignFamily"


def broad(breadth: int = 16, **settings) -> BroadWorld:
    world = clgym.make_world(FAMILY, breadth=breadth, **settings)
    assert isinstance(world, BroadWorld)
    return world


@pytest.mark.parametrize("breadth", [0, -1, MAX_BREADTH + 1, 10_000, "4", 2.5, True, None])
def test_a_breadth_that_is_none_is_refused(breadth):
    with pytest.raises(InvalidSetting, match="breadth"):
        gym.make(gym_spec(FAMILY), breadth=breadth)


def test_a_family_without_siblings_says_so():
    with pytest.raises(InvalidSetting, match="draws no siblings"):
        gym.make("Probe-Grammar-v0", breadth=2)


def test_breadth_1_is_the_world_itself():
    assert clgym.make_world(FAMILY, breadth=1) is clgym.make_world(FAMILY)
    assert broad(4).member(0) == clgym.make_world(FAMILY)


def test_siblings_share_about_half_and_have_names_of_their_own():
    world = broad(64)
    names = [member.name for member in world.members()]
    assert len(set(names)) == 64
    shared = [len(world.member(0).rules() & member.rules()) / 16 for member in world.members()[1:]]
    assert 0.4 < sum(shared) / len(shared) < 0.75


@pytest.mark.parametrize("pool", ["learn", "eval"])
def test_each_sibling_is_asked_like_one_over_its_rank_and_no_query_twice(pool):
    world = broad(8)
    queries = [world.query(pool, index) for index in range(world.pools[pool])]
    counts = Counter(query.payload.rank for query in queries)
    assert [counts[rank] for rank in range(8)] == [world.parent.pools[pool] // (rank + 1) for rank in range(8)]
    assert len({query.prompt for query in queries}) == len(queries) == len({query.id for query in queries})
    # No block of indices belongs to one sibling.
    first = Counter(query.payload.rank for query in queries[: len(queries) // 4])
    assert len(first) >= 6


def test_what_siblings_do_is_done_by_the_one_that_is_asked():
    world = broad(4)
    for index in range(40):
        query = world.query("learn", index)
        member, own = world.member(query.payload.rank), query.payload.query
        assert query.prompt == own.prompt and member.name in query.prompt
        assert world.solve(query) == member.solve(own)
        assert world.grade(query, "north") == member.grade(own, "north")
        assert play(world, query, lambda episode, _: episode.solve()).score == 1.0
        assert all(name.startswith(member.name) for name in world.deciders(query))
    assert world.floor("eval") == pytest.approx(0.35)
    assert all(member.name in world.rulebook() for member in world.members())


def test_all_siblings_drift_and_their_prompts_stay():
    world = broad(4)
    after = world.drifted(seed_of("drift"))
    for index in range(60):
        assert after.query("eval", index).prompt == world.query("eval", index).prompt
    same = [world.solve(world.query("eval", i)) == after.solve(after.query("eval", i)) for i in range(world.pools["eval"])]
    assert 0.2 < sum(same) / len(same) < 0.8
    assert all(a.meanings != b.meanings for a, b in zip(world.members(), after.members()))


def test_it_is_the_same_in_any_order_and_after_pickling():
    forward, backward = broad(6), BroadWorld(*(getattr(broad(6), name) for name in ("parent", "seed", "breadth")))
    last = backward.member(5)  # drawn first here, last there
    assert [forward.member(rank).name for rank in range(6)][5] == last.name
    copy = pickle.loads(pickle.dumps(forward))
    assert copy.query("eval", 7) == forward.query("eval", 7) and copy.solve(copy.query("eval", 7)) == forward.solve(
        forward.query("eval", 7)
    )


def test_a_broad_env_is_an_env_and_a_trial_has_it(tmp_path):
    env = gym.make(gym_spec(FAMILY), breadth=4, feedback="correction")
    _, info = env.reset(seed=3)
    assert "level0x4" in info["world"]
    *_, info = env.step("up")
    assert info["correction"] in ("north", "south", "east", "west")
    trial = Trial(FAMILY, "ideal", breadth=4, steps=40, eval_size=16, transfer_size=0, guard_size=0, probe_size=0, control_size=0)
    records = run_trial(trial, tmp_path / "trial")
    assert records.trial.breadth == 4 and {record.world for record in records.records if hasattr(record, "world")} == {
        trial.world_id
    }


def test_a_sibling_that_has_everybodys_name_is_an_error():
    class Same(Signs):
        def sibling(self, seed):
            return self

    with pytest.raises(clgym.errors.FamilyError, match="name"):
        BroadWorld(Same("One", ("north",) * 16), seed_of("same"), 2)
