"""Records in files: lines, the writer, the lazy file, and the reader of a trial's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from clgym.agent import STOPS, Cost
from clgym.errors import RecordsError
from clgym.records.kinds import KINDS, LEFT_OUT, AnswerRecord, R, Record, StepRecord, seconds_of, timed
from clgym.records.settings import Trial
from clgym.storage import SCHEMA, Appender, Line, read_json, read_lines, seal, unseal

TRIAL_FILE, RECORDS_FILE, TIMES_FILE, RESULT_FILE = "trial.json", "records.jsonl", "times.jsonl", "result.json"


@dataclass(frozen=True)
class TrialRecords:
    """A trial as read back: settings, header, every record, and the result where it is finished."""

    folder: Path
    trial: Trial
    header: Mapping[str, Any]
    records: Sequence[Record]
    """In the order written; those of a folder are a :class:`RecordFile`."""
    result: Mapping[str, Any] | None

    @property
    def finished(self) -> bool:
        return self.result is not None

    def of(self, kind: type[R]) -> Sequence[R]:
        """All records of one kind, in the order written. Env steps of a folder are read anew each time that they are walked."""
        if isinstance(self.records, RecordFile):
            return self.records.of(kind)
        return [record for record in self.records if isinstance(record, kind)]


def to_line(record: Record) -> bytes:
    """One sealed line. Wall times are left out: what the same trial writes twice is the same, byte for byte."""
    data = {"kind": record.kind, **record.__dict__}  # asdict would copy every value, at ten times the price
    for name, silent in LEFT_OUT.items():
        if name in data and data[name] in silent:
            del data[name]
    if "cost" in data:
        data["cost"] = {**data["cost"].__dict__, "seconds": 0.0}
    if "seconds" in data:
        data["seconds"] = 0.0
    return seal(data)


def from_line(line: bytes, schema: int = SCHEMA) -> Record:
    """The record of one line. Raises ``RecordsError``."""
    try:
        data = unseal(line) if schema > 1 else json.loads(line)
        kind = KINDS[data.pop("kind")]
        if "cost" in data:
            data["cost"] = Cost(**data["cost"])
        for name in ("said", "stops"):
            if name in data:
                data[name] = tuple(data[name])
        if isinstance(data.get("thoughts"), list):
            data["thoughts"] = tuple(data["thoughts"])
        record = kind(**data)
        _check_stops(record)
        return record
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise RecordsError(f"not a record of schema {schema}: {line[:80]!r} ({cause}).") from cause


def _check_stops(record: Record) -> None:
    """Raise ``ValueError`` where an answer ended in no way that there is, or in more ways than it has turns."""
    if isinstance(record, StepRecord):
        stops: tuple[str, ...] = (record.stop,)
    elif isinstance(record, AnswerRecord):
        stops = record.stops
        if any(values and len(values) != record.turns for values in (stops, record.thoughts)):
            raise ValueError(f"{record.turns} turns end in {stops}")
    else:
        return
    if not set(stops) <= set(STOPS):
        raise ValueError(f"an answer ends in {stops}")


class RecordWriter:
    """Appends records to a trial's folder, and their wall times to a file of their own.

    Lines reach the file whole and in order, so that a kill leaves at most one torn last line. ``keep`` and ``keep_times`` are the
    bytes of each file that an interrupted run had made safe; what stands behind them is dropped.
    """

    def __init__(self, folder: Path, *, lines: int = 0, keep: int = 0, keep_times: int = 0):
        self._records = Appender(folder / RECORDS_FILE, keep)
        self._times = Appender(folder / TIMES_FILE, keep_times)
        self.lines = lines
        for file in (self._records, self._times):
            if not file.size:
                file.append(seal({"schema": SCHEMA}))

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes of both files, those that wait to be written included."""
        return self._records.size, self._times.size

    def write(self, record: Record) -> None:
        self.lines += 1
        self._records.append(to_line(record))
        if seconds := seconds_of(record):
            self._times.append(seal({"line": self.lines, "seconds": round(seconds, 6)}))

    def total(self, seconds: float) -> None:
        """The wall time of the whole trial; line 0."""
        self._times.append(seal({"line": 0, "seconds": round(seconds, 6)}))

    def sync(self) -> None:
        """From here on a killed process loses no record."""
        self._records.sync()

    def settle(self) -> None:
        """From here on a machine without power loses nothing either."""
        self._records.settle()
        self._times.settle()

    def close(self) -> None:
        self.settle()
        self._records.close()
        self._times.close()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def read_records(path: Path, *, schema: int = SCHEMA, size: int | None = None) -> Iterator[Record]:
    """The records of a file (or of its first ``size`` bytes) without wall times; a torn last line is left out.

    Raises ``RecordsError`` with the line's number on any other damage.
    """
    return (record for _, record in _placed(path, schema, size))


def _placed(path: Path, schema: int, size: int | None) -> Iterator[tuple[int, Record]]:
    """Records, each with the byte at which its line begins."""
    first = 2 if schema > 1 else 1
    for number, line in enumerate(_checked(path, schema, size), start=first):
        try:
            yield line.offset, from_line(line.text, schema)
        except RecordsError as cause:
            raise RecordsError(f"{path}, line {number}: {cause}") from cause


def _checked(path: Path, schema: int, size: int | None) -> Iterator[Line]:
    """The lines of a file behind the one that names its schema."""
    lines = read_lines(path, size)
    if schema > 1 and (top := next(lines, None)) is not None and top.text != seal({"schema": schema}):
        raise RecordsError(f"{path}, line 1: the file should begin with its schema, {schema}.")
    return lines


class _Step(NamedTuple):
    """Where an env step lies in its file, and how long it took."""

    offset: int
    seconds: float


class RecordFile(Sequence[Any]):
    """The records of a file: checked once, when it is opened. Env steps stay on the disk, where they are read whenever they are
    walked, and everything else is kept: a stream may be long, while evaluations are few.

    Raises ``RecordsError`` as :func:`read_records` does.
    """

    def __init__(self, path: Path, *, schema: int = SCHEMA, size: int | None = None):
        self.path, self.schema = path, schema
        self._places: list[Record | _Step] = [
            _Step(offset, record.cost.seconds) if isinstance(record, StepRecord) else record
            for offset, record in _placed(path, schema, size)
        ]

    def of(self, kind: type[R]) -> Sequence[R]:
        """The records of one kind."""
        chosen = copy(self)
        chosen._places = [place for place in self._places if isinstance(place, _Step if kind is StepRecord else kind)]
        return chosen if kind is StepRecord else chosen._places  # type: ignore[return-value]

    def clocked(self, times: Mapping[int, float]) -> RecordFile:
        """The same records with these wall times; only for the records of a whole file."""
        made = copy(self)
        made._places = [
            place._replace(seconds=times.get(line, 0.0)) if isinstance(place, _Step) else timed(place, times.get(line, 0.0))
            for line, place in enumerate(self._places, start=1)
        ]
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(one == two for one, two in zip(self, other))

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Record]:
        with open(self.path, "rb") as file:
            for place in self._places:
                yield self._read(file, place) if isinstance(place, _Step) else place

    def __getitem__(self, index: Any) -> Any:
        chosen = copy(self)
        chosen._places = self._places[index] if isinstance(index, slice) else [self._places[index]]
        return list(chosen) if isinstance(index, slice) else next(iter(chosen))

    def _read(self, file: BinaryIO, step: _Step) -> Record:
        if file.tell() != step.offset:
            file.seek(step.offset)
        record = from_line(file.readline(), self.schema)
        return timed(record, step.seconds) if step.seconds != seconds_of(record) else record


def read_times(folder: Path) -> dict[int, float]:
    """Seconds by line of the records (1 is the first record; 0 is the whole trial). Raises ``RecordsError`` on damage."""
    times: dict[int, float] = {}
    for number, line in enumerate(_checked(folder / TIMES_FILE, SCHEMA, None), start=2):
        try:
            data = unseal(line.text)
            times[data["line"]] = data["seconds"]
        except (ValueError, KeyError) as cause:
            raise RecordsError(f"{folder / TIMES_FILE}, line {number}: {cause}.") from cause
    return times


def read_trial(folder: Path | str, *, clock: bool = True) -> TrialRecords:
    """Read one trial folder; ``clock`` puts the wall times back into its records.

    Raises ``RecordsError`` on damage, on a schema that is not known, or where records are missing.
    """
    folder = Path(folder)
    header = read_json(folder / TRIAL_FILE)
    if not isinstance(header.get("trial"), dict):
        raise RecordsError(f"{folder / TRIAL_FILE} holds no settings of a trial.")
    schema = header["schema"]
    trial = Trial.from_json(header["trial"])
    records = RecordFile(folder / RECORDS_FILE, schema=schema)
    result = read_json(folder / RESULT_FILE) if (folder / RESULT_FILE).exists() else None
    if result is not None and result.get("records", len(records)) != len(records):
        raise RecordsError(
            f"{folder / RECORDS_FILE} has {len(records)} whole lines; {RESULT_FILE} was made from {result['records']}."
        )
    timeless_trial = TrialRecords(folder, trial, header, records, result)
    return with_clock(timeless_trial) if schema > 1 and clock else timeless_trial


def with_clock(trial: TrialRecords) -> TrialRecords:
    """The records of a folder, read without wall times, with them. Raises ``RecordsError`` on damage."""
    assert isinstance(trial.records, RecordFile)
    return replace(trial, records=trial.records.clocked(read_times(trial.folder)))


def find_trials(paths: Iterable[Path | str]) -> list[Path]:
    """Every trial folder in or below the given folders, sorted and without repeats.

    Raises ``RecordsError`` where a path does not exist or holds no trial.
    """
    folders: set[Path] = set()
    for path in map(Path, paths):
        if not path.exists():
            raise RecordsError(f"{path} does not exist.")
        here = {file.parent for file in path.rglob(TRIAL_FILE)}
        if not here:
            raise RecordsError(
                f"{path} holds no trial (no {TRIAL_FILE} in it or below it): `clgym run --out {path} ...` writes some."
            )
        folders |= here
    return sorted(folders)


def read_runs(paths: Iterable[Path | str], *, finished_only: bool = True) -> list[TrialRecords]:
    """Every trial in or below the given folders; by default only those with a ``result.json``.

    Raises ``RecordsError`` where there is none.
    """
    folders = find_trials(paths)
    chosen = [folder for folder in folders if not finished_only or (folder / RESULT_FILE).exists()]
    if not chosen:
        raise RecordsError(f"none of the {len(folders)} trials found is finished (no {RESULT_FILE}).")
    return [read_trial(folder) for folder in chosen]
