"""The salt that private test worlds are drawn from: made once, committed to, revealed after the evaluation.

clgym salt new --output salt.txt          before: a secret that stays with the evaluator
clgym salt commit > commitments.txt       before: published; says nothing of the salt
clgym salt mix --public TEXT ...          before: the salt of a secret that was committed to and of a number that came later
clgym salt reveal --output reveal.json    after: published; everybody can draw the same worlds now
clgym salt check reveal.json commitments.txt
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from clgym import registry
from clgym.errors import ClgymError, InvalidSetting
from clgym.seeding import SALT_VARIABLE, commitment, holding, mixed, salt_from, test_salt
from clgym.storage import SCHEMA, read_json, sha256_of, write_json

_LINE = re.compile(r"([0-9a-f]{64})  (\S+/\d+)")


def new_salt(path: Path) -> None:
    """Write a fresh salt, 64 hex digits, to a file that only its owner can read. Raises ``InvalidSetting`` where it exists."""
    _write_secret(path, secrets.token_hex(32))


def _write_secret(path: Path, text: str) -> None:
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
        file.write(text + "\n")


def read_salt(source: str) -> tuple[bytes, Path | None]:
    """The salt in a file (``-``: standard input), and where it lies. Raises ``InvalidSetting``."""
    path = None if source == "-" else Path(source)
    try:
        text = sys.stdin.readline(1024) if path is None else path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidSetting(f"{source} cannot be read as a salt: {cause}. `clgym salt new` writes one.") from cause
    salt = salt_from(text.strip(), source if path else "the salt on standard input")
    if len(set(salt)) < 8:
        raise InvalidSetting(
            f"{source} holds a salt that anybody would guess: {len(set(salt))} different bytes. `clgym salt new` draws one."
        )
    if path is not None and path.stat().st_nlink > 1:
        raise InvalidSetting(f"{source} has another name on this disk, which cannot be hidden: copy it into a file of its own.")
    return salt, path


def mix(public: str, path: Path) -> None:
    """Write the salt that ``CLGYM_SALT``, the secret that was committed to, gives with a public number. Raises ``InvalidSetting``."""
    if not public.strip():
        raise InvalidSetting("--public is the number that was not known when the secret was committed to, as it was published.")
    _write_secret(path, mixed(test_salt(), public).hex())


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


def reveal(path: Path, *, public: str = "", declared: Path | None = None) -> None:
    """Write the salt and its commitments for everybody to read, and the hashes of the declarations that came before.

    With ``public``, ``CLGYM_SALT`` is the secret that was committed to, and worlds are those of :func:`clgym.seeding.mixed`. Raises
    ``InvalidSetting`` where the file exists.
    """
    if path.exists():
        raise InvalidSetting(f"{path} exists. Choose another --output.")
    secret = test_salt()
    salt = mixed(secret, public) if public else secret
    with holding(salt):
        found, _ = commitments()
    beacon = {"secret": secret.hex(), "public": public} if public else {}
    files = sorted(file for file in declared.iterdir() if file.is_file()) if declared else []
    known = {"declared": {sha256_of(file): file.name for file in files}} if declared else {}
    write_json(path, {"schema": SCHEMA, "salt": salt.hex(), **beacon, "commitments": found, **known})


def check(revealed: Path, published: Path) -> list[str]:
    """Every way in which a revealed salt does not fit commitments that were published before; none where all fit."""
    said = read_json(revealed)
    try:
        salt = salt_from(said["salt"], f"the salt in {revealed}")
        secret = salt_from(said["secret"], f"the secret in {revealed}") if "secret" in said else salt
        public = str(said.get("public", ""))
    except (KeyError, TypeError) as cause:
        raise InvalidSetting(f"{revealed} holds no salt. `clgym salt reveal` writes one.") from cause
    wrong = [
        f"{generator}: {sha} was published, the revealed {'secret' if public else 'salt'} gives {right}"
        for generator, sha in from_text(published).items()
        if sha != (right := commitment(secret, generator))
    ]
    if (mixed(secret, public) if public else secret) != salt:
        wrong.append("the salt is not the one that the secret and the public number give")
    return wrong
