"""Answers that were paid for and are not part of a trial's safe records yet.

Between two safe points a trial asks the same questions in the same order when it is killed and goes on, so an answer is found
again by what was asked and by how often that had been asked since the safe point. Takes no torch.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clgym.agent import Answer, Cost
from clgym.storage import Appender, read_lines, seal, unseal


class Journal:
    """One file of sealed lines, made with the first answer. ``path`` ``None`` keeps nothing."""

    def __init__(self, path: Path | None = None):
        self._path, self._file = path, None if path is None else _Lazy(path)
        self._known: dict[str, Answer] = dict(_read(path)) if path else {}
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def number(self, request: Mapping[str, Any]) -> str:
        """The id of this request the next time that it is made: call in the order of the conversations."""
        digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        self._asked[digest] += 1
        return f"{digest}/{self._asked[digest]}"

    def find(self, id: str) -> Answer | None:
        """What was answered before the trial was killed."""
        return self._known.get(id)

    def add(self, id: str, answer: Answer) -> None:
        """Keep an answer. From here on a killed process does not lose it."""
        if self._file is None:
            return
        with self._lock:
            said = {"text": answer.text, "thoughts": answer.thoughts, "stop": answer.stop}
            self._file.write(seal({"id": id, **said, "cost": answer.cost.to_json()}))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class _Lazy:
    """The file behind a journal, opened (and cut to its whole lines) when there is something to write."""

    def __init__(self, path: Path):
        self._path = path
        self._appender: Appender | None = None

    def write(self, line: bytes) -> None:
        if self._appender is None:
            whole = sum(len(line.text) for line in read_lines(self._path))
            self._appender = Appender(self._path, whole)
        self._appender.append(line)
        self._appender.sync()

    def close(self) -> None:
        if self._appender is not None:
            self._appender.close()


def _read(path: Path) -> list[tuple[str, Answer]]:
    """The answers of a journal. A damaged line is only an answer that is asked for again."""
    entries = []
    for line in read_lines(path):
        try:
            entry = unseal(line.text)
            answer = Answer(entry["text"], Cost(**entry["cost"]), thoughts=entry["thoughts"], stop=entry["stop"])
            entries.append((str(entry["id"]), answer))
        except (ValueError, KeyError, TypeError):
            continue
    return entries
