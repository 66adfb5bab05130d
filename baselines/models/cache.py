"""Where fetched models are kept, and whether what lies there is what was put there. Takes no torch."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_dir

CACHE_VARIABLE = "CLGYM_CACHE"
MANIFEST = "manifest.json"


class Cached(NamedTuple):
    """A model in the cache: its folder, its bytes (0 where it is not there) and whether every hash fits."""

    folder: Path
    size: int
    whole: bool


def cached(name: str) -> Cached:
    """What the cache has of a model."""
    folder = cache_folder() / name
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    return Cached(folder, size, verified(folder))


def cache_folder() -> Path:
    """Where models are kept: ``models`` in the user's cache, or in ``CLGYM_CACHE``."""
    return Path(os.environ.get(CACHE_VARIABLE) or user_cache_dir("clgym")) / "models"


def verified(folder: Path) -> bool:
    """Whether every file that the manifest lists is there, byte for byte."""
    try:
        files = json.loads((folder / MANIFEST).read_text())["files"]
        return bool(files) and all(
            (folder / name).stat().st_size == entry["size"] and sha256(folder / name) == entry["sha256"]
            for name, entry in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()
