"""TextArena: a query as a game for one player (``pip install 'clgym[textarena]'``).

    game = ClgymGame("CL-Sparring-v0", level=0)
    game.reset(num_players=1, index=3)
    done = False
    while not done:
        player, messages = game.get_observation()          # [(who, text, kind), ...]: the last one is what to answer
        done, _ = game.step(answer(messages[-1][1]))
    rewards, info = game.close()                           # {0: score}

TextArena's wrappers make one text of the messages. The reward is the score of the last attempt. Where the grader failed there is none: ``rewards`` is empty and ``info[0]["failed"]`` is true.
"""

from __future__ import annotations

from typing import Any

from clgym.errors import ResetNeeded
from clgym.integrations.frameworks import framework
from clgym.integrations.rollouts import Rollout
from clgym.seeding import seed_of
from clgym.session import Session

ta = framework("textarena", "textarena")


class ClgymGame(ta.Env):  # type: ignore[misc, name-defined]
    """One episode after another with one env. ``settings`` are those of :class:`clgym.Session`."""

    def __init__(self, env: str, **settings: Any):
        self._session = Session(env, **settings)
        self._played: Rollout | None = None

    def reset(self, num_players: int = 1, seed: int | None = None, index: int | None = None, pool: str | None = None) -> None:
        """Ask query ``index``, the one that ``seed`` draws, or the next one."""
        world = self._session.world
        if index is None and seed is not None:
            index = world.order(pool or next(iter(world.pools)), seed_of("order", seed).draw())[0]
        self._played = Rollout(self._session, index, pool)
        self.state = ta.SinglePlayerState(num_players=num_players)
        self.state.reset(player_prompt_function=lambda player_id, game_state: self._played.prompt)

    def step(self, action: str) -> tuple[bool, dict[str, Any]]:
        """Whether the episode has ended, and what was said of the answer. Raises ``ResetNeeded``."""
        if self._played is None:
            raise ResetNeeded("no game was begun: call reset(num_players=1) first.")
        said = self._played.say(action)
        self.state.add_observation(from_id=0, message=action, observation_type=ta.ObservationType.PLAYER_ACTION)
        reply = said.feedback if said.done else said.messages[-1]["content"]
        self.state.add_observation(message=reply, observation_type=ta.ObservationType.GAME_MESSAGE)
        self.state.step_info = {"feedback": said.feedback, "outcome": said.outcome, "failed": said.failed}
        if said.done:
            self.state.done, self.state.rewards = True, {} if self._played.score is None else {0: self._played.score}
            self.state.game_info[0].update(reason=said.feedback, failed=said.failed)
        done, info = self.state.step()
        return bool(done), dict(info)
