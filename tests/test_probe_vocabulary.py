"""Probe-Vocabulary-v0: enough questions, one right answer each, choices without a second right one, dressing forgiven."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import Query, World
from clgym.registry import make_world
from clgym.seeding import seed_of

WORLDS = [make_world("Probe-Vocabulary-v0", level=level) for level in (0, 1)]


@pytest.fixture(params=[0, 1], ids=["easy", "hard"])
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]


def questions(world: World) -> list[Query]:
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def find(level: int, text: str) -> tuple[World, Query]:
    world = WORLDS[level]
    return world, next(query for query in questions(world) if text in query.prompt)


def test_there_are_enough_questions_and_none_twice(world: World) -> None:
    prompts = [query.prompt for query in questions(world)]
    assert len(set(prompts)) == len(prompts) >= 250


def test_no_open_question_holds_its_answer(world: World) -> None:
    for query in questions(world):
        if not query.options:
            said = set(re.findall(r"[\w'-]+", query.prompt.rpartition(": ")[2].casefold()))
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
    for constant in {world.solve(query) for query in asked[:60]}:
        assert sum(world.grade(query, constant).reward for query in asked) / len(asked) <= 0.05


@pytest.mark.parametrize(
    ("level", "text", "answers"),
    [
        (0, 'opposite of "begin"', ("conclude", "end", "Finish.")),
        (1, 'opposite of "sober"', ("inebriated", "drunk", "intoxicated")),
        (1, 'opposite of "generous"', ("greedy", "stingy")),
        (0, "bakes bread", ("baker", "a baker")),
    ],
)
def test_what_a_thesaurus_has_is_right(level: int, text: str, answers: tuple[str, ...]) -> None:
    world = WORLDS[level]
    query = next(query for query in questions(world) if text in query.prompt)
    assert [world.grade(query, answer).reward for answer in answers] == [1.0] * len(answers)


def test_stones_are_precious_stones() -> None:
    world = WORLDS[1]
    query = next(query for query in questions(world) if world.solve(query) == "gemstones")
    assert world.grade(query, "precious stones").reward == 1.0


@pytest.mark.parametrize(
    ("level", "text", "right", "wrong"),
    [
        (
            0,
            'opposite of "hot"',
            ("cold", "Cold.", '"cool"', 'The opposite of "hot" is "cold".', "The answer is cold."),
            (
                "hot",
                "cold or warm",
                "not cold",
                "",
                "The opposite of hot is not cold.",
                "The opposite of hot is cold or cool.",
                "The opposite of hot is warm.",
                "The answer is hot.",
            ),
        ),
        (
            0,
            "bakes bread",
            ("baker", "a baker", "The baker.", 'The word for "a person who bakes bread" is "baker".'),
            ("bakery", "a baker and a cook", "baker baker", "A person who bakes bread is a baker or a cook."),
        ),
        (0, 'for "large"', ("big", "BIG", 'Another word for "large" is "big".'), ("huge", "Another word for large is not big.")),
        (1, "fourteen lines", ("sonnet", "a sonnet", "A poem of fourteen lines is called a sonnet."), ("haiku", "poem")),
        (1, 'opposite of "zenith"', ("nadir", "the nadir"), ("bottom", "zenith", "The opposite of zenith is zenith.")),
    ],
)
def test_answers_by_hand(level: int, text: str, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    world, query = find(level, text)
    assert [answer for answer in right if world.grade(query, answer).reward != 1.0] == []
    assert [answer for answer in wrong if world.grade(query, answer).reward != 0.0] == []


def test_the_odd_one_out_may_be_named_in_its_sentence_and_none_beside_it(world: World) -> None:
    for query in [query for query in questions(world) if "does not belong" in query.prompt]:
        right = query.payload.answer
        other = next(option for option in query.options if option != right)
        assert world.grade(query, f"The word that does not belong with the others is {right}.").reward == 1.0
        for said in (
            f"The word that does belong with the others is {right}.",
            f"{right} and {other}",
            f"The word that does not belong with the others is {right} or {other}.",
            f"The word that does not belong with the others is {other}.",
        ):
            assert world.grade(query, said).reward == 0.0, said


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.integers(0, 250))
def test_any_answer_is_graded(text: str, index: int) -> None:
    for world in WORLDS:
        query = world.query("eval", index)
        for answer in (text, query.prompt + text, world.solve(query) + text):
            assert world.grade(query, answer).reward in (0.0, 1.0)
