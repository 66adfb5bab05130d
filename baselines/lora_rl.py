"""``lora-rl``: online policy gradient on a low-rank adapter, with feedback as the explorer.

Reward alone cannot discover words that the model never says. So the agent asks for several attempts at a query: the first
sees the bare prompt, later ones see the feedback on those before. All that they earn trains one policy: the one that sees
no feedback. Each attempt is an env step and is counted as one. Where the feedback held the right answer, a later attempt
sees it as a demonstration (the question, answered right, and the question again), because the embedded model can use that
and cannot use "the right answer is ..."; ``hint="conversation"`` shows the exchange as it happened, and ``hint="none"``
shows nothing: the attempts are then plain samples from one policy, as GRPO and RLOO have them. A right answer ends them.

Objective, per token t of an answer a to the bare prompt x, with advantage A of the answer:

    w_t · min(ρ_t A, clip(ρ_t, 1 − ε, 1 + ε) A) − β KL_t,    ρ_t = π_θ(a_t | x, a_<t) / π_old(a_t | x, a_<t)

* The clipped surrogate is PPO's (Schulman et al. 2017, equation 7); it matters because a batch is used ``epochs`` times.
* A, by ``estimator``: "rloo" compares an attempt with the mean of the others at the same query, "grpo" with the mean of all in
  units of their standard deviation, "reinforce" with the running mean of all that was earned. A lone attempt is compared
  with the running mean by all three. Equations and papers are in ``objectives.py``. In an episode of several turns what is
  compared is the return of an attempt, and all its turns get that advantage.
* ``average``: GRPO gives each answer the same weight ("answers"), DAPO each token ("tokens"), Dr. GRPO divides by a constant.
* w_t: a later attempt was drawn from another policy, μ = π_old(· | x, earlier attempts and feedback). The importance weight
  π_old(a_t | x) / μ(a_t | x, feedback) is truncated to [``floor``, 1] (from above as in V-trace, Espeholt et al. 2018).
  ``floor`` 0 is the honest correction, under which a word that π never says is never learned; a floor above 0 is the bias
  that makes exploration by feedback work (compare the shaping of Yan et al. 2025, "LUFFY", which bounds the same weight).
  Later attempts count where their advantage is positive: an answer that the bare policy does not give needs no punishing.
* All π are those that answers are drawn from, softmax(logits / T) at ``temperature`` T.
* KL_t, on answers to the bare prompt alone, is to the model with its adapter off (estimator k3: Shao et al. 2024, eq. 4).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import torch

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Experience, Message
from clgym.baselines.adapted_agent import AdaptedAgent, AdapterConfig
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.objectives import AVERAGES, ESTIMATORS, clipped_surrogate, kl_to_reference
from clgym.errors import InvalidSetting, UnknownName

HINTS = ("demonstration", "conversation", "none")

#: Equal rewards differ from their mean by this much at most.
ROUNDING = 1e-9
#: So many queries are open at once and no more: episodes that broke off must not fill the memory.
OPEN = 1024


@dataclass
class Sample:
    """One answer, as token ids: the bare prompt, what was shown instead (empty where it was the prompt), and the answer."""

    prompt: list[int]
    shown: list[int]
    answer: list[int]
    reward: float
    advantage: float = 0.0
    turn: int = 0
    """place in its attempt, where that has several turns"""
    taught: list[int] = field(default_factory=list)
    """what a teacher sees, where there is one (``hybrid``)"""


class Batch(NamedTuple):
    """What the objective needs of its samples, one tensor of answer tokens per sample."""

    samples: list[Sample]
    old: list[torch.Tensor]
    """empty where the only step is taken from π_old itself"""
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
        estimator: str = "rloo"
        """advantage: "rloo" (less the others' mean), "grpo" (in standard deviations) or "reinforce" (less the running mean)"""
        average: str = "tokens"
        """over the batch: "tokens" (DAPO), "answers" (GRPO) or "constant" (Dr. GRPO)"""
        hint: str = "demonstration"
        """later attempts see: "demonstration" (the right answer, where told), "conversation" (as it happened) or "none" """
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
            for setting, choices in (("estimator", tuple(ESTIMATORS)), ("average", tuple(AVERAGES)), ("hint", HINTS)):
                if getattr(self, setting) not in choices:
                    raise UnknownName(f"{setting} of lora-rl", getattr(self, setting), choices)
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
        self._cut: dict[str, int] = {}
        """Answers that ended at the limit, and how many of each have not come back as experience."""

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation; a later attempt sees what the earlier ones were told."""
        answers = super().act([self._hinted(conversation) for conversation in conversations])
        if not self.frozen:
            for answer in answers:
                if answer.cost.completion_tokens >= self.config.max_new_tokens:
                    self._cut[answer.text] = self._cut.get(answer.text, 0) + 1
            self._cut = newest(self._cut)
        return answers

    def _hinted(self, conversation: Conversation) -> Conversation:
        """What the model sees of a conversation: a first attempt as it is, a later one as ``hint`` says."""
        asked = [place for place, message in enumerate(conversation) if message["role"] == "user"]
        question = conversation[asked[0]]
        start = next(place for place in reversed(asked) if conversation[place]["content"].endswith(question["content"]))
        if self.frozen or start == asked[0]:
            return conversation
        turns = conversation[start + 1 :]
        if self.config.hint == "none":
            return [question, *turns]
        right = self._told.get(question["content"])
        return [question, Message(role="assistant", content=right), question, *turns] if right else conversation

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Collect attempts; a finished query gets its advantages; enough of them make an update."""
        for experience in experiences:
            key = f"{experience.world}/{experience.query}"
            if experience.attempt == 0 and len(experience.bare) == 1 and key in self._open:  # its last attempt was lost
                self._close(self._open.pop(key))
            if not math.isnan(experience.reward):
                self._open.setdefault(key, []).append(self._sample(experience))
            if self.config.hint == "demonstration" and experience.correction and len(experience.bare) == 1:
                self._told[experience.prompt] = experience.correction
            if experience.done:
                self._told.pop(experience.prompt, None)
                self._close(self._open.pop(key, []))
        self._told = newest(self._told)
        for key in list(self._open)[:-OPEN]:
            self._close(self._open.pop(key))
        return self._update() if len(self._ready) >= self.config.samples else Cost()

    def flush(self) -> Cost:
        """Learn from what is left, unfinished queries included."""
        for key in list(self._open):
            self._close(self._open.pop(key))
        return self._update() if self._ready else Cost()

    def _sample(self, experience: Experience) -> Sample:
        bare, seen = experience.bare, self._hinted(experience.conversation)
        prompt = self.serving.encode([*self.context(), *self.shown(bare)]).ids
        shown = self.serving.encode([*self.context(), *self.shown(seen)]).ids if experience.attempt else []
        answer = self.serving.answer_tokens(experience.answer)[: self.config.max_new_tokens]
        if experience.answer in self._cut:  # it never said that it had ended: punishing that would unlearn to end
            self._cut[experience.answer] -= 1
            if not self._cut[experience.answer]:
                del self._cut[experience.answer]
            answer = self.serving.tokens(experience.answer)[: self.config.max_new_tokens] or answer
        return Sample(prompt, [] if shown == prompt else shown, answer, experience.reward, turn=(len(bare) - 1) // 2)

    def _close(self, group: list[Sample]) -> None:
        """Advantages of the attempts at one query: all turns of one share that of its return, the sum of their rewards."""
        attempts: list[list[Sample]] = []
        for sample in group:
            if sample.turn == 0 or not attempts:
                attempts.append([])
            attempts[-1].append(sample)
        returns = [sum(sample.reward for sample in turns) for turns in attempts]
        advantages = ESTIMATORS[self.config.estimator](returns, self._mean)
        for turns, earned, advantage in zip(attempts, returns, advantages):
            self._mean += (1 - self.config.memory) * (earned - self._mean)
            for sample in turns:
                sample.advantage = advantage
        self._ready += [sample for sample in group if self._teaches(sample)]

    def _teaches(self, sample: Sample) -> bool:
        """Whether something can be learned from it."""
        return sample.advantage > ROUNDING or (sample.advantage < -ROUNDING and not sample.shown)

    def _update(self) -> Cost:
        """``epochs`` AdamW steps on the attempts that are ready."""
        began = time.perf_counter()
        samples, self._ready = self._ready, []
        batch = self._prepare(samples)
        for _ in range(self.config.epochs):
            self.train(map(self._loss, [batch]))  # computed when it is asked for: the guards prepare first
        merging = self._serve_merged()
        tokens, spent = self._tokens(samples), self._flops(samples)
        own = Cost(prompt_tokens=tokens, flops=spent + merging, seconds=time.perf_counter() - began)
        return own + self.guarding()

    def _tokens(self, samples: Sequence[Sample]) -> int:
        """Of what is scored, and of the AdamW steps."""
        steps = self.config.epochs * sum(len(sample.prompt) + len(sample.answer) for sample in samples)
        return steps + sum(len(prompt) + len(answer) for prompt, answer in self._scored(samples))

    def _scored(self, samples: Sequence[Sample]) -> list[tuple[list[int], list[int]]]:
        """What passes without a gradient are made over: π_ref, π_old where it is computed apart, μ where a weight needs it."""
        asked = [(sample.prompt, sample.answer) for sample in samples]
        weighed = [(sample.shown, sample.answer) for sample in samples if sample.shown] if self.config.floor < 1 else []
        return asked * (1 + self._off_policy) + weighed

    def _flops(self, samples: Sequence[Sample]) -> float:
        """Of what is scored, and of the AdamW steps."""
        shapes, scored = (self.serving.flops_shape, self.adapter.adapter_shape), self._scored(samples)
        passes = sum(flops.lora_forward(*shapes, len(prompt) + len(answer), head_rows=len(answer)) for prompt, answer in scored)
        longest = max(len(sample.prompt) + len(sample.answer) for sample in samples)
        rows = sum(len(sample.answer) for sample in samples)
        return passes + self.config.epochs * flops.lora_step(*shapes, len(samples), longest, head_rows=rows)

    @property
    def _off_policy(self) -> bool:
        """Whether π_old has to be computed apart: the first step on a batch is taken from π_old itself."""
        return self.config.epochs > 1 or self.config.floor < 1

    def _score(self, asked: Sequence[tuple[list[int], list[int]]], network: Any) -> list[torch.Tensor]:
        """log π of every answer token, at the temperature that answers are drawn at."""
        return self.serving.score(asked, network=network, temperature=self.config.temperature or 1.0)

    @torch.no_grad()
    def _prepare(self, samples: list[Sample]) -> Batch:
        """log π_old and log π_ref on the bare prompts, and the truncated importance weights of later attempts."""
        network = self.adapter.training
        asked = [(sample.prompt, sample.answer) for sample in samples]
        old = self._score(asked, network) if self._off_policy else []
        with self.adapter.disabled():
            reference = self._score(asked, network)
        weights = [torch.ones_like(row) for row in reference]
        helped = [i for i, sample in enumerate(samples) if sample.shown]
        if helped and self.config.floor < 1:
            shown = self._score([(samples[i].shown, samples[i].answer) for i in helped], network)
            for i, behaviour in zip(helped, shown):
                weights[i] = (old[i] - behaviour).exp().clamp(self.config.floor, 1.0)
        return Batch(samples, old, reference, weights)

    def _loss(self, batch: Batch) -> torch.Tensor:
        """What a step goes down; one forward pass with gradient."""
        asked = [(sample.prompt, sample.answer) for sample in batch.samples]
        return self._policy_loss(batch, torch.cat(self._score(asked, self.adapter.training)))

    def _policy_loss(self, batch: Batch, new: torch.Tensor) -> torch.Tensor:
        """The negated objective of the module docstring; ``new`` is log π_θ of all answer tokens [tokens]."""
        old = torch.cat(batch.old) if batch.old else new.detach()
        reference, weights = torch.cat(batch.reference), torch.cat(batch.weights)
        lengths = [len(sample.answer) for sample in batch.samples]
        sizes = torch.tensor(lengths, device=new.device)
        advantage = torch.tensor([sample.advantage for sample in batch.samples], device=new.device).repeat_interleave(sizes)
        bare = torch.tensor([not sample.shown for sample in batch.samples], device=new.device).repeat_interleave(sizes)
        surrogate = clipped_surrogate((new - old).exp(), advantage, self.config.clip)
        losses = self.config.kl * kl_to_reference(new, reference) * bare - weights * surrogate
        return AVERAGES[self.config.average](losses, lengths, self.config.max_new_tokens)

    def state(self) -> dict[str, Any]:
        return {
            "mean": self._mean,
            "told": list(self._told.items()),
            "cut": list(self._cut.items()),
            "updates": self.adapter.updates,
            "open": [(key, [asdict(sample) for sample in group]) for key, group in self._open.items()],
            "ready": [asdict(sample) for sample in self._ready],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._mean, self._told, self._cut = state["mean"], dict(state["told"]), dict(state["cut"])
        self._open = {key: [Sample(**sample) for sample in group] for key, group in state["open"]}
        self._ready = [Sample(**sample) for sample in state["ready"]]

    def memory(self) -> int:
        return len(self._ready)


def newest(items: dict[str, Any]) -> dict[str, Any]:
    """The last ``OPEN`` of them."""
    return dict(list(items.items())[-OPEN:]) if len(items) > OPEN else items
