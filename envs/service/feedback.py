"""What a colleague who knows the service says to a request: verdict, diagnosis, correction.

A diagnosis quotes the service's error, which says what was expected, names what in the agent's request is not how this service does it, and
states the rule behind the first of these. Now and then the colleague adds a rule about something else. Rules are stated in the words of
``rules.sentence``, so that whoever reads them may know them anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clgym.core import Feedback
from clgym.envs.service.messages import Request, Response, pairs_of, tidied
from clgym.envs.service.routing import Api
from clgym.envs.service.rules import Rules, sentence
from clgym.envs.service.spelling import Draft, Op, Spelling, header
from clgym.envs.service.words import CUSTOMER, STATUS, TAILS, held
from clgym.sandbox.types import same
from clgym.text.answers import quoted
from clgym.text.english import capital
from clgym.text.phrases import Phrasing

_DONE = ("Done.", "That did it.", "The job is done.", "Good, that is done.")
_DONE_LATE = ("Done, though it took more calls than needed.", "That did it, with calls to spare.", "Done in the end.")
_ON = ("That call worked.", "Good so far.", "That was a useful call.")
_IDLE = ("That call did not help.", "That call got you no further.", "That was not the call that was needed.")
_OVER = ("There are no calls left, and the job is not done.", "That was the last call; the job is not done.", "Out of calls.")
_HARM = ("That went wrong.", "That must not happen.", "That did damage.")
_CORRECTION = (
    "The request would have been:\n{right}",
    "This is the request that was needed:\n{right}",
    "Right would have been:\n{right}",
)
_PROGRAM = ("This program does it:\n{right}", "A program that works:\n{right}", "Right would have been:\n{right}")

_NEXT = (
    "The job is not done yet; what the service sent helps with the next call.",
    "There is more to do, with what the service sent.",
    "Go on from what the service sent.",
)
_DAMAGE = (
    '"{line}" changed something that nobody asked to be changed.',
    'Nobody asked for what "{line}" did.',
    'The service carried out "{line}", and that was not the job.',
)
_OTHER = (
    '"{line}" was carried out, but it is not what the job needs.',
    'The service understood "{line}", but the job asks for something else.',
    '"{line}" works and leads elsewhere.',
)

#: How often a colleague adds a rule that has nothing to do with the call, by level.
TIPS = (1.0, 0.5, 1.0, 1.0)
#: What stands before a rule that a colleague states: the one that was broken, or another one.
LEADS = ("Here is how it works: ", "This is the rule: ", "Remember: ", "By the way: ", "Good to know: ", "For another time: ")

#: What a difference is called -> how a colleague says it. Slots: {line}, {given}, {kind}.
_SENTENCES: Mapping[str, Sequence[str]] = {
    "root": (
        'Paths there do not begin with "{given}".',
        'No path of the service begins with "{given}".',
        'The beginning of the path, "{given}", is wrong.',
    ),
    "noun": (
        '"{given}" is not the word for {kind}s there.',
        'The service has another word for {kind}s than "{given}".',
        '{kind}s do not go by "{given}" there.',
    ),
    "address": (
        '"{given}" has the right word in it, but that is not how a path to this is built.',
        'The parts of "{given}" are not put together the way the service does it.',
        'The path "{given}" is built differently there.',
    ),
    "id": (
        'The ID in "{given}" is not the one asked for, or not written as the service writes it.',
        'Look at the ID in "{given}": that is not how this {kind} is known there.',
        '"{given}" does not name the {kind} by the ID that the service gives it.',
    ),
    "tail": (
        '"{given}" leads to the right record, but this job is done elsewhere on it.',
        'The end of "{given}" is not where this is done.',
        'The path "{given}" ends wrongly for this job.',
    ),
    "method": ("{given} is not the method for this.", "This is not done with {given}.", "The method is not {given}."),
    "gate": (
        "The {kind} cannot go there from the status that it has.",
        "From its present status the {kind} does not get there at once.",
        "There is a status that the {kind} has to pass through first.",
    ),
    "limit": (
        "This is more than may be written just like that.",
        "So much is above a limit.",
        "There is a limit, and this is above it.",
    ),
    "wait": (
        "The service wants you to wait first.",
        "Too many requests: the service wants you to wait in its own way.",
        "The service is counting requests and asks you to wait.",
    ),
    "query": (
        'The question mark part "{given}" is not what the service expects.',
        'The query "{given}" is wrong for this.',
        'What follows the question mark, "{given}", is not right.',
    ),
    "no query": ("Something has to follow a question mark here.", "The path needs a query here.", "A query parameter is missing."),
    "auth": (
        "The key did not come the way the service wants it.",
        "The key has to be sent in another way.",
        "The service did not find the key where it looks for it.",
    ),
    "missing header": (
        "A header that the service needs is missing.",
        "The service needs one more header.",
        "One of the headers that are needed was not sent.",
    ),
    "wrong header": (
        'The header "{given}" has another value than the service needs.',
        'The value of "{given}" is wrong.',
        '"{given}" is the right header with a wrong value.',
    ),
    "media": (
        "The body's Content-Type is not the one that the service reads.",
        "Bodies have another Content-Type there.",
        "Look at the Content-Type: the service does not read that one.",
    ),
    "no body": ("The request needs a body.", "The body is missing.", "There should be a JSON body after a blank line."),
    "body": ("This request takes no body.", "There should be no body here.", "The body is too much."),
    "json": ("The body is not valid JSON.", "The body cannot be read as one JSON object.", "The JSON of the body is broken."),
    "wrap": (
        "The fields do not stand where the service looks for them in the body.",
        "The body is wrapped differently there.",
        "The outside of the body is not what the service expects.",
    ),
    "field": (
        'There is no field "{given}" to be set here.',
        'The field "{given}" is not called that, or is not the one asked for.',
        '"{given}" is not the name of the field.',
    ),
    "no field": ("A field is missing in the body.", "The body leaves out a field.", "One more field is needed in the body."),
    "value": (
        'The value of "{given}" is not right, or not written as the service writes it.',
        'Look at the value of "{given}".',
        '"{given}" has a value that the service writes differently, or that was not asked for.',
    ),
}


class Difference(NamedTuple):
    """What differs from the right request, the agent's own words for it, and the rule behind it ("" for none)."""

    what: str
    given: str
    key: str = ""


def correction(phrasing: Phrasing, right: str, program: bool = False) -> str:
    """The right request (or program), in a sentence."""
    return phrasing.say(_PROGRAM if program else _CORRECTION, right=right)


def done(phrasing: Phrasing, wasted: int, tip: str) -> Feedback:
    """The goal was reached."""
    return Feedback(phrasing.say(_DONE_LATE if wasted else _DONE), tip)


def useful(phrasing: Phrasing, right: str, last: bool, tip: str) -> Feedback:
    """A call that led on, though not to the end."""
    said = " ".join(filter(None, (phrasing.say(_NEXT), tip)))
    return Feedback(phrasing.say(_OVER if last else _ON), said, correction(phrasing, right))


def harmful(phrasing: Phrasing, request: Request, right: str) -> Feedback:
    """Something was changed that must not be."""
    return Feedback(phrasing.say(_HARM), phrasing.say(_DAMAGE, line=quoted(request.line)), correction(phrasing, right))


def useless(phrasing: Phrasing, diagnosis: str, right: str, last: bool) -> Feedback:
    """A call that led nowhere."""
    return Feedback(phrasing.say(_OVER if last else _IDLE), diagnosis, correction(phrasing, right))


def stated(phrasing: Phrasing, key: str, rules: Rules) -> str:
    """The rule that was broken."""
    return phrasing.say(LEADS[:3]) + sentence(key, rules[key], rules.service)


def tip(phrasing: Phrasing, kind: str, api: Api) -> str:
    """A rule about this kind of record, another one or all requests; "" as often as :data:`TIPS` leaves it out."""
    if not phrasing.chance(TIPS[api.rules.level]):
        return ""
    about = phrasing.choice(("", kind, kind, phrasing.choice(api.kind_list)))
    return phrasing.say(LEADS[3:]) + phrasing.choice(api.sentences(about) or api.sentences(kind))


def diagnosis(phrasing: Phrasing, request: Request, response: Response, found: Sequence[Difference], op: Op, rules: Rules) -> str:
    """What the service said, what differs from the request that was needed (three things at most), and the rule behind the first."""
    line = quoted(request.line)
    if response.status < 300:
        parts = [phrasing.say(_OTHER, line=line)]
    else:
        answer = f"{response.status}, {quoted(response.message, 160)}" if response.message else str(response.status)
        parts = [f'To "{line}" the service said {answer}.']
    for difference in found[:3]:
        parts.append(phrasing.say(_SENTENCES[difference.what], given=quoted(difference.given), kind=op.kind, line=line))
    key = next((difference.key for difference in found if difference.key in rules.chosen), "")
    if key:
        parts.append(stated(phrasing, key, rules))
    return " ".join(map(capital, parts))


def differences(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[Difference]:
    """What differs from the right request, in the order in which a reader meets it."""
    found = [] if request.method == right.method else [Difference("method", request.method, way_of(op, spelling.rules))]
    found += _path_differences(request, right, op, spelling)
    found += _header_differences(request, right, op, spelling.rules)
    return found + _body_differences(request, right, op, spelling)


def way_of(op: Op, rules: Rules) -> str:
    """The rule for how an operation is done; "" where it is plain reading."""
    if op.verb in ("read", "list"):
        return ""
    if op.verb == "remove" and rules["remove"] == "flag" and rules.level == 0:
        return ""
    if op.verb == "update" and len(op.changes) == 1:
        ((field, value),) = op.changes
        if field == STATUS and rules["act"] != "update":
            return "act"
        if value is None and rules["clear"] == "DELETE":
            return "clear"
    return op.verb if rules.level else ""


def _path_differences(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[Difference]:
    path, _, query = right.target.partition("?")
    found = path_parts(request, right, op, spelling) if request.path != path else []
    wanted, given = dict(pairs_of(query)), dict(request.query)
    if sorted(request.query) != sorted(pairs_of(query)):
        name = next((name for name, value in wanted.items() if given.get(name) != value), "")
        key = _parameter(name, op, spelling.rules, name in given)
        text = request.target.partition("?")[2]
        found.append(Difference("query", "?" + text, key) if text else Difference("no query", "", key))
    return found


def _parameter(name: str, op: Op, rules: Rules, named: bool) -> str:
    """The rule behind a query parameter; ``named`` says that the agent has it, with another value."""
    if name == "id" and rules["item"] == "query":
        return "id" if named and "id" in rules.chosen else "item"
    for key, other in (
        ("filter", "status"),
        ("owner", "id"),
        ("search", ""),
        ("sort", "descending"),
        ("turner", "paging"),
        ("override", ""),
        ("match", ""),
    ):
        if name == rules[key] and key in rules.chosen:
            return (other if other in rules.chosen else "") if named else key
    return ""


def path_parts(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[Difference]:
    """What is wrong with a path that is not the right one."""
    rules, path = spelling.rules, request.path
    root, found = rules["root"], list[Difference]()
    if root and not path.startswith(root + "/"):
        found.append(Difference("root", "/" + path.split("/")[1], "root"))
    nested = bool(op.owner) and rules["owner"] == "nested"
    kinds = [CUSTOMER, op.kind] if nested else [op.kind]
    words = re.findall(r"[A-Za-z]+", path.removeprefix(root))
    for kind in kinds:
        if spelling.noun(kind) not in words:
            return [*found, Difference("noun", _word_for(kind, words, bool(found)) or path, f"noun {kind}")]
    number = op.number or (op.owner if nested else 0)
    text = spelling.id(CUSTOMER if nested else op.kind, number) if number else ""
    if text and text not in request.target:
        found.append(Difference("id", path, "id" if "id" in rules.chosen else "item"))
    elif not found:
        head = right.target.partition("?")[0].rstrip("/")
        if path.rstrip("/") and head.startswith(path.rstrip("/")) and (text in path or not text):
            at_end = path.rstrip("/") == head
            filtered = op.verb == "list" and op.status
            key = "slash" if at_end else "owner" if nested else "filter" if filtered else way_of(op, rules)
            found.append(Difference("tail", path, key))
        else:
            key = "owner" if nested else "item" if op.verb not in ("list", "create") else "filter" if op.status else "slash"
            found.append(Difference("address", path, key if key in rules.chosen else ""))
    return found


def _word_for(kind: str, words: Sequence[str], rootless: bool) -> str:
    """What an agent took for the word of a kind: not what stands where the root should be, nor what is done to a record."""
    close = [word for word in words if word.rstrip("s") == kind]
    names = [word for word in words if len(word) > 2 and word not in TAILS]
    return [*close, *(names[1:] if rootless and len(names) > 1 else names), ""][0]


def _header_differences(request: Request, right: Draft, op: Op, rules: Rules) -> list[Difference]:
    found = []
    for name, value in right.headers:
        given = request.headers.get(name.lower())
        if given == value or (given and tidied(name, given) == tidied(name, value)):
            continue
        key = _header_rule(name, rules)
        if name == "Content-Type":
            found += [Difference("media", "", "media")] if request.body else []
        elif key == "auth":
            found.append(Difference("auth", "", "auth"))
        elif given is None:
            found.append(Difference("missing header", "", key))
        elif key not in ("once", "client") or not given:
            found.append(Difference("wrong header", name, key))
    return found


def _header_rule(name: str, rules: Rules) -> str:
    """The rule behind a header of the right request."""
    keys = ("auth", "version", "tenant", "client", "match", "once", "override", "wait")
    return next((key for key in keys if header(rules[key])[0] == name), "")


def _body_differences(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[Difference]:
    if right.body is None or not request.body:
        return [Difference("body", "")] if request.body else [Difference("no body", "", "wrap")] if right.body is not None else []
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return [Difference("json", "")]
    wanted = right.body
    if not isinstance(given, dict):
        return [Difference("json", "")]
    inner = [value for value in wanted.values() if isinstance(value, dict)]
    if len(wanted) == 1 and inner and "currency" not in inner[0]:
        if given.keys() != wanted.keys() or not isinstance(given[next(iter(wanted))], dict):
            return [Difference("wrap", "", "wrap")]
        given, wanted = given[next(iter(wanted))], inner[0]
    elif len(given) == 1 and isinstance(next(iter(given.values())), dict) and given.keys() != wanted.keys():
        return [Difference("wrap", "", "wrap")]
    return _field_differences(given, wanted, op, spelling)


def _field_differences(given: dict[str, object], wanted: dict[str, object], op: Op, spelling: Spelling) -> list[Difference]:
    fields = {spelling.field(op.kind, field): field for field, _ in op.changes}
    lacking = next((field for word, field in fields.items() if word not in given), "")
    key = f"field {op.kind}/{lacking}" if lacking else "case" if op.verb == "remove" else ""
    if lacking and any(_letters(name) == _letters(spelling.field(op.kind, lacking)) for name in given):
        key = "case"
    found = [Difference("field", name, key) for name in given if name not in wanted]
    if not found and len(given) < len(wanted):
        found.append(Difference("no field", "", key))
    values = dict(op.changes)
    for name in given:
        if name in wanted and not same(wanted[name], given[name], 0.0):
            field = fields.get(name, "")
            found.append(Difference("value", name, _value_rule(op, field, values.get(field)) if field else ""))
    return found


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _value_rule(op: Op, field: str, value: object) -> str:
    """The rule behind how a value is written."""
    holds = held(field)
    if value is None:
        return "clear"
    if holds == "enum":
        return f"code {op.kind}/{field}"
    return {"status": "status", "owner": "id", "date": "date", "money": "money"}.get(holds, "")
