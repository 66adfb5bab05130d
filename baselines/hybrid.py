"""``hybrid``: a policy gradient and self-distillation on the same answers.

Rewards say how good an answer was; feedback says which of its tokens should have been others. Hübotter et al. 2026 (SDPO,
arXiv 2601.20802) mix the two signals as advantages; here their losses are added, which is the same gradient up to the
clipping:

    L(θ) = L_PG(θ) + λ · 1/T Σ_t KL(π_θ(· | x, y_<t) ‖ stopgrad π_φ(· | x, c, y_<t))

L_PG is lora-rl's negated objective (``lora_rl.py``) and the sum is self-distill's (``self_distill.py``), over the tokens of
first attempts, which the policy drew at the bare prompt x. A first attempt whose reward says nothing (its advantage is 0,
as where all attempts fail) is distilled all the same. One forward pass with gradient serves both terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from clgym import flops
from clgym.agent import Experience
from clgym.baselines.lora_rl import Batch, LoraRL, Sample
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.objectives import reverse_kl
from clgym.baselines.teacher import Teacher, TeacherConfig, taught
from clgym.errors import InvalidSetting


class Hybrid(LoraRL):
    """θ is lora-rl's, and the teacher's average of the adapter."""

    @dataclass(frozen=True)
    class Config(LoraRL.Config, TeacherConfig):
        """lora-rl's settings and self-distill's teacher; the weight was not tuned (docs/decisions/007-baselines.md)."""

        weight: float = 1.0
        """λ of the self-distillation"""

        def __post_init__(self) -> None:
            super().__post_init__()
            self.check_teacher()
            if self.weight < 0:
                raise InvalidSetting(f"the weight of the self-distillation must be at least 0, not {self.weight}.")

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.teacher = Teacher(config, self.adapter)

    def _sample(self, experience: Experience) -> Sample:
        sample = super()._sample(experience)
        bare = self.shown(experience.bare)
        told = [] if sample.shown else taught(bare, experience, self.config)
        behind = self.serving.encode([*self.context(), *told]).ids if told else []
        sample.taught = behind if len(behind) + len(sample.answer) <= self.serving.window else []
        return sample

    def _teaches(self, sample: Sample) -> bool:
        return bool(sample.taught) or super()._teaches(sample)

    def train(self, losses: Iterable[torch.Tensor]) -> float:
        norm = super().train(losses)
        self.teacher.follow()
        return norm

    def _loss(self, batch: Batch) -> torch.Tensor:
        """L of the module docstring."""
        network, samples = self.adapter.training, batch.samples
        logits, said = self.serving.answer_logits([(sample.prompt, sample.answer) for sample in samples], network=network)
        tempered = logits / (self.config.temperature or 1.0)
        loss = self._policy_loss(batch, -torch.nn.functional.cross_entropy(tempered, said, reduction="none"))
        lessons = [sample for sample in samples if sample.taught]
        if not lessons:
            return loss
        with self.teacher.at_work():
            teacher, _ = self.serving.answer_logits([(sample.taught, sample.answer) for sample in lessons], network=network)
        rows = torch.cat([torch.full((len(sample.answer),), bool(sample.taught)) for sample in samples]).to(logits.device)
        return loss + self.config.weight * reverse_kl(logits[rows], teacher).mean()

    def _flops(self, samples: Sequence[Sample]) -> float:
        shapes = self.serving.flops_shape, self.adapter.adapter_shape
        lessons = [(len(sample.taught) + len(sample.answer), len(sample.answer)) for sample in samples if sample.taught]
        teaching = sum(flops.lora_forward(*shapes, tokens, head_rows=rows) for tokens, rows in lessons)
        return super()._flops(samples) + self.config.epochs * teaching

    def _tokens(self, samples: Sequence[Sample]) -> int:
        teaching = sum(len(sample.taught) + len(sample.answer) for sample in samples if sample.taught)
        return super()._tokens(samples) + self.config.epochs * teaching

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.teacher.save(folder)

    def load(self, folder: Path) -> None:
        super().load(folder)
        self.teacher.load(folder)
