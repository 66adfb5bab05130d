"""The closed formulas count what torch counts, on the tiny model and on the embedded one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen2Config

from clgym import flops
from clgym.baselines.adapter import Adapter
from clgym.baselines.models.language import Decoding
from clgym.baselines.models.tiny import byte_tokenizer
from clgym.flops import torch_flop_counter
from clgym.model import EMPTY
from clgym.registry import load_model

CHAT = [
    {"role": "system", "content": "Answer."},
    {"role": "user", "content": "Translate into Velan: the red dog and the old house"},
]


#: Small ones of three architectures: GPT-2 keeps its matrices the other way round and positions in a table.
SMALL = {
    "llama": (
        LlamaConfig,
        dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2),
    ),
    "qwen2": (
        Qwen2Config,
        dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2),
    ),
    "gpt2": (GPT2Config, dict(n_embd=32, n_layer=2, n_head=4, n_positions=512)),
}


def small(name: str, folder: Path) -> str:
    """A random model of that architecture, saved as any model would be; returns what ``--model`` takes."""
    tokenizer = byte_tokenizer()
    ends = dict(
        vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id, bos_token_id=None
    )
    config, settings = SMALL[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        AutoModelForCausalLM.from_config(config(**settings, **ends)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return f"path:{folder}"


@pytest.fixture(scope="module", params=[*SMALL, "tiny", pytest.param("smollm2-135m", marks=[pytest.mark.model, pytest.mark.slow])])
def model(request, tmp_path_factory):
    name = request.param
    return load_model(small(name, tmp_path_factory.mktemp(name)) if name in SMALL else name, device="cpu")


def counted(action) -> float:
    with torch_flop_counter() as counter:
        action()
    return counter.get_total_flops()


def test_a_forward_pass(model):
    ids = torch.tensor([model.encode(CHAT).ids])
    total = counted(lambda: model.network(ids, use_cache=False))
    assert flops.forward(model.flops_shape, ids.shape[1]) == pytest.approx(total, rel=0.01)


def test_an_answer_with_its_cache(model):
    decoding = Decoding(max_new_tokens=6)
    answers = []
    total = counted(lambda: answers.extend(model.generate([CHAT], decoding)))
    assert answers[0].cost.flops == pytest.approx(total, rel=0.01)


def test_an_answer_behind_a_shared_prefix(model):
    prefix = model.grow(EMPTY, CHAT[:1])
    answers = []
    total = counted(lambda: answers.extend(model.generate([CHAT], Decoding(max_new_tokens=6), prefix=prefix)))
    assert answers[0].cost.flops == pytest.approx(total, rel=0.01)


def test_a_training_step_of_an_adapter(model):
    adapter = Adapter(model, rank=4, alpha=8.0, learning_rate=1e-3, max_grad_norm=1.0, seed=0)
    sequence = [(model.encode(CHAT).ids, model.answer_tokens("velo mira"))]
    length = len(sequence[0][0]) + len(sequence[0][1])
    rows = len(sequence[0][1])

    def step():
        adapter.backward([-model.score(sequence, network=adapter.training)[0].sum()])
        adapter.step()

    shape = model.flops_shape
    assert flops.lora_step(shape, adapter.adapter_shape, 1, length, head_rows=rows) == pytest.approx(counted(step), rel=0.01)
    ratio = flops.lora_step(shape, flops.LoraShape(0), 1, length, head_rows=length) / flops.forward(shape, length)
    assert 1.9 < ratio < 2.6


def test_the_meter_counts_a_training_step_as_the_formula_does(model):
    adapter = Adapter(model, rank=4, alpha=8.0, learning_rate=1e-3, max_grad_norm=1.0, seed=0)
    sequence = [(model.encode(CHAT).ids, model.answer_tokens("velo mira"))]
    length, rows = len(sequence[0][0]) + len(sequence[0][1]), len(sequence[0][1])
    before = model.flops_spent
    adapter.backward([-model.score(sequence, network=adapter.training)[0].sum()])
    adapter.step()
    expected = flops.lora_step(model.flops_shape, adapter.adapter_shape, 1, length, head_rows=rows)
    assert model.flops_spent - before == pytest.approx(expected, rel=1e-9)


def test_merged_weights_say_what_the_adapter_says(model):
    adapter = Adapter(model, rank=4, alpha=8.0, learning_rate=1e-2, max_grad_norm=1.0, seed=0)
    sequence = [(model.encode(CHAT).ids, model.answer_tokens("velo mira"))]
    adapter.backward([-model.score(sequence, network=adapter.training)[0].sum()])
    adapter.step()
    with torch.no_grad():
        trained, served, before = (
            float(model.score(sequence, network=network)[0].sum())
            for network in (adapter.training, adapter.merged().network, model.network)
        )
    # The step moved the embedded model's answer by 28 nats; merged weights are rounded to bfloat16 once more.
    assert served == pytest.approx(trained, abs=0.5 if model.dtype == torch.bfloat16 else 1e-3)
    assert abs(served - before) > 1e-2


def test_known_numbers_by_hand():
    shape = flops.FlopsShape(layers=2, attention=3, matrices=10, head=5)
    assert flops.forward(shape, 4) == 2 * 10 * 4 + 2 * 5 * 4 + 4 * 2 * 3 * 4 * 4
    assert flops.decode(shape, 2, cached=4) == 2 * (2 * 15) + 4 * 2 * 3 * (5 + 6)
    assert flops.generate(shape, 4, 3) == 2 * 10 * 4 + 2 * 5 + 4 * 2 * 3 * 16 + flops.decode(shape, 2, 4)
    entered = flops.FlopsShape(layers=2, attention=3, matrices=10, head=5, entry=4)
    scores = 4 * 2 * 3 * 6 * 6  # per sequence of 6
    assert (
        flops.lora_step(entered, flops.LoraShape(7), 2, 6, head_rows=3)
        == (4 * 10 - 2 * 4) * 12 + 4 * 5 * 3 + 6 * 7 * 12 + 3.5 * 2 * scores
    )
    assert flops.lora_matrices(2, [(3, 5), (4, 4)]) == 2 * 8 + 2 * 8


def test_windows_states_and_experts_by_hand():
    shape = flops.FlopsShape(
        layers=1, attention=3, matrices=10, head=0, sliding=(flops.Sliding(2, 3, 4),), recurrence=7, experts=6, expansion=5
    )
    # Three positions behind six: the whole layer sees nine keys, the two that slide hold three of the six; the six are expanded again.
    assert flops.forward(shape, 3, cached=6) == (2 * 10 + 7) * 3 + 4 * (3 * 9 + 2 * 3 * (3 + 3)) * 3 + 2 * 5 * 6
    # One at a time behind two: contexts 3, 4, 5, of which a window of four shows 3, 4, 4.
    assert flops.decode(shape, 3, cached=2) == (2 * 10 + 7) * 3 + 4 * 3 * (3 + 4 + 5) + 4 * 2 * 3 * (3 + 4 + 4) + 2 * 5 * (
        2 + 3 + 4
    )
    one_by_one = sum(flops.forward(shape, 1, cached) for cached in range(2, 12))
    assert flops.decode(shape, 10, cached=2) == one_by_one
    adapter = flops.LoraShape(2, experts=11)
    more = flops.lora_step(shape, adapter, 1, 4, head_rows=0) - flops.lora_step(shape, flops.LoraShape(0), 1, 4, head_rows=0)
    assert more == 6 * 2 * 4 + 8 * 11 + 2 * 6 * 4


def test_the_formulas_take_no_torch():
    code = "import sys, clgym.flops; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
