"""What all agents that drive a language model share: the chat around a query, answering, scoring, and saving.

θ of such an agent is the system message, what stands between it and the query (``context``), and the weights. Subclasses
choose those, and hold the parts that make them (a memory, a trainer, a teacher); this class turns a query into an answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clgym.agent import THINKING, Agent, Answer, Conversation, Decoding, Experience, Message
from clgym.errors import InvalidSetting, UnknownName
from clgym.model import EMPTY, Prefix, TextModel, WeightModel, with_weights
from clgym.seeding import seed_of

if TYPE_CHECKING:  # a model behind an endpoint comes without torch
    import torch

#: Explicit, because some chat templates put words of their own in its place.
SYSTEM = "Answer with the answer only."


@dataclass(frozen=True)
class LanguageConfig:
    """How a language model is asked. Every baseline's ``Config`` begins with these."""

    system: str = SYSTEM
    """the system message; "" for none"""
    max_new_tokens: int = 64
    """the longest answer, in tokens"""
    temperature: float = 0.0
    """0 is greedy; evaluation is always greedy"""
    top_p: float = 1.0
    """sample from the smallest set of tokens with this much probability"""
    batch: int = 32
    """conversations answered together in evaluation"""
    history: int | None = None
    """earlier turns of an episode that the model sees beside its first message and the last one; None: all"""
    thinking: str = "auto"
    """whether it thinks before it answers: "auto" (as the model does by itself), "on" or "off", where the model has a switch"""
    thought_tokens: int = 1024
    """the longest thoughts, in tokens, beside those of the answer; they are cut off before grading and counted in the cost"""

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1 or self.batch < 1:
            raise InvalidSetting(f"max_new_tokens and batch must be at least 1, not {self.max_new_tokens} and {self.batch}.")
        if self.history is not None and self.history < 0:
            raise InvalidSetting(f"history counts earlier turns, so it is 0 or more (or None for all), not {self.history}.")
        if self.thinking not in THINKING:
            raise UnknownName("thinking", self.thinking, THINKING)
        if self.thought_tokens < 0:
            raise InvalidSetting(f"thought_tokens counts tokens, so it is 0 or more, not {self.thought_tokens}.")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise InvalidSetting(f"temperature must be at least 0 and top_p in (0, 1], not {self.temperature} and {self.top_p}.")


class Part:
    """Something that an agent holds and θ is made of: it is saved, loaded and described with the agent."""

    def saw(self, conversations: Sequence[Conversation], answers: Sequence[Answer]) -> None:
        """The agent answered, and not in an evaluation."""

    def save(self, folder: Path) -> None:
        """Write files into the agent's folder."""

    def load(self, folder: Path) -> None:
        """Restore what :meth:`save` wrote; the agent's own state is there already."""

    def describe(self) -> Mapping[str, Any]:
        """What the agent's ``describe`` says of it."""
        return {}


class LanguageAgent(Agent):
    """An agent whose f is a language model. ``self.serving`` answers, behind ``context()``; ``self.parts`` are saved with it."""

    Config: type[LanguageConfig] = LanguageConfig

    def __init__(self, config: LanguageConfig, *, model: TextModel, seed: int = 0):
        self.config, self.seed = config, seed
        self.serving = self._untaught = model.with_thinking(config.thinking)
        self.parts: Sequence[Part] = ()
        self.estimated = model.estimated
        self._sampled = 0
        """Calls of the model that sampled: the next one draws from a seed of its own."""
        self._prefixes: dict[tuple[str, ...], Prefix] = {}

    # -- what subclasses say about θ ----------------------------------------------------------------------------------

    def context(self) -> list[Message]:
        """The messages in front of every conversation: the system message, unless a subclass adds to it."""
        return system_message(self.config.system)

    def start_context(self) -> list[Message]:
        """The context of θ_0, to which :meth:`divergence` compares the present one."""
        return system_message(self.config.system)

    def shortened(self, conversation: Conversation, answer: int) -> list[Message] | None:
        """The context for one query where the usual one leaves no room for it and so many tokens of answer; ``None`` where it does."""
        return None

    def prefix(self, context: list[Message]) -> Prefix:
        """The keys and values of ``context``, computed once and kept until the context or the weights change."""
        key = tuple(message["content"] for message in context)
        if key not in self._prefixes:
            self._prefixes = {key: self.serving.grow(EMPTY, context) if context else EMPTY}
        return self._prefixes[key]

    def weights_changed(self) -> None:
        """Drop what was computed with other weights."""
        self._prefixes = {}

    def state(self) -> dict[str, Any]:
        """What ``save`` writes as JSON beside config and seed."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""

    # -- the Agent interface ------------------------------------------------------------------------------------------

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation, in order; greedily where frozen."""
        limit = longest_reply(self.config, self.serving)
        answers: dict[int, Answer] = {}
        fitting, others = self._by_room(conversations, [limit] * len(conversations))
        if fitting:
            context, views = self.context(), [self.view(conversations[place]) for place in fitting]
            answers.update(zip(fitting, self.generate([[*context, *view] for view in views], self.prefix(context))))
            for part in () if self.frozen else self.parts:
                part.saw(views, [answers[place] for place in fitting])
        for place, context in others.items():
            answers[place] = self.generate([[*context, *self.view(conversations[place])]])[0]
        return [answers[place] for place in range(len(conversations))]

    def generate(self, conversations: Sequence[Conversation], prefix: Prefix = EMPTY) -> list[Answer]:
        """What the model says, drawn as :meth:`decoding` has it."""
        decoding = self.decoding()
        seed = seed_of("sampling", self.seed, self._sampled).draw().integer(0, 2**62)
        self._sampled += decoding.temperature > 0
        return self.serving.generate(conversations, decoding, prefix=prefix, seed=seed)

    def decoding(self) -> Decoding:
        """As the config says; greedy where frozen."""
        settings = self.config
        temperature = 0.0 if self.frozen else settings.temperature
        return Decoding(
            settings.max_new_tokens, temperature, settings.top_p, settings.batch, settings.thinking, settings.thought_tokens
        )

    def view(self, conversation: Conversation) -> Conversation:
        """What the model sees of a conversation: all of it, or its first message and the last ``history`` turns."""
        turns = self.config.history
        if turns is None or len(conversation) <= 2 * turns + 1:
            return conversation
        last = conversation[len(conversation) - 2 * turns - 1 :]
        if turns:
            return [conversation[0], *last[1:]]
        return [Message(role="user", content=f"{conversation[0]['content']}\n\n{last[0]['content']}")]

    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float]:
        """Log-probability (nats) of each answer behind this agent's context and with its weights."""
        if not pairs:
            return []
        model = with_weights(self.serving, "log_likelihood")
        values: dict[int, float] = {}
        sizes = [len(model.answer_tokens(answer)) for _, answer in pairs]
        fitting, others = self._by_room([conversation for conversation, _ in pairs], sizes)
        if fitting:
            context, batch = self.context(), self.config.batch
            views = [(self.view(pairs[place][0]), pairs[place][1]) for place in fitting]
            likelihoods = model.log_likelihood(behind(context, views), prefix=self.prefix(context), batch=batch)
            values.update(zip(fitting, likelihoods))
        for place, context in others.items():
            conversation, answer = pairs[place]
            values[place] = model.log_likelihood([([*context, *self.view(conversation)], answer)])[0]
        return [values[place] for place in range(len(pairs))]

    def divergence(self, pairs: Sequence[tuple[Conversation, str]]) -> float:
        """KL(θ_N ‖ θ_0) in nats per token of the answers: this context and these weights against those it began with."""
        untaught = with_weights(self._untaught, "divergence")
        now = self.log_probabilities(pairs)
        # By the same way as now (a prefix, then the rest), so that what has not changed differs by exactly 0 in bfloat16 too.
        first = self.start_context()
        before = untaught.grow(EMPTY, first) if first else EMPTY
        start = untaught.log_probabilities(behind(first, pairs), prefix=before)
        return float((now.exp() * (now - start)).sum(-1).mean())

    def log_probabilities(self, pairs: Sequence[tuple[Conversation, str]]) -> torch.Tensor:
        """[answer tokens of all pairs, vocabulary] in nats, behind this agent's context and with its weights."""
        model, context = with_weights(self.serving, "log_probabilities"), self.context()
        sizes = [len(model.answer_tokens(answer)) for _, answer in pairs]
        _, others = self._by_room([conversation for conversation, _ in pairs], sizes)
        if not others:
            views = [(self.view(conversation), answer) for conversation, answer in pairs]
            return model.log_probabilities(behind(context, views), prefix=self.prefix(context))
        return model.log_probabilities(
            [
                ([*others.get(place, context), *self.view(conversation)], answer)
                for place, (conversation, answer) in enumerate(pairs)
            ]
        )

    def _by_room(self, conversations: Sequence[Conversation], answers: Sequence[int]) -> tuple[list[int], dict[int, list[Message]]]:
        """Places of those that the context leaves room for, and the contexts of the others by place."""
        contexts = [self.shortened(conversation, size) for conversation, size in zip(conversations, answers)]
        others = {place: context for place, context in enumerate(contexts) if context is not None}
        return [place for place in range(len(conversations)) if place not in others], others

    def journal(self, file: Path) -> None:
        """Answers that cost money are kept in ``file`` by the model that serves them."""
        self.serving.journal(file)

    def save(self, folder: Path) -> None:
        """``agent.json``: config, seed, how often it sampled, and what the subclass adds."""
        folder.mkdir(parents=True, exist_ok=True)
        everything = {"config": asdict(self.config), "seed": self.seed, "sampled": self._sampled, "state": self.state()}
        (folder / "agent.json").write_text(json.dumps(everything, ensure_ascii=True, sort_keys=True))
        for part in self.parts:
            part.save(folder)

    def load(self, folder: Path) -> None:
        """Restore. Raises ``InvalidSetting`` where the folder was saved under another config."""
        saved = read_saved(folder)
        if saved["config"] != json.loads(json.dumps(asdict(self.config))):
            raise InvalidSetting(
                f"{folder} was saved by an agent with config {saved['config']}; this one has {asdict(self.config)}."
            )
        self.seed, self._sampled = saved["seed"], saved["sampled"]
        self.restore(saved["state"])
        for part in self.parts:
            part.load(folder)
        self.weights_changed()

    def describe(self) -> Mapping[str, Any]:
        """Tokens in front of the words of every query, and what the parts say of themselves."""
        described: dict[str, Any] = {"prompt_tokens": self.serving.size(self.context())}
        for part in self.parts:
            described.update(part.describe())
        return described


def system_message(text: str) -> list[Message]:
    """The system message as the beginning of a conversation; nothing for ""."""
    return [{"role": "system", "content": text}] if text else []


def behind(context: Sequence[Message], pairs: Sequence[tuple[Conversation, str]]) -> list[tuple[Conversation, str]]:
    """The same conversations and answers with ``context`` in front of each."""
    return [([*context, *conversation], answer) for conversation, answer in pairs]


def read_saved(folder: Path) -> dict[str, Any]:
    """``agent.json`` of a saved agent. Raises ``InvalidSetting`` where there is none that can be read."""
    try:
        saved: dict[str, Any] = json.loads((Path(folder) / "agent.json").read_text())
    except (OSError, ValueError) as cause:
        raise InvalidSetting(f"{folder} holds no saved agent: {cause}") from cause
    return saved


def longest_reply(config: LanguageConfig, model: TextModel) -> int:
    """Tokens that a reply may take: the longest answer, and the longest thoughts where the model may think."""
    return config.max_new_tokens + (config.thought_tokens if model.thinks else 0)


def sampled(experience: Experience, model: WeightModel) -> list[int]:
    """Token ids of an experience's answer: those that were drawn, where somebody drew some."""
    return list(experience.tokens) or model.answer_tokens(experience.answer)
