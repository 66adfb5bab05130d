"""The ideal learner of sparring: what can be known of an opponent from what is shown and said.

Kind and hand of an attack shift apart (modulo 3 and 2), and whatever is seen of one says nothing of the other, so each has its own exact
posterior (:class:`Chain`) over the rules' shifts, when tiredness begins, which cue is a feint, and what every tell means. What moves do
to the mood is seen; which mood pays is weighed over its six orders. Moves are chosen by the dynamic programming of the opponent itself
(:func:`.habits.best_values`) under these beliefs: the best expected one in an exam, the best one of a drawn opponent while learning.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

import numpy as np

from clgym.agent import Conversation
from clgym.envs.sparring.coach import Remark
from clgym.envs.sparring.habits import LEVELS, OPENINGS, TIRED_FROM, Level, Moment, Situation, best_values, moved, payoffs
from clgym.envs.sparring.reading import Asked, parse, read, understand
from clgym.envs.sparring.schools import CALM, HANDS, KINDS, MOODS, SCHOOLS
from clgym.learning import Learner, Seen
from clgym.seeding import Draw, QuickDraw

#: What an impossible observation is thought to have: nothing is ever ruled out.
_FLOOR = 1e-3
#: Moves that are worth so nearly the same are equally good.
_ALIKE = 0.004
#: Hypotheses that are this much less likely than the best (in nats) are dropped.
_DROPPED = 16.0
#: How likely a rule or a tell of one sibling is what it is with their parent.
_SHARED = 0.5


class Chain:
    """The posterior over one part of attacks, kind (``size`` 3) or hand (2).

    A hypothesis gives each rule's shift, the exchange of tiredness and the cue of feints; under each, every tell has its own posterior,
    with a tell that no rule shifts apart (``fixed``). Weights are natural logarithms.
    """

    def __init__(self, size: int, depth: Level):
        self.size, self.rules = size, depth.rules
        self.fixed = depth.fixed
        details = [TIRED_FROM if "tired" in self.rules else (99,), (0, 1) if "feint" in self.rules else (0,)]
        grid = np.array(list(product(*[range(size)] * len(self.rules), *details)))
        self.shifts, self.tired_from, self.cue = grid[:, : len(self.rules)], grid[:, -2], grid[:, -1]
        values = np.bincount(np.arange(1, KINDS * HANDS) % size, minlength=size) / (KINDS * HANDS - 1)
        self.weights = np.log(values)[self.shifts].sum(axis=1)
        self.shifted: dict[int, np.ndarray] = {}
        self.unshifted: dict[int, np.ndarray] = {}
        self._scores: dict[int, np.ndarray] = {}

    def shift(self, situation: Situation, cue: int) -> np.ndarray:
        """What each hypothesis adds in a situation whose cue is the first (0) or second (1) that this opponent has shown, or none (-1)."""
        total = np.zeros(len(self.weights), dtype=int)
        for place, rule in enumerate(self.rules):
            holds: bool | np.ndarray = {
                "tired": situation.exchange + 1 >= self.tired_from,
                "angry": situation.mood == MOODS.index("angry"),
                "close": situation.moment.close,
                "feint": self.cue == cue,
                "read": situation.moves[0] == situation.moves[1] >= 0,
            }[rule]
            total += self.shifts[:, place] * holds
        return total % self.size

    def meet(self, tell: int, prior: np.ndarray) -> None:
        """Begin to keep account of a tell."""
        if tell not in self.shifted:
            self.shifted[tell] = np.tile(np.log(prior) + np.log(1 - self.fixed), (len(self.weights), 1))
            self.unshifted[tell] = np.log(prior) + (np.log(self.fixed) if self.fixed else -np.inf)
            self._scores[tell] = np.zeros(len(self.weights))

    def observe(self, tell: int, chances: np.ndarray, shift: np.ndarray | None = None) -> None:
        """How likely something seen is under each value: of the attack, where a ``shift`` is given, else of the tell taken alone."""
        logs = np.log(chances)
        places = np.arange(self.size)
        self.shifted[tell] += logs if shift is None else logs[(places + shift[:, None]) % self.size]
        self.unshifted[tell] += logs
        self._weigh(tell)

    def mark(self, tell: int, fixed: bool, trust: float) -> None:
        """Somebody said that a tell is fixed, or spoke of it as of one that is not."""
        (self.shifted if fixed else self.unshifted)[tell] += np.log(1 - trust)
        self._weigh(tell)

    def told(self, remark: Remark, cue: int, trust: float) -> None:
        """Somebody said what a rule does."""
        if remark.about not in self.rules:
            return
        fits = self.shifts[:, self.rules.index(remark.about)] == remark.value % self.size
        if remark.about == "tired":
            fits &= self.tired_from == remark.detail
        if remark.about == "feint":
            fits &= self.cue == cue
        self.weights = self.weights + np.log(np.where(fits, trust, 1 - trust))
        self._prune()

    def part(self, tell: int, shift: np.ndarray | None, prior: np.ndarray) -> np.ndarray:
        """How likely each value of an attack is; without a ``shift``, of what the tell means taken alone."""
        if tell not in self.shifted:
            return prior
        weights = np.exp(self.weights - self.weights.max())
        joint = self.shifted[tell] - self._scores[tell][:, None]
        plain = self.unshifted[tell] - self._scores[tell][:, None]
        values = np.arange(self.size) + (0 if shift is None else shift[:, None])
        chances = np.bincount(
            (values % self.size + 0 * joint.astype(int)).ravel(), (weights[:, None] * np.exp(joint)).ravel(), self.size
        )
        chances += weights @ np.exp(plain)
        return chances / chances.sum()

    def drift(self, kept: float) -> None:
        """The rules stay; what a tell means is what it was with probability ``kept``, and anything else otherwise."""
        for tell in self.shifted:
            was = self.part(tell, None, np.full(self.size, 1 / self.size))
            new = np.log(kept * was + (1 - kept) / self.size)
            self.shifted[tell] = np.tile(new + np.log(1 - self.fixed), (len(self.weights), 1))
            self.unshifted[tell] = new + (np.log(self.fixed) if self.fixed else -np.inf)
            self._scores[tell] = np.zeros(len(self.weights))

    def _weigh(self, tell: int) -> None:
        """What a tell says for each hypothesis, in the place of what it said so far."""
        every = np.logaddexp.reduce(
            np.concatenate([self.shifted[tell], np.tile(self.unshifted[tell], (len(self.weights), 1))], axis=1), axis=1
        )
        self.weights = self.weights + every - self._scores[tell]
        self._scores[tell] = every
        self._prune()

    def _prune(self) -> None:
        kept = self.weights > self.weights.max() - _DROPPED
        if kept.sum() <= 0.7 * len(kept):
            self.weights, self.shifts, self.tired_from, self.cue = (
                a[kept] for a in (self.weights, self.shifts, self.tired_from, self.cue)
            )
            for tell in self.shifted:
                self.shifted[tell], self._scores[tell] = self.shifted[tell][kept], self._scores[tell][kept]


class Opponent:
    """What is believed of one opponent."""

    def __init__(self, level: int):
        self.depth = LEVELS[level]
        self.sizes = (KINDS, HANDS)[: 2 if self.depth.attacks > KINDS else 1]
        self.chains = [Chain(size, self.depth) for size in self.sizes]
        #: The cues that were seen, in order.
        self.cues: list[int] = []
        #: By mood and move: how likely it soothes, does nothing, riles.
        self.effects = np.full((len(MOODS), self.depth.attacks, 3), 1 / 3)
        self.orders = list(permutations(OPENINGS)) if self.depth.moods else [(1.0,) * len(MOODS)]
        self.order_weights = np.ones(len(self.orders)) / len(self.orders)
        self._values: list[np.ndarray] | None = None

    @property
    def values(self) -> list[np.ndarray]:
        """What every move is worth (:func:`.habits.best_values`), by the order of the moods' openings."""
        if self._values is None:
            after = np.zeros((*self.effects.shape[:2], len(MOODS)))
            for mood, effect in product(range(len(MOODS)), (-1, 0, 1)):
                after[mood, :, moved(mood, effect)] += self.effects[mood, :, effect + 1]
            self._values = [best_values(order, after) for order in self.orders]
        return self._values

    def cue(self, number: int) -> int:
        """A cue by its place among those of this opponent; -1 for none."""
        if number >= 0 and number not in self.cues:
            self.cues.append(number)
        return self.cues.index(number) if number >= 0 else -1

    def became(self, mood: int, move: int, after: int) -> None:
        """A move was seen to lead from one mood to the next."""
        possible = np.array([moved(mood, effect) == after for effect in (-1, 0, 1)]) + _FLOOR
        rows = [mood] if self.depth.effects_by_mood else range(len(MOODS))
        new = self.effects[mood, move] * possible
        if not np.allclose(new / new.sum(), self.effects[mood, move]):
            self.effects[rows, move] = new / new.sum()
            self._values = None

    def attacks(self, situation: Situation, priors: Sequence[np.ndarray]) -> np.ndarray:
        """How likely each attack is."""
        cue = self.cue(situation.moment.cue)
        tell = situation.moment.tell
        parts = [chain.part(tell, chain.shift(situation, cue), prior) for chain, prior in zip(self.chains, priors)]
        numbers = np.arange(self.depth.attacks)
        return np.prod([part[numbers % len(part)] for part in parts], axis=0)

    def weigh_orders(self, chances: np.ndarray) -> None:
        weights = self.order_weights * (chances + _FLOOR)
        self.order_weights = weights / weights.sum()


class SparringLearner(Learner):
    """Keyed by the opponent's name; what siblings' tells mean is where a new one's are begun with."""

    def __init__(self, level: int, *, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self.level, self.depth, self.noise = level, LEVELS[level], noise
        self.drifts = sorted(drifts)
        self.opponents: dict[str, Opponent] = {}

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        while self.drifts and len(self.seen) >= self.drifts[0]:
            self.drifts.pop(0)
            for opponent in self.opponents.values():
                for chain in opponent.chains:
                    chain.drift(0.5)
        place = self._place(seen.conversation)
        if place is None or place[0].plan:
            return
        asked, situation, moods = place
        opponent = self.opponents.setdefault(asked.name, Opponent(self.level))
        if len(moods) > 1 and situation.moves[1] >= 0 and self.depth.moods:
            opponent.became(moods[-2], situation.moves[1], moods[-1])
        self._meet(opponent, situation.moment.tell)
        said = read(seen.feedback)
        right = parse(seen.correction or said.right, seen.options)
        self._take_exchange(opponent, situation, parse(seen.answer, seen.options), seen.reward, said.payoff, right)
        for remark in said.remarks:
            self._take_remark(opponent, remark, situation.moment.tell)

    def _take_exchange(
        self, opponent: Opponent, situation: Situation, move: int, reward: float | None, worth: float | None, right: int
    ) -> None:
        """What the reward, the verdict and the right move say of the attack that came."""
        chances = np.ones(self.depth.attacks)
        column = payoffs(self.depth.attacks)[:, move]
        believed = opponent.attacks(situation, self._priors(opponent, situation.moment.tell))
        if move >= 0 and reward is not None:
            pays = np.array([order[situation.mood] for order in opponent.orders])[:, None] * column[None]
            fits = np.abs(pays - reward * self.depth.par) < 1e-3
            if reward > 0:
                opponent.weigh_orders(fits @ believed)
            chances *= opponent.order_weights @ fits + _FLOOR
        if move >= 0 and worth is not None:
            chances *= (column == worth) + _FLOOR
        if right >= 0:
            rows = np.stack([values[situation.exchange, situation.mood] for values in opponent.values])
            fits = rows[:, :, right] >= rows.max(axis=2) - 1e-6
            opponent.weigh_orders(fits @ believed)
            chances *= opponent.order_weights @ fits + _FLOOR
        if chances.min() < chances.max():
            self._observe(opponent, situation, believed, chances / chances.max())

    def _observe(self, opponent: Opponent, situation: Situation, believed: np.ndarray, chances: np.ndarray) -> None:
        """Give each chain what it is about: the chances of its part, the other part weighed as it is believed to be."""
        cue = opponent.cue(situation.moment.cue)
        numbers = np.arange(self.depth.attacks)
        for chain in opponent.chains:
            others = np.bincount(numbers % chain.size, believed, chain.size)
            part = np.bincount(numbers % chain.size, believed * chances, chain.size) / np.maximum(others, 1e-12)
            chain.observe(situation.moment.tell, self._trusted(part), chain.shift(situation, cue))

    def _trusted(self, chances: np.ndarray) -> np.ndarray:
        """Chances with what may be somebody's mistake mixed in."""
        doubt = max(self.noise, _FLOOR)
        return (1 - doubt) * chances / chances.max() + doubt / len(chances)

    def _take_remark(self, opponent: Opponent, remark: Remark, shown: int) -> None:
        trust = 1 - max(self.noise, _FLOOR)
        if remark.what == "mood":
            opponent.weigh_orders(
                np.array(
                    [
                        order[remark.value] > order[3 - remark.value - remark.detail] > order[remark.detail]
                        for order in opponent.orders
                    ]
                )
                + (self.noise / 3)
            )
        elif remark.what == "shift":
            for chain in opponent.chains:
                chain.told(remark, opponent.cue(remark.detail) if remark.about == "feint" else -1, trust)
                chain.mark(shown, False, trust)
        elif remark.tell >= 0:
            self._meet(opponent, remark.tell)
            for chain in opponent.chains:
                if remark.what == "fixed":
                    chain.mark(remark.tell, True, trust)
                elif remark.what in ("other", "never") or remark.what == ("kind", "hand")[chain.size == HANDS]:
                    chances = np.arange(chain.size) == remark.value % chain.size
                    chain.observe(remark.tell, self._trusted((chances if remark.what != "never" else ~chances).astype(float)))

    def _meet(self, opponent: Opponent, tell: int) -> None:
        for chain, prior in zip(opponent.chains, self._priors(opponent, tell)):
            chain.meet(tell, prior)

    def _priors(self, opponent: Opponent, tell: int) -> list[np.ndarray]:
        """What a tell may mean before anything is known of it here: half of the siblings' tells mean what their parent's do."""
        priors = []
        for place, size in enumerate(opponent.sizes):
            parent = np.ones(size)
            for other in self.opponents.values() if tell not in opponent.chains[place].shifted else ():
                if other is not opponent and tell in other.chains[place].shifted:
                    means = other.chains[place].part(tell, None, parent)
                    parent = parent * ((1 - _SHARED) / size + _SHARED * means)
            priors.append((1 - _SHARED) / size + _SHARED * parent / parent.sum())
        return priors

    # -- acting -------------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        place = self._place(conversation)
        if place is None:
            return options[0] if options else ""
        asked, situation, _ = place
        if asked.plan:
            late, far = situation.exchange >= 4, not situation.moment.close
            return options[asked.plan[0 if self.level == 0 else int(late if self.level == 1 else far)]]
        opponent = self.opponents.get(asked.name) or Opponent(self.level)
        chances = opponent.attacks(situation, self._priors(opponent, situation.moment.tell))
        tables = [values[situation.exchange, situation.mood] for values in opponent.values]
        if self.frozen:
            worth = sum(weight * (chances @ table) for weight, table in zip(opponent.order_weights, tables))
            return options[self._preferred(worth, chances, conversation[-1]["content"])]
        draw = self.draw(conversation[-1]["content"])
        attack = _drawn(chances, draw)
        worth = tables[_drawn(opponent.order_weights, draw)][attack] + 1e-9 * (np.arange(len(chances)) == attack)
        return options[int(np.argmax(worth))]

    @staticmethod
    def _preferred(worth: np.ndarray, chances: np.ndarray, message: str) -> int:
        """Of about equally good moves the one that beats the attack, else the first, as the oracle has it; anything where nothing is known."""
        near = np.flatnonzero(worth > worth.max() - _ALIKE)
        if np.ptp(chances) < _FLOOR:
            return int(QuickDraw(message).choice(near.tolist()))
        beats = int(np.argmax(chances))
        return beats if beats in near else int(near[0])

    def _place(self, conversation: Sequence[Any]) -> tuple[Asked, Situation, list[int]] | None:
        """The opening of the fight that goes on, the exchange it has come to, and the moods so far."""
        said = [message["content"] for message in conversation if message["role"] == "user"]
        now = understand(said[-1])
        if now is None or len(said) <= now.exchange:
            return None
        opening = understand(said[-1 - now.exchange])
        if opening is None or not opening.name:
            return None
        moods = [CALM if asked is None or asked.mood < 0 else asked.mood for asked in map(understand, said[-1 - now.exchange :])]
        moves = [-1, -1, *(_move(m["content"]) for m in conversation if m["role"] == "assistant")]
        made = (moves[-2] if now.exchange > 1 else -1, moves[-1] if now.exchange else -1)
        return opening, Situation(now.exchange, moods[-1], Moment(*now.moment), made), moods


@functools.lru_cache(maxsize=1024)
def _move(answer: str) -> int:
    """The number of a move in the words of either school."""
    return max(parse(answer, sport.moves) for sport in SCHOOLS.values())


def _drawn(chances: np.ndarray, draw: Draw) -> int:
    """A number with these chances."""
    return draw.weighted(range(len(chances)), chances.tolist())
