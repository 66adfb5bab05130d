"""``icl-window``: in-context learning from the last K exchanges alone. What is older is forgotten, at a cost that stays flat.

    prompt_t = system, x_{t-K}, y*_{t-K}, ..., x_{t-1}, y*_{t-1}, x_t

The control for :mod:`icl`: if the newest K serve as well as all, length bought nothing; if they serve better, the rest was
context rot (Liu et al. 2023, "Lost in the Middle", arXiv 2307.03172; Hsieh et al. 2024, "RULER", arXiv 2404.06654).
"""

from __future__ import annotations

from dataclasses import dataclass

from clgym.baselines.icl import InContext
from clgym.baselines.memory import Memory
from clgym.errors import InvalidSetting


class SlidingWindow(InContext):
    """System message, then the last K exchanges, then the query."""

    @dataclass(frozen=True)
    class Config(InContext.Config):
        """The window counts exchanges; its limit in tokens holds too."""

        exchanges: int = 16
        """K: how many of the last exchanges stay"""
        slack: int = 4
        """how many more may gather before all but the last K go at once; at 0 every exchange moves the window, and since keys
        and values hang on what stands before them, all of it is then computed anew"""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.exchanges < 1 or self.slack < 0:
                raise InvalidSetting(f"exchanges must be at least 1 and slack at least 0, not {self.exchanges} and {self.slack}.")

    config: Config

    def new_memory(self) -> Memory:
        """An empty one: K exchanges stay, or as many as the window holds."""
        return Memory(self.config, self.serving, most=self.config.exchanges, slack=self.config.slack)
