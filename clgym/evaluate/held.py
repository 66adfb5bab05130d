"""The evaluator's end of an agent that runs elsewhere: what it is told, and what is believed of what it says.

It gets ids that say nothing, its time is taken by the evaluator's clock, and what it saves is data of a stranger.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from clgym.agent import Agent, Answer, Conversation, Cost, Experience, StreamSettings
from clgym.errors import OutsideAgentError
from clgym.outside.wire import RemoteAgent

#: What an agent may save, in bytes and files, and say of its θ, in characters of its repr.
LARGEST_THETA, MOST_FILES, LONGEST_DESCRIPTION = 8 << 30, 10_000, 65_536


class HeldAgent(Agent):
    """An agent behind the wire, as an evaluator has it.

    ``exchange`` is the folder that the agent may write to, seen by both sides at the same place; ``origin``, where its code comes from
    (:func:`clgym.protocol.provenance.agent_origin`); ``key``, what ids are hidden with: the same when an interrupted trial goes on.
    """

    def __init__(self, inner: RemoteAgent, exchange: Path, origin: Mapping[str, Any], key: bytes):
        self.name, self.origin = inner.name, origin
        self._inner, self._exchange, self._count = inner, exchange, 0
        self._key = key

    @property
    def attempts(self) -> int:  # type: ignore[override]
        return self._inner.attempts

    @property
    def estimated(self) -> tuple[str, ...]:  # type: ignore[override]
        return self._inner.estimated

    @property
    def learns(self) -> bool:
        return self._inner.learns

    @property
    def saves(self) -> bool:
        return self._inner.saves

    def opaque(self, name: str) -> str:
        """An id that equals itself in this trial, and tells nothing."""
        return hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:16] if name else ""

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answers without the seconds that the agent says they took: whoever asks takes the time."""
        return [replace(answer, cost=replace(answer.cost, seconds=0.0)) for answer in self._inner.act(conversations)]

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        told = [replace(one, world=self.opaque(one.world), query=self.opaque(one.query)) for one in experiences]
        return replace(self._inner.learn(told), seconds=0.0)

    def flush(self) -> Cost | None:
        cost = self._inner.flush()
        return cost and replace(cost, seconds=0.0)

    def prepare(self, stream: StreamSettings) -> None:
        self._inner.prepare(stream)

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        with super().evaluating(), self._inner.evaluating():
            yield

    def describe(self) -> Mapping[str, Any]:
        theta = self._inner.describe()
        if len(repr(theta)) > LONGEST_DESCRIPTION:
            raise OutsideAgentError(f"{self.name} describes its θ in more than {LONGEST_DESCRIPTION:,} characters.")
        return theta

    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float] | None:
        return self._inner.log_likelihood(pairs)

    def divergence(self, pairs: Sequence[tuple[Conversation, str]]) -> float | None:
        return self._inner.divergence(pairs)

    def save(self, folder: Path) -> None:
        with self._shared() as shared:
            self._inner.save(shared)
            copy_plain(shared, folder, self.name)

    def load(self, folder: Path) -> None:
        with self._shared() as shared:
            copy_plain(folder, shared, self.name)
            self._inner.load(shared)

    @contextmanager
    def _shared(self) -> Iterator[Path]:
        """A folder that has not been there before, gone afterwards."""
        self._count += 1
        shared = self._exchange / f"theta-{self._count:06d}-{secrets.token_hex(4)}"
        shared.mkdir()
        try:
            yield shared
        finally:
            shutil.rmtree(shared, ignore_errors=True)


def copy_plain(source: Path, target: Path, name: str) -> None:
    """Copy a folder of plain files. Raises ``OutsideAgentError`` at anything else.

    A link would be followed by us, who may read what the agent may not, and the copy given back to it.
    """
    target.mkdir(parents=True, exist_ok=True)
    size = count = 0
    for folder, folders, files, descriptor in os.fwalk(source, follow_symlinks=False):
        inside = target / Path(folder).relative_to(source)
        inside.mkdir(exist_ok=True)
        count += len(folders) + len(files)
        if count > MOST_FILES:
            raise OutsideAgentError(f"{name} saves more than {MOST_FILES:,} files.")
        links = [entry for entry in folders if stat.S_ISLNK(os.lstat(entry, dir_fd=descriptor).st_mode)]
        for entry in (*links, *files):
            size += _copy_file(entry, descriptor, inside / entry, LARGEST_THETA - size, name)


def _copy_file(source: str, folder: int, target: Path, room: int, name: str) -> int:
    """Its bytes. Opened in its folder without following, and looked at once open: nothing changes in between."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as cause:
        raise OutsideAgentError(f"{name} saves {source}, which is no plain file: θ is plain files.") from cause
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise OutsideAgentError(f"{name} saves {source}, which is no plain file of its own: θ is plain files.")
        if status.st_size > room:
            raise OutsideAgentError(f"{name} saves more than {LARGEST_THETA >> 30} GiB.")
        with open(target, "wb") as copy:
            shutil.copyfileobj(file, copy)
    return status.st_size
