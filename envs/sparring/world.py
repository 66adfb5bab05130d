"""One opponent as a world of fights."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from clgym.core import Episode, Feedback, Grade, LazyWorld, Misled, MultiTurnWorld, Query, Turn
from clgym.envs.sparring import coach, words
from clgym.envs.sparring.fights import Fight, Show, draw_opponent
from clgym.envs.sparring.habits import LEVELS, Habits, Situation, draw_habits, drifted, sibling
from clgym.envs.sparring.reading import parse
from clgym.envs.sparring.rulebook import rulebook, rules
from clgym.envs.sparring.schools import CALM, EXCHANGES, HANDS, KINDS, SCHOOLS, Person, man, payoff
from clgym.seeding import Draw, Seed
from clgym.text.phrases import Phrasing

#: Places and times that ``learn`` has to itself; ``eval`` has the others.
_LEARN_SCENES = 1250
#: What the best agent without knowledge of the world earns, measured over worlds, with a margin.
_FLOOR = (0.39, 0.32, 0.32, 0.32)


@dataclass(frozen=True)
class Exchange(Grade):
    """The grade of one exchange, with what it was given for: a mistaken coach speaks of the same exchange."""

    situation: Situation | None = None


@dataclass(frozen=True)
class SparringWorld(LazyWorld, MultiTurnWorld):
    """One drawn opponent at one level. Queries are made when they are first asked for."""

    seed: Seed
    level: int
    opponent: Person
    habits: Habits

    family = "CL-Sparring-v0"
    parts = ("payoff", "open")

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.opponent.name

    @functools.cached_property
    def pools(self) -> Mapping[str, int]:  # type: ignore[override]
        return {"learn": 10_000 if self.level == 3 else 2_400, "eval": 320, "transfer/fencing": 320, "guard": 320}

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

    def sibling(self, seed: Seed) -> SparringWorld:
        return replace(self, seed=seed, opponent=draw_opponent(seed), habits=sibling(self.habits, seed))

    def deciders(self, query: Query) -> frozenset[str]:
        """Its tells, and the rules that hold whatever is done: tiredness, distance, feints."""
        if query.payload.plan:
            return frozenset()
        found = {"moods"} if LEVELS[self.level].moods else set()
        for exchange, moment in enumerate(query.payload.moments):
            found.add(f"tell {moment.tell}")
            if moment.tell not in self.habits.fixed:
                found.update(self.habits.active(Situation(exchange, CALM, moment)))
        return frozenset(found)

    def floor(self, pool: str) -> float:
        return _FLOOR[self.level]

    def sample_answer(self, query: Query, draw: Draw) -> str:
        return draw.choice(query.options)

    def habit(self, query: Query) -> str:
        """The first move of the book, whatever the opponent shows."""
        return query.options[0]

    def mislead(self, query: Query, answer: str, grade: Grade, right: str, draw: Draw) -> Misled:
        """What a coach would say of this exchange who takes its tell, and all else about the opponent, for something else."""
        if not isinstance(grade, Exchange) or grade.situation is None:
            return super().mislead(query, answer, grade, right, draw)
        situation, fight, moves = grade.situation, query.payload, query.options
        move, blamed = parse(answer, moves), grade.outcome == "correct"
        others = [other for other in range(len(moves)) if other != moves.index(right) and (not blamed or not payoff(move, other))]
        claimed = draw.choice(others) if blamed or move < 0 else move
        habits = _mistaken(self.habits, situation, claimed, draw)
        if fight.plan:
            fight = replace(fight, plan=(claimed,) * EXCHANGES)
        read = claimed if move < 0 else move
        spoken = coach.speak(habits, fight, situation, read, "wrong" if blamed else "correct", answer, claimed)
        open_ = grade.parts["open"]
        full = open_ / (8.0 if fight.plan else LEVELS[self.level].par)
        claim = answer if move < 0 and not blamed else moves[claimed]
        if not blamed:
            spoken = spoken._replace(correction=draw.choice(coach.SHOWN).format(right=claim))
        reward, outcome = (0.0, "wrong") if blamed else (full, "correct")
        lie = Exchange(reward, outcome, Feedback(*spoken), {"payoff": float(not blamed), "open": open_}, full)
        return Misled(lie, claim if blamed or move < 0 else answer)

    def make_query(self, pool: str, index: int) -> Query:
        fight = self._show.fight(pool, index)
        where, when = self._scene(pool, index)
        moves = SCHOOLS[fight.school].moves[: LEVELS[self.level].attacks]
        return Query(pool, index, words.opening(fight, self.level, where, when, index), fight, moves)

    @functools.cached_property
    def _show(self) -> Show:
        habits = self.habits
        return Show(self.seed, self.level, self.opponent, habits.tells, habits.shares, tuple(sorted(habits.cues)))

    def _scene(self, pool: str, index: int) -> tuple[str, str]:
        """Where and when: no two queries of a pool share both and a phrasing, and ``eval`` shares no scene with ``learn``."""
        scene = index // len(words.OPENINGS) + (_LEARN_SCENES if pool == "eval" else 0) if pool in ("learn", "eval") else index
        return self._scenes[scene]

    @functools.cached_property
    def _scenes(self) -> list[tuple[str, str]]:
        return self.seed.draw("scenes").shuffled(_SCENES)


_SCENES = [(where, when) for where in words.WHERE for when in words.WHEN]


class Bout(Episode):
    """Eight exchanges; what was said so far is in the situation."""

    def __init__(self, habits: Habits, fight: Fight):
        self._habits, self._fight = habits, fight
        self._moves = SCHOOLS[fight.school].moves[: LEVELS[habits.level].attacks]
        self._par = 8.0 if fight.plan else LEVELS[habits.level].par
        self._situation = Situation(0, CALM, fight.moments[0])
        self._look()

    def step(self, answer: str) -> Turn:
        move = parse(answer, self._moves)
        grade = self._grade(move, answer)
        exchange, mood = self._situation.exchange, self._situation.mood
        fight, habits = self._fight, self._habits
        pick = Phrasing(fight.person.name, fight.pool, fight.index, exchange)
        moody = LEVELS[habits.level].moods and not fight.plan
        mood = habits.after(mood, move) if moody else mood
        event = words.event(fight, move, mood if moody else -1, pick.integer(0, 8))
        if exchange + 1 == EXCHANGES:
            return Turn(words.end(event, pick.integer(0, 2)), grade, True)
        self._situation = Situation(exchange + 1, mood, fight.moments[exchange + 1], (self._situation.moves[1], move))
        self._look()
        return Turn(words.later(fight, habits.level, exchange + 1, event, pick.integer(0, 3)), grade, False)

    def solve(self) -> str:
        return self._moves[self._good[0]]

    def score(self, rewards: Sequence[float]) -> float:
        """What the whole fight paid, as a share of what the best moves would have been paid: exchanges that are missing paid nothing."""
        score = round(fsum(rewards) * self._par / self._best, 9)
        return 1.0 if score > 1 else score

    @functools.cached_property
    def _best(self) -> float:
        """What the best moves of this fight pay."""
        if self._fight.plan:
            return float(EXCHANGES)
        habits, mood, moves, total = self._habits, CALM, (-1, -1), 0.0
        for exchange, moment in enumerate(self._fight.moments):
            attack = habits.attack(Situation(exchange, mood, moment, moves))
            move = habits.plan.move(exchange, mood, attack)
            total += habits.openings[mood] * payoff(move, attack)
            mood, moves = habits.after(mood, move), (moves[1], move)
        return total

    def _look(self) -> None:
        """What the opponent is about to do, and the moves that are best for the fight, the best known first."""
        fight, situation = self._fight, self._situation
        if fight.plan:
            self._attack, self._open = fight.plan[situation.exchange], 1.0
            self._good = [self._attack]
            return
        habits = self._habits
        self._attack, self._open = habits.attack(situation), habits.openings[situation.mood]
        good = habits.plan.good[situation.exchange][situation.mood][self._attack]
        self._good = [self._attack, *good] if self._attack in good else good

    def _grade(self, move: int, answer: str) -> Grade:
        worth = payoff(move, self._attack)
        outcome = "malformed" if move < 0 else "correct" if move in self._good else "partial" if worth else "wrong"
        feedback = coach.speak(self._habits, self._fight, self._situation, move, outcome, answer, self._good[0])
        parts = {"payoff": worth, "open": self._open}
        full = self._open / self._par
        return Exchange(full * worth, outcome, feedback, parts, full, self._situation)


def _mistaken(habits: Habits, situation: Situation, attack: int, draw: Draw) -> Habits:
    """Other habits of the same kind, which lead to ``attack`` in the situation."""
    attacks = LEVELS[habits.level].attacks
    wrong = draw.integer(1, attacks - 1)
    meanings = {tell: (meaning + wrong) % attacks for tell, meaning in habits.meanings.items()}
    shifts = {rule: value % (KINDS * HANDS - 1) + 1 for rule, value in habits.shifts.items()}
    first, *others = habits.openings
    other = replace(habits, meanings=meanings, shifts=shifts, openings=(*others, first))
    tell = situation.moment.tell
    meanings[tell] = (meanings[tell] + attack - other.attack(situation)) % attacks
    return other


def draw_world(seed: Seed, level: int) -> SparringWorld:
    """Draw one opponent."""
    return SparringWorld(seed, level, draw_opponent(seed), draw_habits(seed, level))
