"""One query in somebody else's loop, from its prompt to what it came to: the part that all adapters share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from clgym.agent import Message
from clgym.errors import InvalidSetting
from clgym.session import Said, Session

#: Called with a rollout and what came of each of its answers: how an env step reaches a trial's records.
Watch = Callable[["Rollout", Said], None]


class Rollout:
    """A query of a session being answered.

    Args:
        session: whose query it is; a rollout has one of its own, or waits until the one before has ended.
        index: of the query in its pool, or ``None`` for the next one of the learn stream.
        pool: where that is not the learn stream's.
        watch: is told each answer to the learn stream: an env step. Examinations are none.
    """

    def __init__(self, session: Session, index: int | None = None, pool: str | None = None, watch: Watch | None = None):
        self.session, self.index, self.pool = session, index, pool
        self.messages: list[Message] = session.start(index, pool)
        self._start = session.starts
        self._watch = watch if session.query.pool == next(iter(session.world.pools)) else None
        self.prompt = self.messages[0]["content"]
        self.episode: int | None = None
        """Its place in the records of a trial, once it has one."""
        self.score: float | None = None
        """What the last attempt that came to its end earned, in [0, 1]; ``None`` before, and where the grader failed."""
        self.failed = False
        self.turns = 0
        self.feedback = ""
        """What was said of the last answer."""
        self.asked, self.attempt = self.prompt, 0
        """What the last answer replied to, and in which attempt."""
        self._next = 0

    @property
    def done(self) -> bool:
        return self.session.done

    @property
    def cut(self) -> bool:
        """Whether it was left before any attempt came to its end: there is nothing that could be graded."""
        return self.score is None and not self.failed

    def say(self, text: str) -> Said:
        """Answer, and keep what follows. Raises as :meth:`clgym.Session.say`."""
        self._answering()
        return self._heard(self.session.say(text))

    async def asay(self, text: str) -> Said:
        """As :meth:`say`, without holding up the event loop."""
        self._answering()
        return self._heard(await self.session.asay(text))

    def _answering(self) -> None:
        """Raise ``InvalidSetting`` where the session has begun another query since: the answer would be graded as one to that."""
        if self.session.starts != self._start:
            raise InvalidSetting("another rollout has begun with this session since: each needs a session of its own.")
        self.asked, self.attempt = self.messages[-1]["content"], self._next

    def _heard(self, said: Said) -> Said:
        self.messages += said.messages
        self.turns += 1
        self.failed, self.feedback = said.failed, said.feedback
        if said.failed:
            self.score = None
        elif said.attempt_done:
            self.score, self._next = said.score, self._next + 1
        if self._watch is not None:
            self._watch(self, said)
        return said


class Sessions:
    """As many sessions of one env as are asked for at once, kept for the next time.

    Args:
        env: an id, ``module:Name`` or ``path/to/file.py:Name``.
        settings: those of :class:`clgym.Session`.
    """

    def __init__(self, env: str, **settings: Any):
        if "reward" in settings:
            raise InvalidSetting("an adapter decides what a turn pays: leave reward out.")
        self.env, self.settings = env, settings
        self._kept: list[Session] = [Session(env, **settings)]

    def first(self, count: int) -> Sequence[Session]:
        """The first so many; each holds one query at a time."""
        while len(self._kept) < count:
            self._kept.append(Session(self.env, **self.settings))
        return self._kept[:count]

    @functools.cached_property
    def by_prompt(self) -> dict[str, tuple[str, int]]:
        """Pool and index of each query that may be asked, by its prompt: for loops that hand over the prompt alone."""
        world = self._kept[0].world
        pools = [*world.pools] if self.settings.get("evaluate") else [next(iter(world.pools))]
        return {world.query(pool, index).prompt: (pool, index) for pool in pools for index in range(world.pools[pool])}

    def place_of(self, prompt: str) -> tuple[str, int]:
        """Pool and index of the query with this prompt. Raises ``InvalidSetting`` where the env has none: it was made with other settings."""
        try:
            return self.by_prompt[prompt]
        except KeyError:
            raise InvalidSetting(other_prompt(self.env, self.settings, prompt)) from None


def other_prompt(env: str, settings: Any, prompt: str) -> str:
    """What is said of a prompt that an env does not ask."""
    given = ", ".join(f"{name}={value!r}" for name, value in settings.items()) or "its defaults"
    short = prompt if len(prompt) <= 80 else f"{prompt[:77]}..."
    return (
        f"{env} with {given} does not ask {short!r}: the rows were made with other settings. Give prompts(), reward(), environment() and rollout() "
        "the same env, level, breadth, split and world, and leave the last user message as it is (a system message may stand before it)."
    )
