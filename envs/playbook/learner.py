"""The ideal learner of playbooks: it collects what colleagues say of clauses, clients, suppliers and offices, and infers what nobody says.

It knows how playbooks are written (clauses in the order of their codes, exceptions behind them, terms under which no two courses mean the same)
and nothing of a company. Limits are bracketed from amounts that were over them or within. From rewards and right answers alone it makes lists
of its own (:mod:`.induction`), and explores by Thompson sampling (Thompson 1933).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from clgym.agent import Conversation
from clgym.envs.playbook.beliefs import Company, Desk, Part, parent
from clgym.envs.playbook.cases import Facts
from clgym.envs.playbook.induction import Case, induce
from clgym.envs.playbook.judge import ACTION_WORTH, REST_WORTH
from clgym.envs.playbook.policy import Condition
from clgym.envs.playbook.reading import Asked, Named, company, meant, read, right_parts, rules_in, understand
from clgym.envs.playbook.roster import BY_CLASS, CLIENT, FIRST
from clgym.learning import Learner, Seen
from clgym.seeding import Draw

#: Cases that lists are made of, the newest first; they are made anew when there are so many more.
_REMEMBERED, _GROWN = 1_500, 1.08
#: Somebody else, whose rules a prompt shows in full.
_STRANGER = "\n"
#: As many tries of one answer are weighed at most.
_TRIES = 8


class PlaybookLearner(Learner):
    """One book for each company and kind of case."""

    def __init__(self, *, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._noise, self._drifts = noise, tuple(drifts)
        self._companies: dict[str, Company] = defaultdict(Company)
        self._elsewhere: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
        """What class a particular has at how many companies."""

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        if len(self.seen) in self._drifts:
            for each in self._companies.values():
                for desk in each.desks.values():
                    desk.age()
        asked = understand(seen.prompt, seen.options)
        if asked is None:
            return
        name = company(seen.prompt)
        desk = self._companies[name].desk(asked.key)
        answers = _split(seen.answer, asked)
        right = self._right(seen, asked, answers)
        course = self._note_meaning(name, seen.feedback)
        for named in read(seen.feedback, asked.key, dict(asked.choices).get("action", ())):
            self._note(name, asked, desk, named, right, course)
        if asked.clause:
            return
        self._note_cases(asked, desk, right, answers, seen)
        facts = self._facts(name, asked)
        if "action" in right:
            self._note_action(desk, facts, right["action"], course)
        for part in right:
            if part != "action" and "action" in right:
                self._note_part(name, asked, desk, part, (*facts, _place(asked, right["action"])), right[part])

    def _right(self, seen: Seen, asked: Asked, answers: dict[str, str]) -> dict[str, str]:
        """The parts whose right answer is told or follows."""
        if seen.correction:
            return _split(seen.correction, asked)
        if seen.reward == 1.0:
            return answers
        names = right_parts(seen.feedback)
        if seen.reward is not None and seen.reward >= ACTION_WORTH:
            names.append("action")
        return {part: answers[part] for part in names if part in answers}

    def _note_meaning(self, name: str, text: str) -> tuple[int, str]:
        """The terms that the client is on and the course that is called for, (-1, "") where they are not told."""
        found = meant(text)
        if found is None:
            return -1, ""
        self._vote_class(name, CLIENT, found.client, found.terms)
        return found.terms, found.course

    def _vote_class(self, name: str, place: int, particular: str, value: int) -> None:
        if not particular:
            return
        before = self._companies[name].class_of(place, particular)
        self._companies[name].roster[place, particular][value] += 1
        after = self._companies[name].class_of(place, particular)
        if after != before:
            self._elsewhere[place, particular][after] += 1

    def _note(self, name: str, asked: Asked, desk: Desk, named: Named, right: dict[str, str], course: tuple[int, str]) -> None:
        """What is said of a clause: what it asks for, and what it leads to."""
        part = "action" if asked.clause else named.part
        known = desk.parts[part].known(named.code)
        if named.tests is not None:  # all that is said of the clause that decides holds; what another one needs is lacking
            desk.note_limits(named.code, named.tests, asked.facts, met=named.whole)
        if not named.whole:
            self._note_leads(desk, known.outcome, named, known.meant)
            if named.terms < 0:
                known.leads[named.leads_to] += 1
            return
        if named.tests is not None:
            tests = frozenset(named.tests)
            known.said[tests] = known.said.get(tests, 0) + 1
        if part == "action" and not self._noise:
            desk.note_passed_over(part, named.code, asked.facts)
        if part == "action" and course[1]:
            known.leads[course[1]] += 1
            for terms, action in known.meant.items():
                desk.means[terms, course[1]][action] += 1
            known.meant.clear()
            if named.not_to:
                desk.means_not[course][named.not_to] += 1
        else:
            if named.not_to:
                known.not_to[named.not_to] += 1
            if part in right and not asked.clause:
                known.leads[right[part]] += 1
        for test in named.tests or ():
            if test.place >= FIRST:
                self._vote_class(name, test.place, asked.names[test.place - FIRST], test.value)

    @staticmethod
    def _note_leads(desk: Desk, course: str, named: Named, pending: dict[int, str]) -> None:
        """That a clause leads to an action under certain terms: its course means that, or will once it is known."""
        if named.terms >= 0 and named.leads_to:
            if course:
                desk.means[named.terms, course][named.leads_to] += 1
            else:
                pending[named.terms] = named.leads_to

    def _note_cases(self, asked: Asked, desk: Desk, right: dict[str, str], answers: dict[str, str], seen: Seen) -> None:
        """Right and wrong answers as cases, for lists that are made of them."""
        action = right.get("action", "")
        others = [part for part, _ in asked.choices if part != "action"]
        wrong = {part for part in others if _share(seen.reward) == 0.0 and part not in right}
        if seen.reward is not None and seen.reward < ACTION_WORTH:
            wrong.add("action")
        for part, choices in asked.choices:
            book, whom = desk.parts[part], _whom(asked, part)
            full = asked.facts if part == "action" else (*asked.facts, _place(asked, action))
            if part in right:
                book.cases.append(Case(full, whom, right[part]))
                del book.cases[:-_REMEMBERED]
            elif part in wrong and answers.get(part) in choices:
                book.wrong.append(Case(full, whom, answers[part]))
                del book.wrong[:-_REMEMBERED]

    @staticmethod
    def _note_action(desk: Desk, facts: Facts, action: str, course: tuple[int, str]) -> None:
        """A right action: what the course means to the client."""
        if not course[1]:
            code = desk.decides("action", facts)
            course = facts[CLIENT], desk.parts["action"].clauses[code].outcome if code else ""
        if course[0] >= 0 and course[1].startswith("course "):
            desk.means[course][action] += 1

    def _note_part(self, name: str, asked: Asked, desk: Desk, part: str, facts: Facts, right: str) -> None:
        """A right owner, deadline or code: where the class behind it is not known, it is the one whose clause leads there."""
        code, book, place = desk.decides(part, facts), desk.parts[part], BY_CLASS.get(part, 0)
        if code:
            if not book.clauses[code].outcome:
                book.clauses[code].leads[right] += 1
        elif place and asked.names[place - FIRST] and facts[place] < 0:
            values = [
                test.value
                for known in book.clauses.values()
                if known.outcome == right and known.tests
                for test in known.tests
                if test.place == place
            ]
            if len(values) == 1:
                self._vote_class(name, place, asked.names[place - FIRST], values[0])

    # -- answering ----------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        prompt = conversation[0]["content"]
        asked = understand(prompt, tuple(options))
        if asked is None:
            return options[0] if options else ""
        shown = rules_in(prompt, asked.key, dict(asked.choices).get("action", ()))
        name = self._stranger(asked, shown) if shown else company(prompt)
        desk, facts = self._companies[name].desk(asked.key), self._facts(name, asked)
        if asked.clause:
            return desk.decides("action", facts) or "A1"
        draw, answers = self.draw(prompt), dict[str, str]()
        for part, choices in asked.choices:
            if part == "action":
                answers[part] = self._action(desk, asked, facts, choices, draw)
            else:
                full = (*facts, _place(asked, answers["action"]))
                answers[part] = self._part(desk, asked, part, full, choices, draw)
        return "; ".join(answers.values())

    def _stranger(self, asked: Asked, shown: Sequence[tuple[str, str, tuple[Condition, ...], str]]) -> str:
        """A company that is known by its rules alone."""
        self._companies[_STRANGER] = Company()
        for part, code, tests, outcome in shown:
            known = self._companies[_STRANGER].desk(asked.key).parts[part].known(code)
            known.said[frozenset(tests)] = 1
            known.leads[outcome] += 1
        for part_of in self._companies[_STRANGER].desk(asked.key).parts.values():
            for code in part_of.in_order():  # what exceptions need beside their own is what those above them need
                above = parent(code)
                if above:
                    known = part_of.clauses[code]
                    known.said = {(known.tests or frozenset()) | (part_of.clauses[above].tests or frozenset()): 1}
        return _STRANGER

    def _facts(self, name: str, asked: Asked) -> Facts:
        """What the prompt tells, with what is known of those that it mentions."""
        return (*asked.facts, *(self._class_of(name, FIRST + kind, who) for kind, who in enumerate(asked.names)))

    def _class_of(self, name: str, place: int, particular: str) -> int:
        known = self._companies[name].class_of(place, particular)
        if known < 0 and name != _STRANGER and (votes := self._elsewhere.get((place, particular))):
            return max(votes, key=votes.__getitem__)  # siblings have about half of their arrangements in common
        return known

    def _action(self, desk: Desk, asked: Asked, facts: Facts, choices: Sequence[str], draw: Draw) -> str:
        book = desk.parts["action"]
        code = desk.decides("action", facts)
        outcome = book.clauses[code].outcome if code else ""
        if outcome in choices:
            return outcome
        excluded = {choice for choice in choices if code and book.clauses[code].not_to[choice]}
        if outcome:
            terms = facts[CLIENT]
            action = desk.means[terms, outcome].top if terms >= 0 else ""
            not_so = desk.means_not[terms, outcome]
            if action in choices and desk.means[terms, outcome][action] >= not_so[action]:
                return action
            excluded |= set(not_so) if terms >= 0 else set()
            excluded |= {votes.top for (own, course), votes in desk.means.items() if (own == terms) != (course == outcome)}
        elif book.cases or book.wrong:
            return self._induced(book, asked, "action", asked.facts, choices, draw)
        return draw.choice([choice for choice in choices if choice not in excluded] or list(choices))

    def _part(self, desk: Desk, asked: Asked, part: str, facts: Facts, choices: Sequence[str], draw: Draw) -> str:
        book = desk.parts[part]
        known = book.clauses.get(desk.decides(part, facts))
        if known and known.outcome in choices:
            return known.outcome
        if not book.clauses and (book.cases or book.wrong):
            return self._induced(book, asked, part, (*asked.facts, facts[-1]), choices, draw)
        excluded = set(known.not_to) if known else set()
        return draw.choice([choice for choice in choices if choice not in excluded] or list(choices))

    def _induced(self, book: Part, asked: Asked, part: str, facts: Facts, choices: Sequence[str], draw: Draw) -> str:
        """By a list that is made of right answers; while it learns by the draw of how likely each answer is, given how it did in cases alike."""
        if book.cases and (book.induced is None or len(book.cases) > _GROWN * book.induced_of + 3):
            book.induced, book.induced_of = induce(book.cases, asked.key), len(book.cases)
        whom, made = _whom(asked, part), book.induced
        course = made.course(facts) if made else ""
        guess = made.answer(facts, whom) if made else ""
        if self.frozen and guess in choices:
            return guess

        def alike(cases: Sequence[Case]) -> Counter[str]:
            same = (case for case in cases if case.client == whom and (not made or made.course(case.facts) == course))
            return Counter(case.answer for case in same)

        good, bad = alike(book.cases[-200:]), alike(book.wrong[-200:])
        if guess:
            good[guess] += 1
        if self.frozen:
            return max(choices, key=lambda choice: (good[choice] + 1) / (good[choice] + bad[choice] + 4))
        return max(choices, key=lambda choice: _beta(draw, good[choice], bad[choice]))


def _beta(draw: Draw, good: int, bad: int) -> float:
    """A draw from Beta(1 + good, 1 + bad), the share of successes after so many: the (1 + good)-th smallest of 1 + good + bad uniform numbers."""
    good, bad = min(good, _TRIES), min(bad, _TRIES)
    return sorted(draw.uniform() for _ in range(1 + good + bad))[good]


def _whom(asked: Asked, part: str) -> str:
    """The particular that a part of the answer hangs on; "" for none."""
    place = CLIENT if part == "action" else BY_CLASS.get(part, 0)
    return asked.names[place - FIRST] if place else ""


def _share(reward: float | None) -> float | None:
    """The share of the parts beside the action that is right; ``None`` where nobody says."""
    if reward is None:
        return None
    return (reward - ACTION_WORTH) / (1 - ACTION_WORTH) if reward >= ACTION_WORTH else reward / REST_WORTH


def _place(asked: Asked, action: str) -> int:
    actions = dict(asked.choices).get("action", ())
    return actions.index(action) if action in actions else -1


def _split(answer: str, asked: Asked) -> dict[str, str]:
    """An answer by its parts; none where it has more or fewer."""
    parts = [part.strip() for part in answer.split(";")]
    names = [name for name, _ in asked.choices]
    return dict(zip(names, parts)) if len(parts) == len(names) else {}
