"""The hidden rules of one opponent in plain English."""

from __future__ import annotations

from clgym.envs.sparring.coach import change
from clgym.envs.sparring.habits import LEVELS, OPENINGS, Habits
from clgym.envs.sparring.schools import BOXING, CUES, FENCING, HALF, MOODS, Person, gesture


def rulebook(habits: Habits, person: Person) -> str:
    """Everything that is hidden about the opponent, and the table that is not, with both sports' words."""
    attacks = LEVELS[habits.level].attacks
    table = ", ".join(f"{move} beats the {attack}" for move, attack in zip(BOXING.moves, BOXING.described[:attacks]))
    fencing = ", ".join(
        f"{move} beats the {new}, which stands for the {old}"
        for move, new, old in zip(FENCING.moves, FENCING.described[:attacks], BOXING.attacks)
    )
    signs = "; ".join(f"{gesture(tell, 'boxing')} = {gesture(tell, 'fencing')}".format(his=person.his) for tell in habits.tells)
    half = f" The move against the same kind from the other hand is worth {HALF:g} of it." if attacks > 3 else ""
    return "\n".join(
        [
            f"How to fight {person.name}. What {person.he} does follows from what {person.he} shows.",
            f"The moves: {table}.{half}",
            *rules(habits, person),
            *_moods(habits, person),
            f"When {person.he} fences, the same habits hold: {fencing}.",
            f"The signs are then told in other words: {signs}.",
            f"Anybody but {person.name} has none of these habits: go by what you are told about them.",
        ]
    )


def rules(habits: Habits, person: Person) -> list[str]:
    """The drawn rules, one line each."""
    he, his = person.he, person.his
    lines = []
    for tell, attack in habits.meanings.items():
        alone = (
            "" if not habits.shifts else ", whatever else is the case" if tell in habits.fixed else ", with nothing else in play"
        )
        lines.append(f"When {he} {gesture(tell, 'boxing').format(his=his)}{alone}, the {BOXING.attacks[attack]} follows.")
    when = {
        "tired": f"From exchange {habits.tired_from} on {he} is tired",
        "angry": f"When {he} is angry",
        "close": "At close range",
        "feint": f"What {he} shows {CUES[habits.cues[0]].format(his=his)} is a feint",
        "read": "When your last two moves were the same",
    }
    lines += [f"{when[rule]}: {change(value, 'boxing')}." for rule, value in habits.shifts.items()]
    if not LEVELS[habits.level].moods:
        return lines
    for mood, openness in enumerate(habits.openings):
        lines.append(f"When {he} is {MOODS[mood]}, a move pays {openness:g} of what it is worth.")
    alike = len(set(habits.effects)) == 1
    for mood, row in enumerate(habits.effects[:1] if alike else habits.effects):
        effects = ", ".join(
            f"{BOXING.moves[move]} {('soothes', 'changes nothing', 'riles')[effect + 1]}" for move, effect in enumerate(row)
        )
        lines.append(f"{'In any mood' if alike else f'When {he} is {MOODS[mood]}'}: {effects}.")
    return lines


def _moods(habits: Habits, person: Person) -> list[str]:
    if not LEVELS[habits.level].moods:
        return []
    pays = ", ".join(f"{openness:g}" for openness in OPENINGS)
    return [
        f"Rules that hold at once add up. {person.he.capitalize()} begins calm; what riles {person.him} takes {person.him} one step from wary to calm to angry, what "
        f"soothes one step back. Moods pay {pays}; with eight exchanges in hand choose the move that is worth most in all, taking "
        "every attack to come for equally likely."
    ]
