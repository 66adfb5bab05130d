"""The service over WSGI, and on a loopback port for any HTTP client. Replies are byte for byte those of the handler.

    with serving(make_world("CL-Service-v0", level=1)) as (host, port):
        client = http.client.HTTPConnection(host, port)

One server is one run of the service: what one request changes, the next one sees.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import quote
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer, make_server

from clgym.envs.service.messages import METHODS, REASONS, Request, Response, Unreadable, request_of
from clgym.envs.service.server import Service
from clgym.envs.service.world import ServiceWorld

#: A longer body is not read.
_MOST = 1 << 20
_REFUSED = Response(400, [("Content-Type", "text/plain"), ("Content-Length", "11")], "bad request")
_UNKNOWN = Response(501, [("Content-Type", "text/plain"), ("Content-Length", "14")], "unknown method")


def app(service: Service) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A WSGI application (PEP 3333) around a running service."""

    turn = threading.Lock()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            request = _request(environ)
            with turn:
                response = service.handle(request)
        except (Unreadable, UnicodeDecodeError, ValueError):
            response = _REFUSED if environ["REQUEST_METHOD"] in METHODS else _UNKNOWN
        start_response(f"{response.status} {REASONS[response.status]}", list(response.headers))
        return [response.body.encode("utf-8", "replace")]

    return serve


def _request(environ: dict[str, Any]) -> Request:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    target = environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"), safe="/:;()@!$&'*+,=~")
    if "REQUEST_URI" not in environ and environ.get("QUERY_STRING"):
        target += "?" + environ["QUERY_STRING"]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(min(length, _MOST)).decode("utf-8")
    return request_of(environ["REQUEST_METHOD"], target, headers, body)


class _Sender(ServerHandler):
    """Sends the status line, the handler's own headers and the body, and nothing of its own: the service has no clock."""

    http_version = "1.1"

    def send_preamble(self) -> None:
        self._write(f"HTTP/1.1 {self.status}\r\n".encode("ascii"))  # type: ignore[attr-defined]

    def finish_content(self) -> None:
        """Nothing is sent after an empty body, and a 204 has no Content-Length (RFC 9110, 8.6)."""
        if not self.headers_sent:  # type: ignore[attr-defined]
            self.send_headers()

    def cleanup_headers(self) -> None:
        """The service set Content-Length where it belongs."""


class _Connection(WSGIRequestHandler):
    """Requests of one connection, one after the other, without a log."""

    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        self.close_connection = True
        self._one()
        while not self.close_connection:
            self._one()

    def _one(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536 or not self.parse_request():
            self.close_connection = True
            return
        environ = {**self.get_environ(), "REQUEST_URI": self.path}
        sender = _Sender(self.rfile, self.wfile, self.get_stderr(), environ, multithread=False)  # type: ignore[arg-type]
        sender.request_handler = self  # type: ignore[attr-defined]
        sender.run(self.server.get_app())  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection: an open one must not keep others waiting."""

    daemon_threads = True
    block_on_close = False


@contextmanager
def serving(world: ServiceWorld, service: Service | None = None) -> Iterator[tuple[str, int]]:
    """A world's service on a free loopback port, until the block ends: (host, port)."""
    running = service or Service(world.api(), world.access)
    server = make_server("127.0.0.1", 0, app(running), _Server, _Connection)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[0], server.server_port  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
