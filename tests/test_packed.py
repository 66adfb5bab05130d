"""The layers without their modules say what the modules say: alone, padded, behind a prefix, in 16 bits, and after weights change."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,  # noqa: E402
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)

from clgym.agent import Decoding  # noqa: E402
from clgym.baselines.adapter import Adapter  # noqa: E402
from clgym.baselines.models import packed  # noqa: E402
from clgym.baselines.models.attention import register  # noqa: E402
from clgym.baselines.models.language import LanguageModel  # noqa: E402
from clgym.baselines.models.layout import new_cache  # noqa: E402
from clgym.baselines.models.packed import PackedDecoder, append, kernel  # noqa: E402
from clgym.baselines.models.tiny import byte_tokenizer, load  # noqa: E402
from clgym.model import EMPTY  # noqa: E402

pytestmark = pytest.mark.torch

SIZES = dict(
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=512,
)
MEMBERS = {
    "llama": LlamaConfig(**SIZES, attention_bias=True, mlp_bias=True),
    "llama, scaled positions": LlamaConfig(**SIZES, rope_parameters={"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4}),
    "mistral, wide heads": MistralConfig(**SIZES, head_dim=16, sliding_window=None),
    "qwen2": Qwen2Config(**SIZES, use_sliding_window=False, tie_word_embeddings=True),
}


def network(config, dtype=torch.float32):
    torch.manual_seed(0)
    config.vocab_size, config.initializer_range = len(byte_tokenizer()), 0.2
    made = AutoModelForCausalLM.from_config(config, attn_implementation=register()).to(dtype).eval().requires_grad_(False)
    for name, parameter in made.named_parameters():
        if "norm" in name or "bias" in name:
            parameter.data.uniform_(0.5, 1.5)
    return made


def both(made: LanguageModel, ids, mask, prefix=EMPTY):
    """What the modules and the layers without them say to a prompt and, one after another, to four more tokens: the real rows."""
    own, said = made._packed, []
    for made._packed in (None, own):
        cache, read, rows = new_cache(made.network), 0, []
        for piece in (ids[:, :-4], *ids[:, -4:].split(1, 1)):
            read += piece.shape[1]
            hidden = made._hidden(piece, None if mask is None else mask[:, :read], prefix, cache)
            rows.append(hidden if mask is None else hidden * mask[:, read - piece.shape[1] : read, None])
        said.append(torch.cat(rows, 1))
    return said


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.bfloat16, 3e-2)])
@torch.inference_mode()
def test_hidden_states_are_those_of_the_modules(name, dtype, close):
    made = LanguageModel(network(MEMBERS[name], dtype), byte_tokenizer(), name)
    assert made._packed is not None
    ids = torch.randint(0, 250, (3, 14), generator=torch.Generator().manual_seed(1))
    padded = torch.arange(14)[None] >= torch.tensor([[0], [3], [9]])
    behind = made._grown(EMPTY, tuple(range(40, 60)))
    for mask, prefix in ((None, EMPTY), (padded, EMPTY), (None, behind), (padded, behind)):
        modules, without = both(made, ids, mask, prefix)
        assert (modules - without).abs().max() <= close * modules.abs().max()
    for mask in (None, padded):  # several tokens behind those that a cache holds
        whole, cache = made._hidden(ids, mask, EMPTY, None), new_cache(made.network)
        made._hidden(ids[:, :9], None if mask is None else mask[:, :9], EMPTY, cache)
        rest = made._hidden(ids[:, 9:], mask, EMPTY, cache)
        assert (rest - whole[:, 9:])[padded[:, 9:]].abs().max() <= close * whole.abs().max()


def test_architectures_that_do_more_are_left_to_their_modules():
    assert not PackedDecoder.fits(network(Qwen3Config(**SIZES, use_sliding_window=False)))  # normalizes queries and keys
    windowed = AutoModelForCausalLM.from_config(MistralConfig(**SIZES, vocab_size=99, sliding_window=8))  # and so not our attention
    assert not PackedDecoder.fits(windowed)


def test_weights_are_kept_in_16_bits_where_these_hold_them():
    draw = torch.Generator().manual_seed(0)
    rows = torch.randn(5, 64, generator=draw)
    fine = torch.randn(48, 64, generator=draw)
    for weight in (fine.bfloat16().float(), fine):
        multiply = kernel(weight, None)
        expected = rows.double() @ weight.double().T
        assert multiply is None or (multiply(rows) - expected).abs().max() < 2e-5


@pytest.mark.parametrize("answers", [1, packed.MANY])
def test_merged_adapters_are_seen_and_those_who_share_the_weights_are_left_alone(answers):
    model = load("tiny")
    conversations = [[{"role": "user", "content": f"say {number}"}] for number in range(answers)]
    decoding = Decoding(max_new_tokens=6)

    def said(one):
        return [answer.tokens for answer in one.generate(conversations, decoding)]

    before = said(model)
    adapter = Adapter(model, rank=2, alpha=4.0, learning_rate=0.3, max_grad_norm=1.0, seed=0)
    assert said(adapter.merged()) == before
    heard = []
    for _ in range(2):  # the first merge replaces tensors, the second writes into them
        adapter.backward([-adapter.serving.score([([1, 2, 3], [40, 41])], network=adapter.training)[0].sum()])
        adapter.step()
        merged = adapter.merged()
        heard.append(said(merged))
        plain = merged.clone()
        plain._packed = None
        assert said(plain) == heard[-1]
    assert heard[0] != before and heard[1] != heard[0]
    assert said(model) == before


def test_answers_to_few_do_not_depend_on_what_was_asked_before():
    """An agent that is loaded from disk has asked nothing yet."""
    model = load("tiny")
    few = model.clone()
    for linear in (module for module in few.network.modules() if isinstance(module, nn.Linear)):
        linear.weight = nn.Parameter(linear.weight * 1.01, requires_grad=False)
    conversation = [[{"role": "user", "content": "say so"}]]
    seen = []
    for asked_before in (1, packed.MANY):
        few.generate(conversation * asked_before, Decoding(max_new_tokens=2))
        with torch.inference_mode():
            seen.append(few._hidden(torch.tensor([[5, 6, 7]]), None, EMPTY, None))
    assert torch.equal(*seen)


def test_clones_share_what_is_laid_out():
    model = load("tiny")
    copies = [model, model.clone().clone()]
    for one in copies:
        one.generate([[{"role": "user", "content": "yes"}]], Decoding(max_new_tokens=1))
    first, second = (one._packed.kernels.first for one in copies)
    assert first is second and len(first) == 4 * 2 + 1


@torch.inference_mode()
def test_keys_are_written_into_spare_room_and_rows_that_are_chosen_get_room_of_their_own():
    made = load("tiny")
    cache = new_cache(made.network)
    layer = cache.layers[0]
    pieces = [torch.randn(2, 2, tokens, 4) for tokens in (3, 1, 1, 1, packed.ROOM, 1)]
    places = []
    for piece in pieces[:4]:
        keys, values = append(layer, piece, -piece)
        places.append(keys.data_ptr())
    assert places[1] == places[2] == places[3]
    cache.reorder_cache(torch.tensor([1, 1]))
    for piece in pieces[4:]:
        keys, values = append(layer, piece, -piece)
    whole = torch.cat([torch.cat(pieces[:4], 2)[[1, 1]], *pieces[4:]], 2)
    assert torch.equal(keys, whole) and torch.equal(values, -whole)
