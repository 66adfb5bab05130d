"""What stands in front of every answer and is computed once. No torch here: agents on a model behind an endpoint need none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Prefix:
    """Keys and values of a rendered beginning of a conversation, each layer [kv heads, tokens, head width].

    Immutable: growing makes a new one (:func:`clgym.baselines.models.attention.grown`). ``pieces`` are the token ids in the
    portions they were computed in; a prefix rebuilt from the same pieces is bit-identical.
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
