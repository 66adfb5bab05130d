"""The settings of one trial: the one list that every reader of them walks.

A setting is a field of :class:`Trial`: its type and default are the field's, its help is the string below it, and what else its
readers need is :class:`Facts`. Who reads the list: the checks of a trial, ``clgym run`` and suites (one reader for both), what an env is
made with, the conditions that no mean is taken over, the command lines of a report, and what a submission is free to choose.
See docs/decisions/016-one-list-of-settings.md.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any

from clgym import registry
from clgym.breadth import MAX_BREADTH
from clgym.errors import RecordsError
from clgym.seeding import world_id
from clgym.settings import checked, types_of

#: The groups of settings, in the words of ``clgym run --help``.
TASK, STREAM, MEASURE = "what to run", "the learn stream", "what is measured"


@dataclass(frozen=True)
class Facts:
    """What is known of a setting besides its name, type, default and help."""

    group: str
    low: float | None = None
    """The least number that is allowed; the same of each number in a list."""
    high: float | None = None
    option: str = ""
    """What command lines and suites call it; "" as the field. Several fields may be given by one option."""
    several: bool = False
    """Whether one command line, or one entry of a suite, may name several: each is a trial of its own."""
    usual: Any = None
    """What command lines and suites take where they do not say it; ``None``: the field's own default."""
    metavar: str = ""
    makes_env: bool = False
    """Whether ``gym.make`` takes it too."""
    answerer: bool = False
    """Whether it says who answers: what a submission is free to choose."""
    condition: bool = False
    """Whether trials that differ in it are no repeats of one another, so that no mean is taken over them."""


def _of(group: str, default: Any = MISSING, **facts: Any) -> Any:
    return field(default=default, metadata={Facts: Facts(group, **facts)})


def _size(default: int, low: int = 0) -> Any:
    return _of(MEASURE, default, low=low, metavar="N")


@dataclass(frozen=True)
class Trial:
    """The settings of one trial: everything that decides its outcome, apart from code versions.

    Raises ``InvalidSetting`` where a value is of the wrong type or out of bounds.
    """

    env: str = _of(TASK, several=True, metavar="ENV")
    """NAME of a family or probe, module:Name or path/to/file.py:Name; may be given several times."""
    agent: str = _of(TASK, several=True, metavar="AGENT", answerer=True)
    """NAME, module:Name or path/to/file.py:Name, and its settings behind a `:` as key=value,key=value (`clgym agents NAME` lists them); or an
    address, exec:COMMAND or http://HOST, without settings. May be given several times."""
    settings: Mapping[str, Any] = field(
        default_factory=dict, metadata={Facts: Facts(TASK, option="agent", several=True, answerer=True)}
    )
    """Fields of the agent's ``Config``."""
    model: str = _of(TASK, "", answerer=True)
    """NAME, SCHEME:NAME, module:Name or path/to/file.py:Name of the language model, for agents that drive one."""
    level: int = _of(TASK, 0, makes_env=True)
    """Difficulty, 0 (the easiest) upwards."""
    breadth: int = _of(TASK, 1, low=1, high=MAX_BREADTH, makes_env=True, condition=True)
    """How many sibling worlds one stream asks about; 1 is the world alone."""
    split: str = _of(TASK, "train", usual="validation", makes_env=True)
    """train, validation or test; test needs the evaluator's salt."""
    world: int = _of(TASK, 0, option="worlds", several=True, metavar="0-4,7", makes_env=True)
    """Indices of the worlds."""
    seed: int = _of(TASK, 0, option="seeds", several=True, metavar="0-2")
    """Orders and samples of queries, and the agent's own randomness."""
    steps: int = _of(STREAM, None, low=0)
    """Env steps, every attempt and every turn one; 200 where none are given, or what the family says (CL-Stream: every task and two returns)."""
    feedback: str = _of(STREAM, "correction", makes_env=True, condition=True)
    """none < score < diagnosis < correction; or gold, the right answer without a word."""
    noise: float = _of(STREAM, 0.0, low=0, high=1, makes_env=True, condition=True)
    """Share of env steps whose feedback is wrong."""
    drift_at: tuple[int, ...] = _of(STREAM, (), low=1, metavar="100,150", makes_env=True, condition=True)
    """Env steps at which rules change."""
    attempts: int | None = _of(STREAM, None, low=1, makes_env=True, condition=True)
    """Tries per query, each an env step; as many as the agent asks for where none are given."""
    primer: int = _of(STREAM, 0, low=0, high=64, condition=True)
    """Solved exchanges of a sister world in front of every prompt of every arm, so that θ_0 knows the form of an answer."""
    batch: int = _of(STREAM, 4, low=1, condition=True)
    """Queries acted on at once, and experiences per ``agent.learn``."""
    checkpoints: tuple[int, ...] | None = _of(MEASURE, None, low=0, metavar="32,100")
    """Env steps at which eval is asked besides the start and the end; 8, 16, 32, ... where none are given."""
    eval_size: int = _size(64, low=1)
    """Queries of eval: without any there is no gain to measure."""
    transfer_size: int = _size(16)
    """Queries of each transfer set."""
    guard_size: int = _size(16)
    """Queries of the guard set."""
    probe_size: int = _size(16)
    """Queries of each probe."""
    control_size: int = _size(64)
    """Queries of the learn stream that the frozen control answers."""
    placebo: bool = _of(MEASURE, False)
    """Also learn in a sister world, to tell knowledge of this world from habit of the task."""
    reference: bool = _of(MEASURE, False)
    """Also learn each task of a sequence alone, with a fresh θ: what forward transfer is measured against."""

    def __post_init__(self) -> None:
        if self.steps is None:
            object.__setattr__(self, "steps", registry.usual_steps(self.env, self.level))
        for one in fields(self):
            facts = facts_of(one)
            value = checked(one.name, getattr(self, one.name), _types()[one.name], low=facts.low, high=facts.high)
            object.__setattr__(self, one.name, value)

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
        return world_id(self.env, self.level, self.breadth, self.split, self.world)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        """Raises ``RecordsError`` on fields that this version does not know."""
        unknown = sorted(set(data) - {f.name for f in fields(cls)})
        if unknown:
            raise RecordsError(f"trial settings that this version of clgym does not know: {', '.join(unknown)}.")
        return cls(**data)


def facts_of(setting: Field[Any]) -> Facts:
    """What is known of a field of :class:`Trial`."""
    facts: Facts = setting.metadata[Facts]
    return facts


@functools.cache
def _types() -> dict[str, Any]:
    return types_of(Trial)


def options() -> dict[str, Field[Any]]:
    """The settings by what command lines and suites call them; of several fields that one option gives, the first."""
    found: dict[str, Field[Any]] = {}
    for one in fields(Trial):
        found.setdefault(facts_of(one).option or one.name, one)
    return found


def usual(setting: Field[Any]) -> Any:
    """What command lines and suites take for a setting that they do not say; ``MISSING`` where they must."""
    chosen = facts_of(setting).usual
    return setting.default if chosen is None else chosen


def is_list(setting: Field[Any]) -> bool:
    """Whether an option gives numbers, written ``0-4,7``: a setting that holds some, or one of which several may be named."""
    return str(setting.type).startswith("tuple") or (facts_of(setting).several and setting.type == "int")


def env_settings(trial: Trial) -> dict[str, Any]:
    """What ``gym.make`` takes of a trial besides the id; one attempt where the agent has the say."""
    made = {one.name: getattr(trial, one.name) for one in fields(trial) if facts_of(one).makes_env}
    return {**made, "attempts": trial.attempts or 1}


#: Settings that say who answers.
ANSWERER = tuple(one.name for one in fields(Trial) if facts_of(one).answerer)
#: Settings of which one command line names several.
SEVERAL = tuple(one.name for one in fields(Trial) if facts_of(one).several)
#: Settings of the learn stream. Trials that differ in one of them are no repeats of one another, and no mean is taken over them.
CONDITIONS = tuple(one.name for one in fields(Trial) if facts_of(one).condition)
