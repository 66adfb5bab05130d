"""The salt that private test worlds are drawn from: made once, committed to, revealed after the evaluation.

clgym salt new --output salt.txt          before: a secret that stays with the evaluator
clgym salt commit > commitments.txt       before: published; says nothing of the salt
clgym salt reveal --output reveal.json    after: published; everybody can draw the same worlds now
clgym salt check reveal.json commitments.txt
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from clgym import registry
from clgym.errors import ClgymError, InvalidSetting
from clgym.seeding import SALT_VARIABLE, commitment, test_salt
from clgym.storage import SCHEMA, read_json, write_json

_LINE = re.compile(r"([0-9a-f]{64})  (\S+/\d+)")


def new_salt(path: Path) -> None:
    """Write a fresh salt, 64 hex digits, to a file that only its owner can read. Raises ``InvalidSetting`` where it exists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as cause:
        raise InvalidSetting(
            f"{path} exists, and a salt is never overwritten: without it nobody can draw its worlds again. Choose another --output."
        ) from cause
    except OSError as cause:
        raise InvalidSetting(f"no salt can be written to {path}: {cause.strerror}.") from cause
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")


def advice(path: Path) -> str:
    """What to do with a new salt."""
    return (
        f"{path} holds a new salt. Keep it secret and keep a copy: whoever has it can draw the private worlds.\n"
        f'  export {SALT_VARIABLE}="$(cat {path})"     now split="test" draws worlds that nobody else has\n'
        "  clgym salt commit > commitments.txt     publish this before the evaluation\n"
        "  clgym salt reveal --output reveal.json  publish this after it; then make a new salt"
    )


def commitments() -> tuple[dict[str, str], list[str]]:
    """``family/version`` -> commitment for every family there is, and the errors of those that cannot be loaded.

    Raises ``MissingSalt`` or ``InvalidSetting``.
    """
    salt, found, missing = test_salt(), {}, []
    for row in registry.families():
        try:
            family = registry.load_family(row.id)
        except ClgymError as error:
            missing.append(str(error))
            continue
        generator = f"{family.name}/{family.version}"
        found[generator] = commitment(salt, generator)
    missing += [str(fault.error) for fault in registry.broken() if fault.kind == "environment"]
    return found, missing


def to_text(found: Mapping[str, str]) -> str:
    """One line for each generator, as ``sha256sum`` writes them."""
    return "".join(f"{sha}  {generator}\n" for generator, sha in found.items())


def from_text(path: Path) -> dict[str, str]:
    """What :func:`to_text` wrote. Raises ``InvalidSetting``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidSetting(f"{path} cannot be read as commitments: {cause}.") from cause
    found = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line.strip())
        if match:
            found[match[2]] = match[1]
        elif line.strip():
            raise InvalidSetting(f"{path}, line {number}: a commitment is 64 hex digits, two spaces and FAMILY/VERSION.")
    if not found:
        raise InvalidSetting(f"{path} holds no commitment. `clgym salt commit > {path}` writes them.")
    return found


def reveal(path: Path) -> None:
    """Write the salt and its commitments for everybody to read. Raises ``InvalidSetting`` where the file exists."""
    if path.exists():
        raise InvalidSetting(f"{path} exists. Choose another --output.")
    found, _ = commitments()
    write_json(path, {"schema": SCHEMA, "salt": test_salt().hex(), "commitments": found})


def check(revealed: Path, published: Path) -> list[str]:
    """Every way in which a revealed salt does not fit commitments that were published before; none where all fit."""
    try:
        salt = bytes.fromhex(read_json(revealed)["salt"])
    except (KeyError, TypeError, ValueError) as cause:
        raise InvalidSetting(f"{revealed} holds no salt. `clgym salt reveal` writes one.") from cause
    return [
        f"{generator}: {sha} was published, the revealed salt gives {right}"
        for generator, sha in from_text(published).items()
        if sha != (right := commitment(salt, generator))
    ]
