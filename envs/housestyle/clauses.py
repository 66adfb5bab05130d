"""What documents say: clauses with slots for matters of style ({date}) and for words of the occasion ({event}, {thing})."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

#: Subjects of documents: a description and an event. Their pairs keep the queries of a world apart.
KINDS = (
    "spring summer autumn winter annual village city harbour garden family youth music book film food craft art science "
    "history sports open-air charity river mountain market museum library railway theatre village-hall neighbourhood "
    "weekend midweek midsummer welcome farewell members' beginners' children's school college hospital orchard forest island "
    "bridge castle mill lighthouse vineyard stadium station chapel pottery sailing cycling chess gardening cooking photography"
).split()
EVENTS = (
    "fair party tour walk class talk show parade picnic concert workshop festival exhibition auction rehearsal reunion "
    "breakfast lunch dinner race quiz contest camp course lecture seminar screening tasting sale reception ceremony trip "
    "performance competition celebration demonstration presentation gala matinee jubilee regatta bazaar banquet raffle "
    "training briefing audition recital debate symposium congress convention pageant tournament championship marathon "
    "relay hike excursion visit launch opening preview première"
).split()
#: The events of level 0 and their German names with the article; every phrase that follows "is" fits them.
SHORT_EVENTS = (
    "fair market party concert tour class talk show race sale lunch dinner workshop parade quiz festival picnic course "
    "camp exam play match trip ball contest hike auction film feast debate reading dance"
).split()
GERMAN_EVENTS = (
    "die Messe",
    "der Markt",
    "die Feier",
    "das Konzert",
    "die Führung",
    "der Unterricht",
    "der Vortrag",
    "die Vorstellung",
    "das Rennen",
    "der Verkauf",
    "das Mittagessen",
    "das Abendessen",
    "der Workshop",
    "der Umzug",
    "das Quiz",
    "das Festival",
    "das Picknick",
    "der Kurs",
    "das Lager",
    "die Prüfung",
)
THINGS = (
    "chairs tables boxes lamps ladders tents plants bottles baskets blankets brushes candles cups plates ropes tickets"
).split()

#: Level 0: where and when an event is, in this order, and what else there is to say of it.
_PLACED: Mapping[str, str] = {
    "weekday": "on {weekday}",
    "date": "on {date}",
    "time": "at {time}",
    "room": "in {room}",
    "building": "at the {building}",
    "person": "with {person}",
    "served": "for our {served}",
}
_VERBAL: Mapping[str, str] = {"duration": "lasts {duration}", "series": "has {series}", "money": "costs {money}"}
#: The same in notes without a verb, in English and in German.
_NOTED: Mapping[str, str] = {**_PLACED, "duration": "{duration}", "series": "with {series}", "money": "{money}"}
_NOTED_GERMAN: Mapping[str, str] = {
    "weekday": "am {weekday}",
    "date": "am {date}",
    "time": "um {time}",
    "room": "in {room}",
    "person": "mit {person}",
    "served": "für unsere {served}",
    "duration": "Dauer {duration}",
    "series": "dazu {series}",
    "money": "Eintritt {money}",
}
#: The order of these matters in a line.
SHORT_ORDER = (*_NOTED, "dash")
#: How notes open, by kind.
NOTES = {"poster": "come to the {event}", "reminder": "remember the {event}", "sign": "this way to the {event}"}
#: Towns tell German events apart.
TOWNS = (
    "Ulm Bonn Trier Jena Halle Kiel Mainz Gera Celle Emden Soest Worms Fulda Goslar Husum Lindau Passau Weimar Wismar Speyer "
    "Rostock Bamberg Dessau Kassel Krefeld Marburg Minden Neuss Potsdam Ratzeburg"
).split()


def message(names: Sequence[str]) -> str:
    """A clause about an event with a slot for each of the matters: "the {event} is on {date} and costs {money}"."""
    placed = [phrase for name, phrase in _PLACED.items() if name in names]
    verbal = [phrase for name, phrase in _VERBAL.items() if name in names]
    return "the {event} " + " and ".join([" ".join(["is", *placed])] * bool(placed) + verbal) + _break(names, "bring {thing}")


def noted(kind: str, names: Sequence[str]) -> str:
    """The same as a poster, a reminder or a sign: "remember the {event}: on {date}, {money}"."""
    phrases = ", ".join(phrase for name, phrase in _NOTED.items() if name in names)
    return f"{NOTES[kind]}: {phrases}{_break(names, 'bring {thing}')}"


def noted_german(names: Sequence[str]) -> str:
    """The same in German: "{event}: am {date}, Eintritt {money}"."""
    phrases = ", ".join(phrase for name, phrase in _NOTED_GERMAN.items() if name in names)
    opening = f"{{event}}: {phrases}" if phrases else "{event} fällt nicht aus"
    return opening + _break(names, "bitte pünktlich")


def _break(names: Sequence[str], after: str) -> str:
    return "{dash}" + after if "dash" in names else ""


CLAUSES: Sequence[str] = (
    "the {event} is on {date}",
    "the {event} moves to {date}",
    "we expect you at the {event} on {date} at {time}",
    "the {event} is on {weekday} at {time}",
    "the gates open at {time} on {weekday}",
    "the {event} falls on a {weekday} this year",
    "the {event} takes place in {room}",
    "drinks are served in {room} after the {event}",
    "the lights of {room} stay on until {time}",
    "a ticket for the {event} costs {money}",
    "the {thing} cost {money} in all",
    "we ask for {money} by {date}",
    "attendance at the {event} rose by {percent}",
    "the price of the {thing} fell by {percent}",
    "the {event} needs {number} {thing}",
    "bring {number} {thing} to the {building}",
    "{number} {thing} were left behind",
    "the {event} drew {thousands} people",
    "we printed {thousands} leaflets for the {event}",
    "the {event} is {distance} from the station",
    "the route of the {event} runs for {distance} along the river",
    "the {thing} weigh {weight} together",
    "the {event} used up {weight} of flour",
    "the {event} hall is heated to {temperature} all day",
    "keep the {thing} below {temperature} at all times",
    "the {event} lasts {duration} with a break",
    "the work takes {duration} of one day",
    "see pages {range} for the {event}",
    "the {event} is open to children aged {range} only",
    "call {phone} about the {event}",
    "the {thing} can be hired at {phone} today",
    "{fraction} of the seats at the {event} are taken",
    "{fraction} of the {thing} are gone",
    "the {event} won a score of {decimal} out of 20",
    "each of the {thing} is {decimal} metres long",
    "the {event} is on the {ordinal} floor",
    "the {ordinal} row at the {event} is reserved",
    "the plan of the {event} is on {page} of the guide",
    "the {thing} are listed on {page} of the guide",
    "the guide to the {event} is now at {version} online",
    "please install {version} before the {event}",
    "the {event} has room for {about} guests",
    "we need {about} {thing} by noon",
    "the {event} drew {over} helpers",
    "we have {over} {thing} in store",
    "the {event} began in the {decade} as a joke",
    "the {thing} date from the {decade} or later",
    "ask {person} about the {event}",
    "the {event} is led by {person} this year",
    "the {thing} belong to {person} and nobody else",
    "write to {email} about the {event}",
    "send the list of {thing} to {email} today",
    "tickets for the {event} are sold at {website} only",
    "the {thing} are shown at {website} in colour",
    "the {event} is for our {served}",
    "our {served} get the {thing} for nothing",
    "the {event} is run by the {employed}",
    "our {employed} carry the {thing} upstairs",
    "the {event} follows the {gathering} of the day",
    "the {gathering} is about the {thing}",
    "the {event} is held at the {building}",
    "leave the {thing} at the {building} tonight",
    "tell the {leader} about the {event}",
    "the {leader} keeps the {thing} locked up",
    "a {vehicle} is parked behind the {event}",
    "the {vehicle} with the {thing} is late",
    "the {payment} for the {event} is attached",
    "the {payment} for the {thing} is attached",
    "you can {buy} tickets for the {event} here",
    "we will {buy} more {thing} soon",
    "at the {event} all may {use} the new tools",
    "you can {use} the old {thing} again",
    "two doctors {help} us at the {event}",
    "volunteers {help} us with the {thing}",
    "the {event} {begin} at noon",
    "the count of the {thing} {begin} early",
    "the {event} {finish} at midnight",
    "the count of the {thing} {finish} late",
    "we {inform} everybody of the {event}",
    "we {inform} the owners of the {thing} first",
    "we {repair} the stage before the {event}",
    "we {repair} broken {thing} on the spot",
    "answer {soon} if the {event} suits you",
    "return the {thing} {soon} and dry",
    "the programme of the {event} comes by {mail} tonight",
    "send the list of {thing} by {mail} only",
    "the {event} is late {because} the weather",
    "the {thing} are wet {because} the rain",
    "the {event} has games{example} dominoes",
    "we lend out tools{example} hammers",
    "{thanks} for your help with the {event}",
    "{thanks} for bringing the {thing} back",
    "for the {event} {must} wear a badge",
    "{must} count the {thing} twice",
    "at the {event} {dont} feed the ducks",
    "{dont} stack the {thing} outside",
    "{please}tell your friends about the {event}",
    "{please}bring the {thing} back clean",
    "the {event} is {very}popular",
    "the {thing} are {very}heavy",
    "the {event} is {hedge}sold out",
    "the {thing} are {hedge}lost",
    "the guests of the {event} know that the boat {future} at noon",
    "the boat with the {thing} {future} at noon",
    "before the {event} {voice}",
    "{voice} every night",
    "{season} as at every {event}",
    "{season} for once",
    "at the {event} we {spelling} with care",
    "on rainy days we {spelling} indoors",
    "the {event} is on again{dash}all are welcome",
    "the {thing} are back{dash}handle them with care",
    "the {event} offers {series}",
    "we still need {series} for the {event}",
    "the kitchen has {series} left",
    "the {event} serves {pair}",
    "there will be {pair} for everybody",
    "the band plays {quotes} at the {event}",
    "the book club reads {quotes} next",
    "the {event} goes ahead {aside} as planned",
    "the {thing} stay outside {aside} as a rule",
    "the news about the {event} is {emphasis} and public",
    "the list of {thing} is {emphasis} from today",
)
#: For documents none of whose matters has a clause about the event.
PLAIN_CLAUSES = ("the {event} goes ahead as planned", "the {event} is coming", "all are welcome at the {event}")
LIST_ITEMS = tuple(f"{verb} the {thing}" for verb in ("count", "clean", "move", "check") for thing in THINGS)

GERMAN_CLAUSES: Sequence[str] = (
    "{event} beginnt am {date} um {time}",
    "{event} findet am {date} statt",
    "{event} ist am {weekday} um {time} vorbei",
    "{event} ist erst am {weekday} zu Ende",
    "{event} findet in {room} statt",
    "{event} kostet {money} für Gäste",
    "{event} wird um {percent} teurer",
    "{event} braucht {number} Helfer",
    "{event} hatte {thousands} Besucher",
    "{event} ist {distance} vom Bahnhof entfernt",
    "für {event_acc} brauchen wir {weight} Mehl",
    "{event} findet bei {temperature} im Freien statt",
    "{event} dauert {duration} ohne Pause",
    "mehr dazu steht auf den Seiten {range} im Heft",
    "Fragen beantworten wir unter {phone} gern",
    "das Programm steht auf {page} im Heft",
    "der Plan liegt jetzt als {version} vor",
    "{event} bietet Platz für {about} Gäste",
    "{event} hatte {over} Helfer",
    "sprechen Sie mit {person} über die Plätze",
    "schreiben Sie an {email} wegen der Plätze",
    "Karten gibt es unter {website} im Netz",
    "{event} ist für unsere {served} gedacht",
    "{event} fällt nicht aus{dash}alle sind willkommen",
    "{event} bietet {series}",
    "es gibt {pair} für alle",
    "die Kapelle spielt {quotes} zum Schluss",
    "die Liste kommt als {mail} zu Ihnen",
)
GERMAN_PLAIN = "{event} findet wie geplant statt"
GERMAN_ITEMS = (
    "Stühle zählen",
    "Tische putzen",
    "Lampen prüfen",
    "Kisten tragen",
    "Zelte trocknen",
    "Seile aufrollen",
    "Teller spülen",
    "Pflanzen gießen",
    "Karten sortieren",
    "Decken falten",
    "Körbe leeren",
    "Leitern holen",
)

_SLOT = re.compile(r"\{(\w+)\}")


@cache
def slots(clause: str) -> tuple[str, ...]:
    """The names in braces, in order."""
    return tuple(_SLOT.findall(clause))


@lru_cache(maxsize=10_000)
def pieces(clause: str) -> tuple[str, ...]:
    """Text and names in turn: text at even places, names at odd ones."""
    return tuple(_SLOT.split(clause))


@cache
def about(name: str, german: bool = False, event: bool = False) -> tuple[str, ...]:
    """The clauses with a slot of that name; with ``event``, those that name the event too."""
    source = GERMAN_CLAUSES if german else CLAUSES
    return tuple(one for one in source if name in slots(one) and (not event or "event" in slots(one)))
