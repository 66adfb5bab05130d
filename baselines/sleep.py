"""``sleep``: context now, weights later. It learns in context by day, trains on the day at night, and drops the context.

Complementary learning systems (McClelland et al. 1995) with in-context learning in the part of the fast memory: exchanges are
appended to the prompt as in :mod:`clgym.baselines.icl` and help at once. Every ``every`` env steps a night follows,
``updates`` AdamW steps on the bare questions x of the day, and the context c is dropped:

* ``consolidate="sft"``: −log π_θ(y* | x), y* the right answer where one was told or given.
* ``consolidate="distill"``: Σ_t KL(π_day(· | c, x, y_<t) ‖ π_θ(· | x, y_<t)), y the agent's own greedy answer behind the
  context (context distillation: Askell et al. 2021, arXiv 2112.00861, section 2.1; Snell et al. 2022, "Learning by Distilling
  Context", arXiv 2209.15189). The weights of the day teach, without a right answer too.

``replay`` of each batch are questions of earlier days with their answers, by cross-entropy: a night on one day alone would
overwrite those before. A day of which nothing can be trained on ("sft" without one right answer) is no night: its context
stays, and the agent lives on as icl would. ``flush`` is a last night: what is served after the stream stands in the weights
alone, and answers cost no more than at first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from clgym import flops
from clgym.agent import Cost, Experience, Message
from clgym.baselines.guards import Example, divergence
from clgym.baselines.icl import InContext
from clgym.baselines.lora_sft import LoraSFT
from clgym.baselines.models.language import LanguageModel
from clgym.errors import InvalidSetting, UnknownName
from clgym.seeding import seed_of

KINDS = ("sft", "distill")


class Sleep(InContext, LoraSFT):
    """θ is the day's exchanges in front of every query, the adapter and its optimizer, and the examples of earlier days."""

    @dataclass(frozen=True)
    class Config(InContext.Config, LoraSFT.Config):
        """Chosen on train worlds at level 0 (docs/decisions/007-baselines.md)."""

        learning_rate: float = 2e-3
        """of AdamW; 0 is the control: nights change nothing (by day it learns in context all the same)"""
        every: int = 32
        """env steps between nights"""
        updates: int = 16
        """AdamW steps of one night"""
        consolidate: str = "sft"
        """what a night trains on: "sft" (right answers) or "distill" (what the model says behind the day's context)"""
        replay: float = 0.5
        """share of each batch that comes from earlier days, once there are some"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.consolidate not in KINDS:
                raise UnknownName("consolidate of sleep", self.consolidate, KINDS)
            if not 0 <= self.replay < 1:
                raise InvalidSetting(f"replay is a share of each batch, at least 0 and below 1, not {self.replay}.")

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self._day: list[list[Message]] = []
        self._behind: dict[tuple[int, ...], list[int]] = {}

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Into the context, exchange by exchange; a night whenever ``every`` env steps have passed."""
        cost = Cost()
        for experience in experiences:
            cost += InContext.learn(self, [experience])
            self._steps += 1
            if self.config.consolidate == "sft":
                self._remember(experience)
            else:
                self._day.append(list(experience.bare))
            if self._steps % self.config.every == 0:
                cost += self._sleep()
        return cost

    def flush(self) -> Cost:
        """A last night, if something came since the one before."""
        return self._sleep() if self._exchanges else Cost()

    def _sleep(self) -> Cost:
        """Train on the day, then drop its context; keep it where there is nothing to train on."""
        cost = self._dream() if self._day else Cost()
        if self._fresh:
            cost += self.fit(self._night())
            self._exchanges.clear()
            self._sizes.clear()
            self._serve_merged()
        self._day, self._behind, self._fresh = [], {}, 0
        return cost

    def _night(self) -> Iterator[list[Example]]:
        """The batches of one night: the examples of the day in shuffled rounds, and earlier ones at random."""
        size = len(self._buffer)
        today = [(self._seen - 1 - back) % self.config.capacity for back in range(min(self._fresh, size))]
        before = sorted(set(range(size)) - set(today))
        waiting: list[int] = []
        for _ in range(self.config.updates):
            draw = seed_of("night", self.seed, self.adapter.updates).draw()
            earlier = draw.sample(before, min(int(self.config.replay * self.config.batch_size), len(before)))
            wanted = min(self.config.batch_size - len(earlier), len(today))
            while len(waiting) < wanted:
                waiting += [place for place in draw.shuffled(today) if place not in waiting]
            chosen, waiting = waiting[:wanted] + earlier, waiting[wanted:]
            yield [(self._buffer[place][0], self._buffer[place][1]) for place in chosen]

    # -- context distillation -----------------------------------------------------------------------------------------

    def _dream(self) -> Cost:
        """Answer the questions of the day behind its context; they are the examples of the night."""
        context = self.context()
        prefix = self.prefix(context)
        fitting = [asked for asked in self._day if self._fits(asked, self.config.max_new_tokens)]
        asked = [[*context, *self.shown(conversation)] for conversation in fitting]
        answers = self.serving.generate(asked, replace(self.decoding(), temperature=0.0), prefix=prefix) if asked else []
        for conversation, whole, answer in zip(fitting, asked, answers):
            example = self._example(conversation, answer.text)
            if answer.cost.completion_tokens >= self.config.max_new_tokens and len(example[1]) > 1:
                example = example[0], example[1][:-1]  # it never said that it had ended
            self._behind[tuple(example[0])] = self.serving.encode(whole, prefix).ids
            self._keep(example)
        return sum((answer.cost for answer in answers), Cost())

    def _losses(self, parts: Sequence[Sequence[Example]]) -> Iterator[torch.Tensor]:
        """Cross-entropy; where the day teaches, KL to what the model says behind its context. A mean over answer tokens."""
        if not self._behind:
            yield from super()._losses(parts)
            return
        count = sum(len(answer) for part in parts for _, answer in part)
        for part in parts:
            ordered = sorted(part, key=lambda example: tuple(example[0]) not in self._behind)
            dreamt = [(self._behind[key], answer) for prompt, answer in ordered if (key := tuple(prompt)) in self._behind]
            logits, targets = self.serving.answer_logits(ordered, network=self.adapter.training)
            rows = sum(len(answer) for _, answer in dreamt)
            loss = torch.nn.functional.cross_entropy(logits[rows:], targets[rows:], reduction="sum")
            if dreamt:
                with torch.no_grad():
                    taught, _ = self.serving.answer_logits(dreamt, prefix=self.prefix(self.context()))
                loss = loss + divergence(taught, logits[:rows]).sum()
            yield loss / count

    def _step_flops(self, part: Sequence[Example]) -> float:
        """The student's step, and the teacher's forward pass behind the context."""
        cached, shape = self._length(), self.serving.flops_shape
        taught = [(len(shown) + len(answer), len(answer)) for p, answer in part if (shown := self._behind.get(tuple(p)))]
        return super()._step_flops(part) + sum(flops.forward(shape, new, cached, head_rows=rows) for new, rows in taught)

    # -- what is kept -------------------------------------------------------------------------------------------------

    def _serve_merged(self) -> float:
        self._prefix = None
        return super()._serve_merged()

    def state(self) -> dict[str, Any]:
        return {**InContext.state(self), **LoraSFT.state(self), "day": self._day}

    def restore(self, state: Mapping[str, Any]) -> None:
        InContext.restore(self, state)
        LoraSFT.restore(self, state)
        self._day = state["day"]

    def describe(self) -> Mapping[str, Any]:
        """The context of the day, and everything that an agent with an adapter has."""
        return {**LoraSFT.describe(self), **InContext.describe(self), "memory_items": len(self._exchanges) + self.memory()}
