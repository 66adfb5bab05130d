"""Before any test imports torch: its threads sleep while they wait, or tests crawl when another process wants a core."""

import gc
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

#: tests/ is no package; what its modules share lies beside them.
sys.path.append(str(Path(__file__).parent))

from chat_server import ChatServer  # noqa: E402

#: Many programs, answers or kills in place of a few.
BROAD = ("test_attacks.py", "test_exploits.py", "test_resume.py", "test_validity.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module that has torch at hand need it, others that do say so themselves; and what only tries more of the same is broad."""
    for item in items:
        if item.path.parent.name == "fuzz" or item.path.name in BROAD or re.search(r"-level[1-9]-", item.name):
            item.add_marker(pytest.mark.broad)
        if isinstance(getattr(getattr(item, "module", None), "torch", None), ModuleType):
            item.add_marker(pytest.mark.torch)


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
