"""The ideal learner of a stream: the members' own, each of which sees its own exchanges alone.

Who is asked is read from the prompt: by the member whose reader understands it (``reading.understand``, which the family keeps beside
its world).
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from clgym.agent import Conversation
from clgym.core import Family
from clgym.learning import Learner, Seen

#: What a stream may put in front of a prompt.
_ANNOUNCEMENT = re.compile(r"\ATask \d+ of \d+\.\n")


@dataclass(frozen=True)
class Reader:
    """A member: whether a prompt is one of its own, and a fresh learner that expects drifts after so many env steps of its own."""

    understands: Callable[[str], bool]
    fresh: Callable[[Sequence[int]], Learner]


def stream_learner(
    families: Sequence[Family], level: int, *, breadth: int, noise: float, drifts: Sequence[int], seed: int
) -> Learner | None:
    """A learner of any stream of these families; ``None`` where one of them brings no learner of its own."""
    readers = {}
    for family in families:
        reader = reader_of(family, level, breadth=breadth, noise=noise, seed=seed)
        if reader is None:
            return None
        readers[family.name] = reader
    return StreamLearner(readers, drifts=drifts, seed=seed)


def reader_of(family: Family, level: int, *, breadth: int, noise: float, seed: int) -> Reader | None:
    """What a family brings to a stream; ``None`` where it brings no learner. One that does keeps its reader in ``reading.understand``."""
    if family.learner(level, breadth=breadth, noise=noise, seed=seed) is None:
        return None
    understand = importlib.import_module(f"{type(family).__module__}.reading").understand

    def understands(prompt: str) -> bool:
        try:
            return understand(prompt) is not None
        except (ValueError, LookupError):
            return False

    def fresh(drifts: Sequence[int]) -> Learner:
        made = family.learner(level, breadth=breadth, noise=noise, drifts=drifts, seed=seed)
        assert isinstance(made, Learner), f"{family.name} brings a {type(made).__name__}, which is no clgym.learning.Learner."
        return made

    return Reader(understands, fresh)


class StreamLearner(Learner):
    """Routes each exchange to the member that understands its prompt. An answer to what nobody understands is "".

    Drifts are announced in env steps of the stream, and a member counts its own: at a drift every member is made anew, told how many
    of its own env steps are behind, and sees again what it saw.
    """

    def __init__(self, readers: Mapping[str, Reader], *, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._readers, self._coming = readers, sorted(drifts)
        self._learners = {name: reader.fresh(()) for name, reader in readers.items()}
        self._behind: dict[str, list[int]] = {name: [] for name in readers}

    def see(self, seen: Seen) -> None:
        while self._coming and self._coming[0] <= len(self.seen):
            self._coming.pop(0)
            self._drift()
        first = _first(seen.conversation)
        name = self._asked(seen.conversation[first]["content"])
        if name:
            self._learners[name]._take(replace(seen, conversation=_bare(seen.conversation, first)))

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        first = _first(conversation)
        name = self._asked(conversation[first]["content"])
        return self._learners[name].reply(_bare(conversation, first), options) if name else ""

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        with super().evaluating(), ExitStack() as stack:
            for learner in self._learners.values():
                stack.enter_context(learner.evaluating())
            yield

    def _asked(self, prompt: str) -> str:
        """The member that a prompt is of; ``""`` where nobody understands it."""
        bare = _ANNOUNCEMENT.sub("", prompt)
        return next((name for name, reader in self._readers.items() if reader.understands(bare)), "")

    def _drift(self) -> None:
        for name, reader in self._readers.items():
            seen = self._learners[name].seen
            self._behind[name].append(len(seen))
            learner = self._learners[name] = reader.fresh(tuple(self._behind[name]))
            for each in seen:
                learner._take(each)


def _first(conversation: Sequence[Any]) -> int:
    """The place of the query: the first message of the user."""
    return next(place for place, message in enumerate(conversation) if message["role"] == "user")


def _bare(conversation: Sequence[Any], first: int) -> tuple[Any, ...]:
    """Without the announcement."""
    message = conversation[first]
    bare = {**message, "content": _ANNOUNCEMENT.sub("", message["content"])}
    return (*conversation[:first], bare, *conversation[first + 1 :])
