"""One figure of a family: a panel for each level and breadth, ``eval`` over env steps (logarithmic), a line for each feedback.

Below the env steps stand the words that were read until then, under ``correction``. The file stands alone: it brings its own style.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from statistics import median
from typing import Any

from clgym.certify.plan import RUNGS

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 330, 250, 40, 14, 30, 58
#: Colour (Okabe and Ito 2008) and dash of each feedback.
LOOK = {
    "blind": ("#777777", "2 3"),
    "score": ("#e69f00", "6 3"),
    "diagnosis": ("#0072b2", ""),
    "gold": ("#cc79a7", "8 3 2 3"),
    "correction": ("#009e73", ""),
}

#: The points of one world's curve: env steps, words read until then, what ``eval`` earns.
Curve = Sequence[tuple[int, int, float]]


def figure(rows: Sequence[dict[str, Any]], titles: Sequence[str]) -> str:
    """SVG of the rows of one family (:func:`clgym.certify.certificate`), two panels in a line."""
    columns = min(2, len(rows))
    lines = -(-len(rows) // 2)
    panels = "".join(
        f'<g transform="translate({WIDTH * (place % 2)} {HEIGHT * (place // 2)})">{_panel(row, title)}</g>'
        for place, (row, title) in enumerate(zip(rows, titles))
    )
    legend = "".join(_key(kind, 12 + 120 * place) for place, kind in enumerate(RUNGS))
    width, height = max(WIDTH * columns, 130 * len(RUNGS)), HEIGHT * lines + 30
    name = escape(f"{rows[0]['env']}: eval reward of the ideal learner over env steps, by feedback")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{name}">'
        "<style>text{font:11px sans-serif;fill:#333}.grid{stroke:#ddd}polyline{fill:none;stroke-width:1.8}.title{font-weight:bold}</style>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>{panels}<g transform="translate(0 {HEIGHT * lines + 14})">{legend}</g></svg>\n'
    )


def _key(kind: str, x: int) -> str:
    colour, dash = LOOK[kind]
    return f'<line x1="{x}" x2="{x + 26}" y1="0" y2="0" stroke="{colour}" stroke-dasharray="{dash}" stroke-width="2"/><text x="{x + 32}" y="4">{kind}</text>'


def _panel(row: dict[str, Any], title: str) -> str:
    curves = {kind: _middle(row["curves"][kind]) for kind in RUNGS if row["curves"][kind]}
    last = max((point[0] for line in curves.values() for point in line), default=1)

    def x(step: float) -> float:
        return LEFT + math.log1p(step) / math.log1p(last) * (WIDTH - LEFT - RIGHT)

    def y(score: float) -> float:
        return HEIGHT - BOTTOM - score * (HEIGHT - TOP - BOTTOM)

    base = HEIGHT - BOTTOM
    parts = [f'<text class="title" x="{LEFT}" y="18">{escape(title)}</text>']
    for score in (0.0, 0.5, 0.9, 1.0):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(score):.1f}" y2="{y(score):.1f}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y(score) + 4:.1f}" text-anchor="end">{score:.1f}</text>')
    for step in (mark for mark in (0, 10, 100, 1_000, 10_000) if mark <= last):
        read = _words_at(row["curves"].get("correction", ()), step)
        parts.append(f'<text x="{x(step):.1f}" y="{base + 15}" text-anchor="middle">{step:,}</text>')
        parts.append(f'<text x="{x(step):.1f}" y="{base + 29}" text-anchor="middle" fill="#888">{read}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{base + 46}" text-anchor="middle">env steps; words read (correction)</text>'
    )
    for kind, line in curves.items():
        colour, dash = LOOK[kind]
        points = " ".join(f"{x(step):.1f},{y(score):.1f}" for step, score in line)
        parts.append(f'<polyline points="{points}" stroke="{colour}" stroke-dasharray="{dash}"><title>{kind}</title></polyline>')
    return "".join(parts)


def _middle(curves: Sequence[Curve]) -> list[tuple[int, float]]:
    """The median over worlds at each env step; a curve that has ended stays where it was."""
    steps = sorted({step for one in curves for step, _, _ in one})
    return [(at, median([next(score for step, _, score in reversed(one) if step <= at) for one in curves])) for at in steps]


def _words_at(curves: Sequence[Curve], step: int) -> str:
    """Words read until ``step``, in thousands from 1,000 on; "" where no curve is as long."""
    read = [next(words for at, words, _ in one if at >= step) for one in curves if one[-1][0] >= step]
    if not read:
        return ""
    words = median(read)
    return f"{words:,.0f}" if words < 1_000 else f"{words / 1_000:,.0f}k"
