"""Reads back what :mod:`.words` and :mod:`.coach` write: prompts, what is shown later, what the coach says. No world is needed for it."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from clgym.envs.sparring import coach, words
from clgym.envs.sparring.coach import Remark
from clgym.envs.sparring.habits import Moment
from clgym.envs.sparring.schools import CALM, CUES, KINDS, MOODS, SCHOOLS, TELLS, gesture
from clgym.text.answers import plain
from clgym.text.english import capital

#: A move is one or two words; whatever is longer than this is none.
_LONGEST = 60


class Asked(NamedTuple):
    """What a message to the fighter says: the exchange from 0 on, the mood that can be seen, what is shown.

    ``name`` and ``school`` ("boxing", "fencing") are those of an opening, ``""`` in later messages. ``plan``: for somebody without
    habits, the likeliest attacks, as many as the prompt names.
    """

    name: str
    school: str
    exchange: int
    mood: int
    moment: Moment
    plan: tuple[int, ...] = ()


class Said(NamedTuple):
    """What a coach said: the payoff that the verdict speaks of (``None``: no verdict), whether the move was best, and the remarks."""

    payoff: float | None
    best: bool
    remarks: tuple[Remark, ...]
    right: str


def parse(answer: str, moves: Sequence[str]) -> int:
    """The number of the move that an answer is, -1 where it is none."""
    if answer in moves:
        return moves.index(answer)
    text = answer.strip()
    move = plain(text, ("move",)) if len(text) <= _LONGEST else ""
    return moves.index(move) if move in moves else -1


def _either(texts: Sequence[str]) -> str:
    return "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))


_ATTACKS = {name: number for sport in SCHOOLS.values() for number, name in enumerate(sport.attacks)}
_PARTS = {name: ("kind", place) for sport in SCHOOLS.values() for place, name in enumerate(sport.kinds)}
_PARTS |= {f"from the {name}": ("hand", place) for sport in SCHOOLS.values() for place, name in enumerate(sport.hands)}
_CHANGES = {coach.change(value, school): value for school in SCHOOLS for value in range(1, 6)}
_TELLS = {gesture(tell, school): tell for school in SCHOOLS for tell in range(TELLS)}
_MOVES = [move for sport in SCHOOLS.values() for move in sport.moves]
_CUE = {cue: number for number, cue in enumerate(CUES)}
_CUED = re.compile(rf"(.+?)(?: ({_either(CUES)}))?")
_POSSESSIVE = re.compile(r"\b(?:his|her)\b")
#: What may stand for each field of a template.
_FIELDS = {
    "name": "[A-Z][a-z]+(?: [A-Z][a-z]+)?",
    "host": "[A-Z][a-z]+",
    "where": _either(words.WHERE),
    "Where": _either([capital(where) for where in words.WHERE]),
    "when": r"on \w+ \w+",
    "When": r"On \w+ \w+",
    "table": r"[A-Z][^.]+\.(?: With the wrong hand it is half stopped\.)?",
    "sight": r"[A-Z][^.?:]+\.",
    "plan": "half of what comes is [^.?:]+?, the rest is anything",
    "event": ".+?",
    "number": r"\d",
    "choice": r"[A-Z][\w, ]+",
    "he": "he|she", "He": "He|She", "his": "his|her", "His": "His|Her", "him": "him|her",
    "mood": _either(MOODS), "most": _either(MOODS), "least": _either(MOODS),
    "does": '[^.:;,"]+?',
    "attack": _either(list(_ATTACKS)),
    "part": _either(list(_PARTS)),
    "change": _either(list(_CHANGES)),
    "cue": _either([cue.replace("{his}", his) for cue in CUES for his in ("his", "her")]),
    "n": r"\d",
    "said": ".{0,40}?",
    "right": _either(_MOVES),
}  # fmt: skip


def _pattern(template: str) -> re.Pattern[str]:
    """What a template may have become. The first of several equal fields can be read."""
    seen: set[str] = set()
    parts = []
    for place, part in enumerate(re.split(r"\{(\w+)\}", template)):
        if place % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?:{_FIELDS[part]})" if part in seen else f"(?P<{part}>{_FIELDS[part]})")
            seen.add(part)
    return re.compile("".join(parts))


@functools.lru_cache(maxsize=1)
def _openings() -> list[tuple[str, re.Pattern[str]]]:
    banks = (("boxing", words.OPENINGS), ("fencing", words.FENCING_OPENINGS), ("boxing", words.GUARD_OPENINGS))
    return [(school, _pattern(template)) for school, bank in banks for template in bank]


@functools.lru_cache(maxsize=1)
def _laters() -> list[re.Pattern[str]]:
    return [_pattern(template) for template in words.LATER]


_LOOKS = re.compile("|".join(_pattern(template).pattern.replace("?P<", f"?P<p{n}") for n, template in enumerate(words.LOOKS)))


@functools.lru_cache(maxsize=8192)
def understand(message: str) -> Asked | None:
    """What a message shows: a prompt, or a reply with or without feedback in front. ``None`` where it is neither."""
    text = message.rpartition("\n\n")[2].removeprefix("Try again: ")
    for pattern in _laters() if text.startswith(("You ", "Your move: ", "Nothing from you.")) else ():
        found = pattern.fullmatch(text)
        moment = _moment(found["sight"]) if found else None
        if found and moment:
            looks = _LOOKS.search(found["event"])
            mood = next((MOODS.index(word) for word in looks.groups() if word in MOODS), -1) if looks else -1
            return Asked("", "", int(found["number"]) - 1, mood, moment)
    for school, pattern in _openings():
        found = pattern.fullmatch(text)
        moment = _moment(found["sight"]) if found else None
        if found and moment:
            plan = (
                tuple(_ATTACKS[name] for name in re.findall(_FIELDS["attack"], found["plan"]))
                if "plan" in found.groupdict()
                else ()
            )
            return Asked(found["name"], school, 0, CALM, moment, plan)
    return None


def _moment(sight: str) -> Moment | None:
    """What is shown, read from its sentence."""
    text = sight.removesuffix(".")
    close = text.startswith("At close range")
    text = text.removeprefix("At close range ").removeprefix("At long range ")
    found = _CUED.fullmatch(_POSSESSIVE.sub("{his}", text.partition(" ")[2]))
    tell = _TELLS.get(found[1]) if found else None
    return None if found is None or tell is None else Moment(tell, close, _CUE.get(found[2] or "", -1))


@functools.lru_cache(maxsize=1)
def _sentences() -> list[tuple[str, re.Pattern[str]]]:
    """Every sentence of a coach: what it is, and how it reads."""
    banks: dict[str, tuple[str, ...]] = {f"verdict {outcome} {worth}": bank for (outcome, worth), bank in coach.VERDICTS.items()}
    banks |= {"unread": (*coach.UNREAD, *coach.ADVICE["something"], *coach.ADVICE["nothing"]), "habitless": coach.HABITLESS}
    banks |= {"half": coach.HALVES, "other": (*coach.OTHERS, *coach.PLAIN), "never": coach.NEVER, "fixed": coach.FIXED}
    banks |= {"mood": coach.MOODY, "right": coach.SHOWN}
    for rule, conditions in coach.CONDITIONS.items():
        banks[f"shift {rule}"] = tuple(condition + joint for condition in conditions for joint in coach.JOINTS)
    return [(what, _pattern(template)) for what, bank in banks.items() for template in bank]


@functools.lru_cache(maxsize=8192)
def read(feedback: str) -> Said:
    """What a coach said, at any level of feedback; bare right answers are read too."""
    if feedback in _MOVES:
        return Said(None, False, (), feedback)
    text = re.sub(r"^Score: \d\.\d\d of 1\. ?", "", feedback)
    worth, best, right, remarks = None, False, "", []
    while text:
        text = text.removeprefix(coach.BUT_FIXED)
        for what, pattern in _sentences():
            found = pattern.match(text) or (pattern.match(capital(text)) if what.startswith("shift") else None)
            if found:
                break
        else:
            text = text.partition(" ")[2]  # a word that is nobody's
            continue
        kind, _, about = what.partition(" ")
        if kind == "verdict":
            outcome, _, payoff = about.partition(" ")
            worth, best = float(payoff), outcome == "correct"
        elif kind == "right":
            right = found["right"]
        elif kind not in ("unread", "habitless"):
            remarks.append(_remark(kind, about, found))
        text = text[found.end() :].lstrip()
    return Said(worth, best, tuple(remarks), right)


def _remark(what: str, about: str, found: re.Match[str]) -> Remark:
    groups = {name: text or "" for name, text in found.groupdict().items()}
    if what == "shift":
        detail = int(groups["n"]) if "n" in groups else _CUE[_POSSESSIVE.sub("{his}", groups["cue"])] if "cue" in groups else -1
        return Remark(what, value=_CHANGES[groups["change"]], about=about, detail=detail)
    if what == "mood":
        return Remark(what, value=MOODS.index(groups["most"]), detail=MOODS.index(groups["least"]))
    tell = _TELLS.get(_POSSESSIVE.sub("{his}", groups["does"]), -1)
    if what == "half":
        part, value = _PARTS[groups["part"]]
        return Remark(part, tell, value)
    return Remark(what, tell, _ATTACKS[groups["attack"]] if "attack" in groups else -1)


assert KINDS == 3
