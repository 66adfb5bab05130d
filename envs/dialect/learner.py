"""The ideal learner of CL-Dialect: which rules and which functions of the library explain what it was shown.

It knows the catalogue of rules, the library's possible functions, and how tasks are worded and solved. Of a dialect it keeps votes: for each kind of
rule how often each of its choices (or none) explained a right program, and for each function its name and the order of its arguments. A right
program is explained by rewriting the solution under one change of rules after the other, as long as that comes nearer to it. A compiler's
complaint names the word that was meant, which tells the rule.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz.distance import Indel

from clgym.agent import Conversation
from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.catalogue import KINDS, Choice
from clgym.envs.dialect.check import GLOBALS, made_names
from clgym.envs.dialect.compiler import compile_source
from clgym.envs.dialect.features import may_show, touched
from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.envs.dialect.inference import Types, collect
from clgym.envs.dialect.lexer import SourceError
from clgym.envs.dialect.library import Entry, catalogue
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.programs import signatures
from clgym.envs.dialect.reading import Asked, Remark, read_feedback, understand
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.envs.dialect.running import output
from clgym.envs.dialect.tasks.chains import NOTES
from clgym.envs.dialect.translate import translate
from clgym.envs.dialect.typescript import parse_typescript
from clgym.learning import Learner, Seen
from clgym.sandbox import Program
from clgym.seeding import Draw

#: How often the rules are gone through for one right program.
_PASSES = 3
#: What a function by another name costs, and its arguments in another order, in tokens.
_CALL = 2
#: What it counts that no rule of a kind was needed: two rules may hide each other.
_ABSENT = 0.25
#: After so many votes a kind of rule that is clear is not asked about again.
_SURE = 4.0
#: What is left of a vote once a drift may have made it stale.
_STALE = 0.25
#: What a compiler's own word counts beside one program that a rule explains.
_WORD = 2.0
#: Complaints about a convention -> the kind of rule that it goes against.
_CONVENTIONS = {
    "no arrow": "no_arrow",
    "no increment": "no_increment",
    "no compound": "no_compound",
    "no note": "note",
    "short name": "long_names",
    "name style": "snake",
    "arity": "arity",
    "constant": "immutable",
    "no kind": "kinds",
    "needs unless": "unless",
    "needs postfix": "postfix",
    "needs pipe": "pipeline",
    "no for": "count",
    "terminator": "terminator",
}
_TOKEN = re.compile(r"\w+|[^\w\s]")

#: Kind of rule -> its parameters; kinds that are not there are as in JavaScript.
Rules = dict[str, Choice]


class Work:
    """What was asked as a plain tree, what it shows, and how it is written under given rules."""

    def __init__(self, asked: Asked):
        self.dialect, self.task = asked.dialect, asked.task
        self.types: Types = dict(signatures(asked.task)) if asked.task else {}
        self.tree = parse_typescript(asked.task.source) if asked.task else parse(JAVASCRIPT, asked.text)
        self.certain = touched(self.tree, collect(self.tree, self.types))
        self.shown = may_show(self.certain)
        self.keep = frozenset(function.name for function in asked.task.functions) if asked.task else frozenset()

    def written(self, rules: Rules, library: tuple[Entry, ...]) -> str:
        """The solution under these rules; functions of the library that are not known are called by what they do."""
        grammar = self.grammar(rules, library)
        return show(grammar, translate(grammar, self.tree, self.types, keep=self.keep) if self.task else self.tree)

    def grammar(self, rules: Rules, library: tuple[Entry, ...]) -> Grammar:
        ordered = [Rule(kind, rules[kind]) for kind in KINDS if kind in rules]
        return replace(grammar_of(self.dialect, ordered), library=library)

    def distance(self, rules: Rules, library: tuple[Entry, ...], right: Sequence[str]) -> float:
        """How far the solution under these rules is from the tokens of a right one."""
        return Indel.distance(_TOKEN.findall(self.written(rules, library)), right)


@functools.lru_cache(maxsize=512)
def _work(prompt: str) -> tuple[Asked, Work | None]:
    asked = understand(prompt)
    return asked, Work(asked) if asked.pool == "write" else None


@dataclass
class Belief:
    """What is thought of one dialect."""

    rules: dict[str, dict[Choice | None, float]] = field(default_factory=dict)
    library: dict[str, dict[tuple[str, bool], float]] = field(default_factory=dict)

    def best(self) -> Rules:
        """The likeliest choice of each kind of rule that is thought to hold."""
        found: Rules = {}
        for kind, votes in sorted(self.rules.items(), key=lambda pair: -max(pair[1].values(), default=0)):
            choice = max(votes, key=lambda choice: (votes[choice], choice is not None), default=None)
            if choice is not None and not any(kind in KINDS[other].forbids or other in KINDS[kind].forbids for other in found):
                found[kind] = choice
        return found

    def sure(self, kind: str) -> bool:
        """Whether one choice of a kind of rule has explained so much that no single program is to change it."""
        votes = self.rules.get(kind, {})
        total = sum(votes.values())
        return total >= _SURE and max(votes.values()) >= 0.75 * total

    def entries(self) -> tuple[Entry, ...]:
        """The functions that are known, under their likeliest names."""
        likeliest = ((key, max(votes, key=votes.__getitem__)) for key, votes in self.library.items())
        return tuple(Entry(name, key, first, "error") for key, (name, first) in likeliest)

    def vote(self, kind: str, choice: Choice | None, weight: float = 1.0) -> None:
        votes = self.rules.setdefault(kind, {})
        votes[choice] = votes.get(choice, 0.0) + weight

    def call(self, concept: str, name: str, number_first: bool) -> None:
        votes = self.library.setdefault(concept, {})
        votes[name, number_first] = votes.get((name, number_first), 0.0) + 1.0

    def age(self) -> None:
        """After a drift."""
        self.rules = {kind: {key: vote * _STALE for key, vote in votes.items()} for kind, votes in self.rules.items()}
        self.library = {key: {call: vote * _STALE for call, vote in votes.items()} for key, votes in self.library.items()}

    # -- a right program

    def explain(self, work: Work, right: str) -> None:
        """Vote for the rules that make of the solution what was right, and for what it calls."""
        right, mark = _without_note(right)
        tokens = _TOKEN.findall(right)
        rules, library = self.best(), self.entries()
        nearest = work.distance(rules, library, tokens)
        unknown = len(set(work.task.concepts) - set(self.library)) if work.task else 0
        tried = nearest > _CALL * unknown or nearest == 0
        for _ in range(_PASSES if tried and nearest else 0):
            before = nearest
            for kind, choice in _candidates(work, right, rules):
                if self.sure(kind):
                    continue
                changed = {key: value for key, value in rules.items() if key != kind} | ({} if choice is None else {kind: choice})
                distance = work.distance(changed, library, tokens)
                if distance < nearest:
                    rules, nearest = changed, distance
            if nearest == before:
                break
        for kind in work.certain:
            if tried or kind in rules:  # what was not looked for is not known to be missing
                self.vote(kind, rules.get(kind), 1.0 if kind in rules else _ABSENT)
        for kind in (set(rules) & work.shown) - work.certain:
            self.vote(kind, rules[kind])
        if mark:
            self.vote("comment", None if mark == "//" else (mark,))
        if work.task:
            self.listen(work, rules, right)

    def listen(self, work: Work, rules: Rules, right: str) -> None:
        """The names of the library's functions, which a right program calls in the order of its steps."""
        assert work.task is not None
        try:
            tree = parse(work.grammar(rules, ()), right)
        except SourceError:
            return
        own = made_names(tree) | GLOBALS
        calls = [node for node in n.walk(tree) if isinstance(node, n.Call) and isinstance(node.callee, n.Name)]
        called = [node for node in calls if isinstance(node.callee, n.Name) and node.callee.id not in own]
        if len(called) == len(work.task.concepts):
            for key, node in zip(work.task.concepts, called):
                assert isinstance(node.callee, n.Name)
                self.call(key, node.callee.id, isinstance(node.arguments[0], n.Num) if node.arguments else False)

    # -- a compiler's word

    def hear(self, work: Work, answer: str, remark: Remark) -> None:
        """Vote for the rule that a complaint is about."""
        if remark.habit:
            self.hear_habit(remark)
        for kind, choice in _named(work, _word_at(answer, remark), remark, self.best()):
            self.vote(kind, choice, _WORD)
            return
        if remark.kind == "unknown name" and "(" in remark.meant:
            key = _word_at(answer, remark)
            if key in catalogue():
                self.call(key, remark.meant.split("(")[0], "(count" in remark.meant)

    def hear_habit(self, remark: Remark) -> None:
        kind, known = remark.habit, self.best().get(remark.habit)
        if kind == "count" and known:
            self.vote("count", (*known[:3], "included" if remark.fact == "at" else "left out"), _WORD)
        elif kind != "count":
            self.vote(kind, (remark.fact,) if kind == "join" else known or KINDS[kind].choices[0], _WORD)


def _without_note(right: str) -> tuple[str, str]:
    """A right program without a remark that nobody asked for, and how that began."""
    first, _, rest = right.partition("\n")
    note = next((note for note in NOTES if first.endswith(" " + note)), "")
    return (rest, first.removesuffix(note).strip()) if note else (right, "")


def _candidates(work: Work, right: str, rules: Rules) -> Iterator[tuple[str, Choice | None]]:
    """Changes of the rules that may explain a right program: choices of which a word stands in it."""
    for name, kind in KINDS.items():
        if name not in work.shown or any(other in kind.forbids or name in KINDS[other].forbids for other in rules):
            continue
        for choice in kind.choices:
            words = choice[:3] if name == "count" else () if name == "join" else choice
            if choice != rules.get(name) and (not words or any(word in right for word in words)):
                yield name, choice
        if name in rules:
            yield name, None


def _word_at(answer: str, remark: Remark) -> str:
    """What stands in an answer where a complaint points to."""
    lines = answer.split("\n")
    if not 0 < remark.line <= len(lines):
        return ""
    found = re.compile(r"[A-Za-z_$][\w$]*|\d[\d_'.]*|[^\w\s]+").match(lines[remark.line - 1], remark.column - 1)
    return found[0] if found else ""


def _named(work: Work, word: str, remark: Remark, rules: Rules) -> Iterator[tuple[str, Choice]]:
    """The rules that a complaint may be about, the likeliest first."""
    own = _CONVENTIONS.get(remark.kind, "")
    if remark.kind == "digits":
        own = "digits"
    mine = [kind for kind in KINDS if word and word in rules.get(kind, ())]  # what was written by another choice of the same kind
    for kind in (own, *mine, *KINDS):
        if kind not in KINDS or (kind != own and kind not in work.shown):
            continue
        for choice in KINDS[kind].choices:
            if choice == rules.get(kind):
                continue
            if kind == own and (not remark.meant or not choice):
                yield kind, choice
            elif any(part and (part == remark.meant or kind == "digits" == own and part in remark.meant) for part in choice):
                if _about(kind, word, remark):
                    yield kind, _consistent(kind, choice, rules, remark.meant)


def _about(kind: str, word: str, remark: Remark) -> bool:
    """Whether a complaint about this word can be about a kind of rule, where several have the same spellings."""
    if kind == "terminator":
        return word.startswith(";") or remark.kind == "terminator"
    if kind == "quotes":
        return word[:1] in ('"', "'", "`")
    return not (word.startswith(";") or word[:1] in ('"', "'", "`"))


def _consistent(kind: str, choice: Choice, rules: Rules, meant: str) -> Choice:
    """A counted loop has four parameters, of which a complaint names one: the others stay as they were thought."""
    known = rules.get(kind)
    if kind != "count" or known is None:
        return choice
    same = [other for other in KINDS["count"].choices if meant in other]
    return max(same, key=lambda other: sum(map(str.__eq__, other, known)))


class DialectLearner(Learner):
    """θ is what was seen; of each dialect, a :class:`Belief`."""

    def __init__(self, level: int, *, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._level, self._drifts = level, tuple(drifts)
        self._dialects: dict[str, Belief] = {}
        self._by_score = False

    # -- learning

    def see(self, seen: Seen) -> None:
        if len(self.seen) in self._drifts:
            for belief in self._dialects.values():
                belief.age()
        asked, work = _work(seen.prompt)
        if work is None:
            return
        belief = self._dialects.setdefault(asked.dialect, Belief())
        remark = read_feedback(seen.feedback) if seen.feedback else Remark()
        self._by_score = seen.reward is not None and not seen.correction and not (remark.kind or remark.correct or remark.habit)
        for signature, english in remark.told:
            key = _by_english().get(english)
            if key:
                belief.call(key, signature.split("(")[0], "(count" in signature)
        if seen.correction:
            belief.explain(work, seen.correction)
        elif seen.reward == 1.0 or remark.correct:
            belief.explain(work, seen.answer)
        else:
            belief.hear(work, seen.answer, remark)

    # -- answering

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        prompt = next(message["content"] for message in conversation if message["role"] == "user")
        asked, work = _work(prompt)
        belief = self._dialects.get(asked.dialect) or self._related()
        if work is not None:
            rules = belief.best()
            if self._by_score and not self.frozen:
                rules |= self._guessed(work, belief, self.draw("reply"))
            return work.written(rules, belief.entries())
        return self._elsewhere(asked, belief)

    def _related(self) -> Belief:
        """What most other dialects have in common."""
        common = Belief()
        for belief in self._dialects.values():
            for kind, choice in belief.best().items():
                common.vote(kind, choice)
            for entry in belief.entries():
                common.call(entry.concept, entry.name, entry.number_first)
        return common

    def _guessed(self, work: Work, belief: Belief, draw: Draw) -> Rules:
        """Rules that may hold, where nothing is known (Thompson 1933)."""
        unknown = [kind for kind in sorted(work.shown) if kind not in belief.rules]
        return {kind: draw.choice(KINDS[kind].choices) for kind in unknown if draw.chance(_PRIOR[self._level])}

    def _elsewhere(self, asked: Asked, belief: Belief) -> str:
        """What a program prints, or a line in another language, as far as the dialect can be read."""
        ordered = [Rule(kind, choice) for kind, choice in belief.best().items()]
        grammar = replace(grammar_of(asked.dialect, ordered), library=belief.entries())
        try:
            if asked.pool == "transfer/read":
                return output(
                    Program("javascript", compile_source(grammar, asked.text)[1].javascript, counted=True)
                ).console.strip()
            if asked.pool == "transfer/port":
                return show(JAVASCRIPT, parse(grammar, asked.text))
        except SourceError:
            return ""
        return asked.text


#: How likely it is, before anything is seen, that a kind of rule holds that a task shows, by level.
_PRIOR = (0.4, 0.2, 0.35, 0.5)


@functools.cache
def _by_english() -> dict[str, str]:
    """What a compiler says of a function -> what it does."""
    return {concept.english.format(x="list", k="count"): key for key, concept in catalogue().items()}
