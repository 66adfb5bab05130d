"""What one service is: its kinds of record in English (the schema), and its rules, each a key with the option that was drawn for it.

Keys are those of the catalogue of conventions and, for each kind of record, ``noun KIND``, ``field KIND/FIELD``, ``code KIND/FIELD`` (of each
value of an enumeration, with blanks between), ``gate KIND/STATUS`` (from which status alone it is reached) and ``quota KIND/FIELD`` (the most that is written without more ado).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import NamedTuple

from clgym.envs.service.conventions import BY_KEY, CATALOGUE
from clgym.envs.service.words import CODE_NAMES, CODES, CUSTOMER, FIELDS, KINDS, LIMITS, NAME, OWNER, STATUS, STATUSES, held
from clgym.seeding import Draw, Seed
from clgym.text.english import article, capital, listed
from clgym.text.names import invented

#: Kinds of record by level, customers apart.
COUNTS = (3, 8, 30, 120)
#: Every way to write the three values of an enumeration.
_CODINGS = tuple(map(" ".join, permutations(CODES, 3)))
#: A status that is reached from every other.
ANY = "any"


class Resource(NamedTuple):
    """A kind of record: its fields, the status first, and the statuses that it can have, that of a new one first."""

    fields: tuple[str, ...]
    states: tuple[str, ...]


#: kind -> what it has; the commonest first, customers last.
Schema = Mapping[str, Resource]


@dataclass(frozen=True)
class Rules:
    """What one service does, by key; what was not drawn is as plain REST would have it."""

    service: str
    level: int
    chosen: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        option = self.chosen.get(key)
        return _plain(key) if option is None else option

    @property
    def media(self) -> str:
        """The media type of request bodies."""
        return f"application/vnd.{self.service.lower()}+json" if self["media"] == "vendor" else self["media"]

    def described(self) -> list[tuple[str, str]]:
        """Key and sentence of everything that was drawn."""
        return [(key, sentence(key, option, self.service)) for key, option in self.chosen.items()]


@functools.lru_cache(maxsize=65536)
def _plain(key: str) -> str:
    """What somebody who knows nothing of a service would expect."""
    row = BY_KEY.get(key)
    if row is not None:
        return row.plain
    what, _, rest = key.partition(" ")
    if what == "noun":
        return rest + "s"
    last = rest.rpartition("/")[2]
    return {"gate": ANY, "quota": "none", "code": " ".join(FIELDS[last].values) if last in FIELDS else ""}.get(what) or last


def options_of(key: str) -> tuple[str, ...]:
    """Every option that a service may have for a key."""
    row = BY_KEY.get(key)
    if row is not None:
        return tuple(row.options)
    what, _, rest = key.partition(" ")
    last = rest.rpartition("/")[2]
    if what == "field":
        return (last, *FIELDS[last].words)
    if what == "quota":
        return tuple(map(str, LIMITS[held(last)]))
    if what == "code":
        return _CODINGS
    return CODE_NAMES if what == "noun" else (ANY, *(status for status in STATUSES if status != last))


def sentence(key: str, option: str, service: str) -> str:
    """The documentation of one rule."""
    row = BY_KEY.get(key)
    if row is not None:
        return row.options[option].replace("SERVICE", service.lower())
    what, _, rest = key.partition(" ")
    kind, _, more = rest.partition("/")
    if what == "noun":
        return f'In paths, {kind}s are called "{option}".'
    if what == "gate":
        origin = "from any status" if option == ANY else f"only from {option}"
        return f"{capital(article(kind))} {kind} becomes {more} {origin}."
    field = more
    of = f"{field} of {article(kind)} {kind}"
    if what == "field":
        return f'The {of} goes by the name "{option}".'
    if what == "code":
        return (
            f"The {of} is written "
            + listed([f'"{code}" for {value}' for code, value in zip(option.split(), FIELDS[field].values)])
            + "."
        )
    return f"The {of} is limited to {limit_in_english(held(field), option)}."


def limit_in_english(holds: str, option: str) -> str:
    """A limit, as an amount of euros or a number."""
    return f"{int(option) // 100} euros" if holds == "money" else option


# -- drawing --------------------------------------------------------------------------------------------------------------


def draw_schema(seed: Seed, level: int) -> dict[str, Resource]:
    """The kinds of record of a service."""
    draw = seed.draw("schema")
    schema = {kind: _resource(level, draw) for kind in draw.sample(KINDS, COUNTS[level])}
    if level >= 2:
        schema[CUSTOMER] = _resource(level, draw)._replace(fields=(STATUS, NAME, *_of("text", 1, draw), *_of("enum", 2, draw)))
    return schema


def _resource(level: int, draw: Draw) -> Resource:
    states = tuple(draw.sample(STATUSES, 4))
    if level == 0:
        return Resource((STATUS,), states)
    if level == 1:
        some = [field for holds in draw.sample(("money", "date", "count", "text"), 3) for field in _of(holds, 1, draw)]
        return Resource((STATUS, *some, *_of("enum", 2, draw)), states)
    some = [field for holds in ("money", "date", draw.choice(("count", "text"))) for field in _of(holds, 1, draw)]
    return Resource((STATUS, OWNER, *some, *_of("enum", level, draw)), states)


_BY_HELD = {
    holds: tuple(name for name, word in FIELDS.items() if word.held == holds) for holds in {word.held for word in FIELDS.values()}
}


def _of(holds: str, count: int, draw: Draw) -> list[str]:
    return draw.sample(_BY_HELD[holds], count)


def keys_of(kind: str, resource: Resource, level: int) -> Iterator[str]:
    """What is drawn for a kind of record at a level."""
    yield f"noun {kind}"
    for field in resource.fields if level >= 1 else ():
        yield f"field {kind}/{field}"
        if held(field) == "enum":
            yield f"code {kind}/{field}"
        if level >= 2 and held(field) in LIMITS:
            yield f"quota {kind}/{field}"
    if level >= 2:
        yield from (f"gate {kind}/{status}" for status in resource.states[1:])


def draw_rules(seed: Seed, level: int, schema: Schema, service: str = "") -> Rules:
    """One service's rules. The same seed draws the same conventions at every level where they are drawn at all."""
    draw = seed.draw("conventions")
    chosen = {}
    for row in CATALOGUE:
        option = draw.choice(tuple(row.options))
        if row.level <= level:
            chosen[row.key] = option
    nouns = dict(zip(schema, draw.sample(CODE_NAMES, len(schema))))
    for kind, resource in schema.items():
        chosen.update(_particulars(kind, resource, level, nouns[kind], draw))
    return Rules(service or draw_name(seed.draw("name")), level, chosen)


def _particulars(kind: str, resource: Resource, level: int, noun: str, draw: Draw) -> dict[str, str]:
    """The particulars of a kind: no two values share a code, and two statuses are only reached from one that is reached from any."""
    chosen, codes = {}, draw.shuffled(CODES)
    free = draw.choice(resource.states[1:])
    for key in keys_of(kind, resource, level):
        what, _, rest = key.partition(" ")
        last = rest.rpartition("/")[2]
        if what == "noun":
            chosen[key] = noun
        elif what == "code":
            chosen[key] = " ".join(codes.pop() for _ in FIELDS[last].values)
        elif what == "gate":
            chosen[key] = ANY if last == free else draw.choice((resource.states[0], free))
        else:
            chosen[key] = draw.choice(options_of(key))
    return chosen


#: What a drift may change of the conventions: each decides some jobs, none decides all.
_DRIFTING = ("filter", "remove", "create", "act", "owner", "paging", "clear", "descending")
#: About so large a share of all jobs is about kinds that a drift gives other words.
_DRIFTED = 0.45


def redrawn(old: Rules, schema: Schema, seed: Seed) -> Rules:
    """The rules after a drift: other words for some kinds of record, and one or two other conventions."""
    draw = seed.draw("drift")
    chosen = dict(old.chosen)
    for key in draw.sample([key for key in _DRIFTING if key in chosen], 1) if old.level else ():
        chosen[key] = draw.choice([option for option in options_of(key) if option != chosen[key]])
    nouns = iter(draw.shuffled(set_of_free(chosen)))
    for kind in _drifting_kinds(schema, draw):
        chosen.update(_particulars(kind, schema[kind], old.level, next(nouns), draw))
    return replace(old, chosen=chosen)


def set_of_free(chosen: Mapping[str, str]) -> list[str]:
    """The code names that no kind has."""
    taken = {option for key, option in chosen.items() if key.startswith("noun ")}
    return [name for name in CODE_NAMES if name not in taken]


def _drifting_kinds(schema: Schema, draw: Draw) -> list[str]:
    """Kinds whose share of all jobs is about :data:`_DRIFTED`."""
    shares = {kind: share for kind, share in shares_of(schema).items() if kind != CUSTOMER}
    chosen, share = [], 0.0
    for kind in draw.shuffled(shares):
        if share + shares[kind] <= _DRIFTED + 0.1:
            chosen.append(kind)
            share += shares[kind]
        if share >= _DRIFTED - 0.1:
            break
    return chosen


def shares_of(schema: Schema) -> dict[str, float]:
    """How often a job is about each kind: like 1/rank (Zipf 1949), customers left out."""
    kinds = [kind for kind in schema if kind != CUSTOMER]
    whole = sum(1 / rank for rank in range(1, len(kinds) + 1))
    return {kind: 1 / rank / whole for rank, kind in enumerate(kinds, start=1)}


def sibling_of(old: Rules, schema: Schema, seed: Seed) -> tuple[dict[str, Resource], Rules]:
    """A service with another name that has half of the kinds of record, each as it is here, and half of the conventions."""
    draw = seed.draw("sibling")
    new_kinds = iter(draw.shuffled(kind for kind in KINDS if kind not in schema))
    shared = set(draw.sample(schema, len(schema) // 2 + draw.integer(0, len(schema) % 2)))
    kept = {kind: kind in shared for kind in schema}
    siblings, chosen = dict[str, Resource](), dict[str, str]()
    for row in CATALOGUE:
        if row.key in old.chosen:
            chosen[row.key] = old.chosen[row.key] if draw.chance(0.5) else draw.choice(tuple(row.options))
    nouns = iter(draw.shuffled(set_of_free(old.chosen)))
    fresh = draw_schema(seed, old.level)
    for kind, resource in zip(schema, fresh.values()):
        if kept[kind]:
            siblings[kind] = schema[kind]
            chosen.update({key: old.chosen[key] for key in keys_of(kind, schema[kind], old.level)})
            continue
        name = kind if kind == CUSTOMER else next(new_kinds, kind)
        siblings[name] = resource
        chosen.update(_particulars(name, resource, old.level, next(nouns), draw))
    return siblings, Rules(draw_name(draw, old.service), old.level, chosen)


_ONSETS = ("V", "M", "T", "K", "B", "D", "L", "N", "R", "S", "F", "Z", "P", "Tr", "Br", "Kr")
_MIDDLES = ("el", "or", "an", "im", "ur", "al", "en", "ov", "ar", "il", "on", "ev")
_ENDS = ("o", "a", "ix", "us", "en", "ia", "et", "um", "is", "ora")


def draw_name(draw: Draw, *taken: str) -> str:
    """An invented name for a service."""
    return invented(draw, _ONSETS, _MIDDLES, _ENDS, real=taken)
