"""What a trial needs to run on another machine: settings in, files out.

Where the other machine sees the sweep's folder (a shared filesystem), the trial runs in it. Elsewhere it runs in a folder of
that machine, which begins with what the trial had left here, and its files come back when it ends, however it ends.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from clgym import registry
from clgym.errors import NotLoadable
from clgym.protocol import TrialInterrupted, TrialObserver
from clgym.records import RESULT_FILE, Trial
from clgym.registry.outside import file_of
from clgym.storage import LOCK_FILE, wait_for_writer
from clgym.sweep.plan import trial_folder
from clgym.sweep.run import Models, Sweep, failure, run_one
from clgym.sweep.stopping import Stoppable, stopping_on_signals

#: A process whose node or connection is lost may write on for a while, to the folder that the next try needs.
_LINGERS_SECONDS = 30.0


class Job(NamedTuple):
    """One trial as it is sent: plain data."""

    trial: Mapping[str, Any]
    out: str
    token: str
    """A file of the sweep's folder: who sees it shares the filesystem."""
    files: Mapping[str, bytes]
    """What the trial's folder holds so far, for those who do not."""
    save_every: int | None = None
    rows: Sequence[registry.Row] = ()
    """What the program that began the sweep has registered."""
    folder: str = ""
    """Where relative names of files begin."""


class Report(NamedTuple):
    """How a job ended: "finished", "stopped", "failed" or "lost" (with its machine) with the error, whether another try can help, and the files."""

    kind: str
    error: str = ""
    final: bool = False
    files: Mapping[str, bytes] = {}
    told: Sequence[tuple[Any, ...]] = ()
    """Messages for the trial's watch, from where none can be sent meanwhile."""


@contextmanager
def tokened(out: Path) -> Iterator[Path]:
    """A file that lasts as long as the sweep."""
    token = out / f".sweep-{uuid.uuid4().hex}"
    token.touch()
    try:
        yield token
    finally:
        token.unlink(missing_ok=True)


def job_of(trial: Trial, sweep: Sweep, token: Path) -> Job:
    """What is sent for one trial."""
    folder = trial_folder(sweep.out, trial)
    files = read_folder(folder) if folder.exists() else {}
    return Job(
        trial.to_json(),
        str(sweep.out.resolve()),
        str(token.resolve()),
        files,
        sweep.save_every,
        registry.registered(),
        str(Path.cwd()),
    )


def check_portable(trials: Sequence[Trial]) -> None:
    """Raise ``NotLoadable`` for what only the program that began the sweep can import."""
    rows = {row.id: row.entry_point for row in registry.registered()}
    for spec in {name for trial in trials for name in (trial.env, trial.agent, trial.model)}:
        if rows.get(spec, spec).startswith("__main__:"):
            raise NotLoadable(
                f"{spec} is defined in the program that began the sweep, which other machines cannot import: move it into a module, "
                "install that on each of them, and say module:Name."
            )


def work(job: Job, note: Callable[..., None] = lambda *message: None, models: Models | None = None) -> Report:
    """Run the job on the machine that it was sent to. ``note`` takes progress as the methods of ``TrialObserver`` and their arguments."""
    import clgym  # noqa: F401  (registers the envs in this process)

    for row in job.rows:
        registry.register(row)
    trial = Trial.from_json(job.trial)
    shared = Path(job.token).exists()
    out = Path(job.out) if shared else Path(tempfile.mkdtemp(prefix="clgym-"))
    folder = trial_folder(out, trial)
    if not shared:
        write_folder(folder, job.files)
    wait_for_writer(folder, _LINGERS_SECONDS)
    with stopping_on_signals() as stop, _working_in(Path(job.folder)):
        try:
            _check_files(trial)
            run_one(trial, out, models or Models(), Stoppable(MessageObserver(note), stop), job.save_every)
            report = Report("finished")
        except TrialInterrupted:
            report = Report("stopped")
        except Exception as error:
            report = Report("failed", *failure(error))
    if not shared:
        report = report._replace(files=read_folder(folder) if folder.exists() else {})
        shutil.rmtree(out, ignore_errors=True)
    return report


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Relative names of files mean what they mean where the sweep began, on machines that see its folder."""
    before = Path.cwd()
    if folder == before or not folder.is_dir():
        yield
        return
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _check_files(trial: Trial) -> None:
    """Raise ``NotLoadable`` where a family, an agent or a model is a file that this machine does not see."""
    for spec in (trial.env, trial.agent, trial.model):
        file = file_of(spec)
        if file is not None and not file.is_file():
            raise NotLoadable(
                f"{spec} is a file that {platform.node()} does not see. Put it where every machine sees it, or install it there as a "
                "package and say module:Name."
            )


def settle(trial: Trial, sweep: Sweep, report: Report) -> None:
    """Take the report of a job: its files first, then how it ended."""
    folder = trial_folder(sweep.out, trial)
    if report.files:
        write_folder(folder, report.files)
    if report.kind == "finished" and (folder / RESULT_FILE).exists():
        sweep.finish(trial)
    elif report.kind == "stopped":
        sweep.interrupt(trial)
    else:
        sweep.fail(trial, report.error or "the job ended without a result", final=report.final, lost=report.kind == "lost")


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative path, the lock apart."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != LOCK_FILE)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder; the result comes last, for its presence means that all others are there."""
    for name in sorted(files, key=lambda name: (name == RESULT_FILE, name)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])


class MessageObserver(TrialObserver):
    """Passes progress on as messages."""

    def __init__(self, note: Callable[..., None]):
        self._note = note

    def start(self, total: int) -> None:
        self._note("start", total)

    def advance(self, answers: int, stage: str) -> None:
        self._note("advance", answers, stage)

    def earned(self, reward: float) -> None:
        self._note("earned", reward)

    def measured(self, step: int, numbers: Mapping[str, float]) -> None:
        self._note("measured", step, numbers)

    def note(self, text: str) -> None:
        self._note("note", text)
