"""What a fight is made of: attacks, the moves that answer them, what an opponent may show, and the words of boxing and fencing for all.

An attack is a number ``a`` from 0 to 5: its kind is ``a % 3`` (straight, round, rising), its hand ``a % 2``, and the two together are
the attack. Move ``m`` beats attack ``m`` and half stops the attack of that kind with the other hand. This is the same in every world,
and prompts state it: what is hidden is the opponent, not the sport.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

#: How many kinds and hands there are.
KINDS, HANDS = 3, 2
EXCHANGES = 8
#: What a move is worth that half stops an attack.
HALF = 0.25


def payoff(move: int, attack: int) -> float:
    """1 for the move that beats the attack, :data:`HALF` for the one that is made for its kind and the other hand, 0 for any other."""
    return 1.0 if move == attack else HALF if move >= 0 and move % KINDS == attack % KINDS else 0.0


@dataclass(frozen=True)
class School:
    """The words of one sport; attacks and moves by their number."""

    attacks: tuple[str, ...]
    moves: tuple[str, ...]
    kinds: tuple[str, ...]
    hands: tuple[str, ...]

    @functools.cached_property
    def described(self) -> tuple[str, ...]:
        """Each attack with its kind and hand: "jab (straight, left)"."""
        return tuple(f"{name} ({self.kinds[a % KINDS]}, {self.hands[a % HANDS]})" for a, name in enumerate(self.attacks))


BOXING = School(
    ("jab", "overhand", "uppercut", "cross", "hook", "shovel"),
    ("parry", "step", "lean", "slip", "duck", "block"),
    ("straight", "round", "rising"),
    ("left", "right"),
)
FENCING = School(
    ("thrust", "fleche", "flick", "lunge", "cutover", "remise"),
    ("quarte", "retreat", "sixte", "octave", "prime", "sidestep"),
    ("direct", "slanting", "whipping"),
    ("inside", "outside"),
)
SCHOOLS: Mapping[str, School] = {"boxing": BOXING, "fencing": FENCING}

#: Moods of an opponent; a move can push it one place to either side.
MOODS = ("wary", "calm", "angry")
CALM = 1

#: What an opponent may show before an attack, in two wordings: at the ring and at the piste.
GESTURES: tuple[tuple[str, str], ...] = (
    ("drops {his} left hand", "lets {his} left hand sink"),
    ("rolls {his} right shoulder", "turns {his} right shoulder over"),
    ("narrows {his} eyes", "squints"),
    ("sniffs", "draws air through {his} nose"),
    ("shifts {his} weight back", "settles on {his} rear foot"),
    ("bounces", "hops on the spot"),
    ("tucks {his} chin", "pulls {his} chin in"),
    ("lifts {his} front heel", "raises the heel of {his} front foot"),
    ("licks {his} lips", "runs {his} tongue over {his} lips"),
    ("glances at the floor", "looks down"),
    ("taps {his} thigh", "pats {his} leg"),
    ("tilts {his} head", "cocks {his} head to one side"),
    ("exhales", "lets out a breath"),
    ("turns {his} front wrist", "twists {his} front wrist"),
    ("bends {his} knees", "sinks at the knees"),
    ("circles left", "goes round to the left"),
    ("circles right", "goes round to the right"),
    ("raises {his} right elbow", "lifts {his} right elbow"),
    ("blinks", "squeezes {his} eyes shut"),
    ("squares {his} hips", "turns {his} hips to face you"),
    ("grins", "bares {his} teeth"),
    ("scrapes {his} front foot", "drags {his} front foot"),
    ("shrugs", "lifts both shoulders"),
    ("clenches {his} jaw", "sets {his} jaw"),
    ("rocks forward", "sways forward"),
    ("hums", "makes a low humming sound"),
    ("raises an eyebrow", "lifts one eyebrow"),
    ("freezes", "stands quite still"),
    ("wipes {his} brow", "passes a wrist over {his} forehead"),
    ("nods", "dips {his} head"),
    ("swallows", "gulps"),
    ("turns {his} front foot in", "points {his} front toes inward"),
    ("winks", "shuts one eye"),
    ("yawns", "opens {his} mouth wide"),
    ("coughs", "clears {his} throat"),
    ("frowns", "knits {his} brows"),
    ("sighs", "heaves a sigh"),
    ("whistles", "blows a note"),
    ("stamps", "brings a foot down"),
    ("claps", "brings {his} hands together"),
    ("leans back", "tips backwards"),
    ("looks away", "turns {his} gaze aside"),
    ("shakes {his} head", "wags {his} head"),
    ("rolls {his} neck", "lets {his} head go round"),
    ("flexes {his} fingers", "spreads {his} fingers"),
    ("rubs {his} nose", "strokes {his} nose"),
    ("pulls {his} ear", "tugs at {his} earlobe"),
    ("scratches {his} chin", "rakes {his} chin"),
    ("touches {his} belt", "feels for {his} belt"),
    ("rubs {his} elbow", "kneads {his} elbow"),
    ("crosses {his} wrists", "lays one wrist over the other"),
    ("swings {his} arms", "lets {his} arms swing"),
    ("spits", "clears {his} mouth"),
    ("mutters", "says something under {his} breath"),
    ("laughs", "gives a laugh"),
    ("growls", "snarls"),
    ("puffs {his} cheeks", "blows up {his} cheeks"),
    ("rises on {his} toes", "stands on tiptoe"),
    ("drags {his} rear foot", "pulls {his} back foot along"),
    ("slaps {his} chest", "thumps {his} chest"),
    ("raises {his} left elbow", "lifts {his} left elbow"),
    ("turns {his} rear wrist", "twists {his} rear wrist"),
    ("stretches {his} back", "arches {his} back"),
    ("wets {his} thumb", "moistens {his} thumb"),
)
#: How it may show it. A tell is a gesture and a manner: what one of them means says nothing about another.
MANNERS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("twice", "two times"),
    ("slowly", "at leisure"),
    ("quickly", "in haste"),
    ("with a grunt", "grunting"),
    ("without a sound", "in silence"),
    ("half-heartedly", "feebly"),
    ("with a sneer", "sneering"),
    ("on the in-breath", "while breathing in"),
    ("on the out-breath", "while breathing out"),
)


def gesture(tell: int, school: str) -> str:
    """A tell in the words of a school, ``{his}`` unfilled: "taps {his} thigh slowly"."""
    return _GESTURES[school][tell]


_GESTURES = {
    school: tuple(f"{shown[place]} {manner[place]}".strip() for manner in MANNERS for shown in GESTURES)
    for place, school in enumerate(SCHOOLS)
}
#: How many tells there are; the first ``len(GESTURES)`` of them have no manner.
TELLS = len(GESTURES) * len(MANNERS)

#: What may go with a tell and tell that it is a lie; which of them does is drawn.
CUES: tuple[str, ...] = (
    "while {his} trainer whistles",
    "while {his} second coughs",
    "right under the lamp",
    "on the dark boards",
    "with {his} back to the door",
    "in front of the clock",
    "next to the window",
    "while somebody claps",
)


@dataclass(frozen=True)
class Person:
    """Somebody to fight: a name and what to call them by."""

    name: str
    he: str
    his: str
    him: str

    def fill(self, text: str, **words: object) -> str:
        """A template with the pronouns, the name and other words filled in."""
        return text.format(
            name=self.name, he=self.he, his=self.his, him=self.him, He=self.he.capitalize(), His=self.his.capitalize(), **words
        )


def man(name: str) -> Person:
    """Somebody called "he"."""
    return Person(name, "he", "his", "him")


def woman(name: str) -> Person:
    """Somebody called "she"."""
    return Person(name, "she", "her", "her")
