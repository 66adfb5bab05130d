"""An attempt at a goal, one request per turn: what the service answers, what it is worth, and what a colleague says."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.core import Episode, Feedback, Grade, Turn
from clgym.envs.service import feedback
from clgym.envs.service.goals import Goal
from clgym.envs.service.messages import Request, Response, Unreadable, parse
from clgym.envs.service.routing import Api
from clgym.envs.service.server import Service
from clgym.envs.service.spelling import Access, Draft, Op
from clgym.text.phrases import Phrasing

#: Calls beyond those that a knower needs, by level.
SLACK = (1, 2, 3, 3)
#: A reached goal loses at most this much for wasted calls; an unreached one earns at most PROGRESS for what led towards it.
WASTE, PROGRESS = 0.4, 0.3
#: Level 0: what the last request earns if it is wrong and everything but one part of it is right.
CLOSE = 0.2


class Course:
    """How far a goal is, on one running service. Shared by requests as text and requests of programs."""

    def __init__(self, api: Api, access: Access, goal: Goal):
        self.service, self.goal, self.access = Service(api, access), goal, access
        self.spelling = api.spelling
        burst = api.spelling.conventions["burst"]
        self.par = len(goal.steps) + (0 if burst == "none" else (len(goal.steps) - 1) // int(burst))
        self.budget = self.par + SLACK[api.spelling.conventions.level]
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
            op = self.goal.steps[self.step]
            revision = self.service.revision(op.kind, op.number) if op.verb == "update" else ""
            self._next = op, self.spelling.draft(op, self.access, revision=revision, waited=self.service.refused)
        return self._next

    def send(self, request: Request) -> tuple[Response, bool]:
        """Send a request; the reply, and whether it led on."""
        self.calls += 1
        self._next = None
        known = len(self.service.log)
        response = self.service.handle(request)
        useful = False
        for op in self.service.log[known:]:
            if op == self.goal.op:
                self.reached = useful = True
            elif op.verb not in ("read", "list"):
                self.harmed = True
            elif op in self.goal.steps[self.step :]:
                self.step, useful = self.goal.steps.index(op) + 1, True
        return response, useful

    def worth(self) -> float:
        """What a course that is over has earned, closeness of the last request aside."""
        if self.reached:
            return 1.0 - WASTE * self.wasted / (self.budget - self.par)
        return 0.0 if self.harmed else PROGRESS * self.step / len(self.goal.steps)

    def close(self, request: Request) -> float:
        """Level 0: what a wrong last request earns for its parts."""
        op, right = self.next()
        wrong = feedback.differences(request, right, op, self.spelling)
        if request.method != right.method or len(wrong) > 2 or self.harmed:
            return 0.0
        return CLOSE if len(wrong) < 2 else CLOSE / 2


class RequestEpisode(Episode):
    """One request per turn, until the goal is reached, damage is done or the calls are spent."""

    def __init__(self, api: Api, access: Access, goal: Goal, labels: Sequence[str]):
        self._course, self._labels = Course(api, access, goal), labels

    def solve(self) -> str:
        return self._course.next()[1].text

    def step(self, answer: str) -> Turn:
        course = self._course
        phrasing = Phrasing(*self._labels, answer)
        op, right = course.next()
        try:
            request = parse(answer)
        except Unreadable as why:
            return self._unread(str(why), right.text, phrasing)
        response, useful = course.send(request)
        if course.reached:
            grade = Grade(course.worth(), "correct", feedback.done(phrasing, course.wasted), self._parts())
        elif course.harmed:
            grade = Grade(0.0, "wrong", feedback.harmful(phrasing, request, right.text), self._parts())
        elif useful:
            grade = self._grade("partial", feedback.useful(phrasing, right.text, course.over))
        else:
            diagnosis = feedback.diagnosis(phrasing, request, response, right, op, course.spelling)
            close = course.close(request) if course.over and course.spelling.conventions.level == 0 else 0.0
            grade = self._grade("wrong", feedback.useless(phrasing, diagnosis, right.text, course.over), close)
        return Turn(response.text, grade, course.over)

    def _grade(self, outcome: str, remarks: Feedback, close: float = 0.0) -> Grade:
        """The grade of a turn that does not reach the goal: nothing before the end."""
        reward = max(self._course.worth(), close) if self._course.over else 0.0
        return Grade(reward, "partial" if reward else outcome, remarks, self._parts())

    def _parts(self) -> dict[str, float]:
        course = self._course
        return {"reached": float(course.reached), "progress": course.step / len(course.goal.steps), "wasted": float(course.wasted)}

    def _unread(self, why: str, right: str, phrasing: Phrasing) -> Turn:
        course = self._course
        course.calls += 1
        remarks = Feedback(
            "That could not be read as an HTTP request.", f"It could not be sent: {why}.", feedback.correction(phrasing, right)
        )
        reward = course.worth() if course.over else 0.0
        return Turn("HTTP/1.1 400 Bad Request", Grade(reward, "malformed", remarks, self._parts()), course.over)
