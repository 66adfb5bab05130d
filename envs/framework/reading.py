"""The inverse of what this family writes: prompts back to what is asked, programs back to the house that wrote them, feedback to what it tells."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

from clgym.envs.framework import guard, level0, review
from clgym.envs.framework.catalogue import DESCENDING, SLOTS
from clgym.envs.framework.domains import DOMAINS
from clgym.envs.framework.english import ARCHIVES, TESTS, TOTALS, UNSORTED
from clgym.envs.framework.feedback import BANKS
from clgym.envs.framework.plans import Condition, Plan
from clgym.envs.framework.prompts import FILES, GIVEN, WRAPPERS
from clgym.envs.framework.specs import Second, Spec
from clgym.envs.framework.writing import arguments, reply, varying


class Asked(NamedTuple):
    """A query as its prompt says it: of which house (Django in the guard), and a line, a task or lines to review."""

    house: str
    op: level0.Op | None = None
    spec: Spec | None = None
    lines: tuple[str, ...] = ()


_NOUNS = {domain.nouns: domain.model for domain in DOMAINS}
_NOUN = {domain.noun: domain.model for domain in DOMAINS}
_HOUSE = r"(?P<house>[A-Z]\w*|Django \(not \w+\))"


@functools.lru_cache(maxsize=1)
def _lines() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The prompts of level 0 as patterns, with their kinds."""
    words = {"model": r"(?P<model>[A-Z]\w*)", "column": r"(?P<column>\w+)", "value": r"(?P<value>\w+)", "house": _HOUSE}
    return tuple((kind, _pattern(text, words)) for kind, bank in level0.PROMPTS.items() for text in bank)


@functools.lru_cache(maxsize=1)
def _wrappers() -> tuple[re.Pattern[str], ...]:
    given = "(?:" + "|".join(re.escape(text) for text in (GIVEN, FILES)) + ")"
    return tuple(_pattern(text, {"house": _HOUSE, "task": r"(?P<task>.+)", "given": given}) for text in WRAPPERS)


@functools.lru_cache(maxsize=1)
def _reviews() -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(text.partition("\n")[0], {"house": _HOUSE}) for text in review.PROMPTS)


def _pattern(text: str, groups: Mapping[str, str]) -> re.Pattern[str]:
    """A format string as a regular expression."""
    parts = re.split(r"\{(\w+)\}", text)
    return re.compile("".join(groups[part] if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL)


def understand(prompt: str) -> Asked | None:
    """What a prompt asks; ``None`` where it is none of this family's."""
    if "\n1  " in prompt:
        head, *lines = prompt.split("\n")
        found = next((match for match in (pattern.fullmatch(head) for pattern in _reviews()) if match), None)
        return Asked(found["house"], lines=tuple(line.partition("  ")[2] for line in lines)) if found else None
    if len(prompt) < 160:
        for kind, pattern in _lines():
            found = pattern.fullmatch(prompt)
            if found:
                named = found.groupdict()
                house = named["house"].partition(" ")[0]
                return Asked(house, op=level0.Op(kind, named["model"], named["column"], named.get("value") or ""))
    for pattern in _wrappers():
        found = pattern.fullmatch(prompt)
        if found:
            spec = _spec(found["task"])
            return Asked(found["house"], spec=spec) if spec else None
    return None


_FUNCTION = re.compile(r"Write the function `def (\w+)\((.*?)\)` for app/views\.py: it (.+)\.")
_QUERIES = re.compile(r"In app/queries\.py the function `def (\w+)\((.*?)\)` (.+?)\. (?=In app/checks|In app/views)")
_VIEW = re.compile(r"In app/views\.py the view (\w+) calls it")
_CHECK = re.compile(r"check_(\w+) refuses an? \1 under (\d+) with")
_LETTER = re.compile(r'that does not start with "(\w)" with')
_SECONDS = {
    "open": re.compile(r"There the view (\w+) answers for a NAME with status 200 and a list of the (\w+ and the \w+) of"),
    "add": re.compile(r"There the view (\w+) adds an? \w+ with the `\w+` and the `(\w+)`"),
    "change": re.compile(r"There the view (\w+) sets the (\w+) of"),
}
_SECOND_NOUN = {
    "open": re.compile(r"for a NAME with status 200 and a list of the \w+ and the \w+ of the (\w+), archived"),
    "add": re.compile(r"There the view \w+ adds an? (\w+) with"),
    "change": re.compile(r"There the view \w+ sets the \w+ of the (\w+), archived"),
}
_SETTING = re.compile(r"\b([A-Z]+) = (True|False)")


def _spec(task: str) -> Spec | None:
    """The task that a text describes."""
    alone = _FUNCTION.fullmatch(task)
    if alone:
        plan = read_plan(alone[3], alone[2])
        return Spec(plan, alone[1]) if plan else None
    query, view = _QUERIES.match(task), _VIEW.search(task)
    plan = read_plan(query[3], query[2]) if query else None
    if not query or not view or plan is None:
        return None
    second = None
    for kind, pattern in _SECONDS.items():
        found = pattern.search(task)
        if found:
            least, letter = _CHECK.search(task), _LETTER.search(task)
            model = _NOUN[_SECOND_NOUN[kind].search(task)[1]]  # type: ignore[index]
            second = Second(
                kind,
                found[1],
                model,
                found[2].replace(" and the ", " "),
                int(least[2]) if least else 0,
                letter[1] if letter else "",
            )
    settings = task.partition("app/settings.py says")[2]
    return Spec(plan, query[1], view[1], second, tuple((name, value == "True") for name, value in _SETTING.findall(settings)))


# Queries


def _test_patterns() -> Iterator[tuple[str, bool, re.Pattern[str]]]:
    """What tests say, as patterns of their values, the longer ones first."""
    said = [(text, lookup, keep) for lookup, pair in TESTS.items() for text, keep in zip(pair, (True, False))]
    for text, lookup, keep in sorted(said, key=lambda entry: -len(entry[0])):
        value = r"(`\w+`|\"\w+\" and \"\w+\")" if lookup == "in" else r"(`\w+`|\"\w+\"|\d+)"
        yield lookup, keep, re.compile(re.escape(text).replace(r"\{\}", value))


_TESTS = tuple(_test_patterns())
_PATH, _LINKED = re.compile(r"whose (\w+)(?:'s (\w+))? "), re.compile(r"that have (no|an?) (\w+)")


def _conditions(text: str) -> tuple[tuple[Condition, ...], bool] | None:
    """The tests of a text, and whether they are joined by or."""
    conditions, joint, place = list[Condition](), "", 0
    while True:
        linked, path = _LINKED.match(text, place), _PATH.match(text, place)
        if linked:
            conditions.append(Condition((linked[2],), True, "isnull", linked[1] == "no"))
            place = linked.end()
        elif path:
            test = next(((kind, keep, m) for kind, keep, p in _TESTS for m in [p.match(text, path.end())] if m), None)
            if test is None:
                return None
            lookup, keep, match = test
            names = (path[1], path[2]) if path[2] else (path[1],)
            conditions.append(_condition(names, keep, lookup, match))
            place = match.end()
        else:
            return None
        if place == len(text):
            return tuple(conditions), joint == "or"
        found = re.compile(r" (and|or) ").match(text, place)
        if not found:
            return None
        joint, place = found[1], found.end()


def _condition(path: tuple[str, ...], keep: bool, lookup: str, match: re.Match[str]) -> Condition:
    if match[1].startswith("`"):
        name = match[1].strip("`")
        return Condition(path, keep, lookup, name, name)
    values = tuple(
        int(part) if part.isdigit() else part
        for group in match.groups()
        for part in re.findall(r"\w+", group.replace('" and "', " "))
    )
    return Condition(path, keep, lookup, values if lookup in ("in", "range") else values[0])


def _rows(text: str) -> tuple[str, tuple[Condition, ...], bool, str] | None:
    """The rows that a text names: model, tests, whether or joins them, and what it says of archived ones."""
    archived = next((kind for kind, words in ARCHIVES.items() if words and text.endswith(words)), "")
    nouns, _, tests = text.removesuffix(ARCHIVES[archived]).partition(" ")
    if nouns not in _NOUNS:
        return None
    read = _conditions(tests) if tests else ((), False)
    return (_NOUNS[nouns], *read, archived) if read else None


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    """The columns that a text sorts by."""
    if text == UNSORTED:
        return ()
    parts = [part.split(" ", 1) for part in text.removeprefix("sorted by ").split(", then by ")]
    return tuple((column, direction in ("from Z to A", "from high to low")) for column, direction in parts)


_SORTED = (
    rf"(?P<order>{UNSORTED}|sorted by .+?)(?:, only the first (?P<limit>\d+) of them)?(?:, or (?:None|\"none\") if there is none)?"
)
_RESULTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(text))
    for kind, text in (
        ("count", r"returns the number of (?P<rows>.+)"),
        ("exists", r"returns True if there are any (?P<rows>.+), else False"),
        ("sum", r"returns the sum of the (?P<column>\w+) of all (?P<rows>.+), or 0 if there are none"),
        *((kind, rf"returns the {word} (?P<column>\w+) of all (?P<rows>.+), or None if there are none") for kind, word in TOTALS.items() if kind != "sum"),
        *((kind, rf"returns the (?P<column>\w+) of the {kind} of all (?P<rows>.+?), {_SORTED}") for kind in ("first", "last")),
        ("column", rf"returns a list with the (?P<column>\w+) of each of all (?P<rows>.+?), {_SORTED}"),
        ("values", rf"returns a list of dicts, as the framework gives them, with the (?P<column>\w+ and the \w+) of each of all (?P<rows>.+?), {_SORTED}"),
        ("distinct", r"returns a list that has each (?P<column>\w+) of all (?P<rows>.+) once, in rising order"),
        ("tally", r"returns a dict from the (?P<column>\w+) of each of all (?P<rows>.+) to the number of its \w+"),
        ("update", r"sets the (?P<column>\w+) of all (?P<rows>.+) to (?P<value>\d+) and returns how many rows that were"),
        ("raise", r"adds (?P<value>\d+) to the (?P<column>\w+) of all (?P<rows>.+) and returns how many rows that were"),
        ("delete", r"deletes all (?P<rows>.+) and returns how many \w+ are left"),
    )
)  # fmt: skip
_GET = re.compile(
    r"returns the (\w+) of the one (\w+) whose (\w+) is `\w+`( \(archived ones (?:included|left out)\))?, or (?:None|\"none\") if there is none"
)
_CREATE = re.compile(r"adds an? (\w+) whose (\w+) is `\w+` and whose (\w+) is `\w+` and returns its running number")
_ENSURE = re.compile(
    r"adds an? (\w+) whose (\w+) is `\w+`, unless there is one, archived or not, and returns the running number of the one with it"
)


def read_plan(text: str, parameters: str = "") -> Plan | None:
    """The query that a text such as "returns the number of books whose price is more than 20" describes."""
    for kind, pattern in _RESULTS:
        found = pattern.fullmatch(text)
        rows = _rows(found["rows"]) if found else None
        if found and rows:
            named = found.groupdict()
            column = (named.get("column") or "").replace(" and the ", " ")
            order, limit, value = _order(named.get("order") or UNSORTED), int(named.get("limit") or 0), named.get("value")
            return Plan(rows[0], kind, column, rows[1], rows[2], order, limit, int(value) if value else None, rows[3])
    several = "archived" if "archived" in text else ""
    one = _GET.fullmatch(text)
    if one:
        archived = next((kind for kind, words in ARCHIVES.items() if words == (one[4] or "")), "")
        return Plan(_NOUN[one[2]], "get", one[1], (Condition((one[3],), True, "", one[3], one[3]),), archived=archived)
    new, there = _CREATE.fullmatch(text), _ENSURE.fullmatch(text)
    if new:
        return Plan(_NOUN[new[1]], "create", f"{new[2]} {new[3]}")
    return Plan(_NOUN[there[1]], "ensure", there[2], archived="all" if several else "") if there else None


def read_guard(prompt: str) -> Plan | None:
    """The query of a guard's prompt."""
    for pattern in _guards():
        found = pattern.fullmatch(prompt)
        if found:
            return read_plan("returns " + found["spec"].replace("Django gives", "the framework gives"))
    return None


@functools.lru_cache(maxsize=1)
def _guards() -> tuple[re.Pattern[str], ...]:

    given = r"(?:The model \w+ has the fields [^.]*\. ?)+"
    return tuple(_pattern(text, {"house": r"\w+", "spec": r"(?P<spec>.+?)", "given": given}) for text in guard.PROMPTS)


# Feedback


class Told(NamedTuple):
    """What a feedback tells: names of columns, with what they hold; the names that a model's columns have; words of the framework; meanings."""

    columns: tuple[tuple[str, str, str], ...]
    """(model, column, name)"""
    names: frozenset[str]
    words: Mapping[str, str]
    rules: Mapping[str, str]
    lines: tuple[str, ...]
    """Lines of the console, which may be the help of something."""


_COLUMN_IS = tuple(
    _pattern(text, {"name": r"(?P<name>[a-z]+)", "model": r"(?P<model>[A-Z][a-z]+)", "column": r"(?P<column>[a-z]+)"})
    for text in BANKS["column is"]
)
_CHOICES = re.compile(r"Choices are: ([a-z_, ]+)")
_LISTED = re.compile(r"(?:Lookups are|Names): ([\w, ]+)")
_MODEL = re.compile(
    r"A model with the columns ([a-z, ]+)\. Its rows: \w+\.(\w+)\. Where there is no such row: \w+\.(\w+)\. row\.(\w+)\(\) stores a row, row\.(\w+) is"
)
#: The slot of a word: no word is in two of them.
SLOT_OF = {
    choice: slot.name for slot in SLOTS if slot.group == "words" and slot.name != "sep" for choice in (*slot.choices, slot.django)
}
_SENTENCES = tuple(
    (slot.name, choice, slot.sentence(choice)) for slot in SLOTS if slot.group == "semantics" for choice in slot.choices
)


def read_feedback(text: str) -> Told:
    """What a text of feedback tells."""
    columns = tuple((m["model"], m["column"], m["name"]) for pattern in _COLUMN_IS for m in pattern.finditer(text))
    names = {name for found in _CHOICES.findall(text) for name in found.strip().split(", ")}
    words = {SLOT_OF[word]: word for found in _LISTED.findall(text) for word in found.split(", ") if word in SLOT_OF}
    model = _MODEL.search(text)
    if model:
        names |= set(model[1].split(", "))
        words |= dict(zip(("objects", "DoesNotExist", "save", "id"), model.groups()[1:]))
    rules = {slot: choice for slot, choice, sentence in _SENTENCES if sentence in text}
    return Told(
        columns,
        frozenset(names),
        words,
        rules,
        tuple(text.split("\n")) if "COLUMN" in text or "NAME" in text or "MODEL" in text else (),
    )


class Reads(Protocol):
    """A house as writers read it."""

    def __getitem__(self, slot: str) -> str: ...


def _filter_help(house: Reads) -> str:
    example = arguments(house, [(f"COLUMN{house['sep']}{house['gt']}", "value")])  # type: ignore[arg-type]
    return f"{house['filter']}: The rows that fit the conditions: {house['filter']}({example})."


def _order_help(house: Reads) -> str:
    before, behind = DESCENDING[house["desc"]]
    name = house["order_by"]
    return f'{name}: The rows in the order of columns, from high to low where a column is marked: {name}("{before}COLUMN{behind}").'


def _reply_help(house: Reads) -> str:
    return f"{house['HttpResponse']}: What a view answers: {reply(house, 'body', 404)}."  # type: ignore[arg-type]


def _request_help(house: Reads) -> str:
    form = {"item": '["NAME"]', "call": '("NAME")', "attribute": ".NAME"}[house["param"]]
    return f"Request: What a view is asked: request.{house['GET']}{form} is NAME of the query string."


def _path_help(house: Reads) -> tuple[str, str]:
    takes = "view, pattern" if house["route"] == "view" else "pattern, view"
    part = varying(house, "int", "NAME")  # type: ignore[arg-type]
    view = "varied, request" if house["view"] == "last" else "request, varied"
    first = f"{house['path']}: A route: {house['path']}({takes}); a part of the pattern that varies is written {part}, a view takes ({view}), and of several"
    return first, f"    routes that match the {house['wins']} one wins."


def _check_help(house: Reads) -> str:
    says = {
        "raise": f"It raises {house['ValidationError']}(message) where it refuses a value.",
        "text": "It returns its message where it refuses a value, and None where the value is fine.",
        "pair": "It returns (True, message) where it refuses a value, and (False, anything) where the value is fine.",
    }[house["told"]]
    name = house["validator"]
    return f'{name}: Register a check of a column: {name}(MODEL, "COLUMN", function). {says} The check that was registered {house["checks"]} runs first.'


#: What ``help`` prints of a thing, by its slot (of requests, by their class), as a function of the house.
HELPS: Mapping[str, Callable[[Reads], tuple[str, ...]]] = {
    "filter": lambda house: (_filter_help(house),),
    "order_by": lambda house: (_order_help(house),),
    "HttpResponse": lambda house: (_reply_help(house),),
    "Request": lambda house: (_request_help(house),),
    "path": _path_help,
    "validator": lambda house: (_check_help(house),),
}
