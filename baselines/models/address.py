"""What stands behind ``openai:``: NAME@URL?option=value&option=value, read without repeating what may be a secret."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from clgym.errors import InvalidSetting, ModelUnavailable, UnknownName

_LENGTH_NAMES = ("max_tokens", "max_completion_tokens")
_OPTIONAL = ("temperature", "top_p", "seed")
_SWITCHES = ("chat_template_kwargs", "reasoning_effort")
#: What clgym itself says in a request, or could not read the reply of.
_OWN_FIELDS = ("model", "messages", "stream", "n", *_LENGTH_NAMES, *_OPTIONAL)
_KEYS = ("key", "api_key", "token")


@dataclass(frozen=True)
class Endpoint:
    """What stands behind ``openai:``: a name, a URL, and options as ``?option=value&option=value``."""

    model: str
    """what the server calls the model"""
    url: str
    """where the API begins, ``/v1`` included"""
    key_env: str = "OPENAI_API_KEY"
    """the environment variable with the key; without one, servers that want none are asked without"""
    params: float = 0.0
    """parameters that take part in one token (the active ones of a mixture); FLOPs are then estimated as 2 × params × tokens"""
    price_in: float = 0.0
    """dollars for a million prompt tokens"""
    price_cached: float | None = None
    """dollars for a million prompt tokens that the server had cached; as ``price_in`` unless given"""
    price_out: float = 0.0
    """dollars for a million completion tokens"""
    rpm: int = 0
    """requests in any minute, at most, from one process; 0: no limit"""
    tpm: int = 0
    """tokens in any minute, at most, from one process; 0: no limit"""
    parallel: int = 8
    """requests in flight at once, at most"""
    tries: int = 6
    """how often a request is tried where trying again makes sense"""
    wait: float = 0.5
    """seconds before the second try; doubled with each, and replaced by what the server asks for"""
    timeout: float = 120.0
    """seconds for one try"""
    window: int = 32768
    """tokens of prompt and answer that the model takes"""
    seed: int | None = None
    """sent with greedy requests; sampled ones carry seeds from the agent's own generator"""
    length: str = "max_tokens"
    """the field that limits the answer: ``max_tokens``, or ``max_completion_tokens`` for servers that insist"""
    without: tuple[str, ...] = ()
    """fields that the server refuses, by comma: ``temperature``, ``top_p``, ``seed``. They are then not sent"""
    thinking: str = "chat_template_kwargs"
    """how an agent's ``thinking=on`` or ``off`` is sent: ``chat_template_kwargs`` (``enable_thinking`` true or false, as vLLM, SGLang and
    llama.cpp have it) or ``reasoning_effort`` (``off``: "none"; ``on``: the effort below, or "medium"). ``auto`` sends neither"""
    reasoning_effort: str = ""
    """sent with every request of an agent that does not have ``thinking=off``: "low", "medium", "high", or what the server knows"""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    """a JSON object whose members are sent with every request: ``{"enable_thinking":false}``, ``{"top_k":20}``; ``%26`` for a "&" in it"""

    def __post_init__(self) -> None:
        for name in ("params", "price_in", "price_cached", "price_out", "rpm", "tpm", "wait"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise InvalidSetting(f"{name} of an endpoint is at least 0, not {value}.")
        for name in ("parallel", "tries", "timeout", "window"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidSetting(f"{name} of an endpoint is more than 0, not {getattr(self, name)}.")
        if self.length not in _LENGTH_NAMES:
            raise UnknownName("length field of an endpoint", self.length, _LENGTH_NAMES)
        for name in self.without:
            if name not in _OPTIONAL:
                raise UnknownName("field that an endpoint can do without", name, _OPTIONAL)
        if self.thinking not in _SWITCHES:
            raise UnknownName("switch for thinking of an endpoint", self.thinking, _SWITCHES)
        for name in self.extra_body:
            if name in _OWN_FIELDS:
                raise InvalidSetting(f"extra_body of an endpoint cannot have {name!r}, which clgym sends itself.")
            _refuse_key(name)

    def switched(self, thinking: str) -> dict[str, Any]:
        """The fields of a request that say whether to think (``auto``, ``on``, ``off``), and those that are sent with every one."""
        body = dict(self.extra_body)
        if self.reasoning_effort and thinking != "off":
            body["reasoning_effort"] = self.reasoning_effort
        if thinking == "auto":
            return body
        if self.thinking == "reasoning_effort":
            return {"reasoning_effort": "medium", **body} if thinking == "on" else {**body, "reasoning_effort": "none"}
        template = body.get("chat_template_kwargs")
        given = template if isinstance(template, dict) else {}
        return {**body, "chat_template_kwargs": {**given, "enable_thinking": thinking == "on"}}

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """``NAME@URL?option=value&...``. Raises ``InvalidSetting`` or ``UnknownName``; neither repeats a URL or a value."""
        head, _, rest = text.partition("?")
        name, _, place = head.partition("@http")
        url = f"http{place}".rstrip("/")
        if not name or not place:
            raise InvalidSetting(
                "a model behind an endpoint is written openai:NAME@URL, as in openai:qwen3@http://localhost:8000/v1."
            )
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidSetting(
                "the URL of an endpoint is http(s)://HOST/PATH without user or password: a key belongs into an environment "
                "variable (OPENAI_API_KEY, or the one that ?key_env= names)."
            )
        known = {f.name: f for f in fields(cls)[2:]}
        options: dict[str, Any] = {}
        for option, value in parse_qsl(rest, keep_blank_values=True):
            _refuse_key(option)
            if option not in known:
                raise UnknownName("option of an endpoint", option, known)
            options[option] = _read_option(option, value, known[option].default)
        return cls(name, url, **options)

    def key(self) -> str:
        """The key from the environment. Raises ``ModelUnavailable`` where a variable was named and is empty."""
        key = os.environ.get(self.key_env, "")
        if not key and self.key_env != Endpoint.key_env:
            raise ModelUnavailable(f"the environment variable {self.key_env} with the key for {self.url} is not set.")
        return key


def _refuse_key(name: str) -> None:
    """Raise ``InvalidSetting`` where a key stands in a name."""
    if name in _KEYS:
        raise InvalidSetting(
            "a key does not belong into the name of a model, which is written into records: put it into "
            "OPENAI_API_KEY, or into another environment variable that ?key_env=VARIABLE names."
        )


def _read_option(name: str, value: str, default: Any) -> Any:
    if name == "extra_body":
        return _read_object(value)
    if name == "without":
        return tuple(filter(None, value.split(",")))
    if isinstance(default, str):
        return value
    whole = name in ("rpm", "tpm", "parallel", "tries", "window", "seed")
    try:
        return int(value) if whole else float(value)
    except ValueError:
        raise InvalidSetting(f"{name} of an endpoint is a {'whole ' if whole else ''}number, not {value!r}.") from None


def _read_object(text: str) -> dict[str, Any]:
    """``extra_body``. Raises ``InvalidSetting`` without repeating it."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InvalidSetting('extra_body of an endpoint is a JSON object, as in ?extra_body={"top_k":20}.')
    return body
