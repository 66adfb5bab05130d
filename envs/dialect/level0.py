"""Level 0: four rules, one line. ``learn`` and ``eval`` ask for JavaScript lines in the dialect."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from clgym.core import Feedback, Grade, Misled, Query, World, malformed
from clgym.envs.dialect import feedback as say
from clgym.envs.dialect import lines as l0
from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.names import dialect_name
from clgym.envs.dialect.phrases import LINE_PROMPTS
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, draw_rules, grammar_of, redraw
from clgym.envs.dialect.typescript import read_typescript
from clgym.seeding import Draw, Seed
from clgym.text.answers import code, fitting, inline, readings
from clgym.text.phrases import Phrasing

POOLS = {"learn": 2400, "eval": 400, "transfer/read": 300, "transfer/port": 300, "guard": 300}
#: The most a line earns that is not right; the share of it that plain JavaScript earns for content alone.
PARTIAL, HABIT = 0.75, 0.1
#: The most that a wrong line of JavaScript or TypeScript earns: the content stands in the question, spelled alike.
PLAIN_PARTIAL = 0.3
MAX_CHARS = 1_000


class Payload(NamedTuple):
    """What the grader of a line knows: the statement that is right, or the output."""

    line: n.Stmt
    output: str = ""


class Closeness(NamedTuple):
    """How near an answer comes under the reading that is kindest to it."""

    reward: float
    content: float
    rules: float
    broken: int
    counted: int
    strange: tuple[str, ...]


def bare(answer: str) -> str:
    """The code of an answer, without white space, code fence and marks of inline code around it."""
    return inline(code(answer).strip())


def printed(answer: str, output: str) -> str:
    """An answer that says what a program prints, without its dressing, as far as it takes to be the right ``output``."""
    return fitting(readings(answer, ("output",)), output.__eq__)


@dataclass(frozen=True)
class LineWorld(World):
    """A level-0 world."""

    name: str
    drawn: tuple[Rule, ...]
    seed: Seed
    drifts: int = 0
    level: int = 0
    family: str = "CL-Dialect-v0"
    parts = ("content", "rules", "output")

    @property
    def pools(self) -> dict[str, int]:  # type: ignore[override]
        """Pool -> number of queries."""
        return POOLS

    @property
    def grammar(self) -> Grammar:
        """How this dialect is spelled."""
        return _halfway(self.name, self.drawn)[0][1]

    def query(self, pool: str, index: int) -> Query:
        self.check_index(pool, index)
        payload = self._payload(pool, index)
        kind = "write" if pool in ("learn", "eval") else pool
        phrase = self.seed.draw("phrase", pool, index).choice(LINE_PROMPTS[kind])
        line = show(JAVASCRIPT if kind in ("write", "guard") else self.grammar, payload.line)
        return Query(pool, index, phrase.format(d=self.name, line=line), payload)

    def _payload(self, pool: str, index: int) -> Payload:
        if pool == "transfer/read":
            return Payload(*_readings(self.drawn, self.seed)[index])
        start = {"learn": 0, "eval": POOLS["learn"], "transfer/port": POOLS["learn"] + POOLS["eval"]}.get(
            pool, sum(POOLS.values()) - 600
        )
        return Payload(_lines(self.drawn, self.seed)[start + index].tree)

    def solve(self, query: Query) -> str:
        if query.pool == "transfer/read":
            return query.payload.output  # type: ignore[no-any-return]
        return show(self.grammar if query.pool in ("learn", "eval") else JAVASCRIPT, query.payload.line)

    def habit(self, query: Query) -> str:
        """Plain JavaScript; of a program in the dialect, what a JavaScript engine says to it."""
        if query.pool in ("learn", "eval", "guard"):
            return show(JAVASCRIPT, query.payload.line)
        return "SyntaxError" if query.pool == "transfer/read" else show(self.grammar, query.payload.line)

    def grade(self, query: Query, answer: str) -> Grade:
        draw, right = Phrasing(query.prompt, answer), self.solve(query)
        correction, text = say.correction(draw, right), bare(answer)
        if not text:
            return malformed(say.empty(draw), correction)
        if len(text) > MAX_CHARS:
            return malformed(f"{len(text)} characters are far more than one line.", correction)
        if query.pool == "transfer/read":
            return say.printed(draw, printed(answer, query.payload.output), query.payload.output, correction)
        return self._grade_line(query, text, draw, correction)

    def _grade_line(self, query: Query, text: str, draw: Phrasing, correction: str) -> Grade:
        own = query.pool in ("learn", "eval")
        language = self.name if own else "TypeScript" if query.pool == "transfer/port" else "JavaScript"
        spoken = self.grammar if own else replace(JAVASCRIPT, name=language)
        error: SourceError | None = None
        program = None
        try:
            program = l0.read_line(self.grammar, text) if own else read_typescript(text)
        except SourceError as caught:
            error = caught
        target = query.payload.line
        if program is not None and (program.body[0] == target if own else loose(program.body[0]) == loose(target)):
            return Grade(1.0, "correct", Feedback(say.verdict(draw, "correct")), {"content": 1.0, "rules": 1.0})
        near = self._closeness(text, target) if own else plain_closeness(program, target)
        if near is None:
            assert error is not None
            return say.refused(draw, spoken, text, error, correction)
        outcome = "partial" if near.reward > PARTIAL * HABIT + 1e-9 else "wrong"
        verdict = say.verdict(draw, outcome)
        if error is not None:
            diagnosis = say.compiler_error(draw, spoken, text, error)
            if near.content == 1.0:
                diagnosis += say.still(draw, language, near.broken, near.counted)
        else:
            diagnosis = say.content(draw, language, near.strange)
        return Grade(near.reward, outcome, Feedback(verdict, diagnosis, correction), {"content": near.content, "rules": near.rules})

    def _closeness(self, text: str, target: n.Stmt) -> Closeness | None:
        """The best over all half-learned dialects that the text can be read in; ``None`` where there is none."""
        counted = [rule for rule in self.drawn if l0.applies(rule, target)]
        wanted, best = l0.labels(n.Program([target])), None
        for subset, grammar in _halfway(self.name, self.drawn):
            try:
                program = l0.read_line(grammar, text)
            except SourceError:
                continue
            obeyed = sum(rule in subset for rule in counted)
            near = _near(l0.labels(program), wanted, obeyed, len(counted))
            if best is None or near.reward > best.reward:
                best = near
        return best

    def rules(self) -> frozenset[str]:
        return frozenset(rule.text for rule in self.drawn)

    def form(self, query: Query) -> str:
        return "exact" if query.pool == "transfer/read" else "code"

    def rulebook(self) -> str:
        rules = "\n".join(f"{place}. {rule.text}" for place, rule in enumerate(self.drawn, 1))
        example = show(self.grammar, l0.Line("let value", "+", "total", "price 4").tree)
        return (
            f"{self.name} is a dialect of JavaScript. It is JavaScript in everything but these rules:\n{rules}\n"
            f"For example, let total = price + 4; is written: {example}"
        )

    def deciders(self, query: Query) -> frozenset[str]:
        """The rules that have something to say of the line."""
        if query.pool not in ("learn", "eval"):
            return frozenset()
        return frozenset(rule.text for rule in self.drawn if l0.applies(rule, query.payload.line))

    def drifted(self, seed: Seed) -> LineWorld:
        """Other spellings of one rule or two, such that what was right before earns about half."""
        draw = seed.draw("drift", self.name, self.drifts)
        lines = [line.tree for line in _lines(self.drawn, self.seed)[: POOLS["eval"]]]
        pairs = draw.shuffled(places for size in (1, 2) for places in combinations(range(len(self.drawn)), size))
        places = min(pairs, key=lambda places: abs(0.5 - self._stale(places, lines)))
        return replace(self, drawn=redraw(self.drawn, places, draw), drifts=self.drifts + 1)

    def _stale(self, places: Sequence[int], lines: Sequence[n.Stmt]) -> float:
        """The share of lines of which the rules in some places have nothing to say: the others earn nothing in their old spelling."""
        return sum(not any(l0.applies(self.drawn[place], line) for place in places) for line in lines) / len(lines)

    def sibling(self, seed: Seed) -> LineWorld:
        """A dialect with two of this one's four rules."""
        draw = seed.draw("sibling")
        rules = redraw(self.drawn, draw.sample(range(len(self.drawn)), len(self.drawn) // 2), draw)
        return LineWorld(dialect_name(draw), rules, seed)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """Praise of a wrong line; of a right one, what somebody says who has another spelling in mind."""
        if grade.outcome != "correct":
            said = Feedback(say.verdict(Phrasing(query.prompt, answer), "correct"))
            return Misled(Grade(1.0, "correct", said, dict.fromkeys(grade.parts, 1.0)), answer)
        if query.pool in ("learn", "eval"):
            for place in draw.shuffled(range(len(self.drawn))):
                other = replace(self, drawn=redraw(self.drawn, [place], draw))
                refused = other.grade(query, answer)
                if refused.reward < 1.0 and other.solve(query) != right:
                    return Misled(refused, other.solve(query))
        return super().mislead(query, answer, grade, right, draw)

    def floor(self, pool: str) -> float:
        return 0.2 if pool == "guard" else 0.1

    def sample_answer(self, query: Query, draw: Draw) -> str:
        if query.pool == "transfer/read":
            return str(draw.integer(2, 60))
        line = draw.choice(_lines(self.drawn, self.seed)).tree
        if query.pool not in ("learn", "eval"):
            return show(JAVASCRIPT, line)
        kinds = l0.level0_kinds(draw)
        return show(grammar_of("", draw_rules(kinds, 4, draw)), line)


def line_world(name: str, seed: Seed) -> LineWorld:
    """Draw a level-0 world."""
    draw = seed.draw("rules")
    return LineWorld(name, draw_rules(l0.level0_kinds(draw), 4, draw), seed)


@functools.lru_cache(maxsize=256)
def _halfway(name: str, rules: tuple[Rule, ...]) -> list[tuple[tuple[Rule, ...], Grammar]]:
    return l0.halfway(name, rules)


@functools.lru_cache(maxsize=64)
def _lines(rules: tuple[Rule, ...], seed: Seed) -> list[l0.Line]:
    return l0.lines(tuple(Rule(rule.kind, ()) for rule in rules), seed, sum(POOLS.values()) - POOLS["transfer/read"])


@functools.lru_cache(maxsize=64)
def _readings(rules: tuple[Rule, ...], seed: Seed) -> list[tuple[n.Stmt, str]]:
    return l0.readings(tuple(Rule(rule.kind, ()) for rule in rules), seed, POOLS["transfer/read"])


def _near(labels: Sequence[str], wanted: Sequence[str], obeyed: int, counted: int) -> Closeness:
    content, share = l0.likeness(labels, wanted), obeyed / counted
    reward = PARTIAL * content**2 * (HABIT + (1 - HABIT) * share)
    strange = tuple(dict.fromkeys(label for label in labels if label not in wanted and label not in ("console.log", "declare")))
    return Closeness(reward, content, share, counted - obeyed, counted, strange)


def plain_closeness(program: n.Program | None, target: n.Stmt) -> Closeness | None:
    """How near a line of plain JavaScript or TypeScript comes to another."""
    if program is None:
        return None
    wanted = l0.labels(n.Program([loose(target)]))
    near = _near(l0.labels(n.Program([loose(program.body[0])])), wanted, 1, 1)
    return near._replace(reward=PLAIN_PARTIAL * near.content**2)


def loose(statement: n.Stmt) -> n.Stmt:
    """A statement with ``const`` and ``let`` made one: where nothing is assigned again both are right."""
    return n.Declare("let", statement.name, statement.value) if isinstance(statement, n.Declare) else statement
