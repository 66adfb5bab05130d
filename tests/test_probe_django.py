"""Probe-Django: the real Django judges, locked in the sandbox."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st

from clgym.core import Query, World
from clgym.envs.probes.django_hard import HARD
from clgym.envs.probes.django_items import EASY, MODELS, Task
from clgym.registry import make_world

NAME = "Probe-Django-v0"


def world(level: int, index: int = 0) -> World:
    return make_world(NAME, level=level, world=index)


def asked(level: int, words: str) -> tuple[World, Query]:
    """A query whose prompt holds some words, from the first worlds."""
    for index in range(4):
        here = world(level, index)
        for number in range(here.pools["eval"]):
            query = here.query("eval", number)
            if words in query.prompt:
                return here, query
    raise AssertionError(words)


def reward(level: int, words: str, *answers: str) -> list[float]:
    here, query = asked(level, words)
    return [here.grade(query, answer).reward for answer in answers]


def test_there_are_enough_templates_and_no_item_comes_twice() -> None:
    assert len(EASY) >= 15 and len(HARD) >= 10
    for level in (0, 1):
        here = world(level)
        prompts = {here.query("eval", number).prompt for number in range(here.pools["eval"])}
        assert len(prompts) == here.pools["eval"] == 90


def test_the_oracle_is_right_in_other_worlds_too() -> None:
    for level in (0, 1):
        here = world(level, 3)
        for number in range(0, 90, 3):
            query = here.query("eval", number)
            assert here.grade(query, here.solve(query)).reward == 1.0, (query.prompt, here.solve(query))


def test_any_way_of_writing_a_query_counts() -> None:
    here, query = asked(0, "is greater than")
    task: Task = query.payload.payload
    model = next(model for model in MODELS if model.name in task.solution)
    right = here.solve(query)
    if task.function != "rows":
        pytest.fail(f"the first such item is another one: {query.prompt}")
    bound = int(right.rsplit("=", 1)[1].rstrip(")"))
    for answer in (
        right,
        f"```python\n{right}\n```",
        f"{model.name}.objects.exclude({model.number}__lte={bound})",
        f"{model.name}.objects.all().filter({model.number}__gte={bound + 1}).order_by('-id')",
        f"[row for row in {model.name}.objects.all() if row.{model.number} > {bound}]",
        f"{model.name}.objects.filter(Q({model.number}__gt={bound}))",
    ):
        assert here.grade(query, answer).reward == 1.0, answer
    for answer in (
        f"{model.name}.objects.filter({model.number}__gte={bound})",
        f"{model.name}.objects.all()",
        f"{model.name}.objects.none()",
        "[]",
        f"{right} {right}",
        f"{right}{right}",
        f"The query is {right}",
    ):
        assert here.grade(query, answer).reward == 0.0, answer


def test_feedback_is_djangos_own() -> None:
    here, query = asked(0, "is greater than")
    model = next(model for model in MODELS if model.name in here.solve(query))
    said = here.grade(query, f"{model.name}.objects.filter(colour=3)").feedback.diagnosis
    assert (
        "django.core.exceptions.FieldError: Cannot resolve keyword 'colour' into field." in said
        and 'File "app/views.py", line 1, in <module>' in said
    )
    said = here.grade(query, f"{model.name}.rows.pick({model.number}=3)").feedback.diagnosis
    assert f"type object '{model.name}' has no attribute 'rows'" in said
    said = here.grade(query, f"{model.name}.objects.filter(").feedback.diagnosis
    assert "cannot read it" in said and "line" not in said


def test_fields_routes_and_templates_are_used_for_real() -> None:
    here, query = asked(0, "for a short text of at most")
    size = query.prompt.split("at most ")[1].split()[0]
    assert [
        here.grade(query, answer).reward
        for answer in (
            f"models.CharField(max_length={size})",
            f"models.CharField('x', max_length={size}, blank=True)",
            "models.CharField(max_length=5)",
            "models.TextField()",
        )
    ] == [1, 1, 0, 0]
    here, query = asked(0, "in upper case")
    name = query.prompt.split("variable ")[1].split()[0]
    assert [
        here.grade(query, answer).reward
        for answer in (
            f"{{{{ {name}|upper }}}}",
            f"{{{{{name}|upper}}}}",
            f"{{% filter upper %}}{{{{ {name} }}}}{{% endfilter %}}",
            f"{{{{ {name} }}}}",
            "RIVER",
        )
    ] == [1, 1, 1, 0, 0]
    here, query = asked(0, "Django path()")
    right = here.solve(query)
    assert [
        here.grade(query, answer).reward
        for answer in (
            right,
            right.replace('/"', '"'),
            right.replace("path(", "path(name='x', route=").replace(", ", ", view=").replace("name='x', view=", "name='x', "),
        )
    ] == [1, 0, 1]


def test_hard_tasks_take_other_solutions_and_refuse_half_ones() -> None:
    here, query = asked(1, "a form class")
    right = here.solve(query)
    assert here.grade(query, right.replace("forms.EmailField(required=False)", "forms.CharField(required=False)")).reward == 0.0
    here, query = asked(1, "returns a dict from each")
    model = next(model for model in MODELS if f"model {model.name} " in query.prompt)
    head = here.solve(query).split("\n")[0]
    assert (
        here.grade(
            query,
            f"{head}\n    found = {{}}\n    for row in {model.name}.objects.all():\n"
            f"        found[row.{model.group}] = found.get(row.{model.group}, 0) + 1\n    return found",
        ).reward
        == 1.0
    )
    here, query = asked(1, "a view show_")
    model = next(model for model in MODELS if f"model {model.name} " in query.prompt)
    head = here.solve(query).split("\n")[0]
    assert (
        here.grade(
            query,
            f"{head}\n    row = get_object_or_404({model.name}, pk=key)\n"
            f"    return JsonResponse({{'{model.label}': row.{model.label}, '{model.number}': row.{model.number}}})",
        ).reward
        == 1.0
    )
    assert here.grade(query, f"{head}\n    row = {model.name}.objects.get(pk=key)\n    return JsonResponse({{}})").reward == 0.0


@pytest.mark.parametrize(
    "hostile",
    [
        "while True: pass",
        "__import__('os').system('true')",
        "open('/etc/passwd').read()",
        "[0] * 10 ** 10",
        "connection.cursor().execute('drop table app_book')",
    ],
)
def test_hostile_answers_earn_nothing_and_the_next_is_served(hostile: str) -> None:
    here, query = asked(0, "is greater than")
    grade = here.grade(query, hostile)
    assert grade.reward == 0.0 and grade.outcome in ("wrong", "malformed") and "root:" not in grade.feedback.diagnosis
    assert here.grade(query, here.solve(query)).reward == 1.0


def test_the_same_answer_gets_the_same_grade() -> None:
    for level in (0, 1):
        here = world(level)
        for number in range(4):
            query = here.query("eval", number)
            for answer in (here.solve(query), "Book.objects.all()"):
                assert here.grade(query, answer) == here.grade(query, answer)


def test_without_django_the_registry_names_the_extra() -> None:
    code = (
        "import sys\nsys.modules['django'] = None\nimport clgym\nfrom clgym.errors import MissingExtra\n"
        "clgym.make_world('CL-Framework-v0').query('guard', 0)\n"
        "try:\n    clgym.load_family('Probe-Django-v0')\nexcept MissingExtra as said:\n    print(said)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "pip install 'clgym[probes]'" in done.stdout, done.stderr


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 89), st.integers(0, 1), st.integers(0, 120), st.text("abc()[]{}%|.,\n '\"x=", max_size=5))
def test_answers_near_the_right_one_get_a_grade(number: int, level: int, place: int, text: str) -> None:
    here = world(level)
    query = here.query("eval", number)
    right = here.solve(query)
    grade = here.grade(query, right[:place] + text + right[place:])
    assert grade.reward in (0.0, 1.0) and grade.outcome != "failed" and grade.feedback.verdict


def test_the_apps_own_modules_can_be_imported_as_django_programmers_do() -> None:
    """``from .models import Book``, ``from . import views`` and ``views.list_books``, in a file that knows these names already."""
    here, query = asked(1, "the list urlpatterns")
    right = here.solve(query)
    named = re.sub(r", (list_\w+|show_\w+|edit_\w+)\)", r", views.\1)", right)
    assert named != right
    for before in ("from . import views\n", "from app import views\n", "import app.views\nviews = app.views\n"):
        assert here.grade(query, f"from django.urls import path\n{before}\n\n{named}").reward == 1.0, before
    here, query = asked(1, "with a single query")
    model = re.search(r"(\w+)\.objects", here.solve(query))
    assert model is not None
    assert here.grade(query, f"from .models import {model[1]}\n\n\n{here.solve(query)}").reward == 1.0
