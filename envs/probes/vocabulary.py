"""Probe-Vocabulary-v0: what ordinary words mean, so that a slang learned later can be seen to push them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from clgym.core import Grade
from clgym.envs.probes.base import Item, Probe
from clgym.seeding import Draw, Seed

_LEVELS = ("easy", "hard")
_CHOICES = 4
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
        A question and the request for one word; synonyms and the odd one out are chosen from four words.

    Answer
        One word. Case, a final full stop, quotes and a code fence are forgiven, and so is an article ("a baker") and, for an
        opposite or a synonym of a verb, "to".

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

    Origin
        Questions, groups and definitions were written for this suite.
    """

    name = "Probe-Vocabulary-v0"
    floors = (0.16, 0.16)
    longest = 60

    def items(self, seed: Seed, level: int) -> Sequence[Item]:
        sections, draw = _sections()[level], seed.draw("choices")
        items = [*_opposites(sections["opposite"]), *_definitions(sections["define"]), *_same(sections["same"], draw),
                 *_groups(sections["group"], draw)]
        return seed.draw("order").shuffled(items)

    def judge(self, item: Item, answer: str, draw: Draw) -> Grade:
        return super().judge(item, without_article(answer), draw)


def without_article(answer: str) -> str:
    """An answer without an article or "to" in front of its one word.

    >>> without_article("A baker."), without_article("the red baker")
    ('baker.', 'the red baker')
    """
    words = answer.split() if len(answer) <= Vocabulary.longest else []
    return words[1] if len(words) == 2 and words[0].casefold() in ("a", "an", "the", "to") else answer


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@lru_cache(maxsize=1)
def _sections() -> tuple[dict[str, list[list[str]]], ...]:
    """The rows of the file, cut at the bars, by level and kind of question."""
    found: dict[str, dict[str, list[list[str]]]] = {level: {} for level in _LEVELS}
    rows: list[list[str]] = []
    for line in Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            level, kind = line.strip("[]").split()
            rows = found[level].setdefault(kind, [])
        elif line and not line.startswith("#"):
            rows.append([part.strip() for part in line.split("|")])
    return tuple(found[level] for level in _LEVELS)


def _opposites(rows: Iterable[Sequence[str]]) -> Iterator[Item]:
    for word, right, *others in rows:
        yield Item(f'What is the opposite of "{word}"? Answer with one word.', right, _list(",".join(others)))


def _definitions(rows: Iterable[Sequence[str]]) -> Iterator[Item]:
    for said, right, *others in rows:
        yield Item(f"Which word means: {said}? Answer with one word.", right, _list(",".join(others)))


def _same(rows: Sequence[Sequence[str]], draw: Draw) -> Iterator[Item]:
    """Synonyms among words of their part of speech: the answers to other questions whose words are none of its own."""
    pairs = [(word, *right.rsplit(" ", 1)) for word, right in rows]
    for word, right, part in pairs:
        near = {word, right, *(a for a, b, _ in pairs if b in (word, right)), *(b for a, b, _ in pairs if a in (word, right))}
        others = sorted({b for a, b, p in pairs if p == part and b not in near and a not in near})
        options = tuple(draw.shuffled((right, *draw.sample(others, _CHOICES - 1))))
        asked = f'Which of these means the same as "{word}": {_listed(options)}? Answer with one word.'
        yield Item(asked, right, options=options)


def _groups(rows: Iterable[Sequence[str]], draw: Draw) -> Iterator[Item]:
    groups = [Group(realm, name, _list(accepted), _list(members)) for realm, name, accepted, members in rows]
    for group in groups:
        for first, second, third in _triples(group, draw):
            said = f"{first[0].upper()}{first[1:]}, {second} and {third}"
            yield Item(f"{said} are all kinds of what? Answer with one word.", group.name, group.accepted)
        for triple in _triples(group, draw):
            odd = draw.choice(draw.choice([other for other in groups if other.realm != group.realm]).members)
            options = tuple(draw.shuffled((*triple, odd)))
            asked = f"Which word does not belong with the others: {_listed(options)}? Answer with that word."
            yield Item(asked, odd, options=options)


def _triples(group: Group, draw: Draw) -> list[list[str]]:
    """Different sets of three members."""
    found: list[list[str]] = []
    while len(found) < _PER_GROUP:
        triple = draw.sample(group.members, 3)
        if sorted(triple) not in map(sorted, found):
            found.append(triple)
    return found


def _listed(options: Sequence[str]) -> str:
    return f"{', '.join(options[:-1])} or {options[-1]}"
