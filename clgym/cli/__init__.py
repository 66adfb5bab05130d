"""``clgym``: argument parsing, and nothing else.

    clgym envs | agents | models | wrappers     what there is; with a NAME, all that is known of it
    clgym run ...                               run trials and summarize them
    clgym sweep SUITE                           run the trials of a file
    clgym report RUNS                           one HTML page from finished trials
    clgym ablate feedback | noise               one agent under several conditions, paired
    clgym plan --gain 0.1 RUNS                  how many worlds and queries it takes to see a gain
    clgym calibrate                             what there is to learn for a model, and whether in-context learning is enough
    clgym certify                               what can be known of worlds, from what, and how soon
    clgym play ENV                              answer queries yourself
    clgym new family | agent | probe NAME       begin a package of your own
    clgym check ID | module:Name                does a family, an agent or a wrapper keep its contract?
    clgym salt new | mix | commit | reveal | check the salt of private test worlds
    clgym evaluate AGENT --suite S --salt-file F run a stranger's agent on private worlds, so that it learns nothing else
    clgym declare AGENT --attempts N            what will be submitted, said before the salt is published
    clgym submit RUNS --output BUNDLE           a bundle of finished trials
    clgym verify BUNDLE_OR_RUNS                 replay recorded answers, make every number again
    clgym leaderboard DIR --suite S             one HTML page from bundles that verify
    clgym judge ENV --model MODEL               how far a language model as the judge agrees with the rules
    clgym export RUNS --format sft              finished trials as data sets for training
    clgym serve ENV --port 8000                 an env behind an OpenEnv server
    clgym fetch MODEL                           fetch and check a language model ahead of time
    clgym doctor                                what this machine can do, and what to do about the rest

Exit codes: 0 done, 1 a trial failed or does not verify, 2 the command could not be carried out as given, 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clgym._version import __version__
from clgym.cli import ablate, calibrate, certify, check, evaluate, exporting, judging, new, serving, submission
from clgym.cli.deleting import delete
from clgym.cli.pages import add_output, writing
from clgym.cli.parsing import Parser, add_settings, command, given
from clgym.core import FEEDBACK_LEVELS
from clgym.errors import ClgymError, InvalidSetting
from clgym.records import Trial
from clgym.registry import DEFAULT_MODEL
from clgym.seeding import SPLITS
from clgym.settings import checked, from_text
from clgym.threads import sleep_while_waiting

_NAMED = "NAME, module:Name or path/to/file.py:Name"


def main(arguments: Sequence[str] | None = None) -> int:
    """The program. Errors that a user can cause are one line on stderr and exit code 2."""
    import clgym  # noqa: F401  (registers the envs)

    sleep_while_waiting()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show ä still shows the rest
            stream.reconfigure(errors="backslashreplace")
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except ClgymError as error:
        print(f"clgym: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `clgym envs | head`
        _drop_output()
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        _drop_output()
        print(f"clgym: what is printed cannot be written: {error.strerror}.", file=sys.stderr)
        return 2
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        return 0  # rich ends the program where the reader of a table has left
    except KeyboardInterrupt:
        print("\nclgym: interrupted.", file=sys.stderr)
        return 130
    return code


def _drop_output() -> None:
    """Nothing is left to fail at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = Parser(prog="clgym", description="Continual learning after deployment, measured.")
    parser.add_argument("--version", action="version", version=f"clgym {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, text in (
        ("envs", "task families and probes"),
        ("agents", "baselines"),
        ("models", "language models"),
        ("wrappers", "gymnasium wrappers"),
    ):
        _add_list(command(commands, name, f"list {text}, or show one", example=f"clgym {name}"), name)
    _add_run(
        command(
            commands,
            "run",
            "run trials: envs x agents x worlds x seeds",
            example="clgym run --env CL-Taste-v0 --agent recommender --agent lora-sft:rank=8 --worlds 0-4",
        )
    )
    _add_sweep(command(commands, "sweep", "run the trials of a suite", example="clgym sweep families --workers 2"))
    _add_report(command(commands, "report", "one HTML page from finished trials", example="clgym report runs"))
    _add_plan(
        command(commands, "plan", "how many worlds and queries it takes to see a gain", example="clgym plan --gain 0.1 runs/pilot")
    )
    _add_play(command(commands, "play", "answer queries yourself", example="clgym play CL-Conlang-v0 --feedback correction"))
    ablate.add(commands, _add_trials, _planned, _run_trials)
    calibrate.add(commands)
    certify.add(commands)
    submission.add(commands)
    evaluate.add(commands)
    judging.add(commands)
    check.add(commands)
    new.add(commands)
    exporting.add(commands)
    serving.add(commands)
    fetch = command(commands, "fetch", "fetch and check a language model ahead of time", example=f"clgym fetch {DEFAULT_MODEL}")
    fetch.add_argument("model", nargs="?", default=DEFAULT_MODEL, help=f"{_NAMED} (default: %(default)s)")
    fetch.set_defaults(command=_fetch)
    doctor = command(commands, "doctor", "what this machine can do, and what to do about the rest")
    doctor.add_argument("--out", type=Path, default=Path("runs"), help="the folder whose disk is looked at")
    doctor.add_argument("--full", action="store_true", help="also import every engine, tracker and agent (slower)")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(command=_doctor)
    return parser


def _add_list(listing: argparse.ArgumentParser, kind: str) -> None:
    listing.add_argument("name", nargs="?", metavar="NAME", help=f"all that is known of one: {_NAMED}")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(command=_list, kind=kind)


def _add_run(run: argparse.ArgumentParser) -> None:
    _add_trials(run)
    run.set_defaults(command=_run)


def _add_trials(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """The settings of trials, and where they run."""
    add_settings(parser, required=required)
    _add_where(parser.add_argument_group("where it runs"), {"out": Path("runs"), "workers": 1, "engine": "local"})


def _add_where(group: argparse._ArgumentGroup, usual: Mapping[str, Any]) -> None:
    """Where trials run; of what is not ``usual``, a suite has the say."""
    group.add_argument(
        "--out", type=Path, default=usual.get("out", argparse.SUPPRESS), help="folder of the trials; finished ones in it are kept"
    )
    group.add_argument(
        "--workers",
        type=from_text,
        default=usual.get("workers", argparse.SUPPRESS),
        metavar="N",
        help="trials side by side, each in a process with a model of its own",
    )
    group.add_argument(
        "--engine",
        default=usual.get("engine", argparse.SUPPRESS),
        metavar="NAME[:key=value,...]",
        help="where trials run: local, ray, slurm",
    )
    group.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="NAME[:key=value,...]",
        help="where curves are shown: tensorboard, trackio, wandb; may be given several times",
    )
    group.add_argument(
        "--save-every",
        type=from_text,
        metavar="STEPS",
        help="env steps of learning between two savings of the agent; 32 where none are given",
    )
    group.add_argument("--estimate", action="store_true", help="only say what it takes")
    group.add_argument(
        "--timed", action="store_true", help="with --estimate: load the model, time a few answers, and say how long it takes here"
    )
    group.add_argument("--fresh", action="store_true", help="delete these trials' folders first; asks before it does")
    group.add_argument("--yes", action="store_true", help="answer yes to that question")


def _add_sweep(sweep: argparse.ArgumentParser) -> None:
    sweep.add_argument("suite", metavar="SUITE", help="a YAML file, or the name of a suite that comes with clgym")
    _add_where(sweep.add_argument_group("instead of what the suite says"), {})
    sweep.set_defaults(command=_sweep)


def _add_report(report: argparse.ArgumentParser) -> None:
    report.add_argument("runs", nargs="+", type=Path, help="folders with trials in or below them")
    add_output(report, "report.html")
    report.set_defaults(command=_report)


def _add_plan(plan: argparse.ArgumentParser) -> None:
    plan.add_argument("runs", nargs="*", type=Path, help="pilot trials whose spread is taken")
    plan.add_argument("--gain", type=float, required=True, help="the gain to be found with probability 0.8 at 5 %%")
    plan.add_argument("--sd-between", type=float, help="instead of RUNS: standard deviation of the gain between worlds")
    plan.add_argument("--sd-within", type=float, help="instead of RUNS: standard deviation of differences within a world")
    plan.add_argument("--steps", type=int, default=_USUAL.steps, help="env steps of a trial, where no RUNS tell")
    plan.set_defaults(command=_plan)


_USUAL = Trial("", "")


def _add_play(play: argparse.ArgumentParser) -> None:
    play.add_argument("env", metavar="ENV", help=_NAMED)
    play.add_argument("--level", type=from_text, default=0, metavar="N", help="difficulty, 0 (the easiest) upwards")
    play.add_argument("--split", default="train", help=", ".join(SPLITS))
    play.add_argument("--world", type=from_text, default=0, metavar="N", help="index of the world")
    play.add_argument("--pool", default=None, help="which queries; the learn stream by default")
    play.add_argument("--feedback", default="diagnosis", help=f"{' < '.join(FEEDBACK_LEVELS)}, or gold")
    play.add_argument("--attempts", type=from_text, default=3, metavar="N", help="tries per query")
    play.add_argument("--seed", type=from_text, default=0, metavar="N", help="order of the queries")
    play.set_defaults(command=_play)


def _list(options: argparse.Namespace) -> int:
    from clgym.cli.listing import show, show_one

    if options.name is None:
        show(options.kind, as_json=options.json)
    else:
        show_one(options.kind, options.name, as_json=options.json)
    return 0


def _run(options: argparse.Namespace) -> int:
    return _run_trials(_planned(options), options)


def _run_trials(trials: Sequence[Trial], options: argparse.Namespace) -> int:
    """Check trials, then run them where and how the options say."""
    from clgym.ablate import estimate
    from clgym.sweep import check
    from clgym.sweep.display import run_and_show

    workers = checked("workers", options.workers, int, low=1)
    save_every = checked("save_every", options.save_every, int | None, low=1)
    for remark in check(trials):
        print(f"clgym: {remark}", file=sys.stderr)
    if options.estimate:
        from clgym.sweep.duration import seconds_here

        there = None if options.fresh else options.out
        seconds = seconds_here(trials, there, workers=workers) if options.timed else None
        print(estimate(trials, there), file=sys.stderr)
        if seconds:
            print(f"About {max(1, round(seconds / 60))} minutes here, as fast as a few answers were now.", file=sys.stderr)
        return 0
    if options.fresh:
        delete(trials, options.out, asked=options.yes)
    return run_and_show(trials, options.out, workers=workers, engine=options.engine, track=options.track, save_every=save_every)


def _planned(options: argparse.Namespace) -> list[Trial]:
    """The trials that the options of ``clgym run`` name."""
    from clgym.sweep.plan import check_model
    from clgym.sweep.suite import trials_of

    entry = given(vars(options))
    check_model(entry.get("model", DEFAULT_MODEL))
    return trials_of(entry)


def _sweep(options: argparse.Namespace) -> int:
    from clgym.sweep.suite import load_suite

    suite = load_suite(options.suite)
    own = {"out": suite.out, "workers": suite.workers, "engine": suite.engine}
    return _run_trials(suite.trials, argparse.Namespace(**{**own, **vars(options)}))


def _report(options: argparse.Namespace) -> int:
    from clgym.report import write_report

    with writing(options.output, force=options.force):
        write_report(options.runs, options.output)
    print(options.output)
    return 0


def _plan(options: argparse.Namespace) -> int:
    from clgym.cli.planning import from_runs, show, stated

    if options.runs and (options.sd_between is not None or options.sd_within is not None):
        raise InvalidSetting("say either RUNS or --sd-between and --sd-within, not both.")
    pilots = from_runs(options.runs) if options.runs else [stated(options.sd_between, options.sd_within, options.steps)]
    show(options.gain, pilots)
    return 0


def _play(options: argparse.Namespace) -> int:
    from clgym.play import play

    play(
        options.env,
        seed=options.seed,
        level=options.level,
        split=options.split,
        world=options.world,
        pool=options.pool,
        feedback=options.feedback,
        attempts=options.attempts,
    )
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from clgym.cli.doctor import show

    return show(options.out, full=options.full, as_json=options.json)


def _fetch(options: argparse.Namespace) -> int:
    from clgym.registry import load_model
    from clgym.sweep.plan import check_model

    check_model(options.model)
    load_model(options.model)
    print(f"{options.model} is ready.")
    return 0
