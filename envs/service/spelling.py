"""How one service writes things: addresses, IDs, field names, values, headers, and whole requests for what is to be done."""

from __future__ import annotations

import json
import re
import zlib
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

from clgym.envs.service.rules import ANY, Rules
from clgym.envs.service.words import CUSTOMER, FIELDS, LIMITS, STATUS, STATUSES, clearable, held

#: Records on one page of a list.
PAGE = 3
#: What Retry-After says.
WAIT_SECONDS = 2
_DATE_FORMS = {
    "iso": ("{0}-{1}-{2}", r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"),
    "compact": ("{0}{1}{2}", r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
    "dotted": ("{2}.{1}.{0}", r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})"),
    "slashed": ("{1}/{2}/{0}", r"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>\d{4})"),
}
#: How the forms of values are called in the words of the service.
DATE_NAMES = {"iso": "YYYY-MM-DD", "compact": "YYYYMMDD", "dotted": "DD.MM.YYYY", "slashed": "MM/DD/YYYY"}
MONEY_NAMES = {
    "number": "a number of euros",
    "cents": "a whole number of cents",
    "text": "a string with two decimals",
    "object": "an object of value in cents and currency",
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

    def __init__(self, rules: Rules):
        self.rules = rules
        self.statuses = {status: _status(rules["status"], status) for status in STATUSES}
        self._fields: dict[tuple[str, str], str] = {}
        self._standing: dict[Access, tuple[tuple[str, str], ...]] = {}

    # Names and values

    def noun(self, kind: str) -> str:
        """The word for a kind of record in paths."""
        return self.rules[f"noun {kind}"]

    def json_id(self, kind: str, number: int) -> str | int:
        """The ID of a record as JSON: a plain number is one there too."""
        return number if self.rules["id"] == "number" else self.id(kind, number)

    def field(self, kind: str, name: str) -> str:
        """A field of a kind in the service's word and case."""
        spelled = self._fields.get((kind, name))
        if spelled is None:
            words = name if name == "deleted" else self.rules[f"field {kind}/{name}"]
            spelled = self._fields[kind, name] = cased(self.rules["case"], words)
        return spelled

    def id(self, kind: str, number: int) -> str:
        """The ID of a record."""
        form = self.rules["id"]
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
        holds = held(field)
        if canonical is None:
            return None if self.rules["clear"] != "text" else ""
        if holds == "status":
            return self.statuses[canonical]
        if holds == "owner":
            return self.json_id(CUSTOMER, canonical)
        if holds == "date":
            return _DATE_FORMS[self.rules["date"]][0].format(*canonical.split("-"))
        if holds == "enum":
            return self.rules[f"code {kind}/{field}"].split()[FIELDS[field].values.index(canonical)]
        return self._money(canonical) if holds == "money" else canonical

    def _money(self, cents: int) -> Any:
        form = self.rules["money"]
        if form == "cents":
            return cents
        if form == "number":
            return cents // 100 if cents % 100 == 0 else cents / 100
        return f"{cents // 100}.{cents % 100:02d}" if form == "text" else {"value": cents, "currency": "EUR"}

    def canonical(self, kind: str, field: str, given: Any) -> Any:
        """The canonical value of what a request says. Raises ``ValueError``."""
        if clearable(field) and self.rules["clear"] != "DELETE":
            empty = self.value(kind, field, None)
            if given == empty and type(given) is type(empty):
                return None
        canonical = self._held(kind, field, held(field), given)
        if canonical is None:
            raise ValueError
        return canonical

    def _held(self, kind: str, field: str, holds: str, given: Any) -> Any:
        """A canonical value; None where it is not written so. Whole numbers and IDs may stand in quotes."""
        if holds == "status":
            return next((status for status, text in self.statuses.items() if text == given), None)
        if holds == "enum":
            return next((value for value in FIELDS[field].values if self.value(kind, field, value) == given), None)
        if holds == "owner" and type(given) in (int, str):
            return self.number(CUSTOMER, str(given)[:20])
        if holds == "date" and isinstance(given, str):
            match = re.fullmatch(_DATE_FORMS[self.rules["date"]][1], given, re.ASCII)
            return _day("{y}-{m}-{d}".format(**match.groupdict())) if match else None
        if holds == "money":
            return self._cents(given)
        if holds == "count":
            number = int(given) if isinstance(given, str) and re.fullmatch(r"[0-9]{1,9}", given) else given
            return number if type(number) is int and 0 <= number < 10**9 else None
        return given if holds in ("text", "name") and isinstance(given, str) and 0 < len(given) <= 80 else None

    def _cents(self, given: Any) -> int | None:
        """Whole cents, read back by writing them again."""
        form = self.rules["money"]
        cents: Any = None
        if form == "number" and isinstance(given, (int, float)) and not isinstance(given, bool) and 0 <= given < 10**9:
            cents = round(given * 100)
            return cents if abs(cents - given * 100) < 1e-6 else None
        if form == "text" and isinstance(given, str) and re.fullmatch(r"[0-9]{1,9}\.[0-9]{2}", given):
            cents = int(given.replace(".", ""))
        elif form == "cents":
            cents = int(given) if isinstance(given, str) and re.fullmatch(r"[0-9]{1,9}", given) else given
        elif form == "object" and isinstance(given, dict) and given.keys() == {"value", "currency"} and given["currency"] == "EUR":
            cents = given["value"]
        return cents if isinstance(cents, int) and not isinstance(cents, bool) and 0 <= cents < 10**11 else None

    def form(self, kind: str, field: str) -> str:
        """What a field takes, in the words of the service."""
        holds, empty = held(field), ""
        if clearable(field) and self.rules["clear"] != "DELETE":
            empty = f", or {json.dumps(self.value(kind, field, None))} to empty it"
        if holds == "enum":
            return "one of " + ", ".join(sorted(str(self.value(kind, field, value)) for value in FIELDS[field].values))
        if holds in ("date", "money"):
            return (DATE_NAMES[self.rules["date"]] if holds == "date" else MONEY_NAMES[self.rules["money"]]) + empty
        return {"owner": "the ID of a customer", "count": "a whole number"}.get(holds, "a string of 1 to 80 characters") + empty

    def above_limit(self, op: Op) -> str:
        """The field that a write puts above its limit; "" for none."""
        for field, value in op.changes:
            if value is not None and held(field) in LIMITS:
                limit = self.rules[f"quota {op.kind}/{field}"]
                if limit != "none" and value > int(limit):
                    return field
        return ""

    # Addresses

    def collection(self, kind: str, tail: str = "") -> str:
        """The path of a list."""
        return self._closed(f"{self.rules['root']}/{self.noun(kind)}{tail}")

    def address(self, kind: str, number: int, tail: str = "") -> str:
        """The path (and query, where records are addressed with one) of a record or of something below it."""
        c, noun, text = self.rules, self.noun(kind), self.id(kind, number)
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
        return path + "/" if self.rules["slash"] == "slash" else path

    def cursor(self, kind: str, page: int) -> str:
        """The opaque name of a page."""
        return f"{zlib.crc32(f'{self.rules.service}/{kind}/{page}'.encode()) % 0xFFFFF:05x}"

    def page(self, kind: str, page: int) -> str:
        """The value of the query parameter that turns pages."""
        style = self.rules["paging"]
        if style in ("page", "page0"):
            return str(page - (style == "page0"))
        return str((page - 1) * PAGE) if style == "offset" else self.cursor(kind, page)

    def sorting(self, kind: str, field: str) -> str:
        """The value of the query parameter that sorts from the largest down."""
        return _DESCENDING[self.rules["descending"]].format(self.field(kind, field))

    def listing(self, op: Op, cursor: str = "") -> str:
        """The target of a list; ``cursor`` names the page where whoever asks was told its name."""
        c = self.rules
        tail = f"/{self.statuses[op.status]}" if op.status and c["filter"] == "path" else ""
        pairs = []
        if op.owner and c["owner"] == "nested":
            path = self.address(CUSTOMER, op.owner, f"/{self.noun(op.kind)}{tail}")
        else:
            path = self.collection(op.kind, tail)
            pairs += [(c["owner"], self.id(CUSTOMER, op.owner))] if op.owner else []
        pairs += [(c["filter"], self.statuses[op.status])] if op.status and not tail else []
        pairs += [(c["search"], op.search)] if op.search else []
        pairs += [(c["sort"], self.sorting(op.kind, op.sort))] if op.sort else []
        pairs += (
            [(c["turner"], cursor if cursor and c["paging"] == "cursor" else self.page(op.kind, op.page))] if op.page > 1 else []
        )
        return _queried(path, pairs)

    # Requests

    def wrapped(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A request's body around its fields."""
        form = self.rules["wrap"]
        return fields if form == "bare" else {(kind if form == "kind" else form): fields}

    def draft(self, op: Op, access: Access, *, revision: str = "", cursor: str = "", waiting: bool = False) -> Draft:
        """The request for an operation. ``revision`` is the record's, ``waiting`` says that the service wants it to wait."""
        method, target, body = self._core(op, cursor)
        headers, pairs = list(self.standing(access)), list[tuple[str, str]]()
        c = self.rules
        if op.verb == "update" and c["match"] != "none":
            value = f'"{revision}"' if c["match"] == "If-Match" else revision
            (pairs if c["match"] == "revision" else headers).append((c["match"], value))
        if op.verb == "create" and c["once"] != "none":
            headers.append((c["once"], f"t{zlib.crc32(repr(op).encode()) % 10**6:06d}"))
        if op.verb in ("create", "update") and self.above_limit(op):
            (headers if c["override"].startswith("X-") else pairs).append((c["override"], "yes"))
        if waiting:
            headers.append((c["wait"], f"wait={WAIT_SECONDS}" if c["wait"] == "Prefer" else str(WAIT_SECONDS)))
        if body is not None:
            headers.append(("Content-Type", c.media))
        return Draft(method, _queried(target, pairs), tuple(headers), body)

    def _core(self, op: Op, cursor: str) -> tuple[str, str, Any]:
        """Method, target and body, without what every request or every write needs."""
        c = self.rules
        if op.verb in ("read", "list"):
            return "GET", self.address(op.kind, op.number) if op.verb == "read" else self.listing(op, cursor), None
        if op.verb == "create":
            method, tail = split(c["create"])
            return method, self.collection(op.kind, tail), self._body(op)
        if op.verb == "remove" and c["remove"] != "flag":
            method, tail = split(c["remove"])
            return method, self.address(op.kind, op.number, tail), None
        method, tail = split(c["update"])
        body: Any = self._body(op) if op.verb == "update" else self.wrapped(op.kind, {self.field(op.kind, "deleted"): True})
        if op.verb == "update" and len(op.changes) == 1:
            ((field, value),) = op.changes
            if field == STATUS and c["act"] != "update":
                method, tail = split(c["act"])
                tail, body = (f"{tail}/{self.statuses[value]}", None) if tail == "/mark" else (tail, body)
            elif value is None and c["clear"] == "DELETE":
                method, tail, body = "DELETE", "/" + self.field(op.kind, field), None
        return method, self.address(op.kind, op.number, tail), body

    def _body(self, op: Op) -> dict[str, Any]:
        return self.wrapped(op.kind, {self.field(op.kind, name): self.value(op.kind, name, value) for name, value in op.changes})

    def standing(self, access: Access) -> tuple[tuple[str, str], ...]:
        """The headers of every request."""
        headers = self._standing.get(access)
        if headers is None:
            c = self.rules
            lines = [f"{c['auth']} {access.key}"] if c.level else []
            lines += [c["version"], f"{c['tenant']}: {access.tenant}", f"{c['client']}: desk"]
            headers = self._standing[access] = tuple(header(line) for line in lines if not line.startswith("none"))
        return headers


def gate(rules: Rules, op: Op) -> str:
    """The status from which alone an update of the status is allowed; "" where it is from any."""
    status = dict(op.changes).get(STATUS) if op.verb == "update" else None
    origin = rules[f"gate {op.kind}/{status}"] if status else ANY
    return "" if origin == ANY else origin


def split(convention: str) -> tuple[str, str]:
    """ "POST edit" as method and tail: ("POST", "/edit")."""
    method, _, tail = convention.partition(" ")
    return method, f"/{tail}" if tail else ""


def header(line: str) -> tuple[str, str]:
    """ "Name: value" as a pair."""
    name, _, value = line.partition(":")
    return name, value.strip()


def cased(case: str, name: str) -> str:
    """Words in a case of names: ``dueDate``, ``due_date``, ``due-date``, ``DueDate``."""
    words = name.split()
    if case in ("snake", "kebab"):
        return ("_" if case == "snake" else "-").join(words)
    joined = "".join(word.capitalize() for word in words)
    return joined if case == "pascal" else words[0] + joined[len(words[0]) :]


def _queried(target: str, pairs: list[tuple[str, str]]) -> str:
    """A target with further pairs after its question mark."""
    query = "&".join(f"{name}={quote(value, safe=':,')}" for name, value in pairs)
    return target + (("&" if "?" in target else "?") + query if query else "")


def _day(text: str) -> str | None:
    """A date that there is; None for others."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _status(form: str, status: str) -> str:
    return {"lower": status, "upper": status.upper(), "capital": status.capitalize(), "letter": status[0]}[form]
