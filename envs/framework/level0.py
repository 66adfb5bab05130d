"""Level 0: one call on a model. What is written as the oracle writes it is known to be right; whatever else can be read is run."""

from __future__ import annotations

import ast
import functools
import re
import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from clgym.core import Grade, failed
from clgym.envs.framework import feedback as say
from clgym.envs.framework.answers import tree_of
from clgym.envs.framework.cases import tables_for
from clgym.envs.framework.domains import DOMAIN, GROUPS, LABEL, LABELS, NUMBER, Rows, rows_of
from clgym.envs.framework.english import quoted_text
from clgym.envs.framework.house import House
from clgym.envs.framework.library import modules, row_names
from clgym.envs.framework.lint import linted
from clgym.envs.framework.running import LIMITS
from clgym.envs.framework.writing import arguments
from clgym.sandbox import Call, Program, Result, Surroundings, run, same
from clgym.sandbox.py_names import nearest
from clgym.seeding import Draw, seed_of
from clgym.text.answers import fitting, readings
from clgym.text.phrases import Phrasing

#: The most that a wrong call earns; the share of it that Django's names earn where the content is right.
PARTIAL, HABIT = 0.75, 0.1
MAX_CHARS = 400
#: Values of each column that level 0 uses, and how often the most frequent column is asked about.
VALUES, MOST = 12, 96
CONDITIONAL = ("filter", "exclude", "get", "create")
FILE = "app/views.py"

#: What the English of a query says, by kind; at level 0. The others have longer prompts.
PROMPTS = {
    "filter": (
        "{house}: all {model} rows whose {column} is {value}.",
        "In {house}, list every {model} with the {column} {value}.",
        "One line of {house}: which {model} rows have {value} as {column}?",
        "{house} query for each {model} whose {column} is {value}, please.",
        "{house}: find the {model} rows with {value} as their {column}.",
        "Write the {house} line for all {model} rows whose {column} is {value}.",
        "How do I get all {model} rows with the {column} {value} in {house}?",
        "We need the {model} rows whose {column} is {value}; one line of {house}.",
    ),
    "exclude": (
        "{house}: all {model} rows whose {column} is not {value}.",
        "In {house}, list every {model} except those with the {column} {value}.",
        "One line of {house}: leave out the {model} rows whose {column} is {value}.",
        "{house} query for each {model} whose {column} is anything but {value}, please.",
        "{house}: find the {model} rows that do not have {value} as their {column}.",
        "Write the {house} line for all {model} rows whose {column} is not {value}.",
        "How do I get all {model} rows but those with the {column} {value} in {house}?",
        "We need the {model} rows whose {column} is not {value}; one line of {house}.",
    ),
    "get": (
        "{house}: the one {model} whose {column} is {value}.",
        "In {house}, give me the single {model} with the {column} {value}.",
        "One line of {house}: exactly one {model} has the {column} {value}; which?",
        "{house} query for the only {model} whose {column} is {value}, please.",
        "{house}: find the only {model} that has {value} as its {column}.",
        "Write the {house} line for the one {model} whose {column} is {value}.",
        "How do I get the single {model} with the {column} {value} in {house}?",
        "We need the one {model} whose {column} is {value}; one line of {house}.",
    ),
    "create": (
        "{house}: add a {model} whose {column} is {value}.",
        "In {house}, create a new {model} with the {column} {value}.",
        "One line of {house}: save a new {model} that has the {column} {value}.",
        "{house} call that adds one {model} with {value} as {column}, please.",
        "{house}: make a new {model} that has {value} as its {column}.",
        "Write the {house} line that adds a {model} whose {column} is {value}.",
        "How do I save a new {model} with the {column} {value} in {house}?",
        "We need a new {model} whose {column} is {value}; one line of {house}.",
    ),
    "order_by": (
        "{house}: all {model} rows sorted by {column}.",
        "In {house}, list every {model} in order of {column}.",
        "One line of {house}: put the {model} rows in order by {column}.",
        "{house} query for each {model}, sorted by {column}, please.",
        "{house}: give the {model} rows in the order of their {column}.",
        "Write the {house} line for all {model} rows sorted by {column}.",
        "How do I sort all {model} rows by {column} in {house}?",
        "We need the {model} rows sorted by {column}; one line of {house}.",
    ),
    "values_list": (
        "{house}: the {column} of every {model} as a list.",
        "In {house}, give me just the {column} values of all {model} rows.",
        "One line of {house}: a list with only the {column} of each {model}.",
        "{house} query for the {column} values of every {model}, please.",
        "{house}: give only the {column} of every {model}, as a list.",
        "Write the {house} line for a list of the {column} of every {model}.",
        "How do I list just the {column} of each {model} in {house}?",
        "We need the {column} of every {model} as a list; one line of {house}.",
    ),
}


class Op(NamedTuple):
    """What a query asks for. ``column`` is in English."""

    kind: str
    model: str
    column: str
    value: str = ""


class Called(NamedTuple):
    """An answer: ``Model.manager.verb(arguments)``."""

    model: str
    manager: str
    verb: str
    positional: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]


def write(house: House, op: Op) -> str:
    """The right line."""
    column = house.column(op.model, op.column)
    if op.kind in CONDITIONAL:
        inside = arguments(house, [(column, quoted_text(op.value))])
    else:
        flat = ", flat=True" if op.kind == "values_list" and house["values_list"] == "values_list" else ""
        inside = f'"{column}"{flat}'
    return f"{op.model}.{house['objects']}.{house[op.kind]}({inside})"


def prompt_of(op: Op, phrasing: int, language: str) -> str:
    """The line that asks for it, in a house or in Django."""
    return PROMPTS[op.kind][phrasing].format(house=language, model=op.model, column=op.column, value=op.value)


def held_kind(kinds: tuple[str, ...], model: str, column: str) -> str:
    """The kind of query in which ``eval`` alone asks for a column: the same in all worlds that have these kinds."""
    return kinds[zlib.crc32(f"{model}.{column}".encode()) % len(kinds)]


def ops(house: House, kinds: tuple[str, ...], draw: Draw) -> dict[str, list[tuple[Op, int]]]:
    """Operations with the number of their phrasing, by pool. ``eval`` has for each column a kind that ``learn`` lacks; the column of
    rank r comes up like 1/r."""
    pools: dict[str, list[tuple[Op, int]]] = {"learn": [], "eval": [], "guard": []}
    for domain, ranks in zip(house.schema.domains, house.schema.ranks):
        for column, rank in zip(domain.columns, ranks):
            count = max(3, MOST // rank)
            for kind in kinds:
                some = draw.shuffled(_all(kind, domain.model, column))
                pool = "eval" if kind == held_kind(kinds, domain.model, column) else "learn"
                pools[pool] += some[:count]
                pools["guard"] += list(some[: max(1, count // 3)])
    return {pool: draw.shuffled(some) for pool, some in pools.items()}


def _all(kind: str, model: str, column: str) -> Iterator[tuple[Op, int]]:
    values = (LABELS if DOMAIN[model].kind(column) == LABEL else GROUPS)[:VALUES] if kind in CONDITIONAL else [""]
    return ((Op(kind, model, column, value), phrasing) for value, phrasing in product(values, range(len(PROMPTS[kind]))))


def parse(text: str) -> ast.expr | SyntaxError:
    """The answer's expression, or what is wrong with it. Never raises."""
    tree = tree_of(text.strip())
    if isinstance(tree, SyntaxError):
        return tree
    single = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
    return tree.body[0].value if single else SyntaxError("one expression was asked for")  # type: ignore[attr-defined]


def readable(text: str) -> bool:
    """Whether a text is an expression, and more than a word or a constant."""
    return not isinstance(parse(text), (SyntaxError, ast.Constant, ast.Name, ast.Tuple))


@functools.lru_cache(maxsize=4096)
def called(text: str) -> Called | SyntaxError | None:
    """An answer as one call on a model; what is wrong with it, or ``None`` where it is something else."""
    tree = parse(text)
    if isinstance(tree, SyntaxError):
        return tree
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and isinstance(tree.func.value, ast.Attribute)):
        return None
    manager = tree.func.value
    if not isinstance(manager.value, ast.Name):
        return None
    try:
        positional = tuple(ast.literal_eval(argument) for argument in tree.args)
        keywords = tuple((word.arg or "", ast.literal_eval(word.value)) for word in tree.keywords)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return Called(manager.value.id, manager.attr, tree.func.attr, positional, keywords)


def loose_parts(call: Called) -> list[Any]:
    """The names and values in a call, in whatever style they come."""
    parts: list[Any] = []
    for name, value in call.keywords:
        parts += [name, value]
    for argument in call.positional:
        if isinstance(argument, dict):
            parts += [part for pair in argument.items() for part in pair]
        else:
            parts += argument if isinstance(argument, (tuple, list)) else [argument]
    return parts


def content(call: Called, op: Op) -> float:
    """How much of what was asked for the call names: the model, the value; less for what nobody asked for."""
    parts = loose_parts(call)
    wanted = [op.value] if op.value else []
    hits = sum(any(isinstance(part, str) and part == want for part in parts) for want in wanted)
    flat = 2 if op.kind == "values_list" and "flat" in dict(call.keywords) else 0
    spare = max(0, len(parts) - len(wanted) - 1 - flat)
    return max(0.0, ((call.model == op.model) + hits) / (1 + len(wanted)) - 0.25 * spare)


def styled(house: House, call: Called, op: Op) -> bool:
    """Whether the arguments have the form that the framework wants, whatever they say."""
    names, given = dict(call.keywords), call.positional
    if op.kind not in CONDITIONAL:
        flat = {"flat": True} if op.kind == "values_list" and house["values_list"] == "values_list" else {}
        return names == flat and len(given) == 1 and isinstance(given[0], str)
    style = house["style"]
    if style == "keywords":
        return not given and len(names) == 1
    if names:
        return False
    if style in ("table", "tuples"):
        return (
            len(given) == 1
            and isinstance(given[0], dict if style == "table" else tuple)
            and len(given[0]) == (1 if style == "table" else 2)
        )
    return len(given) == 2 and all(isinstance(part, str) for part in given) and given[1 if style == "pairs" else 0] == op.value


def grade(house: House, op: Op, right: str, answer: str) -> Grade:
    """The grade of one line."""
    draw = Phrasing(right, answer)
    if answer == right:
        return say.correct(draw, {"content": 1.0, "rules": 1.0})
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    text = fitting(readings(answer), readable)
    if not text:
        return say.unread(draw, say.say(draw, "empty"), right)
    call = called(text)
    if isinstance(call, SyntaxError):
        message = say.quoted(call.msg or "invalid syntax")
        return say.unread(draw, say.say(draw, "unreadable", file=FILE, line=call.lineno or 1, message=message), right)
    if call is not None and repr(call) == repr(called(right)):
        return say.correct(draw, {"content": 1.0, "rules": 1.0})
    error = name_error(house, call) if call is not None else ""
    if error:
        trace = f'Traceback (most recent call last):\n  File "{FILE}", line 1, in <module>\n    {say.quoted(text)}\n{error}'
        return _wrong(house, op, call, right, say.say(draw, "stopped", trace=trace), draw)
    if call is not None and says(house, call) not in (None, op):  # as the oracle writes something else
        return _wrong(house, op, call, right, _another(house, op, call, draw), draw)
    return _run(house, op, call, text, right, draw)


def says(house: House, call: Called) -> Op | None:
    """What a call asks that is written as the oracle would write it; ``None`` where it is written otherwise."""
    domain = next((domain for domain in house.schema.domains if domain.model == call.model), None)
    kind = next((kind for kind in PROMPTS if house[kind] == call.verb), None)
    if domain is None or kind is None or call.manager != house["objects"]:
        return None
    parts = [part for part in loose_parts(call) if isinstance(part, str)]
    column = next((c for c in domain.columns if house.column(domain.model, c) in parts), None)
    if column is None:
        return None
    value = next((part for part in parts if part != house.column(domain.model, column)), "") if kind in CONDITIONAL else ""
    op = Op(kind, domain.model, column, value)
    return op if called(write(house, op)) == call else None


def _wrong(house: House, op: Op, call: Called | None, right: str, diagnosis: str, draw: Phrasing) -> Grade:
    """The grade of a line that is not right: by its content, and by the rules that it keeps."""
    if call is None:
        return say.wrong(draw, 0.0, diagnosis, right, {"content": 0.0, "rules": 0.0})
    column = house.column(op.model, op.column)
    obeyed = [call.manager == house["objects"], call.verb == house[op.kind], column in loose_parts(call)]
    near, formed = content(call, op), styled(house, call, op)
    if op.kind in CONDITIONAL and house["style"] != "keywords":
        obeyed.append(formed)  # a rule of this framework
    elif not formed:
        near *= 0.5  # no rule, only a call that does not say what was asked for
    rules = sum(obeyed) / len(obeyed)
    reward = PARTIAL * near**2 * (HABIT + (1 - HABIT) * rules)
    hint = " ".join(hints(house, op, call, draw))
    return say.wrong(
        draw, min(reward, PARTIAL), " ".join(filter(None, (diagnosis, hint))), right, {"content": near, "rules": rules}
    )


def hints(house: House, op: Op, call: Called, draw: Phrasing) -> Iterator[str]:
    """What a colleague adds of columns that the line names and nobody asked about."""
    if call.model == op.model:
        for column in house.schema.own(op.model).columns:
            name = house.column(op.model, column)
            if column != op.column and name in loose_parts(call):
                yield say.say(draw, "column is", name=name, model=op.model, column=column)


def name_error(house: House, call: Called) -> str:
    """The last line of the traceback of a call whose manager or query the framework does not have; "" where it has both, or lacks the model."""
    domain = next((domain for domain in house.schema.domains if domain.model == call.model), None)
    if domain is None:
        return ""
    if call.manager != house["objects"]:
        names = [house["objects"], house["DoesNotExist"], house["save"], house["id"]]
        names += [house.column(domain.model, column) for column in domain.columns]
        return _no_attribute(f"type object '{domain.model}'", call.manager, sorted(names))
    names = list(row_names(house))
    return "" if call.verb in names else _no_attribute("'RowSet' object", call.verb, names)


def _no_attribute(what: str, name: str, names: list[str]) -> str:
    near = nearest(name, names)
    return f"AttributeError: {what} has no attribute '{say.quoted(name)}'" + (f". Did you mean: '{near}'?" if near else "")


# Run


@functools.lru_cache(maxsize=2048)
def tables_of(op: Op) -> tuple[tuple[Rows, Any, Rows | None], ...]:
    """Tables, and for each what the query gives and, where it adds a row, the rows afterwards."""
    return tuple(_table(op, seed_of("framework", "level 0", op, number).draw()) for number in range(2))


def _table(op: Op, draw: Draw) -> tuple[Rows, Any, Rows | None]:
    domain = DOMAIN[op.model].cut(3, linked=False)
    rows = [row for row in rows_of(domain, draw, 6, archived=False) if row[op.column] != op.value]
    single = draw.integer(0, len(rows) - 1)
    if op.value:
        for place in (single, *(() if op.kind in ("get", "create") else (draw.integer(0, len(rows) - 1),))):
            rows[place][op.column] = op.value
    rows = [row | {NUMBER: place} for place, row in enumerate(rows, 1)]
    fits = [row[NUMBER] for row in rows if row[op.column] == op.value]
    if op.kind == "create":
        new = dict.fromkeys(domain.columns) | {op.column: op.value, "archived": False, NUMBER: len(rows) + 1}
        return rows, len(rows) + 1, [*rows, new]
    given: dict[str, Any] = {
        "filter": fits,
        "exclude": [row[NUMBER] for row in rows if row[NUMBER] not in fits],
        "get": fits[0] if fits else None,
        "order_by": [row[NUMBER] for row in sorted(rows, key=lambda row: row[op.column])],
        "values_list": [row[op.column] for row in rows],
    }
    return rows, given[op.kind], None


def _run(house: House, op: Op, call: Called | None, text: str, right: str, draw: Phrasing) -> Grade:
    """The grade of a line by what it does."""
    if not readable(text):
        return say.unread(draw, say.say(draw, "not one"), right)
    expression = parse(text)
    tree = ast.Module([ast.Expr(expression)], [])  # type: ignore[arg-type, list-item]
    if linted(tree) or (
        isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id in ("print", "help")
    ):
        return say.wrong(draw, 0.0, _looked(house, text, draw), right, {"content": 0.0, "rules": 0.0})
    program = Program("python", f"def answer():\n    return (\n{text}\n)", around=Surroundings(modules(house), FILE, "app.models"))
    cases = tables_of(op)
    calls = [
        Call("app.check:row_ids", [tables_for(house, {op.model: rows}), [op.model], "app.views", "answer", []])
        for rows, _, _ in cases
    ]
    results = run(program, calls, LIMITS).results
    if any(result.status == "failed" for result in results):
        return failed("The sandbox could not run the line.")
    if all(_passes(house, op, result, *case) for result, case in zip(results, cases)):
        return say.correct(draw, {"content": 1.0, "rules": 1.0})
    return _wrong(house, op, call, right, _complaint(house, op, call, results[0], draw), draw)


def _passes(house: House, op: Op, result: Result, rows: Rows, value: Any, after: Rows | None) -> bool:
    """Whether a run gave the right rows or values, and left the right table behind."""
    if result.status != "ok":
        return False
    given, (changed,) = result.value
    if after is not None:
        columns = sorted(house.schema.own(op.model).columns, key=lambda column: house.column(op.model, column))
        return same([[row[NUMBER], row["archived"], *(row[column] for column in columns)] for row in after], changed)
    if changed is not None or not isinstance(value, list) or not isinstance(given, list):
        return changed is None and same(value, given)
    if not same(sorted(value), sorted(given, key=repr) if isinstance(value[0] if value else "", str) else _sorted(given)):
        return False
    if op.kind != "order_by":
        return True  # in whatever order: none was asked for
    cells = {row[NUMBER]: row[op.column] for row in rows}
    listed = [cells[number] for number in given]
    return listed == sorted(listed)


def _sorted(given: list[Any]) -> list[Any]:
    return sorted(given) if all(type(item) is int for item in given) else given


_OWN_LINE = re.compile(rf'(File "{FILE}", line )\d+, in answer\b')


def _looked(house: House, text: str, draw: Phrasing) -> str:
    """What a line prints that looks around, or what it is."""
    shown = text if text.startswith(("print(", "help(")) else f"print({text})"
    (result,) = run(Program("python", shown, around=Surroundings(modules(house), FILE, "app.models")), [], LIMITS).results
    error = result.error
    trace = (error.trace or f"{error.name}: {say.quoted(error.message)}") if error else ""
    printed = "\n".join(filter(None, (result.console + (" …" if result.cut else ""), trace)))
    return say.say(draw, "looked", printed=printed) if printed else say.say(draw, "looked, nothing")


def _complaint(house: House, op: Op, call: Called | None, result: Result, draw: Phrasing) -> str:
    """The traceback; or, where it runs, what it does instead of what was asked for."""
    error = result.error
    if result.status == "exception" and error:
        trace = _OWN_LINE.sub(r"\g<1>1, in <module>", error.trace) if error.trace else f"{error.name}: {say.quoted(error.message)}"
        return say.say(draw, "stopped", trace=trace)
    if result.status != "ok":
        return say.say(draw, result.status, call="the line") if result.status in say.BANKS else say.say(draw, "nothing")
    return say.say(draw, "nothing") if call is None else _another(house, op, call, draw)


def _another(house: House, op: Op, call: Called, draw: Phrasing) -> str:
    """What a line asks about that runs and is not what was asked for."""
    if call.model != op.model:
        return say.say(draw, "model", given=call.model)
    if call.verb != house[op.kind]:
        return say.say(draw, "verb", given=call.verb, house=house.name)
    if house.column(op.model, op.column) not in loose_parts(call):
        return say.say(draw, "column")
    return say.say(draw, "value")
