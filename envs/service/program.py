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
from clgym.envs.service.conventions import Conventions
from clgym.envs.service.episode import Course
from clgym.envs.service.goals import Goal
from clgym.envs.service.messages import Request, Response, Unreadable, request_of
from clgym.envs.service.routing import Api
from clgym.envs.service.spelling import Access, Draft, Op, Spelling
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

    def __init__(self, api: Api, access: Access, goal: Goal, labels: Sequence[str]):
        self._api, self._access, self._goal, self._labels = api, access, goal, labels

    def solve(self) -> str:
        return program_for(self._api.spelling, self._access, self._goal)

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
        course = Course(self._api, self._access, self._goal)
        replies: list[Any] = []
        lines: list[str] = []
        last, note = None, ""
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
            lines.append(f"{request.line}\n{response.text}")
            replies.append(_reply(response))
            if not useful and not course.reached:
                note = feedback.diagnosis(phrasing, request, response, right, op, course.spelling)
            last = request
            if course.over:
                break
        transcript = "\n\n".join(filter(None, [*lines, result.console.strip("\n")[:2000]]))
        return _end(transcript, self._graded(course, last, result, note, correction, phrasing))

    def _graded(
        self, course: Course, last: Request | None, result: Result, note: str, correction: str, phrasing: Phrasing
    ) -> Grade:
        parts = {"reached": float(course.reached), "progress": course.step / len(course.goal.steps), "wasted": float(course.wasted)}
        if course.reached:
            return Grade(course.worth(), "correct", feedback.done(phrasing, course.wasted), parts)
        reward = course.worth()
        if last is not None and self._api.spelling.conventions.level == 0:
            reward = max(reward, course.close(last))
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

#: Numbers that stand for what a program finds out; no record has them.
_CUSTOMER, _TOP, _REVISION = 777_777_777, 888_888_888, "@revision@"


def program_for(spelling: Spelling, access: Access, goal: Goal) -> str:
    """A program that reaches a goal for whoever knows the conventions, and finds out what it has to from the replies."""
    c = spelling.conventions
    *before, _ = goal.steps
    call = "call" if c["burst"] != "none" and len(goal.steps) > int(c["burst"]) else "request"
    lines = _caller(c) if call == "call" else []
    finding = [op for op in before if op.kind == "customer" and op.verb == "list"]
    if finding:
        lines += _find_customer(spelling, access, finding, call, goal.name)
    topped = [op for op in before if op.verb == "list" and op.sort]
    for op in goal.steps[len(finding) :]:
        if finding and op.kind == "customer" and op.number:
            op = op._replace(number=_CUSTOMER)
        if op.owner:
            op = op._replace(owner=_CUSTOMER)
        if topped and op.number:
            op = op._replace(number=_TOP)
        op = op._replace(changes=tuple((field, _CUSTOMER if field == "customer id" else value) for field, value in op.changes))
        draft = _call(call, spelling.draft(op, access, revision=_REVISION), spelling, op.kind)
        lines.append({"read": f"seen = {draft}", "list": f"found = {draft}"}.get(op.verb, draft) if op != goal.op else draft)
        if op.sort and op.verb == "list" and topped:
            lines.append(f'top = found.body[{json.dumps(c["items"])}][0]["id"]')
        if op.verb == "read" and op != goal.op and before:
            lines.append("revision = " + _revision(c, op))
    return "\n".join(lines)


def _caller(c: Conventions) -> list[str]:
    """A function that waits when the service asks for it."""
    value = '"wait=2"' if c["wait"] == "Prefer" else '"2"'
    headers = "headers" if c["wait"] == "repeat" else "{**headers, " + json.dumps(c["wait"]) + f": {value}" + "}"
    return [
        "def call(method, target, headers, body=None):",
        "    reply = request(method, target, headers, body)",
        f"    return request(method, target, {headers}, body) if reply.status == 429 else reply",
    ]


def _find_customer(spelling: Spelling, access: Access, finding: Sequence[Op], call: str, name: str) -> list[str]:
    items = json.dumps(spelling.conventions["items"])
    rows = " + ".join(f"{_call(call, spelling.draft(op, access), spelling, 'customer')}.body[{items}]" for op in finding)
    field = json.dumps(spelling.field("full name"))
    return [f"rows = {rows}", f'who = next(row["id"] for row in rows if row[{field}] == {json.dumps(name)})']


def _revision(c: Conventions, op: Op) -> str:
    if c["match"] == "If-Match":
        return 'seen.headers["ETag"]'
    wrapper = op.kind if c["envelope"] == "kind" else c["envelope"]
    return "seen.body" + ("" if wrapper == "bare" else f"[{json.dumps(wrapper)}]") + '["revision"]'


def _call(call: str, draft: Draft, spelling: Spelling, kind: str) -> str:
    """A request as a call in Python, with names for what the program found out."""
    parts = [_literal(draft.method), _literal(draft.target)]
    if draft.headers or draft.body is not None:
        parts.append("{" + ", ".join(f"{_literal(name)}: {_literal(value)}" for name, value in draft.headers) + "}")
    if draft.body is not None:
        parts.append(_value(draft.body))
    text = f"{call}({', '.join(parts)})"
    for number, of, name in ((_CUSTOMER, "customer", "who"), (_TOP, kind, "top")):
        text = _named(text, spelling.id(of, number), name)
    return _named(text.replace(f"'\"{_REVISION}\"'", "revision"), _REVISION, "revision")


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
