"""Probe-Vocabulary-v0: enough questions, one right answer each, choices without a second right one, dressing forgiven."""

from __future__ import annotations

import re

import pytest
from clgym.envs.probes.vocabulary import without_article

from clgym.core import Query, World
from clgym.registry import make_world
from clgym.seeding import seed_of


@pytest.fixture(params=[0, 1], ids=["easy", "hard"])
def world(request: pytest.FixtureRequest) -> World:
    return make_world("Probe-Vocabulary-v0", level=request.param)


def questions(world: World) -> list[Query]:
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def find(level: int, text: str) -> tuple[World, Query]:
    world = make_world("Probe-Vocabulary-v0", level=level)
    return world, next(query for query in questions(world) if text in query.prompt)


def test_there_are_enough_questions_and_none_twice(world: World) -> None:
    prompts = [query.prompt for query in questions(world)]
    assert len(set(prompts)) == len(prompts) >= 250


def test_no_open_question_holds_its_answer(world: World) -> None:
    for query in questions(world):
        if not query.options:
            said = set(re.findall(r"[\w'-]+", query.prompt.casefold()))
            assert said.isdisjoint(map(str.casefold, (query.payload.answer, *query.payload.accepted))), query.prompt


def test_choices_are_four_different_words_with_the_answer_among_them(world: World) -> None:
    chosen = [query for query in questions(world) if query.options]
    assert len(chosen) > 100
    assert all(len(set(query.options)) == 4 and query.payload.answer in query.options for query in chosen)
    places = [query.options.index(query.payload.answer) for query in chosen]
    assert max(places.count(place) for place in range(4)) < 0.4 * len(places)


def test_ignorance_stays_at_the_floor(world: World) -> None:
    asked = questions(world)
    for number in range(5):
        draw = seed_of("guess", number).draw()
        assert sum(world.grade(q, world.sample_answer(q, draw)).reward for q in asked) / len(asked) <= world.floor("eval")
    for constant in {world.solve(query) for query in asked}:
        assert sum(world.grade(query, constant).reward for query in asked) / len(asked) <= 0.05


@pytest.mark.parametrize(("level", "text", "right", "wrong"), [
    (0, 'opposite of "hot"', ("cold", "Cold.", '"cool"', "chilly"), ("hot", "cold or warm", "not cold", "")),
    (0, "bakes bread", ("baker", "a baker", "The baker."), ("bakery", "a baker and a cook", "baker baker")),
    (0, 'same as "large"', ("big", "BIG"), ("huge", "small")),
    (1, "fourteen lines", ("sonnet", "a sonnet"), ("haiku", "poem")),
    (1, 'opposite of "zenith"', ("nadir", "the nadir"), ("bottom", "zenith")),
])
def test_answers_by_hand(level: int, text: str, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    world, query = find(level, text)
    assert [world.grade(query, answer).reward for answer in right] == [1.0] * len(right)
    assert [world.grade(query, answer).reward for answer in wrong] == [0.0] * len(wrong)


def test_only_one_article_before_one_word_is_dropped() -> None:
    assert without_article("an actor") == "actor"
    assert without_article("an old actor") == "an old actor"
    assert without_article("a " * 500) == "a " * 500
