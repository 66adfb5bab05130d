"""Probes of plain programming: JavaScript, TypeScript and Python, run for real in the sandbox."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from clgym.core import Feedback, Grade, failed, malformed
from clgym.envs.probes.base import Item, Probe, generate, right, show, wrong
from clgym.envs.probes.code_hard import HARD
from clgym.envs.probes.code_reads import READS, Read
from clgym.envs.probes.code_tasks import EASY, Task
from clgym.envs.probes.code_words import printed, word
from clgym.sandbox import Call, Limits, Program, Result, run, same
from clgym.seeding import Draw, Seed
from clgym.text.answers import code, quoted

ITEMS = 90
#: Level 0: how many sentences to finish there are for each program to read or to write.
_SENTENCES = ((word, 16), (printed, 24))
LIMITS = Limits(steps=200_000, seconds=1.0, output_chars=400)

#: How many functions that nothing uses an answer may bring along (an example, a ``main``, a test).
SPARE = 3
_FUNCTION = re.compile(r"^(?:export +)?(?:default +)?(?:async +)?(?:function *\*? *|def +)([A-Za-z_$][\w$]*)", re.MULTILINE)

_WORDS = {
    "javascript": {"list": "array", "none": "null"},
    "typescript": {"list": "array", "none": "null"},
    "python": {"list": "list", "none": "None"},
}
_STOPPED = {
    "steps": ("It never came to an end", "It ran for too many steps", "It was stopped: it goes on and on"),
    "timeout": ("It took too long", "It was stopped by the clock", "It did not come back in time"),
    "memory": ("It ran out of memory", "It asked for more memory than there is", "It was stopped: no memory left"),
    "output": (
        "Its result is too large or refers to itself",
        "It returned something with no end",
        "Its result cannot be written down",
    ),
    "crashed": (
        "It crashed the process that it ran in",
        "The process that it ran in died of it",
        "It brought the interpreter down",
    ),
}


def unused_functions(source: str, entry: str) -> list[str]:
    """Functions at the left margin that ``entry`` does not reach by name, in order: a library is no answer.

    >>> unused_functions("def f():\\n    return g()\\ndef g():\\n    return 1\\ndef h():\\n    return 2", "f")
    ['h']
    """
    starts = list(_FUNCTION.finditer(source))
    ends = [start.start() for start in starts[1:]] + [len(source)]
    words = {start[1]: set(re.findall(r"[\w$]+", source[start.end() : end])) for start, end in zip(starts, ends)}
    reached, waiting = set(), [entry]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += sorted(words.get(name, set()) & words.keys())
    return [name for name in words if name not in reached]


class CodeProbe(Probe):
    """What the three languages share. Subclasses set ``language`` and ``title``."""

    version = 2
    floors = (0.1, 0.1)
    longest = 200
    language: str
    title: str

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        reads: list[Callable[[Draw], Item]] = [partial(self._read_item, template) for template in READS[level]]
        tasks: list[Callable[[Draw], Item]] = [partial(self._task_item, template) for template in (EASY, HARD)[level]]
        sentences: list[Callable[[Draw], Item]] = [
            partial(template, language=self.language, title=self.title) for template, share in _SENTENCES for _ in range(share)
        ]
        return generate(seed, ITEMS, (sentences if level == 0 else []) + reads + tasks)

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        if item.payload is None:
            return super().judge(item, answer, draw)
        task: Task = item.payload
        written = code(answer).strip()
        if not written:
            return malformed(
                draw.choice(("The answer is empty.", "There is no code to run.", "Nothing was written.")), show(item, draw)
            )
        if not task.expression and len(spare := unused_functions(written, self._name(task))) > SPARE:
            complaint = f"One function was asked for; it has no use for {len(spare)} others, {spare[0]} among them."
            return malformed(complaint, show(item, draw))
        source = self._wrap(task, written) if task.expression else written
        calls = [Call(self._name(task), arguments) for arguments, _ in task.cases]
        outcome = run(Program(self.language, source), calls, LIMITS)
        if any(result.status == "failed" for result in outcome.results):
            return failed("The sandbox could not run the program.")
        passed = [
            result.status == "ok" and same(expected, result.value) for result, (_, expected) in zip(outcome.results, task.cases)
        ]
        if all(passed):
            return self._style(task, source, item, draw)
        place = passed.index(False)
        return self._wrong(task, place, outcome.results[place], sum(passed) / len(passed), item, draw)

    def form(self, item: Item) -> str:
        return "code" if item.payload else "words"

    def _read_item(self, template: Callable[[Draw], Read], draw: Draw) -> Item:
        read = template(draw)
        output = read.output.capitalize() if self.language == "python" and read.output in ("true", "false") else read.output
        return Item(
            f"What does this {self.title} program print?\n\n{read.source(self.language)}\n\nAnswer with the printed text only.",
            output,
        )

    def _task_item(self, template: Callable[[Draw], Task], draw: Draw) -> Item:
        task = template(draw)
        spec = task.spec.format(**_WORDS[self.language]) if "{list}" in task.spec or "{none}" in task.spec else task.spec
        if task.expression:
            return Item(
                f"Write a {self.title} expression that gives {spec}. Answer with the expression only.",
                self._solution(task),
                payload=task,
            )
        return Item(
            f"Write a {self.title} function `{self._signature(task)}` that {spec}. Answer with the code only.",
            self._solution(task),
            payload=task,
        )

    def _name(self, task: Task) -> str:
        return task.name

    def _signature(self, task: Task) -> str:
        return f"{self._name(task)}({', '.join(name for name, _ in task.parameters)})"

    def _solution(self, task: Task) -> str:
        if task.expression:
            return task.javascript
        return f"function {self._signature(task)} {{\n{textwrap.indent(task.javascript, '  ')}\n}}"

    def _wrap(self, task: Task, expression: str) -> str:
        return f"function {self._signature(task)} {{ return (\n{expression.removesuffix(';')}\n); }}"

    def _style(self, task: Task, source: str, item: Item, draw: Draw) -> Grade:
        """The grade of a program that passed every case."""
        return right(draw)

    def _wrong(self, task: Task, place: int, result: Result, share: float, item: Item, draw: Draw) -> Grade:
        complaint = self._complaint(task, place, result, draw)
        if result.status == "syntax":
            return malformed(complaint, show(item, draw))
        grade = wrong(item, "", draw, complaint)
        return Grade(0.0, "wrong", grade.feedback, {"right": 0.0, "cases": share})

    def _complaint(self, task: Task, place: int, result: Result, draw: Draw) -> str:
        """What a colleague who ran the program would say of the first case that went wrong."""
        arguments, expected = task.cases[place]
        inputs = ", ".join(self._literal(value) for value in arguments)
        error = result.error
        if result.status == "syntax":
            line = error.line - (1 if task.expression else 0) if error else 0
            where = f" on line {line}" if line > 0 else ""
            message = error.message if error else "unreadable"
            return draw.choice(
                (
                    f"The {self.title} engine cannot read the code{where}: {message}.",
                    f"Syntax error{where}: {message}.",
                    f"That is not {self.title}{where}: {message}.",
                )
            )
        called = (
            f"with {task.parameters[0][0]} = {inputs}"
            if task.expression and len(arguments) == 1
            else f"called as {self._name(task)}({inputs})"
        )
        if result.status in _STOPPED:
            return f"{draw.choice(_STOPPED[result.status])}, {called}."
        if result.status == "exception" and error:
            place_text = "" if task.expression or not error.line else f" on line {error.line}"
            return draw.choice(
                (
                    "It throws {error}{place}, {called}.",
                    "{Called}, it stops with {error}{place}.",
                    "There is an error{place}, {called}: {error}.",
                )
            ).format(
                error=quoted(": ".join(filter(None, (error.name, error.message)))),
                place=place_text,
                called=called,
                Called=called.capitalize() if task.expression else "C" + called[1:],
            )
        got, wanted = quoted(self._literal(result.value)), self._literal(expected)
        return draw.choice(
            (
                f"It gives {got}, {called}; expected was {wanted}.",
                f"Expected {wanted}, got {got}, {called}.",
                f"One case fails, {called}: the result is {got} and should be {wanted}.",
            )
        )

    def _literal(self, value: Any) -> str:
        try:
            return json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError):
            return repr(value)


class JavaScript(CodeProbe):
    """Plain JavaScript: does learning something new make it worse?

    ## Description
    Small programs to read and to write in plain JavaScript. The neighbour of every invented dialect of it.

    ## Hidden rules
    None. JavaScript is JavaScript.

    ## Observation
    A sentence to finish about the language or about what a line prints, a program and the question what it prints, or the
    specification of an expression or of a function.

    ## Answer
    The end of the sentence (alone or with the sentence, in quotes or not), the printed text, the expression, or the code; a
    code fence around it is forgiven.

    ## Reward
    1 when the text is right or the code passes every hidden case in a real engine, else 0.

    ## Feedback
    The engine's message with its line, or the first case that fails with what was expected and what came.

    ## Levels
    0: sentences to finish (which SmolLM2-135M can partly do), one-line programs, expressions and one-line functions. 1: loops, closures and recursion to read, functions
    with edge cases to write.

    ## Pools
    ``eval``: 90 items.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.1 (a constant, an echo, the answer to another item); the oracle earns 1. SmolLM2-135M-Instruct (the frozen agent)
    finished about half of the sentences on what a line prints and a tenth of those on words of the language; of the programs to
    read and to write it got none in the asked form.

    ## Origin
    Written for this suite; templates drawn by seed.
    """

    name = "Probe-JavaScript-v0"
    language, title = "javascript", "JavaScript"


class TypeScript(CodeProbe):
    """Plain TypeScript: is the typed neighbour still written?

    ## Description
    Small programs to read and to write in TypeScript. Types are stripped and the rest is run for real.

    ## Hidden rules
    None. TypeScript is TypeScript.

    ## Observation
    A program and the question what it prints, or the specification of an expression or of a typed function.

    ## Answer
    The end of the sentence (alone or with the sentence, in quotes or not), the printed text, the expression, or the code; a
    code fence around it is forgiven.

    ## Reward
    1 when the text is right or the code passes every hidden case, else 0; a function that is right but has no types
    (plain JavaScript) earns 0.5.

    ## Feedback
    The engine's message with its line, the first case that fails, or that the types are missing.

    ## Levels
    0: sentences to finish (which SmolLM2-135M can partly do), one-line programs, expressions and one-line functions. 1: loops, closures and recursion to read, functions
    with edge cases to write.

    ## Pools
    ``eval``: 90 items.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.1 (a constant, an echo, the answer to another item); the oracle earns 1. SmolLM2-135M-Instruct (the frozen agent)
    finished about half of the sentences on what a line prints and none of those on words of the language; of the programs to
    read and to write it got none in the asked form.

    ## Origin
    Written for this suite; templates drawn by seed.
    """

    name = "Probe-TypeScript-v0"
    language, title = "typescript", "TypeScript"

    def _signature(self, task: Task) -> str:
        parameters = ", ".join(f"{name}: {kind}" for name, kind in task.parameters)
        return f"{task.name}({parameters}): {task.returns}"

    def _style(self, task: Task, source: str, item: Item, draw: Draw) -> Grade:
        if task.expression or run(Program("javascript", source), (), LIMITS).status == "syntax":
            return right(draw)
        diagnosis = draw.choice(
            (
                "It works, but it is plain JavaScript: the types are missing.",
                "Every case passes, yet nothing has a type.",
                "The results are right; TypeScript also wants the types that the question shows.",
            )
        )
        return Grade(0.5, "partial", Feedback("That is half right.", diagnosis, show(item, draw)), {"right": 1.0, "types": 0.0})


class Python(CodeProbe):
    """Plain Python: does another language suffer?

    ## Description
    Small programs to read and to write in Python: code, but far from every dialect of JavaScript.

    ## Hidden rules
    None. Python is Python.

    ## Observation
    A sentence to finish about the language or about what a line prints, a program and the question what it prints, or the
    specification of an expression or of a function.

    ## Answer
    The end of the sentence (alone or with the sentence, in quotes or not), the printed text, the expression, or the code; a
    code fence around it is forgiven.

    ## Reward
    1 when the text is right or the code passes every hidden case in a real interpreter, else 0.

    ## Feedback
    The interpreter's message with its line, or the first case that fails with what was expected and what came.

    ## Levels
    0: sentences to finish (which SmolLM2-135M can partly do), one-line programs, expressions and one-line functions. 1: loops, closures and recursion to read, functions
    with edge cases to write.

    ## Pools
    ``eval``: 90 items.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.1 (a constant, an echo, the answer to another item); the oracle earns 1. SmolLM2-135M-Instruct (the frozen agent)
    finished about half of the sentences on what a line prints and a fifth of those on words of the language; of the programs to
    read and to write it got none in the asked form.

    ## Origin
    Written for this suite; templates drawn by seed.
    """

    name = "Probe-Python-v0"
    language, title = "python", "Python"

    def _name(self, task: Task) -> str:
        return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), task.name)

    def _solution(self, task: Task) -> str:
        if task.expression:
            return task.python
        return f"def {self._signature(task)}:\n{textwrap.indent(task.python, '    ')}"

    def _wrap(self, task: Task, expression: str) -> str:
        return f"def {self._signature(task)}: return (\n{expression}\n)"

    def _literal(self, value: Any) -> str:
        return repr(value)
