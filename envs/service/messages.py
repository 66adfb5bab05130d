"""Requests and replies as text: HTTP/1.1 without the connection. Requests are parsed strictly, dressing is forgiven."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from clgym.errors import ClgymError
from clgym.text.answers import code, inline

#: Longer requests are not read: no right one has a tenth of it.
MAX_CHARS = 4_000
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[!-~]*")
#: RFC 9112, 3.2.2: a server takes a whole URL in the place of a path.
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?=[/?]|\Z)", re.ASCII | re.IGNORECASE)
_HTTP = frozenset(("HTTP/1.1", "HTTP/1.0", "HTTP/2", "HTTP/2.0"))
#: What separates the head of a request from its body.
_BLANK = re.compile(r"\n[ \t]*\n")

REASONS: Mapping[int, str] = {
    200: "OK",
    201: "Created",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    412: "Precondition Failed",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    501: "Not Implemented",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Unreadable(ClgymError, ValueError):
    """A text that is no HTTP request; the message says why."""


class Request(NamedTuple):
    """One request. ``headers`` have names in lower case; ``query`` has the decoded pairs of the target, in order."""

    method: str
    target: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: str = ""

    @property
    def line(self) -> str:
        """The request line, as it is quoted."""
        return f"{self.method} {self.target}"


class Response(NamedTuple):
    """One reply; ``fault`` names what was wrong with the request, ``message`` is what the service says of it ("" for neither)."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: str = ""
    fault: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        """The reply as it goes over the wire, with plain line ends."""
        return self.head + (f"\n\n{self.body}" if self.body else "")

    @property
    def head(self) -> str:
        """Status line and headers."""
        lines = [f"HTTP/1.1 {self.status} {REASONS[self.status]}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\n".join(lines)

    @property
    def shown(self) -> str:
        """As an agent sees it: what an error says in words belongs to the feedback, so its body is left out."""
        if self.status < 400:
            return self.text
        return self._replace(headers=[pair for pair in self.headers if pair[0] != "Content-Length"]).head


def parse(answer: str) -> Request:
    """The request that an answer is. Raises ``Unreadable``."""
    text = inline(code(answer, ("request",)).strip())
    if not text:
        raise Unreadable("there is nothing to send")
    if len(text) > MAX_CHARS:
        raise Unreadable(f"{len(text):,} characters are far more than one request")
    head, *rest = _BLANK.split(text, maxsplit=1)
    body = rest[0] if rest else ""
    line, *fields = head.split("\n")
    headers: dict[str, str] = {}
    for field in fields:
        name, colon, value = field.partition(":")
        if field[:1] in ("{", "["):
            raise Unreadable("a blank line has to stand before the body")
        if not colon or not _TOKEN.fullmatch(name) or not value.isascii() or not value.replace("\t", " ").isprintable():
            raise Unreadable(f'the line "{_short(field)}" is no header')
        if name.lower() in headers:
            raise Unreadable(f'the header "{_short(name)}" comes twice')
        headers[name.lower()] = value.strip()
    return request_of(*_request_line(line), headers, body.strip())


def _request_line(line: str) -> tuple[str, str]:
    words = line.split()
    if len(words) == 3 and words[2] in _HTTP:
        words.pop()
    if len(words) != 2:
        raise Unreadable(f'"{_short(line)}" is no request line: that is a method, a space and a path')
    return words[0], words[1]


def request_of(method: str, target: str, headers: Mapping[str, str], body: str) -> Request:
    """A request from its parts. Raises ``Unreadable`` for a method or a target that HTTP does not know."""
    if method not in METHODS:
        raise Unreadable(f'"{_short(method)}" is no method of HTTP')
    absolute = _ABSOLUTE.match(target) if target[:1] in "hH" else None
    if absolute:
        target = target[absolute.end() :]
        target = target if target.startswith("/") else "/" + target
    if not _TARGET.fullmatch(target) or "#" in target:
        raise Unreadable(f'"{_short(target)}" is no path: it begins with a slash and has only printable ASCII')
    path, _, query = target.partition("?")
    return Request(method, target, unquote(path) if "%" in path else path, pairs_of(query), headers, body)


def pairs_of(query: str) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of what follows a question mark."""
    pairs = []
    if query:
        for part in query.split("&"):
            name, _, value = part.partition("=")
            if "%" in part or "+" in part:
                name, value = unquote(name.replace("+", " ")), unquote(value.replace("+", " "))
            pairs.append((name, value))
    return tuple(pairs)


def tidied(name: str, value: str) -> str:
    """A header's value without what may be written either way: a media type's case and parameters, the case of a scheme."""
    if name == "Content-Type":
        return value.partition(";")[0].strip().lower()
    if name == "Authorization":
        scheme, _, key = value.partition(" ")
        return f"{scheme.lower()} {key.strip()}"
    return value


def _short(text: str) -> str:
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    return line if len(line) <= 60 else line[:59] + "…"
