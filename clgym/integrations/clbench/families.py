"""A task of CL-Bench's contract as a family of ours."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clgym.core import MAX_TURNS, Episode, Family, Feedback, Grade, LazyWorld, Query, Turn, World, malformed
from clgym.errors import FamilyError, InvalidSetting
from clgym.seeding import Draw, Seed


@dataclass(frozen=True)
class Scale:
    """How a task's reward becomes one in [0, 1]: ``low`` is 0, ``high`` is 1."""

    low: float
    high: float

    def of(self, reward: float) -> float:
        """Raises ``FamilyError`` for a reward outside: to clip it would hide a loss."""
        if not self.low <= reward <= self.high:
            raise FamilyError(
                f"the task paid {reward:g}, outside of {self.low:g} to {self.high:g}: give family_from(..., low=, high=) its true bounds."
            )
        return (reward - self.low) / (self.high - self.low)


class TaskEpisode(Episode):
    """One instance, in a task of its own."""

    def __init__(self, world: TaskWorld, query: Query):
        self._scale = world.scale
        self._task = world.make()
        self._asked = self._task.reset_baseline_instance(query.payload)

    def step(self, answer: str) -> Turn:
        schema = self._asked.response_schema
        try:
            action = read(schema, answer)
        except ValueError as cause:
            wanted = ", ".join(schema.model_fields)
            return Turn(self._asked.prompt, malformed(f"expected JSON with {wanted}: {str(cause).splitlines()[0]}"), True)
        result = self._task.step(_Response(action))
        observation, outcome = result.observation, result.instance_outcome
        done = outcome is not None or bool(observation.instance_complete)
        paid = outcome.reward if outcome is not None else self._scale.low
        reward = self._scale.of(paid)
        verdict = f"The task paid {paid:g}, on a scale from {self._scale.low:g} to {self._scale.high:g}." if done else "It goes on."
        kind = "correct" if reward == 1.0 else "partial" if reward > 0.0 else "wrong"
        following = "" if done or result.next_query is None else result.next_query.prompt
        if result.next_query is not None:
            self._asked = result.next_query
        return Turn(
            following, Grade(reward if done else 0.0, kind if done else "wrong", Feedback(verdict, observation.content)), done
        )

    def solve(self) -> str:
        raise InvalidSetting(NO_ORACLE)


@dataclass(frozen=True)
class _Response:
    """What a task's ``step`` takes."""

    action: Any
    metadata: Mapping[str, Any] | None = None


def read(schema: Any, answer: str) -> Any:
    """An answer as the response that a task wants: JSON of its fields; the answer itself where there is one field of text. Raises ``ValueError``."""
    names = list(schema.model_fields)
    if len(names) == 1 and schema.model_fields[names[0]].annotation is str:
        return schema(**{names[0]: answer})
    start, end = answer.find("{"), answer.rfind("}")
    return schema.model_validate_json(answer[start : end + 1] if start >= 0 else answer)


NO_ORACLE = (
    "a task of CL-Bench has no oracle: nobody knows the right answer. Say feedback='diagnosis' (--feedback diagnosis) or lower."
)


@dataclass(frozen=True)
class TaskWorld(LazyWorld):
    """The instances of one task: every third is held out."""

    name: str
    family: str
    task_class: type
    parameters: tuple[tuple[str, Any], ...]
    instances: int
    scale: Scale
    bottom: float
    level: int = 0
    oracle = False

    @functools.cached_property  # type: ignore[override]
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        held_out = self.instances // 3
        return {"learn": self.instances - held_out, "eval": held_out}

    def make(self) -> Any:
        """A task of this world, not begun."""
        return self.task_class(**dict(self.parameters))

    def make_query(self, pool: str, index: int) -> Query:
        instance = index * 3 + 2 if pool == "eval" else index // 2 * 3 + index % 2
        return Query(pool, index, self.make().reset_baseline_instance(instance).prompt, instance)

    def episode(self, query: Query) -> Episode:
        return TaskEpisode(self, query)

    def grade(self, query: Query, answer: str) -> Grade:
        return self.episode(query).step(answer).grade

    def solve(self, query: Query) -> str:
        raise InvalidSetting(NO_ORACLE)

    def turns(self, query: Query) -> int:
        return MAX_TURNS

    def rulebook(self) -> str:
        return self.make().description or f"A task of CL-Bench: {self.name}."

    def drifted(self, seed: Seed) -> World:
        raise InvalidSetting("a task of CL-Bench has no rules that could be drawn anew: leave drift_at out.")

    def floor(self, pool: str) -> float:
        return self.bottom

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return ""


def family_from(
    task: type, *, low: float = 0.0, high: float | None = None, instances: int = 60, floor: float = 0.0, **parameters: Any
) -> Any:
    """A family whose worlds are runs of a task.

    Args:
        task: a ``ContinualLearningTask``.
        low, high: the bounds of its reward, which become 0 and 1; ``high`` is its ``r_max`` where none is given.
        instances: how many a world has; every third is held out.
        floor: what who knows nothing earns, in [0, 1]: it is nobody's to know but yours.
        parameters: of the task's constructor.

    Name what comes back in a module of your own (``Poker = family_from(PokerTask)``), and it is ``module:Poker``. Its worlds have no oracle: no feedback above
    ``diagnosis``, no noise, no drift. A task that is no pure function of its seed (one with containers) cannot be verified. Raises ``InvalidSetting``.
    """
    scale = Scale(low, float(getattr(task, "r_max", 1.0) if high is None else high))
    if scale.low >= scale.high:
        raise InvalidSetting(f"low is below high, and {scale.low:g} and {scale.high:g} were given.")
    if instances < 3:
        raise InvalidSetting(f"instances are at least 3, so that one is held out, and {instances} was given.")
    takes_seed = "seed" in inspect.signature(task).parameters

    class TaskFamily(Family):
        version = 1
        levels = range(1)
        summary = f"{task.__name__} of CL-Bench."
        name = f"CLBench-{task.__name__}-v0"

        def world(self, seed: Seed, level: int) -> World:
            self.check_level(level)
            drawn = {"seed": seed.draw().integer(0, 2**31 - 1)} if takes_seed and "seed" not in parameters else {}
            given = tuple(sorted({**parameters, **drawn, "num_instances": instances}.items()))
            return TaskWorld(task.__name__, self.name, task, given, instances, scale, floor)

    return TaskFamily
