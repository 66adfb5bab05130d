"""Programs to be read at levels 1 to 3: "what does this program print?", where the dialect's rules decide."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from clgym.envs.dialect import nodes as n
from clgym.envs.dialect.compiler import Compiler, compile_source
from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.envs.dialect.library import Entry, catalogue
from clgym.envs.dialect.parser import parse
from clgym.envs.dialect.printer import show
from clgym.envs.dialect.rules import Rule, grammar_of
from clgym.envs.dialect.running import SandboxFailed, output
from clgym.envs.dialect.tasks.base import Read
from clgym.envs.dialect.translate import translate
from clgym.sandbox import Program
from clgym.seeding import Draw, Seed

#: So many programs on, the next query begins to look for one that prints something else than in JavaScript.
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


class Reading(NamedTuple):
    """A program in the dialect and what it prints."""

    source: str
    output: str


@functools.lru_cache(maxsize=64)
def _deal(rules: tuple[Rule, ...], seed: Seed) -> list[tuple[Read, int]]:
    """Programs about the rules of meaning of this world, shuffled, the rules taking turns."""
    kinds = [rule.kind for rule in rules if rule.kind in OWN_READS]
    draw = seed.draw("readings", *kinds)
    hands = [draw.shuffled((OWN_READS[kind], variant) for variant in range(OWN_READS[kind].variants)) for kind in kinds]
    return [card for turn in zip_longest(*hands) for card in turn if card is not None]


@functools.lru_cache(maxsize=4096)
def reading(name: str, rules: tuple[Rule, ...], library: tuple[Entry, ...], seed: Seed, index: int) -> Reading:
    """Program ``index``: of each two one is about a rule of meaning, the other calls a function of the library.

    None of them prints what it would print in JavaScript.
    """
    grammar = replace(grammar_of(name, rules), library=library)
    cards = _deal(rules, seed)
    if library and (index % 2 or not cards):
        return _called(grammar, seed.draw("called", index))
    start = index * CANDIDATES
    for read, variant in (cards[place % len(cards)] for place in range(start, start + len(cards))):
        source = show(grammar, _written(grammar, parse(JAVASCRIPT, read.variant(variant))))
        tree, compiled = compile_source(grammar, source)
        right = _console(compiled.javascript)
        plain = _console(Compiler(replace(grammar, semantics=frozenset(), joiner=" ")).compile(tree).javascript)
        if right and right != plain:
            return Reading(source, right)
    raise AssertionError((rules, index))


def _called(grammar: Grammar, draw: Draw) -> Reading:
    """A program that prints what a function of the library gives; the commoner ones more often."""
    ranked = grammar.library
    while True:
        entry = draw.weighted(ranked, [1 / rank for rank in range(1, len(ranked) + 1)])
        concept = catalogue()[entry.concept]
        words = concept.takes == "words"
        items = draw.sample(_LONG, draw.integer(2, 4)) if words else [draw.integer(-9, 40) for _ in range(draw.integer(3, 5))]
        count = f", {draw.integer(1, 2)}" if concept.counts else ""
        call = f"{concept.key}({'words' if words else 'sizes'}{count})"
        text = call if concept.gives == "number" else f'{call}.join(" ")'
        source = f"const {'words' if words else 'sizes'} = {json.dumps(items)};\nconsole.log({text});\n"
        written = show(grammar, translate(grammar, parse(JAVASCRIPT, source)))
        right = _console(compile_source(grammar, written)[1].javascript)
        if right:
            return Reading(written, right)


_LONG = "apple bee ant echo oak river tea summer noon eye idea stone rain level dart end anna tide elm orange".split()


def _written(grammar: Grammar, tree: n.Program) -> n.Program:
    """The program in the dialect: it keeps its letter and changes its meaning."""
    return translate(replace(grammar, semantics=grammar.semantics & {"immutable"}), tree)


def _console(javascript: str) -> str:
    result = output(Program("javascript", javascript, counted=True))
    if result.status == "failed":
        raise SandboxFailed(str(result.error))
    return result.console.strip() if result.status == "ok" else ""
