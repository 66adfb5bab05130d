"""How close an answer is to the renderings that are accepted: the partial credit of every pool.

A word earns credit only if it is mostly right, and small words that any answer would hold ("the", "der") weigh little,
so that style without content earns next to nothing. Making any word of an answer right never lowers its score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from clgym.text.answers import undress

#: An answer that is not accepted earns less than this.
PARTIAL = 0.55
#: How much of the partial credit asks for the right order; the rest asks for the right words in any order.
_ORDERED = 0.6

#: Names that a prompt gives to what it asks for.
_FIELDS = ("translation", "result")
_MARKS = ".!?。"
_similarity = Levenshtein.normalized_similarity
_near = process.extract


class Slot(NamedTuple):
    """One word of a rendering: the forms that are accepted (canonical first), what it says, its weight.

    In the drawn language ``lexeme`` is the word whose form it is ("dog", "#7" a digit, "%and" a small word) and ``keys`` what it is inflected
    for ("plural", "case"), in order; ``why`` names the rule that gives it its case ("" where none does).
    """

    forms: tuple[str, ...]
    gloss: str = ""
    weight: float = 1.0
    lexeme: str = ""
    keys: tuple[str, ...] = ()
    why: str = ""


class Comparison(NamedTuple):
    """``score`` in [0, PARTIAL], the order that fits best, for each of its slots the answer's word or None, all words."""

    score: float
    order: Sequence[Slot]
    given: Sequence[str | None]
    words: Sequence[str]


def words_of(answer: str) -> list[str]:
    """The words of an answer without its dressing, case, commas and end marks."""
    text = answer.strip().rstrip(_MARKS)
    return undress(text, _FIELDS).rstrip(_MARKS).casefold().replace(",", " ").split()


def credit(given: str, form: str) -> float:
    """1 for the same word, 0 for one that is at most half right."""
    if given == form:
        return 1.0
    close = _similarity(given, form, score_cutoff=0.5)
    return 2.0 * close - 1.0 if close else 0.0


def accepts(words: Sequence[str], order: Sequence[Slot]) -> bool:
    """Whether the words are this rendering, synonyms included."""
    if len(words) != len(order):
        return False
    for word, slot in zip(words, order):  # noqa: SIM110 - a loop is faster here, and this runs on every step
        if word not in slot.forms:
            return False
    return True


def compare(words: Sequence[str], orders: Sequence[Sequence[Slot]]) -> Comparison:
    """The best comparison over all legal orders."""
    pairs = _pairs(words, orders[0])
    best = _compared(words, orders[0], pairs)
    for order in orders[1:]:
        moved = _moved(pairs, orders[0], order)
        if moved is not None and len(moved) < 2:
            continue  # one word earns the same wherever its slot stands
        comparison = _compared(words, order, _pairs(words, order) if moved is None else moved)
        if comparison.score > best.score:
            best = comparison
    return best


def _pairs(words: Sequence[str], order: Sequence[Slot]) -> list[tuple[float, int, int]]:
    """What each word that is more than half right for a slot earns, with the places of slot and word, slot by slot."""
    pairs: list[tuple[float, int, int]] = []
    for row, slot in enumerate(order):
        for form in slot.forms:
            # One call for all words of the answer: three times as fast as one call for each.
            for _, close, column in _near(form, words, scorer=_similarity, score_cutoff=0.5, limit=None):
                if close > 0.5:
                    pairs.append(((2.0 * close - 1.0) * slot.weight, row, column))
    return pairs


def _moved(
    pairs: Sequence[tuple[float, int, int]], order: Sequence[Slot], other: Sequence[Slot]
) -> list[tuple[float, int, int]] | None:
    """The pairs of another order of the very same slots, which is most often what a legal order is; None if it is not."""
    places = {id(slot): place for place, slot in enumerate(other)}
    rows = [places.get(id(slot)) for slot in order]
    if len(places) != len(rows) or None in rows:
        return None
    return sorted([(value, rows[row], column) for value, row, column in pairs], key=_row)  # type: ignore[misc]


def _row(pair: tuple[float, int, int]) -> int:
    return pair[1]


def _compared(words: Sequence[str], order: Sequence[Slot], pairs: list[tuple[float, int, int]]) -> Comparison:
    given: list[str | None] = [None] * len(order)
    if not pairs:
        return Comparison(0.0, order, given, words)
    total = max(0, len(words) - len(order)) * 1.0
    for slot in order:
        total += slot.weight
    ordered = _in_order(pairs, len(order), len(words))
    matched = _any_order(pairs, words, given)
    return Comparison(PARTIAL * (_ORDERED * ordered + (1.0 - _ORDERED) * matched) / total, order, given, words)


def _any_order(pairs: list[tuple[float, int, int]], words: Sequence[str], given: list[str | None]) -> float:
    """Give each slot its best free word, surest pairs first; fills ``given`` and returns the sum."""
    if len(pairs) > 1:
        pairs.sort(key=_sureness)
    used: set[int] = set()
    matched = 0.0
    for value, row, column in pairs:
        if given[row] is None and column not in used:
            given[row] = words[column]
            used.add(column)
            matched += value
    return matched


def _sureness(pair: tuple[float, int, int]) -> tuple[float, int, int]:
    value, row, column = pair
    return -value, abs(row - column), row


def _in_order(pairs: Sequence[tuple[float, int, int]], height: int, width: int) -> float:
    """The largest sum over pairs that keep the order on both sides (as in the longest common subsequence)."""
    if len(pairs) == 1:
        return pairs[0][0]
    if len(pairs) == 2:
        (first, row, column), (second, other_row, other_column) = pairs
        return first + second if row < other_row and column < other_column else max(first, second)
    table = [[0.0] * width for _ in range(height)]
    for value, row, column in pairs:
        table[row][column] = max(value, table[row][column])
    above = [0.0] * (width + 1)
    for values in table:
        line = [0.0]
        for column, value in enumerate(values):
            line.append(max(line[column], above[column + 1], above[column] + value))
        above = line
    return above[width]
