"""Cases: which facts they are made of, and how they are told in English and in German.

The facts of each domain and their wording lie in text files beside this module. A case is a tuple of whole numbers: for
every attribute of the domain which of its values holds, then for every quantity how much it is, then for the client, the supplier and the
office that it mentions the class of each (:mod:`.roster`). What a case does not tell is -1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from clgym.envs.playbook.roster import FIRST, KINDS, class_says
from clgym.seeding import Draw
from clgym.text.english import article

DOMAINS = ("refunds", "tickets", "incidents", "expenses")
LANGUAGES = ("en", "de")

#: Facts of a case; see the module's docstring.
Facts = tuple[int, ...]

_SURNAMES = (
    "Okafor Lindqvist Moreau Tanaka Silva Novak Haddad Brandt Kowalski Ferrari Jansen Petrov Mbeki Larsen Ortega Dubois "
    "Nakamura Rossi Horvat Keller Mensah Virtanen Costa Bauer Dvorak Ahmadi Lefevre Svensson Greco Yilmaz Popov Hansen Duarte "
    "Weber Kimura Bianchi Olsen Marin Fischer Sato Abebe Castro Demir Eriksen Fontana Gruber Ivanov Jovanovic Kaya Lopez Marques Nilsen "
    "Osei Pereira Quist Rahman Santos Toth Urban Vega"
).split()


class Fact(NamedTuple):
    """An attribute or a quantity.

    ``says`` has for an attribute one clause per value; for a quantity the clauses for "is {n}", "is over {n}", "is at most {n}", and
    "is over the limit" and "is within the limit" for who does not say how much that is. ``sentences`` maps a language to sentences: for an attribute one tuple per value, for a quantity one tuple.
    """

    key: str
    says: tuple[str, ...]
    sentences: Mapping[str, tuple[tuple[str, ...], ...]]
    low: int = 0
    high: int = 0

    @property
    def is_quantity(self) -> bool:
        """Whether this fact is a number."""
        return self.high > 0


class Comparison(NamedTuple):
    """Two quantities that rules may compare, by their places, and the clauses for "more" and "not more"."""

    left: int
    right: int
    more: str
    not_more: str


class Domain(NamedTuple):
    """One kind of case: what it is called, its actions and owners, what it is told about, its facts."""

    key: str
    desk: str
    actions: tuple[str, ...]
    owners: tuple[str, ...]
    opens: Mapping[str, tuple[str, ...]]
    items: tuple[tuple[str, str, str], ...]
    facts: tuple[Fact, ...]
    comparison: Comparison

    @property
    def attributes(self) -> tuple[int, ...]:
        """The places of the attributes."""
        return tuple(place for place, fact in enumerate(self.facts) if not fact.is_quantity)

    @property
    def quantities(self) -> tuple[int, ...]:
        """The places of the quantities."""
        return tuple(place for place, fact in enumerate(self.facts) if fact.is_quantity)

    def says(self, place: int, value: int) -> str:
        """A fact of a case as a clause: "the customer is new"."""
        if place >= FIRST:
            return class_says(place, value)
        fact = self.facts[place]
        return fact.says[0].format(n=value) if fact.is_quantity else fact.says[value]


#: How far along between its least and its most a limit on a quantity lies: cases are found on either side of it.
_SPAN = 0.3, 0.7


def along(low: int, high: int, share: float) -> int:
    """A number so far along between two, on a scale on which small numbers have as much room as large ones."""
    return min(high, int(low * ((high + 1) / low) ** share))


def limit_span(fact: Fact) -> tuple[int, int]:
    """The least and the largest limit that clauses have on a quantity."""
    low, high = (along(fact.low, fact.high, share) for share in _SPAN)
    return rounded(low), rounded(high)


def rounded(number: int) -> int:
    """A limit is a round number: two digits at most that are not 0."""
    return number if number < 100 else number // 10 * 10


@cache
def domain(key: str) -> Domain:
    """The domain of that key, read from its file when it is first asked for."""
    return _read(key, Path(__file__).with_name(f"{key}.txt").read_text(encoding="utf-8"))


def _read(key: str, text: str) -> Domain:
    head: dict[str, list[str]] = {}
    facts: list[Fact] = []
    compared: list[str] = []
    sentences: dict[str, list[tuple[str, ...]]] = {}
    says: list[str] = []
    for line in text.splitlines():
        name, _, rest = line.partition(": ")
        parts = [part.strip() for part in rest.split(" | ")]
        if name in ("attribute", "quantity"):
            sentences, says = {language: [] for language in LANGUAGES}, []
            low, high = parts[1:3] if name == "quantity" else ("0", "0")
            facts.append(Fact(parts[0], says, sentences, int(low), int(high)))  # type: ignore[arg-type]
        elif name in ("is", "says"):
            says += parts
        elif name in LANGUAGES:
            sentences[name].append(tuple(parts))
        elif name == "compare":
            compared = parts
        elif line and not line.startswith("#"):
            head[name] = parts
    done = tuple(
        fact._replace(says=tuple(fact.says), sentences={language: tuple(fact.sentences[language]) for language in LANGUAGES})
        for fact in facts
    )
    places = {fact.key: place for place, fact in enumerate(done)}
    return Domain(
        key,
        head["domain"][-1],
        tuple(head["actions"]),
        tuple(head["owners"]),
        {language: tuple(head[f"open {language}"]) for language in LANGUAGES},
        tuple(map(_item, head["items"])),
        done,
        Comparison(places[compared[0]], places[compared[1]], *compared[2:]),
    )


def _item(entry: str) -> tuple[str, str, str]:
    """English noun, German gender, German noun."""
    english, _, german = entry.partition(" = ")
    gender, _, noun = german.partition(" ")
    return english, gender, noun


#: Openings of each kind of case, and things that cases are about.
OPENINGS, ITEMS = 8, 22
#: How many (opening, person, item) a domain has, so that as many cases can be told apart.
VARIETY = OPENINGS * 2 * len(_SURNAMES) * ITEMS
#: Shares no divisor with VARIETY: steps of this size visit all of it.
_STRIDE = 2297


def tell(about: Domain, facts: Facts, language: str, number: int, draw: Draw, wordings: int = 9, names: Sequence[str] = ()) -> str:
    """A case in prose. ``number`` fixes opening, person and item: other numbers (modulo ``VARIETY``) give other texts.

    ``wordings`` is how many of the wordings of each fact may be used; ``names`` are those of the client, supplier and office, in place of
    whose classes they are told.
    """
    number = number * _STRIDE % VARIETY
    number, opening = divmod(number, OPENINGS)
    number, person = divmod(number, 2 * len(_SURNAMES))
    words = _WORDS[language](about.items[number], *divmod(person, 2))
    places = [place for place, value in enumerate(facts[:FIRST]) if value >= 0]
    draw.shuffle(places)
    sentences = [about.opens[language][opening]]
    for place in places:
        fact, value = about.facts[place], facts[place]
        wording = fact.sentences[language][0 if fact.is_quantity else value]
        sentences.append(draw.choice(wording[:wordings]).replace("{n}", str(value)))
    mentions = [(kind, name) for kind, name in zip(KINDS, names) if name]
    sentences += [draw.choice(kind.sentences[language]).replace("{x}", name) for kind, name in draw.shuffled(mentions)]
    return " ".join(sentences).format_map(words)


def _english(item: tuple[str, str, str], surname: int, male: int) -> dict[str, str]:
    noun = item[0]
    she, her, him, hers = ("he", "his", "him", "his") if male else ("she", "her", "her", "hers")
    return {
        "name": f"{'Mr' if male else 'Ms'} {_SURNAMES[surname]}",
        "a": f"{article(noun)} {noun}",
        "the": f"the {noun}",
        "she": she,
        "She": she.capitalize(),
        "her": her,
        "Her": her.capitalize(),
        "him": him,
        "hers": hers,
    }


#: German articles by gender, named for the masculine ones.
_ARTICLES = {
    "m": {"der": "der", "Der": "Der", "den": "den", "dem": "dem", "ein": "ein", "einen": "einen", "beim": "beim"},
    "f": {"der": "die", "Der": "Die", "den": "die", "dem": "der", "ein": "eine", "einen": "eine", "beim": "bei der"},
    "n": {"der": "das", "Der": "Das", "den": "das", "dem": "dem", "ein": "ein", "einen": "ein", "beim": "beim"},
}


def _german(item: tuple[str, str, str], surname: int, male: int) -> dict[str, str]:
    _, gender, noun = item
    words = {form: f"{article} {noun}" for form, article in _ARTICLES[gender].items()}
    sie, ihr, ihm = ("er", "sein", "ihm") if male else ("sie", "ihr", "ihr")
    herr, herrn = ("Herr", "Herrn") if male else ("Frau", "Frau")
    return words | {
        "name": f"{herr} {_SURNAMES[surname]}",
        "Name": f"{herrn} {_SURNAMES[surname]}",
        "sie": sie,
        "Sie": sie.capitalize(),
        "ihr": ihr,
        "Ihr": ihr.capitalize(),
        "ihm": ihm,
    }


_WORDS = {"en": _english, "de": _german}


def listed(words: Sequence[str]) -> str:
    """Words as prompts list them: "Voucher, Repair, Inspect"."""
    return ", ".join(words)
