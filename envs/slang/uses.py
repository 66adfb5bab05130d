"""Uses of slang words as somebody says them to somebody: right ones and wrong ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from clgym.envs.slang.bank import GROUPS, overlaps, senses
from clgym.envs.slang.slang import Slang, Word
from clgym.envs.slang.society import BOOSTED, BOOSTERS, PHRASE_OF, SETTINGS, draw_pair
from clgym.seeding import Draw


class Use(NamedTuple):
    """What was said, of which word, what is wrong with it ("fine" if nothing), and who said it to whom."""

    text: str
    form: str
    sense: str
    fault: str
    booster: str
    speaker: str
    hearer: str


def fine(slang: Slang, word: Word, draw: Draw, pool: str) -> Use:
    """A use in which everything is right."""
    return _use(slang, word, "fine", draw, pool)


def misused(slang: Slang, word: Word, fault: str, draw: Draw, pool: str, taken: Collection[str] = ()) -> Use:
    """A use with one thing wrong: its sense, its register or its booster. A wrong sense is none of ``taken``."""
    return _use(slang, word, fault, draw, pool, taken)


def _use(slang: Slang, word: Word, fault: str, draw: Draw, pool: str, taken: Collection[str] = ()) -> Use:
    setting = draw.choice(SETTINGS) if slang.level == 3 else ""
    # Half of the uses of a word with a second sense are said where it holds.
    if word.double and word.double.setting and draw.chance(0.5):
        setting = word.double.setting
    gloss = word.means(setting)
    speaker, hearer = draw_pair(draw, word.limit, fault != "register")
    booster = word.booster
    if fault == "booster":
        booster = draw.choice([other for other in BOOSTERS[word.group] if other != booster])
    uses = senses()[_other_sense(slang, word, (gloss, *taken), draw) if fault == "sense" else gloss].uses
    line = (uses[-1] if pool == "eval" else draw.choice(uses[:-1])).replace("~", word.form)
    key = word.part if word.part in BOOSTED else word.group
    tag = draw.choice(BOOSTED[key]).format(w=word.form, b=booster, B=booster.capitalize())
    who = f"{PHRASE_OF[speaker]} to {PHRASE_OF[hearer]}"
    lead = f"{setting}, {who}" if setting else who
    text = f'{lead[0].upper()}{lead[1:]}: "{line[0].upper()}{line[1:]} {tag}"'
    return Use(text, word.form, gloss, fault, booster, speaker, hearer)


def _other_sense(slang: Slang, word: Word, taken: Sequence[str], draw: Draw) -> str:
    """A sense of another word of the same part, or the word's own sense where it does not hold; the word is out of place in its uses."""
    here, free = taken[0], overlaps()
    if word.double and word.sense not in taken and here not in free[word.sense] and draw.chance(0.5):
        return word.sense
    others = [other.sense for other in slang.words if other.part == word.part]
    bank = [sense.gloss for sense in senses().values() if sense.part == word.part]
    # Where nearly all that is said of one could be said of the others (people), something is said that is said of things.
    afar = [sense.gloss for sense in senses().values() if GROUPS[sense.part] == word.group and sense.part != word.part]
    fitting = ([gloss for gloss in some if gloss not in taken and here not in free[gloss]] for some in (others, bank, afar))
    return draw.choice(next(filter(None, fitting)))
