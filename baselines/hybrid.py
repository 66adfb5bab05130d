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

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Experience
from clgym.baselines.configs import HybridConfig
from clgym.baselines.language_agent import LanguageAgent
from clgym.baselines.lora_rl import Attempts, Batch, PolicyGradient, Sample
from clgym.baselines.objectives import reverse_kl
from clgym.baselines.teacher import Teacher, taught
from clgym.baselines.trainer import Trainer
from clgym.model import TextModel


class Hybrid(LanguageAgent):
    """θ is lora-rl's, and the teacher's average of the adapter."""

    Config = HybridConfig
    config: HybridConfig

    def __init__(self, config: HybridConfig, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.trainer = Trainer(config, model=self.serving, seed=seed)
        self.teacher = Teacher(config, self.trainer.adapter)
        self.policy = PolicyGradient(config, self.trainer)
        self.serving, self.parts = self.trainer.serving, [self.trainer, self.teacher]
        self.attempts = config.attempts
        self.collected = Attempts(config, self.trainer.serving, self._prompt, self._lesson)

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation; a later attempt sees what the earlier ones were told."""
        if self.frozen:
            return super().act(conversations)
        return super().act([self.collected.hinted(conversation) for conversation in conversations])

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Collect attempts; a finished query gets its advantages; enough of them make an update."""
        self.collected.add(experiences)
        return self._update() if len(self.collected.ready) >= self.config.samples else Cost()

    def flush(self) -> Cost:
        """Learn from what is left, unfinished queries included."""
        self.collected.close_all()
        return self._update() if self.collected.ready else Cost()

    def _prompt(self, conversation: Conversation) -> list[int]:
        return self.trainer.serving.encode([*self.context(), *self.view(conversation)]).ids

    def _lesson(self, experience: Experience, sample: Sample) -> list[int]:
        """What the teacher sees of a first attempt; nothing where nothing was said or it is too long."""
        seen = [] if sample.hinted else taught(self.view(experience.bare), experience, self.config)
        tokens = self.trainer.serving.encode([*self.context(), *seen]).ids if seen else []
        return tokens if len(tokens) + len(sample.answer) <= self.serving.window else []

    def _update(self) -> Cost:
        """``epochs`` AdamW steps on the attempts that are ready; the teacher follows each."""
        began = time.perf_counter()
        samples = self.collected.take()
        batch = self.policy.prepare(samples)
        for _ in range(self.config.epochs):
            self.trainer.step(self._losses(batch))
            self.teacher.follow()
        merging = self.trainer.merge()
        self.weights_changed()
        teaching_tokens, teaching = self._teaching(samples)
        tokens, spent = self.policy.tokens(samples) + teaching_tokens, self.policy.flops(samples) + teaching
        own = Cost(prompt_tokens=tokens, flops=spent + merging, seconds=time.perf_counter() - began)
        return own + self.trainer.guarding()

    def _losses(self, batch: Batch) -> Iterator[torch.Tensor]:
        """L of the module docstring, once it is asked for."""
        model, network, samples = self.trainer.serving, self.trainer.network, batch.samples
        logits, answers = model.answer_logits([(sample.prompt, sample.answer) for sample in samples], network=network)
        tempered = logits / (self.config.temperature or 1.0)
        loss = self.policy.loss(batch, -torch.nn.functional.cross_entropy(tempered, answers, reduction="none"))
        lessons = [sample for sample in samples if sample.taught]
        if lessons:
            with self.teacher.at_work():
                teacher, _ = model.answer_logits([(sample.taught, sample.answer) for sample in lessons], network=network)
            taught = [bool(sample.taught) for sample in samples for _ in sample.answer]
            rows = torch.tensor([row for row, lesson in enumerate(taught) if lesson], device=logits.device)
            loss = loss + self.config.weight * reverse_kl(logits[rows], teacher).mean()
        yield loss

    def _teaching(self, samples: Sequence[Sample]) -> tuple[int, float]:
        """Tokens and FLOPs of the teacher's passes."""
        lessons = [(len(sample.taught) + len(sample.answer), len(sample.answer)) for sample in samples if sample.taught]
        shapes, share = self.trainer.shapes(), 1 / max(1, len(lessons))
        spent = sum(flops.lora_forward(*shapes, tokens, head_rows=rows, passes=share) for tokens, rows in lessons)
        return self.config.epochs * sum(tokens for tokens, _ in lessons), self.config.epochs * spent

    def state(self) -> dict[str, Any]:
        return {**self.collected.state(), "gap": self.policy.gap}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.collected.restore(state)
        self.policy.gap = dict(state["gap"])

    def describe(self) -> Mapping[str, Any]:
        """The adapter, the attempts that wait, and the gap between what draws answers and what is trained, in nats per token."""
        return {**super().describe(), "memory_items": len(self.collected.ready), **self.policy.gap}
