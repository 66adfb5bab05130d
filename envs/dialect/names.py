"""Invented names of dialects, and the everyday words that level 0 is about."""

from __future__ import annotations

from clgym.seeding import Draw
from clgym.text.names import invented

_STARTS = ("V", "Br", "T", "L", "M", "K", "Dr", "S", "Z", "Qu", "N", "P", "Gl", "R", "Tr", "F", "H", "Kl", "Sk", "Pl")
_MIDDLES = ("el", "or", "an", "il", "um", "ar", "ev", "on", "ir", "ol", "an", "em", "ur", "av", "en")
_ENDS = ("ox", "a", "ix", "o", "is", "ara", "ent", "ode", "une", "yx", "ena", "ik", "um", "ast", "ori", "ova")


def dialect_name(draw: Draw) -> str:
    """A name such as ``Velox``: easy to say, and no word of English on purpose."""
    return invented(draw, _STARTS, _MIDDLES, _ENDS)


#: Variables of level 0.
VARIABLES = (
    "total",
    "price",
    "count",
    "age",
    "size",
    "score",
    "level",
    "speed",
    "width",
    "cost",
    "tax",
    "room",
    "month",
    "weight",
    "height",
    "points",
    "limit",
    "rate",
    "stock",
    "depth",
)
#: Strings of level 0.
STRINGS = (
    "red",
    "blue",
    "apple",
    "bread",
    "river",
    "hello",
    "music",
    "paper",
    "green",
    "table",
    "sugar",
    "winter",
    "garden",
    "coffee",
    "window",
    "summer",
    "train",
    "yellow",
    "silver",
    "market",
)
