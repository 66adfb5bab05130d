"""Text as vectors of fixed length: signed feature hashing of words, for learners that are not language models.

Weinberger, Dasgupta, Langford, Smola, Attenberg 2009, "Feature Hashing for Large Scale Multitask Learning",
arXiv:0902.2206, definition 1: φ_i(x) = Σ_{j: h(j) = i} ξ(j)·x_j, with a hash h into ``size`` places and an independent hash ξ
into {+1, −1}, so that colliding features cancel in expectation. As there, one space holds several tasks: a feature that is
crossed with a name (which answer, which place on the list) is a feature of its own.

The hashes are BLAKE2b, the same on every machine and in every process (Python's ``hash`` is neither).
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt


def words(text: str) -> list[str]:
    """The words and numbers of a text, lower case, without punctuation."""
    return re.findall(r"\w+", text.casefold())


def ngrams(text: str, longest: int) -> Iterator[str]:
    """All runs of 1 to ``longest`` words.

    >>> list(ngrams("Pick a hike!", 2))
    ['pick', 'a', 'hike', 'pick a', 'a hike']
    """
    found = words(text)
    for length in range(1, longest + 1):
        for start in range(len(found) - length + 1):
            yield " ".join(found[start : start + length])


def cards(prompt: str, options: Sequence[str]) -> list[str]:
    """What the prompt says of each option: from its name to the next option's or to the end of the line.

    An option that the prompt does not mention has its own text for a card.

    >>> cards("Which one?\\n- Salt: a quiet film.\\n- Paper Moon: loud, at £3.", ["Salt", "Paper Moon"])
    ['Salt: a quiet film.', 'Paper Moon: loud, at £3.']
    """
    starts = _mentions(prompt, options)
    texts = []
    for option in options:
        start = starts.get(option, -1)
        end = min((other for other in starts.values() if other > start), default=len(prompt))
        texts.append(prompt[start:end].partition("\n")[0].rstrip("- ") if start >= 0 else option)
    return texts


def _mentions(prompt: str, options: Sequence[str]) -> dict[str, int]:
    """Where each option first stands as whole words, and not as a part of a longer one."""
    spellings = "|".join(re.escape(option) for option in sorted(filter(None, options), key=len, reverse=True))
    found: dict[str, int] = {}
    for match in re.finditer(rf"(?<!\w)(?:{spellings})(?!\w)", prompt) if spellings else ():
        found.setdefault(match.group(), match.start())
    return found


def signed_hash(features: Iterable[str], size: int) -> npt.NDArray[np.float32]:
    """φ of a set of features, each counted once: float32 [size], clipped to [-1, 1] where features collide."""
    vector = np.zeros(size, dtype=np.float32)
    for feature in dict.fromkeys(features):
        place, sign = _hashes(feature)
        vector[place % size] += sign
    return np.clip(vector, -1.0, 1.0)


def choice_features(text: str, options: Sequence[str], longest: int) -> Iterator[str]:
    """Features of a choice as a whole: the n-grams of the text, and the words of each option's card crossed with its place."""
    yield from ngrams(text, longest)
    for place, card in enumerate(cards(text, options)):
        for word in words(card):
            yield f"{place}\n{word}"


def word_ids(text: str, vocabulary: int) -> list[int]:
    """Words and punctuation marks in order, each as its hash modulo ``vocabulary``."""
    return [_hashes(token)[0] % vocabulary for token in re.findall(r"\w+|[^\w\s]", text.casefold())]


@functools.lru_cache(maxsize=1 << 16)
def _hashes(feature: str) -> tuple[int, float]:
    """h(j) before it is taken modulo the size, and ξ(j)."""
    digest = int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "little")
    return digest >> 1, 1.0 if digest & 1 else -1.0
