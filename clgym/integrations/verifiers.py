"""verifiers: a taskset and the env that plays it (``pip install 'clgym[verifiers]'``). verifiers finds it as ``clgym_vf``.

    vf-eval clgym_vf --env.taskset.env CL-Sparring-v0 --env.player.runtime.type subprocess ...

The reward is the score of the last attempt. Where the grader failed, or the conversation was cut before an attempt ended, the episode ends in an error
and has no reward: verifiers counts it, and would take a missing one for 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clgym.errors import GraderFailed, InvalidSetting
from clgym.integrations.frameworks import framework
from clgym.integrations.rollouts import Rollout
from clgym.session import Session

vf = framework("verifiers.v1", "verifiers")

__all__ = ["ClgymEnv", "ClgymTaskset"]


class ClgymConfig(vf.TasksetConfig):  # type: ignore[misc, name-defined]
    """What is asked: an env, its settings as ``gym.make`` takes them, and a pool."""

    env: str = ""
    level: int = 0
    breadth: int = 1
    split: str = "train"
    world: int = 0
    feedback: str = "diagnosis"
    attempts: int = 1
    pool: str | None = None
    evaluate: bool = False
    """Held-out pools are refused unless this is said."""

    def session(self) -> Session:
        if not self.env:
            raise InvalidSetting("which env? Say --env.taskset.env CL-Conlang-v0 (`clgym envs` lists them).")
        names = ("level", "breadth", "split", "world", "feedback", "attempts", "evaluate")
        return Session(self.env, **{name: getattr(self, name) for name in names})


class ClgymData(vf.TaskData):  # type: ignore[misc, name-defined]
    """A query by its place in its pool, and how its env is made."""

    index: int
    pool: str
    made: dict[str, Any]


class ClgymTask(vf.Task[ClgymData]):  # type: ignore[misc, name-defined]
    """A query: its env grades it while it is played."""


class ClgymTaskset(vf.Taskset[ClgymTask, ClgymConfig]):  # type: ignore[misc, name-defined]
    """The queries of a pool, in its order."""

    def load(self) -> Iterator[ClgymTask]:
        with self.config.session() as session:
            pool = self.config.pool or next(iter(session.world.pools))
            session.start(0, pool)  # refuses what is held out
            made = self.config.model_dump(exclude={"task", "system_prompt"})
            for index in range(session.world.pools[pool]):
                query = session.world.query(pool, index)
                yield ClgymTask(ClgymData(name=query.id, prompt=query.prompt, index=index, pool=pool, made=made), self.config.task)


class PlayerConfig(vf.EnvConfig):  # type: ignore[misc, name-defined]
    """One seat."""

    player: vf.AgentConfig = vf.AgentConfig()  # type: ignore[name-defined]


class ClgymEnv(vf.Env[PlayerConfig]):  # type: ignore[misc, name-defined]
    """Plays a query to its end: every turn, every retry with its feedback."""

    async def run(self, task: ClgymTask, agents: Any) -> None:
        with ClgymConfig.model_validate(task.data.made).session() as session:
            played = Rollout(session, task.data.index, task.data.pool)
            async with agents.player.interaction(task) as interaction:
                segment = await interaction.turn()
                while not segment.terminated:
                    said = await played.asay(segment.last_reply)
                    if said.done:
                        break
                    segment = await interaction.turn(said.messages[-1]["content"])
        if played.score is None:
            what = (
                played.feedback if played.failed else "the conversation was cut (turns or tokens) before an attempt came to its end"
            )
            raise GraderFailed(f"nothing was measured in {task.data.name}: {what}")
        interaction.trace.record_reward("clgym", played.score)
        interaction.trace.record_metric("clgym_turns", float(played.turns))
