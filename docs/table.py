"""Writes docs/results/summary.md from finished trials: `python docs/table.py runs/results docs/results/summary.md`.

The table is the report's first one, as markdown; every number comes from the records. Where there are many tasks, it is one
table with a row for each task and a column for each agent.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from clgym.metrics import Estimate, Number, Summary, Undefined, summarize
from clgym.metrics.endings import in_words
from clgym.records import read_runs, read_times
from clgym.registry.builtin import AGENTS
from clgym.report.commands import commands
from clgym.report.gather import set_title
from clgym.report.text import Cell, interval, number, quantity, ranges, ratio

#: More tasks than this share one table.
FEW = 4
#: The four axes, and what a trial itself took: FLOPs of learning, and seconds by the clock.
COLUMNS = (
    "agent",
    "worlds",
    "θ₀",
    "θ_N",
    "gain",
    "above floor",
    "knowledge gain",
    "detectable from",
    "area",
    "retention",
    "nats",
    "KL",
    "worst",
    "tokens read",
    "serving",
    "learning",
    "wall",
)


def main(runs: str, output: str) -> None:
    trials = read_runs([runs])
    rows = summarize(trials)
    one_model = len({row.model for row in rows if row.model}) < 2
    tasks = dict.fromkeys(row.task for row in rows)
    parts = [overview(rows)] if len(tasks) > FEW else []
    for task in tasks if len(tasks) <= FEW else ():
        parts.append(one_task([row for row in rows if row.task == task], one_model))
    recorded = dict.fromkeys(version for trial in trials for version in trial.header["versions"].items())
    versions = ", ".join(f"{name} {version}" for name, version in recorded)
    parts.append("## How it was run\n\n```bash\n" + "\n".join(commands(trials)) + f"\n```\n\nVersions: {versions}.")
    Path(output).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def one_task(rows: Sequence[Summary], one_model: bool) -> str:
    """All agents on one task, a row each, in the registry's order. Why a number is undefined stands below, once."""
    places = {row.id: place for place, row in enumerate(AGENTS)}
    reasons: dict[str, str] = {}
    table = []
    for row in sorted(rows, key=lambda row: (places.get(row.agent.partition(":")[0], len(places)), row.agent)):
        worst, cost = interval(row.worst, difference=True), spent(row)
        cells = (
            Cell(row.agent if one_model else row.name, in_words(row.endings)),
            Cell(ranges(row.worlds)),
            interval(row.r_0),
            interval(row.r_N),
            interval(row.gain, difference=True),
            interval(row.above_floor, difference=True),
            interval(row.knowledge_gain, difference=True),
            number(row.minimum_detectable_gain),
            number(_middle(row.area), difference=True),
            interval(row.retention, difference=True),
            number(_middle(row.drift), difference=True, digits=1),
            number(_middle(row.divergence)),
            worst if worst.undefined else Cell(worst.main, f"{set_title(row.worst_set)} {worst.note}"),
            ratio(_middle(row.over_trials(lambda metrics: metrics.efficiency.read.ratio))),
            ratio(_middle(row.serving_ratio)),
            quantity(cost.flops, "FLOP"),
            quantity(cost.seconds, "s"),
        )
        table.append(
            [f"– ({reasons.setdefault(cell.note, chr(97 + len(reasons)))})" if cell.undefined else _words(cell) for cell in cells]
        )
    floor = next((row.floor for row in rows if not isinstance(row.floor, Undefined)), None)
    columns = [place for place, column in enumerate(zip(*table)) if set(column) != {column[0]} or not column[0].startswith("– (")]
    left = [COLUMNS[place] for place in range(len(COLUMNS)) if place not in columns]
    env, level, split, steps = rows[0].task
    return "\n".join(
        [
            f"## {env}, level {level}, {steps} env steps",
            "",
            f"{split} split; 95 % intervals over worlds.",
            "",
            f"| {' | '.join(COLUMNS[place] for place in columns)} |",
            "|---|---:|" + "---:|" * (len(columns) - 2),
            *(f"| {' | '.join(cells[place] for place in columns)} |" for cells in table),
            *([] if floor is None else [f"| {' | '.join(_floor_cells(floor.estimate)[place] for place in columns)} |"]),
            "",
            *(
                [f"Undefined for all: {', '.join(left)} ({', '.join(table[0][COLUMNS.index(name)][3:-1] for name in left)}).", ""]
                if left
                else []
            ),
            "Why undefined: " + "; ".join(f"({letter}) {reason}" for reason, letter in reasons.items()) + "." if reasons else "",
        ]
    ).rstrip()


def _floor_cells(floor: float) -> list[str]:
    """The row of somebody who knows the form of an answer and nothing of the world."""
    known = {"agent": "floor: knows nothing of the world", "θ_N": f"{floor:.2f}", "above floor": "0.00"}
    return [known.get(column, "") for column in COLUMNS]


class Spent(NamedTuple):
    """What a trial took: FLOPs of learning (over worlds, as the report has them), seconds from start to end (the mean of all trials)."""

    flops: Number
    seconds: Number


def spent(row: Summary) -> Spent:
    """What the trials of one row took; see :class:`Spent`."""
    flops = _middle(row.over_trials(lambda metrics: metrics.efficiency.learn_flops_per_step))
    clocks = [read_times(folder).get(0) for folder in row.folders]
    seconds = Undefined("a trial was interrupted") if None in clocks else sum(clocks) / len(clocks)
    return Spent(flops if isinstance(flops, Undefined) else flops * row.env_steps, seconds)


def _middle(estimate: Estimate) -> Number:
    return estimate if isinstance(estimate, Undefined) else estimate.estimate


def overview(rows: Sequence[Summary]) -> str:
    """Mean reward on held-out queries at the end, by task and agent."""
    agents = list(dict.fromkeys(row.agent.partition(":")[0] for row in rows))
    lines = [
        "## θ_N on held-out queries, all tasks",
        "",
        f"| | worlds | floor | {' | '.join(agents)} |",
        "|---|---:|---:|" + "---:|" * len(agents),
    ]
    tasks = list(dict.fromkeys(row.task for row in rows))
    for task in tasks:
        own = {row.agent.partition(":")[0]: row for row in rows if row.task == task}
        floors = [row.floor.estimate for row in own.values() if not isinstance(row.floor, Undefined)]
        cells = [
            f"{floors[0]:.2f}" if floors else "",
            *(_words(interval(own[agent].r_N)) if agent in own else "" for agent in agents),
        ]
        worlds = ranges(sorted({world for row in own.values() for world in row.worlds}))
        env = task[0] if len({level for _, level, _, _ in tasks}) == 1 else f"{task[0]}, level {task[1]}"
        lines.append(f"| {env} | {worlds} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _words(cell: Cell) -> str:
    """The number, and its interval on a line of its own; a reason flows."""
    return f"{cell.main} {cell.note}" if cell.undefined else f"{cell.main} {cell.note.replace(' ', chr(0xA0))}".strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
