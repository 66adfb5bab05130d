"""What a learner is: two methods (act, learn) and a little housekeeping.

θ is everything that persists between queries: weights, adapters, system prompt, notes, retrieval
store, context. clgym does not care how θ changes; it measures what the change bought and cost.
"""

from __future__ import annotations

import hashlib
import inspect
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypedDict

from clgym.core import Withheld, World
from clgym.errors import WrongAnswer


class Message(TypedDict):
    """One chat message: ``role`` is "system", "user" or "assistant"."""

    role: str
    content: str


#: A list of chat messages, ending with the user's.
Conversation = Sequence[Message]


class MultipleChoice(tuple[Message, ...]):
    """A conversation whose query lists the admissible answers: ``options``, as in ``info["options"]``. Agents that choose read them."""

    options: tuple[str, ...]

    def __new__(cls, conversation: Conversation = (), options: Sequence[str] = ()) -> MultipleChoice:
        self = super().__new__(cls, conversation)
        self.options = tuple(options)
        return self


def with_options(conversation: Conversation, options: Sequence[str]) -> Conversation:
    """A conversation as ``act`` gets it: with its options, where the query lists some."""
    return MultipleChoice(conversation, options) if options else tuple(conversation)


@dataclass(frozen=True)
class Cost:
    """What one call cost. Tokens and FLOPs are counts, seconds are wall time, dollars are for priced endpoints."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    flops: float = 0.0
    seconds: float = 0.0
    dollars: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def to_json(self) -> dict[str, float]:
        return asdict(self)


#: How an answer may end: by itself; cut by the limit; with a limit that went into thoughts, so that nothing was answered; in a
#: refusal, whose words are the answer; withheld by the provider, which is nobody's mistake and is graded ``failed``.
STOPS = ("end", "length", "thoughts", "refusal", "filter")


class ProviderStop(str):
    """A stop that a provider decided. The models that ask one make it, and only so may an answer be withheld (``filter``): an agent does
    not choose what it is graded on."""


@dataclass(frozen=True)
class Answer:
    """What an agent said, what saying it cost, and how it ended."""

    text: str
    cost: Cost = Cost()
    tokens: tuple[int, ...] = ()
    """the ids that were sampled, thoughts and the end of turn included where there were any; empty where nobody knows them"""
    thoughts: str = ""
    """what was thought before: never graded, counted in the cost"""
    stop: str = "end"
    """how it ended: one of :data:`STOPS`"""
    log_probabilities: tuple[float, ...] = ()
    """of ``tokens``, in nats under softmax(logits / T) of the weights that drew them; empty where nobody knows, or nothing was drawn"""

    @property
    def action(self) -> str:
        """What an env is given: the text, known to be :class:`~clgym.core.Withheld` where it was."""
        return Withheld(self.text) if self.stop == "filter" else self.text


#: Whether a model thinks before it answers: as it does by itself, always, or never.
THINKING = ("auto", "on", "off")


@dataclass(frozen=True)
class Decoding:
    """How a language model draws answers: greedily at ``temperature`` 0, else from softmax(logits / T) cut to the ``top_p`` nucleus.

    Thoughts, where there are any, may take ``thought_tokens`` beside the ``max_new_tokens`` of the answer.
    """

    max_new_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    batch: int = 32
    thinking: str = "auto"
    thought_tokens: int = 1024


class ChatModel(Protocol):
    """A language model that answers chats: what judges, and agents that do not train, need of it."""

    name: str

    def generate(self, conversations: Sequence[Conversation], decoding: Decoding) -> list[Answer]:
        """Answer each conversation, in order. Where the query lists options, its conversation is a :class:`MultipleChoice`."""


@dataclass(frozen=True)
class Experience:
    """One env step as a learner sees it.

    ``conversation`` is what the agent had been shown when it answered (the prompt, and on a retry or a
    later turn the earlier answers and feedback); ``prompt`` is the first user message alone.
    ``correction`` is the right answer as bare text, ``""`` where the feedback level does not tell it. Under ``none`` nobody says how it
    went: ``reward`` is NaN, as where a grader failed, and ``outcome`` is ``""``. With noise, both are those of what was said.
    ``tokens`` are the ids that were sampled for the answer, as in :class:`Answer`: what a learner of its own words trains on;
    ``log_probabilities`` are theirs.
    """

    conversation: Conversation
    answer: str
    reward: float
    feedback: str
    done: bool
    outcome: str
    query: str
    attempt: int = 0
    correction: str = ""
    pool: str = "learn"
    world: str = ""
    options: tuple[str, ...] = ()
    tokens: tuple[int, ...] = ()
    log_probabilities: tuple[float, ...] = ()

    @property
    def prompt(self) -> str:
        """The first user message: the query without earlier attempts or feedback."""
        return next(m["content"] for m in self.conversation if m["role"] == "user")

    @property
    def right_answer(self) -> str:
        """The right answer, where it was given or told; else ``""``."""
        return self.answer if self.outcome == "correct" else self.correction

    @property
    def bare(self) -> Conversation:
        """The conversation without the earlier tries of a query that was tried again; turns of this try stay."""
        asked = [place for place, m in enumerate(self.conversation) if m["role"] == "user"]
        first = asked[0]
        if self.attempt:
            first = next((p for p in reversed(asked) if self.conversation[p]["content"].endswith(self.prompt)), first)
        return [*self.conversation[: asked[0]], Message(role="user", content=self.prompt), *self.conversation[first + 1 :]]


@dataclass(frozen=True)
class StreamSettings:
    """What is public of a learn stream before it begins: the settings of its env (:class:`~clgym.env.ContinualEnv`)."""

    family: str
    level: int = 0
    breadth: int = 1
    feedback: str = "correction"
    noise: float = 0.0
    drift_at: tuple[int, ...] = ()
    attempts: int = 1


@dataclass(frozen=True)
class AgentConfig:
    """Nothing to set: the ``Config`` of an agent that declares none."""


class Agent(ABC):
    """A continual learner. Subclasses write ``act`` and, where they learn, ``learn``, ``save`` and ``load``."""

    #: The agent's settings: a frozen dataclass with a default for every field, each explained by a string literal below it. They are
    #: set by the names of the fields (:func:`clgym.settings.config_of`).
    Config: type[Any] = AgentConfig
    #: How often the agent wants to try one learning query; each try is an env step.
    attempts: int = 1
    #: True inside :meth:`evaluating`: then ``act`` decodes greedily and changes nothing, not even an RNG.
    frozen: bool = False
    #: Which counts in its costs ("flops") follow from what somebody declared, and are not counted.
    estimated: tuple[str, ...] = ()

    @property
    def learns(self) -> bool:
        """Whether it ever learns: ``learn`` or ``flush`` is its own. One that never does is asked the same only once."""
        return type(self).learn is not Agent.learn or type(self).flush is not Agent.flush

    @property
    def saves(self) -> bool:
        """Whether ``save`` is its own. A trial of one that learns and cannot save begins again after a stop, and proves nothing of θ."""
        return type(self).save is not Agent.save

    @abstractmethod
    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation, in order. Where the query lists options, its conversation is a :class:`MultipleChoice`."""

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Turn a batch of experience into a better θ; returns what that cost."""
        return Cost()

    def prepare(self, stream: StreamSettings) -> None:
        """Told once, before anything is asked: what stream will follow. Agents that need no such thing ignore it."""

    def reveal(self, worlds: Sequence[World]) -> None:
        """Scripted agents (oracle, rulebook, random) see the worlds they are asked about. Learners ignore this."""

    def flush(self) -> Cost | None:
        """The stream has ended: finish work held back for a fuller batch; returns what that cost, where it is counted."""
        return None

    def journal(self, file: Path) -> None:
        """Where answers that cost money may be kept until the next safe point of the trial, when another file is named.

        A killed trial goes on from its last safe point with the file of that point: what is in it need not be paid for again.
        """

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Inside, the agent is :attr:`frozen`."""
        before, self.frozen = self.frozen, True
        try:
            yield
        finally:
            self.frozen = before

    def save(self, folder: Path) -> None:
        """Write everything that θ is and everything that ``learn`` needs to go on, as JSON and safetensors."""

    def load(self, folder: Path) -> None:
        """Restore what :meth:`save` wrote; going on is then bit-identical on the CPU."""

    def describe(self) -> Mapping[str, Any]:
        """What θ is made of: ``adapter_bytes``, ``prompt_tokens``, ``memory_items``, ..."""
        return {}

    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float] | None:
        """Log-probability (nats, summed over tokens) of each answer; ``None`` where the agent has none."""
        return None

    def divergence(self, pairs: Sequence[tuple[Conversation, str]]) -> float | None:
        """KL(θ_N ‖ θ_0) in nats per token, a mean over the answers' tokens; ``None`` where the agent has no θ_0 to compare.

        At each token of each answer, the sum over the vocabulary of p_N · (log p_N − log p_0), given the same beginning.
        """
        return None

    def digest(self) -> str:
        """A hash over everything that :meth:`save` writes: equal digests mean an identical θ."""
        with tempfile.TemporaryDirectory() as folder:
            self.save(Path(folder))
            return hash_folder(Path(folder))


def answers_of(agent: Agent, conversations: Sequence[Conversation]) -> list[Answer]:
    """What ``agent.act`` answers, checked. Raises ``WrongAnswer`` where it is not one :class:`Answer` for each conversation, in order."""
    return checked_answers(agent.act(conversations), len(conversations), f"{type(agent).__name__}.act")


def checked_answers(answers: Any, count: int, source: str) -> list[Answer]:
    """``answers``, where they are ``count`` of :class:`Answer`. Raises ``WrongAnswer``, which names ``source`` and shows the right shape."""
    if not isinstance(answers, (list, tuple)):
        raise WrongAnswer(f"{source} returned {described(answers)}.{ACT_SHAPE}")
    if len(answers) != count:
        raise WrongAnswer(f"{source} returned {len(answers)} answers to {count} conversations.{ACT_SHAPE}")
    for place, answer in enumerate(answers):
        if not isinstance(answer, Answer):
            raise WrongAnswer(f"{source} returned {described(answer)} as answer {place}.{ACT_SHAPE}")
        if not isinstance(answer.text, str):
            raise WrongAnswer(f'{source} returned Answer({answer.text!r}) as answer {place}: its text is a str, "" for no answer.')
        if answer.stop not in STOPS:
            raise WrongAnswer(f"{source} returned an answer {place} whose stop is {answer.stop!r}: one of {', '.join(STOPS)}.")
        if answer.stop == "filter" and not isinstance(answer.stop, ProviderStop):
            raise WrongAnswer(
                f'{source} returned an answer {place} with stop "filter", which is for models behind an endpoint: such an answer is not '
                "graded, and an agent does not choose what it is graded on. Pass on the model's own Answer, or answer something."
            )
        if not isinstance(answer.thoughts, str):
            raise WrongAnswer(
                f"{source} returned an answer {place} whose thoughts are {described(answer.thoughts)}: expected a str."
            )
        if not isinstance(answer.cost, Cost):
            raise WrongAnswer(f"{source} returned an answer {place} whose cost is {described(answer.cost)}: expected a clgym.Cost.")
    return list(answers)


def learn_cost(agent: Agent, experiences: Sequence[Experience]) -> Cost | None:
    """What ``agent.learn`` cost. Raises ``WrongAnswer`` where it returns neither a :class:`Cost` nor ``None``."""
    return checked_cost(agent.learn(experiences), f"{type(agent).__name__}.learn")


def flush_cost(agent: Agent) -> Cost | None:
    """What ``agent.flush`` cost. Raises as :func:`learn_cost`."""
    return checked_cost(agent.flush(), f"{type(agent).__name__}.flush")


def checked_cost(cost: Any, source: str) -> Cost | None:
    """``cost``, where it is one or ``None``. Raises ``WrongAnswer``, which names ``source``."""
    if cost is None or isinstance(cost, Cost):
        return cost
    raise WrongAnswer(
        f"{source} returned {described(cost)}. It returns what learning cost, or nothing:\n"
        "    return Cost(prompt_tokens=..., flops=..., dollars=...)"
    )


#: The end of every error of a wrong ``act``.
ACT_SHAPE = (
    " act answers a batch, one clgym.Answer for each conversation, in order:\n"
    "    def act(self, conversations):\n"
    '        return [Answer(self.reply(conversation[-1]["content"])) for conversation in conversations]'
)


def described(value: Any) -> str:
    """A value in an error: ``a str ('the sun')``, ``a coroutine``. A coroutine is closed: nobody will await it."""
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine (Agent's methods are not async; clgym.as_agent takes async functions and objects with an async act)"
    if value is None:
        return "None"
    text = repr(value)
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    return f"{article} {kind} ({text if len(text) <= 60 else text[:57] + '...'})"


def hash_folder(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files in a folder, in name order."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
