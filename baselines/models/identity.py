"""What tells a model from another one of the same name: hashes of weights, tokenizer and chat template, or the hub's commit.

A name says where a model lies; what lies there may change. These are the functions behind :attr:`clgym.registry.ModelRow.identity`:
each takes what stands behind the scheme and gives a few words and hashes, ``{}`` where nothing is there. No torch, no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from clgym.baselines.models.cache import cache_folder, sha256
from clgym.baselines.models.hub import HubName, cached_commit

WEIGHTS = (
    "config.json",
    "generation_config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "*.bin",
    "*.bin.index.json",
    "*.gguf",
)
TOKENIZER = ("tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab*", "merges.txt", "*.tiktoken", "spiece.model")
TEMPLATE = ("chat_template*", "additional_chat_templates/*")

#: Hashes of smaller files are not kept on disk: looking one up there takes as long as hashing.
_LARGE = 1 << 20
#: A file that changed so recently could change again without a new time stamp: its hash is not kept.
_SETTLED_NS = 2_000_000_000
#: Path, size, times of change and of status, inode -> SHA-256, of what this process has hashed.
_Place = tuple[str, int, int, int, int]
_known: dict[_Place, str] = {}
_MOST_KNOWN = 4096


def of_folder(name: str | Path) -> dict[str, str]:
    """``weights``, ``tokenizer`` and ``template`` of a model folder, each a SHA-256 over the files that decide it."""
    folder = Path(name).expanduser()
    if not (folder / "config.json").is_file():
        return {}
    template = _hashes(folder, TEMPLATE)
    tokenizer = _hashes(folder, TOKENIZER)
    settings = folder / "tokenizer_config.json"
    with suppress(OSError, ValueError, AttributeError):  # a file that is no JSON object counts as it is
        read = json.loads(settings.read_text(encoding="utf-8"))
        template["inline"] = _text_hash(read.pop("chat_template", ""))
        tokenizer[settings.name] = _text_hash(read)
    parts = {"weights": _hashes(folder, WEIGHTS), "tokenizer": tokenizer, "template": template}
    return {part: _text_hash(sorted(hashes.items())) for part, hashes in parts.items()}


def of_cached(name: str) -> dict[str, str]:
    """The same for a model that was fetched into the user's cache."""
    return of_folder(cache_folder() / name)


def of_code(name: str) -> dict[str, str]:
    """Of the random model: its weights are drawn by its code."""
    return {"weights": sha256(Path(__file__).with_name("tiny.py"))}


def of_hub(name: str) -> dict[str, str]:
    """The commit that a name of the hub stood for when it was last loaded."""
    commit = cached_commit(HubName.parse(name))
    return {"commit": commit} if commit else {}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, remembered by its place, size and times; that of a large one in the user's cache too, so that gigabytes are read
    once."""
    stat = path.stat()
    place = (str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    if place not in _known:
        digest = sha256(path) if stat.st_size < _LARGE else _kept_hash(path, place)
        if not _settled(place):
            return digest
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[place] = digest
    return _known[place]


def _settled(place: _Place) -> bool:
    """Whether a file has been as it is for a while."""
    return time.time_ns() - max(place[2], place[3]) > _SETTLED_NS


def _kept_hash(path: Path, place: _Place) -> str:
    """The hash of a large file, looked up in the user's cache."""
    note = cache_folder().parent / "digests" / _text_hash(place)
    with suppress(OSError, UnicodeDecodeError):
        known = note.read_text()
        if len(known) == 64:
            return known
    digest = sha256(path)
    if _settled(place):
        _keep(note, digest)
    return digest


def _keep(note: Path, digest: str) -> None:
    """Write a note whole. Without a cache, files are hashed anew each time."""
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        half = note.with_name(f"{note.name}.{os.getpid()}")
        half.write_text(digest)
        half.replace(note)


def _hashes(folder: Path, patterns: Iterable[str]) -> dict[str, str]:
    """Name -> SHA-256 of every file that fits one of the patterns."""
    files = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in files}


def _text_hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
