"""``clgym doctor``: what this machine can do, what it can't, and what to do about it."""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from clgym import registry
from clgym._version import __version__
from clgym.cli.attacks import ATTACKS, CANARY, CANARY_VARIABLE, honest
from clgym.errors import ClgymError, MissingExtra, SandboxUnavailable
from clgym.sandbox import LANGUAGES, Call, Limits, run

OK, WARN, FAIL = "ok", "warn", "fail"

#: With less free space than that, a sweep may not come to its end; with less than the second, not even a trial.
_ROOM_GB, _LEAST_GB = 2.0, 0.1
#: A disk that takes longer to flush slows every safe point down.
_SLOW_FLUSH_MS = 100.0
#: What comes back within these limits is quick.
_LIMITS = Limits(steps=200_000, memory_bytes=64 << 20, output_chars=2_000, seconds=0.5)


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it stands, what was found, and what to do where it is not well."""

    name: str
    state: str
    found: str
    todo: str = ""


def examine(out: Path, *, full: bool = False) -> Iterator[Finding]:
    """All findings, one after another. ``full`` also imports what is optional, to see that it works."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _torch,
        _models,
        *(lambda language=language: _sandbox(language) for language in LANGUAGES),
        lambda: _disk(out),
        _extras,
        _outside,
    ]
    for check in [*checks, *([_entry_points] if full else [])]:
        yield from check()


def show(out: Path, *, full: bool, as_json: bool) -> int:
    """Print the findings; 1 where one of them failed."""
    findings = []
    for finding in examine(out, full=full):
        findings.append(finding)
        if not as_json:
            todo = f"\n      {finding.todo}" if finding.todo else ""
            print(f"{finding.state:4}  {finding.name}: {finding.found}{todo}", flush=True)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    return int(any(finding.state == FAIL for finding in findings))


def _python() -> Iterator[Finding]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores; clgym {__version__}"
    known = (3, 10) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", OK if known else WARN, found, "" if known else "clgym is tested with Python 3.10 to 3.13.")


def _torch() -> Iterator[Finding]:
    try:
        torch: Any = importlib.import_module("torch")
    except ModuleNotFoundError:
        yield Finding("torch", WARN, "not installed", "Agents that drive a language model need it: pip install 'clgym[models]'")
        return
    except (ImportError, OSError) as broken:
        yield Finding(
            "torch", FAIL, f"installed, but it cannot be imported: {broken}", "Install it anew: pip install --force-reinstall torch"
        )
        return
    speeds = {name: _gigaflops(torch, getattr(torch, name), "cpu") for name in ("float32", "bfloat16")}
    found = ", ".join(f"{name} {speed:,.0f} GFLOP/s" for name, speed in speeds.items())
    threads = torch.get_num_threads()
    slow = speeds["bfloat16"] < speeds["float32"]
    yield Finding(
        "torch",
        OK,
        f"{torch.__version__}, {threads} thread{'s' * (threads != 1)}; a matrix product on the CPU: {found}"
        + ("; bfloat16 is the slower one here" if slow else ""),
    )
    if not torch.cuda.is_available():
        yield Finding("device", OK, "no CUDA device: models run on the CPU")
        return
    for number in range(torch.cuda.device_count()):
        half = _gigaflops(torch, torch.bfloat16, f"cuda:{number}")
        room = torch.cuda.get_device_properties(number).total_memory / 2**30
        yield Finding("device", OK, f"{torch.cuda.get_device_name(number)}, {room:.0f} GiB, bfloat16 {half:,.0f} GFLOP/s")


def _gigaflops(torch: Any, dtype: Any, device: str, size: int = 512, seconds: float = 0.2) -> float:
    """Speed of a small matrix product; the best of some."""
    left = torch.ones(size, size, dtype=dtype, device=device)
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        (left @ left)[0, 0].item()  # waits for the device
        best = min(best, time.perf_counter() - began)
    return float(2 * size**3 / best / 1e9)


def _models() -> Iterator[Finding]:
    for row in registry.models():
        if not row.cache:
            continue
        folder, size, whole = registry.load_entry(row.cache)(row.id)
        if whole:
            yield Finding(f"model {row.id}", OK, f"{size / 1e6:.0f} MB in {folder}, every hash fits")
        else:
            found = f"what lies in {folder} is damaged" if size else f"not fetched yet (it will be kept in {folder})"
            yield Finding(f"model {row.id}", WARN, found, f"It is fetched on first use, or now: clgym fetch {row.id}")


def _sandbox(language: str) -> Iterator[Finding]:
    """Run something honest, then something hostile, for real."""
    name = f"sandbox, {language}"
    os.environ[CANARY_VARIABLE] = CANARY
    try:
        began = time.perf_counter()
        answer = run(honest(language), [Call("f", [21])], _LIMITS).results[0]
        if answer.value != 42:
            yield Finding(
                name,
                FAIL,
                f"an honest program ended with {answer.status}: {answer.error}",
                "Free some memory, or reinstall: pip install --force-reinstall clgym",
            )
            return
        broken = [
            attack.name for attack in ATTACKS if attack.language == language and not attack.held(run(attack.program, (), _LIMITS))
        ]
        count = sum(attack.language == language for attack in ATTACKS)
        took = time.perf_counter() - began
    except SandboxUnavailable as reason:
        # Worlds that run no such program do without.
        yield Finding(
            name,
            WARN if language == "python" else FAIL,
            f"programs cannot be run safely: {reason}",
            "Families that run them are refused on this machine; Linux with seccomp runs them all.",
        )
        return
    finally:
        os.environ.pop(CANARY_VARIABLE, None)
    if broken:
        yield Finding(
            name,
            FAIL,
            f"did not hold against: {', '.join(broken)}",
            "Don't run families that run programs here, and report this with the lines above.",
        )
    else:
        yield Finding(name, OK, f"held against {count} hostile programs ({took:.1f} s)" if count else "an honest program runs")


def _disk(out: Path) -> Iterator[Finding]:
    place = out.resolve()
    while not place.exists():
        place = place.parent
    try:
        free = shutil.disk_usage(place).free / 1e9
        flush = _flush_milliseconds(place)
    except OSError as cause:
        yield Finding("disk", FAIL, f"{place} cannot be written: {cause.strerror}", "Choose another folder with --out.")
        return
    state = FAIL if free < _LEAST_GB else WARN if free < _ROOM_GB or flush > _SLOW_FLUSH_MS else OK
    todo = "Free some space, or choose another folder with --out." if free < _ROOM_GB else ""
    if flush > _SLOW_FLUSH_MS:
        todo = (todo + " A local disk instead of a network's makes trials faster.").strip()
    yield Finding("disk", state, f"{free:,.1f} GB free in {place}, {flush:.1f} ms to flush a file", todo)


def _flush_milliseconds(folder: Path) -> float:
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".clgym-doctor-") as file:
        for _ in range(5):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return 1e3 * statistics.median(times)


def _extras() -> Iterator[Finding]:
    """Optional packages, by what is installed; nothing is imported."""
    for extra, names in _requirements().items():
        if not names or extra in ("dev", "docs"):
            continue
        versions = {name: _version(name) for name in names}
        missing = [name for name, version in versions.items() if not version]
        if missing:
            yield Finding(
                f"extra {extra}",
                WARN,
                f"without {', '.join(missing)}; optional: {_used_by(extra)}",
                f"pip install 'clgym[{extra}]'",
            )
        else:
            yield Finding(f"extra {extra}", OK, ", ".join(f"{name} {version}" for name, version in versions.items()))


def _requirements() -> dict[str, list[str]]:
    """extra -> the packages that it asks for, those of other extras apart."""
    found: dict[str, list[str]] = {}
    try:
        lines = metadata.requires("clgym") or []
    except metadata.PackageNotFoundError:  # run from a folder that nobody installed
        lines = []
    for line in lines:
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", line)
        name = re.match(r"[\w.-]+", line)
        if extra and name and name.group() != "clgym":
            found.setdefault(extra.group(1), []).append(name.group())
    return found


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


#: What extras are for that no row of the registry asks for.
_ELSEWHERE = {
    "report": "reports",
    "retrieval": "agent icl-retrieval",
    "minilm": "icl-retrieval with embeddings",
    "openai": "models behind an endpoint",
    "fuzz": "make fuzz",
    "bench": "make bench",
    "test": "the tests",
    "dev": "the tests and make lint",
    "docs": "make docs",
}


def _used_by(extra: str) -> str:
    tables = (registry.engines(), registry.trackers(), registry.families(), registry.agents(), registry.wrappers())
    used = ", ".join(row.id for table in tables for row in table if row.extra == extra)
    return used or _ELSEWHERE.get(extra, f"pip install 'clgym[{extra}]' brings it")


def _outside() -> Iterator[Finding]:
    """Rows that installed packages bring."""
    for table in (registry.families(), registry.agents(), registry.models()):
        for row in table:
            if row.package != "clgym":
                yield Finding(row.id, OK, f"brought by {row.package} ({row.entry_point})")
    for fault in registry.broken():
        todo = f"Mend {fault.package}, or uninstall it. Everything else works without it."
        yield Finding(f"{fault.kind} {fault.id} of {fault.package}", FAIL, str(fault.error), todo)


def _entry_points() -> Iterator[Finding]:
    """Import everything in the registry that is not an env."""
    for kind, table in (("engine", registry.engines()), ("tracker", registry.trackers()), ("agent", registry.agents())):
        for row in table:
            try:
                registry.load(row)
            except MissingExtra as missing:
                yield Finding(f"{kind} {row.id}", WARN, str(missing).partition(":")[0], f"pip install 'clgym[{row.extra}]'")
            except ClgymError as broken:
                yield Finding(f"{kind} {row.id}", FAIL, str(broken), f"Mend or uninstall {row.package}.")
            except Exception as broken:  # whatever a package raises when it is imported
                yield Finding(
                    f"{kind} {row.id}",
                    FAIL,
                    f"cannot be imported: {type(broken).__name__}: {broken}",
                    f"Install its packages anew: pip install --force-reinstall 'clgym[{row.extra}]'",
                )
            else:
                yield Finding(f"{kind} {row.id}", OK, row.summary)
