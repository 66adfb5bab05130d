"""Where a result comes from: versions, the grader's source, the machine. Written into every ``trial.json``."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import sys
from pathlib import Path
from typing import Any

from clgym import registry
from clgym._version import __version__
from clgym.records import Trial
from clgym.seeding import commitment, test_salt

#: Packages whose version can change a number.
_PACKAGES = ("gymnasium", "numpy", "rapidfuzz", "quickjs", "torch", "transformers", "peft")


def header_of(trial: Trial) -> dict[str, Any]:
    """Everything in ``trial.json`` besides the schema and the settings."""
    row = registry.find("environment", trial.env, registry.FAMILIES)
    generators = {name: registry.load_family(name).version for name in (trial.env, *(row.probes if trial.probe_size else ()))}
    generator = f"{trial.env}/{generators[trial.env]}"
    return {
        "versions": versions(),
        "generators": generators,
        "grader_sha256": grader_hash(),
        "commitment": commitment(test_salt(), generator) if trial.split == "test" else None,
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    }


def versions() -> dict[str, str]:
    """Versions of Python, clgym and those packages that are loaded already (none is imported for this)."""
    found = {"python": platform.python_version(), "clgym": __version__}
    for name in _PACKAGES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            found[name] = str(version)
    return found


@functools.cache
def grader_hash() -> str:
    """SHA-256 over the source of everything that decides a reward: worlds, probes and the sandbox."""
    total = hashlib.sha256()
    for package in ("clgym.envs", "clgym.sandbox"):
        spec = importlib.util.find_spec(package)
        assert spec is not None and spec.submodule_search_locations
        for folder in spec.submodule_search_locations:
            total.update(hash_sources(Path(folder)).encode())
    for module in ("clgym.core", "clgym.seeding"):
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin
        total.update(Path(spec.origin).read_bytes())
    return total.hexdigest()


def hash_sources(folder: Path) -> str:
    """SHA-256 over names and bytes of all files in a package, compiled ones apart."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
