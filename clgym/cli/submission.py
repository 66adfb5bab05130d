"""``clgym salt``, ``submit``, ``verify`` and ``leaderboard``: their arguments, and what is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clgym.cli.pages import add_output, writing
from clgym.cli.parsing import command
from clgym.errors import InvalidSetting


def add(commands: Any) -> None:
    """Add the commands to the program's subparsers."""
    _add_salt(command(commands, "salt", "the salt of private test worlds: make, commit to, reveal, check"))
    submit = command(
        commands, "submit", "a bundle of finished trials", example="clgym submit runs --output bundle.tar.gz --name mine"
    )
    submit.add_argument("runs", nargs="+", type=Path, help="folders with trials in or below them")
    submit.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="a folder that is made, or a .tar.gz")
    submit.add_argument("--name", default="", help="what the submission is called; by default the name of the bundle")
    submit.add_argument("--contact", default="", help="who answers questions about it")
    submit.add_argument("--date", default="", help="of the submission; today")
    submit.set_defaults(command=_submit)
    verify = command(
        commands,
        "verify",
        "replay recorded answers through the graders, make every number again",
        example="clgym verify bundle.tar.gz --suite families",
    )
    verify.add_argument("path", nargs="+", type=Path, metavar="BUNDLE_OR_RUNS")
    verify.add_argument("--suite", default="", help="a suite (file or name) whose settings the trials must have, all of them")
    verify.set_defaults(command=_verify)
    board = command(
        commands, "leaderboard", "one HTML page from the bundles of a folder that verify", example="clgym leaderboard bundles"
    )
    board.add_argument("folder", type=Path, metavar="DIR", help="bundles lie in it, each a folder or a .tar.gz")
    add_output(board, "leaderboard.html")
    board.add_argument("--suite", default="", help="a suite that every bundle must be of")
    board.set_defaults(command=_leaderboard)


def _add_salt(salt: argparse.ArgumentParser) -> None:
    steps = salt.add_subparsers(title="steps", required=True, metavar="STEP")

    def step(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = command(steps, name, text)
        made.set_defaults(command=run)
        return made

    new = step("new", "write a fresh salt to a file that only you can read", _new)
    new.add_argument("--output", type=Path, default=Path("clgym-salt.txt"))
    mix = step("mix", "write the salt of the secret that was committed to and of a number that was published later", _mix)
    mix.add_argument("--public", required=True, metavar="NUMBER", help="the number, as it was published")
    mix.add_argument("--output", type=Path, default=Path("clgym-salt-mixed.txt"))
    step("commit", "print the commitment of every family; publish it before the evaluation", _commit)
    reveal = step("reveal", "write the salt and its commitments; publish them after the evaluation", _reveal)
    reveal.add_argument("--output", type=Path, default=Path("clgym-salt-revealed.json"))
    reveal.add_argument("--public", default="", metavar="NUMBER", help="the number that the secret was mixed with")
    reveal.add_argument(
        "--declared", type=Path, metavar="DIR", help="declarations that came before: their hashes are published too"
    )
    check = step("check", "does a revealed salt fit the commitments that were published before?", _check)
    check.add_argument("revealed", type=Path, metavar="REVEALED", help="what `clgym salt reveal` wrote")
    check.add_argument("published", type=Path, metavar="COMMITMENTS", help="what `clgym salt commit` printed")


def _new(options: argparse.Namespace) -> int:
    from clgym.submission import salt

    salt.new_salt(options.output)
    print(salt.advice(options.output))
    return 0


def _mix(options: argparse.Namespace) -> int:
    from clgym.submission import salt

    salt.mix(options.public, options.output)
    print(f"{options.output} holds the salt of the worlds. Keep it secret, and the secret that it was made of.")
    return 0


def _commit(options: argparse.Namespace) -> int:
    from clgym.submission import salt

    found, missing = salt.commitments()
    print(salt.to_text(found), end="")
    for line in missing:
        print(f"clgym: left out: {line}", file=sys.stderr)
    return 0


def _reveal(options: argparse.Namespace) -> int:
    from clgym.submission import salt

    if options.declared is not None and not options.declared.is_dir():
        raise InvalidSetting(f"{options.declared} is no folder of declarations.")
    salt.reveal(options.output, public=options.public, declared=options.declared)
    print(f"{options.output} holds the salt for everybody to read: its worlds are public from now on. Make a new one for the next.")
    return 0


def _check(options: argparse.Namespace) -> int:
    from clgym.submission import salt

    wrong = salt.check(options.revealed, options.published)
    for line in wrong:
        print(line)
    if not wrong:
        print("The revealed salt fits every commitment.")
    return 1 if wrong else 0


def _submit(options: argparse.Namespace) -> int:
    from clgym.submission import submit

    name = options.name or options.output.name.removesuffix(".tar.gz").removesuffix(".tgz")
    bundle = submit(options.runs, options.output, name=name, contact=options.contact, date=options.date)
    print(f"{options.output}\nsha256 of its metadata.yaml: {bundle.sha256}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from clgym.submission import verify

    differ = False
    for path in options.path:
        verdict = verify(path, suite=_suite(options.suite), heard=_heard)
        for line in verdict.differences:
            print(line)
        if verdict.outside:
            print(f"families from outside: {', '.join(verdict.outside)}")
        name = f", sha256 {verdict.sha256}" if verdict.sha256 else ""
        state = f"verified, {verdict.standing}" if verdict.verified else f"NOT verified, {len(verdict.differences)} differences"
        print(f"{path}: {verdict.trials} trials{name}: {state}")
        differ |= not verdict.verified
    return 1 if differ else 0


def _leaderboard(options: argparse.Namespace) -> int:
    from clgym.submission.leaderboard import write_leaderboard

    with writing(options.output, force=options.force):
        shown, refused = write_leaderboard(options.folder, options.output, suite=_suite(options.suite), heard=_heard)
    for path, lines in refused.items():
        print(f"{path.name} is left out: {lines[0]}" + (f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""), file=sys.stderr)
    print(f"{options.output}: {shown} bundles")
    return 1 if refused else 0


def _suite(text: str) -> list[Any]:
    from clgym.sweep.suite import load_suite

    return list(load_suite(text).trials) if text else []


def _heard(line: str) -> None:
    if sys.stderr.isatty():
        print(f"replaying {line}", file=sys.stderr)
