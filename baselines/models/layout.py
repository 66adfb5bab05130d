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
from typing import Any, cast

import torch
from torch import nn
from transformers import DynamicCache
from transformers.pytorch_utils import Conv1D

from clgym import flops
from clgym.baselines.models.attention import NAME
from clgym.baselines.models.machine import NO_MEMORY, enough_memory, quiet
from clgym.errors import ModelUnavailable

#: What configs call the number of experts that each token is sent to.
CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_topk", "moe_k")
#: What configs call a factor that logits are multiplied with.
FACTORS = ("logit_scale", "lm_head_multiplier")
#: FLOPs of one token for each number of a recurrent state. Mamba decays it, adds an outer product and reads it (Dao & Gu 2024, "Mamba-2",
#: equation 1); the gated delta rule reads it once more before it writes (Yang et al. 2024, "Gated Delta Networks", equation 10).
MAMBA, DELTA_RULE = 4, 6
#: Tokens that a model is tried with when it is loaded.
PROBED = 6
#: How far apart, as a part of their size, two ways to the same numbers may be: rounding in bfloat16 is below, another meaning above.
NOISE = 0.25


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
    """The layout of a network. Raises ``ModelUnavailable`` for one that is broken, or whose passes are not understood."""
    with enough_memory(name, "the number format (dtype=bfloat16) or take a smaller model"):
        try:
            return _read_layout(network, name)
        except (ModelUnavailable, torch.OutOfMemoryError, MemoryError):
            raise
        except Exception as cause:  # the code of a model raises whatever its authors liked
            if NO_MEMORY in str(cause):
                raise
            raise ModelUnavailable(
                f"{name} ({type(network).__name__}) cannot be run ({(str(cause) or type(cause).__name__).splitlines()[0]}). "
                "The page on models shows what can."
            ) from cause


def _read_layout(network: Any, name: str) -> Layout:
    config = text_config(network)
    words = inspect.signature(decoder(network).forward).parameters
    keyword = "cache" if "cache" in words else "past_key_values"
    divided = getattr(config, "logits_scaling", None) or 1.0
    scale = next((factor for factor in (getattr(config, key, None) for key in FACTORS) if factor), 1.0) / divided
    cap = getattr(config, "final_logit_softcapping", None)
    cache = new_cache(network)
    with torch.inference_mode(), quiet():
        with flops.torch_flop_counter() as counter:
            hidden, logits = _alone(network)
        batched, expansion = _batched(network, cache, keyword)
        head = scaled(network.get_output_embeddings()(hidden).float(), scale, cap)
    if not bool(torch.isfinite(logits).all()):
        raise ModelUnavailable(
            f"{name} answers its first tokens with logits that are no numbers (NaN or infinite): its weights are damaged, or too large for "
            f"{str(network.dtype).removeprefix('torch.')}."
        )
    if _apart(head, logits) > NOISE:
        raise ModelUnavailable(f"{name} makes its logits in a way that clgym does not know ({type(network).__name__}).")
    if _apart(batched, hidden[:, -1]) > NOISE:
        raise ModelUnavailable(
            f"{name} says something else in a padded batch than alone ({type(network).__name__} does not leave padding out, or its cache is "
            "of a kind that clgym does not know): its answers would depend on which others are asked."
        )
    if any(hasattr(layer, "update_indexer") for layer in cache.layers):
        raise ModelUnavailable(
            f"{name} chooses which earlier tokens to read by a score of its own ({type(network).__name__}), and padding changes what it chooses."
        )
    recurrent = any(hasattr(layer, "recurrent_states") for layer in cache.layers)
    shares = network.config._attn_implementation == NAME and not expansion and not recurrent
    window = getattr(config, "max_position_embeddings", None) or 2048
    shape = _flops_shape(network, cache, expansion)
    if not recurrent and counter.get_total_flops() > 1.01 * (2 * flops.forward(shape, PROBED) - 2 * shape.head * PROBED):
        shape = flops.UNKNOWN  # it does more than what is known of it; a counter may well see less, such as a kernel of its own
    return Layout(shape, keyword, recurrent, shares, window, scale, cap)


def _apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """How far two tensors are apart, as a part of their size."""
    return float((one.float() - other.float()).norm() / other.float().norm().clamp(min=1e-6))


def decoder(network: Any) -> Any:
    """The layers with the embeddings before them, of a model of text or of more."""
    body = network.get_decoder()
    return body if body.get_output_embeddings() is None else body.base_model if body.base_model is not body else body.model


def text_config(network: Any) -> Any:
    """The config of the language model; that of a multimodal model holds it as one of its parts."""
    return network.config.get_text_config(decoder=True)


def new_cache(network: Any) -> DynamicCache:
    """An empty cache whose layers keep what those of the network need: everything, a window, or a state."""
    return DynamicCache(config=text_config(network))


def held(cache: DynamicCache) -> int:
    """Tokens that a cache holds; 0 where no layer of it keeps any, so that none of them asks for a place."""
    return int(cache.get_seq_length()) if any(hasattr(layer, "keys") for layer in cache.layers) else 0


def select(cache: DynamicCache, rows: torch.Tensor) -> None:
    """Keep these rows of a batch, in this order; a row may be there more than once.

    By the way of beam search, which every kind of layer has.
    """
    cache.reorder_cache(cast("torch.LongTensor", rows))


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
    inside = set(decoder(network).modules())
    return ((name, module) for name, module in network.named_modules() if module in inside)


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
    layers: list[Any] = cache.layers
    for layer in layers:
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


def _first_tokens(network: Any) -> torch.Tensor:
    """What a model is tried with. The last one pads, where one does: some models say once that this may be a mistake."""
    ids, pad = torch.arange(PROBED, device=network.device), getattr(text_config(network), "pad_token_id", None)
    if isinstance(pad, int) and 0 <= pad < network.get_input_embeddings().weight.shape[0]:
        ids[-1] = pad
    return ids


def _alone(network: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden states and logits of the first tokens that a model has [1, PROBED, .], by two passes without a cache."""
    ids = _first_tokens(network)[None]
    return decoder(network)(input_ids=ids, use_cache=False).last_hidden_state, network(input_ids=ids, use_cache=False).logits


def _batched(network: Any, cache: DynamicCache, keyword: str) -> tuple[torch.Tensor, int]:
    """The last hidden state [1, width] of the same tokens beside a longer row, the last token behind a cache; and the ``expansion``.

    Whatever is said once is said here: a kernel that is not installed is missed by the first pass that wants it.
    """
    body, device = decoder(network), network.device
    ids = torch.zeros(2, 2 * PROBED, dtype=torch.long, device=device)
    ids[0, PROBED:] = _first_tokens(network)
    mask = torch.ones_like(ids, dtype=torch.bool)
    mask[0, :PROBED] = False
    positions = (mask.long().cumsum(1) - 1).clamp(min=0)
    body(input_ids=ids[:, :-1], attention_mask=mask[:, :-1], position_ids=positions[:, :-1], use_cache=True, **{keyword: cache})
    again: dict[str, int] = {}

    def look(name: str, module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if inputs[0].shape[:-1].numel() > len(ids):
            again[name] = module.weight.numel()

    hooks = [linear.register_forward_hook(partial(look, name)) for name, linear in linears(network)]
    try:
        last = body(input_ids=ids[:, -1:], attention_mask=mask, position_ids=positions[:, -1:], use_cache=True, **{keyword: cache})
    finally:
        for hook in hooks:
            hook.remove()
    return last.last_hidden_state[:1, -1], sum(again.values())


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
        decoder(network)(input_ids=torch.zeros(1, 1, dtype=torch.long, device=network.device), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(sizes)
