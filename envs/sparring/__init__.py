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
        Every world is one invented opponent. In each exchange it shows something (a tell) and the agent names a move. What comes is
        hidden, then and afterwards: the reply says what could be filmed, the move and the mood that it left behind. A coach in the
        corner comments. The sport itself is not hidden: which move beats which attack stands in every prompt, so that the whole
        difference between a good fighter and a bad one is knowing this opponent.

    Hidden rules
        What each tell means, taken alone: one of six attacks, which have a kind (straight, round, rising) and a hand. There are 6, 60,
        180 and 540 tells by level, met with frequencies like 1/rank. From level 1 on, circumstances shift attacks to another kind, to
        the other hand, or both, and add up: tiredness (from a drawn exchange on) and anger; from level 2 on close range and feints (one
        of two cues); at level 3 a move made twice running, while a fifth of the tells are fixed and nothing shifts them. From
        level 1 on the opponent has moods (wary, calm, angry): two moves rile it, two soothe it (at level 3 others in each mood), and
        in one mood, drawn, all of a move's payoff counts, in another 0.65 of it, in the third 0.3.

    Observation
        The first names the opponent, the place and time, the table of moves and attacks, and the first tell: "Sparring with
        Brabegan under the bridge on Wednesday night. Parry beats the jab, ... He nods. Your move?" The next ones tell the move, the
        mood and the next tell: "You duck. He looks angry. Exchange 2 of 8. He shrugs. ...?" Eight, four and three phrasings. The opponent
        begins calm.

    Answer
        One move: "duck". Case and dressing (a code fence, quotes, bold, a bullet, a full stop and the like) do not
        matter. Anything else is no move: nothing is stopped, the mood stays, and the fight goes on.

    Reward
        A move pays 1 against the attack that it beats, 0.25 against that of the same kind and the other hand, 0 against the rest, times
        what the mood leaves open, over a constant of the level: the rewards of a perfect fight sum to about 1. No luck is in it. What
        a move does to the mood is paid for in later exchanges: the best moves are those of dynamic programming over the fight, the
        attacks to come taken as equally likely, and who always beats the attack at hand earns 0.86. The score is what the
        whole fight paid as a share of what the best moves would have been paid in it.
        Parts: ``payoff`` of the move before the mood, ``open``: what the mood leaves of it.

    Feedback
        The coach says whether the move was best for the fight, and what it stopped; then half of what the tell means taken alone (the kind
        or the hand; at level 0 something that it does not mean), one circumstance that counted and what it does, or which moods pay;
        and in some exchanges the whole meaning of another tell. It never calls the move nor the attack that came; the correction
        names the best move. A mistaken coach speaks of the same exchange, with other habits in mind.

    Levels
        0: three attacks, six tells, no moods.
        1: six attacks, sixty tells, moods, tiredness and anger.
        2: 180 tells; distance and feints as well.
        3: 540 tells, some fixed; the opponent reads repeated moves; moods that answer moves differently.

    Pools
        ``learn`` (2,400 fights; 10,000 at level 3) and ``eval`` (320; other places and times, and tells in circumstances that ``learn``
        never shows them in: half of the fight, distance and cue; below level 2 the exchange).
        ``transfer/fencing``: the same opponent with a foil; attacks, moves, tells, kinds and hands in other words. ``guard``: somebody
        else who shows the same tells and has no habits; the prompt says what half of the attacks are, and the move against that is
        right whatever is shown. Half of these prompts do not say that there is nothing to read.

    Probes
        Probe-Reasoning-v0.

    Floor and ceiling
        The oracle earns 1.0. Random moves earn 0.33 at level 0 and 0.18 to 0.19 above, the best constant move up to 0.39 and
        0.33 in one world; blank answers and echoes 0. The floor is 0.39 at level 0 and 0.32 above: what a constant move earned at most in single worlds. Who knows the habits of before a drift
        earns 0.45 to 0.55.

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

    def learner(self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0) -> Agent:
        from clgym.envs.sparring.learner import SparringLearner

        self.check_level(level)
        return SparringLearner(level, noise=noise, drifts=drifts, seed=seed)
