"""One company as a world of cases."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Misled, Query
from clgym.envs.playbook import feedback, judge
from clgym.envs.playbook.cases import DOMAINS
from clgym.envs.playbook.drawing import Numbering, Shape, draw_book, drifted, sibling_of
from clgym.envs.playbook.policy import paths, rule_lines, rules_of
from clgym.envs.playbook.prompts import HOW_TO_READ, NAME_PARTS
from clgym.envs.playbook.roster import CLIENT, FIRST, KINDS, Roster, draw_roster, roster_lines, roster_rules, sibling_roster
from clgym.envs.playbook.tasks import Company, Payload, Tasks, differs
from clgym.seeding import Draw, Seed
from clgym.text.names import invented

#: The size of a book by level, and that of another company's book, which the guard shows in full.
SHAPES = (
    Shape(attributes=3, quantities=0, values=4, deciding=2, actions=4, clauses=4, modulus=5),
    Shape(
        attributes=4, quantities=1, values=4, deciding=4, actions=5, clauses=6, exceptions=3, pairs=0.4, limits=2, roster=(40, 0, 0)
    ),
    Shape(
        attributes=4,
        quantities=2,
        values=4,
        deciding=4,
        actions=5,
        clauses=6,
        exceptions=3,
        pairs=0.4,
        limits=2,
        fields=3,
        roster=(100, 75, 75),
    ),
    Shape(
        attributes=5,
        quantities=3,
        values=4,
        deciding=5,
        actions=5,
        clauses=6,
        exceptions=2,
        nested=1,
        pairs=0.5,
        limits=2,
        fields=3,
        compares=True,
        roster=(480, 360, 360),
    ),
)
RIVAL_SHAPES = (SHAPES[0], *(replace(shape, clauses=5, exceptions=1, nested=0, limits=1, roster=(0, 0, 0)) for shape in SHAPES[1:]))
#: How many kinds of case a company decides.
BREADTH = (1, 1, 1, 3)
#: How many other companies the guard draws from.
RIVALS = 3

#: The highest mean reward of who knows nothing, by level, with what chance adds in a few dozen queries.
_FLOORS = (0.38, 0.28, 0.24, 0.2)
_CLAUSE_FLOORS = (0.38, 0.22, 0.2, 0.2)


@dataclass(frozen=True)
class PlaybookWorld(LazyWorld):
    """One company at one level, as it was founded and as it decides now. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    founded: Company
    company: Company
    rival_seed: Seed

    family = "CL-Playbook-v0"
    parts = ("action", "owner", "deadline", "code", "clause")

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return self._tasks.sizes

    @property
    def name(self) -> str:  # type: ignore[override]
        """The company's name."""
        return self.company.name

    @functools.cached_property
    def _tasks(self) -> Tasks:
        rivals = functools.partial(_rivals, self.rival_seed, self.level, self.company)
        return Tasks(self.seed, self.level, self.founded, self.company, rivals)

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(query.id, query.payload, answer)

    def solve(self, query: Query) -> str:
        return str(query.payload.right)

    def rulebook(self) -> str:
        lines = [f"This is how {self.name} decides. {HOW_TO_READ}"]
        for book in self.company.books:
            lines += [f"Cases of the {book.domain.desk}, by {'course' if book.terms else 'action'}:", *rule_lines(book)]
        lines += roster_lines(self.company.roster)
        return "\n".join(lines)

    def rules(self) -> frozenset[str]:
        lists = (rule for book in self.company.books for rule in rules_of(book))
        return frozenset((*lists, *roster_rules(self.company.roster)))

    def drifted(self, seed: Seed) -> PlaybookWorld:
        books = tuple(drifted(book, seed) for book in self.company.books)
        return replace(self, company=self.company._replace(books=books), rival_seed=seed)

    def floor(self, pool: str) -> float:
        return (_CLAUSE_FLOORS if pool == "transfer/why" else _FLOORS)[self.level]

    def deciders(self, query: Query) -> frozenset[str]:
        """The clauses and exceptions that decide, what the course means, and the arrangements with those concerned, by desk; none for another
        company's case.
        """
        payload: Payload = query.payload
        if payload.company != self.name:
            return frozenset()
        book, facts = payload.book, payload.facts
        path = book.action(facts)
        ways, particulars = [path], set[int]()
        if payload.kind != "clause" and book.terms:
            particulars.add(CLIENT)
        if payload.kind == "line":
            ways += [book.field(field, facts) for field in book.fields]
            # Where a list asks for a class before it comes to the clause that decides, the class has to be known.
            for field, way in zip(book.fields, ways[1:]):
                asked = field.clauses[: field.clauses.index(way[0]) + 1]
                particulars |= {test.place for clause in asked for test in clause.tests if test.place >= FIRST}
        names = {f"{book.key} {clause.code}" for way in ways for clause in way}
        names |= {f"{KINDS[place - FIRST].key} {payload.mentions[place - FIRST]}" for place in particulars}
        if CLIENT in particulars:
            names.add(f"{book.key} {path[-1].outcome} on terms {facts[CLIENT]}")
        return frozenset(names)

    def sibling(self, seed: Seed) -> PlaybookWorld:
        """Another company with the same desks, words and names in its roster, and about half of the clauses and arrangements."""
        draw, numbering, roster = seed.draw("company"), Numbering(seed.draw("codes")), self.founded.roster
        roster = sibling_roster(roster, seed.draw("roster"))
        shape = SHAPES[self.level]
        books = tuple(sibling_of(book, seed.child("book", book.key), shape, numbering, roster) for book in self.founded.books)
        company = Company(_company_name(draw), books, roster)
        return PlaybookWorld(seed, self.level, company, company, seed)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """A colleague who mixes something up: what is said of the case is in the case, what is made of it is wrong."""
        said = super().mislead(query, answer, grade, right, draw)
        payload: Payload = query.payload
        praised, client = said.grade.outcome == "correct", payload.mentions[0] if payload.book.terms else ""
        told = feedback.mistaken(draw, payload.book, payload.facts, client, answer, praised, said.right)
        return said._replace(grade=replace(said.grade, feedback=told))

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Payload = query.payload
        if payload.kind == "clause":
            return draw.choice([path[-1].code for path in paths(payload.book.clauses)])
        return "; ".join(map(draw.choice, (payload.book.actions, *(field.choices for field in payload.book.fields))))

    def habit(self, query: Query) -> str:
        """Always the first choice of every list; where a clause is asked for, the first clause."""
        payload: Payload = query.payload
        if payload.kind == "clause":
            return payload.book.clauses[0].code
        return "; ".join((payload.book.actions[0], *(field.choices[0] for field in payload.book.fields)))


def draw_world(seed: Seed, level: int) -> PlaybookWorld:
    """Draw the company. Those that the guard compares it with are drawn when it is first asked."""
    draw, numbering, shape = seed.draw("company"), Numbering(seed.draw("codes")), SHAPES[level]
    keys = draw.sample(DOMAINS, BREADTH[level])
    roster = draw_roster(seed.draw("roster"), shape.roster)
    books = tuple(draw_book(seed.child("book", key), key, shape, numbering, roster) for key in keys)
    company = Company(_company_name(draw), books, roster)
    return PlaybookWorld(seed, level, company, company, seed)


def _rivals(seed: Seed, level: int, company: Company) -> tuple[Company, ...]:
    """The companies that the guard draws from; each decides some case of every action otherwise. They have no roster of their own."""
    made: list[Company] = []
    attempt = 0
    while len(made) < RIVALS:
        draw = seed.draw("rival", attempt)
        own = company.books[len(made) % len(company.books)]
        book = draw_book(seed.child("rival", attempt), own.key, RIVAL_SHAPES[level], Numbering(draw), Roster(), like=own)
        name = _company_name(draw)
        if differs(book, own, company.roster, draw) and name not in (company.name, *(rival.name for rival in made)):
            made.append(Company(name, (book,)))
        attempt += 1
    return tuple(made)


def _company_name(draw: Draw) -> str:
    return invented(draw, *NAME_PARTS)
