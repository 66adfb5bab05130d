"""Policy gradients and self-distillation: every loss against a slow, plain one, in float32 on the tiny model."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

pytest.importorskip("torch")

import torch

from clgym.agent import Experience
from clgym.baselines import lora_rl
from clgym.baselines.configs import TeacherConfig
from clgym.baselines.lora_rl import Sample
from clgym.baselines.objectives import AVERAGES, ESTIMATORS, clipped_surrogate, kl_to_reference, reverse_kl, truncated_weight
from clgym.baselines.teacher import taught
from clgym.errors import InvalidSetting, UnknownName
from clgym.registry import load, load_model, make_agent
from clgym.registry.builtin import AGENTS

OWN = ("lora-rl", "self-distill", "hybrid")
QUESTIONS = ("say a", "say bb", "say ccc", "a longer question: say d")
SMALL = {"max_new_tokens": 6, "rank": 2}


@pytest.fixture(scope="module")
def model():
    return load_model("tiny", device="cpu")


def tried(place: int, answer: str, reward: float, attempt: int = 0, done: bool = True, told: bool = True) -> Experience:
    """One env step at feedback level correction, or (not ``told``) diagnosis."""
    question, right = QUESTIONS[place], "ABCD"[place]
    conversation = [{"role": "user", "content": question}]
    if attempt:
        conversation += [{"role": "assistant", "content": "no"}, {"role": "user", "content": f"Not so.\n\nTry again: {question}"}]
    outcome = "correct" if reward == 1 else "wrong"
    feedback = "Right." if reward == 1 else "Not so."
    return Experience(
        tuple(conversation), answer, reward, feedback, done, outcome, f"learn/{place}", attempt, right if told else ""
    )


#: Two attempts at each question: a group with a clear best, one with partial credit, one where all fail, one lone attempt.
ROUND = [
    tried(0, "zz", 0.0, done=False), tried(0, "A", 1.0, 1),
    tried(1, "Bx", 0.5, done=False), tried(1, "y", 0.25, 1),
    tried(2, "c", 0.0, done=False), tried(2, "cc", 0.0, 1),
    tried(3, "D", 1.0),
]  # fmt: skip


def agent_of(name: str, model, **settings):
    agent = make_agent(name, model=model, **{**SMALL, **settings})
    moved(agent, 0.05, 1)
    return agent


def moved(agent, by: float, seed: int) -> None:
    """Away from the start, where B = 0 would hide half of the gradients."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in agent.trainer.adapter.parameters.values():
            weight.add_(by * torch.randn(weight.shape, generator=draw))


def merge(agent) -> None:
    """Serve the adapter of this moment, which :func:`moved` moved."""
    agent.trainer.adapter._merged = False
    agent.trainer.merge()


def plain_logits(agent, prompt: list[int], answer: list[int]) -> torch.Tensor:
    """One sequence alone, through the whole network and head: logits [answer tokens, vocabulary]."""
    return agent.trainer.adapter.training(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1].float()


def plain_log_probabilities(agent, prompt: list[int], answer: list[int]) -> torch.Tensor:
    """Of the policy that answers are drawn from."""
    return torch.log_softmax(plain_logits(agent, prompt, answer) / agent.config.temperature, -1)[range(len(answer)), answer]


def gradients(agent, loss: torch.Tensor) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, list(agent.trainer.adapter.parameters.values())))


def assert_same(agent, loss: torch.Tensor, expected: torch.Tensor) -> None:
    """Value and gradient in every matrix of the adapter."""
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-4, abs=1e-6)
    pairs = list(zip(gradients(agent, loss), gradients(agent, expected)))
    assert max(float(slow.abs().max()) for _, slow in pairs) > 1e-4, "a gradient of nothing proves nothing"
    for fast, slow in pairs:
        assert float((fast - slow).abs().max()) <= 1e-6 + 1e-4 * float(slow.abs().max())


# -- advantages and losses by hand ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "estimator, rewards, running, expected",
    [
        ("reinforce", [1.0, 0.0, 0.5], 0.25, [0.75, -0.25, 0.25]),
        ("rloo", [1.0, 0.0, 0.5], 0.25, [0.75, -0.75, 0.0]),
        ("grpo", [1.0, 0.0, 0.5], 0.25, [1.0, -1.0, 0.0]),  # the standard deviation is 1/2
        ("grpo", [0.5, 0.5], 0.25, [0.0, 0.0]),
        ("rloo", [1.0], 0.25, [0.75]),
        ("grpo", [1.0], 0.25, [0.75]),
    ],
)
def test_advantages(estimator, rewards, running, expected):
    assert ESTIMATORS[estimator](rewards, running) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("average, expected", [("tokens", 10 / 4), ("answers", (1 + 3) / 2), ("constant", 10 / (2 * 8))])
def test_averages(average, expected):
    """An answer of one token with loss 1, one of three with loss 3 each, and 8 tokens allowed."""
    assert float(AVERAGES[average](torch.tensor([1.0, 3.0, 3.0, 3.0]), [1, 3], 8)) == pytest.approx(expected)


def test_the_surrogate_is_clipped_where_that_makes_it_smaller():
    ratio = torch.tensor([1.5, 0.5, 1.5, 0.5])
    advantage = torch.tensor([1.0, 1.0, -1.0, -1.0])
    assert clipped_surrogate(ratio, advantage, 0.2).tolist() == pytest.approx([1.2, 0.5, -1.5, -0.8])


def test_the_kl_to_the_reference_is_schulmans_k3():
    new, reference = torch.tensor([0.5, 0.25]).log(), torch.tensor([0.5, 0.5]).log()
    assert kl_to_reference(new, reference).tolist() == pytest.approx([0.0, 2 - 0.693147 - 1], abs=1e-5)
    assert torch.isfinite(kl_to_reference(torch.tensor([-200.0]), torch.tensor([0.0]))).all()


def test_the_weight_of_what_another_policy_drew_is_truncated():
    old, sampler = torch.tensor([0.5, 0.5, 0.5]).log(), torch.tensor([0.5, 0.625, 0.125]).log()
    assert truncated_weight(old, sampler, 2.0).tolist() == pytest.approx([1.0, 0.8, 2.0])
    assert torch.isfinite(truncated_weight(torch.tensor([0.0]), torch.tensor([-1e4]), 2.0)).all()


def test_the_reverse_kl_and_its_gradient_by_hand():
    """p = (1/2, 1/4, 1/4), q = (1/4, 1/4, 1/2): KL(p ‖ q) = ½ ln 2 − ¼ ln 2, and dKL/dlogit_v = p_v (ln p_v/q_v − KL)."""
    student = torch.tensor([[0.5, 0.25, 0.25]]).log().requires_grad_()
    teacher = torch.tensor([[0.25, 0.25, 0.5]]).log().requires_grad_()
    kl = reverse_kl(student, teacher)
    kl.sum().backward()
    ln2 = 0.693147
    assert kl.tolist() == pytest.approx([ln2 / 4], abs=1e-5)
    assert student.grad[0].tolist() == pytest.approx([0.5 * 0.75 * ln2, -0.25 * 0.25 * ln2, -0.25 * 1.25 * ln2], abs=1e-5)
    assert teacher.grad is None


# -- whole objectives against slow ones -------------------------------------------------------------------------------


def slow_policy_loss(agent, samples: list[Sample], old: list[torch.Tensor], reference, behaviour) -> torch.Tensor:
    """The equation of lora_rl.py, answer by answer and token by token."""
    config, terms = agent.config, []
    for sample, old_row, reference_row, behaviour_row in zip(samples, old, reference, behaviour):
        new = plain_log_probabilities(agent, sample.prompt, sample.answer)
        for t in range(len(sample.answer)):
            ratio = (new[t] - old_row[t]).exp()
            clipped = min(max(ratio, torch.tensor(1 - config.clip)), torch.tensor(1 + config.clip))
            weight = min(1.0, max(config.floor, float((old_row[t] - behaviour_row[t]).exp()))) if sample.hinted else 1.0
            if config.correction and sample.drawn and not sample.hinted:
                weight = min(config.correction, float((old_row[t] - sample.drawn[t]).exp()))
            away = reference_row[t] - new[t]
            kl = 0.0 if sample.hinted else away.exp() - away - 1
            terms.append(config.kl * kl - weight * min(ratio * sample.advantage, clipped * sample.advantage))
    return torch.stack(terms).mean()


def expected_policy_loss(agent, samples: list[Sample], step) -> torch.Tensor:
    """With π_old and π_ref taken before ``step``, the slow loss after it."""
    with torch.no_grad():
        old = [plain_log_probabilities(agent, sample.prompt, sample.answer) for sample in samples]
        behaviour = [plain_log_probabilities(agent, sample.hinted or sample.prompt, sample.answer) for sample in samples]
        with agent.trainer.adapter.disabled():
            reference = [plain_log_probabilities(agent, sample.prompt, sample.answer) for sample in samples]
    step()
    return slow_policy_loss(agent, samples, old, reference, behaviour)


@pytest.mark.parametrize("estimator", list(ESTIMATORS))
def test_the_policy_gradient_is_that_of_the_plain_equation(estimator, model):
    agent = agent_of("lora-rl", model, estimator=estimator, samples=99, floor=0.25, kl=0.1)
    agent.learn(ROUND)
    samples = agent.collected.ready
    assert any(sample.hinted for sample in samples) and len({round(sample.advantage, 3) for sample in samples}) > 2
    batch = agent.policy.prepare(samples)
    expected = expected_policy_loss(agent, samples, lambda: moved(agent, 0.02, 2))
    assert_same(agent, next(agent._losses(batch)), expected)


def drawn_round(agent) -> list[Experience]:
    """The steps of ROUND with answers that the agent draws; those that were retried see the hint."""
    steps = []
    for step in ROUND:
        answer = agent.act([step.conversation])[0]
        step = replace(step, answer=answer.text, tokens=answer.tokens, log_probabilities=answer.log_probabilities)
        steps.append(step)
        agent.collected.add([step])
    agent.collected.close_all()
    agent.collected.take()
    return steps


@pytest.mark.parametrize("temperature", [0.7, 2.0])
def test_sampled_answers_know_the_log_probabilities_of_their_tokens(temperature, model, monkeypatch):
    """Rows of several lengths, some ended early; in float32, those of a plain pass over prompt and answer."""
    agent = agent_of("lora-rl", model, temperature=temperature, batch=4)
    merge(agent)
    stops = agent.serving.chat.stops
    monkeypatch.setattr(agent.serving.chat, "stops", (*stops, *(token for token in range(0, 250, 4) if token not in stops)))
    conversations = [[{"role": "user", "content": question}] for question in QUESTIONS]
    answers = agent.act(conversations)
    assert len({len(answer.tokens) for answer in answers}) > 1
    for conversation, answer in zip(conversations, answers):
        prompt = agent._prompt(conversation)
        plain = agent.serving.score([(prompt, list(answer.tokens))], temperature=temperature)[0]
        assert list(answer.log_probabilities) == pytest.approx(plain.tolist(), abs=1e-4)
    with agent.evaluating():
        assert {answer.log_probabilities for answer in agent.act(conversations)} == {()}, "greedy: nothing was drawn"


@pytest.mark.parametrize("name, epochs", [("lora-rl", 1), ("lora-rl", 2), ("hybrid", 2)])
def test_the_gap_between_sampler_and_trainer_is_measured_and_weighed(name, epochs, model):
    """The adapter has moved since the sampler's weights were merged: a gap as an update amid open queries leaves."""
    settings = {"weight": 0.0} if name == "hybrid" else {}
    agent = agent_of(name, model, samples=99, kl=0.1, correction=1.25, epochs=epochs, **settings)
    merge(agent)
    agent.learn(drawn_round(agent))
    moved(agent, 0.01, 3)
    assert "sampler_gap" not in agent.describe()
    samples = agent.collected.ready
    bare = [sample for sample in samples if not sample.hinted]
    assert all(len(sample.drawn) == len(sample.answer) for sample in bare) and len(bare) < len(samples)
    old = torch.cat([plain_log_probabilities(agent, sample.prompt, sample.answer).detach() for sample in bare])
    away = old - torch.tensor([value for sample in bare for value in sample.drawn])
    gaps, truncated = away.abs(), away.exp() > 1.25
    assert 0 < int(truncated.sum()) < len(truncated)
    expected = expected_policy_loss(agent, samples, lambda: None)
    assert_same(agent, next(agent._losses(agent.policy.prepare(samples))), expected)
    described = agent.describe()
    assert described["sampler_gap"] == pytest.approx(float(gaps.mean()), rel=1e-3)
    assert described["sampler_gap_max"] == pytest.approx(float(gaps.max()), rel=1e-3)


@pytest.mark.parametrize("name", ["lora-rl", "hybrid"])
def test_without_a_gap_the_correction_changes_nothing_and_a_saved_agent_knows_the_gap(name, model, tmp_path):
    """In float32 merged weights are the policy that is trained, to rounding."""
    agents = [agent_of(name, model, samples=99, correction=correction) for correction in (0.0, 2.0)]
    for agent in agents:
        merge(agent)
        agent.learn(drawn_round(agent))
        agent.flush()
        assert 0 < agent.describe()["sampler_gap"] <= agent.describe()["sampler_gap_max"] < 1e-3
    plain, corrected = (agent.trainer.adapter.parameters for agent in agents)
    assert all(torch.allclose(plain[key], corrected[key], atol=1e-4) for key in plain)
    agents[0].save(tmp_path)
    other = make_agent(name, model=model, **SMALL, samples=99, correction=0.0)
    other.load(tmp_path)
    assert other.describe() == agents[0].describe()


def test_one_step_on_a_batch_is_the_step_from_the_policy_that_drew_it(model):
    """With one epoch π_old is not computed apart; where it is (a floor below 1 asks for it), the step is the same."""
    apart, saved = (agent_of("lora-rl", model, samples=7, epochs=1, hint="none", floor=floor) for floor in (1 - 1e-9, 1.0))
    for agent in (apart, saved):
        agent.learn([replace(step, attempt=0, done=place % 2 == 1 or place == 6) for place, step in enumerate(ROUND)])
        assert agent.trainer.adapter.updates == 1
    for name, weight in saved.trainer.adapter.parameters.items():
        torch.testing.assert_close(weight, apart.trainer.adapter.parameters[name], rtol=1e-4, atol=1e-6)
    costs = [agent.policy.flops([Sample([1] * 5, [], [2] * 3, 1.0)]) for agent in (apart, saved)]
    assert costs[0] > costs[1]


def slow_distillation(agent, pairs: list[tuple[Sample, torch.Tensor]]) -> torch.Tensor:
    terms = []
    for lesson, teacher in pairs:
        log_p = torch.log_softmax(plain_logits(agent, lesson.prompt, lesson.answer), -1)
        terms += [sum(log_p[t].exp() * (log_p[t] - teacher[t])) for t in range(len(lesson.answer))]
    return torch.stack(terms).mean()


def teachers_view(agent, lessons) -> list[torch.Tensor]:
    with agent.teacher.at_work():
        return [torch.log_softmax(plain_logits(agent, one.taught, one.answer), -1) for one in lessons]


@pytest.mark.parametrize("teacher", ["ema", "current", "base"])
def test_self_distillation_is_the_mean_reverse_kl_to_the_teacher(teacher, model):
    agent = agent_of("self-distill", model, teacher=teacher, samples=99, micro_batch=3, demonstrations=1)
    agent.learn(ROUND)
    lessons = agent._lessons
    assert len(lessons) == 4, "first attempts alone"
    expected = slow_distillation(agent, list(zip(lessons, teachers_view(agent, lessons))))
    loss = sum(agent._losses([lessons[:3], lessons[3:]]))
    assert_same(agent, loss, expected)


def test_hybrid_is_the_sum_of_both(model):
    agent = agent_of("hybrid", model, samples=99, weight=0.5, kl=0.1)
    agent.learn(ROUND)
    samples = agent.collected.ready
    lessons = [sample for sample in samples if sample.taught]
    assert len(lessons) == 4 and 0.0 in [sample.advantage for sample in lessons]
    batch = agent.policy.prepare(samples)
    expected = expected_policy_loss(agent, samples, lambda: None)
    distilled = slow_distillation(agent, list(zip(lessons, teachers_view(agent, lessons))))
    assert_same(agent, next(agent._losses(batch)), expected + 0.5 * distilled)


# -- the teacher ------------------------------------------------------------------------------------------------------


def test_the_teacher_is_a_slow_average_of_the_student(model):
    agent = make_agent("self-distill", model=model, **SMALL, teacher_rate=0.25)
    before = {name: weight.detach().clone() for name, weight in agent.trainer.adapter.parameters.items()}
    moved(agent, 0.1, 1)
    after = {name: weight.detach().clone() for name, weight in agent.trainer.adapter.parameters.items()}
    agent.teacher.follow()
    with agent.teacher.at_work():
        for name, weight in agent.trainer.adapter.parameters.items():
            assert torch.allclose(weight, 0.75 * before[name] + 0.25 * after[name], atol=1e-6)
    assert all(torch.equal(weight, after[name]) for name, weight in agent.trainer.adapter.parameters.items())


def test_a_base_teacher_is_the_model_as_it_was(model):
    agent = agent_of("self-distill", model, teacher="base")
    prompt, answer = agent.serving.encode([{"role": "user", "content": "say a"}]).ids, agent.serving.answer_tokens("A")
    with agent.teacher.at_work():
        taught_by = agent.serving.answer_logits([(prompt, answer)], network=agent.trainer.adapter.training)[0]
    assert torch.equal(taught_by, model.answer_logits([(prompt, answer)])[0])


def test_the_teacher_sees_the_question_answered_right_or_what_happened():
    bare = [{"role": "user", "content": "say a"}]

    def seen(experience, **settings):
        return [message["content"] for message in taught(bare, experience, TeacherConfig(**settings))]

    assert seen(tried(0, "no", 0.0), demonstrations=2) == ["say a", "A", "say a", "A", "say a"]
    assert seen(tried(0, "no", 0.0), demonstrations=1) == ["say a", "A", "say a"]
    assert seen(tried(0, "no", 0.0), teacher_sees="conversation") == ["say a", "no", "Not so.\n\nTry again: say a"]
    assert seen(tried(0, "no", 0.0, told=False)) == ["say a", "no", "Not so.\n\nTry again: say a"]
    assert seen(tried(0, "A", 1.0, told=False), demonstrations=1) == ["say a", "A", "say a"]
    assert seen(replace(tried(0, "no", 0.0, told=False), feedback="")) == []


def test_what_nothing_was_said_about_is_not_learned_from(model):
    agent = make_agent("self-distill", model=model, **SMALL, samples=1)
    agent.learn([replace(tried(0, "no", 0.0, told=False), feedback=""), tried(1, "B", 1.0, attempt=1)])
    agent.flush()
    assert agent.describe()["updates"] == 0 and agent.describe()["memory_items"] == 0


def test_a_prompt_too_long_to_be_shown_again_is_left_out(model):
    long = replace(tried(0, "no", 0.0), conversation=({"role": "user", "content": "x" * 1200},))
    for name in ("self-distill", "hybrid"):
        agent = make_agent(name, model=model, **SMALL, samples=1)
        agent.learn([long])
    assert make_agent("self-distill", model=model, **SMALL, samples=1).learn([long]).flops == 0


def test_the_student_comes_closer_to_a_teacher_that_stands_still(model):
    agent = make_agent("self-distill", model=model, **SMALL, teacher="base", samples=4, rehearsed=0, learning_rate=1e-2)
    firsts = [step for step in ROUND if not step.attempt]
    collector = make_agent("self-distill", model=model, **SMALL, samples=99)
    collector.learn(firsts)
    lessons = collector._lessons

    def distance() -> float:
        with torch.no_grad():
            return float(slow_distillation(agent, list(zip(lessons, teachers_view(agent, lessons)))))

    before = distance()
    for _ in range(30):
        assert agent.learn(firsts).flops > 0
    assert distance() < before / 2


def test_earlier_questions_are_answered_anew_and_that_is_counted(model):
    firsts = [step for step in ROUND if not step.attempt]
    rehearsing, plain = (
        make_agent("self-distill", model=model, **SMALL, samples=4, rehearsed=rehearsed, capacity=6) for rehearsed in (3, 0)
    )
    for agent in (rehearsing, plain):
        assert agent.learn(firsts).completion_tokens == 0, "nothing is earlier yet"
    more, less = (agent.learn(firsts) for agent in (rehearsing, plain))
    assert less.completion_tokens == 0 < 3 <= more.completion_tokens <= 3 * SMALL["max_new_tokens"]
    assert more.flops > less.flops and more.prompt_tokens > less.prompt_tokens
    assert rehearsing.describe()["memory_items"] == 6, "the capacity"


def test_a_damaged_teacher_is_a_typed_error(model, tmp_path):
    agent = agent_of("self-distill", model)
    agent.save(tmp_path)
    (tmp_path / "teacher.safetensors").write_bytes(b"damaged")
    with pytest.raises(InvalidSetting, match="teacher.*cannot be read"):
        make_agent("self-distill", model=model, **SMALL).load(tmp_path)


# -- the learners -----------------------------------------------------------------------------------------------------


def trains_with_a_rate(row) -> bool:
    return row.model and "learning_rate" in {field.name for field in fields(load(row).Config)}


#: That the others keep their answers at learning rate 0 is in the contract as well.
@pytest.mark.parametrize(
    "name",
    [pytest.param(row.id, marks=() if row.id == "lora-rl" else pytest.mark.slow) for row in AGENTS if trains_with_a_rate(row)],
)
def test_at_learning_rate_0_nothing_that_answers_is_changed(name, model):
    agent = make_agent(name, model=model, max_new_tokens=6, learning_rate=0)
    asked = [[{"role": "user", "content": question}] for question in QUESTIONS]
    with agent.evaluating():
        before = [answer.text for answer in agent.act(asked)]
    weights = {name: weight.detach().clone() for name, weight in agent.trainer.adapter.parameters.items()}
    for _ in range(6):
        agent.learn(ROUND)
    agent.flush()
    assert agent.describe()["updates"] > 0
    assert all(torch.equal(weight, weights[name]) for name, weight in agent.trainer.adapter.parameters.items())
    with agent.evaluating():
        assert [answer.text for answer in agent.act(asked)] == before


@pytest.mark.parametrize("name", OWN)
def test_an_agent_saved_amid_many_open_queries_goes_on_bit_for_bit(name, model, tmp_path):
    def go_on(agent):
        agent.flush()
        agent.learn(ROUND)
        agent.flush()
        return agent.digest()

    settings = {**SMALL, "samples": 3}
    agent = make_agent(name, model=model, **settings)
    agent.learn(ROUND)
    agent.learn([tried(place, "zz", 0.1 * place, done=False) for place in (2, 0, 3, 1)])
    agent.save(tmp_path)
    other = make_agent(name, model=model, seed=5, **settings)
    other.load(tmp_path)
    assert go_on(other) == go_on(agent)


def test_plain_groups_see_the_bare_prompt_each_time(model):
    agent = agent_of("lora-rl", model, hint="none", estimator="grpo", samples=99)
    retry = tried(0, "zz", 0.0, attempt=1)
    said = agent.act([retry.conversation])[0].text
    agent._sampled = 0
    assert agent.act([retry.conversation[:1]])[0].text == said
    agent.learn([tried(0, "A", 1.0, done=False), tried(0, "zz", 0.0, 1, done=False), tried(0, "z", 0.0, 2)])
    assert [round(sample.advantage, 2) for sample in agent.collected.ready] == [1.15, -0.58, -0.58], "on-policy, so punished too"


def test_all_turns_of_an_attempt_share_the_advantage_of_its_return(model):
    """Two turns: the first attempt earns 0 + 0, the second 0 + 1."""
    agent = make_agent("lora-rl", model=model, **SMALL, samples=99)
    opening = [{"role": "user", "content": "say a"}]
    second = [{"role": "assistant", "content": "x"}, {"role": "user", "content": "and?"}]
    again = [{"role": "assistant", "content": "y"}, {"role": "user", "content": "No.\n\nTry again: say a"}]
    for conversation, reward, attempt, done in (
        (opening, 0.0, 0, False),
        (opening + second, 0.0, 0, False),
        (opening + second + again, 0.0, 1, False),
        (opening + second + again + second, 1.0, 1, True),
    ):
        agent.learn([Experience(tuple(conversation), "x", reward, "No.", done, "wrong", "learn/0", attempt)])
    assert [(sample.turn, sample.advantage) for sample in agent.collected.ready] == [(0, -1.0), (1, -1.0), (0, 1.0), (1, 1.0)]


def test_queries_that_never_end_do_not_fill_the_memory(model, monkeypatch):
    monkeypatch.setattr(lora_rl, "OPEN", 4)
    agent = make_agent("lora-rl", model=model, **SMALL, samples=5)
    for place in range(24):
        question = f"question {place}"
        asked = ({"role": "user", "content": question},)
        agent.act([asked])
        agent.learn([Experience(asked, "?", 0.5, "No.", False, "wrong", question, correction="A")])
    state = agent.state()
    assert max(len(state[name]) for name in ("open", "corrections", "ready")) <= 5
    assert agent.describe()["updates"] > 0


@pytest.mark.parametrize(
    "name, settings, error",
    [
        ("lora-rl", {"estimator": "group"}, UnknownName),
        ("lora-rl", {"average": "mean"}, UnknownName),
        ("lora-rl", {"hint": "answer"}, UnknownName),
        ("lora-rl", {"correction": 0.5}, InvalidSetting),
        ("hybrid", {"correction": float("nan")}, InvalidSetting),
        ("self-distill", {"teacher": "ewa"}, UnknownName),
        ("self-distill", {"teacher_sees": "all"}, UnknownName),
        ("self-distill", {"teacher_rate": 0.0}, InvalidSetting),
        ("self-distill", {"demonstrations": 0}, InvalidSetting),
        ("self-distill", {"samples": 0}, InvalidSetting),
        ("self-distill", {"rehearsed": -1}, InvalidSetting),
        ("hybrid", {"weight": -1.0}, InvalidSetting),
        ("hybrid", {"teacher": "ewa"}, UnknownName),
        ("hybrid", {"rank": 0}, InvalidSetting),
    ],
)
def test_settings_that_make_no_sense_are_typed_errors(name, settings, error, model):
    with pytest.raises(error):
        make_agent(name, model=model, **settings)
