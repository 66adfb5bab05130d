"""Attention over a shared prefix: computed once, read by a whole batch.

A batch of queries behind the same examples has the same keys and values for the examples. Copying them into every row's
cache costs memory and, because a growing cache is concatenated at each token, a copy of the whole prefix per token and
row. Here the prefix stays one tensor: all rows' queries meet it in one matrix product, and one softmax runs over prefix
and own keys together (the split of Juravsky et al. 2024, "Hydragen", without its approximation-free rescaling, which one
softmax makes unnecessary). Greedy answers equal those of the plain path (tests/test_models_language.py).

Queries are taken a block at a time: their scores stay in the processor's cache, and own keys that none of them may read yet
are not multiplied (docs/decisions/004-models.md has what that is worth).
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface, DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from clgym.model import Prefix

NAME = "clgym_shared_prefix"
#: Queries whose scores exist at a time.
BLOCK = 128


def grown(prefix: Prefix, piece: tuple[int, ...], cache: DynamicCache) -> Prefix:
    """``prefix`` followed by ``piece``, whose keys and values (batch 1) are in ``cache``."""
    layers: list[Any] = cache.layers
    keys = tuple(layer.keys[0] for layer in layers)
    values = tuple(layer.values[0] for layer in layers)
    if prefix.keys:
        keys = tuple(torch.cat(pair, dim=1) for pair in zip(prefix.keys, keys))
        values = tuple(torch.cat(pair, dim=1) for pair in zip(prefix.values, values))
    return Prefix((*prefix.pieces, piece), keys, values)


def shared_prefix_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    shared_prefix: Prefix | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """transformers' attention interface: plain SDPA, or with ``shared_prefix`` in front of every row's own keys.

    query [batch, heads, new, width], key and value [batch, kv heads, own, width]; returns [batch, new, heads, width].
    """
    if shared_prefix is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options)
    far = shared_prefix.keys[module.layer_idx], shared_prefix.values[module.layer_idx]
    new, own = query.shape[2], key.shape[2]
    if attention_mask is None:
        attention_mask = torch.ones(1, 1, new, own, dtype=torch.bool, device=query.device).tril(own - new)
    query = query * (scaling or query.shape[3] ** -0.5)
    mixed = []
    for start in range(0, new, BLOCK):
        end = min(start + BLOCK, new)
        near = own - new + end
        hidden = ~attention_mask[:, :, start:end, :near]
        mixed.append(_read(query[:, :, start:end], key[:, :, :near], value[:, :, :near], *far, hidden))
    return torch.cat(mixed, 2).transpose(1, 2).contiguous(), None


def _read(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    far_keys: torch.Tensor,
    far_values: torch.Tensor,
    hidden: torch.Tensor,
) -> torch.Tensor:
    """What scaled queries [batch, heads, new, width] read from the far keys, and from their own ones that are not ``hidden``."""
    batch, heads, new, width = query.shape
    groups, own, far = key.shape[1], key.shape[2], far_keys.shape[1]
    rows = query.reshape(batch, groups, -1, width)
    across = rows.transpose(0, 1).reshape(groups, -1, width)
    far_scores = torch.matmul(across, far_keys.transpose(1, 2)).view(groups, batch, -1, far).transpose(0, 1)
    own_scores = torch.matmul(rows, key.transpose(2, 3)).view(batch, heads, new, own)
    own_scores = own_scores.masked_fill_(hidden, torch.finfo(own_scores.dtype).min).view(batch, groups, -1, own)
    weights = torch.softmax(torch.cat([far_scores, own_scores], -1), -1)
    from_far = torch.matmul(weights[..., :far].transpose(0, 1).reshape(groups, -1, far), far_values)
    from_own = torch.matmul(weights[..., far:], value)
    mixed = from_far.view(groups, batch, -1, far_values.shape[2]).transpose(0, 1) + from_own
    return mixed.reshape(batch, heads, new, -1)


def register() -> str:
    """Make the interface known to transformers (idempotent); returns its name."""
    AttentionInterface.register(NAME, shared_prefix_attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME
