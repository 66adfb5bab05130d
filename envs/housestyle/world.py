"""One house style as a world of queries."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from clgym.core import Feedback, Grade, LazyWorld, Misled, Query
from clgym.envs.housestyle import judge, prompts
from clgym.envs.housestyle.catalogue import matter_of
from clgym.envs.housestyle.dimensions import GLOSSARY, is_term
from clgym.envs.housestyle.document import Document
from clgym.envs.housestyle.style import Style, draw_style, drifted, where
from clgym.envs.housestyle.tasks import Tasks, invented
from clgym.seeding import Draw, Seed
from clgym.text.answers import in_quotes
from clgym.text.english import capital

#: What somebody earns who keeps the facts and guesses at the style, measured over worlds, with a margin.
_FLOOR = 0.3
#: German texts and those of other authors may turn on a single rule.
_NARROW_FLOOR = 0.38


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
        """Facts, style, each matter that this house minds, and the glossary."""
        glossary = (GLOSSARY,) if self.style.glossary else ()
        return ("facts", "style", *dict.fromkeys(rule.matter for rule in self.style.rules), *glossary)

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
                *self._glossary(),
                "What no rule mentions is as the author likes it. Quotations and other authors' texts are not touched.",
            ]
        )

    def _glossary(self) -> list[str]:
        """The entries, each with its names."""
        entries: dict[str, list[str]] = {}
        for rule in self.style.glossary:
            place = f" in {where(rule.scope)}" if rule.scope else " elsewhere" if rule.matter in entries else ""
            entries.setdefault(rule.matter, []).append(f'"{rule.way}"{place}')
        lines = [f"- {matter_of(name).topic}: {', '.join(names)}" for name, names in entries.items()]
        return ["Our own names for things:", *lines] if lines else []

    def rules(self) -> frozenset[str]:
        """Every rule with its scope; what all houses share is not among them."""
        return frozenset(f"{rule.scope}/{rule.matter}: {rule.way}" for rule in (*self.style.rules, *self.style.glossary))

    def drifted(self, seed: Seed) -> HouseWorld:
        return replace(self, style=drifted(self.style, seed.draw("drift")))

    def sibling(self, seed: Seed) -> HouseWorld:
        """Another house, which writes half of the matters and names half of its papers in other ways."""
        return HouseWorld(seed, self.level, invented(seed.draw("name")), drifted(self.style, seed.draw("sibling")))

    def floor(self, pool: str) -> float:
        return _NARROW_FLOOR if pool in ("transfer/german", "guard") else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        """The facts in order, every slot in a way drawn at random."""
        document: Document = query.payload
        return document.rendered(lambda piece: draw.choice(piece.written))

    def deciders(self, query: Query) -> frozenset[str]:
        """The rules that decide how the slots of a document are written."""
        document: Document = query.payload
        if query.pool == "guard":
            return frozenset()
        pieces = (document.pieces[place] for place in document.slots)
        return frozenset(f"{piece.scope}/{piece.matter.id}: {piece.wanted}" for piece in pieces if piece.matter)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """An editor of another house: what is amiss passes, and what is right is struck out for a way that nobody asked for."""
        document: Document = query.payload
        if grade.outcome != "correct":
            feedback = Feedback(draw.choice(prompts.RIGHT))
            return Misled(Grade(1.0, "correct", feedback, dict.fromkeys(grade.parts, 1.0)), answer)
        place = draw.choice(document.slots or tuple(range(len(document.pieces))))
        piece = document.pieces[place]
        if piece.matter is None or piece.wanted is None:
            return super().mislead(query, answer, grade, right, draw)
        form = draw.choice([form for form in piece.forms if form.way != piece.wanted])
        text = piece.written[piece.forms.index(form)]
        wrong = capital("".join(text if one == place else each.right for one, each in enumerate(document.pieces)))
        if is_term(piece.matter.id):
            line = draw.choice(prompts.TERM).format(**judge.named(piece, piece.right.strip(), text))
        else:
            line = draw.choice(prompts.STYLE if form.text.strip() else prompts.SURPLUS).format(
                given=in_quotes(piece.right.strip()), topic=piece.matter.topic, said=piece.matter.hint(form.way, text)
            )
        feedback = Feedback(draw.choice(prompts.WRONG), line, draw.choice(prompts.CORRECTION).format(right=wrong))
        return Misled(Grade(0.0, "wrong", feedback, dict.fromkeys(grade.parts, 0.0)), wrong)

    def habit(self, query: Query) -> str:
        """The facts as they were given, untouched."""
        document: Document = query.payload
        return document.draft


def draw_world(seed: Seed, level: int) -> HouseWorld:
    """Draw the name and the rules of one house."""
    return HouseWorld(seed, level, invented(seed.draw("name")), draw_style(seed.draw("style"), level))
