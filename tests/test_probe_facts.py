"""The probe of common knowledge: enough questions, no give-aways, a grader that forgives dressing and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

from clgym.core import World
from clgym.envs.probes import facts_made
from clgym.envs.probes.facts import Facts, _facts
from clgym.registry import make_world
from clgym.seeding import seed_of


@pytest.fixture(params=[0, 1], ids=["easy", "hard"])
def world(request: pytest.FixtureRequest) -> World:
    return make_world("Probe-Facts-v0", level=request.param)


def questions(world: World) -> list:
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def answer_of(world: World, question: str, answer: str) -> float:
    query = next(query for query in questions(world) if query.prompt.startswith(question))
    return world.grade(query, answer).reward


def test_there_are_enough_questions_and_none_twice(world: World) -> None:
    prompts = [query.prompt for query in questions(world)]
    assert len(set(prompts)) == len(prompts) >= (120 if world.level == 0 else 60)


def test_at_least_half_of_the_questions_are_made_anew_in_every_world(world: World) -> None:
    mine = {query.prompt for query in questions(world)}
    other = {query.prompt for query in questions(make_world("Probe-Facts-v0", level=world.level, world=1))}
    assert len(mine) >= 280 and len(mine & other) < 0.75 * len(mine)
    listed = {item.prompt for item in _facts()[("easy", "hard")[world.level]]}
    assert len(mine - listed) >= len(mine) / 2


@pytest.mark.parametrize(
    ("level", "question", "right", "wrong"),
    [
        (
            0,
            "How many hours are in a day",
            ("24 hours", "24", "twenty-four", "There are 24 hours."),
            ("12 hours", "hours", "24 days 7"),
        ),
        (0, 'Which animal says "moo"', ("The cow", "a cow", "Cow."), ("The dog", "the the cow")),
        (0, "What do you call your father's father", ("granddad", "Grandad", "my grandfather"), ("father",)),
        (1, "What is the currency of Switzerland", ("Francs", "Swiss francs", "the franc"), ("euro",)),
        (1, "In Norse myth", ("Yggdrasill", "Yggdrasil"), ("Odin",)),
    ],
)
def test_what_people_say_is_right(level: int, question: str, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    world = make_world("Probe-Facts-v0", level=level)
    assert [answer_of(world, question, answer) for answer in right] == [1.0] * len(right)
    assert [answer_of(world, question, answer) for answer in wrong] == [0.0] * len(wrong)


def test_made_questions_are_right_by_hand() -> None:
    items = {}
    for number in range(600):
        for make in (facts_made.easy, facts_made.hard):
            item = make(seed_of("made", number).draw())
            items[item.prompt.removesuffix(" Answer with one word.")] = (item.answer, *item.accepted)
    expected = {
        "Which planet is the fifth from the Sun?": "Jupiter",
        "What is the capital of the country that is home to the Taj Mahal?": "New Delhi",
        "With which currency would you pay in Osaka?": "yen",
        "How many legs do three spiders have altogether?": "24",
        "Which element has one more proton in its nucleus than carbon?": "nitrogen",
        "Which day comes three days after Friday?": "Monday",
    }
    found = [question for question in expected if question in items]
    assert len(found) >= 4 and all(expected[question] in items[question] for question in found)


def test_the_oracle_is_always_right(world: World) -> None:
    assert all(world.grade(query, world.solve(query)).reward == 1 for query in questions(world))


def test_no_constant_answer_reaches_the_floor(world: World) -> None:
    answers = Counter(world.solve(query) for query in questions(world))
    best, _ = answers.most_common(1)[0]
    mean = sum(world.grade(query, best).reward for query in questions(world)) / world.pools["eval"]
    assert mean <= world.floor("eval")


def test_no_question_says_its_own_answer_alone(world: World) -> None:
    assert all(
        world.grade(query, answer).reward == 0
        for query in questions(world)
        for answer in (query.prompt, world.habit(query), "", "\0")
    )


def test_random_answers_stay_near_the_floor(world: World) -> None:
    rewards = [
        world.grade(query, world.sample_answer(query, seed_of("random", query.id).draw())).reward for query in questions(world)
    ]
    assert sum(rewards) / len(rewards) <= 0.1


@pytest.mark.parametrize("answer", ["Paris", "paris", " PARIS. ", '"Paris"', "'Paris.'", "```\nParis\n```", "`Paris`", "“Paris”"])
def test_dressing_is_forgiven(answer: str) -> None:
    assert answer_of(Facts().world(seed_of(1), 0), "What is the capital of France?", answer) == 1


@pytest.mark.parametrize(
    "answer",
    ["Paris or London", "It is Paris", "ParisParis", "Paris Paris", "Paris, France", "Par is", "not Paris", "Paris" + "." * 9],
)
def test_everything_else_is_not(answer: str) -> None:
    assert answer_of(Facts().world(seed_of(1), 0), "What is the capital of France?", answer) == 0


@pytest.mark.parametrize("answer", ["Seven", "7", "seven."])
def test_numbers_may_be_digits_or_words(answer: str) -> None:
    assert answer_of(Facts().world(seed_of(1), 0), "How many days are in a week?", answer) == 1


def test_the_diagnosis_keeps_the_answer_and_the_correction_shows_it() -> None:
    world = Facts().world(seed_of(1), 0)
    query = next(query for query in questions(world) if "capital of France" in query.prompt)
    said = world.grade(query, "London").feedback
    assert "Paris" not in said.verdict + said.diagnosis and "Paris" in said.correction


def test_a_sentence_that_restates_the_question_is_an_answer_and_no_other_sentence_is() -> None:
    world = make_world("Probe-Facts-v0")
    question = "How many sides does a square have?"
    assert answer_of(world, question, "A square has four sides.") == 1.0
    for said in (
        "A square has not four sides.",
        "A square has three or four sides.",
        "A square has five sides.",
        "A square has sides.",
        "A square has four sides and a triangle has three.",
        "four four",
        "A square has\nfour sides.",
    ):
        assert answer_of(world, question, said) == 0.0, said
