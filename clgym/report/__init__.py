"""The report: runs in, one HTML page out that needs no network, no server and no script to be read.

    write_report([Path("runs/quickstart")], Path("report.html"))

It stands on records and numbers alone: nothing is run again, and the same records give the same page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from clgym.errors import MissingExtra
from clgym.records import RESULT_FILE, TrialRecords, find_trials, read_runs
from clgym.records.standing import RE_RUN, standing_of

__all__ = ["write_report"]


def write_report(run_folders: Sequence[Path | str], output: Path | str) -> Path:
    """Write the report on every finished trial in or below the folders; returns ``output``.

    Raises ``RecordsError`` (no finished trial, damaged records) and ``MissingExtra`` (jinja2 is not installed).
    """
    waiting = [folder.name for folder in find_trials(run_folders) if not (folder / RESULT_FILE).exists()]
    page = render(read_runs(run_folders), unfinished=waiting)
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    return output


def render(trials: Sequence[TrialRecords], *, unfinished: Sequence[str] = ()) -> str:
    """The page as text; ``unfinished`` are the names of trials that were left out."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ModuleNotFoundError as cause:
        raise MissingExtra("the report", "report", cause) from cause
    from clgym.report.gather import REFERENCE, gather
    from clgym.report.transcripts import distinct

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_data("page.html.jinja"))
    return template.render(
        tasks=gather(trials),
        header=_header(trials),
        unfinished=unfinished,
        style=_data("page.css"),
        script=_data("page.js"),
        reference=REFERENCE,
        distinct=distinct,
    )


def _data(name: str) -> str:
    return files("clgym.report").joinpath(name).read_text(encoding="utf-8")


def _header(trials: Sequence[TrialRecords]) -> dict[str, Any]:
    """What was run: every distinct value of what the trials' headers say."""
    from clgym.report.commands import commands
    from clgym.report.gather import settings_of
    from clgym.report.text import ranges

    versions: dict[str, list[str]] = {}
    for records in trials:
        for name, version in records.header.get("versions", {}).items():
            versions.setdefault(name, []).append(str(version))
    return {
        "trials": len(trials),
        "standing": _standing(trials),
        "envs": _distinct(records.trial.env for records in trials),
        "agents": _distinct(records.trial.label for records in trials),
        "models": _distinct(records.trial.model for records in trials if records.trial.model),
        "seeds": ranges(tuple(records.trial.seed for records in trials)),
        "settings": _distinct(settings_of(records.trial) for records in trials),
        "commands": commands(trials),
        "versions": {name: ", ".join(_distinct(recorded)) for name, recorded in versions.items()},
        "generators": _generators(trials),
        "graders": _distinct(str(records.header.get("grader_sha256")) for records in trials),
        "commitments": _distinct(str(records.header["commitment"]) for records in trials if records.header.get("commitment")),
        "machines": _distinct(_machine(records.header.get("machine", {})) for records in trials),
    }


def _standing(trials: Sequence[TrialRecords]) -> str:
    """What the trials prove, in a sentence: ``Self-reported: ...``, or how many an evaluator ran."""
    re_run = sum(standing_of(records.folder).kind == RE_RUN for records in trials)
    if not re_run:
        return "Self-reported: whoever ran these trials says how they were run"
    return f"Re-run by whoever holds the salt: {re_run} of {len(trials)} trials" + (
        "" if re_run == len(trials) else "; the others are self-reported"
    )


def _generators(trials: Sequence[TrialRecords]) -> dict[str, str]:
    by_name: dict[str, list[str]] = {}
    for records in trials:
        for name, version in records.header.get("generators", {}).items():
            by_name.setdefault(name, []).append(str(version))
    return {name: ", ".join(_distinct(some)) for name, some in by_name.items()}


def _machine(machine: Mapping[str, Any]) -> str:
    return ", ".join(f"{value} cores" if name == "cores" else str(value) for name, value in machine.items())


def _distinct(values: Any) -> list[str]:
    return list(dict.fromkeys(values))
