"""Hidden cases of CL-Dialect-v0 tell a program from nearly all of its near misses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import quickjs

from clgym.core import Query
from clgym.envs.dialect.programs import plain
from clgym.envs.dialect.tasks.base import Case
from clgym.envs.dialect.tasks.chains import chain, sample_lists
from clgym.registry import make_world
from clgym.seeding import seed_of

#: What is put in the place of what; a number is made one larger and one smaller.
_SWAPS = {
    "<": ("<=", ">"),
    ">": (">=", "<"),
    "<=": ("<",),
    ">=": (">",),
    "===": ("!==",),
    "!==": ("===",),
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "&&": ("||",),
    "||": ("&&",),
    "true": ("false",),
    "false": ("true",),
    "break": ("continue",),
    "continue": ("break",),
    "++": ("--",),
    "+=": ("-=",),
}
_TOKEN = re.compile(r'"[^"\n]*"|`[^`]*`|[A-Za-z_$][\w$]*|\d+|[=!]==|[<>]=?|&&|\|\||\+\+|[+-]=|=>|[-+*]')


def mutants(source: str) -> Iterator[str]:
    for found in _TOKEN.finditer(source):
        word = found[0]
        others = (str(int(word) + 1), str(max(int(word) - 1, 0))) if word.isdigit() else _SWAPS.get(word, ())
        for other in others:
            if other != word:
                yield source[: found.start()] + other + source[found.end() :]


def behaviour(source: str, cases: list[Case]) -> list[str] | None:
    """What a program does in each case; ``None`` where it does not come to an end or cannot be read."""
    context = quickjs.Context()
    context.set_time_limit(0.3)
    context.set_memory_limit(1 << 26)
    harness = (
        "let printed = []; const console = { log: (...v) => printed.push(v.map(String).join(' ')) };\n"
        "function check(f, given) { printed = []; let result; try { result = f(...given); } catch (e) { result = '!' + e.name; }\n"
        "return JSON.stringify([result === undefined ? 'nothing' : result, printed, given]); }\n"
    )
    try:
        context.eval(harness + source)
        return [str(context.eval(f"check({name}, {json.dumps(arguments)})")) for name, arguments in cases]
    except quickjs.JSException:
        return None


def others(task: Any, level: int, seed: int) -> list[Case]:
    """Many more cases of the same kinds."""
    name, found = task.functions[0].name, list[Case]()
    for turn in range(12):
        draw = seed_of("others", seed, turn).draw()
        inner = chain_like(task, draw)
        found += [Case(name, (values,)) for values in sample_lists(inner, draw)]
    if len(task.functions) > 1:
        draw, outer = seed_of("more", seed).draw(), task.functions[1].name
        values = [case.arguments[0] for case in found]
        found += [Case(outer, (draw.sample(values, size),)) for size in (1, 2, 3, 4, 5) for _ in range(8)]
    return found


def chain_like(task: Any, draw: Any) -> Any:
    """Something that :func:`sample_lists` takes the kind of list and the constants from."""

    class Like:
        takes = "numbers" if task.functions[0].parameters[0].type == "number[]" else "words"
        constants = task.constants

    return Like


def kills(world: Any, query: Query, seed: int) -> tuple[int, int, list[str]]:
    """(killed, non-equivalent, survivors) of the mutants of one reference."""
    task = query.payload
    library = world.runnable(task).removesuffix(plain(task.source))
    source, cases, more = plain(task.source), list(task.edges + task.cases + task.more), others(task, world.level, seed)
    right, right_more = behaviour(library + source, cases), behaviour(library + source, more)
    assert right is not None and right_more is not None
    killed, total, alive = 0, 0, []
    for mutant in mutants(source):
        if behaviour(library + mutant, cases) != right:
            killed, total = killed + 1, total + 1
        elif behaviour(library + mutant, more) != right_more:
            total += 1
            alive.append(mutant)
    return killed, total, alive


@pytest.mark.parametrize("level", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_hidden_cases_kill_nearly_all_mutants(level: int, request: pytest.FixtureRequest) -> None:
    world = make_world("CL-Dialect-v0", level=level, split="train", world=4)
    count = 60 if request.config.getoption("-m") else 6
    every = [kills(world, world.query("eval", index), index) for index in range(0, 300, 300 // count)]
    killed, total = (sum(column) for column in list(zip(*every))[:2])
    assert killed >= 0.95 * total, [alive for _, _, alive in every if alive]


def test_mutants_are_near_misses() -> None:
    assert list(mutants("x < 2")) == ["x <= 2", "x > 2", "x < 3", "x < 1"]
    assert chain(("add_up", "label"), (), seed_of("x").draw()).result == "string"
