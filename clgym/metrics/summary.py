"""Many trials to one row for each agent and task: interquartile means over worlds, with intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from clgym.metrics.endings import total
from clgym.metrics.numbers import Estimate, Number, Undefined, mean
from clgym.metrics.paired import (
    GAIN,
    KNOWLEDGE_GAIN,
    OVERGENERALIZATION,
    PLACEBO_GAIN,
    R_0,
    R_N,
    RECALL,
    RETENTION,
    PairedNumber,
    QueryPairs,
    change,
    over_worlds,
    untaught_sets,
    worst_of,
)
from clgym.metrics.sequences import SequenceNumber, Sequences
from clgym.metrics.trial import TrialMetrics, measure
from clgym.records import CONDITIONS, TRANSFER_PREFIX, AnswerRecord, Trial, TrialRecords
from clgym.statistics import UNBOUNDED, Interval, Point, dominators, minimum_detectable

#: Where the area under the normalized learning curve lies: nobody is better than the oracle, and there is no end to harm.
_AREAS = (-math.inf, 1.0)


class MeasuredTrial(NamedTuple):
    """One trial of a row, in numbers."""

    world: int
    metrics: TrialMetrics


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
    recall: Estimate
    """The gain on queries that were taught."""
    area: Estimate
    """Under the normalized learning curve; over the trials of each world."""
    retention: Estimate
    """Mean over guard and probes of the change on each; :data:`clgym.metrics.paired.RETENTION`."""
    changes: dict[str, Estimate]
    """The change on guard and on each probe."""
    worst: Number
    """The change on the set that lost most."""
    worst_set: str
    overgeneralization: Estimate
    """Reward lost on guard, where the learned habit must not show up; over the worlds where θ_0 had any."""
    transfer: dict[str, Estimate]
    serving_ratio: Number
    """Serving cost of θ_N over θ_0 (FLOPs, or tokens where none are counted), mean over trials."""
    failed_grades: int
    endings: dict[str, int]
    """Answers of all its trials that did not end by themselves, by how they ended."""
    measured: tuple[MeasuredTrial, ...]
    """The numbers of each trial, in the order of ``folders``."""
    refused: str = ""
    """Why there is no mean over these trials; "" where there is one."""
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

    def over_trials(self, of: Callable[[TrialMetrics], Number], bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
        """A number of each trial: the interquartile mean over worlds of its mean over their trials, with the interval of worlds."""
        return Undefined(self.refused) if self.refused else over_trials(self.measured, of, bounds)

    @property
    def of_several_tasks(self) -> list[Sequences]:
        """What became of the tasks, in each trial that had several."""
        return [trial.metrics.sequences for trial in self.measured if isinstance(trial.metrics.sequences, Sequences)]

    def over_sequences(self, number: SequenceNumber) -> Estimate:
        """A number of a sequence of tasks, as :meth:`over_trials`."""
        return self.over_trials(lambda metrics: number.within(metrics.sequences))


def over_trials(
    trials: Sequence[MeasuredTrial], of: Callable[[TrialMetrics], Number], bounds: tuple[float, float] = UNBOUNDED
) -> Estimate:
    """See :meth:`Summary.over_trials`. Trials that have no such number are left out; a single number has no interval."""
    worlds: dict[int, list[float]] = {}
    missing = "no trial gives it"
    for world, metrics in trials:
        value = of(metrics)
        if isinstance(value, Undefined):
            missing = value.reason
        else:
            worlds.setdefault(world, []).append(float(value))
    return over_worlds(worlds, missing, bounds if sum(map(len, worlds.values())) > 1 else UNBOUNDED)


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
        under = conditions(t, tasks[t.env, t.level, t.split, t.steps])
        rows.append(_row(cell, f"{name} ({under})" if under else name))
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
    differing = []
    for name in CONDITIONS:
        if len({getattr(other, name) for other in others}) > 1:
            value = getattr(trial, name)
            if name == "feedback":
                differing.append(str(value))
            elif name == "drift_at":
                differing.append(f"drift at {', '.join(map(str, value))}" if value else "no drift")
            else:
                differing.append(f"{name} {'its own' if value is None else format(value, 'g')}")
    return ", ".join(differing)


def _row(cell: Sequence[TrialRecords], name: str) -> Summary:
    first = cell[0].trial
    measured = tuple(MeasuredTrial(records.trial.world, measure(records)) for records in cell)
    refused = refusal(cell)
    worlds = pairs_by_world(cell)

    def over(number: PairedNumber) -> Estimate:
        return Undefined(refused) if refused else number.over(worlds.values())

    sets = sorted({name for queries in worlds.values() for name in queries.sets})
    gain = over(GAIN)
    changes = {name: over(change(name)) for name in untaught_sets(sets)}
    worst, worst_set = worst_of({name: estimate.estimate for name, estimate in changes.items() if isinstance(estimate, Interval)})
    areas = Undefined(refused) if refused else over_trials(measured, lambda numbers: numbers.sample_efficiency.area, _AREAS)
    return Summary(
        agent=name,
        model=first.model,
        env=first.env,
        level=first.level,
        split=first.split,
        env_steps=first.steps,
        worlds=tuple(sorted(worlds)),
        trials=len(cell),
        folders=tuple(records.folder for records in cell),
        r_0=over(R_0),
        r_N=over(R_N),
        gain=gain,
        minimum_detectable_gain=detectable(gain),
        placebo_gain=over(PLACEBO_GAIN),
        knowledge_gain=over(KNOWLEDGE_GAIN),
        recall=over(RECALL),
        area=areas,
        retention=over(RETENTION),
        changes=changes,
        worst=worst,
        worst_set=worst_set,
        overgeneralization=over(OVERGENERALIZATION),
        transfer={name: over(change(name)) for name in sets if name.startswith(TRANSFER_PREFIX)},
        serving_ratio=_serving_ratio(measured),
        failed_grades=sum(trial.metrics.failed_grades for trial in measured),
        endings=total(trial.metrics.endings for trial in measured),
        measured=measured,
        refused=refused,
        notes=tuple(_notes(cell, refused)),
    )


def pairs_by_world(cell: Sequence[TrialRecords]) -> dict[int, QueryPairs]:
    """World -> the paired queries of all its trials (its seeds together), by world."""
    trials: dict[int, list[QueryPairs]] = {}
    for records in cell:
        trials.setdefault(records.trial.world, []).append(QueryPairs.of(records.of(AnswerRecord)))
    return {world: QueryPairs.pooled(queries) for world, queries in sorted(trials.items())}


def _serving_ratio(trials: Sequence[MeasuredTrial]) -> Number:
    """The mean over the trials that have one."""
    ratios = [trial.metrics.efficiency.serving_ratio for trial in trials]
    missing = next((ratio.reason for ratio in ratios if isinstance(ratio, Undefined)), "no trial")
    return mean([ratio for ratio in ratios if not isinstance(ratio, Undefined)], missing)


def refusal(trials: Sequence[TrialRecords]) -> str:
    """Why these trials may not stand in one mean: their worlds differ although they share an index, or their models although they share
    a name. "" where they may."""
    salts = {str(records.header.get("commitment")) for records in trials if records.trial.split == "test"}
    if len(salts) > 1:
        return f"its trials come from {len(salts)} private salts, so their worlds differ; report them apart"
    weights: dict[str, set[str]] = {}
    for records in trials:
        if identity := records.header.get("model"):
            weights.setdefault(records.trial.model, set()).add(json.dumps(identity, sort_keys=True))
    several = [name for name, identities in weights.items() if len(identities) > 1]
    if several:
        return f"its trials were answered by different models under one name ({', '.join(several)}); report them apart"
    generators = {records.header.get("generators", {}).get(records.trial.env) for records in trials}
    if len(generators) > 1:
        known = ", ".join(sorted("none recorded" if version is None else str(version) for version in generators))
        return f"its trials come from several versions of the generator ({known}), so their worlds differ; report them apart"
    return ""


def mixtures(trials: Sequence[TrialRecords]) -> list[str]:
    """What differs between trials that are compared: versions of packages and graders."""
    differences = []
    names = sorted({name for records in trials for name in records.header.get("versions", {})})
    for name in names:
        # A package that one agent never loads has no version there.
        versions = {str(v) for records in trials if (v := records.header.get("versions", {}).get(name)) is not None}
        if len(versions) > 1:
            differences.append(f"{name} {' and '.join(sorted(versions))}")
    if len({records.header.get("grader_sha256") for records in trials}) > 1:
        differences.append("graders with different source")
    return differences


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
