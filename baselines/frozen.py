"""``frozen``: the model as it is. It answers every query behind the system message and never learns.

The zero line of every table, and the control against which online gains are paired.
"""

from __future__ import annotations

from dataclasses import dataclass

from clgym.baselines.language_agent import LanguageAgent, LanguageConfig


class Frozen(LanguageAgent):
    """θ' = θ, whatever happens."""

    @dataclass(frozen=True)
    class Config(LanguageConfig):
        """Nothing to set beyond how the model is asked."""
