"""The guard above level 0: plain Django, compared as syntax trees. The house's habits must not show.

Without the extra there is no Django to run, so what is compared is what the query says: the same steps in any order that
means the same.
"""

from __future__ import annotations

import ast
from typing import Any

from clgym.core import Grade
from clgym.envs.framework import feedback as say
from clgym.envs.framework.house import DJANGO
from clgym.envs.framework.level0 import parse
from clgym.envs.framework.plans import Plan
from clgym.envs.framework.writing import arguments, key, sorted_column
from clgym.text.answers import fitting, readings
from clgym.text.phrases import Phrasing

PARTIAL = 0.3
MAX_CHARS = 600

PROMPTS = (
    "Plain Django, not {house}: write one expression that gives {spec}. {given} Answer with the expression only.",
    "This project uses Django and not {house}. I need one expression for {spec}. {given} Send the expression and nothing else.",
    "In Django (no {house} here), what single expression gives {spec}? {given} Only the expression, please.",
    "Not {house} this time but Django: one expression for {spec}. {given} Reply with the expression alone.",
    "For a Django app that has nothing to do with {house}: {spec}, as one expression. {given} No explanation.",
    "We left {house} for Django here. Write one expression that gives {spec}. {given} Just the expression.",
    "Standard Django, please, without anything of {house}: one expression for {spec}. {given} Nothing else.",
    "{given} With Django, not with {house}, write one expression for {spec}. Answer with that only.",
)


def write(plan: Plan) -> str:
    """The query as one Django expression."""
    parts = [f"{plan.domain.model}.objects"]
    for c in plan.conditions:
        value = repr(c.value) if not isinstance(c.value, str) else f'"{c.value}"'
        parts.append(f".{'filter' if c.keep else 'exclude'}({arguments(DJANGO, [(key(DJANGO, c.column, c.lookup), value)])})")
    if plan.order:
        parts.append(f".order_by({', '.join(sorted_column(DJANGO, column, down) for column, down in plan.order)})")
    parts.append({"column": f'.values_list("{plan.column}", flat=True)', "count": ".count()", "exists": ".exists()"}[plan.result])
    return "".join(parts) + (f"[:{plan.limit}]" if plan.limit else "")


Step = tuple[Any, ...]


def steps(tree: ast.expr) -> list[Step] | None:
    """A chain of calls on ``Model.objects`` as steps; ``None`` where it is something else."""
    chain: list[Step] = []
    while True:
        if isinstance(tree, ast.Subscript) and isinstance(tree.slice, ast.Slice):
            chain.append(
                (
                    "slice",
                    ast.dump(tree.slice.lower) if tree.slice.lower else "",
                    ast.dump(tree.slice.upper) if tree.slice.upper else "",
                )
            )
            tree = tree.value
        elif isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute):
            given = [ast.dump(argument) for argument in tree.args]
            named = sorted((word.arg or "", ast.dump(word.value)) for word in tree.keywords)
            chain += _call(tree.func.attr, given, named)
            tree = tree.func.value
        elif isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
            chain.append(("model", tree.value.id, tree.attr))
            return sorted(chain, key=repr)  # conditions, order and columns mean the same in any sequence
        else:
            return None


def _call(name: str, given: list[str], named: list[tuple[str, str]]) -> list[Step]:
    """One call; several conditions of a filter are several steps, ``all`` is none."""
    if name == "all" and not given and not named:
        return []
    if name == "filter" and not given:
        return [("filter", word.removesuffix("__exact"), value) for word, value in named]
    return [(name, *given, *((word.removesuffix("__exact"), value) for word, value in named))]


def _readable(text: str) -> bool:
    """Whether a text is Python and more than a string."""
    tree = parse(text)
    return not isinstance(tree, (SyntaxError, ast.Constant))


def grade(plan: Plan, answer: str) -> Grade:
    """The grade of one Django expression."""
    right = write(plan)
    draw = Phrasing(right, answer)
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    text = fitting(readings(answer), _readable)
    if not text:
        return say.unread(draw, say.say(draw, "empty"), right)
    tree = parse(text)
    if isinstance(tree, SyntaxError):
        return say.unread(
            draw, say.say(draw, "unreadable", line=tree.lineno or 1, message=say.quoted(tree.msg or "invalid syntax")), right
        )
    try:
        chain, wanted = steps(tree), steps(parse(right))  # type: ignore[arg-type]
    except RecursionError:
        chain, wanted = None, None
    if chain is None or wanted is None:
        return say.unread(draw, say.say(draw, "not one"), right)
    if chain == wanted:
        return say.correct(draw, {"query": 1.0})
    share = _share(chain, wanted)
    return say.wrong(draw, PARTIAL * share**2, _diagnosis(chain, draw), right, {"query": share})


def _share(chain: list[Step], wanted: list[Step]) -> float:
    """How much of the query is there; nothing where it does not begin with the model's ``objects``."""
    if next(step for step in wanted if step[0] == "model") not in chain:
        return 0.0
    both = sum(step in wanted for step in chain)
    return both / max(len(chain), len(wanted))


def _diagnosis(chain: list[Step], draw: Phrasing) -> str:
    """The name that Django does not have, or that the query is another one."""
    known = {
        "filter",
        "exclude",
        "get",
        "order_by",
        "values_list",
        "values",
        "first",
        "last",
        "count",
        "exists",
        "slice",
        "model",
        "reverse",
        "distinct",
        "aggregate",
        "all",
        "annotate",
        "create",
    }
    model = next(step for step in chain if step[0] == "model")
    if model[2] != "objects":
        error = f"AttributeError: type object '{say.quoted(model[1])}' has no attribute '{say.quoted(model[2])}'"
        return say.say(draw, "stopped", file="app/views.py", trace=error)
    strange = next((step[0] for step in chain if step[0] not in known), None)
    if strange:
        return say.say(
            draw,
            "stopped",
            file="app/views.py",
            trace=f"AttributeError: 'QuerySet' object has no attribute '{say.quoted(strange)}'",
        )
    return say.say(draw, "nothing")
