"""SIGINT and SIGTERM ask for a stop at the next step; a second SIGINT stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from clgym.protocol import ForwardingObserver, TrialObserver


class Stop:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        self._asked.set()

    def __bool__(self) -> bool:
        return self._asked.is_set()


@contextmanager
def stopping_on_signals() -> Iterator[Stop]:
    """Inside, signals set the :class:`Stop` instead of ending the process. Only the main thread can listen to signals."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if stop and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.ask()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stoppable(ForwardingObserver):
    """Passes on what it hears, and says whether to stop."""

    def __init__(self, observer: TrialObserver, stop: Stop):
        super().__init__(observer)
        self._stop = stop

    def stopping(self) -> bool:
        return bool(self._stop)
