"""``clgym judge``: its arguments, and the agreement of a judge with the rule-based grader as a page of text."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clgym.cli.parsing import command
from clgym.errors import InvalidSetting
from clgym.registry import DEFAULT_MODEL
from clgym.seeding import SPLITS
from clgym.settings import checked

if TYPE_CHECKING:
    from clgym.agreement import Agreement
    from clgym.judges import Judge


def add(commands: Any) -> None:
    """Add the command to the program's subparsers."""
    judge = command(
        commands,
        "judge",
        "how far a language model as the judge agrees with the rule-based grader",
        description="Answers of the oracle, blank, wrong, slightly changed, and wrong with a message to the judge, under both "
        "graders.",
        example="clgym judge CL-Taste-v0 --model smollm2-135m",
    )
    judge.add_argument("env", metavar="ENV", help="NAME, module:Name or path/to/file.py:Name")
    judge.add_argument("--model", default=DEFAULT_MODEL, help="the judge")
    judge.add_argument("--level", type=int, default=0)
    judge.add_argument("--split", default="train", help=", ".join(SPLITS))
    judge.add_argument("--worlds", "--world", default="0-7", metavar="0-7", help="a judge of one world says nothing of others")
    judge.add_argument("--queries", type=int, default=32, help="in all worlds together; five answers to each are judged")
    judge.add_argument("--rubric", type=Path, default=None, help="a text file; the rulebook of the world where none is given")
    judge.add_argument("--no-reference", action="store_true", help="do not show the judge the oracle's answer")
    judge.add_argument("--no-cache", action="store_true", help="ask again what was judged before")
    judge.add_argument("--seed", type=int, default=0, help="which queries and which answers")
    judge.add_argument("--json", action="store_true", help="as JSON")
    judge.set_defaults(command=_judge)


def _judge(options: argparse.Namespace) -> int:
    from clgym.agreement import judged_worlds, measure_agreement
    from clgym.judges import Judge, cache_file
    from clgym.registry import make_world
    from clgym.sweep.plan import check_model, parse_numbers

    check_model(options.model)
    checked("queries", options.queries, int, low=2)
    numbers = parse_numbers(str(options.worlds))
    if not numbers:
        raise InvalidSetting("--worlds names none: write them like 0-4,7.")
    worlds = [make_world(options.env, level=options.level, split=options.split, world=number) for number in numbers]
    cache = None if options.no_cache else cache_file()
    judge = Judge(options.model, _rubric(options.rubric), reference=not options.no_reference, cache=cache)
    judge.over(worlds[0])
    assert judge.model  # a model that cannot be loaded is an error of the command, not of every answer
    judged = judged_worlds(judge, worlds, options.queries, seed=options.seed)
    found = measure_agreement(judged)
    if options.json:
        from clgym.metrics import to_json

        print(json.dumps({**to_json(found), "verdict": found.verdict, "cost": judge.cost.to_json()}, indent=1))
    else:
        _show(found, judge)
    everything_failed = found.failed == found.answers
    if everything_failed:
        print(f"clgym: no answer could be judged. The first: {judged[0].judge.feedback.diagnosis}", file=sys.stderr)
    return int(everything_failed)


def _rubric(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidSetting(f"the rubric {path} cannot be read: {cause}.") from cause
    if not text:
        raise InvalidSetting(f"the rubric {path} is empty.")
    return text


def _show(found: Agreement, judge: Judge) -> None:
    from rich.console import Console
    from rich.table import Table

    from clgym.agreement import CLASSES
    from clgym.report.text import interval, number

    console = Console(emoji=False)
    kinds = Table("answers", "judged", "failed", "mean by rule", "mean by judge", title="What each kind of answer earns")
    for row in found.kinds:
        means = (_cell(number(value)) for value in (row.rule, row.judge))
        kinds.add_row(row.kind, str(row.answers - row.failed), str(row.failed), *means)
    console.print(kinds)
    messages = Table("message", "judged", "by rule", "by judge", title="What a wrong answer earns with a message to the judge")
    for row in found.messages:
        means = (_cell(number(value)) for value in (row.rule, row.judge))
        messages.add_row(row.kind, str(row.answers - row.failed), *means)
    console.print(messages)
    columns = ("by rule", *(f"judge: {name}" for name in CLASSES))
    confusion = Table(*columns, title="Where they differ (messages to the judge apart)")
    for name, counts in zip(CLASSES, found.confusion):
        confusion.add_row(name, *map(str, counts))
    console.print(confusion)
    numbers = Table("", "", "95 % interval", title=f"Agreement over {found.worlds} world{'s' * (found.worlds != 1)}")
    for title, estimate in (
        ("Cohen's kappa", found.kappa),
        ("weighted kappa (quadratic)", found.weighted_kappa),
        ("correlation of rewards", found.correlation),
        ("what a message to the judge earns", found.injection_gain),
    ):
        cell = interval(estimate)
        numbers.add_row(title, cell.main, cell.note)
    console.print(numbers)
    spent = judge.cost
    print(
        f"{found.answers} answers, {found.failed} without a verdict. {judge.generated} asked, {judge.cached} remembered; "
        f"{spent.prompt_tokens + spent.completion_tokens:,} tokens, ${spent.dollars:.4f}."
    )
    print(found.verdict)


def _cell(cell: Any) -> str:
    return f"{cell.main} {cell.note}".strip()
