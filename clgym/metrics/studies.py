"""One agent under several conditions: what more feedback buys, and what wrong feedback costs.

A study holds everything fixed but one setting, its *factor*: ``feedback`` (the ladder) or ``noise`` (the share of steps whose feedback is
wrong). Worlds, seeds, streams and held-out queries are the same under every value of it, so all comparisons are paired: a study is made of the
worlds and seeds that were run under every value, and of the queries that could be graded before and after learning under every value.
What is left out is said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from clgym.core import FEEDBACK_LEVELS
from clgym.metrics.axes import feedback_tokens, pairs
from clgym.metrics.numbers import Number, Undefined
from clgym.metrics.summary import DIFFERENCES, Estimate, detectable, mixtures, over_worlds, refusal
from clgym.records import AnswerRecord, StepRecord, TrialRecords

#: Where differences of gains lie.
_TWICE = (-2.0, 2.0)


class _Factor(NamedTuple):
    """A setting of trials that a study varies."""

    order: Callable[[Any], Any]
    show: Callable[[Any], str]


FACTORS: Mapping[str, _Factor] = {
    "feedback": _Factor(FEEDBACK_LEVELS.index, str),
    "noise": _Factor(float, lambda value: f"{value:g}"),
}


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


class _Arm(NamedTuple):
    """One trial, in numbers: (world after drifts, query) -> gain and knowledge gain."""

    gains: dict[tuple[str, str], float]
    knowledge: dict[tuple[str, str], float]
    steps: int
    tokens: int

    @classmethod
    def of(cls, records: TrialRecords) -> _Arm:
        answers = records.of(AnswerRecord)
        steps = tokens = 0
        for step in records.of(StepRecord):
            if step.arm == "learn":
                steps, tokens = steps + 1, tokens + feedback_tokens(step.feedback)
        return cls(
            {(pair.world, pair.query): pair.difference for pair in pairs(answers, "eval")},
            {(pair.world, pair.query): pair.difference for pair in pairs(answers, "eval", before="placebo", after="after")},
            steps,
            tokens,
        )


#: World and seed: what is run under every value.
_Block = tuple[int, int]


def _study(factor: str, found: Mapping[Any, Sequence[TrialRecords]]) -> Study:
    everything = [records for some in found.values() for records in some]
    trial = everything[0].trial
    blocks = {value: {(r.trial.world, r.trial.seed): r for r in some} for value, some in found.items()}
    whole = sorted(set.intersection(*(set(some) for some in blocks.values())))
    refused = refusal(everything)
    arms = {value: {block: _Arm.of(some[block]) for block in whole} for value, some in blocks.items()}
    queries = {block: _common([arms[value][block].gains for value in arms]) for block in whole}
    numbers = _Numbers(factor, arms, queries, refused)
    values = list(arms)
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
        notes=tuple(_notes(factor, blocks, whole, arms, queries, refused, everything)),
    )


def _compared(factor: str, values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Neighbours, then the ends. Between ``score`` and ``diagnosis`` lies the claim that language says more than a number."""
    neighbours = list(zip(values, values[1:]))
    more = [(values[0], values[-1])]
    if factor == "feedback" and {"score", "diagnosis"} <= set(values):
        more.insert(0, ("score", "diagnosis"))
    return list(dict.fromkeys([*neighbours, *more]))


def _common(tables: Sequence[Mapping[tuple[str, str], float]]) -> list[tuple[str, str]]:
    return [key for key in tables[0] if all(key in table for table in tables)]


_NO_WORLD, _NO_QUERY = "no world was run under every value", "no query was graded under every value"


class _Numbers:
    """Estimates over the worlds of a study."""

    def __init__(
        self,
        factor: str,
        arms: Mapping[Any, Mapping[_Block, _Arm]],
        queries: Mapping[_Block, Sequence[tuple[str, str]]],
        refused: str,
    ):
        self.show = FACTORS[factor].show
        self.arms, self.queries, self.refused = arms, queries, refused
        self.otherwise = refused or (_NO_QUERY if queries else _NO_WORLD)
        self.asked = {block: _common([arms[value][block].knowledge for value in arms]) for block in queries}

    def condition(self, value: Any) -> Condition:
        arms = self.arms[value]
        gain = self._over_queries(lambda block, query: arms[block].gains[query])
        return Condition(
            value=value,
            title=self.show(value),
            gain=gain,
            detectable=detectable(gain),
            knowledge_gain=self._knowledge(lambda block, query: arms[block].knowledge[query]),
            gain_per_100_steps=self._per(value, lambda arm: arm.steps, 100, "there was no env step"),
            gain_per_1000_feedback_tokens=self._per(value, lambda arm: arm.tokens, 1000, "no feedback was given"),
            env_steps=sum(arm.steps for arm in arms.values()),
            feedback_tokens=sum(arm.tokens for arm in arms.values()),
        )

    def contrast(self, lower: Any, higher: Any) -> Contrast:
        less, more = self.arms[lower], self.arms[higher]
        gain = self._over_queries(lambda block, query: more[block].gains[query] - less[block].gains[query], _TWICE)
        return Contrast(
            title=f"{self.show(higher)} − {self.show(lower)}",
            gain=gain,
            detectable=detectable(gain),
            knowledge_gain=self._knowledge(
                lambda block, query: more[block].knowledge[query] - less[block].knowledge[query], _TWICE
            ),
        )

    def slope(self, values: Sequence[float]) -> Estimate:
        """Least squares: the sum over values of (x - mean x) times the gain, over that of the squares; linear, so query by query."""
        middle = sum(values) / len(values)
        weights = {value: (value - middle) / sum((x - middle) ** 2 for x in values) for value in values}
        return self._over_queries(
            lambda block, query: sum(weight * self.arms[value][block].gains[query] for value, weight in weights.items()), _FREE
        )

    def _per(self, value: Any, count: Callable[[_Arm], int], unit: int, otherwise: str) -> Estimate:
        arms = self.arms[value]
        if arms and not all(map(count, arms.values())):
            return Undefined(otherwise)
        return self._over_queries(lambda block, query: arms[block].gains[query] / count(arms[block]) * unit, _FREE)

    def _knowledge(self, number: Callable[[_Block, tuple[str, str]], float], bounds: tuple[float, float] = DIFFERENCES) -> Estimate:
        return self._estimate(self.asked, number, bounds, self.refused or "the placebo arm did not run")

    def _over_queries(
        self, number: Callable[[_Block, tuple[str, str]], float], bounds: tuple[float, float] = DIFFERENCES
    ) -> Estimate:
        return self._estimate(self.queries, number, bounds, self.otherwise)

    def _estimate(
        self,
        queries: Mapping[_Block, Sequence[tuple[str, str]]],
        number: Callable[[_Block, tuple[str, str]], float],
        bounds: tuple[float, float],
        otherwise: str,
    ) -> Estimate:
        worlds: dict[int, list[float]] = {}
        for block, asked in {} if self.refused else queries.items():
            worlds.setdefault(block[0], []).extend(number(block, query) for query in asked)
        return over_worlds(worlds, otherwise, bounds)


#: Quotients and slopes have no bounds of their own.
_FREE = (-math.inf, math.inf)


def _notes(
    factor: str,
    blocks: Mapping[Any, Mapping[_Block, TrialRecords]],
    whole: Sequence[_Block],
    arms: Mapping[Any, Mapping[_Block, _Arm]],
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
    dropped = sum(len(set().union(*(arms[value][block].gains for value in arms))) - len(queries[block]) for block in whole)
    if dropped:
        yield f"{dropped} queries are left out: they could not be graded under every value."
    mixed = mixtures(everything)
    if mixed:
        yield f"its trials were made with different versions: {'; '.join(mixed)}."
    if len({world for world, _ in whole}) == 1:
        yield "one world: the intervals are over its queries and speak of this world alone."
