"""Running a sweep: one after another in this process, or side by side in worker processes.

A trial that fails is reported and never stops the others. ``Ctrl-C`` ends cleanly; finished trials are kept, and the
same sweep run again goes on with the rest.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from clgym import registry
from clgym.protocol import Watch, build_agent, run_trial
from clgym.records import RESULT_FILE, Trial
from clgym.sweep.plan import trial_folder

#: The traceback of a trial that raised.
ERROR_FILE = "error.txt"

#: Numeric libraries read these when they start.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass
class Outcome:
    """How a sweep ended."""

    finished: list[Path] = field(default_factory=list)
    failed: list[Path] = field(default_factory=list)
    """Folders of the trials that raised; the traceback is in their ``error.txt``."""
    interrupted: bool = False


class Board(Protocol):
    """Shows how a sweep goes; see :class:`clgym.sweep.display.ProgressBoard`."""

    def watch(self, trial: Trial) -> Watch:
        """A trial begins."""

    def finished(self, trial: Trial, *, kept: bool) -> None:
        """A trial is finished; ``kept``: it had been finished before."""

    def failed(self, trial: Trial, error: str) -> None:
        """A trial raised."""


def run_sweep(trials: Sequence[Trial], out: Path, board: Board, *, workers: int = 1) -> Outcome:
    """Run every trial that is not finished yet. Raises ``ModelUnavailable`` and the like before the first one."""
    outcome = Outcome()
    waiting = []
    for trial in trials:
        folder = trial_folder(out, trial)
        if (folder / RESULT_FILE).exists():
            outcome.finished.append(folder)
            board.finished(trial, kept=True)
        else:
            waiting.append(trial)
    try:
        if workers > 1 and len(waiting) > 1:
            _run_side_by_side(waiting, out, board, outcome, min(workers, len(waiting)))
        else:
            _run_in_turn(waiting, out, board, outcome)
    except KeyboardInterrupt:
        outcome.interrupted = True
    return outcome


class _Models:
    """Loaded models by spec, so that trials share them; agents bring adapters of their own."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def get(self, spec: str) -> Any:
        if not spec:
            return None
        if spec not in self._loaded:
            self._loaded[spec] = registry.load_model(spec)
        return self._loaded[spec]


def _run_in_turn(trials: Sequence[Trial], out: Path, board: Board, outcome: Outcome) -> None:
    models = _Models()
    for spec in dict.fromkeys(trial.model for trial in trials):
        models.get(spec)
    for trial in trials:
        watch = board.watch(trial)
        try:
            _run_one(trial, out, models, watch)
        except Exception:  # whatever an agent or a world raises is this trial's failure, not the sweep's
            _fail(trial, traceback.format_exc(), out, board, outcome)
        else:
            _finish(trial, out, board, outcome)


def _run_one(trial: Trial, out: Path, models: _Models, watch: Watch) -> None:
    run_trial(trial, trial_folder(out, trial), make=lambda: build_agent(trial, models.get(trial.model)), watch=watch)
    gc.collect()  # an agent's adapter and optimizer hang on the shared model in cycles


def _finish(trial: Trial, out: Path, board: Board, outcome: Outcome) -> None:
    folder = trial_folder(out, trial)
    (folder / ERROR_FILE).unlink(missing_ok=True)
    outcome.finished.append(folder)
    board.finished(trial, kept=False)


def _fail(trial: Trial, error: str, out: Path, board: Board, outcome: Outcome) -> None:
    folder = trial_folder(out, trial)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ERROR_FILE).write_text(error, encoding="utf-8", errors="backslashreplace")
    outcome.failed.append(folder)
    board.failed(trial, error)


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    trial: Trial | None = None
    watch: Watch | None = None


def _run_side_by_side(trials: Sequence[Trial], out: Path, board: Board, outcome: Outcome, count: int) -> None:
    """Hand trials to worker processes as they become free; a worker that dies fails its trial and is replaced."""
    context = multiprocessing.get_context("spawn")
    waiting = list(reversed(trials))

    def hire() -> _Worker:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, out), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def assign(worker: _Worker) -> None:
        worker.trial = waiting.pop()
        worker.watch = board.watch(worker.trial)
        with suppress(ConnectionError):  # a worker that died meanwhile is heard of as a closed pipe
            worker.pipe.send(worker.trial)

    with _threads_shared_by(count):
        workers = [hire() for _ in range(count)]
        try:
            for worker in workers:
                assign(worker)
            while busy := [worker for worker in workers if worker.trial is not None]:
                for ready in wait([worker.pipe for worker in busy]):
                    worker = next(worker for worker in busy if worker.pipe is ready)
                    if _hear(worker, out, board, outcome):
                        continue
                    if not worker.process.is_alive() and waiting:
                        workers[workers.index(worker)] = worker = hire()
                    if waiting:
                        assign(worker)
        finally:
            for worker in workers:
                worker.process.terminate()
                worker.process.join()


def _hear(worker: _Worker, out: Path, board: Board, outcome: Outcome) -> bool:
    """Take one message; returns whether the worker is still busy with its trial."""
    assert worker.trial is not None and worker.watch is not None
    try:
        kind, *rest = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        kind, rest = "failed", [f"the worker process died (exit code {worker.process.exitcode})"]
    if kind in ("start", "advance", "note"):
        getattr(worker.watch, kind)(*rest)
        return True
    trial, worker.trial = worker.trial, None
    if kind == "finished":
        _finish(trial, out, board, outcome)
    else:
        _fail(trial, rest[0], out, board, outcome)
    return False


class _Messenger(Watch):
    """Tells the parent process how the trial goes."""

    def __init__(self, pipe: Connection):
        self._pipe = pipe

    def start(self, total: int) -> None:
        self._pipe.send(("start", total))

    def advance(self, answers: int, stage: str) -> None:
        self._pipe.send(("advance", answers, stage))

    def note(self, text: str) -> None:
        self._pipe.send(("note", text))


def _work(pipe: Connection, out: Path) -> None:
    """A worker process: trials in, messages out. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import clgym  # noqa: F401  (registers the envs in this process)

    models = _Models()
    while True:
        try:
            trial: Trial = pipe.recv()
        except EOFError:
            return
        try:
            _run_one(trial, out, models, _Messenger(pipe))
        except Exception:
            pipe.send(("failed", traceback.format_exc()))
        else:
            pipe.send(("finished",))


@contextmanager
def _threads_shared_by(workers: int) -> Iterator[None]:
    """Processes started inside get an equal share of the cores, unless the user has set the numbers."""
    share = str(max(1, (os.cpu_count() or 1) // workers))
    added = [name for name in _THREAD_VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(added, share))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
