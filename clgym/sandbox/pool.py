"""The host's side: a pool of killable worker processes, started when first needed, one per program at a time.

Workers are started with ``subprocess`` (never a fork of this process, which may hold torch's threads), are handed from
thread to thread, retired after a number of jobs, killed on any trouble and at exit. A process forked from this
one finds an empty pool of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clgym.errors import InvalidSetting, SandboxUnavailable, UnknownName
from clgym.sandbox.channel import Deadline, HangUp, Late, in_line, receive, send
from clgym.sandbox.types import (
    DEFAULT_LIMITS,
    LANGUAGES,
    PRELOADS,
    STATUSES,
    Call,
    Fault,
    Limits,
    Outcome,
    Program,
    Result,
    decode,
    encode,
)

_WORKERS = {"javascript": "js_worker", "typescript": "js_worker", "python": "py_worker"}

#: A worker is retired after this many jobs, so that nothing a guest left behind can pile up.
JOBS_PER_WORKER = 500

_BOOT_SECONDS = 30.0

# A worker imports a few modules of clgym.sandbox and not the packages around them, which would cost it 0.3 s.
_BOOT = """
import sys
sys.path.remove("")
import importlib, types
for name, path in (("clgym", sys.argv[1]), ("clgym.sandbox", sys.argv[1] + "/sandbox")):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [path]
importlib.import_module("clgym.sandbox." + sys.argv[2]).main(*sys.argv[3:])
"""

_CANARY = {
    "javascript": Program("javascript", "function f() { return 1; }"),
    "python": Program("python", "def f():\n    return 1\n"),
}


def run(program: Program, calls: Sequence[Call] = (), limits: Limits = DEFAULT_LIMITS) -> Outcome:
    """Run a program and return one result per call; without calls, one result of the program itself.

    Never raises on any source text. Raises ``UnknownName`` for a language that is not in ``LANGUAGES``,
    ``InvalidSetting`` for limits or arguments that cannot be, ``SandboxUnavailable`` where this machine cannot
    run untrusted code safely.
    """
    if program.language not in LANGUAGES:
        raise UnknownName("language", program.language, LANGUAGES)
    if program.around.preload not in PRELOADS:
        raise UnknownName("preload", program.around.preload, PRELOADS)
    if min(limits.steps, limits.memory_bytes, limits.output_chars) < 1 or limits.seconds <= 0:
        raise InvalidSetting(f"every limit of a sandbox run must be above 0: {limits}")
    return _pool().run(program, calls, limits)


class _Died(Exception):
    """The worker died during a job, or before its first."""


class _Worker:
    """One process and its two pipes. ``kind`` is the worker's module and, behind it, what it preloads."""

    def __init__(self, kind: tuple[str, ...]):
        # Not -I, which would ignore the hash seed; the environment is ours alone, and _BOOT drops "" from the path.
        command = [sys.executable, "-s", "-B", "-c", _BOOT, str(Path(__file__).parents[1]), *kind]
        environment = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
        environment |= {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
                close_fds=True,
                bufsize=0,
            )
        except OSError as full:  # no memory or no process number left
            raise _Died from full
        assert self._process.stdin and self._process.stdout
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        self.kind, self.jobs = kind, 0
        try:
            greeting = receive(self._from, Deadline(_BOOT_SECONDS, self._process.pid))
        except (HangUp, Late) as gone:
            self.kill()
            raise _Died from gone
        if greeting != "ready":
            self.kill()
            raise SandboxUnavailable(greeting["unavailable"])

    def run(self, job: dict[str, Any], count: int) -> list[Result]:
        """The results of a job. A call past the deadline times out, and so do those after it. Raises ``_Died``."""
        self.jobs += 1
        done: list[Result] = []
        seconds, process, waited = job["deadline"] + 1.0, self._process.pid, 0.0
        if self.kind[0] == "py_worker":
            seconds *= Deadline.MOST  # it keeps to the deadline itself, by what its child waits for
        else:
            waited = in_line(process)
        try:
            send(self._to, job)
            while len(done) < count:
                done.append(_result(receive(self._from, Deadline(seconds, process, waited))))
        except Late:
            self.kill()
            done += [_TIMEOUT] * (count - len(done))
        except HangUp as gone:
            self.kill()
            raise _Died from gone
        return done

    @property
    def usable(self) -> bool:
        return self._process.returncode is None and self.jobs < JOBS_PER_WORKER

    @property
    def ended(self) -> bool:
        """Whether the process is no more."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End the process and reap it."""
        self._process.kill()
        self.forget()
        self._process.wait()

    def forget(self) -> None:
        """Close this side's ends of the pipes."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe and not pipe.closed:
                pipe.close()


_TIMEOUT = Result("timeout", error=Fault("", "the time limit was reached"))


class _Pool:
    """Idle workers by kind, lent to one thread at a time. Belongs to the process that made it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._started: set[tuple[str, ...]] = set()
        self._most = max(2, os.cpu_count() or 1)
        """Idle workers of one kind. A cap over all kinds would have the third one start a process for each call."""

    def run(self, program: Program, calls: Sequence[Call], limits: Limits) -> Outcome:
        try:
            job = _job(program, calls, limits)
        except UnicodeEncodeError:
            fault = Fault("SyntaxError", "the program holds lone surrogates, which no encoding can carry")
            return Outcome((Result("syntax", error=fault),) * max(1, len(calls)))
        count = max(1, len(calls))
        for fresh in (False, True):
            try:
                return Outcome(tuple(self._lend(program.language, job, count, fresh=fresh)))
            except _Died:
                self._forget_dead()
        return Outcome((self._blame(program.language),) * count)

    def _forget_dead(self) -> None:
        """Where one worker has died, others may have; the next try gets a new one, for a process that was killed may still seem to live."""
        with self._lock:
            dead = [worker for worker in self._idle if worker.ended]
            self._idle = [worker for worker in self._idle if worker not in dead]
        for worker in dead:
            worker.kill()

    def _lend(self, language: str, job: dict[str, Any], count: int, *, fresh: bool = False) -> list[Result]:
        kind = tuple(filter(None, (_WORKERS[language], job["preload"])))
        with self._lock:
            mine = None if fresh else next((worker for worker in self._idle if worker.kind == kind), None)
            if mine:
                self._idle.remove(mine)
        worker = mine or self._start(kind)
        try:
            return worker.run(job, count)
        except BaseException:
            worker.kill()  # an interrupt in the middle of a job would leave its replies for the next one
            raise
        finally:
            self._give_back(worker)

    def _start(self, kind: tuple[str, ...]) -> _Worker:
        """A new worker. Where none of its kind ever started, that is no accident: ``SandboxUnavailable``."""
        try:
            worker = _Worker(kind)
        except _Died as gone:
            if kind in self._started:
                raise
            repair = f"{sys.executable} -m pip install --upgrade clgym"
            raise SandboxUnavailable(f"the sandbox worker {' '.join(kind)} did not start; try: {repair}") from gone
        self._started.add(kind)
        return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            alike = sum(other.kind == worker.kind for other in self._idle)
            if worker.usable and alike < self._most:
                self._idle.append(worker)
                return
        worker.kill()

    def _blame(self, language: str) -> Result:
        """Two workers died of one program: its own fault where another program runs well, ours where none does."""
        canary = _CANARY["python" if language == "python" else "javascript"]
        try:
            well = self._lend(canary.language, _job(canary, [Call("f")], Limits()), 1)[0].status == "ok"
        except (_Died, SandboxUnavailable):
            well = False
        if well:
            return Result("crashed", error=Fault("", "the program killed the process that it ran in"))
        return Result("failed", error=Fault("", "no sandbox worker could be kept alive"))

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill() if self.owner == os.getpid() else worker.forget()


_current: _Pool | None = None


def _pool() -> _Pool:
    global _current
    if _current is None or _current.owner != os.getpid():
        inherited, _current = _current, _Pool()
        if inherited is not None:
            inherited._lock = threading.Lock()  # the parent's may have been held at the moment of the fork
            inherited.close()
    return _current


@atexit.register
def _close() -> None:
    if _current is not None and _current.owner == os.getpid():
        _current.close()


def _job(program: Program, calls: Sequence[Call], limits: Limits) -> dict[str, Any]:
    for text in (program.source, *(source for _, source in program.around.files)):
        text.encode("utf-8")
    try:
        packed = [(call[0], json.dumps(encode(list(call[1])), allow_nan=False)) for call in calls]
    except (TypeError, ValueError) as odd:
        raise InvalidSetting(f"arguments of a sandbox call must be JSON values: {odd}") from odd
    return {
        "language": program.language,
        "source": program.source,
        "counted": program.counted,
        "modules": program.around.modules,
        "file": program.around.file,
        "given": program.around.given,
        "preload": program.around.preload,
        "files": program.around.files,
        "calls": packed,
        "limits": {
            "steps": limits.steps,
            "memory_bytes": limits.memory_bytes,
            "output_chars": limits.output_chars,
            "seconds": limits.seconds,
        },
        "deadline": 3.0 + 2.0 * limits.seconds,  # of the wall, while ``seconds`` are the processor's
    }


def _result(reply: Any) -> Result:
    """A reply, checked: what does not have the agreed form comes from no worker of ours (``HangUp``)."""
    try:
        error = reply["error"]
        fault = None
        if error is not None:
            fault = Fault(
                _text(error["name"]),
                _text(error["message"]),
                _count(error["line"]),
                _count(error["column"]),
                _text(error.get("trace", "")),
            )
        status = reply["status"]
        if status not in STATUSES or status == "failed":
            raise HangUp
        value = decode(reply["value"]) if status == "ok" else None
        return Result(status, value, _text(reply["console"]), bool(reply["cut"]), fault, _count(reply["steps"]))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as odd:
        raise HangUp from odd


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise HangUp
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise HangUp
    return value.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates: this goes into feedback and records
