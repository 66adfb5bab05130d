"""After a drift: how many env steps until the learner is again where it was.

For a drift at env step t, let ρ be what it had right before: the mean eval reward, in the world as it was, of the last frozen copy at or
before t. Recovery is the number of env steps from t to the first frozen copy whose mean eval reward, in the world as it is now, is at least
0.9 ρ; censored where none is before the next drift or the end. That is the drift restoration time of Haug, Tramountani and Kasneci
(2022, "Standardized Evaluation of Machine Learning Methods for Evolving Data Streams", arXiv:2204.13625), of held-out queries and with
the share 0.9 in place of 1: both means are samples, and the new world's queries are others. It is known as closely as eval
was asked: the learner was there some time between two checkpoints.

Online, the same over the stream: ρ is the mean reward of the last 16 queries (first tries) before the drift, and recovery ends with the first
16 queries in a row, all asked after it, that earn 0.9 ρ. Neither costs an evaluation, but a window is noisy, and never shorter than 16 queries.

Where θ had not learned anything before the drift (ρ is not above what θ_0 earns in the same world), there is nothing to recover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.metrics.numbers import Censored, Number, Threshold, Undefined
from clgym.records import AnswerRecord, StepRecord, Trial

#: The share of what it had that a learner must reach again.
RECOVERED = 0.9
#: Queries of the stream that are averaged.
WINDOW = 16

#: Means of rewards are sums of floats.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Recovery:
    """One drift of one trial."""

    drift_at: int
    """Env step after which the rules changed."""
    before: Number
    """ρ: mean eval reward right before, in the world as it was."""
    fall: Number
    """Mean eval reward of the first frozen copy asked after the drift, less ρ; below 0 where the drift took something."""
    steps: Threshold
    """Env steps until 0.9 ρ, on held-out queries."""
    online_before: Number
    """Mean reward of the last 16 queries of the stream before the drift."""
    online_steps: Threshold
    """Env steps until 16 queries in a row earn 0.9 of that."""


class _Point(NamedTuple):
    step: int
    mean: float


def measure_recovery(
    trial: Trial, answers: Sequence[AnswerRecord], steps: Sequence[StepRecord]
) -> tuple[Recovery, ...] | Undefined:
    """Each drift that the stream reached, in order; undefined where the rules stayed as they were."""
    drifts = [at for at in sorted(trial.drift_at) if at < trial.steps]
    if not drifts:
        return Undefined("the rules did not change")
    curves = [_curve(answers, number) for number in range(len(drifts) + 1)]
    starts = [_start(answers, number) for number in range(len(drifts) + 1)]
    stream = _stream(steps, len(drifts) + 1)
    return tuple(
        _recovery(at, starts[number], (curves[number], curves[number + 1]), (stream[number], stream[number + 1]))
        for number, at in enumerate(drifts)
    )


def _recovery(
    at: int, start: Number, curves: tuple[Sequence[_Point], Sequence[_Point]], stream: tuple[Sequence[_Point], Sequence[_Point]]
) -> Recovery:
    earlier, later = curves
    before: Number = (
        earlier[-1].mean
        if earlier
        else Undefined("no frozen copy was asked shortly before this drift: give --checkpoints some env step before it")
    )
    online: Number = Undefined(f"fewer than {WINDOW} queries were answered before this drift")
    if len(stream[0]) >= WINDOW:
        online = sum(point.mean for point in stream[0][-WINDOW:]) / WINDOW
    windows = [
        _Point(stream[1][end - 1].step, sum(point.mean for point in stream[1][end - WINDOW : end]) / WINDOW)
        for end in range(WINDOW, len(stream[1]) + 1)
    ]
    return Recovery(
        drift_at=at,
        before=before,
        fall=before if isinstance(before, Undefined) else later[0].mean - before if later else Undefined(_UNASKED),
        steps=_until(at, before, start, later, _UNASKED),
        online_before=online,
        online_steps=_until(
            at, online, start, windows, f"fewer than {WINDOW} queries were answered between this drift and the next"
        ),
    )


_UNASKED = "no frozen copy was asked between this drift and the next"


def _until(at: int, had: Number, start: Number, later: Sequence[_Point], otherwise: str) -> Threshold:
    """Env steps from ``at`` to the first point that reaches 0.9 of ``had``."""
    for number in (had, start):
        if isinstance(number, Undefined):
            return number
    if had <= start:  # type: ignore[operator]  # neither is undefined here
        return Undefined("nothing had been learned when the rules changed, so there is nothing to recover")
    if not later:
        return Undefined(otherwise)
    enough = RECOVERED * had - _ROUNDING  # type: ignore[operator]
    return next((float(point.step - at) for point in later if point.mean >= enough), Censored(later[-1].step - at))


def _start(answers: Sequence[AnswerRecord], drifts: int) -> Number:
    """What θ_0 earns in the world after so many drifts."""
    rewards = [a.reward for a in answers if _is_eval(a, drifts) and a.phase == "before" and a.reward is not None]
    return sum(rewards) / len(rewards) if rewards else Undefined("θ_0 was not asked in this world")


def _curve(answers: Sequence[AnswerRecord], drifts: int) -> list[_Point]:
    """Mean eval reward of every frozen copy but θ_0 in the world after so many drifts."""
    rewards_at: dict[int, list[float]] = {}
    for a in answers:
        if _is_eval(a, drifts) and a.phase in ("checkpoint", "after") and a.reward is not None:
            rewards_at.setdefault(a.step, []).append(a.reward)
    return [_Point(step, sum(rewards) / len(rewards)) for step, rewards in sorted(rewards_at.items())]


def _is_eval(answer: AnswerRecord, drifts: int) -> bool:
    return answer.set == "eval" and _drifts(answer.world) == drifts


def _stream(steps: Sequence[StepRecord], versions: int) -> list[list[_Point]]:
    """For each version of the world what its queries earned at the first try, each at the env step that ended it."""
    tries = {step.episode: step for step in steps if step.attempt == 0}
    points: list[list[_Point]] = [[] for _ in range(versions)]
    for step in sorted(tries.values(), key=lambda step: step.step):
        earned = step.reward if step.score is None else step.score
        if earned is not None and _drifts(step.world) < versions:
            points[_drifts(step.world)].append(_Point(step.step, earned))
    return points


def _drifts(world: str) -> int:
    """How often the world behind a public id has drifted: 2 for ``CL-Taste-v0/level0/train/3+2``."""
    _, plus, number = world.rpartition("+")
    return int(number) if plus and number.isdecimal() else 0
