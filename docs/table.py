"""Writes docs/results/summary.md from finished trials: `python docs/table.py runs/results docs/results/summary.md`.

The table is the report's first one, as markdown; every number comes from the records.
"""

from __future__ import annotations

import sys
from pathlib import Path

from clgym.metrics import summarize
from clgym.records import read_runs
from clgym.report.commands import commands
from clgym.report.text import Cell, interval, number, ranges, ratio

COLUMNS = ("agent", "worlds", "θ₀", "θ_N", "gain", "detectable from", "retention", "worst", "serving")


def main(runs: str, output: str) -> None:
    trials = read_runs([runs])
    rows = summarize(trials)
    parts = []
    for task in dict.fromkeys(row.task for row in rows):
        env, level, split, steps = task
        lines = [f"## {env}, level {level}", "",
                 f"{split} split, {steps} env steps; 95 % intervals over worlds, then queries.", "",
                 f"| {' | '.join(COLUMNS)} |", "|---|---:|" + "---:|" * (len(COLUMNS) - 2)]
        for row in (row for row in rows if row.task == task):
            worst = number(row.worst, difference=True)
            cells = (interval(row.r_0), interval(row.r_N), interval(row.gain, difference=True),
                     number(row.minimum_detectable_gain), interval(row.retention, difference=True),
                     Cell(worst.main, worst.note or row.worst_set), ratio(row.serving_ratio))
            shown = [" ".join(filter(None, cell[:2])) for cell in cells]
            lines.append(f"| {row.name} | {ranges(row.worlds)} | {' | '.join(shown)} |")
        parts.append("\n".join(lines))
    versions = ", ".join(f"{name} {version}" for name, version in trials[0].header["versions"].items())
    parts.append("## How it was run\n\n```bash\n" + "\n".join(commands(trials)) + f"\n```\n\nVersions: {versions}.")
    Path(output).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
