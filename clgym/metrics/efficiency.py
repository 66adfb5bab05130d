"""Axis 4: what serving θ_N costs beside θ_0, and what learning it cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.agent import Cost
from clgym.metrics.numbers import Number, Undefined
from clgym.records import AnswerRecord, LearnRecord, StepRecord


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


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _tokens(cost: Cost) -> float:
    return cost.prompt_tokens + cost.completion_tokens
