"""The learn stream: one seeded order of queries, walked in rounds by several envs side by side.

A few slots (``trial.batch``) hold one query each. A round is one env step in every slot; a slot whose query is done takes
the next one of the order. With ``batch=1`` this is the order of ``env.reset(seed=trial.seed)``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import gymnasium

from clgym import registry
from clgym.agent import Answer, Conversation, Experience, Message, with_options
from clgym.core import World
from clgym.env import Walk
from clgym.protocol.examination import with_wall_time
from clgym.records import StepRecord, Trial, env_settings, reward_or_none
from clgym.seeding import seed_of
from clgym.session import next_message

if TYPE_CHECKING:
    from clgym.env import ContinualEnv


class Round(NamedTuple):
    """One env step in every slot: the env steps and stages done so far, what a learner sees, what is recorded."""

    step: int
    stages: int
    experiences: list[Experience]
    records: list[StepRecord]


@dataclass
class _Slot:
    """An env and the conversation that is going on in it; no conversation means it needs a query."""

    env: gymnasium.Env[str, str]
    episode: int = -1
    prompt: str = ""
    options: tuple[str, ...] = ()
    conversation: list[Message] = field(default_factory=list)
    left: int = 0
    """The most env steps that the query can still take."""

    @property
    def inner(self) -> ContinualEnv:
        """The env below its wrappers."""
        return cast("ContinualEnv", self.env.unwrapped)


class Stream:
    """``trial.steps`` env steps on the learn pool of the trial's world, ``width`` queries at once, recorded as those of ``arm``; on one
    ``task`` of a sequence alone where it is named.
    """

    def __init__(self, trial: Trial, attempts: int, *, width: int, arm: str = "learn", task: str = ""):
        self._trial, self._arm = trial, arm
        # Rounds are synchronous, so a slot has taken its share of the steps when the drift is due.
        drift_at = tuple(-(-at // width) for at in trial.drift_at)
        self._slots = [
            _Slot(
                gymnasium.make(registry.gym_spec(trial.env), **{**env_settings(trial), "attempts": attempts, "drift_at": drift_at})
            )
            for _ in range(min(width, max(1, trial.steps)))
        ]
        for number, slot in enumerate(self._slots):
            slot.env.reset(seed=seed_of("slot", trial.seed, number).draw().integer(0, 2**31 - 1))
        world: World = self._slots[0].inner.world
        self._walk = self.walk(world, trial, attempts, task)
        self._episodes = 0

    @staticmethod
    def pool(world: World) -> str:
        """The pool that is learned from."""
        return "learn" if "learn" in world.pools else next(iter(world.pools))

    @classmethod
    def walk(cls, world: World, trial: Trial, attempts: int, task: str = "") -> Walk:
        """The way through the learn pool in the order of this trial's seed; through the stages of one task where it is named."""
        return Walk(world, cls.pool(world), seed_of("order", trial.seed).draw(), attempts, task)

    def rounds(self, act: Callable[[Sequence[Conversation]], list[Answer]]) -> Iterator[Round]:
        """Walk the stream; the last round may be a part of one."""
        step = 0
        while step < self._trial.steps:
            active = self._ready(step)
            began = time.perf_counter()
            answers = with_wall_time(act([with_options(slot.conversation, slot.options) for slot in active]), began)
            assert len(answers) == len(active), f"{len(active)} conversations, {len(answers)} answers"
            graded = [self._step(slot, answer, step + place) for place, (slot, answer) in enumerate(zip(active, answers), start=1)]
            step += len(active)
            self._turn(step)
            yield Round(step, self._walk.stage, [experience for experience, _ in graded], [record for _, record in graded])

    def _ready(self, step: int) -> list[_Slot]:
        """The slots that take a step now. Where a stage ends, the others wait until its last query is answered."""
        ready: list[_Slot] = []
        for slot in self._slots:
            if len(ready) == self._trial.steps - step:
                break
            if not slot.conversation:
                index = self._walk.next(step, sum(other.left for other in self._slots if other.conversation))
                if index is not None:
                    self._begin(slot, index)
            if slot.conversation:
                ready.append(slot)
        return ready

    def _turn(self, step: int) -> None:
        """Go on to the next stage where this one has no room for another query and all of its queries are answered."""
        if not any(slot.conversation for slot in self._slots) and self._walk.over(step):
            self._walk.turn()

    def close(self) -> None:
        for slot in self._slots:
            slot.env.close()

    def _begin(self, slot: _Slot, index: int) -> None:
        world: World = slot.inner.world
        slot.episode, self._episodes = self._episodes, self._episodes + 1
        options = {"index": index % world.pools[self.pool(world)], "pool": self.pool(world)}
        slot.prompt, info = slot.env.reset(options=options)
        slot.left = self._walk.needs(index)
        slot.options = info["options"]
        slot.conversation = [Message(role="user", content=slot.prompt)]

    def _step(self, slot: _Slot, answer: Answer, step: int) -> tuple[Experience, StepRecord]:
        observation, reward, terminated, truncated, info = slot.env.step(answer.action)
        slot.left -= 1
        done, graded = bool(terminated or truncated), slot.inner.graded
        assert graded is not None  # a step was just taken
        unrewarded = self._trial.feedback == "none"
        experience = Experience(
            conversation=tuple(slot.conversation),
            answer=answer.text,
            reward=math.nan if unrewarded else float(reward),
            feedback=info["feedback"],
            done=done,
            outcome="" if unrewarded and info["outcome"] != "failed" else info["outcome"],
            query=info["query"],
            attempt=info["attempt"],
            correction=info.get("correction", ""),
            pool=info["pool"],
            world=info["world"],
            options=info["options"],
            tokens=answer.tokens,
            log_probabilities=answer.log_probabilities,
        )
        record = StepRecord(
            arm=self._arm,
            step=step,
            episode=slot.episode,
            world=info["world"],
            query=info["query"],
            attempt=info["attempt"],
            prompt=slot.conversation[-1]["content"],
            answer=answer.text,
            reward=reward_or_none(graded.reward),
            outcome=graded.outcome,
            feedback=info["feedback"],
            done=done,
            cost=answer.cost,
            score=reward_or_none(slot.inner.true_score) if info["attempt_done"] else None,
            task=self._task(slot),
            stop=answer.stop,
            thoughts=answer.thoughts,
        )
        self._continue(slot, answer.text, observation, info, done)
        return experience, record

    @staticmethod
    def _task(slot: _Slot) -> str:
        world: World = slot.inner.world
        if type(world).task is World.task:  # all is one task, and a query may be dear to make
            return ""
        assert slot.inner.query is not None  # a step was just taken
        return world.task(slot.inner.query)

    @staticmethod
    def _continue(slot: _Slot, answer: str, observation: str, info: dict[str, Any], done: bool) -> None:
        """The conversation after this step: over, another turn, or the same prompt once more."""
        if done:
            slot.conversation = []
            return
        reply = next_message(info["feedback"], observation, slot.prompt)
        slot.conversation += [Message(role="assistant", content=answer), Message(role="user", content=reply)]
