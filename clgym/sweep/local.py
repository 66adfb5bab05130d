"""Trials side by side on this machine: worker processes, one trial each at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from clgym import registry
from clgym.errors import InvalidSetting
from clgym.protocol import TrialInterrupted, TrialObserver
from clgym.records import Trial
from clgym.sweep.remote import MessageObserver
from clgym.sweep.run import Models, Sweep, failure, run_one
from clgym.sweep.stopping import Stop, Stoppable
from clgym.threads import PASSIVE

#: Numeric libraries read these when they start.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: How long a worker that was asked to stop may take for its step in flight.
_LAST_STEP_SECONDS = 120.0


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    trial: Trial | None = None
    observer: TrialObserver | None = None
    told: bool = False


def run_local(sweep: Sweep, count: int, settings: dict[str, Any]) -> None:
    """Hand trials to worker processes as they become free; a worker that dies fails its trial and is replaced."""
    if settings:
        raise InvalidSetting(f"engine local has no settings, and {', '.join(settings)} was given.")
    context = multiprocessing.get_context("spawn")

    def hire() -> _Worker:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, sweep.out, sweep.save_every, registry.registered()), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def assign(worker: _Worker) -> None:
        worker.trial = sweep.waiting.pop()
        worker.observer = sweep.board.observer(worker.trial)
        with suppress(ConnectionError):  # a worker that died meanwhile is heard of as a closed pipe
            worker.pipe.send(worker.trial)

    with _threads_shared_by(count):
        workers = [hire() for _ in range(count)]
        try:
            while True:
                for place, worker in enumerate(workers):
                    if worker.trial is None and sweep.waiting and not sweep.stop:
                        if not worker.process.is_alive():
                            workers[place] = worker = hire()
                        assign(worker)
                busy = [worker for worker in workers if worker.trial is not None]
                if not busy:
                    break
                if sweep.stop:
                    _tell(busy)
                for ready in wait([worker.pipe for worker in busy], timeout=0.5):
                    _hear(next(worker for worker in busy if worker.pipe is ready), sweep)
        finally:
            _dismiss(workers)


def _tell(busy: list[_Worker]) -> None:
    """Ask workers to stop after their step; once."""
    for worker in busy:
        if not worker.told:
            worker.told = True
            worker.process.terminate()


def _dismiss(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.pipe.close()
        worker.process.terminate()
    for worker in workers:
        worker.process.join(_LAST_STEP_SECONDS)
        worker.process.kill()
        worker.process.join()


def _hear(worker: _Worker, sweep: Sweep) -> None:
    """Take one message."""
    assert worker.trial is not None and worker.observer is not None
    try:
        kind, *rest = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        kind, rest = "failed", [f"the worker process died (exit code {worker.process.exitcode})", False]
    if kind in ("start", "advance", "earned", "measured", "note"):
        getattr(worker.observer, kind)(*rest)
        return
    trial, worker.trial = worker.trial, None
    if kind == "finished":
        sweep.finish(trial)
    elif kind == "stopped":
        sweep.interrupt(trial)
    else:
        sweep.fail(trial, rest[0], final=rest[1])


def _work(pipe: Connection, out: Path, save_every: int | None, rows: Sequence[registry.Row]) -> None:
    """A worker process: trials in, messages out. Ctrl-C is the parent's to handle; SIGTERM asks for a stop."""
    stop = Stop()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.ask())
    import clgym  # noqa: F401  (registers the envs in this process)

    for row in rows:
        registry.register(row)
    models = Models()
    while not stop:
        try:
            if not pipe.poll(0.5):
                continue
            trial: Trial = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            run_one(trial, out, models, Stoppable(MessageObserver(lambda *message: pipe.send(message)), stop), save_every)
        except TrialInterrupted:
            pipe.send(("stopped",))
        except Exception as error:
            pipe.send(("failed", *failure(error)))
        else:
            pipe.send(("finished",))


@contextmanager
def _threads_shared_by(workers: int) -> Iterator[None]:
    """Processes started inside get an equal share of the cores, unless the user has set the numbers."""
    share = str(max(1, (os.cpu_count() or 1) // workers))
    wanted = {**dict.fromkeys(_THREAD_VARIABLES, share), **PASSIVE}
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
