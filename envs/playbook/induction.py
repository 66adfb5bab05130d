"""What right answers alone say of a playbook: decision lists by sequential covering, and what courses mean to whom.

Sequential covering (Rivest 1987): the test, or pair of tests, that is pure and covers most comes first. Where answers hang on the client too,
cases of the client met most are read first; what other clients get where that one gets something tells their terms, and so on in turns
(hard expectation-maximization: Celeux and Govaert 1992).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from clgym.envs.playbook.cases import Facts, domain
from clgym.envs.playbook.policy import ACTION, Condition
from clgym.envs.playbook.roster import CLASSES

#: Cuts of a quantity that are tried, at most.
_CUTS = 10
#: A list has no more rules than this.
_RULES = 24
#: How pure a rule is at least, and what each test of it costs.
_PURE, _PRICE = 0.9, 0.02
_ROUNDS = 3


class Case(NamedTuple):
    """A case, whom it is about ("" for nobody), and the right answer."""

    facts: Facts
    client: str
    answer: str


#: Tests and what they lead to, the first that fits decides; the last one always fits.
Rules = Sequence[tuple[tuple[Condition, ...], str]]


def apply(rules: Rules, facts: Facts) -> str:
    """What the first rule that fits leads to; "" where none does."""
    return next((answer for tests, answer in rules if all(test.holds(facts) for test in tests)), "")


def covering(cases: Sequence[tuple[Facts, str]], key: str) -> list[tuple[tuple[Condition, ...], str]]:
    """A decision list of these cases, the commonest answer last. Sets of cases are bits of one number."""
    everybody = (1 << len(cases)) - 1
    answers = {answer: _bits(one == answer for _, one in cases) for answer in sorted({answer for _, answer in cases})}
    single = [(test, _bits(test.holds(facts) for facts, _ in cases)) for test in _tests([facts for facts, _ in cases], key)]
    rules: list[tuple[tuple[Condition, ...], int]] = [((test,), bits) for test, bits in single]
    rules += [((a, b), one & other) for (a, one), (b, other) in combinations(single, 2) if a.place != b.place and one & other]
    left, made = everybody, list[tuple[tuple[Condition, ...], str]]()
    while left and len(made) < _RULES:
        best, covered, answer = _best(rules, left, answers)
        if not covered or covered == left:
            break
        made.append((best, answer))
        left &= ~covered
    rest = max(answers, key=lambda answer: (answers[answer] & (left or everybody)).bit_count())
    return [*made, ((), rest)]


def _best(
    rules: Sequence[tuple[tuple[Condition, ...], int]], left: int, answers: Mapping[str, int]
) -> tuple[tuple[Condition, ...], int, str]:
    """The rule that is pure enough and covers most of what is left, what it covers, and what it leads to; nothing where there is none."""
    found: tuple[tuple[Condition, ...], int, str] = ((), 0, "")
    top = -1.0
    for tests, bits in rules:
        covered = bits & left
        total = covered.bit_count()
        # An upper bound of the score, so that most rules are never counted by answer.
        if not total or (total + 0.2) / (total + 0.8) - _PRICE * len(tests) + 0.001 * total <= top:
            continue
        count, answer = max(((covered & own).bit_count(), answer) for answer, own in answers.items())
        score = (count + 0.2) / (total + 0.8) - _PRICE * len(tests) + 0.001 * count
        if count >= _PURE * total and score > top:
            found, top = (tests, covered, answer), score
    return found


def _bits(flags: Iterable[bool]) -> int:
    return int("".join("1" if flag else "0" for flag in flags)[::-1] or "0", 2)


def _tests(cases: Sequence[Facts], key: str) -> list[Condition]:
    """Every test that tells some of these cases from others."""
    facts, made = domain(key).facts, []
    for place in range(len(cases[0])):
        values = sorted({case[place] for case in cases if case[place] >= 0})
        if place < len(facts) and facts[place].is_quantity:
            cuts = values[:-1]
            step = max(1, len(cuts) // _CUTS)
            made += [Condition(kind, place, cut) for cut in cuts[step // 2 :: step] for kind in ("over", "upto")]
        elif len(values) > 1:
            at = ACTION if place == len(cases[0]) - 1 and place >= len(facts) else place
            made += [Condition("is", at, value) for value in values]
    return made


@dataclass
class Induced:
    """Rules that lead to a course, and for each kind of terms what courses mean; a course goes by what the client met most gets for it."""

    rules: Rules = ()
    rows: list[dict[str, str]] = field(default_factory=list)
    """For each kind of terms: course -> answer."""
    terms: dict[str, int] = field(default_factory=dict)
    """Client -> place in ``rows``."""

    def course(self, facts: Facts) -> str:
        return apply(self.rules, facts)

    def answer(self, facts: Facts, client: str) -> str:
        """The likeliest answer; "" where nothing tells."""
        course = self.course(facts)
        return self.rows[self.terms[client]].get(course, "") if client in self.terms else "" if self.rows and client else course


def induce(cases: Sequence[Case], key: str) -> Induced:
    """The likeliest rules and terms."""
    counts = Counter(case.client for case in cases)
    leader = counts.most_common(1)[0][0]
    made = Induced(covering([(case.facts, case.answer) for case in cases if case.client == leader], key))
    if not leader:
        return made
    for _ in range(_ROUNDS):
        made.rows, made.terms = _terms(cases, made, [client for client, _ in counts.most_common()])
        back = [{answer: course for course, answer in row.items()} for row in made.rows]
        named = [(case.facts, back[made.terms[case.client]].get(case.answer, "")) for case in cases]
        named = [(facts, course) for facts, course in named if course]
        made.rules = covering(named, key) if named else made.rules
    return made


def _terms(cases: Sequence[Case], made: Induced, clients: Sequence[str]) -> tuple[list[dict[str, str]], dict[str, int]]:
    """Clients by what they get for each course: at most :data:`CLASSES` kinds, the first client's first."""
    got: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for case in cases:
        got[case.client][made.course(case.facts), case.answer] += 1
    rows: list[Counter[tuple[str, str]]] = []
    terms: dict[str, int] = {}
    for client in clients:
        agreement = [_agreement(got[client], row) for row in rows]
        place = max(range(len(rows)), key=agreement.__getitem__, default=-1)
        if not rows or (len(rows) < CLASSES and agreement[place] < 0.5 and got[client].total() > 1):
            place = len(rows)
            rows.append(Counter())
        rows[place].update(got[client])
        terms[client] = place
    return [_matched(row) for row in rows], terms


def _agreement(got: Counter[tuple[str, str]], row: Counter[tuple[str, str]]) -> float:
    """The share of what a client got that others of these terms got mostly too."""
    means = _matched(row)
    return sum(count for (course, answer), count in got.items() if means.get(course) == answer) / got.total()


def _matched(row: Counter[tuple[str, str]]) -> dict[str, str]:
    """Course -> answer, no answer twice, the surest pairs first."""
    made: dict[str, str] = {}
    for (course, answer), _ in row.most_common():
        if course not in made and answer not in made.values():
            made[course] = answer
    return made
