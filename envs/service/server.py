"""The service itself: one handler, ``Service.handle(request) -> Response``, over records in memory.

Status codes and headers follow RFC 9110 (and RFC 6585 for 428 and 429, RFC 9457 for problem documents). The service has no
clock, so its replies have no Date. ``log`` holds what was really done, as operations.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from clgym.envs.service.messages import REASONS, Request, Response, tidied
from clgym.envs.service.records import AMOUNT, DATE, NAME, OWNER, STATUS
from clgym.envs.service.routing import Api, Place, Refusal
from clgym.envs.service.spelling import PAGE, WAIT_SECONDS, Access, Op, header

_SORTABLE = (AMOUNT, DATE)
#: What an Accept header must name one of (RFC 9110, 12.5.1).
_ACCEPTED = frozenset(("", "*/*", "application/*", "application/json", "application/vnd.api.v2+json"))
_dump = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Service:
    """One run of a service: what was changed since its beginning, and what it did."""

    def __init__(self, api: Api, access: Access):
        self.api, self.access, self.spelling = api, access, api.spelling
        self.log: list[Op] = []
        self._changed: dict[tuple[str, int], dict[str, Any] | None] = {}
        self._versions: dict[tuple[str, int], int] = {}
        self._once: dict[str, tuple[Request, Response]] = {}
        self._used = 0
        self._refused: Request | None = None

    @property
    def throttled(self) -> bool:
        """Whether the next request is refused unless it waits."""
        burst = self.spelling.conventions["burst"]
        return burst != "none" and self._used >= int(burst)

    @property
    def refused(self) -> bool:
        """Whether the last request was refused for not waiting."""
        return self._refused is not None

    def record(self, kind: str, number: int) -> Mapping[str, Any] | None:
        """A record's canonical fields as they are now; None where there is none."""
        key = kind, number
        return self._changed[key] if key in self._changed else self.api.records[kind].get(number)

    def revision(self, kind: str, number: int) -> str:
        """A record's revision: other after every change."""
        version = self._versions.get((kind, number), 0)
        return f"{zlib.crc32(f'{self.spelling.conventions.service}/{kind}/{number}/{version}'.encode()) % 0xFFFF:04x}"

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = self._error(refusal)
        return response._replace(body="") if request.method == "HEAD" else response

    # The way of a request

    def _answer(self, request: Request) -> Response:
        self._throttle(request)
        self._admit(request)
        place = self.api.place(request)
        actions = self.api.actions(place)
        if not actions:
            raise Refusal(404, "tail", f"nothing at {request.path}")
        allowed = [*actions, *(["HEAD"] if "GET" in actions else []), "OPTIONS"]
        if request.method == "OPTIONS":
            return Response(204, [("Allow", ", ".join(allowed))])
        action = actions.get("GET" if request.method == "HEAD" else request.method)
        if action is None:
            raise Refusal(405, "method", f"{request.method} is not allowed here", ("Allow", ", ".join(allowed)))
        if place.number is not None and self.record(place.kind, place.number) is None:
            raise Refusal(404, "absent", f"no such record: {self.spelling.id(place.kind, place.number)}")
        return getattr(self, f"_{action}")(request, place)  # type: ignore[no-any-return]

    def _throttle(self, request: Request) -> None:
        c = self.spelling.conventions
        if c["burst"] == "none":
            return
        if c["wait"] == "repeat":
            waited = self.refused
        else:
            header_value = request.headers.get(c["wait"].lower(), "")
            waited = header_value == (f"wait={WAIT_SECONDS}" if c["wait"] == "Prefer" else str(WAIT_SECONDS))
        if waited:
            self._used = 0
        elif self.throttled:
            self._refused = request
            raise Refusal(429, "throttled", "too many requests", ("Retry-After", str(WAIT_SECONDS)))
        self._used, self._refused = self._used + 1, None

    def _admit(self, request: Request) -> None:
        """What every request needs: the key, the version, the tenant, the caller, a form of reply that exists."""
        c, given = self.spelling.conventions, request.headers
        if c.level == 0:
            return
        name, value = header(f"{c['auth']} {self.access.key}")
        if tidied(name, given.get(name.lower(), "")) != tidied(name, value):
            challenge = f'{self.api.challenge} realm="{c.service.lower()}"'
            raise Refusal(401, "auth", "no valid key", ("WWW-Authenticate", challenge))
        for key, wanted in (("version", c["version"]), ("tenant", f"{c['tenant']}: {self.access.tenant}")):
            name, value = header(wanted)
            if c[key] != "none" and given.get(name.lower()) != value:
                status = 406 if name == "Accept" else 400
                raise Refusal(status, key, f"no valid {key}" if status == 400 else "no such representation")
        if c["client"] != "none" and not given.get(c["client"].lower()):
            raise Refusal(400, "client", "the caller is not named")
        if not _ACCEPTED & {kind.partition(";")[0].strip().lower() for kind in given.get("accept", "*/*").split(",")}:
            raise Refusal(406, "accept", "no such representation")

    # Reading

    def _read(self, request: Request, place: Place) -> Response:
        assert place.number is not None
        self._only(place.query)
        self._no_body(request)
        response = self._one(200, place.kind, place.number)
        tag = dict(response.headers).get("ETag")
        if request.method == "GET":
            self.log.append(Op("read", place.kind, place.number))
        # RFC 9110, 13.1.2: a list of tags, weakly compared, or *.
        held = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
        if tag and held & {tag, "*"}:
            return Response(304, [("ETag", tag)])
        return response

    def _list(self, request: Request, place: Place) -> Response:
        self._no_body(request)
        op = self._list_op(place)
        matches = self._matching(op)
        pages = max(1, -(-len(matches) // PAGE))
        if op.page > pages:
            raise Refusal(404, "page", "there is no such page")
        if request.method == "GET":
            self.log.append(op)
        numbers = matches[(op.page - 1) * PAGE : op.page * PAGE]
        body: dict[str, Any] = {
            self.spelling.conventions["items"]: [self._brief(op.kind, number) for number in numbers],
            "total": len(matches),
        }
        headers: list[tuple[str, str]] = []
        style = self.spelling.conventions["paging"]
        if style == "cursor" and op.page < pages:
            body["next"] = self.spelling.cursor(op.kind, op.page + 1)
        if style == "link" and op.page < pages:
            headers.append(("Link", f'<{self.spelling.listing(op._replace(page=op.page + 1))}>; rel="next"'))
        return self._json(200, body, *headers)

    def _list_op(self, place: Place) -> Op:
        c, query = self.spelling.conventions, dict(place.query)
        kind, owner, tail = place.kind, 0, place.tail[1:]
        if place.number is not None:
            below = self.api.below(place.tail)
            assert below is not None
            owner, (kind, tail) = place.number, below
        status = tail or (query.pop(c["filter"], "") if c["filter"] != "path" else "")
        if status and status not in self.api.by_status:
            raise Refusal(400, "status", f"no status is written {status}")
        if c["owner"] != "nested" and kind != "customer" and c["owner"] in query:
            owner = self._owner(query.pop(c["owner"]))
        search = query.pop(c["search"], "") if kind == "customer" and c["search"] != "none" else ""
        sort = self._sorted_by(kind, query.pop(c["sort"], "")) if c.level >= 3 else ""
        page = self._page(kind, query.pop(self.spelling.turner, "")) if c.level >= 2 else 1
        self._only(query)
        return Op("list", kind, 0, (), self.api.by_status.get(status, ""), owner, search, sort, page)

    def _owner(self, text: str) -> int:
        number = self.spelling.number("customer", text)
        if number is None or self.record("customer", number) is None:
            raise Refusal(400, "owner", f"no customer has the ID {text}")
        return number

    def _sorted_by(self, kind: str, text: str) -> str:
        if not text:
            return ""
        for field in _SORTABLE:
            if field in self.api.fields[kind] and self.spelling.sorting(field) == text:
                return field
        raise Refusal(400, "sort", f"cannot sort by {text}")

    def _page(self, kind: str, text: str) -> int:
        if not text:
            return 1
        style = self.spelling.conventions["paging"]
        if style in ("cursor", "link"):
            page = next((page for page in range(1, 40) if self.spelling.cursor(kind, page) == text), 0)
        else:
            number = int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else -1
            page = (
                number + 1 - int(self.spelling.conventions["base"])
                if style == "page"
                else number // PAGE + 1
                if number % PAGE == 0
                else 0
            )
        if page < 1:
            raise Refusal(400, "page", f"no page is called {text}")
        return page

    def _matching(self, op: Op) -> list[int]:
        """The numbers of the records that a list is about, in its order."""
        numbers = [
            *self.api.records[op.kind],
            *(n for kind, n in self._changed if kind == op.kind and n not in self.api.records[kind]),
        ]
        matches = []
        for number in numbers:
            record = self.record(op.kind, number)
            if record is None or (op.status and record[STATUS] != op.status) or (op.owner and record.get(OWNER) != op.owner):
                continue
            if not op.search or op.search.casefold() == record[NAME].casefold():
                matches.append(number)
        if op.sort:
            matches.sort(key=lambda number: self.record(op.kind, number)[op.sort] or 0, reverse=True)  # type: ignore[index]
        return matches

    def _brief(self, kind: str, number: int) -> dict[str, Any]:
        """A record in a list: its ID and what tells it apart."""
        fields: dict[str, Any] = {"id": self.spelling.json_id(kind, number)}
        record = self.record(kind, number)
        for field in (NAME, AMOUNT):
            if record and field in record:
                fields[self.spelling.field(field)] = self.spelling.value(kind, field, record[field])
        return fields

    # Writing

    def _create(self, request: Request, place: Place) -> Response:
        c = self.spelling.conventions
        self._only(place.query)
        token = request.headers.get(c["once"].lower(), "") if c["once"] != "none" else ""
        if c["once"] != "none" and len(token) < 4:
            raise Refusal(400, "once", "creating needs a token of its own")
        if token in self._once:
            before, response = self._once[token]
            if before != request:
                raise Refusal(422, "once", "this token belongs to another request")
            return response
        changes = self._changes(request, place.kind)
        if OWNER in self.api.fields[place.kind] and OWNER not in dict(changes):
            raise Refusal(422, "missing", f"{self.spelling.field(OWNER)} is missing")
        number = max((*self.api.records[place.kind], *(n for kind, n in self._changed if kind == place.kind))) + 1
        self._changed[place.kind, number] = {**dict.fromkeys(self.api.fields[place.kind]), STATUS: "new", **dict(changes)}
        self.log.append(Op("create", place.kind, 0, changes))
        response = self._one(201, place.kind, number, ("Location", self.spelling.address(place.kind, number)))
        if token:
            self._once[token] = request, response
        return response

    def _update(self, request: Request, place: Place) -> Response:
        c = self.spelling.conventions
        if c["remove"] == "flag" and self._fields(request, place.kind) == {self.spelling.field("deleted"): True}:
            return self._remove(request._replace(body=""), place)
        query = self._current(request, place)
        self._only(query)
        changes = self._changes(request, place.kind)
        if c["act"] != "update" and STATUS in dict(changes):
            raise Refusal(422, "act", f"{self.spelling.field(STATUS)} is not changed this way")
        return self._change(place, changes)

    def _act(self, request: Request, place: Place) -> Response:
        self._only(self._current(request, place))
        changes = self._changes(request, place.kind)
        if [field for field, _ in changes] != [STATUS]:
            raise Refusal(422, "act", "only the status is changed here")
        return self._change(place, changes)

    def _mark(self, request: Request, place: Place) -> Response:
        self._only(self._current(request, place))
        self._no_body(request)
        return self._change(place, ((STATUS, self.api.by_status[place.tail[6:]]),))

    def _clear(self, request: Request, place: Place) -> Response:
        self._only(self._current(request, place))
        self._no_body(request)
        return self._change(place, ((self.spelling.known_fields[place.tail[1:]], None),))

    def _change(self, place: Place, changes: tuple[tuple[str, Any], ...]) -> Response:
        assert place.number is not None
        key = place.kind, place.number
        self._changed[key] = {**(self.record(*key) or {}), **dict(changes)}
        self._versions[key] = self._versions.get(key, 0) + 1
        self.log.append(Op("update", *key, changes))
        return self._one(200, *key)

    def _remove(self, request: Request, place: Place) -> Response:
        assert place.number is not None
        self._only(place.query)
        self._no_body(request)
        self._changed[place.kind, place.number] = None
        self.log.append(Op("remove", place.kind, place.number))
        return Response(204, [])

    def _current(self, request: Request, place: Place) -> dict[str, str]:
        """The query without the revision, which must be the record's (RFC 9110, 13.1.1; RFC 6585, 3). Raises ``Refusal``."""
        assert place.number is not None
        match, query = self.spelling.conventions["match"], dict(place.query)
        if match == "none":
            return query
        revision = self.revision(place.kind, place.number)
        if match == "revision":
            given = query.pop("revision", "")
        else:
            given = request.headers.get(match.lower(), "")
            revision = f'"{revision}"' if match == "If-Match" else revision
        if not given:
            raise Refusal(428, "match", "the request must say which revision it changes")
        # RFC 9110, 13.1.1: If-Match takes a list of tags, and * matches whatever there is.
        if given != revision and not (match == "If-Match" and {"*", revision} & {tag.strip() for tag in given.split(",")}):
            raise Refusal(412 if match == "If-Match" else 409, "stale", "the record has another revision")
        return query

    def _fields(self, request: Request, kind: str) -> dict[str, Any]:
        """The fields of a body. Raises ``Refusal``."""
        c = self.spelling.conventions
        if not request.body:
            raise Refusal(400, "body", "the body is missing")
        if tidied("Content-Type", request.headers.get("content-type", "")) != c.media:
            raise Refusal(415, "media", "this type of body is not read here")
        try:
            given = _decode(request.body)
            _dump(given).encode()  # no half of a character (RFC 8259, 8.2): no reply could carry it
        except (ValueError, RecursionError):
            raise Refusal(400, "json", "the body is not JSON") from None
        wrapper = kind if c["wrap"] == "kind" else c["wrap"]
        if wrapper != "bare" and isinstance(given, dict):
            if given.keys() != {wrapper}:
                raise Refusal(422, "wrap", "the body does not have the form that is expected")
            given = given[wrapper]
        if not isinstance(given, dict) or not given:
            raise Refusal(422, "wrap", "the body does not have the form that is expected")
        return given

    def _changes(self, request: Request, kind: str) -> tuple[tuple[str, Any], ...]:
        """The canonical fields of a body, in the order of the catalogue. Raises ``Refusal``."""
        changes: dict[str, Any] = {}
        for spelled, given in self._fields(request, kind).items():
            field = self.spelling.known_fields.get(spelled, "")
            if field not in self.api.fields[kind]:
                raise Refusal(422, "field", f"no field is called {_cut(spelled)}")
            try:
                changes[field] = self.spelling.canonical(kind, field, given)
            except ValueError:
                raise Refusal(422, "value", f"{spelled} cannot be {_cut(_dump(given))}") from None
            if field == OWNER and self.record("customer", changes[field]) is None:
                raise Refusal(422, "value", f"{spelled} cannot be {_cut(_dump(given))}")
        return tuple((field, changes[field]) for field in self.api.fields[kind] if field in changes)

    # Replies

    def _one(self, status: int, kind: str, number: int, *headers: tuple[str, str]) -> Response:
        c = self.spelling.conventions
        fields: dict[str, Any] = {"id": self.spelling.json_id(kind, number)}
        for field, value in (self.record(kind, number) or {}).items():
            fields[self.spelling.field(field)] = self.spelling.value(kind, field, value)
        if c["match"] in ("X-Revision", "revision"):
            fields["revision"] = self.revision(kind, number)
        if c["match"] == "If-Match":
            headers = (*headers, ("ETag", f'"{self.revision(kind, number)}"'))
        wrapper = kind if c["envelope"] == "kind" else c["envelope"]
        return self._json(status, fields if wrapper == "bare" else {wrapper: fields}, *headers)

    def _json(self, status: int, body: Any, *headers: tuple[str, str], media: str = "") -> Response:
        version = self.spelling.conventions["version"]
        text = _dump(body)
        kind = media or (header(version)[1] if version.startswith("Accept") else "application/json")
        length = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        return Response(status, [("Content-Type", kind), ("Content-Length", str(length)), *headers], text)

    def _error(self, refusal: Refusal) -> Response:
        message, status = refusal.message, refusal.status
        form = self.spelling.conventions["error"]
        body: dict[str, Any] = {"error": message}
        if form == "message":
            body = {"code": status, "message": message}
        elif form == "errors":
            body = {"errors": [{"detail": message}]}
        elif form == "problem":
            body = {"type": "about:blank", "title": REASONS[status], "status": status, "detail": message}
        media = "application/problem+json" if form == "problem" else "application/json"
        return self._json(status, body, *refusal.headers, media=media)._replace(fault=refusal.fault, message=message)

    @staticmethod
    def _only(query: Mapping[str, str]) -> None:
        """Nothing may be left of the query."""
        if query:
            raise Refusal(400, "parameter", f"no query parameter is called {_cut(next(iter(query)))}")

    @staticmethod
    def _no_body(request: Request) -> None:
        if request.body:
            raise Refusal(400, "content", "this request takes no body")


def _cut(text: str) -> str:
    return quote(text if len(text) <= 40 else text[:39], safe=" !\"#$&'()*+,-./:;<=>?@[]^_`{|}~", errors="replace")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError
    return mapping


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode
