"""``icl``: naive in-context learning (Brown et al. 2020, arXiv 2005.14165). Every exchange is appended to the prompt; the
oldest go when it is full.

    prompt_t = system, x_1, y*_1, ..., x_{t-1}, y*_{t-1}, x_t

θ is the memory of exchanges (:mod:`clgym.baselines.memory`). Their keys and values are computed once: an answer costs the tokens of
its own query, and one pass of attention over what is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clgym.agent import Conversation, Cost, Experience, Message
from clgym.baselines.language_agent import LanguageAgent
from clgym.baselines.memory import Memory, MemoryConfig
from clgym.model import Prefix, TextModel


class InContext(LanguageAgent):
    """System message, then the exchanges from oldest to newest, then the query."""

    @dataclass(frozen=True)
    class Config(MemoryConfig):
        """How much is remembered and how it is shown."""

    config: Config

    def __init__(self, config: Config, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self.memory = self.new_memory()

    def new_memory(self) -> Memory:
        """An empty one: all exchanges stay that the window holds."""
        return Memory(self.config, self.serving)

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Append each exchange; drop the oldest where there are too many."""
        return self.memory.learn(experiences, [self.view(experience.conversation) for experience in experiences])

    def context(self) -> list[Message]:
        """System message and all exchanges."""
        return self.memory.context()

    def prefix(self, context: list[Message]) -> Prefix:
        """That of the memory."""
        return self.memory.prefix()

    def shortened(self, conversation: Conversation, answer: int) -> list[Message] | None:
        """Behind the newest exchanges that leave room for it."""
        return self.memory.shortened(self.view(conversation), answer)

    def state(self) -> dict[str, Any]:
        return self.memory.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self.memory.restore(state)

    def describe(self) -> Mapping[str, Any]:
        """Exchanges held and the tokens they take in front of every query."""
        return {"prompt_tokens": self.memory.size, "memory_items": len(self.memory)}
