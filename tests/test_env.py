"""The env around any world: order, attempts, noise, drift, feedback levels, bad input."""

from __future__ import annotations

import math

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import clgym
from clgym.core import Query
from clgym.errors import InvalidAnswer, InvalidSetting, MissingSalt, ResetNeeded, UnknownName
from clgym.registry.builtin import FAMILIES
from clgym.seeding import seed_of

ID = "CL-Conlang-v0"


def test_a_seed_fixes_the_order_and_covers_the_pool():
    one, two = gym.make(ID), gym.make(ID)
    first = [one.reset(seed=5)[0]] + [one.reset()[0] for _ in range(50)]
    assert first == [two.reset(seed=5)[0]] + [two.reset()[0] for _ in range(50)]
    assert len(set(first)) == 51
    assert first[0] != two.reset(seed=6)[0] or first[1] != two.reset()[0]


def test_one_query_can_be_asked_for():
    env = gym.make(ID)
    observation, info = env.reset(options={"pool": "eval", "index": 3})
    assert (info["query"], info["pool"]) == (Query("eval", 3, "").id, "eval")
    assert observation == env.unwrapped.world.query("eval", 3).prompt
    with pytest.raises(InvalidSetting, match="index"):
        env.reset(options={"pool": "eval"})
    with pytest.raises(UnknownName, match="Did you mean 'index'"):
        env.reset(options={"indx": 3})


def test_info_is_complete_and_the_feedback_level_is_kept():
    for level in clgym.FEEDBACKS:
        env = gym.make(ID, feedback=level)
        _, info = env.reset(seed=0)
        assert info["feedback"] == "" and info["outcome"] == "" and ("correction" in info) == (level in ("correction", "gold"))
        _, reward, _, _, info = env.step("?")
        assert {"feedback", "outcome", "reward_parts", "query", "pool", "world", "attempt"} <= info.keys()
        assert bool(info["feedback"]) == (level != "none")
        if level in ("correction", "gold"):
            assert level != "gold" or info["feedback"] == info["correction"]
            env.reset(options={"index": env.unwrapped.query.index, "pool": info["pool"]})
            assert env.step(info["correction"])[1] == 1.0
        else:
            assert "correction" not in info


@pytest.mark.parametrize("name", [row.id for row in FAMILIES if not row.extra])
def test_gymnasiums_checker_is_content_and_two_runs_say_the_same(name):
    """Everything in info is equal to itself: no NaN stands where nothing was measured."""
    one, two = gym.make(name).unwrapped, gym.make(name).unwrapped
    check_env(one, skip_render_check=True)
    first, second = [[env.reset(seed=3)[1], env.step("?")[4], env.reset()[1]] for env in (one, two)]
    assert first == second and math.isfinite(sum(first[1]["reward_parts"].values()))


def test_the_score_grows_over_the_turns_of_an_attempt():
    env = gym.make("CL-Sparring-v0", attempts=2)
    _, info = env.reset(seed=0)
    assert (info["score"], info["attempt_done"]) == (0.0, False)
    taken = [env.step("jab") for _ in range(8)]
    scores = [info["score"] for *_, info in taken]
    assert scores == sorted(scores) and [info["attempt_done"] for *_, info in taken] == [False] * 7 + [True]
    assert scores[-1] == pytest.approx(sum(reward for _, reward, *_ in taken) / 8)
    assert not taken[-1][2] and env.step("jab")[4]["attempt_done"] is False


def shape(value):
    """Keys and types, all the way down."""
    return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("level", [0, 3])
@pytest.mark.parametrize("name", [row.id for row in FAMILIES if "probe" not in row.tags])
def test_info_has_one_shape_at_every_reset_and_step(name, level):
    """Minari, vector envs and whoever stacks infos depend on it: right, wrong, empty, overlong and drawn answers in every pool."""
    env = gym.make(name, level=level, feedback="correction", attempts=2)
    world, draw, shapes = env.unwrapped.world, seed_of("shape").draw(), []
    for pool, size in world.pools.items():
        for index in (0, size // 2):
            query = world.query(pool, index)
            for answer in (world.solve(query), world.sample_answer(query, draw), "", "x" * 30_000):
                shapes.append(shape(env.reset(options={"pool": pool, "index": index})[1]))
                shapes.append(shape(env.step(answer)[4]))
    assert all(one == shapes[0] for one in shapes), [one for one in shapes if one != shapes[0]][0]
    assert shapes[0]["score"] is float and shapes[0]["options"] is tuple and set(shapes[0]["reward_parts"]) == set(world.parts)


def test_attempts_end_with_the_right_answer_or_the_last_try():
    env = gym.make(ID, attempts=3, feedback="correction")
    prompt, _ = env.reset(seed=1)
    observation, _, terminated, _, info = env.step("?")
    assert (observation, terminated, info["attempt"]) == (prompt, False, 0)
    _, reward, terminated, _, info = env.step(info["correction"])
    assert (reward, terminated, info["attempt"]) == (1.0, True, 1)
    with pytest.raises(ResetNeeded):
        env.unwrapped.step("again")
    env.reset()
    assert [env.step("?")[2] for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("name", [row.id for row in FAMILIES if "probe" not in row.tags])
def test_a_mistaken_word_never_names_the_right_answer_and_the_reward_agrees_with_it(name, level):
    """Nothing that is handed out tells a lie from the truth: what is praised earns, what is blamed does not, and records keep the true grade."""
    env = gym.make(name, level=level, feedback="correction", noise=1.0)
    inner, draw = env.unwrapped, seed_of("lie").draw()
    for index in range(6):
        env.reset(options={"pool": "learn", "index": index})
        right = inner._episode.solve()
        _, reward, _, _, info = env.step(right)
        assert info["outcome"] != "correct" and reward < 1.0 and "1.00 of 1." not in info["feedback"]
        assert info["correction"] != right and inner.graded.outcome in ("correct", "partial")
        assert set(info["reward_parts"]) == set(inner.world.parts)
        prompt, _ = env.reset(options={"pool": "learn", "index": index})
        right, wrong = inner._episode.solve(), inner.world.sample_answer(inner.world.query("learn", index), draw)
        _, reward, _, _, info = env.step(wrong)
        if inner.graded.outcome in ("wrong", "malformed"):
            assert info["outcome"] in ("correct", "partial") and info["correction"] == wrong
            assert len(right) < 12 or right.lower() in (prompt + wrong).lower() or right.lower() not in info["feedback"].lower()
            assert reward > inner.graded.reward or name == "CL-Service-v0"


def test_what_is_praised_is_over_and_what_is_blamed_is_tried_again():
    env = gym.make(ID, attempts=2, feedback="correction", noise=1.0)
    env.reset(options={"index": 0, "pool": "eval"})
    assert env.step("?")[2] is True
    env.reset(options={"index": 0, "pool": "eval"})
    assert env.step(env.unwrapped.world.solve(env.unwrapped.world.query("eval", 0)))[2] is False


def test_several_turns_are_judged_together():
    """Seven bad moves and a good one are tried again; the last move alone decides nothing."""
    env = gym.make("CL-Sparring-v0", attempts=2)
    for worst_last in (False, True):
        env.reset(seed=3)
        for turn in range(8):
            best = env.unwrapped._episode.solve()
            *_, terminated, _, info = env.step(best if (turn < 7) == worst_last else "?")
        assert (terminated, info["attempt_done"], info["score"] < 1.0) == (False, True, True)
    env.reset(seed=3)
    for _ in range(8):
        *_, terminated, _, info = env.step(env.unwrapped._episode.solve())
    assert terminated and info["score"] == pytest.approx(1.0)


def test_noise_is_a_share_and_seeded():
    def wrong_shares() -> list[bool]:
        env = gym.make(ID, feedback="correction", noise=0.3)
        env.reset(seed=3)
        said = []
        for _ in range(200):
            said.append(env.step("?")[4]["correction"] == "?")
            env.reset()
        return said

    first = wrong_shares()
    assert 0.2 < sum(first) / 200 < 0.4 and first == wrong_shares()


def test_rules_change_at_the_asked_step():
    env = gym.make(ID, level=1, drift_at=[3])
    env.reset(seed=0)
    worlds = []
    for _ in range(6):
        worlds.append(env.step("?")[4]["world"])
        env.reset()
    assert [world.endswith("+1") for world in worlds] == [False] * 3 + [True] * 3


def test_overlong_and_undecodable_answers_are_malformed():
    env = gym.make(ID, max_chars=100)
    for answer, word in (("x" * 101, "101"), ("\ud800", "surrogate"), ("", "")):
        env.reset(seed=0)
        _, reward, terminated, _, info = env.step(answer)
        assert reward == 0.0 and terminated and info["outcome"] in ("malformed", "wrong") and word in info["feedback"]
    env.reset()
    with pytest.raises(InvalidAnswer, match="bytes"):
        env.step(b"bytes")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"level": 9}, "level"),
        ({"level": "1"}, r"level should be a whole number \(int\), and '1' \(str\) was given"),
        ({"world": "1"}, "world should be a whole number"),
        ({"judge": "tiny"}, "judge should be"),
        ({"split": "trian"}, "Did you mean 'train'"),
        ({"feedback": "diagnose"}, "Did you mean 'diagnosis'"),
        ({"pool": "evl"}, "Did you mean 'eval'"),
        ({"world": -1}, "index"),
        ({"attempts": 0}, "attempts"),
        ({"noise": 2}, "noise"),
        ({"levle": 1}, "Did you mean 'level'"),
        ({"attempts": "2"}, "attempts"),
        ({"attempts": 1.5}, "attempts"),
        ({"noise": "all"}, "noise"),
        ({"max_chars": None}, "max_chars"),
        ({"drift_at": 5}, "drift_at"),
        ({"drift_at": "100"}, "drift_at"),
        ({"drift_at": [-1]}, "drift_at"),
        ({"pool": ["learn"]}, "pool"),
    ],
)
def test_bad_settings_name_the_choices(settings, message):
    with pytest.raises((UnknownName, InvalidSetting), match=message):
        gym.make(ID, **settings)


def test_bad_indices_and_seeds_are_refused_and_numpys_numbers_are_numbers():
    env = gym.make(ID, level=np.int64(1), world=np.int64(2), attempts=np.int64(2))
    assert env.reset(options={"index": np.int64(3)})[1]["query"] == Query("learn", 3, "").id
    for index in ("0", 1.0, None, True):
        with pytest.raises(InvalidSetting, match="index"):
            env.reset(options={"index": index})
    for seed in (-1, "1", 1.5):
        with pytest.raises(InvalidSetting, match="seed"):
            env.reset(seed=seed)
    with pytest.raises(InvalidSetting, match="num_envs"):
        gym.make_vec(ID, num_envs=0, vectorization_mode="vector_entry_point")
    envs = gym.make_vec(ID, num_envs=2)
    envs.reset(seed=0)
    for answers in (["a"], "ab", ["a", "b", "c"]):
        with pytest.raises(InvalidAnswer, match="a list of 2 answers"):
            envs.step(answers)
    with pytest.raises(InvalidSetting, match="options of reset are a dict"):
        env.reset(options=[3])


def test_private_worlds_need_the_salt(monkeypatch):
    monkeypatch.delenv("CLGYM_SALT", raising=False)
    with pytest.raises(MissingSalt, match="CLGYM_SALT"):
        gym.make(ID, split="test")
    monkeypatch.setenv("CLGYM_SALT", "zz")
    with pytest.raises(InvalidSetting, match="hex"):
        gym.make(ID, split="test")
    monkeypatch.setenv("CLGYM_SALT", "5a" * 32)
    private = gym.make(ID, split="test").unwrapped.world.rulebook()
    assert private not in {
        clgym.make_world(ID, split=split, world=index).rulebook() for split in ("train", "validation") for index in range(20)
    }


def test_render_shows_the_exchange():
    env = gym.make(ID, render_mode="ansi")
    prompt, _ = env.reset(seed=0)
    _, _, _, _, info = env.step("my answer")
    assert prompt in env.render() and "my answer" in env.render() and info["feedback"] in env.render()
