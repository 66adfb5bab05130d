"""Many trials to one row for each agent and task: interquartile means over worlds, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clgym.metrics.axes import Pair, measure, overgeneralization, pairs
from clgym.metrics.numbers import Number, Undefined
from clgym.records import CONDITIONS, PROBE_PREFIX, AnswerRecord, Trial, TrialRecords
from clgym.statistics import Interval, Point, dominators, hierarchical_bootstrap, minimum_detectable

#: Where rewards lie, and where their differences lie.
REWARDS, DIFFERENCES = (0.0, 1.0), (-1.0, 1.0)

#: An interval, or why there is none.
Estimate = Interval | Undefined


@dataclass(frozen=True)
class Summary:
    """One agent on one task (env, level, split, number of env steps), over all its worlds and seeds."""

    agent: str
    """The agent; with its settings (``lora-sft:rank=8``) where the same agent was run with several, and with its
    conditions (``icl (verdict, noise 0.25)``) where the task was run under several."""
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
    placebo_gain: Estimate
    """What the same number of steps in a sister world gains: answer format and habit of the task."""
    knowledge_gain: Estimate
    """Gain less placebo gain, paired by query: the part that only this world can teach."""
    retention: Estimate
    """Mean change over guard and probes."""
    worst: Number
    """The change on the set that lost most."""
    worst_set: str
    overgeneralization: Estimate
    """Reward lost on guard, where the learned habit must not show up; over the worlds where θ_0 had any."""
    transfer: dict[str, Estimate]
    serving_ratio: Number
    """Serving cost of θ_N over θ_0 (FLOPs, or tokens where none are counted), mean over trials."""
    failed_grades: int
    dominated_by: tuple[str, ...] = ()
    """Agents of the same task that are at least as good in gain, retention and serving cost, and better in one."""
    notes: tuple[str, ...] = ()
    """What stands beside these numbers: mixed versions, one world, trials without the placebo arm."""

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
    cells = cells_of(trials)
    variants: dict[str, set[str]] = {}
    tasks: dict[tuple[object, ...], list[Trial]] = {}
    for cell in cells:
        t = cell[0].trial
        variants.setdefault(t.agent, set()).add(t.label)
        tasks.setdefault((t.env, t.level, t.split, t.steps), []).append(t)
    rows = []
    for cell in cells:
        t = cell[0].trial
        name = t.label if len(variants[t.agent]) > 1 else t.agent
        told = conditions(t, tasks[t.env, t.level, t.split, t.steps])
        rows.append(_row(cell, f"{name} ({told})" if told else name))
    return [replace(row, dominated_by=_dominators(row, rows)) for row in rows]


def cells_of(trials: Iterable[TrialRecords]) -> list[list[TrialRecords]]:
    """Trials that differ in nothing but world and seed (and in how much was asked), in the order of first appearance."""
    cells: dict[tuple[object, ...], list[TrialRecords]] = {}
    for records in trials:
        t = records.trial
        under = tuple(getattr(t, name) for name in CONDITIONS)
        cells.setdefault((t.label, t.model, t.env, t.level, t.split, t.steps, *under), []).append(records)
    return list(cells.values())


def conditions(trial: Trial, others: Sequence[Trial]) -> str:
    """``verdict, noise 0.25``: the conditions of a trial in which others differ from it."""
    told = []
    for name in CONDITIONS:
        if len({getattr(other, name) for other in others}) > 1:
            value = getattr(trial, name)
            if name == "feedback":
                told.append(str(value))
            elif name == "drift_at":
                told.append(f"drift at {', '.join(map(str, value))}" if value else "no drift")
            else:
                told.append(f"{name} {'its own' if value is None else format(value, 'g')}")
    return ", ".join(told)


def _row(cell: Sequence[TrialRecords], name: str) -> Summary:
    first = cell[0].trial
    measured = [measure(records) for records in cell]
    refused = refusal(cell)
    estimates = _Estimates(() if refused else cell, refused or "no query was graded before and after")
    gain = estimates.gain(_is("eval"))
    sets = sorted({name for numbers in measured for name in numbers.retention.deltas})
    drops = {name: delta for name in sets if isinstance(delta := estimates.gain(_is(name)), Interval)}
    worst = min(drops, key=lambda name: drops[name].estimate, default="")
    transfers = sorted({name for numbers in measured for name in numbers.transfer})
    ratios = [numbers.efficiency.serving_ratio for numbers in measured]
    known = [ratio for ratio in ratios if not isinstance(ratio, Undefined)]
    return Summary(
        agent=name,
        model=first.model,
        env=first.env,
        level=first.level,
        split=first.split,
        env_steps=first.steps,
        worlds=tuple(sorted({records.trial.world for records in cell})),
        trials=len(cell),
        folders=tuple(records.folder for records in cell),
        r_0=estimates.of(_is("eval"), lambda pair: pair.before, REWARDS),
        r_N=estimates.of(_is("eval"), lambda pair: pair.after, REWARDS),
        gain=gain,
        minimum_detectable_gain=detectable(gain),
        placebo_gain=estimates.placebo("before", "placebo"),
        knowledge_gain=estimates.placebo("placebo", "after"),
        retention=estimates.gain(_is_retained),
        worst=drops[worst].estimate if worst else Undefined("neither guard nor probes were asked before and after"),
        worst_set=worst,
        overgeneralization=estimates.overgeneralization(),
        transfer={name: estimates.gain(_is(name)) for name in transfers},
        serving_ratio=sum(known) / len(known) if known else (ratios[0] if ratios else Undefined("no trial")),
        failed_grades=sum(numbers.failed_grades for numbers in measured),
        notes=tuple(_notes(cell, refused)),
    )


def _is(name: str) -> Callable[[str], bool]:
    return lambda other: other == name


def _is_retained(name: str) -> bool:
    return name == "guard" or name.startswith(PROBE_PREFIX)


class _Estimates:
    """Intervals over the worlds of one cell, then over the queries of a world (those of all its seeds together)."""

    def __init__(self, cell: Sequence[TrialRecords], otherwise: str):
        self.otherwise, self.refused = otherwise, not cell
        self.answers = [(records.trial.world, records.of(AnswerRecord)) for records in cell]

    def of(self, chosen: Callable[[str], bool], number: Callable[[Pair], float], bounds: tuple[float, float]) -> Estimate:
        worlds: dict[int, list[float]] = {}
        for world, found in self.answers:
            answers = [a for a in found if chosen(a.set)]
            for name in sorted({a.set for a in answers}):
                worlds.setdefault(world, []).extend(number(pair) for pair in pairs(answers, name))
        return over_worlds(worlds, self.otherwise, bounds)

    def gain(self, chosen: Callable[[str], bool]) -> Estimate:
        return self.of(chosen, lambda pair: pair.difference, DIFFERENCES)

    def overgeneralization(self) -> Estimate:
        """-Δ_guard over the worlds where there was anything to lose."""
        worlds: dict[int, list[float]] = {}
        reason = "guard was not asked before and after"
        for world, found in self.answers:
            guard = pairs(found, "guard")
            lost = overgeneralization(guard)
            if not isinstance(lost, Undefined):
                worlds.setdefault(world, []).extend(-pair.difference for pair in guard)
            elif guard:
                reason = lost.reason
        return over_worlds(worlds, self.otherwise if self.refused else reason, DIFFERENCES)

    def placebo(self, before: str, after: str) -> Estimate:
        """The change on ``eval`` between two phases of which one is the placebo arm's."""
        worlds: dict[int, list[float]] = {}
        for world, found in self.answers:
            worlds.setdefault(world, []).extend(p.difference for p in pairs(found, "eval", before=before, after=after))
        return over_worlds(worlds, self.otherwise if self.refused else "the placebo arm did not run", DIFFERENCES)


def over_worlds(
    worlds: Mapping[int, Sequence[float]], otherwise: str, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> Estimate:
    """Interquartile mean over worlds with its interval, or why there is none."""
    groups = [group for _, group in sorted(worlds.items()) if group]
    return hierarchical_bootstrap(groups, bounds=bounds) if groups else Undefined(otherwise)


def refusal(trials: Sequence[TrialRecords]) -> str:
    """Why these trials may not stand in one mean: their worlds differ although they share an index. "" where they may."""
    salts = {str(records.header.get("commitment")) for records in trials if records.trial.split == "test"}
    if len(salts) > 1:
        return f"its trials come from {len(salts)} private salts, so their worlds differ; report them apart"
    generators = {records.header.get("generators", {}).get(records.trial.env) for records in trials}
    if len(generators) > 1:
        found = ", ".join(sorted("none recorded" if version is None else str(version) for version in generators))
        return f"its trials come from several versions of the generator ({found}), so their worlds differ; report them apart"
    return ""


def mixtures(trials: Sequence[TrialRecords]) -> list[str]:
    """What differs between trials that are compared: versions of packages and graders."""
    found = []
    names = sorted({name for records in trials for name in records.header.get("versions", {})})
    for name in names:
        # A package that one agent never loads has no version there.
        versions = {str(v) for records in trials if (v := records.header.get("versions", {}).get(name)) is not None}
        if len(versions) > 1:
            found.append(f"{name} {' and '.join(sorted(versions))}")
    if len({records.header.get("grader_sha256") for records in trials}) > 1:
        found.append("graders with different source")
    return found


def _notes(cell: Sequence[TrialRecords], refused: str) -> Iterator[str]:
    if refused:
        yield refused
    mixed = mixtures(cell)
    if mixed:
        yield f"its trials were made with different versions: {'; '.join(mixed)}."
    missing = sum(not records.header.get("versions") for records in cell)
    if missing:
        yield f"{missing} of {len(cell)} trials do not say which versions made them."
    arms = sum(any(a.phase == "placebo" for a in records.of(AnswerRecord)) for records in cell)
    if 0 < arms < len(cell):
        yield f"the placebo arm ran in {arms} of {len(cell)} trials; knowledge gain is over those alone."


def detectable(gain: Estimate) -> Number:
    """The smallest true gain (or difference of gains) that the setup behind an interval finds in four cases of five."""
    if isinstance(gain, Undefined):
        return gain
    if gain.error == 0.0:
        return Undefined("all differences are the same: the spread of this setup is unknown")
    # One world has the spread of its many queries: what it detects is a gain in this world.
    return minimum_detectable(gain.error, freedom=gain.groups - 1 or None)


def _dominators(row: Summary, rows: Sequence[Summary]) -> tuple[str, ...]:
    rivals = {other.name: other.point for other in rows if other.task == row.task}
    points = {name: point for name, point in rivals.items() if isinstance(point, Point)}
    return dominators(points).get(row.name, ())
