"""What a document tells is read by its meaning: any order, any wording, and nothing denied, altered or added."""

from __future__ import annotations

import pytest

from clgym.envs.housestyle import judge
from clgym.envs.housestyle.assembly import Assembly
from clgym.envs.housestyle.catalogue import MATTERS
from clgym.envs.housestyle.document import Document, free

VALUES = {
    "date": {"d": "23", "month": "October"},
    "time": {"h": "1", "ap": "pm"},
    "money": {"n": "35"},
    "room": {"n": "7"},
    "duration": {"n": "9"},
    "number": {"n": "4"},
    "percent": {"n": "12"},
    "person": {"title": "Ms", "first": "Ana", "last": "Bell"},
    "weight": {"n": "40"},
    "weekday": {"day": "Friday"},
    "about": {"n": "85"},
}


def document(*texts: str) -> Document:
    """Some facts of which no house minds how they are written."""
    values = {name: next(one for one in MATTERS[name].values() if wanted.items() <= one.items()) for name, wanted in VALUES.items()}
    parts = Assembly(
        lambda name, part: None, lambda name, way: MATTERS[name].plain, values, {"event": "village gala", "thing": "chairs"}
    )
    pieces, facts = [], []
    for number, text in enumerate(texts):
        clause = parts._clause(text, number, "")
        facts.append("".join(piece.draft for piece in clause))
        pieces += [*clause, free((". ", "."), ". ")]
    return Document(tuple(pieces), tuple(facts), parts._names)


def facts(answer: str, *texts: str) -> float:
    """The share of facts that an answer tells."""
    return judge.grade(document(*texts), answer, "x").parts["facts"]


DATE = "we expect you at the {event} on {date} at {time}"
COST = "a ticket for the {event} costs {money}"
ROOM = "the {event} takes place in {room}"
LAST = "the {event} lasts {duration} with a break"
NEED = "we need {about} {thing} by noon"
BRING = "bring {number} {thing} to the {building}"
ROSE = "attendance at the {event} rose by {percent}"
OWN = "the {thing} belong to {person} and nobody else"
DUCKS = "at the {event} {dont} feed the ducks"
LEAD = "the {event} is led by {person} this year"
WEIGH = "the {thing} weigh {weight} together"

FAITHFUL = {
    DATE: (
        "On 23 October at 1 pm we expect you at the village gala.",
        "The village gala awaits you on October 23rd, at 1:00 pm.",
        "You are expected at the village gala at 13:00 on 23 October.",
        "Please join us on 23 October! We expect you at the village gala at 1 p.m.",
        "We look forward to seeing you on the 23rd of October at 1300 hours at the village gala.",
        "Don't miss the village gala: we expect you on 23 October at 1 pm.",
    ),
    COST: (
        "Tickets for the village gala cost $35.",
        "The village gala: 35 dollars a ticket.",
        "For a ticket to the village gala you pay 35 dollars.",
        "Entry to the village gala costs USD 35.",
        "You will need 35 dollars for a village gala ticket.",
        "A village gala ticket is 35 dollars.",
    ),
    ROOM: (
        "The village gala is held in room 7.",
        "Room 7 is where the village gala takes place.",
        "In room 7 the village gala takes place.",
        "You will find the village gala in room 7.",
    ),
    LAST: (
        "With a break, the village gala lasts 9 hours.",
        "The village gala takes 540 minutes, including a break.",
        "The village gala goes on for nine hours with one break.",
    ),
    NEED: (
        "By noon, we need about 85 chairs.",
        "About 85 chairs are needed by noon.",
        "We require approximately 85 chairs by noon.",
    ),
    ROSE: (
        "Attendance at the village gala went up by 12%.",
        "The village gala's attendance increased by 12 percent.",
        "There was a 12 % rise in attendance at the village gala.",
    ),
    OWN: (
        "The chairs are Ms Ana Bell's and nobody else's.",
        "The chairs belong to Ana Bell, and to nobody else.",
        "Nobody else owns the chairs: they belong to Ms Ana Bell.",
    ),
    DUCKS: (
        "Do not feed the ducks at the village gala.",
        "Don't feed the ducks at the village gala.",
        "At the village gala, never feed the ducks.",
    ),
    LEAD: ("This year Ms Ana Bell leads the village gala.", "Ana Bell heads the village gala this year."),
    WEIGH: ("Together, the chairs weigh 40 kg.", "The chairs' combined weight is 40 kilograms."),
}
UNFAITHFUL = {
    DATE: (
        "We do not expect you at the village gala on 23 October at 1 pm.",
        "We never expect you at the village gala on 23 October at 1 pm.",
        "We expect you at the village gala on 24 October at 1 pm.",
        "We expect you at the village gala on 23 November at 1 pm.",
        "We expect you at the village gala on 23 October at 1 am.",
        "We expect you at the village gala on 23 October at 2 pm.",
        "We expect you at the village fair on 23 October at 1 pm.",
        "We expect you at the city gala on 23 October at 1 pm.",
        "Nobody expects you at the village gala on 23 October at 1 pm.",
        "It is not true that we expect you at the village gala on 23 October at 1 pm.",
        "We expect you at the village gala on 23 October at 1 pm. That is a lie.",
        "Do we expect you at the village gala on 23 October at 1 pm?",
    ),
    COST: (
        "A ticket for the village gala costs 36 dollars.",
        "A ticket for the village gala does not cost 35 dollars.",
        "A ticket for the village gala costs 35 euros.",
        "A ticket for the village gala costs nothing.",
        "A ticket for the village gala might cost 35 dollars.",
        "A ticket for the village gala costs 350 dollars.",
    ),
    ROOM: ("The village gala takes place in room 8.", "The village gala takes place in room 7 or 8.", "The gala isn't in room 7."),
    LAST: ("The village gala lasts 9 hours without a break.", "The village gala lasts 9 minutes with a break."),
    NEED: (
        "We need about 85 chairs after noon.",
        "We need about 85 tables by noon.",
        "We no longer need about 85 chairs by noon.",
        "We need about 85 chairs by midnight.",
        "We need about 58 chairs by noon.",
    ),
    ROSE: ("Attendance at the village gala fell by 12 percent.", "Attendance at the village gala did not rise by 12 percent."),
    OWN: (
        "The chairs belong to Mr Tom Bell and nobody else.",
        "The chairs belong to Ms Ana Moss and nobody else.",
        "The chairs do not belong to Ms Ana Bell.",
        "The chairs belong to everybody but Ms Ana Bell.",
    ),
    DUCKS: ("At the village gala feed the ducks.", "At the village gala you may feed the ducks."),
    LEAD: ("The village gala is led by Ana Bell last year.", "The village gala is not led by Ms Ana Bell this year."),
    WEIGH: ("The chairs weigh 40 kilograms each.", "The chairs weigh 14 kilograms together."),
}


@pytest.mark.parametrize(("fact", "answer"), [(fact, answer) for fact, answers in FAITHFUL.items() for answer in answers])
def test_a_fact_in_other_words_and_order_is_told(fact, answer):
    assert facts(answer, fact) == 1.0


@pytest.mark.parametrize(("fact", "answer"), [(fact, answer) for fact, answers in UNFAITHFUL.items() for answer in answers])
def test_a_fact_that_is_denied_or_altered_is_not_told(fact, answer):
    assert facts(answer, fact) <= 0.05


def test_facts_may_come_in_any_order_and_share_a_sentence():
    assert facts("In room 7 the village gala takes place. A ticket for it costs 35 dollars.", COST, ROOM) == 1.0
    assert facts("The village gala takes place in room 7, and a ticket costs 35 dollars.", COST, ROOM) == 1.0
    assert facts("Bring 4 chairs to the office. By noon we need about 85 of them.", NEED, BRING) == 1.0


def test_values_that_are_exchanged_tell_neither_fact():
    assert facts("A ticket for the village gala costs 9 hours. The village gala lasts 35 dollars with a break.", COST, LAST) <= 0.05
    assert facts("The village gala lasts 9 hours with a break. A ticket for the village gala costs 36 dollars.", COST, LAST) == 0.5


def test_what_nobody_told_costs():
    right = "A ticket for the village gala costs 35 dollars."
    assert facts(f"{right} There will be a free balloon for every child in town.", COST) < 0.5
    assert facts(f"{right} {right}", COST) == 0.0
    assert facts("village gala 35 dollars ticket 9 hours", COST, LAST) <= 0.2


def test_a_remark_names_what_alters_a_fact():
    said = judge.grade(document(ROOM), "The village gala takes place in room 8.", "x").feedback.diagnosis
    assert '"8"' in said or "room 7" in said
    said = judge.grade(document(ROSE), "Attendance at the village gala fell by 12 percent.", "x").feedback.diagnosis
    assert '"fell"' in said


#: A clause, a sentence, and whether it tells that.
CASES = (
    ("the gates open at {time} on {weekday}", "On Friday, the gates open at 1 pm.", 1),
    ("the gates open at {time} on {weekday}", "The gates close at 1 pm on Friday.", 0),
    ("the gates open at {time} on {weekday}", "The gates open at 1 pm on Saturday.", 0),
    ("drinks are served in {room} after the {event}", "After the village gala, drinks are served in room 7.", 1),
    ("drinks are served in {room} after the {event}", "Drinks are served in room 7 before the village gala.", 0),
    ("we ask for {money} by {date}", "By 23 October, please pay 35 dollars.", 1),
    ("we ask for {money} by {date}", "We ask for 35 dollars after 23 October.", 0),
    ("the {event} has room for {about} guests", "There is room for about 85 guests at the village gala.", 1),
    ("the {event} has room for {about} guests", "The village gala has no room for about 85 guests.", 0),
    ("two doctors {help} us at the {event}", "At the village gala two doctors assist us.", 1),
    ("two doctors {help} us at the {event}", "Three doctors assist us at the village gala.", 0),
    ("our {served} get the {thing} for nothing", "Our customers get the chairs for free.", 1),
    ("our {served} get the {thing} for nothing", "Our customers pay for the chairs.", 0),
    ("the {thing} are {very}heavy", "The chairs are very light.", 0),
    ("the {thing} are {very}heavy", "The chairs are really heavy.", 1),
    ("the {event} is {hedge}sold out", "The village gala is probably not sold out.", 0),
    ("the {event} is {hedge}sold out", "Tickets for the village gala are probably sold out.", 1),
    ("{must} count the {thing} twice", "You must count the chairs twice.", 1),
    ("{must} count the {thing} twice", "You must count the chairs once.", 0),
    ("{must} count the {thing} twice", "You need not count the chairs twice.", 0),
    ("{dont} stack the {thing} outside", "Do not stack the chairs outdoors.", 1),
    ("{dont} stack the {thing} outside", "Do not stack the chairs inside.", 0),
    ("the {event} {begin} at noon", "At noon the village gala commences.", 1),
    ("the {event} {begin} at noon", "The village gala commences at midnight.", 0),
    ("the {event} {begin} at noon", "The village gala ends at noon.", 0),
    ("you can {buy} tickets for the {event} here", "Here you can purchase tickets for the village gala.", 1),
    ("you can {buy} tickets for the {event} here", "You cannot purchase tickets for the village gala here.", 0),
    ("keep the {thing} below {temperature} at all times", "At all times, the chairs must be kept below 3 degrees.", 1),
    ("the price of the {thing} fell by {percent}", "The price of the chairs dropped by 12 percent.", 1),
    ("the price of the {thing} fell by {percent}", "The price of the chairs rose by 12 percent.", 0),
    ("see pages {range} for the {event}", "For the village gala, see pages 2 to 4.", 1),
    ("{number} {thing} were left behind", "4 chairs were left behind.", 1),
    ("{number} {thing} were left behind", "Five chairs were left behind.", 0),
    ("{number} {thing} were left behind", "Somebody left 4 chairs behind.", 1),
    ("the {event} goes ahead as planned", "The village gala is going ahead as planned.", 1),
    ("the {event} goes ahead as planned", "The village gala is cancelled.", 0),
    ("the {leader} keeps the {thing} locked up", "The manager keeps the chairs unlocked.", 0),
    ("return the {thing} {soon} and dry", "Return the chairs as soon as possible, and dry.", 1),
    ("return the {thing} {soon} and dry", "Return the chairs as soon as possible and wet.", 0),
    ("the {event} won a score of {decimal} out of 20", "The village gala scored 2.2 out of 20.", 1),
    ("the {event} won a score of {decimal} out of 20", "The village gala won a score of 2.2 out of 30.", 0),
    ("tell the {leader} about the {event}", "Do not tell the manager about the village gala.", 0),
    ("the {thing} are {hedge}lost", "The chairs are probably found.", 0),
    ("the {event} is open to children aged {range} only", "Only children aged 2 to 4 may come to the village gala.", 1),
    ("call {phone} about the {event}", "Call 555 0112 about the village gala.", 1),
    ("call {phone} about the {event}", "Call 555 0113 about the village gala.", 0),
    ("write to {email} about the {event}", "About the village gala, write to ana@bell.org.", 1),
    ("write to {email} about the {event}", "Write to ana@reed.org about the village gala.", 0),
)


@pytest.mark.parametrize(("fact", "answer", "told"), CASES)
def test_sentences_of_many_matters(fact, answer, told):
    assert facts(answer, fact) == pytest.approx(told, abs=0.05)


def test_another_abbreviation_tells_the_fact_and_breaks_the_style_only():
    for spelled in ("ca. 85", "c. 85", "circa 85", "approximately 85"):
        assert facts(f"We need {spelled} chairs by noon.", NEED) == 1.0
