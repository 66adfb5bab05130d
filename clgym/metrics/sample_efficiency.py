"""Axis 2: how much experience the gain took."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.metrics.gain import ORACLE, normalized
from clgym.metrics.numbers import Censored, Number, Threshold, Undefined
from clgym.metrics.paired import Pair, QueryPairs, change, matched, reward_after, reward_before
from clgym.records import AnswerRecord, StepRecord

#: A token of feedback, whatever the model: a word, a number or a punctuation mark.
TOKEN = re.compile(r"\w+|[^\w\s]")


class CurvePoint(NamedTuple):
    """Mean eval reward at one checkpoint, and its share of the way from r_0 to the oracle."""

    step: int
    mean: float
    normalized: Number


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


def frozen_answers(answers: Sequence[AnswerRecord]) -> dict[int, list[AnswerRecord]]:
    """Env step -> the ``eval`` answers of the θ frozen there, in the order of steps; where two phases asked, those of the later one."""
    evals = [answer for answer in answers if answer.set == "eval"]
    steps: dict[int, list[AnswerRecord]] = {}
    for phase in ("before", "checkpoint", "after"):
        asked_then: dict[int, list[AnswerRecord]] = {}
        for answer in evals:
            # θ_0 also answers what the world drifts to; the curve starts in the world as it was.
            if answer.phase == phase and (phase != "before" or answer.world == evals[0].world):
                asked_then.setdefault(answer.step, []).append(answer)
        steps |= asked_then
    return dict(sorted(steps.items()))


def curve_pairs(answers: Sequence[AnswerRecord]) -> dict[int, list[Pair]]:
    """Env step -> the ``eval`` queries that both θ_0 and the θ frozen there were graded on. Steps without one are left out."""
    first = [answer for answer in answers if answer.set == "eval" and answer.phase == "before"]
    points = {step: matched(first, frozen) for step, frozen in frozen_answers(answers).items()}
    return {step: queries for step, queries in points.items() if queries}


def learning_curve(answers: Sequence[AnswerRecord]) -> tuple[CurvePoint, ...]:
    """Eval reward at step 0, at every checkpoint and at the end, each paired with θ_0 on the same queries."""
    return tuple(_curve_point(step, queries) for step, queries in curve_pairs(answers).items())


def _curve_point(step: int, queries: Sequence[Pair]) -> CurvePoint:
    point = QueryPairs({"eval": queries})
    r_0, r_k, gained = (number("eval").of(point) for number in (reward_before, reward_after, change))
    assert isinstance(r_k, float)  # there is at least one query
    return CurvePoint(step, r_k, normalized(gained, r_0))


def _per(gain: Number, count: int, unit: int, otherwise: str) -> Number:
    if isinstance(gain, Undefined):
        return gain
    return gain / count * unit if count else Undefined(otherwise)


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
