"""The probe of JSON: its items are right, its grader reads JSON strictly and forgives only dressing."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.probes.base import Item
from clgym.envs.probes.json_items import Json, read
from clgym.registry import make_world
from clgym.seeding import seed_of

OBJECT = Item("?", '{"name": "Ann", "age": 31}', payload=("", {"name": "Ann", "age": 31}))
VALUE = Item("?", "31", payload=("age", 31))


def grade(item: Item, answer: str):
    return Json().judge(item, answer, seed_of(answer).draw())


@pytest.mark.parametrize(
    "answer", ['{"name": "Ann", "age": 31}', '{"age":31.0,"name":"Ann"}', '```json\n{"name": "Ann",\n "age": 31}\n```']
)
def test_the_same_json_is_right(answer):
    assert grade(OBJECT, answer).reward == 1.0


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        ('{"name": "Ann", "age": 31} is it', "malformed", "Extra data"),
        ('{"name": "Ann", "age": 31, "age": 31}', "malformed", "twice"),
        ('{"name": "Ann", "age": NaN}', "malformed", "NaN"),
        ("{'name': 'Ann', 'age': 31}", "malformed", "character 2"),
        ('{"name": "Ann", "age": "31"}', "wrong", "age"),
        ('{"name": "Ann", "age": true}', "wrong", "age"),
        ('{"name": "Ann", "years": 31}', "wrong", "years"),
        ('{"name": "Ann"}', "wrong", ""),
        ('["Ann", 31]', "wrong", ""),
        ("", "malformed", ""),
        ("[" * 500, "malformed", "JSON"),
    ],
)
def test_other_json_and_no_json_are_not(answer, outcome, said):
    given = grade(OBJECT, answer)
    assert (given.reward, given.outcome) == (0.0, outcome) and said in given.feedback.diagnosis
    assert OBJECT.answer in given.feedback.correction and OBJECT.answer not in given.feedback.diagnosis


def test_values_are_taken_bare_quoted_or_with_their_key():
    for answer in (
        "31",
        " 31. ",
        '"31"',
        "`31`",
        '"age": 31',
        "age: 31",
        '"age": 31,',
        'The value of "age" in this JSON is 31.',
        'The "age" is "31".',
    ):
        assert grade(VALUE, answer).reward == 1.0, answer
    for answer in (
        "32",
        "31 or 32",
        "3131",
        '"name": 31',
        '{"age": 31}',
        "The answer is 31, I think",
        "The age is 31 or 32.",
        'The "name" is 31.',
    ):
        assert grade(VALUE, answer).reward == 0.0, answer


@pytest.mark.parametrize("level", [0, 1])
def test_items_are_right_and_varied(level):
    world = make_world("Probe-JSON-v0", level=level)
    queries = [world.query("eval", index) for index in range(world.pools["eval"])]
    assert len({query.prompt for query in queries}) == len(queries) == 200
    for query in queries:
        key, wanted = query.payload.payload
        assert query.payload.answer == str(wanted) if key else read(query.payload.answer) == wanted
        if "missing, too" in query.prompt:
            with pytest.raises(ValueError):
                read(query.prompt.split("missing, too: ")[1].split(" Answer")[0])
        if "several faults" in query.prompt:
            with pytest.raises(ValueError):
                read(query.prompt.split("\n")[-1])
    solutions = {world.solve(query) for query in queries}
    best = max(sum(world.grade(query, answer).reward for query in queries) / len(queries) for answer in solutions)
    assert best <= world.floor("eval"), best


def test_hard_items_by_hand():
    world = make_world("Probe-JSON-v0", level=1)
    for index in range(200):
        query = world.query("eval", index)
        lines = query.prompt.split("\n")
        if lines[0].startswith("Merge"):
            assert read(world.solve(query)) == {**json.loads(lines[1]), **json.loads(lines[2])}
        if "oldest first" in lines[0]:
            people = json.loads(lines[1])
            assert [p["name"] for p in sorted(people, key=lambda p: p["age"])][::-1] == read(world.solve(query))


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80), st.integers(0, 1), st.integers(0, 199))
def test_any_text_is_graded(text, level, index):
    world = make_world("Probe-JSON-v0", level=level)
    query = world.query("eval", index)
    for answer in (text, world.solve(query) + text, text + world.solve(query), json.dumps(text)):
        found = world.grade(query, answer)
        assert found.reward in (0.0, 1.0) and found.feedback.verdict
