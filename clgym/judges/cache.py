"""Replies of judges that were read before, in an SQLite file that processes share, each with a seal that only this user's key makes."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from platformdirs import user_cache_dir

logger = logging.getLogger("clgym")


def cache_file() -> Path:
    """Where judgements are kept: ``judge.sqlite`` in the user's cache, or in ``CLGYM_CACHE``."""
    return Path(os.environ.get("CLGYM_CACHE") or user_cache_dir("clgym")) / "judge.sqlite"


def key_file(cache: Path) -> Path:
    """Where the key of a cache's seals lies: beside it, for its owner's eyes."""
    return cache.with_suffix(".key")


class ReplyCache:
    """Replies by key in an SQLite file that processes may share. A file that cannot be used is named once and left alone.

    What is asked can be worked out by anybody, so anybody who can write the file could put a reply of his own there: a reply counts only
    with its seal, an HMAC with a key that lies in a file of mode 600. Whoever reads that key too is this user.
    """

    def __init__(self, path: Path | None):
        self.path = path
        self._forged = False

    def find(self, key: str) -> str | None:
        """The reply that was kept. One that was changed since is none, and is named once."""
        rows = self._do("SELECT reply, seal FROM judgements WHERE key = ?", key)
        try:
            reply, seal = rows[0] if rows else (None, "")
            if reply is None:
                return None
            if hmac.compare_digest(str(seal).encode("utf-8", "replace"), self._seal(key, reply).encode()):
                return str(json.loads(reply))
        except (ValueError, TypeError, AttributeError):
            pass
        except OSError as error:
            self._leave(error)
            return None
        if not self._forged:
            self._forged = True
            logger.warning("a judgement in %s was changed by somebody else: it is asked again.", self.path)
        return None

    def keep(self, key: str, reply: str) -> None:
        """Keep a reply. JSON, because a reply may hold what UTF-8 cannot."""
        text = json.dumps(reply)
        with suppress(OSError):
            self._do("INSERT OR REPLACE INTO judgements VALUES (?, ?, ?)", key, text, self._seal(key, text))

    def _seal(self, key: str, reply: str) -> str:
        return (
            hmac.digest(self._secret(), f"{key}\0{reply}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
            if self.path
            else ""
        )

    def _secret(self) -> bytes:
        """The key, made where there is none: whole under another name first, so that two processes make one."""
        assert self.path is not None
        file = key_file(self.path)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
                made.write(secrets.token_bytes(32))
            with suppress(FileExistsError):
                os.link(draft, file)
            draft.unlink()
        return file.read_bytes()

    def _do(self, command: str, *values: str) -> list[Any]:
        if self.path is None:
            return []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
                database.execute(
                    "CREATE TABLE IF NOT EXISTS judgements (key TEXT PRIMARY KEY, reply TEXT NOT NULL, seal TEXT NOT NULL)"
                )
                return database.execute(command, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._leave(error)
            return []

    def _leave(self, error: Exception) -> None:
        logger.warning("judgements are not kept: %s cannot be used (%s). Delete it, or set CLGYM_CACHE.", self.path, error)
        self.path = None
