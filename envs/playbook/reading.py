"""Reading what a playbook's company writes: the case in a prompt, and the clauses that a colleague names.

The other way round of :mod:`.cases`, :mod:`.prompts` and :mod:`.feedback`: it knows their wordings and nothing of a world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from clgym.envs.playbook import feedback
from clgym.envs.playbook.cases import DOMAINS, LANGUAGES, Domain, Facts, domain
from clgym.envs.playbook.policy import Condition
from clgym.envs.playbook.prompts import NAME_PARTS

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
#: Capitalized words of prompts that are no company's name.
_CODE = r"([A-Z]\d+[a-c]?[1-3]?)"


class Asked(NamedTuple):
    """What a prompt says: the kind of case, what it tells, and the choices for each part of an answer, in order."""

    key: str
    facts: Facts
    choices: tuple[tuple[str, tuple[str, ...]], ...]
    clause: bool
    """Whether the code of a clause is asked for."""


class Named(NamedTuple):
    """A clause that a colleague names: what it asks for (all of it, or some), what it leads to or does not lead to."""

    code: str
    tests: tuple[Condition, ...] | None
    whole: bool
    """Whether ``tests`` are all that it and those above it ask for."""
    part: str = "action"
    leads_to: str = ""
    not_to: str = ""


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
    return Asked(best[1], best[2], tuple(lists.items()), not lists)


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
            leads = given.get("said", "") if not whole else ""
            found.append(
                Named(given["code"], tests, whole, given.get("field", "action"), leads, given.get("said", "") if whole else "")
            )
    return found


@cache
def _remarks() -> tuple[tuple[re.Pattern[str], tuple[str, ...], bool], ...]:
    """Patterns of remarks that name a clause, the fields of each, and whether all that the clause asks for is said."""
    banks = ((feedback.BASIS, True), (feedback.DECIDES, True), (feedback.FIELD, True), (feedback.ELSEWHERE, False))
    return tuple((*_remark(phrase), whole) for bank, whole in banks for phrase in bank)


def _remark(phrase: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    groups = {
        "code": _CODE,
        "said": '([^"]*)',
        "field": "(owner|deadline|code)",
        "facts": "([^.;()]+?)",
        "needs": "([^.;]+?)",
        "actual": "([^.;]+?)",
    }
    parts = _FIELD.split(phrase)
    names = tuple(parts[1::2])
    text = "".join(re.escape(part) if number % 2 == 0 else groups[part] for number, part in enumerate(parts))
    return re.compile(text), names


def _tests(needs: str, key: str, actions: tuple[str, ...]) -> tuple[Condition, ...] | None:
    """The conditions that a clause asks for, from "the customer is new and it is damaged"; none for what always fits."""
    if needs == "no other clause fits":
        return ()
    said = _said(key)
    tests = []
    for place, action in enumerate(actions):
        if f"the action is {action}" in needs:
            tests.append(Condition("is", -1, place))
    tests += [test for phrase, test in said.items() if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", needs)]
    return tuple(tests) or None


@cache
def _said(key: str) -> Mapping[str, Condition]:
    return dict(_phrases(domain(key)))


def _phrases(about: Domain) -> Iterator[tuple[str, Condition]]:
    for place, fact in enumerate(about.facts):
        if fact.is_quantity:
            for threshold in fact.thresholds:
                yield fact.says[1].format(n=threshold), Condition("over", place, threshold)
                yield fact.says[2].format(n=threshold), Condition("upto", place, threshold)
        else:
            for value, phrase in enumerate(fact.says):
                yield phrase, Condition("is", place, value)
    pair = about.comparison
    yield pair.more, Condition("more", pair.left, pair.right)
    yield pair.not_more, Condition("notmore", pair.left, pair.right)
