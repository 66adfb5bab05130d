"""``lora-sft``: supervised fine-tuning of a low-rank adapter on corrections, online, with replay.

Every env step whose right answer is known (the correction, or the agent's own answer where that was right) goes into a
buffer. Every ``every`` env steps: ``updates`` AdamW steps on batches of ``batch_size`` drawn from the buffer, the newest
first, with cross-entropy on the answer's tokens alone. Replay of old experience is the oldest remedy against forgetting
(Robins 1995; Rolnick et al. 2019, "Experience Replay for Continual Learning"); the adapter is LoRA (Hu et al. 2021).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from clgym import flops
from clgym.agent import Conversation, Cost, Experience
from clgym.baselines.adapted_agent import AdaptedAgent, AdapterConfig
from clgym.baselines.guards import Example
from clgym.baselines.models.language import LanguageModel
from clgym.errors import InvalidSetting
from clgym.seeding import seed_of


class LoraSFT(AdaptedAgent):
    """θ is the adapter and its optimizer, and the buffer it replays from."""

    @dataclass(frozen=True)
    class Config(AdapterConfig):
        """Chosen on train worlds of both families at level 0 (docs/decisions/004-models.md)."""

        warmup: int = 4
        """updates over which the learning rate rises to its value"""
        every: int = 4
        """env steps between updates"""
        updates: int = 1
        """AdamW steps each time"""
        batch_size: int = 16
        """examples in one AdamW step"""
        capacity: int = 4096
        """examples in the buffer; the oldest are overwritten"""
        max_tokens: int = 2048
        """an example longer than this is not learned from"""
        micro_tokens: int = 2048
        """a batch with more tokens than this (padded) goes through the model in parts; the update is the same"""

        def __post_init__(self) -> None:
            super().__post_init__()
            small = {
                name: getattr(self, name)
                for name in ("every", "updates", "batch_size", "capacity", "max_tokens", "micro_tokens")
                if getattr(self, name) < 1
            }
            if small:
                raise InvalidSetting(f"these have to be at least 1: {small}.")

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self._buffer: list[list[list[int]]] = []
        self._seen = 0
        self._steps = 0
        self._fresh = 0

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Remember the right answers; update whenever ``every`` env steps have passed."""
        cost = Cost()
        for experience in experiences:
            self._steps += 1
            self._remember(experience)
            if self._steps % self.config.every == 0 and self._buffer:
                cost += self.fit(self._draw() for _ in range(self.config.updates))
        return cost

    def flush(self) -> Cost:
        """Learn from examples that came since the last update."""
        return self.fit([self._draw()]) if self._fresh else Cost()

    def _remember(self, experience: Experience) -> None:
        right = experience.answer if experience.outcome == "correct" else experience.correction
        if right:
            self._keep(self._example(experience.bare, right))

    def _keep(self, example: Example) -> None:
        """Into the buffer, over the oldest where it is full; not what is too long to learn from."""
        if not self._fits_in(example):
            return
        prompt, answer = example
        if len(self._buffer) < self.config.capacity:
            self._buffer.append([prompt, answer])
        else:
            self._buffer[self._seen % self.config.capacity] = [prompt, answer]
        self._seen += 1
        self._fresh += 1

    def _fits_in(self, example: Example) -> bool:
        """Whether it is short enough to learn from."""
        return sum(map(len, example)) <= min(self.config.max_tokens, self.serving.window)

    def _example(self, conversation: Conversation, answer: str) -> Example:
        return self.serving.encode([*self.start_context(), *self.shown(conversation)]).ids, self.serving.answer_tokens(answer)

    def fit(self, batches: Iterable[Sequence[Example]]) -> Cost:
        """One AdamW step on each batch, down the mean loss over its answer tokens; then serve what came of it."""
        began = time.perf_counter()
        cost = Cost()
        for batch in batches:
            self._warm_up()
            parts = in_parts(batch, self.config.micro_tokens)
            self.train(self._losses(parts))
            for part in parts:
                tokens = sum(len(prompt) + len(answer) for prompt, answer in part)
                cost += Cost(prompt_tokens=tokens, flops=self._step_flops(part))
        return cost + Cost(flops=self._serve_merged(), seconds=time.perf_counter() - began) + self.guarding()

    def _step_flops(self, part: Sequence[Example]) -> float:
        """Of a part's share of one AdamW step."""
        rows = sum(len(answer) for _, answer in part)
        return flops.lora_step(self.serving.flops_shape, self.adapter.adapter_shape, len(part), longest(part), head_rows=rows)

    def _warm_up(self) -> None:
        """Set the learning rate of the next update."""
        rate = self.config.learning_rate * min(1.0, (self.adapter.updates + 1) / max(1, self.config.warmup))
        for group in self.adapter.optimizer.param_groups:
            group["lr"] = rate

    def _losses(self, parts: Sequence[Sequence[Example]]) -> Iterator[torch.Tensor]:
        """Each part's share of the mean cross-entropy over all answer tokens."""
        count = sum(len(answer) for part in parts for _, answer in part)
        for part in parts:
            yield -torch.cat(self.serving.score(part, network=self.adapter.training)).sum() / count

    def _draw(self) -> list[Example]:
        """The examples that no batch has held yet, newest first, and the rest at random from the buffer."""
        size = len(self._buffer)
        newest = [(self._seen - 1 - back) % self.config.capacity for back in range(min(self._fresh, self.config.batch_size, size))]
        self._fresh = 0
        draw = seed_of("replay", self.seed, self.adapter.updates).draw()
        others = [i for i in range(size) if i not in set(newest)]
        chosen = newest + draw.shuffled(others)[: self.config.batch_size - len(newest)]
        return [(self._buffer[i][0], self._buffer[i][1]) for i in chosen]

    def state(self) -> dict[str, Any]:
        return {
            "buffer": self._buffer,
            "seen": self._seen,
            "steps": self._steps,
            "fresh": self._fresh,
            "updates": self.adapter.updates,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._buffer, self._seen, self._steps, self._fresh = state["buffer"], state["seen"], state["steps"], state["fresh"]

    def memory(self) -> int:
        return len(self._buffer)


def longest(examples: Sequence[Example]) -> int:
    """Tokens of the longest one."""
    return max(len(prompt) + len(answer) for prompt, answer in examples)


def in_parts(examples: Sequence[Example], tokens: int) -> list[list[Example]]:
    """Examples in parts of at most ``tokens`` tokens each, padding included, or of one example; all together where they fit."""
    if len(examples) * longest(examples) <= tokens:
        return [list(examples)]
    parts: list[list[Example]] = []
    for example in sorted(examples, key=lambda one: len(one[0]) + len(one[1])):
        if not parts or (len(parts[-1]) + 1) * longest([*parts[-1], example]) > tokens:
            parts.append([])
        parts[-1].append(example)
    return parts
