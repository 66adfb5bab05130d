"""How grids are written and read: one sign for each cell, blanks between them, one line for each row."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from clgym.envs.grid.catalogue import Grid
from clgym.seeding import Draw
from clgym.text.answers import wrappings

#: The sign of an empty cell, then one for each colour.
Signs = tuple[str, ...]

#: No right answer has a tenth of it.
MAX_CHARS = 4000
_EMPTY = "-"
_COLOURS = ("red", "blue", "green", "yellow", "purple", "orange", "white", "lime")
#: What colours are called elsewhere; the first sign of a set of single characters is the empty cell's.
_OTHER_WORDS = (
    "cat dog horse bird fish lion duck bear".split(),
    "apple bread milk egg rice salt corn meat".split(),
    "one two three four five six seven eight".split(),
    "north south east west top left right back".split(),
)
_OTHER_CHARACTERS = ("0123456", "xabcdef", "_#*+=%@", "0ABCDEF")


def draw_signs(draw: Draw, count: int, *, words: bool) -> Signs:
    """The signs of a world: colour words on rows of level 0, their capital first letters on grids."""
    chosen = draw.sample(_COLOURS, count)
    return (_EMPTY, *(chosen if words else [word[0].upper() for word in chosen]))


def other_signs(draw: Draw, signs: Signs) -> Signs:
    """Other signs for the same colours, none of which is a sign already."""
    count = len(signs) - 1
    if len(signs[1]) > 1:
        return (_EMPTY, *draw.sample(draw.choice(_OTHER_WORDS), count))
    fitting = [characters for characters in _OTHER_CHARACTERS if not set(characters.upper()) & set(signs)]
    characters = draw.choice(fitting)
    return (characters[0], *draw.sample(characters[1:], count))


def written(grid: Grid, signs: Signs) -> str:
    """The grid as text."""
    return "\n".join(" ".join([signs[cell] for cell in row]) for row in grid)


class Unreadable(Exception):
    """Why an answer is no grid: the words at fault, or ``None`` where it is empty, too long or ragged."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@functools.lru_cache(maxsize=4096)
def _cells(signs: Signs) -> Mapping[str, int]:
    return {sign.casefold(): cell for cell, sign in enumerate(signs)}


def read(answer: str, signs: Signs) -> Grid:
    """The grid that an answer is: nothing is searched for, only dressing, case and separators are forgiven.

    Signs of one character may stand without blanks. Raises :class:`Unreadable`.
    """
    if len(answer) > MAX_CHARS:
        raise Unreadable("long")
    fault = Unreadable("empty")
    for text in wrappings(answer.strip().removesuffix("."), ("grid", "row", "output")):
        try:
            return _grid(text.removesuffix("."), signs)
        except Unreadable as why:
            fault = why
    raise fault


def _grid(text: str, signs: Signs) -> Grid:
    """The grid that a text is, signs and separators and nothing else. Raises :class:`Unreadable`."""
    if "," in text or "|" in text:
        text = text.replace(",", " ").replace("|", " ")
    cells = _cells(signs)
    try:
        rows = [tuple([cells[word] for word in line.split()]) for line in text.casefold().splitlines()]
    except KeyError:
        rows = [tuple(cell for word in line.split() for cell in _packed(word, cells)) for line in text.splitlines()]
    rows = [row for row in rows if row]
    if not rows:
        raise Unreadable("empty")
    if len(set(map(len, rows))) > 1:
        raise Unreadable("ragged")
    return tuple(rows)


def _packed(word: str, cells: Mapping[str, int]) -> list[int]:
    """The cells of a word: one, or one for each character where these stand without blanks."""
    folded = word.casefold()
    if folded in cells:
        return [cells[folded]]
    if any(character not in cells for character in folded):
        raise Unreadable("foreign", word)
    return [cells[character] for character in folded]
