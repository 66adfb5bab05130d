"""CL-Framework: answers that are run, reviewed and refused; drift; adversaries."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import replace

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import World
from clgym.envs.framework import guard, level0, plans, prompts, review, running
from clgym.envs.framework.catalogue import SLOT
from clgym.envs.framework.domains import DOMAINS
from clgym.envs.framework.house import House
from clgym.envs.framework.library import modules
from clgym.envs.framework.world import FrameworkWorld
from clgym.envs.framework.writing import arguments
from clgym.registry import make_world
from clgym.sandbox import Call, Program, Result, Surroundings, run
from clgym.seeding import seed_of
from clgym.text import answers

NAME = "CL-Framework-v0"


def world(level: int, index: int = 0) -> FrameworkWorld:
    made = make_world(NAME, level=level, world=index)
    assert isinstance(made, FrameworkWorld)
    return made


def executed(here: House, source: str, *calls: Call) -> tuple[Result, ...]:
    around = Surroundings(modules(here), "app/views.py", "app.models")
    return run(Program("python", source, around=around), calls, running.LIMITS).results


# Answers that are run


def test_feedback_is_pythons_own_traceback() -> None:
    here = world(1)
    query = here.query("learn", 0)
    grade = here.grade(query, here.habit(query))
    model = re.search(r"The model (\w+)", query.prompt)[1]
    assert f"AttributeError: type object '{model}' has no attribute 'objects'" in grade.feedback.diagnosis
    assert 'Traceback (most recent call last):\n  File "app/views.py", line 2, in ' in grade.feedback.diagnosis
    assert "check.py" not in grade.feedback.diagnosis


def test_a_traceback_leads_into_the_framework() -> None:
    here = world(1)
    query = here.query("learn", 4)
    head = here.solve(query).split("\n")[0]
    call = f"Book.{here.house['objects']}.{here.house['filter']}({arguments(here.house, [('colour', '3')])})"
    said = here.grade(query, f"{head}\n    return {call}").feedback.diagnosis
    package = here.name.lower()
    assert f'File "{package}/rows.py", line ' in said and f"{package}.rows.QueryError: Book has no column 'colour'" in said


def test_a_wrong_result_is_shown_beside_the_right_one() -> None:
    here = world(1)
    query = next(q for q in (here.query("eval", i) for i in range(50)) if "count" not in q.prompt and "def " in q.prompt)
    head = query.payload.solution.split("\n")[0]
    grade = here.grade(query, f"{head}\n    return 'mango'")
    assert "'mango'" in grade.feedback.diagnosis and repr(query.payload.cases[0].expected)[:20] in grade.feedback.diagnosis
    assert grade.reward <= 0.1


FORCED = [
    "def f(x):\n    return getattr(Book, 'rows')",
    "def f(x):\n    return Book.__dict__",
    "def f(x):\n    try:\n        return 1\n    except:\n        return 2",
    "def f(x):\n    try:\n        return 1\n    except (ValueError, AttributeError):\n        return 2",
    "import builtins as b\ndef f(x):\n    return b.vars(Book)",
    "from builtins import getattr as g\ndef f(x):\n    return g(Book, 'rows')",
    "E = AttributeError\ndef f(x):\n    try:\n        return 1\n    except E:\n        return 2",
    "def f(x):\n    try:\n        return 1\n    except ValueError.mro()[1]:\n        return 2",
    "class Quiet:\n    def __enter__(self): pass\n    def __exit__(self, *odd): return True\ndef f(x):\n    with Quiet(): pass",
    "def f(x):\n    match Book:\n        case object(__dict__=d):\n            return d",
    "from operator import methodcaller\ndef f(x):\n    return methodcaller('rows')(x)",
    "import operator\ndef f(x):\n    return operator.attrgetter('rows')(Book)",
    "from app import check\ndef f(x):\n    return check",
    "import tolva.rows\ndef f(x):\n    return 1",
    "from tolva.rows import RowSet\ndef f(x):\n    return 1",
    "def f(x):\n    raise (E := AttributeError)",
]
FREE = [
    "from app.models import Book\nfrom collections.abc import Iterable\ndef f(x):\n    raise TypeError('no')",
    "class Odd(Exception):\n    def __init__(self, x):\n        self.x = x\ndef f(x):\n    raise Odd(x)",
    "def f(x):\n    try:\n        return Book.rows.one(x)\n    except Book.Missing:\n        return None",
    "def f(x):\n    try:\n        return int(x)\n    except ValueError:\n        return None",
]


@pytest.mark.parametrize("source", FORCED)
def test_names_are_not_found_by_force(source: str) -> None:
    assert running.linted(ast.parse(source)) is not None


@pytest.mark.parametrize("source", FREE)
def test_plain_python_passes_the_linter(source: str) -> None:
    assert running.linted(ast.parse(source)) is None


def test_words_that_are_tried_out_are_not_known() -> None:
    """A program that names every manager there may be, and goes on with the one that the model has, knows none."""
    here = world(1)
    query = here.query("learn", 3)
    lines, right = here.solve(query).split("\n"), here.house["objects"]
    model = re.search(rf"(\w+)\.{right}\b", "\n".join(lines))[1]
    cases = "".join(
        f"        case object({word}=found):\n            rows = found\n" for word in ("objects", *SLOT["objects"].choices)
    )
    body = "\n".join(lines[1:]).replace(f"{model}.{right}", "rows")
    grade = here.grade(query, f"{lines[0]}\n    match {model}:\n{cases}{body}")
    assert grade.parts["cases"] == 1.0 and grade.reward <= running.WORDS and grade.outcome != "correct", grade


def test_rows_chosen_by_hand_are_half_an_answer() -> None:
    """Whoever knows the manager alone could choose and sort all rows in Python; the house wants queries."""
    here, found = world(1), 0
    for index in range(1500):
        query = here.query("learn", index)
        plan = re.search(r"the number of (\w)(\w+)s whose (\w+) is more than `least`\W", query.prompt)
        if plan and " and whose" not in query.prompt:
            found += 1
            head, model = here.solve(query).split("\n")[0], plan[1].upper() + plan[2]
            by_hand = f"{head}\n    return sum(row.{plan[3]} > least for row in {model}.{here.house['objects']})"
            grade = here.grade(query, by_hand)
            assert grade.reward == running.BY_HAND and grade.outcome == "partial", (by_hand, grade)
            stored = by_hand.replace(f"{model}.{here.house['objects']}", f"{model}._stored")
            assert here.grade(query, stored).reward == 0.0
    assert found


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
    assert (
        grade.outcome == "wrong"
        and grade.reward == 0.0
        and re.search(r"never came to an end|went on and on|does not end", grade.feedback.diagnosis)
    )
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
    """Right words are not enough: with them and Django's meanings, an agent that knows no semantics is
    wrong somewhere at level 2."""
    missed = 0
    for index in range(4):
        here = world(2, index)
        words = replace(
            here.house, drawn=tuple(pair for pair in here.house.drawn if SLOT[pair[0]].group != "semantics" or pair[0] == "hidden")
        )
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
        payload: review.Payload = query.payload
        places.append(payload.number)
        head = "def f():\n"
        if level:
            result = executed(
                house_now, head + "".join(f"    {line}\n" for line in payload.lines), Call("app.check:call", [{}, "f", []])
            )[0]
            assert result.error and result.error.line == payload.number + 1, (payload, result)
        else:
            for number, line in enumerate(payload.lines, 1):
                found = level0.called(line)
                assert isinstance(found, level0.Called) and bool(level0.error_of(house_now, found)) == (number == payload.number)
    assert len(set(places)) == len(payload.lines) and max(map(places.count, places)) <= 4


def test_a_review_takes_the_number_or_the_line() -> None:
    here = world(1)
    query = here.query("transfer/review", 3)
    payload: review.Payload = query.payload
    line = payload.lines[payload.number - 1]
    for answer in (
        str(payload.number),
        f"Line {payload.number}.",
        f"line #{payload.number}",
        f"`{line}`",
        f"{payload.number}  {line}",
    ):
        assert here.grade(query, answer).reward == 1.0, answer
    for answer in ("1 2 3 4 5", "1 or 2", f"{payload.number}{payload.number}", "the first", "0", "9", "99999999999999999999"):
        assert here.grade(query, answer).reward == 0.0, answer


def test_the_guard_takes_every_way_that_says_the_same_in_django() -> None:
    d = DOMAINS[0]
    plan = plans.Plan(
        d,
        (plans.Condition(True, "author", "", "Kim", False), plans.Condition(False, "price", "gt", 20, False)),
        (("year", True),),
        3,
        "column",
        "title",
    )
    assert guard.write(plan) == (
        'Book.objects.filter(author="Kim").exclude(price__gt=20).order_by("-year").values_list("title", flat=True)[:3]'
    )
    for right in (
        guard.write(plan),
        "Book.objects.exclude(price__gt=20).filter(author__exact='Kim').order_by('-year').values_list('title', flat=True)[:3]",
        "Book.objects.all().order_by('-year').filter(author='Kim').exclude(price__gt=20)[:3].values_list('title', flat=True)",
    ):
        assert guard.grade(plan, right).reward == 1.0, right
    for wrong in (
        "Book.rows.filter(author='Kim')",
        "Book.objects.filter(author='Kim')",
        "Book.objects",
        "1",
        guard.write(plan).replace("title", "year"),
    ):
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
    payload = [here.query(pool, index).prompt for pool in here.pools for index in range(min(here.pools[pool], 700))]
    assert len(set(payload)) == len(payload)
    assert all(here.name in prompt for prompt in payload)


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
    banks = [
        *prompts.FUNCTION,
        *prompts.VIEW,
        *prompts.APP,
        *guard.PROMPTS,
        *review.PROMPTS,
        *itertools.chain(*level0.PROMPTS.values()),
    ]
    assert not [phrase for phrase in banks if re.search(r"\b[Aa]n? \{(house|column|value)", phrase)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_text_gets_a_grade_at_level_0_and_in_review_and_guard(data: st.DataObject) -> None:
    here = world(data.draw(st.sampled_from([0, 1])))
    pool = data.draw(st.sampled_from(["learn", "transfer/review", "guard"] if here.level == 0 else ["transfer/review", "guard"]))
    query = here.query(pool, data.draw(st.integers(0, 50)))
    right = here.solve(query)
    cut = data.draw(st.integers(0, len(right)))
    answer = data.draw(
        st.one_of(
            st.text(max_size=60),
            st.builds(lambda text: right[:cut] + text + right[cut:], st.text(max_size=5)),
            st.builds(lambda end: right[:cut] + right[end:], st.integers(0, len(right))),
        )
    )
    grade = here.grade(query, answer)
    assert 0.0 <= grade.reward <= 1.0 and grade.outcome != "failed" and grade.feedback.verdict
    if grade.reward == 1.0 and pool != "transfer/review":
        assert (
            ast.dump(ast.parse(answers.undress(answer), mode="eval")) == ast.dump(ast.parse(right, mode="eval")) or pool == "guard"
        )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 400), st.text("abc()[]:.,\n 'x=", max_size=6))
def test_answers_near_the_right_one_get_a_grade_above_level_0(index: int, place: int, text: str) -> None:
    here = world(1)
    query = here.query("learn", index)
    right = here.solve(query)
    grade = here.grade(query, right[:place] + text + right[place:])
    assert 0.0 <= grade.reward <= 1.0 and grade.outcome != "failed"
    assert here.grade(query, right).reward == 1.0
