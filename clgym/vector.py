"""``ContinualVectorEnv``: several slots of one stream, in this process.

    envs = gym.make_vec("CL-Conlang-v0", num_envs=4, vectorization_mode="vector_entry_point")

Unlike ``SyncVectorEnv`` over independent envs, the slots share one world, walk one shuffled order
without overlap and count one clock of env steps, so that N steps are N steps of one learner's life.
Autoreset is SAME_STEP: every step is a real one, and the last feedback of an ended episode is in
``infos["final_info"]``. Answers from text models arrive together and grading is light, so processes
would only add overhead.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from gymnasium.vector import AutoresetMode, SyncVectorEnv

from clgym.env import ContinualEnv
from clgym.errors import InvalidAnswer
from clgym.settings import checked


def _itself(slot: ContinualEnv) -> ContinualEnv:
    return slot


class ContinualVectorEnv(SyncVectorEnv):
    """``num_envs`` slots of one :class:`~clgym.env.ContinualEnv`; keyword arguments are that class's."""

    def __init__(self, num_envs: int = 1, **settings: Any):
        num_envs = checked("num_envs", num_envs, int, low=1)
        first = ContinualEnv(**settings)
        # A slot is a shallow copy: same world, same order; everything an episode changes is set anew by reset.
        slots = [first] + [copy.copy(first) for _ in range(num_envs - 1)]
        super().__init__([partial(_itself, slot) for slot in slots], autoreset_mode=AutoresetMode.SAME_STEP)

    def reset(self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None) -> Any:
        """Ask a query in every slot. One ``seed`` fixes the order that the slots share."""
        if isinstance(seed, int):
            seed = [seed] + [None] * (self.num_envs - 1)
        return super().reset(seed=seed, options=options)

    def step(self, actions: Any) -> Any:
        """One answer for every slot. Raises ``InvalidAnswer`` where there are more or fewer."""
        if isinstance(actions, str) or len(actions) != self.num_envs:
            raise InvalidAnswer(f"step takes a list of {self.num_envs} answers, one for each env, and {actions!r} was given.")
        return super().step(actions)
