"""``icl-retrieval``: in-context learning from the k exchanges whose questions are nearest to the query.

    prompt = system, (x_i, y*_i) for the k nearest i (nearest last), x       after learning from (x_1, y*_1), ..., (x_n, y*_n)

Retrieved demonstrations: Liu et al. 2021, "What Makes Good In-Context Examples for GPT-3?" (arXiv 2101.06804), with BM25 as in
Rubin et al. 2021 (arXiv 2112.08633), or with MiniLM embeddings. θ is the memory: all exchanges, the newest for each question.
It grows, and the prompt does not: an answer costs k exchanges more than the untaught model's, however much was learned.

Every query stands behind exchanges of its own, so only the system message's keys are shared; the others are computed for each
answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clgym.agent import Answer, Conversation, Cost, Experience, Message
from clgym.baselines.language_agent import LanguageAgent, longest_reply
from clgym.baselines.memory import SPARE, ExchangeConfig, Room, exchange_of, flattened
from clgym.baselines.retrievers import RETRIEVERS
from clgym.errors import InvalidSetting, UnknownName
from clgym.model import TextModel


class Retrieval(LanguageAgent):
    """System message, then the k nearest exchanges, then the query."""

    @dataclass(frozen=True)
    class Config(ExchangeConfig):
        """What is remembered, and how much of it is shown."""

        retriever: str = "bm25"
        """"bm25" (words in common; extra ``retrieval``) or "minilm" (sentence embeddings; extra ``minilm``)"""
        nearest: int = 8
        """k: exchanges shown with a query; fewer where less is near or the window is full"""
        capacity: int = 4096
        """exchanges in memory; the oldest go"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.retriever not in RETRIEVERS:
                raise UnknownName("retriever", self.retriever, RETRIEVERS)
            if self.nearest < 1 or self.capacity < 1:
                raise InvalidSetting(f"nearest and capacity must be at least 1, not {self.nearest} and {self.capacity}.")

    config: Config

    def __init__(self, config: Config, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self._memory: dict[str, list[Message]] = {}
        """Question -> exchange, in the order they were learned."""
        self._index = RETRIEVERS[config.retriever]()
        self._room = Room(config, model)

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each behind what is nearest to it; looking that up is part of the answer's cost."""
        began = time.perf_counter()
        answers = super().act(conversations)
        around = time.perf_counter() - began - sum(answer.cost.seconds for answer in answers)
        lookups = [
            Cost(flops=self._index.query_flops(question_of(conversation)), seconds=max(0.0, around) / len(answers))
            for conversation in conversations
        ]
        return [replace(answer, cost=answer.cost + cost) for answer, cost in zip(answers, lookups)]

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        """Remember each exchange in place of an older one with the same question, and index the questions."""
        began = time.perf_counter()
        for experience in experiences:
            exchange = exchange_of(experience, self.config.style)
            self._room.checked_size(exchange)
            question = exchange[0]["content"]
            self._memory.pop(question, None)
            self._memory[question] = exchange
        while len(self._memory) > self.config.capacity:
            del self._memory[next(iter(self._memory))]
        spent = self._index.index(list(self._memory))
        return Cost(flops=spent, seconds=time.perf_counter() - began)

    def view(self, conversation: Conversation) -> Conversation:
        """The nearest exchanges that fit, the nearest of them last, then the conversation."""
        query = super().view(conversation)
        free = self._room.beside(self._room.size(query)) - self._room.start_size
        exchanges = list(self._memory.values())
        chosen: list[list[Message]] = []
        for place in self._index.rank(question_of(conversation))[: self.config.nearest]:
            size = self._room.size(exchanges[place])
            if size <= free:
                chosen.insert(0, exchanges[place])
                free -= size
        window = self.serving.window - longest_reply(self.config, self.serving)
        while chosen and free < SPARE and self._room.whole(chosen, query) > window:
            del chosen[0]
        return [*flattened(chosen), *query]

    def state(self) -> dict[str, Any]:
        return {"exchanges": list(self._memory.values())}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._memory = {exchange[0]["content"]: exchange for exchange in state["exchanges"]}
        self._index.index(list(self._memory))

    def describe(self) -> Mapping[str, Any]:
        """Exchanges in memory; ``prompt_tokens`` stand before every query, and ``nearest`` exchanges more before each."""
        return {**super().describe(), "memory_items": len(self._memory), "nearest": self.config.nearest}


def question_of(conversation: Conversation) -> str:
    """What is asked now: the key under which the exchange will be remembered, but for a retry's "Try again"."""
    return conversation[-1]["content"]
