"""Levels 1 to 3: whole functions, compiled, run for real and compared with a reference."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Any

from clgym.core import Feedback, Grade, Misled, Query, World, failed, malformed
from clgym.envs.dialect import feedback as say
from clgym.envs.dialect import nodes as n
from clgym.envs.dialect import running
from clgym.envs.dialect.catalogue import GROUPS, KINDS
from clgym.envs.dialect.compiler import Compiled, compile_source
from clgym.envs.dialect.features import ALWAYS, part_features, shares, touched
from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.envs.dialect.hints import habits
from clgym.envs.dialect.inference import collect
from clgym.envs.dialect.level0 import bare, printed
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.library import Entry, by_concept, by_name, catalogue, draw_entry, draw_library
from clgym.envs.dialect.names import dialect_name
from clgym.envs.dialect.outputs import reading
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.phrases import HOUSE, PROGRAM_PROMPTS
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, draw_level, drift, grammar_of, redraw
from clgym.envs.dialect.tasks import TASKS
from clgym.envs.dialect.tasks.base import TaskInstance
from clgym.envs.dialect.tasks.chains import COLLECTORS, Template, templates
from clgym.envs.dialect.tasks.chains import task as chain_task
from clgym.envs.dialect.translate import translate
from clgym.envs.dialect.typecheck import checker
from clgym.envs.dialect.typescript import parse_typescript
from clgym.sandbox import Program
from clgym.seeding import Draw, Seed
from clgym.text.phrases import Phrasing

#: How many queries ``learn`` has, by level.
LEARN = (0, 2_000, 4_000, 10_000)
SIZES = {"eval": 300, "transfer/read": 300, "transfer/port": 300, "guard": 300}
#: A kind of rule that fewer references show than this share is not drawn. One in twenty of those asked must: this is the expected share.
MATTERS = 0.1
#: How many other functions of the library a compiler tells of, by level.
_TOLD = (0, 0, 2, 2)
#: The share of templates of ``eval`` that the rules of a drift leave alone, at least.
_SPARED = 0.6
#: The most that a program earns which fails a case.
PARTIAL = 0.75
#: The longest right answer has about 850 characters; a program many times that is a library of answers.
MAX_CHARS = 4_000
#: No task asks for more than three functions; helpers are welcome, a collection to call from is not an answer.
MAX_FUNCTIONS = 8
_FUNCTION = re.compile(r"\bfunction\s+(?!__)")


@dataclass(frozen=True)
class ProgramWorld(World):
    """A world of levels 1 to 3."""

    name: str
    drawn: tuple[Rule, ...]
    seed: Seed
    level: int
    library: tuple[Entry, ...] = ()
    drifts: int = 0
    family: str = "CL-Dialect-v0"
    parts = ("compiles", "cases", "output")

    @property
    def pools(self) -> dict[str, int]:  # type: ignore[override]
        """Pool -> number of queries."""
        return {"learn": LEARN[self.level], **SIZES}

    @property
    def grammar(self) -> Grammar:
        """How this dialect is spelled and what it means."""
        return _grammar(self.name, self.drawn, self.library)

    # -- queries

    def query(self, pool: str, index: int) -> Query:
        self.check_index(pool, index)
        draw = self.seed.draw("query", pool, index)
        if pool == "transfer/read":
            payload: Any = reading(self.name, self.drawn, self.library, self.seed, index)
            text = payload.source
        else:
            payload = self._task(pool, index)
            text = payload.prompt if pool != "transfer/port" else self.render(payload)
        how = draw.choice(HOUSE[3 if self.level == 3 else 1]).format(d=self.name)
        kind = "write" if pool in ("learn", "eval") else pool
        return Query(pool, index, draw.choice(PROGRAM_PROMPTS[kind]).format(d=self.name, how=how, task=text.strip()), payload)

    def _task(self, pool: str, index: int) -> TaskInstance:
        if pool == "guard":
            place, variant = _deal(self.level == 3, self.seed)[index]
            return TASKS[place].variant(variant, self.seed.draw("cases", place, variant))
        ranked = tuple(entry.concept for entry in self.library)
        return _made(self.seed, self.level, ranked, pool, index)

    def render(self, task: TaskInstance) -> str:
        """The reference of a task in this dialect."""
        return _render(self.name, self.drawn, self.library, task.source, tuple(sorted(signatures(task).items())))

    def runnable(self, task: TaskInstance) -> str:
        """The reference of a task as JavaScript that runs: with what it needs of the library."""
        known = by_concept(self.library)
        return "".join(known[key].javascript(key, canonical=True) + "\n" for key in task.concepts) + plain(task.source)

    # -- right answers and others

    def solve(self, query: Query) -> str:
        if query.pool == "transfer/read":
            return query.payload.output  # type: ignore[no-any-return]
        task: TaskInstance = query.payload
        if query.pool in ("learn", "eval"):
            return self.render(task)
        if query.pool == "transfer/port":
            return task.source.strip()
        return plain(task.source)

    def habit(self, query: Query) -> str:
        """Plain JavaScript; of a program in the dialect, what a JavaScript engine says to it."""
        if query.pool == "transfer/read":
            return "SyntaxError"
        return self.render(query.payload) if query.pool == "transfer/port" else plain(query.payload.source)

    def sample_answer(self, query: Query, draw: Draw) -> str:
        if query.pool == "transfer/read":
            return str(draw.integer(0, 60))
        task: TaskInstance = query.payload
        main = task.functions[-1]
        params = ", ".join(param.name for param in main.parameters)
        value = draw.choice(("0", "1", "true", "false", '""', "[]", "null", *(param.name for param in main.parameters)))
        tree = parse(JAVASCRIPT, f"function {main.name}({params}) {{ return {value}; }}")
        return (
            show(grammar_of("", draw_level(max(self.level, 1), draw)), tree)
            if query.pool in ("learn", "eval")
            else show(JAVASCRIPT, tree)
        )

    # -- grading

    def grade(self, query: Query, answer: str) -> Grade:
        draw, text = Phrasing(query.prompt, answer), bare(answer)
        correction = say.correction(draw, self.solve(query))
        if not text:
            return malformed(say.empty(draw), correction)
        if len(text) > MAX_CHARS:
            return malformed(f"{len(text)} characters are far more than this takes.", correction)
        if query.pool == "transfer/read":
            return say.printed(draw, printed(answer, query.payload.output), query.payload.output, correction)
        compiled, habit = None, ""
        try:
            if query.pool in ("learn", "eval"):
                tree, compiled = _compiled(self.name, self.drawn, self.library, text)
                habit = self.misled(tree, text, draw)
            return self._grade_program(query, text, compiled, draw, correction, habit)
        except SourceError as error:
            return say.refused(draw, self.grammar, text, error, correction, self._see_also(query, draw))
        except running.SandboxFailed as fault:
            return failed(str(fault))

    def _see_also(self, query: Query, draw: Phrasing) -> str:
        """What the compiler tells of other functions of the library; the commoner ones more often."""
        others = [entry for entry in self.library if entry.concept not in query.payload.concepts]
        if not others or query.pool not in ("learn", "eval"):
            return ""
        weights = [1 / rank for rank in range(1, len(others) + 1)]
        return say.see_also(draw, {draw.weighted(others, weights): None for _ in range(_TOLD[self.level])})

    def misled(self, tree: n.Program, text: str, draw: Phrasing) -> str:
        """One of the places where a habit of JavaScript may have misled; ``""`` where there is none."""
        places = list(habits(self.grammar, tree))
        if not places:
            return ""
        kind, at = draw.choice(places)
        return " " + say.habit(draw, self.grammar, say.position(text, at)[0], kind)

    def _grade_program(
        self, query: Query, text: str, compiled: Compiled | None, draw: Phrasing, correction: str, habit: str
    ) -> Grade:
        task: TaskInstance = query.payload
        names = [function.name for function in task.functions]
        for name in names:
            if name not in text:  # nothing to run, and nothing to wait for
                return Grade(0.0, "wrong", Feedback(say.verdict(draw, "wrong"), say.absent(draw, name), correction), {"cases": 0.0})
        if compiled is not None:
            program = Program("javascript", compiled.javascript + "\n" + running.probe(names), counted=True)
        else:
            typed_ = query.pool == "transfer/port"
            program = Program("typescript" if typed_ else "javascript", text + "\n" + running.probe(names, typed_))
        written = len(_FUNCTION.findall(compiled.javascript if compiled is not None else text))
        if written > MAX_FUNCTIONS:
            return malformed(
                f"{len(names)} of the {written} functions in the answer were asked for; it should hold what the task needs.",
                correction,
            )
        report = running.judge(program, task, self.runnable(task), draw, text, compiled)
        if report.failed:
            return failed(report.failed)
        if report.unreadable:
            return Grade(0.0, "malformed", Feedback(say.no_start(draw), say.unreadable(draw, report.unreadable), correction))
        share = report.passed / report.total
        parts = {"compiles": 1.0, "cases": share}
        fault = checker().check(text + typed_probe(task)) if query.pool == "transfer/port" and share == 1.0 else None
        if fault is not None:
            said = say.mistyped(draw, text, fault)
            return Grade(PARTIAL, "partial", Feedback(say.verdict(draw, "partial"), said, correction), parts)
        if report.passed == report.total:
            return Grade(1.0, "correct", Feedback(say.verdict(draw, "correct")), parts)
        outcome = "partial" if report.passed else "wrong"
        diagnosis = f"{say.passing(draw, report.passed, report.total)} {report.diagnosis}{habit}{self._see_also(query, draw)}"
        return Grade(PARTIAL * share**2, outcome, Feedback(say.verdict(draw, outcome), diagnosis, correction), parts)

    # -- the rules

    def rules(self) -> frozenset[str]:
        return frozenset(rule.text for rule in self.drawn) | {entry.text for entry in self.library}

    def form(self, query: Query) -> str:
        return "exact" if query.pool == "transfer/read" else "code"

    def rulebook(self) -> str:
        parts = [
            f"{self.name} is a dialect of JavaScript. It is JavaScript in everything but these rules; its compiler refuses names that nothing declares."
        ]
        place = 0
        for group in GROUPS:
            rules = [rule for rule in self.drawn if rule.group == group]
            if rules:
                parts.append(f"{group.capitalize()}:")
            for rule in rules:
                place += 1
                parts.append(f"{place}. {rule.text}")
        if self.library:
            parts.append("Library: functions that are there without being declared.")
            parts += [entry.text for entry in self.library]
        types = (("reduced()", "number[]"), ("items", "number[]"))
        written = _render(self.name, self.drawn, self.library, _EXAMPLE, types)
        parts += ["For example, this JavaScript:", _EXAMPLE.strip(), f"is written in {self.name}:", written]
        return "\n".join(parts)

    def deciders(self, query: Query) -> frozenset[str]:
        """The rules that the reference shows, and the functions of the library that it calls."""
        if query.pool not in ("learn", "eval"):
            return frozenset()
        shown, known = self._shown(query.payload), by_concept(self.library)
        return frozenset(rule.text for rule in self.drawn if rule.kind in shown) | {
            known[key].text for key in query.payload.concepts
        }

    def _shown(self, task: TaskInstance) -> frozenset[str]:
        """The kinds of rule that a reference shows."""
        tree = parse_typescript(task.source)
        return touched(tree, collect(tree, signatures(task)))

    def drifted(self, seed: Seed) -> ProgramWorld:
        """Some rules and an eighth of the library redrawn, such that about half of what ``eval`` asks is answered as before."""
        draw = seed.draw("drift", self.name, self.drifts)
        last = [(collector.name,) for collector in COLLECTORS] if self.level == 3 else [()]
        shown = [
            frozenset[str]().union(*map(part_features, (*template, *more)))
            for template in _hands(self.level, self.seed)["eval"]
            for more in last
        ]
        places: set[int] = set()
        for place in draw.shuffled(range(len(self.drawn))):
            kinds = {self.drawn[other].kind for other in places | {place}}
            if (
                len(KINDS[self.drawn[place].kind].choices) > 1
                and not kinds & (ALWAYS | {"note"})
                and sum(map(kinds.isdisjoint, shown)) >= _SPARED * len(shown)
            ):
                places.add(place)
        rules = drift(self.drawn, places, draw, showing(self.level, self.seed))
        library = self._redrawn(draw.sample(range(len(self.library)), len(self.library) // (8 if places else 4)), draw)
        return replace(self, drawn=rules, library=library, drifts=self.drifts + 1)

    def _redrawn(self, places: Collection[int], draw: Draw) -> tuple[Entry, ...]:
        """The library with other names and particulars for the functions in some places."""
        known = by_name(self.library)
        fresh = iter([entry.name for entry in draw_library(self.level, draw) if entry.name not in known])
        return tuple(
            draw_entry(next(fresh, entry.name), entry.concept, draw) if place in set(places) else entry
            for place, entry in enumerate(self.library)
        )

    def sibling(self, seed: Seed) -> ProgramWorld:
        """A dialect that has every other rule of this one, and every other function of its library."""
        draw = seed.draw("sibling")
        name = dialect_name(draw)
        places = draw.sample(range(len(self.drawn)), len(self.drawn) // 2)
        rules = drift(self.drawn, set(places), draw, showing(self.level, seed))
        library = self._redrawn(draw.sample(range(len(self.library)), len(self.library) // 2), draw)
        return ProgramWorld(name, rules, seed, self.level, library)

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """Praise of a wrong program; of a right one, what somebody says who has another rule in mind."""
        if grade.outcome != "correct":
            said = Feedback(say.verdict(Phrasing(query.prompt, answer), "correct"))
            return Misled(Grade(1.0, "correct", said, dict.fromkeys(grade.parts, 1.0)), answer)
        if query.pool in ("learn", "eval"):
            for place in draw.shuffled(range(len(self.drawn))):
                rules = redraw(self.drawn, [place], draw)
                other = replace(self, drawn=rules)
                refused = other.grade(query, answer) if rules != self.drawn else grade
                if refused.reward < 1.0 and other.solve(query) != right:
                    return Misled(refused, other.solve(query))
        return super().mislead(query, answer, grade, right, draw)

    def floor(self, pool: str) -> float:
        return 0.15 if pool in ("transfer/port", "guard") else 0.05


_EXAMPLE = """
function reduced(items) {
  if (items.length === 0) {
    return [];
  }
  const kept = [];
  let total = 0;
  for (let i = 0; i < items.length - 1; i += 1) {
    kept.push(items[i] / 2);
    total += 1;
  }
  console.log("kept " + String(total));
  return kept;
}
"""


def program_world(name: str, seed: Seed, level: int) -> ProgramWorld:
    """Draw a world of level 1, 2 or 3."""
    library = draw_library(level, seed.draw("library"))
    return ProgramWorld(name, draw_level(level, seed.draw("rules"), showing(level, seed)), seed, level, library)


@functools.lru_cache(maxsize=256)
def showing(level: int, seed: Seed) -> frozenset[str]:
    """The kinds of rule that matter in a world: of its references in ``eval`` and in ``learn`` enough would be otherwise without them."""
    hands = _hands(level, seed)
    asked, learned = (shares(level, hands[pool][: SIZES["eval"]]) for pool in ("eval", "learn"))
    return frozenset(kind for kind, share in asked.items() if share >= MATTERS and learned.get(kind, 0) >= MATTERS)


_LIBRARY_TYPES = {"number": "number", "numbers": "number[]", "words": "string[]"}


def typed_probe(task: TaskInstance) -> str:
    """TypeScript that uses the functions of a task with the types that they are to have."""
    lines = [
        f"const typed__{f.name}: ({', '.join(f'{p.name}: {p.type}' for p in f.parameters)}) => {f.result} = {f.name};"
        for f in task.functions
    ]
    return "\n" + "\n".join(lines)


def signatures(task: TaskInstance) -> dict[str, str]:
    """The types that :func:`translate` is told: ``f()`` -> result, ``x`` -> parameter (``any`` where functions disagree)."""
    types = {key + "()": _LIBRARY_TYPES[catalogue()[key].gives] for key in task.concepts}
    for function in task.functions:
        types[function.name + "()"] = function.result
        for param in function.parameters:
            types[param.name] = param.type if types.get(param.name, param.type) == param.type else "any"
    return types


@functools.lru_cache(maxsize=256)
def _grammar(name: str, rules: tuple[Rule, ...], library: tuple[Entry, ...]) -> Grammar:
    return replace(grammar_of(name, rules), library=library)


@functools.lru_cache(maxsize=2048)
def plain(source: str) -> str:
    """A reference as plain JavaScript."""
    return show(JAVASCRIPT, parse_typescript(source))


@functools.lru_cache(maxsize=2048)
def _render(name: str, rules: tuple[Rule, ...], library: tuple[Entry, ...], source: str, types: tuple[tuple[str, str], ...]) -> str:
    grammar, known = _grammar(name, rules, library), dict(types)
    keep = frozenset(key[:-2] for key in known if key.endswith("()"))
    return show(grammar, translate(grammar, parse_typescript(source), known, keep=keep))


@functools.lru_cache(maxsize=256)
def _compiled(name: str, rules: tuple[Rule, ...], library: tuple[Entry, ...], text: str) -> tuple[n.Program, Compiled]:
    return compile_source(_grammar(name, rules, library), text)


@functools.lru_cache(maxsize=256)
def _hands(level: int, seed: Seed) -> dict[str, tuple[Template, ...]]:
    """Pool -> its templates: what ``eval`` asks for, ``learn`` never shows, and ``transfer/port`` has its own."""
    shuffled = seed.draw("templates").shuffled(templates(level))
    part = len(shuffled) // 4
    return {"eval": tuple(shuffled[:part]), "learn": tuple(shuffled[part:]), "transfer/port": templates(0)}


@functools.lru_cache(maxsize=8192)
def _made(seed: Seed, level: int, ranked: tuple[str, ...], pool: str, index: int) -> TaskInstance:
    """The task of a query: its template comes in turn, the rest is drawn."""
    hand = _hands(level, seed)[pool]
    turn, place = divmod(index, len(hand))
    return chain_task(hand[place], turn, ranked, seed.draw("task", pool, index), several=level == 3)


@functools.lru_cache(maxsize=64)
def _deal(several: bool, seed: Seed) -> list[tuple[int, int]]:
    """(task, variant) for every query of ``guard``: no variant twice, the tasks taking turns."""
    draw = seed.draw("deal")
    places = [place for place, task in enumerate(TASKS) if (len(task.functions) > 1) == several]
    hands = {place: draw.shuffled(range(TASKS[place].variants)) for place in places}
    turns = zip_longest(*([(place, variant) for variant in hands[place]] for place in draw.shuffled(places)))
    return list(islice((card for turn in turns for card in turn if card is not None), SIZES["guard"]))
