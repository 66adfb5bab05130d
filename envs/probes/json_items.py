"""A probe of JSON: read it, write it, repair it, count in it, merge it. Answers that are JSON are compared as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from clgym.core import Grade, malformed
from clgym.envs.probes.base import Item, Probe, generate, right, show, wrong
from clgym.sandbox.types import same
from clgym.seeding import Draw, Seed
from clgym.text.answers import fitting, plain, quoted, readings, undress

_COUNT = 200
#: A sentence that restates the question around the value: 'The value of "age" in this JSON is 31.'
_RESTATED, _SENTENCE = (
    r'(?:the )?(?:value of )?(?:the )?"?{key}"?(?: in (?:this|the) json)? is (.+?)(?: in (?:this|the) json)?\.?',
    120,
)
_NAMES = ("Ann", "Ben", "Cara", "Dan", "Eva", "Finn", "Gina", "Hans", "Iris", "Jon", "Kim", "Leo", "Mia", "Nils", "Olga", "Pia")
_CITIES = ("Rome", "Oslo", "Paris", "Berlin", "Madrid", "Vienna", "Lisbon", "Athens", "Dublin", "Prague")
_COLOURS = ("red", "blue", "green", "black", "white", "yellow", "brown", "grey")
_ANIMALS = ("cat", "dog", "horse", "cow", "goat", "duck", "fox", "bear", "mouse", "owl")
_FRUIT = ("apple", "pear", "plum", "fig", "lemon", "cherry", "grape", "peach", "melon", "mango")
_WORDS = {"name": _NAMES, "city": _CITIES, "colour": _COLOURS, "pet": _ANIMALS, "fruit": _FRUIT}
_NUMBERS = {"age": (18, 80), "height": (150, 199), "year": (1950, 2020), "room": (1, 40), "score": (0, 99)}


class Json(Probe):
    """JSON as data: does learning something new push out what was known of it?

    ## Description
    Small JSON documents to read from, write, repair, count in and merge.

    ## Hidden rules
    None. The rules are those of JSON (RFC 8259).

    ## Observation
    A question with a JSON text or a sentence in it, and the form of the answer.

    ## Answer
    A value ("31", "Rome", with or without quotes; "age": 31 will do) or a JSON text. A code fence is forgiven, around a value
    any dressing. In JSON texts,
    blank space and the order of keys do not matter; keys that come twice, NaN and anything before or after the JSON do.

    ## Reward
    1 for the right value or a JSON text of the same value, 0 otherwise.

    ## Feedback
    Whether the answer is JSON, and where it stops being so; whether it is the value asked for. A correction shows it.

    ## Levels
    0: one value out of a flat object, an object from a sentence, one missing mark, counting a short list. 1: nested documents,
    several faults, merging, filtering and sorting.

    ## Pools
    ``eval``: 200 items drawn by seed.

    ## Probes
    None: this is one.

    ## Floor and ceiling
    Floor 0.08 at level 0 and 0.05 at level 1 (a constant, an echo, the answer to another item); the oracle earns 1.

    ## Origin
    Written for clgym.
    """

    name = "Probe-JSON-v0"
    floors = (0.08, 0.05)
    longest = 600

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        return generate(seed, _COUNT, (_HARD if level else _EASY))

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        """Values are compared as text or JSON, JSON texts as JSON."""
        if item.payload is None:
            return super().judge(item, answer, draw)
        key, wanted = item.payload
        text = fitting(readings(answer), _readable)
        if not text or len(text) > self.longest:
            return super().judge(item, answer, draw)
        if key:
            right_value = any(_value_in(text, key) == plain(str(wanted)) for text in readings(answer))
            return right(draw) if right_value else wrong(item, text, draw)
        try:
            given = read(text)
        except ValueError as why:
            return malformed(f"This is not JSON: {why}.", show(item, draw))
        if same(wanted, given, 0.0):
            return right(draw)
        return wrong(item, text, draw, _difference(wanted, given, draw))

    def form(self, item: Item) -> str:
        return "code" if item.payload and not item.payload[0] else "words"


def _readable(text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _value_in(text: str, key: str) -> str:
    """The value that a text states for a key, alone, behind the key or in a sentence that restates the question."""
    name, colon, value = text.rstrip(".").partition(":")
    if colon and plain(name) == key:
        text = value
    elif len(text) < _SENTENCE and (restated := re.fullmatch(_RESTATED.format(key=key), text, re.IGNORECASE)):
        text = restated.group(1)
    return plain(undress(text).rstrip(","))


def read(text: str) -> Any:
    """The value of a JSON text. Raises ``ValueError`` also for keys that come twice, NaN, and too deep a nesting.

    >>> read('{"a": [1, 2]}')
    {'a': [1, 2]}
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as odd:
        raise ValueError(f"{odd.msg} at character {odd.pos + 1}") from None
    except RecursionError:
        raise ValueError("it is too deeply nested") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key comes twice")
    return document


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _difference(wanted: Any, given: Any, draw: Draw) -> str:
    """What differs, without saying what would be right."""
    if type(wanted) is not type(given):
        return draw.choice(
            (
                "It is JSON, but of another kind than asked for.",
                "This JSON is not the kind of value that was asked for.",
                "Another kind of JSON value was asked for.",
            )
        )
    if isinstance(given, dict):
        odd = [key for key in given if key not in wanted]
        if odd:
            return draw.choice(
                ('The key "{}" does not belong there.', 'There should be no key "{}".', '"{}" is a key too many.')
            ).format(quoted(odd[0]))
        if len(given) < len(wanted):
            return draw.choice(("A key is missing.", "It lacks a key.", "There is a key too few."))
        key = next((key for key in given if not same(wanted[key], given[key], 0.0)), "")
        return draw.choice(('The value of "{}" is not right.', 'Look at the value of "{}".', '"{}" has a wrong value.')).format(
            quoted(key)
        )
    return draw.choice(
        ("The values are not the ones asked for.", "It is JSON, but its values are not right.", "Some value in it is wrong.")
    )


# Items


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _flat(draw: Draw, count: int) -> dict[str, Any]:
    """A flat object with so many keys."""
    keys = draw.sample([*_WORDS, *_NUMBERS], count)
    return {key: draw.choice(_WORDS[key]) if key in _WORDS else draw.integer(*_NUMBERS[key]) for key in keys}


def _value(prompt: str, key: str, value: Any) -> Item:
    return Item(prompt, str(value), payload=(key, value))


def _text(prompt: str, value: Any) -> Item:
    return Item(prompt, _dump(value), payload=("", value))


def _get(draw: Draw) -> Item:
    document = _flat(draw, draw.integer(2, 3))
    key = draw.choice(tuple(document))
    prompt = draw.choice(
        (
            'What is the value of "{key}" in this JSON? Answer with the value only.\n{text}',
            'Look at this JSON: {text}\nWhat is the "{key}"? Answer with the value only.',
            '{text}\nGive the value of "{key}" in this JSON and nothing else.',
        )
    )
    return _value(prompt.format(key=key, text=_dump(document)), key, document[key])


def _get_alike(draw: Draw) -> Item:
    """Reading after an example with other values and keys."""
    example, document = _flat(draw, 2), _flat(draw, draw.integer(2, 3))
    example_key, key = draw.choice(tuple(example)), draw.choice(tuple(document))
    return _value(
        f"In the JSON {_dump(example)} the value of {example_key} is: {example[example_key]}\n"
        f"In the JSON {_dump(document)} the value of {key} is what? Answer with the value only.",
        key,
        document[key],
    )


def _from_sentence(draw: Draw) -> Item:
    name, age, city = draw.choice(_NAMES), draw.integer(18, 80), draw.choice(_CITIES)
    other, years = draw.choice([other for other in _NAMES if other != name]), draw.integer(18, 80)
    if draw.chance(0.7):
        return _text(
            f'"{other} is {years} years old." as JSON is {_dump({"name": other, "age": years})}\n'
            "Write as JSON in the same way: "
            f'"{name} is {age} years old."',
            {"name": name, "age": age},
        )
    return _text(
        f'Write this as a JSON object with the keys "name" and "city", and nothing else: {name} lives in {city}.',
        {"name": name, "city": city},
    )


def _count(draw: Draw) -> Item:
    things, few = draw.sample(_FRUIT, draw.integer(2, 6)), draw.sample(_COLOURS, draw.integer(2, 4))
    return _value(
        f"The JSON list {_dump(few)} has {len(few)} items. How many items has the JSON list {_dump(things)}? Answer with a number.",
        "items",
        len(things),
    )


def _close(draw: Draw) -> Item:
    """A closing bracket or a colon is missing; an example shows what is asked for."""
    document: Any = _flat(draw, 2) if draw.chance(0.5) else draw.sample(_COLOURS, 3)
    example: Any = _flat(draw, 2) if isinstance(document, dict) else draw.sample(_ANIMALS, 2)
    broken = _dump(document)
    broken = broken[:-1] if draw.chance(0.7) or isinstance(document, list) else broken.replace('": ', '" ', 1)
    return _text(
        f"Here a mark is missing: {_dump(example)[:-1]} Correct JSON is: {_dump(example)}\n"
        f"Here a mark is missing, too: {broken} Answer with the correct JSON only.",
        document,
    )


def _list(draw: Draw) -> Item:
    things, example = draw.sample(_ANIMALS, draw.integer(2, 4)), draw.sample(_COLOURS, 3)
    return _text(
        f'"{_joined(example)}" as a JSON list is {_dump(example)}\nWrite as a JSON list in the same way: "{_joined(things)}"',
        things,
    )


def _joined(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}"


def _people(draw: Draw, count: int) -> list[dict[str, Any]]:
    ages = draw.sample(range(18, 80), count)
    return [{"name": name, "age": age, "city": draw.choice(_CITIES)} for name, age in zip(draw.sample(_NAMES, count), ages)]


def _path(draw: Draw) -> Item:
    people = _people(draw, 4)
    place, key = draw.integer(0, 3), draw.choice(("name", "age", "city"))
    document = {"team": {"members": people, "room": draw.integer(1, 40)}}
    return _value(
        f"What is team.members[{place}].{key} in this JSON (lists count from 0)? Answer with the value only.\n" + _dump(document),
        key,
        people[place][key],
    )


def _merge(draw: Draw) -> Item:
    first, second = _flat(draw, 4), _flat(draw, 3)
    return _text(
        "Merge these two JSON objects into one; where both have a key, the second counts. Answer with the JSON only.\n"
        f"{_dump(first)}\n{_dump(second)}",
        {**first, **second},
    )


def _filter(draw: Draw) -> Item:
    people = _people(draw, 5)
    limit = sorted(person["age"] for person in people)[draw.integer(1, 3)]
    names = [person["name"] for person in people if person["age"] >= limit]
    return _text(
        f"Which people are {limit} or older? Answer with a JSON list of their names, in the order of the document.\n"
        + _dump(people),
        names,
    )


def _sort(draw: Draw) -> Item:
    people = _people(draw, 5)
    names = [person["name"] for person in sorted(people, key=lambda person: -person["age"])]
    return _text(f"Answer with a JSON list of the names, the oldest first.\n{_dump(people)}", names)


def _repair(draw: Draw) -> Item:
    document = {
        "owner": draw.choice(_NAMES),
        "pets": draw.sample(_ANIMALS, 2),
        "indoors": draw.chance(0.5),
        "room": draw.integer(1, 40),
    }
    broken = _dump(document).replace('"', "'").replace("true", "True").replace("false", "False").replace("], ", "],], ", 1)
    broken = broken.replace("],],", ",],")[:-1] + ",}"
    return _text(
        f"This was meant to be JSON and has several faults. Write it as correct JSON and add nothing else.\n{broken}", document
    )


def _tally(draw: Draw) -> Item:
    things = [draw.choice(_COLOURS[:4]) for _ in range(9)]
    tally = {colour: things.count(colour) for colour in sorted(set(things))}
    return _text(
        "Count how often each word occurs in this JSON list. Answer with a JSON object from words to numbers.\n" + _dump(things),
        tally,
    )


def _regroup(draw: Draw) -> Item:
    people = _people(draw, 4)
    return _text(
        f"Turn this list into a JSON object from each name to the age. Answer with the JSON only.\n{_dump(people)}",
        {person["name"]: person["age"] for person in people},
    )


_EASY: Sequence[Callable[[Draw], Item]] = (_get, _from_sentence, _get_alike, _count, _close, _list)
_HARD: Sequence[Callable[[Draw], Item]] = (_path, _merge, _filter, _sort, _repair, _tally, _regroup)
