"""A small HTTP server that speaks chat completions over real sockets, as well or badly as told. Fixture: ``chat_server``."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from loopback import Loopback

Reply = Callable[["Handler", dict[str, Any]], None]


def shout(request: dict[str, Any]) -> str:
    """The last message in capitals: what this model has to say to everything."""
    return request["messages"][-1]["content"].upper()


def completion(
    request: dict[str, Any], text: Any, *, finish: str = "stop", beside: dict[str, Any] | None = None, **usage: Any
) -> dict[str, Any]:
    """A chat completion; ``beside`` stands beside the content of its message."""
    size = sum(len(message["content"]) for message in request["messages"])
    counts = {"prompt_tokens": size, "completion_tokens": len(text or ""), **usage}
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **(beside or {})}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion", "model": request["model"], "choices": [choice], "usage": counts}


class Handler(BaseHTTPRequestHandler):
    server: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(raw)
        with self.server.lock:
            self.server.requests.append(request)
            self.server.keys.append(self.headers.get("Authorization", ""))
            self.server.in_flight += 1
            self.server.most = max(self.server.most, self.server.in_flight)
            reply = self.server.script.pop(0) if self.server.script else self.server.always
        try:
            reply(self, request)
        except OSError:  # whoever asked has gone
            self.close_connection = True
        finally:
            with self.server.lock:
                self.server.in_flight -= 1

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer(self, request: dict[str, Any], text: Any, **usage: Any) -> None:
        with self.server.lock:
            self.server.answered[json.dumps(request, sort_keys=True)] += 1
        self.send(200, json.dumps(completion(request, text, **usage)).encode())

    def log_message(self, *args: object) -> None:
        pass


class ChatServer(Loopback):
    """``script`` is what the next requests get, one after another; after that, ``always``."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.lock = threading.Lock()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.answered: Counter[str] = Counter()
        self.in_flight = self.most = 0
        self.script: list[Reply] = []
        self.always: Reply = ok
        self.begin()

    @property
    def url(self) -> str:
        return f"{super().url}/v1"

    def spec(self, **options: object) -> str:
        given = {"wait": 0.01, "tries": 3, **options}
        return f"openai:shouter@{self.url}?" + "&".join(f"{name}={value}" for name, value in given.items())


def ok(handler: Handler, request: dict[str, Any]) -> None:
    handler.answer(request, shout(request))


def status(code: int, body: object = None, **headers: str) -> Reply:
    said = {"error": {"message": f"no luck ({code})", "type": "test", "code": None}} if body is None else body
    return lambda handler, request: handler.send(code, json.dumps(said).encode(), **headers)


def raw(body: bytes, kind: str = "application/json") -> Reply:
    return lambda handler, request: handler.send(200, body, kind)


def hang(handler: Handler, request: dict[str, Any]) -> None:
    """Nothing at all, until the test is over."""
    handler.server.released.wait(60)
    handler.close_connection = True


def trickle(handler: Handler, request: dict[str, Any]) -> None:
    """A byte now and then: never silent, never done."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.released.is_set():
        handler.wfile.write(b" ")
        time.sleep(0.02)


def hang_up(handler: Handler, request: dict[str, Any]) -> None:
    """The connection is closed without a word."""
    handler.close_connection = True
    handler.connection.close()


def break_off(handler: Handler, request: dict[str, Any]) -> None:
    """Half of a good reply."""
    body = json.dumps(completion(request, shout(request))).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.close()
