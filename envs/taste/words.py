"""What is picked from: kinds of things, the traits that all of them have, and how a trait is said.

A trait has a bank of values, of which a world draws the ones that occur in it. No value stands in two banks and none is part of
another, so a reader finds them in any sentence. They fit every kind, books included: a taste learned on teas speaks about books
word by word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from clgym.seeding import Draw
from clgym.text.names import invented


def _bank(text: str) -> tuple[str, ...]:
    return tuple(" ".join(value.split()) for value in text.split(";"))


#: Traits of things in the order in which they are stored; a level has the first few (:data:`SIZES`).
TRAITS = MappingProxyType(
    {
        "character": _bank(
            "smoky; sweet; bitter; fresh; warm; dark; bright; gloomy; cheerful; tender; wild; gentle; rough; grand; dreamy; lonely;"
            "eerie; elegant; rustic; noble; stern; merry; mellow; solemn; fierce; humble; misty; proud; shy; vivid; haunting; frosty; airy;"
            "sombre; radiant; moody; sunlit; stormy; brisk; languid"
        ),
        "manner": _bank(
            "light; strong; dry; bold; subtle; slow; fast; quiet; small; large; short; long; simple; odd; modern; plain; clever;"
            "playful; earnest; careful; loose; compact; thorough; sparing; ornate; delicate; sturdy; polished; hasty; steady; lavish; modest;"
            "precise; relaxed; curious; formal; crisp; layered; hearty; nimble"
        ),
        "place": _bank(
            "in the mountains; on the coast; on an island; in a forest; in a harbour town; on a river bank; on a farm; in a monastery;"
            "in an attic; by a lake; in the desert; on a hill; in a cellar; near a border; in a valley; in a suburb;"
            "at a crossroads; on a moor; in a village; beside a railway"
        ),
        "maker": _bank(
            "two sisters; a retired sailor; a student; a former judge; a married couple; a nurse; three friends; a gardener;"
            "a schoolteacher; a watchmaker; an actress; a carpenter; a chemist; a postman; a librarian; a baker; a farrier; a pilot;"
            "an old general; a choirmaster"
        ),
        "colour": _bank(
            "red; blue; green; yellow; white; black; scarlet; purple; pink; grey; brown; silver; golden; turquoise; crimson; beige;"
            "violet; maroon"
        ),
        "fame": _bank(
            "praised in the papers; hardly known; loved by children; recommended by a neighbour; out of fashion; often imitated;"
            "sold out every summer; mentioned in a novel; given away as a prize; popular abroad; famous for its smell; much argued about;"
            "known to every doctor; ordered by mail; seen on television; only made once a year; often misunderstood; older than its town"
        ),
        "mark": _bank(
            "an owl; a star; an anchor; a key; a lion; a feather; a crown; a bell; a wheel; a rose; a ship; a lantern; a hammer;"
            "a fox; an arrow; a tower; a beetle; a swan; a comb; an oak"
        ),
    }
)
#: What a trait is called in a sentence.
TRAIT_NAMES = {**{trait: trait for trait in TRAITS}, "fame": "reputation", "mark": "sign"}
#: What a prompt says of the moment, by question; these are the same in every world that has them.
MOMENT = MappingProxyType(
    {
        "weather": ("rainy", "sunny", "snowy", "windy"),
        "hour": ("before breakfast", "at noon", "after work", "late at night"),
        "company": ("alone", "with a brother", "with a colleague", "with a guest"),
        "mood": ("tired", "excited", "worried", "bored"),
    }
)
POSITION = {trait: place for place, trait in enumerate((*TRAITS, *MOMENT))}
#: How many traits things have and how many values a trait has in a world, by level; how many questions the moment answers.
SIZES = ((2, 6, 0), (3, 8, 0), (4, 13, 3), (7, 16, 4))


def traits_of(level: int) -> tuple[str, ...]:
    """The traits of things at a level."""
    return tuple(TRAITS)[: SIZES[level][0]]


def moment_of(level: int) -> tuple[str, ...]:
    """The questions that the moment answers at a level."""
    return tuple(MOMENT)[: SIZES[level][2]]


@cache
def trait_of() -> dict[str, str]:
    """Value -> the trait or question that it belongs to."""
    return {value: trait for bank in (TRAITS, MOMENT) for trait, values in bank.items() for value in values}


@cache
def _any_value() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(trait_of(), key=len, reverse=True)) + r")\b", re.IGNORECASE)


def values_in(text: str) -> list[str]:
    """The values that a text says, in its order."""
    return [value.lower() for value in _any_value().findall(text)]


@dataclass(frozen=True)
class Kind:
    """One kind of thing: ``made``, ``by`` and ``holder`` complete "... {made} on the coast", "... {by} two sisters", "... {holder}"."""

    noun: str
    plural: str
    made: str
    by: str
    holder: str

    def part(self, trait: str, value: str) -> str:
        """A trait in a list of what a thing is: "blended on the coast", "in a red tin"."""
        if trait == "place":
            return f"{self.made} {value}"
        if trait == "maker":
            return f"{self.by} {value}"
        if trait == "mark":
            return f"under the sign of {value}"
        return self.holder.format(value) if trait == "colour" else value

    def clause(self, trait: str, value: str) -> str:
        """A trait as a clause: "it is smoky", "it comes in a red tin"."""
        return f"it {'comes' if trait == 'colour' else 'is'} {self.part(trait, value)}"


BOOK = Kind("book", "books", "set", "written by", "with a {} cover")
KINDS = (
    Kind("tea", "teas", "blended", "sold by", "in a {} tin"),
    Kind("film", "films", "shot", "made by", "with a {} poster"),
    Kind("hike", "hikes", "to be found", "guided by", "with {} signposts"),
    Kind("song", "songs", "recorded", "sung by", "in a {} sleeve"),
    Kind("restaurant", "restaurants", "hidden", "run by", "with a {} door"),
    Kind("game", "games", "invented", "designed by", "in a {} box"),
    Kind("cottage", "cottages", "built", "let by", "with a {} roof"),
    Kind("perfume", "perfumes", "mixed", "sold by", "in a {} bottle"),
    Kind("podcast", "podcasts", "recorded", "hosted by", "with a {} logo"),
    Kind("painting", "paintings", "painted", "signed by", "in a {} frame"),
)

#: How the moment is named in a clause, by question; {} is its value.
OCCASIONS = {"weather": "on a {} day", "hour": "{}", "company": "when I am {}", "mood": "when I am {}"}


def occasion(question: str, value: str) -> str:
    """A moment as its person says it: "on a rainy day", "when I am tired"."""
    return OCCASIONS[question].format(value)


class Thing(NamedTuple):
    """One candidate: its name and its values, in the order of :data:`TRAITS`."""

    name: str
    values: tuple[str, ...]


#: Names of things above level 0 say nothing of what they are.
FIRST_NAMES = """Copper Harbour Winter Lantern Feather Marble Velvet Thunder Cedar Compass Amber Falcon Mirror Saffron Orchid
Willow Ribbon Anchor Crystal Walnut Paper Iron Meadow Clover Linen Pepper Ginger Saddle Button Candle Barley Walrus Pebble
Magnet Trumpet Cobalt Juniper Tulip Hazel Summit""".split()
LAST_NAMES = """Gate Mist Lane Orchard Call Bridge Circle Pillar Garden Dance Journey Promise Letter Window Shadow Moon Harvest Road
Corner Whisper Spoke Nest Ladder Parade Mill Voyage Kettle Song Hollow Thread Market Chapel Signal Dream Festival Secret Arch Sky
Anthem Puzzle""".split()

#: Other people, whom guards are about.
OTHERS = ("Otto", "Ruth", "Hugo", "Ines", "Paul", "Nora", "Emil", "Greta")

_ONSETS = "B D F G H J K L M N P R S T V Br Dr Tr Kr Gr".split()
_MIDDLES = "al an el en il in ol on ul un ar er or av ev iv".split()
_ENDINGS = "da ka la ma na ra sa ta va do ko lo mo no vo di ki li mi ni".split()
#: Drawn names that are people's or things' real names are no invented names.
_REAL = frozenset(
    "Marla Karla Hilda Tilda Wilma Selma Alma Elma Velma Delma Norma Anna Ella Linda Belinda Marta Berta Gerda Frida Carla"
    " Donna Vanda Wanda Erna Irma Milla Hella Bella Stella Nella Della Tanna Manna Panda Honda Lindo Rondo Salva"
    " Barda Korma Karma Parka Polka Volvo Salvo Silva Selva Sonda Banda Manda Kanda Ronda Rondi Mandi Landa".split()
)
_INVENTED = re.compile(rf"\b(?:{'|'.join(_ONSETS)})(?:{'|'.join(_MIDDLES)})(?:{'|'.join(_ENDINGS)})\b")


def invented_name(draw: Draw) -> str:
    """The name of a world's person."""
    return invented(draw, _ONSETS, _MIDDLES, _ENDINGS, real=_REAL)


def person_in(text: str) -> str:
    """The first name of the invented kind in a text, or ``""``."""
    found = _INVENTED.search(text)
    return found[0] if found else ""
