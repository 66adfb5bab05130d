"""One drawn slang as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Feedback, Grade, LazyWorld, Misled, Query
from clgym.envs.slang import feedback, judge
from clgym.envs.slang.bank import senses
from clgym.envs.slang.slang import Slang, draw_slang, drifted
from clgym.envs.slang.tasks import Payload, Slot, Tasks, pool_sizes
from clgym.seeding import Draw, Seed
from clgym.text.phrases import Phrasing

#: What the best agent without knowledge of the world earns, measured over worlds, with a margin.
_FLOOR, _GUARD_FLOOR, _FEW_COMPOUNDS = 0.18, 0.32, 0.24

_PREFACE = "A word stands where an ordinary word of its sense would stand. Formal English keeps the ordinary sense of every word."
#: What else a reader has to know above level 0.
_MORE = (
    "A booster is the word that strengthens another; a use with another booster is wrong, and so is one between people who may "
    "not say the word. A note in brackets says where something is said; words that are asked about alone, derived forms and "
    "compounds keep the first sense of their words."
)


@dataclass(frozen=True)
class SlangWorld(LazyWorld):
    """One drawn slang at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    slang: Slang

    family = "CL-Slang-v0"
    parts = ("right",)

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.slang.name

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return pool_sizes(self.level)

    @functools.cached_property
    def _tasks(self) -> Mapping[str, Tasks]:
        return {pool: Tasks(self.seed, self.slang, pool) for pool in self.pools}

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks[pool].query(index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(self.slang, query.payload, answer)

    def solve(self, query: Query) -> str:
        return str(query.payload.right)

    def rulebook(self) -> str:
        preface = [f"{self.name} slang.", _PREFACE, _MORE][: 3 if self.level else 2]
        return "\n".join([*preface, *self.slang.rules()])

    def rules(self) -> frozenset[str]:
        return frozenset(self.slang.rules())

    def drifted(self, seed: Seed) -> SlangWorld:
        return replace(self, slang=drifted(self.slang, seed))

    def floor(self, pool: str) -> float:
        if pool == "transfer/compound" and self.level == 0:  # five nouns, and one right half of a compound is worth something
            return _FEW_COMPOUNDS
        return _GUARD_FLOOR if pool == "guard" else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        payload: Payload = query.payload
        if payload.options:
            return draw.choice(payload.options)
        if payload.kind == "word":
            return draw.choice(self.slang.words).form
        if payload.kind == "german":
            return draw.choice(draw.choice(tuple(senses().values())).german)
        glosses = tuple(senses())
        return " ".join(draw.choice(glosses) if isinstance(part, Slot) else part for part in payload.pattern)

    def deciders(self, query: Query) -> frozenset[str]:
        """The slang words, and where they hang on more than that the senses, that decide what is right."""
        payload: Payload = query.payload
        if payload.kind == "guard":
            return frozenset()
        forms = {use.form for use in payload.uses} | {part.form for part in payload.pattern if isinstance(part, Slot)}
        return frozenset(forms | {payload.form} - {""})

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """A friend who mixes the words up: another word's sense is taken for this one's, a wrong one passes."""
        payload: Payload = query.payload
        phrasing = Phrasing("misled", answer, draw.integer(0, 1 << 30))
        parts = dict.fromkeys(grade.parts, 0.0 if grade.outcome == "correct" else 1.0)
        if grade.outcome != "correct":
            return Misled(Grade(1.0, "correct", Feedback(feedback.praise(phrasing)), parts), answer)
        claimed = self._another(query, right, draw)
        said = feedback.mistaken(phrasing, self.slang, payload, answer)
        told = feedback.claim(phrasing, claimed) if claimed else ""
        return Misled(Grade(0.0, "wrong", Feedback(feedback.verdict(phrasing, 0.0), said, told), parts), claimed)

    def habit(self, query: Query) -> str:
        """Plain English: the ordinary sense of the word, the ordinary word in the gap, the sentence as it stands."""
        return str(query.payload.habit)


def draw_world(seed: Seed, level: int) -> SlangWorld:
    """Draw one world."""
    return SlangWorld(seed, level, draw_slang(seed, level))
