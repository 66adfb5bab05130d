"""Choosing an answer by number, for learners with discrete actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from clgym.env import ContinualEnv
from clgym.errors import InvalidAnswer, InvalidSetting
from clgym.settings import checked


class ChooseAnswer(gym.Wrapper[Any, Any, Any, Any], gym.utils.RecordConstructorArgs):
    """Actions are ``Discrete``: action *i* says the *i*-th candidate.

    The candidates are, as constructed,

    * ``ChooseAnswer(env)``: the options of the query at hand, in the order of its prompt (``info["options"]``). For families
      whose prompts list the admissible answers (CL-Taste, CL-Playbook);
    * ``ChooseAnswer(env, answers=[...])``: a list of your own, the same for every query;
    * ``ChooseAnswer(env, learned=64)``: the right answers told so far (``info["correction"]``, at ``feedback="correction"``), in the
      order in which they were first told; behind ``answers``, where both are given. They are kept over episodes. Each env of a
      vector env is told its own: give those ``answers`` instead.

    A number without a candidate (a shorter list, nothing learned yet) says ``""``, which is graded as malformed: to avoid it
    is part of what is learned. ``info["answer"]`` is what was said, "" after reset.

    Example:
        >>> import gymnasium as gym, clgym
        >>> from clgym.wrappers import ChooseAnswer
        >>> env = ChooseAnswer(gym.make("CL-Taste-v0"))
        >>> env.action_space
        Discrete(5)
        >>> _, info = env.reset(seed=0)
        >>> env.step(2)[4]["answer"] == info["options"][2]
        True

    Args:
        env: the env whose answers are chosen.
        answers: candidates for every query; ``None`` takes the listed options, unless ``learned`` is set.
        learned: places for right answers that are told on the way.
    """

    def __init__(self, env: gym.Env[Any, str], answers: Sequence[str] | None = None, learned: int = 0):
        answers = list(answers) if isinstance(answers, Sequence) and not isinstance(answers, str) else answers
        gym.utils.RecordConstructorArgs.__init__(self, answers=answers, learned=learned)
        super().__init__(env)
        learned, answers = checked("learned", learned, int, low=0), checked("answers", answers, list[str] | None)
        if answers == []:
            raise InvalidSetting("answers should name at least one candidate, and [] was given.")
        self._listed = answers is None and not learned
        self.candidates: tuple[str, ...] = tuple(answers or ())
        self._places = _options_listed(env) if self._listed else len(self.candidates) + learned
        self.action_space = gym.spaces.Discrete(self._places)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        observation, info = self.env.reset(seed=seed, options=options)
        self._note(info)
        return observation, {**info, "answer": ""}

    def step(self, action: np.int64) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        if action not in self.action_space:
            raise InvalidAnswer(f"an action is a whole number from 0 to {self._places - 1}, not {action!r}.")
        answer = self.candidates[action] if action < len(self.candidates) else ""
        observation, reward, terminated, truncated, info = self.env.step(answer)
        self._note(info)
        return observation, reward, terminated, truncated, {**info, "answer": answer}

    def _note(self, info: dict[str, Any]) -> None:
        """Take the candidates from what was just shown or told."""
        correction = info.get("correction", "")
        if self._listed:
            self.candidates = info["options"]
        elif correction and correction not in self.candidates and len(self.candidates) < self._places:
            self.candidates += (correction,)


def _options_listed(env: gym.Env[Any, str]) -> int:
    """How many options the first query lists. Raises ``InvalidSetting`` where it lists none."""
    inner = env.unwrapped
    listed = len(inner.world.query(inner.pool, 0).options) if isinstance(inner, ContinualEnv) else 0
    if not listed:
        raise InvalidSetting(
            "the prompts of this env list no options to choose from: pass the candidates as ChooseAnswer(env, answers=[...]), "
            'or let it collect right answers with ChooseAnswer(gym.make(..., feedback="correction"), learned=64).'
        )
    return listed
