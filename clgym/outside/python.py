"""Functions and objects as agents."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from clgym.agent import Agent, Answer, Conversation, Cost, Experience, checked_answers, checked_cost, described
from clgym.errors import WrongAnswer, WrongKind
from clgym.outside.background import EventLoop

#: Names of a parameter without annotation that is given messages; any other is given the prompt.
MESSAGES = ("messages", "conversation", "history", "chat")

FUNCTION_SHAPE = (
    "A function answers one conversation (async def too):\n"
    "    def agent(prompt: str) -> str: ...\n"
    "    def agent(messages: list[dict]) -> str: ..."
)
OBJECT_SHAPE = (
    "An object answers a batch, and may learn:\n"
    "    def act(self, conversations): return [self.reply(conversation) for conversation in conversations]\n"
    "    def learn(self, experiences): ..."
)


class FunctionAgent(Agent):
    """A function that answers one conversation at a time, and never learns."""

    def __init__(self, function: Callable[[Any], Any], name: str):
        self.inner, self.name = function, name
        self._argument = argument_of(function, name)
        self._loop = EventLoop()

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        """Answer each conversation, in order; an async function answers all of them at once. Raises ``WrongAnswer``."""
        replies = self._loop.gather([self.inner(self._argument(conversation)) for conversation in conversations])
        for reply in replies:
            if not isinstance(reply, (str, Answer)):
                raise WrongAnswer(f"{self.name} returned {described(reply)}, expected a str. {FUNCTION_SHAPE}\n{OBJECT_SHAPE}")
        return checked_answers([_answer(reply) for reply in replies], len(conversations), self.name)


class ObjectAgent(Agent):
    """An object with ``act`` and what it has of an agent's other methods."""

    def __init__(self, inner: Any, name: str):
        self.inner, self.name = inner, name
        if self._has("save") != self._has("load"):
            there, missing = ("save", "load") if self._has("save") else ("load", "save")
            raise WrongKind(
                f"{name} has {there} and no {missing}: an agent has both, each with a folder (pathlib.Path), or neither."
            )
        self.attempts = getattr(inner, "attempts", 1)
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise WrongKind(f"attempts of {name} is {self.attempts!r}: how often it tries one query, an int from 1.")
        self._loop = EventLoop()

    @property
    def learns(self) -> bool:
        return self._has("learn") or self._has("flush")

    @property
    def saves(self) -> bool:
        return self._has("save")

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        answers = self._call("act", conversations)
        if isinstance(answers, (list, tuple)):
            answers = [_answer(answer) for answer in answers]
        return checked_answers(answers, len(conversations), f"{self.name}.act")

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        return self._cost("learn", experiences) or Cost()

    def flush(self) -> Cost | None:
        return self._cost("flush")

    def save(self, folder: Path) -> None:
        self._call("save", folder)

    def load(self, folder: Path) -> None:
        self._call("load", folder)

    def describe(self) -> Mapping[str, Any]:
        theta = self._call("describe")
        if theta is None or isinstance(theta, Mapping):
            return theta or {}
        raise WrongAnswer(f'{self.name}.describe returned {described(theta)}, expected a dict, like {{"memory_items": 12}}.')

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        with super().evaluating(), self._evaluating(), self._frozen():
            yield

    def _evaluating(self) -> AbstractContextManager[Any]:
        if not self._has("evaluating"):
            return nullcontext()
        context = self.inner.evaluating()
        if not isinstance(context, AbstractContextManager):
            raise WrongAnswer(
                f"{self.name}.evaluating returned {described(context)}, expected a context manager (@contextmanager)."
            )
        return context

    @contextmanager
    def _frozen(self) -> Iterator[None]:
        before = getattr(self.inner, "frozen", None)
        if not isinstance(before, bool):
            yield
            return
        self.inner.frozen = True
        try:
            yield
        finally:
            self.inner.frozen = before

    def _has(self, method: str) -> bool:
        return callable(getattr(self.inner, method, None))

    def _call(self, method: str, *arguments: Any) -> Any:
        """What a method returns, or gives when it is awaited; ``None`` where there is no such method."""
        return self._loop.gather([getattr(self.inner, method)(*arguments)])[0] if self._has(method) else None

    def _cost(self, method: str, *arguments: Any) -> Cost | None:
        return checked_cost(self._call(method, *arguments), f"{self.name}.{method}")


def prompt_of(conversation: Conversation) -> str:
    """The prompt; in a later turn or try the whole conversation as one text, each message behind its role."""
    if len(conversation) == 1:
        return conversation[0]["content"]
    return "\n\n".join(f"{message['role'].capitalize()}: {message['content']}" for message in conversation)


def messages_of(conversation: Conversation) -> list[dict[str, str]]:
    """Messages that the function may change."""
    return [{"role": message["role"], "content": message["content"]} for message in conversation]


def argument_of(function: Callable[..., Any], name: str) -> Callable[[Conversation], Any]:
    """What the function is given of a conversation. Raises ``WrongKind`` where its signature leaves that open."""
    parameters = _parameters(function)
    if parameters is None:
        return prompt_of
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    needed = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if not places or any(parameter is not places[0] for parameter in needed):
        signature = ", ".join(map(str, parameters))
        raise WrongKind(f"{name}({signature}) cannot be called with one argument. {FUNCTION_SHAPE}\n{OBJECT_SHAPE}")
    reading = _reading(places[0])
    if reading is None:
        raise WrongKind(f"{name}({places[0]}) may want a prompt or messages: clgym cannot tell. {FUNCTION_SHAPE}\n{OBJECT_SHAPE}")
    return reading


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """``None`` for functions of C that have no signature."""
    for evaluated in (True, False):  # annotations may name what is imported for type checkers alone
        try:
            return list(inspect.signature(function, eval_str=evaluated).parameters.values())
        except (ValueError, TypeError):
            return None
        except Exception:
            continue
    return None


def _reading(parameter: inspect.Parameter) -> Callable[[Conversation], Any] | None:
    """By the annotation, else by the name. ``None`` where neither says it."""
    if parameter.annotation not in (parameter.empty, Any, object):
        readings = set(_readings(parameter.annotation))
        return readings.pop() if len(readings) == 1 else None
    if parameter.name == "conversations":  # a batch
        return None
    return messages_of if parameter.name in MESSAGES else prompt_of


def _readings(annotation: Any) -> Iterator[Callable[[Conversation], Any] | None]:
    """What each member of an annotation reads; ``None`` for one that is neither a prompt nor messages."""
    origin, members = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        for member in members:
            yield from _readings(member) if member is not type(None) else ()
    elif origin is typing.Annotated:
        yield from _readings(members[0])
    elif annotation in (str, "str"):
        yield prompt_of
    elif isinstance(annotation, str):  # it could not be evaluated
        yield messages_of if annotation.partition("[")[0].rpartition(".")[2] in _SEQUENCES else None
    else:
        kind = origin or annotation
        one = members[0] if members else None
        batch = one is str or _is_sequence(typing.get_origin(one) or one)
        yield messages_of if _is_sequence(kind) and not batch else None


_SEQUENCES = ("list", "List", "Sequence", "Iterable", "Conversation", "tuple", "Tuple")


def _is_sequence(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, Iterable) and not issubclass(kind, (str, bytes, Mapping))


def _answer(reply: Any) -> Any:
    return Answer(reply) if isinstance(reply, str) else reply
