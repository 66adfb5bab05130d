"""The process that forks a child for every call of a Python program, and the lock that the child turns on itself.

Started by clgym.sandbox.pool without the rest of clgym. It knows programs and arguments, never expected answers: a child
can read everything that its parent held.
"""

from __future__ import annotations

import errno
import functools
import gc
import importlib
import os
import signal
from collections.abc import Iterator
from typing import Any

from clgym.sandbox import py_django, py_guest
from clgym.sandbox.channel import LONGEST, Deadline, parsed, readable, send, serve

#: All that a program's process needs once it is loaded. The clock needs no system call: modules that read it are not given.
_ALLOWED = (
    "brk",
    "mmap",
    "munmap",
    "mremap",
    "madvise",
    "mprotect",
    "futex",
    "rt_sigreturn",
    "rt_sigprocmask",
    "exit",
    "exit_group",
    "restart_syscall",
    "sched_yield",
)

_SCARCE = 77
_KILLED_BY_TIME = (signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU)


def results(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One reply per call of the job.

    A program that never got as far as its function ends the same way for every call, and one that ran out of time
    is given no more of it: neither is run again.
    """
    job["around"] = py_guest.Around(
        job["file"], job["given"], job["preload"], _compiled(tuple(map(tuple, job["modules"]))), tuple(map(tuple, job["files"]))
    )
    settled: dict[str, Any] | None = None
    for function, arguments in job["calls"] or [("", "[]")]:
        reply = settled or _fork(job, function, arguments)
        if not reply.pop("called", True) or reply["status"] == "timeout":
            settled = reply
        yield reply


@functools.lru_cache(maxsize=8)
def _compiled(modules: tuple[tuple[str, str], ...]) -> tuple[py_guest.Module, ...]:
    """Modules that several programs find around them, compiled once: this process never runs them."""
    return tuple(py_guest.Module(path, source, py_guest.compiled(source, path)) for path, source in modules)


def _fork(job: dict[str, Any], function: str, arguments: str) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(job, function, arguments, writing)
    os.close(writing)
    data = _drain(reading, Deadline(job["deadline"], child))
    os.close(reading)
    if data is None:
        os.kill(child, signal.SIGKILL)
    return _read(data, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _child(job: dict[str, Any], function: str, arguments: str, writing: int) -> None:
    """Never returns."""
    code = 1
    try:
        os.dup2(writing, py_guest.REPLY)
        given = py_guest.arguments_of(arguments)
        py_guest.confine(job["limits"], Deadline.MOST * job["deadline"], _LOCK, _HELD)
        py_guest.reply(py_guest.run(job["source"], function, given, job["limits"], job["around"]))
        code = 0
    except MemoryError:
        code = _SCARCE
    finally:
        os._exit(code)


def _drain(reading: int, deadline: Deadline) -> bytes | None:
    """All that the child wrote; None where it did not end in time or wrote without end."""
    size = 0
    parts: list[bytes] = []
    while size <= LONGEST and readable(reading, deadline):
        part = os.read(reading, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    return None


def _read(data: bytes | None, code: int) -> dict[str, Any]:
    """The child's reply, or what its end says."""
    if data is None or -code in _KILLED_BY_TIME:
        return _verdict("timeout", "the time limit was reached")
    if code == _SCARCE or code == -signal.SIGKILL:
        return _verdict("memory", "out of memory")
    try:
        reply = parsed(data)
        if code == 0 and isinstance(reply, dict) and "status" in reply:
            return reply
    except (ValueError, RecursionError):
        pass
    return _verdict("crashed", "the program killed the process that it ran in")


def _verdict(status: str, message: str) -> dict[str, Any]:
    error = {"name": "", "message": message, "line": 0, "column": 0}
    return {"status": status, "value": None, "error": error, "steps": 0, "console": "", "cut": False}


def _make_lock() -> Any:
    """The system call filter: anything unlisted fails with EPERM, and writing goes to the reply pipe alone."""
    import pyseccomp

    lock = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for call in _ALLOWED:
        lock.add_rule(pyseccomp.ALLOW, call)
    lock.add_rule(pyseccomp.ALLOW, "write", pyseccomp.Arg(0, pyseccomp.EQ, py_guest.REPLY))
    return lock


_LOCK: Any = None
_HELD = 0


def main(preload: str = "") -> None:
    """Serve jobs until the host hangs up. Says why where this machine cannot lock a program in."""
    global _LOCK, _HELD
    try:
        _LOCK = _make_lock()
    except (ImportError, RuntimeError, OSError, AttributeError) as cause:
        send(
            1,
            {
                "unavailable": f"running Python that nobody trusts needs Linux with libseccomp ({cause}): "
                "apt-get install libseccomp2 && pip install pyseccomp"
            },
        )
        return
    for name in py_guest.MODULES:
        importlib.import_module(name)
    if preload == "django":
        try:
            py_django.warm()
        except ImportError as cause:
            send(1, {"unavailable": f"Django cannot be loaded ({cause}): pip install 'clgym[probes]'"})
            return
    os.environ.clear()
    gc.collect()
    gc.freeze()  # children write to no page of the parent's objects
    _HELD = py_guest.address_space()
    serve(results)
