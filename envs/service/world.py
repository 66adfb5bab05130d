"""One drawn service as a world of queries."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from clgym.core import Episode, Grade, LazySequence, LazyWorld, Misled, MultiTurnWorld, Query
from clgym.envs.service import feedback
from clgym.envs.service.episode import Call, Course, RequestEpisode
from clgym.envs.service.goals import TASKS, Bench, Drawn, draw_goal
from clgym.envs.service.messages import parse
from clgym.envs.service.program import ProgramEpisode, program_for
from clgym.envs.service.prompts import prompt_of
from clgym.envs.service.reading import shown_by
from clgym.envs.service.records import Records
from clgym.envs.service.routing import Api
from clgym.envs.service.rules import Resource, Rules, draw_name, draw_rules, draw_schema, options_of, redrawn, sibling_of
from clgym.envs.service.spelling import Access, Spelling
from clgym.envs.service.words import STATUS
from clgym.seeding import Draw, Seed
from clgym.text.phrases import Phrasing

PYTHON, GUARD = "transfer/python", "guard"
_SIZES = (2_000, 2_400, 2_400, 10_000)
#: Goals are held out by what they are about: one in so many.
_HELD_OUT = 4
#: After so many draws that gave nothing new, another kind of goal has its turn.
_PATIENCE = 100
#: So many other services are documented in the prompts of a world's guard pool.
_OTHERS = 8
#: What the best agent without knowledge of the world earns, with a margin (see the family's docstring).
_FLOORS = (0.12, 0.05, 0.05, 0.05)


class Payload(NamedTuple):
    """What a query carries: the goal, and which of the guard's services it is about (-1: the world's own)."""

    drawn: Drawn
    other: int = -1


@dataclass(frozen=True)
class ServiceWorld(LazyWorld, MultiTurnWorld):
    """One service at one level. Data, routes and queries are made when they are first asked for."""

    seed: Seed
    level: int
    schema: Mapping[str, Resource]
    conventions: Rules
    access: Access

    family = "CL-Service-v0"
    parts = ("reached", "progress", "wasted")

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.conventions.service

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return {"learn": _SIZES[self.level], "eval": 320, PYTHON: 320, GUARD: 320}

    @functools.cached_property
    def records(self) -> Records:
        """The data that every episode begins with."""
        return Records(self.seed.child("data"), self.level, self.schema)

    def api(self, other: int = -1) -> Api:
        """The world's own service, or one of those that the guard documents."""
        api = self._apis.get(other)
        if api is None:
            rules = self.conventions
            if other >= 0:
                seed = self.seed.child("other", other)
                rules = draw_rules(seed, self.level, self.schema, draw_name(seed.draw("name"), self.name))
            api = self._apis[other] = Api(Spelling(rules), self.records)
        return api

    @functools.cached_property
    def _apis(self) -> dict[int, Api]:
        """The services that were asked for so far."""
        return {}

    # Queries

    def make_query(self, pool: str, index: int) -> Query:
        return self._drawn[pool][index]

    @functools.cached_property
    def _drawn(self) -> Mapping[str, LazySequence[Query]]:
        return {pool: LazySequence(functools.partial(self._draws, pool)) for pool in self.pools}

    def _draws(self, pool: str) -> Iterator[Query]:
        """The queries of a pool, no prompt twice. Kinds of goal take turns; one that gives nothing new is passed over."""
        taken: set[str] = set()
        draw, tasks = self.seed.draw("queries", pool), TASKS[self.level]
        bench, misses = Bench(self.level, self.records, draw), 0
        kinds = tuple(self.schema)
        while len(taken) < self.pools[pool]:
            index = len(taken)
            other = index // len(tasks) % _OTHERS if pool == GUARD else -1
            drawn = draw_goal(bench, tasks[(index + misses // _PATIENCE) % len(tasks)])
            prompt = prompt_of(pool, drawn.goal, self.api(other).rules, self.access, draw, draw.choice(kinds))
            if prompt in taken or self._held_out(drawn.about) != (pool != "learn"):
                misses += 1
                continue
            taken.add(prompt)
            misses = 0
            yield Query(pool, index, prompt, Payload(drawn, other))

    def _held_out(self, about: str) -> bool:
        """Whether ``learn`` never asks for this. Lists are few, so theirs are spread over kinds, statuses and fields by a number."""
        place = int(about[1:]) if about.startswith("#") else zlib.crc32(f"{self.name}/{about}".encode())
        return place % _HELD_OUT == 0

    # Answers

    def episode(self, query: Query) -> Episode:
        payload: Payload = query.payload
        kind = ProgramEpisode if query.pool == PYTHON else RequestEpisode
        return kind(self.api(payload.other), self.access, payload.drawn, (self.name, query.id))

    def turns(self, query: Query) -> int:
        payload: Payload = query.payload
        if query.pool == PYTHON:
            return 1
        return Course(self.api(payload.other), self.access, payload.drawn).budget

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """What a colleague would say of this call who has one of its rules wrong; the reward is that of a call of which that is true."""
        if not isinstance(grade, Call) or grade.op is None:
            return super().mislead(query, answer, grade, right, draw)
        phrasing, parts = Phrasing(query.id, answer, draw.integer(0, 99)), {**grade.parts, "reached": 0.0}
        if grade.outcome not in ("correct", "partial"):
            told = feedback.correction(phrasing, answer) if answer.strip() else ""
            reward, outcome = (1.0, "correct") if grade.over else (0.0, "partial")
            remarks = feedback.done(phrasing, 0, "") if grade.over else feedback.useful(phrasing, answer, False, "")
            parts["reached"] = float(grade.over)
            return Misled(Grade(reward, outcome, remarks._replace(correction=told), parts), answer)
        rules, key = self._mistaken(query, grade, right, answer, draw)
        claimed = Spelling(rules).draft(grade.op, self.access, revision=grade.revision, waiting=grade.waiting).text
        said = feedback.stated(phrasing, key, rules)
        return Misled(Grade(0.0, "wrong", feedback.useless(phrasing, said, claimed, grade.over), parts), claimed)

    def _mistaken(self, query: Query, grade: Call, right: str, answer: str, draw: Draw) -> tuple[Rules, str]:
        """The service's rules but for one that shows in the right request, and the key of that one."""
        assert grade.op is not None
        rules = self.api(query.payload.other).rules
        shown = shown_by(parse(right), grade.op, self.access, self.level)
        keys = sorted(key if key in rules.chosen else key.rpartition("/")[0] for key in shown)
        for key in draw.shuffled(key for key in keys if key in rules.chosen):
            for option in draw.sample(options_of(key), min(8, len(options_of(key)))):
                other = replace(rules, chosen={**rules.chosen, key: option})
                text = Spelling(other).draft(grade.op, self.access, revision=grade.revision, waiting=grade.waiting).text
                if text not in (right, answer):
                    return other, key
        raise AssertionError("every request shows its root")

    def sample_answer(self, query: Query, draw: Draw) -> str:
        """A request (or program) for another goal in the rules of another service."""
        seed = self.seed.child("ignorant", draw.integer(0, 15))
        spelling = Spelling(draw_rules(seed, self.level, self.schema))
        drawn = draw_goal(Bench(self.level, self.records, draw), draw.choice(TASKS[self.level]))
        if query.pool == PYTHON:
            return program_for(spelling, self.access, drawn.goal)
        op = Course(Api(spelling, self.records), self.access, drawn).steps[-1]
        return spelling.draft(op, self.access, revision="1").text

    def habit(self, query: Query) -> str:
        """The request (or program) that plain REST would send."""
        drawn: Drawn = query.payload.drawn
        spelling = Spelling(Rules(self.name, self.level, {}))
        if query.pool == PYTHON:
            return program_for(spelling, self.access, drawn.goal)
        return Course(Api(spelling, self.records), self.access, drawn).next()[1].text

    # Rules

    def form(self, query: Query) -> str:
        return "code"

    def rulebook(self) -> str:
        return "\n".join([f"How the service {self.name} wants its requests.", *(text for _, text in self.conventions.described())])

    def rules(self) -> frozenset[str]:
        """Every drawn rule as its key and option."""
        return frozenset(f"{key}: {option}" for key, option in self.conventions.chosen.items())

    def drifted(self, seed: Seed) -> ServiceWorld:
        return replace(self, conventions=redrawn(self.conventions, self.schema, seed))

    def sibling(self, seed: Seed) -> ServiceWorld:
        schema, rules = sibling_of(self.conventions, self.schema, seed)
        return ServiceWorld(seed, self.level, schema, rules, _access(seed))

    def deciders(self, query: Query) -> frozenset[str]:
        """The rules that show in the requests of a knower, and the gates of a change of status."""
        payload: Payload = query.payload
        course = Course(self.api(payload.other), self.access, payload.drawn)
        found: set[str] = set()
        for op in course.steps:
            draft = course.spelling.draft(op, self.access, revision="1", cursor="x")
            found.update(shown_by(parse(draft.text), op, self.access, self.level))
            status = dict(op.changes).get(STATUS) if op.verb == "update" else None
            found.update([f"gate {op.kind}/{status}"] if status else [])
        known = self.conventions.chosen
        return frozenset(key for key in found if key in known or (key.startswith("code ") and key.rpartition("/")[0] in known))

    def floor(self, pool: str) -> float:
        return _FLOORS[self.level]


def _access(seed: Seed) -> Access:
    """The key and tenant that prompts give."""
    draw = seed.draw("access")
    key = "k" + "".join(draw.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(4))
    return Access(key, draw.choice(("north", "south", "east", "west", "alpha", "delta")))


def draw_world(seed: Seed, level: int) -> ServiceWorld:
    """Draw the schema and the rules of one world, and the key and tenant that its prompts give."""
    schema = draw_schema(seed, level)
    return ServiceWorld(seed, level, schema, draw_rules(seed, level, schema), _access(seed))
