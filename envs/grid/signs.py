"""How grids are written and read: one sign for each cell, blanks between them, one line for each row."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from clgym.envs.grid.catalogue import COLOURS, Grid
from clgym.seeding import Draw
from clgym.text.answers import wrappings

#: The sign of each colour.
Signs = tuple[str, ...]

#: No right answer has a tenth of it.
MAX_CHARS = 4000
#: What stands for the colours of a row, and of a grid.
WORDS: Signs = COLOURS
LETTERS: Signs = tuple(colour[0].upper() for colour in COLOURS)
#: What may stand for them elsewhere.
_OTHER_WORDS = (
    "cat dog horse bird fish lion duck bear".split(),
    "apple bread milk egg rice salt corn meat".split(),
    "one two three four five six seven eight".split(),
    "north south east west top left right back".split(),
)
_OTHER_CHARACTERS = ("1234567", "acdefhk", "#+=%@&!")


def other_signs(draw: Draw, signs: Signs) -> Signs:
    """Other signs for the same colours, none of which is a sign already."""
    return tuple(draw.sample(draw.choice(_OTHER_CHARACTERS if signs == LETTERS else _OTHER_WORDS), len(signs)))


def written(grid: Grid, signs: Signs) -> str:
    """The grid as text."""
    return "\n".join(" ".join([signs[cell] for cell in row]) for row in grid.rows())


class Unreadable(Exception):
    """Why an answer is no grid (empty, long, ragged or foreign), and the word at fault."""

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
        rows = [[cells[word] for word in line.split()] for line in text.casefold().splitlines()]
    except KeyError:
        rows = [[cell for word in line.split() for cell in _packed(word, cells)] for line in text.splitlines()]
    rows = [row for row in rows if row]
    if not rows:
        raise Unreadable("empty")
    if len(set(map(len, rows))) > 1:
        raise Unreadable("ragged")
    return Grid(len(rows[0]), tuple([cell for row in rows for cell in row]))


def _packed(word: str, cells: Mapping[str, int]) -> list[int]:
    """The cells of a word: one, or one for each character where these stand without blanks."""
    folded = word.casefold()
    if folded in cells:
        return [cells[folded]]
    if any(character not in cells for character in folded):
        raise Unreadable("foreign", word)
    return [cells[character] for character in folded]
