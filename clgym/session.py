"""One conversation with an env, message by message as ``clgym run`` holds it: what training loops of others stand on.

    session = Session("CL-Sparring-v0", level=0, feedback="diagnosis", attempts=2)
    messages = session.start(index=3)
    while not session.done:
        said = session.say(answer_to(messages))
        messages += said.messages

A session is one env of its own: several at once do not mix. ``astart`` and ``asay`` are the same for event loops.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import gymnasium

from clgym.agent import Message
from clgym.core import Query, World
from clgym.errors import InvalidAnswer, InvalidSetting, ResetNeeded, UnknownName
from clgym.registry import gym_spec
from clgym.settings import checked
from clgym.text.thoughts import without_thoughts

T = TypeVar("T")

#: What a turn pays: what each one earned; or nothing until the end, and then the score of the attempt.
REWARDS = ("turns", "score")


def next_message(feedback: str, observation: str, prompt: str) -> str:
    """What a user says after an answer that did not end the episode: the feedback, then the next turn, or the prompt once more.

    The one format of retries: the protocol, sessions and :class:`~clgym.wrappers.feedback.FeedbackInObservation` show it alike.
    """
    following = f"Try again: {observation}" if observation == prompt else observation
    return "\n\n".join(part for part in (feedback, following) if part)


class Said(NamedTuple):
    """What came of an answer."""

    messages: tuple[Message, ...]
    """To append to the conversation: the answer, and what follows it; the answer alone where the episode has ended."""
    done: bool
    reward: float | None
    """Of this turn, in [0, 1] (see :data:`REWARDS`); ``None`` where the grader failed: nothing was measured."""
    score: float | None
    """Of the attempt so far, in [0, 1]; ``None`` where the grader failed."""
    failed: bool
    outcome: str
    feedback: str
    correction: str
    """The right answer as bare text, at ``feedback="correction"`` and ``"gold"``; else ""."""
    attempt_done: bool = False
    """Whether an attempt ended with it, so that ``score`` is what the whole attempt earned."""
    thoughts: str = ""
    """What was cut off the answer before it was graded."""


class Session:
    """One conversation after another with one env.

    Args:
        env: an id, ``module:Name`` or ``path/to/file.py:Name``.
        evaluate: whether pools other than the learn stream's may be asked. Then they are asked as ``clgym run`` examines: once, and what
            follows an answer holds no feedback.
        reward: ``"turns"`` pays what each turn earned, ``"score"`` nothing until the end of an attempt and then its score: the sum of an
            attempt is the benchmark's number.
        seed: fixes the order in which ``start()`` walks the learn stream.
        settings: those of :class:`~clgym.env.ContinualEnv`: level, breadth, split, world, feedback, attempts, noise, drift_at, max_chars.

    Raises as ``gym.make``, and ``UnknownName`` for a reward that is none.
    """

    def __init__(self, env: str, *, evaluate: bool = False, reward: str = "turns", seed: int = 0, **settings: Any):
        if reward not in REWARDS:
            raise UnknownName("reward of a session", reward, REWARDS)
        if "pool" in settings or "render_mode" in settings:
            raise InvalidSetting("a session takes the pool with start(pool=...), and renders nothing.")
        self.evaluate, self._pays_score = checked("evaluate", evaluate, bool), reward == "score"
        self._env: Any = gymnasium.make(gym_spec(env), **settings)
        #: The ContinualEnv inside: a layer above this module, so its type has no name here.
        self._inner = cast(Any, self._env.unwrapped)
        self._learn_pool = self._inner.pool
        self._env.reset(seed=checked("seed", seed, int, low=0))
        self._inner.order.start(seed, self._inner.world, self._learn_pool, self._inner.attempts)
        self._prompt, self._examined = "", False
        #: Whether nothing is being asked: before the first ``start``, and after an episode has ended.
        self.done = True
        #: How often a query was begun.
        self.starts = 0

    @property
    def env_steps(self) -> int:
        """Answers graded so far; every turn and every attempt is one."""
        return int(self._inner.env_steps)

    @property
    def world(self) -> World:
        """The world that is asked about, as it is now. It knows the answers: for evaluators and adapters, not for agents."""
        return cast("World", self._inner.world)

    @property
    def world_id(self) -> str:
        """The public id of the world, as ``info["world"]`` has it."""
        return str(self._inner.world_id)

    @property
    def feedback(self) -> str:
        """The level of feedback."""
        return str(self._inner.feedback)

    @property
    def query(self) -> Query:
        """What is being asked, or was last, with what the grader needs: for evaluators. Raises ``ResetNeeded`` before the first ``start``."""
        if self._inner.query is None:
            raise ResetNeeded("nothing was asked yet: call start() first.")
        return cast("Query", self._inner.query)

    @property
    def options(self) -> tuple[str, ...]:
        """The admissible answers of the query that is being asked, where the prompt lists them."""
        return self._inner.query.options if self._inner.query and not self.done else ()

    def start(self, index: int | None = None, pool: str | None = None) -> list[Message]:
        """Ask a query: ``index`` of ``pool``, or the next one of the learn stream. Gives the messages so far, one of the user's.

        Raises ``InvalidSetting`` where the pool is not the learn stream's and ``evaluate`` was not said, ``UnknownName`` or
        ``InvalidSetting`` where there is no such query.
        """
        chosen = self._learn_pool if pool is None else pool
        if chosen not in tuple(self._inner.world.pools):
            raise UnknownName(f"pool of {self._inner.family}", str(chosen), self._inner.world.pools)
        self._examined = chosen != self._learn_pool
        if self._examined and not self.evaluate:
            raise InvalidSetting(
                f"pool {chosen!r} is held out: what is learned from it cannot be measured with it. evaluate=True (or --evaluate) asks it all the same."
            )
        options = {"pool": chosen, **({} if index is None else {"index": index})}
        if index is None and self._examined:
            raise InvalidSetting(f"start(pool={chosen!r}) needs an index: 0 to {self._inner.world.pools[chosen] - 1}.")
        self._prompt, _ = self._env.reset(options=options)
        self.done = False
        self.starts += 1
        return [Message(role="user", content=self._prompt)]

    def say(self, text: str) -> Said:
        """Answer. Thoughts between marks (``<think>...</think>``) are cut off before grading.

        Raises ``ResetNeeded`` where nothing is being asked, ``InvalidAnswer`` for what is no str.
        """
        if self.done:
            raise ResetNeeded("nothing is being asked: call start() first; the last episode, if there was one, has ended.")
        if not isinstance(text, str):
            raise InvalidAnswer(f"an answer is a str, not {type(text).__name__}.")
        thoughts, answer = without_thoughts(text)
        observation, reward, terminated, truncated, info = self._env.step(answer)
        failed = info["outcome"] == "failed"
        self.done = bool(terminated or truncated) or (self._examined and info["attempt_done"])
        messages = [Message(role="assistant", content=answer)]
        if not self.done:
            told = "" if self._examined else info["feedback"]
            following = observation if self._examined else next_message(told, observation, self._prompt)
            messages.append(Message(role="user", content=following))
        score = float(info["score"])
        paid = float(reward) if not self._pays_score else score if info["attempt_done"] else 0.0
        return Said(
            tuple(messages),
            self.done,
            None if failed else paid,
            None if failed or math.isnan(score) else score,
            failed,
            info["outcome"],
            info["feedback"],
            info.get("correction", ""),
            info["attempt_done"],
            thoughts,
        )

    async def astart(self, index: int | None = None, pool: str | None = None) -> list[Message]:
        """As :meth:`start`, without holding up the event loop."""
        return await _in_thread(self.start, index, pool)

    async def asay(self, text: str) -> Said:
        """As :meth:`say`, without holding up the event loop: a grader may run programs."""
        return await _in_thread(self.say, text)

    def close(self) -> None:
        """Close the env. The session can start no more."""
        self._env.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def _in_thread(call: Callable[..., T], *given: Any) -> T:
    import asyncio  # a tenth of the time that importing clgym takes, for those who use it

    return await asyncio.to_thread(call, *given)
