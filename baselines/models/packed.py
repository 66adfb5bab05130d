"""The layers of Llama-like decoders without their modules, for answering on a CPU.

Decoding one token reads every weight once, so that it takes what reading takes. Matrices that read the same input lie behind one
another and are multiplied at once; each number in them has 16 bits where that holds it (the embedded model was released in
bfloat16, which float16 repeats to within 3e-8), whatever the activations have, which are multiplied and summed in float32.
Keys and values are written into room that was made ahead, where transformers copies all of them for every token.

What came of it, and what was tried beside it: docs/decisions/019-speed-on-a-cpu.md. Any other architecture, device or pass with
gradients goes through the network's own modules.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import DynamicCache
from transformers.models.llama import modeling_llama
from transformers.models.mistral import modeling_mistral
from transformers.models.qwen2 import modeling_qwen2

from clgym.baselines.models.attention import NAME, shared_prefix_attention
from clgym.baselines.models.layout import decoder
from clgym.baselines.models.machine import cpu_has_bfloat16
from clgym.model import Prefix

#: Decoders that are known to compute what is computed here, where all of their layers attend to everything.
KNOWN = (modeling_llama.LlamaModel, modeling_mistral.MistralModel, modeling_qwen2.Qwen2Model)
#: Rows up to which reading the weights takes longer than multiplying them.
FEW = 128
#: Tokens that room is made for at a time.
ROOM = 64
#: Answers asked for at once for which replaced weights are laid out anew.
MANY = 16
#: How far from a weight its copy in 16 bits may be: half of the smallest float16, which no sum in float32 notices.
TINY = 2.0**-24
Kernel = Callable[[Tensor], Tensor]


class Kernels:
    """Weights laid out for multiplying few rows: those that a network was loaded with, for it and all of its clones, and its own.

    Laying out anew takes as long as twenty tokens, so that weights that were replaced (an adapter was merged into them) are laid out where many answers
    are asked for at once, and that is decided by the question alone: an agent that was loaded from disk computes the very same numbers.
    """

    def __init__(self, first: dict[tuple[int, ...], tuple[Any, Kernel | None]] | None = None):
        self.first = {} if first is None else first
        self.repack = False

    @contextmanager
    def asked_for(self, answers: int) -> Iterator[None]:
        """Inside, so many answers are made."""
        self.repack = answers >= MANY
        try:
            yield
        finally:
            self.repack = False


class Maps:
    """Linear maps that read the same input, multiplied at once. Weights that are replaced or written to are laid out anew.

    Args:
        modules: they have weights [out, in].
        kernels: what is laid out already.
    """

    def __init__(self, modules: Sequence[nn.Linear], kernels: Kernels):
        self._modules, self._kernels = tuple(modules), kernels
        self._widths = [len(module.weight) for module in modules]
        self._first = tuple(module.weight for module in modules)
        # torch multiplies bfloat16 one number at a time where the processor cannot.
        self._emulated = modules[0].weight.dtype == torch.bfloat16 and not cpu_has_bfloat16()
        self._own: tuple[tuple[Tensor, ...], list[int], Kernel | None] | None = None

    def __call__(self, rows: Tensor) -> tuple[Tensor, ...]:
        """rows [rows, in] -> one [rows, out] for each map."""
        multiply = self._kernel() if self._emulated or len(rows) <= FEW else None
        if multiply is None:
            return tuple(functional.linear(rows, module.weight, module.bias) for module in self._modules)
        whole = multiply(rows)
        return (whole,) if len(self._widths) == 1 else whole.split(self._widths, 1)

    def _kernel(self) -> Kernel | None:
        weights = tuple(module.weight for module in self._modules)
        if all(map(operator.is_, weights, self._first)):
            key = tuple(map(id, weights))
            if key not in self._kernels.first:
                self._kernels.first[key] = weights, self._laid_out(weights)
            return self._kernels.first[key][1]
        if not self._kernels.repack:
            return None
        versions = [weight._version for weight in weights]
        if self._own is None or self._own[1] != versions or not all(map(operator.is_, weights, self._own[0])):
            self._own = weights, versions, self._laid_out(weights)
        return self._own[2]

    def _laid_out(self, weights: Sequence[Tensor]) -> Kernel | None:
        biases: list[Tensor] = [module.bias for module in self._modules if module.bias is not None]
        return kernel(torch.cat([weight.detach() for weight in weights]), torch.cat(biases).detach() if biases else None)


def kernel(weight: Tensor, bias: Tensor | None) -> Kernel | None:
    """The product of few rows with ``weight`` [out, in], from a copy laid out for this CPU; None where there is none that is faster."""
    native = weight.dtype == torch.bfloat16 and cpu_has_bfloat16()
    if not native and _has_half() and _is_half(weight[:1]) and _is_half(weight):
        return _half(weight, bias)
    return _tiled(weight, bias) if _has_tiles() and (native or weight.dtype == torch.float32) else None


def _is_half(weight: Tensor) -> bool:
    """Whether float16 holds these weights."""
    return bool(weight.half().float().sub_(weight).abs_().max() <= TINY)


def _half(weight: Tensor, bias: Tensor | None) -> Kernel:
    """Weights in float16, activations and sums in float32 (FBGEMM)."""
    packed = torch.ops.quantized.linear_prepack_fp16(weight.float(), None if bias is None else bias.float())
    dtype, multiply = weight.dtype, torch.ops.quantized.linear_dynamic_fp16.default
    if dtype == torch.float32:
        return lambda rows: multiply(rows, packed)  # type: ignore[no-any-return]
    return lambda rows: multiply(rows.float(), packed).to(dtype)  # type: ignore[no-any-return]


def _tiled(weight: Tensor, bias: Tensor | None) -> Kernel:
    """Weights in the order in which oneDNN multiplies them."""
    packed, multiply = torch.ops.mkldnn._reorder_linear_weight(weight, FEW), torch.ops.mkldnn._linear_pointwise.default
    return lambda rows: multiply(rows, packed, bias, "none", [], "")  # type: ignore[no-any-return]


def _has_half() -> bool:
    return "fbgemm" in torch.backends.quantized.supported_engines and torch.backends.quantized.engine in ("fbgemm", "x86")


def _has_tiles() -> bool:
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


class PackedDecoder:
    """The hidden states of a network of one of the ``KNOWN`` kinds, by its weights of the moment."""

    def __init__(self, network: Any, kernels: Kernels):
        body = decoder(network)
        self._body, self.kernels = body, kernels
        self.head = Maps([network.get_output_embeddings()], kernels)
        self._layers = [_Layer(layer, kernels) for layer in body.layers]

    def over(self, network: Any) -> PackedDecoder:
        """The same for a network that shares weights with this one."""
        return PackedDecoder(network, Kernels(self.kernels.first))

    @staticmethod
    def fits(network: Any) -> bool:
        """Whether a network is of a kind that this is for, on a device that it is for."""
        body = decoder(network)
        plain = type(network.get_output_embeddings()) is nn.Linear and network.config._attn_implementation == NAME
        return network.device.type == "cpu" and network.dtype in (torch.float32, torch.bfloat16) and type(body) in KNOWN and plain

    def __call__(self, ids: Tensor, mask: Tensor | None, positions: Tensor, cache: DynamicCache | None, prefix: Prefix) -> Tensor:
        """Hidden states [batch, new, width] of ids [batch, new].

        Args:
            mask: [batch, cached and new], true where a token is real.
            positions: [batch, new]: places in the sequence.
            cache: earlier keys and values; the new ones are added.
            prefix: what stands in front of all of them.
        """
        body, new = self._body, ids.shape[1]
        states = body.embed_tokens(ids)
        cos, sin = (table[:, :, None] for table in body.rotary_emb(states, positions))
        half = sin.shape[-1] // 2
        turn = cos, torch.cat([-sin[..., :half], sin[..., half:]], -1)
        visible = _visible(mask, new)
        for layer in self._layers:
            states = layer(states, turn, visible, cache, prefix)
        return _normed(states, body.norm)


class _Layer:
    """One layer: attention and what follows it."""

    def __init__(self, layer: Any, kernels: Kernels):
        attention, mlp = layer.self_attn, layer.mlp
        self._attention, self._act = attention, mlp.act_fn
        self._before, self._between = layer.input_layernorm, layer.post_attention_layernorm
        self._query_key_value = Maps([attention.q_proj, attention.k_proj, attention.v_proj], kernels)
        self._gate_up = Maps([mlp.gate_proj, mlp.up_proj], kernels)
        self._mix, self._down = Maps([attention.o_proj], kernels), Maps([mlp.down_proj], kernels)

    def __call__(self, states: Tensor, turn: tuple[Tensor, Tensor], visible: Tensor | None, cache: Any, prefix: Prefix) -> Tensor:
        batch, new, width = states.shape
        rows = _normed(states, self._before).view(-1, width)
        heads = (part.view(batch, new, -1, self._attention.head_dim) for part in self._query_key_value(rows))
        query, key, value = heads
        key, value = _turned(key, turn).transpose(1, 2), value.transpose(1, 2)
        if cache is not None:
            key, value = append(cache.layers[self._attention.layer_idx], key, value)
        query = _turned(query, turn).transpose(1, 2)
        mixed = self._read(query, key, value, visible, prefix).reshape(-1, query.shape[1] * query.shape[3])
        states = states + self._mix(mixed)[0].view(states.shape)
        gate, up = self._gate_up(_normed(states, self._between).reshape(-1, width))
        return states + self._down(self._act(gate) * up)[0].view(states.shape)

    def _read(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor | None, prefix: Prefix) -> Tensor:
        """What queries [batch, heads, new, width] read of the keys that they may: [batch, new, heads, width]."""
        batch, heads, new, width = query.shape
        if prefix.keys:
            scaling = self._attention.scaling
            return shared_prefix_attention(self._attention, query, key, value, visible, scaling=scaling, shared_prefix=prefix)[0]
        read, scaling = functional.scaled_dot_product_attention, self._attention.scaling
        if new == 1:  # heads that share a key ask it as if they were tokens that follow each other: nothing is repeated
            mixed = read(query.view(batch, key.shape[1], -1, width), key, value, attn_mask=visible, scale=scaling)
            return mixed.reshape(batch, 1, heads, width)
        causal, length = visible is None, key.shape[2]
        if causal and length > new:  # torch's own causal mask lets the first query read the first key alone
            visible, causal = torch.ones(new, length, dtype=torch.bool, device=query.device).tril(length - new), False
        mixed = read(query, key, value, attn_mask=visible, is_causal=causal, scale=scaling, enable_gqa=heads != key.shape[1])
        return mixed.transpose(1, 2)


def append(layer: Any, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Keys and values [batch, heads, tokens, width] of one layer of a cache with new ones behind them, written into spare room if there is some."""
    if not layer.is_initialized:
        layer.lazy_initialization(key, value)
        layer.keys, layer.values = key, value
        return key, value
    held, whole = layer.keys.shape[2], layer.keys.shape[2] + key.shape[2]
    room = getattr(layer, "room", None)
    if room is None or room[0].data_ptr() != layer.keys.data_ptr() or room[0].shape[2] < whole:
        room = tuple(_roomy(old, whole + ROOM) for old in (layer.keys, layer.values))
        layer.room = room
    room[0][:, :, held:whole], room[1][:, :, held:whole] = key, value
    layer.keys, layer.values = room[0][:, :, :whole], room[1][:, :, :whole]
    return layer.keys, layer.values


def _roomy(old: Tensor, tokens: int) -> Tensor:
    """A tensor for so many tokens that begins with the ``old`` ones [batch, heads, tokens, width]."""
    batch, heads, held, width = old.shape
    room = old.new_empty(batch, heads, tokens, width)
    room[:, :, :held] = old
    return room


def _visible(mask: Tensor | None, new: int) -> Tensor | None:
    """What each new token may read [batch, 1, new, cached and new], itself always; None where that is all before it."""
    if mask is None:
        return None
    if new == 1:
        return mask[:, None, None]
    width = mask.shape[1]
    causal = torch.ones(new, width, dtype=torch.bool, device=mask.device).tril(width - new)
    own = torch.eye(new, dtype=torch.bool, device=mask.device)
    return mask[:, None, None] & causal | functional.pad(own, (width - new, 0))


def _turned(heads: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions, in the order of transformers' own multiplications: heads [batch, new, heads, width]."""
    cos, sin = turn
    return heads * cos + heads.roll(heads.shape[-1] // 2, -1) * sin


def _normed(states: Tensor, norm: Any) -> Tensor:
    """Root mean square normalization, rounded where transformers rounds."""
    wide = functional.rms_norm(states.float(), (states.shape[-1],), None, norm.variance_epsilon)
    return norm.weight * wide.to(states.dtype)  # type: ignore[no-any-return]
