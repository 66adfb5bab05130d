"""The catalogue of rules by which a dialect differs from JavaScript.

A :class:`Kind` is one entry of the catalogue, a :class:`Rule` one entry with its parameters drawn. A rule
changes the settings of a :class:`~clgym.envs.dialect.grammar.Grammar` and says in English what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from clgym.envs.dialect.grammar import JAVASCRIPT, Grammar
from clgym.seeding import Draw

GROUPS = ("words", "marks", "literals and indexing", "statements", "semantics", "house conventions")

#: What a rule's parameters are: the spellings or settings that were drawn, in the kind's own order.
Choice = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """One entry of the catalogue."""

    name: str
    group: str
    choices: tuple[Choice, ...]
    """The parameters a draw picks from."""
    text: str
    """The rule in English; ``{0}``, ``{1}`` are its parameters."""
    apply: Callable[[Grammar, Choice], Grammar]
    first_level: int = 0
    """The lowest level that draws it."""
    forbids: frozenset[str] = frozenset()
    """Kinds that never go with it."""


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
    free = [choice for choice in kind.choices if not taken & set(choice)]
    if not free:
        return None
    rule = Rule(kind.name, draw.choice(free))
    taken |= set(rule.choice)
    return rule


def draw_rules(names: Sequence[str], count: int, draw: Draw) -> tuple[Rule, ...]:
    """``count`` rules of the named kinds in order, skipping those that conflict with an earlier one."""
    rules: list[Rule] = []
    taken: set[str] = set()
    for name in names:
        if len(rules) == count:
            break
        kind = KINDS[name]
        if any(rule.kind in kind.forbids or name in KINDS[rule.kind].forbids for rule in rules):
            continue
        rule = draw_rule(kind, taken, draw)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


# -- how rules change a grammar


def _words(*keys: str) -> Callable[[Grammar, Choice], Grammar]:
    return lambda g, choice: replace(g, words={**g.words, **dict(zip(keys, choice))})


def _marks(*keys: str) -> Callable[[Grammar, Choice], Grammar]:
    return lambda g, choice: replace(g, marks={**g.marks, **dict(zip(keys, choice))})


def _each(*spellings: str) -> tuple[Choice, ...]:
    return tuple((spelling,) for spelling in spellings)


_ALL: tuple[Kind, ...] = (
    # words
    Kind("print", "words", _each("say", "show", "tell", "speak", "emit", "shout", "write", "echo"),
         "`{0}` prints a line; there is no `console.log`.", _words("print")),
    Kind("let", "words", _each("make", "put", "define", "keep", "hold", "bind", "store"),
         "`{0}` declares a variable; there is no `let`.", _words("let")),
    Kind("truths", "words", (("yes", "no"), ("on", "off"), ("right", "wrong"), ("sure", "never"), ("aye", "nay")),
         "The truth values are `{0}` and `{1}`; there is no `true` and no `false`.", _words("true", "false")),
    # marks
    Kind("terminator", "marks", _each("!", ";;", "~", "@", "#"),
         "Every statement that JavaScript ends with `;` ends with `{0}`, which must not be left out.",
         lambda g, c: replace(g, terminator=c[0])),
    Kind("plus", "marks", _each("plus", "add", "with", "and"),
         "Adding and joining is written `{0}`; there is no `+`.", _marks("+")),
    Kind("minus", "marks", _each("minus", "less", "without"), "Subtracting is written `{0}`; there is no `-`.", _marks("-")),
    Kind("times", "marks", _each("times", "by", "mul"), "Multiplying is written `{0}`; there is no `*`.", _marks("*")),
    Kind("equals", "marks", _each("is", "same", "equals", "eq"), "Equality is written `{0}`; there is no `===` and no `==`.",
         _marks("===")),
    Kind("assign", "marks", _each(":=", "<-", "as", "becomes"), "Assigning (also in declarations) is written `{0}`; there is no `=`.",
         _marks("=")),
    Kind("greater", "marks", (("above", "below"), ("over", "under"), ("beyond", "within")),
         "Greater than is written `{0}`, less than `{1}`; there is no `>` and no `<`.", _marks(">", "<")),
    # literals and indexing
    Kind("quotes", "literals and indexing", _each("`", "^", "~", "@"), "Strings stand between {0} and {0}; no other quotes are allowed.",
         lambda g, c: replace(g, quote=c[0])),
)

#: The catalogue, by name.
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def redraw(rules: Sequence[Rule], places: Iterable[int], draw: Draw) -> tuple[Rule, ...]:
    """The same rules with other parameters in some places."""
    found = list(rules)
    taken = {spelling for rule in rules for spelling in rule.choice}
    for place in sorted(places):
        rule = draw_rule(KINDS[found[place].kind], taken, draw)
        if rule is not None:
            found[place] = rule
    return tuple(found)
