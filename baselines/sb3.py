"""``sb3-ppo`` and ``sb3-dqn``: algorithms of stable-baselines3 (Raffin et al. 2021) that live on the suite's stream.

Every env step is a one-step episode: the observation is the hashed text (:func:`clgym.hashing.choice_features`), action *i* the *i*-th
candidate, the reward the grader's. What stable-baselines3 does in ``algorithm.learn()``, stepping an env of its own, the protocol
does here: transitions are put into the algorithm's own buffer, and its own ``train()`` updates the network.

* ``sb3-ppo``: proximal policy optimization, Schulman et al. 2017, arXiv:1707.06347, equation 7:
  L = E[min(ρ A, clip(ρ, 1 − ε, 1 + ε) A)], ρ = π_θ(a|x) / π_old(a|x), with entropy bonus and value loss (equation 9). With one-step
  episodes generalized advantage estimation is A = r − V(x), whatever γ and λ. On-policy: corrections are not learned from.
* ``sb3-dqn``: deep Q-learning, Mnih et al. 2013, arXiv:1312.5602, Algorithm 1: L = E[ℓ(r − Q(x, a))] over a replay buffer with ℓ the Huber
  loss, as no state follows; ε-greedy. Off-policy: a correction is a transition with reward 1.

stable-baselines3 draws from the global generators of torch and numpy. Inside :func:`contained` they are seeded from the agent's
seed and clock, and outside they are as if nothing had happened.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import BaseBuffer, ReplayBuffer, RolloutBuffer
from stable_baselines3.common.logger import Logger

from clgym.agent import Answer, Cost, Experience
from clgym.baselines.choice_agent import ChoosingAgent, observations, text_of
from clgym.baselines.configs import DQNAgentConfig, PPOAgentConfig, SB3Config
from clgym.errors import InvalidSetting
from clgym.hashing import choice_features, signed_hash
from clgym.seeding import seed_of

Array = npt.NDArray[Any]


class Transition(NamedTuple):
    """A one-step episode: float32 [size], the action's number, the reward."""

    x: Array
    action: int
    reward: float


class Spaces(gym.Env[Array, np.int64]):
    """What stable-baselines3 builds a network from. It is never stepped: the protocol steps the real env."""

    def __init__(self, size: int, choices: int):
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (size,), np.float32)
        self.action_space = gym.spaces.Discrete(choices)


class StableBaselines(ChoosingAgent):
    """θ is the networks and their optimizer, the algorithm's buffer, and the answers known."""

    Config: type[SB3Config] = SB3Config
    config: SB3Config

    #: Whether the algorithm can learn from answers that it did not choose.
    off_policy: bool
    #: The arrays of the algorithm's buffer that training reads.
    columns: tuple[str, ...]

    def __init__(self, config: SB3Config, *, seed: int = 0):
        super().__init__(config, seed=seed)
        self.acts = self.steps = self.updates = 0
        with contained(self._seed("begin")):
            self.algorithm = self.build()
        self.algorithm.set_logger(Logger(folder=None, output_formats=[]))

    # -- what subclasses say of their algorithm -----------------------------------------------------------------------

    @abstractmethod
    def build(self) -> BaseAlgorithm:
        """The algorithm, untrained."""

    @property
    @abstractmethod
    def buffer(self) -> BaseBuffer:
        """The algorithm's own buffer."""

    @abstractmethod
    def explore(self, x: Array) -> Array:
        """Actions [n] in the stream, for observations [n, size]."""

    @abstractmethod
    def store(self, transitions: Sequence[Transition]) -> Iterator[None]:
        """Put transitions into the buffer, one after another; yields whenever it is time to train."""

    @abstractmethod
    def train(self) -> None:
        """The algorithm's own update."""

    @abstractmethod
    def serving_flops(self) -> float:
        """Choosing one action."""

    @abstractmethod
    def training_flops(self) -> float:
        """One call of :meth:`train`."""

    # -- the Agent interface ------------------------------------------------------------------------------------------

    def choose(self, queries: Sequence[tuple[str, tuple[str, ...]]]) -> list[Answer]:
        """The best action where frozen, else one to explore with."""
        x = np.stack([self._observed(text, candidates) for text, candidates in queries])
        with contained(self._seed("act", self.acts)):
            actions = self.algorithm.policy.predict(x, deterministic=True)[0] if self.frozen else self.explore(x)
        self.acts += not self.frozen
        cost = Cost(flops=self.serving_flops())
        return [Answer(answer_of(int(action), candidates), cost) for action, (_, candidates) in zip(actions, queries)]

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Into the buffer, and an update whenever it is time."""
        began, flops = time.perf_counter(), 0.0
        with contained(self._seed("learn", self.steps)):
            for _ in self.store([transition for experience in experiences for transition in self._transitions(experience)]):
                self.train()
                self.updates += 1
                flops += self.training_flops()
        self.steps += len(experiences)
        if self.config.learning_rate:
            self.remember(experiences)
        return Cost(flops=flops, seconds=time.perf_counter() - began)

    def describe(self) -> Mapping[str, Any]:
        """Numbers in the networks, transitions in the buffer and answers known, updates so far."""
        parameters = sum(weight.numel() for weight in self.algorithm.policy.parameters())
        return {"parameters": parameters, "memory_items": self.buffer.size() + len(self.known), "updates": self.updates}

    def state(self) -> dict[str, Any]:
        place = {"pos": int(self.buffer.pos), "full": bool(self.buffer.full)}
        return {"acts": self.acts, "steps": self.steps, "updates": self.updates, "buffer": place}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.acts, self.steps, self.updates = state["acts"], state["steps"], state["updates"]
        self.buffer.pos, self.buffer.full = state["buffer"]["pos"], state["buffer"]["full"]

    def save(self, folder: Path) -> None:
        """``agent.json`` and ``sb3.safetensors``: networks, moments of the optimizer, what the buffer holds."""
        super().save(folder)
        policy, rows = self.algorithm.policy, self.buffer.size()
        tensors = {f"policy.{name}": value for name, value in policy.state_dict().items()}
        for number, moments in policy.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in moments.items()}
        tensors |= {f"buffer.{name}": torch.from_numpy(getattr(self.buffer, name)[:rows]) for name in self.columns}
        save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "sb3.safetensors")

    def load(self, folder: Path) -> None:
        """Restore. Raises ``InvalidSetting`` where the folder holds no such agent."""
        super().load(folder)
        policy = self.algorithm.policy
        try:
            tensors = load_file(Path(folder) / "sb3.safetensors")
            policy.load_state_dict(_below(tensors, "policy"))
            state: dict[int, dict[str, torch.Tensor]] = {}
            for name, value in _below(tensors, "optimizer").items():
                number, _, key = name.partition(".")
                state.setdefault(int(number), {})[key] = value
            policy.optimizer.load_state_dict({**policy.optimizer.state_dict(), "state": state})
            for name in self.columns:
                getattr(self.buffer, name)[: self.buffer.size()] = tensors[f"buffer.{name}"].numpy()
        except Exception as cause:  # safetensors, torch and the file system each raise their own kinds
            raise InvalidSetting(f"{folder} holds no agent of this kind that can be read: {cause}") from cause

    # -- inside -------------------------------------------------------------------------------------------------------

    def _spaces(self) -> Spaces:
        return Spaces(self.config.size, self.config.choices)

    def _network(self) -> dict[str, Any]:
        return {"net_arch": [self.config.hidden] if self.config.hidden else []}

    def _observed(self, text: str, candidates: Sequence[str]) -> Array:
        return signed_hash(choice_features(text, candidates[: self.config.choices], 1), self.config.size)

    def _transitions(self, experience: Experience) -> list[Transition]:
        """What an env step says of actions that there are."""
        text, candidates = text_of(experience.conversation), self.candidates(experience.options)
        number = {answer_of(action, candidates): action for action in reversed(range(self.config.choices))}
        seen = observations(experience, self.config.corrections and self.off_policy)
        x = self._observed(text, candidates)
        return [Transition(x, number[answer], reward) for answer, reward in seen if answer in number]

    def _seed(self, *what: Any) -> int:
        return seed_of("sb3", self.seed, *what).draw().integer(0, 2**31)


class PPOAgent(StableBaselines):
    """Proximal policy optimization."""

    Config = PPOAgentConfig
    config: PPOAgentConfig
    algorithm: PPO
    off_policy = False
    columns = ("observations", "actions", "rewards", "episode_starts", "values", "log_probs")

    def build(self) -> PPO:
        config = self.config
        return PPO(
            "MlpPolicy",
            self._spaces(),
            learning_rate=config.learning_rate,
            n_steps=config.rollout,
            batch_size=min(config.batch_size, config.rollout),
            n_epochs=config.epochs,
            ent_coef=config.entropy,
            policy_kwargs=self._network(),
            device="cpu",
        )

    @property
    def buffer(self) -> RolloutBuffer:
        return self.algorithm.rollout_buffer

    def explore(self, x: Array) -> Array:
        return self.algorithm.policy.predict(x, deterministic=False)[0]

    def store(self, transitions: Sequence[Transition]) -> Iterator[None]:
        """With V(x) and log π(a|x) of the policy that answered, also where an update falls between two transitions."""
        if not transitions:
            return
        x, actions = torch.tensor(np.stack([t.x for t in transitions])), torch.tensor([t.action for t in transitions])
        with torch.no_grad():
            values, log_probs, _ = self.algorithm.policy.evaluate_actions(x, actions)
        for transition, value, log_prob in zip(transitions, values, log_probs):
            action, reward = np.array([transition.action]), np.array([transition.reward])
            self.buffer.add(transition.x, action, reward, np.ones(1), value, log_prob)
            if self.buffer.full:
                yield

    def train(self) -> None:
        self.buffer.compute_returns_and_advantage(torch.zeros(1), np.ones(1))
        self.algorithm.train()
        self.buffer.reset()

    def serving_flops(self) -> float:
        policy = self.algorithm.policy
        return 2.0 * (_weights(policy.mlp_extractor.policy_net) + _weights(policy.action_net))

    def training_flops(self) -> float:
        """For every transition one forward pass as it comes, then forward and backward (twice the forward) in every epoch."""
        return 2.0 * _weights(self.algorithm.policy) * self.config.rollout * (1 + 3 * self.config.epochs)


class DQNAgent(StableBaselines):
    """Deep Q-learning."""

    Config = DQNAgentConfig
    config: DQNAgentConfig
    algorithm: DQN
    off_policy = True
    columns = ("observations", "actions", "rewards", "dones")

    def build(self) -> DQN:
        config = self.config
        return DQN(
            "MlpPolicy",
            self._spaces(),
            learning_rate=config.learning_rate,
            buffer_size=config.capacity,
            batch_size=config.batch_size,
            policy_kwargs=self._network(),
            device="cpu",
        )

    @property
    def buffer(self) -> ReplayBuffer:
        buffer = self.algorithm.replay_buffer
        assert buffer is not None
        return buffer

    def explore(self, x: Array) -> Array:
        config = self.config
        share = min(1.0, self.steps / config.explore_steps)
        epsilon = 1.0 + share * (config.epsilon - 1.0)
        actions = self.algorithm.policy.predict(x, deterministic=True)[0]
        dice = np.random.default_rng(self._seed("epsilon", self.acts))
        return np.where(dice.random(len(x)) < epsilon, dice.integers(0, config.choices, len(x)), actions)

    def store(self, transitions: Sequence[Transition]) -> Iterator[None]:
        for x, action, reward in transitions:
            # No state follows: what stands for one is multiplied by 0.
            self.buffer.add(x, x, np.array([action]), np.array([reward]), np.ones(1), [{}])
            if self.buffer.pos % self.config.every == 0 and self.buffer.size() >= self.config.batch_size:
                yield

    def train(self) -> None:
        self.algorithm.train(self.config.gradient_steps, self.config.batch_size)

    def serving_flops(self) -> float:
        return 2.0 * _weights(self.algorithm.q_net)

    def training_flops(self) -> float:
        """Forward and backward (twice the forward) through the network, forward through the target network."""
        return 2.0 * _weights(self.algorithm.q_net) * self.config.gradient_steps * self.config.batch_size * 4


def answer_of(action: int, candidates: Sequence[str]) -> str:
    """The text of an action; one without a candidate says its number, which no query takes for an answer."""
    return candidates[action] if action < len(candidates) else f"(choice {action + 1})"


@contextmanager
def contained(seed: int) -> Iterator[None]:
    """Inside, the global generators of torch (CPU) and numpy stand at ``seed``, and torch has one thread: results are the same on
    every number of cores, and small matrices are faster. Outside, all three are as they were.
    """
    threads, torch_state, numpy_state = torch.get_num_threads(), torch.get_rng_state(), np.random.get_state()
    torch.set_num_threads(1)
    torch.default_generator.manual_seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        torch.set_rng_state(torch_state)
        torch.set_num_threads(threads)


def _weights(module: torch.nn.Module) -> int:
    """Numbers in all matrices of a module."""
    return sum(weight.numel() for weight in module.parameters() if weight.dim() == 2)


def _below(tensors: Mapping[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    """The tensors whose names begin with ``name.``, without that."""
    return {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
