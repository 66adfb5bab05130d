"""What an agent sees of a language model: answers, likelihoods, prefixes, costs. On the tiny model, in float32."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from clgym.baselines.adapter import Adapter
from clgym.baselines.models import head
from clgym.baselines.models.language import Decoding, LanguageModel, choose
from clgym.errors import InvalidSetting, ModelUnavailable, UnknownName
from clgym.model import EMPTY
from clgym.registry import load_model

SYSTEM = {"role": "system", "content": "Answer."}
QUESTIONS = ["hello", "what is it, exactly?", "x", "the red dog and the very old house", "naïve 🎉 \u202e", ""]
GREEDY = Decoding(max_new_tokens=12)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_model("tiny", device="cpu")


def asked(*questions: str, before: tuple[dict, ...] = ()) -> list[list[dict]]:
    return [[SYSTEM, *before, {"role": "user", "content": question}] for question in questions]


def demonstrations(count: int) -> tuple[dict, ...]:
    turns = (({"role": "user", "content": f"question {i}"}, {"role": "assistant", "content": f"{i * i}"}) for i in range(count))
    return tuple(message for pair in turns for message in pair)


def said(answers) -> list[str]:
    return [answer.text for answer in answers]


def test_a_batch_says_what_each_conversation_says_alone(model):
    conversations = asked(*QUESTIONS)
    together = said(model.generate(conversations, GREEDY))
    alone = [model.generate([conversation], GREEDY)[0].text for conversation in conversations]
    assert together == alone
    assert len(set(together)) > 1


def test_small_batches_change_neither_order_nor_answers(model):
    conversations = asked(*QUESTIONS)
    assert said(model.generate(conversations, Decoding(12, batch=2))) == said(model.generate(conversations, GREEDY))


def test_transformers_own_generation_says_the_same(model):
    for conversation in asked(*QUESTIONS):
        ids = torch.tensor([model.encode(conversation).ids])
        tokens = model.network.generate(ids, max_new_tokens=12, do_sample=False, eos_token_id=list(model.stops))[0, ids.shape[1] :]
        assert model.tokenizer.decode(tokens, skip_special_tokens=True).strip() == model.generate([conversation], GREEDY)[0].text


def test_a_shared_prefix_changes_no_answer_and_no_likelihood(model):
    before = demonstrations(6)
    conversations = asked(*QUESTIONS, before=before)
    prefix = model.grow(EMPTY, [SYSTEM])
    for turn in range(0, len(before), 2):
        prefix = model.grow(prefix, [SYSTEM, *before[: turn + 2]])
    assert said(model.generate(conversations, GREEDY, prefix=prefix)) == said(model.generate(conversations, GREEDY))
    pairs = [(conversation, f"answer {i}") for i, conversation in enumerate(conversations)]
    plain = [model.log_likelihood([pair])[0] for pair in pairs]
    assert model.log_likelihood(pairs, prefix=prefix) == pytest.approx(plain, abs=1e-4)
    costs = [answer.cost for answer in model.generate(conversations, GREEDY, prefix=prefix)]
    assert {cost.cached_tokens for cost in costs} == {prefix.length}


def test_a_prefix_rebuilt_from_the_same_pieces_is_bit_identical(model):
    def build():
        return model.grow(model.grow(EMPTY, [SYSTEM]), [SYSTEM, *demonstrations(3)])

    assert all(torch.equal(a, b) for a, b in zip(build().keys, build().keys))


def test_likelihood_is_the_sum_of_token_log_probabilities(model):
    conversation, answer = asked("hello")[0], "abc"
    ids = model.encode(conversation).ids
    target = model.answer_tokens(answer)
    logits = model.network(torch.tensor([ids + target])).logits[0].log_softmax(-1)
    by_hand = sum(float(logits[len(ids) - 1 + i, token]) for i, token in enumerate(target))
    assert model.log_likelihood([(conversation, answer)])[0] == pytest.approx(by_hand, abs=1e-4)


def test_sampling_follows_its_seed_and_leaves_the_global_generator_alone(model):
    conversations, decoding = asked(*QUESTIONS), Decoding(12, temperature=1.0)

    def sample(seed):
        return said(model.generate(conversations, decoding, seed=seed))

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)
    before = torch.random.get_rng_state()
    model.generate(conversations, GREEDY)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_what_is_drawn_has_the_probabilities_of_the_model():
    logits = torch.randn(5, 300, generator=torch.Generator().manual_seed(0)) * 3
    draws = torch.linspace(0, 1, 20_001, dtype=torch.float64)[:-1]
    for row in logits:
        drawn = choose(row.repeat(20_000, 1), Decoding(temperature=1.5), draws).bincount(minlength=300)
        assert torch.allclose(drawn / 20_000, torch.softmax(row / 1.5, -1), atol=1e-4)
    impossible = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).repeat(2, 1)
    assert choose(impossible, Decoding(temperature=1.0), torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)).tolist() == [1, 1]


@pytest.mark.parametrize("decoding", [Decoding(12), Decoding(12, temperature=1.0)])
def test_looking_at_tokens_now_and_then_gives_the_same_answers(model, decoding):
    seldom = model.clone()
    seldom.read_every = 5
    answers = [m.generate(asked(*QUESTIONS), decoding, seed=3) for m in (model, seldom)]
    assert said(answers[0]) == said(answers[1])
    assert [a.cost.completion_tokens for a in answers[0]] == [a.cost.completion_tokens for a in answers[1]]


def test_the_nucleus_leaves_out_the_tail():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).repeat(2000, 1)
    draws = torch.linspace(0, 1, 2001, dtype=torch.float64)[:-1]
    drawn = choose(logits, Decoding(temperature=1.0, top_p=0.7), draws).bincount(minlength=4)
    assert drawn[2] == drawn[3] == 0
    assert drawn[0] / 2000 == pytest.approx(0.5 / 0.8, abs=0.001)


def test_tokens_and_flops_of_an_answer_are_counted(model):
    few, many = (model.generate(asked("hello"), Decoding(tokens))[0].cost for tokens in (2, 8))
    assert few.prompt_tokens == many.prompt_tokens == len(model.encode(asked("hello")[0]).ids)
    assert (few.completion_tokens, many.completion_tokens) == (2, 8)
    assert few.flops < many.flops
    assert few.seconds > 0


def test_a_clone_shares_weights_and_answers_alike(model):
    clone = model.clone()
    assert said(clone.generate(asked(*QUESTIONS), GREEDY)) == said(model.generate(asked(*QUESTIONS), GREEDY))
    shared = zip(model.network.parameters(), clone.network.parameters())
    assert all(a.data_ptr() == b.data_ptr() for a, b in shared)


def test_a_prompt_that_leaves_no_room_is_a_typed_error(model):
    with pytest.raises(InvalidSetting, match="window"):
        model.generate(asked("long " * model.window), GREEDY)


def test_any_string_is_tokenized(model):
    for text in ("\ud800", "\0", "x" * 1000, "<|im_end|>"):
        assert model.log_likelihood([(asked(text)[0], text)])[0] < 0


@pytest.mark.parametrize(
    "spec, error, message",
    [
        ("path:/no/such/folder", ModelUnavailable, "not a folder"),
        ("tony", UnknownName, "tiny"),
        ("path:", ModelUnavailable, "config.json"),
    ],
)
def test_models_that_are_not_there(spec, error, message):
    with pytest.raises(error, match=message):
        load_model(spec)


def test_a_saved_folder_is_loaded_by_path(model, tmp_path):
    model.network.save_pretrained(tmp_path)
    model.tokenizer.save_pretrained(tmp_path)
    again = load_model(f"path:{tmp_path}", device="cpu", dtype="float32")
    assert said(again.generate(asked(*QUESTIONS), GREEDY)) == said(model.generate(asked(*QUESTIONS), GREEDY))
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelUnavailable, match="could not be loaded"):
        load_model(f"path:{tmp_path}")


def test_a_model_without_a_chat_template_is_refused(model, tmp_path):
    model.network.save_pretrained(tmp_path)
    model.tokenizer.save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(ModelUnavailable, match="chat template"):
        load_model(f"path:{tmp_path}")


ANSWERS = ["velo", "a much longer answer", "", "mira"]


def grouped(model: LanguageModel) -> list[tuple[list[int], list[int]]]:
    """Two answers to one prompt and four to another, in no order."""
    short, long = (model.encode(conversation).ids for conversation in asked(QUESTIONS[0], QUESTIONS[3]))
    prompts = [long, short, long, long, short, long]
    return [(prompt, model.answer_tokens(ANSWERS[i % 4])) for i, prompt in enumerate(prompts)]


@pytest.mark.parametrize("shared", [True, False], ids=["behind a common beginning", "no common beginning"])
def test_answers_that_share_prompts_score_as_they_do_alone_and_so_do_their_gradients(model, shared, monkeypatch):
    if not shared:
        monkeypatch.setattr(model, "shares_prefixes", False)
    sequences = grouped(model)
    adapter = Adapter(model, rank=4, alpha=8.0, learning_rate=1e-2, max_grad_norm=1.0, seed=0)
    adapter.backward([-model.score(sequences[:1], network=adapter.training)[0].sum()])  # so that B is no longer 0
    adapter.step()
    weights = [torch.linspace(-1, 1, len(answer)) for _, answer in sequences]

    def gradients(parts):
        adapter.optimizer.zero_grad(set_to_none=True)
        rows = [row for part in parts for row in model.score(part, network=adapter.training)]
        sum((row * weight).sum() for row, weight in zip(rows, weights)).backward()
        return [row.detach() for row in rows], [weight.grad.clone() for weight in adapter.parameters.values()]

    before = model.flops_spent
    together, slopes = gradients([sequences])
    halfway = model.flops_spent
    alone, plain = gradients([[sequence] for sequence in sequences])
    for one, other in zip([*together, *slopes], [*alone, *plain]):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=3e-5)
    assert halfway - before < 0.7 * (model.flops_spent - halfway)


def test_answers_to_the_same_prompts_are_those_given_alone(model):
    conversations = [conversation for conversation in asked(QUESTIONS[0], QUESTIONS[3]) for _ in range(3)]
    before = model.flops_spent
    together = said(model.generate(conversations, GREEDY))
    halfway = model.flops_spent
    assert together == [model.generate([conversation], GREEDY)[0].text for conversation in conversations]
    assert halfway - before < 0.7 * (model.flops_spent - halfway)
    drawn = model.generate(conversations, Decoding(12, temperature=1.5), seed=1)
    assert len(set(said(drawn))) == len(drawn)


@pytest.mark.parametrize("option", [{"device": "abacus"}, {"dtype": "float3"}])
def test_unknown_devices_and_formats_are_typed_errors(option):
    with pytest.raises(UnknownName):
        load_model("tiny", **option)


@pytest.mark.parametrize("tokens", [1, head.ROWS, 2 * head.ROWS + 3])
@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_log_probabilities_a_few_rows_at_a_time_have_the_values_and_gradients_of_all_at_once(tokens, dtype, tolerance):
    draw = torch.Generator().manual_seed(tokens)
    matrix = torch.nn.Linear(24, 500, bias=False, dtype=dtype).requires_grad_(False)
    states, targets = torch.randn(tokens, 24, generator=draw).to(dtype), torch.randint(0, 500, (tokens,), generator=draw)
    weights = torch.randn(tokens, generator=draw)
    found = []
    for of in (
        lambda hidden: head.chosen_log_probabilities(hidden, matrix, targets, 0.7),
        lambda hidden: -torch.nn.functional.cross_entropy(matrix(hidden).float() / 0.7, targets, reduction="none"),
    ):
        hidden = states.clone().requires_grad_()
        values = of(hidden)
        (values * weights).sum().backward()
        found.append((values, hidden.grad))
    assert torch.allclose(found[0][0], found[1][0], atol=1e-5)
    assert torch.allclose(found[0][1].float(), found[1][1].float(), atol=tolerance)
    with torch.inference_mode():
        assert torch.equal(head.chosen_log_probabilities(states, matrix, targets, 0.7), found[0][0])


def test_heads_that_are_more_than_a_frozen_matrix_are_left_to_torch(model):
    states, targets = torch.randn(3, 4), torch.tensor([0, 1, 2])
    assert head.chosen_log_probabilities(states, torch.nn.Linear(4, 9), targets) is None
    assert head.chosen_log_probabilities(states, torch.nn.Linear(4, 9, bias=False), targets) is None, "it is trained"
    capped = model.clone()
    sequences = [(model.encode(asked("hello")[0]).ids, model.answer_tokens("hi"))]
    plain = capped.score(sequences)[0]
    capped._bare_head = False
    assert torch.allclose(capped.score(sequences)[0], plain, atol=1e-5)
