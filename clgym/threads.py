"""How numeric libraries wait: said to this process before they are loaded."""

from __future__ import annotations

import os

# torch's OpenMP threads spin at every barrier unless told to sleep. Where another process wants the core (a sweep runs
# several trials side by side), one token of the embedded model then took 1.4 s instead of 0.04 s. The variable is read
# when torch is loaded.
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE"}


def sleep_while_waiting() -> None:
    """Let the threads of this process sleep while they wait, unless the user chose otherwise. Call it before torch is loaded."""
    for name, value in PASSIVE.items():
        os.environ.setdefault(name, value)
