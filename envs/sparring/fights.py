"""The fights of one world: against whom, and what is shown in each exchange. Nothing here depends on what any of it means."""

from __future__ import annotations

import functools
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from clgym.envs.sparring.habits import LEVELS, Moment
from clgym.envs.sparring.schools import EXCHANGES, KINDS, Person, man, woman
from clgym.seeding import Draw, Seed

#: How often ``eval`` takes circumstances that ``learn`` never shows, where it can.
_TAKEN = 0.7
#: How often an exchange has the cue of a feint, and how often another one (each).
_CUED = 0.25
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
    """One query's payload. ``plan`` names, for somebody without habits, the likeliest attack of each exchange, and ``favourites``
    those of the prompt, ``host`` is the world's opponent, from whose gym they come; all are empty for the opponent itself."""

    pool: str
    index: int
    person: Person
    school: str
    moments: tuple[Moment, ...]
    plan: tuple[int, ...] = ()
    favourites: tuple[int, ...] = ()
    host: str = ""


def draw_opponent(seed: Seed) -> Person:
    """The invented opponent that a world is named after."""
    draw = seed.draw("name")
    return draw.choice((man, woman))("".join(draw.choice(part) for part in _SYLLABLES))


@dataclass(frozen=True)
class Show:
    """What one opponent shows, and how often: all that drawing its fights takes. ``seed`` is that of the world."""

    seed: Seed
    level: int
    person: Person
    tells: tuple[int, ...]
    shares: tuple[float, ...]
    cues: tuple[int, ...]

    def fight(self, pool: str, index: int) -> Fight:
        """One fight: a pure function of its arguments."""
        draw = self.seed.draw("fight", pool, index)
        school = "fencing" if pool == "transfer/fencing" else "boxing"
        moments = tuple(self._moment(exchange, pool, draw) for exchange in range(EXCHANGES))
        if pool != "guard":
            return Fight(pool, index, self.person, school, moments)
        attacks = LEVELS[self.level].attacks
        # A shuffled round for every few fights, so that each attack is the favourite equally often.
        first = self.seed.draw("favourites", index // attacks).shuffled(range(attacks))[index % attacks]
        others = draw.sample([attack for attack in range(attacks) if attack % KINDS != first % KINDS], 1 if self.level else 0)
        favourites = (first, *others)
        plan = tuple(planned(favourites, self.level, exchange, moment) for exchange, moment in enumerate(moments))
        return Fight(pool, index, _stranger(draw), school, moments, plan, favourites, self.person.name)

    def _moment(self, exchange: int, pool: str, draw: Draw) -> Moment:
        """A tell, the commoner ones oftener, in circumstances that ``learn`` has or has not."""
        while True:
            tell = self.tells[min(bisect(self.shares, draw.uniform()), len(self.tells) - 1)]
            found = [self._circumstances(tell, draw) for _ in range(1 if self.level < 2 else 6)]
            held = [moment for moment in found if self.held_out(exchange, moment)]
            if pool == "learn":
                found = [moment for moment in found if moment not in held]
            elif held and draw.chance(_TAKEN):
                found = held
            if found:
                return found[0]

    def _circumstances(self, tell: int, draw: Draw) -> Moment:
        if self.level < 2:
            return Moment(tell)
        close, cued = draw.chance(0.5), draw.uniform()
        return Moment(tell, close, self.cues[int(cued / _CUED)] if cued < 2 * _CUED else -1)

    def held_out(self, exchange: int, moment: Moment) -> bool:
        """Whether ``learn`` never shows this tell in these circumstances: half of the fight, distance, cue; below level 2 the exchange."""
        held = self._held[moment.tell]
        if self.level < 2:
            return exchange in held
        late, cue = exchange >= EXCHANGES // 2, (moment.cue >= 0) + (moment.cue == max(self.cues))
        return 6 * late + 3 * moment.close + cue in held

    @functools.cached_property
    def _held(self) -> dict[int, list[int]]:
        """As many circumstances of each tell, so that none is shown less than its share."""
        draw, circumstances = self.seed.draw("held out"), range(EXCHANGES if self.level < 2 else 12)
        return {tell: draw.sample(circumstances, len(circumstances) // 4) for tell in self.tells}


def planned(favourites: Sequence[int], level: int, exchange: int, moment: Moment) -> int:
    """The likeliest attack of somebody without habits; the prompt says how it depends on the exchange, or from level 2 on the distance."""
    return favourites[0 if level == 0 else int(exchange >= EXCHANGES // 2) if level == 1 else int(not moment.close)]


def _stranger(draw: Draw) -> Person:
    """Somebody from outside the world."""
    kind = draw.choice((man, woman))
    return kind(f"{draw.choice(_GIVEN[kind])} {draw.choice(_SURNAMES)}")
