"""Numbers that are made of paired queries. Each is defined here, once: for one trial, and with its interval over worlds.

``result.json``, the summary in the terminal, the report, the frontier, leaderboards, studies and tables take them from here. A definition is a
function from the paired queries of a run to *strata*: lists of pairs, one list for each query set that weighs alike, and what is taken of a
pair. The number of a run is the mean of the means of those lists; over worlds it is the mean of what each world gives, its runs (seeds)
averaged, with the interval of :func:`clgym.statistics.mean_over_worlds`: an interval is of the very same number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from clgym.metrics.numbers import Estimate, Number, Undefined
from clgym.records import PROBE_PREFIX, AnswerRecord
from clgym.statistics import UNBOUNDED, mean_of_means, mean_over_worlds

#: Where rewards lie, and where their differences lie.
REWARDS, DIFFERENCES = (0.0, 1.0), (-1.0, 1.0)

#: How rarely somebody at the floor may be taken to stand above it.
BY_LUCK = 0.05


class Pair(NamedTuple):
    """One query's reward at two θ."""

    world: str
    query: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        return self.after - self.before


def pairs(answers: Iterable[AnswerRecord], set: str, *, before: str = "before", after: str = "after") -> list[Pair]:
    """The queries of one set that were graded in both phases, in the order of ``after``."""
    chosen = [answer for answer in answers if answer.set == set]
    return matched((a for a in chosen if a.phase == before), (a for a in chosen if a.phase == after))


def matched(earlier: Iterable[AnswerRecord], later: Iterable[AnswerRecord]) -> list[Pair]:
    """The queries that were graded on both sides, by world and query, in the order of ``later``."""
    first = {(answer.world, answer.query): answer.reward for answer in earlier if answer.reward is not None}
    return [
        Pair(answer.world, answer.query, first[answer.world, answer.query], answer.reward)
        for answer in later
        if answer.reward is not None and (answer.world, answer.query) in first
    ]


@dataclass(frozen=True)
class QueryPairs:
    """The paired queries of one run."""

    sets: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    """θ_0 and θ_N, by query set."""
    placebo: Sequence[Pair] = ()
    """θ_0 and the θ of the placebo arm, on eval."""
    knowledge: Sequence[Pair] = ()
    """The θ of the placebo arm and θ_N, on eval."""
    taught: Sequence[Pair] = ()
    """The frozen control and θ_N, on queries of the learn stream."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """By query set, what somebody earns at most who knows nothing of the world; none in records of an older clgym."""
    at_floor: frozenset[str] = frozenset()
    """Query sets on which θ_0 does not stand above the floor, so that nothing can be lost there."""

    @classmethod
    def of(cls, answers: Sequence[AnswerRecord], floors: Mapping[str, float] | None = None) -> QueryPairs:
        """Those of one trial."""
        by_set: dict[str, list[AnswerRecord]] = {}
        for answer in answers:
            by_set.setdefault(answer.set, []).append(answer)
        evals = by_set.get("eval", [])
        made = cls(
            sets={name: pairs(by_set[name], name) for name in sorted(by_set)},
            placebo=pairs(evals, "eval", after="placebo"),
            knowledge=pairs(evals, "eval", before="placebo"),
            taught=pairs(by_set.get("learn", []), "learn", before="control"),
            floors=floors or {},
        )
        return replace(made, at_floor=sets_at_floor([made]))


def sets_at_floor(runs: Sequence[QueryPairs]) -> frozenset[str]:
    """The query sets on which θ_0 may be one who knows nothing: the rewards of all its distinct answers together are no more than a floor
    reaches by luck in one case of twenty (exact binomial test). A floor that is not recorded counts as 0.
    """
    found = []
    for name in {name for run in runs for name in run.sets}:
        rewards = {(pair.world, pair.query): pair.before for run in runs for pair in run.sets.get(name, ())}
        floors = [run.floors[name] for run in runs if name in run.floors]
        floor = math.fsum(floors) / len(floors) if floors else 0.0
        if rewards and _by_luck(math.ceil(math.fsum(rewards.values()) - 1e-9), len(rewards), floor) > BY_LUCK:
            found.append(name)
    return frozenset(found)


def _by_luck(successes: int, count: int, chance: float) -> float:
    """P(X >= successes) of a binomial."""
    if successes == 0 or not 0.0 < chance < 1.0:
        return float(successes == 0 or chance >= 1.0)
    whole, right, wrong = math.lgamma(count + 1), math.log(chance), math.log1p(-chance)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(count - k + 1) + k * right + (count - k) * wrong)
        for k in range(successes, count + 1)
    )


#: For each query set that weighs alike, its pairs.
Strata = Sequence[Sequence[Pair]]

#: Runs (seeds) in the same world.
World = Sequence[QueryPairs]


@dataclass(frozen=True)
class PairedNumber:
    """A number that is made of paired queries."""

    strata: Callable[[QueryPairs], Strata | Undefined]
    """Its queries. Empty lists count for nothing."""
    value: Callable[[Pair], float]
    """What is taken of each."""
    bounds: Callable[[float], tuple[float, float]]
    """Where it lies, given the mean of ``before``: who earned 0.3 cannot gain more than 0.7, nor lose more than 0.3."""
    otherwise: str
    """Why it is undefined where no list has a pair."""

    def of(self, queries: QueryPairs) -> Number:
        """The number of one run."""
        strata = self._filled(queries)
        return strata if isinstance(strata, Undefined) else mean_of_means([list(map(self.value, stratum)) for stratum in strata])

    def over(self, worlds: Iterable[World], confidence: float = 0.95) -> Estimate:
        """The mean over worlds with its interval. Runs and worlds in which it is undefined are left out."""
        each = [[self._filled(run) for run in world] for world in worlds]
        runs = [[strata for strata in world if not isinstance(strata, Undefined)] for world in each]
        known = [world for world in runs if world]
        if not known:
            reasons = (strata for world in each for strata in world if isinstance(strata, Undefined))
            return next(reasons, Undefined(self.otherwise))
        base = _mean([_mean([_mean([_mean([p.before for p in part]) for part in run]) for run in world]) for world in known])
        return mean_over_worlds(
            [[[list(map(self.value, stratum)) for stratum in run] for run in world] for world in known],
            bounds=self.bounds(base),
            confidence=confidence,
            items=[[[[(p.world, p.query) for p in stratum] for stratum in run] for run in world] for world in known],
        )

    def _filled(self, queries: QueryPairs) -> Strata | Undefined:
        strata = self.strata(queries)
        if isinstance(strata, Undefined):
            return strata
        return [stratum for stratum in strata if stratum] or Undefined(self.otherwise)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _before(pair: Pair) -> float:
    return pair.before


def _after(pair: Pair) -> float:
    return pair.after


def _difference(pair: Pair) -> float:
    return pair.difference


def _rewards(base: float) -> tuple[float, float]:
    return REWARDS


def _changes(base: float) -> tuple[float, float]:
    return -base, 1.0 - base


def reward_before(name: str) -> PairedNumber:
    """Mean reward of θ_0 on a query set."""
    return PairedNumber(lambda queries: [queries.sets.get(name, ())], _before, _rewards, _ungraded(name))


def reward_after(name: str) -> PairedNumber:
    """Mean reward of θ_N on a query set."""
    return PairedNumber(lambda queries: [queries.sets.get(name, ())], _after, _rewards, _ungraded(name))


def change(name: str) -> PairedNumber:
    """Mean reward of θ_N less that of θ_0 on a query set."""
    return PairedNumber(lambda queries: [queries.sets.get(name, ())], _difference, _changes, _ungraded(name))


def _ungraded(name: str) -> str:
    return f"no {name} query was graded before and after"


R_0, R_N, GAIN = reward_before("eval"), reward_after("eval"), change("eval")


def above_floor(name: str) -> PairedNumber:
    """(r_N - b) / (1 - b) on a query set, b the floor of each run's world: 0 for who knows the form of an answer alone, 1 for the oracle."""

    def strata(queries: QueryPairs) -> Strata | Undefined:
        if name not in queries.floors:
            return Undefined("these records are of an older clgym and do not hold the floor")
        floor = queries.floors[name]
        room = 1.0 - floor
        if room <= 0.0:
            return Undefined(f"who knows nothing of the world earns everything on {name}")
        return [[Pair(p.world, p.query, -floor / room, (p.after - floor) / room) for p in queries.sets.get(name, ())]]

    return PairedNumber(strata, _after, lambda nothing: (nothing, 1.0), _ungraded(name))


ABOVE_FLOOR = above_floor("eval")

PLACEBO_GAIN = PairedNumber(lambda queries: [queries.placebo], _difference, _changes, "the placebo arm did not run")

#: Gain less placebo gain, query by query.
KNOWLEDGE_GAIN = PairedNumber(lambda queries: [queries.knowledge], _difference, _changes, "the placebo arm did not run")

RECALL = PairedNumber(lambda queries: [queries.taught], _difference, _changes, "no query of the learn stream was asked again")


def probes(names: Iterable[str]) -> list[str]:
    """The query sets that ask for abilities: every probe, at every level."""
    return sorted(name for name in names if name.startswith(PROBE_PREFIX))


def untaught_sets(names: Iterable[str]) -> list[str]:
    """The query sets where nothing was taught: guard, and every probe."""
    names = list(names)
    return [*(["guard"] if "guard" in names else []), *probes(names)]


def retained(name: str) -> PairedNumber:
    """:func:`change` where nothing was taught; undefined where θ_0 is at its floor, for nothing can be lost there."""

    def strata(queries: QueryPairs) -> Strata | Undefined:
        return Undefined(_at_floor(name, queries)) if name in queries.at_floor else [queries.sets.get(name, ())]

    return PairedNumber(strata, _difference, _changes, _ungraded(name))


def _at_floor(name: str, queries: QueryPairs) -> str:
    floor = f"{queries.floors[name]:.2f}" if name in queries.floors else "0"
    return f"θ_0 is at its floor ({floor}) on {name}, so there is nothing to lose"


def _retention(queries: QueryPairs) -> Strata | Undefined:
    """Each probe weighs alike, however many queries it has; guard is none (see :data:`OVERGENERALIZATION`)."""
    names = probes(queries.sets)
    able = [name for name in names if name not in queries.at_floor]
    if names and not able:
        return Undefined("θ_0 is at its floor on every probe, so there is nothing to forget")
    return [queries.sets[name] for name in able]


RETENTION = PairedNumber(_retention, _difference, _changes, "no probe was asked before and after")


def _overgeneralization(queries: QueryPairs) -> Strata | Undefined:
    return Undefined(_at_floor("guard", queries)) if "guard" in queries.at_floor else [queries.sets.get("guard", ())]


OVERGENERALIZATION = PairedNumber(
    _overgeneralization, lambda pair: -pair.difference, lambda base: (base - 1.0, base), "guard was not asked before and after"
)


def worst_of(changes: Mapping[str, Number]) -> tuple[Number, str]:
    """The change on the probe that lost most, and its name; guard is no probe."""
    known = {name: value for name, value in changes.items() if name in probes(changes) and not isinstance(value, Undefined)}
    name = min(known, key=lambda name: known[name], default="")
    return (known[name] if name else Undefined(RETENTION.otherwise)), name


def over_worlds(worlds: Mapping[int, Sequence[float]], otherwise: str, bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
    """Numbers of any kind, one of each run: the mean over worlds of their means, with its interval, or why there is none."""
    groups = [[[[value]] for value in group] for _, group in sorted(worlds.items()) if group]
    return mean_over_worlds(groups, bounds=bounds) if groups else Undefined(otherwise)
