"""Small programs to write: an English specification, hidden cases, a reference solution in each language.

A task is drawn by a template from a seed. Expected values are worked out here, on the host; the sandbox sees arguments
only. In specifications ``{list}`` and ``{none}`` are the language's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clgym.envs.probes.code_reads import WORDS
from clgym.seeding import Draw

Case = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Task:
    """A function to write. ``name`` is in camelCase, ``parameters`` are (name, TypeScript type) pairs.

    ``javascript`` and ``python`` are the bodies of the reference solution, or its expression where
    ``expression`` asks for one instead of a function. ``cases`` are (arguments, expected value) pairs.
    """

    name: str
    spec: str
    parameters: tuple[tuple[str, str], ...]
    returns: str
    javascript: str
    python: str
    cases: tuple[Case, ...]
    expression: bool = False


def make_task(
    name: str,
    spec: str,
    parameters: str,
    returns: str,
    javascript: str,
    python: str,
    solve: Callable[..., Any],
    arguments: Sequence[tuple[Any, ...]],
    expression: bool = False,
) -> Task:
    """A task whose expected values ``solve`` works out; ``parameters`` as in "a: string; b: number"."""
    pairs = tuple((part.split(": ")[0], part.split(": ")[1]) for part in parameters.split("; "))
    cases = tuple((tuple(given), solve(*given)) for given in arguments)
    return Task(name, spec, pairs, returns, javascript, python, cases, expression)


def some_lists(draw: Draw, count: int = 4, low: int = -9, high: int = 30) -> list[tuple[list[int]]]:
    """Argument tuples of one non-empty list each, of growing length."""
    return [([draw.integer(low, high) for _ in range(size)],) for size in (1, 3, 5, 8)[:count]]


def some_ints(draw: Draw, count: int = 4, low: int = -20, high: int = 60) -> list[tuple[int]]:
    """Argument tuples of one integer each."""
    return [(n,) for n in draw.sample(range(low, high), count)]


def some_words(draw: Draw, count: int = 4) -> list[tuple[str]]:
    """Argument tuples of one word each."""
    return [(word,) for word in draw.sample(WORDS, count)]


# ---- level 0: expressions


def _last_item(draw: Draw) -> Task:
    x = draw.choice(("items", "numbers", "values", "scores"))
    return make_task(
        "answer",
        f"the last element of the {{list}} `{x}`",
        f"{x}: number[]",
        "number",
        f"{x}[{x}.length - 1]",
        f"{x}[-1]",
        lambda v: v[-1],
        some_lists(draw),
        True,
    )


def _how_many(draw: Draw) -> Task:
    x = draw.choice(("items", "numbers", "values", "scores"))
    return make_task(
        "answer",
        f"the number of elements of the {{list}} `{x}`",
        f"{x}: number[]",
        "number",
        f"{x}.length",
        f"len({x})",
        len,
        some_lists(draw),
        True,
    )


def _plus(draw: Draw) -> Task:
    x, k = draw.choice(("n", "x", "count", "price")), draw.integer(2, 30)
    return make_task(
        "answer",
        f"the number `{x}` plus {k}",
        f"{x}: number",
        "number",
        f"{x} + {k}",
        f"{x} + {k}",
        lambda v: v + k,
        some_ints(draw),
        True,
    )


def _remainder(draw: Draw) -> Task:
    x, k = draw.choice(("n", "x", "count", "price")), draw.integer(3, 9)
    return make_task(
        "answer",
        f"the remainder of `{x}` divided by {k}",
        f"{x}: number",
        "number",
        f"{x} % {k}",
        f"{x} % {k}",
        lambda v: v % k,
        some_ints(draw, 4, 1, 90),
        True,
    )


def _is_above(draw: Draw) -> Task:
    x, k = draw.choice(("n", "x", "age", "price")), draw.integer(5, 40)
    return make_task(
        "answer",
        f"whether the number `{x}` is greater than {k}",
        f"{x}: number",
        "boolean",
        f"{x} > {k}",
        f"{x} > {k}",
        lambda v: v > k,
        [(k - 1,), (k,), (k + 1,), (k + 20,)],
        True,
    )


def _capital(draw: Draw) -> Task:
    x = draw.choice(("word", "name", "text", "title"))
    return make_task(
        "answer",
        f"the string `{x}` in upper case",
        f"{x}: string",
        "string",
        f"{x}.toUpperCase()",
        f"{x}.upper()",
        str.upper,
        some_words(draw),
        True,
    )


def _initial(draw: Draw) -> Task:
    x = draw.choice(("word", "name", "text", "title"))
    return make_task(
        "answer",
        f"the first character of the string `{x}`",
        f"{x}: string",
        "string",
        f"{x}[0]",
        f"{x}[0]",
        lambda v: v[0],
        some_words(draw),
        True,
    )


def _comma_list(draw: Draw) -> Task:
    x, mark = draw.choice(("words", "names", "parts")), draw.choice(("-", ", ", "/", "+"))
    return make_task(
        "answer",
        f'the strings of the {{list}} `{x}` joined with "{mark}"',
        f"{x}: string[]",
        "string",
        f'{x}.join("{mark}")',
        f'"{mark}".join({x})',
        mark.join,
        [(draw.sample(WORDS, n),) for n in (1, 2, 4)],
        True,
    )


# ---- level 0: functions


def _add_fixed(draw: Draw) -> Task:
    k = draw.integer(2, 60)
    return make_task(
        draw.choice(("increase", "raiseScore", "addBonus")),
        f"returns n plus {k}",
        "n: number",
        "number",
        f"return n + {k};",
        f"return n + {k}",
        lambda n: n + k,
        some_ints(draw),
    )


def _multiply(draw: Draw) -> Task:
    k = draw.integer(2, 30)
    return make_task(
        draw.choice(("scale", "multiply", "priceOf")),
        f"returns n times {k}",
        "n: number",
        "number",
        f"return n * {k};",
        f"return n * {k}",
        lambda n: n * k,
        some_ints(draw),
    )


def _greet(draw: Draw) -> Task:
    hello = draw.choice(("Hello", "Welcome", "Goodbye", "Hi", "Thanks"))
    return make_task(
        draw.choice(("greet", "message", "sayTo")),
        f'returns "{hello}, " followed by the name',
        "name: string",
        "string",
        f'return "{hello}, " + name;',
        f'return "{hello}, " + name',
        lambda name: f"{hello}, {name}",
        some_words(draw),
    )


def _is_multiple(draw: Draw) -> Task:
    k = draw.integer(2, 9)
    return make_task(
        draw.choice(("isMultiple", "divides", "fits")),
        f"returns whether n is a multiple of {k}",
        "n: number",
        "boolean",
        f"return n % {k} === 0;",
        f"return n % {k} == 0",
        lambda n: n % k == 0,
        [(k,), (k + 1,), (3 * k,), (5 * k - 1,)],
    )


def _bigger(draw: Draw) -> Task:
    return make_task(
        draw.choice(("larger", "bigger", "maximum")),
        "returns the larger of a and b",
        "a: number; b: number",
        "number",
        "return a > b ? a : b;",
        "return a if a > b else b",
        max,
        [(1, 2), (5, 3), (-4, -9), (7, 7)],
    )


def _total(draw: Draw) -> Task:
    return make_task(
        draw.choice(("total", "addUp", "sumOf")),
        "returns the sum of the {list} numbers",
        "numbers: number[]",
        "number",
        "let sum = 0;\nfor (const n of numbers) sum += n;\nreturn sum;",
        "return sum(numbers)",
        sum,
        [*some_lists(draw), ([],)],
    )


#: Templates of level 0.
EASY: tuple[Callable[[Draw], Task], ...] = (
    _last_item,
    _how_many,
    _plus,
    _remainder,
    _is_above,
    _capital,
    _initial,
    _comma_list,
    _add_fixed,
    _multiply,
    _greet,
    _is_multiple,
    _bigger,
    _total,
)
