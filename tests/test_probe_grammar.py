"""Probe-Grammar-v0: balanced minimal pairs, strict answers, feedback that points without telling."""

from __future__ import annotations

import difflib

import pytest

from clgym.envs.probes import grammar_pairs
from clgym.envs.probes.grammar_pairs import EASY, HARD
from clgym.registry import make_world
from clgym.seeding import seed_of

LEVELS = (0, 1)


def queries(level: int, world: int = 0):
    drawn = make_world("Probe-Grammar-v0", level=level, world=world)
    return drawn, [drawn.query("eval", index) for index in range(drawn.pools["eval"])]


@pytest.mark.parametrize("level", LEVELS)
def test_there_are_enough_items_and_none_twice(level):
    _, asked = queries(level)
    assert len(asked) >= 120
    assert len({frozenset(query.options) for query in asked}) == len(asked)
    assert all(option in query.prompt.split("\n") for query in asked for option in query.options)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("index", range(4))
def test_neither_place_nor_form_gives_the_answer_away(level, index):
    world, asked = queries(level, index)
    first = sum(world.solve(query) == query.options[0] for query in asked)
    assert first == len(asked) / 2
    longer = sum(len(world.solve(query)) == max(map(len, query.options)) for query in asked) / len(asked)
    assert 0.25 <= longer <= 0.8


@pytest.mark.parametrize("phenomena", [EASY, HARD], ids=["easy", "hard"])
def test_every_template_differs_in_few_places_and_is_well_written(phenomena):
    assert len(phenomena) >= 12
    for name, phenomenon in phenomena.items():
        for number in range(40):
            pair = phenomenon.pair(seed_of("pairs", name).draw(number))
            assert pair.right.casefold() != pair.wrong.casefold(), name
            assert difflib.SequenceMatcher(None, pair.right, pair.wrong).ratio() > 0.6, pair
            for sentence in pair:
                assert sentence[0].isupper() and sentence[-1] in ".?" and "  " not in sentence, (name, sentence)


def test_subjects_and_verbs_agree_in_the_right_sentence_alone():
    plural = {noun.many for noun in grammar_pairs._PEOPLE}
    for number in range(30):
        right, wrong = EASY["subject and verb"].pair(seed_of("inflect").draw(number))
        changed = [(a, b) for a, b in zip(right.split(), wrong.split()) if a != b]
        ((good, bad),) = changed
        assert good + "s" == bad if right.split()[1] in plural else good == bad + "s", right


@pytest.mark.parametrize(
    "disputed",
    [
        "mouses",
        "gooses",
        "has hid ",
        "has forgot ",
        "has broke ",
        "say that took",
        "leave after",
        "leave because",
        "more old",
        "waiter",
        "Each of",
        "finished to",
        "was danced",
    ],
)
def test_no_wrong_sentence_is_right_to_some_speakers(disputed):
    for name, phenomenon in {**EASY, **HARD}.items():
        for number in range(150):
            assert disputed not in phenomenon.pair(seed_of("disputed", name).draw(number)).wrong


@pytest.mark.parametrize("level", LEVELS)
def test_answers_are_the_sentence_and_nothing_else(level):
    world, asked = queries(level)
    for query in asked[:20]:
        right = world.solve(query)
        wrong = next(option for option in query.options if option != right)
        for dressed in (right, right.lower(), f'"{right}"', f"```\n{right}\n```", f" {right}\n", right.rstrip(".")):
            assert world.grade(query, dressed).reward == 1.0, dressed
        assert world.grade(query, wrong).outcome == "wrong"
        for other in ("A", "B", "", f"{right} {wrong}", f"The correct sentence is: {right}", query.prompt, f"{right}\n{wrong}"):
            grade = world.grade(query, other)
            assert grade.outcome == "malformed" and grade.reward == 0.0, other


@pytest.mark.parametrize("level", LEVELS)
def test_feedback_quotes_the_choice_and_varies_and_only_the_correction_tells(level):
    world, asked = queries(level)
    openings = set()
    for query in asked:
        right = world.solve(query)
        wrong = next(option for option in query.options if option != right)
        said = world.grade(query, wrong).feedback
        assert wrong in said.diagnosis and right not in said.verdict + said.diagnosis and right in said.correction
        openings.add(said.diagnosis.split('"')[0])
    assert len(openings) >= 3


def test_worlds_differ_and_repeat():
    (_, first), (_, second) = queries(0), queries(0, 1)
    assert {query.prompt for query in first} != {query.prompt for query in second}
    assert [query.prompt for query in first] == [query.prompt for query in queries(0)[1]]
