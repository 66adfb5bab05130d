"""One drawn framework as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Query
from clgym.envs.framework import guard, level0, review, running
from clgym.envs.framework.apps import task_of
from clgym.envs.framework.catalogue import SLOT
from clgym.envs.framework.domains import DOMAINS
from clgym.envs.framework.house import DJANGO, LEVEL0_ALWAYS, House, draw_house, drift_house
from clgym.envs.framework.plans import Plan, fixed_plan, result_in_english
from clgym.envs.framework.prompts import LABELS, label_of
from clgym.envs.framework.tasks import Task
from clgym.seeding import Draw, Seed

REVIEW, GUARD = "transfer/review", "guard"
#: Queries above level 0, where ``learn`` and ``eval`` share out the labels.
_SIZES = {"learn": 2400, "eval": 320, REVIEW: 320, GUARD: 320}
_STRIDE = 1571  # coprime to LABELS: neighbours in a pool share neither names nor phrasing
#: What the best agent without knowledge of the world earns, with a margin.
_FLOOR, _REVIEW_FLOORS = 0.15, (0.35, 0.3)
#: What the linter and the reviewers of every house want above level 0.
_OF_EVERY_HOUSE = (
    "Rows are chosen and sorted by queries, not by loops in app code.",
    "App code tries no words out. It uses no getattr, dir, vars, type, mro, attrgetter or methodcaller, no attribute that begins "
    "with an underscore, no method of its own with two but __init__, and nothing from the inside of the framework; it catches no "
    "AttributeError, TypeError, NameError, KeyError, LookupError, QueryError or Exception, and has no except without a kind.",
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
            return dict(_SIZES)
        return {"learn": len(self._ops["learn"]), "eval": len(self._ops["eval"]), REVIEW: 200, GUARD: len(self._ops["guard"])}

    @property
    def _kinds(self) -> tuple[str, ...]:
        """The kinds of queries of level 0."""
        drawn = dict(self.house.drawn)
        return tuple(kind for kind in level0.PROMPTS if kind in drawn and kind not in LEVEL0_ALWAYS[:1])

    @functools.cached_property
    def _ops(self) -> dict[str, list[tuple[level0.Op, int]]]:
        return level0.ops(self._kinds, self.seed.draw("ops"))

    @functools.cached_property
    def _written(self) -> dict[tuple[bool, level0.Op], str]:
        """The lines of level 0 that were asked for so far."""
        return {}

    def make_query(self, pool: str, index: int) -> Query:
        return {REVIEW: self._review, GUARD: self._guard}.get(pool, self._task_query)(pool, index)

    def _task_query(self, pool: str, index: int) -> Query:
        if self.level == 0:
            return self._line(pool, index, self.name)
        task = self._task(self.house, pool, index)
        return Query(pool, index, task.prompt, task)

    def _line(self, pool: str, index: int, language: str) -> Query:
        op, phrasing = self._ops[pool][index]
        return Query(
            pool,
            index,
            level0.PROMPTS[op.kind][phrasing].format(house=language, model=op.model, column=op.column, value=op.value),
            op,
        )

    def _task(self, house: House, pool: str, index: int) -> Task:
        """The task of an index, as it would be in a house: the same for all houses that hide archived rows alike."""
        number = index + (_SIZES["learn"] if pool == "eval" else 0)
        return task_of(house, self.level, label_of(number * _STRIDE % LABELS), self.seed.draw("task", pool, index))

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
            return self._line(pool, index, f"Django (not {self.name})")
        draw = self.seed.draw("guard", index)
        plan = fixed_plan(draw.choice(DOMAINS), draw)
        given = f"The model {plan.domain.model} has the fields {', '.join(plan.domain.columns)}."
        prompt = draw.choice(guard.PROMPTS).format(house=self.name, spec=result_in_english(plan, str), given=given)
        return Query(pool, index, prompt, plan)

    def grade(self, query: Query, answer: str) -> Grade:
        payload = query.payload
        if isinstance(payload, review.Payload):
            return review.grade(self.house, payload, answer)
        if isinstance(payload, Plan):
            return guard.grade(payload, answer)
        if isinstance(payload, level0.Op):
            return level0.grade(DJANGO if query.pool == GUARD else self.house, payload, self.solve(query), answer)
        return running.grade(self.house, payload, answer)

    def solve(self, query: Query) -> str:
        payload = query.payload
        if isinstance(payload, review.Payload):
            return str(payload.number)
        if isinstance(payload, Plan):
            return guard.write(payload)
        if isinstance(payload, level0.Op):
            key = query.pool == GUARD, payload
            line = self._written.get(key)
            if line is None:
                line = self._written[key] = level0.write(DJANGO if query.pool == GUARD else self.house, payload)
            return line
        return str(payload.solution)

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
        op = level0.Op("filter", "Book", "author", "Kim")
        return f'For example, Book.objects.filter(author="Kim") is written: {level0.write(self.house, op)}'

    def rules(self) -> frozenset[str]:
        return self.house.rules()

    def drifted(self, seed: Seed) -> FrameworkWorld:
        return replace(self, house=drift_house(self.house, seed.draw("framework drift")), drifts=self.drifts + 1)

    def floor(self, pool: str) -> float:
        return _REVIEW_FLOORS[self.level > 0] if pool == REVIEW else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        """What somebody would write who knows another framework of this kind."""
        payload = query.payload
        if isinstance(payload, review.Payload):
            return str(draw.integer(1, len(payload.lines)))
        if isinstance(payload, Plan):
            return guard.write(fixed_plan(draw.choice(DOMAINS), draw))
        other = draw_house(draw, self.level)
        if isinstance(payload, level0.Op):
            return level0.write(other, draw.choice(self._ops["eval"])[0])
        return self._task(_hiding(other, self.house), query.pool, query.index).solution

    def habit(self, query: Query) -> str:
        """Django."""
        payload = query.payload
        if isinstance(payload, (review.Payload, Plan)):
            return "1" if isinstance(payload, review.Payload) else guard.write(payload)
        if isinstance(payload, level0.Op):
            return level0.write(DJANGO, payload)
        return self._task(_hiding(DJANGO, self.house), query.pool, query.index).solution


def _hiding(house: House, like: House) -> House:
    """A house that hides archived rows and has settings as another one does, so that the same draws give the same task."""
    drawn = {**dict(house.drawn), "hidden": like["hidden"]}
    if like["hidden"] == SLOT["hidden"].django:
        del drawn["hidden"]
    settings = tuple(setting._replace(choice=SLOT[setting.slot].django) for setting in like.settings)
    return House(house.name, tuple(sorted(drawn.items())), settings)


def draw_world(seed: Seed, level: int) -> FrameworkWorld:
    """Draw one world."""
    return FrameworkWorld(seed, level, draw_house(seed.draw("house"), level))
