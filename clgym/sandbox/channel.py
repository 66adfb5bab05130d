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
LONGEST = 64 << 20


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
            data = data[os.write(descriptor, data):]
    except OSError as broken:
        raise HangUp from broken


def receive(descriptor: int, seconds: float | None = None) -> Any:
    """Read one frame. Raises ``HangUp`` or, after ``seconds``, ``Late``."""
    end = None if seconds is None else time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(descriptor, _LENGTH.size, end))
    if length > LONGEST:
        raise HangUp
    try:
        return json.loads(_exactly(descriptor, length, end))
    except (ValueError, RecursionError) as garbled:
        raise HangUp from garbled


def _exactly(descriptor: int, count: int, end: float | None) -> bytes:
    parts = []
    while count:
        if end is not None and not _readable(descriptor, end - time.monotonic()):
            raise Late
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            raise HangUp
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _readable(descriptor: int, seconds: float) -> bool:
    poller = select.poll()  # select() refuses descriptors over 1024
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(max(0.0, seconds) * 1000))


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
