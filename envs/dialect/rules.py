"""Rules drawn from the catalogue: entries with their parameters fixed, and the dialect they make together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from clgym.envs.dialect.catalogue import GROUPS, KINDS, Choice, Kind
from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.seeding import Draw


@dataclass(frozen=True)
class Rule:
    """One drawn rule. Two rules are the same when kind and parameters are."""

    kind: str
    choice: Choice

    @property
    def group(self) -> str:
        """One of :data:`GROUPS`."""
        return KINDS[self.kind].group

    @property
    def text(self) -> str:
        """The rule in English."""
        return KINDS[self.kind].text.format(*self.choice)


def grammar_of(name: str, rules: Iterable[Rule]) -> Grammar:
    """The dialect that a set of rules makes of JavaScript."""
    grammar = replace(JAVASCRIPT, name=name)
    for rule in rules:
        grammar = KINDS[rule.kind].apply(grammar, rule.choice)
    return grammar


def draw_rule(kind: Kind, taken: set[str], draw: Draw) -> Rule | None:
    """A rule of that kind whose spellings are not taken yet; ``None`` where there is none."""
    free = [choice for choice in kind.choices if not any(clash(own, other) for own in choice for other in taken)]
    if not free:
        return None
    rule = Rule(kind.name, draw.choice(free))
    taken |= set(rule.choice)
    return rule


def clash(one: str, other: str) -> bool:
    """Whether two spellings can't live in one dialect: the same, or a single sign that is part of the other."""
    signs = one and other and not one[0].isalnum() and not other[0].isalnum() and min(len(one), len(other)) == 1
    return one == other != "" or bool(signs and (one in other or other in one))


def draw_rules(names: Sequence[str], count: int, draw: Draw) -> tuple[Rule, ...]:
    """``count`` rules of the named kinds in order, skipping those that conflict with an earlier one."""
    rules: list[Rule] = []
    taken: set[str] = set()
    for name in names:
        if len(rules) == count:
            break
        kind = KINDS[name]
        if conflicts(name, rules):
            continue
        rule = draw_rule(kind, taken, draw)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


#: How many rules of each group (in the order of ``GROUPS``) a world has, by level. Level 0 chooses its four by name.
QUOTAS = {1: (2, 2, 1, 1, 2, 0), 2: (3, 3, 2, 2, 4, 0), 3: (4, 4, 3, 3, 3, 3)}


#: Rules that every function shows: of each such group a world has at least one.
SHOWN = {"words": ("function", "return"), "marks": ("terminator", "blocks")}


def draw_level(level: int, draw: Draw, showing: Collection[str] = frozenset(KINDS)) -> tuple[Rule, ...]:
    """The rules of a world above level 0: its quota of every group, of the kinds that its tasks show.

    One of them at least decides what a program prints.
    """
    rules: list[Rule] = []
    taken = {"!"}  # as a terminator it would be taken for a negation in longer programs
    for group, quota in zip(GROUPS, QUOTAS[level]):
        names = draw.shuffled(
            kind.name
            for kind in KINDS.values()
            if kind.group == group and kind.name in showing and not (level == 1 and kind.name in LATE)
        )
        if group in SHOWN:
            first = draw.choice(SHOWN[group])
            names = [first, *(name for name in names if name != first)]
        if group == "semantics":
            first = next(name for name in names if name in READABLE)
            names = [first, *(name for name in names if name != first)]
        before = len(rules)
        for name in names:
            if len(rules) - before == quota:
                break
            if not conflicts(name, rules):
                rule = draw_rule(KINDS[name], taken, draw)
                rules += [] if rule is None else [rule]
    return tuple(rules)


#: Rules of meaning by which the same program prints something else.
READABLE = frozenset({"deep_equals", "floor_division", "truthy_zero", "empty_false", "join", "sort"})
#: Rules that a single function can hardly show.
LATE = frozenset({"note", "arity"})


def conflicts(name: str, rules: Iterable[Rule]) -> bool:
    """Whether a kind never goes with one of the rules."""
    return any(rule.kind in KINDS[name].forbids or name in KINDS[rule.kind].forbids for rule in rules)


def redraw(rules: Sequence[Rule], places: Iterable[int], draw: Draw) -> tuple[Rule, ...]:
    """The same rules with other parameters in some places."""
    redrawn = list(rules)
    taken = {spelling for rule in rules for spelling in rule.choice}
    for place in sorted(places):
        rule = draw_rule(KINDS[redrawn[place].kind], taken, draw)
        if rule is not None:
            redrawn[place] = rule
    return tuple(redrawn)


def drift(rules: Sequence[Rule], places: Collection[int], draw: Draw, showing: Collection[str]) -> tuple[Rule, ...]:
    """The rules of some places redrawn: other parameters where there are any, else another rule of the same group that tasks show."""
    redrawn = list(rules)
    for place in sorted(places):
        old = redrawn[place]
        others = redrawn[:place] + redrawn[place + 1 :]
        taken = {"!"} | {spelling for rule in others for spelling in rule.choice} | set(old.choice)
        known = {rule.kind for rule in others} | {old.kind}
        same_group = draw.shuffled(
            k.name for k in KINDS.values() if k.group == old.group and k.name in showing and k.name not in known
        )
        for name in (*([old.kind] if old.choice else []), *same_group):
            rule = None if conflicts(name, others) else draw_rule(KINDS[name], taken, draw)
            if rule is not None:
                redrawn[place] = rule
                break
    return tuple(redrawn)
