"""Where requests lead: paths to kinds of record and records, and what can be done there."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from clgym.envs.service.conventions import BY_KEY
from clgym.envs.service.messages import Request
from clgym.envs.service.records import Records
from clgym.envs.service.rules import Schema, keys_of, sentence
from clgym.envs.service.spelling import Spelling, split
from clgym.envs.service.words import CUSTOMER, STATUS, clearable

_ID = r"(?P<id>[A-Za-z]*-?[0-9]{1,9})"
_NOUN = r"(?P<noun>[A-Za-z]+)"
_TAIL = r"(?P<tail>(?:/[^/]+)*)"
_ITEMS: Mapping[str, str] = {
    "path": f"{_NOUN}/{_ID}",
    "query": _NOUN,
    "dash": f"{_NOUN}-{_ID}",
    "colon": f"{_NOUN}:{_ID}",
    "parentheses": rf"{_NOUN}\({_ID}\)",
    "flipped": f"{_ID}/{_NOUN}",
    "word": f"{_NOUN}/id/{_ID}",
}


#: A number that no record has, for examples.
NOBODY = 999


class Refusal(Exception):
    """A request that is answered with an error: what is wrong with it, what was expected instead, and which field it is about."""

    def __init__(
        self, status: int, fault: str, message: str, expected: str = "", *headers: tuple[str, str], field: str = ""
    ) -> None:
        super().__init__(message)
        self.status, self.fault, self.message, self.expected = status, fault, message, expected
        self.headers, self.field = headers, field


class Place(NamedTuple):
    """Where a path leads: a list (number None) or a record, and what follows. The kind is "" for the index of all kinds."""

    kind: str
    number: int | None
    tail: str
    query: Mapping[str, str]


class Api:
    """What a service of these rules knows before it serves: made once for all episodes of a world."""

    def __init__(self, spelling: Spelling, records: Records):
        self.spelling, self.records = spelling, records
        self.schema: Schema = records.schema
        c = self.rules = spelling.rules
        self.kinds = {spelling.noun(kind): kind for kind in self.schema}
        self._item = re.compile(re.escape(c["root"]) + "/" + _ITEMS[c["item"]] + _TAIL, re.ASCII)
        self._list = re.compile(f"{re.escape(c['root'])}/{_NOUN}{_TAIL}", re.ASCII)
        self.by_status = {text: status for status, text in spelling.statuses.items()}
        self.key_header, self.scheme = c["auth"].split(":")[0], c["auth"].partition(": ")[2]

    @functools.cached_property
    def _fields(self) -> dict[str, Mapping[str, str]]:
        return {}

    def fields(self, kind: str) -> Mapping[str, str]:
        """The fields of a kind by what the service calls them."""
        found = self._fields.get(kind)
        if found is None:
            found = self._fields[kind] = {self.spelling.field(kind, name): name for name in self.schema[kind].fields}
        return found

    @functools.cached_property
    def kind_list(self) -> tuple[str, ...]:
        """The kinds of record."""
        return tuple(self.schema)

    @functools.cached_property
    def _sentences(self) -> dict[str, tuple[str, ...]]:
        return {}

    def sentences(self, kind: str) -> tuple[str, ...]:
        """The documentation of a kind of record, or of what all requests have in common where it is ""; at level 0 of everything."""
        found = self._sentences.get(kind)
        if found is None:
            rules = self.rules
            if rules.level == 0:
                keys = tuple(rules.chosen)
            else:
                keys = tuple(keys_of(kind, self.schema[kind], rules.level)) if kind else tuple(rules.chosen.keys() & BY_KEY.keys())
            found = self._sentences[kind] = tuple(sorted(sentence(key, rules[key], rules.service) for key in keys))
        return found

    def form(self, kind: str, field: str) -> str:
        """What a field takes, in the words of the service."""
        if field != STATUS:
            return self.spelling.form(kind, field)
        return "one of " + ", ".join(sorted(self.spelling.statuses[status] for status in self.schema[kind].states))

    def place(self, request: Request) -> Place:
        """Where a request leads. Raises ``Refusal``."""
        root, path = self.rules["root"], request.path
        query = dict(request.query)
        if len(query) != len(request.query):
            raise Refusal(400, "parameter", "a query parameter comes twice", "each parameter once")
        if path.rstrip("/") in ("", root):
            return Place("", None, "" if path.rstrip("/") == root else "/", query)
        if not path.startswith(root + "/"):
            raise Refusal(404, "path", f"nothing at {shortened(path)}", f"a path that begins with {root}")
        if self.rules["slash"] == "slash":
            if not path.endswith("/"):
                raise Refusal(404, "slash", f"nothing at {shortened(path)}", "a path that ends in a slash")
            path = path[:-1]
        by_query = self.rules["item"] == "query"
        match = self._item.fullmatch(path)
        text = (query.pop("id", None) if by_query else match.group("id")) if match else None
        if match is None or text is None or match.group("noun") not in self.kinds:
            match, text = self._list.fullmatch(path), None
        if match is None or match.group("noun") not in self.kinds:
            raise Refusal(404, "path", f"nothing at {shortened(path)}", self.way_to(path))
        kind, tail = self.kinds[match.group("noun")], match.group("tail")
        if text is None:
            return Place(kind, None, tail, query)
        number = self.spelling.number(kind, text)
        if number is None:
            raise Refusal(404, "id", f"no ID is written {shortened(text)}", f"an ID like {self.spelling.id(kind, NOBODY)}")
        return Place(kind, number, tail, query)

    def way_to(self, path: str) -> str:
        """What to do about a path that leads nowhere below the root."""
        known = next((word for word in re.findall("[A-Za-z]+", path) if word in self.kinds), "")
        if known:
            kind = self.kinds[known]
            return f"a path like {self.spelling.address(kind, NOBODY)} for one record, {self.spelling.collection(kind)} for all"
        return f"one of the words that GET {self.rules['root']}/ lists"

    def actions(self, place: Place) -> dict[str, str]:
        """Method -> action at a place; empty where nothing is."""
        if not place.kind:
            return {"GET": "index"}
        return self._of_list(place) if place.number is None else self._of_record(place)

    def _of_list(self, place: Place) -> dict[str, str]:
        c, tail, actions = self.rules, place.tail, {}
        method, created = split(c["create"])
        if tail == "" or (c["filter"] == "path" and tail[1:] in self.by_status):
            actions["GET"] = "list"
        if tail == created:
            actions[method] = "create"
        return actions

    def _of_record(self, place: Place) -> dict[str, str]:
        c, tail, actions = self.rules, place.tail, {}
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
        field = self.fields(place.kind).get(tail[1:]) if c["clear"] == "DELETE" else None
        if field and clearable(field):
            actions |= {"DELETE": "clear"}
        if place.kind == CUSTOMER and c["owner"] == "nested" and tail and self.below(tail):
            actions["GET"] = "list"
        return actions

    def tails(self, place: Place) -> list[str]:
        """What may follow an address here, in the words of the service."""
        c, keys = self.rules, ("create",) if place.number is None else ("remove", "update", "act")
        tails = [split(c[key])[1] for key in keys if c[key] not in ("flag",) and not (key == "act" and c[key] == "update")]
        if place.number is None and c["filter"] == "path":
            tails.append("/STATUS")
        if place.number is not None and c["clear"] == "DELETE":
            tails.append("/FIELD")
        return sorted({tail + "/STATUS" if tail == "/mark" else tail for tail in tails if tail})

    def below(self, tail: str) -> tuple[str, str] | None:
        """Kind and status tail of a list below a customer."""
        noun, _, status = tail[1:].partition("/")
        kind = self.kinds.get(noun)
        if kind is None or kind == CUSTOMER:
            return None
        if status and (self.rules["filter"] != "path" or status not in self.by_status):
            return None
        return kind, status


def shortened(text: str) -> str:
    """A client's own words, cut, for an error."""
    return text if len(text) <= 60 else text[:59] + "…"
