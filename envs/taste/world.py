"""One person as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clgym.core import Grade, LazyWorld, Query
from clgym.envs.taste.draws import draw_taste, drifted_taste
from clgym.envs.taste.feedback import pick_grade, unread
from clgym.envs.taste.guard import draw_guarded
from clgym.envs.taste.kinds import BOOK, KINDS, Kind, invented_name
from clgym.envs.taste.person import Taste
from clgym.envs.taste.prompts import LONG, OTHERS_LONG, OTHERS_SHORT, SHORT, listed, moment_sentence
from clgym.envs.taste.rulebook import rulebook, single_rules
from clgym.envs.taste.slates import Pairs, Scale, Slate, draw_slate, scaled
from clgym.seeding import Draw, Seed
from clgym.text.answers import plain, undress
from clgym.text.phrases import Phrasing

_POOLS = (
    {"learn": 1200, "eval": 300, "transfer/books": 300, "guard": 300},
    *({"learn": 2000, "eval": 320, "transfer/books": 320, "guard": 320},) * 3,
)
#: A pick by chance earns at most a fifth of ``slates.TOGETHER`` in expectation; this leaves room for luck over some 50 queries.
_FLOORS = (0.4, 0.35, 0.35, 0.35)
#: Names that a prompt gives to what it asks for.
_FIELDS = ("pick", "name")
#: Longer answers are no names, in whatever dress.
_LONGEST = 400


@dataclass(frozen=True)
class TasteWorld(LazyWorld):
    """One person's taste at one level. Queries and grades are made when they are first asked for."""

    seed: Seed
    level: int
    name: str
    kind: Kind
    taste: Taste

    family = "CL-Taste-v0"
    parts = ("pleasure",)

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return _POOLS[self.level]

    @functools.cached_property
    def _cache(self) -> dict[Any, Any]:
        """Pairs, names, scales and grades that were worked out so far."""
        return {}

    def make_query(self, pool: str, index: int) -> Query:
        return self._guard(index) if pool == "guard" else self._query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        names = self._names(query)
        place = names.get(answer)
        if place is None and len(answer) <= _LONGEST:
            place = names.get(plain(answer, _FIELDS))
        if place is None:
            return self._unread(query, answer)
        grade: Grade | None = self._cache.get((query.prompt, place))
        if grade is None:
            grade = pick_grade(
                Phrasing(query.prompt, place), self._kind_of(query), self._taste_of(query), query.payload, self._scale(query), place
            )
            self._cache[query.prompt, place] = grade
        return grade

    def solve(self, query: Query) -> str:
        return query.options[self._scale(query).best]

    def rulebook(self) -> str:
        return rulebook(self.name, self.kind, self.level, self.taste)

    def rules(self) -> frozenset[str]:
        return frozenset(single_rules(self.kind, self.level, self.taste))

    def drifted(self, seed: Seed) -> TasteWorld:
        return replace(self, taste=drifted_taste(seed.draw("drift"), self.kind, self.level, self.taste))

    def floor(self, pool: str) -> float:
        return _FLOORS[self.level]

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return draw.choice(query.options)

    def habit(self, query: Query) -> str:
        """Whoever does not know what somebody likes takes the first on the list."""
        return query.options[0]

    def _query(self, pool: str, index: int) -> Query:
        book = pool == "transfer/books"
        slate = self._slate(pool, index)
        noun, plural = (BOOK.noun, BOOK.plural) if book else (self.kind.noun, self.kind.plural)
        draw = self.seed.draw("prompt", pool, index)
        prompt = draw.choice(LONG if self.level else SHORT).format(
            noun=noun,
            plural=plural,
            plural_cap=plural.capitalize(),
            name=self.name,
            moment=moment_sentence(draw, self.name, slate.moment),
            list=listed(draw, BOOK if book else self.kind, slate.things, self.level),
        )
        return Query(pool, index, prompt, slate, tuple(thing.name for thing in slate.things))

    def _slate(self, pool: str, index: int) -> Slate:
        if self.level:
            return draw_slate(self.seed.draw("slate", pool, index), self.kind, self.level, self.taste, pool == "transfer/books")
        pairs: Pairs | None = self._cache.get(("pairs", pool))
        if pairs is None:
            pairs = self._cache["pairs", pool] = Pairs(self.seed.draw("pairs", pool), self.taste, pool)
        return pairs[index]

    def _guard(self, index: int) -> Query:
        draw = self.seed.draw("guard", index)
        other, slate = draw_guarded(draw, self.kind, self.level, self.taste)
        prompt = draw.choice(OTHERS_LONG if self.level else OTHERS_SHORT).format(
            noun=self.kind.noun,
            plural=self.kind.plural,
            other=other.name,
            order=other.wish,
            wish=other.wish,
            list=listed(draw, self.kind, slate.things, self.level),
        )
        return Query("guard", index, prompt, slate, tuple(thing.name for thing in slate.things))

    def _names(self, query: Query) -> Mapping[str, int]:
        """The names as they may be written, with their places."""
        places: dict[str, int] | None = self._cache.get(("names", query.options))
        if places is None:
            places = {name: place for place, name in enumerate(query.options)}
            places |= {name.casefold(): place for place, name in enumerate(query.options)}
            self._cache["names", query.options] = places
        return places

    def _scale(self, query: Query) -> Scale:
        scale: Scale | None = self._cache.get(("scale", query.prompt))
        if scale is None:
            slate: Slate = query.payload
            taste = self._taste_of(query)
            scale = scaled([taste.worth(thing.traits, slate.moment) for thing in slate.things])
            self._cache["scale", query.prompt] = scale
        return scale

    def _taste_of(self, query: Query) -> Taste:
        slate: Slate = query.payload
        return slate.other or self.taste

    def _kind_of(self, query: Query) -> Kind:
        return BOOK if query.payload.book else self.kind

    def _unread(self, query: Query, answer: str) -> Grade:
        """The grade of what names nothing on the list; an agent that says it again gets the same one."""
        previous, grade = self._cache.get(("unread", query.prompt), ("", None))
        if grade is None or previous != answer:
            text = undress(answer, _FIELDS) if len(answer) <= _LONGEST else answer.strip()
            grade = unread(Phrasing(query.prompt, text), text, query.options, self.solve(query))
            self._cache["unread", query.prompt] = answer, grade
        return grade


def draw_world(seed: Seed, level: int) -> TasteWorld:
    """Draw a person, a kind of thing and a taste."""
    draw = seed.draw("taste")
    name, kind = invented_name(draw), draw.choice(KINDS)
    return TasteWorld(seed, level, name, kind, draw_taste(draw, kind, level))
