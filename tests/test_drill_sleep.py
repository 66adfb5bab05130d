"""``drill`` and ``sleep``: what they are shown, what they train on, when they stop, what is left of a day."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from clgym.agent import Answer, Cost, Experience
from clgym.baselines.drill import Exercise, useful
from clgym.errors import InvalidSetting, UnknownName
from clgym.registry import load_model, make_agent

LETTERS = "abcdefgh"


@pytest.fixture(scope="module")
def model():
    return load_model("tiny", device="cpu")


def asked(index: int) -> list[dict]:
    return [{"role": "user", "content": f"say {LETTERS[index % 8]}"}]


def taught(index: int, *, told: bool = True, outcome: str = "wrong", feedback: str = "No.") -> Experience:
    right = LETTERS[index % 8].upper()
    answer = right if outcome == "correct" else "?"
    correction = right if told else ""
    return Experience(tuple(asked(index)), answer, 0.0, feedback, True, outcome, f"learn/{index}", correction=correction)


def build(name: str, model, **settings):
    common = {"max_new_tokens": 4, "rank": 8, "batch_size": 4, "learning_rate": 1e-2}
    return make_agent(name, model=model, **{**common, **settings})


def lesson() -> list[tuple[list[dict], str]]:
    return [(asked(index), LETTERS[index].upper()) for index in range(4)]


# -- sleep ------------------------------------------------------------------------------------------------------------


def test_by_day_sleep_answers_as_icl_does(model):
    agent, naive = build("sleep", model), make_agent("icl", model=model, max_new_tokens=4)
    for index in range(6):
        agent.learn([taught(index)])
        naive.learn([taught(index)])
    assert agent.context() == naive.context() and len(agent.context()) == 1 + 6 * 2
    queries = [asked(index) for index in range(8)]
    assert [answer.text for answer in agent.act(queries)] == [answer.text for answer in naive.act(queries)]
    assert agent.log_likelihood(lesson()) == naive.log_likelihood(lesson())


@pytest.mark.parametrize("consolidate", ["sft", "distill"])
def test_after_a_night_the_context_is_gone_and_serving_costs_what_it_did(consolidate, model):
    agent, frozen = build("sleep", model, every=8, consolidate=consolidate), make_agent("frozen", model=model, max_new_tokens=4)
    for index in range(7):
        agent.learn([taught(index)])
    assert agent.act([asked(0)])[0].cost.prompt_tokens > 2 * frozen.act([asked(0)])[0].cost.prompt_tokens
    assert agent.describe()["updates"] == 0
    agent.learn([taught(7)])
    assert agent.describe()["updates"] == 16
    assert agent.context() == agent.start_context()
    assert agent.act([asked(0)])[0].cost.prompt_tokens == frozen.act([asked(0)])[0].cost.prompt_tokens
    assert agent.flush() == Cost()


def test_what_was_learned_in_a_day_is_in_the_weights_after_the_night_and_the_next_one(model):
    agent = build("sleep", model, every=4, updates=20)
    start = sum(agent.log_likelihood(lesson()))
    for index in range(4):
        agent.learn([taught(index)])
    first = sum(agent.log_likelihood(lesson()))
    for index in range(4, 8):
        agent.learn([taught(index)])
    assert first > start + 8
    assert sum(agent.log_likelihood(lesson())) > start + 8


def test_distillation_moves_the_bare_model_towards_what_it_says_behind_the_context(model):
    """Before and after the night: KL from the day's distribution to the bare one, on the day's own answers."""
    agent = build("sleep", model, every=64, updates=20, consolidate="distill")
    for index in range(8):
        agent.learn([taught(index)])
    with agent.evaluating():
        said = [list(answer.tokens) for answer in agent.act([asked(index) for index in range(8)])]

    def likelihoods(of, context):
        prompts = [of.encode([*context, *asked(index)]).ids for index in range(8)]
        return [float(row.sum()) for row in of.score(list(zip(prompts, said)))]

    by_day, bare = likelihoods(agent.serving, agent.context()), likelihoods(model, agent.start_context())
    cost = agent.flush()
    at_dawn = likelihoods(agent.serving, agent.context())
    away = sum(abs(day - before) for day, before in zip(by_day, bare))
    assert sum(abs(day - after) for day, after in zip(by_day, at_dawn)) < 0.5 * away
    assert cost.completion_tokens > 0 and cost.flops > 0


def test_distillation_needs_no_right_answers_and_without_one_sft_keeps_the_context(model):
    for consolidate, updates, messages in (("distill", 16, 1), ("sft", 0, 1 + 4 * 4)):
        agent = build("sleep", model, consolidate=consolidate)
        for index in range(4):
            agent.learn([taught(index, told=False)])
        agent.flush()
        assert agent.describe()["updates"] == updates
        assert len(agent.context()) == messages
    agent.learn([taught(4)])
    agent.flush()
    assert agent.describe()["updates"] == 16 and agent.context() == agent.start_context()


def test_a_night_rehearses_every_question_of_the_day_and_earlier_days(model):
    agent = build("sleep", model, every=4, updates=4, replay=0.5)
    batches: list[list] = []
    fit = agent.tuning.fit
    agent.tuning.fit = lambda night, objective: fit((batches.append(batch) or batch for batch in night), objective)
    for index in range(8):
        agent.learn([taught(index)])
    first, second = batches[:4], batches[4:]
    days = [{tuple(agent.tuning.example(asked(i), "")[0]) for i in day} for day in (range(4), range(4, 8))]
    assert {tuple(prompt) for batch in first for prompt, _ in batch} == days[0]
    for batch in second:
        assert sum(tuple(prompt) in days[0] for prompt, _ in batch) == 2
    assert {tuple(prompt) for batch in second for prompt, _ in batch} >= days[1]


def test_sleep_keeps_its_size(model):
    agent = build("sleep", model, every=8, updates=1, capacity=16, window=400)
    sizes = set()
    for index in range(64):
        agent.act([asked(index)])
        agent.learn([taught(index)])
        if index % 8 == 7 and index > 16:
            sizes.add((agent.describe()["prompt_tokens"], agent.describe()["memory_items"]))
    assert len(sizes) == 1


@pytest.mark.parametrize(
    "settings, error",
    [
        ({"consolidate": "dream"}, UnknownName),
        ({"replay": 1.0}, InvalidSetting),
        ({"every": 0}, InvalidSetting),
        ({"keep": 0}, InvalidSetting),
    ],
)
def test_sleep_settings_that_make_no_sense_are_typed_errors(settings, error, model):
    with pytest.raises(error):
        build("sleep", model, **settings)


# -- drill ------------------------------------------------------------------------------------------------------------


def test_a_drill_stops_when_its_own_answers_pass(model):
    """Rounds are spent on what is still wrong; a query that is answered right takes none."""
    agent = build("drill", model, every=4, max_rounds=200, learning_rate=5e-3, batch_size=8)
    for index in range(4):
        agent.learn([taught(index)])
    assert 0 < agent.describe()["updates"] < 200
    with agent.evaluating():
        assert [answer.text for answer in agent.act([asked(index) for index in range(4)])] == list("ABCD")
    before = agent.describe()["updates"]
    for index in range(4):
        agent.learn([taught(index)])
    assert agent.describe()["updates"] == before


def test_a_drill_ends_after_max_rounds(model):
    agent = build("drill", model, every=4, max_rounds=3, learning_rate=0.0)
    for index in range(4):
        agent.learn([taught(index)])
    assert agent.describe()["updates"] == 2 * 3  # four queries are two half batches


def test_what_was_right_or_without_feedback_is_not_drilled(model):
    agent = build("drill", model, every=4)
    agent.learn([taught(0, outcome="correct"), taught(1, told=False, feedback=""), taught(2, outcome="correct")])
    agent.flush()
    assert agent.describe()["updates"] == 0
    assert agent.describe()["memory_items"] == 2


def test_the_judge_measures_how_much_likelier_the_feedback_makes_an_answer(model):
    """J by hand: the difference of two log-likelihoods, over the tokens of the answer and its end."""
    agent = build("drill", model, shots=0)
    told = [*asked(0), {"role": "assistant", "content": "A"}]
    exercise = Exercise(asked(3), told, "")
    start = agent.start_context()
    helped, bare = agent.serving.log_likelihood([([*start, *told, *asked(3)], "xy"), ([*start, *asked(3)], "xy")])
    assert agent._gains([exercise], ["xy"]) == pytest.approx([(helped - bare) / 3], abs=1e-5)
    least = (helped - bare) / 3
    assert agent._judged([exercise], [Answer("xy")], least - 0.01) == [True]
    assert agent._judged([exercise], [Answer("xy")], least + 0.01) == [False]


def test_a_told_answer_is_the_judge_where_there_is_one(model):
    agent = build("drill", model)
    exercise = Exercise(asked(0), [*asked(0), {"role": "assistant", "content": "A"}], "A")
    assert agent._judged([exercise, exercise], [Answer("A "), Answer("B")], 0.0) == [True, False]


def texts(answers: list[Answer]) -> list[str]:
    return [answer.text for answer in answers]


def test_below_corrections_a_drill_trains_where_the_feedback_speaks_against_the_own_answer_and_for_another(model):
    trained, again = [], []
    for index in range(8):
        agent = build("drill", model, margin=0.0, max_rounds=1, shots=0)
        agent.learn([taught(index, told=False, feedback="Wrong. Shout!")])
        (query,) = agent._waiting
        assert query.right == "" and query.feedback[-2]["content"] == "Wrong. Shout!"
        own, helped = agent._answers([query], [[]]), agent._answers([query], [query.feedback])
        against, speaks_for = agent._gains([query], texts(own))[0] < 0, agent._gains([query], texts(helped))[0] >= 0
        agent.flush()
        assert agent.describe()["updates"] == (against and speaks_for)
        trained.append(against and speaks_for)
        if trained[-1]:
            assert tuple(agent.tuning.buffer[0]) == (agent.tuning.prompt(asked(index)), list(helped[0].tokens))
            again.append(agent.serving.answer_tokens(helped[0].text) == list(helped[0].tokens))
    assert any(trained) and not all(again), "a second tokenization would have been other ids"


def test_variations_that_are_of_no_use_are_dropped():
    query = "Translate into Defon: the clean shoe"
    assert useful("Translate into Defon: the red house", query)
    assert [text for text in ("", query, f" {query}", "Yes.", query * 3) if useful(text, query)] == []


def test_variations_are_written_by_the_model_and_repeat_themselves(model):
    """The tiny model writes noise: what is left of it is as long as a query, and the same each time."""
    agents = [build("drill", model, variations=12, writing_temperature=0.5) for _ in range(2)]
    long = [{"role": "user", "content": "say this letter once more"}]
    query = Exercise(long, [*long, {"role": "assistant", "content": "A"}], "A")
    first, second = (agent._variations(query) for agent in agents)
    assert first == second
    assert all(useful(one.query[0]["content"], long[0]["content"]) and one.feedback == query.feedback for one in first)
    assert agents[0]._spent.completion_tokens > 0
    turns = Exercise([*long, {"role": "assistant", "content": "B"}, *long], query.feedback, "A")
    assert agents[0]._variations(turns) == []


def test_a_variation_that_is_an_earlier_query_is_judged_by_what_was_told_then(model, monkeypatch):
    agent = build("drill", model, variations=1)
    agent._past.append(Exercise(asked(1), [*asked(1), {"role": "assistant", "content": "B"}], "B"))
    monkeypatch.setattr(agent.serving, "generate", lambda *given, **named: [Answer("say b", Cost(completion_tokens=5))])
    (variation,) = agent._variations(Exercise(asked(0), [*asked(0), {"role": "assistant", "content": "A"}], "A"))
    assert variation.right == "B" and variation.query == asked(1)


def test_feedback_that_does_not_fit_the_window_is_left_out(model):
    agent = build("drill", model, shots=2)
    long = [*asked(0), {"role": "assistant", "content": "x" * 3000}]
    assert agent._helped(Exercise(asked(0), long, "")) == []
    short = [*asked(1), {"role": "assistant", "content": "B"}]
    agent._past.extend([Exercise(asked(0), long, "A"), Exercise(asked(1), short, "B")])
    assert agent._helped(Exercise(asked(2), [*asked(2), {"role": "assistant", "content": "C"}], "C"))[:2] == short


def test_drill_keeps_its_size(model):
    agent = build("drill", model, capacity=8, max_rounds=1)
    for index in range(80):
        agent.learn([taught(index)])
    assert agent.describe()["memory_items"] == 8 and len(agent._past) == 64 and agent._waiting == []


@pytest.mark.parametrize(
    "settings", [{"max_rounds": 0}, {"variations": -1}, {"margin": -0.1}, {"writing_temperature": 0.0}, {"every": 0}]
)
def test_drill_settings_that_make_no_sense_are_typed_errors(settings, model):
    with pytest.raises(InvalidSetting):
        build("drill", model, **settings)


@pytest.mark.parametrize(
    "name, settings", [("drill", {"variations": 2}), ("sleep", {"every": 4, "updates": 2, "consolidate": "distill"})]
)
def test_at_learning_rate_0_nothing_is_learned(name, settings, model):
    agent = build(name, model, learning_rate=0.0, **settings)
    start = {key: weight.clone() for key, weight in agent.trainer.adapter.parameters.items()}
    cost = sum((agent.learn([taught(index)]) for index in range(8)), Cost())
    agent.flush()
    assert cost.flops > 0 and agent.describe()["updates"] > 0
    assert all(torch.equal(weight, start[key]) for key, weight in agent.trainer.adapter.parameters.items())
