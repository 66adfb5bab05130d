"""OpenEnv: an env behind a server, one episode at a time for each connection (``pip install 'clgym[openenv]'``).

    clgym serve CL-Sparring-v0 --port 8000
    with GenericEnvClient(base_url="http://127.0.0.1:8000").sync() as client:
        result = client.reset(index=3)
        while not result.done:
            result = client.step({"text": answer(result.observation["text"])})

Bridges sum rewards, so an episode pays its score with its last step and 0 before. A failed grade is an error and no reward: the episode has to be left
out, and a null would be summed as 0.
"""

from __future__ import annotations

import json
from typing import Any

from clgym.errors import ClgymError, GraderFailed, InvalidSetting, ResetNeeded, UnknownName
from clgym.integrations.frameworks import framework
from clgym.integrations.rollouts import Rollout
from clgym.seeding import seed_of
from clgym.session import Session

server = framework("openenv.core.env_server", "openenv")
pydantic = framework("pydantic", "openenv")

LOST = (
    "no episode is under way here: reset() begins one. An episode lives as long as its WebSocket connection (GenericEnvClient) and as this server; POST "
    "/step makes an env anew for each request, so it never has one."
)


class Say(server.Action):  # type: ignore[misc, name-defined]
    """An answer."""

    text: str

    @pydantic.field_validator("text", mode="before")
    @classmethod
    def written(cls, value: Any) -> Any:
        """Bridges read an answer such as ``7`` as JSON before they send it."""
        return value if isinstance(value, str) else json.dumps(value)


class Seen(server.Observation):  # type: ignore[misc, name-defined]
    """What the user says: the prompt; the next turn behind its feedback; the last feedback where the episode has ended."""

    text: str


class ClgymEnvironment(server.Environment):  # type: ignore[misc, name-defined]
    """One conversation after another. ``reset(index=, pool=)`` asks a query, ``reset(seed=)`` the one that the seed draws, ``reset()`` the next."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, env: str, **settings: Any):
        super().__init__()
        self._session = Session(env, **settings)
        self._rollout: Rollout | None = None
        self._episode: str | None = None

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        index: int | None = None,
        pool: str | None = None,
        **unknown: Any,
    ) -> Seen:
        if unknown:
            raise UnknownName("argument of reset", next(iter(unknown)), ["seed", "episode_id", "index", "pool"])
        world = self._session.world
        if index is None and seed is not None:
            name = pool or next(iter(world.pools))
            index = world.order(name, seed_of("order", seed).draw())[0] if name in world.pools else None
        self._rollout, self._episode = Rollout(self._session, index, pool), episode_id
        return Seen(text=self._rollout.prompt, reward=0.0)

    def step(self, action: Say, timeout_s: float | None = None, **_: Any) -> Seen:
        played = self._rollout
        if played is None or played.done:
            raise ResetNeeded(LOST)
        said = played.say(action.text)
        if said.failed:
            raise GraderFailed(f"nothing was measured, leave this episode out and reset(): {said.feedback}")
        text = said.feedback if said.done else said.messages[-1]["content"]
        return Seen(text=text, done=said.done, reward=played.score if said.done else 0.0)

    @property
    def state(self) -> Any:
        query = self._rollout.session.query.id if self._rollout else ""
        turns = self._rollout.turns if self._rollout else 0
        return server.types.State(episode_id=self._episode, step_count=turns, query=query, world=self._session.world_id)

    def close(self) -> None:
        self._session.close()


def app(env: str, *, sessions: int = 64, **settings: Any) -> Any:
    """A FastAPI app that serves an env to so many connections at once. Settings are those of :class:`clgym.Session`, without ``reward``."""
    if "reward" in settings:
        raise InvalidSetting("the server decides what a turn pays: leave reward out.")
    Session(env, **settings).close()  # what is wrong is said here, and not to the first client
    made = server.create_app(lambda: ClgymEnvironment(env, **settings), Say, Seen, env_name=env, max_concurrent_envs=sessions)
    responses = framework("starlette.responses", "openenv")

    async def said(_: Any, error: ClgymError) -> Any:
        status = 409 if isinstance(error, ResetNeeded) else 503 if isinstance(error, GraderFailed) else 422
        return responses.JSONResponse({"detail": str(error), "type": type(error).__name__}, status_code=status)

    made.add_exception_handler(ClgymError, said)
    return made
