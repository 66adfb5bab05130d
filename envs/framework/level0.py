"""Level 0: one call on a model, compared as a syntax tree; nothing is run."""

from __future__ import annotations

import ast
import functools
import warnings
from typing import Any, NamedTuple

from clgym.core import Grade
from clgym.envs.framework import feedback as say
from clgym.envs.framework.catalogue import DESCENDING
from clgym.envs.framework.domains import DOMAINS, Domain
from clgym.envs.framework.house import House
from clgym.envs.framework.writing import arguments, quoted_text
from clgym.seeding import Draw
from clgym.text.answers import fitting, readings
from clgym.text.phrases import Phrasing

#: The most that a wrong call earns; the share of it that Django's names earn where the content is right.
PARTIAL, HABIT = 0.75, 0.1
MAX_CHARS = 400
#: Values of each text column that level 0 uses.
VALUES = 6
CONDITIONAL = ("filter", "exclude", "get", "create")

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
    """What a query asks for."""

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
    if op.kind in CONDITIONAL:
        inside = arguments(house, [(op.column, quoted_text(op.value))])
    else:
        flat = ", flat=True" if op.kind == "values_list" and house["values_list"] == "values_list" else ""
        inside = f'"{op.column}"{flat}'
    return f"{op.model}.{house['objects']}.{house[op.kind]}({inside})"


def ops(kinds: tuple[str, ...], draw: Draw) -> dict[str, list[tuple[Op, int]]]:
    """Operations with the number of their phrasing, by pool: combinations are held out, never a word that ``learn`` lacks.

    As many of each kind, so that no answer's form is worth more than another.
    """
    by_pool: dict[str, list[list[Op]]] = {"learn": [], "eval": [], "guard": []}
    for place, kind in enumerate(kinds):
        split = _conditions(kind, place) if kind in CONDITIONAL else _columns(kind, place)
        for pool, some in split.items():
            by_pool[pool].append(draw.shuffled(some))
    return {pool: _balanced(by_kind) for pool, by_kind in by_pool.items()}


def _balanced(by_kind: list[list[Op]]) -> list[tuple[Op, int]]:
    """The kinds in turn; every combination once before any comes again in another phrasing."""
    phrasings = len(PROMPTS["filter"])
    rounds = [[(op, (turn + place) % phrasings) for turn in range(phrasings) for place, op in enumerate(some)] for some in by_kind]
    return [pair for several in zip(*rounds) for pair in several]


def _conditions(kind: str, place: int) -> dict[str, list[Op]]:
    """Per text column one value for ``eval`` and one for ``guard``, others for each kind, so that every value is learned."""
    split: dict[str, list[Op]] = {"learn": [], "eval": [], "guard": []}
    for domain in DOMAINS:
        for column, values in ((domain.label, domain.labels[:VALUES]), (domain.group, domain.groups[:VALUES])):
            for number, value in enumerate(values):
                pool = {0: "eval", 1: "guard"}.get((number - 2 * place) % VALUES, "learn")
                split[pool].append(Op(kind, domain.model, column, value))
    return split


def _columns(kind: str, place: int) -> dict[str, list[Op]]:
    """Per model one text column for ``eval``, which conditions use too, another column for ``guard``."""
    split: dict[str, list[Op]] = {"learn": [], "eval": [], "guard": []}
    for number, domain in enumerate(DOMAINS):
        turned = domain.columns[:2] if (number + place) % 2 else domain.columns[1::-1]
        for pool, column in zip(("eval", "guard", "learn", "learn"), (*turned, *domain.columns[2:])):
            split[pool].append(Op(kind, domain.model, column))
    return split


def parse(text: str) -> ast.expr | SyntaxError:
    """The answer's expression, or what is wrong with it. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as odd:
        return odd
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return SyntaxError("invalid syntax")


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


def loose_pairs(call: Called) -> list[tuple[Any, Any]]:
    """The name and value of every condition, in whatever style they come, the likely one first."""
    pairs: list[tuple[Any, Any]] = list(call.keywords)
    flat: list[Any] = []
    for argument in call.positional:
        if isinstance(argument, dict):
            pairs += argument.items()
        elif isinstance(argument, (tuple, list)) and len(argument) == 2:
            pairs.append((argument[0], argument[1]))
        else:
            flat.append(argument)
    return pairs + list(zip(flat[::2], flat[1::2])) + ([(flat[-1], None)] if len(flat) % 2 else [])


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def content(call: Called, op: Op) -> float:
    """How much of what was asked for the call names: the model, the column, the value."""
    given = [part for pair in loose_pairs(call) for part in pair if part is not None]
    wanted = [op.column] + ([op.value] if op.value else [])
    hits = sum(any(_same(want, part) for part in given) for want in wanted)
    spare = max(0, len(given) - len(wanted) - (op.kind == "values_list" and 2))
    return max(0.0, ((call.model == op.model) + hits) / (1 + len(wanted)) - 0.25 * spare)


def styled(house: House, call: Called, op: Op) -> bool:
    """Whether the arguments have the form that the framework wants, whatever they say."""
    names, given = dict(call.keywords), call.positional
    style = house["style"] if op.kind in CONDITIONAL else "one"
    if style == "keywords":
        return not given and len(names) == 1
    if names and not (
        style == "one" and house["values_list"] == "values_list" and op.kind == "values_list" and names == {"flat": True}
    ):
        return False
    if style == "one":
        return len(given) == 1 and isinstance(given[0], str)
    if style == "table":
        return len(given) == 1 and isinstance(given[0], dict) and len(given[0]) == 1
    if style == "tuples":
        return len(given) == 1 and isinstance(given[0], tuple) and len(given[0]) == 2
    if len(given) != 2 or not all(isinstance(part, str) for part in given):
        return False
    return not _same(given[1 if style == "pairs" else 0], op.column)


def grade(house: House, op: Op, right: str, answer: str) -> Grade:
    """The grade of one line. Where plain Django is asked for, the house is Django."""
    draw = Phrasing(right, answer)
    if answer == right:
        return say.correct(draw, {"content": 1.0, "rules": 1.0})
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    text = fitting(readings(answer), lambda text: isinstance(called(text), Called))
    if not text:
        return say.unread(draw, say.say(draw, "empty"), right)
    call = called(text)
    if isinstance(call, SyntaxError):
        message = say.quoted(call.msg or "invalid syntax")
        return say.unread(draw, say.say(draw, "unreadable", line=call.lineno or 1, message=message), right)
    if call is None:
        return say.unread(draw, say.say(draw, "not one"), right)
    obeyed = [call.manager == house["objects"], call.verb == house[op.kind]]
    near, formed = content(call, op), styled(house, call, op)
    if op.kind in CONDITIONAL and house["style"] != "keywords":
        obeyed.append(formed)  # a rule of this framework
    elif not formed:
        near *= 0.5  # no rule, only a call that does not say what was asked for
    rules = sum(obeyed) / len(obeyed)
    if rules == near == 1 and repr(call) == repr(called(right)):
        return say.correct(draw, {"content": 1.0, "rules": 1.0})
    reward = PARTIAL * near**2 * (HABIT + (1 - HABIT) * rules)
    return say.wrong(draw, reward, diagnosis(house, op, call, text, draw), right, {"content": near, "rules": rules})


def diagnosis(house: House, op: Op, call: Called, text: str, draw: Phrasing) -> str:
    """Where Python would stop, in Python's words; or, where it would not, what the call does not say."""
    error = error_of(house, call)
    if error:
        line = " ".join(text.split())
        trace = f'Traceback (most recent call last):\n  File "app/views.py", line 1, in <module>\n    {say.quoted(line)}\n{error}'
        return say.say(draw, "stopped", file="app/views.py", trace=trace)
    if call.verb != house[op.kind]:
        return say.say(draw, "verb", given=call.verb, house=house.name)
    if call.model != op.model:
        return say.say(draw, "model", given=call.model)
    names = _pairs(house, call) if op.kind in CONDITIONAL else [(argument, None) for argument in call.positional]
    if len(names) != 1:
        return say.say(draw, "shape")
    name, value = names[0]
    if name != op.column:
        return say.say(draw, "column", given=say.quoted(name))
    return say.say(draw, "value", given=say.quoted(repr(value))) if op.value else say.say(draw, "shape")


def _pairs(house: House, call: Called) -> list[tuple[Any, Any]]:
    """The conditions as the framework reads them; the call is known to be in its style."""
    style, given = house["style"], call.positional
    if style == "keywords":
        return list(call.keywords)
    if style == "table":
        return list(given[0].items())
    if style == "tuples":
        return list(given)
    return list(zip(given[::2], given[1::2])) if style == "pairs" else list(zip(given[1::2], given[::2]))


def error_of(house: House, call: Called) -> str:
    """The last line of the traceback that this call ends with in this framework; "" where it runs."""
    domain = next((domain for domain in DOMAINS if domain.model == call.model), None)
    if domain is None:
        return f"NameError: name '{say.quoted(call.model)}' is not defined"
    if call.manager != house["objects"]:
        return f"AttributeError: type object '{domain.model}' has no attribute '{say.quoted(call.manager)}'"
    kind = next((kind for kind in PROMPTS if house[kind] == call.verb), None)
    if kind is None:
        return f"AttributeError: 'RowSet' object has no attribute '{say.quoted(call.verb)}'"
    return _argument_error(house, domain, kind, call)


def _argument_error(house: House, domain: Domain, kind: str, call: Called) -> str:
    """What a query that is there says to its arguments."""
    called_as, given = f"RowSet.{call.verb}()", len(call.positional) + 1
    style = house["style"] if kind in CONDITIONAL else "one"
    if style == "keywords":
        if call.positional:
            return f"TypeError: {called_as} takes 1 positional argument but {given} were given"
    elif call.keywords:
        flat = kind == "values_list" and house[kind] == "values_list" and call.keywords[0][0] == "flat"
        if not flat:
            return f"TypeError: {called_as} got an unexpected keyword argument '{say.quoted(call.keywords[0][0])}'"
    if style in ("table", "one") and (style == "table" or kind == "values_list"):
        name = "conditions" if style == "table" else "name"
        if given > 2:
            return f"TypeError: {called_as} takes 2 positional arguments but {given} were given"
        if given < 2:
            return f"TypeError: {called_as} missing 1 required positional argument: '{name}'"
    return _condition_error(house, domain, kind, style, call)


def _undirected(house: House, kind: str, name: Any) -> Any:
    """A column to sort by without its mark."""
    before, behind = DESCENDING[house["desc"]]
    marked = kind == "order_by" and isinstance(name, str) and name.startswith(before) and name.endswith(behind)
    return name.removeprefix(before).removesuffix(behind) if marked else name


def _condition_error(house: House, domain: Domain, kind: str, style: str, call: Called) -> str:
    error = f"{house.package}.rows.QueryError: "
    if style == "table" and not isinstance(call.positional[0], dict):
        return f"{error}conditions are one dict, not {say.quoted(repr(call.positional[0]))}"
    if style == "tuples" and not all(isinstance(part, tuple) and len(part) == 2 for part in call.positional):
        odd = next(part for part in call.positional if not (isinstance(part, tuple) and len(part) == 2))
        return f"{error}a condition is a tuple of two, not {say.quoted(repr(odd))}"
    if style in ("pairs", "flipped") and len(call.positional) % 2:
        return f"{error}conditions come in twos, and here are {len(call.positional)}"
    names = (
        [_undirected(house, kind, name) for name in call.positional]
        if style == "one"
        else [name for name, _ in _pairs(house, call)]
    )
    for name in names:
        if name not in domain.columns:
            return f"{error}{domain.model} has no column {say.quoted(repr(name))}"
    return ""
