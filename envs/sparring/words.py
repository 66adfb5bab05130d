"""What is said to the fighter: openings, what became of the opponent's mood, what the opponent shows. :mod:`.reading` reads it back."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from clgym.envs.sparring.fights import Fight
from clgym.envs.sparring.habits import LEVELS, Moment
from clgym.envs.sparring.schools import BOXING, CUES, EXCHANGES, FENCING, MOODS, SCHOOLS, Person, gesture
from clgym.text.english import capital

WHERE = (
    "in the Tin Hall", "at the Dock Gym", "in Mill Street", "at the Old Armoury", "on the pier", "in the drill hall",
    "in the school gym", "under the bridge", "at the fairground", "in the boathouse", "at the Rope Works", "in the market hall",
    "at the youth club", "on the barge", "in the town baths", "in the old brewery", "at the barracks", "in the tram depot",
    "behind the station", "at the seamen's home", "in the riding school", "at the lido", "in the corn exchange", "at the mission",
    "in the glass works", "on the roof", "in the crypt", "at the foundry", "in the dance hall", "by the canal", "at the arsenal",
    "in the cannery", "in the orangery", "at the ferry house", "in the wool store", "at the quarry", "in the theatre", "at the mint",
    "in the bus garage", "at the observatory",
)  # fmt: skip
WHEN = tuple(
    f"on {day} {time}"
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    for time in ("morning", "noon", "afternoon", "evening", "night")
)
OPENINGS = (
    "Sparring with {name} {where} {when}. {table} {sight} Your move?",
    "{When}, {where}: eight exchanges with {name}. {table} {sight} What do you do?",
    "You face {name} {where} {when}. {table} {sight} Which move?",
    "{name} is waiting {where} {when}. {table} {sight} Pick a move.",
    "The bell rings {where} {when}, and {name} comes out. {table} {sight} Name your move.",
    "Training {where} {when}, against {name}. {table} {sight} Your answer?",
    "{When} you are in with {name} {where}. {table} {sight} One move, please.",
    "{Where} {when}, eight exchanges with {name}. {table} {sight} What is your move?",
)
FENCING_OPENINGS = (
    "{When} {name} fences {where}, habits and all. {table} {sight} Your move?",
    "{name} picks up a foil {where} {when}; the habits stay the same. {table} {sight} What do you do?",
    "Fencing against {name} {where} {when}. {table} {sight} Which move?",
    "You know {name} from boxing; {when} you fence {where}. {table} {sight} Pick a move.",
    "On the piste {where} {when}: {name}, who fences as {he} boxes. {table} {sight} Name your move.",
    "{When} it is foils {where}, and {name} is still {name}. {table} {sight} Your answer?",
    "Eight touches with {name} {where} {when}, who does with a foil what {he} does in the ring. {table} {sight} One move, please.",
    "{name} has swapped gloves for a foil {where} {when}. {table} {sight} What is your move?",
)
#: Half of them say that there is nothing to read, half of them only what comes.
GUARD_OPENINGS = (
    "{When} you spar {where} with {name} of {host}'s gym, who has no habits: whatever {he} shows, {plan}. {table} {sight} Your move?",
    "Sparring with {name} of {host}'s gym {where} {when}; {plan}. {table} {sight} What do you do?",
    "{name} of {host}'s gym steps in {where} {when}. {He} gives nothing away: {plan}. {table} {sight} Which move?",
    "You face {name} of {host}'s gym {where} {when}; {plan}. {table} {sight} Pick a move.",
    "{Where} {when} it is {name} of {host}'s gym, and nothing that {he} shows has a meaning: {plan}. {table} {sight} Name your move.",
    "Eight exchanges with {name} of {host}'s gym {where} {when}; {plan}. {table} {sight} Your answer?",
    "{When}, {where}, {name} of {host}'s gym, who mixes {his} attacks by the dice: {plan}. {table} {sight} One move, please.",
    "{name} of {host}'s gym is in the ring {where} {when}; {plan}. {table} {sight} What is your move?",
)
LATER = (
    "{event} Exchange {number} of 8. {sight} {choice}?",
    "{event} On to exchange {number}. {sight} {choice}?",
    "{event} This is exchange {number}. {sight} {choice}?",
    "{event} Exchange {number}: {sight} {choice}?",
)
ENDS = ("{event} That was the last exchange.", "{event} The bell: that is all.", "{event} Time. You touch hands and go.")
#: What can be seen of an exchange: the move, and what it did to the mood. What it was worth is for the coach to say.
MADE = ("You {move}.", "Your move: {move}.", "You go for {move}.")
STILL = ("You stand there.", "You do nothing.", "Nothing from you.")
LOOKS = ("{He} looks {mood}.", "{He} is {mood} now.", "You see that {he} is {mood}.")


def opening(fight: Fight, level: int, where: str, when: str, phrasing: int) -> str:
    """The prompt: who, where and when, which move beats which attack, what the opponent shows."""
    bank = {"transfer/fencing": FENCING_OPENINGS, "guard": GUARD_OPENINGS}.get(fight.pool, OPENINGS)
    person = fight.person
    return person.fill(
        bank[phrasing % len(bank)],
        where=where,
        Where=capital(where),
        when=when,
        When=capital(when),
        table=table(fight.school, LEVELS[level].attacks, person.his),
        sight=sight(fight, level, fight.moments[0]),
        host=fight.host,
        plan=plan_text(fight.favourites, level, fight.school) if fight.favourites else "",
    )


@functools.lru_cache(maxsize=32)
def table(school: str, attacks: int, his: str) -> str:
    """Which move beats which attack, and, where hands count, what each attack is."""
    sport, pairs = SCHOOLS[school], []
    for attack in range(attacks):
        words = [sport.attacks[attack]]
        if attacks > 3:
            words.append(
                f"({sport.kinds[attack % 3]}, {sport.hands[attack % 2]}{f'; {his} {BOXING.attacks[attack]}' if sport is FENCING else ''})"
            )
        elif sport is FENCING:
            words.append(f"({his} {BOXING.attacks[attack]})")
        pairs.append(f"{sport.moves[attack]} {'' if attack else 'beats '}the {' '.join(words)}")
    half = " With the wrong hand it is half stopped." if attacks > 3 else ""
    return f"{capital(', '.join(pairs))}.{half}"


def sight(fight: Fight, level: int, moment: Moment) -> str:
    """What the opponent shows, as a sentence: "At close range he drops his left hand while his trainer whistles." """
    person = fight.person
    clause = f"{person.he} {tell(person, moment.tell, fight.school)}{cue(person, moment.cue)}."
    return f"{'At close range' if moment.close else 'At long range'} {clause}" if level >= 2 else capital(clause)


def tell(person: Person, number: int, school: str) -> str:
    """One tell in the words of a school."""
    return gesture(number, school).replace("{his}", person.his)


def cue(person: Person, number: int) -> str:
    """What goes with the tell, with a blank before it; "" for nothing."""
    return f" {CUES[number].replace('{his}', person.his)}" if number >= 0 else ""


def later(fight: Fight, level: int, exchange: int, event: str, phrasing: int) -> str:
    """The observation before ``exchange``: what happened, what the opponent shows now, the moves."""
    return LATER[phrasing % len(LATER)].format(
        event=event,
        number=exchange + 1,
        sight=sight(fight, level, fight.moments[exchange]),
        choice=choice(fight.school, LEVELS[level].attacks),
    )


@functools.lru_cache(maxsize=8)
def choice(school: str, attacks: int) -> str:
    """The moves as a question: "Parry, step or lean"."""
    *first, last = SCHOOLS[school].moves[:attacks]
    return f"{', '.join(first).capitalize()} or {last}"


def end(event: str, phrasing: int) -> str:
    """The last observation."""
    return ENDS[phrasing % len(ENDS)].format(event=event)


def event(fight: Fight, move: int, mood: int, phrasing: int) -> str:
    """What can be seen of an exchange; ``move`` and ``mood`` are -1 for none."""
    made = (MADE if move >= 0 else STILL)[phrasing % 3].format(move=SCHOOLS[fight.school].moves[move])
    if mood < 0:
        return made
    looks = LOOKS[phrasing // 3 % 3]
    return f"{made} {looks.format(He=fight.person.he.capitalize(), he=fight.person.he, mood=MOODS[mood])}"


def plan_text(favourites: Sequence[int], level: int, school: str) -> str:
    """What half of the attacks of somebody without habits are: see :func:`clgym.envs.sparring.fights.planned`."""
    first, *others = (f"the {SCHOOLS[school].attacks[attack]}" for attack in favourites)
    if level == 0:
        return f"half of what comes is {first}, the rest is anything"
    if level == 1:
        return f"half of what comes is {first} up to exchange 4 and {others[0]} from exchange 5 on, the rest is anything"
    return f"half of what comes is {first} at close range and {others[0]} at long range, the rest is anything"


assert EXCHANGES == 8  # the openings say so
