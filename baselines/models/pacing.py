"""Asking a server politely: so many requests and tokens a minute, and pauses that it asked for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MINUTE = 60.0


@dataclass
class Booking:
    """A request that may be sent: when it was booked, and the tokens it is held to take."""

    at: float
    tokens: int


class Pace:
    """At most ``requests`` and ``tokens`` (0: any number) in any minute, from all threads of this process together.

    A request is booked with the tokens it may take, and corrected when they are known. One that is larger than the limit goes
    alone. ``clock`` gives seconds.
    """

    def __init__(self, requests: int, tokens: int, clock: Callable[[], float] = time.monotonic):
        self.requests, self.tokens, self._clock = requests, tokens, clock
        self._booked: deque[Booking] = deque()
        self._paused_until = float("-inf")
        self._lock = threading.Lock()

    def book(self, tokens: int) -> Booking | float:
        """A booking, or the seconds to wait before trying to book again."""
        with self._lock:
            now = self._clock()
            while self._booked and self._booked[0].at <= now - MINUTE:
                self._booked.popleft()
            if now < self._paused_until:
                return self._paused_until - now
            full = self.requests and len(self._booked) >= self.requests
            spent = self.tokens and self._booked and sum(b.tokens for b in self._booked) + tokens > self.tokens
            if full or spent:
                return self._booked[0].at + MINUTE - now
            self._booked.append(Booking(now, tokens))
            return self._booked[-1]

    def pause(self, seconds: float) -> None:
        """Nobody asks for so long: the server said so."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)
