"""CL-HouseStyle-v0: what an editor wants, learned from the red pencil."""

from __future__ import annotations

from clgym.core import Family
from clgym.envs.housestyle.world import HouseWorld, draw_world
from clgym.seeding import Seed


class HouseStyle(Family):
    """A drawn house style, learned from an editor who sends everything back until facts and style are right.

    Description
        Every world is a house with an editor of its own. The agent is given facts and writes them up; the editor says what in
        the text is not as the house does it. The facts are given: what has to be learned is the style.

    Hidden rules
        2 to 12 preferences out of 66 matters (dates, times, prices, units, dashes, commas, quotation marks, spelling, voice,
        hedges, the words for customers and meetings, greetings, headings, bullets, ...), each with two to eight ways of which
        the house wants one, and never the plain one: 290 rules in all. From level 2 on kinds of document are exceptions, at
        level 3 opening and closing sentences too; where two rules speak of the same thing, the one of higher rank decides.
        And a glossary: 0, 20, 120 or 600 papers of the house (the payroll index, the fuel circular) have names of its own, each drawn
        for itself from twelve, met like 1/rank; half of them at level 2 and all at level 3 have others in two kinds of document.

    Observation
        Level 0: one line to put into house style. Other levels: the kind of document and its facts, one a line, with title,
        addressee, sender and a list where the house has a say about them. Eight phrasings of each kind of query. The way in which
        a value is shown is drawn without regard to the house's, and keeps all that any way needs.

    Answer
        The text and nothing else, in whatever order and words. What wraps the whole of it (a code fence, quotes, bold), typographic
        apostrophes, the case of letters and the marks between sentences do not matter, except where they are the style.

    Reward
        Facts told times share of preferences kept; from level 2 on, the share of facts that are in house style as a whole (what stands
        around them counts as one more). The parts are ``facts``, ``style``, ``glossary`` and one for each preference. Facts are read
        by meaning: one is told where a sentence, or two side by side, have its subject, its values in any spelling and most of its
        other words or words that say the same. It is not told where something denies or doubts it, opposes one of its words or puts
        another value, day, name or thing into it. Sentences that belong to no fact cost twice their share of the text, words in no
        order are no sentences, and answers of more than three times the length are not read. A preference is kept at a slot only
        where the slot is filled with its fact in the wanted way: an answer that obeys and says nothing earns nothing. Who writes a
        slot in two ways is taken at the wrong one. Opening and closing sentences are those of the answer.

    Feedback
        The editor's: which fact is missing, denied or altered and by which words, what was added, and for up to four offences against
        the style the offending words and the rule without an example. Words that the house prefers are hinted at by length and first
        letter; a name of the house's own is told, as no one could guess it. ``correction`` shows the text.

    Levels
        0: two or three preferences on one line of about ten words. 1: four preferences, 20 names, up to four facts, one name in each;
        notes, emails and notices. 2: eight preferences with three exceptions by kind of document, 120 names, up to six facts; memos and
        reports too. 3: twelve preferences with up to seven exceptions by kind and part, 600 names, up to five facts with two names in
        each. From level 2 on the facts are shown in mixed ways. Who knows every preference and name that 40 solved exchanges of level 3
        have shown earns 0.40 to 0.46 (validation worlds 8 to 11).

    Pools
        ``learn`` (2,400, at level 3 10,000) and ``eval`` (320; level 0 has 384 and 96 where its rules allow no more): held-out
        combinations of event and values, and facts that speak of names in other words. ``transfer/types``: posters, leaflets and other kinds of document for which no house makes
        exceptions. ``transfer/german``: the same rules in German, of all matters that German can keep. ``guard``: another author who
        asks for ways of his own, drawn without regard to the house's (even indices), and quotations that stay untouched (odd ones).

    Probes
        Probe-Instructions-v0.

    Floor and ceiling
        The oracle earns 1.0; the facts untouched earn 0 at levels 0 and 1 and less than 0.25 above, where a fact is now and then shown
        in the house's own way; a blank and the prompt repeated earn 0 (in the guard up to 0.26). Who keeps the
        facts and writes every slot in a way drawn at random earns 0.15 to 0.25 on average over worlds and at most 0.26 in one
        (0.35 in German and in the guard). The best constant that a hill climber with the grader in hand found earns 0.03. Slots without
        sentences, words in any order, every form of every slot and the draft beside the answer earn at most 0.05; so do documents all
        of whose facts are denied or altered. In the guard the untouched text earns 0.4 to 0.5, as
        half of the queries are quotations.

    Origin
        Written for clgym.
    """

    name = "CL-HouseStyle-v0"
    version = 2
    levels = range(4)

    def world(self, seed: Seed, level: int) -> HouseWorld:
        self.check_level(level)
        return draw_world(seed, level)
