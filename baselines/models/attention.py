"""Attention over a shared prefix: computed once, read by a whole batch.

A batch of queries behind the same examples has the same keys and values for the examples. Copying them into every row's
cache costs memory and, because a growing cache is concatenated at each token, a copy of the whole prefix per token and
row. Here the prefix stays one tensor: all rows' queries meet it in one matrix product, and one softmax runs over prefix
and own keys together (the split of Juravsky et al. 2024, "Hydragen", without its approximation-free rescaling, which one
softmax makes unnecessary). Greedy answers equal those of the plain path (tests/test_models_language.py).
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface, DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from clgym.baselines.models.prefix import Prefix

NAME = "clgym_shared_prefix"


def grown(prefix: Prefix, text: str, piece: tuple[int, ...], cache: DynamicCache) -> Prefix:
    """``prefix`` followed by ``piece``, whose keys and values (batch 1) are in ``cache``."""
    layers: list[Any] = cache.layers
    keys = tuple(layer.keys[0] for layer in layers)
    values = tuple(layer.values[0] for layer in layers)
    if prefix.keys:
        keys = tuple(torch.cat(pair, dim=1) for pair in zip(prefix.keys, keys))
        values = tuple(torch.cat(pair, dim=1) for pair in zip(prefix.values, values))
    return Prefix(text, (*prefix.pieces, piece), keys, values)


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
    far_keys, far_values = shared_prefix.keys[module.layer_idx], shared_prefix.values[module.layer_idx]
    batch, heads, new, width = query.shape
    groups = far_keys.shape[0]
    own, far = key.shape[2], far_keys.shape[1]
    rows = query.reshape(batch, groups, -1, width)
    across = rows.transpose(0, 1).reshape(groups, -1, width)
    far_scores = torch.matmul(across, far_keys.transpose(1, 2)).view(groups, batch, -1, far).transpose(0, 1)
    own_scores = torch.matmul(rows, key.transpose(2, 3)).view(batch, heads, new, own)
    if attention_mask is not None:
        own_scores = own_scores.masked_fill(~attention_mask, torch.finfo(own_scores.dtype).min)
    elif new > 1:
        later = torch.ones(new, own, dtype=torch.bool, device=query.device).triu(own - new + 1)
        own_scores = own_scores.masked_fill(later, torch.finfo(own_scores.dtype).min)
    scores = torch.cat([far_scores, own_scores.view(batch, groups, -1, own)], dim=-1)
    weights = torch.softmax(scores * (scaling or width**-0.5), dim=-1, dtype=torch.float32).to(query.dtype)
    from_far = torch.matmul(weights[..., :far].transpose(0, 1).reshape(groups, -1, far), far_values)
    from_own = torch.matmul(weights[..., far:], value)
    mixed = from_far.view(groups, batch, -1, width).transpose(0, 1) + from_own
    return mixed.reshape(batch, heads, new, width).transpose(1, 2).contiguous(), None


def register() -> str:
    """Make the interface known to transformers (idempotent); returns its name."""
    AttentionInterface.register(NAME, shared_prefix_attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME
