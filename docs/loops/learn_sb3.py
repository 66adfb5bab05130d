"""Does PPO of stable-baselines3 learn a family of choices? Five worlds, the reward along the way and held-out queries at both ends.

python docs/loops/learn_sb3.py
"""

from __future__ import annotations

import argparse

import gymnasium as gym
import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

import clgym  # noqa: F401  (registers the envs)
from clgym.statistics import hierarchical_bootstrap
from clgym.wrappers import ChooseAnswer, HashText


def make(env: str, world: int, **settings):
    return HashText(ChooseAnswer(gym.make(env, split="validation", world=world, **settings)))


def scores(model: PPO, env: str, world: int, queries: int) -> list[float]:
    """What the most likely answers to held-out queries earn."""
    asked, earned = make(env, world), []
    for index in range(queries):
        observation, _ = asked.reset(options={"pool": "eval", "index": index})
        earned.append(asked.step(int(model.predict(observation, deterministic=True)[0]))[4]["score"])
    return earned


class Curve(BaseCallback):
    """Held-out scores every so many env steps."""

    def __init__(self, env: str, world: int, queries: int, every: int):
        super().__init__()
        self.asked, self.every, self.points = (env, world, queries), every, {}

    def _on_step(self) -> bool:
        if self.num_timesteps % self.every == 0:
            self.points[self.num_timesteps] = scores(self.model, *self.asked)
        return True


def learn(env: str, world: int, steps: int, queries: int, every: int) -> dict[int, list[float]]:
    """Env steps -> held-out scores, 0 and the last step included."""
    model = PPO("MlpPolicy", make(env, world), n_steps=64, batch_size=32, learning_rate=3e-3, seed=world, device="cpu")
    curve = Curve(env, world, queries, every)
    before = scores(model, env, world, queries)
    model.learn(steps, callback=curve)
    return {0: before, **curve.points}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env", default="CL-Playbook-v0")
    parser.add_argument("--steps", type=int, default=1024)
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--queries", type=int, default=48)
    options = parser.parse_args()
    curves = [learn(options.env, world, options.steps, options.queries, 128) for world in range(options.worlds)]
    print("| env steps | held-out score | above the start |\n|---:|---:|---:|")
    for step in curves[0]:
        found = np.array([curve[step] for curve in curves])
        rise = hierarchical_bootstrap([list(np.array(curve[step]) - np.array(curve[0])) for curve in curves], bounds=(-1.0, 1.0))
        print(f"| {step} | {found.mean():.2f} | {rise.estimate:+.2f} [{rise.low:+.2f}, {rise.high:+.2f}] |")


if __name__ == "__main__":
    main()
