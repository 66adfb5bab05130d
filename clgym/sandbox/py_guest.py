"""What happens in the forked child that a Python program runs in: it locks itself in, runs, and writes one reply.

By the time the program runs, the child has no file but the pipe of its reply, may make no system call beyond
memory and that pipe, and has limits on memory, processor and steps.
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import os
import random
import re
import resource
import signal
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from clgym.sandbox.py_names import suggestion
from clgym.sandbox.py_steps import STEP, count_steps
from clgym.sandbox.types import decode

#: Modules that programs may import; loaded before the fork, for no file can be opened after it.
MODULES = (
    "abc",
    "array",
    "bisect",
    "cmath",
    "collections",
    "collections.abc",
    "copy",
    "dataclasses",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "json",
    "math",
    "numbers",
    "operator",
    "queue",
    "random",
    "re",
    "statistics",
    "string",
    "textwrap",
    "types",
    "typing",
    "unicodedata",
    "__future__",
)
#: How large a result may be: values in it, characters in its strings, bits of a number (4,300 digits are no JSON).
VALUE_NODES, VALUE_CHARS, NUMBER_BITS = 100_000, 1_000_000, 10_000
REPLY = 3
#: Frames of a traceback that are kept: the first and the last.
_FIRST, _LAST = 2, 5
_RECURSION = 1000  # Python's own default, whatever the worker needs for itself
#: Where an object lies in memory, as Python shows it: other on every run, so that nothing could be compared or repeated.
_ADDRESS = re.compile(r"( at )0x[0-9a-f]{6,16}(?=>)", re.IGNORECASE)
_MISSING = {
    "open",
    "exec",
    "eval",
    "compile",
    "input",
    "breakpoint",
    "help",
    "exit",
    "quit",
    "copyright",
    "credits",
    "license",
    "memoryview",
}


class Module(NamedTuple):
    """A module that programs find around them."""

    path: str
    source: str
    code: CodeType


class Around(NamedTuple):
    """What is around a program; see ``clgym.sandbox.Surroundings``."""

    file: str
    given: str
    preload: str
    modules: tuple[Module, ...]
    files: tuple[tuple[str, str], ...] = ()


class StepLimit(BaseException):
    """The program took too many steps."""


class TooLarge(Exception):
    """The result has no JSON of a reasonable size."""


class Console(io.TextIOBase):
    """Standard output, kept up to a number of characters."""

    def __init__(self, most: int):
        self.text, self.cut, self._most = "", False, most

    def write(self, text: str) -> int:
        if not self.cut:
            self.text += text[: self._most + 1]
            self.cut = len(self.text) > self._most
            self.text = self.text[: self._most]
        return len(text)


class Counter:
    """Counts steps; once the limit is reached every further step throws again."""

    def __init__(self, most: int):
        self.most, self.left = most, most

    def stepper(self) -> Callable[[], bool]:
        """The function that programs call."""

        def step() -> bool:
            self.left -= 1
            if self.left < 0:
                raise StepLimit
            return True

        return step


def address_space() -> int:
    """Bytes of address space that this process has: what a fork of it begins with."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def confine(limits: dict[str, Any], deadline: float, lock: Any, held: int) -> None:
    """Give up everything but memory, a share of the processor and the pipe ``REPLY``; there is no way back."""
    os.closerange(REPLY + 1, 1024)  # 0, 1 and 2 are the null device already, in the worker
    resource.setrlimit(resource.RLIMIT_AS, (held + limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, limits["seconds"])
    signal.setitimer(signal.ITIMER_REAL, deadline)
    lock.load()


def compiled(source: str, path: str) -> CodeType:
    """Source text as code that counts its steps."""
    code: CodeType = compile(count_steps(ast.parse(source, path)), path, "exec", dont_inherit=True)
    return code


def run(source: str, function: str, arguments: Any, limits: dict[str, Any], around: Around) -> dict[str, Any]:
    """Run a program (and a function of it) in this process; the reply, and whether it got as far as the call."""
    console, counter = Console(limits["output_chars"]), Counter(limits["steps"])
    sys.stdout = sys.stderr = console
    sys.stdin = io.StringIO()
    random.seed(0)
    sys.setrecursionlimit(_RECURSION)
    status, value, error, called = "ok", None, None, False
    try:
        programs = {path: compiled(text, path) for path, text in (*around.files, (around.file, source))}
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as odd:
        return {"status": "syntax", "value": None, "error": _syntax(odd), "steps": 0, "console": "", "cut": False, "called": False}
    pending: dict[str, CodeType] = {}
    known = _builtins(counter, around, pending)
    try:
        _run_modules(around.modules, known)
        for path, _ in around.files:
            _namespace(path, around.given, known, main=False)
        namespace = _namespace(around.file, around.given, known, main=not function)
        names = {path: _name_of(path) if path != around.file else namespace["__name__"] for path in programs}
        pending.update((names[path], program) for path, program in programs.items())
        for name in names.values():
            _run_pending(name, pending)
        if function:
            target = _find(namespace, function)
            called = True
            value = pack(target(*arguments))
    except StepLimit:
        pass
    except MemoryError:
        status, error = "memory", _fault("MemoryError", "out of memory")
    except TooLarge as large:
        status, error = "output", _fault("", str(large))
    except BaseException as thrown:
        status, error = "exception", _describe(thrown, source, around)
    if counter.left < 0:
        status, value, error = "steps", None, _fault("", "step limit reached")
    used = counter.most - max(0, counter.left)
    return {
        "status": status,
        "value": value if status == "ok" else None,
        "error": error,
        "steps": used,
        "console": placeless(console.text).rstrip("\n"),
        "cut": console.cut,
        "called": called,
    }


def reply(message: dict[str, Any]) -> None:
    """Write the reply to the pipe."""
    data = memoryview(json.dumps(message).encode("ascii"))
    while data:
        data = data[os.write(REPLY, data) :]


def pack(value: Any) -> Any:
    """A result as JSON in the form of ``clgym.sandbox.types``, by the built-in types' own methods."""
    room = [VALUE_NODES, VALUE_CHARS]

    def packed(value: Any, depth: int) -> Any:
        room[0] -= 1
        if room[0] < 0 or depth > 100:
            raise TooLarge("the result is too large, too deep or circular")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return text(value)
        if isinstance(value, int):
            if int.bit_length(value) > NUMBER_BITS:
                raise TooLarge("the result holds a number of too many digits")
            return int.__index__(value)
        if isinstance(value, float):
            shown = float.__repr__(value)
            special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity", "-0.0": "-0"}.get(shown)
            return {"$": special} if special else float(shown)
        if isinstance(value, (list, tuple)):
            walk = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
            return [packed(item, depth + 1) for item in walk]
        if isinstance(value, dict):
            pairs = list(dict.items(value))
            if all(isinstance(key, str) for key, _ in pairs):
                return {("$" + key if key[:1] == "$" else text(key)): packed(item, depth + 1) for key, item in pairs}
            return {"$": "map", "v": [[packed(key, depth + 1), packed(item, depth + 1)] for key, item in pairs]}
        if isinstance(value, (set, frozenset)):
            walk = set.__iter__(value) if isinstance(value, set) else frozenset.__iter__(value)
            return {"$": "set", "v": sorted((packed(item, depth + 1) for item in walk), key=json.dumps)}
        return {"$": "object"}

    def text(value: str) -> str:
        room[1] -= str.__len__(value)
        if room[1] < 0:
            raise TooLarge("the result is too large")
        return placeless(str.__str__(value))

    return packed(value, 0)


def placeless(text: str) -> str:
    """A text without addresses of objects."""
    return _ADDRESS.sub(r"\g<1>0x0", text) if " at 0x" in text else text


def _builtins(counter: Counter, around: Around, pending: dict[str, CodeType]) -> dict[str, Any]:
    """What a program has without importing it. Files of the program that did not run yet (``pending``) run when they are imported."""
    paths = (around.file, *(path for path, _ in around.files), *(module.path for module in around.modules))
    own = {_name_of(path) for path in paths if path != "<program>"}
    own |= {name.rpartition(".")[0] for name in own if "." in name}

    def load(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
        if level:
            name = _absolute(name, (globals or {}).get("__package__") or "", level)
        preloaded = around.preload and name.partition(".")[0] == around.preload and name in sys.modules
        if not (name in MODULES or name in own or preloaded):
            raise ImportError(f"module {name!r} is not available here", name=name)
        for part in (name, *(f"{name}.{each}" for each in fromlist or () if isinstance(each, str))):
            _run_pending(part, pending)
        return sys.modules[name] if fromlist else sys.modules[name.partition(".")[0]]

    known = {name: value for name, value in vars(builtins).items() if name not in _MISSING}
    return known | {"__import__": load, STEP: counter.stepper()}


def _absolute(name: str, package: str, level: int) -> str:
    """The full name of a module that is imported by its place beside another one."""
    parts = package.split(".") if package else []
    if len(parts) < level:
        raise ImportError("attempted relative import with no known parent package")
    return ".".join(filter(None, (*parts[: len(parts) - level + 1], name)))


def _run_pending(name: str, pending: dict[str, CodeType]) -> None:
    """Run a file of the program, once."""
    program = pending.pop(name, None)
    if program is not None:
        exec(program, sys.modules[name].__dict__)


def _name_of(path: str) -> str:
    """The dotted name of a module: ``app/models.py`` is ``app.models``."""
    return path.strip("<>").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _module(name: str, known: dict[str, Any]) -> ModuleType:
    """A fresh module that can be imported, in its package where it has one."""
    module = sys.modules[name] = ModuleType(name)
    module.__dict__["__builtins__"] = known
    package, _, last = name.rpartition(".")
    module.__package__ = package
    if package:
        if package not in sys.modules:
            _module(package, known)
        setattr(sys.modules[package], last, module)
    return module


def _run_modules(modules: tuple[Module, ...], known: dict[str, Any]) -> None:
    for name in sorted({_name_of(module.path) for module in modules}):
        _module(name, known)
    for module in modules:
        exec(module.code, sys.modules[_name_of(module.path)].__dict__)


def _namespace(path: str, given: str, known: dict[str, Any], main: bool) -> dict[str, Any]:
    """Where a file of the program runs. Dataclasses look a class's module up, so it is one."""
    name = _name_of(path) if not path.startswith("<") else "__main__" if main else "program"
    namespace = _module(name, known).__dict__
    if given:
        public = vars(sys.modules[given]).items()
        namespace.update({name: value for name, value in public if not name.startswith("_")})
    return namespace


def _find(namespace: dict[str, Any], name: str) -> Any:
    module, colon, name = name.rpartition(":")
    if colon:
        namespace = sys.modules[module].__dict__
    first, *rest = name.split(".")
    if first not in namespace:
        raise NameError(f"name {first!r} is not defined")
    value = namespace[first]
    for attribute in rest:
        value = getattr(value, attribute)
    return value


def _fault(name: str, message: str, line: int = 0, column: int = 0) -> dict[str, Any]:
    return {"name": name, "message": placeless(message[:2000]), "line": line, "column": column}


def _syntax(odd: BaseException) -> dict[str, Any]:
    if isinstance(odd, SyntaxError):
        return _fault(type(odd).__name__, str(odd.msg), odd.lineno or 0, odd.offset or 0)
    too_deep = isinstance(odd, (RecursionError, MemoryError))
    return _fault("SyntaxError", "the program is too deeply nested" if too_deep else str(odd))


def _describe(thrown: BaseException, source: str, around: Around) -> dict[str, Any]:
    sources = {around.file: source} | dict(around.files) | {module.path: module.source for module in around.modules}
    line, trace, frames = 0, thrown.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == around.file:
            line = trace.tb_lineno
        if code.co_filename in sources and not code.co_filename.startswith("<"):
            lines = sources[code.co_filename].split("\n")
            text = lines[trace.tb_lineno - 1].strip() if trace.tb_lineno <= len(lines) else ""
            frames.append(f'  File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_name}\n    {text[:200]}\n')
        trace = trace.tb_next
    try:
        message = str(thrown)
    except BaseException:
        message = "an error that cannot be shown"
    last = f"{_full_name(type(thrown))}: {placeless(message[:500])}{suggestion(thrown)}"
    return {**_fault(type(thrown).__name__, message, line), "trace": _traceback(frames, last)}


def _full_name(kind: type) -> str:
    """An exception as the last line of a traceback names it."""
    return kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"


def _traceback(frames: list[str], last: str) -> str:
    """A traceback as Python writes it, without the marks under a line, in which its versions differ."""
    if not frames:
        return ""
    if len(frames) > _FIRST + _LAST:
        frames = [*frames[:_FIRST], f"  [{len(frames) - _FIRST - _LAST} more frames]\n", *frames[-_LAST:]]
    return "Traceback (most recent call last):\n" + "".join(frames) + last.removesuffix(": ")


def arguments_of(packed: str) -> list[Any]:
    """A call's arguments."""
    given: list[Any] = decode(json.loads(packed))
    return given
