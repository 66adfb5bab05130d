"""A drawn language: its sounds, its roots and its rules. How it says a meaning is in ``render.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import DERIVATIONS, KINDS
from clgym.envs.conlang.phonology import Phonology, WordMaker, draw_phonology
from clgym.envs.conlang.vocabulary import Vocabulary
from clgym.seeding import Draw, Seed

ORDERS = ("SOV", "SVO", "VSO", "VOS", "OVS", "OSV")
_BASES = (5, 6, 7, 8, 9, 12)


class Affix(NamedTuple):
    """A syllable added to a stem: a "suffix", a "prefix", or a "copy" of the stem's own first syllable."""

    text: str
    side: str


class Particle(NamedTuple):
    """A word of its own: "before" or "after" the verb, or at the "start" or "end" of the sentence."""

    word: str
    place: str


@dataclass(frozen=True)
class Language:
    """All rules of one language; what a level does not use is empty.

    ``roots`` gives each underived concept its synonyms, the common one first. ``digits`` names 1 to ``base``.
    ``place_case`` is the case that adpositions ask for ("object", "owner" or "plain"). ``classes`` maps kinds of noun to a
    class, whose affix adjectives take; ``agreement`` is what verbs agree with ("", "number" or "class").
    ``irregular`` maps (concept, "plural" or "past") to a stem of its own.
    """

    name: str
    level: int
    phonology: Phonology
    roots: Mapping[str, tuple[str, ...]]
    digits: Mapping[int, str]
    base: int
    largest: int
    big_first: bool
    order: str
    adjective_first: bool
    number_first: bool
    possessor_first: bool
    relative_first: bool
    postpositions: bool
    place_first: bool
    place_free: bool
    cases: Mapping[str, Affix]
    place_case: str
    concord: bool
    plural: Affix | None
    plural_after_number: bool
    tenses: Mapping[str, Affix]
    agreement: str
    agreement_affixes: Mapping[str, Affix]
    classes: Mapping[str, int]
    class_affixes: tuple[Affix, ...]
    negation: Particle | Affix | None
    question: Particle | None
    relativizer: str
    harmony: bool
    irregular: Mapping[tuple[str, str], str]
    derivations: Mapping[str, Affix]

    def attach(self, affix: Affix, stem: str) -> str:
        """The stem with the affix, whose vowel follows the stem's where the language has vowel harmony."""
        if affix.side == "copy":
            return stem[:2] + stem
        text = affix.text
        if self.harmony:
            near = [letter for letter in stem if letter in self.phonology.vowels]
            text = self.phonology.harmonize(text, near[0] if affix.side == "prefix" else near[-1])
        return text + stem if affix.side == "prefix" else stem + text

    def stems(self, concept: str) -> tuple[str, ...]:
        """The stems of a concept, derived ones included; synonyms of the base are synonyms of the derivation."""
        derived = CONCEPTS[concept].derived
        if derived is None or concept in self.roots:
            return self.roots[concept]
        return tuple(self.attach(self.derivations[derived[0]], stem) for stem in self.roots[derived[1]])

    def number_words(self, number: int) -> list[str]:
        """A number from 1 up in words: digits and the word for the base."""
        if number <= self.base:
            return [self.digits[number]]
        times, rest = divmod(number, self.base)
        words = [*([self.digits[times]] if times > 1 else ()), self.digits[self.base], *([self.digits[rest]] if rest else ())]
        # Saying all three backwards keeps 2 × base and base + 2 apart.
        return words if self.big_first else words[::-1]

    def class_of(self, noun: str) -> int:
        """The class of a noun (0 where the language has none)."""
        return self.classes.get(CONCEPTS[noun].kind, 0)

    def class_name(self, number: int) -> str:
        """What belongs to a class, in words: "persons, tools and places"."""
        kinds = [KIND_NAMES[kind] for kind in KINDS if self.classes.get(kind) == number]
        return " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))


KIND_NAMES = {
    "person": "persons",
    "animal": "animals",
    "plant": "plants",
    "food": "foods",
    "thing": "things",
    "place": "places",
    "nature": "landscape",
    "abstract": "ideas",
}


class _Affixes:
    """Draws affixes whose consonants differ, so that harmony cannot make two of them alike."""

    def __init__(self, phonology: Phonology, draw: Draw):
        self._vowels, self._draw = phonology.vowels, draw
        self._consonants = draw.shuffled(phonology.consonants)

    def make(self, side: str) -> Affix:
        return Affix(self._consonants.pop() + self._draw.choice(self._vowels), side)

    def side(self) -> str:
        return self._draw.weighted(("suffix", "prefix"), (0.65, 0.35))


def draw_language(seed: Seed, words: Vocabulary, level: int) -> Language:
    """Draw a language that can say everything in the vocabulary."""
    draw, phonology = seed.draw("rules"), draw_phonology(seed.draw("phonology"))
    maker = WordMaker(phonology, seed.draw("roots"))
    name = (maker.root() + draw.choice("nlrs")).capitalize()
    roots = _draw_roots(words, maker, seed.draw("synonyms"), level)
    base = draw.choice(_BASES) if level else 8
    spoken = range(1, base + 1) if level else range(2, words.largest + 1)
    digits = {number: maker.root() for number in spoken}
    adjective_first = draw.chance(0.5)
    classes = _draw_classes(draw) if level >= 2 else {}
    nominal, verbal = _Affixes(phonology, draw), _Affixes(phonology, draw)
    case_side = nominal.side()
    agreement = draw.choice(("number", "class")) if level >= 2 else ""
    agreeing = ["plural"] if agreement == "number" else [str(number) for number in sorted(set(classes.values()))]
    agreement_side = verbal.side()
    return Language(
        name=name,
        level=level,
        phonology=phonology,
        roots=roots,
        digits=digits,
        base=base,
        largest=min(words.largest, base * base - 1),
        big_first=draw.chance(0.6),
        order=draw.choice(ORDERS),
        adjective_first=adjective_first,
        number_first=draw.chance(0.5) if level else adjective_first,
        possessor_first=draw.chance(0.5),
        relative_first=draw.chance(0.4),
        postpositions=draw.chance(0.5),
        place_first=draw.chance(0.5),
        place_free=level == 3 or level == 2 and draw.chance(0.5),
        cases={case: nominal.make(case_side) for case in (("object",), ("object", "owner"))[level >= 2]} if level else {},
        place_case=draw.choice(("plain", "object", "owner")) if level >= 2 else "plain",
        concord=bool(level) and draw.chance(0.5),
        plural=_draw_plural(draw, nominal) if level >= 2 else None,
        plural_after_number=draw.chance(0.5),
        tenses={tense: verbal.make(verbal.side()) for tense in ("past", "future")} if level >= 2 else {},
        agreement=agreement,
        agreement_affixes={key: verbal.make(agreement_side) for key in agreeing} if agreement else {},
        classes=classes,
        class_affixes=tuple(nominal.make("suffix") for _ in sorted(set(classes.values()))),
        negation=_draw_negation(draw, verbal, maker) if level >= 2 else None,
        question=Particle(maker.root(), draw.choice(("start", "end", "after"))) if level >= 3 else None,
        relativizer=maker.root() if level >= 3 else "",
        harmony=level >= 3,
        irregular=_draw_irregular(draw, words, maker) if level >= 3 else {},
        derivations={kind: nominal.make(nominal.side()) for kind in DERIVATIONS} if level >= 3 else {},
    )


def _draw_roots(words: Vocabulary, maker: WordMaker, draw: Draw, level: int) -> dict[str, tuple[str, ...]]:
    def root() -> str:
        return maker.root(2 if level == 0 or draw.chance(0.6) else 3)

    underived = [concept for concept in words.all if CONCEPTS[concept].derived is None]
    return {concept: (root(), root()) if level >= 2 and draw.chance(0.06) else (root(),) for concept in underived}


def _draw_classes(draw: Draw) -> dict[str, int]:
    """Two or three classes, each with at least two kinds of noun; persons, animals and things are never all in one."""
    count = draw.choice((2, 3))
    while True:
        kinds = draw.shuffled(KINDS)
        classes = {kind: place % count for place, kind in enumerate(kinds)}
        if len({classes[kind] for kind in ("person", "animal", "thing")}) > 1:
            return classes


def _draw_plural(draw: Draw, affixes: _Affixes) -> Affix:
    return Affix("", "copy") if draw.chance(0.25) else affixes.make(affixes.side())


def _draw_negation(draw: Draw, affixes: _Affixes, maker: WordMaker) -> Particle | Affix:
    place = draw.choice(("before", "after", "end", "affix", "affix"))
    return affixes.make(affixes.side()) if place == "affix" else Particle(maker.root(), place)


def _draw_irregular(draw: Draw, words: Vocabulary, maker: WordMaker) -> dict[tuple[str, str], str]:
    nouns = [noun for noun in words.nouns if CONCEPTS[noun].derived is None]
    chosen = [(noun, "plural") for noun in draw.sample(nouns, 12)] + [(verb, "past") for verb in draw.sample(words.verbs, 8)]
    return {key: maker.root() for key in chosen}


def rules_of(language: Language) -> Iterator[tuple[str, object]]:
    """Every rule and root as (name, value): what two languages share or do not share."""
    for name, value in vars(language).items():
        if name in ("name", "level", "phonology", "largest"):
            continue
        if isinstance(value, Mapping):
            yield from ((f"{name}/{key}", item) for key, item in value.items())
        elif value is not None and value != "" and value != ():
            yield name, value
