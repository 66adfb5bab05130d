"""How answers ended that did not end by themselves: each is a reason to look again before believing a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from clgym.agent import STOPS
from clgym.records import AnswerRecord, StepRecord

#: How an answer ended, as tables say it, and what can be done about it.
MEANING = {
    "length": ("cut by the limit", "raise max_new_tokens"),
    "thoughts": ("empty, for the limit went into thoughts", "raise thought_tokens"),
    "refusal": ("refused by the model", "its words are graded as the answer"),
    "filter": ("withheld by the provider", "they count in no mean"),
}


def measure_endings(answers: Iterable[AnswerRecord], steps: Iterable[StepRecord]) -> dict[str, int]:
    """Answers of a trial by how they ended (:data:`clgym.agent.STOPS`), in that order, without those that ended by themselves.

    Each turn counts, those of the placebo arm too.
    """
    found = Counter(stop for answer in answers for stop in answer.stops) + Counter(step.stop for step in steps)
    return {stop: found[stop] for stop in STOPS if stop != "end" and found[stop]}


def total(endings: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Those of several trials together."""
    found = sum((Counter(one) for one in endings), Counter[str]())
    return {stop: found[stop] for stop in STOPS if found[stop]}


def in_words(endings: Mapping[str, int]) -> str:
    """``3 answers cut by the limit, 1 withheld by the provider``; "" where all ended by themselves."""
    parts = [f"{count:,} {MEANING[stop][0]}" for stop, count in endings.items()]
    if not parts:
        return ""
    first, count = parts[0].partition(" "), next(iter(endings.values()))
    return ", ".join([f"{first[0]} {'answer' if count == 1 else 'answers'} {first[2]}", *parts[1:]])
