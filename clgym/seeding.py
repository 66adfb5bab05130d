"""Seeds, splits and the private salt.

A world is drawn from ``HMAC-SHA256(key, family/version/level/index)``. ``train`` and ``validation``
use public keys, so everybody draws the same worlds; ``test`` uses a salt that only the evaluator
holds (environment variable ``CLGYM_SALT``, 64 hex digits; or :func:`holding`, which keeps it out of the environment).

Randomness inside worlds goes through :class:`Draw`, which stands on ``random.Random.random`` alone:
the only generator method whose sequence Python promises to keep across versions. The same seed thus
gives the same world on Python 3.10 and 3.13, and without a 20 µs numpy generator per query.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import random
import zlib
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from clgym.errors import InvalidSetting, MissingSalt, UnknownName

T = TypeVar("T")

SPLITS = ("train", "validation", "test")
SALT_VARIABLE = "CLGYM_SALT"
_PUBLIC_KEYS = {"train": b"clgym public key: train", "validation": b"clgym public key: validation"}


class Draw:
    """A small deterministic random source: ``choice``, ``sample``, ``shuffle``, ``integer``, ``chance``."""

    __slots__ = ("_random",)

    def __init__(self, entropy: bytes | int):
        number = int.from_bytes(entropy, "big") if isinstance(entropy, bytes) else entropy
        self._random = random.Random(number).random

    def integer(self, low: int, high: int) -> int:
        """An integer in ``[low, high]``, both ends included."""
        return low + int(self._random() * (high - low + 1))

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A float in ``[low, high)``."""
        return low + self._random() * (high - low)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One item; the sequence must not be empty."""
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One item, drawn in proportion to its weight."""
        point = self._random() * sum(weights)
        for item, weight in zip(items, weights):
            point -= weight
            if point < 0:
                return item
        return items[-1]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Shuffle in place (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = int(self._random() * (last + 1))
            items[last], items[other] = items[other], items[last]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """A shuffled copy."""
        copy = list(items)
        self.shuffle(copy)
        return copy

    def sample(self, items: Iterable[T], count: int) -> list[T]:
        """``count`` distinct items in random order; ``ValueError`` when there are fewer."""
        pool = list(items)
        if count > len(pool):
            raise ValueError(f"cannot draw {count} of {len(pool)} items")
        for place in range(count):
            other = place + int(self._random() * (len(pool) - place))
            pool[place], pool[other] = pool[other], pool[place]
        return pool[:count]


class QuickDraw(Draw):
    """A draw from labels that costs a microsecond, where seeding a :class:`Draw` costs ten: for picks on every env step.

    Its numbers are good enough to choose among phrasings, and for nothing that a world hangs on. Nothing is worked out before the
    first pick.
    """

    __slots__ = ()

    def __init__(self, *labels: object):
        self._random = _steps(labels).__next__


def _steps(labels: tuple[object, ...]) -> Iterator[float]:
    """Marsaglia's linear congruential generator of 32 bits from a checksum: a pick goes by its high bits, which are the good ones."""
    number = zlib.crc32("\x1f".join(map(str, labels)).encode("utf-8", "surrogatepass"))
    while True:
        number = (number * 69069 + 1) & 0xFFFFFFFF
        yield number / 4294967296


@dataclass(frozen=True)
class Seed:
    """32 bytes of entropy from which named, independent children and draws are derived."""

    entropy: bytes

    def child(self, *labels: object) -> Seed:
        """An independent seed for one purpose: ``seed.child("rules", 3)``."""
        message = "\x1f".join(map(str, labels)).encode("utf-8", "surrogatepass")
        return Seed(hmac.digest(self.entropy, message, hashlib.sha256))

    def draw(self, *labels: object) -> Draw:
        """A fresh :class:`Draw` for one purpose; the same labels give the same sequence."""
        return Draw(self.child(*labels).entropy if labels else self.entropy)


def seed_of(*labels: object) -> Seed:
    """A public seed from labels alone, for tests, feedback phrasing and probes."""
    return Seed(b"clgym public seed").child(*labels)


def world_seed(family: str, version: int, level: int, split: str, index: int) -> Seed:
    """The seed of one world. Raises ``UnknownName`` (split), ``InvalidSetting`` (index), ``MissingSalt``."""
    if split not in SPLITS:
        raise UnknownName("split", split, SPLITS)
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise InvalidSetting(f"world must be an index from 0 up, not {index!r}.")
    key = _PUBLIC_KEYS[split] if split in _PUBLIC_KEYS else test_salt()
    message = f"{family}/{version}/{level}/{index}".encode()
    return Seed(hmac.digest(key, message, hashlib.sha256))


def world_id(family: str, level: int, breadth: int, split: str, index: int) -> str:
    """The public id of a world, which tells nothing of its rules: ``CL-Playbook-v0/level1/train/3``, ``.../level1x16/train/3`` where it is broad."""
    return f"{family}/level{level}{f'x{breadth}' if breadth > 1 else ''}/{split}/{index}"


#: The salt of an evaluation under way: never in the environment, which programs inherit.
_held: ContextVar[bytes | None] = ContextVar("clgym_salt", default=None)


@contextmanager
def holding(salt: bytes) -> Iterator[None]:
    """Inside, ``split="test"`` draws from this salt, whatever the environment has."""
    before = _held.set(salt)
    try:
        yield
    finally:
        _held.reset(before)


def test_salt() -> bytes:
    """The evaluator's salt: the one that is held, else that of ``CLGYM_SALT``. Raises ``MissingSalt`` or ``InvalidSetting``."""
    held = _held.get()
    if held is not None:
        return held
    text = os.environ.get(SALT_VARIABLE, "")
    if not text:
        raise MissingSalt(
            f"split='test' draws private worlds, and {SALT_VARIABLE} is not set. Evaluators make a salt once with "
            f"`clgym salt new`, which says how to export it as {SALT_VARIABLE}; everybody else uses split='train' or "
            "split='validation'."
        )
    return salt_from(text, SALT_VARIABLE)


def salt_from(text: str, source: str) -> bytes:
    """The bytes of a salt as it is written. Raises ``InvalidSetting`` for what is none, or one that anybody would guess."""
    try:
        salt = bytes.fromhex(text)
    except ValueError:
        salt = b""
    if len(salt) < 32:
        raise InvalidSetting(f"{source} must be at least 64 hex digits (32 bytes); it has {len(text)} characters.")
    if not salt.strip(b"\x00") or not salt.strip(b"\xff"):
        raise InvalidSetting(f"{source} is one byte over and over, which anybody would guess. `clgym salt new` draws one.")
    return salt


def mixed(secret: bytes, public: str) -> bytes:
    """A salt of a secret and of a number that was not known when the secret was committed to: neither side can choose its worlds."""
    return hmac.digest(secret, b"clgym public number\x1f" + public.encode("utf-8", "surrogatepass"), hashlib.sha256)


def commitment(salt: bytes, generator_version: str) -> str:
    """``sha256(salt || generator version)`` in hex: published before an evaluation, checked after it."""
    return hashlib.sha256(salt + generator_version.encode()).hexdigest()
