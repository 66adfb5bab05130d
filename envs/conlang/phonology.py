"""The sounds of a drawn language: how its words are made, and what sounds do to one another where a word is put together.

A root is two or three syllables of a consonant and a vowel, often with a consonant at its end ("miru", "tasokan"). Three processes change
the parts of a word: **mutation** changes the first consonant of a stem, **elision** drops one of two vowels that meet, **harmony** takes the
vowels of an affix from the group of the nearest vowel of the stem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from clgym.seeding import Draw

VOWELS = "aeiou"
_CONSONANTS = "bdfgklmnprstvz"
_CODAS = "lmnrs"

#: What mutation makes of a first consonant; the other consonants stay.
MUTATIONS = {
    "voicing": dict(zip("ptkfs", "bdgvz")),
    "spirant": dict(zip("pbtdkg", "fvszhh")),
    "nasal": dict(zip("pbtdkg", "mmnnnn")),
}

#: Every way of parting the vowels into two groups of two and three, written as the smaller group.
HARMONIES = tuple(first + second for place, first in enumerate(VOWELS) for second in VOWELS[place + 1 :])

#: Words of English and German that a root must not look like; roots never end in "e", which rules out most others.
_TAKEN = frozenset(
    "also auto baby body bona coda data dodo dado demo dido duro foto gala hero info into judo kilo kino logo lava limo "
    "mama memo mini moto papa para polo puma pupa rabi rota saga silo sofa solo soda taro toga tofu tuba tuna veto visa "
    "zero zulu nova diva luna lido loki lira mono nemo peso pita pizza sari sumo taxi tutu vino viva wadi banana salami "
    "salon melon lemon robin satin cabin basin demon felon pilot rosin tokus bonus minus lupus lotus focus locus".split()
)


class Affix(NamedTuple):
    """A syllable added to a stem: a "suffix", a "prefix", or a "copy" of the stem's own first syllable."""

    text: str
    side: str


@dataclass(frozen=True)
class Sounds:
    """The letters of one language and what its processes do. ``harmony`` is a group of vowels, "" for none; ``elision`` is the side whose
    vowel is dropped ("stem", "affix" or "none"); ``mutation`` is a key of :data:`MUTATIONS`, "" for none.
    """

    consonants: str
    codas: str
    elision: str = "none"
    harmony: str = ""
    mutation: str = ""

    def mutated(self, stem: str) -> str:
        """A stem with its first consonant changed."""
        return MUTATIONS[self.mutation].get(stem[0], stem[0]) + stem[1:] if self.mutation else stem

    def attach(self, affix: Affix, stem: str) -> str:
        """A stem with an affix.

        >>> Sounds("mr", "n", "stem", "ei").attach(Affix("an", "suffix"), "miri")
        'mirin'
        """
        text = affix.text
        if affix.side == "copy":
            return stem[:2] + stem
        if self.harmony:
            near = [letter for letter in stem if letter in VOWELS]
            text = self.harmonized(text, near[0] if affix.side == "prefix" else near[-1])
        if affix.side == "prefix":
            return text + stem
        if text[0] in VOWELS and stem[-1] in VOWELS and self.elision != "none":
            return stem[:-1] + text if self.elision == "stem" else stem + text[1:]
        return stem + text

    def harmonized(self, text: str, near: str) -> str:
        """An affix with its vowels taken from the group of the vowel that is near: the first for the first, and so on."""
        group, other = self.groups if near in self.harmony else self.groups[::-1]
        return "".join(group[other.index(letter) % len(group)] if letter in other else letter for letter in text)

    @property
    def groups(self) -> tuple[str, str]:
        """The two groups of vowels."""
        return self.harmony, "".join(vowel for vowel in VOWELS if vowel not in self.harmony)


def draw_sounds(draw: Draw) -> Sounds:
    """Nine consonants and three that end a word."""
    consonants = "".join(sorted(draw.sample(_CONSONANTS, 9)))
    return Sounds(consonants, "".join(draw.sample(_CODAS, 3)))


def stressed(word: str, last: bool) -> int:
    """Which syllable of a word is stressed, 0 the first: the last, or the last but one where it has two.

    >>> stressed("mirukan", False), stressed("mirukan", True), stressed("mir", False)
    (1, 2, 0)
    """
    return max(0, syllables(word) - (1 if last else 2))


def syllables(text: str) -> int:
    """One vowel letter is one syllable."""
    return sum(map(text.count, VOWELS))


def rime(root: str, last: bool) -> str:
    """A root from its stressed vowel on.

    >>> rime("tasokan", False), rime("tasokan", True)
    ('okan', 'an')
    """
    places = [place for place, letter in enumerate(root) if letter in VOWELS]
    return root[places[stressed(root, last)] :]


#: Where so many words in a row are taken, those of their length are as good as used up.
_TRIES = 25


class WordMaker:
    """Makes words that are unlike every word it has made before, many of them with a rime from a small stock, so that they rhyme."""

    def __init__(self, sounds: Sounds, draw: Draw, rimes: int = 24):
        self._sounds, self._draw = sounds, draw
        self._near: set[str] = set()
        self._full: set[int] = set()
        self._syllables = [consonant + vowel for consonant in sounds.consonants for vowel in VOWELS]
        self._rimes = [self._syllable()[1:] + self._syllable() + self._coda() for _ in range(rimes)]

    def root(self, syllables: int = 2, coda: bool = True) -> str:
        """A new root of that many syllables (more where there are no more of these)."""
        for _ in range(0 if syllables in self._full else _TRIES):
            word = self._drawn(syllables, coda)
            if word[-1] != "e" and word not in _TAKEN and word[:2] != word[2:4] and not self._is_near(word):
                self._near.update(word[:place] + "?" + word[place + 1 :] for place in range(len(word)))
                return word
        self._full.add(syllables)
        return self.root(syllables + 1, coda)

    def _drawn(self, syllables: int, coda: bool) -> str:
        if coda and self._draw.chance(0.7):
            head = "".join(self._syllable() for _ in range(syllables - 2))
            return head + self._draw.choice(self._sounds.consonants) + self._draw.choice(self._rimes)
        return "".join(self._syllable() for _ in range(syllables)) + (self._coda() if coda else "")

    def _syllable(self) -> str:
        return self._draw.choice(self._syllables)

    def _coda(self) -> str:
        return self._draw.choice(self._sounds.codas) if self._draw.chance(0.4) else ""

    def _is_near(self, word: str) -> bool:
        """Whether a word with one other letter was made."""
        return any(word[:place] + "?" + word[place + 1 :] in self._near for place in range(len(word)))
