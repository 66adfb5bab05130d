"""What length of context buys and costs: eval reward and serving cost against the tokens that stand in the prompt.

A frozen θ_k answered ``eval`` at env step k. Its context is the mean number of prompt tokens that one turn of an answer was
given from, those with cached keys included: system message, notes, exchanges and the query itself. More context should
buy reward; where reward falls while context grows, that is context rot (Hsieh et al. 2024, "RULER", arXiv 2404.06654; Hong
et al. 2025, "Context Rot: How Increasing Input Tokens Impacts LLM Performance").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from clgym.agent import Cost
from clgym.metrics.numbers import Number, Undefined
from clgym.metrics.paired import R_N, Pair, QueryPairs
from clgym.metrics.sample_efficiency import curve_pairs, frozen_answers
from clgym.records import AnswerRecord

#: A context that moves by less than this share of what it was has not moved.
STILL = 0.02


class ContextPoint(NamedTuple):
    """One frozen θ: mean prompt tokens for a turn, mean reward (that of the learning curve), and what an answer cost on average."""

    step: int
    context: Number
    reward: Number
    flops: Number
    seconds: Number
    computed: Number
    """Tokens computed for an answer: prompt less what was cached, and completion."""


def context_points(answers: Sequence[AnswerRecord]) -> tuple[ContextPoint, ...]:
    """One point for each env step at which ``eval`` was asked of a frozen θ, in order. Pure in the records."""
    curve = curve_pairs(answers)
    return tuple(_point(step, frozen, curve.get(step, ())) for step, frozen in frozen_answers(answers).items())


def moves(points: Sequence[ContextPoint]) -> bool:
    """Whether learning changed how long the context is."""
    sizes = [point.context for point in points if not isinstance(point.context, Undefined)]
    return bool(sizes) and max(sizes) > (1 + STILL) * min(sizes)


def _point(step: int, answers: Sequence[AnswerRecord], graded: Sequence[Pair]) -> ContextPoint:
    turns = sum(answer.turns for answer in answers)

    def per_answer(of: Callable[[Cost], float], name: str) -> Number:
        total = sum(of(answer.cost) for answer in answers)
        return total / len(answers) if total else Undefined(f"no eval answer has a count of {name}")

    prompt = per_answer(lambda cost: cost.prompt_tokens, "prompt tokens")
    return ContextPoint(
        step=step,
        context=prompt if isinstance(prompt, Undefined) else prompt * len(answers) / turns,
        reward=R_N.of(QueryPairs({"eval": graded})),
        flops=per_answer(lambda cost: cost.flops, "FLOPs"),
        seconds=per_answer(lambda cost: cost.seconds, "seconds"),
        computed=per_answer(lambda cost: cost.prompt_tokens - cost.cached_tokens + cost.completion_tokens, "tokens"),
    )
