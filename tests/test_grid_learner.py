"""What a reader of prompts and feedback makes of a grid machine: what was written is read back, and who reads it learns."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from clgym.core import Query
from clgym.envs.grid.judge import PARTIAL
from clgym.envs.grid.learner import GridLearner
from clgym.envs.grid.prompts import as_names, as_steps
from clgym.envs.grid.reading import by_hint, read_feedback, understand
from clgym.envs.grid.signs import read, written
from clgym.envs.grid.world import GridWorld
from clgym.learning import Seen
from clgym.registry import load_family, make_world
from clgym.seeding import seed_of

LEVELS = [0, 1, 2, 3]


@functools.cache
def world_of(level: int, index: int = 1) -> GridWorld:
    return make_world("CL-Grid-v0", level=level, world=index)


def answers_to(world: GridWorld, query: Query) -> list[str]:
    """Right, ignorant and those that come of one slip."""
    draw = seed_of("answers", query.index).draw()
    slips = [written(made, query.payload.signs) for made in query.payload.slips]
    return [world.solve(query), world.sample_answer(query, draw), world.habit(query), *slips]


# What is written is read back


@pytest.mark.parametrize("names", [("zug",), ("zug", "mip"), ("mip", "mip"), ("zug", "mip", "mip", "zug"), ("mip",) * 4])
def test_steps_are_read_back(names):
    assert as_names(as_steps(names)) == names


@pytest.mark.parametrize("level", LEVELS)
def test_prompts_are_read_back(level):
    world = world_of(level)
    for pool in world.pools:
        for query in (world.query(pool, index) for index in range(60)):
            asked, payload = understand(query.prompt), query.payload
            assert asked.machine == world.name and asked.grid == payload.grid and asked.signs == payload.signs
            assert asked.operations == tuple(operation.name for operation in payload.operations)
            wanted = {operation.name: operation.moves[0] for operation in payload.operations} if pool == "guard" else {}
            assert asked.moves == wanted


@pytest.mark.parametrize("text", ["", "What is 1 + 1?", "Ostrel press: zug. Answer with the new grid only:"])
def test_no_other_prompt_is_read(text):
    with pytest.raises(ValueError, match="no prompt"):
        understand(text)


@pytest.mark.parametrize("level", LEVELS)
def test_feedback_is_read_back(level):
    world = world_of(level)
    for query in (world.query("learn", index) for index in range(40)):
        payload = query.payload
        for answer in answers_to(world, query):
            graded = world.grade(query, answer)
            remark = read_feedback(graded.feedback.at("correction", graded.reward))
            assert remark.correct == (graded.outcome == "correct")
            if remark.correct:
                assert not remark.told and not remark.right
                continue
            given = read(answer, payload.signs)
            fits = [one == other for one, other in zip(given.cells, payload.right.cells)]
            row = fits.index(False) // given.width
            assert remark.row == row and remark.right == payload.text and remark.count in (None, sum(fits))
            assert remark.wrong == tuple(place for place, fit in enumerate(fits[row * given.width :][: given.width]) if not fit)
            slip = payload.slips.get(given) if given != payload.grid else None
            assert remark.slip == ((slip.what, payload.operations[slip.place].name) if slip else None)
            assert len(remark.told) == min(2, len({operation.name for operation in payload.operations}))
            for told in remark.told:
                assert any(
                    (step.operation.name, step.operation.look, step.colour) == told[:3] and step.move in by_hint()[told.hint]
                    for step in payload.steps
                )


# The ideal learner


def seen_of(world: GridWorld, query: Query, answer: str, rung: str) -> Seen:
    """An env step as an agent is shown it."""
    graded, right = world.grade(query, answer), world.solve(query)
    return Seen(
        ({"role": "user", "content": query.prompt},),
        answer,
        None if rung == "none" else graded.reward,
        right if rung == "gold" else graded.feedback.at(rung, graded.reward),
        right if rung in ("gold", "correction") else "",
        (),
        0,
        True,
    )


def reply(learner: GridLearner, prompt: str) -> str:
    return learner.reply([{"role": "user", "content": prompt}], ())


def taught(learner: GridLearner, world: GridWorld, rung: str, steps: int) -> GridLearner:
    for index in seed_of("lessons").draw().shuffled(range(world.pools["learn"]))[:steps]:
        query = world.query("learn", index)
        learner.see(lesson := seen_of(world, query, reply(learner, query.prompt), rung))
        learner.seen.append(lesson)
    return learner


def earned(learner: GridLearner, world: GridWorld, pool: str = "eval", count: int = 80) -> float:
    with learner.evaluating():
        queries = [world.query(pool, index) for index in range(count)]
        return sum(world.grade(query, reply(learner, query.prompt)).reward for query in queries) / count


def learner_of(level: int, **settings) -> GridLearner:
    return load_family("CL-Grid-v0").learner(level, **settings)


@pytest.mark.parametrize(("level", "steps", "least"), [(0, 10, 1.0), (1, 250, 0.85), (2, 250, 0.6)])
def test_corrections_teach_it_every_pool_and_it_answers_its_own_history(level, steps, least):
    world = world_of(level)
    learner = taught(learner_of(level), world, "correction", steps)
    for pool in ("eval", "transfer/symbols", "transfer/size"):
        assert earned(learner, world, pool) >= least - 0.05, pool
    assert earned(learner, world) >= least and earned(learner, world, "guard") == 1.0
    with learner.evaluating():
        again = [reply(learner, lesson.prompt) == lesson.correction for lesson in learner.seen]
    assert sum(again) >= (0.99 if level < 2 else 0.95) * len(again)


@pytest.mark.slow
def test_words_teach_beside_the_reward_and_beside_the_answer():
    world = world_of(1)
    by = {
        rung: earned(taught(learner_of(1), world, rung, 100), world)
        for rung in ("none", "score", "diagnosis", "gold", "correction")
    }
    assert by["none"] <= 0.1 and by["score"] <= 0.3
    assert by["diagnosis"] >= by["score"] + 0.2 and by["correction"] >= by["gold"] + 0.1


def test_it_reads_what_is_shown_and_nothing_else():
    """A world whose payloads and ids are scrambled teaches it the same."""
    world, lessons = world_of(1), []
    taught(one := learner_of(1), world, "correction", 60)
    for lesson in one.seen:
        lessons.append(replace(lesson, conversation=tuple(dict(message) for message in lesson.conversation)))
    other = learner_of(1)
    for lesson in lessons:
        other.see(lesson)
        other.seen.append(lesson)
    prompts = [world.query("eval", index).prompt for index in range(60)]
    with one.evaluating(), other.evaluating():
        assert [reply(one, prompt) for prompt in prompts] == [reply(other, prompt) for prompt in prompts]


def test_machines_are_kept_apart_and_what_siblings_share_helps():
    parent = world_of(1)
    sibling = parent.sibling(seed_of("sibling"))
    learner = taught(learner_of(1, breadth=2), parent, "correction", 200)
    before = earned(learner, parent)
    assert earned(learner_of(1), sibling) + 0.05 <= earned(learner, sibling) <= 0.75
    taught(learner, sibling, "correction", 200)
    assert earned(learner, sibling) >= 0.8 and earned(learner, parent) >= before - 0.01


def test_a_drift_and_lies_leave_it_with_a_hypothesis():
    world = world_of(0)
    learner = taught(learner_of(0, drifts=(10,)), world, "correction", 10)
    later = world.drifted(seed_of("drift"))
    assert earned(learner, later) < 0.7
    taught(learner, later, "correction", 12)
    assert earned(learner, later) == 1.0

    noisy, draw = learner_of(0, noise=0.2), seed_of("noise").draw()
    for index in range(60):
        query = world.query("learn", index)
        lesson = seen_of(world, query, reply(noisy, query.prompt), "correction")
        if draw.chance(0.2):
            right = world.solve(query)
            lie = world.mislead(query, lesson.answer, world.grade(query, lesson.answer), right, draw)
            lesson = replace(
                lesson,
                reward=lie.grade.reward,
                feedback=lie.grade.feedback.at("correction", lie.grade.reward),
                correction=lie.right,
            )
        noisy.see(lesson)
        noisy.seen.append(lesson)
    assert earned(noisy, world) == 1.0 > PARTIAL


def test_a_saved_learner_goes_on_as_the_first_one(tmp_path):
    world = world_of(1)
    learner = taught(learner_of(1), world, "score", 30)
    learner.save(tmp_path)
    loaded = learner_of(1)
    loaded.load(tmp_path)
    prompts = [world.query("learn", index).prompt for index in range(30)]
    assert [reply(loaded, prompt) for prompt in prompts] == [reply(learner, prompt) for prompt in prompts]
