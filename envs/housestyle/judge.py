"""Grades: an answer is read against the document it should be, piece by piece; nothing is searched for that no piece asks for."""

from __future__ import annotations

import bisect
import re
import zlib
from typing import NamedTuple

from clgym.core import Feedback, Grade
from clgym.envs.housestyle import prompts
from clgym.envs.housestyle.document import Document, Unit
from clgym.envs.housestyle.style import where

#: Answers that are this many times as long as the right one, and a bit, are not read.
_TIMES, _BIT = 3, 200
#: A fact of which this share or less is told is not told.
_HALF = 0.5
#: An answer in which this share of the words is foreign earns nothing.
_FOREIGN_LIMIT = 0.5
_OCCURRENCES = 8
_SLIGHTLY = 1e-3
_MUCH = 0.5

_FENCE = re.compile(r"\A```[a-z]*\n(.*?)\n?```\Z", re.DOTALL)
_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[\n ]*")
_WORD = re.compile(r"[^\W_](?:[\w'-]*[^\W_])?")
#: Marks that a gap between pieces may hold without being foreign matter.
_HARMLESS = ' ,.;:\n'


class Reading(NamedTuple):
    """An answer as it was understood: the way found at each piece ("" for fixed text and None for nothing), what was told of each fact
    (0 to 1), the foreign matter, and the share of the answer that it is."""

    found: list[str | None]
    texts: list[str]
    told: list[float]
    foreign: list[str]
    share: float


def grade(document: Document, answer: str, salt: str) -> Grade:
    """Grade any string as an attempt at the document."""
    text = normal(answer, len(document.right))
    number = zlib.crc32(f"{salt}/{answer[:400]}".encode("utf-8", "surrogatepass"))
    if text == document.right:
        return _right(number)
    if not text:
        return _unread(document, number, prompts.BLANK)
    if len(answer) > _TIMES * len(document.right) + _BIT:
        return _unread(document, number, prompts.LONG_WINDED, count=len(answer))
    reading = read(document, text)
    facts = sum(reading.told) / len(reading.told) * max(0.0, 1.0 - reading.share / _FOREIGN_LIMIT)
    style, kept = _style(document, reading)
    if facts >= 1.0 and style >= 1.0:
        return _right(number)
    reward = facts * style
    said = Phrasing(number)
    verdict = said.say(prompts.PARTLY if reward >= _MUCH else prompts.WRONG)
    feedback = Feedback(verdict, diagnosis(said, document, reading), said.say(prompts.CORRECTION, right=document.right))
    return Grade(reward, "partial" if reward > 0 else "wrong", feedback, {"facts": facts, "style": style, **kept})


def normal(answer: str, expected: int) -> str:
    """An answer without harmless dressing: a code fence, blanks at the edges and in runs, typographic apostrophes."""
    if len(answer) > _TIMES * expected + _BIT:
        return answer[:_TIMES * expected + _BIT]
    text = answer.strip()
    if text.startswith("```"):
        fenced = _FENCE.match(text)
        text = fenced.group(1).strip() if fenced else text
    if "’" in text:
        text = _APOSTROPHE.sub("'", text)
    if "  " in text or "\t" in text or "\xa0" in text or "\u202f" in text:
        text = _BLANKS.sub(" ", text)
    return _LINES.sub("\n", text) if "\n" in text else text


def read(document: Document, text: str) -> Reading:
    """Understand an answer: straight through where it follows the document, with care where it does not."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    return _straight(document, text, low) or _careful(document, text, low)


def _straight(document: Document, text: str, low: str) -> Reading | None:
    """Piece after piece from the first letter to the last, or None where the answer leaves the document."""
    place = 0
    found: list[str | None] = []
    texts: list[str] = []
    for piece in document.pieces:
        source = text if piece.cased else low
        for form, way in piece.forms:
            if source.startswith(form, place):
                found.append(way)
                texts.append(text[place:place + len(form)])
                place += len(form)
                break
        else:
            return None
    return Reading(found, texts, [1.0] * len(document.facts), [], 0.0) if place == len(text) else None


def _careful(document: Document, text: str, low: str) -> Reading:
    """The best run of words and slots in order; a fact of which half is not there is not told."""
    given = set(_WORD.findall(low))
    keys = [not key or 2 * len(key & given) >= len(key) for key in document.keys]
    count = len(document.pieces)
    if not any(keys):
        return Reading([None] * count, [""] * count, [0.0] * len(keys), [_cut(text)], 1.0)
    units = document.units
    spans = _best_run(units, text, low)
    found: list[str | None] = [None] * count
    texts = [""] * count
    sums = [0.0] * len(document.facts)
    for number, start, end, way in spans:
        unit = units[number]
        found[unit.piece], texts[unit.piece] = way, text[start:end]
        fact = document.pieces[unit.piece].fact
        if fact >= 0:
            sums[fact] += unit.weight
    shares = [total and reached / total for reached, total in zip(sums, document.totals)]
    told = [max(0.0, (share - _HALF) / (1.0 - _HALF)) * kept for share, kept in zip(shares, keys)]
    for place, piece in enumerate(document.pieces):
        # A way that is to write nothing is followed by leaving the mark out, but only where there is something around it.
        if found[place] is None and piece.forms[-1].text == "" and piece.matter is not None and (piece.fact < 0 or told[piece.fact] > 0):
            found[place] = piece.forms[-1].way
    foreign = _gaps(text, spans)
    words = max(len(text.split()), 1)
    return Reading(found, texts, told, foreign, min(1.0, sum(len(gap.split()) for gap in foreign) / words))


def _best_run(units: tuple[Unit, ...], text: str, low: str) -> list[tuple[int, int, int, str]]:
    """The heaviest run of matches (unit, start, end, way) in the order of the units, none overlapping.

    Where an answer writes a slot in two ways the one that is not asked for is read: who writes both has not decided.
    """
    matches = []
    for number, unit in enumerate(units):
        source = text if unit.cased else low
        for form, way in unit.forms:
            start = source.find(form)
            for _ in range(_OCCURRENCES):
                if start < 0:
                    break
                end = start + len(form)
                if _stands_alone(source, start, end):
                    worth = max(unit.weight, _SLIGHTLY) + _SLIGHTLY * (way != unit.wanted) + _SLIGHTLY * len(form) / 100
                    matches.append((end, start, number, way, worth))
                start = source.find(form, start + 1)
    return _chain(matches, len(units))


def _chain(matches: list[tuple[int, int, int, str, float]], size: int) -> list[tuple[int, int, int, str]]:
    """Weighted chain of non-overlapping matches with rising units: for each unit count the best run that ends by a place."""
    matches.sort()
    # For every unit: the ends of runs whose last unit is it, and the best of them so far, both rising.
    ends: list[list[int]] = [[] for _ in range(size)]
    best: list[list[tuple[float, int]]] = [[] for _ in range(size)]
    back: list[int] = []
    top, last = 0.0, -1
    for index, (end, start, number, _, worth) in enumerate(matches):
        score, before = 0.0, -1
        for other in range(number):
            if ends[other]:
                reach = bisect.bisect_right(ends[other], start) - 1
                if reach >= 0 and best[other][reach][0] > score:
                    score, before = best[other][reach]
        score += worth
        back.append(before)
        if not best[number] or score > best[number][-1][0]:
            ends[number].append(end)
            best[number].append((score, index))
        if score > top:
            top, last = score, index
    run = []
    while last >= 0:
        end, start, number, way, _ = matches[last]
        run.append((number, start, end, way))
        last = back[last]
    return run[::-1]


def _stands_alone(source: str, start: int, end: int) -> bool:
    """Whether no word is cut at either end."""
    return not (
        (start and source[start].isalnum() and source[start - 1].isalnum())
        or (end < len(source) and source[end].isalnum() and source[end - 1].isalnum())
    )


def _gaps(text: str, spans: list[tuple[int, int, int, str]]) -> list[str]:
    """What no piece accounts for."""
    gaps, place = [], 0
    for _, start, end, _ in spans:
        gaps.append(text[place:start])
        place = end
    gaps.append(text[place:])
    return [gap.strip(_HARMLESS) for gap in gaps if gap.strip(_HARMLESS)]


def _style(document: Document, reading: Reading) -> tuple[float, dict[str, float]]:
    """The share of preferences kept, and each preference's own share."""
    kept: dict[str, float] = dict.fromkeys(document.preferences, 0.0)
    for place in document.slots:
        piece = document.pieces[place]
        assert piece.matter is not None
        if reading.found[place] == piece.wanted:
            kept[piece.matter.id] += 1.0 / document.preferences[piece.matter.id]
    total = sum(kept.values()) / max(len(kept), 1)
    return (1.0 if total > 1.0 - 1e-9 else total), kept


class Phrasing:
    """Chooses among phrasings: the same choice for the same number."""

    __slots__ = ("_number",)

    def __init__(self, number: int):
        self._number = number

    def say(self, bank: tuple[str, ...], **words: object) -> str:
        """One phrasing of the bank, filled in."""
        self._number, choice = divmod(self._number * 48_271 % 2_147_483_647, len(bank))
        return bank[choice].format_map(words) if words else bank[choice]


def _right(number: int) -> Grade:
    return Grade(1.0, "correct", Feedback(Phrasing(number).say(prompts.RIGHT)), {"facts": 1.0, "style": 1.0})


def _unread(document: Document, number: int, bank: tuple[str, ...], **words: object) -> Grade:
    said = Phrasing(number)
    correction = said.say(prompts.CORRECTION, right=document.right)
    feedback = Feedback(said.say(prompts.WRONG), said.say(bank, **words), correction)
    return Grade(0.0, "malformed", feedback, {"facts": 0.0, "style": 0.0})


def diagnosis(said: Phrasing, document: Document, reading: Reading) -> str:
    """What is wrong: facts first, then what was added, then at most four offences against the style, each once."""
    lines = []
    for fact, told in zip(document.facts, reading.told):
        if told < 1.0 and len(lines) < 2:
            lines.append(said.say(prompts.DAMAGED if told > 0 else prompts.UNTOLD, fact=_quoted(fact)))
    if reading.foreign and any(reading.told):
        lines.append(said.say(prompts.FOREIGN, given=_quoted(max(reading.foreign, key=len))))
    lines += _offences(said, document, reading) if any(reading.told) else []
    return " ".join(lines)


def _offences(said: Phrasing, document: Document, reading: Reading) -> list[str]:
    lines: dict[tuple[str, str], str] = {}
    for place in document.slots:
        piece, found = document.pieces[place], reading.found[place]
        if found is None or found == piece.wanted or piece.matter is None or piece.wanted is None or len(lines) == 4:
            continue
        given, rule = reading.texts[place].strip(), piece.matter.ways[piece.wanted].said
        topic = f"{piece.matter.topic} in {where(piece.scope)}" if piece.scope else piece.matter.topic
        bank = prompts.MISQUOTED if document.quotation and given else prompts.LACKING if not given else prompts.STYLE if piece.right.strip() else prompts.SURPLUS
        key = (piece.matter.id, given)
        if key not in lines:
            lines[key] = said.say(bank, given=_quoted(given), topic=topic, said=rule)
    return list(lines.values())


def _quoted(text: str) -> str:
    mark = "'" if '"' in text else '"'
    return f"{mark}{_cut(text)}{mark}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else line[:89] + "…"
