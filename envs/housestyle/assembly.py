"""Putting documents together: clauses become pieces, and the layout goes around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clgym.envs.housestyle import clauses
from clgym.envs.housestyle.catalogue import MATTERS, matter_of
from clgym.envs.housestyle.dimensions import Fields
from clgym.envs.housestyle.document import Document, Piece, fixed, free, slot
from clgym.envs.housestyle.style import Rule
from clgym.seeding import Draw
from clgym.text.english import capital

#: Where the house does not care, any of these ends a sentence or leads to the next.
_JOINERS = free((".\n", ". ", "; ", "\n", " "), ". ")
_ENDINGS = free((".", "!", ""), ".")
#: After these the next sentence begins with a capital letter.
_FULL = ("plain", "line")


class Assembly:
    """One document in the making.

    ``wanted`` gives the rule that holds for a matter in a part ("opening", "closing", ""), ``draft_way`` the way of the draft.
    ``head`` and ``tail`` collect what the prompt must tell before and after the facts; ``clauses`` counts the facts
    that are clauses.
    """

    def __init__(
        self,
        wanted: Callable[[str, str], Rule | None],
        draft_way: Callable[[str, str], str],
        values: Mapping[str, Fields],
        fill: Mapping[str, str],
        *,
        draw: Draw | None = None,
        german: bool = False,
    ):
        self._wanted, self._draft_way, self._values, self._fill = wanted, draft_way, values, fill
        self._draw, self._german = draw, german
        self.head: list[str] = []
        self.tail: list[str] = []
        self.clauses = 0

    def line(self, text: str) -> Document:
        """A document of one sentence, whose event counts twice."""
        pieces = self._clause(text, 0, "", heavy=True)
        fact = "".join(piece.draft for piece in pieces)
        return Document((_with_capital(pieces[0]), *pieces[1:], _ENDINGS), (fact,), self._names)

    def document(self, layout: Sequence[str], matters: Sequence[str], opener: str, tail: Callable[[], str] = str) -> Document:
        """A document with a clause for every matter and the layout around it. At least two facts. ``tail`` gives what is added to each."""
        texts = [text + tail() for text in self._clauses(matters, opener)]
        self.clauses = len(texts)
        pieces: list[Piece] = []
        facts: list[str] = []
        if "heading" in layout:
            pieces.append(self._heading())
        if "greeting" in layout:
            pieces.append(self._person("greeting", "To"))
        for number, text in enumerate(texts):
            part = "opening" if number == 0 else "closing" if number == len(texts) - 1 else ""
            clause = self._clause(text, number, part)
            facts.append("".join(piece.draft for piece in clause))
            bare = [piece.right for piece in clause[:2]]
            clause[:2] = _opened(clause[0], *clause[1:2])
            if number and "joiner" in layout and pieces[-1].wanted not in _FULL:
                clause[:2] = [piece._replace(right=right) for piece, right in zip(clause, bare)]
            last = number == len(texts) - 1
            mark = self._mark("ending", layout, _ENDINGS) if last else self._mark("joiner", layout, _JOINERS)
            pieces += [*clause, mark]
        if "bullet" in layout:
            pieces += self._list(facts)
        if "signoff" in layout:
            pieces.append(self._person("signoff", "From"))
        if "emoji" in layout:
            pieces.append(self._slot("emoji", MATTERS["emoji"].values()[0], -1, ""))
        return Document(tuple(pieces), tuple(facts), self._names, "bullet" in layout)

    @property
    def _names(self) -> tuple[str, ...]:
        """What the facts are about, the longest name first: without the article in German."""
        names = {name.lower().split(" ", 1)[1] if self._german else name.lower() for name in self._fill.values() if name}
        return tuple(sorted(names, key=len, reverse=True))

    def _clauses(self, matters: Sequence[str], opener: str) -> list[str]:
        """Clauses for the matters, the first about the event; a matter that an earlier clause has is not asked again."""
        assert self._draw is not None
        texts: list[str] = []
        covered: set[str] = set()
        for name in matters:
            if name in covered:
                continue
            source = clauses.about(name, self._german, not texts) or clauses.about(name, self._german)
            text = self._draw.choice([one for one in source if one not in texts])
            if not texts and "event" not in clauses.slots(text):
                texts.append(opener)
            texts.append(text)
            covered.update(clauses.slots(text))
        return texts if len(texts) > 1 else [*texts, "alle sind willkommen" if self._german else "all are welcome"]

    def _clause(self, text: str, fact: int, part: str, heavy: bool = False) -> list[Piece]:
        pieces: list[Piece] = []
        run = ""
        for number, token in enumerate(clauses.pieces(text)):
            if number % 2 == 0:
                run += token
            elif token in self._fill and not heavy:
                run += self._fill[token]
            else:
                if run:
                    pieces.append(fixed(run, fact))
                    run = ""
                filled = self._fill.get(token)
                pieces.append(fixed(filled, fact, 2.0) if filled else self._slot(token, self._value(token), fact, part))
        return [*pieces, fixed(run, fact)] if run else pieces

    def _value(self, name: str) -> Fields:
        value = self._values.get(name)
        if value is not None:
            return value
        values = matter_of(name).values()
        return values[0] if self._draw is None or len(values) == 1 else self._draw.choice(values)

    def _slot(self, name: str, value: Fields, fact: int, part: str) -> Piece:
        matter = matter_of(name)
        rule = self._wanted(name, part)
        if rule is None or (self._german and rule.way not in matter.german):
            return slot(matter, value, fact, None, matter.plain, german=self._german)
        way = self._draft_way(name, rule.way)
        piece = slot(matter, value, fact, rule.way, way, scope=rule.scope, german=self._german)
        return piece._replace(parted=self._parted(name)) if fact >= 0 else piece

    def _parted(self, name: str) -> tuple[tuple[str | None, str], ...]:
        """The way and the scope that hold for a matter in each part, where they are not the same."""
        rules = [self._wanted(name, part) for part in ("opening", "", "closing")]
        if rules[0] == rules[1] == rules[2]:
            return ()
        known = [rule if rule and not (self._german and rule.way not in matter_of(name).german) else None for rule in rules]
        return tuple((rule.way, rule.scope) if rule else (None, "") for rule in known)

    def _mark(self, name: str, layout: Sequence[str], usual: Piece) -> Piece:
        return self._slot(name, MATTERS[name].values()[0], -1, "") if name in layout else usual

    def _heading(self) -> Piece:
        text = f"the {self._fill['event']}"
        self.head.append(f"Title: {text}")
        title = " ".join(map(capital, text.split()))
        value = Fields({"x": text, "cap": capital(text), "up": text.upper(), "title": title})
        return self._slot("heading", value, -1, "")

    def _person(self, name: str, label: str) -> Piece:
        value = self._value(name)
        person = f"{value['title']} {value['first']} {value['last']}"
        self.head.append(f"{label}: {person}")
        return self._slot(name, value, -1, "")

    def _list(self, facts: list[str]) -> list[Piece]:
        assert self._draw is not None
        items = self._draw.sample(clauses.GERMAN_ITEMS if self._german else clauses.LIST_ITEMS, 3)
        self.tail.append(f"{'Am Ende eine Liste' if self._german else 'At the end, a list'}: {'; '.join(items)}")
        pieces: list[Piece] = []
        for value, item in zip(MATTERS["bullet"].values(), items):
            pieces += [self._slot("bullet", value, -1, ""), fixed(item, len(facts))]
        facts.append("; ".join(items))
        return pieces


def _opened(first: Piece, *second: Piece) -> list[Piece]:
    """The beginning of a sentence with a capital letter, which the next piece has where the first one is not written."""
    if not second:
        return [_with_capital(first)]
    following = second[0]._replace(
        right=second[0].right if first.right else capital(second[0].right),
        draft=second[0].draft if first.draft else capital(second[0].draft),
    )
    return [_with_capital(first), following]


def _with_capital(piece: Piece) -> Piece:
    if piece.matter is None:
        return piece._replace(right=capital(piece.right), draft=capital(piece.draft))
    written = tuple(map(capital, piece.written))
    return piece._replace(right=capital(piece.right), draft=capital(piece.draft), written=written)
