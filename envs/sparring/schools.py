"""What a fight is made of: six attacks, six moves that answer them, and the words of boxing and of fencing for both.

Attacks and moves are numbers from 0 to 5. Move ``m`` beats attack ``m``; attacks come in pairs of a kind (two straight ones,
two round ones, two rising ones), and the move against one of a pair takes half the sting out of the other. This table is
the same in every world and every prompt states it: what is hidden is the opponent, not the sport.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: How many attacks there are, and as many moves.
MOVES = 6
EXCHANGES = 8
ROUNDS = 4

Permutation = tuple[int, ...]


def payoff(move: int, attack: int) -> float:
    """1 for the move that beats the attack, 0.5 for the one made for its pair, 0 for any other."""
    return 1.0 if move == attack else 0.5 if move == pair(attack) else 0.0


def pair(attack: int) -> int:
    """The other attack of the same kind."""
    return attack ^ 1


@dataclass(frozen=True)
class School:
    """The words of one sport."""

    attacks: tuple[str, ...]
    moves: tuple[str, ...]
    #: What the textbook does whatever the opponent shows.
    safe: str

    def table(self, form: str) -> str:
        """Which move beats which attack, as a sentence; ``form`` joins the first pair, the others follow it."""
        first, *others = (f"{move} {{}} the {attack}" for move, attack in zip(self.moves, self.attacks))
        pairs = ", ".join([first.format(form), *(other.format("").replace("  ", " ") for other in others)])
        return f"{pairs[0].upper()}{pairs[1:]}."

    @property
    def choice(self) -> str:
        """The moves as a question: "Parry, slip, ... or block"."""
        return f"{', '.join(self.moves[:-1]).capitalize()} or {self.moves[-1]}"


BOXING = School(
    ("jab", "cross", "hook", "overhand", "uppercut", "body shot"), ("parry", "slip", "duck", "step", "lean", "block"), "block"
)
FENCING = School(
    ("thrust", "lunge", "cutover", "fleche", "flick", "low thrust"),
    ("quarte", "retreat", "prime", "sidestep", "sixte", "octave"),
    "quarte",
)
SCHOOLS: Mapping[str, School] = {"boxing": BOXING, "fencing": FENCING}

#: Everything an opponent may show before an attack, in two wordings: at the ring and at the piste.
TELLS: tuple[tuple[str, str], ...] = (
    ("drops {his} left hand", "lets {his} left hand sink"),
    ("rolls {his} right shoulder", "turns {his} right shoulder over"),
    ("narrows {his} eyes", "squints"),
    ("sniffs", "draws air through {his} nose"),
    ("shifts {his} weight back", "settles on {his} rear foot"),
    ("bounces twice", "hops two times"),
    ("tucks {his} chin", "pulls {his} chin in"),
    ("lifts {his} front heel", "raises the heel of {his} front foot"),
    ("licks {his} lips", "runs {his} tongue over {his} lips"),
    ("glances at the floor", "looks down for a moment"),
    ("taps {his} thigh", "pats {his} leg"),
    ("tilts {his} head", "cocks {his} head to one side"),
    ("exhales loudly", "lets out a loud breath"),
    ("turns {his} front wrist", "twists {his} front wrist"),
    ("bends {his} knees", "sinks at the knees"),
    ("circles left", "goes round to the left"),
    ("circles right", "goes round to the right"),
    ("raises {his} right elbow", "lifts {his} right elbow"),
    ("blinks hard", "squeezes {his} eyes shut for an instant"),
    ("squares {his} hips", "turns {his} hips to face you"),
    ("grins", "bares {his} teeth"),
    ("scrapes {his} front foot", "drags {his} front foot a little"),
    ("shrugs", "lifts both shoulders"),
    ("clenches {his} jaw", "sets {his} jaw"),
    ("rocks forward", "sways forward"),
    ("hums", "makes a low humming sound"),
    ("raises an eyebrow", "lifts one eyebrow"),
    ("freezes for a beat", "stands quite still for a moment"),
    ("wipes {his} brow", "passes a wrist over {his} forehead"),
    ("nods", "dips {his} head"),
    ("swallows", "gulps"),
    ("turns {his} front foot in", "points {his} front toes inward"),
)

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
