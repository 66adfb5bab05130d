"""An agent of the registry behind the wire protocol: what runs in the process that is held (``python -m clgym.evaluate.serving``).

The first argument is JSON: the agent's name, its settings and its model, as a trial has them. Requests come on standard input, replies
go to standard output; whatever the agent prints goes to stderr.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from clgym import registry
from clgym.agent import Agent, Answer, Conversation, Experience, StreamSettings, answers_of, flush_cost, learn_cost, with_options
from clgym.errors import ClgymError, NeedsWeights
from clgym.outside import as_agent
from clgym.outside.wire import PROTOCOL

Reply = Mapping[str, Any]


class Server:
    """One agent, and a method for each request of :mod:`clgym.outside.wire`."""

    def __init__(self, make: Callable[[int], Agent]):
        self._make = make
        self._agent: Agent | None = None

    @property
    def agent(self) -> Agent:
        assert self._agent is not None  # the first request is hello
        return self._agent

    def answer(self, request: Mapping[str, Any]) -> Reply:
        """The reply to a request, its id included. What the agent cannot do is an ``error``."""
        members = {name: value for name, value in request.items() if name not in ("id", "method", "protocol")}
        try:
            return {"id": request["id"], **getattr(self, f"on_{request['method']}")(**members)}
        except Exception as cause:
            what = str(cause) if isinstance(cause, ClgymError) else f"{type(cause).__name__}: {cause}"
            return {"id": request["id"], "error": what}

    def on_hello(self, seed: int) -> Reply:
        self._agent = agent = self._make(seed)
        methods = ["act", "describe", "prepare"]
        methods += ["learn", "flush"] if agent.learns else []
        methods += ["save", "load"] if agent.saves else []
        methods += [name for name in ("log_likelihood", "divergence") if getattr(type(agent), name) is not getattr(Agent, name)]
        return {"protocol": PROTOCOL, "methods": methods, "attempts": agent.attempts, "estimated": list(agent.estimated)}

    def on_act(self, conversations: Sequence[Conversation], options: Sequence[Sequence[str]], frozen: bool) -> Reply:
        asked = [with_options(conversation, chosen) for conversation, chosen in zip(conversations, options)]
        if not frozen:
            return {"answers": [_answer_json(answer) for answer in answers_of(self.agent, asked)]}
        with self.agent.evaluating():
            return {"answers": [_answer_json(answer) for answer in answers_of(self.agent, asked)]}

    def on_learn(self, experiences: Sequence[Mapping[str, Any]]) -> Reply:
        cost = learn_cost(self.agent, [_experience(data) for data in experiences])
        return {"cost": cost.to_json()} if cost else {}

    def on_flush(self) -> Reply:
        cost = flush_cost(self.agent)
        return {"cost": cost.to_json()} if cost else {}

    def on_prepare(self, stream: Mapping[str, Any]) -> Reply:
        self.agent.prepare(StreamSettings(**{**stream, "drift_at": tuple(stream["drift_at"])}))
        return {}

    def on_save(self, folder: str) -> Reply:
        self.agent.save(Path(folder))
        return {}

    def on_load(self, folder: str, state: Any) -> Reply:
        self.agent.load(Path(folder))
        return {}

    def on_describe(self) -> Reply:
        return {"theta": dict(self.agent.describe())}

    def on_log_likelihood(self, pairs: Sequence[tuple[Conversation, str]]) -> Reply:
        return {"nats": self._nats(self.agent.log_likelihood, pairs)}

    def on_divergence(self, pairs: Sequence[tuple[Conversation, str]]) -> Reply:
        return {"nats": self._nats(self.agent.divergence, pairs)}

    def _nats(self, ask: Callable[[Sequence[tuple[Conversation, str]]], Any], pairs: Sequence[tuple[Conversation, str]]) -> Any:
        """``None`` where the model is behind an endpoint."""
        try:
            with self.agent.evaluating():
                return ask([(tuple(conversation), answer) for conversation, answer in pairs])
        except NeedsWeights:
            return None


def _answer_json(answer: Answer) -> dict[str, Any]:
    """An answer that a provider withheld counts as refused: an agent does not choose what it is graded on."""
    stop = "refusal" if answer.stop == "filter" else str(answer.stop)
    said = {"thoughts": answer.thoughts, "tokens": list(answer.tokens), "log_probabilities": list(answer.log_probabilities)}
    return {
        "text": answer.text,
        "cost": asdict(answer.cost),
        "stop": stop,
        **{name: value for name, value in said.items() if value},
    }


def _experience(data: Mapping[str, Any]) -> Experience:
    """What :func:`clgym.outside.wire.experience_json` made of one."""
    known = {field.name for field in fields(Experience)}
    made: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items() if name in known
    }
    made["reward"] = math.nan if data["reward"] is None else data["reward"]
    return Experience(**made)


def serve(server: Server, requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer one line after another until no more come."""
    for line in requests:
        body = json.dumps(server.answer(json.loads(line)), allow_nan=False, separators=(",", ":"))
        replies.write(body.encode("ascii") + b"\n")
        replies.flush()


def main(arguments: Sequence[str]) -> NoReturn:
    import clgym  # noqa: F401  (registers the envs)

    spec = json.loads(arguments[0])
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def make(seed: int) -> Agent:
        return as_agent(registry.make_agent(spec["agent"], model=spec["model"] or None, seed=seed, **spec["settings"]), seed=seed)

    serve(Server(make), sys.stdin.buffer, replies)
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
