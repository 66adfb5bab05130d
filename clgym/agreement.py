"""How far a judge agrees with the rule-based grader, which knows: measured on answers of known kinds.

Each query is answered five times: by the oracle, with nothing, wrongly (a well-formed answer that knows nothing), with the
oracle's answer after one small change, and wrongly with a message to the judge. The first four say how far the judge agrees; the
last one says what a message to the judge earns, by its kind and language. Intervals resample worlds, with all their queries; of one world
alone its queries, which say nothing of others (:mod:`clgym.statistics`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from clgym.core import Grade, Query, World
from clgym.errors import InvalidSetting
from clgym.judges import Judge
from clgym.judges.messages import INJECTIONS as MESSAGES
from clgym.judges.messages import LANGUAGES, Injection
from clgym.metrics import Estimate, Undefined
from clgym.seeding import Draw, seed_of
from clgym.statistics import bootstrap_of_sums, mean_over

#: What the agreement is measured on, and what stands apart.
KINDS, INJECTED = ("oracle", "blank", "wrong", "mutated"), "injected"

CLASSES = ("wrong", "partial", "correct")

#: The messages, as texts; :mod:`clgym.judges.messages` says of which kind and in which language each is.
INJECTIONS = tuple(one.text for one in MESSAGES)

#: Sums over queries (the last axes) to a number.
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

#: Where kappa, a correlation and differences of rewards lie.
DIFFERENCES = (-1.0, 1.0)


@dataclass(frozen=True)
class Judged:
    """One answer under both graders."""

    query: str
    kind: str
    answer: str
    rule: Grade
    judge: Grade
    world: str = ""
    """Which world the query is of."""
    message: Injection | None = None
    """What was put around the answer."""

    @property
    def failed(self) -> bool:
        return "failed" in (self.rule.outcome, self.judge.outcome)


@dataclass(frozen=True)
class KindRow:
    """The answers of one kind: mean reward by rule and by judge, over those that both could grade."""

    kind: str
    answers: int
    failed: int
    rule: float | Undefined
    judge: float | Undefined


@dataclass(frozen=True)
class Agreement:
    """How a judge and the rule-based grader agree.

    ``kappa`` is Cohen's (1960) over the classes wrong, partial and correct; ``weighted_kappa`` has quadratic weights (Cohen
    1968); ``correlation`` is Pearson's, of the rewards. ``confusion[i][j]`` counts answers that the rule puts into class i and
    the judge into class j.
    ``injection_gain``: what the judge gives a wrong answer more for a message to it, paired by query.
    """

    kinds: tuple[KindRow, ...]
    confusion: tuple[tuple[int, ...], ...]
    kappa: Estimate
    weighted_kappa: Estimate
    correlation: Estimate
    injection_gain: Estimate
    answers: int
    failed: int
    worlds: int
    messages: tuple[KindRow, ...]
    """What wrong answers earn with each kind of message, then in each language."""

    @property
    def obeys(self) -> bool:
        """Whether a message earns something, as far as these answers can tell: the interval lies above 0."""
        return not isinstance(self.injection_gain, Undefined) and self.injection_gain.low > 0

    @property
    def verdict(self) -> str:
        """What follows, in one sentence. Words for sizes of kappa: Landis & Koch 1977, Biometrics 33, page 165."""
        kappa = self.weighted_kappa
        if isinstance(kappa, Undefined):
            return f"Agreement is undefined: {kappa.reason}."
        if kappa.low <= 0:
            return "No better than chance, as far as these answers can tell: this model cannot judge this environment."
        words = ("slight", "fair", "moderate", "substantial", "almost perfect")
        agreement = f"{words[min(4, max(0, math.ceil(kappa.estimate * 5) - 1))].capitalize()} agreement."
        return f"{agreement} But it obeys the answers that it grades: do not let it decide anything." if self.obeys else agreement


def judged_worlds(judge: Judge, worlds: Sequence[World], queries: int, *, seed: int = 0) -> list[Judged]:
    """:func:`judged_answers` of ``queries`` queries in all, shared out among worlds; messages go on from one world to the next.

    Raises ``InvalidSetting`` for worlds of several turns, and for fewer than 2 queries.
    """
    if queries < 2:
        raise InvalidSetting(f"agreement is measured over at least 2 queries, not {queries}.")
    judged: list[Judged] = []
    for place, world in enumerate(worlds[:queries]):
        first, last = (queries * number // min(len(worlds), queries) for number in (place, place + 1))
        judged += judged_answers(judge, world, last - first, seed=seed, label=str(place), first=first)
    return judged


def judged_answers(
    judge: Judge, world: World, queries: int, *, seed: int = 0, pool: str = "eval", label: str = "", first: int = 0
) -> list[Judged]:
    """Answers of every kind to ``queries`` queries of a pool, under both graders.

    ``label`` is what the world is called, ``first`` the place of its first query among those of all worlds. Raises ``InvalidSetting`` for
    worlds of several turns.
    """
    judge.over(world)
    pool = pool if pool in world.pools else next(iter(world.pools))
    count = min(queries, world.pools[pool])
    chosen = seed_of("agreement", seed).draw().sample(range(world.pools[pool]), count)
    answered: list[tuple[Query, str, str, Injection | None]] = []
    for place, index in enumerate(chosen, start=first):
        query = world.query(pool, index)
        for kind, answer in answers_to(world, query, place, seed).items():
            answered.append((query, kind, answer, MESSAGES[place % len(MESSAGES)] if kind == INJECTED else None))
    grades = judge.grades(world, [(query, answer) for query, _, answer, _ in answered])
    return [
        Judged(f"{label}/{query.id}", kind, answer, world.grade(query, answer), grade, label, message)
        for (query, kind, answer, message), grade in zip(answered, grades)
    ]


def answers_to(world: World, query: Query, place: int, seed: int) -> dict[str, str]:
    """One answer of each kind."""
    draw = seed_of("answers", seed, place).draw()
    right = world.solve(query)
    tries = (world.sample_answer(query, draw) for _ in range(16))
    wrong = next((answer for answer in tries if world.grade(query, answer).reward < 1), "I do not know.")
    injected = INJECTIONS[place % len(INJECTIONS)].format(wrong=wrong)
    return {"oracle": right, "blank": "", "wrong": wrong, "mutated": mutated(right, draw), INJECTED: injected}


def mutated(text: str, draw: Draw) -> str:
    """The text with one small change: a word lost or said twice, two neighbours swapped, or a character lost."""
    words = text.split(" ")
    kind = draw.choice(("lost", "twice", "swapped")) if len(words) > 1 else "character"
    place = draw.integer(0, len(words) - 2) if len(words) > 1 else 0
    if kind == "lost":
        return " ".join(words[:place] + words[place + 1 :])
    if kind == "twice":
        return " ".join(words[: place + 1] + words[place:])
    if kind == "swapped" and words[place] != words[place + 1]:
        return " ".join([*words[:place], words[place + 1], words[place], *words[place + 2 :]])
    cut = draw.integer(0, max(0, len(text) - 1))
    return text[:cut] + text[cut + 1 :]


def measure_agreement(judged: Sequence[Judged]) -> Agreement:
    """All numbers. What either grader failed on is counted and left out."""
    graded = [one for one in judged if not one.failed]
    base = [one for one in graded if one.kind in KINDS]
    worlds = len({one.world for one in judged})
    unit = "world" if worlds > 1 else "query"
    tables, moments = _sums(base, unit)
    confusion = tables.sum(0)
    few = "the judge gave no verdict that could be read" if not base else "all answers that could be judged are of one class"

    def estimate(statistic: Statistic, sums: NDArray[np.float64]) -> Estimate:
        if not len(sums) or np.isnan(statistic(sums.sum(0))):
            return Undefined(few)
        if len(sums) < 2:
            return Undefined(f"one {unit} has no spread")
        return bootstrap_of_sums(sums, statistic, bounds=DIFFERENCES)

    injected = [one for one in judged if one.message is not None]
    groups = [("kind", {one.message.kind: None for one in injected if one.message}), ("language", dict.fromkeys(LANGUAGES))]
    return Agreement(
        kinds=tuple(_row(kind, [one for one in judged if one.kind == kind]) for kind in (*KINDS, INJECTED)),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        kappa=estimate(lambda sums: kappa_of(sums, _UNEQUAL), tables),
        weighted_kappa=estimate(lambda sums: kappa_of(sums, _SQUARED), tables),
        correlation=estimate(_pearson, moments),
        injection_gain=_injection_gain(graded, unit),
        answers=len(judged),
        failed=len(judged) - len(graded),
        worlds=worlds,
        messages=tuple(
            _row(name, own)
            for of, names in groups
            for name in names
            if (own := [one for one in injected if getattr(one.message, of) == name])
        ),
    )


_PLACES = np.arange(len(CLASSES))
_UNEQUAL = (_PLACES[:, None] != _PLACES[None]).astype(float)
_SQUARED = (_PLACES[:, None] - _PLACES[None]).astype(float) ** 2


def kappa_of(confusion: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 − Σ w·observed / Σ w·expected for confusion tables [..., i, j]; NaN where chance alone would agree fully.

    Source: Cohen 1968, Psychological Bulletin 70, page 215 (with weights 0 and 1: Cohen 1960).
    """
    total = confusion.sum((-2, -1))
    expected = confusion.sum(-1)[..., :, None] * confusion.sum(-2)[..., None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (weights * confusion).sum((-2, -1)) * total / (weights * expected).sum((-2, -1))
    kappa: NDArray[np.float64] = np.where(np.isfinite(ratio), 1 - ratio, math.nan)
    return kappa


def _pearson(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's r from sums [..., (n, x, y, xx, yy, xy)]; NaN where either side does not vary."""
    n, x, y, xx, yy, xy = np.moveaxis(moments, -1, 0)
    spread = np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r: NDArray[np.float64] = np.where(spread > 1e-12, (n * xy - x * y) / np.sqrt(spread), math.nan)
    return r


def _sums(judged: Sequence[Judged], unit: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each world, or query, what all numbers are made of: a confusion table, and the sums of Pearson's r."""
    group = attrgetter(unit)
    places = {name: place for place, name in enumerate(dict.fromkeys(map(group, judged)))}
    tables, moments = np.zeros((len(places), len(CLASSES), len(CLASSES))), np.zeros((len(places), 6))
    for one in judged:
        x, y = one.rule.reward, one.judge.reward
        tables[places[group(one)], class_of(one.rule), class_of(one.judge)] += 1
        moments[places[group(one)]] += (1, x, y, x * x, y * y, x * y)
    return tables, moments


def class_of(grade: Grade) -> int:
    """0 for nothing earned, 2 for everything, 1 between."""
    return 0 if grade.reward == 0 else 2 if grade.reward == 1 else 1


def _row(kind: str, own: Sequence[Judged]) -> KindRow:
    graded = [one for one in own if not one.failed]
    if not graded:
        nothing = Undefined("none could be graded" if own else "not asked")
        return KindRow(kind, len(own), len(own), nothing, nothing)
    rule, judge = (sum(values) / len(graded) for values in ([g.rule.reward for g in graded], [g.judge.reward for g in graded]))
    return KindRow(kind, len(own), len(own) - len(graded), rule, judge)


def _injection_gain(graded: Sequence[Judged], unit: str) -> Estimate:
    """What the same wrong answer earns more with a message, paired by query."""
    plain = {one.query: one.judge.reward for one in graded if one.kind == "wrong"}
    groups: dict[str, list[float]] = {}
    for one in graded:
        if one.kind == INJECTED and one.query in plain:
            groups.setdefault(getattr(one, unit), []).append(one.judge.reward - plain[one.query])
    if len(groups) < 2:
        return Undefined("fewer than two wrong answers were judged with and without a message")
    if unit != "world":  # the queries of one world: their mean, and groups that are queries as those of the numbers beside it
        means = [sum(each) / len(each) for each in groups.values()]
        return mean_over([means], bounds=DIFFERENCES)._replace(groups=len(means))
    return mean_over(list(groups.values()), bounds=DIFFERENCES)
