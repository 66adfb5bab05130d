"""Who hears how a trial goes, and the points of its curves."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from clgym.errors import ClgymError
from clgym.metrics.endings import MEANING
from clgym.records import AnswerRecord, BlockRecord, LearnRecord, Record, StepRecord, Trial

logger = logging.getLogger("clgym")


class TrialInterrupted(ClgymError, RuntimeError):
    """A trial was asked to stop and did, at a point from which it goes on."""


class TrialObserver:
    """Hears how a trial goes; this one is silent. Units are answers: evaluation answers and env steps."""

    def stopping(self) -> bool:
        """Whether the trial should stop as soon as its step is done."""
        return False

    def start(self, total: int) -> None:
        """The trial will take so many answers."""

    def advance(self, answers: int, stage: str) -> None:
        """So many more are done."""

    def earned(self, reward: float) -> None:
        """One env step of the learn stream earned this much."""

    def measured(self, step: int, numbers: Mapping[str, float]) -> None:
        """A point of the trial's curves. A trial that goes on says all of them again, the same ones in the same order."""

    def note(self, text: str) -> None:
        """Something a person should read."""


class ForwardingObserver(TrialObserver):
    """Passes everything on to another watch; subclasses do something more."""

    def __init__(self, observer: TrialObserver):
        self._observer = observer

    def stopping(self) -> bool:
        return self._observer.stopping()

    def start(self, total: int) -> None:
        self._observer.start(total)

    def advance(self, answers: int, stage: str) -> None:
        self._observer.advance(answers, stage)

    def earned(self, reward: float) -> None:
        self._observer.earned(reward)

    def measured(self, step: int, numbers: Mapping[str, float]) -> None:
        self._observer.measured(step, numbers)

    def note(self, text: str) -> None:
        self._observer.note(text)


class EndingWatch:
    """Says once, on the log, that an answer of a trial did not end by itself, and what to do about it."""

    def __init__(self, trial: Trial):
        self._trial, self._silent = trial, True

    def see(self, record: Record) -> None:
        """A record was written."""
        if self._silent and isinstance(record, (AnswerRecord, StepRecord)):
            answers = record.answers if isinstance(record, AnswerRecord) else (record.given,)
            stop = next((answer.stop for answer in answers if answer.stop != "end"), None)
            if stop is not None:
                self._silent = False
                what, todo = MEANING[stop]
                logger.warning(
                    "%s on %s: an answer was %s (%s). All such answers are counted in the tables.",
                    self._trial.label,
                    self._trial.world_id,
                    what,
                    todo,
                )


def round_numbers(records: Sequence[StepRecord], learned: LearnRecord | None) -> dict[str, float]:
    """One round of learning: mean reward, words of feedback, tokens and FLOPs of acting and learning, where they are counted."""
    arm = records[0].arm
    numbers = _mean_reward(f"{arm}/reward", records)
    numbers[f"{arm}/feedback_words"] = sum(len(record.feedback.split()) for record in records)
    costs = {"act": [record.cost for record in records], "learn": [learned.cost] if learned else []}
    for ledger, spent in costs.items():
        numbers[f"{arm}/{ledger}_tokens"] = sum(cost.prompt_tokens + cost.completion_tokens for cost in spent)
        numbers[f"{arm}/{ledger}_flops"] = sum(cost.flops for cost in spent)
    return {name: value for name, value in numbers.items() if value or name.endswith(("/reward", "/feedback_words"))}


def block_numbers(block: Sequence[Record]) -> dict[str, float]:
    """One evaluation block: the mean reward of each set.

    The names of control, placebo and of single tasks begin with the phase. What θ_0 earns in the world as it will be after n drifts is ``eval+n``.
    """
    phase = next(record.phase for record in block if isinstance(record, BlockRecord))
    before = f"{phase}/" if phase in ("control", "placebo", "stage", "reference") else ""
    sets: dict[str, list[AnswerRecord]] = {}
    for record in block:
        if isinstance(record, AnswerRecord):
            version = record.world.rpartition("+")[1:] if phase == "before" and record.set == "eval" and "+" in record.world else ()
            sets.setdefault("".join((record.set, *version)), []).append(record)
    return {
        name: mean
        for set_name, answers in sets.items()
        for name, mean in _mean_reward(f"{before}{set_name}/reward", answers).items()
    }


def _mean_reward(name: str, records: Iterable[StepRecord | AnswerRecord]) -> dict[str, float]:
    """Under this name, or nothing where no grade came."""
    earned = [record.reward for record in records if record.reward is not None]
    return {name: sum(earned) / len(earned)} if earned else {}
