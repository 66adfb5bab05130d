"""The process that JavaScript and TypeScript run in: reads a job, answers one reply per call, never trusts the guest.

Started by clgym.sandbox.pool without the rest of clgym (booting takes 20 ms). It holds no expected answers.
"""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import quickjs

from clgym.sandbox.channel import Deadline, serve

#: How large a result may be: characters in its strings and keys, and values in it.
VALUE_CHARS, VALUE_NODES = 1_000_000, 100_000

#: A promise job is no loop of the program's, so these are counted here; each costs a few steps' time.
PROMISE_JOBS = 20_000

_STACK_BYTES = 16 << 20
_GRACE = 3.0


def _one_line(script: str) -> str:
    """A script of ours on one line: the program starts on the second, so a place on the first is none of its own."""
    lines = (Path(__file__).with_name(script)).read_text(encoding="utf-8").splitlines()
    return " ".join(line.strip() for line in lines if not line.strip().startswith("//"))


_PRELUDE, _CONSOLE = _one_line("js_prelude.js"), _one_line("js_console.js")
#: What the engine throws where no memory is left for an error.
_OUT_OF_MEMORY = ("null", "[uninitialized]")
_PLACE = re.compile(r"<input>:(\d+):(\d+)")
_DIRECTIVE = re.compile(r"""\s*(?:"use strict"|'use strict')""")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")


class Unreadable(Exception):
    """The program never became one: ``fault`` says why."""

    def __init__(self, name: str, message: str, line: int = 0, column: int = 0):
        super().__init__(message)
        self.fault = {"name": name, "message": message, "line": line, "column": column}


def results(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One reply per call of the job; after a call that ran out of time the others are given no more of it."""
    try:
        program = _prepare(job["language"], job["source"], job["counted"])
    except Unreadable as refused:
        yield from [_verdict("syntax", refused.fault)] * max(1, len(job["calls"]))
        return
    late: dict[str, Any] | None = None
    for function, arguments in job["calls"] or [("", "")]:
        # the kernel ends a worker whose host has gone
        signal.setitimer(signal.ITIMER_REAL, Deadline.MOST * (job["deadline"] + 1.0) + _GRACE)
        reply = late or _run(program, function, arguments, job["limits"])
        late = reply if reply["status"] == "timeout" else None
        yield reply
        signal.setitimer(signal.ITIMER_REAL, 0)
        _spent.clear()  # takes a while where there is much to free, and the host already has the reply
    if not _spare:
        _spare.append(_fresh())


def _fresh() -> tuple[Any, Any]:
    """A context and its prelude, which still wants the limits."""
    context = quickjs.Context()
    context.set_max_stack_size(_STACK_BYTES)
    return context, context.eval(_PRELUDE)


_spare: list[tuple[Any, Any]] = []
_spent: list[Any] = []


class Prepared(NamedTuple):
    """What is evaluated, one line lower than it was, and how a column in it is told back."""

    text: str
    column: Callable[[int, int], int]


@lru_cache(maxsize=8)
def _prepare(language: str, source: str, counted: bool) -> Prepared:
    """The program with its steps counted."""
    if "\0" in source:
        raise Unreadable("SyntaxError", "the program holds a NUL character")
    if counted:
        return Prepared(_headed(source), lambda line, column: column)
    from clgym.sandbox.javascript import SourceError, count_steps

    try:
        if language == "typescript":
            from clgym.sandbox.typescript import strip_types

            source = strip_types(source)
        with_steps = count_steps(source)
    except SourceError as refused:
        if language == "javascript":
            _refuse_as_engine(source)
        raise Unreadable("SyntaxError", refused.message, refused.line, refused.column) from None
    return Prepared(_headed(with_steps.text), with_steps.original)


def _headed(source: str) -> str:
    """One line lower, with a first step that tells a program that ran from one that was never read, and no value of its own."""
    return ('"use strict";' if _DIRECTIVE.match(source) else "") + "__step();\n" + source + "\n;void 0;"


def _refuse_as_engine(source: str) -> None:
    """Raise ``Unreadable`` in the engine's own words where it cannot read the program either."""
    context = quickjs.Context()
    context.set_time_limit(1.0)
    thrown = _attempt(context, lambda: context.eval("throw 0;\n" + source))
    if thrown is not None and thrown[1]["name"] == "SyntaxError":
        raise Unreadable(**_located(thrown[1], lambda line, column: column))


def _run(program: Prepared, function: str, arguments: str, limits: dict[str, Any]) -> dict[str, Any]:
    context, prelude = _spare.pop() if _spare else _fresh()
    _spent.append(context)
    context.set_memory_limit(limits["memory_bytes"])
    control = prelude(limits["steps"], limits["output_chars"], VALUE_CHARS, VALUE_NODES, _CONSOLE)
    context.set_time_limit(limits["seconds"])
    begun = time.thread_time()
    fault = _attempt(context, lambda: context.eval(program.text))
    if fault is None and function:
        if _NAME.fullmatch(function) is None:
            fault = "exception", _fault("ReferenceError", f"{function} is not a name")
        else:
            special = '"$' in arguments
            fault = _attempt(context, lambda: control("call", function, arguments, special))
    try:
        reply: dict[str, Any] = json.loads(control("finish"))
    except (quickjs.JSException, MemoryError):
        status, error = fault or ("memory", _fault("InternalError", "out of memory"))
        return _verdict(status, _located(error, program.column))
    if reply["status"] != "steps" and time.thread_time() - begun > limits["seconds"]:
        fault = _read("InternalError: interrupted")  # inside a built-in that does not look at the clock
    if fault is not None and reply["status"] != "steps":
        reply["status"], reply["error"] = fault
        reply["value"] = None
        if reply["status"] == "exception" and reply["steps"] == 0:
            reply["status"] = "syntax"
    if reply["error"] is not None:
        reply["error"] = _located(reply["error"], program.column)
    return reply


def _attempt(context: Any, action: Any) -> tuple[str, dict[str, Any]] | None:
    """Run something of the guest's and all the promise jobs it leaves; the status and fault where it threw."""
    try:
        action()
        for _ in range(PROMISE_JOBS):
            if not context.execute_pending_job():
                return None
        return "steps", _fault("", "too many promise jobs")
    except (quickjs.JSException, quickjs.StackOverflow) as thrown:
        return _read(str(thrown))
    except MemoryError:
        return "memory", _fault("InternalError", "out of memory")
    return None


def _read(text: str) -> tuple[str, dict[str, Any]]:
    head, _, stack = text.partition("\n    at ")
    if head.startswith("InternalError: interrupted"):
        return "timeout", _fault("", "the time limit was reached")
    if head.startswith("InternalError: out of memory") or head.removesuffix("\nundefined").strip() in _OUT_OF_MEMORY:
        return "memory", _fault("InternalError", "out of memory")
    if head.startswith("(Failed obtaining"):
        return "exception", _fault("", "an error that cannot be shown")
    name, colon, message = head.partition(": ")
    if not colon or not re.fullmatch(r"[A-Za-z_$][\w$]*", name):
        name, message = "", head.removesuffix("\nundefined").rstrip()
    return "exception", {"name": name[:200], "message": message[:2000], "stack": stack}


def _located(error: dict[str, Any], original: Callable[[int, int], int]) -> dict[str, Any]:
    """The fault with its place in the program as given (which runs one line lower)."""
    places = ((int(line) - 1, int(column)) for line, column in _PLACE.findall(error["stack"]))
    line, column = next(((line, column) for line, column in places if line > 0), (0, 0))
    return {"name": error["name"], "message": error["message"], "line": line, "column": original(line, column) if line else 0}


def _fault(name: str, message: str) -> dict[str, Any]:
    return {"name": name, "message": message, "stack": ""}


def _verdict(status: str, fault: dict[str, Any] | None) -> dict[str, Any]:
    return {"status": status, "value": None, "error": fault, "steps": 0, "console": "", "cut": False}


def main() -> None:
    """Serve jobs until the host hangs up, on a stack that deep recursion fits into."""
    threading.stack_size(4 * _STACK_BYTES)
    threading.Thread(target=serve, args=(results,)).start()
