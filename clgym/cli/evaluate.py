"""``clgym evaluate``: its arguments, and what came out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clgym.cli.parsing import command
from clgym.errors import InvalidSetting

if TYPE_CHECKING:
    from clgym.records import TrialRecords


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    evaluate = command(
        commands,
        "evaluate",
        "run a stranger's agent on private worlds: what comes out is a re-run result",
        description="The cells of a suite, drawn from a salt, with the agent in a process that sees neither the salt nor anything else, and the "
        "frozen arm of its model beside it.",
        example="clgym evaluate exec:./agent --suite baselines --salt-file salt.txt",
    )
    evaluate.add_argument("agent", nargs="+", metavar="AGENT", help="as `clgym run --agent` takes it")
    evaluate.add_argument("--suite", required=True, help="a suite (file or name); its worlds are drawn from the salt")
    evaluate.add_argument(
        "--salt-file", required=True, metavar="FILE", help="what `clgym salt new` wrote; - reads the salt from standard input"
    )
    evaluate.add_argument("--model", default="", help="for agents that drive one; the usual one where none is given")
    evaluate.add_argument("--out", type=Path, default=Path("evaluated"), help="folder of the trials; finished ones in it are kept")
    evaluate.add_argument("--network", action="store_true", help="let agents use the network; every page says so")
    evaluate.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="VARIABLE",
        help="of the environment, for agents that need a key; may be given several times",
    )
    evaluate.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    from clgym.evaluate import candidate, evaluate
    from clgym.seeding import SALT_VARIABLE
    from clgym.submission.salt import read_salt
    from clgym.sweep.plan import parse_spec
    from clgym.sweep.suite import load_suite

    if SALT_VARIABLE in options.keep:
        raise InvalidSetting(f"{SALT_VARIABLE} is what agents must not have: --keep is for keys of endpoints.")
    salt, file = read_salt(options.salt_file)
    candidates = [candidate(parse_spec(agent), options.model) for agent in options.agent]
    trials = evaluate(
        candidates,
        load_suite(options.suite).trials,
        salt,
        options.out,
        salt_file=file,
        network=options.network,
        keep=options.keep,
        heard=lambda line: print(line, file=sys.stderr),
    )
    done = []
    for records in trials:
        done.append(records)
        print(f"re-run   {records.trial.label} on {records.trial.world_id}, seed {records.trial.seed}", file=sys.stderr)
    _show(done)
    print(f"{options.out}: {len(done)} trials, re-run. `clgym submit {options.out} --output BUNDLE` makes a bundle of them.")
    return 0


def _show(trials: Sequence[TrialRecords]) -> None:
    """Each agent's θ_0 beside that of the frozen arm, and θ_N: means over its trials."""
    from rich.console import Console
    from rich.table import Table

    from clgym.evaluate.evaluator import rows_of

    table = Table("agent", "env", "trials", "θ₀, frozen arm", "θ₀, its own", "θ_N", "gain over the frozen arm", title="Eval reward")
    for row in rows_of(trials):
        numbers = (
            "" if value is None else f"{value:+.2f}" if name == "gain" else f"{value:.2f}" for name, value in row.numbers.items()
        )
        table.add_row(row.agent, row.env, str(row.trials), *numbers)
    Console(emoji=False).print(table)
