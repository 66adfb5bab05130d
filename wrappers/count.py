"""Counting env steps, with a budget that ends the run."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from clgym.errors import BudgetSpent
from clgym.settings import checked


class CountSteps(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Counts env steps over the whole life of the env, not per episode; a budget truncates.

    ``info["env_steps"]`` is on every reset and step, ``info["budget_left"]`` where there is a budget. The
    step that spends the budget returns ``truncated=True``; a further step raises ``BudgetSpent``.
    Autoreset steps of vector envs are resets here, not steps, so phantom steps are never counted.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import CountSteps
        >>> env = CountSteps(gym.make("CL-Conlang-v0"), budget=1)
        >>> _ = env.reset(seed=0)
        >>> _, _, terminated, truncated, info = env.step("?")
        >>> truncated, info["env_steps"], info["budget_left"]
        (True, 1, 0)

    Args:
        env: the env to count.
        budget: env steps allowed; ``None`` counts without end.
    """

    def __init__(self, env: gym.Env[str, str], budget: int | None = None):
        gym.utils.RecordConstructorArgs.__init__(self, budget=budget)
        super().__init__(env)
        self.budget = checked("budget", budget, int | None, low=1)
        self.env_steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, self._noted(info)

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        if self.budget is not None and self.env_steps >= self.budget:
            raise BudgetSpent(f"the budget of {self.budget} env steps is spent; make a new env or a larger budget.")
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.env_steps += 1
        spent = self.budget is not None and self.env_steps >= self.budget
        return observation, reward, terminated, truncated or spent, self._noted(info)

    def _noted(self, info: dict[str, Any]) -> dict[str, Any]:
        info = {**info, "env_steps": self.env_steps}
        if self.budget is not None:
            info["budget_left"] = self.budget - self.env_steps
        return info
