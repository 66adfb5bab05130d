"""``clgym salt``, ``declare``, ``submit``, ``verify`` and ``leaderboard``: their arguments, and what is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from clgym.cli.pages import add_output, writing
from clgym.cli.parsing import command
from clgym.errors import InvalidSetting
from clgym.registry import DEFAULT_MODEL


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
    submit.add_argument(
        "--attempts",
        type=int,
        metavar="N",
        help="how often these agents were run on these worlds, all settings together; not ranked without",
    )
    submit.add_argument("--declaration", type=Path, metavar="FILE", help="what `clgym declare` wrote before the salt was published")
    submit.set_defaults(command=_submit)
    declare = command(
        commands,
        "declare",
        "say which agents will be submitted, before the salt is published",
        example="clgym declare icl lora-sft:rank=8 --attempts 3 --name mine --output declaration.json",
    )
    declare.add_argument("agent", nargs="+", metavar="AGENT", help="as `clgym run --agent` takes it")
    declare.add_argument("--model", default=DEFAULT_MODEL, help="for agents that drive one")
    declare.add_argument(
        "--attempts", type=int, required=True, metavar="N", help="how often agents were or will be run on the suite"
    )
    declare.add_argument("--name", required=True, help="what the submission will be called")
    declare.add_argument("--output", type=Path, default=Path("declaration.json"))
    declare.set_defaults(command=_declare)
    verify = command(
        commands,
        "verify",
        "replay recorded answers through the graders, make every number again",
        example="clgym verify bundle.tar.gz --suite families",
    )
    verify.add_argument("path", nargs="+", type=Path, metavar="BUNDLE_OR_RUNS")
    verify.add_argument("--suite", default="", help="a suite (file or name) whose settings the trials must have, all of them")
    _add_salt_file(verify)
    verify.set_defaults(command=_verify)
    board = command(
        commands, "leaderboard", "one HTML page from the bundles of a folder that verify", example="clgym leaderboard bundles"
    )
    board.add_argument("folder", type=Path, metavar="DIR", help="bundles lie in it, each a folder or a .tar.gz")
    add_output(board, "leaderboard.html")
    board.add_argument("--suite", required=True, help="the suite (file or name) that every bundle must be of, all of it")
    _add_salt_file(board)
    board.add_argument("--revealed", type=Path, metavar="FILE", help="what `clgym salt reveal --declared DIR` wrote")
    board.add_argument("--limit", type=float, default=1800.0, metavar="SECONDS", help="that one bundle may take")
    board.set_defaults(command=_leaderboard)


def _add_salt_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--salt-file",
        default="",
        metavar="FILE",
        help="the suite's worlds are private: drawn from this salt; - reads it from standard input",
    )


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
    bundle = submit(
        options.runs,
        options.output,
        name=name,
        contact=options.contact,
        date=options.date,
        attempts=options.attempts,
        declaration=options.declaration,
    )
    print(f"{options.output}\nsha256 of its metadata.yaml: {bundle.sha256}")
    return 0


def _declare(options: argparse.Namespace) -> int:
    from clgym.storage import sha256_of
    from clgym.submission.declaration import declare
    from clgym.sweep.plan import parse_spec

    agents = [parse_spec(agent) for agent in options.agent]
    declare(options.output, agents, model=options.model, name=options.name, attempts=options.attempts)
    print(f"{options.output}\nsha256: {sha256_of(options.output)}\nGive it to the evaluator before the salt is published.")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from clgym.seeding import holding
    from clgym.submission import verify

    differ, salt = False, _salt(options)
    suite = _suite(options.suite, private=salt is not None)
    for path in options.path:
        with holding(salt) if salt is not None else nullcontext():
            verdict = verify(path, suite=suite, heard=_heard)
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
        shown, refused = write_leaderboard(
            options.folder,
            options.output,
            suite=_suite(options.suite),
            salt=_salt(options),
            revealed=options.revealed,
            seconds=options.limit,
            heard=_heard,
        )
    for path, lines in refused.items():
        print(f"{path.name} is left out: {lines[0]}" + (f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""), file=sys.stderr)
    print(f"{options.output}: {shown} bundles")
    return 1 if refused else 0


def _salt(options: argparse.Namespace) -> bytes | None:
    from clgym.submission.salt import read_salt

    return read_salt(options.salt_file)[0] if options.salt_file else None


def _suite(text: str, *, private: bool = False) -> list[Any]:
    from clgym.sweep.suite import load_suite

    trials = load_suite(text).trials if text else []
    return [replace(trial, split="test") for trial in trials] if private else list(trials)


def _heard(line: str) -> None:
    if sys.stderr.isatty():
        print(f"replaying {line}", file=sys.stderr)
