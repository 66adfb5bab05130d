"""What a chat completion says: the answer, the thoughts before it, how it ended, and the tokens of all that. Takes no torch and no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from clgym.text.thoughts import joined, without_thoughts


class Usage(NamedTuple):
    """Tokens: of the prompt, those of them that the server had cached, and of everything that was said, thoughts included."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    thoughts: int = 0
    """those of ``completion`` that the server calls reasoning; 0 where it does not say"""


class Reply(NamedTuple):
    """A chat completion. ``stop`` is one of :data:`clgym.agent.STOPS`."""

    text: str
    thoughts: str = ""
    stop: str = "end"
    usage: Usage = Usage()


#: What somebody gets whose prompt was withheld from the model.
WITHHELD = Reply("", stop="filter")


def read_reply(body: bytes) -> Reply:
    """The first choice of a chat completion. Raises ``ValueError``, ``TypeError`` or the like for anything that is none."""
    completion = json.loads(body)
    choice = completion["choices"][0]
    message, reason = choice["message"], choice.get("finish_reason")
    if reason == "error":
        raise ValueError(f"its choice ended with an error: {choice.get('error')!r}")
    content, usage = _content(message), _usage(completion.get("usage"))
    thoughts, text = without_thoughts(content.text or "")
    thoughts = joined(content.thoughts, thoughts)
    refusal = content.refusal
    stop = _stop(reason, message.get("content") is None, text, refusal, bool(thoughts or usage.thoughts), usage)
    return Reply(text or refusal, thoughts, stop, usage)


class _Content(NamedTuple):
    """The text of a message, ``None`` where it has none, and what stands beside it."""

    text: str | None
    thoughts: str
    refusal: str


def _content(message: Mapping[str, Any]) -> _Content:
    """A message's content, be it a text, nothing or a list of parts. Servers call thoughts ``reasoning_content`` or ``reasoning``."""
    content = message.get("content")
    beside = next((text for name in ("reasoning_content", "reasoning") if isinstance(text := message.get(name), str) and text), "")
    refusal = message.get("refusal") or ""
    if not isinstance(refusal, str):
        raise TypeError("its refusal is no text")
    if content is None or isinstance(content, str):
        return _Content(content, beside, refusal)
    if not isinstance(content, list):
        raise TypeError("its content is no text")
    parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    return _Content(
        _text_of(part["text"] for part in parts if part["type"] in ("text", "output_text")),
        joined(beside, *(_thought(part) for part in parts if part["type"] in ("thinking", "reasoning"))),
        refusal or _text_of(part["refusal"] for part in parts if part["type"] == "refusal"),
    )


def _thought(part: Mapping[str, Any]) -> str:
    """The text of a part that is a thought: under the name of its type or ``text``, itself a text or a list of parts."""
    inner = part.get(part["type"], part.get("text", ""))
    return inner if isinstance(inner, str) else _text_of(one["text"] for one in inner)


def _text_of(parts: Any) -> str:
    """Parts of a text as one. Raises ``TypeError`` where one is no text."""
    return "".join(parts)


def _stop(reason: Any, is_null: bool, text: str, refusal: str, thought: bool, usage: Usage) -> str:
    """How it ended, in the words of :data:`clgym.agent.STOPS`."""
    if reason == "content_filter":
        return "filter"
    if refusal and not text:
        return "refusal"
    if text:
        return "length" if reason == "length" else "end"
    # A limit that was reached without a word went into thoughts, whether the server shows them or not.
    if thought or (reason == "length" and usage.completion):
        return "thoughts"
    if reason == "length":
        return "length"
    # Not even the end of a turn was sampled: the provider has kept the answer, or never asked its model.
    return "filter" if is_null and not usage.completion else "end"


def _usage(usage: Any) -> Usage:
    """Zeros where the server reports none. Raises ``TypeError`` for what is no number of tokens."""
    if not usage:
        return Usage()
    of_prompt, of_completion = (usage.get(f"{name}_tokens_details") or {} for name in ("prompt", "completion"))
    prompt, completion, total = usage["prompt_tokens"], usage.get("completion_tokens") or 0, usage.get("total_tokens") or 0
    cached, thoughts = of_prompt.get("cached_tokens") or 0, of_completion.get("reasoning_tokens") or 0
    for count in (prompt, completion, total, cached, thoughts):
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise TypeError(f"{count!r} is no number of tokens")
    if thoughts and total == prompt + completion + thoughts:  # some servers count them beside the completion
        completion += thoughts
    return Usage(prompt, min(cached, prompt), completion, min(thoughts, completion))
