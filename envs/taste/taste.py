"""One person's taste: points for what a thing is, for what comes together in it, and moments that turn points round.

Everything that a person thinks is a *term*: a value ("smoky"), or two values of two traits that are linked in that person's mind
("smoky" and "two sisters"; "smoky" and "rainy"). The catalogue from which tastes are drawn is the data of this module, and the
ideal learner reads it too.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.taste.words import MOMENT, POSITION, moment_of, trait_of, traits_of
from clgym.seeding import Draw

#: Points of an opinion by its strength: slight, plain, strong.
STRENGTHS = (3, 6, 10)
#: How many pairs of traits are linked, by level: two traits of things, and a trait with a question of the moment.
LINKS = ((0, 0), (3, 0), (4, 3), (8, 4))
#: How many traits are turned round at some moment, by level.
TURNS = (0, 0, 1, 2)

#: A value, or two values of linked traits in the order of the traits.
Term = tuple[str, ...]
#: The values of the moment in the order of their questions, or nothing.
Moment = tuple[str, ...]


class Turn(NamedTuple):
    """At a moment of which ``value`` is true the points of all terms with a value of a trait have the opposite sign."""

    trait: str
    question: str
    value: str


class Reason(NamedTuple):
    """What speaks for a thing or against it: points, the term, and the turn that made it what it is now."""

    points: int
    term: Term
    turn: Turn | None = None


def frequencies(level: int, traits: Sequence[str]) -> tuple[int, int, int]:
    """How frequent slight, plain and strong opinions are about terms of these traits: where traits are linked, the links weigh most."""
    return (1, 1, 1) if len(traits) == 2 or level == 0 else (5, 1, 0)


def possible_links(level: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Pairs of traits that may be linked: two traits of things, and a trait with a question of the moment."""
    traits = traits_of(level)
    return list(combinations(traits, 2)), [(trait, question) for trait in traits for question in moment_of(level)]


@dataclass(frozen=True)
class Taste(PickleFieldsOnly):
    """What one person likes: a thing is worth the sum of its points, and what has most is best.

    ``links`` are pairs of traits; ``points`` has every term: all values, and all pairs of values of linked traits.
    """

    points: Mapping[Term, int]
    links: tuple[tuple[str, str], ...] = ()
    turns: tuple[Turn, ...] = ()

    @functools.cached_property
    def _linked(self) -> tuple[tuple[int, int], ...]:
        return tuple((POSITION[first], POSITION[second]) for first, second in self.links)

    @functools.cached_property
    def _turned(self) -> dict[Moment, tuple[Turn, ...]]:
        """The turns that are on at the moments that were asked about so far."""
        return {}

    def worth(self, values: Sequence[str], moment: Moment = ()) -> int:
        """The points of a thing at a moment: the sum of its :meth:`reasons`, in a fifth of the time."""
        points, total = self.points, 0
        off = {POSITION[turn.trait] for turn in self._on(moment)} if self.turns else ()
        for place, value in enumerate(values):
            total += -points[value,] if place in off else points[value,]
        for first, second in self._linked:
            found = points[values[first], moment[second - _THINGS] if second >= _THINGS else values[second]]
            total += -found if first in off or second in off else found
        return total

    def _on(self, moment: Moment) -> tuple[Turn, ...]:
        found = self._turned.get(moment)
        if found is None:
            found = self._turned[moment] = tuple(turn for turn in self.turns if turn.value in moment)
        return found

    def reasons(self, values: Sequence[str], moment: Moment = ()) -> list[Reason]:
        """All that speaks for a thing or against it at a moment."""
        found = [Reason(self.points[value,], (value,)) for value in values]
        for first, second in self._linked:
            term = (values[first], moment[second - _THINGS] if second >= _THINGS else values[second])
            found.append(Reason(self.points[term], term))
        turns = self._on(moment)
        return [_as_turned(reason, turns) for reason in found] if turns else found


def _as_turned(reason: Reason, turns: Sequence[Turn]) -> Reason:
    """A reason as it is where these turns are on; one that two of them concern is turned once."""
    turn = next((turn for turn in turns if any(trait_of()[value] == turn.trait for value in reason.term)), None)
    return Reason(-reason.points, reason.term, turn) if turn else reason


_THINGS = len(POSITION) - len(MOMENT)

#: The values that occur in a world, by trait; the first is met most often.
Vocabulary = Mapping[str, tuple[str, ...]]


def draw_taste(draw: Draw, vocabulary: Vocabulary, level: int) -> Taste:
    """One person's taste."""
    within, beyond = possible_links(level)
    links = (*draw.sample(within, LINKS[level][0]), *draw.sample(beyond, LINKS[level][1]))
    questions = draw.shuffled(moment_of(level))
    turns = tuple(
        Turn(trait, question, draw.choice(MOMENT[question]))
        for trait, question in zip(draw.sample(traits_of(level), TURNS[level]), questions)
    )
    return Taste(dict(value_points(draw, vocabulary, level)) | dict(pair_points(draw, vocabulary, links)), links, turns)


def value_points(draw: Draw, vocabulary: Vocabulary, level: int) -> Iterator[tuple[Term, int]]:
    """Points of every value. As many of a trait are liked as are disliked, and any of them may be any of these."""
    for trait in traits_of(level):
        values = vocabulary[trait]
        grades = [points for points, count in zip(STRENGTHS, frequencies(level, (trait,))) for _ in range(count)]
        deck = [sign * grade for grade in grades for sign in (1, -1)]
        whole, rest = divmod(len(values), len(deck))
        yield from zip([(value,) for value in values], draw.shuffled(deck * whole + draw.sample(deck, rest)))


def pair_points(draw: Draw, vocabulary: Vocabulary, links: Sequence[tuple[str, str]]) -> Iterator[tuple[Term, int]]:
    """Points of every pair of values of linked traits."""
    for first, second in links:
        for one in vocabulary[first]:
            for other in MOMENT.get(second) or vocabulary[second]:
                yield (one, other), draw.choice(STRENGTHS) * draw.choice((-1, 1))


def deciders(taste: Taste, slate: Sequence[Sequence[str]], moment: Moment) -> frozenset[str]:
    """What decides a slate: each term and turn without which another thing would be best; where none is alone, the best one's strongest."""
    reasons = [taste.reasons(values, moment) for values in slate]
    worth = [sum(reason.points for reason in each) for each in reasons]
    best = worth.index(max(worth))
    lead = worth[best] - max(points for place, points in enumerate(worth) if place != best)
    terms = [reason.term for reason in reasons[best] if reason.points > lead]
    for place, each in enumerate(reasons):
        if place != best:
            terms += [reason.term for reason in each if worth[place] - reason.points > worth[best]]
    names = {" + ".join(term) for term in terms or [max(reasons[best])[1]]}
    for turn in taste.turns:
        if turn.value in moment and _best_without(taste, turn, slate, moment) != best:
            names.add(" / ".join(turn))
    return frozenset(names)


def _best_without(taste: Taste, turn: Turn, slate: Sequence[Sequence[str]], moment: Moment) -> int:
    calmer = replace(taste, turns=tuple(other for other in taste.turns if other != turn))
    worth = [calmer.worth(values, moment) for values in slate]
    return worth.index(max(worth))
