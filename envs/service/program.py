"""Programs that call the service: ``request(method, target, headers, body)`` in Python, run in the sandbox.

The service stays on this side. A program is run until it asks for a request that has no reply yet, the request is handled here,
and the program is run again with one reply more: programs are deterministic, so they come by the same way to the next
request. The guest thus never holds the service's conventions, and cannot forge what it did.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from clgym.core import Episode, Feedback, Grade, Turn, failed
from clgym.envs.service import feedback
from clgym.envs.service.episode import Course, close_to
from clgym.envs.service.goals import Drawn, Goal, plan
from clgym.envs.service.messages import Request, Response, Unreadable, request_of
from clgym.envs.service.routing import Api
from clgym.envs.service.rules import Rules
from clgym.envs.service.spelling import Access, Draft, Op, Spelling
from clgym.envs.service.words import CUSTOMER, STATUS
from clgym.errors import SandboxUnavailable
from clgym.sandbox import Limits, Program, Result, run
from clgym.text.answers import code, quoted
from clgym.text.phrases import Phrasing

_LIMITS = Limits(steps=50_000, output_chars=60_000, seconds=1.0)
_LONGEST = 4_000
_MARK = "\x1e"
#: What stands before a program.
_PRELUDE = """\
def _make(replies, mark):
    import json
    class Reply:
        def __init__(self, status, headers, body):
            self.status, self.headers, self.body = status, headers, body
        def __repr__(self):
            return f"Reply({self.status}, {self.headers!r}, {self.body!r})"
    class NotAnswered(BaseException):
        pass
    queue = iter(replies)
    def request(method, target, headers=None, body=None):
        try:
            text = json.dumps([method, target, dict(headers or {}), body])
        except (TypeError, ValueError) as odd:
            raise TypeError("a request has a method, a target, a dict of headers and a body of JSON") from odd
        known = next(queue, None)
        if known is None:
            print("\\n" + mark + text + mark)
            raise NotAnswered
        return Reply(*known)
    return request
"""
_PRELUDE_LINES = _PRELUDE.count("\n") + 2


class Progress(NamedTuple):
    """A run as far as it got: the request it asks for (None at its end), and how it ended."""

    call: Any
    result: Result


@functools.lru_cache(maxsize=512)
def _run(source: str, replies: str) -> Progress:
    """Run a program with the replies known so far, as JSON: a pure function, as programs have no clock and no chance.

    Raises ``SandboxUnavailable`` where no worker can be had.
    """
    known = f"request = _make(_json.loads({json.dumps(replies)}), {_MARK!r}); del _make, _json\n"
    result = run(Program("python", f"{_PRELUDE}import json as _json\n{known}{source}"), (), _LIMITS).results[0]
    if result.status == "failed":
        raise SandboxUnavailable("no sandbox worker could be kept alive")
    before, mark, rest = result.console.partition("\n" + _MARK)
    if not mark:
        return Progress(None, result)
    try:
        call = json.loads(rest.partition(_MARK)[0])
    except ValueError:
        call = []
    return Progress(call, replace(result, console=before))


def _request(call: Any) -> Request:
    """The request that a program asks for. Raises ``Unreadable``."""
    if not isinstance(call, list) or len(call) != 4:
        raise Unreadable("a request has a method, a target, headers and a body")
    method, target, headers, body = call
    if not isinstance(method, str) or not isinstance(target, str):
        raise Unreadable("method and target must be text")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return request_of(method, target, {str(name).lower(): str(value) for name, value in headers.items()}, text)


def _reply(response: Response) -> list[Any]:
    try:
        body = json.loads(response.body) if response.body else None
    except ValueError:
        body = response.body
    return [response.status, dict(response.headers), body]


class ProgramEpisode(Episode):
    """One program; it makes as many calls as requests as text may take turns."""

    def __init__(self, api: Api, access: Access, drawn: Drawn, labels: Sequence[str]):
        self._api, self._access, self._drawn, self._labels = api, access, drawn, labels

    def solve(self) -> str:
        return program_for(self._api.spelling, self._access, self._drawn.goal)

    def step(self, answer: str) -> Turn:
        phrasing, right = Phrasing(*self._labels, answer), self.solve()
        source = code(answer)
        correction = feedback.correction(phrasing, right, program=True)
        if not source.strip():
            return _end("", _unread("There is no program.", correction))
        if len(source) > _LONGEST:
            return _end("", _unread(f"{len(source):,} characters are far more than this takes.", correction))
        try:
            return self._played(source, phrasing, correction)
        except SandboxUnavailable as why:
            return _end("", failed(str(why)))

    def _played(self, source: str, phrasing: Phrasing, correction: str) -> Turn:
        course = Course(self._api, self._access, self._drawn)
        replies: list[Any] = []
        lines: list[str] = []
        close, note = 0.0, ""
        while True:
            call, result = _run(source, json.dumps(replies))
            if call is None:
                break
            op, right = course.next()
            try:
                request = _request(call)
            except Unreadable as why:
                note = f"A request could not be sent: {why}."
                break
            response, useful = course.send(request)
            lines.append(f"{request.line}\n{response.shown}")
            replies.append(_reply(response))
            if not useful and not course.reached:
                found = course.differences(request, response, op, right)
                note = feedback.diagnosis(phrasing, request, response, found, op, course.rules)
                close = 0.0 if course.harmed or course.rules.level else close_to(request, right, len(found))
            if course.over:
                break
        transcript = "\n\n".join(filter(None, [*lines, result.console.strip("\n")[:2000]]))
        return _end(transcript, self._graded(course, close, result, note, correction, phrasing))

    def _graded(self, course: Course, close: float, result: Result, note: str, correction: str, phrasing: Phrasing) -> Grade:
        parts = {"reached": float(course.reached), "progress": course.step / len(course.steps), "wasted": float(course.wasted)}
        if course.reached:
            return Grade(course.worth(), "correct", feedback.done(phrasing, course.wasted, ""), parts)
        reward = max(course.worth(), close)
        diagnosis = " ".join(filter(None, [note, _ending(result) if not course.over and not note.startswith("A request") else ""]))
        outcome = "malformed" if result.status == "syntax" else "partial" if reward else "wrong"
        verdict = phrasing.say(
            ("The program did not get the job done.", "The job is not done.", "After this program the job is not done.")
        )
        return Grade(reward, outcome, Feedback(verdict, diagnosis or "The program sent no request.", correction), parts)


def _end(observation: str, grade: Grade) -> Turn:
    return Turn(observation, grade, True)


def _unread(why: str, correction: str) -> Grade:
    return Grade(0.0, "malformed", Feedback("That could not be read as a program.", why, correction))


def _ending(result: Result) -> str:
    """How a program ended, where that says something."""
    if result.error is None:
        return "The program ended before the job was done."
    fault = result.error
    line = f" (line {fault.line - _PRELUDE_LINES})" if fault.line > _PRELUDE_LINES else ""
    return quoted(f"Python stopped: {': '.join(filter(None, (fault.name, fault.message)))}", 300) + line


# The oracle's programs

#: What stands for what a program finds out; no record has such a number.
_CUSTOMER, _TOP, _REVISION, _CURSOR = 777_777_777, 888_888_888, "REVISIONX", "CURSORX"


def program_for(spelling: Spelling, access: Access, goal: Goal) -> str:
    """A program that reaches a goal for whoever knows the rules, and finds out what it has to from the replies."""
    rules = spelling.rules
    ops = plan(goal, rules, customer=_CUSTOMER, number=_TOP)
    lines: list[str] = []
    for place, op in enumerate(ops):
        waiting = _waits(rules, ops, place)
        cursor = _CURSOR if op.verb == "list" and op.page > 1 and rules["paging"] == "cursor" else ""
        draft = spelling.draft(op, access, revision=_REVISION, cursor=cursor, waiting=waiting)
        lines += _step(_call(draft, spelling, op.kind), op, ops[place + 1 :], spelling)
    return "\n".join(lines)


def _waits(rules: Rules, ops: Sequence[Op], place: int) -> bool:
    """Whether a request may have to wait: a change that only leads to another one may be left out, so both ways are counted."""
    burst = rules["burst"]
    if burst == "none":
        return False
    waits = False
    for left_out in (False, True):
        used = 0
        for number, op in enumerate(ops[: place + 1]):
            if left_out and op.verb == "update" and number < len(ops) - 1:
                continue
            full = used >= int(burst)
            used = 1 if full else used + 1
            waits |= full and number == place
    return waits


def _step(call: str, op: Op, after: Sequence[Op], spelling: Spelling) -> list[str]:
    """One request, and what the ones after it need of its reply."""
    if not after:
        return [call]
    revision = "revision = " + ('seen.headers["ETag"]' if spelling.rules["match"] == "If-Match" else 'seen.body["revision"]')
    if op.verb == "read":
        return [f"seen = {call}", revision]
    if op.verb == "update":
        field, status = spelling.field(op.kind, STATUS), spelling.statuses[dict(op.changes)[STATUS]]
        return [f"if seen.body[{json.dumps(field)}] != {json.dumps(status)}:", f"    seen = {call}", f"    {revision}"]
    if op.page or op.search:
        name = "who" if op.search else "top" if op.sort else ""
        if name:
            return [f"found = {call}", f'{name} = found.body["items"][0]["id"]']
    return [f"found = {call}", 'cursor = found.body["next"]']


def _call(draft: Draft, spelling: Spelling, kind: str) -> str:
    """A request as a call in Python, with names for what the program found out."""
    parts = [_literal(draft.method), _literal(draft.target)]
    if draft.headers or draft.body is not None:
        parts.append("{" + ", ".join(f"{_literal(name)}: {_literal(value)}" for name, value in draft.headers) + "}")
    if draft.body is not None:
        parts.append(_value(draft.body))
    text = f"request({', '.join(parts)})"
    for number, of, name in ((_CUSTOMER, CUSTOMER, "who"), (_TOP, kind, "top")):
        text = _named(text, spelling.id(of, number), name)
    text = text.replace(f"'\"{_REVISION}\"'", "revision")
    return _named(_named(text, _REVISION, "revision"), _CURSOR, "cursor")


def _value(body: Any) -> str:
    """A body as Python: JSON, but for its three words."""
    if isinstance(body, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {_value(value)}" for name, value in body.items()) + "}"
    if isinstance(body, str):
        return json.dumps(body)
    return "who" if body == _CUSTOMER else repr(body)


def _literal(text: str) -> str:
    return repr(text) if '"' in text else json.dumps(text)


def _named(source: str, value: str, name: str) -> str:
    """Source text in which a value inside literals has become a name: whole literals the name, others formatted strings."""
    for quote in "\"'":
        source = source.replace(f"{quote}{value}{quote}", name)
    while value in source:
        place = source.index(value)
        opening = source.rindex('"', 0, place)
        mark = "" if source[opening - 1] == "f" else "f"
        source = f"{source[:opening]}{mark}{source[opening:place]}{{{name}}}{source[place + len(value) :]}"
    return source
