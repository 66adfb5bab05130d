"""The concept bank: senses that slang words can have, and real words that slang can take for them.

``senses.txt`` holds the senses with synonyms, German and uses in which the meaning shows; ``ordinary.txt`` the real words with
formal sentences in which they mean what they always mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from clgym.text.english import article, cells

_FOLDER = Path(__file__).parent

#: Parts of speech as the bank writes them: adjective, thing, mass noun, person, verb, verb with an object.
PARTS = ("a", "n", "m", "p", "v", "t")
#: The three groups whose words share affixes and boosters.
GROUPS: Mapping[str, str] = {"a": "a", "n": "n", "m": "n", "p": "n", "v": "v", "t": "v"}
GROUP_NAMES: Mapping[str, str] = {"a": "adjective", "n": "noun", "v": "verb"}


@dataclass(frozen=True)
class Sense:
    """Something that a word may mean: ``gloss``, other English words as good, German ones (nouns with their article), uses."""

    gloss: str
    part: str
    also: tuple[str, ...]
    german: tuple[str, ...]
    uses: tuple[str, ...]
    german_use: str

    @property
    def words(self) -> tuple[str, ...]:
        """Every English word that is right for this sense, the gloss first."""
        return (self.gloss, *self.also)

    @property
    def citation_form(self) -> str:
        """The gloss as prompts show it: "to sleep", "a lie", "money", "tired"."""
        return citation_form(self.gloss, self.part)


@dataclass(frozen=True)
class Ordinary:
    """A real word that slang may take: its group of parts, an English word for its ordinary sense, formal sentences."""

    form: str
    group: str
    gloss: str
    sentences: tuple[str, ...]


def citation_form(word: str, part: str) -> str:
    """A word with what marks its part of speech."""
    if part in "np":
        return f"{article(word)} {word}"
    return f"to {word}" if part in "vt" else word


def _blocks(name: str) -> Iterator[tuple[list[str], list[str]]]:
    """The heads of a file, cut at the bars, each with its lines."""
    head: list[str] = []
    lines: list[str] = []
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if "|" not in line:
            lines.append(line)
            continue
        if head:
            yield head, lines
        head, lines = [part.strip() for part in line.split("|")], []
    yield head, lines


@cache
def senses() -> Mapping[str, Sense]:
    """Every sense by its gloss, in the order of the file."""
    by_gloss = {}
    for (head, also, german), lines in _blocks("senses.txt"):
        gloss, part = head.split()
        uses = tuple(line for line in lines if not line.startswith("="))
        german_use = next(line[1:].strip() for line in lines if line.startswith("="))
        by_gloss[gloss] = Sense(gloss, part, cells(also), cells(german), uses, german_use)
    return by_gloss


@cache
def ordinary() -> Mapping[str, Ordinary]:
    """Every real word that may be repurposed, by its form."""
    by_form = {}
    for (head, gloss), lines in _blocks("ordinary.txt"):
        form, group = head.split()
        by_form[form] = Ordinary(form, group, gloss, tuple(lines))
    return by_form


class Near(NamedTuple):
    """English words around a sense, as :func:`key` has them: how near the synonyms come to it, and the words that are a kind of it."""

    synonyms: Mapping[str, int]
    narrower: frozenset[str]


def key(words: str) -> str:
    """A word or a phrase as it is compared: "well-known", "well known" and "wellknown" are one.

    >>> key("Throw up"), key("well-known")
    ('throwup', 'wellknown')
    """
    return words.casefold().replace("-", "").replace(" ", "")


@cache
def thesaurus() -> Mapping[str, Near]:
    """What stands around every sense: its gloss nearest (3), the synonyms of the bank (2), all others (1)."""
    around = {}
    for line in (_FOLDER / "thesaurus.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        gloss, _, rest = line.partition(":")
        others, _, narrower = rest.partition("|")
        synonyms = {key(word.rstrip("+")): 1 + word.endswith("+") for word in others.split()}
        synonyms |= {key(word): 2 for word in senses()[gloss].also} | {key(gloss): 3}
        around[gloss] = Near(synonyms, frozenset(map(key, narrower.split())))
    return around


@cache
def overlaps() -> Mapping[str, frozenset[str]]:
    """For each sense, the others whose words would not be out of place in its uses."""
    lines = (line for line in (_FOLDER / "overlaps.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {gloss: frozenset(others.split()) for gloss, _, others in (line.partition(":") for line in lines)}


@cache
def phrases() -> frozenset[tuple[str, ...]]:
    """Every expression of several words, as its words."""
    lines = (_FOLDER / "thesaurus.txt").read_text(encoding="utf-8").splitlines()
    found = (
        tuple(word.casefold().split("-")) for line in lines if not line.startswith("#") for word in line.partition(":")[2].split()
    )
    return frozenset(words for words in found if len(words) > 1)


@cache
def english() -> frozenset[str]:
    """Every English word that says a sense of the bank, as :func:`key` has it."""
    return frozenset(word for near in thesaurus().values() for word in (*near.synonyms, *near.narrower))


def nearness(word: str, gloss: str) -> int:
    """How near an English word comes to a sense: 3 for its gloss, 2 and 1 for synonyms, 0 for any other word."""
    return thesaurus()[gloss].synonyms.get(key(word), 0)
