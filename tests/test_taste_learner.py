"""The ideal learner of CL-Taste-v0: what it makes of words, of right picks and of rewards, and that it knows nothing else."""

from __future__ import annotations

import math
from statistics import fmean

import gymnasium as gym
import numpy as np
import pytest

import clgym  # noqa: F401 - registers the envs
from clgym import MultipleChoice
from clgym.agent import Experience
from clgym.envs.taste.learner import Layout, Person, layout_of
from clgym.envs.taste.reading import understand
from clgym.envs.taste.taste import Reason, Turn
from clgym.registry import load_family, make_world
from clgym.seeding import seed_of

NAME = "CL-Taste-v0"


def asked(query) -> MultipleChoice:
    return MultipleChoice([{"role": "user", "content": query.prompt}], query.options)


def examined(learner, world, pool="eval", count=100) -> float:
    questions = [world.query(pool, index) for index in range(count)]
    with learner.evaluating():
        answers = learner.act([asked(query) for query in questions])
    return fmean(world.grade(query, answer.text).reward for query, answer in zip(questions, answers))


def lived(learner, env, steps: int, *, blind: bool = False) -> list[Experience]:
    """``steps`` of a stream, as an agent is shown them."""
    experiences = []
    prompt, info = env.reset(seed=1)
    for _ in range(steps):
        conversation = MultipleChoice([{"role": "user", "content": prompt}], info["options"])
        answer = learner.act([conversation])[0].text
        _, reward, *_, shown = env.step(answer)
        experiences.append(
            Experience(
                conversation,
                answer,
                math.nan if blind else reward,
                shown["feedback"],
                True,
                "",
                "",
                options=info["options"],
                correction=shown.get("correction", ""),
            )
        )
        learner.learn(experiences[-1:])
        prompt, info = env.reset()
    return experiences


def learned(level: int, feedback: str, steps: int, world: int = 0, **settings):
    learner = load_family(NAME).learner(level, **settings)
    env = gym.make(
        NAME, level=level, split="validation", world=world, feedback=feedback, noise=settings.get("noise", 0.0),
        drift_at=settings.get("drifts", ()), breadth=settings.get("breadth", 1),
    )  # fmt: skip
    return learner, env, lived(learner, env, steps, blind=feedback == "none")


def test_an_opinion_is_known_at_once_and_a_turned_one_the_other_way_round():
    person, layout = Person(layout_of(3), 0.0), layout_of(3)
    moment = ("sunny", "at noon", "alone", "tired")
    person.told(Reason(6, ("smoky", "light")), moment)
    turn = Turn("maker", "mood", "tired")
    person.told(Reason(-3, ("two sisters",), turn), moment)
    assert person.mean[layout.column(("smoky", "light"))] == pytest.approx(6, abs=0.3)
    assert person.mean[layout.column(("two sisters",))] == pytest.approx(3, abs=0.3)
    signs = dict(zip(layout.traits, person.signs(moment)))
    assert signs["maker"] < -0.9 and signs["character"] > 0.9 and signs["place"] > 0.9
    assert dict(zip(layout.traits, person.signs(("sunny", "at noon", "alone", "bored"))))["maker"] > 0.9


def test_one_lie_is_outvoted():
    person, column = Person(layout_of(1), 0.2), layout_of(1).column(("smoky",))
    for points in (3, -3, 3):
        person.told(Reason(points, ("smoky",)), ())
    assert 1.0 < person.mean[column] <= 3.0


def test_links_that_are_not_there_are_ruled_out_once_all_are_known():
    person, layout = Person(layout_of(2), 0.0), layout_of(2)
    for pair in (("smoky", "light"), ("smoky", "two sisters"), ("light", "on the coast"), ("on the coast", "two sisters")):
        assert layout.block(("character", "place"), person.variance).min() > 1.0
        person.told(Reason(3, pair), ())
    assert layout.block(("character", "place"), person.variance).max() < 1e-3
    assert layout.block(("place", "maker"), person.variance).max() > 40.0


def test_comparing_moves_what_differs_as_moment_matching_has_it():
    """One comparison of two unknown values of variance 1 each, by hand: margin 0, density/mass = sqrt(2/pi)."""
    person = Person(layout_of(0), 0.0)
    person.variance[:2] = 1.0
    person.compared(np.array([0, 1]), np.array([1.0, -1.0]), 0.0)
    pull = math.sqrt(2 / math.pi) / math.sqrt(3)
    assert person.mean[:2] == pytest.approx([pull, -pull])
    assert person.variance[:2] == pytest.approx([1 - 2 / math.pi / 3] * 2)


@pytest.mark.parametrize("level", range(4))
def test_every_term_of_a_slate_has_a_column_of_its_own(level):
    layout, world = Layout(level), make_world(NAME, level=level)
    asks = understand(world.query("learn", 1).prompt)
    columns = layout.columns(asks)
    assert len(set(columns.ravel().tolist())) == columns.size
    for row, thing in zip(columns, asks.things):
        for reason in world.taste.reasons(thing.values, asks.moment):
            assert layout.column(reason.term) in row
    assert sum(map(len, (layout.block(block, layout.variance) for block in layout.starts))) == len(layout.variance)


def test_it_learns_from_words_from_right_picks_and_from_rewards_but_not_from_prompts():
    ends = {feedback: examined(learned(1, feedback, 120)[0], make_world(NAME, level=1, split="validation")) for feedback in
            ("none", "score", "gold", "diagnosis", "correction")}  # fmt: skip
    assert ends["none"] < 0.4 < 0.55 < ends["score"] < ends["diagnosis"] - 0.03
    assert ends["gold"] > 0.6 and ends["correction"] > 0.83 and ends["correction"] >= max(ends.values()) - 0.03


def test_words_alone_teach_where_no_reward_is_given():
    learner, world = load_family(NAME).learner(1), make_world(NAME, level=1, split="validation")
    for index in range(120):
        query = world.query("learn", index)
        said = world.grade(query, query.options[0]).feedback.diagnosis
        learner.learn([Experience(asked(query), query.options[0], math.nan, said, True, "", "", options=query.options)])
    assert examined(learner, world) > 0.7


@pytest.mark.parametrize("level, steps", [(0, 40), (1, 200), (2, 300)])
def test_it_answers_its_own_history_as_it_was_corrected_and_other_pools_too(level, steps):
    learner, env, experiences = learned(level, "correction", steps)
    with learner.evaluating():
        again = learner.act([experience.conversation for experience in experiences])
    assert fmean(answer.text == e.correction for answer, e in zip(again, experiences)) >= 0.99
    world = env.unwrapped.world
    assert examined(learner, world, "guard") == 1.0
    assert examined(learner, world, "transfer/books") > 0.75


def test_twenty_percent_of_lies_slow_it_down_and_do_not_stop_it():
    assert examined(learned(1, "correction", 250, noise=0.2)[0], make_world(NAME, level=1, split="validation")) > 0.75


def test_it_recovers_after_a_drift():
    learner, env, _ = learned(1, "correction", 400, drifts=(200,))
    assert examined(learner, env.unwrapped.world) > 0.8


def test_what_siblings_think_alike_is_a_hint():
    """Half of a sibling is known from the others: the first exam about somebody new is above chance, and without breadth it is not."""
    world = make_world(NAME, level=1, split="validation", breadth=8)
    learner, *_ = learned(1, "correction", 500, breadth=8)
    stranger = world.parent.sibling(seed_of("stranger"))
    assert examined(learner, stranger) > 0.4 and examined(learner, world, count=160) > 0.6


def test_a_saved_learner_goes_on_as_it_would_have():
    learner, env, experiences = learned(1, "score", 30)
    check = load_family(NAME).learner(1)
    check.learn(experiences)
    assert examined(check, env.unwrapped.world) == examined(learner, env.unwrapped.world)


def test_what_it_cannot_read_is_no_lesson():
    """A reward for somebody's order, an answer that is no name, a remark that quotes: nothing is learned, nothing breaks."""
    learner, world = load_family(NAME).learner(1), make_world(NAME, level=1)
    guard, query = world.query("guard", 0), world.query("learn", 0)
    for each, answer in ((guard, guard.options[0]), (query, 'I love that it is "smoky"')):
        grade = world.grade(each, answer)
        learner.learn(
            [Experience(asked(each), answer, grade.reward, " ".join(grade.feedback[:2]), True, "", "", options=each.options)]
        )
    assert all(not person.votes for person in learner._persons.values())
