"""The hidden rules of one opponent in plain English."""

from __future__ import annotations

from collections.abc import Mapping

from clgym.envs.sparring.habits import PATIENCE, Habits
from clgym.envs.sparring.schools import BOXING, CUES, FENCING, TELLS, Permutation, Person

_NUMBERS = {2: "two", 3: "three"}
#: From level 1 on: see ``habits.odds``.
_OVERRIDDEN = ", four in ten or so where something overrides what a sign alone means"


def rulebook(habits: Habits, person: Person) -> str:
    """Everything that is hidden about the opponent, and the table that is not, with both sports' words."""
    table = ", ".join(f"{move} beats the {attack}" for move, attack in zip(BOXING.moves, BOXING.attacks))
    fencing = ", ".join(
        f"{move} beats the {new}, which stands for the {old}"
        for move, new, old in zip(FENCING.moves, FENCING.attacks, BOXING.attacks)
    )
    signs = "; ".join(f"{TELLS[tell][0]} = {TELLS[tell][1]}".format(his=person.his) for tell in habits.tells)
    return "\n".join(
        [
            f"How to fight {person.name}. What {person.he} does mostly follows from what {person.he} shows (one time in ten or so "
            f"it does not{_OVERRIDDEN if habits.level else ''}); answer the likeliest attack.",
            f"The moves: {table}.",
            *rules(habits, person),
            f"When {person.he} fences, the same habits hold: {fencing}.",
            f"The signs are then told in other words: {signs}.",
            f"Anybody but {person.name} has none of these habits: go by what you are told about them.",
        ]
    )


def rules(habits: Habits, person: Person) -> list[str]:
    """The drawn rules, one line each."""
    he, his = person.he, person.his
    lines = _meanings(f"When {he} {{tell}}, the {{attack}} follows.", habits.plain, his)
    lines += _meanings(
        f"From exchange {habits.tired_from} on {he} is tired: when {he} {{tell}}, the {{attack}} follows.", habits.tired, his
    )
    lines += _meanings(
        f"From round {habits.late_from} on, even when {he} is tired: when {he} {{tell}}, the {{attack}} follows.", habits.late, his
    )
    lines += _meanings(f"At close range, whatever the round: when {he} {{tell}}, the {{attack}} follows.", habits.close, his)
    for tell in habits.combinations:
        sign = TELLS[tell][0].format(his=his)
        lines.append(f"When {he} {sign}, {he} goes on from {his} last attack (a combination).")
    lines += _permuted("In a combination, after the {old} comes the {new}.", habits.follow)
    lines += _permuted(
        f"In a combination, if {his} last attack landed past a move that did nothing, after the {{old}} comes the {{new}} instead.",
        habits.press,
    )
    if habits.feint:
        cue = CUES[habits.cue].format(his=his)
        lines.append(f"A sign that {he} gives {cue} is a feint, unless it announces a combination.")
        lines += _permuted("When {he} feints, in place of the {old} comes the {new}.".replace("{he}", he), habits.feint)
    if habits.temper:
        lines.append(
            f"When {_NUMBERS[PATIENCE]} of {his} attacks or more were beaten since {he} last landed one, {he} is angry until one lands. "
            f"Angry, {he} does not feint; combinations stay as they are."
        )
        lines += _permuted(f"When {he} is angry, in place of the {{old}} comes the {{new}}.", habits.temper)
    if habits.punish:
        lines.append(f"When your last two moves were the same, {he} has read you; that comes on top of everything else.")
        lines += _permuted(f"When {he} has read you, in place of the {{old}} comes the {{new}}.", habits.punish)
    return lines


def _meanings(form: str, meanings: Mapping[int, int], his: str) -> list[str]:
    return [
        form.format(tell=TELLS[tell][0].format(his=his), attack=BOXING.attacks[attack]) for tell, attack in sorted(meanings.items())
    ]


def _permuted(form: str, permutation: Permutation) -> list[str]:
    return [form.format(old=BOXING.attacks[old], new=BOXING.attacks[new]) for old, new in enumerate(permutation)]
