"""The ARC probe: what it asks, how it grades, and that ignorance earns next to nothing."""

from __future__ import annotations

import functools

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.probes.arc import ARC, Target
from clgym.envs.probes.base import Item
from clgym.registry import make_world
from clgym.seeding import seed_of

ITEM = Item("Below are pairs of grids.", "012\n340", payload=Target(("012", "340"), 1 / 3))


@functools.cache
def world_of(level: int):
    return make_world("Probe-ARC-v0", level=level)


def queries_of(level: int):
    world = world_of(level)
    return [world.query("eval", index) for index in range(world.pools["eval"])]


def grade(answer: str):
    return ARC().judge(ITEM, answer, seed_of("arc").draw())


@pytest.mark.parametrize(
    "answer", ["012\n340", "0 1 2\n3 4 0", "```\n012\n340\n```", "0, 1, 2\n3, 4, 0", '"012\n340"', " 012 \n\n 340. "]
)
def test_the_right_rows_in_any_dress_are_right(answer):
    assert grade(answer).reward == 1.0


@pytest.mark.parametrize(
    ("answer", "reward", "outcome", "said"),
    [
        ("012\n341", 0.7 * (5 / 6 - 1 / 3) / (2 / 3), "partial", '"341"'),
        ("012\n399", 0.7 * (4 / 6 - 1 / 3) / (2 / 3), "partial", "4 "),
        ("999\n990", 0.0, "wrong", '"999"'),
        ("012", 0.0, "wrong", "1 row of 3 cells"),
        ("012\n340\n000", 0.0, "wrong", "3 rows of 3 cells"),
        ("012\n34", 0.0, "malformed", "row"),
        ("The output is 012", 0.0, "malformed", "The output is 012"),
        ("٠١٢\n٣٤٠", 0.0, "malformed", "digits"),
        ("", 0.0, "malformed", ""),
        ("0" * 9999, 0.0, "malformed", "9,999"),
    ],
)
def test_grades_worked_by_hand(answer, reward, outcome, said):
    graded = grade(answer)
    assert graded.reward == pytest.approx(reward) and graded.outcome == outcome
    assert said in graded.feedback.diagnosis
    assert "012\n340" in graded.feedback.correction


@pytest.mark.parametrize("level", [0, 1])
def test_there_are_enough_tasks_and_none_is_too_long(level):
    queries = queries_of(level)
    assert len(queries) >= 64 and len({query.prompt for query in queries}) == len(queries)
    assert max(len(query.prompt) for query in queries) <= (700, 5000)[level]
    assert all(query.prompt.count("Input:") >= 2 and query.payload.answer not in ("", "0") for query in queries)
    assert all(("\n" in query.payload.answer) <= (level == 1) for query in queries)


@pytest.mark.parametrize("level", [0, 1])
def test_copying_from_the_prompt_is_never_right_and_ignorance_earns_next_to_nothing(level):
    world, draw, queries = world_of(level), seed_of("ignorant").draw(), queries_of(level)
    earned = dict.fromkeys(("random", "input", "example", "one colour"), 0.0)
    for query in queries:
        right = world.solve(query).split("\n")
        blocks = [block.split("Output:\n")[-1].split("\n") for block in query.prompt.split("\n\n")[1:]]
        given = query.prompt.rsplit("Input:\n", 1)[1].split("\nOutput:")[0].split("\n")
        said = {
            "random": world.sample_answer(query, draw),
            "input": "\n".join(given if level else given[-1:]),
            "example": "\n".join(blocks[-2] if level else blocks[-2][-1:]),
            "one colour": "\n".join("0" * len(row) for row in right),
        }
        for who, answer in said.items():
            graded = world.grade(query, answer)
            earned[who] += graded.reward / len(queries)
            assert who == "random" or graded.outcome != "correct"
    assert all(score <= world.floor("eval") for score in earned.values()), earned
    assert max(earned[who] for who in ("input", "example", "one colour")) <= 0.02, earned


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 5), unique=True, min_size=1), st.integers(1, 9))
def test_closer_answers_never_earn_less(places, change):
    cells, last = list("012340"), 1.0
    for place in places:
        cells[place] = str((int(cells[place]) + change) % 10)
        reward = grade("".join(cells[:3]) + "\n" + "".join(cells[3:])).reward
        assert reward <= min(last, 0.7)
        last = reward


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_graded(text):
    assert 0 <= grade(text).reward <= 0.7 and grade("012\n340\n" + text).outcome in ("correct", "partial", "wrong", "malformed")
