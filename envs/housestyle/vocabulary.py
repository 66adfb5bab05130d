"""What words of the facts may be replaced by, and what turns a fact round: the little that a reader of meanings has to know."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from clgym.envs.housestyle import clauses
from clgym.envs.housestyle.catalogue import GOODS, GOODS_GERMAN, PEOPLE
from clgym.envs.housestyle.figures import DAYS, DIGITS, MONTHS, ORDINALS

#: Words that hold sentences together; what they say is said by their neighbours.
LIGHT = frozenset(
    (
        "a an the this that these those there here's it its it's they them their he she his her him we us our you your i my me one ones "
        "is are was were be been being am has have had having do does did will would shall can may should must let lets "
        "in on at of for to by with from as into onto about up out off over and or but so also too then than which who whom whose "
        "where when while if both very please kindly make made get got go goes going come comes need needs take takes place event "
        "people everyone everybody all any some more just well right under per via around ready thing things itself themselves "
        "der die das den dem des ein eine einen einem einer eines ist sind war waren wird werden sein hat haben hatte im in am um an "
        "auf für fürs mit bei zu zum zur von vom und oder wir sie es er ihr ihre unser unsere unseren uns sich bitte alle man dort da "
        "dazu auch so wie aus bis ab nach gibt findet statt steht stehen unter über wegen ohne jetzt sehr"
    ).split()
)
#: Words that deny. A fact may hold one of its own.
NEGATORS = frozenset(
    (
        "not no never none nobody nothing nowhere neither nor without cannot cant wont dont doesnt isnt arent wasnt werent didnt "
        "hasnt havent shouldnt wouldnt couldnt mustnt neednt aint hardly scarcely barely rarely seldom nought nix "
        "nicht kein keine keinen keinem keiner keines nie niemals nichts niemand niemanden ohne weder nirgends nirgendwo kaum"
    ).split()
)
#: Words that take back, or leave open, what is said.
DOUBTS = frozenset(
    (
        "false untrue lie lies wrong incorrect mistaken myth rumour rumor rumours rumors rumoured hoax denied deny denies cancelled "
        "canceled cancel cancels called-off refuse refuses refused stop stops stopped cease ceases ceased fail fails failed instead allegedly "
        "supposedly reportedly maybe possibly perhaps might doubt doubts doubtful unlikely impossible unless except opposite contrary "
        "forbidden banned prohibited avoid avoids lacks lack refrain exclude excluded hypothetically pretend "
        "falsch gelogen lüge gerücht abgesagt vielleicht angeblich womöglich eventuell möglicherweise sondern entfällt unwahr"
    ).split()
)
#: Small words that make another fact of one in which they do not stand.
TURNING = frozenset("after since past last next previous without despite nach seit letzte letzten nächste nächsten".split())
#: Turns of phrase with a word that denies in which nothing is denied.
_IDIOMS = re.compile(
    r"\b(?:do not|don'?t|never) (?:miss|forget|hesitate)(?: (?:to|it|out|that))?\b|\bnot to be missed\b|\bno later than\b|\bnot only\b"
    r"|\bno fewer than\b|\bnone other than\b|\bno less than\b|\bwhy not\b|\bnot least\b|\bnicht vergessen\b|\bnicht nur\b"
)
#: Words for a subject that has been named.
PRONOUNS = frozenset(
    "it its it's this that they them these those their ones event occasion er sie es dies dieser diese dieses ihn ihm ihr".split()
)
#: Other things, people, days and events than those of a document change what it says.
NOUNS = frozenset(
    [
        *clauses.THINGS,
        *(thing.removesuffix("s") for thing in clauses.THINGS),
        *clauses.EVENTS,
        *clauses.SHORT_EVENTS,
        *GOODS,
        *map(str.lower, GOODS_GERMAN),
        *(event.split()[1].lower() for event in clauses.GERMAN_EVENTS),
        *map(str.lower, clauses.TOWNS),
        *(value["first"].lower() for value in PEOPLE[0].values()),
        *(value["last"].lower() for value in PEOPLE[0].values()),
        *(name.lower() for names in MONTHS for name in names),
        *(name.lower() for names in DAYS for name in names),
        *"noon midday midnight tomorrow yesterday mittag mitternacht gestern".split(),
    ]
) - frozenset(
    "may march mar course play show home talk walk class sale camp run launch opening stone park wood banks reading visit ball film sun tickets ticket".split()
)
#: What numbers are called.
NUMBER_WORDS = frozenset(
    (
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
        "thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen half quarter twice thrice double "
        "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig hundert tausend dutzend"
    ).split()
) | frozenset(ORDINALS[1:])
_VALUE_OF = {word: str(number) for number, word in enumerate(DIGITS, 2)}
_IRREGULAR = {
    "children": "child",
    "rose": "rise",
    "risen": "rise",
    "fell": "fall",
    "fallen": "fall",
    "drew": "draw",
    "drawn": "draw",
    "began": "begin",
    "begun": "begin",
    "won": "win",
    "led": "lead",
    "held": "hold",
    "kept": "keep",
    "brought": "bring",
    "sent": "send",
    "took": "take",
    "taken": "taken",
    "ran": "run",
    "told": "tell",
    "gave": "give",
    "came": "come",
    "went": "go",
    "sold": "sell",
    "shown": "show",
    "wore": "wear",
    "lent": "lend",
    "fed": "feed",
    "knows": "know",
    "knew": "know",
    "written": "write",
    "grew": "grow",
    "carefully": "care",
    "careful": "care",
    "weight": "weigh",
    "news": "news",
}


@cache
def stem(word: str) -> str:
    """A word without its ending: crude, and the same for what is compared.

    >>> stem("lasts"), stem("lasting"), stem("carries"), stem("stopped")
    ('last', 'last', 'carry', 'stop')
    """
    word = word.removesuffix("'s")
    word = _IRREGULAR.get(word, word)
    if word == "news":
        return word
    for ending, put in (("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ly", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + put
            break
    else:
        if word.endswith("es") and len(word) > 4 and word[-3] in "sxzh":
            word = word[:-2]
        elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


class Entry(NamedTuple):
    """The stems of what says the same as a word, and of what says something else."""

    same: frozenset[str]
    other: frozenset[str]


@cache
def entries() -> dict[str, Entry]:
    """What the table says of a stem, from every line that the word heads or stands in."""
    found: dict[str, Entry] = {}
    for line in (Path(__file__).parent / "vocabulary.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        same, _, other = line.partition("!")
        words = [stem(word) for part in same.split() for word in part.split("-")[:1]]
        head = same.split()[0] if same.split()[0].endswith(":") else words[0]
        before = found.get(head, Entry(frozenset(), frozenset()))
        found[head] = Entry(before.same | set(words), before.other | set(map(stem, other.split())))
    return found


def same(word: str) -> frozenset[str]:
    """The stems that say what a stem says."""
    entry = entries().get(word)
    return entry.same if entry else frozenset((word,))


def opposed(word: str) -> frozenset[str]:
    """The stems that say something else than a stem, where it would stand."""
    entry = entries().get(word)
    return entry.other - entry.same if entry else frozenset()


def without_idioms(text: str) -> str:
    """A text (small letters) in which what only looks like a denial is blanked, every place kept."""
    return _IDIOMS.sub(lambda match: " " * len(match.group()), text) if "n" in text else text


def denies(word: str) -> bool:
    """Whether a word (small letters) denies what is said."""
    return word in NEGATORS or word.endswith("n't") or word.replace("'", "") in NEGATORS


def kind_of_denial(word: str) -> str:
    """What a word denies: a person, a thing, or what is said; "free" where it says that nothing is paid, "" where it denies nothing.

    >>> kind_of_denial("nobody"), kind_of_denial("don't"), kind_of_denial("free"), kind_of_denial("chair")
    ('person', 'all', 'free', '')
    """
    if word in ("free", "gratis", "kostenlos"):
        return "free"
    if not denies(word):
        return ""
    return {"nobody": "person", "none": "person", "niemand": "person", "nothing": "free", "nichts": "free"}.get(word, "all")


def number_of(word: str) -> str:
    """How a number is compared, whether figures or a word: "" where it is none."""
    if word[:1].isdigit() or any(map(str.isdigit, word)):
        return word
    return _VALUE_OF.get(word, word) if word in NUMBER_WORDS else ""
