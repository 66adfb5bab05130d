"""From a word of the language back to what it may be: which lexeme, inflected for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from clgym.envs.conlang.grammar import LIVING, Language
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.phonology import VOWELS

#: Longer words are of no language here.
_LONGEST = 24


class Reading(NamedTuple):
    """What a word may be: a lexeme ("dog", "#7", "%and") and the features in its form."""

    lexeme: str
    keys: tuple[str, ...] = ()

    @property
    def concept(self) -> str:
        """The lexeme without the mark of a second word."""
        return self.lexeme.rstrip(LIVING)


def paradigm(language: Language, part: str) -> Iterator[tuple[str, ...]]:
    """Every set of features that a word of a part of speech may be inflected for."""
    axes: list[tuple[str, ...]] = []
    if part in ("noun", "pronoun"):
        axes = [("", "plural") if part == "noun" else ("",), ("", "case", "owner")]
    elif part == "adjective":
        axes = [tuple(key for key in language.affixes if key.startswith("class/")) or ("",)]
        axes.append(("", "case"))  # also where the language has no such form, so that it is known for what it is
    elif part == "verb" and language.level >= 2:
        agreeing = tuple(key for key in language.affixes if key.startswith("agreement/"))
        numbers = ("", *agreeing) if language.rules["agreement"] == "number" else agreeing
        axes = [("", "past", "future"), ("", "progressive"), numbers or ("",), ("", "negation")]
    known = {"", "negation", *language.affixes}
    for keys in product(*axes):
        if known.issuperset(keys):
            yield tuple(filter(None, keys))


class Analyser:
    """Knows the words of a language, and takes them apart."""

    def __init__(self, language: Language):
        self._language = language
        self._by_core: dict[str, list[str]] = {}
        self._forms: dict[str, Mapping[str, tuple[tuple[str, ...], ...]]] = {}
        self._small: dict[str, list[Reading]] = {}
        self._known: dict[str, tuple[Reading, ...]] = {}
        for lexeme in lexemes(language):
            for stem in language.stems(lexeme):
                self._index(stem, lexeme)
        for name, stem in language.irregular.items():
            self._index(stem, name.partition("/")[0])
        for number, word in language.digits.items():
            self._small.setdefault(word, []).append(Reading(f"#{number}"))
        for key, word in language.particles.items():
            self._small.setdefault(word, []).append(Reading(f"%{key}"))

    def _index(self, stem: str, lexeme: str) -> None:
        for form in {stem, self._language.sounds.mutated(stem)}:
            self._by_core.setdefault(_core(form), []).append(lexeme)

    def readings(self, word: str) -> tuple[Reading, ...]:
        """Everything that a word may be; nothing where it is no word of the language."""
        if word not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[word] = tuple(self._found(word)) if len(word) <= _LONGEST else ()
        return self._known[word]

    def _found(self, word: str) -> Iterator[Reading]:
        yield from self._small.get(word, ())
        seen = set[str]()
        for start in range(len(word) - 2):
            for end in range(start + 3, len(word) + 1):
                for lexeme in self._by_core.get(word[start:end], ()):
                    if lexeme not in seen:
                        seen.add(lexeme)
                        yield from (Reading(lexeme, keys) for keys in self.forms(lexeme).get(word, ()))

    def forms(self, lexeme: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """Every form of a lexeme with the features that it may have."""
        if lexeme not in self._forms:
            made: dict[str, tuple[tuple[str, ...], ...]] = {}
            for keys in paradigm(self._language, WORDS[lexeme.rstrip(LIVING)].part):
                for form in self._language.inflected(lexeme, keys):
                    made[form] = (*made.get(form, ()), keys)
            self._forms[lexeme] = made
        return self._forms[lexeme]


def _core(stem: str) -> str:
    """What is left of a stem in each of its forms: all but a last vowel."""
    return stem[:-1] if stem[-1] in VOWELS else stem


def lexemes(language: Language) -> Iterator[str]:
    """Every lexeme of the language, derived ones included."""
    yield from language.roots
    if "derive/agent" in language.affixes:
        for concept in WORDS.values():
            if concept.derived is not None and concept.derived[1] in language.roots:
                yield concept.id
