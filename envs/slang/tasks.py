"""The queries of one slang, each with what its grader needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property
from types import MappingProxyType
from typing import NamedTuple

from clgym.core import LazySequence, Query
from clgym.envs.slang import prompts
from clgym.envs.slang.bank import citation_form, nearness, ordinary, senses
from clgym.envs.slang.slang import AFFIX_SYNONYMS, Slang, Word
from clgym.envs.slang.society import BOOSTERS, NAMES, SETTINGS
from clgym.envs.slang.uses import Use, fine, misused
from clgym.seeding import Draw, Seed
from clgym.text.english import listed

#: How many queries of each kind a pool asks once all kinds are asked.
_LEARN_ALL = {
    "meaning": 500,
    "word": 150,
    "gap": 350,
    "odd": 300,
    "fault": 300,
    "paraphrase": 340,
    "derived": 200,
    "derive": 80,
    "head": 90,
    "booster": 90,
}
_EVAL_ALL = {
    "meaning": 75,
    "word": 20,
    "gap": 60,
    "odd": 40,
    "fault": 40,
    "paraphrase": 50,
    "derived": 30,
    "derive": 10,
    "head": 10,
    "booster": 10,
}
#: How many queries of each kind a pool asks, by level.
_LEARN = (
    {"meaning": 240, "word": 90, "gap": 120},
    {"meaning": 700, "word": 150, "gap": 350, "odd": 330, "fault": 330, "paraphrase": 340, "head": 100, "booster": 100},
    _LEARN_ALL,
    _LEARN_ALL,
)
_EVAL = (
    {"meaning": 80, "word": 30, "gap": 40},
    {"meaning": 100, "word": 20, "gap": 60, "odd": 45, "fault": 45, "paraphrase": 50, "head": 10, "booster": 10},
    _EVAL_ALL,
    _EVAL_ALL,
)
_COMPOUNDS, _GERMAN, _GUARD = (120, 300, 300, 300), (60, 150, 160, 160), (100, 200, 300, 300)
_TRIES = 400
_CHOICES = 5
#: One in so many combinations of a sentence and a name belongs to ``eval``.
_HELD_OUT = 4


class Slot(NamedTuple):
    """A place where ordinary words stand for slang: the words that are right, what share of the marks they carry, the slang."""

    right: tuple[str, ...]
    weight: float
    form: str
    sense: str


class Payload(NamedTuple):
    """What the grader needs.

    ``kind`` is the kind of query; ``right`` the oracle's answer; ``pattern`` what a reading in ordinary words must look like:
    fixed words and slots; ``form`` and ``sense`` the slang word and the gloss in question; ``habit`` the untaught answer;
    ``uses`` what is judged in odd and fault queries, ``lead`` where a sentence to paraphrase is said, in brackets.
    """

    kind: str
    right: str
    habit: str
    form: str = ""
    sense: str = ""
    pattern: tuple[str | Slot, ...] = ()
    accepted: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    lead: str = ""


def _quotas(level: int) -> Mapping[str, Mapping[str, int]]:
    """How many queries of each kind the pools of a level ask."""
    return {
        "learn": _LEARN[level],
        "eval": _EVAL[level],
        "transfer/compound": {"compound": _COMPOUNDS[level]},
        "transfer/german": {"german_word": _GERMAN[level], "german_gap": _GERMAN[level]},
        "guard": {"guard": _GUARD[level]},
    }


@cache
def pool_sizes(level: int) -> Mapping[str, int]:
    """How many queries the pools of a level have."""
    return MappingProxyType({pool: sum(quota.values()) for pool, quota in _quotas(level).items()})


#: Makes one query of a kind for a pool: its prompt and what its grader needs.
Maker = Callable[[Draw, str], tuple[str, Payload]]


class Tasks:
    """Makes the queries of one pool of one slang."""

    def __init__(self, seed: Seed, slang: Slang, pool: str):
        self._seed, self._slang, self._pool, self._turn = seed, slang, pool, 0
        self._queries = LazySequence(self._kind_by_kind)

    def query(self, index: int) -> Query:
        """One query; the index is known to be good."""
        prompt, payload = self._queries[self._order[index]]
        return Query(self._pool, index, prompt, payload, payload.options)

    @cached_property
    def _order(self) -> list[int]:
        """The drawn order in which a pool gives its queries, by where they stand one kind after another."""
        return self._seed.draw("order", self._pool).shuffled(range(pool_sizes(self._slang.level)[self._pool]))

    def _kind_by_kind(self) -> Iterator[tuple[str, Payload]]:
        """Every query of the pool, no prompt twice."""
        taken: set[str] = set()
        for kind, count in _quotas(self._slang.level)[self._pool].items():
            draw, make = self._seed.draw("queries", self._pool, kind), self._maker(kind)
            for self._turn in range(count):
                prompt, payload = self._fresh(make, draw, taken)
                taken.add(prompt)
                yield prompt, payload

    def _fresh(self, make: Maker, draw: Draw, taken: Collection[str]) -> tuple[str, Payload]:
        for _ in range(_TRIES):
            prompt, payload = make(draw, self._pool)
            if prompt not in taken:
                return prompt, payload
        raise RuntimeError(f"{self._pool} has too few queries of one kind")

    def _maker(self, kind: str) -> Maker:
        maker: Maker = getattr(self, f"_{kind}")
        return maker

    def _in_turn(self, words: Sequence[Word]) -> Word:
        """One word after the other, so that none is asked about more often."""
        return words[self._turn % len(words)]

    def _phrase(self, bank: Sequence[str], draw: Draw, pool: str = "", **words: str) -> str:
        """A phrasing, filled in; ``eval`` has the last quarter for itself where ``pool`` is given."""
        if pool in ("learn", "eval"):
            cut = len(bank) * 3 // 4
            bank = bank[:cut] if pool == "learn" else bank[cut:]
        return draw.choice(bank).format(s=self._slang.name, **words).strip()

    # Meanings

    def _neutral(self, bank: Sequence[str], draw: Draw, pool: str) -> tuple[str, str]:
        """A neutral sentence and a name; the combinations of the two are split between ``learn`` and ``eval``."""
        while True:
            sentence, name = draw.integer(0, len(bank) - 1), draw.integer(0, len(NAMES) - 1)
            if ((sentence + name) % _HELD_OUT == 0) == (pool == "eval"):
                return bank[sentence], NAMES[name]

    def _meaning(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn(self._slang.words)
        double = word.double
        if double and double.beside:
            return self._meaning_beside(word, draw, pool)
        sentence, name = self._neutral(prompts.NEUTRAL[word.part], draw, pool)
        use, setting = sentence.format(p=name, w=word.form), ""
        if self._slang.level == 3:
            setting = double.setting if double and draw.chance(0.5) else draw.choice(SETTINGS)
            use = f"({setting}) {use}"
        return self._gloss(word, word.means(setting), use, draw)

    def _meaning_beside(self, word: Word, draw: Draw, pool: str) -> tuple[str, Payload]:
        """A sentence with another slang word in it: half of the time the one that changes the meaning."""
        assert word.double is not None
        partner = self._slang.by_form[word.double.beside]
        if draw.chance(0.5):
            partner = draw.choice(self._slang.by_group[partner.group])
        groups = {each.group: each for each in (word, partner)}
        _, name = self._neutral(("",) * _HELD_OUT, draw, pool)
        verb = groups.get("v")
        filled = {group: each.form for group, each in groups.items()}
        use = prompts.BESIDE["".join(sorted(groups))].format(p=name, it=" it" if verb and verb.part == "t" else "", **filled)
        return self._gloss(word, word.means(beside=partner.form), f"({draw.choice(_elsewhere(word))}) {use}", draw)

    def _gloss(self, word: Word, gloss: str, use: str, draw: Draw) -> tuple[str, Payload]:
        prompt = self._phrase(prompts.MEANING, draw, said=word.form, use=use)
        right = senses()[gloss].words
        slot = Slot(right, 1.0, word.form, gloss)
        return prompt, Payload("meaning", right[0], word.ordinary or word.form, word.form, gloss, (slot,))

    def _word(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn(self._slang.words)
        sense = senses()[word.sense]
        # Asked for by a word that is nearer to this sense than to any other.
        own = [
            each for each in sense.words if all(nearness(each, other) < nearness(each, word.sense) for other in self._others(word))
        ]
        english = draw.choice(own or (sense.gloss,)) if self._slang.level else sense.gloss
        prompt = self._phrase(prompts.WORD, draw, pool, said=citation_form(english, sense.part))
        return prompt, Payload("word", word.form, sense.gloss, word.form, word.sense)

    def _others(self, word: Word) -> list[str]:
        """The other senses of a word's group."""
        return [gloss for gloss in self._slang.senses_by_group[word.group] if gloss != word.sense]

    def _gap(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn(self._slang.words)
        setting, gloss = "", word.sense
        if self._slang.level == 3:
            setting = draw.choice(_elsewhere(word))
            if word.double and word.double.setting and draw.chance(0.5):
                setting, gloss = word.double.setting, word.double.sense
        uses = senses()[gloss].uses
        use = uses[-1] if pool == "eval" else draw.choice(uses[:-1])
        use = (f"({setting}) " if setting else "") + use.replace("~", "___")
        return self._phrase(prompts.GAP, draw, use=use), Payload("word", word.form, gloss, word.form, gloss)

    # Uses

    def _odd(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        words = draw.sample(self._slang.words, _CHOICES)
        odd = draw.integer(0, _CHOICES - 1)
        kinds = ["sense", "booster"] + ["register"] * bool(words[odd].limit)
        # No two lines tell the same story with different words: one of them would have to be the odd one.
        taken = {gloss for word in words for gloss in (word.sense, word.double.sense if word.double else word.sense)}
        uses = [fine(self._slang, word, draw, pool) for word in words]
        uses[odd] = misused(self._slang, words[odd], draw.choice(kinds), draw, pool, taken)
        lines = "\n".join(f"{number}. {use.text}" for number, use in enumerate(uses, 1))
        options = tuple(map(str, range(1, _CHOICES + 1)))
        payload = Payload("odd", str(odd + 1), "1", words[odd].form, words[odd].sense, options=options, uses=tuple(uses))
        return self._phrase(prompts.ODD, draw, use=lines), payload

    def _fault(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        fault = draw.choice(("sense", "register", "booster", "fine"))
        word = draw.choice(self._slang.limited if fault == "register" else self._slang.words)
        use = fine(self._slang, word, draw, pool) if fault == "fine" else misused(self._slang, word, fault, draw, pool)
        prompt = self._phrase(prompts.FAULT, draw, said=word.form, options=prompts.FAULT_OPTIONS, use=use.text)
        options = ("sense", "register", "booster", "fine")
        return prompt, Payload("fault", fault, "fine", word.form, word.sense, options=options, uses=(use,))

    def _booster(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn(self._slang.words)
        options = tuple(draw.shuffled(BOOSTERS[word.group]))
        prompt = self._phrase(prompts.BOOSTER, draw, pool, said=word.form, options=listed(options, "or"))
        return prompt, Payload("booster", word.booster, options[0], word.form, word.sense, options=options)

    # Sentences

    def _paraphrase(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        sentence, name = self._neutral(prompts.SENTENCES[self._slang.level], draw, pool)
        pattern: list[str | Slot] = []
        spoken, plain = [], []
        other = draw.choice([each for each in NAMES if each != name])
        groups = draw_groups(self._slang, sentence, draw)
        forms = [word.form for word in groups.values()]
        for token, core in _tokens(sentence):
            word = groups.get(core)
            if word is None:
                text = token.format(p=name, q=other) if "{" in token else token
                pattern.append(text.strip(".,").casefold())
                spoken.append(text)
                plain.append(text)
                continue
            gloss = word.means(beside=word.double.beside if word.double and word.double.beside in forms else "")
            right = senses()[gloss].words
            pattern.append(Slot(right, 1.0 / len(groups), word.form, gloss))
            tail = token[len(core) :]
            spoken.append(word.form + tail)
            plain.append(right[0] + tail)
        utterance = " ".join(spoken)
        lead = f"({draw.choice(_elsewhere(*groups.values()))}) " if self._slang.level == 3 else ""
        prompt = self._phrase(prompts.PARAPHRASE, draw, use=f"{lead}{utterance}")
        return prompt, Payload("paraphrase", " ".join(plain), utterance, pattern=tuple(pattern), lead=lead.strip())

    def _affixed(self, draw: Draw) -> tuple[Word, str, tuple[Slot, ...]]:
        """A word with an affix, the derived form, and the two ordinary words for it."""
        affix = draw.choice(self._slang.affixes)
        word = draw.choice([word for word in self._slang.by_group[affix.group] if word.part not in "mt"])
        form = affix.on(word.form)
        base = Slot(senses()[word.sense].words, 0.7, word.form, word.sense)
        extra = Slot((affix.meaning, *AFFIX_SYNONYMS[affix.meaning]), 0.3, affix.form, affix.meaning)
        return word, form, (base, extra) if affix.group == "v" else (extra, base)

    def _derived(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word, form, slots = self._affixed(draw)
        sentence, name = self._neutral(prompts.NEUTRAL[word.part], draw, pool)
        use = sentence.format(p=name, w=form)
        if self._slang.level == 3:
            use = f"({draw.choice(_elsewhere(word))}) {use}"
        right = " ".join(slot.right[0] for slot in slots)
        return self._phrase(prompts.DERIVED, draw, said=form, use=use), Payload("derived", right, form, form, word.sense, slots)

    def _derive(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word, form, slots = self._affixed(draw)
        english = " ".join(slot.right[0] for slot in slots)
        if word.part in "np":
            english = citation_form(english, "n")
        prompt = self._phrase(prompts.DERIVE, draw, pool, said=f"to {english}" if word.part == "v" else english)
        return prompt, Payload("word", form, english, form, word.sense)

    # Compounds, German, formal English

    def _head(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        link, (head, kind) = draw.choice(self._slang.links), draw.sample(self._slang.by_group["n"], 2)
        options = tuple(draw.shuffled((head.form, kind.form)))
        prompt = self._phrase(prompts.HEAD, draw, pool, said=link.joined(head.form, kind.form), options=" or ".join(options))
        return prompt, Payload("head", head.form, options[0], link.joined(head.form, kind.form), head.sense, options=options)

    def _compound(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        link, (head, kind) = draw.choice(self._slang.links), draw.sample(self._slang.by_group["n"], 2)
        compound = link.joined(head.form, kind.form)
        slots = tuple(Slot(senses()[word.sense].words, 0.5, word.form, word.sense) for word in (kind, head))
        # Level 0 has no compounds among its learn queries, so that the prompt has to say how they are read.
        rule = "" if self._slang.level else f"The thing itself comes {'first' if link.head_first else 'last'} there. "
        prompt = self._phrase(prompts.COMPOUND, draw, said=compound, rule=rule)
        return prompt, Payload("compound", " ".join(slot.right[0] for slot in slots), compound, compound, pattern=slots)

    def _german_word(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn(self._slang.words)
        right = senses()[word.sense].german
        prompt = self._phrase(prompts.GERMAN_WORD, draw, said=word.form)
        return prompt, Payload("german", right[0], word.form, word.form, word.sense, accepted=right)

    def _german_gap(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn(self._slang.words)
        sense = senses()[word.sense]
        prompt = self._phrase(prompts.GERMAN_GAP, draw, use=sense.german_use.replace("~", "___"))
        return prompt, Payload("word", word.form, sense.german[0], word.form, word.sense)

    def _guard(self, draw: Draw, pool: str) -> tuple[str, Payload]:
        word = self._in_turn([word for word in self._slang.words if word.ordinary])
        real = ordinary()[word.form]
        others = [each.gloss for each in ordinary().values() if each.group == real.group and each.gloss != real.gloss]
        options = tuple(draw.shuffled((real.gloss, word.sense, *draw.sample(others, _CHOICES - 2))))
        bank = prompts.GUARD if self._turn % 2 else prompts.SILENT
        prompt = self._phrase(bank, draw, said=word.form, use=draw.choice(real.sentences), options=listed(options, "or"))
        return prompt, Payload("guard", real.gloss, real.gloss, word.form, word.sense, options=options)


def _elsewhere(*words: Word) -> list[str]:
    """The settings in which none of the words has its second sense."""
    special = {word.double.setting for word in words if word.double}
    return [setting for setting in SETTINGS if setting not in special]


@cache
def _tokens(sentence: str) -> tuple[tuple[str, str], ...]:
    """The words of a sentence with the marks that cling to them, and without."""
    return tuple((token, token.strip(".,")) for token in sentence.split())


@cache
def _places(sentence: str) -> tuple[str, ...]:
    """The places of a sentence where slang words go: "{a1}"."""
    return tuple(core for _, core in _tokens(sentence) if core.startswith("{") and core[1:2] in "anv")


def draw_groups(slang: Slang, sentence: str, draw: Draw) -> dict[str, Word]:
    """A word for each place of a sentence; the places of verbs take no object. Half of the time two of them interact."""
    chosen: dict[str, Word] = {}
    for place in _places(sentence):
        taken = [word for word in chosen.values() if word.group == place[1]]
        choices: Sequence[Word] = slang.free[place[1]]
        if taken:
            choices = [word for word in choices if word not in taken]
        chosen[place] = draw.choice(choices)
    if draw.chance(0.5):
        _pair_up(slang, chosen, draw)
    return chosen


def _pair_up(slang: Slang, chosen: dict[str, Word], draw: Draw) -> None:
    """Put a word that changes beside another one into the sentence, with that other one, where there is room for both."""
    places: dict[str, list[str]] = {group: [] for group in slang.free}
    for place in chosen:
        places[place[1]].append(place)
    # The two words of a pair are never of one group.
    fitting = [
        (mine, theirs, word, other) for word, other in slang.pairs for mine in places[word.group] for theirs in places[other.group]
    ]
    if fitting:
        mine, theirs, word, other = draw.choice(fitting)
        rest = [each for place, each in chosen.items() if place not in (mine, theirs)]
        if word not in rest and other not in rest:
            chosen[mine], chosen[theirs] = word, other
