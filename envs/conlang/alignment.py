"""Which word of an answer stands for which word of the right one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from clgym.envs.conlang.analysis import Reading
from clgym.envs.conlang.compare import Slot, credit
from clgym.envs.conlang.render import Pair

#: A word that earns more than this for a form is nearly spelt so.
_NEARLY = 0.3

Readings = Callable[[str], Sequence[Reading]]


class Match:
    """An answer beside the right one, word by word: the very form first, then another form of the same word, then one nearly spelt so.

    ``exact`` are (slot, place in the answer); ``misformed`` are (slot, place, features of the form, or ``None`` where it is no form of the
    language); ``missing`` are slots and ``strays`` places that are left. ``rules`` are the language's.
    """

    def __init__(self, words: Sequence[str], slots: Sequence[Slot], readings: Readings, rules: Mapping[str, str]):
        self.words, self.slots, self.rules = words, slots, rules
        self._place: dict[int, int] = {}
        free = set(range(len(words)))
        keys: dict[int, tuple[str, ...] | None] = {}
        for number, slot in enumerate(slots):
            if not self._words.isdisjoint(slot.forms):
                self._take(number, free, [place for place in free if words[place] in slot.forms])
        self.exact = [(slots[number], place) for number, place in self._place.items()]
        known: dict[str, dict[int, tuple[str, ...]]] = {}
        for place in free:
            for reading in readings(words[place]):
                known.setdefault(reading.lexeme, {})[place] = reading.keys
        for number, slot in enumerate(slots):
            if slot.lexeme in known and number not in self._place and slot.lexeme[0] != "%":
                found = {place: form for place, form in known[slot.lexeme].items() if place in free}
                if self._take(number, free, found):
                    keys[number] = found[self._place[number]]
        foreign = [place for place in free if not readings(words[place])]
        for number, slot in enumerate(slots) if foreign else ():
            if number not in self._place and slot.keys:
                near = [place for place in foreign if any(credit(words[place], form) > _NEARLY for form in slot.forms)]
                if self._take(number, free, near):
                    foreign.remove(self._place[number])
                    keys[number] = None
        self.misformed = [(slots[number], self._place[number], form) for number, form in keys.items()]
        self.missing = [slot for number, slot in enumerate(slots) if number not in self._place]
        self.strays = sorted(free)

    @functools.cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.words)

    def _take(self, number: int, free: set[int], places: Collection[int]) -> bool:
        """Give a slot the nearest of the places."""
        if not places:
            return False
        place = min(places, key=lambda place: (abs(place - number), place)) if len(places) > 1 else next(iter(places))
        self._place[number] = place
        free.remove(place)
        return True

    @functools.cached_property
    def _by_slot(self) -> dict[int, int]:
        return {id(self.slots[number]): place for number, place in self._place.items()}

    def place(self, slot: Slot) -> int:
        """Where in the answer the word for a slot stands. Raises ``KeyError`` where none does."""
        return self._by_slot[id(slot)]

    def reversed(self, pairs: Sequence[Pair]) -> Iterator[Pair]:
        """The pairs of which the answer has both the wrong way round."""
        for pair in pairs:
            places = self._by_slot.get(id(pair.earlier)), self._by_slot.get(id(pair.later))
            if None not in places and places[0] > places[1]:  # type: ignore[operator]
                yield pair

    def parts(self, pairs: Sequence[Pair]) -> dict[str, float]:
        """Shares in [0, 1]: ``lexicon`` of the words (small ones weigh less), ``morphology`` of the forms of those that are there, ``order`` of
        the pairs whose order a rule tells."""
        total = sum(slot.weight for slot in self.slots)
        there = [slot for number, slot in enumerate(self.slots) if number in self._place]
        both = [pair for pair in pairs if id(pair.earlier) in self._by_slot and id(pair.later) in self._by_slot]
        return {
            "lexicon": sum(slot.weight for slot in there) / total if total else 0.0,
            "morphology": len(self.exact) / len(there) if there else 0.0,
            "order": 1.0 - len(list(self.reversed(both))) / len(both) if both else float(len(there) == len(self.slots)),
        }
