"""Running a sweep: one after another in this process, or side by side somewhere else.

A trial that fails is tried again from its last safe point, then reported, and never stops the others. ``Ctrl-C`` (or SIGTERM) ends
after the step in flight; finished trials are kept, and the same sweep run again goes on with the rest.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from clgym import registry
from clgym.errors import ClgymError, RecordsError
from clgym.protocol import TrialInterrupted, TrialObserver, build_agent, run_trial
from clgym.protocol.provenance import refuse_finished_by_another
from clgym.records import RESULT_FILE, TRIAL_FILE, Trial
from clgym.settings import checked
from clgym.storage import read_json
from clgym.sweep.plan import Spec, parse_spec, trial_folder
from clgym.sweep.stopping import Stop, Stoppable, stopping_on_signals

#: The traceback of a trial that raised.
ERROR_FILE = "error.txt"

#: How often a trial is tried before it is reported as failed.
TRIES = 2
#: A trial that was lost with its machine so often is reported.
TRIES_LOST = 6


@dataclass
class Outcome:
    """How a sweep ended."""

    finished: list[Path] = field(default_factory=list)
    failed: list[Path] = field(default_factory=list)
    """Folders of the trials that raised; the traceback is in their ``error.txt``."""
    interrupted: bool = False


class Failure(NamedTuple):
    """What a trial raised: one line where it is an error of the user's, else the traceback; ``final`` where another try can't help."""

    error: str
    final: bool


def failure(error: Exception) -> Failure:
    """Whatever an agent or a world raises is its trial's failure, not the sweep's. To be called where it is handled."""
    if isinstance(error, ClgymError) and error.final:
        return Failure(f"{type(error).__name__}: {error}", True)
    return Failure(traceback.format_exc(), False)


class SweepObserver(Protocol):
    """Shows how a sweep goes; see :class:`clgym.sweep.display.ProgressBoard`."""

    def observer(self, trial: Trial) -> TrialObserver:
        """A trial begins."""

    def finished(self, trial: Trial, *, kept: bool) -> None:
        """A trial is finished; ``kept``: it had been finished before."""

    def failed(self, trial: Trial, error: str, *, again: bool) -> None:
        """A trial raised; ``again``: it will be tried once more."""

    def stopped(self, trial: Trial) -> None:
        """A trial was stopped at a point from which it goes on."""


@dataclass
class Sweep:
    """A sweep under way: what engines share."""

    out: Path
    board: SweepObserver
    stop: Stop
    waiting: list[Trial]
    """Trials not handed out yet, the next one last."""
    save_every: int | None = None
    """Env steps of learning between two savings of θ; ``None`` as ``run_trial`` likes it."""
    outcome: Outcome = field(default_factory=Outcome)
    tries: dict[Path, int] = field(default_factory=dict)

    def finish(self, trial: Trial) -> None:
        """A trial has its result."""
        folder = trial_folder(self.out, trial)
        (folder / ERROR_FILE).unlink(missing_ok=True)
        self.outcome.finished.append(folder)
        self.board.finished(trial, kept=False)

    def keep(self, trial: Trial) -> None:
        """A trial was finished before: by the same agent, or else it is reported."""
        folder = trial_folder(self.out, trial)
        try:
            refuse_finished_by_another(read_json(folder / TRIAL_FILE), trial, None, folder)
        except RecordsError as error:
            self._report(trial, folder, f"{type(error).__name__}: {error}")
        else:
            (folder / ERROR_FILE).unlink(missing_ok=True)
            self.outcome.finished.append(folder)
            self.board.finished(trial, kept=True)

    def fail(self, trial: Trial, error: str, *, final: bool = False, lost: bool = False) -> None:
        """A trial raised: it waits for another try, or is reported. ``final`` where another try can't help, ``lost`` where
        it was the machine that failed."""
        folder = trial_folder(self.out, trial)
        self.tries[folder] = self.tries.get(folder, 0) + 1
        again = not final and self.tries[folder] < (TRIES_LOST if lost else TRIES) and not self.stop
        if again:
            self.waiting.insert(0, trial)
            self.board.failed(trial, error, again=True)
        else:
            self._report(trial, folder, error)

    def _report(self, trial: Trial, folder: Path, error: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ERROR_FILE).write_text(error, encoding="utf-8", errors="backslashreplace")
        self.outcome.failed.append(folder)
        self.board.failed(trial, error, again=False)

    def interrupt(self, trial: Trial) -> None:
        """A trial was stopped."""
        self.outcome.interrupted = True
        self.board.stopped(trial)


def run_sweep(
    trials: Sequence[Trial],
    out: Path,
    board: SweepObserver,
    *,
    workers: int = 1,
    engine: str = "local",
    save_every: int | None = None,
) -> Outcome:
    """Run every trial that is not finished yet, on ``engine`` (``NAME`` or ``NAME:key=value,...``).

    Raises ``UnknownName``, ``MissingExtra``, ``ModelUnavailable`` and the like before the first one.
    """
    save_every = checked("save_every", save_every, int | None, low=1)
    spec = parse_spec(engine)
    run = registry.load(registry.engine(spec.name))
    with stopping_on_signals() as stop:
        sweep = Sweep(out, board, stop, [], save_every)
        for trial in reversed(trials):
            if not (trial_folder(out, trial) / RESULT_FILE).exists():
                sweep.waiting.append(trial)
        for trial in trials:
            if trial not in sweep.waiting:
                sweep.keep(trial)
        if not sweep.waiting:
            return sweep.outcome
        try:
            if spec == Spec("local") and min(workers, len(sweep.waiting)) < 2:
                run_in_turn(sweep)
            else:
                run(sweep, min(workers, len(sweep.waiting)), spec.settings)
        except KeyboardInterrupt:
            sweep.outcome.interrupted = True
        sweep.outcome.interrupted |= bool(stop)
    return sweep.outcome


class Models:
    """Loaded models by spec, so that trials of one process share them; agents bring adapters of their own."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def get(self, spec: str) -> Any:
        if not spec:
            return None
        if spec not in self._loaded:
            self._loaded[spec] = registry.load_model(spec)
        return self._loaded[spec]


def run_in_turn(sweep: Sweep) -> None:
    """One trial after another in this process."""
    models = Models()
    for spec in dict.fromkeys(trial.model for trial in reversed(sweep.waiting)):
        models.get(spec)
    while sweep.waiting and not sweep.stop:
        trial = sweep.waiting.pop()
        observer = Stoppable(sweep.board.observer(trial), sweep.stop)
        try:
            run_one(trial, sweep.out, models, observer, sweep.save_every)
        except TrialInterrupted:
            sweep.interrupt(trial)
        except Exception as error:
            why = failure(error)
            sweep.fail(trial, why.error, final=why.final)
        else:
            sweep.finish(trial)


def run_one(trial: Trial, out: Path, models: Models, observer: TrialObserver, save_every: int | None = None) -> None:
    """One trial, with a model that others may have used."""
    folder = trial_folder(out, trial)
    run_trial(trial, folder, make=lambda: build_agent(trial, models.get(trial.model)), observer=observer, save_every=save_every)
    if trial.model:
        gc.collect()  # an agent's adapter and optimizer hang on the shared model in cycles
