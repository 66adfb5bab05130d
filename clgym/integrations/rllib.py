"""Ray RLlib: an env maker for ``register_env`` (``pip install 'clgym[rllib]'``).

    register_env("playbook", make)
    PPOConfig().environment("playbook", env_config={"env": "CL-Playbook-v0", "level": 0})

Texts become arrays as for stable-baselines3: hashed words, and a choice of the options that the prompt lists. The return is the score; where a grader
fails, the next query is asked and the step pays 0, for a NaN would end the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium

from clgym import registry
from clgym.errors import InvalidSetting
from clgym.integrations.frameworks import framework

framework("ray.rllib", "rllib", "ray")


def make(config: Mapping[str, Any]) -> Any:
    """The env of an RLlib ``env_config``: ``env`` is an id, ``size`` that of the hashed prompt, the rest are settings of ``gym.make``.

    Each call makes another env, so one is never shared by two rollouts. Raises ``InvalidSetting`` where ``env`` is missing, or a pool is held out and
    ``evaluate`` was not said.
    """
    settings = dict(config)
    if "env" not in settings:
        raise InvalidSetting("env_config names no env: env_config={'env': 'CL-Playbook-v0'}.")
    name, size, evaluate = settings.pop("env"), settings.pop("size", 256), settings.pop("evaluate", False)
    made: Any = gymnasium.make(registry.gym_spec(name), **settings)
    pools = made.unwrapped.world.pools
    if made.unwrapped.pool != next(iter(pools)) and not evaluate:
        raise InvalidSetting(f"pool {made.unwrapped.pool!r} is held out: env_config={{..., 'evaluate': True}} asks it.")
    for wrapper, given in (("ScoreAsReward", {}), ("DropFailed", {}), ("ChooseAnswer", {}), ("HashText", {"size": size})):
        made = registry.load(registry.wrapper(wrapper))(made, **given)
    return made
