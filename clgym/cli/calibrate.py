"""``clgym calibrate``: its arguments, the cost before it starts, the table at the end."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from clgym.cli.deleting import delete
from clgym.cli.parsing import command
from clgym.errors import InvalidSetting
from clgym.registry import DEFAULT_MODEL
from clgym.seeding import SPLITS

#: What is calibrated beside ICL where nothing is said: without a learner that updates weights nothing can be out of reach.
LEARNER = "lora-sft"

if TYPE_CHECKING:
    from clgym.calibration import CalibrationCost, Cell, Settings
    from clgym.records import Trial


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    text = "what there is to learn for a model in every family, and whether in-context learning is enough"
    calibrate = command(commands, "calibrate", text, example="clgym calibrate --env CL-Taste-v0 --levels 0 --model smollm2-135m")
    what = calibrate.add_argument_group("what is calibrated")
    what.add_argument("--model", default=DEFAULT_MODEL, help="NAME, module:Name or path/to/file.py:Name")
    what.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="ENV",
        help="NAME, module:Name or path/to/file.py:Name; may be given several times; every family where none is given",
    )
    what.add_argument(
        "--with",
        dest="given",
        action="append",
        default=[],
        metavar="ENV:key=value,...",
        help="settings of all agents in one family; may be given several times",
    )
    what.add_argument("--levels", default="0-1", metavar="0-3", help="which levels")
    what.add_argument(
        "--learner",
        action="append",
        default=[],
        metavar="NAME[:key=value,...]",
        help=f"an agent beside ICL and the rulebook; may be given several times; {LEARNER} where none is given and the model has weights here; "
        "none for no learner",
    )
    what.add_argument("--split", default="validation", help=", ".join(SPLITS))
    what.add_argument("--worlds", default="0-5", metavar="0-4,7", help="indices of the worlds")
    what.add_argument("--queries", type=int, default=32, help="held-out queries in each world")
    what.add_argument("--contexts", default="8,32,128", metavar="8,32,128", help="exchanges in context, cut to the window")
    what.add_argument(
        "--feedback",
        default="correction,diagnosis",
        metavar="correction,diagnosis",
        help="what is said to who learns; a cell for each",
    )
    what.add_argument("--window", type=int, default=None, help="tokens of prompt and answer together (as many as the model takes)")
    what.add_argument(
        "--max-new-tokens", type=int, default=None, help="the longest answer (a quarter more than the longest right one)"
    )
    what.add_argument("--seed", type=int, default=0, help="samples and order of queries")
    how = calibrate.add_argument_group("how it is run")
    how.add_argument(
        "--out", type=Path, default=Path("runs/calibration"), help="folder of the trials; finished ones in it are kept"
    )
    how.add_argument(
        "--output", type=Path, default=None, metavar="PAGE.md", help="the page; its JSON is written beside it (OUT/calibration.md)"
    )
    how.add_argument("--workers", type=int, default=1, help="trials side by side, each in a process with a model of its own")
    how.add_argument("--engine", default="local", metavar="NAME[:key=value,...]", help="where trials run: local, ray, slurm")
    how.add_argument("--estimate", action="store_true", help="show what it costs, and end")
    how.add_argument("--fresh", action="store_true", help="delete these trials' folders first; asks before it does")
    how.add_argument("--yes", action="store_true", help="delete and start without asking")
    how.add_argument(
        "--render", type=Path, default=None, metavar="CALIBRATION.json", help="run nothing: write --output from this file"
    )
    calibrate.set_defaults(command=_calibrate)


def _calibrate(options: argparse.Namespace) -> int:
    if options.render:
        return _render(options.render, options.output or options.render.with_suffix(".md"))
    from clgym import calibration, registry
    from clgym.sweep import check

    settings = _settings(options)
    _check_agents(settings)
    model = registry.load_model(settings.model)
    if not options.learner and model.has_weights:
        settings = replace(settings, learners=(LEARNER,))
    cells = calibration.cells_of(settings, model)
    trials = calibration.trials_of(cells)
    check(trials)
    if options.fresh and not options.estimate:
        delete(trials, options.out, asked=options.yes)
    cost = calibration.estimate(settings, cells, options.out, model, workers=options.workers, engine=options.engine)
    trainable = bool(model.has_weights)
    del model  # trials load their own, in their own processes
    _show_cost(cost, cells)
    if options.estimate:
        return 0
    if cost.left and not options.yes:
        _ask(cost)
    code = _run(trials, options)
    if code != 130:
        data = calibration.calibration(settings, cells, options.out, trainable=trainable)
        _write(data, options.output or options.out / "calibration.md")
        _show(data)
    return code


def _settings(options: argparse.Namespace) -> Settings:
    from clgym.calibration import Settings
    from clgym.sweep import parse_numbers

    if options.workers < 1:
        raise InvalidSetting(f"workers must be at least 1, not {options.workers}.")
    return Settings(
        model=options.model,
        envs=tuple(dict.fromkeys(options.env)),
        given=tuple(options.given),
        levels=tuple(parse_numbers(options.levels)),
        split=options.split,
        worlds=tuple(parse_numbers(options.worlds)),
        queries=options.queries,
        contexts=tuple(parse_numbers(options.contexts)),
        learners=tuple(name for name in dict.fromkeys(options.learner) if name != "none"),
        feedback=tuple(dict.fromkeys(options.feedback.split(","))),
        window=options.window,
        max_new_tokens=options.max_new_tokens,
        seed=options.seed,
    )


def _check_agents(settings: Settings) -> None:
    """What can be said against model, families and learners before anything is loaded."""
    from clgym.sweep import parse_spec
    from clgym.sweep.plan import check_model

    check_model(settings.model)
    for learner in settings.learners:
        check_model(settings.model, parse_spec(learner).name)
    assert settings.specs


def _show_cost(cost: CalibrationCost, cells: Sequence[Cell]) -> None:
    """The table of what is left to run, and what it stands on."""
    table = Table(title="Still to be run, estimated", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    priced = bool(cost.total.dollars)
    for name in (
        "arm",
        "trials",
        "to run",
        "answers",
        "prompt tokens",
        "of them cached",
        "completion tokens",
        "time",
        *(["$"] if priced else []),
    ):
        table.add_column(name, justify="left" if name == "arm" else "right")
    for arm, trials, left, load in [*cost.rows, ("all", cost.trials, cost.left, cost.total)]:
        counts = (load.answers, load.prompt_tokens, load.cached_tokens, load.completion_tokens)
        table.add_row(
            arm,
            str(trials),
            str(left),
            *(f"{count:,.0f}" for count in counts),
            duration(load.seconds),
            *([f"{load.dollars:.2f}"] if priced else []),
        )
    console = _console()
    console.print(table)
    for cell in cells:
        for line in (cell.reason, *(f"{agent.name}: {agent.reason}" for agent in cell.agents if agent.reason), cell.note):
            if line:
                console.print(f"{cell.env} level {cell.level}: {line}", markup=False, highlight=False)
    console.print("Assumed: " + "; ".join(cost.assumptions) + ".", markup=False, highlight=False)
    if cost.left:
        console.print(
            f"About {duration(cost.seconds)} until it is done. It can be stopped and goes on where it was.", highlight=False
        )


def _ask(cost: CalibrationCost) -> None:
    try:
        answer = input(f"Run {cost.left} trials? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise InvalidSetting("nothing was run. Say --yes to start without being asked.")


def _run(trials: Sequence[Trial], options: argparse.Namespace) -> int:
    """Run what is not finished; the exit code."""
    from clgym.sweep import run_sweep
    from clgym.sweep.display import ProgressDisplay
    from clgym.sweep.run import ERROR_FILE

    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise InvalidSetting(f"trials cannot be written to {options.out}: {cause.strerror}.") from cause
    with ProgressDisplay(len(trials)) as board:
        outcome = run_sweep(trials, options.out, board, workers=options.workers, engine=options.engine)
        for folder in outcome.failed:
            board.say(f"Failed: see {folder / ERROR_FILE}")
        if outcome.interrupted:
            board.say(f"Interrupted. {len(outcome.finished)} of {len(trials)} trials are finished; the same command goes on.")
    return 130 if outcome.interrupted else 1 if outcome.failed else 0


def _write(data: Mapping[str, Any], page: Path) -> None:
    """The page, and the data that it was made from beside it."""
    from clgym.calibration import render

    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
        page.write_text(render(data), encoding="utf-8")
    except OSError as cause:
        raise InvalidSetting(f"the page cannot be written to {page}: {cause.strerror}.") from cause
    print(page)


def _render(source: Path, page: Path) -> int:
    from clgym.calibration import render
    from clgym.calibration.result import SCHEMA

    try:
        data = json.loads(source.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("schema") != SCHEMA or "cells" not in data:
            raise ValueError(f"no calibration of schema {SCHEMA}")
    except (OSError, ValueError) as cause:
        raise InvalidSetting(f"{source} cannot be read as what `clgym calibrate` wrote: {cause}.") from cause
    try:
        page.write_text(render(data), encoding="utf-8")
    except OSError as cause:
        raise InvalidSetting(f"the page cannot be written to {page}: {cause.strerror}.") from cause
    print(page)
    return 0


def _show(data: Mapping[str, Any]) -> None:
    """One row for each cell."""
    table = Table(
        title=f"{data['model']}, {data['split']}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for name in ("family", "level", "floor", "frozen", "best ICL", "rulebook", *data["learners"], "ideal", "verdict"):
        table.add_column(name, no_wrap=name != "verdict")
    for cell in data["cells"]:
        best = max((a for a in cell["arms"] if a["kind"] == "icl" and "estimate" in a), key=lambda a: a["estimate"], default=None)
        one = {arm["arm"]: arm for arm in cell["arms"]}
        table.add_row(
            cell["env"] if cell["feedback"] == "correction" else f"{cell['env']} ({cell['feedback']})",
            str(cell["level"]),
            f"{cell['floor']:.2f}" if "floor" in cell else "",
            _number(one.get("frozen")),
            _number(best),
            _number(one.get("rulebook")),
            *(_number(one.get(name)) for name in data["learners"]),
            _number(one.get("ideal")),
            cell["verdict"],
        )
    _console().print(table)


def _number(arm: Mapping[str, Any] | None) -> str:
    if arm is None or "estimate" not in arm:
        return "-"
    size = f" ({arm['exchanges']})" if "exchanges" in arm else ""
    return f"{arm['estimate']:.2f} [{arm['low']:.2f}, {arm['high']:.2f}]{size}"


def _console() -> Console:
    return Console(emoji=False, width=None if sys.stdout.isatty() else 200)


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
