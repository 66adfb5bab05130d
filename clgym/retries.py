"""When to ask a server again: growing waits between tries, and the pause that it asks for."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

#: The longest wait before another try, where the server names none.
LONGEST_WAIT = 30.0


def wait_before(attempt: int, first: float) -> float:
    """Seconds before another try after ``attempt`` failed ones: doubling from ``first``, each cut by up to a half at random.

    So clients that were refused together do not come back together ("equal jitter": Brooker 2015, "Exponential Backoff And
    Jitter", AWS Architecture Blog).
    """
    return min(first * 2.0 ** (attempt - 1), LONGEST_WAIT) * (1 - random.SystemRandom().random() / 2)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that a reply asks to wait (``retry-after-ms``, or ``Retry-After`` as seconds or as a date: RFC 9110, 10.2.3)."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        date = parsedate_to_datetime(headers["retry-after"]).timestamp()
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, date - (time.time() if now is None else now))
