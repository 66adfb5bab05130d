"""Every architecture of the zoo answers, scores, counts and learns as transformers and peft do it, one conversation at a time."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

import torch
from safetensors.torch import load_file, save_file
from zoo.models import MEMBERS, REFUSED, load_member

from clgym import flops
from clgym.agent import Decoding
from clgym.baselines.adapter import Adapter
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.local import load_path
from clgym.errors import InvalidSetting, ModelUnavailable
from clgym.registry import make_agent
from clgym.registry.builtin import AGENTS
from clgym.testing.letters import Letters, conversation, experience

each_member = pytest.mark.parametrize("name", MEMBERS)
#: Those that have every kind of layer between them; the others are tried in the slow lane.
QUICK = ("qwen3-next", "gemma3-vision", "deepseek-v3", "gpt-oss", "granite4", "gpt2")
#: Mixed lengths, and the same question three times: prompts are then computed once. Longer than the windows that slide.
QUESTIONS = ["hello", "x", "the red dog and the very old house", "hello", "hello"]
GREEDY = Decoding(max_new_tokens=8)

#: What torch's counter counts otherwise is counted by hand: FLOPs of one token in a module beside its linear maps. Convolutions have
#: channels × taps products (torch counts the padding too); a state is multiplied by its elements (torch counts chunks of 64 tokens, padded).
DELTA_BY_HAND = {"linear_attn": 2 * (2 * 2 * 8 + 4 * 8) * 4 + 3 * 2 * (4 * 8 * 8)}
MAMBA_BY_HAND = {"mamba": 2 * (4 * 16 + 2 * 8) * 4 + 2 * 2 * (4 * 16 * 8)}
BY_HAND = {
    "qwen3-next": DELTA_BY_HAND,
    "qwen3.5": DELTA_BY_HAND,
    "lfm2": {"conv": 2 * 32 * 3},
    "granite4": MAMBA_BY_HAND,
    "falcon-h1": MAMBA_BY_HAND,
}


def quick_ones_first(names: Iterable[str]) -> Any:
    """Of these members the quick ones, and the others in the slow lane."""
    return pytest.mark.parametrize(
        "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]
    )


@pytest.fixture(autouse=True)
def silence() -> Any:
    """No warning of a library, and no line of its log, while a model is loaded, asked or trained."""
    lines: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in ("transformers", "peft", "torch")]
    for logger in loggers:
        logger.addHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    for logger in loggers:
        logger.removeHandler(handler)
    assert lines == []


def asked(question: str) -> list[dict]:
    return [{"role": "user", "content": question}]


def sequences(model: LanguageModel) -> list[tuple[list[int], list[int]]]:
    answers = [model.answer_tokens(f"answer {place}" * place) for place in range(len(QUESTIONS))]
    return [(model.encode(asked(question)).ids, answer) for question, answer in zip(QUESTIONS, answers)]


@quick_ones_first(MEMBERS)
def test_a_batch_is_answered_as_transformers_answers_each_alone(name: str, zoo: Callable) -> None:
    model = zoo(name)
    answers = model.generate([asked(question) for question in QUESTIONS], GREEDY)
    for question, answer in list(zip(QUESTIONS, answers))[:4]:
        ids = torch.tensor([model.encode(asked(question)).ids])
        told = dict(attention_mask=torch.ones_like(ids), pad_token_id=model.stops[0], eos_token_id=list(model.stops))
        tokens = model.network.generate(ids, max_new_tokens=8, do_sample=False, **told)[0, ids.shape[1] :]
        assert answer.text == model.tokenizer.decode(tokens, skip_special_tokens=True).strip()


@quick_ones_first(MEMBERS)
def test_log_probabilities_are_those_of_one_plain_pass(name: str, zoo: Callable) -> None:
    model = zoo(name)
    given = sequences(model)
    with torch.no_grad():
        for (prompt, answer), scores in zip(given, model.score(given)):
            ids = torch.tensor([prompt + answer])
            logits = model.network(ids, attention_mask=torch.ones_like(ids), use_cache=False).logits[0, len(prompt) - 1 : -1]
            plain = logits.float().log_softmax(-1).gather(1, torch.tensor(answer)[:, None])[:, 0]
            torch.testing.assert_close(scores, plain, rtol=0, atol=1e-5)


def counted(name: str, tokens: Callable[[], int]) -> float:
    """FLOPs of what is done, which says how many tokens went through: torch's count, corrected by hand."""
    with flops.torch_flop_counter() as counter:
        through = tokens()
    counts = {module: sum(kinds.values()) for module, kinds in counter.get_flop_counts().items()}
    total = counts["Global"]
    for inside, by_hand in BY_HAND.get(name, {}).items():
        for module in [module for module in counts if re.search(rf"layers\.\d+\.{inside}$", module)]:
            maps = [key for key in counts if key.startswith(f"{module}.") and key.count(".") == module.count(".") + 1]
            own = counts[module] - sum(counts[key] for key in maps if not key.endswith((".conv", ".conv1d")))
            total += by_hand * through - own
    return float(total)


@quick_ones_first(MEMBERS)
def test_flops_are_those_that_torch_counts(name: str, zoo: Callable) -> None:
    model = zoo(name)
    ids = torch.tensor([model.encode(asked(QUESTIONS[2])).ids])

    def forward() -> int:
        model.network(ids, use_cache=False)
        return ids.shape[1]

    assert flops.forward(model.flops_shape, ids.shape[1]) == pytest.approx(counted(name, forward), rel=0.01)
    costs = []

    def answer() -> int:
        costs.append(model.generate([asked(QUESTIONS[2])], Decoding(max_new_tokens=20))[0].cost)
        return costs[0].prompt_tokens + costs[0].completion_tokens - 1

    total = counted(name, answer)
    assert costs[0].flops == pytest.approx(total, rel=0.01)


def adapted(model: LanguageModel) -> Adapter:
    return Adapter(model, rank=4, alpha=8.0, learning_rate=1e-2, max_grad_norm=1.0, seed=0)


def step(model: LanguageModel, adapter: Adapter) -> None:
    adapter.backward([-torch.cat(model.score(sequences(model), network=adapter.training)).sum()])
    adapter.step()


@quick_ones_first(MEMBERS)
def test_an_adapter_learns_is_merged_and_goes_on_from_disk_to_the_same_bytes(name: str, zoo: Callable, tmp_path: Path) -> None:
    model = zoo(name)
    adapter, given = adapted(model), sequences(model)
    with torch.no_grad():
        before = torch.cat(model.score(given))
    step(model, adapter)
    untouched = [key for key, weight in adapter.parameters.items() if ".lora_B." in key and not weight.abs().sum()]
    assert untouched == []
    with torch.no_grad():
        unmerged = torch.cat(model.score(given, network=adapter.training))
        merged = torch.cat(model.score(given, network=adapter.merged().network))
        with adapter.disabled():
            disabled = torch.cat(model.score(given, network=adapter.training))
    assert unmerged.sum() > before.sum() + 0.1
    torch.testing.assert_close(merged, unmerged, rtol=1e-4, atol=1e-4)
    assert torch.equal(disabled, before) and torch.equal(torch.cat(model.score(given)), before)
    adapter.save(tmp_path)
    again = adapted(model)
    again.load(tmp_path)
    for one in (adapter, again):
        step(model, one)
    assert all(torch.equal(weight, again.parameters[key]) for key, weight in adapter.parameters.items())


@quick_ones_first(name for name in MEMBERS if name not in BY_HAND)
def test_a_training_step_costs_what_torch_counts(name: str, zoo: Callable) -> None:
    model = zoo(name)
    adapter, given = adapted(model), sequences(model)[2:3]
    length = sum(map(len, given[0]))

    def train() -> int:
        adapter.backward([-model.score(given, network=adapter.training)[0].sum()])
        return length

    spent = model.flops_spent
    total = counted(name, train)
    expected = flops.lora_step(model.flops_shape, adapter.adapter_shape, 1, length, head_rows=len(given[0][1]))
    assert model.flops_spent - spent == pytest.approx(expected, rel=1e-9)
    assert expected == pytest.approx(total, rel=0.01)


def test_everything_but_norms_routers_and_states_is_adapted(zoo: Callable) -> None:
    """The share that ``describe`` says, counted over the parameters themselves."""
    for name in ("llama", "gpt-oss", "granite4"):
        model = zoo(name)
        layers = {key: weight.numel() for key, weight in model.network.named_parameters() if "layers" in key or ".norm" in key}
        left = ("norm", "router", "bias", "sinks", "conv1d", "A_log", ".D", "mamba.out_proj")
        expected = sum(size for key, size in layers.items() if not any(part in key for part in left)) / sum(layers.values())
        agent = make_agent("lora-sft", model=model, seed=0)
        assert agent.describe()["adapted_share"] == pytest.approx(expected, abs=1e-3)


def test_a_guard_that_cannot_see_experts_is_refused_before_the_first_step(zoo: Callable) -> None:
    with pytest.raises(InvalidSetting, match="guard.kind=ewc.*experts of path:.*use kl or replay"):
        make_agent("lora-sft", model=zoo("gpt-oss"), seed=0, **{"guard.kind": "ewc"})


@pytest.mark.slow
@each_member
@pytest.mark.parametrize("row", [row for row in AGENTS if row.model], ids=lambda row: row.id)
def test_every_agent_goes_on_from_disk_with_every_member(row: Any, name: str, zoo: Callable, tmp_path: Path) -> None:
    world, agents = Letters(), [make_agent(row.id, model=zoo(name), seed=0, **row.small) for _ in range(2)]
    queries = [[*conversation(world, "learn", place)] for place in range(4)]

    def live(agent: Any) -> list[str]:
        answers = [answer.text for answer in agent.act(queries)]
        agent.learn([experience(world, place, answer) for place, answer in enumerate(answers)])
        return answers

    live(agents[0])
    agents[0].save(tmp_path)
    agents[1].load(tmp_path)
    assert live(agents[0]) == live(agents[1])
    assert agents[0].digest() == agents[1].digest()


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_served_is_refused_by_name_when_it_is_loaded(name: str, tmp_path: Path) -> None:
    member, reason = REFUSED[name]
    with pytest.raises(ModelUnavailable, match=reason) as caught:
        load_path(str(member.make(tmp_path)), device="cpu", dtype="float32")
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_missing_shards_and_missing_weights_are_told(tmp_path: Path) -> None:
    whole = MEMBERS["llama"].make(tmp_path / "whole")
    weights = load_file(whole / "model.safetensors")
    weights.pop("model.layers.1.mlp.up_proj.weight")
    save_file(weights, whole / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match=r"lacks weights \(model.layers.1.mlp.up_proj.weight"):
        load_path(str(whole), device="cpu")
    shards = MEMBERS["llama"].make(tmp_path / "shards", max_shard_size="40KB")
    sorted(shards.glob("model-*.safetensors"))[1].unlink()
    with pytest.raises(ModelUnavailable, match="could not be loaded.*model-00002"):
        load_path(str(shards), device="cpu")


def test_a_vocabulary_larger_than_the_head_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="tokenizer of 256 words and embeddings for 200"):
        load_path(str(MEMBERS["llama"].make(tmp_path, vocab_size=200, pad_token_id=None, eos_token_id=None)), device="cpu")


def test_weights_that_are_no_numbers_are_told_when_loaded_and_when_they_become_so(zoo: Callable, tmp_path: Path) -> None:
    folder = MEMBERS["llama"].make(tmp_path)
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][0, 0] = torch.nan
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match="NaN"):
        load_path(str(folder), device="cpu")
    broken = zoo("llama").clone()
    linear = broken.network.model.layers[0].mlp.up_proj
    linear.weight = torch.nn.Parameter(torch.full_like(linear.weight, torch.nan), requires_grad=False)
    for act in (
        lambda: broken.generate([asked("hello")], GREEDY),
        lambda: broken.generate([asked("hello")], Decoding(8, temperature=1.0)),
        lambda: broken.log_likelihood([(asked("hello"), "x")]),
    ):
        with pytest.raises(ModelUnavailable, match="NaN.*float32"):
            act()


def test_memory_that_is_not_there_says_what_to_lower(tmp_path: Path) -> None:
    wide = load_member("llama", tmp_path, max_position_embeddings=10**14)
    with pytest.raises(ModelUnavailable, match=r"not enough memory.*lower batch \(now 32\), max_new_tokens \(now 10000000000000\)"):
        wide.generate([asked("hello")], Decoding(max_new_tokens=10**13))


def test_a_prompt_longer_than_the_window_says_so(tmp_path: Path) -> None:
    narrow = load_member("gemma3-vision", tmp_path, text_config=dict(max_position_embeddings=16))
    assert narrow.window == 16
    with pytest.raises(InvalidSetting, match="do not fit the window of 16 tokens"):
        narrow.generate([asked("hello")], GREEDY)


def test_a_model_without_a_pad_token_answers_a_batch(tmp_path: Path) -> None:
    bare = load_member("llama", tmp_path, pad_token_id=None)
    together = bare.generate([asked(question) for question in QUESTIONS], GREEDY)
    assert [answer.text for answer in together] == [bare.generate([asked(one)], GREEDY)[0].text for one in QUESTIONS]
