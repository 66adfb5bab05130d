"""One opponent as a world of fights."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from clgym.core import Episode, Grade, LazyWorld, MultiTurnWorld, Query, Turn
from clgym.envs.sparring import coach, words
from clgym.envs.sparring.fights import Fight, draw_fight, draw_opponent
from clgym.envs.sparring.habits import Habits, Intent, Odds, State, draw_habits, drifted, favouring, odds
from clgym.envs.sparring.rulebook import rulebook, rules
from clgym.envs.sparring.schools import EXCHANGES, SCHOOLS, Person, man, pair
from clgym.seeding import Draw, Seed
from clgym.text.answers import plain

_POOLS = {"learn": 2400, "eval": 320, "transfer/fencing": 320, "guard": 320}
#: Places and times that ``learn`` has to itself; ``eval`` has the others.
_LEARN_SCENES = 300
#: A move is one or two words; whatever is longer than this is none.
_LONGEST = 60
#: What the best agent without knowledge of the world earns, measured over worlds, with a margin.
_FLOOR, _GUARD_FLOOR = 0.33, 0.4


@dataclass(frozen=True)
class SparringWorld(LazyWorld, MultiTurnWorld):
    """One drawn opponent at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    opponent: Person
    habits: Habits

    family = "CL-Sparring-v0"
    parts = ("expected", "blind", "best")
    pools = _POOLS

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.opponent.name

    def episode(self, query: Query) -> Episode:
        return Bout(self.habits, query.payload)

    def turns(self, query: Query) -> int:
        return EXCHANGES

    def rulebook(self) -> str:
        return rulebook(self.habits, self.opponent)

    def rules(self) -> frozenset[str]:
        return frozenset(rules(self.habits, man("")))

    def drifted(self, seed: Seed) -> SparringWorld:
        return replace(self, habits=drifted(self.habits, seed))

    def floor(self, pool: str) -> float:
        return _GUARD_FLOOR if pool == "guard" else _FLOOR

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return draw.choice(query.options)

    def habit(self, query: Query) -> str:
        """The textbook's safe move, whatever the opponent shows."""
        return SCHOOLS[query.payload.school].safe

    def make_query(self, pool: str, index: int) -> Query:
        fight = draw_fight(self.seed, pool, index, self.habits, self.opponent)
        school = SCHOOLS[fight.school]
        if fight.favourites:
            fight = replace(fight, plan_text=words.plan_text(fight.favourites, self.level, school))
        where, when = self._scene(pool, index)
        return Query(pool, index, words.opening(fight, self.level, index, where, when), fight, school.moves)

    def _scene(self, pool: str, index: int) -> tuple[str, str]:
        """Where and when: no two queries of a pool share both and a phrasing, and ``eval`` shares no scene with ``learn``."""
        scenes = self._scenes
        if pool == "learn":
            return scenes[index // len(words.OPENINGS)]
        if pool == "eval":
            return scenes[_LEARN_SCENES + index // len(words.OPENINGS)]
        return scenes[index]

    @functools.cached_property
    def _scenes(self) -> list[tuple[str, str]]:
        every = [(where, when) for where in words.WHERE for when in words.WHEN]
        return self.seed.draw("scenes").shuffled(every)


class Bout(Episode):
    """Eight exchanges; what was said so far is in the state."""

    def __init__(self, habits: Habits, fight: Fight):
        self._habits, self._fight = habits, fight
        self._state = State(0, fight.round, fight.opened)
        self._read()

    def step(self, answer: str) -> Turn:
        moves = SCHOOLS[self._fight.school].moves
        move = parse(answer, moves)
        grade = self._grade(move, answer, moves[self._odds.best])
        exchange = self._state.exchange
        attack = self._odds.attack(self._fight.luck[exchange])
        event = words.event(self._fight, exchange, move, attack)
        self._state = after(self._state, move, attack)
        if self._state.exchange == EXCHANGES:
            return Turn(words.end(self._fight, event), grade, True)
        self._read()
        return Turn(words.later(self._fight, self._habits.level, exchange + 1, event), grade, False)

    def solve(self) -> str:
        return SCHOOLS[self._fight.school].moves[self._odds.best]

    def score(self, rewards: Sequence[float]) -> float:
        """The mean over all eight exchanges: a fight broken off earns nothing for the rest."""
        return fsum(rewards) / EXCHANGES

    def _read(self) -> None:
        """What the opponent is about to do, and what each move is worth against it."""
        fight, state = self._fight, self._state
        if fight.plan:
            attack = fight.plan[state.exchange]
            self._intent, self._odds = Intent(attack, attack, (("nothing", attack),)), favouring(attack)
        else:
            self._intent = self._habits.intent(fight.moments[state.exchange], state)
            self._odds = odds(self._intent.attack, self._intent.honest, self._habits.level)

    def _grade(self, move: int, answer: str, right: str) -> Grade:
        chances: Odds = self._odds
        reward = chances.reward[move] if move >= 0 else 0.0
        outcome = "malformed" if move < 0 else "correct" if move == chances.best else "partial" if reward > 0 else "wrong"
        expected = chances.expected[move] if move >= 0 else 0.0
        feedback = coach.speak(self._habits, self._fight, self._state, self._intent, outcome, answer, right)
        return Grade(
            reward, outcome, feedback, {"expected": expected, "blind": chances.blind, "best": chances.expected[chances.best]}
        )


def parse(answer: str, moves: Sequence[str]) -> int:
    """The number of the move that an answer is, -1 where it is none."""
    if answer in moves:
        return moves.index(answer)
    text = answer.strip()
    move = plain(text, ("move",)) if len(text) <= _LONGEST else ""
    return moves.index(move) if move in moves else -1


def after(state: State, move: int, attack: int) -> State:
    """The state of a fight after one exchange. An attack lands where the move did nothing against it."""
    landed = move < 0 or move not in (attack, pair(attack))
    counters = 0 if landed else state.counters + (move == attack)
    return State(state.exchange + 1, state.round, attack, landed, counters, (state.moves[1], move))


def draw_world(seed: Seed, level: int) -> SparringWorld:
    """Draw one opponent."""
    return SparringWorld(seed, level, draw_opponent(seed), draw_habits(seed, level))
