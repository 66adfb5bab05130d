"""What each wrapper does to an env, seen from outside."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys

import gymnasium as gym
import pytest

import clgym
from clgym import registry
from clgym.agent import Experience
from clgym.errors import BudgetSpent, InvalidSetting
from clgym.registry import load_model, make_agent, make_world
from clgym.registry.builtin import WRAPPERS
from clgym.wrappers import (
    ChooseAnswer,
    CountSteps,
    FeedbackInObservation,
    HashText,
    LimitFeedback,
    MeterFlops,
    ProbeForgetting,
    RecordSteps,
    TokenText,
)

ID = "CL-Conlang-v0"


def test_wrappers_are_imported_from_one_place_each_when_it_is_used():
    names = [row.id for row in WRAPPERS]
    assert clgym.wrappers.__all__ == names and set(names) <= set(dir(clgym.wrappers))
    code = "import sys; from clgym.wrappers import *; assert {'torch', 'transformers'}.isdisjoint(sys.modules), CountSteps"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    with pytest.raises(AttributeError, match="Did you mean 'CountSteps'"):
        clgym.wrappers.CountStep  # noqa: B018


@pytest.mark.parametrize(
    "wrapper, settings, says",
    [
        (CountSteps, {"budget": "3"}, "budget should be a whole number (int) or null (None), and '3' (str) was given."),
        (CountSteps, {"budget": 0}, "budget should be at least 1, and 0 was given."),
        (CountSteps, {"budget": 1.5}, "budget should be a whole number"),
        (LimitFeedback, {"max_chars": -1}, "max_chars should be at least 0"),
        (LimitFeedback, {"budget": "all"}, "budget should be a whole number"),
        (FeedbackInObservation, {"across_episodes": "yes"}, "across_episodes should be true or false"),
        (ChooseAnswer, {"answers": "abc"}, "answers should be a list"),
        (ChooseAnswer, {"answers": [1, 2]}, "answers should be a list"),
        (ChooseAnswer, {"answers": []}, "at least one candidate"),
        (ChooseAnswer, {"learned": "many"}, "learned should be a whole number"),
        (HashText, {"size": "big"}, "size should be a whole number"),
        (HashText, {"longest": 0}, "longest should be at least 1"),
        (TokenText, {"length": None}, "length should be a whole number"),
        (TokenText, {"vocabulary": 1}, "vocabulary should be at least 2"),
        (ProbeForgetting, {"policy": "icl"}, "policy should be an Agent or a function"),
        (ProbeForgetting, {"policy": len, "every": "2"}, "every should be a whole number"),
        (ProbeForgetting, {"policy": len, "probes": "Probe-German-v0"}, "say ['Probe-German-v0']"),
        (MeterFlops, {"model": "tiny"}, "flops_spent"),
        (MeterFlops, {"torch": 1}, "torch should be true or false"),
        (RecordSteps, {"path": 3}, "path should be"),
        (RecordSteps, {"path": "/dev/null/steps.jsonl"}, "cannot be recorded"),
    ],
)
def test_settings_of_the_wrong_type_are_typed_errors(wrapper, settings, says):
    with pytest.raises(InvalidSetting, match=re.escape(says)):
        wrapper(gym.make(ID), **settings)


def test_count_steps_counts_steps_not_resets_and_truncates_at_the_budget():
    env = CountSteps(gym.make(ID, attempts=2), budget=3)
    _, info = env.reset(seed=0)
    assert (info["env_steps"], info["budget_left"]) == (0, 3)
    assert env.step("?")[2:4] == (False, False)
    assert env.step("?")[2:4] == (True, False)
    env.reset()
    _, _, terminated, truncated, info = env.step("?")
    assert (terminated, truncated, info["budget_left"]) == (False, True, 0)
    with pytest.raises(BudgetSpent, match="3 env steps"):
        env.step("?")


def test_phantom_autoreset_steps_are_not_counted():
    envs = gym.vector.SyncVectorEnv([lambda: CountSteps(gym.make(ID))], autoreset_mode=gym.vector.AutoresetMode.NEXT_STEP)
    envs.reset(seed=0)
    for _ in range(10):
        *_, infos = envs.step(("?",))
    assert infos["env_steps"][0] == 5


def test_limited_feedback_is_cut_between_words_and_takes_the_correction_with_it():
    plain, limited = (
        gym.make(ID, feedback="correction"),
        LimitFeedback(gym.make(ID, feedback="correction"), max_chars=40, budget=60),
    )
    lengths = []
    for _ in range(3):
        plain.reset(options={"pool": "learn", "index": 1})
        limited.reset(options={"pool": "learn", "index": 1})
        whole, cut = plain.step("?")[4], limited.step("?")[4]
        assert len(whole["feedback"]) > 40 and cut["correction"] == ""
        kept = cut["feedback"].removesuffix(" [...]")
        assert whole["feedback"].startswith(kept) and (not kept or whole["feedback"][len(kept)] == " ")
        lengths.append(len(cut["feedback"]))
    assert 0 < lengths[0] <= 40 and sum(lengths) <= 60 and lengths[2] == 0


def test_feedback_in_observation_within_and_across_episodes():
    env = FeedbackInObservation(gym.make(ID, attempts=2), across_episodes=True)
    prompt, _ = env.reset(seed=0)
    observation, *_, info = env.step("?")
    assert observation == f"{info['feedback']}\n\nTry again: {prompt}" and observation in env.observation_space
    *_, info = env.step("?")
    observation, _ = env.reset()
    assert observation.startswith(info["feedback"] + "\n\n")
    assert not env.reset(seed=0)[0].startswith(info["feedback"])


def test_recorded_steps_read_back(tmp_path):
    path = tmp_path / "deep" / "steps.jsonl"
    env = RecordSteps(gym.make(ID), path)
    prompt, _ = env.reset(seed=0)
    env.step("ä\ud800\n🙂")
    env.reset()
    env.step("two")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    env.close()
    assert lines[0]["observation"] == prompt and "🙂" in lines[0]["answer"] and lines[1]["answer"] == "two"
    assert {"reward", "feedback", "outcome", "query"} <= lines[0].keys()


def test_probes_see_what_a_policy_forgets():
    forgotten = False
    world = clgym.make_world("Probe-Grammar-v0")
    answers = {world.query("eval", i).prompt: world.solve(world.query("eval", i)) for i in range(world.pools["eval"])}

    def policy(conversations):
        return ["" if forgotten else answers[c[-1]["content"]] for c in conversations]

    env = ProbeForgetting(gym.make(ID), policy, every=2, probes=["Probe-Grammar-v0"], items=20)
    env.reset(seed=0)
    assert math.isnan(env.step("?")[4]["forgetting"]["Probe-Grammar-v0"])
    env.reset()
    info = env.step("?")[4]
    assert info["forgetting"] == {"Probe-Grammar-v0": 0.0} and info["probe_scores"] == {"Probe-Grammar-v0": 1.0}
    forgotten = True
    for _ in range(2):
        env.reset()
        info = env.step("?")[4]
    assert info["forgetting"] == {"Probe-Grammar-v0": -1.0}


def test_the_probes_of_the_family_are_the_default():
    env = ProbeForgetting(gym.make(ID), lambda conversations: ["?" for _ in conversations], every=1, items=2)
    env.reset(seed=0)
    assert set(env.step("?")[4]["forgetting"]) == {"Probe-German-v0", "Probe-Grammar-v0"}


#: Every agent that drives a model; small, so that four env steps hold what each does at intervals.
ROWS = {row.id: row for row in registry.agents() if row.model}
#: With the embedded model, one of each kind.
EMBEDDED = [
    pytest.param("smollm2-135m", name, marks=[pytest.mark.model, pytest.mark.slow])
    for name in ("frozen", "icl", "lora-sft", "lora-rl", "self-distill")
]


#: What the others count is counted in the parts that they are made of.
TINY = [
    pytest.param("tiny", name, marks=() if name in ("frozen", "icl", "notes", "lora-sft", "lora-rl", "sleep") else pytest.mark.slow)
    for name in ROWS
]


@pytest.mark.torch
@pytest.mark.parametrize("name, agent_name", [*TINY, *EMBEDDED])
def test_both_meters_agree_on_an_agent_that_answers_and_learns(name, agent_name):
    pytest.importorskip("torch")
    model = load_model(name, device="cpu", dtype="float32")
    # The more an agent trains on, the more that layer weighs: short texts keep it small.
    env_id = "CL-Slang-v0"
    # Of two layers the first needs no gradient of its input, which the formula counts: of thirty it is a thirtieth.
    tolerance = 0.01 if name != "tiny" else 0.15
    # Of a wide adapter and many samples the formula's share is exact enough to be compared.
    small = {name: value for name, value in ROWS[agent_name].small.items() if name not in ("rank", "samples", "attempts")}
    agent = make_agent(agent_name, model=model, **{**small, "max_new_tokens": 4})
    agent.reveal([make_world(env_id)])
    env = MeterFlops(gym.make(env_id, feedback="correction", attempts=2), model=model)
    prompt, info = env.reset(seed=0)
    for _ in range(4):
        conversation = [{"role": "user", "content": prompt}]
        answer = agent.act([conversation])[0]
        observation, reward, terminated, _, info = env.step(answer.text)
        done = Experience(
            conversation,
            answer.text,
            reward,
            info["feedback"],
            terminated,
            info["outcome"],
            info["query"],
            info["attempt"],
            info["correction"],
        )
        agent.learn([done])
        if terminated:
            prompt, info = env.reset()
    env.close()
    assert env.flops_total["torch"] > 0
    assert env.flops_total["analytic"] == pytest.approx(env.flops_total["torch"], rel=tolerance)


def test_flops_between_calls_are_counted_and_env_time_is_not():
    torch = pytest.importorskip("torch")

    class Model:
        flops_spent = 0.0

    model, left, right = Model(), torch.ones(8, 16), torch.ones(16, 4)
    env = MeterFlops(gym.make(ID), model=model)
    env.reset(seed=0)
    _ = left @ right
    model.flops_spent += 1024.0
    *_, info = env.step("?")
    assert info["flops"] == {"torch": 2 * 8 * 16 * 4, "analytic": 1024.0}
    *_, info = env.reset()
    assert info["flops"] == {"torch": 0.0, "analytic": 0.0} and info["flops_total"]["torch"] == 1024.0
    env.close()
    with pytest.raises(InvalidSetting, match="nothing to meter"):
        MeterFlops(gym.make(ID), torch=False)
