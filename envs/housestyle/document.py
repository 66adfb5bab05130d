"""Documents: facts in clauses, each a run of fixed text and slots, and the ways in which they can be written."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.housestyle.dimensions import Fields, Form, Matter
from clgym.envs.housestyle.vocabulary import LIGHT, denies, kind_of_denial, number_of, same, stem
from clgym.text.answers import in_quotes
from clgym.text.english import capital

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
#: Of a longer fact a diagnosis quotes the beginning.
_QUOTE = 90


class Piece(NamedTuple):
    """Fixed text (one form without a way) or a slot.

    ``wanted`` is the way that is asked for, or None where every way is as good; ``scope`` is where the rule that says so
    holds. ``fact`` is the number of the fact it belongs to, -1 for what stands around the facts. ``forms`` are those that
    a reader looks for, longest first, and ``written`` those of a slot as a writer writes them; ``draft`` and ``right``
    are what the draft and the oracle write. ``also`` are the ways of no house, and ``parted`` the way and the scope that hold in
    the opening, a middle and the closing sentence where they are not the same.
    """

    matter: Matter | None
    forms: tuple[Form, ...]
    wanted: str | None
    draft: str
    right: str
    fact: int
    weight: float
    cased: bool
    written: tuple[str, ...]
    scope: str = ""
    also: tuple[str, ...] = ()
    parted: tuple[tuple[str | None, str], ...] = ()

    def within(self, part: int) -> Piece:
        """The slot as it is wanted in the opening (0), a middle (1) or the closing sentence (2)."""
        if not self.parted or self.matter is None:
            return self
        wanted, scope = self.parted[part]
        right = next((text for form, text in zip(self.forms, self.written) if form.way == wanted), self.draft)
        return self._replace(wanted=wanted, scope=scope, right=right)


class Statement(NamedTuple):
    """What has to be said for a fact, or for one item of a list, to be told.

    ``slots`` are the pieces with its values and ``marks`` those that say nothing, ``names`` its subjects, ``words`` the stems of its
    other words, ``negations`` what those deny. ``known`` are all its words as they stand, ``similar`` the stems of what says
    the same.
    """

    fact: int
    slots: tuple[int, ...]
    marks: tuple[int, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]
    negations: frozenset[str]
    known: frozenset[str]
    similar: frozenset[str]


def fixed(text: str, fact: int, weight: float = 1.0) -> Piece:
    """Fixed text. Its letters' case does not count."""
    return Piece(None, (Form(text.lower(), ""),), None, text, text, fact, weight, False, ())


def free(texts: Sequence[str], usual: str) -> Piece:
    """A mark on which nobody has a say: any of the texts will do."""
    return Piece(None, tuple(Form(text, "") for text in texts), None, usual, usual, -1, 0.0, False, ())


def slot(
    matter: Matter, value: Fields, fact: int, wanted: str | None, drafted: str, *, scope: str = "", german: bool = False
) -> Piece:
    """A slot: ``wanted`` and ``drafted`` are ways of the matter."""
    forms, read, written, also = matter.spelled(value, german)
    right = forms[wanted if wanted is not None else drafted]
    return Piece(matter, read, wanted, forms[drafted], right, fact, matter.weight, matter.cased, written, scope, also)


@dataclass(frozen=True)
class Document(PickleFieldsOnly):
    """A document as a run of pieces. What is derived is made once, when it is needed.

    ``names`` are the subjects that facts are about, in small letters; the last fact may be a list (``listed``).
    """

    pieces: tuple[Piece, ...]
    facts: tuple[str, ...]
    names: tuple[str, ...] = ()
    listed: bool = False
    quotation: bool = False
    whole: bool = False
    """Whether a fact is in house style only as a whole: one slip in it, and none of its preferences counts as kept."""

    @functools.cached_property
    def right(self) -> str:
        """What the oracle writes."""
        return capital("".join(piece.right for piece in self.pieces))

    @functools.cached_property
    def draft(self) -> str:
        """The untouched text: every slot as the prompt shows it."""
        return capital("".join(piece.draft for piece in self.pieces))

    @functools.cached_property
    def slots(self) -> tuple[int, ...]:
        """The pieces on which the house has a say."""
        return tuple(place for place, piece in enumerate(self.pieces) if piece.wanted is not None)

    @functools.cached_property
    def preferences(self) -> dict[str, int]:
        """How often each preference is asked for."""
        counts: dict[str, int] = {}
        for place in self.slots:
            name = self._name(place)
            counts[name] = counts.get(name, 0) + 1
        return counts

    @functools.cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What has to be said, fact after fact, item after item of a list."""
        count = len(self.facts)
        clauses = [self._statement(fact, self._of(fact)) for fact in range(count - self.listed)]
        items = [self._statement(count - 1, [place]) for place in self._of(count - 1)] if self.listed else []
        return (*clauses, *items)

    def _of(self, fact: int) -> list[int]:
        return [place for place, piece in enumerate(self.pieces) if piece.fact == fact]

    def _statement(self, fact: int, places: list[int]) -> Statement:
        text = " ".join(self.pieces[place].forms[0].text for place in places if self.pieces[place].matter is None)
        item = self.listed and fact == len(self.facts) - 1
        names = tuple(name for name in self.names if name in text) if not item else (text.split()[-1],)
        bare = functools.reduce(lambda left, name: left.replace(name, " "), names, text)
        words = [word for word in _WORD.findall(bare) if word not in LIGHT]
        stems = tuple(dict.fromkeys(stem(word) for word in words if not denies(word)))
        slots = tuple(place for place in places if self.pieces[place].matter is not None and self.pieces[place].weight > 0)
        marks = tuple(place for place in places if self.pieces[place].matter is not None and not self.pieces[place].weight)
        known = [*_WORD.findall(text), *(word for name in names for word in name.split())]
        known += [number_of(word) for word in known]
        similar = frozenset().union(*map(same, stems)) | {stem(word) for name in names for word in name.split()[-1:]}
        return Statement(fact, slots, marks, names, stems, frozenset(map(kind_of_denial, words)) - {""}, frozenset(known), similar)

    @functools.cached_property
    def quoted(self) -> tuple[str, ...]:
        """The facts as a diagnosis speaks of them."""
        return tuple(in_quotes(fact, _QUOTE) for fact in self.facts)

    def rendered(self, choose: Callable[[Piece], str]) -> str:
        """The text with every slot as ``choose`` says."""
        return capital("".join(choose(piece) if piece.matter is not None else piece.right for piece in self.pieces))

    def _name(self, place: int) -> str:
        matter = self.pieces[place].matter
        assert matter is not None
        return matter.part


def spread(texts: Sequence[str]) -> str:
    """Facts as the lines of a list."""
    return "\n".join(f"- {text}" for text in texts)
