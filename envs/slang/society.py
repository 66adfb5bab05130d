"""Who speaks to whom and where: the people, places and boosters that limits and senses hang on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clgym.envs.slang.bank import citation_form
from clgym.seeding import Draw

#: Kinds of people, each with who belongs to it.
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "old people": ("grandmother", "grandfather", "retired miner"),
    "children": ("little boy", "little girl", "schoolboy"),
    "bosses": ("manager", "factory owner", "head of department"),
    "teachers": ("teacher", "professor", "piano teacher"),
    "officials": ("judge", "mayor", "customs officer"),
    "customers": ("customer", "hotel guest", "passenger"),
    "athletes": ("boxer", "swimmer", "goalkeeper"),
    "sailors": ("sailor", "ship's cook", "captain"),
}
#: Everybody, with the kind they belong to.
KIND_OF: Mapping[str, str] = {person: kind for kind, people in PEOPLE.items() for person in people}
ANYBODY: tuple[str, ...] = tuple(KIND_OF)
#: Everybody with an article.
PHRASE_OF: Mapping[str, str] = {person: citation_form(person, "p") for person in ANYBODY}

#: Where something is said.
SETTINGS = (
    "at the office",
    "in the garden",
    "in the lift",
    "at the market",
    "in the harbour",
    "at a wedding",
    "in the gym",
    "on the night bus",
)
#: Names of people that neutral sentences are about.
NAMES = (
    "Ada",
    "Ben",
    "Carla",
    "Dan",
    "Edith",
    "Frank",
    "Greta",
    "Hugo",
    "Ida",
    "Jonas",
    "Kim",
    "Leo",
    "Mona",
    "Nils",
    "Olga",
    "Paul",
)
#: The word that strengthens a word of a group; which one, each word of slang decides.
BOOSTERS: Mapping[str, tuple[str, ...]] = {
    "a": ("dead", "pure", "stone", "mad", "well", "mega"),
    "n": ("proper", "solid", "royal", "bloomin'", "total", "monster"),
    "v": ("hard", "big", "deep", "sideways", "double", "raw"),
}
#: What is added to a use so that the booster shows.
BOOSTED: Mapping[str, tuple[str, ...]] = {
    "a": ("Yes, {b} {w}.", "I mean {b} {w}.", "{B} {w}, believe me."),
    "n": ("Yes, a {b} {w}.", "I call that a {b} {w}.", "A {b} {w}, believe me."),
    "m": ("Yes, {b} {w}.", "I call that {b} {w}.", "{B} {w}, believe me."),
    "p": ("Yes, a {b} {w}.", "There is a {b} {w} for you.", "A {b} {w}, believe me."),
    "v": ("Yes, {w} {b}.", "I mean {w} {b}.", "You know what it is to {w} {b}."),
    "t": ("Yes, {w} it {b}.", "I mean {w} it {b}.", "You know what it is to {w} something {b}."),
}


@dataclass(frozen=True)
class Limit:
    """Who may not say a word, or to whom it may not be said; ``unless`` is a kind of people on the other side who lift it."""

    side: str
    """"to" (no such hearers), "by" (no such speakers), "only to", "only by"."""
    kind: str
    unless: str = ""

    def allows(self, speaker: str, hearer: str) -> bool:
        """Whether ``speaker`` may say it to ``hearer``."""
        mine, theirs = (KIND_OF[hearer], KIND_OF[speaker]) if self.side.endswith("to") else (KIND_OF[speaker], KIND_OF[hearer])
        if self.unless and theirs == self.unless:
            return True
        return (mine == self.kind) == self.side.startswith("only")

    def predicate(self) -> str:
        """The limit in words, to follow the slang word."""
        verb = f"is said only {self.side[5:]}" if self.side.startswith("only") else f"is never said {self.side}"
        if not self.unless:
            return f"{verb} {self.kind}"
        lifted = f"unless {self.unless} say it" if self.side.endswith("to") else f"unless it is said to {self.unless}"
        return f"{verb} {self.kind}, {lifted}"


def draw_limit(draw: Draw, exception: bool) -> Limit:
    """A limit, with an exception where asked for."""
    side = draw.choice(("to", "by", "to", "by", "only to", "only by"))
    kind, unless = draw.sample(PEOPLE, 2)
    return Limit(side, kind, unless if exception and not side.startswith("only") else "")


def draw_pair(draw: Draw, limit: Limit | None, allowed: bool) -> tuple[str, str]:
    """A speaker and a hearer whom the limit allows, or does not."""
    last = len(ANYBODY) - 1
    while True:
        # A sample of two, as ``Draw.sample`` draws it, without a list of everybody: some thousand pairs are drawn for a pool.
        first, second = draw.integer(0, last), draw.integer(1, last)
        speaker, hearer = ANYBODY[first], ANYBODY[second if second != first else 0]
        if (limit is None or limit.allows(speaker, hearer)) == allowed:
            return speaker, hearer


def pick(items: Sequence[str], number: int) -> str:
    """The item of that number, round and round."""
    return items[number % len(items)]
