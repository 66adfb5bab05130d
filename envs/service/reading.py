"""The inverse of what this family writes: goals from prompts, rules from sentences, and what a right request says of the rules.

Readers stand beside the writers (``prompts``, ``rules``, ``spelling``), and each pair has a round-trip test.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from clgym.envs.service.conventions import CATALOGUE
from clgym.envs.service.goals import CLAUSES, MONTHS, ORDINALS, Goal
from clgym.envs.service.messages import Request
from clgym.envs.service.prompts import ANSWERS, FRAMES, PYTHON
from clgym.envs.service.rules import ANY, Rules, options_of
from clgym.envs.service.spelling import Access, Op, Spelling, cased, header
from clgym.envs.service.words import CUSTOMER, FIELDS, KINDS, STATUS, STATUSES, TITLES, held


class Asked(NamedTuple):
    """What a prompt shows. ``documented`` holds the rules of a service whose documentation stands in it."""

    name: str
    goal: Goal
    access: Access
    program: bool = False
    documented: Mapping[str, str] | None = None


def _any(words: Sequence[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_SLOTS = {
    "kind": f"(?P<kind>{_any((*KINDS, CUSTOMER))})",
    "a_kind": f"an? (?P<kind>{_any(KINDS)})",
    "item": f"(?P<kind>{_any((*KINDS, CUSTOMER))}) (?P<number>[0-9]+)",
    "status": f"(?P<status>{_any(STATUSES)})",
    "field": f"(?P<field>{_any(tuple(FIELDS))})",
    "value": "(?P<value>.+?)",
    "values": "(?P<values>.+?)",
    "name": "(?P<name>[A-Z][a-z]+ [A-Z][a-z]+)",
    "nth": f"(?P<nth>{_any(ORDINALS)})",
    "n": "(?P<n>[0-9])",
    "most": "(?:largest|latest)",
}


def _pattern(template: str, slots: Mapping[str, str]) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(slots[part] if place % 2 else re.escape(part) for place, part in enumerate(parts)))


#: Those that name a customer come first: what they say of one would pass for a value in the others.
_CLAUSES = tuple(
    (task, _pattern(template, _SLOTS))
    for task, bank in sorted(CLAUSES.items(), key=lambda row: "{name}" not in row[1][0])
    for template in bank
)
_FRAMES = tuple(
    _pattern(frame, {"name": "(?P<name>[A-Z][a-z]+)", "clause": "(?P<clause>.+)", "Clause": "(?P<clause>.+)"}) for frame in FRAMES
)
_KEY = re.compile(r" Your key is (?P<key>\w+)\.(?: The tenant is (?P<tenant>\w+)\.)?")
_EURO = re.compile(r"([0-9]+)\.([0-9]{2}) euros")


@functools.lru_cache(maxsize=16384)
def understand(prompt: str) -> Asked | None:
    """What a prompt shows; ``None`` where it is none of this family's."""
    *above, job = prompt.split("\n")
    found = _KEY.search(job)
    access = Access(found["key"], found["tenant"] or "") if found else Access("", "")
    sentence = job[: found.start()] if found else job
    for tail in (*ANSWERS, *PYTHON):
        sentence = sentence.removesuffix(" " + tail)
    for frame in _FRAMES:
        match = frame.fullmatch(sentence)
        goal = _goal(match["clause"]) if match else None
        if match and goal:
            documented = dict(facts_in(" ".join(above))) if above else None
            return Asked(match["name"], goal, access, any(text in job for text in PYTHON), documented)
    return None


def _goal(text: str) -> Goal | None:
    lowered = text[:1].lower() + text[1:]
    for task, pattern in _CLAUSES:
        match = pattern.fullmatch(lowered) or pattern.fullmatch(lowered.rstrip(".?"))
        if match:
            return _made(task, match.groupdict())
    return None


def _made(task: str, slots: Mapping[str, str | None]) -> Goal | None:
    status, field = slots.get("status") or "", slots.get("field") or ""
    kind = slots.get("kind") or CUSTOMER
    changes: tuple[tuple[str, Any], ...] = ()
    if task in ("status", "top"):
        changes = ((STATUS, status),)
    elif task == "clear":
        changes = ((field, None),)
    elif field and task != "sorted":
        changes = ((field, value_of(field, slots["value"] or "")),)
    elif slots.get("values"):
        pairs = [_SET.fullmatch(part) for part in (slots["values"] or "").split(" and ")]
        changes = tuple((pair["field"], value_of(pair["field"], pair["value"])) for pair in pairs if pair)
    page = ORDINALS.index(slots["nth"] or "") + 1 if slots.get("nth") else int(slots.get("n") or 1)
    sort = field if task in ("sorted", "top") else ""
    return Goal(task, kind, int(slots.get("number") or 0), changes, status, slots.get("name") or "", sort, page)


_SET = re.compile(f"the {_SLOTS['field']} (?P<value>.+)")


def value_of(field: str, text: str) -> Any:
    """A canonical value from its English: the inverse of :func:`.goals.value_in_english`."""
    holds = held(field)
    if holds == "money":
        found = _EURO.fullmatch(text)
        return int(found[1] + found[2]) if found else 0
    if holds == "date":
        day, month, year = text.split(" ")
        return f"{year}-{MONTHS.index(month) + 1:02d}-{int(day):02d}"
    if holds == "count":
        return int(text)
    return text[1:-1] if text[1:-1] in TITLES else text


# -- sentences ------------------------------------------------------------------------------------------------------------

_KIND, _FIELD = _any((*KINDS, CUSTOMER)), _any(tuple(FIELDS))
_OF = f"The (?P<field>{_FIELD}) of an? (?P<kind>{_KIND})"
_PARTICULARS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("noun", re.compile(f'In paths, (?P<kind>{_KIND})s are called "(?P<option>[a-z]+)"\\.')),
    ("field", re.compile(f'{_OF} goes by the name "(?P<option>[a-z ]+)"\\.')),
    ("code", re.compile(f'{_OF} is written (?P<option>"\\w+" for .+)\\.')),
    (
        "gate",
        re.compile(f"An? (?P<kind>{_KIND}) becomes (?P<value>\\w+) (?:(?P<any>from any status)|only from (?P<option>\\w+))\\."),
    ),
    ("quota", re.compile(f"{_OF} is limited to (?P<option>[0-9]+)(?P<euros> euros)?\\.")),
)
_VENDOR = re.compile(r"application/vnd\.(?!api\.)[a-z]+\+json")
_CONVENTIONS = {text: (row.key, option) for row in CATALOGUE for option, text in row.options.items()}
_SENTENCE = re.compile(r"[^\n]+?\.(?=\s|\Z)")


@functools.lru_cache(maxsize=16384)
def facts_in(text: str) -> tuple[tuple[str, str], ...]:
    """Every rule that a text states in the words of :func:`.rules.sentence`: its key and option, in order."""
    found = []
    for match in _SENTENCE.finditer(text):
        sentence = match[0].strip()
        sentence = _VENDOR.sub("application/vnd.SERVICE+json", sentence)
        known = _stated(sentence) or _stated(sentence.partition(": ")[2])  # with something in front, such as "By the way: "
        if known:
            found.append(known)
    return tuple(found)


def _stated(sentence: str) -> tuple[str, str] | None:
    return _CONVENTIONS.get(sentence) or _particular(sentence)


def _particular(sentence: str) -> tuple[str, str] | None:
    for what, pattern in _PARTICULARS:
        match = pattern.fullmatch(sentence)
        if match:
            slots = match.groupdict()
            rest = "/".join(filter(None, (slots["kind"], slots.get("field"), slots.get("value"))))
            if what == "code":
                return f"code {rest}", " ".join(re.findall('"(\\w+)" for', slots["option"]))
            option = ANY if slots.get("any") else slots["option"] + ("00" if slots.get("euros") else "")
            return f"{what} {rest}", option
    return None


# -- requests -------------------------------------------------------------------------------------------------------------

#: What a text says of the rules: for each key the options under which it would have been written so.
Shown = dict[str, tuple[str, ...]]

_ITEM_FORMS: Mapping[str, str] = {
    "path": "{noun}/{id}",
    "query": "{noun}",
    "dash": "{noun}-{id}",
    "colon": "{noun}:{id}",
    "parentheses": "{noun}\\({id}\\)",
    "flipped": "{id}/{noun}",
    "word": "{noun}/id/{id}",
}


def shown_by(request: Request, op: Op, access: Access, level: int) -> Shown:
    """What the right request for an operation says of the rules: the inverse of :meth:`.spelling.Spelling.draft`.

    Every option that the request was written with is among those of its key.
    """
    shown: Shown = {}
    pairs = dict(request.query)
    _read_headers(request, access, shown)
    tail = _read_path(request, op, pairs, shown)
    _read_pairs(op, pairs, shown)
    body = _body_of(request)
    if body is not None:
        _read_body(body, op, shown)
    if tail is not None:
        _read_way(request.method, tail, op, body is not None and len(body) == 1 and _deletes(body), shown)
    _read_limits(op, shown, level)
    return {key: options for key, options in shown.items() if options}


def _read_headers(request: Request, access: Access, shown: Shown) -> None:
    by_name = _header_options()
    for name, value in request.headers.items():
        if name == "content-type":
            kept = tuple(option for option in options_of("media") if option == value)
            shown["media"] = kept or (("vendor",) if value.startswith("application/vnd.") else ())
        elif value.endswith(access.key) and access.key:
            given = f"{name}: {value.removesuffix(access.key).strip()}".strip().lower()
            shown["auth"] = tuple(option for option in options_of("auth") if option.lower() == given)
        for key, option in by_name.get(name, ()):
            if key != "version" or header(option)[1] == value:
                shown[key] = (*shown.get(key, ()), option)


@functools.lru_cache(maxsize=1)
def _header_options() -> Mapping[str, Sequence[tuple[str, str]]]:
    """The options that show in the name of a header, by that name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for key in ("version", "tenant", "client", "match", "once", "wait", "override"):
        for option in options_of(key):
            if option != "revision" and (key != "override" or option.startswith("X-")):
                found.setdefault(option.partition(":")[0].lower(), []).append((key, option))
    return found


def _read_path(request: Request, op: Op, pairs: dict[str, str], shown: Shown) -> str | None:
    """Root, address and word of the kind; gives back what follows the address, ``None`` where the path cannot be read."""
    root = next((option for option in options_of("root") if request.path.startswith(option + "/")), None)
    if root is None:
        return None
    shown["root"] = (root,)
    rest = request.path[len(root) + 1 :]
    shown["slash"] = ("slash",) if rest.endswith("/") else ("none",)
    rest = rest.rstrip("/")
    if op.verb in ("list", "create"):
        if op.owner and not any(name in pairs for name in options_of("owner")):
            return _read_nested(rest, op, pairs, shown)
        noun, _, tail = rest.partition("/")
        shown[f"noun {op.kind}"] = (noun,) if noun.isalpha() else ()
        return _read_filter(f"/{tail}" if tail else "", op, shown)
    return _read_address(rest, op.kind, op.number, pairs, shown)


def _read_nested(rest: str, op: Op, pairs: dict[str, str], shown: Shown) -> str | None:
    tail = _read_address(rest, CUSTOMER, op.owner, pairs, shown)
    if not tail:
        return None
    shown["owner"] = ("nested",)
    noun, _, more = tail[1:].partition("/")
    shown[f"noun {op.kind}"] = (noun,)
    return _read_filter(f"/{more}" if more else "", op, shown)


def _read_filter(tail: str, op: Op, shown: Shown) -> str:
    if op.verb == "list" and op.status and tail:
        shown["filter"] = ("path",)
        shown["status"] = _status_forms(op.status, tail[1:])
    return tail


def _read_address(rest: str, kind: str, number: int, pairs: dict[str, str], shown: Shown) -> str | None:
    """The word, the way and the form of the ID in an address; gives back what follows it."""
    ways = list(_ways(kind, number, pairs.get("id")))
    found = [(style, form, match) for style, form, pattern in ways if (match := pattern.fullmatch(rest))]
    pairs.pop("id", None)
    if not found:
        return None
    for key, options in (
        ("item", [style for style, _, _ in found]),
        ("id", [form for _, form, _ in found]),
        (f"noun {kind}", [match["noun"] for _, _, match in found]),
    ):
        shown[key] = tuple(dict.fromkeys(options))
    return found[0][2]["tail"]


@functools.lru_cache(maxsize=4096)
def _ways(kind: str, number: int, by_query: str | None) -> list[tuple[str, str, re.Pattern[str]]]:
    """Every way to address a record: the style, the form of its ID, and how the path reads."""
    ids = {form: Spelling(Rules("", 3, {"id": form})).id(kind, number) for form in ("number", *options_of("id"))}
    styles = {"query": _ITEM_FORMS["query"]} if by_query is not None else {k: v for k, v in _ITEM_FORMS.items() if k != "query"}
    return [
        (style, form, re.compile(way.format(noun="(?P<noun>[a-z]{3,})", id=re.escape(text)) + "(?P<tail>(?:/[^/]+)*)"))
        for style, way in styles.items()
        for form, text in ids.items()
        if by_query is None or by_query == text
    ]


def _status_forms(status: str, text: str) -> tuple[str, ...]:
    return tuple(form for form in options_of("status") if Spelling(_status_rules(form)).statuses[status] == text)


@functools.lru_cache(maxsize=8)
def _status_rules(form: str) -> Rules:
    return Rules("", 3, {"status": form})


def _read_pairs(op: Op, pairs: Mapping[str, str], shown: Shown) -> None:
    """What follows the question mark, but for the ID."""
    for key, wanted in (
        ("filter", op.status),
        ("owner", op.owner),
        ("search", op.search),
        ("sort", op.sort),
        ("turner", op.page > 1),
    ):
        names = [name for name in pairs if name in options_of(key)] if wanted else []
        for name in names[:1]:
            shown[key] = (name,)
            value = pairs[name]
            if key == "filter":
                shown["status"] = _status_forms(op.status, value)
            elif key == "owner":
                shown["id"] = _id_forms(op.owner, value)
            elif key == "sort":
                _read_sorting(op, value, shown)
            elif key == "turner":
                pages = {"page": str(op.page), "page0": str(op.page - 1), "offset": str(3 * op.page - 3)}
                shown["paging"] = tuple(style for style, text in pages.items() if text == value) or ("cursor",)
    if "revision" in pairs:
        shown["match"] = ("revision",)
    shown["override"] = shown.get("override") or tuple(name for name in pairs if name in options_of("override"))


def _id_forms(number: int, text: str) -> tuple[str, ...]:
    forms = {form: Spelling(Rules("", 3, {"id": form})).id(CUSTOMER, number) for form in ("number", *options_of("id"))}
    return tuple(form for form, written in forms.items() if written == text)


def _read_sorting(op: Op, value: str, shown: Shown) -> None:
    forms = {"minus": r"-(.+)", "colon": r"(.+):desc", "comma": r"(.+),desc", "word": r"desc-(.+)"}
    for form, pattern in forms.items():
        match = re.fullmatch(pattern, value)
        if match:
            shown["descending"] = (form,)
            _read_name(op.kind, match[1], (op.sort,), shown)


def _read_name(kind: str, name: str, fields: Sequence[str], shown: Shown) -> str:
    """The field that a name stands for, of those that may be there; "" for none."""
    for field in fields:
        ways = [(case, word) for case, word in _names(kind, field).get(name, ())]
        if ways:
            cases = tuple(dict.fromkeys(case for case, _ in ways))
            shown["case"] = tuple(case for case in shown.get("case", cases) if case in cases)
            shown[f"field {kind}/{field}"] = tuple(dict.fromkeys(word for _, word in ways))
            return field
    return ""


@functools.lru_cache(maxsize=4096)
def _names(kind: str, field: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What a field may be called -> the cases and words that make it that."""
    found: dict[str, list[tuple[str, str]]] = {}
    for word in options_of(f"field {kind}/{field}"):
        for case in options_of("case"):
            found.setdefault(cased(case, word), []).append((case, word))
    return found


def _body_of(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(request.body) if request.body else None
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _inner(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The wrapper of a body, and its fields."""
    if len(body) == 1:
        ((name, inside),) = body.items()
        if isinstance(inside, dict) and "currency" not in inside:
            return name, inside
    return "bare", body


def _deletes(body: dict[str, Any]) -> bool:
    return [name.lower() for name in _inner(body)[1]] == ["deleted"]


def _read_body(body: dict[str, Any], op: Op, shown: Shown) -> None:
    wrapper, fields = _inner(body)
    shown["wrap"] = ("kind",) if wrapper == op.kind else (wrapper,) if wrapper in options_of("wrap") else ()
    if _deletes(body) and op.verb == "remove":
        shown["case"] = ("pascal",) if "Deleted" in fields else tuple(case for case in options_of("case") if case != "pascal")
        return
    wanted = dict(op.changes)
    for name, value in fields.items():
        field = _read_name(op.kind, name, tuple(wanted), shown)
        if field:
            _read_value(op.kind, field, wanted[field], value, shown)


def _read_value(kind: str, field: str, canonical: Any, value: Any, shown: Shown) -> None:
    """How a value is written: under which options of its form it would be this."""
    holds = held(field)
    if canonical is None:
        shown["clear"] = ("text",) if value == "" else ("null",)
    elif holds == "enum":
        shown[f"code {kind}/{field}/{canonical}"] = (str(value),)
    else:
        key = {"status": "status", "owner": "id", "date": "date", "money": "money"}.get(holds)
        for option in ("number", *options_of(key)) if key == "id" else options_of(key) if key else ():
            written = Spelling(Rules("", 3, {key or "": option})).value(kind, field, canonical)
            if written == value and type(written) is type(value):
                shown[key or ""] = tuple(dict.fromkeys((*shown.get(key or "", ()), option)))


def _read_way(method: str, tail: str, op: Op, deletes: bool, shown: Shown) -> None:
    """What is done with which method, and where."""
    way = f"{method} {tail[1:]}".strip()

    def fits(key: str) -> tuple[str, ...]:
        return tuple(option for option in options_of(key) if option == way)

    if op.verb == "create":
        shown["create"] = fits("create")
    elif op.verb == "remove":
        shown["remove"] = ("flag",) if deletes else fits("remove")
        shown["update"] = fits("update") if deletes else ()
    elif op.verb == "update":
        ((field, value), *more) = op.changes
        if field == STATUS and not more:
            if tail.startswith("/mark/"):
                shown["act"], shown["status"] = ("POST mark",), _status_forms(value, tail[6:])
                return
            shown["act"] = fits("act") or ("update",)
            shown["update"] = fits("update") if shown["act"] == ("update",) else ()
        elif value is None and method == "DELETE":
            shown["clear"] = ("DELETE",)
            _read_name(op.kind, tail[1:], (field,), shown)
        else:
            shown["update"] = fits("update")


def _read_limits(op: Op, shown: Shown, level: int) -> None:
    """Whether what is written is above its limit: told where it was one number alone."""
    limited = [(field, value) for field, value in op.changes if value is not None and held(field) in ("money", "count")]
    above = bool(shown.get("override"))
    if level < 2 or op.verb not in ("create", "update") or (above and len(limited) > 1):
        return
    for field, value in limited:
        key = f"quota {op.kind}/{field}"
        shown[key] = tuple(option for option in options_of(key) if (value > int(option)) == above)


def fields_in(kind: str, record: Mapping[str, Any]) -> Shown:
    """What a record in a reply says of what fields are called."""
    shown: Shown = {}
    for name in record:
        known = _anywhere().get(name, ())
        if known:
            shown[f"field {kind}/{known[0][0]}"] = tuple(dict.fromkeys(word for _, word in known))
    return shown


@functools.lru_cache(maxsize=1)
def _anywhere() -> Mapping[str, Sequence[tuple[str, str]]]:
    """What any field may be called in any case -> the field and the word."""
    found: dict[str, list[tuple[str, str]]] = {}
    for field in FIELDS:
        for name, ways in _names(CUSTOMER, field).items():
            found.setdefault(name, []).extend((field, word) for _, word in ways)
    return found
