"""Tasks that are made: a few steps one after the other, some of them of the dialect's own library.

A template is which steps stand where, without their constants. What a library step is about is drawn apart, the commoner functions more often.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from clgym.envs.dialect.library import Concept, catalogue
from clgym.envs.dialect.tasks.base import Case, FunctionInstance, Parameter, TaskInstance, fill
from clgym.envs.dialect.tasks.steps import steps
from clgym.seeding import Draw, seed_of

#: Stands in a template where the library is used: what it takes and gives.
LIBRARY = {"numbers>numbers", "numbers>number", "words>words", "words>number"}
#: A template: names of steps, and members of LIBRARY.
Template = tuple[str, ...]

_NAMES = (
    "workout furnish process produce derive adapt rework refine arrange prepare compose convert "
    "evaluate resolve digest condense distill assemble compact examine inspect treat reshape transform"
).split()
_GROUP_NAMES = "groupwise overall several batch throughout collective bundle altogether".split()
_RESULTS = {"text": "string", "words": "string[]", "numbers": "number[]", "number|null": "number | null"}
#: The names that intermediate values get.
_PLACES = ("firstList", "nextList", "rest", "outcome", "n", "made")
FRAMES = (
    "Write {f}({p}). {steps} Return what the last step gives. {keep}",
    "{f}({p}) does the following and returns what the last step gives. {steps} {keep}",
    "We need a function {f}({p}). {steps} The last of these is the result. {keep}",
    "Please write {f}({p}), which goes through these steps and returns what comes out of the last. {steps} {keep}",
    "{steps} That, with the last step as its result, is what {f}({p}) should do. {keep}",
    "Make a function {f}({p}) of these steps, in this order; it returns the outcome of the last one. {steps} {keep}",
    "Steps of {f}({p}): {steps} The function returns the last outcome. {keep}",
    "{f}({p}) is to be written. It works like this. {steps} What the last step makes is returned. {keep}",
)
KEEP = ("The list itself stays as it is.", "The argument must not be changed.", "Leave the list that is passed in unchanged.")
_CALLED = ("With the library, take {}.", "The library has a function for this: {}.", "Use the library's function for {}.")


#: How many functions have a comment above them.
NOTED = 0.3


class Collector(NamedTuple):
    """What a second function does with the first one, ``{g}``, over several lists."""

    name: str
    english: tuple[str, ...]
    source: str
    result: str
    """A type; ``{r}`` is what the first function gives."""


COLLECTORS = (
    Collector(
        "each",
        (
            "returns the list of what {g} gives for each of the groups",
            "applies {g} to every group and returns these results in order",
        ),
        "const results: ({r})[] = [];\nfor (const group of groups) {\n  results.push({g}(group));\n}\nreturn results;",
        "({r})[]",
    ),
    Collector(
        "numbered",
        (
            "prints, for every group, a line with its place (counted from 1) and the number of its entries as two values, and returns what {g} gives for the last group, or null without groups",
            "goes through the groups, prints for each its place from 1 on and how many entries it has (two values in one line), and returns what {g} gives for the last one; null if there is none",
        ),
        "for (let i = 0; i < groups.length; i++) {\n  console.log(i + 1, groups[i].length);\n}\n"
        "return groups.length ? {g}(groups[groups.length - 1]) : null;",
        "{r} | null",
    ),
    Collector(
        "careful",
        (
            "returns the list of what {g} gives for each of the groups, with null for a group where {g} throws an error",
            "applies {g} to every group and lists the results; where {g} ends in an error, null stands in the list",
        ),
        "const results: ({r} | null)[] = [];\nfor (const group of groups) {\n  try {\n    results.push({g}(group));\n"
        "  } catch (problem) {\n    results.push(null);\n  }\n}\nreturn results;",
        "({r} | null)[]",
    ),
    Collector(
        "skipping",
        (
            "lists what {g} gives for the groups that are not empty, and stops (without it) at the first group of more than five entries",
            "applies {g} to each group that has entries and returns the results, up to the first group with more than five entries, which is left out like all behind it",
        ),
        "const results: ({r})[] = [];\nfor (const group of groups) {\n  if (group.length > 5) {\n    break;\n  }\n"
        "  if (group.length) {\n    results.push({g}(group));\n  }\n}\nreturn results;",
        "({r})[]",
    ),
    Collector(
        "paired",
        (
            "returns an object: first is what {g} gives for the first group and last what it gives for the last one, both null without groups",
            "gives back an object with two fields, first and last: what {g} makes of the first and of the last group, or null for both if there are none",
        ),
        "if (groups.length === 0) {\n  return { first: null, last: null };\n}\n"
        "return { first: {g}(groups[0]), last: {g}(groups[groups.length - 1]) };",
        "{ first: {r} | null; last: {r} | null }",
    ),
)


@functools.cache
def _by_type() -> Mapping[tuple[str, bool], list[str]]:
    """(what is taken, whether it ends a task) -> names of steps; those that go from words to numbers apart."""
    made: dict[tuple[str, bool], list[str]] = {}
    for step in steps().values():
        key = "words>numbers" if (step.takes, step.gives) == ("words", "numbers") else step.takes
        if step.takes == "numbers" and step.gives == "number":
            key = "numbers>number"
        made.setdefault((key, step.ends), []).append(step.name)
    return made


@functools.cache
def templates(level: int) -> tuple[Template, ...]:
    """The templates of a level, at most 900 of them, in an order that says nothing. Level 0 stands for tasks without a library."""
    by = _by_type()
    numbers, words, finish = by["numbers", False], by["words", False], by["number", True]
    totals, measures, endings = by["numbers>number", False], by["words>numbers", False], by["words", True]
    library = {key: [key] for key in LIBRARY}
    shapes: Sequence[Sequence[Sequence[str]]]
    if level == 0:
        shapes = [(numbers, numbers, totals, finish), (words, measures, totals, finish), (words, words, endings)]
    elif level == 1:
        shapes = [
            (numbers, library["numbers>number"], finish),
            (numbers, library["numbers>numbers"], totals, finish),
            (words, library["words>number"], finish),
            (words, library["words>words"], endings),
        ]
    else:
        shapes = [
            (numbers, library["numbers>numbers"], numbers, library["numbers>number"], finish),
            (library["numbers>numbers"], numbers, library["numbers>numbers"], totals, finish),
            (words, library["words>words"], words, library["words>number"], finish),
            (library["words>words"], words, library["words>words"], endings),
            (words, library["words>words"], measures, library["numbers>number"], finish),
        ]
    made: list[Template] = []
    for shape in shapes:
        every = [
            template for template in product(*shape) if len(set(template) - LIBRARY) == sum(x not in LIBRARY for x in template)
        ]
        made += seed_of("templates", level, len(made)).draw().sample(every, min(len(every), 900 // len(shapes)))
    return tuple(made)


def draw_concept(kind: str, ranked: Sequence[str], draw: Draw) -> Concept:
    """A function of a library that takes and gives this, the r-th commonest of them with a weight of 1/r."""
    takes, gives = kind.split(">")
    fitting = [key for key in ranked if (catalogue()[key].takes, catalogue()[key].gives) == (takes, gives)]
    return catalogue()[draw.weighted(fitting, [1 / rank for rank in range(1, len(fitting) + 1)])]


class Part(NamedTuple):
    """One part of a task with its constants: a step, or a function of the library by what it does."""

    name: str
    values: Mapping[str, Any]

    @property
    def takes(self) -> str:
        return steps()[self.name].takes if self.name in steps() else catalogue()[self.name].takes

    @property
    def gives(self) -> str:
        return steps()[self.name].gives if self.name in steps() else catalogue()[self.name].gives


class Chain(NamedTuple):
    """What a function is made of."""

    parts: tuple[Part, ...]

    @property
    def takes(self) -> str:
        """``numbers`` or ``words``."""
        return self.parts[0].takes

    @property
    def parameter(self) -> str:
        return "values" if self.takes == "numbers" else "words"

    @property
    def source(self) -> str:
        """The statements of its body."""
        variable, lines = self.parameter, []
        for (name, values), made in zip(self.parts, _PLACES):
            if name in steps():
                lines.append(fill(steps()[name].source, {"x": variable, "y": made}, values))
            else:
                count = f", {values['count']}" if values else ""
                lines.append(f"const {made} = {name}({variable}{count});")
            variable = made
        return "\n".join([*lines, f"return {variable};"])

    @property
    def result(self) -> str:
        """A TypeScript type."""
        given = self.parts[-1].gives
        if given.startswith("{"):
            return "{ " + given.strip("{}").replace(":", ": ").replace(";", "; ") + " }"
        return _RESULTS.get(given, given)

    @property
    def concepts(self) -> tuple[str, ...]:
        """The functions of the library that it calls."""
        return tuple(part.name for part in self.parts if part.name not in steps())

    @property
    def prints(self) -> bool:
        return any(steps()[part.name].prints for part in self.parts if part.name in steps())

    @property
    def constants(self) -> dict[str, Any]:
        return {f"{number}{key}": value for number, part in enumerate(self.parts) for key, value in part.values.items()}


def chain(template: Template, ranked: Sequence[str], draw: Draw) -> Chain:
    """A template with its constants and the functions of the library drawn."""
    parts = []
    for name in template:
        if name in LIBRARY:
            concept = draw_concept(name, ranked, draw)
            parts.append(Part(concept.key, {"count": draw.integer(1, 4)} if concept.counts else {}))
        else:
            parts.append(Part(name, {key: draw.choice(choices) for key, choices in steps()[name].constants.items()}))
    return Chain(tuple(parts))


def wordings(part: Part, first: bool) -> list[str]:
    """What a part may be called in a task; ``first`` where it is about what the function is given."""
    if part.name in steps():
        return [fill(text, {}, part.values) for text in steps()[part.name].english]
    what = "the list" if first else "what you have now"
    said = catalogue()[part.name].english.format(x=what, k=part.values.get("count"))
    return [called.format(said) for called in _CALLED]


def task(template: Template, turn: int, ranked: Sequence[str], draw: Draw, *, several: bool) -> TaskInstance:
    """The task that a template gives for the ``turn``-th time (no two of them, below 192, are worded alike)."""
    inner = chain(template, ranked, draw)
    names = (_name(template, turn), _GROUP_NAMES[turn % len(_GROUP_NAMES)])
    said = " ".join(f"{place}. {draw.choice(wordings(part, place == 1))}" for place, part in enumerate(inner.parts, 1))
    frame = FRAMES[turn % len(FRAMES)]
    prompt = frame.format(f=names[0], p=inner.parameter, steps=said, keep=draw.choice(KEEP))
    note = f"// {draw.choice(NOTES)}\n" if draw.chance(NOTED) else ""
    collector = draw.choice(COLLECTORS) if several else None
    if collector:
        prompt += " " + SECOND.format(f=names[1], asked=draw.choice(collector.english).replace("{g}", names[0]))
    functions, source = written(inner, names, collector)
    cases = [Case(names[0], (values,)) for values in (*sample_lists(inner, draw)[:6], *sample_lists(inner, draw)[-3:])]
    if collector:
        some = [case.arguments[0] for case in cases]
        cases += [Case(names[1], (draw.sample(some, size),)) for size in (1, 3)] + [Case(names[1], ([],))]
    more = [Case(names[0], (values,)) for turn in range(_MORE) for values in sample_lists(inner, draw)]
    if collector:
        more = more[: len(more) // 2]
        some = [case.arguments[0] for case in more] + [[]]
        more += [Case(names[1], ([[]],))] + [
            Case(names[1], (draw.sample(some, size),)) for size in (1, 2, 2, 3, 4, 5) for _ in range(4)
        ]
    prints = inner.prints or bool(collector and "console.log" in collector.source)
    return TaskInstance(
        "/".join(template),
        prompt,
        functions,
        note + source,
        tuple(cases),
        (),
        inner.constants,
        prints,
        True,
        inner.concepts,
        tuple(more),
    )


#: Rounds of further test cases.
_MORE = 12


def _name(template: Template, turn: int) -> str:
    return _NAMES[(turn // len(FRAMES) + sum(map(len, template))) % len(_NAMES)]


#: How a second function is asked for.
SECOND = "A second function, {f}(groups), gets a list of such lists. It {asked}."


def written(inner: Chain, names: Sequence[str], collector: Collector | None) -> tuple[tuple[FunctionInstance, ...], str]:
    """The functions of a task and their source."""
    kind = {"numbers": "number[]", "words": "string[]"}[inner.takes]
    source = _function(names[0], f"{inner.parameter}: {kind}", inner.result, inner.source)
    functions = [FunctionInstance(names[0], (Parameter(inner.parameter, kind),), inner.result)]
    if collector:
        result = collector.result.replace("{r}", inner.result)
        body = collector.source.replace("{r}", inner.result).replace("{g}", names[0])
        source += "\n" + _function(names[1], f"groups: {kind}[]", result, body)
        functions.append(FunctionInstance(names[1], (Parameter("groups", f"{kind}[]"),), result))
    return tuple(functions), source


NOTES = ("one step after the other", "see the specification", "the list is not changed", "works from left to right", "as agreed")


def _function(name: str, parameters: str, result: str, body: str) -> str:
    inside = "\n".join("  " + line for line in body.split("\n"))
    return f"function {name}({parameters}): {result} {{\n{inside}\n}}\n"


_WORDS = "apple bee ant echo oak river is a tea summer noon eye idea stone an rain level dart end anna nora tide elm".split()


def sample_lists(inner: Chain, draw: Draw) -> list[list[Any]]:
    """Lists to test with: empty ones, single values, values on and beside every constant, and mixed ones."""
    constants = list(inner.constants.values())
    if inner.takes == "words":
        texts = [value for value in constants if isinstance(value, str) and value.isalpha()]
        bank: list[Any] = [*_WORDS, *texts, "", ""]
        lists: list[list[Any]] = [[], [""], ["apple"], ["oak", "oak"], [*draw.sample(_WORDS, 3), *texts[:1], "oak", "tea"]]
    else:
        edges = [value + step for value in constants if isinstance(value, int) for step in (-1, 0, 1)]
        bank = [*edges, *edges, 0, 0, 1, 2, 3, 4, 5, 9, 10, 12, 15, 16, 21, 30, -1, -2, -3, -6, -7, -10, -15]
        pair = [value for value in constants if isinstance(value, int)][:2]
        lists = [[], [0], [7], [-4], pair + pair, [10, 9, -9, -10]]
    lists += [[value] for value in draw.sample(bank, 3)]
    lists += [[draw.choice(bank) for _ in range(size)] for size in (2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9)]
    return list({json.dumps(each): each for each in lists}.values())
