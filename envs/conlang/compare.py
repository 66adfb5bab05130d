"""How close an answer is to the renderings that are accepted: the partial credit of every pool.

A word earns credit only if it is mostly right, and small words that any answer would hold ("the", "der") weigh little,
so that style without content earns next to nothing. Making any word of an answer right never lowers its score.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

#: An answer that is not accepted earns less than this.
PARTIAL = 0.78
#: How much of the partial credit asks for the right order; the rest asks for the right words in any order.
_ORDERED = 0.6
#: More words than this are not read: no rendering is nearly as long.
MAX_WORDS = 60

_FENCE = re.compile(r"\A```[a-z]*\n(.*?)\n?```\Z", re.DOTALL)
_QUOTES = "\"'`“”„‘’«»*_ \t\r\n"
_MARKS = ".!?。"
_similarity = Levenshtein.normalized_similarity


class Slot(NamedTuple):
    """One word of a rendering: the forms that are accepted (canonical first), what it says, its weight.

    ``features`` are (axis, value) pairs such as ("number", "in the plural") that a diagnosis can name.
    """

    forms: tuple[str, ...]
    gloss: str = ""
    weight: float = 1.0
    features: tuple[tuple[str, str], ...] = ()


class Comparison(NamedTuple):
    """``score`` in [0, PARTIAL], the order that fits best, and for each of its slots the answer word it was given or None."""

    score: float
    order: Sequence[Slot]
    given: Sequence[str | None]
    words: Sequence[str]
    in_order: bool


def words_of(answer: str) -> list[str]:
    """The words of an answer without harmless dressing: case, quotes, a code fence, a final full stop, commas."""
    text = answer.strip()
    if text.startswith("```"):
        fenced = _FENCE.match(text)
        text = fenced.group(1) if fenced else text
    text = text.strip(_QUOTES).rstrip(_MARKS).strip(_QUOTES)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.casefold().replace(",", " ").split()


def credit(given: str, form: str) -> float:
    """1 for the same word, 0 for one that is at most half right."""
    return 1.0 if given == form else max(0.0, 2.0 * _similarity(given, form) - 1.0)


def accepts(words: Sequence[str], order: Sequence[Slot]) -> bool:
    """Whether the words are this rendering, synonyms included."""
    return len(words) == len(order) and all(word in slot.forms for word, slot in zip(words, order))


def compare(words: Sequence[str], orders: Sequence[Sequence[Slot]]) -> Comparison:
    """The best comparison over all legal orders."""
    return max((_compare(words, order) for order in orders), key=lambda comparison: comparison.score)


def _compare(words: Sequence[str], order: Sequence[Slot]) -> Comparison:
    table = [[max(credit(word, form) for form in slot.forms) * slot.weight for word in words] for slot in order]
    matched, given, places = _any_order(table, words)
    total = sum(slot.weight for slot in order) + max(0, len(words) - len(order))
    ordered = _in_order(table, len(words))
    score = PARTIAL * (_ORDERED * ordered + (1.0 - _ORDERED) * matched) / total
    taken = [place for place in places if place is not None]
    return Comparison(score, order, given, words, taken == sorted(taken))


def _any_order(table: Sequence[Sequence[float]], words: Sequence[str]) -> tuple[float, list[str | None], list[int | None]]:
    """Give each slot its best free word, surest pairs first."""
    pairs = sorted(
        ((-value, row, column) for row, values in enumerate(table) for column, value in enumerate(values) if value > 0),
        key=lambda pair: (pair[0], abs(pair[1] - pair[2]), pair[1], pair[2]),
    )
    places: list[int | None] = [None] * len(table)
    used: set[int] = set()
    matched = 0.0
    for value, row, column in pairs:
        if places[row] is None and column not in used:
            places[row] = column
            used.add(column)
            matched -= value
    return matched, [None if place is None else words[place] for place in places], places


def _in_order(table: Sequence[Sequence[float]], width: int) -> float:
    """The largest sum over pairs that keep the order on both sides (as in the longest common subsequence)."""
    above = [0.0] * (width + 1)
    for values in table:
        row = [0.0]
        for column, value in enumerate(values):
            row.append(max(row[column], above[column + 1], above[column] + value))
        above = row
    return above[width]
