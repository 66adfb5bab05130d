"""The form of every file of a stranger's trial or bundle: types, bounds and no field that we do not know.

The one place that imports pydantic, and only where it is used: elsewhere settings are dataclasses (docs/decisions/016). Records are
checked against the dataclasses that they are (:mod:`clgym.records.kinds`), so that a new field needs no second list.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, model_validator

from clgym.agent import Cost
from clgym.core import OUTCOMES
from clgym.errors import RecordsError
from clgym.records import (
    RECORDS_FILE,
    RESULT_FILE,
    TIMES_FILE,
    TRIAL_FILE,
    AnswerRecord,
    BlockRecord,
    DivergenceRecord,
    LikelihoodRecord,
    Record,
    StepRecord,
    from_line,
)
from clgym.records.kinds import KINDS
from clgym.records.standing import EVALUATION_FILE
from clgym.storage import unseal
from clgym.submission.limits import check_json, check_lines

#: More errors of one file than that are not told.
_MOST_ERRORS = 5
#: The most of anything that one answer, or one lesson, can cost: above it the number is a slip or a lie.
_MOST_TOKENS, _MOST_FLOPS, _MOST_SECONDS, _MOST_DOLLARS = 10**9, 1e21, 1e7, 1e6
#: The largest whole number of a setting of a trial (steps, sizes, worlds, seeds).
_LARGEST_SETTING = 10**9
_MOST_ATTEMPTS = 1000
#: Cells of the grids that a manifest plans.
_MOST_CELLS = 50_000

Name = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=2000)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Short = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
Count = Annotated[int, Field(ge=0, le=_LARGEST_SETTING)]

#: Of a generator: a small number, or a hash of its members'.
Version = Annotated[int, Field(ge=0, lt=2**63)]


class Form(BaseModel):
    """Numbers are numbers, and nothing is there that has no place."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Origin(Form):
    """Where code comes from; as :func:`clgym.protocol.provenance.agent_origin` has it."""

    entry_point: Text | None = None
    class_: Text | None = Field(default=None, alias="class")
    distribution: Name | None = None
    version: Name | None = None
    sha256: Hex | None = None
    sources: Annotated[dict[Name, Short], Field(max_length=5000)] = {}
    made_with: Annotated[dict[Name, Name], Field(max_length=500)] = {}
    walked_by: Name | None = None
    """"outside" where another loop walked the learn stream (:mod:`clgym.integrations.recorder`)."""


class Shape(Form):
    """What the FLOPs formulas need of a model; as :class:`clgym.flops.FlopsShape` has it."""

    layers: Count
    attention: Annotated[float, Field(ge=0, le=_MOST_FLOPS)]
    matrices: Annotated[float, Field(ge=0, le=_MOST_FLOPS)]
    head: Annotated[float, Field(ge=0, le=_MOST_FLOPS)]
    entry: Annotated[float, Field(ge=0, le=_MOST_FLOPS)] = 0
    sliding: Annotated[list[Annotated[list[float], Field(min_length=3, max_length=3)]], Field(max_length=100)] = []
    recurrence: Annotated[float, Field(ge=0, le=_MOST_FLOPS)] = 0
    experts: Annotated[float, Field(ge=0, le=_MOST_FLOPS)] = 0
    expansion: Annotated[float, Field(ge=0, le=_MOST_FLOPS)] = 0
    attention_backward: Annotated[float, Field(ge=0, le=100)] = 2.5


class Header(Form):
    """``trial.json``."""

    schema_: Literal[2] = Field(alias="schema")
    trial: Annotated[dict[Name, JsonValue], Field(max_length=100)]
    attempts: JsonValue = 1  # the replayer says what it is
    revealed: bool = False
    canary: Name
    versions: Annotated[dict[Name, Annotated[str, Field(max_length=100)]], Field(max_length=64)]
    commit: Name | None
    generators: Annotated[dict[Name, Version], Field(max_length=200)]
    families: Annotated[dict[Name, Origin], Field(max_length=200)]
    grader_sha256: Hex
    graders: Annotated[dict[Name, Short], Field(max_length=5000)]
    commitment: Hex | None
    sequence: Annotated[dict[Name, JsonValue], Field(max_length=10)] | None
    floors: Annotated[dict[Name, Annotated[float, Field(ge=0, le=1)]], Field(max_length=500)] = {}
    flops_shape: Shape | None = None
    machine: Annotated[dict[Name, Name | int | None], Field(max_length=20)]
    agent: Origin
    model: Annotated[dict[Name, Name], Field(max_length=20)]

    @model_validator(mode="after")
    def settings(self) -> Header:
        """The settings of a trial without making one: that may ask a family, whose code could be the stranger's."""
        steps = self.trial.get("steps")
        if not isinstance(steps, int) or isinstance(steps, bool):
            raise ValueError("trial.steps is a whole number")
        if isinstance(self.attempts, int) and self.attempts > _MOST_ATTEMPTS:
            raise ValueError(f"attempts are {self.attempts}, and {_MOST_ATTEMPTS} are the most")
        for name, value in _leaves(self.trial, "trial"):
            if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) <= _LARGEST_SETTING):
                raise ValueError(f"{name} is {value}: no setting is that large")
            if isinstance(value, str) and len(value) > 2000:
                raise ValueError(f"{name} has {len(value):,} characters")
        return self


class Grid(Form):
    """What was planned: every agent in every world with every seed."""

    env: Name
    level: Count
    split: Literal["train", "validation", "test"]
    agents: Annotated[list[Text], Field(max_length=1000)]
    worlds: Annotated[list[Count], Field(max_length=10_000)]
    seeds: Annotated[list[Count], Field(max_length=10_000)]


class Manifest(Form):
    """``metadata.yaml``."""

    canary: Name
    schema_: Literal[2] = Field(alias="schema")
    name: Annotated[str, Field(max_length=200)]
    agents: Annotated[list[Text], Field(max_length=1000)]
    models: Annotated[list[Text], Field(max_length=1000)]
    contact: Name = ""
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    made_with: Name
    versions: Annotated[dict[Name, Annotated[str, Field(max_length=100)]], Field(max_length=64)]
    generators: Annotated[dict[Name, Version], Field(max_length=200)]
    graders: Annotated[dict[Name, Hex], Field(max_length=200)]
    families: Annotated[dict[Name, Origin], Field(max_length=200)]
    commitments: Annotated[dict[Name, Hex], Field(max_length=200)]
    planned: Annotated[list[Grid], Field(max_length=1000)]
    attempts: Annotated[int, Field(ge=1, le=10**6)] | None = None
    declaration: Hex | None = None
    files: Annotated[dict[Name, Hex], Field(max_length=50_000)]

    @model_validator(mode="after")
    def cells(self) -> Manifest:
        """Three short lists make a long grid."""
        cells = sum(len(grid.agents) * len(grid.worlds) * len(grid.seeds) for grid in self.planned)
        if cells > _MOST_CELLS:
            raise ValueError(f"planned has {cells:,} cells, and {_MOST_CELLS:,} are the most")
        return self


class Held(Form):
    """How an evaluator's agent was held."""

    agent: Literal["own", "held", "elsewhere"]
    network: bool = False


class Evaluation(Form):
    """``evaluation.json``."""

    schema_: Literal[2] = Field(alias="schema")
    held: Held
    files: dict[Literal[TRIAL_FILE, RECORDS_FILE, TIMES_FILE, RESULT_FILE], Hex]  # type: ignore[valid-type]
    seal: Hex


class Timed(Form):
    """A line of ``times.jsonl``: 0 is the whole trial, 1 the first record."""

    line: Count
    seconds: Annotated[float, Field(ge=0, le=_MOST_SECONDS)]


def manifest(data: Any) -> dict[str, Any]:
    """The manifest, where it has the form of one. Raises ``RecordsError``."""
    _held_to(Manifest, data, "metadata.yaml")
    found: dict[str, Any] = data
    return found


def check_trial(folder: Path) -> None:
    """Every file of a trial has its form. Raises ``RecordsError`` with what does not."""
    for name, form in ((TRIAL_FILE, Header), (RESULT_FILE, None), (EVALUATION_FILE, Evaluation)):
        if name == EVALUATION_FILE and not (folder / name).exists():
            continue
        check_json(folder / name)
        if form is not None:
            _held_to(form, {key: value for key, value in _object(folder / name).items() if key != "crc"}, name)
    _check_records(folder)
    _check_times(folder)


def _check_records(folder: Path) -> None:
    check_lines(folder / RECORDS_FILE)
    with open(folder / RECORDS_FILE, "rb") as file:
        next(file, None)  # names the schema
        for number, line in enumerate(file, start=1):
            try:
                record = from_line(line)
                data = {key: value for key, value in unseal(line).items() if key != "kind"}
                _adapter(record.kind).validate_json(
                    json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"), strict=True
                )
                _check_bounds(record)
            except ValidationError as cause:
                raise RecordsError(f"{RECORDS_FILE}, line {number + 1}: {'; '.join(_told(cause))}") from cause
            except (RecordsError, ValueError, RecursionError) as cause:
                raise RecordsError(f"{RECORDS_FILE}, line {number + 1}: {cause}") from cause


@functools.cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])


def _check_bounds(record: Record) -> None:
    """Raise ``ValueError`` where a number is none that a run can write."""
    if isinstance(record, (AnswerRecord, StepRecord)):
        if record.outcome not in OUTCOMES:
            raise ValueError(f"the outcome is {record.outcome!r}, expected one of {', '.join(OUTCOMES)}")
        _check("reward", record.reward, 0, 1)
    if isinstance(record, StepRecord):
        _check("score", record.score, 0, 1)
        _check("episode", record.episode, 0, _LARGEST_SETTING)
    if not isinstance(record, (LikelihoodRecord, DivergenceRecord)):
        _check("seconds", getattr(record, "seconds", 0), 0, _MOST_SECONDS)
    _check("step", record.step, 0, _LARGEST_SETTING)
    if isinstance(cost := getattr(record, "cost", None), Cost):
        _check_cost(cost)
    if isinstance(record, LikelihoodRecord):
        _check("nats", record.nats, -1e9, 1e-3)  # of a probability: 0 at most, and what rounding adds
    if isinstance(record, DivergenceRecord):
        _check("nats", record.nats, -1e-3, 1e6)
    if isinstance(record, BlockRecord):
        _check_description(record.describe)


def _check_cost(cost: Cost) -> None:
    for name, most in (("flops", _MOST_FLOPS), ("seconds", _MOST_SECONDS), ("dollars", _MOST_DOLLARS)):
        _check(name, getattr(cost, name), 0, most)
    for name in ("prompt_tokens", "cached_tokens", "completion_tokens"):
        _check(name, getattr(cost, name), 0, _MOST_TOKENS)
    if cost.cached_tokens > cost.prompt_tokens:
        raise ValueError(f"{cost.cached_tokens} tokens of a prompt of {cost.prompt_tokens} were cached")


def _check(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise ValueError(f"{name} is {value}, expected from {low:g} to {high:g}")


def _check_description(describe: Mapping[str, Any]) -> None:
    """What θ is made of: names and plain values, which pages add up and print."""
    for name, value in describe.items():
        values = value if isinstance(value, list) else [value]
        if len(name) > 200 or len(values) > 1000 or not all(_is_plain(one) for one in values):
            raise ValueError(f"describe has {name[:40]!r}: {str(value)[:60]}, expected plain values")
    estimated = describe.get("estimated", [])
    if not isinstance(estimated, list) or not all(isinstance(one, str) for one in estimated):
        raise ValueError(f"describe has estimated {str(estimated)[:60]}, expected a list of names of costs")


def _is_plain(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return math.isfinite(value)
    return value is None or (isinstance(value, str) and len(value) <= 2000)


def _check_times(folder: Path) -> None:
    """One line at most for each record. Whether there is such a record, :mod:`clgym.submission.verify` sees."""
    check_lines(folder / TIMES_FILE)
    seen: set[int] = set()
    with open(folder / TIMES_FILE, "rb") as file:
        next(file, None)  # names the schema
        for number, line in enumerate(file, start=2):
            try:
                found = Timed.model_validate(unseal(line))
            except ValidationError as cause:
                raise RecordsError(f"{TIMES_FILE}, line {number}: {'; '.join(_told(cause))}") from cause
            except ValueError as cause:
                raise RecordsError(f"{TIMES_FILE}, line {number}: {cause}") from cause
            if found.line in seen:
                raise RecordsError(f"{TIMES_FILE}, line {number}: record {found.line} is timed twice.")
            seen.add(found.line)


def _held_to(form: type[Form], data: Any, name: str) -> None:
    try:
        form.model_validate(data)
    except ValidationError as cause:
        raise RecordsError(f"{name}: " + "; ".join(_told(cause))) from cause


def _told(cause: ValidationError) -> list[str]:
    """``versions.clgym: Input should be a valid string``, the first few."""
    errors = cause.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(part)[:60] for part in error['loc']) or 'it'}: {error['msg']}" for error in errors[:_MOST_ERRORS]]
    more = len(errors) - _MOST_ERRORS
    return [*lines, f"and {more} more"] if more > 0 else lines


def _object(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as cause:
        raise RecordsError(f"{path.name} cannot be read as JSON: {cause}") from cause
    if not isinstance(data, dict):
        raise RecordsError(f"{path.name} is no JSON object.")
    return data


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{name}[{place}]")
    else:
        yield name, value
