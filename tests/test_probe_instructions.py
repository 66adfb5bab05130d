"""Instructions that a program can check: what passes, what does not, and what is said of it."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.envs.probes.instruction_checks import Check, failure
from clgym.registry import make_world
from clgym.seeding import seed_of

PASSES = [
    ([Check("sentences", 1), Check("last", "river")], "The old man saw the river."),
    ([Check("sentences", 1), Check("mentions", "horse")], "Some horses can't swim well, but my uncle's can."),
    ([Check("sentences", 1), Check("mark", "?")], "Where is the well-known bridge?"),
    ([Check("sentences", 2), Check("length", 7)], "I went home. It was very late."),
    ([Check("any list", ("3", "colours"))], "1. Red\n2. Blue\n3. Green"),
    ([Check("any list", ("3", "colours"))], "Red, green and blue."),
    ([Check("items", ("2", "semicolons", "capitals", "reverse", "cat", "dog"))], "DOG; CAT"),
    ([Check("items", ("2", "new lines", "numbered", "alphabetical", "cat", "dog"))], "1) cat\n2) dog"),
    ([Check("numbers", ("any", "1", "2", "3"))], "1 2 3."),
    ([Check("numbers", ("slashes", "9", "6", "3"))], "9/6/3"),
    ([Check("same", "BRIDGE")], '"BRIDGE."'),
    ([Check("greets", "Ana"), Check("most", 5)], "Hi Ana, how are you?"),
]
PASSES += [
    ([Check("any list", ("4", "countries"))], "Argentina, Brazil, the Netherlands, Côte d'Ivoire"),
    ([Check("any list", ("3", "drinks"))], "Orange juice, green tea, and mate"),
    ([Check("items", ("3", "slashes", "plain", "alphabetical", "fruits"))], "apple / date / elderberry"),
    ([Check("items", ("3", "commas", "plain", "alphabetical", "colours"))], "amber, cyan, and teal"),
    ([Check("items", ("3", "hyphens", "capitals", "alphabetical", "countries"))], "CHAD – GUINEA-BISSAU – OMAN"),
    ([Check("items", ("2", "new lines", "numbered", "alphabetical", "animals"))], "1. Ant\n2. Polar bear"),
    ([Check("numbers", ("hyphens", "9", "6", "3"))], "9–6–3"),
    ([Check("sentences", 2)], "The tiger's stripes — like fingerprints — are unique. It can weigh 300 kg (about 660 lb)!"),
    ([Check("sentences", 1), Check("mentions", "doctor")], "Mr. Hale says that Dr. Smith is a good doctor, e.g. at night."),
    ([Check("sentences", 1)], '"I saw a horse at 9.30 p.m. today," said the baker.'),
    ([Check("between", ("3", "5")), Check("avoids", "cat"), Check("number", "12")], "We saw 12 dogs there."),
    ([Check("each first", "My")], "My dog ran off. My cat did not."),
]
FAILS = [
    ([Check("sentences", 1), Check("last", "river")], "The river is old.", "last word"),
    ([Check("sentences", 1)], "the river is old.", "capital"),
    ([Check("sentences", 1)], "The river is old", "mark"),
    ([Check("sentences", 1)], "Go on.", "fewer than three"),
    ([Check("sentences", 1)], "River river river river river.", "over and over"),
    ([Check("sentences", 2)], "The river is old.", "I count 1 sentence and not 2"),
    ([Check("sentences", 1), Check("without", "v")], "The old river is here.", '"river"'),
    ([Check("sentences", 1), Check("contains", "old")], "The old old river is here.", "2 times"),
    ([Check("any list", ("2", "colours"))], "red, red", "twice"),
    ([Check("any list", ("2", "colours"))], "red, banana", '"banana"'),
    ([Check("items", ("2", "commas", "plain", "alphabetical", "cat", "dog"))], "dog, cat", "alphabetical"),
    ([Check("items", ("2", "commas", "capitals", "any", "cat", "dog"))], "DOG, cat", '"cat"'),
    ([Check("items", ("2", "new lines", "numbered", "any", "cat", "dog"))], "cat\ndog", "number"),
    ([Check("numbers", ("commas", "1", "2", "3"))], "1, 2", "stops too early"),
    ([Check("numbers", ("commas", "1", "2", "3"))], "1, 3, 2", '"3"'),
    ([Check("same", "BRIDGE")], "bridge", "capital and small"),
    ([Check("same", "BRIDGE")], "The word is BRIDGE", "nothing else"),
    ([Check("greets", "Ana")], "Ana is here.", "greeting"),
]
FAILS += [
    ([Check("any list", ("3", "countries"))], "apple, Chad, Oman", '"apple" is none of the countries'),
    ([Check("any list", ("2", "animals"))], "dog, table", '"table"'),
    ([Check("any list", ("2", "drinks"))], "Give me two drinks and nothing else", "Give me two drinks"),
    ([Check("any list", ("2", "months"))], "May, Septober", '"Septober"'),
    ([Check("any list", ("2", "colours"))], "cyan, colours", '"colours"'),
    ([Check("between", ("4", "5"))], "We saw dogs.", "it has 3 words"),
    ([Check("number", "12")], "We saw 120 dogs there.", "12 is missing"),
    ([Check("each first", "My")], "My dog ran off. The cat did not.", '"The cat did not."'),
]


@pytest.mark.parametrize(("checks", "answer"), PASSES)
def test_what_was_asked_for_passes(checks, answer):
    assert failure(checks, answer) == ""


@pytest.mark.parametrize(("checks", "answer", "reason"), FAILS)
def test_what_was_not_asked_for_fails_for_its_reason(checks, answer, reason):
    assert reason in failure(checks, answer)


@pytest.mark.parametrize("level", [0, 1])
def test_every_item_can_be_done_and_none_by_ignorance(level):
    for index in range(3):
        world, draw = make_world("Probe-Instructions-v0", level=level, world=index), seed_of("probe", level).draw()
        queries = [world.query("eval", number) for number in range(world.pools["eval"])]
        assert len(queries) >= 300
        for query in queries:
            assert world.grade(query, world.solve(query)).reward == 1.0, (query.prompt, world.solve(query))
            for answer in ("", "yes", query.prompt, query.prompt.split(": ")[0]):
                assert world.grade(query, answer).reward == 0.0, answer
        assert sum(world.grade(query, world.sample_answer(query, draw)).reward for query in queries) / len(queries) <= 0.05
        for constant in [world.solve(query) for query in queries[:15]]:
            assert sum(world.grade(query, constant).reward for query in queries) / len(queries) <= 0.05, constant


@pytest.mark.parametrize("level", [0, 1])
def test_articles_fit_their_words(level):
    world = make_world("Probe-Instructions-v0", level=level, world=4)
    for number in range(world.pools["eval"]):
        query = world.query("eval", number)
        for text in (query.prompt, *([] if "in reverse order" in query.prompt else [world.solve(query)])):
            words = text.lower().split()
            assert not any(one == "a" and two[0] in "aeiou" for one, two in zip(words, words[1:])), text


def test_quotation_marks_of_any_kind_will_do_where_not_double_ones_are_asked_for():
    world = make_world("Probe-Instructions-v0", level=0)
    asked = [q for q in (world.query("eval", number) for number in range(360)) if "quotation marks" in q.prompt]
    word = world.solve(asked[0]).strip('"')
    for answer in (f"'{word}'", f"‘{word}’", f"„{word}“", f"«{word}»", f'"{word}."'):
        assert world.grade(asked[0], answer).reward == 1.0, answer
    assert world.grade(asked[0], word).reward == 0.0


def test_feedback_names_the_first_unmet_demand_and_does_not_show_the_answer():
    world = make_world("Probe-Instructions-v0", level=1)
    for number in range(120):
        query = world.query("eval", number)
        grade = world.grade(query, "Something else entirely was written here.")
        assert grade.reward == 0.0 and "Something else" in grade.feedback.diagnosis
        assert world.solve(query) not in grade.feedback.diagnosis and world.solve(query) in grade.feedback.correction


@settings(max_examples=60, deadline=None)
@given(level=st.sampled_from([0, 1]), number=st.integers(0, 299), junk=st.text(max_size=60), cut=st.integers(0, 60))
def test_any_text_is_graded(level, number, junk, cut):
    world = make_world("Probe-Instructions-v0", level=level)
    query = world.query("eval", number)
    right = world.solve(query)
    for answer in (junk, right[:cut] + junk + right[cut:]):
        assert world.grade(query, answer).reward in (0.0, 1.0)


def test_the_greeting_shown_is_the_one_asked_for():
    world = make_world("Probe-Instructions-v0", level=0)
    queries = (world.query("eval", index) for index in range(world.pools["eval"]))
    asked = [query for query in queries if "good morning" in query.prompt]
    assert asked and all(world.solve(query).startswith("Good morning, ") for query in asked)
