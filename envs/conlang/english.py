"""English renderings of meanings: what prompts ask for, and what answers in English are compared with."""

from __future__ import annotations

from collections.abc import Mapping

from clgym.envs.conlang.meaning import Concept, NounPhrase

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def number_word(number: int) -> str:
    """0 to 99 in words: "seven", "forty-two"."""
    if number < 20:
        return NUMBER_WORDS[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{NUMBER_WORDS[ones]}" if ones else "")


def phrase(meaning: NounPhrase, lexicon: Mapping[str, Concept]) -> str:
    """A noun phrase: "the three red dogs"."""
    words = ["the" if meaning.definite else "a"]
    if meaning.count:
        words.append(number_word(meaning.count))
    words += meaning.adjectives
    words.append(lexicon[meaning.noun].plural if meaning.number == "plural" else meaning.noun)
    return " ".join(words)
