"""One person's taste: points for what a thing is, and rules for when points change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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
        found = traits[POSITION[self.trait]]
        if self.relation == "is":
            return found == self.value
        return (found > self.value) == (self.relation == "above")  # type: ignore[operator]

    def said(self, kind: Kind) -> str:
        """As a clause: "it is smoky", "it costs more than £8 a tin"; of the moment: "on a rainy day"."""
        if self.trait in _MOMENT:
            return OCCASIONS[self.trait].format(self.value)
        shown: str | int = self.value
        if self.relation != "is":
            return kind.phrase(self.trait, f"{'more than' if self.relation == 'above' else 'at most'} {shown}").replace(
                "£more than ", "more than £").replace("£at most ", "at most £")
        return kind.phrase(self.trait, shown)


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
    """Things of which one is a charm and several are too many: ``points`` by how many of the facts hold."""

    facts: tuple[Fact, ...]
    points: tuple[int, ...]

    def count(self, traits: Traits) -> int:
        return sum(fact.holds(traits, ()) for fact in self.facts)


@dataclass(frozen=True)
class Taste:
    """What one person likes: a thing is worth the sum of its points, and the thing with most points is picked."""

    points: Mapping[str, Mapping[str, int]]
    slopes: tuple[Slope, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    turns: tuple[Turn, ...] = ()
    charm: Charm | None = None
    _factors: dict[Moment, dict[str, int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_factors": {}}

    def worth(self, traits: Traits, moment: Moment = ()) -> int:
        """The points of a thing at a moment."""
        factors = self.factors(moment)
        total = self.plain_worth(traits, factors)
        for bonus in self.bonuses:
            if self.applies(bonus, traits, moment):
                total += bonus.points
        if self.charm:
            total += self.charm.points[self.charm.count(traits)]
        return total

    def plain_worth(self, traits: Traits, factors: Mapping[str, int] | None = None) -> int:
        """The points of a thing's single traits, whatever goes together and whatever the moment."""
        total = 0
        for trait, table in self.points.items():
            points = table[traits[POSITION[trait]]]  # type: ignore[index]
            total += points * factors[trait] if factors and trait in factors else points
        for slope in self.slopes:
            total += slope.worth(traits)
        return total

    def factors(self, moment: Moment) -> Mapping[str, int]:
        """By what the points of traits are multiplied at a moment."""
        found = self._factors.get(moment)
        if found is None:
            found = self._factors[moment] = {turn.trait: turn.factor for turn in self.turns if self.turned(turn, moment)}
        return found

    @staticmethod
    def turned(turn: Turn, moment: Moment) -> bool:
        return turn.when.holds((), moment) and not (turn.unless and turn.unless.holds((), moment))

    @staticmethod
    def applies(bonus: Bonus, traits: Traits, moment: Moment) -> bool:
        if bonus.unless and bonus.unless.holds(traits, moment):
            return False
        for fact in bonus.facts:  # noqa: SIM110 - a loop is faster here
            if not fact.holds(traits, moment):
                return False
        return True


class Reason(NamedTuple):
    """Why a thing pleases or not: points and a clause ("it is smoky")."""

    points: int
    clause: str


def reasons(taste: Taste, kind: Kind, traits: Traits, moment: Moment) -> list[Reason]:
    """What speaks for and against a thing, weightiest first."""
    found = [Reason(*pair) for pair in _single(taste, kind, traits, moment)]
    for slope in taste.slopes:
        middle = NUMBERS[slope.trait][len(NUMBERS[slope.trait]) // 2]
        usual = slope.worth([middle] * len(POSITION))
        found.append(Reason(slope.worth(traits) - usual, kind.phrase(slope.trait, traits[POSITION[slope.trait]])))
    for bonus in taste.bonuses:
        if taste.applies(bonus, traits, moment):
            found.append(Reason(bonus.points, clause(bonus.facts, kind)))
    if taste.charm and taste.charm.count(traits):
        held = tuple(fact for fact in taste.charm.facts if fact.holds(traits, moment))
        found.append(Reason(taste.charm.points[len(held)], clause(held, kind)))
    return sorted((reason for reason in found if reason.points), key=lambda reason: -abs(reason.points))


def _single(taste: Taste, kind: Kind, traits: Traits, moment: Moment) -> list[tuple[int, str]]:
    factors = taste.factors(moment)
    turned = {turn.trait: turn for turn in taste.turns if taste.turned(turn, moment)}
    found = []
    for trait, table in taste.points.items():
        value = traits[POSITION[trait]]
        points, said = table[value] * factors.get(trait, 1), kind.phrase(trait, value)  # type: ignore[index]
        found.append((points, f"{said}, {turned[trait].when.said(kind)}" if trait in turned else said))
    return found


def clause(facts: Sequence[Fact], kind: Kind) -> str:
    """Facts in one clause, the moment last: "it is smoky and it costs at most £8 a tin on a rainy day"."""
    of_thing = [fact.said(kind) for fact in facts if fact.trait not in _MOMENT]
    of_moment = [fact.said(kind) for fact in facts if fact.trait in _MOMENT]
    listed = of_thing[0] if len(of_thing) == 1 else ", ".join(of_thing[:-1]) + " and " + of_thing[-1]
    return ", ".join([listed, *of_moment])
