"""Invented names of machines: "Ostrel press"."""

from __future__ import annotations

from clgym.seeding import Draw

_MACHINES = "press loom mill kiln lamp lathe drum wheel sieve bench crane oven".split()
_FIRST = "Os Bra Vel Tor Mi Gan Ru Sel Dra Ka Lum Fen Ter Wol Zan Hul Pri Nor Jas Ela Ove Quin".split()
_SECOND = "trel dick vin mar sko len dath rin bo gust lap nor fel zim tane worth kel dru pex ster".split()


def machine_name(draw: Draw, avoid: str = "") -> str:
    """A name whose two words both differ from those of the name to avoid."""
    while True:
        word, machine = draw.choice(_FIRST) + draw.choice(_SECOND), draw.choice(_MACHINES)
        if word not in avoid and machine not in avoid:
            return f"{word} {machine}"
