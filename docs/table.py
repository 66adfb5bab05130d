"""Writes docs/results/summary.md from finished trials: `python docs/table.py runs/results docs/results/summary.md`.

The table is the report's first one, as markdown; every number comes from the records. Where there are many tasks, it is one
table with a row for each task and a column for each agent.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from clgym.metrics import Summary, summarize
from clgym.records import read_runs
from clgym.report.commands import commands
from clgym.report.gather import set_title
from clgym.report.text import Cell, interval, number, ranges, ratio

#: More tasks than this share one table.
FEW = 3
COLUMNS = ("agent", "worlds", "θ₀", "θ_N", "gain", "knowledge gain", "detectable from", "retention", "worst", "serving")


def main(runs: str, output: str) -> None:
    trials = read_runs([runs])
    rows = summarize(trials)
    one_model = len({row.model for row in rows if row.model}) < 2
    tasks = dict.fromkeys(row.task for row in rows)
    parts = [overview(rows)] if len(tasks) > FEW else []
    for task in tasks if len(tasks) <= FEW else ():
        env, level, split, steps = task
        lines = [f"## {env}, level {level}", "",
                 f"{split} split, {steps} env steps; 95 % intervals over worlds, then queries.", "",
                 f"| {' | '.join(COLUMNS)} |", "|---|---:|" + "---:|" * (len(COLUMNS) - 2)]
        for row in (row for row in rows if row.task == task):
            worst = number(row.worst, difference=True)
            cells = (interval(row.r_0), interval(row.r_N), interval(row.gain, difference=True), interval(row.knowledge_gain, difference=True),
                     number(row.minimum_detectable_gain), interval(row.retention, difference=True),
                     worst if worst.undefined else Cell(worst.main, set_title(row.worst_set)), ratio(row.serving_ratio))
            shown = [_words(cell) for cell in cells]
            lines.append(f"| {row.agent if one_model else row.name} | {ranges(row.worlds)} | {' | '.join(shown)} |")
        parts.append("\n".join(lines))
    versions = ", ".join(f"{name} {version}" for name, version in trials[0].header["versions"].items())
    parts.append("## How it was run\n\n```bash\n" + "\n".join(commands(trials)) + f"\n```\n\nVersions: {versions}.")
    pages = sorted(Path(output).parent.glob("*.html"))
    links = ", ".join(f'<a href="{page.name}">{page.stem}</a>' for page in pages)
    if links:
        parts.append(f"Full reports, transcripts included:\n\n```{{raw}} html\n<p>{links}</p>\n```")
    Path(output).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def overview(rows: Sequence[Summary]) -> str:
    """Mean reward on held-out queries at the end, by task and agent."""
    agents = list(dict.fromkeys(row.agent.partition(":")[0] for row in rows))
    lines = ["## θ_N on held-out queries, all tasks", "", f"| | worlds | {' | '.join(agents)} |", "|---|---:|" + "---:|" * len(agents)]
    tasks = list(dict.fromkeys(row.task for row in rows))
    for task in tasks:
        own = {row.agent.partition(":")[0]: row for row in rows if row.task == task}
        cells = [_words(interval(own[agent].r_N)) if agent in own else "" for agent in agents]
        worlds = ranges(sorted({world for row in own.values() for world in row.worlds}))
        env = task[0] if len({level for _, level, _, _ in tasks}) == 1 else f"{task[0]}, level {task[1]}"
        lines.append(f"| {env} | {worlds} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _words(cell: Cell) -> str:
    """The number, and its interval on a line of its own; a reason flows."""
    return f"{cell.main} {cell.note}" if cell.undefined else f"{cell.main} {cell.note.replace(' ', chr(0xA0))}".strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
