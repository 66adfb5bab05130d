"""Bundles that verify, on one page: every axis with its interval, and the frontier. There is no single score.

It is made of what the report is made of (:mod:`clgym.report`), so the numbers here are the numbers there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from clgym.errors import InvalidSetting, MissingExtra, MissingSalt, NotLoadable, RecordsError
from clgym.records import Trial, TrialRecords, find_trials, read_trial
from clgym.submission.bundle import METADATA_FILE, Bundle, is_archive, opened
from clgym.submission.verify import verify


@dataclass(frozen=True)
class Entry:
    """A bundle on the page, as its manifest describes it."""

    name: str
    file: str
    agents: str
    date: str
    contact: str
    sha256: str
    trials: int


def write_leaderboard(
    folder: Path, output: Path, *, suite: Sequence[Trial] = (), heard: Callable[[str], None] = lambda line: None
) -> tuple[int, dict[Path, tuple[str, ...]]]:
    """Write the page; returns how many bundles are on it, and why others are not.

    Every bundle is verified again, each time. Raises ``InvalidSetting`` where the folder holds no bundle, ``MissingExtra`` where
    jinja2 is not installed.
    """
    paths = bundles_in(folder)
    entries: list[Entry] = []
    trials: list[TrialRecords] = []
    refused: dict[Path, tuple[str, ...]] = {}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for number, path in enumerate(paths):
            try:
                copy = _still(path, scratch / str(number))
                verdict = verify(copy, suite=suite, heard=heard, untrusted=[folder])
                if not verdict.verified:
                    refused[path] = verdict.differences
                    continue
                bundle = stack.enter_context(opened(copy))
                own = [read_trial(place) for place in find_trials([bundle.folder])]
            except MissingSalt:
                raise
            except (RecordsError, NotLoadable) as error:
                refused[path] = (str(error),)
                continue
            name = _free(str(bundle.metadata.get("name") or path.name), [entry.name for entry in entries])
            entries.append(_entry(bundle, path, name, len(own)))
            trials += [_signed(records, name) for records in own]
        page = render(entries, trials, refused)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    return len(entries), refused


def bundles_in(folder: Path) -> list[Path]:
    """Folders with a manifest, and archives, that lie in a folder. Raises ``InvalidSetting`` where there is none."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    bundles = [path for path in inside if is_archive(path) or (path / METADATA_FILE).is_file()]
    if not bundles:
        raise InvalidSetting(f"{folder} holds no bundle: no folder with a {METADATA_FILE}, no .tar.gz. `clgym submit` makes one.")
    return bundles


def _still(path: Path, place: Path) -> Path:
    """A copy that nobody changes between its verification and its place on the page."""
    if path.is_dir():
        return Path(shutil.copytree(path, place))
    place.mkdir()
    return Path(shutil.copy(path, place / path.name))


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that no other bundle has."""
    number = 1 + sum(other == name or other.startswith(f"{name} #") for other in taken)
    return name if number == 1 else f"{name} #{number}"


def _entry(bundle: Bundle, path: Path, name: str, trials: int) -> Entry:
    data = bundle.metadata
    agents = data.get("agents")
    return Entry(
        name=name,
        file=path.name,
        agents=", ".join(map(str, agents)) if isinstance(agents, list) else "",
        date=str(data.get("date", "")),
        contact=str(data.get("contact", "")),
        sha256=bundle.sha256,
        trials=trials,
    )


def _signed(records: TrialRecords, name: str) -> TrialRecords:
    """The trial under the name of its bundle: the same agent in two bundles is two rows."""
    trial = records.trial
    model = f"{trial.model}; {name}" if trial.model else name
    return replace(records, trial=replace(trial, model=model))


def render(entries: Sequence[Entry], trials: Sequence[TrialRecords], refused: Mapping[Path, Sequence[str]]) -> str:
    """The page as text."""
    try:
        from jinja2 import Environment, StrictUndefined
    except ModuleNotFoundError as cause:
        raise MissingExtra("the leaderboard", "report", cause) from cause
    from clgym.report.gather import gather

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("clgym.submission").joinpath("leaderboard.html.jinja").read_text(encoding="utf-8"))
    style = files("clgym.report").joinpath("page.css").read_text(encoding="utf-8")
    return template.render(
        entries=entries,
        tasks=gather(trials) if trials else [],
        refused=[(path.name, len(lines), lines[0]) for path, lines in refused.items()],
        style=style,
    )
