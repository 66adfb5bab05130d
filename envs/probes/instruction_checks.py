"""What an instruction asks for, as checks of a whole answer: each reads all of it and says what is wrong, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from clgym.envs.probes.instruction_groups import GROUPS, belongs
from clgym.text.answers import undress, wrappings

#: How a list is separated: what the prompt calls it and the text.
SEPARATORS = {"commas": ", ", "semicolons": "; ", "slashes": " / ", "new lines": "\n", "hyphens": " - "}
#: How else they are written.
_ALSO = {"hyphens": "[-–—]"}
#: Where a sentence ends: at a mark, with the quotation mark or bracket that closes there.
_END = re.compile(r"""(?<=[.!?])\s+|(?<=[.!?]["”’')])\s+""")
_SENTENCE = re.compile(r"""["“‘(]?[A-Z0-9][^\W_]*(?:[\w\s,;:'’"“”‘()%$€£&/–—.…-])*[.!?]+["”’')]?""")
_ABBREVIATIONS = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|vs|etc|approx|e\.g|i\.e|a\.m|p\.m|U\.S|[A-Z])\.(?= )")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_LEADER = re.compile(r"(?:\d+[.)]|[-*•])\s+")
#: What greets.
GREETINGS = ("hello", "hi", "hey", "good", "dear", "greetings", "welcome")


class Check(NamedTuple):
    """One demand: its kind and what it takes."""

    kind: str
    value: str | int | tuple[str, ...]


def failure(checks: Sequence[Check], answer: str) -> str:
    """What is wrong with an answer, "" where nothing is."""
    fault = ""
    for text in wrappings(answer):
        fault = _first_failure(checks, text)
        if not fault:
            break
    return fault


def _first_failure(checks: Sequence[Check], text: str) -> str:
    if not text:
        return "nothing is there"
    for check in checks:
        fault = _CHECKS[check.kind](text, check.value)
        if fault:
            return fault
    return ""


def words(text: str) -> list[str]:
    """The words of an answer."""
    return _WORD.findall(text)


def _same(text: str, value: str) -> str:
    """The very words, letter for letter; quotes around them and a final full stop are forgiven."""
    if undress(text) == undress(value):
        return ""
    if undress(text).casefold() == undress(value).casefold():
        return "capital and small letters are not as they should be"
    return "it is not word for word what was asked for, and nothing else"


def _one_of(text: str, values: tuple[str, ...]) -> str:
    return "" if text in values else "it is not in the asked form"


def _sentence(text: str, count: int) -> str:
    """So many sentences of different words, each from a capital letter to its mark."""
    sentences = _END.split(_ABBREVIATIONS.sub(lambda found: found[0].replace(".", ""), text.strip()))
    if not re.match(r"""["“‘(]?[A-Z0-9]""", text):
        return "it does not begin with a capital letter"
    if not all(map(_SENTENCE.fullmatch, sentences)):
        return "it is not made of plain sentences that end with a mark"
    if len(sentences) != count:
        return f"I count {len(sentences)} sentence{'s' * (len(sentences) != 1)} and not {count}"
    for one in sentences:
        tokens = [word.lower() for word in words(one)]
        if len(tokens) < 3:
            return "a sentence of fewer than three words says nothing"
        if max(map(tokens.count, tokens)) > max(2, len(tokens) // 4):
            return "it repeats the same word over and over"
    return ""


def _length(text: str, count: int) -> str:
    length = len(words(text))
    return "" if length == count else f"it has {length} words and not {count}"


def _first(text: str, word: str) -> str:
    tokens = words(text)
    return "" if tokens and tokens[0].lower() == word.lower() else f'its first word is not "{word}"'


def _last(text: str, word: str) -> str:
    tokens = words(text)
    return "" if tokens and tokens[-1].lower() == word.lower() else f'its last word is not "{word}"'


def _contains(text: str, word: str) -> str:
    times = [one.lower() for one in words(text)].count(word.lower())
    return "" if times == 1 else f'the word "{word}" is ' + ("missing" if not times else f"in it {times} times")


def _mentions(text: str, word: str) -> str:
    tokens = {one.lower() for one in words(text)}
    return "" if {word, f"{word}s", f"{word}'s"} & tokens else f'the word "{word}" is missing'


def _most(text: str, count: int) -> str:
    length = len(words(text))
    return "" if length <= count else f"it has {length} words, which is too many"


def _greets(text: str, name: str) -> str:
    tokens = [word.lower() for word in words(text)]
    if not tokens or tokens[0] not in GREETINGS:
        return "it does not begin with a greeting"
    return "" if name.lower() in tokens else f"it does not greet {name}"


def _any_list(text: str, value: tuple[str, ...]) -> str:
    """``value``: how many, and of which group. Any usual form of a list will do."""
    count, group = value
    text = text[:-1] if text.endswith(".") else text
    parts = text.split("\n") if "\n" in text else re.split(r",\s*(?:and\s+)?|\s+and\s+", text)
    items = [_LEADER.sub("", part.strip(), count=1).strip(" .") for part in parts if part.strip()]
    if len(items) != int(count):
        return f"I count {len(items)} item{'s' * (len(items) != 1)} and not {count}"
    strange = [item for item in items if not belongs(item, group)]
    if strange:
        return f'"{strange[0]}" is none of the {group}'
    return "" if len({item.casefold() for item in items}) == len(items) else "one of them comes twice"


def _between(text: str, value: tuple[str, ...]) -> str:
    """``value``: the fewest and the most words."""
    length, (least, most) = len(words(text)), map(int, value)
    return "" if least <= length <= most else f"it has {length} words and not {least} to {most}"


def _each_first(text: str, word: str) -> str:
    others = [one for one in _END.split(text.strip()) if (words(one) or [""])[0].lower() != word.lower()]
    return f'"{others[0]}" does not begin with "{word}"' if others else ""


def _avoids(text: str, word: str) -> str:
    return f'the word "{word}" is in it' if word.lower() in [one.lower() for one in words(text)] else ""


def _number(text: str, number: str) -> str:
    return "" if number in re.findall(r"\d+", text) else f"the number {number} is missing"


def _without(text: str, letter: str) -> str:
    guilty = [word for word in words(text) if letter in word.lower()]
    return f'"{guilty[0]}" has the letter "{letter}"' if guilty else ""


def _mark(text: str, mark: str) -> str:
    return "" if text.endswith(mark) else f'it does not end with "{mark}"'


def _items(text: str, value: tuple[str, ...]) -> str:
    """``value``: how many, the separator's name, the form ("plain", "capitals", "numbered"), the order, then the
    group, or the very words that are to be listed."""
    count, separator, form, order, *members = value
    text = text[:-1] if text.endswith(".") else text
    between = r"\s*\n\s*" if separator == "new lines" else _ALSO.get(separator) or re.escape(SEPARATORS[separator].strip())
    if separator == "hyphens" and re.search(rf"\s{between}\s", text):
        between = rf"\s+{between}\s+"  # Guinea-Bissau is one country
    items = [item.strip() for item in re.split(between, text)]
    if len(items) > 1 and items[-1].lower().startswith("and "):
        items[-1] = items[-1][4:].strip()
    if len(items) != int(count):
        return f"I count {len(items)} item{'s' * (len(items) != 1)} between {separator} and not {count}"
    if form == "numbered":
        wrong = [place for place, item in enumerate(items, 1) if not item.startswith((f"{place}. ", f"{place}) "))]
        if wrong:
            return f'"{items[wrong[0] - 1]}" does not begin with its number'
        items = [item.split(" ", 1)[1].strip() for item in items]
    shouted = [item for item in items if form == "capitals" and item != item.upper()]
    if shouted:
        return f'"{shouted[0]}" is not in capital letters'
    names = [item.casefold() for item in items]
    group = members[0] if members[0] in GROUPS else ""
    strange = [item for item, name in zip(items, names) if not (belongs(name, group) if group else name in members)]
    if strange:
        return f'"{strange[0]}" is ' + (f"none of the {group}" if group else "not one of those that were asked for")
    if len(set(names)) != len(names):
        return "one of them comes twice"
    if order == "alphabetical" and names != sorted(names):
        return "they are not in alphabetical order"
    if order == "reverse" and names != sorted(names, reverse=True):
        return "they are not in reverse alphabetical order"
    return ""


def _numbers(text: str, value: tuple[str, ...]) -> str:
    """``value``: the separator's name, then the numbers in order."""
    separator, *wanted = value
    text = text[:-1] if text.endswith(".") else text
    if separator == "any":
        numbers = [part for part in re.split(r"[\s,;-]+", text) if part]
    elif separator == "new lines":
        numbers = text.split()
    else:
        between = _ALSO.get(separator) or re.escape(SEPARATORS[separator].strip())
        numbers = [item.strip() for item in re.split(between, text)]
    if not all(item.isascii() and item.isdigit() for item in numbers):
        return "it is not a row of numbers" + (f" between {separator}" if separator in SEPARATORS else "")
    if numbers == wanted:
        return ""
    place = next((place for place, pair in enumerate(zip(numbers, wanted)) if pair[0] != pair[1]), min(len(numbers), len(wanted)))
    return f'it goes wrong at "{numbers[place]}"' if place < len(numbers) else "it stops too early"


_CHECKS: Mapping[str, Callable[..., str]] = {
    "same": _same,
    "one of": _one_of,
    "sentences": _sentence,
    "length": _length,
    "first": _first,
    "last": _last,
    "contains": _contains,
    "without": _without,
    "mark": _mark,
    "items": _items,
    "numbers": _numbers,
    "mentions": _mentions,
    "most": _most,
    "greets": _greets,
    "any list": _any_list,
    "between": _between,
    "each first": _each_first,
    "avoids": _avoids,
    "number": _number,
}
