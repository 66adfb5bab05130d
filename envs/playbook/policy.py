"""A playbook: decision lists whose clauses have exceptions, and those exceptions of their own.

The first clause of a list that fits decides, unless one of its exceptions fits: then the first of these decides, unless one of
its own exceptions fits, and so on. The last clause of a list always fits, or some clause does, as there is one for every class of a particular.

Where a company has a roster, clauses do not lead to an action but to a course, and the client's terms say what action a course stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clgym.envs.playbook.cases import Domain, Facts, domain
from clgym.envs.playbook.roster import CLIENT, class_says

#: The place of the action in the facts that the lists for owner, deadline and code look at: behind all others.
ACTION = -1


class Condition(NamedTuple):
    """One condition: ``kind`` is "is", "over", "upto" (a number or a value), "more" or "notmore" (than another quantity)."""

    kind: str
    place: int
    value: int

    @property
    def places(self) -> tuple[int, ...]:
        """The facts it looks at."""
        return (self.place, self.value) if self.kind in ("more", "notmore") else (self.place,)

    def holds(self, facts: Facts) -> bool:
        """Whether the facts meet it."""
        kind, place, value = self
        if kind == "is":
            return facts[place] == value
        if kind == "over":
            return facts[place] > value
        if kind == "upto":
            return facts[place] <= value
        return (facts[place] > facts[value]) == (kind == "more")


class Clause(NamedTuple):
    """A clause or an exception: it fits where all its tests hold. ``code`` is its public name."""

    code: str
    tests: tuple[Condition, ...]
    outcome: str
    exceptions: tuple[Clause, ...] = ()

    def fits(self, facts: Facts) -> bool:
        """Whether all tests hold."""
        for test in self.tests:  # noqa: SIM110 - a loop is faster here, and every query is searched for with it
            if not test.holds(facts):
                return False
        return True


#: From a clause of the list down to the exception that decides.
Path = tuple[Clause, ...]


def decide(clauses: Sequence[Clause], facts: Facts) -> Path:
    """The clause that decides, behind those whose exception it is."""
    path: list[Clause] = []
    level: Sequence[Clause] = clauses
    while level:
        for clause in level:
            if clause.fits(facts):
                path.append(clause)
                level = clause.exceptions
                break
        else:
            break
    return tuple(path)


def paths(clauses: Sequence[Clause], above: Path = ()) -> Iterator[Path]:
    """Every clause and exception, each behind those whose exception it is."""
    for clause in clauses:
        yield (*above, clause)
        yield from paths(clause.exceptions, (*above, clause))


class Field(NamedTuple):
    """What is answered beside the action: "owner", "deadline" or "code", its choices in public order, its list."""

    name: str
    choices: tuple[str, ...]
    clauses: tuple[Clause, ...]


class Book(NamedTuple):
    """How one company decides one kind of case.

    ``values`` are the values that occur, by place: of an attribute the values, of a quantity its two ends. ``deciding`` are the attributes that
    clauses ask for: combinations of them whose sum, with the client's rank, is ``residue`` modulo ``modulus`` are held out of the learn pool.
    ``terms`` has for each class of clients the actions that courses stand for, all of them in some order; none where clauses lead to actions.
    """

    key: str
    values: tuple[tuple[int, tuple[int, ...]], ...]
    actions: tuple[str, ...]
    clauses: tuple[Clause, ...]
    fields: tuple[Field, ...]
    modulus: int
    residue: int
    deciding: tuple[int, ...] = ()
    terms: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @property
    def domain(self) -> Domain:
        """The kind of case."""
        return domain(self.key)

    def action(self, facts: Facts) -> Path:
        """The clauses that lead to the action."""
        return decide(self.clauses, facts)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What clauses lead to: an action, or where there are terms a course."""
        return tuple(f"course {number}" for number, _ in enumerate(self.actions, 1)) if self.terms else self.actions

    def meaning(self, outcome: str, facts: Facts) -> str:
        """The action that an outcome stands for."""
        return dict(self.terms)[facts[CLIENT]][self.outcomes.index(outcome)] if self.terms else outcome

    def outcome(self, action: str, facts: Facts) -> str:
        """The other way round: what a clause has to lead to, so that this is the action."""
        return self.outcomes[dict(self.terms)[facts[CLIENT]].index(action)] if self.terms else action

    def decision(self, facts: Facts) -> str:
        """The right action."""
        return self.meaning(self.action(facts)[-1].outcome, facts)

    def field(self, field: Field, facts: Facts) -> Path:
        """The clauses that lead to the owner, deadline or code."""
        return decide(field.clauses, (*facts, self.actions.index(self.decision(facts))))

    def held_out(self, facts: Facts, client: int = 0) -> bool:
        """Whether this combination of deciding attributes and client (its rank) is kept for evaluation."""
        return (sum(facts[place] for place in self.deciding) + client) % self.modulus == self.residue

    def says(self, test: Condition) -> str:
        """A test as a clause of a sentence: "the price is over 100 euros"."""
        kind, place, value = test
        if place == ACTION:
            return f"the action is {self.actions[value]}"
        about = self.domain
        if kind in ("more", "notmore"):
            return about.comparison.more if kind == "more" else about.comparison.not_more
        return about.says(place, value) if kind == "is" else about.facts[place].says[1 if kind == "over" else 2].format(n=value)

    def hints(self, test: Condition) -> str:
        """The same as a colleague says it, who does not say how much a limit is: "the price is over the limit"."""
        if test.kind in ("over", "upto"):
            return self.domain.facts[test.place].says[3 if test.kind == "over" else 4]
        return self.says(test)

    def condition(self, clause: Clause) -> str:
        """What a clause asks for: "the customer is new and it is damaged"; "" where it asks for nothing."""
        return " and ".join(map(self.says, clause.tests))


def rule_lines(book: Book) -> list[str]:
    """The rules of a book in plain English, one line each."""
    lines = list(_lines(book, book.clauses))
    for value, actions in book.terms:
        meanings = ", ".join(f"{course} means {action}" for course, action in zip(book.outcomes, actions))
        lines.append(f"If {class_says(CLIENT, value)}, {meanings}.")
    for field in book.fields:
        lines += [f"The {field.name}, by the first clause that fits:", *_lines(book, field.clauses)]
    return lines


def _lines(book: Book, clauses: Sequence[Clause]) -> Iterator[str]:
    for path in paths(clauses):
        clause, condition = path[-1], book.condition(path[-1])
        if len(path) > 1:
            yield f"{'  ' * (len(path) - 1)}{clause.code}, an exception to {path[-2].code}: if {condition}: {clause.outcome}."
        else:
            yield f"{clause.code}: {f'if {condition}' if condition else 'in every other case'}: {clause.outcome}."


def rules_of(book: Book) -> Iterator[str]:
    """Each rule as a string that is equal in two books where the rule is."""
    for name, clauses in (("action", book.clauses), *((field.name, field.clauses) for field in book.fields)):
        for path in paths(clauses):
            condition = " unless ".join(book.condition(clause) for clause in path)
            yield f"{book.key}, {name}: {condition or 'otherwise'}: {path[-1].outcome}"
    for value, actions in book.terms:
        yield f"{book.key}, {class_says(CLIENT, value)}: {', '.join(actions)}"
