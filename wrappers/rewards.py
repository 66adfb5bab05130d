"""Rewards for loops that sum them: the score as the return, and no grade that was never made."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from clgym.errors import GraderFailed
from clgym.settings import checked


class ScoreAsReward(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Pays nothing until an attempt ends, and then its score: the sum of an attempt's rewards is the benchmark's number.

    Training loops, monitors and bridges sum the rewards of an episode; in families of several turns that sum is not the score. With
    ``attempts`` above 1 only the last attempt of an episode pays: what it came to in the end.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import ScoreAsReward
        >>> env = ScoreAsReward(gym.make("CL-Playbook-v0"))
        >>> _ = env.reset(seed=0)
        >>> _, reward, _, _, info = env.step("?")
        >>> reward == info["score"]
        True

    Args:
        env: the env whose rewards are replaced.
    """

    def __init__(self, env: gym.Env[str, str]):
        gym.utils.RecordConstructorArgs.__init__(self)
        super().__init__(env)

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        if truncated and info["outcome"] == "failed":
            return observation, reward, terminated, truncated, info  # NaN: nothing was measured
        return observation, float(info["score"]) if terminated or truncated else 0.0, terminated, truncated, info


class DropFailed(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Where the grader fails, asks the next query instead of paying NaN, which would end a training run.

    The step that failed pays 0.0, does not end the episode, and its observation is another query: an algorithm sees an episode that
    goes on. ``info["dropped"]`` counts such steps so far.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import DropFailed
        >>> env = DropFailed(gym.make("CL-Playbook-v0"))
        >>> _ = env.reset(seed=0)
        >>> env.step("?")[4]["dropped"]
        0

    Args:
        env: the env whose failed grades are dropped.
        in_a_row: so many failures one after another are raised as ``GraderFailed``: then nothing can be graded any more.
    """

    def __init__(self, env: gym.Env[str, str], in_a_row: int = 8):
        gym.utils.RecordConstructorArgs.__init__(self, in_a_row=in_a_row)
        super().__init__(env)
        self.in_a_row = checked("in_a_row", in_a_row, int, low=1)
        self.dropped = 0
        self._row = 0

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        if info["outcome"] != "failed":
            self._row = 0
            return observation, reward, terminated, truncated, {**info, "dropped": self.dropped}
        self.dropped, self._row = self.dropped + 1, self._row + 1
        if self._row >= self.in_a_row:
            raise GraderFailed(f"{self._row} grades in a row failed; the last one said: {info['feedback']}")
        observation, fresh = self.env.reset()
        return observation, 0.0, False, False, {**fresh, "dropped": self.dropped}
