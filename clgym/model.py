"""What a language model is to agents, judges and calibration: text alone, or weights as well. No torch is loaded here.

A model behind an endpoint is a :class:`TextModel`; one on this machine is a :class:`WeightModel`, which can be trained and asked
for log-probabilities.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from clgym.agent import Answer, ChatModel, Conversation, Decoding
from clgym.errors import NeedsWeights
from clgym.flops import FlopsShape, Meter

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Prefix:
    """Keys and values of a rendered beginning of a conversation, each layer [kv heads, tokens, head width].

    Immutable: growing makes a new one. ``pieces`` are the token ids in the portions they were computed in; a prefix rebuilt from the
    same pieces is bit-identical.
    """

    text: str
    pieces: tuple[tuple[int, ...], ...]
    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]

    @property
    def length(self) -> int:
        """Tokens held."""
        return sum(map(len, self.pieces))


EMPTY = Prefix("", (), (), ())


class Encoded(NamedTuple):
    """A rendered conversation as token ids, without the part that a shared prefix already holds."""

    ids: list[int]
    cached: int


class TextModel(ChatModel, Protocol):
    """A language model that answers chats, and says what that takes. Agents that do not train need no more.

    ``tokens`` and ``render`` may be estimates: they size contexts.
    """

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
    def flops_spent(self) -> float:
        """FLOPs of everything so far."""

    def journal(self, file: Path) -> None:
        """As :meth:`clgym.agent.Agent.journal`."""

    def render(self, conversation: Conversation, *, reply: bool = True) -> str:
        """The conversation as the model reads it; with ``reply``, up to where its answer begins."""

    def tokens(self, text: str) -> list[int]:
        """Token ids of rendered text."""

    def grow(self, prefix: Prefix, conversation: Conversation) -> Prefix:
        """``prefix`` extended to the whole of ``conversation``; as it is where the model keeps no keys and values."""

    def generate(
        self, conversations: Sequence[Conversation], decoding: Decoding, *, prefix: Prefix = EMPTY, seed: int = 0
    ) -> list[Answer]:
        """Answer each conversation, in order, all of them beginning with ``prefix``; ``seed`` decides what is sampled."""


class WeightModel(TextModel, Protocol):
    """A language model on this machine: its network can be trained, and every word has a log-probability.

    Sequences are (prompt ids, answer ids). ``network`` takes the place of the model's own: one with an adapter in it.
    """

    network: Any
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype
    meter: Meter
    stops: tuple[int, ...]
    """tokens that end a turn; the first is the one to train on"""

    def clone(self) -> WeightModel:
        """A second model over the same weights: modules are new, tensors are shared until replaced."""

    def encode(self, conversation: Conversation, prefix: Prefix = EMPTY) -> Encoded:
        """Token ids of a rendered conversation behind ``prefix``, whose text it must begin with."""

    def answer_tokens(self, answer: str) -> list[int]:
        """Token ids of an answer and the end of its turn."""

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
