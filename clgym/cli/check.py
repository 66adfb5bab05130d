"""``clgym check``: its arguments, and a line for each check."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clgym.cli.parsing import command
from clgym.errors import ClgymError, InvalidSetting

if TYPE_CHECKING:
    from clgym.testing import Finding


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    check = command(
        commands,
        "check",
        "does a family, an agent or a wrapper keep its contract?",
        example="clgym check CL-Taste-v0 recommender",
        description="Run every check of what the names stand for: families, probes, agents (with their small settings, and the model "
        "tiny), wrappers. Exit code 0: all hold; 1: some do not; 2: something cannot be loaded.",
    )
    check.add_argument("names", nargs="+", metavar="ID", help="an id, module:Name or path/to/file.py:Name")
    check.add_argument("--only", default="", metavar="TEXT", help="checks whose name has this in it: level0, oracle")
    check.add_argument("--json", action="store_true", help="as JSON, one finding a line")
    check.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    codes = [_check_one(name, options) for name in options.names]
    return max(codes)


def _check_one(name: str, options: argparse.Namespace) -> int:
    from clgym.testing import cases_for

    try:
        every = cases_for(name)
        cases = [case for case in every if options.only in case.id.removeprefix(name)]
        if not cases:
            raise InvalidSetting(
                f"{name} has no check {options.only!r}. Choices: {', '.join(dict.fromkeys(c.check for c in every))}."
            )
    except ClgymError as error:
        print(f"clgym: {error}", file=sys.stderr)
        return 2
    findings = []
    for case in cases:
        findings.append(case.run())
        _show(findings[-1], as_json=options.json)
    if not options.json:
        print(_sum_of(name, findings))
    return int(any(finding.problems for finding in findings))


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"id": finding.id, **asdict(finding)}), flush=True)
        return
    mark = "skip" if finding.skipped else "FAIL" if finding.problems else "ok"
    skipped = f" (skipped: {finding.skipped})" if finding.skipped else ""
    level = "" if finding.level is None else f"level {finding.level}: "
    print(f"{mark:4} {finding.seconds:6.2f} s  {level}{finding.holds}{skipped}", flush=True)
    for problem in finding.problems:
        print(f"       - {problem}", flush=True)


def _sum_of(name: str, findings: Iterable[Finding]) -> str:
    findings = list(findings)
    broken, skipped = sum(bool(one.problems) for one in findings), sum(bool(one.skipped) for one in findings)
    held = len(findings) - broken - skipped
    parts = [f"{held} hold", *([f"{broken} do not"] if broken else []), *([f"{skipped} skipped"] if skipped else [])]
    return f"{name}: {', '.join(parts)}, in {sum(one.seconds for one in findings):.1f} s."
