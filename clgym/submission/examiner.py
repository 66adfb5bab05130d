"""Bundles of strangers verified in a process of its own, with a limit on memory and on time: one that hangs or dies is refused alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from clgym import registry
from clgym.errors import ClgymError, MissingSalt
from clgym.records import Trial
from clgym.seeding import holding
from clgym.submission.verify import Verification, verify

#: Seconds that one bundle may take, and bytes of memory of the process that reads it.
SECONDS, MEMORY = 1800.0, 8 << 30


class Job(NamedTuple):
    """What every bundle is held against."""

    suite: tuple[Trial, ...]
    untrusted: tuple[Path, ...]
    salt: bytes | None
    rows: tuple[Any, ...]
    """What this program added to the registry."""


class Examiner:
    """Verifies one bundle after another, elsewhere. Use as a context manager."""

    def __init__(self, suite: Sequence[Trial], untrusted: Sequence[Path], salt: bytes | None, seconds: float = SECONDS):
        self._job = Job(tuple(suite), tuple(untrusted), salt, tuple(registry.registered()))
        self._seconds = seconds
        self._process: Any = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Examiner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def examine(self, path: Path) -> Verification | str:
        """What was found, or why there is nothing to be found. Raises ``MissingSalt``: that is no bundle's fault."""
        if self._process is None:
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send(path)
            if not self._pipe.poll(self._seconds):
                self._end()
                return f"it was not verified within {self._seconds:g} s"
            found = self._pipe.recv()
        except (EOFError, OSError):
            self._end()
            return "reading it ended the process that did: it takes more than a bundle may"
        if isinstance(found, MissingSalt):
            raise found
        assert isinstance(found, (Verification, str))
        return found

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._job), daemon=True)
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection, job: Job) -> None:
    """Verify what is asked for until nobody asks any more."""
    _limit_memory()
    for row in job.rows:
        registry.register(row)
    while True:
        try:
            path = pipe.recv()
        except EOFError:
            return
        pipe.send(_examined(path, job))


def _examined(path: Path, job: Job) -> Verification | MissingSalt | str:
    try:
        if job.salt is None:
            return verify(path, suite=job.suite, untrusted=job.untrusted)
        with holding(job.salt):
            return verify(path, suite=job.suite, untrusted=job.untrusted)
    except MissingSalt as error:
        return error
    except ClgymError as error:
        return str(error)
    except Exception as error:  # whatever a stranger's file does to a reader is that file's fault
        return f"it cannot be read: {type(error).__name__}: {str(error)[:300]}"


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
