"""What a task template is: an English specification, a reference in plain JavaScript, and test cases.

A :class:`Task` is a template. :meth:`Task.variant` fills it in: one phrasing, one name per function, one value
per constant, all read off an index, so that different indices below ``Task.variants`` give different prompts
and a world can deal them out to its pools without repeats. The result, a :class:`TaskInstance`, is plain data
(picklable, no functions inside).

Placeholders in specifications, sources and types: ``{role}`` is a function's name, ``{constant}`` a constant
as a JSON literal, ``{constant!}`` a string constant without its quotes. Anything else in braces is left alone.

References keep to a small subset of JavaScript that dialect printers can translate: ``let`` and ``const`` with
one declarator, function declarations, ``if``/``else``, ``for(;;)``, ``for (const x of xs)``, ``while``, ``return``, ``break``,
``continue``, assignments with ``= += -= *=`` (counters are written ``i += 1``), ``throw new Error``, ``try``/``catch``,
literals, member and index access, calls, arrows with expression bodies, unary ``-`` and ``!``, binary operators
without coercion, and the ternary. Conditions are always real booleans, and every index is in range.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from clgym.seeding import Draw

#: The values of a variant's constants, by name.
Constants = Mapping[str, Any]
#: The arguments of one call: JSON values.
Arguments = tuple[Any, ...]

#: How many generated test cases each function gets, besides its edge cases.
CASES = 8

_PLACEHOLDER = re.compile(r"\{([A-Za-z]\w*)(!?)\}")


class Parameter(NamedTuple):
    """One parameter: its name (a single lower-case word, fit for every naming convention) and TypeScript type."""

    name: str
    type: str


class Case(NamedTuple):
    """One call to test: the function's name and its arguments."""

    function: str
    arguments: Arguments


@dataclass(frozen=True)
class Function:
    """One function that a task asks for."""

    role: str
    """The placeholder that stands for its name."""
    names: tuple[str, ...]
    """Candidate names in camelCase."""
    parameters: tuple[Parameter, ...]
    result: str
    """TypeScript type of the result (``void`` where it only prints)."""
    inputs: Callable[[Draw, Constants], Arguments]
    """Arguments of one random test case."""
    edges: Callable[[Constants], Sequence[Arguments]]
    """Arguments of the corner cases: empty, tied, negative, exactly on a boundary."""

    @classmethod
    def of(
        cls,
        role: str,
        names: str,
        parameters: str,
        result: str,
        inputs: Callable[[Draw, Constants], Arguments],
        edges: Callable[[Constants], Sequence[Arguments]],
    ) -> Function:
        """From compact text: names apart by spaces, parameters as in TypeScript (``"values: number[], limit: number"``)."""
        pairs = (parameter.split(": ", 1) for parameter in re.split(r", (?=\w+: )", parameters))
        return cls(role, tuple(names.split()), tuple(Parameter(*pair) for pair in pairs), result, inputs, edges)


class FunctionInstance(NamedTuple):
    """One function of a task instance, named and typed."""

    name: str
    parameters: tuple[Parameter, ...]
    result: str


@dataclass(frozen=True)
class TaskInstance:
    """One filled-in task. Hidden tests compare results, printed lines and the arguments after the call."""

    task: str
    prompt: str
    functions: tuple[FunctionInstance, ...]
    """Helpers first; the last one is the main function."""
    source: str
    """The reference: plain JavaScript that declares every function."""
    cases: tuple[Case, ...]
    edges: tuple[Case, ...]
    constants: Constants
    prints: bool
    """Whether the specification asks for printed lines (``console.log``)."""
    keeps: bool
    """Whether the specification says that the arguments must stay unchanged."""
    concepts: tuple[str, ...] = ()
    """The functions of the library that the reference calls, by what they do."""
    more: tuple[Case, ...] = ()
    """Further test cases, which are run one after the other in one context and count as one."""


@dataclass(frozen=True)
class Task:
    """A task template; see the module's docstring for the placeholders."""

    name: str
    functions: tuple[Function, ...]
    specification: tuple[str, ...]
    """Phrasings that say the same; each names every function and every constant."""
    source: str
    constants: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """The values each constant may take; constants are drawn independently of one another."""
    prints: bool = False
    keeps: bool = False

    @property
    def variants(self) -> int:
        """How many different prompts the template gives."""
        return prod(self._radices())

    def instance(self, draw: Draw, spell: Callable[[str], str] = str) -> TaskInstance:
        """A random variant with random test cases; ``spell`` may respell the function names."""
        return self.variant(draw.integer(0, self.variants - 1), draw, spell)

    def variant(self, index: int, draw: Draw, spell: Callable[[str], str] = str) -> TaskInstance:
        """Variant ``index`` (below :attr:`variants`), with test cases drawn from ``draw``."""
        phrasing, *places = _digits(index, self._radices())
        names = {f.role: spell(f.names[place]) for f, place in zip(self.functions, places)}
        values = places[len(self.functions) :]
        constants = {key: choices[place] for (key, choices), place in zip(self.constants.items(), values)}
        cases, edges = self._tests(names, constants, draw)
        return TaskInstance(
            task=self.name,
            prompt=fill(self.specification[phrasing], names, constants),
            functions=tuple(_named(f, names, constants) for f in self.functions),
            source=fill(self.source, names, constants).strip("\n") + "\n",
            cases=cases,
            edges=edges,
            constants=constants,
            prints=self.prints,
            keeps=self.keeps,
        )

    def _radices(self) -> list[int]:
        names = [len(function.names) for function in self.functions]
        return [len(self.specification), *names, *map(len, self.constants.values())]

    def _tests(self, names: Mapping[str, str], constants: Constants, draw: Draw) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
        """Generated and edge cases, without repeats."""
        edges: list[Case] = []
        cases: list[Case] = []
        for function in self.functions:
            name = names[function.role]
            edges += [Case(name, tuple(arguments)) for arguments in function.edges(constants)]
            cases += [Case(name, function.inputs(draw, constants)) for _ in range(CASES)]
        seen: set[str] = set()
        fresh_edges = tuple(_unseen(edges, seen))
        return tuple(_unseen(cases, seen)), fresh_edges


@dataclass(frozen=True)
class Read:
    """A short program that prints one value, for "what does this program print?"."""

    name: str
    source: str
    constants: Mapping[str, Sequence[Any]]

    @property
    def variants(self) -> int:
        """How many different programs the template gives."""
        return prod(map(len, self.constants.values()))

    def instance(self, draw: Draw) -> str:
        """The source of a random variant."""
        return self.variant(draw.integer(0, self.variants - 1))

    def variant(self, index: int) -> str:
        """The source of variant ``index`` (below :attr:`variants`)."""
        places = _digits(index, [len(choices) for choices in self.constants.values()])
        constants = {key: choices[place] for (key, choices), place in zip(self.constants.items(), places)}
        return fill(self.source, {}, constants).strip("\n") + "\n"


def fill(template: str, names: Mapping[str, str], constants: Constants) -> str:
    """Replace the placeholders of a specification, a source or a type."""

    def value(match: re.Match[str]) -> str:
        key, bare = match.groups()
        if key in names:
            return names[key]
        if key in constants:
            return str(constants[key]) if bare else json.dumps(constants[key], ensure_ascii=False)
        return match.group()

    return _PLACEHOLDER.sub(value, template)


def phrasings(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, each on one line: how specifications are written down."""
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _named(function: Function, names: Mapping[str, str], constants: Constants) -> FunctionInstance:
    parameters = tuple(Parameter(p.name, fill(p.type, {}, constants)) for p in function.parameters)
    return FunctionInstance(names[function.role], parameters, fill(function.result, {}, constants))


def _digits(number: int, radices: Iterable[int]) -> list[int]:
    """The mixed-radix digits of a number, least significant first."""
    digits = []
    for radix in radices:
        number, digit = divmod(number, radix)
        digits.append(digit)
    return digits


def _unseen(cases: Iterable[Case], seen: set[str]) -> Iterable[Case]:
    for case in cases:
        key = json.dumps(case)
        if key not in seen:
            seen.add(key)
            yield case
