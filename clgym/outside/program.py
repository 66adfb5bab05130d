"""``exec:./agent --flag``: a program that reads requests from its standard input, a line each, and writes a line for each to its output.

It is started when it is first needed, in a process group of its own, with the current folder and environment of clgym. Its input is
closed when the agent is no longer needed: a program ends there. What it writes to stderr is read, and its last lines are shown where
it fails. A program that fails is killed, with everything that it started.
"""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from clgym.errors import AgentProgramError, InvalidSetting
from clgym.outside.wire import LONGEST_REPLY, TIMEOUT_VARIABLE, Channel, RemoteAgent, Request, brief_line, timeout

#: Seconds that a program has to end by itself once its input is closed.
GRACE = 2.0

#: How much of its stderr is kept, in bytes, and shown, in lines of so many characters.
STDERR_BYTES, STDERR_LINES, STDERR_WIDTH = 16_384, 10, 300

_CHUNK = 1 << 16


def program_agent(command: str, *, seed: int = 0) -> RemoteAgent:
    """An agent that is a program, with its arguments as a shell would split them. Raises ``InvalidSetting`` where there is none."""
    return RemoteAgent(Program(command), seed)


class Program(Channel):
    """A program that speaks over its standard input and output."""

    error = AgentProgramError
    advice = ". Its output is for replies; whatever else it has to say belongs on stderr"

    def __init__(self, command: str, *, launcher: Sequence[str] = (), environment: Mapping[str, str] | None = None, name: str = ""):
        """``launcher`` is a command that becomes ``command``; ``environment``, all that the program has instead of clgym's."""
        self.name = name or f"exec:{command}"
        self._environment = environment
        try:
            self._arguments = shlex.split(command)
        except ValueError as cause:
            raise InvalidSetting(f"{self.name} cannot be split into a program and its arguments: {cause}.") from None
        if not self._arguments:
            raise InvalidSetting("exec: is followed by a program and its arguments, such as exec:./agent --flag.")
        self._arguments = [*launcher, *self._arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Callable[..., object] = lambda: None
        self._failed = ""
        self._unread, self._stderr = bytearray(), bytearray()

    def exchange(self, request: Request) -> bytes:
        if self._failed:
            self.fail(request, f"it was ended before ({self._failed})")
        deadline = time.monotonic() + timeout()
        process = self._process or self._start(request)
        try:
            return self._talk(process, request, deadline)
        except AgentProgramError:
            raise
        except BaseException as cause:  # Ctrl-C: whoever catches it finds no program left behind
            self._stop(type(cause).__name__)
            raise

    def fail(self, request: Request, trouble: str) -> NoReturn:
        self._stop(trouble)
        super().fail(request, trouble)

    def last_words(self) -> str:
        lines = bytes(self._stderr).decode("utf-8", "replace").splitlines()[-STDERR_LINES:]
        return " Its last lines on stderr:" + "".join(f"\n    {line[:STDERR_WIDTH]}" for line in lines) if lines else ""

    def _start(self, request: Request) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        # Whoever writes Python and prints without flush=True would wait for ever.
        environment = {**(os.environ if self._environment is None else self._environment), "PYTHONUNBUFFERED": "1"}
        try:
            process = subprocess.Popen(
                self._arguments, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, env=environment, start_new_session=True
            )
        except (OSError, ValueError) as cause:
            self.fail(request, self._not_started(cause))
        for end in (process.stdin, process.stdout, process.stderr):
            assert end is not None
            os.set_blocking(end.fileno(), False)
        self._process = process
        self._end = weakref.finalize(self, _end, process, GRACE, os.getpid())
        return process

    def _not_started(self, cause: Exception) -> str:
        program = self._arguments[0]
        if isinstance(cause, FileNotFoundError) and not Path(program).exists():
            place = f"in {Path.cwd()}" if "/" in program else f"on the PATH; one in this folder is exec:./{program}"
            return f"there is no program {program} {place}"
        if isinstance(cause, FileNotFoundError):
            return f"{program} cannot be started: the interpreter that its first line (#!) names is not there"
        if isinstance(cause, PermissionError):
            return f"{program} is not executable: chmod +x {program}, or put its interpreter before it, like exec:python {program}"
        return f"{program} cannot be started ({cause}): a script begins with a line like #!/usr/bin/env python3"

    def _talk(self, process: subprocess.Popen[bytes], request: Request, deadline: float) -> bytes:
        """Write a line and read one, and stderr meanwhile, so that no pipe fills up."""
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        unsent, searched = memoryview(request.body + b"\n"), 0
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdin, selectors.EVENT_WRITE)
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while unsent or (at := self._unread.find(b"\n", searched)) < 0:
                searched = len(self._unread) if not unsent else 0
                self._check(request, deadline)
                for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                    if key.fileobj is process.stdin:
                        unsent = self._write(process.stdin.fileno(), unsent)
                        if not unsent:
                            selector.unregister(process.stdin)
                    elif key.fileobj is process.stderr:
                        if not self._read_stderr():
                            selector.unregister(process.stderr)
                    elif not (chunk := os.read(process.stdout.fileno(), _CHUNK)):
                        self.fail(request, self._ended(process))
                    else:
                        self._unread += chunk
        line = bytes(self._unread[:at])
        del self._unread[: at + 1]
        return line

    def _check(self, request: Request, deadline: float) -> None:
        if len(self._unread) > LONGEST_REPLY:
            self.fail(
                request, f"it wrote {brief_line(bytes(self._unread))} and no end of line, and a reply has {LONGEST_REPLY:,} at most"
            )
        if time.monotonic() >= deadline:
            begun = f"; it wrote {brief_line(bytes(self._unread))} and no end of line" if self._unread else ""
            self.fail(
                request,
                f"it gave no answer within {timeout():g} s{begun}. A program flushes its output after every line; {TIMEOUT_VARIABLE} "
                "gives it more seconds",
            )

    @staticmethod
    def _write(pipe: int, unsent: memoryview) -> memoryview:
        """What is left to write; nothing where the program does not read any more: its end will tell."""
        try:
            return unsent[os.write(pipe, unsent[:_CHUNK]) :]
        except BlockingIOError:
            return unsent
        except BrokenPipeError:
            return unsent[:0]

    def _read_stderr(self) -> bool:
        """Keep the end of what is there. False where nothing will come any more."""
        assert self._process is not None and self._process.stderr is not None
        try:
            chunk = os.read(self._process.stderr.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        self._stderr += chunk
        del self._stderr[:-STDERR_BYTES]
        return bool(chunk)

    @staticmethod
    def _ended(process: subprocess.Popen[bytes]) -> str:
        try:
            code = process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        return f"it ended with exit code {code}" if code >= 0 else f"it was ended by {signal.Signals(-code).name}"

    def _stop(self, why: str) -> None:
        """End it now, and keep the last of what it wrote to stderr."""
        self._failed = self._failed or why.partition("\n")[0]
        if self._process is None:
            return
        _kill(self._process)
        for _ in range(STDERR_BYTES // 1024):  # no more than what a pipe holds
            if self._process.stderr is None or self._process.stderr.closed or not self._read_stderr():
                break
        self._end()


def _end(process: subprocess.Popen[bytes], grace: float, owner: int) -> None:
    """Close its input, which says that nothing more will be asked; then kill what is left of it and of what it started."""
    if os.getpid() != owner:  # a fork of the process that it belongs to
        return
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    try:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    finally:
        _kill(process)
        process.stdout.close()
        process.stderr.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and its whole process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
