"""``icl``: naive in-context learning (Brown et al. 2020). Every exchange is appended to the prompt;
the oldest go when it is full.

θ is the list of exchanges. Where the right answer was given (feedback level ``correction``), an exchange is kept as a
demonstration: the same question, answered right. The embedded model makes something of those and nothing of a transcript
of its mistakes followed by advice; ``style="transcript"`` keeps that transcript anyway. Below that level both styles
keep the exchange as it happened: question, answer, feedback.

The keys and values of the exchanges are computed as they come, once, and shared by all queries of a batch.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clgym import flops
from clgym.agent import Cost, Experience, Message
from clgym.baselines.language_agent import LanguageAgent, LanguageConfig, system_message
from clgym.baselines.models.attention import EMPTY, Prefix
from clgym.baselines.models.language import LanguageModel
from clgym.errors import InvalidSetting, UnknownName

STYLES = ("demonstration", "transcript")


class InContext(LanguageAgent):
    """System message, then the exchanges from oldest to newest, then the query."""

    @dataclass(frozen=True)
    class Config(LanguageConfig):
        """How much is remembered and how it is shown."""

        style: str = "demonstration"
        """"demonstration" (question, right answer) or "transcript" (question, own answer, feedback, right answer)"""
        window: int = 2048
        """tokens of exchanges and system message together; the model's own window is a limit too"""
        keep: float = 0.75
        """share of the window that stays when it overflows: dropping one by one would recompute everything each time"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.style not in STYLES:
                raise UnknownName("style of icl", self.style, STYLES)
            if self.window < 1 or not 0 < self.keep <= 1:
                raise InvalidSetting(f"window must be at least 1 and keep in (0, 1], not {self.window} and {self.keep}.")

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self._window = min(config.window, model.window - config.max_new_tokens)
        self._exchanges: deque[list[Message]] = deque()
        self._sizes: deque[int] = deque()
        self._start = system_message(config.system)
        self._start_size = self._size(self._start)
        if self._start_size >= self._window:
            raise InvalidSetting(f"a window of {self._window} tokens does not hold the system message of {self._start_size}.")
        self._prefix: Prefix | None = None

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Append each exchange and compute its keys and values; drop the oldest where the window is full."""
        began = time.perf_counter()
        before = self._length()
        for experience in experiences:
            self._append(experience)
        if self._length() > self._window:
            while self._exchanges and self._length() > self.config.keep * self._window:
                self._exchanges.popleft()
                self._sizes.popleft()
            before, self._prefix = 0, None
        self.prefix(self.context())
        grown = self._length() - before
        spent = flops.forward(self.serving.flops_shape, grown, before, head_rows=0)
        return Cost(prompt_tokens=self._length(), cached_tokens=before, flops=spent, seconds=time.perf_counter() - began)

    def context(self) -> list[Message]:
        """System message and all exchanges."""
        return [*self._start, *(message for exchange in self._exchanges for message in exchange)]

    def prefix(self, context: list[Message]) -> Prefix:
        """Grown exchange by exchange, so that a reloaded agent computes the very same numbers."""
        if self._prefix is None:
            self._prefix = self.serving.grow(EMPTY, self._start) if self._start else EMPTY
            self._held = 0
        ahead = [*self._start, *(m for exchange in list(self._exchanges)[: self._held] for m in exchange)]
        for exchange in list(self._exchanges)[self._held :]:
            ahead += exchange
            self._prefix = self.serving.grow(self._prefix, ahead)
            self._held += 1
        return self._prefix

    def state(self) -> dict[str, Any]:
        return {"exchanges": list(self._exchanges)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._exchanges = deque(state["exchanges"])
        self._sizes = deque(self._size(exchange) for exchange in self._exchanges)
        self._prefix = None

    def describe(self) -> Mapping[str, Any]:
        """Exchanges held and the tokens they take in front of every query."""
        return {"prompt_tokens": self._length(), "memory_items": len(self._exchanges)}

    def _append(self, experience: Experience) -> None:
        exchange = exchange_of(experience, self.config.style)
        size = self._size([*self._start, *exchange]) - self._start_size
        if self._start_size + size > self._window:
            raise InvalidSetting(f"one exchange takes {size} tokens; the window of icl is {self._window}. Set a larger window.")
        self._exchanges.append(exchange)
        self._sizes.append(size)

    def _length(self) -> int:
        return self._start_size + sum(self._sizes)

    def _size(self, messages: Sequence[Message]) -> int:
        return len(self.serving.tokens(self.serving.render(messages, reply=False))) if messages else 0


def exchange_of(experience: Experience, style: str) -> list[Message]:
    """What is kept of one env step: turns that end with the assistant's, whatever the feedback level."""
    asked = Message(role="user", content=experience.conversation[-1]["content"])
    right = experience.answer if experience.outcome == "correct" else experience.correction
    if right and style == "demonstration":
        # A retry shows the query as it was asked first; a later turn of an episode shows what came last.
        question = asked if experience.attempt == 0 else experience.bare[-1]
        return [question, Message(role="assistant", content=right)]
    return [
        asked,
        Message(role="assistant", content=experience.answer),
        Message(role="user", content=experience.feedback or "Next."),
        Message(role="assistant", content=right or "Understood."),
    ]
