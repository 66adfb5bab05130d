"""Replies of judges that were read before, in an SQLite file that processes share."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from platformdirs import user_cache_dir

logger = logging.getLogger("clgym")


def cache_file() -> Path:
    """Where judgements are kept: ``judge.sqlite`` in the user's cache, or in ``CLGYM_CACHE``."""
    return Path(os.environ.get("CLGYM_CACHE") or user_cache_dir("clgym")) / "judge.sqlite"


class ReplyCache:
    """Replies by key in an SQLite file that processes may share. A file that cannot be used is named once and left alone."""

    def __init__(self, path: Path | None):
        self.path = path

    def find(self, key: str) -> str | None:
        """The reply that was kept."""
        rows = self._do("SELECT reply FROM replies WHERE key = ?", key)
        try:
            return str(json.loads(rows[0][0])) if rows else None
        except (ValueError, TypeError):
            return None

    def keep(self, key: str, reply: str) -> None:
        """Keep a reply. JSON, because a reply may hold what UTF-8 cannot."""
        self._do("INSERT OR REPLACE INTO replies VALUES (?, ?)", key, json.dumps(reply))

    def _do(self, command: str, *values: str) -> list[Any]:
        if self.path is None:
            return []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
                return database.execute(command, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            logger.warning("judgements are not kept: %s cannot be used (%s). Delete it, or set CLGYM_CACHE.", self.path, error)
            self.path = None
            return []
