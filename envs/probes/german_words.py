"""Words of the first lessons of German, as the end of a sentence, from English and into English."""

from __future__ import annotations

from typing import NamedTuple

from clgym.envs.bilingual.meaning import Meaning
from clgym.envs.probes.base import Item
from clgym.envs.probes.sentences import FINISH, finish
from clgym.seeding import Draw

#: Other English words that are as right for the German ones.
ALSO = {
    "big": ("large", "tall", "great"),
    "small": ("little",),
    "beautiful": ("pretty", "nice", "lovely"),
    "bad": ("poor",),
    "clock": ("watch",),
    "story": ("history", "tale"),
    "city": ("town",),
    "cook": ("boil",),
    "wet": ("damp",),
    "find": ("think",),
    "run": ("walk",),
    "carry": ("wear",),
    "heavy": ("difficult", "hard"),
    "expensive": ("dear",),
    "high": ("tall",),
    "build": ("construct",),
    "stone": ("rock",),
    "forest": ("wood", "woods"),
    "woman": ("wife",),
    "man": ("husband",),
    "clean": ("tidy",),
    "cheap": ("inexpensive",),
    "ship": ("boat",),
    "child": ("kid",),
    "slow": ("slowly",),
    "good": ("well",),
    "thanks": ("thank you",),
    "hello": ("hi",),
    "please": ("you're welcome",),
    "bring": ("take",),
    "friend": ("boyfriend",),
}
#: Words of the first lessons: English, German (nouns with their article), then other German words that are as right.
FIRST_WORDS = """
house/das Haus; cat/die Katze; dog/der Hund; mother/die Mutter; father/der Vater; brother/der Bruder; sister/die Schwester;
son/der Sohn; daughter/die Tochter; child/das Kind; woman/die Frau; man/der Mann/der Mensch; girl/das Mädchen; boy/der
Junge/der Bub/der Knabe; king/der König; friend/der Freund/die Freundin; doctor/der Arzt/die Ärztin/der Doktor; teacher/der
Lehrer/die Lehrerin; book/das Buch; water/das Wasser; milk/die Milch; bread/das Brot; apple/der Apfel; fish/der Fisch;
bird/der Vogel; horse/das Pferd/das Ross; cow/die Kuh; bear/der Bär; mouse/die Maus; tree/der Baum; garden/der Garten; sun/die
Sonne; moon/der Mond; star/der Stern; mountain/der Berg; river/der Fluss; school/die Schule; church/die Kirche; city/die
Stadt; street/die Straße; bridge/die Brücke; castle/das Schloss/die Burg; car/das Auto/der Wagen; train/der Zug/die Bahn;
ship/das Schiff; bed/das Bett; table/der Tisch; chair/der Stuhl; door/die Tür; window/das Fenster; shoe/der Schuh; heart/das
Herz; foot/der Fuß; day/der Tag; night/die Nacht; hour/die Stunde; week/die Woche; month/der Monat; year/das Jahr; summer/der
Sommer; time/die Zeit; world/die Welt; life/das Leben; love/die Liebe; freedom/die Freiheit; peace/der Frieden/der Friede;
war/der Krieg; work/die Arbeit; money/das Geld; music/die Musik; language/die Sprache; Germany/Deutschland; Monday/Montag;
Friday/Freitag; Sunday/Sonntag; one/eins; two/zwei; three/drei; four/vier; five/fünf; ten/zehn; yes/ja; no/nein; thanks/danke;
please/bitte; good/gut; old/alt; new/neu; cold/kalt; big/groß; small/klein; beautiful/schön; red/rot; green/grün; blue/blau;
black/schwarz; white/weiß
"""
#: "The German word "Hund" means "dog" in German" is clumsy, and the word is known.
_LANGUAGES = (" in English", " in German")


class Exercise(NamedTuple):
    """``hint`` completes "Mind ..." without telling the answer; ``meaning`` is what a translation has to say.

    ``template`` is how a choice between two sentences is asked for, with a place for each.
    """

    hint: str
    meaning: Meaning | None = None
    template: str = ""


def first_word(draw: Draw) -> Item:
    """A word of the first lessons, as the end of a sentence."""
    meant, *translations = draw.choice(FIRST_WORDS.split(";")).strip().split("/")
    word, *others = (form for each in translations for form in dict.fromkeys((each.split()[-1], each)))
    return finish(FINISH, f'The German word for "{meant}" is', word, others, Exercise(f'the word for "{meant}"'))


def known_word(draw: Draw) -> Item:
    """The same words the other way round; those that both languages write alike are left out, for an echo would be right."""
    meant, *translations = draw.choice(FIRST_WORDS.split(";")).strip().split("/")
    word = draw.choice(translations).split()[-1]
    if word.casefold() == meant.casefold():
        return known_word(draw)
    articles = ("a", "an", "the") if " " in translations[0] else ()
    names = (meant, *ALSO.get(meant, ()))
    also = [*names[1:], *(f"{article} {name}" for name in names for article in articles)]
    return finish(FINISH, f'The German word "{word}" means', meant, also, Exercise(f'what "{word}" means'), _LANGUAGES)
