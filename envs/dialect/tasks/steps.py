"""Steps that tasks are made of: what to do in English, and the way people write it, in TypeScript.

``{x}`` is what a step is given, ``{y}`` what it makes; other placeholders are as in :mod:`clgym.envs.dialect.tasks.base`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple


class Step(NamedTuple):
    """One step."""

    name: str
    takes: str
    """``numbers``, ``words`` or ``number``."""
    gives: str
    english: tuple[str, ...]
    source: str
    constants: Mapping[str, tuple[Any, ...]]

    @property
    def ends(self) -> bool:
        """Whether what it makes is what the function returns."""
        return self.takes == "number" or (self.takes == "words" and self.gives not in ("words", "numbers"))

    @property
    def prints(self) -> bool:
        """Whether it prints."""
        return "console.log" in self.source


@functools.cache
def steps() -> Mapping[str, Step]:
    """All steps of ``steps.txt``, by name."""
    text = files("clgym.envs.dialect.tasks").joinpath("steps.txt").read_text(encoding="utf-8")
    made = [_step(block) for block in re.split(r"^= ", text, flags=re.MULTILINE) if block.strip()]
    return {step.name: step for step in made}


def _step(block: str) -> Step:
    head, english, *source = block.strip("\n").split("\n")
    name, takes, gives, *constants = _parts(head)
    return Step(name, takes, gives, tuple(english.split(" | ")), "\n".join(source), dict(map(_constant, constants)))


def _parts(head: str) -> list[str]:
    """The words of a step's first line; a constant's values may have blanks."""
    return [part.strip() for part in re.split(r" (?=[a-z]+:[\"\d]|[a-z]+$|words\b|numbers?\b|text\b|\{)", head)]


def _constant(text: str) -> tuple[str, tuple[Any, ...]]:
    key, _, values = text.partition(":")
    return key, tuple(json.loads(f"[{values}]"))
