"""Curves in somebody's tracker: TensorBoard, Trackio, Weights & Biases.

    clgym run ... --track tensorboard --track wandb:project=mine,mode=offline

A tracker is what :class:`Tracker` says: one object for each run of a trial, made where the sweep was started, given the points that
workers report. Trials are complete without any: a tracker that breaks is named and left out, and the trial goes on.

A trial that goes on says all its points again, the same ones in the same order (:meth:`clgym.protocol.TrialObserver.measured`). So a
tracker says how many it has of this run, and those are skipped.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from clgym import registry
from clgym.errors import ClgymError, InvalidSetting, UnknownName
from clgym.protocol import ForwardingObserver, TrialObserver
from clgym.records import Trial
from clgym.storage import SCHEMA, read_json, write_json
from clgym.sweep.plan import Spec, parse_spec, trial_folder
from clgym.sweep.run import SweepObserver

#: In the trial's folder: under which id trackers know the trial. Deleted with it, so that a fresh start is a new run.
RUN_FILE = "tracked.json"


class TrackedRun(NamedTuple):
    """One trial as trackers know it."""

    trial: Trial
    name: str
    """``CL-Conlang-v0-level0-validation-world0/icl-1a2b3c4d-seed0``."""
    id: str
    out: Path
    """The sweep's folder."""


class Tracker(Protocol):
    """One run of one tracker; its class has a dataclass ``Config`` of settings and is called with a run and a ``Config``."""

    known: int
    """How many points of this run it has already."""

    def log(self, number: int, step: int, numbers: Mapping[str, float]) -> None:
        """Point ``number`` (from 0) of the run, at an env step."""

    def close(self, state: str) -> None:
        """The trial is finished, stopped or failed; all points reach their place before this returns."""


class TrackerSpec(NamedTuple):
    """A tracker that was asked for."""

    name: str
    make: Any
    config: Any


def parse_trackers(texts: Sequence[str]) -> list[TrackerSpec]:
    """``["wandb:project=mine"]`` as specs. Raises ``UnknownName``, ``InvalidSetting`` or ``MissingExtra``."""
    asked: list[Spec] = [parse_spec(text) for text in texts]
    specs = []
    for name, settings in ((spec.name, spec.settings) for spec in asked):
        make = registry.load(registry.tracker(name))
        known = [f.name for f in fields(make.Config)]
        for setting in settings:
            if setting not in known:
                raise UnknownName(f"setting of tracker {name}", setting, known)
        for setting, value in settings.items():
            if not isinstance(value, str):
                raise InvalidSetting(f'tracker {name}: {setting} is text, not {value!r}; write {setting}="{value}" in quotes.')
        specs.append(TrackerSpec(name, make, make.Config(**settings)))
    return specs


@dataclass
class TrackingObserver:
    """A board that also feeds trackers."""

    board: SweepObserver
    trackers: Sequence[TrackerSpec]
    out: Path

    def __post_init__(self) -> None:
        self._runs: dict[Path, list[_Run]] = {}

    def observer(self, trial: Trial) -> TrialObserver:
        inner = self.board.observer(trial)
        place = trial_folder(self.out, trial)
        self._end(trial, "failed")  # of a try before this one
        try:
            run = TrackedRun(trial, place.relative_to(self.out).as_posix(), _run_id(place), self.out)
        except ClgymError:  # the folder cannot be written, which the trial is about to say itself
            return inner
        self._runs[place] = [_Run(spec, run, inner) for spec in self.trackers]
        return _Tracked(inner, self._runs[place])

    def finished(self, trial: Trial, *, kept: bool) -> None:
        self._end(trial, "finished")
        self.board.finished(trial, kept=kept)

    def failed(self, trial: Trial, error: str, *, again: bool) -> None:
        self._end(trial, "failed")
        self.board.failed(trial, error, again=again)

    def stopped(self, trial: Trial) -> None:
        self._end(trial, "stopped")
        self.board.stopped(trial)

    def close(self) -> None:
        """End what is still open: the sweep was cut short."""
        for runs in self._runs.values():
            for run in runs:
                run.close("stopped")
        self._runs = {}

    def _end(self, trial: Trial, state: str) -> None:
        for run in self._runs.pop(trial_folder(self.out, trial), []):
            run.close(state)


@contextmanager
def tracking(board: SweepObserver, trackers: Sequence[str], out: Path) -> Iterator[SweepObserver]:
    """The board, feeding these trackers too. Raises as :func:`parse_trackers` does."""
    specs = parse_trackers(trackers)
    if not specs:
        yield board
        return
    tracked = TrackingObserver(board, specs, out)
    try:
        yield tracked
    finally:
        tracked.close()


def _run_id(folder: Path) -> str:
    """The id under which the trial is tracked: kept with the trial, made for a new one."""
    try:
        known = str(read_json(folder / RUN_FILE)["run"])
    except (ClgymError, KeyError):
        known = uuid.uuid4().hex[:16]
        write_json(folder / RUN_FILE, {"schema": SCHEMA, "run": known})
    return known


class _Run:
    """One tracker's run of one trial: skips what it has, and gives up where the tracker fails."""

    def __init__(self, spec: TrackerSpec, run: TrackedRun, observer: TrialObserver):
        self._name, self._observer = spec.name, observer
        self._tracker: Tracker | None = None
        self._next = 0
        try:
            self._tracker = spec.make(run, spec.config)
        except Exception as error:  # no network, no login, no disk: nothing of that is the trial's business
            self._give_up(error)

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        number, self._next = self._next, self._next + 1
        if self._tracker is None or number < self._tracker.known:
            return
        try:
            self._tracker.log(number, step, numbers)
        except Exception as error:
            self._give_up(error)

    def close(self, state: str) -> None:
        if self._tracker is None:
            return
        try:
            self._tracker.close(state)
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._tracker = None
        self._observer.note(f"Tracker {self._name} is left out of this trial, which goes on: {type(error).__name__}: {error}")


class _Tracked(ForwardingObserver):
    """Passes everything on, and points to trackers too."""

    def __init__(self, observer: TrialObserver, runs: Sequence[_Run]):
        super().__init__(observer)
        self._runs = runs

    def measured(self, step: int, numbers: Mapping[str, float]) -> None:
        super().measured(step, numbers)
        for run in self._runs:
            run.log(step, numbers)
