"""Grades: from any string and what was asked to a reward and a colleague's words. Pure functions that never raise."""

from __future__ import annotations

from clgym.core import Grade
from clgym.envs.grid import feedback
from clgym.envs.grid.catalogue import Grid
from clgym.envs.grid.signs import Unreadable, read
from clgym.envs.grid.tasks import Payload

#: What an answer with all cells but one earns at most.
PARTIAL = 0.7


def credit(payload: Payload, given: Grid) -> float:
    """The share of right cells, counted from what an ignorant answer gets, times ``PARTIAL``; 0 for a grid of another size."""
    right = payload.right
    if len(given) != len(right) or len(given[0]) != len(right[0]):
        return 0.0
    total = len(right) * len(right[0])
    share = sum(one == other for row, there in zip(given, right) for one, other in zip(row, there)) / total
    return PARTIAL * max(0.0, share - payload.base) / (1.0 - payload.base) if payload.base < 1.0 else 0.0


def grade(payload: Payload, answer: str) -> Grade:
    """Grade any string as an answer to what was asked."""
    phrasing = feedback.Words(payload, answer)
    try:
        given = payload.right if answer == payload.text else read(answer, payload.signs)
    except Unreadable as fault:
        return Grade(0.0, "malformed", feedback.unreadable(phrasing, payload, fault, answer), {"cells": 0.0})
    if given == payload.right:
        return Grade(1.0, "correct", feedback.praise(phrasing), {"cells": 1.0})
    score = credit(payload, given)
    criticism = feedback.criticism(phrasing, payload, given, score)
    return Grade(score, "partial" if score > 0 else "wrong", criticism, {"cells": score})
