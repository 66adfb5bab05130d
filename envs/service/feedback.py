"""What a colleague who knows the service says to a request: verdict, diagnosis, correction.

A diagnosis names what in the agent's request is not how this service does it. It quotes the agent's own words and the service's
error, never a part of the right request that the agent did not write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from clgym.core import Feedback
from clgym.envs.service.messages import Request, Response, pairs_of, tidied
from clgym.envs.service.spelling import Draft, Op, Spelling, header
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


def correction(phrasing: Phrasing, right: str, program: bool = False) -> str:
    """The right request (or program), in a sentence."""
    return phrasing.say(_PROGRAM if program else _CORRECTION, right=right)


def done(phrasing: Phrasing, wasted: int) -> Feedback:
    """The goal was reached."""
    return Feedback(phrasing.say(_DONE_LATE if wasted else _DONE))


def useful(phrasing: Phrasing, right: str, last: bool) -> Feedback:
    """A call that led on, though not to the end."""
    return Feedback(phrasing.say(_OVER if last else _ON), phrasing.say(_NEXT), correction(phrasing, right))


def harmful(phrasing: Phrasing, request: Request, right: str) -> Feedback:
    """Something was changed that must not be."""
    return Feedback(phrasing.say(_HARM), phrasing.say(_DAMAGE, line=quoted(request.line)), correction(phrasing, right))


def useless(phrasing: Phrasing, diagnosis: str, right: str, last: bool) -> Feedback:
    """A call that led nowhere."""
    return Feedback(phrasing.say(_OVER if last else _IDLE), diagnosis, correction(phrasing, right))


def diagnosis(phrasing: Phrasing, request: Request, response: Response, right: Draft, op: Op, spelling: Spelling) -> str:
    """What the service said and what differs from the request that was needed, three things at most."""
    if response.fault == "throttled":
        return phrasing.say(
            (
                "The service wants you to wait first.",
                "Too many requests: the service wants you to wait in its own way.",
                "The service is counting requests and asks you to wait.",
            )
        )
    mismatches = list(differences(request, right, op, spelling))
    if response.status < 300 and not mismatches:
        return phrasing.say(_OTHER, line=quoted(request.line))
    parts = [
        phrasing.say(_SENTENCES[what], given=quoted(given), kind=op.kind, line=quoted(request.line))
        for what, given in mismatches[:3]
    ]
    if response.status < 300:
        parts.insert(0, phrasing.say(_OTHER, line=quoted(request.line)))
    else:
        answer = f"{response.status}, {quoted(response.message)}" if response.message else str(response.status)
        parts.insert(0, f'To "{quoted(request.line)}" the service said {answer}.')
    return " ".join(map(capital, parts))


def differences(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[tuple[str, str]]:
    """(what differs, the agent's own words for it), in the order in which a reader meets them."""
    mismatches = []
    if request.method != right.method:
        mismatches.append(("method", request.method))
    mismatches += _path_differences(request, right, op, spelling)
    mismatches += _header_differences(request, right, spelling)
    return mismatches + _body_differences(request, right)


def _path_differences(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[tuple[str, str]]:
    path, _, query = right.target.partition("?")
    mismatches = []
    if request.path != path:
        mismatches += path_parts(request, right, op, spelling)
    if sorted(request.query) != sorted(pairs_of(query)):
        given = request.target.partition("?")[2]
        mismatches.append(("query", "?" + given) if given else ("no query", ""))
    return mismatches


def path_parts(request: Request, right: Draft, op: Op, spelling: Spelling) -> list[tuple[str, str]]:
    """What is wrong with a path that is not the right one."""
    root, path = spelling.conventions["root"], request.path
    mismatches = []
    if root and not path.startswith(root + "/"):
        mismatches.append(("root", "/" + path.split("/")[1]))
    kind = "customer" if op.owner and spelling.conventions["owner"] == "nested" else op.kind
    words = re.findall(r"[A-Za-z]+", path.removeprefix(root))
    if spelling.nouns[kind] not in words:
        nouns = [word for word in words if word in spelling.kinds or word.rstrip("s") in spelling.nouns]
        return [*mismatches, ("noun", [path, *words, *nouns[:1]][-1])]
    number = op.number or op.owner
    text = spelling.id(kind, number) if number else ""
    if text and text not in request.target:
        mismatches.append(("id", path))
    elif not mismatches:
        head = right.target.partition("?")[0].rstrip("/")
        mismatches.append(("tail" if path.rstrip("/") and head.startswith(path.rstrip("/")) and text in path else "address", path))
    return mismatches


def _header_differences(request: Request, right: Draft, spelling: Spelling) -> list[tuple[str, str]]:
    auth = header(f"{spelling.conventions['auth']} ?")[0].lower()
    mismatches = []
    for name, value in right.headers:
        given = request.headers.get(name.lower())
        if given == value or (given and tidied(name, given) == tidied(name, value)):
            continue
        if name == "Content-Type":
            mismatches += [("media", "")] if request.body else []
        elif name.lower() == auth:
            mismatches.append(("auth", ""))
        elif given is None:
            mismatches.append(("missing header", ""))
        elif name.lower() not in (spelling.conventions["once"].lower(), spelling.conventions["client"].lower()):
            mismatches.append(("wrong header", name))
    return mismatches


def _body_differences(request: Request, right: Draft) -> list[tuple[str, str]]:
    if right.body is None or not request.body:
        return [("body", "")] if request.body else [("no body", "")] if right.body is not None else []
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return [("json", "")]
    wanted = right.body
    if not isinstance(given, dict):
        return [("json", "")]
    inner = [value for value in wanted.values() if isinstance(value, dict)]
    if len(wanted) == 1 and inner and "currency" not in inner[0]:
        if given.keys() != wanted.keys() or not isinstance(given[next(iter(wanted))], dict):
            return [("wrap", "")]
        given, wanted = given[next(iter(wanted))], inner[0]
    elif len(given) == 1 and isinstance(next(iter(given.values())), dict) and given.keys() != wanted.keys():
        return [("wrap", "")]
    mismatches = [("field", name) for name in given if name not in wanted]
    if not mismatches and len(given) < len(wanted):
        mismatches.append(("no field", ""))
    return mismatches + [("value", name) for name in given if name in wanted and not same(wanted[name], given[name], 0.0)]
