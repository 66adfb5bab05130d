"""Records to numbers: the four axes and transfer of one trial, as pure functions.

Let r_k(S) be the mean reward of frozen θ_k on query set S; the oracle earns r* = 1. All differences are paired
by query: a query that either side could not be graded on is left out of both (and counted).
A number that cannot be computed is :class:`Undefined` with the reason, never 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, NamedTuple

from clgym.agent import Cost
from clgym.metrics.numbers import Censored, Number, Threshold, Undefined
from clgym.metrics.recovery import Recovery, measure_recovery
from clgym.metrics.sequences import Sequences, measure_sequences
from clgym.records import (
    PROBE_PREFIX,
    TRANSFER_PREFIX,
    AnswerRecord,
    DivergenceRecord,
    LearnRecord,
    LikelihoodRecord,
    StepRecord,
    TrialRecords,
)

ORACLE = 1.0


#: A token of feedback, whatever the model: a word, a number or a punctuation mark.
TOKEN = re.compile(r"\w+|[^\w\s]")


class Pair(NamedTuple):
    """One query's reward at two θ."""

    world: str
    query: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        return self.after - self.before


class CurvePoint(NamedTuple):
    """Mean eval reward at one checkpoint, and its share of the way from r_0 to the oracle."""

    step: int
    mean: float
    normalized: Number


@dataclass(frozen=True)
class Gain:
    """Axis 1: what learning bought.

    G = r_N(eval) - r_0(eval), its sum form Σ_i r(x_i, f(x_i; θ')) - r(x_i, f(x_i; θ)) over the n held-out queries, and
    G / (r* - r_0), the share of what was left to learn (Hake 1998, Am. J. Phys. 66, eq. for the normalized gain).
    ``uptake`` is the mean change from one attempt at a query to the next, ``recall`` the gain on queries that were taught
    (beside G, which is generalization), ``online_gain`` the mean over the stream's first attempts of
    r_t(learning) - r_t(control), ``knowledge_gain`` G - G_placebo: the gain that a sister world cannot teach.
    """

    r_0: Number
    r_N: Number
    gain: Number
    normalized_gain: Number
    gain_sum: Number
    uptake: Number
    recall: Number
    online_gain: Number
    placebo_gain: Number
    knowledge_gain: Number
    queries: int


@dataclass(frozen=True)
class SampleEfficiency:
    """Axis 2: how much experience the gain took.

    ``area`` is the area under the normalized learning curve (trapezoids over env steps) divided by N: 1 is an agent
    that knows everything from the first step on, and it falls below 0 where learning harms (area under the learning
    curve as in Taylor & Stone 2009, JMLR 10, section 2.2, "total reward", on held-out queries).
    ``steps_to_50`` and ``steps_to_80``: env steps at the first checkpoint with r_k >= 0.5 r* and 0.8 r*.
    ``feedback_tokens`` counts words, numbers and punctuation marks of all feedback of the stream (:func:`feedback_tokens`): the same
    count for every agent, whatever the tokenizer of its model.
    """

    curve: tuple[CurvePoint, ...]
    area: Number
    steps_to_50: Threshold
    steps_to_80: Threshold
    gain_per_100_steps: Number
    gain_per_1000_feedback_tokens: Number
    env_steps: int
    feedback_tokens: int


@dataclass(frozen=True)
class Retention:
    """Axis 3: what happened to everything else.

    Δ_p = r_N(p) - r_0(p) for every probe p and for ``guard``; ``mean`` and ``worst`` over them (negative: forgetting,
    as backward transfer in Lopez-Paz & Ranzato 2017, eq. 3, with one task). ``log_likelihood`` is the mean change, in
    nats per answer, of the log-probability of reference answers. ``divergence`` is KL(θ_N ‖ θ_0) on neutral exchanges, in
    nats per token (:meth:`clgym.agent.Agent.divergence`). ``overgeneralization`` is -Δ_guard: the share of reward lost on queries that
    are near the rules but outside them, where the learned habit must not show up; undefined where θ_0 earns nothing there that
    could be lost.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    deltas: Mapping[str, Number]
    mean: Number
    worst: Number
    worst_set: str
    overgeneralization: Number
    log_likelihood: Mapping[str, float]
    divergence: Number


class CostChange(NamedTuple):
    """A serving cost per eval answer at θ_0 and at θ_N, and θ_N over θ_0."""

    before: Number
    after: Number
    ratio: Number


@dataclass(frozen=True)
class Efficiency:
    """Axis 4: what serving θ_N costs beside θ_0, per eval answer; learning cost per env step stands apart.

    ``tokens`` counts prompt (cached ones included) and completion; ``peak_context`` is the longest of both together.
    """

    flops: CostChange
    tokens: CostChange
    seconds: CostChange
    peak_context: CostChange
    dollars: CostChange
    learn_flops_per_step: Number
    learn_tokens_per_step: Number
    learn_seconds_per_step: Number
    act_seconds_per_step: Number

    @property
    def serving_ratio(self) -> Number:
        """The headline: FLOPs where they are counted, else tokens."""
        return self.tokens.ratio if isinstance(self.flops.ratio, Undefined) else self.flops.ratio


class Transfer(NamedTuple):
    """The gain on one ``transfer/*`` pool."""

    r_0: Number
    r_N: Number
    gain: Number


@dataclass(frozen=True)
class TrialMetrics:
    """Every number of one trial."""

    gain: Gain
    sample_efficiency: SampleEfficiency
    retention: Retention
    efficiency: Efficiency
    transfer: Mapping[str, Transfer]
    sequences: Sequences | Undefined
    recovery: tuple[Recovery, ...] | Undefined
    failed_grades: int
    env_steps: int
    dollars: Number
    """What everything that was recorded cost together."""


def measure(trial: TrialRecords) -> TrialMetrics:
    """All numbers of one trial, from its records alone."""
    answers = trial.of(AnswerRecord)
    # No number follows from what was asked and answered, and a long stream has much of it.
    walked = [replace(step, prompt="", answer="") for step in trial.of(StepRecord)]
    steps = [step for step in walked if step.arm == "learn"]
    learns = trial.of(LearnRecord)
    spent = sum(record.cost.dollars for records in (answers, walked, learns) for record in records)
    gain = measure_gain(answers, steps)
    graded: Iterable[AnswerRecord | StepRecord] = [*answers, *steps]
    return TrialMetrics(
        gain=gain,
        sample_efficiency=measure_sample_efficiency(answers, steps, gain.gain),
        retention=measure_retention(answers, trial.of(LikelihoodRecord), trial.of(DivergenceRecord)),
        efficiency=measure_efficiency(answers, steps, [r for r in learns if r.arm == "learn"]),
        transfer=measure_transfer(answers),
        sequences=measure_sequences(answers, steps),
        recovery=measure_recovery(trial.trial, answers, steps),
        failed_grades=sum(record.reward is None for record in graded),
        env_steps=len(steps),
        dollars=spent or Undefined("no answer had a price"),
    )


def pairs(
    answers: Iterable[AnswerRecord], set: str, *, before: str = "before", after: str = "after", step: int | None = None
) -> list[Pair]:
    """The queries of one set that were graded in both phases, in the order of ``after``.

    ``step`` picks one checkpoint where ``after`` has several.
    """
    chosen = [a for a in answers if a.set == set and a.reward is not None]
    first = {(a.world, a.query): a.reward for a in chosen if a.phase == before}
    later = [a for a in chosen if a.phase == after and (step is None or a.step == step) and (a.world, a.query) in first]
    return [Pair(a.world, a.query, float(first[a.world, a.query] or 0.0), float(a.reward or 0.0)) for a in later]


def measure_gain(answers: Sequence[AnswerRecord], steps: Sequence[StepRecord]) -> Gain:
    """Axis 1; see :class:`Gain`."""
    held_out = pairs(answers, "eval")
    nothing = "no eval query was graded before and after"
    r_0, r_N = _mean([p.before for p in held_out], nothing), _mean([p.after for p in held_out], nothing)
    gain = _minus(r_N, r_0)
    placebo_pairs = pairs(answers, "eval", after="placebo")
    placebo = _mean([p.difference for p in placebo_pairs], "the placebo arm did not run")
    return Gain(
        r_0=r_0,
        r_N=r_N,
        gain=gain,
        normalized_gain=_normalized(gain, r_0),
        gain_sum=sum(p.difference for p in held_out) if held_out else Undefined(nothing),
        uptake=_uptake(steps),
        recall=_mean(
            [p.difference for p in pairs(answers, "learn", before="control")], "no query of the learn stream was asked again"
        ),
        online_gain=_online_gain(answers, steps),
        placebo_gain=placebo,
        knowledge_gain=_minus(gain, placebo),
        queries=len(held_out),
    )


def measure_sample_efficiency(answers: Sequence[AnswerRecord], steps: Sequence[StepRecord], gain: Number) -> SampleEfficiency:
    """Axis 2; see :class:`SampleEfficiency`."""
    curve = learning_curve(answers)
    tokens = sum(feedback_tokens(step.feedback) for step in steps)
    return SampleEfficiency(
        curve=curve,
        area=_area(curve),
        steps_to_50=_steps_to(0.5 * ORACLE, curve),
        steps_to_80=_steps_to(0.8 * ORACLE, curve),
        gain_per_100_steps=_per(gain, len(steps), 100, "there was no env step"),
        gain_per_1000_feedback_tokens=_per(gain, tokens, 1000, "no feedback was given"),
        env_steps=len(steps),
        feedback_tokens=tokens,
    )


def feedback_tokens(text: str) -> int:
    """Words, numbers and punctuation marks of a text.

    >>> feedback_tokens("Score: 0.00 of 1. That is wrong.")
    12
    """
    return sum(1 for _ in TOKEN.finditer(text))


def learning_curve(answers: Sequence[AnswerRecord]) -> tuple[CurvePoint, ...]:
    """Eval reward at step 0, at every checkpoint and at the end, each paired with θ_0 on the same queries."""
    asked = [a for a in answers if a.set == "eval"]
    points: dict[int, CurvePoint] = {}
    for phase in ("before", "checkpoint", "after"):
        for step in sorted({a.step for a in asked if a.phase == phase}):
            found = pairs(asked, "eval", after=phase, step=step)
            if phase == "before":  # θ_0 also answers what the world drifts to; the curve starts in the world as it was
                found = [pair for pair in found if pair.world == asked[0].world]
            if found:
                r_0, r_k = _average(p.before for p in found), _average(p.after for p in found)
                points[step] = CurvePoint(step, r_k, _normalized(r_k - r_0, r_0))
    return tuple(points[step] for step in sorted(points))


def measure_retention(
    answers: Sequence[AnswerRecord], likelihoods: Sequence[LikelihoodRecord], divergences: Sequence[DivergenceRecord] = ()
) -> Retention:
    """Axis 3; see :class:`Retention`."""
    names = sorted({a.set for a in answers if a.set == "guard" or a.set.startswith(PROBE_PREFIX)})
    found = {name: pairs(answers, name) for name in names}
    graded = {name: some for name, some in found.items() if some}
    deltas: dict[str, Number] = {
        name: _mean([p.difference for p in some], "no query was graded before and after") for name, some in found.items()
    }
    known = {name: delta for name, delta in deltas.items() if not isinstance(delta, Undefined)}
    worst = min(known, key=lambda name: known[name], default="")
    nothing = "neither guard nor probes were asked before and after"
    return Retention(
        before={name: _average(p.before for p in some) for name, some in graded.items()},
        after={name: _average(p.after for p in some) for name, some in graded.items()},
        deltas=deltas,
        mean=_mean(list(known.values()), nothing),
        worst=known[worst] if known else Undefined(nothing),
        worst_set=worst,
        overgeneralization=overgeneralization(graded.get("guard", [])),
        log_likelihood=_likelihood_drift(likelihoods),
        divergence=_mean([record.nats for record in divergences], "the agent cannot compare its θ with the one it began with"),
    )


def overgeneralization(guard: Sequence[Pair]) -> Number:
    """-Δ_guard of these pairs; see :class:`Retention`."""
    if guard and not any(pair.before for pair in guard):
        return Undefined("θ_0 earns nothing on guard, so a learned habit has nothing to take away there")
    return _mean([-pair.difference for pair in guard], "guard was not asked before and after")


def measure_efficiency(answers: Sequence[AnswerRecord], steps: Sequence[StepRecord], learns: Sequence[LearnRecord]) -> Efficiency:
    """Axis 4; see :class:`Efficiency`."""
    ends = {phase: [a.cost for a in answers if a.set == "eval" and a.phase == phase] for phase in ("before", "after")}

    def change(of: Callable[[Cost], float], over: Callable[[list[float]], float], name: str) -> CostChange:
        unknown = Undefined(f"no eval answer has a count of {name}")
        first, last = ([of(cost) for cost in ends[phase]] for phase in ("before", "after"))
        if not any(first) or not any(last):
            return CostChange(over(first) if any(first) else unknown, over(last) if any(last) else unknown, unknown)
        return CostChange(over(first), over(last), over(last) / over(first))

    def per_step(costs: Sequence[Cost], of: Callable[[Cost], float], name: str) -> Number:
        total = sum(map(of, costs))
        if not steps or (costs and not total):
            return Undefined(f"learning has no count of {name}" if steps else "there was no env step")
        return total / len(steps)

    learning = [record.cost for record in learns]
    return Efficiency(
        flops=change(lambda cost: cost.flops, _average, "FLOPs"),
        tokens=change(_tokens, _average, "tokens"),
        seconds=change(lambda cost: cost.seconds, _average, "seconds"),
        peak_context=change(_tokens, max, "tokens"),
        dollars=change(lambda cost: cost.dollars, _average, "dollars"),
        learn_flops_per_step=per_step(learning, lambda cost: cost.flops, "FLOPs"),
        learn_tokens_per_step=per_step(learning, _tokens, "tokens"),
        learn_seconds_per_step=per_step(learning, lambda cost: cost.seconds, "seconds"),
        act_seconds_per_step=per_step([step.cost for step in steps], lambda cost: cost.seconds, "seconds"),
    )


def measure_transfer(answers: Sequence[AnswerRecord]) -> dict[str, Transfer]:
    """G on each ``transfer/*`` pool."""
    table = {}
    for name in sorted({a.set for a in answers if a.set.startswith(TRANSFER_PREFIX)}):
        found = pairs(answers, name)
        r_0, r_N = (
            _mean(column, "no query was graded before and after")
            for column in ([p.before for p in found], [p.after for p in found])
        )
        table[name] = Transfer(r_0, r_N, _minus(r_N, r_0))
    return table


def to_json(value: Any) -> Any:
    """Metrics as plain JSON data: ``{"undefined": reason}``, ``{"censored_at": limit}``, objects and lists."""
    if isinstance(value, Undefined):
        return {"undefined": value.reason}
    if isinstance(value, Censored):
        return {"censored_at": value.limit}
    if is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_json(part) for name, part in zip(value._fields, value)}
    if isinstance(value, Mapping):
        return {key: to_json(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(part) for part in value]
    return value


def _average(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)


def _mean(values: Sequence[float], otherwise: str) -> Number:
    return _average(values) if values else Undefined(otherwise)


def _minus(left: Number, right: Number) -> Number:
    if isinstance(left, Undefined):
        return left
    return right if isinstance(right, Undefined) else left - right


def _normalized(gain: Number, r_0: Number) -> Number:
    if isinstance(gain, Undefined) or isinstance(r_0, Undefined):
        return gain if isinstance(gain, Undefined) else r_0
    return gain / (ORACLE - r_0) if r_0 < ORACLE else Undefined("θ_0 is already at the oracle: nothing is left to gain")


def _per(gain: Number, count: int, unit: int, otherwise: str) -> Number:
    if isinstance(gain, Undefined):
        return gain
    return gain / count * unit if count else Undefined(otherwise)


def _attempts(steps: Iterable[StepRecord]) -> dict[int, dict[int, float | None]]:
    """episode -> attempt -> what it earned (its last turn's reward where it did not come to its end)."""
    episodes: dict[int, dict[int, float | None]] = {}
    for step in steps:
        episodes.setdefault(step.episode, {})[step.attempt] = step.reward if step.score is None else step.score
    return episodes


def _uptake(steps: Sequence[StepRecord]) -> Number:
    changes = []
    for tries in _attempts(steps).values():
        for attempt, reward in tries.items():
            earlier = tries.get(attempt - 1)
            if reward is not None and earlier is not None:
                changes.append(reward - earlier)
    return _mean(changes, "no query was tried twice")


def _online_gain(answers: Sequence[AnswerRecord], steps: Sequence[StepRecord]) -> Number:
    control = {(a.world, a.query): a.reward for a in answers if a.phase == "control"}
    first_tries: dict[int, StepRecord] = {step.episode: step for step in steps if step.attempt == 0}
    differences = []
    for step in first_tries.values():
        base = control.get((step.world, step.query))
        earned = step.reward if step.score is None else step.score
        if base is not None and earned is not None:
            differences.append(earned - base)
    return _mean(differences, "the control answered no query of the learn stream")


def _area(curve: Sequence[CurvePoint]) -> Number:
    heights = [point.normalized for point in curve]
    known = [height for height in heights if not isinstance(height, Undefined)]
    if len(curve) < 2 or curve[-1].step == curve[0].step:
        return Undefined("a curve needs two checkpoints")
    if len(known) < len(heights):
        return next(height for height in heights if isinstance(height, Undefined))
    slabs = ((right.step - left.step) * (low + high) / 2 for left, right, low, high in zip(curve, curve[1:], known, known[1:]))
    return sum(slabs) / (curve[-1].step - curve[0].step)


def _steps_to(threshold: float, curve: Sequence[CurvePoint]) -> Threshold:
    if not curve:
        return Undefined("eval was never asked")
    return next((float(point.step) for point in curve if point.mean >= threshold), Censored(curve[-1].step))


def _tokens(cost: Cost) -> float:
    return cost.prompt_tokens + cost.completion_tokens


def _likelihood_drift(likelihoods: Sequence[LikelihoodRecord]) -> dict[str, float]:
    first = {(r.set, r.world, r.query): r.nats for r in likelihoods if r.phase == "before"}
    total: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for record in likelihoods:
        start = first.get((record.set, record.world, record.query))
        if record.phase == "after" and start is not None:
            total[record.set] += record.nats - start  # type: ignore[assignment]
            count[record.set] += 1
    return {name: total[name] / count[name] for name in sorted(count)}
