"""What differs between architectures, found once when a model is loaded: by looking and by one pass over two tokens, not by names.

Here are caches made from a model's own config, the linear maps and the experts inside its layers, what its head does to the
logits, and what one token costs. What a model cannot do is refused here, by name, before anybody asks it anything
(docs/decisions/017-any-model.md).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from transformers import DynamicCache
from transformers.pytorch_utils import Conv1D

from clgym import flops
from clgym.baselines.models.attention import NAME
from clgym.baselines.models.machine import quiet
from clgym.errors import ModelUnavailable

#: What configs call the number of experts that each token is sent to.
CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_topk", "moe_k")
#: What configs call a factor that logits are multiplied with.
FACTORS = ("logit_scale", "lm_head_multiplier")
#: FLOPs of one token for each number of a recurrent state. Mamba decays it, adds an outer product and reads it (Dao & Gu 2024, "Mamba-2",
#: equation 1); the gated delta rule reads it once more before it writes (Yang et al. 2024, "Gated Delta Networks", equation 10).
MAMBA, DELTA_RULE = 4, 6


@dataclass(frozen=True)
class Layout:
    """What the calls of a language model need to know of its architecture."""

    flops_shape: flops.FlopsShape
    cache_keyword: str
    """what its decoder calls its cache"""
    recurrent: bool
    """some layer overwrites a state: no gradient flows back through its cache, and only single tokens go on from it"""
    shares_prefixes: bool
    """what attention reads of earlier tokens is what a cache holds of them"""
    window: int
    """tokens that prompt and answer may have together"""
    scale: float
    """logits are multiplied by this"""
    cap: float | None
    """and then held within ± this"""


def read_layout(network: Any, name: str) -> Layout:
    """The layout of a network. Raises ``ModelUnavailable`` for one that is broken, or whose head is not understood."""
    config = text_config(network)
    keyword = "cache" if "cache" in inspect.signature(network.get_decoder().forward).parameters else "past_key_values"
    divided = getattr(config, "logits_scaling", None) or 1.0
    scale = next((factor for factor in (getattr(config, key, None) for key in FACTORS) if factor), 1.0) / divided
    cap = getattr(config, "final_logit_softcapping", None)
    cache = new_cache(network)
    with torch.inference_mode(), quiet():
        hidden, logits, expansions = _first_passes(network, {keyword: cache})
    if not bool(torch.isfinite(logits).all()):
        raise ModelUnavailable(
            f"{name} answers a first token with logits that are no numbers (NaN or infinite): its weights are damaged."
        )
    if not torch.allclose(
        scaled(network.get_output_embeddings()(hidden).float(), scale, cap), logits.float(), rtol=0.02, atol=1e-3
    ):
        raise ModelUnavailable(
            f"{name} makes its logits in a way that clgym does not know ({type(network).__name__}): its answers would not be its own."
        )
    recurrent = any(hasattr(layer, "recurrent_states") for layer in cache.layers)
    window = getattr(config, "max_position_embeddings", None) or 2048
    expansion = sum(expansions.values())
    shape = _flops_shape(network, cache, expansion)
    shares = network.config._attn_implementation == NAME and not expansion and not recurrent
    return Layout(shape, keyword, recurrent, shares, window, scale, cap)


def text_config(network: Any) -> Any:
    """The config of the language model; that of a multimodal model holds it as one of its parts."""
    return network.config.get_text_config(decoder=True)


def new_cache(network: Any) -> DynamicCache:
    """An empty cache whose layers keep what those of the network need: everything, a window, or a state."""
    return DynamicCache(config=text_config(network))


def select(cache: DynamicCache, rows: torch.Tensor) -> None:
    """Keep these rows of a batch, in this order; a row may be there more than once.

    By the way of beam search, which every kind of layer has.
    """
    cache.reorder_cache(rows)


def scaled(logits: torch.Tensor, scale: float, cap: float | None) -> torch.Tensor:
    """Logits as the architectures make them that scale or cap them (Cohere, Granite, Falcon-H1, Gemma)."""
    logits = logits if scale == 1.0 else logits * scale
    return cap * torch.tanh(logits / cap) if cap else logits


# -- matrices ---------------------------------------------------------------------------------------------------------


def linears(network: Any) -> Iterator[tuple[str, nn.Linear | Conv1D]]:
    """The linear maps inside the layers, by name: everything but the output head. GPT-2's have their weights as [in, out]."""
    return ((name, module) for name, module in _inside(network) if isinstance(module, (nn.Linear, Conv1D)))


def adaptable(network: Any) -> Iterator[tuple[str, nn.Linear | Conv1D]]:
    """The linear maps that an adapter goes over: all but the last of each Mamba layer.

    Its weight is read past the module by Mamba's fused kernels, so that an adapter would work on one machine and not on another.
    """
    mamba = {f"{name}.out_proj" for name, module in _inside(network) if _recurrence(module) == MAMBA}
    return ((name, linear) for name, linear in linears(network) if name not in mamba)


def experts(network: Any) -> Iterator[tuple[str, nn.Parameter]]:
    """The matrices [experts, ., .] that a mixture keeps as one parameter, by name."""
    for name, module in _inside(network):
        if hasattr(module, "num_experts"):
            for key, parameter in module.named_parameters(recurse=False):
                if parameter.dim() == 3:
                    yield f"{name}.{key}", parameter


def layer_parameters(network: Any) -> int:
    """Parameters inside the layers, embeddings and head left out."""
    modules = (module for _, module in _inside(network) if not isinstance(module, nn.Embedding))
    return sum(parameter.numel() for module in modules for parameter in module.parameters(recurse=False))


def _inside(network: Any) -> Iterator[tuple[str, nn.Module]]:
    """The modules of the decoder, under their names in the network. What sees pictures is not among them."""
    decoder = set(network.get_decoder().modules())
    return ((name, module) for name, module in network.named_modules() if module in decoder)


# -- FLOPs ------------------------------------------------------------------------------------------------------------


def _flops_shape(network: Any, cache: DynamicCache, expansion: int) -> flops.FlopsShape:
    """What the formulas need; ``UNKNOWN`` where some layer is of no kind that can be counted.

    Args:
        cache: one that something was written into.
        expansion: parameters of the maps that each pass multiplies with what a cache holds.
    """
    try:
        whole, sliding, recurrence = _mixing(network, cache)
        chosen = round(sum(parameter.numel() * _share(network, len(parameter)) for _, parameter in experts(network)))
        matrices = chosen + round(sum(_plain_matrices(network)))
    except _Uncountable:
        return flops.UNKNOWN
    uneven = any(
        len(set(_widths(text_config(network), layer))) > 1 for layer in cache.layers if getattr(layer, "keys", None) is not None
    )
    plain = uneven or network.config._attn_implementation == "eager"  # no kernel that recomputes scores
    return flops.FlopsShape(
        layers=len(whole),
        attention=sum(whole) / len(whole) if whole else 0,
        matrices=matrices,
        head=network.get_output_embeddings().weight.numel(),
        entry=_entry(network),
        sliding=tuple(sliding),
        recurrence=recurrence,
        experts=chosen,
        expansion=expansion,
        attention_backward=2.0 if plain else 2.5,
    )


class _Uncountable(Exception):
    """Some layer does what no formula here knows."""


def _plain_matrices(network: Any) -> Iterator[float]:
    """Parameters that each token is multiplied with, beside the experts of :func:`experts`: of linear maps, convolutions and routers."""
    known = {name for name, _ in experts(network)}
    for name, module in _inside(network):
        if isinstance(module, nn.Embedding):
            continue
        among = re.search(r"\.experts\.\d+\.", name)  # a list of small networks, as before they became one parameter
        for key, parameter in module.named_parameters(recurse=False):
            if parameter.dim() < 2 or key.endswith("bias") or f"{name}.{key}" in known:
                continue
            if parameter.dim() > 2 and not isinstance(module, nn.Conv1d):
                raise _Uncountable
            yield parameter.numel() * (_share(network, _how_many(network, name)) if among else 1)


def _how_many(network: Any, name: str) -> int:
    """The number of experts in the list that the module of that name is in."""
    return len(network.get_submodule(name[: name.index(".experts.") + len(".experts")]))


def _share(network: Any, count: int) -> float:
    """The part of ``count`` experts that one token is sent to."""
    config = text_config(network)
    chosen = next((value for value in (getattr(config, key, None) for key in CHOSEN) if isinstance(value, int)), None)
    if chosen is None:
        raise _Uncountable
    return chosen / count


def _mixing(network: Any, cache: DynamicCache) -> tuple[list[float], list[flops.Sliding], int]:
    """Widths of the layers that attend to everything, the layers that slide, and the FLOPs of one token in all recurrences."""
    heads, whole, sliding, recurrence = text_config(network).num_attention_heads, [], [], 0
    states = [_recurrence(module) for _, module in _inside(network) if _recurrence(module)]
    for layer in cache.layers:
        keys, kept = getattr(layer, "keys", None), getattr(layer, "recurrent_states", {})
        if keys is None and not hasattr(layer, "conv_states") or not isinstance(heads, int):
            raise _Uncountable  # it reads another layer's keys, or nothing that is kept here
        if keys is not None:
            width = heads * sum(_widths(text_config(network), layer)) / 2
            window = layer.sliding_window if layer.is_sliding else None
            whole += [] if window else [width]
            sliding += [flops.Sliding(1, width, window)] if window else []
        for state in (state for state in kept.values() if state is not None):
            if not states:
                raise _Uncountable
            recurrence += states.pop(0) * state[0].numel()
    return whole, sliding, recurrence


def _widths(config: Any, layer: Any) -> tuple[int, int]:
    """How wide one head's key and value are where they meet the query; a cache may hold them compressed."""
    if hasattr(config, "kv_lora_rank"):
        return config.qk_nope_head_dim + config.qk_rope_head_dim, config.v_head_dim
    return layer.keys.shape[-1], layer.values.shape[-1]


def _recurrence(module: nn.Module) -> int:
    """FLOPs of one token for each number of the state that a module keeps; 0 where it keeps none. By its parameters: Mamba has A and D."""
    if not hasattr(module, "A_log"):
        return 0
    return MAMBA if hasattr(module, "D") else DELTA_RULE


def _first_passes(network: Any, cache: dict[str, DynamicCache]) -> tuple[torch.Tensor, torch.Tensor, dict[str, int]]:
    """Hidden states and logits of two tokens, by two passes, and the sizes of maps that read these two again when a third came.

    So everything that is said once is said here: a kernel that is not installed is missed by the first pass that wants it.
    """
    ids, decoder = torch.arange(3, device=network.device)[None], network.get_decoder()
    hidden = decoder(input_ids=ids[:, :2], use_cache=True, **cache).last_hidden_state
    expansions: dict[str, int] = {}

    def look(name: str, module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if inputs[0].shape[:-1].numel() == 3:
            expansions[name] = module.weight.numel()

    hooks = [linear.register_forward_hook(partial(look, name)) for name, linear in linears(network)]
    try:
        decoder(input_ids=ids[:, 2:], use_cache=True, **cache)
    finally:
        for hook in hooks:
            hook.remove()
    return hidden, network(input_ids=ids[:, :2], use_cache=False).logits, expansions


@torch.enable_grad()
def _entry(network: Any) -> int:
    """Parameters of the linear maps that read nothing another linear map made, found by a pass over one token."""
    sizes = []

    def look(module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if not inputs[0].requires_grad:
            sizes.append(module.weight.numel())
            output.requires_grad_()

    hooks = [linear.register_forward_hook(look) for _, linear in linears(network)]
    try:
        network.get_decoder()(input_ids=torch.zeros(1, 1, dtype=torch.long, device=network.device), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(sizes)
