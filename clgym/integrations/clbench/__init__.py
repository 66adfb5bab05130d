"""CL-Bench both ways: our families as its tasks, its tasks as our families.

    ClgymTask = task_class(src.interface, "CL-Conlang-v0", level=1)        # in a checkout of CL-Bench, which no package index has
    Poker = family_from(PokerTask, low=-1.0)                               # then `clgym run --env mine.py:Poker --feedback diagnosis`

What it calls gain is stateful minus stateless reward on the stream; clgym's is held-out reward after learning minus before. The two are not the same number.
"""

from clgym.integrations.clbench.families import family_from
from clgym.integrations.clbench.tasks import task_class

__all__ = ["family_from", "task_class"]
