"""The sounds of a drawn language and the words made from them.

Roots are plain consonant-vowel syllables ("miru", "tasoka"), which tokenizers split sanely and people can say. No two
roots share their first syllable while the stock of first syllables lasts, and any two differ in at least two letters.
"""

from __future__ import annotations

from dataclasses import dataclass

from clgym.seeding import Draw

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"

#: Words of English and German that a root must not look like; roots never end in "e", which rules out most others.
_TAKEN = frozenset(
    "also auto baby body bona coda data dodo dado demo dido duro foto gala hero info into judo kilo kino logo lava limo "
    "mama memo mini moto papa para polo puma pupa rabi rota saga silo sofa solo soda taro toga tofu tuba tuna veto visa "
    "zero zulu nova diva diva luna lido loki lira mono nemo nova peso pita pizza sari sumo taxi tutu vino viva wadi".split()
)


@dataclass(frozen=True)
class Phonology:
    """The letters of one language. ``front`` and ``back`` are the two vowel groups that harmony keeps apart."""

    consonants: str
    vowels: str
    front: str
    back: str

    def syllable(self, draw: Draw, *, final: bool = False) -> str:
        """One consonant and one vowel; a final syllable never ends in "e"."""
        vowels = self.vowels.replace("e", "") if final else self.vowels
        return draw.choice(self.consonants) + draw.choice(vowels)

    def harmonize(self, affix: str, near: str) -> str:
        """The affix with its vowels taken from the group of the vowel that is near."""
        group, other = (self.front, self.back) if near in self.front else (self.back, self.front)
        return "".join(group[other.index(letter) % len(group)] if letter in other else letter for letter in affix)


def draw_phonology(draw: Draw) -> Phonology:
    """Nine consonants, the five vowels and a split of these into two groups of two or three."""
    consonants = "".join(sorted(draw.sample(_CONSONANTS, 9)))
    vowels = draw.shuffled(_VOWELS)
    cut = draw.choice((2, 3))
    return Phonology(consonants, _VOWELS, "".join(sorted(vowels[:cut])), "".join(sorted(vowels[cut:])))


class WordMaker:
    """Makes words that are unlike every word it has made before."""

    def __init__(self, phonology: Phonology, draw: Draw):
        self._phonology, self._draw = phonology, draw
        self._made: list[str] = []
        self._heads: set[str] = set()
        self._near: set[str] = set()

    def root(self, syllables: int = 2) -> str:
        """A new root of that many syllables."""
        for attempt in range(120):
            parts = [self._phonology.syllable(self._draw, final=place == syllables - 1) for place in range(syllables)]
            word = "".join(parts)
            fresh = parts[0] not in self._heads or attempt >= (40 if len(self._heads) < 30 else 4)
            if fresh and len(set(parts)) > 1 and word not in _TAKEN and not self._is_near(word):
                return self._keep(word, parts[0])
        return self.root(syllables + 1)

    def _is_near(self, word: str) -> bool:
        return any(word[:place] + "?" + word[place + 1 :] in self._near for place in range(len(word)))

    def _keep(self, word: str, head: str) -> str:
        self._heads.add(head)
        self._near.update(word[:place] + "?" + word[place + 1 :] for place in range(len(word)))
        self._made.append(word)
        return word
