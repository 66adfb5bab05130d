"""Axis 4: what serving θ_N costs beside θ_0, and what learning it cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from clgym.agent import Cost
from clgym.flops import FlopsShape, forward
from clgym.metrics.numbers import Number, Undefined
from clgym.records import AnswerRecord, LearnRecord, StepRecord


class CostChange(NamedTuple):
    """A serving cost per eval answer at θ_0 and at θ_N, on the same queries, and θ_N over θ_0."""

    before: Number
    after: Number
    ratio: Number


@dataclass(frozen=True)
class Efficiency:
    """Axis 4: what serving θ_N costs beside θ_0, per answer to the same eval queries; learning cost per env step stands apart.

    ``flops`` are those that were spent, where keys that are kept cost nothing; ``uncached_flops`` what the same answers take where no keys are
    kept between them, so that a context is paid for. ``read`` counts prompt tokens (cached ones included), ``tokens`` those and the completion;
    ``peak_context`` is the longest of both together.
    """

    flops: CostChange
    uncached_flops: CostChange
    read: CostChange
    tokens: CostChange
    seconds: CostChange
    peak_context: CostChange
    dollars: CostChange
    learn_flops_per_step: Number
    learn_tokens_per_step: Number
    learn_seconds_per_step: Number
    act_seconds_per_step: Number

    @property
    def serving(self) -> CostChange:
        """The headline: FLOPs without a kept cache where they are known, else tokens. What a context costs shows in either."""
        return self.tokens if isinstance(self.uncached_flops.ratio, Undefined) else self.uncached_flops


def measure_efficiency(
    answers: Sequence[AnswerRecord], steps: Sequence[StepRecord], learns: Sequence[LearnRecord], shape: FlopsShape | None = None
) -> Efficiency:
    """Axis 4; see :class:`Efficiency`. ``shape`` is that of the model, where the records hold it."""
    after = {(a.world, a.query): a for a in answers if a.set == "eval" and a.phase == "after"}
    before = {(a.world, a.query): a for a in answers if a.set == "eval" and a.phase == "before"}
    ends = [[some[key] for key in after if key in before] for some in (before, after)]

    def change(of: Callable[[AnswerRecord], float], over: Callable[[list[float]], float], name: str) -> CostChange:
        unknown = Undefined(f"no eval answer has a count of {name}")
        first, last = ([of(answer) for answer in some] for some in ends)
        if not any(first) or not any(last):
            return CostChange(over(first) if any(first) else unknown, over(last) if any(last) else unknown, unknown)
        return CostChange(over(first), over(last), over(last) / over(first))

    def per_step(costs: Sequence[Cost], of: Callable[[Cost], float], name: str) -> Number:
        total = sum(map(of, costs))
        if not steps or (costs and not total):
            return Undefined(f"learning has no count of {name}" if steps else "there was no env step")
        return total / len(steps)

    learning = [record.cost for record in learns]
    kept = any(answer.cost.cached_tokens for some in ends for answer in some)
    unknown = Undefined("keys were kept, and these records do not hold the model's shape")
    return Efficiency(
        flops=change(lambda answer: answer.cost.flops, _average, "FLOPs"),
        uncached_flops=CostChange(unknown, unknown, unknown)
        if kept and shape is None
        else change(partial(_without_cache, shape), _average, "FLOPs"),
        read=change(lambda answer: answer.cost.prompt_tokens, _average, "prompt tokens"),
        tokens=change(lambda answer: _tokens(answer.cost), _average, "tokens"),
        seconds=change(lambda answer: answer.cost.seconds, _average, "seconds"),
        peak_context=change(lambda answer: _tokens(answer.cost), max, "tokens"),
        dollars=change(lambda answer: answer.cost.dollars, _average, "dollars"),
        learn_flops_per_step=per_step(learning, lambda cost: cost.flops, "FLOPs"),
        learn_tokens_per_step=per_step(learning, _tokens, "tokens"),
        learn_seconds_per_step=per_step(learning, lambda cost: cost.seconds, "seconds"),
        act_seconds_per_step=per_step([step.cost for step in steps], lambda cost: cost.seconds, "seconds"),
    )


def _without_cache(shape: FlopsShape | None, answer: AnswerRecord) -> float:
    """FLOPs of an answer if every turn reads its whole prompt: those that were spent, and a pass over what was cached."""
    cost, turns = answer.cost, answer.turns
    if not cost.cached_tokens or shape is None or not cost.flops:
        return cost.flops
    prompt, cached = cost.prompt_tokens // turns, cost.cached_tokens // turns
    return cost.flops + turns * (forward(shape, prompt, head_rows=1) - forward(shape, prompt - cached, cached, head_rows=1))


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _tokens(cost: Cost) -> float:
    return cost.prompt_tokens + cost.completion_tokens
