"""What agents that train a low-rank adapter share: serving the merged weights, saving and loading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from clgym.agent import Answer, Conversation, Cost
from clgym.baselines.adapter import Adapter
from clgym.baselines.guards import GuardConfig, Guards
from clgym.baselines.language_agent import LanguageAgent, read_saved, system_message
from clgym.baselines.models.language import LanguageModel


@dataclass(frozen=True)
class AdapterConfig(GuardConfig):
    """The adapter and its optimizer, and what guards old knowledge."""

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
        start = system_message(config.system)
        self.guards = Guards(config, untaught=model, adapter=self.adapter, context=start, seed=seed)
        self._serve_merged()

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation; guards remember some of what was asked and said."""
        answers = super().act(conversations)
        if not self.frozen:
            self.guards.saw([self.shown(conversation) for conversation in conversations], answers)
        return answers

    def train(self, losses: Iterable[torch.Tensor]) -> float:
        """One AdamW step down the gradient of the sum of ``losses`` and those of the guards; returns its norm.

        Answers change with ``_serve_merged``. What the guards cost is not in the losses: ``learn`` adds ``guarding()``.
        """
        self.guards.prepare()
        return self.adapter.update(chain(losses, self.guards.losses()))

    def guarding(self) -> Cost:
        """What the guards have cost since this was last asked, seconds apart: they are part of the update's."""
        return self.guards.spent()

    def memory(self) -> int:
        """How many items are kept to learn from."""
        return 0

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.adapter.save(folder)
        self.guards.save(folder)

    def load(self, folder: Path) -> None:
        super().load(folder)
        self.adapter.load(folder, read_saved(folder)["state"]["updates"])
        self.guards.load(folder)
        self._serve_merged()

    def describe(self) -> Mapping[str, Any]:
        return {
            **super().describe(),
            "adapter_bytes": self.adapter.bytes,
            "memory_items": self.memory(),
            "updates": self.adapter.updates,
            **(self.guards.describe() if self.config.guards else {}),
        }

    def _serve_merged(self) -> float:
        """Answer with the weights of this moment; prefixes computed with others are dropped. Returns the FLOPs of merging."""
        before = self.adapter.serving.meter.spent
        self.serving, self._heads = self.adapter.merged(), {}
        return self.adapter.serving.meter.spent - before
