"""The fights of one world: who, where, which tells in which order, and the luck of every exchange."""

from __future__ import annotations

from dataclasses import dataclass

from clgym.envs.sparring.habits import Habits, Moment
from clgym.envs.sparring.schools import EXCHANGES, MOVES, ROUNDS, Person, man, pair, woman
from clgym.seeding import Draw, Seed

#: How often a tell goes with something that may mark a feint.
_CUED = 0.4
_DECOY = 0.15
_SYLLABLES = (
    "Bra Dor Gre Hal Jor Kel Lum Mar Nor Os Pel Rud Sar Tor Ul Vor Wel Yan Zeb Cas".split(),
    "ka di lo va ri to be ga mi na fe mo".split(),
    "k n sh r l x mek din rin tor gan nak dra fen vik bol".split(),
)
_GIVEN = {
    man: "Tom Amir Luca Sven Jonas Pavel Diego Kofi Henry Milan".split(),
    woman: "Anna Leila Greta Rosa Ingrid Mei Clara Tess Nadia Joan".split(),
}
_SURNAMES = "Reed Okoro Brandt Silva Novak Larsen Moreau Doyle Tanaka Weber Kaya Finch Rossi Hale Varga Petit".split()


@dataclass(frozen=True)
class Fight:
    """One query's payload: everything about a fight but what you do in it.

    ``plan`` names, for somebody without habits, the likeliest attack of each exchange; it is empty for the world's opponent.
    ``luck`` decides which attack really comes, ``style`` how it is told.
    """

    pool: str
    person: Person
    school: str
    round: int
    opened: int
    moments: tuple[Moment, ...]
    luck: tuple[float, ...]
    style: tuple[int, ...]
    plan: tuple[int, ...] = ()
    favourites: tuple[int, ...] = ()
    plan_text: str = ""


def draw_opponent(seed: Seed) -> Person:
    """The invented opponent that a world is named after."""
    draw = seed.draw("name")
    return draw.choice((man, woman))("".join(draw.choice(part) for part in _SYLLABLES))


def draw_fight(seed: Seed, pool: str, index: int, habits: Habits, opponent: Person) -> Fight:
    """One fight: a pure function of its arguments."""
    draw = seed.draw("fight", pool, index)
    school = "fencing" if pool == "transfer/fencing" else "boxing"
    number, opened = draw.integer(1, ROUNDS), draw.integer(0, MOVES - 1)
    luck = tuple(draw.uniform() for _ in range(EXCHANGES))
    style = tuple(draw.integer(0, 9_999) for _ in range(EXCHANGES))
    close = [habits.level >= 2 and draw.chance(0.5) for _ in range(EXCHANGES)]
    if pool != "guard":
        moments = tuple(_moment(tell, near, habits, draw) for tell, near in zip(_deck(habits.tells, draw), close))
        return Fight(pool, opponent, school, number, opened, moments, luck, style)
    # A shuffled round for every six fights, so that each attack is the favourite equally often.
    first = seed.draw("favourites", index // MOVES).shuffled(range(MOVES))[index % MOVES]
    favourites = (first, *draw.sample([attack for attack in range(MOVES) if attack != first], 3))
    plan = tuple(planned(favourites, habits.level, exchange, near) for exchange, near in enumerate(close))
    moments = tuple(_moment(_misleading(habits, attack, draw), near, habits, draw) for attack, near in zip(plan, close))
    return Fight(pool, _stranger(draw), school, number, opened, moments, luck, style, plan, favourites)


def planned(favourites: tuple[int, ...], level: int, exchange: int, close: bool) -> int:
    """The likeliest attack of somebody without habits; the prompt says how it depends on exchange and distance."""
    second_half = exchange >= EXCHANGES // 2
    place = {0: 0, 1: int(second_half), 2: int(not close), 3: 2 * second_half + (not close)}[level]
    return favourites[place]


def _deck(tells: tuple[int, ...], draw: Draw) -> list[int]:
    """A tell for every exchange: as in a shuffled deck, so that a fight shows few of them twice, and none twice running."""
    deck = draw.shuffled(tells)
    while len(deck) < EXCHANGES:
        deck += [tell for tell in draw.shuffled(tells) if tell != deck[-1]]
    return deck[:EXCHANGES]


def _moment(tell: int, close: bool, habits: Habits, draw: Draw) -> Moment:
    """A tell with the distance and, now and then, something that may mark a feint."""
    cue = -1
    if habits.level >= 2 and tell in habits.plain:
        cue = habits.cue if draw.chance(_CUED) else -1
        if habits.level >= 3 and cue < 0 and draw.chance(_DECOY):
            cue = habits.decoy
    return Moment(tell, close, cue)


def _misleading(habits: Habits, attack: int, draw: Draw) -> int:
    """A tell that means another kind of attack to whoever knows the world's opponent."""
    return draw.choice([tell for tell, meant in habits.plain.items() if meant not in (attack, pair(attack))])


def _stranger(draw: Draw) -> Person:
    """Somebody from outside the world."""
    kind = draw.choice((man, woman))
    return kind(f"{draw.choice(_GIVEN[kind])} {draw.choice(_SURNAMES)}")
