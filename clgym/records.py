"""What a trial writes, and how it is read back.

A trial is one folder: ``trial.json`` (settings and versions, written first), ``records.jsonl`` (one JSON
object a line, appended) and ``result.json`` (metrics, written last and atomically: its presence means that
the trial is finished). Every number of a report is a pure function of these files.
See docs/decisions/002-records.md for every field.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, TypeVar

from clgym.agent import Cost
from clgym.errors import InvalidSetting, RecordsError

#: Goes up whenever a reader of the old files would misread new ones.
SCHEMA = 1

TRIAL_FILE, RECORDS_FILE, RESULT_FILE = "trial.json", "records.jsonl", "result.json"

#: Prefix of the set names of probes: ``probe/Probe-German-v0``.
PROBE_PREFIX = "probe/"
TRANSFER_PREFIX = "transfer/"


@dataclass(frozen=True)
class Trial:
    """The settings of one trial: everything that decides its outcome, apart from code versions."""

    env: str
    agent: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the agent's ``Config``."""
    model: str = ""
    """Spec of the language model; "" for agents that drive none."""
    level: int = 0
    split: str = "train"
    world: int = 0
    seed: int = 0
    steps: int = 200
    """Env steps of the learn stream; every attempt and every turn is one."""
    batch: int = 4
    """Queries acted on at once, and experiences per ``agent.learn``."""
    attempts: int | None = None
    """Tries per learning query; ``None``: as many as the agent asks for."""
    feedback: str = "correction"
    noise: float = 0.0
    drift_at: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] | None = None
    """Env steps at which ``eval`` is asked; ``None``: 8, 16, 32, ... The start and the end are always asked."""
    eval_size: int = 64
    transfer_size: int = 16
    guard_size: int = 16
    probe_size: int = 16
    control_size: int = 64
    """How many queries of the learn stream the frozen control answers."""
    placebo: bool = False
    """Also learn in a sister world, to tell knowledge of this world from habit of the task."""

    def __post_init__(self) -> None:
        for name in ("steps", "eval_size", "transfer_size", "guard_size", "probe_size", "control_size"):
            if getattr(self, name) < 0:
                raise InvalidSetting(f"{name} counts something, so it is 0 or more, not {getattr(self, name)}.")
        if self.attempts is not None and self.attempts < 1:
            raise InvalidSetting(f"attempts must be at least 1, not {self.attempts}.")
        if self.batch < 1:
            raise InvalidSetting(f"batch must be at least 1, not {self.batch}.")
        if self.eval_size < 1:
            raise InvalidSetting("eval_size must be at least 1: without eval queries there is no gain to measure.")

    @property
    def label(self) -> str:
        """The agent as ``--agent`` takes it: ``lora-sft:lr=0.001,rank=16``."""
        given = ",".join(
            f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in sorted(self.settings.items())
        )
        return f"{self.agent}:{given}" if given else self.agent

    @property
    def world_id(self) -> str:
        """The public id of the world, as ``info["world"]`` has it."""
        return f"{self.env}/level{self.level}/{self.split}/{self.world}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        """Raises ``RecordsError`` on fields that this version does not know."""
        unknown = sorted(set(data) - {f.name for f in fields(cls)})
        if unknown:
            raise RecordsError(f"trial settings that this version of clgym does not know: {', '.join(unknown)}.")
        values = dict(data)
        for name in ("drift_at", "checkpoints"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return cls(**values)


@dataclass(frozen=True)
class AnswerRecord:
    """One evaluation answer of a frozen θ. ``(world, query)`` pairs it with the same question at another θ."""

    kind: ClassVar[str] = "answer"
    phase: str
    """before, checkpoint, after, control (θ_0 on the learn stream), placebo."""
    step: int
    """Env steps that made this θ."""
    set: str
    """eval, guard, learn, ``transfer/NAME`` or ``probe/ID``."""
    world: str
    query: str
    prompt: str
    answer: str
    reward: float | None
    """``None`` where the grader failed: excluded everywhere, and counted."""
    outcome: str
    feedback: str
    """What would have been said to a learner; the evaluated agent never saw it."""
    cost: Cost
    turns: int = 1
    said: tuple[str, ...] = ()
    """The answers one by one where there were several turns; ``answer`` has them as lines."""
    task: str = ""
    """In a sequence of tasks, the one that the query belongs to."""


@dataclass(frozen=True)
class StepRecord:
    """One env step of learning."""

    kind: ClassVar[str] = "step"
    arm: str
    """learn, or placebo for the sister world."""
    step: int
    """1 for the first env step of the arm."""
    episode: int
    """Place of the query in the stream, from 0; its attempts and turns share it."""
    world: str
    query: str
    attempt: int
    prompt: str
    answer: str
    reward: float | None
    outcome: str
    feedback: str
    done: bool
    cost: Cost
    score: float | None = None
    """On the last step of an attempt: what all its turns earned together. ``None`` on others, or where the grader failed."""
    task: str = ""
    """In a sequence of tasks, the one that the query belongs to."""


@dataclass(frozen=True)
class LearnRecord:
    """One call of ``agent.learn`` (or the final ``agent.flush``: ``experiences`` is 0)."""

    kind: ClassVar[str] = "learn"
    arm: str
    step: int
    experiences: int
    cost: Cost


@dataclass(frozen=True)
class BlockRecord:
    """One evaluation block, with the proof that it left θ as it was."""

    kind: ClassVar[str] = "block"
    phase: str
    step: int
    answers: int
    digest: str
    """Hash of θ, the same before and after the block; "" where the agent learns but cannot be saved."""
    reused: bool
    """True where the agent never learns, so that the answers of the block before are its answers."""
    seconds: float
    describe: Mapping[str, Any]
    """What θ is made of: ``agent.describe()``."""


@dataclass(frozen=True)
class LikelihoodRecord:
    """Log-probability (nats, summed over tokens) of the oracle's answer under a frozen θ."""

    kind: ClassVar[str] = "likelihood"
    phase: str
    step: int
    set: str
    world: str
    query: str
    reference: str
    nats: float


@dataclass(frozen=True)
class DivergenceRecord:
    """KL(θ_N ‖ θ_0) in nats per token, a mean over the tokens of so many neutral exchanges."""

    kind: ClassVar[str] = "divergence"
    phase: str
    step: int
    exchanges: int
    nats: float


Record = AnswerRecord | StepRecord | LearnRecord | BlockRecord | LikelihoodRecord | DivergenceRecord
_KINDS = {kind.kind: kind for kind in (AnswerRecord, StepRecord, LearnRecord, BlockRecord, LikelihoodRecord, DivergenceRecord)}
R = TypeVar("R", AnswerRecord, StepRecord, LearnRecord, BlockRecord, LikelihoodRecord, DivergenceRecord)


@dataclass(frozen=True)
class TrialRecords:
    """A trial as read back: settings, header, every record, and the result where it is finished."""

    folder: Path
    trial: Trial
    header: Mapping[str, Any]
    records: tuple[Record, ...]
    result: Mapping[str, Any] | None

    @property
    def finished(self) -> bool:
        return self.result is not None

    def of(self, kind: type[R]) -> list[R]:
        """All records of one kind, in the order written."""
        return [record for record in self.records if isinstance(record, kind)]


def to_line(record: Record) -> bytes:
    """One JSON line, pure ASCII, so that any answer (lone surrogates too) survives the way to disk and back."""
    data = {"kind": record.kind, **asdict(record)}
    return json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def from_line(line: bytes) -> Record:
    """The record of one line. Raises ``RecordsError``."""
    try:
        data = json.loads(line)
        kind = _KINDS[data.pop("kind")]
        if "cost" in data:
            data["cost"] = Cost(**data["cost"])
        if "said" in data:
            data["said"] = tuple(data["said"])
        return kind(**data)
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise RecordsError(f"not a record of schema {SCHEMA}: {line[:80]!r} ({cause}).") from cause


class RecordWriter:
    """Appends records; :meth:`sync` puts everything written so far onto the disk.

    Lines reach the file whole and in order, so that a kill leaves at most one torn last line, which readers drop.
    """

    def __init__(self, path: Path):
        self._file: BinaryIO = open(path, "ab", buffering=0)
        self._waiting: list[bytes] = []

    def write(self, record: Record) -> None:
        self._waiting.append(to_line(record))

    def sync(self) -> None:
        if self._waiting:
            block = memoryview(b"".join(self._waiting))
            while block:  # a raw write may be short
                block = block[self._file.write(block) :]
            self._waiting = []
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self.sync()
        self._file.close()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def write_json(path: Path, data: Any) -> None:
    """Write JSON atomically: a reader sees the old file or the new one, never half of it."""
    text = json.dumps(data, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(draft, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def read_json(path: Path) -> Any:
    """Raises ``RecordsError`` where the file is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise RecordsError(f"{path} does not exist.") from cause
    except (OSError, ValueError) as cause:
        raise RecordsError(f"{path} cannot be read as JSON: {cause}.") from cause


def read_records(path: Path) -> Iterator[Record]:
    """All records of a file; a torn last line is dropped, any other damage raises ``RecordsError``."""
    if not path.exists():
        return
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield from_line(line)
            except RecordsError as cause:
                raise RecordsError(f"{path}, line {number}: {cause}") from cause


def read_trial(folder: Path | str) -> TrialRecords:
    """Read one trial folder. Raises ``RecordsError`` on damage or another schema."""
    folder = Path(folder)
    header = read_json(folder / TRIAL_FILE)
    if not isinstance(header, dict) or header.get("schema") != SCHEMA or not isinstance(header.get("trial"), dict):
        schema = header.get("schema") if isinstance(header, dict) else None
        raise RecordsError(f"{folder / TRIAL_FILE} has schema {schema}; this version of clgym reads schema {SCHEMA}.")
    result = read_json(folder / RESULT_FILE) if (folder / RESULT_FILE).exists() else None
    return TrialRecords(folder, Trial.from_json(header["trial"]), header, tuple(read_records(folder / RECORDS_FILE)), result)


def find_trials(paths: Iterable[Path | str]) -> list[Path]:
    """Every trial folder in or below the given folders, sorted and without repeats.

    Raises ``RecordsError`` where a path does not exist or holds no trial.
    """
    found: set[Path] = set()
    for path in map(Path, paths):
        if not path.exists():
            raise RecordsError(f"{path} does not exist.")
        here = {file.parent for file in path.rglob(TRIAL_FILE)}
        if not here:
            raise RecordsError(
                f"{path} holds no trial (no {TRIAL_FILE} in it or below it): `clgym run --out {path} ...` writes some."
            )
        found |= here
    return sorted(found)


def read_runs(paths: Iterable[Path | str], *, finished_only: bool = True) -> list[TrialRecords]:
    """Every trial in or below the given folders; by default only those with a ``result.json``.

    Raises ``RecordsError`` where there is none.
    """
    folders = find_trials(paths)
    chosen = [folder for folder in folders if not finished_only or (folder / RESULT_FILE).exists()]
    if not chosen:
        raise RecordsError(f"none of the {len(folders)} trials found is finished (no {RESULT_FILE}).")
    return [read_trial(folder) for folder in chosen]


def reward_or_none(reward: float) -> float | None:
    """A failed grade's NaN as null."""
    return None if math.isnan(reward) else float(reward)
