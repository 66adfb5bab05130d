"""Files of strangers, read so that none of them can take the machine: sizes, counts, depths and kinds, before anything is parsed.

Every function raises ``RecordsError`` that names the file, what it has and what is allowed.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import yaml

from clgym.errors import RecordsError

#: What a bundle may have, unpacked: bytes, files, and folders within folders.
MOST_BYTES, MOST_FILES, MOST_DEPTH = 512 << 20, 50_000, 6
#: The largest manifest, the largest JSON file and the longest line, in bytes.
LARGEST_MANIFEST, LARGEST_JSON, LONGEST_LINE = 16 << 20, 16 << 20, 4 << 20
#: Values within values in YAML and JSON.
DEEPEST = 24
#: Scalars, lists and mappings in a manifest.
_MOST_NODES = 1_000_000

_BLOCK = 512
#: What an entry of an archive may be, by its type flag: a plain file, or the long name of the next one.
_PLAIN, _LONG_NAME = (b"0", b"\0"), b"x"
_LONGEST_NAME = 8192
#: Everything of a JSON text but the brackets outside of strings.
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^\[\]{}"]+', re.DOTALL)


def plain_files(folder: Path) -> list[Path]:
    """Every file below a folder, sorted. No links, no devices, no more than a bundle may have."""
    found, total = [], 0
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        for entry in _scanned(here):
            place = Path(entry.path)
            if entry.is_symlink() or not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
                raise RecordsError(f"{place.relative_to(folder)} is a link or no plain file: a bundle is plain files.")
            if entry.is_dir(follow_symlinks=False):
                if depth >= MOST_DEPTH:
                    raise RecordsError(f"{place.relative_to(folder)} lies more than {MOST_DEPTH} folders deep.")
                waiting.append((place, depth + 1))
                continue
            found.append(place)
            total += entry.stat(follow_symlinks=False).st_size
            if len(found) > MOST_FILES:
                raise RecordsError(f"it has more than {MOST_FILES:,} files.")
            if total > MOST_BYTES:
                raise RecordsError(f"it has more than {MOST_BYTES >> 20} MiB.")
    return sorted(found)


def _scanned(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def copied(source: Path, target: Path) -> None:
    """Copy a folder as :func:`plain_files` allows it."""
    for file in plain_files(source):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as original, open(place, "wb") as copy:
            if not stat.S_ISREG(os.fstat(original.fileno()).st_mode):
                raise RecordsError(f"{file.name} changed while it was read.")
            shutil.copyfileobj(original, copy)


def unpack(path: Path, folder: Path) -> None:
    """Unpack a .tar.gz of plain files at plain places. It is unzipped first, up to the limit, and every header is read before any file."""
    plain = folder / ".archive"
    try:
        with gzip.open(path, "rb") as zipped, open(plain, "wb") as file:
            _copy_up_to(zipped, file, MOST_BYTES + MOST_FILES * 2 * _BLOCK, path)
        _check_headers(plain, path)
        with tarfile.open(plain, "r:") as archive:
            for entry in archive:
                _unpack_one(archive, entry, folder, path)
    except FileNotFoundError as cause:
        raise RecordsError(f"{path} does not exist.") from cause
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError) as cause:
        raise RecordsError(f"{path} cannot be unpacked: {cause}.") from cause
    finally:
        plain.unlink(missing_ok=True)


def _copy_up_to(source: gzip.GzipFile, target: BinaryIO, most: int, path: Path) -> None:
    size = 0
    while part := source.read(1 << 20):
        size += len(part)
        if size > most:
            raise RecordsError(f"{path} unpacks to more than {MOST_BYTES >> 20} MiB: it is not unpacked.")
        target.write(part)


def _check_headers(plain: Path, path: Path) -> None:
    """Walk the headers without believing them: an archive's own reader would read a long name of any length into memory."""
    files = 0
    with open(plain, "rb") as archive:
        end = plain.stat().st_size
        while len(header := archive.read(_BLOCK)) == _BLOCK and header.strip(b"\0"):
            kind, size = header[156:157], tarfile.nti(header[124:136])  # type: ignore[attr-defined]
            name = header[:100].split(b"\0")[0].decode("utf-8", "replace")
            if kind not in _PLAIN and not (kind == _LONG_NAME and 0 <= size <= _LONGEST_NAME):
                raise RecordsError(f"{path} holds {name!r}, which is no plain file below it: it is not unpacked.")
            files += kind in _PLAIN
            after = archive.tell() + -(-size // _BLOCK) * _BLOCK
            if size < 0 or after > end:
                raise RecordsError(f"{path} cannot be unpacked: {name!r} has {size} bytes, and the archive ends before.")
            if files > MOST_FILES:
                raise RecordsError(f"{path} holds more than {MOST_FILES:,} files: it is not unpacked.")
            archive.seek(after)


def _unpack_one(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path, path: Path) -> None:
    place = PurePosixPath(entry.name)
    strange = (
        place.is_absolute() or ".." in place.parts or "\\" in entry.name or "\0" in entry.name or entry.name.startswith(".archive")
    )
    if not entry.isreg() or entry.issparse() or strange or len(place.parts) > MOST_DEPTH + 1:
        raise RecordsError(f"{path} holds {entry.name!r}, which is no plain file below it: it is not unpacked.")
    file = archive.extractfile(entry)
    assert file is not None
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    with open(folder / place, "xb") as target:  # a file that is there twice is refused
        shutil.copyfileobj(file, target)


def manifest_at(path: Path) -> Any:
    """The YAML of a stranger: no aliases (a few bytes of them can mean gigabytes), no tags, one document."""
    text = _read(path, LARGEST_MANIFEST)
    depth = nodes = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
                raise RecordsError(
                    f"{path.name}, line {event.start_mark.line + 1}: it has an alias, an anchor or a tag, and needs none."
                )
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            nodes += isinstance(event, yaml.NodeEvent)
            if depth > DEEPEST or nodes > _MOST_NODES:
                raise RecordsError(f"{path.name} has more than {DEEPEST} values within values, or {_MOST_NODES:,} in all.")
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as cause:
        raise RecordsError(f"{path.name} cannot be read: {' '.join(str(cause).split())}") from cause


def check_json(path: Path) -> None:
    """Raise where a JSON file is larger or deeper than any of ours."""
    check_depth(_read(path, LARGEST_JSON), path.name)


def check_lines(path: Path) -> int:
    """How many lines a file of records has. Raises where one is longer or deeper than any of ours, or something follows the last one."""
    lines = 0
    with open(path, "rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            lines += 1
            if len(line) > LONGEST_LINE:
                raise RecordsError(f"{path.name}, line {lines}: it has more than {LONGEST_LINE >> 20} MiB.")
            if not line.endswith(b"\n"):
                raise RecordsError(f"{path.name}: {len(line):,} bytes of no record follow behind the last one.")
            check_depth(line, f"{path.name}, line {lines}")
    return lines


def check_depth(text: bytes, name: str) -> None:
    """Raise where brackets, outside of strings, are more within one another than in any of our files."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in _STRINGS.sub(b"", text):
        depth += (bracket in b"[{") - (bracket in b"]}")
        if depth > DEEPEST:
            raise RecordsError(f"{name} has more than {DEEPEST} values within values.")


def _read(path: Path, most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            text = file.read(most + 1)
    except FileNotFoundError as cause:
        raise RecordsError(f"{path.name} is not there.") from cause
    except OSError as cause:
        raise RecordsError(f"{path.name} cannot be read: {cause}") from cause
    if len(text) > most:
        raise RecordsError(f"{path.name} has more than {most >> 20} MiB.")
    return text
