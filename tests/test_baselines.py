"""Every baseline: what it is shown, what it learns, what it saves. On the tiny model, in float32, in a world made here."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch

from clgym.agent import Experience
from clgym.baselines.adapter import Adapter
from clgym.baselines.lora_rl import Sample
from clgym.baselines.memory import exchange_of
from clgym.baselines.trainer import in_parts
from clgym.core import Episode, Query, SingleTurn, Turn, World
from clgym.errors import InvalidSetting, UnknownName
from clgym.registry import load_model, make_agent, make_world
from clgym.registry.builtin import AGENTS
from clgym.testing.letters import Letters, conversation, experience, stream

ROWS = {row.id: row for row in AGENTS}
MODEL_AGENTS = tuple(row.id for row in AGENTS if row.model)


class TwoTurns(Episode):
    """Wants the letter twice."""

    def __init__(self, world: World, query: Query):
        self.inner, self.said = SingleTurn(world, query), []

    def step(self, answer: str) -> Turn:
        self.said.append(answer)
        return self.inner.step(answer)._replace(done=len(self.said) == 2)

    def solve(self) -> str:
        return self.inner.solve() + str(len(self.said) + 1)


class LettersTwice(Letters):
    def episode(self, query: Query) -> Episode:
        return TwoTurns(self, query)


def ask(world: World, pool: str, index: int) -> list[dict]:
    return [*conversation(world, pool, index)]


@pytest.fixture(scope="module")
def model():
    return load_model("tiny", device="cpu")


@pytest.fixture
def world() -> World:
    return Letters()


def build(name: str, model, world: World, seed: int = 0, **settings):
    agent = make_agent(name, model=model if name in MODEL_AGENTS else None, seed=seed, **{**ROWS[name].small, **settings})
    agent.reveal([world])
    return agent


def evals(world: World) -> list[list[dict]]:
    return [ask(world, "eval", index) for index in range(4)]


def texts(agent, world: World) -> list[str]:
    with agent.evaluating():
        return [answer.text for answer in agent.act(evals(world))]


@pytest.mark.parametrize("name", ["lora-sft", "lora-rl"])
def test_a_lora_agent_learns_what_it_is_taught(name, model, world):
    settings = {"learning_rate": 2e-2, "rank": 8}
    agent = build(name, model, world, **settings)
    pairs = [(ask(world, "learn", index), world.solve(world.query("learn", index))) for index in range(4)]
    before = agent.log_likelihood(pairs)
    for experiences in stream([world], 60):
        agent.learn(experiences)
    assert all(after > earlier + 1 for after, earlier in zip(agent.log_likelihood(pairs), before))


def test_the_importance_weight_of_a_later_attempt_is_truncated_to_the_floor(model, world):
    """``shown`` makes the answer likelier than the bare prompt does: the weight falls to the floor, else it stays at most 1."""
    agent = build("lora-rl", model, world, floor=0.25)
    bare, answer = agent.serving.encode(ask(world, "learn", 0)).ids, agent.serving.answer_tokens("A")
    with torch.no_grad():
        likely, unlikely = sorted(
            (agent.serving.encode(ask(world, "learn", index)).ids for index in range(4)),
            key=lambda ids: -float(agent.serving.score([(ids, answer)])[0].sum()),
        )[::3]
    first, found, lost = agent.policy.prepare(
        [Sample(bare, [], answer, 1.0), Sample(unlikely, likely, answer, 1.0), Sample(likely, unlikely, answer, 1.0)]
    ).weights
    assert torch.equal(first, torch.ones(2))
    assert float(found.min()) < 1 and float(found.min()) >= 0.25
    assert float(lost.max()) == 1


def test_lora_rl_asks_for_as_many_attempts_as_its_config_says(model, world):
    assert build("lora-rl", model, world, attempts=3).attempts == 3
    assert build("lora-sft", model, world).attempts == 1


def test_lora_rl_shows_a_later_attempt_the_right_answer_and_evaluation_never(model, world):
    agent = build("lora-rl", model, world)
    first, second = experience(world, 0, done=False), experience(world, 0, "A", attempt=1)
    agent.learn([first])
    shown = [[first.conversation[0], {"role": "assistant", "content": "A"}, first.conversation[0]]]
    retry = [second.conversation]
    pair = (retry[0], "A")
    frozen = build("frozen", model, world)
    frozen_like = build("lora-rl", model, world, hint="conversation")
    frozen_like.learn([first])
    assert agent.act(retry)[0].text == frozen_like.act(shown)[0].text
    with agent.evaluating():
        assert agent.act(retry)[0].text == frozen.act(retry)[0].text
        assert agent.log_likelihood([pair]) == pytest.approx(frozen.log_likelihood([pair]), abs=1e-5)


@pytest.mark.parametrize("estimator", ["rloo", "reinforce"])
def test_lora_rl_drops_failed_grades_and_finishes_on_flush(estimator, model, world):
    agent = build("lora-rl", model, world, estimator=estimator)
    agent.learn([replace(experience(world, 0), reward=float("nan"), outcome="failed")])
    assert agent.describe()["memory_items"] == 0
    agent.learn([experience(world, 1, done=False), experience(world, 2, "C")])
    agent.flush()
    assert agent.describe()["updates"] == 2


def test_icl_shows_the_right_answer_where_it_was_told(world):
    taught = experience(world, 0)
    assert [m["content"] for m in exchange_of(taught, "demonstration")] == ["say a", "A"]
    assert [m["content"] for m in exchange_of(taught, "transcript")] == ["say a", "no", taught.feedback, "A"]
    untold = replace(taught, correction="", feedback="Wrong.")
    assert [m["content"] for m in exchange_of(untold, "demonstration")] == ["say a", "no", "Wrong.", "Understood."]


def test_icl_answers_as_the_model_behind_the_written_out_prompt(model, world):
    agent = build("icl", model, world)
    for index in range(4):
        agent.learn([experience(world, index)])
    written = [[*agent.context(), *question] for question in evals(world)]
    assert texts(agent, world) == [answer.text for answer in build("frozen", model, world, system="").act(written)]
    assert agent.act(evals(world))[0].cost.cached_tokens == agent.describe()["prompt_tokens"]


def test_icl_forgets_the_oldest_and_stays_in_its_window(model, world):
    agent = build("icl", model, world, window=400)
    sizes = []
    for index in range(40):
        agent.learn([experience(world, index % 4)])
        sizes.append(agent.describe()["prompt_tokens"])
    assert max(sizes) <= 400
    assert 2 < agent.describe()["memory_items"] < 40
    assert agent.context()[-2]["content"] == "say d"


def test_icl_with_a_window_smaller_than_one_exchange_is_a_typed_error(model, world):
    agent = build("icl", model, world, window=80)
    with pytest.raises(InvalidSetting, match="window"):
        agent.learn([replace(experience(world, 0), correction="x" * 200)])
    with pytest.raises(InvalidSetting, match="window"):
        build("icl", model, world, window=3)


def test_the_replay_buffer_keeps_its_size(model, world):
    agent = build("lora-sft", model, world, capacity=3)
    for experiences in stream([world], 5):
        agent.learn(experiences)
    assert agent.describe()["memory_items"] == 3


def test_lora_sft_finishes_on_flush(model, world):
    agent = build("lora-sft", model, world, every=4)
    agent.learn([experience(world, 0)])
    assert agent.describe()["updates"] == 0
    agent.flush()
    agent.flush()
    assert agent.describe()["updates"] == 1


def test_an_adapter_of_another_shape_is_a_typed_error(model, world, tmp_path):
    build("lora-sft", model, world).save(tmp_path)
    with pytest.raises(InvalidSetting, match="config"):
        build("lora-sft", model, world, rank=4).load(tmp_path)
    wide = build("lora-sft", model, world, rank=4)
    (tmp_path / "wide").mkdir()
    wide.trainer.adapter.save(tmp_path / "wide")
    with pytest.raises(InvalidSetting, match="does not fit"):
        build("lora-sft", model, world).trainer.adapter.load(tmp_path / "wide")
    (tmp_path / "adapter.safetensors").write_bytes(b"damaged")
    with pytest.raises(InvalidSetting, match="cannot be read"):
        build("lora-sft", model, world).load(tmp_path)
    with pytest.raises(InvalidSetting, match="no saved agent"):
        build("lora-sft", model, world).load(tmp_path / "nothing")


def test_merged_weights_answer_like_the_adapter_beside_them(model, world):
    agent = build("lora-sft", model, world, learning_rate=1e-2)
    for experiences in stream([world], 6):
        agent.learn(experiences)
    sequence = [(agent.serving.encode(ask(world, "eval", 0)).ids, agent.serving.answer_tokens("A"))]
    with torch.no_grad():
        merged, beside = agent.serving.score(sequence)[0], agent.serving.score(sequence, network=agent.trainer.adapter.training)[0]
        with agent.trainer.adapter.disabled():
            plain = agent.serving.score(sequence, network=agent.trainer.adapter.training)[0]
        untouched = model.score(sequence)[0]
    assert torch.allclose(merged, beside, atol=1e-4)
    assert torch.equal(plain, untouched)
    assert not torch.allclose(merged, plain, atol=1e-2)


def test_an_adapter_of_bfloat16_weights_learns_what_one_of_float32_learns():
    half, exact = (load_model("tiny", device="cpu", dtype=dtype) for dtype in ("bfloat16", "float32"))
    sequences = [
        (half.encode([{"role": "user", "content": asked}]).ids, half.answer_tokens("velo mira")) for asked in ("what?", "say it.")
    ]
    slopes = []
    for model in (half, exact):
        adapter = Adapter(model, rank=4, alpha=8.0, learning_rate=1e-3, max_grad_norm=1.0, seed=0)
        with torch.no_grad():
            for name, weight in adapter.parameters.items():
                weight += 0.05 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(len(name)))
            with adapter.disabled():
                assert torch.equal(model.score(sequences, network=adapter.training)[1], model.score(sequences)[1])
        sum(row.sum() for row in model.score(sequences, network=adapter.training)).backward()
        assert all(weight.dtype == weight.grad.dtype == torch.float32 for weight in adapter.parameters.values())
        slopes.append({name: weight.grad.flatten() for name, weight in adapter.parameters.items()})
    for name, slope in slopes[0].items():
        assert torch.cosine_similarity(slope, slopes[1][name], dim=0) > 0.99, name


def test_the_oracle_is_right_and_random_is_well_formed(model, world):
    assert texts(build("oracle", model, world), world) == list("EFGH")
    agent = build("random", model, world)
    assert set(texts(agent, world)) <= set("ABCDEFGH")
    drawn = set()
    for _ in range(8):
        drawn.add(agent.act(evals(world))[0].text)
        agent.learn([experience(world, 0)])
    assert len(drawn) > 1
    with pytest.raises(InvalidSetting, match="reveal"):
        agent.act([[{"role": "user", "content": "what?"}]])


def test_the_oracle_replays_its_turns(model):
    agent = build("oracle", model, LettersTwice())
    turns = ask(LettersTwice(), "eval", 0)
    assert agent.act([turns])[0].text == "E1"
    turns += [{"role": "assistant", "content": "E1"}, {"role": "user", "content": "and?"}]
    assert agent.act([turns])[0].text == "E2"
    turns += [{"role": "assistant", "content": "E2"}, {"role": "user", "content": "Try again: say e"}]
    assert agent.act([turns])[0].text == "E1"


def test_the_rulebook_is_in_the_prompt(model, world):
    agent = build("rulebook", model, world)
    assert "Shout." in agent.context()[0]["content"]
    assert agent.describe()["prompt_tokens"] > build("frozen", model, world).describe()["prompt_tokens"]


@pytest.mark.parametrize(
    "name, settings, error",
    [
        ("frozen", {"max_new_tokens": 0}, InvalidSetting),
        ("frozen", {"top_p": 0.0}, InvalidSetting),
        ("icl", {"style": "essay"}, UnknownName),
        ("lora-sft", {"batch_size": 0}, InvalidSetting),
        ("lora-sft", {"rank": 0}, InvalidSetting),
        ("lora-rl", {"estimator": "grop"}, UnknownName),
        ("lora-rl", {"floor": 2.0}, InvalidSetting),
        ("lora-rl", {"attempts": 0}, InvalidSetting),
        ("lora-rl", {"sampels": 1}, UnknownName),
    ],
)
def test_settings_that_make_no_sense_are_typed_errors(name, settings, error, model, world):
    with pytest.raises(error):
        build(name, model, world, **settings)


NEUTRAL = [
    ([{"role": "user", "content": "Why is the sky blue?"}], "Air scatters blue light."),
    ([{"role": "user", "content": "Hi"}], "Hello!"),
]


@pytest.mark.parametrize("name", ["frozen", "rulebook", "icl", "lora-sft"])
def test_divergence_is_zero_before_learning_and_above_it_after(name):
    agent = make_agent(name, model=load_model("tiny"), **({"learning_rate": 0.05} if name == "lora-sft" else {}))
    agent.reveal([make_world("CL-Conlang-v0")])
    assert agent.divergence(NEUTRAL) == pytest.approx(0.0, abs=1e-6)
    conversation = [{"role": "user", "content": "Translate: the dog"}]
    agent.learn([Experience(conversation, "?", 0.0, "No.", True, "wrong", f"learn/{i}", correction="velo mira") for i in range(8)])
    moved = agent.divergence(NEUTRAL)
    assert moved > 1e-5 if name in ("icl", "lora-sft") else moved == pytest.approx(0.0, abs=1e-6)


def test_an_answer_that_was_cut_is_not_taken_for_one_that_ended():
    agent = make_agent("lora-rl", model=load_model("tiny"), max_new_tokens=4)
    conversation = [{"role": "user", "content": "Translate: the dog"}]
    (answer,) = agent.act([conversation])
    stop = agent.serving.stops[0]

    def learned(text: str, tokens: tuple[int, ...] = ()) -> list[int]:
        agent.learn([Experience(conversation, text, 0.0, "No.", False, "wrong", "learn/0", tokens=tokens)])
        return agent.collected._open["/learn/0"][-1].answer

    assert answer.cost.completion_tokens == 4 and answer.stop == "length", "the untaught model rambles"
    assert stop not in learned(answer.text, answer.tokens)
    assert learned("abc", (*agent.serving.answer_tokens("abc"),)) == learned("abc") == agent.serving.answer_tokens("abc")
    assert learned("ab")[-1] == stop


def test_a_batch_in_parts_trains_the_same_adapter(model):
    """Fifteen examples of different lengths, at once and in parts of at most 64 padded tokens."""
    world = make_world("CL-Conlang-v0")
    examples = [
        replace(experience(world, index), correction=world.solve(world.query("learn", index)) + " x" * index) for index in range(15)
    ]
    whole, parted = (make_agent("lora-sft", model=model, every=15, micro_tokens=tokens) for tokens in (4096, 64))
    for agent in (whole, parted):
        agent.learn(examples)
    assert len(in_parts(parted.tuning.batch(0), 64)) > 3
    for name, weight in whole.trainer.adapter.parameters.items():
        assert torch.allclose(weight, parted.trainer.adapter.parameters[name], atol=2e-4), name


def test_history_shows_the_first_message_and_the_last_turns(model):
    talk = [{"role": role, "content": text} for role, text in zip(("user", "assistant") * 3, ("rules", "a", "one", "b", "two"))]
    contents = [[m["content"] for m in make_agent("frozen", model=model, history=kept).view(talk)] for kept in (None, 2, 1, 0)]
    assert contents == [["rules", "a", "one", "b", "two"]] * 2 + [["rules", "b", "two"], ["rules\n\ntwo"]]
    with pytest.raises(InvalidSetting, match="history"):
        make_agent("frozen", model=model, history=-1)
