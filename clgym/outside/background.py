"""Coroutines from code that is not async."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio


class EventLoop:
    """An event loop in a thread of its own, so that it runs where another one does (Jupyter), started when it is first needed.

    It lives as long as this object: clients of HTTP keep connections of the loop that they were first used in.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def gather(self, values: Sequence[Any]) -> list[Any]:
        """The values in order, awaitable ones awaited together. Raises what the first of them raises; the others are cancelled."""
        if not any(map(inspect.isawaitable, values)):
            return list(values)
        import asyncio

        future = asyncio.run_coroutine_threadsafe(_gather(values), self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            import asyncio

            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_run, args=(self._loop,), name="clgym-async", daemon=True).start()
            weakref.finalize(self, self._loop.call_soon_threadsafe, self._loop.stop)
        return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


async def _gather(values: Sequence[Any]) -> list[Any]:
    import asyncio

    tasks = {place: asyncio.ensure_future(value) for place, value in enumerate(values) if inspect.isawaitable(value)}
    try:
        results = dict(zip(tasks, await asyncio.gather(*tasks.values())))
    finally:
        for task in tasks.values():
            task.cancel()
    return [results.get(place, value) for place, value in enumerate(values)]
