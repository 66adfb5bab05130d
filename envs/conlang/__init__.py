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
        Every world is a language of its own: sounds, words, order, endings, numbers. The agent is given English and answers in
        the language; a teacher says what was right, which rule was broken, and how a word that was lacking is used elsewhere.
        What was learned is then asked for in other ways: backwards, from and into German, in verse, in sums.

    Hidden rules
        A catalogue of 22 rules (``catalogue.py``): the order of subject, verb and object; the place of adjectives, number words,
        owners, adpositions, places, relative clauses, "and", the question word, "not", and of "who" and "what"; who is marked by the
        case ending (the object, the one who acts as in ergative languages, or living objects alone), which nouns share it; number
        after number words; what a verb agrees with; the base of numbers and the order of their parts; elision, vowel harmony,
        mutation of first consonants and where it is seen. Affixes for case, owner, plural (or reduplication), past, future, is doing,
        classes of nouns, agreement, negation, derived words. Words: some have a synonym, some stand for two of ours, some of ours
        have two (one for persons and animals); the commonest are irregular at level 3.

    Observation
        One line that names the language: "Translate into Velan: the red dog". Each kind of query has eight phrasings or more.

    Answer
        The translation and nothing else: "miru tasa". Case and dressing (a code fence, quotes, bold, a full stop and the
        like) do not matter. A couplet is two lines.

    Reward
        1 for any accepted rendering: every synonym, in English as in German, every German turn of phrase, numbers in digits.
        Otherwise less than 0.55 by an alignment of words: 60 % for right words in the right order, 40 % for right words anywhere. A
        word earns credit only if it is more than half right (Levenshtein), words too many count against the answer, and
        articles and other small words weigh little. Wrong sums keep 35 % of that. A couplet that is not perfect earns at most 0.2:
        see ``clgym.envs.conlang.poetry``. Parts: ``lexicon`` (words that are there), ``morphology`` (of these, in the right form) and
        ``order`` (pairs that a rule puts in order); couplets have ``parsed``, ``subject``, ``metre``, ``rhyme`` and ``difference``.

    Feedback
        The teacher quotes the agent's words and says which are right. Of a wrong form or order it says which, and the rule behind
        it ("the past of a verb ends in -ka"); for up to two words that are lacking it gives another sentence of the language with
        the word and its English. Nothing below ``correction`` has the whole right answer.

    Levels
        Words are met like 1/rank, in ``learn`` and in ``eval``.
        0: 24 roots; two-word phrases: 11 nouns crossed with 7 adjectives and the numbers two to seven, a third held out.
        1: 150 roots; clauses with case, number words, pronouns, coordination and questions for yes or no.
        2: 800 roots; plural, tenses, is doing, negation, agreement, classes, owners, places, questions for somebody, mutation.
        3: 3,000 roots; relative clauses, vowel harmony, irregular and derived words.

    Pools
        ``learn`` (about 500 queries at level 0, then 4,000, 6,000, 20,000) and ``eval``: English into the language. Above level 0
        ``eval`` holds out forms of words (one in seven) and pairs of constructions; each of its sentences has one that ``learn`` never
        shows. ``transfer/reverse``: into English. ``transfer/german``: into German (even indices) and from German.
        ``transfer/poetry``: a couplet on a subject, of a length, in the metre that the prompt states, rhyming. ``transfer/sums``: arithmetic in
        number words. ``guard``: English into German, where words of the learned language are wrong.

    Probes
        Probe-German-v0, Probe-Grammar-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank and random answers and the prompt or its English repeated earn at most 0.12 (in sums 0.25, as
        they have few answers; as a couplet 0.2, which is also what the best of learned lines and one word swapped earn above
        level 0). A perfect dictionary without grammar earns 0.37, 0.22 and 0.22 at levels 1 to 3, with 1, 0 and 0 % right answers.

    Origin
        Written for clgym. Artificial languages as a test of learning: Braine (1963), "On learning the grammatical order of
        words"; held-out combinations of known parts: Lake and Baroni (2018), SCAN, and Kim and Linzen (2020), COGS.
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
        return ConlangLearner(level, noise=noise, drifts=drifts, seed=seed)
