"""CL-Framework: answers that are run, written in another way, reviewed and refused; looking around; drift; adversaries."""

from __future__ import annotations

import ast
import itertools
import re

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import World
from clgym.envs.framework import answers, cases, guard, level0, plans, prompts, review, running
from clgym.envs.framework.apps import program
from clgym.envs.framework.catalogue import SLOT
from clgym.envs.framework.library import modules
from clgym.envs.framework.lint import linted
from clgym.envs.framework.tasks import Task
from clgym.envs.framework.world import FrameworkWorld
from clgym.registry import make_world
from clgym.sandbox import Program, Surroundings, run
from clgym.seeding import seed_of

NAME = "CL-Framework-v0"
LEVELS = (1, 2, 3)


def world(level: int, index: int = 0) -> FrameworkWorld:
    made = make_world(NAME, level=level, world=index)
    assert isinstance(made, FrameworkWorld)
    return made


def of_kind(here: FrameworkWorld, *kinds: str, pool: str = "learn", without: str = "") -> tuple[Task, str]:
    """A task of one of the kinds, and its right answer."""
    for index in range(400):
        query = here.query(pool, index)
        if query.payload.spec.plan.kind in kinds and not (without and without in here.solve(query)):
            return query.payload, here.solve(query)
    raise AssertionError(kinds)


# Right in another way


@pytest.mark.parametrize("level", LEVELS)
def test_the_oracle_is_right_by_running(level: int) -> None:
    """A comment behind it makes the oracle's answer another text, which is run."""
    for index, pool in itertools.product(range(2), ("learn", "eval")):
        here = world(level, index)
        for number in range(4):
            query = here.query(pool, number)
            grade = here.grade(query, here.solve(query) + "\n# done")
            assert grade.reward == 1.0, (query.prompt, here.solve(query), grade.feedback)


def test_files_come_in_any_order_and_dress() -> None:
    here = world(3)
    query = here.query("learn", 0)
    parts = re.split(r"\n+(?=# app/)", here.solve(query))
    assert len(parts) >= 3
    for some in (
        parts[::-1],
        [f"```python\n{part}\n```" for part in parts],
        [f"**{part.replace(chr(10), '**' + chr(10), 1)[2:]}" for part in parts],
    ):
        assert here.grade(query, "\n\n".join(some)).reward == 1.0, "\n\n".join(some)
    names = parts[-1]
    for other in (
        names.replace("from .views import", "from app.views import"),
        re.sub(r"from \.views import (\w+), (\w+)", r"from . import views\n\1 = views.\1\n\2 = views.\2", names),
        re.sub(r"from \.views import (\w+), (\w+)", r"import app.views\n\1, \2 = app.views.\1, app.views.\2", names),
    ):
        assert here.grade(query, "\n\n".join([*parts[:-1], other])).reward == 1.0, other


def test_another_query_that_gives_the_same_is_right() -> None:
    here = world(1)
    objects = here.house["objects"]
    seen = 0
    for index in range(25):
        query = here.query("learn", index)
        right = here.solve(query)
        task = query.payload
        ways = [right.replace(f".{objects}.", f".{objects}.all().", 1), f"import math\n\n\n{right}"]
        if task.spec.plan.kind == "column":
            ways += [
                re.sub(r"return (.*)$", r"return list(\1)", right),
                re.sub(r"return (.*)$", r"return [each for each in \1]", right),
            ]
        for way in ways:
            seen += 1
            assert here.grade(query, way).reward == 1.0, (query.prompt, way, here.grade(query, way).feedback)
    assert seen > 50


OPPOSITE = {"gt": "lte", "lte": "gt", "lt": "gte", "gte": "lt"}


@pytest.mark.parametrize("index", range(3))
def test_keeping_what_is_not_left_out_is_right(index: int) -> None:
    """ "not less than 21": filter(gte) for exclude(lt), as a condition and turned round by ~."""
    here = world(1, index)
    house, seen = here.house, 0
    for number in range(60):
        query = here.query("learn", number)
        plan: plans.Plan = query.payload.spec.plan
        place = next((n for n, c in enumerate(plan.conditions) if not c.keep and c.lookup in OPPOSITE), None)
        if place is None:
            continue
        c = plan.conditions[place]
        turned = c._replace(keep=True, lookup=OPPOSITE[c.lookup])
        conditions = (*plan.conditions[:place], turned, *plan.conditions[place + 1 :])
        spec = query.payload.spec._replace(plan=plan._replace(conditions=conditions))
        other = "\n".join(program(house, spec))
        assert other != here.solve(query)
        assert here.grade(query, other).reward == 1.0, (query.prompt, other)
        seen += 1
    assert seen >= 3


# Wrong


def test_feedback_is_pythons_own_traceback() -> None:
    here = world(1)
    query = here.query("learn", 0)
    model = query.payload.spec.plan.model
    grade = here.grade(query, here.habit(query))
    assert f"AttributeError: type object '{model}' has no attribute 'objects'" in grade.feedback.diagnosis
    assert 'Traceback (most recent call last):\n  File "app/views.py", line 2, in ' in grade.feedback.diagnosis
    assert "check.py" not in grade.feedback.diagnosis
    near = here.solve(query).replace(f".{here.house['objects']}", f".{here.house['objects']}s", 1)
    assert f"Did you mean: '{here.house['objects']}'?" in here.grade(query, near).feedback.diagnosis


def test_a_traceback_leads_into_the_framework_and_names_the_columns() -> None:
    here = world(1)
    task, right = of_kind(here, "count")
    query = next(q for q in (here.query("learn", n) for n in range(400)) if q.payload is task)
    name = here.house.column(task.spec.plan.model, task.spec.plan.conditions[0].path[0])
    said = here.grade(query, right.replace(name, "colour")).feedback.diagnosis
    package = here.name.lower()
    assert (
        f'File "{package}/rows.py", line ' in said
        and f"{package}.rows.FieldError: Cannot resolve keyword 'colour' into field." in said
    )
    assert (
        f"Choices are: {', '.join(sorted((here.house['id'], *(here.house.column(task.spec.plan.model, c) for c in here.house.schema.own(task.spec.plan.model).columns))))}"
        in said
    )


def test_a_colleague_says_what_the_columns_are_that_were_taken_by_mistake() -> None:
    here = world(1)
    task, right = of_kind(here, "max", "sum")
    plan, domain = task.spec.plan, here.house.schema.own(task.spec.plan.model)
    used = {plan.column, *(c.path[0] for c in plan.conditions)}
    other = next(column for column in domain.columns if column not in used)
    wrong = right.replace(here.house.column(plan.model, plan.column), here.house.column(plan.model, other))
    said = running.grade(task, wrong).feedback.diagnosis
    assert here.house.column(plan.model, other) in said and other in said
    assert here.house.column(plan.model, plan.column) not in said


def test_who_takes_the_framework_for_django_hears_which_rule_it_is() -> None:
    seen = set()
    for index in range(6):
        here = world(2, index)
        for slot, choice in here.house.drawn:
            if slot not in ("slice", "order", "lead", "over", "under", "hidden"):
                continue
            plain = here.house.without(slot)
            for number in range(40):
                task = here.query("learn", number).payload
                wrong = "\n".join(task.written_for(plain))
                if wrong != task.solution and slot not in seen:
                    grade = running.grade(task, wrong)
                    if grade.reward < 1.0 and "stops" not in grade.feedback.diagnosis:
                        if SLOT[slot].sentence(choice)[:30] in grade.feedback.diagnosis:
                            seen.add(slot)
    assert len(seen) >= 4, seen


def test_looking_around_costs_the_step_and_tells_the_words() -> None:
    here = world(3)
    query = here.query("learn", 0)
    house, model = here.house, query.payload.spec.plan.model
    for text, told in (
        (f"print(dir({model}))", house["objects"]),
        (f"help({model})", house["objects"]),
        (f"help({model}.{house['objects']})", house["filter"]),
        (f"print(dir({model}.{house['objects']}))", house["values_list"]),
        (f"help({model}.{house['objects']}.{house['filter']})", "The rows that fit the conditions"),
        ("help()", house["HttpResponse"]),
        (f"help({house['path']})", "a part of the pattern that varies is written"),
    ):
        grade = here.grade(query, f"# app/views.py\n{text}")
        assert grade.reward == 0.0 and told in grade.feedback.diagnosis, (text, grade.feedback)
    assert here.grade(query, here.solve(query) + f"\nprint(dir({model}))").reward == 0.0, "a right answer looks nothing up"
    low = world(0)
    line = low.query("learn", 0)
    op = line.payload
    assert low.house["objects"] in low.grade(line, f"dir({op.model})").feedback.diagnosis
    assert low.house["filter"] in low.grade(line, f"help({op.model}.{low.house['objects']})").feedback.diagnosis


FORCED = [
    "def f(x):\n    return getattr(Book, 'rows')",
    "def f(x):\n    return Book.__dict__",
    "def f(x):\n    return Book._stored",
    "def f(x):\n    try:\n        return 1\n    except:\n        return 2",
    "def f(x):\n    try:\n        return 1\n    except (ValueError, AttributeError):\n        return 2",
    "from builtins import getattr as g\ndef f(x):\n    return g(Book, 'rows')",
    "E = AttributeError\ndef f(x):\n    try:\n        return 1\n    except E:\n        return 2",
    "def f(x):\n    match Book:\n        case object(__dict__=d):\n            return d",
    "from operator import methodcaller\ndef f(x):\n    return methodcaller('rows')(x)",
    "from app import check\ndef f(x):\n    return check",
    "from .check import fill\ndef f(x):\n    return fill",
    "from tolva.rows import RowSet\ndef f(x):\n    return 1",
    "def f(x):\n    raise (E := AttributeError)",
]
FREE = [
    "from app.models import Book\nfrom collections.abc import Iterable\ndef f(x):\n    raise TypeError('no')",
    "class Odd(Exception):\n    def __init__(self, x):\n        self.x = x\ndef f(x):\n    raise Odd(x)",
    "def f(x):\n    try:\n        return Book.rows.one(x)\n    except Book.Missing:\n        return None",
    "from . import queries\ndef f(x):\n    return queries.all_of(x)",
]


@pytest.mark.parametrize("source", FORCED)
def test_names_are_not_found_by_force(source: str) -> None:
    assert linted(ast.parse(source)) is not None


@pytest.mark.parametrize("source", FREE)
def test_plain_python_passes(source: str) -> None:
    assert linted(ast.parse(source)) is None


def test_what_is_no_answer_earns_what_it_is() -> None:
    here = world(1)
    task, right = of_kind(here, "column", without="[:")
    head, house = right.split("\n")[0], here.house
    first = task.cases[0]
    model, _column = task.spec.plan.model, house.column(task.spec.plan.model, task.spec.plan.column)
    special = f"{head}\n    return {first.expected[0]!r}"
    printed = re.sub(r"return (.*)$", r"print(list(\1))", right)
    changed = (
        right.replace("    return", f"    {model}.{house['objects']}.{house['create']}()\n    return")
        if house["style"] == "keywords"
        else special
    )
    deleted = f"import os\n{right}"
    endless = f"{head}\n    while True:\n        pass"
    for text, most in (
        (special, 0.3),
        (printed, 0.3),
        (changed, 0.4),
        (deleted, 0.3),
        (endless, 0.3),
        (f"{head}\n    return open('/etc/passwd')", 0.3),
    ):
        grade = running.grade(task, text)
        assert grade.reward <= most and grade.outcome != "correct", (text, grade)
    assert running.grade(task, right + "\n# again").reward == 1.0


def test_rows_chosen_by_hand_are_half_an_answer() -> None:
    here = world(1)
    signs = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<="}
    for number in range(400):
        task = here.query("learn", number).payload
        plan, house = task.spec.plan, here.house
        if plan.kind == "count" and all(c.lookup in signs for c in plan.conditions):
            tests = [
                f"{'' if c.keep else 'not '}row.{house.column(plan.model, c.path[0])} {signs[c.lookup]} {c.value}"
                for c in plan.conditions
            ]
            body = f"return len([row for row in {plan.model}.{house['objects']}.all() if {' and '.join(tests)}])"
            grade = running.grade(task, f"def {task.spec.name}({', '.join(plan.parameters)}):\n    {body}")
            assert grade.reward == running.BY_HAND, grade
            return
    raise AssertionError("no such task")


def test_a_changed_row_that_is_not_stored_is_no_change() -> None:
    here = world(3)
    for number in range(60):
        query = here.query("learn", number)
        second = query.payload.spec.second
        if second and second.kind == "change":
            wrong = here.solve(query).replace(f"row.{here.house['save']}()", "row", 1)
            assert here.grade(query, wrong).reward < 0.5
            return


# Review and guard


def executed(here: FrameworkWorld, source: str) -> str:
    around = Surroundings(modules(here.house.switched(())), "app/views.py", "app.models")
    (result,) = run(Program("python", source, around=around), [], running.LIMITS).results
    return result.error.message if result.error else ""


@pytest.mark.parametrize("level", range(4))
def test_the_line_under_review_is_the_one_that_stops(level: int) -> None:
    here = world(level)
    for index in range(8):
        query = here.query("transfer/review", index)
        lines = query.payload.lines
        for number, line in enumerate(lines, 1):
            before = "\n".join(lines[: number - 1]) if level else ""
            assert (executed(here, f"{before}\n{line}") != "") == (number == query.payload.number) or number > query.payload.number
        assert here.grade(query, f"{query.payload.number}. {lines[query.payload.number - 1]}").reward == 1.0


OPPOSITE_GUARD = {"__lt": "__gte", "__lte": "__gt", "__gt": "__lte", "__gte": "__lt"}


def variants(plan: plans.Plan) -> list[str]:
    """The ways in which a Django programmer might write it."""
    right = guard.write(plan)
    ways = [f"({right})", right.replace(".objects.", ".objects.all().", 1)]
    for old, new in OPPOSITE_GUARD.items():
        ways.append(re.sub(rf"\.exclude\((\w+?){old}=([^()]*)\)", rf".filter(\1{new}=\2)", right))
        ways.append(re.sub(rf"\.exclude\((\w+?{old}=[^()]*)\)", r".filter(~Q(\1))", right))
    if plan.kind in ("column", "values", "distinct"):
        ways += [f"list({right})", f"[each for each in {right}]"]
    if plan.kind == "column":
        rows = right.replace(f'.values_list("{plan.column}", flat=True)', "")
        ways += [f"[row.{plan.column} for row in {rows}]", f"rows = {rows}\n[row.{plan.column} for row in rows]"]
    if plan.kind == "count":
        ways.append(f"len({right.removesuffix('.count()')})" if ".count()" in right else right)
    if plan.kind == "exists":
        ways += [right.replace(".exists()", ".count() > 0"), f"bool({right.replace('.exists()', '')})"]
    if plan.kind == "distinct":
        ways.append(f"sorted(set({right.replace('.distinct()', '')}))")
    return [way for way in dict.fromkeys(ways) if way != right]


def test_the_guard_takes_every_way_that_gives_the_same_in_django() -> None:
    pytest.importorskip("django")
    tried = not_less = 0
    for number in range(16):
        payload = guard.draw_payload(seed_of("guard", number))
        for way in variants(payload.plan)[: 4 if number % 2 else 9]:
            tried += 1
            not_less += ".filter(" in way and ".exclude(" in payload.solution
            assert guard.grade(payload, way).reward == 1.0, (payload.solution, way, guard.grade(payload, way).feedback)
    assert tried >= 50 and not_less >= 4


def test_the_guard_refuses_what_django_refuses_or_answers_otherwise() -> None:
    pytest.importorskip("django")
    for number in range(6):
        payload = guard.draw_payload(seed_of("guard", number))
        right, model = payload.solution, payload.plan.model
        for wrong in (right.replace(".objects", ".rows", 1), f"{model}.objects", f"{model}.objects.all()", "1", f"print({right})"):
            grade = guard.grade(payload, wrong)
            assert grade.reward <= guard.PARTIAL + guard.ABOUT, (right, wrong)
        assert (
            f"type object '{model}' has no attribute 'rows'"
            in guard.grade(payload, right.replace(".objects", ".rows", 1)).feedback.diagnosis
        )


def test_the_guards_tables_tell_a_query_from_those_that_are_nearly_the_same() -> None:
    pytest.importorskip("django")
    told = [
        guard.grade(payload, guard.write(other)).reward < 1.0
        for payload in (guard.draw_payload(seed_of("guard", number)) for number in range(8))
        for other in [each for each in cases.neighbours(payload.plan) if "contains" not in repr(each)][:3]
        if guard.write(other) != payload.solution
    ]
    assert sum(told) >= 0.9 * len(told)


def test_the_guard_of_level_0_is_django_too() -> None:
    pytest.importorskip("django")
    here = world(0)
    for index in range(12):
        query = here.query("guard", index)
        op, right = query.payload.op, here.solve(query)
        assert here.grade(query, level0.write(here.house, op)).reward < 0.15
        assert (
            here.grade(query, right.replace(".objects.", ".objects.all().") if op.kind != "create" else f"({right})").reward == 1.0
        ), right
        if op.kind == "exclude":
            other = re.sub(r"\.exclude\((.*)\)$", r".filter(~Q(\1))", right)
            assert here.grade(query, other).reward == 1.0, other


# Drift, pools, adversaries


@pytest.mark.parametrize("level", range(4))
def test_drift_makes_half_of_the_old_answers_wrong_and_keeps_the_prompts(level: int) -> None:
    rewards = []
    for index in range(3):
        here = world(level, index)
        later = here.drifted(seed_of("drift", index))
        assert later.rulebook() != here.rulebook() and later.pools == here.pools
        for number in range(10):
            query = later.query("eval", number)
            assert query.prompt == here.query("eval", number).prompt
            rewards.append(later.grade(query, here.solve(here.query("eval", number))).reward)
            assert later.grade(query, later.solve(query)).reward == 1.0
    assert 0.3 < sum(rewards) / len(rewards) < 0.7


@pytest.mark.parametrize("level", range(4))
def test_prompts_of_all_pools_are_different_and_name_the_world(level: int) -> None:
    here: World = world(level, 2)
    asked = [(pool, here.query(pool, index).prompt) for pool in here.pools for index in range(min(here.pools[pool], 700))]
    assert len({prompt for _, prompt in asked}) == len(asked)
    assert all(here.name in prompt for pool, prompt in asked if pool != "guard")
    # The one-line operations of level 0 are as many as its models and columns allow.
    assert here.pools["eval"] >= (240, 300, 300, 300)[level] and here.pools["learn"] >= (600, 2000, 2000, 10_000)[level]


@pytest.mark.parametrize("level", LEVELS)
def test_eval_and_learn_share_no_template(level: int) -> None:
    here = world(level)
    templates = {
        pool: {here.query(pool, index).payload.spec.plan.template for index in range(min(here.pools[pool], 400))}
        for pool in ("learn", "eval")
    }
    assert not templates["learn"] & templates["eval"]
    assert len(templates["learn"]) >= (0, 60, 150, 150)[level]


def test_words_stuffed_into_an_answer_earn_little() -> None:
    for level in (1, 2):
        here = world(level)
        vocabulary = sorted(running.vocabulary(here.house))
        for index in range(5):
            query = here.query("eval", index)
            lines = here.solve(query).split("\n")
            stuffed = "\n".join(
                f"{line}\n    return [{', '.join('x.' + word for word in vocabulary)}]" if line.startswith("def ") else line
                for line in lines
                if line.startswith(("def ", "#", "from"))
            )
            assert here.grade(query, stuffed).reward <= 0.15


def test_articles_before_any_name_are_right() -> None:
    banks = [*prompts.WRAPPERS, *guard.PROMPTS, *review.PROMPTS, *itertools.chain(*level0.PROMPTS.values())]
    assert not [phrase for phrase in banks if re.search(r"\b[Aa]n? \{(house|column|value)", phrase)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_text_gets_a_grade(data: st.DataObject) -> None:
    here = world(data.draw(st.sampled_from([0, 1, 2])))
    pool = data.draw(st.sampled_from(["learn", "transfer/review", "guard"]))
    query = here.query(pool, data.draw(st.integers(0, 50)))
    right = here.solve(query)
    cut = data.draw(st.integers(0, len(right)))
    answer = data.draw(
        st.one_of(
            st.text(max_size=60),
            st.builds(lambda text: right[:cut] + text + right[cut:], st.text("abc()[]:.,\n 'x=", max_size=5)),
            st.builds(lambda end: right[:cut] + right[end:], st.integers(0, len(right))),
        )
    )
    grade = here.grade(query, answer)
    assert 0.0 <= grade.reward <= 1.0 and grade.outcome != "failed" and grade.feedback.verdict


def test_answers_are_taken_apart_at_the_names_of_their_files() -> None:
    for header in (
        "# app/views.py",
        "### app/views.py",
        "**app/views.py**",
        "`app/views.py`:",
        "# File: app/views.py",
        "# ./app/views.py",
    ):
        assert answers.files_of(f"{header}\nx = 1", True) == {"app/views.py": "x = 1"}, header
    assert answers.files_of("Sure, here it is:\n# app/views.py\nx = 1", True) == "Sure, here it is:"
    assert answers.files_of("```python\n# app/views.py\nx = 1\n```", False) == {"app/views.py": "x = 1"}


def test_what_is_written_like_the_oracle_is_judged_as_a_run_would() -> None:
    """At level 0 a line in the house's own form is not run: its grade is that of a run."""
    here = world(0)
    queries = [here.query("learn", number) for number in range(12)]
    for query in queries:
        for other in queries[:6]:
            line, op = here.solve(other), query.payload
            grade = here.grade(query, line)
            ran = level0._run(
                here.house, op, level0.called(line), line, here.solve(query), level0.Phrasing(here.solve(query), line)
            )
            assert grade == ran or (grade.reward == ran.reward == 1.0), (query.prompt, line, grade, ran)
