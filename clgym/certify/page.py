"""The certificate as a page: a table of promises for each family, the env steps by feedback, and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from clgym.certify.figure import figure as drawn
from clgym.certify.plan import RUNGS
from clgym.certify.verdicts import PROMISES

Data = dict[str, Any]


def page(data: Data) -> str:
    """Markdown: every family's tables."""
    families = list(dict.fromkeys(row["env"] for row in data["rows"]))
    parts = [
        _HEAD.format(worlds=max((row["worlds"] for row in data["rows"]), default=0), command=data.get("command", "clgym certify"))
    ]
    parts += ["\n".join(_family(env, [row for row in data["rows"] if row["env"] == env])) for env in families]
    return "\n\n".join(parts) + "\n"


_HEAD = """# Certificates

What can be known of each world, from what, and how soon: measured with the ideal learner of its family, which knows the family and nothing of
the world (decision 020). Median and range over {worlds} validation worlds. A cell **holds**, **falls
short** or is **not certified**; nothing is tuned away. Written by `{command}`."""


def _family(env: str, rows: Sequence[Data]) -> Iterator[str]:
    yield f"## {env}\n"
    yield "| promise | " + " | ".join(_title(row) for row in rows) + " |"
    yield "|---|" + "---|" * len(rows)
    for name in PROMISES:
        cells = (row["promises"][name] for row in rows)
        yield f"| {name} | " + " | ".join(f"**{cell['verdict']}** {cell['figure']}".replace("|", "\\|") for cell in cells) + " |"
    yield "\nEnv steps to 0.5 / 0.8 / 0.9 (`never`: not within the steps that were taken), and what `eval` earns at the end:\n"
    yield "| feedback | " + " | ".join(_title(row) for row in rows) + " |"
    yield "|---|" + "---|" * len(rows)
    for kind in RUNGS:
        yield f"| {kind} | " + " | ".join(_steps(row, kind) for row in rows) + " |"
    yield "| words read to 0.9 (correction) | " + " | ".join(_count(row["words"]) for row in rows) + " |"
    for row in rows:
        for error in row["errors"]:
            yield f"\n{_title(row)} failed:\n\n```\n{error.strip()}\n```"


def _title(row: Data) -> str:
    return f"level {row['level']}" + (f" × {row['breadth']}" if row["breadth"] > 1 else "")


def _steps(row: Data, kind: str) -> str:
    if row["end"][kind] is None:
        return "–"
    steps = " / ".join(_count(row["steps"][kind][bar]) for bar in ("0.5", "0.8", "0.9"))
    return f"{steps}; ends at {row['end'][kind][0]:.2f}"


def _count(spread: Sequence[float] | None) -> str:
    if spread is None:
        return "–"
    return "never" if spread[0] == float("inf") else f"{spread[0]:,.0f}"


def figure(rows: Sequence[Data]) -> str:
    """SVG of one family."""
    return drawn(rows, [_title(row) for row in rows])
