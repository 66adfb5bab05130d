"""Grades: from any string and what was asked to a reward and a colleague's words. Pure functions that never raise."""

from __future__ import annotations

from operator import eq

from clgym.core import Grade
from clgym.envs.grid import feedback
from clgym.envs.grid.catalogue import Grid
from clgym.envs.grid.signs import Unreadable, read
from clgym.envs.grid.tasks import Payload

#: What an answer with all cells but one earns at most.
PARTIAL = 0.5


def credit(share: float, base: float) -> float:
    """What a share of right cells earns: as much as it is above an ignorant one (``base``), times ``PARTIAL``."""
    return PARTIAL * max(0.0, share - base) / (1.0 - base) if base < 1.0 else 0.0


def grade(payload: Payload, answer: str) -> Grade:
    """Grade any string as an answer to what was asked."""
    phrasing = feedback.Words(payload.machine, payload.text, answer)
    if answer == payload.text:
        return Grade(1.0, "correct", feedback.praise(phrasing), {"cells": 1.0})
    try:
        given = read(answer, payload.signs)
    except Unreadable as fault:
        return Grade(0.0, "malformed", feedback.unreadable(phrasing, payload, fault, answer), {"cells": 0.0})
    if given == payload.right:
        return Grade(1.0, "correct", feedback.praise(phrasing), {"cells": 1.0})
    return graded_wrong(phrasing, payload, given)


def graded_wrong(phrasing: feedback.Words, payload: Payload, given: Grid) -> Grade:
    """The grade of a grid that is not the right one."""
    score = credit(_share(given, payload.right), payload.base)
    criticism = feedback.criticism(phrasing, payload, given, score)
    return Grade(score, "partial" if score > 0 else "wrong", criticism, {"cells": score})


def _share(given: Grid, right: Grid) -> float:
    """The share of right cells; 0 for a grid of another size."""
    if given.width != right.width or len(given.cells) != len(right.cells):
        return 0.0
    return sum(map(eq, given.cells, right.cells)) / len(right.cells)
