"""Many trials to one row for each agent and task: interquartile means over worlds, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clgym.metrics.axes import Pair, measure, pairs
from clgym.metrics.numbers import Number, Undefined
from clgym.records import PROBE_PREFIX, AnswerRecord, TrialRecords
from clgym.statistics import Interval, Point, dominators, hierarchical_bootstrap, minimum_detectable

#: An interval, or why there is none.
Estimate = Interval | Undefined


@dataclass(frozen=True)
class Summary:
    """One agent on one task (env, level, split, number of env steps), over all its worlds and seeds."""

    agent: str
    """The agent; with its settings (``lora-sft:rank=8``) where the same agent was run with several."""
    model: str
    env: str
    level: int
    split: str
    env_steps: int
    worlds: tuple[int, ...]
    trials: int
    folders: tuple[Path, ...]
    r_0: Estimate
    r_N: Estimate
    gain: Estimate
    minimum_detectable_gain: Number
    retention: Estimate
    """Mean change over guard and probes."""
    worst: Number
    """The change on the set that lost most."""
    worst_set: str
    transfer: dict[str, Estimate]
    serving_ratio: Number
    """Serving cost of θ_N over θ_0 (FLOPs, or tokens where none are counted), mean over trials."""
    failed_grades: int
    dominated_by: tuple[str, ...] = ()
    """Agents of the same task that are at least as good in gain, retention and serving cost, and better in one."""

    @property
    def task(self) -> tuple[str, int, str, int]:
        """Rows are compared with rows of the same task only."""
        return self.env, self.level, self.split, self.env_steps

    @property
    def name(self) -> str:
        """Agent and model."""
        return f"{self.agent} ({self.model})" if self.model else self.agent

    @property
    def point(self) -> Point | Undefined:
        """Where it stands on the Pareto plot."""
        if isinstance(self.gain, Undefined):
            return self.gain
        if isinstance(self.retention, Undefined):
            return self.retention
        if isinstance(self.serving_ratio, Undefined):
            return self.serving_ratio
        return Point(self.gain.estimate, self.retention.estimate, self.serving_ratio)


def summarize(trials: Iterable[TrialRecords]) -> list[Summary]:
    """One row for each agent and task, in the order of first appearance, with dominated agents named."""
    cells: dict[tuple[object, ...], list[TrialRecords]] = {}
    for records in trials:
        t = records.trial
        cells.setdefault((t.label, t.model, t.env, t.level, t.split, t.steps), []).append(records)
    variants: dict[str, set[str]] = {}
    for cell in cells.values():
        variants.setdefault(cell[0].trial.agent, set()).add(cell[0].trial.label)
    rows = [_row(cell, several=len(variants[cell[0].trial.agent]) > 1) for cell in cells.values()]
    return [replace(row, dominated_by=_dominators(row, rows)) for row in rows]


def _row(cell: Sequence[TrialRecords], several: bool) -> Summary:
    first = cell[0].trial
    measured = [measure(records) for records in cell]
    gain = _interval(cell, _is("eval"), lambda pair: pair.difference)
    sets = sorted({name for numbers in measured for name in numbers.retention.deltas})
    drops = {
        name: delta for name in sets if isinstance(delta := _interval(cell, _is(name), lambda pair: pair.difference), Interval)
    }
    worst = min(drops, key=lambda name: drops[name].estimate, default="")
    transfers = sorted({name for numbers in measured for name in numbers.transfer})
    ratios = [numbers.efficiency.serving_ratio for numbers in measured]
    known = [ratio for ratio in ratios if not isinstance(ratio, Undefined)]
    return Summary(
        agent=first.label if several else first.agent,
        model=first.model,
        env=first.env,
        level=first.level,
        split=first.split,
        env_steps=first.steps,
        worlds=tuple(sorted({records.trial.world for records in cell})),
        trials=len(cell),
        folders=tuple(records.folder for records in cell),
        r_0=_interval(cell, _is("eval"), lambda pair: pair.before),
        r_N=_interval(cell, _is("eval"), lambda pair: pair.after),
        gain=gain,
        minimum_detectable_gain=_detectable(gain),
        retention=_interval(cell, _is_retained, lambda pair: pair.difference),
        worst=drops[worst].estimate if worst else Undefined("neither guard nor probes were asked before and after"),
        worst_set=worst,
        transfer={name: _interval(cell, _is(name), lambda pair: pair.difference) for name in transfers},
        serving_ratio=sum(known) / len(known) if known else (ratios[0] if ratios else Undefined("no trial")),
        failed_grades=sum(numbers.failed_grades for numbers in measured),
    )


def _is(name: str) -> Callable[[str], bool]:
    return lambda other: other == name


def _is_retained(name: str) -> bool:
    return name == "guard" or name.startswith(PROBE_PREFIX)


def _interval(cell: Sequence[TrialRecords], chosen: Callable[[str], bool], number: Callable[[Pair], float]) -> Estimate:
    """IQM over worlds with a bootstrap over worlds, then over the queries of a world (those of all its seeds together)."""
    worlds: dict[int, list[float]] = {}
    for records in cell:
        answers = [a for a in records.of(AnswerRecord) if chosen(a.set)]
        for name in sorted({a.set for a in answers}):
            worlds.setdefault(records.trial.world, []).extend(number(pair) for pair in pairs(answers, name))
    groups = [numbers for _, numbers in sorted(worlds.items()) if numbers]
    return hierarchical_bootstrap(groups) if groups else Undefined("no query was graded before and after")


def _detectable(gain: Estimate) -> Number:
    if isinstance(gain, Undefined):
        return gain
    if gain.error == 0.0:
        return Undefined("all differences are the same: the spread of this setup is unknown")
    return minimum_detectable(gain.error)


def _dominators(row: Summary, rows: Sequence[Summary]) -> tuple[str, ...]:
    rivals = {other.name: other.point for other in rows if other.task == row.task}
    points = {name: point for name, point in rivals.items() if isinstance(point, Point)}
    return dominators(points).get(row.name, ())
