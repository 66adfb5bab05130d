"""What somebody will submit, said before the salt is published: agents with their settings, sources and models, and how often they were tried.

The evaluator keeps the files; ``clgym salt reveal --declared DIR`` publishes their hashes together with the salt, so that nobody chooses
settings with the private worlds in sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clgym import registry
from clgym.errors import InvalidSetting, RecordsError
from clgym.protocol.provenance import named_origin
from clgym.records import Trial, TrialRecords
from clgym.storage import SCHEMA, read_json, write_json
from clgym.submission.known import own_row
from clgym.sweep.plan import Spec

DECLARATION_FILE = "declaration.json"

#: Tags of agents that nobody tunes: they stand beside the others.
YARDSTICKS = {"scripted", "control", "privileged", "yardstick"}


def declare(path: Path, agents: Sequence[Spec], *, model: str, name: str, attempts: int) -> None:
    """Write a declaration. Raises ``InvalidSetting`` where the file exists, and what an agent's name raises."""
    if path.exists():
        raise InvalidSetting(f"{path} exists. Choose another --output.")
    if attempts < 1:
        raise InvalidSetting(
            f"--attempts is how often agents were run on the suite, all settings together: 1 or more, not {attempts}."
        )
    said = []
    for spec in agents:
        row = registry.agent(spec.name)
        used = model if row.model else ""
        label = Trial("", spec.name, spec.settings, steps=0).label
        identity = dict(registry.model_identity(used)) if used else {}
        said.append({"label": label, "model": used, "identity": identity, "source": named_origin(spec.name)["sha256"]})
    write_json(path, {"schema": SCHEMA, "name": name, "agents": said, "attempts": attempts})


def read_declaration(path: Path) -> Mapping[str, Any]:
    """Raises ``RecordsError`` for what is none."""
    said = read_json(path)
    agents, attempts = said.get("agents"), said.get("attempts")
    right = isinstance(agents, list) and len(agents) <= 1000 and all(isinstance(one, dict) for one in agents)
    if not right or isinstance(attempts, bool) or not isinstance(attempts, int) or not 1 <= attempts <= 10**6:
        raise RecordsError(f"{path.name} is no declaration: `clgym declare` writes one.")
    return said


def undeclared(said: Mapping[str, Any], trials: Sequence[TrialRecords]) -> list[str]:
    """The agents of trials that a declaration does not name so: other settings, another source, another model."""
    declared = {
        (one.get("label"), one.get("model"), one.get("source"), str(sorted((one.get("identity") or {}).items())))
        for one in said["agents"]
    }
    wrong = {
        records.trial.label: None
        for records in trials
        if not ((row := own_row(records.trial)) is not None and YARDSTICKS & set(row.tags))
        and (
            records.trial.label,
            records.trial.model,
            (records.header.get("agent") or {}).get("sha256"),
            str(sorted((records.header.get("model") or {}).items())),
        )
        not in declared
    }
    return [f"{label} is not an agent that was declared: its settings, its source or its model is another" for label in wrong]
