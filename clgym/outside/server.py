"""``http://host:port/agent``: a server that gets each request of :mod:`clgym.outside.wire` as the body of a POST, and replies with JSON.

Every request has a ``session``: one for each agent, so that two trials at once are two learners on the server. A request is sent again
where it is sure that nothing has happened (no connection, 429, 503), or where that would not matter; ``learn`` is never sent twice.
"""

from __future__ import annotations

import http.client
import time
import urllib.parse
import uuid
from typing import NamedTuple

from clgym.errors import AgentServerError, InvalidSetting
from clgym.outside.wire import LONGEST_REPLY, TIMEOUT_VARIABLE, Channel, RemoteAgent, Request, brief_line, timeout
from clgym.retries import retry_after, wait_before

#: How often a request is tried, and the seconds before the second time; each wait is twice the one before.
TRIES, FIRST_WAIT = 5, 1.0

#: A server that asks for a longer pause is busy: the trial can go on later.
LONGEST_PAUSE = 180.0

#: Statuses of a server that has done nothing, and of one that may have.
_REFUSED, _BROKEN = (429, 503), (500, 502, 504)


def http_agent(address: str, *, seed: int = 0) -> RemoteAgent:
    """An agent behind ``http:`` and this address. Raises ``InvalidSetting`` for one that is none."""
    return RemoteAgent(Server(f"http:{address}"), seed)


def https_agent(address: str, *, seed: int = 0) -> RemoteAgent:
    """An agent behind ``https:`` and this address. Raises ``InvalidSetting`` for one that is none."""
    return RemoteAgent(Server(f"https:{address}"), seed)


class _Trouble(NamedTuple):
    """A try that gave nothing: what happened, whether to try again, and the wait that the server asked for."""

    text: str
    again: bool
    pause: float | None = None


class Server(Channel):
    """A server that speaks over HTTP."""

    error = AgentServerError

    def __init__(self, url: str):
        self.name = url
        try:
            self._url = urllib.parse.urlsplit(url)
            port = self._url.port
        except ValueError as cause:
            raise InvalidSetting(f"{url} is no address: {cause}.") from None
        if not self._url.hostname or port == 0:
            raise InvalidSetting(f"{url} is no address: expected http://host:port/path.")
        if self._url.username or self._url.password:
            raise InvalidSetting("an agent's address stands in every record: put no user or password into it.")
        self.members = {"session": uuid.uuid4().hex}

    def exchange(self, request: Request) -> bytes:
        attempt = 0
        while True:
            attempt += 1
            outcome = self._try(request, time.monotonic() + timeout())
            if isinstance(outcome, bytes):
                return outcome
            patient = outcome.pause is None or outcome.pause <= LONGEST_PAUSE
            if not (outcome.again and patient and attempt < TRIES):
                self.fail(request, outcome.text + (f" (tried {attempt} times)" if attempt > 1 else ""))
            time.sleep(wait_before(attempt, FIRST_WAIT) if outcome.pause is None else outcome.pause)

    def _try(self, request: Request, deadline: float) -> bytes | _Trouble:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.netloc, timeout=max(0.001, deadline - time.monotonic()))
        try:
            try:
                connection.connect()
            except (OSError, http.client.HTTPException) as cause:
                return _Trouble(f"the server cannot be reached ({cause})", again=True)
            try:
                return self._reply(connection, request, deadline)
            except TimeoutError:
                return _Trouble(
                    f"the server gave no answer within {timeout():g} s; {TIMEOUT_VARIABLE} gives it more seconds", again=False
                )
            except (OSError, http.client.HTTPException) as cause:
                return _Trouble(f"the server broke off ({type(cause).__name__}: {cause})", again=request.repeatable)
        finally:
            connection.close()

    def _reply(self, connection: http.client.HTTPConnection, request: Request, deadline: float) -> bytes | _Trouble:
        path = urllib.parse.urlunsplit(("", "", self._url.path or "/", self._url.query, ""))
        connection.request("POST", path, request.body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = self._body(connection, response, deadline)
        if len(body) > LONGEST_REPLY:
            return _Trouble(f"the server sent {brief_line(body)}, and a reply has {LONGEST_REPLY:,} bytes at most", again=False)
        if response.status == 200:
            return body
        pause = retry_after({name.lower(): value for name, value in response.getheaders()})
        asks = f" and asks to wait {pause:,.0f} s" if pause else ""
        again = response.status in _REFUSED or (response.status in _BROKEN and request.repeatable)
        return _Trouble(f"the server answers {response.status} {response.reason}{asks}: {brief_line(body)}", again, pause)

    @staticmethod
    def _body(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, deadline: float) -> bytes:
        """The reply, however slowly it comes, up to the deadline. Raises ``TimeoutError``."""
        parts: list[bytes] = []
        while sum(map(len, parts)) <= LONGEST_REPLY:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if connection.sock is not None:
                connection.sock.settimeout(left)
            part = response.read1(1 << 16)
            if not part:
                break
            parts.append(part)
        return b"".join(parts)
