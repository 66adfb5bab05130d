"""What is tried on a GPU where there is one (``make gpu``): answers, scores, every agent that trains, and one whole trial."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

import torch

from clgym.agent import Decoding
from clgym.baselines.models.language import LanguageModel
from clgym.protocol import Trial, run_trial
from clgym.records import BlockRecord
from clgym.registry import load, load_model, make_agent
from clgym.registry.builtin import AGENTS
from clgym.testing.letters import Letters, experience

DEVICE = "cuda"
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")]

QUESTIONS = [[{"role": "user", "content": text}] for text in ("hello", "x", "the red dog", "hello", "hello")]
TRAINERS = [row for row in AGENTS if row.model and "learning_rate" in {field.name for field in fields(load(row).Config)}]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_model("tiny", device=DEVICE, dtype="float32")


def test_answers_and_scores_are_those_of_the_cpu(model: LanguageModel) -> None:
    """In float32: the same greedy tokens, the same log-probabilities to rounding; sampled ones know their own."""
    reference = load_model("tiny", device="cpu", dtype="float32")
    assert model.device.type == DEVICE
    greedy, sampling = Decoding(24), Decoding(24, temperature=0.7)
    assert [a.tokens for a in model.generate(QUESTIONS, greedy)] == [a.tokens for a in reference.generate(QUESTIONS, greedy)]
    pairs = [(question, "an answer") for question in QUESTIONS]
    assert model.log_likelihood(pairs) == pytest.approx(reference.log_likelihood(pairs), abs=1e-2)
    for question, answer in zip(QUESTIONS, model.generate(QUESTIONS, sampling, seed=1)):
        scored = model.score([(model.encode(question).ids, list(answer.tokens))], temperature=0.7)[0]
        assert list(answer.log_probabilities) == pytest.approx(scored.tolist(), abs=1e-2)


@pytest.mark.parametrize("row", TRAINERS, ids=lambda row: row.id)
def test_every_agent_that_trains_goes_on_from_disk(row: Any, model: LanguageModel, tmp_path: Path) -> None:
    world, agents = Letters(), [make_agent(row.id, model=model, seed=0, **row.small) for _ in range(2)]

    def live(agent: Any) -> None:
        for place in range(4):
            for attempt, answer in enumerate(("no", world.solve(world.query("learn", place)))):
                step = experience(world, place, answer, attempt, done=attempt == 1)
                agent.act([step.conversation])
                agent.learn([step])
        agent.flush()

    live(agents[0])
    assert agents[0].describe()["updates"] > 0
    assert {weight.device.type for weight in agents[0].trainer.adapter.parameters.values()} == {DEVICE}
    agents[0].save(tmp_path)
    agents[1].load(tmp_path)
    assert agents[1].digest() == agents[0].digest()
    live(agents[1])


@pytest.mark.model
def test_a_trial_of_lora_rl_learns_and_knows_its_gap(tmp_path: Path) -> None:
    """With the embedded model, in the number format that the device is quickest in, as `clgym run --agent lora-rl` has it."""
    model = load_model("smollm2-135m", device=DEVICE)
    sizes = dict(eval_size=4, transfer_size=0, guard_size=0, probe_size=0, control_size=0, checkpoints=())
    trial = Trial("CL-Dialect-v0", "lora-rl", steps=24, batch=4, **sizes)
    settings = dict(max_new_tokens=12, samples=4)
    records = run_trial(trial, tmp_path / "trial", make=lambda: make_agent("lora-rl", model=model, **settings))
    described = records.of(BlockRecord)[-1].describe
    assert described["updates"] > 0
    assert 0 < described["sampler_gap"] < 1, described
