"""A low-rank adapter that is trained while the model serves (Hu et al. 2021, "LoRA", equation 3: W + (α/r)·B·A).

Two networks over the same frozen weights: ``training`` has peft's adapters in it, kept in float32 whatever the weights are in
and multiplied in the format of the weights; ``serving`` is plain and its matrices are the merged ones, made anew after each
update. Decoding then costs what it costs without an adapter, and the frozen weights are never written to: with its adapter
disabled the training network is the model as it was, bit for bit.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.pytorch_utils import Conv1D

from clgym import flops
from clgym.baselines.models.layout import adaptable, decoder, experts, layer_parameters
from clgym.baselines.models.machine import enough_memory, quiet
from clgym.errors import InvalidSetting
from clgym.model import WeightModel


class Adapter:
    """LoRA over every linear map in the layers of ``model``, experts included, and the AdamW that trains it.

    Left as they are: routers (which expert is chosen jumps), convolutions, and the last map of Mamba (:func:`~.layout.adaptable`).
    ``share`` is the part of the layers' parameters that is adapted.

    Args:
        model: the frozen language model; it may be shared with other agents and is not changed.
        rank, alpha: r and α; the update is scaled by α / r.
        learning_rate: of AdamW (Loshchilov & Hutter 2019), without weight decay.
        max_grad_norm: gradients are scaled down to this norm.
        seed: draws A; B starts at zero, so that a fresh adapter changes nothing.
    """

    def __init__(self, model: WeightModel, *, rank: int, alpha: float, learning_rate: float, max_grad_norm: float, seed: int):
        self.serving = model.clone()
        maps = dict(adaptable(self.serving.network))
        self._plain = {name: linear.weight for name, linear in maps.items()}
        self._mixtures = dict(experts(self.serving.network))
        self._check_layers(maps)
        self.rank, self._scale, self._max_grad_norm = rank, alpha / rank, max_grad_norm
        settings: dict[str, Any] = dict(
            r=rank,
            lora_alpha=alpha,
            lora_dropout=0.0,
            target_modules=list(maps),
            target_parameters=list(self._mixtures),
            task_type="CAUSAL_LM",
            fan_in_fan_out=any(isinstance(linear, Conv1D) for linear in maps.values()),
        )
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings(), quiet():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for an attribute by its old name
            with _as_it_is(network := model.clone().network):
                network = get_peft_model(network, LoraConfig(**settings))
        self._peft: Any = network
        self.training: Any = self._peft.get_base_model()
        if model.dtype == torch.bfloat16:
            self._mix_precision(model.device)
        self.parameters = {name: weight for name, weight in self._peft.named_parameters() if weight.requires_grad}
        generator = torch.Generator().manual_seed(seed)
        for name, weight in self.parameters.items():
            if "lora_A" in name:
                bound = 1 / math.sqrt(weight.shape[1])
                weight.data.copy_(torch.rand(weight.shape, generator=generator) * 2 * bound - bound)
        self._pairs = {name: self._pair(name) for name in self._plain}
        self._wrapped = {name: self._wrapper(name) for name in self._mixtures}
        self.optimizer = torch.optim.AdamW(self.parameters.values(), lr=learning_rate, weight_decay=0.0, betas=(0.9, 0.99))
        self.updates = 0
        self._merged = True
        self._adapted = sum(weight.numel() for weight in (*self._plain.values(), *self._mixtures.values()))
        self.share = self._adapted / layer_parameters(self.serving.network)
        self.adapter_shape = self._shape()
        self._count_adapter(self.adapter_shape)

    def _check_layers(self, maps: Mapping[str, nn.Module]) -> None:
        """Raises ``InvalidSetting`` where there is nothing that an adapter could go over."""
        if not maps:
            kinds = sorted({type(module).__name__ for module in decoder(self.serving.network).modules()})
            raise InvalidSetting(
                f"{self.serving.name} cannot be adapted: its layers have no linear maps (they are made of {', '.join(kinds)}). Use an "
                "agent that does not train (icl, notes, ...) or another model."
            )

    def _shape(self) -> flops.LoraShape:
        """Sizes for the formulas; nothing where the cost of the model itself is not known."""
        if self.serving.flops_shape == flops.UNKNOWN:
            return flops.LoraShape(0)
        maps = flops.lora_matrices(self.rank, [(weight.shape[1], weight.shape[0]) for weight in self._plain.values()])
        return flops.LoraShape(maps, self.rank * sum(weight.numel() for weight in self._mixtures.values()))

    def _mix_precision(self, device: torch.device) -> None:
        """bfloat16 copies of the factors in each pass; peft alone casts what goes through them to float32 and back.

        A step of GRPO with the embedded model took 4.1 s instead of 5.0 s (docs/decisions/007-baselines.md).
        """
        for layer in self._peft.modules():
            if isinstance(layer, LoraLayer):
                layer.cast_input_dtype_enabled = False
        body = decoder(self.training)
        body.forward = torch.autocast(device.type, dtype=torch.bfloat16)(body.forward)

    def _count_adapter(self, shape: flops.LoraShape) -> None:
        """What the adapter adds to a pass through ``training``, for the meter."""
        self.training.adapter_shape = shape

    @property
    def bytes(self) -> int:
        """Size of the adapter's parameters."""
        return sum(weight.numel() * weight.element_size() for weight in self.parameters.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The linear maps that are adapted; experts are not among them."""
        return tuple(self._plain)

    @property
    def mixture(self) -> bool:
        """Whether experts are adapted too."""
        return bool(self._mixtures)

    def factors(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """(α/r)·B [out, r] and A [r, in]: their product is what the adapter adds to the map of that name, with gradient."""
        down, up = self._pairs[name]
        return self._scale * up, down

    @contextmanager
    def disabled(self) -> Iterator[None]:
        """Inside, ``training`` is the model without its adapter: the reference of a KL term."""
        with self._peft.disable_adapter():
            self._count_adapter(flops.LoraShape(0))
            try:
                yield
            finally:
                self._count_adapter(self.adapter_shape)

    def backward(self, losses: Iterable[torch.Tensor]) -> None:
        """Add the gradients of ``losses`` to those of the next step.

        Each loss is let go before the next one is taken from the iterator: memory is that of the largest.
        """
        with enough_memory(self.serving.name, "batch_size, micro_tokens or max_tokens of the agent"):
            for loss in losses:
                loss.backward()
                self.serving.meter.backward()
                del loss

    def drop_gradients(self) -> None:
        """Forget what :meth:`backward` added."""
        self.optimizer.zero_grad(set_to_none=True)

    def step(self) -> float:
        """One AdamW step down the gradients added since the last one; returns their norm before clipping."""
        norm = float(nn.utils.clip_grad_norm_(self.parameters.values(), self._max_grad_norm))
        if math.isfinite(norm):
            self.optimizer.step()
        self.drop_gradients()
        self.updates += 1
        self._merged = False
        return norm

    @property
    def learning_rate(self) -> float:
        """That of the next step."""
        rate: float = self.optimizer.param_groups[0]["lr"]
        return rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    @torch.no_grad()
    def merged(self) -> WeightModel:
        """``serving`` with W + (α/r)·B·A of this moment in it. Prefixes computed before the last update are stale."""
        if not self._merged:
            network = self.serving.network
            for name, plain in self._plain.items():
                down, up = self._pairs[name]
                factors = (down.T, up.T) if isinstance(network.get_submodule(name), Conv1D) else (up, down)
                _serve(network, f"{name}.weight", plain, torch.addmm(plain.float(), *factors, alpha=self._scale))
            for name, plain in self._mixtures.items():
                _serve(network, name, plain, plain.float() + self._wrapped[name].get_delta_weight("default").float())
            self._merged = True
            if self.serving.flops_shape != flops.UNKNOWN:
                self.serving.meter.spent += flops.lora_merge(self._adapted, self.rank)
        return self.serving

    def save(self, folder: Path) -> None:
        """``adapter.safetensors`` and ``optimizer.safetensors``."""
        save_file({name: weight.detach().contiguous() for name, weight in self.parameters.items()}, folder / "adapter.safetensors")
        moments = {}
        for name, weight in self.parameters.items():
            moments.update({f"{name}/{key}": value for key, value in self.optimizer.state.get(weight, {}).items()})
        save_file(moments, folder / "optimizer.safetensors", metadata={"updates": str(self.updates)})

    def load(self, folder: Path) -> None:
        """Restore what :meth:`save` wrote. Raises ``InvalidSetting`` where the adapter is of another shape or damaged."""
        try:
            weights, moments = load_file(folder / "adapter.safetensors"), load_file(folder / "optimizer.safetensors")
            with safe_open(folder / "optimizer.safetensors", "pt") as file:
                updates = int(file.metadata()["updates"])
        except Exception as cause:  # safetensors raises its own kinds and OSError
            raise InvalidSetting(f"the adapter in {folder} cannot be read: {cause}") from cause
        self._check(weights, folder)
        with torch.no_grad():
            for name, weight in self.parameters.items():
                weight.copy_(weights[name])
        self.optimizer.state.clear()
        for name, weight in self.parameters.items():
            own = {key.removeprefix(f"{name}/"): value for key, value in moments.items() if key.startswith(f"{name}/")}
            if own:
                self.optimizer.state[weight].update({k: v if k == "step" else v.to(weight.device) for k, v in own.items()})
        self.updates, self._merged = updates, False

    def _check(self, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
        expected = {name: tuple(weight.shape) for name, weight in self.parameters.items()}
        given = {name: tuple(weight.shape) for name, weight in weights.items()}
        if expected != given:
            wrong = next(iter(sorted(set(expected.items()) ^ set(given.items()))))
            raise InvalidSetting(
                f"the adapter in {folder} does not fit {self.serving.name}: {wrong[0]} is {given.get(wrong[0], 'missing')}, "
                f"expected {expected.get(wrong[0], 'no such matrix')}. Use the model and the rank it was trained with."
            )

    def _pair(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """A and B of the linear map of that name."""
        layer: Any = self.training.get_submodule(name)
        return layer.lora_A["default"].weight, layer.lora_B["default"].weight

    def _wrapper(self, name: str) -> Any:
        """peft's wrapper of the experts' parameter of that name; those of one module lie inside each other."""
        module, _, key = name.rpartition(".")
        layer: Any = self.training.get_submodule(module)
        while layer.parameter_name != key:
            layer = layer.base_layer
        return layer


@contextmanager
def _as_it_is(network: Any) -> Iterator[None]:
    """Inside, peft does not know the architecture: it would take the targets for those of transformers 4, and move some to others."""
    known, network.config.model_type = network.config.model_type, ""
    try:
        yield
    finally:
        network.config.model_type = known


def _serve(network: nn.Module, name: str, plain: torch.Tensor, whole: torch.Tensor) -> None:
    """Put ``whole`` where ``network`` has the parameter of that name; the ``plain`` one, which others share, is never written to."""
    place, _, key = name.rpartition(".")
    module = network.get_submodule(place)
    if getattr(module, key) is plain:
        setattr(module, key, nn.Parameter(whole.to(plain.dtype), requires_grad=False))
    else:
        getattr(module, key).copy_(whole)
