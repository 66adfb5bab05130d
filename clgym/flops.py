"""FLOPs of a decoder-only transformer: closed formulas, and torch's counter with what it misses registered.

The formulas count multiply-adds as two and matrices only (norms, activations and softmax are below 1 %), as
Kaplan et al. 2020, "Scaling Laws for Neural Language Models", section 2.1 does: 2N per token for the matrices, and
2 · 2 · L · d · ctx per token for the scores and the weighted sum of attention over ``ctx`` keys (the full rectangle is
computed, masked or not). Importing this module takes no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FlopsShape:
    """What the formulas need of a model: a language model declares it as ``flops_shape``.

    ``matrices`` is the number of parameters in the matrices of all layers (embeddings and head left out), ``head``
    that of the output head (vocabulary × hidden), ``attention`` the width d of all query heads together. ``entry`` is the
    part of ``matrices`` that reads the embeddings themselves (queries, keys and values of the first layer): nothing before
    it is trained by an adapter, so no gradient is sent back through it.
    """

    layers: int
    attention: int
    matrices: int
    head: int
    entry: int = 0


def forward(shape: FlopsShape, tokens: int, cached: int = 0, *, head_rows: int | None = None) -> float:
    """One pass over ``tokens`` positions that see ``cached`` earlier ones; logits for ``head_rows`` (default all).

    2·N·T + 2·V·rows + 4·L·d·(cached + T)·T.
    """
    rows = tokens if head_rows is None else head_rows
    return 2.0 * shape.matrices * tokens + 2.0 * shape.head * rows + attention(shape, tokens, cached + tokens)


def attention(shape: FlopsShape, tokens: int, context: int) -> float:
    """Scores and weighted sums of ``tokens`` queries over ``context`` keys in every layer: 4·L·d·ctx·T."""
    return 4.0 * shape.layers * shape.attention * context * tokens


def decode(shape: FlopsShape, tokens: int, cached: int) -> float:
    """``tokens`` single-token passes, one after another, the first of which sees ``cached`` earlier positions.

    The contexts are cached + 1, ..., cached + T: their sum is T·cached + T·(T + 1)/2.
    """
    contexts = tokens * cached + tokens * (tokens + 1) / 2
    return 2.0 * (shape.matrices + shape.head) * tokens + 4.0 * shape.layers * shape.attention * contexts


def generate(shape: FlopsShape, prompt: int, completion: int, cached: int = 0) -> float:
    """Answering: ``prompt`` new tokens behind ``cached`` kept ones, then ``completion`` tokens.

    The first token comes from the prompt's last position; the last one is never fed back.
    """
    return forward(shape, prompt, cached, head_rows=1) + decode(shape, max(completion - 1, 0), cached + prompt)


@dataclass
class Meter:
    """A running total that a language model keeps of itself, padding included, because padding is computed too.

    A forward pass that will be trained on leaves its backward pass pending until :meth:`backward` says that it ran.
    """

    spent: float = 0.0
    pending: float = 0.0

    def layers(self, shape: FlopsShape, rows: int, tokens: int, context: int, *, adapter: int = 0, training: bool = False) -> None:
        """``rows`` sequences of ``tokens`` new positions that see ``context`` keys each, through all layers."""
        matrices, adapters = 2.0 * shape.matrices * rows * tokens, 2.0 * adapter * rows * tokens
        scores = rows * attention(shape, tokens, context)
        self.spent += matrices + adapters + scores
        if training:
            self.pending += matrices - 2.0 * shape.entry * rows * tokens + 2.0 * adapters + 2.5 * scores

    def head(self, shape: FlopsShape, rows: int, *, training: bool = False) -> None:
        """Logits for ``rows`` positions."""
        self.spent += 2.0 * shape.head * rows
        if training:
            self.pending += 2.0 * shape.head * rows

    def backward(self) -> None:
        """The pending backward passes have run."""
        self.spent, self.pending = self.spent + self.pending, 0.0


def lora_matrices(rank: int, linears: list[tuple[int, int]]) -> int:
    """Parameters of rank-``rank`` adapters over linear maps given as (in, out) widths: r·(in + out) each (Hu et al. 2021)."""
    return sum(rank * (width_in + width_out) for width_in, width_out in linears)


def lora_merge(shape: FlopsShape, rank: int) -> float:
    """Making W + (α/r)·B·A for every matrix: 2·r·N."""
    return 2.0 * rank * shape.matrices


def lora_forward(shape: FlopsShape, adapter: int, tokens: int, *, head_rows: int | None = None) -> float:
    """A forward pass with unmerged adapters of ``adapter`` parameters: 2 more FLOPs per adapter parameter and token."""
    return forward(shape, tokens, head_rows=head_rows) + 2.0 * adapter * tokens


def lora_step(shape: FlopsShape, adapter: int, sequences: int, length: int, *, head_rows: int) -> float:
    """Forward and backward over ``sequences`` of ``length`` tokens with frozen weights and trained adapters.

    Backward: 2N·T again for the gradient through frozen matrices, those of ``entry`` apart (their own gradient, another 2N·T,
    is not needed: hence about 2.14 and not 3 forwards), 4 per adapter parameter and token, the head once more, and 10/4 of
    the attention, which recomputes its scores (Dao et al. 2022, "FlashAttention", algorithm 4: five matrix products against
    two).
    """
    tokens = sequences * length
    scores = attention(shape, tokens, length)
    matrices = 4.0 * shape.matrices - 2.0 * shape.entry
    return matrices * tokens + 4.0 * shape.head * head_rows + 6.0 * adapter * tokens + 3.5 * scores


def torch_flop_counter() -> Any:
    """A ``torch.utils.flop_counter.FlopCounterMode`` that also counts attention on the CPU.

    torch (2.13 among others) has no formula for ``_scaled_dot_product_flash_attention_for_cpu``, which is what
    ``scaled_dot_product_attention`` runs there: 3 to 5 % of a short forward pass go missing. Use it as a context
    manager; ``get_total_flops()`` is the sum.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode, flop_registry, sdpa_backward_flop_count, sdpa_flop_count

    def scores(query: Any, key: Any, value: Any, *rest: Any, out_shape: Any = None, **options: Any) -> int:
        return int(sdpa_flop_count(query, key, value))

    def scores_backward(gradient: Any, query: Any, key: Any, value: Any, *rest: Any, out_shape: Any = None, **options: Any) -> int:
        return int(sdpa_backward_flop_count(gradient, query, key, value))

    missing = {
        "_scaled_dot_product_flash_attention_for_cpu": scores,
        "_scaled_dot_product_flash_attention_for_cpu_backward": scores_backward,
    }
    packets = {getattr(torch.ops.aten, name): formula for name, formula in missing.items() if hasattr(torch.ops.aten, name)}
    return FlopCounterMode(
        display=False, custom_mapping={op: formula for op, formula in packets.items() if op not in flop_registry}
    )
