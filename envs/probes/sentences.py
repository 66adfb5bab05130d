"""Sentences to finish: a form of question that a small chat model takes up, and that has one answer.

SmolLM2-135M rarely answers with one word when it is told to, but it does finish a sentence, and repeats it. So both are
what is asked for: the missing end alone, or the whole sentence. Nothing else is, and no text is searched for the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clgym.envs.probes.base import Item
from clgym.seeding import seed_of

#: How the beginning of a sentence is put to an agent.
COMPLETE = ("Complete this sentence: {} ...", "Complete the sentence.\n{} ___")
FINISH = ("Finish the sentence: {}",)
_MARKS = ("", "`", '"', "'")


def finish(
    prompts: Sequence[str], stem: str, answer: str, also: Sequence[str] = (), payload: Any = None, tails: Sequence[str] = ()
) -> Item:
    """A sentence that begins with ``stem`` and ends with ``answer`` (or one of ``also``), which may stand in quotes.

    ``tails`` are words that do no harm behind the answer, as long as the sentence is repeated whole.
    A sentence is always asked for in the same words, so that none occurs twice in a probe.
    """
    ends = [f"{mark}{end}{mark}" for end in (answer, *also) for mark in _MARKS] + [f'"{end}."' for end in (answer, *also)]
    sentences = [f"{stem} {end}{tail}" for end in ends for tail in ("", *tails)]
    return Item(seed_of("finish", stem).draw().choice(prompts).format(stem), answer, (*also, *sentences), payload=payload)
