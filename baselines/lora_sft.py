"""``lora-sft``: supervised fine-tuning of a low-rank adapter on corrections, online, with replay.

Every env step whose right answer is known (the correction, or the agent's own answer where that was right) goes into a
buffer. Every ``every`` env steps: ``updates`` AdamW steps on batches of ``batch_size`` drawn from the buffer, the newest
first, with cross-entropy on the answer's tokens alone. Replay of old experience is the oldest remedy against forgetting
(Robins 1995; Rolnick et al. 2019, "Experience Replay for Continual Learning"); the adapter is LoRA (Hu et al. 2021).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clgym.agent import Cost, Experience
from clgym.baselines.configs import LoraSFTConfig
from clgym.baselines.guards import Example
from clgym.baselines.language_agent import LanguageAgent
from clgym.baselines.trainer import FineTuning, Trainer
from clgym.model import TextModel


class LoraSFT(LanguageAgent):
    """θ is the adapter and its optimizer, and the buffer it replays from."""

    Config = LoraSFTConfig
    config: LoraSFTConfig

    def __init__(self, config: LoraSFTConfig, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.trainer = Trainer(config, model=self.serving, seed=seed)
        self.tuning = FineTuning(config, self.trainer)
        self.serving, self.parts = self.trainer.serving, [self.trainer]
        self._steps = 0

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Remember the right answers; update whenever ``every`` env steps have passed."""
        cost = Cost()
        for experience in experiences:
            self._steps += 1
            if experience.right_answer:
                self.tuning.keep(self.tuning.example(self.view(experience.bare), experience.right_answer))
            if self._steps % self.config.every == 0 and len(self.tuning.buffer):
                cost += self._fit(self.tuning.batch(self.seed) for _ in range(self.config.updates))
        return cost

    def flush(self) -> Cost:
        """Learn from examples that came since the last update."""
        return self._fit([self.tuning.batch(self.seed)]) if self.tuning.buffer.fresh else Cost()

    def _fit(self, batches: Iterable[Sequence[Example]]) -> Cost:
        cost = self.tuning.fit(batches)
        self.weights_changed()
        return cost

    def state(self) -> dict[str, Any]:
        return {"buffer": self.tuning.buffer.state(), "steps": self._steps}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.tuning.buffer.restore(state["buffer"])
        self._steps = state["steps"]

    def describe(self) -> Mapping[str, Any]:
        """The adapter, and the examples in the buffer."""
        return {**super().describe(), "memory_items": len(self.tuning.buffer)}
