"""Documents: facts in clauses, each a run of fixed text and slots, and the ways in which they can be written."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.housestyle.dimensions import Fields, Form, Matter
from clgym.text.answers import in_quotes
from clgym.text.english import capital

_WORD = re.compile(r"[^\W_](?:[\w'-]*[^\W_])?")
_LIGHT = frozenset(
    (
        "a an the is are was were be at on in of for to by with and or we you our your us all has have it from as that this if "
        "there will may can der die das den dem des ein eine ist sind war am um im in auf an für mit zu zum zur und oder wir sie "
        "unsere es gibt bei als von vom"
    ).split()
)
_LIGHT_WEIGHT = 0.5
#: Of a longer fact a diagnosis quotes the beginning.
_QUOTE = 90
#: Marks that may cling to a word.
EDGES = " ,.;:'\n!?()[]{}<>*~/&+\"“”„‘’«»"


class Piece(NamedTuple):
    """Fixed text (one form without a way) or a slot.

    ``wanted`` is the way that is asked for, or None where every way is as good; ``scope`` is where the rule that says so
    holds. ``fact`` is the number of the fact it belongs to, -1 for what stands around the facts. ``forms`` are those that
    a reader looks for, longest first, and ``written`` those of a slot as a writer writes them; ``draft`` and ``right``
    are what the draft and the oracle write.
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


class Unit(NamedTuple):
    """What the careful reader looks for: a word of fixed text or a slot, with its weight and the number of its piece.

    ``words`` are those of all its forms, in small letters and without marks at their edges. ``light`` ones hold sentences
    together and say little on their own.
    """

    forms: tuple[Form, ...]
    weight: float
    piece: int
    fact: int
    cased: bool
    wanted: str | None
    words: tuple[str, ...]
    light: bool = False


class Light(NamedTuple):
    """A unit that says little on its own: its number, its fact and the word."""

    unit: int
    fact: int
    text: str


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
    forms, read, written = matter.spelled(value, german)
    right = forms[wanted if wanted is not None else drafted]
    return Piece(matter, read, wanted, forms[drafted], right, fact, matter.weight, matter.cased, written, scope)


class Key(NamedTuple):
    """The words that say what a fact is about, and how many words it may take to tell it in its longest way."""

    words: tuple[str, ...]
    length: int


@dataclass(frozen=True)
class Document(PickleFieldsOnly):
    """A document as a run of pieces. What is derived is made once, when it is needed.

    ``around`` is how many words may stand around the facts.
    """

    pieces: tuple[Piece, ...]
    facts: tuple[str, ...]
    keys: tuple[Key, ...]
    around: int = 0
    quotation: bool = False

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
    def units(self) -> tuple[Unit, ...]:
        """Words and slots in order."""
        units: list[Unit] = []
        for place, piece in enumerate(self.pieces):
            if piece.matter is not None:
                forms = tuple(form for form in piece.forms if form.text)
                words = tuple({word.strip(EDGES) for form in forms for word in form.text.lower().split()})
                units.append(Unit(forms, piece.weight, place, piece.fact, piece.cased, piece.wanted, words))
                continue
            for word in _WORD.findall(piece.forms[0].text):
                light = word in _LIGHT
                weight = piece.weight * (_LIGHT_WEIGHT if light else 1.0)
                units.append(Unit((Form(word, ""),), weight, place, piece.fact, False, None, (word,), light))
        return tuple(units)

    @functools.cached_property
    def heavy(self) -> tuple[tuple[int, Unit], ...]:
        """The units that say something on their own, with their places."""
        return tuple((place, unit) for place, unit in enumerate(self.units) if not unit.light)

    @functools.cached_property
    def light(self) -> tuple[Light, ...]:
        """The other units."""
        return tuple(Light(place, unit.fact, unit.forms[0].text) for place, unit in enumerate(self.units) if unit.light)

    @functools.cached_property
    def silent(self) -> tuple[int, ...]:
        """The pieces of which one way is to write nothing."""
        return tuple(place for place, piece in enumerate(self.pieces) if piece.matter is not None and not piece.forms[-1].text)

    @functools.cached_property
    def quoted(self) -> tuple[str, ...]:
        """The facts as a diagnosis speaks of them."""
        return tuple(in_quotes(fact, _QUOTE) for fact in self.facts)

    @functools.cached_property
    def totals(self) -> tuple[float, ...]:
        """The weight of each fact."""
        sums = [0.0] * len(self.facts)
        for unit in self.units:
            if unit.fact >= 0:
                sums[unit.fact] += unit.weight
        return tuple(sums)

    def rendered(self, choose: Callable[[Piece], str]) -> str:
        """The text with every slot as ``choose`` says."""
        return capital("".join(choose(piece) if piece.matter is not None else piece.right for piece in self.pieces))

    def _name(self, place: int) -> str:
        matter = self.pieces[place].matter
        assert matter is not None
        return matter.id


def spread(texts: Sequence[str]) -> str:
    """Facts as the lines of a list."""
    return "\n".join(f"- {text}" for text in texts)
