"""The ideal learner of playbooks: it collects the clauses that colleagues name, and makes lists of its own where none are named.

It knows how playbooks are written (clauses in the order of their codes, exceptions behind them, the last always fits) and nothing of a company.
From right answers alone it learns a decision list by sequential covering (Rivest 1987): the test, or pair of tests, that is pure and covers most comes first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from clgym.agent import Conversation
from clgym.envs.playbook.cases import Facts, domain
from clgym.envs.playbook.policy import ACTION, Condition
from clgym.envs.playbook.reading import Asked, Named, company, read, rules_in, understand
from clgym.learning import Learner, Seen

#: Cases that a list is made of, the newest first.
_REMEMBERED = 400
#: Right answers that contradict what a clause leads to before it is forgotten.
_DOUBTS = 2
_CODE = re.compile(r"([A-Z])(\d+)([a-c]?)([1-3]?)")


@dataclass
class _Known:
    """What is known of a clause: its tests with those of the clauses above it, and what it leads to."""

    tests: frozenset[Condition] | None = None
    leads_to: str = ""
    not_to: set[str] = field(default_factory=set)
    doubts: int = 0

    def fits(self, facts: Facts) -> bool:
        return self.tests is not None and all(test.holds(facts) for test in self.tests)


@dataclass
class _Part:
    """What is known of one part of the answer (the action, the owner, ...) for one kind of case."""

    clauses: dict[str, _Known] = field(default_factory=dict)
    cases: list[tuple[Facts, str]] = field(default_factory=list)
    wrong: list[tuple[Facts, str]] = field(default_factory=list)
    made: list[tuple[tuple[Condition, ...], str]] | None = None
    """The list that was made of the cases; ``None`` where there are newer ones."""


class PlaybookLearner(Learner):
    """One book for each company and kind of case."""

    def __init__(self, *, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._noise, self._drifts = noise, tuple(drifts)
        self._parts: dict[tuple[str, str, str], _Part] = {}

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        if len(self.seen) in self._drifts:
            for book in self._parts.values():  # what was right may be wrong now; what clauses ask for mostly stays
                book.cases, book.wrong, book.made = [], [], None
                for known in book.clauses.values():
                    known.doubts = _DOUBTS - 1
        asked = understand(seen.prompt, seen.options)
        if asked is None:
            return
        name = company(seen.prompt)
        answers = _split(seen.answer, asked)
        right = _split(seen.correction, asked) if seen.correction else answers if seen.reward == 1.0 else {}
        facts = asked.facts
        for part, choices in asked.choices:
            book = self._part(name, asked.key, part)
            action = right.get("action", "")
            full = facts if part == "action" else (*facts, _place(dict(asked.choices).get("action", ()), action))
            if part in right:
                book.cases.append((full, right[part]))
                del book.cases[:-_REMEMBERED]
                book.made = None
            elif seen.reward == 0.0 and part == "action" and answers.get(part) in choices:
                book.wrong.append((full, answers[part]))
        for named in read(seen.feedback, asked.key, dict(asked.choices).get("action", ())):
            self._note(name, asked, named, answers, right)

    def _note(self, name: str, asked: Asked, named: Named, answers: dict[str, str], right: dict[str, str]) -> None:
        part = "action" if asked.clause else named.part
        known = self._part(name, asked.key, part).clauses.setdefault(named.code, _Known())
        if named.whole and named.tests is not None:
            known.tests = frozenset(named.tests)
        if named.leads_to:
            known.leads_to = named.leads_to
        if named.not_to:
            known.not_to.add(named.not_to)
            if known.leads_to == named.not_to:
                known.leads_to = ""
        if named.whole and part in right and not asked.clause:
            if known.leads_to and known.leads_to != right[part]:
                known.doubts += 1
            if not known.leads_to or known.doubts >= (_DOUBTS if self._noise else 1):
                known.leads_to, known.doubts = right[part], 0

    def _part(self, name: str, key: str, part: str) -> _Part:
        return self._parts.setdefault((name, key, part), _Part())

    # -- answering ----------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        prompt = conversation[0]["content"]
        asked = understand(prompt, tuple(options))
        if asked is None:
            return options[0] if options else ""
        name = company(prompt)
        shown = rules_in(prompt, asked.key, dict(asked.choices).get("action", ()))
        if shown:  # somebody else's case, with all of their rules
            name = "\n"
            for key in [key for key in self._parts if key[0] == name]:
                del self._parts[key]
            for part, code, tests, outcome in shown:
                self._part(name, asked.key, part).clauses[code] = _Known(frozenset(tests), outcome)
        if asked.clause:
            return self._clause(self._part(name, asked.key, "action"), asked.facts) or "A1"
        answers: dict[str, str] = {}
        for part, choices in asked.choices:
            facts = (
                asked.facts
                if part == "action"
                else (*asked.facts, _place(dict(asked.choices)["action"], answers.get("action", "")))
            )
            answers[part] = self._choose(self._part(name, asked.key, part), facts, choices, prompt, asked.key)
        return "; ".join(answers.values())

    def _clause(self, part: _Part, facts: Facts) -> str:
        """The code of the clause that decides, as far as clauses are known: exceptions before what they are exceptions to."""
        for code in sorted(part.clauses, key=_order):
            if _parent(code) or not part.clauses[code].fits(facts):
                continue
            while True:
                inner = next((c for c in sorted(part.clauses) if _parent(c) == code and part.clauses[c].fits(facts)), "")
                if not inner:
                    return code
                code = inner
        return ""

    def _choose(self, part: _Part, facts: Facts, choices: Sequence[str], prompt: str, key: str) -> str:
        known = part.clauses.get(self._clause(part, facts))
        if known and known.leads_to in choices:
            return known.leads_to
        excluded = set(known.not_to) if known else set()
        excluded |= {answer for case, answer in part.wrong if _alike(case, facts)}
        if not known and part.cases:
            if part.made is None:
                part.made = covering(part.cases, key)
            guess = next((answer for tests, answer in part.made if all(test.holds(facts) for test in tests)), "")
            if guess in choices and guess not in excluded:
                return guess
        left = [choice for choice in choices if choice not in excluded] or list(choices)
        return self.draw(prompt).choice(left)


def covering(cases: Sequence[tuple[Facts, str]], key: str) -> list[tuple[tuple[Condition, ...], str]]:
    """A decision list of these cases: sequential covering with tests and pairs of tests, the commonest answer last."""
    left, made = list(cases), list[tuple[tuple[Condition, ...], str]]()
    while left and len(made) < 24:
        counts = Counter(answer for _, answer in left)
        if len(counts) == 1:
            break
        best: tuple[float, tuple[Condition, ...], str] | None = None
        for tests in _candidates(left, key):
            covered = Counter(answer for facts, answer in left if all(test.holds(facts) for test in tests))
            total = sum(covered.values())
            if not total:
                continue
            answer, count = covered.most_common(1)[0]
            score = (count + 0.2) / (total + 0.8) - 0.02 * len(tests) + 0.001 * count
            if count >= 0.95 * total and (best is None or score > best[0]):
                best = score, tests, answer
        if best is None:
            break
        made.append(best[1:])
        left = [case for case in left if not all(test.holds(case[0]) for test in best[1])]
    rest = Counter(answer for _, answer in left or cases)
    return [*made, ((), rest.most_common(1)[0][0])]


def _candidates(cases: Sequence[tuple[Facts, str]], key: str) -> Iterator[tuple[Condition, ...]]:
    """Single tests, then pairs of those that occur."""
    facts = domain(key).facts
    single = set()
    for place in range(len(cases[0][0])):
        values = {case[place] for case, _ in cases}
        if place < len(facts) and facts[place].is_quantity:
            single |= {
                Condition(kind, place, cut) for cut in facts[place].thresholds for kind in ("over", "upto") if max(values) >= 0
            }
        else:
            at = ACTION if place == len(facts) else place
            single |= {Condition("is", at, value) for value in values if value >= 0}
    ordered = sorted(single)
    yield from ((test,) for test in ordered)
    if len(cases) <= 120:
        yield from (pair for pair in combinations(ordered, 2) if pair[0].place != pair[1].place)


def _alike(one: Facts, other: Facts) -> bool:
    """Whether two cases tell the same attributes."""
    return one[:5] == other[:5]


def _place(actions: Sequence[str], action: str) -> int:
    return list(actions).index(action) if action in actions else -1


def _split(answer: str, asked: Asked) -> dict[str, str]:
    """An answer by its parts; none where it has more or fewer."""
    parts = [part.strip() for part in answer.split(";")]
    names = [name for name, _ in asked.choices]
    return dict(zip(names, parts)) if len(parts) == len(names) else {}


def _order(code: str) -> tuple[str, int, str, str]:
    found = _CODE.fullmatch(code)
    return (found[1], int(found[2]), found[3], found[4]) if found else (code, 0, "", "")


def _parent(code: str) -> str:
    """K4 of K4a, K4a of K4a1, "" of K4."""
    return "" if code[-1].isdigit() and not re.search(r"[a-c]", code) else code[:-1]
