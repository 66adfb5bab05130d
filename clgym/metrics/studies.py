"""One agent under several conditions: what more feedback buys, and what wrong feedback costs.

A study holds everything fixed but one setting, its *factor*: ``feedback`` (the ladder) or ``noise`` (the share of steps whose feedback is
wrong). Worlds, seeds, streams and held-out queries are the same under every value of it, so all comparisons are paired: a study is made of the
worlds and seeds that were run under every value, and of the queries that could be graded before and after learning under every value.
What is left out is said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from clgym.core import FEEDBACK_LEVELS
from clgym.metrics.endings import in_words, measure_endings, total
from clgym.metrics.numbers import Estimate, Number, Undefined
from clgym.metrics.paired import GAIN, KNOWLEDGE_GAIN, Pair, PairedNumber, QueryPairs
from clgym.metrics.sample_efficiency import feedback_tokens
from clgym.metrics.summary import detectable, mixtures, refusal
from clgym.records import AnswerRecord, StepRecord, TrialRecords
from clgym.statistics import UNBOUNDED, Interval, mean_over_worlds


class _Factor(NamedTuple):
    """A setting of trials that a study varies."""

    order: Callable[[Any], Any]
    show: Callable[[Any], str]


#: The ladder, with the bare right answer below the one in words: what lies between them is what the words bring.
_RUNGS = (*FEEDBACK_LEVELS[:-1], "gold", FEEDBACK_LEVELS[-1])
FACTORS: Mapping[str, _Factor] = {"feedback": _Factor(_RUNGS.index, str), "noise": _Factor(float, lambda value: f"{value:g}")}


@dataclass(frozen=True)
class Condition:
    """The agent under one value of the factor.

    Gain per 100 env steps and per 1,000 feedback tokens divide each trial's gain by what that trial was given; tokens are counted by
    :func:`clgym.metrics.feedback_tokens`.
    """

    value: str | float
    title: str
    gain: Estimate
    detectable: Number
    """The smallest true gain that this setup finds in four cases of five."""
    knowledge_gain: Estimate
    gain_per_100_steps: Estimate
    gain_per_1000_feedback_tokens: Estimate
    env_steps: int
    """Of all trials together."""
    feedback_tokens: int
    """Of all trials together."""


@dataclass(frozen=True)
class Contrast:
    """The gain under one value less the gain under another, on the same queries of the same worlds."""

    title: str
    gain: Estimate
    detectable: Number
    """The smallest true difference that this setup finds in four cases of five."""
    knowledge_gain: Estimate


@dataclass(frozen=True)
class Study:
    """One agent on one task under several values of one factor.

    ``slope`` is the change of the gain per unit of a factor that is a number (least squares through the gains, query by query): for noise,
    what feedback that is always wrong would cost beside feedback that never is, if all of it were one line.
    """

    factor: str
    agent: str
    model: str
    env: str
    level: int
    split: str
    env_steps: int
    """Of one trial."""
    worlds: tuple[int, ...]
    seeds: tuple[int, ...]
    queries: int
    """Held-out queries of all worlds and seeds, each asked under every value."""
    conditions: tuple[Condition, ...]
    contrasts: tuple[Contrast, ...]
    slope: Estimate
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Agent and model."""
        return f"{self.agent} ({self.model})" if self.model else self.agent


def studies(trials: Iterable[TrialRecords], factor: str) -> list[Study]:
    """A study for each set of trials that differ in world, seed and ``factor`` alone and have at least two values of it; by task, then agent."""
    groups: dict[str, dict[Any, list[TrialRecords]]] = {}
    for records in trials:
        fixed = {name: value for name, value in records.trial.to_json().items() if name not in (factor, "world", "seed")}
        values = groups.setdefault(json.dumps(fixed, sort_keys=True), {})
        values.setdefault(getattr(records.trial, factor), []).append(records)
    order = FACTORS[factor].order
    made = [
        _study(factor, dict(sorted(values.items(), key=lambda item: order(item[0]))))
        for _, values in sorted(groups.items())
        if len(values) > 1
    ]
    return sorted(made, key=lambda study: (study.env, study.level, study.split, study.env_steps, study.model, study.agent))


class _TrialPairs(NamedTuple):
    """One trial, in pairs: (world after drifts, query) -> θ_0 and θ_N, and -> the placebo's θ and θ_N."""

    gains: dict[tuple[str, str], Pair]
    knowledge: dict[tuple[str, str], Pair]
    steps: int
    tokens: int

    @classmethod
    def of(cls, records: TrialRecords) -> _TrialPairs:
        queries = QueryPairs.of(records.of(AnswerRecord))
        steps = tokens = 0
        for step in records.of(StepRecord):
            if step.arm == "learn":
                steps, tokens = steps + 1, tokens + feedback_tokens(step.feedback)
        return cls(_by_query(queries.sets.get("eval", ())), _by_query(queries.knowledge), steps, tokens)


def _by_query(pairs: Iterable[Pair]) -> dict[tuple[str, str], Pair]:
    return {(pair.world, pair.query): pair for pair in pairs}


#: World and seed: what is run under every value.
_Block = tuple[int, int]


def _study(factor: str, by_value: Mapping[Any, Sequence[TrialRecords]]) -> Study:
    everything = [records for some in by_value.values() for records in some]
    trial = everything[0].trial
    blocks = {value: {(r.trial.world, r.trial.seed): r for r in some} for value, some in by_value.items()}
    whole = sorted(set.intersection(*(set(some) for some in blocks.values())))
    refused = refusal(everything)
    pairs = {value: {block: _TrialPairs.of(some[block]) for block in whole} for value, some in blocks.items()}
    queries = {block: _common([pairs[value][block].gains for value in pairs]) for block in whole}
    numbers = _Numbers(factor, pairs, queries, refused)
    values = list(pairs)
    return Study(
        factor=factor,
        agent=trial.label,
        model=trial.model,
        env=trial.env,
        level=trial.level,
        split=trial.split,
        env_steps=trial.steps,
        worlds=tuple(sorted({world for world, _ in whole})),
        seeds=tuple(sorted({seed for _, seed in whole})),
        queries=sum(map(len, queries.values())),
        conditions=tuple(map(numbers.condition, values)),
        contrasts=tuple(numbers.contrast(lower, higher) for lower, higher in _compared(factor, values)),
        slope=numbers.slope(values) if factor == "noise" else Undefined(f"{factor} is not a number"),
        notes=tuple(_notes(factor, blocks, whole, pairs, queries, refused, everything)),
    )


def _compared(factor: str, values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Neighbours, then the ends. Between ``score`` and ``diagnosis`` lies the claim that language says more than a number."""
    neighbours = list(zip(values, values[1:]))
    more = [(values[0], values[-1])]
    if factor == "feedback" and {"score", "diagnosis"} <= set(values):
        more.insert(0, ("score", "diagnosis"))
    return list(dict.fromkeys([*neighbours, *more]))


def _common(tables: Sequence[Mapping[tuple[str, str], Pair]]) -> list[tuple[str, str]]:
    return [key for key in tables[0] if all(key in table for table in tables)]


_NO_WORLD, _NO_QUERY = "no world was run under every value", "no query was graded under every value"


class _Numbers:
    """Estimates over the worlds of a study, of the queries that were graded under every value."""

    def __init__(
        self,
        factor: str,
        trials: Mapping[Any, Mapping[_Block, _TrialPairs]],
        queries: Mapping[_Block, Sequence[tuple[str, str]]],
        refused: str,
    ):
        self.show = FACTORS[factor].show
        self.trials, self.queries, self.refused = trials, queries, refused
        self.otherwise = refused or (_NO_QUERY if queries else _NO_WORLD)
        self.placebo_queries = {block: _common([trials[value][block].knowledge for value in trials]) for block in queries}

    def condition(self, value: Any) -> Condition:
        trials = self.trials[value]
        worlds = self._pairs_by_world(value)
        gain = self._of(GAIN, worlds, self.otherwise)
        return Condition(
            value=value,
            title=self.show(value),
            gain=gain,
            detectable=detectable(gain),
            knowledge_gain=self._of(KNOWLEDGE_GAIN, worlds, self._no_placebo),
            gain_per_100_steps=self._per(value, lambda trial: trial.steps, 100, "there was no env step"),
            gain_per_1000_feedback_tokens=self._per(value, lambda trial: trial.tokens, 1000, "no feedback was given"),
            env_steps=sum(trial.steps for trial in trials.values()),
            feedback_tokens=sum(trial.tokens for trial in trials.values()),
        )

    def contrast(self, lower: Any, higher: Any) -> Contrast:
        weights = {lower: -1.0, higher: 1.0}
        gain = self._combined(self._gain_of, self.queries, weights, self.otherwise)
        return Contrast(
            title=f"{self.show(higher)} − {self.show(lower)}",
            gain=gain,
            detectable=detectable(gain),
            knowledge_gain=self._combined(self._knowledge_of, self.placebo_queries, weights, self._no_placebo),
        )

    def slope(self, values: Sequence[float]) -> Estimate:
        """Least squares: the sum over values of (x - mean x) times the gain, over that of the squares; linear, so query by query."""
        middle = sum(values) / len(values)
        weights = {value: (value - middle) / sum((x - middle) ** 2 for x in values) for value in values}
        return self._combined(self._gain_of, self.queries, weights, self.otherwise)

    def _per(self, value: Any, count: Callable[[_TrialPairs], int], unit: int, otherwise: str) -> Estimate:
        counts = {block: count(trial) for block, trial in self.trials[value].items()}
        if counts and not all(counts.values()):
            return Undefined(otherwise)
        most = unit / min(counts.values(), default=1)
        base = self._mean(lambda block, query: self._gain_of(value, block, query).before, self.queries)
        return self._over_queries(
            lambda block, query: self._gain_of(value, block, query).difference / counts[block] * unit,
            self.queries,
            (-most * base, most * (1 - base)),
            self.otherwise,
        )

    def _pairs_by_world(self, value: Any) -> list[list[QueryPairs]]:
        """World by world the pairs of each run under one value, of the queries that were graded under every value."""
        worlds: dict[int, list[QueryPairs]] = {}
        for block, trial in self.trials[value].items():
            gains = [trial.gains[query] for query in self.queries[block]]
            knowledge = [trial.knowledge[query] for query in self.placebo_queries[block]]
            worlds.setdefault(block[0], []).append(QueryPairs({"eval": gains}, knowledge=knowledge))
        return [found for _, found in sorted(worlds.items())]

    def _of(self, number: PairedNumber, worlds: Sequence[Sequence[QueryPairs]], otherwise: str) -> Estimate:
        estimate = Undefined(self.refused) if self.refused else number.over(worlds)
        return Undefined(otherwise) if isinstance(estimate, Undefined) else estimate

    @property
    def _no_placebo(self) -> str:
        return self.refused or KNOWLEDGE_GAIN.otherwise

    def _gain_of(self, value: Any, block: _Block, query: tuple[str, str]) -> Pair:
        return self.trials[value][block].gains[query]

    def _knowledge_of(self, value: Any, block: _Block, query: tuple[str, str]) -> Pair:
        return self.trials[value][block].knowledge[query]

    def _combined(
        self,
        pair: Callable[[Any, _Block, tuple[str, str]], Pair],
        queries: Mapping[_Block, Sequence[tuple[str, str]]],
        weights: Mapping[Any, float],
        otherwise: str,
    ) -> Estimate:
        """The weighted sum over values of differences, query by query; the weights add up to 0.

        What θ_0 earned cancels, so it is S (A - B), where S is the sum of the weights above 0, A the mean reward after learning under those
        values, and B that under the others: given B, it lies within -S B and S (1 - B).
        """
        size = sum(weight for weight in weights.values() if weight > 0)
        base = self._mean(
            lambda block, query: sum(-w / size * pair(value, block, query).after for value, w in weights.items() if w < 0), queries
        )
        return self._over_queries(
            lambda block, query: sum(weight * pair(value, block, query).difference for value, weight in weights.items()),
            queries,
            (-size * base, size * (1 - base)),
            otherwise,
        )

    def _mean(
        self, number: Callable[[_Block, tuple[str, str]], float], queries: Mapping[_Block, Sequence[tuple[str, str]]]
    ) -> float:
        """Over worlds; 0 where there is none."""
        mean = self._over_queries(number, queries, UNBOUNDED, "")
        return mean.estimate if isinstance(mean, Interval) else 0.0

    def _over_queries(
        self,
        number: Callable[[_Block, tuple[str, str]], float],
        queries: Mapping[_Block, Sequence[tuple[str, str]]],
        bounds: tuple[float, float],
        otherwise: str,
    ) -> Estimate:
        worlds: dict[int, list[list[list[float]]]] = {}
        for block, graded in {} if self.refused else sorted(queries.items()):
            if graded:
                worlds.setdefault(block[0], []).append([[number(block, query) for query in graded]])
        return mean_over_worlds(list(worlds.values()), bounds=bounds) if worlds else Undefined(otherwise)


def _notes(
    factor: str,
    blocks: Mapping[Any, Mapping[_Block, TrialRecords]],
    whole: Sequence[_Block],
    pairs: Mapping[Any, Mapping[_Block, _TrialPairs]],
    queries: Mapping[_Block, Sequence[object]],
    refused: str,
    everything: Sequence[TrialRecords],
) -> Iterator[str]:
    """What stands beside the numbers."""
    if refused:
        yield refused
    show = FACTORS[factor].show
    for world, seed in sorted({block for some in blocks.values() for block in some} - set(whole)):
        missing = ", ".join(show(value) for value, some in blocks.items() if (world, seed) not in some)
        yield f"world {world}, seed {seed} is left out: it was not finished under {factor} {missing}."
    twice = len(everything) - sum(map(len, blocks.values()))
    if twice:
        yield f"{twice} trials are in these runs more than once; the last one of each is taken."
    dropped = sum(len(set().union(*(pairs[value][block].gains for value in pairs))) - len(queries[block]) for block in whole)
    if dropped:
        yield f"{dropped} queries are left out: they could not be graded under every value."
    ended = total(measure_endings(records.of(AnswerRecord), records.of(StepRecord)) for records in everything)
    if ended:
        yield f"{in_words(ended)}."
    mixed = mixtures(everything)
    if mixed:
        yield f"its trials were made with different versions: {'; '.join(mixed)}."
    if len({world for world, _ in whole}) == 1:
        yield "one world: the intervals are over its queries and speak of this world alone."
