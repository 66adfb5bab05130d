"""Types checked by the real TypeScript compiler, in strict mode: Node runs it beside us, where both are there.

It is no Python package: ``npm install typescript@5.9.3``, and ``CLGYM_TYPESCRIPT`` names the folder that has its ``node_modules`` (without it, the
current one and the global ones are looked through). See docs/decisions/026-a-parser-of-our-own.md.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import selectors
import shutil
import subprocess
import threading
import warnings
from pathlib import Path
from typing import NamedTuple

#: A check takes some 60 ms, the first one a second.
SECONDS = 20.0
_MISSING = (
    "transfer/port of CL-Dialect-v0 is graded without its types: Node or the TypeScript compiler is missing. "
    "Install Node, run `npm install typescript@5.9.3`, and set CLGYM_TYPESCRIPT to the folder of its node_modules."
)


class TypeFault(NamedTuple):
    """The first thing that the compiler complains about; line and column count from 1."""

    line: int
    column: int
    message: str


@functools.cache
def compiler() -> str:
    """Where the TypeScript compiler is, as Node finds it; ``""`` where it is missing, of which a warning is given once."""
    node, folder = shutil.which("node"), os.environ.get("CLGYM_TYPESCRIPT", os.getcwd())
    if node:
        find = (
            "console.log(require.resolve('typescript', { paths: [process.argv[1], ...(process.env.NODE_PATH || '').split(':')] }))"
        )
        found = subprocess.run([node, "-e", find, folder], capture_output=True, text=True, timeout=SECONDS, check=False)
        if found.returncode == 0:
            return found.stdout.strip()
    warnings.warn(_MISSING, RuntimeWarning, stacklevel=2)
    return ""


class Checker:
    """A process of Node that checks one program after the other; started when first needed, and anew after it was stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0

    def check(self, text: str) -> TypeFault | None:
        """The first fault of a program; ``None`` where there is none, or no compiler."""
        if not compiler():
            return None
        with self._lock:
            answer = self._ask(json.dumps(text))
        if answer is None:
            return TypeFault(1, 1, "the types of this program take too long to check")
        found = json.loads(answer)
        return TypeFault(*found[0]) if found else None

    def _ask(self, line: str) -> str | None:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                answer = process.stdout.readline() if selector.select(SECONDS) else ""
        except OSError:
            answer = ""
        if not answer:
            process.kill()
            self._process = None
        return answer or None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            command = ["node", "--max-old-space-size=256", str(Path(__file__).with_name("typecheck.js")), compiler()]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
            )
            self._owner = os.getpid()
            atexit.register(self.close)
        return self._process

    def close(self) -> None:
        """Stop the process, where it is ours."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.communicate()
        self._process = None


@functools.cache
def checker() -> Checker:
    """The one of this process."""
    return Checker()
