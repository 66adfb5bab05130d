"""``ideal``: the ideal learner of whatever family is asked: the best that can be made of what an agent is shown.

Every family brings its own (:meth:`clgym.Family.learner`); this agent asks for it when it is told which stream follows, and passes on
what it is shown. It is a yardstick, no competitor: it knows the family's catalogue of possible rules, as no agent from outside does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clgym.agent import Agent, Answer, Conversation, Cost, Experience, StreamSettings
from clgym.errors import InvalidSetting
from clgym.registry import load_family


class Ideal(Agent):
    """The ideal learner of the family that it is prepared for."""

    def __init__(self, *, seed: int = 0):
        self.seed = seed
        self._learner: Agent | None = None

    def prepare(self, stream: StreamSettings) -> None:
        """Raises ``InvalidSetting`` where the family brings no ideal learner."""
        family = load_family(stream.family)
        self._learner = family.learner(
            stream.level, breadth=stream.breadth, noise=stream.noise, drifts=stream.drift_at, seed=self.seed
        )
        if self._learner is None:
            raise InvalidSetting(
                f"{stream.family} brings no ideal learner (Family.learner gives None): nothing to compare with there."
            )

    @property
    def learner(self) -> Agent:
        """The family's learner. Raises ``InvalidSetting`` before :meth:`prepare`."""
        if self._learner is None:
            raise InvalidSetting(
                "the agent `ideal` was not told which stream follows: call prepare(StreamSettings(family=...)) first."
            )
        return self._learner

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        with super().evaluating(), self.learner.evaluating():
            yield

    @property
    def saves(self) -> bool:
        return self.learner.saves

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        return self.learner.act(conversations)

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        return self.learner.learn(experiences)

    def flush(self) -> Cost | None:
        return self.learner.flush()

    def save(self, folder: Path) -> None:
        self.learner.save(folder)

    def load(self, folder: Path) -> None:
        self.learner.load(folder)

    def describe(self) -> Mapping[str, Any]:
        return self.learner.describe()
