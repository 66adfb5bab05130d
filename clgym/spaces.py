"""``UnicodeText``: a ``gymnasium.spaces.Text`` that takes any Unicode string up to a length, "" included.

``gymnasium.spaces.Text`` rejects spaces and the empty string by default, needs seconds to build a
full-Unicode charset, and travels through ``AsyncVectorEnv``'s shared memory as charset indices. This
subclass answers ``contains`` by type, length and encodability, and carries code points through shared
memory, so that ``gym.make_vec(..., vectorization_mode="async")`` returns the right text.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from ctypes import c_int32
from typing import Any

import numpy as np
from gymnasium.spaces import Text
from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory

from clgym.errors import TextSpace

_SAMPLE_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?()[]{}<>=+-*/'\"\n\täöüßéñ漢字🙂"
_SAMPLE_LENGTH = 64


def is_encodable(text: str) -> bool:
    """Whether the text has no lone surrogates (and so can be written as UTF-8)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class NoShape:
    """The shape of a text space: nothing, as ``None`` is, but whoever counts on one is told what to do instead.

    stable-baselines3 and other learners on arrays begin with ``tuple(space.shape)`` or ``np.prod(space.shape)``, and die there at a
    ``None`` with words that help nobody.
    """

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TextSpace(
            "this env speaks text, and a learner on arrays (stable-baselines3, for one) asked for the shape of its spaces. Wrap it: "
            "HashText (clgym.wrappers.hash_text) or TokenText (clgym.wrappers.token_text) for the observations, ChooseAnswer "
            "(clgym.wrappers.choose_answer) for the answers: HashText(ChooseAnswer(env)). See docs/stable-baselines3.md."
        )

    __iter__ = __len__ = __getitem__ = __array__ = __add__ = __radd__ = __index__ = _refuse

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, NoShape)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return "None"


class UnicodeText(Text):
    """Any encodable Unicode string of ``min_length`` to ``max_length`` characters.

    >>> space = UnicodeText(1000)
    >>> "" in space, "say(1 + 2)!" in space, "x" * 1001 in space, chr(0xD800) in space
    (True, True, False, False)
    """

    def __init__(self, max_length: int, *, min_length: int = 0, seed: int | np.random.Generator | None = None):
        super().__init__(max_length, min_length=min_length, charset=_SAMPLE_ALPHABET, seed=seed)

    @property
    def shape(self) -> Any:
        """Text has none: see :class:`NoShape`."""
        return NoShape()

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A random string of at most 64 characters: long ones say nothing more and take long to draw."""
        if mask is not None or probability is not None:
            return super().sample(mask, probability)
        longest = min(self.max_length, max(self.min_length, _SAMPLE_LENGTH))
        length = int(self.np_random.integers(self.min_length, longest + 1))
        return "".join(self.np_random.choice(self.character_list, size=length))

    def contains(self, x: Any) -> bool:
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length and is_encodable(x)

    def __repr__(self) -> str:
        return f"UnicodeText({self.min_length}, {self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and (self.min_length, self.max_length) == (other.min_length, other.max_length)


# Shared memory holds, per env, the length of the text followed by its code points.


@create_shared_memory.register(UnicodeText)
def _create(space: UnicodeText, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array(c_int32, n * (space.max_length + 1))


class SharedTexts(Sequence[str]):
    """A live view of the texts in shared memory.

    ``AsyncVectorEnv`` reads its buffer once, when it is made, and copies what it got at every step: right for arrays,
    which are views, and why a tuple of strings would stay empty for ever. A copy of this view is the plain tuple.
    """

    def __init__(self, rows: np.ndarray):
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self)[index]
        row = self._rows[index]
        return row[1 : 1 + row[0]].tobytes().decode("utf-32-le")

    def __deepcopy__(self, memo: Any) -> tuple[str, ...]:
        return tuple(self)


@read_from_shared_memory.register(UnicodeText)
def _read(space: UnicodeText, shared_memory: Any, n: int = 1) -> SharedTexts:
    return SharedTexts(np.frombuffer(shared_memory.get_obj(), dtype=np.int32).reshape(n, space.max_length + 1))


@write_to_shared_memory.register(UnicodeText)
def _write(space: UnicodeText, index: int, values: str, shared_memory: Any) -> None:
    points = np.frombuffer(values.encode("utf-32-le"), dtype=np.int32)
    width = space.max_length + 1
    target = np.frombuffer(shared_memory.get_obj(), dtype=np.int32)[index * width : (index + 1) * width]
    target[0] = points.size
    target[1 : 1 + points.size] = points
