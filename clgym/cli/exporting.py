"""``clgym export``: its arguments, and what became of the exchanges."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from clgym.cli.parsing import command
from clgym.errors import InvalidSetting


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    export = command(
        commands,
        "export",
        "finished trials as data sets for training",
        example="clgym export runs --format dpo --output pairs.jsonl",
        description="Write the exchanges of finished trials as rows that trainers read. The learn stream alone is exported: held-out sets and "
        "private worlds are refused unless --evaluate is given. Failed grades are left out and counted, and every row has the canary.",
    )
    export.add_argument("runs", nargs="+", type=Path, help="folders with trials in or below them")
    export.add_argument("--format", required=True, help="chat, sft, dpo, kto, grpo (lines of JSON) or minari")
    export.add_argument(
        "--output", default=None, metavar="FILE", help="FORMAT.jsonl where none is given; of minari, the id of the data set"
    )
    export.add_argument(
        "--sets", default="learn", metavar="learn,eval", help="which exchanges: learn, eval, guard, transfer/NAME, probe/ID"
    )
    export.add_argument(
        "--evaluate",
        action="store_true",
        help="export held-out sets and private worlds too: what is trained on them cannot be measured with them",
    )
    export.add_argument("--force", action="store_true", help="write over a file that is there")
    export.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    from clgym.export import FORMATS, export

    output = options.output or (f"{options.format}.jsonl" if options.format in FORMATS else "clgym/exchanges-v0")
    if options.format in FORMATS and Path(output).exists() and not options.force:
        raise InvalidSetting(f"{output} is there already: choose another --output, or say --force.")
    sets = tuple(name for name in options.sets.split(",") if name)
    counts = export(options.runs, options.format, output, sets=sets, evaluate=options.evaluate)
    print(output)
    left_out = [f"{counts.failed} failed grades left out"] if counts.failed else []
    left_out += [f"{counts.misled} with wrong feedback, whose corrections were not used"] if counts.misled else []
    left_out += [f"{counts.unfinished} unfinished trials left out"] if counts.unfinished else []
    told = "; ".join([f"{counts.rows} rows of {counts.exchanges} exchanges in {counts.trials} trials", *left_out])
    print(f"clgym: {told}.", file=sys.stderr)
    return 0
