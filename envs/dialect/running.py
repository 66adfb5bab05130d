"""Running programs in the sandbox against test cases, and saying how the first failing one fails."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from clgym.envs.dialect import feedback as say
from clgym.envs.dialect.compiler import Compiled
from clgym.envs.dialect.tasks.base import Case, TaskInstance
from clgym.sandbox import UNDEFINED, Call, Fault, Limits, Program, Result, run, same
from clgym.text.phrases import Phrasing

LIMITS = Limits(steps=200_000, output_chars=2_000)


class Expected(NamedTuple):
    """What the reference does in one case. ``arguments`` is ``None`` where the task does not care."""

    value: Any
    console: str
    arguments: Any
    error: str = ""
    """The name of the error that it ends with."""


class Report(NamedTuple):
    """How a program did: cases passed and asked, and what a colleague says of the first that failed."""

    passed: int
    total: int
    diagnosis: str
    failed: str = ""
    """Why nothing could be run, where that is our own fault."""
    unreadable: str = ""
    """Why nothing could be run, where that is the program's."""


class BadReference(Exception):
    """A reference program of ours does not run: a defect of clgym, never of an answer."""


def probe(names: Sequence[str], typed: bool = False) -> str:
    """Functions that call the program's and return the result with the arguments as they are afterwards."""
    rest, result = ("...a: any[]", ": any") if typed else ("...a", "")
    each = "\n".join(f"function call__{name}({rest}){result} {{ const r = {name}(...a); return [r, a]; }}" for name in names)
    cases, table = (": any", ": any") if typed else ("", "")
    calls = ", ".join(f"{name}: call__{name}" for name in names)
    return f"""{each}
function call__all(cases{cases}){result} {{
  const known{table} = {{ {calls} }};
  return cases.map((one{cases}) => {{ try {{ return known[one[0]](...one[1]); }} catch (e{cases}) {{ return "!" + (e && e.name); }} }});
}}"""


def _run(program: Program, cases: Sequence[Case], more: Sequence[Case]) -> tuple[Result, ...]:
    calls = [Call("call__" + case.function, case.arguments) for case in cases]
    return run(program, calls + ([Call("call__all", (list(more),))] if more else []), LIMITS).results


@functools.lru_cache(maxsize=512)
def expected(source: str, cases: str, more: str, prints: bool, keeps: bool) -> tuple[Expected, ...]:
    """What the reference does, in all further cases last; ``cases`` and ``more`` are JSON. Raises :class:`BadReference`, ``SandboxUnavailable``."""
    listed, further = ([Case(function, tuple(arguments)) for function, arguments in json.loads(text)] for text in (cases, more))
    names = list(dict.fromkeys(case.function for case in listed))
    results = _run(Program("javascript", source + probe(names)), listed, further)
    expectations = []
    for case, result in zip(listed, results):
        if result.status == "failed":
            raise SandboxFailed(str(result.error))
        if result.status == "exception" and result.error is not None and result.error.name == "RangeError":
            expectations.append(Expected(None, result.console if prints else "", None, result.error.name))
            continue
        if result.status != "ok":
            raise BadReference(f"{case}: {result.status} {result.error}\n{source}")
        value, after = result.value
        touched = keeps or not same(list(case.arguments), after)
        expectations.append(Expected(value, result.console if prints else "", after if touched else None))
    if further:
        if results[-1].status != "ok":
            raise BadReference(f"{results[-1].status} {results[-1].error}\n{source}")
        expectations.append(Expected(results[-1].value, results[-1].console if prints else "", None))
    return tuple(expectations)


class SandboxFailed(Exception):
    """No worker could be had."""


def judge(program: Program, task: TaskInstance, reference: str, draw: Phrasing, source: str, compiled: Compiled | None) -> Report:
    """Run every case. ``source`` is what the agent wrote, ``compiled`` how to find the way back to it."""
    cases = task.edges + task.cases
    wanted = expected(reference, json.dumps(cases), json.dumps(task.more), task.prints, task.keeps)
    results = _run(program, cases, task.more)
    passed, diagnosis = 0, ""
    for case, want, result in zip(cases, wanted, results):
        if result.status == "failed":
            return Report(0, len(wanted), "", str(result.error))
        if result.status == "syntax":
            return Report(0, len(wanted), "", "", fault_text(result.error, source, compiled))
        complaint = _complaint(case, want, result, draw, source, compiled, task.prints)
        passed += not complaint
        diagnosis = diagnosis or complaint
    if task.more:
        complaint = _further(task, wanted[-1], results[-1], draw, source, compiled)
        passed += not complaint
        diagnosis = diagnosis or complaint
    return Report(passed, len(wanted), diagnosis)


def _further(task: TaskInstance, want: Expected, result: Result, draw: Phrasing, source: str, compiled: Compiled | None) -> str:
    """What is wrong with the first of the further cases that is not right; ``""`` where all are."""
    if result.status != "ok" or not isinstance(result.value, list) or len(result.value) != len(want.value):
        return _complaint(task.more[0], Expected(None, "", None), result, draw, source, compiled, False)
    for case, right, got in zip(task.more, want.value, result.value):
        if not same(right, got):
            call = f"{case.function}({', '.join(map(literal, case.arguments))})"
            if isinstance(got, str) and got.startswith("!"):
                return say.broken_case(draw, call, got[1:])
            if isinstance(right, str):
                return say.wrong_case(
                    draw, "value", call, f"a {right[1:]}", literal(got[0] if isinstance(got, list) and got else got)
                )
            what = "value" if not same(right[0], got[0]) else "arguments"
            return say.wrong_case(draw, what, call, literal(right[what == "arguments"]), literal(got[what == "arguments"]))
    if task.prints and want.console != result.console:
        return say.wrong_case(
            draw, "console", f"{task.functions[0].name} over many lists", want.console, result.console or "(nothing)"
        )
    return ""


def _complaint(
    case: Case, want: Expected, result: Result, draw: Phrasing, source: str, compiled: Compiled | None, prints: bool
) -> str:
    """What is wrong with one case; ``""`` where nothing is."""
    call = f"{case.function}({', '.join(map(literal, case.arguments))})"
    if want.error and result.status == "ok":
        got = literal(result.value[0]) if isinstance(result.value, list) and result.value else "no error"
        return say.wrong_case(draw, "value", call, f"a {want.error}", got)
    if want.error and result.status == "exception" and result.error is not None and result.error.name == want.error:
        return ""
    if result.status in say.STOPPED:
        return say.broken_case(draw, call, draw.choice(say.STOPPED[result.status]))
    if result.status != "ok":
        console = f"\nConsole before that:\n{say.shorten(result.console, say.MAX_CONSOLE)}" if result.console else ""
        return say.broken_case(draw, call, fault_text(result.error, source, compiled)) + console
    if not (isinstance(result.value, list) and len(result.value) == 2):
        return say.wrong_case(draw, "value", call, literal(want.value), literal(result.value))
    value, after = result.value
    if not same(want.value, value):
        return say.wrong_case(draw, "value", call, literal(want.value), literal(value))
    if prints and want.console != result.console:
        return say.wrong_case(draw, "console", call, want.console, result.console or "(nothing)")
    if want.arguments is not None and not same(want.arguments, after):
        return say.wrong_case(draw, "arguments", call, literal(want.arguments), literal(after))
    return ""


def fault_text(fault: Fault | None, source: str, compiled: Compiled | None) -> str:
    """An engine's error with its place in the agent's source."""
    if fault is None:
        return "an error"
    text = f"{fault.name}: {fault.message}" if fault.name else fault.message
    text = say.shorten(text.replace("call__", ""), say.MAX_VALUE)
    if compiled is not None:
        offset = compiled.offset(fault.line) if fault.line else None
        return text if offset is None else f"{text} (line {say.position(source, offset)[0]})"
    return f"{text} (line {fault.line})" if 0 < fault.line <= source.count("\n") + 1 else text


def literal(value: Any) -> str:
    """A value as JavaScript writes it."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def output(program: Program) -> Result:
    """The result of running a whole program: its console is what it prints."""
    return run(program, (), LIMITS).results[0]
