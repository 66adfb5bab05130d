"""The little English that prompts and feedback need."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def article(word: str, silent: Collection[str] = ()) -> str:
    """ "a" or "an", by the first letter; before the ``silent`` words "an" all the same.

    >>> article("owl"), article("tree"), article("honest man", ("honest",))
    ('an', 'a', 'an')
    """
    return "an" if word[:1].lower() in tuple("aeiou") or word.partition(" ")[0] in silent else "a"


def capital(text: str) -> str:
    """Text whose first letter is a capital.

    >>> capital("the iPod"), capital("")
    ('The iPod', '')
    """
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Words in a sentence.

    >>> listed(["red", "blue", "green"]), listed(["red", "blue"], "or"), listed(["red"]), listed([])
    ('red, blue and green', 'red or blue', 'red', '')
    """
    *first, last = words or ("",)
    return f"{', '.join(first)} {joint} {last}" if first else last


def cells(text: str, mark: str = ",") -> tuple[str, ...]:
    """The parts of a line of a word list: outer blanks and empty parts go.

    >>> cells("wet, damp ,")
    ('wet', 'damp')
    """
    return tuple(part.strip() for part in text.split(mark) if part.strip())
