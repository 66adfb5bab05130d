"""One drawn framework as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Feedback, Grade, LazyWorld, Misled, Query
from clgym.envs.framework import guard, level0, review, running
from clgym.envs.framework.house import DJANGO, LEVEL0_ALWAYS, House, draw_house, drift_house, sibling_house
from clgym.envs.framework.knowing import deciders_of_line, deciders_of_task
from clgym.envs.framework.prompts import LABELS, label_of, prompt_of
from clgym.envs.framework.specs import draw_spec, kinds_of
from clgym.envs.framework.tasks import Task
from clgym.seeding import Draw, Seed, seed_of

REVIEW, GUARD = "transfer/review", "guard"
#: Queries above level 0.
_LEARN, _SIZES = {1: 2400, 2: 3600, 3: 10_800}, {"eval": 320, REVIEW: 320, GUARD: 320}
_STRIDE = 1571  # coprime to LABELS: neighbours in a pool share neither names nor phrasing
#: What the best agent without knowledge of the world earns, with a margin: guesses in a review are right or wrong, and few are asked.
_FLOOR, _REVIEW_FLOORS = 0.15, (0.4, 0.36)
#: What the reviewers of every house want above level 0.
_OF_EVERY_HOUSE = (
    "Rows are chosen and sorted by queries, not by loops in app code.",
    "An answer tries no words out: it looks nothing up with dir, help, getattr or vars, uses no attribute that begins with an underscore and "
    "catches no AttributeError, TypeError, NameError, KeyError, LookupError, QueryError, FieldError or Exception. Who prints dir(...) or "
    "help(...) instead of an answer is shown what it says, and earns nothing.",
)
_PRAISE = ("Right.", "Yes, that works.", "Correct, it does what was asked for.")
_BLAME = (
    "I ran it, and one of the cases fails.",
    "It loads, but what it gives is not what was asked for.",
    "That is not how this framework wants it.",
)


@dataclass(frozen=True)
class FrameworkWorld(LazyWorld):
    """One framework at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    house: House
    drifts: int = 0

    family = "CL-Framework-v0"
    parts = ("content", "rules", "words", "cases", "line", "query")

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.house.name

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        if self.level:
            return {"learn": _LEARN[self.level], **_SIZES}
        return {"learn": len(self._ops["learn"]), "eval": len(self._ops["eval"]), REVIEW: 200, GUARD: len(self._ops["guard"])}

    @property
    def _kinds(self) -> tuple[str, ...]:
        """The kinds of queries of level 0."""
        drawn = dict(self.house.drawn)
        return tuple(kind for kind in level0.PROMPTS if kind in drawn and kind not in LEVEL0_ALWAYS[:1])

    @functools.cached_property
    def _ops(self) -> dict[str, list[tuple[level0.Op, int]]]:
        return level0.ops(self.house, self._kinds, self.seed.draw("ops"))

    def make_query(self, pool: str, index: int) -> Query:
        return {REVIEW: self._review, GUARD: self._guard}.get(pool, self._task_query)(pool, index)

    def _task_query(self, pool: str, index: int) -> Query:
        if self.level == 0:
            op, phrasing = self._ops[pool][index]
            return Query(pool, index, level0.prompt_of(op, phrasing, self.name), op)
        task = self._task(self.house, pool, index)
        return Query(pool, index, task.prompt, task)

    def _task(self, house: House, pool: str, index: int) -> Task:
        """The task of an index, as it would be in a house with the same models."""
        number = index + (_LEARN[self.level] if pool == "eval" else 0)
        label, seed = label_of(number * _STRIDE % LABELS), self.seed.child("task", pool, index)
        kinds = kinds_of(self.level)
        kind = self.seed.draw("kinds", pool, index // len(kinds)).shuffled(kinds)[index % len(kinds)]  # as many of each
        spec = draw_spec(house, self.level, kind, label, seed.draw(), held=pool == "eval")
        return Task(house, spec, prompt_of(spec, self.name, label.phrasing), seed)

    def _review(self, pool: str, index: int) -> Query:
        draw = self.seed.draw("review", index)
        if self.level == 0:
            payload = review.line_review(self.house, self._kinds, index % review.LINES, draw)
        else:
            payload = review.code_review(self.house, index % 5, draw)
        phrases = review.PROMPTS[:3] if self.level == 0 else review.PROMPTS
        return Query(pool, index, draw.choice(phrases).format(house=self.name, code=review.numbered(payload)), payload)

    def _guard(self, pool: str, index: int) -> Query:
        if self.level == 0:
            op, phrasing = self._ops[pool][index]
            language = f"Django (not {self.name})" if index % 2 else "Django"
            return Query(pool, index, level0.prompt_of(op, phrasing, language), guard.Line(op))
        payload = guard.draw_payload(self.seed.child("guard", index))
        return Query(pool, index, guard.prompt_of(payload, self.name, self.seed.draw("guard", index)), payload)

    def grade(self, query: Query, answer: str) -> Grade:
        payload = query.payload
        if isinstance(payload, review.Payload):
            return review.grade(self.house, payload, answer)
        if isinstance(payload, (guard.Payload, guard.Line)):
            return guard.grade(payload, answer)
        if isinstance(payload, level0.Op):
            return level0.grade(self.house, payload, self.solve(query), answer)
        return running.grade(payload, answer)

    def solve(self, query: Query) -> str:
        payload = query.payload
        if isinstance(payload, review.Payload):
            return str(payload.number)
        return level0.write(self.house, payload) if isinstance(payload, level0.Op) else str(payload.solution)

    def deciders(self, query: Query) -> frozenset[str]:
        payload = query.payload
        if isinstance(payload, level0.Op):
            return deciders_of_line(self.house, payload)
        return deciders_of_task(self.house, payload.spec) if isinstance(payload, Task) else frozenset()

    def form(self, query: Query) -> str:
        return "words" if query.pool == REVIEW else "code"

    def rulebook(self) -> str:
        head = (
            f"{self.name} is a web framework in Python that looks like Django. Everything in it is as in Django but for "
            f"these rules, and everything of {self.name} is imported in app code:"
        )
        rules = [*self.house.sentences(), *(_OF_EVERY_HOUSE if self.level else ())]
        return "\n".join([head, *(f"{number}. {line}" for number, line in enumerate(rules, 1)), self._example()])

    def _example(self) -> str:
        domain = self.house.schema.domains[0]
        op = level0.Op("filter", domain.model, domain.label, "Kim")
        return f'For example, {domain.model}.objects.filter({domain.label}="Kim") is written: {level0.write(self.house, op)}'

    def rules(self) -> frozenset[str]:
        return self.house.rules()

    def drifted(self, seed: Seed) -> FrameworkWorld:
        house = drift_house(self.house, self.level, seed.draw("framework drift"))
        return replace(self, house=house, drifts=self.drifts + 1)

    def sibling(self, seed: Seed) -> FrameworkWorld:
        """A framework of another name, with the same models, that shares about half of its conventions and of its columns' names."""
        return FrameworkWorld(seed, self.level, sibling_house(self.house, seed.draw("framework sibling")))

    def floor(self, pool: str) -> float:
        return _REVIEW_FLOORS[self.level > 0] if pool == REVIEW else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        """What somebody would write who knows another framework of this kind."""
        payload = query.payload
        if isinstance(payload, review.Payload):
            return str(draw.integer(1, len(payload.lines)))
        other = draw_house(draw, self.level)
        if isinstance(payload, guard.Line):
            return level0.write(other, payload.op)
        if isinstance(payload, guard.Payload):
            return guard.draw_payload(seed_of("other guard", draw.integer(0, 10**9))).solution
        if isinstance(payload, level0.Op):
            return level0.write(other, draw.choice(self._ops["eval"])[0])
        return self._as_in(_like(other, self.house), payload)

    def _as_in(self, house: House, task: Task) -> str:
        """What would be right in another house."""
        return "\n".join(task.written_for(house.switched(name for name, value in task.spec.on if value)))

    def habit(self, query: Query) -> str:
        """Django."""
        payload = query.payload
        if isinstance(payload, review.Payload):
            return "1"
        if isinstance(payload, level0.Op):
            return level0.write(DJANGO, payload)
        return self._as_in(DJANGO, payload) if isinstance(payload, Task) else str(payload.solution)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """Praise for what is wrong, or blame in a colleague's words, with the same task as somebody would write it in another framework."""
        if grade.outcome != "correct":
            told = Feedback(draw.choice(_PRAISE), "", "")
            return Misled(Grade(1.0, "correct", told, dict.fromkeys(grade.parts, 1.0)), answer)
        claimed = self._another(query, right, draw)
        told = Feedback("That is not right.", draw.choice(_BLAME), f"It should be:\n{claimed}" if claimed.strip() else "")
        return Misled(Grade(0.0, "wrong", told, dict.fromkeys(grade.parts, 0.0)), claimed)


def _like(house: House, model: House) -> House:
    """A house with another one's models and settings, and names of its own for the columns."""
    names = [name for _, _, name in house.columns]
    columns = tuple((domain, column, names[place % len(names)]) for place, (domain, column, _) in enumerate(model.columns))
    return replace(house, schema=model.schema, columns=columns, settings=())


def draw_world(seed: Seed, level: int) -> FrameworkWorld:
    """Draw one world."""
    return FrameworkWorld(seed, level, draw_house(seed.draw("house"), level))
