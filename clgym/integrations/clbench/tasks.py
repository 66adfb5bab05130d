"""A family of ours as a task of CL-Bench's contract."""

from __future__ import annotations

from typing import Any

from clgym.integrations.frameworks import framework
from clgym.integrations.rollouts import Rollout
from clgym.seeding import seed_of
from clgym.session import Session


def task_class(interface: Any, env: str, **settings: Any) -> type:
    """A ``ContinualLearningTask`` whose instances are queries of the learn stream.

    Args:
        interface: CL-Bench's interface module (``src.interface``).
        env: an id, ``module:Name`` or ``path/to/file.py:Name``; ``settings`` are those of :class:`clgym.Session`.

    An instance's reward is the score of its last attempt, and ``r_max`` is 1. Where a grader fails there is no outcome: the instance is
    complete and left out, and ``failed_instances`` counts it.
    """
    pydantic = framework("pydantic", "clbench")
    reply = pydantic.create_model("Reply", answer=(str, ...))

    class ClgymTask(interface.ContinualLearningTask):  # type: ignore[misc, name-defined]
        r_max = 1.0

        def __init__(self, num_instances: int = 10, seed: int = 0):
            self._all, self.seed = num_instances, seed
            self._session = Session(env, **settings)
            self.failed_instances = 0
            self.build_canonical_run_state()

        @property
        def name(self) -> str:
            return f"clgym_{env}"

        def build_canonical_run_state(self) -> None:
            world = self._session.world
            order = world.order(next(iter(world.pools)), seed_of("order", self.seed).draw())
            self.num_instances = self._all  # choosing instances changes it
            self.instances = [order[place % len(order)] for place in range(self._all)]
            self._instance_outcomes: list[Any] = []
            self._place = 0
            self._played: Rollout | None = None

        def build_current_query(self) -> Any:
            self._played = Rollout(self._session, self.instances[self._place])
            return self._query(self._played.prompt)

        def step(self, response: Any) -> Any:
            assert self._played is not None  # the runner has asked for a query
            said = self._played.say(response.action.answer)
            observation = interface.Observation(content=said.feedback, instance_complete=said.done)
            if not said.done:
                return interface.TaskStepResult(observation, self._query(said.messages[-1]["content"], observation), False)
            outcome = self._outcome()
            self._place += 1
            done = self._place >= len(self.instances)
            following = None if done else self.build_current_query()
            if following is not None:
                following.feedback = observation
            return interface.TaskStepResult(observation, following, done, outcome)

        def evaluate(self) -> Any:
            return interface.standard_evaluate(self._instance_outcomes, extra_metrics={"failed_instances": self.failed_instances})

        def _query(self, prompt: str, feedback: Any = None) -> Any:
            index = self.canonical_instance_index(self._place)
            return interface.Query(
                prompt=prompt, response_schema=reply, feedback=feedback, instance_id=self._session.query.id, instance_index=index
            )

        def _outcome(self) -> Any:
            played, index = self._played, self.canonical_instance_index(self._place)
            assert played is not None  # its last answer was just graded
            if played.score is None:
                self.failed_instances += 1
                return None
            outcome = interface.InstanceOutcome(self._session.query.id, index, played.score, played.score == 1.0)
            self._instance_outcomes.append(outcome)
            return outcome

    return ClgymTask
