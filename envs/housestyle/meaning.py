"""Reading a text for what it says: which facts are told, in whatever order and words, and how each slot is written in it.

A fact is told where one sentence, or two that stand side by side, have its subject, all of its values and most of its other words or
words that say the same. It is not told where something denies it, opposes one of its words, or puts another value, day, name or
thing into it: who alters a fact has told another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from clgym.envs.housestyle import clauses
from clgym.envs.housestyle.dimensions import Matter
from clgym.envs.housestyle.document import Document, Piece, Statement
from clgym.envs.housestyle.vocabulary import (
    DOUBTS,
    LIGHT,
    NOUNS,
    PRONOUNS,
    TURNING,
    denies,
    kind_of_denial,
    number_of,
    opposed,
    same,
    stem,
    without_idioms,
)

#: What a value or the name of a subject counts when a fact is told, where another word counts 1.
_HEAVY = 2.0
#: A fact of which this share is said is told; of which that share or less, not at all.
_ENOUGH, _TOO_LITTLE = 0.7, 0.35
#: What a fact is worth at most that has another word where the house minds which one is used.
_OTHER_WORD = 0.5
#: Up to this share of the words of a telling sentence may be new.
_NEW = 0.4
#: Breaches of word order from which on, and share of the words at which, a text is no English (or German) any more.
_BREACHES, _BROKEN = 2, 0.12
#: A word that was forgotten makes two breaches: in a long text that is a slip.
_SLIPS = 0.04
#: So many words of the facts that stand alone are a piece of one.
_FRAGMENT = 2

_TOKEN = re.compile(r"\x00(\d+)\x00|[^\W_]+(?:[.,:'’·/-][^\W_]+)*%?|[^\s\w]|_")
#: A full stop behind one of these, or behind a single letter, ends nothing.
_SHORT = "".join(rf"(?<!\b{word})" for word in ("mr", "ms", "mrs", "dr", "no", "ca", "st", "[a-z]"))
_STOP = re.compile(_SHORT + r"[.!?]+(?=\s|$|[\"'”)*_])|\n+|; |;$| / | // ?| \N{BROKEN BAR} ")
_HALF_DAY = re.compile(r"\b([AaPp])\. ?[mM]\b(?:\.(?= [a-z\d]))?")
_CHUNK = frozenset(", : - – — ( ) [ ] and but which who while because so although und aber die da weil".split())
_ARTICLES = frozenset("a an the our your my their its der den dem ein eine einen einem unsere unser".split())
_PREPOSITIONS = frozenset("at in on of by with from into during until at um im am mit bei zum zur von für".split())
_BEFORE_NONE = frozenset(
    "is are was were be and or the a an of at on in by with for to from has have had will would must can may . , ; ! ? ist sind und oder am um im der die das mit von".split()
)
_BEING = frozenset("is are was were be has have had will would must ist sind war".split())
_NOMINAL = _ARTICLES | _PREPOSITIONS | frozenset("to and or all this every some more und".split())
_TITLES = frozenset("ms mr mrs frau herr herrn".split())
_POINTING = frozenset("this that these those my".split())
_NO_OBJECT = _PREPOSITIONS | _BEING
_JOINING = frozenset("and or und oder".split())
#: An article with a capital letter behind a word: nobody begins a sentence there.
_MID_CAPITAL = re.compile(r"(?<=[a-z\x00]) (?:The|An?|Our)(?= |$)")


class Atom(NamedTuple):
    """A value as it is written somewhere: the pieces that have it, each with its way ("" for one of no house)."""

    pieces: tuple[tuple[int, str], ...]
    text: str


class Word(NamedTuple):
    """A word in small letters, its stem, or an atom."""

    text: str
    stem: str
    atom: Atom | None


class Sentence(NamedTuple):
    """A sentence as runs of words between its marks, and what stood behind it up to the next one."""

    chunks: tuple[tuple[Word, ...], ...]
    start: int
    end: int
    asks: bool

    def words(self) -> Iterator[Word]:
        """Every word in turn."""
        return (word for chunk in self.chunks for word in chunk)


class Told(NamedTuple):
    """How much of a statement is told (0 to 1), in which sentences, and what is wrong: "" or a fault with the words that make it.

    ``said`` is the share of its words and values that are there.
    """

    share: float
    where: tuple[int, ...]
    fault: str = ""
    given: str = ""
    said: float = 0.0


@cache
def _pattern(matter: Matter, form: str) -> re.Pattern[str]:
    """Where a form stands: no word is cut, and words that houses differ in may be inflected."""
    words = form.strip()
    body = r"\s+".join(map(re.escape, words.split()))
    if matter.word and words.isalpha():
        body = re.escape(words.removesuffix("s").removesuffix("e")) + "(?:e|s|es|ed|ing|d)?"
    before = r"(?<![^\W_])" if words[0].isalnum() else ""
    after = r"(?![^\W_])" if words[-1].isalnum() else ""
    if words[0].isdigit():
        before = r"(?<![^\W_])(?<!\d[.,:/-])(?<![$#~>])" if words[0].isdigit() else before
    if words[-1].isdigit():
        after = r"(?![^\W_])(?![.,:/-]\d)(?!%| ?°)"
    return re.compile(before + body + after)


def _spellings(piece: Piece) -> dict[str, str]:
    """The texts of a slot in small letters with their ways, "" for those of no house."""
    found = {text.lower().strip(): way for text, way in reversed(piece.forms) if text.strip()}
    return {**dict.fromkeys(piece.also, ""), **found}


def atoms_of(document: Document, text: str) -> tuple[str, list[Atom]]:
    """The text with every value of the document as a numbered atom, the longest first; places are not kept."""
    text = _HALF_DAY.sub(r"\1m", text)
    low = text.lower()
    spellings = [
        (spelling, way, place)
        for place, piece in enumerate(document.pieces)
        if piece.matter is not None and piece.fact >= 0 and (piece.weight > 0 or piece.matter.id in ("very", "hedge", "please"))
        for spelling, way in _spellings(piece).items()
    ]
    texts: dict[str, list[tuple[int, str]]] = {}
    for spelling, way, place in spellings:
        texts.setdefault(spelling, []).append((place, way))
    # A name is nobody's value: "the members' fair" does not speak of members.
    taken = [(match.start(), match.end(), "") for name in document.names for match in re.finditer(re.escape(name), low)]
    for spelling in sorted(texts, key=lambda one: -len(one)):
        head = spelling.split(None, 1)[0][:3]
        if head not in low:
            continue
        matter = document.pieces[texts[spelling][0][0]].matter
        assert matter is not None
        for match in _pattern(matter, spelling).finditer(low):
            if matter.cased and spelling in LIGHT and not low[: match.start()].rstrip(" ")[-1:].isalnum():
                continue  # "We" opens a sentence, and is no Wednesday
            if all(match.end() <= start or end <= match.start() for start, end, _ in taken):
                taken.append((match.start(), match.end(), spelling))
    taken.sort()
    atoms, parts, last = [], [], 0
    for start, end, spelling in taken:
        if not spelling:
            continue
        exact = tuple((place, _cased(document.pieces[place], way, text[start:end])) for place, way in texts[spelling])
        atoms.append(Atom(exact, text[start:end]))
        parts += [text[last:start], f"\x00{len(atoms) - 1}\x00"]
        last = end
    return "".join([*parts, text[last:]]), atoms


def _cased(piece: Piece, way: str, given: str) -> str:
    """The way in which something is written where letters' case counts; "" where it is none of the ways."""
    if not piece.cased:
        return way
    return next((form.way for form in piece.forms if form.text.strip() == given), "")


def sentences_of(marked: str, atoms: Sequence[Atom]) -> list[Sentence]:
    """The sentences of a marked text."""
    sentences, last = [], 0
    low = without_idioms(marked.lower())
    for stop in (*_STOP.finditer(low), None):
        end = stop.start() if stop else len(low)
        chunks = tuple(_chunks(low[last:end], atoms))
        if chunks:
            sentences.append(Sentence(chunks, last, end, bool(stop and "?" in stop.group())))
        last = stop.end() if stop else end
    return sentences


def _chunks(text: str, atoms: Sequence[Atom]) -> Iterator[tuple[Word, ...]]:
    run: list[Word] = []
    for match in _TOKEN.finditer(text):
        if match.group(1):
            atom = atoms[int(match.group(1))]
            text = atom.text if atom.text.isalpha() else ""
            run.append(Word(text, stem(text), atom))
            continue
        word = match.group().replace("’", "'")
        if word in _CHUNK:
            if run:
                yield tuple(run)
            run = [Word(word, word, None)] if word.isalpha() else []
        elif word[0].isalnum() or denies(word):
            run.append(Word(word, stem(word), None))
    if run:
        yield tuple(run)


class Reader:
    """What a text tells of a document."""

    def __init__(self, document: Document, text: str):
        self.document = document
        self.marked, self.atoms = atoms_of(document, text)
        self.sentences = sentences_of(self.marked, self.atoms)
        self._low = text.lower()
        self._whole = " ".join(word.text for sentence in self.sentences for word in sentence.words())
        self._statements = document.statements
        self._own = [frozenset(statement.words) for statement in self._statements]
        self._known = frozenset().union(*(statement.known for statement in self._statements)) if self._statements else frozenset()
        self.told = [self._best(number) for number in range(len(self._statements))]
        self._attach()
        self._deny_by_sentence()

    # Telling

    def _best(self, number: int) -> Told:
        """The best telling of a statement: in one sentence, or in two side by side."""
        best = Told(0.0, ())
        singles = [(place,) for place in range(len(self.sentences))]
        pairs = [(place, place + 1) for place in range(len(self.sentences) - 1)]
        for where in (*singles, *pairs):
            if len(where) > 1 and best.share >= 1.0:
                break
            told = self._telling(number, where)
            if (told.share, told.said) > (best.share, best.said):
                best = told
        return best

    def _telling(self, number: int, where: tuple[int, ...]) -> Told:
        statement = self._statements[number]
        words = [word for place in where for word in self.sentences[place].words()]
        stems = {word.stem for word in words}
        listed = sum(1 for word in words if word.atom) > 1 and not any(word.text in LIGHT for word in words)
        if listed or sum(1 for word in words if word.atom is None) < 2 or any(self.sentences[place].asks for place in where):
            return Told(0.0, where)
        share, missing = self._share(statement, words, stems)
        if share <= _TOO_LITTLE:
            return Told(0.0, where)
        fault = self._fault(number, where, stems)
        if fault[0]:
            return Told(0.0, where, *fault, share)
        if missing == "subject" or missing == "value":
            return Told(0.0, where, missing, "", share)
        told = 1.0 if share >= _ENOUGH else (share - _TOO_LITTLE) / (_ENOUGH - _TOO_LITTLE)
        told = min(told, _OTHER_WORD) if missing == "word" else told
        return Told(told, where, "" if told >= 1.0 else "part", "", share)

    def _share(self, statement: Statement, words: Sequence[Word], stems: set[str]) -> tuple[float, str]:
        """How much of a statement some words say, and which kind of thing is lacking, the gravest."""
        reached, total, missing = 0.0, 0.0, ""
        for word in statement.words:
            total += 1.0
            reached += not stems.isdisjoint(same(word)) or word in stems
        for place in statement.slots:
            piece = self.document.pieces[place]
            assert piece.matter is not None
            total += _HEAVY
            there = any(self._fills(statement, place, word, words) for word in words)
            if not there and not piece.matter.word and piece.matter.id in _PHRASES:
                there = _in_other_order(piece, stems, words)
            reached += _HEAVY * there
            if not there:
                soft = (piece.matter.word and piece.matter.id not in _DECISIVE) or piece.matter.id == "example"
                missing = "word" if soft and missing != "value" else "value"
        if total and reached < total / 2:
            return 0.0, missing  # the subject alone says nothing
        for name in statement.names:
            total += _HEAVY
            there = self._named(name, words)
            reached += _HEAVY * there
            missing = missing if there or missing == "value" else "subject"
        return reached / total if total else 0.0, missing

    def _fills(self, statement: Statement, place: int, word: Word, words: Sequence[Word]) -> bool:
        """Whether a word fills a slot, and is no word of another fact that is told there."""
        if word.atom is None or not any(place == one for one, _ in word.atom.pieces):
            return False
        if not word.text or not self._is_word(place):
            return True
        rest = {one.stem for one in words} - {word.stem}
        values = {place for one in words if one.atom and one is not word for place, _ in one.atom.pieces}
        return not any(
            word.text in other.known and not (rest.isdisjoint(other.words) and values.isdisjoint(other.slots))
            for other in self._statements
            if other is not statement
        )

    def _named(self, name: str, words: Sequence[Word]) -> bool:
        """Whether a subject is named, or meant by a pronoun or its last word after it was named somewhere."""
        text = " ".join(word.text for word in words)
        if re.search(rf"\b{re.escape(name)}\b", text) or _singular(name) in text:
            return True
        if not (re.search(rf"\b{re.escape(name)}\b", self._whole) or name in self._low):
            return False
        return any(word.text in PRONOUNS or word.text == name.split()[-1] for word in words)

    def _attach(self) -> None:
        """Give sentences that tell nothing of their own to a fact beside them of which they say the rest."""
        telling = {place for told in self.told for place in told.where if told.share > 0}
        for place, sentence in enumerate(self.sentences):
            if place in telling:
                continue
            stems = {word.stem for word in sentence.words() if word.stem}
            for number, told in enumerate(self.told):
                if told.share <= 0 or not {place - 1, place + 1} & set(told.where):
                    continue
                before = {word.stem for one in told.where for word in self.sentences[one].words()}
                rest = [word for word in self._statements[number].words if before.isdisjoint(same(word))]
                if any(not stems.isdisjoint(same(word)) for word in rest):
                    again = self._telling(number, tuple(sorted((*told.where, place))))
                    if again.share >= told.share or again.fault:
                        self.told[number] = again
                    break

    # Faults

    def _fault(self, number: int, where: tuple[int, ...], stems: set[str]) -> tuple[str, str]:
        """What turns a statement into another one in these sentences: the kind of fault and the words."""
        statement = self._statements[number]
        for place in statement.slots:
            matter = self.document.pieces[place].matter
            against = stems & opposed(f"{matter.id}:") - self._known if matter else set()
            if against:
                return "opposed", self._spelled(where, against)
        for word in statement.words:
            wrong = opposed(word) & stems
            wrong -= {one for one in wrong if any(one in other.words for other in self._statements)} | set(statement.words)
            if wrong and stems.isdisjoint(same(word)):
                return "opposed", self._spelled(where, wrong)
        negations: set[str] = set()
        for place in where:
            for chunk in self.sentences[place].chunks:
                if not self._concerns(number, place, chunk):
                    continue
                negations |= {kind_of_denial(word.text) for word in chunk if word.atom is None} - {""}
                fault = self._of_chunk(number, chunk)
                if fault[0]:
                    return fault
        if negations - {"free"} != statement.negations and negations != statement.negations:
            return "denied", ""
        return "", ""

    def _spelled(self, where: tuple[int, ...], stems: set[str] | frozenset[str]) -> str:
        return next((word.text for place in where for word in self.sentences[place].words() if word.stem in stems), "")

    def _concerns(self, number: int, place: int, chunk: Sequence[Word]) -> bool:
        """Whether what a chunk says bears on a statement: it has some of it, or nothing of any."""
        mine = self._statements[number]
        if self._has(mine, chunk):
            return True
        return not any(self._has(other, chunk) for other in self._statements if other is not mine)

    def _has(self, statement: Statement, chunk: Sequence[Word]) -> bool:
        for word in chunk:
            if word.atom and any(place in statement.slots for place, _ in word.atom.pieces):
                return True
            if word.stem and word.stem in statement.similar:
                return True
        return False

    def _of_chunk(self, number: int, chunk: Sequence[Word]) -> tuple[str, str]:
        """A doubt, something alien, or another statement's value, in the place of this one's."""
        statement = self._statements[number]
        before = ""
        for word in chunk:
            if word.atom is None and word.text not in self._known:
                if word.text in DOUBTS:
                    return "doubted", word.text
                if word.stem in statement.similar:
                    continue
                if (number_of(word.text) and number_of(word.text) not in self._known) or word.text in NOUNS or word.text in TURNING:
                    return "alien", word.text
            if before in _KINDS and any(name.endswith(f" {word.text}") for name in statement.names) and before not in self._known:
                return "alien", f"{before} {word.text}"
            before = word.text
        atoms = [word.atom for word in chunk if word.atom]
        foreign = [
            atom for atom in atoms if not any(self.document.pieces[place].fact == statement.fact for place, _ in atom.pieces)
        ]
        if statement.slots and foreign and len(foreign) == len(atoms):
            stems = {word.stem for word in chunk}
            others = {self.document.pieces[place].fact for atom in foreign for place, _ in atom.pieces}
            theirs = frozenset().union(*(own for own, one in zip(self._own, self._statements) if one.fact in others))
            mine = self._own[number] - theirs
            if not stems.isdisjoint(mine) and stems.isdisjoint(theirs - self._own[number]):
                return "alien", foreign[0].text
        own = [atom for atom in atoms if any(place in statement.slots for place, _ in atom.pieces)]
        if own and self._own[number] and self._of_another(number, chunk, atoms):
            return "alien", own[0].text
        return "", ""

    def _of_another(self, number: int, chunk: Sequence[Word], atoms: Sequence[Atom]) -> bool:
        """Whether a chunk says of another fact, without its value, what it says of this one's."""
        stems = {word.stem for word in chunk}
        if not stems.isdisjoint(self._statements[number].similar - {name.split()[-1] for name in self._statements[number].names}):
            return False
        for other, own in zip(self._statements, self._own):
            if other.slots and not stems.isdisjoint(own - self._own[number]):
                return not any(place in other.slots for atom in atoms for place, _ in atom.pieces)
        return False

    def _deny_by_sentence(self) -> None:
        """Sentences that tell nothing and deny something speak of the one before them, or of all."""
        telling = {place for told in self.told for place in told.where if told.share > 0}
        for place, sentence in enumerate(self.sentences):
            words = [word for word in sentence.words() if word.text and word.text not in self._known]
            if place in telling or not any(denies(word.text) or word.text in DOUBTS for word in words):
                continue
            everything = place == 0 or any(
                word.text in ("all", "none", "everything", "above", "following", "nothing") for word in words
            )
            for number, told in enumerate(self.told):
                if told.share > 0 and (everything or place - 1 in told.where):
                    self.told[number] = Told(0.0, told.where, "denied")

    # What is left

    def foreign(self) -> list[str]:
        """The words that belong to no fact: whole sentences, repetitions, and what is too much in the others."""
        foreign = []
        telling: Counter[int] = Counter(place for told in self.told for place in set(told.where) if told.share > 0 or told.fault)
        seen: Counter[int] = Counter()
        for place, sentence in enumerate(self.sentences):
            words = list(sentence.words())
            texts = [word.atom.text if word.atom else word.text for word in words]
            if not telling[place]:
                # What is left of an item that was cut short says nothing, and nothing that is new.
                if len(words) > _FRAGMENT or not all(map(self._familiar, words)):
                    foreign.append(" ".join(texts))
                continue
            values = [word.atom.pieces[0][0] for word in words if word.atom and not self._is_word(word.atom.pieces[0][0])]
            mine = set(values)
            repeated = [one for one in mine if seen[one]]
            seen.update(values)
            if mine and 2 * len(repeated) > len(mine) or any(seen[one] > 1 for one in mine if one not in repeated):
                foreign.append(" ".join(texts[: (len(texts) + 1) // (1 if repeated else 2)]))
                continue
            new = [word.text for word in words if word.text and not self._familiar(word)]
            if len(new) > _NEW * len(words):
                foreign.append(" ".join(new))
        return foreign

    def _is_word(self, place: int) -> bool:
        matter = self.document.pieces[place].matter
        return matter is not None and (matter.word or not matter.weight)

    def _familiar(self, word: Word) -> bool:
        return (
            word.atom is not None
            or word.text in LIGHT
            or word.text in self._known
            or any(word.stem in one.similar for one in self._statements)
        )

    def broken(self) -> float:
        """How much of the text is no sentence at all: 0 for what can be read, 1 for words in any order."""
        breaches, total = len(_MID_CAPITAL.findall(self.marked)), 0
        for sentence in self.sentences:
            words = list(sentence.words())
            total += len(words)
            breaches += all(word.atom for word in words) or (len(words) <= 2 and words[0].text in _ARTICLES)
            breaches += words[-1].text in _JOINING
            for chunk in sentence.chunks:
                breaches += len(chunk) == 1 < len(words) and chunk[0].atom is not None and not chunk[0].text
                around = (None, *chunk, None)
                breaches += sum(map(self._breach, around, chunk, around[2:]))
        if breaches < _BREACHES or breaches < _SLIPS * total:
            return 0.0
        return min(1.0, breaches / max(total, 1) / _BROKEN)

    def _breach(self, before: Word | None, word: Word, after: Word | None) -> bool:
        """Whether a word cannot stand between its neighbours, None at an edge."""
        if word.text in _ARTICLES:
            return after is None or after.text in _BEFORE_NONE or after.text in _POINTING or self._never(after, _NOMINAL)
        if word.text in _TITLES:
            return after is None or after.text in LIGHT
        if word.text in _NO_OBJECT:
            if after is None or (word.text in _BEING and after.text in _JOINING):
                return True
            nothing = word.text in _PREPOSITIONS and after.text in _BEFORE_NONE and after.text not in _ARTICLES
            return nothing or self._never(after, _NOMINAL | _BEING)
        if word.atom and after is not None:
            led = before is not None and before.text in LIGHT
            return (after.atom is not None and not after.text) or (
                after.text in _ARTICLES and not led and not self._is_word(word.atom.pieces[0][0])
            )
        if word.text in self._heads and after is not None:
            return (after.atom is not None and any(map(str.isdigit, after.atom.text))) or after.text in self._heads
        return False

    def _never(self, word: Word, leaders: frozenset[str]) -> bool:
        """Whether a word of the facts stands behind one of the leaders in none of them."""
        if word.atom or word.text not in self._followed or word.text in self._named_words or word.text in LIGHT:
            return False
        return leaders.isdisjoint(self._followed[word.text])

    @cached_property
    def _heads(self) -> frozenset[str]:
        """The nouns of what the facts are about."""
        return frozenset(name.split()[-1] for name in self.document.names)

    @cached_property
    def _named_words(self) -> frozenset[str]:
        return frozenset(word for name in self.document.names for word in name.split())

    @cached_property
    def _followed(self) -> dict[str, set[str]]:
        """What each word of the facts stands behind in them."""
        found: dict[str, set[str]] = {}
        for piece in self.document.pieces:
            words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", piece.forms[0].text) if piece.matter is None else []
            for one, two in zip(["", *words], words):
                found.setdefault(two, set()).add(one)
        return found

    def ways(self, number: int) -> dict[int, list[tuple[str, str]]]:
        """For each slot of a statement, the ways in which it is written where the statement is told, each with the words."""
        statement = self._statements[number]
        found: dict[int, list[tuple[str, str]]] = {}
        for sentence in (self.sentences[place] for place in self.told[number].where):
            words = list(sentence.words())
            for word in words:
                for place, way in word.atom.pieces if word.atom else ():
                    if place in statement.marks or (place in statement.slots and self._fills(statement, place, word, words)):
                        found.setdefault(place, []).append((way, word.atom.text if word.atom else ""))
        return found


_KINDS = frozenset(clauses.KINDS)
#: Matters of words of which another word says something else, as far as a list can know.
_DECISIVE = frozenset(("begin", "finish", "dont"))
#: Matters whose values are phrases: who says the same in another order tells the fact.
_PHRASES = frozenset("voice season spelling aside future series pair emphasis quotes".split())


def _in_other_order(piece: Piece, stems: set[str], words: Sequence[Word]) -> bool:
    """Whether all that a phrase says is said, in none of the ways."""
    texts = {word.text for word in words}
    for form in piece.forms:
        wanted = [word for word in re.findall(r"[^\W_]+", form.text.lower()) if word not in LIGHT]
        if wanted and all(word in texts or stem(word) in stems for word in wanted):
            return True
    return False


def _singular(name: str) -> str:
    return name.removesuffix("s") + " " if " " not in name and name.endswith("s") else f"{name}'s"
