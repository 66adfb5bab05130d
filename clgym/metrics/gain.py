"""Axis 1, what learning bought; and transfer, where the same knowledge is used elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.metrics.numbers import Number, Undefined, mean
from clgym.metrics.paired import (
    ABOVE_FLOOR,
    GAIN,
    KNOWLEDGE_GAIN,
    PLACEBO_GAIN,
    R_0,
    R_N,
    RECALL,
    QueryPairs,
    above_floor,
    change,
    reward_after,
    reward_before,
)
from clgym.records import TRANSFER_PREFIX, AnswerRecord, StepRecord

#: What the oracle earns.
ORACLE = 1.0


@dataclass(frozen=True)
class Gain:
    """Axis 1: what learning bought.

    G = r_N(eval) - r_0(eval), its sum form Σ_i r(x_i, f(x_i; θ')) - r(x_i, f(x_i; θ)) over the n held-out queries, and
    G / (r* - r_0), the share of what was left to learn (Hake 1998, Am. J. Phys. 66, eq. for the normalized gain). ``above_floor`` is
    (r_N - b) / (1 - b), b what somebody earns who knows the form and nothing of the world: a learner of the form alone has G > 0 and 0 here.
    ``uptake`` is the mean change from one attempt at a query to the next, ``recall`` the gain on queries that were taught
    (beside G, which is generalization), ``online_gain`` the mean over the stream's first attempts of
    r_t(learning) - r_t(control), ``knowledge_gain`` G - G_placebo: the gain that a sister world cannot teach.
    """

    r_0: Number
    r_N: Number
    gain: Number
    floor: Number
    above_floor: Number
    normalized_gain: Number
    gain_sum: Number
    uptake: Number
    recall: Number
    online_gain: Number
    placebo_gain: Number
    knowledge_gain: Number
    queries: int


class Transfer(NamedTuple):
    """The gain on one ``transfer/*`` pool."""

    r_0: Number
    r_N: Number
    gain: Number
    above_floor: Number


def measure_gain(queries: QueryPairs, answers: Sequence[AnswerRecord], steps: Sequence[StepRecord]) -> Gain:
    """Axis 1; see :class:`Gain`."""
    held_out = queries.sets.get("eval", ())
    r_0, gain = R_0.of(queries), GAIN.of(queries)
    return Gain(
        r_0=r_0,
        r_N=R_N.of(queries),
        gain=gain,
        floor=queries.floors.get("eval", Undefined("these records are of an older clgym and do not hold the floor")),
        above_floor=ABOVE_FLOOR.of(queries),
        normalized_gain=normalized(gain, r_0),
        gain_sum=sum(pair.difference for pair in held_out) if held_out else Undefined(GAIN.otherwise),
        uptake=_uptake(steps),
        recall=RECALL.of(queries),
        online_gain=_online_gain(answers, steps),
        placebo_gain=PLACEBO_GAIN.of(queries),
        knowledge_gain=KNOWLEDGE_GAIN.of(queries),
        queries=len(held_out),
    )


def measure_transfer(queries: QueryPairs) -> dict[str, Transfer]:
    """G on each ``transfer/*`` pool."""
    return {
        name: Transfer(*(number(name).of(queries) for number in (reward_before, reward_after, change, above_floor)))
        for name in queries.sets
        if name.startswith(TRANSFER_PREFIX)
    }


def normalized(gain: Number, r_0: Number) -> Number:
    """The share of what was left to learn."""
    if isinstance(gain, Undefined) or isinstance(r_0, Undefined):
        return gain if isinstance(gain, Undefined) else r_0
    return gain / (ORACLE - r_0) if r_0 < ORACLE else Undefined("θ_0 is already at the oracle: nothing is left to gain")


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
    return mean(changes, "no query was tried twice")


def _online_gain(answers: Sequence[AnswerRecord], steps: Sequence[StepRecord]) -> Number:
    control = {(a.world, a.query): a.reward for a in answers if a.phase == "control"}
    first_tries: dict[int, StepRecord] = {step.episode: step for step in steps if step.attempt == 0}
    differences = []
    for step in first_tries.values():
        base = control.get((step.world, step.query))
        earned = step.reward if step.score is None else step.score
        if base is not None and earned is not None:
            differences.append(earned - base)
    return mean(differences, "the control answered no query of the learn stream")
