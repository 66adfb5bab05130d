"""What trains: an adapter with its optimizer, the guards of old knowledge, and supervised steps on examples.

One update is ``Trainer.step``: the guards prepare, the agent's losses and theirs go backward one by one, AdamW steps. Answers change
with ``Trainer.merge``, once at the end of an update.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from clgym import flops
from clgym.agent import Answer, Conversation, Cost
from clgym.baselines.adapter import Adapter
from clgym.baselines.configs import FineTuningConfig, TrainerConfig
from clgym.baselines.guards import Example, Guards
from clgym.baselines.language_agent import Part, system_message
from clgym.model import TextModel, with_weights
from clgym.seeding import seed_of


class Trainer(Part):
    """An adapter, its optimizer and its guards. ``serving`` is the model with the adapter of the last merge in its weights.

    Raises ``NeedsWeights`` for a model that gives text alone.
    """

    def __init__(self, config: TrainerConfig, *, model: TextModel, seed: int):
        untaught = with_weights(model, "training")
        self.adapter = Adapter(
            untaught,
            rank=config.rank,
            alpha=config.alpha,
            learning_rate=config.learning_rate,
            max_grad_norm=config.max_grad_norm,
            seed=seed,
        )
        start = system_message(config.system)
        self.guards = Guards(config.guard, untaught=untaught, adapter=self.adapter, context=start, batch=config.batch, seed=seed)
        self.serving = self.adapter.merged()

    @property
    def network(self) -> Any:
        """The network that is trained."""
        return self.adapter.training

    @property
    def updates(self) -> int:
        """AdamW steps so far."""
        return self.adapter.updates

    def step(self, losses: Iterable[torch.Tensor]) -> float:
        """One AdamW step down the gradient of the sum of ``losses`` and those of the guards; returns its norm before clipping.

        Each loss is made when it is asked for, and let go before the next one: memory is that of the largest.
        """
        self.guards.prepare()
        self.adapter.drop_gradients()  # an update may have been broken off
        self.adapter.backward(losses)
        with self.guards.counted():
            self.adapter.backward(self.guards.losses())
        return self.adapter.step()

    def merge(self) -> float:
        """Serve the weights of this moment: prefixes that were computed with others are stale. Returns the FLOPs of merging."""
        before = self.serving.meter.spent
        self.adapter.merged()
        return self.serving.meter.spent - before

    def guarding(self) -> Cost:
        """What the guards have cost since this was last asked, seconds apart: they are part of the update's."""
        return self.guards.spent()

    def shapes(self) -> tuple[flops.FlopsShape, flops.LoraShape]:
        """What the formulas need of the model and of the adapter."""
        return self.serving.flops_shape, self.adapter.adapter_shape

    # -- a part of an agent -------------------------------------------------------------------------------------------

    def saw(self, conversations: Sequence[Conversation], answers: Sequence[Answer]) -> None:
        """Guards remember some of what was asked and answered."""
        self.guards.saw(conversations, answers)

    def save(self, folder: Path) -> None:
        self.adapter.save(folder)
        self.guards.save(folder)

    def load(self, folder: Path) -> None:
        self.adapter.load(folder)
        self.guards.load(folder)
        self.adapter.merged()

    def describe(self) -> Mapping[str, Any]:
        guards = self.guards.describe() if self.guards.kinds else {}
        size = {"adapter_bytes": self.adapter.bytes, "adapted_share": round(self.adapter.share, 4)}
        return {**size, "updates": self.updates, **guards}


# -- supervised steps -------------------------------------------------------------------------------------------------


class ReplayBuffer:
    """The last ``capacity`` examples, the oldest overwritten first, and how many came since somebody trained on them."""

    def __init__(self, capacity: int):
        self._capacity = capacity
        self._examples: list[Example] = []
        self._added = 0
        self.fresh = 0
        """Examples added since this was last set to 0."""

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, place: int) -> Example:
        return self._examples[place]

    def add(self, example: Example) -> None:
        if len(self) < self._capacity:
            self._examples.append(example)
        else:
            self._examples[self._added % self._capacity] = example
        self._added += 1
        self.fresh += 1

    def newest(self) -> list[int]:
        """The places of the fresh examples, newest first."""
        return [(self._added - 1 - back) % self._capacity for back in range(min(self.fresh, len(self)))]

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {"examples": self._examples, "added": self._added, "fresh": self.fresh}

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self._examples = [(prompt, answer) for prompt, answer in state["examples"]]
        self._added, self.fresh = state["added"], state["fresh"]


class Objective(NamedTuple):
    """What a supervised step goes down, and what it takes."""

    loss: Callable[[Sequence[Example]], torch.Tensor]
    """of some examples, summed over their answer tokens"""
    teaching: Callable[[Sequence[Example]], float] = lambda examples: 0.0
    """FLOPs beside those of the student's own pass"""


class FineTuning:
    """Supervised fine-tuning of a trainer's adapter on examples from a replay buffer, prompts behind the system message.

    Args:
        config: how much is kept and how it is trained on.
        trainer: whose adapter.
    """

    def __init__(self, config: FineTuningConfig, trainer: Trainer):
        self._config, self._trainer = config, trainer
        self._start = system_message(config.system)
        self.buffer = ReplayBuffer(config.capacity)

    def example(self, conversation: Conversation, answer: str) -> Example:
        """A conversation and the answer that it should get, as token ids."""
        return self.prompt(conversation), self._trainer.serving.answer_tokens(answer)

    def prompt(self, conversation: Conversation) -> list[int]:
        """A conversation as token ids, behind the system message."""
        return self._trainer.serving.encode([*self._start, *conversation]).ids

    def fits(self, example: Example) -> bool:
        """Whether it is short enough to learn from."""
        return sum(map(len, example)) <= min(self._config.max_tokens, self._trainer.serving.window)

    def keep(self, example: Example) -> None:
        """Into the buffer, unless it is too long to learn from."""
        if self.fits(example):
            self.buffer.add(example)

    def batch(self, seed: int) -> list[Example]:
        """The examples that no batch has held yet, newest first, and the rest at random from the buffer."""
        size = self._config.batch_size
        newest = self.buffer.newest()[:size]
        self.buffer.fresh = 0
        others = [place for place in range(len(self.buffer)) if place not in set(newest)]
        draw = seed_of("replay", seed, self._trainer.updates).draw()
        return [self.buffer[place] for place in newest + draw.shuffled(others)[: size - len(newest)]]

    def fit(self, batches: Iterable[Sequence[Example]], objective: Objective | None = None) -> Cost:
        """One AdamW step on each batch, down the mean loss over its answer tokens; then serve what came of it.

        Without an objective it is cross-entropy. A batch is made when it is asked for.
        """
        objective = objective or Objective(self.cross_entropy)
        began = time.perf_counter()
        cost = Cost()
        for batch in batches:
            self._warm_up()
            parts = in_parts(batch, self._config.micro_tokens)
            count = sum(len(answer) for _, answer in batch)
            self._trainer.step(objective.loss(part) / count for part in parts)
            for part in parts:
                tokens = sum(len(prompt) + len(answer) for prompt, answer in part)
                cost += Cost(prompt_tokens=tokens, flops=self._student_flops(part) + objective.teaching(part))
        merging = Cost(flops=self._trainer.merge(), seconds=time.perf_counter() - began)
        return cost + merging + self._trainer.guarding()

    def cross_entropy(self, examples: Sequence[Example]) -> torch.Tensor:
        """−log π_θ(answer | prompt), summed over the answers' tokens."""
        return -torch.cat(self._trainer.serving.score(examples, network=self._trainer.network)).sum()

    def _student_flops(self, part: Sequence[Example]) -> float:
        """Of a part's share of one AdamW step."""
        rows = sum(len(answer) for _, answer in part)
        return flops.lora_step(*self._trainer.shapes(), len(part), longest(part), head_rows=rows)

    def _warm_up(self) -> None:
        """Set the learning rate of the next update."""
        risen = min(1.0, (self._trainer.updates + 1) / max(1, self._config.warmup))
        self._trainer.adapter.learning_rate = self._config.learning_rate * risen


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
