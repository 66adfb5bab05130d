"""Coined words: sounds that English does not put together, so that no coined word is an English one."""

from __future__ import annotations

from clgym.seeding import Draw

_ONSETS = "b bl br d dr f fl g gl gr k kl kr m n p pl pr sk sl sm sn sp st t tr v z".split()
_VOWELS = "aeiou"
#: Clusters that stand in the middle of hardly any English word.
_MIDDLES = "zb vd zl mz kv dv zn bz gv pv vg zg vb fk".split()
_ENDS = "o a i u ok an in ur ash il".split()
_TAKEN = frozenset(("kafka", "muzak"))
#: Syllables that mean something in English.
_SPOKEN = frozenset(
    "blo bra do du fa flu fro go gu ha ho la lo ma mi mu no nu pa pi pro ski so spa spi sta sti ta ti to tra tri za".split()
)


class Coiner:
    """Makes words that are unlike every word it has made before."""

    def __init__(self, draw: Draw):
        self._draw = draw
        self._onsets, self._middles, self._ends = draw.sample(_ONSETS, 14), draw.sample(_MIDDLES, 7), draw.sample(_ENDS, 5)
        self._heads: set[str] = set()
        self._near: set[str] = set()

    def word(self) -> str:
        """A word of two syllables; any two words begin differently and differ in at least two letters."""
        while True:
            onset, vowel = self._draw.choice(self._onsets), self._draw.choice(_VOWELS)
            word = onset + vowel + self._draw.choice(self._middles) + self._draw.choice(self._ends)
            if onset + vowel not in self._heads and word not in _TAKEN and self._near.isdisjoint(blurred(word)):
                self._heads.add(onset + vowel)
                self._near.update(blurred(word))
                return word

    def affix(self) -> str:
        """A syllable unlike every other affix of this language."""
        while True:
            affix = self._draw.choice(_ONSETS) + self._draw.choice("aiou")
            if affix not in self._near and affix not in _SPOKEN:
                self._near.add(affix)
                return affix


def blurred(word: str) -> frozenset[str]:
    """The word with each of its letters blotted out, and with each left out: words that share one are a slip apart.

    >>> bool(blurred("grazbo") & blurred("grazba")), bool(blurred("grazbo") & blurred("grizba"))
    (True, False)
    """
    blotted = {word[:place] + "?" + word[place + 1 :] for place in range(len(word))}
    shortened = {word[:place] + word[place + 1 :] for place in range(len(word))}
    return frozenset(blotted | shortened | {word})
