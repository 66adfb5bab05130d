"""English renderings of meanings: what prompts ask for, and what answers in English are compared with.

The drawn languages have no articles, so answers in English are compared without theirs ("a dog" is as good as "the dog").
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from clgym.envs.bilingual.meaning import PRONOUNS, Clause, Concept, NounPhrase, Place
from clgym.text.english import article, capital

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

ARTICLES = frozenset(("the", "a", "an"))
#: Words that say little on their own: they weigh little in the comparison.
SMALL_WORDS = frozenset("the a an of that not will does do did is are am was were be and".split())

_CONTRACTIONS = {
    "doesn't": "does not",
    "don't": "do not",
    "didn't": "did not",
    "won't": "will not",
    "isn't": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "weren't": "were not",
    "cannot": "can not",
    "which": "that",
    "whom": "who",
    **{f"{who}'{short}": f"{who} {full}" for who in PRONOUNS for short, full in (("ll", "will"), ("re", "are"), ("m", "am"))},
    **{f"{who}'s": f"{who} is" for who in ("he", "she", "it", "who", "what")},
    "i'll": "i will",
    "i'm": "i am",
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
    return capital(sentence) + ("?" if meaning.question or meaning.asks else ".")


def renderings(meaning: NounPhrase | Clause, lexicon: Mapping[str, Concept]) -> list[str]:
    """Every accepted way of saying it, the canonical one first."""
    styles = itertools.product((False, True), repeat=3)
    return list(dict.fromkeys(render(meaning, lexicon, Style(*choice)) for choice in styles))


def plain(words: list[str]) -> list[str]:
    """The words without articles, contractions and variant spellings: the form in which English answers are compared."""
    straight = (word.replace("’", "'") for word in words)
    parts = (part for word in straight for part in _CONTRACTIONS.get(word, word).replace("-", " ").split())
    kept = [_VARIANTS.get(part, part) for part in parts if part not in ARTICLES]
    return ["that" if word == "who" and place else word for place, word in enumerate(kept)]


def _clause(clause: Clause, lexicon: Mapping[str, Concept], style: Style) -> Iterator[str]:
    helper, verb = _verb(clause, lexicon)
    subject = _phrase(clause.subject, lexicon, style)
    target = _phrase(clause.object, lexicon, style, acts=False) if clause.object is not None else ""
    place = _placed(clause.place, lexicon, style) if clause.place is not None else ""
    asks = clause.asks
    # A place behind a relative clause would seem to belong to that.
    in_front = style.place_first or clause.object is not None and clause.object.relative is not None
    if place and in_front and not asks and not clause.question:
        yield place
        place = ""
    negation = "not" if clause.negated else ""
    if clause.question or asks == "object":
        early = negation if style.early_not else ""
        words = [target if asks == "object" else "", helper, early, subject, "" if early else negation, verb]
    else:
        words = [subject, helper, negation, verb]
    words += ["" if asks == "object" else target, place]
    yield from (word for word in words if word)


def _placed(place: Place, lexicon: Mapping[str, Concept], style: Style) -> str:
    return f"{place.adposition} {_phrase(place.ground, lexicon, style, acts=False)}"


_BE = {"present": ("is", "are"), "past": ("was", "were")}


def _verb(clause: Clause, lexicon: Mapping[str, Concept]) -> tuple[str, str]:
    """The helping verb ("" where there is none) and the verb."""
    concept, person = lexicon[clause.verb], clause.subject.noun
    plural = clause.subject.many or person == "you"
    progressive = clause.aspect == "progressive"
    if clause.tense == "future":
        return "will", f"be {concept.gerund}" if progressive else concept.id
    if progressive:
        first = person == "I" and clause.subject.also is None
        helper = "am" if first and clause.tense == "present" else _BE[clause.tense][plural and not first]
        return helper, concept.gerund
    plural = plural or person == "I"
    if clause.negated or clause.question or clause.asks == "object":
        return ("did" if clause.tense == "past" else "do" if plural else "does"), concept.id
    return "", concept.past if clause.tense == "past" else concept.id if plural else concept.third


def _phrase(meaning: NounPhrase, lexicon: Mapping[str, Concept], style: Style, acts: bool = True) -> str:
    """A noun phrase; pronouns that do not act are in the object form."""
    if meaning.noun in PRONOUNS:
        text = meaning.noun if acts else PRONOUNS[meaning.noun]
    else:
        text = _described(meaning, lexicon, style)
    return text if meaning.also is None else f"{text} and {_phrase(meaning.also, lexicon, style, acts)}"


def _described(meaning: NounPhrase, lexicon: Mapping[str, Concept], style: Style) -> str:
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
    words = [text, "that", *_verb(clause, lexicon), _phrase(relative.object, lexicon, style, acts=False)]
    words += [_placed(relative.place, lexicon, style)] if relative.place is not None else []
    return " ".join(word for word in words if word)


def _genitive(owner: NounPhrase, lexicon: Mapping[str, Concept]) -> str:
    """What an owner ends in: the dog's, the princess's, the women's, but the dogs'."""
    return "'" if owner.number == "plural" and lexicon[owner.noun].plural.endswith("s") else "'s"
