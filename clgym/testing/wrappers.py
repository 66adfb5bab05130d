"""The contract of wrappers: plain gymnasium wrappers that stack on any env of clgym, and say what their arguments are."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gymnasium as gym
from gymnasium.utils.env_checker import data_equivalence

from clgym import registry
from clgym.errors import WrongKind
from clgym.testing.findings import Case, Skipped, cases_of

#: The family whose envs are wrapped: it is in the core, takes no time, and its queries list options.
FAMILY = "CL-Playbook-v0"
STEPS = 8

Problems = Iterator[str]


class WrapperSubject:
    """A wrapper under test, and what it is made with."""

    def __init__(self, name: str, arguments: Mapping[str, Any]):
        self.name, self.arguments = name, dict(arguments)
        self.row = None if ":" in name else registry.wrapper(name)

    @functools.cached_property
    def wrapper(self) -> type[gym.Wrapper]:
        """Raises ``WrongKind`` for what is no wrapper."""
        target = registry.load_entry(self.name) if self.row is None else registry.load(self.row)
        if not (inspect.isclass(target) and issubclass(target, gym.Wrapper)):
            raise WrongKind(f"{self.name} is {target!r}: expected a subclass of gymnasium.Wrapper.")
        return target

    def wrapped(self) -> gym.Env:
        """An env inside it. Raises ``Skipped`` where it needs arguments that nobody gave."""
        parameters = [*inspect.signature(self.wrapper).parameters.values()][1:]
        needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        missing = [name for name in needed if name not in self.arguments]
        if missing:
            raise Skipped(f"it needs {', '.join(missing)}: check_wrapper({self.name!r}, {missing[0]}=...)")
        return self.wrapper(gym.make(FAMILY, feedback="correction"), **self.arguments)


def wrapper_cases(name: str, **arguments: Any) -> list[Case]:
    """Every check of a wrapper: an id or ``module:Name``, made with ``arguments`` besides the env. Raises ``UnknownName``."""
    return cases_of(CHECKS, name, WrapperSubject(name, arguments))


def documented(subject: WrapperSubject) -> Problems:
    """It is a gymnasium wrapper of its row's name whose docstring says what its arguments are."""
    wrapper = subject.wrapper
    if subject.row is not None and wrapper.__name__ != subject.row.id:
        yield f"the class is called {wrapper.__name__}, and its row {subject.row.id}: make them equal."
    if "Args:" not in (wrapper.__doc__ or ""):
        yield f'the docstring of {wrapper.__name__} has no section "Args:".'


def keeps_the_api(subject: WrapperSubject) -> Problems:
    """Wrapped envs keep gymnasium's API: spaces hold what comes out, rewards are numbers, and the env inside is reached."""
    env = subject.wrapped()
    if type(env.unwrapped).__name__ != "ContinualEnv":
        yield f"env.unwrapped is {type(env.unwrapped).__name__}, not the env inside."
    observation, info = env.reset(seed=0)
    for _ in range(STEPS):
        if observation not in env.observation_space:
            yield f"an observation is not in observation_space: {type(observation).__name__} in {env.observation_space}."
        action = env.action_space.sample()
        observation, reward, terminated, truncated, info = env.step(action)
        if not isinstance(reward, (int, float)) or math.isnan(reward):
            yield f"a reward is {reward!r}: expected a number."
        for name in ("feedback", "outcome", "query"):
            if name not in info:
                yield f"info has no {name!r} after a step: add to it what you like, and leave in it what is there."
        if terminated or truncated:
            observation, info = env.reset()
    env.close()


def repeats_itself(subject: WrapperSubject) -> Problems:
    """Two envs of one seed give the same observations and rewards for the same actions."""
    runs = []
    for _ in range(2):
        env = subject.wrapped()
        env.action_space.seed(0)
        observation, _ = env.reset(seed=3)
        seen = [observation]
        for _ in range(STEPS):
            observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            seen += [reward, observation]
            if terminated or truncated:
                seen.append(env.reset()[0])
        env.close()
        runs.append(seen)
    differing = [place for place, (one, other) in enumerate(zip(*runs)) if not _same(one, other)]
    if differing:
        yield f"of {len(runs[0])} observations and rewards, the one at {differing[0]} differs between two envs of one seed."


def _same(one: Any, other: Any) -> bool:
    return bool(data_equivalence(one, other))


CHECKS: tuple[Callable[..., Problems], ...] = (documented, keeps_the_api, repeats_itself)
