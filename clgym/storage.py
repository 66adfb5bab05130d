"""Files that survive a crash: checksummed lines that are only ever appended, JSON that is replaced whole, one writer.

A line of a JSONL file is an object whose last member is ``crc``, the CRC-32 of the object without it, so that a flipped byte is
found. A line that a crash tore is the last one and has no line end; everything else that does not fit is damage.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from filelock import FileLock, Timeout

from clgym.errors import RecordsError

#: Written into every file. Goes up whenever a reader of the old files would misread new ones; readers know all up to this.
SCHEMA = 2

LOCK_FILE = ".lock"

#: Steps that are faster than that share a flush of the disk.
_FLUSH_SECONDS = 0.05

_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class StorageFull(RecordsError):
    """The disk is full, or the folder cannot be written to."""


def seal(data: Mapping[str, Any]) -> bytes:
    """One line, pure ASCII, so that any answer (lone surrogates too) survives the way to disk and back.

    >>> seal({"a": 1})
    b'{"a":1,"crc":"561bacaf"}\\n'
    """
    body = _encode(data).encode("ascii")
    return body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body)


def unseal(line: bytes) -> dict[str, Any]:
    """The object of a line. Raises ``ValueError`` where the checksum is missing or does not fit."""
    body, mark, rest = line.rpartition(b',"crc":"')
    if not mark:
        raise ValueError("it has no checksum")
    body += b"}"
    if rest != b'%08x"}\n' % zlib.crc32(body):
        raise ValueError("its checksum does not fit: something in it was changed")
    data: dict[str, Any] = json.loads(body)
    return data


class Line(NamedTuple):
    """A line of a file, and the byte at which it begins."""

    offset: int
    text: bytes


def read_lines(path: Path, size: int | None = None) -> Iterator[Line]:
    """The whole lines of a file, or of its first ``size`` bytes, one at a time. A file that does not exist has none."""
    if not path.exists():
        return
    offset = 0
    with open(path, "rb") as file:
        for text in file:
            if not text.endswith(b"\n") or (size is not None and offset + len(text) > size):
                return
            yield Line(offset, text)
            offset += len(text)


class Appender:
    """Appends lines to a file.

    :meth:`sync` hands everything appended so far to the system, where a killed process leaves it safe, and has a thread put it
    onto the disk (which may take longer than a step); :meth:`settle` waits for that. Opening cuts the file to ``size`` bytes: what a
    crashed run wrote after its last safe point is written again. Raises ``StorageFull`` where nothing can be written.
    """

    def __init__(self, path: Path, size: int = 0):
        self.path, self.size = path, size
        with writing_to(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = open(path, "ab", buffering=0)
            if path.is_file():
                self._file.truncate(size)
        self._waiting: list[bytes] = []
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="fsync")
        self._on_its_way: Future[None] | None = None
        self._behind = False
        """Whether something was written after the last flush began."""
        self._flushed = float("-inf")

    def append(self, line: bytes) -> None:
        self._waiting.append(line)
        self.size += len(line)

    def sync(self) -> None:
        """Write what waits; the disk follows."""
        if not self._waiting:
            return
        block = memoryview(b"".join(self._waiting))
        with writing_to(self.path):
            while block:  # a raw write may be short
                block = block[self._file.write(block) :]
            self._waiting = []
            idle = self._on_its_way is None or self._on_its_way.done()
            if idle and time.monotonic() - self._flushed >= _FLUSH_SECONDS:
                self._flush()
            else:
                self._behind = True

    def settle(self) -> None:
        """Write what waits and see everything on the disk."""
        self.sync()
        with writing_to(self.path):
            if self._behind:
                self._flush()
            if self._on_its_way is not None:
                self._on_its_way.result()

    def _flush(self) -> None:
        if self._on_its_way is not None:
            self._on_its_way.result()  # raises what went wrong
        self._behind, self._flushed = False, time.monotonic()
        self._on_its_way = self._disk.submit(os.fsync, self._file.fileno())

    def close(self) -> None:
        self._disk.shutdown()
        self._file.close()


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Say in our own words that a file cannot be written."""
    try:
        yield
    except OSError as cause:
        full = cause.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else f"it cannot be written ({cause.strerror})"
        todo = "Free some space" if full else "Make the folder writable or choose another one with --out"
        raise StorageFull(f"{path}: {what}. {todo}, then give the same command again: it goes on where it stopped.") from cause


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON atomically, with a checksum: a reader sees the old file or the new one, never half of it."""
    sealed = {**data, "crc": _checksum(data)}
    text = json.dumps(sealed, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with writing_to(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(draft, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file, without its checksum. Raises ``RecordsError`` where it is missing, damaged or newer than we know."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise RecordsError(f"{path} does not exist.") from cause
    except (OSError, ValueError) as cause:
        raise RecordsError(f"{path} cannot be read as JSON: {cause}.") from cause
    schema = data.get("schema") if isinstance(data, dict) else None
    if isinstance(schema, bool) or not isinstance(schema, int) or not 1 <= schema <= SCHEMA:
        raise RecordsError(f"{path} has schema {schema}; this version of clgym reads schemas 1 to {SCHEMA}.")
    found = data.pop("crc", None)
    if (schema > 1 or found is not None) and found != _checksum(data):
        raise RecordsError(f"{path} is damaged: its checksum does not fit what it says.")
    return data


def _checksum(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"{zlib.crc32(text.encode('ascii')):08x}"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file of any size, in hex."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def sync_folder(folder: Path) -> None:
    """See every file below a folder safe on the disk."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open(path, "rb") as file:
            os.fsync(file.fileno())


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. Raises ``RecordsError`` where another process (or thread) holds it."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_FILE, timeout=0)
        try:
            lock.acquire()
        except Timeout as cause:
            raise RecordsError(
                f"{folder} is being written by another process. Wait until it has ended, or choose another --out."
            ) from cause
    try:
        yield
    finally:
        lock.release()


def wait_for_writer(folder: Path, seconds: float) -> None:
    """Wait until nobody writes to a folder, at most so long. What then still writes, :func:`only_writer` will name."""
    if folder.exists():
        with suppress(Timeout), FileLock(folder / LOCK_FILE, timeout=seconds):
            pass
