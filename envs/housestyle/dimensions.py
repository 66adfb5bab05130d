"""What a preference is: a matter on which house styles differ, and the ways of writing it.

A matter (dates, dashes, the word for customers) has a plain way, which drafts use, and at least two others, from which houses
draw. Each way is a template over the fields of a value ("{month} {d}" over 3 June), so it is at once the rule's fixer (fill it
in), its checker (find which template's text stands there) and its opposite (every other way).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

from clgym.envs.housestyle.spellings import ALSO, SPOKEN
from clgym.text.english import cells

_FIELD = re.compile(r"\{(\w+)\}")


#: What the name of a glossary's entry begins with, and the part of a grade that all entries share.
TERM, GLOSSARY = "term_", "glossary"


def is_term(name: str) -> bool:
    """Whether a matter is an entry of a glossary."""
    return name.startswith(TERM)


class Form(NamedTuple):
    """One way of writing a slot."""

    text: str
    way: str


class Spelled(NamedTuple):
    """A value in every way: by name; as a reader looks for it, longest first; in that order as a writer writes it; and as no house does."""

    forms: Mapping[str, str]
    read: tuple[Form, ...]
    written: tuple[str, ...]
    also: tuple[str, ...]


class Fields(dict[str, str]):
    """The fields of a value, by name. ``spelled`` keeps what was made of it: values are few and slots many."""

    __slots__ = ("spelled",)

    def __init__(self, fields: Mapping[str, str]):
        super().__init__(fields)
        self.spelled: dict[bool, Spelled] = {}


#: The values of a matter that is a mark or a word: one, without fields.
NOTHING = (Fields({}),)


class Way(NamedTuple):
    """One way of writing something: its template and what an editor says of it without showing it."""

    template: str
    hint: str


@dataclass(frozen=True, eq=False)
class Matter:
    """A matter of style. The first of ``ways`` is the plain one; no house asks for it.

    ``weight`` says how much of a fact the slot carries: 0 for marks and words whose loss loses no fact. ``german`` has the
    templates that make right German. ``word`` marks matters whose ways are other words rather than other forms. ``cased``:
    letters' case counts. ``lossy`` ways drop or blur what another way needs, so that no prompt shows a value in them.
    """

    id: str
    topic: str
    ways: Mapping[str, Way]
    values: Callable[[], Sequence[Fields]]
    german: Mapping[str, str] = field(default_factory=dict)
    weight: float = 3.0
    cased: bool = False
    word: bool = False
    lossy: frozenset[str] = frozenset()

    def __reduce__(self) -> tuple[Callable[[str], Matter], tuple[str]]:
        """Documents hold matters, and pickles of documents the names of those: there is one matter of a name in a process."""
        return _of_the_catalogue, (self.id,)

    @property
    def part(self) -> str:
        """The part of a grade that it counts for: its own, or the one that all entries of a glossary share."""
        return GLOSSARY if is_term(self.id) else self.id

    @property
    def plain(self) -> str:
        """The way of drafts."""
        return next(iter(self.ways))

    @property
    def choices(self) -> tuple[str, ...]:
        """The ways that a house may ask for."""
        return tuple(self.ways)[1:]

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The ways in which a prompt may show a value: each tells all that the right form, whichever it is, has to know."""
        return tuple(way for way in self.ways if way not in self.lossy)

    @cached_property
    def most(self) -> int:
        """How many words a slot may have."""
        return max(len(form.split()) for form in self.forms(self.values()[0]).values())

    def forms(self, value: Fields, german: bool = False) -> dict[str, str]:
        """Every way of writing a value, by its name; in German those that German has."""
        templates = self.german.items() if german else ((name, way.template) for name, way in self.ways.items())
        return {name: template.format_map(value) for name, template in templates}

    def spelled(self, value: Fields, german: bool) -> Spelled:
        """A value in every way."""
        spelled = value.spelled.get(german)
        if spelled is None:
            forms = self.forms(value, german)
            ordered = sorted(forms.items(), key=lambda item: -len(item[1]))
            read = tuple(Form(text if self.cased else text.lower(), way) for way, text in ordered)
            spelled = value.spelled[german] = Spelled(forms, read, tuple(text for _, text in ordered), self._also(value))
        return spelled

    def _also(self, value: Fields) -> tuple[str, ...]:
        """How else people write a value, in small letters."""
        templates = ALSO.get(self.id, "").split("|")
        templates += [way.template for way in self.ways.values()]
        named = [template for template in templates if template and all(name in value for name in _FIELD.findall(template))]
        words = {name: SPOKEN[number] for name, number in value.items() if number in SPOKEN}
        spoken = [template.format_map({**value, **words}) for template in named] if words else []
        return tuple(text.lower().strip() for text in (*(template.format_map(value) for template in named), *spoken))

    def hint(self, way: str, right: str) -> str:
        """What an editor says of a way without showing it, where ``right`` would be written."""
        return hint(right) if self.word else self.ways[way].hint

    def wording(self, way: str, german: bool = False) -> str:
        """The rule in plain English, with an example and, if asked for, the German one."""
        value = self.values()[-1]
        example = _example(self.ways[way].template, value)
        also = f" (in German: {_example(self.german[way], value)})" if german and self.word and way in self.german else ""
        if self.word:
            return f'{self.topic}: "{example}"{also}'
        if not self.weight and example:
            example = f'"{example}"'
        if german and self.weight and way in self.german and _example(self.german[way], value) != example:
            also = f" (in German: {_example(self.german[way], value)})"
        return f"{self.topic}: {self.ways[way].hint}" + (f", as in {example}" if example else "") + also


def _of_the_catalogue(name: str) -> Matter:
    from clgym.envs.housestyle.catalogue import matter_of  # it is made of matters

    return matter_of(name)


def _example(template: str, value: Fields) -> str:
    return template.format_map(value).strip().replace("\n", " / ")


def hint(text: str) -> str:
    """How a word or an expression begins, and how long it is: "a word of 6 letters that begins with "g"".

    >>> hint("guests")
    'a word of 6 letters that begins with "g"'
    """
    count = len(text.split())
    kind = f"a word of {sum(map(str.isalpha, text))} letters" if count == 1 else f"an expression of {count} words"
    return f'{kind} that begins with "{text[0].lower()}"'


def once(make: Callable[[], Sequence[Mapping[str, str]]]) -> Callable[[], Sequence[Fields]]:
    """Values that are made when they are first asked for, and kept."""
    return cache(lambda: tuple(map(Fields, make())))


def matter(
    name: str,
    topic: str,
    values: Callable[[], Sequence[Mapping[str, str]]],
    ways: str,
    german: str = "",
    *,
    weight: float = 3.0,
    cased: bool = False,
    lossy: str = "",
) -> Matter:
    """A matter from lines "name | template | what is said of it"; German lines are "name | template"; ``lossy`` ways by commas."""
    rows = (_cells(line) for line in ways.strip().splitlines())
    ways_by_name = {row[0]: Way(row[1], row[2]) for row in rows}
    templates = {row[0]: row[1] for row in map(_cells, german.strip().splitlines())}
    return Matter(name, topic, ways_by_name, once(values), templates, weight, cased, lossy=frozenset(cells(lossy)))


def _cells(line: str) -> list[str]:
    """The cells of a line. Outer blanks go, and ``_`` stands for a blank that stays, ``¶`` for the end of a line."""
    return [cell.strip().replace("_", " ").replace("¶", "\n") for cell in line.split("|")]


def words(name: str, topic: str, plain: str, others: str, german: str = "", *, weight: float = 2.0) -> Matter:
    """A matter of words: the plain word and its rivals, divided by commas; German ones in that order, "-" for none."""
    rivals = [other.strip() for other in others.split(",")]
    ways = {"plain": Way(plain, f'the plain "{plain}"'), **{rival: Way(rival, hint(rival)) for rival in rivals}}
    named = [other.strip() for other in german.split(",")] if german else []
    templates = {key: text for key, text in zip(ways, named) if text != "-"}
    return Matter(name, topic, ways, once(lambda: ({},)), templates, weight, word=True)
