"""What is said, apart from the language it is said in: the meanings that every renderer shares.

English, German and the drawn language all render the same frozen dataclasses. Words are *concept ids*: the English
lemma ("dog", "see", "red", "under"), which is a key of ``lexicon.CONCEPTS``.

Two modules agree through this one:

* ``lexicon.py`` holds ``CONCEPTS: Mapping[str, Concept]``, at least 240 of them: about 120 nouns (20 of them derived), 50
  adjectives (8 derived), 60 verbs (most transitive), 6 adpositions (in, on, under, behind, near, with). The level-0
  vocabulary is drawn from nouns of kind person, animal and thing and from underived adjectives.
* ``german.py`` holds ``render(meaning) -> list[str]``: every German rendering that is accepted, the first is canonical. A
  ``NounPhrase`` alone is rendered in the nominative without a full stop ("der rote Hund"), a ``Clause`` as a
  sentence with a capital letter and a full stop or question mark ("Der Hund sieht den Baum nicht."). Past tense:
  Perfekt and Präteritum are both accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

PARTS = ("noun", "adjective", "verb", "adposition")

#: Semantic classes of nouns. Persons and animals are animate: only they act.
KINDS = ("person", "animal", "plant", "food", "thing", "place", "nature", "abstract")
ANIMATE = ("person", "animal")

NUMBERS = ("singular", "plural")
TENSES = ("present", "past", "future")

#: How one concept may be derived from another: hunt -> hunter, happy -> unhappy, dog -> puppy.
DERIVATIONS = ("agent", "opposite", "young")


@dataclass(frozen=True)
class Concept:
    """One entry of the bilingual lexicon. Forms that a part of speech does not have are empty.

    ``takes`` lists, for a transitive verb, the kinds of noun that make sense as its object; an intransitive verb has
    none. ``derived`` is ``(derivation, base concept id)`` or ``None``. ``german`` maps the names of German forms, which
    ``german.py`` chooses, to the forms.
    """

    id: str
    part: str
    kind: str = ""
    plural: str = ""
    third: str = ""
    past: str = ""
    participle: str = ""
    takes: tuple[str, ...] = ()
    derived: tuple[str, str] | None = None
    german: dict[str, str] = field(default_factory=dict, compare=False)


class Place(NamedTuple):
    """Where a clause happens: "under the tree"."""

    adposition: str
    ground: NounPhrase


class Relative(NamedTuple):
    """A relative clause whose subject is the noun it belongs to: "that sees the cat"."""

    verb: str
    object: NounPhrase
    tense: str = "present"


@dataclass(frozen=True)
class NounPhrase:
    """ "the red dogs", "the three dogs" (count), "the woman's dog" (possessor), "the dog that sees the cat" (relative).

    ``count`` is 0 (no number word) or 2 to 99, and ``number`` is then "plural". A phrase with a possessor is definite.
    Adjectives are in the order in which English says them. At most one of possessor and relative is present.
    """

    noun: str
    adjectives: tuple[str, ...] = ()
    number: str = "singular"
    definite: bool = True
    possessor: NounPhrase | None = None
    relative: Relative | None = None
    count: int = 0


@dataclass(frozen=True)
class Clause:
    """ "Will the red dog not see a cat under the tree?": one sentence. ``object`` is None for intransitive verbs."""

    subject: NounPhrase
    verb: str
    object: NounPhrase | None = None
    tense: str = "present"
    negated: bool = False
    question: bool = False
    place: Place | None = None


Meaning = NounPhrase | Clause


def concepts_of(meaning: Meaning | None) -> Iterator[str]:
    """Every concept id that a meaning mentions, head first; repeated mentions are repeated."""
    if meaning is None:
        return
    if isinstance(meaning, Clause):
        yield meaning.verb
        yield from concepts_of(meaning.subject)
        yield from concepts_of(meaning.object)
        if meaning.place is not None:
            yield meaning.place.adposition
            yield from concepts_of(meaning.place.ground)
        return
    yield meaning.noun
    yield from meaning.adjectives
    yield from concepts_of(meaning.possessor)
    if meaning.relative is not None:
        yield meaning.relative.verb
        yield from concepts_of(meaning.relative.object)
