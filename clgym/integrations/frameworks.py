"""Whether a framework is there, and new enough: what every adapter asks before it begins."""

from __future__ import annotations

import importlib
import re
from importlib import metadata
from typing import Any

from clgym.errors import MissingExtra, OutdatedExtra


def framework(module: str, extra: str, distribution: str = "") -> Any:
    """Import a module of a framework that ``clgym[extra]`` brings.

    ``distribution`` is what it is installed as, where that is not its first name. Raises ``MissingExtra``, or ``OutdatedExtra`` where it is older
    than the extra asks for.
    """
    distribution = distribution or module.partition(".")[0]
    feature = f"clgym.integrations for {distribution}"
    try:
        found = metadata.version(distribution)
        least = least_version(extra, distribution)
        if numbers(found) < numbers(least):
            raise OutdatedExtra(feature, extra, distribution, found, least)
        return importlib.import_module(module)
    except metadata.PackageNotFoundError:
        raise MissingExtra(feature, extra, ImportError(name=distribution)) from None
    except ImportError as cause:
        if isinstance(cause, (MissingExtra, OutdatedExtra)):
            raise
        raise MissingExtra(feature, extra, cause) from cause


def least_version(extra: str, distribution: str) -> str:
    """The lowest version of a distribution that an extra of clgym takes, as its metadata says; "0" where it takes any."""
    for line in metadata.requires("clgym") or ():
        requirement, _, marker = line.partition(";")
        name = re.match(r"[\w.-]+", requirement)
        if name and _plain(name.group()) == _plain(distribution) and re.search(rf"extra == .{re.escape(extra)}\W", marker):
            lowest = re.search(r">=\s*([\w.]+)", requirement)
            return lowest.group(1) if lowest else "0"
    return "0"


def numbers(version: str) -> tuple[int, ...]:
    """``(1, 16, 0)`` of ``1.16.0rc1``: what is compared of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
