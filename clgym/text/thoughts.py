"""Thinking marks: what stands between them was thought, not answered."""

from __future__ import annotations

import re
from typing import NamedTuple


class Marks(NamedTuple):
    """What opens thoughts and what closes them."""

    open: str
    close: str
    between: str = ""
    """written between two thoughts; where there is such a thing, all that comes before ``close`` is thought"""


#: The marks in use. A model's are the first whose closing one its template writes or its vocabulary has.
MARKS = (
    Marks("<think>", "</think>"),
    Marks("<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|end|><|start|>assistant"),
    Marks("[THINK]", "[/THINK]"),
    Marks("<|START_THINKING|>", "<|END_THINKING|>"),
    Marks("<seed:think>", "</seed:think>"),
    Marks("<thought>", "</thought>"),
)


def without_thoughts(text: str) -> tuple[str, str]:
    """What stands between thinking marks, and the text without it.

    Thoughts whose first mark was in the prompt begin with the text; those that were cut off end with it.

    >>> without_thoughts("<think>4 is even</think>even")
    ('4 is even', 'even')
    >>> without_thoughts("4 is even</think>even")
    ('4 is even', 'even')
    >>> without_thoughts("<think>4 is")
    ('4 is', '')
    """
    thoughts = []
    for first, last, _ in MARKS:
        head, closed, rest = text.partition(last)
        if closed and first not in head:
            thoughts.append(head)
            text = rest
        whole = re.compile(re.escape(first) + "(.*?)" + re.escape(last), re.DOTALL)
        thoughts += whole.findall(text)
        text = whole.sub("", text).strip()
        if text.startswith(first):
            thoughts.append(text.removeprefix(first))
            text = ""
    return joined(*thoughts), text


def joined(*texts: str) -> str:
    """Texts that say something, a line each."""
    return "\n".join(stripped for text in texts if (stripped := text.strip()))
