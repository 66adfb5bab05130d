"""Templates of English minimal pairs: two sentences that differ in one place, the first of them right.

``EASY`` and ``HARD`` map the name of a phenomenon to its :class:`Phenomenon`: what to look at, and a template that draws a
pair. The phenomena are those of every grammar of English; the templates and words were written for this suite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from clgym.seeding import Draw
from clgym.text.english import capital


class Pair(NamedTuple):
    """A sentence that every speaker accepts and one that none does."""

    right: str
    wrong: str


@dataclass(frozen=True)
class Phenomenon:
    """``hint`` completes "Look at ..." without telling which sentence is right."""

    hint: str
    pair: Callable[[Draw], Pair]


class _Noun(NamedTuple):
    one: str
    many: str


class _Verb(NamedTuple):
    base: str
    third: str
    past: str
    participle: str
    ing: str


def _nouns(text: str) -> tuple[_Noun, ...]:
    return tuple(_Noun(*word.split("/")) if "/" in word else _Noun(word, word + "s") for word in text.split())


def _verbs(text: str) -> tuple[_Verb, ...]:
    return tuple(_Verb(*word.split("/")) for word in text.split())


_MEN = _nouns("king man/men boy father brother son uncle prince grandfather nephew")
_WOMEN = _nouns("queen woman/women girl mother sister daughter aunt princess/princesses grandmother niece")
_PEOPLE = _MEN + _WOMEN + _nouns("teacher doctor farmer baker singer neighbour student painter soldier child/children")
_THINGS = _nouns("book letter chair lamp box/boxes basket cup hat coat key picture clock bottle hammer candle ring mirror coin")
_PLACES = "garden kitchen village forest school castle market library station harbour".split()
_ODD_PLURALS = (
    (_Noun("thief", "thieves"), "thiefs"),
    (_Noun("child", "children"), "childs"),
    (_Noun("foot", "feet"), "foots"),
    (_Noun("tooth", "teeth"), "tooths"),
    (_Noun("woman", "women"), "womans"),
    (_Noun("man", "men"), "mans"),
    (_Noun("shelf", "shelves"), "shelfs"),
    (_Noun("knife", "knives"), "knifes"),
    (_Noun("wolf", "wolves"), "wolfs"),
)
_ADJECTIVES = "old new red small beautiful heavy strange black round dirty expensive green".split()
_MOODS = "tired happy hungry famous angry brave ready late".split()
#: "More old" is said where two qualities are weighed, so the wrong comparative is the superlative.
_GRADED = tuple(
    word.split("/")
    for word in (
        "old/older/oldest small/smaller/smallest big/bigger/biggest young/younger/youngest tall/taller/tallest "
        "short/shorter/shortest fast/faster/fastest good/better/best bad/worse/worst"
    ).split()
)
_ACTS = _verbs(
    "sleep/sleeps/slept/slept/sleeping sing/sings/sang/sung/singing laugh/laughs/laughed/laughed/laughing "
    "work/works/worked/worked/working wait/waits/waited/waited/waiting swim/swims/swam/swum/swimming "
    "dance/dances/danced/danced/dancing"
)
_DOES = _verbs(
    "take/takes/took/taken/taking see/sees/saw/seen/seeing break/breaks/broke/broken/breaking "
    "choose/chooses/chose/chosen/choosing steal/steals/stole/stolen/stealing draw/draws/drew/drawn/drawing "
    "forget/forgets/forgot/forgotten/forgetting shake/shakes/shook/shaken/shaking hide/hides/hid/hidden/hiding "
    "throw/throws/threw/thrown/throwing"
)
#: Dictionaries know "has hid" and "has forgot", and many people say "has broke" and "has shook".
_ONE_PARTICIPLE = tuple(verb for verb in _DOES if verb.base not in ("hide", "forget", "break", "shake"))
_WEAK_FORMS = (
    ("took", "taked"),
    ("brought", "bringed"),
    ("bought", "buyed"),
    ("found", "finded"),
    ("sold", "selled"),
    ("caught", "catched"),
    ("broke", "breaked"),
    ("drew", "drawed"),
    ("forgot", "forgetted"),
    ("threw", "throwed"),
    ("held", "holded"),
)
_MEETS = "saw visited greeted helped called followed thanked".split()
_ADMIRES = "admired blamed praised hurt described trusted".split()


def _person(draw: Draw) -> str:
    return draw.choice(_PEOPLE).one


def _thing(draw: Draw) -> str:
    return draw.choice(_THINGS).one


def _two(draw: Draw) -> list[_Noun]:
    return draw.sample(_PEOPLE, 2)


def _by_number(draw: Draw, singular: str, plural: str) -> tuple[bool, str, str]:
    """Draw a number; then the form that agrees with it, and the one that does not."""
    many = draw.chance(0.5)
    return many, *((plural, singular) if many else (singular, plural))


# Easy: one local rule each.


def _agreement(draw: Draw) -> Pair:
    noun, verb, place = draw.choice(_PEOPLE), draw.choice(_ACTS), draw.choice(_PLACES)
    many, right, wrong = _by_number(draw, verb.third, verb.base)
    subject = noun.many if many else noun.one
    return Pair(f"The {subject} {right} in the {place}.", f"The {subject} {wrong} in the {place}.")


def _be(draw: Draw) -> Pair:
    noun, mood = draw.choice(_PEOPLE), draw.choice(_MOODS)
    many, right, wrong = _by_number(draw, *draw.choice((("is", "are"), ("was", "were"))))
    subject = noun.many if many else noun.one
    return Pair(f"The {subject} {right} very {mood}.", f"The {subject} {wrong} very {mood}.")


def _determiner(draw: Draw) -> Pair:
    noun = draw.choice(_THINGS)
    many, right, wrong = _by_number(draw, *draw.choice((("this", "these"), ("that", "those"))))
    rest = f"{noun.many if many else noun.one} from the {draw.choice(_PLACES)}"
    person = _person(draw)
    return Pair(f"The {person} wants {right} {rest}.", f"The {person} wants {wrong} {rest}.")


def _article(draw: Draw) -> Pair:
    word = draw.choice("apple egg onion umbrella elephant owl uncle table horse letter pear bridge king dog".split())
    right, wrong = ("an", "a") if word[0] in "aeiou" else ("a", "an")
    start = f"The {_person(draw)} {draw.choice(('saw', 'found', 'needed', 'painted'))}"
    return Pair(f"{start} {right} {word}.", f"{start} {wrong} {word}.")


def _reflexive(draw: Draw) -> Pair:
    male = draw.chance(0.5)
    noun, verb = draw.choice(_MEN if male else _WOMEN).one, draw.choice(_ADMIRES)
    right, wrong = ("himself", "herself") if male else ("herself", "himself")
    place = draw.choice(_PLACES)
    return Pair(f"The {noun} {verb} {right} in the {place}.", f"The {noun} {verb} {wrong} in the {place}.")


def _pronoun(draw: Draw) -> Pair:
    subject, object_ = draw.choice((("he", "him"), ("she", "her"), ("they", "them"), ("we", "us"), ("I", "me")))
    noun, verb = _person(draw), draw.choice(_MEETS)
    if draw.chance(0.5):
        return Pair(f"The {noun} {verb} {object_} yesterday.", f"The {noun} {verb} {subject} yesterday.")
    first, other = map(capital, (subject, object_))
    return Pair(f"{first} {verb} the {noun} yesterday.", f"{other} {verb} the {noun} yesterday.")


def _past(draw: Draw) -> Pair:
    right, wrong = draw.choice(_WEAK_FORMS)
    noun, thing = _person(draw), _thing(draw)
    return Pair(f"The {noun} {right} the {thing} yesterday.", f"The {noun} {wrong} the {thing} yesterday.")


def _participle(draw: Draw) -> Pair:
    noun, verb, thing = _person(draw), draw.choice(_ONE_PARTICIPLE), _thing(draw)
    return Pair(f"The {noun} has {verb.participle} the {thing}.", f"The {noun} has {verb.past} the {thing}.")


def _comparative(draw: Draw) -> Pair:
    first, second = _two(draw)
    _, right, wrong = draw.choice(_GRADED)
    return Pair(f"The {first.one} is {right} than the {second.one}.", f"The {first.one} is {wrong} than the {second.one}.")


def _question(draw: Draw) -> Pair:
    noun, verb, place = _person(draw), draw.choice(_ACTS), draw.choice(_PLACES)
    return Pair(f"Does the {noun} {verb.base} in the {place}?", f"Does the {noun} {verb.third} in the {place}?")


def _modal(draw: Draw) -> Pair:
    noun, verb, modal = _person(draw), draw.choice(_DOES), draw.choice("can must should will may".split())
    thing = _thing(draw)
    return Pair(f"The {noun} {modal} {verb.base} the {thing}.", f"The {noun} {modal} {verb.third} the {thing}.")


def _odd_plural(draw: Draw) -> Pair:
    noun, wrong = draw.choice(_ODD_PLURALS)
    start = f"The {_person(draw)} drew {draw.choice('two three four five six'.split())}"
    return Pair(f"{start} {noun.many}.", f"{start} {wrong}.")


def _adjective_order(draw: Draw) -> Pair:
    noun, adjective, mood = _person(draw), draw.choice("old small young beautiful strange tall".split()), draw.choice(_MOODS)
    return Pair(f"The {adjective} {noun} is {mood}.", f"The {noun} {adjective} is {mood}.")


def _negation(draw: Draw) -> Pair:
    noun, verb, thing = _person(draw), draw.choice(_DOES), _thing(draw)
    return Pair(f"The {noun} does not {verb.base} the {thing}.", f"The {noun} not {verb.third} the {thing}.")


def _infinitive(draw: Draw) -> Pair:
    noun, verb, thing = _person(draw), draw.choice(_DOES), _thing(draw)
    start = f"The {noun} {draw.choice(('wants', 'tries', 'hopes'))} to"
    return Pair(f"{start} {verb.base} the {thing}.", f"{start} {verb.ing} the {thing}.")


def _amount(draw: Draw) -> Pair:
    person = _person(draw)
    if draw.chance(0.5):
        thing = draw.choice("water milk rice sand bread money snow".split())
        return Pair(f"The {person} has too much {thing}.", f"The {person} has too many {thing}.")
    things = draw.choice(_THINGS).many
    return Pair(f"The {person} has too many {things}.", f"The {person} has too much {things}.")


# Hard: the place where the sentences differ hangs on something far away or on structure.


def _attractor(draw: Draw) -> Pair:
    head, other = draw.sample(_THINGS, 2)
    many, right, wrong = _by_number(draw, "is", "are")
    subject, lure = (head.many, other.one) if many else (head.one, other.many)
    start = f"The {subject} {draw.choice(('near', 'behind', 'under', 'beside'))} the {lure}"
    end = f"{draw.choice('old new red black dirty expensive green'.split())}."
    return Pair(f"{start} {right} {end}", f"{start} {wrong} {end}")


def _across_clause(draw: Draw) -> Pair:
    head, other = draw.sample(_PEOPLE, 2)
    many, right, wrong = _by_number(draw, "was", "were")
    subject, lure = (head.many, other.one) if many else (head.one, other.many)
    start, end = f"The {subject} that the {lure} {draw.choice(_MEETS)}", f"{draw.choice(_MOODS)}."
    return Pair(f"{start} {right} {end}", f"{start} {wrong} {end}")


def _ever(draw: Draw) -> Pair:
    noun, act = _person(draw), draw.choice(_DOES)
    rest = f"{noun} has ever {act.participle} the {_thing(draw)}."
    return Pair(f"No {rest}", f"{draw.choice(('The', 'This', 'That'))} {rest}")


def _ever_in_scope(draw: Draw) -> Pair:
    first, second = _two(draw)
    verb, act, place = draw.choice(_MEETS), draw.choice(_ACTS).participle, draw.choice(_PLACES)
    end = f"has ever {act} in the {place}."
    return Pair(f"No {first.one} that the {second.one} {verb} {end}", f"The {first.one} that no {second.one} {verb} {end}")


def _wh_island(draw: Draw) -> Pair:
    first, second = _two(draw)
    act = draw.choice(_DOES).past
    found = f"What did the {first.one} find out"
    return Pair(f"{found} that the {second.one} {act}?", f"{found} who the {second.one} {act}?")


def _noun_island(draw: Draw) -> Pair:
    first, second = _two(draw)
    start, act = f"Which {_thing(draw)} did the {first.one} believe", draw.choice(_DOES).past
    noun = draw.choice(("claim", "story", "rumour"))
    return Pair(f"{start} that the {second.one} {act}?", f"{start} the {noun} that the {second.one} {act}?")


def _adjunct_island(draw: Draw) -> Pair:
    first, second = _two(draw)
    start, act = f"Which {_thing(draw)} did the {first.one}", draw.choice(_DOES).past
    # None of these verbs takes an object: it would leave a second gap, and a parasitic one is English.
    adjunct = f"{draw.choice(('laugh', 'sleep', 'arrive'))} {draw.choice(('after', 'because', 'before'))}"
    return Pair(f"{start} think that the {second.one} {act}?", f"{start} {adjunct} the {second.one} {act}?")


def _coordination_island(draw: Draw) -> Pair:
    person, (first, second) = _person(draw), draw.sample(_THINGS, 2)
    act = draw.choice(_DOES).base
    return Pair(f"What did the {person} {act} with the {first.one}?", f"What did the {person} {act} the {second.one} and?")


def _far_reflexive(draw: Draw) -> Pair:
    male = draw.chance(0.5)
    head, lure = draw.choice(_MEN if male else _WOMEN).one, draw.choice(_WOMEN if male else _MEN).one
    right, wrong = ("himself", "herself") if male else ("herself", "himself")
    start = f"The {head} that the {lure} {draw.choice(_MEETS)} {draw.choice(_ADMIRES)}"
    return Pair(f"{start} {right}.", f"{start} {wrong}.")


def _subject_question(draw: Draw) -> Pair:
    """Not "Who did she say that took it?": some speakers accept that."""
    person = _person(draw)
    verb, past = draw.choice((("say", "said"), ("think", "thought"), ("believe", "believed")))
    rest = f"{draw.choice(_DOES).past} the {_thing(draw)}?"
    return Pair(f"Who did the {person} {verb} {rest}", f"Who did the {person} {past} {rest}")


def _inversion(draw: Draw) -> Pair:
    adverb, noun, act = draw.choice(("Never", "Rarely", "Seldom")), _person(draw), draw.choice(_DOES)
    end = f"{act.participle} such a {draw.choice(_ADJECTIVES[1:5])} {_thing(draw)}."
    return Pair(f"{adverb} has the {noun} {end}", f"{adverb} the {noun} has {end}")


def _tag(draw: Draw) -> Pair:
    male = draw.chance(0.5)
    noun, pronoun = draw.choice(_MEN if male else _WOMEN).one, "he" if male else "she"
    start = f"The {noun} {draw.choice(_ACTS).third} in the {draw.choice(_PLACES)}"
    return Pair(f"{start}, doesn't {pronoun}?", f"{start}, isn't {pronoun}?")


def _complement(draw: Draw) -> Pair:
    act, noun, thing = draw.choice(_DOES), _person(draw), _thing(draw)
    if draw.chance(0.5):
        start = f"The {noun} {draw.choice(('avoided', 'enjoyed', 'denied', 'practised'))}"
        return Pair(f"{start} {act.ing} the {thing}.", f"{start} to {act.base} the {thing}.")
    start = f"The {noun} {draw.choice(('decided', 'refused', 'hoped', 'agreed'))}"
    return Pair(f"{start} to {act.base} the {thing}.", f"{start} {act.ing} the {thing}.")


def _raising(draw: Draw) -> Pair:
    noun, act, place = _person(draw), draw.choice(_ACTS).base, draw.choice(_PLACES)
    right, wrong = draw.choice(("likely", "certain", "sure")), draw.choice(("probable", "possible"))
    return Pair(f"The {noun} is {right} to {act} in the {place}.", f"The {noun} is {wrong} to {act} in the {place}.")


def _partitive(draw: Draw) -> Pair:
    start, end = f"of the {draw.choice(_THINGS).many} in the {draw.choice(_PLACES)}", f"{draw.choice(_ADJECTIVES)}."
    many, right, wrong = _by_number(draw, "is", "are")
    quantity = draw.choice(("Both", "Most", "Three")) if many else draw.choice(("One", "Only one", "Just one"))
    return Pair(f"{quantity} {start} {right} {end}", f"{quantity} {start} {wrong} {end}")


def _there_is(draw: Draw) -> Pair:
    rest = f"{draw.choice(_THINGS).one} in the {draw.choice(_PLACES)}."
    right, wrong = draw.choice(("a new", "no", "only one")), draw.choice(("every", "each"))
    return Pair(f"There is {right} {rest}", f"There is {wrong} {rest}")


def _resumptive(draw: Draw) -> Pair:
    male = draw.chance(0.5)
    noun, pronoun = draw.choice(_MEN if male else _WOMEN).one, "him" if male else "her"
    start, end = f"The {noun} that the {_person(draw)} {draw.choice(_MEETS)}", f"was {draw.choice(_MOODS)}."
    return Pair(f"{start} {end}", f"{start} {pronoun} {end}")


def _no_passive(draw: Draw) -> Pair:
    noun, place = _person(draw), draw.choice(_PLACES)
    right = draw.choice("seen found taken hidden chosen".split())
    wrong = draw.choice("arrived slept laughed existed appeared".split())
    return Pair(f"The {noun} was {right} in the {place}.", f"The {noun} was {wrong} in the {place}.")


def _equality(draw: Draw) -> Pair:
    first, second = _two(draw)
    start = f"The {first.one} is not as {draw.choice(_GRADED)[0]}"
    return Pair(f"{start} as the {second.one}.", f"{start} than the {second.one}.")


EASY: Mapping[str, Phenomenon] = MappingProxyType(
    {
        "subject and verb": Phenomenon("whether the verb agrees with its subject", _agreement),
        "forms of be": Phenomenon('whether the form of "be" agrees with its subject', _be),
        "determiner and noun": Phenomenon("whether the determiner and its noun agree in number", _determiner),
        "a and an": Phenomenon("the sound that follows the article", _article),
        "reflexive": Phenomenon("whom the reflexive pronoun stands for", _reflexive),
        "pronoun case": Phenomenon("whether the pronoun is subject or object", _pronoun),
        "irregular past": Phenomenon("the past tense of an irregular verb", _past),
        "participle": Phenomenon('the verb form that follows "has"', _participle),
        "comparative": Phenomenon("how a short adjective is compared", _comparative),
        "question": Phenomenon('the verb form in a question with "does"', _question),
        "modal": Phenomenon("the verb form that follows a modal verb", _modal),
        "irregular plural": Phenomenon("the plural of an irregular noun", _odd_plural),
        "adjective order": Phenomenon("where the adjective stands", _adjective_order),
        "negation": Phenomenon("how a verb is negated", _negation),
        "infinitive": Phenomenon('the verb form that follows "to"', _infinitive),
        "much and many": Phenomenon("whether the noun can be counted", _amount),
    }
)

HARD: Mapping[str, Phenomenon] = MappingProxyType(
    {
        "agreement past an attractor": Phenomenon("which noun is the head of the subject", _attractor),
        "agreement past a clause": Phenomenon("which noun the main verb belongs to", _across_clause),
        "negative polarity": Phenomenon('what allows the word "ever"', _ever),
        "scope of negation": Phenomenon('whether the negation reaches the word "ever"', _ever_in_scope),
        "question out of a question": Phenomenon("which place the question word was taken from", _wh_island),
        "question out of a noun phrase": Phenomenon("which clause the question word was taken from", _noun_island),
        "question out of an adjunct": Phenomenon("which clause the question phrase was taken from", _adjunct_island),
        "question out of a coordination": Phenomenon("the gap that the question word leaves", _coordination_island),
        "reflexive past a clause": Phenomenon("who the subject of the main verb is", _far_reflexive),
        "question for a subject": Phenomenon('the verb form that follows "did" and its subject', _subject_question),
        "inversion": Phenomenon("the word order after a negative adverb", _inversion),
        "question tag": Phenomenon("which auxiliary the tag takes up", _tag),
        "complement": Phenomenon("the verb form that the main verb asks for", _complement),
        "raising": Phenomenon("whether the adjective lets a person be its subject", _raising),
        "partitive": Phenomenon("how many things are spoken of", _partitive),
        "there with a quantifier": Phenomenon('which nouns may follow "there is"', _there_is),
        "resumptive pronoun": Phenomenon("the gap in the relative clause", _resumptive),
        "passive": Phenomenon("whether the verb has a passive", _no_passive),
        "equality": Phenomenon('the word that goes with "as"', _equality),
    }
)
