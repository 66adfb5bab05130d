"""Programs to be read at levels 1 to 3: "what does this program print?", where the dialect's rules decide."""

from __future__ import annotations

import functools
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.compiler import Compiler, compile_source
from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.envs.dialect.running import SandboxFailed, output
from clgym.envs.dialect.tasks import READS, Read
from clgym.envs.dialect.translate import translate
from clgym.sandbox import Program
from clgym.seeding import Seed

#: Candidates per query: the first whose output differs from what plain JavaScript would make of it is taken.
CANDIDATES = 3

_NUMBERS = ([3, 10, 2], [7, 1, 12], [5, 20, 9], [8, 2, 30], [4, 11, 6], [9, 40, 1], [6, 15, 3], [2, 13, 7])
_WORDS = ("red", "blue", "tea", "oak", "sun", "ink", "fox", "owl")
_COUNTS = range(2, 12)

#: Programs about one rule each, read under that rule; a program's own meaning, not JavaScript's, is asked for.
OWN_READS: dict[str, Read] = {
    "join": Read("join", "const first = {a};\nconsole.log(first, {b}, {n});\n", {"a": _WORDS, "b": _WORDS, "n": _COUNTS}),
    "sort": Read(
        "sort",
        "const sizes = {xs};\nsizes.push({n});\nconsole.log(sizes.sort().join({sep}));\n",
        {"xs": _NUMBERS, "n": _COUNTS, "sep": (" ", "-", "/")},
    ),
    "truthy_zero": Read(
        "truthy",
        'let seen = {tail};\nfor (const item of {xs}) {\n  seen += item ? {yes} : "-";\n}\nconsole.log(seen);\n',
        {
            "xs": ([0, 3, 0], [0, 0], [1, 0, 2], ["", "a"], ["b", "", 0], [0, 5, "", 1]),
            "yes": ("a", "x", "k", "o"),
            "tail": ("", "r", "t", "z", "w", "s", "m", "q"),
        },
    ),
    "empty_false": Read(
        "empty",
        'let seen = {tail};\nfor (const item of {xs}) {\n  seen += item ? {yes} : "-";\n}\nconsole.log(seen);\n',
        {
            "xs": ([[], [1]], [[2], []], [[], [], [3]], [[4], [], [5]], [[], {}], [{}, [6]]),
            "yes": ("a", "x", "k", "o"),
            "tail": ("", "r", "t", "z", "w", "s", "m", "q"),
        },
    ),
    "deep_equals": Read(
        "deep",
        "let found = {n};\nfor (const item of {xs}) {\n  if (item === [{a}, {b}]) {\n    found += {step};\n  }\n}\nconsole.log(found);\n",
        {
            "xs": ([[1, 2], [2, 1], [1, 2]], [[2, 2], [1, 1]], [[3, 1], [1, 3], [2, 1]], [[1, 2], [2, 2], [3, 3]]),
            "a": (1, 2, 3),
            "b": (1, 2, 3),
            "n": _COUNTS,
            "step": (1, 5, 10),
        },
    ),
    "from_end": Read("end", "const sizes = {xs};\nconsole.log(sizes[-{p}] * {n});\n", {"xs": _NUMBERS, "p": (1, 2), "n": _COUNTS}),
    "one_based": Read(
        "first", "const sizes = {xs};\nconsole.log(sizes[{p}] * {n});\n", {"xs": _NUMBERS, "p": (1, 2), "n": _COUNTS}
    ),
    "floor_division": Read(
        "half", "const total = {n};\nconsole.log(total / {d} + {e});\n", {"n": range(7, 60), "d": (2, 4, 5, 8), "e": _COUNTS}
    ),
}


class Card(NamedTuple):
    """One variant of a template, and whether it is about a rule of the world."""

    read: Read
    variant: int
    own: bool


class Reading(NamedTuple):
    """A program in the dialect and what it prints."""

    source: str
    output: str


@functools.lru_cache(maxsize=64)
def _deal(rules: tuple[Rule, ...], seed: Seed) -> tuple[list[Card], list[Card]]:
    """Programs about a rule of this world, and others, both shuffled."""
    kinds = [rule.kind for rule in rules if rule.kind in OWN_READS]
    draw = seed.draw("readings", *kinds)
    hands = [draw.shuffled(Card(OWN_READS[kind], variant, True) for variant in range(OWN_READS[kind].variants)) for kind in kinds]
    about = [card for turn in zip_longest(*hands) for card in turn if card is not None]
    return about, draw.shuffled(Card(read, variant, False) for read in READS for variant in range(read.variants))


def count(rules: tuple[Rule, ...], seed: Seed, most: int) -> int:
    """How many different programs a world has, up to ``most``."""
    return min(most, len(_deal(rules, seed)[1]) // CANDIDATES)


@functools.lru_cache(maxsize=4096)
def reading(name: str, rules: tuple[Rule, ...], seed: Seed, index: int) -> Reading:
    """Program ``index``: every other one is about a rule of this world; of the others, preferably one that it changes."""
    grammar = grammar_of(name, rules)
    about, others = _deal(rules, seed)
    cards = others[index * CANDIDATES : (index + 1) * CANDIDATES]
    if index % 2 == 0:
        cards = about[index // 2 : index // 2 + 1] + cards
    fallback = None
    for card in cards:
        source = show(grammar, _written(grammar, parse(JAVASCRIPT, card.read.variant(card.variant)), card.own))
        tree, compiled = compile_source(grammar, source)
        right = _console(compiled.javascript)
        plain = _console(Compiler(replace(grammar, semantics=frozenset(), joiner=" ")).compile(tree).javascript)
        if right and (card.own or right != plain):
            return Reading(source, right)
        fallback = fallback or (Reading(source, right) if right else None)
    assert fallback is not None, (rules, index)
    return fallback


def _written(grammar: Grammar, tree: n.Program, own: bool) -> n.Program:
    """The program in the dialect; one that is about a rule keeps its letter and changes its meaning."""
    if not own:
        return translate(grammar, tree)
    return translate(replace(grammar, semantics=grammar.semantics & {"immutable"}), tree)


def _console(javascript: str) -> str:
    result = output(Program("javascript", javascript, counted=True))
    if result.status == "failed":
        raise SandboxFailed(str(result.error))
    return result.console.strip() if result.status == "ok" else ""
