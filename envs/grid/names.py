"""Invented names: of machines ("Ostrel press") and of what they do ("zug")."""

from __future__ import annotations

import functools
from itertools import product

from clgym.seeding import Draw

_MACHINES = "press loom mill kiln lamp lathe drum wheel sieve bench crane oven".split()
_FIRST = "Os Bra Vel Tor Mi Gan Ru Sel Dra Ka Lum Fen Ter Wol Zan Hul Pri Nor Jas Ela Ove Quin".split()
_SECOND = "trel dick vin mar sko len dath rin bo gust lap nor fel zim tane worth kel dru pex ster".split()

_REAL = frozenset(
    "fag wog nig dik fuk kuk kok pum bad bag bam bid big bin bob bog bud bug bum bun dab dad dam den did dig dim din dip dob dog don dud dug dun gag gap gas gel gem "
    "gob god gum gun kid kin lab lad lag lap led leg lib lid lip lob log lop lug mad man map men mid mix mob mod mop mud mug mum nab "
    "nag nap nib nil nip nod nub nun pad pal pan peg pen pig pin pip pod pop pub pug pun rag ram ran rap rib rid rig rim rip rob rod "
    "rub rug rum run sad sag sap sax sex sin sip six sob sod sub sum sun tab tag tan tap tax ten tin tip ton top tub tug tux van vim "
    "wag wax web wed wig win won zip zen zap mil dal gal gig gin gib dib pox lax vex wok vol val wan lox fox fax fix fib fig fin fog "
    "fun fan fad fed fez pus bap bop dex lux max tex wen wax mem pap pep zed zig zag sol sap sal pol rap rex rev dev div".split()
)


@functools.cache
def _words() -> tuple[str, ...]:
    """Three sounds that are no English word: what operations are called."""
    made = map("".join, product("bdfgklmnprstvwz", "aeiou", "bdgklmnpvxz"))
    return tuple(word for word in made if word not in _REAL)


def operation_names(draw: Draw, count: int) -> list[str]:
    """Distinct names of operations."""
    return draw.sample(_words(), count)


def machine_name(draw: Draw, avoid: str = "") -> str:
    """A name whose two words both differ from those of the name to avoid."""
    while True:
        word, machine = draw.choice(_FIRST) + draw.choice(_SECOND), draw.choice(_MACHINES)
        if word not in avoid and machine not in avoid:
            return f"{word} {machine}"
