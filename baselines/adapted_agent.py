"""What agents that train a low-rank adapter share: serving the merged weights, saving and loading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from clgym.baselines.adapter import Adapter
from clgym.baselines.language_agent import LanguageAgent, LanguageConfig, read_saved
from clgym.baselines.models.language import LanguageModel


@dataclass(frozen=True)
class AdapterConfig(LanguageConfig):
    """The adapter and its optimizer."""

    rank: int = 16
    """r of the adapter, over all linear maps in the layers"""
    alpha: float = 32.0
    """α: the adapter is scaled by α / r"""
    learning_rate: float = 2e-3
    """of AdamW; 0 is the control that does everything but learn"""
    max_grad_norm: float = 1.0
    """gradients are scaled down to this norm"""


class AdaptedAgent(LanguageAgent):
    """θ is an adapter and its optimizer, and what the subclass keeps to learn from (``memory``)."""

    config: AdapterConfig

    def __init__(self, config: AdapterConfig, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.adapter = Adapter(
            model,
            rank=config.rank,
            alpha=config.alpha,
            learning_rate=config.learning_rate,
            max_grad_norm=config.max_grad_norm,
            seed=seed,
        )
        self._serve_merged()

    def train(self, losses: Iterable[torch.Tensor]) -> float:
        """One AdamW step down the gradient of the sum of ``losses``; returns its norm. Answers change with ``_serve_merged``."""
        return self.adapter.update(losses)

    def memory(self) -> int:
        """How many items are kept to learn from."""
        return 0

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.adapter.save(folder)

    def load(self, folder: Path) -> None:
        super().load(folder)
        self.adapter.load(folder, read_saved(folder)["state"]["updates"])
        self._serve_merged()

    def describe(self) -> Mapping[str, Any]:
        return {
            **super().describe(),
            "adapter_bytes": self.adapter.bytes,
            "memory_items": self.memory(),
            "updates": self.adapter.updates,
        }

    def _serve_merged(self) -> None:
        """Answer with the weights of this moment; prefixes computed with others are dropped."""
        self.serving, self._heads = self.adapter.merged(), {}
