"""One opponent's habits: which attack follows what, what changes it, and how its mood goes up and down with the moves made against it.

A tell taken alone means an attack. From level 1 on circumstances shift attacks: another kind, another hand, or both; an opponent has
moods, which *your* moves change, and some moods leave more open than others, so that what a move does to the mood is paid for later.
:data:`LEVELS` and :data:`RULES` are read by what draws worlds and by the learner alike.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from clgym.core import PickleFieldsOnly
from clgym.envs.sparring.schools import CALM, CUES, EXCHANGES, GESTURES, HANDS, KINDS, MOODS, TELLS, payoff
from clgym.seeding import Draw, Seed

#: Rules that shift what a tell means, in the order in which they are told. "read": the last two moves were the same.
RULES = ("tired", "angry", "close", "feint", "read")


@dataclass(frozen=True)
class Level:
    """How much there is to know of an opponent."""

    attacks: int
    tells: int
    """a multiple of ``attacks``: as many for each of them, as common as those of any other"""
    rules: tuple[str, ...] = ()
    moods: bool = False
    effects_by_mood: bool = False
    """whether what a move does to the mood depends on the mood"""
    fixed: float = 0.0
    """share of tells that no rule shifts"""
    par: float = 8.0
    """what a fight of the best kind pays, about: payoffs are divided by it, so that they sum to about 1"""
    other: float = 0.0
    """how often the coach adds a habit that this exchange has not shown"""
    drift: float = 0.5
    """share of tells that mean something else after a drift"""


LEVELS = (
    Level(3, 6, other=1.0, drift=0.1),
    Level(6, 60, RULES[:2], True, par=6.2, other=0.5),
    Level(6, 180, RULES[:4], True, par=6.0, other=0.7),
    Level(6, 540, RULES, True, True, fixed=0.2, par=5.9, other=0.7),
)
#: What is open to the right move in a mood; which mood is which is drawn.
OPENINGS = (0.3, 0.65, 1.0)
#: The exchanges from which an opponent may be tired.
TIRED_FROM = (4, 5, 6)


class Moment(NamedTuple):
    """What an opponent shows in one exchange: a tell, the distance, and a cue (-1 for none)."""

    tell: int
    close: bool = False
    cue: int = -1


class Situation(NamedTuple):
    """One exchange before the move: its number from 0 on, the mood, what is shown, and the last two moves made (-1 for none)."""

    exchange: int
    mood: int
    moment: Moment
    moves: tuple[int, int] = (-1, -1)


@dataclass(frozen=True)
class Habits(PickleFieldsOnly):
    """The hidden rules. ``meanings`` gives the attack of each tell, the commonest tells first; ``shifts`` what each rule adds to it."""

    level: int
    meanings: Mapping[int, int]
    fixed: frozenset[int] = frozenset()
    shifts: Mapping[str, int] = field(default_factory=dict)
    tired_from: int = 99
    #: The cue that marks a feint, and one that marks nothing.
    cues: tuple[int, int] = (-1, -1)
    #: By mood and move: -1, 0 or 1.
    effects: tuple[tuple[int, ...], ...] = ((0,) * 6,) * 3
    openings: tuple[float, ...] = (1.0,) * 3

    def active(self, situation: Situation) -> list[str]:
        """The rules that hold in a situation, whatever the tell."""
        exchange, mood, moment, moves = situation
        holds = {
            "tired": exchange + 1 >= self.tired_from,
            "angry": mood == MOODS.index("angry"),
            "close": moment.close,
            "feint": moment.cue == self.cues[0],
            "read": moves[0] == moves[1] >= 0,
        }
        return [rule for rule in self.shifts if holds[rule]]

    def attack(self, situation: Situation) -> int:
        """What comes."""
        tell = situation.moment.tell
        attack = self.meanings[tell]
        if not self.shifts or tell in self.fixed:
            return attack
        return (attack + sum(self.shifts[rule] for rule in self.active(situation))) % (KINDS * HANDS)

    def after(self, mood: int, move: int) -> int:
        """The mood that a move (-1: none) leaves behind."""
        return moved(mood, self.effects[mood][move]) if move >= 0 else mood

    @functools.cached_property
    def tells(self) -> tuple[int, ...]:
        """Every tell of this opponent, the commonest first."""
        return tuple(self.meanings)

    @functools.cached_property
    def shares(self) -> tuple[float, ...]:
        """How often each of :attr:`tells` or one before it is shown."""
        return shares(len(self.meanings), LEVELS[self.level].attacks)

    @functools.cached_property
    def plan(self) -> Plan:
        """The best moves of a whole fight."""
        after = np.zeros((len(MOODS), LEVELS[self.level].attacks, len(MOODS)))
        for mood in range(len(MOODS)):
            for move in range(after.shape[1]):
                after[mood, move, self.after(mood, move)] = 1
        return Plan(best_values(self.openings, after))


def moved(mood: int, effect: int) -> int:
    """The mood one place up or down, or the same at the end of the ladder."""
    return min(max(mood + effect, 0), len(MOODS) - 1)


@functools.lru_cache(maxsize=8)
def shares(tells: int, attacks: int) -> tuple[float, ...]:
    """Frequencies like 1/rank, added up; a row of as many tells as there are attacks shares the frequency of its ranks."""
    rows = [sum(1 / (row + place + 1) for place in range(attacks)) for row in range(0, tells, attacks)]
    single = [row / attacks / sum(rows) for row in rows for _ in range(attacks)]
    return tuple(accumulate(single))


@functools.lru_cache(maxsize=2)
def payoffs(attacks: int) -> np.ndarray:
    """What each move is worth against each attack: shape (attacks, moves)."""
    return np.array([[payoff(move, attack) for move in range(attacks)] for attack in range(attacks)])


def best_values(openings: Sequence[float], after: np.ndarray) -> np.ndarray:
    """What every move is worth for the rest of a fight, by dynamic programming (Bellman 1957) backwards from its end.

    Q(t, mood, attack, move) = opening(mood) · payoff(move, attack) + mean over the next attack of max Q(t + 1, next mood, ·, ·), the
    attacks of the exchanges to come being equally likely: shape (exchanges, moods, attacks, moves). ``after`` gives the probability of
    each mood after (mood, move).
    """
    worth = payoffs(after.shape[1])
    values = np.empty((EXCHANGES, len(MOODS), *worth.shape))
    later = np.zeros(len(MOODS))
    for exchange in reversed(range(EXCHANGES)):
        values[exchange] = np.asarray(openings)[:, None, None] * worth + (after @ later)[:, None, :]
        later = values[exchange].max(axis=2).mean(axis=1)
    return values


class Plan:
    """Which moves are best, by exchange, mood and attack."""

    def __init__(self, values: np.ndarray):
        best = values.max(axis=3, keepdims=True)
        #: Every best move: equally good ones are equally right.
        self.good: list[list[list[list[int]]]] = [
            [[[m for m, right in enumerate(row) if right] for row in moods] for moods in exchange]
            for exchange in (values > best - 1e-9).tolist()
        ]

    def move(self, exchange: int, mood: int, attack: int) -> int:
        """The best move; of equally good ones that which beats the attack."""
        good = self.good[exchange][mood][attack]
        return attack if attack in good else good[0]


def draw_habits(seed: Seed, level: int) -> Habits:
    """Draw one opponent."""
    draw, depth = seed.draw("habits"), LEVELS[level]
    tells = draw.sample(range(len(GESTURES) if depth.tells <= len(GESTURES) else TELLS), depth.tells)
    meanings: dict[int, int] = {}
    for row in range(0, depth.tells, depth.attacks):
        meanings.update(zip(tells[row : row + depth.attacks], draw.shuffled(range(depth.attacks))))
    habits = Habits(level, meanings)
    if not depth.moods:
        return habits
    cue, decoy = draw.sample(range(len(CUES)), 2)
    return replace(
        habits,
        fixed=_fixed(tells, depth, draw),
        shifts={rule: _shift(draw) for rule in depth.rules},
        tired_from=draw.choice(TIRED_FROM),
        cues=(cue, decoy),
        effects=_effects(draw, depth),
        openings=tuple(draw.shuffled(OPENINGS)),
    )


def _fixed(tells: Sequence[int], depth: Level, draw: Draw) -> frozenset[int]:
    """Whole rows of equally common tells, so that no attack is commoner than another whatever shifts the rest; never the commonest row."""
    rows = range(1, len(tells) // depth.attacks)
    chosen = draw.sample(rows, round(depth.fixed * len(rows)))
    return frozenset(tell for row in chosen for tell in tells[row * depth.attacks : (row + 1) * depth.attacks])


def _shift(draw: Draw) -> int:
    return draw.integer(1, KINDS * HANDS - 1)


def _effects(draw: Draw, depth: Level) -> tuple[tuple[int, ...], ...]:
    """Two moves that rile, two that soothe and two that do neither: in each mood alike, or in each its own."""
    rows = [tuple(draw.shuffled((1, 1, 0, 0, -1, -1))) for _ in MOODS]
    return tuple(rows) if depth.effects_by_mood else (rows[CALM],) * len(MOODS)


def drifted(habits: Habits, seed: Seed) -> Habits:
    """The same opponent after some of its tells have traded meanings with others that are as common."""
    return replace(habits, meanings=_traded(habits, seed.draw("drift"), LEVELS[habits.level].drift))


def sibling(habits: Habits, seed: Seed) -> Habits:
    """Another opponent with the same tells: half of them, of its rules and of its moods' ways are those of ``habits``."""
    draw = seed.draw("sibling")
    other = replace(draw_habits(seed, habits.level), meanings=_traded(habits, draw, 0.5), cues=habits.cues)
    kept = {rule: habits.shifts[rule] if draw.chance(0.5) else shift for rule, shift in other.shifts.items()}
    return replace(
        other,
        shifts=kept,
        fixed=draw.choice((habits.fixed, _fixed(habits.tells, LEVELS[habits.level], draw))),
        tired_from=draw.choice((habits.tired_from, other.tired_from)),
        cues=draw.choice((habits.cues, habits.cues[::-1])),
        effects=draw.choice((habits.effects, other.effects)),
        openings=draw.choice((habits.openings, other.openings)),
    )


def _traded(habits: Habits, draw: Draw, share: float) -> dict[int, int]:
    """What the tells mean after about ``share`` of them have traded: within a row of equally common ones, which has each attack once."""
    attacks, tells, meanings = LEVELS[habits.level].attacks, habits.tells, {}
    for row in range(0, len(tells), attacks):
        here = tells[row : row + attacks]
        count = int(share * attacks + draw.uniform())
        if row == 0:  # a drift of which nothing is seen would be none
            count = max(2, count)
        elif count == 1:  # nobody trades alone
            count = 2 if draw.chance(0.5) else 0
        chosen = draw.sample(here, count)
        turned = dict(zip(chosen, [*chosen[1:], *chosen[:1]]))
        meanings.update({tell: habits.meanings[turned.get(tell, tell)] for tell in here})
    return meanings
