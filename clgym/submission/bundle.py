"""A bundle: finished trials as they were written, and a manifest that names every one and hashes every file.

    metadata.yaml     who, how often, what was planned, versions, graders, commitments, SHA-256 of every file
    trials/PLACE/     trial.json, records.jsonl, times.jsonl, result.json, and evaluation.json of a re-run one, byte for byte
    declaration.json  what was said before the salt was published, where something was

As a folder, or as a .tar.gz that is the same bytes for the same trials.
"""

from __future__ import annotations

import gzip
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from clgym._version import __version__
from clgym.errors import InvalidSetting, MissingExtra, RecordsError
from clgym.protocol.provenance import CANARY
from clgym.records import RECORDS_FILE, RESULT_FILE, TIMES_FILE, TRIAL_FILE, TrialRecords, find_trials, read_trial
from clgym.records.settings import ANSWERER, SEVERAL
from clgym.records.standing import EVALUATION_FILE
from clgym.settings import checked
from clgym.storage import SCHEMA, sha256_of, writing_to
from clgym.submission.declaration import DECLARATION_FILE, read_declaration
from clgym.submission.limits import manifest_at, plain_files, unpack
from clgym.sweep.plan import trial_folder

METADATA_FILE, TRIALS_FOLDER = "metadata.yaml", "trials"
FILES = (TRIAL_FILE, RECORDS_FILE, TIMES_FILE, RESULT_FILE)


@dataclass(frozen=True)
class Bundle:
    """A bundle that lies open in a folder."""

    folder: Path
    metadata: Mapping[str, Any]
    sha256: str
    """Hash of the manifest, which hashes everything else: the name of the bundle."""


def submit(
    runs: Sequence[Path],
    output: Path,
    *,
    name: str,
    contact: str = "",
    date: str = "",
    attempts: int | None = None,
    declaration: Path | None = None,
) -> Bundle:
    """Make a bundle of every trial in or below ``runs``.

    ``attempts`` is how often its agents were run on these worlds, all settings together; ``declaration``, what ``clgym declare`` wrote
    before the salt was published, which says it too.

    Raises ``RecordsError`` that names what stands in the way: unfinished or damaged trials, other versions, other salts, holes in
    the grid of agents, worlds and seeds.
    """
    if output.exists():
        raise InvalidSetting(f"{output} exists. Choose another --output.")
    trials = _readable(runs)
    wrong = [*_mixed(trials), *holes(trials)]
    if wrong:
        raise RecordsError("these trials do not make one bundle:\n" + "\n".join(f"  {line}" for line in wrong))
    with tempfile.TemporaryDirectory() as scratch, writing_to(output):
        folder = Path(scratch) / "bundle"
        for trial in trials:
            place = trial_folder(folder / TRIALS_FOLDER, trial.trial, trial.header.get("model") or {})
            if place.exists():
                raise RecordsError(f"{trial.folder} is in these runs twice. Name each folder once.")
            place.mkdir(parents=True)
            for file in (*FILES, EVALUATION_FILE):
                if file in FILES or (trial.folder / file).exists():
                    shutil.copyfile(trial.folder / file, place / file)
        said = _declared(declaration, attempts, folder)
        metadata = {**_metadata(trials, name, contact, date), **said, "files": hashes(folder)}
        (folder / METADATA_FILE).write_text(yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True), encoding="utf-8")
        output.parent.mkdir(parents=True, exist_ok=True)
        if is_archive(output):
            _pack(folder, output)
        else:
            shutil.copytree(folder, output)
        return Bundle(output, metadata, sha256_of(folder / METADATA_FILE))


def _declared(declaration: Path | None, attempts: int | None, folder: Path) -> dict[str, Any]:
    """What a manifest says of attempts, with the declaration in the bundle where there is one. Raises ``RecordsError``, ``InvalidSetting``."""
    if declaration is None:
        return {} if attempts is None else {"attempts": checked("attempts", attempts, int, low=1)}
    said = read_declaration(declaration)
    shutil.copyfile(declaration, folder / DECLARATION_FILE)
    return {"attempts": max(said["attempts"], attempts or 1), "declaration": sha256_of(declaration)}


def _readable(runs: Sequence[Path]) -> list[TrialRecords]:
    """Every trial, whole and finished. Raises ``RecordsError`` with all that are not."""
    trials, wrong = [], []
    for folder in find_trials(runs):
        if not (folder / RESULT_FILE).exists():
            wrong.append(f"{folder} is not finished: give its command again, and it goes on where it stopped")
            continue
        try:
            trials.append(read_trial(folder))
        except RecordsError as error:
            wrong.append(str(error))
    for trial in trials:
        if trial.header["schema"] != SCHEMA:
            wrong.append(f"{trial.folder} has schema {trial.header['schema']}, written by an older clgym: run it again")
    if wrong:
        raise RecordsError("these trials cannot be submitted:\n" + "\n".join(f"  {line}" for line in wrong))
    return trials


def _mixed(trials: Sequence[TrialRecords]) -> list[str]:
    """What has more than one value where there must be one: versions, graders, salts."""
    seen: dict[tuple[str, str], dict[str, Path]] = {}
    for trial in trials:
        header, env = trial.header, trial.trial.env
        for what, name, value in (
            *(("version", name, value) for name, value in header.get("versions", {}).items()),
            *(("generator", name, value) for name, value in header.get("generators", {}).items()),
            ("source", agent_of(trial), (header.get("agent") or {}).get("sha256")),
            ("grader", f"{env} with {len(header.get('generators', {})) - 1} probes", header.get("grader_sha256")),
            *((("salt", f"{env} (commitment)", header.get("commitment")),) if trial.trial.split == "test" else ()),
        ):
            seen.setdefault((what, name), {}).setdefault(str(value), trial.folder)
    return [
        f"{what} of {name}: " + ", ".join(f"{value[:16]} in {folder}" for value, folder in values.items())
        for (what, name), values in seen.items()
        if len(values) > 1
    ]


def plan_of(trials: Sequence[TrialRecords]) -> list[dict[str, Any]]:
    """What was run as grids: for each env, level and split, every agent in every world with every seed."""
    grids: dict[tuple[str, int, str], dict[str, Any]] = {}
    for records in trials:
        t = records.trial
        key = (t.env, t.level, t.split)
        grid = grids.setdefault(key, {"env": t.env, "level": t.level, "split": t.split, "agents": [], "worlds": [], "seeds": []})
        for name, value in (("agents", agent_of(records)), ("worlds", t.world), ("seeds", t.seed)):
            if value not in grid[name]:
                grid[name].append(value)
    for grid in grids.values():
        for name in ("agents", "worlds", "seeds"):
            grid[name].sort()
    return list(grids.values())


def agent_of(records: TrialRecords) -> str:
    """Agent, settings and model."""
    trial = records.trial
    return f"{trial.label} ({trial.model})" if trial.model else trial.label


def holes(trials: Sequence[TrialRecords], plan: Sequence[Mapping[str, Any]] | None = None) -> list[str]:
    """What a plan (by default the grids that the trials span) has and the trials have not, and what they have that it has not."""
    there: dict[tuple[Any, ...], int] = {}
    for records in trials:
        t = records.trial
        key = (t.env, t.level, t.split, agent_of(records), t.world, t.seed)
        there[key] = there.get(key, 0) + 1
    asked = {
        (grid["env"], grid["level"], grid["split"], agent, world, seed)
        for grid in (plan_of(trials) if plan is None else plan)
        for agent in grid["agents"]
        for world in grid["worlds"]
        for seed in grid["seeds"]
    }
    missing = [f"missing: {_cell(key)}" for key in sorted(asked - set(there))]
    copies = [f"{count} trials of one cell, and one counts: {_cell(key)}" for key, count in sorted(there.items()) if count > 1]
    extra = [f"not in the plan: {_cell(key)}" for key in sorted(set(there) - asked)]
    budgets = [
        f"{grid['env']} level {grid['level']} {grid['split']}: trials differ in {', '.join(different)}; "
        "agents are compared under the same settings only"
        for grid in plan_of(trials)
        if (different := _different_settings(trials, grid))
    ]
    return [*missing, *copies, *extra, *budgets]


def _cell(key: tuple[Any, ...]) -> str:
    env, level, split, agent, world, seed = key
    return f"{agent} on {env} level {level} {split}, world {world}, seed {seed}"


def _different_settings(trials: Sequence[TrialRecords], grid: Mapping[str, Any]) -> list[str]:
    """Settings that should be one for a grid and are several, with their values."""
    inside = [
        records.trial.to_json()
        for records in trials
        if (records.trial.env, records.trial.level, records.trial.split) == (grid["env"], grid["level"], grid["split"])
    ]
    found = []
    for name in inside[0]:
        values = list(dict.fromkeys(str(settings[name]) for settings in inside))
        if name not in (*ANSWERER, *SEVERAL) and len(values) > 1:
            found.append(f"{name} ({', '.join(values)})")
    return found


def _metadata(trials: Sequence[TrialRecords], name: str, contact: str, date: str) -> dict[str, Any]:
    def distinct(get: Callable[[TrialRecords], Mapping[str, Any]]) -> dict[str, Any]:
        return {key: value for trial in trials for key, value in get(trial).items()}

    return {
        "canary": CANARY,
        "schema": SCHEMA,
        "name": name,
        "agents": sorted({agent_of(trial) for trial in trials}),
        "models": sorted({trial.trial.model for trial in trials if trial.trial.model}),
        **({"contact": contact} if contact else {}),
        "date": date or datetime.now(timezone.utc).date().isoformat(),
        "made_with": f"clgym {__version__}",
        "versions": distinct(lambda trial: trial.header.get("versions", {})),
        "generators": distinct(lambda trial: trial.header.get("generators", {})),
        "graders": distinct(lambda trial: {trial.trial.env: trial.header.get("grader_sha256")}),
        "families": distinct(lambda trial: trial.header.get("families") or {}),
        "commitments": distinct(
            lambda trial: {trial.trial.env: trial.header["commitment"]} if trial.header.get("commitment") else {}
        ),
        "planned": plan_of(trials),
    }


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, the manifest apart, by its place."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / METADATA_FILE
    }


def is_archive(path: Path) -> bool:
    return path.name.endswith((".tar.gz", ".tgz"))


def _pack(folder: Path, output: Path) -> None:
    """The same folder gives the same bytes: names sorted, no owner, no time."""
    with open(output, "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as zipped:
        with tarfile.open(fileobj=zipped, mode="w") as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
                entry.size, entry.mode = path.stat().st_size, 0o644
                with open(path, "rb") as file:
                    archive.addfile(entry, file)


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """The bundle in a folder or an archive, which is unpacked for as long as it is needed. Raises ``RecordsError``."""
    if path.is_dir():
        yield _load(path, path)
        return
    with tempfile.TemporaryDirectory() as scratch:
        unpack(path, Path(scratch))
        yield _load(Path(scratch), path)


def _load(folder: Path, path: Path) -> Bundle:
    if not (folder / METADATA_FILE).is_file():
        raise RecordsError(f"{path} holds no {METADATA_FILE}, so it is no bundle. `clgym submit` makes one.")
    try:
        plain_files(folder)
        data = manifest_at(folder / METADATA_FILE)
        if not isinstance(data, dict) or data.get("schema") not in range(2, SCHEMA + 1):
            raise RecordsError(f"{METADATA_FILE} is not one that this version of clgym (schema {SCHEMA}) can read.")
        metadata = _formed(data)
    except RecordsError as cause:
        raise RecordsError(f"{path}: {cause}") from cause
    return Bundle(folder, metadata, sha256_of(folder / METADATA_FILE))


def _formed(data: Any) -> dict[str, Any]:
    """The manifest, whose every field has its form. Raises ``MissingExtra`` where pydantic is not installed."""
    try:
        from clgym.submission import forms
    except ModuleNotFoundError as cause:
        raise MissingExtra("reading bundles", "submission", cause) from cause
    return forms.manifest(data)
