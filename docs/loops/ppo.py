"""PPO in one file, in the manner of CleanRL, on a family whose prompts list their answers.

    python docs/loops/ppo.py --env CL-Playbook-v0 --steps 2048

An episode is one query. With gymnasium's default, ``AutoresetMode.NEXT_STEP``, each second step of such envs would only reset them: its action is ignored, its
reward is 0, and it would be trained on. So ``SAME_STEP`` it is.
"""

from __future__ import annotations

import argparse

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from torch import nn

import clgym  # noqa: F401  (registers the envs)
from clgym.wrappers import ChooseAnswer, DropFailed, HashText, ScoreAsReward


class ActorCritic(nn.Module):
    """Two small networks over the hashed prompt."""

    def __init__(self, inputs: int, actions: int, hidden: int = 64):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, actions))
        self.critic = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 1))

    def forward(self, x: torch.Tensor) -> tuple[torch.distributions.Categorical, torch.Tensor]:
        return torch.distributions.Categorical(logits=self.actor(x)), self.critic(x).squeeze(-1)


def make_envs(env: str, slots: int, **settings):
    """Slots side by side; the return of an episode is its score, and a failed grade asks another query."""
    return gym.make_vec(
        env,
        num_envs=slots,
        vectorization_mode="sync",
        wrappers=[ScoreAsReward, DropFailed, ChooseAnswer, HashText],
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        **settings,
    )


def update(agent, optimizer, batch, *, epochs: int = 4, clip: float = 0.2, entropy: float = 0.01) -> None:
    """PPO's clipped objective (Schulman et al. 2017, equation 7). A query has no successor, so the advantage is reward minus value."""
    observations, actions, old, rewards = batch
    with torch.no_grad():
        advantages = rewards - agent(observations)[1]
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    for _ in range(epochs):
        for part in torch.randperm(len(rewards)).split(64):
            policy, values = agent(observations[part])
            ratio = (policy.log_prob(actions[part]) - old[part]).exp()
            gain = torch.min(ratio * advantages[part], ratio.clamp(1 - clip, 1 + clip) * advantages[part]).mean()
            loss = -gain + 0.5 * (values - rewards[part]).pow(2).mean() - entropy * policy.entropy().mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()


def held_out(agent, env: str, queries: int, **settings) -> float:
    """Mean score of the most likely answers to the first held-out queries."""
    asked = HashText(ChooseAnswer(gym.make(env, **settings)))
    scores = []
    for index in range(queries):
        observation, _ = asked.reset(options={"pool": "eval", "index": index})
        action = agent(torch.as_tensor(observation)[None])[0].probs.argmax().item()
        scores.append(asked.step(action)[4]["score"])
    return float(np.mean(scores))


def train(env: str, steps: int, *, slots: int = 8, rollout: int = 32, rate: float = 3e-3, seed: int = 0, **settings):
    """The agent, and the mean reward of each rollout."""
    torch.manual_seed(seed)
    envs = make_envs(env, slots, **settings)
    agent = ActorCritic(envs.single_observation_space.shape[0], int(envs.single_action_space.n))
    optimizer = torch.optim.Adam(agent.parameters(), lr=rate)
    observation, curve = torch.as_tensor(envs.reset(seed=seed)[0]), []
    for _ in range(steps // (slots * rollout)):
        kept = []
        for _ in range(rollout):
            with torch.no_grad():
                policy, _ = agent(observation)
                action = policy.sample()
            following, reward, *_ = envs.step(action.numpy())
            kept.append((observation, action, policy.log_prob(action), torch.as_tensor(reward, dtype=torch.float32)))
            observation = torch.as_tensor(following)
        batch = tuple(torch.cat(column) for column in zip(*kept))
        update(agent, optimizer, batch)
        curve.append(batch[3].mean().item())
    envs.close()
    return agent, curve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env", default="CL-Playbook-v0")
    parser.add_argument("--steps", type=int, default=2048)
    options = parser.parse_args()
    agent, curve = train(options.env, options.steps)
    print("reward of each rollout:", " ".join(f"{reward:.2f}" for reward in curve))
    print(f"held out: {held_out(agent, options.env, 64):.2f}")


if __name__ == "__main__":
    main()
