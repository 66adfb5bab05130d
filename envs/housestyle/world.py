"""One house style as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Grade, LazyWorld, Query
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
class HouseWorld(LazyWorld):
    """One drawn house at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    name: str
    style: Style

    family = "CL-HouseStyle-v0"

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return self._tasks.pools

    @functools.cached_property
    def parts(self) -> tuple[str, ...]:  # type: ignore[override]
        """Facts, style, and each matter that this house minds."""
        return ("facts", "style", *dict.fromkeys(rule.matter for rule in self.style.rules))

    @functools.cached_property
    def _tasks(self) -> Tasks:
        return Tasks(self.seed, self.level, self.name, self.style)

    def make_query(self, pool: str, index: int) -> Query:
        return self._tasks.query(pool, index)

    def grade(self, query: Query, answer: str) -> Grade:
        return judge.grade(query.payload, answer, self.name)

    def solve(self, query: Query) -> str:
        document: Document = query.payload
        return document.right

    def form(self, query: Query) -> str:
        return "text"

    def rulebook(self) -> str:
        lines = [f"{number}. {rule.sentence()}" for number, rule in enumerate(self.style.rules, 1)]
        return "\n".join(
            [
                f"The house style of {self.name}. Where two rules speak of the same thing, the one that stands higher decides.",
                *lines,
                "What no rule mentions is as the author likes it. Quotations and other authors' texts are not touched.",
            ]
        )

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
