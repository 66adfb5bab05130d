"""Couplets in a drawn language: sounds and lines, not grammar.

A couplet is two lines. Each must be something that the language can say (the caller's ``parse`` decides), each must have
the asked number of syllables (one vowel letter is one syllable), the last words must rhyme (different words that agree
from their last vowel on), and at least one line must mention the asked subject.

Content counts before form: a couplet that says nothing in the language earns nothing, whatever its sound, and one that
says something else than what was asked for earns next to nothing. The parts are scored for lines that parse only::

    reward = parsed × (0.1 + 0.9 × subject × (1 + metre + rhyme) / 3)

which never falls when a part rises and is 1 for a perfect couplet alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from clgym.envs.bilingual.meaning import Clause, Meaning, NounPhrase, concepts_of
from clgym.text.answers import in_quotes, unwrap
from clgym.text.phrases import Phrasing

#: What the parser of a world says about a line: its meaning, or None where it is not of the language.
Parsed = NounPhrase | Clause | None

#: A longer line is not read: no couplet of the suite has one nearly as long.
MAX_LINE = 300
_LINES = 2

#: Names that a prompt gives to what it asks for.
_FIELDS = ("couplet", "verse")
_BREAK = re.compile(r"[\r\n]+|\s/\s")
_MARKS = "\"'`“”„‘’«»*_.,;:!?- \t"

_COUNT = (
    "A couplet has two lines, and this has {count}.",
    "I count {count} where two lines were asked for.",
    "Two lines make a couplet; yours has {count}.",
)
_FOREIGN = (
    "The line {line} says nothing in the language.",
    "I cannot make sense of {line}.",
    "{line} is not something one can say in this language.",
)
_METRE = (
    "{line} has {count} syllables instead of {wanted}.",
    "The metre asks for {wanted} syllables; {line} has {count}.",
    "Count again: {line} is {count} syllables long, not {wanted}.",
)
_RHYME = (
    "{first} and {second} do not rhyme.",
    "The lines end in {first} and {second}, which is no rhyme.",
    "There is no rhyme between {first} and {second}.",
)
_SAME = (
    "Both lines end in {first}; a word does not rhyme with itself.",
    "Rhyming {first} with itself does not count.",
    "{first} stands at the end of both lines: a rhyme needs two words.",
)
_SUBJECT = (
    "Neither line speaks of {subject}.",
    "It was to be about {subject}, and it is not.",
    "Where is {subject}? The couplet does not mention it.",
)


@dataclass(frozen=True)
class CoupletBrief:
    """What a couplet must be: two lines, both in the metre, on the subject.

    ``syllables`` is the count that each line needs; ``subject`` is the concept that at least one line must mention.
    """

    subject: str
    syllables: int


class CoupletGrade(NamedTuple):
    """``reward`` in [0, 1], its ``parts`` (parsed, metre, rhyme, subject, each in [0, 1]) and what is wrong ("" if nothing)."""

    reward: float
    parts: Mapping[str, float]
    diagnosis: str


class _Line(NamedTuple):
    text: str
    meaning: Parsed
    syllables: int


def count_syllables(line: str, vowels: str) -> int:
    """One vowel letter is one syllable.

    >>> count_syllables("miru tasoka", "aeiou")
    5
    """
    return sum(letter in vowels for letter in line.casefold())


def rhymes(first_line: str, second_line: str, vowels: str) -> bool:
    """Whether the last words differ and agree from their last vowel on.

    >>> rhymes("miru taso", "bela niso", "aeiou"), rhymes("miru taso", "bela taso", "aeiou"), rhymes("miru", "bela", "aeiou")
    (True, False, False)
    """
    first, second = last_word(first_line), last_word(second_line)
    return first != second and _tail(first, vowels) == _tail(second, vowels) != ""


def last_word(line: str) -> str:
    """The last word of a line, without marks and case; "" where there is none."""
    words = line.casefold().strip(_MARKS).split()
    return words[-1] if words else ""


def lines_of(answer: str) -> list[str]:
    """The lines of a couplet without dressing and the marks at their ends; " / " also parts two lines."""
    lines = (line.strip(_MARKS) for line in _BREAK.split(unwrap(answer, _FIELDS)))
    return [" ".join(line.casefold().split()) for line in lines if line]


def grade_couplet(answer: str, brief: CoupletBrief, vowels: str, parse: Callable[[str], Parsed]) -> CoupletGrade:
    """Grade any string as a couplet. ``parse`` gets a line without marks and case, and must not raise."""
    phrasing = Phrasing(brief, answer)
    texts = lines_of(answer)
    if not 1 <= len(texts) <= _LINES:
        count = f"{len(texts)} lines" if texts else "none"
        return CoupletGrade(0.0, _parts(0.0, 0.0, 0.0, 0.0), phrasing.say(_COUNT, count=count))
    lines = [_Line(text, parse(text) if len(text) <= MAX_LINE else None, count_syllables(text, vowels)) for text in texts]
    parsed = [line for line in lines if line.meaning is not None]
    parts = _parts(
        parsed=len(parsed) / _LINES,
        metre=sum(_metre(line.syllables, brief.syllables) for line in parsed) / _LINES,
        rhyme=float(len(parsed) == _LINES and rhymes(texts[0], texts[1], vowels)),
        subject=float(any(brief.subject in concepts_of(line.meaning) for line in parsed)),
    )
    reward = parts["parsed"] * (0.1 + 0.9 * parts["subject"] * (1.0 + parts["metre"] + parts["rhyme"]) / 3.0)
    perfect = min(parts.values()) == 1.0
    return CoupletGrade(1.0 if perfect else reward, parts, "" if perfect else _diagnosis(phrasing, lines, parts, brief))


def find_couplet(candidates: Iterable[tuple[Meaning, str]], brief: CoupletBrief, vowels: str) -> tuple[str, str] | None:
    """The first couplet that the candidate lines allow: an opening line on the subject and the first that rhymes with it.

    None where there is none. Candidates are pairs of a meaning and the line that says it; their order decides.
    """
    metrical = [(meaning, line) for meaning, line in candidates if count_syllables(line, vowels) == brief.syllables]
    endings: dict[str, list[str]] = {}
    for _, line in metrical:
        endings.setdefault(_tail(last_word(line), vowels), []).append(line)
    for meaning, line in metrical:
        if brief.subject in concepts_of(meaning):
            for other in endings[_tail(last_word(line), vowels)]:
                if rhymes(line, other, vowels):
                    return line, other
    return None


def _parts(parsed: float, metre: float, rhyme: float, subject: float) -> dict[str, float]:
    return {"parsed": parsed, "metre": metre, "rhyme": rhyme, "subject": subject}


def _metre(count: int, wanted: int) -> float:
    """1 in the metre, a half one syllable off, nothing beyond."""
    return {0: 1.0, 1: 0.5}.get(abs(count - wanted), 0.0)


def _tail(word: str, vowels: str) -> str:
    """The word from its last vowel on; "" where it has none."""
    last = max((place for place, letter in enumerate(word) if letter in vowels), default=len(word))
    return word[last:]


def _diagnosis(phrasing: Phrasing, lines: list[_Line], parts: Mapping[str, float], brief: CoupletBrief) -> str:
    """Everything that is wrong, the lines' content before their form."""
    faults = []
    if len(lines) < _LINES:
        faults.append(phrasing.say(_COUNT, count="one line"))
    faults += [phrasing.say(_FOREIGN, line=in_quotes(line.text)) for line in lines if line.meaning is None]
    # A line that was not understood may well speak of the subject.
    if parts["subject"] == 0.0 and all(line.meaning is not None for line in lines):
        faults.append(phrasing.say(_SUBJECT, subject=in_quotes(brief.subject)))
    for line in lines:
        if line.meaning is not None and line.syllables != brief.syllables:
            faults.append(phrasing.say(_METRE, line=in_quotes(line.text), count=line.syllables, wanted=brief.syllables))
    if len(lines) == _LINES and parts["parsed"] == 1.0 and parts["rhyme"] == 0.0:
        first, second = (last_word(line.text) for line in lines)
        faults.append(phrasing.say(_SAME if first == second else _RHYME, first=in_quotes(first), second=in_quotes(second)))
    return " ".join(faults)
