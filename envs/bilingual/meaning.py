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

PARTS = ("noun", "adjective", "verb", "adposition", "pronoun")

#: Semantic classes of nouns. Persons and animals are animate: only they act.
KINDS = ("person", "animal", "plant", "food", "thing", "place", "nature", "abstract")
ANIMATE = ("person", "animal")

NUMBERS = ("singular", "plural")
TENSES = ("present", "past", "future")
#: "sees" and "is seeing".
ASPECTS = ("plain", "progressive")

#: Pronouns in English, subject and object form. Personal ones stand for a noun; "who" and "what" ask for one.
PRONOUNS = {
    "I": "me",
    "you": "you",
    "he": "him",
    "she": "her",
    "it": "it",
    "we": "us",
    "they": "them",
    "who": "who",
    "what": "what",
}
ASKING = ("who", "what")

#: How one concept may be derived from another: hunt -> hunter, happy -> unhappy, dog -> puppy.
DERIVATIONS = ("agent", "opposite", "young")


@dataclass(frozen=True)
class Concept:
    """One entry of the bilingual lexicon. Forms that a part of speech does not have are empty.

    ``takes`` lists, for a transitive verb, the kinds of noun that make sense as its object; an intransitive verb has
    none. ``gerund`` is what "is" takes ("seeing"; "" for verbs that English does not use so), ``synonyms`` are English words that say the
    same, given as lemmas. ``derived`` is ``(derivation, base concept id)`` or ``None``. ``german`` maps the names of German forms, which
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
    gerund: str = ""
    synonyms: tuple[str, ...] = ()
    german: dict[str, str] = field(default_factory=dict, compare=False)


class Place(NamedTuple):
    """Where a clause happens: "under the tree"."""

    adposition: str
    ground: NounPhrase


class Relative(NamedTuple):
    """A relative clause whose subject is the noun it belongs to: "that sees the cat (under the tree)"."""

    verb: str
    object: NounPhrase
    tense: str = "present"
    place: Place | None = None


@dataclass(frozen=True)
class NounPhrase:
    """ "the red dogs", "the three dogs" (count), "the woman's dog" (possessor), "the dog that sees the cat" (relative).

    ``count`` is 0 (no number word) or 2 to 99, and ``number`` is then "plural". A phrase with a possessor is definite.
    Adjectives are in the order in which English says them. At most one of possessor and relative is present. ``also`` is what follows
    "and": "the dog and the red cat". A pronoun (a key of ``PRONOUNS``) has nothing beside it.
    """

    noun: str
    adjectives: tuple[str, ...] = ()
    number: str = "singular"
    definite: bool = True
    possessor: NounPhrase | None = None
    relative: Relative | None = None
    count: int = 0
    also: NounPhrase | None = None

    @property
    def many(self) -> bool:
        """Whether a verb that it is the subject of is in the plural."""
        return self.number == "plural" or self.also is not None


@dataclass(frozen=True)
class Clause:
    """ "Will the red dog not see a cat under the tree?": one sentence. ``object`` is None for intransitive verbs.

    ``question`` is true of questions for yes or no; one whose subject or object is "who" or "what" asks for that.
    """

    subject: NounPhrase
    verb: str
    object: NounPhrase | None = None
    tense: str = "present"
    negated: bool = False
    question: bool = False
    place: Place | None = None
    aspect: str = "plain"

    @property
    def asks(self) -> str:
        """What it asks for: "subject", "object", "" for nothing of these."""
        if self.subject.noun in ASKING:
            return "subject"
        return "object" if self.object is not None and self.object.noun in ASKING else ""


Meaning = NounPhrase | Clause


def concepts_of(meaning: Meaning | None) -> Iterator[str]:
    """Every concept id that a meaning mentions, head first; repeated mentions are repeated."""
    if meaning is None:
        return
    if isinstance(meaning, Clause):
        yield meaning.verb
        yield from concepts_of(meaning.subject)
        yield from concepts_of(meaning.object)
        yield from _of_place(meaning.place)
        return
    yield meaning.noun
    yield from meaning.adjectives
    yield from concepts_of(meaning.possessor)
    if meaning.relative is not None:
        yield meaning.relative.verb
        yield from concepts_of(meaning.relative.object)
        yield from _of_place(meaning.relative.place)
    yield from concepts_of(meaning.also)


def _of_place(place: Place | None) -> Iterator[str]:
    if place is not None:
        yield place.adposition
        yield from concepts_of(place.ground)
