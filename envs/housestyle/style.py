"""A house style: rules in order of rank, drawn and drifted."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.housestyle import glossary
from clgym.envs.housestyle.catalogue import FRAME, MATTERS, matter_of
from clgym.envs.housestyle.clauses import SHORT_ORDER
from clgym.seeding import Draw
from clgym.text.english import article

#: Kinds of document that houses make exceptions for; other kinds follow the general rules.
TYPES = ("note", "email", "notice", "memo", "report")
#: Parts of a document that houses make exceptions for.
PARTS = ("opening", "closing")

#: Matters that level 0 draws from: they fit into one short line. All but the last carry enough values for thousands of lines.
SHORT_RICH = ("date", "time", "room", "person", "money", "series")
SHORT = (*SHORT_RICH, "duration", "served", "dash", "building", "weekday")
#: Two of these would repeat one another in a line.
_RIVALS = (("date", "weekday"), ("room", "building"))


class Rule(NamedTuple):
    """A matter is written in a way, everywhere ("") or in a kind of document or a part of one."""

    matter: str
    way: str
    scope: str = ""

    def sentence(self) -> str:
        """The rule in plain English."""
        text = matter_of(self.matter).wording(self.way, german=True)
        if not self.scope:
            return f"{text}."
        return f"In {where(self.scope)}: {text[0].lower()}{text[1:]}."


def where(scope: str) -> str:
    """A scope in words: "a memo", "the opening sentence"."""
    return f"the {scope} sentence" if scope in PARTS else f"{article(scope)} {scope}"


@dataclass(frozen=True)
class Style(PickleFieldsOnly):
    """Rules by rank: where two speak of the same thing, the earlier one decides. The glossary's entries stand apart, the commonest first."""

    rules: tuple[Rule, ...]
    glossary: tuple[Rule, ...] = ()

    @functools.cached_property
    def entries(self) -> tuple[str, ...]:
        """The glossary's entries, the commonest first."""
        return tuple(dict.fromkeys(rule.matter for rule in self.glossary))

    @functools.cached_property
    def _by_matter(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in (*self.rules, *self.glossary):
            found.setdefault(rule.matter, []).append(rule)
        return found

    @functools.cached_property
    def matters(self) -> tuple[str, ...]:
        """The matters of which the house speaks."""
        return tuple(dict.fromkeys(rule.matter for rule in self.rules))

    def rule(self, kind: str, matter: str, part: str) -> Rule | None:
        """The rule that decides a matter in a part of a kind of document; None where the house does not care."""
        return next((rule for rule in self._by_matter.get(matter, ()) if rule.scope in ("", kind, part)), None)

    def base(self, matter: str) -> str:
        """The general rule."""
        return next(rule.way for rule in self.rules if rule.matter == matter and not rule.scope)


#: How many matters a document of a level asks for, beside those of its layout.
ASKED = (3, 3, 5, 4)
#: Half of the glossary's entries at level 2, and all of them at level 3, have other names in so many kinds of document.
_OTHER_KINDS = 2
#: Matters and exceptions by level.
_SIZES = ((0, 0), (4, 0), (8, 3), (12, 7))


def draw_style(draw: Draw, level: int) -> Style:
    """Draw the rules of one house."""
    names = _short(draw) if level == 0 else _long(draw, _SIZES[level][0])
    base = [Rule(name, _way(draw, name, ())) for name in names]
    base = _speakable(draw, base, 1 if level == 0 else ASKED[level])
    return Style((*_exceptions(draw, base, _SIZES[level][1]), *base), _glossary(draw, level))


def _glossary(draw: Draw, level: int) -> tuple[Rule, ...]:
    """The names of a house for things, the commonest first; an exception stands before its entry's general name."""
    rules: list[Rule] = []
    for number, name in enumerate(draw.sample(glossary.terms(), glossary.SIZES[level])):
        usual, *others = draw.sample(matter_of(name).choices, 1 + _OTHER_KINDS)
        if level > 2 or (level == 2 and number % 2):
            rules += [Rule(name, other, kind) for kind, other in zip(draw.sample(TYPES, _OTHER_KINDS), others)]
        rules.append(Rule(name, usual))
    return tuple(rules)


def _way(draw: Draw, name: str, but: Sequence[str], german: float = 0.6) -> str:
    """A way that a house may ask for, in that share of the cases one that German has too where there is one."""
    matter = MATTERS[name]
    choices = [way for way in matter.choices if way not in but]
    spoken = [way for way in choices if way in matter.german]
    return draw.choice(spoken if spoken and draw.chance(german) else choices)


def _speakable(draw: Draw, base: list[Rule], asked: int) -> list[Rule]:
    """The rules, some changed where German could ask ``asked`` matters and have a way for none of them.

    A German text asks of all matters that have German ways, whatever the house wants: its prompts tell nothing of that.
    """
    matters = [MATTERS[rule.matter] for rule in base]
    inner = [place for place, one in enumerate(matters) if one.id not in FRAME and len(one.german) > 1]
    dumb = [place for place in inner if base[place].way not in matters[place].german]
    for place in dumb[: max(0, len(dumb) + 1 - min(asked, len(inner)))]:
        base[place] = base[place]._replace(way=draw.choice([way for way in matters[place].choices if way in matters[place].german]))
    return base


def _short(draw: Draw) -> list[str]:
    """Two or three matters of a short line, of which the first is rich."""
    rich = draw.choice(SHORT_RICH)
    others = [name for name in draw.shuffled(SHORT) if name != rich and not any({name, rich} == set(pair) for pair in _RIVALS)]
    second, third = others[0], next(n for n in others[1:] if not any({n, others[0]} == set(pair) for pair in _RIVALS))
    names = [rich, second] + ([third] if draw.chance(0.5) else [])
    return [name for name in SHORT_ORDER if name in names]


def _long(draw: Draw, count: int) -> list[str]:
    """Matters of longer documents: at most a quarter stand around the facts, and a third are known in German."""
    frame = draw.sample(FRAME, draw.integer(count // 6, count // 4))
    german = [name for name, matter in MATTERS.items() if name not in FRAME and len(matter.german) > 2]
    spoken = draw.sample(german, max(2, count // 3))
    rest = [name for name in MATTERS if name not in FRAME and name not in spoken]
    return draw.shuffled([*frame, *spoken, *draw.sample(rest, count - len(frame) - len(spoken))])


def _exceptions(draw: Draw, base: Sequence[Rule], count: int) -> list[Rule]:
    """Exceptions by kind of document and, where there are many, by part: some matters have both, and rank decides."""
    open_to = [rule for rule in base if len(MATTERS[rule.matter].choices) > 2]
    inner = [rule for rule in open_to if rule.matter not in FRAME]
    exceptions: list[Rule] = []
    for number, rule in enumerate(draw.sample(open_to, min(count - count // 3, len(open_to)))):
        exceptions.append(Rule(rule.matter, _way(draw, rule.matter, (rule.way,)), TYPES[number % len(TYPES)]))
    twice = [rule for rule in inner if any(rule.matter == other.matter for other in exceptions)] if count > 3 else []
    for number, rule in enumerate(draw.sample(twice, min(count // 3, len(twice)))):
        taken = [rule.way, *(other.way for other in exceptions if other.matter == rule.matter)]
        way = _way(draw, rule.matter, taken, rule.way in MATTERS[rule.matter].german)
        exceptions.append(Rule(rule.matter, way, PARTS[number % len(PARTS)]))
    return draw.shuffled(exceptions)


def drifted(style: Style, draw: Draw) -> Style:
    """The style after a change of mind: half of the matters are written in another way, the rest stays."""
    changed = draw.sample(style.matters, max(1, (len(style.matters) + 1) // 2))
    rules: list[Rule] = []
    for rule in style.rules:
        if rule.matter in changed:
            taken = [other.way for other in style.rules if other.matter == rule.matter]
            taken += [other.way for other in rules if other.matter == rule.matter]
            rule = rule._replace(way=_another(rule, draw, taken))
        rules.append(rule)
    return replace(style, rules=tuple(rules), glossary=_renamed(style, draw))


def _renamed(style: Style, draw: Draw) -> tuple[Rule, ...]:
    """The glossary with other names for half of its entries, in every kind of document."""
    changed = set(draw.sample(style.entries, (len(style.entries) + 1) // 2))
    fresh: dict[tuple[str, str], str] = {}
    for rule in style.glossary:
        if rule.matter in changed and (rule.matter, rule.way) not in fresh:
            taken = {way for (name, _), way in fresh.items() if name == rule.matter} | {rule.way}
            taken |= {other.way for other in style._by_matter[rule.matter]}
            fresh[rule.matter, rule.way] = draw.choice([way for way in matter_of(rule.matter).choices if way not in taken])
    return tuple(rule._replace(way=fresh.get((rule.matter, rule.way), rule.way)) for rule in style.glossary)


def _another(rule: Rule, draw: Draw, taken: Sequence[str]) -> str:
    """Another way than the rule's, one that is not taken if there is any; what could be asked in German still can be."""
    matter = MATTERS[rule.matter]
    others = [way for way in matter.choices if way != rule.way]
    if rule.way in matter.german:
        others = [way for way in others if way in matter.german] or others
    return draw.choice([way for way in others if way not in taken] or others)
