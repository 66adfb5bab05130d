"""Reading what a playbook's company writes: the case in a prompt, and the clauses that a colleague names.

The other way round of :mod:`.cases`, :mod:`.prompts` and :mod:`.feedback`: it knows their wordings and nothing of a world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import repeat
from typing import NamedTuple

from clgym.envs.playbook import feedback
from clgym.envs.playbook.cases import DOMAINS, LANGUAGES, Domain, Facts, domain
from clgym.envs.playbook.policy import ACTION, Condition
from clgym.envs.playbook.prompts import NAME_PARTS
from clgym.envs.playbook.roster import CLIENT, FIRST, KINDS, class_says

_FIELD = re.compile(r"\{(\w+)\}")
#: What the words of a case may stand for; all others are things, with their articles.
_GAPS = {
    "n": r"(\d+)",
    **dict.fromkeys(("name", "Name"), r"(?:Mr|Ms|Herrn?|Frau) \w+"),
    **dict.fromkeys(("She", "Sie"), "(?:She|He|Sie|Er)"),
    **dict.fromkeys(("she", "sie"), "(?:she|he|sie|er)"),
    **dict.fromkeys(("Her", "Ihr"), "(?:Her|His|Ihr|Sein)"),
    **dict.fromkeys(("her", "hers", "him", "ihr", "ihm"), "(?:hers?|his|him|ihr|sein|ihm)"),
}
_THING = r"[\w' \-]{1,40}?"
_OPTIONS = re.compile(
    r"(?:One of|Choose from|Answer with one of|The action is one of|Options|Reply with one action|Give one action|Pick one): ([^.]+)\."
)
_LISTS = re.compile(r"(Actions|Owners|Deadlines|Codes|Aktionen|Zuständigkeiten|Fristen): ([^.]+)\.")
_PLURALS = {
    "Actions": "action",
    "Owners": "owner",
    "Deadlines": "deadline",
    "Codes": "code",
    "Aktionen": "action",
    "Zuständigkeiten": "owner",
    "Fristen": "deadline",
}
#: The number in a condition on a quantity whose limit is not said.
LIMIT = -1
_CODE = r"([A-Z]\d+[a-c]?[1-3]?)"


class Asked(NamedTuple):
    """What a prompt says: the kind of case, what it tells, and the choices for each part of an answer, in order."""

    key: str
    facts: Facts
    choices: tuple[tuple[str, tuple[str, ...]], ...]
    clause: bool
    """Whether the code of a clause is asked for."""
    names: tuple[str, ...] = ()
    """The client, the supplier and the office; "" for one that is not mentioned."""


class Named(NamedTuple):
    """A clause that a colleague names: what it asks for (all of it, or some), what it leads to or does not lead to."""

    code: str
    tests: tuple[Condition, ...] | None
    whole: bool
    """Whether ``tests`` are all that it and those above it ask for."""
    part: str = "action"
    leads_to: str = ""
    not_to: str = ""
    terms: int = -1
    """The terms under which it leads there, a class of clients; -1 where it does so for all."""


class Meant(NamedTuple):
    """What a colleague says of the clause that decides an action: the course that it calls for, and the terms that the client is on."""

    course: str
    client: str
    terms: int


@lru_cache(maxsize=20_000)
def understand(prompt: str, options: tuple[str, ...] = ()) -> Asked | None:
    """The case in a prompt; ``None`` for what is none. German prompts, and those with somebody's rules in them, are read by the case."""
    best: tuple[int, str, Facts] | None = None
    for key in DOMAINS:
        facts = _facts(domain(key), prompt)
        told = sum(value >= 0 for value in facts)
        if told and (best is None or told > best[0]):
            best = (told, key, facts)
    if best is None:
        return None
    lists = {_PLURALS[name]: tuple(part.strip() for part in listing.split(",")) for name, listing in _LISTS.findall(prompt)}
    if not lists and options:
        lists = {"action": tuple(options)}
    names = tuple(map(_mentioned, range(len(KINDS)), repeat(prompt)))
    return Asked(best[1], best[2], tuple(lists.items()), not lists, names)


@cache
def _mentions(kind: int) -> re.Pattern[str]:
    """Every sentence that mentions a particular of a kind."""
    sentences = (text for language in LANGUAGES for text in KINDS[kind].sentences[language])
    return re.compile("|".join(r"(?<!\w)" + re.escape(text).replace(r"\{x\}", r"([A-Z]\w+)") for text in sentences))


def _mentioned(kind: int, prompt: str) -> str:
    found = _mentions(kind).search(prompt)
    return next(filter(None, found.groups()), "") if found else ""


@cache
def _patterns(key: str) -> tuple[tuple[int, int, str, re.Pattern[str]], ...]:
    """Place, value (-1 for a number), longest fixed piece and pattern of every sentence of a kind of case."""
    made = []
    for place, fact in enumerate(domain(key).facts):
        for language in LANGUAGES:
            for value, wordings in enumerate(fact.sentences[language]):
                for wording in wordings:
                    parts = _FIELD.split(wording)
                    text = "".join(
                        re.escape(part) if number % 2 == 0 else _GAPS.get(part, _THING) for number, part in enumerate(parts)
                    )
                    anchor = max(parts[::2], key=len)
                    made.append((place, -1 if fact.is_quantity else value, anchor, re.compile(r"(?<!\w)" + text)))
    return tuple(made)


def _facts(about: Domain, prompt: str) -> Facts:
    facts = [-1] * len(about.facts)
    for place, value, anchor, pattern in _patterns(about.key):
        if facts[place] < 0 and anchor in prompt and (found := pattern.search(prompt)):
            facts[place] = int(found.group(1)) if value < 0 else value
    return tuple(facts)


def company(prompt: str) -> str:
    """The company that a prompt speaks of first; "" for none."""
    found = _NAME.search(prompt)
    return found[0] if found else ""


_NAME = re.compile(rf"\b{''.join('(?:' + '|'.join(parts) + ')' for parts in NAME_PARTS)}\b")
_RULE = re.compile(rf"^ *{_CODE}(?:, an exception to {_CODE})?: (?:if (.+)|in every other case): ([^:]+)\.$")
_LIST = re.compile(r"^The (owner|deadline|code), by the first clause that fits:$")


def rules_in(prompt: str, key: str, actions: tuple[str, ...]) -> list[tuple[str, str, tuple[Condition, ...], str]]:
    """The part, code, own tests and outcome of every rule that a prompt shows; none where it shows none."""
    found, part = [], "action"
    for line in prompt.splitlines():
        if heading := _LIST.match(line):
            part = heading[1]
        elif rule := _RULE.match(line):
            found.append((part, rule[1], (_tests(rule[3], key, actions) or ()) if rule[3] else (), rule[4]))
    return found


# What is said -----------------------------------------------------------------------------------------------------------


def read(text: str, key: str, actions: tuple[str, ...] = ()) -> list[Named]:
    """The clauses that a remark on a case of this kind names."""
    found = []
    for pattern, names, whole in _remarks():
        for match in pattern.finditer(text):
            given = dict(zip(names, match.groups()))
            needs = given.get("facts", given.get("needs"))
            tests = None if needs is None else _tests(needs, key, actions)
            leads, not_to = ("", given.get("said", "")) if whole else (given.get("said", ""), "")
            terms = class_of(CLIENT, given.get("whom") or "")
            found.append(Named(given["code"], tests, whole, given.get("field", "action"), leads, not_to, terms))
    return found


def meant(text: str) -> Meant | None:
    """The course and the client's terms that a remark names; ``None`` where it names none."""
    for pattern, names in _meanings():
        if found := pattern.search(text):
            given = dict(zip(names, found.groups()))
            return Meant(given["course"], given["client"], class_of(CLIENT, given["terms"]))
    return None


def right_parts(text: str) -> list[str]:
    """The parts of a line that a remark says are right."""
    found = next((match for pattern in _kept() if (match := pattern.search(text))), None)
    return re.findall(r"\w+", found[1].replace(" and ", " ")) if found else []


def class_of(place: int, word: str) -> int:
    """The class that a word names among those of a place; -1 for none."""
    classes = KINDS[place - FIRST].classes
    return classes.index(word) if word in classes else -1


@cache
def _remarks() -> tuple[tuple[re.Pattern[str], tuple[str, ...], bool], ...]:
    """Patterns of remarks that name a clause, the fields of each, and whether all that the clause asks for is said."""
    banks = (
        (feedback.BASIS, True),
        (feedback.DECIDES, True),
        (feedback.FIELD, True),
        (feedback.ELSEWHERE, False),
        (feedback.OVERRULED, False),
        (feedback.DEFAULT, False),
    )
    return tuple((*_remark(phrase), whole) for bank, whole in banks for phrase in bank)


@cache
def _meanings() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple(map(_remark, feedback.TERMS))


@cache
def _kept() -> tuple[re.Pattern[str], ...]:
    patterns = (re.escape(phrase).replace(r"\{fields\}", "((?:action|owner|deadline|code|, | and )+)") for phrase in feedback.KEPT)
    return tuple(re.compile(pattern.replace(r"\ is\ right", r"\ (?:is|are)\ right")) for pattern in patterns)


def _remark(phrase: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    groups = {
        "code": _CODE,
        "said": '([^"]*)',
        "field": "(owner|deadline|code)",
        "facts": "([^.;()]+?)",
        "needs": "([^.;]+?)",
        "actual": "([^.;]+?)",
        "whom": r"(?: on (\w+) terms)?",
        "course": r"(course \d)",
        "client": r"(\w+)",
        "terms": r"(\w+)",
    }
    parts = _FIELD.split(phrase)
    names = tuple(parts[1::2])
    text = "".join(re.escape(part) if number % 2 == 0 else groups[part] for number, part in enumerate(parts))
    return re.compile(text), names


def _tests(needs: str, key: str, actions: tuple[str, ...]) -> tuple[Condition, ...] | None:
    """The conditions that a clause asks for, from "the customer is new and it is damaged"; none for what always fits."""
    if needs == "no other clause fits":
        return ()
    tests = [Condition("is", ACTION, place) for place, action in enumerate(actions) if f"the action is {action}" in needs]
    tests += [
        test for phrase, test in _said(key).items() if phrase in needs and re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", needs)
    ]
    for kind, place, pattern in _told_limits(key):
        tests += [Condition(kind, place, int(found)) for found in pattern.findall(needs)]
    return tuple(tests) or None


@cache
def _said(key: str) -> Mapping[str, Condition]:
    return dict(_phrases(domain(key)))


def _phrases(about: Domain) -> Iterator[tuple[str, Condition]]:
    for place, fact in enumerate(about.facts):
        if fact.is_quantity:
            yield fact.says[3], Condition("over", place, LIMIT)
            yield fact.says[4], Condition("upto", place, LIMIT)
        else:
            for value, phrase in enumerate(fact.says):
                yield phrase, Condition("is", place, value)
    for place in range(FIRST, FIRST + len(KINDS)):
        for value, _ in enumerate(KINDS[place - FIRST].classes):
            yield class_says(place, value), Condition("is", place, value)
    pair = about.comparison
    yield pair.more, Condition("more", pair.left, pair.right)
    yield pair.not_more, Condition("notmore", pair.left, pair.right)


@cache
def _told_limits(key: str) -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    """How rules that are shown in full say that a quantity is over a number, or at most that."""
    return tuple(
        (kind, place, re.compile(r"(?<!\w)" + re.escape(fact.says[form]).replace(r"\{n\}", r"(\d+)") + r"(?!\w)"))
        for place, fact in enumerate(domain(key).facts)
        if fact.is_quantity
        for form, kind in ((1, "over"), (2, "upto"))
    )
