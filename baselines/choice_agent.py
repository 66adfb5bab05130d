"""What agents without a language model share: they do not write answers, they choose among candidates.

The candidates of a query are its options, where the prompt lists them (:class:`~clgym.agent.MultipleChoice`); else the right answers that
the agent has been told or has found so far, the first ``known`` of them.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clgym.agent import Agent, Answer, Conversation, Experience
from clgym.errors import InvalidSetting


@dataclass(frozen=True)
class ChoosingConfig:
    """What is seen and what can be chosen."""

    size: int = 1024
    """length of the vectors that text is hashed into (clgym.hashing)"""
    known: int = 64
    """right answers that are kept as candidates for queries that list none"""
    corrections: bool = True
    """learn from the right answer too, where it is told: as if it had been chosen and had earned 1"""

    def __post_init__(self) -> None:
        small = {name: getattr(self, name) for name in ("size", "known") if getattr(self, name) < 1}
        if small:
            raise InvalidSetting(f"these must be at least 1: {small}.")


class ChoosingAgent(Agent):
    """Keeps the answers that it knows; subclasses choose one and learn from what came of it."""

    Config: type[ChoosingConfig] = ChoosingConfig

    def __init__(self, config: ChoosingConfig, *, seed: int = 0):
        self.config, self.seed = config, seed
        self.known: list[str] = []

    @abstractmethod
    def choose(self, queries: Sequence[tuple[str, tuple[str, ...]]]) -> list[Answer]:
        """One answer for each (text, candidates)."""

    def state(self) -> dict[str, Any]:
        """What ``save`` writes as JSON beside config, seed and known answers."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""

    # -- the Agent interface ------------------------------------------------------------------------------------------

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        if not conversations:
            return []
        return self.choose([(text_of(c), self.candidates(getattr(c, "options", ()))) for c in conversations])

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        everything = {"config": asdict(self.config), "seed": self.seed, "known": self.known, "state": self.state()}
        (folder / "agent.json").write_text(json.dumps(everything, sort_keys=True))

    def load(self, folder: Path) -> None:
        """Restore. Raises ``InvalidSetting`` where the folder holds no such agent or one with another config."""
        try:
            saved = json.loads((Path(folder) / "agent.json").read_text())
            if saved["config"] != asdict(self.config):
                raise InvalidSetting(f"{folder} was saved with config {saved['config']}; this agent has {asdict(self.config)}.")
            self.seed, self.known = saved["seed"], saved["known"]
            self.restore(saved["state"])
        except (OSError, LookupError, TypeError, ValueError) as cause:
            if isinstance(cause, InvalidSetting):
                raise
            raise InvalidSetting(f"{folder} holds no saved agent of this kind: {cause!r}") from cause

    # -- for subclasses -----------------------------------------------------------------------------------------------

    def candidates(self, options: Sequence[str]) -> tuple[str, ...]:
        """What can be chosen: the listed options, else what is known."""
        return tuple(options or self.known)

    def remember(self, experiences: Sequence[Experience]) -> None:
        """Keep right answers that no list gives."""
        for experience in experiences:
            right = experience.right_answer
            if right and not experience.options and right not in self.known and len(self.known) < self.config.known:
                self.known.append(right)


def text_of(conversation: Conversation) -> str:
    """What is looked at: the last message of the user."""
    return conversation[-1]["content"]


def observations(experience: Experience, corrections: bool) -> list[tuple[str, float]]:
    """(answer, reward) pairs of an env step: the answer given, unless there is no grade, and the right one where it is told."""
    pairs = [(experience.answer, experience.reward)] if not math.isnan(experience.reward) else []
    right = experience.correction
    if corrections and right and (right, 1.0) not in pairs:
        pairs.append((right, 1.0))
    return pairs
