"""Several tasks one after another: R[i, j] and what follows from it.

R[i, j] is the mean reward on held-out queries of task j after stage i; row 0 is before learning. A stage is a stretch of the
stream with one task, and a task may come back in a later stage. Where every task has one stage, these are the numbers of
Lopez-Paz and Ranzato (2017, "Gradient Episodic Memory for Continual Learning", section 2, eqs. 2 to 4) and of Chaudhry
et al. (2018, "Riemannian Walk for Incremental Learning", section 3.1, eq. 3). With returns, "after task j" reads "after the
first stage of task j", and "the last task" is the task of the last stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.metrics.numbers import Number, Undefined
from clgym.records import AnswerRecord, StepRecord


class Stage(NamedTuple):
    """A stretch of the stream with one task, and the env step at which it ended."""

    task: str
    end: int


@dataclass(frozen=True)
class Sequences:
    """R[i, j] and its summaries, all in units of reward.

    ``accuracy`` (ACC) is the mean of the last row. ``backward_transfer`` (BWT) is the mean over tasks but the last one of
    R[T, j] - R[first(j), j], below 0 where tasks are forgotten. ``forward_transfer`` (FWT) is the mean over tasks but the
    first one of R[first(j) - 1, j] - R[0, j]. ``forgetting`` is the mean over tasks but the last one of
    max over i from first(j) to T - 1 of R[i, j], less R[T, j]: never hidden by a late recovery, and below 0 where tasks improve.
    """

    tasks: tuple[str, ...]
    stages: tuple[Stage, ...]
    matrix: tuple[tuple[Number, ...], ...]
    """One row before learning and one for each stage; one column for each task."""
    accuracy: Number
    backward_transfer: Number
    forward_transfer: Number
    forgetting: Number


def measure_sequences(answers: Sequence[AnswerRecord], steps: Sequence[StepRecord]) -> Sequences | Undefined:
    """R[i, j] of one trial; undefined for a trial of one task."""
    stages = stages_of(steps)
    tasks = tuple(dict.fromkeys(stage.task for stage in stages))
    if len(tasks) < 2:
        return Undefined("the stream had one task")
    graded = [a for a in answers if a.set == "eval" and a.reward is not None]
    rows = [_row([a for a in graded if a.phase == "before"], tasks)]
    for number, stage in enumerate(stages, 1):
        phases = ("after",) if number == len(stages) else ("checkpoint",)
        rows.append(_row([a for a in graded if a.phase in phases and a.step == stage.end], tasks))
    first = {task: 1 + next(place for place, stage in enumerate(stages) if stage.task == task) for task in tasks}
    earlier = [task for task in tasks if task != stages[-1].task]
    last = len(rows) - 1

    def at(row: int, task: str) -> Number:
        return rows[row][tasks.index(task)]

    return Sequences(
        tasks=tasks,
        stages=stages,
        matrix=tuple(rows),
        accuracy=_mean_of(list(rows[-1])),
        backward_transfer=_mean_of([_difference(at(last, task), at(first[task], task)) for task in earlier]),
        forward_transfer=_mean_of([_difference(at(first[task] - 1, task), at(0, task)) for task in tasks[1:]]),
        forgetting=_mean_of(
            [_difference(_highest([at(row, task) for row in range(first[task], last)]), at(last, task)) for task in earlier]
        ),
    )


def stages_of(steps: Sequence[StepRecord]) -> tuple[Stage, ...]:
    """The stretches of the learn stream with one task each, in order."""
    stages: list[Stage] = []
    for step in sorted((s for s in steps if s.arm == "learn" and s.task), key=lambda s: s.step):
        if stages and stages[-1].task == step.task:
            stages[-1] = Stage(step.task, step.step)
        else:
            stages.append(Stage(step.task, step.step))
    return tuple(stages)


def _row(answers: Sequence[AnswerRecord], tasks: Sequence[str]) -> tuple[Number, ...]:
    return tuple(
        _mean_of([a.reward for a in answers if a.task == task and a.reward is not None], f"no query of {task} was asked then")
        for task in tasks
    )


def _mean_of(numbers: Sequence[Number], otherwise: str = "there is no such task") -> Number:
    unknown = next((number for number in numbers if isinstance(number, Undefined)), None)
    if unknown is not None or not numbers:
        return unknown or Undefined(otherwise)
    return sum(number for number in numbers if not isinstance(number, Undefined)) / len(numbers)


def _difference(left: Number, right: Number) -> Number:
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        return left if isinstance(left, Undefined) else right
    return left - right


def _highest(numbers: Sequence[Number]) -> Number:
    known = [number for number in numbers if not isinstance(number, Undefined)]
    return max(known) if known else Undefined("the task was not asked between its stage and the end")
