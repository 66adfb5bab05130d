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
        Points for what a thing is; a thing is worth their sum. Every value of a trait (character, manner, place, maker, colour,
        reputation, sign) is liked or minded, mostly slightly. Some pairs of traits are linked: any two of their values are liked or
        minded together on top of what each is alone, slightly, plainly or strongly; at levels 2 and 3 also a value and a moment
        (weather, hour, company, mood). Some moments turn round all that a trait is part of.

    Observation
        The five candidates and who is to be pleased. At level 0 on one line: "Pick a tea for Renda: smoky and light; sweet
        and dry; ...". Above it a list of names with a sentence of prose each; at levels 2 and 3 also the moment. Slates are drawn
        without regard to the taste, and the five differ in every trait: no frequency, no rarity and no order tells anything. A change
        of taste leaves the prompts as they are.

    Answer
        The name of one candidate as the prompt writes it ("smoky and light", "Copper Mist") and nothing else. Case and
        dressing (a code fence, quotes, bold, a bullet, a full stop and the like) do not matter. Numbers, letters and several names are
        malformed. ``info["options"]`` has the five names in the order of the prompt.

    Reward
        What the pick is worth on the slate's own scale: 1 for the best of the five, 0 for the mean of the five and all below,
        between them the square of the share of the way: with points p, max(0, (p - mean) / (best - mean)) ** 2. There is no chance
        in it. Where several are best (one slate in ten at level 0, in twenty or less above), each earns 1. The part ``pleasure`` is the reward.

    Feedback
        The person speaks: how the pick was liked, two things that speak for it and two that speak against it, as far as there are so many, each in
        the words of its strength; with ``correction`` the right name and two things that speak for it. An opinion has one sign and one strength for
        all slates; where a moment turns it round, that is said with it.

    Levels
        The catalogue has 12, 24, 64 and 128 features: 2 traits of 6 values, 3 of 8, 4 of 13 and 3 questions of the moment, 7 of 16
        and 4 questions. Linked pairs of traits: none; 3 (192 pairs of values); 4, and 3 with the moment (832);
        8, and 4 with the moment (2,304). Turns: none, none, 1, 2. Above level 0 values are met with a frequency like 1/rank. ``learn`` has
        1,200, 2,000, 4,000 and 10,000 queries, the other pools 300 at level 0 and 320 above.

    Pools
        ``learn`` and ``eval``: at level 0 every ``eval`` slate has a pair of words that ``learn`` never shows. ``transfer/books``: the same
        taste, told of books. ``guard``: somebody else, who goes by one trait alone, whose order of its values the prompt tells; half of
        the ways to say so do not say that it is another taste.

    Probes
        Probe-Facts-v0.

    Floor and ceiling
        The oracle earns 1.0. Whoever does not know the taste earns 0.27 to 0.29 in expectation, whatever is read in the prompts: of two values
        of a trait either is as likely to be liked. The stated floor, 0.4, leaves room for luck over some 50 queries. The best constant answers earn less, since names are drawn anew.

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

    def learner(self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0) -> Agent:
        from clgym.envs.taste.learner import TasteLearner

        self.check_level(level)
        return TasteLearner(level, breadth=breadth, noise=noise, drifts=drifts, seed=seed)
