"""How one service writes things: addresses, IDs, field names, values, headers, and whole requests for what is to be done."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, NamedTuple
from urllib.parse import quote

from clgym.envs.service.conventions import KINDS, Conventions
from clgym.envs.service.records import CLEARABLE, FIELDS, STATUS, STATUSES

#: Records on one page of a list.
PAGE = 3
#: What Retry-After says.
WAIT_SECONDS = 2
_TURNERS = {
    "page": ("page", "p", "pageNo"),
    "offset": ("offset", "skip", "start"),
    "cursor": ("cursor", "after", "token"),
    "link": ("cursor", "after", "token"),
}
_DATE_FORMS = {
    "iso": ("{0}-{1}-{2}", r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"),
    "compact": ("{0}{1}{2}", r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
    "dotted": ("{2}.{1}.{0}", r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})"),
    "slashed": ("{1}/{2}/{0}", r"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d{4})"),
}
_DESCENDING = {"minus": "-{}", "colon": "{}:desc", "comma": "{},desc", "word": "desc-{}"}


class Op(NamedTuple):
    """What a request means, however it is written: "read", "list", "create", "update" or "remove".

    ``changes`` are canonical fields; a value of None empties one. A list has a status, an owner, a searched name, a field to
    sort by (from the largest down) and a page, counted from 1.
    """

    verb: str
    kind: str
    number: int = 0
    changes: tuple[tuple[str, Any], ...] = ()
    status: str = ""
    owner: int = 0
    search: str = ""
    sort: str = ""
    page: int = 1


class Access(NamedTuple):
    """What the prompt gives: the key and the tenant."""

    key: str
    tenant: str


class Draft(NamedTuple):
    """A request to be sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None

    @property
    def text(self) -> str:
        """As HTTP writes it, in as few characters as that takes."""
        lines = [f"{self.method} {self.target}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\n".join(lines) + ("" if self.body is None else "\n\n" + json.dumps(self.body))


class Spelling:
    """The written forms of one service."""

    def __init__(self, conventions: Conventions):
        self.conventions = c = conventions
        self.nouns = {kind: c[kind] for kind in KINDS}
        self.kinds = {noun: kind for kind, noun in self.nouns.items()}
        self.statuses = {status: _status(c["status"], status) for status in STATUSES}
        self.turner = _TURNERS[c["paging"]][int(c["turner"])]
        self._fields = {field: _cased(c["case"], field) for fields in FIELDS.values() for field in fields}
        self._fields |= {"deleted": _cased(c["case"], "deleted")}
        self._standing: dict[Access, tuple[tuple[str, str], ...]] = {}
        self.known_fields = {spelled: field for field, spelled in self._fields.items()}

    # Names and values

    def json_id(self, kind: str, number: int) -> str | int:
        """The ID of a record as JSON: a plain number is one there too."""
        return number if self.conventions["id"] == "number" else self.id(kind, number)

    def field(self, name: str) -> str:
        """A canonical field name in the service's case."""
        return self._fields[name]

    def id(self, kind: str, number: int) -> str:
        """The ID of a record."""
        form = self.conventions["id"]
        if form == "padded":
            return f"{number:05d}"
        return {"number": "", "letter": kind[0] + "-", "joined": kind[0], "kind": kind + "-"}[form] + str(number)

    def number(self, kind: str, text: str) -> int | None:
        """The number of a record from its ID; None where the ID is not written so."""
        digits = re.search(r"[0-9]{1,9}\Z", text)
        number = int(digits.group()) if digits else 0
        return number if digits and self.id(kind, number) == text else None

    def value(self, kind: str, field: str, canonical: Any) -> Any:
        """A canonical value as the service writes it in JSON."""
        held = FIELDS[kind][field]
        if canonical is None:
            return None if self.conventions["clear"] != "text" else ""
        if held == "status":
            return self.statuses[canonical]
        if held == "owner":
            return self.json_id("customer", canonical)
        if held == "date":
            return _DATE_FORMS[self.conventions["date"]][0].format(*canonical.split("-"))
        return self._money(canonical) if held == "money" else canonical

    def _money(self, cents: int) -> Any:
        form = self.conventions["money"]
        if form == "cents":
            return cents
        if form == "number":
            return cents // 100 if cents % 100 == 0 else cents / 100
        return f"{cents // 100}.{cents % 100:02d}" if form == "text" else {"value": cents, "currency": "EUR"}

    def canonical(self, kind: str, field: str, given: Any) -> Any:
        """The canonical value of what a request says. Raises ``ValueError``."""
        held = FIELDS[kind][field]
        if field in CLEARABLE and self.conventions["clear"] != "DELETE":
            if given == self.value(kind, field, None) and type(given) is type(self.value(kind, field, None)):
                return None
        canonical: Any = None
        if held == "status":
            canonical = next((status for status, text in self.statuses.items() if text == given), None)
        elif held == "owner" and type(given) is (int if self.conventions["id"] == "number" else str):
            canonical = self.number("customer", str(given)[:20])
        elif held == "date" and isinstance(given, str):
            match = re.fullmatch(_DATE_FORMS[self.conventions["date"]][1], given, re.ASCII)
            canonical = "{y}-{m}-{d}".format(**match.groupdict()) if match else None
        elif held == "money":
            canonical = self._cents(given)
        elif held == "count" and isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 10**9:
            canonical = given
        elif held == "text" and isinstance(given, str) and 0 < len(given) <= 80:
            canonical = given
        if canonical is None:
            raise ValueError
        return canonical

    def _cents(self, given: Any) -> int | None:
        """Whole cents, read back by writing them again."""
        form = self.conventions["money"]
        cents: Any = None
        if form == "number" and isinstance(given, (int, float)) and not isinstance(given, bool) and 0 <= given < 10**9:
            cents = round(given * 100)
            return cents if abs(cents - given * 100) < 1e-6 else None
        if form == "text" and isinstance(given, str) and re.fullmatch(r"[0-9]{1,9}\.[0-9]{2}", given):
            cents = int(given.replace(".", ""))
        elif form == "cents":
            cents = given
        elif form == "object" and isinstance(given, dict) and given.keys() == {"value", "currency"} and given["currency"] == "EUR":
            cents = given["value"]
        return cents if isinstance(cents, int) and not isinstance(cents, bool) and 0 <= cents < 10**11 else None

    # Addresses

    def collection(self, kind: str, tail: str = "") -> str:
        """The path of a list."""
        return self._closed(f"{self.conventions['root']}/{self.nouns[kind]}{tail}")

    def address(self, kind: str, number: int, tail: str = "") -> str:
        """The path (and query, where records are addressed with one) of a record or of something below it."""
        c, noun, text = self.conventions, self.nouns[kind], self.id(kind, number)
        style = c["item"]
        if style == "query":
            return self._closed(f"{c['root']}/{noun}{tail}") + f"?id={text}"
        body = {
            "path": f"{noun}/{text}",
            "dash": f"{noun}-{text}",
            "colon": f"{noun}:{text}",
            "parentheses": f"{noun}({text})",
            "flipped": f"{text}/{noun}",
            "word": f"{noun}/id/{text}",
        }[style]
        return self._closed(f"{c['root']}/{body}{tail}")

    def _closed(self, path: str) -> str:
        return path + "/" if self.conventions["slash"] == "slash" else path

    def cursor(self, kind: str, page: int) -> str:
        """The opaque name of a page."""
        return f"{zlib.crc32(f'{self.conventions.service}/{kind}/{page}'.encode()) % 0xFFFFF:05x}"

    def page(self, kind: str, page: int) -> str:
        """The value of the query parameter that turns pages."""
        style = self.conventions["paging"]
        if style == "page":
            return str(page - 1 + int(self.conventions["base"]))
        return str((page - 1) * PAGE) if style == "offset" else self.cursor(kind, page)

    def sorting(self, field: str) -> str:
        """The value of the query parameter that sorts from the largest down."""
        return _DESCENDING[self.conventions["descending"]].format(self.field(field))

    def listing(self, op: Op) -> str:
        """The target of a list."""
        c = self.conventions
        tail = f"/{self.statuses[op.status]}" if op.status and c["filter"] == "path" else ""
        pairs = []
        if op.owner and c["owner"] == "nested":
            path = self.address("customer", op.owner, f"/{self.nouns[op.kind]}{tail}")
        else:
            path = self.collection(op.kind, tail)
            pairs += [(c["owner"], self.id("customer", op.owner))] if op.owner else []
        pairs += [(c["filter"], self.statuses[op.status])] if op.status and not tail else []
        pairs += [(c["search"], op.search)] if op.search else []
        pairs += [(c["sort"], self.sorting(op.sort))] if op.sort else []
        pairs += [(self.turner, self.page(op.kind, op.page))] if op.page > 1 else []
        query = "&".join(f"{name}={quote(value, safe=':,')}" for name, value in pairs)
        return path + (("&" if "?" in path else "?") + query if query else "")

    # Requests

    def wrapped(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A request's body around its fields."""
        form = self.conventions["wrap"]
        return fields if form == "bare" else {(kind if form == "kind" else form): fields}

    def draft(self, op: Op, access: Access, *, revision: str = "", waited: bool = False) -> Draft:
        """The request for an operation. ``revision`` is the record's, ``waited`` says that the last answer was a 429."""
        method, target, body = self._core(op, revision)
        headers = self._headers(op, access, revision, waited)
        if body is not None:
            headers.append(("Content-Type", self.conventions.media))
        return Draft(method, target, tuple(headers), body)

    def _core(self, op: Op, revision: str) -> tuple[str, str, Any]:
        c = self.conventions
        if op.verb in ("read", "list"):
            return "GET", self.address(op.kind, op.number) if op.verb == "read" else self.listing(op), None
        if op.verb == "create":
            method, tail = split(c["create"])
            return method, self.collection(op.kind, tail), self._body(op)
        if op.verb == "remove" and c["remove"] != "flag":
            method, tail = split(c["remove"])
            return method, self.address(op.kind, op.number, tail), None
        method, tail = split(c["update"])
        body: Any = self._body(op) if op.verb == "update" else self.wrapped(op.kind, {self.field("deleted"): True})
        if op.verb == "update" and len(op.changes) == 1:
            ((field, value),) = op.changes
            if field == STATUS and c["act"] != "update":
                method, tail = split(c["act"])
                tail, body = (f"{tail}/{self.statuses[value]}", None) if tail == "/mark" else (tail, body)
            elif value is None and c["clear"] == "DELETE":
                method, tail, body = "DELETE", "/" + self.field(field), None
        target = self.address(op.kind, op.number, tail)
        if op.verb == "update" and c["match"] == "revision":
            target += ("&" if "?" in target else "?") + f"revision={revision}"
        return method, target, body

    def _body(self, op: Op) -> dict[str, Any]:
        return self.wrapped(op.kind, {self.field(name): self.value(op.kind, name, value) for name, value in op.changes})

    def standing(self, access: Access) -> tuple[tuple[str, str], ...]:
        """The headers of every request."""
        headers = self._standing.get(access)
        if headers is None:
            c = self.conventions
            lines = [f"{c['auth']} {access.key}"] if c.level else []
            lines += [c["version"], f"{c['tenant']}: {access.tenant}", f"{c['client']}: desk"]
            headers = self._standing[access] = tuple(header(line) for line in lines if not line.startswith("none"))
        return headers

    def _headers(self, op: Op, access: Access, revision: str, waited: bool) -> list[tuple[str, str]]:
        c = self.conventions
        headers = list(self.standing(access))
        if op.verb == "update" and c["match"] in ("If-Match", "X-Revision"):
            headers.append((c["match"], f'"{revision}"' if c["match"] == "If-Match" else revision))
        if op.verb == "create" and c["once"] != "none":
            headers.append((c["once"], f"t{zlib.crc32(repr(op).encode()) % 10**6:06d}"))
        if waited and c["wait"] != "repeat":
            headers.append((c["wait"], f"wait={WAIT_SECONDS}" if c["wait"] == "Prefer" else str(WAIT_SECONDS)))
        return headers


def split(convention: str) -> tuple[str, str]:
    """ "POST edit" as method and tail: ("POST", "/edit")."""
    method, _, tail = convention.partition(" ")
    return method, f"/{tail}" if tail else ""


def header(line: str) -> tuple[str, str]:
    """ "Name: value" as a pair."""
    name, _, value = line.partition(":")
    return name, value.strip()


def _cased(case: str, name: str) -> str:
    words = name.split()
    if case in ("snake", "kebab"):
        return ("_" if case == "snake" else "-").join(words)
    joined = "".join(word.capitalize() for word in words)
    return joined if case == "pascal" else words[0] + joined[len(words[0]) :]


def _status(form: str, status: str) -> str:
    return {"lower": status, "upper": status.upper(), "capital": status.capitalize(), "letter": status[0]}[form]
