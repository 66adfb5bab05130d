"""Random arguments for test cases: short lists, words, sentences."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.seeding import Draw

WORDS = (
    "apple",
    "arch",
    "bag",
    "barn",
    "bee",
    "bell",
    "boat",
    "book",
    "cloud",
    "coin",
    "cup",
    "deer",
    "door",
    "eagle",
    "egg",
    "fern",
    "fox",
    "gate",
    "glass",
    "hat",
    "hill",
    "ink",
    "island",
    "jar",
    "kite",
    "lamp",
    "leaf",
    "level",
    "map",
    "mill",
    "moon",
    "noon",
    "oak",
    "orange",
    "owl",
    "paper",
    "pin",
    "radar",
    "river",
    "road",
    "sea",
    "stone",
    "sun",
    "table",
    "tea",
    "tree",
    "umbrella",
    "van",
    "wheel",
    "window",
)

NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivo", "June", "Kai", "Lena")


def ints(draw: Draw, low: int, high: int, least: int = 0, most: int = 7) -> list[int]:
    """``least`` to ``most`` integers in ``[low, high]``."""
    return [draw.integer(low, high) for _ in range(draw.integer(least, most))]


def words(draw: Draw, least: int = 0, most: int = 6, pool: Sequence[str] = WORDS) -> list[str]:
    """``least`` to ``most`` words, repeats possible."""
    return [draw.choice(pool) for _ in range(draw.integer(least, most))]


def few_words(draw: Draw, least: int = 2, most: int = 7, kinds: int = 3) -> list[str]:
    """Words from a small random vocabulary, so that repeats are common."""
    return words(draw, least, most, draw.sample(WORDS, kinds))


def sentence(draw: Draw, least: int = 1, most: int = 6) -> str:
    """Words with single spaces between them."""
    return " ".join(words(draw, least, most))


def letters(draw: Draw, alphabet: str, least: int = 0, most: int = 8) -> str:
    """A string of ``least`` to ``most`` characters of ``alphabet``."""
    return "".join(draw.choice(alphabet) for _ in range(draw.integer(least, most)))


def shouted(draw: Draw, text: str) -> str:
    """The text with about a third of its characters in capitals."""
    return "".join(character.upper() if draw.chance(0.35) else character for character in text)


def amounts(draw: Draw, keys: Sequence[str], low: int, high: int, least: int = 0, most: int = 5) -> dict[str, int]:
    """An object with ``least`` to ``most`` of the keys and integers in ``[low, high]``."""
    count = min(draw.integer(least, most), len(keys))
    return {key: draw.integer(low, high) for key in draw.sample(keys, count)}


def span(draw: Draw, low: int, high: int, least: int, most: int) -> tuple[int, int]:
    """Two ends: the first in ``[low, high]``, the second ``least`` to ``most`` above it."""
    first = draw.integer(low, high)
    return first, first + draw.integer(least, most)
