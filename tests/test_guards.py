"""Forgetting guards: their numbers by hand, what they hold, and that every agent that trains can switch them on."""

from __future__ import annotations

import math
import re

import pytest

pytest.importorskip("torch")

import torch

from clgym.agent import Experience
from clgym.baselines.configs import GUARDS
from clgym.baselines.guards import Importance, divergence, weighted_square
from clgym.baselines.rehearsal_prompts import EVERYDAY
from clgym.errors import InvalidSetting, MissingExtra, UnknownName
from clgym.protocol.kl_exchanges import NEUTRAL
from clgym.registry import load, load_model, make_agent, make_world
from clgym.registry.builtin import AGENTS, FAMILIES
from clgym.settings import settings_of

#: Settings that make an agent small and quick, for those that have them.
SMALL = {"max_new_tokens": 4, "rank": 2, "every": 2, "updates": 1, "batch_size": 4, "samples": 2, "attempts": 1, "guard.tokens": 6}
TRAINED = [row.id for row in AGENTS if "weights" in row.tags]


@pytest.fixture(scope="module")
def model():
    return load_model("tiny", device="cpu")


def build(name: str, model, guard: str = "", **settings):
    """An agent with these guards; ``guard_batch`` stands for ``guard.batch``."""
    known = {setting.name for setting in settings_of(load(next(row for row in AGENTS if row.id == name)))}
    chosen = {key: value for key, value in SMALL.items() if key in known}
    chosen |= {f"guard.{key.removeprefix('guard_')}" if key.startswith("guard_") else key: value for key, value in settings.items()}
    return make_agent(name, model=model, **{**chosen, **({"guard.kind": guard} if guard else {})})


def asked(index: int) -> list[dict]:
    return [{"role": "user", "content": f"say {'abcdefgh'[index % 8]}"}]


def teach(agent, steps: int, begin: int = 0):
    """Each query once: half of the answers are right. Returns what the lessons cost."""
    costs = []
    for index in range(begin, begin + steps):
        (answer,) = agent.act([asked(index)])
        right = "ABCDEFGH"[index % 8]
        said, reward, outcome = (right, 1.0, "correct") if index % 2 else (answer.text, 0.0, "wrong")
        told = f"The right answer is {right}."
        experience = Experience(tuple(asked(index)), said, reward, told, True, outcome, f"learn/{index}", correction=right)
        costs.append(agent.learn([experience]))
    return costs


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def test_nothing_that_is_measured_is_rehearsed():
    measured = {prompt for prompt, _ in NEUTRAL}
    assert len(EVERYDAY) == len(set(EVERYDAY))
    for prompt in EVERYDAY:
        closest = max(measured, key=lambda other: len(words(prompt) & words(other)) / len(words(prompt) | words(other)))
        assert len(words(prompt) & words(closest)) / len(words(prompt) | words(closest)) < 0.5, (prompt, closest)


@pytest.mark.parametrize("name", [row.id for row in FAMILIES if "probe" in row.tags])
def test_no_probe_asks_what_is_rehearsed(name):
    try:
        world = make_world(name)
    except MissingExtra as missing:
        pytest.skip(str(missing))
    places = [(pool, index) for pool, size in world.pools.items() for index in range(min(size, 400))]
    prompts = "\n".join(world.query(pool, index).prompt.lower() for pool, index in places)
    assert [prompt for prompt in EVERYDAY if prompt.lower() in prompts] == []


def test_divergence_by_hand_and_in_the_direction_from_old_to_new():
    """KL((1/2, 1/2) ‖ (1/4, 3/4)) = ½ ln 2 + ½ ln 2/3; the other way round it is ¼ ln ½ + ¾ ln 3/2."""
    half, skewed = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.25, 0.75]]).log()
    assert float(divergence(half, skewed)) == pytest.approx(0.5 * math.log(4 / 3))
    assert float(divergence(skewed, half)) == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5))
    rows = divergence(torch.cat([half, half]), torch.cat([half, skewed]))
    assert rows.tolist() == pytest.approx([0.0, 0.5 * math.log(4 / 3)], abs=1e-7)


def test_the_penalty_and_its_gradient_by_hand():
    """U V = [[3, 0], [6, 0]] and F = [[½, ½], [1½, 1½]]: Σ F (U V)² = ½ · 9 + 1½ · 36."""
    up, down = torch.tensor([[1.0], [2.0]], requires_grad=True), torch.tensor([[3.0, 0.0]], requires_grad=True)
    value = weighted_square(up, down, Importance(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.0])))
    value.backward()
    assert value.item() == 58.5
    assert up.grad.tolist() == [[2 * 0.5 * 3 * 3], [2 * 1.5 * 6 * 3]]
    assert down.grad.tolist() == [[2 * (0.5 * 3 * 1 + 1.5 * 6 * 2), 0.0]]


def test_importance_is_the_square_of_each_examples_gradient(model):
    """Against autograd on the weights themselves, example by example."""
    agent = build("lora-sft", model, guard="ewc")
    examples = [(model.encode(asked(i)).ids, model.answer_tokens(said)) for i, said in enumerate(["A", "no idea", "C"])]
    found = agent.trainer.guards.fisher(examples)
    network = load_model("tiny", device="cpu").network.requires_grad_(True)
    expected = {name: torch.zeros_like(network.get_submodule(name).weight) for name in found}
    for example in examples:
        network.zero_grad()
        model.score([example], network=network)[0].sum().backward()
        for name, total in expected.items():
            total += network.get_submodule(name).weight.grad.square()
    tokens = sum(len(answer) for _, answer in examples)
    assert set(found) == set(agent.trainer.adapter.names)
    for name, total in expected.items():
        assert torch.allclose(found[name].rows, total.sum(1) / tokens, rtol=1e-3, atol=1e-9)
        assert torch.allclose(found[name].columns, total.sum(0) / tokens, rtol=1e-3, atol=1e-9)


def test_ewc_costs_nothing_at_the_start_and_more_the_further_the_weights_go(model):
    agent = build("lora-sft", model, guard="ewc")
    agent.trainer.guards.prepare()
    assert float(agent.trainer.guards.penalty()) == 0
    for gradient in torch.autograd.grad(agent.trainer.guards.penalty(), list(agent.trainer.adapter.parameters.values())):
        assert not gradient.any()
    values = []
    for size in (0.1, 0.2):
        with torch.no_grad():
            for name, weight in agent.trainer.adapter.parameters.items():
                if "lora_B" in name:
                    weight.fill_(size)
        values.append(float(agent.trainer.guards.penalty()))
    assert values[1] == pytest.approx(4 * values[0], rel=1e-4) and values[0] > 0


def test_a_consolidation_moves_the_anchor_and_adds_importance(model):
    agent = build(
        "lora-sft", model, guard="ewc", guard_ewc_every=2, guard_ewc_decay=0.5, guard_ewc_strength=0.0, every=1, learning_rate=1e-2
    )
    teach(agent, 1)
    name = agent.trainer.adapter.names[0]
    before = agent.trainer.guards._importance[name]
    teach(agent, 1, begin=1)
    assert torch.equal(agent.trainer.guards._importance[name].rows, before.rows)
    moved = float(agent.trainer.guards.penalty())
    recent = [(model.encode([*agent.context(), *c]).ids, answer) for c, answer in agent.trainer.guards._recent]
    agent.trainer.guards.prepare()
    assert moved > 0 and float(agent.trainer.guards.penalty()) == pytest.approx(0.0, abs=1e-6)
    expected = 0.5 * before.rows + agent.trainer.guards.fisher(recent)[name].rows
    assert torch.allclose(agent.trainer.guards._importance[name].rows, expected)


@pytest.fixture(scope="module")
def unguarded(model):
    """An agent that learned 32 lessons without a guard."""
    agent = build("lora-sft", model, rank=8, learning_rate=1e-2, every=1)
    teach(agent, 32)
    return agent


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_keeps_old_answers_likely_while_the_task_is_learned(guard, model, unguarded):
    """Against the same agent without one: on what the untaught model said to neutral prompts, and on the lesson."""
    strength = {"ewc": {"guard_ewc_strength": 10.0}}.get(guard, {})
    held = build("lora-sft", model, rank=8, learning_rate=1e-2, every=1, guard=guard, **strength)
    teach(held, 32)
    items = held.trainer.guards._items
    nats = []
    for network in (model, unguarded.serving, held.serving):
        with torch.no_grad():
            nats.append(float(torch.cat(network.score(items)).mean()))
    untaught, loose, kept = nats
    assert untaught - kept < 0.7 * (untaught - loose)
    lesson = [(asked(i), "ABCDEFGH"[i]) for i in range(8)]
    start = sum(build("frozen", model).log_likelihood(lesson))
    assert sum(held.log_likelihood(lesson)) > start + 8


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "lora-rl" else pytest.mark.slow) for name in TRAINED])
def test_every_trained_agent_has_guards_and_counts_them(name, model):
    """At learning rate 0 both agents see the same: what the lessons of the guarded one cost more is what guarding cost."""
    prompts = len(EVERYDAY) if name == "lora-sft" else 12
    plain = build(name, model, learning_rate=0.0)
    guarded = build(name, model, learning_rate=0.0, guard="replay+ewc+kl", guard_prompts=prompts)
    start = {key: weight.clone() for key, weight in guarded.trainer.adapter.parameters.items()}
    took: list[float] = []
    spent = guarded.trainer.guards.spent
    guarded.trainer.guards.spent = lambda: (took.append((cost := spent()).flops), cost)[1]
    free, paid = teach(plain, 6), teach(guarded, 6)
    for agent, costs in ((plain, free), (guarded, paid)):
        costs.append(agent.flush())
    more = sum(cost.flops for cost in paid if cost) - sum(cost.flops for cost in free if cost)
    assert more == pytest.approx(sum(took), rel=1e-6)
    assert more > 0
    assert all(torch.equal(weight, start[key]) for key, weight in guarded.trainer.adapter.parameters.items())
    assert guarded.describe()["guard_items"] == prompts and guarded.describe()["guard_bytes"] > 0
    assert "guard_items" not in plain.describe()


@pytest.mark.parametrize("guard", ["replay", "kl", "replay+kl"])
def test_guards_pay_for_what_an_update_without_a_loss_of_its_own_spends(model, guard):
    agent = build("lora-sft", model, guard=guard)
    for _ in range(2):
        before = model.meter.spent
        agent.trainer.step([])
        assert agent.trainer.guarding().flops == pytest.approx(model.meter.spent - before, rel=1e-9) and model.meter.spent > before


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "sleep" else pytest.mark.slow) for name in TRAINED])
def test_a_guarded_agent_goes_on_bit_for_bit(name, model, tmp_path):
    agent = build(name, model, guard="replay+ewc+kl", guard_ewc_every=1, guard_prompts=8)
    teach(agent, 5)
    agent.save(tmp_path)
    other = type(agent)(agent.config, model=model, seed=7)
    other.load(tmp_path)
    assert other.digest() == agent.digest()
    for one in (agent, other):
        teach(one, 4, begin=5)
    assert other.digest() == agent.digest()


def test_guards_stay_the_size_they_are(model):
    agent = build("lora-sft", model, guard="replay+ewc+kl", guard_ewc_every=2, guard_prompts=8, capacity=8)
    teach(agent, 12)
    first = agent.describe()
    teach(agent, 12, begin=12)
    assert {**agent.describe(), "updates": first["updates"]} == first
    assert len(agent.trainer.guards._recent) == 8


def test_answers_that_are_rehearsed_were_drawn_from_the_untaught_model(model):
    """A guard that is switched on rehearses what θ_0 says, whatever the agent has been taught since: the items never change."""
    agent = build("lora-sft", model, guard="kl", learning_rate=1e-2)
    teach(agent, 2)
    items = list(agent.trainer.guards._items)
    teach(agent, 8, begin=2)
    assert agent.trainer.guards._items == items
    twin, other = build("lora-sft", model, guard="replay"), build("lora-sft", model, guard="replay", guard_tokens=5)
    for one in (twin, other):
        one.trainer.guards.prepare()
    assert twin.trainer.guards._items == items
    assert max(len(answer) for _, answer in other.trainer.guards._items) <= 5


@pytest.mark.parametrize(
    "settings, error, says",
    [
        ({"guard": "ewd"}, UnknownName, "Did you mean 'ewc'"),
        ({"guard": "kl+"}, UnknownName, "replay, ewc, kl"),
        ({"guard": "kl", "guard_kl_strength": -1.0}, InvalidSetting, "strength"),
        ({"guard": "kl", "guard_batch": 49}, InvalidSetting, "48"),
        ({"guard": "ewc", "guard_ewc_decay": 1.5}, InvalidSetting, "ewc_decay"),
    ],
)
def test_guards_that_make_no_sense_are_typed_errors(settings, error, says, model):
    with pytest.raises(error, match=re.escape(says)):
        build("lora-sft", model, **settings)


def test_damaged_guards_are_a_typed_error(model, tmp_path):
    agent = build("lora-sft", model, guard="ewc")
    teach(agent, 2)
    agent.save(tmp_path)
    (tmp_path / "guards.safetensors").write_bytes(b"damaged")
    with pytest.raises(InvalidSetting, match="guards"):
        build("lora-sft", model, guard="ewc").load(tmp_path)
