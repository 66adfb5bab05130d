"""``clgym new``: its arguments, and what to do next."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from clgym.cli.parsing import command


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    from clgym.scaffold import KINDS

    new = command(
        commands,
        "new",
        "begin a package of your own: a family, an agent or a probe that works as it stands",
        example="clgym new family codenames",
        description="Write a package that brings a family, an agent or a probe: one module, its entry point, a test and a README card. "
        "It works as it stands; change it to what you have in mind.",
    )
    new.add_argument("kind", choices=KINDS)
    new.add_argument("name", metavar="NAME", help="what it is called: codenames, bird-calls")
    new.add_argument("--output", type=Path, default=None, metavar="DIR", help="a folder that is not there yet (clgym-NAME)")
    new.set_defaults(command=_new)


def _new(options: argparse.Namespace) -> int:
    from clgym.scaffold import new_package

    files = new_package(options.kind, options.name, options.output)
    for file in files:
        print(file)
    name = next(line for line in files[0].read_text(encoding="utf-8").splitlines() if line.startswith("class ")).split()[1]
    print(f"\nNow: clgym check {files[0]}:{name.partition('(')[0]}")
    return 0
