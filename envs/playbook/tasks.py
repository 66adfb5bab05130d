"""The queries of one world: a pure function of (pool, index), each with what its grader needs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from clgym.core import Query
from clgym.envs.playbook import prompts
from clgym.envs.playbook.cases import Facts, listed, tell
from clgym.envs.playbook.drawing import find_case
from clgym.envs.playbook.feedback import Mistake, Reason, action_reason, mistake, reason
from clgym.envs.playbook.policy import Book, Path, paths, rule_lines
from clgym.envs.playbook.roster import FIRST, Mention, Roster
from clgym.seeding import Draw, Seed
from clgym.text.english import capital

T = TypeVar("T")

#: How many queries ``learn`` has, by level, and each other pool.
LEARN = (2_400, 2_400, 4_800, 12_000)
OTHERS = {"eval": 320, "transfer/german": 320, "transfer/why": 320, "guard": 320}


class Payload(NamedTuple):
    """What the grader needs: whether an action, a line or a clause is wanted, whose book, which case, and the right answer.

    ``names`` are the parts of a line and ``wanted`` the right ones in small letters. ``why`` is the reason for the action,
    ``reasons`` those for the other parts of a line, ``mistakes`` has every wrong action, ``mentions`` the client, supplier and office.
    They are worked out once, as grading is done on every step.
    """

    kind: str
    company: str
    book: Book
    facts: Facts
    right: str
    names: tuple[str, ...]
    wanted: tuple[str, ...]
    why: Reason
    reasons: tuple[Reason, ...]
    mistakes: tuple[Mistake, ...]
    mentions: tuple[str, ...] = ()


class Company(NamedTuple):
    """A name, a book for each kind of case, and the clients, suppliers and offices that it deals with."""

    name: str
    books: tuple[Book, ...]
    roster: Roster = Roster()


def payload_for(kind: str, company: str, book: Book, facts: Facts, mentions: tuple[str, ...] = ("",)) -> Payload:
    """A case with all that the playbook says about it: an action, a line or the code of the clause."""
    path, action = book.action(facts), book.decision(facts)
    ways = [book.field(field, facts) for field in book.fields] if kind == "line" else []
    parts = [path[-1].code] if kind == "clause" else [action, *(way[-1].outcome for way in ways)]
    mistakes = () if kind == "clause" else tuple(mistake(book, path, facts, other) for other in book.actions if other != action)
    names = ("action", *(field.name for field in book.fields))
    return Payload(
        kind,
        company,
        book,
        facts,
        "; ".join(parts),
        names,
        tuple(part.casefold() for part in parts),
        reason(book, path) if kind == "clause" else action_reason(book, path, facts, mentions[0]),
        tuple(reason(book, way) for way in ways),
        mistakes,
        mentions,
    )


class Tasks:
    """Builds the queries of one world.

    ``founded`` is the company before any drift: cases are drawn for its clauses, so that a drift changes answers, not prompts.
    """

    def __init__(self, seed: Seed, level: int, founded: Company, company: Company, rivals: Callable[[], tuple[Company, ...]]):
        self._seed, self._level, self._founded, self._company = seed, level, founded, company
        self._draw_rivals = rivals
        self.sizes = {"learn": LEARN[level], **OTHERS}
        self._shuffled: dict[str, list[int]] = {}

    def query(self, pool: str, index: int) -> Query:
        """One query; the index is known to be good."""
        draw = self._seed.draw("query", pool, index)
        if pool == "guard":
            return self._guard(index, draw)
        place = draw.integer(0, len(self._company.books) - 1)
        book = self._company.books[place]
        kind = "clause" if pool == "transfer/why" else "line" if book.fields else "action"
        facts, mention = self._case(self._founded.books[place], pool, index, draw)
        payload = payload_for(kind, self._company.name, book, facts, mention.names)
        language = "de" if pool == "transfer/german" else "en"
        case = self._tell(book, facts, language, pool, index, draw, mention)
        if pool == "transfer/german":
            answer = draw.choice(prompts.GERMAN_LINE if book.fields else prompts.GERMAN_ACTION).format(**_choices(book, "de"))
            prompt = draw.choice(prompts.GERMAN).format(company=self._company.name, case=case, answer=answer)
        else:
            bank = {"clause": prompts.WHY, "line": prompts.LINE, "action": prompts.DECIDE}[kind]
            prompt = draw.choice(bank).format(company=self._company.name, case=case, desk=book.domain.desk, **_choices(book, "en"))
        return Query(pool, index, capital(prompt), payload, book.actions if kind == "action" else ())

    def _tell(self, book: Book, facts: Facts, language: str, pool: str, index: int, draw: Draw, mention: Mention) -> str:
        """The case in prose. Not every pool begins with the same people and things."""
        number = 1000 * list(self.sizes).index(pool) + index
        return tell(book.domain, facts, language, number, draw, 9 if self._level else 2, mention.names)

    def _turn(self, pool: str, index: int, choices: Sequence[T]) -> Sequence[T]:
        """The choices in random order, first the one whose turn it is: all come up equally often in a pool."""
        block, place = divmod(self._places(pool)[index], len(choices))
        order = self._seed.draw("turns", pool, block).shuffled(choices)
        return order[place:] + order[:place]

    def _places(self, pool: str) -> list[int]:
        """Whose turn an index is, shuffled: neither an index nor a block of them tells anything."""
        if pool not in self._shuffled:
            self._shuffled[pool] = self._seed.draw("places", pool).shuffled(range(self.sizes[pool]))
        return self._shuffled[pool]

    def _case(self, book: Book, pool: str, index: int, draw: Draw) -> tuple[Facts, Mention]:
        """A case: every action is as likely as any other, or every clause where clauses are asked for; and whom it is about by rank alone."""
        candidates, held_out = list(paths(book.clauses)), pool != "learn"
        choices: Sequence[Path | str] = candidates if pool == "transfer/why" else book.actions
        turns = self._turn(pool, index, choices)
        while True:
            mention = self._founded.roster.pick(draw)
            for turn in turns:
                leading = _leading(book, turn, mention.classes, candidates) if isinstance(turn, str) else [turn]
                for path in draw.shuffled(leading):
                    case = find_case(book, path, held_out, draw, mention)
                    if case is not None:
                        return case, mention

    @functools.cached_property
    def _rivals(self) -> tuple[Company, ...]:
        return self._draw_rivals()

    def _guard(self, index: int, draw: Draw) -> Query:
        """A case for another company, which decides it otherwise than this one would."""
        rival = draw.choice(self._rivals)
        book = rival.books[0]
        own = next(mine for mine in self._company.books if mine.key == book.key)
        mention = self._founded.roster.pick(draw)
        facts = _case_apart(book, own, self._turn("guard", index, book.actions), draw, mention)
        kind = "line" if book.fields else "action"
        case = self._tell(book, facts, "en", "guard", index, draw, mention)
        rules = "\n".join((prompts.HOW_TO_READ, *rule_lines(book)))
        ask = draw.choice(prompts.GUARD_LINE if book.fields else prompts.GUARD_ACTION).format(**_choices(book, "en"))
        prompt = draw.choice(prompts.GUARD).format(
            rival=rival.name, company=self._company.name, rules=rules, case=case, ask=ask, desk=book.domain.desk
        )
        payload = payload_for(kind, rival.name, book, facts, mention.names)
        return Query("guard", index, capital(prompt), payload, book.actions if kind == "action" else ())


def _leading(book: Book, action: str, classes: Sequence[int], candidates: Sequence[Path]) -> list[Path]:
    """The clauses that lead to an action, for particulars of these classes."""
    outcome = book.outcome(action, (-1,) * FIRST + tuple(classes))
    return [path for path in candidates if path[-1].outcome == outcome]


def _case_apart(book: Book, own: Book, actions: Sequence[str], draw: Draw, mention: Mention) -> Facts:
    """A case that the two decide differently; the first of the actions that has one."""
    candidates = list(paths(book.clauses))
    while True:
        for action in actions:
            for path in draw.shuffled(path for path in candidates if path[-1].outcome == action):
                case = find_case(book, path, draw.chance(0.5), draw, mention, _elsewhere(own, action))
                if case is not None:
                    return case


def _elsewhere(own: Book, action: str) -> Callable[[Facts], bool]:
    """Whether a case is not decided so by ``own``."""
    return lambda facts: own.decision(facts) != action


def differs(book: Book, own: Book, roster: Roster, draw: Draw) -> bool:
    """Whether there is, for every action of ``book`` and all that come up, a case that it decides so and ``own`` does not."""
    mention = roster.pick(draw)
    for action in book.actions:
        apart = (
            find_case(book, path, held_out, draw, mention, _elsewhere(own, action))
            for path in paths(book.clauses)
            if path[-1].outcome == action
            for held_out in (False, True)
        )
        if not any(apart):
            return False
    return True


_FORMS = {
    "en": {"action": "action", "owner": "owner", "deadline": "deadline", "code": "code"},
    "de": {"action": "Aktion", "owner": "Zuständigkeit", "deadline": "Frist", "code": "Code"},
}
#: What the parts of a line are called in German prompts.
GERMAN_NAMES = tuple(_FORMS["de"].values())
_LISTS = {
    "en": {"action": "Actions", "owner": "Owners", "deadline": "Deadlines", "code": "Codes"},
    "de": {"action": "Aktionen", "owner": "Zuständigkeiten", "deadline": "Fristen", "code": "Codes"},
}


def _choices(book: Book, language: str) -> dict[str, str]:
    """The admissible answers as prompts show them: a list of actions, the form of a line, a list for each of its parts."""
    lists = {"action": book.actions, **{field.name: field.choices for field in book.fields}}
    form = "; ".join(_FORMS[language][name] for name in lists)
    listing = " ".join(f"{_LISTS[language][name]}: {listed(choices)}." for name, choices in lists.items())
    return {"options": listed(book.actions), "form": f'"{form}"', "choices": listing}
