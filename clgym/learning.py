"""The base of ideal learners: agents that know a family, and nothing of the world they are in.

    class PlaybookLearner(Learner):
        def see(self, seen: Seen) -> None: ...
        def reply(self, conversation: Conversation, options: Sequence[str]) -> str: ...

What such a learner reads is :class:`Seen`, and nothing else: what an agent is shown. Ids, pools, outcomes and reward parts stay outside.
See docs/decisions/020-ideal-learners.md.
"""

from __future__ import annotations

import json
import math
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clgym.agent import Agent, Answer, Conversation, Cost, Experience
from clgym.errors import InvalidSetting
from clgym.seeding import Draw, seed_of

_FILE = "seen.json"


@dataclass(frozen=True)
class Seen:
    """One env step as it is shown: the messages, the answer, and what came of it.

    ``reward`` is ``None`` where none was handed out. ``feedback`` and ``correction`` are ``""`` where the feedback level has none.
    """

    conversation: tuple[Mapping[str, str], ...]
    answer: str
    reward: float | None
    feedback: str
    correction: str
    options: tuple[str, ...]
    attempt: int
    done: bool

    @classmethod
    def of(cls, experience: Experience) -> Seen:
        """What is shown of an experience."""
        return cls(
            tuple(dict(message) for message in experience.conversation),  # type: ignore[arg-type]
            experience.answer,
            None if math.isnan(experience.reward) else experience.reward,
            experience.feedback,
            experience.correction,
            tuple(experience.options),
            experience.attempt,
            experience.done,
        )

    @property
    def prompt(self) -> str:
        """The first user message: the query."""
        return next(m["content"] for m in self.conversation if m["role"] == "user")


class Learner(Agent):
    """Subclasses write :meth:`see` and :meth:`reply`. θ is what was seen, in order: saved as such, and loaded by seeing it again.

    Both may be called many times a second; randomness comes from :meth:`draw` alone, so that a loaded learner goes on as the saved one.
    """

    def __init__(self, *, seed: int = 0):
        self.seed = seed
        self.seen: list[Seen] = []

    @abstractmethod
    def see(self, seen: Seen) -> None:
        """Learn from one env step."""

    @abstractmethod
    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        """The answer to the last message: the best there is while :attr:`frozen`, else one that finds something out (Thompson 1933)."""

    def draw(self, *labels: object) -> Draw:
        """A random source that depends on the seed, on how much was seen, and on labels."""
        return seed_of("learner", self.seed, len(self.seen), *labels).draw()

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        answers = []
        for conversation in conversations:
            began = time.perf_counter()
            text = self.reply(conversation, getattr(conversation, "options", ()))
            answers.append(Answer(text, Cost(seconds=time.perf_counter() - began)))
        return answers

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        began = time.perf_counter()
        for experience in experiences:
            self._take(Seen.of(experience))
        return Cost(seconds=time.perf_counter() - began)

    def _take(self, seen: Seen) -> None:
        self.see(seen)
        self.seen.append(seen)

    def describe(self) -> Mapping[str, Any]:
        """Env steps seen."""
        return {"memory_items": len(self.seen)}

    def save(self, folder: Path) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / _FILE).write_text(
            json.dumps({"seed": self.seed, "seen": [asdict(seen) for seen in self.seen]}, sort_keys=True)
        )

    def load(self, folder: Path) -> None:
        """Into a learner that has seen nothing yet. Raises ``InvalidSetting`` where the folder holds no saved learner."""
        if self.seen:
            raise InvalidSetting(f"this learner has seen {len(self.seen)} env steps already: load into a fresh one.")
        try:
            saved = json.loads((Path(folder) / _FILE).read_text())
            seed, seen = saved["seed"], [_seen_of(each) for each in saved["seen"]]
        except (OSError, KeyError, TypeError, ValueError) as cause:
            raise InvalidSetting(f"{folder} holds no saved learner: {cause!r}") from cause
        self.seed = seed
        for each in seen:
            self._take(each)


def _seen_of(data: Mapping[str, Any]) -> Seen:
    return Seen(**{**data, "conversation": tuple(data["conversation"]), "options": tuple(data["options"])})
