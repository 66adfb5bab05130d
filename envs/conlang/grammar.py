"""A drawn language: its rules, its affixes, its roots. How it says a meaning is in ``render.py``."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from clgym.core import PickleFieldsOnly
from clgym.envs.bilingual.meaning import ANIMATE, KINDS
from clgym.envs.conlang.catalogue import BY_NAME, KIND_NAMES, Rule, rules_at, statement
from clgym.envs.conlang.lexicon import WORDS
from clgym.envs.conlang.phonology import VOWELS, Affix, Sounds, WordMaker, draw_sounds, rime
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Draw, Seed
from clgym.text.english import listed

#: How many weak syllables may lie between two stresses: at level 1, and above it, where words are longer.
_GAPS, _LONGER_GAPS = ((1, 2),), ((1, 2, 3), (2, 3, 4))
#: Where an irregular stem takes the place of root and affix, and which part of speech mutates with which feature.
_IRREGULAR = {"plural": "noun", "past": "verb"}
MUTATING = {"past": "verb", "negation": "verb", "case": "noun", "plural": "noun"}
#: A second word of a concept, for persons and animals, has this behind its name.
LIVING = "+"


@dataclass(frozen=True)
class Language(PickleFieldsOnly):
    """All that is to be known of one language; what a level does not use is empty.

    ``rules`` has a value for each rule of the catalogue, ``affixes`` and ``particles`` go by the keys of the catalogue; ``roots`` gives each
    lexeme its synonyms, the common one first. A lexeme is a concept, or with :data:`LIVING` the other word that the language has for it where
    it is said of persons and animals. ``digits`` names 1 to the base. ``classes`` maps kinds of noun to a class. ``irregular`` maps
    "dog/plural" or "see/past" to a stem of its own. For verse: words are stressed on the last syllable or (not ``stress_last``) on the last but
    one, and ``gaps`` are how many weak syllables may lie between two stresses.
    """

    name: str
    level: int
    sounds: Sounds
    rules: Mapping[str, str]
    affixes: Mapping[str, Affix]
    particles: Mapping[str, str]
    roots: Mapping[str, tuple[str, ...]]
    digits: Mapping[int, str]
    largest: int
    classes: Mapping[str, int]
    irregular: Mapping[str, str]
    stress_last: bool
    gaps: tuple[int, ...]

    @property
    def base(self) -> int:
        """What numbers count in."""
        return int(self.rules.get("base", "8"))

    def lexeme(self, concept: str, kind: str) -> str:
        """The lexeme of a concept that is said of a noun of a kind."""
        other = concept + LIVING
        return other if kind in ANIMATE and other in self.roots else concept

    def stems(self, lexeme: str) -> tuple[str, ...]:
        """The stems of a lexeme, derived ones included; synonyms of the base are synonyms of the derivation."""
        if lexeme in self.roots:
            return self.roots[lexeme]
        derivation, base = WORDS[lexeme].derived or ("", "")
        return tuple(self.sounds.attach(self.affixes[f"derive/{derivation}"], stem) for stem in self.roots[base])

    def inflected(self, lexeme: str, keys: Sequence[str]) -> tuple[str, ...]:
        """The forms of a lexeme with these features, in the order in which their affixes join."""
        part, stems = WORDS[lexeme.rstrip(LIVING)].part, self.stems(lexeme)
        trigger = self.rules.get("mutates", "")
        if trigger in keys and MUTATING[trigger] == part:
            stems = tuple(map(self.sounds.mutated, stems))
        for key in keys:
            if key in _IRREGULAR and f"{lexeme}/{key}" in self.irregular:
                stems = (self.irregular[f"{lexeme}/{key}"],)
            elif key in self.affixes:
                stems = tuple(self.sounds.attach(self.affixes[key], stem) for stem in stems)
        return stems

    def rime(self, stem: str) -> str:
        """What must agree in two stems that rhyme."""
        return rime(stem, self.stress_last) if self.level else next(letter for letter in reversed(stem) if letter in VOWELS)

    def number_digits(self, number: int) -> list[int]:
        """What a number from 1 up is said with: digits and the base, in order."""
        if number <= self.base:
            return [number]
        times, rest = divmod(number, self.base)
        digits = [*([times] if times > 1 else ()), self.base, *([rest] if rest else ())]
        # Saying all three backwards keeps 2 × base and base + 2 apart.
        return digits if self.rules["larger"] == "first" else digits[::-1]

    def number_words(self, number: int) -> list[str]:
        """A number in words."""
        return [self.digits[digit] for digit in self.number_digits(number)]

    def class_of(self, concept: str) -> int:
        """The class of a noun or pronoun (0 where the language has none)."""
        return self.classes.get(WORDS[concept].kind, 0)

    def class_name(self, number: int) -> str:
        """What belongs to a class, in words: "persons, tools and places"."""
        return listed([KIND_NAMES[kind] for kind in KINDS if self.classes.get(kind) == number])

    def says(self, key: str) -> str:
        """What the grammar says of an affix."""
        number = key.partition("/")[2]
        kinds = self.class_name(int(number)) if number.isdigit() else ""
        return statement(key, self.affixes[key], kinds, "its object" if self.rules.get("agreement") == "object" else "its subject")

    @functools.cached_property
    def number_values(self) -> Mapping[tuple[str, ...], int]:
        """The numbers that the language speaks of, by their words."""
        low = min(self.digits, default=1)
        return {tuple(self.number_words(number)): number for number in range(low, self.largest + 1)}


class _Affixes:
    """Draws affixes whose consonants differ, so that harmony and elision cannot make two of them alike."""

    def __init__(self, sounds: Sounds, draw: Draw):
        self._draw, self._consonants = draw, draw.shuffled(sounds.consonants)

    def make(self, side: str) -> Affix:
        consonant, vowel = self._consonants.pop(), self._draw.choice("aeiou")
        closed = side == "suffix" and self._draw.chance(0.45)
        return Affix(vowel + consonant if closed else consonant + vowel, side)

    def side(self) -> str:
        return self._draw.weighted(("suffix", "prefix"), (0.65, 0.35))


def drawn_rules(draw: Draw, rules: Sequence[Rule]) -> dict[str, str]:
    """A value for each rule."""
    return {rule.name: draw.weighted(rule.values, rule.weights or (1.0,) * len(rule.values)) for rule in rules}


def draw_language(seed: Seed, words: Vocabulary, level: int) -> Language:
    """Draw a language that can say everything in the vocabulary."""
    draw, sounds = seed.draw("rules"), draw_sounds(seed.draw("sounds"))
    maker = WordMaker(sounds, seed.draw("roots"), rimes=(8, 14, 40, 90)[level])
    name = (maker.root(2, coda=False) + draw.choice("nlrs")).capitalize()
    rules = drawn_rules(draw, rules_at(level))
    classes = _draw_classes(draw) if level >= 2 else {}
    while level and int(rules["base"]) ** 2 <= words.largest:
        rules |= drawn_rules(draw, [BY_NAME["base"]])
    base = int(rules.get("base", "8"))
    spoken = range(1, base + 1) if level else range(2, words.largest + 1)
    digits = {number: maker.root(2) for number in spoken}
    roots = _draw_roots(words, maker, seed.draw("lexemes"), level)
    sounds = replace(
        sounds, elision=rules.get("elision", "none"), harmony=rules.get("harmony", ""), mutation=rules.get("mutation", "")
    )
    return Language(
        name=name,
        level=level,
        sounds=sounds,
        rules=rules,
        affixes=_draw_affixes(draw, sounds, rules, classes, level),
        particles={
            key: maker.root(2) for key, first in (("and", 1), ("question", 1), ("negation", 2), ("that", 3)) if level >= first
        },
        roots=roots,
        digits=digits,
        largest=words.largest,
        classes=classes,
        irregular=_draw_irregular(words, maker) if level >= 3 else {},
        stress_last=level == 0 or draw.chance(0.5),
        gaps=draw.choice(_LONGER_GAPS if level >= 2 else _GAPS),
    )


def _draw_affixes(draw: Draw, sounds: Sounds, rules: Mapping[str, str], classes: Mapping[str, int], level: int) -> dict[str, Affix]:
    nominal, verbal = _Affixes(sounds, draw), _Affixes(sounds, draw)
    if level == 0:
        return {}
    case_side = nominal.side()
    affixes = {"case": nominal.make(case_side)}
    if level == 1:
        return affixes
    affixes["owner"] = nominal.make(case_side)
    affixes["plural"] = Affix("", "copy") if draw.chance(0.2) else nominal.make(nominal.side())
    affixes |= {key: verbal.make(verbal.side()) for key in ("past", "future", "progressive")}
    numbers = sorted(set(classes.values()))
    keys = ["plural"] if rules["agreement"] == "number" else [str(number) for number in numbers]
    side = verbal.side()
    affixes |= {f"agreement/{key}": verbal.make(side) for key in keys}
    affixes |= {f"class/{number}": nominal.make("suffix") for number in numbers}
    if rules["negation"] == "affix":
        affixes["negation"] = verbal.make(verbal.side())
    if level >= 3:
        affixes |= {f"derive/{kind}": nominal.make(nominal.side()) for kind in ("agent", "opposite", "young")}
    return affixes


def _draw_roots(words: Vocabulary, maker: WordMaker, draw: Draw, level: int) -> dict[str, tuple[str, ...]]:
    """A root for each concept, for a few of them a synonym; from level 2 on one word for two of ours, and two for one."""

    def root() -> str:
        return maker.root(2 if level == 0 or draw.chance(0.3) else 3)

    roots: dict[str, tuple[str, ...]] = {}
    underived = [concept for concept in words.all if WORDS[concept].derived is None]
    for concept in underived:
        roots[concept] = (root(), root()) if level >= 2 and draw.chance(0.05) else (root(),)
        takes = WORDS[concept].takes
        if level >= 2 and any(kind in ANIMATE for kind in takes) and not set(takes) <= set(ANIMATE) and draw.chance(0.12):
            roots[concept + LIVING] = (root(),)
    for first, second in words.merged:
        roots[second] = roots[first]
    return roots


def _draw_classes(draw: Draw) -> dict[str, int]:
    """Two or three classes, each with at least two kinds of noun; persons, animals and things are never all in one."""
    count = draw.choice((2, 3))
    while True:
        classes = {kind: place % count for place, kind in enumerate(draw.shuffled(KINDS))}
        if len({classes[kind] for kind in ("person", "animal", "thing")}) > 1:
            return classes


def _draw_irregular(words: Vocabulary, maker: WordMaker) -> dict[str, str]:
    """What is often said is irregular, as in life."""
    nouns = [noun for noun in words.nouns if WORDS[noun].derived is None][:24:2]
    return {key: maker.root(2) for key in [*(f"{noun}/plural" for noun in nouns), *(f"{verb}/past" for verb in words.verbs[:16:2])]}


def rules_of(language: Language) -> Iterator[tuple[str, object]]:
    """Everything that was drawn, as (name, value): what two languages share or do not share."""
    for group in ("rules", "affixes", "particles", "roots", "digits", "classes", "irregular"):
        yield from ((f"{group}/{key}", value) for key, value in getattr(language, group).items())
