"""A memory of exchanges: what was asked and what was right, as turns of a conversation that stand in front of a query.

Where the right answer was given (feedback level ``correction``), an exchange is a demonstration: the same question, answered right.
The embedded model makes something of those and nothing of a transcript of its mistakes followed by advice; ``style="transcript"``
keeps that transcript anyway. Below that level both styles keep the exchange as it happened: question, answer, feedback.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clgym import flops
from clgym.agent import Conversation, Cost, Experience, Message
from clgym.baselines.language_agent import LanguageConfig, longest_reply, system_message
from clgym.errors import InvalidSetting, UnknownName
from clgym.model import EMPTY, Prefix, TextModel

STYLES = ("demonstration", "transcript")

#: Sums of sizes this close to the window are not trusted: the prompt is measured as a whole.
SPARE = 16


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


@dataclass(frozen=True)
class MemoryConfig(ExchangeConfig):
    """How much is remembered and how it is shown."""

    keep: float = 0.75
    """share of the window that stays when it overflows: dropping one by one would recompute everything each time"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.keep <= 1:
            raise InvalidSetting(f"keep is a share of the window, above 0 and at most 1, not {self.keep}.")


class Room:
    """How many tokens of a model's window exchanges may take, between the system message and a query with its answer.

    Raises ``InvalidSetting`` where not even the system message fits.
    """

    def __init__(self, config: ExchangeConfig, model: TextModel):
        self._config, self._model = config, model
        self.start = system_message(config.system)
        self.start_size = model.size(self.start)
        check_room(self.start_size, "the system message", self.beside(0))

    def beside(self, query: int) -> int:
        """Tokens that system message and exchanges may take together, beside a query of so many."""
        return min(self._config.window, self._model.window - longest_reply(self._config, self._model) - query)

    def size(self, messages: Sequence[Message]) -> int:
        """Tokens that exchanges, or a query, take behind the system message: a difference of whole renderings."""
        return self._model.size([*self.start, *messages]) - self.start_size

    def whole(self, exchanges: Iterable[Sequence[Message]], query: Conversation) -> int:
        """Tokens of a prompt with these exchanges: what their sizes add up to, but for words that are one token across a border."""
        return self._model.size([*self.start, *flattened(exchanges), *query])

    def checked_size(self, exchange: Sequence[Message]) -> int:
        """The size of an exchange. Raises ``InvalidSetting`` where it does not fit by itself."""
        size = self.size(exchange)
        # Beside the longest query it may have to go again.
        check_room(self.start_size + size, "the system message and one exchange", self.beside(0))
        return size


class Memory:
    """The exchanges that stand in front of every query, from oldest to newest, with their keys and values.

    Args:
        config: how exchanges are shown, and how many tokens of them.
        model: whose prompt they stand in.
        most, slack: at most ``most`` exchanges stay once more than ``most + slack`` are there; ``None``: as many as fit.

    Keys and values are computed as exchanges come, once, and shared by all queries of a batch.
    """

    def __init__(self, config: MemoryConfig, model: TextModel, *, most: int | None = None, slack: int = 0):
        self._config, self._model, self._most, self._slack = config, model, most, slack
        self._room = Room(config, model)
        self._exchanges: deque[list[Message]] = deque()
        self._sizes: deque[int] = deque()
        self._longest = 0
        """Tokens of the longest query so far, for which room is left behind the exchanges."""
        self._size: int | None = None
        self._prefix: Prefix | None = None
        self._computed = 0
        """How many exchanges the prefix has."""

    def __len__(self) -> int:
        return len(self._exchanges)

    @property
    def size(self) -> int:
        """Tokens in front of the words of every query: system message and exchanges."""
        if self._size is None:
            self._size = self._model.size(self.context())
        return self._size

    # -- what stands in front of a query ------------------------------------------------------------------------------

    def context(self) -> list[Message]:
        """System message and all exchanges."""
        return [*self._room.start, *flattened(self._exchanges)]

    def prefix(self) -> Prefix:
        """Grown exchange by exchange, so that a reloaded agent computes the very same numbers."""
        if self._prefix is None:
            self._prefix = self._model.grow(EMPTY, self._room.start) if self._room.start else EMPTY
            self._computed = 0
        exchanges = list(self._exchanges)
        ahead = [*self._room.start, *flattened(exchanges[: self._computed])]
        for exchange in exchanges[self._computed :]:
            ahead += exchange
            self._prefix = self._model.grow(self._prefix, ahead)
            self._computed += 1
        return self._prefix

    def shortened(self, query: Conversation, answer: int) -> list[Message] | None:
        """System message and the newest exchanges that leave room for a query and so many tokens of answer; ``None`` where all do.

        Their keys are computed for this query alone.
        """
        window = self._model.window - answer
        free = window - self._room.size(query)
        if self.size + SPARE <= free:
            return None
        exchanges = list(self._exchanges)
        oldest = max(surplus_over(self._sizes, max(free - self._room.start_size, 0)) - 1, 0)
        while oldest < len(exchanges) and self._room.whole(exchanges[oldest:], query) > window:
            oldest += 1
        return [*self._room.start, *flattened(exchanges[oldest:])] if oldest else None

    # -- what changes it ----------------------------------------------------------------------------------------------

    def learn(self, experiences: Sequence[Experience], queries: Sequence[Conversation]) -> Cost:
        """Append each exchange and compute its keys and values; drop the oldest where there are too many.

        ``queries`` are what the model saw of the experiences' conversations.
        """
        began = time.perf_counter()
        held = self.prefix()
        for experience, query in zip(experiences, queries):
            self._longest = max(self._longest, self._room.size(query))
            exchange = exchange_of(experience, self._config.style)
            self._sizes.append(self._room.checked_size(exchange))
            self._exchanges.append(exchange)
        self._size = None
        surplus = self._surplus()
        if surplus:
            for _ in range(surplus):
                self._exchanges.popleft()
                self._sizes.popleft()
            self._prefix, self._size, held = None, None, EMPTY
        grown = self.prefix()
        if not grown.length:  # a model that keeps no keys computes the exchanges when it answers
            return Cost(seconds=time.perf_counter() - began)
        before = held.shared(grown.ids)
        spent = flops.forward(self._model.flops_shape, self.size - before, before, head_rows=0)
        return Cost(prompt_tokens=self.size, cached_tokens=before, flops=spent, seconds=time.perf_counter() - began)

    def clear(self) -> None:
        """Forget every exchange."""
        self._exchanges.clear()
        self._sizes.clear()
        self._size = None
        self.weights_changed()

    def weights_changed(self) -> None:
        """Drop keys and values that were computed with other weights."""
        self._prefix = None

    def _surplus(self) -> int:
        """How many of the oldest exchanges have to go now: for their number, or for their tokens."""
        most = len(self) if self._most is None else self._most
        return max(len(self) - most if len(self) > most + self._slack else 0, self._surplus_of_tokens())

    def _surplus_of_tokens(self) -> int:
        room = self._room.beside(self._longest)
        if self.size <= room:
            return 0
        surplus = surplus_over(self._sizes, max(self._config.keep * room - self._room.start_size, 0))
        newest = len(self._sizes) - 1  # stays where it fits by itself, even if it takes more than its share
        return newest if surplus > newest and self._room.start_size + self._sizes[-1] <= room else surplus

    # -- what is saved ------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {"exchanges": list(self._exchanges), "longest": self._longest}

    def restore(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self._exchanges = deque(state["exchanges"])
        self._sizes = deque(map(self._room.size, self._exchanges))
        self._longest, self._size = state["longest"], None
        self.weights_changed()


def exchange_of(experience: Experience, style: str) -> list[Message]:
    """What is kept of one env step: turns that end with the assistant's, whatever the feedback level."""
    last = Message(role="user", content=experience.conversation[-1]["content"])
    right = experience.right_answer
    if right and style == "demonstration":
        # A retry shows the query as it was asked first; a later turn of an episode shows what came last.
        question = last if experience.attempt == 0 else experience.bare[-1]
        return [question, Message(role="assistant", content=right)]
    return [
        last,
        Message(role="assistant", content=experience.answer),
        Message(role="user", content=experience.feedback or "Next."),
        Message(role="assistant", content=right or "Understood."),
    ]


def flattened(exchanges: Iterable[Sequence[Message]]) -> list[Message]:
    """The messages of exchanges, one after the other."""
    return [message for exchange in exchanges for message in exchange]


def surplus_over(sizes: Sequence[int], limit: float) -> int:
    """How many of the first have to go until the rest adds up to at most ``limit``."""
    total, surplus = sum(sizes), 0
    while total > limit:
        total -= sizes[surplus]
        surplus += 1
    return surplus


def check_room(size: int, what: str, room: int) -> None:
    """Raise ``InvalidSetting`` where a window is smaller than the least that has to be in it."""
    if size > room:
        raise InvalidSetting(
            f"{what} take {size} tokens, and the window leaves room for {max(room, 0)}: set a larger window, lower "
            "max_new_tokens, or take a model with a longer window."
        )
