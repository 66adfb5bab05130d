"""stable-baselines3: through the wrappers as its users know it, and as agents of the suite."""

from __future__ import annotations

import json
import random
import re
import warnings
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check_env

from clgym import MultipleChoice
from clgym.agent import Experience
from clgym.errors import InvalidAnswer, InvalidSetting, TextSpace
from clgym.registry import make_agent, make_world
from clgym.wrappers.choose_answer import ChooseAnswer
from clgym.wrappers.feedback import FeedbackInObservation
from clgym.wrappers.hash_text import HashText
from clgym.wrappers.token_text import TokenText

torch = pytest.importorskip("torch")
sb3 = pytest.importorskip("stable_baselines3")
from stable_baselines3.common.env_checker import check_env  # noqa: E402
from stable_baselines3.common.env_util import make_vec_env  # noqa: E402

CHOICE = ("CL-Taste-v0", "CL-Playbook-v0")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "stable-baselines3.md"


def wrapped(family: str, **settings) -> gym.Env:
    return HashText(ChooseAnswer(gym.make(family, **settings)), size=256)


# -- wrappers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outer", [HashText, TokenText])
@pytest.mark.parametrize("family", CHOICE)
def test_the_checks_of_stable_baselines3_and_of_gymnasium_pass(family, outer):
    env = outer(ChooseAnswer(gym.make(family)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env)
        check_env(ChooseAnswer(outer(gym.make(family))))
    gymnasium_check_env(env.unwrapped)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sb3.PPO("MlpPolicy", gym.make("CL-Taste-v0")),
        lambda: sb3.DQN("MlpPolicy", "CL-Taste-v0"),
        lambda: sb3.A2C("MlpPolicy", make_vec_env("CL-Conlang-v0", n_envs=2)),
        lambda: np.prod(gym.make("CL-Taste-v0").observation_space.shape),
        lambda: len(gym.make("CL-Taste-v0").action_space.shape),
    ],
)
def test_a_raw_text_env_names_the_wrappers(make):
    with pytest.raises(TextSpace, match="HashText.*TokenText.*ChooseAnswer"):
        make()


def test_the_shape_of_text_is_still_nothing():
    shape = gym.make("CL-Taste-v0").observation_space.shape
    assert shape == None and not shape and repr(shape) == "None"  # noqa: E711


def test_an_env_is_made_again_from_its_spec():
    env = HashText(
        ChooseAnswer(gym.make("CL-Conlang-v0", feedback="correction"), answers=["a", "b"], learned=3), size=64, longest=2
    )
    assert env.spec is not None
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert again.action_space == gym.spaces.Discrete(5) and again.observation_space == env.observation_space
    assert np.array_equal(again.reset(seed=3)[0], env.reset(seed=3)[0])


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_wrapped_envs_stand_side_by_side(mode):
    envs = gym.make_vec("CL-Taste-v0", num_envs=2, vectorization_mode=mode, wrappers=[ChooseAnswer, HashText])
    observations, _ = envs.reset(seed=0)
    assert observations.shape == (2, 1024) and observations in envs.observation_space
    first = [HashText(ChooseAnswer(gym.make("CL-Taste-v0"))).reset(seed=seed)[0] for seed in (0, 1)]
    assert np.array_equal(observations, np.stack(first))
    listed = envs.reset(seed=0)[1]["options"]
    _, _, terminated, _, infos = envs.step(np.array([0, 1]))
    assert terminated.all() and infos["answer"].tolist() == [listed[0][0], listed[1][1]]
    envs.close()


def test_the_number_of_an_option_says_it():
    env = ChooseAnswer(gym.make("CL-Playbook-v0"))
    world = make_world("CL-Playbook-v0")
    assert env.action_space == gym.spaces.Discrete(4)
    for index in range(8):
        _, info = env.reset(options={"pool": "learn", "index": index})
        right = info["options"].index(world.solve(world.query("learn", index)))
        *_, info = env.step(np.int64(right))
        assert info["outcome"] == "correct" and info["answer"] == info["options"][right]


def test_where_nothing_is_listed_right_answers_are_learned():
    env = ChooseAnswer(gym.make("CL-Conlang-v0", feedback="correction"), learned=2)
    env.reset(seed=0)
    *_, info = env.step(1)
    assert info["answer"] == "" and info["outcome"] == "malformed"
    told = info["correction"]
    _, info = env.reset(options={"pool": "learn", "index": env.unwrapped.query.index})
    *_, info = env.step(0)
    assert info["answer"] == told and info["outcome"] == "correct"
    for _ in range(4):
        env.reset()
        env.step(0)
    assert len(env.candidates) == 2 and env.candidates[0] == told
    with pytest.raises(InvalidSetting, match="answers="):
        ChooseAnswer(gym.make("CL-Conlang-v0"))


@pytest.mark.parametrize("action", [-1, 5, 1.5, "0", None])
def test_an_action_that_is_none_is_a_typed_error(action):
    env = ChooseAnswer(gym.make("CL-Taste-v0"))
    env.reset(seed=0)
    with pytest.raises(InvalidAnswer, match="0 to 4"):
        env.step(action)


def test_feedback_is_a_part_of_what_is_seen_where_asked_for():
    def seen(feedback: bool, action: int) -> np.ndarray:
        env = HashText(ChooseAnswer(gym.make("CL-Taste-v0", feedback="diagnosis")), feedback=feedback)
        env.reset(seed=0)
        env.step(action)
        return env.reset()[0]

    assert np.array_equal(seen(False, 0), seen(False, 1))
    assert not np.array_equal(seen(True, 0), seen(True, 1))
    joined = HashText(FeedbackInObservation(gym.make("CL-Taste-v0"), across_episodes=True))
    assert joined.reset(seed=0)[0] in joined.observation_space


def test_tokens_keep_the_order_and_the_end_of_a_text():
    def tokens(length: int, **settings) -> list[int]:
        env = TokenText(gym.make("CL-Taste-v0"), length=length, **settings)
        observation, _ = env.reset(options={"pool": "learn", "index": 0})
        assert observation in env.observation_space
        return observation.tolist()

    long = tokens(100)
    count = len(re.findall(r"\w+|[^\w\s]", make_world("CL-Taste-v0").query("learn", 0).prompt))
    assert all(long[:count]) and not any(long[count:])
    assert tokens(10) == long[count - 10 : count]

    class Letters:
        def __len__(self) -> int:
            return 0x110000

        def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
            return [ord(letter) for letter in text]

    text = "".join(chr(number - 1) for number in tokens(500, tokenizer=Letters()) if number)
    assert text == make_world("CL-Taste-v0").query("learn", 0).prompt


@pytest.mark.parametrize(
    "make",
    [
        lambda env: HashText(env, size=0),
        lambda env: TokenText(env, length=0),
        lambda env: TokenText(env, vocabulary=1),
        lambda env: ChooseAnswer(env, answers=[]),
        lambda env: ChooseAnswer(env, learned=-1),
    ],
)
def test_settings_of_a_wrapper_that_make_no_sense_are_typed_errors(make):
    with pytest.raises(InvalidSetting):
        make(gym.make("CL-Taste-v0"))


@pytest.mark.parametrize("family", [pytest.param(name, marks=pytest.mark.slow) for name in CHOICE])
def test_ppo_learns_a_choice_family_through_its_own_loop(family):
    """1,024 env steps with stable-baselines3 alone: above the floor on queries that it has not seen."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = sb3.PPO("MlpPolicy", wrapped(family), n_steps=64, batch_size=32, learning_rate=3e-3, seed=0, device="cpu")
        model.learn(1024)
    finally:
        torch.set_num_threads(threads)
    env, rewards = wrapped(family), []
    for index in range(64):
        observation, _ = env.reset(options={"pool": "eval", "index": index})
        rewards.append(env.step(model.predict(observation, deterministic=True)[0])[1])
    assert np.mean(rewards) > make_world(family).floor("eval") + 0.15


def test_the_page_for_users_of_stable_baselines3_runs():
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {"__name__": "page"}
    exec(code, names)
    assert names["after"] > names["before"]


# -- agents --------------------------------------------------------------------------------------------------------------


def lived(query, answer: str, reward: float, outcome: str = "wrong", correction: str = "") -> Experience:
    conversation = MultipleChoice([{"role": "user", "content": query.prompt}], query.options)
    return Experience(conversation, answer, reward, "", True, outcome, query.id, correction=correction, options=query.options)


def live(agent, family: str, steps: int, feedback: str = "score", slots: int = 4) -> None:
    """Some env steps in slots of a vector env."""
    envs = gym.make_vec(family, num_envs=slots, feedback=feedback)
    prompts, infos = envs.reset(seed=0)
    for _ in range(steps // slots):
        conversations = [MultipleChoice([{"role": "user", "content": p}], o) for p, o in zip(prompts, infos["options"])]
        answers = agent.act(conversations)
        prompts, rewards, _, _, infos = envs.step([answer.text for answer in answers])
        last = infos["final_info"]
        told = last.get("correction", [""] * slots)
        agent.learn(
            [
                Experience(c, a.text, float(r), "", True, o, q, correction=t, options=c.options)
                for c, a, r, o, q, t in zip(conversations, answers, rewards, last["outcome"], last["query"], told)
            ]
        )


def score(agent, family: str, queries: int = 48) -> float:
    world = make_world(family)
    asked = [world.query("eval", index) for index in range(queries)]
    with agent.evaluating():
        answers = agent.act([MultipleChoice([{"role": "user", "content": q.prompt}], q.options) for q in asked])
    return float(np.mean([world.grade(query, answer.text).reward for query, answer in zip(asked, answers)]))


@pytest.mark.parametrize(
    "name, family, steps",
    [
        pytest.param("sb3-dqn", "CL-Taste-v0", 400, marks=pytest.mark.slow),
        ("sb3-dqn", "CL-Playbook-v0", 400),
        ("sb3-ppo", "CL-Playbook-v0", 768),
    ],
)
def test_an_agent_learns_in_a_vector_env(name, family, steps):
    agent = make_agent(name, size=256)
    assert score(agent, family) <= make_world(family).floor("eval")
    live(agent, family, steps)
    assert score(agent, family) > make_world(family).floor("eval") + 0.15
    assert agent.describe()["updates"] > 0


@pytest.mark.parametrize("name", ["sb3-ppo", "sb3-dqn"])
def test_a_learning_rate_of_zero_is_the_control(name):
    agent = make_agent(name, size=64, learning_rate=0.0)
    before = {key: value.clone() for key, value in agent.algorithm.policy.state_dict().items()}
    live(agent, "CL-Playbook-v0", 128)
    assert agent.describe()["updates"] > 0
    assert all(torch.equal(value, before[key]) for key, value in agent.algorithm.policy.state_dict().items())


@pytest.mark.parametrize("name", ["sb3-ppo", "sb3-dqn"])
def test_the_world_outside_is_left_as_it_was(name):
    """Global generators and the number of threads, whatever an agent does."""

    def outside():
        return random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(), torch.get_num_threads()

    before = outside()
    agent = make_agent(name, size=64)
    live(agent, "CL-Taste-v0", 128)
    score(agent, "CL-Taste-v0", 4)
    assert outside() == before


@pytest.mark.parametrize("name", ["sb3-ppo", "sb3-dqn"])
def test_two_lives_from_one_seed_are_one(name):
    def digest(seed: int) -> str:
        agent = make_agent(name, size=64, seed=seed)
        live(agent, "CL-Taste-v0", 128)
        return agent.digest()

    assert digest(1) == digest(1) != digest(2)


def test_dqn_learns_from_corrections_and_ppo_from_its_own_answers_alone():
    query = make_world("CL-Playbook-v0").query("learn", 0)
    told = lived(query, query.options[0], 0.0, correction=query.options[2])
    failed = replace(told, outcome="failed", reward=float("nan"), correction="")
    for name, settings, kept in (("sb3-ppo", {}, 1), ("sb3-dqn", {}, 2), ("sb3-dqn", {"corrections": False}, 1)):
        agent = make_agent(name, size=64, **settings)
        agent.learn([failed])
        assert agent.buffer.size() == 0
        agent.learn([told, replace(told, answer="something else", correction="")])
        assert agent.buffer.size() == kept


def test_the_buffer_of_ppo_remembers_the_policy_that_answered():
    """Also where an update falls between two experiences of one batch."""
    query = make_world("CL-Playbook-v0").query("learn", 0)
    agent = make_agent("sb3-ppo", size=64, rollout=2, epochs=1)
    x = torch.tensor(np.stack([agent._observed(query.prompt, query.options)]))
    with torch.no_grad():
        before = float(agent.algorithm.policy.evaluate_actions(x, torch.tensor([1]))[1])
    agent.learn([lived(query, query.options[1], reward) for reward in (0.0, 1.0, 0.0)])
    with torch.no_grad():
        after = float(agent.algorithm.policy.evaluate_actions(x, torch.tensor([1]))[1])
    assert agent.describe()["updates"] == 1 and after != before
    assert agent.buffer.log_probs[0, 0] == pytest.approx(before, abs=1e-6)


def test_a_choice_that_no_candidate_has_is_malformed_and_learned_from():
    agent = make_agent("sb3-ppo", size=64, choices=8)
    query = make_world("CL-Playbook-v0").query("learn", 0)
    (transition,) = agent._transitions(lived(query, "(choice 7)", 0.0, "malformed"))
    assert transition.action == 6
    assert make_world("CL-Playbook-v0").grade(query, "(choice 7)").outcome == "malformed"


@pytest.mark.parametrize("name", ["sb3-ppo", "sb3-dqn"])
def test_flops_are_those_of_the_matrices(name):
    """On a network of 64 inputs, 16 hidden units and 4 actions; ppo has another of its kind for V."""
    small = {"size": 64, "hidden": 16, "choices": 4, "batch_size": 4}
    agent = make_agent(name, **small, **({"rollout": 4, "epochs": 3} if name == "sb3-ppo" else {"every": 4, "gradient_steps": 3}))
    query = make_world("CL-Playbook-v0").query("learn", 0)
    acting, value = 2 * (64 * 16 + 16 * 4), 2 * (64 * 16 + 16 * 1)
    (answer,) = agent.act([MultipleChoice([{"role": "user", "content": query.prompt}], query.options)])
    assert answer.cost.flops == acting
    spent = agent.learn([lived(query, option, 0.0) for option in query.options]).flops
    assert spent == ((acting + value) * 4 * (1 + 3 * 3) if name == "sb3-ppo" else acting * 3 * 4 * (1 + 2 + 1))


@pytest.mark.parametrize(
    "name, settings",
    [
        ("sb3-ppo", {"choices": 1}),
        ("sb3-ppo", {"rollout": 1}),
        ("sb3-ppo", {"learning_rate": -1.0}),
        ("sb3-dqn", {"batch_size": 1}),
        ("sb3-dqn", {"epsilon": 2.0}),
        ("sb3-dqn", {"every": 0}),
    ],
)
def test_settings_of_an_agent_that_make_no_sense_are_typed_errors(name, settings):
    with pytest.raises(InvalidSetting):
        make_agent(name, **settings)


def test_a_damaged_or_foreign_folder_is_a_typed_error(tmp_path):
    make_agent("sb3-ppo", size=64).save(tmp_path)
    with pytest.raises(InvalidSetting, match="config"):
        make_agent("sb3-ppo", size=32).load(tmp_path)
    with pytest.raises(InvalidSetting, match="config"):
        make_agent("sb3-dqn", size=64).load(tmp_path)
    (tmp_path / "sb3.safetensors").write_bytes(b"damaged")
    with pytest.raises(InvalidSetting, match="read"):
        make_agent("sb3-ppo", size=64).load(tmp_path)
    (tmp_path / "agent.json").write_text(json.dumps({"config": None}))
    with pytest.raises(InvalidSetting):
        make_agent("sb3-ppo", size=64).load(tmp_path)
