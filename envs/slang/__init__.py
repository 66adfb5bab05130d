"""CL-Slang-v0: new words, and old ones with new senses, learned from how they are used."""

from __future__ import annotations

from clgym.core import Family
from clgym.envs.slang.world import SlangWorld, draw_world
from clgym.seeding import Seed


class Slang(Family):
    """A drawn slang: what its words mean, who may say them to whom, what goes with them.

    Description
        A group of people talks a slang of its own. Its words are coined, or real words with another sense. The agent is never
        told a dictionary: it sees words in use, is asked what they mean, which one fits, which use is odd, what a sentence says
        in ordinary words, and hears from a friend who talks the slang what was wrong and how people use the word.

    Hidden rules
        The words (12 at level 0, 40, 70 and 95 above), slightly less than half of them real ones, with senses from a bank of
        over 120; the booster that strengthens each word; limits of register (who may say a word, to whom, unless ...); affixes
        that add "very", "again", "small", ...; links that join two nouns, each with its own order of thing and kind; second
        senses in a place ("at the office") or in one sentence with another word.

    Observation
        A question with the slang's name: 'Somebody says in Tevgi slang: "Ada is fabzi." What is "fabzi" in plain English? One
        word.' The sentence around a word that is asked about is neutral. Eight phrasings or more of each kind of query.

    Answer
        What is asked for and nothing else: an ordinary word ("poor"; "to sleep" and "a lie" do as well), a slang word, a
        number, one of the listed options, two words, or a sentence with its slang replaced. Case and dressing
        (a code fence, quotes, bold, a bullet, a full stop and the like) do not matter.

    Reward
        1 for the right answer or any synonym that comes as near to the sense as to another one of the slang; narrower words, a kind
        of the thing, earn nothing and are told so. A slang word with one letter wrong earns 0.5, a German noun without
        its article or with a wrong one 0.5. Sentences and two-word answers earn 0.6 times the share of slang that was read
        rightly, a compound the wrong way round 0.4; a paraphrase that changes other words earns nothing, but may keep or drop the
        bracket that says where a sentence is said, use expressions ("throw up") and put an adverb on either side of its verb. The part ``right`` is
        the reward.

    Feedback
        The friend says what a given slang word does mean, which slang word stands for a given English one, that a sense is the
        ordinary one, whose article is wrong, which parts of a use are fine, that a word is narrower or not the one that he had in mind (he
        does not know every word that is right), and shows the word in a use from which its meaning
        can be guessed. The right answer itself comes with ``correction`` only.

    Levels
        0: twelve words; meaning, word and gap in short prompts. 450 ``learn`` and 150 ``eval`` queries.
        1: 40 words with boosters, some with limits; odd uses among five, what is wrong with a use, paraphrases, compounds.
        2: 70 words, affixes, two kinds of links, sentences with several slang words.
        3: 95 words, up to 30 of them with a second sense in a place or beside another word, limits with exceptions.
        Levels 1 to 3 have 2,400 ``learn`` and 340 ``eval`` queries or more.

    Pools
        ``learn`` and ``eval``: all kinds of queries; ``eval`` holds out uses, phrasings and combinations, never words.
        ``transfer/compound``: a compound of two slang nouns in two ordinary words (at level 0, which teaches no compounds, the
        prompt says which part is the thing). ``transfer/german``: the German for a slang word, and gaps in German sentences.
        ``guard``: the real words among the slang in formal English, where they keep their ordinary sense: one of five options. Half
        of its prompts say nothing of any slang.

    Probes
        Probe-Vocabulary-v0, Probe-Facts-v0.

    Floor and ceiling
        The oracle earns 1.0. Blank, constant, random and plain-English answers earn at most 0.12, and the best answer to each
        kind of question, found with the key in hand, 0.14: the floor is 0.18. It is 0.32 in the guard (one of five options,
        with the luck of the draw) and 0.24 for the compounds of level 0, whose five nouns a hill climber can bet on (0.23).
        SmolLM2-135M-Instruct earns 0.00 untaught and, as ``lora-sft``, 0.88 on 32 queries of ``eval`` after 160 env steps at
        level 0 (one world); gaps in sentences that it had not seen came to 0.7.

    Origin
        Written for clgym: senses, uses and their German are its own. Learning words from the company they keep: Firth (1957);
        a new word from a single context: Carey and Bartlett (1978), "Acquiring a single new word".
    """

    name = "CL-Slang-v0"
    version = 1
    levels = range(4)

    def world(self, seed: Seed, level: int) -> SlangWorld:
        self.check_level(level)
        return draw_world(seed, level)
