"""Who can be a task of a stream: lists that are frozen for each version.

A new family joins nothing by itself, and no list ever changes: another one, or the same with a member that draws other worlds now, gets the
next version number. So numbers about the streams of a version stay comparable.
"""

from __future__ import annotations

from collections.abc import Mapping

from clgym import registry
from clgym.core import Family

#: The version of a stream -> its members, each with the version whose worlds it draws. The first number follows a checksum that versions once were.
MEMBERS: Mapping[int, Mapping[str, int]] = {
    3291594761: {
        "CL-Dialect-v0": 3,
        "CL-Conlang-v0": 2,
        "CL-HouseStyle-v0": 2,
        "CL-Slang-v0": 1,
        "CL-Sparring-v0": 1,
        "CL-Playbook-v0": 3,
        "CL-Service-v0": 1,
        "CL-Framework-v0": 2,
        "CL-Taste-v0": 1,
        "CL-Grid-v0": 1,
    }
}

#: Of the members of a version, those whose worlds have siblings: what the compositional stream and its control are made of.
RELATED: Mapping[int, tuple[str, ...]] = {3291594761: ("CL-Playbook-v0", "CL-Taste-v0", "CL-Grid-v0")}

VERSION = max(MEMBERS)


def members(level: int) -> list[Family]:
    """The families that a stream of this level is drawn from: the members that have the level."""
    return _with(level, MEMBERS[VERSION])


def related(level: int) -> list[Family]:
    """Those of them whose worlds have siblings."""
    return _with(level, RELATED[VERSION])


def _with(level: int, names: Mapping[str, int] | tuple[str, ...]) -> list[Family]:
    loaded = map(registry.load_family, names)
    return [family for family in loaded if level in family.levels]
