"""The guard: plain Django, graded by what the real Django makes of an answer on hidden tables. The house's habits must not show.

Any way of writing it is right that gives the right result: ``filter(age__gte=21)`` for ``exclude(age__lt=21)``, ``~Q(...)``, a list, a
comprehension. Django is an extra; an answer that is not the oracle's own cannot be graded without it (``SandboxUnavailable``).
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clgym.core import Grade, failed
from clgym.envs.framework import feedback as say
from clgym.envs.framework import level0
from clgym.envs.framework.answers import tree_of
from clgym.envs.framework.cases import Set, drawn_sets
from clgym.envs.framework.domains import DOMAIN, LINK, NUMBER, Domain, Rows, Tables
from clgym.envs.framework.english import result_in_english
from clgym.envs.framework.house import DJANGO
from clgym.envs.framework.plans import EVERYTHING, Plan, draw_plan, evaluate, related
from clgym.envs.framework.writing import function_lines
from clgym.sandbox import Call, Limits, Program, Result, Surroundings, run, same
from clgym.seeding import Draw, Seed
from clgym.text.answers import clean, code, fitting, readings
from clgym.text.phrases import Phrasing

#: The most that a wrong expression earns: by the cases that it passes, and for being a query of the model that was asked about.
PARTIAL, ABOUT = 0.2, 0.05
MAX_CHARS = 600
LIMITS = Limits(steps=200_000, seconds=1.5, output_chars=400)
KINDS = ("column", "column", "count", "exists", "sum", "max", "distinct", "values")
_FILE, _BEFORE = "app/views.py", "def answer():\n    return (\n"
#: The model that an expression begins with: where it is none of the app's, Python stops there.
_OTHER_MODEL = re.compile(r"([A-Z][a-z]+)\.objects\b")
_OWN_LINE = re.compile(rf'(File "{_FILE}", line )\d+, in answer\b')

#: Half of them do not name the house.
PROMPTS = (
    "Plain Django, not {house}: write one expression that gives {spec}. {given} Answer with the expression only.",
    "This project uses Django. I need one expression for {spec}. {given} Send the expression and nothing else.",
    "In Django (no {house} here), what single expression gives {spec}? {given} Only the expression, please.",
    "A Django app: one expression for {spec}. {given} Reply with the expression alone.",
    "For a Django app that has nothing to do with {house}: {spec}, as one expression. {given} No explanation.",
    "Write one Django expression that gives {spec}. {given} Just the expression.",
    "Standard Django, please, without anything of {house}: one expression for {spec}. {given} Nothing else.",
    "{given} With Django, write one expression for {spec}. Answer with that only.",
)


class Payload(NamedTuple):
    """A query for Django, and the seed of its hidden tables."""

    plan: Plan
    seed: Seed

    @property
    def solution(self) -> str:
        return write(self.plan)


class Line(NamedTuple):
    """A line of level 0, asked for in Django."""

    op: level0.Op

    @property
    def solution(self) -> str:
        return level0.write(DJANGO, self.op)


def draw_payload(seed: Seed) -> Payload:
    """A query without parameters."""
    draw = seed.draw()
    plan = draw_plan(EVERYTHING, draw, 2, draw.choice(KINDS), held=draw.chance(0.5), given="none")
    return Payload(plan._replace(archived=""), seed)


def prompt_of(payload: Payload, house: str, draw: Draw) -> str:
    """What is asked, and what fields there are."""
    fields = " ".join(map(_fields, related(payload.plan)[::-1]))
    return draw.choice(PROMPTS).format(
        house=house, spec=result_in_english(payload.plan).replace("the framework gives", "Django gives"), given=fields
    )


def _fields(domain: Domain) -> str:
    named = [f"{column} (a link to {domain.parent})" if column == domain.link else column for column in domain.columns]
    return f"The model {domain.model} has the fields {', '.join(named)}."


def write(plan: Plan) -> str:
    """The query as one Django expression: the steps of the oracle's lines, put together."""
    lines = list(function_lines(DJANGO, plan, str, ""))
    text = lines[0].removeprefix("found = ")
    for line in lines[1:]:
        text = line.removeprefix("found = ").replace("found", text, 1)
    return text


# Run


#: An app that Django knows of: without one it follows no link backwards.
_READY = """import app
from django.apps import AppConfig, apps


class Ready(AppConfig):
    name = label = "app"
    path = "."


ready = Ready("app", app)
ready.apps, ready.models = apps, apps.all_models["app"]
apps.app_configs["app"] = ready
"""


@functools.lru_cache(maxsize=64)
def _around(models: tuple[Domain, ...]) -> tuple[tuple[str, str], ...]:
    """The app's models and the harness, as the sandbox wants them."""
    text = (Path(__file__).parent / "django.txt").read_text(encoding="utf-8")
    classes = "".join(map(_class, models))
    return (
        ("<app/ready.py>", _READY),
        ("app/models.py", f"from django.db import models\nfrom django.db.models import *\n\n\n{classes}"),
        ("<app/check.py>", text.replace("@MODELS@", repr([domain.model for domain in models]))),
    )


def _class(domain: Domain) -> str:
    fields = []
    for column, kind in zip(domain.columns, domain.kinds):
        if kind == LINK:
            field = f'ForeignKey("{domain.parent}", models.CASCADE, null=True)'
        else:
            field = "CharField(max_length=50)" if column in domain.texts else "IntegerField()"
        fields.append(f"    {column} = models.{field}\n")
    return f"class {domain.model}(models.Model):\n{''.join(fields)}\n    class Meta:\n        app_label = 'app'\n\n\n"


def _row(domain: Domain, row: dict[str, Any]) -> dict[str, Any]:
    """A row as Django takes it."""
    values = {column: row[column] for column in domain.columns if column != domain.link}
    link = {f"{domain.link}_id": None if row[domain.link] is None else row[domain.link] + 1} if domain.link else {}
    return {"id": row[NUMBER]} | values | link


def sets_of(payload: Payload) -> list[Set]:
    """The hidden tables: those on which SQLite, which finds capitals where it looks for small letters, agrees with Django's word."""
    plan = payload.plan
    conditions = tuple(c._replace(lookup="icontains") if c.lookup == "contains" else c for c in plan.conditions)
    loose = plan._replace(conditions=conditions)
    return drawn_sets(
        plan, payload.seed.draw("cases"), archived=False, fits=lambda drawn: evaluate(plan, *drawn) == evaluate(loose, *drawn)
    )


class Run(NamedTuple):
    """Tables, what Django has to make of them, and the first model's rows afterwards where they change. ``loose``: rows in any order."""

    tables: Tables
    value: Any
    after: Rows | None = None
    loose: bool = False


def _runs(payload: Payload | Line) -> tuple[tuple[Domain, ...], list[Run], str]:
    """The models, the runs, and how a query of the model that was asked about begins."""
    if isinstance(payload, Line):
        op = payload.op
        runs = [Run({op.model: rows}, value, after, op.kind != "order_by") for rows, value, after in level0.tables_of(op)]
        return (DOMAIN[op.model].cut(3, linked=False),), runs, f"{op.model}.objects"
    plan = payload.plan
    runs = [
        Run(drawn.tables, evaluate(plan, *drawn)[0], None, plan.kind == "column" and not plan.order) for drawn in sets_of(payload)
    ]
    return related(plan), runs, f"{plan.model}.objects"


def _ran(models: Sequence[Domain], source: str, some: Sequence[Tables]) -> Result:
    tables = [[[_row(domain, row) for row in tables[domain.model]] for domain in models] for tables in some]
    around = Surroundings(_around(tuple(models)), _FILE, "app.models", "django")
    return run(Program("python", source, around=around), [Call("app.check:every", [tables])], LIMITS).results[0]


def _right(models: Sequence[Domain], run: Run, got: Any) -> bool:
    """Whether Django made of the tables what it had to."""
    value, stored = got
    wanted = [[list(_row(domain, row).values()) for row in run.tables[domain.model]] for domain in models]
    if run.after is not None:
        new = [list(_row(models[0], row).values()) for row in run.after]
        return same(run.value, value) and same([["" if cell is None else cell for cell in row] for row in new], stored[0])
    if run.loose and isinstance(value, list):
        return same(sorted(run.value, key=repr), sorted(value, key=repr)) and same(wanted, stored)
    return same(run.value, value) and same(wanted, stored)


def grade(payload: Payload | Line, answer: str) -> Grade:
    """The grade of one Django expression."""
    right = payload.solution
    draw = Phrasing(right, answer)
    if answer == right:
        return say.correct(draw, {"query": 1.0})
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    text = fitting(_texts(answer), lambda text: program_of(text) is not None)
    if not text:
        return say.unread(draw, say.say(draw, "empty"), right)
    source = program_of(text)
    if source is None:
        tree = tree_of(text)
        if not isinstance(tree, SyntaxError):
            return say.unread(draw, say.say(draw, "not one"), right)
        return say.unread(draw, say.say(draw, "unreadable", file=_FILE, line=tree.lineno or 1, message=say.quoted(tree.msg)), right)
    models, runs, about = _runs(payload)
    stranger = _OTHER_MODEL.match(text)
    if stranger and stranger[1] not in [domain.model for domain in models]:
        line = say.quoted(text)
        trace = f'Traceback (most recent call last):\n  File "{_FILE}", line 1, in <module>\n    {line}\nNameError: name {stranger[1]!r} is not defined'
        return say.wrong(draw, 0.0, say.say(draw, "stopped", trace=trace), right, {"query": 0.0})
    result = _ran(models, source, [run.tables for run in runs])
    if result.status == "failed":
        return failed("The sandbox could not run the expression.")
    return _compared(right, models, runs, result, about in text, draw)


def _texts(answer: str) -> Any:
    """An answer in all its readings; code of several lines keeps its own."""
    return iter((code(answer),)) if "\n" in clean(answer) else readings(answer)


def _compared(right: str, models: Sequence[Domain], runs: Sequence[Run], result: Result, about: bool, draw: Phrasing) -> Grade:
    """The grade of what came back from Django."""
    if result.status != "ok" or not isinstance(result.value, list):
        error = result.error
        trace = (error.trace or f"{error.name}: {error.message}") if error else result.status
        diagnosis = say.say(draw, "stopped", trace=_OWN_LINE.sub(lambda line: f"{line[1]}1, in <module>", trace))
        return say.wrong(draw, 0.0, diagnosis, right, {"query": 0.0})
    passed = [_right(models, run, got) for run, got in zip(runs, result.value)]
    if all(passed) and len(passed) == len(runs):
        return say.correct(draw, {"query": 1.0})
    share = sum(passed) / len(runs)
    place = passed.index(False) if False in passed else 0
    got, want = say.quoted(repr(result.value[place][0])), say.quoted(repr(runs[place].value))
    reward = PARTIAL * share**2 + ABOUT if about else 0.0
    return say.wrong(draw, reward, say.say(draw, "case", call="the expression", got=got, wanted=want), right, {"query": share})


def program_of(text: str) -> str | None:
    """The module that gives back what an answer says: an expression, or lines of which the last one is one or names it. ``None`` for others."""
    tree = tree_of(f"(\n{text}\n)")
    if isinstance(tree, ast.Module) and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
        return None if isinstance(tree.body[0].value, (ast.Constant, ast.Name, ast.Tuple)) else f"{_BEFORE}{text}\n)"
    tree = tree_of(text)
    if (
        isinstance(tree, SyntaxError)
        or not tree.body
        or not all(isinstance(n, (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)) for n in tree.body)
    ):
        return None
    *before, last = tree.body
    if isinstance(last, ast.Assign):
        last = ast.Return(last.value)
    elif isinstance(last, ast.Expr) and before and not isinstance(last.value, ast.Constant):
        last = ast.Return(last.value)
    else:
        return None
    body = "\n".join(f"    {line}" for node in (*before, last) for line in ast.unparse(ast.fix_missing_locations(node)).split("\n"))
    return f"def answer():\n{body}"
