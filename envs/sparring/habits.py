"""One opponent's habits: which attack follows what, and how sure that is.

An opponent is an automaton. What it is about to do depends on the tell it shows, and from level 1 on also on the exchange
(it tires), on its last attack (it has combinations), on distance, round and feints, and on what *you* did: at level 3 it
reads a move made twice running, loses its temper when countered twice, and follows up when it has just landed.
Every exception permutes attacks, so that no attack is commoner than another in any state.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import fsum
from typing import NamedTuple

from clgym.envs.sparring.schools import CUES, MOVES, TELLS, Permutation, payoff
from clgym.seeding import Draw, Seed

#: Share of attacks that follow no habit at all, by level.
_WILD = (0.10, 0.12, 0.12, 0.12)
#: Where something overrides what the tell alone means, the share that follows the tell nevertheless.
_HONEST = 0.28
#: Clean counters since the opponent last landed that make it lose its temper.
PATIENCE = 2


class Moment(NamedTuple):
    """What the opponent shows in one exchange: a tell, the distance, and a cue (-1 for none)."""

    tell: int
    close: bool = False
    cue: int = -1


class State(NamedTuple):
    """What the fight has come to: exchange (0 to 7), round, the opponent's last attack and whether it landed, the counters since,
    and the last two moves made against it (-1 for none)."""

    exchange: int
    round: int
    last: int
    landed: bool = False
    counters: int = 0
    moves: tuple[int, int] = (-1, -1)


class Intent(NamedTuple):
    """What the opponent is about to do, what its tell alone would mean, and the rules that decide, in order.

    ``steps`` pairs the name of each rule with the attack that it leads to.
    """

    attack: int
    honest: int
    steps: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Habits:
    """The hidden rules. Empty tables and permutations are rules that the level does not have."""

    level: int
    plain: Mapping[int, int]
    combinations: tuple[int, ...] = ()
    follow: Permutation = ()
    tired_from: int = 99
    tired: Mapping[int, int] = field(default_factory=dict)
    close: Mapping[int, int] = field(default_factory=dict)
    late_from: int = 99
    late: Mapping[int, int] = field(default_factory=dict)
    cue: int = -1
    decoy: int = -1
    feint: Permutation = ()
    punish: Permutation = ()
    temper: Permutation = ()
    press: Permutation = ()

    @property
    def tells(self) -> tuple[int, ...]:
        """Every tell of this opponent."""
        return (*self.plain, *self.combinations)

    def intent(self, moment: Moment, state: State) -> Intent:
        """What comes next. The order of the rules is the one that the rulebook states."""
        honest, steps = self._read(moment, state)
        attack = steps[-1][1]
        if moment.tell in self.plain:
            if self.temper and state.counters >= PATIENCE:
                attack = self.temper[attack]
                steps = (*steps, ("temper", attack))
            elif self.feint and moment.cue == self.cue:
                attack = self.feint[attack]
                steps = (*steps, ("feint", attack))
        if self.punish and state.moves[0] == state.moves[1] >= 0:
            attack = self.punish[attack]
            steps = (*steps, ("punish", attack))
        return Intent(attack, honest, steps)

    def _read(self, moment: Moment, state: State) -> tuple[int, tuple[tuple[str, int], ...]]:
        """What the tell alone means, and what it means where and when it is shown."""
        tell = moment.tell
        if tell in self.combinations:
            honest = self.follow[state.last]
            if self.press and state.landed:
                return honest, (("press", self.press[state.last]),)
            return honest, (("follow", honest),)
        honest = self.plain[tell]
        if moment.close and tell in self.close:
            return honest, (("close", self.close[tell]),)
        if state.round >= self.late_from and tell in self.late:
            return honest, (("late", self.late[tell]),)
        if state.exchange + 1 >= self.tired_from and tell in self.tired:
            return honest, (("tired", self.tired[tell]),)
        return honest, (("plain", honest),)


class Odds(NamedTuple):
    """A mixture of attacks and what each move is worth against it.

    ``expected[m]`` is the mean payoff of move m; ``reward[m]`` is the same on a scale on which the mixture that knows nothing
    (every move equally often) earns 0, worse ones 0 too, and the best response 1.
    """

    mixture: tuple[float, ...]
    expected: tuple[float, ...]
    reward: tuple[float, ...]
    best: int
    blind: float

    def attack(self, luck: float) -> int:
        """The attack that really comes, for a ``luck`` in [0, 1)."""
        for attack, share in enumerate(self.mixture):
            luck -= share
            if luck < 0:
                return attack
        return MOVES - 1


@functools.lru_cache(maxsize=512)
def odds(attack: int, honest: int, level: int) -> Odds:
    """The true mixture of an opponent who means to do ``attack`` while its tell alone would mean ``honest``."""
    wild = _WILD[level]
    shares = [wild / MOVES] * MOVES
    shares[attack] += 1 - wild - _HONEST
    shares[honest] += _HONEST
    return odds_of(tuple(shares))


@functools.lru_cache(maxsize=512)
def odds_of(mixture: tuple[float, ...]) -> Odds:
    """What each move is worth against a mixture. (``fsum``, because ``sum`` of floats rounds otherwise since Python 3.12.)"""
    expected = tuple(fsum(share * payoff(move, attack) for attack, share in enumerate(mixture)) for move in range(MOVES))
    best = max(range(MOVES), key=expected.__getitem__)
    blind = fsum(expected) / MOVES
    reward = tuple(min(1.0, max(0.0, (value - blind) / (expected[best] - blind))) for value in expected)
    return Odds(mixture, expected, reward, best, blind)


def draw_habits(seed: Seed, level: int) -> Habits:
    """Draw one opponent."""
    draw = seed.draw("habits")
    many = 1 if level == 1 else 2
    combinations = (0, 2, 2, 3)[level]
    tells = draw.sample(range(len(TELLS)), MOVES * many + combinations)
    plain = dict(zip(tells, draw.shuffled(list(range(MOVES)) * many)))
    habits = Habits(level, plain, tuple(tells[len(plain) :]))
    if level >= 1:
        habits = replace(habits, tired_from=draw.integer(4, 6))
    if level >= 2:
        cue, decoy = draw.sample(range(len(CUES)), 2)
        habits = replace(habits, late_from=draw.integer(2, 4), cue=cue, decoy=decoy, feint=_derangement(draw))
    if level >= 3:
        habits = replace(habits, punish=_derangement(draw), temper=_derangement(draw), press=_derangement(draw))
    return _with_exceptions(habits, draw)


def _with_exceptions(habits: Habits, draw: Draw) -> Habits:
    """The habits with combinations and exceptions drawn to go with what the tells mean."""
    if habits.level >= 1:
        follow = _derangement(draw)
        while follow == habits.press:
            follow = _derangement(draw)
        habits = replace(habits, follow=follow, tired=_traded(habits.plain, draw, 3))
    if habits.level >= 2:
        habits = replace(habits, close=_traded(habits.plain, draw, 6), late=_traded(habits.plain, draw, 6))
    return habits


def drifted(habits: Habits, seed: Seed) -> Habits:
    """The same opponent after some of its habits changed: tells trade meanings, combinations and exceptions are new."""
    draw = seed.draw("drift")
    traded = _traded(habits.plain, draw, 5)
    plain = {tell: traded.get(tell, attack) for tell, attack in habits.plain.items()}
    return _with_exceptions(replace(habits, plain=plain), draw)


def _traded(plain: Mapping[int, int], draw: Draw, count: int) -> dict[int, int]:
    """``count`` tells of different meaning, each with the meaning of the next."""
    chosen: dict[int, int] = {}
    for tell in draw.shuffled(plain):
        if plain[tell] not in chosen.values() and len(chosen) < count:
            chosen[tell] = plain[tell]
    meanings = list(chosen.values())
    return dict(zip(chosen, [*meanings[1:], meanings[0]]))


def _derangement(draw: Draw) -> Permutation:
    """A permutation of the attacks that leaves none in its place."""
    while True:
        attacks = draw.shuffled(range(MOVES))
        if all(place != attack for place, attack in enumerate(attacks)):
            return tuple(attacks)


def favouring(attack: int) -> Odds:
    """The mixture of somebody without habits, half of whose attacks are of one kind and the rest of all others alike."""
    return odds_of(tuple(0.5 if other == attack else 0.1 for other in range(MOVES)))
