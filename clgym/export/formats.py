"""Rows of data sets, as trainers read them: one function a format, each from exchanges to rows.

Every row says where it is from and has the canary, so that answers of clgym can be found in training data. A failed grade is no row: nothing was
measured there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from clgym.agent import Conversation, Message
from clgym.export.exchanges import Exchange
from clgym.protocol.provenance import CANARY
from clgym.records import env_settings

Row = dict[str, Any]


def chat(exchanges: Iterable[Exchange]) -> Iterator[Row]:
    """A whole episode as ``messages``, its attempts, feedback and last answer included, and what it came to: ``reward``, ``outcome``."""
    for _, group in groupby(exchanges, key=lambda exchange: (exchange.trial, exchange.set, exchange.episode)):
        episode = list(group)
        if any(exchange.reward is None for exchange in episode):
            continue
        last = episode[-1]
        reward = last.reward if last.score is None else last.score
        messages = [*_messages(last.conversation), _answer(last.answer)]
        yield {"messages": messages, "reward": reward, "outcome": last.outcome, "feedback": last.feedback, **_about(last)}


def sft(exchanges: Iterable[Exchange]) -> Iterator[Row]:
    """``prompt`` and the right answer as ``completion``, where it was told or given; each once. Earlier attempts are left out of prompts."""
    seen: set[tuple[Any, ...]] = set()
    for exchange in exchanges:
        key = (exchange.world, exchange.query, _key(exchange.bare), exchange.right)
        if exchange.right and exchange.reward is not None and key not in seen:
            seen.add(key)
            yield {"prompt": _messages(exchange.bare), "completion": [_answer(exchange.right)], **_about(exchange)}


def dpo(exchanges: Iterable[Exchange]) -> Iterator[Row]:
    """``prompt``, ``chosen`` and ``rejected``: of what was said to one prompt, or told to be right, the best beside each that earned less."""
    for same in _by_prompt(exchanges):
        earned = _earned(same)
        if not earned:
            continue
        best = max(earned, key=lambda text: earned[text])
        for text, reward in earned.items():
            if reward < earned[best]:
                pair = {"chosen": [_answer(best)], "rejected": [_answer(text)], "margin": earned[best] - reward}
                yield {"prompt": _messages(same[0].bare), **pair, **_about(same[0])}


def kto(exchanges: Iterable[Exchange]) -> Iterator[Row]:
    """``prompt``, ``completion`` and ``label``: whether that is right. One row for each answer to a prompt."""
    for same in _by_prompt(exchanges):
        right = {exchange.right for exchange in same if exchange.right}
        right |= {exchange.answer for exchange in same if exchange.outcome == "correct"}
        for text in _earned(same):
            row = {"prompt": _messages(same[0].bare), "completion": [_answer(text)], "label": text in right}
            yield {**row, **_about(same[0])}


def grpo(exchanges: Iterable[Exchange]) -> Iterator[Row]:
    """``prompt`` alone, each query once, with what ``clgym.integrations.trl.reward`` needs to ask it: ``pool`` and ``index``."""
    seen: set[tuple[str, str]] = set()
    for exchange in exchanges:
        if (exchange.world, exchange.query) not in seen:
            seen.add((exchange.world, exchange.query))
            pool = exchange.query.rpartition("/")[0]
            yield {"prompt": _messages(exchange.conversation[:1]), "pool": pool, "index": exchange.index, **_about(exchange)}


#: Formats whose rows are lines of JSON.
FORMATS: Mapping[str, Callable[[Iterable[Exchange]], Iterator[Row]]] = {f.__name__: f for f in (chat, sft, dpo, kto, grpo)}


def _by_prompt(exchanges: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    """Exchanges that were graded, by what was shown without earlier attempts, in the order in which it was first shown."""
    groups: dict[tuple[Any, ...], list[Exchange]] = {}
    for exchange in exchanges:
        if exchange.reward is not None:
            groups.setdefault((exchange.world, exchange.query, _key(exchange.bare)), []).append(exchange)
    return iter(groups.values())


def _earned(same: Iterable[Exchange]) -> dict[str, float]:
    """Answer -> what it earned, blank ones left out (there is nothing to train on), with the right one where it was told."""
    earned = {exchange.answer: exchange.reward for exchange in same if exchange.reward is not None}
    earned.update(dict.fromkeys((exchange.right for exchange in same), 1.0))
    return {text: reward for text, reward in earned.items() if text.strip()}


def _about(exchange: Exchange) -> Row:
    """Where a row is from; the same columns in every format."""
    trial = exchange.trial
    settings = {name: env_settings(trial)[name] for name in ("level", "breadth", "split")}
    return {
        "env": trial.env,
        **settings,
        "world": exchange.world,
        "set": exchange.set,
        "query": exchange.query,
        "agent": trial.label,
        "canary": CANARY,
    }


def _messages(conversation: Conversation) -> list[Message]:
    return [Message(role=message["role"], content=in_unicode(message["content"])) for message in conversation]


def _answer(text: str) -> Message:
    return Message(role="assistant", content=in_unicode(text))


def in_unicode(text: str) -> str:
    """The text with "?" for each lone surrogate: an answer may have some, and no file of a data set can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _key(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    return tuple((message["role"], message["content"]) for message in conversation)
