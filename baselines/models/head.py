"""Log-probabilities of given tokens without ever holding the logits of all of them.

Over a vocabulary of 49,152 words the logits of 1,024 tokens, their logarithms and their gradients take 0.8 GB, and writing them costs
more than the arithmetic. What training wants of a token is one number, log p(y) = z_y − log Σ_v exp z_v with z = W h / T, and as
the head W is frozen its gradient ∂ log p(y) / ∂h = (W_y − Σ_v p_v W_v) / T is known at once: both come from a few rows of logits
that are then dropped (the fusion of Hsu et al. 2024, "Liger Kernel", arXiv 2410.10989, for a head that is not trained).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

#: Tokens whose logits exist at a time: fewer would read W too often, more would leave the processor's cache.
ROWS = 256


class ChosenLogProbabilities(torch.autograd.Function):
    """hidden [tokens, width], weight [vocabulary, width], targets [tokens], T -> log p of each target [tokens], in float32."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, temperature: float) -> Tensor:
        values, slopes = [], []
        for start in range(0, len(targets), ROWS):
            chosen = targets[start : start + ROWS, None]
            logits = functional.linear(hidden[start : start + ROWS], weight).float().div_(temperature)
            total = logits.logsumexp(-1, keepdim=True)
            values.append((logits.gather(1, chosen) - total)[:, 0])
            if ctx.needs_input_grad[0]:
                slopes.append(weight[chosen[:, 0]] - logits.sub_(total).exp_().to(weight.dtype) @ weight)
        if slopes:
            ctx.save_for_backward(torch.cat(slopes))
            ctx.temperature = temperature
        return torch.cat(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:  # type: ignore[override]
        (slopes,) = ctx.saved_tensors
        return (gradient[:, None] / ctx.temperature * slopes).to(slopes.dtype), None, None, None


def chosen_log_probabilities(hidden: Tensor, head: torch.nn.Module, targets: Tensor, temperature: float = 1.0) -> Tensor | None:
    """log p of each target [tokens], or None where the head is more than a frozen matrix."""
    if type(head) is not torch.nn.Linear or head.bias is not None or head.weight.requires_grad or not len(targets):
        return None
    values: Tensor = ChosenLogProbabilities.apply(hidden, head.weight, targets, temperature)
    return values
