"""What a check is, and what running one finds: words for the author of what was checked, and no traceback to read."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from clgym.errors import ContractError, MissingExtra

#: A check ends after so many problems: the first few say what to change.
MOST_PROBLEMS = 5


class Broken(Exception):
    """Raised inside a check that cannot go on; its message is the problem."""


class Skipped(Exception):
    """Raised inside a check that says nothing about what is checked; its message is the reason."""


@dataclass(frozen=True)
class Finding:
    """What one check found. It holds where there are no problems."""

    subject: str
    """The id, ``module:Name`` or ``file.py:Name`` that was checked."""
    check: str
    level: int | None
    """``None`` where the check is not about one level."""
    holds: str
    """What the check holds, in a sentence."""
    problems: tuple[str, ...] = ()
    skipped: str = ""
    """Why it was not run; ``""`` where it was."""
    seconds: float = 0.0

    @property
    def id(self) -> str:
        """``CL-Conlang-v0-level1-oracle``."""
        return "-".join([self.subject, *([] if self.level is None else [f"level{self.level}"]), self.check])

    def raise_problems(self) -> None:
        """Raise ``ContractError`` where there are some."""
        if self.problems:
            raise ContractError(as_text([self]))


@dataclass(frozen=True)
class Case:
    """One check of one subject (and one of its levels), ready to be run."""

    subject: str
    check: str
    level: int | None
    holds: str
    problems: Callable[[], Iterable[str]]

    @property
    def id(self) -> str:
        """As :attr:`Finding.id`."""
        return Finding(self.subject, self.check, self.level, self.holds).id

    def run(self) -> Finding:
        """Run it. Whatever the subject raises is a problem, with its place; a missing extra is a reason to skip."""
        began, problems, skipped = perf_counter(), [], ""
        try:
            for problem in self.problems():
                problems.append(problem)
                if len(problems) == MOST_PROBLEMS:
                    break
        except (MissingExtra, Skipped) as reason:
            skipped = str(reason)
        except Broken as problem:
            problems.append(str(problem))
        except Exception as error:
            problems.append(f"{type(error).__name__} was raised{place_of(error)}: {short(str(error), 300)}")
        return Finding(self.subject, self.check, self.level, self.holds, tuple(problems), skipped, perf_counter() - began)


def cases_of(checks: Iterable[Callable[..., Iterator[str]]], subject: str, *given: Any, level: int | None = None) -> list[Case]:
    """A case of each check: a function from ``given`` (and the level) to problems, named for what it looks at, whose docstring
    begins with what holds."""
    arguments = given if level is None else (*given, level)

    def case(check: Callable[..., Iterator[str]]) -> Case:
        holds = (check.__doc__ or "").partition("\n")[0]
        return Case(subject, check.__name__.replace("_", "-"), level, holds, lambda: check(*arguments))

    return [case(check) for check in checks]


def raise_all(findings: Iterable[Finding]) -> None:
    """Run to the end, then raise one ``ContractError`` that lists every problem, where there are some."""
    broken = [finding for finding in findings if finding.problems]
    if broken:
        raise ContractError(as_text(broken))


def as_text(findings: Iterable[Finding]) -> str:
    """Problems as text: the check and what it holds, and below it what does not."""
    lines = []
    for finding in findings:
        lines += [f"{finding.id}: {finding.holds}", *(f"  - {problem}" for problem in finding.problems)]
    return "\n".join(lines)


def place_of(error: BaseException) -> str:
    """`` at file.py line 3 (grade)``: the innermost line that the error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {Path(frames[-1].filename).name} line {frames[-1].lineno} ({frames[-1].name})" if frames else ""


def short(text: object, most: int = 80) -> str:
    """A text in quotes, its middle left out where it is long."""
    quoted = repr(text)
    return quoted if len(quoted) <= most else f"{quoted[: most - 15]}...{quoted[-12:]}"
