"""One rule of dressing: what may stand around a right answer without making it wrong.

An answer is read as a whole or not at all. Taking off a wrapper that holds *all* of it (a code fence, quotes, bold, a bullet, a
repeated field name) is reading; looking for the right word inside it would be searching, and no grader does that. How much is
dressing depends on what was asked for, so there are four forms of answer (:data:`FORMS`) and a function for each:

* ``words``: a line whose letters' case does not count: :func:`plain`, or :func:`undress` where the words are parsed further.
* ``exact``: a text that is compared letter by letter, such as what a program prints: :func:`fitting` with the comparison.
* ``text``: several lines whose marks may matter (a letter, a couplet, a grid): :func:`unwrap`. Bullets, full stops stay.
* ``code``: a program, an expression, a request: :func:`code`, which takes off nothing that could be part of the language;
  :func:`fitting` where a parser can tell whether an answer is one already.

docs/decisions/009-answers-and-dressing.md says why, the contract (:mod:`clgym.testing`) holds every family to it.

>>> plain("**Answer:** Paris."), plain("```text\\n- PARIS\\n```"), plain("Paris or Rome")
('paris', 'paris', 'paris or rome')
>>> code("```python\\nx = 1.\\n```"), code("- 1")
('x = 1.', '- 1')
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Container, Iterator
from typing import NamedTuple

FORMS = ("words", "exact", "text", "code")

#: Names that an answer may begin with in any family; a family adds the fields that its prompts name.
FIELDS = ("final answer", "answer", "antwort")

#: What nobody sees and copying leaves behind: soft hyphens, zero-width characters, marks of direction, byte order marks.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_EDGES = _INVISIBLE + " \r\n\t"
_QUOTES = {"'": "'", '"': '"', "`": "`", "“": "”", "‘": "’", "„": "“", "‚": "‘", "«": "»", "»": "«"}
#: Marks of emphasis, longest first; of these, those that also open a list item must touch the first word.
_EMPHASIS = ("***", "**", "__", "*", "_")
_MATHS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_BOXES = ("\\boxed{", "\\text{", "\\mathrm{")
_BULLET = re.compile(r"(?:[-*+•–]|\d{1,3}[.)])[ \t]+(?=\S)")
_LANGUAGE = re.compile(r"[\w+#.-]*")
#: So many wrappers may lie in one another.
_DEPTH = 12


def clean(answer: str) -> str:
    """An answer as it was meant to be seen: no invisible characters, composed letters (NFC), plain line ends, no outer blanks."""
    text = answer if answer.isascii() else unicodedata.normalize("NFC", _UNSEEN.sub("", answer))
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip()


def unfence(text: str) -> str:
    """The inside of a code fence when the whole text is one, else the text without outer blanks.

    A word on the line of the opening marks names a language; on a single line there is no room for one.

    >>> unfence("```js \\n  1 + 2\\n```"), unfence("```Paris```"), unfence("Here: ```x```")
    ('  1 + 2', 'Paris', 'Here: ```x```')
    """
    text = text.strip()
    size = next((place for place, character in enumerate(text) if character != text[0]), 0)
    if size < 3 or text[0] not in "`~" or len(text) < 2 * size or not text.endswith(text[:size]) or text[:size] in text[size:-size]:
        return text
    inside = text[size:-size]
    first, line_end, rest = inside.partition("\n")
    return (rest if line_end and _LANGUAGE.fullmatch(first.strip()) else inside).rstrip().strip("\n")


def code(answer: str, fields: tuple[str, ...] = ()) -> str:
    """The code that an answer is: out of its fence, with the name of a field in front of that; otherwise as it stands.

    Invisible characters inside of a program are its own affair. Outer blank lines go, the first line's indentation stays.
    """
    text = answer if answer.isascii() else unicodedata.normalize("NFC", answer).strip(_EDGES)
    text = (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip("\n").rstrip()
    bare = text.lstrip()
    if bare.startswith(("```", "~~~")):
        return unfence(bare)
    named = _field(fields).match(bare) if "```" in bare else None
    if named and bare.startswith("```", named.end()):
        return unfence(bare[named.end() :])
    return text if "\n" in bare else bare


def inline(text: str) -> str:
    """A line out of the marks of inline code, for languages in which a backtick opens nothing.

    >>> inline("`let a = 1`"), inline("`a` and `b`")
    ('let a = 1', '`a` and `b`')
    """
    whole = len(text) > 2 and text[0] == text[-1] == "`" and "`" not in text[1:-1] and "\n" not in text
    return text[1:-1].strip() if whole else text


def readings(answer: str, fields: tuple[str, ...] = ()) -> Iterator[str]:
    """An answer in everything it wears, then with one wrapper after another taken off, the outermost first."""
    return _peeled(clean(answer), fields, _step)


def wrappings(answer: str, fields: tuple[str, ...] = ()) -> Iterator[str]:
    """As :func:`readings`, for texts of several lines: only what opens before the first word and closes behind the last comes off."""
    return _peeled(clean(answer), fields, _unwrapped)


def fitting(texts: Iterator[str], fits: Callable[[str], object]) -> str:
    """The first of the readings that ``fits``; where none does, the last: nothing that is an answer already is undressed further.

    >>> fitting(readings('"a" + "b"'), lambda text: "+" in text), fitting(readings('"7"'), str.isdigit)
    ('"a" + "b"', '7')
    """
    text = ""
    for text in texts:  # noqa: B007 - the last one counts where none fits
        if fits(text):
            break
    return text


def undress(answer: str, fields: tuple[str, ...] = ()) -> str:
    """An answer in words without all that it wears.

    >>> undress(' "Paris." '), undress("1. $\\\\boxed{12}$"), undress("_Action_: Park", ("action",))
    ('Paris', '12', 'Park')
    """
    text = clean(answer)
    if text.isalnum() or text[:1].isalpha() and text[-1:].isalnum() and ":" not in text:
        return text  # nothing that could be dressing: most answers
    return fitting(_peeled(text, fields, _step), lambda text: False)


def plain(answer: str, fields: tuple[str, ...] = ()) -> str:
    """The form in which answers in words are compared: undressed, case folded, runs of blanks as one."""
    return " ".join(undress(answer, fields).casefold().split())


def squeezed(text: str) -> str:
    """Words as they are compared: case folded, runs of blanks as one, no final full stop."""
    return " ".join(_without_stop(text.strip()).casefold().split())


def among(answer: str, wanted: Container[str], fields: tuple[str, ...] = ()) -> bool:
    """Whether an answer in words, in any of its readings, is one of those that are ``wanted`` (:func:`squeezed` ones)."""
    return any(squeezed(text) in wanted for text in readings(answer, fields))


def unwrap(answer: str, fields: tuple[str, ...] = ()) -> str:
    """A text of several lines without what wraps the whole of it; its own marks, bullets and full stops stay.

    >>> unwrap('"**- milk\\n- tea.**"')
    '- milk\\n- tea.'
    """
    return fitting(wrappings(answer, fields), lambda text: False)


def quoted(text: str, limit: int = 80) -> str:
    """An agent's own words, on one line and cut, for feedback."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def in_quotes(text: str, limit: int = 80) -> str:
    """An agent's own words as :func:`quoted` has them, between quotation marks that they do not hold themselves."""
    if text.isalpha() and len(text) <= limit:
        return f'"{text}"'
    line = quoted(text, limit)
    return f"'{line}'" if '"' in line else f'"{line}"'


def unnamed(text: str, fields: tuple[str, ...] = ()) -> str:
    """A text without the name of a field in front of it.

    >>> unnamed("Owner: Kim", ("owner",)), unnamed("9:30")
    ('Kim', '9:30')
    """
    named = _field(fields).match(text) if ":" in text else None
    return text[named.end() :] if named else text


def _peeled(text: str, fields: tuple[str, ...], step: Callable[[str, tuple[str, ...]], str]) -> Iterator[str]:
    yield text
    for _ in range(_DEPTH):
        bare = step(text, fields)
        if bare == text:
            return
        yield bare
        text = bare


def _step(text: str, fields: tuple[str, ...]) -> str:
    """A line in words without its outermost wrapper; the same text where it has none."""
    bare = _unwrapped(text, fields)
    if bare != text:
        return bare
    bare = _without_stop(text)
    return bare if bare != text else _BULLET.sub("", text, count=1) if _BULLET.match(text) else text


def _unwrapped(text: str, fields: tuple[str, ...]) -> str:
    """A text without its outermost wrapper, or the name of a field in front; the same text where it has none."""
    if len(text) < 2:
        return text
    bare = unfence(text) if text[0] in "`~" else text
    if bare == text:
        bare = _between_marks(text)
    if bare == text:
        bare = unnamed(text, fields)
    return bare.strip() if bare is not text else text


def _between_marks(text: str) -> str:
    """A text out of quotes, emphasis, maths or a box that holds all of it."""
    if _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1]
    for mark in _EMPHASIS:
        if text.startswith(mark) and text.endswith(mark):
            inside = text[len(mark) : -len(mark)]
            touching = inside[:1].strip() and inside[-1:].strip()
            return inside if touching and mark not in inside else text
    for opening, closing in _MATHS:
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing):
            inside = text[len(opening) : -len(closing)]
            return inside if closing not in inside else text
    box = next((opening for opening in _BOXES if text.startswith(opening)), "")
    return text[len(box) : -1] if box and text.endswith("}") and _balanced(text[len(box) : -1]) else text


def _balanced(text: str) -> bool:
    """Whether no brace closes that was not opened: otherwise two boxes stand side by side."""
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return True


def _without_stop(text: str) -> str:
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


@functools.lru_cache(maxsize=64)
def _field(fields: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, (*fields, *FIELDS)))
    return re.compile(rf"([*_]{{0,2}})(?:{names})[ \t]?(?::\1|\1[ \t]?:)\s*(?=\S)", re.IGNORECASE)


class Dressing(NamedTuple):
    """Something that may be put around an answer, and the forms of answer (:data:`FORMS`) for which that is harmless."""

    name: str
    dress: Callable[[str], str]
    forms: tuple[str, ...] = FORMS


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


_LINES = ("words", "exact")
_NO_CODE = ("words", "exact", "text")

#: What the contract test puts around the oracle's answers in every family: each must still earn 1.0.
DRESSED = (
    Dressing("as it is", lambda text: text),
    Dressing("blanks around", lambda text: f"\n {text} \n" if "\n" not in text else f"\n{text} \n"),
    Dressing("carriage returns", lambda text: text.replace("\n", "\r\n") + "\r\n"),
    Dressing("byte order mark", lambda text: f"\ufeff{text}\u200b"),
    Dressing("decomposed letters", _decomposed),
    Dressing("soft hyphen inside", lambda text: f"{text[:1]}\u00ad{text[1:]}", _NO_CODE),
    Dressing("fence", lambda text: f"```\n{text}\n```"),
    Dressing("fence with language", lambda text: f"```text\n{text}\n```"),
    Dressing("fence, language in capitals and a blank", lambda text: f"```Text \n{text}\n```\n"),
    Dressing("fence between blank lines", lambda text: f"\n\n```\n\n{text}\n\n```\n\n"),
    Dressing("field name and fence", lambda text: f"**Answer:**\n\n```text\n{text}\n```"),
    Dressing("fence on one line", lambda text: f"```{text}```" if "\n" not in text else f"```\n{text}```"),
    Dressing("upper case", str.upper, ("words",)),
    Dressing("double quotes", lambda text: f'"{text}"', _NO_CODE),
    Dressing("curly quotes", lambda text: f"“{text}”", _NO_CODE),
    Dressing("bold", lambda text: text if "**" in text else f"**{text}**", _NO_CODE),
    Dressing("field name", lambda text: f"Answer: {text}", _NO_CODE),
    Dressing("field name in bold", lambda text: f"**Answer:** {text}", _NO_CODE),
    Dressing("boxed", lambda text: f"\\boxed{{{text}}}", _NO_CODE),
    Dressing("inline code", lambda text: f"`{text}`", _LINES),
    Dressing("italic", lambda text: text if "*" in text else f"*{text}*", _LINES),
    Dressing("maths", lambda text: f"$\\boxed{{{text}}}$", _LINES),
    Dressing("bullet", lambda text: f"- {text}", _LINES),
    Dressing("number", lambda text: f"1. {text}", _LINES),
    Dressing("full stop", lambda text: f"{text}." if not text.endswith(".") else text, _LINES),
    Dressing("quotes and full stop", lambda text: f'"{text}".', _LINES),
    Dressing("bullet, bold, full stop", lambda text: f"- {text}." if "*" in text else f"- **{text}**.", _LINES),
)
