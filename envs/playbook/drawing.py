"""Drawing playbooks, cases that a given clause decides, and policy changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from clgym.envs.playbook.cases import Domain, Facts, along, domain, limit_span, rounded
from clgym.envs.playbook.policy import ACTION, Book, Clause, Condition, Field, Path, paths
from clgym.envs.playbook.roster import BY_CLASS, CLASSES, CLIENT, FIRST, NOBODY, Mention, Roster
from clgym.seeding import Draw, Seed

#: How often a case for a clause is looked for before the clause counts as out of reach.
_TRIES = 60


@dataclass(frozen=True)
class Shape:
    """How large the book of one domain is.

    ``attributes`` and ``quantities`` are told, ``values`` of each attribute occur, ``deciding`` attributes at most are asked
    for. ``clauses`` (the last, which always fits, included) have ``exceptions`` and these ``nested`` ones. ``pairs`` is the
    chance that a clause asks for two things, ``limits`` how many clauses at least ask whether a quantity is over a limit or within it;
    ``compares`` whether some clause sets two quantities against each other. ``roster`` counts clients, suppliers and offices.
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
    limits: int = 0
    compares: bool = False
    modulus: int = 4
    roster: tuple[int, int, int] = (0, 0, 0)


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


def draw_book(seed: Seed, key: str, shape: Shape, numbering: Numbering, roster: Roster, like: Book | None = None) -> Book:
    """A book in which every clause can be reached. ``like`` is another company's, whose vocabulary is taken over."""
    attempt = 0
    while True:
        draw = seed.draw("book", attempt)
        frame = like or _frame(draw, domain(key), shape)
        if any(shape.roster):
            frame = frame._replace(terms=draw_terms(draw, frame.actions, dict.fromkeys(roster.values(CLIENT), ())))
        else:
            frame = frame._replace(terms=())
        made = _filled(draw, frame, shape, roster)
        if made is not None and matters(made.clauses, frame.outcomes) and reachable(made, roster, draw):
            return numbered(made, numbering)
        attempt += 1


#: An outcome comes from as many clauses at most: cases are spread over outcomes, then over their clauses, so each decides 1/20 of them.
_CLAUSES_EACH = 4


def matters(clauses: Sequence[Clause], outcomes: Sequence[str]) -> bool:
    """Whether every outcome occurs, and no clause too seldom."""
    counts = Counter(path[-1].outcome for path in paths(clauses))
    return len(counts) == len(outcomes) and max(counts.values()) <= _CLAUSES_EACH


#: Class of clients -> the actions that courses stand for, in the order of courses.
Terms = Mapping[int, tuple[str, ...]]


def draw_terms(
    draw: Draw, actions: Sequence[str], old: Terms, own: Collection[int] = ()
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """What courses stand for by the client's terms: no course the same under two of them, so that neither terms nor a course alone tells an action.

    Terms that ``old`` has stay, but those in ``own`` change in every course; none are given as ().
    """
    while True:
        made: dict[int, tuple[str, ...]] = {value: row for value, row in old.items() if row and value not in own}
        for value in draw.shuffled(value for value in old if value not in made):
            others = [row for row in (*made.values(), old[value]) if row]
            row = _row(draw, actions, [{other[course] for other in others} for course in range(len(actions))])
            if not row:
                break
            made[value] = row
        else:
            return tuple(sorted(made.items()))


def _row(draw: Draw, actions: Sequence[str], taken: Sequence[Collection[str]]) -> tuple[str, ...]:
    """The actions in an order that gives no course one that is ``taken`` there; () where there is none."""
    if not taken:
        return ()
    for action in draw.shuffled(action for action in actions if action not in taken[0]):
        rest = _row(draw, [other for other in actions if other != action], taken[1:])
        if len(rest) == len(taken) - 1:
            return (action, *rest)
    return ()


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


def _filled(draw: Draw, frame: Book, shape: Shape, roster: Roster) -> Book | None:
    """The book with clauses, or None where the draw came to nothing."""
    attributes = draw.sample([place for place, _ in frame.values if _is_attribute(frame, place)], shape.deciding)
    tests = draw.shuffled(_tests(draw, frame, attributes))
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
    if sum(test.kind in ("over", "upto") for test in tests) < shape.limits:
        return None
    outcomes = _outcomes(draw, frame.outcomes, shape.clauses)
    clauses = [Clause("", condition, outcome) for condition, outcome in zip((*conditions, ()), outcomes)]
    for place in draw.sample(range(len(clauses)), shape.exceptions):
        clauses[place] = _excepted(draw, frame, clauses[place], attributes, clauses[place].tests)
    for place in draw.sample([place for place, clause in enumerate(clauses) if clause.exceptions], shape.nested):
        clause = clauses[place]
        inner = _excepted(draw, frame, clause.exceptions[0], attributes, (*clause.tests, *clause.exceptions[0].tests))
        clauses[place] = clause._replace(exceptions=(inner,))
    fields = tuple(field._replace(clauses=_field_clauses(draw, frame, field, attributes, roster)) for field in frame.fields)
    asked = {test.place for path in paths(clauses) for test in path[-1].tests}
    deciding = tuple(place for place in sorted(asked) if _is_attribute(frame, place))
    return frame._replace(clauses=tuple(clauses), fields=fields, deciding=deciding)


def _is_attribute(book: Book, place: int) -> bool:
    return not book.domain.facts[place].is_quantity


#: Limits of each quantity to choose from.
_LIMITS = 2


def _tests(draw: Draw, book: Book, attributes: Sequence[int]) -> list[Condition]:
    """Tests that clauses may use: one per value, side of a limit and comparison."""
    about, values = book.domain, dict(book.values)
    tests = [Condition("is", place, value) for place in attributes for value in values[place]]
    for place in about.quantities:
        for _ in range(_LIMITS if place in values else 0):
            limit = rounded(_number(draw, *limit_span(about.facts[place])))
            tests += [Condition("over", place, limit), Condition("upto", place, limit)]
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
    test = draw.choice([test for test in _tests(draw, book, attributes) if not taken.intersection(test.places)])
    outcome = draw.choice([outcome for outcome in book.outcomes if outcome != clause.outcome])
    return clause._replace(exceptions=(Clause("", (test,), outcome),))


def _field_clauses(draw: Draw, book: Book, field: Field, attributes: Sequence[int], roster: Roster) -> tuple[Clause, ...]:
    """One clause on an action; then one on each class of a particular, or two on an attribute and the rest."""
    tests: list[tuple[Condition, ...]] = [(Condition("is", ACTION, draw.integer(0, len(book.actions) - 1)),)]
    place = BY_CLASS.get(field.name) if book.terms else None
    outcomes = draw.shuffled(field.choices)
    if place is not None:
        tests += [(Condition("is", place, value),) for value in draw.shuffled(roster.values(place))]
        outcomes = [draw.choice(field.choices), *outcomes]
    else:
        place = draw.choice(attributes)
        tests += [(Condition("is", place, value),) for value in draw.sample(dict(book.values)[place], 2)] + [()]
    return tuple(Clause("", test, outcome) for test, outcome in zip(tests, outcomes))


def sibling_of(book: Book, seed: Seed, shape: Shape, numbering: Numbering, roster: Roster) -> Book:
    """A book of the same vocabulary that has about half of this one's clauses, with their exceptions, half of its terms and of its other lists."""
    attempt = 0
    while True:
        draw = seed.draw("sibling", attempt)
        other = _filled(draw, book, shape, roster)
        attempt += 1
        if other is None:
            continue
        own = set(draw.sample(range(len(book.clauses)), len(book.clauses) // 2))
        clauses = tuple(new if place in own else old for place, (old, new) in enumerate(zip(book.clauses[:-1], other.clauses[:-1])))
        clauses = (*clauses, other.clauses[-1] if len(book.clauses) - 1 in own else book.clauses[-1])
        fields = tuple(draw.choice(pair) for pair in zip(book.fields, other.fields))
        asked = {test.place for path in paths(clauses) for test in path[-1].tests}
        deciding = tuple(place for place in sorted(asked) if _is_attribute(book, place))
        made = book._replace(clauses=clauses, fields=fields, deciding=deciding, terms=_half_own(draw, book))
        alike = any(one.outcome == two.outcome for one, two in zip(clauses, clauses[1:]))
        # A clause of its own is another one: it asks for something else or leads elsewhere. The codes are not yet those of this company.
        same = any(_rule(clauses[place]) == _rule(book.clauses[place]) for place in own)
        if not alike and not same and matters(clauses, book.outcomes) and reachable(made, roster, draw):
            return numbered(made, numbering)


def _rule(clause: Clause) -> tuple[object, ...]:
    """What a clause and its exceptions ask for and lead to, without their codes."""
    return clause.tests, clause.outcome, tuple(map(_rule, clause.exceptions))


def _half_own(draw: Draw, book: Book) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The terms, half of them with other actions in every course."""
    old = dict(book.terms)
    return draw_terms(draw, book.actions, old, draw.sample(old, len(old) // 2))


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


def find_case(
    book: Book, path: Path, held_out: bool, draw: Draw, mention: Mention = NOBODY, also: Callable[[Facts], bool] = lambda _: True
) -> Facts | None:
    """A case of these particulars that the last clause of ``path`` decides and for which ``also`` holds, or None where none was found."""
    tests = [test for clause in path for test in clause.tests]
    fixed = {test.place for test in tests}
    for _ in range(_TRIES):
        facts = _random_case(book, tests, draw)
        _hold_out(book, facts, fixed, held_out, draw, mention.client)
        case = (*facts, *mention.classes)
        if book.held_out(case, mention.client) == held_out and book.action(case) == path and also(case):
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
    return along(low, high, draw.uniform())


def _hold_out(book: Book, facts: list[int], fixed: Collection[int], held_out: bool, draw: Draw, client: int) -> None:
    """Change one free attribute so that the combination is held out, or not, as asked."""
    if book.held_out(tuple(facts), client) == held_out:
        return
    free = [(place, values) for place, values in book.values if place not in fixed and place in book.deciding]
    if free:
        place, values = draw.choice(free)
        fitting = []
        for value in values:
            facts[place] = value
            if book.held_out(tuple(facts), client) == held_out:
                fitting.append(value)
        facts[place] = draw.choice(fitting or values)


def reachable(book: Book, roster: Roster, draw: Draw) -> bool:
    """Whether cases of both kinds exist for every clause of the actions, and every clause of the fields can decide."""
    cases: list[Facts] = []
    for path in paths(book.clauses):
        for held_out in (False, True):
            case = find_case(book, path, held_out, draw)
            if case is None:
                return False
            cases += [(*case[:FIRST], *classes) for classes in _class_variants(roster)]
    return all(_all_decide(book, field, cases) for field in book.fields)


def _class_variants(roster: Roster) -> list[tuple[int, ...]]:
    """Every class of every kind once; -1 where a kind has none."""
    kinds = [sorted(set(entries.classes)) or [-1] for entries in roster.kinds]
    return [tuple(values[turn % len(values)] for values in kinds) for turn in range(CLASSES)]


def _all_decide(book: Book, field: Field, cases: Sequence[Facts]) -> bool:
    used = {book.field(field, case)[-1] for case in cases}
    return len(used) == len(field.clauses)


# Drift


def drifted(book: Book, seed: Seed) -> Book:
    """The book after a change of policy, by which about half of what was right before is wrong: two actions swap, or where there are terms
    half of them mean other actions, and one of the other lists moves on.
    """
    draw = seed.draw("drift", book.key)
    moved = draw.integer(0, len(book.fields) - 1) if book.fields else 0
    fields = tuple(_rotated(field) if place == moved else field for place, field in enumerate(book.fields))
    if book.terms:
        return book._replace(terms=_half_own(draw, book), fields=fields)
    first, second = draw.sample(book.actions, 2)
    return book._replace(clauses=tuple(_swapped(clause, {first: second, second: first}) for clause in book.clauses), fields=fields)


def _swapped(clause: Clause, outcomes: dict[str, str]) -> Clause:
    inner = tuple(_swapped(exception, outcomes) for exception in clause.exceptions)
    return clause._replace(outcome=outcomes.get(clause.outcome, clause.outcome), exceptions=inner)


def _rotated(field: Field) -> Field:
    """Every clause takes over the outcome of the next one."""
    outcomes = [clause.outcome for clause in field.clauses]
    moved = zip(field.clauses, [*outcomes[1:], outcomes[0]])
    return field._replace(clauses=tuple(clause._replace(outcome=outcome) for clause, outcome in moved))
