"""Grading above level 0: the answer is run in the sandbox against the framework, on hidden tables."""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator
from typing import Any

from clgym.core import Grade, failed
from clgym.envs.framework import feedback as say
from clgym.envs.framework.catalogue import SLOTS
from clgym.envs.framework.house import House
from clgym.envs.framework.library import modules
from clgym.envs.framework.lint import GUESSES, guessed, linted
from clgym.envs.framework.tasks import Case, Task
from clgym.sandbox import Call, Limits, Program, Result, Surroundings, run, same
from clgym.text.answers import code
from clgym.text.phrases import Phrasing

FILE = "app/views.py"
LIMITS = Limits(steps=200_000, seconds=1.0, output_chars=400)
MAX_CHARS = 8_000
#: The most that a wrong program earns: for the framework's words that it uses, and for the cases that it passes.
WORDS, CASES = 0.25, 0.25
#: What a program earns that is right but asks the framework for nothing but all rows.
BY_HAND = 0.5
#: How many functions that nothing uses an answer may bring along.
SPARE = 2


@functools.lru_cache(maxsize=512)
def _tree(source: str) -> ast.Module | SyntaxError:
    """The program's tree, or what is wrong with it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as odd:
        return odd
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return SyntaxError("too deeply nested or not readable")


def words(house: House) -> frozenset[str]:
    """The framework's own words."""
    return frozenset(house[slot.name] for slot in SLOTS if slot.group == "words" and house[slot.name] != slot.django)


def _attributes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


@functools.lru_cache(maxsize=512)
def _needed(house: House, solution: str) -> frozenset[str]:
    return frozenset(_attributes(ast.parse(solution))) & words(house)


def likeness(house: House, task: Task, tree: ast.Module) -> float:
    """How many of the words that a right answer uses the answer has, less for words of the framework (or
    methods) that it has no use for."""
    needed = _needed(house, task.solution)
    used = frozenset(_attributes(tree)) & (
        words(house) | frozenset(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    )
    known = frozenset(_attributes(ast.parse(task.solution)))
    return len(used & needed) / len(needed | (used - known)) if needed else 0.0


def _unused(tree: ast.Module, names: tuple[str, ...]) -> list[str]:
    """Functions that neither the task nor another part of the program names."""
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | set(names)
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name not in named]


def grade(house: House, task: Task, answer: str) -> Grade:
    """Run an answer on every case of its task."""
    draw, right = Phrasing(task.prompt, answer), task.solution
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    source = code(answer)
    if not source.strip():
        return say.unread(draw, say.say(draw, "empty"), right)
    tree = _tree(source)
    if isinstance(tree, SyntaxError):
        return say.unread(
            draw, say.say(draw, "unreadable", line=tree.lineno or 1, message=say.quoted(tree.msg or "invalid syntax")), right
        )
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))} | {
        target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)
    }
    bad = linted(tree)
    if bad:
        return say.wrong(
            draw, 0.0, say.say(draw, "lint", line=bad[0], word=say.quoted(bad[1])), right, {"cases": 0.0, "words": 0.0}
        )
    spare = _unused(tree, task.names)
    if len(spare) > SPARE:
        return say.unread(draw, say.say(draw, "library", count=len(spare), name=say.quoted(spare[0])), right)
    absent = next((name for name in task.names if name not in defined), None)
    if absent:
        return say.wrong(draw, 0.0, say.say(draw, "missing", file=FILE, name=absent), right, {"cases": 0.0, "words": 0.0})
    program = Program("python", source, around=Surroundings(modules(house.switched(task.on)), FILE, "app.models"))
    if _pass_together(program, task.cases):
        return _worked(house, task, tree, draw)
    results = run(program, [_call(case) for case in task.cases], LIMITS).results
    if any(result.status == "failed" for result in results):
        return failed("The sandbox could not run the program.")
    passed = [_passes(result, case) for result, case in zip(results, task.cases)]
    known = likeness(house, task, tree)
    parts = {"cases": sum(passed) / len(passed), "words": known}
    if all(passed):  # each in a fresh process, though not one after the other
        return _worked(house, task, tree, draw)
    place = passed.index(False)
    result, failing = results[place], task.cases[place]
    reward = WORDS * known + CASES * (parts["cases"] ** 2 if known else 0.0)
    return say.wrong(draw, reward, _complaint(draw, result, failing), right, parts)


def _worked(house: House, task: Task, tree: ast.Module, draw: Phrasing) -> Grade:
    """The grade of a program whose results are right: it must know the framework's words, and the framework must have chosen
    and sorted the rows, not a loop."""
    used, right = frozenset(_attributes(tree)), frozenset(_attributes(ast.parse(task.solution)))
    known = likeness(house, task, tree)
    parts = {"cases": 1.0, "words": known}
    tried = guessed(house, tree, right)
    if len(tried) >= GUESSES:
        diagnosis = say.say(draw, "guesses", one=tried[0], other=tried[1], house=house.name)
        return say.wrong(draw, WORDS * known, diagnosis, task.solution, parts)
    if not known:  # all without a word of the framework: nothing was learned
        return say.wrong(draw, 0.0, say.say(draw, "by hand"), task.solution, parts)
    for slots in (("filter", "exclude", "get"), ("order_by",)):
        mine = {house[slot] for slot in slots}
        if mine & right and not mine & used:
            return say.wrong(draw, BY_HAND, say.say(draw, "by hand"), task.solution, parts)
    return say.correct(draw, {"cases": 1.0, "words": 1.0})


def _call(case: Case) -> Call:
    return Call(f"app.check:{case.function}", case.arguments)


def _pass_together(program: Program, cases: tuple[Case, ...]) -> bool:
    """Whether all cases pass in one process: a right answer takes one fork."""
    listed = [[case.function, case.arguments] for case in cases]
    (whole,) = run(program, [Call("app.check:every", [listed])], LIMITS).results
    return whole.status == "ok" and same([[True, case.expected] for case in cases], whole.value)


def _passes(result: Result, case: Case) -> bool:
    return result.status == "ok" and same(case.expected, result.value)


def _complaint(draw: Phrasing, result: Result, case: Case) -> str:
    """The traceback, or the first case that went wrong."""
    error = result.error
    if result.status == "syntax" and error:
        return say.say(draw, "unreadable", line=error.line or 1, message=say.quoted(error.message))
    if result.status == "exception" and error:
        return say.say(draw, "stopped", file=FILE, trace=error.trace or f"{error.name}: {say.quoted(error.message)}")
    if result.status in say.BANKS:
        return say.say(draw, result.status, call=case.call)
    return say.say(draw, "case", call=case.call, got=say.quoted(_literal(result.value)), wanted=say.quoted(_literal(case.expected)))


def _literal(value: Any) -> str:
    return repr(value)
