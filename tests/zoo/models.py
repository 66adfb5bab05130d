"""The architectures that people use, as random networks of two layers (or what their pattern of layers takes), one line each.

A member is made from transformers' own config, saved to a folder with a small tokenizer as any model would be, and loaded by
``path:DIR``. A new architecture is one line of :data:`MEMBERS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM

from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.local import load_path
from clgym.baselines.models.machine import quiet
from clgym.baselines.models.tiny import byte_tokenizer

#: The words most configs agree on. Two heads of keys and values, so that grouped queries matter; windows of a few tokens slide.
COMMON: dict[str, Any] = dict(
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=512,
    initializer_range=0.2,
)
WINDOW = 12
MIXTURE = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=24)
MAMBA = dict(mamba_n_heads=4, mamba_d_head=16, mamba_d_state=8, mamba_n_groups=1, mamba_chunk_size=16)
DELTA = dict(
    linear_num_key_heads=2,
    linear_num_value_heads=4,
    linear_key_head_dim=8,
    linear_value_head_dim=8,
    linear_conv_kernel_dim=4,
    layer_types=["linear_attention", "full_attention"],
)
LATENT = dict(
    head_dim=4, num_key_value_heads=4, q_lora_rank=16, kv_lora_rank=16, qk_rope_head_dim=4, qk_nope_head_dim=8, v_head_dim=8
)
LATENT_MIXTURE = dict(
    **LATENT, n_routed_experts=4, num_experts_per_tok=2, n_group=2, topk_group=1, moe_intermediate_size=24, first_k_dense_replace=1
)


@dataclass(frozen=True)
class Member:
    """An architecture: transformers' name of its config, what is special about it, and the settings of a small one."""

    config: str
    special: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    common: dict[str, Any] = field(default_factory=lambda: COMMON)
    network: str = ""
    """transformers' name of its class, where it is no causal language model"""

    def make(self, folder: Path, *, max_shard_size: str = "1GB", **changes: Any) -> Path:
        """A random network of it with a tokenizer in ``folder``; the same weights every time. ``changes`` are settings."""
        tokenizer = byte_tokenizer()
        ends = dict(vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id)
        settings = {**self.common, **ends, "bos_token_id": None, **self.settings, **changes}
        if "text_config" in settings:
            text = {**self.settings["text_config"], **settings["text_config"]}
            settings = {**settings, "text_config": {**self.common, **ends, "bos_token_id": None, **text}}
            settings = {key: value for key, value in settings.items() if key not in self.common}
        config = getattr(transformers, self.config)(**settings)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            kind = getattr(transformers, self.network) if self.network else AutoModelForCausalLM
            network = kind._from_config(config) if self.network else kind.from_config(config)
            for parameter in network.parameters():  # norms and gates of ones and zeros would hide mistakes
                if parameter.dim() == 1:
                    parameter.data += torch.randn_like(parameter) * 0.05
        with quiet():
            network.save_pretrained(folder, max_shard_size=max_shard_size)
        tokenizer.save_pretrained(folder)
        return folder


MEMBERS = {
    "llama": Member("LlamaConfig"),
    "llama-tied": Member("LlamaConfig", "head tied to the embeddings", dict(tie_word_embeddings=True)),
    "smollm3": Member("SmolLM3Config", "one layer without rotary positions", dict(no_rope_layers=[1, 0])),
    "qwen2.5": Member("Qwen2Config", "biased queries, keys and values"),
    "qwen3": Member("Qwen3Config", "normed queries and keys"),
    "qwen3-moe": Member("Qwen3MoeConfig", "mixture of experts", MIXTURE),
    "qwen3-next": Member(
        "Qwen3NextConfig",
        "gated delta rule, gated attention, shared expert",
        {**MIXTURE, **DELTA, "shared_expert_intermediate_size": 24, "initializer_range": 0.1},
    ),
    "qwen3.5": Member("Qwen3_5TextConfig", "gated delta rule, gated attention", DELTA),
    "gemma2": Member(
        "Gemma2Config", "sliding window, capped scores and logits", dict(sliding_window=WINDOW, initializer_range=0.1)
    ),
    "gemma3": Member(
        "Gemma3TextConfig", "sliding window", dict(sliding_window=WINDOW, layer_types=["sliding_attention", "full_attention"])
    ),
    "gemma3-vision": Member(
        "Gemma3Config",
        "text inside a multimodal model",
        dict(
            text_config=dict(sliding_window=WINDOW, layer_types=["sliding_attention", "full_attention"]),
            vision_config=dict(
                hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14
            ),
            mm_tokens_per_image=1,
        ),
    ),
    "phi3": Member("Phi3Config", "fused projections, sliding window", dict(sliding_window=WINDOW)),
    "mistral": Member("MistralConfig", "sliding window", dict(sliding_window=WINDOW)),
    "mixtral": Member("MixtralConfig", "mixture of experts", dict(num_local_experts=4, num_experts_per_tok=2)),
    "olmo2": Member("Olmo2Config", "norms after the layers"),
    "olmo3": Member(
        "Olmo3Config", "sliding window", dict(sliding_window=WINDOW, layer_types=["sliding_attention", "full_attention"])
    ),
    "deepseek-v3": Member(
        "DeepseekV3Config", "latent attention, mixture of experts behind a dense layer, shared expert", LATENT_MIXTURE
    ),
    "gpt-oss": Member(
        "GptOssConfig",
        "sliding window, attention sinks, mixture of experts with biases",
        dict(
            num_local_experts=4,
            num_experts_per_tok=2,
            sliding_window=WINDOW,
            layer_types=["sliding_attention", "full_attention"],
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
    ),
    "lfm2": Member("Lfm2Config", "short convolutions", dict(layer_types=["conv", "full_attention"], block_multiple_of=16)),
    "granite4": Member(
        "GraniteMoeHybridConfig",
        "Mamba-2, mixture of experts, shared expert",
        dict(
            **MAMBA,
            mamba_expand=2,
            num_local_experts=4,
            num_experts_per_tok=2,
            shared_intermediate_size=24,
            layer_types=["mamba", "attention"],
            logits_scaling=2.0,
        ),
    ),
    "falcon-h1": Member("FalconH1Config", "Mamba-2 beside attention", {**MAMBA, "mamba_d_ssm": 64}),
    "gpt2": Member(
        "GPT2Config", "positions in a table", common=dict(n_embd=32, n_layer=2, n_head=4, n_positions=512, initializer_range=0.2)
    ),
}

#: What is refused when it is loaded, and the reason that the error gives.
REFUSED = {
    "mamba": (Member("MambaConfig", "Mamba alone", dict(state_size=8)), "says something else in a padded batch than alone"),
    "minimax": (
        Member(
            "MiniMaxConfig",
            "lightning attention",
            dict(layer_types=["linear_attention", "full_attention"], num_local_experts=4, block_size=16),
        ),
        "uses cache of its own",
    ),
    "deepseek-v3.2": (
        Member("DeepseekV32Config", "sparse attention", dict(**LATENT_MIXTURE, index_n_heads=2, index_head_dim=8, index_topk=8)),
        "chooses which earlier tokens to read by a score of its own",
    ),
    "t5": (
        Member(
            "T5Config",
            "encoder and decoder",
            common=dict(d_model=32, d_ff=48, num_layers=2, num_heads=4, d_kv=8),
            network="T5ForConditionalGeneration",
        ),
        "Unrecognized configuration class",
    ),
}


def load_member(name: str, folder: Path, **changes: Any) -> LanguageModel:
    """The member of that name, made in ``folder`` and loaded from there, in float32."""
    return load_path(str(MEMBERS[name].make(folder, **changes)), device="cpu", dtype="float32")
