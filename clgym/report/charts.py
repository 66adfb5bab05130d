"""Figures as hand-written SVG: no plotting library, no script, colours from the page's own style sheet.

Series are told apart by colour, dash and a label at the line itself, so that nothing hangs on colour alone.
Every text that comes from outside is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from clgym.report.text import TIMES, plain, signed
from clgym.statistics import Interval

WIDTH, HEIGHT = 620, 340
LEFT, RIGHT, TOP, BOTTOM = 62, 132, 14, 44
LINE_HEIGHT = 16.0

#: Colours in the style sheet; more agents than that start over, and the labels at the lines still tell them apart.
PALETTE = 7

#: Characters of a label before it is cut: what the right margin holds.
LONGEST_LABEL = 19

Scale = Callable[[float], float]


@dataclass(frozen=True)
class Series:
    """One agent's curve: env steps (or conditions, or tokens) and the interval of what was measured there.

    ``colour`` is an index into the palette.
    """

    name: str
    colour: int
    points: tuple[tuple[float, Interval], ...]


@dataclass(frozen=True)
class Line:
    """A height that marks are read against: the floor, ``random``, the ideal learner."""

    name: str
    y: float


@dataclass(frozen=True)
class Mark:
    """One agent's place in a scatter plot; ``filled`` where nobody dominates it."""

    name: str
    colour: int
    x: float
    y: Interval
    filled: bool
    x_interval: Interval | None = None


def learning_curves(series: Sequence[Series], floor: float | None = None) -> str:
    """Eval reward of the frozen θ over env steps, with 95 % bands and the lines of the oracle and of who knows nothing."""
    last = max((point[0] for one in series for point in one.points), default=1) or 1
    low = min([0.0, *(interval.low for one in series for _, interval in one.points)])
    x, y = _linear(0, last, LEFT, WIDTH - RIGHT), _linear(low, 1.04, HEIGHT - BOTTOM, TOP)
    labels = [(y(1.0), "oracle", "muted"), *([] if floor is None else [(y(floor), "floor", "muted")])]
    labels += [(y(one.points[-1][1].estimate), one.name, f"c{one.colour}") for one in series if one.points]
    parts = [
        _grid_y(y, (0.0, 0.25, 0.5, 0.75, 1.0), plain),
        _ticks_x(x, _round_ticks(last), lambda v: f"{v:,.0f}"),
        _axis_titles("env steps", "eval reward"),
        *_levels(y, floor),
        *(_curve(one, x, y, "env steps", plain) for one in series),
        *_end_labels(labels, WIDTH - RIGHT + 8),
    ]
    return _svg(parts, "Learning curves: eval reward over env steps, one line per agent, with 95 % bands.")


def reward_over_context(series: Sequence[Series], floor: float | None = None) -> str:
    """Eval reward of the frozen θ over the tokens in its prompt (logarithmic), with 95 % bands and the lines of oracle and floor."""
    low = min([0.0, *(interval.low for one in series for _, interval in one.points)])
    y = _linear(low, 1.04, HEIGHT - BOTTOM, TOP)
    parts = [_grid_y(y, (0.0, 0.25, 0.5, 0.75, 1.0), plain), *_levels(y, floor)]
    return _over_context(
        series, y, parts, "eval reward", plain, "Eval reward over tokens of context, one line per agent, with 95 % bands."
    )


def cost_over_context(series: Sequence[Series]) -> str:
    """GFLOP for an answer over the tokens in its prompt (logarithmic)."""
    top = max((interval.high for one in series for _, interval in one.points), default=1.0) or 1.0
    y = _linear(0.0, 1.04 * top, HEIGHT - BOTTOM, TOP)
    unit = 10.0 ** math.floor(math.log10(top / 4))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= top / 4)
    grid = _grid_y(y, [step * place for place in range(int(top / step) + 1)], lambda v: f"{v:.3g}")
    return _over_context(
        series,
        y,
        [grid],
        "GFLOP for an answer",
        lambda v: f"{v:.3g}",
        "FLOPs for an answer over tokens of context, one line per agent.",
    )


def _over_context(
    series: Sequence[Series], y: Scale, parts: Sequence[str], up: str, show: Callable[[float], str], described: str
) -> str:
    sizes = [point[0] for one in series for point in one.points] or [1.0]
    lowest, highest = min(sizes), max([1.25 * min(sizes), *sizes])
    padding = (highest / lowest) ** 0.06
    x = _logarithmic(lowest / padding, highest * padding, LEFT, WIDTH - RIGHT)
    ends = [Mark(one.name, one.colour, *one.points[-1], True) for one in series if one.points]
    return _svg(
        [
            *parts,
            _ticks_x(x, _ratio_ticks(lowest, highest), lambda v: f"{v:,.0f}"),
            _axis_titles("tokens in the prompt (logarithmic)", up),
            *(_curve(one, x, y, "tokens of context", show) for one in series),
            *_beside([(x(end.x), y(end.y.estimate), end) for end in ends]),
        ],
        described,
    )


def _levels(y: Scale, floor: float | None) -> list[str]:
    """What the oracle earns, and at most who knows nothing of the world."""
    return [_level(y(1), "oracle"), *([] if floor is None else [_level(y(floor), "floor")])]


def _level(at: float, style: str) -> str:
    return f'<line class="{style}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'


def _curve(one: Series, x: Scale, y: Scale, unit: str, show: Callable[[float], str]) -> str:
    """A line through the estimates, a band over the intervals, and a dot with its numbers at each point."""
    place = [(x(step), interval) for step, interval in one.points]
    upper = " ".join(f"{px:.1f},{y(interval.high):.1f}" for px, interval in place)
    lower = " ".join(f"{px:.1f},{y(interval.low):.1f}" for px, interval in reversed(place))
    line = " ".join(f"{px:.1f},{y(interval.estimate):.1f}" for px, interval in place)
    parts = [f'<g class="series c{one.colour}"><polygon class="band" points="{upper} {lower}"/><polyline points="{line}"/>']
    for (step, interval), (px, _) in zip(one.points, place):
        tooltip = f"{one.name}, {step:,.0f} {unit}: {show(interval.estimate)} [{show(interval.low)}, {show(interval.high)}]"
        parts.append(f'<circle cx="{px:.1f}" cy="{y(interval.estimate):.1f}" r="3"><title>{escape(tooltip)}</title></circle>')
    return "".join([*parts, "</g>"])


def gain_by_condition(series: Sequence[Series], ticks: Sequence[tuple[float, str]], title: str) -> str:
    """Gain under each condition with its interval, a line per agent; ``ticks`` are the conditions and where they stand."""
    intervals = [interval for one in series for _, interval in one.points]
    low, high = min([-0.05, *(i.low - 0.03 for i in intervals)]), max([0.25, *(i.high + 0.05 for i in intervals)])
    first, last = ticks[0][0], ticks[-1][0]
    margin = 0.08 * ((last - first) or 1.0)
    x, y = _linear(first - margin, last + margin, LEFT, WIDTH - RIGHT), _linear(low, high, HEIGHT - BOTTOM, TOP)
    names = dict(ticks)
    parts = [
        _grid_y(y, _gain_ticks(low, high), signed),
        _ticks_x(x, list(names), lambda at: escape(names[at])),
        _axis_titles(title, "gain"),
    ]
    labels = []
    for number, one in enumerate(series):
        aside = 7.0 * (number - (len(series) - 1) / 2)  # intervals of several agents stand beside one another
        place = [(x(at) + aside, names[at], interval) for at, interval in one.points]
        line = " ".join(f"{px:.1f},{y(interval.estimate):.1f}" for px, _, interval in place)
        parts.append(f'<g class="series c{one.colour}"><polyline points="{line}"/></g><g class="mark c{one.colour}">')
        for px, name, interval in place:
            tooltip = f"{one.name}, {name}: gain {signed(interval.estimate)} [{signed(interval.low)}, {signed(interval.high)}]"
            parts.append(
                f'<line x1="{px:.1f}" x2="{px:.1f}" y1="{y(interval.low):.1f}" y2="{y(interval.high):.1f}"/>'
                f'<circle cx="{px:.1f}" cy="{y(interval.estimate):.1f}" r="4"><title>{escape(tooltip)}</title></circle>'
            )
        parts.append("</g>")
        if place:
            labels.append((y(place[-1][2].estimate), one.name, f"c{one.colour}"))
    parts += _end_labels(labels, WIDTH - RIGHT + 8)
    return _svg(parts, f"Gain by {title}, one line per agent, with 95 % intervals.")


def gain_and_retention(marks: Sequence[Mark], lines: Sequence[Line] = (), up: str = "gain") -> str:
    """Gain over what happened to everything else: up and right is better. ``lines`` are heights to read the marks against."""
    reach = max([0.1, *(abs(value) for mark in marks for value in _spread(mark.x_interval, mark.x))]) * 1.1
    x = _linear(-reach, reach, LEFT, WIDTH - RIGHT)
    return _scatter(
        marks,
        x,
        _symmetric_ticks(reach),
        lambda v: signed(v),
        "retention: mean change on probes",
        "Gain and retention of each agent; agents that nobody dominates are filled.",
        lines,
        up,
    )


def gain_and_cost(marks: Sequence[Mark], lines: Sequence[Line] = (), up: str = "gain") -> str:
    """Gain over what serving costs, on a logarithmic axis: up and left is better. ``lines`` as in :func:`gain_and_retention`."""
    lowest, highest = min([0.8, *(m.x for m in marks)]), max([1.25, *(m.x for m in marks)])
    padding = (highest / lowest) ** 0.06
    x = _logarithmic(lowest / padding, highest * padding, LEFT, WIDTH - RIGHT)
    return _scatter(
        marks,
        x,
        _ratio_ticks(lowest, highest),
        lambda v: f"{TIMES}{v:g}",
        "serving cost, after over before (logarithmic)",
        "Gain and serving cost of each agent; agents that nobody dominates are filled.",
        lines,
        up,
    )


def _scatter(
    marks: Sequence[Mark],
    x: Scale,
    ticks: Sequence[float],
    show: Callable[[float], str],
    title: str,
    described: str,
    lines: Sequence[Line],
    up: str,
) -> str:
    heights = [line.y for line in lines]
    low = min([-0.05, *(mark.y.low - 0.03 for mark in marks), *(height - 0.03 for height in heights)])
    high = max([0.25, *(mark.y.high + 0.05 for mark in marks), *(height + 0.05 for height in heights)])
    y = _linear(low, high, HEIGHT - BOTTOM, TOP)
    parts = [_grid_y(y, _gain_ticks(low, high), signed), _ticks_x(x, ticks, show), _axis_titles(title, up)]
    parts += [_level(y(line.y), "floor") for line in lines]
    parts += _end_labels([(y(line.y), line.name, "muted") for line in lines], WIDTH - RIGHT + 8)
    labels = []
    for mark in marks:
        px, py = x(mark.x), y(mark.y.estimate)
        tooltip = f"{mark.name}: {up} {signed(mark.y.estimate)} [{signed(mark.y.low)}, {signed(mark.y.high)}]"
        across = ""
        if mark.x_interval is not None:
            across = f'<line x1="{x(mark.x_interval.low):.1f}" x2="{x(mark.x_interval.high):.1f}" y1="{py:.1f}" y2="{py:.1f}"/>'
        parts.append(
            f'<g class="mark c{mark.colour}{"" if mark.filled else " hollow"}">{across}'
            f'<line x1="{px:.1f}" x2="{px:.1f}" y1="{y(mark.y.low):.1f}" y2="{y(mark.y.high):.1f}"/>'
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5.5"><title>{escape(tooltip)}</title></circle></g>'
        )
        labels.append((px, py, mark))
    parts += _beside(labels)
    return _svg(parts, described)


def _gain_ticks(low: float, high: float) -> list[float]:
    return [level / 10 for level in range(-10, 11, 2 if high - low > 0.6 else 1) if low <= level / 10 <= high]


def _beside(labels: Sequence[tuple[float, float, Mark]]) -> list[str]:
    """Names to the right of their marks, moved down where two would overlap."""
    parts: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for px, py, mark in sorted(labels, key=lambda label: label[1]):
        name = _short(mark.name)
        width, at = 7.0 * len(name), py - 12
        while any(abs(at - other) < LINE_HEIGHT and px < right and left < px + width for left, right, other in taken):
            at += 4
        taken.append((px, px + width, at))
        parts.append(f'<text class="name c{mark.colour}" x="{px + 10:.1f}" y="{at + 4:.1f}">{escape(name)}</text>')
    return parts


def _end_labels(labels: Sequence[tuple[float, str, str]], x: float) -> list[str]:
    """Names at the right ends of the curves, spread so that none overlaps, joined to their line where moved."""
    ordered = sorted(labels)
    places = [at for at, _, _ in ordered]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + LINE_HEIGHT)
    overflow = places[-1] - (HEIGHT - BOTTOM) if places else 0
    for index in range(len(places) - 1, -1, -1):
        if overflow > 0:
            ceiling = places[index + 1] - LINE_HEIGHT if index + 1 < len(places) else HEIGHT - BOTTOM
            places[index] = min(places[index], ceiling)
    return [
        f'<path class="leader" d="M{x - 6:.1f} {at:.1f} L{x + 4:.1f} {place:.1f}"/>'
        f'<text class="name {style}" x="{x + 8:.1f}" y="{place + 4:.1f}">{escape(_short(name))}</text>'
        for (at, name, style), place in zip(ordered, places)
    ]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"


def _svg(parts: Sequence[str], described: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(described)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _grid_y(y: Scale, ticks: Sequence[float], show: Callable[[float], str]) -> str:
    across = f'x1="{LEFT}" x2="{WIDTH - RIGHT}"'
    return "".join(
        f'<line class="{"zero" if tick == 0 else "grid"}" {across} y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text class="tick" x="{LEFT - 7}" y="{y(tick) + 4:.1f}" text-anchor="end">{show(tick)}</text>'
        for tick in ticks
    )


def _ticks_x(x: Scale, ticks: Sequence[float], show: Callable[[float], str]) -> str:
    base = HEIGHT - BOTTOM
    return "".join(
        f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{base}" y2="{base + 4}"/>'
        f'<text class="tick" x="{x(tick):.1f}" y="{base + 18}" text-anchor="middle">{show(tick)}</text>'
        for tick in ticks
    )


def _axis_titles(across: str, up: str) -> str:
    centre, middle = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    return (
        f'<text class="title" x="{centre:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>'
        f'<text class="title" transform="rotate(-90 11 {middle:.0f})" x="11" y="{middle:.0f}" text-anchor="middle">'
        f"{escape(up)}</text>"
    )


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    inner = _linear(math.log(low), math.log(high), start, end)
    return lambda value: inner(math.log(value))


def _round_ticks(last: float) -> list[float]:
    """Four to six round steps from 0 to ``last``."""
    rough = last / 5
    unit = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = next((unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough and unit * factor >= 1), 1.0)
    return [step * place for place in range(int(last / step) + 1)]


def _symmetric_ticks(reach: float) -> list[float]:
    step = next(step for step in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if reach / step <= 4)
    return [step * place for place in range(-int(reach / step), int(reach / step) + 1)]


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Round ratios between the two, at least three where the range allows it."""
    ticks: list[float] = []
    for bases in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9), (1, 1.1, 1.2, 1.5, 2, 4, 6, 8, 9, 9.5)):
        ticks = [round(base * 10.0**power, 6) for power in range(-3, 7) for base in bases if low <= base * 10.0**power <= high]
        if len(ticks) >= 3:
            break
    return ticks


def _spread(interval: Interval | None, value: float) -> tuple[float, ...]:
    return (interval.low, interval.high) if interval is not None else (value,)
