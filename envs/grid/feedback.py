"""What a colleague at the machine says to an answer: verdict, diagnosis, correction.

A diagnosis says which step was forgotten or done as in another case, where that shows; where the first wrong cells are; and of one
operation what it goes by and, in part, what it does. It never says what a wrong cell should be. ``reading.py`` is its inverse.
"""

from __future__ import annotations

from clgym.core import Feedback
from clgym.envs.grid.catalogue import COLOURS, Grid
from clgym.envs.grid.machine import Step
from clgym.envs.grid.signs import Unreadable
from clgym.envs.grid.tasks import Payload, Slip
from clgym.text.answers import quoted
from clgym.text.english import listed
from clgym.text.phrases import Phrasing

#: From this score on an answer is called close.
_MUCH = 0.35
#: Of so many operations of a query the colleague speaks: those that are met least often.
_SPOKEN_OF = 2

RIGHT = ("Right.", "Yes, that is what comes out.", "Correct, the {machine} gives just that.")
_CLOSE = ("Not quite.", "Nearly right.", "Close, but the {machine} gives something else.")
_PARTLY = ("Only partly right.", "Some of it is right, but not all.", "Not what comes out, though part of it is right.")
_WRONG = ("That is not what comes out.", "No, the {machine} gives something else.", "Wrong, I am afraid.")
SHOWN = ("It should be:\n{right}", "What comes out is:\n{right}", "The {machine} gives:\n{right}")

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
    "You have {given}; as much comes out as goes in, and that was {size}.",
    "Check the size: {given} in your answer, while {size} went in, and the {machine} keeps the size.",
    "The size is wrong: you wrote {given}, and it stays at {size}.",
)
ECHO = (
    "That is the {what} that went in; the {machine} does change it.",
    "You gave me back what went in. Something has to happen to it.",
    "This is the {what} from before, not after.",
)
#: In a row, and in a grid.
CELLS = ("Wrong so far: {wrong}.", "Look again at {wrong}.", "It goes wrong with {wrong}.")
ROWS = (
    "Row {number} is the first that is wrong, with {wrong}; {count} of all {total} cells fit.",
    "It goes wrong in row {number}, with {wrong}; all in all {count} of {total} cells are right.",
    "Look at row {number} first, at {wrong}. You have {count} right cells of {total}.",
)
OMITTED = (
    "It looks as if you forgot {operation}.",
    "That is what would come out without {operation}.",
    "You left out {operation}.",
)
CASE = (
    "You did with {operation} what it does in another case.",
    "That is done by {operation} too, but not where it sees what it saw here.",
    "As for {operation}, you took one case for another.",
)
ORDER = (
    "You did not keep the order: {operation} comes before what follows it.",
    "That is what comes out when {operation} is done one step too late.",
    "Mind the order, {operation} has its turn earlier.",
)
SLIPS = {"omitted": OMITTED, "case": CASE, "order": ORDER}
#: Of an operation that always does the same, and of one that goes by something.
PLAIN = ("Remember that {operation} {hint}.", "I can tell you this: {operation} {hint}.", "Think of {operation}: it {hint}.")
CASES = (
    "Remember that {operation} goes by {look}: it was {colour}, and so it {hint}.",
    "I can tell you this: {operation} looks at {look}; with {colour} as here it {hint}.",
    "Think of {operation}: what counts is {look}, which was {colour}, so it {hint}.",
)


class Words(Phrasing):
    """Picks phrasings for a machine, by what comes out of it and what was answered."""

    __slots__ = ("machine",)

    def __init__(self, machine: str, text: str, answer: str):
        super().__init__(machine, text, answer)
        self.machine = machine


def _what(payload: Payload) -> str:
    return "grid" if payload.grid.height > 1 else "row"


def praise(phrasing: Words) -> Feedback:
    """What is said to a right answer."""
    return Feedback(phrasing.say(RIGHT, machine=phrasing.machine))


def unreadable(phrasing: Words, payload: Payload, fault: Unreadable, answer: str) -> Feedback:
    """What is said to an answer that is no grid."""
    bank = {"empty": _BLANK, "long": _LONG, "ragged": _RAGGED, "foreign": _FOREIGN}[fault.reason]
    diagnosis = phrasing.say(bank, count=len(answer), what=_what(payload), word=quoted(fault.detail, 40))
    return Feedback("That could not be read as an answer.", diagnosis, _correction(phrasing, payload))


def criticism(phrasing: Words, payload: Payload, given: Grid, score: float) -> Feedback:
    """Verdict, diagnosis and correction of a wrong grid."""
    verdict = phrasing.say(_CLOSE if score >= _MUCH else _PARTLY if score > 0 else _WRONG, machine=phrasing.machine)
    return Feedback(verdict, " ".join(_diagnosis(phrasing, payload, given)), _correction(phrasing, payload))


def _correction(phrasing: Words, payload: Payload) -> str:
    return phrasing.say(SHOWN, right=payload.text, machine=phrasing.machine)


def _diagnosis(phrasing: Words, payload: Payload, given: Grid) -> list[str]:
    if given.width != payload.grid.width or len(given.cells) != len(payload.grid.cells):
        size = phrasing.say(_SIZE, given=_size(given), size=_size(payload.grid), machine=phrasing.machine)
        return [size, *_remarks(phrasing, payload, None)]
    slip = payload.slips.get(given)
    if given == payload.grid:
        opening = [phrasing.say(ECHO, what=_what(payload), machine=phrasing.machine)]
    else:
        opening = _slip(phrasing, slip, payload.steps[slip.place]) if slip else []
    return [*opening, _where(phrasing, given, payload.right), *_remarks(phrasing, payload, slip)]


def _slip(phrasing: Words, slip: Slip, step: Step) -> list[str]:
    return [phrasing.say(SLIPS[slip.what], operation=step.operation.name)]


def _remarks(phrasing: Words, payload: Payload, slip: Slip | None) -> list[str]:
    """Something about the operation that a slip was about and those that are met least often."""
    first = [payload.steps[slip.place]] if slip else []
    steps = {step.operation.name: step for step in [*sorted(payload.steps, key=lambda step: step.rarity), *first]}
    return [_remark(phrasing, step) for step in list(steps.values())[-_SPOKEN_OF:]]


def _where(phrasing: Words, given: Grid, right: Grid) -> str:
    """The first wrong row with its wrong cells, and how many cells are right in all."""
    fits = [one == other for one, other in zip(given.cells, right.cells)]
    number = fits.index(False) // given.width
    wrong = [str(place + 1) for place, fit in enumerate(fits[number * given.width : (number + 1) * given.width]) if not fit]
    cells = f"cell{'s' * (len(wrong) > 1)} {listed(wrong)}"
    if given.height == 1:
        return phrasing.say(CELLS, wrong=cells)
    return phrasing.say(ROWS, number=number + 1, wrong=cells, count=sum(fits), total=len(fits))


def _remark(phrasing: Words, step: Step) -> str:
    """Something about an operation that helps: rather what becomes of a colour that is not in this grid than of one that is."""
    operation = step.operation
    shown = [f"{COLOURS[colour]} into" for colour in set(step.grid.cells)]
    hints = [hint for hint in step.move.hints if not any(entry in hint for entry in shown)]
    hint = phrasing.choice(hints or step.move.hints)
    if not operation.look:
        return phrasing.say(PLAIN, operation=operation.name, hint=hint)
    return phrasing.say(CASES, operation=operation.name, look=operation.look, colour=COLOURS[step.colour], hint=hint)


def _size(grid: Grid) -> str:
    rows, cells = grid.height, grid.width
    return f"{rows} row{'s' * (rows != 1)} of {cells} cell{'s' * (cells != 1)}"
