"""The queries of one house: a pure function of (pool, index), each with the document that answers it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from clgym.core import Query
from clgym.envs.housestyle import clauses, glossary, prompts
from clgym.envs.housestyle.assembly import Assembly
from clgym.envs.housestyle.catalogue import FRAME, MATTERS, matter_of
from clgym.envs.housestyle.dimensions import NOTHING, Fields
from clgym.envs.housestyle.document import Document, spread
from clgym.envs.housestyle.style import ASKED, TYPES, Rule, Style
from clgym.seeding import Draw, Seed
from clgym.text import names
from clgym.text.english import article, capital

LEARN, OTHER = 2400, 320
#: At level 3 the glossary makes as many more; events come again.
MOST = 10_000
#: From this level on a fact is in house style only as a whole.
WHOLE = 2
#: Kinds of document in ``transfer/types``: houses make no exceptions for them.
NEW_TYPES = ("postcard", "poster", "newsletter", "leaflet", "press release")
#: Which kinds have which parts.
TITLED = frozenset(("notice", "memo", "report", "poster", "newsletter", "leaflet", "press release"))
ADDRESSED = frozenset(("email", "memo", "postcard"))
LISTED = frozenset(("note", "notice", "report", "leaflet"))

Ruling = Callable[[str, str], "Rule | None"]


class Tasks:
    """Builds the queries of one world."""

    def __init__(self, seed: Seed, level: int, name: str, style: Style):
        self._seed, self._level, self._name, self._style = seed, level, name, style
        self._rulings: dict[str, Ruling] = {}
        self._german = [name for name in style.matters if name not in FRAME and len(MATTERS[name].german) > 1]
        self.pools = self._pools()

    def query(self, pool: str, index: int) -> Query:
        """One query; the index is known to be good."""
        draw = self._seed.draw("query", pool, index)
        if pool == "guard":
            return self._guard(index, draw)
        if pool == "transfer/german":
            return self._short_german(index) if self._level == 0 else self._long_german(index, draw)
        return self._short(pool, index) if self._level == 0 else self._long(pool, index, draw)

    def _pools(self) -> dict[str, int]:
        sizes = {"learn": LEARN, "eval": OTHER, "transfer/types": OTHER, "transfer/german": OTHER, "guard": OTHER}
        if self._level == 3:
            sizes["learn"] = MOST
        if self._level == 0:
            count = self._grid.size
            sizes["learn"] = min(LEARN, count * 4 // 5)
            sizes["eval"] = sizes["transfer/types"] = sizes["guard"] = min(OTHER, count - sizes["learn"])
            sizes["transfer/german"] = min(OTHER, self._german_grid.size)
        return sizes

    # One line

    @functools.cached_property
    def _grid(self) -> Grid:
        """Events, things to bring and the values of every matter that level 0 speaks of."""
        names = [name for name in self._style.matters if MATTERS[name].values() != NOTHING]
        domains: list[Sequence[object]] = [clauses.SHORT_EVENTS, *(MATTERS[name].values() for name in names)]
        if "dash" in self._style.matters:
            domains.append(clauses.THINGS)
        return Grid(self._seed.draw("grid"), tuple(names), domains)

    @functools.cached_property
    def _german_grid(self) -> Grid:
        names = [name for name in self._german if MATTERS[name].values() != NOTHING]
        domains = [clauses.GERMAN_EVENTS, *(MATTERS[name].values() for name in names)]
        return Grid(self._seed.draw("German grid"), tuple(names), domains)

    def _line(self, place: int, text: str, wanted: Ruling) -> Document:
        event, values, rest = self._grid.at(place)
        return Assembly(wanted, self._plain, values, {"event": event, "thing": rest}).line(text)

    def _short(self, pool: str, index: int) -> Query:
        if pool == "transfer/types":
            kind = tuple(clauses.NOTES)[index % len(clauses.NOTES)]
            text = clauses.noted(kind, self._style.matters)
            bank = tuple(prompts.SHORT_KINDS[kind] + line for line in prompts.SHORT_LINE)
        else:
            kind, text, bank = "message", clauses.message(self._style.matters), prompts.LINE
        place = index if pool == "learn" else self.pools["learn"] + index
        document = self._line(place, text, self._house(kind))
        return self._query(pool, index, bank[index % len(bank)].format(name=self._name, draft=document.draft), document)

    def _short_german(self, index: int) -> Query:
        event, values, _ = self._german_grid.at(index)
        parts = Assembly(self._house("line"), self._plain, values, {"event": event}, german=True)
        document = parts.line(clauses.noted_german(self._german))
        prompt = prompts.GERMAN_LINE[index % len(prompts.GERMAN_LINE)].format(name=self._name, draft=document.draft)
        return self._query("transfer/german", index, prompt, document)

    # Longer documents

    def _long(self, pool: str, index: int, draw: Draw) -> Query:
        kinds = NEW_TYPES if pool == "transfer/types" else TYPES[:3] if self._level == 1 else TYPES
        kind = kinds[index % len(kinds)]
        event = self._event(index % LEARN if pool == "learn" else index + {"eval": LEARN, "transfer/types": LEARN + OTHER}[pool])
        fill = {"event": event, "thing": draw.choice(clauses.THINGS)}
        parts = Assembly(self._house(kind), self._draft_way(draw), {}, fill, draw=draw)
        opener = draw.choice(clauses.PLAIN_CLAUSES)
        tail = self._tails(pool == "eval", draw)
        document = parts.document(self._layout(kind), self._chosen(draw, self._style.matters), opener, tail)
        document = replace(document, whole=self._level >= WHOLE)
        head = draw.choice(prompts.LONG).format(name=self._name, kind=kind, a=article(kind), A=capital(article(kind)))
        lines = [head, *parts.head, "Facts:", spread(document.facts[: parts.clauses]), *parts.tail, draw.choice(prompts.TERMS)]
        return self._query(pool, index, "\n".join(lines), document)

    def _long_german(self, index: int, draw: Draw) -> Query:
        kind = draw.choice(tuple(prompts.GERMAN_KINDS))
        fill = self._german_event(index)
        parts = Assembly(self._house(kind), self._plain, {}, fill, draw=draw, german=True)
        marks = [name for name in ("joiner", "ending", "emoji", "bullet") if name in self._style.matters]
        document = parts.document([m for m in marks if MATTERS[m].german], self._chosen(draw, self._german), clauses.GERMAN_PLAIN)
        head = draw.choice(prompts.GERMAN_LONG).format(name=self._name, kind=kind, **prompts.GERMAN_KINDS[kind])
        terms = draw.choice(prompts.GERMAN_TERMS)
        lines = [head, *parts.head, "Angaben:", spread(document.facts[: parts.clauses]), *parts.tail, terms]
        return self._query("transfer/german", index, "\n".join(lines), document)

    def _tails(self, held_out: bool, draw: Draw) -> Callable[[], str]:
        """What is added to the facts of one document: entries of the glossary, none of which can be mistaken for another."""
        taken: list[str] = []

        def tail() -> str:
            found = glossary.met(self._style.entries, glossary.NAMED[self._level], draw, taken)
            taken.extend(found)
            return glossary.tail(found, held_out, draw)

        return tail

    def _layout(self, kind: str) -> list[str]:
        """The parts around the facts of which the house speaks and which such a document has."""
        owners = {"heading": TITLED, "greeting": ADDRESSED, "signoff": ADDRESSED, "bullet": LISTED}
        return [name for name in FRAME if name in self._style.matters and (name not in owners or kind in owners[name])]

    def _chosen(self, draw: Draw, names: Sequence[str]) -> list[str]:
        inner = [name for name in names if name not in FRAME]
        return draw.sample(inner, min(ASKED[self._level], len(inner)))

    @functools.cached_property
    def _topics(self) -> tuple[str, ...]:
        pairs = [f"{kind} {event}" for kind in clauses.KINDS for event in clauses.EVENTS]
        return tuple(self._seed.draw("topics").sample(pairs, LEARN + 3 * OTHER))

    def _event(self, number: int) -> str:
        return self._topics[number]

    def _german_event(self, index: int) -> dict[str, str]:
        count = len(clauses.GERMAN_EVENTS)
        event, town = clauses.GERMAN_EVENTS[index % count], clauses.TOWNS[index // count]
        accusative = event.replace("der ", "den ", 1) if event.startswith("der ") else event
        return {"event": f"{event} in {town}", "event_acc": f"{accusative} in {town}"}

    # Guard

    def _guard(self, index: int, draw: Draw) -> Query:
        """Somebody else's wishes, told in the prompt (even indices), or a quotation that nobody may touch."""
        verbatim = index % 2 == 1
        # Drawn without regard to the house: a guest that never asked for its ways would give them away.
        ways = {name: MATTERS[name].plain if verbatim else draw.choice(MATTERS[name].choices) for name in self._style.matters}
        document = self._guarded(index, draw, lambda name, part: Rule(name, ways[name]) if name in ways else None)
        if verbatim:
            document = replace(document, quotation=True)
            return self._query("guard", index, draw.choice(prompts.VERBATIM).format(draft=document.draft), document)
        rules = " ".join(f"{MATTERS[name].wording(ways[name])}." for name in document.preferences)
        prompt = draw.choice(prompts.AUTHOR).format(guest=invented(draw), rules=rules, draft=document.draft)
        return self._query("guard", index, prompt, document)

    def _guarded(self, index: int, draw: Draw, wanted: Ruling) -> Document:
        if self._level == 0:
            return self._line(self.pools["learn"] + index, clauses.message(self._style.matters), wanted)
        event = self._event(LEARN + 2 * OTHER + index)
        parts = Assembly(wanted, self._plain, {}, {"event": event, "thing": draw.choice(clauses.THINGS)}, draw=draw)
        return parts.document([], self._chosen(draw, self._style.matters)[:3], draw.choice(clauses.PLAIN_CLAUSES))

    # Ways

    def _house(self, kind: str) -> Ruling:
        ruling = self._rulings.get(kind)
        if ruling is None:
            ruling = self._rulings[kind] = functools.cache(functools.partial(self._style.rule, kind))
        return ruling

    @staticmethod
    def _plain(name: str, wanted: str) -> str:
        return matter_of(name).plain

    def _draft_way(self, draw: Draw) -> Callable[[str, str], str]:
        """What the facts show: the plain way, and from level 2 on any way but the right one."""
        if self._level < 2:
            return self._plain

        def mixed(name: str, wanted: str) -> str:
            matter = matter_of(name)
            return matter.plain if not matter.weight or matter.word or draw.chance(0.5) else draw.choice(matter.shown)

        return mixed

    @staticmethod
    def _query(pool: str, index: int, prompt: str, document: Document) -> Query:
        return Query(pool, index, prompt, document)


class Grid:
    """All combinations of some values in a drawn order, without writing them down."""

    def __init__(self, draw: Draw, names: tuple[str, ...], domains: Sequence[Sequence[object]]):
        self.names, self._domains = names, domains
        self.size = math.prod(len(domain) for domain in domains)
        step = int(self.size * draw.uniform(0.55, 0.65)) | 1
        while math.gcd(step, self.size) != 1:
            step += 2
        self._step, self._start = step, draw.integer(0, self.size - 1)

    def at(self, place: int) -> tuple[str, dict[str, Fields], str]:
        """The event, the value of each matter by its name, and whatever else the grid ranges over."""
        number = (self._start + self._step * place) % self.size
        combination = []
        for domain in self._domains:
            number, digit = divmod(number, len(domain))
            combination.append(domain[digit])
        event, *rest = combination
        values: dict[str, Fields] = dict(zip(self.names, rest))  # type: ignore[arg-type]
        return str(event), values, str(rest[-1]) if len(rest) > len(self.names) else ""


_ONSETS = "B Br D Dr F G Gr H K Kl L M N P Pr R S St T Tr V W Z".split()
_CORES = "a e i o u al an ar el en er il in or ul un".split()
_MIDDLES = "b d f g k l m n r t v z".split()
_ENDINGS = "a ax en ick o ona or um ura y".split()


def invented(draw: Draw) -> str:
    """A name that means nothing: "Brelona"."""
    middle = names.invented(draw, _CORES, _MIDDLES)
    return draw.choice(_ONSETS) + middle + draw.choice(_ENDINGS)
