"""Which concepts and numbers a world of one level speaks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from clgym.envs.bilingual.lexicon import CONCEPTS
from clgym.envs.bilingual.meaning import ANIMATE, Concept
from clgym.seeding import Draw


class Size(NamedTuple):
    """How much a level speaks about: underived nouns, adjectives, verbs; the largest number."""

    nouns: int
    adjectives: int
    verbs: int
    adpositions: bool
    derived: bool
    largest: int


#: Level 0 crosses 14 nouns with 14 modifiers: 8 adjectives and the number words two to seven.
SIZES = (
    Size(14, 8, 0, False, False, 7),
    Size(36, 18, 22, False, False, 12),
    Size(70, 30, 36, True, False, 24),
    Size(110, 46, 50, True, True, 35),
)
#: At level 0 any modifier must suit any noun.
_LEVEL_0_KINDS = ("animal", "thing")


@dataclass(frozen=True)
class Vocabulary:
    """Concept ids by part of speech, each with its root or derivation; numbers run from 2 to ``largest``."""

    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]
    adpositions: tuple[str, ...]
    largest: int

    @property
    def animate(self) -> tuple[str, ...]:
        """Nouns that can act."""
        return tuple(noun for noun in self.nouns if CONCEPTS[noun].kind in ANIMATE)

    @property
    def all(self) -> tuple[str, ...]:
        """Every concept id."""
        return self.nouns + self.adjectives + self.verbs + self.adpositions


def draw_vocabulary(draw: Draw, level: int) -> Vocabulary:
    """Draw the concepts of one world."""
    size = SIZES[level]
    underived = [concept for concept in CONCEPTS.values() if concept.derived is None]
    plain = {part: [c for c in underived if c.part == part] for part in ("noun", "adjective", "verb")}
    if level == 0:
        nouns = [c for c in plain["noun"] if c.kind in _LEVEL_0_KINDS]
        adjectives = [c for c in plain["adjective"] if set(c.takes) >= set(_LEVEL_0_KINDS)]
    else:
        nouns, adjectives = plain["noun"], plain["adjective"]
    chosen = {
        "noun": _half_animate(draw, nouns, size.nouns) if level else draw.sample([c.id for c in nouns], size.nouns),
        "adjective": draw.sample([c.id for c in adjectives], size.adjectives),
        "verb": _verbs(draw, plain["verb"], size.verbs),
    }
    if size.derived:
        bases = {concept for ids in chosen.values() for concept in ids}
        for concept in CONCEPTS.values():
            if concept.derived is not None and concept.derived[1] in bases:
                chosen[concept.part].append(concept.id)
    adpositions = tuple(c.id for c in CONCEPTS.values() if c.part == "adposition") if size.adpositions else ()
    return Vocabulary(tuple(chosen["noun"]), tuple(chosen["adjective"]), tuple(chosen["verb"]), adpositions, size.largest)


def _half_animate(draw: Draw, nouns: list[Concept], count: int) -> list[str]:
    """Two nouns in five can act, so that subjects vary as much as objects."""
    animate = [c.id for c in nouns if c.kind in ANIMATE]
    others = [c.id for c in nouns if c.kind not in ANIMATE]
    actors = min(len(animate), round(count * 0.4))
    return draw.sample(animate, actors) + draw.sample(others, count - actors)


def _verbs(draw: Draw, verbs: list[Concept], count: int) -> list[str]:
    """Mostly transitive verbs: one in eight has no object."""
    intransitive = [c.id for c in verbs if not c.takes]
    alone = min(len(intransitive), count // 8)
    return draw.sample([c.id for c in verbs if c.takes], count - alone) + draw.sample(intransitive, alone)


def suits(adjective: str, noun: str) -> bool:
    """Whether the adjective makes sense of the noun."""
    return CONCEPTS[noun].kind in CONCEPTS[adjective].takes
