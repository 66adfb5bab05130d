"""English renderings of meanings: what prompts ask for, and what answers in English are compared with.

The drawn languages have no articles, so answers in English are compared without theirs ("a dog" is as good as "the dog").
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from clgym.envs.bilingual.meaning import Clause, Concept, NounPhrase
from clgym.text.english import article, capital

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

ARTICLES = frozenset(("the", "a", "an"))
#: Words that say little on their own: they weigh little in the comparison.
SMALL_WORDS = frozenset("the a an of that not will does do did".split())

_CONTRACTIONS = {
    "doesn't": "does not",
    "don't": "do not",
    "didn't": "did not",
    "won't": "will not",
    "who": "that",
    "which": "that",
    "whom": "that",
}
#: Spellings that are as good as those of the lexicon.
_VARIANTS = {
    "gray": "grey",
    "neighbor": "neighbour",
    "neighbors": "neighbours",
    "neighbor's": "neighbour's",
    "neighbors'": "neighbours'",
    "dwarves": "dwarfs",
    "dwarves'": "dwarfs'",
    "scarfs": "scarves",
    "ax": "axe",
    "princess'": "princess's",
    "burnt": "burned",
    "dreamt": "dreamed",
    "smelt": "smelled",
    "waked": "woke",
}


#: Words that take "an" for their sound.
_SILENT_H = ("honest",)


class Style(NamedTuple):
    """One way of saying a meaning where English has several."""

    place_first: bool = False
    of_possessor: bool = False
    early_not: bool = False


_CANONICAL = Style()


def number_word(number: int) -> str:
    """0 to 99 in words: "seven", "forty-two"."""
    if number < 20:
        return NUMBER_WORDS[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{NUMBER_WORDS[ones]}" if ones else "")


def render(meaning: NounPhrase | Clause, lexicon: Mapping[str, Concept], style: Style = _CANONICAL) -> str:
    """A phrase ("the three red dogs") or a sentence ("Will the dog not see the cat?")."""
    if isinstance(meaning, NounPhrase):
        return _phrase(meaning, lexicon, style)
    sentence = " ".join(_clause(meaning, lexicon, style))
    return capital(sentence) + ("?" if meaning.question else ".")


def renderings(meaning: NounPhrase | Clause, lexicon: Mapping[str, Concept]) -> list[str]:
    """Every accepted way of saying it, the canonical one first."""
    styles = itertools.product((False, True), repeat=3)
    return list(dict.fromkeys(render(meaning, lexicon, Style(*choice)) for choice in styles))


def plain(words: list[str]) -> list[str]:
    """The words without articles, contractions and variant spellings: the form in which English answers are compared."""
    straight = (word.replace("’", "'") for word in words)
    parts = (part for word in straight for part in _CONTRACTIONS.get(word, word).replace("-", " ").split())
    return [_VARIANTS.get(part, part) for part in parts if part not in ARTICLES]


def _clause(clause: Clause, lexicon: Mapping[str, Concept], style: Style) -> Iterator[str]:
    helper, verb = _verb(clause, lexicon)
    subject = _phrase(clause.subject, lexicon, style)
    place = f"{clause.place.adposition} {_phrase(clause.place.ground, lexicon, style)}" if clause.place is not None else ""
    if place and style.place_first:
        yield place
    negation = "not" if clause.negated else ""
    if clause.question:
        early = negation if style.early_not else ""
        words = [helper, early, subject, "" if early else negation]
    else:
        words = [subject, helper, negation]
    yield from (word for word in words if word)
    yield verb
    if clause.object is not None:
        yield _phrase(clause.object, lexicon, style)
    if place and not style.place_first:
        yield place


def _verb(clause: Clause, lexicon: Mapping[str, Concept]) -> tuple[str, str]:
    """The helping verb ("" where there is none) and the verb."""
    concept, plural = lexicon[clause.verb], clause.subject.number == "plural"
    if clause.tense == "future":
        return "will", concept.id
    if clause.negated or clause.question:
        return ("did" if clause.tense == "past" else "do" if plural else "does"), concept.id
    return "", concept.past if clause.tense == "past" else concept.id if plural else concept.third


def _phrase(meaning: NounPhrase, lexicon: Mapping[str, Concept], style: Style) -> str:
    words = [number_word(meaning.count)] if meaning.count else []
    words += meaning.adjectives
    words.append(lexicon[meaning.noun].plural if meaning.number == "plural" else meaning.noun)
    if meaning.possessor is not None:
        owner = _phrase(meaning.possessor, lexicon, style)
        owned, ending = " ".join(words), _genitive(meaning.possessor, lexicon)
        text = f"the {owned} of {owner}" if style.of_possessor else f"{owner}{ending} {owned}"
    else:
        determiner = "the" if meaning.definite else "" if meaning.number == "plural" else article(words[0], _SILENT_H)
        text = " ".join([determiner, *words]).strip()
    if meaning.relative is None:
        return text
    relative = meaning.relative
    clause = Clause(NounPhrase(meaning.noun, number=meaning.number), relative.verb, relative.object, relative.tense)
    return f"{text} that {' '.join(word for word in _verb(clause, lexicon) if word)} {_phrase(relative.object, lexicon, style)}"


def _genitive(owner: NounPhrase, lexicon: Mapping[str, Concept]) -> str:
    """What an owner ends in: the dog's, the princess's, the women's, but the dogs'."""
    return "'" if owner.number == "plural" and lexicon[owner.noun].plural.endswith("s") else "'s"
