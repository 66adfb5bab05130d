"""What is picked from: kinds of things, the traits that they share, and how a trait is said of each kind.

Places, makers, colours and fame are the same for every kind, and the words for character and manner were chosen to
fit a book as well: so a taste learned on teas speaks about books too, word by word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from clgym.seeding import Draw
from clgym.text.names import invented

#: Traits in the order in which things store them; a level shows the first few (:data:`SHOWN`).
TRAITS = ("character", "manner", "place", "maker", "price", "colour", "fame", "age", "stars")
POSITION = {trait: place for place, trait in enumerate(TRAITS)}
#: How many traits a thing shows, by level.
SHOWN = (2, 5, 8, 9)
#: Traits that are numbers, with the values that they take.
NUMBERS = {"price": range(2, 13), "age": range(2, 31, 2), "stars": range(1, 6)}

PLACES = ("in the mountains", "on the coast", "on an island", "in a forest", "in the city", "on a river bank")
MAKERS = ("two sisters", "a retired sailor", "a young student", "a former judge", "a married couple")
COLOURS = ("red", "blue", "green", "yellow", "white")
FAMES = ("praised in the papers", "hardly known", "loved by children", "recommended by a neighbour", "out of fashion")

#: What a prompt at level 3 says of the moment, by question.
MOMENT = {
    "weather": ("rainy", "sunny", "snowy", "windy"),
    "time": ("morning", "afternoon", "evening"),
    "company": ("alone", "with a brother", "with the children", "with a colleague"),
    "mood": ("tired", "cheerful", "worried"),
}
#: What each value of the moment is called in a rule.
OCCASIONS = {"weather": "on a {} day", "time": "in the {}", "company": "when {}", "mood": "when {}"}


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its words and the phrases in which its traits are told.

    ``level0`` of a thing are ``characters`` and ``manners``. ``made``, ``by``, ``holder`` and ``price`` complete the
    sentences "... {made} on the coast", "... {by} two sisters", "... {holder}" (with the colour) and "... £6 {price}".
    """

    noun: str
    plural: str
    characters: tuple[str, ...]
    manners: tuple[str, ...]
    made: str
    by: str
    holder: str
    price: str
    aged: str

    def values(self, trait: str) -> tuple[str, ...]:
        """What a trait in words can be."""
        common = {"place": PLACES, "maker": MAKERS, "colour": COLOURS, "fame": FAMES}
        return common.get(trait) or {"character": self.characters, "manner": self.manners}[trait]

    def phrase(self, trait: str, value: str | int) -> str:
        """A trait as a clause: "it is smoky", "it is blended on the coast", "it costs £6 a tin"."""
        return {
            "character": "it is {}",
            "manner": "it is {}",
            "place": f"it is {self.made} {{}}",
            "maker": f"it is {self.by} {{}}",
            "price": f"it costs £{{}} {self.price}".rstrip(),
            "colour": f"it has {self.holder[5:]}" if self.holder.startswith("with ") else f"it comes {self.holder}",
            "fame": "it is {}",
            "age": f"it {self.aged}",
            "stars": "it has {} stars" if value != 1 else "it has {} star",
        }[trait].format(value)


BOOK = Kind("book", "books", (), (), "set", "written by", "with a {} cover", "a copy", "is {} years old")

KINDS = (
    Kind(
        "tea",
        "teas",
        ("smoky", "sweet", "bitter", "spicy", "flowery", "fresh"),
        ("light", "strong", "rich", "dry"),
        "blended",
        "sold by",
        "in a {} tin",
        "a tin",
        "has been on sale for {} years",
    ),
    Kind(
        "film",
        "films",
        ("funny", "sad", "eerie", "tender", "violent", "dreamy"),
        ("slow", "fast", "quiet", "long"),
        "shot",
        "made by",
        "with a {} poster",
        "a ticket",
        "is {} years old",
    ),
    Kind(
        "hike",
        "hikes",
        ("wild", "gentle", "lonely", "sunny", "rough", "grand"),
        ("short", "long", "winding", "easy"),
        "led",
        "guided by",
        "with {} signposts",
        "a person",
        "has been on offer for {} years",
    ),
    Kind(
        "song",
        "songs",
        ("lively", "soft", "sad", "jolly", "solemn", "dreamy"),
        ("short", "long", "simple", "odd"),
        "recorded",
        "written by",
        "in a {} sleeve",
        "a record",
        "is {} years old",
    ),
    Kind(
        "restaurant",
        "restaurants",
        ("cosy", "grand", "plain", "elegant", "rustic", "lively"),
        ("quiet", "small", "modern", "old"),
        "hidden",
        "run by",
        "with a {} door",
        "a meal",
        "has been open for {} years",
    ),
    Kind(
        "game",
        "games",
        ("clever", "silly", "tense", "jolly", "cruel", "peaceful"),
        ("short", "long", "simple", "odd"),
        "set",
        "designed by",
        "in a {} box",
        "a set",
        "is {} years old",
    ),
    Kind(
        "cottage",
        "cottages",
        ("cosy", "lonely", "gloomy", "plain", "romantic", "sunny"),
        ("small", "quiet", "old", "odd"),
        "built",
        "let by",
        "with a {} roof",
        "a night",
        "has been to let for {} years",
    ),
    Kind(
        "perfume",
        "perfumes",
        ("sweet", "spicy", "fresh", "warm", "smoky", "earthy"),
        ("light", "heavy", "subtle", "bold"),
        "mixed",
        "sold by",
        "in a {} bottle",
        "a sample",
        "has been on sale for {} years",
    ),
    Kind(
        "podcast",
        "podcasts",
        ("witty", "serious", "angry", "warm", "silly", "calm"),
        ("short", "long", "fast", "slow"),
        "recorded",
        "hosted by",
        "with a {} logo",
        "a month",
        "is {} years old",
    ),
    Kind(
        "painting",
        "paintings",
        ("dark", "bright", "gloomy", "tender", "wild", "cheerful"),
        ("small", "large", "simple", "bold"),
        "painted",
        "the work of",
        "in a {} frame",
        "a print",
        "is {} years old",
    ),
)


class Thing(NamedTuple):
    """One candidate: its name and its traits, in the order of :data:`TRAITS`."""

    name: str
    traits: tuple[str | int, ...]


#: Names of things at levels 1 to 3 say nothing of their traits.
FIRST_NAMES = """Copper Harbour Silver Winter Lantern Feather Marble Velvet Thunder Cedar Compass Amber Falcon Mirror Saffron Orchid
Willow Ribbon Anchor Crystal Walnut Paper Iron Meadow Clover Linen Pepper Ginger Saddle Button Candle Barley Walrus Pebble
Magnet Trumpet Cobalt Juniper Tulip Hazel""".split()
LAST_NAMES = """Gate Mist Lane Orchard Bell Bridge Crown Tower Garden Dance Journey Promise Letter Window Shadow Moon Harvest Road
Corner Whisper Wheel Nest Ladder Parade Mill Voyage Kettle Song Hollow Thread Market Chapel Signal Dream Festival Secret Arch Star
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


def invented_name(draw: Draw) -> str:
    """The name of a world's person."""
    return invented(draw, _ONSETS, _MIDDLES, _ENDINGS, real=_REAL)
