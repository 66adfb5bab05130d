"""The closed formulas count what torch counts, on the tiny model and on the embedded one."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from clgym import flops
from clgym.baselines.adapter import Adapter
from clgym.baselines.models.attention import EMPTY
from clgym.baselines.models.language import Decoding
from clgym.flops import torch_flop_counter
from clgym.registry import load_model

CHAT = [
    {"role": "system", "content": "Answer."},
    {"role": "user", "content": "Translate into Velan: the red dog and the old house"},
]


@pytest.fixture(scope="module", params=["tiny", pytest.param("smollm2-135m", marks=pytest.mark.model)])
def model(request):
    return load_model(request.param, device="cpu")


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
        adapter.update([-model.score(sequence, network=adapter.training)[0].sum()])

    shape = model.flops_shape
    assert flops.lora_step(shape, adapter.adapter_shape, 1, length, head_rows=rows) == pytest.approx(counted(step), rel=0.03)
    ratio = flops.lora_step(shape, 0, 1, length, head_rows=length) / flops.forward(shape, length)
    assert 1.9 < ratio < 2.6


def test_known_numbers_by_hand():
    shape = flops.FlopsShape(layers=2, attention=3, matrices=10, head=5)
    assert flops.forward(shape, 4) == 2 * 10 * 4 + 2 * 5 * 4 + 4 * 2 * 3 * 4 * 4
    assert flops.decode(shape, 2, cached=4) == 2 * (2 * 15) + 4 * 2 * 3 * (5 + 6)
    assert flops.generate(shape, 4, 3) == 2 * 10 * 4 + 2 * 5 + 4 * 2 * 3 * 16 + flops.decode(shape, 2, 4)
    assert flops.lora_matrices(2, [(3, 5), (4, 4)]) == 2 * 8 + 2 * 8


def test_the_formulas_take_no_torch():
    code = "import sys, clgym.flops; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
