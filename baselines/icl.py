"""``icl``: naive in-context learning (Brown et al. 2020, arXiv 2005.14165). Every exchange is appended to the prompt; the
oldest go when it is full.

θ is the list of exchanges. Where the right answer was given (feedback level ``correction``), an exchange is kept as a
demonstration: the same question, answered right. The embedded model makes something of those and nothing of a transcript
of its mistakes followed by advice; ``style="transcript"`` keeps that transcript anyway. Below that level both styles
keep the exchange as it happened: question, answer, feedback.

The keys and values of the exchanges are computed as they come, once, and shared by all queries of a batch: an answer costs the
tokens of its own query, and one pass of attention over what is held.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clgym import flops
from clgym.agent import Answer, Conversation, Cost, Experience, Message
from clgym.baselines.language_agent import LanguageAgent, LanguageConfig, system_message
from clgym.baselines.models.prefix import EMPTY, Prefix
from clgym.errors import InvalidSetting, UnknownName

if TYPE_CHECKING:
    import torch

    from clgym.baselines.models.language import LanguageModel

STYLES = ("demonstration", "transcript")


@dataclass(frozen=True)
class ExchangeConfig(LanguageConfig):
    """How exchanges are shown, and how many tokens of them: what every agent has that puts exchanges into its prompt."""

    style: str = "demonstration"
    """"demonstration" (question, right answer) or "transcript" (question, own answer, feedback, right answer)"""
    window: int = 2048
    """tokens of exchanges and system message together; the model's own window is a limit too"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.style not in STYLES:
            raise UnknownName("style of exchanges", self.style, STYLES)
        if self.window < 1:
            raise InvalidSetting(f"window counts tokens, so it is at least 1, not {self.window}.")


class InContext(LanguageAgent):
    """System message, then the exchanges from oldest to newest, then the query."""

    @dataclass(frozen=True)
    class Config(ExchangeConfig):
        """How much is remembered and how it is shown."""

        keep: float = 0.75
        """share of the window that stays when it overflows: dropping one by one would recompute everything each time"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if not 0 < self.keep <= 1:
                raise InvalidSetting(f"keep is a share of the window, above 0 and at most 1, not {self.keep}.")

    config: Config

    def __init__(self, config: Config, *, model: LanguageModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self._exchanges: deque[list[Message]] = deque()
        self._sizes: deque[int] = deque()
        self._longest = 0
        """Tokens of the longest query so far, for which room is left behind the exchanges."""
        self._start = system_message(config.system)
        self._start_size = rendered_size(self.serving, self._start)
        check_room(self._start_size, "the system message", self._room(0))
        self._prefix: Prefix | None = None

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer behind all exchanges, or, where a query leaves no room for all of them, behind the newest that fit."""
        answers = dict.fromkeys(range(len(conversations)), Answer(""))
        fitting = [place for place in answers if self._fits(conversations[place], self.config.max_new_tokens)]
        answers.update(zip(fitting, super().act([conversations[place] for place in fitting])))
        for place in answers.keys() - fitting:
            asked = self._behind_fewer(conversations[place], self.config.max_new_tokens)
            answers[place] = self.generate([asked])[0]
        return list(answers.values())

    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float]:
        """As :meth:`LanguageAgent.log_likelihood`, behind the exchanges that :meth:`act` would answer behind."""
        tokens = [len(self.serving.answer_tokens(answer)) for _, answer in pairs]
        values = dict.fromkeys(range(len(pairs)), 0.0)
        fitting = [place for place in values if self._fits(pairs[place][0], tokens[place])]
        values.update(zip(fitting, super().log_likelihood([pairs[place] for place in fitting])))
        for place in values.keys() - fitting:
            asked = self._behind_fewer(pairs[place][0], tokens[place])
            values[place] = self.serving.log_likelihood([(asked, pairs[place][1])])[0]
        return list(values.values())

    def log_probabilities(self, pairs: Sequence[tuple[Conversation, str]]) -> torch.Tensor:
        """As :meth:`LanguageAgent.log_probabilities`, behind the exchanges that leave room for every one of the answers."""
        sizes = [len(self.serving.answer_tokens(answer)) for _, answer in pairs]
        if all(self._fits(conversation, size) for (conversation, _), size in zip(pairs, sizes)):
            return super().log_probabilities(pairs)
        asked = [(self._behind_fewer(conversation, size), answer) for (conversation, answer), size in zip(pairs, sizes)]
        return self.serving.log_probabilities(asked)

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Append each exchange and compute its keys and values; drop the oldest where there are too many."""
        began = time.perf_counter()
        before = self._length()
        for experience in experiences:
            self._longest = max(self._longest, self._query_size(experience.conversation))
            self._append(experience)
        surplus = self.surplus()
        if surplus:
            for _ in range(surplus):
                self._exchanges.popleft()
                self._sizes.popleft()
            before, self._prefix = 0, None
        if not self.prefix(self.context()).length:  # a model that keeps no keys computes the exchanges when it answers
            return Cost(seconds=time.perf_counter() - began)
        grown = self._length() - before
        spent = flops.forward(self.serving.flops_shape, grown, before, head_rows=0)
        return Cost(prompt_tokens=self._length(), cached_tokens=before, flops=spent, seconds=time.perf_counter() - began)

    def surplus(self) -> int:
        """How many of the oldest exchanges have to go now."""
        room = self._room(self._longest)
        if self._length() <= room:
            return 0
        gone = surplus_over(self._sizes, max(self.config.keep * room - self._start_size, 0))
        newest = len(self._sizes) - 1  # stays where it fits by itself, even if it takes more than its share
        return newest if gone > newest and self._start_size + self._sizes[-1] <= room else gone

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
        return {"exchanges": list(self._exchanges), "longest": self._longest}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._exchanges = deque(state["exchanges"])
        self._sizes = deque(exchange_size(self.serving, self._start, exchange) for exchange in self._exchanges)
        self._longest = state["longest"]
        self._prefix = None

    def describe(self) -> Mapping[str, Any]:
        """Exchanges held and the tokens they take in front of every query."""
        return {"prompt_tokens": self._length(), "memory_items": len(self._exchanges)}

    def _append(self, experience: Experience) -> None:
        exchange = exchange_of(experience, self.config.style)
        size = exchange_size(self.serving, self._start, exchange)
        # Beside the longest query it may have to go again.
        check_room(self._start_size + size, "the system message and one exchange", self._room(0))
        self._exchanges.append(exchange)
        self._sizes.append(size)

    def _fits(self, conversation: Conversation, answer: int) -> bool:
        """Whether a query and an answer of so many tokens fit behind all exchanges."""
        return self._length() + self._query_size(conversation) + answer <= self.serving.window

    def _behind_fewer(self, conversation: Conversation, answer: int) -> Conversation:
        """The query behind the newest exchanges that leave room for it. Their keys are computed for this query alone."""
        free = self.serving.window - self._start_size - self._query_size(conversation) - answer
        seen = list(self._exchanges)[surplus_over(self._sizes, max(free, 0)) :]
        return [*self._start, *(message for exchange in seen for message in exchange), *self.shown(conversation)]

    def _room(self, query: int) -> int:
        """Tokens that system message and exchanges may take together, beside a query of so many."""
        return min(self.config.window, self.serving.window - self.config.max_new_tokens - query)

    def _length(self) -> int:
        return self._start_size + sum(self._sizes)

    def _query_size(self, conversation: Conversation) -> int:
        return exchange_size(self.serving, self._start, self.shown(conversation), reply=True)


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


def rendered_size(model: LanguageModel, messages: Sequence[Message], *, reply: bool = False) -> int:
    """Tokens of a rendered conversation."""
    return len(model.tokens(model.render(messages, reply=reply))) if messages else 0


def exchange_size(model: LanguageModel, start: Sequence[Message], messages: Sequence[Message], *, reply: bool = False) -> int:
    """Tokens that messages take behind a system message (alone, some templates would put one of their own before them)."""
    return rendered_size(model, [*start, *messages], reply=reply) - rendered_size(model, start)


def surplus_over(sizes: Sequence[int], limit: float) -> int:
    """How many of the first have to go until the rest adds up to at most ``limit``."""
    total, gone = sum(sizes), 0
    while total > limit:
        total -= sizes[gone]
        gone += 1
    return gone


def check_room(size: int, what: str, room: int) -> None:
    """Raise ``InvalidSetting`` where a window is smaller than the least that has to be in it."""
    if size > room:
        raise InvalidSetting(
            f"{what} take {size} tokens, and the window leaves room for {max(room, 0)}: set a larger window, lower "
            "max_new_tokens, or take a model with a longer window."
        )
