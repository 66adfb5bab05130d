"""The sandbox: running JavaScript, TypeScript and Python that nobody trusts.

    from clgym.sandbox import Call, Limits, Program, run, same
    outcome = run(Program("javascript", "function twice(n) { return 2 * n; }"), [Call("twice", [21])])
    outcome.results[0].value            # 42
    same(42, outcome.results[0].value)  # True; expected answers stay here, on the host

Every call gets a fresh context. A run without calls runs the program itself: read ``results[0].console``.

**Step counting.** Verdicts must not depend on how busy a machine is, so programs count their own steps and
``Limits.steps`` decides. A compiler that emits JavaScript puts the statement ``__step();``

* at the head of every loop body (braces added where the body is one statement),
* at the head of every function body, method, getter, setter and constructor (after directives such as
  ``"use strict"``; an arrow that is an expression becomes ``(__step(), expression)``; in a derived
  class's constructor it may stand before ``super()``),
* at the head of every ``catch`` and ``finally`` block,

and runs the result as ``Program("javascript", compiled, counted=True)``. ``__step`` is a read-only global of every
context; programs that name it themselves must be refused by the compiler. Once the limit is reached
every further ``__step()`` throws again, and the verdict is ``steps`` whatever the program caught or returned. Programs
that are not ``counted`` get the same statements from clgym.sandbox.javascript, which also strips TypeScript's types.

**What a program sees.** No Date, performance, Atomics, SharedArrayBuffer, WeakRef, eval or Function; ``Math.random``
is seeded and starts the same in every context. ``console.log`` prints as Node does, on one line.

**Python with something around it.** ``Program("python", source, around=Surroundings(...))`` gives a program modules to
import, a file name for its tracebacks and a parent process that has loaded Django.

See docs/decisions/003-sandbox.md.
"""

from clgym.sandbox.pool import run
from clgym.sandbox.types import (
    LANGUAGES,
    PRELOADS,
    STATUSES,
    UNDEFINED,
    Call,
    Fault,
    Limits,
    Outcome,
    Program,
    Result,
    Surroundings,
    same,
)

__all__ = [
    "LANGUAGES",
    "PRELOADS",
    "STATUSES",
    "UNDEFINED",
    "Call",
    "Fault",
    "Limits",
    "Outcome",
    "Program",
    "Result",
    "Surroundings",
    "run",
    "same",
]
