"""Grading above level 0: the answer is run in the sandbox against the framework, on hidden tables."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from clgym.core import Grade, failed
from clgym.envs.framework import feedback as say
from clgym.envs.framework.answers import KEPT, files_of, missing, tree_of
from clgym.envs.framework.catalogue import SLOT, SLOTS
from clgym.envs.framework.domains import DOMAIN
from clgym.envs.framework.house import House
from clgym.envs.framework.library import modules
from clgym.envs.framework.lint import GUESSES, guessed, linted
from clgym.envs.framework.specs import ROUTES, VIEWS
from clgym.envs.framework.tasks import Case, Task
from clgym.sandbox import Call, Limits, Program, Result, Surroundings, run, same
from clgym.text.phrases import Phrasing

LIMITS = Limits(steps=200_000, seconds=1.0, output_chars=700)
MAX_CHARS = 8_000
#: The most that a wrong program earns: for the framework's words that it uses, and for the cases that it passes.
WORDS, CASES = 0.25, 0.25
#: What a program earns that is right but chooses or sorts rows by hand.
BY_HAND = 0.5
#: How many functions that nothing uses an answer may bring along.
SPARE = 2
_TOKEN = re.compile(r"[A-Za-z_]\w*")
_NOTHING: Mapping[str, float] = {"cases": 0.0, "words": 0.0}


@functools.lru_cache(maxsize=256)
def vocabulary(house: House) -> frozenset[str]:
    """The framework's own words."""
    return frozenset(house[slot.name] for slot in SLOTS if slot.group == "words" and house[slot.name] != slot.django)


def models_of(task: Task) -> list[str]:
    """The models that a task is about."""
    domain = DOMAIN[task.spec.plan.model]
    names = {
        domain.model,
        domain.parent,
        task.spec.second.model if task.spec.second else "",
        *(other.model for other in DOMAIN.values() if other.parent == domain.model),
    }
    return [domain.model for domain in task.house.schema.domains if domain.model in names]


def columns_of(task: Task) -> dict[str, tuple[str, str]]:
    """The columns that a task could be about: name -> (model, what it holds); the task's own model before its parent."""
    own = task.spec.plan.model
    models = sorted(models_of(task), key=lambda model: model != own, reverse=True)
    return {
        task.house.column(model, column): (model, column) for model in models for column in task.house.schema.own(model).columns
    }


def tokens(text: str, separator: str) -> frozenset[str]:
    """The words in a program, those in texts included, conditions taken apart."""
    whole = frozenset(_TOKEN.findall(text))
    return whole | {part for word in whole if separator in word for part in word.split(separator)}


def likeness(task: Task, source: str) -> float:
    """How many of the words that a right answer uses the answer has, less for words that it has no use for."""
    house = task.here
    known = vocabulary(house) | columns_of(task).keys()
    needed = tokens(task.solution, house["sep"]) & known
    used = tokens(source, house["sep"]) & known
    return len(used & needed) / len(needed | used) if needed else 0.0


def _unused(trees: list[ast.Module], names: set[str]) -> list[str]:
    """Functions that neither the task nor another part of the program names."""
    named = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)} | names
    return [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef) and node.name not in named]


def grade(task: Task, answer: str) -> Grade:
    """Run an answer on every case of its task."""
    draw, right = Phrasing(task.prompt, answer), task.solution
    if answer == right:
        return say.correct(draw, {"cases": 1.0, "words": 1.0})
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    files = files_of(answer, bool(task.spec.view))
    if isinstance(files, str):
        return say.unread(draw, say.say(draw, "no file", line=say.quoted(files)), right)
    if not any(source.strip() for source in files.values()):
        return say.unread(draw, say.say(draw, "empty"), right)
    trees: dict[str, ast.Module] = {}
    for file, source in files.items():
        tree = tree_of(source)
        if isinstance(tree, SyntaxError):
            message = say.quoted(tree.msg or "invalid syntax")
            return say.unread(draw, say.say(draw, "unreadable", file=file, line=tree.lineno or 1, message=message), right)
        trees[file] = tree
    return _read(task, files, trees, draw)


def _read(task: Task, files: dict[str, str], trees: dict[str, ast.Module], draw: Phrasing) -> Grade:
    """The grade of an answer that is Python."""
    right, entries = task.solution, task.spec.entries
    if any(linted(tree) for tree in trees.values()) or _only_prints(trees, entries):
        return say.wrong(draw, 0.0, _looked(task, files, draw), right, _NOTHING)
    kept = next((file for file in files if file in KEPT), None)
    if kept:
        return say.wrong(draw, 0.0, say.say(draw, "kept", file=kept), right, _NOTHING)
    spare = _unused(list(trees.values()), {name for _, name in entries})
    if len(spare) > SPARE:
        return say.unread(draw, say.say(draw, "library", count=len(spare), name=say.quoted(spare[0])), right)
    absent = missing(trees, entries)
    if absent:
        return say.wrong(draw, 0.0, say.say(draw, "missing", file=absent[0], name=absent[1]), right, _NOTHING)
    source = "\n".join(files.values())
    ran = _run(task.here, files, task.cases)
    if ran.failing is None:
        return _worked(task, source, list(trees.values()), draw)
    if ran.failing.status == "failed":
        return failed("The sandbox could not run the program.")
    known = likeness(task, source)
    parts = {"cases": sum(ran.passed) / len(ran.passed), "words": known}
    reward = WORDS * known + CASES * (parts["cases"] ** 2 if known else 0.0)
    complaint = _complaint(task, draw, ran.failing, task.cases[ran.passed.index(False)])
    hint = _hint(task, files, source, ran.ended, draw)
    return say.wrong(draw, reward, " ".join(filter(None, (complaint, hint))), right, parts)


def _only_prints(trees: Mapping[str, ast.Module], entries: tuple[tuple[str, str], ...]) -> bool:
    """Whether an answer prints something and defines nothing that was asked for: somebody looks around."""
    calls = [
        node.value
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    printed = any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)
    return printed and all(missing(trees, (entry,)) for entry in entries)


def _program(house: House, files: Mapping[str, str]) -> Program:
    """An answer as the sandbox wants it: one of its files is the program, the others lie beside it."""
    main = next(file for file in (ROUTES, VIEWS, *files) if file in files)
    others = tuple((file, source) for file, source in files.items() if file != main)
    return Program("python", files[main], around=Surroundings(modules(house), main, "app.models", files=others))


class Ran(NamedTuple):
    """Which cases pass; the first that does not, run alone; whether all cases came to an end."""

    passed: list[bool]
    failing: Result | None
    ended: bool


def _run(house: House, files: Mapping[str, str], cases: tuple[Case, ...]) -> Ran:
    """How a program does. All cases run in one process; where one does not pass there, it runs in one of its own, and so do all where it
    passes then: what one case leaves behind is no other's fault."""
    whole = _whole(house, files, cases)
    program = _program(house, files)
    if whole is not None:
        passed = [same([True, case.expected], got) for case, got in zip(cases, whole)]
        if all(passed):
            return Ran(passed, None, True)
        place = passed.index(False)
        (alone,) = run(program, [_call(cases[place])], LIMITS).results
        if not _passes(alone, cases[place]):
            return Ran(passed, alone, all(isinstance(got, list) and got[:1] == [True] for got in whole))
    results = run(program, list(map(_call, cases)), LIMITS).results
    passed = [_passes(result, case) for result, case in zip(results, cases)]
    failing = next((result for result, passes in zip(results, passed) if not passes), None)
    return Ran(passed, failing, all(result.status == "ok" for result in results))


def _whole(house: House, files: Mapping[str, str], cases: tuple[Case, ...]) -> list[Any] | None:
    """What every case gives in one process, [True, result] or [False, None]; ``None`` where that process did not come to its end."""
    listed = [[case.function, case.arguments] for case in cases]
    (whole,) = run(_program(house, files), [Call("app.check:every", [listed])], LIMITS).results
    return whole.value if whole.status == "ok" and isinstance(whole.value, list) and len(whole.value) == len(cases) else None


def _together(house: House, files: Mapping[str, str], cases: tuple[Case, ...]) -> list[bool]:
    """Which cases pass in one process."""
    whole = _whole(house, files, cases)
    return [same([True, case.expected], got) for case, got in zip(cases, whole)] if whole is not None else [False]


def _call(case: Case) -> Call:
    return Call(f"app.check:{case.function}", case.arguments)


def _passes(result: Result, case: Case) -> bool:
    return result.status == "ok" and same(case.expected, result.value)


def _looked(task: Task, files: Mapping[str, str], draw: Phrasing) -> str:
    """What a program prints that looks around."""
    (result,) = run(_program(task.here, files), [], LIMITS).results
    printed = result.console + (" …" if result.cut else "")
    error = result.error
    trace = (error.trace or f"{error.name}: {say.quoted(error.message)}") if error else ""
    if not printed and not trace:
        return say.say(draw, "looked, nothing")
    return say.say(draw, "looked", printed="\n".join(filter(None, (printed, trace))))


def _worked(task: Task, source: str, trees: list[ast.Module], draw: Phrasing) -> Grade:
    """The grade of a program whose results are right: the framework must have chosen and sorted the rows, not a loop."""
    house, right = task.here, tokens(task.solution, task.here["sep"])
    used, known = tokens(source, house["sep"]), likeness(task, source)
    parts = {"cases": 1.0, "words": known}
    tried = guessed(house, trees, right)
    if len(tried) >= GUESSES:
        diagnosis = say.say(draw, "guesses", one=tried[0], other=tried[1], house=house.name)
        return say.wrong(draw, WORDS * known, diagnosis, task.solution, parts)
    if not known:  # all without a word of the framework: nothing was learned
        return say.wrong(draw, 0.0, say.say(draw, "by hand"), task.solution, parts)
    for slots, others in _BY_QUERY if task.spec.plan.kind != "distinct" else _BY_QUERY[:1]:
        words = {house[slot] for slot in slots}
        if words & right and not (words | others) & used:
            return say.wrong(draw, BY_HAND, say.say(draw, "by hand"), task.solution, parts)
    return say.correct(draw, {"cases": 1.0, "words": 1.0})


#: Queries that choose rows, and that sort them: where a right answer needs one of them, an answer has one, or another word for it.
_BY_QUERY: tuple[tuple[tuple[str, ...], frozenset[str]], ...] = (
    (("filter", "exclude", "get", "get_or_create"), frozenset(("update_or_create", "in_bulk"))),
    (("order_by",), frozenset(("earliest", "latest", "reverse"))),
)


def _complaint(task: Task, draw: Phrasing, result: Result, case: Case) -> str:
    """The traceback, or the first case that went wrong."""
    error = result.error
    if result.status == "syntax" and error:
        return say.say(draw, "unreadable", file=VIEWS, line=error.line or 1, message=say.quoted(error.message))
    if result.status == "exception" and error:
        return say.say(draw, "stopped", trace=error.trace or f"{error.name}: {say.quoted(error.message)}")
    if result.status in say.BANKS:
        return say.say(draw, result.status, call=case.call)
    got, wanted = result.value, case.expected
    if not (isinstance(got, list) and len(got) == 2):
        got = [got, wanted[1]]
    if same(got[0], wanted[0]):
        return say.say(draw, "table", call=case.call, model=task.spec.plan.model)
    return say.say(draw, "case", call=case.call, got=say.quoted(repr(got[0])), wanted=say.quoted(repr(wanted[0])))


def _hint(task: Task, files: Mapping[str, str], source: str, ended: bool, draw: Phrasing) -> str:
    """What a colleague adds: what the columns are that the answer wrongly uses, or the rule that it overlooks."""
    columns = columns_of(task)
    used, needed = tokens(source, task.here["sep"]), tokens(task.solution, task.here["sep"])
    strange = sorted((used & columns.keys()) - needed)[:1]
    if strange:
        return " ".join(say.say(draw, "column is", name=name, model=columns[name][0], column=columns[name][1]) for name in strange)
    if ended:
        slot = next(_overlooked(task, files), "")
        if slot:
            return say.say(draw, "rule", rule=SLOT[slot].sentence(task.here[slot]).replace("{GET}", task.here["GET"]))
    return ""


def _overlooked(task: Task, files: Mapping[str, str]) -> Iterator[str]:
    """The meanings without which the answer would be right: it takes the framework for Django there."""
    drawn = dict(task.here.drawn)
    for slot in SLOTS:
        if slot.group == "semantics" and drawn.get(slot.name, slot.django) != slot.django:
            plain = task.here.without(slot.name)
            if "\n".join(task.written_for(plain)) != task.solution and all(_together(plain, files, task.cases)):
                yield slot.name
