"""What a language model is to agents, judges and calibration: text alone, or weights as well. No torch is loaded here.

A model behind an endpoint is a :class:`TextModel`; one on this machine is a :class:`WeightModel`, which can be trained and asked
for log-probabilities.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from clgym.agent import Answer, ChatModel, Conversation, Decoding, Message
from clgym.errors import NeedsWeights
from clgym.flops import FlopsShape, Meter

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Prefix:
    """Keys and values of the tokens that conversations begin with, each layer [kv heads, tokens, head width].

    Immutable: growing makes a new one. ``pieces`` are the token ids in the portions they were computed in; a prefix rebuilt from the
    same pieces is bit-identical.
    """

    pieces: tuple[tuple[int, ...], ...]
    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]

    @property
    def length(self) -> int:
        """Tokens held."""
        return sum(map(len, self.pieces))

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens held."""
        return tuple(chain.from_iterable(self.pieces))

    def first(self, tokens: int) -> Prefix:
        """The prefix of the first so many tokens of this one."""
        if tokens >= self.length:
            return self
        pieces: list[tuple[int, ...]] = []
        left = tokens
        for piece in self.pieces:
            pieces += [piece[:left]] if left > 0 else []
            left -= len(piece)
        return Prefix(tuple(pieces), tuple(one[:, :tokens] for one in self.keys), tuple(one[:, :tokens] for one in self.values))

    def shared(self, ids: Sequence[int]) -> int:
        """How many of the first tokens held are also the first of ``ids``."""
        return next((place for place, (own, other) in enumerate(zip(self.ids, ids)) if own != other), min(self.length, len(ids)))

    def begins(self, ids: Sequence[int]) -> bool:
        """Whether ``ids`` begin with the tokens held, and go on."""
        return len(ids) > self.length and tuple(ids[: self.length]) == self.ids


EMPTY = Prefix((), (), ())


class Encoded(NamedTuple):
    """A rendered conversation as token ids, all of them, and how many of the first a shared prefix holds."""

    ids: list[int]
    cached: int


class TextModel(ChatModel, Protocol):
    """A language model that answers chats, and says what that takes. Agents that do not train need no more."""

    name: str
    window: int
    """tokens that prompt and answer may have together"""
    flops_shape: FlopsShape
    """what the formulas of :mod:`clgym.flops` need of it"""
    estimated: tuple[str, ...]
    """counts in its costs ("flops") that follow from what somebody declared"""
    has_weights: bool
    """whether it is a :class:`WeightModel`"""
    identity: Mapping[str, str]
    """what tells it from another model of the same name: hashes of weights, tokenizer and template, a commit, options; ``{}``: nobody knows"""

    @property
    def thinks(self) -> bool:
        """Whether its replies may begin with thoughts, for which room has to be left."""

    @property
    def flops_spent(self) -> float:
        """FLOPs of everything so far."""

    def journal(self, file: Path) -> None:
        """As :meth:`clgym.agent.Agent.journal`."""

    def with_thinking(self, thinking: str) -> TextModel:
        """The same model, told to think as ``thinking`` has it (:data:`~clgym.agent.THINKING`).

        Raises ``InvalidSetting`` where that is "on" and the model has no thoughts.
        """

    def size(self, conversation: Conversation) -> int:
        """Tokens of a prompt, the reply begun; of a context (it ends with no user turn), those in front of the next query's words.

        May be an estimate: it sizes contexts. Contexts and exchanges are differences of such whole renderings.
        """

    def grow(self, prefix: Prefix, conversation: Conversation) -> Prefix:
        """What stands in front of any query behind ``conversation``, the tokens that ``prefix`` has of it taken from there.

        The prefix as it is where the model keeps no keys and values.
        """

    def generate(
        self, conversations: Sequence[Conversation], decoding: Decoding, *, prefix: Prefix = EMPTY, seed: int = 0
    ) -> list[Answer]:
        """Answer each conversation, in order, all of them beginning with ``prefix``; ``seed`` decides what is sampled."""


class WeightModel(TextModel, Protocol):
    """A language model on this machine: its network can be trained, and every word has a log-probability.

    Sequences are (prompt ids, answer ids); those whose prompt begins with the tokens of a ``prefix`` are spared computing them.
    ``network`` takes the place of the model's own: one with an adapter in it.
    """

    network: Any
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype
    meter: Meter

    @property
    def stops(self) -> tuple[int, ...]:
        """Tokens that end a turn; the first is the one that the chat template writes, and is trained on."""

    def clone(self) -> WeightModel:
        """A second model over the same weights: modules are new, tensors are shared until replaced."""

    def encode(self, conversation: Conversation, prefix: Prefix = EMPTY) -> Encoded:
        """Token ids of a conversation, rendered whole, and how many of the first ``prefix`` holds: all of its tokens, or none."""

    def answer_tokens(self, answer: str) -> list[int]:
        """Token ids of an answer as the model would have to say it, its turn ended."""

    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]], *, prefix: Prefix = EMPTY, batch: int = 32) -> list[float]:
        """Log-probability in nats of each answer, end of turn included, summed over its tokens."""

    def log_probabilities(self, pairs: Sequence[tuple[Conversation, str]], *, prefix: Prefix = EMPTY) -> torch.Tensor:
        """[answer tokens of all pairs, vocabulary] in nats."""

    def score(
        self,
        sequences: Sequence[tuple[list[int], list[int]]],
        *,
        prefix: Prefix = EMPTY,
        network: Any = None,
        temperature: float = 1.0,
    ) -> list[torch.Tensor]:
        """Log-probability of every answer token, one tensor per sequence, with gradient."""

    def answer_logits(
        self, sequences: Sequence[tuple[list[int], list[int]]], *, prefix: Prefix = EMPTY, network: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits [answer tokens of all sequences, vocabulary] in float32, and the tokens they should predict."""


def text_size(model: TextModel, text: str) -> int:
    """Tokens that a text takes within a message: how much longer a prompt is with it than with one letter, which is one token."""
    with_text, with_letter = (model.size([Message(role="user", content=content)]) for content in (text, "a"))
    return max(0, with_text - with_letter + 1)


def members(protocol: type) -> frozenset[str]:
    """The names of everything that a class of this Protocol has."""
    bases = [base for base in protocol.__mro__ if getattr(base, "_is_protocol", False) and base is not Protocol]
    names = {name for base in bases for name in (*vars(base), *inspect.get_annotations(base))}
    return frozenset(name for name in names if not name.startswith("_"))


#: What a model on this machine has and a model of text alone has not.
WEIGHTS_ALONE = members(WeightModel) - members(TextModel)


def needs_weights(model: TextModel, wanted: str) -> NeedsWeights:
    """The error of a model that gives text alone where something else is ``wanted``."""
    return NeedsWeights(
        f"{model.name} gives text alone, and {wanted!r} needs a model on this machine (weights or log-probabilities): choose "
        "an agent that does not train (frozen, icl, ...), or a model such as smollm2-135m, hf:ORG/NAME or path:DIR."
    )


def with_weights(model: TextModel, wanted: str) -> WeightModel:
    """The same model, known to have weights. Raises ``NeedsWeights``, which says what was ``wanted``."""
    if not model.has_weights:
        raise needs_weights(model, wanted)
    return cast(WeightModel, model)
