"""The dialect's own standard library: what its functions do, and how one world names them and lets them behave.

The catalogue is made of parts: what is done with each value, which values are taken, and what is made of all of them. A world draws names, the order
of the arguments, and what comes out where nothing is left (a number, a list, or an error).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clgym.seeding import Draw
from clgym.text.names import invented

#: Each value -> what is made of it: key, English (plural), JavaScript of ``v``.
MAPS = (
    ("squares", "squares", "v * v"),
    ("doubles", "doubles", "v * 2"),
    ("triples", "triples", "v * 3"),
    ("halves", "halves, rounded down,", "Math.floor(v / 2)"),
    ("thirds", "thirds, rounded down,", "Math.floor(v / 3)"),
    ("opposites", "opposites (3 becomes -3)", "0 - v"),
    ("lastDigits", "last digits", "Math.abs(v) % 10"),
    ("sizes", "absolute values", "Math.abs(v)"),
    ("rests", "remainders by 3", "(v % 3 + 3) % 3"),
    ("gaps", "distances from 10", "Math.abs(v - 10)"),
    ("tens", "values rounded down to a multiple of 10", "Math.floor(v / 10) * 10"),
    ("capped", "values, none above 12,", "Math.min(v, 12)"),
    ("lifted", "values, none below 5,", "Math.max(v, 5)"),
)
#: Which values are taken: key, English, JavaScript.
FILTERS = (
    ("Even", "even", "v % 2 === 0"),
    ("Odd", "odd", "v % 2 !== 0"),
    ("Large", "two-digit and larger", "v > 9"),
    ("Small", "one-digit and smaller", "v < 10"),
    ("Threes", "divisible-by-three", "v % 3 === 0"),
    ("Positive", "positive", "v > 0"),
    ("Negative", "negative", "v < 0"),
    ("Rest", "not-divisible-by-five", "v % 5 !== 0"),
)
#: What is made of a list that is not empty: key, English, JavaScript of ``a``.
TOTALS = (
    ("total", "total", "a.reduce((s, v) => s + v, 0)"),
    ("top", "largest", "Math.max(...a)"),
    ("bottom", "smallest", "Math.min(...a)"),
    ("spread", "difference between largest and smallest", "Math.max(...a) - Math.min(...a)"),
    ("head", "first", "a[0]"),
    ("tail", "last", "a[a.length - 1]"),
    ("kinds", "number of different ones", "new Set(a).size"),
    ("mean", "average, rounded down,", "Math.floor(a.reduce((s, v) => s + v, 0) / a.length)"),
    ("middle", "middle one in order of size (the lower of two)", "[...a].sort((p, q) => p - q)[(a.length - 1) >> 1]"),
    ("swing", "alternating total (first minus second plus third and so on)", "a.reduce((s, v, i) => i % 2 ? s - v : s + v, 0)"),
    (
        "second",
        "second largest, or the largest where there is one alone,",
        "[...a].sort((p, q) => q - p)[Math.min(1, a.length - 1)]",
    ),
    ("ends", "sum of first and last", "a[0] + a[a.length - 1]"),
)
#: Measures of a word ``v``.
MEASURES = (
    ("Lengths", "lengths", "v.length"),
    ("Vowels", "numbers of vowels", "v.replace(/[^aeiou]/g, '').length"),
    ("Starts", "alphabet places of the first letters (0 for an empty word)", "(v.charCodeAt(0) || 96) - 96"),
    ("Finals", "alphabet places of the last letters (0 for an empty word)", "(v.charCodeAt(v.length - 1) || 96) - 96"),
    ("Letters", "numbers of different letters", "new Set(v).size"),
)
#: What becomes of a word ``v``.
SHAPES = (
    ("upper", "in capitals", "v.toUpperCase()"),
    ("mirror", "backwards", "[...v].reverse().join('')"),
    ("doubled", "twice in a row", "v + v"),
    ("initial", "cut to the first letter", "v.slice(0, 1)"),
    ("tailless", "without the last letter", "v.slice(0, -1)"),
    ("starred", "with a star on either side", "'*' + v + '*'"),
    ("short", "cut to three letters", "v.slice(0, 3)"),
)
#: Which words are taken.
CHOICES = (
    ("Long", "longer than four letters", "v.length > 4"),
    ("Short", "of at most four letters", "v.length < 5"),
    ("Vocal", "beginning with a vowel", "/^[aeiou]/.test(v)"),
    ("Hard", "not beginning with a vowel", "!/^[aeiou]/.test(v)"),
    ("Even", "with an even number of letters", "v.length % 2 === 0"),
    ("Odd", "with an odd number of letters", "v.length % 2 === 1"),
)


class Concept(NamedTuple):
    """One function of the catalogue. ``{x}`` in its English is what it is given, ``{k}`` its number where it takes one."""

    key: str
    takes: str
    """``numbers`` or ``words``."""
    gives: str
    """``number``, ``numbers`` or ``words``."""
    english: str
    body: str
    """JavaScript of ``xs`` (and ``k``): the list that is left, ``a``."""
    result: str
    """JavaScript of ``a``, where that is not empty."""
    counts: bool = False
    """Whether it takes a number too."""


@functools.cache
def catalogue() -> Mapping[str, Concept]:
    """Every function that a library may have, by key; a world's has some of them."""
    made: list[Concept] = []
    for total, said, result in TOTALS:
        made += [
            _concept(total + _big(m), "numbers", "number", f"the {said} of the {p} of {{x}}", f".map((v) => {js})", result)
            for m, p, js in MAPS
        ]
        made += [
            _concept(total + f, "numbers", "number", f"the {said} of the {p} values of {{x}}", f".filter((v) => {js})", result)
            for f, p, js in FILTERS
        ]
        made += [
            _concept(total + m, "words", "number", f"the {said} of the {p} of {{x}}", f".map((v) => {js})", result)
            for m, p, js in MEASURES
        ]
    for m, plural, js in MAPS:
        for f, which, test in FILTERS:
            made.append(
                _concept(
                    m + f,
                    "numbers",
                    "numbers",
                    f"the {plural} of the {which} values of {{x}}",
                    f".filter((v) => {test}).map((v) => {js})",
                    "a",
                )
            )
        for name, said, text in _COUNTED:
            made.append(
                _concept(m + name, "numbers", "numbers", said.format(plural), text.replace("#", f".map((v) => {js})"), "a", True)
            )
    for s, how, js in SHAPES:
        for c, which, test in CHOICES:
            made.append(
                _concept(
                    s + c, "words", "words", f"the words of {{x}} {which}, {how}", f".filter((v) => {test}).map((v) => {js})", "a"
                )
            )
        made.append(
            _concept(
                s + "Take", "words", "words", f"the first {{k}} words of {{x}}, {how}", f".slice(0, k).map((v) => {js})", "a", True
            )
        )
    return {concept.key: concept for concept in made}


#: What is made of mapped values and a number ``k``: key, English, JavaScript with ``#`` where the values are mapped.
_COUNTED = (
    ("Take", "the first {{k}} of the {} of {{x}}", "#.slice(0, k)"),
    ("Drop", "the {} of {{x}} but for the first {{k}}", "#.slice(k)"),
    ("Above", "those of the {} of {{x}} that are above {{k}}", "#.filter((v) => v > k)"),
)


def _big(key: str) -> str:
    return key[0].upper() + key[1:]


def _concept(key: str, takes: str, gives: str, english: str, body: str, result: str, counts: bool = False) -> Concept:
    return Concept(key, takes, gives, english.replace(", of", " of"), f"xs{body}", result, counts)


#: What comes out where nothing is left: an error or a value.
EMPTY = {
    "number": ("error", "-1", "100", "-50"),
    "numbers": ("error", "[0]", "[-1]", "[100]"),
    "words": ("error", '["none"]', '["x"]', '[""]'),
}


@dataclass(frozen=True)
class Entry:
    """One function of a world's library."""

    name: str
    concept: str
    number_first: bool
    """Whether the number comes before the list, where it takes one."""
    empty: str
    """One of :data:`EMPTY`."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Its parameters in order."""
        if not catalogue()[self.concept].counts:
            return ("list",)
        return ("count", "list") if self.number_first else ("list", "count")

    @property
    def signature(self) -> str:
        """``name(list, count)``"""
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def text(self) -> str:
        """What it does, in English."""
        concept = catalogue()[self.concept]
        said = concept.english.format(x="list", k="count")
        nothing = "it throws a RangeError" if self.empty == "error" else f"it gives {self.empty}"
        return f"`{self.signature}` gives {said}; where nothing is left for that, {nothing}."

    def javascript(self, name: str, canonical: bool = False) -> str:
        """The function under a name; ``canonical``: the list comes first."""
        concept = catalogue()[self.concept]
        order = ("xs", "k") if canonical or not self.number_first else ("k", "xs")
        params = ", ".join(order if concept.counts else order[:1] if canonical or not self.number_first else order[1:])
        nothing = 'throw new RangeError("nothing is left")' if self.empty == "error" else f"return {self.empty}"
        return f"function {name}({params}) {{ const a = {concept.body}; if (a.length === 0) {{ {nothing}; }} return {concept.result}; }}"


#: How many functions a library has, by level.
SIZES = (0, 12, 80, 400)
_STARTS = ("br", "d", "f", "gl", "h", "k", "l", "m", "n", "p", "qu", "r", "s", "t", "v", "z", "dr", "pl", "sk", "tr", "w", "y")
_MIDDLES = ("a", "e", "i", "o", "u", "ai", "ou", "ei")
_ENDS = ("mb", "n", "r", "lt", "sk", "x", "ng", "t", "m", "p", "nd", "rn", "st", "v")


#: Names that would be words of English that some dialect or some program has.
_REAL = frozenset(
    "lost last list rest best part pain main rain sort start step stop test text then turn from form work word want hand quit risk task skip".split()
)


def draw_library(level: int, draw: Draw) -> tuple[Entry, ...]:
    """The functions of a world, the commonest first. Of each kind of function a small library has as many as of another."""
    names: dict[str, None] = {}
    while len(names) < SIZES[level]:
        name = invented(draw, _STARTS, _MIDDLES, _ENDS, real=_REAL)
        if len(name) > 3:
            names.setdefault(name)
    groups: dict[tuple[str, str], list[str]] = {}
    for concept in draw.shuffled(catalogue().values()):
        groups.setdefault((concept.takes, concept.gives), []).append(concept.key)
    ordered = [key for turn in range(len(catalogue())) for keys in groups.values() for key in keys[turn : turn + 1]]
    return tuple(draw_entry(name, concept, draw) for name, concept in zip(names, ordered))


def draw_entry(name: str, concept: str, draw: Draw) -> Entry:
    """A function with its particulars drawn."""
    return Entry(name, concept, draw.chance(0.5), draw.choice(EMPTY[catalogue()[concept].gives]))


@functools.lru_cache(maxsize=64)
def by_name(library: tuple[Entry, ...]) -> Mapping[str, Entry]:
    """Its functions by name."""
    return {entry.name: entry for entry in library}


@functools.lru_cache(maxsize=64)
def by_concept(library: tuple[Entry, ...]) -> Mapping[str, Entry]:
    """Its functions by what they do."""
    return {entry.concept: entry for entry in library}


_WORD = re.compile(r"[A-Za-z_$][\w$]*")


def used(library: tuple[Entry, ...], source: str) -> Sequence[Entry]:
    """The functions whose name stands in a text."""
    known = by_name(library)
    return [known[name] for name in dict.fromkeys(_WORD.findall(source)) if name in known]
