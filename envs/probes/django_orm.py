"""A probe of plain Django: queries, models, forms, routes, views and templates, run against the real Django in the sandbox."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django  # the extra: without it the registry says what to install

from clgym.core import Grade, failed, malformed
from clgym.envs.probes.base import Item, Probe, generate, right, show, wrong
from clgym.envs.probes.django_hard import HARD
from clgym.envs.probes.django_items import EASY, MODELS, ReadItem, Task
from clgym.sandbox import Call, Limits, Program, Result, Surroundings, run, same
from clgym.seeding import Draw, Seed
from clgym.text.answers import code, fitting, quoted, readings, unwrap

ITEMS = 90
LIMITS = Limits(steps=200_000, seconds=1.0, output_chars=400)
MAX_CHARS = 4_000
FILE = "app/views.py"
#: What stands before an expression when it is run, and how a traceback names a line of it.
_BEFORE = "def answer():\n    return (\n"
_OWN_LINE = re.compile(rf'(File "{FILE}", line )(\d+), in answer\b')

_PRELUDE = """from django import forms
from django.db import connection, models
from django.db.models import Avg, Count, F, Max, Min, Q, Sum
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, re_path


"""
_MODEL = """class {0.name}(models.Model):
    {0.label} = models.CharField(max_length=50)
    {0.group} = models.CharField(max_length=50)
    {0.number} = models.IntegerField()

    class Meta:
        app_label = "app"


"""
#: Not Django's and not the app's: it fills the tables, calls the answer and turns what comes back into plain values.
_CHECK = """
import json
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.db.models.query import QuerySet
from django.http import Http404, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls.resolvers import URLPattern
import app.models

COLUMNS = @COLUMNS@


def fill(tables):
    for name, rows in tables.items():
        model = getattr(app.models, name)
        with connection.schema_editor() as editor:
            editor.create_model(model)
        model.objects.bulk_create([model(**dict(zip(COLUMNS[name], row))) for row in rows])


def answer(name="answer"):
    import app.views
    if not hasattr(app.views, name):
        raise NameError(f"app/views.py defines no {name}")
    return getattr(app.views, name)


def row_of(row):
    return [getattr(row, column) for column in COLUMNS[type(row).__name__]]


def label(row):
    return row_of(row)[0] if isinstance(row, models.Model) else row


def rows(tables):
    fill(tables)
    value = answer()()
    if isinstance(value, (QuerySet, list)):
        return sorted(map(label, value))
    return value


def ordered(tables):
    fill(tables)
    return [label(row) for row in answer()()]


def full(tables):
    fill(tables)
    value = answer()()
    return ["row", row_of(value)] if isinstance(value, models.Model) else repr(value)


def stored(name):
    return [row_of(row) for row in getattr(app.models, name).objects.order_by("pk")]


def table(tables, name):
    fill(tables)
    answer()()
    return stored(name)


def field():
    value = answer()()
    return [type(value).__name__, getattr(value, "max_length", None), getattr(value, "null", None)]


def render(values):
    return Template(answer("answer")).render(Context(values))


def resolve(address, name):
    found = answer()().resolve(address)
    return found and [found.func.__name__, found.kwargs]


def call(tables, name, arguments):
    fill(tables)
    value = answer(name)(*arguments)
    return list(value) if isinstance(value, QuerySet) else value


def call_and_table(tables, name, arguments, model):
    return [call(tables, name, arguments), stored(model)]


def json_view(tables, name, params, arguments):
    fill(tables)
    try:
        reply = answer(name)(RequestFactory().get("/", params), *arguments)
    except (Http404, ObjectDoesNotExist) as missing:
        if not isinstance(missing, Http404):
            raise
        return [404, None]
    if reply.status_code == 404:
        return [404, None]
    return [reply.status_code, json.loads(reply.content)]


def form_errors(name, data):
    return sorted(answer(name)(data).errors)


def patterns(address, views):
    for pattern in answer("urlpatterns"):
        found = pattern.resolve(address)
        if found:
            return [found.func.__name__, found.kwargs]
    return None
"""


def _views() -> str:
    """Views to route to, by the names that the tasks use."""
    names = [f"{word}_view" for word in ("books", "songs", "news", "about", "contact", "help", "cart")]
    names += [
        form.format(noun)
        for noun in ("book", "song", "dog", "car", "photo", "recipe")
        for form in ("list_{}s", "show_{}", "edit_{}")
    ]
    return "".join(f"def {name}(request, **given):\n    return HttpResponse()\n\n\n" for name in names)


AROUND = Surroundings(
    modules=(
        ("app/models.py", _PRELUDE + "".join(_MODEL.format(model) for model in MODELS) + _views()),
        ("<app/check.py>", _CHECK.replace("@COLUMNS@", repr({model.name: model[1:4] for model in MODELS}))),
    ),
    file=FILE,
    given="app.models",
    preload="django",
)


class Django(Probe):
    """Plain Django: does an in-house fork of it push it out?

    ## Description
    Small pieces of Django to write and to know: queries, model fields, routes, templates, then forms, views and aggregates.
    What is written runs against the real Django (4.2 or later) with an in-memory SQLite database, locked in the sandbox.

    ## Hidden rules
    None. Django is Django.

    ## Observation
    The fields of a model and what to write, or a question.

    ## Answer
    An expression, template code, Python code, or one word. A code fence around it is forgiven, around a word any
    dressing.

    ## Reward
    1 when the code gives the right result on every hidden table, or the word is right, else 0. Any way of writing a query
    counts that gives the same rows.

    ## Feedback
    Django's own traceback, or the first case that fails with what was expected and what came.

    ## Levels
    0: one expression, one line of a template, names and numbers. 1: functions with Q, F and aggregates, forms, JSON views,
    routes with converters, templates with loops.

    ## Pools
    ``eval``: 90 items.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.1 (a constant, an echo, the answer to another item); the oracle earns 1.

    ## Origin
    Written for this suite after Django's documentation; templates drawn by seed.
    """

    name = "Probe-Django-v0"
    floors = (0.1, 0.1)
    longest = 200
    django = django.get_version()

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        makers: list[Callable[[Draw], Item]] = [partial(_item, template) for template in (EASY, HARD)[level]]
        return generate(seed, ITEMS, makers)

    def form(self, item: Item) -> str:
        return "code" if item.payload else "words"

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        if item.payload is None:
            return super().judge(item, answer, draw)
        task: Task = item.payload
        if len(answer) > MAX_CHARS:
            return malformed(f"The answer has {len(answer):,} characters; a few lines were asked for.", show(item, draw))
        written = _READERS[task.wrap](answer)
        if not written:
            return malformed(
                draw.choice(("The answer is empty.", "There is no code to run.", "Nothing was written.")), show(item, draw)
            )
        fault = _unrun(task, written)
        if fault:
            return malformed(fault, show(item, draw))
        program = Program("python", _wrapped(task, written), around=AROUND)
        for place, (given, expected) in enumerate(task.cases):
            result = run(program, [Call(f"app.check:{task.function}", given)], LIMITS).results[0]
            if result.status == "failed":
                return failed("The sandbox could not run the code.")
            if result.status != "ok" or not same(expected, result.value):
                complaint = _complaint(task, result, expected, draw)
                grade = malformed(complaint, show(item, draw)) if result.status == "syntax" else wrong(item, "", draw, complaint)
                return Grade(0.0, grade.outcome, grade.feedback, {"right": 0.0, "cases": place / len(task.cases)})
        return right(draw)


_PHRASES = {
    "expression": "Write {spec}. Answer with the expression only.",
    "template": "Write {spec}. Answer with the template code only.",
    "code": "With Django, write {spec}. Models and what you need of Django are imported. Answer with the code only.",
}


def _item(template: Callable[[Draw], Task | ReadItem], draw: Draw) -> Item:
    made = template(draw)
    if isinstance(made, ReadItem):
        return Item(made.prompt, made.answer, made.accepted)
    phrase = _PHRASES[made.wrap]
    query = "the Django query for " if made.function in ("rows", "ordered", "full") else ""
    spec = query + made.spec
    return Item(" ".join(filter(None, (made.fields, phrase.format(spec=spec)))), made.solution, payload=made)


def _unrun(task: Task, written: str) -> str:
    """Why an answer need not be run: it is no Python, or it does not define what was asked for."""
    if task.wrap == "template":
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(f"(\n{written}\n)" if task.wrap == "expression" else written)
    except SyntaxError as odd:
        message = (odd.msg or "invalid syntax").partition(" (detected at line")[0]
        return f"Python cannot read it: {quoted(message)}."
    except (ValueError, RecursionError, MemoryError):
        return "Python cannot read it: it is too deeply nested or holds what no source may hold."
    if task.wrap == "expression" or task.name in {name for node in tree.body for name in _defined(node)}:
        return ""
    return f"It defines no {task.name}."


def _defined(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    return [target.id for target in node.targets if isinstance(target, ast.Name)] if isinstance(node, ast.Assign) else []


def _expression(answer: str) -> str:
    """An expression: the first reading of an answer that is Python and more than a string."""
    return fitting(readings(answer), _is_expression)


def _is_expression(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(f"(\n{text}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not isinstance(tree.body, ast.Constant)


#: How an answer is read, by what is asked for; template code keeps its own full stops.
_READERS: dict[str, Callable[[str], str]] = {"code": code, "expression": _expression, "template": unwrap}


def _wrapped(task: Task, written: str) -> str:
    """The answer as a module."""
    if task.wrap == "expression":
        return f"{_BEFORE}{written}\n)"
    return f"answer = {written!r}" if task.wrap == "template" else written


def _complaint(task: Task, result: Result, expected: Any, draw: Draw) -> str:
    """Django's traceback, in the lines of the answer, or what came and what was expected."""
    error = result.error
    if result.status == "syntax" and error:
        return draw.choice(
            ("Python cannot read it: {message}.", "Syntax error: {message}.", "That is not Python: {message}.")
        ).format(message=quoted(error.message))
    if result.status == "exception" and error:
        trace = error.trace or f"{error.name}: {quoted(error.message)}"
        if task.wrap == "expression":
            trace = _OWN_LINE.sub(lambda line: f"{line[1]}{int(line[2]) - _BEFORE.count(chr(10))}, in <module>", trace)
        return draw.choice(("It stops with:\n{message}", "Running it gives:\n{message}", "The console says:\n{message}")).format(
            message=trace
        )
    if result.status != "ok":
        return draw.choice(
            ("It was stopped: {message}.", "It did not end well: {message}.", "It never came back: {message}.")
        ).format(message=error.message if error else result.status)
    got, wanted = quoted(repr(result.value)), quoted(repr(expected))
    return draw.choice(
        (
            "On one table it gives {got}; expected was {wanted}.",
            "Expected {wanted}, got {got}.",
            "One case fails: {got} came and {wanted} was expected.",
        )
    ).format(got=got, wanted=wanted)
