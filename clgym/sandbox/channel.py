"""Frames of JSON over a pair of pipes: four bytes of length, then ASCII. Used on both sides, imports little."""

from __future__ import annotations

import json
import os
import resource
import select
import struct
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

_LENGTH = struct.Struct("<I")

#: A reply is at most a value of a million characters, escaped, and its console.
LONGEST = 32 << 20

#: Brackets and commas in a frame, those in its strings included: what a forged reply of empty lists would cost to read.
_CROWDED = 3_000_000


class HangUp(Exception):
    """The other side is gone, or what it sent is no frame."""


class Late(Exception):
    """Nothing came before the deadline."""


def send(descriptor: int, message: Any) -> None:
    """Write one frame. Raises ``HangUp``."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    data = memoryview(_LENGTH.pack(len(body)) + body)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError as broken:
        raise HangUp from broken


class Deadline:
    """So many seconds of an idle machine: as long as ``process`` stands in line for a core, the clock stands still.

    It does so until ten times the seconds are over. Without a process, and where the system does not tell, the clock goes
    on. ``waited`` is what the process had waited for a core before.
    """

    MOST = 10

    def __init__(self, seconds: float, process: int | None = None, waited: float = 0.0):
        self._seconds, self._process, self._begun, self._waited = seconds, process, time.monotonic(), waited

    def left(self) -> float:
        """Seconds until it is over."""
        left = self._begun + self._seconds - time.monotonic()
        if left > 0 or self._process is None:
            return left
        return left + min(in_line(self._process) - self._waited, (self.MOST - 1) * self._seconds)


def in_line(process: int) -> float:
    """Seconds that a process had something to do and no core to do it on, as Linux tells."""
    waited, folder = 0, f"/proc/{process}/task"
    try:
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/schedstat", encoding="ascii") as numbers:
                waited += int(numbers.read().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return waited / 1e9


def receive(descriptor: int, deadline: Deadline | None = None) -> Any:
    """Read one frame. Raises ``HangUp`` or, after the deadline, ``Late``."""
    (length,) = _LENGTH.unpack(_exactly(descriptor, _LENGTH.size, deadline))
    if length > LONGEST:
        raise HangUp
    try:
        return parsed(_exactly(descriptor, length, deadline))
    except (ValueError, RecursionError) as garbled:
        raise HangUp from garbled


def parsed(body: bytes) -> Any:
    """The JSON of a frame. Raises ``ValueError`` where reading it would take far more memory than it is long."""
    if sum(map(body.count, (b"[", b"{", b","))) > _CROWDED:
        raise ValueError("the frame holds too many values")
    return json.loads(body)


def _exactly(descriptor: int, count: int, deadline: Deadline | None) -> bytes:
    parts = []
    while count:
        if deadline is not None and not readable(descriptor, deadline):
            raise Late
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            raise HangUp
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def readable(descriptor: int, deadline: Deadline) -> bool:
    """Wait until there is something to read; False where there is nothing before the deadline."""
    poller = select.poll()  # select() refuses descriptors over 1024
    poller.register(descriptor, select.POLLIN)
    while True:
        left = deadline.left()
        if poller.poll(max(0.0, left) * 1000):
            return True
        if left <= 0:
            return False


def serve(results: Callable[[Any], Iterable[Any]]) -> None:
    """A worker's life: announce itself, then answer each job with one frame per result, until the host hangs up."""
    jobs, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(10_000)
    try:
        send(replies, "ready")
        while True:
            for result in results(receive(jobs)):
                send(replies, result)
                result = None  # a child forked for the next job can read what this frame holds
    except HangUp:
        os._exit(0)
