"""What all probes share: a list of items, one pool ``eval``, a strict grader that forgives only dressing.

A probe asks what an agent could do *before* it learned, so that its fall can be seen afterwards. It is a
family like any other (level 0 easy, level 1 hard) whose worlds have no hidden rules: a world is a seeded
draw of items. A probe is written by subclassing :class:`Probe`::

    class Capitals(Probe):
        name = "Probe-Capitals-v0"
        floors = (0.05, 0.05)

        def items(self, seed, level):
            return [Item("What is the capital of France? Answer with one word.", "Paris")]

The default grader wants the item's answer or one of its ``accepted`` synonyms and nothing else; a probe
with another notion of right overrides :meth:`Probe.judge`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clgym.core import Family, Feedback, Grade, Query, World, malformed
from clgym.seeding import Draw, Seed
from clgym.text.answers import fitting, quoted, readings, squeezed
from clgym.text.phrases import Phrasing

POOL = "eval"

RIGHT = ("Right.", "That is right.", "Correct.")
WRONG = ("That is not right.", "No, that is wrong.", "Not correct.")
MISSED = (
    'You answered "{answer}"; the question asks for something else.',
    'Something other than "{answer}" was asked for.',
    'I read your answer as "{answer}", and that is not it.',
)
SHOWN = ('The answer is "{right}".', 'It should have been "{right}".', 'Right would have been "{right}".')


@dataclass(frozen=True)
class Item:
    """One question of a probe.

    ``answer`` is what the oracle says, ``accepted`` other answers that are as good, ``options`` the admissible
    answers where the prompt lists them, ``payload`` what a grader of the probe's own needs (plain picklable data).
    """

    prompt: str
    answer: str
    accepted: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    payload: Any = None


def reading(item: Item, answer: str) -> str:
    """An answer without its dressing, as far as it takes to find an answer of the item or an option that it is."""
    known = _spelled((item.answer, *item.accepted, *item.options))
    return fitting(readings(answer), lambda text: squeezed(text) in known)


def _spelled(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(map(squeezed, texts))


class Probe(Family):
    """A family whose worlds are draws of items. Subclasses set ``name``, ``floors`` and :meth:`items`.

    ``floors`` is, by level, the highest mean reward of an agent that knows nothing (a constant, an echo, a
    random answer from the vocabulary). ``longest`` is how many characters an answer may have, undressed.
    """

    version = 1
    levels = range(2)
    floors: tuple[float, ...]
    longest: int = 200

    @abstractmethod
    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        """The items of one world, in order, no prompt twice: a pure function of its arguments."""

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        """Grade an answer. ``draw`` picks phrasings and is the same for the same item and answer."""
        text = reading(item, answer)
        if not text:
            return malformed(
                draw.choice(("The answer is empty.", "Nothing was answered.", "There is no answer to read.")), show(item, draw)
            )
        if len(text) > self.longest:
            return malformed(f"The answer has {len(text):,} characters; a short one was asked for.", show(item, draw))
        if item.options and squeezed(text) not in _spelled(item.options):
            return malformed(f'"{quoted(text)}" is not one of: {", ".join(item.options)}.', show(item, draw))
        if squeezed(text) in _spelled((item.answer, *item.accepted)):
            return right(draw)
        return wrong(item, text, draw)

    def form(self, item: Item) -> str:
        """What kind of answer an item wants, one of ``clgym.text.answers.FORMS``."""
        return "words"

    def ignorant(self, items: Sequence[Item], item: Item, draw: Draw) -> str:
        """A well-formed answer of somebody who knows nothing: an option, or the answer to some other item."""
        return draw.choice(item.options) if item.options else draw.choice(items).answer

    def world(self, seed: Seed, level: int) -> World:
        self.check_level(level)
        return ProbeWorld(self, level, tuple(self.items(seed.child("items"), level)))


@dataclass(frozen=True)
class ProbeWorld(World):
    """One draw of a probe's items; there is nothing hidden in it to learn."""

    probe: Probe
    level: int
    items: tuple[Item, ...]

    parts = ("right", "cases", "types", "cells")

    @property
    def name(self) -> str:  # type: ignore[override]
        """Prompts of probes mention no world, so the probe's own name serves."""
        return self.probe.name

    @property
    def family(self) -> str:  # type: ignore[override]
        """The probe's registry id."""
        return self.probe.name

    @property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        """One pool, ``eval``."""
        return {POOL: len(self.items)}

    def query(self, pool: str, index: int) -> Query:
        self.check_index(pool, index)
        item = self.items[index]
        return Query(pool, index, item.prompt, item, item.options)

    def grade(self, query: Query, answer: str) -> Grade:
        return self.probe.judge(query.payload, answer, Phrasing(query.prompt, answer))

    def solve(self, query: Query) -> str:
        return query.payload.answer

    def form(self, query: Query) -> str:
        return self.probe.form(query.payload)

    def rulebook(self) -> str:
        return "There are no hidden rules here: answer from general knowledge, in the form that the question asks for."

    def drifted(self, seed: Seed) -> World:
        """A probe has no rules that could change."""
        return self

    def floor(self, pool: str) -> float:
        return self.probe.floors[self.level]

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return self.probe.ignorant(self.items, query.payload, draw)

    def habit(self, query: Query) -> str:
        """Nothing is un-learned in a probe: the habit is to say that one does not know."""
        return "I don't know."


def right(draw: Draw) -> Grade:
    """Full marks."""
    return Grade(1.0, "correct", Feedback(draw.choice(RIGHT)), {"right": 1.0})


def wrong(item: Item, answer: str, draw: Draw, diagnosis: str = "") -> Grade:
    """No marks; ``diagnosis`` defaults to quoting the answer."""
    diagnosis = diagnosis or draw.choice(MISSED).format(answer=quoted(answer))
    return Grade(0.0, "wrong", Feedback(draw.choice(WRONG), diagnosis, show(item, draw)), {"right": 0.0})


def show(item: Item, draw: Draw) -> str:
    """The correction: the right answer in a sentence."""
    return draw.choice(SHOWN).format(right=item.answer)


def generate(seed: Seed, count: int, makers: Sequence[Callable[[Draw], Item]]) -> list[Item]:
    """``count`` items from templates in turn, no prompt twice, shuffled. Each maker draws one item.

    A template that keeps repeating itself is passed over after 50 tries; ``RuntimeError`` when all do.
    """
    items: dict[str, Item] = {}
    idle = turn = 0
    while len(items) < count:
        if idle == len(makers):
            raise RuntimeError(f"{len(makers)} templates gave only {len(items)} of {count} distinct items")
        maker, draw = makers[turn % len(makers)], seed.draw("item", turn)
        fresh = next((item for item in (maker(draw) for _ in range(50)) if item.prompt not in items), None)
        idle = 0 if fresh else idle + 1
        if fresh:
            items[fresh.prompt] = fresh
        turn += 1
    return seed.draw("order").shuffled(items.values())
