"""``rulebook``: the hidden rules in the prompt, in plain English. What in-context learning could reach at best.

A privileged control: it is shown the worlds (:meth:`Agent.reveal`), puts ``World.rulebook()`` behind the system message
of every query of that world, and never learns. What it misses, the model could not do with perfect notes either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clgym.agent import Message
from clgym.baselines.language_agent import LanguageAgent, LanguageConfig, system_message
from clgym.core import World
from clgym.model import TextModel


class Rulebook(LanguageAgent):
    """The system message, then the rulebooks of all revealed worlds, then the query."""

    @dataclass(frozen=True)
    class Config(LanguageConfig):
        """Nothing to set beyond how the model is asked."""

    def __init__(self, config: Config, *, model: TextModel, seed: int = 0):
        super().__init__(config, model=model, seed=seed)
        self._rules: tuple[str, ...] = ()

    def reveal(self, worlds: Sequence[World]) -> None:
        """Take the rules of these worlds into the prompt, and those of no others."""
        self._rules = tuple(world.rulebook() for world in worlds)

    def context(self) -> list[Message]:
        """One system message with everything in it."""
        return system_message("\n\n".join(part for part in (*self._rules, self.config.system) if part))

    def start_context(self) -> list[Message]:
        """The rules were there from the beginning."""
        return self.context()
