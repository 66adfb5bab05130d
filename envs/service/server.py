"""The service itself: one handler, ``Service.handle(request) -> Response``, over records in memory.

Status codes and headers follow RFC 9110 (and RFC 6585 for 428 and 429); errors are problem documents (RFC 9457) that say what was
expected. The service has no clock, so its replies have no Date. ``log`` holds what was really done, as operations.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from clgym.envs.service.messages import REASONS, Request, Response, tidied
from clgym.envs.service.routing import NOBODY, Api, Place, Refusal
from clgym.envs.service.spelling import PAGE, WAIT_SECONDS, Access, Op, gate, header, split
from clgym.envs.service.words import CUSTOMER, NAME, OWNER, STATUS, held

#: Kinds of record on one page of the index.
INDEX_PAGE = 8
#: What an Accept header must name one of (RFC 9110, 12.5.1).
_ACCEPTED = frozenset(("", "*/*", "application/*", "application/json", "application/vnd.api.v2+json"))
_dump = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Service:
    """One run of a service: what was changed since its beginning, and what it did."""

    def __init__(self, api: Api, access: Access):
        self.api, self.access, self.spelling, self.rules = api, access, api.spelling, api.rules
        self.log: list[Op] = []
        self._changed: dict[tuple[str, int], dict[str, Any] | None] = {}
        self._versions: dict[tuple[str, int], int] = {}
        self._once: dict[str, tuple[Request, Response]] = {}
        self._used = 0

    @property
    def throttled(self) -> bool:
        """Whether the next request is refused unless it waits."""
        burst = self.rules["burst"]
        return burst != "none" and self._used >= int(burst)

    def record(self, kind: str, number: int) -> Mapping[str, Any] | None:
        """A record's canonical fields as they are now; None where there is none."""
        key = kind, number
        return self._changed[key] if key in self._changed else self.api.records[kind].get(number)

    def revision(self, kind: str, number: int) -> str:
        """A record's revision: other after every change."""
        version = self._versions.get((kind, number), 0)
        return f"{zlib.crc32(f'{self.rules.service}/{kind}/{number}/{version}'.encode()) % 0xFFFF:04x}"

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
            after = f"after the address, {_one_of(self.api.tails(place))}"
            expected = self.api.way_to(request.path) if place.number is None else after
            raise Refusal(404, "tail", f"nothing at {_cut(request.path)}", expected)
        allowed = [*actions, *(["HEAD"] if "GET" in actions else []), "OPTIONS"]
        if request.method == "OPTIONS":
            return self._options(place, ("Allow", ", ".join(allowed)))
        action = actions.get("GET" if request.method == "HEAD" else request.method)
        if action is None:
            what = f"{request.method} is not allowed here"
            raise Refusal(405, "method", what, _one_of(allowed), ("Allow", ", ".join(allowed)))
        if place.number is not None and self.record(place.kind, place.number) is None:
            raise Refusal(404, "absent", f"there is no {place.kind} {self.spelling.id(place.kind, place.number)}")
        return getattr(self, f"_{action}")(request, place)  # type: ignore[no-any-return]

    def _throttle(self, request: Request) -> None:
        c = self.rules
        if c["burst"] == "none":
            return
        value = f"wait={WAIT_SECONDS}" if c["wait"] == "Prefer" else str(WAIT_SECONDS)
        if request.headers.get(c["wait"].lower(), "") == value:
            self._used = 0
        elif self.throttled:
            seconds = ("Retry-After", str(WAIT_SECONDS))
            raise Refusal(429, "throttled", f"{self._used} requests in a row", f'the header "{c["wait"]}: {value}"', seconds)
        self._used += 1

    def _admit(self, request: Request) -> None:
        """What every request needs: the key, the version, the tenant, the caller, a form of reply that exists."""
        c, given = self.rules, request.headers
        if c.level == 0:
            return
        name, value = header(f"{c['auth']} {self.access.key}")
        if tidied(name, given.get(name.lower(), "")) != tidied(name, value):
            challenge = f'{self.api.scheme or "ApiKey"} realm="{c.service.lower()}", header="{name}"'
            expected = f'the key in the header "{name}: {f"{self.api.scheme} " if self.api.scheme else ""}KEY"'
            raise Refusal(401, "auth", "no valid key", expected, ("WWW-Authenticate", challenge))
        for key, wanted in (("version", c["version"]), ("tenant", f"{c['tenant']}: {self.access.tenant}")):
            name, value = header(wanted)
            if c[key] != "none" and given.get(name.lower()) != value:
                status = 406 if name == "Accept" else 400
                raise Refusal(status, key, f"no valid {key}", f'the header "{name}: {"TENANT" if key == "tenant" else value}"')
        if c["client"] != "none" and not given.get(c["client"].lower()):
            raise Refusal(400, "client", "the caller is not named", f'the header "{c["client"]}" with any name')
        if not _ACCEPTED & {kind.partition(";")[0].strip().lower() for kind in given.get("accept", "*/*").split(",")}:
            raise Refusal(406, "accept", "no such representation", "application/json")

    # Finding one's way

    def _options(self, place: Place, allow: tuple[str, str]) -> Response:
        """What is allowed here and, from level 1 on, which fields there are and what each takes."""
        if not place.kind or self.rules.level == 0:
            return Response(204, [allow])
        fields = self.api.fields(place.kind)
        return self._json(200, {"fields": {word: self.api.form(place.kind, field) for word, field in fields.items()}}, allow)

    def _index(self, request: Request, place: Place) -> Response:
        """A page of the words for kinds of record, from level 1 on with what they stand for; at "/", where that is."""
        self._no_body(request)
        root = self.rules["root"]
        if place.tail:
            return self._json(200, {"index": f"{root}/"}, ("Link", f'<{root}/>; rel="index"'))
        query = dict(place.query)
        text = query.pop("start", "0")
        self._only(query, ["start"])
        nouns = sorted(self.api.kinds)
        if not text.isdecimal() or not text.isascii() or len(text) > 4 or int(text) >= len(nouns):
            raise Refusal(400, "page", f"nothing begins at {_cut(text)}", f"a number from 0 to {len(nouns) - 1}")
        end = int(text) + INDEX_PAGE
        page = nouns[int(text) : end]
        resources = {noun: self.api.kinds[noun] + "s" for noun in page} if self.rules.level else page
        body = {"resources": resources, "total": len(nouns)}
        return self._json(200, body, *([("Link", f'<{root}/?start={end}>; rel="next"')] if end < len(nouns) else []))

    # Reading

    def _read(self, request: Request, place: Place) -> Response:
        assert place.number is not None
        self._only(place.query, [])
        self._no_body(request)
        response = self._one(200, place.kind, place.number)
        tag = dict(response.headers).get("ETag")
        if request.method == "GET":
            self.log.append(Op("read", place.kind, place.number))
        # RFC 9110, 13.1.2: a list of tags, weakly compared, or *.
        known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
        if tag and known & {tag, "*"}:
            return Response(304, [("ETag", tag)])
        return response

    def _list(self, request: Request, place: Place) -> Response:
        self._no_body(request)
        op = self._list_op(place)
        matches = self._matching(op)
        pages = max(1, -(-len(matches) // PAGE))
        if op.page > pages:
            raise Refusal(404, "page", "there is no such page", f"{pages} pages at most")
        if request.method == "GET":
            self.log.append(op)
        numbers = matches[(op.page - 1) * PAGE : op.page * PAGE]
        body: dict[str, Any] = {"items": [self._brief(op.kind, number) for number in numbers], "total": len(matches)}
        links: list[tuple[str, str]] = []
        if op.page < pages and self.rules.level >= 2:
            links.append(("Link", f'<{self.spelling.listing(op._replace(page=op.page + 1))}>; rel="next"'))
            if self.rules["paging"] == "cursor":
                body["next"] = self.spelling.cursor(op.kind, op.page + 1)
        return self._json(200, body, *links)

    def _list_op(self, place: Place) -> Op:
        c, query, level = self.rules, dict(place.query), self.rules.level
        kind, owner, tail = place.kind, 0, place.tail[1:]
        if place.number is not None:
            below = self.api.below(place.tail)
            assert below is not None
            owner, (kind, tail) = place.number, below
        names = [c["filter"]] if c["filter"] != "path" else []
        status = tail or (query.pop(c["filter"], "") if names else "")
        if status and status not in self.api.by_status:
            raise Refusal(400, "status", f"no status is written {_cut(status)}", self.api.form(kind, STATUS))
        if level >= 2:
            names += [c["turner"], *([c["search"]] if kind == CUSTOMER else [])]
            names += [c["owner"]] if c["owner"] != "nested" and kind != CUSTOMER else []
        names += [c["sort"]] if level >= 3 else []
        if c["owner"] in names and c["owner"] in query:
            owner = self._owner(query.pop(c["owner"]))
        search = query.pop(c["search"], "") if kind == CUSTOMER and level >= 2 else ""
        sort = self._sorted_by(kind, query.pop(c["sort"], "")) if level >= 3 else ""
        page = self._page(kind, query.pop(c["turner"], "")) if level >= 2 else 1
        self._only(query, names)
        return Op("list", kind, 0, (), self.api.by_status.get(status, ""), owner, search, sort, page)

    def _owner(self, text: str) -> int:
        number = self.spelling.number(CUSTOMER, text)
        if number is None or self.record(CUSTOMER, number) is None:
            raise Refusal(
                400,
                "owner",
                f"no customer has the ID {_cut(text)}",
                f"an ID like {self.spelling.id(CUSTOMER, NOBODY)} of a customer",
            )
        return number

    def _sorted_by(self, kind: str, text: str) -> str:
        if not text:
            return ""
        ways = {
            self.spelling.sorting(kind, field): field
            for field in self.api.schema[kind].fields
            if held(field) in ("money", "date", "count")
        }
        if text not in ways:
            raise Refusal(400, "sort", f"cannot sort by {_cut(text)}", _one_of(list(ways)))
        return ways[text]

    def _page(self, kind: str, text: str) -> int:
        if not text:
            return 1
        style = self.rules["paging"]
        number = int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else -1
        if style == "cursor":
            page = next((page for page in range(1, 40) if self.spelling.cursor(kind, page) == text), 0)
        elif style == "offset":
            page = number // PAGE + 1 if number % PAGE == 0 else 0
        else:
            page = number + (style == "page0")
        if page < 1:
            expected = {"cursor": 'the "next" of the page before', "offset": f"a multiple of {PAGE}", "page0": "a number from 0"}
            raise Refusal(400, "page", f"no page is called {_cut(text)}", expected.get(style, "a number from 1"))
        return page

    def _matching(self, op: Op) -> list[int]:
        """The numbers of the records that a list is about, in its order."""
        new = [n for kind, n in self._changed if kind == op.kind and n not in self.api.records[kind]]
        matches = []
        for number in (*self.api.records[op.kind], *new):
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
        for field in self.api.schema[kind].fields:
            if record and (field == NAME or held(field) == "money"):
                fields[self.spelling.field(kind, field)] = self.spelling.value(kind, field, record[field])
        return fields

    # Writing

    def _create(self, request: Request, place: Place) -> Response:
        c, kind = self.rules, place.kind
        token = request.headers.get(c["once"].lower(), "") if c["once"] != "none" else ""
        if c["once"] != "none" and len(token) < 4:
            expected = f'the header "{c["once"]}" with a token of at least four characters'
            raise Refusal(400, "once", "creating needs a token of its own", expected)
        if token in self._once:
            before, response = self._once[token]
            if before != request:
                raise Refusal(422, "once", "this token belongs to another request", "a new token")
            return response
        changes = self._changes(request, kind)
        if OWNER in self.api.schema[kind].fields and OWNER not in dict(changes):
            word = self.spelling.field(kind, OWNER)
            raise Refusal(422, "missing", f"{word} is missing", self.api.form(kind, OWNER), field=word)
        self._only(self._within_limits(request, dict(place.query), Op("create", kind, 0, changes)), [])
        number = max((*self.api.records[kind], *(n for other, n in self._changed if other == kind))) + 1
        resource = self.api.schema[kind]
        self._changed[kind, number] = {**dict.fromkeys(resource.fields), STATUS: resource.states[0], **dict(changes)}
        self.log.append(Op("create", kind, 0, changes))
        response = self._one(201, kind, number, ("Location", self.spelling.address(kind, number)))
        if token:
            self._once[token] = request, response
        return response

    def _update(self, request: Request, place: Place) -> Response:
        c = self.rules
        if c["remove"] == "flag" and self._fields(request, place.kind) == {self.spelling.field(place.kind, "deleted"): True}:
            return self._remove(request._replace(body=""), place)
        query = self._current(request, place)
        changes = self._changes(request, place.kind)
        if c["act"] != "update" and STATUS in dict(changes):
            word, (method, tail) = self.spelling.field(place.kind, STATUS), split(c["act"])
            raise Refusal(422, "act", f"{word} is not changed this way", f"{method} on the address followed by {tail}", field=word)
        return self._change(request, place, changes, query)

    def _act(self, request: Request, place: Place) -> Response:
        query = self._current(request, place)
        changes = self._changes(request, place.kind)
        if [field for field, _ in changes] != [STATUS]:
            raise Refusal(422, "act", "only the status is changed here", f"{self.spelling.field(place.kind, STATUS)} alone")
        return self._change(request, place, changes, query)

    def _mark(self, request: Request, place: Place) -> Response:
        query = self._current(request, place)
        self._no_body(request)
        status = self.api.by_status[place.tail[6:]]
        if status not in self.api.schema[place.kind].states:
            raise Refusal(422, "value", f"no {place.kind} is {status}", self.api.form(place.kind, STATUS))
        return self._change(request, place, ((STATUS, status),), query)

    def _clear(self, request: Request, place: Place) -> Response:
        query = self._current(request, place)
        self._no_body(request)
        return self._change(request, place, ((self.api.fields(place.kind)[place.tail[1:]], None),), query)

    def _change(self, request: Request, place: Place, changes: tuple[tuple[str, Any], ...], query: dict[str, str]) -> Response:
        assert place.number is not None
        key, op = (place.kind, place.number), Op("update", place.kind, place.number, changes)
        record = self.record(*key) or {}
        origin = gate(self.rules, op)
        if origin and record[STATUS] not in (origin, dict(changes)[STATUS]):
            what = f"{place.kind} {self.spelling.id(*key)} is {self.spelling.statuses[record[STATUS]]}"
            word = self.spelling.field(place.kind, STATUS)
            raise Refusal(409, "gate", what, f"{self.spelling.statuses[origin]} before this", field=word)
        self._only(self._within_limits(request, query, op), [])
        self._changed[key] = {**record, **dict(changes)}
        self._versions[key] = self._versions.get(key, 0) + 1
        self.log.append(op)
        return self._one(200, *key)

    def _within_limits(self, request: Request, query: dict[str, str], op: Op) -> dict[str, str]:
        """The query without the override, which must be there for what is above a limit and only then. Raises ``Refusal``."""
        way = self.rules["override"]
        if way == "none":
            return query
        given = (request.headers.get(way.lower(), "") if way.startswith("X-") else query.pop(way, "")).lower()
        above = self.spelling.above_limit(op)
        expected = f'the header "{way}: yes"' if way.startswith("X-") else f'the query parameter "{way}=yes"'
        if above and given not in ("yes", "true", "1"):
            limit = int(self.rules[f"quota {op.kind}/{above}"])
            shown = self.spelling.value(op.kind, above, limit)
            word = self.spelling.field(op.kind, above)
            raise Refusal(403, "quota", f"{word} is above {_dump(shown)}", expected, field=word)
        if given and not above:
            raise Refusal(400, "override", "nothing here is above a limit", f"the request without {expected}")
        return query

    def _remove(self, request: Request, place: Place) -> Response:
        assert place.number is not None
        self._only(place.query, [])
        self._no_body(request)
        self._changed[place.kind, place.number] = None
        self.log.append(Op("remove", place.kind, place.number))
        return Response(204, [])

    def _current(self, request: Request, place: Place) -> dict[str, str]:
        """The query without the revision, which must be the record's (RFC 9110, 13.1.1; RFC 6585, 3). Raises ``Refusal``."""
        assert place.number is not None
        match, query = self.rules["match"], dict(place.query)
        if match == "none":
            return query
        revision = self.revision(place.kind, place.number)
        if match == "revision":
            given, expected = query.pop("revision", ""), 'the query parameter "revision"'
        else:
            given, expected = request.headers.get(match.lower(), ""), f'the header "{match}"'
            revision = f'"{revision}"' if match == "If-Match" else revision
        expected += f" with the {'ETag' if match == 'If-Match' else 'revision'} that a read of the record shows"
        if not given:
            raise Refusal(428, "match", "the request must say which revision it changes", expected)
        # RFC 9110, 13.1.1: If-Match takes a list of tags, and * matches whatever there is.
        if given != revision and not (match == "If-Match" and {"*", revision} & {tag.strip() for tag in given.split(",")}):
            raise Refusal(412 if match == "If-Match" else 409, "stale", "the record has another revision", expected)
        return query

    def _fields(self, request: Request, kind: str) -> dict[str, Any]:
        """The fields of a body. Raises ``Refusal``."""
        c = self.rules
        wrapper = kind if c["wrap"] == "kind" else c["wrap"]
        form = "a JSON object of fields" if wrapper == "bare" else f'a JSON object {{"{wrapper}": {{...fields...}}}}'
        if not request.body:
            raise Refusal(400, "body", "the body is missing", form)
        if tidied("Content-Type", request.headers.get("content-type", "")) != c.media:
            # RFC 9110, 15.5.16: the reply says what it would have read.
            raise Refusal(415, "media", "this type of body is not read here", f"Content-Type: {c.media}", ("Accept", c.media))
        try:
            given = _decode(request.body)
            _dump(given).encode()  # no half of a character (RFC 8259, 8.2): no reply could carry it
        except (ValueError, RecursionError):
            raise Refusal(400, "json", "the body is not JSON", form) from None
        if wrapper != "bare" and isinstance(given, dict):
            if given.keys() != {wrapper}:
                raise Refusal(422, "wrap", "the body does not have the form that is expected", form)
            given = given[wrapper]
        if not isinstance(given, dict) or not given:
            raise Refusal(422, "wrap", "the body does not have the form that is expected", form)
        return given

    def _changes(self, request: Request, kind: str) -> tuple[tuple[str, Any], ...]:
        """The canonical fields of a body, in the order of the schema. Raises ``Refusal``."""
        changes: dict[str, Any] = {}
        known = self.api.fields(kind)
        for spelled, given in self._fields(request, kind).items():
            field = known.get(spelled, "")
            if not field:
                raise Refusal(422, "field", f"no field is called {_cut(spelled)}", _one_of(list(known)), field=_cut(spelled))
            try:
                changes[field] = self.spelling.canonical(kind, field, given)
                if field == OWNER and self.record(CUSTOMER, changes[field]) is None:
                    raise ValueError
                if field == STATUS and changes[field] not in self.api.schema[kind].states:
                    raise ValueError
            except ValueError:
                what = f"{spelled} cannot be {_cut(_dump(given))}"
                raise Refusal(422, "value", what, self.api.form(kind, field), field=spelled) from None
        return tuple((field, changes[field]) for field in self.api.schema[kind].fields if field in changes)

    # Replies

    def _one(self, status: int, kind: str, number: int, *headers: tuple[str, str]) -> Response:
        match = self.rules["match"]
        fields: dict[str, Any] = {"id": self.spelling.json_id(kind, number)}
        for field, value in (self.record(kind, number) or {}).items():
            fields[self.spelling.field(kind, field)] = self.spelling.value(kind, field, value)
        if match in ("X-Revision", "revision"):
            fields["revision"] = self.revision(kind, number)
        if match == "If-Match":
            headers = (*headers, ("ETag", f'"{self.revision(kind, number)}"'))
        return self._json(status, fields, *headers)

    def _json(self, status: int, body: Any, *headers: tuple[str, str], media: str = "") -> Response:
        version = self.rules["version"]
        text = _dump(body)
        kind = media or (header(version)[1] if version.startswith("Accept") else "application/json")
        length = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        return Response(status, [("Content-Type", kind), ("Content-Length", str(length)), *headers], text)

    def _error(self, refusal: Refusal) -> Response:
        """A problem document; ``expected`` and ``field`` are extension members (RFC 9457, 3.2)."""
        status = refusal.status
        body = {"type": "about:blank", "title": REASONS[status], "status": status, "detail": refusal.message}
        body |= {"expected": refusal.expected} if refusal.expected else {}
        body |= {"field": refusal.field} if refusal.field else {}
        message = f"{refusal.message} (expected: {refusal.expected})" if refusal.expected else refusal.message
        response = self._json(status, body, *refusal.headers, media="application/problem+json")
        return response._replace(fault=refusal.fault, message=message)

    @staticmethod
    def _only(query: Mapping[str, str], known: list[str]) -> None:
        """Nothing may be left of the query."""
        if query:
            what = f"no query parameter is called {_cut(next(iter(query)))}"
            raise Refusal(400, "parameter", what, _one_of(known) if known else "none here")

    @staticmethod
    def _no_body(request: Request) -> None:
        if request.body:
            raise Refusal(400, "content", "this request takes no body", "nothing after the headers")


def _one_of(words: list[str]) -> str:
    return f"one of {', '.join(words)}" if len(words) > 1 else words[0] if words else "nothing"


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
