"""The ideal learner of services: what can be known of one from its replies, a colleague's words and right requests.

For every key of the rules it counts what speaks for each option (:class:`Beliefs`). Rules that are stated count as they are; a right
request, or one of its own that was carried out, counts for every option with which it would have been written so
(:func:`.reading.shown_by`); a refusal counts against what was not known yet. What to send next is the plan of a knower under these
beliefs, as far as the replies of the episode have come (:class:`Scene`). Without a reward or a word, prompts are all it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clgym.agent import Conversation
from clgym.envs.service.conventions import BY_KEY
from clgym.envs.service.goals import Goal, plan
from clgym.envs.service.messages import Request, Unreadable, parse
from clgym.envs.service.program import program_for
from clgym.envs.service.reading import Asked, facts_in, fields_in, shown_by, understand
from clgym.envs.service.rules import Rules, options_of
from clgym.envs.service.server import INDEX_PAGE
from clgym.envs.service.spelling import Op, Spelling
from clgym.envs.service.words import CODES, FIELDS, STATUS, STATUSES
from clgym.learning import Learner, Seen
from clgym.seeding import QuickDraw

#: From which level on there is a rule of this kind.
_FROM = {"noun": 0, "field": 1, "code": 1, "gate": 2, "quota": 2}
#: What a sibling's rule counts for, and what is left of anything after a drift.
_SHARED, _KEPT = 0.3, 0.5
#: Status -> the keys that a refusal may be about.
_BLAMED: Mapping[int, tuple[str, ...]] = {
    401: ("auth",),
    404: ("root", "noun", "item", "id", "slash", "filter", "remove", "create", "update", "act", "owner"),
    405: ("remove", "create", "update", "act", "clear"),
    406: ("version",),
    415: ("media",),
    422: ("wrap", "field", "code", "case", "date", "money", "status", "clear", "act"),
    428: ("match",),
    429: ("wait", "burst"),
    403: ("override",),
}


@dataclass
class Beliefs:
    """What speaks for and against each option of each key of one service's rules."""

    level: int
    votes: dict[str, dict[str, float]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    """All words for kinds of record, where the index lists them without what they stand for."""

    def vote(self, key: str, options: Sequence[str], weight: float = 1.0) -> None:
        """Something was written so that any of these options may be behind it."""
        counts = self.votes.setdefault(key, {})
        for option in options:
            counts[option] = counts.get(option, 0.0) + weight / len(options)

    def best(self, key: str) -> str:
        """The option that most speaks for; "" where nothing does."""
        counts = self.votes.get(key)
        if not counts:
            return ""
        option = max(counts, key=counts.__getitem__)
        return option if counts[option] > 0 else ""

    def fade(self) -> None:
        """After a drift, what is new outweighs what was."""
        for counts in self.votes.values():
            for option, count in counts.items():
                counts[option] = min(count, 1.0) * _KEPT


class Guess(dict[str, str]):
    """Rules as they are believed to be, worked out as they are asked for; what is unknown is drawn, the same one throughout.

    ``get`` is all that :class:`Rules` asks of its mapping.
    """

    def __init__(self, own: Beliefs, others: Sequence[Beliefs], draw: QuickDraw, seen: Mapping[str, str]):
        super().__init__(seen)
        self._own, self._others, self._draw = own, others, draw

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key)
        if found is None and self._drawn(key):
            best = self._codes(key) if key.startswith("code ") else self._own.best(key) or self._shared(key)
            found = self[key] = best or self._any(key)
        return found if found is not None else default

    def _codes(self, key: str) -> str:
        """The codes of an enumeration as far as they are known, others for the rest; "" where none is."""
        codes = [self._own.best(f"{key}/{value}") for value in FIELDS[key.rpartition("/")[2]].values]
        if not any(codes):
            return self._shared(key)
        left = iter(self._draw.shuffled(code for code in CODES if code not in codes))
        return " ".join(code or next(left) for code in codes)

    def _drawn(self, key: str) -> bool:
        row = BY_KEY.get(key)
        return (row.level if row else _FROM[key.partition(" ")[0]]) <= self._own.level

    def _shared(self, key: str) -> str:
        counts: dict[str, int] = {}
        for other in self._others:
            option = other.best(key)
            if option:
                counts[option] = counts.get(option, 0) + 1
        return max(counts, key=counts.__getitem__) if counts else ""

    def _any(self, key: str) -> str:
        options, against = options_of(key), self._own.votes.get(key, {})
        if key.startswith("noun ") and self._own.words:
            known = {self._own.best(other) for other in self._own.votes if other.startswith("noun ")}
            options = tuple(word for word in self._own.words if word not in known) or options
        if key.startswith("gate "):
            return options[0]
        most = max((against.get(option, 0.0) for option in options), default=0.0)
        left = [option for option in options if against.get(option, 0.0) >= most]
        return self._draw.choice(left or options)


@dataclass
class Scene:
    """How far an episode has come: what its replies told. IDs are numbers, revisions and cursors texts."""

    customer: int = 0
    number: int = 0
    revision: str = ""
    state: str = ""
    cursor: str = ""
    pages: int = 0
    used: int = 0
    nouns: dict[str, str] = field(default_factory=dict)
    starts: set[int] = field(default_factory=set)

    def take(self, goal: Goal, request: Request | None, status: int, headers: Mapping[str, str], body: Any) -> None:
        """One request and its reply."""
        if status != 429:
            waited = request is not None and any(
                request.headers.get(option.lower()) in ("2", "wait=2") for option in options_of("wait")
            )
            self.used = 1 if waited else self.used + 1
        if status >= 300 or not isinstance(body, dict):
            return
        if "resources" in body:
            if isinstance(body["resources"], dict):
                self.nouns |= {f"noun {plural[:-1]}": noun for noun, plural in body["resources"].items()}
            self.starts.add(int(dict(request.query).get("start", "0")) if request else 0)
        elif "items" in body:
            self._list(goal, body)
        elif "id" in body:
            self.revision = headers.get("ETag", "").strip('"') or str(body.get("revision", ""))
            self.state = next((text for text in _statuses(body)), self.state)

    def _list(self, goal: Goal, body: Mapping[str, Any]) -> None:
        rows = body["items"]
        if goal.name and not self.customer:
            found = next((row for row in rows if goal.name in row.values()), None)
            self.customer = _digits(found["id"]) if found else 0
        elif goal.task == "top" and rows:
            self.number = _digits(rows[0]["id"])
        elif goal.task == "page":
            self.pages, self.cursor = self.pages + 1, str(body.get("next", ""))


def _digits(given: Any) -> int:
    found = re.search(r"[0-9]+\Z", str(given))
    return int(found.group()) if found else 0


_WRITTEN = {
    text: status for form in options_of("status") for status, text in Spelling(Rules("", 3, {"status": form})).statuses.items()
}


def _statuses(body: Mapping[str, Any]) -> Iterator[str]:
    """The statuses that stand in a record."""
    return (_WRITTEN[value] for value in body.values() if isinstance(value, str) and value in _WRITTEN)


def next_op(goal: Goal, rules: Rules, scene: Scene) -> Op:
    """What a knower would do now."""
    ops = plan(goal, rules, customer=scene.customer, number=scene.number, state=scene.state)
    if goal.name and not scene.customer:
        return ops[0]
    if goal.task == "top" and not scene.number:
        return ops[1]
    if goal.task == "page":
        return ops[min(scene.pages, len(ops) - 1)]
    writes = [op for op in ops if op.verb == "update"]
    if writes:
        return writes[0] if scene.revision or rules["match"] == "none" else writes[0]._replace(verb="read", changes=())
    return ops[-1]


def read_reply(message: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of the reply in a message; 0 where there is none."""
    start = message.rfind("HTTP/1.1 ")
    head, _, text = message[start:].partition("\n\n") if start >= 0 else ("HTTP/1.1 0", "", "")
    line, *lines = head.split("\n")
    headers = dict(pair.split(": ", 1) for pair in lines if ": " in pair)
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = None
    return int(line.split()[1]), headers, body


class ServiceLearner(Learner):
    """Keyed by the service's name; siblings lend their rules where nothing is known."""

    def __init__(self, level: int, *, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self.level, self.noise, self.drifts = level, noise, sorted(drifts)
        self.services: dict[str, Beliefs] = {}
        self._told = False

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        while self.drifts and len(self.seen) >= self.drifts[0]:
            self.drifts.pop(0)
            for service in self.services.values():
                service.fade()
        asked = understand(seen.prompt)
        if asked is None or (seen.reward is None and not seen.feedback and not seen.correction):
            return
        own = self.services.setdefault(asked.name, Beliefs(self.level))
        scene, turns = self._scene(asked.goal, seen.conversation)
        if turns:
            self._take_reply(own, asked, turns)
        facts = facts_in(seen.feedback)
        self._told |= bool(facts)
        for key, option in facts:
            own.vote(key, (option,))
            if key.startswith("code "):  # each value of the enumeration, as right requests show them
                for value, code in zip(FIELDS[key.rpartition("/")[2]].values, option.split()):
                    own.vote(f"{key}/{value}", (code,))
        right = _parsed(seen.correction)
        if right is not None:
            self._take_right(own, asked, scene, right)
        elif seen.done and seen.reward is not None and seen.reward > 0.3:
            request = _parsed(seen.answer)
            if request is not None:
                self._take_right(own, asked, scene, request)

    def _take_right(self, own: Beliefs, asked: Asked, scene: Scene, right: Request) -> None:
        """A right request: what it says of the rules, gates and limits included."""
        op = self._meant(asked.goal, scene, right, own)
        shown = shown_by(right, op, asked.access, self.level)
        for key, options in shown.items():
            own.vote(key, options)
        if self.level >= 3:
            self._count(own, right, scene)

    @staticmethod
    def _count(own: Beliefs, right: Request, scene: Scene) -> None:
        waited = any(request_value in ("2", "wait=2") for name, request_value in right.headers.items() if name in _WAITS)
        if waited or scene.used == 2:
            own.vote("burst", (str(scene.used) if waited else "3",))

    def _meant(self, goal: Goal, scene: Scene, right: Request, own: Beliefs) -> Op:
        """The operation that a right request stands for, by what it looks like."""
        rules = Rules("", self.level, {"match": "revision" if self.level >= 2 else "none", "paging": own.best("paging") or "page"})
        op = next_op(goal, rules, scene)
        if goal.task == "page" and not scene.pages and not any(name in dict(right.query) for name in options_of("turner")):
            own.vote("paging", ("cursor",))
            return op._replace(page=1)
        if goal.task == "page":
            return op._replace(page=scene.pages + 1 if own.best("paging") == "cursor" else goal.page)
        target = goal.status
        if op.verb == "update" and target and self.level >= 2:
            written = next((status for status in STATUSES if status != target and _mentions(right, status)), "")
            if written and not _mentions(right, target):
                own.vote(f"gate {op.kind}/{target}", (written,))
                return op._replace(changes=((STATUS, written),))
            if scene.state:
                own.vote(f"gate {op.kind}/{target}", ("any", scene.state))
        return op

    def _take_reply(self, own: Beliefs, asked: Asked, turns: Sequence[Any]) -> None:
        """The reply to the request before: what records and the index show, what was carried out, what was refused."""
        before, request, status, body = turns[-1]
        if isinstance(body, dict) and "resources" in body:
            if isinstance(body["resources"], list):
                own.words = tuple(body["resources"])
            else:
                for noun, plural in body["resources"].items():
                    own.vote(f"noun {plural[:-1]}", (noun,))
        if isinstance(body, dict) and "index" in body:
            own.vote("root", (str(body["index"]).rstrip("/"),))
        if request is None or request.path.rstrip("/") in ("", *options_of("root")):
            return
        op = self._meant(asked.goal, before, request, Beliefs(self.level))
        if status < 300 and isinstance(body, dict) and "resources" not in body:
            for key, options in shown_by(request, op, asked.access, self.level).items():
                own.vote(key, options)
            if "id" in body:
                for key, options in fields_in(op.kind, body).items():
                    own.vote(key, options)
        elif status >= 400 and not self._told:
            self._take_refusal(own, op, request, asked, status)

    def _take_refusal(self, own: Beliefs, op: Op, request: Request, asked: Asked, status: int) -> None:
        """One of the rules that the request was written by is wrong: of those that are not known yet, a little each."""
        shown = shown_by(request, op, asked.access, self.level)
        blamed = [key for key in shown if key.partition(" ")[0] in _BLAMED.get(status, ()) and not own.best(key)]
        for key in blamed:
            for option in shown[key]:
                counts = own.votes.setdefault(key, {})
                counts[option] = counts.get(option, 0.0) - 1.0 / len(blamed)

    # -- acting -------------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        asked = understand(conversation[0]["content"])
        if asked is None:
            return ""
        scene, _ = self._scene(asked.goal, conversation)
        if asked.documented is not None:
            rules = Rules(asked.name, self.level, asked.documented)
        else:
            rules = self._believed(asked, scene, len(conversation))
        spelling = Spelling(rules)
        if asked.program:
            return program_for(spelling, asked.access, asked.goal)
        op = next_op(asked.goal, rules, scene)
        own = self.services.get(asked.name) or Beliefs(self.level)
        if asked.documented is None and not own.best(f"noun {op.kind}") and f"noun {op.kind}" not in scene.nouns:
            if own.best("root") and not own.words and ((self.frozen and self.level) or not (self.frozen or self._told)):
                return self._index(spelling, asked, scene)
            if not own.best("root") and not self.frozen and not self._told:
                return "\n".join(["GET /", *(f"{name}: {value}" for name, value in spelling.standing(asked.access))])
        burst = rules["burst"]
        waiting = burst != "none" and scene.used >= int(burst)
        cursor = scene.cursor if rules["paging"] == "cursor" else ""
        return spelling.draft(op, asked.access, revision=scene.revision, cursor=cursor, waiting=waiting).text

    def _believed(self, asked: Asked, scene: Scene, length: int) -> Rules:
        own = self.services.get(asked.name) or Beliefs(self.level)
        others = [service for name, service in self.services.items() if name != asked.name]
        draw = QuickDraw(self.seed, asked.name, length, *(() if self.frozen else (len(self.seen),)))
        return Rules(asked.name, self.level, Guess(own, others, draw, scene.nouns))

    def _index(self, spelling: Spelling, asked: Asked, scene: Scene) -> str:
        """A page of the index that was not looked at in this episode."""
        pages = (1, 1, 4, 16)[self.level]
        left = [page for page in range(pages) if page * INDEX_PAGE not in scene.starts] or [0]
        page = QuickDraw(self.seed, asked.name, str(asked.goal), len(scene.starts)).choice(left)
        lines = [f"GET {spelling.rules['root']}/" + (f"?start={page * INDEX_PAGE}" if page else "")]
        return "\n".join([*lines, *(f"{name}: {value}" for name, value in spelling.standing(asked.access))])

    def _scene(self, goal: Goal, conversation: Sequence[Any]) -> tuple[Scene, list[Any]]:
        """The scene, and every turn so far: the scene before it, the request, the reply's status and body."""
        scene, turns = Scene(), []
        for place in range(2, len(conversation), 2):
            request = _parsed(conversation[place - 1]["content"])
            status, headers, body = read_reply(conversation[place]["content"])
            turns.append((_copy(scene), request, status, body))
            scene.take(goal, request, status, headers, body)
        return scene, turns


_WAITS = frozenset(option.lower() for option in options_of("wait"))


def _copy(scene: Scene) -> Scene:
    return Scene(scene.customer, scene.number, scene.revision, scene.state, scene.cursor, scene.pages, scene.used)


def _parsed(text: str) -> Request | None:
    try:
        return parse(text) if text else None
    except Unreadable:
        return None


def _mentions(request: Request, status: str) -> bool:
    """Whether a request writes a status, in whatever form."""
    words = set(re.findall(r"[A-Za-z]+", request.body or request.path.rpartition("/mark/")[2]))
    return any(text in words for text, meant in _WRITTEN.items() if meant == status)
