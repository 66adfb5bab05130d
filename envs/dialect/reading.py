"""What a prompt asks and what a compiler said, read back from the text: the inverse of ``tasks/chains.py``, ``phrases.py`` and ``feedback.py``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from string import Formatter
from typing import NamedTuple

from clgym.envs.dialect import feedback as say
from clgym.envs.dialect.library import catalogue
from clgym.envs.dialect.phrases import HOUSE, LINE_PROMPTS, PROGRAM_PROMPTS
from clgym.envs.dialect.tasks.base import TaskInstance
from clgym.envs.dialect.tasks.chains import COLLECTORS, FRAMES, KEEP, SECOND, Chain, Collector, Part, wordings, written
from clgym.envs.dialect.tasks.steps import steps


class Asked(NamedTuple):
    """What a prompt asks: the dialect that it names, the pool it is like, and a line or a task."""

    dialect: str
    pool: str
    """``write``, ``transfer/read``, ``transfer/port`` or ``guard``."""
    text: str
    """The line or program, or the task in English."""
    task: TaskInstance | None = None
    """Where it is made of steps: without cases, and with a reference that has no comment."""


def understand(prompt: str) -> Asked:
    """What a prompt of this family asks. Raises ``ValueError`` for any other text."""
    for bank in (LINE_PROMPTS, PROGRAM_PROMPTS):
        for pool, templates in bank.items():
            for template in templates:
                found = _prompt(template).fullmatch(prompt)
                if found:
                    text = found["line"] if "{line}" in template else found["task"]
                    task = read_task(text) if bank is PROGRAM_PROMPTS and pool == "write" else None
                    return Asked(found["d"], pool, text, task)
    raise ValueError(f"no prompt of CL-Dialect: {prompt[:80]!r}")


_FIELDS = {"d": r"[A-Z]\w+", "line": r"[^\n]+", "task": r"[\s\S]+"}


@functools.cache
def _prompt(template: str) -> re.Pattern[str]:
    how = "|".join(pattern(text, _FIELDS, repeated=True) for bank in HOUSE.values() for text in bank)
    return re.compile(pattern(template, {**_FIELDS, "how": how}))


def pattern(template: str, fields: Mapping[str, str], repeated: bool = False) -> str:
    """The texts that a template gives, as a regular expression with its fields as groups (``repeated``: without names)."""
    made, seen = "", set[str]()
    for text, name, _, _ in Formatter().parse(template):
        made += re.escape(text)
        if name:
            inner = fields.get(name, r"[\s\S]+?")
            made += f"(?:{inner})" if repeated else f"(?P={name})" if name in seen else f"(?P<{name}>{inner})"
            seen.add(name)
    return made


@functools.cache
def parts_by_text(first: bool) -> Mapping[str, Part]:
    """Every part of a task by what it is called."""
    made: dict[str, Part] = {}
    for step in steps().values():
        for values in product(*step.constants.values()):
            part = Part(step.name, dict(zip(step.constants, values)))
            made.update(dict.fromkeys(wordings(part, first), part))
    for concept in catalogue().values():
        for count in range(1, 5) if concept.counts else (0,):
            part = Part(concept.key, {"count": count} if concept.counts else {})
            made.update(dict.fromkeys(wordings(part, first), part))
    return made


@functools.cache
def _frames() -> Sequence[re.Pattern[str]]:
    name, keep = {"f": r"\w+", "p": "values|words", "steps": r".+", "keep": "|".join(map(re.escape, KEEP))}, SECOND
    second = pattern(keep, {"f": r"\w+", "asked": ".+"}).replace("<f>", "<outer>")
    return [re.compile(pattern(frame, name) + f"(?: {second})?") for frame in FRAMES]


def read_task(text: str) -> TaskInstance:
    """The task that an English text asks for. Raises ``ValueError`` where it is none of ours."""
    for frame in _frames():
        found = frame.fullmatch(text)
        if found:
            chain = Chain(tuple(_parts(found["steps"])))
            collector = _collector(found["asked"], found["f"]) if found["asked"] else None
            functions, source = written(chain, (found["f"], found["outer"] or ""), collector)
            return TaskInstance("", text, functions, source, (), (), {}, chain.prints, True, chain.concepts)
    raise ValueError(f"no task of CL-Dialect: {text[:80]!r}")


def _parts(text: str) -> Iterator[Part]:
    """The parts of ``1. ... 2. ...``; a sentence may end in a number too."""
    rest, number = text.removeprefix("1. "), 2
    while rest:
        known, mark = parts_by_text(number == 2), f" {number}. "
        ends = [found.start() for found in re.finditer(f"(?={re.escape(mark)})", rest)] + [len(rest)]
        end = next((end for end in ends if rest[:end] in known), None)
        if end is None:
            raise ValueError(f"no step of CL-Dialect: {rest[:80]!r}")
        yield known[rest[:end]]
        rest, number = rest[end + len(mark) :], number + 1


def _collector(asked: str, inner: str) -> Collector:
    return next(each for each in COLLECTORS if asked in [text.replace("{g}", inner) for text in each.english])


class Remark(NamedTuple):
    """What feedback says: that an answer is right; a compiler's complaint; a habit that misleads; functions of the library."""

    correct: bool = False
    kind: str = ""
    """The kind of complaint."""
    line: int = 0
    column: int = 0
    meant: str = ""
    habit: str = ""
    """The kind of rule that a habit goes against, and what is said of it."""
    fact: str = ""
    told: tuple[tuple[str, str], ...] = ()
    """(signature, English) of functions."""


_AT = re.compile(r"[A-Z]\w+, line (\d+), column (\d+): (.+)\n")


def read_feedback(text: str) -> Remark:
    """What a feedback text of this family says."""
    body = text.split("\n", 1)[0] if "column" not in text else text
    remark = Remark(correct=any(word in body[:60] for word in say.RIGHT), told=tuple(_see_also(text)))
    found = _AT.search(text)
    if found:
        message, meant = found[3], ""
        for bank in say.MEANT:
            hint = re.search(" " + pattern(bank, {"meant": "[^`]*"}) + "$", message)
            if hint:
                message, meant = message[: hint.start()], hint["meant"]
        return remark._replace(kind=_complaint(message), line=int(found[1]), column=int(found[2]), meant=meant)
    for bank in say.HABIT:
        for kind, fact in say.FACTS.items():
            hint = re.search(
                pattern(bank.replace("{fact}", fact), {"line": r"\d+", "d": r"\w+", "joiner": "[^`]*", "last": "at|before"}), text
            )
            if hint:
                return remark._replace(habit=kind, fact=hint.groupdict().get("joiner") or hint.groupdict().get("last") or "")
    return remark


def _see_also(text: str) -> Iterator[tuple[str, str]]:
    for bank in say.SEE_ALSO:
        for found in re.finditer(pattern(bank, {"signature": r"\w+\([\w, ]+\)", "english": r"[^`\n]+?"}), text):
            yield found["signature"], found["english"]


@functools.cache
def _complaints() -> Sequence[tuple[str, re.Pattern[str]]]:
    made = [(kind, text) for kind, bank in say.COMPILER.items() for text in bank]
    made.sort(key=lambda pair: -len(pair[1]))
    return [(kind, re.compile(pattern(text, {"d": r"\w+"}))) for kind, text in made]


def _complaint(message: str) -> str:
    return next((kind for kind, text in _complaints() if text.fullmatch(message)), "")
