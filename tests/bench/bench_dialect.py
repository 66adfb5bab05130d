"""What grading a dialect program costs beside the raw engine's time for the same compiled program, in one run.

    python tests/bench/bench_dialect.py

Programs are the oracle's, with a counting loop in front so that each case takes the engine 3 ms and more. Raw is the
engine in this process: per case a fresh context, a step counter, the compiled program, one call, its result as JSON. Grading
is ``World.grade``: parsing and compiling (kept from the last time, as for any answer seen twice; the last column is what it takes anew), the
worker, its locked-down contexts, comparison and feedback. Measured in turn, lower quartiles; the goal is at most 1.3.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import replace
from typing import Any

import quickjs

from clgym.envs.dialect import running
from clgym.envs.dialect.compiler import Compiled, compile_source
from clgym.registry import make_world

ROUNDS = 8
GOAL = 1.3
QUERIES = 4
LOOP = " let burn = 0; for (let lap = 0; lap < 28000; lap += 1) { burn += lap % 7; } "
COUNTER = "let left = 1e7; function __step() { if (--left < 0) throw new RangeError('step limit reached'); }"
CONSOLE = "const console = { log: () => undefined };"


def slowed(source: str) -> str:
    """The reference with work in front of its last function's body."""
    head = source.index("{", source.rindex("function "))
    return source[: head + 1] + LOOP + source[head + 1 :]


def raw(compiled: Compiled, task: Any, level: int) -> None:
    """All cases in the engine itself."""
    program = compiled.javascript + "\n" + running.probe([function.name for function in task.functions])
    for case in running.cases_of(task, level):
        context = quickjs.Context()
        context.set_memory_limit(64 << 20)
        context.set_time_limit(5)
        context.eval(COUNTER + CONSOLE)
        context.eval(program)
        arguments = ", ".join(json.dumps(argument) for argument in case.arguments)
        json.loads(context.eval(f"JSON.stringify(call__{case.function}({arguments}))"))


def elapsed_ms(function: Any) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    function()
    return (time.perf_counter() - begun) * 1e3


def show_row(world: Any, level: int, index: int) -> None:
    """One query, graded and run raw in turn."""
    query = world.query("learn", index)
    task = query.payload
    answer = world.render(replace(task, source=slowed(task.source)))
    compiled = compile_source(world.grammar, answer)[1]
    assert world.grade(query, answer).reward == 1.0
    engine, graded = [], []
    for _ in range(ROUNDS):
        engine.append(elapsed_ms(lambda: raw(compiled, task, level)))
        graded.append(elapsed_ms(lambda: world.grade(query, answer)))
    first, second = statistics.quantiles(engine)[0], statistics.quantiles(graded)[0]
    once = elapsed_ms(lambda: compile_source(world.grammar, answer))
    cases = len(running.cases_of(task, level))
    verdict = "" if first < 3 * cases else "  met" if second / first <= GOAL else "  MISSED"
    print(f"{level:>5} {cases:>6} {first:>9.2f} ms {second:>9.2f} ms {second / first:>7.2f} {once:>7.2f} ms{verdict}")


def main() -> None:
    print(f"{'level':>5} {'cases':>6} {'raw engine':>12} {'grade':>12} {'ratio':>7} {'compile':>10}")
    for level in (1, 2, 3):
        world = make_world("CL-Dialect-v0", level=level)
        for index in range(QUERIES):
            show_row(world, level, index)


if __name__ == "__main__":
    main()
