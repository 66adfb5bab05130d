"""Axis 3: what happened to everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clgym.metrics.numbers import Number, Undefined, mean
from clgym.metrics.paired import (
    OVERGENERALIZATION,
    RETENTION,
    QueryPairs,
    probes,
    retained,
    reward_after,
    reward_before,
    untaught_sets,
    worst_of,
)
from clgym.records import DivergenceRecord, LikelihoodRecord


@dataclass(frozen=True)
class Retention:
    """Axis 3: what happened to everything else.

    Δ_p = r_N(p) - r_0(p) for every probe p and for ``guard``, undefined where θ_0 is at its floor; ``mean`` and ``worst`` over the probes alone
    (negative: forgetting, as backward transfer in Lopez-Paz & Ranzato 2017, eq. 3, with one task). ``overgeneralization`` is -Δ_guard, apart:
    the share of reward lost on queries that are near the rules but outside them, where the learned habit must not show up; learning an answer's
    form raises guard and is no ability kept. ``log_likelihood`` is the mean change, in nats per answer, of the log-probability of reference
    answers, by query set; ``drift`` its mean over probes, which moves where a reward at 0 cannot. ``divergence`` is KL(θ_N ‖ θ_0) on neutral
    exchanges, in nats per token (:meth:`clgym.agent.Agent.divergence`).
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    deltas: Mapping[str, Number]
    mean: Number
    worst: Number
    worst_set: str
    overgeneralization: Number
    log_likelihood: Mapping[str, float]
    drift: Number
    divergence: Number


def measure_retention(
    queries: QueryPairs, likelihoods: Sequence[LikelihoodRecord], divergences: Sequence[DivergenceRecord] = ()
) -> Retention:
    """Axis 3; see :class:`Retention`."""
    names = untaught_sets(queries.sets)
    deltas = {name: retained(name).of(queries) for name in names}
    worst, worst_set = worst_of(deltas)
    moved = _likelihood_drift(likelihoods)
    return Retention(
        before=_known({name: reward_before(name).of(queries) for name in names}),
        after=_known({name: reward_after(name).of(queries) for name in names}),
        deltas=deltas,
        mean=RETENTION.of(queries),
        worst=worst,
        worst_set=worst_set,
        overgeneralization=OVERGENERALIZATION.of(queries),
        log_likelihood=moved,
        drift=mean([moved[name] for name in probes(moved)], "the agent gives no log-likelihood of the probes' answers"),
        divergence=mean([record.nats for record in divergences], "the agent cannot compare its θ with the one it began with"),
    )


def _known(numbers: Mapping[str, Number]) -> dict[str, float]:
    return {name: number for name, number in numbers.items() if not isinstance(number, Undefined)}


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
