"""Before any test imports torch: its threads sleep while they wait, or tests crawl when another process wants a core."""

import os
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module that has torch at hand need it; others that do say so themselves."""
    for item in items:
        if isinstance(getattr(getattr(item, "module", None), "torch", None), ModuleType):
            item.add_marker(pytest.mark.torch)


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    """A real HTTP server on loopback that speaks chat completions."""
    server = ChatServer()
    yield server
    server.stop()
