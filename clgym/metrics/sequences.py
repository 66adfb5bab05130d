"""Several tasks one after another: R[i, j] and what follows from it.

R[i, j] is the mean score on held-out queries of task j after stage i; row 0 is before learning. A stage is a stretch of the stream with
one task, and a task may come back in a later stage. All tasks are columns, whether the stream came to them or not. R stands twice:
as reward, and above each task's floor b_j: (R - b_j) / (1 - b_j), which is 0 for who knows the form alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from clgym.metrics.numbers import Censored, Number, Threshold, Undefined
from clgym.records import AnswerRecord

#: What counts as regained at a return: so much of what the task had earned at the end of its stage before.
REGAINED = 0.9
#: A mean that equals its target may come out a little below it, as floating point adds it up.
_ROUNDING = 1e-9


class Plan(NamedTuple):
    """What the header of a trial says of its stream: the floor of each task on ``eval``, and its stages."""

    floors: Mapping[str, float]
    stages: tuple[tuple[str, int], ...]
    """Task ("" where all are mixed) and env steps; the last one may be cut off by the end of the trial."""

    @classmethod
    def of(cls, header: Mapping[str, Any]) -> Plan | None:
        """``None`` where all is one task, or the header is of an older clgym."""
        sequence = header.get("sequence")
        if not sequence:
            return None
        return cls(dict(sequence["floors"]), tuple((str(task), int(steps)) for task, steps in sequence["stages"]))


class Stage(NamedTuple):
    """A stretch of the stream: its task ("" where all are mixed), the env steps at which it was begun and ended, and how many were due."""

    task: str
    begun: int
    end: int
    steps: int


@dataclass(frozen=True)
class Matrix:
    """R[i, j] in one unit, and its summaries.

    ``accuracy`` (ACC) is the mean of the last row, over all tasks. The others are means over tasks that had a stage, and follow Lopez-Paz and
    Ranzato (2017, "Gradient Episodic Memory for Continual Learning", section 2, eqs. 2 to 4) and Chaudhry et al. (2018, "Riemannian Walk for
    Incremental Learning", section 3.1, eq. 3) where each task has one: with returns, "after task j" reads "after the first stage of task j",
    and "the last task" is the task of the last stage. ``backward_transfer`` (BWT) is the mean over tasks but the last one of
    R[T, j] - R[first(j), j], below 0 where tasks are forgotten. ``zero_shot_transfer`` (their FWT) is the mean over tasks but the
    first one of R[first(j) - 1, j] - R[0, j]. ``forgetting`` is the mean over tasks but the last one of
    max over i from first(j) to T - 1 of R[i, j], less R[T, j]: never hidden by a late recovery, and below 0 where tasks improve.
    """

    rows: tuple[tuple[Number, ...], ...]
    """One row before learning and one for each stage; one column for each task."""
    accuracy: Number
    backward_transfer: Number
    zero_shot_transfer: Number
    forgetting: Number


class Return(NamedTuple):
    """A task that comes back.

    ``loss`` is what it earned at the end of its stage before, less what it earned when it came back. ``steps`` are the env steps until it earns
    nine tenths of that again, ``first_steps`` those that its first stage took to get there; ``savings`` is 1 - steps / first_steps
    (Ebbinghaus 1885): 1 where nothing had to be learned again, 0 where it took as long, below 0 where longer.
    """

    task: str
    stage: int
    """Place of the stage, 1 the first."""
    loss: Number
    steps: Threshold
    first_steps: Threshold
    savings: Number


@dataclass(frozen=True)
class Sequences:
    """What became of each task of a stream.

    ``forward_transfer`` of a task is Continual World's (Wołczyk et al. 2021, section 4): (A - A_ref) / (1 - A_ref), where A is the area under
    the learning curve of its first stage and A_ref that of a fresh θ that learned this task alone for as long, both as shares of the
    oracle's; the mean over tasks is theirs too.
    """

    tasks: tuple[str, ...]
    stages: tuple[Stage, ...]
    reward: Matrix
    above_floor: Matrix
    counts: tuple[tuple[int, ...], ...]
    """So many graded answers stand behind each cell of R."""
    without_stage: tuple[str, ...]
    """Tasks that the stream never came to."""
    reference: Mapping[str, Number]
    """What a fresh θ earns that learned this task alone, for as many env steps as the stream gave it."""
    transfers: Mapping[str, Number]
    forward_transfer: Number
    returns: tuple[Return, ...]
    loss: Number
    """Mean over returns."""
    savings: Number
    """Mean over the returns that have one."""


def measure_sequences(plan: Plan | None, answers: Sequence[AnswerRecord]) -> Sequences | Undefined:
    """The tasks of one trial; undefined for a trial of one task."""
    if plan is None or len(plan.floors) < 2:
        return Undefined("the stream had one task")
    graded = [a for a in answers if a.set == "eval" and a.reward is not None]
    exams = _Exams(plan, graded)
    rows, tasks = exams.rows(), tuple(plan.floors)
    stages = exams.stages
    reward = tuple(tuple(_mean_of(_rewards(row, task), f"no query of {task} was graded then") for task in tasks) for row in rows)
    floored = tuple(tuple(_above(value, plan.floors[task]) for value, task in zip(row, tasks)) for row in reward)
    curves = _Curves(tasks, stages, reward, graded)
    transfers = {task: curves.transfer(task) for task in curves.first}
    returns = tuple(curves.returns())
    return Sequences(
        tasks=tasks,
        stages=stages,
        reward=_matrix(tasks, stages, reward),
        above_floor=_matrix(tasks, stages, floored),
        counts=tuple(tuple(len(_rewards(row, task)) for task in tasks) for row in rows),
        without_stage=tuple(task for task in tasks if task not in curves.first) if any(s.task for s in stages) else (),
        reference={task: curves.alone(task) for task in tasks},
        transfers=transfers,
        forward_transfer=_mean_of(list(transfers.values()), "no stage was of one task"),
        returns=returns,
        loss=_mean_of([each.loss for each in returns], "no task came back"),
        savings=_mean_of(_known([each.savings for each in returns]), _why([each.savings for each in returns], "no task came back")),
    )


class _Exams:
    """The blocks in which all tasks were asked: before learning, where a stage ends, and after."""

    def __init__(self, plan: Plan, graded: Sequence[AnswerRecord]):
        self._graded = graded
        ends = list(accumulate(steps for _, steps in plan.stages))
        full = sorted({a.step for a in graded if a.phase == "checkpoint"})
        # A stage ends a little early where another query would not have fitted.
        reached = [max((step for step in full if step <= end), default=end) for end in ends[:-1]] + ends[-1:]
        self.stages = tuple(
            Stage(task, begun, end, steps) for (task, steps), begun, end in zip(plan.stages, [0, *reached], reached)
        )

    def rows(self) -> list[list[AnswerRecord]]:
        """The answers behind each row of R."""
        rows = [[a for a in self._graded if a.phase == "before"]]
        rows += [[a for a in self._graded if a.phase == "checkpoint" and a.step == stage.end] for stage in self.stages[:-1]]
        return [*rows, [a for a in self._graded if a.phase == "after"]]


def _matrix(tasks: Sequence[str], stages: Sequence[Stage], rows: tuple[tuple[Number, ...], ...]) -> Matrix:
    mixed = "the tasks were interleaved: none had a stage of its own"
    first = {stage.task: place for place, stage in reversed(list(enumerate(stages, 1))) if stage.task}
    began = sorted(first, key=first.__getitem__)
    earlier = [task for task in began if task != stages[-1].task]
    last = len(rows) - 1

    def at(row: int, task: str) -> Number:
        return rows[row][tasks.index(task)]

    none = mixed if not first else "only one task had a stage"
    best = {task: _highest([at(row, task) for row in range(first[task], last)]) for task in earlier}
    return Matrix(
        rows=rows,
        accuracy=_mean_of(list(rows[-1]), "there is no task"),
        backward_transfer=_mean_of([_difference(at(last, task), at(first[task], task)) for task in earlier], none),
        zero_shot_transfer=_mean_of([_difference(at(first[task] - 1, task), at(0, task)) for task in began[1:]], none),
        forgetting=_mean_of([_difference(best[task], at(last, task)) for task in earlier], none),
    )


class _Curve(NamedTuple):
    """How a task was learned: env steps since it began, and the reward then, in order."""

    points: tuple[tuple[int, Number], ...]

    def area(self, length: int) -> Number:
        """Under the first ``length`` env steps, as a share of what the oracle has there; by trapezoids."""
        unknown = next((value for _, value in self.points if isinstance(value, Undefined)), None)
        if unknown is not None or len(self.points) < 2:
            return unknown or Undefined("a curve needs two points")
        known = [(step, value) for step, value in self.points if not isinstance(value, Undefined)]
        total = 0.0
        for (left, low), (right, high) in zip(known, known[1:]):
            end = min(right, length)
            if end > left:
                total += (end - left) * (low + low + (high - low) * (end - left) / (right - left)) / 2
        return total / length

    def steps_to(self, target: Number) -> Threshold:
        """Env steps until ``target`` is earned."""
        if isinstance(target, Undefined):
            return target
        reached = (float(step) for step, value in self.points if not isinstance(value, Undefined) and value >= target - _ROUNDING)
        return next(reached, Censored(self.points[-1][0]))


class _Curves:
    """How each stage went, for its own task; and the same task alone."""

    def __init__(
        self, tasks: Sequence[str], stages: Sequence[Stage], rows: Sequence[Sequence[Number]], graded: Sequence[AnswerRecord]
    ):
        self._tasks, self._stages, self._rows, self._graded = tasks, stages, rows, graded
        self.first: dict[str, int] = {}
        """Task -> place of its first stage, 0 the first."""
        for place, stage in enumerate(stages):
            if stage.task:
                self.first.setdefault(stage.task, place)

    def of(self, place: int) -> _Curve:
        """The curve of a stage."""
        stage = self._stages[place]
        column = self._tasks.index(stage.task)
        on_the_way = self._means("stage", stage.task, stage.begun, stage.end)
        points = {0: self._rows[place][column], **on_the_way, stage.end - stage.begun: self._rows[place + 1][column]}
        return _Curve(tuple(sorted(points.items())))

    def reference(self, task: str) -> _Curve:
        """The curve of the task alone; it has one point where it was not run."""
        points = {0: self._rows[0][self._tasks.index(task)], **self._means("reference", task, 0, None)}
        return _Curve(tuple(sorted(points.items())))

    def alone(self, task: str) -> Number:
        """What it ends with."""
        points = self.reference(task).points
        return points[-1][1] if len(points) > 1 else Undefined("it was not learned alone: --reference does that")

    def transfer(self, task: str) -> Number:
        """See :class:`Sequences`."""
        reference = self.alone(task)
        if isinstance(reference, Undefined):
            return reference
        ours, theirs = self.of(self.first[task]), self.reference(task)
        length = min(ours.points[-1][0], theirs.points[-1][0])
        area, alone = ours.area(length), theirs.area(length)
        if isinstance(area, Undefined) or isinstance(alone, Undefined):
            return area if isinstance(area, Undefined) else alone
        return (area - alone) / (1 - alone) if alone < 1 else Undefined("alone it is at the oracle from the start")

    def returns(self) -> Iterator[Return]:
        """Every stage of a task that had one before."""
        latest: dict[str, int] = {}
        for place, stage in enumerate(self._stages):
            if stage.task in latest:
                yield self._return(place, latest[stage.task])
            if stage.task:
                latest[stage.task] = place

    def _return(self, place: int, before: int) -> Return:
        task = self._stages[place].task
        column = self._tasks.index(task)
        known = self._rows[before + 1][column]
        target = known if isinstance(known, Undefined) else REGAINED * known
        again, first = self.of(place).steps_to(target), self.of(self.first[task]).steps_to(target)
        return Return(task, place + 1, _difference(known, self._rows[place][column]), again, first, _savings(again, first))

    def _means(self, phase: str, task: str, begun: int, end: int | None) -> dict[int, Number]:
        """Env steps since ``begun`` -> mean reward in that phase."""
        found: dict[int, list[float]] = {}
        for a in self._graded:
            if a.phase == phase and a.task == task and a.step > begun and (end is None or a.step < end) and a.reward is not None:
                found.setdefault(a.step - begun, []).append(a.reward)
        return {step: sum(rewards) / len(rewards) for step, rewards in found.items()}


def _savings(again: Threshold, first: Threshold) -> Number:
    for steps in (again, first):
        if isinstance(steps, Undefined):
            return steps
        if isinstance(steps, Censored):
            return Undefined("it was not regained before the stage ended")
    assert isinstance(again, float) and isinstance(first, float)
    return 1 - again / first if first else Undefined("nothing had to be learned: it was earned before the first stage")


def _rewards(row: Sequence[AnswerRecord], task: str) -> list[float]:
    return [a.reward for a in row if a.task == task and a.reward is not None]


def _above(value: Number, floor: float) -> Number:
    return value if isinstance(value, Undefined) else (value - floor) / (1 - floor)


def _mean_of(numbers: Sequence[Number], otherwise: str) -> Number:
    unknown = next((number for number in numbers if isinstance(number, Undefined)), None)
    if unknown is not None or not numbers:
        return unknown or Undefined(otherwise)
    return sum(number for number in numbers if not isinstance(number, Undefined)) / len(numbers)


def _known(numbers: Sequence[Number]) -> list[float]:
    return [number for number in numbers if not isinstance(number, Undefined)]


def _why(numbers: Sequence[Number], otherwise: str) -> str:
    return next((number.reason for number in numbers if isinstance(number, Undefined)), otherwise)


def _difference(left: Number, right: Number) -> Number:
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        return left if isinstance(left, Undefined) else right
    return left - right


def _highest(numbers: Sequence[Number]) -> Number:
    known = _known(numbers)
    return max(known) if known else Undefined("the task was not asked between its stage and the end")


class SequenceNumber(NamedTuple):
    """A number of a sequence as tables show it: what it is called, where it is, and whether it is a difference."""

    title: str
    of: Callable[[Sequences], Number]
    difference: bool = True

    def within(self, found: Sequences | Undefined) -> Number:
        """The number of a trial, or why it has none."""
        return found if isinstance(found, Undefined) else self.of(found)


#: What terminal and report show of a sequence.
SEQUENCE_NUMBERS: tuple[SequenceNumber, ...] = (
    SequenceNumber("accuracy over all tasks", lambda found: found.reward.accuracy, difference=False),
    SequenceNumber("accuracy above floor", lambda found: found.above_floor.accuracy, difference=False),
    SequenceNumber("backward transfer above floor", lambda found: found.above_floor.backward_transfer),
    SequenceNumber("forgetting above floor", lambda found: found.above_floor.forgetting),
    SequenceNumber("forward transfer (area, against the task alone)", lambda found: found.forward_transfer),
    SequenceNumber("zero-shot transfer above floor", lambda found: found.above_floor.zero_shot_transfer),
    SequenceNumber("loss while away, at returns", lambda found: found.loss),
    SequenceNumber("savings at returns", lambda found: found.savings),
)
