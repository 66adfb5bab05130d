"""One picker of phrasings: the same question and answer are always told in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.seeding import QuickDraw


class Phrasing(QuickDraw):
    """Picks phrasings by what they are about: a query, an answer, a world's name.

    It is a :class:`~clgym.seeding.Draw`, made anew for every grade, so it must cost next to nothing: nothing is worked out
    before the first pick.

    >>> Phrasing("Kofas", "miru").say(("No: {given}.", "Not {given}.", "{given}? No."), given="miru")
    'Not miru.'
    """

    __slots__ = ()

    def say(self, bank: Sequence[str], **words: object) -> str:
        """One phrasing of the bank, filled in where words are given."""
        phrase = bank[int(self._random() * len(bank))]  # as choice() has it, without its call
        return phrase.format_map(words) if words else phrase
