"""What a prompt asks and what the teacher said, read back from the text: the inverse of ``prompts.py``, ``catalogue.py`` and ``feedback.py``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import NamedTuple

from clgym.envs.bilingual.english import NUMBER_WORDS
from clgym.envs.bilingual.meaning import Meaning
from clgym.envs.conlang import feedback, prompts
from clgym.envs.conlang.catalogue import AFFIXES, KIND_NAMES, OF_CLASS, PARTICLES, RULES
from clgym.envs.conlang.english_reader import read_english
from clgym.envs.conlang.german_reader import read_german
from clgym.envs.conlang.phonology import Affix

_SHAPE = r"(ends in -[a-z]+|begins with [a-z]+-|repeats its first syllable in front)"
_FIELDS = {
    "language": r"[A-Z]\w+",
    "said": r".+",
    "line": "|".join(dict.fromkeys(prompts.LINES)),
    "syllables": r"\d+",
    "metre": r".*",
    "stress": "|".join(prompts.STRESS),
    "gaps": "[a-z, ]+",
    "right": r".+",
    "rule": r"[^.]+",
}
_QUOTED = ("given", "meant", "other", "text", "said", "first", "second")


@functools.cache
def pattern(template: str, quoted: bool = False) -> re.Pattern[str]:
    """The texts that a template gives, its fields as groups; in feedback most of them stand in quotation marks."""
    made, seen = "", set[str]()
    for text, name, _, _ in Formatter().parse(template):
        made += re.escape(text)
        if name in seen:
            made += f"(?P={name})"
        elif name:
            seen.add(name)
            made += f'"(?P<{name}>[^"]+)"' if quoted and name in _QUOTED else f"(?P<{name}>{_FIELDS.get(name, '.+')})"
    return re.compile(made, re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """What a prompt asks. ``task`` is "into" (the drawn language), "English" or "German" (out of it), "guard" (English to German), "sums" or
    "couplet"; ``text`` is what is to be translated or worked out, or the subject of a couplet, and ``meaning`` what that says, where it is in
    English or German. A couplet has ``syllables``, ``stress_last`` and ``gaps``.
    """

    language: str
    task: str
    text: str
    meaning: Meaning | None = None
    syllables: int = 0
    stress_last: bool = True
    gaps: tuple[int, ...] = ()


@functools.lru_cache(maxsize=4096)
def understand(prompt: str) -> Asked:
    """What a prompt of this family asks. Raises ``ValueError`` for any other text."""
    for task, bank in _BANKS:
        for template in bank:
            found = pattern(template).fullmatch(prompt)
            if found:
                return _asked(task, found.groupdict())
    raise ValueError(f"no prompt of CL-Conlang: {prompt!r}")


_BANKS: tuple[tuple[str, Sequence[str]], ...] = (
    ("couplet", prompts.COUPLET),
    ("sums", prompts.SUMS),
    ("German", prompts.TO_GERMAN),
    ("English", prompts.REVERSE),
    ("from German", prompts.FROM_GERMAN),
    ("into", prompts.TRANSLATE),
)


def _asked(task: str, found: Mapping[str, str]) -> Asked:
    language, text = found["language"], found["said"]
    if task == "couplet":
        metre = pattern(prompts.METRE).fullmatch(found["metre"])
        noun = text[0].lower() + text[1:]
        if metre is None:
            return Asked(language, task, noun, read_english(noun), int(found["syllables"]))
        gaps = tuple(NUMBER_WORDS.index(word) for word in re.split(", | or ", metre["gaps"]))
        last = metre["stress"] == prompts.STRESS[True]
        return Asked(language, task, noun, read_english(noun), int(found["syllables"]), last, gaps)
    if task == "from German":
        return Asked(language, "into", text, read_german(text))
    if task == "into":
        return Asked(language, "guard" if language == "German" else task, text, read_english(text))
    return Asked(language, task, text.casefold() if task == "sums" else text)


# Feedback


class Shown(NamedTuple):
    """A text of the language with what it says."""

    text: str
    meaning: Meaning


@dataclass(frozen=True)
class Remark:
    """What the teacher said: each field is empty where nothing was said of it.

    ``affixes`` go by the keys of the catalogue; those of classes have the kinds of noun behind them ("class", ("food", "thing")).
    """

    correct: bool = False
    rules: Mapping[str, str] = field(default_factory=dict)
    affixes: Mapping[str, Affix] = field(default_factory=dict)
    classes: tuple[tuple[str, tuple[str, ...], Affix], ...] = ()
    particles: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Shown, ...] = ()
    right: str = ""


def read_feedback(text: str) -> Remark:
    """What the teacher said. Fields of which nothing is said keep their defaults."""
    body = text.partition(" of 1. ")[2] or text
    shown = next((found for found in (pattern(template, True).search(body) for template in _ENDS) if found), None)
    said = body[: shown.start()] if shown else body
    return Remark(
        any(body.startswith(praise) for praise in feedback._RIGHT),
        {rule: value for sentence, rule, value in _statements() if sentence in said},
        {key: _affix(found[1]) for key, template in _affix_patterns() if (found := template.search(said))},
        tuple(_classes(said)),
        {key: found[1] for key, template in _particle_patterns() if (found := template.search(said))},
        tuple(_examples(said)),
        shown["right"] if shown else "",
    )


_ENDS = (*feedback.CORRECTION, *feedback.COUPLET)


@functools.cache
def _statements() -> tuple[tuple[str, str, str], ...]:
    return tuple((sentence, rule.name, value) for rule in RULES for value, sentence in rule.says.items())


@functools.cache
def _affix_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((key, re.compile(re.escape(text).replace(re.escape("{}"), _SHAPE))) for key, text in AFFIXES.items())


@functools.cache
def _particle_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((key, re.compile(re.escape(text).replace(re.escape("{}"), "([a-z]+)"))) for key, text in PARTICLES.items())


@functools.cache
def _class_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    made = []
    for key, text in OF_CLASS.items():
        text = re.escape(text).replace(re.escape("{}"), _SHAPE).replace(re.escape("{kinds}"), "(?P<kinds>[a-z ,]+)")
        made.append((key, re.compile(text.replace(re.escape("{whose}"), "(?P<whose>its object|its subject)"))))
    return tuple(made)


def _classes(text: str) -> Iterator[tuple[str, tuple[str, ...], Affix]]:
    for key, template in _class_patterns():
        for found in template.finditer(text):
            kinds = tuple(kind for kind, name in KIND_NAMES.items() if re.search(rf"\b{name}\b", found["kinds"]))
            yield key, kinds, _affix(found[1])


def _affix(text: str) -> Affix:
    if text.startswith("repeats"):
        return Affix("", "copy")
    return Affix(re.sub(r"ends in |begins with |-", "", text), "suffix" if text.startswith("ends") else "prefix")


def _examples(text: str) -> Iterator[Shown]:
    for template in feedback.LACKING:
        for found in pattern(template, True).finditer(text):
            try:
                yield Shown(found["text"], read_english(found["said"]))
            except ValueError:  # somebody mistaken may say anything
                continue
