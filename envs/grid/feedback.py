"""What a colleague at the machine says to an answer: verdict, diagnosis, correction.

A diagnosis quotes the first wrong row, counts the right cells and says whether a step that changes colours or one that
moves cells went wrong. It never says what a wrong cell should be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from clgym.core import Feedback
from clgym.envs.grid.catalogue import COLOUR, PLACE, SIZE, Grid
from clgym.envs.grid.signs import Unreadable, written
from clgym.envs.grid.tasks import Payload
from clgym.text.answers import quoted
from clgym.text.english import listed
from clgym.text.phrases import Phrasing

#: From this score on an answer is called close.
_MUCH = 0.35

_RIGHT = ("Right.", "Yes, that is what comes out.", "Correct, the {machine} gives just that.")
_CLOSE = ("Not quite.", "Nearly right.", "Close, but the {machine} gives something else.")
_PARTLY = ("Only partly right.", "Some of it is right, but not all.", "Not what comes out, though part of it is right.")
_WRONG = ("That is not what comes out.", "No, the {machine} gives something else.", "Wrong, I am afraid.")
_SHOWN = ("It should be:{right}", "What comes out is:{right}", "The {machine} gives:{right}")

_BLANK = ("Your answer is empty.", "There is nothing in your answer to look at.", "You wrote nothing down.")
_LONG = (
    "Your answer has {count:,} characters; a {what} was asked for.",
    "{count:,} characters are far more than a {what} has. Give the {what} alone.",
    "I stopped reading: {count:,} characters where a {what} would do.",
)
_RAGGED = (
    "Your rows are not equally long, so they do not make a grid.",
    "That is no grid: some of its rows have more cells than others.",
    "All rows of a grid have equally many cells; yours do not.",
)
_FOREIGN = (
    '"{word}" is not a sign of this {what}; write {what} cells only, with blanks between them.',
    'I cannot read "{word}" as a cell. Give the {what} alone, in the signs of the one that went in.',
    'A {what} has no cell "{word}". Answer with nothing but the {what}, cells with blanks between them.',
)
_SIZE = (
    "You have {given}, but what comes out has {other}.",
    "Check the size: {given} in your answer, while the {machine} gives {other}.",
    "The size is wrong: you wrote {given}, and {other} come out.",
)
_ROW = (
    'Your row "{row}" has {count}; look again at {wrong}.',
    'In "{row}" you have {count}; {wrong} went wrong.',
    'You wrote "{row}": {count}. Check {wrong}.',
)
_FIRST_ROW = (
    'The first wrong row is row {number}, "{row}": {count} there, and the trouble is with {wrong}.',
    'Look at row {number}, where you have "{row}": {count} in it; look again at {wrong}.',
    'It goes wrong in row {number}: "{row}" has {count}; check {wrong}.',
)
_TOTAL = (
    "In all, {count} of {total} cells {are} right.",
    "{count} of {total} cells of the grid {are} right.",
    "Right so far: {count} of {total} cells.",
)
_ECHO = (
    "That is the {what} that went in; the {machine} does change it.",
    "You gave me back what went in. Something has to happen to it.",
    "This is the {what} from before the {machine}, not after it.",
)
_OMITTED = {
    COLOUR: (
        "It looks as if a step that changes colours was forgotten.",
        "That is what would come out if the {machine} left out one of its colour steps.",
        "You seem to have left out a step: one that changes colours.",
    ),
    PLACE: (
        "It looks as if a step that moves cells was forgotten.",
        "That is what would come out if the {machine} left out a step that moves cells.",
        "You seem to have left out a step: one that moves cells to other places.",
    ),
    SIZE: (
        "It looks as if a step that changes the size was forgotten.",
        "That is what would come out if the {machine} left out the step that changes the size.",
        "You seem to have left out a step: one that changes the size of the grid.",
    ),
}
_PLACES = (
    "The colours are the right ones, each as often as it should be; they stand in the wrong places.",
    "You have the right colours in the right numbers, but not where they belong.",
    "As for colours, all is there; it is the places that went wrong.",
)
_COLOURS = (
    "The pattern is right, but not the colours it is drawn in.",
    "Cells that should be alike are alike; it is their colours that are wrong.",
    "The places are right; the colours were not changed as the {machine} changes them.",
)
_BOTH = (
    "The colours do not add up: some come out more often than you have them, others less often.",
    "Count the colours: what comes out does not have as many of each as your answer.",
    "It is not only the places: your answer does not have each colour as often as it comes out.",
)


class Words(Phrasing):
    """Picks phrasings, and fills in the machine and what it takes."""

    __slots__ = ("_words",)

    def __init__(self, payload: Payload, answer: str):
        super().__init__(payload.machine, payload.text, answer)
        self._words = {"machine": payload.machine, "what": what(payload)}

    def say(self, bank: Sequence[str], **words: object) -> str:
        """One phrasing of the bank, filled in."""
        return bank[int(self._random() * len(bank))].format_map({**self._words, **words})


def what(payload: Payload) -> str:
    """What the machine takes: a row or a grid."""
    return "row" if len(payload.grid) == 1 else "grid"


def praise(phrasing: Words) -> Feedback:
    """What is said to a right answer."""
    return Feedback(phrasing.say(_RIGHT))


def unreadable(phrasing: Words, payload: Payload, fault: Unreadable, answer: str) -> Feedback:
    """What is said to an answer that is no grid."""
    diagnosis = {
        "empty": lambda: phrasing.say(_BLANK),
        "long": lambda: phrasing.say(_LONG, count=len(answer)),
        "ragged": lambda: phrasing.say(_RAGGED),
        "foreign": lambda: phrasing.say(_FOREIGN, word=quoted(fault.detail, 40)),
    }[fault.reason]()
    return Feedback("That could not be read as an answer.", diagnosis, _correction(phrasing, payload))


def criticism(phrasing: Words, payload: Payload, given: Grid, score: float) -> Feedback:
    """Verdict, diagnosis and correction of a wrong grid."""
    verdict = phrasing.say(_CLOSE if score >= _MUCH else _PARTLY if score > 0 else _WRONG)
    return Feedback(verdict, " ".join(_diagnosis(phrasing, payload, given, score)), _correction(phrasing, payload))


def _correction(phrasing: Words, payload: Payload) -> str:
    return phrasing.say(_SHOWN, right=(" " if what(payload) == "row" and len(payload.right) == 1 else "\n") + payload.text)


def _diagnosis(phrasing: Words, payload: Payload, given: Grid, score: float) -> list[str]:
    right = payload.right
    if given == payload.grid:
        return [phrasing.say(_ECHO)]
    # What was left out is looked for where it may be found: trying every step is most of the time that grading takes.
    plausible = score > 0 or (len(given) == len(payload.grid) and len(given[0]) == len(payload.grid[0]))
    omitted = payload.incomplete.get(given) if plausible else None
    left_out = [phrasing.say(_OMITTED[omitted])] if omitted else []
    if len(given) != len(right) or len(given[0]) != len(right[0]):
        return [phrasing.say(_SIZE, given=_size(given), other=_other_size(given, right)), *left_out]
    return [*_where(phrasing, payload, given), *(left_out or _why(phrasing, given, right))]


def _where(phrasing: Words, payload: Payload, given: Grid) -> list[str]:
    """The first wrong row with its right cells counted, and how many cells are right in all."""
    number = next(place for place, row in enumerate(given) if row != payload.right[place])
    row, wanted = given[number], payload.right[number]
    wrong = [place + 1 for place, cell in enumerate(row) if cell != wanted[place]]
    right = len(row) - len(wrong)
    count = f"{right or 'no'} right cell{'s' * (right != 1)} of {len(row)}"
    at = "every cell" if not right else f"cell {wrong[0]}" if len(wrong) == 1 else f"cells {listed(list(map(str, wrong)))}"
    quote = quoted(written((row,), payload.signs))
    if len(given) == 1:
        return [phrasing.say(_ROW, row=quote, count=count, wrong=at)]
    total = sum(one == other for line, there in zip(given, payload.right) for one, other in zip(line, there))
    return [
        phrasing.say(_FIRST_ROW, number=number + 1, row=quote, count=count, wrong=at),
        phrasing.say(_TOTAL, count=total, total=len(given) * len(row), are="is" if total == 1 else "are"),
    ]


def _why(phrasing: Words, given: Grid, right: Grid) -> list[str]:
    """Which kind of step went wrong, as far as the answer shows it."""
    pairs = [pair for row, there in zip(given, right) for pair in zip(row, there)]
    mine, theirs = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    if mine == theirs:
        return [phrasing.say(_PLACES)]
    recoloured = len(set(pairs)) == len(mine) == len(theirs)
    # Where hardly any two cells are alike, everything is a recolouring of everything else.
    if recoloured and len(pairs) >= 2 * len(mine):
        return [phrasing.say(_COLOURS)]
    return [phrasing.say(_BOTH)]


def _size(grid: Grid) -> str:
    rows, cells = len(grid), len(grid[0])
    return f"{rows} row{'s' * (rows != 1)} of {cells} cell{'s' * (cells != 1)}"


def _other_size(given: Grid, right: Grid) -> str:
    """How the right size differs from the given one, without numbers."""
    differences = []
    if len(given) != len(right):
        differences.append("fewer rows" if len(right) < len(given) else "more rows")
    if len(given[0]) != len(right[0]):
        differences.append("shorter rows" if len(right[0]) < len(given[0]) else "longer rows")
    return differences[0] if len(differences) == 1 else f"{differences[0]}, and {differences[1]}"
