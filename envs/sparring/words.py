"""What is said to the fighter: openings, what happened, what the opponent shows."""

from __future__ import annotations

from clgym.envs.sparring.fights import Fight
from clgym.envs.sparring.habits import Moment
from clgym.envs.sparring.schools import BOXING, CUES, EXCHANGES, FENCING, SCHOOLS, TELLS, Person, School, pair
from clgym.text.english import capital

WHERE = (
    "in the Tin Hall", "at the Dock Gym", "in Mill Street", "at the Old Armoury", "on the pier", "in the drill hall",
    "in the school gym", "under the bridge", "at the fairground", "in the boathouse", "at the Rope Works", "in the market hall",
    "at the youth club", "on the barge", "in the town baths", "in the old brewery", "at the barracks", "in the tram depot",
    "behind the station", "at the seamen's home",
)  # fmt: skip
WHEN = tuple(
    f"on {day} {time}"
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    for time in ("morning", "afternoon", "evening")
)
OPENINGS = (
    "Sparring with {name} {where} {when}. {table} {facts} {Shows}. Your move?",
    "{When}, {where}: eight exchanges with {name}. {table} {facts} {Shows}. What do you do?",
    "You face {name} {where} {when}. {facts} {table} {Shows}. Which move?",
    "{name} is waiting {where} {when}. {table} {facts} {Shows}. Pick a move.",
    "The bell rings {where} {when}, and {name} comes out. {facts} {table} {Shows}. Name your move.",
    "Training {where} {when}, against {name}. {table} {facts} {Shows}. Your answer?",
    "{When} you are in with {name} {where}. {facts} {table} {Shows}. One move, please.",
    "{Where} {when}, eight exchanges with {name}. {table} {facts} {Shows}. What is your move?",
)
FENCING_OPENINGS = (
    "{When} {name} fences {where}, habits and all: {mapping}. {table} {facts} {Shows}. Your move?",
    "{name} picks up a foil {where} {when}; the habits stay the same. {Mapping}. {table} {facts} {Shows}. What do you do?",
    "Fencing against {name} {where} {when}. In fencing words, {mapping}. {table} {facts} {Shows}. Which move?",
    "You know {name} from boxing; {when} you fence {where}. {Mapping}. {table} {facts} {Shows}. Pick a move.",
    "On the piste {where} {when}: {name}, who fences as {he} boxes. {Mapping}. {table} {facts} {Shows}. Name your move.",
    "{When} it is foils {where}, and {name} is still {name}: {mapping}. {table} {facts} {Shows}. Your answer?",
    "Eight touches with {name} {where} {when}. What {he} does with a foil {he} learned in the ring: {mapping}. "
    "{table} {facts} {Shows}. One move, please.",
    "{name} has swapped gloves for a foil {where} {when}, and {mapping}. {table} {facts} {Shows}. What is your move?",
)
GUARD_OPENINGS = (
    "{When} you spar {where} with {name}, who has no habits: whatever {he} shows, {plan}. {table} {facts} {Shows}. Your move?",
    "Somebody else {where} {when}: {name}. {His} signs mean nothing; {plan}. {table} {facts} {Shows}. What do you do?",
    "{name} steps in {where} {when}. {He} gives nothing away: {plan}. {table} {facts} {Shows}. Which move?",
    "You face {name} {where} {when}, a fighter whose signs are empty: {plan}. {table} {facts} {Shows}. Pick a move.",
    "{Where} {when} it is {name}, and nothing that {he} shows has a meaning: {plan}. {table} {facts} {Shows}. Name your move.",
    "Eight exchanges with {name} {where} {when}. {He} mixes {his} attacks by the dice: {plan}. {table} {facts} {Shows}. Your answer?",
    "{When}, {where}, the visitor {name}. Do not read {him}, for there is nothing to read: {plan}. {table} {facts} {Shows}. "
    "One move, please.",
    "{name} is new {where} {when} and has no habits at all; {plan}. {table} {facts} {Shows}. What is your move?",
)
TABLE_FORMS = ("beats", "answers", "stops", "meets")
LATER = (
    "{event} {count} {Shows}. {Choice}?",
    "{event} {count} Now {shows}. {Choice}?",
    "{event} {count} Then {shows}. {Choice}?",
    "{event} {count} {Shows}. Your move: {choice}?",
    "{event} {count} {Shows}. What now: {choice}?",
    "{event} {count} Watch: {shows}. {Choice}?",
    "{event} {count} Next {shows}. {Choice}?",
    "{event} {count} {Shows}. And you: {choice}?",
)
ENDS = ("{event} That was the last exchange.", "{event} The bell: that is all.", "{event} Time. You touch hands and go.")
BEATEN = (
    "Your {move} beats the {attack}.",
    "The {attack} comes, and your {move} is there first.",
    "{His} {attack} meets your {move}: well done.",
)
SOFTENED = (
    "Your {move} takes half of the {attack}.",
    "The {attack} comes, and your {move} softens it.",
    "{His} {attack} grazes you past your {move}.",
)
LANDED = (
    "The {attack} gets past your {move}.",
    "The {attack} comes, and your {move} is no use.",
    "{His} {attack} lands in spite of your {move}.",
)
STILL = (
    "You stand there, and the {attack} lands.",
    "Nothing from you: the {attack} lands.",
    "You hesitate, and {his} {attack} gets through.",
)


def opening(fight: Fight, level: int, phrasing: int, where: str, when: str) -> str:
    """The prompt: who, where and when, which move beats which attack, what the opponent shows."""
    person, school = fight.person, SCHOOLS[fight.school]
    bank = {"transfer/fencing": FENCING_OPENINGS, "guard": GUARD_OPENINGS}.get(fight.pool, OPENINGS)
    sight = shows(fight, fight.moments[0], level)
    rule = mapping(person)
    text = person.fill(
        bank[phrasing % len(bank)],
        where=where,
        Where=capital(where),
        when=when,
        When=capital(when),
        table=school.table(TABLE_FORMS[phrasing % len(TABLE_FORMS)]),
        facts=_facts(fight, level),
        shows=sight,
        Shows=capital(sight),
        mapping=rule,
        Mapping=capital(rule),
        plan=fight.plan_text,
    )
    return " ".join(text.split())


def later(fight: Fight, level: int, exchange: int, event: str) -> str:
    """The observation before ``exchange``: what happened, what the opponent shows now, the moves."""
    style = fight.style[exchange]
    sight = shows(fight, fight.moments[exchange], level)
    choice = SCHOOLS[fight.school].choice
    text = LATER[style % len(LATER)].format(
        event=event,
        count=f"Exchange {exchange + 1} of {EXCHANGES}." if level else "",
        shows=sight,
        Shows=capital(sight),
        choice=choice[0].lower() + choice[1:],
        Choice=choice,
    )
    return text if level else text.replace("  ", " ")


def end(fight: Fight, event: str) -> str:
    """The last observation."""
    return ENDS[fight.style[0] % len(ENDS)].format(event=event)


def event(fight: Fight, exchange: int, move: int, attack: int) -> str:
    """What happened: the attack that really came, and what the move (-1 for none) did about it."""
    school = SCHOOLS[fight.school]
    bank = STILL if move < 0 else BEATEN if move == attack else SOFTENED if move == pair(attack) else LANDED
    words = {"attack": school.attacks[attack], "move": school.moves[move] if move >= 0 else ""}
    return fight.person.fill(bank[(fight.style[exchange] // 8) % len(bank)], **words)


def shows(fight: Fight, moment: Moment, level: int) -> str:
    """What the opponent shows, as a clause: "at close range he drops his left hand"."""
    person = fight.person
    distance = ("at close range " if moment.close else "at long range ") if level >= 2 else ""
    return f"{distance}{person.he} {tell(person, moment.tell, fight.school)}{cue(person, moment.cue)}"


def tell(person: Person, number: int, school: str) -> str:
    """One tell in the words of a school."""
    return TELLS[number][school == "fencing"].format(his=person.his)


def cue(person: Person, number: int) -> str:
    """What goes with the tell, with a blank before it; "" for nothing."""
    return f" {CUES[number].format(his=person.his)}" if number >= 0 else ""


def mapping(person: Person) -> str:
    """Fencing's attacks in boxing's words."""
    first, *others = zip(FENCING.attacks, BOXING.attacks)
    return ", ".join([f"the {first[0]} is {person.his} {first[1]}", *(f"the {new} {person.his} {old}" for new, old in others)])


def plan_text(favourites: tuple[int, ...], level: int, school: School) -> str:
    """What half of the attacks of somebody without habits are: see :func:`clgym.envs.sparring.fights.planned`."""
    a, b, c, d = (f"the {school.attacks[attack]}" for attack in favourites)
    half = {
        0: f"half of what comes is {a}",
        1: f"half of what comes is {a} up to exchange 4 and {b} from exchange 5 on",
        2: f"half of what comes is {a} at close range and {b} at long range",
        3: f"half of what comes is, up to exchange 4, {a} at close range and {b} at long range, and from exchange 5 on "
        f"{c} at close range and {d} at long range",
    }[level]
    return f"{half}; the rest is anything"


def _facts(fight: Fight, level: int) -> str:
    """What is known when the fight begins, from level 1 on."""
    opened = f"{fight.person.he.capitalize()} opened with the {SCHOOLS[fight.school].attacks[fight.opened]}."
    return "" if level == 0 else opened if level == 1 else f"Round {fight.round}. {opened}"
