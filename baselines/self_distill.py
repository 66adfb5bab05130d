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
from pathlib import Path
from typing import Any

import torch

from clgym import flops
from clgym.agent import Cost, Experience, Message
from clgym.baselines.adapted_agent import AdaptedAgent, AdapterConfig
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.objectives import reverse_kl
from clgym.baselines.teacher import Teacher, TeacherConfig, taught
from clgym.errors import InvalidSetting
from clgym.seeding import seed_of


@dataclass(frozen=True)
class Question:
    """What the student was asked, and what the teacher sees in its place; behind the context of the agent."""

    bare: list[Message]
    told: list[Message]


@dataclass(frozen=True)
class Lesson:
    """One answer of the student's, as token ids: behind its own prompt, and behind the teacher's."""

    prompt: list[int]
    taught: list[int]
    answer: list[int]


class SelfDistill(AdaptedAgent):
    """θ is the adapter, its optimizer, the teacher's average of them, the questions, and the answers not yet learned from."""

    @dataclass(frozen=True)
    class Config(AdapterConfig, TeacherConfig):
        """What of this was measured on train worlds and what was not: docs/decisions/007-baselines.md."""

        temperature: float = 0.7
        """of the answers that are learned from; evaluation is greedy"""
        samples: int = 4
        """answers collected before an update"""
        rehearsed: int = 12
        """earlier questions that are answered anew for each update"""
        capacity: int = 1024
        """earlier questions kept; the oldest are overwritten"""
        epochs: int = 1
        """AdamW steps on each batch; after the first one the answers are no longer quite the student's own"""
        micro_batch: int = 8
        """answers that go through the model together; the update is the same, memory is that of so many"""

        def __post_init__(self) -> None:
            super().__post_init__()
            self.check_teacher()
            if min(self.samples, self.epochs, self.micro_batch, self.capacity) < 1 or self.rehearsed < 0:
                raise InvalidSetting(
                    "self-distill needs samples, epochs, micro_batch and capacity of at least 1 and rehearsed of at least 0, "
                    f"not {self.samples}, {self.epochs}, {self.micro_batch}, {self.capacity} and {self.rehearsed}."
                )

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.teacher = Teacher(config, self.adapter)
        self._questions: list[Question] = []
        self._asked = 0
        self._lessons: list[Lesson] = []

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Collect the student's own answers that something was said about; enough of them make an update."""
        for experience in experiences:
            bare = self.shown(experience.bare)
            told = taught(bare, experience, self.config)
            if told and not experience.attempt:
                self._remember(Question(list(bare), list(told)), experience.answer)
        return self._update() if len(self._lessons) >= self.config.samples else Cost()

    def flush(self) -> Cost:
        """Learn from what is left."""
        return self._update() if self._lessons else Cost()

    def _remember(self, question: Question, answer: str) -> None:
        lesson = self._lesson(question, answer)
        if len(lesson.taught) + self.config.max_new_tokens >= self.serving.window:
            return
        self._lessons.append(lesson)
        if len(self._questions) < self.config.capacity:
            self._questions.append(question)
        else:
            self._questions[self._asked % self.config.capacity] = question
        self._asked += 1

    def _lesson(self, question: Question, answer: str) -> Lesson:
        prompt, behind = (self.serving.encode([*self.context(), *seen]).ids for seen in (question.bare, question.told))
        return Lesson(prompt, behind, self.serving.answer_tokens(answer))

    def _rehearse(self, fresh: int) -> tuple[list[Lesson], Cost]:
        """Earlier questions, drawn at random and answered anew; the last ``fresh`` ones are not earlier."""
        newest = {(self._asked - 1 - back) % self.config.capacity for back in range(fresh)}
        earlier = [question for place, question in enumerate(self._questions) if place not in newest]
        chosen = seed_of("rehearse", self.seed, self.adapter.updates).draw().shuffled(earlier)[: self.config.rehearsed]
        answers = super().act([question.bare for question in chosen])
        lessons = [self._lesson(question, answer.text) for question, answer in zip(chosen, answers)]
        return lessons, sum((answer.cost for answer in answers), Cost())

    def _update(self) -> Cost:
        """``epochs`` AdamW steps on the answers collected."""
        began = time.perf_counter()
        rehearsed, drawing = self._rehearse(len(self._lessons))
        lessons, self._lessons = [*self._lessons, *rehearsed], []
        parts = [lessons[i : i + self.config.micro_batch] for i in range(0, len(lessons), self.config.micro_batch)]
        for _ in range(self.config.epochs):
            self.train(self._losses(parts))
            self.teacher.follow()
        merging = self._serve_merged()
        tokens = sum(len(one.prompt) + len(one.taught) + 2 * len(one.answer) for one in lessons)
        spent = sum(self._flops(part) for part in parts)
        epochs = self.config.epochs
        own = Cost(prompt_tokens=epochs * tokens, flops=epochs * spent + merging, seconds=time.perf_counter() - began)
        return own + replace(drawing, seconds=0.0) + self.guarding()

    def _losses(self, parts: Sequence[Sequence[Lesson]]) -> Iterator[torch.Tensor]:
        """Each part's share of L, a mean over the tokens of all answers."""
        count = sum(len(one.answer) for part in parts for one in part)
        network = self.adapter.training
        for part in parts:
            with self.teacher.at_work():
                teacher, _ = self.serving.answer_logits([(one.taught, one.answer) for one in part], network=network)
            student, _ = self.serving.answer_logits([(one.prompt, one.answer) for one in part], network=network)
            yield reverse_kl(student, teacher).sum() / count

    def _flops(self, part: Sequence[Lesson]) -> float:
        """The teacher's forward pass and the student's forward and backward."""
        shapes, rows = (self.serving.flops_shape, self.adapter.adapter_shape), sum(len(one.answer) for one in part)
        seen = [(len(one.taught) + len(one.answer), len(one.answer)) for one in part]
        teaching = sum(flops.lora_forward(*shapes, tokens, head_rows=answered) for tokens, answered in seen)
        longest = max(len(one.prompt) + len(one.answer) for one in part)
        return teaching + flops.lora_step(*shapes, len(part), longest, head_rows=rows)

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.teacher.save(folder)

    def load(self, folder: Path) -> None:
        super().load(folder)
        self.teacher.load(folder)

    def state(self) -> dict[str, Any]:
        return {
            "updates": self.adapter.updates,
            "asked": self._asked,
            "questions": [asdict(question) for question in self._questions],
            "lessons": [asdict(lesson) for lesson in self._lessons],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._asked = state["asked"]
        self._questions = [Question(**question) for question in state["questions"]]
        self._lessons = [Lesson(**lesson) for lesson in state["lessons"]]

    def memory(self) -> int:
        return len(self._questions)
