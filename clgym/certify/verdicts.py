"""From what was measured to a verdict: each promise of a level *holds*, *falls short*, or is *not certified*, with the figure.

The bounds are those of docs/decisions/020-ideal-learners.md. Nothing here knows of a family.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any, NamedTuple

from clgym.certify.plan import COPIED, RUNGS, Job
from clgym.certify.run import result_of

HOLDS, SHORT, OPEN, FAILED, NOT_MEASURED = "holds", "falls short", "not certified", "failed", "not measured"

#: Env steps to 0.9 under ``correction``: at least, and at most; by level, and at breadth 16.
DEPTH: tuple[tuple[int, float], ...] = ((0, 100), (100, 400), (300, 1_500), (800, float("inf")))
BROAD_DEPTH = 8_000
#: Solved exchanges that fit on a page or two, and what who has read them may earn at the last level (docs/decisions/020-ideal-learners.md).
READ, READ_BOUND = 40, 0.5
#: Student's t, one-sided 95 %, by degrees of freedom.
_T = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83)

Found = dict[str, Any]


class Row(NamedTuple):
    """A family's level at a breadth: what was measured, by kind and in the order of worlds."""

    env: str
    level: int
    breadth: int
    found: Mapping[str, Sequence[tuple[Job, Found]]]


def certificate(jobs: Iterable[Job], out: Path) -> dict[str, Any]:
    """Everything that the page shows, as JSON: for each row the curves in short, the numbers, and the promises with their verdicts."""
    rows: dict[tuple[str, int, int], dict[str, list[tuple[Job, Found]]]] = {}
    for job in jobs:
        known = result_of(job, out)
        kinds = rows.setdefault(job.place, defaultdict(list))
        if known is not None:
            kinds[job.kind].append((job, known))
    return {"rows": [_row(Row(*place, found)) for place, found in rows.items()]}


def _row(row: Row) -> dict[str, Any]:
    errors = [found["error"] for kind in row.found.values() for _, found in kind if "error" in found]
    promises = {name: _judged(promise, row) for name, promise in PROMISES.items()}
    return {
        "env": row.env,
        "level": row.level,
        "breadth": row.breadth,
        "worlds": len({job.world for kind in row.found.values() for job, _ in kind}),
        "steps": {
            kind: {str(bar): _spread([_steps_to(f, bar, j) for j, f in _curves(row, kind)]) for bar in (0.5, 0.8, 0.9)}
            for kind in RUNGS
        },
        "end": {kind: _spread([f["points"][-1]["eval"] for _, f in _curves(row, kind)]) for kind in RUNGS},
        "words": _spread([_words_to(f, 0.9) for _, f in _curves(row, "correction")]),
        "curves": {
            kind: [[(p["step"], p["words"], p["eval"]) for p in f["points"]] for _, f in _curves(row, kind)] for kind in RUNGS
        },
        "promises": promises,
        "errors": errors[:3],
    }


def _judged(promise: Promise, row: Row) -> dict[str, str]:
    try:
        verdict, figure = promise(row)
    except _Missing as reason:
        verdict, figure = reason.args
    return {"verdict": verdict, "figure": figure}


class _Missing(Exception):
    """What a promise needs was not measured: a verdict and why."""


def _curves(row: Row, kind: str, seed: int = 0) -> list[tuple[Job, Found]]:
    return [(job, found) for job, found in row.found.get(kind, ()) if "points" in found and job.seed == seed]


def _needed(row: Row, kind: str, seed: int = 0) -> list[tuple[Job, Found]]:
    found = row.found.get(kind, ())
    if any("error" in one for _, one in found):
        raise _Missing(FAILED, f"{kind}: {next(one['error'] for _, one in found if 'error' in one).strip().splitlines()[-1]}")
    if any("uncertified" in one for _, one in found):
        raise _Missing(OPEN, next(one["uncertified"] for _, one in found if "uncertified" in one))
    chosen = [(job, one) for job, one in found if job.seed == seed]
    if not chosen:
        raise _Missing(NOT_MEASURED, kind)
    return chosen


def _steps_to(found: Found, bar: float, job: Job) -> float:
    """Env steps until ``eval`` is at ``bar`` and stays there but for a hundredth; infinite where it never is."""
    reached = float("inf")
    for point in reversed(found["points"]):
        if point["eval"] < bar - 0.01:
            break
        if point["eval"] >= bar:
            reached = point["step"]
    return reached


def _words_to(found: Found, bar: float) -> float:
    step = _steps_to(found, bar, None)  # type: ignore[arg-type]
    return next((point["words"] for point in found["points"] if point["step"] == step), float("inf"))


def _median_steps(row: Row, kind: str, bar: float) -> float:
    return median(_steps_to(found, bar, job) for job, found in _needed(row, kind))


def _spread(numbers: Sequence[float]) -> list[float] | None:
    """Median, least and most."""
    return [median(numbers), min(numbers), max(numbers)] if numbers else None


def _number(value: float) -> str:
    return "never" if value == float("inf") else f"{value:,.0f}"


def _holds(good: bool, figure: str) -> tuple[str, str]:
    return (HOLDS if good else SHORT), figure


# -- the promises -------------------------------------------------------------------------------------------------------

Promise = Callable[[Row], tuple[str, str]]


def _silent_prompts(row: Row) -> tuple[str, str]:
    """Blind stays at chance: the one-sided 95 % interval of its mean over worlds reaches down to the floor."""
    found = _needed(row, "blind")
    above = [one["points"][-1]["eval"] - one["floors"]["eval"] for _, one in found]
    low = _low(above)
    return _holds(
        low <= 0,
        f"{fmean(one['points'][-1]['eval'] for _, one in found):.2f}, floor {fmean(one['floors']['eval'] for _, one in found):.2f}",
    )


def _low(numbers: Sequence[float]) -> float:
    """The lower end of the one-sided 95 % interval of a mean (Student 1908)."""
    if len(numbers) < 2:
        return min(numbers) - 0.05
    return fmean(numbers) - _T[min(len(numbers) - 2, len(_T) - 1)] * stdev(numbers) / len(numbers) ** 0.5


def _at_chance(kind: str) -> Promise:
    def promise(row: Row) -> tuple[str, str]:
        found = [one for _, one in _needed(row, kind)]
        if found[0]["eval"] is None:
            return HOLDS, "no options to count"
        figure = f"{fmean(one['eval'] for one in found):.2f}, floor {fmean(one['floor'] for one in found):.2f}"
        return _holds(_low([one["eval"] - one["floor"] for one in found]) <= 0, figure)

    return promise


def _faster(quick: str, slow: str, bars: Sequence[float], share: float) -> Promise:
    def promise(row: Row) -> tuple[str, str]:
        figures, good = [], True
        for bar in bars:
            one, other = _median_steps(row, quick, bar), _median_steps(row, slow, bar)
            good &= one != float("inf") and one <= share * other
            figures.append(f"{_number(one)} / {_number(other)} to {bar}")
        return _holds(good, ", ".join(figures))

    return promise


def _plateau(kind: str, bar: float) -> Promise:
    def promise(row: Row) -> tuple[str, str]:
        found = [one for _, one in _needed(row, kind)]
        ends = {"eval": min(one["points"][-1]["eval"] for one in found)}
        for pool in found[0]["pools"]:
            ends[pool] = min(one["pools"][pool] for one in found)
        worst = min(ends, key=lambda pool: ends[pool])
        cut = " (some were cut by the clock)" if any(one["cut"] for one in found) else ""
        return _holds(ends[worst] >= bar, f"least {ends[worst]:.2f} ({worst}){cut}")

    return promise


def _depth(row: Row) -> tuple[str, str]:
    steps = [_steps_to(one, 0.9, job) for job, one in _needed(row, "correction")]
    low, high = (
        DEPTH[min(row.level, 3)] if row.breadth == 1 else (BROAD_DEPTH if row.level == 3 and row.breadth >= 16 else 0, float("inf"))
    )
    middle = median(steps)
    asked = f"asked {low:,} to {high:,.0f}" if high != float("inf") else f"asked {low:,} or more"
    # A curve that never arrives shows depth where there is no upper end, and then the plateau says what is wrong with it.
    return _holds(low <= middle <= high, f"{_number(middle)} [{_number(min(steps))}, {_number(max(steps))}], {asked}")


def _covered(row: Row) -> tuple[str, str]:
    shown = [one["steps"] for _, one in _needed(row, "coverage")]
    if None in shown:
        return SHORT, "in some worlds learn never shows what decides a tenth of eval"
    known, needed = _median_steps(row, "correction", 0.9), median(shown)
    return _holds(known <= 2 * needed + 10, f"shown after {_number(needed)}, known after {_number(known)}")


def _no_shortcut(row: Row) -> tuple[str, str]:
    earned = fmean(one["eval"] for _, one in _needed(row, "copier"))
    return _holds(row.level == 0 or earned <= 0.35, f"{earned:.2f} after {COPIED}")


def _more_than_a_page(row: Row) -> tuple[str, str]:
    """What the best reader of so many solved exchanges earns: right answers without words, or the level is a list that a prompt can hold."""
    earned = fmean(max(p["eval"] for p in one["points"] if p["step"] <= READ) for _, one in _needed(row, "gold"))
    return _holds(row.level < 3 or earned < READ_BOUND, f"{earned:.2f} after {READ} solved exchanges")


def _drifts(row: Row) -> tuple[str, str]:
    stale, steps = [], []
    for job, one in _needed(row, "drift"):
        if one["stale"] is None:
            raise _Missing(NOT_MEASURED, "the curve was cut before its drift")
        stale.append(one["stale"])
        known = max((p["eval"] for p in one["points"] if not p["drifted"]), default=0.0)
        back = next((p["step"] for p in one["points"] if p["drifted"] and p["eval"] >= known - 0.05), float("inf"))
        steps.append(back - job.steps // 2)
    return _holds(0.3 <= median(stale) <= 0.7, f"stale {median(stale):.2f}, back after {_number(median(steps))}")


def _withstands(row: Row) -> tuple[str, str]:
    with_lies, without = _median_steps(row, "noise", 0.8), _median_steps(row, "correction", 0.8)
    return _holds(with_lies != float("inf") or without == float("inf"), f"{_number(with_lies)} / {_number(without)} to 0.8")


def _remembers(row: Row) -> tuple[str, str]:
    kept = [one["history"] for _, one in _needed(row, "correction") if one["history"] is not None]
    return _holds(bool(kept) and min(kept) >= 0.99, f"least {min(kept, default=0):.2f}")


def _strong_enough(row: Row) -> tuple[str, str]:
    """It loses to no simpler learner, and not to itself with less information."""
    copied = fmean(one["eval"] for _, one in _needed(row, "copier"))
    own = [max((p["eval"] for p in one["points"] if p["step"] <= COPIED), default=0.0) for _, one in _needed(row, "correction")]
    ends = {
        kind: fmean(one["points"][-1]["eval"] for _, one in _needed(row, kind))
        for kind in ("score", "diagnosis", "gold", "correction")
    }
    good = (
        fmean(own) >= copied - 0.02
        and ends["correction"] >= max(ends.values()) - 0.02
        and ends["diagnosis"] >= ends["score"] - 0.02
    )
    return _holds(good, f"{fmean(own):.2f} beside {copied:.2f}; " + ", ".join(f"{kind} {end:.2f}" for kind, end in ends.items()))


def _agrees(row: Row) -> tuple[str, str]:
    first = _needed(row, "correction", 1)[0][0].world
    ends = [one["points"][-1]["eval"] for seed in (0, 1, 2) for job, one in _needed(row, "correction", seed) if job.world == first]
    return _holds(max(ends) - min(ends) <= 0.03, f"{min(ends):.2f} to {max(ends):.2f} over {len(ends)} seeds")


#: Name -> how it is judged, in the order of the page.
PROMISES: dict[str, Promise] = {
    "prompts leak nothing (ideal)": _silent_prompts,
    "prompts leak nothing (counting)": _at_chance("attacker"),
    "prompts leak nothing (trained on 200 other worlds)": _at_chance("strangers"),
    "no constant answer pays (climber)": _at_chance("climber"),
    "words teach: diagnosis / score": _faster("diagnosis", "score", (0.5, 0.8), 0.5),
    "words teach: correction / gold": _faster("correction", "gold", (0.8,), 0.75),
    "plateau, correction": _plateau("correction", 0.97),
    "plateau, diagnosis": _plateau("diagnosis", 0.9),
    "depth": _depth,
    "coverage": _covered,
    "no shortcut (copier)": _no_shortcut,
    "more than a page (reader of 40)": _more_than_a_page,
    "drift": _drifts,
    "noise of 20 %": _withstands,
    "learner: its own history": _remembers,
    "learner: loses to nobody simpler": _strong_enough,
    "learner: agrees with itself": _agrees,
}
