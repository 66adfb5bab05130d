"""What is spoken with an agent outside of this process: JSON objects, one request and one reply at a time. This is protocol 1.

    {"id": 1, "method": "hello", "protocol": 1, "seed": 0}     {"id": 1, "protocol": 1, "methods": ["act", "learn", "save", "load"]}
    {"id": 2, "method": "act", "frozen": true,                 {"id": 2, "answers": [{"text": "...", "cost": {"flops": 1e9}}]}
     "conversations": [[{"role", "content"}, ...], ...],
     "options": [["yes", "no"], ...]}
    {"id": 3, "method": "learn", "experiences": [{...}]}       {"id": 3, "cost": {"seconds": 0.2}}
    {"id": 4, "method": "save", "folder": "/absolute"}         {"id": 4, "state": {...}}
    {"id": 5, "method": "load", "folder": ..., "state": ...}   {"id": 5}
    {"id": 6, "method": "describe"}                            {"id": 6, "theta": {"memory_items": 12}}

Only the methods that ``hello`` names are used (``act`` alone where it names none). Beside those above there are ``flush``; ``prepare``, told
``stream`` (:class:`clgym.agent.StreamSettings`) once; ``log_likelihood`` and ``divergence``, asked ``pairs`` of a conversation and an answer
for ``{"nats": [-3.5, ...]}`` and ``{"nats": 0.1}``. ``hello`` may name what of its costs is declared and not counted: ``"estimated": ["flops"]``. ``cost``, ``state`` and
``theta`` may be left out, and an answer may be a bare string; beside ``text`` and ``cost`` it has ``stop`` (how it ended: ``end``,
``length``, ``thoughts`` or ``refusal``), ``thoughts`` (what was thought before: kept, never graded), ``tokens`` and ``log_probabilities``
(given back with the experience) where the agent knows them. ``{"id": 3, "error": "..."}`` says that something could not be done. What
``save`` gives as ``state`` (any JSON) is kept in the folder and given back by ``load``; larger things are files in the folder.
"""

from __future__ import annotations

import functools
import json
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from clgym.agent import STOPS, Agent, Answer, Conversation, Cost, Experience, MultipleChoice, StreamSettings
from clgym.errors import InvalidSetting, OutsideAgentError

PROTOCOL = 1

#: Seconds that a request may take, the start of a program included; this variable of the environment says otherwise.
TIMEOUT, TIMEOUT_VARIABLE = 600.0, "CLGYM_AGENT_TIMEOUT"

#: A reply with more bytes than this is none.
LONGEST_REPLY = 32 << 20

#: How an agent may say that an answer ended. It cannot say that somebody withheld one: it would choose what it is graded on.
SAID_STOPS = tuple(stop for stop in STOPS if stop != "filter")

#: Holds the ``state`` of a reply to ``save``.
STATE_FILE = "reply-state.json"


class Request(NamedTuple):
    """A request as it is sent, and whether it may be sent again when nobody knows if it has arrived."""

    method: str
    body: bytes
    repeatable: bool


class Channel(ABC):
    """The way to an agent."""

    #: What errors call the agent.
    name: str
    #: Members of every request.
    members: Mapping[str, Any] = {}
    #: What :meth:`fail` raises.
    error: type[OutsideAgentError] = OutsideAgentError
    #: What to do about a reply that is no JSON.
    advice = ""

    @abstractmethod
    def exchange(self, request: Request) -> bytes:
        """The reply. Raises :attr:`error`."""

    def fail(self, request: Request, trouble: str) -> NoReturn:
        """Raise :attr:`error`: what the agent did when it got the request."""
        raise self.error(
            f"{self.name}, at {request.method}: {trouble}. What is recorded is kept: the same command goes on.{self.last_words()}"
        ) from None

    def last_words(self) -> str:
        """What the agent wrote elsewhere before it failed."""
        return ""


class Hello(NamedTuple):
    """What an agent says of itself."""

    methods: frozenset[str]
    attempts: int
    estimated: tuple[str, ...] = ()


class RemoteAgent(Agent):
    """An agent behind a channel, which is first used when something is asked of it. Every method raises :class:`OutsideAgentError`."""

    def __init__(self, channel: Channel, seed: int):
        self.name = channel.name
        self._channel, self._seed, self._id = channel, seed, 0

    @functools.cached_property
    def hello(self) -> Hello:
        """What it can do."""
        call = self._call("hello", protocol=PROTOCOL, seed=self._seed)
        if call.reply.get("protocol") != PROTOCOL:
            call.fail(f"it speaks protocol {call.reply.get('protocol')!r}, and this clgym speaks {PROTOCOL}")
        methods, attempts = call.reply.get("methods", ["act"]), call.reply.get("attempts", 1)
        if not isinstance(methods, list) or "act" not in methods or not all(isinstance(method, str) for method in methods):
            call.fail(f'its methods are {brief(methods)}, expected a list with "act" in it')
        if ("save" in methods) != ("load" in methods):
            call.fail("it names one of save and load; it has both or neither")
        if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
            call.fail(f"its attempts are {brief(attempts)}, expected a whole number from 1")
        estimated = call.reply.get("estimated", [])
        if not isinstance(estimated, list) or not set(map(str, estimated)) <= {field.name for field in fields(Cost)}:
            call.fail(f"its estimated are {brief(estimated)}, expected names of costs")
        return Hello(frozenset(methods), attempts, tuple(estimated))

    @property
    def estimated(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.hello.estimated

    @property
    def attempts(self) -> int:  # type: ignore[override]
        return self.hello.attempts

    @property
    def learns(self) -> bool:
        return bool({"learn", "flush"} & self.hello.methods)

    @property
    def saves(self) -> bool:
        return "save" in self.hello.methods

    def act(self, conversations: Sequence[Conversation]) -> list[Answer]:
        options = [list(c.options) if isinstance(c, MultipleChoice) else [] for c in conversations]
        call = self._ask("act", conversations=list(map(list, conversations)), options=options, frozen=self.frozen)
        answers = call.reply.get("answers")
        if not isinstance(answers, list) or len(answers) != len(conversations):
            got = f"{len(answers)} answers" if isinstance(answers, list) else f'"answers" of {brief(answers)}'
            call.fail(f"it gave {got} to {len(conversations)} conversations, expected a list with one for each, in order")
        return [self._answer(call, answer) for answer in answers]

    def learn(self, experiences: Sequence[Experience]) -> Cost:
        if "learn" not in self.hello.methods:
            return Cost()
        call = self._ask("learn", experiences=list(map(experience_json, experiences)))
        return self._cost(call, call.reply.get("cost"))

    def flush(self) -> Cost | None:
        if "flush" not in self.hello.methods:
            return None
        call = self._ask("flush")
        return self._cost(call, call.reply.get("cost"))

    def prepare(self, stream: StreamSettings) -> None:
        if "prepare" in self.hello.methods:
            self._ask("prepare", stream=asdict(stream))

    def log_likelihood(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float] | None:
        if "log_likelihood" not in self.hello.methods:
            return None
        call = self._ask("log_likelihood", pairs=_pairs(pairs))
        nats = call.reply.get("nats")
        if nats is not None and not (isinstance(nats, list) and len(nats) == len(pairs) and all(map(_is_number, nats))):
            call.fail(f"its nats are {brief(nats)}, expected a number for each of {len(pairs)} pairs, or null")
        return nats

    def divergence(self, pairs: Sequence[tuple[Conversation, str]]) -> float | None:
        if "divergence" not in self.hello.methods:
            return None
        call = self._ask("divergence", pairs=_pairs(pairs))
        nats = call.reply.get("nats")
        if nats is not None and not _is_number(nats):
            call.fail(f"its nats are {brief(nats)}, expected a number or null")
        return nats

    def save(self, folder: Path) -> None:
        if not self.saves:
            return
        folder = Path(folder).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        state = self._ask("save", folder=str(folder)).reply.get("state")
        if state is not None:
            (folder / STATE_FILE).write_text(json.dumps(state, sort_keys=True), encoding="utf-8")

    def load(self, folder: Path) -> None:
        folder = Path(folder).resolve()
        file = folder / STATE_FILE
        state = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        if self.saves:
            self._ask("load", folder=str(folder), state=state)
        elif any(folder.glob("*")):
            raise self._channel.error(
                f"{self.name} names no load any more, and θ of this trial was saved. Start it again with --fresh."
            )

    def describe(self) -> Mapping[str, Any]:
        if "describe" not in self.hello.methods:
            return {}
        call = self._ask("describe")
        theta = call.reply.get("theta", {})
        if not isinstance(theta, dict):
            call.fail(f'its "theta" is {brief(theta)}, expected an object like {{"memory_items": 12}}')
        return theta

    def _ask(self, method: str, **members: Any) -> _Call:
        known = self.hello.methods
        assert method in known, method
        return self._call(method, **members)

    def _call(self, method: str, **members: Any) -> _Call:
        self._id += 1
        request = {"id": self._id, "method": method, **self._channel.members, **members}
        body = json.dumps(request, allow_nan=False, separators=(",", ":")).encode("ascii")
        repeatable = method not in ("learn", "flush", "act") or bool(members.get("frozen"))
        return _Call.made(self._channel, self._id, Request(method, body, repeatable))

    @staticmethod
    def _answer(call: _Call, answer: Any) -> Answer:
        if isinstance(answer, str):
            return Answer(answer)
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
            call.fail(f'an answer is {brief(answer)}, expected {{"text": "..."}} or a string')
        stop, thoughts = answer.get("stop", "end"), answer.get("thoughts", "")
        if stop == "filter":
            call.fail(
                'an answer has stop "filter", which is for models that clgym asks itself: such an answer is not graded, and an agent '
                f"does not choose what it is graded on. Say one of {', '.join(SAID_STOPS)}, or reply with an error"
            )
        if stop not in SAID_STOPS:
            call.fail(f"an answer has stop {brief(stop)}, expected one of {', '.join(SAID_STOPS)}")
        if not isinstance(thoughts, str):
            call.fail(f"an answer has thoughts {brief(thoughts)}, expected a string")
        cost = RemoteAgent._cost(call, answer.get("cost"))
        tokens, log_probabilities = answer.get("tokens", []), answer.get("log_probabilities", [])
        if not isinstance(tokens, list) or not all(type(token) is int and token >= 0 for token in tokens):
            call.fail(f"an answer has tokens {brief(tokens)}, expected a list of whole numbers from 0")
        if not isinstance(log_probabilities, list) or not all(map(_is_number, log_probabilities)):
            call.fail(f"an answer has log_probabilities {brief(log_probabilities)}, expected a list of numbers")
        return Answer(answer["text"], cost, tuple(tokens), thoughts, stop, tuple(log_probabilities))

    @staticmethod
    def _cost(call: _Call, cost: Any) -> Cost:
        names = [field.name for field in fields(Cost)]
        if cost is None:
            return Cost()
        if not isinstance(cost, dict) or not cost.keys() <= set(names):
            call.fail(f"a cost is {brief(cost)}, expected an object with some of {', '.join(names)}")
        for name, amount in cost.items():
            whole = name.endswith("_tokens")
            right = isinstance(amount, int if whole else (int, float)) and not isinstance(amount, bool)
            if not right or not 0 <= amount < math.inf:
                call.fail(f"a cost has {name} {brief(amount)}, expected a {'whole ' if whole else ''}number from 0")
        return Cost(**cost)


class _Call(NamedTuple):
    """A request that has a reply."""

    channel: Channel
    request: Request
    reply: dict[str, Any]

    @classmethod
    def made(cls, channel: Channel, id: int, request: Request) -> _Call:
        line = channel.exchange(request)
        try:
            reply = json.loads(line.decode("utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            channel.fail(request, f"it gave {brief_line(line)}, which is no JSON object{channel.advice}")
        call = cls(channel, request, reply)
        if reply.get("id") != id:
            call.fail(f"it answered with id {brief(reply.get('id'))} to the request with id {id}: {brief_line(line)}")
        if "error" in reply:
            call.fail(f"it says that it could not: {brief(reply['error'])}")
        return call

    def fail(self, trouble: str) -> NoReturn:
        self.channel.fail(self.request, trouble)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _pairs(pairs: Sequence[tuple[Conversation, str]]) -> list[Any]:
    return [[list(conversation), answer] for conversation, answer in pairs]


def experience_json(experience: Experience) -> dict[str, Any]:
    """An experience as programs and servers get it: its fields, and the prompt. The reward is ``None`` where there is no grade."""
    members = {field.name: getattr(experience, field.name) for field in fields(Experience)}
    graded = math.isfinite(experience.reward)
    return {"prompt": experience.prompt, **members, "reward": experience.reward if graded else None}


def timeout() -> float:
    """Seconds that a request may take. Raises ``InvalidSetting``."""
    given = os.environ.get(TIMEOUT_VARIABLE, "") or TIMEOUT
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InvalidSetting(f"{TIMEOUT_VARIABLE} is {given!r}, expected seconds that a request to an agent may take, such as 60.")
    return seconds


def brief(value: Any) -> str:
    """A value of a reply in an error."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 200 else text[:200] + "..."


def brief_line(line: bytes) -> str:
    """A reply in an error."""
    text = repr(line[:200].decode("utf-8", "replace").rstrip("\n"))
    return text if len(line) <= 200 else f"{text}... ({len(line):,} bytes)"
