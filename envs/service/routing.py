"""Where requests lead: paths to kinds of record and records, and what can be done there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from clgym.envs.service.conventions import KINDS
from clgym.envs.service.messages import Request
from clgym.envs.service.records import CLEARABLE, Records, fields_at
from clgym.envs.service.spelling import Spelling, split

_ID = r"(?P<id>[A-Za-z]*-?[0-9]{1,9})"
_TAIL = r"(?P<tail>(?:/[^/]+)*)"


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, fault: str, message: str, *headers: tuple[str, str]):
        super().__init__(message)
        self.status, self.fault, self.message, self.headers = status, fault, message, headers


class Place(NamedTuple):
    """Where a path leads: a list (number None) or a record, and what follows."""

    kind: str
    number: int | None
    tail: str
    query: Mapping[str, str]


class Api:
    """What a service of these conventions knows before it serves: made once for all episodes of a world."""

    def __init__(self, spelling: Spelling, records: Records):
        self.spelling, self.records = spelling, records
        c = spelling.conventions
        root = re.escape(c["root"])
        kinds = [kind for kind in KINDS if kind in records]
        noun = "(?P<noun>" + "|".join(re.escape(spelling.nouns[kind]) for kind in kinds) + ")"
        item = {
            "path": f"{noun}/{_ID}",
            "query": noun,
            "dash": f"{noun}-{_ID}",
            "colon": f"{noun}:{_ID}",
            "parentheses": rf"{noun}\({_ID}\)",
            "flipped": f"{_ID}/{noun}",
            "word": f"{noun}/id/{_ID}",
        }[c["item"]]
        self._item = re.compile(f"{root}/{item}{_TAIL}", re.ASCII)
        self._list = re.compile(f"{root}/{noun}{_TAIL}", re.ASCII)
        self.fields = {kind: fields_at(c.level, kind) for kind in kinds}
        self.by_status = {text: status for status, text in spelling.statuses.items()}
        self.challenge = c["auth"].split(": ")[-1] if c["auth"].startswith("Authorization") else "ApiKey"

    def place(self, request: Request) -> Place:
        """Where a request leads. Raises ``Refusal``."""
        c, path = self.spelling.conventions, request.path
        if c["slash"] == "slash":
            if not path.endswith("/"):
                raise Refusal(404, "slash", f"nothing at {path}")
            path = path[:-1]
        query = dict(request.query)
        if len(query) != len(request.query):
            raise Refusal(400, "parameter", "a query parameter comes twice")
        match = self._item.fullmatch(path)
        text = match.group("id") if match and c["item"] != "query" else query.pop("id", None) if c["item"] == "query" else None
        if match is None or text is None:
            match, text = self._list.fullmatch(path), None
        if match is None:
            raise Refusal(404, "path", f"nothing at {path}")
        kind, tail = self.spelling.kinds[match.group("noun")], match.group("tail")
        if text is None:
            return Place(kind, None, tail, query)
        number = self.spelling.number(kind, text)
        if number is None:
            raise Refusal(404, "id", f"no ID is written {text}")
        return Place(kind, number, tail, query)

    def actions(self, place: Place) -> dict[str, str]:
        """Method -> action at a place; empty where nothing is."""
        c, tail, actions = self.spelling.conventions, place.tail, {}
        if place.number is None:
            method, created = split(c["create"])
            if tail == "" or (c["filter"] == "path" and tail[1:] in self.by_status):
                actions["GET"] = "list"
            if tail == created:
                actions[method] = "create"
            return actions
        if tail == "":
            actions["GET"] = "read"
        if c["remove"] != "flag":
            method, removed = split(c["remove"])
            actions |= {method: "remove"} if tail == removed else {}
        method, updated = split(c["update"])
        actions |= {method: "update"} if tail == updated else {}
        if c["act"] != "update":
            method, acted = split(c["act"])
            marked = acted == "/mark" and tail.startswith("/mark/") and tail[6:] in self.by_status
            actions |= {method: "mark"} if marked else {method: "act"} if tail == acted != "/mark" else {}
        if c["clear"] == "DELETE" and self.spelling.known_fields.get(tail[1:]) in CLEARABLE:
            actions |= {"DELETE": "clear"} if self.spelling.known_fields[tail[1:]] in self.fields[place.kind] else {}
        if place.kind == "customer" and c["owner"] == "nested" and tail and self.below(tail):
            actions["GET"] = "list"
        return actions

    def below(self, tail: str) -> tuple[str, str] | None:
        """Kind and status tail of a list below a customer."""
        noun, _, status = tail[1:].partition("/")
        kind = self.spelling.kinds.get(noun)
        if kind is None or kind == "customer" or kind not in self.records:
            return None
        if status and (self.spelling.conventions["filter"] != "path" or status not in self.by_status):
            return None
        return kind, status
