"""One person as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from clgym.core import Grade, LazyWorld, Misled, Query
from clgym.envs.taste import feedback, prompts
from clgym.envs.taste.drift import drifted_taste, sibling_taste
from clgym.envs.taste.rulebook import rulebook, single_rules
from clgym.envs.taste.slates import Scale, Slate, draw_guarded, draw_pairs, draw_slate, draw_vocabulary, scaled
from clgym.envs.taste.taste import Taste, Vocabulary, deciders, draw_taste
from clgym.envs.taste.words import BOOK, KINDS, Kind, invented_name
from clgym.seeding import Draw, Seed
from clgym.text.answers import plain, undress
from clgym.text.phrases import Phrasing

_SMALL = {"eval": 320, "transfer/books": 320, "guard": 320}
_POOLS = (
    {"learn": 1200, "eval": 300, "transfer/books": 300, "guard": 300},
    {"learn": 2000, **_SMALL},
    {"learn": 4000, **_SMALL},
    {"learn": 10_000, **_SMALL},
)
#: Any pick that does not go by the taste earns 0.27 to 0.29 in expectation; this leaves room for luck over some 50 queries.
_FLOOR = 0.4
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
    vocabulary: Vocabulary
    taste: Taste

    family = "CL-Taste-v0"
    parts = ("pleasure",)

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return _POOLS[self.level]

    @functools.cached_property
    def _cache(self) -> dict[Any, Any]:
        """Names, scales and grades that were worked out so far."""
        return {}

    def make_query(self, pool: str, index: int) -> Query:
        draw = self.seed.draw(pool, index)
        if pool == "guard":
            wish, slate = draw_guarded(draw, self.vocabulary, self.level)
            prompt = prompts.guard_prompt(draw, self.kind, self.name, self.level, wish, slate.things, slate.moment)
        else:
            book = pool == "transfer/books"
            slate = draw_slate(draw, self.vocabulary, self.level, book) if self.level else draw_pairs(draw, self.vocabulary, pool)
            prompt = prompts.prompt(draw, BOOK if book else self.kind, self.name, self.level, slate.things, slate.moment)
        return Query(pool, index, prompt, slate, tuple(thing.name for thing in slate.things))

    def grade(self, query: Query, answer: str) -> Grade:
        place = self._place(query, answer)
        if place is None:
            return self._unread(query, answer)
        grade: Grade | None = self._cache.get((query.prompt, place))
        if grade is None:
            slate: Slate = query.payload
            grade = feedback.pick_grade(
                Phrasing(query.prompt, place), self._kind_of(slate), self._taste_of(slate), slate, self._scale(query), place
            )
            self._cache[query.prompt, place] = grade
        return grade

    def solve(self, query: Query) -> str:
        return query.options[self._scale(query).best]

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        slate: Slate = query.payload
        others = [place for place, reward in enumerate(self._scale(query).rewards) if reward < 1.0] or [0]
        return feedback.mistaken(
            draw, self._kind_of(slate), self._taste_of(slate), slate, self._place(query, answer), answer, grade, draw.choice(others)
        )

    def rulebook(self) -> str:
        return rulebook(self.name, self.kind, self.level, self.taste)

    def rules(self) -> frozenset[str]:
        return frozenset(single_rules(self.taste))

    def deciders(self, query: Query) -> frozenset[str]:
        slate: Slate = query.payload
        if slate.other:
            return frozenset()
        return deciders(self.taste, [thing.values for thing in slate.things], slate.moment)

    def drifted(self, seed: Seed) -> TasteWorld:
        return replace(self, taste=drifted_taste(seed.draw("drift"), self.vocabulary, self.level, self.taste))

    def sibling(self, seed: Seed) -> TasteWorld:
        """Somebody else who knows the same words and thinks the same of about half of them."""
        draw = seed.draw("sibling")
        taste = sibling_taste(draw, self.vocabulary, self.level, self.taste)
        return replace(self, seed=seed, name=invented_name(draw), taste=taste)

    def floor(self, pool: str) -> float:
        return _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return draw.choice(query.options)

    def habit(self, query: Query) -> str:
        """Whoever does not know what somebody likes takes the first on the list."""
        return query.options[0]

    def _place(self, query: Query, answer: str) -> int | None:
        """Where the thing that is named stands on the slate; ``None`` where none is."""
        names = self._names(query)
        place = names.get(answer)
        return names.get(plain(answer, _FIELDS)) if place is None and len(answer) <= _LONGEST else place

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
            taste = self._taste_of(slate)
            scale = scaled([taste.worth(thing.values, slate.moment) for thing in slate.things])
            self._cache["scale", query.prompt] = scale
        return scale

    def _taste_of(self, slate: Slate) -> Taste:
        return slate.other or self.taste

    def _kind_of(self, slate: Slate) -> Kind:
        return BOOK if slate.book else self.kind

    def _unread(self, query: Query, answer: str) -> Grade:
        """The grade of what names nothing on the list; an agent that says it again gets the same one."""
        previous, grade = self._cache.get(("unread", query.prompt), ("", None))
        if grade is None or previous != answer:
            text = undress(answer, _FIELDS) if len(answer) <= _LONGEST else answer.strip()
            grade = feedback.unread(Phrasing(query.prompt, text), text, query.options, self.solve(query))
            self._cache["unread", query.prompt] = answer, grade
        return grade


def draw_world(seed: Seed, level: int) -> TasteWorld:
    """Draw a person, a kind of thing, the words that occur and a taste."""
    draw = seed.draw("taste")
    name, kind, vocabulary = invented_name(draw), draw.choice(KINDS), draw_vocabulary(draw, level)
    return TasteWorld(seed, level, name, kind, vocabulary, draw_taste(draw, vocabulary, level))
