"""Metering the FLOPs that a policy spends between env calls."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium as gym

from clgym.errors import InvalidSetting
from clgym.settings import checked


class DeclaresFlops(Protocol):
    """A model that counts its own FLOPs from its shape and the tokens it has processed."""

    flops_spent: float


class MeterFlops(gym.Wrapper[str, str, str, str], gym.utils.RecordConstructorArgs):
    """Says on every step how many FLOPs were spent since the env was last called.

    Two meters, either or both:

    * ``torch=True`` runs everything between two env calls under torch's FLOP counter (with formulas
      registered for the attention kernels that the installed torch misses). Whatever the policy does in this
      thread is counted, learning included; it costs about twice the time.
    * ``model`` has a running total ``flops_spent`` that it computes from its declared shape: nearly free. The
      suite's language models have one; they agree with the counter within 1 %.

    ``info["flops"]`` has, per meter in use ("torch", "analytic"), the FLOPs before this reset or step, and
    ``info["flops_total"]`` their sum so far. What is spent after ``close`` is not counted.

    Args:
        env: the env whose callers are metered.
        model: a model with ``flops_spent``, or ``None``.
        torch: whether to count torch operations.
    """

    def __init__(self, env: gym.Env[str, str], model: DeclaresFlops | None = None, torch: bool = True):
        gym.utils.RecordConstructorArgs.__init__(self, model=model, torch=torch)
        super().__init__(env)
        torch = checked("torch", torch, bool)
        if model is not None and not hasattr(model, "flops_spent"):
            raise InvalidSetting(f"model should count its own FLOPs in flops_spent, and {model!r} was given.")
        if model is None and not torch:
            raise InvalidSetting("MeterFlops has nothing to meter: pass a model that has flops_spent, or torch=True.")
        self.model, self.torch = model, torch
        self.flops_total: dict[str, float] = {}
        self._counter: Any = None
        self._seen = 0.0
        self._resume()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        spent = self._pause()
        observation, info = self.env.reset(seed=seed, options=options)
        self._resume()
        return observation, self._noted(info, spent)

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        spent = self._pause()
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._resume()
        return observation, reward, terminated, truncated, self._noted(info, spent)

    def close(self) -> None:
        self._pause()
        super().close()

    def _resume(self) -> None:
        if self.torch:
            from clgym.flops import torch_flop_counter

            self._counter = torch_flop_counter()
            self._counter.__enter__()
        if self.model is not None:
            self._seen = self.model.flops_spent

    def _pause(self) -> dict[str, float]:
        spent = dict.fromkeys(["torch"] * self.torch + ["analytic"] * (self.model is not None), 0.0)
        if self._counter is not None:
            self._counter.__exit__(None, None, None)
            spent["torch"] = float(self._counter.get_total_flops())
            self._counter = None
        if self.model is not None:
            spent["analytic"] = self.model.flops_spent - self._seen
        for meter, flops in spent.items():
            self.flops_total[meter] = self.flops_total.get(meter, 0.0) + flops
        return spent

    def _noted(self, info: dict[str, Any], spent: dict[str, float]) -> dict[str, Any]:
        return {**info, "flops": spent, "flops_total": dict(self.flops_total)}
