"""``clgym``: argument parsing, and nothing else.

    clgym envs | agents | models | wrappers     what there is
    clgym run ...                               run trials and summarize them
    clgym sweep SUITE                           run the trials of a file
    clgym report RUNS                           one HTML page from finished trials
    clgym ablate feedback | noise               one agent under several conditions, paired
    clgym plan --gain 0.1 RUNS                  how many worlds and queries it takes to see a gain
    clgym calibrate                             what there is to learn for a model, and whether in-context learning is enough
    clgym play ENV                              answer queries yourself
    clgym new family | agent | probe NAME       begin a package of your own
    clgym check ID | module:Name                does a family, an agent or a wrapper keep its contract?
    clgym salt new | commit | reveal | check    the salt of private test worlds
    clgym submit RUNS --output BUNDLE           a bundle of finished trials
    clgym verify BUNDLE_OR_RUNS                 replay recorded answers, make every number again
    clgym leaderboard DIR                       one HTML page from bundles that verify
    clgym judge ENV --model MODEL               how far a language model as the judge agrees with the rules
    clgym fetch MODEL                           fetch and check a language model ahead of time
    clgym doctor                                what this machine can do, and what to do about the rest

Exit codes: 0 done, 1 a trial failed or does not verify, 2 the command could not be carried out as given, 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from clgym._version import __version__
from clgym.cli import ablate, calibrate, check, judging, new, submission
from clgym.cli.deleting import delete
from clgym.core import FEEDBACK_LEVELS
from clgym.errors import ClgymError, InvalidSetting
from clgym.records import Trial
from clgym.registry import DEFAULT_MODEL
from clgym.seeding import SPLITS

_DEFAULTS = Trial("", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """The program. Errors that a user can cause are one line on stderr and exit code 2."""
    import clgym  # noqa: F401  (registers the envs)

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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to fail at exit
        return 0
    except KeyboardInterrupt:
        print("\nclgym: interrupted.", file=sys.stderr)
        return 130
    return code


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(prog="clgym", description="Continual learning after deployment, measured.")
    parser.add_argument("--version", action="version", version=f"clgym {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, text in (
        ("envs", "task families and probes"),
        ("agents", "baselines"),
        ("models", "language models"),
        ("wrappers", "gymnasium wrappers"),
    ):
        listing = commands.add_parser(name, help=f"list {text}", description=f"List {text}.")
        listing.add_argument("--json", action="store_true", help="as JSON")
        listing.set_defaults(command=_list, kind=name)
    run = commands.add_parser(
        "run", help="run trials: envs x agents x worlds x seeds", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    run.add_argument("--suite", help="the trials of a suite instead, as `clgym sweep SUITE`", default=None)
    _add_run(run, required=False)
    _add_report(commands.add_parser("report", help="one HTML page from finished trials"))
    _add_plan(commands.add_parser("plan", help="how many worlds and queries it takes to see a gain"))
    _add_play(commands.add_parser("play", help="answer queries yourself", formatter_class=argparse.ArgumentDefaultsHelpFormatter))
    _add_sweep(
        commands.add_parser("sweep", help="run the trials of a suite", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    )
    ablate.add(commands, _add_run, _planned, _run_trials)
    calibrate.add(commands)
    submission.add(commands)
    judging.add(commands)
    check.add(commands)
    new.add(commands)
    fetch = commands.add_parser("fetch", help="fetch and check a language model ahead of time")
    fetch.add_argument("model", nargs="?", default=DEFAULT_MODEL)
    fetch.set_defaults(command=_fetch)
    doctor = commands.add_parser("doctor", help="what this machine can do, and what to do about the rest")
    doctor.add_argument("--out", type=Path, default=Path("runs"), help="the folder whose disk is looked at")
    doctor.add_argument("--full", action="store_true", help="also import every engine, tracker and agent (slower)")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(command=_doctor)
    return parser


def _add_run(run: argparse.ArgumentParser, required: bool = True) -> None:
    what = run.add_argument_group("what to run")
    what.add_argument(
        "--env",
        action="append",
        required=required,
        metavar="ID",
        help="an id (`clgym envs`), module:Name or path/to/file.py:Name; may be given several times",
    )
    what.add_argument(
        "--agent",
        action="append",
        required=required,
        metavar="NAME[:key=value,...]",
        help="NAME is an id (`clgym agents`), module:Name or path/to/file.py:Name, and settings follow it behind a colon; or an address, "
        "exec:COMMAND or http://HOST, without settings; may be given several times",
    )
    what.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        help="for agents that drive a language model: an id (`clgym models`), SCHEME:NAME, module:Name or path/to/file.py:Name of a loader",
    )
    what.add_argument("--level", type=int, default=_DEFAULTS.level)
    what.add_argument("--split", default="validation", help=", ".join(SPLITS))
    what.add_argument("--worlds", default="0", metavar="0-4,7", help="indices of the worlds")
    what.add_argument("--seeds", default="0", metavar="0-2", help="orders and samples of queries, and the agent's own randomness")
    what.add_argument("--out", type=Path, default=Path("runs"), help="folder of the trials; finished ones in it are kept")
    what.add_argument("--workers", type=int, default=1, help="trials side by side, each in a process with a model of its own")
    _add_where(what)
    stream = run.add_argument_group("the learn stream")
    stream.add_argument("--steps", type=int, default=_DEFAULTS.steps, help="env steps")
    stream.add_argument("--batch", type=int, default=_DEFAULTS.batch, help="queries at once, and experiences per learn call")
    stream.add_argument("--attempts", type=int, default=None, help="tries per query; each is an env step (the agent's own wish)")
    stream.add_argument("--feedback", default=_DEFAULTS.feedback, help=" < ".join(FEEDBACK_LEVELS))
    stream.add_argument("--noise", type=float, default=_DEFAULTS.noise, help="share of steps whose feedback is wrong")
    stream.add_argument("--drift-at", default="", metavar="100,150", help="env steps at which rules change")
    measure = run.add_argument_group("what is measured")
    measure.add_argument("--checkpoints", default=None, metavar="32,100", help="env steps at which eval is asked (8, 16, 32, ...)")
    for name in ("eval", "transfer", "guard", "probe", "control"):
        measure.add_argument(
            f"--{name}-size", type=int, default=getattr(_DEFAULTS, f"{name}_size"), metavar="N", help=f"{name} queries"
        )
    measure.add_argument("--placebo", action="store_true", help="also learn in a sister world: knowledge apart from habit")
    run.set_defaults(command=_run, parser=run)


#: What is said of a suite's trials from outside: where they run, not what they are.
_WHERE = ("out", "workers", "engine", "track", "save_every", "fresh", "yes")


def _add_where(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--engine", default="local", metavar="NAME[:key=value,...]", help="where trials run: local, ray, slurm")
    group.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="NAME[:key=value,...]",
        help="where curves are shown: tensorboard, trackio, wandb; may be given several times",
    )
    group.add_argument(
        "--save-every", type=int, default=None, metavar="STEPS", help="env steps of learning between two savings of the agent (32)"
    )
    group.add_argument("--fresh", action="store_true", help="delete these trials' folders first; asks before it does")
    group.add_argument("--yes", action="store_true", help="answer yes to that question")


def _add_sweep(sweep: argparse.ArgumentParser) -> None:
    sweep.add_argument("suite", metavar="SUITE", help="a YAML file, or the name of a suite that comes with clgym")
    where = sweep.add_argument_group("instead of what the suite says")
    where.add_argument("--out", type=Path, default=argparse.SUPPRESS, help="folder of the trials")
    where.add_argument("--workers", type=int, default=argparse.SUPPRESS, help="trials side by side")
    _add_where(where)
    sweep.set_defaults(command=_sweep, engine=None)


def _add_report(report: argparse.ArgumentParser) -> None:
    report.add_argument("runs", nargs="+", type=Path, help="folders with trials in or below them")
    report.add_argument("--output", type=Path, default=Path("report.html"))
    report.set_defaults(command=_report)


def _add_plan(plan: argparse.ArgumentParser) -> None:
    plan.add_argument("runs", nargs="*", type=Path, help="pilot trials whose spread is taken")
    plan.add_argument("--gain", type=float, required=True, help="the gain to be found with probability 0.8 at 5 %%")
    plan.add_argument("--sd-between", type=float, help="instead of RUNS: standard deviation of the gain between worlds")
    plan.add_argument("--sd-within", type=float, help="instead of RUNS: standard deviation of differences within a world")
    plan.add_argument("--steps", type=int, default=_DEFAULTS.steps, help="env steps of a trial, where no RUNS tell")
    plan.set_defaults(command=_plan)


def _add_play(play: argparse.ArgumentParser) -> None:
    play.add_argument("env", metavar="ENV")
    play.add_argument("--level", type=int, default=0)
    play.add_argument("--split", default="train", help=", ".join(SPLITS))
    play.add_argument("--world", type=int, default=0)
    play.add_argument("--pool", default=None, help="which queries; the learn stream by default")
    play.add_argument("--feedback", default="diagnosis", help=" < ".join(FEEDBACK_LEVELS))
    play.add_argument("--attempts", type=int, default=3)
    play.add_argument("--seed", type=int, default=0)
    play.set_defaults(command=_play)


def _list(options: argparse.Namespace) -> int:
    from clgym.cli.listing import show

    show(options.kind, as_json=options.json)
    return 0


def _run(options: argparse.Namespace) -> int:
    if options.suite is not None:
        return _run_suite(options)
    for name in ("env", "agent"):
        if not getattr(options, name):
            options.parser.error(f"say --{name} (and --{'agent' if name == 'env' else 'env'}), or --suite")
    return _run_trials(_planned(options), options)


def _run_suite(options: argparse.Namespace) -> int:
    """``clgym run --suite NAME`` is ``clgym sweep NAME``; what a suite says itself cannot be said beside it."""
    said = [name for name, value in vars(options).items() if value != options.parser.get_default(name)]
    for name in said:
        if name not in (*_WHERE, "suite"):
            flag = f"--{name.replace('_', '-')}"
            raise InvalidSetting(
                f"{flag} cannot be said beside --suite: a suite says it of each of its trials. Copy the suite and change it."
            )
    suites_own = ("out", "workers", "engine")
    where = {name: getattr(options, name) for name in _WHERE if name in said or name not in suites_own}
    return _sweep(argparse.Namespace(**{"engine": None, **where, "suite": options.suite}))


def _run_trials(trials: Sequence[Trial], options: argparse.Namespace) -> int:
    """Check trials, then run them where and how the options say."""
    from clgym.sweep import check
    from clgym.sweep.display import run_and_show

    check(trials)
    if options.fresh:
        delete(trials, options.out, asked=options.yes)
    return run_and_show(
        trials, options.out, workers=options.workers, engine=options.engine, track=options.track, save_every=options.save_every
    )


def _planned(options: argparse.Namespace) -> list[Trial]:
    """The trials that the options of ``clgym run`` name."""
    from clgym.sweep import parse_numbers, parse_spec, plan
    from clgym.sweep.plan import check_model

    check_model(options.model)
    if options.workers < 1:
        raise InvalidSetting(f"workers must be at least 1, not {options.workers}.")
    return plan(
        options.env,
        [parse_spec(text) for text in options.agent],
        parse_numbers(options.worlds),
        parse_numbers(options.seeds),
        model=options.model,
        level=options.level,
        split=options.split,
        steps=options.steps,
        batch=options.batch,
        attempts=options.attempts,
        feedback=options.feedback,
        noise=options.noise,
        drift_at=tuple(parse_numbers(options.drift_at)),
        checkpoints=None if options.checkpoints is None else tuple(parse_numbers(options.checkpoints)),
        eval_size=options.eval_size,
        transfer_size=options.transfer_size,
        guard_size=options.guard_size,
        probe_size=options.probe_size,
        control_size=options.control_size,
        placebo=options.placebo,
    )


def _sweep(options: argparse.Namespace) -> int:
    from clgym.sweep.suite import load_suite

    suite = load_suite(options.suite)
    options.out, options.workers = getattr(options, "out", suite.out), getattr(options, "workers", suite.workers)
    options.engine = options.engine or suite.engine
    if options.workers < 1:
        raise InvalidSetting(f"workers must be at least 1, not {options.workers}.")
    return _run_trials(suite.trials, options)


def _report(options: argparse.Namespace) -> int:
    from clgym.report import write_report

    try:
        write_report(options.runs, options.output)
    except OSError as cause:
        raise InvalidSetting(f"the report cannot be written to {options.output}: {cause.strerror}.") from cause
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
