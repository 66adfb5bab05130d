"""Grades: what an answer tells of the facts, and how it writes what the house minds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from clgym.core import Feedback, Grade
from clgym.envs.housestyle import prompts
from clgym.envs.housestyle.dimensions import is_term
from clgym.envs.housestyle.document import Document, Piece
from clgym.envs.housestyle.meaning import Reader, Told
from clgym.envs.housestyle.style import where
from clgym.text.answers import clean, fitting, in_quotes, unnamed, wrappings
from clgym.text.phrases import Phrasing

#: Answers that are this many times as long as the right one, and a bit, are not read.
_TIMES, _BIT = 3, 200
#: An answer in which this share of the words is foreign earns nothing.
_FOREIGN_LIMIT = 0.5
#: A greeting or a sign-off has so many words at most.
_SHORT_LINE = 5
#: From this reward on, the verdict is that some of it is right.
_MUCH = 0.5

_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[\n ]*")
#: What lists put before an item.
_BULLET = re.compile(r"^[ \t]*([-*•>–—]|\(?\d{1,2}[.)]|\(?[a-h][.)])[ \t]+", re.MULTILINE)
_SIGNS = re.compile("[\N{WHITE HEAVY CHECK MARK}\N{PUSHPIN}\N{WHITE MEDIUM STAR}\N{BELL}]")


class Reading(NamedTuple):
    """An answer as it was understood: the pieces as they were wanted where they stand, the way found at each ("" for one of no
    house, None for nothing) and its text, what was told, how much of each fact, what belongs to none, and what share that is."""

    pieces: Sequence[Piece]
    ways: list[str | None]
    texts: list[str]
    told: Sequence[Told]
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
    reading = read(document, text)
    if not any(reading.facts) and not any(told.fault for told in reading.told):
        return _untold(document, phrasing)
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


def read(document: Document, text: str) -> Reading:
    """Understand an answer: straight through where it follows the document, by its meaning where it does not."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    return _straight(document, text, low) or _by_meaning(document, text)


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
    if place != len(text):
        return None
    return Reading(document.pieces, ways, texts, [], [1.0] * len(document.facts), [], 0.0)


def _by_meaning(document: Document, text: str) -> Reading:
    """What is told in any order and words, with the frame around it."""
    count = len(document.pieces)
    ways: list[str | None] = [None] * count
    texts = [""] * count
    body = text if document.quotation else _unframed(document, text, ways, texts)
    bare, bullets = _unbulleted(document, body)
    reader = Reader(document, bare)
    pieces = list(document.pieces)
    order = _order(document, reader.told)
    for number, statement in enumerate(document.statements):
        part = order.get(number, 1)
        found = reader.ways(number) if reader.told[number].share > 0 else {}
        for place in (*statement.slots, *statement.marks):
            pieces[place] = document.pieces[place].within(part)
            ways[place], texts[place] = _decided(pieces[place], found.get(place, []))
            if place in statement.marks and ways[place] is None and reader.told[number].share > 0:
                ways[place], texts[place] = _mark_within(pieces[place], reader, reader.told[number].where)
    _between(document, reader, ways, texts)
    _listed(document, reader, bullets, ways, texts)
    facts = [0.0] * len(document.facts)
    sizes = [0] * len(document.facts)
    for statement, told in zip(document.statements, reader.told):
        facts[statement.fact] += told.share
        sizes[statement.fact] += 1
    readable = 1.0 - reader.broken()
    foreign = reader.foreign()
    share = min(1.0, sum(len(part.split()) for part in foreign) / max(1, len(bare.split())))
    return Reading(pieces, ways, texts, reader.told, [readable * fact / size for fact, size in zip(facts, sizes)], foreign, share)


def _order(document: Document, told: Sequence[Told]) -> dict[int, int]:
    """Which statements stand in the opening (0) and in the closing sentence (2)."""
    last = len(document.facts) - document.listed
    places = {
        number: one.where
        for number, (one, statement) in enumerate(zip(told, document.statements))
        if one.where and one.share > 0 and statement.fact < last
    }
    if not places:
        return {}
    first, final = min(min(where) for where in places.values()), max(max(where) for where in places.values())
    return {number: 0 if first in where else 2 if final in where else 1 for number, where in places.items()}


def _decided(piece: Piece, found: Sequence[tuple[str, str]]) -> tuple[str | None, str]:
    """The way of a slot; who writes it in two ways is taken at one that is not wanted."""
    if not found:
        return None, ""
    return next((one for one in found if one[0] != piece.wanted), found[0])


def _mark_within(piece: Piece, reader: Reader, places: Sequence[int]) -> tuple[str | None, str]:
    """The way of a mark in the sentences of its fact: the one that is there, or the one that writes nothing."""
    region = reader.marked[reader.sentences[places[0]].start : reader.sentences[places[-1]].end]
    if any(not form.text for form in piece.forms):
        return next(form.way for form in piece.forms if not form.text), ""
    found = [form for form in piece.forms if form.text in region]
    wanted = next((form for form in found if form.way == piece.wanted), None)
    longer = wanted and next((form for form in found if wanted.text in form.text and form is not wanted), None)
    best = longer or wanted or (found[0] if found else None)
    return (best.way, best.text) if best else (None, "")


def _unframed(document: Document, text: str, ways: list[str | None], texts: list[str]) -> str:
    """The text without heading, greeting, sign-off and sign, whose ways are noted."""
    for place, piece in enumerate(document.pieces):
        if piece.matter is None or piece.matter.id not in ("heading", "greeting", "signoff", "emoji"):
            continue
        if piece.matter.id == "emoji":
            found = _SIGNS.findall(text)
            last = _SIGNS.search(text.strip()[-1:])
            way = next((form.way for form in piece.forms if form.text.strip() == (found[-1] if found else "")), "")
            ways[place], texts[place] = (way if not found or (last and len(found) == 1) else ""), "".join(found)
            text = _SIGNS.sub("", text)
            continue
        source = text if piece.cased else text.lower()
        for form in piece.forms:
            words = form.text.strip()
            start = source.rfind(words) if piece.matter.id == "signoff" else source.find(words)
            if start < 0 or not _on_its_own(piece.matter.id, form.text, text, start, start + len(words)):
                continue
            ways[place], texts[place] = form.way, text[start : start + len(words)]
            text = f"{text[:start].rstrip(' ')}\n{text[start + len(words) :].lstrip(' ')}".strip("\n")
            break
        else:
            text, texts[place] = _without_person(text, piece)
            ways[place] = "" if texts[place] else None
    return text


def _without_person(text: str, piece: Piece) -> tuple[str, str]:
    """The text without a short first (greeting) or last line (sign-off) that names the person in a way of no house, and that line."""
    assert piece.matter is not None
    lines = text.split("\n")
    place = {"greeting": 0, "signoff": -1}.get(piece.matter.id)
    if place is None or len(lines) < 2 or len(lines[place].split()) > _SHORT_LINE:
        return text, ""
    named = {word for form in piece.forms for word in re.findall(r"\w+", form.text)}
    if not any(word in named for word in re.findall(r"\w+", lines[place].lower())):
        return text, ""
    line = lines.pop(place)
    return "\n".join(lines), line


def _on_its_own(kind: str, form: str, text: str, start: int, end: int) -> bool:
    """Whether a part of the frame stands on lines of its own, where such a part stands."""
    before, after = text[:start].strip(" "), text[end:].strip(" ")
    if kind == "heading":
        return not before and (after.startswith("\n") or not after)
    if kind == "greeting":
        return (not before or before.endswith("\n")) and after.startswith("\n")
    return before.endswith("\n") and (not after or after.startswith("\n"))


def _unbulleted(document: Document, text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without what stands before the items of its list, and that mark of each line that has one."""
    if not document.listed:
        return text, []
    bullets = [(match.group(1), text[match.end() :].partition("\n")[0].lower()) for match in _BULLET.finditer(text)]
    return _BULLET.sub("", text), bullets


def _listed(
    document: Document, reader: Reader, bullets: Sequence[tuple[str, str]], ways: list[str | None], texts: list[str]
) -> None:
    """The ways of what stands before each item of the list."""
    items = iter([one for one in document.statements if document.listed and one.fact == len(document.facts) - 1])
    for place, piece in enumerate(document.pieces):
        if piece.matter is None or piece.matter.id != "bullet":
            continue
        item = next(items, None)
        mark = next((mark for mark, line in bullets if item and all(name in line for name in item.names)), None)
        if mark is None:
            continue
        shape = re.sub(r"\d+", "1", re.sub(r"[a-h]", "a", mark))
        forms = ((form, re.sub(r"\d+", "1", re.sub(r"[a-h]", "a", form.text.strip()))) for form in piece.forms)
        ways[place], texts[place] = next((form.way for form, own in forms if own == shape), ""), mark


def _between(document: Document, reader: Reader, ways: list[str | None], texts: list[str]) -> None:
    """The ways of the marks between the sentences and behind the last: each boundary of the text is one of the document's."""
    last = len(document.facts) - document.listed
    telling = sorted(
        {place for one, told in zip(document.statements, reader.told) if told.share > 0 and one.fact < last for place in told.where}
    )
    if not telling:
        return
    joints = [place for place, piece in enumerate(document.pieces) if piece.matter is not None and piece.matter.id == "joiner"]
    inner = {place for told in reader.told for place in told.where[:-1]}
    gaps = [
        reader.marked[reader.sentences[one].end : reader.sentences[two].start]
        for one, two in zip(telling, telling[1:])
        if two == one + 1 and one not in inner
    ]
    forms = document.pieces[joints[0]].forms if joints else ()
    right = next((form.text for form in forms if form.way == document.pieces[joints[0]].wanted), "")
    wrong = [gap for gap in gaps if gap != right]
    for number, place in enumerate(joints):
        gap = wrong[number] if number < len(wrong) else gaps[-1] if gaps else ""
        ways[place] = next((form.way for form in document.pieces[place].forms if form.text == gap), "" if gap else None)
        texts[place] = gap.strip()
    end = next(
        (place for place, piece in enumerate(document.pieces) if piece.matter is not None and piece.matter.id == "ending"), None
    )
    if end is not None:
        behind = reader.marked[reader.sentences[telling[-1]].end :]
        mark = re.match(r"[.!?]*(?:\s*//)?", behind)
        given = mark.group().strip() if mark else ""
        ways[end], texts[end] = next((form.way for form in document.pieces[end].forms if form.text.strip() == given), ""), given


def _style(document: Document, reading: Reading) -> tuple[float, dict[str, float]]:
    """The share of preferences kept (or of facts in whose slots all are), and each preference's own share."""
    kept: dict[str, list[bool]] = {}
    whole: dict[int, list[bool]] = {}
    for piece, way in zip(reading.pieces, reading.ways):
        if piece.matter is not None and piece.wanted is not None:
            kept.setdefault(piece.matter.part, []).append(way == piece.wanted)
            whole.setdefault(piece.fact, []).append(way == piece.wanted)  # what stands around the facts is a whole too
    preferences = {name: sum(each) / len(each) for name, each in kept.items()}
    shares = [float(all(each)) for each in whole.values()] if document.whole else list(preferences.values())
    return (sum(shares) / len(shares) if shares else 1.0), preferences


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
    lines: dict[int, str] = {}
    for statement, told in zip(document.statements, reading.told):
        if told.share < 1.0 and statement.fact not in lines and len(lines) < 2:
            bank = prompts.FAULTS.get(told.fault, prompts.DAMAGED if told.share > 0 else prompts.UNTOLD)
            lines[statement.fact] = phrasing.say(bank, fact=document.quoted[statement.fact], given=in_quotes(told.given))
    said = list(lines.values())
    if reading.told and not said and any(fact < 1.0 for fact in reading.facts):
        said.append(phrasing.say(prompts.JUMBLED))
    if reading.foreign and any(reading.facts):
        said.append(phrasing.say(prompts.FOREIGN, given=in_quotes(_cited(reading.foreign))))
    said += _offences(phrasing, document, reading) if any(reading.facts) else []
    return " ".join(said)


def named(piece: Piece, given: str, right: str) -> dict[str, str]:
    """What an editor's remark on another name than the house's is made of."""
    assert piece.matter is not None
    place = f" in {where(piece.scope)}" if piece.scope else ""
    plain = piece.matter.ways[piece.matter.plain].template
    return {"given": in_quotes(given), "plain": plain, "right": in_quotes(right.strip()), "place": place}


def _cited(foreign: Sequence[str]) -> str:
    return max(foreign, key=len)


def _offences(phrasing: Phrasing, document: Document, reading: Reading) -> list[str]:
    lines: dict[tuple[str, str], str] = {}
    for piece, way, text in zip(reading.pieces, reading.ways, reading.texts):
        if way is None or way == piece.wanted or piece.matter is None or piece.wanted is None or len(lines) == 4:
            continue
        given, rule = text.strip(), piece.matter.hint(piece.wanted, piece.right)
        if is_term(piece.matter.id):
            lines.setdefault((piece.matter.id, piece.scope), phrasing.say(prompts.TERM, **named(piece, given, piece.right)))
            continue
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
