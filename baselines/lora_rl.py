"""``lora-rl``: online policy gradient on a low-rank adapter, with feedback as the explorer.

Reward alone cannot discover words that the model never says. So the agent asks for several attempts at a query: the first
sees the bare prompt, later ones see the feedback on those before. All that they earn trains one policy: the one that sees
no feedback. Each attempt is an env step and is counted as one. Where the feedback held the right answer, a later attempt
sees it as a demonstration (the question, answered right, and the question again), because the embedded model can use that
and cannot use "the right answer is ..."; ``hint="conversation"`` shows the exchange as it happened.

Objective, per token t of an answer a to the bare prompt x, with advantage A of the answer:

    w_t · min(ρ_t A, clip(ρ_t, 1 − ε, 1 + ε) A) − β KL_t,    ρ_t = π_θ(a_t | x, a_<t) / π_old(a_t | x, a_<t)

* The clipped surrogate is PPO's (Schulman et al. 2017, equation 7); it matters because a batch is used ``epochs`` times.
* A: "group" compares an attempt with the mean of the others at the same query (RLOO: Kool et al. 2019; Ahmadian et al.
  2024, section 3.2), a lone attempt with the running mean; "running" compares all with the running mean (Williams 1992).
* w_t: a later attempt was drawn from another policy, μ = π_old(· | x, earlier attempts and feedback). The importance weight
  π_old(a_t | x) / μ(a_t | x, feedback) is truncated to [``floor``, 1] (from above as in V-trace, Espeholt et al. 2018).
  ``floor`` 0 is the honest correction, under which a word that π never says is never learned; a floor above 0 is the bias
  that makes exploration by feedback work (compare the shaping of Yan et al. 2025, "LUFFY", which bounds the same weight).
  Later attempts count where their advantage is positive: an answer that the bare policy does not give needs no punishing.
* KL_t, on first attempts alone, is to the model with its adapter off (estimator k3: Schulman 2020; Shao et al. 2024, eq. 4).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Experience, Message
from clgym.baselines.adapted_agent import AdaptedAgent, AdapterConfig
from clgym.baselines.models.language import LanguageModel
from clgym.errors import InvalidSetting, UnknownName

BASELINES = ("group", "running")
HINTS = ("demonstration", "conversation")


@dataclass
class Sample:
    """One attempt, as token ids: the bare prompt, what was really shown (empty on a first attempt), and the answer."""

    prompt: list[int]
    shown: list[int]
    answer: list[int]
    reward: float
    advantage: float = 0.0


class Batch(NamedTuple):
    """What the objective needs of its samples, one tensor of answer tokens per sample."""

    samples: list[Sample]
    old: list[torch.Tensor]
    reference: list[torch.Tensor]
    weights: list[torch.Tensor]


class LoraRL(AdaptedAgent):
    """θ is the adapter and its optimizer, the running mean of rewards, and the attempts not yet learned from."""

    @dataclass(frozen=True)
    class Config(AdapterConfig):
        """Chosen on train worlds at level 0 (docs/decisions/004-models.md)."""

        temperature: float = 0.7
        """of the attempts; evaluation is greedy"""
        attempts: int = 4
        """tries at one query, each an env step; a right answer ends them"""
        baseline: str = "group"
        """"group" (the other attempts at the query) or "running" (mean reward so far)"""
        hint: str = "demonstration"
        """what later attempts see: "demonstration" (the right answer, where it was told) or "conversation" (as it happened)"""
        samples: int = 16
        """attempts collected before an update"""
        epochs: int = 2
        """AdamW steps on each batch"""
        clip: float = 0.2
        """ε of the clipped surrogate"""
        floor: float = 1.0
        """lowest importance weight of an answer that was found with the help of feedback"""
        kl: float = 0.02
        """β: weight of the KL to the model with its adapter off"""
        memory: float = 0.95
        """share of the running mean that each new reward leaves in place"""
        learning_rate: float = 1e-3
        """of AdamW"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.baseline not in BASELINES:
                raise UnknownName("baseline of lora-rl", self.baseline, BASELINES)
            if self.hint not in HINTS:
                raise UnknownName("hint of lora-rl", self.hint, HINTS)
            if min(self.attempts, self.samples, self.epochs) < 1:
                raise InvalidSetting(
                    f"attempts, samples and epochs must be at least 1, not {self.attempts}, {self.samples}, {self.epochs}."
                )
            if not (0 <= self.floor <= 1 and self.clip > 0 and self.kl >= 0 and 0 <= self.memory < 1):
                raise InvalidSetting("lora-rl needs floor in [0, 1], clip above 0, kl at least 0 and memory in [0, 1).")

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.attempts = config.attempts
        self._mean = 0.0
        self._open: dict[str, list[Sample]] = {}
        self._ready: list[Sample] = []
        self._told: dict[str, str] = {}
        self._cut: set[str] = set()

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation; a later attempt sees what the earlier ones were told."""
        answers = super().act([self._hinted(conversation) for conversation in conversations])
        if not self._frozen:
            self._cut |= {a.text for a in answers if a.cost.completion_tokens >= self.config.max_new_tokens}
        return answers

    def _hinted(self, conversation: Conversation) -> Conversation:
        question = next(message for message in conversation if message["role"] == "user")
        right = self._told.get(question["content"])
        if self._frozen or len(conversation) == 1 or not right:
            return conversation
        return [question, Message(role="assistant", content=right), question]

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Collect attempts; a finished query gets its advantages; enough of them make an update."""
        for experience in experiences:
            key = f"{experience.world}/{experience.query}"
            if not math.isnan(experience.reward):
                self._open.setdefault(key, []).append(self._sample(experience))
            if self.config.hint == "demonstration" and experience.correction:
                self._told[experience.prompt] = experience.correction
            if experience.done:
                self._told.pop(experience.prompt, None)
                self._close(self._open.pop(key, []))
        return self._update() if len(self._ready) >= self.config.samples else Cost()

    def flush(self) -> None:
        """Learn from what is left, unfinished queries included."""
        for key in list(self._open):
            self._close(self._open.pop(key))
        if self._ready:
            self._update()

    def _sample(self, experience: Experience) -> Sample:
        prompt = self.serving.encode([*self.context(), *self.shown(experience.bare)]).ids
        shown = self.serving.encode([*self.context(), *self.shown(self._hinted(experience.conversation))]).ids if experience.attempt else []
        answer = self.serving.answer_tokens(experience.answer)[: self.config.max_new_tokens]
        if experience.answer in self._cut:  # it never said that it had ended: punishing that would unlearn to end
            self._cut.discard(experience.answer)
            answer = self.serving.tokens(experience.answer)[: self.config.max_new_tokens] or answer
        return Sample(prompt, shown, answer, experience.reward)

    def _close(self, group: list[Sample]) -> None:
        """Advantages of the attempts at one query."""
        for sample in group:
            others = [other.reward for other in group if other is not sample]
            alone = self.config.baseline == "running" or not others
            sample.advantage = sample.reward - (self._mean if alone else sum(others) / len(others))
        for sample in group:
            self._mean += (1 - self.config.memory) * (sample.reward - self._mean)
        self._ready += [sample for sample in group if sample.advantage > 0 or (sample.advantage < 0 and not sample.shown)]

    def _update(self) -> Cost:
        """``epochs`` AdamW steps on the attempts that are ready."""
        began = time.perf_counter()
        samples, self._ready = self._ready, []
        batch = self._prepare(samples)
        for _ in range(self.config.epochs):
            self.train([self._loss(batch)])
        self._serve_merged()
        length = max(len(sample.prompt) + len(sample.answer) for sample in samples)
        rows = sum(len(sample.answer) for sample in samples)
        shape = self.serving.flops_shape
        passes = 3 * flops.lora_forward(shape, self.adapter.adapter_shape, len(samples) * length, head_rows=rows)
        steps = self.config.epochs * flops.lora_step(shape, self.adapter.adapter_shape, len(samples), length, head_rows=rows)
        tokens = sum(len(sample.prompt) + len(sample.answer) for sample in samples)
        return Cost(prompt_tokens=tokens, flops=passes + steps, seconds=time.perf_counter() - began)

    @torch.no_grad()
    def _prepare(self, samples: list[Sample]) -> Batch:
        """log π_old and log π_ref on the bare prompts, and the truncated importance weights of later attempts."""
        network = self.adapter.training
        asked = [(sample.prompt, sample.answer) for sample in samples]
        old = self.serving.score(asked, network=network)
        with self.adapter.disabled():
            reference = self.serving.score(asked, network=network)
        weights = [torch.ones_like(row) for row in old]
        helped = [i for i, sample in enumerate(samples) if sample.shown]
        if helped and self.config.floor < 1:
            shown = self.serving.score([(samples[i].shown, samples[i].answer) for i in helped], network=network)
            for i, behaviour in zip(helped, shown):
                weights[i] = (old[i] - behaviour).exp().clamp(self.config.floor, 1.0)
        return Batch(samples, old, reference, weights)

    def _loss(self, batch: Batch) -> torch.Tensor:
        """The negated objective of the module docstring, a mean over tokens."""
        scored = self.serving.score([(sample.prompt, sample.answer) for sample in batch.samples], network=self.adapter.training)
        new, old, reference, weights = (torch.cat(rows) for rows in (scored, batch.old, batch.reference, batch.weights))
        sizes = torch.tensor([len(sample.answer) for sample in batch.samples], device=new.device)
        advantage = torch.tensor([sample.advantage for sample in batch.samples], device=new.device).repeat_interleave(sizes)
        first = torch.tensor([not sample.shown for sample in batch.samples], device=new.device).repeat_interleave(sizes)
        ratio = (new - old).exp()
        surrogate = torch.minimum(ratio * advantage, ratio.clamp(1 - self.config.clip, 1 + self.config.clip) * advantage)
        away = (reference - new).clamp(max=20.0)
        kl = (away.exp() - away - 1) * first
        return (self.config.kl * kl - weights * surrogate).mean()

    def state(self) -> dict[str, Any]:
        return {
            "mean": self._mean,
            "told": self._told,
            "cut": sorted(self._cut),
            "updates": self.adapter.updates,
            "open": {key: [asdict(sample) for sample in group] for key, group in self._open.items()},
            "ready": [asdict(sample) for sample in self._ready],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._mean, self._told, self._cut = state["mean"], dict(state["told"]), set(state["cut"])
        self._open = {key: [Sample(**sample) for sample in group] for key, group in state["open"].items()}
        self._ready = [Sample(**sample) for sample in state["ready"]]

    def memory(self) -> int:
        return len(self._ready)
