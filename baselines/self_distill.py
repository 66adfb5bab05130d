"""``self-distill``: the model that has seen the feedback teaches the model that has not, on the latter's own answers.

Hübotter et al. 2026, "Reinforcement Learning via Self-Distillation" (SDPO, arXiv 2601.20802), and Shenfeld et al. 2026,
"Self-Distillation Enables Continual Learning" (SDFT, arXiv 2601.19897). No reward is used. For an answer y that the
student drew at the bare question x, and c, what the teacher has been shown of what came of it:

    L(θ) = 1/T Σ_t KL(π_θ(· | x, y_<t) ‖ stopgrad π_φ(· | x, c, y_<t)),    φ ← φ + rate · (θ − φ)

over the whole vocabulary, at every token of the student's own answer. SDPO's c is the feedback, SDFT's a demonstration:
here a demonstration turn where the right answer was told or given, the exchange as it happened below that. Both papers
keep the teacher's weights φ as a slow average; ``teacher`` has the alternatives. Only first tries are learned from: a
later one was drawn by a model that had seen feedback, and is no answer of the student's.

No reward is needed to learn from an answer, so that a question can be learned from again without an env step: SDFT goes
through its demonstrations more than once, drawing a new answer each time. Each update does the same with ``rehearsed``
earlier questions. What drawing them costs is a cost of learning.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from clgym import flops
from clgym.agent import Cost, Experience, Message
from clgym.baselines.configs import SelfDistillConfig
from clgym.baselines.language_agent import LanguageAgent, longest_reply, sampled
from clgym.baselines.objectives import reverse_kl
from clgym.baselines.teacher import Teacher, taught
from clgym.baselines.trainer import Trainer
from clgym.model import TextModel
from clgym.seeding import seed_of


@dataclass(frozen=True)
class Exchange:
    """What the student was asked, and what the teacher sees in its place; behind the context of the agent."""

    bare: list[Message]
    taught: list[Message]


@dataclass(frozen=True)
class Lesson:
    """One answer of the student's, as token ids: behind its own prompt, and behind the teacher's."""

    prompt: list[int]
    taught: list[int]
    answer: list[int]


class SelfDistill(LanguageAgent):
    """θ is the adapter, its optimizer, the teacher's average of them, the questions, and the answers not yet learned from."""

    Config = SelfDistillConfig
    config: SelfDistillConfig

    def __init__(self, config: SelfDistillConfig, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.trainer = Trainer(config, model=self.serving, seed=seed)
        self.teacher = Teacher(config, self.trainer.adapter)
        self.serving, self.parts = self.trainer.serving, [self.trainer, self.teacher]
        self._exchanges: list[Exchange] = []
        self._added = 0
        self._lessons: list[Lesson] = []

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Collect the student's own answers that something was said about; enough of them make an update."""
        for experience in experiences:
            bare = self.view(experience.bare)
            behind = taught(bare, experience, self.config)
            if behind and not experience.attempt:
                self._remember(Exchange(list(bare), list(behind)), sampled(experience, self.trainer.serving))
        return self._update() if len(self._lessons) >= self.config.samples else Cost()

    def flush(self) -> Cost:
        """Learn from what is left."""
        return self._update() if self._lessons else Cost()

    def _remember(self, exchange: Exchange, answer: list[int]) -> None:
        lesson = self._lesson(exchange, answer)
        if len(lesson.taught) + max(len(lesson.answer), longest_reply(self.config, self.serving)) >= self.serving.window:
            return
        self._lessons.append(lesson)
        if len(self._exchanges) < self.config.capacity:
            self._exchanges.append(exchange)
        else:
            self._exchanges[self._added % self.config.capacity] = exchange
        self._added += 1

    def _lesson(self, exchange: Exchange, answer: list[int]) -> Lesson:
        model = self.trainer.serving
        prompt, behind = (model.encode([*self.context(), *messages]).ids for messages in (exchange.bare, exchange.taught))
        return Lesson(prompt, behind, answer)

    def _rehearse(self, fresh: int) -> tuple[list[Lesson], Cost]:
        """Earlier questions, drawn at random and answered anew; the last ``fresh`` ones are not earlier."""
        newest = {(self._added - 1 - back) % self.config.capacity for back in range(fresh)}
        earlier = [exchange for place, exchange in enumerate(self._exchanges) if place not in newest]
        chosen = seed_of("rehearse", self.seed, self.trainer.updates).draw().shuffled(earlier)[: self.config.rehearsed]
        answers = self.act([exchange.bare for exchange in chosen])
        lessons = [self._lesson(exchange, list(answer.tokens)) for exchange, answer in zip(chosen, answers)]
        return lessons, sum((answer.cost for answer in answers), Cost())

    def _update(self) -> Cost:
        """``epochs`` AdamW steps on the answers collected."""
        began = time.perf_counter()
        rehearsed, drawing = self._rehearse(len(self._lessons))
        lessons, self._lessons = [*self._lessons, *rehearsed], []
        parts = [lessons[i : i + self.config.micro_batch] for i in range(0, len(lessons), self.config.micro_batch)]
        for _ in range(self.config.epochs):
            self.trainer.step(self._losses(parts))
            self.teacher.follow()
        merging = self.trainer.merge()
        self.weights_changed()
        tokens = sum(len(one.prompt) + len(one.taught) + 2 * len(one.answer) for one in lessons)
        spent = sum(self._flops(part) for part in parts)
        epochs = self.config.epochs
        own = Cost(prompt_tokens=epochs * tokens, flops=epochs * spent + merging, seconds=time.perf_counter() - began)
        return own + replace(drawing, seconds=0.0) + self.trainer.guarding()

    def _losses(self, parts: Sequence[Sequence[Lesson]]) -> Iterator[torch.Tensor]:
        """Each part's share of L, a mean over the tokens of all answers."""
        count = sum(len(one.answer) for part in parts for one in part)
        model, network = self.trainer.serving, self.trainer.network
        for part in parts:
            with self.teacher.at_work():
                teacher, _ = model.answer_logits([(one.taught, one.answer) for one in part], network=network)
            student, _ = model.answer_logits([(one.prompt, one.answer) for one in part], network=network)
            yield reverse_kl(student, teacher).sum() / count

    def _flops(self, part: Sequence[Lesson]) -> float:
        """The teacher's forward pass and the student's forward and backward."""
        shapes, rows = self.trainer.shapes(), sum(len(one.answer) for one in part)
        passes = [(len(one.taught) + len(one.answer), len(one.answer)) for one in part]
        teaching = sum(flops.lora_forward(*shapes, tokens, head_rows=answer, passes=1 / len(part)) for tokens, answer in passes)
        longest = max(len(one.prompt) + len(one.answer) for one in part)
        return teaching + flops.lora_step(*shapes, len(part), longest, head_rows=rows)

    def state(self) -> dict[str, Any]:
        return {
            "added": self._added,
            "exchanges": [asdict(exchange) for exchange in self._exchanges],
            "lessons": [asdict(lesson) for lesson in self._lessons],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._added = state["added"]
        self._exchanges = [Exchange(**exchange) for exchange in state["exchanges"]]
        self._lessons = [Lesson(**lesson) for lesson in state["lessons"]]

    def describe(self) -> Mapping[str, Any]:
        """The adapter, and the questions that can be asked again."""
        return {**super().describe(), "memory_items": len(self._exchanges)}
