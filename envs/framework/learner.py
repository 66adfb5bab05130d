"""The ideal learner of CL-Framework: for every house what it calls its words and columns, and a version space over its conventions.

It knows the catalogue, how programs are written for a house, and how prompts and feedback are worded; of a house it has what it is shown. A
right answer is taken apart by the writers themselves (:mod:`clgym.envs.framework.unwriting`). Where feedback has words it looks around with
``dir`` and ``help`` first, as anybody would.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from clgym.agent import Conversation
from clgym.envs.framework import guard, level0
from clgym.envs.framework.apps import program
from clgym.envs.framework.catalogue import DESCENDING, SLOT, SWITCHED
from clgym.envs.framework.domains import DOMAIN
from clgym.envs.framework.house import CLOSERS, DJANGO, OPENERS
from clgym.envs.framework.reading import HELPS, SLOT_OF, Asked, Told, read_feedback, read_guard, understand
from clgym.envs.framework.unwriting import WORDS, Writer, Written, unwrite
from clgym.learning import Learner, Seen
from clgym.seeding import Draw

On = tuple[tuple[str, bool], ...]
#: Votes that are remembered for one word or column, and exchanges for one convention, the newest last.
_VOTES, _RECORDS = 7, 80


@dataclass
class Votes:
    """What something was seen to be called."""

    heard: list[str] = field(default_factory=list)
    refuted: set[str] = field(default_factory=set)

    def hear(self, name: str) -> None:
        self.heard.append(name)
        del self.heard[:-_VOTES]

    def best(self, noisy: bool) -> str | None:
        """The last name; where feedback may lie, the one that was heard most."""
        if not self.heard:
            return None
        return Counter(reversed(self.heard)).most_common(1)[0][0] if noisy else self.heard[-1]


@dataclass
class Convention:
    """Which choices of a convention fitted, under which settings of the app."""

    slot: str
    records: list[tuple[frozenset[str], On]] = field(default_factory=list)
    refuted: set[str] = field(default_factory=set)
    made: tuple[int, tuple[str, str, str]] | None = None

    def hear(self, fitting: Iterable[str], on: On) -> None:
        self.records.append((frozenset(fitting), on))
        del self.records[:-_RECORDS]
        self.made = None

    def best(self, on: On) -> str | None:
        """The choice that explains most of what was seen: one for all apps, or one that a setting switches on."""
        if not self.records:
            return None
        if self.made is None:
            self.made = 0, max(self._explanations(), key=self._score)
        setting, choice, plain = self.made[1]
        return choice if not setting or dict(on).get(setting) else plain

    def certain(self) -> bool:
        """Whether one choice alone is left."""
        return bool(self.records) and len(frozenset.intersection(*(fits for fits, _ in self.records[-8:]))) == 1

    def _explanations(self) -> list[tuple[str, str, str]]:
        """(setting, choice, else), the simple ones first."""
        slot = SLOT[self.slot]
        choices = (slot.django, *slot.choices) if slot.group == "semantics" or self.slot == "style" else slot.choices
        plain = [("", choice, choice) for choice in dict.fromkeys(choices)]
        settings = sorted({name for _, on in self.records for name, _ in on}) if self.slot in SWITCHED else []
        return plain + [(setting, choice, slot.django) for setting in settings for choice in slot.choices]

    def _score(self, explanation: tuple[str, str, str]) -> float:
        setting, choice, plain = explanation
        total, weight = 0.5 if not setting else 0.0, 1.0
        for fits, on in reversed(self.records):
            total += weight * ((choice if not setting or dict(on).get(setting) else plain) in fits)
            weight *= 0.985
        return total


class Belief:
    """What is known of one house."""

    def __init__(self, noisy: bool):
        self.noisy = noisy
        self.words: dict[str, Votes] = {}
        self.columns: dict[tuple[str, str], Votes] = {}
        self.conventions: dict[str, Convention] = {}
        self.names: dict[str, set[str]] = {}
        self.looked: set[str] = set()

    def word(self, slot: str) -> Votes:
        return self.words.setdefault(slot, Votes())

    def column(self, model: str, column: str) -> Votes:
        return self.columns.setdefault((model, column), Votes())

    def convention(self, slot: str) -> Convention:
        return self.conventions.setdefault(slot, Convention(slot))

    def take(self, written: Written, on: On) -> None:
        """What a right answer tells."""
        for slot, fitting in written.slots.items():
            if slot in WORDS:
                self.word(slot).hear(fitting[0])
            else:
                self.convention(slot).hear(fitting, on)
        for (model, column), name in written.columns.items():
            self.column(model, column).hear(name)
            self.names.setdefault(model, set()).add(name)

    def hear(self, told: Told, asked: Asked, on: On) -> None:
        """What a feedback tells in words."""
        for model, column, name in told.columns:
            self.column(model, column).hear(name)
            self.names.setdefault(model, set()).add(name)
        for slot, word in told.words.items():
            self.word(slot).hear(word)
        for slot, choice in told.rules.items():
            self.convention(slot).hear((choice,), on)
        if told.names:
            self._list(told.names, _models(asked))
        for line, after in zip(told.lines, (*told.lines[1:], "")):
            for helped in HELPS.values():
                lines = [line, after] if after.startswith("    routes") else [line]
                written = unwrite(lines, helped, self.likely)
                if written:
                    self.take(written, on)

    def _list(self, names: frozenset[str], models: Sequence[str]) -> None:
        """The columns of a model: of the one that has one of these names already, else of the first that the query is about."""
        own = {name for name in names if name not in SLOT_OF and not _is_noun(name)}
        known = [model for model in models if self.names.get(model, set()) & own]
        owner = max(known, key=lambda model: len(self.names[model] & own)) if known else next(iter(models), "")
        if owner:
            self.names.setdefault(owner, set()).update(own)

    def likely(self, slot: str) -> Sequence[str]:
        """A convention's choices, the likeliest first."""
        entry = SLOT[slot]
        best = self.conventions[slot].best(()) if slot in self.conventions else None
        return list(dict.fromkeys(filter(None, (best, *entry.choices, entry.django))))

    def settled(self, on: On) -> Callable[[str], Sequence[str]]:
        """For each convention the choice that is believed, where there is one."""

        def choices(slot: str) -> Sequence[str]:
            best = self.conventions[slot].best(on) if slot in self.conventions else None
            return [best] if best else self.likely(slot)

        return choices


def _is_noun(name: str) -> bool:
    return name.capitalize() in DOMAIN


def _models(asked: Asked) -> list[str]:
    """The models that a query is about, its own first."""
    if asked.op:
        return [asked.op.model]
    if asked.spec is None:
        return []
    domain = asked.spec.plan.domain
    second = asked.spec.second
    return [domain.model, *([domain.parent] if domain.parent else []), *([second.model] if second else [])]


class Guess:
    """A house as it is believed to be: what is not known is guessed. Writers read it as they read a house."""

    def __init__(self, belief: Belief, on: On, draw: Draw, level: int):
        self._level = level
        self._belief, self._on, self._draw = belief, on, draw
        self.unknown: set[str] = set()
        self._slots: dict[str, str] = {}
        self._columns: dict[tuple[str, str], str] = {}

    def __getitem__(self, slot: str) -> str:
        if slot not in self._slots:
            self._slots[slot] = self._known(slot) or self._guessed(slot)
        return self._slots[slot]

    def _known(self, slot: str) -> str | None:
        belief = self._belief
        if slot in WORDS:
            return belief.words[slot].best(belief.noisy) if slot in belief.words else None
        return belief.conventions[slot].best(self._on) if slot in belief.conventions else None

    def _guessed(self, slot: str) -> str:
        self.unknown.add(slot)
        entry = SLOT[slot]
        if entry.group == "semantics" or entry.level > self._level:
            return entry.django  # most meanings are not drawn
        refuted = self._belief.word(slot).refuted if slot in WORDS else self._belief.convention(slot).refuted
        return self._draw.choice([choice for choice in entry.choices if choice not in refuted] or entry.choices)

    def column(self, model: str, column: str) -> str:
        key = model, column
        if key not in self._columns:
            known = self._belief.columns[key].best(self._belief.noisy) if key in self._belief.columns else None
            self._columns[key] = known or self._guessed_column(model, column)
        return self._columns[key]

    def _guessed_column(self, model: str, column: str) -> str:
        """One of the model's names that is not another column's; where none is known, a name as houses make them."""
        belief = self._belief
        self.unknown.add(f"{model}.{column}")
        taken = {votes.best(belief.noisy) for (other, _), votes in belief.columns.items() if other == model and votes.heard}
        taken |= belief.column(model, column).refuted | set(self._columns.values())
        free = sorted(name for name in belief.names.get(model, ()) if name not in taken and name not in ("id", "archived"))
        return self._draw.choice(free) if free else self._draw.choice(OPENERS) + self._draw.choice(CLOSERS)


class FrameworkLearner(Learner):
    """One belief for each house."""

    def __init__(self, level: int, *, noise: float = 0.0, drifts: Sequence[int] = (), seed: int = 0):
        super().__init__(seed=seed)
        self._level = level
        self._noise, self._drifts = noise, tuple(drifts)
        self._beliefs: dict[str, Belief] = {}
        #: Whether feedback has words: looking around helps. Found out by looking.
        self._words = True

    def _belief(self, house: str) -> Belief:
        return self._beliefs.setdefault(house, Belief(self._noise > 0))

    # -- learning -----------------------------------------------------------------------------------------------------

    def see(self, seen: Seen) -> None:
        if len(self.seen) in self._drifts:
            self._doubt()
        asked = understand(seen.prompt)
        if asked is None or asked.house == "Django" or asked.lines:
            return
        belief, on = self._belief(asked.house), asked.spec.on if asked.spec else ()
        looked = _looks(seen.answer)
        if looked:
            belief.looked.add(seen.answer)
            self._words = self._words and ("Names" in seen.feedback or ":" in seen.feedback[20:])
        told = read_feedback(seen.feedback)
        belief.hear(told, asked, on)
        right = seen.correction or (seen.answer if seen.reward == 1.0 else "")
        if right and not looked or seen.correction:
            written = self._unwritten(belief, asked, right, on)
            if written:
                belief.take(written, on)
        elif seen.reward is not None and not looked:
            self._refute(belief, asked, seen, on)

    def _doubt(self) -> None:
        """After a drift what was known is still likely, and one contradiction is enough."""
        for belief in self._beliefs.values():
            belief.looked.clear()
            for votes in (*belief.words.values(), *belief.columns.values()):
                votes.refuted.clear()
                del votes.heard[:-1]
            for convention in belief.conventions.values():
                convention.refuted.clear()
                del convention.records[:-2]
                convention.made = None

    def _unwritten(self, belief: Belief, asked: Asked, text: str, on: On) -> Written | None:
        """What an answer says of the house that it is right in."""
        lines, writer = text.split("\n"), writer_of(asked)
        return unwrite(lines, writer, belief.settled(on)) or unwrite(lines, writer, belief.likely)

    def _refute(self, belief: Belief, asked: Asked, seen: Seen, on: On) -> None:
        """Where all but one of what a wrong answer took for granted is known, that one is wrong."""
        written = self._unwritten(belief, asked, seen.answer, on)
        if written is None:
            return
        words = {slot: fits[0] for slot, fits in written.slots.items() if slot in WORDS and not belief.word(slot).heard}
        columns = {key: name for key, name in written.columns.items() if not belief.column(*key).heard}
        others = {
            slot: fits[0]
            for slot, fits in written.slots.items()
            if slot not in WORDS and SLOT[slot].group != "semantics" and not belief.convention(slot).records
        }
        if len(words) + len(columns) + len(others) == 1:
            for slot, word in words.items():
                belief.word(slot).refuted.add(word)
            for key, name in columns.items():
                belief.column(*key).refuted.add(name)
            for slot, choice in others.items():
                belief.convention(slot).refuted.add(choice)

    # -- answering ----------------------------------------------------------------------------------------------------

    def reply(self, conversation: Conversation, options: Sequence[str]) -> str:
        prompt = conversation[0]["content"]
        asked = understand(prompt)
        if asked is None:
            plan = read_guard(prompt)
            return guard.write(plan) if plan else ""
        belief, on = self._belief(asked.house), asked.spec.on if asked.spec else ()
        if asked.lines:
            return str(_odd_line(belief, asked.lines))
        if asked.house == "Django":
            return level0.write(DJANGO, asked.op) if asked.op else ""
        house = Guess(belief, on, self.draw(prompt), self._level)
        answer = "\n".join(writer_of(asked)(house))  # type: ignore[arg-type]
        look = "" if self.frozen or not self._words else _look(belief, asked, house.unknown)
        return look if look and look not in belief.looked else answer


def writer_of(asked: Asked) -> Writer:
    """What writes the answer to a query for any house."""
    if asked.op is not None:
        op = asked.op
        return lambda house: (level0.write(house, op),)  # type: ignore[arg-type]
    spec = asked.spec
    assert spec is not None
    return lambda house: program(house, spec)  # type: ignore[arg-type]


def _looks(answer: str) -> bool:
    return answer.startswith(("help(", "# app/views.py\nhelp("))


#: Methods of row sets, of which ``help`` of the manager names the words.
_OF_ROWS = frozenset(
    "filter exclude get order_by values_list create first last count exists aggregate values distinct annotate update delete get_or_create".split()
)
_PUBLIC = frozenset("Sum Max Min Count F Q HttpResponse ValidationError path validator".split())
_OF_MODELS = frozenset(("objects", "DoesNotExist", "save", "id"))


def _look(belief: Belief, asked: Asked, unknown: set[str]) -> str:
    """What to print in order to learn words that an answer lacks; "" where an answer is the better question."""
    model = _models(asked)[0]

    def word(slot: str) -> str | None:
        return belief.words[slot].best(belief.noisy) if slot in belief.words else None

    looks = list[str]()
    if unknown & (_OF_MODELS | _OF_ROWS) and not word("objects"):
        looks.append(f"help({model})")
    elif unknown & _OF_ROWS:
        looks.append(f"help({model}.{word('objects')})")
    if unknown & _PUBLIC and asked.spec is not None:
        looks.append("help()")
    if not looks:
        looks = _look_closer(word, model, unknown)
    if asked.op is not None:
        return looks[0] if looks else ""
    text = "\n".join(looks)
    return f"# app/views.py\n{text}" if text and asked.spec and asked.spec.view else text


#: What ``help`` of a thing tells beside its name.
_TELLS = {
    "filter": frozenset(("style", "sep", "gt")),
    "order_by": frozenset(("desc",)),
    "HttpResponse": frozenset(("reply", "statuses")),
    "Request": frozenset(("param", "GET")),
    "path": frozenset(("route", "converter", "view", "wins")),
    "validator": frozenset(("told", "checks")),
}


def _look_closer(word: Callable[[str], str | None], model: str, unknown: set[str]) -> list[str]:
    looks = []
    for thing, tells in _TELLS.items():
        name = "Request" if thing == "Request" else word(thing)
        if unknown & tells and name:
            looks.append(f"help({model}.{word('objects')}.{name})" if thing in _OF_ROWS else f"help({name})")
    return looks


def _odd_line(belief: Belief, lines: Sequence[str]) -> int:
    """The number of the line with a word or a mark that this house has not; where none is known to be strange, of one that is least known."""
    doubts = [max((_doubt(belief, slot, word) for slot, word in _words(belief, line)), default=0.0) for line in lines]
    return 1 + max(range(len(lines)), key=lambda place: doubts[place])


def _doubt(belief: Belief, slot: str, word: str) -> float:
    """How strange a word is: 1 where the house is known to have another one, 0.5 where nothing is known."""
    if slot in WORDS:
        known = belief.words[slot].best(belief.noisy) if slot in belief.words else None
    else:
        known = belief.conventions[slot].best(()) if slot in belief.conventions else None
    return 0.5 if known is None else float(known != word)


def _words(belief: Belief, line: str) -> Iterator[tuple[str, str]]:
    """The queries, lookups and marks of a line, each with its slot."""
    for word in re.findall(r"\.(\w+)\(", line):
        if word in SLOT_OF:
            yield SLOT_OF[word], word
    separator = belief.convention("sep").best(()) or "__"
    for word in re.findall(rf"[a-z]+{separator}([a-z]+)", line):
        if SLOT_OF.get(word) in ("gt", "lt", "gte", "lte", "contains", "startswith"):
            yield SLOT_OF[word], word
    for text in re.findall(r'\("([^"]+)"\)', line):
        bare = re.sub(r"^[^a-z]+| ?(desc|down)$|-$", "", text)
        mark = next((name for name, (before, behind) in DESCENDING.items() if text == f"{before}{bare}{behind}"), "")
        if mark and bare != text:
            yield "desc", mark
