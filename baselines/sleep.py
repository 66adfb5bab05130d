"""``sleep``: context now, weights later. It learns in context by day, trains on the day at night, and drops the context.

Complementary learning systems (McClelland et al. 1995) with in-context learning in the part of the fast memory: exchanges are
appended to the prompt (:mod:`clgym.baselines.memory`) and help at once. Every ``every`` env steps a night follows,
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
from dataclasses import replace
from typing import Any

import torch

from clgym import flops
from clgym.agent import Cost, Experience, Message
from clgym.baselines.configs import SleepConfig
from clgym.baselines.guards import Example, divergence
from clgym.baselines.language_agent import LanguageAgent, longest_reply
from clgym.baselines.memory import Memory
from clgym.baselines.trainer import FineTuning, Objective, Trainer
from clgym.model import Prefix, TextModel
from clgym.seeding import seed_of


class Sleep(LanguageAgent):
    """θ is the day's exchanges in front of every query, the adapter and its optimizer, and the examples of earlier days."""

    Config = SleepConfig
    config: SleepConfig

    def __init__(self, config: SleepConfig, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.trainer = Trainer(config, model=self.serving, seed=seed)
        self.tuning = FineTuning(config, self.trainer)
        self.serving, self.parts = self.trainer.serving, [self.trainer]
        self.memory = Memory(config, self.serving)
        self._steps = 0
        self._day: list[list[Message]] = []
        """The questions of the day, where the model's own answers to them are distilled."""
        self._behind: dict[tuple[int, ...], list[int]] = {}
        """The tokens of each of them, and of the same behind the day's context."""

    # -- by day ---------------------------------------------------------------------------------------------------------

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Into the context, exchange by exchange; a night whenever ``every`` env steps have passed."""
        cost = Cost()
        for experience in experiences:
            cost += self.memory.learn([experience], [self.view(experience.conversation)])
            self._steps += 1
            if self.config.consolidate == "distill":
                self._day.append(list(experience.bare))
            elif experience.right_answer:
                self.tuning.keep(self.tuning.example(self.view(experience.bare), experience.right_answer))
            if self._steps % self.config.every == 0:
                cost += self._sleep()
        return cost

    def flush(self) -> Cost:
        """A last night, if something came since the one before."""
        return self._sleep() if len(self.memory) else Cost()

    def context(self) -> list[Message]:
        """System message and the exchanges of the day."""
        return self.memory.context()

    def prefix(self, context: list[Message]) -> Prefix:
        """That of the memory."""
        return self.memory.prefix()

    def shortened(self, conversation: Sequence[Message], answer: int) -> list[Message] | None:
        """Behind the newest exchanges that leave room for it."""
        return self.memory.shortened(self.view(conversation), answer)

    # -- at night -------------------------------------------------------------------------------------------------------

    def _sleep(self) -> Cost:
        """Train on the day, then drop its context; keep it where there is nothing to train on."""
        cost = self._dream() if self._day else Cost()
        if self.tuning.buffer.fresh:
            objective = Objective(self._distillation, self._teaching_flops) if self._behind else None
            cost += self.tuning.fit(self._night(), objective)
            self.memory.clear()
        self._day, self._behind, self.tuning.buffer.fresh = [], {}, 0
        return cost

    def _night(self) -> Iterator[list[Example]]:
        """The batches of one night: the examples of the day in shuffled rounds, and earlier ones at random."""
        buffer, today = self.tuning.buffer, self.tuning.buffer.newest()
        before = sorted(set(range(len(buffer))) - set(today))
        waiting: list[int] = []
        for _ in range(self.config.updates):
            draw = seed_of("night", self.seed, self.trainer.updates).draw()
            earlier = draw.sample(before, min(int(self.config.replay * self.config.batch_size), len(before)))
            wanted = min(self.config.batch_size - len(earlier), len(today))
            while len(waiting) < wanted:
                waiting += [place for place in draw.shuffled(today) if place not in waiting]
            chosen, waiting = waiting[:wanted] + earlier, waiting[wanted:]
            yield [buffer[place] for place in chosen]

    # -- context distillation -------------------------------------------------------------------------------------------

    def _dream(self) -> Cost:
        """Answer the questions of the day behind its context; they are the examples of the night."""
        model, context, limit = self.trainer.serving, self.context(), longest_reply(self.config, self.serving)
        prefix = self.prefix(context)
        questions = [self.view(question) for question in self._day if self.shortened(question, limit) is None]
        prompts = [[*context, *question] for question in questions]
        answers = model.generate(prompts, replace(self.decoding(), temperature=0.0), prefix=prefix) if prompts else []
        for question, prompt, answer in zip(questions, prompts, answers):
            example = self.tuning.prompt(question), list(answer.tokens)
            self._behind[tuple(example[0])] = model.encode(prompt).ids
            self.tuning.keep(example)
        return sum((answer.cost for answer in answers), Cost())

    def _distillation(self, part: Sequence[Example]) -> torch.Tensor:
        """KL to what the model says behind the day's context; cross-entropy on earlier days. Summed over answer tokens."""
        model, behind = self.trainer.serving, self._behind
        ordered = sorted(part, key=lambda example: tuple(example[0]) not in behind)
        lessons = [(behind[tuple(prompt)], answer) for prompt, answer in ordered if tuple(prompt) in behind]
        logits, targets = model.answer_logits(ordered, network=self.trainer.network)
        rows = sum(len(answer) for _, answer in lessons)
        loss = torch.nn.functional.cross_entropy(logits[rows:], targets[rows:], reduction="sum")
        if lessons:
            with torch.no_grad():
                teacher, _ = model.answer_logits(lessons, prefix=self.memory.prefix())
            loss = loss + divergence(teacher, logits[:rows]).sum()
        return loss

    def _teaching_flops(self, part: Sequence[Example]) -> float:
        """The teacher's forward pass behind the context."""
        behind, prefix = self._behind, self.memory.prefix()
        lessons = [(behind[tuple(prompt)], len(answer)) for prompt, answer in part if tuple(prompt) in behind]
        shape, spent = self.serving.flops_shape, 0.0
        for prompt, rows in lessons:
            cached = prefix.length if prefix.begins(prompt) else 0
            spent += flops.forward(shape, len(prompt) - cached + rows, cached, head_rows=rows)
        return spent

    # -- what is saved --------------------------------------------------------------------------------------------------

    def weights_changed(self) -> None:
        """Drop what was computed with other weights, the day's keys and values too."""
        super().weights_changed()
        self.memory.weights_changed()

    def state(self) -> dict[str, Any]:
        return {"memory": self.memory.state(), "buffer": self.tuning.buffer.state(), "steps": self._steps, "day": self._day}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.memory.restore(state["memory"])
        self.tuning.buffer.restore(state["buffer"])
        self._steps, self._day = state["steps"], state["day"]

    def describe(self) -> Mapping[str, Any]:
        """The context of the day, the adapter, and the exchanges and examples held."""
        items = len(self.memory) + len(self.tuning.buffer)
        return {**super().describe(), "prompt_tokens": self.memory.size, "memory_items": items}
