"""One drawn slang: its words, what they mean when, who may say them, its affixes and compounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from clgym.core import PickleFieldsOnly
from clgym.envs.slang.bank import GROUP_NAMES, GROUPS, citation_form, nearness, ordinary, senses
from clgym.envs.slang.society import BOOSTERS, SETTINGS, Limit, draw_limit
from clgym.envs.slang.words import Coiner
from clgym.seeding import Draw, Seed


class Size(NamedTuple):
    """How much a level draws: words by group, share of limits, affixes by group, links, words of two senses."""

    words: Mapping[str, int]
    limited: float
    affixes: int
    links: int
    doubles: int


SIZES = (
    Size({"a": 4, "n": 5, "v": 3}, 0.0, 0, 1, 0),
    Size({"a": 14, "n": 14, "v": 12}, 0.4, 0, 1, 0),
    Size({"a": 24, "n": 24, "v": 22}, 0.5, 2, 2, 0),
    Size({"a": 33, "n": 32, "v": 30}, 0.6, 3, 3, 30),
)
#: Share of words that are real ones with a new sense.
_REPURPOSED = 0.45
#: What affixes mean, by group; an adverb follows its verb, the others precede.
AFFIX_MEANINGS: Mapping[str, tuple[str, ...]] = {
    "a": ("very", "almost", "always", "slightly", "never"),
    "n": ("big", "small", "old", "new", "bad"),
    "v": ("again", "often", "badly", "secretly", "together"),
}
#: Other words for what affixes mean.
AFFIX_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "very": ("really", "extremely", "highly", "terribly", "so"),
    "almost": ("nearly", "practically", "virtually"),
    "always": ("constantly", "forever", "ever", "permanently"),
    "slightly": ("somewhat", "mildly", "faintly"),
    "never": (),
    "big": ("large", "huge", "great", "giant"),
    "small": ("little", "tiny", "mini"),
    "old": ("ancient", "aged"),
    "new": ("fresh", "recent", "brand-new"),
    "bad": ("poor", "lousy", "awful", "terrible"),
    "again": ("anew", "afresh"),
    "often": ("frequently", "regularly"),
    "badly": ("poorly", "terribly", "awfully"),
    "secretly": ("covertly", "furtively", "stealthily"),
    "together": ("jointly", "collectively"),
}
_LINKS = ("-", "-a-", "-en-", "-o-", "-is-")


@dataclass(frozen=True)
class Double:
    """A second sense and when it holds: in a setting, or in one sentence with another slang word."""

    sense: str
    setting: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Word:
    """A slang word: the gloss of its sense, the ordinary gloss where it is a real word, its booster, limit and second sense."""

    form: str
    part: str
    sense: str
    ordinary: str
    booster: str
    limit: Limit | None = None
    double: Double | None = None

    @property
    def group(self) -> str:
        """Adjective, noun or verb."""
        return GROUPS[self.part]

    @property
    def senses(self) -> tuple[str, ...]:
        """The glosses of its one or two senses."""
        return (self.sense, self.double.sense) if self.double else (self.sense,)

    def means(self, setting: str = "", beside: str = "") -> str:
        """The gloss of its sense there, in one sentence with the word ``beside``."""
        double = self.double
        if double and ((double.setting and double.setting == setting) or (double.beside and double.beside == beside)):
            return double.sense
        return self.sense


@dataclass(frozen=True)
class Affix:
    """A syllable that changes a word of its group."""

    form: str
    front: bool
    group: str
    meaning: str

    def on(self, word: str) -> str:
        """The word with the affix."""
        return self.form + word if self.front else word + self.form


@dataclass(frozen=True)
class Link:
    """What joins two nouns, and whether the first of them is the thing itself (the other says what kind)."""

    form: str
    head_first: bool

    def joined(self, head: str, kind: str) -> str:
        """The compound of a head and what says its kind."""
        return f"{head}{self.form}{kind}" if self.head_first else f"{kind}{self.form}{head}"


@dataclass(frozen=True)
class Slang(PickleFieldsOnly):
    """One slang at one level. Words keep their place in ``words`` when rules drift."""

    name: str
    level: int
    words: tuple[Word, ...]
    affixes: tuple[Affix, ...]
    links: tuple[Link, ...]

    @cached_property
    def by_form(self) -> Mapping[str, Word]:
        """Every word by its form."""
        return {word.form: word for word in self.words}

    @cached_property
    def by_group(self) -> Mapping[str, tuple[Word, ...]]:
        """The words of each group."""
        return {group: tuple(word for word in self.words if word.group == group) for group in GROUP_NAMES}

    @cached_property
    def senses_by_group(self) -> Mapping[str, tuple[str, ...]]:
        """The glosses that words of each group can have here."""
        return {
            group: tuple(dict.fromkeys(gloss for word in words for gloss in word.senses)) for group, words in self.by_group.items()
        }

    def means(self, english: str, gloss: str) -> bool:
        """Whether an English word says a sense, and comes as near to it as to any other that words of its group have here."""
        near = nearness(english, gloss)
        group = GROUPS[senses()[gloss].part]
        return near > 0 and all(nearness(english, other) <= near for other in self.senses_by_group[group])

    def sense_of(self, english: str, group: str = "") -> str:
        """The sense of this slang that an English word comes nearest to, "" where it comes near none."""
        groups = (group,) if group else tuple(self.senses_by_group)
        near = [(nearness(english, gloss), gloss) for one in groups for gloss in self.senses_by_group[one]]
        best = max(near, default=(0, ""), key=lambda one: one[0])
        return best[1] if best[0] else ""

    @cached_property
    def limited(self) -> tuple[Word, ...]:
        """The words that not everybody may say to everybody."""
        return tuple(word for word in self.words if word.limit)

    @cached_property
    def free(self) -> Mapping[str, tuple[Word, ...]]:
        """The words of each group that take no object."""
        return {group: tuple(word for word in words if word.part != "t") for group, words in self.by_group.items()}

    @cached_property
    def pairs(self) -> tuple[tuple[Word, Word], ...]:
        """Every word that means something else beside another one, with that one; neither takes an object."""
        pairs = [(word, self.by_form[word.double.beside]) for word in self.words if word.double and word.double.beside]
        return tuple(pair for pair in pairs if "t" not in (pair[0].part, pair[1].part))

    def rules(self) -> list[str]:
        """Every drawn rule as a sentence."""
        sentences = []
        for word in self.words:
            sentences.append(f'"{word.form}" means "{_cited(word.sense)}".')
            if word.double:
                when = (
                    f"when said {word.double.setting}" if word.double.setting else (f'in one sentence with "{word.double.beside}"')
                )
                sentences.append(f'But "{word.form}" means "{_cited(word.double.sense)}" {when}.')
            if self.level:
                sentences.append(f'The booster of "{word.form}" is "{word.booster}".')
            if word.limit:
                sentences.append(f'"{word.form}" {word.limit.predicate()}.')
        for affix in self.affixes:
            where = f'"{affix.form}" before' if affix.front else f'"{affix.form}" after'
            sentences.append(f'{where} {article_of(affix.group)} adds "{affix.meaning}".')
        if self.level:
            sentences += [self.sentence(link) for link in self.links]
        return sentences

    @staticmethod
    def sentence(link: Link) -> str:
        """What a link does, in words."""
        head, kind = ("first", "second") if link.head_first else ("second", "first")
        return f'In two nouns joined by "{link.form}" the {head} is the thing itself and the {kind} says what kind.'


def article_of(group: str) -> str:
    """The name of a group with its article."""
    name = GROUP_NAMES[group]
    return f"an {name}" if group == "a" else f"a {name}"


def _cited(gloss: str) -> str:
    return citation_form(gloss, senses()[gloss].part)


def draw_slang(seed: Seed, level: int) -> Slang:
    """Draw a slang."""
    draw, size = seed.draw("slang"), SIZES[level]
    coiner = Coiner(draw)
    name = coiner.word().capitalize()
    words: list[Word] = []
    for group, count in size.words.items():
        words += _draw_words(draw, coiner, group, count, size.limited)
    if size.doubles:
        words = _draw_doubles(draw, words, size.doubles)
    affixes = []
    for group in GROUP_NAMES if size.affixes else ():
        for meaning in draw.sample(AFFIX_MEANINGS[group], size.affixes):
            affixes.append(Affix(coiner.affix(), draw.chance(0.5), group, meaning))
    heads = [draw.chance(0.5)]
    heads += [not heads[0], draw.chance(0.5)]
    links = tuple(Link(form, first) for form, first in zip(draw.sample(_LINKS, size.links), heads))
    return Slang(name, level, tuple(words), tuple(affixes), links)


def _draw_words(draw: Draw, coiner: Coiner, group: str, count: int, limited: float) -> list[Word]:
    """Words of one group, somewhat less than half of them real ones."""
    concepts = draw.sample([sense for sense in senses().values() if GROUPS[sense.part] == group], count)
    real = [word for word in ordinary().values() if word.group == group]
    taken = draw.sample(real, min(len(real), max(2, round(count * _REPURPOSED)) if count > 3 else 1))
    words = []
    for place, sense in enumerate(concepts):
        form, gloss = (taken[place].form, taken[place].gloss) if place < len(taken) else (coiner.word(), "")
        # Exceptions belong to the highest level, where every second limit has one.
        limit = draw_limit(draw, limited > 0.55 and draw.chance(0.5)) if draw.chance(limited) else None
        words.append(Word(form, sense.part, sense.gloss, gloss, draw.choice(BOOSTERS[group]), limit))
    return draw.shuffled(words)


def _draw_doubles(draw: Draw, words: list[Word], count: int) -> list[Word]:
    """Give some words a second sense of their part: one that no other word has, in a setting or beside another word."""
    spent = {word.sense for word in words}
    spare = draw.shuffled(sense for sense in senses().values() if sense.gloss not in spent)
    order = draw.shuffled(range(len(words)))
    changed = list(words)
    for turn, sense in enumerate(spare[:count]):
        place = next((p for p in order if words[p].part == sense.part and changed[p].double is None), None)
        if place is None:
            continue
        double = Double(sense.gloss, setting=draw.choice(SETTINGS))
        if turn % 3 == 0:
            partner = draw.choice([word for word in words if word.group != words[place].group])
            double = Double(sense.gloss, beside=partner.form)
        changed[place] = replace(changed[place], double=double)
    return changed


def drifted(slang: Slang, seed: Seed) -> Slang:
    """The slang after a drift: some words of a part trade senses, boosters and limits move on, a link turns round."""
    draw = seed.draw("drift")
    words = list(slang.words)
    for part in sorted({word.part for word in words}):
        places = [place for place, word in enumerate(words) if word.part == part]
        moving = draw.sample(places, max(2, len(places) // 2)) if len(places) > 1 else []
        moved = [words[place] for place in moving]
        for place, source in zip(moving, [*moved[1:], *moved[:1]]):
            limit = source.limit and draw_limit(draw, bool(source.limit.unless))
            booster = draw.choice(BOOSTERS[source.group])
            words[place] = replace(words[place], sense=source.sense, booster=booster, limit=limit)
    links = tuple(replace(link, head_first=not link.head_first) for link in slang.links)
    return replace(slang, words=tuple(words), affixes=_traded(slang.affixes), links=links)


def _traded(affixes: tuple[Affix, ...]) -> tuple[Affix, ...]:
    """The affixes of each group with their meanings handed on."""
    traded = []
    for group in GROUP_NAMES:
        mine = [affix for affix in affixes if affix.group == group]
        meanings = [affix.meaning for affix in mine]
        traded += [replace(affix, meaning=meaning) for affix, meaning in zip(mine, meanings[1:] + meanings[:1])]
    return tuple(traded)
