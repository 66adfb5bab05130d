"""Invented names: easy to say, and nobody's."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clgym.seeding import Draw


def invented(draw: Draw, *parts: Sequence[str], real: Collection[str] = ()) -> str:
    """A name made of one piece of each of the ``parts``; drawn again while it is one of the ``real`` ones.

    >>> invented(Draw(1), ("Vel", "Bro"), ("or", "an"), ("ox",))
    'Velanox'
    """
    name = "".join(draw.choice(part) for part in parts)
    while name in real:
        name = "".join(draw.choice(part) for part in parts)
    return name
