"""Many trials to one row for each agent and task: means over worlds, with intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from clgym.metrics.baseline import FrozenArms, base_of, from_frozen, limit_of, own_start
from clgym.metrics.endings import total
from clgym.metrics.numbers import Estimate, Number, Undefined
from clgym.metrics.paired import (
    ABOVE_FLOOR,
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
    above_floor,
    change,
    over_worlds,
    probes,
    retained,
    sets_at_floor,
    untaught_sets,
    worst_of,
)
from clgym.metrics.sequences import SequenceNumber, Sequences
from clgym.metrics.trial import TrialMetrics, floors_of, measure
from clgym.records import CONDITIONS, TRANSFER_PREFIX, AnswerRecord, Trial, TrialRecords
from clgym.statistics import UNBOUNDED, Interval, Point, minimum_detectable

#: Where the area under the normalized learning curve lies: nobody is better than the oracle, and there is no end to harm.
_AREAS = (-math.inf, 1.0)

#: World and seed.
Run = tuple[int, int]


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
    floor: Estimate
    """What somebody earns at most who knows the form of an answer and nothing of the world."""
    above_floor: Estimate
    """(r_N - floor) / (1 - floor)."""
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
    """Mean over probes of the change on each where θ_0 stands above its floor; :data:`clgym.metrics.paired.RETENTION`."""
    changes: dict[str, Estimate]
    """The change on guard and on each probe."""
    worst: Estimate
    """The change on the probe that lost most; its interval counts how many there were to choose from."""
    worst_set: str
    overgeneralization: Estimate
    """Reward lost on guard, where the learned habit must not show up; over the worlds where θ_0 had any."""
    drift: Estimate
    """Change of the log-probability of right answers to the probes, nats per answer."""
    divergence: Estimate
    """KL(θ_N ‖ θ_0) on neutral exchanges, nats per token."""
    transfer: dict[str, Estimate]
    transfer_above_floor: dict[str, Estimate]
    serving_ratio: Estimate
    """Serving cost of θ_N over θ_0 on the same queries: FLOPs without a kept cache, or tokens where those are not known."""
    base: str
    """Within what agents compare: the hashed weights, the model's name where there are none; "" without a model."""
    baseline: str
    """Whose θ_0 it is compared with: "frozen" for the frozen arm of the same weights, "own" for its own."""
    token_limit: int | None
    """The most tokens that θ_0 may say; ``None`` where no setting says it."""
    runs: Mapping[Run, QueryPairs]
    """The paired queries of each trial."""
    order: tuple[Run, ...]
    """World and seed of each trial, in the order of ``folders``."""
    failed_grades: int
    endings: dict[str, int]
    """Answers of all its trials that did not end by themselves, by how they ended."""
    measured: tuple[MeasuredTrial, ...]
    """The numbers of each trial, in the order of ``folders``."""
    refused: str = ""
    """Why there is no mean over these trials; "" where there is one."""
    dominated_by: tuple[str, ...] = ()
    """Agents of the same task and the same weights that the paired intervals call better; see :mod:`clgym.metrics.frontier`."""
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
        return Point(self.gain.estimate, self.retention.estimate, self.serving_ratio.estimate)

    def over_trials(self, of: Callable[[TrialMetrics], Number], bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
        """A number of each trial: the mean over worlds of its mean over their trials, with the interval of worlds."""
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
    from clgym.metrics.frontier import dominators

    trials = list(trials)
    cells, frozen = cells_of(trials), FrozenArms(trials)
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
        rows.append(_row(cell, f"{name} ({under})" if under else name, frozen))
    return [replace(row, dominated_by=dominators(row, rows)) for row in rows]


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


class _Measured(NamedTuple):
    """One trial against the θ_0 that counts."""

    run: Run
    queries: QueryPairs
    metrics: TrialMetrics
    own: str
    """What its own θ_0 says otherwise."""
    frozen: bool


def _measured(records: TrialRecords, arms: FrozenArms) -> _Measured:
    frozen, answers = arms.answers_for(records), records.of(AnswerRecord)
    queries = QueryPairs.of(from_frozen(answers, frozen), floors_of(records))
    trial = records.trial
    return _Measured((trial.world, trial.seed), queries, measure(records, frozen), own_start(answers, frozen), bool(frozen))


def _row(cell: Sequence[TrialRecords], name: str, arms: FrozenArms) -> Summary:
    first = cell[0].trial
    found = [_measured(records, arms) for records in cell]
    measured = tuple(MeasuredTrial(one.run[0], one.metrics) for one in found)
    refused = refusal(cell)
    # All worlds ask the same θ_0 for the same abilities; guard is each world's own.
    lost = frozenset(probes(sets_at_floor([one.queries for one in found])))
    runs = {one.run: replace(one.queries, at_floor=lost | one.queries.at_floor & {"guard"}) for one in found}
    worlds = by_world(runs)

    def over(number: PairedNumber, confidence: float = 0.95) -> Estimate:
        return Undefined(refused) if refused else number.over(worlds.values(), confidence)

    def trials(of: Callable[[TrialMetrics], Number], bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
        return Undefined(refused) if refused else over_trials(measured, of, bounds)

    sets = sorted({name for queries in runs.values() for name in queries.sets})
    transfers = [name for name in sets if name.startswith(TRANSFER_PREFIX)]
    gain, changes = over(GAIN), {name: over(retained(name)) for name in untaught_sets(sets)}
    worst, worst_set = worst_of({name: one.estimate for name, one in changes.items() if isinstance(one, Interval)})
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
        floor=trials(lambda numbers: numbers.gain.floor),
        above_floor=over(ABOVE_FLOOR),
        minimum_detectable_gain=detectable(gain),
        placebo_gain=over(PLACEBO_GAIN),
        knowledge_gain=over(KNOWLEDGE_GAIN),
        recall=over(RECALL),
        area=trials(lambda numbers: numbers.sample_efficiency.area, _AREAS),
        retention=over(RETENTION),
        changes=changes,
        worst=over(retained(worst_set), 1 - 0.05 / len(probes(sets))) if worst_set else worst,  # type: ignore[arg-type]
        worst_set=worst_set,
        overgeneralization=over(OVERGENERALIZATION),
        drift=trials(lambda numbers: numbers.retention.drift),
        divergence=trials(lambda numbers: numbers.retention.divergence, (0.0, math.inf)),
        transfer={name: over(change(name)) for name in transfers},
        transfer_above_floor={name: over(above_floor(name)) for name in transfers},
        serving_ratio=trials(lambda numbers: numbers.efficiency.serving.ratio, (0.0, math.inf)),
        base=base_of(cell[0]),
        baseline="frozen" if all(one.frozen for one in found) else "own",
        token_limit=limit_of(cell[0]),
        runs=runs,
        order=tuple(one.run for one in found),
        failed_grades=sum(trial.metrics.failed_grades for trial in measured),
        endings=total(trial.metrics.endings for trial in measured),
        measured=measured,
        refused=refused,
        notes=tuple(_notes(cell, refused, found)),
    )


def by_world(runs: Mapping[Run, QueryPairs]) -> dict[int, list[QueryPairs]]:
    """World -> the paired queries of each of its runs, by world and seed."""
    worlds: dict[int, list[QueryPairs]] = {}
    for (world, _), queries in sorted(runs.items()):
        worlds.setdefault(world, []).append(queries)
    return worlds


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


def _notes(cell: Sequence[TrialRecords], refused: str, found: Sequence[_Measured]) -> Iterator[str]:
    if refused:
        yield refused
    twice = len(cell) - len({one.run for one in found})
    if twice:
        yield f"{twice} of its {len(cell)} trials are of a world and seed that it has already; the last one of each counts."
    differing = [one.own for one in found if one.own]
    if differing:
        yield f"{differing[0]} ({len(differing)} of {len(found)} trials differ)."
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
    # One run has the spread of its many queries: what it detects is a gain in this run.
    return minimum_detectable(gain.error, freedom=gain.units - 1 or None)
