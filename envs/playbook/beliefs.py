"""What the ideal learner believes of a company: votes for what it was told, limits that it brackets, and what courses mean.

Votes, as one mistaken remark must not settle anything: what was said most counts, and the earliest of equals.
"""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clgym.envs.playbook.cases import Facts, domain, limit_span
from clgym.envs.playbook.induction import Case, Induced
from clgym.envs.playbook.policy import Condition
from clgym.envs.playbook.reading import LIMIT

#: What a vote is worth once a change of policy may have made it stale.
STALE = 0.4
_CODE = re.compile(r"([A-Z])(\d+)([a-c]?)([1-3]?)")


class Votes(Counter[str]):
    """What was said, and how often."""

    @property
    def top(self) -> str:
        """What was said most; "" for nothing."""
        return max(self, key=self.__getitem__) if self else ""

    def age(self) -> None:
        """It may hold no longer."""
        top = self.top
        self.clear()
        if top:
            self[top] = STALE  # type: ignore[assignment]


@dataclass
class Limit:
    """A number that is not said: amounts that were over it, and amounts within it. It lies in [lowest, highest]."""

    lowest: int
    highest: int
    over: list[int] = field(default_factory=list)
    within: list[int] = field(default_factory=list)
    _guess: float | None = None

    def note(self, amount: int, over: bool) -> None:
        insort(self.over if over else self.within, amount)
        self._guess = None

    def between(self) -> tuple[int, int]:
        """The largest amount within it, the smallest over it, as far as limits go; those that contradict each other cancel out."""
        low, high = len(self.within), 0
        while low and high < len(self.over) and self.within[low - 1] >= self.over[high]:
            low, high = low - 1, high + 1
        return max([self.lowest, *self.within[max(0, low - 1) : low]]), min([self.highest + 1, *self.over[high : high + 1]])

    def guess(self) -> float:
        """Half-way, as amounts are told: small ones are as likely as large ones."""
        if self._guess is None:
            low, high = self.between()
            self._guess = (low * high) ** 0.5
        return self._guess


@dataclass
class Known:
    """What is known of a clause: its tests with those of the clauses above it, and what it leads to."""

    said: dict[frozenset[Condition], int] = field(default_factory=dict)
    leads: Votes = field(default_factory=Votes)
    not_to: Votes = field(default_factory=Votes)
    meant: dict[int, str] = field(default_factory=dict)
    """Terms -> the action that it was said to lead to under them."""

    @property
    def outcome(self) -> str:
        """What it leads to, as was said more often than the contrary; "" where nothing is known."""
        best = max(self.leads, key=lambda outcome: self.leads[outcome] - self.not_to[outcome], default="")
        return best if self.leads[best] > self.not_to[best] else ""

    @property
    def tests(self) -> frozenset[Condition] | None:
        """The tests that were said most; ``None`` for none."""
        return max(self.said, key=self.said.__getitem__) if self.said else None


@dataclass
class Part:
    """What is known of one part of the answer (the action, the owner, ...) for one kind of case."""

    clauses: dict[str, Known] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    wrong: list[Case] = field(default_factory=list)
    induced: Induced | None = None
    induced_of: int = 0
    """How many cases ``induced`` was made of."""
    _order: list[str] = field(default_factory=list)

    def known(self, code: str) -> Known:
        if code not in self.clauses:
            self.clauses[code] = Known()
            self._order = sorted(self.clauses, key=order)
        return self.clauses[code]

    def in_order(self) -> Iterator[str]:
        """The codes as a playbook has them."""
        return iter(self._order)


@dataclass
class Desk:
    """What is known of how a company decides one kind of case."""

    key: str
    parts: dict[str, Part] = field(default_factory=lambda: defaultdict(Part))
    means: dict[tuple[int, str], Votes] = field(default_factory=lambda: defaultdict(Votes))
    """(terms, course) -> the action that it stands for."""
    means_not: dict[tuple[int, str], Votes] = field(default_factory=lambda: defaultdict(Votes))
    limits: dict[tuple[str, int], Limit] = field(default_factory=dict)
    """(clause of the list, place of the quantity) -> how much it is."""

    def limit(self, code: str, place: int) -> Limit:
        """The limit of a clause on a quantity."""
        at = root(code), place
        if at not in self.limits:
            self.limits[at] = Limit(*limit_span(domain(self.key).facts[place]))
        return self.limits[at]

    def fits(self, part: Part, code: str, facts: Facts) -> bool:
        """Whether all that a clause and those above it ask for holds, as far as it is known."""
        tests = part.clauses[code].tests
        return tests is not None and all(self.holds(test, code, facts) for test in tests)

    def holds(self, test: Condition, code: str, facts: Facts) -> bool:
        if not is_limit(test):
            return test.holds(facts)
        return (facts[test.place] > self.limit(code, test.place).guess()) == (test.kind == "over")

    def decides(self, name: str, facts: Facts) -> str:
        """The code of the clause that decides a part, as far as clauses are known: exceptions before what they are exceptions to."""
        part = self.parts[name]
        for code in part.in_order():
            if parent(code) or not self.fits(part, code, facts):
                continue
            while True:
                inner = next((c for c in part.in_order() if parent(c) == code and self.fits(part, c, facts)), "")
                if not inner:
                    return code
                code = inner
        return ""

    def note_limits(self, code: str, tests: Iterable[Condition], facts: Facts, met: bool) -> None:
        """That these tests of a clause, where they have a limit, are met or not."""
        for test in tests:
            if is_limit(test) and facts[test.place] >= 0:
                self.limit(code, test.place).note(facts[test.place], (test.kind == "over") == met)

    def note_passed_over(self, name: str, code: str, facts: Facts) -> None:
        """That this clause decides: those that come before it do not fit, and where one limit is all that could be the reason, it is."""
        part = self.parts[name]
        for other in part.in_order():
            if not (parent(other) == code or (not parent(other) and order(other) < order(root(code)))):
                continue
            tests = part.clauses[other].tests or frozenset()
            if parent(other) == code:
                tests -= part.clauses[code].tests or frozenset()  # these hold, as the clause itself decides
            limits = [test for test in tests if is_limit(test)]
            if len(limits) == 1 and all(is_limit(test) or test.holds(facts) for test in tests):
                self.note_limits(other, limits, facts, met=False)

    def age(self) -> None:
        """After a change of policy: what clauses ask for mostly stays, what they lead to may not."""
        for part in self.parts.values():
            part.cases, part.wrong, part.induced, part.induced_of = [], [], None, 0
            for known in part.clauses.values():
                known.not_to.clear()
                known.meant.clear()
                if not known.outcome.startswith("course "):
                    known.leads.age()
        for votes in self.means.values():
            votes.age()
        self.means_not.clear()


@dataclass
class Company:
    """What is known of one company."""

    desks: dict[str, Desk] = field(default_factory=dict)
    roster: dict[tuple[int, str], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """(place of its class, name) -> votes for its class."""

    def desk(self, key: str) -> Desk:
        """That for one kind of case."""
        return self.desks.setdefault(key, Desk(key))

    def class_of(self, place: int, name: str) -> int:
        """The class of a particular; -1 where it is not known."""
        votes = self.roster.get((place, name))
        return max(votes, key=votes.__getitem__) if votes else -1


def is_limit(test: Condition) -> bool:
    """Whether it asks for a limit that nobody says."""
    return test.kind in ("over", "upto") and test.value == LIMIT


def order(code: str) -> tuple[str, int, str, str]:
    """What codes are sorted by: K4, K4a, K4a1, K12."""
    found = _CODE.fullmatch(code)
    return (found[1], int(found[2]), found[3], found[4]) if found else (code, 0, "", "")


def parent(code: str) -> str:
    """K4 of K4a, K4a of K4a1, "" of K4."""
    found = _CODE.fullmatch(code)
    if not found or not found[3]:
        return ""
    return code[:-1]


def root(code: str) -> str:
    """The clause of the list that a code is an exception in: K4 of K4a1."""
    found = _CODE.fullmatch(code)
    return f"{found[1]}{found[2]}" if found else code
