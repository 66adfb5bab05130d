"""The ideal learner of CL-Taste-v0: what can be known of a person, from what the person says, from right picks, or from rewards.

A thing is worth the sum of the points of its terms, so a taste is a vector w of points, one for each term that the catalogue allows,
and a thing at a moment is the set of its terms. What is believed of w:

* An *opinion* that was told is a vote for the points of one term; its posterior over the possible points is exact.
* A right pick says w·(x_right − x_other) > 0 of each other thing, a reward says how the pick stands to the mean of the slate. These update
  independent Gaussians by matching moments (Minka 2001, "A family of algorithms for approximate Bayesian inference", section 3.2;
  the form of Herbrich, Minka, Graepel 2006, "TrueSkill").

While it learns it samples a worth for every thing and picks the best (Thompson 1933); while it is examined it picks the best mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from clgym.agent import Conversation
from clgym.envs.taste.drift import DRIFTING, OWN
from clgym.envs.taste.reading import Asked, opinions, understand
from clgym.envs.taste.slates import SIZE
from clgym.envs.taste.taste import LINKS, STRENGTHS, TURNS, Moment, Reason, Term, frequencies, possible_links
from clgym.envs.taste.words import MOMENT, TRAITS, moment_of, trait_of, traits_of
from clgym.learning import Learner, Seen

Array = npt.NDArray[np.float64]

#: No observation is certain: whatever is impossible in the model has this probability.
_DOUBT = 0.01
#: What a term may have.
_POINTS = tuple(sign * size for size in STRENGTHS for sign in (1, -1))
#: The variance of points that are known.
_KNOWN = 1e-6


class Layout:
    """Where the terms of a level stand in w, and what is thought of them before anything is known."""

    def __init__(self, level: int):
        self.level = level
        self.traits, self.questions = traits_of(level), moment_of(level)
        banks = {**{trait: TRAITS[trait] for trait in self.traits}, **{question: MOMENT[question] for question in self.questions}}
        self.index = {value: place for values in banks.values() for place, value in enumerate(values)}
        self.links = [*possible_links(level)[0], *possible_links(level)[1]]
        self.starts: dict[tuple[str, ...], int] = {}
        self.widths = {trait: len(values) for trait, values in banks.items()}
        size = 0
        for block in [*((trait,) for trait in self.traits), *self.links]:
            self.starts[block] = size
            size += math.prod(self.widths[trait] for trait in block)
        self.variance = np.empty(size)
        for trait in self.traits:
            self.block((trait,), self.variance)[:] = _square(level, (trait,))
        for group, count in zip(possible_links(level), LINKS[level]):
            for link in group:
                self.block(link, self.variance)[:] = count / len(group) * _square(level, link)
        order = (*self.traits, *self.questions)
        self._starts = np.array([self.starts[link] for link in self.links], dtype=np.intp)
        self.first, self.second = (np.array([order.index(link[side]) for link in self.links], dtype=np.intp) for side in (0, 1))
        self._width = np.array([self.widths[link[1]] for link in self.links], dtype=np.intp)
        self._singles = np.array([self.starts[trait,] for trait in self.traits], dtype=np.intp)
        deviation = math.sqrt(float(sum(self.variance[self.starts[block]] for block in self.starts)))
        #: How far the best of five is ahead of the mean of them, as a rule.
        self.lead = 1.163 * deviation

    def block(self, traits: tuple[str, ...], array: Array) -> Array:
        """The part of a vector that has the terms of some traits."""
        start = self.starts[traits]
        return array[start : start + math.prod(self.widths[trait] for trait in traits)]

    def column(self, term: Term) -> int:
        """Where a term stands. Raises ``KeyError`` for a term that no taste of the level can have."""
        place = 0
        for value in term:
            place = place * self.widths[trait_of()[value]] + self.index[value]
        return self.starts[tuple(trait_of()[value] for value in term)] + place

    def columns(self, asked: Asked) -> npt.NDArray[np.intp]:
        """The terms of each thing, single values first; shape (things, terms)."""
        values = np.array(
            [[self.index[value] for value in (*thing.values, *asked.moment)] for thing in asked.things], dtype=np.intp
        )
        pairs = self._starts + values[:, self.first] * self._width + values[:, self.second]
        return np.concatenate([self._singles + values[:, : len(self.traits)], pairs], axis=1)


def _square(level: int, traits: tuple[str, ...]) -> float:
    """The mean square of the points of a term."""
    return float(np.average(np.square(STRENGTHS), weights=frequencies(level, traits)))


layout_of = cache(Layout)


class Votes(NamedTuple):
    """What was told of a term: the logarithm of how likely each of :data:`_POINTS` is, but for a constant."""

    logs: list[float]

    def moments(self) -> tuple[float, float]:
        """Mean and variance."""
        most = max(self.logs)
        weights = [math.exp(log - most) for log in self.logs]
        total = sum(weights)
        mean = sum(weight * points for weight, points in zip(weights, _POINTS)) / total
        return mean, sum(weight * (points - mean) ** 2 for weight, points in zip(weights, _POINTS)) / total

    def best(self) -> int:
        """The likeliest points."""
        return _POINTS[self.logs.index(max(self.logs))]


class Person:
    """What is believed of one person."""

    def __init__(self, layout: Layout, noise: float):
        self._layout, self._lie = layout, max(noise, _DOUBT)
        self.mean, self.variance = np.zeros_like(layout.variance), layout.variance.copy()
        self.votes: dict[int, Votes] = {}
        self.known = np.zeros(len(self.mean), dtype=bool)
        #: (trait, question, value) -> the logarithm of the odds that the moment turns the trait.
        self.turns: dict[tuple[str, str, str], float] = {}
        self._linked: set[tuple[str, ...]] = set()

    def told(self, reason: Reason, moment: Moment) -> int:
        """Take one opinion; returns the column of its term."""
        layout = self._layout
        column = layout.column(reason.term)
        traits = [trait_of()[value] for value in reason.term]
        self._turned(traits, reason, moment)
        points = -reason.points if reason.turn else reason.points
        votes = self.votes.get(column)
        if votes is None:
            votes = self.votes[column] = Votes(
                [math.log(count + _DOUBT) for count in frequencies(layout.level, traits) for _ in (1, -1)]
            )
        for place, other in enumerate(_POINTS):
            chance = 1.0 - self._lie if other == points else self._lie if other == -points else _DOUBT * self._lie
            votes.logs[place] += math.log(chance)
        self._keep(column, votes)
        if len(traits) == 2:
            self._link(tuple(traits))
        return column

    def _keep(self, column: int, votes: Votes) -> None:
        mean, variance = votes.moments()
        self.mean[column], self.variance[column] = mean, max(variance, _KNOWN)
        self.known[column] = True

    def _turned(self, traits: Sequence[str], reason: Reason, moment: Moment) -> None:
        """Of a term it is said what turned it at this moment; or that nothing did, then nothing of this moment turns its traits."""
        for trait in traits:
            for value in moment:
                key = (trait, trait_of()[value], value)
                if reason.turn is None or reason.turn == key:
                    before = self.turns.get(key, self._before())
                    self.turns[key] = max(-12.0, min(12.0, before + (8.0 if reason.turn else -8.0)))

    def _before(self) -> float:
        layout = self._layout
        moments = sum(layout.widths[question] for question in layout.questions)
        return math.log(TURNS[layout.level] / (len(layout.traits) * moments)) if moments else 0.0

    def _link(self, link: tuple[str, ...]) -> None:
        """Two traits are linked; once as many are known as there are, the others are not."""
        if link in self._linked:
            return
        self._linked.add(link)
        for group, count in zip(possible_links(self._layout.level), LINKS[self._layout.level]):
            if link in group:
                self._scale(link, len(group) / count)
                if len(self._linked.intersection(group)) >= count:
                    for other in group:
                        if other not in self._linked:
                            self._scale(other, 0.0)

    def _scale(self, link: tuple[str, ...], factor: float) -> None:
        open_ = np.logical_not(self._layout.block(link, self.known))  # type: ignore[arg-type]
        if factor == 0.0:
            self._layout.block(link, self.mean)[open_] = 0.0
        block = self._layout.block(link, self.variance)
        block[open_] = np.maximum(block[open_] * factor, _KNOWN)

    def signs(self, moment: Moment) -> Array:
        """By what the points of each column of a slate are multiplied at a moment, in expectation: a term is turned once."""
        layout = self._layout
        still = np.ones(len(layout.traits) + len(layout.questions))
        for (trait, _, value), log in self.turns.items():
            if value in moment and log > -4.0:
                still[layout.traits.index(trait)] *= 1.0 / (1.0 + math.exp(log))
        return 2.0 * np.concatenate([still[: len(layout.traits)], still[layout.first] * still[layout.second]]) - 1.0

    def compared(self, columns: npt.NDArray[np.intp], weights: Array, floor: float) -> None:
        """w·x > 0, for x with ``weights`` in ``columns``."""
        variance = self.variance[columns]
        spread = math.sqrt(float(weights**2 @ variance) + 1.0)
        margin = float(weights @ self.mean[columns]) / spread
        density = math.exp(-0.5 * margin * margin) / math.sqrt(2 * math.pi)
        mass = floor + (1 - 2 * floor) * 0.5 * math.erfc(-margin / math.sqrt(2))
        pull = (1 - 2 * floor) * density / mass
        self._moved(columns, weights, variance, pull / spread, pull * (pull + margin) / spread**2)

    def measured(self, columns: npt.NDArray[np.intp], weights: Array, value: float, noise: float) -> None:
        """w·x is about ``value``, with variance ``noise``."""
        variance = self.variance[columns]
        total = float(weights**2 @ variance) + noise
        self._moved(columns, weights, variance, (value - float(weights @ self.mean[columns])) / total, 1.0 / total)

    def _moved(self, columns: npt.NDArray[np.intp], weights: Array, variance: Array, pull: float, shrink: float) -> None:
        self.mean[columns] += variance * weights * pull
        self.variance[columns] = np.maximum(variance * (1.0 - np.clip(variance * weights**2 * shrink, 0.0, 0.99)), _KNOWN)

    def drift(self) -> None:
        """About half of what was known may be otherwise now."""
        keep = math.log((1 - DRIFTING) / DRIFTING * (len(_POINTS) - 1))
        for column, votes in self.votes.items():
            most = max(votes.logs)
            votes.logs[:] = [max(log - most, -keep) for log in votes.logs]
            self._keep(column, votes)
        self.mean[~self.known] *= 1 - DRIFTING
        fresh = self._layout.variance[~self.known]
        self.variance[~self.known] = np.where(self.variance[~self.known] > _KNOWN, (self.variance[~self.known] + fresh) / 2, _KNOWN)
        self.turns = {key: max(-2.0, min(1.0, log)) for key, log in self.turns.items()}


class TasteLearner(Learner):
    """See the module. Persons are told apart by the name in the prompt; what several think alike, the next one may think too."""

    def __init__(self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._layout, self._breadth, self._noise = layout_of(level), breadth, noise
        self._drifts = sorted(drifts)
        self._persons: dict[str, Person] = {}
        self._right: dict[str, str] = {}
        """Prompt -> what was said to be right."""
        self._shared: dict[int, Votes] = {}
        """Column -> what the one from whom all siblings have half of their taste would say."""
        self._hint = np.zeros_like(self._layout.variance)

    def see(self, seen: Seen) -> None:
        asked = understand(seen.prompt)
        if self._drifts and len(self.seen) >= self._drifts[0]:
            self._drifts.pop(0)
            self._right.clear()
            for known in self._persons.values():
                known.drift()
        if asked.order:
            return
        person = self._persons.get(asked.person)
        if person is None:
            person = self._persons[asked.person] = Person(self._layout, self._noise)
        columns = _columns(self._layout, seen.prompt)
        names = [thing.name for thing in asked.things]
        if seen.correction in names:
            self._right[seen.prompt] = seen.correction
            self._compare(person, columns, asked, names.index(seen.correction))
        elif seen.reward is not None and seen.answer in names:
            self._reward(person, columns, asked, names.index(seen.answer), seen.reward)
        for reason in opinions(seen.feedback) if seen.answer in names else ():  # else it quotes the agent's own words
            column = person.told(reason, asked.moment)
            if self._breadth > 1:
                self._share(column, person.votes[column])

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        prompt = next(message["content"] for message in conversation if message["role"] == "user")
        asked = understand(prompt)
        names = [thing.name for thing in asked.things]
        if asked.order:
            return max(asked.things, key=lambda thing: _rank(asked, thing.values)).name
        if prompt in self._right and not self._noise:
            return self._right[prompt]
        person = self._persons.get(asked.person)
        if person is None:
            if self._breadth == 1:
                return self.draw(prompt).choice(names)
            person = self._persons[asked.person] = Person(self._layout, self._noise)
        worth, variance = self._believed(person, _columns(self._layout, prompt), asked.moment)
        if not self.frozen:
            draw = self.draw(prompt)
            worth = worth + np.sqrt(variance) * [_normal(draw.uniform(), draw.uniform()) for _ in names]
        return names[int(np.argmax(worth))]

    def _believed(self, person: Person, columns: npt.NDArray[np.intp], moment: Moment) -> tuple[Array, Array]:
        """Mean and variance of the worth of each thing."""
        mean, variance = person.mean[columns], person.variance[columns]
        if self._breadth > 1:
            mean = mean + np.where(person.known[columns], 0.0, self._hint[columns])
        if person.turns:
            mean = mean * person.signs(moment)
        return mean.sum(axis=1), variance.sum(axis=1)

    def _compare(self, person: Person, columns: npt.NDArray[np.intp], asked: Asked, right: int) -> None:
        """The right one is worth more than each of the others."""
        signs = self._signs(person, columns, asked.moment)
        weights = np.concatenate([signs, -signs])
        for place in range(len(columns)):
            if place != right:
                person.compared(np.concatenate([columns[right], columns[place]]), weights, max(self._noise, _DOUBT))

    def _reward(self, person: Person, columns: npt.NDArray[np.intp], asked: Asked, picked: int, reward: float) -> None:
        """The pick is the best, or stands so far above the mean of the slate, or below it."""
        if reward == 1.0:
            self._compare(person, columns, asked, picked)
            return
        signs = self._signs(person, columns, asked.moment)
        share = np.full(len(columns), -1.0 / len(columns))
        share[picked] += 1.0
        flat, weights = columns.ravel(), (share[:, None] * signs).ravel()
        if reward == 0.0:
            person.compared(flat, -weights, max(self._noise, _DOUBT))
        else:
            height = self._layout.lead * math.sqrt(reward)
            person.measured(flat, weights, height, (0.4 * height) ** 2 + 1.0)

    def _signs(self, person: Person, columns: npt.NDArray[np.intp], moment: Moment) -> Array:
        return person.signs(moment) if person.turns else np.ones(columns.shape[1])

    def _share(self, column: int, votes: Votes) -> None:
        """One more person has an opinion of a term: half of them have the common one."""
        common = self._shared.setdefault(column, Votes([0.0] * len(_POINTS)))
        chance = 1.0 / len(_POINTS)
        for place, points in enumerate(_POINTS):
            common.logs[place] += math.log((1 - OWN) * (points == votes.best()) + OWN * chance)
        self._hint[column] = (1 - OWN) * common.moments()[0]


@lru_cache(maxsize=4096)
def _columns(layout: Layout, prompt: str) -> npt.NDArray[np.intp]:
    return layout.columns(understand(prompt))


def _rank(asked: Asked, values: Sequence[str]) -> int:
    """How well a thing does in somebody's order."""
    return SIZE - min(asked.order.index(value) for value in values if value in asked.order)


def _normal(first: float, second: float) -> float:
    """A number of mean 0 and variance 1 (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(2.0 * math.pi * second)
