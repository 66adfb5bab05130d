"""Couplets in a drawn language: metre, rhyme, and something to say.

A couplet is two lines. Each must be something that the language can say, about the subject, of the asked length, and in the metre: between the
stresses of two words lie as many weak syllables as the verse of the language allows. The last words must rhyme: their stems differ and agree from the stressed vowel on, endings do not count. And
the lines must say different things: fewer than half of their words are shared. At level 0, whose lines are two words, one line on the subject
is enough, nothing scans, lines may share a word, and a last vowel is a rhyme.

Content counts before form, and half a couplet is none: whatever is not whole earns at most a fifth::

    reward = 0.2 × parsed × (1 + 4 × subject × (1 + metre + rhyme + difference) / 4) / 5

which never falls when a part rises; a perfect couplet earns 1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from clgym.envs.bilingual.meaning import Meaning, concepts_of
from clgym.envs.conlang.compare import accepts, words_of
from clgym.envs.conlang.grammar import Language
from clgym.envs.conlang.phonology import stressed, syllables
from clgym.envs.conlang.render import Rendering, render
from clgym.text.answers import in_quotes, unwrap
from clgym.text.phrases import Phrasing

#: A longer line is not read: no couplet of the suite has one nearly as long.
MAX_LINE = 300
_LINES = 2
#: What a couplet that is not perfect earns at most.
_IMPERFECT = 0.2

#: Names that a prompt gives to what it asks for.
_FIELDS = ("couplet", "verse")
_BREAK = re.compile(r"[\r\n]+|\s/\s")
_MARKS = "\"'`“”„‘’«»*_.,;:!?- \t"
#: So many lines are tried in search of a couplet.
_TRIES = 700

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
_LENGTH = (
    "{line} has {count} syllables instead of {wanted}.",
    "A line of {wanted} syllables was asked for; {line} has {count}.",
    "Count again: {line} is {count} syllables long, not {wanted}.",
)
_METRE = (
    "In {line} the metre stumbles at {word}: {place} weak between its stress and the one before.",
    "{line} does not scan: between the stress of {word} and the one before, weak syllables number {place}.",
    "The metre stumbles at {word} in {line}: weak syllables before its stress number {place}.",
)
_RHYME = (
    "{first} and {second} do not rhyme.",
    "The lines end in {first} and {second}, which is no rhyme without their endings.",
    "There is no rhyme between {first} and {second}: endings do not count.",
)
_SAME = (
    "Both lines end in the same word, {first}, which does not rhyme with itself.",
    "Rhyming {first} with itself does not count.",
    "One word ends both lines, as {first} shows: a rhyme needs two.",
)
_SUBJECT = (
    "{line} does not speak of {subject}.",
    "It was to be about {subject}, and {line} is not.",
    "Where is {subject} in {line}?",
)
_ALIKE = (
    "The two lines are too much alike: {count} of their words are the same.",
    "You say nearly the same twice: the lines share {count} words.",
    "Two lines should say two things, and these have {count} words in common.",
)


@dataclass(frozen=True)
class CoupletBrief:
    """What a couplet must be: two lines on the subject, each of so many syllables; ``strict`` from level 1 on."""

    subject: str
    syllables: int
    strict: bool = True


class CoupletGrade(NamedTuple):
    """``reward`` in [0, 1], its ``parts`` (each in [0, 1]) and what is wrong ("" if nothing)."""

    reward: float
    parts: Mapping[str, float]
    diagnosis: str


class Line(NamedTuple):
    """A line of verse: its text, what it says (``None`` if nothing) and the stem of its last word with the lexeme."""

    text: str
    meaning: Meaning | None = None
    stem: str = ""
    lexeme: str = ""


def line_of(language: Language, meaning: Meaning, rendering: Rendering, words: Sequence[str]) -> Line:
    """The line that these words are, which are a rendering of the meaning."""
    slot = rendering.order[-1]
    bare = language.inflected(slot.lexeme, ()) if slot.lexeme[:1] not in "#%" else slot.forms
    irregular = [key for key in slot.keys if f"{slot.lexeme}/{key}" in language.irregular]
    stem = language.irregular[f"{slot.lexeme}/{irregular[0]}"] if irregular else bare[slot.forms.index(words[-1])]
    return Line(" ".join(words), meaning, stem, slot.lexeme)


def stumbles(line: str, language: Language) -> tuple[str, int] | None:
    """The first word of a line that stands too near to the stress before it, or too far from it, and how many weak syllables lie between;
    ``None`` if the line scans."""
    before, last = 0, -1
    for word in line.split():
        place = before + stressed(word, language.stress_last)
        if last >= 0 and place - last - 1 not in language.gaps:
            return word, place - last - 1
        before, last = before + syllables(word), place
    return None


def rhymes(first: Line, second: Line, language: Language) -> bool:
    """Whether the last words of two lines rhyme: other words, whose stems agree from the stressed vowel on."""
    if first.lexeme == second.lexeme or first.stem == second.stem:
        return False
    return language.rime(first.stem) == language.rime(second.stem)


def shared(first: str, second: str) -> int:
    """How many words two lines have in common."""
    return sum((Counter(first.split()) & Counter(second.split())).values())


def lines_of(answer: str) -> list[str]:
    """The lines of a couplet without dressing and the marks at their ends; " / " also parts two lines."""
    lines = (line.strip(_MARKS) for line in _BREAK.split(unwrap(answer, _FIELDS)))
    return [" ".join(line.casefold().replace(",", " ").split()) for line in lines if line]


def grade_couplet(answer: str, brief: CoupletBrief, language: Language, parse: Callable[[str], Line]) -> CoupletGrade:
    """Grade any string as a couplet. ``parse`` gets a line without marks and case, and must not raise."""
    phrasing = Phrasing(brief, answer)
    texts = lines_of(answer)
    if not 1 <= len(texts) <= _LINES:
        count = f"{len(texts)} lines" if texts else "none"
        return CoupletGrade(0.0, dict.fromkeys(PARTS, 0.0), phrasing.say(_COUNT, count=count))
    lines = [parse(text) if len(text) <= MAX_LINE else Line(text) for text in texts]
    parts = _parts(lines, brief, language)
    perfect = min(parts.values()) == 1.0
    form = (1.0 + parts["metre"] + parts["rhyme"] + parts["difference"]) / 4.0
    reward = 1.0 if perfect else _IMPERFECT * parts["parsed"] * (1.0 + 4.0 * parts["subject"] * form) / 5.0
    return CoupletGrade(reward, parts, "" if perfect else " ".join(_faults(phrasing, lines, parts, brief, language)))


PARTS = ("parsed", "subject", "metre", "rhyme", "difference")


def _parts(lines: Sequence[Line], brief: CoupletBrief, language: Language) -> dict[str, float]:
    parsed = [line for line in lines if line.meaning is not None]
    both = len(parsed) == _LINES
    on_subject = sum(brief.subject in concepts_of(line.meaning) for line in parsed)
    in_metre = [syllables(line.text) == brief.syllables and not (brief.strict and stumbles(line.text, language)) for line in parsed]
    apart = both and (not brief.strict or 2 * shared(lines[0].text, lines[1].text) < min(len(line.text.split()) for line in lines))
    return {
        "parsed": len(parsed) / _LINES,
        "subject": on_subject / _LINES if brief.strict else float(on_subject > 0),
        "metre": sum(in_metre) / _LINES,
        "rhyme": float(both and rhymes(lines[0], lines[1], language)),
        "difference": float(apart),
    }


def _faults(
    phrasing: Phrasing, lines: Sequence[Line], parts: Mapping[str, float], brief: CoupletBrief, language: Language
) -> Iterator[str]:
    """Everything that is wrong, the lines' content before their form."""
    if len(lines) < _LINES:
        yield phrasing.say(_COUNT, count="one line")
    yield from (phrasing.say(_FOREIGN, line=in_quotes(line.text)) for line in lines if line.meaning is None)
    for line in lines:
        # A line that was not understood may well speak of the subject.
        if line.meaning is not None and parts["subject"] < 1.0 and brief.subject not in concepts_of(line.meaning):
            yield phrasing.say(_SUBJECT, subject=in_quotes(brief.subject), line=in_quotes(line.text))
    for line in lines if parts["metre"] < 1.0 else ():
        count, fault = syllables(line.text), stumbles(line.text, language) if brief.strict else None
        if count != brief.syllables:
            yield phrasing.say(_LENGTH, line=in_quotes(line.text), count=count, wanted=brief.syllables)
        elif fault is not None:
            yield phrasing.say(_METRE, line=in_quotes(line.text), word=in_quotes(fault[0]), place=fault[1])
    if parts["parsed"] == 1.0 and parts["rhyme"] == 0.0:
        first, second = (in_quotes(line.text.split()[-1]) for line in lines)
        yield phrasing.say(_SAME if lines[0].lexeme == lines[1].lexeme else _RHYME, first=first, second=second)
    if parts["parsed"] == 1.0 and parts["difference"] == 0.0:
        yield phrasing.say(_ALIKE, count=shared(lines[0].text, lines[1].text))


def candidates(language: Language, meanings: Iterable[Meaning], strict: bool, tries: int = _TRIES) -> Iterator[Line]:
    """The lines that scan of so many of these meanings."""
    for meaning in islice(meanings, tries):
        rendering = render(language, meaning)
        if not strict or stumbles(rendering.text, language) is None:
            yield line_of(language, meaning, rendering, rendering.text.split())


def find_couplet(
    language: Language, meanings: Iterable[Meaning], subject: str, strict: bool, length: int = 0, tries: int = _TRIES
) -> tuple[str, str] | None:
    """Two lines on the subject that make a couplet, of that length or of any; ``None`` where the meanings give none."""
    groups: dict[tuple[int, str], list[Line]] = {}
    for line in candidates(language, meanings, strict, tries):
        count = syllables(line.text)
        if length and count != length:
            continue
        group = groups.setdefault((count, language.rime(line.stem)), [])
        for other in group:
            about = [subject in concepts_of(each.meaning) for each in (other, line)]
            enough = all(about) if strict else any(about)
            apart = not strict or 2 * shared(line.text, other.text) < min(len(line.text.split()), len(other.text.split()))
            if enough and apart and rhymes(other, line, language):
                return other.text, line.text
        group.append(line)
    return None


def parsed_line(language: Language, text: str, meanings: Iterable[Meaning]) -> Line:
    """A line with the first of the meanings that is said so."""
    words = words_of(text)
    for meaning in meanings:
        rendering = render(language, meaning)
        if accepts(words, rendering.order):
            return line_of(language, meaning, rendering, words)
    return Line(text)
