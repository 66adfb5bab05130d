"""An attempt at a goal, one request per turn: what the service answers, what it is worth, and what a colleague says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clgym.core import Episode, Feedback, Grade, Turn
from clgym.envs.service import feedback
from clgym.envs.service.feedback import Difference
from clgym.envs.service.goals import Drawn, plan
from clgym.envs.service.messages import Request, Response, Unreadable, parse
from clgym.envs.service.routing import Api
from clgym.envs.service.server import Service
from clgym.envs.service.spelling import Access, Draft, Op
from clgym.envs.service.words import LIMITS, held
from clgym.text.phrases import Phrasing

#: Calls beyond those that a knower needs, by level.
SLACK = (1, 2, 3, 3)
#: A reached goal loses at most this much for wasted calls; an unreached one earns at most PROGRESS for what led towards it.
WASTE, PROGRESS = 0.6, 0.3
#: Level 0: what the last request earns if it is wrong and everything but one part of it is right.
CLOSE = 0.2


class Course:
    """How far a goal is, on one running service. Shared by requests as text and requests of programs."""

    def __init__(self, api: Api, access: Access, drawn: Drawn):
        self.service, self.drawn, self.access = Service(api, access), drawn, access
        self.spelling, self.rules = api.spelling, api.rules
        self.steps = plan(drawn.goal, api.rules, customer=drawn.customer, number=drawn.number, state=drawn.state)
        self.par = len(self.steps)
        self.budget = self.par + SLACK[api.rules.level]
        self.calls = 0
        self.step = 0
        self.reached = self.harmed = False
        self._next: tuple[Op, Draft] | None = None

    @property
    def over(self) -> bool:
        """Whether no further call counts."""
        return self.reached or self.harmed or self.calls >= self.budget

    @property
    def wasted(self) -> int:
        """Calls that a knower would not have made, so far."""
        return max(0, self.calls - self.par)

    def next(self) -> tuple[Op, Draft]:
        """What a knower would send now."""
        if self._next is None:
            op = self.steps[self.step]
            revision = self.service.revision(op.kind, op.number) if op.verb == "update" else ""
            waiting = self.service.throttled
            self._next = op, self.spelling.draft(op, self.access, revision=revision, waiting=waiting)
        return self._next

    def send(self, request: Request) -> tuple[Response, bool]:
        """Send a request; the reply, and whether it led on."""
        self.calls += 1
        self._next = None
        known = len(self.service.log)
        response = self.service.handle(request)
        useful = False
        for op in self.service.log[known:]:
            if op == self.steps[-1]:
                self.reached = useful = True
            elif op in self.steps[self.step :]:
                self.step, useful = self.steps.index(op) + 1, True
            elif op.verb not in ("read", "list") and op not in self.steps:
                self.harmed = True
        return response, useful

    def differences(self, request: Request, response: Response, op: Op, right: Draft) -> list[Difference]:
        """What is wrong with a request that led nowhere: first what the service refused it for, where only a rule explains that."""
        found = feedback.differences(request, right, op, self.spelling)
        goal = self.drawn.goal
        if response.fault == "gate" and goal.status:
            return [Difference("gate", "", f"gate {op.kind}/{goal.status}"), *found]
        if response.fault == "throttled":
            return [Difference("wait", "", "wait")]
        if response.fault in ("quota", "override"):
            field = self.spelling.above_limit(op) or next((field for field, _ in op.changes if held(field) in LIMITS), "")
            return [Difference("limit", "", f"quota {op.kind}/{field}" if response.fault == "override" else "override"), *found]
        return found

    def worth(self) -> float:
        """What a course that is over has earned, closeness of the last request aside."""
        if self.reached:
            return 1.0 - WASTE * self.wasted / (self.budget - self.par)
        return 0.0 if self.harmed else PROGRESS * self.step / len(self.steps)


@dataclass(frozen=True)
class Call(Grade):
    """The grade of one request, with what it was given for: a mistaken colleague speaks of the same call."""

    op: Op | None = None
    revision: str = ""
    waiting: bool = False
    over: bool = False


class RequestEpisode(Episode):
    """One request per turn, until the goal is reached, damage is done or the calls are spent."""

    def __init__(self, api: Api, access: Access, drawn: Drawn, labels: Sequence[str]):
        self._course, self._labels, self._api = Course(api, access, drawn), labels, api

    def solve(self) -> str:
        return self._course.next()[1].text

    def step(self, answer: str) -> Turn:
        course = self._course
        phrasing = Phrasing(*self._labels, answer)
        op, right = course.next()
        revision = course.service.revision(op.kind, op.number) if op.verb == "update" else ""
        told: dict[str, Any] = {"op": op, "revision": revision, "waiting": course.service.throttled}
        try:
            request = parse(answer)
        except Unreadable as why:
            return self._unread(str(why), right.text, phrasing, told)
        response, useful = course.send(request)
        rules, over = course.rules, course.over
        if course.harmed:
            remarks, outcome, reward = feedback.harmful(phrasing, request, right.text), "wrong", 0.0
        elif useful:
            tip = feedback.tip(phrasing, op.kind, self._api)
            led_on = feedback.useful(phrasing, right.text, over, tip)
            remarks = feedback.done(phrasing, course.wasted, tip) if course.reached else led_on
            outcome, reward = "correct" if course.reached else "partial", course.worth() if over else 0.0
        else:
            found = course.differences(request, response, op, right)
            said = feedback.diagnosis(phrasing, request, response, found, op, rules)
            tip = feedback.tip(phrasing, op.kind, self._api)
            remarks = feedback.useless(phrasing, f"{said} {tip}".strip(), right.text, over)
            close = close_to(request, right, len(found)) if over and rules.level == 0 else 0.0
            reward = max(course.worth(), close) if over else 0.0
            outcome = "partial" if reward else "wrong"
        return Turn(response.shown, Call(reward, outcome, remarks, self._parts(), **told, over=over), over)

    def _parts(self) -> dict[str, float]:
        course = self._course
        return {"reached": float(course.reached), "progress": course.step / len(course.steps), "wasted": float(course.wasted)}

    def _unread(self, why: str, right: str, phrasing: Phrasing, told: dict[str, Any]) -> Turn:
        course = self._course
        course.calls += 1
        remarks = Feedback(
            "That could not be read as an HTTP request.", f"It could not be sent: {why}.", feedback.correction(phrasing, right)
        )
        reward = course.worth() if course.over else 0.0
        grade = Call(reward, "malformed", remarks, self._parts(), **told, over=course.over)
        return Turn("HTTP/1.1 400 Bad Request", grade, course.over)


def close_to(request: Request, right: Draft, differences: int) -> float:
    """Level 0: what a wrong last request earns for its parts."""
    if request.method != right.method or differences > 2:
        return 0.0
    return CLOSE if differences < 2 else CLOSE / 2
