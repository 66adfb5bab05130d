"""One house style as a world of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clgym.core import Grade, Query, World
from clgym.envs.housestyle import judge
from clgym.envs.housestyle.document import Document
from clgym.envs.housestyle.style import Style, draw_style, drifted
from clgym.envs.housestyle.tasks import Tasks, invented
from clgym.seeding import Draw, Seed

#: What somebody earns who keeps the facts and guesses at the style, measured over worlds, with a margin.
_FLOOR = 0.3
#: The German of a house may turn on a single rule.
_GERMAN_FLOOR = 0.38


@dataclass(frozen=True)
class HouseWorld(World):
    """One drawn house at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    name: str
    style: Style
    _cache: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    family = "CL-HouseStyle-v0"

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return self._tasks.pools

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    @property
    def _tasks(self) -> Tasks:
        found: Tasks | None = self._cache.get("tasks")
        if found is None:
            found = self._cache["tasks"] = Tasks(self.seed, self.level, self.name, self.style)
        return found

    def query(self, pool: str, index: int) -> Query:
        found: Query | None = self._cache.get((pool, index))
        if found is None:
            self.check_index(pool, index)
            found = self._cache[pool, index] = self._tasks.query(pool, index)
        return found

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(query.payload, answer, self.name)

    def solve(self, query: Query) -> str:
        document: Document = query.payload
        return document.right

    def rulebook(self) -> str:
        lines = [f"{number}. {rule.told()}" for number, rule in enumerate(self.style.rules, 1)]
        return "\n".join([
            f"The house style of {self.name}. Where two rules speak of the same thing, the one that stands higher decides.",
            *lines,
            "What no rule mentions is as the author likes it. Quotations and other authors' texts are not touched.",
        ])

    def rules(self) -> frozenset[str]:
        """Every rule with its scope; what all houses share is not among them."""
        return frozenset(f"{rule.scope}/{rule.matter}: {rule.way}" for rule in self.style.rules)

    def drifted(self, seed: Seed) -> HouseWorld:
        return replace(self, style=drifted(self.style, seed.draw("drift")))

    def floor(self, pool: str) -> float:
        return _GERMAN_FLOOR if pool == "transfer/german" else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        """The facts in order, every slot in a way drawn at random."""
        document: Document = query.payload
        return document.rendered(lambda piece: draw.choice(piece.written))

    def habit(self, query: Query) -> str:
        """The facts as they were given, untouched."""
        document: Document = query.payload
        return document.draft


def draw_world(seed: Seed, level: int) -> HouseWorld:
    """Draw the name and the rules of one house."""
    return HouseWorld(seed, level, invented(seed.draw("name")), draw_style(seed.draw("style"), level))
