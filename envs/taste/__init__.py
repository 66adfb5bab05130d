"""CL-Taste-v0: what one person likes."""

from __future__ import annotations

from collections.abc import Sequence

from clgym.agent import Agent
from clgym.core import Family
from clgym.envs.taste.world import TasteWorld, draw_world
from clgym.seeding import Seed


class Taste(Family):
    """What one person likes: pick one of five, again and again, and hear what that person says of the pick.

    Description
        Every world is a person with an invented name and a taste in one kind of thing: teas, films, hikes, songs, restaurants,
        games, cottages, perfumes, podcasts or paintings. Each query offers five of them. The person says whether the pick was
        the one, and why. What was learned is then asked for in books, which are told in the same words.

    Hidden rules
        Points for what a thing is; a thing is worth their sum. Values of a trait (character, manner, place, maker, colour,
        fame) earn or cost points; numbers (price, age, stars) count by the unit, up to a cap, or from a threshold on; some
        values are liked only under a condition, some go together or clash, some charm once and are too much when several
        come together. At level 3 weather, time of day, company and mood turn the points of a trait round, double them, or
        bring wishes of their own, with exceptions.

    Observation
        The five candidates and who is to be pleased. At level 0 on one line: "Pick a tea for Renda: smoky and light; sweet
        and dry; ...". Above it a list of names with a sentence or two of prose each; at level 3 also the moment.

    Answer
        The name of one candidate as the prompt writes it ("smoky and light", "Copper Mist") and nothing else. Case and
        dressing (a code fence, quotes, bold, a bullet, a full stop and the like) do not matter. Numbers, letters and several names are malformed. ``info["options"]``
        has the five names in the order of the prompt.

    Reward
        What the pick is worth on the slate's own scale: 1 for the best of the five, 0 for the mean of the five and all below,
        in proportion between: with points p, max(0, (p - mean) / (best - mean)). There is no chance in it. The part
        ``pleasure`` is the reward.

    Feedback
        The person speaks: how the pick was liked, its two weightiest pros and cons, how many of the other four would have
        pleased more; with ``correction`` the right name and what speaks for it.

    Levels
        0: two words per candidate; the first word ranks in an order of six, the second (of four) decides between equals. The best
        has the first word of the order in a third of the slates only, so the whole order has to be learned.
        1: five traits whose points add up. 2: eight traits; conditions, thresholds, saturation. 3: nine traits and the moment.
        Level 0 has 1,200 ``learn`` and 300 ``eval`` queries, the others 2,000 and 320.

    Pools
        ``learn`` and ``eval``: at level 0 ``eval`` holds out sets of five, never words. ``transfer/books``: the same taste,
        told of books. ``guard``: somebody else, whose simple taste the prompt tells in full; the learned pick earns less
        than 0.5 there.

    Probes
        Probe-Facts-v0.

    Floor and ceiling
        The oracle earns 1.0. Slates are used only where the best is clear (by 2 points or more) and the five rewards sum to at
        most 1.75 at level 0 and 1.35 above. A pick that knows nothing of the taste therefore earns at most 0.35 and 0.27 in
        expectation (0.28 and 0.24 on average); the stated floors, 0.4 and 0.35, leave room for luck over some 50 queries. At level 0
        an order of the first words that has nothing to do with the taste earns 0.33 over worlds, since low words stand more
        often twice on a list. The best constant answers that were found earn 0.15 at level 0 and 0.02 above. Adding up the points of
        single traits earns about 0.3 at level 2 and 0.4 at level 3, and forgetting the moment 0.5.

    Origin
        Written for clgym. Additive and conditional utilities: Keeney and Raiffa (1976), "Decisions with Multiple Objectives";
        preferences that hold under conditions: Boutilier et al. (2004), "CP-nets".
    """

    name = "CL-Taste-v0"
    version = 1
    levels = range(4)

    def world(self, seed: Seed, level: int) -> TasteWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> Agent:
        from clgym.envs.taste.learner import TasteLearner

        self.check_level(level)
        return TasteLearner(level, breadth=breadth, noise=noise, drifts=drifts, seed=seed)
