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
