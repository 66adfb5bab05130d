"""CL-Conlang-v0: a small artificial language, then German, then poetry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clgym.core import Family
from clgym.envs.conlang.world import ConlangWorld, draw_world
from clgym.seeding import Seed

if TYPE_CHECKING:
    from clgym.envs.conlang.learner import ConlangLearner


class Conlang(Family):
    """A drawn language that no model has seen before, learned from a teacher's feedback.

    Description
        Every world is a language of its own: sounds, roots, word order, endings, numbers. The agent is given English
        and answers in the language; a teacher says what was right and what was not. What was learned is then asked
        for in other ways: backwards, from and into German, in verse, in sums.

    Hidden rules
        The roots (28 at level 0, over 210 at level 3, some with synonyms), one of six word orders, the place of adjectives,
        number words, owners, adpositions and relative clauses, case affixes and whether adjectives repeat them, plural (an
        affix or reduplication) and its use after number words, noun classes and the agreement of adjectives and verbs,
        tenses, negation (a word or an affix), the question word, vowel harmony, derivation, irregular plurals and pasts, a
        number system on base 5 to 12.

    Observation
        One line that names the language: "Translate into Velan: the red dog". Each kind of query has eight phrasings or more.

    Answer
        The translation and nothing else: "miru tasa". Case and dressing (a code fence, quotes, bold, a full stop and the
        like) do not matter. A couplet is two lines.

    Reward
        1 for any accepted rendering: every legal order, every synonym, every German turn of phrase. Otherwise less than 0.78
        by an alignment of words: 60 % for right words in the right order, 40 % for right words anywhere. A word earns credit
        only if it is more than half right (Levenshtein), words too many count against the answer, and articles and other
        small words weigh little. Wrong sums keep 35 % of that. Couplets: see ``clgym.envs.conlang.poetry``. The part
        ``words`` is the reward; couplets have ``parsed``, ``metre``, ``rhyme`` and ``subject``.

    Feedback
        The teacher quotes the agent's words, says which are right, what the others mean in the language, which form (case,
        plural, tense, ...) a word should have, what is missing and whether the order is wrong. Right words that the agent did
        not write come with ``correction`` only.

    Levels
        0: two-word phrases: 14 nouns crossed with 8 adjectives and the numbers two to seven. 126 of the 196 combinations
        are learned (1,008 ``learn`` queries in eight phrasings), 70 held out.
        1: transitive clauses with case and number words; 76 roots.
        2: plural, tenses, negation, agreement, classes, owners, places; 142 roots.
        3: relative clauses, questions, vowel harmony, irregular and derived words; over 210 roots.
        Levels 1 to 3 have 2,400 ``learn`` and 320 ``eval`` queries.

    Pools
        ``learn`` and ``eval``: English into the language; ``eval`` holds out combinations (noun and modifier, or subject,
        verb and object), never roots. ``transfer/reverse``: into English. ``transfer/german``: into German (even indices)
        and from German. ``transfer/poetry``: a couplet in metre, rhyming, on a subject. ``transfer/sums``: arithmetic in
        number words. ``guard``: English into German, where words of the learned language are wrong.

    Probes
        Probe-German-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank and random answers and the prompt or its English repeated earn at most 0.12 (in sums
        0.25, as they have few answers). The best constant that a hill climber with the grader in hand found earns 0.12 in
        the translation pools, 0.21 in sums and 0.23 as a couplet.

    Origin
        Written for clgym. Artificial languages as a test of learning: Braine (1963), "On learning the grammatical order of
        words"; held-out combinations of known parts: Lake and Baroni (2018), SCAN.
    """

    name = "CL-Conlang-v0"
    version = 2
    levels = range(4)

    def world(self, seed: Seed, level: int) -> ConlangWorld:
        self.check_level(level)
        return draw_world(seed, level)

    def learner(
        self, level: int, *, breadth: int = 1, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0
    ) -> ConlangLearner:
        from clgym.envs.conlang.learner import ConlangLearner

        self.check_level(level)
        return ConlangLearner(level, drifts=drifts, seed=seed)
