"""``transfer/review``: which line breaks a rule of the house? Every line is code as this framework
wants it, but for one word."""

from __future__ import annotations

import re
from typing import NamedTuple

from clgym.core import Grade
from clgym.envs.framework import feedback as say
from clgym.envs.framework import level0 as l0
from clgym.envs.framework.catalogue import DESCENDING, SLOT
from clgym.envs.framework.domains import GROUPS, LABELS, Domain
from clgym.envs.framework.english import quoted_text
from clgym.envs.framework.house import House, alternatives
from clgym.envs.framework.plans import Condition, Plan
from clgym.envs.framework.writing import arguments, query_lines
from clgym.seeding import Draw
from clgym.text.answers import fitting, readings
from clgym.text.phrases import Phrasing

PROMPTS = (
    "One line of this {house} code breaks a rule of the framework. Which one? Answer with its number.\n{code}",
    "Code review for {house}: exactly one of these lines is not how the framework wants it. Give the number of that line.\n{code}",
    "Which line here will {house} not take? Answer with the line number only.\n{code}",
    "A colleague wrote this for {house} and got one line wrong. Name the line by its number.\n{code}",
    "Please review: all lines but one are good {house}. The number of the bad one?\n{code}",
    "Somebody mixed up a word of {house} in one of these lines. Reply with the number of that line.\n{code}",
    "Find the line that does not follow {house}; one number is enough.\n{code}",
    "{house} will refuse one of these lines. Which? Just the number.\n{code}",
)
#: Lines of a review at level 0, where each shows another kind of query.
LINES = 4
MAX_CHARS = 300
_NUMBER = re.compile(r"(?:line|no\.?|number|#)?\s*#?\s*(\d{1,3})(?:\s*[.:)]?)", re.IGNORECASE)


class Payload(NamedTuple):
    """The lines as shown and the number of the one that is wrong."""

    lines: tuple[str, ...]
    number: int


def line_review(house: House, kinds: tuple[str, ...], place: int, draw: Draw) -> Payload:
    """Level 0: single calls, each of another model, one with a word that this framework does not have."""
    domains = draw.sample(house.schema.domains, LINES)
    order = draw.shuffled(kinds)
    broken = order[place]
    lines = []
    for domain, kind in zip(domains, order):
        column = draw.choice(domain.columns)
        values = LABELS if column == domain.label else GROUPS
        lines.append(l0.write(house, l0.Op(kind, domain.model, column, draw.choice(values))))
    word = draw.choice(alternatives(house, broken))
    lines[place] = lines[place].replace(f".{house[broken]}(", f".{word}(")
    return Payload(tuple(lines), place + 1)


def code_review(house: House, place: int, draw: Draw) -> Payload:
    """Levels 1 to 3: the steps of a query, one a line; the drawn word of one of them is wrong."""
    domain = house.schema.domain(draw)
    plan = _plan(domain, draw)
    lines = [*query_lines(house, plan), f"print(found.{house[plan.kind]}())"]
    add = arguments(house, [(house.column(domain.model, domain.label), quoted_text(draw.choice(LABELS)))])
    lines.append(f"{domain.model}.{house['objects']}.{house['create']}({add})")
    slot = draw.choice(_slots_by_line(plan)[place])
    lines[place] = _broken(house, lines[place], slot, draw)
    return Payload(tuple(lines), place + 1)


def _plan(domain: Domain, draw: Draw) -> Plan:
    """A row to keep and one to leave out by different lookups, a descending order, a result that has a word of its own."""
    lookup = draw.choice(("contains", "startswith"))
    word = draw.choice(LABELS)
    text = Condition((domain.label,), True, lookup, draw.choice("aeo") if lookup == "contains" else word[0])
    number = Condition((draw.choice(domain.numbers),), False, draw.choice(("gt", "lt", "gte", "lte")), draw.integer(10, 40))
    conditions = (text, number) if draw.chance(0.5) else (number._replace(keep=True), text._replace(keep=False))
    return Plan(domain.model, draw.choice(("count", "exists")), "", conditions, order=((draw.choice(domain.numbers), True),))


def _slots_by_line(plan: Plan) -> list[list[str]]:
    """The words that only this line shows, for each line."""
    conditions = [["filter" if c.keep else "exclude", c.lookup] for c in plan.conditions]
    return [*conditions, ["order_by", "desc"], [plan.kind], ["create"]]


def _broken(house: House, line: str, slot: str, draw: Draw) -> str:
    """The line with another word in a slot."""
    if slot == "desc":
        before, behind = DESCENDING[house["desc"]]
        name = re.sub(f"^{re.escape(before)}|{re.escape(behind)}$", "", line.split('"')[1])
        other = DESCENDING[draw.choice([mark for mark in SLOT["desc"].choices if mark != house["desc"]])]
        return line.replace(f'"{before}{name}{behind}"', f'"{other[0]}{name}{other[1]}"')
    word, mine = draw.choice(alternatives(house, slot)), house[slot]
    if slot in ("gt", "lt", "gte", "lte", "contains", "startswith"):
        return line.replace(f"{house['sep']}{mine}", f"{house['sep']}{word}", 1)
    return line.replace(f".{mine}(", f".{word}(", 1)


def numbered(payload: Payload) -> str:
    """The lines with their numbers."""
    return "\n".join(f"{number}  {line}" for number, line in enumerate(payload.lines, 1))


def grade(house: House, payload: Payload, answer: str) -> Grade:
    """A line number, or the line itself."""
    draw, right = Phrasing(payload.lines, answer), str(payload.number)
    if len(answer) > MAX_CHARS:
        return say.unread(draw, say.say(draw, "long", count=len(answer)), right)
    text = fitting(readings(answer, ("line",)), lambda text: _line_of(payload, text))
    if not text:
        return say.unread(draw, say.say(draw, "empty"), right)
    number = _line_of(payload, text)
    if not 1 <= number <= len(payload.lines):
        return say.unread(draw, say.say(draw, "no line", given=say.quoted(text)), right)
    diagnosis = "" if number == payload.number else say.say(draw, "line", given=number, house=house.name)
    return say.reviewed(draw, diagnosis, right)


def _line_of(payload: Payload, text: str) -> int:
    """The number of the line that an answer names or repeats; 0 where it does neither."""
    match = _NUMBER.fullmatch(text)
    return int(match[1]) if match else _quoted_line(payload, text)


def _quoted_line(payload: Payload, text: str) -> int:
    """The number of the line that an answer repeats, with or without its number; 0 where it is none."""
    plain = " ".join(text.split())
    for number, line in enumerate(payload.lines, 1):
        if plain in (line, f"{number} {line}", f"{number}. {line}", f"{number}: {line}"):
            return number
    return 0
