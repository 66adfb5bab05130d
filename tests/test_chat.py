"""Any chat template: every agent's tokens are those of one whole rendering, thoughts are no answers, special tokens in text are text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest

pytest.importorskip("torch")

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from zoo.templates import FORMATS
from zoo.tokenizers import tokenizer_of

from clgym import make_world
from clgym.agent import Decoding, Experience, Message
from clgym.baselines.models import language
from clgym.baselines.models.attention import register
from clgym.baselines.models.chat import Chat, Reply
from clgym.baselines.models.language import LanguageModel
from clgym.errors import InvalidSetting
from clgym.model import EMPTY, text_size
from clgym.registry import make_agent

SYSTEM = Message(role="system", content="Answer with the answer only.")
THINKERS = ("qwen3", "qwen3.5", "gpt-oss")


def model_of(name: str) -> LanguageModel:
    """A random two-layer Llama with the tokenizer of a format."""
    tokenizer = tokenizer_of(name)
    settings = dict(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = LlamaConfig(**settings, num_key_value_heads=2, initializer_range=0.2, attn_implementation=register())
        network = LlamaForCausalLM(config)
    network.generation_config.eos_token_id = tokenizer.eos_token_id
    return LanguageModel(network, tokenizer, name)


@pytest.fixture(scope="module")
def models() -> Iterator[dict[str, LanguageModel]]:
    yield {name: model_of(name) for name in FORMATS}


def user(text: str) -> Message:
    return Message(role="user", content=text)


def said(text: str) -> Message:
    return Message(role="assistant", content=text)


def rendered(tokenizer: PreTrainedTokenizerFast, conversation: Sequence[Message], *, reply: bool = True) -> list[int]:
    """Token ids of the template's own rendering; where it has no system role, that message opens the first user turn."""
    messages = list(conversation)
    if messages[0]["role"] == "system" and "no system role" in tokenizer.chat_template:
        messages = [user(f"{messages[0]['content']}\n\n{messages[1]['content']}"), *messages[2:]]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=reply)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


# -- whole renderings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_a_conversation_is_its_one_whole_rendering(name, models):
    model = models[name]
    turns = [user("the red dog"), said("velo mira"), user("the old house\n and more ")]
    for conversation in ([SYSTEM, *turns], turns, turns[:1], [SYSTEM, turns[0]]):
        ids = rendered(model.tokenizer, conversation)
        assert model.encode(conversation).ids == ids and model.size(conversation) == len(ids)


AGENTS = {
    "icl": {},
    "icl-window": {"exchanges": 2, "slack": 1},
    "icl-retrieval": {"nearest": 2},
    "sleep": {"every": 4, "updates": 1, "consolidate": "distill"},
    "notes": {"every": 2, "max_note_tokens": 12},
    "rulebook": {},
    "lora-sft": {"every": 2},
    "drill": {"every": 2, "max_rounds": 1, "variations": 1},
    "lora-rl": {"samples": 2, "epochs": 1, "attempts": 2},
    "self-distill": {"samples": 2, "rehearsed": 1},
    "hybrid": {"samples": 2, "epochs": 1, "attempts": 2},
}
QUICK = {
    *zip(AGENTS, ["gemma2", "mistral", "phi", "gemma3", "qwen3.5", "gemma2", "gpt-oss", "mistral", "qwen3", "phi", "gpt-oss"]),
    ("icl", "qwen3"),
    ("icl", "mistral"),
    ("icl-window", "gpt-oss"),
    ("sleep", "qwen3.5"),
    ("lora-rl", "gemma2"),
}
CASES = [pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow) for case in product(AGENTS, FORMATS)]


def lived(agent, model) -> None:
    """Two rounds of asking and learning, retries included, a query between, and the end of the stream."""
    for start in (0, 2):
        questions = [[user(f"say the price {start + i}")] for i in range(2)]
        for attempt in range(2 if agent.attempts > 1 else 1):
            answers = agent.act(questions)
            done = attempt == agent.attempts - 1 or agent.attempts == 1
            agent.learn(
                [
                    Experience(
                        tuple(question),
                        answer.text,
                        float(i),
                        "No. Say velo.",
                        done,
                        "wrong",
                        f"learn/{start + i}",
                        attempt,
                        "velo",
                        tokens=answer.tokens,
                    )
                    for i, (question, answer) in enumerate(zip(questions, answers))
                ]
            )
            questions = [
                [*question, said(answer.text), user(f"No.\n\nTry again: {question[0]['content']}")]
                for question, answer in zip(questions, answers)
            ]
    agent.flush()
    agent.act([[user("say what is the price")], [user("the red dog")]])
    agent.log_likelihood([([user("the old house")], "mira tasa")])


@pytest.mark.parametrize("agent, name", CASES)
def test_every_agent_reads_the_tokens_of_one_whole_rendering(agent, name, models, monkeypatch):
    """What goes through the network, behind a prefix or not, to answer or to be trained on, token by token."""
    whole, read, model = set(), [], models[name]
    encode, decode, states = LanguageModel.encode, LanguageModel._decode, LanguageModel._answer_states

    def encoding(self, conversation, prefix=EMPTY):
        whole.add(tuple(rendered(self.tokenizer, conversation)))
        return encode(self, conversation, prefix)

    def decoding(self, prompts, prefix, *rest):
        read.extend((*prefix.ids, *prompt) for prompt in prompts)
        return decode(self, prompts, prefix, *rest)

    def training(self, sequences, *rest):
        read.extend(tuple(prompt) for prompt, _ in sequences)
        return states(self, sequences, *rest)

    monkeypatch.setattr(LanguageModel, "encode", encoding)
    monkeypatch.setattr(LanguageModel, "_decode", decoding)
    monkeypatch.setattr(LanguageModel, "_answer_states", training)
    learner = make_agent(agent, model=model, max_new_tokens=3, thought_tokens=4, **AGENTS[agent])
    learner.reveal([make_world("CL-Conlang-v0")])
    lived(learner, model)
    assert len(read) > 4 and set(read) <= whole
    with learner.evaluating():
        answer = learner.act([[user("the red dog")]])[0]
    in_front = learner.describe()["prompt_tokens"]
    if agent != "icl-retrieval":
        one, other = (rendered(model.tokenizer, [*learner.context(), user(text)]) for text in ("the red dog", "x"))
        assert answer.cost.prompt_tokens == len(one)
        assert in_front == next(place for place, pair in enumerate(zip(one, other)) if pair[0] != pair[1])
    if agent in ("icl", "icl-window"):
        assert answer.cost.cached_tokens == in_front > model.size([])


@pytest.mark.parametrize("name", FORMATS)
def test_a_shared_prefix_grows_and_changes_no_answer(name, models):
    model = models[name]
    context = [SYSTEM, *(turn for i in range(4) for turn in (user(f"the house {i}"), said("mira")))]

    def grown():
        prefix, sizes = EMPTY, []
        for end in (1, 3, 5, 9):
            before, spent = prefix, model.flops_spent
            prefix = model.grow(prefix, context[:end])
            sizes.append(prefix.length)
            kept = before.shared(prefix.ids)
            assert all(torch.equal(one[:, :kept], other[:, :kept]) for one, other in zip(before.keys, prefix.keys))
            moving = model.size([SYSTEM]) - model.size([]) if name == "mistral" else 0  # with the last turn
            assert kept == before.length - (moving if before.length else 0) and model.flops_spent > spent
        assert sizes == [model.size(context[:end]) for end in (1, 3, 5, 9)]
        return prefix

    prefix, again = grown(), grown()
    assert prefix.pieces == again.pieces and all(torch.equal(one, other) for one, other in zip(prefix.keys, again.keys))
    asked = [[*context, user(text)] for text in ("the red dog", "sees", "x", "mira")]
    others = [[user("the red dog")], [SYSTEM, user("mira")]]
    batch = [asked[0], others[0], *asked[1:], others[1]]
    decoding = Decoding(6, thought_tokens=3)
    shared, plain = model.generate(batch, decoding, prefix=prefix), [model.generate([one], decoding)[0] for one in batch]
    assert [answer.tokens for answer in shared] == [answer.tokens for answer in plain]
    assert [answer.cost.cached_tokens for answer in shared] == [prefix.length, 0, *[prefix.length] * 3, 0]
    pairs = [(conversation, "velo mira") for conversation in batch]
    alone = [model.log_likelihood([pair])[0] for pair in pairs]
    assert model.log_likelihood(pairs, prefix=prefix) == pytest.approx(alone, abs=1e-4)
    assert torch.allclose(model.log_probabilities(pairs, prefix=prefix), model.log_probabilities(pairs), atol=1e-4)


# -- the end of a turn, and text that looks like one -------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_an_answer_ends_as_the_template_ends_it_and_every_declared_end_stops(name, models):
    model, form = models[name], FORMATS[name]
    end, eos = model.tokenizer.convert_tokens_to_ids([form.end, form.eos])
    assert model.stops[0] == end and set(model.stops) == {end, eos}
    question, answer = user("the red dog"), "velo mira"
    begun = rendered(model.tokenizer, [question])
    whole = rendered(model.tokenizer, [question, said(answer)], reply=False)
    text = model.tokenizer.decode([*begun, *model.answer_tokens(answer)])
    assert model.tokenizer.decode(whole).startswith(text) and text.endswith(f"{answer}{form.end}")


@pytest.mark.parametrize("name", FORMATS)
def test_special_tokens_within_messages_are_text(name, models):
    model, form = models[name], FORMATS[name]
    control = set(model.tokenizer.convert_tokens_to_ids([*form.special, *form.added]))

    def conversation(hostile: str) -> list[Message]:
        return [Message(role="system", content=f"be good {hostile}"), user(f"the {hostile} dog"), said(hostile), user(hostile)]

    hostile = "x".join([*form.special, *form.added, form.special[0] + form.special[1]])
    for build in (model.encode(conversation(hostile)).ids, model.answer_tokens(hostile)):
        assert hostile in model.tokenizer.decode(build)
    quiet, loud = (model.encode(conversation(text)).ids for text in ("y", hostile))
    assert [token for token in loud if token in control] == [token for token in quiet if token in control]
    assert [token for token in model.answer_tokens(hostile) if token in control][-1] == model.stops[0]
    assert len(control & set(model.answer_tokens(hostile))) == len(control & set(model.answer_tokens("y")))
    assert text_size(model, f"{form.end} and so on") > 5


# -- thoughts ----------------------------------------------------------------------------------------------------------


def scripted(model: LanguageModel, text: str, monkeypatch, **decoding):
    """What the model answers where it draws the tokens of ``text``, one after the other."""
    ids = iter(model.tokenizer(text, add_special_tokens=False)["input_ids"])
    monkeypatch.setattr(language, "choose", lambda logits, decoding, draws: torch.tensor([next(ids)]))
    return model.generate([[SYSTEM, user("the red dog")]], Decoding(**decoding))[0]


#: What a format's model says: thoughts, an answer and an end, with what its template writes before a reply.
WORDS = {
    "qwen3": ("<think>\nso it is\n</think>\n\nvelo<|im_end|>", "<think>\n\n</think>\n\nvelo<|im_end|>"),
    "qwen3.5": ("so it is\n</think>\n\nvelo<|im_end|>", "\n</think>\n\nvelo<|im_end|>"),
    "gpt-oss": (
        "<|channel|>analysis<|message|>so it is<|end|><|start|>assistant<|channel|>final<|message|>velo<|return|>",
        "<|channel|>final<|message|>velo<|return|>",
    ),
}


@pytest.mark.parametrize("name", THINKERS)
def test_thoughts_are_cut_off_and_counted_and_have_a_budget_of_their_own(name, models, monkeypatch):
    model, (thinking, empty) = models[name], WORDS[name]
    ids = model.tokenizer(thinking, add_special_tokens=False)["input_ids"]
    close = model.tokenizer(thinking.partition("velo")[0].rstrip(), add_special_tokens=False)["input_ids"]
    answer = scripted(model, thinking, monkeypatch, max_new_tokens=len(ids) - len(close), thought_tokens=len(close))
    assert (answer.text, answer.thoughts, answer.stop) == ("velo", "so it is", "end")
    assert list(answer.tokens) == ids and answer.cost.completion_tokens == len(ids)
    cut = scripted(model, thinking, monkeypatch, max_new_tokens=len(ids) - len(close) - 1, thought_tokens=len(close))
    assert (cut.thoughts, cut.stop) == ("so it is", "length") and len(cut.tokens) == len(ids) - 1
    lost = scripted(model, thinking, monkeypatch, max_new_tokens=50, thought_tokens=len(close) - 1)
    assert (lost.text, lost.stop) == ("", "thoughts") and len(lost.tokens) == len(close) - 1
    assert "so it is" in lost.thoughts
    bare = scripted(model, empty, monkeypatch, max_new_tokens=9, thought_tokens=9)
    assert (bare.text, bare.thoughts, bare.stop) == ("velo", "", "end")


@pytest.mark.parametrize("name", THINKERS)
def test_thoughts_are_switched_off_by_the_switch_or_the_marks(name, models):
    model = models[name]
    off = model.with_thinking("off")
    assert model.thinks and not off.thinks and model.with_thinking("auto") is model
    ids, asked = off.encode([user("the red dog")]).ids, model.encode([user("the red dog")]).ids
    assert off.tokenizer.decode(ids).startswith(model.tokenizer.decode(asked))
    assert off.chat.marks.close in off.tokenizer.decode(ids[len(asked) - 1 :])
    assert off.answer_tokens("velo") == [*off.tokenizer("velo")["input_ids"], off.stops[0]]
    decoding = Decoding(5, thinking="off", thought_tokens=100)
    assert len(model.generate([[user("x")]], decoding)[0].tokens) <= 5
    agent = make_agent("frozen", model=model, thinking="off", max_new_tokens=4)
    assert agent.act([[user("x")]])[0].cost.prompt_tokens == off.size([SYSTEM, user("x")])


def test_a_model_without_thoughts_cannot_be_told_to_think(models):
    with pytest.raises(InvalidSetting, match="thinking=on: lfm2 has no thoughts"):
        make_agent("icl", model=models["lfm2"], thinking="on")
    assert make_agent("icl", model=models["lfm2"], thinking="off").serving.size([user("x")]) == models["lfm2"].size([user("x")])


@pytest.mark.parametrize("text", ["<think></think> velo", "<think>\n\n</think>\n\nvelo", "velo"])
def test_a_block_of_thoughts_that_nobody_asked_for_is_no_part_of_the_answer(text, models, monkeypatch):
    answer = scripted(models["lfm2"], f"{text}<|im_end|>", monkeypatch, max_new_tokens=60)
    assert (answer.text, answer.thoughts, answer.stop) == ("velo", "", "end")


def test_a_mark_in_the_middle_of_an_answer_is_text(models):
    chat = models["lfm2"].chat
    reply = Reply(chat, 100, 100)
    for token in chat.tokenizer("say <think>so</think>")["input_ids"]:
        reply.add(token)
    assert reply.text == "say <think>so</think>" and not reply.thoughts and not reply.ended


# -- what is drawn is what is trained on -------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", ["lora-rl", "hybrid", "self-distill"])
def test_learners_train_on_the_tokens_that_were_drawn(agent, models, tmp_path):
    model = models["gemma3"]
    settings = {"samples": 99, "max_new_tokens": 8, "temperature": 1.0}
    learner = make_agent(agent, model=model, **settings)
    asked = [[user(f"the house {i}")] for i in range(6)]
    answers = learner.act(asked)
    learner.learn(
        [
            Experience(tuple(one), answer.text, (i + 1) / 9, "No.", True, "wrong", f"learn/{i}", 0, "velo", tokens=answer.tokens)
            for i, (one, answer) in enumerate(zip(asked, answers))
        ]
    )
    learner.save(tmp_path)
    again = make_agent(agent, model=model, **settings)
    again.load(tmp_path)
    for one in (learner, again):
        kept = one._lessons if agent == "self-distill" else one.collected.ready
        assert [tuple(sample.answer) for sample in kept] == [answer.tokens for answer in answers]
    assert again.digest() == learner.digest()
    assert any(model.answer_tokens(answer.text) != list(answer.tokens) for answer in answers), "a second tokenization differs"


def test_an_answer_that_ends_with_the_last_token_allowed_has_ended(models, monkeypatch):
    model = models["phi"]
    for end in ("<|end|>", "<|endoftext|>"):
        ids = model.tokenizer(f"velo{end}")["input_ids"]
        answer = scripted(model, f"velo{end}", monkeypatch, max_new_tokens=len(ids))
        assert (answer.text, answer.stop, list(answer.tokens)) == ("velo", "end", ids)
    assert scripted(model, "velo mira", monkeypatch, max_new_tokens=2).stop == "length"


def test_a_chat_is_made_without_a_network():
    assert Chat(tokenizer_of("mistral"), "mistral").stops == tuple(tokenizer_of("mistral").convert_tokens_to_ids(["</s>"]))
