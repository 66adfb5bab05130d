"""What a result proves: re-run by whoever holds the salt, or reported by whoever ran it.

An evaluator (``clgym evaluate``) leaves ``evaluation.json`` beside the files of a trial: how the agent was held, the hash of every file,
and a seal over all of it that only the salt can make. After the salt is revealed everybody can, so from then on what was published
before counts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from clgym.errors import ClgymError, RecordsError
from clgym.records.files import RECORDS_FILE, RESULT_FILE, TIMES_FILE, TRIAL_FILE
from clgym.seeding import test_salt
from clgym.storage import SCHEMA, read_json, sha256_of, write_json

EVALUATION_FILE = "evaluation.json"
RE_RUN, SELF_REPORTED = "re-run", "self-reported"

_FILES = (TRIAL_FILE, RECORDS_FILE, TIMES_FILE, RESULT_FILE)


class Standing(NamedTuple):
    """``kind`` is :data:`RE_RUN` or :data:`SELF_REPORTED`; ``doubt``, why a claim to the first is not believed."""

    kind: str
    doubt: str = ""
    evaluation: Mapping[str, Any] = {}


def seal_trial(folder: Path, held: Mapping[str, Any]) -> None:
    """Write the evaluator's word on a finished trial; ``held`` says how its agent was. Raises ``MissingSalt``."""
    body = {"schema": SCHEMA, "held": dict(held), "files": {name: sha256_of(folder / name) for name in _FILES}}
    write_json(folder / EVALUATION_FILE, {**body, "seal": _seal(body, test_salt())})


def standing_of(folder: Path) -> Standing:
    """What a finished trial's folder proves, as far as this machine can tell."""
    if not (folder / EVALUATION_FILE).exists():
        return Standing(SELF_REPORTED)
    try:
        said = read_json(folder / EVALUATION_FILE)
        seal, salt = said.pop("seal", None), test_salt()
        files = said["files"]
        changed = [name for name in _FILES if files.get(name) != sha256_of(folder / name)]
    except RecordsError as error:
        return Standing(SELF_REPORTED, str(error))
    except (ClgymError, OSError, AttributeError, KeyError) as error:
        return Standing(SELF_REPORTED, f"its seal cannot be checked here ({error})")
    if not isinstance(seal, str) or not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(said, salt).encode()):
        return Standing(SELF_REPORTED, "its seal was not made with the salt of this machine")
    if changed:
        return Standing(SELF_REPORTED, f"{', '.join(changed)} changed after it was sealed")
    return Standing(RE_RUN, "", said)


def _seal(body: Mapping[str, Any], salt: bytes) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    key = hmac.digest(salt, b"clgym evaluation", hashlib.sha256)
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
