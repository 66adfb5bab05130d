"""CL-Sparring-v0: one opponent's habits, in fights of eight exchanges."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.agent import Agent
from clgym.core import Family
from clgym.envs.sparring.world import SparringWorld, draw_world
from clgym.seeding import Seed


class Sparring(Family):
    """Eight exchanges with an opponent whose habits no model has seen before.

    Description
        Every world is one invented opponent. In each exchange it shows something (a tell) and the agent names one of six
        moves. What the opponent does next follows from its habits; a coach in the corner comments. The sport itself is not
        hidden: which move beats which attack is the same everywhere and stands in every prompt, so that the whole difference
        between a good fighter and a bad one is knowing this opponent.

    Hidden rules
        Twelve tells of 32 and what follows each (eight tells at level 1, two of them for combinations). From level 1 on
        combinations (what follows the last attack) and the exchange from which the opponent is tired, with tells that then
        mean something else. From level 2 on tells that change their meaning at close range or from some round on, and
        the circumstance that marks a feint, with what a feinted attack turns into. At level 3 also what the opponent does to
        a move made twice running, when countered twice without landing, and after landing. Every exception trades meanings,
        so that no attack is commoner than another and no script of moves pays.

    Observation
        The first names the opponent, the place and time, the table of moves and attacks, and the first tell: "Sparring with
        Brabegan under the bridge on Wednesday afternoon. Parry beats the jab, slip the cross, ... He nods. Your move?" The
        next ones tell what happened (the attack that really came is drawn by seed) and the next tell. Openings and
        observations have eight phrasings each.

    Answer
        One move: "duck". Case and dressing (a code fence, quotes, bold, a bullet, a full stop and the like) do not
        matter. Anything else is no move: the opponent lands, and the fight goes on.

    Reward
        A move pays 1 against the attack that it beats, 0.5 against the other attack of that kind, 0 against the rest. The
        reward of a turn is the *expected* payoff of the move against what the opponent does at that moment (its habit 9 times
        in 10, with overriding exceptions 6 times in 10, else what the tell alone means, or anything), on a scale on which all
        moves equally often earn 0, as does anything worse, and the best move earns 1. No luck is in it. An episode is worth the
        mean of its eight turns.
        Parts: ``expected`` payoff, that of the ``blind`` mixture and of the ``best`` move.

    Feedback
        The coach says whether the read was right, then what the opponent does after which tell (and, above level 0, why: tired,
        at close range, a feint, ...), naming the attack and never the move; the correction names the best move.

    Levels
        0: twelve tells, each followed by one attack 9 times in 10.
        1: combinations and fatigue: what is right depends on the last attack and on the exchange.
        2: distance, round and feints as well.
        3: the opponent adjusts to what the agent did, mid-fight, and some circumstances mark nothing.

    Pools
        ``learn`` (2,400 fights) and ``eval`` (320; other places and times, other sequences of the same tells).
        ``transfer/fencing``: the same opponent with a foil; attacks, moves and tells in other words, the mapping of attacks
        in the prompt. ``guard``: somebody else who shows the same tells and has no habits; the prompt says which attack is
        likeliest when, and the move against it is right whatever is shown.

    Probes
        Probe-Reasoning-v0.

    Floor and ceiling
        The oracle earns 1.0, the floor is 0.33 (0.4 in ``guard``). Counting attacks like cards, within one fight, earns 0.29 to
        0.31 on average and 0.33 in one world; remembering signs without reading the prompt of a ``guard`` 0.36,
        and 0.40 in one world. Random moves earn 0.21 to 0.24; the best constant move 0.23 to 0.25 on average over worlds and at
        most 0.29 in one. The best script of eight moves that a climber with the grader in hand found earns at most 0.36.
        Blank answers and echoes earn 0. Who knows nothing at first but counts within a fight, as with cards, which attacks
        have come earns 0.30 at levels 0 and 1 and 0.25 above. Who knows what every tell means alone earns 0.87, 0.58 and 0.51
        at levels 1, 2 and 3.

    Origin
        Written for clgym. An opponent as an automaton whose play can be learned: Carmel and Markovitch (1996), "Learning models
        of intelligent agents".
    """

    name = "CL-Sparring-v0"
    version = 1
    levels = range(4)

    def world(self, seed: Seed, level: int) -> SparringWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> Agent:
        from clgym.envs.sparring.learner import SparringLearner

        self.check_level(level)
        return SparringLearner(level, noise=noise, drifts=drifts, seed=seed)
