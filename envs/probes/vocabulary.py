"""Probe-Vocabulary-v0: what ordinary words mean, so that a slang learned later can be seen to push them out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from clgym.core import Grade
from clgym.envs.probes.base import Item, Probe
from clgym.seeding import Draw, Seed
from clgym.text.answers import plain, undress
from clgym.text.english import cells, listed

_LEVELS = ("easy", "hard")
_WORD = re.compile(r"[\w'-]+")
#: What a sentence may hold beside the words of the one that was to be completed, and how many of those it must hold.
_SMALL = frozenset("a an the to is are it they called known as of correct answer".split())
_RESTATED, _SENTENCE = 3, 200
_CHOICES = 4
_LEAD = "Complete this sentence with one word"
#: How many questions are drawn from each group of words, of each of the two kinds.
_PER_GROUP = 4


class Group(NamedTuple):
    """Words of one kind; groups of the same ``realm`` overlap, so that none is the odd one out in the other."""

    realm: str
    name: str
    accepted: tuple[str, ...]
    members: tuple[str, ...]


class Vocabulary(Probe):
    """What words mean: opposites, synonyms, the odd one out, the common kind, the word for a definition.

    Description
        Five kinds of questions about ordinary English words. Slang gives real words new senses; this shows what that costs.

    Hidden rules
        None: the words mean what dictionaries say.

    Observation
        A sentence to complete with one word; synonyms and the odd one out are chosen from four words.

    Answer
        One word, or the one sentence with it in its place and nothing else: small models say it whole. Case, dressing (a
        code fence, quotes, bold, a full stop and the like), an article ("a baker", "to shout") and "The answer is ..." are forgiven.

    Reward
        1 for the answer or an accepted one, else 0.

    Feedback
        That the answer is right or wrong; the correction names the right one.

    Levels
        0: everyday words. 1: rarer ones. Over 290 and over 340 questions.

    Pools
        ``eval`` alone.

    Probes
        None; this is one.

    Floor and ceiling
        About two fifths of the questions are choices of four: choosing at random, or the first, earns about 0.11, which the
        luck of the draw raises to at most 0.16. A constant earns 0.02. The oracle earns 1.
        SmolLM2-135M-Instruct (the frozen agent) earned 0.34 and 0.23 on 64 items of the first training world of version 1.

    Origin
        Questions, groups and definitions were written for this suite.
    """

    name = "Probe-Vocabulary-v0"
    floors = (0.16, 0.16)
    version = 2
    longest = 60

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        sections, draw = _sections()[level], seed.draw("choices")
        items = [
            *_opposites(sections["opposite"]),
            *_definitions(sections["define"]),
            *_same(sections["same"], draw),
            *_groups(sections["group"], draw),
        ]
        return seed.draw("order").shuffled(items)

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        return super().judge(item, without_sentence(item, undress(answer)), draw)


def without_sentence(item: Item, answer: str) -> str:
    """The word in an answer that says no more than the sentence that was to be completed; any other answer as it is.

    >>> hot = Item('Complete this sentence with one word: The opposite of "hot" is ...', "cold")
    >>> without_sentence(hot, 'The opposite of "hot" is cold.'), without_sentence(hot, "The answer is cold.")
    ('cold', 'cold')
    >>> without_sentence(hot, "The opposite of hot is not cold.")
    'The opposite of hot is not cold.'
    """
    if len(answer) > _SENTENCE or "\n" in answer.strip():
        return answer
    tokens = _words(answer)
    short = bool(tokens) and len(tokens) <= 2 and tokens[0] in _SMALL
    if not (short or tokens[:3] == ["the", "answer", "is"] or sum(word in _words(item.prompt) for word in tokens) >= _RESTATED):
        return answer
    # What the options of a choice do not share with the sentence itself is the answer; of an open question, what is new.
    stem = item.prompt.rpartition(": ")[2] if item.options else item.prompt
    left = [word for word in tokens if word not in _SMALL and word not in _words(stem)]
    named = " ".join(left)
    if ("not" in tokens) != ("not" in _words(stem)) and len(tokens) > 4 and ("not" in tokens or "belong" in tokens):
        return answer
    known = item.options or (item.answer, *item.accepted)
    return named if named in map(plain, known) else answer


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=1)
def _sections() -> tuple[dict[str, list[list[str]]], ...]:
    """The rows of the file, cut at the bars, by level and kind of question."""
    sections: dict[str, dict[str, list[list[str]]]] = {level: {} for level in _LEVELS}
    rows: list[list[str]] = []
    for line in Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            level, kind = line.strip("[]").split()
            rows = sections[level].setdefault(kind, [])
        elif line and not line.startswith("#"):
            rows.append([part.strip() for part in line.split("|")])
    return tuple(sections[level] for level in _LEVELS)


def _opposites(rows: Iterable[Sequence[str]]) -> Iterator[Item]:
    for word, right, *others in rows:
        yield Item(f'{_LEAD}: The opposite of "{word}" is ...', right, cells(",".join(others)))


def _definitions(rows: Iterable[Sequence[str]]) -> Iterator[Item]:
    for definition, right, *others in rows:
        yield Item(f'{_LEAD}: The word for "{definition}" is ...', right, cells(",".join(others)))


def _same(rows: Sequence[Sequence[str]], draw: Draw) -> Iterator[Item]:
    """Synonyms among words of their part of speech: the answers to other questions whose words are none of its own."""
    pairs = [(word, *right.rsplit(" ", 1)) for word, right in rows]
    for word, right, part in pairs:
        near = {word, right, *(a for a, b, _ in pairs if b in (word, right)), *(b for a, b, _ in pairs if a in (word, right))}
        others = sorted({b for a, b, p in pairs if p == part and b not in near and a not in near})
        options = tuple(draw.shuffled((right, *draw.sample(others, _CHOICES - 1))))
        choices = listed(options, "or")
        prompt = f'Complete this sentence with {choices}: Another word for "{word}" is ...'
        yield Item(prompt, right, options=options)


def _groups(rows: Iterable[Sequence[str]], draw: Draw) -> Iterator[Item]:
    groups = [Group(realm, name, cells(accepted), cells(members)) for realm, name, accepted, members in rows]
    for group in groups:
        for first, second, third in _triples(group, draw):
            listing = f"{first[0].upper()}{first[1:]}, {second} and {third}"
            yield Item(f"{_LEAD}: {listing} are all kinds of ...", group.name, group.accepted)
        for triple in _triples(group, draw):
            odd = draw.choice(draw.choice([other for other in groups if other.realm != group.realm]).members)
            options = tuple(draw.shuffled((*triple, odd)))
            prompt = f"Complete this sentence with {listed(options, 'or')}: The word that does not belong with the others is ..."
            yield Item(prompt, odd, options=options)


def _triples(group: Group, draw: Draw) -> list[list[str]]:
    """Different sets of three members."""
    triples: list[list[str]] = []
    while len(triples) < _PER_GROUP:
        triple = draw.sample(group.members, 3)
        if sorted(triple) not in map(sorted, triples):
            triples.append(triple)
    return triples
