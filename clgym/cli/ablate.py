"""``clgym ablate feedback`` and ``clgym ablate noise``: their arguments, and what is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from clgym.cli.pages import writing
from clgym.cli.parsing import command
from clgym.core import FEEDBACK_LEVELS
from clgym.errors import InvalidSetting, MissingExtra
from clgym.records import RESULT_FILE, Trial, TrialRecords

if TYPE_CHECKING:
    from clgym.metrics import Study

Options = argparse.Namespace

#: What a page of all trials is called.
REPORT_FILE = "report.html"


def add(
    commands: Any,
    add_options: Callable[..., None],
    planned: Callable[[Options], list[Trial]],
    run: Callable[[Sequence[Trial], Options], int],
) -> None:
    """Add the command to the program's subparsers.

    ``add_options`` gives a parser the options of ``clgym run``, ``planned`` makes trials of them, and ``run`` runs trials.
    """
    ablate = command(commands, "ablate", "the same agent under several conditions: feedback levels, or noise in feedback")
    factors = ablate.add_subparsers(title="what is varied", required=True, metavar="FACTOR")
    for factor, text in (
        ("feedback", "gain under each level of feedback, per env step and per feedback token"),
        ("noise", "gain as a function of the share of steps whose feedback is wrong"),
    ):
        # Options that a study has its own way with are given anew.
        study = command(
            factors,
            factor,
            text,
            description=f"Run the same agent in the same worlds: {text}.",
            example=f"clgym ablate {factor} --env CL-Playbook-v0 --agent recommender --worlds 0-4 --out runs/{factor}",
            conflict_handler="resolve",
        )
        add_options(study, required=False)
        own = study.add_argument_group("the study")
        if factor == "feedback":
            own.add_argument(
                "--levels",
                "--feedback",
                dest="values",
                default=",".join(FEEDBACK_LEVELS),
                metavar="LEVEL,LEVEL,...",
                help="which levels are compared",
            )
        else:
            own.add_argument(
                "--noise",
                dest="values",
                default="0,0.1,0.25,0.5",
                metavar="0,0.1,...",
                help="shares of env steps whose feedback is wrong",
            )
        own.add_argument("--report-only", action="store_true", help="run nothing: tables of the finished trials in --out")
        study.set_defaults(command=_ablate, factor=factor, planned=planned, run=run)


def _ablate(options: Options) -> int:
    from clgym.ablate import estimate
    from clgym.records import read_runs, read_trial
    from clgym.sweep.plan import trial_folder

    if options.report_only:
        _show(read_runs([options.out]), options)
        return 0
    trials = _trials(options)
    if not options.estimate:
        print(estimate(trials, None if options.fresh else options.out), file=sys.stderr, flush=True)
    code: int = options.run(trials, options)
    if options.estimate:
        return code
    folders = [trial_folder(options.out, trial) for trial in trials]
    finished = [read_trial(folder) for folder in folders if (folder / RESULT_FILE).exists()]
    if len({getattr(records.trial, options.factor) for records in finished}) > 1:
        _show(finished, options)
    return code


def _trials(options: Options) -> list[Trial]:
    """What is to be run, checked."""
    from clgym.ablate import varied
    from clgym.sweep import check

    for name in ("env", "agent"):
        if not getattr(options, name, None):
            raise InvalidSetting(f"--{name} is missing: name what is studied, or --report-only for tables of finished trials.")
    trials = varied(options.planned(options), options.factor, _values(options))
    check(trials)
    return trials


def _values(options: Options) -> list[Any]:
    parts = [part.strip() for part in options.values.split(",") if part.strip()]
    if options.factor == "feedback":
        return parts
    try:
        return [float(part) for part in parts]
    except ValueError as cause:
        raise InvalidSetting(f"--noise takes shares like 0,0.1,0.25, not {options.values!r}.") from cause


def _show(trials: Sequence[TrialRecords], options: Options) -> None:
    """Tables on the terminal, then as files."""
    from clgym.ablate import found_in, write
    from clgym.report import write_report

    found = found_in(trials, options.factor)
    _print(found)
    page = options.out / REPORT_FILE
    with writing(page, force=True):
        paths = [*write(found, trials, options.out)]
        try:
            paths.append(write_report([options.out], page))
        except MissingExtra as cause:
            print(f"clgym: no page is written. {cause}", file=sys.stderr)
    print("\n".join(map(str, paths)))


def _print(found: Sequence[Study]) -> None:
    """Tables that fit a terminal: reasons stand below them."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from clgym.ablate import cell_text
    from clgym.report.studies import part

    console = Console(emoji=False, width=None if sys.stdout.isatty() else 200)
    for study in found:
        shown = part(study)
        console.print(shown.title, style="bold", markup=False, highlight=False, soft_wrap=True)
        reasons: dict[str, None] = {}
        for content in shown.tables:
            table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
            for place, name in enumerate(content.header):
                table.add_column(name, justify="right" if place else "left", overflow="fold")
            for title, cells in content.rows:
                reasons.update(dict.fromkeys(cell.note for cell in cells if cell.undefined))
                table.add_row(title, *("undefined" if cell.undefined else cell_text(cell) for cell in cells))
            console.print(table, markup=False)
        for note in [*(f"undefined: {reason}." for reason in reasons), *shown.notes]:
            console.print(f"* {note}", markup=False, highlight=False, soft_wrap=True)
