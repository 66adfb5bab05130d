"""Grades: an answer is read against the document it should be, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from clgym.core import Feedback, Grade
from clgym.envs.housestyle import prompts
from clgym.envs.housestyle.document import EDGES, Document, Light, Unit
from clgym.envs.housestyle.style import where
from clgym.text.answers import clean, fitting, in_quotes, unnamed, wrappings
from clgym.text.phrases import Phrasing

#: Answers that are this many times as long as the right one, and a bit, are not read.
_TIMES, _BIT = 3, 200
#: A fact of which this share or less is told is not told.
_HALF = 0.5
#: An answer in which this share of the words is foreign earns nothing.
_FOREIGN_LIMIT = 0.5
#: So often is a form looked for.
_OCCURRENCES = 8
#: Too little to outweigh a word, enough to decide between two readings.
_SLIGHTLY = 1e-3
#: From this reward on, the verdict is that some of it is right.
_MUCH = 0.5

_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[\n ]*")
#: Marks that a gap between pieces may hold without being foreign matter.
_HARMLESS = " ,.;:'\n"


class Reading(NamedTuple):
    """An answer as it was understood: the way found at each piece ("" for fixed text and None for nothing), what was told
    of each fact (0 to 1), the foreign matter, and the share of the answer that it is."""

    ways: list[str | None]
    texts: list[str]
    facts: list[float]
    foreign: list[str]
    share: float


def grade(document: Document, answer: str, salt: str) -> Grade:
    """Grade any string as an attempt at the document."""
    text = normal(answer, document.right)
    phrasing = Phrasing(salt, answer)
    if text == document.right:
        return _right(phrasing)
    if not text:
        return _unread(document, phrasing, prompts.BLANK)
    if len(answer) > _TIMES * len(document.right) + _BIT:
        return _unread(document, phrasing, prompts.LONG_WINDED, count=len(answer))
    live = _live(document, text)
    if True not in live:
        return _untold(document, phrasing)
    reading = read(document, text, live)
    facts = sum(reading.facts) / len(reading.facts) * max(0.0, 1.0 - reading.share / _FOREIGN_LIMIT)
    style, preferences = _style(document, reading)
    if facts >= 1.0 and style >= 1.0:
        return _right(phrasing)
    reward = facts * style
    verdict = phrasing.say(prompts.PARTLY if reward >= _MUCH else prompts.WRONG)
    feedback = Feedback(verdict, diagnosis(phrasing, document, reading), phrasing.say(prompts.CORRECTION, right=document.right))
    return Grade(reward, "partial" if reward > 0 else "wrong", feedback, {"facts": facts, "style": style, **preferences})


def normal(answer: str, right: str) -> str:
    """An answer without its dressing, with plain apostrophes and single blanks. Of what is too long, the beginning.

    Marks with which the right text itself begins are no dressing.
    """
    limit = _TIMES * len(right) + _BIT
    if len(answer) > limit:
        return answer[:limit]
    text = _evened(clean(answer))
    if text[:1].isalnum() and unnamed(text) is text:
        return text  # nothing that could be dressing
    texts = [_evened(text) for text in wrappings(answer)]
    if right in texts:
        return right
    return fitting(iter(texts), lambda text: text[:1] == right[0] and not right[0].isalnum())


def _evened(text: str) -> str:
    if "’" in text:
        text = _APOSTROPHE.sub("'", text)
    if "  " in text or "\t" in text or "\xa0" in text or "\u202f" in text:
        text = _BLANKS.sub(" ", text)
    return _LINES.sub("\n", text) if "\n" in text else text


def read(document: Document, text: str, live: list[bool]) -> Reading:
    """Understand an answer: straight through where it follows the document, with care where it does not."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    return _straight(document, text, low) or _careful(document, text, low, live)


def _live(document: Document, text: str) -> list[bool]:
    """For each fact, whether the answer is about it: half of the words that say what it is about occur.

    All are False where those facts could not account for half of the answer's words.
    """
    low = text.lower()
    live = []
    length = 0
    for key, words in document.keys:
        there = 0
        for word in key:
            if word in low:
                there += 1
        live.append(2 * there >= len(key))
        length += words * live[-1]
    return live if 2 * (length + document.around) >= text.count(" ") else [False] * len(live)


def _straight(document: Document, text: str, low: str) -> Reading | None:
    """Piece after piece from the first letter to the last, or None where the answer leaves the document."""
    place = 0
    ways: list[str | None] = []
    texts: list[str] = []
    for piece in document.pieces:
        source = text if piece.cased else low
        for form, way in piece.forms:
            if source.startswith(form, place):
                ways.append(way)
                texts.append(text[place : place + len(form)])
                place += len(form)
                break
        else:
            return None
    return Reading(ways, texts, [1.0] * len(document.facts), [], 0.0) if place == len(text) else None


def _careful(document: Document, text: str, low: str, live: list[bool]) -> Reading:
    """The best run of words and slots in order."""
    count = len(document.pieces)
    run = _best_run(document, text, low, live)
    ways: list[str | None] = [None] * count
    texts = [""] * count
    sums = [0.0] * len(document.facts)
    for match in run:
        unit = document.units[match.unit]
        ways[unit.piece], texts[unit.piece] = match.way, text[match.start : match.end]
        if unit.fact >= 0:
            sums[unit.fact] += unit.weight
    shares = [total and reached / total for reached, total in zip(sums, document.totals)]
    facts = [max(0.0, (share - _HALF) / (1.0 - _HALF)) for share in shares]
    for place in document.silent:
        # A way that is to write nothing is followed by leaving the mark out, but only where there is something around it.
        piece = document.pieces[place]
        if ways[place] is None and (piece.fact < 0 or facts[piece.fact] > 0):
            ways[place] = piece.forms[-1].way
    foreign = _foreign(document, text, run)
    words = max(len(text.split()), 1)
    return Reading(ways, texts, facts, foreign, min(1.0, sum(len(gap.split()) for gap in foreign) / words))


class Match(NamedTuple):
    """A unit found in the answer, in one of its ways, and what it is worth to a run."""

    start: int
    end: int
    unit: int
    way: str
    worth: float


def _best_run(document: Document, text: str, low: str, live: list[bool]) -> list[Match]:
    """The heaviest run of matches in the order of the document, none overlapping, of the facts that are told at all.

    Where an answer writes a slot in two ways the one that is not asked for is read: who writes both has not decided.
    """
    matches: list[Match] = []
    for number, unit in document.heavy:
        if unit.fact < 0 or live[unit.fact]:
            matches += _matches_of(unit, number, text if unit.cased else low)
    matches.sort()
    light = [word for word in document.light if word.fact < 0 or live[word.fact]]
    return _with_light(document, low, _chain(matches, len(document.units)), light)


def _matches_of(unit: Unit, number: int, source: str) -> list[Match]:
    """Where a unit stands, in any of its ways; what is part of a longer way of it is not a way of its own."""
    matches: list[Match] = []
    for form, way in unit.forms:
        start = source.find(form)
        if start < 0:
            continue
        longer, left = tuple(matches), _OCCURRENCES
        undecided = unit.weight > 0 and way != unit.wanted
        worth = max(unit.weight, _SLIGHTLY) + _SLIGHTLY * undecided + _SLIGHTLY * len(form) / 100
        while start >= 0 and left:
            end, left = start + len(form), left - 1
            inside = longer and any(other.start <= start and end <= other.end for other in longer)
            if not inside and _stands_alone(source, start, end):
                matches.append(Match(start, end, number, way, worth))
            start = source.find(form, start + 1)
    return matches


def _with_light(document: Document, low: str, run: list[Match], light: list[Light]) -> list[Match]:
    """The run with the small words that stand where they should: between the same neighbours, in order.

    Those that open the next match's fact are looked for from its side.
    """
    matches: list[Match] = []
    place, waiting = 0, 0
    for after in (*run, Match(len(low), len(low), len(document.units), "", 0.0)):
        begun = waiting
        while waiting < len(light) and light[waiting].unit < after.unit:
            waiting += 1
        tail: list[Match] = []
        if begun < waiting:
            fact = document.units[after.unit].fact if after.unit < len(document.units) else -1
            before = document.units[matches[-1].unit].fact if matches else -1
            opening = [word for word in light[begun:waiting] if word.fact == fact] if fact != before else []
            for word in light[begun : waiting - len(opening)]:
                start = _first(low, word.text, place, after.start)
                if start >= 0:
                    place = start + len(word.text)
                    matches.append(Match(start, place, word.unit, "", 0.0))
            last = after.start
            for word in reversed(opening):
                start = _last(low, word.text, place, last)
                if start >= 0:
                    tail.append(Match(start, start + len(word.text), word.unit, "", 0.0))
                    last = start
        matches += [*reversed(tail), after]
        place = after.end
    return matches[:-1]


def _first(low: str, word: str, place: int, limit: int) -> int:
    """Where a word first stands between two places, -1 where it does not."""
    start = low.find(word, place, limit)
    while start >= 0 and not _stands_alone(low, start, start + len(word)):
        start = low.find(word, start + 1, limit)
    return start


def _last(low: str, word: str, place: int, limit: int) -> int:
    """Where a word last stands between two places, -1 where it does not."""
    start = low.rfind(word, place, limit)
    while start >= 0 and not _stands_alone(low, start, start + len(word)):
        start = low.rfind(word, place, start + len(word) - 1)
    return start


def _chain(matches: list[Match], size: int) -> list[Match]:
    """The heaviest chain of matches whose places and units both rise.

    Matches come by their starts; each becomes a possible predecessor once it has ended. A Fenwick tree over the units holds the
    best chain that ends with a unit up to some number.
    """
    tree: list[tuple[float, int]] = [(0.0, -1)] * (size + 1)
    scores: list[tuple[float, int]] = []
    back: list[int] = []
    ended = sorted(range(len(matches)), key=lambda index: matches[index].end)
    waiting = 0
    for index, match in enumerate(matches):
        while waiting < len(ended) and matches[ended[waiting]].end <= match.start:
            done = ended[waiting]
            waiting += 1
            place = matches[done].unit + 1
            while place <= size:
                if tree[place] < scores[done]:
                    tree[place] = scores[done]
                place += place & -place
        best, place = (0.0, -1), match.unit
        while place:
            if tree[place] > best:
                best = tree[place]
            place -= place & -place
        back.append(best[1])
        scores.append((best[0] + match.worth, index))
    last = max(scores)[1] if scores else -1
    run = []
    while last >= 0:
        run.append(matches[last])
        last = back[last]
    return run[::-1]


def _stands_alone(source: str, start: int, end: int) -> bool:
    """Whether no word is cut at either end."""
    return not (
        (start and source[start - 1].isalnum() and source[start].isalnum())
        or (end < len(source) and source[end].isalnum() and source[end - 1].isalnum())
    )


def _foreign(document: Document, text: str, run: list[Match]) -> list[str]:
    """What no piece accounts for, but for the words of a broken piece where it should stand: one fault is not counted twice."""
    gaps = []
    place = unit = 0
    for match in (*run, Match(len(text), len(text), len(document.units), "", 0.0)):
        gap = text[place : match.start]
        if gap.strip(_HARMLESS):
            gaps.append(_unforgiven(gap, document.units[unit : match.unit]))
        place, unit = match.end, match.unit + 1
    return [left for left in gaps if left]


def _unforgiven(gap: str, missing: Sequence[Unit]) -> str:
    """The words of a gap that belong to none of the units that should have stood in it."""
    broken = [word for unit in missing for word in unit.words]
    foreign = []
    for word, small in zip(gap.split(), gap.lower().split()):
        bare = small.strip(EDGES)
        if bare in broken:
            broken.remove(bare)
        elif word.strip(_HARMLESS):
            foreign.append(word)
    return " ".join(foreign).strip(_HARMLESS)


def _style(document: Document, reading: Reading) -> tuple[float, dict[str, float]]:
    """The share of preferences kept, and each preference's own share."""
    preferences: dict[str, float] = dict.fromkeys(document.preferences, 0.0)
    for place in document.slots:
        piece = document.pieces[place]
        assert piece.matter is not None
        if reading.ways[place] == piece.wanted:
            preferences[piece.matter.id] += 1.0 / document.preferences[piece.matter.id]
    total = sum(preferences.values()) / max(len(preferences), 1)
    return (1.0 if total > 1.0 - 1e-9 else total), preferences


def _right(phrasing: Phrasing) -> Grade:
    return Grade(1.0, "correct", Feedback(phrasing.say(prompts.RIGHT)), {"facts": 1.0, "style": 1.0})


def _untold(document: Document, phrasing: Phrasing) -> Grade:
    verdict = phrasing.say(prompts.WRONG)
    lines = [phrasing.say(prompts.UNTOLD, fact=fact) for fact in document.quoted[:2]]
    feedback = Feedback(verdict, " ".join(lines), phrasing.say(prompts.CORRECTION, right=document.right))
    return Grade(0.0, "wrong", feedback, {"facts": 0.0, "style": 0.0})


def _unread(document: Document, phrasing: Phrasing, bank: tuple[str, ...], **words: object) -> Grade:
    correction = phrasing.say(prompts.CORRECTION, right=document.right)
    feedback = Feedback(phrasing.say(prompts.WRONG), phrasing.say(bank, **words), correction)
    return Grade(0.0, "malformed", feedback, {"facts": 0.0, "style": 0.0})


def diagnosis(phrasing: Phrasing, document: Document, reading: Reading) -> str:
    """What is wrong: facts first, then what was added, then at most four offences against the style, each once."""
    lines: list[str] = []
    for fact, share in zip(document.quoted, reading.facts):
        if share < 1.0 and len(lines) < 2:
            lines.append(phrasing.say(prompts.DAMAGED if share > 0 else prompts.UNTOLD, fact=fact))
    if reading.foreign and any(reading.facts):
        lines.append(phrasing.say(prompts.FOREIGN, given=in_quotes(max(reading.foreign, key=len))))
    lines += _offences(phrasing, document, reading) if any(reading.facts) else []
    return " ".join(lines)


def _offences(phrasing: Phrasing, document: Document, reading: Reading) -> list[str]:
    lines: dict[tuple[str, str], str] = {}
    for place in document.slots:
        piece, way = document.pieces[place], reading.ways[place]
        if way is None or way == piece.wanted or piece.matter is None or piece.wanted is None or len(lines) == 4:
            continue
        given, rule = reading.texts[place].strip(), piece.matter.hint(piece.wanted, piece.right)
        topic = f"{piece.matter.topic} in {where(piece.scope)}" if piece.scope else piece.matter.topic
        if not given:
            bank = prompts.LACKING
        elif document.quotation:
            bank = prompts.MISQUOTED
        else:
            bank = prompts.STYLE if piece.right.strip() else prompts.SURPLUS
        key = (piece.matter.id, piece.scope)
        if key not in lines:
            lines[key] = phrasing.say(bank, given=in_quotes(given), topic=topic, said=rule)
    return list(lines.values())
