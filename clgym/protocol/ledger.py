"""The records of a trial under way, and how an interrupted one goes on to the same bytes.

A trial is a pure function of its settings, so going on is doing everything again, with two shortcuts. Where records of the earlier
run are safe, answers are taken from them instead of from the agent (envs and graders run again, and what they say must be what
they said). Where those records end, the agent's θ is loaded as it was saved at that moment, and life goes on.

    state.json      how far the records are safe, and which folder holds θ at that moment; replaced atomically
    theta-000123/   θ after 123 records, as ``Agent.save`` wrote it
    asked-000123.jsonl   answers that cost money and came after 123 records, where the agent keeps such (``Agent.journal``)

What stands in the records behind the safe point was written by a learner whose θ is lost: it is dropped and made again.
"""

from __future__ import annotations

import shutil
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from clgym.agent import Agent, hash_folder
from clgym.errors import RecordsError
from clgym.records import RECORDS_FILE, BlockRecord, Record, RecordFile, RecordWriter, StepRecord, timeless
from clgym.storage import SCHEMA, read_json, read_lines, sync_folder, write_json, writing_to

STATE_FILE = "state.json"
_THETA, _JOURNAL = "theta-", "asked-"

R = TypeVar("R", bound=Record)


class Ledger:
    """Gives back what is known and appends what is new. Use as a context manager; hold the folder's lock meanwhile."""

    def __init__(self, folder: Path):
        self.folder = folder
        state = read_json(folder / STATE_FILE) if (folder / STATE_FILE).exists() else {}
        self.dropped = _dropped(folder, state)
        """What the earlier run had written behind its last safe point, in words; "" where there is nothing."""
        size = state.get("records_bytes", 0)
        past = RecordFile(folder / RECORDS_FILE, size=size)
        self.recalled = len(past)
        if self.recalled != state.get("lines", 0):
            raise RecordsError(f"{folder}: {STATE_FILE} promises {state['lines']} records, {RECORDS_FILE} has {self.recalled}.")
        self._past = _Past(past)
        self._theta: dict[str, Any] | None = state.get("theta")
        self._asleep = self._theta is not None
        self._safe_lines = self.recalled
        self._writer = RecordWriter(folder, lines=self.recalled, keep=size, keep_times=state.get("times_bytes", 0))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self._writer.close()

    @property
    def replaying(self) -> bool:
        """Whether records of the earlier run are left."""
        return bool(self._past)

    def write(self, record: Record) -> None:
        """Append a record; while replaying, check that it is the one that was written. Raises ``RecordsError`` if it is not."""
        if not self._past:
            self._writer.write(record)
            return
        recorded = self._past.take()
        if timeless(record) != recorded:
            raise RecordsError(
                f"{self.folder} cannot go on: record {self.recalled - len(self._past)} comes out differently than it was written. "
                "The code or a package has changed since. Start again with --fresh."
            )

    def recall(self, kind: type[R]) -> R | None:
        """Take the next record of the earlier run if it is of this kind."""
        if self._past and isinstance(self._past.ahead(1)[0], kind):
            return self._past.take()  # type: ignore[return-value]
        return None

    def recall_block(self) -> list[Record]:
        """Take all records of the next evaluation block, the last one its ``BlockRecord``; none where nothing is left."""
        block: list[Record] = []
        while self._past and not (block and isinstance(block[-1], BlockRecord)):
            block.append(self._past.take())
        return block

    def next_steps(self, count: int) -> list[StepRecord]:
        """The next so many env steps, which stay: the stream writes them again."""
        return [record for record in self._past.ahead(count) if isinstance(record, StepRecord)]

    def wake(self, agent: Agent, arm: str) -> None:
        """Load θ of the earlier run into the agent that goes on from there; does nothing the second time."""
        asleep, self._asleep = self._asleep, False
        if not asleep or self._theta is None or self._theta["arm"] != arm:
            return
        folder = self.folder / self._theta["folder"]
        if not folder.is_dir() or hash_folder(folder) != self._theta["sha256"]:
            raise RecordsError(f"{folder} is damaged: it is not the θ that {STATE_FILE} speaks of. Start again with --fresh.")
        agent.load(folder)

    @property
    def journal(self) -> Path:
        """Where answers that cost money are kept until the next safe point."""
        return self.folder / f"{_JOURNAL}{self._safe_lines:06d}.jsonl"

    def sync(self) -> None:
        """From here on a killed process loses nothing that was written so far."""
        self._writer.sync()

    def safe(self, arm: str, agent: Agent | None = None) -> None:
        """From here on everything written so far stays. ``agent`` where its θ has moved since the last time."""
        if self._past:
            return
        self._writer.settle()
        if agent is not None:
            self._theta = self._save(agent, arm)
        records, times = self._writer.sizes
        state = {"lines": self._writer.lines, "records_bytes": records, "times_bytes": times, "theta": self._theta}
        write_json(self.folder / STATE_FILE, {"schema": SCHEMA, **state})
        self._safe_lines = self._writer.lines
        self._clear(but=self._theta["folder"] if self._theta else "")

    def _save(self, agent: Agent, arm: str) -> dict[str, Any]:
        name = f"{_THETA}{self._writer.lines:06d}"
        with writing_to(self.folder / name):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
            agent.save(self.folder / name)
            sync_folder(self.folder / name)
        return {"arm": arm, "folder": name, "sha256": hash_folder(self.folder / name)}

    def close(self, seconds: float) -> None:
        """The trial is at its end after so many seconds: from now on only its records are needed."""
        self._writer.total(seconds)
        self._writer.settle()

    def forget(self) -> None:
        """Drop what only an unfinished trial needs."""
        (self.folder / STATE_FILE).unlink(missing_ok=True)
        self._clear(but="")

    def _clear(self, but: str) -> None:
        for old in self.folder.glob(_THETA + "*"):
            if old.name != but:
                shutil.rmtree(old, ignore_errors=True)
        for journal in self.folder.glob(_JOURNAL + "*"):
            journal.unlink(missing_ok=True)


class _Past:
    """The records of the earlier run that are left: a few of them at a time, for they may be many."""

    def __init__(self, records: RecordFile):
        self._left = len(records)
        self._coming = iter(records) if records else iter(())
        self._near: deque[Record] = deque()

    def __len__(self) -> int:
        return self._left

    def ahead(self, count: int) -> list[Record]:
        """The next ones, at most so many; they stay."""
        self._near.extend(islice(self._coming, max(0, count - len(self._near))))
        return list(islice(self._near, count))

    def take(self) -> Record:
        """The next one."""
        self._left -= 1
        self.ahead(1)
        return self._near.popleft()


def _dropped(folder: Path, state: dict[str, Any]) -> str:
    """What a reader should know about the end of the files of an interrupted run."""
    if not (folder / RECORDS_FILE).exists():
        return ""
    lines = whole = 0
    for line in read_lines(folder / RECORDS_FILE):
        lines, whole = lines + 1, line.offset + len(line.text)
    torn = (folder / RECORDS_FILE).stat().st_size - whole
    # The first line of the file names the schema.
    behind = lines - 1 - state.get("lines", 0)
    parts = [f"{behind} records behind the last safe point"] if behind > 0 else []
    parts += [f"a torn line of {torn} bytes"] if torn else []
    return " and ".join(parts)
