"""Shaping the feedback channel: less of it, or inside the observation."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from clgym.session import next_message
from clgym.settings import checked
from clgym.spaces import UnicodeText

CUT = " [...]"


class LimitFeedback(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Cuts feedback to ``max_chars`` a step and ``budget`` characters over the life of the env.

    A cut falls between words and is marked with ``[...]``. Where anything was cut, ``info["correction"]``
    (if present) is emptied too: the bare answer must not say what the text no longer does.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import LimitFeedback
        >>> env = LimitFeedback(gym.make("CL-Conlang-v0", feedback="correction"), max_chars=20)
        >>> _ = env.reset(seed=0)
        >>> info = env.step("?")[4]
        >>> len(info["feedback"]) <= 20, info["correction"]
        (True, '')

    Args:
        env: the env whose feedback is limited.
        max_chars: characters per step; ``None`` does not limit a step.
        budget: characters over all steps; ``None`` does not limit their sum.
    """

    def __init__(self, env: gym.Env[str, str], max_chars: int | None = None, budget: int | None = None):
        gym.utils.RecordConstructorArgs.__init__(self, max_chars=max_chars, budget=budget)
        super().__init__(env)
        self.max_chars = checked("max_chars", max_chars, int | None, low=0)
        self.budget = checked("budget", budget, int | None, low=0)
        self.spent = 0

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        feedback = info["feedback"]
        limits = [
            limit for limit in (self.max_chars, None if self.budget is None else self.budget - self.spent) if limit is not None
        ]
        limited = shorten(feedback, min(limits)) if limits else feedback
        self.spent += len(limited)
        if limited != feedback:
            info = {**info, "feedback": limited}
            if "correction" in info:
                info["correction"] = ""
        return observation, reward, terminated, truncated, info


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``, cut between words where possible and marked as cut."""
    if len(text) <= limit:
        return text
    room = limit - len(CUT)
    if room <= 0:
        return ""
    cut = text[: room + 1]
    return cut[: cut.rfind(" ") if " " in cut else room].rstrip() + CUT


class FeedbackInObservation(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Puts the feedback on an answer in front of the observation that follows it.

    For training loops that read observations only: a retry or a later turn reads as ``clgym run`` shows it. With ``across_episodes`` the feedback that ended an
    episode also opens the first observation of the next one.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import FeedbackInObservation
        >>> env = FeedbackInObservation(gym.make("CL-Conlang-v0", attempts=2))
        >>> prompt, _ = env.reset(seed=0)
        >>> observation, _, _, _, info = env.step("?")
        >>> observation == info["feedback"] + "\\n\\nTry again: " + prompt
        True

    Args:
        env: the env whose observations carry the feedback.
        across_episodes: whether the last feedback of an episode is carried over ``reset``.
    """

    def __init__(self, env: gym.Env[str, str], across_episodes: bool = False):
        gym.utils.RecordConstructorArgs.__init__(self, across_episodes=across_episodes)
        super().__init__(env)
        inner = env.observation_space
        assert isinstance(inner, UnicodeText)
        self.observation_space = UnicodeText(2 * inner.max_length)
        self.across_episodes = checked("across_episodes", across_episodes, bool)
        self._last = self._prompt = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        carried, self._last = (self._last if self.across_episodes and seed is None else ""), ""
        self._prompt = observation
        return "\n\n".join(part for part in (carried, observation) if part), info

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._last = info["feedback"]
        return next_message(self._last, observation, self._prompt), reward, terminated, truncated, info
