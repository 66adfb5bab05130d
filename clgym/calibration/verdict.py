"""The verdict over one family and level, as a rule on intervals (docs/decisions/008-calibration.md), from rewards alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from clgym.statistics import Interval, mean_over, mean_over_worlds

#: (world, query) -> reward in [0, 1] (or a difference of two).
Scores = Mapping[tuple[int, str], float]

TRIVIAL, ENOUGH, LEARNABLE, OUT_OF_REACH, UNDECIDED = "trivial", "ICL is enough", "learnable", "out of reach", "undecided"
VERDICTS = (TRIVIAL, ENOUGH, LEARNABLE, OUT_OF_REACH, UNDECIDED)

#: Share of the room between floor and ceiling: this near the ceiling is at it, this little above the floor is nothing.
LEEWAY = 0.1

#: How often a claim may be made that is false.
ERROR = 0.05


class CellVerdict(NamedTuple):
    """One of ``VERDICTS`` over one family and level, and the numbers that led to it."""

    name: str
    why: str


@dataclass(frozen=True)
class Evidence:
    """What was measured on the same queries of the same worlds. What could not be measured is missing."""

    floor: float
    ceiling: float
    frozen: Scores
    icl: Mapping[int, Scores] = field(default_factory=dict)
    """By number of exchanges in context."""
    references: Mapping[str, Scores] = field(default_factory=dict)
    """The rulebook and the learners."""
    complete: bool = False
    """Everything was run that "out of reach" stands on: the rulebook, and a learner that updates weights where that can be."""
    without_icl: str = "it was not run"
    """Why ``icl`` is empty where it is."""

    @property
    def margin(self) -> float:
        """``LEEWAY`` of the room between floor and ceiling."""
        return LEEWAY * (self.ceiling - self.floor)

    @property
    def candidates(self) -> dict[str, Scores]:
        """Everything that may lift the model."""
        return {**{f"ICL with {exchanges}": scores for exchanges, scores in self.icl.items()}, **self.references}


def measured(scores: Scores, *, confidence: float = 0.95, bounds: tuple[float, float] = (0.0, 1.0)) -> Interval:
    """The mean over worlds with its interval. Raises ``ValueError`` where nothing was measured."""
    return mean_over(_by_world(scores), confidence=confidence, bounds=bounds)


def in_these_worlds(scores: Scores, *, confidence: float = 0.95, bounds: tuple[float, float] = (0.0, 1.0)) -> Interval:
    """The same mean with an interval over queries alone: what is so in the worlds that were asked, and says nothing of others."""
    return mean_over_worlds([[_by_world(scores)]], confidence=confidence, bounds=bounds)


def _by_world(scores: Scores) -> list[list[float]]:
    worlds: dict[int, list[float]] = {}
    for (world, _), score in sorted(scores.items()):
        worlds.setdefault(world, []).append(score)
    return list(worlds.values())


def paired(scores: Scores, base: Scores, *, confidence: float = 0.95) -> Interval:
    """The mean difference on the queries that both were graded on. Raises ``ValueError`` where there is none."""
    return measured(_differences(scores, base), confidence=confidence, bounds=_possible(scores, base))


def _differences(scores: Scores, base: Scores) -> Scores:
    return {key: scores[key] - base[key] for key in scores if key in base}


def _possible(scores: Scores, base: Scores) -> tuple[float, float]:
    """Where the difference can lie: who earned 0.3 gains at most 0.7."""
    earned = measured({key: base[key] for key in scores if key in base}).estimate
    return -earned, 1.0 - earned


def either(chances: int) -> float:
    """The confidence of each of several intervals of which one is enough: they are wrong in at most ``ERROR`` of cases."""
    return 1 - 2 * ERROR / max(2, chances)


def decide(evidence: Evidence) -> CellVerdict:
    """The verdict; "undecided" with the reason wherever an interval leaves it open."""
    if evidence.ceiling <= evidence.floor:
        return CellVerdict(UNDECIDED, f"the ceiling of {evidence.ceiling:.2f} is not above the floor of {evidence.floor:.2f}")
    bar = evidence.ceiling - evidence.margin
    untaught, here = measured(evidence.frozen), in_these_worlds(evidence.frozen)
    if here.low >= bar:
        return CellVerdict(
            TRIVIAL, f"untaught it earns {in_words(here)} in the worlds that were asked, at the ceiling (from {bar:.2f} on)"
        )
    if untaught.high >= bar:
        return CellVerdict(
            UNDECIDED, f"untaught it earns {in_words(untaught)}, so it may already be at the ceiling (from {bar:.2f} on)"
        )
    if not evidence.icl:
        return CellVerdict(UNDECIDED, f"in-context learning was not measured: {evidence.without_icl}")
    return _in_context(evidence, bar) or _lifted(evidence)


def _in_context(evidence: Evidence, bar: float) -> CellVerdict | None:
    """The verdict where ICL reaches the ceiling or may do so; none where it falls short at every size."""
    confidence = either(len(evidence.icl))
    for exchanges, scores in evidence.icl.items():
        strict = in_these_worlds(scores, confidence=confidence)
        if strict.low >= bar:
            return CellVerdict(
                ENOUGH,
                f"with {exchanges} exchanges in context it earns {in_words(strict)} in the worlds that were asked, at the ceiling "
                f"(from {bar:.2f} on)",
            )
    for exchanges, scores in evidence.icl.items():
        reward = measured(scores)
        if reward.high >= bar:
            return CellVerdict(
                UNDECIDED, f"with {exchanges} exchanges in context it earns {in_words(reward)}; the ceiling begins at {bar:.2f}"
            )
    return None


def _lifted(evidence: Evidence) -> CellVerdict:
    """Learnable, out of reach, or undecided, where ICL is known to fall short."""
    candidates, bar = evidence.candidates, evidence.floor + evidence.margin
    confidence = either(len(candidates))
    lifting = [name for name, scores in candidates.items() if lift(evidence, scores, confidence) is True]
    if lifting:
        best = max(lifting, key=lambda name: measured(candidates[name]).estimate)
        return CellVerdict(
            LEARNABLE,
            f"{best} earns {in_words(measured(candidates[best], confidence=confidence))}, untaught {in_words(measured(evidence.frozen))}",
        )
    for name, scores in candidates.items():
        if lift(evidence, scores, 0.95) is not False:
            return CellVerdict(
                UNDECIDED,
                f"{name} earns {in_words(measured(scores))}, which may or may not be above {bar:.2f} and above the untaught model",
            )
    if not evidence.complete:
        return CellVerdict(
            UNDECIDED, f"nothing that was run lifts it above {bar:.2f} and above the untaught model, and not everything was run"
        )
    return CellVerdict(
        OUT_OF_REACH, f"nothing that was run ({', '.join(candidates)}) lifts it above {bar:.2f} and above the untaught model"
    )


def lift(evidence: Evidence, scores: Scores, confidence: float) -> bool | None:
    """Whether somebody knows something (above the floor) that the untaught model did not (above frozen); ``None``: it is open.

    That it does is said of all worlds, that it does not of those that were asked: no few worlds can show that none would be lifted.
    """
    reward = measured(scores, confidence=confidence)
    gain = paired(scores, evidence.frozen, confidence=confidence)
    bar = evidence.floor + evidence.margin
    if reward.low > bar and gain.low > evidence.margin:
        return True
    here = in_these_worlds(scores, confidence=confidence)
    gained = in_these_worlds(
        _differences(scores, evidence.frozen), confidence=confidence, bounds=_possible(scores, evidence.frozen)
    )
    return False if here.high <= bar or gained.high <= evidence.margin else None


def falls_short(evidence: Evidence) -> bool:
    """Whether naive ICL is certified not to reach the ceiling: measured, and short of it at every size, none included."""
    bar = evidence.ceiling - evidence.margin
    sizes = [evidence.frozen, *evidence.icl.values()]
    return bool(evidence.icl) and evidence.ceiling > evidence.floor and all(measured(scores).high < bar for scores in sizes)


def further(evidence: Evidence) -> list[str]:
    """The references that provably get further than ICL at every size, on the same queries."""
    confidence = either(len(evidence.references))
    return [
        name
        for name, scores in evidence.references.items()
        if evidence.icl and all(paired(scores, other, confidence=confidence).low > 0 for other in evidence.icl.values())
    ]


def in_words(interval: Interval) -> str:
    """``0.25 [0.18, 0.31]``."""
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
