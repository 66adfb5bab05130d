"""What goes into the sandbox and what comes out of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

LANGUAGES = ("javascript", "typescript", "python")

#: How a call can end. All but ``failed`` are verdicts about the program.
STATUSES = (
    "ok",  # it returned; see ``value``
    "syntax",  # it could not be read at all
    "exception",  # it threw
    "steps",  # it took more steps than allowed: deterministic
    "memory",  # it asked for more memory than allowed
    "output",  # its result is too large, too deep or circular, so it has no JSON
    "timeout",  # it spent the seconds inside one built-in, where no steps are counted
    "crashed",  # it killed the process it ran in, twice, while other programs run well
    "failed",  # our own fault: no worker could be had
)


#: What a Python program's parent process may have loaded and warmed before it forks.
PRELOADS = ("", "django")


@dataclass(frozen=True)
class Surroundings:
    """What a Python program finds around it.

    ``modules`` are (path, source) pairs such as ``("app/models.py", "...")``, run in that order before the program, which may
    import them; their text is trusted and holds no expected answers. ``file`` is the program's own path; errors then carry a
    traceback through all files whose paths do not begin with ``<``. ``files`` are more files of the program, as little trusted as it is; they
    run before it in their order, or when they are first imported, and lie in a package of their own. ``given`` is a module whose public names
    each file of the program begins with. ``preload`` is one of ``PRELOADS``.
    """

    modules: tuple[tuple[str, str], ...] = ()
    file: str = "<program>"
    given: str = ""
    preload: str = ""
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Program:
    """Source text in one of ``LANGUAGES``.

    ``counted`` says that a compiler already put ``__step();`` where clgym.sandbox asks for it (JavaScript only);
    otherwise the sandbox does that itself. ``around`` is for Python alone.
    """

    language: str
    source: str
    counted: bool = False
    around: Surroundings = Surroundings()


class Call(NamedTuple):
    """A function of the program (a name, dots allowed) and its arguments: JSON values, NaN, infinities, UNDEFINED.

    ``"app.check:visit"`` names a function of a module in the program's surroundings.
    """

    function: str
    arguments: Sequence[Any] = ()


@dataclass(frozen=True)
class Limits:
    """What one call may use. ``seconds`` is a backstop; verdicts should come from ``steps``."""

    steps: int = 500_000
    memory_bytes: int = 64 << 20
    output_chars: int = 4_000
    seconds: float = 2.0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Fault:
    """An error of the program. ``line`` and ``column`` count from 1 in the source as given; 0 where unknown.

    ``trace`` is Python's traceback, where the program's surroundings name its file.
    """

    name: str
    message: str
    line: int = 0
    column: int = 0
    trace: str = ""

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        place = f" (line {self.line}{column})" if self.line else ""
        return ": ".join(part for part in (self.name, self.message) if part) + place


@dataclass(frozen=True)
class Result:
    """How one call ended. ``console`` is cut to ``Limits.output_chars``; ``cut`` says so."""

    status: str
    value: Any = None
    console: str = ""
    cut: bool = False
    error: Fault | None = None
    steps: int = 0


class Outcome(NamedTuple):
    """One result per call, in order; a run without calls has one, of the program itself."""

    results: tuple[Result, ...]

    @property
    def status(self) -> str:
        """``ok``, or the first status that is not."""
        return next((result.status for result in self.results if result.status != "ok"), "ok")


class Undefined:
    """JavaScript's undefined (also functions and symbols, which have no JSON). There is one: ``UNDEFINED``."""

    def __repr__(self) -> str:
        return "undefined"

    def __reduce__(self) -> str:
        return "UNDEFINED"

    def __copy__(self) -> Undefined:
        return self

    def __deepcopy__(self, memo: object) -> Undefined:
        return self


UNDEFINED = Undefined()

#: A worker packs values to a depth of 100; maps take two lists each. Its longest number has 4,000 digits.
_DEPTH, _DIGITS = 250, 4_300

_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


def encode(value: Any) -> Any:
    """A value as JSON: what JSON lacks becomes ``{"$": kind}``, keys that begin with ``$`` get one more."""
    if isinstance(value, Undefined):
        return {"$": "undefined"}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0:
        return {"$": "-0"}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {("$" + key if key.startswith("$") else key): encode(item) for key, item in value.items()}
    return value


def decode(value: Any, room: int = _DEPTH) -> Any:
    """The inverse of :func:`encode`. Maps become lists of pairs, sets and tuples lists, functions ``UNDEFINED``.

    Half a surrogate pair becomes U+FFFD: no feedback or record could carry it. Raises ``ValueError`` where lists are deeper
    or numbers longer than a worker lets through: a forged reply, which those who read the value could not take.
    """
    if room < 0:
        raise ValueError("the value is too deep")
    if isinstance(value, list):
        return [decode(item, room - 1) for item in value]
    if isinstance(value, str):
        return whole(value)
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None:
        return {whole(key[1:] if key.startswith("$") else key): decode(item, room - 1) for key, item in value.items()}
    if kind in _NUMBERS:
        return _NUMBERS[kind]
    if kind == "bigint":
        if len(value["v"]) > _DIGITS:  # some versions of Python would read any number of them, for hours
            raise ValueError("the number is too long")
        return int(value["v"])
    if kind in ("map", "set", "tuple"):
        return [decode(item, room - 1) for item in value["v"]]
    return UNDEFINED


def whole(text: str) -> str:
    """A text that can be encoded: every half of a surrogate pair as U+FFFD."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def same(expected: Any, got: Any, tolerance: float = 1e-9) -> bool:
    """Whether two values are the same JSON: types count, 1 and 1.0 are one number, True is not 1.

    >>> same([1, {"a": None}], [1.0, {"a": None}]), same(1, True), same(0.3, 0.1 + 0.2)
    (True, False, True)
    """
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        if isinstance(expected, int) and isinstance(got, int):
            return expected == got
        return expected == got or math.isclose(expected, got, rel_tol=tolerance) or (expected != expected and got != got)
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(expected) == len(got) and all(same(a, b, tolerance) for a, b in zip(expected, got))
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(same(expected[key], got[key], tolerance) for key in expected)
    return type(expected) is type(got) and (expected == got)
