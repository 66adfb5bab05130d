"""Queries behind a tool: for models that call functions."""

from __future__ import annotations

import logging
from typing import Any

from clgym.errors import InvalidSetting
from clgym.integrations.rollouts import Rollout, Sessions, Watch
from clgym.integrations.trl.rewards import begin

logger = logging.getLogger(__name__)

#: So many rollouts in a row without a single call of the tool are warned of, once.
SILENT = 16


def environment(env: str, *, trial: Watch | None = None, **settings: Any) -> type:
    """An environment factory with one tool, ``answer(text)``, which returns what the user says next; its reward is the score.

    A model that never calls the tool earns 0 and is warned of. An episode that was cut before an attempt ended is ``None``, as a failed grade is.
    """
    sessions, silent = Sessions(env, **settings), [0]

    class ClgymEnvironment:
        def __init__(self) -> None:
            self._session = Sessions(env, **settings).first(1)[0]
            self._rollout: Rollout | None = None

        def reset(self, prompt: Any = None, index: int | None = None, pool: str | None = None, **columns: Any) -> None:
            if prompt is None:
                raise InvalidSetting(
                    "rows without a prompt would give each rollout of a group another query: train_dataset=prompts(env)."
                )
            self._rollout = begin(sessions, self._session, prompt, index, pool, trial)

        def answer(self, text: str) -> str:
            """Give your answer. What is returned says how it went and what comes next.

            Args:
                text: The answer, in the form that was asked for.

            Returns:
                What the user says next.
            """
            if self._rollout is None or self._rollout.done:
                return "The episode has ended: no further answer is taken."
            said = self._rollout.say(text if isinstance(text, str) else str(text))
            return said.feedback or "The episode has ended." if said.done else said.messages[-1]["content"]

        def get_reward(self) -> float | None:
            played = self._rollout
            silent[0] = silent[0] + 1 if played is None or not played.turns else 0
            if silent[0] == SILENT:
                logger.warning(
                    "%d rollouts of %s in a row without one call of the tool `answer`: this model does not call tools, so that all earn 0 and "
                    "nothing is learned. rollout(env) and reward(env) read what a model says instead.",
                    SILENT,
                    env,
                )
            return 0.0 if played is None or not played.turns else played.score

    return ClgymEnvironment
