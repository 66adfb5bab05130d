"""Numbers that are made of paired queries. Each is defined here, once: for one trial, and with its interval over worlds.

``result.json``, the summary in the terminal, the report, the frontier, leaderboards, studies and tables take them from here. A definition is a
function from the paired queries of a world to *strata*: lists of numbers, one list for each query set that weighs alike. The number is
the mean of the means of those lists. Over worlds it is the interquartile mean of what each world gives, and its interval is that of whole
worlds resampled (:func:`clgym.statistics.stratified_bootstrap`): an interval is of the very same number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from clgym.metrics.numbers import Estimate, Number, Undefined
from clgym.records import PROBE_PREFIX, AnswerRecord
from clgym.statistics import UNBOUNDED, hierarchical_bootstrap, mean_of_means, stratified_bootstrap

#: Where rewards lie, and where their differences lie.
REWARDS, DIFFERENCES = (0.0, 1.0), (-1.0, 1.0)


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
    """The paired queries of one trial, or of all trials in one world."""

    sets: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    """θ_0 and θ_N, by query set."""
    placebo: Sequence[Pair] = ()
    """θ_0 and the θ of the placebo arm, on eval."""
    knowledge: Sequence[Pair] = ()
    """The θ of the placebo arm and θ_N, on eval."""
    taught: Sequence[Pair] = ()
    """The frozen control and θ_N, on queries of the learn stream."""

    @classmethod
    def of(cls, answers: Sequence[AnswerRecord]) -> QueryPairs:
        """Those of one trial."""
        by_set: dict[str, list[AnswerRecord]] = {}
        for answer in answers:
            by_set.setdefault(answer.set, []).append(answer)
        evals = by_set.get("eval", [])
        return cls(
            sets={name: pairs(by_set[name], name) for name in sorted(by_set)},
            placebo=pairs(evals, "eval", after="placebo"),
            knowledge=pairs(evals, "eval", before="placebo"),
            taught=pairs(by_set.get("learn", []), "learn", before="control"),
        )

    @classmethod
    def pooled(cls, trials: Sequence[QueryPairs]) -> QueryPairs:
        """Those of all trials in a world together."""
        names = sorted({name for trial in trials for name in trial.sets})
        return cls(
            sets={name: list(chain.from_iterable(trial.sets.get(name, ()) for trial in trials)) for name in names},
            placebo=list(chain.from_iterable(trial.placebo for trial in trials)),
            knowledge=list(chain.from_iterable(trial.knowledge for trial in trials)),
            taught=list(chain.from_iterable(trial.taught for trial in trials)),
        )


#: For each query set that weighs alike, a number of each of its queries.
Strata = Sequence[Sequence[float]]


@dataclass(frozen=True)
class PairedNumber:
    """A number that is made of paired queries."""

    strata: Callable[[QueryPairs], Strata | Undefined]
    """Its definition. Empty lists count for nothing."""
    bounds: tuple[float, float]
    """Where it lies."""
    otherwise: str
    """Why it is undefined where no list has a number."""

    def of(self, queries: QueryPairs) -> Number:
        """The number of one trial, or of one world."""
        strata = self._filled(queries)
        return strata if isinstance(strata, Undefined) else mean_of_means(strata)

    def over(self, worlds: Iterable[QueryPairs]) -> Estimate:
        """The interquartile mean over worlds with its interval. Worlds in which it is undefined are left out."""
        each = [self._filled(queries) for queries in worlds]
        known = [strata for strata in each if not isinstance(strata, Undefined)]
        missing = next((strata for strata in each if isinstance(strata, Undefined)), Undefined(self.otherwise))
        return stratified_bootstrap(known, bounds=self.bounds) if known else missing

    def _filled(self, queries: QueryPairs) -> Strata | Undefined:
        strata = self.strata(queries)
        if isinstance(strata, Undefined):
            return strata
        return [stratum for stratum in strata if stratum] or Undefined(self.otherwise)


def reward_before(name: str) -> PairedNumber:
    """Mean reward of θ_0 on a query set."""
    return PairedNumber(lambda queries: [[pair.before for pair in queries.sets.get(name, ())]], REWARDS, _ungraded(name))


def reward_after(name: str) -> PairedNumber:
    """Mean reward of θ_N on a query set."""
    return PairedNumber(lambda queries: [[pair.after for pair in queries.sets.get(name, ())]], REWARDS, _ungraded(name))


def change(name: str) -> PairedNumber:
    """Mean reward of θ_N less that of θ_0 on a query set."""
    return PairedNumber(lambda queries: [_differences(queries.sets.get(name, ()))], DIFFERENCES, _ungraded(name))


def _ungraded(name: str) -> str:
    return f"no {name} query was graded before and after"


def _differences(queries: Iterable[Pair]) -> list[float]:
    return [pair.difference for pair in queries]


R_0, R_N, GAIN = reward_before("eval"), reward_after("eval"), change("eval")

PLACEBO_GAIN = PairedNumber(lambda queries: [_differences(queries.placebo)], DIFFERENCES, "the placebo arm did not run")

#: Gain less placebo gain, query by query.
KNOWLEDGE_GAIN = PairedNumber(lambda queries: [_differences(queries.knowledge)], DIFFERENCES, "the placebo arm did not run")

RECALL = PairedNumber(lambda queries: [_differences(queries.taught)], DIFFERENCES, "no query of the learn stream was asked again")


def untaught_sets(names: Iterable[str]) -> list[str]:
    """The query sets on which an agent may forget: guard, and every probe."""
    return sorted(name for name in names if name == "guard" or name.startswith(PROBE_PREFIX))


def _retention(queries: QueryPairs) -> Strata:
    """Each set weighs alike, however many queries it has."""
    return [_differences(queries.sets[name]) for name in untaught_sets(queries.sets)]


RETENTION = PairedNumber(_retention, DIFFERENCES, "neither guard nor probes were asked before and after")


def _overgeneralization(queries: QueryPairs) -> Strata | Undefined:
    guard = queries.sets.get("guard", ())
    if guard and not any(pair.before for pair in guard):
        return Undefined("θ_0 earns nothing on guard, so a learned habit has nothing to take away there")
    return [[-pair.difference for pair in guard]]


OVERGENERALIZATION = PairedNumber(_overgeneralization, DIFFERENCES, "guard was not asked before and after")


def worst_of(changes: Mapping[str, float]) -> tuple[Number, str]:
    """The change on the set that lost most, and its name."""
    name = min(changes, key=lambda name: changes[name], default="")
    return (changes[name] if name else Undefined(RETENTION.otherwise)), name


def over_worlds(worlds: Mapping[int, Sequence[float]], otherwise: str, bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
    """Numbers of any kind: the interquartile mean over worlds of their means, with its interval, or why there is none."""
    groups = [group for _, group in sorted(worlds.items()) if group]
    return hierarchical_bootstrap(groups, bounds=bounds) if groups else Undefined(otherwise)
