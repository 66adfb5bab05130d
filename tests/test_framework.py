"""CL-Framework: conventions that are a real library, answers that are run, tracebacks that are Python's own."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import World
from clgym.envs.framework import catalogue, feedback, guard, level0, plans, review, running, tasks
from clgym.envs.framework.catalogue import SLOT, SLOTS, Setting
from clgym.envs.framework.domains import DOMAINS
from clgym.envs.framework.house import DJANGO, House, draw_house
from clgym.envs.framework.library import modules
from clgym.envs.framework.world import FrameworkWorld
from clgym.registry import make_world
from clgym.sandbox import Call, Program, Result, Surroundings, run
from clgym.seeding import seed_of

NAME = "CL-Framework-v0"
STYLES = SLOT["style"].choices
BOOKS = {"Book": [
    {"title": "Dunes", "author": "Kim", "price": 10, "year": 5, "archived": False},
    {"title": "Harbor", "author": "Lee", "price": 20, "year": 5, "archived": False},
    {"title": "Winter", "author": "Kim", "price": 30, "year": 4, "archived": True},
]}


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
    assert not set(words) & running._FORBIDDEN, "the linter would refuse the framework's own words"
    for slot in SLOTS:
        assert all(slot.sentence(choice) for choice in slot.choices) and len(slot.choices) >= (1 if slot.group != "words" else 4)


def test_every_kind_of_query_and_mistake_is_said_in_several_ways() -> None:
    assert {len(bank) for bank in (tasks.FUNCTION, tasks.VIEW, tasks.APP, guard.PROMPTS, review.PROMPTS)} == {8}
    assert all(len(set(bank)) == 4 for bank in level0.PROMPTS.values())
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
    earned = {answer: level0.grade(here, op, right, answer).reward for answer in (
        right, "Book.rows.pick('author','Kim')", f"```python\n{right}\n```", "Book.rows.pick('author', 'Lee')", "Book.rows.drop('author', 'Kim')",
        "Book.objects.filter(author='Kim')", "Book.rows.filter(author='Kim')", "Book.rows.pick(author='Kim')", "pick", f"{right} or {right}")}
    assert list(earned.values()) == pytest.approx([1, 1, 1, 0.75 * 4 / 9, 0.75 * 0.7, 0.075, 0.75 * 0.4, 0.75 * 0.7, 0, 0])


def wrong_lines(here: House, op: level0.Op) -> list[str]:
    """Calls with one thing wrong, and Django's."""
    right, styled = level0.write(here, op), []
    for style in STYLES:
        other = replace(here, drawn=tuple(sorted({**dict(here.drawn), "style": style}.items())))
        styled.append(level0.write(other, op))
    return [
        level0.write(DJANGO, op), right.replace(op.model, "Boot"), right.replace(here["objects"], "objects"),
        right.replace(f".{here[op.kind]}(", ".fetch_all("), right.replace(op.column, "colour"), right.replace("(", '(1, ', 1),
        f"{op.model}.{here['objects']}.{here[op.kind]}()", *styled,
    ]


@pytest.mark.parametrize("style", STYLES)
def test_level_0_says_what_python_says(style: str) -> None:
    """Nothing is run at level 0: the last line of its traceback is the one that a run ends with."""
    here = house(0, style=style, get="grab", order_by="rank", values_list="pluck", create="insert")
    lines = [line for op in (level0.Op("filter", "Book", "author", "Kim"), level0.Op("create", "Book", "title", "Tides"),
                             level0.Op("values_list", "Book", "year"), level0.Op("order_by", "Book", "price")) for line in wrong_lines(here, op)]
    for line in dict.fromkeys(lines):
        found = level0.called(line)
        assert isinstance(found, level0.Called), line
        result = executed(here, f"def f():\n    return bool(list({line})) if False else {line} and None",
                          Call("app.check:call", [BOOKS, "f", []]))[0]
        said = result.error.trace.splitlines()[-1] if result.error else ""
        assert level0.error_of(here, found) == said, line


def test_level_0_credit_grows_with_every_rule_that_is_kept() -> None:
    here = house(0, objects="rows", filter="pick", style="table")
    op = level0.Op("filter", "Book", "author", "Kim")
    steps = ["Book.objects.filter(author='Kim')", "Book.rows.filter(author='Kim')", "Book.rows.pick(author='Kim')", "Book.rows.pick({'author': 'Kim'})"]
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
    here = house(1, style=style, objects="rows", filter="pick", gt="over", sep="_is_", values_list="pluck", desc="tilde", order_by="rank")
    written = {"pairs": '"price_is_over", 15', "flipped": '15, "price_is_over"', "table": '{"price_is_over": 15}', "tuples": '("price_is_over", 15)',
               "keywords": "price_is_over=15"}[style]
    assert value(here, f'Book.rows.pick({written}).rank("~title").pluck("title")') == ["Winter", "Harbor"]


WORDS = {"objects": "rows", "filter": "pick", "exclude": "drop", "get": "grab", "order_by": "rank", "values_list": "pluck", "first": "head",
         "gt": "over", "lt": "under", "sep": "_", "style": "keywords", "desc": "desc", "DoesNotExist": "Missing", "count": "size"}
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
            task = tasks.task_of(here, 2 + number % 2, tasks.label_of(number), seed_of("oracle", slot, number).draw())
            grade = running.grade(here, task, task.solution)
            assert grade.reward == 1.0, (choice, task.prompt, task.solution, grade.feedback)


def test_a_setting_switches_a_meaning_on() -> None:
    here = replace(house(3, **WORDS), settings=(Setting("QUIET", "over", "inclusive"),))
    assert value(here.switched(()), "Book.rows.pick(price_over=20).size()") == 1
    assert value(here.switched(["QUIET"]), "Book.rows.pick(price_over=20).size()") == 2
    assert "With QUIET = True" in "\n".join(here.sentences())


# Answers that are run

def with_words_of(here: FrameworkWorld, source: str) -> str:
    """Code for Django with the framework's words, but Django's meanings."""
    for slot in SLOTS:
        if slot.group == "words" and slot.name != "sep":
            source = re.sub(rf"(?<=[._(= ]){re.escape(slot.django)}\b", here.house[slot.name], source)
    return source


def test_feedback_is_pythons_own_traceback() -> None:
    here = world(1)
    query = here.query("learn", 0)
    grade = here.grade(query, here.habit(query))
    model = re.search(r"The model (\w+)", query.prompt)[1]
    assert f"AttributeError: type object '{model}' has no attribute 'objects'" in grade.feedback.diagnosis
    assert 'Traceback (most recent call last):\n  File "app/views.py", line 2, in ' in grade.feedback.diagnosis
    assert "check.py" not in grade.feedback.diagnosis


def test_a_traceback_leads_into_the_framework() -> None:
    here = house(1, **WORDS)
    task = tasks.function_task(here, DOMAINS[0], tasks.label_of(3), seed_of("inside").draw())
    name = task.names[0]
    parameters = re.search(r"\((.*)\):", task.solution)[1]
    grade = running.grade(here, task, f"def {name}({parameters}):\n    return Book.rows.pick(colour=3)")
    assert 'File "tolva/rows.py", line ' in grade.feedback.diagnosis and "tolva.rows.QueryError: Book has no column 'colour'" in grade.feedback.diagnosis


def test_a_wrong_result_is_shown_beside_the_right_one() -> None:
    here = world(1)
    query = next(q for q in map(lambda i: here.query("eval", i), range(50)) if "count" not in q.prompt and "def " in q.prompt)
    head = query.payload.solution.split("\n")[0]
    grade = here.grade(query, f"{head}\n    return 'mango'")
    assert "'mango'" in grade.feedback.diagnosis and repr(query.payload.cases[0].expected)[:20] in grade.feedback.diagnosis
    assert grade.reward <= 0.1


FORCED = [
    "def f(x):\n    return getattr(Book, 'rows')", "def f(x):\n    return Book.__dict__", "def f(x):\n    try:\n        return 1\n    except:\n        return 2",
    "def f(x):\n    try:\n        return 1\n    except (ValueError, AttributeError):\n        return 2", "import builtins as b\ndef f(x):\n    return b.vars(Book)",
    "from builtins import getattr as g\ndef f(x):\n    return g(Book, 'rows')",
]


@pytest.mark.parametrize("source", FORCED)
def test_names_are_not_found_by_force(source: str) -> None:
    assert running.linted(ast.parse(source)) is not None


def test_a_library_is_no_answer() -> None:
    here = world(1)
    query = here.query("learn", 1)
    library = "\n".join(f"def helper_{i}():\n    return {i}" for i in range(5))
    assert here.grade(query, f"{library}\n{here.solve(query)}").outcome == "malformed"
    assert here.grade(query, f"{here.solve(query)}\n\ndef spare():\n    return 1").reward == 1.0


def test_an_endless_answer_ends_and_the_next_is_graded() -> None:
    here = world(1)
    query = here.query("learn", 2)
    head = here.solve(query).split("\n")[0]
    grade = here.grade(query, f"{head}\n    while True:\n        pass")
    assert grade.outcome == "wrong" and grade.reward == 0.0 and re.search(r"never came to an end|went on and on|does not end", grade.feedback.diagnosis)
    assert here.grade(query, here.solve(query)).reward == 1.0


@pytest.mark.parametrize("level", (1, 2, 3))
def test_the_same_answer_gets_the_same_grade(level: int) -> None:
    here = world(level)
    draw = seed_of("again").draw()
    for index in range(3):
        query = here.query("eval", index)
        answer = here.sample_answer(query, draw)
        assert here.grade(query, answer) == here.grade(query, answer)


def test_another_houses_meanings_are_wrong_here() -> None:
    """Right words are not enough: with them and Django's meanings, an agent that knows no semantics is wrong somewhere at level 2."""
    missed = 0
    for index in range(4):
        here = world(2, index)
        words = replace(here.house, drawn=tuple(pair for pair in here.house.drawn if SLOT[pair[0]].group != "semantics" or pair[0] == "hidden"))
        for number in range(25):
            query = here.query("eval", number)
            missed += here.grade(query, here._task(words, "eval", number).solution).reward < 1.0
    assert 10 <= missed <= 90


# Review and guard

@pytest.mark.parametrize("level", range(4))
def test_the_line_under_review_is_the_one_that_stops(level: int) -> None:
    """Run for real: each shown line, mended, runs; as shown, the program stops at the line that the oracle names."""
    here = world(level, 1)
    house_now = here.house.switched(())
    places = []
    for index in range(12):
        query = here.query("transfer/review", index)
        asked: review.Asked = query.payload
        places.append(asked.number)
        head = "def f():\n"
        if level:
            result = executed(house_now, head + "".join(f"    {line}\n" for line in asked.lines), Call("app.check:call", [{}, "f", []]))[0]
            assert result.error and result.error.line == asked.number + 1, (asked, result)
        else:
            for number, line in enumerate(asked.lines, 1):
                found = level0.called(line)
                assert isinstance(found, level0.Called) and bool(level0.error_of(house_now, found)) == (number == asked.number)
    assert len(set(places)) == len(asked.lines) and max(map(places.count, places)) <= 4


def test_a_review_takes_the_number_or_the_line() -> None:
    here = world(1)
    query = here.query("transfer/review", 3)
    asked: review.Asked = query.payload
    line = asked.lines[asked.number - 1]
    for answer in (str(asked.number), f"Line {asked.number}.", f"line #{asked.number}", f"`{line}`", f"{asked.number}  {line}"):
        assert here.grade(query, answer).reward == 1.0, answer
    for answer in ("1 2 3 4 5", "1 or 2", f"{asked.number}{asked.number}", "the first", "0", "9", "99999999999999999999"):
        assert here.grade(query, answer).reward == 0.0, answer


def test_the_guard_takes_every_way_that_says_the_same_in_django() -> None:
    d = DOMAINS[0]
    plan = plans.Plan(d, (plans.Condition(True, "author", "", "Kim", False), plans.Condition(False, "price", "gt", 20, False)),
                      (("year", True),), 3, "column", "title")
    assert guard.write(plan) == ('Book.objects.filter(author="Kim").exclude(price__gt=20).order_by("-year").values_list("title", flat=True)[:3]')
    for right in (guard.write(plan), "Book.objects.exclude(price__gt=20).filter(author__exact='Kim').order_by('-year').values_list('title', flat=True)[:3]",
                  "Book.objects.all().order_by('-year').filter(author='Kim').exclude(price__gt=20)[:3].values_list('title', flat=True)"):
        assert guard.grade(plan, right).reward == 1.0, right
    for wrong in ("Book.rows.filter(author='Kim')", "Book.objects.filter(author='Kim')", "Book.objects", "1", guard.write(plan).replace("title", "year")):
        assert guard.grade(plan, wrong).reward <= guard.PARTIAL, wrong
    assert "type object 'Book' has no attribute 'rows'" in guard.grade(plan, "Book.rows.filter(author='Kim')").feedback.diagnosis


def test_the_houses_habit_is_wrong_in_the_guard() -> None:
    here = world(0)
    for index in range(40):
        query = here.query("guard", index)
        assert here.grade(query, level0.write(here.house, query.payload)).reward < 0.15


# Drift, pools, adversaries

@pytest.mark.parametrize("level", range(4))
def test_drift_makes_old_answers_wrong_and_says_the_new_words(level: int) -> None:
    here = world(level)
    later = here.drifted(seed_of("drift"))
    assert later.rulebook() != here.rulebook() and later.rules() != here.rules() and later.pools == here.pools
    stale = 0
    for index in range(10):
        query = later.query("eval", index)
        grade = later.grade(query, here.solve(here.query("eval", index)))
        stale += grade.reward < 1.0
        if grade.reward < 1.0:
            assert later.solve(query) in grade.feedback.correction
        assert later.grade(query, later.solve(query)).reward == 1.0
    assert stale >= 8


@pytest.mark.parametrize("level", (1, 2, 3))
def test_prompts_of_learn_and_eval_are_all_different(level: int) -> None:
    here: World = world(level, 2)
    prompts = [here.query(pool, index).prompt for pool in here.pools for index in range(min(here.pools[pool], 700))]
    assert len(set(prompts)) == len(prompts)
    assert all(here.name in prompt for prompt in prompts)


def test_words_stuffed_into_an_answer_earn_little() -> None:
    for level in (1, 2):
        here = world(level)
        vocabulary = sorted(running.words(here.house))
        for index in range(5):
            query = here.query("eval", index)
            heads = [line for line in here.solve(query).split("\n") if line.startswith("def ")]
            stuffed = "\n".join(f"{head}\n    return [{', '.join('x.' + word for word in vocabulary)}]" for head in heads)
            assert here.grade(query, stuffed).reward <= 0.15


def test_articles_before_any_name_are_right() -> None:
    banks = [*tasks.FUNCTION, *tasks.VIEW, *tasks.APP, *guard.PROMPTS, *review.PROMPTS, *itertools.chain(*level0.PROMPTS.values())]
    assert not [phrase for phrase in banks if re.search(r"\b[Aa]n? \{(house|column|value)", phrase)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_text_gets_a_grade_at_level_0_and_in_review_and_guard(data: st.DataObject) -> None:
    here = world(data.draw(st.sampled_from([0, 1])))
    pool = data.draw(st.sampled_from(["learn", "transfer/review", "guard"] if here.level == 0 else ["transfer/review", "guard"]))
    query = here.query(pool, data.draw(st.integers(0, 50)))
    right = here.solve(query)
    cut = data.draw(st.integers(0, len(right)))
    answer = data.draw(st.one_of(st.text(max_size=60), st.builds(lambda text: right[:cut] + text + right[cut:], st.text(max_size=5)),
                                 st.builds(lambda end: right[:cut] + right[end:], st.integers(0, len(right)))))
    grade = here.grade(query, answer)
    assert 0.0 <= grade.reward <= 1.0 and grade.outcome != "failed" and grade.feedback.verdict
    if grade.reward == 1.0 and pool != "transfer/review":
        assert ast.dump(ast.parse(level0.undress(answer), mode="eval")) == ast.dump(ast.parse(right, mode="eval")) or pool == "guard"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 400), st.text("abc()[]:.,\n 'x=", max_size=6))
def test_answers_near_the_right_one_get_a_grade_above_level_0(index: int, place: int, text: str) -> None:
    here = world(1)
    query = here.query("learn", index)
    right = here.solve(query)
    grade = here.grade(query, right[:place] + text + right[place:])
    assert 0.0 <= grade.reward <= 1.0 and grade.outcome != "failed"
    assert catalogue.STATUSES and len(here.grade(query, right).parts) == 2
