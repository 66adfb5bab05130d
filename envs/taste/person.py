"""One person's taste: points for what a thing is, and rules for when points change."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.taste.kinds import MOMENT, NUMBERS, OCCASIONS, POSITION, Kind

#: The moment of a choice: the values of :data:`~clgym.envs.taste.kinds.MOMENT` in its order, or nothing.
Moment = tuple[str, ...]
Traits = Sequence["str | int"]

_MOMENT = {question: place for place, question in enumerate(MOMENT)}


class Fact(NamedTuple):
    """Something that holds of a thing or of the moment: a trait "is" a value, or a number is "above" or "up to" one."""

    trait: str
    relation: str
    value: str | int

    def holds(self, traits: Traits, moment: Moment) -> bool:
        if self.trait in _MOMENT:
            return bool(moment) and moment[_MOMENT[self.trait]] == self.value
        value = traits[POSITION[self.trait]]
        if self.relation == "is":
            return value == self.value
        return (value > self.value) == (self.relation == "above")  # type: ignore[operator]

    def values(self) -> frozenset[str | int]:
        """The values of its trait of which it holds."""
        if self.relation == "is":
            return frozenset((self.value,))
        above = self.relation == "above"
        return frozenset(number for number in NUMBERS[self.trait] if (number > self.value) == above)  # type: ignore[operator]

    def clause(self, kind: Kind) -> str:
        """As a clause: "it is smoky", "it costs more than £8 a tin"; of the moment: "on a rainy day", "when I am tired"."""
        if self.trait in _MOMENT:
            return OCCASIONS[self.trait].format(self.value).replace("when ", "when I am ")
        if self.relation == "is":
            return kind.phrase(self.trait, self.value)
        limit = "more than" if self.relation == "above" else "at most"
        return kind.phrase(self.trait, f"{limit} {self.value}").replace(f"£{limit} ", f"{limit} £")


class Slope(NamedTuple):
    """A number that earns ``points`` for every full ``step`` up to ``cap``, and loses them again above it."""

    trait: str
    points: int
    step: int
    cap: int

    def worth(self, traits: Traits) -> int:
        number = traits[POSITION[self.trait]]
        assert isinstance(number, int)
        return self.points * (min(number, self.cap) // self.step - max(0, number - self.cap) // self.step)


class Bonus(NamedTuple):
    """Points for a thing of which all ``facts`` hold, at a moment at which ``unless`` does not."""

    points: int
    facts: tuple[Fact, ...]
    unless: Fact | None = None


class Turn(NamedTuple):
    """At some moments the points of one trait are multiplied: by -1 (turned round), 0 (of no account) or 2."""

    trait: str
    factor: int
    when: Fact
    unless: Fact | None = None


class Charm(NamedTuple):
    """Values that charm in small numbers: ``points`` by how many of the facts (all of them "is") hold."""

    facts: tuple[Fact, ...]
    points: tuple[int, ...]

    def count(self, traits: Traits) -> int:
        count = 0
        for fact in self.facts:
            count += traits[POSITION[fact.trait]] == fact.value
        return count


class Together(NamedTuple):
    """A bonus as it is counted: points where the traits at two places are among these values."""

    points: int
    first: int
    firsts: frozenset[str | int]
    second: int
    seconds: frozenset[str | int]


class View(NamedTuple):
    """A taste at one moment, as it is counted: points by trait and value, points for two traits together."""

    tables: tuple[tuple[int, Mapping[str | int, int]], ...]
    together: tuple[Together, ...]


@dataclass(frozen=True)
class Taste(PickleFieldsOnly):
    """What one person likes: a thing is worth the sum of its points, and the thing with most points is picked."""

    points: Mapping[str, Mapping[str, int]]
    slopes: tuple[Slope, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    turns: tuple[Turn, ...] = ()
    charm: Charm | None = None

    @functools.cached_property
    def _views(self) -> dict[Moment | None, View]:
        """The taste at the moments that were asked about so far."""
        return {}

    def worth(self, traits: Traits, moment: Moment = ()) -> int:
        """The points of a thing at a moment."""
        view = self._views.get(moment) or self._view(moment)
        total = 0
        for place, table in view.tables:
            total += table[traits[place]]
        for points, first, firsts, second, seconds in view.together:
            if traits[first] in firsts and traits[second] in seconds:
                total += points
        if self.charm:
            total += self.charm.points[self.charm.count(traits)]
        return total

    def plain_worth(self, traits: Traits) -> int:
        """The points of a thing's single traits, whatever goes together and whatever the moment."""
        view = self._views.get(None) or self._view(None)
        total = 0
        for place, table in view.tables:
            total += table[traits[place]]
        return total

    def factors(self, moment: Moment) -> Mapping[str, int]:
        """By what the points of traits are multiplied at a moment."""
        return {turn.trait: turn.factor for turn in self.turns if self.turned(turn, moment)}

    @staticmethod
    def turned(turn: Turn, moment: Moment) -> bool:
        """Whether a turn is on at a moment."""
        return turn.when.holds((), moment) and not (turn.unless and turn.unless.holds((), moment))

    @staticmethod
    def applies(bonus: Bonus, traits: Traits, moment: Moment) -> bool:
        """Whether a thing earns a bonus at a moment."""
        return all(fact.holds(traits, moment) for fact in bonus.facts) and not (bonus.unless and bonus.unless.holds(traits, moment))

    def _view(self, moment: Moment | None) -> View:
        """All points at a moment; ``None`` leaves out what goes together and the moment."""
        now = moment or ()
        factors = self.factors(now)
        tables: dict[str, dict[str | int, int]] = {
            trait: {value: points * factors.get(trait, 1) for value, points in table.items()}
            for trait, table in self.points.items()
        }
        for slope in self.slopes:
            tables[slope.trait] = {number: slope.worth([number] * len(POSITION)) for number in NUMBERS[slope.trait]}
        together = []
        for bonus in self.bonuses if moment is not None else ():
            facts = [fact for fact in bonus.facts if fact.trait not in _MOMENT]
            of_moment = [fact for fact in bonus.facts if fact.trait in _MOMENT]
            if all(fact.holds((), now) for fact in of_moment) and not (bonus.unless and bonus.unless.holds((), now)):
                together.append(_together(bonus.points, facts[0], facts[-1]))
        view = View(tuple((POSITION[trait], table) for trait, table in tables.items()), tuple(together))
        self._views[moment] = view
        return view


def _together(points: int, first: Fact, second: Fact) -> Together:
    return Together(points, POSITION[first.trait], first.values(), POSITION[second.trait], second.values())


class Reason(NamedTuple):
    """Why a thing pleases or not: points and a clause ("it is smoky")."""

    points: float
    clause: str


def reasons(taste: Taste, kind: Kind, traits: Traits, moment: Moment, slate: Sequence[Traits]) -> list[Reason]:
    """What speaks for and against a thing, weightiest first; its numbers are seen beside those of its slate."""
    collected = [Reason(*pair) for pair in _single(taste, kind, traits, moment)]
    for slope in taste.slopes:
        usual = sum(map(slope.worth, slate)) / len(slate)
        collected.append(Reason(slope.worth(traits) - usual, kind.phrase(slope.trait, traits[POSITION[slope.trait]])))
    for bonus in taste.bonuses:
        if taste.applies(bonus, traits, moment):
            collected.append(Reason(bonus.points, clause(bonus.facts, kind)))
    if taste.charm and taste.charm.count(traits):
        held = tuple(fact for fact in taste.charm.facts if fact.holds(traits, moment))
        collected.append(Reason(taste.charm.points[len(held)], clause(held, kind)))
    return sorted((reason for reason in _summed(collected) if reason.points), key=lambda reason: -abs(reason.points))


def _summed(collected: Sequence[Reason]) -> list[Reason]:
    """The reasons with equal clauses as one: nobody likes and minds the same words of one thing."""
    points: dict[str, float] = {}
    for reason in collected:
        points[reason.clause] = points.get(reason.clause, 0) + reason.points
    return [Reason(total, wording) for wording, total in points.items()]


def _single(taste: Taste, kind: Kind, traits: Traits, moment: Moment) -> list[tuple[int, str]]:
    factors = taste.factors(moment)
    turned = {turn.trait: turn for turn in taste.turns if taste.turned(turn, moment)}
    clauses = []
    for trait, table in taste.points.items():
        value = traits[POSITION[trait]]
        points, wording = table[value] * factors.get(trait, 1), kind.phrase(trait, value)  # type: ignore[index]
        if trait in turned:
            wording += f" ({turned[trait].when.clause(kind)} I see that differently)"
        clauses.append((points, wording))
    return clauses


def clause(facts: Sequence[Fact], kind: Kind) -> str:
    """Facts in one clause: "it is smoky and it costs at most £8 a tin (both together)", "it is dry (on a rainy day that matters)"."""
    of_thing = [fact.clause(kind) for fact in facts if fact.trait not in _MOMENT]
    of_moment = [fact.clause(kind) for fact in facts if fact.trait in _MOMENT]
    listed = of_thing[0] if len(of_thing) == 1 else ", ".join(of_thing[:-1]) + " and " + of_thing[-1]
    if of_moment:
        return f"{listed} ({' and '.join(of_moment)} that matters)"
    return listed + {1: "", 2: " (both together)"}.get(len(of_thing), " (all together)")
