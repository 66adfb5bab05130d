"""Records to what the page shows: one :class:`TaskView` for each env, level, split and number of env steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from clgym.metrics import SEQUENCE_NUMBERS, Estimate, Number, Recovery, Summary, TrialMetrics, Undefined, summarize
from clgym.metrics.baseline import FrozenArms, from_frozen
from clgym.metrics.endings import in_words
from clgym.metrics.frontier import RankInterval, frontier_volume, gain_ranks
from clgym.metrics.paired import DIFFERENCES, R_N, QueryPairs
from clgym.metrics.sample_efficiency import curve_pairs
from clgym.metrics.summary import mixtures, refusal
from clgym.records import TRANSFER_PREFIX, AnswerRecord, BlockRecord, Trial, TrialRecords
from clgym.report import charts
from clgym.report.context import AgentTrials, ContextView, context_view
from clgym.report.sequences import HeatMap, heat_map
from clgym.report.studies import Figure, figures
from clgym.report.text import Cell, interval, number, plain, quantity, ranges, signed, threshold, times, undefined
from clgym.report.transcripts import Exchange, choose
from clgym.statistics import UNBOUNDED, Interval, Point, probability_of_improvement

#: The worst point that still counts for the hypervolume: no gain, half of everything else lost, ten times the cost.
REFERENCE = Point(gain=0.0, retention=-0.5, cost=10.0)

#: Agents that drive no model and are no rivals: what others are read against.
YARDSTICKS = ("random", "ideal")

#: Below that, the page says that intervals over worlds mean little.
ENOUGH_WORLDS = 5

Show = Callable[[Estimate], Cell]


def _middle(estimate: Estimate, unit: str) -> Cell:
    return quantity(estimate if isinstance(estimate, Undefined) else estimate.estimate, unit)


def _iqm(estimate: Estimate) -> Cell:
    return number(estimate if isinstance(estimate, Undefined) else estimate.iqm, difference=True)


_difference: Show = partial(interval, difference=True)
_flop: Show = partial(_middle, unit="FLOP")
_seconds: Show = partial(_middle, unit="s")
_tokens: Show = partial(_middle, unit="")
_dollars: Show = partial(_middle, unit="$")


class ShownNumber(NamedTuple):
    """A row in the table of every number: what it is called, where a summary has it, and how it is written."""

    title: str
    of: Callable[[Summary], Estimate]
    show: Show


def _over_trials(path: str, bounds: tuple[float, float] = UNBOUNDED) -> Callable[[Summary], Estimate]:
    """A number of each trial, over trials and worlds."""
    of: Callable[[TrialMetrics], Number] = attrgetter(path)
    return lambda summary: summary.over_trials(of, bounds)


#: What the table of every number shows.
EVERY_NUMBER: tuple[ShownNumber, ...] = (
    ShownNumber("normalized gain G / (r* − r₀)", _over_trials("gain.normalized_gain", (-math.inf, 1.0)), _difference),
    ShownNumber("θ_N above the floor, interquartile mean", attrgetter("above_floor"), _iqm),
    ShownNumber("gain, interquartile mean over worlds", attrgetter("gain"), _iqm),
    ShownNumber("gain summed over queries", _over_trials("gain.gain_sum"), _difference),
    ShownNumber("knowledge gain (less placebo)", attrgetter("knowledge_gain"), _difference),
    ShownNumber("placebo gain", attrgetter("placebo_gain"), _difference),
    ShownNumber("recall: gain on taught queries", attrgetter("recall"), _difference),
    ShownNumber("uptake: next attempt, same query", _over_trials("gain.uptake", DIFFERENCES), _difference),
    ShownNumber("online gain over control", _over_trials("gain.online_gain", DIFFERENCES), _difference),
    ShownNumber("area under normalized curve", attrgetter("area"), interval),
    ShownNumber("gain per 100 env steps", _over_trials("sample_efficiency.gain_per_100_steps"), _difference),
    ShownNumber("gain per 1,000 feedback tokens", _over_trials("sample_efficiency.gain_per_1000_feedback_tokens"), _difference),
    ShownNumber("overgeneralization: reward lost on guard", attrgetter("overgeneralization"), _difference),
    ShownNumber("FLOPs per answer with a kept cache, θ₀", _over_trials("efficiency.flops.before"), _flop),
    ShownNumber("FLOPs per answer with a kept cache, θ_N", _over_trials("efficiency.flops.after"), _flop),
    ShownNumber("FLOPs per answer without one, θ₀", _over_trials("efficiency.uncached_flops.before"), _flop),
    ShownNumber("FLOPs per answer without one, θ_N", _over_trials("efficiency.uncached_flops.after"), _flop),
    ShownNumber("tokens read for an answer, θ₀", _over_trials("efficiency.read.before"), _tokens),
    ShownNumber("tokens read for an answer, θ_N", _over_trials("efficiency.read.after"), _tokens),
    ShownNumber("tokens per answer, θ₀", _over_trials("efficiency.tokens.before"), _tokens),
    ShownNumber("tokens per answer, θ_N", _over_trials("efficiency.tokens.after"), _tokens),
    ShownNumber("seconds per answer, θ₀", _over_trials("efficiency.seconds.before"), _seconds),
    ShownNumber("seconds per answer, θ_N", _over_trials("efficiency.seconds.after"), _seconds),
    ShownNumber("longest context, θ₀ (tokens)", _over_trials("efficiency.peak_context.before"), _tokens),
    ShownNumber("longest context, θ_N (tokens)", _over_trials("efficiency.peak_context.after"), _tokens),
    ShownNumber("learning: FLOPs per env step", _over_trials("efficiency.learn_flops_per_step"), _flop),
    ShownNumber("learning: seconds per env step", _over_trials("efficiency.learn_seconds_per_step"), _seconds),
    ShownNumber("acting: seconds per env step", _over_trials("efficiency.act_seconds_per_step"), _seconds),
)


#: Beside those, where any answer had a price.
PRICES: tuple[ShownNumber, ...] = (
    ShownNumber("dollars per answer, θ₀", _over_trials("efficiency.dollars.before"), _dollars),
    ShownNumber("dollars per answer, θ_N", _over_trials("efficiency.dollars.after"), _dollars),
    ShownNumber("dollars for a trial", _over_trials("dollars"), _dollars),
)


@dataclass(frozen=True)
class Row:
    """One agent in the four-axis table."""

    name: str
    colour: int | None
    count: str
    endings: str
    """Answers that did not end by themselves; "" where all did."""
    rank: str
    r_0: Cell
    r_N: Cell
    gain: Cell
    above_floor: Cell
    detectable: Cell
    knowledge: Cell
    area: Cell
    to_80: Cell
    retention: Cell
    drift: Cell
    """Nats that right answers to the probes lost, and KL on neutral exchanges."""
    worst: Cell
    read: Cell
    """Tokens read for an answer, over θ_0's and absolute, and the longest context."""
    serving: Cell
    learning: Cell
    dominated_by: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with one column for each agent: row title -> one cell for each agent."""

    agents: tuple[str, ...]
    counts: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class TaskView:
    """Everything that is shown about one env, level, split and number of env steps."""

    title: str
    subtitle: str
    anchor: str
    rows: tuple[Row, ...]
    curves: str
    retention_plot: str
    cost_plot: str
    context: ContextView | None
    frontier: tuple[str, ...]
    dominated: tuple[tuple[str, str], ...]
    unplaced: tuple[tuple[str, str], ...]
    hypervolumes: tuple[tuple[str, Cell], ...]
    """Of the agents on each base, by its name."""
    improvement: Table
    transfer: Table
    retention: Table
    likelihood: Table
    sequences: tuple[HeatMap, ...]
    of_tasks: Table
    """The numbers of a sequence of tasks over all trials."""
    recovery: Table
    studies: tuple[Figure, ...]
    every_number: Table
    featured: str
    """The agent with the highest gain: its exchanges are shown first."""
    exchanges: tuple[Exchange, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class AgentOnTask:
    """One agent on one task, before it is put into words."""

    name: str
    colour: int
    summary: Summary
    trials: tuple[TrialRecords, ...]
    arms: FrozenArms

    @property
    def height(self) -> Estimate:
        """What a figure shows as its gain: above the floor, or over θ_0 where records do not hold the floor."""
        return self.summary.gain if isinstance(self.summary.floor, Undefined) else self.summary.above_floor

    def answers(self, records: TrialRecords) -> Sequence[AnswerRecord]:
        """Those of one of its trials, with those of θ_0 that count."""
        return from_frozen(records.of(AnswerRecord), self.arms.answers_for(records))

    @property
    def metrics(self) -> tuple[TrialMetrics, ...]:
        """The numbers of each trial."""
        return tuple(trial.metrics for trial in self.summary.measured)

    @property
    def numbers(self) -> tuple[ShownNumber, ...]:
        """The numbers that there is something to say about."""
        priced = any(isinstance(m.dollars, float) for m in self.metrics)
        return (*EVERY_NUMBER, *PRICES) if priced else EVERY_NUMBER

    @property
    def estimated(self) -> bool:
        """Whether FLOPs follow from declared parameters and are not counted."""
        blocks = (block for records in self.trials for block in records.of(BlockRecord))
        return any("flops" in block.describe.get("estimated", ()) for block in blocks)

    @property
    def count(self) -> str:
        worlds, seeds = len(self.summary.worlds), len({records.trial.seed for records in self.trials})
        return f"{worlds} world{'s' * (worlds != 1)} × {seeds} seed{'s' * (seeds != 1)}"


def gather(trials: Sequence[TrialRecords]) -> list[TaskView]:
    """One task after another, in the order of the trials."""
    folders = {records.folder: records for records in trials}
    summaries, arms = summarize(trials), FrozenArms(trials)
    several_models = len({row.model for row in summaries if row.model}) > 1
    names = {id(row): row.name if several_models else row.agent for row in summaries}
    colours = {name: place % charts.PALETTE for place, name in enumerate(dict.fromkeys(names.values()))}
    tasks: dict[tuple[str, int, str, int], list[AgentOnTask]] = {}
    for row in summaries:
        own = tuple(folders[folder] for folder in row.folders)
        name = names[id(row)]
        tasks.setdefault(row.task, []).append(AgentOnTask(name, colours[name], row, own, arms))
    return [_task(sorted(entries, key=_sorted_by)) for entries in tasks.values()]


def _sorted_by(entry: AgentOnTask) -> float:
    """The most above the floor first; what has no number last."""
    return math.inf if isinstance(entry.height, Undefined) else -entry.height.estimate


def _task(entries: Sequence[AgentOnTask]) -> TaskView:
    first = entries[0].summary
    title = f"{first.env}, level {first.level}"
    intervals = {e.name: e.summary.gain for e in entries if isinstance(e.summary.gain, Interval)}
    ranks = gain_ranks([e.summary for e in entries])
    points = {e.name: e.summary.point for e in entries}
    placed = {name: point for name, point in points.items() if isinstance(point, Point)}
    names = {e.summary.name: e.name for e in entries}
    retained, moved = _retention(entries)
    worlds = tuple(sorted({world for e in entries for world in e.summary.worlds}))
    floor = next((e.summary.floor for e in entries if isinstance(e.summary.floor, Interval)), Undefined("not recorded"))
    level = floor.estimate if isinstance(floor, Interval) else None
    up = "gain" if level is None else "gain above the floor"
    lines = _lines(entries, level is not None)
    return TaskView(
        title=title,
        subtitle=f"{first.split} split, world{'s' * (len(worlds) > 1)} {ranges(worlds)}, {first.env_steps:,} env steps of learning",
        anchor="".join(char if char.isalnum() else "-" for char in f"{title}-{first.split}-{first.env_steps}".lower()),
        rows=(*(_row(entry, ranks.get(entry.summary.name), names) for entry in entries), *_floor_row(floor)),
        curves=charts.learning_curves([_curve(entry) for entry in entries], level),
        retention_plot=charts.gain_and_retention(some, lines, up) if (some := _marks(entries, "retention")) else "",
        cost_plot=charts.gain_and_cost(some, lines, up) if (some := _marks(entries, "cost")) else "",
        context=context_view([AgentTrials(e.name, e.colour, e.trials) for e in entries], level),
        frontier=tuple(e.name for e in entries if e.name in placed and not e.summary.dominated_by),
        dominated=tuple((e.name, ", ".join(names[by] for by in e.summary.dominated_by)) for e in entries if e.summary.dominated_by),
        unplaced=tuple((name, point.reason) for name, point in points.items() if isinstance(point, Undefined)),
        hypervolumes=tuple(_hypervolumes(entries)),
        improvement=_improvement(entries),
        transfer=_transfer(entries),
        retention=retained,
        likelihood=moved,
        every_number=_columns(
            entries,
            [
                (number.title, [_cell(e, number.of(e.summary), number.show) for e in entries])
                for number in max((e.numbers for e in entries), key=len)
            ],
        ),
        sequences=tuple(heat for e in entries if (heat := heat_map(e.name, e.trials[0].trial.world, e.metrics))),
        of_tasks=_of_tasks(entries),
        recovery=_recovery(entries),
        studies=tuple(figures([records for e in entries for records in e.trials])),
        featured=max(intervals, key=lambda name: intervals[name].estimate, default=entries[0].name),
        exchanges=tuple(exchange for e in entries for exchange in choose(e.name, e.trials[0])),
        notes=tuple(_notes(entries, ranks)),
    )


def _row(entry: AgentOnTask, rank: RankInterval | None, names: Mapping[str, str]) -> Row:
    summary = entry.summary
    worst = interval(summary.worst, difference=True)
    return Row(
        name=entry.name,
        colour=entry.colour,
        count=entry.count,
        endings=in_words(summary.endings),
        rank="" if rank is None else str(rank.best) if rank.best == rank.worst else f"{rank.best}–{rank.worst}",
        r_0=interval(summary.r_0),
        r_N=interval(summary.r_N),
        gain=interval(summary.gain, difference=True),
        above_floor=interval(summary.above_floor, difference=True),
        detectable=number(summary.minimum_detectable_gain),
        knowledge=interval(summary.knowledge_gain, difference=True),
        area=_cell(entry, summary.area, interval),
        to_80=threshold([numbers.sample_efficiency.steps_to_80 for numbers in entry.metrics]),
        retention=interval(summary.retention, difference=True),
        drift=_moved(summary),
        worst=worst if worst.undefined else Cell(worst.main, f"{set_title(summary.worst_set)} {worst.note}"),
        read=_read(summary),
        serving=_marked(entry, _times(summary.serving_ratio)),
        learning=_seconds(_over_trials("efficiency.learn_seconds_per_step")(summary)),
        dominated_by=tuple(names[name] for name in summary.dominated_by),
    )


def _floor_row(floor: Estimate) -> Iterator[Row]:
    """Somebody who knows the form of an answer and nothing of the world, as a row beside the agents; none in old records."""
    if isinstance(floor, Undefined):
        return
    none, height = Cell("–"), Cell(plain(floor.estimate))
    yield Row("floor", None, "knows nothing of the world", "", "", none, height, none, Cell("0"), undefined(""), *[none] * 9, ())  # type: ignore[arg-type, call-arg]


def _moved(summary: Summary) -> Cell:
    """Nats a right answer to a probe gained or lost, and KL beside it."""
    nats, kl = summary.drift, summary.divergence
    beside = "" if isinstance(kl, Undefined) else f"KL {plain(kl.estimate)}"
    if isinstance(nats, Undefined):
        return Cell(beside) if beside else undefined(nats.reason)
    return Cell(signed(nats.estimate, 1), beside)


def _read(summary: Summary) -> Cell:
    """``×44 (1,972; at most 2,100)``: what a context costs, whatever is kept of it."""
    ratios, read, peak = (
        summary.over_trials(attrgetter(f"efficiency.{path}")) for path in ("read.ratio", "read.after", "peak_context.after")
    )
    if isinstance(read, Undefined):
        return undefined(read.reason)
    longest = "" if isinstance(peak, Undefined) else f"; at most {peak.estimate:,.0f}"
    return Cell("" if isinstance(ratios, Undefined) else times(ratios.estimate), f"{read.estimate:,.0f}{longest}")


def _times(estimate: Estimate) -> Cell:
    if isinstance(estimate, Undefined):
        return undefined(estimate.reason)
    return Cell(
        times(estimate.estimate), "" if estimate.low == estimate.high else f"[{times(estimate.low)}, {times(estimate.high)}]"
    )


def _hypervolumes(entries: Sequence[AgentOnTask]) -> Iterator[tuple[str, Cell]]:
    """Of the agents that stand on the same weights, where there are several."""
    bases: dict[str, list[Summary]] = {}
    for entry in entries:
        bases.setdefault(entry.summary.base, []).append(entry.summary)
    for rows in bases.values():
        if any(isinstance(row.point, Point) for row in rows):
            yield rows[0].model or rows[0].agent, interval(frontier_volume(rows, REFERENCE))


def _lines(entries: Sequence[AgentOnTask], floored: bool) -> list[charts.Line]:
    """The floor, and what ``random`` and the ideal learner reach, to read agents against."""
    found = [charts.Line("floor", 0.0)] if floored else []
    for entry in entries:
        if entry.summary.agent.partition(":")[0].partition(" ")[0] in YARDSTICKS and isinstance(entry.height, Interval):
            found.append(charts.Line(entry.name, entry.height.estimate))
    return found


def _cell(entry: AgentOnTask, estimate: Estimate, show: Show) -> Cell:
    """A number of the trials as a cell; a single one gets no interval."""
    cell = show(estimate)
    if show is _flop:
        return _marked(entry, cell)
    alone = isinstance(estimate, Interval) and len(entry.trials) == 1 and estimate.low == estimate.high
    return Cell(cell.main, "one trial") if alone and cell.note else cell


def _marked(entry: AgentOnTask, cell: Cell) -> Cell:
    """FLOPs, with a word beside them where they are an estimate."""
    return Cell(cell.main, "estimate") if entry.estimated and not cell.undefined else cell


def _curve(entry: AgentOnTask) -> charts.Series:
    """Eval reward at every checkpoint that all worlds share, with a band over worlds."""
    groups: dict[int, dict[int, list[QueryPairs]]] = {}
    for records in entry.trials:
        for step, queries in curve_pairs(entry.answers(records)).items():
            groups.setdefault(step, {}).setdefault(records.trial.world, []).append(QueryPairs({"eval": queries}))
    points = []
    for step, worlds in sorted(groups.items()):
        estimate = R_N.over(runs for _, runs in sorted(worlds.items()))
        if isinstance(estimate, Interval) and len(worlds) == len(entry.summary.worlds):
            points.append((step, estimate))
    return charts.Series(entry.name, entry.colour, tuple(points))


def _marks(entries: Sequence[AgentOnTask], axis: str) -> list[charts.Mark]:
    """The agents that have a place in a scatter plot."""
    return [mark for entry in entries if (mark := _mark(entry, axis))]


def _mark(entry: AgentOnTask, axis: str) -> charts.Mark | None:
    """The agent's point in a scatter plot, where it has both numbers."""
    gain, across = entry.height, entry.summary.serving_ratio if axis == "cost" else entry.summary.retention
    if isinstance(gain, Undefined) or isinstance(across, Undefined):
        return None
    spread = across if axis == "retention" else None
    return charts.Mark(entry.name, entry.colour, across.estimate, gain, not entry.summary.dominated_by, spread)


def _improvement(entries: Sequence[AgentOnTask]) -> Table:
    """How likely the agent of a column gains more than that of a row, in the worlds that both were given."""
    if len(entries) < 2:
        return Table((), (), ())
    gains = [_gains(entry) for entry in entries]
    apart = refusal([records for entry in entries for records in entry.trials])

    def cell(ours: Mapping[int, Sequence[float]], theirs: Mapping[int, Sequence[float]]) -> Cell:
        shared = sorted(set(ours) & set(theirs))
        if apart or not shared or ours is theirs:
            return Cell("–") if ours is theirs else interval(Undefined(apart or "no world in common"))
        return interval(probability_of_improvement([ours[world] for world in shared], [theirs[world] for world in shared]))

    return _columns(entries, [(e.name, [cell(ours, theirs) for ours in gains]) for e, theirs in zip(entries, gains)])


def _gains(entry: AgentOnTask) -> dict[int, list[float]]:
    """The gain of every trial, by world."""
    worlds: dict[int, list[float]] = {}
    for world, metrics in entry.summary.measured:
        if isinstance(metrics.gain.gain, float):
            worlds.setdefault(world, []).append(metrics.gain.gain)
    return worlds


def _transfer(entries: Sequence[AgentOnTask]) -> Table:
    names = list(dict.fromkeys(name for e in entries for name in e.summary.transfer))
    absent = Undefined("not asked")
    rows = []
    for name in names:
        title = name.removeprefix(TRANSFER_PREFIX)
        rows.append((title, [_difference(e.summary.transfer.get(name, absent)) for e in entries]))
        rows.append((f"{title}, above the floor", [_difference(e.summary.transfer_above_floor.get(name, absent)) for e in entries]))
    return _columns(entries, rows)


def _retention(entries: Sequence[AgentOnTask]) -> tuple[Table, Table]:
    """Change of reward on guard and each probe, and change of the log-likelihood of reference answers."""
    names = list(dict.fromkeys(name for e in entries for name in e.summary.changes))
    absent = Undefined("not asked before and after")
    drops = [(set_title(name), [_difference(e.summary.changes.get(name, absent)) for e in entries]) for name in names]
    sets = list(dict.fromkeys(name for e in entries for m in e.metrics for name in m.retention.log_likelihood))
    moved = [(set_title(name), [_difference(_drift(e, name)) for e in entries]) for name in sets]
    return _columns(entries, drops), _columns(entries, moved)


def _drift(entry: AgentOnTask, name: str) -> Estimate:
    absent = Undefined("the agent gives no log-likelihood")
    return entry.summary.over_trials(lambda metrics: metrics.retention.log_likelihood.get(name, absent))


def _of_tasks(entries: Sequence[AgentOnTask]) -> Table:
    """What became of the tasks of a stream; no rows where all is one task."""
    shown = SEQUENCE_NUMBERS if any(e.summary.of_several_tasks for e in entries) else ()
    return _columns(
        entries,
        [
            (one.title, [_cell(e, e.summary.over_sequences(one), _difference if one.difference else interval) for e in entries])
            for one in shown
        ],
    )


def _recovery(entries: Sequence[AgentOnTask]) -> Table:
    """For each drift what it took and how long it took to be there again."""
    drifts: dict[int, list[list[Recovery]]] = {}
    for place, entry in enumerate(entries):
        for numbers in entry.metrics:
            for recovery in () if isinstance(numbers.recovery, Undefined) else numbers.recovery:
                drifts.setdefault(recovery.drift_at, [[] for _ in entries])[place].append(recovery)
    rows: list[tuple[str, list[Cell]]] = []
    for at, columns in sorted(drifts.items()):
        drift = f"drift at {at:,}"
        rows += [
            (f"{drift}: eval reward before", [_mean(column, "before") for column in columns]),
            (f"{drift}: right after it, less before", [_mean(column, "fall", difference=True) for column in columns]),
            (f"{drift}: env steps to 90 % of before", [threshold([recovery.steps for recovery in column]) for column in columns]),
            (f"{drift}: the same in the stream", [threshold([recovery.online_steps for recovery in column]) for column in columns]),
        ]
    return _columns(entries, rows)


def _mean(recoveries: Sequence[Recovery], name: str, *, difference: bool = False) -> Cell:
    """The mean over trials that have this number."""
    values = [getattr(one, name) for one in recoveries]
    known = [value for value in values if not isinstance(value, Undefined)]
    if not known:
        return number(values[0] if values else Undefined("its rules did not change then"))
    cell = number(sum(known) / len(known), difference=difference)
    return Cell(cell.main, f"{len(known)} of {len(values)} trials") if len(known) < len(values) else cell


def _columns(entries: Sequence[AgentOnTask], rows: Sequence[tuple[str, Sequence[Cell]]]) -> Table:
    return Table(
        agents=tuple(e.name for e in entries),
        counts=tuple(e.count for e in entries),
        rows=tuple((title, tuple(cells)) for title, cells in rows),
    )


def set_title(name: str) -> str:
    """A query set as tables name it: ``German`` for ``probe/Probe-German-v0``, ``German, level 1`` for what is asked of it there."""
    probe, at, level = name.removeprefix("probe/Probe-").partition("/level")
    return f"{probe.removesuffix('-v0')}, level {level}" if at else name.removeprefix("probe/Probe-").removesuffix("-v0")


def _notes(entries: Sequence[AgentOnTask], ranks: Mapping[str, RankInterval]) -> list[str]:
    """What a careful reader should know before believing the table."""
    everything = [records for e in entries for records in e.trials]
    apart = refusal(everything)
    notes = [f"Agents may not be compared here: {apart}."] if apart else []
    mixed = mixtures(everything)
    if mixed and not any(e.summary.notes for e in entries):
        notes.append(f"Agents were run with different versions: {'; '.join(mixed)}.")
    for e in entries:
        notes += [f"{e.name}: {note}" for note in e.summary.notes]
        notes += [f"{e.name}: {note}" for note in _doubts(e)]
        smallest = e.summary.minimum_detectable_gain
        gain = e.summary.gain
        if isinstance(smallest, float) and isinstance(gain, Interval) and abs(gain.estimate) < smallest:
            notes.append(f"{e.name}: a gain of {signed(gain.estimate)} is below what this setup can detect ({smallest:.2f}).")
        if e.estimated:
            notes.append(f"{e.name}: FLOPs are an estimate, 2 × the declared parameters for each token that the endpoint reported.")
        if e.summary.failed_grades:
            notes.append(f"{e.name}: {e.summary.failed_grades} answers could not be graded; they count in no mean.")
        if any(block.digest == "" for records in e.trials for block in records.of(BlockRecord)):
            notes.append(f"{e.name}: θ cannot be saved, so nothing proves that evaluation left it as it was.")
    few = [e.name for e in entries if len(e.summary.worlds) < ENOUGH_WORLDS]
    if few:
        notes.append(f"{', '.join(few)}: intervals over fewer than {ENOUGH_WORLDS} worlds say little about other worlds.")
    tied = [e.name for e in entries if (rank := ranks.get(e.summary.name)) and rank.best != rank.worst]
    if tied:
        notes.append(f"Ranks of gain are ranges, for paired differences leave the order open: {', '.join(tied)}.")
    if any(records.trial.noise for e in entries for records in e.trials):
        notes.append("Some trials ran with noisy feedback.")
    return notes


def _doubts(entry: AgentOnTask) -> Iterator[str]:
    """Where a gain is no knowledge of this world."""
    gain, knowledge, recall = entry.summary.gain, entry.summary.knowledge_gain, entry.summary.recall
    if not isinstance(gain, Interval):
        return
    if isinstance(knowledge, Interval) and gain.low > 0 >= knowledge.low:
        yield (
            f"its gain cannot be told from answer format and habit of the task: less what a sister world teaches, "
            f"{signed(knowledge.estimate)} is left of it."
        )
    lost = entry.summary.overgeneralization
    if isinstance(lost, Interval) and lost.low > 0:
        yield (
            f"what it learned shows up where it should not: guard queries, near the rules but outside them, lose "
            f"{plain(lost.estimate)} of their reward."
        )
    known = knowledge if isinstance(knowledge, Interval) else gain
    ahead = entry.summary.over_trials(_recalled)
    if isinstance(recall, Interval) and isinstance(ahead, Interval) and ahead.low > 0 and known.low <= 0:
        yield (
            f"queries that it was taught earn {signed(recall.estimate)}, held-out ones only {signed(gain.estimate)}: it learned "
            "answers, not rules."
        )


def _recalled(metrics: TrialMetrics) -> Number:
    """How much more it gained on queries that it was taught than on held-out ones."""
    recall, gain = metrics.gain.recall, metrics.gain.gain
    return recall - gain if isinstance(recall, float) and isinstance(gain, float) else Undefined("not both were asked")


def settings_of(trial: Trial) -> str:
    """Settings that all numbers of a trial hang on, in one line."""
    return (
        f"batch {trial.batch}, feedback “{trial.feedback}”, attempts {trial.attempts or 'as the agent asks'}; queries: "
        f"eval {trial.eval_size}, transfer {trial.transfer_size}, guard {trial.guard_size}, each probe {trial.probe_size}"
    )
