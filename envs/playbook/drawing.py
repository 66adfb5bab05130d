"""Drawing playbooks, cases that a given clause decides, and policy changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clgym.envs.playbook.cases import Domain, Facts, domain
from clgym.envs.playbook.policy import ACTION, Book, Clause, Condition, Field, Path, paths
from clgym.seeding import Draw, Seed

#: How often a case for a clause is looked for before the clause counts as out of reach.
_TRIES = 60


@dataclass(frozen=True)
class Shape:
    """How large the book of one domain is.

    ``attributes`` and ``quantities`` are told, ``values`` of each attribute occur, ``deciding`` attributes at most are asked
    for. ``clauses`` (the last, which always fits, included) have ``exceptions`` and these ``nested`` ones. ``pairs`` is the
    chance that a clause asks for two things; ``compares`` whether some clause sets two quantities against each other.
    """

    attributes: int
    quantities: int
    values: int
    deciding: int
    actions: int
    clauses: int
    exceptions: int = 0
    nested: int = 0
    pairs: float = 0.0
    fields: int = 0
    compares: bool = False
    modulus: int = 4


_DEADLINES = ("same day", "next day", "1 week", "2 weeks", "1 month", "3 months")
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Numbering:
    """Gives clauses their codes: "K4", "K6", ... in order, with gaps, so that a code cannot be guessed from the last one."""

    def __init__(self, draw: Draw):
        self._draw = draw
        self._letter = draw.choice(_LETTERS)
        self._number = draw.integer(0, 9)

    def next(self) -> str:
        self._number += self._draw.integer(1, 4)
        return f"{self._letter}{self._number}"


def draw_book(seed: Seed, key: str, shape: Shape, numbering: Numbering, like: Book | None = None) -> Book:
    """A book in which every clause can be reached. ``like`` is another company's, whose vocabulary is taken over."""
    attempt = 0
    while True:
        draw = seed.draw("book", attempt)
        frame = like or _frame(draw, domain(key), shape)
        made = _filled(draw, frame, shape)
        used = {path[-1].outcome for path in paths(made.clauses)} if made else ()
        if made is not None and len(used) == len(made.actions) and reachable(made, draw):
            return numbered(made, numbering)
        attempt += 1


def _frame(draw: Draw, about: Domain, shape: Shape) -> Book:
    """What a book speaks about, without its clauses."""
    attributes = sorted(draw.sample(about.attributes, shape.attributes))
    by_place = [(place, tuple(sorted(draw.sample(range(4), shape.values)))) for place in attributes]
    compared = {about.comparison.left, about.comparison.right}
    numbers = (
        about.quantities
        if shape.quantities == len(about.quantities)
        else [place for place in about.quantities if place not in compared or place == about.comparison.left]
    )
    drawn = sorted(draw.sample(numbers, shape.quantities))
    by_place += [(place, (about.facts[place].low, about.facts[place].high)) for place in drawn]
    codes = [f"{draw.choice(_LETTERS)}{draw.choice(_LETTERS)}-{draw.integer(10, 99)}" for _ in range(12)]
    choices = (
        ("owner", draw.sample(about.owners, 4)),
        ("deadline", draw.sample(_DEADLINES, 4)),
        ("code", list(dict.fromkeys(codes))[:4]),
    )
    fields = tuple(Field(name, tuple(values), ()) for name, values in choices[: shape.fields])
    actions = tuple(draw.sample(about.actions, shape.actions))
    return Book(about.key, tuple(by_place), actions, (), fields, shape.modulus, draw.integer(0, shape.modulus - 1))


def _filled(draw: Draw, frame: Book, shape: Shape) -> Book | None:
    """The book with clauses, or None where the draw came to nothing."""
    attributes = draw.sample([place for place, _ in frame.values if _is_attribute(frame, place)], shape.deciding)
    tests = draw.shuffled(_tests(frame, attributes))
    conditions: list[tuple[Condition, ...]] = []
    while len(conditions) < shape.clauses - 1:
        if len(tests) < 2:
            return None
        first = tests.pop()
        other = next((test for test in tests if test.place != first.place), None)
        if other is not None and draw.chance(shape.pairs):
            tests.remove(other)
            conditions.append((first, other))
        else:
            conditions.append((first,))
    tests = [test for condition in conditions for test in condition]
    if len({test.place for test in tests}) < 2:
        return None
    if shape.compares and not any(test.kind in ("more", "notmore") for test in tests):
        return None
    outcomes = _outcomes(draw, frame.actions, shape.clauses)
    clauses = [Clause("", condition, outcome) for condition, outcome in zip((*conditions, ()), outcomes)]
    for place in draw.sample(range(len(clauses)), shape.exceptions):
        clauses[place] = _excepted(draw, frame, clauses[place], attributes, clauses[place].tests)
    for place in draw.sample([place for place, clause in enumerate(clauses) if clause.exceptions], shape.nested):
        clause = clauses[place]
        inner = _excepted(draw, frame, clause.exceptions[0], attributes, (*clause.tests, *clause.exceptions[0].tests))
        clauses[place] = clause._replace(exceptions=(inner,))
    fields = tuple(field._replace(clauses=_field_clauses(draw, frame, field, attributes)) for field in frame.fields)
    asked = {test.place for path in paths(clauses) for test in path[-1].tests}
    deciding = tuple(place for place in sorted(asked) if _is_attribute(frame, place))
    return frame._replace(clauses=tuple(clauses), fields=fields, deciding=deciding)


def _is_attribute(book: Book, place: int) -> bool:
    return not book.domain.facts[place].is_quantity


def _tests(book: Book, attributes: Sequence[int]) -> list[Condition]:
    """Every test that clauses may use, one per value, side of a threshold and comparison."""
    about, values = book.domain, dict(book.values)
    tests = [Condition("is", place, value) for place in attributes for value in values[place]]
    for place in values:
        for threshold in about.facts[place].thresholds[1:-1] or about.facts[place].thresholds[:1]:
            tests += [Condition("over", place, threshold), Condition("upto", place, threshold)]
    left, right = about.comparison.left, about.comparison.right
    if left in values and right in values:
        tests += [Condition(kind, left, right) for kind in ("more", "notmore") for _ in range(2)]
    return tests


def _outcomes(draw: Draw, choices: Sequence[str], count: int) -> list[str]:
    """Choices for neighbouring clauses: all as often as can be, no two neighbours alike."""
    made: list[str] = []
    while len(made) < count:
        made += [choice for choice in draw.shuffled(choices) if not made or choice != made[-1]]
    return made[:count]


def _excepted(draw: Draw, book: Book, clause: Clause, attributes: Sequence[int], above: Sequence[Condition]) -> Clause:
    """The clause with an exception on something that those above it do not speak of."""
    taken = {place for test in above for place in test.places}
    test = draw.choice([test for test in _tests(book, attributes) if not taken.intersection(test.places)])
    outcome = draw.choice([action for action in book.actions if action != clause.outcome])
    return clause._replace(exceptions=(Clause("", (test,), outcome),))


def _field_clauses(draw: Draw, book: Book, field: Field, attributes: Sequence[int]) -> tuple[Clause, ...]:
    """One clause on an action, two on an attribute, and the rest."""
    place = draw.choice(attributes)
    values = draw.sample(dict(book.values)[place], 2)
    on_action = Condition("is", ACTION, draw.integer(0, len(book.actions) - 1))
    tests = [on_action, *(Condition("is", place, value) for value in values)]
    outcomes = draw.shuffled(field.choices)
    return tuple(Clause("", (test,), outcome) for test, outcome in zip(tests, outcomes)) + (Clause("", (), outcomes[3]),)


def sibling_of(book: Book, seed: Seed, shape: Shape, numbering: Numbering) -> Book:
    """A book of the same vocabulary that has about half of this one's clauses, with their exceptions, and half of its lists for other parts."""
    attempt = 0
    while True:
        draw = seed.draw("sibling", attempt)
        other = _filled(draw, book, shape)
        attempt += 1
        if other is None:
            continue
        own = set(draw.sample(range(len(book.clauses)), len(book.clauses) // 2))
        clauses = tuple(new if place in own else old for place, (old, new) in enumerate(zip(book.clauses[:-1], other.clauses[:-1])))
        clauses = (*clauses, other.clauses[-1] if len(book.clauses) - 1 in own else book.clauses[-1])
        fields = tuple(draw.choice(pair) for pair in zip(book.fields, other.fields))
        asked = {test.place for path in paths(clauses) for test in path[-1].tests}
        deciding = tuple(place for place in sorted(asked) if _is_attribute(book, place))
        made = book._replace(clauses=clauses, fields=fields, deciding=deciding)
        alike = any(one.outcome == two.outcome for one, two in zip(clauses, clauses[1:]))
        used = {path[-1].outcome for path in paths(clauses)}
        if not alike and len(used) == len(book.actions) and reachable(made, draw):
            return numbered(made, numbering)


def numbered(book: Book, numbering: Numbering) -> Book:
    """The book with codes for its clauses."""
    clauses = tuple(_coded(clause, numbering.next()) for clause in book.clauses)
    fields = tuple(
        field._replace(clauses=tuple(_coded(clause, numbering.next()) for clause in field.clauses)) for field in book.fields
    )
    return book._replace(clauses=clauses, fields=fields)


def _coded(clause: Clause, code: str) -> Clause:
    # An exception to K4 is K4a, an exception to that K4a1.
    suffixes = "abc" if code[-1].isdigit() else "123"
    inner = tuple(_coded(exception, code + suffix) for exception, suffix in zip(clause.exceptions, suffixes))
    return clause._replace(code=code, exceptions=inner)


# Cases


def find_case(book: Book, path: Path, held_out: bool, draw: Draw, also: Callable[[Facts], bool] = lambda _: True) -> Facts | None:
    """A case that the last clause of ``path`` decides and for which ``also`` holds, or None where none was found."""
    tests = [test for clause in path for test in clause.tests]
    for _ in range(_TRIES):
        facts = _random_case(book, tests, draw)
        _hold_out(book, facts, {test.place for test in tests}, held_out, draw)
        case = tuple(facts)
        if book.held_out(case) == held_out and book.action(case) == path and also(case):
            return case
    return None


def _random_case(book: Book, tests: Sequence[Condition], draw: Draw) -> list[int]:
    """Facts drawn at random but for what the tests ask."""
    facts = [-1] * len(book.domain.facts)
    for place, values in book.values:
        if _is_attribute(book, place):
            facts[place] = draw.choice(values)
        else:
            facts[place] = _number(draw, *values)
    for kind, place, value in tests:
        if kind == "is":
            facts[place] = value
        elif kind in ("over", "upto"):
            low, high = dict(book.values)[place]
            facts[place] = _number(draw, value + 1, high) if kind == "over" else _number(draw, low, value)
        elif (facts[place] > facts[value]) != (kind == "more"):
            facts[place], facts[value] = facts[value], facts[place]
    return facts


def _number(draw: Draw, low: int, high: int) -> int:
    """A number in [low, high]; small ones are as likely as large ones."""
    return min(high, int(low * ((high + 1) / low) ** draw.uniform()))


def _hold_out(book: Book, facts: list[int], fixed: set[int], held_out: bool, draw: Draw) -> None:
    """Change one free attribute so that the combination is held out, or not, as asked."""
    if book.held_out(tuple(facts)) == held_out:
        return
    free = [(place, values) for place, values in book.values if place not in fixed and place in book.deciding]
    if free:
        place, values = draw.choice(free)
        fitting = []
        for value in values:
            facts[place] = value
            if book.held_out(tuple(facts)) == held_out:
                fitting.append(value)
        facts[place] = draw.choice(fitting or values)


def reachable(book: Book, draw: Draw) -> bool:
    """Whether cases of both kinds exist for every clause of the actions, and every clause of the fields can decide."""
    cases: list[Facts] = []
    for path in paths(book.clauses):
        for held_out in (False, True):
            case = find_case(book, path, held_out, draw)
            if case is None:
                return False
            cases.append(case)
    return all(_all_decide(book, field, cases) for field in book.fields)


def _all_decide(book: Book, field: Field, cases: Sequence[Facts]) -> bool:
    used = {book.field(field, case)[-1] for case in cases}
    return len(used) == len(field.clauses)


# Drift


#: How many cases are looked at, and how many of them one action may get, when a changed policy is weighed.
_WEIGHED, _HEAVIEST = 120, 0.26
#: After so many changes that were not good, actions swap and no clause asks for something else.
_AMENDED_TRIES = 6


def drifted(book: Book, founded: Book, seed: Seed) -> Book:
    """The book after a change of policy: two actions swap, a clause asks for something else, the owners, the dates or the codes move on.

    Cases go on being drawn for the clauses of ``founded``, so a change that leaves one action to most of them is not made.
    """
    draw = seed.draw("drift", book.key)
    first, second = draw.sample(book.actions, 2)
    changed = tuple(_swapped(clause, {first: second, second: first}) for clause in book.clauses)
    # One of the other parts moves on, so that about half of what was right before is right after it.
    moved = draw.integer(0, len(book.fields) - 1) if book.fields else 0
    fields = tuple(_rotated(field) if place == moved else field for place, field in enumerate(book.fields))
    later = book._replace(clauses=changed, fields=fields)
    if len(changed) > 4:
        for _ in range(_AMENDED_TRIES):
            amended = later._replace(clauses=_amended(draw, book, changed))
            if _balanced(amended, founded, draw) and reachable(amended, draw):
                return amended
    return later


def _balanced(book: Book, founded: Book, draw: Draw) -> bool:
    """Whether cases drawn for the clauses of ``founded``, held out or not, are spread over the actions of ``book``."""
    return all(_heaviest(book, founded, held_out, draw) <= _HEAVIEST for held_out in (False, True))


def _heaviest(book: Book, founded: Book, held_out: bool, draw: Draw) -> float:
    """The largest share of such cases that one action gets."""
    counts = dict.fromkeys(book.actions, 0)
    for turn in range(_WEIGHED):
        action = founded.actions[turn % len(founded.actions)]
        path = draw.choice([path for path in paths(founded.clauses) if path[-1].outcome == action])
        case = find_case(founded, path, held_out, draw)
        if case is not None:
            counts[book.action(case)[-1].outcome] += 1
    return max(counts.values()) / sum(counts.values())


def _swapped(clause: Clause, outcomes: dict[str, str]) -> Clause:
    inner = tuple(_swapped(exception, outcomes) for exception in clause.exceptions)
    return clause._replace(outcome=outcomes.get(clause.outcome, clause.outcome), exceptions=inner)


def _amended(draw: Draw, book: Book, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """One clause asks for something else than before."""
    place = draw.integer(0, len(clauses) - 2)
    used = {test.place for path in paths(clauses) for test in path[-1].tests}
    attributes = [at for at in sorted(used) if _is_attribute(book, at)]
    drawn = {test for path in paths(clauses) for test in path[-1].tests}
    fresh = [test for test in _tests(book, attributes) if test not in drawn]
    if not fresh:
        return clauses
    return (*clauses[:place], clauses[place]._replace(tests=(draw.choice(fresh),)), *clauses[place + 1 :])


def _rotated(field: Field) -> Field:
    """Every clause takes over the outcome of the next one."""
    outcomes = [clause.outcome for clause in field.clauses]
    moved = zip(field.clauses, [*outcomes[1:], outcomes[0]])
    return field._replace(clauses=tuple(clause._replace(outcome=outcome) for clause, outcome in moved))
