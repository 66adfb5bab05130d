"""``tiny``: a random two-layer Llama over bytes, made in code. It knows nothing, fits anywhere and trains in milliseconds."""

from __future__ import annotations

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from clgym.baselines.models.attention import register
from clgym.baselines.models.identity import of_code
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.machine import choose_device, choose_dtype

TURN, END = "<|im_start|>", "<|im_end|>"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WINDOW = 2048


def load(name: str, *, device: str = "auto", dtype: str = "float32") -> LanguageModel:
    """The model of that name; the same weights every time. ``auto`` is float32: at this size nothing else pays."""
    place = choose_device(device)
    tokenizer = byte_tokenizer()
    settings: dict[str, Any] = dict(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=WINDOW,
        tie_word_embeddings=False,
        initializer_range=0.2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        attn_implementation=register(),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network: Any = LlamaForCausalLM(LlamaConfig(**settings))
    made = LanguageModel(network.to(place, choose_dtype("float32" if dtype == "auto" else dtype, place)), tokenizer, name)
    made.identity = of_code(name)
    return made


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token per UTF-8 byte and two that mark turns."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({character: i for i, character in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, additional_special_tokens=[TURN])
    fast.chat_template = TEMPLATE
    return fast
