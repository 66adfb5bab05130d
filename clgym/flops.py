"""FLOPs of a decoder-only transformer: closed formulas, and torch's counter with what it misses registered.

The formulas count multiply-adds as two and matrices only (norms, activations and softmax are below 1 %), as
Kaplan et al. 2020, "Scaling Laws for Neural Language Models", section 2.1 does: 2N per token for the matrices, and
2 · 2 · L · d · ctx per token for the scores and the weighted sum of attention over ``ctx`` keys (the full rectangle is
computed, masked or not). Importing this module takes no torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple


class Sliding(NamedTuple):
    """Layers whose queries see the last ``window`` positions alone; ``width`` is that of all their query heads together."""

    layers: int
    width: float
    window: int


@dataclass(frozen=True)
class FlopsShape:
    """What the formulas need of a model: a language model declares it as ``flops_shape``.

    ``matrices`` is the number of parameters that one token is multiplied with in all layers: matrices and convolutions, of a
    mixture the router and the chosen experts (embeddings and head left out). ``head`` is that of the output head (vocabulary ×
    hidden). ``layers`` attend to everything before them and ``attention`` is the width d of all query heads together (half the sum
    of both where keys and values differ); ``sliding`` are those that attend to a window. ``recurrence`` is the FLOPs of one token in
    what linear attention and Mamba do beside their matrices: each step reads and writes a state. ``experts`` is the part of
    ``matrices`` that lies in chosen experts, ``expansion`` the part that each pass multiplies with the positions behind too, because
    keys and values are kept compressed (DeepSeek), and ``entry`` the part that reads the embeddings themselves (queries, keys and
    values of the first layer): nothing before it is trained by an adapter, so no gradient is sent back through it.
    ``attention_backward`` is what the backward pass of attention takes, in forward passes.
    """

    layers: int
    attention: float
    matrices: int
    head: int
    entry: int = 0
    sliding: tuple[Sliding, ...] = ()
    recurrence: int = 0
    experts: int = 0
    expansion: int = 0
    attention_backward: float = 2.5


#: Of a model whose cost nobody can count: every formula gives 0, which records and tables take for "undefined", never for free.
UNKNOWN = FlopsShape(layers=0, attention=0, matrices=0, head=0)


@dataclass(frozen=True)
class LoraShape:
    """What the formulas need of an adapter. ``maps`` is the number of parameters in the factors of linear maps, which each token is
    multiplied with; ``experts`` is r times the parameters of all experts, whose W + (α/r)·B·A is made anew in each pass."""

    maps: int
    experts: int = 0


def forward(shape: FlopsShape, tokens: int, cached: int = 0, *, head_rows: int | None = None) -> float:
    """One pass over ``tokens`` positions that see ``cached`` earlier ones; logits for ``head_rows`` (default all).

    2·N·T + 2·V·rows + attention + recurrence.
    """
    rows = tokens if head_rows is None else head_rows
    return (2.0 * shape.matrices + shape.recurrence) * tokens + 2.0 * shape.head * rows + attention(shape, tokens, cached)


def attention(shape: FlopsShape, tokens: int, cached: int = 0) -> float:
    """Scores and weighted sums of ``tokens`` queries behind ``cached`` positions in every layer: 4·L·d·ctx·T.

    The context is all of them together; where a window slides, no more than window − 1 of those behind are held. Keys and values
    that are kept compressed are expanded in each pass.
    """
    everything = shape.layers * shape.attention * (cached + tokens)
    windows = sum(layers * width * (min(cached, window - 1) + tokens) for layers, width, window in shape.sliding)
    return 4.0 * (everything + windows) * tokens + 2.0 * shape.expansion * cached


def decode(shape: FlopsShape, tokens: int, cached: int) -> float:
    """``tokens`` single-token passes, one after another, the first of which sees ``cached`` earlier positions.

    The contexts are cached + 1, ..., cached + T: their sum is T·cached + T·(T + 1)/2. A window's stay as they are once it is full.
    """
    seen = shape.layers * shape.attention * _contexts(tokens, cached)
    expanded = 2.0 * shape.expansion * (_contexts(tokens, cached) - tokens)
    for layers, width, window in shape.sliding:
        growing = min(tokens, max(window - 1 - cached, 0))
        seen += layers * width * (_contexts(growing, cached) + (tokens - growing) * window)
    return (2.0 * (shape.matrices + shape.head) + shape.recurrence) * tokens + 4.0 * seen + expanded


def _contexts(tokens: int, cached: int) -> float:
    return tokens * cached + tokens * (tokens + 1) / 2


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

    def layers(
        self, shape: FlopsShape, rows: int, tokens: int, cached: int, *, adapter: LoraShape | None = None, training: bool = False
    ) -> None:
        """``rows`` sequences of ``tokens`` new positions behind ``cached`` ones each, through all layers."""
        scores = rows * attention(shape, tokens, cached)
        self.spent += (2.0 * shape.matrices + shape.recurrence) * rows * tokens + scores + _adapting(adapter, rows * tokens)
        if training:
            self.pending += _backward(shape, adapter, rows * tokens, scores)

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


def lora_merge(parameters: int, rank: int) -> float:
    """Making W + (α/r)·B·A for matrices of so many ``parameters`` together: 2·r·N."""
    return 2.0 * rank * parameters


def lora_forward(shape: FlopsShape, adapter: LoraShape, tokens: int, *, head_rows: int | None = None, passes: float = 1.0) -> float:
    """A forward pass with unmerged adapters: 2 more FLOPs per adapter parameter and token, and the experts' matrices.

    ``passes`` is how many the tokens went through the network in: less than one for a part of a batch.
    """
    return forward(shape, tokens, head_rows=head_rows) + _adapting(adapter, tokens, passes)


def lora_step(shape: FlopsShape, adapter: LoraShape, sequences: int, length: int, *, head_rows: int) -> float:
    """Forward and backward over ``sequences`` of ``length`` tokens with frozen weights and trained adapters, in one pass.

    Backward: 2N·T again for the gradient through frozen matrices, those of ``entry`` apart (their own gradient, another 2N·T,
    is not needed: hence about 2.14 and not 3 forwards), 4 per adapter parameter and token, the head once more, and of the
    attention 10/4 where it recomputes its scores (Dao et al. 2022, "FlashAttention", algorithm 4: five matrix products against
    two), 2 where it kept them. Chosen experts do need their own gradient, from which those of their factors are made.
    """
    tokens = sequences * length
    scores = sequences * attention(shape, length)
    there = (2.0 * shape.matrices + shape.recurrence) * tokens + scores + _adapting(adapter, tokens)
    return there + _backward(shape, adapter, tokens, scores) + 4.0 * shape.head * head_rows


def _adapting(adapter: LoraShape | None, tokens: int, passes: float = 1.0) -> float:
    """What unmerged adapters add to a forward pass. Experts' matrices are made twice: torch looks at one before it is used."""
    return 2.0 * adapter.maps * tokens + 4.0 * adapter.experts * passes if adapter else 0.0


def _backward(shape: FlopsShape, adapter: LoraShape | None, tokens: int, scores: float) -> float:
    """The backward pass through all layers; ``scores`` is what attention took forward."""
    through = (2.0 * (shape.matrices - shape.entry) + 2.0 * shape.recurrence) * tokens + shape.attention_backward * scores
    experts = 2.0 * shape.experts * tokens if adapter and adapter.experts else 0.0
    factors = 4.0 * adapter.maps * tokens + 4.0 * adapter.experts if adapter else 0.0
    return through + experts + factors


def torch_flop_counter() -> Any:
    """A ``torch.utils.flop_counter.FlopCounterMode`` that also counts attention on the CPU, and experts.

    torch (2.13 among others) has no formula for ``_scaled_dot_product_flash_attention_for_cpu``, which is what
    ``scaled_dot_product_attention`` runs there: 3 to 5 % of a short forward pass go missing. Nor has it one for ``_grouped_mm``, in
    which a mixture's rows meet each the matrix of its expert, or for products with weights that were laid out for this CPU. Use it as a context manager; ``get_total_flops()`` is the sum.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode, flop_registry, sdpa_backward_flop_count, sdpa_flop_count

    def scores(query: Any, key: Any, value: Any, *rest: Any, out_shape: Any = None, **options: Any) -> int:
        return int(sdpa_flop_count(query, key, value))

    def scores_backward(gradient: Any, query: Any, key: Any, value: Any, *rest: Any, out_shape: Any = None, **options: Any) -> int:
        return int(sdpa_backward_flop_count(gradient, query, key, value))

    def grouped(rows: Any, matrices: Any, *rest: Any, out_shape: Any = None, **options: Any) -> int:
        # Rows [tokens, in] by matrices [groups, in, out]; for the gradient of matrices, [in, tokens] by [tokens, out].
        return 2 * int(rows[0]) * int(rows[1]) * int(matrices[-1])

    def laid_out(rows: Any, *rest: Any, out_shape: Any = None, **options: Any) -> int:
        # Rows [..., in] by a matrix whose shape nobody can see: what comes out is [..., out].
        return 2 * math.prod(rows) * int(out_shape[-1])

    missing = {
        ("aten", "_grouped_mm"): grouped,
        ("aten", "_scaled_dot_product_flash_attention_for_cpu"): scores,
        ("aten", "_scaled_dot_product_flash_attention_for_cpu_backward"): scores_backward,
        ("quantized", "linear_dynamic_fp16"): laid_out,
        ("mkldnn", "_linear_pointwise"): laid_out,
    }
    packets = {
        getattr(getattr(torch.ops, library), name): formula
        for (library, name), formula in missing.items()
        if hasattr(getattr(torch.ops, library), name)
    }
    return FlopCounterMode(
        display=False, custom_mapping={op: formula for op, formula in packets.items() if op not in flop_registry}
    )
