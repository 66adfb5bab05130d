"""The ideal learner of CL-Conlang: what it learns from a teacher's words, from right answers alone, and that it reads only what is shown."""

from __future__ import annotations

import functools

import pytest

from clgym.envs.conlang.guess import Guess
from clgym.envs.conlang.phonology import Affix
from clgym.learning import Seen
from clgym.registry import load_family, make_world
from clgym.seeding import seed_of

FAMILY = load_family("CL-Conlang-v0")


class Conversation(list):
    options = ()


def said(prompt: str) -> Conversation:
    return Conversation([{"role": "user", "content": prompt}])


def taught(world, rung: str, steps: int, learner=None):
    """A learner after so many env steps of a stream."""
    learner = learner or FAMILY.learner(world.level)
    order = world.order("learn", seed_of("stream").draw())
    for index in order[:steps]:
        query = world.query("learn", index)
        answer = learner.reply(said(query.prompt), ())
        graded = world.grade(query, answer)
        words = "" if rung == "gold" else graded.feedback.at(rung, graded.reward)
        right = world.solve(query) if rung in ("gold", "correction") else ""
        reward = None if rung == "gold" else graded.reward
        learner._take(Seen(tuple(said(query.prompt)), answer, reward, words, right, (), 0, True))
    return learner


def score(world, learner, pool: str = "eval", count: int = 60) -> float:
    count = min(count, world.pools[pool])
    queries = [world.query(pool, (index * 7) % world.pools[pool]) for index in range(count)]
    return sum(world.grade(query, learner.reply(said(query.prompt), ())).reward for query in queries) / count


@functools.cache
def world_of(level: int, index: int = 0):
    return make_world("CL-Conlang-v0", level=level, world=index)


@functools.cache
def learned(level: int, rung: str, steps: int):
    return taught(world_of(level), rung, steps)


@pytest.mark.parametrize("rung", ["diagnosis", "correction"])
@pytest.mark.parametrize(
    ("level", "steps", "least"), [(0, 80, 0.97), (1, 300, 0.9), pytest.param(2, 1500, 0.85, marks=pytest.mark.slow)]
)
def test_the_teachers_words_are_enough(level, steps, least, rung):
    assert score(world_of(level), learned(level, rung, steps)) >= least


@pytest.mark.parametrize(
    ("pool", "least"), [("transfer/reverse", 0.9), ("transfer/german", 0.85), ("transfer/sums", 1.0), ("guard", 1.0)]
)
def test_what_was_learned_shows_in_every_pool(pool, least):
    assert score(world_of(1), learned(1, "correction", 300), pool) >= least
    assert score(world_of(1), learned(1, "correction", 300), "transfer/poetry", 6) >= 0.8


def test_right_answers_alone_teach_and_words_teach_more():
    world = world_of(1)
    blind, gold, words = (
        score(world, FAMILY.learner(1)),
        score(world, taught(world, "gold", 60)),
        score(world, taught(world, "correction", 60)),
    )
    assert blind <= world.floor("eval") < 0.25 < gold < words


def test_it_answers_its_own_history_as_it_was_corrected():
    world, learner = world_of(1), learned(1, "correction", 300)
    right = [
        world.grade(world.query("learn", index), learner.reply(said(world.query("learn", index).prompt), ())).reward == 1.0
        for index in world.order("learn", seed_of("stream").draw())[:150]
    ]
    assert sum(right) / len(right) >= 0.97


def test_a_saved_learner_goes_on_as_it_was(tmp_path):
    world = world_of(0)
    learner = taught(world, "correction", 40)
    learner.save(tmp_path)
    other = FAMILY.learner(0)
    other.load(tmp_path)
    for index in range(30):
        prompt = said(world.query("eval", index).prompt)
        assert learner.reply(prompt, ()) == other.reply(prompt, ())


def test_a_drift_is_got_over():
    before = world_of(0)
    after = before.drifted(seed_of("later"))
    learner = FAMILY.learner(0, drifts=(60,))
    taught(before, "correction", 60, learner)
    assert score(after, learner) < 0.75
    taught(after, "correction", 120, learner)
    assert score(after, learner) >= 0.9


def test_languages_lend_one_another_words():
    """A sibling shares half of its words, and nothing was said in it yet."""
    world = world_of(0)
    learner, sibling = learned(0, "correction", 80), world.sibling(seed_of("sibling"))
    assert score(sibling, learner) > score(sibling, FAMILY.learner(0)) + 0.15


def test_a_lie_is_outvoted():
    guess = Guess("Velan", 2, lambda lexeme: ())
    guess.told_affix("past", Affix("ka", "suffix"))
    guess.told_affix("past", Affix("mo", "prefix"), 2.0)
    guess.told_rule("order", "VSO")
    guess.vote("order", "SOV")
    assert guess.language.affixes["past"] == Affix("ka", "suffix") and guess.language.rules["order"] == "VSO"
