"""``lora-rl``: online policy gradient on a low-rank adapter, with feedback as the explorer.

Reward alone cannot discover words that the model never says. So the agent asks for several attempts at a query: the first
sees the bare prompt, later ones see the feedback on those before. All that they earn trains one policy: the one that sees
no feedback. Each attempt is an env step and is counted as one. Where the feedback held the right answer, a later attempt
sees it as a demonstration (the question, answered right, and the question again), because the embedded model can use that
and cannot use "the right answer is ..."; ``hint="conversation"`` shows the exchange as it happened, and ``hint="none"``
shows nothing: the attempts are then plain samples from one policy, as GRPO and RLOO have them. A right answer ends them.

Objective, per token t of an answer a to the bare prompt x, with advantage A of the answer:

    w_t c_t · min(ρ_t A, clip(ρ_t, 1 − ε, 1 + ε) A) − β KL_t,    ρ_t = π_θ(a_t | x, a_<t) / π_old(a_t | x, a_<t)

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
* c_t: sampler and trainer are two policies. Answers are drawn by π_sampler, the adapter merged into weights of the model's
  format, and π_old is computed with the adapter beside them. With ``correction`` C above 0, c_t = min(π_old/π_sampler, C) on
  answers to the bare prompt (Yao et al. 2025, "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training", truncated
  importance sampling; truncated as in IMPALA, Espeholt et al. 2018); 0 leaves it out. ``describe`` has the gap between the two,
  |log π_old − log π_sampler| over the tokens of the last batch: ``sampler_gap`` its mean and ``sampler_gap_max`` the largest, in
  nats. A query that was open while an update was made has attempts of an older π_sampler; these are part of the gap.
* All π are those that answers are drawn from, softmax(logits / T) at ``temperature`` T.
* KL_t, on answers to the bare prompt alone, is to the model with its adapter off (estimator k3: Shao et al. 2024, eq. 4).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import torch

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Experience, Message
from clgym.baselines.configs import LoraRLConfig, PolicyConfig
from clgym.baselines.language_agent import LanguageAgent, longest_reply, sampled
from clgym.baselines.objectives import AVERAGES, ESTIMATORS, clipped_surrogate, kl_to_reference, truncated_weight
from clgym.baselines.trainer import Trainer
from clgym.model import TextModel, WeightModel

#: Equal rewards differ from their mean by this much at most.
ROUNDING = 1e-9
#: So many queries are open at once and no more: episodes that broke off must not fill the memory.
OPEN = 1024


class LoraRL(LanguageAgent):
    """θ is the adapter and its optimizer, the running mean of rewards, and the attempts not yet learned from."""

    Config = LoraRLConfig
    config: LoraRLConfig

    def __init__(self, config: LoraRLConfig, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.trainer = Trainer(config, model=self.serving, seed=seed)
        self.policy = PolicyGradient(config, self.trainer)
        self.serving, self.parts = self.trainer.serving, [self.trainer]
        self.attempts = config.attempts
        self.collected = Attempts(config, self.trainer.serving, self._prompt)

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

    def _update(self) -> Cost:
        """``epochs`` AdamW steps on the attempts that are ready."""
        began = time.perf_counter()
        samples = self.collected.take()
        batch = self.policy.prepare(samples)
        for _ in range(self.config.epochs):
            self.trainer.step(self._losses(batch))
        merging = self.trainer.merge()
        self.weights_changed()
        tokens, spent = self.policy.tokens(samples), self.policy.flops(samples)
        own = Cost(prompt_tokens=tokens, flops=spent + merging, seconds=time.perf_counter() - began)
        return own + self.trainer.guarding()

    def _losses(self, batch: Batch) -> Iterator[torch.Tensor]:
        """What a step goes down, once it is asked for; one forward pass with gradient."""
        answers = [(sample.prompt, sample.answer) for sample in batch.samples]
        yield self.policy.loss(batch, torch.cat(self.policy.score(answers)))

    def state(self) -> dict[str, Any]:
        return {**self.collected.state(), "gap": self.policy.gap}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.collected.restore(state)
        self.policy.gap = dict(state["gap"])

    def describe(self) -> Mapping[str, Any]:
        """The adapter, the attempts that wait, and the gap between what draws answers and what is trained, in nats per token."""
        return {**super().describe(), "memory_items": len(self.collected.ready), **self.policy.gap}


# -- the attempts ------------------------------------------------------------------------------------------------------


@dataclass
class Sample:
    """One answer, as token ids: the bare prompt, the prompt with a hint (empty where there was none), and the answer."""

    prompt: list[int]
    hinted: list[int]
    answer: list[int]
    reward: float
    advantage: float = 0.0
    turn: int = 0
    """place in its attempt, where that has several turns"""
    taught: list[int] = field(default_factory=list)
    """what a teacher sees, where there is one (``hybrid``)"""
    drawn: list[float] = field(default_factory=list)
    """log π_sampler of each token of the answer, where it is known"""


class Attempts:
    """Attempts at queries: what later ones are shown, their advantages once a query is finished, and those ready to learn from.

    Args:
        config: how attempts are shown and compared.
        model: whose tokens.
        prompt: a conversation as the token ids that the model is prompted with.
        lesson: what a teacher sees of an attempt, as token ids; empty for nothing.
    """

    def __init__(
        self,
        config: PolicyConfig,
        model: WeightModel,
        prompt: Callable[[Conversation], list[int]],
        lesson: Callable[[Experience, Sample], list[int]] = lambda experience, sample: [],
    ):
        self._config, self._model, self._prompt, self._lesson = config, model, prompt, lesson
        self.ready: list[Sample] = []
        self._mean = 0.0
        """Running mean of what was earned."""
        self._open: dict[str, list[Sample]] = {}
        self._corrections: dict[str, str] = {}

    def hinted(self, conversation: Conversation) -> Conversation:
        """What the model sees of a conversation: a first attempt as it is, a later one as ``hint`` says."""
        places = [place for place, message in enumerate(conversation) if message["role"] == "user"]
        question = conversation[places[0]]
        start = next(place for place in reversed(places) if conversation[place]["content"].endswith(question["content"]))
        if start == places[0]:
            return conversation
        turns = conversation[start + 1 :]
        if self._config.hint == "none":
            return [question, *turns]
        right = self._corrections.get(question["content"])
        return [question, Message(role="assistant", content=right), question, *turns] if right else conversation

    def add(self, experiences: Sequence[Experience]) -> None:
        """Collect attempts; a query that is finished gets its advantages."""
        for experience in experiences:
            key = f"{experience.world}/{experience.query}"
            if experience.attempt == 0 and len(experience.bare) == 1 and key in self._open:  # its last attempt was lost
                self._close(self._open.pop(key))
            if not math.isnan(experience.reward):
                self._open.setdefault(key, []).append(self._sample(experience))
            if self._config.hint == "demonstration" and experience.correction and len(experience.bare) == 1:
                self._corrections[experience.prompt] = experience.correction
            if experience.done:
                self._corrections.pop(experience.prompt, None)
                self._close(self._open.pop(key, []))
        self._corrections = newest(self._corrections)
        for key in list(self._open)[:-OPEN]:
            self._close(self._open.pop(key))

    def close_all(self) -> None:
        """No query gets another attempt."""
        for key in list(self._open):
            self._close(self._open.pop(key))

    def take(self) -> list[Sample]:
        """The samples that are ready, which then are no longer."""
        samples, self.ready = self.ready, []
        return samples

    def _sample(self, experience: Experience) -> Sample:
        bare = experience.bare
        prompt = self._prompt(bare)
        hinted = self._prompt(self.hinted(experience.conversation)) if experience.attempt else []
        answer = sampled(experience, self._model)
        sample = Sample(prompt, [] if hinted == prompt else hinted, answer, experience.reward, turn=(len(bare) - 1) // 2)
        sample.taught = self._lesson(experience, sample)
        if len(experience.log_probabilities) == len(experience.tokens):
            sample.drawn = list(experience.log_probabilities)
        return sample

    def _close(self, group: list[Sample]) -> None:
        """Advantages of the attempts at one query: all turns of one share that of its return, the sum of their rewards."""
        attempts: list[list[Sample]] = []
        for sample in group:
            if sample.turn == 0 or not attempts:
                attempts.append([])
            attempts[-1].append(sample)
        returns = [sum(sample.reward for sample in turns) for turns in attempts]
        advantages = ESTIMATORS[self._config.estimator](returns, self._mean)
        for turns, earned, advantage in zip(attempts, returns, advantages):
            self._mean += (1 - self._config.memory) * (earned - self._mean)
            for sample in turns:
                sample.advantage = advantage
        self.ready += filter(teaches, group)

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "mean": self._mean,
            "corrections": list(self._corrections.items()),
            "open": [(key, [asdict(sample) for sample in group]) for key, group in self._open.items()],
            "ready": [asdict(sample) for sample in self.ready],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self._mean, self._corrections = state["mean"], dict(state["corrections"])
        self._open = {key: [Sample(**sample) for sample in group] for key, group in state["open"]}
        self.ready = [Sample(**sample) for sample in state["ready"]]


def teaches(sample: Sample) -> bool:
    """Whether something can be learned from it."""
    return bool(sample.taught) or sample.advantage > ROUNDING or (sample.advantage < -ROUNDING and not sample.hinted)


def compared(sample: Sample) -> bool:
    """Whether its tokens were drawn by a policy that ought to be π_old."""
    return bool(sample.drawn) and not sample.hinted


def newest(items: dict[str, Any]) -> dict[str, Any]:
    """The last ``OPEN`` of them."""
    return dict(list(items.items())[-OPEN:]) if len(items) > OPEN else items


# -- the objective -----------------------------------------------------------------------------------------------------


class Batch(NamedTuple):
    """What the objective needs of its samples, one tensor of answer tokens per sample."""

    samples: list[Sample]
    old: list[torch.Tensor]
    """empty where the only step is taken from π_old itself"""
    reference: list[torch.Tensor]
    weights: list[torch.Tensor]


class PolicyGradient:
    """The objective of the module docstring for a trainer's adapter, what it takes, and the gap to what drew the answers."""

    def __init__(self, config: PolicyConfig, trainer: Trainer):
        self._config, self._trainer = config, trainer
        self.gap: dict[str, float] = {}
        """Between sampler and trainer, over the last batch that had tokens of known π_sampler: what ``describe`` says of it."""

    def score(self, sequences: Sequence[tuple[list[int], list[int]]]) -> list[torch.Tensor]:
        """log π of every answer token, at the temperature that answers are drawn at."""
        temperature = self._config.temperature or 1.0
        return self._trainer.serving.score(sequences, network=self._trainer.network, temperature=temperature)

    @torch.no_grad()
    def prepare(self, samples: list[Sample]) -> Batch:
        """log π_old and log π_ref on the bare prompts, and the truncated importance weights of later attempts."""
        answers = [(sample.prompt, sample.answer) for sample in samples]
        old = self.score(answers) if self._off_policy else []
        if old:
            self._measure_gap(samples, torch.cat(old))
        with self._trainer.adapter.disabled():
            reference = self.score(answers)
        weights = [torch.ones_like(row) for row in reference]
        helped = [i for i, sample in enumerate(samples) if sample.hinted]
        if helped and self._config.floor < 1:
            behaviours = self.score([(samples[i].hinted, samples[i].answer) for i in helped])
            for i, behaviour in zip(helped, behaviours):
                weights[i] = (old[i] - behaviour).exp().clamp(self._config.floor, 1.0)
        return Batch(samples, old, reference, weights)

    def loss(self, batch: Batch, new: torch.Tensor) -> torch.Tensor:
        """The negated objective; ``new`` is log π_θ of all answer tokens [tokens], with gradient."""
        old = torch.cat(batch.old) if batch.old else new.detach()
        reference, weights = torch.cat(batch.reference), torch.cat(batch.weights)
        lengths = [len(sample.answer) for sample in batch.samples]
        advantage = new.new_tensor([sample.advantage for sample in batch.samples for _ in sample.answer])
        bare = new.new_tensor([float(not sample.hinted) for sample in batch.samples for _ in sample.answer])
        if not batch.old:
            self._measure_gap(batch.samples, old)
        if self._config.correction:
            weights = weights * truncated_weight(old, self._sampler(batch.samples, old), self._config.correction)
        surrogate = clipped_surrogate((new - old).exp(), advantage, self._config.clip)
        losses = self._config.kl * kl_to_reference(new, reference) * bare - weights * surrogate
        return AVERAGES[self._config.average](losses, lengths, longest_reply(self._config, self._trainer.serving))

    def _sampler(self, samples: Sequence[Sample], old: torch.Tensor) -> torch.Tensor:
        """log π_sampler [tokens] of answers to the bare prompt; of others, and where nobody knows it, log π_old."""
        rows = old.split([len(sample.answer) for sample in samples])
        drawn = [old.new_tensor(sample.drawn) if compared(sample) else row for sample, row in zip(samples, rows)]
        return torch.cat(drawn)

    def _measure_gap(self, samples: Sequence[Sample], old: torch.Tensor) -> None:
        """|log π_old − log π_sampler| over the tokens whose sampler is known."""
        count = sum(len(sample.drawn) for sample in samples if compared(sample))
        if count:
            gaps = (old - self._sampler(samples, old)).abs()
            total, largest = torch.stack([gaps.sum(), gaps.max()]).tolist()
            self.gap = {"sampler_gap": total / count, "sampler_gap_max": largest}

    def tokens(self, samples: Sequence[Sample]) -> int:
        """Of what is scored, and of the AdamW steps."""
        steps = self._config.epochs * sum(len(sample.prompt) + len(sample.answer) for sample in samples)
        return steps + sum(len(prompt) + len(answer) for prompt, answer in self._scored(samples))

    def flops(self, samples: Sequence[Sample]) -> float:
        """Of what is scored, and of the AdamW steps."""
        shapes, scored = self._trainer.shapes(), self._scored(samples)
        share = 1 / len(samples)  # of a pass, which all of them go through together
        passes = sum(
            flops.lora_forward(*shapes, len(prompt) + len(answer), head_rows=len(answer), passes=share) for prompt, answer in scored
        )
        longest = max(len(sample.prompt) + len(sample.answer) for sample in samples)
        rows = sum(len(sample.answer) for sample in samples)
        return passes + self._config.epochs * flops.lora_step(*shapes, len(samples), longest, head_rows=rows)

    def _scored(self, samples: Sequence[Sample]) -> list[tuple[list[int], list[int]]]:
        """What passes without a gradient are made over: π_ref, π_old where it is computed apart, μ where a weight needs it."""
        bare = [(sample.prompt, sample.answer) for sample in samples]
        weighed = [(sample.hinted, sample.answer) for sample in samples if sample.hinted] if self._config.floor < 1 else []
        return bare * (1 + self._off_policy) + weighed

    @property
    def _off_policy(self) -> bool:
        """Whether π_old has to be computed apart: the first step on a batch is taken from π_old itself."""
        return self._config.epochs > 1 or self._config.floor < 1
