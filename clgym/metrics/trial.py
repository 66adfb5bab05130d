"""Records to numbers: the four axes, transfer and what changes ask for, of one trial, as pure functions.

Let r_k(S) be the mean reward of frozen θ_k on query set S; the oracle earns r* = 1. All differences are paired
by query: a query that either side could not be graded on is left out of both (and counted).
A number that cannot be computed is :class:`Undefined` with the reason, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from clgym.flops import FlopsShape, Sliding
from clgym.metrics.baseline import from_frozen
from clgym.metrics.efficiency import Efficiency, measure_efficiency
from clgym.metrics.endings import measure_endings
from clgym.metrics.gain import Gain, Transfer, measure_gain, measure_transfer
from clgym.metrics.numbers import Number, Undefined
from clgym.metrics.paired import QueryPairs
from clgym.metrics.recovery import Recovery, measure_recovery
from clgym.metrics.retention import Retention, measure_retention
from clgym.metrics.sample_efficiency import SampleEfficiency, measure_sample_efficiency
from clgym.metrics.sequences import Plan, Sequences, measure_sequences
from clgym.records import AnswerRecord, DivergenceRecord, LearnRecord, LikelihoodRecord, StepRecord, TrialRecords


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
    endings: Mapping[str, int]
    """Answers that did not end by themselves, by how they ended; those of the ``filter`` are among the failed grades."""
    env_steps: int
    dollars: Number
    """What everything that was recorded cost together."""


def floors_of(trial: TrialRecords) -> Mapping[str, float]:
    """By query set, what somebody earns at most who knows nothing of the world; empty in records of an older clgym."""
    return {name: float(floor) for name, floor in (trial.header.get("floors") or {}).items()}


def shape_of(trial: TrialRecords) -> FlopsShape | None:
    """What the FLOPs formulas need of the model, where the header has it."""
    shape = trial.header.get("flops_shape")
    if not shape:
        return None
    return FlopsShape(**{**shape, "sliding": tuple(Sliding(*layer) for layer in shape.get("sliding", ()))})


def measure(trial: TrialRecords, frozen: Mapping[tuple[str, str, str], AnswerRecord] | None = None) -> TrialMetrics:
    """All numbers of one trial, from its records alone; ``frozen`` are the frozen arm's answers that count as θ_0's
    (:mod:`clgym.metrics.baseline`)."""
    answers = from_frozen(trial.of(AnswerRecord), frozen or {})
    # No number follows from what was asked and answered, and a long stream has much of it.
    walked = [replace(step, prompt="", answer="", thoughts="") for step in trial.of(StepRecord)]
    steps = [step for step in walked if step.arm == "learn"]
    learns = trial.of(LearnRecord)
    spent = sum(record.cost.dollars for records in (answers, walked, learns) for record in records)
    queries = QueryPairs.of(answers, floors_of(trial))
    gain = measure_gain(queries, answers, steps)
    graded: Iterable[AnswerRecord | StepRecord] = [*answers, *steps]
    return TrialMetrics(
        gain=gain,
        sample_efficiency=measure_sample_efficiency(answers, steps, gain.gain),
        retention=measure_retention(queries, trial.of(LikelihoodRecord), trial.of(DivergenceRecord)),
        efficiency=measure_efficiency(answers, steps, [r for r in learns if r.arm == "learn"], shape_of(trial)),
        transfer=measure_transfer(queries),
        sequences=measure_sequences(Plan.of(trial.header), answers),
        recovery=measure_recovery(trial.trial, answers, steps),
        failed_grades=sum(record.reward is None for record in graded),
        endings=measure_endings(answers, walked),
        env_steps=len(steps),
        dollars=spent or Undefined("no answer had a price"),
    )
