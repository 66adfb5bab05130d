"""CL-Framework: conventions that are a real library, and what level 0 says of it."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from clgym.envs.framework import apps, feedback, guard, level0, lint, prompts, review, running
from clgym.envs.framework.catalogue import SLOT, SLOTS, Setting
from clgym.envs.framework.house import DJANGO, House, draw_house
from clgym.envs.framework.library import modules
from clgym.envs.framework.world import FrameworkWorld
from clgym.registry import make_world
from clgym.sandbox import Call, Program, Result, Surroundings, run
from clgym.seeding import seed_of

NAME = "CL-Framework-v0"
STYLES = SLOT["style"].choices
BOOKS = {
    "Book": [
        {"title": "Dunes", "author": "Kim", "price": 10, "year": 5, "archived": False},
        {"title": "Harbor", "author": "Lee", "price": 20, "year": 5, "archived": False},
        {"title": "Winter", "author": "Kim", "price": 30, "year": 4, "archived": True},
    ]
}


def house(level: int = 3, **changed: str) -> House:
    """Tolva: a framework drawn once, with some of its choices replaced; one that is Django's takes a convention away."""
    drawn = dict(draw_house(seed_of("test house", level).draw(), level).drawn)
    drawn = {slot: choice for slot, choice in drawn.items() if SLOT[slot].group != "semantics"} | changed
    return House("Tolva", tuple(sorted((slot, choice) for slot, choice in drawn.items() if choice != SLOT[slot].django)))


def world(level: int, index: int = 0) -> FrameworkWorld:
    made = make_world(NAME, level=level, world=index)
    assert isinstance(made, FrameworkWorld)
    return made


def executed(here: House, source: str, *calls: Call) -> tuple[Result, ...]:
    around = Surroundings(modules(here), "app/views.py", "app.models")
    return run(Program("python", source, around=around), calls, running.LIMITS).results


def value(here: House, expression: str, tables: dict = BOOKS) -> object:
    result = executed(here, f"def f():\n    return {expression}", Call("app.check:call", [tables, "f", []]))[0]
    assert result.status == "ok", result
    return result.value


# The catalogue


def test_the_catalogue_is_large_and_its_words_are_apart() -> None:
    assert len(SLOTS) >= 46 and len({slot.name for slot in SLOTS}) == len(SLOTS)
    assert all(slot.django not in slot.choices for slot in SLOTS if slot.name != "style")
    words = [choice for slot in SLOTS if slot.group == "words" and slot.name != "sep" for choice in slot.choices]
    assert len(words) == len(set(words)) and all(word.isidentifier() for word in words)
    assert not set(words) & lint._FORBIDDEN, "the linter would refuse the framework's own words"
    for slot in SLOTS:
        assert all(slot.sentence(choice) for choice in slot.choices) and len(slot.choices) >= (1 if slot.group != "words" else 4)


def test_every_kind_of_query_and_mistake_is_said_in_several_ways() -> None:
    assert {len(bank) for bank in (prompts.FUNCTION, prompts.VIEW, prompts.APP, guard.PROMPTS, review.PROMPTS)} == {8}
    assert all(len(set(bank)) == 8 for bank in level0.PROMPTS.values())
    assert all(len(set(bank)) >= 3 for bank in feedback.BANKS.values())


@pytest.mark.parametrize("level", range(4))
def test_two_worlds_share_less_than_half_of_their_rules(level: int) -> None:
    rules = [world(level, index).rules() for index in range(12)]
    assert min(map(len, rules)) >= (5, 20, 28, 38)[level]
    shared = [len(one & other) / min(len(one), len(other)) for one, other in itertools.combinations(rules, 2)]
    assert sum(shared) / len(shared) < 0.35


def test_the_rulebook_names_every_drawn_word() -> None:
    for level in range(4):
        here = world(level)
        book = here.rulebook()
        assert all(choice in book for slot, choice in here.house.drawn if SLOT[slot].group == "words")
        assert not re.search(r"\{\w*\}\s", book) and all(setting.name in book for setting in here.house.settings)


# Level 0


def test_a_hand_worked_grade() -> None:
    here = house(0, objects="rows", filter="pick", exclude="drop", style="pairs")
    op = level0.Op("filter", "Book", "author", "Kim")
    right = level0.write(here, op)
    assert right == 'Book.rows.pick("author", "Kim")'
    earned = {
        answer: level0.grade(here, op, right, answer).reward
        for answer in (
            right,
            "Book.rows.pick('author','Kim')",
            f"```python\n{right}\n```",
            "Book.rows.pick('author', 'Lee')",
            "Book.rows.drop('author', 'Kim')",
            "Book.objects.filter(author='Kim')",
            "Book.rows.filter(author='Kim')",
            "Book.rows.pick(author='Kim')",
            "pick",
            f"{right} or {right}",
        )
    }
    assert list(earned.values()) == pytest.approx([1, 1, 1, 0.75 * 4 / 9, 0.75 * 0.7, 0.075, 0.75 * 0.4, 0.75 * 0.7, 0, 0])


def wrong_lines(here: House, op: level0.Op) -> list[str]:
    """Calls with one thing wrong, and Django's."""
    right, styled = level0.write(here, op), []
    for style in STYLES:
        other = replace(here, drawn=tuple(sorted({**dict(here.drawn), "style": style}.items())))
        styled.append(level0.write(other, op))
    return [
        level0.write(DJANGO, op),
        right.replace(op.model, "Boot"),
        right.replace(here["objects"], "objects"),
        right.replace(f".{here[op.kind]}(", ".fetch_all("),
        right.replace(op.column, "colour"),
        right.replace("(", "(1, ", 1),
        f"{op.model}.{here['objects']}.{here[op.kind]}()",
        *styled,
    ]


@pytest.mark.parametrize("style", STYLES)
def test_level_0_says_what_python_says(style: str) -> None:
    """Nothing is run at level 0: the last line of its traceback is the one that a run ends with."""
    here = house(0, style=style, get="grab", order_by="rank", values_list="pluck", create="insert")
    lines = [
        line
        for op in (
            level0.Op("filter", "Book", "author", "Kim"),
            level0.Op("create", "Book", "title", "Tides"),
            level0.Op("values_list", "Book", "year"),
            level0.Op("order_by", "Book", "price"),
        )
        for line in wrong_lines(here, op)
    ]
    for line in dict.fromkeys(lines):
        found = level0.called(line)
        assert isinstance(found, level0.Called), line
        result = executed(
            here, f"def f():\n    return bool(list({line})) if False else {line} and None", Call("app.check:call", [BOOKS, "f", []])
        )[0]
        said = result.error.trace.splitlines()[-1] if result.error else ""
        assert level0.error_of(here, found) == said, line


def test_level_0_credit_grows_with_every_rule_that_is_kept() -> None:
    here = house(0, objects="rows", filter="pick", style="table")
    op = level0.Op("filter", "Book", "author", "Kim")
    steps = [
        "Book.objects.filter(author='Kim')",
        "Book.rows.filter(author='Kim')",
        "Book.rows.pick(author='Kim')",
        "Book.rows.pick({'author': 'Kim'})",
    ]
    earned = [level0.grade(here, op, level0.write(here, op), step).reward for step in steps]
    assert earned == sorted(earned) and len(set(earned)) == 4 and earned[-1] == 1


def test_every_word_of_level_0_is_learned_before_it_is_asked() -> None:
    for index in range(6):
        here = world(0, index)
        learned = [here.query("learn", i).payload for i in range(here.pools["learn"])]
        held = [here.query("eval", i).payload for i in range(here.pools["eval"])]
        assert not set(learned) & set(held)
        for part in ("kind", "model", "column", "value"):
            assert {getattr(op, part) for op in held} <= {getattr(op, part) for op in learned}, part
        kinds = [op.kind for op in held]
        assert max(map(kinds.count, kinds)) <= len(kinds) / 4 + 1


# The library


@pytest.mark.parametrize("style", STYLES)
def test_conditions_in_every_style(style: str) -> None:
    here = house(
        1, style=style, objects="rows", filter="pick", gt="over", sep="_is_", values_list="pluck", desc="tilde", order_by="rank"
    )
    written = {
        "pairs": '"price_is_over", 15',
        "flipped": '15, "price_is_over"',
        "table": '{"price_is_over": 15}',
        "tuples": '("price_is_over", 15)',
        "keywords": "price_is_over=15",
    }[style]
    assert value(here, f'Book.rows.pick({written}).rank("~title").pluck("title")') == ["Winter", "Harbor"]


WORDS = {
    "objects": "rows",
    "filter": "pick",
    "exclude": "drop",
    "get": "grab",
    "order_by": "rank",
    "values_list": "pluck",
    "first": "head",
    "gt": "over",
    "lt": "under",
    "sep": "_",
    "style": "keywords",
    "desc": "desc",
    "DoesNotExist": "Missing",
    "count": "size",
}
MEANINGS = [
    ("join", "or", 'Book.rows.pick(author="Lee", price_over=25).pluck("title")', [], ["Harbor", "Winter"]),
    ("over", "inclusive", "Book.rows.pick(price_over=20).size()", 1, 2),
    ("under", "inclusive", "Book.rows.pick(price_under=20).size()", 1, 2),
    ("empty", "blank", 'Book.rows.pick(author="Max").head()', None, {}),
    ("slice", "end", 'Book.rows.rank("price")[:1].pluck("title")', ["Dunes"], ["Dunes", "Harbor"]),
    ("slice", "one", 'Book.rows.rank("price")[2:3].pluck("title")', ["Winter"], ["Harbor"]),
    ("order", "newest", 'Book.rows.pluck("title")', ["Dunes", "Harbor", "Winter"], ["Winter", "Harbor", "Dunes"]),
    ("order", "title", 'Book.rows.pluck("price")', [10, 20, 30], [10, 20, 30]),
    ("hidden", "whole", "[Book.rows.size(), Book.rows.whole().size()]", None, [2, 3]),
    ("column", "distinct", 'Book.rows.pluck("author")', ["Kim", "Lee", "Kim"], ["Kim", "Lee"]),
    ("column", "sorted", 'Book.rows.rank("price desc").pluck("author")', ["Kim", "Lee", "Kim"], ["Kim", "Kim", "Lee"]),
    ("lead", "last", 'Book.rows.rank("year", "price desc").pluck("price")', [30, 20, 10], [30, 20, 10]),
    ("lead", "last", 'Book.rows.rank("price", "year desc").pluck("price")', [10, 20, 30], [10, 20, 30]),
    ("lead", "last", 'Book.rows.rank("author", "price").pluck("price")', [10, 30, 20], [10, 20, 30]),
    ("one", "none", 'Book.rows.grab(author="Max")', "Missing", None),
    ("one", "blank", 'Book.rows.grab(author="Max")', "Missing", {}),
]


@pytest.mark.parametrize(("slot", "choice", "expression", "plain", "changed"), MEANINGS)
def test_a_convention_changes_what_a_query_means(slot: str, choice: str, expression: str, plain: object, changed: object) -> None:
    assert value(house(2, **{**WORDS, slot: choice}), expression) == changed
    if plain == "Missing":
        result = executed(house(2, **WORDS), f"def f():\n    return {expression}", Call("app.check:call", [BOOKS, "f", []]))[0]
        assert result.error and result.error.trace.endswith("app.models.Book.Missing: no row of Book fits")
    elif slot != "hidden":
        assert value(house(2, **WORDS), expression) == plain


@pytest.mark.parametrize("slot", [slot.name for slot in SLOTS if slot.group != "words" and slot.name != "desc"])
def test_the_oracle_is_right_under_every_choice(slot: str) -> None:
    """One convention at a time on top of a drawn house, in each of its choices: views and apps of all kinds."""
    for choice in SLOT[slot].choices:
        here = house(3, **{slot: choice})
        for number in range(6):
            task = apps.task_of(here, 2 + number % 2, prompts.label_of(number), seed_of("oracle", slot, number).draw())
            grade = running.grade(here, task, task.solution)
            assert grade.reward == 1.0, (choice, task.prompt, task.solution, grade.feedback)


def test_a_setting_switches_a_meaning_on() -> None:
    here = replace(house(3, **WORDS), settings=(Setting("QUIET", "over", "inclusive"),))
    assert value(here.switched(()), "Book.rows.pick(price_over=20).size()") == 1
    assert value(here.switched(["QUIET"]), "Book.rows.pick(price_over=20).size()") == 2
    assert "With QUIET = True" in "\n".join(here.sentences())
