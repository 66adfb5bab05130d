"""Before any test imports torch: its threads sleep while they wait, or tests crawl when another process wants a core."""

import functools
import gc
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

#: tests/ is no package; what its modules share lies beside them.
sys.path.append(str(Path(__file__).parent))

from chat_server import ChatServer  # noqa: E402

#: Many programs, answers, trials or kills in place of a few; processes, servers, clusters and packages of their own; whole streams.
BROAD = {
    "test_ablate.py",
    "test_attacks.py",
    "test_certify.py",
    "test_determinism.py",
    "test_dialect_programs.py",
    "test_dialect_tasks.py",
    "test_docs.py",
    "test_doctor.py",
    "test_endpoint.py",
    "test_engines.py",
    "test_exploits.py",
    "test_framework.py",
    "test_framework_answers.py",
    "test_long_streams.py",
    "test_outside_agents.py",
    "test_probe_django.py",
    "test_probes_code.py",
    "test_provenance.py",
    "test_recommender.py",
    "test_resume.py",
    "test_salt.py",
    "test_sandbox_pool.py",
    "test_scaffold.py",
    "test_schedule.py",
    "test_sequences.py",
    "test_submission.py",
    "test_trackers.py",
    "test_validity.py",
}
#: A level above 0, as ids of cases write it.
HIGHER = re.compile(r"level[1-9]|[\[-][1-9]\]$")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Modules of which ``-m`` leaves nothing are not imported: those that need torch would load it to be left out."""
    without = set(re.findall(r"not (\w+)", config.getoption("markexpr")))
    if collection_path.suffix != ".py" or not without & {"broad", "torch"}:
        return None
    left_out = ("broad" in without and is_broad(collection_path)) or ("torch" in without and needs_torch(collection_path))
    return left_out or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module that needs torch need it, others that do say so themselves; what only tries more of the same is broad; and levels
    between the first and the last that a test tries are slow."""
    ends = level_ends(items)
    for item in items:
        level = level_of(item)
        if level is not None and level not in ends[siblings(item)]:
            item.add_marker(pytest.mark.slow)
        if is_broad(item.path) or HIGHER.search(item.name):
            item.add_marker(pytest.mark.broad)
        if needs_torch(item.path):
            item.add_marker(pytest.mark.torch)


def level_of(item: pytest.Item) -> int | None:
    """The level that a case is about, where its test has a parameter ``level``."""
    level = item.callspec.params.get("level") if hasattr(item, "callspec") else None
    return level if type(level) is int else None


def siblings(item: pytest.Item) -> tuple[str, str]:
    """What cases that differ in the level alone have in common."""
    others = {name: value for name, value in item.callspec.params.items() if name != "level"}
    return item.nodeid.partition("[")[0], repr(others)


def level_ends(items: list[pytest.Item]) -> dict[tuple[str, str], tuple[int, int]]:
    """The first and the last level of each family of cases."""
    levels: dict[tuple[str, str], list[int]] = {}
    for item in items:
        level = level_of(item)
        if level is not None:
            levels.setdefault(siblings(item), []).append(level)
    return {key: (min(found), max(found)) for key, found in levels.items()}


def is_broad(path: Path) -> bool:
    """Whether all tests of a module are."""
    return path.parent.name == "fuzz" or path.name in BROAD or path.name.endswith("_learner.py")


@functools.cache
def needs_torch(path: Path) -> bool:
    """Whether a module of tests is skipped as a whole where torch is not installed, or imports it."""
    return (
        re.search(r'^(?:torch = )?(?:pytest\.importorskip\("torch"|import torch)', path.read_text(encoding="utf-8"), re.M)
        is not None
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """What stays for the whole session is loaded now and never looked through for garbage again: torch and transformers have millions
    of objects, and each collection took half a second."""
    if importlib.util.find_spec("torch") and any(item.get_closest_marker("torch") for item in session.items):
        for module in ("clgym.baselines.models.tiny", "peft"):
            importlib.import_module(module)
    gc.collect()
    gc.freeze()


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    """A real HTTP server on loopback that speaks chat completions."""
    server = ChatServer()
    yield server
    server.stop()
